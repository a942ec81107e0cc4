"""Counts by area and period with an effect for each of both: expected counts, and what a few regressors add."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["TwoWayFit", "fit_two_way", "two_way_means"]

_Floats = NDArray[np.float64]
_Mask = NDArray[np.bool_]

_STEPS: Final = 100
_CLOSE: Final = 1e-10
#: Largest step of a coefficient, on the logarithm.
_LONGEST: Final = 2.0


@dataclass(frozen=True, eq=False)
class TwoWayFit:
    """A Poisson fit with area and period effects.

    Attributes
    ----------
    beta : array of shape (k,)
    covariance : array of shape (k, k)
        Of Poisson counts: the inverse of the information on `beta`, the effects taken out.
    clustered : array of shape (k, k)
        Sandwich with each area as a cluster, times G / (G - 1).
    jackknife : array of shape (k, k)
        Spread of `beta` with one area left out in turn (one step of Newton each), times (G - 1) / G; missing where
        `beta` cannot be told without one of them.
    mean : array of shape (areas, periods)
        0 where not known.
    dispersion : float
        Squared Pearson residuals per degree of freedom.
    converged : bool
    """

    beta: _Floats
    covariance: _Floats
    clustered: _Floats
    jackknife: _Floats
    mean: _Floats
    dispersion: float
    converged: bool


def two_way_means(y: _Floats, known: _Mask, exposure: _Floats) -> _Floats:
    """Expected counts by area and period effects alone, by alternating proportions.

    Parameters
    ----------
    y : array of shape (areas, periods)
    known : array of bool, the same shape
    exposure : array, the same shape, above 0 where known

    Returns
    -------
    array of shape (areas, periods)
        Its sums over known periods and over known areas are those of `y`; 0 where not known.

    Examples
    --------
    >>> two_way_means(np.array([[2.0, 2.0], [4.0, 8.0]]), np.ones((2, 2), bool), np.ones((2, 2))).tolist()
    [[1.5, 2.5], [4.5, 7.5]]
    """
    seen, weight = np.where(known, y, 0.0), np.where(known, exposure, 0.0)
    rows, columns = seen.sum(axis=1), seen.sum(axis=0)
    period = np.ones(y.shape[1])
    area = np.ones(y.shape[0])
    for _ in range(_STEPS * 5):
        area = _over(rows, weight @ period)
        again = _over(columns, area @ weight)
        moved = float(np.max(np.abs(again - period) / np.maximum(np.abs(again), 1e-300), initial=0.0))
        period = again
        if moved < _CLOSE:
            break
    return np.asarray(area[:, None] * period * weight, dtype=np.float64)


def _over(part: _Floats, whole: _Floats) -> _Floats:
    return np.divide(part, whole, out=np.zeros(part.shape), where=whole > 0)


def fit_two_way(y: _Floats, known: _Mask, exposure: _Floats, x: _Floats) -> TwoWayFit:
    r"""Maximum likelihood of :math:`\mu_{at} = e_{at} \exp(\alpha_a + \gamma_t + x_{at}' \beta)`.

    Parameters
    ----------
    y : array of shape (areas, periods)
        Every area, and every period, with a known amount above zero.
    known : array of bool, the same shape
    exposure : array, the same shape
    x : array of shape (k, areas, periods)

    Raises
    ------
    numpy.linalg.LinAlgError
        A regressor is a mixture of the effects and the others.

    Notes
    -----
    The area effects are solved for exactly at each step, so that the likelihood is that of multinomial counts given the
    totals of the areas, which is concave; Newton's steps, halved until it rises.
    """
    seen, weight = np.where(known, y, 0.0), np.where(known, exposure, 0.0)
    totals, periods = seen.sum(axis=1), y.shape[1]
    with np.errstate(divide="ignore"):
        level = np.log(_over(seen.sum(axis=0), two_way_means(np.ones_like(y), known, exposure).sum(axis=0)))
    theta = np.concatenate([level[1:] - level[0], np.zeros(len(x))])

    def means(theta: _Floats) -> tuple[_Floats, float]:
        eta = np.concatenate([[0.0], theta[: periods - 1]]) + np.tensordot(theta[periods - 1 :], x, axes=1)
        eta = eta - np.max(np.where(known, eta, -np.inf), axis=1, keepdims=True)
        raw = weight * np.exp(np.where(known, eta, 0.0))
        share = raw / raw.sum(axis=1, keepdims=True)
        return totals[:, None] * share, float(np.sum(seen * np.log(np.where(seen > 0, share, 1.0))))

    mean, likelihood = means(theta)
    converged = False
    for _ in range(_STEPS):
        information, scores, _ = _pieces(seen, mean, x, totals)
        step = np.linalg.solve(information, scores.sum(axis=0))
        longest = float(np.max(np.abs(step), initial=0.0))
        step *= min(1.0, _LONGEST / longest) if longest > 0 else 1.0
        for _ in range(30):
            tried, risen = means(theta + step)
            if risen >= likelihood - 1e-12 * abs(likelihood):
                break
            step = step / 2
        theta, mean, likelihood = theta + step, tried, risen
        if longest < _CLOSE:
            converged = True
            break
    return _with_errors(theta, seen, mean, x, known, converged)


def _pieces(seen: _Floats, mean: _Floats, x: _Floats, totals: _Floats) -> tuple[_Floats, _Floats, _Floats]:
    """Information on periods (but the first) and regressors, the score of each area, and the design within areas."""
    areas, periods = mean.shape
    k = len(x)
    design = np.zeros((areas, periods, periods - 1 + k))
    design[:, np.arange(1, periods), np.arange(periods - 1)] = 1.0
    design[:, :, periods - 1 :] = np.moveaxis(x, 0, 2)
    scores = np.einsum("atj,at->aj", design, seen - mean)
    centre = np.einsum("atj,at->aj", design, mean) / totals[:, None]
    within = design - centre[:, None, :]
    flat = within.reshape(areas * periods, -1)
    information = flat.T @ (flat * mean.reshape(-1, 1))
    return information, scores, within


def _with_errors(theta: _Floats, seen: _Floats, mean: _Floats, x: _Floats, known: _Mask, converged: bool) -> TwoWayFit:
    areas, periods = mean.shape
    information, scores, within = _pieces(seen, mean, x, seen.sum(axis=1))
    inverse: _Floats = np.asarray(np.linalg.inv(information), dtype=np.float64)
    at = slice(periods - 1, None)
    influence = (scores @ inverse)[:, at]
    clustered = influence.T @ influence * areas / (areas - 1)
    without = np.full((areas, len(x)), np.nan)
    for area in range(areas):
        part = within[area].T @ (within[area] * mean[area][:, None])
        left = information - part
        if np.linalg.cond(left) < 1e10:
            without[area] = -np.linalg.solve(left, scores[area])[at]
    jackknife = without.T @ without * (areas - 1) / areas
    residual = _over((seen - mean) ** 2, mean)
    df = int(known.sum()) - areas - (periods - 1) - len(x)
    return TwoWayFit(
        beta=theta[at], covariance=inverse[at, at], clustered=clustered, jackknife=jackknife, mean=mean,
        dispersion=float(residual.sum()) / df if df > 0 else np.nan, converged=converged,
    )  # fmt: skip
