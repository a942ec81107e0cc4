"""Each method of a protocol on one outcome, and its estimate in one form; a method that refuses says why."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import pandas as pd
import scipy

from socharm._columns import AREA, OFFENCE, PERIOD
from socharm._record import Record
from socharm._words import number_of
from socharm.errors import CoverageWarning, RefusedError, SocharmError
from socharm.evaluation.calibrated_control import calibrated_control
from socharm.evaluation.chance import ALPHA, Z_95, kept_beside
from socharm.evaluation.change_words import LEAST_FOR_95, few_for_rings
from socharm.evaluation.difference_in_differences import difference_in_differences
from socharm.evaluation.displacement_difference import weighted_displacement_difference
from socharm.evaluation.effect_words import p_words, percent_change
from socharm.evaluation.evaluation_design import Design, Side
from socharm.evaluation.event_study import event_study
from socharm.evaluation.guarded_test import guarded_test
from socharm.evaluation.interrupted_series import interrupted_time_series
from socharm.evaluation.month_names import by_month
from socharm.evaluation.placebo_sites import placebo_sites
from socharm.evaluation.placebo_test import placebo_test
from socharm.evaluation.protocol_settings import Method
from socharm.evaluation.spillover import SITE, spillover_rings
from socharm.evaluation.staggered import staggered_effects
from socharm.evaluation.synthetic_control import synthetic_control
from socharm.evaluation.synthetic_did import synthetic_did

__all__ = ["Estimate", "estimate_by"]

#: Months from which on a season is told apart from a change.
_SEASON: Final = 24


@dataclass(frozen=True, eq=False)
class Estimate:
    """One estimate of what changed at a site.

    Attributes
    ----------
    change, low, high, p : float
        Change beyond what was expected as a share, its 95% interval and p; missing where the method has none.
    reason : str
        Why there is none; else what is to be known of it.
    record : Record or None
    """

    change: float = math.nan
    low: float = math.nan
    high: float = math.nan
    p: float = math.nan
    reason: str = ""
    record: Record | None = None

    @property
    def verdict(self) -> str:
        """``"fell"``, ``"rose"``, ``"cannot be told"``, or ``"refused"`` where there is no estimate."""
        if self.record is None:
            return "refused"
        clear = self.p <= ALPHA if not math.isnan(self.p) else self.high < 0 or self.low > 0
        return "cannot be told" if not clear else "fell" if self.change < 0 else "rose"


def estimate_by(method: Method, side: Side, design: Design) -> Estimate:
    """An estimate by one method; refused where the method refuses, with its words."""
    try:
        made = _METHODS[method](side, design)
    except SocharmError as error:
        return Estimate(reason=str(error))
    return made if made.record is None else replace(made, record=by_month(made.record, side.months))


def _placebo(side: Side, design: Design) -> Estimate:
    if isinstance(design.sites, str):
        raise RefusedError(design.sites)
    made = placebo_test(
        side.frame, design.sites, start=side.start, estimator=design.chosen.estimator, about=side.data.about
    )
    found = made.findings
    kept = kept_beside(made.table["departure"].to_numpy(), "two-sided")
    reach = math.inf if kept is None else kept[1]
    note = "" if found.placebos >= design.chosen.placebos else f"only {number_of(found.placebos, 'placebo site')}"
    if found.change is None:
        raise RefusedError("Nothing was expected at the site, so that no change can be formed.")
    return Estimate(
        found.change, math.expm1(found.departure - reach), math.expm1(found.departure + reach), found.p, note, made
    )


def _guarded(side: Side, design: Design) -> Estimate:
    """Each site held against its own lasting level, so that placebo sites may be of any size."""
    chosen, ground = design.chosen, design.ground
    sites = placebo_sites(
        ground, site=list(design.site), n=chosen.placebos, buffer=chosen.buffer, too_few="give all", seed=chosen.seed
    )
    made = guarded_test(side.frame, sites, ground, start=side.start, about=side.data.about)
    found = made.findings
    many = number_of(found.placebos, "placebo site")
    note = f"{many} of any size; {percent_change(1 + found.selection)} expected from selection"
    return Estimate(found.change, found.low_95, found.high_95, found.p, note, made)


def _difference(side: Side, design: Design) -> Estimate:
    chosen = design.chosen
    made = difference_in_differences(
        side.frame,
        treated=design.site,
        start=side.start,
        permutations=chosen.permutations,
        seed=chosen.seed,
        about=side.data.about,
    )
    row = made.table.to_dict("index")["randomisation over areas"]
    return Estimate(row["ratio"] - 1, row["low"] - 1, row["high"] - 1, row["p"], "randomisation over areas", made)


def _synthetic(side: Side, design: Design) -> Estimate:
    made = synthetic_control(
        side.frame, treated=list(design.site), start=side.start, allow_poor_fit=True, about=side.data.about
    )  # fmt: skip
    found = made.findings
    if found.poor_fit:
        raise RefusedError(
            f"No mixture of the {number_of(found.donors, 'donor')} runs like the site: the gap before the start is "
            f"{found.fit_error:.0%} of the site's mean, and {made.settings.worst_fit:.0%} is the most that is taken."
        )
    note = f"p from {number_of(found.placebos, 'single area')}; gap before the start {found.fit_error:.0%}"
    if found.donors > found.periods_before:
        note += ", which says little with more donors than months"
    p = math.nan if found.p is None else found.p
    return Estimate(change=_share(found.change), p=p, reason=note, record=made)


def _parallel(side: Side, design: Design) -> Estimate:
    made = synthetic_did(
        side.frame, treated=list(design.site), start=side.start, seed=design.chosen.seed, about=side.data.about
    )
    found = made.findings
    scale = side.after / found.expected if found.expected > 0 else math.nan
    return Estimate(
        _share(found.change), found.low_95 * scale, found.high_95 * scale, found.p, "random groups of areas", made
    )


def _calibrated(side: Side, design: Design) -> Estimate:
    made = calibrated_control(
        side.frame, treated=list(design.site), start=side.start, seed=design.chosen.seed, about=side.data.about
    )
    row = made.table.iloc[0]
    note = f"random groups of areas; met exactly: {made.findings.exact}"
    return Estimate(change=float(row["change"]), p=float(row["p"]), reason=note, record=made)


def _share(change: float | None) -> float:
    if change is None:
        raise RefusedError("Nothing was expected at the site, so that no change can be formed.")
    return change


def _displacement(side: Side, design: Design) -> Estimate:
    """The ratio of two ratios, with the dispersion of the months before."""
    harm = side.data.choice.measure == "harm"
    if harm and side.data.offences is None:
        raise RefusedError("Its variance of harm needs counts by offence; the outcome is a table of harm.")
    weights, tables = (
        _by_offence(side, design) if harm else (None, [side.totals(a) for a in (design.site, design.donors)])
    )
    made = weighted_displacement_difference(
        tables[0], tables[1], weights=weights, time_weights=(float(side.before), float(side.after)),
        monthly=_monthly(side), about=side.data.about,
    )  # fmt: skip
    row = made.table.to_dict("index")["local"]
    ratio, low, high = (float(row[name]) for name in ("ratio", "ratio_low", "ratio_high"))
    if math.isnan(ratio):
        raise RefusedError("Nothing is recorded on one side, so that no ratio can be formed.")
    se = math.log(high / low) / (2 * Z_95)
    p = 2 * float(scipy.stats.norm.sf(abs(math.log(ratio)) / se))
    return Estimate(ratio - 1, low - 1, high - 1, p, f"dispersion {made.findings.dispersion:.2f}", made)


def _monthly(side: Side) -> pd.DataFrame:
    """Counts of single months before the start, for the dispersion."""
    if side.data.choice.measure == "count":
        return side.frame.iloc[:, : side.before]
    counts = _counts(side)
    months = [month for month, column in side.months.items() if column in set(side.frame.columns[: side.before])]
    return counts.groupby([AREA, PERIOD])["count"].sum().unstack(PERIOD)[months]  # noqa: PD010


def _counts(side: Side) -> pd.DataFrame:
    if side.data.offences is None:
        raise RefusedError("Counts by offence are not known.")
    rows = side.data.offences
    return rows[rows[AREA].isin(side.frame.index) & rows[PERIOD].isin(list(side.months))]


def _by_offence(side: Side, design: Design) -> tuple[pd.Series, list[pd.DataFrame]]:
    """Harm of one crime by offence, and counts before and after by offence of the site and of the donors."""
    rows = _counts(side)
    early = set(side.frame.columns[: side.before])
    after = ~rows[PERIOD].map(side.months).isin(early)
    sums = rows.groupby(OFFENCE)[["count", "harm"]].sum()
    known = sums[sums["count"] > 0]
    tables = []
    for codes in (design.site, design.donors):
        own = rows[AREA].isin(codes) & rows[OFFENCE].isin(known.index)
        parts = [rows[own & side_of].groupby(OFFENCE)["count"].sum() for side_of in (~after, after)]
        tables.append(pd.concat(parts, axis=1).reindex(known.index).fillna(0.0))
    return known["harm"] / known["count"], tables


def _series(side: Side, design: Design) -> Estimate:
    """The whole run of months, those of the transition being left out by the method."""
    chosen = design.chosen
    harmonics = 2 if side.whole.shape[1] >= _SEASON else 0
    made = interrupted_time_series(
        side.whole.loc[list(design.site)].sum(), start=chosen.start, transition=chosen.transition, harmonics=harmonics,
        comparison=side.whole.loc[list(design.donors)].sum(min_count=len(design.donors)),
        about=side.data.about,
    )  # fmt: skip
    row = made.table.to_dict("index")["all months after"]
    note = "beside the donors' series" if harmonics else "beside the donors' series; no season, for want of two years"
    return Estimate(row["ratio"] - 1, row["low"] - 1, row["high"] - 1, row["p"], note, made)


def _events(side: Side, design: Design) -> Estimate:
    made = event_study(side.frame, treated=design.site, start=side.start, about=side.data.about)
    row = made.bounds.to_dict("index")[0.0]
    found = made.findings
    note = "trends before cannot be tested"
    if found.pre_trend_p is not None and found.power is not None:
        note = (
            f"trends before: {p_words(found.pre_trend_p)}; one of {100 * made.settings.trend:.3g}% a month is found in "
            f"{found.power:.0%} of cases"
        )
    return Estimate(row["ratio"] - 1, row["low"] - 1, row["high"] - 1, reason=note, record=made)


def _rings(side: Side, design: Design) -> Estimate:
    """The site beside areas beyond the rings; what rings did stands in a table of its own."""
    chosen = design.chosen
    frame = side.whole[list(side.months)].set_axis(list(side.months.values()), axis=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CoverageWarning)  # their number is told below
        made = spillover_rings(
            frame, design.graph, site=list(design.site), start=side.start, orders=chosen.rings,
            exclude=list(chosen.excluded), missing="leave out", about=side.data.about,
        )  # fmt: skip
    row, found = made.table.to_dict("index")[SITE], made.findings
    left, few = len(found.left_out), found.placebos < LEAST_FOR_95
    note = f"beside {number_of(found.far_areas, 'far area')}" + (f", {left} left out for gaps" if left else "")
    note += f"; {few_for_rings(found.placebos)}" if few else ""
    return Estimate(row["ratio"] - 1, row["low_95"] - 1, row["high_95"] - 1, row["p"], note, made)


def _staggered(side: Side, design: Design) -> Estimate:
    """Each area of the site from its own start on; months of the transition count for neither side."""
    chosen = design.chosen
    begins = {code: max(chosen.starts.get(code, chosen.start), chosen.counted_from) for code in design.site}
    last = max(side.months)
    if late := [code for code, month in begins.items() if month > last]:
        raise RefusedError(f"{number_of(len(late), 'area')} of the site had not begun by {last}, such as {late[0]!r}.")
    made = staggered_effects(
        side.frame, starts={code: side.months[month] for code, month in begins.items()},
        permutations=chosen.permutations, seed=chosen.seed, about=side.data.about,
    )  # fmt: skip
    found = made.findings
    note = f"{number_of(found.groups, 'start')}; randomisation over which areas began when"
    if aside := len(design.site) - found.treated:
        note += f"; {number_of(aside, 'area')} of the site set aside, with nothing recorded"
    return Estimate(found.ratio - 1, found.low - 1, found.high - 1, found.p, note, made)


_METHODS: Final[Mapping[Method, Callable[[Side, Design], Estimate]]] = {
    "placebo sites": _placebo,
    "guarded placebo sites": _guarded,
    "difference in differences": _difference,
    "synthetic control": _synthetic,
    "synthetic did": _parallel,
    "calibration": _calibrated,
    "displacement difference": _displacement,
    "interrupted series": _series,
    "event study": _events,
    "spillover rings": _rings,
    "staggered starts": _staggered,
}
