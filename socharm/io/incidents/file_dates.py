"""Dates of a source whose files write them differently: a format for each file, stated by patterns of their names.

A month-first and a day-first file of one folder make one column that contradicts itself. What a stated format reads is
replaced by its date and the format (``2024-05-13 [as %m/%d/%Y]``), and what is a date in another form by itself and the
format that it does not follow, so that no other rule reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import partial
from typing import Final

import polars as pl

from socharm.errors import ParameterError
from socharm.io.dates import read_date, stated_format, without_clock
from socharm.io.incidents.delimited import FILE
from socharm.io.incidents.months import DateRule, Months, months_of
from socharm.io.missing import is_missing

__all__ = ["as_written", "formats_of_files", "months_by_file", "with_stated_dates"]

_READ: Final = " [as {}]"
_UNREAD: Final = " [not {}]"


def formats_of_files(stated: Mapping[str, str], files: Sequence[str], *, of_all: bool = True) -> dict[str, str]:
    """Format of every file that a pattern fits; the first pattern that fits a file holds.

    Parameters
    ----------
    stated : mapping of str to str
        Pattern of names (``"*-us.csv"``, in any letter case) to format, as `socharm.io.dates.stated_format` takes it.
    files : sequence of str
        Names within the source; a pattern fits the whole name or its last part.
    of_all : bool
        These are all files of the source, so that each pattern has to fit one.

    Raises
    ------
    ParameterError
        No pattern, a format that makes no sense, or a pattern that fits no file.

    Examples
    --------
    >>> formats_of_files({"*us*": "%m/%d/%Y"}, ["a/us-street.csv", "a/uk-street.csv"])
    {'a/us-street.csv': '%m/%d/%Y'}
    """
    if not stated:
        raise ParameterError("`date_format` holds no pattern. Give {'*-us.csv': '%m/%d/%Y'}, or leave it out.")
    for date_format in stated.values():
        DateRule(date_format)
    found: dict[str, str] = {}
    fitting: set[str] = set()
    for file in files:
        names = (file.lower(), file.lower().rsplit("/", 1)[-1])
        fits = [pattern for pattern in stated if any(fnmatchcase(name, pattern.lower()) for name in names)]
        fitting.update(fits)
        if fits:
            found[file] = stated[fits[0]]
    idle = [pattern for pattern in stated if pattern not in fitting]
    if idle and of_all:
        raise ParameterError(
            f"`date_format` has the patterns {idle}, and no file is called so; the files are {list(files)[:5]}. "
            "Correct the patterns, or leave them out."
        )
    return found


def with_stated_dates(frame: pl.LazyFrame, formats: Mapping[str, str]) -> pl.LazyFrame:
    """Canonical columns in which the dates of files with a stated format stand as they are read, with that format.

    Parameters
    ----------
    frame : polars LazyFrame
        With ``date`` as text and `FILE`.
    formats : mapping of str to str
        File to format, as `formats_of_files` gives it.
    """
    for date_format in dict.fromkeys(formats.values()):
        files = [file for file, one in formats.items() if one == date_format]
        read = pl.col("date").map_batches(
            partial(_as_stated, date_format=date_format), return_dtype=pl.String, is_elementwise=True
        )
        frame = frame.with_columns(date=pl.when(pl.col(FILE).is_in(files)).then(read).otherwise(pl.col("date")))
    return frame


def _as_stated(texts: pl.Series, *, date_format: str) -> pl.Series:
    read = stated_format(date_format)
    distinct = texts.drop_nulls().unique().to_list()
    return texts.replace({text: _marked(text, read(text), date_format) for text in distinct})


def _marked(text: str, date: str | None, date_format: str) -> str:
    if date is not None:
        return date + _READ.format(date_format)
    is_another = not is_missing(text) and read_date(without_clock(text)) is not None
    return text + _UNREAD.format(date_format) if is_another else text


def as_written(text: str) -> str:
    """A date as it stands in the file, without what `with_stated_dates` added.

    Examples
    --------
    >>> as_written("13/05/2024 [not %m/%d/%Y]")
    '13/05/2024'
    """
    return text.rsplit(_UNREAD.split("{", maxsplit=1)[0], 1)[0] if text.endswith("]") else text


def months_by_file(
    texts: Iterable[str | None],
    rule: DateRule,
    stated: Mapping[str, str],
    *,
    rows: Callable[[], Mapping[str | None, int]] | None = None,
) -> Months:
    """Every distinct text of `with_stated_dates` to its month; of files without a stated format as `months_of` does.

    Raises
    ------
    SchemaError
        As `months_of`.

    Examples
    --------
    >>> texts = ["2024-05-13 [as %m/%d/%Y]", "14/05/2024", "14/05/2024 [not %m/%d/%Y]"]
    >>> found = months_by_file(texts, DateRule(), {"*-us.csv": "%m/%d/%Y"})
    >>> found.of
    {'14/05/2024': '2024-05', '14/05/2024 [not %m/%d/%Y]': None, '2024-05-13 [as %m/%d/%Y]': '2024-05'}
    >>> found.days
    {'14/05/2024': '2024-05-14', '2024-05-13 [as %m/%d/%Y]': '2024-05-13'}
    """
    formats = tuple(dict.fromkeys(stated.values()))
    ends = {_READ.format(one): one for one in formats}
    stamped = {text: end for text in texts if text is not None for end in ends if text.endswith(end)}
    rest = [text for text in texts if text not in stamped]
    others = [text for text in rest if text is not None and not is_missing(text, rule.missing)]
    lost = {text for text in others if text.endswith(tuple(_UNREAD.format(one) for one in formats))}
    if stamped and len(lost) == len(others):
        found = Months(dict.fromkeys(rest), "", tuple(others))
    else:
        found = months_of(rest, rule, rows=rows)
    used = {ends[end] for end in stamped.values()} | ({found.format} - {""})
    read = Months.from_dates(stamped, {text: text.removesuffix(end) for text, end in stamped.items()})
    return replace(found, of=found.of | read.of, days=found.days | read.days, format=", ".join(sorted(used)))
