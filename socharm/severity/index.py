"""The severity index: harm by area, its rate, and the uncertainty from few events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from socharm._about import About, combine_about
from socharm._arguments import checked
from socharm._columns import AREA, FORCE, NAME, OFFENCE, PARENT, N
from socharm._constraints import ClosedShare, Missing, Positive
from socharm._record import Record
from socharm._settings import setting
from socharm._words import number_of
from socharm.errors import ParameterError, SchemaError
from socharm.io.incidents.records import Counts
from socharm.io.population import POPULATION_KINDS, Population
from socharm.io.weight_scheme import WeightScheme, check_stale
from socharm.io.weights import OwnWeights, as_weights
from socharm.offences import refuse_aggregates
from socharm.severity.cells import (
    denominator,
    exposure_by_month,
    named_offences,
    offences_left_out,
    season_exposure,
    split_weighted,
    weighted_cells,
    without_flagged,
)
from socharm.severity.contributions import by_group, by_period, events_for_half, top_offence
from socharm.severity.lost_harm import WARN_HARM_SHARE, harm_note, lost_harm, tell_lost_harm
from socharm.severity.model import RateModel, fit_rate_model
from socharm.severity.relative import relative_rate
from socharm.severity.sound import require_sound_counts, require_sound_population, require_sound_weights
from socharm.severity.transforms import DEFAULT_CAP, Transform, transform_weights
from socharm.severity.weighing import Unweighted, WeighingSettings

__all__ = ["SeverityFindings", "SeverityIndex", "SeveritySettings", "severity_index"]


@dataclass(frozen=True, kw_only=True)
class SeveritySettings(WeighingSettings):
    """Choices behind a severity index; enough to compute the same index again. ``[index]`` of a recipe."""

    per: Positive = setting(1.0, "residents that the rate is expressed for")
    missing: Missing = setting(
        "error",
        'an area without a population: "leave out" leaves it unranked with the reason, "error" stops',
        earlier={"flag": "leave out"},
    )
    season: bool = setting(True, "where areas miss different months, weigh each month by the level of all areas in it")
    relative_to: tuple[str, str, str] | None = setting(
        None,
        "base of the column `relative`, whose rate is 100: an area code or all, first and last month",
        example=["all", "2025-04", "2025-09"],
    )


@dataclass(frozen=True, kw_only=True)
class SeverityFindings:
    """What an index found in its inputs: scheme and level of the weights, denominator, coverage that ranks.

    ``weights_gap_years`` is how far the counts behind a crosswalk are from the period.
    """

    scheme: str = ""
    level: str = "category"
    weights_gap_years: float = 0.0
    denominator: str = "resident"
    denominator_unit: str = "resident"
    minimum_coverage: float = 0.5
    offence_level_measures: str = ""


@dataclass(frozen=True, eq=False, repr=False)
class SeverityIndex(Record):
    """Harm by area, with its rate, standard errors and the cells it was computed from.

    Attributes
    ----------
    table : DataFrame
        Index ``area_code``; ``name``, ``parent``, ``force``, ``crimes`` (weighted offences only),
        ``harm``, ``harm_se``, ``rate`` (per resident, or other denominator, and year), ``rate_se``, ``rate_shrunk``
        (posterior mean of the underlying rate), ``top_offence``, ``top_share``, ``events_for_half``
        (missing under a crosswalk), ``exposure`` (residents, or other denominator, times years), ``relative`` (100
        is the base; missing unless asked), ``rankable``, ``reason``.
    cells : DataFrame
        ``area_code``, ``offence``, ``period`` (monthly Period), ``n``, ``weight``,
        ``within_variance``, ``tau``, ``exposure``, ``harm``: weighted offences only. Ranking,
        profiles and comparison start here.
    by_period, by_group : DataFrame
        The index by area and month, and by area and offence group (police-generated crime apart).
    unweighted : DataFrame
        ``area_code``, ``offence``, ``n``, ``rate``: counted offences without a weight, such as
        anti-social behaviour.
    exclusions : DataFrame
        Index ``exclusion``: ``n`` and ``harm`` that each exclusion took away.
    population : Population or None
        The denominator; None for harm per area.
    model : RateModel
        The fitted model whose posterior mean is ``rate_shrunk`` and whose draws make the ranks.
    losses : DataFrame
        Index ``offence``: what rows set aside took from each offence of the index, as in `Counts.losses`, with
        ``weight``, ``harm``, ``harm_lost`` and ``share_of_harm``. An offence of which no row was used is here only.
    """

    __made_by__ = ("severity_index",)

    table: pd.DataFrame
    cells: pd.DataFrame
    by_period: pd.DataFrame
    by_group: pd.DataFrame
    unweighted: pd.DataFrame
    exclusions: pd.DataFrame
    population: Population | None
    model: RateModel
    settings: SeveritySettings
    about: About
    findings: SeverityFindings = field(default_factory=SeverityFindings)
    losses: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def harm(self) -> pd.Series:
        """Harm by area over the covered months, in weight units."""
        return self.table["harm"]

    @property
    def rate(self) -> pd.Series:
        """Harm per resident (or other denominator) and year, by area."""
        return self.table["rate"]

    def _summary(self) -> dict[str, str]:
        rankable = int(self.table["rankable"].sum())
        lines = {
            "areas": f"{len(self.table):,}, {rankable:,} rankable",
            "crimes": f"{int(self.table['crimes'].sum()):,} with a weight",
            "weights": f"{self.findings.scheme}, by {self.findings.level}",
        }
        if self.findings.weights_gap_years > 0:
            lines["weights are from counts"] = f"{self.findings.weights_gap_years:.1f} years from the period"
        if self.settings.exclude:
            lines["left out"] = ", ".join(self.settings.exclude)
        return lines


@checked
def severity_index(
    counts: Counts,
    weights: OwnWeights,
    population: Population | None = None,
    *,
    per: Positive = 1.0,
    unweighted: Unweighted = "report",
    relative_to: tuple[str, str, str] | None = None,
    transform: Transform = "raw",
    cap: Positive = DEFAULT_CAP,
    offences: str | Iterable[str] = "all",
    exclude: Iterable[str] = (),
    missing: Missing = "error",
    season: bool = True,
    warn_harm_share: ClosedShare = WARN_HARM_SHARE,
    settings: SeveritySettings | Mapping[str, Any] | None = None,
) -> SeverityIndex:
    r"""Harm by area: counts times severity weights, per denominator and year, with its uncertainty.

    Parameters
    ----------
    counts : Counts
        From `count_incidents` or `counts_from_table`.
    weights : WeightScheme, or mapping or Series of weights by offence
        At the level of the counts: single offences, or a ``.crosswalk(...)`` for categories.
    population : Population, optional
        Denominator; None gives harm per area and year.
    per : float
        Denominator units that the rate is expressed for; 1 is the unit of the ONS score.
    unweighted : {"report", "allow", "error"}
        Offences without a weight: report those the scheme leaves out by design and stop at others;
        report any; or stop at any.
    relative_to : (area_code or "all", first month, last month), optional
        Base of the column ``relative``: its rate is 100.
    transform : {"raw", "sqrt", "log", "capped"}
        Transform of the weights; `cap` is the largest weight under ``"capped"``.
    cap : float
        In weight units.
    offences : str or iterable of str
        A set (``"all"``, ``"soc"`` ...), a group (``"acquisitive"``, ``"violence"`` ...), or offences, sets and groups.
    exclude : iterable of str
        Offences, sets, or flags such as ``"place:hospital"`` or ``"place:*"``; the effect of each
        stands in ``exclusions``.
    missing : {"error", "leave out"}
        An area without a population above zero: stop, or leave it unranked with the reason.
    season : bool
        Where areas miss different months: weigh each covered month by the level that all areas share in it, so that an
        area whose summer did not arrive is not taken for a quiet one. Nothing changes where all miss the same.
    warn_harm_share : float
        Share of the harm: an offence whose rows set aside weigh more is named in a `CoverageWarning` and in
        ``about.coverage``.
    settings : SeveritySettings or mapping, optional
        Choices of another index, for what is not stated by keyword.

    Returns
    -------
    SeverityIndex
        Every area of the counts has a row. An area with no covered month has missing harm, not 0. An offence of which
        no row was used is no part of the index; it stands in ``losses``.

    Raises
    ------
    SchemaError
        A weight is missing, negative or not finite; an offence has no weight.
    AlignmentError
        Areas without population.
    ParameterError
        An unknown choice, or a base that is not in the data.
    RefusedError
        An aggregate beside its parts, or a crosswalk from counts more than two years away that was not allowed.

    Notes
    -----
    :math:`H_a=\sum_{o,t} n_{aot} w_o`; exposure :math:`e_a` is the population over 12, summed over the covered months
    (each times its month effect, mean 1, where areas miss different months); the rate is :math:`H_a/e_a`, so six and
    twelve months of the same crime have the same rate. ``rate_shrunk`` is the posterior mean of the Gamma-Poisson
    model of `RateModel`, in which counts are over-dispersed over time. ``harm_se`` is the error of the harm as an
    estimate of what the place generates, from smoothed expected counts, so it is never 0: chance, over-dispersion,
    shocks that offences share and the place's own offence mix are in it, the spread of weights inside a category is
    not.

    References
    ----------
    Office for National Statistics (2016). *Research outputs: developing a Crime Severity Score for
    England and Wales using data on crimes recorded by the police*.
    """
    weights = as_weights(weights)
    require_sound_weights(weights)
    require_sound_counts(counts)
    require_sound_population(population)
    findings = SeverityFindings(
        scheme=weights.title,
        level=weights.level,
        weights_gap_years=check_stale(weights, counts.about.period),
        denominator=population.kind if population is not None else "none",
        denominator_unit=population.settings.one if population is not None else POPULATION_KINDS["none"],
        minimum_coverage=counts.settings.minimum_coverage,
        offence_level_measures="" if weights.level == "offence" else "missing: categories hide single offences",
    )
    with threadpool_limits(1):
        return _compute(counts, weights, population, SeveritySettings.of(settings), findings)


def _compute(
    counts: Counts,
    weights: WeightScheme,
    population: Population | None,
    settings: SeveritySettings,
    findings: SeverityFindings,
) -> SeverityIndex:
    table, removed = without_flagged(counts, settings.exclude)
    recorded = set(table.loc[table[N] > 0, OFFENCE].unique())
    refuse_aggregates(sorted(map(str, recorded)))
    named = named_offences(counts.offences, settings.offences)
    unused = set(counts.without_rows)
    chosen = [offence for offence in named if offence not in unused]
    if named and not chosen:
        raise SchemaError(
            f"Every row of the offences {named[:5]} was set aside, so there is nothing to weigh. "
            "`losses` and `breakdown` of the counts say why; mend those rows, or choose other offences."
        )
    weighted = split_weighted(chosen, weights.table.index, weights.excluded, settings.unweighted)
    if not weighted:
        raise SchemaError(
            f"None of the offences {chosen[:5]} carries a weight in {weights.name}. "
            "Use `.crosswalk('police.uk')` for police.uk categories, or another set of offences."
        )
    left_out = offences_left_out(counts, settings.exclude, weighted)
    scheme = transform_weights(weights.table, settings.transform, cap=settings.cap)
    values = denominator(counts, population, settings.missing)
    monthly = exposure_by_month(values, counts.coverage)
    cells = weighted_cells(table[table[OFFENCE].isin(weighted)], scheme, monthly)
    areas, fitted = _areas(counts, cells, values, monthly, settings, findings)
    exposure = areas["exposure"].astype(float)
    losses = lost_harm(counts, [offence for offence in named if offence not in left_out], scheme, cells)
    tell_lost_harm(losses, settings.warn_harm_share, stacklevel=5)
    about = _about(
        counts, weights, population, settings, findings.denominator_unit, harm_note(losses, settings.warn_harm_share)
    )
    return SeverityIndex(
        table=areas,
        cells=cells,
        by_period=by_period(cells, per=settings.per),
        by_group=by_group(cells, exposure, per=settings.per),
        unweighted=_unweighted(table, [o for o in chosen if o not in weighted], exposure, settings.per),
        exclusions=_effects(removed, scheme, settings.exclude),
        population=population,
        model=fitted,
        settings=settings,
        about=about,
        findings=findings,
        losses=losses,
    )


def _areas(
    counts: Counts,
    cells: pd.DataFrame,
    values: pd.Series,
    monthly: pd.DataFrame,
    settings: SeveritySettings,
    findings: SeverityFindings,
) -> tuple[pd.DataFrame, RateModel]:
    """The table of areas, and the model fitted on those that are rankable."""
    table = counts.areas[[NAME, PARENT, FORCE]].rename_axis(AREA).copy()
    sums = cells.groupby(AREA, observed=True).agg(crimes=(N, "sum"), harm=("harm", "sum"))
    table = table.join(sums)
    table["crimes"] = table["crimes"].astype("Int64")
    reason = _reasons(counts, values, findings.minimum_coverage)
    years = season_exposure(monthly, cells, counts.coverage) if settings.season else monthly.sum(axis=1)
    table["exposure"] = years.where(values.notna() & counts.coverage.any(axis=1))
    table["rankable"], table["reason"] = reason == "", reason
    if not table["rankable"].any():
        why = ", ".join(f"{number_of(n, 'area')} {text}" for text, n in reason.value_counts().head(3).items())
        raise ParameterError(f"No area can be ranked: {why}. Check coverage, period and population.")
    years = table.loc[table["rankable"], "exposure"].astype(float)
    model = fit_rate_model(
        cells,
        years,
        coverage=counts.coverage,
        pool=findings.level == "offence",
        months_known=counts.findings.by == "month",
    )
    table["rate"] = table["harm"] / table["exposure"] * settings.per
    table["harm_se"] = np.sqrt(model.estimate_variance()).reindex(table.index)
    table["rate_se"] = table["harm_se"] / table["exposure"] * settings.per
    table["rate_shrunk"] = model.posterior_mean().reindex(table.index) * settings.per
    table = table.join(top_offence(cells))
    known = findings.level == "offence" and settings.transform == "raw"
    half = events_for_half(cells) if known else pd.Series(index=table.index, dtype="Int64")
    table["events_for_half"] = half.reindex(table.index)
    table["relative"] = relative_rate(table["rate"], cells, monthly, settings.relative_to, per=settings.per)
    order = [NAME, PARENT, FORCE, "crimes", "harm", "harm_se", "rate", "rate_se", "rate_shrunk", "top_offence"]
    return table[[*order, "top_share", "events_for_half", "exposure", "relative", "rankable", "reason"]], model


def _reasons(counts: Counts, values: pd.Series, minimum: float) -> pd.Series:
    """Why an area cannot be ranked; empty text where it can."""
    months = counts.coverage.sum(axis=1).reindex(values.index)
    width = counts.coverage.shape[1]
    share = counts.share_covered.reindex(values.index)
    thin = (share < minimum) | (months == 0)
    texts = [f"covered {int(m)} of {number_of(width, 'month')}" for m in months]
    reason = pd.Series(texts, index=values.index, dtype="str").where(thin, "")
    return reason.where(values.notna() | thin, "no population above zero").rename("reason")


def _unweighted(table: pd.DataFrame, labels: list[str], exposure: pd.Series, per: float) -> pd.DataFrame:
    part = table[table[OFFENCE].isin(labels)].groupby([AREA, OFFENCE], observed=True)[N].sum().reset_index()
    years = part[AREA].map(exposure).astype(float)
    return part.assign(rate=part[N] / years.where(years > 0) * per)


def _effects(removed: pd.DataFrame, scheme: pd.DataFrame, exclude: Iterable[str]) -> pd.DataFrame:
    # Each exclusion that was asked for has its row: 0 where it met nothing.
    weight = removed[OFFENCE].map(scheme["weight"]).astype(float).fillna(0.0)
    harm = removed[N].astype(float) * weight
    sums = removed.assign(harm=harm).groupby("exclusion", sort=False)[[N, "harm"]].sum()
    asked = pd.Index(dict.fromkeys(exclude), name="exclusion", dtype=object)
    return sums.reindex(asked, fill_value=0).astype({N: "int64", "harm": float})


def _about(
    counts: Counts,
    weights: WeightScheme,
    population: Population | None,
    settings: SeveritySettings,
    unit: str,
    note: str,
) -> About:
    amount = unit if settings.per == 1 else f"{settings.per:,.0f} {unit.removesuffix('s')}s"
    scale = {"raw": "", "sqrt": "root ", "log": "log ", "capped": "capped "}[settings.transform]
    parts = [counts.about, weights.about] + ([population.about] if population is not None else [])
    coverage = " ".join(text for text in (counts.about.coverage, note) if text)
    return combine_about(*parts, unit=f"{scale}{weights.unit} per {amount} per year", coverage=coverage)
