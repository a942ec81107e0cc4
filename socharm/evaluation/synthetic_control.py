"""A site beside a weighted mean of donors that ran like it before: synthetic control, with donors as placebos."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._about import About
from socharm._arguments import checked
from socharm._columns import AREA
from socharm._constraints import CountFrom0, Missing, Positive
from socharm._record import Record
from socharm._settings import setting
from socharm._words import number_of
from socharm.errors import RefusedError
from socharm.evaluation.change_words import against_words, change_share
from socharm.evaluation.effect_words import p_words
from socharm.evaluation.leave_two_out import leave_two_out
from socharm.evaluation.synthetic_findings import SyntheticControlFindings
from socharm.evaluation.synthetic_fit import Fit, chosen_ridge, fit_donors, gap_ratio
from socharm.evaluation.synthetic_predictors import fit_predictors
from socharm.evaluation.wide import DonorSettings, Wide, covariate_values, read_wide

__all__ = ["SyntheticControl", "SyntheticControlSettings", "synthetic_control"]

_Floats = NDArray[np.float64]

#: Weights below the first are rounding; counts may differ by so many square roots of their mean by chance.
_NO_WEIGHT, _CHANCE = 1e-9, 2.0


@dataclass(frozen=True, kw_only=True)
class SyntheticControlSettings(DonorSettings):
    """Choices behind a synthetic control; enough to make it again."""

    augmented: bool = setting(False, "whether a ridge regression takes up what the weights leave (may extrapolate)")
    placebos: CountFrom0 = setting(200, "donors that are fitted as if they were the site, the nearest in level first")
    worst_fit: Positive = setting(0.2, "largest root mean squared gap before the start, as a share of the site's mean")
    allow_poor_fit: bool = setting(False, "whether a worse fit is given instead of refused")
    two_out: CountFrom0 = setting(20, "donors up to which the site is held against every two of them")


@dataclass(frozen=True, eq=False, repr=False)
class SyntheticControl(Record):
    """A site and what a weighted mean of donors makes of it.

    Attributes
    ----------
    table : DataFrame
        Index ``period``: ``observed``, ``synthetic``, ``gap`` (of the whole site), ``after`` (from the start on).
    weights : DataFrame
        Index ``area_code`` of donors in use, the largest weight first: ``weight``.
    placebos : DataFrame
        Index ``area_code`` of donors fitted as if they were the site: ``mspe_before``, ``mspe_after``, ``ratio``,
        ``effect`` (mean gap of one area in a period after the start).
    placebo_gaps : DataFrame
        Index ``area_code`` of the same donors, one column for each period: their gaps.
    leave_one_out : DataFrame
        Index ``area_code`` of donors in use: ``effect`` and ``change`` of the site without that donor, ``fit_error``.
    """

    __made_by__ = ("synthetic_control",)

    table: pd.DataFrame
    weights: pd.DataFrame
    placebos: pd.DataFrame
    placebo_gaps: pd.DataFrame
    leave_one_out: pd.DataFrame
    settings: SyntheticControlSettings
    findings: SyntheticControlFindings
    about: About

    @property
    def sentence(self) -> str:
        """The finding in plain English."""
        found = self.findings
        told = against_words(
            found.observed, found.synthetic, found.periods_after, found.start, by="the weighted donors"
        )
        if found.p is None:
            return f"{told} No donor was fitted as a placebo."
        told = (
            f"{told} Of {number_of(found.placebos, 'donor')} fitted as if treated, {found.as_extreme} departed as "
            f"far, measured by the gaps before the start ({p_words(found.p)})."
        )
        if found.two_out is None:
            return told
        two = found.two_out
        return (
            f"{told} Of {number_of(two.pairs, 'pair')} of donors, {two.not_first} had one that departed as far, none "
            f"of the three being a donor of the others: by chance at most {two.most_false:.1%} of sites come to so few."
        )

    def _summary(self) -> dict[str, str]:
        found = self.findings
        fit = f"{found.fit_error:.1%} of the site's mean in {number_of(found.periods_before, 'period')} before"
        return {
            "finding": self.sentence,
            "gap before the start": fit + (", worse than asked" if found.poor_fit else ""),
            "donors": f"{len(self.weights)} in use of {found.donors:,}",
        }


@checked
def synthetic_control(
    outcomes: pd.DataFrame,
    *,
    treated: Sequence[str],
    start: str | int,
    predictors: pd.DataFrame | None = None,
    augmented: bool = False,
    placebos: CountFrom0 = 200,
    worst_fit: Positive = 0.2,
    allow_poor_fit: bool = False,
    two_out: CountFrom0 = 20,
    missing: Missing = "error",
    about: About | None = None,
    settings: SyntheticControlSettings | Mapping[str, Any] | None = None,
) -> SyntheticControl:
    r"""Compare a site with the weighted mean of donors that comes nearest to it before the start.

    Parameters
    ----------
    outcomes : DataFrame
        One row for each area (index: codes), one column for each period, in order: counts or harm of zero or more. A
        missing cell was not covered.
    treated : sequence of str
        Areas of the site. Several are taken together, as their mean; results are of the whole site.
    start : str or int
        First period with the intervention: a column of `outcomes`.
    predictors : DataFrame, optional
        One row for each area, one column for each predictor: donors are then chosen by these, each with the weight that
        makes the gaps before the start least (nested problem; needs the extra ``evaluation``). Without them the
        outcomes before the start are met directly, which has one best answer.
    augmented : bool
        Add a ridge regression on the outcomes before the start, its penalty by leaving out one period after the other.
        Weights may then be below zero; a synthetic outcome below zero counts as zero.
    placebos : int
        Donors that are fitted as if they were the site, those first whose mean before the start is nearest to it.
    worst_fit : float
        The fit is poor where the root mean squared gap before the start is more than this share of the site's mean
        there, and, of counts, more than twice the square root of that mean, which chance alone may give.
    allow_poor_fit : bool
        Give a poor fit, marked, instead of refusing it.
    two_out : int
        Donors up to which the site is held against every two of them (see `findings.two_out`); 0 for never. Not with
        `predictors`.
    missing : {"error", "leave out"}
        What becomes of donors with gaps. A site with gaps is refused.
    about : About, optional
        Sources, unit, marking of the outcomes.
    settings : SyntheticControlSettings or mapping, optional
        Choices of another synthetic control, for what is not stated by keyword.

    Returns
    -------
    SyntheticControl

    Raises
    ------
    SchemaError
        What is no wide frame of numbers of zero or more; donors with gaps.
    AlignmentError
        Treated areas, or areas of `predictors`, that are not there.
    ParameterError
        A start that is no period.
    RefusedError
        A site with gaps, without outcomes, or with fewer than two periods before; no donor; a poor fit.
    MissingExtraError
        `predictors` without the extra ``evaluation``.

    Warns
    -----
    CoverageWarning
        Donors with gaps were left out.

    Notes
    -----
    Weights :math:`w \ge 0, \sum w = 1` make :math:`\sum_{t<T_0}(Y_{1t} - \sum_j w_j Y_{jt})^2` least, solved exactly.
    Treated areas are never donors, of placebos neither. The p-value is the share of site and placebos whose mean
    squared gap after the start, over that before, is as large as the site's; a placebo of augmented weights takes the
    penalty of the site. Single areas are noisy beside a site of several: prefer placebo sites.

    References
    ----------
    Abadie, A., Diamond, A., Hainmueller, J. (2010). Synthetic control methods for comparative case studies. Journal of
    the American Statistical Association 105, 493-505. Ben-Michael, E., Feller, A., Rothstein, J. (2021). The augmented
    synthetic control method. Journal of the American Statistical Association 116, 1789-1803. Lei, L. and Sudijono, T.
    (2025). Inference for synthetic controls via refined placebo tests. arXiv:2401.07152.

    Examples
    --------
    >>> months = [f"2025-{month:02d}" for month in range(1, 9)]
    >>> like = [20, 24, 22, 26, 21, 25, 23, 27]
    >>> counts = pd.DataFrame(
    ...     [[*like[:6], 13, 17], like, [n + 2 for n in like], [40, 30, 41, 31, 40, 30, 41, 31]],
    ...     index=list("ABCD"), columns=months,
    ... )
    >>> made = synthetic_control(counts, treated=["A"], start="2025-07")
    >>> made.weights["weight"].round(3).to_dict(), round(made.findings.change, 2)
    ({'B': 1.0}, -0.4)
    """
    chosen = SyntheticControlSettings.of(settings)
    wide = read_wide(outcomes, treated, start, missing=chosen.missing)
    fit, told = _fit_site(wide, predictors, chosen)
    error, poor = _judged(wide, fit, chosen)
    table, gaps = _placebo_fits(wide, predictors, chosen, told.get("ridge"))
    few = predictors is None and len(wide.donors) <= chosen.two_out
    pairs = leave_two_out(wide.site, wide.values[wide.donors], wide.before, told.get("ridge")) if few else None
    findings = _findings(wide, fit, table, {**told, "fit_error": error, "poor_fit": poor, "two_out": pairs})
    return SyntheticControl(
        table=_by_period(wide, fit),
        weights=_weights(wide, fit),
        placebos=table,
        placebo_gaps=gaps,
        leave_one_out=_leave_one_out(wide, fit, predictors, told.get("ridge")),
        settings=chosen,
        findings=findings,
        about=about or About(),
    )


def _fit_site(
    wide: Wide, predictors: pd.DataFrame | None, chosen: SyntheticControlSettings
) -> tuple[Fit, dict[str, Any]]:
    """The fit of the site, with what it was made by."""
    donors = wide.values[wide.donors]
    if predictors is not None:
        return _fit_by_predictors(wide, predictors, wide.site, wide.donors)
    ridge = chosen_ridge(donors[:, : wide.before].T, wide.site[: wide.before]) if chosen.augmented else None
    return fit_donors(wide.site, donors, wide.before, ridge), {"ridge": ridge}


def _fit_by_predictors(
    wide: Wide, predictors: pd.DataFrame, site: _Floats, donors: NDArray[np.intp], own: NDArray[np.intp] | None = None
) -> tuple[Fit, dict[str, Any]]:
    """Weights by predictors, of the site or of the areas `own`."""
    rows = wide.treated if own is None else own
    held = covariate_values(predictors, wide.named([*rows, *donors]), name="predictors")
    mine, theirs = held[: len(rows)].mean(axis=0), held[len(rows) :]
    fit, importance = fit_predictors(site, wide.values[donors], wide.before, mine, theirs)
    return fit, {
        "predictors": tuple(map(str, predictors.columns)),
        "predictor_weights": tuple(float(part) for part in importance),
    }


def _judged(wide: Wide, fit: Fit, chosen: SyntheticControlSettings) -> tuple[float, bool]:
    """Error of the fit as a share of the mean, and whether it is poor; refused where that is not allowed."""
    n, before = len(wide.treated), wide.site[: wide.before]
    level, error = n * float(before.mean()), n * math.sqrt(fit.mspe_before)
    if level == 0:
        raise RefusedError(
            "The site has no recorded outcome before the start: there is nothing to compare with. Use another."
        )
    outcomes = wide.values[wide.treated]
    counts = bool((outcomes == np.round(outcomes)).all())
    chance = _CHANCE * math.sqrt(level) if counts else 0.0
    poor = error > max(chosen.worst_fit * level, chance)
    if poor and not chosen.allow_poor_fit:
        raise RefusedError(
            f"No mixture of the {number_of(len(wide.donors), 'donor')} runs like the site: the root mean squared gap "
            f"before the start is {error:.3g}, {error / level:.0%} of the site's mean of {level:.3g} (worst_fit is "
            f"{chosen.worst_fit:.0%}). Add donors like it or use another method; allow_poor_fit=True gives it, marked."
        )
    return error / level, poor


def _nearest_donors(wide: Wide, most: int) -> NDArray[np.intp]:
    """Donors whose mean before the start is nearest to that of the site, at most so many, in the order of the frame."""
    level = wide.values[:, : wide.before].mean(axis=1)
    distance = np.abs(level[wide.donors] - level[wide.treated].mean())
    return np.sort(wide.donors[np.argsort(distance, kind="stable")[:most]])


def _placebo_fits(
    wide: Wide, predictors: pd.DataFrame | None, chosen: SyntheticControlSettings, ridge: float | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Donors fitted as if they were the site, with all others as donors: figures, and gaps by period."""
    asked = _nearest_donors(wide, chosen.placebos if len(wide.donors) > 1 else 0)
    rows, gaps = {}, {}
    for row in asked:
        others = wide.donors[wide.donors != row]
        if predictors is None:
            fit = fit_donors(wide.values[row], wide.values[others], wide.before, ridge)
        else:
            fit, _ = _fit_by_predictors(wide, predictors, wide.values[row], others, own=np.array([row]))
        code = wide.codes[row]
        rows[code] = [fit.mspe_before, fit.mspe_after, fit.ratio, fit.effect]
        gaps[code] = fit.gaps
    columns = ["mspe_before", "mspe_after", "ratio", "effect"]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns, dtype=float).rename_axis(AREA)
    return table, pd.DataFrame.from_dict(gaps, orient="index", columns=list(wide.periods)).rename_axis(AREA)


