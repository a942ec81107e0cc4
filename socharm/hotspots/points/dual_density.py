"""Two surfaces together: one period against another, or crime against residents."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from socharm._about import About
from socharm._arguments import checked
from socharm._checks import require_columns
from socharm._constraints import CountFrom1, Positive
from socharm._words import number_of
from socharm.errors import CoverageWarning, ParameterError, SchemaError
from socharm.hotspots.points.density import kernel_density
from socharm.hotspots.points.dual_record import DualMeasure, DualSettings, DualSurface, LeastBase
from socharm.hotspots.points.heat_record import (
    MINIMUM_EVENTS,
    BandwidthRule,
    DensitySettings,
    EdgeCorrection,
    HeatSurface,
    Kernel,
)
from socharm.io.crs import require_same_crs
from socharm.severity.points import HarmPoints

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

__all__ = ["LIVES_NOWHERE", "dual_density", "spread_residents"]

_Floats = NDArray[np.float64]

_POPULATION: Final = "population"
#: Places of a cell, across and up, by which its part of an area is told; cells of unknown residents by this part.
_LATTICE: Final = 4
_MOSTLY: Final = 0.5
#: Parts of an area that differ by less from none of it, or from all of it, are that.
_ROUNDED: Final = 1e-9

#: Said of areas that lie elsewhere.
LIVES_NOWHERE: Final = "No resident of `base` lives inside the mask. Give areas of the same place."


@checked
def dual_density(
    points: HarmPoints | pd.DataFrame,
    base: HarmPoints | pd.DataFrame,
    *,
    mask: gpd.GeoDataFrame,
    measure: DualMeasure = "ratio",
    bandwidth: Positive | None = None,
    cell_size: Positive | None = None,
    kernel: Kernel = "quartic",
    edge_correction: EdgeCorrection = "diggle",
    bandwidth_rule: BandwidthRule = "radius",
    adaptive: bool = False,
    least_base: LeastBase = 0.05,
    minimum_events: CountFrom1 = MINIMUM_EVENTS,
    settings: DualSettings | Mapping[str, Any] | None = None,
    about: About | None = None,
) -> DualSurface:
    r"""Ratio, log ratio or difference of two smoothed surfaces: two periods, or crime and residents.

    Parameters
    ----------
    points : HarmPoints or DataFrame
        As of `kernel_density`: the later period, or the crime.
    base : HarmPoints, DataFrame or GeoDataFrame
        The earlier period, or other crime, as of `kernel_density`; or areas with ``population``, whose residents are
        spread evenly over each area. Cells of an area whose population is missing have no value. Residents on ground
        outside the mask are left out, and counted in the table.
    mask : GeoDataFrame
        Areas whose union bounds both surfaces.
    measure : {"ratio", "log-ratio", "difference"}
        Density of the points over that of the base; its natural logarithm; or their difference, in one unit.
    bandwidth, cell_size, kernel, edge_correction, bandwidth_rule, adaptive, minimum_events
        As of `kernel_density`, the same for both. A bandwidth that is not given is the larger of the two that the rule
        gives; that of `points` where the base is residents.
    least_base : float
        Part of the base's mean density: where it is thinner, there is no ratio.
    settings : DualSettings or mapping, optional
        Choices of another, for what is not stated by keyword.
    about : About, optional
        For a DataFrame of points. A base that is a DataFrame is taken to be in the unit of the points.

    Returns
    -------
    DualSurface
        A ratio over nothing is missing, and never infinite; the cells are counted.

    Raises
    ------
    SchemaError
        As of `kernel_density`; a population that is negative, or none above zero.
    ParameterError
        A difference of two units, or what `kernel_density` raises.
    CRSError
        Not in metres, or points, base and mask are in different systems.

    Warns
    -----
    CoverageWarning
        Areas of `base` lack a population.

    Notes
    -----
    One bandwidth for both sides, as Kelsall and Diggle advise: the bias of the two densities then cancels where they
    are alike. An adaptive surface starts from that bandwidth on each side (Davies and Hazelton). A difference adds up
    to the difference of the two totals where the correction conserves them.

    References
    ----------
    Bithell, J. (1990). An application of density estimation to geographical epidemiology. Statistics in Medicine 9,
    691-701. Davies, T. and Hazelton, M. (2010). Adaptive kernel estimation of spatial relative risk. Statistics in
    Medicine 29, 2423-2437. Kelsall, J. and Diggle, P. (1995). Non-parametric estimation of spatial variation in
    relative risk. Statistics in Medicine 14, 2335-2342.

    Examples
    --------
    >>> before = pd.DataFrame({"x": [500.0, 700.0], "y": [500.0, 400.0], "weight": [1.0, 1.0]})
    >>> town = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1000, 1000)], crs="EPSG:27700")
    >>> after = before.assign(weight=2.0)
    >>> dual = dual_density(after, before, mask=town, bandwidth=400)
    >>> dual.overall, float(np.nanmax(dual.grid).round(9))
    (2.0, 2.0)
    """
    chosen = DualSettings.of(settings)
    of_people = isinstance(base, gpd.GeoDataFrame)
    shared = DensitySettings(**{entry.name: getattr(chosen, entry.name) for entry in fields(DensitySettings)})
    above = kernel_density(points, mask=mask, settings=shared, **_told(points, about))
    outside = 0.0
    if isinstance(base, gpd.GeoDataFrame):
        below, lacking, outside = _surface_of_people(base, above, mask)
    else:
        # A table says nothing of its unit: it is taken to be that of the points.
        stated = _told(base, About(unit=above.about.unit))
        below = kernel_density(base, mask=mask, settings=shared, **stated)
        one, other = above.findings, below.findings
        if one.bandwidth_m != other.bandwidth_m:
            wider, coarser = max(one.bandwidth_m, other.bandwidth_m), max(one.cell_size_m, other.cell_size_m)
            common = replace(shared, bandwidth=wider, cell_size=coarser)
            above = kernel_density(points, mask=mask, settings=common, **_told(points, about))
            below = kernel_density(base, mask=mask, settings=common, **stated)
        lacking = np.zeros(above.grid.shape, dtype=bool)
    unit = _unit(above, below, measure, of_people)
    grid, overall, facts = _measure(above, below, chosen, lacking)
    if of_people:
        facts["residents outside the mask"] = outside
    return DualSurface(
        grid=grid,
        above=above,
        below=below,
        of_people=of_people,
        overall=overall,
        x=above.x,
        y=above.y,
        crs=above.crs,
        table=pd.DataFrame({"value": facts}).rename_axis("fact"),
        settings=chosen,
        about=replace(above.about, unit=unit),
    )


def _told(points: HarmPoints | pd.DataFrame, about: About | None) -> dict[str, Any]:
    return {"about": about} if isinstance(points, pd.DataFrame) else {}


def _surface_of_people(
    areas: gpd.GeoDataFrame, above: HeatSurface, mask: gpd.GeoDataFrame
) -> tuple[HeatSurface, NDArray[np.bool_], float]:
    """Residents per km², smoothed as the other surface; cells whose area has no known population; residents outside."""
    require_same_crs(areas.crs, mask.crs, names=("base", "mask"), remedy="Read both with `read_boundaries`.")
    inside, cell = np.isfinite(above.grid), above.findings.cell_size_m
    region = shapely.union_all(mask.geometry.to_numpy())
    people, lacking, outside = spread_residents(areas, region, above.x, above.y, inside)
    if not people.any():
        raise SchemaError(LIVES_NOWHERE)
    rows, columns = np.nonzero(people > 0)
    table = pd.DataFrame({"x": above.x[columns], "y": above.y[rows], "weight": people[rows, columns]})
    settings = replace(above.settings, bandwidth=above.findings.bandwidth_m, cell_size=cell)
    return kernel_density(table, mask=mask, settings=settings, about=About(unit="residents")), lacking, outside


def spread_residents(
    areas: gpd.GeoDataFrame, region: BaseGeometry, x: _Floats, y: _Floats, inside: NDArray[np.bool_]
) -> tuple[_Floats, NDArray[np.bool_], float]:
    """Residents of each cell, cells of areas without a number, and residents outside the region.

    Residents are spread evenly over the ground of their area, of which the part in the region counts. Where that part
    has no place in a cell inside, they are in the cell inside that is nearest to it.
    """
    require_columns(areas, [_POPULATION], name="base")
    people = areas[_POPULATION].to_numpy(dtype=np.float64)
    if (people < 0).any() or np.isinf(people).any() or not np.nansum(people) > 0:
        raise SchemaError(
            "`base.population` must be numbers of residents, at least 0 and some above; of "
            f"{number_of(len(people), 'value')} "
            f"{number_of(int((people < 0).sum()), 'is', 'are')} below zero and {int(np.isfinite(people).sum()):,} "
            "known."
        )
    if np.isnan(people).any():
        lost = areas.index[np.isnan(people)]
        warnings.warn(
            f"{number_of(len(lost), 'area')} of `base` {'lacks' if len(lost) == 1 else 'lack'} a population, such as "
            f"{list(lost[:3])}; ground without one is not compared. Missing is not zero.",
            CoverageWarning,
            stacklevel=5,
        )
    grid, unknown = np.zeros(inside.shape), np.zeros(inside.shape)
    outside, (down, across) = 0.0, np.nonzero(inside)
    shapely.prepare(areas.geometry.to_numpy())
    shares = _parts_of(areas.geometry.to_numpy(), region)
    for shape, number, share in zip(areas.geometry, people, shares, strict=True):
        outside += 0.0 if np.isnan(number) else number * (1.0 - share)
        if not share > 0:
            continue
        west, south, east, north = shape.bounds
        rows, columns = _between(y, south, north), _between(x, west, east)
        part = _parts_inside(shape, x[columns], y[rows]) * inside[rows, columns]
        if np.isnan(number):
            unknown[rows, columns] += part
        elif part.any():
            grid[rows, columns] += share * number * part / float(part.sum())
        else:
            point = shapely.intersection(shape, region).representative_point()
            nearest = int(np.argmin(np.hypot(x[across] - point.x, y[down] - point.y)))
            grid[down[nearest], across[nearest]] += share * number
    return grid, unknown >= _MOSTLY, outside


def _parts_of(shapes: NDArray[np.object_], region: BaseGeometry) -> _Floats:
    """Part of the ground of each shape that lies in the region; 0 of one without ground."""
    ground = np.nan_to_num(shapely.area(shapes))
    held = np.nan_to_num(shapely.area(shapely.intersection(shapes, region)))
    parts = np.divide(held, ground, out=np.zeros(ground.size), where=ground > 0)
    # What sums of doubles leave of a shape that lies inside, or outside, is nobody's ground.
    return np.where(parts > 1 - _ROUNDED, 1.0, np.where(parts < _ROUNDED, 0.0, parts))


def _between(centres: _Floats, low: float, high: float) -> slice:
    """Cells that reach into a span."""
    half = float(centres[1] - centres[0]) / 2 if centres.size > 1 else np.inf
    first, end = np.searchsorted(centres, low - half), np.searchsorted(centres, high + half, side="right")
    return slice(int(first), int(end))


def _parts_inside(shape: BaseGeometry, x: _Floats, y: _Floats) -> _Floats:
    """Part of each cell inside a shape, by a lattice of places in it: none lies where borders of cells do."""
    if not (x.size and y.size):
        return np.zeros((y.size, x.size))
    places = (np.arange(_LATTICE) + 0.5) / _LATTICE - 0.5
    step = float(x[1] - x[0] if x.size > 1 else y[1] - y[0] if y.size > 1 else 0.0)
    across, up = np.meshgrid((x[:, None] + places * step).ravel(), (y[:, None] + places * step).ravel())
    held = shapely.intersects_xy(shape, across, up).reshape(y.size, _LATTICE, x.size, _LATTICE)
    parts: _Floats = held.mean(axis=(1, 3))
    return parts


def _unit(above: HeatSurface, below: HeatSurface, measure: DualMeasure, of_people: bool) -> str:
    """What the values are."""
    if measure == "difference":
        if above.about.unit != below.about.unit:
            raise ParameterError(
                f"A difference asks for one unit: the points are in {above.about.unit}, the base in "
                f'{below.about.unit}. Use measure="ratio".'
            )
        return above.about.unit
    plain = above.about.unit.removesuffix(" per km²")
    ratio = f"{plain} per resident" if of_people else "ratio"
    return ratio if measure == "ratio" else f"log of {ratio}"


def _measure(
    above: HeatSurface, below: HeatSurface, settings: DualSettings, lacking: NDArray[np.bool_]
) -> tuple[_Floats, float, dict[str, float]]:
    """The measure of every cell and of the totals, and what was left out."""
    one, other = above.grid, below.grid
    inside = np.isfinite(one)
    totals = [float(surface.table["value"]["total weight"]) for surface in (above, below)]
    compared = [
        total * float(grid[inside & ~lacking].sum() / grid[inside].sum()) if lacking.any() else total
        for total, grid in zip(totals, (one, other), strict=True)
    ]
    thin = inside & ((other <= settings.least_base * float(np.mean(other[inside]))) | lacking)
    empty = inside & ~(one > 0)
    facts = {"total of the points": totals[0], "total of the base": totals[1]}
    if settings.measure == "difference":
        grid, overall = np.where(lacking, np.nan, one - other), compared[0] - compared[1]
        thin &= lacking
    else:
        usable = inside & ~thin
        grid = np.full(one.shape, np.nan)
        grid[usable] = one[usable] / other[usable]
        overall = compared[0] / compared[1]
        if settings.measure == "log-ratio":
            grid[~(grid > 0)] = np.nan
            grid, overall = np.log(grid), float(np.log(overall)) if overall > 0 else float("nan")
    facts |= {
        "cells with a value": float(np.isfinite(grid).sum()),
        "cells without base": float(thin.sum()),
        "cells without harm": float(empty.sum()),
    }
    return grid, overall, facts
