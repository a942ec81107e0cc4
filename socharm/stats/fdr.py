"""Adjusted p-values: how many of the areas called hot are so by chance."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from socharm._checks import require_choice
from socharm.errors import ParameterError

__all__ = ["CORRECTIONS", "adjust", "first_threshold", "holm"]

#: Corrections by name: Benjamini-Hochberg, Benjamini-Yekutieli, none.
CORRECTIONS: Final = ("bh", "by", "none")


def adjust(p: NDArray[np.float64], method: str = "bh") -> NDArray[np.float64]:
    r"""Adjusted p-values of one family of tests.

    Parameters
    ----------
    p : ndarray of shape (m,)
        From 0 to 1; NaN stands for no test and is not counted.
    method : {"bh", "by", "none"}
        Benjamini-Hochberg (independent or positively dependent tests), Benjamini-Yekutieli (any
        dependence), or p as it is.

    Returns
    -------
    ndarray of shape (m,)
        Rejecting where it is at most ``q`` keeps the false discovery rate at ``q``. NaN stays NaN.

    Raises
    ------
    ParameterError
        A p outside 0 to 1, or an unknown method.

    Notes
    -----
    With :math:`p_{(1)} \le \dots \le p_{(m)}`: :math:`\tilde p_{(i)} = \min_{j \ge i} \min(1, c\,m\,p_{(j)}/j)`,
    :math:`c = 1` for Benjamini-Hochberg and :math:`\sum_{j=1}^m 1/j` for Benjamini-Yekutieli.

    References
    ----------
    Benjamini, Y. and Hochberg, Y. (1995). Controlling the false discovery rate. *Journal of the Royal
    Statistical Society B* 57, 289-300. Benjamini, Y. and Yekutieli, D. (2001). The control of the false
    discovery rate in multiple testing under dependency. *Annals of Statistics* 29, 1165-1188.

    Examples
    --------
    >>> adjust(np.array([0.01, 0.04, 0.03, 0.5])).round(3).tolist()
    [0.04, 0.053, 0.053, 0.5]
    """
    require_choice(method, CORRECTIONS, name="correction")
    p = np.asarray(p, dtype=np.float64)
    tested = np.flatnonzero(~np.isnan(p))
    if np.any((p[tested] < 0) | (p[tested] > 1)):
        raise ParameterError(f"`p` runs from {np.nanmin(p):g} to {np.nanmax(p):g}; it must lie from 0 to 1.")
    if method == "none" or tested.size == 0:
        return p.copy()
    m = tested.size
    order = tested[np.argsort(-p[tested], kind="stable")]
    place = np.arange(m, 0, -1, dtype=np.float64)
    factor = _factor(m, method)
    adjusted = np.full(p.shape, np.nan)
    adjusted[order] = np.minimum(np.minimum.accumulate(p[order] * (factor * m / place)), 1.0)
    return adjusted


def _factor(tests: int, method: str) -> float:
    """What Benjamini-Yekutieli multiplies p by beside Benjamini-Hochberg."""
    places = np.arange(tests, 0, -1, dtype=np.float64)
    return float(np.add.reduce(1.0 / places)) if method == "by" else 1.0


def first_threshold(tests: int, level: float, method: str = "bh") -> float:
    """What the p of a single test must not exceed, all others being large, for it to be rejected.

    Examples
    --------
    >>> first_threshold(1_000, 0.025), first_threshold(1_000, 0.025, "none")
    (2.5e-05, 0.025)
    """
    require_choice(method, CORRECTIONS, name="correction")
    return level if method == "none" or tests == 0 else level / (tests * _factor(tests, method))


def holm(p: NDArray[np.float64]) -> NDArray[np.float64]:
    r"""P-values adjusted so that one false finding among all is as rare as each was (Holm 1979).

    Notes
    -----
    :math:`\tilde p_{(i)} = \max_{j \le i} \min(1, (m - j + 1)\, p_{(j)})` of *m* sorted p-values.

    Examples
    --------
    >>> holm(np.array([0.01, 0.04, 0.03])).round(3).tolist()
    [0.03, 0.06, 0.06]
    """
    order = np.argsort(p, kind="stable")
    raised = np.maximum.accumulate(np.minimum(1.0, p[order] * np.arange(p.size, 0, -1)))
    made = np.empty(p.size)
    made[order] = raised
    return made
