"""The months of a column of dates: its format is decided once, from all of its distinct texts.

Rules, in their order:

1. A stated `date_format`, or `day_first` for numbers alone, decides; what is written otherwise is not read.
2. Numbers alone (``05/04/2024``) are open: the day, the month, or a two-digit year may come first. The order that
   reads every such text is taken. Where several do and their months differ, or none does, the column stops. A year
   of two digits in front (``24-01-31``) is told from one behind by the end that takes fewer values.
3. Numbers of days (spreadsheets) are dates only where the whole column is written so.
4. Every other form has one meaning. A mixture of forms is read, and told with the rows of each.
"""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from socharm._words import number_of
from socharm.errors import DataWarning, ParameterError, SchemaError
from socharm.io.dates import SERIAL_FORM, Written, read_date, stated_format, without_clock
from socharm.io.missing import MISSING_WORDS, is_missing

__all__ = ["DateRule", "Months", "months_of"]

#: Two digits are a year where they take at most one value for so many of the other end (``31-12-24``, ``24-12-31``).
_FEWER_YEARS: Final = 3
_ORDERS: Final = ("day first", "month first", "year first")


#: Signs of a month, ``YYYY-MM``; a date with more of them states a day.
_MONTH: Final = 7
#: A year and two digits more: a month, or a financial year.
_YEAR_AND_NEXT: Final = re.compile(r"(\d{4})([-/])(\d{2})")


@dataclass(frozen=True)
class DateRule:
    """What the caller states about a column of dates.

    Parameters
    ----------
    date_format : str, optional
        As `socharm.io.dates.stated_format` takes it.
    day_first : bool, optional
        Order of numbers alone, such as ``05/04/2024``.
    missing : collection of str
        Words, in lower case, that mean there is no date.

    Raises
    ------
    ParameterError
        Both are given, or the format makes no sense.
    """

    date_format: str | None = None
    day_first: bool | None = None
    missing: frozenset[str] = MISSING_WORDS

    def __post_init__(self) -> None:
        if self.date_format is not None and self.day_first is not None:
            raise ParameterError("`date_format` and `day_first` are both given. State one: the format says the order.")
        if self.day_first is not None and not isinstance(self.day_first, bool):
            raise ParameterError(f"`day_first` is {self.day_first!r}; it is true, false, or left out.")
        if self.date_format is not None:
            if not isinstance(self.date_format, str):
                raise ParameterError(f"`date_format` is {self.date_format!r}; write it as text: '%d/%m/%Y'.")
            stated_format(self.date_format)


@dataclass(frozen=True)
class Months:
    """What the distinct texts of a column mean.

    Attributes
    ----------
    of : dict
        Text to month ``YYYY-MM``; None where it is missing or cannot be read.
    days : dict
        Text to day ``YYYY-MM-DD``, of the texts that state one.
    format : str
        How the column is written, as found or as stated: ``"DD/MM/YYYY"``. Several are joined by commas.
    unread : tuple of str
        Texts that are not missing and cannot be read.
    """

    of: dict[str | None, str | None]
    format: str = ""
    unread: tuple[str, ...] = ()
    days: dict[str, str] = field(default_factory=dict)

    @classmethod
    def from_dates(cls, texts: Iterable[str | None], dates: Mapping[str, str | None], *, form: str = "") -> Months:
        """Months and days of dates, ``YYYY-MM-DD`` or ``YYYY-MM``."""
        return cls(
            {text: date and date[:_MONTH] for text in texts for date in (dates.get(text or ""),)},
            form,
            days={text: date for text, date in dates.items() if date is not None and len(date) > _MONTH},
        )


