"""Hot spot methods that work on files: what each reads of a table, how it is run, and what it leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

import geopandas as gpd
import pandas as pd

from socharm._about import About
from socharm._columns import AREA
from socharm._record import Record
from socharm._settings import Settings
from socharm._words import number_of
from socharm.errors import SchemaError
from socharm.hotspots.areas.emerging import emerging_hotspots
from socharm.hotspots.areas.emerging_record import EmergingSettings
from socharm.hotspots.areas.local import local_gi_star, local_moran
from socharm.hotspots.areas.local_record import GiSettings, LocalSettings
from socharm.hotspots.areas.neighbours import NeighbourSettings, neighbour_rows
from socharm.hotspots.points.clusters import ClusterSettings, cluster_points
from socharm.hotspots.points.density import kernel_density
from socharm.hotspots.points.heat_record import DensitySettings, HeatSurface
from socharm.hotspots.points.knox import knox
from socharm.hotspots.points.knox_record import KnoxSettings
from socharm.hotspots.points.near_repeat_chains import ChainSettings, near_repeat_chains
from socharm.hotspots.points.nearest_clusters import NearestClusterSettings, nearest_neighbour_clusters
from socharm.hotspots.points.space_time_clusters import SpaceTimeClusterSettings, cluster_space_time
from socharm.hotspots.scan.clusters import scan_clusters
from socharm.hotspots.scan.settings import ScanSettings, SpaceTimeScanSettings
from socharm.hotspots.scan.space_time import scan_space_time

__all__ = ["CHOICES", "HOTSPOT_METHODS", "Given", "HotspotMethod"]

#: Whether a method needs areas, can do with them, or has no use for them.
_Areas: TypeAlias = Literal["needed", "for the map", "none"]
Frames: TypeAlias = Mapping[str, pd.DataFrame]


@dataclass(frozen=True, eq=False)
class Given:
    """What was read.

    Attributes
    ----------
    table : DataFrame
        Columns by the names that the method knows; index: row of the file.
    areas : GeoDataFrame or None
    choices : mapping
        Settings by name, as they were stated.
    crs : str or None
        Of x and y.
    about : About
    """

    table: pd.DataFrame
    areas: gpd.GeoDataFrame | None
    choices: Mapping[str, Any]
    crs: str | None
    about: About

    @property
    def ground(self) -> gpd.GeoDataFrame:
        """The areas, of a method that needs them."""
        assert self.areas is not None  # required where the files are read
        return self.areas


@dataclass(frozen=True, eq=False)
class HotspotMethod:
    """One method on files.

    Attributes
    ----------
    says : str
        What it finds, in one line.
    needs, may : tuple of str
        Columns of the table that it needs, and that it reads where they are there.
    areas : str
    run : function
        From what was read to the result.
    tables : function
        Tables of the result by name, the first of which is the answer.
    layer : function
        The result on the ground; None where it has no shape.
    draw : function or None
        A picture of the result, from the areas and it.
    weight_by : tuple of str, optional
        Setting and value by which the column of weights is read; None where it is read as it is there.
    """

    says: str
    needs: tuple[str, ...]
    may: tuple[str, ...]
    areas: _Areas
    run: Callable[[Given], Any]
    tables: Callable[[Any], Frames]
    layer: Callable[[gpd.GeoDataFrame | None, Any], gpd.GeoDataFrame | None]
    draw: Callable[[gpd.GeoDataFrame | None, Any], Any] | None
    weight_by: tuple[str, str] | None = None

    def weighs(self, choices: Mapping[str, Any]) -> bool:
        """Whether the column of weights is read under some choices."""
        return self.weight_by is None or choices.get(self.weight_by[0]) == self.weight_by[1]


def _by_area(given: Given, *columns: str) -> pd.DataFrame:
    """One row for each area, missing where the table has none."""
    repeated = given.table[AREA][given.table[AREA].duplicated()]
    if len(repeated):
        rows = [int(row) for row in repeated.index[:3]]
        raise SchemaError(
            f"{number_of(repeated.nunique(), 'area code stands', 'area codes stand')} in several rows, such as "
            f"{list(repeated.unique()[:3])} (rows {rows}). Give one row for each area, or sum them."
        )
    return given.table.set_index(AREA)[list(columns)].reindex(given.ground.index)


def _gi_star(given: Given) -> Any:
    values = _by_area(given, "value")["value"]
    return local_gi_star(
        values, neighbour_rows(given.ground, NeighbourSettings()), settings=given.choices, about=given.about
    )


def _moran(given: Given) -> Any:
    values = _by_area(given, "value")["value"]
    return local_moran(
        values, neighbour_rows(given.ground, NeighbourSettings()), settings=given.choices, about=given.about
    )


def _emerging(given: Given) -> Any:
    keys = given.table[[AREA, "period"]]
    if keys.duplicated().any():
        first = keys[keys.duplicated()].iloc[0].tolist()
        raise SchemaError(
            f"The table has an area twice in one period, such as {first}. Give one row for each area and period."
        )
    cube = given.table.set_index([AREA, "period"])["value"].unstack("period").reindex(given.ground.index)  # noqa: PD010
    return emerging_hotspots(
        cube, neighbour_rows(given.ground, NeighbourSettings()), settings=given.choices, about=given.about
    )


def _scan(given: Given) -> Any:
    held = _by_area(given, "cases", "population")
    located = given.ground[[given.ground.geometry.name]].join(held)
    return scan_clusters(located, settings=given.choices, about=given.about)


def _scan_space_time(given: Given) -> Any:
    located = given.ground[[given.ground.geometry.name]]
    return scan_space_time(located, given.table, settings=given.choices, about=given.about)


def _weighted(given: Given) -> pd.DataFrame:
    return given.table if "weight" in given.table else given.table.assign(weight=1.0)


def _density(given: Given) -> Any:
    return kernel_density(_weighted(given), mask=given.areas, crs=given.crs, settings=given.choices, about=given.about)


def _clusters(given: Given) -> Any:
    return cluster_points(_weighted(given), settings=given.choices, crs=given.crs, about=given.about)


def _nearest(given: Given) -> Any:
    return nearest_neighbour_clusters(_weighted(given), settings=given.choices, crs=given.crs, about=given.about)


def _knox(given: Given) -> Any:
    return knox(given.table, settings=given.choices, crs=given.crs, about=given.about)


def _chains(given: Given) -> Any:
    return near_repeat_chains(given.table, settings=given.choices, crs=given.crs, about=given.about)


def _space_time(given: Given) -> Any:
    return cluster_space_time(given.table, settings=given.choices, crs=given.crs, about=given.about)


def _table(record: Record) -> Frames:
    return {"areas": record.table}


def _joined(areas: gpd.GeoDataFrame | None, record: Record) -> gpd.GeoDataFrame | None:
    assert areas is not None  # a method by area has them
    return gpd.GeoDataFrame(
        record.table.join(areas[[areas.geometry.name]]), geometry=areas.geometry.name, crs=areas.crs
    )


def _scan_tables(record: Any) -> Frames:
    clusters = record.clusters.assign(members=[", ".join(map(str, one)) for one in record.clusters["members"]])
    return {"clusters": clusters, "locations": record.table}


def _scan_layer(areas: gpd.GeoDataFrame | None, record: Any) -> gpd.GeoDataFrame | None:
    found: gpd.GeoDataFrame = record.outlines(areas)
    return found


def _cells(surface: HeatSurface) -> Frames:
    """Cells of a surface as they may be shown."""
    shown = surface.published
    rows, columns = (~pd.isna(shown)).nonzero()
    found = {"x": surface.x[columns], "y": surface.y[rows], "density": shown[rows, columns]}
    return {"cells": pd.DataFrame(found, index=pd.RangeIndex(1, len(rows) + 1, name="cell")), "facts": surface.table}


def _cell_layer(_: gpd.GeoDataFrame | None, surface: HeatSurface) -> gpd.GeoDataFrame | None:
    cells = _cells(surface)["cells"]
    return gpd.GeoDataFrame(cells, geometry=gpd.points_from_xy(cells["x"], cells["y"]), crs=surface.crs or None)


def _no_layer(_: gpd.GeoDataFrame | None, __: Any) -> None:
    return None


def _polygons(_: gpd.GeoDataFrame | None, record: Any) -> gpd.GeoDataFrame | None:
    found: gpd.GeoDataFrame = record.polygons
    return found


def _ellipses(_: gpd.GeoDataFrame | None, record: Any) -> gpd.GeoDataFrame | None:
    found: gpd.GeoDataFrame = record.ellipses
    return found


def _plot(name: str, *, areas: bool = True) -> Callable[[gpd.GeoDataFrame | None, Any], Any]:
    """A picture by the name of its function; the library of pictures is loaded when one is drawn."""

    def draw(ground: gpd.GeoDataFrame | None, record: Any) -> Any:
        from socharm import maps
        from socharm.maps.furniture import new_axes

        plot = vars(maps).get(name) or maps.__getattr__(name)
        return plot(ground, record, ax=new_axes()) if areas else plot(record, ax=new_axes())

    return draw


_PLACE: Final = ("x", "y")
#: The record of settings that each method takes by --set.
CHOICES: Final[Mapping[str, type[Settings]]] = {
    "gi-star": GiSettings,
    "local-moran": LocalSettings,
    "emerging": EmergingSettings,
    "scan": ScanSettings,
    "scan-space-time": SpaceTimeScanSettings,
    "density": DensitySettings,
    "clusters": ClusterSettings,
    "nearest-clusters": NearestClusterSettings,
    "knox": KnoxSettings,
    "near-repeat-chains": ChainSettings,
    "space-time-clusters": SpaceTimeClusterSettings,
}

#: Methods by the name that the command line has for them.
HOTSPOT_METHODS: Final[Mapping[str, HotspotMethod]] = {
    "gi-star": HotspotMethod(
        "hot and cold areas by Gi*", (AREA, "value"), (), "needed", _gi_star, _table, _joined, _plot("plot_hotspots")
    ),
    "local-moran": HotspotMethod(
        "areas alike or unlike their neighbours by local Moran", (AREA, "value"), (), "needed", _moran, _table,
        _joined, _plot("plot_hotspots"),
    ),
    "emerging": HotspotMethod(
        "what hot areas do over time", (AREA, "period", "value"), (), "needed", _emerging,
        lambda found: {"areas": found.table, "cube": found.cube}, _joined, _plot("plot_emerging"),
    ),
    "scan": HotspotMethod(
        "clusters of a map by Kulldorff's scan", (AREA, "cases", "population"), (), "needed", _scan, _scan_tables,
        _scan_layer, _plot("plot_scan_clusters"),
    ),
    "scan-space-time": HotspotMethod(
        "clusters in space and time by a scan", (AREA, "date"), ("cases", "population", "expected", "weight"), "needed",
        _scan_space_time, _scan_tables, _scan_layer, _plot("plot_scan_clusters"), ("by", "harm"),
    ),
    "density": HotspotMethod(
        "a surface of events per square kilometre", _PLACE, ("weight", "n"), "for the map", _density, _cells,
        _cell_layer, _plot("plot_heat"),
    ),
    "clusters": HotspotMethod(
        "dense clusters of points, DBSCAN or HDBSCAN", _PLACE, ("weight", "n"), "for the map", _clusters,
        lambda found: {"clusters": found.table, "members": found.members}, _polygons, _plot("plot_clusters"),
    ),
    "nearest-clusters": HotspotMethod(
        "nearest-neighbour hierarchical clusters with ellipses", _PLACE, ("weight", "n"), "for the map", _nearest,
        lambda found: {"clusters": found.table, "members": found.members}, _ellipses, _plot("plot_nearest_clusters"),
    ),
    "knox": HotspotMethod(
        "near repeats: pairs near in space and time", (*_PLACE, "date"), ("weight",), "none", _knox,
        lambda found: {"bands": found.table}, _no_layer, _plot("plot_knox", areas=False), ("weight", "weight"),
    ),
    "near-repeat-chains": HotspotMethod(
        "strings of events linked in space and time", (*_PLACE, "date"), ("weight",), "none", _chains,
        lambda found: {"chains": found.table, "members": found.members, "links": found.links}, _no_layer, None,
        ("weight", "weight"),
    ),
    "space-time-clusters": HotspotMethod(
        "clusters of events in space and time", (*_PLACE, "date"), ("weight",), "none", _space_time,
        lambda found: {"clusters": found.table, "members": found.members}, _polygons, None, ("weight", "weight"),
    ),
}  # fmt: skip
