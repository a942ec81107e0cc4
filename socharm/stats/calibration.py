"""Weights that bring totals of a sample to given totals and stay near to where they began: calibration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Calibrated", "Distance", "calibrate"]

_Floats = NDArray[np.float64]
#: How far weights lie from where they began: chi-square, or entropy.
Distance: TypeAlias = Literal["linear", "raking"]

#: Steps of Newton's method.
_STEPS: Final = 100
#: A total is met within this share of the largest one.
_MET: Final = 1e-9
#: What keeps the matrix of the Newton step regular where totals say the same twice.
_REGULAR: Final = 1e-11
#: No weight is this often where it began.
_MOST: Final = 500.0


@dataclass(frozen=True)
class Calibrated:
    """Weights, and how far the totals that they make are from the given ones.

    Attributes
    ----------
    weights : array of shape (n_rows,)
    lacking : array of shape (n_columns,)
        Total that is made, less the given one.
    met : bool
        Whether every total that must be met is.
    """

    weights: _Floats
    lacking: _Floats
    met: bool


def calibrate(
    rows: _Floats, totals: _Floats, start: _Floats, *, distance: Distance = "linear", soft: _Floats | None = None
) -> Calibrated:
    r"""Weights of zero or more nearest to `start` with which the columns of `rows` add up to `totals`.

    Parameters
    ----------
    rows : array of shape (n_rows, n_columns)
    totals : array of shape (n_columns,)
    start : array of shape (n_rows,)
        Above zero.
    distance : {"linear", "raking"}
        :math:`\sum (w-d)^2/2d` with :math:`w \ge 0`, or :math:`\sum w\log(w/d) - w + d`.
    soft : array of shape (n_columns,), optional
        Zero where a total must be met; where it may be missed, the small number that the square of what is lacking, in
        units of the column's root mean square, is divided by.

    Returns
    -------
    Calibrated

    Notes
    -----
    Newton's method with halved steps on the dual, which has one number for each total: :math:`w = d\,F(x\lambda)` with
    :math:`F(u) = (1+u)_+` or :math:`e^u` (Deville and Särndal, 1992, JASA 87, 376-382).

    Examples
    --------
    >>> made = calibrate(np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 3.0]]), np.array([2.0, 3.0]), np.full(3, 2 / 3))
    >>> made.weights.round(3).tolist(), made.met
    ([0.571, 0.643, 0.786], True)
    """
    scale = np.sqrt((rows**2).mean(axis=0))
    scale[scale == 0] = 1.0
    give = np.zeros(len(totals)) if soft is None else soft
    unit, goal = rows / scale, totals / scale
    slack = _newton(unit, goal, start, give, distance)
    weights = start * _pull(unit @ slack, distance)[1]
    lacking = rows.T @ weights - totals
    hard = give == 0
    off = np.abs(lacking[hard] / scale[hard]).max(initial=0.0)
    return Calibrated(weights, lacking, bool(off <= 1e-6 * max(1.0, float(np.abs(goal).max(initial=0.0)))))


def _pull(reach: _Floats, distance: Distance) -> tuple[_Floats, _Floats, _Floats]:
    """Integral, value and slope of what multiplies the starting weights."""
    if distance == "raking":
        grown = np.exp(np.minimum(reach, np.log(_MOST) * 4))
        return grown, grown, grown
    value = np.maximum(1.0 + reach, 0.0)
    return value**2 / 2, value, (value > 0).astype(float)


def _newton(unit: _Floats, goal: _Floats, start: _Floats, give: _Floats, distance: Distance) -> _Floats:
    """Where the dual is least, or the last place before it runs away."""
    at = np.zeros(len(goal))
    near = _MET * max(1.0, float(np.abs(goal).max(initial=0.0)))

    def depth(here: _Floats) -> float:
        return float(start @ _pull(unit @ here, distance)[0] - here @ goal + 0.5 * (give * here) @ here)

    for _ in range(_STEPS):
        _, value, slope = _pull(unit @ at, distance)
        down = unit.T @ (start * value) - goal + give * at
        if np.abs(down).max(initial=0.0) < near:
            break
        used = slope > 0
        bend = (unit[used] * (start * slope)[used, None]).T @ unit[used]
        bend[np.diag_indices_from(bend)] += give + _REGULAR * max(1.0, float(np.trace(bend)) / len(goal))
        step = -np.linalg.solve(bend, down)
        length, here = 1.0, depth(at)
        while length > 1e-9 and not depth(at + length * step) <= here + 1e-4 * length * float(down @ step):
            length /= 2
        if length <= 1e-9:
            break
        at = at + length * step
    return at
