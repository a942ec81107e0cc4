"""How far a kernel reaches: as given, or by a rule from the places where the harm is."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from socharm._checks import require_positive
from socharm._words import number_of
from socharm.errors import ParameterError
from socharm.stats.smoothing import KERNELS

__all__ = ["choose_bandwidth"]

_Floats = NDArray[np.float64]

#: A millimetre, and half the way round the Earth.
_LEAST_BANDWIDTH: Final = 1e-3
_MOST_BANDWIDTH: Final = 2e7


def choose_bandwidth(
    bandwidth: float | None, x: _Floats, y: _Floats, weight: _Floats, effective: float, kernel: str
) -> tuple[float, str]:
    if bandwidth is not None:
        require_positive(bandwidth, name="bandwidth")
        if not _LEAST_BANDWIDTH <= bandwidth <= _MOST_BANDWIDTH:
            raise ParameterError(
                f"`bandwidth` is {bandwidth:g} m; it must lie between {_LEAST_BANDWIDTH:g} and "
                f"{_MOST_BANDWIDTH:,.0f} m."
            )
        return float(bandwidth), "given"
    radius = _median_radius(x, y, weight, share=min(1.0, effective ** (-1 / 3)))
    if not radius > 0:
        raise ParameterError(
            f"No bandwidth can be chosen: half of the harm of the {number_of(x.size, 'point')} lies at single places "
            "that hold a large share of it. Give `bandwidth=` in metres."
        )
    radius *= 1.0 / KERNELS["quartic"] if kernel == "gaussian" else KERNELS[kernel] / KERNELS["quartic"]
    digits = 1 - int(np.floor(np.log10(radius)))
    return round(radius, digits), f"median radius that holds n_eff^(-1/3) of the harm, n_eff = {effective:,.1f}"


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
