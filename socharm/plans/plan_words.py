"""Threats and months of a plan as people read them in a workbook, and as every program stores them."""

from __future__ import annotations

import calendar
import re
from typing import Final

import pandas as pd

from socharm._words import span_words
from socharm.plans.threats import THREATS

__all__ = ["PERIOD_COLUMNS", "as_stored", "in_words", "stored_day", "stored_span", "stored_threat", "threat_words"]

#: Columns that hold a run of months.
PERIOD_COLUMNS: Final = ("baseline_period", "target_period")

_SPAN: Final = re.compile(r"\d{4}-\d{2}( to \d{4}-\d{2})?")
_MONTH: Final = rf"({'|'.join(calendar.month_name[1:])}) (\d{{4}})"
_DAY: Final = re.compile(rf"(\d{{1,2}}) {_MONTH}", re.IGNORECASE)
_WORDS: Final = re.compile(rf"{_MONTH}(?: to {_MONTH})?", re.IGNORECASE)
_KEYS: Final = {name.lower(): key for key, name in THREATS.items()}
_NUMBERS: Final = {name.lower(): number for number, name in enumerate(calendar.month_name)}


def in_words(table: pd.DataFrame) -> pd.DataFrame:
    """A plan's table with threats by their names and months in words; what is neither stays as it is."""
    told = {name: table[name].map(_span_in_words).astype("str") for name in PERIOD_COLUMNS}
    return table.assign(threat=table["threat"].map(threat_words).astype("str"), **told)


def as_stored(frame: pd.DataFrame) -> pd.DataFrame:
    """The text of a plan with the keys of threats and months as ``2026-10``; columns that it lacks are not added."""
    found = {name: frame[name].map(stored_span) for name in PERIOD_COLUMNS if name in frame.columns}
    if "threat" in frame.columns:
        found["threat"] = frame["threat"].map(stored_threat)
    return frame.assign(**found)


def threat_words(key: str) -> str:
    """The name of a threat; a word that is the key of none stays as it is."""
    return THREATS.get(key, key)


def stored_threat(text: str) -> str:
    """The key of a threat that is written by its name; any other text as it is."""
    return _KEYS.get(" ".join(text.lower().split()), text)


def stored_day(text: str) -> str:
    """A day in words as programs write it; any other text as it is.

    Examples
    --------
    >>> stored_day("26 November 2026"), stored_day("2026-11-26"), stored_day("next week")
    ('2026-11-26', '2026-11-26', 'next week')
    """
    found = _DAY.fullmatch(" ".join(text.split()))
    return text if found is None else f"{found[3]}-{_NUMBERS[found[2].lower()]:02d}-{int(found[1]):02d}"


def _span_in_words(text: str) -> str:
    return span_words(text) if _SPAN.fullmatch(text) else text


def stored_span(text: str) -> str:
    """A run of months in words as tables have it; any other text as it is.

    Examples
    --------
    >>> stored_span("June 2013 to May 2014"), stored_span("2013-06"), stored_span("last winter")
    ('2013-06 to 2014-05', '2013-06', 'last winter')
    """
    found = _WORDS.fullmatch(" ".join(text.split()))
    if found is None:
        return text
    names = [(found[1], found[2]), *([(found[3], found[4])] if found[3] else [])]
    return " to ".join(f"{year}-{_NUMBERS[month.lower()]:02d}" for month, year in names)
