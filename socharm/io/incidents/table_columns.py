"""What the columns of a table of counts mean; a column that is not understood is questioned, never interpreted."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import pandas as pd

from socharm._checks import names_told, nearest_name
from socharm._columns import AREA, FORCE, NAME, OFFENCE, PARENT, PERIOD, N
from socharm.errors import ParameterError, SchemaError
from socharm.io._table_header import Recognise, folded
from socharm.io.dates import SERIAL_FORM, read_date, stated_format
from socharm.io.incidents.months import DateRule, months_of
from socharm.io.missing import is_missing
from socharm.io.text_table import TextTable
from socharm.offences import canonical_offence, category_of

__all__ = ["Roles", "Stated", "column_roles", "header_test", "is_total", "is_whole_country"]

#: Names under which the key columns are recognised (lower case, words apart by one space).
KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    AREA: ("area code", "code", "ward code", "lsoa code", "gss code"),
    OFFENCE: ("offence", "crime type", "category", "offence code"),
    PERIOD: ("period", "month"),
    N: ("n", "count", "counts", "incidents", "crimes", "value"),
}
_NAMES: Final = (NAME, PARENT, FORCE)
_NOT_WORD: Final = re.compile(r"[^a-z0-9]+")
#: Headings and labels of sums over offences or areas. "All other theft" is an offence.
_TOTAL: Final = re.compile(
    r"(?:grand-|sub-?|overall-|crime-|crimes-|offences-|offence-|incidents-|row-|column-)*(?:totals?|sum)(?:-.*)?"
    r"|.*-(?:grand-|sub-?)?totals?"
    r"|overall(?:-(?:crimes?|offences?|incidents?))?"
    r"|tno|(?:police-)?recorded-crimes?|crimes?-all(?:-types?)?"
    r"|(?:all|any|every)"
    r"(?:-(?:the|police|reported|recorded|notifiable|criminal|street|known))*"
    r"(?:-(?:crimes?|offences?|incidents?|categories|category|(?:crime|offence)-types?|types?|asb|anti-social-behaviour"
    r"|areas?|wards?|lsoas?|msoas?|districts?|boroughs?|forces?|places?))?"
    r"(?:-(?:and|incl|including|excl|excluding|with|without|ex|except)-.*)?"
)
#: Codes of nations and regions, which hold every smaller area: one among others is a sum.
_LARGE: Final = re.compile(r"(?:[EWSNK]92|K0[1-9]|E12)\d{6}")
#: Codes of output areas and wards, and of the districts, counties and police areas that are made of them.
_SMALL: Final = re.compile(r"(?:[EW]0[0-25]|S0[01]|S13|N0[08]|N21)\d{6}")
_WHOLE_OF_SMALL: Final = re.compile(r"(?:E0[6-9]|E1[01]|E23|E47|W06|W15|S12|N09)\d{6}")


@dataclass(frozen=True, kw_only=True)
class Stated:
    """What the caller says about the columns of a table of counts.

    Attributes
    ----------
    columns : mapping
        Meaning to column name.
    offence : str or None
        The one offence that all counts are of.
    offences : tuple of str or None
        The columns of a wide table that are offences.
    drop : tuple of str
        Columns, offence labels or area codes to leave out.
    dates : DateRule
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    offence: str | None = None
    offences: tuple[str, ...] | None = None
    drop: tuple[str, ...] = ()
    dates: DateRule = field(default_factory=DateRule)


@dataclass(frozen=True)
class Roles:
    """Key columns by meaning, and the columns that hold counts.

    Attributes
    ----------
    keys : dict
        ``area_code``, and where they are there ``offence``, ``period``, ``n``, to column names.
    months : dict
        Column to month, where the columns are months.
    offences : tuple of str
        Columns that are offences.
    left_out : tuple of str
        Columns that the caller left out.
    """

    keys: Mapping[str, str]
    months: Mapping[str, str]
    offences: tuple[str, ...]
    left_out: tuple[str, ...]


def header_test(columns: Mapping[str, str]) -> Recognise:
    """Whether a row holds the column names: a column of area codes is among them."""
    wanted = {folded(columns[AREA])} if AREA in columns else set(KEYS[AREA])

    def test(cells: Sequence[str]) -> bool:
        return any((folded(cell) if AREA in columns else _plain(cell)) in wanted for cell in cells)

    return test


def is_total(label: str) -> bool:
    """Whether a heading, an offence label or an area code names a sum over others.

    Examples
    --------
    >>> [is_total(label) for label in ("All crime", "TOTAL", "all crime and ASB", "Grand total", "All areas")]
    [True, True, True, True, True]
    >>> is_total("All other theft"), is_total("Burglary")
    (False, False)
    """
    return _TOTAL.fullmatch(_NOT_WORD.sub("-", str(label).strip().lower().replace("&", " and ")).strip("-")) is not None


