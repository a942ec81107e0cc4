"""An intervention that began at different times: effects by group and time, and what they add up to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

import numpy as np
import pandas as pd
import scipy
from numpy.typing import NDArray

from socharm._about import About
from socharm._arguments import checked
from socharm._checks import names_told
from socharm._constraints import OpenShare, Permutations, Seed
from socharm._record import Record
from socharm._settings import setting
from socharm._words import number_of
from socharm.errors import ParameterError, RefusedError
from socharm.evaluation.difference_in_differences import DifferenceSettings
from socharm.evaluation.effect_words import interval_words, p_words, percent_change
from socharm.evaluation.ground import rows_of
from socharm.evaluation.outcomes import Outcomes, aside_words, read_outcomes
from socharm.stats.group_time import aggregate_effects, group_time_effects
from socharm.stats.random_streams import stream
from socharm.stats.staggered_counts import StaggeredCounts, ratio_interval, staggered_counts

__all__ = ["StaggeredEffects", "StaggeredFindings", "StaggeredSettings", "staggered_effects"]

_Floats = NDArray[np.float64]
_Whole = NDArray[np.intp]
#: Areas that groups are compared with.
Control: TypeAlias = Literal["never treated", "not yet treated"]
#: Treated areas below which errors that take areas as many are too small.
_FEW: Final = 10


@dataclass(frozen=True, kw_only=True)
class StaggeredSettings(DifferenceSettings):
    """Choices behind effects of staggered starts; enough to make them again."""

    control: Control = setting("never treated", "areas that differences of means are taken from")


@dataclass(frozen=True, kw_only=True)
class StaggeredFindings:
    """What was found.

    Attributes
    ----------
    treated, never, groups : int
        Areas that began; those that never did, or only in a period that was set aside; starts.
    recorded, expected, ratio, low, high, p : float
        Of all treated areas from their starts on, by the Poisson model; interval and p by randomisation over which
        areas began when.
    left_out : tuple of (str, int)
    """

    treated: int
    never: int
    groups: int
    recorded: float
    expected: float
    ratio: float
    low: float
    high: float
    p: float
    left_out: tuple[tuple[str, int], ...]


@dataclass(frozen=True, eq=False, repr=False)
class StaggeredEffects(Record):
    """Effects of an intervention that began at different times.

    Attributes
    ----------
    table : DataFrame
        One row for each ``start`` and ``period`` from the second on: ``event`` (periods since the start, below 0 before
        it), ``areas``, ``effect`` (difference of mean changes, per area and period; missing without an area to compare
        with), ``se``, ``low``, ``high``, and from the start on ``recorded``, ``expected`` and ``ratio`` by the Poisson
        model.
    aggregates : DataFrame
        Index ``of`` (``"all"``, ``"event"``, ``"start"``) and ``which``: the same columns, and ``cells``. Effects of
        events are means over groups by their numbers of areas; those of a start means over its periods.
    """

    __made_by__ = ("staggered_effects",)

    table: pd.DataFrame
    aggregates: pd.DataFrame
    settings: StaggeredSettings
    findings: StaggeredFindings
    about: About

    @property
    def sentence(self) -> str:
        """What was found, in words; the verdict rests on randomisation."""
        found, alpha = self.findings, 1 - self.settings.level
        told = (
            f"{percent_change(found.ratio)} ({interval_words(self.settings.level)} {percent_change(found.low)} to "
            f"{percent_change(found.high)}; {p_words(found.p)} by randomisation over which areas began when)"
        )
        areas = number_of(found.treated, "area")
        starts = number_of(found.groups, "start")
        if found.p > alpha:
            text = (
                f"Whether the {areas} that began ({starts}) changed otherwise than the others cannot be told: {told}."
            )
        else:
            verb = "fell" if found.ratio < 1 else "rose"
            text = (
                f"The {areas} that began ({starts}) {verb} relative to those that had not: {told}; "
                f"{found.recorded:,.0f} recorded where {found.expected:,.0f} were expected."
            )
        return f"{text} {self._means()}"

    def _means(self) -> str:
        """What differences of means say, and whether it is the same."""
        row = self.aggregates.xs("all", level="of").iloc[0]
        effect, low, high = (float(row[name]) for name in ("effect", "low", "high"))
        if not np.isfinite(effect):
            return "Differences of means cannot be formed."
        few = " With few treated areas their errors are too small." if self.findings.treated < _FEW else ""
        same = "the same direction" if (effect < 0) == (self.findings.ratio < 1) else "the other direction"
        return (
            f"Differences of means (Callaway and Sant'Anna) point in {same}: {effect:+,.3g} an area and period "
            f"({interval_words(self.settings.level)} {low:+,.3g} to {high:+,.3g}).{few}"
        )

    def _summary(self) -> dict[str, str]:
        found = self.findings
        lines = {
            "found": self.sentence,
            "areas": f"{found.treated:,} began, {found.never:,} had not",
            "compared with": self.settings.control,
        }
        if found.left_out:
            lines["set aside"] = aside_words(found.left_out)
        return lines


@checked
def staggered_effects(
    outcomes: pd.DataFrame,
    *,
    starts: Mapping[str, str],
    control: Control = "never treated",
    permutations: Permutations = 9_999,
    level: OpenShare = 0.95,
    seed: Seed | None = None,
    settings: StaggeredSettings | Mapping[str, Any] | None = None,
    about: About | None = None,
) -> StaggeredEffects:
    r"""Effects of an intervention by when it began, and by how long it had lasted.

    Parameters
    ----------
    outcomes : DataFrame of shape (areas, periods)
        Counts or harm; index area codes, columns periods in order (``"2024-01"``). Missing is not covered, never 0.
        Leave areas next to the treated ones out: displacement reaches them.
    starts : mapping of str to str
        First period of each treated area by its code; areas that are not named never began.
    control : {"never treated", "not yet treated"}
        What differences of means are taken from. The Poisson model takes all cells that are not treated yet.
    permutations : int
        Assignments of the starts to areas.
    level : float
        Of the intervals.
    seed : int
        To be stated here or in `settings`.
    settings : StaggeredSettings or mapping, optional
        Choices of other effects, for what is not stated by keyword.
    about : About, optional

    Returns
    -------
    StaggeredEffects

    Raises
    ------
    SchemaError
        As of `difference_in_differences`.
    AlignmentError
        A treated area that the frame does not hold.
    ParameterError
        As of `difference_in_differences`; no start, or one that is no period with anything recorded.
    RefusedError
        No area that never began, with ``control="never treated"``; no period in which something had begun and something
        had not.

    Notes
    -----
    Differences of means are those of Callaway and Sant'Anna without covariates: :math:`ATT(g,t) = E_g[Y_t - Y_{g-1}] -
    E_C[Y_t - Y_{g-1}]`, before the start against the period before; errors by influence functions with each area as a
    cluster, those of weights included. They take parallel trends in counts, which areas of different level seldom have.
    The Poisson model takes them in ratios, and all periods before: group and period effects with a coefficient for
    every treated group and period (Wooldridge), so that expected is what cells not treated yet say. Its verdict is by
    randomisation: the starts are given to other areas, and the departure, by how areas vary, is compared;
    the interval holds the ratios whose departure is not beyond that of the other assignments. Areas with a gap, and
    periods in which every area is treated, are set aside.

    References
    ----------
    Callaway, B. and Sant'Anna, P. H. C. (2021). Difference-in-differences with multiple time periods. *Journal of
    Econometrics* 225, 200-230. Wooldridge, J. M. (2023). Simple approaches to nonlinear difference-in-differences with
    panel data. *Econometrics Journal* 26, C31-C66.

    Examples
    --------
    >>> months = [f"2024-{month:02d}" for month in range(1, 7)]
    >>> town = pd.DataFrame([[20] * 6] * 24, columns=months, index=[f"A{number}" for number in range(24)])
    >>> town.loc["A0", "2024-03":] = 10
    >>> town.loc["A1", "2024-05":] = 15
    >>> found = staggered_effects(town, starts={"A0": "2024-03", "A1": "2024-05"}, permutations=99, seed=1)
    >>> found.table.loc[found.table["event"] >= 0, ["effect", "ratio"]].drop_duplicates().round(3).to_numpy().tolist()
    [[-10.0, 0.5], [-5.0, 0.75]]
    """
    chosen = StaggeredSettings.of(settings)
    found, begun, left_out = _read(outcomes, starts, chosen.control)
    counted = staggered_counts(
        found.y, begun, chosen.permutations, chosen.level, stream(chosen.seed, 0, purpose="staggered-starts")
    )
    low, high = ratio_interval(counted)
    recorded, expected = float(np.nansum(counted.recorded)), float(np.nansum(counted.expected))
    table, aggregates = _tables(found, begun, counted, chosen)
    return StaggeredEffects(
        table=table,
        aggregates=aggregates,
        settings=chosen,
        findings=StaggeredFindings(
            treated=int((begun >= 0).sum()), never=int((begun < 0).sum()), groups=len(counted.groups),
            recorded=recorded, expected=expected, ratio=recorded / expected if expected > 0 else np.nan, low=low,
            high=high, p=counted.p, left_out=left_out,
        ),
        about=about or About(),
    )  # fmt: skip


def _read(
    outcomes: pd.DataFrame, starts: Mapping[str, str], control: Control
) -> tuple[Outcomes, _Whole, tuple[tuple[str, int], ...]]:
    """Whole rows of areas, the column in which each began (-1 for never), and what was set aside."""
    if not starts:
        raise ParameterError("`starts` is empty. Give the first period of each treated area by its code.")
    columns = [str(column) for column in outcomes.columns]
    if absent := sorted({str(start) for start in starts.values()} - set(columns)):
        raise ParameterError(f"`starts` holds {names_told(absent)}, no period of `outcomes`: {names_told(columns)}.")
    first = min((str(start) for start in starts.values()), key=columns.index)
    rows_of(list(starts), [str(code) for code in outcomes.index], name="starts")
    found = read_outcomes(outcomes, [code for code, start in starts.items() if str(start) == first], first, None)
    whole = np.asarray(found.known.all(axis=1), dtype=np.bool_)
    told = [str(starts[code]) if code in starts else "" for code in map(str, found.areas)]
    if lost := sorted({start for start in told if start} - set(found.periods)):
        raise ParameterError(f"Nothing is recorded anywhere in {names_told(lost)}, where areas of `starts` begin.")
    begun = np.array([found.periods.index(start) if start else -1 for start in told], dtype=np.intp)
    if not (whole & (begun >= 0)).any():
        raise RefusedError("Every treated area has a gap. Leave out the periods that are not covered.")
    if control == "never treated" and not (whole & (begun < 0)).any():
        raise RefusedError(
            "Every area without a gap began at some time. State control='not yet treated', or add areas."
        )
    open_ = np.array([((begun[whole] < 0) | (begun[whole] > at)).any() for at in range(len(found.periods))])
    keep = np.arange(len(found.periods)) < (len(open_) if open_.all() else int(np.argmin(open_)))
    if not (begun[whole & (begun >= 0)] < keep.sum()).any():
        raise RefusedError("In no period had some areas begun and others not: there is nothing to compare. Add areas.")
    begun = np.where(begun >= keep.sum(), -1, begun)
    left = (*found.left_out, ("area with a gap", int((~whole).sum())), ("period with no area left", int((~keep).sum())))
    made = Outcomes(
        y=found.y[whole][:, keep], exposure=found.exposure[whole][:, keep], known=found.known[whole][:, keep],
        treated=begun[whole] >= 0, start=found.start, areas=found.areas[np.flatnonzero(whole)],
        periods=tuple(np.array(found.periods)[keep]), left_out=found.left_out,
    )  # fmt: skip
    return made, begun[whole], tuple(one for one in left if one[1])


def _tables(
    found: Outcomes, begun: _Whole, counted: StaggeredCounts, chosen: StaggeredSettings
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Each group and period, and what they add up to."""
    cells = group_time_effects(found.y, begun, never_only=chosen.control == "never treated")
    place = {int(group): at for at, group in enumerate(counted.groups)}
    rows = [place[int(group)] for group in cells.group]
    recorded, expected = (part[rows, cells.period] for part in (counted.recorded, counted.expected))
    periods = np.array(found.periods)
    table = pd.DataFrame(
        {
            "start": periods[cells.group], "period": periods[cells.period], "event": cells.period - cells.group,
            "areas": [int((begun == group).sum()) for group in cells.group],
            **_ends(cells.effect, np.sqrt(np.sum(cells.influence**2, axis=0)), chosen.level),
            "recorded": recorded, "expected": expected, "ratio": _ratio(recorded, expected),
        }
    )  # fmt: skip
    after = (table["event"] >= 0).to_numpy()
    groups = [("all", "", np.flatnonzero(after), True)]
    groups += [
        ("event", str(event), np.flatnonzero(table["event"] == event), True) for event in sorted(set(table["event"]))
    ]
    groups += [("start", str(start), np.flatnonzero((table["start"] == start) & after), False)
               for start in dict.fromkeys(table["start"])]  # fmt: skip
    made = {}
    for of, which, at, by_size in groups:
        mean = aggregate_effects(cells, begun, at, by_size=by_size)
        sums = float(np.nansum(recorded[at])), float(np.nansum(expected[at]))
        some = np.isfinite(expected[at]).any()
        ends = _ends(np.array([mean.effect]), np.array([mean.se]), chosen.level)
        made[of, which] = {name: float(value[0]) for name, value in ends.items()} | {
            "recorded": sums[0] if some else np.nan, "expected": sums[1] if some else np.nan,
            "ratio": float(_ratio(np.array([sums[0]]), np.array([sums[1]]))[0]) if some else np.nan, "cells": len(at),
        }  # fmt: skip
    index = pd.MultiIndex.from_tuples(made, names=["of", "which"])
    return table, pd.DataFrame(list(made.values()), index=index)


def _ends(effect: _Floats, se: _Floats, level: float) -> dict[str, _Floats]:
    half = float(scipy.stats.norm.isf((1 - level) / 2)) * se
    return {"effect": effect, "se": se, "low": effect - half, "high": effect + half}


def _ratio(recorded: _Floats, expected: _Floats) -> _Floats:
    made: _Floats = np.divide(recorded, expected, out=np.full(recorded.shape, np.nan), where=expected > 0)
    return made
