"""Harm beyond what an area's deprivation would lead one to expect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import scipy
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from socharm._columns import OFFENCE, N
from socharm.severity.index import SeverityIndex
from socharm.stats.rate_regression import fit_rates

__all__ = ["LEAST_AREAS", "ResidualFit", "fit_residual", "variance_per_harm"]

_Floats = NDArray[np.float64]

#: Fewer areas than this carry no regression worth a map.
LEAST_AREAS: Final = 10

_LARGEST_SPREAD: Final = 25.0

#: Growth of the variance of areas' effects, in logarithms per standard deviation of deprivation, is looked for so far …
_MOST_GROWTH: Final = 1.5
#: … and in so many areas; fewer do not tell growth from two areas that stand out.
_LEAST_FOR_GROWTH: Final = 30

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
        95% prediction interval of the recorded harm.
    shrunk : ndarray
        Shrunk ratio of recorded to expected harm.
    intercept, slope : float
        Of log harm per exposure on deprivation in standard deviations.
    slope_se : float
    spread : float
        Standard deviation of the areas' own multiplicative effects (sigma) at mean deprivation.
    spread_growth : float
        How much larger it is for each standard deviation more of deprivation (0.2 is a fifth, 0 is the same
        in all areas); fitted from 30 areas on.
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
    spread_growth: float
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
        None with fewer than ten areas, equal deprivation in all, or no harm.

    Notes
    -----
    Quasi-likelihood with log link: :math:`\mu_a = e_a \exp(\beta_0 + \beta_1 x_a)` and
    :math:`\mathrm{Var}(H_a) = d\mu_a + \sigma_a^2\mu_a^2`. In units of *d* that is the variance of the negative
    binomial (`fit_rates`). Areas may differ more where deprivation is high:
    :math:`\sigma_a^2 = \sigma^2 e^{\gamma x_a}`, where :math:`\sigma^2` makes Pearson's statistic equal to its degrees
    of freedom and :math:`\gamma` leaves squared deviances without a trend in *x*; it is then multiplied by
    :math:`\max(0, 1 - \mathrm{se}^2/\hat\gamma^2)`. The prediction interval is that of a log-normal with mean
    :math:`\mu_a` and squared coefficient of variation
    :math:`d/\mu_a + \sigma_a^2 + \mathrm{Var}(\log\hat\mu_a)`, by Student's t;
    with fewer than 30 effective events (:math:`\mu_a/d`) it is that of the negative binomial in units of *d*, whose
    lower end may be 0. The shrunk
    ratio is :math:`1 + B_a(H_a/\mu_a - 1)`, :math:`B_a = \sigma_a^2/(\sigma_a^2 + d/\mu_a)` (Bühlmann).

    References
    ----------
    McCullagh, P., Nelder, J. A. (1989). Generalized Linear Models, 2nd ed., chapter 9. Chapman & Hall.
    Breslow, N. E. (1984). Extra-Poisson variation in log-linear models. Applied Statistics 33, 38-44.
    Davidian, M., Carroll, R. J. (1987). Variance function estimation. Journal of the American Statistical Association
    82, 1079-1091.
    """
    fitted = ~left_out
    x = deprivation[fitted]
    if fitted.sum() < LEAST_AREAS or not np.ptp(x) > 0 or not dispersion > 0 or not harm[fitted].sum() > 0:
        return None
    centre, scale = float(np.mean(x)), float(np.std(x))
    design = np.column_stack([np.ones(deprivation.size), (deprivation - centre) / scale])
    with threadpool_limits(1):
        inputs = harm[fitted] / dispersion, design[fitted], np.log(exposure[fitted])
        spreads = _spread(*inputs)
        result = fit_rates(*inputs, spreads.at(design[fitted, 1]))
    beta, covariance = result.coefficients, result.covariance
    # Beyond the areas that shaped the fit nothing is known of how the spread goes on.
    spread = spreads.at(np.clip(design[:, 1], design[fitted, 1].min(), design[fitted, 1].max()))
    eta = np.einsum("ij,j->i", design, beta, optimize=False)
    of_mean = np.einsum("ij,jk,ik->i", design, covariance, design, optimize=False)
    expected = exposure * np.exp(eta) * dispersion
    chance = dispersion / expected
    log_variance = np.log1p(chance + spread + of_mean)
    reach = scipy.stats.t.ppf(0.975, int(fitted.sum()) - design.shape[1]) * np.sqrt(log_variance)
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
        spread=float(np.sqrt(spreads.middle)),
        spread_growth=float(np.expm1(spreads.growth / 2)),
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
        counted = scipy.stats.nbinom(shape, shape / (shape + events[few]))
        # Half an event of room on each side: harm comes in events of unequal weight, not in whole steps.
        below, above = counted.ppf(0.025), counted.ppf(0.975)
        low[few] = np.where(below > 0, (below - 0.5) * dispersion, 0.0)
        high[few] = np.maximum(high[few], (above + 0.5) * dispersion)
    return low, high


