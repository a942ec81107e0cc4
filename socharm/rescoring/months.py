"""Months of two periods: which are the same season, and which are in both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pandas as pd

__all__ = ["calendar_months", "paired_months"]


def calendar_months(months: Sequence[str]) -> Counter[int]:
    """How often each month of the calendar occurs.

    Examples
    --------
    >>> calendar_months(["2024-06", "2024-07", "2025-06"])
    Counter({6: 2, 7: 1})
    """
    return Counter(int(month[5:7]) for month in months)


def paired_months(earlier: pd.PeriodIndex, later: pd.PeriodIndex) -> list[tuple[int, int]] | None:
    """Positions of the months that are held against each other: June against June, the first against the first.

    Parameters
    ----------
    earlier, later : PeriodIndex

    Returns
    -------
    list of (int, int), or None where the two do not hold the same months of the calendar

    Examples
    --------
    >>> paired_months(pd.period_range("2024-11", "2025-01", freq="M"), pd.period_range("2026-01", "2026-03", freq="M"))
    >>> paired_months(pd.period_range("2024-11", "2025-01", freq="M"), pd.period_range("2025-11", "2026-01", freq="M"))
    [(0, 0), (1, 1), (2, 2)]
    """
    places: dict[int, list[list[int]]] = {}
    for side, months in enumerate((earlier, later)):
        for place, month in sorted(enumerate(months), key=lambda each: each[1]):
            places.setdefault(int(month.month), [[], []])[side].append(place)
    if any(len(first) != len(second) for first, second in places.values()):
        return None
    return sorted(pair for first, second in places.values() for pair in zip(first, second, strict=True))
