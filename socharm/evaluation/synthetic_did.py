"""Synthetic difference-in-differences: donors in parallel, and periods before like those after."""

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
from socharm._constraints import Missing, Permutations, Seed
from socharm._record import Record
from socharm._settings import SEED, setting
from socharm._words import number_of
from socharm.errors import RefusedError
from socharm.evaluation.chance import Z_95
from socharm.evaluation.change_words import against_words, change_share
from socharm.evaluation.effect_words import p_words
from socharm.evaluation.synthetic_did_fit import DidFit, did_effect, fit_did, penalty_of
from socharm.evaluation.wide import DonorSettings, Wide, read_wide
from socharm.stats.random_streams import BLOCK, block_sizes, stream

__all__ = ["SyntheticDid", "SyntheticDidFindings", "SyntheticDidSettings", "synthetic_did"]

_Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class SyntheticDidSettings(DonorSettings):
    """Choices behind a synthetic difference-in-differences; enough to make it again."""

    replications: Permutations = setting(999, "random groups of donors that are taken as if they were the site")
    seed: Seed = setting(says=SEED, recipe=False)


@dataclass(frozen=True, kw_only=True)
class SyntheticDidFindings:
    """What a synthetic difference-in-differences found; effects are of the whole site in one period.

    Attributes
    ----------
    treated : tuple of str
        Areas of the site.
    start : str
        First period with the intervention.
    periods_before, periods_after, donors : int
    left_out : tuple of str
        Donors with gaps, which are not compared.
    effect, low_95, high_95, standard_error : float
        Effect, and its interval from the variance of the placebos.
    did_effect : float
        Of the plain difference-in-differences.
    observed, expected : float
        Totals of the site after the start.
    change : float or None
        Observed over expected, less one; None where that is not above zero.
    placebos, as_extreme : int
        Groups of donors, and those whose effect is as far from zero.
    p : float
        ``(as_extreme + 1) / (placebos + 1)``.
    zeta : float
        What spreads the weights of donors.
    """

    treated: tuple[str, ...]
    start: str
    periods_before: int
    periods_after: int
    donors: int
    left_out: tuple[str, ...]
    effect: float
    low_95: float
    high_95: float
    standard_error: float
    did_effect: float
    observed: float
    expected: float
    change: float | None
    placebos: int
    as_extreme: int
    p: float
    zeta: float


@dataclass(frozen=True, eq=False, repr=False)
class SyntheticDid(Record):
    """A site beside donors that ran in parallel with it.

    Attributes
    ----------
    table : DataFrame
        Index ``period``: ``observed``, ``expected``, ``gap`` (of the whole site), ``after``, ``weight`` (of the periods
        before the start; missing after it).
    weights : DataFrame
        Index ``area_code`` of donors in use, the largest weight first: ``weight``.
    placebos : DataFrame
        One row for each random group of donors: ``effect`` (of so many areas as the site has).
    """

    __made_by__ = ("synthetic_did",)

    table: pd.DataFrame
    weights: pd.DataFrame
    placebos: pd.DataFrame
    settings: SyntheticDidSettings
    findings: SyntheticDidFindings
    about: About

    @property
    def sentence(self) -> str:
        """The finding in plain English."""
        found = self.findings
        told = against_words(
            found.observed, found.expected, found.periods_after, found.start, by="donors that ran in parallel"
        )
        return (
            f"{told} That is {found.effect:+.3g} in each period (95% interval {found.low_95:+.3g} to "
            f"{found.high_95:+.3g}); {found.as_extreme} of {number_of(found.placebos, 'random group')} of donors had "
            f"an effect as far from zero ({p_words(found.p)})."
        )

    def _summary(self) -> dict[str, str]:
        found = self.findings
        return {
            "finding": self.sentence,
            "plain difference-in-differences": f"{found.did_effect:+.3g} in each period",
            "donors": f"{len(self.weights)} in use of {found.donors:,}",
        }


