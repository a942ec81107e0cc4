"""Weights of zero and more that add up to one and come nearest to a target: least squares on a simplex, exactly."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["nearest_mixture", "nearest_spread_mixture"]

_Floats = NDArray[np.float64]

#: A gradient is zero within this share of its largest term.
_SMALL: Final = 1e-12
#: Steps of Newton's method; a piecewise quadratic needs about ten.
_STEPS: Final = 200


def nearest_mixture(columns: _Floats, target: _Floats) -> _Floats:
    r"""Weights :math:`w \ge 0, \sum w = 1` that make :math:`\|Aw - b\|` least, by the active-set method.

    Parameters
    ----------
    columns : array of shape (n_rows, n_columns)
    target : array of shape (n_rows,)

    Returns
    -------
    array of shape (n_columns,)
        Where several are best, one with at most ``n_rows + 1`` weights above zero; always the same one.

    Notes
    -----
    With :math:`C = A - b1'` the weights are the point of the hull of the columns of :math:`C` nearest to the origin,
    and in proportion to the solution of the non-negative least squares of :math:`(C; s1')` on :math:`(0; s)` for any
    :math:`s` above zero (Lawson and Hanson, 1995, chapter 23). Only the columns in use are ever multiplied with each
    other, so that thousands cost little.

    Examples
    --------
    >>> nearest_mixture(np.array([[0.0, 4.0]]), np.array([1.0])).round(6).tolist()
    [0.75, 0.25]
    """
    hull = columns - target[:, None]
    scale = float(np.sqrt((hull**2).sum(axis=0).max(initial=0.0))) or 1.0
    stacked = np.vstack([hull / scale, np.ones(columns.shape[1])])
    goal = np.append(np.zeros(len(target)), 1.0)
    found = _active_set(stacked, goal)
    weights: _Floats = found / found.sum()
    return weights


def _active_set(matrix: _Floats, goal: _Floats) -> _Floats:
    """Non-negative least squares (Lawson and Hanson, algorithm NNLS)."""
    n = matrix.shape[1]
    value, used = np.zeros(n), np.zeros(n, dtype=bool)
    least = _SMALL * float(np.abs(matrix).max()) * len(goal)
    for _ in range(3 * n + 100):
        gain = matrix.T @ (goal - matrix @ value)
        gain[used] = -np.inf
        best = int(np.argmax(gain))
        if gain[best] <= least:
            break
        used[best] = True
        trial = _solved(matrix, goal, used)
        if trial[best] <= 0:  # no gain beyond the last digits
            used[best] = False
            break
        value = _back_inside(matrix, goal, value, used, trial)
    return value


def _solved(matrix: _Floats, goal: _Floats, used: NDArray[np.bool_]) -> _Floats:
    whole = np.zeros(matrix.shape[1])
    whole[used] = np.linalg.lstsq(matrix[:, used], goal, rcond=None)[0]
    return whole


def _back_inside(matrix: _Floats, goal: _Floats, value: _Floats, used: NDArray[np.bool_], trial: _Floats) -> _Floats:
    """Move towards a trial until none of its values is below zero; what reaches zero is used no longer."""
    while (trial[used] <= 0).any():
        low = used & (trial <= 0)
        share = float(np.min(value[low] / (value[low] - trial[low])))
        value = value + share * (trial - value)
        used &= ~(low & (value <= value[low].min(initial=np.inf) + 1e-15))
        value[~used] = 0.0
        trial = _solved(matrix, goal, used)
    return trial


def nearest_spread_mixture(columns: _Floats, target: _Floats, penalty: float) -> _Floats:
    r"""Weights :math:`w \ge 0, \sum w = 1` that make :math:`\|Aw - b\|^2 + z\|w\|^2` least; :math:`z` is `penalty`.

    Parameters
    ----------
    columns : array of shape (n_rows, n_columns)
    target : array of shape (n_rows,)
    penalty : float
        Above zero: the weights are unique.

    Returns
    -------
    array of shape (n_columns,)

    Notes
    -----
    Newton's method on the dual, whose size is the number of rows: :math:`w = (t - C'u)_+/z` with :math:`u = Cw` and
    :math:`t` such that the weights add up to one.

    Examples
    --------
    >>> nearest_spread_mixture(np.array([[0.0, 4.0]]), np.array([1.0]), 1e6).round(3).tolist()
    [0.5, 0.5]
    """
    hull = columns - target[:, None]
    scale = float(np.sqrt((hull**2).sum(axis=0).max(initial=0.0))) or 1.0
    rows, z = np.vstack([-hull / scale, np.ones(columns.shape[1])]), penalty / scale**2
    n = columns.shape[1]
    start = np.append((hull / scale).mean(axis=1), 0.0)
    start[-1] = z / n - float((rows[:-1].T @ start[:-1]).mean())
    found = np.maximum(rows.T @ _dual(rows, z, start), 0.0)
    weights: _Floats = found / found.sum()
    return weights


def _dual(rows: _Floats, z: float, point: _Floats) -> _Floats:
    """Where the dual is highest: its gradient is zero up to the last digits."""
    goal = np.append(np.zeros(len(rows) - 1), 1.0)
    diagonal = np.append(np.ones(len(rows) - 1), 0.0)

    def height(at: _Floats) -> float:
        return float(at @ goal - 0.5 * (at * diagonal) @ at - 0.5 * (np.maximum(rows.T @ at, 0.0) ** 2).sum() / z)

    for _ in range(_STEPS):
        reach = rows.T @ point
        above = reach > 0
        slope = goal - diagonal * point - rows[:, above] @ reach[above] / z
        if np.abs(slope).max() < 1e-13:
            break
        bend = np.diag(diagonal + 1e-14) + rows[:, above] @ rows[:, above].T / z
        step = np.linalg.solve(bend, slope)
        length, here = 1.0, height(point)
        while length > 1e-8 and height(point + length * step) < here + 1e-4 * length * float(slope @ step):
            length /= 2
        if length <= 1e-8:
            break
        point = point + length * step
    return point