def months_of(
    texts: Iterable[str | None],
    rule: DateRule | None = None,
    *,
    rows: Callable[[], Mapping[str | None, int]] | None = None,
) -> Months:
    """Every distinct text of one column to its month.

    Parameters
    ----------
    texts : iterable of str or None
        The distinct texts of the whole column.
    rule : DateRule, optional
        What the caller states.
    rows : callable, optional
        Gives the number of rows of every text; called only where a mixture has to be told.

    Raises
    ------
    SchemaError
        Not one can be read, or the order of day and month is not known.

    Warns
    -----
    DataWarning
        Dates are written in several forms, each of which has one meaning.

    Examples
    --------
    >>> months_of(["01/13/2024", "02/05/2024"]).of
    {'01/13/2024': '2024-01', '02/05/2024': '2024-02'}
    """
    chosen = rule or DateRule()
    column = _Column.of(texts, chosen.missing)
    if chosen.date_format is None:
        _refuse_financial_years(column.texts)
    if chosen.date_format is not None:
        dates, forms = _by_format(column, chosen.date_format)
    else:
        dates, forms = _by_forms(column, chosen.day_first)
    unread = tuple(text for text in column.texts if dates.get(text) is None)
    if column.all and len(unread) == len(column.texts):
        raise SchemaError(_why_none(column, chosen))
    if len(set(forms.values())) > 1:
        _tell_mixture(forms, rows() if rows is not None else {})
    found = ", ".join(sorted(set(forms.values())))
    return replace(Months.from_dates(column.all, dates, form=found), unread=unread)


def _refuse_financial_years(texts: list[str]) -> None:
    """Stop at 2010/11, 2011/12: a year and the next, which would be read as November 2010 and December 2011.

    One text alone with a hyphen (2011-12) is the month as police.uk writes it.
    """
    found = [_YEAR_AND_NEXT.fullmatch(text.strip()) for text in texts]
    if not found or not all(one is not None and (int(one[1]) + 1) % 100 == int(one[3]) for one in found):
        return
    if len(found) > 1 or "/" in texts[0]:
        raise SchemaError(
            f"The dates are written as {sorted(texts)[:3]}: financial years, it seems, each a year and the next, and a "
            "year is no month. Name a column of months or days; if these are months, say so with date_format='%Y/%m' "
            "(or '%Y-%m')."
        )


@dataclass(frozen=True)
class _Column:
    """Distinct texts, missing ones apart; each text without its clock time is worked out once."""

    all: list[str | None]
    texts: list[str]
    written: dict[str, Written | None] = field(default_factory=dict)

    @classmethod
    def of(cls, texts: Iterable[str | None], missing: frozenset[str]) -> _Column:
        distinct = list(texts)
        return cls(distinct, [text for text in distinct if text is not None and not is_missing(text, missing)])

    def read(self) -> dict[str, Written]:
        """What each text can mean, where it is a date at all."""
        plain = {text: without_clock(text) for text in self.texts}
        self.written.update({text: read_date(text) for text in set(plain.values())})
        found = ((text, self.written[date]) for text, date in plain.items())
        return {text: written for text, written in found if written is not None}


def _by_format(column: _Column, date_format: str) -> tuple[dict[str, str | None], dict[str, str]]:
    read = stated_format(date_format)
    dates = {text: read(text) for text in column.texts}
    return dates, {text: date_format for text, date in dates.items() if date is not None}


def _by_forms(column: _Column, day_first: bool | None) -> tuple[dict[str, str | None], dict[str, str]]:
    written = column.read()
    if len({meaning.form for meaning in written.values()}) > 1:
        written = {text: meaning for text, meaning in written.items() if meaning.form != SERIAL_FORM}
    open_texts = {text: meaning for text, meaning in written.items() if meaning.is_open}
    order = _stated_order(day_first) if day_first is not None else _order(open_texts) if open_texts else 0
    dates = {text: _meanings(meaning)[order if meaning.is_open else 0] for text, meaning in written.items()}
    forms = {
        text: _form(written[text].form, order) if text in open_texts else written[text].form
        for text, date in dates.items()
        if date is not None
    }
    return dates, forms


def _stated_order(day_first: bool) -> int:
    return 0 if day_first else 1


def _meanings(written: Written) -> tuple[str | None, str | None, str | None]:
    return (written.date, written.month_first, written.year_first)


def _form(form: str, order: int) -> str:
    """Name of a form of numbers alone, once its order is known."""
    mark, year = form[2], form[6:]
    return mark.join((("DD", "MM", year), ("MM", "DD", year), ("YY", "MM", "DD"))[order])


