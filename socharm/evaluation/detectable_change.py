"""Could a fall be seen at all? The smallest one that a site beside the rest would show, before anything is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._about import About
from socharm._arguments import checked
from socharm._columns import AREA
from socharm._constraints import Between, Missing, OpenShare, Seed
from socharm._record import Record
from socharm._settings import SEED, Settings, setting
from socharm._words import number_of
from socharm.errors import ParameterError
from socharm.evaluation.detectable_model import BesideModel, fit_beside
from socharm.evaluation.detectable_worlds import Case, Seen, Sides, seen_in
from socharm.evaluation.ground import ground_of, rows_of
from socharm.evaluation.wide import Wide, before_start, read_wide
from socharm.hotspots.areas.graphs import Graph, W

__all__ = ["DetectableFindings", "DetectableSettings", "MinimumDetectableChange", "minimum_detectable_change"]

_Floats = NDArray[np.float64]

#: Worlds with and without a fall.
Simulated = Annotated[int, Between(200, 100_000)]
#: Periods that can be looked ahead.
Ahead = Annotated[int, Between(1, 1_200)]
#: Worlds beyond the level, and without what is to be seen, below which neither is told.
_LEAST_BEYOND: Final = 1 - 1e-9
#: Falls of the curve, as shares.
_FALLS: Final[_Floats] = np.arange(1, 100) / 100
#: Rows of the tables beside the months that are asked.
_MONTHS: Final = (3, 6, 9, 12, 18, 24, 30, 36, 48, 60)
_AREAS: Final = (1, 2, 3, 4, 5, 6, 8, 10, 15, 20)


@dataclass(frozen=True, kw_only=True)
class DetectableSettings(Settings):
    """Choices behind a minimum detectable change; enough to work it out again."""

    months: Ahead = setting(12, "periods after the start")
    power: OpenShare = setting(0.8, "share of worlds with the fall in which it is to be seen")
    level: OpenShare = setting(0.05, "share of worlds without a fall in which something is seen")
    fall: OpenShare = setting(0.2, "a fall, as a share, for which months and areas are told")
    alternative: Sides = setting("two-sided", "departures that count: both ways, or falls only (less)")
    every_area: bool = setting(False, "whether each area is also taken as a site by itself")
    n: Simulated = setting(10_000, "simulated worlds without a fall, and as many with one")
    missing: Missing = setting("error", 'areas with gaps: "error" stops, "leave out" leaves them out and says so')
    seed: Seed = setting(says=SEED, recipe=False)


@dataclass(frozen=True, kw_only=True)
class DetectableFindings:
    """What could be seen, and the model behind it.

    Attributes
    ----------
    change : float or None
        The smallest fall that is seen with the stated power, as a change (-0.31); None where none is.
    error : float or None
        Standard error by simulation, of the power at that fall.
    critical : float
        Recorded change relative to the rest, each total with a half added, from which down on a fall counts as seen.
    months_for_fall, areas_for_fall : int or None
        Fewest periods, and fewest areas like those of the site, of the tables with which ``settings.fall`` is seen;
        None where none of the table is enough.
    site : tuple of str
    periods : tuple of str
        First and last period that the model is fitted to.
    periods_before, compared : int
        Periods the model is fitted to, and areas the site is compared with.
    recorded : float
        At the site, by period before the start.
    chance : float
        Variance of a count over its mean without shocks, at least 1.
    shocks : float
        Standard deviation of the share by which an area moves in a period for itself.
    lasting : float
        Share of the variance of these shocks of which following periods keep a part.
    alike : float or None
        Share of the variance of a lasting shock that adjoining areas have in common; None where no areas are given.
    common : float
        Standard deviation of the share by which all areas move together in a period, beyond a season.
    left_out : tuple of str
        Areas with gaps.
    """

    change: float | None
    error: float | None
    critical: float
    months_for_fall: int | None
    areas_for_fall: int | None
    site: tuple[str, ...]
    periods: tuple[str, str]
    periods_before: int
    compared: int
    recorded: float
    chance: float
    shocks: float
    lasting: float
    alike: float | None
    common: float
    left_out: tuple[str, ...]


@dataclass(frozen=True, eq=False, repr=False)
class MinimumDetectableChange(Record):
    """The smallest fall that a site would show, by simulation.

    Attributes
    ----------
    curve : DataFrame
        Index ``change`` (-0.01 to -0.99): ``power`` (share of worlds in which that fall is seen), ``error`` (its
        standard error by simulation).
    by_months : DataFrame
        Index ``months`` after the start: ``change`` (smallest fall seen; missing where none is), ``power_at_fall`` (of
        ``settings.fall``).
    by_areas : DataFrame
        Index ``areas``, each like those of the site: the same columns.
    every_area : DataFrame
        Index ``area_code``: ``recorded`` (by period before) and the same columns, of each area alone; no rows unless
        asked for.
    """

    __made_by__ = ("minimum_detectable_change",)

    curve: pd.DataFrame
    by_months: pd.DataFrame
    by_areas: pd.DataFrame
    every_area: pd.DataFrame
    settings: DetectableSettings
    findings: DetectableFindings
    about: About

    @property
    def sentence(self) -> str:
        """The finding in plain English."""
        found, chosen = self.findings, self.settings
        over = number_of(chosen.months, "month")
        if found.change is None:
            told = f"Not even the end of all recorded crime would be seen over {over} at this site."
        else:
            told = (
                f"You would need {found.change:+.0%} over {over} to see it, in {chosen.power:.0%} of cases and by a "
                f"test at {chosen.level:.0%}."
            )
        return f"{told} {self._wanted()}"

    def _wanted(self) -> str:
        """What it takes to see the fall that is asked about."""
        found, fall = self.findings, f"-{self.settings.fall:.0%}"
        n = len(found.site)
        if found.change is not None and -found.change <= self.settings.fall:
            return f"{fall} would be seen."
        ways = []
        if found.areas_for_fall is not None and found.areas_for_fall > n:
            ways.append(number_of(found.areas_for_fall, "area") + " like these" * (n > 1) + " like this one" * (n == 1))
        if found.months_for_fall is not None:
            ways.append(number_of(found.months_for_fall, "month"))
        if not ways:
            return (
                f"{fall} would not be seen with {number_of(int(self.by_areas.index[-1]), 'area')} or "
                f"{number_of(int(self.by_months.index[-1]), 'month')}."
            )
        return f"{fall} needs {' or '.join(ways)}."

    def _summary(self) -> dict[str, str]:
        found = self.findings
        beside = "not known, no areas given" if found.alike is None else f"{found.alike:.0%} of what lasts in common"
        return {
            "finding": self.sentence,
            "compared": f"{number_of(len(found.site), 'area')} beside {found.compared:,}",
            "model": f"chance {found.chance:.2f}, shocks {found.shocks:.0%}, of which {found.lasting:.0%} lasts; "
            f"neighbours: {beside}",
        }


@checked
def minimum_detectable_change(
    outcomes: pd.DataFrame,
    *,
    site: Sequence[str],
    months: Ahead = 12,
    start: str | int | None = None,
    areas: gpd.GeoDataFrame | Graph | W | None = None,
    exclude: Sequence[str] = (),
    power: OpenShare = 0.8,
    level: OpenShare = 0.05,
    fall: OpenShare = 0.2,
    alternative: Sides = "two-sided",
    every_area: bool = False,
    n: Simulated = 10_000,
    missing: Missing = "error",
    seed: Seed | None = None,
    about: About | None = None,
    settings: DetectableSettings | Mapping[str, Any] | None = None,
) -> MinimumDetectableChange:
    r"""Find the smallest fall that a site would show beside the rest, from the months before.

    Parameters
    ----------
    outcomes : DataFrame
        One row for each area (index: codes), one column for each period, in order: counts or harm of zero or more. A
        missing cell was not covered.
    site : sequence of str
        Areas of the site.
    months : int
        Periods after the start.
    start : str or int, optional
        First period with the intervention; the model is fitted to those before it. All of them when omitted, or where
        it is a month after the last.
    areas : GeoDataFrame, Graph or W, optional
        Areas by code, in metres, or their neighbours: tells how far neighbours move together. Without it areas are
        taken to move apart, and a site of several areas seems surer than it is.
    exclude : sequence of str
        Areas that the site is not compared with: other sites, and what adjoins them.
    power : float
        Share of the worlds with the fall in which it is to be seen.
    level : float
        Share of the worlds without one in which something is seen.
    fall : float
        A fall, as a share, for which it is told how many months, and how many areas, it takes.
    alternative : {"two-sided", "less"}
        Departures that count as extreme.
    every_area : bool
        Whether each area is also taken as a site by itself.
    n : int
        Simulated worlds without a fall, and as many with one, from 200.
    missing : {"error", "leave out"}
        What becomes of areas with gaps. A site with gaps is refused.
    seed : int
        To be stated here or in `settings`.
    about : About, optional
        Sources, unit, marking of the outcomes.
    settings : DetectableSettings or mapping, optional
        Choices of another call, for what is not stated by keyword.

    Returns
    -------
    MinimumDetectableChange

    Raises
    ------
    SchemaError
        What is no wide frame of numbers of zero or more; areas with gaps.
    AlignmentError
        Areas of the site that are not in `outcomes`; areas of `outcomes` that are not among `areas`.
    ParameterError
        A start that is no period, excluded areas of the site, a level or power that so few worlds cannot tell.
    RefusedError
        A site with gaps or with nothing recorded; fewer than three periods before, or two areas to compare with.

    Warns
    -----
    CoverageWarning
        Areas with gaps were left out.

    Notes
    -----
    The test is that of `placebo_test` with all donors together: the logarithm of the site over what the rest makes one
    expect. Counts are :math:`\mu_a s_t` times shocks that are log-normal, of a month, of months on end, of all areas,
    and of neighbours together; given these they are Poisson-Gamma of variance :math:`\chi` times the mean
    (`socharm.stats.area_shocks`). A season is told from 24 months on. A site that was chosen for being worst falls by
    itself: that is another matter (`selection_guard`).

    Examples
    --------
    >>> counts = pd.DataFrame(np.random.default_rng(1).poisson(30, (40, 24)), index=[f"A{n:02d}" for n in range(40)])
    >>> made = minimum_detectable_change(counts, site=["A00", "A01"], months=12, n=1_000, seed=1)
    >>> -0.2 < made.findings.change < -0.1
    True
    """
    chosen = DetectableSettings.of(settings)
    if chosen.n * min(chosen.level, 1 - chosen.power) < _LEAST_BEYOND:
        raise ParameterError(
            f"`level` is {chosen.level:g} and `power` {chosen.power:g}: in {chosen.n:,} worlds that is fewer than one. "
            "Raise `n`."
        )
    wide = read_wide(before_start(outcomes, start, least=3), site, None, missing=chosen.missing)
    ground = None if areas is None else ground_of(areas)
    if ground is not None:
        rows_of(wide.codes, ground.codes, name="outcomes")
    out = rows_of(exclude, wide.codes, name="exclude")
    if both := sorted(set(out) & set(wide.treated.tolist())):
        raise ParameterError(
            f"`exclude` holds {number_of(len(both), 'area')} of the site, such as {wide.codes[both[0]]!r}: sites "
            "overlap. Take them out of one of both."
        )
    model = fit_beside(wide, ground, wide.named(out))
    [own] = _worlds([model.case(model.site, model.rest, chosen.months)], chosen)
    columns = {"power": [own.power(fall) for fall in _FALLS], "error": [own.error(fall) for fall in _FALLS]}
    months_asked, areas_asked = sorted({*_MONTHS, chosen.months}), sorted({*_AREAS, len(model.site)})
    by_months = _table({each: model.case(model.site, model.rest, each) for each in months_asked}, chosen, "months")
    by_areas = _table({each: model.like(each, chosen.months) for each in areas_asked}, chosen, "areas")
    return MinimumDetectableChange(
        curve=pd.DataFrame(columns, index=pd.Index(-_FALLS, name="change")),
        by_months=by_months,
        by_areas=by_areas,
        every_area=_every_area(model, wide, chosen),
        settings=chosen,
        findings=_findings(model, wide, own, (by_months, by_areas), chosen, neighbours=ground is not None),
        about=about or About(),
    )


def _worlds(cases: Sequence[Case], chosen: DetectableSettings) -> list[Seen]:
    return seen_in(cases, level=chosen.level, sides=chosen.alternative, n=chosen.n, seed=chosen.seed)


def _table(cases: Mapping[Any, Case], chosen: DetectableSettings, name: str) -> pd.DataFrame:
    """The smallest fall seen, and how often the one asked about is, case by case."""
    rows = {}
    for case, seen in zip(cases, _worlds(list(cases.values()), chosen), strict=True):
        smallest = seen.smallest(chosen.power)
        rows[case] = [np.nan if smallest is None else -smallest, seen.power(chosen.fall)]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["change", "power_at_fall"], dtype=float)
    return table.rename_axis(name)


def _fewest(table: pd.DataFrame, power: float) -> int | None:
    """First row from which on the fall asked about is seen."""
    seen = (table["power_at_fall"] >= power).to_numpy()
    lasting = np.logical_and.accumulate(seen[::-1])[::-1]
    return int(table.index[lasting][0]) if lasting.any() else None


def _every_area(model: BesideModel, wide: Wide, chosen: DetectableSettings) -> pd.DataFrame:
    columns = ["recorded", "change", "power_at_fall"]
    if not chosen.every_area:
        return pd.DataFrame(columns=columns, index=pd.Index([], name=AREA, dtype="str"), dtype=float)
    every = np.arange(len(model.level))
    codes = wide.named(model.rows)
    cases = {code: model.case(every[at : at + 1], np.delete(every, at), chosen.months) for at, code in enumerate(codes)}
    recorded = pd.Series(wide.values[:, : wide.before].mean(axis=1), index=pd.Index(wide.codes, name=AREA))
    held = recorded[~recorded.index.isin(wide.left_out)]
    return _table(cases, chosen, AREA).reindex(held.index).assign(recorded=held)[columns]


def _findings(
    model: BesideModel, wide: Wide, own: Seen, tables: tuple[pd.DataFrame, pd.DataFrame], chosen: DetectableSettings, *,
    neighbours: bool,
) -> DetectableFindings:  # fmt: skip
    by_months, by_areas = tables
    smallest = own.smallest(chosen.power)
    shocks = model.shocks
    moved = shocks.own + float(shocks.lasting.sum())
    return DetectableFindings(
        change=None if smallest is None else -smallest,
        error=None if smallest is None else own.error(smallest),
        critical=float(np.expm1(own.critical)),
        months_for_fall=_fewest(by_months, chosen.power),
        areas_for_fall=_fewest(by_areas, chosen.power),
        site=wide.named(wide.treated),
        periods=(wide.periods[0], wide.periods[-1]),
        periods_before=wide.before,
        compared=len(model.rest),
        recorded=float(wide.values[wide.treated, : wide.before].sum() / wide.before),
        chance=shocks.chance,
        shocks=float(np.sqrt(moved)),
        lasting=float(shocks.lasting.sum() / moved) if moved > 0 else 0.0,
        alike=shocks.beside[0][1] if neighbours else None,
        common=float(np.sqrt(model.common)),
        left_out=wide.left_out,
    )
