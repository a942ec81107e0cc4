"""Which areas leave their usual level, month by month: charts with a stated rate of false alarms over all areas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from socharm._about import About, combine_about
from socharm._arguments import checked
from socharm._columns import AREA, NAME, PARENT
from socharm._constraints import Above, AtLeast, Between, NotNegative, OpenShare, Positive, Seed
from socharm._record import Record
from socharm._settings import SEED, Settings, setting
from socharm._words import number_of
from socharm.errors import ParameterError
from socharm.severity.index import SeverityIndex
from socharm.severity.sound_index import require_sound_index
from socharm.signals.charts import draw_charts, limits_for, pooled_p
from socharm.signals.delay import delay_of
from socharm.signals.monthly import Measure, MonthlySeries, monthly_series
from socharm.signals.noise import ROUNDS, Noise, blocks_for, fit_noise, levels_of, simulate
from socharm.signals.signal_table import Watched, last_month, months_table, signal_table
from socharm.stats.random_streams import streams

__all__ = [
    "LEAST_MONTHS",
    "MonitorFindings",
    "MonitorSettings",
    "Monitoring",
    "monitor_harm",
    "watch",
    "watched_months",
]

_Floats = NDArray[np.float64]

#: Months from which there is a baseline of three and three to watch.
LEAST_MONTHS: Final = 6
#: Of these at least this many are the baseline, or the watched.
_LEAST_SIDE: Final = 3
#: A baseline is half of the months, and no more than this.
_LONGEST_BASELINE: Final = 24
#: An area has no more chance of a false signal than this, however few areas there are.
_MOST_CHANCE: Final = 0.25


@dataclass(frozen=True, kw_only=True)
class MonitorSettings(Settings):
    """Choices behind signals over all areas by month."""

    measure: Measure = setting("harm", 'what is watched: "harm" or "crimes"')
    baseline: Annotated[int, AtLeast(_LEAST_SIDE)] | None = setting(
        None, "first months that later ones are held against; half of all months, at most 24, when absent", example=12
    )
    false_alarms: Positive = setting(1.0, "false signals a year over all areas together")
    change: Annotated[float, Above(1, 10)] = setting(1.3, "rise that is looked for, as a ratio; 1.3 is 30%")
    memory: OpenShare = setting(0.2, "weight of the last month in the moving average")
    least_events: NotNegative = setting(
        10.0, "effective events of the baseline, over the dispersion, below which an area is not watched"
    )
    simulations: Annotated[int, Between(100, 10_000)] = setting(1_000, "series of each area that limits come from")
    seed: Seed = setting(says=SEED, recipe=False)


@dataclass(frozen=True, kw_only=True)
class MonitorFindings:
    """What the months of all areas told.

    Attributes
    ----------
    first, last : str
        First and last month that is watched, after the baseline.
    baseline : int
        Months of the baseline.
    areas : int
        Areas that are watched.
    recorded : int
        Areas with anything on record, from which season and trend are taken. Of one alone they are not taken out.
    dispersion, drift, left : float
        Variance of a month over its mean in effective events; standard deviation of the log of slow movement, and what
        is left of it a month later.
    expected_false : float
        Areas with a false signal in the watched months that are to be expected where nothing happens.
    """

    first: str
    last: str
    baseline: int
    areas: int
    recorded: int
    dispersion: float
    drift: float
    left: float
    expected_false: float


@dataclass(frozen=True, eq=False, repr=False)
class Monitoring(Record):
    """Signals of all areas.

    Attributes
    ----------
    table : DataFrame
        Index ``area_code``, every area of the index: ``name``, ``parent``, ``direction`` (``"rise"``, ``"fall"`` or
        nothing), ``signalled`` (month of the first signal), ``since`` (month in which the change began, as the chart
        has it), ``chart`` (which gave it), ``active`` (whether a chart is still beyond its limit in the last month),
        ``size`` (recorded over expected from ``since`` on) with ``size_low_95`` and ``size_high_95``, ``events``
        (effective events of the baseline, over the dispersion), ``delay`` (median months until a rise of the size
        looked for is found; missing where that takes more than two years), ``found_year`` (probability that it is found
        within a year), ``last_ratio`` (last month over expected), ``last_p`` (probability of so high a last month where
        nothing happens), ``reason`` (why an area is not watched), ``says``.
    months : DataFrame
        ``area_code``, ``period``, ``recorded`` and ``expected`` in effective events, the four charts and their limits,
        for every watched month.
    """

    __made_by__ = ("monitor_harm",)

    table: pd.DataFrame
    months: pd.DataFrame
    settings: MonitorSettings
    about: About
    findings: MonitorFindings

    def _summary(self) -> dict[str, str]:
        found = self.table["direction"].value_counts()
        return {
            "areas": f"{self.findings.areas:,} watched, {len(self.table) - self.findings.areas:,} not",
            "signals": f"{int(found.get('rise', 0))} of a rise, {int(found.get('fall', 0))} of a fall",
            "false alarms": f"{self.settings.false_alarms:g} a year over all areas where nothing happens",
            "watched": f"{self.findings.first} to {self.findings.last}, held against the "
            f"{number_of(self.findings.baseline, 'month')} before",
        }


def watched_months(months: int, baseline: int | None) -> int:
    """Months of the baseline.

    Examples
    --------
    >>> watched_months(12, None), watched_months(60, None), watched_months(24, 12)
    (6, 24, 12)

    Raises
    ------
    ParameterError
        Too few months for a baseline and something to watch.
    """
    if months < LEAST_MONTHS:
        raise ParameterError(
            f"The index holds {number_of(months, 'month')}; signals need {LEAST_MONTHS}: a baseline, and months that "
            "are held against it. Take a longer period."
        )
    found = min(months // 2, _LONGEST_BASELINE) if baseline is None else baseline
    if months - found < 1:
        raise ParameterError(
            f"`baseline` is {number_of(found, 'month')} of {months}, which leaves none to watch. Take fewer."
        )
    return found


@checked
def monitor_harm(
    index: SeverityIndex,
    *,
    seed: Seed | None = None,
    measure: Measure = "harm",
    baseline: Annotated[int, AtLeast(_LEAST_SIDE)] | None = None,
    false_alarms: Positive = 1.0,
    change: Annotated[float, Above(1, 10)] = 1.3,
    memory: OpenShare = 0.2,
    least_events: NotNegative = 10.0,
    simulations: Annotated[int, Between(100, 10_000)] = 1_000,
    settings: MonitorSettings | Mapping[str, Any] | None = None,
) -> Monitoring:
    r"""Find areas that leave their usual level, by CUSUM and EWMA charts over all areas by month.

    Parameters
    ----------
    index : SeverityIndex
        Of at least six months. A month that is not covered is a gap, over which a chart stays where it was, and so is
        one in which several areas are covered and none has anything on record. Of one area season and trend are not
        taken out, as there is no other to show them.
    seed : int
        Must be stated, here or in `settings`.
    measure : {"harm", "crimes"}
    baseline : int, optional
        First months, whose level later ones are held against; half of all months, at most 24, when omitted.
    false_alarms : float
        False signals a year over all watched areas together, where nothing happens but chance, over-dispersion and the
        ordinary drift of areas.
    change : float
        Rise that the CUSUM is made for; falls by its inverse.
    memory : float
        Weight of the last month in the EWMA.
    least_events : float
        Effective events of the baseline, over the dispersion, below which an area is not watched.
    simulations : int
        Series of each area that the limits come from; fewer are made where there are many areas.
    settings : MonitorSettings or mapping, optional
        Choices of other signals, for what is not stated by keyword.

    Returns
    -------
    Monitoring
        One signal of an area at most: one that is still there in the last month before one that is over, the later
        before the earlier.

    Raises
    ------
    ParameterError
        Fewer than six months, a baseline that leaves none to watch, or no area with enough events.

    Notes
    -----
    Expected is the area's level in the baseline times the month effect of all *other* areas by offence, in the area's
    mix of offences: season and trend of the force are no signal. No single area moves it: each is heard as far as its
    own ups and downs let it, and one far off the others is not. Amounts are in effective events (harm over
    :math:`d = \sum N w^2 / \sum N w`); the variance of a month is :math:`\varphi\mu + \psi^2\mu^2`, where the drift
    :math:`\psi` fades from month to month, and both are estimated from all areas together. Limits come from series
    simulated by that model, through the very same charts, baseline included: the more an area's baseline is chance,
    the wider its limits. All areas and charts have the same chance of a false signal.

    The size of a change is taken from the months that gave the signal, so that it is too large on average; its interval
    allows for chance, dispersion and drift, not for that.

    References
    ----------
    Woodall, W. H. (2006). The use of control charts in health-care and public-health surveillance. Journal of Quality
    Technology 38, 89-104.
    """
    require_sound_index(index)
    chosen = MonitorSettings.of(settings)
    series = monthly_series(index, chosen.measure)
    first = watched_months(len(series.months), chosen.baseline)
    with threadpool_limits(1):
        noise = fit_noise(series, streams(chosen.seed, ROUNDS, purpose="signals-noise"))
        return _monitored(index, series, first, noise, chosen)


def _monitored(
    index: SeverityIndex, series: MonthlySeries, first: int, noise: Noise, chosen: MonitorSettings
) -> Monitoring:
    before = np.arange(len(series.months)) < first
    events = np.nansum(np.where(before, series.amounts, np.nan), axis=1) / noise.dispersion
    reasons = _reasons(series, first, events, chosen.least_events)
    kept = np.flatnonzero(reasons == "")
    if not kept.size:
        raise ParameterError(
            f"No area can be watched: {pd.Series(reasons).value_counts().index[0]}, in most. Take a longer period, or "
            "larger areas."
        )
    watched, last_p = watch(series, kept, first, noise, chosen)
    table = index.table[[NAME, PARENT]].rename_axis(AREA).copy()
    table["events"] = pd.Series(events, index=series.areas).reindex(table.index)
    told = pd.Series(reasons, index=series.areas).reindex(table.index)
    table["reason"] = told.fillna("no covered month").astype("str")
    delay = delay_of(watched, chosen.seed, change=chosen.change, memory=chosen.memory)
    more = {"delay": delay.median, "found_year": delay.within_year, "last_p": last_p}
    findings = MonitorFindings(
        first=str(series.months[first]),
        last=str(series.months[-1]),
        baseline=first,
        areas=int(kept.size),
        recorded=series.recorded,
        dispersion=noise.dispersion,
        drift=noise.drift,
        left=noise.left,
        expected_false=watched.limits.chance * kept.size,
    )
    return Monitoring(
        table=signal_table(table, watched, more, chosen.measure, others=series.recorded > 1),
        months=months_table(watched),
        settings=chosen,
        about=combine_about(index.about, unit=index.about.unit),
        findings=findings,
    )


def watch(
    series: MonthlySeries, kept: NDArray[np.intp], first: int, noise: Noise, chosen: MonitorSettings
) -> tuple[Watched, _Floats]:
    """Charts and limits of the areas that are watched, and how improbable their last months are."""
    amounts, shape = series.amounts[kept], series.shape[kept]
    how = {"change": chosen.change, "memory": chosen.memory}
    level = levels_of(amounts, shape, series.known[kept])
    highest, last = [], []
    for rng in streams(chosen.seed, blocks_for(len(level), chosen.simulations), purpose="signals-nothing"):
        made = np.where(np.isnan(amounts), np.nan, simulate(level, shape, noise, rng))
        highest.append(draw_charts(made, shape, first, noise, **how).values.max(axis=2))
        last.append(last_month(made, shape, first, noise))
    chance = min(chosen.false_alarms * (len(series.months) - first) / 12 / kept.size, _MOST_CHANCE)
    watched = Watched(
        areas=series.areas[kept],
        months=series.months,
        amounts=amounts,
        shape=shape,
        first=first,
        noise=noise,
        charts=draw_charts(amounts, shape, first, noise, **how),
        limits=limits_for(np.concatenate(highest), chance),
    )
    own = last_month(amounts, shape, first, noise)
    return watched, pooled_p(own, np.concatenate(last))


def _reasons(series: MonthlySeries, first: int, events: _Floats, least: float) -> NDArray[np.object_]:
    """Why an area is not watched; empty where it is."""
    known = series.known
    held, later = known[:, :first].sum(axis=1), known[:, first:].sum(axis=1)
    found = np.full(len(series.areas), "", dtype=object)
    found[(events < least) | (events <= 0)] = "too few events to tell"
    found[later == 0] = "no month after the baseline is covered"
    found[2 * held < first] = "less than half of the baseline is covered"
    return found
