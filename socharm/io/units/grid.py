"""A grid over areas: squares, hexagons or H3 cells, as areas of their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final, Literal, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from socharm._arguments import checked
from socharm._columns import AREA, FORCE, NAME, PARENT
from socharm._constraints import Between
from socharm._settings import Settings, setting
from socharm.errors import ParameterError, RefusedError
from socharm.io.areas import Areas, BoundaryNotes, areas_about, require_areas
from socharm.io.crs import BRITISH_NATIONAL_GRID, parse_crs
from socharm.io.units.grid_codes import grid_references, reference_step
from socharm.io.units.h3_cells import h3_cells, mean_size
from socharm.io.units.lattices import Cells, hexagons, squares

__all__ = ["FINEST_ON_MAP_POINTS", "CellSize", "GridSettings", "grid", "require_coarse", "snap_reason"]

_Floats = NDArray[np.float64]

#: Metres below which cells of police.uk say more about its map points than about crime.
FINEST_ON_MAP_POINTS: Final = 250.0
#: A whole cell, rounding aside.
_WHOLE: Final = 1e-9
_KM2: Final = 1e-6

CellSize: TypeAlias = Annotated[float, Between(2, 1_000_000)]
Resolution: TypeAlias = Annotated[int, Between(0, 15)]

#: Metres from which coordinates lose the digits of a cell.
_FARTHEST: Final = 100_000_000


@dataclass(frozen=True, kw_only=True)
class GridSettings(Settings):
    """Choices of a grid."""

    size: CellSize | None = setting(
        None, "metres: side of a square, or distance between the centres of neighbouring hexagons", example=1_000.0
    )
    kind: Literal["square", "hex", "h3"] = setting("square", 'or "hex", or "h3" (Uber\'s cells on the globe)')
    resolution: Resolution | None = setting(None, "of H3, in place of a size: 8 is some 0.7 km2 a cell", example=8)
    orientation: Literal["flat", "pointy"] = setting("flat", "whether hexagons have sides above and below, or corners")
    origin: tuple[float, float] = setting(
        (0.0, 0.0), "corner of a square, or centre of a hexagon, in metres; that of the national grid"
    )
    clip: bool = setting(False, "whether cells are cut at the border of the areas")
    allow_fine: bool = setting(False, "whether police.uk may be counted in cells below 250 m, which tell of map points")

    def _faults(self) -> Iterable[str]:
        yield from super()._faults()
        if self.kind == "h3":
            if self.resolution is None:
                near = "" if self.size is None else f" resolution={_nearest_resolution(self.size)} is nearest to that."
                stated = "a `size`" if self.size is not None else "no resolution"
                yield f"the grid is of kind 'h3' and has {stated}: H3 has fixed sizes. State `resolution` alone.{near}"
            elif self.size is not None:
                yield "`size` and `resolution` are both given. H3 takes `resolution`, squares and hexagons take `size`."
            if self._changed("origin"):
                yield "`origin` is given, and H3 has its own on the globe. Leave it out."
        else:
            if self.size is None:
                yield f"`size` is missing: state the metres of a cell of kind {self.kind!r}."
            if self.resolution is not None:
                yield f"`resolution` is of H3, and `kind` is {self.kind!r}. State `size`."
        if max(map(abs, self.origin)) > _FARTHEST:
            yield f"`origin` is {self.origin}; metres of a map are below {_FARTHEST:,}. State one on or near the areas."
        if self.kind != "hex" and self._changed("orientation"):
            yield f"`orientation` is of hexagons, and `kind` is {self.kind!r}. Leave it out."

    @property
    def metres(self) -> float:
        """Metres of a cell: its size, or of H3 the side of the square that is as large as a mean cell."""
        if self.size is not None:
            return self.size
        return mean_size(self.resolution or 0)


def _nearest_resolution(size: float) -> int:
    return min(range(16), key=lambda one: abs(np.log(mean_size(one) / size)))


def snap_reason(metres: float) -> str:
    """Why police.uk is not counted in cells that fine, as sentences."""
    return (
        f"Cells of {metres:,.0f} m are finer than the data: police.uk moves each crime to the nearest of about 750,000 "
        f"map points, so that below {FINEST_ON_MAP_POINTS:g} m a cell says more about where those points are than "
        "about where crime is."
    )


def require_coarse(settings: object, layout: str) -> None:
    """Stop where incidents of police.uk would be placed in cells that are finer than its map points.

    Parameters
    ----------
    settings : object
        Choices behind some areas; only those of a grid are looked at.
    layout : str
        Of the incidents.

    Raises
    ------
    RefusedError
    """
    if not isinstance(settings, GridSettings) or settings.allow_fine or layout != "police.uk":
        return
    if settings.metres < FINEST_ON_MAP_POINTS:
        raise RefusedError(
            f"{snap_reason(settings.metres)} Use cells of {FINEST_ON_MAP_POINTS:g} m or more; or make the grid with "
            "allow_fine=True, if you know what it then shows."
        )


@checked
def grid(
    areas: gpd.GeoDataFrame,
    size: CellSize | None = None,
    kind: Literal["square", "hex", "h3"] = "square",
    *,
    resolution: Resolution | None = None,
    orientation: Literal["flat", "pointy"] = "flat",
    origin: tuple[float, float] = (0.0, 0.0),
    clip: bool = False,
    allow_fine: bool = False,
    settings: GridSettings | Mapping[str, Any] | None = None,
) -> Areas:
    r"""Cells of a fixed grid that cover some areas, as areas: incidents are located and counted in them as in wards.

    Parameters
    ----------
    areas : GeoDataFrame
        Index ``area_code``, polygons in metres: what the cells cover.
    size : float
        Metres. Of squares the side; of hexagons the distance between the centres of neighbours, which is the width
        across flat sides (the area is :math:`\sqrt{3}/2` of that of a square). Not for H3.
    kind : {"square", "hex", "h3"}
        Squares and hexagons lie on the metric system of the areas, so on the British National Grid where that is
        theirs.
    resolution : int
        Of H3 only, from 0 to 15: 7 is some 5.2 km2 a cell on average, 8 some 0.74, 9 some 0.11.
    orientation : {"flat", "pointy"}
        Of hexagons only: sides, or corners, above and below.
    origin : (float, float)
        Where a corner of a square, or the centre of a hexagon, lies. The same origin gives the same cells for every
        area, and a shift by multiples of `size` leaves squares where they are.
    clip : bool
        Cut the cells at the outer border of the areas. Otherwise cells on that border reach beyond it, and count what
        happened there: ``share_inside`` says by how much.
    allow_fine : bool
        Incidents of police.uk are refused in cells below 250 m (H3: whose mean cell is smaller than such a square)
        unless this is stated here: each was moved to one of about 750,000 map points.
    settings : GridSettings or mapping, optional
        Choices of another grid, for what is not stated by keyword.

    Returns
    -------
    Areas
        Index ``area_code`` (sorted): the grid reference of the south-west corner of a square (``NZ2464`` is the square
        kilometre; with the size where the reference alone does not say it: ``NZ245645-500``), of the centre of a
        hexagon (``NZ245645-H500``), the index of H3; outside the British grid, coordinates (``N2100E3500-1000``).
        ``name`` (the reference, and the area with most of the cell's ground), ``parent`` and ``force`` (of that area),
        ``area_km2`` (of H3 on the ellipsoid, else in the plane), ``share_inside`` (of the cell's ground that lies in
        the areas), ``geometry``. Cells without ground in any area are left out. A grid has no population: rates are per
        square kilometre unless one is given, by `interpolate` say.

    Raises
    ------
    ParameterError
        No size, one that is larger than the areas together, or a choice of another kind of grid.
    CRSError
        The areas are in degrees. H3 is worked out from longitude and latitude (WGS 84) and brought back.
    MissingExtraError
        ``kind="h3"`` without the package ``h3``.
    RefusedError
        More cells than a machine holds.

    References
    ----------
    Ordnance Survey (2015), A guide to coordinate systems in Great Britain. Birch, C., Oom, S. and Beecham, J. (2007),
    Rectangular and hexagonal grids used for observation, experiment and simulation in ecology, *Ecological Modelling*
    206, 347-359. H3: https://h3geo.org/docs.

    Examples
    --------
    >>> from shapely.geometry import box
    >>> town = gpd.GeoDataFrame(geometry=[box(424_200, 564_300, 425_700, 564_900)], index=["W"], crs="EPSG:27700")
    >>> cells = grid(town, 1_000)
    >>> cells["share_inside"].round(2).to_dict()
    {'NZ2464': 0.48, 'NZ2564': 0.42}
    >>> len(grid(town, 500, "hex")), list(grid(town, 500).index[:2])
    (9, ['NZ240640-500', 'NZ240645-500'])
    """
    require_areas(areas)
    chosen = GridSettings.of(settings)
    codes, cells, area_km2, notes = _cells(areas, chosen)
    order = np.argsort(np.asarray(codes), kind="stable")
    codes, cells, area_km2 = [codes[place] for place in order], cells[order], area_km2[order]
    ground = _shared(areas, cells)
    share = np.minimum(ground.groupby("cell")["ground"].sum() / shapely.area(cells)[ground["cell"].unique()], 1.0)
    share = share.where(share < 1 - _WHOLE, 1.0)
    kept = share.index.to_numpy()
    most = ground.sort_values(["cell", "ground", "code"], ascending=[True, False, True], kind="stable")
    at = most.drop_duplicates("cell")["area"].to_numpy()
    shapes = cells[kept]
    if chosen.clip:
        shapes = _clipped(areas, cells, ground, share)
        area_km2 = area_km2.copy()
        area_km2[kept] *= shapely.area(shapes) / shapely.area(cells[kept])
    labels = pd.Index([codes[place] for place in kept], name=AREA, dtype="str")
    table = pd.DataFrame(
        {
            NAME: pd.array(_names(labels, areas, at), dtype="string"),
            PARENT: _taken(areas, PARENT, at),
            FORCE: _taken(areas, FORCE, at),
            "area_km2": area_km2[kept],
            "share_inside": share.to_numpy(),
        },
        index=labels,
    )
    made = gpd.GeoDataFrame(table, geometry=shapes, crs=areas.crs)
    return Areas.of(made, about=replace(areas_about(areas), unit=""), notes=notes, stated=chosen)


def _cells(
    areas: gpd.GeoDataFrame, chosen: GridSettings
) -> tuple[list[str], NDArray[np.object_], _Floats, BoundaryNotes | None]:
    """Codes, shapes and sizes of all cells about the areas."""
    if chosen.kind == "h3":
        names, made, area, way = h3_cells(areas.geometry.to_numpy(), areas.crs, chosen.resolution or 0)
        notes = BoundaryNotes(
            file="",
            layer="",
            rows_read=len(areas),
            crs_read=way.source,
            crs=way.target,
            transformation=way.name,
            accuracy_m=way.accuracy_m,
        )
        return names, made, area, notes
    west, south, east, north = (float(edge) for edge in areas.total_bounds)
    size = chosen.metres
    if size > max(east - west, north - south):
        raise ParameterError(
            f"`size` is {size:,g} m, larger than the areas together ({east - west:,.0f} by {north - south:,.0f} m): "
            "one cell would hold nearly all. Use a smaller `size`."
        )
    extent = (west, south, east, north)
    if chosen.kind == "square":
        found = squares(extent, size, chosen.origin)
    else:
        found = hexagons(extent, size, chosen.origin, flat=chosen.orientation == "flat")
    # In the plane, and the same for all: the rounding of a polygon's corners is no difference between cells.
    area_km2 = size**2 * _KM2 * (1.0 if chosen.kind == "square" else 3**0.5 / 2)
    return _codes(found, areas.crs, chosen), found.shapes, np.full(len(found.shapes), area_km2), None


def _codes(found: Cells, crs: Any, chosen: GridSettings) -> list[str]:
    step = reference_step(chosen.metres, chosen.origin, corners=chosen.kind == "square")
    british = parse_crs(crs).equals(parse_crs(BRITISH_NATIONAL_GRID), ignore_axis_order=True)
    references = grid_references(found.x, found.y, step=step, british=british)
    plain = chosen.kind == "square" and step == chosen.metres and british
    mark = "" if plain else f"-{'H' if chosen.kind == 'hex' else ''}{chosen.metres:g}"
    return [reference + mark for reference in references]


def _shared(areas: gpd.GeoDataFrame, cells: NDArray[np.object_]) -> pd.DataFrame:
    """Ground that cells and areas share, by pairs: ``cell`` and ``area`` (positions), ``code``, ``ground``."""
    shapes = areas.geometry.to_numpy()
    area, cell = shapely.STRtree(cells).query(shapes, predicate="intersects")
    within = np.zeros(len(area), dtype=bool)
    whole_area, whole_cell = shapely.STRtree(cells).query(shapes, predicate="covers")
    within[np.isin(area * len(cells) + cell, whole_area * len(cells) + whole_cell)] = True
    ground = shapely.area(cells[cell])
    parts = shapely.intersection(cells[cell[~within]], shapes[area[~within]])
    ground[~within] = shapely.area(parts)
    table = pd.DataFrame({"cell": cell, "area": area, "code": areas.index.to_numpy()[area], "ground": ground})
    some: pd.DataFrame = table[table["ground"] > _WHOLE * shapely.area(cells)[cell]]
    return some.sort_values(["cell", "area"], kind="stable")


def _clipped(
    areas: gpd.GeoDataFrame, cells: NDArray[np.object_], ground: pd.DataFrame, share: pd.Series
) -> NDArray[np.object_]:
    """The cells cut at the outer border of the areas; those that lie inside stay as they are."""
    shapes, kept = areas.geometry.to_numpy(), share.index.to_numpy()
    made: NDArray[np.object_] = cells[kept].copy()
    for place in np.flatnonzero(share.to_numpy() < 1):
        around = shapes[ground.loc[ground["cell"] == kept[place], "area"].to_numpy()]
        cut = shapely.intersection(made[place], shapely.union_all(around))
        parts = shapely.get_parts(cut)
        made[place] = shapely.union_all(parts[shapely.get_dimensions(parts) == 2])
    return made


def _names(codes: pd.Index, areas: gpd.GeoDataFrame, at: NDArray[np.int64]) -> list[str]:
    """The code, and beside it the area with most of the ground, where areas have names."""
    if NAME not in areas.columns:
        return list(codes)
    near = areas[NAME].to_numpy()[at]
    return [code if pd.isna(name) else f"{code} ({name})" for code, name in zip(codes, near, strict=True)]


def _taken(areas: gpd.GeoDataFrame, column: str, at: NDArray[np.int64]) -> Any:
    if column not in areas.columns:
        return pd.array([pd.NA] * len(at), dtype="string")
    return pd.array(areas[column].to_numpy()[at], dtype="string")
