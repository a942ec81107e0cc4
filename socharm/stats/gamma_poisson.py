"""Gamma-Poisson rates of several offences with one effect of the area: prior, posterior, draws.

Area *a*, offence *o*: count ``n_ao ~ Poisson(lambda_ao e_a)``, inflated by ``phi_o``, and

    ``lambda_ao = mean_ao * exp(gamma_o u_a - gamma_o^2 / 2) * theta_ao``,
    ``u_a ~ Normal(0, 1)``, ``theta_ao ~ Gamma(shape_o, shape_o)``.

With every loading ``gamma_o`` zero this is the plain model of independent Gamma priors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["AreaPosterior", "Prior", "area_posterior", "fit_loadings", "fit_prior", "moments"]

_Floats = NDArray[np.float64]

#: A between-area variance below this many standard errors (under no variance) is not identified.
IDENTIFIED: Final = 2.0

_NODES: Final = 61
_RANGE: Final = 5.0
_MOST_SHARED: Final = 0.95
_LEAST_SHAPE: Final = 0.05


@dataclass(frozen=True, eq=False)
class Prior:
    """Prior of the rates, one entry for each offence.

    Attributes
    ----------
    mean : events per unit of exposure
    shape : of the Gamma part
    loading : of the effect of the area; 0 in the plain model
    phi : over-dispersion over time, at least 1
    identified : whether the variance between areas stood out from chance
    """

    mean: _Floats
    shape: _Floats
    loading: _Floats
    phi: _Floats
    identified: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class AreaPosterior:
    """Posterior of the rates given the counts.

    Attributes
    ----------
    nodes : array of shape (nodes,), values of the effect of the area
    node_probability : array of shape (areas, nodes)
    shape : array of shape (areas, offences), of the Gamma posterior of ``theta``
    factor : array of shape (offences, nodes), ``mean * exp(gamma u - gamma^2 / 2)``
    effort : array of shape (areas, offences), exposure over ``phi``
    prior : Prior
    mean : array of shape (areas, offences), posterior mean of the rate
    shock : standard deviation of the log by which all offences of an area moved together in the window
    """

    nodes: _Floats
    node_probability: _Floats
    shape: _Floats
    factor: _Floats
    effort: _Floats
    prior: Prior
    mean: _Floats
    shock: float = 0.0


def moments(n: _Floats, exposure: _Floats, phi: float) -> tuple[float, float, float]:
    """Mean rate, variance of the rate between areas, and its standard error if there were none.

    Parameters
    ----------
    n, exposure : arrays of shape (areas,); exposure above zero
    phi : float

    Notes
    -----
    ``m = sum n / sum e`` and ``A = (sum e (r - m)^2 - phi m (N - 1)) / (sum e - sum e^2 / sum e)``; under
    ``A = 0`` its standard error is ``phi m sqrt(2 (N - 1)) / (sum e - sum e^2 / sum e)`` where counts are not
    tiny, and ``sqrt(phi m sum 1 / e)`` is added under the root where they are.

    References
    ----------
    Marshall, R. J. (1991). Mapping disease and mortality rates using empirical Bayes estimators.
    *Applied Statistics* 40(2), 283-294.

    Examples
    --------
    >>> moments(np.array([2.0, 6.0]), np.array([1.0, 1.0]), 1.0)[:2]
    (4.0, 4.0)
    """
    total = float(np.sum(exposure))
    mean = float(np.sum(n)) / total
    areas = n.size
    spare = total - float(np.sum(exposure**2)) / total
    if areas < 2 or mean == 0 or spare <= 0:
        return mean, 0.0, np.inf
    between = (float(np.sum((n - mean * exposure) ** 2 / exposure)) - phi * mean * (areas - 1)) / spare
    noise = 2 * phi**2 * mean**2 * (areas - 1) + phi**2 * mean * float(np.sum(1 / exposure))
    return mean, between, float(np.sqrt(noise)) / spare


def fit_prior(n: _Floats, exposure: _Floats, phi: _Floats, *, area_effect: bool = True) -> Prior:
    """Prior by moments; the effect of the area from how the offences move together.

    Parameters
    ----------
    n : array of shape (areas, offences)
    exposure : array of shape (areas,), above zero
    phi : array of shape (offences,)
    area_effect : bool
        False leaves the priors independent.

    Notes
    -----
    Where the variance between areas is not identified it is set to half its standard error under no
    variance (one area: to the squared mean, a prior that says little).
    """
    offences = n.shape[1]
    mean, between, identified = np.empty(offences), np.empty(offences), np.zeros(offences, dtype=bool)
    for o in range(offences):
        m, variance, error = moments(n[:, o], exposure, float(phi[o]))
        # Half an event in all stands for none: a rate of exactly zero would be certain.
        mean[o] = m if m > 0 else 0.5 / float(np.sum(exposure))
        identified[o] = variance > IDENTIFIED * error
        floor = 0.5 * error if np.isfinite(error) else mean[o] ** 2
        between[o] = max(variance, floor)
    relative = between / mean**2
    loading = np.zeros(offences)
    if area_effect and n.shape[0] > 2 and identified.sum() > 1:
        loading = fit_loadings(n, exposure, mean, np.log1p(relative), identified)
    shape = 1.0 / np.maximum((1 + relative) * np.exp(-(loading**2)) - 1, 1e-6)
    return Prior(
        mean=mean, shape=np.maximum(shape, _LEAST_SHAPE), loading=loading, phi=phi.copy(), identified=identified
    )


def fit_loadings(
    n: _Floats, exposure: _Floats, mean: _Floats, log_variance: _Floats, identified: NDArray[np.bool_]
) -> _Floats:
    """One-factor loadings from the covariance of relative rates between offences.

    Notes
    -----
    Off the diagonal, ``log(1 + cov_op) = gamma_o gamma_p`` in the model and chance has expectation
    zero. Least squares over pairs on the scale of correlations, with a ridge of ``1 / sqrt(areas)``; a loading
    explains at most 95% of its offence's variance. Offences whose variance is not identified have no loading.
    """
    loading = np.zeros(mean.size)
    use = np.flatnonzero(identified)
    relative = n[:, use] / exposure[:, None] / mean[use] - 1
    share = exposure / np.sum(exposure)
    covariance = np.einsum("a,ao,ap->op", share, relative, relative, optimize=False)
    target = np.log1p(np.maximum(covariance, -0.9))
    scale = np.sqrt(log_variance[use])
    # On the scale of correlations every pair counts alike.
    correlation = np.clip(target / np.outer(scale, scale), -1, 1)
    np.fill_diagonal(correlation, 0.0)
    value = np.full(use.size, 0.5)
    # Chance correlations of 1 / sqrt(areas) must not let one offence carry the factor alone.
    ridge = 1.0 / np.sqrt(n.shape[0])
    for _ in range(500):
        old = value.copy()
        for o in range(use.size):
            others = float(np.sum(value**2)) - value[o] ** 2
            value[o] = float(np.sum(correlation[o] * value)) / (others + ridge)
        value = np.clip(value, -np.sqrt(_MOST_SHARED), np.sqrt(_MOST_SHARED))
        if np.max(np.abs(value - old)) < 1e-10:
            break
    loading[use] = value * scale
    return loading


def area_posterior(n: _Floats, exposure: _Floats, prior: Prior) -> AreaPosterior:
    """Posterior by effective counts ``n / phi`` and effective exposure ``e / phi``.

    Parameters
    ----------
    n : array of shape (areas, offences)
    exposure : array of shape (areas,), at least 0

    Notes
    -----
    Given ``u`` the rates are independent: ``theta | u ~ Gamma(shape + n / phi, shape + level e / phi)``. The
    effect of the area is summed over 61 nodes from -5 to 5, with the negative binomial likelihood of
    the effective counts; posterior means are sums, not simulations.
    """
    plain = not np.any(prior.loading)
    nodes = np.zeros(1) if plain else np.linspace(-_RANGE, _RANGE, _NODES)
    factor = prior.mean[:, None] * np.exp(np.outer(prior.loading, nodes) - (prior.loading**2)[:, None] / 2)
    effective, effort = n / prior.phi, exposure[:, None] / prior.phi
    shape = prior.shape + effective
    log_weight = np.tile(-(nodes**2) / 2, (n.shape[0], 1))
    for o in range(n.shape[1]):
        rate = prior.shape[o] + effort[:, o, None] * factor[o]
        log_weight += effective[:, o, None] * np.log(factor[o]) - shape[:, o, None] * np.log(rate)
    log_weight -= log_weight.max(axis=1, keepdims=True)
    probability = np.exp(log_weight)
    probability /= probability.sum(axis=1, keepdims=True)
    mean = np.empty_like(shape)
    for o in range(n.shape[1]):
        level = factor[o] / (prior.shape[o] + effort[:, o, None] * factor[o])
        mean[:, o] = shape[:, o] * np.sum(probability * level, axis=1)
    return AreaPosterior(
        nodes=nodes, node_probability=probability, shape=shape, factor=factor, effort=effort, prior=prior, mean=mean
    )