@checked
def synthetic_did(
    outcomes: pd.DataFrame,
    *,
    treated: Sequence[str],
    start: str | int,
    replications: Permutations = 999,
    missing: Missing = "error",
    seed: Seed | None = None,
    about: About | None = None,
    settings: SyntheticDidSettings | Mapping[str, Any] | None = None,
) -> SyntheticDid:
    r"""Compare the change of a site with that of donors that ran in parallel with it.

    Parameters
    ----------
    outcomes : DataFrame
        One row for each area (index: codes), one column for each period, in order: counts or harm of zero or more. A
        missing cell was not covered.
    treated : sequence of str
        Areas of the site; results are of the whole site.
    start : str or int
        First period with the intervention: a column of `outcomes`.
    replications : int
        Random groups of as many donors as the site has areas, each taken as if it were the site.
    missing : {"error", "leave out"}
        What becomes of donors with gaps. A site with gaps is refused.
    seed : int
        To be stated here or in `settings`.
    about : About, optional
        Sources, unit, marking of the outcomes.
    settings : SyntheticDidSettings or mapping, optional
        Choices of another one, for what is not stated by keyword.

    Returns
    -------
    SyntheticDid

    Raises
    ------
    SchemaError
        What is no wide frame of numbers of zero or more; donors with gaps.
    AlignmentError
        Treated areas that are not there.
    ParameterError
        A start that is no period.
    RefusedError
        A site with gaps, or with fewer than two periods before; no more donors than treated areas.

    Warns
    -----
    CoverageWarning
        Donors with gaps were left out.

    Notes
    -----
    Weights of donors make the site and its donors run in parallel before the start, with an intercept and a ridge
    :math:`\zeta = (N_1T_1)^{1/4}\hat\sigma`; weights of periods make the donors' means before and after it agree, but
    for a constant. Both problems are solved exactly; the published program stops its search earlier, so that its third
    decimal differs. The standard error is that of the placebos, with the site's :math:`\zeta`. Interval and p-value
    take donors as exchangeable: for a site of neighbours prefer placebo sites.

    References
    ----------
    Arkhangelsky, D., Athey, S., Hirshberg, D. A., Imbens, G. W., Wager, S. (2021). Synthetic difference-in-differences.
    American Economic Review 111, 4088-4118.

    Examples
    --------
    >>> like = np.array([20.0, 24, 22, 26, 21, 25, 23, 27])
    >>> counts = pd.DataFrame([like - 5, like, like + 3, like + 9], index=list("ABCD"))
    >>> counts.loc["A", 6:] -= 4
    >>> round(synthetic_did(counts, treated=["A"], start=6, replications=3, seed=1).findings.effect, 3)
    -4.0
    """
    chosen = SyntheticDidSettings.of(settings)
    wide = read_wide(outcomes, treated, start, missing=chosen.missing)
    if len(wide.donors) <= len(wide.treated):
        raise RefusedError(
            f"{number_of(len(wide.donors), 'donor')} for {number_of(len(wide.treated), 'treated area')}: the variance "
            "comes from groups of donors of that number, so that there must be more donors. Add areas."
        )
    donors = wide.values[wide.donors]
    zeta = penalty_of(len(wide.treated), donors, wide.before)
    fit = fit_did(wide.site, donors, wide.before, zeta)
    placebos = len(wide.treated) * _placebo_effects(wide, zeta, chosen)
    return SyntheticDid(
        table=_by_period(wide, fit),
        weights=_weights(wide, fit),
        placebos=pd.DataFrame({"effect": placebos}).rename_axis("group"),
        settings=chosen,
        findings=_findings(wide, fit, placebos, zeta),
        about=about or About(),
    )


def _placebo_effects(wide: Wide, zeta: float, chosen: SyntheticDidSettings) -> _Floats:
    """Effects of random groups of donors, a stream for each block of them."""
    donors, found = wide.values[wide.donors], []
    for number, size in enumerate(block_sizes(chosen.replications, BLOCK)):
        rng = stream(chosen.seed, number, purpose="synthetic-did-placebos")
        for _ in range(size):
            group = np.zeros(len(donors), dtype=bool)
            group[rng.choice(len(donors), len(wide.treated), replace=False)] = True
            found.append(fit_did(donors[group].mean(axis=0), donors[~group], wide.before, zeta).effect)
    return np.array(found)


def _findings(wide: Wide, fit: DidFit, placebos: _Floats, zeta: float) -> SyntheticDidFindings:
    n, after = len(wide.treated), len(wide.periods) - wide.before
    effect, error = n * fit.effect, math.sqrt(float(((placebos - placebos.mean()) ** 2).mean()))
    observed = n * float(wide.site[wide.before :].sum())
    expected = observed - effect * after
    # Where all is alike to the last digit, what is left are errors of rounding.
    rounding = 1e-9 * n * float(np.abs(wide.site).sum())
    as_extreme = int((np.abs(placebos) >= abs(effect) * (1 - 1e-9) - rounding).sum())
    return SyntheticDidFindings(
        treated=wide.named(wide.treated), start=wide.periods[wide.before], periods_before=wide.before,
        periods_after=after, donors=len(wide.donors), left_out=wide.left_out, effect=effect,
        low_95=effect - Z_95 * error, high_95=effect + Z_95 * error, standard_error=error,
        did_effect=n * did_effect(wide.site, wide.values[wide.donors], wide.before).effect,
        observed=observed, expected=expected, change=change_share(observed, expected), placebos=len(placebos),
        as_extreme=as_extreme, p=(as_extreme + 1) / (len(placebos) + 1), zeta=zeta,
    )  # fmt: skip


def _by_period(wide: Wide, fit: DidFit) -> pd.DataFrame:
    n, after = len(wide.treated), np.arange(len(wide.periods)) >= wide.before
    weight = np.append(fit.periods, np.full(int(after.sum()), np.nan))
    table = {"observed": n * wide.site, "expected": n * (wide.site - fit.gaps), "gap": n * fit.gaps, "after": after}
    return pd.DataFrame({**table, "weight": weight}, index=pd.Index(wide.periods, name="period"))


def _weights(wide: Wide, fit: DidFit) -> pd.DataFrame:
    order = np.argsort(-fit.donors, kind="stable")
    used = order[fit.donors[order] > 0]
    codes = wide.named(wide.donors[used])
    return pd.DataFrame({"weight": fit.donors[used]}, index=pd.Index(codes, name=AREA, dtype=object))