def is_whole_country(codes: Collection[str]) -> list[str]:
    """Codes of nations, regions, counties, districts and police areas that stand among codes of smaller areas."""
    large = sorted({code for code in codes if _LARGE.fullmatch(code)})
    if any(_SMALL.fullmatch(code) for code in codes):
        large = sorted({*large, *(code for code in codes if _WHOLE_OF_SMALL.fullmatch(code))})
    return large if len(large) < len(set(codes)) else []


def column_roles(text: TextTable, stated: Stated) -> Roles:
    """Which column means what.

    Raises
    ------
    SchemaError
        A column of area codes or counts is missing; a column is a total, or is not understood.
    ParameterError
        `columns`, `offences` or `offence` do not fit the table.
    """
    keys = _key_columns(text, stated)
    if OFFENCE not in keys and stated.offence is None:
        keys.pop(N, None)  # of which offence the counts are is not said: the column is questioned with the others
    used = {*keys.values(), *stated.drop}
    rest = [column for column in map(str, text.frame.columns) if column not in used and column.lower() not in _NAMES]
    left_out = tuple(column for column in stated.drop if column in text.frame.columns)
    if N in keys:
        _refuse_with_counts(text, keys, _months_among(rest, stated))
        _question_dates(text, keys, rest, stated)
        return Roles(keys, {}, (), left_out)
    if stated.offences is not None:
        _require_columns(stated.offences, text)
        others = tuple(column for column in rest if column not in stated.offences)
        return Roles(keys, {}, stated.offences, (*left_out, *others))
    months = _months_among(rest, stated)
    offences = [c for c in rest if c not in months and category_of(canonical_offence(c)) is not None]
    _question(text, [c for c in rest if c not in months and c not in offences], months)
    _require_one_kind(text, keys, months, offences, stated)
    return Roles(keys, months, tuple(offences), left_out)


def _plain(column: str) -> str:
    return " ".join(str(column).replace("_", " ").lower().split())


def _key_columns(text: TextTable, stated: Stated) -> dict[str, str]:
    for meaning in stated.columns:
        if meaning not in KEYS:
            hint = nearest_name(meaning, KEYS)
            meant = f" Did you mean {hint!r}?" if hint else ""
            raise ParameterError(f"`columns` holds {meaning!r}; it may hold {list(KEYS)}.{meant}")
    text.require(stated.columns.values())
    plain = {_plain(c): str(c) for c in reversed(text.frame.columns) if c not in stated.drop}
    found = {meaning: next((plain[t] for t in texts if t in plain), None) for meaning, texts in KEYS.items()}
    keys = {meaning: column for meaning, column in {**found, **stated.columns}.items() if column is not None}
    text.require([AREA] if AREA not in keys else [])
    if stated.offence is not None and OFFENCE in keys:
        raise ParameterError(
            f"`offence` is {stated.offence!r}, and {text.file!r} has a column of offences ({keys[OFFENCE]!r}). Leave "
            f"one of them out: drop=[{keys[OFFENCE]!r}]."
        )
    if stated.offences is not None and OFFENCE in keys:
        raise ParameterError(
            f"`offences` names columns of a wide table, and {text.file!r} has a column of offences "
            f"({keys[OFFENCE]!r}). Leave labels out with `drop=`."
        )
    return keys


def _require_columns(names: Collection[str], text: TextTable) -> None:
    text.require(names)
    if not names:
        raise ParameterError("`offences` is empty. Name the columns that are offences.")


def _months_among(columns: Sequence[str], stated: Stated) -> dict[str, str]:
    """Columns whose names are months, to these months; the form of the names is decided from all of them."""
    read = read_date if stated.dates.date_format is None else stated_format(stated.dates.date_format)
    spelt = {column: column.strip().replace("_", "-") for column in columns}
    dated = {column: text for column, text in spelt.items() if read(text) is not None}
    if not dated:
        return {}
    if all(_is_financial_year(text) for text in dated.values()):
        raise SchemaError(
            f"The columns {list(dated)[:3]} may be months or financial years. Rename them: 2010-11 is November 2010 as "
            "201011 and the financial year as 2010/11, which is no month and cannot be read."
        )
    try:
        found = months_of(dict.fromkeys(dated.values()), stated.dates).of
    except SchemaError as fault:
        raise SchemaError(f"The columns {list(dated)[:3]} are named by dates. {fault}") from fault
    return {column: month for column, text in dated.items() if (month := found[text]) is not None}


def _is_financial_year(text: str) -> bool:
    found = re.fullmatch(r"(\d{4})-(\d{2})", text)
    return found is not None and (int(found[1]) + 1) % 100 == int(found[2])


