"""How far the day of a population lies from the months of crime that it divides, where a reader must know it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pandas as pd

from socharm._columns import PERIOD
from socharm._words import age_words, day_words, span_words

__all__ = ["FAR_MONTHS", "PopulationGap", "gap_of", "population_gap"]

#: Months between a population and the crime from which rates and ranks are told to rest on other residents. Official
#: estimates come a year or two late: that is as near as anyone can have it.
FAR_MONTHS: Final = 24
_CALLED: Final = {"resident": "Residents", "workday": "The workday population", "households": "Households"}


@dataclass(frozen=True, kw_only=True)
class PopulationGap:
    """A population of other years than the crime: the sentence, and the whole months between, as said in it."""

    text: str
    months: int
    said: str


def population_gap(tables: Mapping[str, pd.DataFrame]) -> str:
    """The sentence where a population is of two years or more before or after the months assessed; blank otherwise."""
    found = gap_of(tables)
    return "" if found is None else found.text


def gap_of(tables: Mapping[str, pd.DataFrame]) -> PopulationGap | None:
    """How far the population lies from the months assessed; None where that is under two years, or not known.

    Of populations of several days that of the farthest. What is no day and no year says nothing.
    """
    people, coverage = tables["population"], tables["coverage"]
    if not {"value", "kind", "date"} <= set(people.columns) or PERIOD not in coverage or not len(coverage):
        return None
    months = sorted(coverage[PERIOD].astype(str).unique())
    first, last = _month(months[0]), _month(months[-1])
    known = people[people["value"].notna() & people["date"].notna()]
    stated = sorted(set(zip(known["kind"].astype(str), known["date"].astype(str), strict=True)))
    apart = [(_apart(day, first, last), kind, text) for kind, text in stated if (day := _month(text)) is not None]
    gap, kind, text = max(apart, key=lambda each: abs(each[0]), default=(0, "", ""))
    if abs(gap) < FAR_MONTHS:
        return None
    span = months[0] if months[0] == months[-1] else f"{months[0]} to {months[-1]}"
    called = _CALLED.get(kind, "The denominators")
    verb = "is" if kind == "workday" else "are"
    said = age_words(abs(gap))
    return PopulationGap(
        text=f"{called} {verb} of {_day(text)}, {said} {'after' if gap > 0 else 'before'} the crime "
        f"({span_words(span)}): where their number changed in between, rates and ranks are off by as much.",
        months=abs(gap),
        said=said,
    )


def _month(text: str) -> int | None:
    """Months since the year nought of a day, ``YYYY-MM-DD``, or month; of a year alone its middle. None for others."""
    try:
        day = dt.date.fromisoformat({4: f"{text}-06-30", 7: f"{text}-28"}.get(len(text), text))
    except ValueError:
        return None
    return day.year * 12 + day.month - 1


def _apart(day: int | None, first: int | None, last: int | None) -> int:
    """Whole months from the nearest month of the crime; below zero for a population before it, 0 inside."""
    if day is None or first is None or last is None:
        return 0
    return day - last if day > last else min(0, day - first)


def _day(text: str) -> str:
    try:
        return day_words(dt.date.fromisoformat(text))
    except ValueError:
        return text
