"""How far ranks moved: between classes of the ranking, on the whole, and at its top."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
import scipy
from numpy.typing import NDArray

from socharm._about import About, AssessmentPeriod
from socharm._arguments import checked
from socharm._columns import AREA
from socharm._constraints import OpenShare
from socharm._jit import kernel
from socharm._record import Record
from socharm._settings import Settings, setting
from socharm._words import number_of
from socharm.errors import AlignmentError, SchemaError
from socharm.ranking.top_sizes import TOP, top_faults, top_sizes

__all__ = [
    "BY_RECORDED",
    "BY_UNDERLYING",
    "BY_UNDERLYING_ALIKE",
    "RANKED_BY",
    "MobilitySettings",
    "RankMobility",
    "kendall_interval",
    "rank_mobility",
]

_Ints = NDArray[np.int64]

#: Column of a comparison that says of which rate ranks are, and what stands in it.
RANKED_BY: Final = "ranked_by"
BY_RECORDED: Final = "recorded rate"
BY_UNDERLYING: Final = "underlying rate, as each was assessed"
BY_UNDERLYING_ALIKE: Final = "underlying rate, both on the same terms"
_CLASS_ENDS: Final = ("5%", "10%", "25%", "50%")
_LEVEL: Final = 0.95


@dataclass(frozen=True, kw_only=True)
class MobilitySettings(Settings):
    """Choices behind how far ranks moved."""

    class_ends: tuple[int | str, ...] = setting(
        _CLASS_ENDS, "where classes of the ranking end: numbers of areas, or shares of them", recipe=False
    )
    top: tuple[int | str, ...] = setting(TOP, "who entered and left the first ...", recipe=False)
    level: OpenShare = setting(_LEVEL, "level of the interval of Kendall's tau", recipe=False)

    def _faults(self) -> Iterable[str]:
        yield from super()._faults()
        yield from top_faults(self.class_ends, name="class_ends")
        yield from top_faults(self.top, name="top")


@dataclass(frozen=True, eq=False, repr=False)
class RankMobility(Record):
    """How far ranks moved between two assessments.

    Attributes
    ----------
    table : DataFrame
        ``class_earlier``, ``class_later`` (such as "1 to 9"), ``areas``, ``share`` (of the areas of the earlier class).
    moves : DataFrame
        ``size`` (of the top), ``area_code``, ``move`` ("entered" or "left"), ``rank_earlier``, ``rank_later``.
    tops : DataFrame
        Index ``size``: ``stayed``, ``entered``, ``left``. Of a comparison all three have ``ranked_by`` too: the rate
        that was ranked.
    tau, tau_low, tau_high : float
        Kendall's rank correlation and its interval, the areas taken for a sample of such areas; None where all ranks of
        one of the two are equal.
    median_move : float
        Median of the places that areas moved, up or down.
    areas : int
        Areas with a rank in both.
    periods : tuple of AssessmentPeriod
        The earlier and the later one; empty where ranks came without their periods.
    """

    __made_by__ = ("rank_mobility",)

    table: pd.DataFrame
    moves: pd.DataFrame
    tops: pd.DataFrame
    tau: float | None
    tau_low: float | None
    tau_high: float | None
    median_move: float
    areas: int
    settings: MobilitySettings
    about: About
    periods: tuple[AssessmentPeriod, ...] = ()

    @property
    def tau_words(self) -> str:
        """The correlation with its interval, as a sentence has it."""
        if self.tau is None or self.tau_low is None or self.tau_high is None:
            return "not known, all ranks being equal"
        return f"{self.tau:.2f} ({self.tau_low:.2f} to {self.tau_high:.2f})"

    def _summary(self) -> dict[str, str]:
        lines = {
            "areas": f"{self.areas:,}",
            "Kendall's tau": self.tau_words,
            "median move": f"{self.median_move:g} places",
        }
        stayed = [f"{number:,} of the first {size}" for size, number in self.tops["stayed"].items()]
        return lines | {"stayed": ", ".join(stayed)}


@checked
def rank_mobility(
    earlier: pd.Series,
    later: pd.Series,
    *,
    class_ends: int | str | Iterable[int | str] = _CLASS_ENDS,
    top: int | str | Iterable[int | str] = TOP,
    level: OpenShare = _LEVEL,
    settings: MobilitySettings | Mapping[str, Any] | None = None,
) -> RankMobility:
    """How far ranks moved.

    Parameters
    ----------
    earlier, later : Series by area code
        Ranks; 1 has the highest harm rate. Areas that lack either are left out, and the others are ranked again among
        themselves, so that a rank is one of the same areas in both.
    class_ends : int, "p%", or iterable of them
        Where classes of the ranking end; what is behind the last is one class more.
    top : int, "p%", or iterable of them
        Sizes of the top for which it is told who entered and left.
    level : float
        Of the interval of Kendall's tau.
    settings : MobilitySettings or mapping, optional
        Choices of another result, for what is not stated by keyword.

    Returns
    -------
    RankMobility

    Raises
    ------
    AlignmentError
        Fewer than three areas have a rank in both.

    References
    ----------
    Hollander, M., Wolfe, D. A. & Chicken, E. (2014). *Nonparametric statistical methods*, 3rd ed., 8.3.

    Examples
    --------
    >>> before = pd.Series({"A": 1, "B": 2, "C": 3, "D": 4})
    >>> moved = rank_mobility(before, pd.Series({"A": 3, "B": 1, "C": 2, "D": 4}), class_ends=[2], top=[1])
    >>> moved.tau_words.split()[0], moved.median_move
    ('0.33', 1.0)
    >>> moved.moves[["area_code", "move"]].values.tolist()
    [['A', 'left'], ['B', 'entered']]
    """
    chosen = MobilitySettings.of(settings)
    ours, theirs = _ranks(earlier, "earlier"), _ranks(later, "later")
    both = ours.index.intersection(theirs.index)
    if len(both) < 3:
        raise AlignmentError(
            f"{number_of(len(both), 'area has', 'areas have')} a rank in both; how far ranks moved is told of three at "
            "least: fewer have no order to speak of. Compare assessments of more areas, or check that both name their "
            "areas by the same codes."
        )
    ranks = pd.DataFrame({"rank_earlier": ours[both], "rank_later": theirs[both]}).rank(method="min").astype(int)
    tau, low, high = kendall_interval(*(ranks[name].to_numpy(dtype=float) for name in ranks), level=chosen.level)
    moves, tops = _moves(ranks, top_sizes(chosen.top, len(ranks), name="top"))
    return RankMobility(
        table=_transitions(ranks, sorted(set(top_sizes(chosen.class_ends, len(ranks), name="class_ends").values()))),
        moves=moves,
        tops=tops,
        tau=tau,
        tau_low=low,
        tau_high=high,
        median_move=float((ranks["rank_later"] - ranks["rank_earlier"]).abs().median()),
        areas=len(ranks),
        settings=chosen,
        about=About(),
    )


def _ranks(given: pd.Series, name: str) -> pd.Series:
    numbers = pd.to_numeric(given, errors="coerce").astype(float)
    if (numbers.isna() & given.notna()).any():
        raise SchemaError(f"`{name}` holds values that are no ranks. Give numbers, missing where there is none.")
    if given.index.has_duplicates:
        raise SchemaError(f"`{name}` holds an area twice. Give one rank for each.")
    return numbers.set_axis(given.index.map(str)).dropna()


def _transitions(ranks: pd.DataFrame, ends: list[int]) -> pd.DataFrame:
    """Areas by class earlier and later, classes that are never together too."""
    ends = [end for end in ends if end < len(ranks)] + [len(ranks)]
    starts = [1, *(end + 1 for end in ends[:-1])]
    labels = [f"{a}" if a == b else f"{a} to {b}" for a, b in zip(starts, ends, strict=True)]
    found = {name: np.searchsorted(ends, ranks[name].to_numpy()) for name in ranks}
    counted = np.zeros((len(ends), len(ends)), dtype=np.int64)
    np.add.at(counted, (found["rank_earlier"], found["rank_later"]), 1)
    rows = [
        (labels[i], labels[j], int(counted[i, j]), counted[i, j] / max(int(counted[i].sum()), 1))
        for i in range(len(ends))
        for j in range(len(ends))
    ]
    return pd.DataFrame(rows, columns=["class_earlier", "class_later", "areas", "share"])


def _moves(ranks: pd.DataFrame, sizes: Mapping[str, int]) -> tuple[pd.DataFrame, pd.DataFrame]:
    parts, tops = [], {}
    for size in sorted(set(sizes.values())):
        was, now = ranks["rank_earlier"] <= size, ranks["rank_later"] <= size
        tops[size] = (int((was & now).sum()), int((now & ~was).sum()), int((was & ~now).sum()))
        moved = ranks[was != now].assign(size=size)
        moved["move"] = np.where(was[moved.index], "left", "entered")
        parts.append(moved.rename_axis(AREA).reset_index().sort_values(["rank_earlier", AREA]))
    columns = ["size", AREA, "move", "rank_earlier", "rank_later"]
    table = pd.DataFrame.from_dict(tops, orient="index", columns=["stayed", "entered", "left"]).rename_axis("size")
    return pd.concat(parts, ignore_index=True)[columns].astype({"move": "str"}), table


def kendall_interval(x: NDArray[np.float64], y: NDArray[np.float64], *, level: float) -> tuple[float | None, ...]:
    r"""Kendall's tau (b, which allows for ties) and its interval.

    Notes
    -----
    :math:`\hat\sigma^2 = \frac{2}{n(n-1)} \left[ \frac{2(n-2)}{n(n-1)^2} \sum_i (C_i - \bar C)^2 + 1 - \hat\tau^2
    \right]` with :math:`C_i` the concordant less the discordant pairs of which area :math:`i` is one (Hollander, Wolfe
    and Chicken 8.3); the interval is symmetric and cut at -1 and 1. Without ties tau b is their tau.
    """
    n = len(x)
    tau = float(scipy.stats.kendalltau(x, y).statistic)
    if not math.isfinite(tau):
        return None, None, None
    agreeing = _agreeing(*(np.unique(each, return_inverse=True)[1].astype(np.int64) for each in (x, y)))
    spread = float(np.sum((agreeing - agreeing.mean()) ** 2))
    variance = 2 / (n * (n - 1)) * (2 * (n - 2) / (n * (n - 1) ** 2) * spread + 1 - tau**2)
    half = float(scipy.stats.norm.ppf(0.5 + level / 2)) * math.sqrt(max(variance, 0.0))
    return tau, max(tau - half, -1.0), min(tau + half, 1.0)


def _agreeing(x: _Ints, y: _Ints) -> NDArray[np.float64]:
    """Of each area, the others that stand to it in the same order in both, less those in opposite orders."""
    below = _lower_in_both(x, y, np.argsort(x, kind="stable"))
    above = _lower_in_both(-x + x.max(initial=0), -y + y.max(initial=0), np.argsort(-x, kind="stable"))
    across = _lower_in_both(x, -y + y.max(initial=0), np.argsort(x, kind="stable"))
    beneath = _lower_in_both(-x + x.max(initial=0), y, np.argsort(-x, kind="stable"))
    return np.asarray(below + above - across - beneath, dtype=np.float64)


@kernel
def _lower_in_both(x: _Ints, y: _Ints, order: _Ints) -> _Ints:
    """How many others are lower than each by x and by y, numbers from 0 on; `order` sorts by x. A tree of sums."""
    n = x.size
    sums = np.zeros(n + 1, dtype=np.int64)
    found = np.zeros(n, dtype=np.int64)
    start = 0
    while start < n:
        stop = start
        while stop < n and x[order[stop]] == x[order[start]]:
            at = y[order[stop]]
            while at > 0:
                found[order[stop]] += sums[at]
                at -= at & -at
            stop += 1
        for place in range(start, stop):
            at = y[order[place]] + 1
            while at <= n:
                sums[at] += 1
                at += at & -at
        start = stop
    return found