def _findings(wide: Wide, fit: Fit, placebos: pd.DataFrame, told: dict[str, Any]) -> SyntheticControlFindings:
    n, after = len(wide.treated), slice(wide.before, None)
    observed, synthetic = n * float(wide.site[after].sum()), n * float(fit.synthetic[after].sum())
    as_extreme = int((placebos["ratio"] >= fit.ratio * (1 - 1e-9)).sum())
    usual = {"predictors": (), "predictor_weights": (), "ridge": None}
    return SyntheticControlFindings(
        treated=wide.named(wide.treated), start=wide.periods[wide.before], periods_before=wide.before,
        periods_after=len(wide.periods) - wide.before, donors=len(wide.donors), left_out=wide.left_out,
        observed=observed, synthetic=synthetic, effect=n * fit.effect, change=change_share(observed, synthetic),
        mspe_before=fit.mspe_before, mspe_after=fit.mspe_after,
        ratio=gap_ratio(fit.mspe_after, fit.mspe_before), placebos=len(placebos), as_extreme=as_extreme,
        p=(as_extreme + 1) / (len(placebos) + 1) if len(placebos) else None, **{**usual, **told},
    )  # fmt: skip


def _by_period(wide: Wide, fit: Fit) -> pd.DataFrame:
    n = len(wide.treated)
    return pd.DataFrame(
        {
            "observed": n * wide.site,
            "synthetic": n * fit.synthetic,
            "gap": n * fit.gaps,
            "after": np.arange(len(wide.periods)) >= wide.before,
        },
        index=pd.Index(wide.periods, name="period"),
    )


