"""Harm beyond what an area's deprivation would lead one to expect."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import optimize, stats
from threadpoolctl import threadpool_limits

from socharm._columns import OFFENCE, N
from socharm.severity.index import SeverityIndex

__all__ = ["LEAST_AREAS", "ResidualFit", "centre_flags", "fit_residual", "variance_per_harm"]

_Floats = NDArray[np.float64]

#: Fewer areas than this carry no regression worth a map.
LEAST_AREAS: Final = 10

#: Crimes per resident and year from which residents cannot be the people who are there …
BUSY_RATE: Final = 0.5
#: … or this many times the median area.
BUSY_RATIO: Final = 4.0

_LARGEST_SPREAD: Final = 25.0

#: Effective events (expected harm over the variance per harm) below which counts are too coarse for a log-normal.
_FEW: Final = 30.0


@dataclass(frozen=True, kw_only=True, eq=False)
class ResidualFit:
    """Expected harm by area under the regression on deprivation, and how far single areas spread round it.

    Attributes
    ----------
    expected : ndarray
        Expected harm of each area, in weight units.
    low, high : ndarray
        95 % prediction interval of the recorded harm.
    shrunk : ndarray
        Shrunk ratio of recorded to expected harm.
    intercept, slope : float
        Of log harm per exposure on deprivation in standard deviations.
    slope_se : float
    spread : float
        Standard deviation of the areas' own multiplicative effects (sigma).
    variance_per_harm : float
        Variance of recorded harm per unit of expected harm (chance alone).
    """

    expected: _Floats
    low: _Floats
    high: _Floats
    shrunk: _Floats
    intercept: float
    slope: float
    slope_se: float
    spread: float
    variance_per_harm: float


def variance_per_harm(index: SeverityIndex) -> float:
    r"""Variance of recorded harm per unit of harm, from chance in the counts alone.

    Notes
    -----
    :math:`d = \sum_o \varphi_o N_o w_o^2 / \sum_o N_o w_o` over the whole index: compound Poisson, inflated by the
    fluctuation over time. Offences of all areas are pooled, because an area's own mix is made of the very events
    whose chance it should measure.
    """
    by_offence = index.cells.groupby(OFFENCE, observed=True).agg(n=(N, "sum"), weight=("weight", "first"))
    phi = index.model.offences["phi"].reindex(by_offence.index).fillna(1.0)
    n, w = by_offence["n"].to_numpy(dtype=float), by_offence["weight"].to_numpy(dtype=float)
    harm = float(np.add.reduce(n * w))
    return float(np.add.reduce(phi.to_numpy() * n * w * w)) / harm if harm > 0 else 0.0


def centre_flags(index: SeverityIndex) -> pd.Series:
    """Areas where a rate per resident says how many visit, not how much harm those who live there bear.

    Only under a resident denominator: an area is flagged with more than one crime a year for two residents, or with
    four times the crime rate of the median area. Other denominators flag nothing.
    """
    table = index.table
    if index.settings.denominator != "resident":
        return pd.Series(False, index=table.index, name="centre_flag")
    exposure = table["exposure"].astype(float)
    rate = table["crimes"].astype(float) / exposure.where(exposure > 0)
    limit = min(BUSY_RATE, BUSY_RATIO * float(rate.median())) if rate.notna().any() else BUSY_RATE
    return (rate > limit).rename("centre_flag")


def fit_residual(
    harm: _Floats, exposure: _Floats, deprivation: _Floats, *, dispersion: float, left_out: NDArray[np.bool_]
) -> ResidualFit | None:
    r"""Regression of harm on deprivation with the spread of single areas round it.

    Parameters
    ----------
    harm : ndarray
        Recorded harm, in weight units.
    exposure : ndarray
        Denominator units times years, above zero.
    deprivation : ndarray
        Score; higher is more deprived.
    dispersion : float
        Variance of harm per unit of expected harm (`variance_per_harm`).
    left_out : ndarray of bool
        Areas that do not shape the fit (city centres), but get a residual.

    Returns
    -------
    ResidualFit or None
        None with fewer than ten areas, equal deprivation everywhere, or no harm.

    Notes
    -----
    Quasi-likelihood with log link: :math:`\mu_a = e_a \exp(\beta_0 + \beta_1 x_a)` and
    :math:`\mathrm{Var}(H_a) = d\mu_a + \sigma^2\mu_a^2`. In units of *d* that is the variance of the negative
    binomial, so the library's generalised linear model fits it; :math:`\sigma^2` makes Pearson's statistic equal
    to its degrees of freedom. The prediction interval is that of a log-normal with mean :math:`\mu_a` and squared
    coefficient of variation :math:`d/\mu_a + \sigma^2 + \mathrm{Var}(\log\hat\mu_a)`, by Student's t;
    with fewer than 30 effective events (:math:`\mu_a/d`) it is that of the negative binomial in units of *d*, whose
    lower end may be 0. The shrunk
    ratio is :math:`1 + B_a(H_a/\mu_a - 1)`, :math:`B_a = \sigma^2/(\sigma^2 + d/\mu_a)` (Bühlmann).

    References
    ----------
    McCullagh, P., Nelder, J. A. (1989). Generalized Linear Models, 2nd ed., chapter 9. Chapman & Hall.
    Breslow, N. E. (1984). Extra-Poisson variation in log-linear models. Applied Statistics 33, 38-44.
    """
    fitted = ~left_out
    x = deprivation[fitted]
    if fitted.sum() < LEAST_AREAS or not np.ptp(x) > 0 or not dispersion > 0 or not harm[fitted].sum() > 0:
        return None
    centre, scale = float(np.mean(x)), float(np.std(x))
    design = np.column_stack([np.ones(deprivation.size), (deprivation - centre) / scale])
    with threadpool_limits(1):
        spread = _spread(harm[fitted] / dispersion, design[fitted], np.log(exposure[fitted]))
        result = _glm(harm[fitted] / dispersion, design[fitted], np.log(exposure[fitted]), spread)
        covariance = np.asarray(result.cov_params())
        beta = np.asarray(result.params)
    eta = np.einsum("ij,j->i", design, beta, optimize=False)
    of_mean = np.einsum("ij,jk,ik->i", design, covariance, design, optimize=False)
    expected = exposure * np.exp(eta) * dispersion
    chance = dispersion / expected
    log_variance = np.log1p(chance + spread + of_mean)
    reach = stats.t.ppf(0.975, int(fitted.sum()) - design.shape[1]) * np.sqrt(log_variance)
    middle = np.log(expected) - log_variance / 2
    low, high = _limits(middle, reach, expected / dispersion, spread + of_mean, dispersion)
    return ResidualFit(
        expected=expected,
        low=low,
        high=high,
        shrunk=1.0 + spread / (spread + chance) * (harm / expected - 1.0),
        intercept=float(beta[0] + np.log(dispersion)),
        slope=float(beta[1]),
        slope_se=float(np.sqrt(covariance[1, 1])),
        spread=float(np.sqrt(spread)),
        variance_per_harm=dispersion,
    )


def _limits(
    middle: _Floats, reach: _Floats, events: _Floats, spread: _Floats, dispersion: float
) -> tuple[_Floats, _Floats]:
    """Interval by the log-normal where events are many, by the negative binomial where they are few."""
    low, high = np.exp(middle - reach), np.exp(middle + reach)
    few = events < _FEW
    if few.any():
        shape = 1.0 / np.maximum(spread[few], 1e-9)
        counted = stats.nbinom(shape, shape / (shape + events[few]))
        # Half an event of room on each side: harm comes in events of unequal weight, not in whole steps.
        below, above = counted.ppf(0.025), counted.ppf(0.975)
        low[few] = np.where(below > 0, (below - 0.5) * dispersion, 0.0)
        high[few] = np.maximum(high[few], (above + 0.5) * dispersion)
    return low, high


def _glm(response: _Floats, design: _Floats, offset: _Floats, spread: float) -> Any:
    # Imported here: a run without deprivation need not wait two seconds for it.
    from statsmodels.genmod import families
    from statsmodels.genmod.generalized_linear_model import GLM
    from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

    family = families.NegativeBinomial(alpha=spread) if spread > 0 else families.Poisson()
    with warnings.catch_warnings():
        # Areas that follow deprivation exactly are a good fit here, and no reason to doubt the parameters.
        warnings.simplefilter("ignore", PerfectSeparationWarning)
        return GLM(response, design, family=family, offset=offset).fit(scale=1.0)


def _spread(response: _Floats, design: _Floats, offset: _Floats) -> float:
    """Variance of the areas' effects that makes Pearson's statistic equal its degrees of freedom; at least 0."""
    free = float(response.size - design.shape[1])

    def excess(spread: float) -> float:
        found = float(_glm(response, design, offset, spread).pearson_chi2)
        return found - free

    if excess(0.0) <= 0:
        return 0.0
    if excess(_LARGEST_SPREAD) > 0:
        return _LARGEST_SPREAD
    return float(optimize.brentq(excess, 1e-10, _LARGEST_SPREAD, xtol=1e-8, full_output=False))
