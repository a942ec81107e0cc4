"""How far a kernel reaches: as given, or by a rule from the places where the harm is."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from socharm._checks import require_positive
from socharm._words import number_of
from socharm.errors import ParameterError
from socharm.hotspots.points.heat_record import BandwidthRule
from socharm.stats.bandwidth_scores import bandwidth_scores, gather_places
from socharm.stats.smoothing import KERNELS

__all__ = ["choose_bandwidth"]

_Floats = NDArray[np.float64]

#: A millimetre, and half the way round the Earth.
_LEAST_BANDWIDTH: Final = 1e-3
_MOST_BANDWIDTH: Final = 2e7


#: Bandwidths that cross-validation tries: so many, from and to these parts of the longer side of the points.
_TRIED: Final = 40
_TRIED_FROM: Final = 1 / 500
_TRIED_TO: Final = 1 / 5
_FEWEST_PLACES: Final = 3


def choose_bandwidth(
    bandwidth: float | None,
    points: tuple[_Floats, _Floats, _Floats],
    effective: float,
    kernel: str,
    *,
    rule: BandwidthRule = "radius",
    least_reach: float = 0.0,
) -> tuple[float, str]:
    """Bandwidth in metres, and the rule that it follows; none that is tried reaches less far than `least_reach`."""
    x, y, weight = points
    if bandwidth is not None:
        require_positive(bandwidth, name="bandwidth")
        if not _LEAST_BANDWIDTH <= bandwidth <= _MOST_BANDWIDTH:
            raise ParameterError(
                f"`bandwidth` is {bandwidth:g} m; it must lie between {_LEAST_BANDWIDTH:g} and "
                f"{_MOST_BANDWIDTH:,.0f} m."
            )
        return float(bandwidth), "given"
    if rule != "radius":
        return _cross_validated(points, kernel, rule, least_reach)
    radius = _median_radius(x, y, weight, share=min(1.0, effective ** (-1 / 3)))
    if not radius > 0:
        raise ParameterError(
            f"No bandwidth can be chosen: half of the harm of the {number_of(x.size, 'point')} lies at single places "
            "that hold a large share of it. Give `bandwidth=` in metres."
        )
    radius *= 1.0 / KERNELS["quartic"] if kernel == "gaussian" else KERNELS[kernel] / KERNELS["quartic"]
    return _two_figures(radius), f"median radius that holds n_eff^(-1/3) of the harm, n_eff = {effective:,.1f}"


def _two_figures(value: float) -> float:
    return round(value, 1 - int(np.floor(np.log10(value))))


def _cross_validated(
    points: tuple[_Floats, _Floats, _Floats], kernel: str, rule: BandwidthRule, least_reach: float
) -> tuple[float, str]:
    """The best of the bandwidths tried, by a Gaussian kernel of the same standard deviation."""
    x, y, weight = gather_places(*points)
    if x.size < _FEWEST_PLACES:
        raise ParameterError(
            f"No bandwidth can be cross-validated: the {number_of(points[0].size, 'point')} with harm "
            f"{'lies' if points[0].size == 1 else 'lie'} at {number_of(x.size, 'place')}, and {_FEWEST_PLACES} are "
            "needed. Give `bandwidth=` in metres."
        )
    wide = 1.0 if kernel == "gaussian" else KERNELS[kernel]
    span = max(float(np.ptp(x)), float(np.ptp(y)))
    tried = np.geomspace(_TRIED_FROM * span, _TRIED_TO * span, _TRIED)
    reach = tried * KERNELS["quartic"]
    tried = tried[reach >= least_reach]
    if not tried.size:
        raise ParameterError(
            f"No bandwidth can be cross-validated: the points span {span:,.0f} m, and their map points hold no more "
            f"than what reaches {least_reach:g} m. Give `bandwidth=` in metres."
        )
    least_squares, likelihood = bandwidth_scores(x, y, weight, tried)
    best = int(np.argmin(least_squares if rule == "least-squares" else -likelihood))
    told = f"{rule} cross-validation over {number_of(x.size, 'place')}, each left out whole"
    if best in (0, tried.size - 1):
        told += f"; the {'narrowest' if best == 0 else 'widest'} of {tried.size} tried, so the best may lie beyond"
    return _two_figures(float(tried[best]) * wide), told


def _median_radius(x: _Floats, y: _Floats, weight: _Floats, *, share: float) -> float:
    """Radius inside which the harm-weighted median event finds `share` of the harm.

    Positions are gathered on a 1024-cell raster first; 201 events stand for all, at equal steps of
    the harm summed along the raster, so the order of the rows does not matter.
    """
    span = max(float(np.ptp(x)), float(np.ptp(y)))
    if span == 0:
        return 0.0
    step = span / 1024
    key = ((y - y.min()) / step).astype(np.int64) * 1025 + ((x - x.min()) / step).astype(np.int64)
    occupied, place = np.unique(key, return_inverse=True)
    mass = np.bincount(place, weights=weight)
    px = np.bincount(place, weights=weight * (x - x.min())) / np.where(mass > 0, mass, 1)
    py = np.bincount(place, weights=weight * (y - y.min())) / np.where(mass > 0, mass, 1)
    running = np.cumsum(mass)
    anchors = np.searchsorted(running, (np.arange(201) + 0.5) / 201 * running[-1])
    edges = 4096
    radii = np.empty(anchors.size)
    for i, anchor in enumerate(np.minimum(anchors, occupied.size - 1)):
        distance = np.hypot(px - px[anchor], py - py[anchor])
        bins = np.minimum((distance * (edges / (1.5 * span))).astype(np.int64), edges - 1)
        within = np.cumsum(np.bincount(bins, weights=mass, minlength=edges))
        radii[i] = np.searchsorted(within, share * running[-1] * (1 - 1e-12)) * (1.5 * span / edges)
    return float(np.median(radii))
