"""Least squares that a few outlying rows do not shape: Tukey's bisquare."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["MEDIAN_OF_NORMAL", "bisquare", "bisquare_residuals"]

_Floats = NDArray[np.float64]

#: Tukey's constant: 95% as good as least squares where residuals are normal.
_BISQUARE: Final = 4.685
#: Median of the absolute value of a standard normal.
MEDIAN_OF_NORMAL: Final = 0.6744897501960817
_ROUNDS: Final = 200


def bisquare_residuals(response: _Floats, design: _Floats) -> tuple[_Floats, _Floats, _Floats]:
    """Coefficients, fitted values, and residuals over the root of one less leverage.

    Parameters
    ----------
    response : ndarray of shape (n,)
    design : ndarray of shape (n, p)
        Of full rank.
    """
    coefficients = bisquare(response, design)
    fitted = np.einsum("ij,j->i", design, coefficients, optimize=False)
    inverse = np.linalg.inv(np.einsum("ij,ik->jk", design, design, optimize=False))
    leverage = np.einsum("ij,jk,ik->i", design, inverse, design, optimize=False)
    return coefficients, fitted, (response - fitted) / np.sqrt(np.maximum(1.0 - leverage, 1e-6))


def bisquare(response: _Floats, design: _Floats) -> _Floats:
    """Coefficients by the bisquare with the median absolute residual as scale, from least squares on.

    Parameters
    ----------
    response : ndarray of shape (n,)
    design : ndarray of shape (n, p)

    Examples
    --------
    >>> at = np.arange(20.0)
    >>> far = 1.0 + 2.0 * at + np.where(at == 19, -500.0, 0.0)
    >>> bisquare(far, np.column_stack([np.ones(20), at])).round(6).tolist()
    [1.0, 2.0]
    """
    beta = np.linalg.lstsq(design, response, rcond=None)[0]
    smallest = 1e-10 * max(1.0, float(np.max(np.abs(response))))
    for _ in range(_ROUNDS):
        gaps = response - np.einsum("ij,j->i", design, beta, optimize=False)
        scale = float(np.median(np.abs(gaps))) / MEDIAN_OF_NORMAL
        if scale <= smallest:
            break  # more than half of the rows lie on the fit, and nothing is left to weigh by
        root = np.maximum(1.0 - (gaps / (_BISQUARE * scale)) ** 2, 0.0)
        new = np.linalg.lstsq(design * root[:, None], response * root, rcond=None)[0]
        moved = float(np.max(np.abs(np.einsum("ij,j->i", design, new - beta, optimize=False))))
        beta = new
        if moved <= 1e-10 * scale:
            break
    return np.asarray(beta, dtype=np.float64)
