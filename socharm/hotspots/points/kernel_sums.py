"""A surface as sums of kernels: of one bandwidth or each point's own, and corrected at the edge or not."""

from __future__ import annotations

from typing import Final

import numpy as np
import scipy
from numpy.typing import NDArray

from socharm.hotspots.points.heat_record import DensityFindings, DensitySettings
from socharm.stats.exact_smoothing import ExactSmoother
from socharm.stats.smoothing import GridSmoother, count_in_reach, kernel_value

__all__ = ["ADAPTED", "EXACT", "LEAST_MASS", "abramson_factors", "adapted_factors", "count_reached", "sum_kernels"]

_Floats = NDArray[np.float64]
_Flags = NDArray[np.bool_]

#: A correction is capped where less than this share of a kernel lies inside the mask.
LEAST_MASS: Final = 0.1
#: Bandwidths of an adaptive surface lie between these multiples of the one that was chosen.
ADAPTED: Final = (0.25, 4.0)
#: Steps of an adaptive bandwidth to one of twice its size: points of one step are summed together.
_STEPS: Final = 8
EXACT: Final = "exact"


def sum_kernels(
    points: tuple[_Floats, _Floats, _Floats],
    radii: _Floats,
    inside: _Flags,
    settings: DensitySettings,
    findings: DensityFindings,
    facts: dict[str, float],
) -> _Floats:
    """Kernel sum per squared cell.

    Corrected at the edge by Diggle, its total is the weight that was not capped; corrected uniformly, points that lie
    evenly give an even surface.

    Parameters
    ----------
    points : tuple of ndarray
        Position in cells, across and up, and weight.
    radii : ndarray
        In cells, for each point.
    inside : ndarray of bool
        Cells of the mask.
    settings, findings
        Kernel; correction, and how sums are made.
    facts : dict
        What was done is added.
    """
    u, v, weight = points
    total = float(np.sum(weight))
    facts |= {"points used": float(u.size), "points capped": 0.0, "total weight": total, "weight lost to the cap": 0.0}
    grid, kept, diggle = np.zeros(inside.shape), 0.0, findings.edge_correction == "diggle"
    for radius in np.unique(radii):
        at = radii == radius
        x, y, used = u[at], v[at], weight[at]
        smoother = _smoother(inside.shape, float(radius), settings.kernel, findings.sums)
        if diggle:
            mass = smoother.mass_inside(x, y, inside)
            facts["points capped"] += float(np.count_nonzero(mass < LEAST_MASS))
            used = used / np.maximum(mass, LEAST_MASS)
            kept += float(np.sum(used * mass))
        grid += np.maximum(smoother.smooth(x, y, used), 0.0)  # the spline rings at 1e-3 beyond the radius
    if diggle:
        facts["weight lost to the cap"] = max(total - kept, 0.0)
        grid *= kept / float(np.sum(grid[inside]))
    elif findings.edge_correction == "uniform":
        mass = mass_of_cells(inside, float(radii.max()), settings.kernel)
        facts["cells capped"] = float(np.count_nonzero(inside & (mass < LEAST_MASS)))
        grid /= np.maximum(mass, LEAST_MASS)
    return grid


def _smoother(shape: tuple[int, int], radius: float, kernel: str, sums: str) -> ExactSmoother | GridSmoother:
    return (
        ExactSmoother(shape, radius, kernel) if sums == EXACT else GridSmoother.build(shape, radius=radius, name=kernel)
    )


def mass_of_cells(inside: _Flags, radius: float, kernel: str) -> _Floats:
    """Share of a kernel on each cell's centre that falls on the cells marked in `inside`."""
    reach = min(int(np.ceil(radius)), max(inside.shape))
    steps = np.arange(-reach, reach + 1)
    heights = kernel_value((steps[:, None] ** 2 + steps[None, :] ** 2).astype(float), radius=radius, name=kernel)
    # Beyond one by what a sum over cells differs from an integral, as the sums that are divided by it.
    mass: _Floats = np.maximum(scipy.signal.fftconvolve(inside.astype(np.float64), heights, mode="same"), 0.0)
    return mass


def abramson_factors(
    points: tuple[_Floats, _Floats, _Floats],
    radius: float,
    inside: _Flags,
    settings: DensitySettings,
    findings: DensityFindings,
    least: float,
) -> _Floats:
    """What the bandwidth of each point is multiplied by: the square root of how sparse harm is round it.

    The pilot is the surface of the one bandwidth, each cell divided by the part of a kernel there that lies inside. It
    is compared with its geometric mean over the harm; factors are rounded to eighths of a doubling.
    """
    u, v, weight = points
    pilot = np.maximum(_smoother(inside.shape, radius, settings.kernel, findings.sums).smooth(u, v, weight), 0.0)
    if findings.edge_correction != "none":
        pilot /= np.maximum(mass_of_cells(inside, radius, settings.kernel), LEAST_MASS)
    heights = scipy.ndimage.map_coordinates(pilot, np.vstack([v, u]), order=1, mode="nearest")
    return adapted_factors(heights, weight, least)


def adapted_factors(heights: _Floats, weight: _Floats, least: float = ADAPTED[0]) -> _Floats:
    """Factors of places by the height of the pilot there, between `least` and the greatest.

    Examples
    --------
    >>> adapted_factors(np.array([4.0, 1.0, 0.25]), np.ones(3)).tolist()
    [0.5, 1.0, 2.0]
    """
    logs = np.log(np.maximum(heights, heights.max() * np.finfo(float).eps))
    raw = -0.5 * (logs - np.average(logs, weights=weight)) / np.log(2.0)
    factors: _Floats = 2.0 ** (np.round(raw * _STEPS) / _STEPS)
    return np.clip(factors, least, ADAPTED[1])


def count_reached(
    u: _Floats, v: _Floats, n: NDArray[np.int64], reach: _Floats, *, shape: tuple[int, int], enough: int
) -> NDArray[np.int64]:
    """Events in whose reach the centre of each cell lies, up to `enough`."""
    counts = np.zeros(shape, dtype=np.int64)
    for radius in np.unique(reach):
        at = reach == radius
        counts += count_in_reach(u[at], v[at], n[at], radius=float(radius), shape=shape, enough=enough)
    return np.minimum(counts, enough)
