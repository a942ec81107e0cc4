"""When the level of an area changed: change points of its months, with a false discovery rate over areas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

import numpy as np
import pandas as pd
import scipy
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from socharm._about import About, combine_about
from socharm._arguments import checked
from socharm._columns import AREA, NAME, PARENT, PERIOD
from socharm._constraints import Between, NotNegative, OpenShare, Seed
from socharm._record import Record
from socharm._settings import SEED, Settings, setting
from socharm._words import joined_words, month_words, number_of
from socharm.errors import ParameterError
from socharm.severity.index import SeverityIndex
from socharm.severity.sound_index import require_sound_index
from socharm.signals.monthly import Measure, MonthlySeries, monthly_series
from socharm.signals.segments import Changes, found_changes

__all__ = ["ChangePointFindings", "ChangePointSettings", "ChangePoints", "find_change_points"]

_INTERVAL: Final = 0.95


@dataclass(frozen=True, kw_only=True)
class ChangePointSettings(Settings):
    """Choices behind change points."""

    measure: Measure = setting("harm", 'what is looked at: "harm" or "crimes"')
    false_discovery: OpenShare = setting(0.1, "share of areas without a change that is borne among those named")
    least_months: Annotated[int, Between(2, 24)] = setting(3, "months of a level at least")
    least_events: NotNegative = setting(10.0, "effective events below which nothing is said of an area")
    simulations: Annotated[int, Between(100, 10_000)] = setting(1_000, "series of each area that chances come from")
    seed: Seed = setting(says=SEED, recipe=False)


@dataclass(frozen=True, kw_only=True)
class ChangePointFindings:
    """What the months of all areas told.

    Attributes
    ----------
    areas : int
        Areas that were looked at.
    dispersion, drift, left : float
        As of `Monitoring`.
    """

    areas: int
    dispersion: float
    drift: float
    left: float


@dataclass(frozen=True, eq=False, repr=False)
class ChangePoints(Record):
    """Areas whose level changed, and when.

    Attributes
    ----------
    table : DataFrame
        Index ``area_code``, every area of the index: ``name``, ``parent``, ``changes`` (their number), ``p`` (of the
        best single cut where nothing happens), ``q`` (corrected over areas), ``reason`` and ``says``.
    points : DataFrame
        ``area_code``, ``period`` (first month of a new level), ``ratio`` (new level over the one before, season and
        trend of all others taken out) with ``low_95`` and ``high_95``.
    """

    __made_by__ = ("find_change_points",)

    table: pd.DataFrame
    points: pd.DataFrame
    settings: ChangePointSettings
    about: About
    findings: ChangePointFindings

    def _summary(self) -> dict[str, str]:
        return {
            "areas": f"{self.findings.areas:,} looked at, {len(self.table) - self.findings.areas:,} not",
            "changed": f"{number_of(int((self.table['changes'] > 0).sum()), 'area')} at a false discovery rate of "
            f"{self.settings.false_discovery:.0%}",
            "change points": f"{len(self.points):,}",
        }


@checked
def find_change_points(
    index: SeverityIndex,
    *,
    seed: Seed | None = None,
    measure: Measure = "harm",
    false_discovery: OpenShare = 0.1,
    least_months: Annotated[int, Between(2, 24)] = 3,
    least_events: NotNegative = 10.0,
    simulations: Annotated[int, Between(100, 10_000)] = 1_000,
    settings: ChangePointSettings | Mapping[str, Any] | None = None,
) -> ChangePoints:
    r"""Find the months in which the level of an area changed.

    Parameters
    ----------
    index : SeverityIndex
        Of at least twice `least_months` months. A month in which several areas are covered and none has anything on
        record is a gap. Of one area season and trend are not taken out, as there is no other to show them.
    seed : int
        Must be stated, here or in `settings`.
    measure : {"harm", "crimes"}
    false_discovery : float
        Share of areas without a change that is borne among those named.
    least_months : int
        Months of a level at least.
    least_events : float
        Effective events below which nothing is said of an area.
    simulations : int
        Series of each area that chances come from; fewer are made where there are many areas.
    settings : ChangePointSettings or mapping, optional
        Choices of another search, for what is not stated by keyword.

    Returns
    -------
    ChangePoints

    Raises
    ------
    ParameterError
        Too few months, or no area with enough events.

    Notes
    -----
    Season and trend of all other areas are taken out as in `monitor_harm`, so that one area that outweighs the others
    and changes makes none of them seem to. The best single cut of each area is held
    against cuts of simulated series in which nothing happens but chance, over-dispersion and drift, and corrected over
    areas (Benjamini-Hochberg). Areas that stand are cut exactly (optimal partitioning of a Poisson likelihood over the
    dispersion), each cut at a price that one simulated series in twenty would pay. A level that comes back to where it
    was has a weaker single cut, and is found less often.

    References
    ----------
    Killick, R., Fearnhead, P., Eckley, I. A. (2012). Optimal detection of changepoints with a linear computational
    cost. Journal of the American Statistical Association 107, 1590-1598.
    """
    require_sound_index(index)
    chosen = ChangePointSettings.of(settings)
    series = monthly_series(index, chosen.measure)
    if len(series.months) < 2 * chosen.least_months:
        raise ParameterError(
            f"The index holds {number_of(len(series.months), 'month')}; two levels of "
            f"{number_of(chosen.least_months, 'month')} need {2 * chosen.least_months}. Take a longer period."
        )
    months, events = series.known.sum(axis=1), np.nansum(series.amounts, axis=1)
    reasons = np.full(len(series.areas), "", dtype=object)
    reasons[(events < chosen.least_events) | (events <= 0)] = "too few events to tell"
    reasons[months < 2 * chosen.least_months] = "too few months are covered"
    kept = np.flatnonzero(reasons == "")
    if not kept.size:
        raise ParameterError(
            f"Nothing can be said of any area: {pd.Series(reasons).value_counts().index[0]}, in most. Take a longer "
            "period, or larger areas."
        )
    with threadpool_limits(1):
        found = found_changes(
            series,
            kept,
            seed=chosen.seed,
            false_discovery=chosen.false_discovery,
            simulations=chosen.simulations,
            least=chosen.least_months,
        )
    points = _points(series, kept, found)
    table = _table(index, series, kept, found, reasons)
    findings = ChangePointFindings(
        areas=int(kept.size), dispersion=found.noise.dispersion, drift=found.noise.drift, left=found.noise.left
    )
    return ChangePoints(table, points, chosen, combine_about(index.about, unit=index.about.unit), findings)


def _points(series: MonthlySeries, kept: NDArray[np.intp], found: Changes) -> pd.DataFrame:
    """Every change point, with the ratio of the levels on both sides and its interval."""
    noise, rows = found.noise, []
    reach = float(scipy.special.ndtri(0.5 + _INTERVAL / 2))
    for row, cuts in zip(kept, found.points, strict=True):
        ends = [0, *cuts, len(series.months)]
        for place, cut in enumerate(cuts, start=1):
            sums = [
                (np.nansum(series.amounts[row, part]), np.sum(series.shape[row, part][series.known[row, part]]))
                for part in (slice(ends[place - 1], cut), slice(cut, ends[place + 1]))
            ]
            (before, base), (after, later) = sums
            ratio = (after + 0.5) / later / ((before + 0.5) / base)
            width = reach * np.sqrt(noise.dispersion * (1 / (before + 0.5) + 1 / (after + 0.5)) + 2 * noise.drift**2)
            rows.append((series.areas[row], series.months[cut], ratio, ratio * np.exp(-width), ratio * np.exp(width)))
    made = pd.DataFrame(rows, columns=[AREA, PERIOD, "ratio", "low_95", "high_95"])
    return made.astype(dict.fromkeys(("ratio", "low_95", "high_95"), float))


def _table(
    index: SeverityIndex, series: MonthlySeries, kept: NDArray[np.intp], found: Changes, reasons: NDArray[np.object_]
) -> pd.DataFrame:
    table = index.table[[NAME, PARENT]].rename_axis(AREA).copy()
    codes = series.areas[kept]
    counts = pd.Series([len(cuts) for cuts in found.points], index=codes)
    table["changes"] = counts.reindex(table.index).astype("Int64")
    table["p"], table["q"] = (pd.Series(part, index=codes).reindex(table.index) for part in (found.p, found.q))
    told = pd.Series(reasons, index=series.areas).reindex(table.index)
    table["reason"] = told.fillna("no covered month").astype("str")
    says = {
        code: joined_words(month_words(str(series.months[cut])) for cut in cuts)
        for code, cuts in zip(codes, found.points, strict=True)
    }
    table["says"] = pd.Series(
        [_says(reason, says.get(code, "")) for code, reason in table["reason"].items()], index=table.index, dtype="str"
    )
    return table


def _says(reason: str, months: str) -> str:
    if reason:
        return f"Nothing is said: {reason}."
    return f"A new level from {months} on." if months else "No change of level beyond ordinary ups and downs."