@dataclass(frozen=True, kw_only=True, eq=False)
class _Spread:
    """Variance of areas' own effects: `middle` at mean deprivation, times exp(`growth`) for each standard deviation."""

    middle: float
    growth: float
    growth_se: float

    def at(self, x: _Floats) -> _Floats:
        return np.asarray(self.middle * np.exp(self.growth * x), dtype=np.float64)


def _spread(response: _Floats, design: _Floats, offset: _Floats) -> _Spread:
    """Level that makes Pearson's statistic its degrees of freedom, growth that leaves no trend in deviances."""
    x = design[:, 1]
    level = _level(response, design, offset, np.ones(x.size))
    if not 0.0 < level < _LARGEST_SPREAD or x.size < _LEAST_FOR_GROWTH:
        return _Spread(middle=level, growth=0.0, growth_se=float("nan"))

    def left(growth: float) -> float:
        return _growth_left(response, design, offset, growth)[0]

    ends = left(-_MOST_GROWTH), left(_MOST_GROWTH)
    if ends[0] <= 0 or ends[1] >= 0:
        found = -_MOST_GROWTH if ends[0] <= 0 else _MOST_GROWTH
    else:
        found = float(scipy.optimize.brentq(left, -_MOST_GROWTH, _MOST_GROWTH, xtol=1e-5, full_output=False))
    error = _growth_left(response, design, offset, found)[1]
    # Growth that is no more than its own error says nothing; beyond it the estimate is drawn towards none.
    kept = found * max(0.0, 1.0 - (error / found) ** 2) if found else 0.0
    middle = _level(response, design, offset, np.exp(kept * x)) if kept else level
    return _Spread(middle=middle, growth=kept, growth_se=error)


def _level(response: _Floats, design: _Floats, offset: _Floats, shape: _Floats) -> float:
    """Times `shape` the variance of the areas' effects that makes Pearson's statistic its degrees of freedom."""
    free = float(response.size - design.shape[1])
    start: _Floats | None = None
    # Worked out once for each level: with one area far off the fit depends on its start by more than rounding.
    known: dict[float, float] = {}

    def excess(level: float) -> float:
        nonlocal start
        if level in known:
            return known[level]
        fit = fit_rates(response, design, offset, level * shape, start=start)
        start, expected = fit.coefficients, fit.expected
        variance = expected * (1.0 + level * shape * expected)
        known[level] = float(np.add.reduce((response - expected) ** 2 / variance)) - free
        return known[level]

    if excess(0.0) <= 0:
        return 0.0
    if excess(_LARGEST_SPREAD) > 0:
        return _LARGEST_SPREAD
    if excess(1e-10) <= 0:
        return 0.0
    return float(scipy.optimize.brentq(excess, 1e-10, _LARGEST_SPREAD, xtol=1e-8, full_output=False))


def _growth_left(response: _Floats, design: _Floats, offset: _Floats, growth: float) -> tuple[float, float]:
    """How much the squared deviances still grow with deprivation, and the standard error of `growth`."""
    x = design[:, 1]
    shape = np.exp(growth * x)
    spread = _level(response, design, offset, shape) * shape
    if not spread[0] > 0:
        return 0.0, float("inf")
    expected = fit_rates(response, design, offset, spread).expected
    squared = _squared_deviance(response, expected, spread)
    # Share of an area's variance that is spread: where chance is most of it, an area says little about spread.
    told = spread * expected / (1.0 + spread * expected)
    squared = squared * np.add.reduce(told) / np.add.reduce(told * squared)
    lever = told * (x - np.add.reduce(told * told * x) / np.add.reduce(told * told))
    noise = np.sqrt(np.add.reduce((lever * (squared - 1.0)) ** 2))
    return float(np.add.reduce(lever * (squared - 1.0))), float(noise / np.add.reduce(lever * lever))


def _squared_deviance(response: _Floats, expected: _Floats, spread: _Floats) -> _Floats:
    """Squared deviance residuals of the negative binomial: near those of a normal where Pearson's have long tails."""
    with np.errstate(divide="ignore", invalid="ignore"):
        own = np.where(response > 0, response * np.log(response / expected), 0.0)
    both = (response + 1.0 / spread) * np.log((1.0 + spread * response) / (1.0 + spread * expected))
    return np.asarray(np.maximum(2.0 * (own - both), 0.0), dtype=np.float64)