def _order(texts: Mapping[str, Written]) -> int:
    """Position of the order that reads every text; stops where there is none, or where several differ."""
    reads = [all(_meanings(meaning)[order] for meaning in texts.values()) for order in range(3)]
    possible = _where_the_year_is(texts, [order for order in range(3) if reads[order]])
    if not possible:
        raise SchemaError(_contradiction(texts))
    first = possible[0]
    for other in possible[1:]:
        differ = [text for text, meaning in texts.items() if _meanings(meaning)[first] != _meanings(meaning)[other]]
        if differ:
            raise SchemaError(_ambiguity(texts, differ, first, other))
    return first


def _where_the_year_is(texts: Mapping[str, Written], possible: list[int]) -> list[int]:
    """Orders left once years are told from days: a column holds many days of few years, never the reverse."""
    if 2 not in possible or len(possible) == 1:
        return possible
    numbers = [without_clock(text).split("-") for text in texts]
    first, last = len({parts[0] for parts in numbers}), len({parts[-1] for parts in numbers})
    if last * _FEWER_YEARS <= first:
        return [order for order in possible if order != 2]
    return [2] if first * _FEWER_YEARS <= last else possible


def _ambiguity(texts: Mapping[str, Written], differ: list[str], first: int, other: int) -> str:
    text = sorted(differ)[0]
    meanings = [date and date[:_MONTH] for date in _meanings(texts[text])]
    return (
        f"The dates can be read in two ways: all {number_of(len(texts), 'distinct text')}, such as "
        f"{sorted(texts)[:3]}, make sense with the {_ORDERS[first]} and with the {_ORDERS[other]}, and {text!r} is "
        f"then in {meanings[first]} or in {meanings[other]}. {_STATE}"
    )


_STATE: Final = (
    "State the order with `day_first` (true for 31/12/2024, false for 12/31/2024), or the whole format with "
    "`date_format`, such as '%d/%m/%Y'."
)


def _contradiction(texts: Mapping[str, Written]) -> str:
    only = {
        order: sorted(
            text
            for text, meaning in texts.items()
            if _meanings(meaning)[order] and not any(m for o, m in enumerate(_meanings(meaning)) if o != order)
        )
        for order in range(2)
    }
    return (
        f"The dates contradict each other: {number_of(len(only[0]), 'distinct text')}, such as {only[0][:3]}, make "
        f"sense only with the day first, and {len(only[1]):,}, such as {only[1][:3]}, only with the month first, so "
        "the others cannot be trusted either. A spreadsheet of another country leaves such columns. Export the file "
        f"again with dates as YYYY-MM-DD. Or state one order, and what does not fit is set aside. {_STATE}"
    )


def _tell_mixture(forms: Mapping[str, str], rows: Mapping[str | None, int]) -> None:
    counts: Counter[str] = Counter()
    for text, form in forms.items():
        counts[form] += rows.get(text, 1)
    samples = {form: next(text for text, other in forms.items() if other == form) for form in counts}
    told = "; ".join(f"{n:,} as {form} ({samples[form]!r})" for form, n in counts.most_common())
    warnings.warn(
        f"Dates are written in {number_of(len(counts), 'way')}: {told}. Each of them has one meaning and was read. If "
        "one of them should not be there, state `date_format`.",
        DataWarning,
        stacklevel=2,
    )


def _why_none(column: _Column, rule: DateRule) -> str:
    if not column.texts:
        return "No date can be read: the date column is blank, or holds words that mean missing. Check `columns=`."
    found = sorted(column.texts)[:3]
    if rule.date_format is not None:
        return (
            f"`date_format` is {rule.date_format!r}, and no date is written so: "
            f"{number_of(len(column.texts), 'distinct text')}, such as {found}. Correct it, or leave it out."
        )
    digits = {len(text) for text in column.texts if text.isdigit()}
    if digits & {10, 13} and all(text.isdigit() for text in column.texts):
        hint = "If they count seconds or milliseconds since 1970, write date_format='epoch' or 'epoch-ms'."
    else:
        hint = "Say how they are written with `date_format`, such as '%d/%m/%Y' or '%Y%m'."
    return (
        f"No date can be read: the date column holds texts such as {found}. Months and dates are read as YYYY-MM, "
        f"YYYY-MM-DD, DD/MM/YYYY, MM/DD/YYYY, YYYYMM, YYYYMMDD, 05-Jan-2024, Jan-24 or day numbers of a spreadsheet. "
        f"{hint}"
    )
