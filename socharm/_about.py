"""What a table is about: period, boundary year, unit, sources, marking, coverage."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Final

from socharm._arguments import check_fields
from socharm._constraints import Between, OneOf
from socharm._limits import MAX_MONTHS, MAX_YEAR, MIN_YEAR, require_within
from socharm._value_kinds import is_pandas_period, shown
from socharm._words import number_of
from socharm.errors import ParameterError

__all__ = [
    "INTERNAL",
    "MARKINGS",
    "MONTH",
    "LACKS_ROWS",
    "NOISY",
    "About",
    "AssessmentPeriod",
    "as_period",
    "combine_about",
    "highest_marking",
]

#: Government security classifications, from low to high; `OFFICIAL` is the default of every input.
MARKINGS: Final = ("OFFICIAL", "OFFICIAL-SENSITIVE", "SECRET", "TOP SECRET")

#: Said by whatever holds counts as they were recorded, without disclosure control.
INTERNAL: Final = "INTERNAL"

#: In the coverage of whatever is made of counts that were published with noise.
NOISY: Final = "is published with noise"
#: What a coverage note says where rows of a month seem to be missing in single areas.
LACKS_ROWS: Final = "rows of the file may be missing there"

#: Between the sentences of a coverage note; no sentence ends with Saint.
_SENTENCES: Final = re.compile(r"(?<=[.!?])(?<!\bSt\.) +(?=[A-Z0-9])")

#: How a month is written.
MONTH: Final = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")


@dataclass(frozen=True, order=True)
class AssessmentPeriod:
    """A run of whole months, first and last included.

    Parameters
    ----------
    start, end : str
        First and last month as ``YYYY-MM``. A half-year has no pandas ``Period``; this has.

    Raises
    ------
    ParameterError
        A month is not written ``YYYY-MM`` or of another century, or `end` is before `start`.
    RefusedError
        The run is longer than fifty years.

    Examples
    --------
    >>> AssessmentPeriod("2025-04", "2025-09").n_months
    6
    >>> str(AssessmentPeriod("2025-04", "2025-09"))
    '2025-04 to 2025-09'
    """

    start: str
    end: str

    def __post_init__(self) -> None:
        check_fields(self)
        for month in (self.start, self.end):
            found = MONTH.fullmatch(month)
            if found is None:
                raise ParameterError(
                    f"`period` holds {month!r}, which is not a month. Write months as 'YYYY-MM', such as '2025-04'."
                )
            if not MIN_YEAR <= int(found[1]) <= MAX_YEAR:
                raise ParameterError(
                    f"`period` holds {month!r}; months are of the years {MIN_YEAR} to {MAX_YEAR}. Correct the year."
                )
        if self.end < self.start:
            raise ParameterError(f"`period` ends ({self.end}) before it starts ({self.start}). Swap the two.")
        require_within(
            self.n_months,
            MAX_MONTHS,
            what="months in `period`",
            remedy="Shorten the period, or divide it into several.",
        )

    @classmethod
    def _as_stated(cls, period: Any) -> AssessmentPeriod | None:
        """What a setting holds of a period that is stated in any form of `as_period`."""
        return as_period(period)

    @property
    def n_months(self) -> int:
        """Number of months, both ends included."""
        return _month_number(self.end) - _month_number(self.start) + 1

    @property
    def months(self) -> tuple[str, ...]:
        """Every month as ``YYYY-MM``, in order."""
        first = _month_number(self.start)
        return tuple(_month_text(first + step) for step in range(self.n_months))

    def __str__(self) -> str:
        return self.start if self.start == self.end else f"{self.start} to {self.end}"


def _month_number(month: str) -> int:
    return int(month[:4]) * 12 + int(month[5:]) - 1


def _month_text(number: int) -> str:
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def as_period(period: Any) -> AssessmentPeriod | None:
    """An `AssessmentPeriod` from any form in which a function takes one; None stays None.

    Parameters
    ----------
    period : AssessmentPeriod, str, pandas.Period, pair of str or pandas.Period, or None
        One month (``"2025-04"``), a run (``"2025-04 to 2025-09"``), the first and the last month, or a pandas period of
        whole months: a month, quarter or year.

    Raises
    ------
    ParameterError
        Something else, such as a pandas period of a day or a week.

    Examples
    --------
    >>> as_period(("2025-04", "2025-09"))
    AssessmentPeriod(start='2025-04', end='2025-09')
    >>> import pandas as pd
    >>> as_period("2025-04 to 2025-09") == as_period((pd.Period("2025-04"), pd.Period("2025-09")))
    True
    >>> str(as_period(pd.Period("2025Q2")))
    '2025-04 to 2025-06'
    """
    if period is None or isinstance(period, AssessmentPeriod):
        return period
    if isinstance(period, str):
        first, run, last = period.partition(" to ")
        return AssessmentPeriod(_month(first, last=False), _month(last if run else first, last=True))
    if is_pandas_period(period):
        return AssessmentPeriod(_month(period, last=False), _month(period, last=True))
    # A set has no first month.
    several = isinstance(period, (list, tuple, Iterator)) or getattr(period, "ndim", 0) == 1
    ends = list(period) if several else []
    if len(ends) != 2:
        found = f"{shown(period)} of {number_of(len(ends), 'value')}" if several else shown(period)
        raise ParameterError(f"`period` is {found}; give the first and the last month: ('2025-04', '2025-09').")
    return AssessmentPeriod(_month(ends[0], last=False), _month(ends[1], last=True))


def _month(end: Any, *, last: bool) -> str:
    """The first or last month of one end of a period."""
    if not is_pandas_period(end):
        return str(end).strip()
    side = "end" if last else "start"
    month = end.asfreq("M", side)
    if month.asfreq("s", side) != end.asfreq("s", side):
        raise ParameterError(
            f"`period` holds {end}, which is no whole month. Write months as 'YYYY-MM', such as '{month}'."
        )
    return str(month)


@dataclass(frozen=True)
class About:
    """Where a table comes from and how it may be handled.

    Parameters
    ----------
    period : AssessmentPeriod or None
        The months the numbers speak of; None for what has none (a lookup, a population).
    boundary_year : int or None
        Year of the boundaries whose codes the table uses.
    unit : str
        Unit of the main column, such as ``"sentence-days per resident per year"``.
    sources : tuple of str
        Names of the sources as they should be printed under a map.
    marking : str
        One of `MARKINGS`.
    coverage : str
        One sentence on what did not arrive; empty when everything did.
    internal : bool
        Whether it holds what a published form withholds: pictures and workbooks then say so beside the marking.
    """

    period: AssessmentPeriod | None = None
    boundary_year: Annotated[int, Between(MIN_YEAR, MAX_YEAR)] | None = None
    unit: str = ""
    sources: tuple[str, ...] = ()
    marking: Annotated[str, OneOf(*MARKINGS)] = "OFFICIAL"
    coverage: str = ""
    internal: bool = False

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def held(self) -> str:
        """What weights are: ``"events"`` where each counts as one, else ``"harm"``."""
        return "events" if self.unit == "events" else "harm"

    @property
    def shown_marking(self) -> str:
        """The marking as it is printed; of what is internal it says so."""
        return f"{self.marking} - {INTERNAL}" if self.internal else self.marking


def highest_marking(*markings: str) -> str:
    """Highest of several markings; ``"OFFICIAL"`` when there are none."""
    return max(markings, key=MARKINGS.index, default=MARKINGS[0])


def combine_about(*abouts: About, unit: str = "", coverage: str = "") -> About:
    """About of a record made from several records.

    The period is the hull of the parts' periods, the marking the highest, the sources all of them
    in order without repeats, the boundary year the first one stated.

    Parameters
    ----------
    *abouts : About
        Abouts of the parts, most important first.
    unit : str
        Unit of the new record's main column.
    coverage : str
        Coverage note of the new record; the parts' notes joined when empty, each sentence once.

    Examples
    --------
    >>> parts = About(coverage="Nobody sent calls. May is missing."), About(coverage="Nobody sent calls.")
    >>> combine_about(*parts).coverage
    'Nobody sent calls. May is missing.'
    """
    periods = [about.period for about in abouts if about.period is not None]
    hull = AssessmentPeriod(min(p.start for p in periods), max(p.end for p in periods)) if periods else None
    years = [about.boundary_year for about in abouts if about.boundary_year is not None]
    sources = tuple(dict.fromkeys(source for about in abouts for source in about.sources))
    notes = dict.fromkeys(told for about in abouts if about.coverage for told in _SENTENCES.split(about.coverage))
    return About(
        period=hull,
        boundary_year=years[0] if years else None,
        unit=unit,
        sources=sources,
        marking=highest_marking(*(about.marking for about in abouts)),
        coverage=coverage or " ".join(notes),
        internal=any(about.internal for about in abouts),
    )
