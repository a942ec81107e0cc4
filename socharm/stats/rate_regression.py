"""Regression of amounts on covariates with log link, in steps that cannot run away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["RateFit", "fit_rates"]

_Floats = NDArray[np.float64]

_ROUNDS: Final = 200
#: A step changes no area's logarithm by more than this, and is halved until the fit is no worse.
_LONGEST: Final = 3.0
_HALVINGS: Final = 40
#: Logarithms beyond these are no rate of anything, and their exponentials no longer numbers.
_FARTHEST: Final = 300.0


@dataclass(frozen=True, kw_only=True, eq=False)
class RateFit:
    """Coefficients, their covariance, and the expected amount of each area."""

    coefficients: _Floats
    covariance: _Floats
    expected: _Floats


def fit_rates(
    response: _Floats, design: _Floats, offset: _Floats, spread: _Floats | float, *, start: _Floats | None = None
) -> RateFit:
    r"""Maximum quasi-likelihood of :math:`\mu = e^{o + X\beta}` with variance :math:`\mu + s\mu^2`.

    Parameters
    ----------
    response : ndarray of shape (n,)
        At least 0, not all 0.
    design : ndarray of shape (n, p)
        Of full rank, the first column ones.
    offset : ndarray of shape (n,)
    spread : ndarray of shape (n,) or float
        The *s* of each area, at least 0; 0 is Poisson.
    start : ndarray of shape (p,), optional
        Coefficients to start from; the result is the same from anywhere, and sooner from near.

    Notes
    -----
    With *s* known the likelihood of the negative binomial under a log link is concave, so scoring with halved steps
    finds its top from anywhere. Plain scoring overshoots where one area is far from all others, and ends in numbers
    that are none.

    References
    ----------
    McCullagh, P., Nelder, J. A. (1989). Generalized Linear Models, 2nd ed., chapter 9. Chapman & Hall.

    Examples
    --------
    >>> fit = fit_rates(np.array([2.0, 4.0, 6.0]), np.ones((3, 1)), np.zeros(3), 0.0)
    >>> round(float(np.exp(fit.coefficients[0])), 6), round(float(fit.covariance[0, 0]), 6)
    (4.0, 0.083333)
    """
    s = np.broadcast_to(np.asarray(spread, dtype=np.float64), response.shape)
    beta = np.zeros(design.shape[1])
    beta[0] = np.log(np.add.reduce(response) / np.add.reduce(np.exp(offset)))
    beta = beta if start is None else start
    loss = _loss(response, _log_expected(design, beta, offset), s)
    for _ in range(_ROUNDS):
        expected = np.exp(_log_expected(design, beta, offset))
        score = np.einsum("ij,i->j", design, (response - expected) / (1.0 + s * expected), optimize=False)
        step = np.einsum("ij,j->i", _inverse(design, expected, s), score, optimize=False)
        reach = float(np.max(np.abs(np.einsum("ij,j->i", design, step, optimize=False))))
        if not reach > 1e-12:
            break
        step = step * min(1.0, _LONGEST / reach)
        for _ in range(_HALVINGS):
            new = _loss(response, _log_expected(design, beta + step, offset), s)
            if new <= loss + 1e-13 * abs(loss):
                break
            step = step / 2
        else:
            break
        beta, loss = beta + step, new
    expected = np.exp(_log_expected(design, beta, offset))
    return RateFit(coefficients=beta, covariance=_inverse(design, expected, s), expected=expected)


def _log_expected(design: _Floats, beta: _Floats, offset: _Floats) -> _Floats:
    eta = offset + np.einsum("ij,j->i", design, beta, optimize=False)
    return np.asarray(np.clip(eta, -_FARTHEST, _FARTHEST), dtype=np.float64)


def _loss(response: _Floats, eta: _Floats, s: _Floats) -> float:
    """Minus the logarithm of the likelihood, without what the coefficients do not change."""
    safe = np.where(s > 0, s, 1.0)
    mixed = (response + 1.0 / safe) * np.logaddexp(0.0, np.log(safe) + eta)
    return float(np.add.reduce(np.where(s > 0, mixed, np.exp(eta)) - response * eta))


def _inverse(design: _Floats, expected: _Floats, s: _Floats) -> _Floats:
    information = np.einsum("ij,i,ik->jk", design, expected / (1.0 + s * expected), design, optimize=False)
    return np.asarray(np.linalg.pinv(information, hermitian=True), dtype=np.float64)
