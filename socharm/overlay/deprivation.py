"""Harm over deprivation: where they meet, and where harm is more than deprivation would lead one to expect."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

import numpy as np
import pandas as pd
import scipy
from numpy.typing import NDArray

from socharm._about import About, combine_about
from socharm._arguments import checked
from socharm._checks import require_columns
from socharm._columns import AREA, NAME, PARENT
from socharm._constraints import Draws, Missing, Seed
from socharm._record import Record
from socharm._settings import SEED, Settings, setting
from socharm._words import number_of
from socharm.errors import AlignmentError, DataWarning, ModelWarning, ParameterError
from socharm.io.deprivation_record import Deprivation
from socharm.overlay.residual import LEAST_AREAS, ResidualFit, fit_residual, variance_per_harm
from socharm.severity.centres import centre_flags
from socharm.severity.index import SeverityIndex
from socharm.severity.sound_index import require_sound_index
from socharm.stats.random_streams import block_sizes, streams

__all__ = ["QUADRANTS", "Overlay", "OverlayFindings", "OverlaySettings", "OverlaySides", "overlay_deprivation"]

_Floats = NDArray[np.float64]

#: Quadrants by the medians of harm and deprivation.
QUADRANTS: Final = (
    "more harm, more deprived",
    "more harm, less deprived",
    "less harm, more deprived",
    "less harm, less deprived",
)

#: From this many areas on the interval of the correlation is Bonett and Wright's, below it a bootstrap.
_BOOTSTRAP_UP_TO, _INDEPENDENT = 5_000, "areas taken as independent: too narrow where neighbours are alike"
#: Whether crime, a domain of the index, stands on both sides.
Version: TypeAlias = Literal["without_crime", "published"]
#: Classes of each side: terciles or quintiles.
SideClasses: TypeAlias = Literal[3, 5]


@dataclass(frozen=True, kw_only=True)
class OverlaySides(Settings):
    """The two sides of an overlay."""

    version: Version = setting("without_crime", 'or "published": crime then stands on both sides')
    classes: SideClasses = setting(3, "of each side of the overlay: 3 or 5")


@dataclass(frozen=True, kw_only=True)
class OverlaySettings(OverlaySides):
    """Choices behind an overlay."""

    column: str = setting("rate_shrunk", "column of the index that stands for harm")
    missing: Missing = setting("error", 'areas without deprivation stop the overlay; or "leave out"')
    centres_in_fit: bool = setting(False, "true where areas flagged as centres shape the regression")
    resamples: Draws = setting(1_000, "bootstrap samples of areas")
    seed: Seed = setting(says=SEED, recipe=False)


@dataclass(frozen=True, kw_only=True)
class OverlayFindings:
    """What an overlay was made of, and what its regression estimated.

    ``spread`` is the standard deviation of areas' own effects at mean deprivation, ``spread_growth`` how much larger it
    is for each standard deviation more of deprivation (0.2 is a fifth).
    """

    index: str
    nation: str
    areas_used: int
    areas_left_out: int
    residual: str
    slope: float
    slope_se: float
    spread: float
    spread_growth: float
    variance_per_harm: float


@dataclass(frozen=True, eq=False, repr=False)
class Overlay(Record):
    """Harm and deprivation side by side. It never changes a rank: a flag or a residual lowers nobody's priority.

    Attributes
    ----------
    table : DataFrame
        Index ``area_code``, every area of the index; missing where harm or deprivation is. ``name``, ``parent``,
        ``harm`` (the column overlaid), ``deprivation`` (score, higher is more deprived), ``deprivation_rank``,
        ``deprivation_decile`` (1 is the most deprived), ``class_harm``, ``class_deprivation`` (1 … `classes`, the
        highest has most), ``bivariate`` (``"harm-deprivation"``, such as ``"3-1"``), ``quadrant``; ``rate`` as
        recorded, ``expected`` rate given deprivation with its 95% prediction interval ``prediction_low_95``,
        ``prediction_high_95``, ``outside`` (``"above"``, ``"below"`` or ``"inside"``), ``residual`` (recorded over
        expected, 1 is as expected), ``residual_shrunk``, ``centre_flag``, ``reason`` (why values are missing).
    correlation : DataFrame
        Spearman's rho of harm and deprivation: ``estimate``, ``low_95``, ``high_95``, ``areas``, ``method``.
    concentration : DataFrame
        Index ``decile`` of deprivation (1 the most deprived, among the areas used): ``areas``, ``exposure``,
        ``crimes``, ``harm``, ``share_exposure``, ``share_harm``, ``share_harm_low_95``, ``share_harm_high_95``
        (bootstrap over areas), ``rate``.
    """

    __made_by__ = ("overlay_deprivation",)

    table: pd.DataFrame
    correlation: pd.DataFrame
    concentration: pd.DataFrame
    settings: OverlaySettings
    about: About
    findings: OverlayFindings

    def _summary(self) -> dict[str, str]:
        rho = self.correlation.iloc[0]
        outside = self.table["outside"].value_counts()
        return {
            "areas": f"{self.findings.areas_used:,} used, {self.findings.areas_left_out:,} without harm or deprivation",
            "deprivation": f"{self.findings.index}, {self.settings.version.replace('_', ' ')}",
            "rank correlation": f"{rho['estimate']:.2f} ({rho['low_95']:.2f} to {rho['high_95']:.2f})",
            "outside what deprivation predicts": f"{int(outside.get('above', 0))} above, "
            f"{int(outside.get('below', 0))} below",
            "areas as deprived differ by": _spread_text(self.findings),
            "flagged as centres": f"{int(self.table['centre_flag'].fillna(False).sum())}",
        }


def _spread_text(findings: OverlayFindings) -> str:
    if not np.isfinite(findings.spread):
        return "no regression"
    text = f"{findings.spread:.0%} (one standard deviation)"
    growth = findings.spread_growth
    return text + (f", {growth:+.0%} for each standard deviation of deprivation" if growth else "")


@checked
def overlay_deprivation(
    index: SeverityIndex,
    deprivation: Deprivation,
    *,
    version: Version = "without_crime",
    column: str = "rate_shrunk",
    classes: SideClasses = 3,
    missing: Missing = "error",
    centres_in_fit: bool = False,
    resamples: Draws = 1_000,
    seed: Seed | None = None,
    settings: OverlaySettings | Mapping[str, Any] | None = None,
) -> Overlay:
    """Lay deprivation over harm.

    Parameters
    ----------
    index : SeverityIndex
    deprivation : Deprivation
        Of the same areas (`roll_up` brings LSOAs to wards); further areas, as in a national file, are not used.
    version : {"without_crime", "published"}
        Crime is a domain of the published index and would stand on both axes; without domains only
        ``"published"`` can be asked for.
    column : str
        Column of `index.table` that stands for harm in classes, quadrants and correlation.
    classes : int
        Classes of each side, 3 (terciles) or 5 (quintiles), with equal numbers of areas; equals share a class.
    missing : {"error", "leave out"}
        Areas of the index without deprivation: stop, or keep them with missing values, a reason and a warning.
    centres_in_fit : bool
        Whether areas flagged as centres shape the regression.
    resamples : int
        Bootstrap samples of areas.
    seed : int
        To be stated here or in `settings`.
    settings : OverlaySettings or mapping, optional
        Choices of another overlay, for what is not stated by keyword.

    Returns
    -------
    Overlay

    Raises
    ------
    ParameterError
        The version cannot be had, an argument is no such record, or a choice is unknown; fewer than 2 areas have both.
    AlignmentError
        Areas of the index are not in `deprivation`.

    Warns
    -----
    DataWarning
        Areas were left out.
    ModelWarning
        Too few or too equal areas for a regression: residuals are missing.

    Notes
    -----
    The regression is that of `fit_residual`: a quasi-likelihood with log link and exposure as offset. Its interval is
    a *prediction* interval: of 100 areas as deprived, 95 have recorded harm inside it, also where areas differ more the
    more deprived they are. Resident denominators make it
    a detector of city centres, so areas with more than one crime a year for two residents, or four times the crime
    rate of the median area, carry ``centre_flag`` and stay out of the fit unless asked. A workday population in
    `severity_index` removes the cause.

    References
    ----------
    Bonett, D. G., Wright, T. A. (2000). Sample size requirements for estimating Pearson, Kendall and Spearman
    correlations. Psychometrika 65, 23-28.
    """
    chosen = OverlaySettings.of(settings)
    require_sound_index(index)
    require_columns(index.table, [chosen.column], name="index")
    score = deprivation.scores(chosen.version)
    table = _joined(index, deprivation, score, chosen.column, chosen.missing)
    used = table.index[table["reason"] == ""]
    if len(used) < 2:
        raise ParameterError(
            f"Both harm and deprivation: {number_of(len(used), 'area')}; an overlay needs 2. {_common_reason(table)}"
        )
    table = _classified(table, used, chosen.classes)
    flags = centre_flags(index).reindex(table.index)
    table["centre_flag"] = flags.astype("boolean")
    left_out = np.zeros(len(used), dtype=bool) if chosen.centres_in_fit else flags[used].to_numpy(dtype=bool)
    dispersion = variance_per_harm(index)
    harm, exposure = (index.table.loc[used, name].to_numpy(dtype=float) for name in ("harm", "exposure"))
    fit = fit_residual(
        harm, exposure, table.loc[used, "deprivation"].to_numpy(dtype=float), dispersion=dispersion, left_out=left_out
    )
    table = _with_residual(table, used, index, fit)
    generators = streams(chosen.seed, 2, purpose="overlay")
    numbers = index.table.loc[used, ["crimes", "harm", "exposure"]].astype(float)
    findings = OverlayFindings(
        index=deprivation.findings.index,
        nation=deprivation.findings.nation,
        areas_used=len(used),
        areas_left_out=len(table) - len(used),
        residual="quasi-likelihood, log link" if fit else f"none: fewer than {LEAST_AREAS} areas, or nothing to tell",
        slope=fit.slope if fit else float("nan"),
        slope_se=fit.slope_se if fit else float("nan"),
        spread=fit.spread if fit else float("nan"),
        spread_growth=fit.spread_growth if fit else float("nan"),
        variance_per_harm=dispersion,
    )
    return Overlay(
        table=table,
        correlation=_correlation(
            table.loc[used, "harm"], table.loc[used, "deprivation"], chosen.resamples, generators[0]
        ),
        concentration=_concentration(
            numbers, table.loc[used, "deprivation_decile"], index.settings.per, chosen.resamples, generators[1]
        ),
        settings=chosen,
        findings=findings,
        about=combine_about(index.about, deprivation.about, unit=index.about.unit, coverage=index.about.coverage),
    )


def _joined(
    index: SeverityIndex, deprivation: Deprivation, score: pd.Series, column: str, missing: str
) -> pd.DataFrame:
    codes = index.table.index
    lost = codes.difference(deprivation.table.index)
    if len(lost) == len(codes):
        raise AlignmentError(
            f"None of the {number_of(len(codes), 'area')} of the index is in {deprivation.findings.index} "
            f"({deprivation.findings.nation}): the index has {list(codes[:3])}, the other "
            f"{list(deprivation.table.index[:3])}. Roll the deprivation up to the areas, or read the other nation's."
        )
    if len(lost) and missing == "error":
        raise AlignmentError(
            f"{len(lost):,} of {number_of(len(codes), 'area')} of the index {'is' if len(lost) == 1 else 'are'} not in "
            f"{deprivation.findings.index} ({deprivation.findings.nation}), such as {list(lost[:3])}. "
            "Check that both use the same boundary year, or say missing='leave out'."
        )
    table = index.table[[NAME, PARENT]].rename_axis(AREA).copy()
    table["harm"] = pd.to_numeric(index.table[column], errors="coerce").astype(float)
    table["deprivation"] = score.reindex(codes)
    table["reason"] = index.table["reason"].where(index.table["reason"] != "", "")
    table.loc[table["harm"].isna() & (table["reason"] == ""), "reason"] = "no harm rate"
    table.loc[table["deprivation"].isna() & (table["reason"] == ""), "reason"] = "no deprivation score"
    left = table.index[table["reason"] == "no deprivation score"]
    if len(left):
        warnings.warn(
            f"{number_of(len(left), 'area has', 'areas have')} no deprivation score: left out, as {list(left[:3])}.",
            DataWarning,
            stacklevel=3,
        )
    return table


def _common_reason(table: pd.DataFrame) -> str:
    reasons = table.loc[table["reason"] != "", "reason"].value_counts()
    most = number_of(int(reasons.max()), "area") if len(reasons) else ""
    return f"Most often: {reasons.index[0]} ({most})." if most else "Give more areas."


def _classified(table: pd.DataFrame, used: pd.Index, classes: int) -> pd.DataFrame:
    harm, score = table.loc[used, "harm"], table.loc[used, "deprivation"]
    rank = score.rank(method="min", ascending=False)
    table["deprivation_rank"] = rank.reindex(table.index).astype("Int64")
    decile = -(-10 * rank.astype("int64") // len(used))
    table["deprivation_decile"] = decile.reindex(table.index).astype("Int64")
    for name, values in (("class_harm", harm), ("class_deprivation", score)):
        table[name] = _classes(values, classes).reindex(table.index).astype("Int64")
    pair = table["class_harm"].astype("string") + "-" + table["class_deprivation"].astype("string")
    table["bivariate"] = pair
    more_harm, more_deprived = harm > harm.median(), score > score.median()
    which = np.where(more_harm, np.where(more_deprived, 0, 1), np.where(more_deprived, 2, 3))
    table["quadrant"] = pd.Series(np.array(QUADRANTS, dtype=object)[which], index=used).reindex(table.index)
    table["quadrant"] = table["quadrant"].astype("string")
    return table


def _classes(values: pd.Series, k: int) -> pd.Series:
    """Class from 1 (least) to `k`, with equal numbers of areas but for equals, who share the lower one."""
    return (values.rank(method="min").astype("int64") - 1) * k // len(values) + 1


def _with_residual(table: pd.DataFrame, used: pd.Index, index: SeverityIndex, fit: ResidualFit | None) -> pd.DataFrame:
    per = index.settings.per
    exposure = index.table.loc[used, "exposure"].astype(float)
    table["rate"] = index.table["rate"].astype(float)
    columns = ("expected", "prediction_low_95", "prediction_high_95", "residual", "residual_shrunk")
    for name in columns:
        table[name] = np.nan
    table["outside"] = pd.Series(pd.NA, index=table.index, dtype="string")
    if fit is None:
        warnings.warn(
            f"No regression on deprivation: it needs {LEAST_AREAS} areas outside city centres, unequal deprivation and "
            "some harm. Residuals are missing.",
            ModelWarning,
            stacklevel=3,
        )
        return table
    harm = index.table.loc[used, "harm"].astype(float)
    values = (fit.expected, fit.low, fit.high)
    for name, amount in zip(columns[:3], values, strict=True):
        table.loc[used, name] = amount / exposure * per
    table.loc[used, "residual"] = harm / fit.expected
    table.loc[used, "residual_shrunk"] = fit.shrunk
    outside = np.where(harm > fit.high, "above", np.where(harm < fit.low, "below", "inside"))
    table.loc[used, "outside"] = outside
    return table


def _correlation(harm: pd.Series, score: pd.Series, draws: int, generator: np.random.Generator) -> pd.DataFrame:
    n = len(harm)
    x, y = harm.to_numpy(), score.to_numpy()
    estimate, low, high, method = np.nan, np.nan, np.nan, "not defined: all values are equal"
    if np.ptp(x) > 0 and np.ptp(y) > 0:
        estimate = float(np.corrcoef(scipy.stats.rankdata(x), scipy.stats.rankdata(y))[0, 1])
        if n > _BOOTSTRAP_UP_TO:
            reach = scipy.stats.norm.ppf(0.975) * np.sqrt((1 + estimate**2 / 2) / (n - 3))
            low, high = (float(np.tanh(np.arctanh(estimate) + sign * reach)) for sign in (-1, 1))
            method = f"Bonett and Wright (2000); {_INDEPENDENT}"
        else:
            found = []
            for _ in range(draws):
                pick = generator.integers(0, n, n)
                ranks = scipy.stats.rankdata(x[pick]), scipy.stats.rankdata(y[pick])
                if np.ptp(ranks[0]) > 0 and np.ptp(ranks[1]) > 0:
                    found.append(float(np.corrcoef(*ranks)[0, 1]))
            if found:
                low, high = (float(value) for value in np.quantile(found, (0.025, 0.975)))
            method = f"bootstrap over areas, {number_of(draws, 'sample')}, percentiles; {_INDEPENDENT}"
    row = {"estimate": estimate, "low_95": low, "high_95": high, "areas": n, "method": method}
    return pd.DataFrame([row], index=pd.Index(["spearman"], name="measure"))


def _concentration(
    numbers: pd.DataFrame, decile: pd.Series, per: float, draws: int, generator: np.random.Generator
) -> pd.DataFrame:
    group = decile.to_numpy(dtype=np.int64) - 1
    sums = {
        name: np.bincount(group, weights=numbers[name].to_numpy(), minlength=10)
        for name in ("exposure", "crimes", "harm")
    }
    harm, n = numbers["harm"].to_numpy(), len(numbers)
    shares = np.full((draws, 10), np.nan)
    done = 0
    for size in block_sizes(draws, max(1, 2_000_000 // n)):
        picks = generator.integers(0, n, (size, n))
        for row in picks:
            part = np.bincount(group[row], weights=harm[row], minlength=10)
            total = np.add.reduce(part)
            shares[done] = part / total if total > 0 else np.nan
            done += 1
    table = pd.DataFrame({"areas": np.bincount(group, minlength=10), **sums}, index=pd.RangeIndex(1, 11, name="decile"))
    table["crimes"] = table["crimes"].astype("int64")
    for name in ("exposure", "harm"):
        total = np.add.reduce(sums[name])
        table[f"share_{name}"] = sums[name] / total if total > 0 else np.nan
    low, high = np.nanquantile(shares, (0.025, 0.975), axis=0) if np.isfinite(shares).any() else (np.nan, np.nan)
    table["share_harm_low_95"], table["share_harm_high_95"] = low, high
    table["rate"] = table["harm"] / table["exposure"].where(table["exposure"] > 0) * per
    return table