def _weights(wide: Wide, fit: Fit) -> pd.DataFrame:
    """Donors in use, the largest weight first."""
    order = np.argsort(-np.abs(fit.weights), kind="stable")
    used = order[np.abs(fit.weights[order]) > _NO_WEIGHT]
    codes = wide.named(wide.donors[used])
    return pd.DataFrame({"weight": fit.weights[used]}, index=pd.Index(codes, name=AREA, dtype=object))


def _leave_one_out(wide: Wide, fit: Fit, predictors: pd.DataFrame | None, ridge: float | None) -> pd.DataFrame:
    """The site without one of the donors in use, by the outcome alone or by predictors as the site itself."""
    rows = {}
    mixed = fit.weights if ridge is None else fit_donors(wide.site, wide.values[wide.donors], wide.before).weights
    for at in np.flatnonzero(mixed > _NO_WEIGHT) if len(wide.donors) > 1 else ():
        others = np.delete(wide.donors, at)
        if predictors is None:
            made = fit_donors(wide.site, wide.values[others], wide.before, ridge)
        else:
            made, _ = _fit_by_predictors(wide, predictors, wide.site, others)
        n, after = len(wide.treated), slice(wide.before, None)
        change = change_share(float(wide.site[after].sum()), float(made.synthetic[after].sum()))
        error = math.sqrt(made.mspe_before) / float(wide.site[: wide.before].mean())
        rows[wide.codes[wide.donors[at]]] = [n * made.effect, np.nan if change is None else change, error]
    columns = ["effect", "change", "fit_error"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns, dtype=float).rename_axis(AREA)
