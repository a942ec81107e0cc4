"""The seventeen patterns of emerging hot spots, by their published definitions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "COLD_PATTERNS",
    "HOT_PATTERNS",
    "NO_PATTERN",
    "PATTERNS",
    "SHARE",
    "TOO_SHORT",
    "StepCounts",
    "patterns_of",
    "step_counts",
]

_Steps = NDArray[np.bool_]

#: Patterns by the first word, in the order in which they were published.
_WORDS: Final = (
    "new", "consecutive", "intensifying", "persistent", "diminishing", "sporadic", "oscillating", "historical",
)  # fmt: skip
HOT_PATTERNS: Final = tuple(f"{word} hot spot" for word in _WORDS)
COLD_PATTERNS: Final = tuple(f"{word} cold spot" for word in _WORDS)
NO_PATTERN: Final = "no pattern"
#: All seventeen, in the order of legends.
PATTERNS: Final = (*HOT_PATTERNS, *COLD_PATTERNS, NO_PATTERN)
#: Of areas with fewer periods than the patterns are defined for.
TOO_SHORT: Final = "too short"
#: Share of the periods that must be hot for a pattern that lasts.
SHARE: Final = 0.9


@dataclass(frozen=True, eq=False)
class StepCounts:
    """What the periods of each area were, counted.

    Attributes
    ----------
    tested : ndarray of int64, shape (areas,)
        Periods that were tested.
    hot, cold : ndarray of int64
        Periods that were significantly hot, or cold.
    hot_last, cold_last : ndarray of bool
        Whether the last period was.
    hot_run, cold_run : ndarray of int64
        Length of the unbroken run of hot (cold) periods at the end.
    """

    tested: NDArray[np.int64]
    hot: NDArray[np.int64]
    cold: NDArray[np.int64]
    hot_last: _Steps
    cold_last: _Steps
    hot_run: NDArray[np.int64]
    cold_run: NDArray[np.int64]

    @property
    def mirrored(self) -> StepCounts:
        """Hot and cold exchanged."""
        return StepCounts(
            self.tested, self.cold, self.hot, self.cold_last, self.hot_last, self.cold_run, self.hot_run
        )  # fmt: skip

    @property
    def lasting(self) -> _Steps:
        """Whether at least nine tenths of the tested periods were hot."""
        found: _Steps = (self.hot >= SHARE * self.tested - 1e-9) & (self.hot > 0)
        return found


def step_counts(hot: _Steps, cold: _Steps, tested: _Steps) -> StepCounts:
    """Count the periods of each area.

    Parameters
    ----------
    hot, cold, tested : ndarray of bool, shape (areas, periods)
        In the order of time. A period that was not tested neither breaks nor lengthens a run.
    """
    return StepCounts(
        tested=tested.sum(axis=1),
        hot=(hot & tested).sum(axis=1),
        cold=(cold & tested).sum(axis=1),
        hot_last=(hot & tested)[:, -1],
        cold_last=(cold & tested)[:, -1],
        hot_run=_run(hot, tested),
        cold_run=_run(cold, tested),
    )


def _run(marked: _Steps, tested: _Steps) -> NDArray[np.int64]:
    unbroken = np.cumprod((marked | ~tested)[:, ::-1], axis=1)[:, ::-1].astype(bool)
    return np.asarray((unbroken & marked & tested).sum(axis=1), dtype=np.int64)


def patterns_of(steps: StepCounts, rising: _Steps, falling: _Steps) -> NDArray[np.object_]:
    """The pattern of each area: exactly one of the seventeen.

    Parameters
    ----------
    steps : StepCounts
    rising, falling : ndarray of bool, shape (areas,)
        Whether the standard scores have a significant trend.

    Notes
    -----
    Of an area that is hot in the last period:

    - at least 90% of the periods hot: intensifying with a significant rise, diminishing with a significant fall,
      persistent without a trend;
    - fewer: new where no other period was hot; consecutive where all hot periods are one run at the end; oscillating
      where a period before was significantly cold; sporadic otherwise.

    Of an area that is neither hot nor cold in the last period: historical where at least 90% of the periods were hot.
    Cold is the mirror of hot, with rise and fall exchanged.

    The published definitions overlap in three places, and one name is given: an area with 90% hot periods, not hot in
    the last, is historical and not persistent; a first hot period, or run, after cold ones is new, or consecutive, and
    not oscillating (the published order); and what an area is now goes before what it was (nine cold periods and a hot
    last one are a new hot spot, not a historical cold spot).

    References
    ----------
    Esri, *How Emerging Hot Spot Analysis works*, ArcGIS Pro documentation, table of pattern names and definitions.
    """
    hot, cold = _side(steps, rising, falling), _side(steps.mirrored, falling, rising)
    named = np.full(steps.tested.size, NO_PATTERN, dtype=object)
    for place in range(len(_WORDS) - 1, -1, -1):
        named[hot[place]] = HOT_PATTERNS[place]
        named[cold[place]] = COLD_PATTERNS[place]
    return named


def _side(steps: StepCounts, rising: _Steps, falling: _Steps) -> list[_Steps]:
    """Whether each definition of one side holds, in the order of their words; the first that does is the name."""
    now, lasting = steps.hot_last, steps.lasting
    fewer = now & ~lasting
    return [
        fewer & (steps.hot == 1),
        fewer & (steps.hot_run >= 2) & (steps.hot_run == steps.hot),
        now & lasting & rising,
        now & lasting & ~rising & ~falling,
        now & lasting & falling,
        fewer & (steps.cold == 0),
        fewer,
        ~now & ~steps.cold_last & lasting,
    ]
