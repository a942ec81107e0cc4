"""Small regressions on rows: normal, Poisson and binomial, with the errors that evaluations ask for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
import scipy
from numpy.typing import NDArray

__all__ = ["Family", "RegressionFit", "fit_regression"]

_Floats = NDArray[np.float64]

#: Kinds of response.
Family: TypeAlias = Literal["gaussian", "poisson", "binomial"]
_STEPS: Final = 60
_CLOSE: Final = 1e-12
#: Largest correlation of neighbouring months that is looked for, and steps of the search.
_MOST: Final = 0.98
_HALVINGS: Final = 30


@dataclass(frozen=True, eq=False)
class RegressionFit:
    """A fit by maximum (quasi-)likelihood with the canonical link.

    Attributes
    ----------
    beta : array of shape (k,)
    inverse : array of shape (k, k)
        Inverse of the information for a dispersion of 1.
    scores : array of shape (n, k)
        Of each row.
    dispersion : float
        Squared Pearson residuals over n - k.
    mean, variance, residual : array of shape (n,)
        Of each row: fitted value, its variance for a dispersion of 1, response less fitted value.
    """

    beta: _Floats
    inverse: _Floats
    scores: _Floats
    dispersion: float
    mean: _Floats
    variance: _Floats
    residual: _Floats

    @property
    def df(self) -> int:
        """Rows less coefficients."""
        return len(self.scores) - len(self.beta)

    def classical(self, dispersion: float | None = None) -> _Floats:
        """Covariance of independent rows with one dispersion; estimated unless stated."""
        return self.inverse * (self.dispersion if dispersion is None else dispersion)

    def robust(self) -> _Floats:
        """Covariance of independent rows of any variance, times n / (n - k) (HC1)."""
        return self._sandwich(self.scores.T @ self.scores) * (len(self.scores) / self.df)

    def clustered(self, groups: NDArray[np.intp]) -> _Floats:
        """Covariance of rows that go together in groups, times G/(G-1) and (n-1)/(n-k) (CV1)."""
        count = int(groups.max()) + 1
        sums = np.zeros((count, self.scores.shape[1]))
        np.add.at(sums, groups, self.scores)
        n = len(self.scores)
        return self._sandwich(sums.T @ sums) * (count / (count - 1) * (n - 1) / self.df)

    def newey_west(self, times: _Floats, lags: int) -> _Floats:
        """Covariance of rows that go together up to `lags` apart in time (Bartlett weights), times n / (n - k)."""
        apart = np.abs(times[:, None] - times)
        kernel = np.maximum(0.0, 1.0 - apart / (lags + 1))
        return self._sandwich(self.scores.T @ kernel @ self.scores) * (len(self.scores) / self.df)

    def autoregressive(self, x: _Floats, times: _Floats) -> tuple[_Floats, float, float]:
        r"""Covariance where standardised residuals are autoregressive in time; with correlation and dispersion.

        The correlation of neighbouring months is the one with which residuals of this very design would show, on
        average, the product that they show: :math:`tr(LMRM)/tr(MRM)`, *M* the residual maker, *R* the correlations,
        *L* neighbours. It can raise errors, never lower them.
        """
        root = np.sqrt(self.variance)
        z, residual = x * root[:, None], self.residual / root
        apart = np.abs(times[:, None] - times)
        near = (apart == 1) / 2.0
        maker = np.eye(len(z)) - z @ self.inverse @ z.T

        def parts(rho: float) -> tuple[float, float]:
            shown = maker @ rho**apart @ maker
            return float(np.sum(near * shown)), float(np.trace(shown))

        target = float(residual @ near @ residual) / max(float(residual @ residual), 1e-300)
        low, high = 0.0, _MOST
        for _ in range(_HALVINGS):
            rho = (low + high) / 2
            shown, whole = parts(rho)
            low, high = (rho, high) if shown / whole < target else (low, rho)
        rho = low if low > 2.0**-_HALVINGS else 0.0
        dispersion = float(residual @ residual) / parts(rho)[1]
        middle = z.T @ rho**apart @ z
        return self._sandwich(middle) * dispersion, rho, dispersion

    def _sandwich(self, middle: _Floats) -> _Floats:
        return np.asarray(self.inverse @ middle @ self.inverse, dtype=np.float64)


def fit_regression(
    y: _Floats, x: _Floats, family: Family, *, offset: _Floats | None = None, trials: _Floats | None = None
) -> RegressionFit:
    """Fit by Newton's steps, which for a normal response is least squares at once.

    Parameters
    ----------
    y : array of shape (n,)
        For a binomial response the successes.
    x : array of shape (n, k), of full rank
    family : {"gaussian", "poisson", "binomial"}
    offset : array of shape (n,), optional
        On the scale of the link.
    trials : array of shape (n,), optional
        Of a binomial response.

    Raises
    ------
    numpy.linalg.LinAlgError
        The columns of `x` depend on each other.
    """
    base = np.zeros(len(y)) if offset is None else offset
    of = np.ones(len(y)) if trials is None else trials
    scale = np.sqrt(np.mean(x**2, axis=0))
    z = x / np.where(scale > 0, scale, 1.0)
    if np.linalg.matrix_rank(z) < z.shape[1]:
        raise np.linalg.LinAlgError("the columns depend on each other")
    beta = np.zeros(x.shape[1])
    if family != "gaussian":
        mean_rate = float(y.sum() / (np.exp(base).sum() if family == "poisson" else of.sum()))
        first = np.log(mean_rate) if family == "poisson" else np.log(mean_rate / (1 - mean_rate))
        beta = np.linalg.lstsq(z, np.full(len(y), first), rcond=None)[0]
    mean, variance = _moments(family, base + z @ beta, of)
    for _ in range(1 if family == "gaussian" else _STEPS):
        information = z.T @ (z * variance[:, None])
        step = np.linalg.solve(information, z.T @ (y - mean))
        beta = beta + step
        mean, variance = _moments(family, base + z @ beta, of)
        if float(np.max(np.abs(step))) < _CLOSE:
            break
    inverse = np.linalg.inv(z.T @ (z * variance[:, None])) / np.outer(scale, scale)
    df = max(len(y) - x.shape[1], 1)
    pearson = np.divide((y - mean) ** 2, variance, out=np.zeros(len(y)), where=variance > 0)
    scores = x * (y - mean)[:, None]
    return RegressionFit(beta / scale, inverse, scores, float(pearson.sum()) / df, mean, variance, y - mean)


def _moments(family: Family, eta: _Floats, trials: _Floats) -> tuple[_Floats, _Floats]:
    if family == "gaussian":
        return eta, np.ones(len(eta))
    if family == "poisson":
        mean = np.exp(np.clip(eta, -300, 300))
        return mean, mean
    share = scipy.special.expit(eta)
    return trials * share, trials * share * (1 - share)
