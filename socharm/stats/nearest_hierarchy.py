"""Nearest-neighbour hierarchical clusters of places, and standard deviational ellipses: arrays in, arrays out."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

__all__ = ["Ellipse", "deviational_ellipse", "nearest_groups", "random_nearest"]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Ellipse:
    """Centre, semi-axes, and the bearing of the longer one in degrees clockwise from north, from 0 to below 180."""

    x: float
    y: float
    major: float
    minor: float
    bearing: float

    def outline(self, corners: int = 72) -> _Floats:
        """Points on it, ``(corners, 2)``.

        Examples
        --------
        >>> Ellipse(0.0, 0.0, 2.0, 1.0, 90.0).outline(4).round(6).tolist()
        [[2.0, 0.0], [0.0, 1.0], [-2.0, 0.0], [-0.0, -1.0]]
        """
        angle = np.linspace(0, 2 * np.pi, corners, endpoint=False)
        turn = math.radians(90 - self.bearing)
        along, across = self.major * np.cos(angle), self.minor * np.sin(angle)
        east = self.x + along * math.cos(turn) - across * math.sin(turn)
        return np.column_stack([east, self.y + along * math.sin(turn) + across * math.cos(turn)])


def deviational_ellipse(x: _Floats, y: _Floats, n: _Ints) -> Ellipse:
    r"""Standard deviational ellipse of events, of one standard deviation along its two axes.

    Parameters
    ----------
    x, y : ndarray of float64, shape (n_places,)
    n : ndarray of int64
        Events of each place.

    Returns
    -------
    Ellipse
        With semi-axes of 0 of two events or fewer.

    Notes
    -----
    The axes lie along the eigenvectors of the sums of squares and products about the mean centre, and are
    :math:`\sqrt{2 \lambda / (N - 2)}` long, as CrimeStat has them (its manual, chapter 4); other programs divide by N.

    Examples
    --------
    >>> found = deviational_ellipse(np.array([-3.0, 3, 0, 0]), np.array([0.0, 0, 1, -1]), np.ones(4, dtype=int))
    >>> round(found.major, 3), round(found.minor, 3), found.bearing
    (4.243, 1.414, 90.0)
    """
    total = int(n.sum())
    middle = float((x * n).sum() / total), float((y * n).sum() / total)
    dx, dy = x - middle[0], y - middle[1]
    products = float((n * dx * dy).sum())
    sums = np.array([[float((n * dx * dx).sum()), products], [products, float((n * dy * dy).sum())]])
    size, axes = np.linalg.eigh(sums)
    if total <= 2:
        size = np.zeros(2)
    length = np.sqrt(2 * np.maximum(size, 0) / max(total - 2, 1))
    bearing = math.degrees(math.atan2(float(axes[0, 1]), float(axes[1, 1]))) % 180
    return Ellipse(*middle, float(length[1]), float(length[0]), bearing)


def random_nearest(events: int, area: float, probability: float) -> float:
    r"""Distance below which the mean nearest neighbour of randomly placed events lies with a probability.

    Parameters
    ----------
    events : int
    area : float
        Square metres.
    probability : float
        Between 0 and 1; 0.5 is the expected distance itself.

    Notes
    -----
    :math:`\frac12 \sqrt{A/N} + z_p \, 0.26136 / \sqrt{N^2/A}` (Clark and Evans 1954), as CrimeStat takes it.

    Examples
    --------
    >>> random_nearest(100, 1_000_000.0, 0.5)
    50.0
    """
    return float(
        max(
            0.5 * math.sqrt(area / events) + scipy.stats.norm.ppf(probability) * 0.26136 * math.sqrt(area) / events, 0.0
        )
    )


def nearest_groups(x: _Floats, y: _Floats, n: _Ints, *, threshold: float, least: int) -> _Ints:
    """Group of each place, numbered as they are found; -1 is none.

    Parameters
    ----------
    x, y : ndarray of float64, shape (n_places,)
        Distinct places, in one order.
    n : ndarray of int64
        Events of each.
    threshold : float
        Distance within which a place joins a seed.
    least : int
        Events that a group needs.

    Notes
    -----
    Places are taken by falling numbers of events within the threshold, equals by order. Each that has no group yet is a
    seed: those without a group within the threshold of it are one, where they hold enough events.

    Examples
    --------
    >>> nearest_groups(np.array([0.0, 1, 2, 50]), np.zeros(4), np.ones(4, dtype=int), threshold=1.0, least=3).tolist()
    [0, 0, 0, -1]
    """
    xy = np.column_stack([x, y])
    near: Any = scipy.spatial.cKDTree(xy).query_ball_point(xy, threshold, return_sorted=True)
    ends = np.cumsum([0, *map(len, near)])
    places = np.fromiter(itertools.chain.from_iterable(near), dtype=np.int64, count=int(ends[-1]))
    held = np.diff(np.append(0, np.cumsum(n[places]))[ends])
    group = np.full(len(n), -1, dtype=np.int64)
    found = 0
    for seed in np.argsort(-held, kind="stable"):
        if held[seed] < least:
            break
        if group[seed] >= 0:
            continue
        reached = places[ends[seed] : ends[seed + 1]]
        free = reached[group[reached] < 0]
        if int(n[free].sum()) >= least:
            group[free] = found
            found += 1
    return group