def _refuse_with_counts(text: TextTable, keys: Mapping[str, str], months: Collection[str]) -> None:
    if months:
        raise SchemaError(
            f"{text.file!r} has a column of counts ({keys[N]!r}) and columns that are months, such as "
            f"{list(months)[:3]}: the counts would be there twice. Leave some out: drop=[{keys[N]!r}]."
        )


def _question_dates(text: TextTable, keys: Mapping[str, str], rest: Collection[str], stated: Stated) -> None:
    """Stop where no column is named as that of the months, and one holds nothing but dates."""
    if PERIOD in keys:
        return
    dated = [column for column in rest if _holds_dates(text.frame[column], stated.dates)]
    if dated:
        raise SchemaError(
            f"{text.file!r}: the columns {dated} hold dates, and none is named as that of the months. Name it: "
            f"columns={{'period': {dated[0]!r}}}; or leave them out: drop={dated}."
        )


def _holds_dates(values: pd.Series, dates: DateRule) -> bool:
    texts = [str(text) for text in values.unique() if not is_missing(text, dates.missing)]
    if dates.date_format is not None:
        read = stated_format(dates.date_format)
        return bool(texts) and all(read(text) is not None for text in texts)
    found = [read_date(text) for text in texts]
    # Numbers of five digits are more often residents or homes than days of a spreadsheet.
    return bool(found) and all(written is not None and written.form != SERIAL_FORM for written in found)


def _question(text: TextTable, unknown: Collection[str], months: Mapping[str, str]) -> None:
    """Stop at columns that are no keys, no months and no known offences."""
    if not unknown:
        return
    totals = [column for column in unknown if is_total(column)]
    others = [column for column in unknown if column not in totals]
    told = []
    if totals:
        told.append(
            f"The columns {totals} are sums of others, and everything would count twice. Leave them out: "
            f"drop={totals}. Where they are the only counts, say so: offences={totals}."
        )
    if others:
        samples = {column: _samples(text.frame[column]) for column in others[:5]}
        known = [column for column in map(str, text.frame.columns) if category_of(canonical_offence(column))]
        name = "offence='Burglary' says which offence they count" if months else ""
        wide = f"offences={[*known, *others][:4]} (all columns that are offences)"
        told.append(
            f"The columns {others[:10]}{' and others' if len(others) > 10 else ''} are not understood: they are no "
            f"known offences, no months and no keys; they hold {samples}. "
            f"Leave them out: drop={others[:10]}. Or say what they are: columns={{...}}, "
            f"{f'or, beside the months, {name}' if name else wide}."
        )
        if len(others) == 1 and _plain(others[0]) in KEYS[N] and not known:
            told[-1] = (
                f"The column {others[0]!r} holds counts, and no column says of which offence. Say it: "
                "offence='Burglary'; or name the column of offences: columns={'offence': ...}."
            )
    raise SchemaError(f"{text.file!r}: " + " ".join(told))


def _samples(values: pd.Series) -> list[str]:
    numbers = values[values.str.fullmatch(r"[-+\d.,%\s]*").fillna(False)]
    # Cells that are no numbers may name persons: only their kind is told.
    return [str(value) for value in numbers.unique()[:2]] if len(numbers) == len(values) else ["texts"]


def _require_one_kind(
    text: TextTable, keys: Mapping[str, str], months: Mapping[str, str], offences: Collection[str], stated: Stated
) -> None:
    if months and offences:
        raise SchemaError(
            f"{text.file!r} has columns that are months, such as {list(months)[:3]}, and columns that are offences, "
            f"such as {list(offences)[:3]}. Leave one kind out with `drop=`."
        )
    if months and PERIOD in keys:
        raise SchemaError(
            f"{text.file!r} has columns that are months, such as {list(months)[:3]}, and a column of months "
            f"({keys[PERIOD]!r}). Leave one out with `drop=`."
        )
    if months and OFFENCE not in keys and stated.offence is None:
        raise SchemaError(
            f"The columns {list(months)[:3]} of {text.file!r} are months ({min(months.values())} to "
            f"{max(months.values())}), and nothing says which offence they count. Say it: offence='Burglary'."
        )
    if OFFENCE in keys and not months:
        raise SchemaError(
            f"{text.file!r} has a column of offences ({keys[OFFENCE]!r}) and none of counts; it has "
            f"{list(text.frame.columns)}. Name it: columns={{'n': ...}}."
        )
    if not months and not offences:
        raise SchemaError(f"{text.file!r} has no columns of offences; it has {names_told(list(text.frame.columns))}.")
    if offences and stated.offence is not None:
        raise ParameterError(
            f"`offence` is {stated.offence!r}, and {text.file!r} has columns of offences, such as "
            f"{list(offences)[:3]}. Leave one of them out."
        )
