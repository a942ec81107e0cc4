"""Heat surfaces: kernel density of harm points on a grid."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from socharm._about import About
from socharm._arguments import checked
from socharm._checks import require_columns, require_finite
from socharm._columns import N
from socharm._constraints import CountFrom1, Crs, Positive
from socharm._words import number_of
from socharm.errors import ParameterError, SchemaError
from socharm.hotspots.points.bandwidth import choose_bandwidth
from socharm.hotspots.points.event_numbers import event_numbers
from socharm.hotspots.points.grid_size import cells_inside, choose_cell_size, extent_of, require_room
from socharm.hotspots.points.heat_record import (
    MINIMUM_EVENTS,
    BandwidthRule,
    DensityFindings,
    DensitySettings,
    EdgeCorrection,
    HeatSurface,
    Kernel,
)
from socharm.hotspots.points.kernel_sums import ADAPTED, EXACT, abramson_factors, count_reached, sum_kernels
from socharm.io.crs import require_metric, require_same_crs
from socharm.io.metres import look_like_degrees, require_metres, require_true_scale
from socharm.io.units.grid import FINEST_ON_MAP_POINTS
from socharm.severity.points import HarmPoints
from socharm.stats.exact_smoothing import MOST_TERMS, count_terms
from socharm.stats.smoothing import KERNELS

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

__all__ = ["kernel_density"]

_Floats = NDArray[np.float64]

_PROJECT: Final = "Make the points by `harm_points(incidents, weights, areas=areas)`, which takes the CRS of the areas."


@checked
def kernel_density(
    points: HarmPoints | pd.DataFrame,
    *,
    bandwidth: Positive | None = None,
    cell_size: Positive | None = None,
    kernel: Kernel = "quartic",
    mask: gpd.GeoDataFrame | None = None,
    crs: Crs | None = None,
    edge_correction: EdgeCorrection = "diggle",
    bandwidth_rule: BandwidthRule = "radius",
    adaptive: bool = False,
    minimum_events: CountFrom1 = MINIMUM_EVENTS,
    settings: DensitySettings | Mapping[str, Any] | None = None,
    about: About | None = None,
) -> HeatSurface:
    r"""Harm per square kilometre, smoothed over a grid.

    Parameters
    ----------
    points : HarmPoints or DataFrame
        One row per event or per place of several events: ``x``, ``y`` in metres, ``weight``, and
        ``n`` (events in the row; 1 when the column is absent). A row of several events is taken as
        equal events, unless ``weight_squared`` holds the sum of their squared weights.
    bandwidth : float, optional
        In metres: the radius of the quartic and Epanechnikov kernel, the standard deviation of the
        Gaussian. Without it the rule of the notes is used and recorded.
    cell_size : float, optional
        In metres, at most a quarter of the reach. Without it: the largest of 1, 2, 2.5, 5 x 10^k that
        is at most a sixteenth of the reach (or larger, where the grid would exceed 1.5 million cells).
    kernel : {"quartic", "epanechnikov", "gaussian"}
    mask : GeoDataFrame, optional
        Areas whose union bounds the surface. Points outside it are counted, not smoothed.
    crs : CRS, optional
        For a DataFrame: the system of ``x`` and ``y``, in metres; that of `mask` when it is not given.
    edge_correction : {"diggle", "uniform", "none"}
        Diggle's divides each point's weight by the mass of its kernel inside the mask, which conserves the total. The
        uniform one divides each cell by the mass of a kernel there, which is unbiased where points lie evenly and does
        not conserve the total. Without a mask there is nothing to correct.
    bandwidth_rule : {"radius", "likelihood", "least-squares"}
        Of a bandwidth that is not given: the rule of the notes, or the best of 40 by cross-validation.
    adaptive : bool
        Whether each point has its own bandwidth (Abramson 1982), as the notes say.
    minimum_events : int
        Cells with fewer events in reach are hidden in `HeatSurface.published` and on maps.
    settings : DensitySettings or mapping, optional
        Choices of another surface, for what is not stated by keyword.
    about : About, optional
        For a DataFrame: period, sources, marking and unit of the weights.

    Returns
    -------
    HeatSurface
        Values in weight units per km² over the whole period (not per year).

    Raises
    ------
    SchemaError
        A column is missing, a coordinate or weight is missing, infinite or negative, or a number of events is not a
        whole one of at least 1.
    CRSError
        Points and mask are in different coordinate systems, a system is not in metres, or coordinates are degrees.
    ParameterError
        No bandwidth can be chosen (all the harm at one place; for cross-validation fewer than three places), or the
        grid is too coarse or too large: the message holds the smallest cell that would fit. An adaptive surface is
        asked to be corrected uniformly, which is defined for one bandwidth.

    Notes
    -----
    .. math:: \hat\lambda(g) = \sum_i \frac{w_i}{\max(m_i, 0.1)}\, k_h(g - x_i), \qquad
              m_i = \int_{\text{mask}} k_h(u - x_i)\,du

    The bandwidth rule: with :math:`n_e = (\sum w)^2 / \sum w^2` effective events, the radius inside
    which the harm-weighted median event finds the share :math:`n_e^{-1/3}` of all harm, rounded to two
    figures. It falls as :math:`n_e^{-1/6}` as Scott's rule does (and is 0.7 of it for one normal
    cloud), but its scale is that of the places where harm is, not of the whole force area.

    The uniform correction is :math:`\hat\lambda(g) = \sum_i w_i k_h(g - x_i) / \max(m(g), 0.1)` with the mass
    :math:`m(g)` of a kernel on the cell.

    Cross-validation leaves out each place whole, for many events at one place would foretell each other at any
    bandwidth. 40 bandwidths from 1/500 to 1/5 of the longer side of the points are tried with a Gaussian kernel, which
    is turned into `kernel` by equal standard deviations. On map points of police.uk none reaches less than 250 m.

    An adaptive bandwidth is :math:`h\,(\tilde\lambda(x_i)/G)^{-1/2}`, where the pilot :math:`\tilde\lambda` is the
    surface of the one bandwidth `h` (corrected uniformly, unless the correction is "none") and `G` its geometric mean
    over the harm; between a quarter and four times `h`, not under four cells or, on map points of police.uk, 250 m of
    reach, and rounded to eighths of a doubling.

    Up to 300 million terms (points times cells in reach) are summed one by one. Larger sums are made by cubic-spline
    binning and one FFT, with the Gaussian cut at five standard deviations: within 1e-3 of a lone point's height for
    the quartic and the Gaussian (1e-2 for the Epanechnikov, whose edge has a kink). ``findings.sums`` says which.

    Without a mask the grid reaches to where the kernel of the outermost points ends (five standard deviations of the
    Gaussian), and its heights are the formula's; the total of the grid differs from the harm by what sums over cells
    differ from integrals (below 1e-3).

    References
    ----------
    Abramson, I. (1982). On bandwidth variation in kernel estimates. Annals of Statistics 10, 1217-1223.
    Bowman, A. (1984). An alternative method of cross-validation. Biometrika 71, 353-360.
    Davies, T. and Baddeley, A. (2018). Fast computation of spatially adaptive kernel estimates. Statistics and
    Computing 28, 937-956.
    Diggle, P. (1985). A kernel method for smoothing point process data. Applied Statistics 34, 138-147.
    Scott, D. W. (1992). Multivariate Density Estimation. Wiley.

    Examples
    --------
    >>> burglaries = pd.DataFrame({"x": [500.0, 520.0], "y": [500.0, 480.0], "weight": [438.0, 438.0]})
    >>> surface = kernel_density(burglaries, bandwidth=200)
    >>> surface.findings.cell_size_m
    10.0
    >>> round(float(surface.grid.sum()) * 0.01**2, 1)
    876.0
    """
    chosen = DensitySettings.of(settings)
    table, system, about = _open_points(points, crs, about)
    region, system = _region(mask, system)
    x, y, weight, squared, n = _columns(table)
    _require_metres_of(x, y, region, bandwidth)
    facts = {"points read": float(x.size), "points outside the mask": 0.0, "events outside the mask": 0.0}
    if region is not None:
        inside = shapely.intersects_xy(region, x, y)
        facts["points outside the mask"] = float(np.count_nonzero(~inside))
        facts["events outside the mask"] = float(n[~inside].sum())
        x, y, weight, squared = (values[inside] for values in (x, y, weight, squared))
        n = n[inside]
    if not weight.sum() > 0:
        raise ParameterError(
            f"None of the {number_of(len(table), 'point')} lies inside the mask with a weight above zero; there is "
            "nothing to smooth. Check the coordinates of points and mask, and the weights."
        )
    facts["events used"] = float(n.sum())
    facts["effective events"] = float(weight.sum() ** 2 / squared.sum())
    reach_factor = KERNELS["quartic"] if kernel == "gaussian" else 1.0
    finest = FINEST_ON_MAP_POINTS if isinstance(points, HarmPoints) and points.layout == "police.uk" else 0.0
    bandwidth, told = choose_bandwidth(
        bandwidth, (x, y, weight), facts["effective events"], kernel, rule=bandwidth_rule, least_reach=finest
    )
    reach, widest = bandwidth * reach_factor, ADAPTED[1] if adaptive else 1.0
    extent = extent_of(region, x, y, bandwidth * widest * (KERNELS["gaussian"] if kernel == "gaussian" else 1.0))
    cell_size, cell_rule = choose_cell_size(cell_size, reach, extent)
    correction = "none" if region is None else edge_correction
    if adaptive and correction == "uniform":
        raise ParameterError(
            "The uniform `edge_correction` is defined for one bandwidth, and `adaptive` gives each point its own. Use "
            '"diggle" or "none".'
        )
    for multiple in (1.0, widest):
        require_room(cell_size, reach * multiple, extent, kernel)
    findings = DensityFindings(
        bandwidth_m=bandwidth,
        bandwidth_rule=told,
        cell_size_m=cell_size,
        cell_size_rule=cell_rule,
        edge_correction=correction,
        sums=_sums(x.size, extent, bandwidth * widest, cell_size, kernel),
    )
    least = max(ADAPTED[0], min(1.0, max(4.0 * cell_size, finest) / reach)) if adaptive else 1.0
    grid, events, centres_x, centres_y = _surface((x, y, weight, n), region, extent, least, (chosen, findings), facts)
    return HeatSurface(
        grid=grid,
        events_in_reach=events,
        x=centres_x,
        y=centres_y,
        crs=system,
        table=pd.DataFrame({"value": facts}).rename_axis("fact"),
        settings=chosen,
        about=about,
        findings=findings,
    )


def _open_points(points: HarmPoints | pd.DataFrame, crs: Any, about: About | None) -> tuple[pd.DataFrame, str, About]:
    """Table, CRS and About of the points; the unit becomes "… per km²"."""
    if isinstance(points, pd.DataFrame):
        table, stated = points, about or About()
        system = "" if crs is None else require_metric(crs, remedy=_PROJECT).to_string()
    else:
        table, system, stated = points.table, str(points.crs), about or points.about
        require_metric(system, name="points.crs", remedy=_PROJECT)
        if crs is not None:
            require_same_crs(system, crs, names=("points", "crs"), remedy="Leave `crs` out: the points state theirs.")
    unit = stated.unit or "weight"
    return table, system, About(**{**vars(stated), "unit": unit if unit.endswith("per km²") else f"{unit} per km²"})


def _region(mask: gpd.GeoDataFrame | None, crs: str) -> tuple[BaseGeometry | None, str]:
    """Union of the mask, prepared for point tests, and the CRS both sides agree on."""
    if mask is None:
        return None, crs
    if isinstance(mask, gpd.GeoDataFrame) and mask.active_geometry_name is None:
        raise SchemaError("`mask` has no shapes: no column is its geometry. Read it by `read_boundaries`.")
    if not isinstance(mask, gpd.GeoDataFrame):
        raise ParameterError(f"`mask` is a {type(mask).__name__}; give areas, as `read_boundaries` returns them.")
    system = require_metric(
        mask.crs, name="mask.crs", remedy="Read the areas with `read_boundaries`, or reproject them first."
    )
    if crs:
        require_same_crs(crs, mask.crs, names=("points", "mask"), remedy=_PROJECT)
    region = shapely.union_all(mask.geometry.to_numpy())
    if region.is_empty:
        raise ParameterError(f"`mask` has {number_of(len(mask), 'area')} and no surface; give areas with polygons.")
    west, south, east, north = region.bounds
    require_true_scale(mask.crs, [west, east], [south, north], name="mask")
    shapely.prepare(region)
    return region, system.to_string()


def _require_metres_of(x: _Floats, y: _Floats, region: BaseGeometry | None, bandwidth: float | None) -> None:
    """Stop at points in degrees; a mask of a few metres may have points of a few metres."""
    if region is not None:
        west, south, east, north = region.bounds
        if look_like_degrees([west, east], [south, north]):
            return
    elif bandwidth is None and np.ptp(x) == 0 and np.ptp(y) == 0:
        return  # one place has no bandwidth, whatever its unit: that is told below
    require_metres(x, y, name="points")


def _columns(table: pd.DataFrame) -> tuple[_Floats, _Floats, _Floats, _Floats, NDArray[np.int64]]:
    """Checked columns as arrays."""
    require_columns(table, ["x", "y", "weight", *table.columns.intersection([N, "weight_squared"])], name="points")
    for column in ("x", "y"):
        require_finite(table[column], name=f"points.{column}")
    require_finite(table["weight"], name="points.weight", minimum=0)
    if table.empty:
        raise SchemaError("`points` has no rows. Check the period and the offences that carry a weight.")
    x, y, weight = (table[column].to_numpy(dtype=np.float64) for column in ("x", "y", "weight"))
    n = event_numbers(table)
    squared = weight**2 / n
    if "weight_squared" in table.columns:
        require_finite(table["weight_squared"], name="points.weight_squared", minimum=0)
        squared = table["weight_squared"].to_numpy(dtype=np.float64)
    return x, y, weight, squared, n


def _surface(
    points: tuple[_Floats, _Floats, _Floats, NDArray[np.int64]],
    region: BaseGeometry | None,
    extent: tuple[float, float, float, float],
    least: float,
    chosen: tuple[DensitySettings, DensityFindings],
    facts: dict[str, float],
) -> tuple[_Floats, NDArray[np.int64], _Floats, _Floats]:
    """Surface, events in reach, and cell centres; adds what was done to `facts`."""
    (x, y, weight, n), (settings, findings) = points, chosen
    cell, gaussian = findings.cell_size_m, settings.kernel == "gaussian"
    # Cell edges lie on multiples of the cell size, so surfaces of two periods lie on one raster.
    first_x, first_y = np.floor(extent[0] / cell), np.floor(extent[1] / cell)
    columns = max(1, int(np.ceil(extent[2] / cell) - first_x))
    rows = max(1, int(np.ceil(extent[3] / cell) - first_y))
    centres_x, centres_y = (first_x + 0.5 + np.arange(columns)) * cell, (first_y + 0.5 + np.arange(rows)) * cell
    u, v = x / cell - first_x - 0.5, y / cell - first_y - 0.5
    inside = cells_inside(region, centres_x, centres_y)
    radius = findings.bandwidth_m / cell * (KERNELS["gaussian"] if gaussian else 1.0)
    factors = np.ones(x.size)
    if settings.adaptive:
        factors = abramson_factors((u, v, weight), radius, inside, settings, findings, least)
        facts["narrowest bandwidth (m)"] = float(factors.min()) * findings.bandwidth_m
        facts["widest bandwidth (m)"] = float(factors.max()) * findings.bandwidth_m
        facts["points at a limit of the bandwidth"] = float(np.isin(factors, (least, ADAPTED[1])).sum())
    grid = sum_kernels((u, v, weight), radius * factors, inside, settings, findings, facts)
    reach = findings.bandwidth_m / cell * (KERNELS["quartic"] if gaussian else 1.0)
    counted, shape = np.where(weight > 0, n, 0), (rows, columns)
    events = count_reached(u, v, counted, reach * factors, shape=shape, enough=settings.minimum_events)
    grid /= (cell / 1000.0) ** 2
    grid[~inside] = np.nan
    facts["total of the surface"] = float(np.nansum(grid)) * (cell / 1000.0) ** 2
    return grid, events, centres_x, centres_y


def _sums(points: int, extent: tuple[float, float, float, float], bandwidth: float, cell: float, kernel: str) -> str:
    """Whether every term of the sum is computed."""
    shape = (int((extent[3] - extent[1]) / cell) + 2, int((extent[2] - extent[0]) / cell) + 2)
    if count_terms(points, shape, radius=bandwidth / cell, name=kernel) <= MOST_TERMS:
        return EXACT
    return "cubic-spline binning and FFT"
