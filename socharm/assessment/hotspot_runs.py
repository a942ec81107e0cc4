"""How hot spot methods are run on what was read of files, and what they leave: tables, a layer and a picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import geopandas as gpd
import pandas as pd

from socharm._about import combine_about
from socharm._checks import require_finite
from socharm._columns import AREA
from socharm._record import Record
from socharm._words import number_of
from socharm.assessment.hotspot_method import Frames, Given
from socharm.errors import SchemaError
from socharm.hotspots.areas.change_significance import ChangeSignificance, change_significance
from socharm.hotspots.areas.emerging import emerging_hotspots
from socharm.hotspots.areas.local import local_gi_star, local_moran
from socharm.hotspots.areas.neighbours import NeighbourSettings, neighbour_rows
from socharm.hotspots.areas.pattern_classes import PatternClasses, pattern_classes
from socharm.hotspots.areas.pattern_similarity import PatternSimilarity, point_pattern_similarity
from socharm.hotspots.areas.scale_ladder import ScaleLadder, scale_ladder
from socharm.hotspots.points.clusters import cluster_points
from socharm.hotspots.points.density import kernel_density
from socharm.hotspots.points.drill_down import DrillDown, drill_down
from socharm.hotspots.points.heat_record import HeatSurface
from socharm.hotspots.points.knox import knox
from socharm.hotspots.points.near_repeat_chains import near_repeat_chains
from socharm.hotspots.points.nearest_clusters import nearest_neighbour_clusters
from socharm.hotspots.points.space_time_clusters import cluster_space_time
from socharm.hotspots.scan.clusters import scan_clusters
from socharm.hotspots.scan.space_time import scan_space_time
from socharm.hotspots.times.hour_record import HourProfile
from socharm.hotspots.times.hours import hour_weekday
from socharm.hotspots.times.seasons import SeasonalProfile, seasonal_profile
from socharm.io.areas import areas_about
from socharm.io.incidents.locate import locate_incidents
from socharm.io.incidents.reading import read_incidents
from socharm.severity.points import HarmPoints
from socharm.severity.weighing import WeighingSettings

__all__ = [
    "EXPOSURES",
    "cell_layer",
    "cells",
    "course_tables",
    "draw_drill_down",
    "draw_ladder",
    "drill_down_tables",
    "ellipses",
    "joined",
    "hour_tables",
    "ladder_tables",
    "no_layer",
    "plot",
    "polygons",
    "run_chains",
    "run_change",
    "run_clusters",
    "run_courses",
    "run_density",
    "run_drill_down",
    "run_emerging",
    "run_gi_star",
    "run_hours",
    "run_knox",
    "run_ladder",
    "run_moran",
    "run_nearest",
    "run_scan",
    "run_scan_space_time",
    "run_season",
    "run_similarity",
    "run_space_time",
    "scan_layer",
    "scan_tables",
    "season_tables",
    "similarity_tables",
    "squares",
    "table_of",
]

#: Columns of what the counts of each part are of: months, or person-years.
EXPOSURES: Final = ("exposure_earlier", "exposure_later")
#: What each row of a table of points is, where its kind is not told.
_EVENT: Final = "event"


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


def run_gi_star(given: Given) -> Any:
    values = _by_area(given, "value")["value"]
    return local_gi_star(
        values, neighbour_rows(given.ground, NeighbourSettings()), settings=given.choices, about=given.about
    )


def run_moran(given: Given) -> Any:
    values = _by_area(given, "value")["value"]
    return local_moran(
        values, neighbour_rows(given.ground, NeighbourSettings()), settings=given.choices, about=given.about
    )


def _cube(given: Given) -> pd.DataFrame:
    """A row for each area and a column for each period, missing where the table has no row."""
    keys = given.table[[AREA, "period"]]
    if keys.duplicated().any():
        first = keys[keys.duplicated()].iloc[0].tolist()
        raise SchemaError(
            f"The table has an area twice in one period, such as {first}. Give one row for each area and period."
        )
    by_key = given.table.set_index([AREA, "period"])["value"]
    return by_key.unstack("period").reindex(given.ground.index)  # noqa: PD010


def run_emerging(given: Given) -> Any:
    return emerging_hotspots(
        _cube(given), neighbour_rows(given.ground, NeighbourSettings()), settings=given.choices, about=given.about
    )


def run_scan(given: Given) -> Any:
    held = _by_area(given, "cases", "population")
    located = given.ground[[given.ground.geometry.name]].join(held)
    return scan_clusters(located, settings=given.choices, about=given.about)


def run_scan_space_time(given: Given) -> Any:
    located = given.ground[[given.ground.geometry.name]]
    return scan_space_time(located, given.table, settings=given.choices, about=given.about)


def _weighted(given: Given) -> pd.DataFrame:
    return given.table if "weight" in given.table else given.table.assign(weight=1.0)


def run_density(given: Given) -> Any:
    return kernel_density(_weighted(given), mask=given.areas, crs=given.crs, settings=given.choices, about=given.about)


def run_clusters(given: Given) -> Any:
    return cluster_points(_weighted(given), settings=given.choices, crs=given.crs, about=given.about)


def run_nearest(given: Given) -> Any:
    return nearest_neighbour_clusters(_weighted(given), settings=given.choices, crs=given.crs, about=given.about)


def run_knox(given: Given) -> Any:
    return knox(given.table, settings=given.choices, crs=given.crs, about=given.about)


def run_chains(given: Given) -> Any:
    return near_repeat_chains(given.table, settings=given.choices, crs=given.crs, about=given.about)


def run_space_time(given: Given) -> Any:
    return cluster_space_time(given.table, settings=given.choices, crs=given.crs, about=given.about)


def run_change(given: Given) -> ChangeSignificance:
    held = _by_area(given, *(name for name in ("earlier", "later", *EXPOSURES) if name in given.table))
    exposures: dict[str, Any] = {name: held[name] for name in EXPOSURES if name in held}
    return change_significance(held["earlier"], held["later"], **exposures, settings=given.choices, about=given.about)


def run_similarity(given: Given) -> PatternSimilarity:
    held = _by_area(given, "earlier", "later")
    return point_pattern_similarity(held["earlier"], held["later"], settings=given.choices, about=given.about)


def run_courses(given: Given) -> PatternClasses:
    return pattern_classes(_cube(given), settings=given.choices, about=given.about)


def run_season(given: Given) -> SeasonalProfile:
    keys = ["group", "period"] if "group" in given.table else ["period"]
    twice = given.table.duplicated(keys)
    if twice.any():
        first = given.table.loc[twice, keys].iloc[0].tolist()
        raise SchemaError(
            f"The table has a month twice, such as {first}. Give one row for each month of a group, or sum them."
        )
    by_month = given.table.set_index(keys)["value"]
    table = by_month.unstack("group") if len(keys) > 1 else by_month  # noqa: PD010
    return seasonal_profile(table, settings=given.choices, about=given.about)


def run_hours(given: Given) -> HourProfile:
    end, group = (given.table.get(name) for name in ("end", "group"))
    return hour_weekday(given.table["start"], end, group=group, settings=given.choices, about=given.about)


def _system(given: Given) -> str:
    """Of x and y: as stated, else that of the areas."""
    return given.crs or str(given.ground.crs)


def run_drill_down(given: Given) -> DrillDown:
    events = _weighted(given)
    require_finite(events["weight"], name="weight", minimum=0)
    rows = events.assign(weight_squared=events["weight"] ** 2, n=1)
    places = rows.groupby(["x", "y"], as_index=False, sort=True)[["weight", "weight_squared", "n"]].sum()
    points = HarmPoints(
        table=places,
        by_offence=pd.DataFrame(),
        crs=_system(given),
        unweighted=pd.Series(dtype="int64"),
        settings=WeighingSettings(),
        about=given.about if "weight" in given.table else replace(given.about, unit="events"),
    )
    return drill_down(points, given.ground, list(given.ground.index), settings=given.choices)


def run_ladder(given: Given) -> ScaleLadder:
    incidents = read_incidents(
        given.table[["x", "y", "date"]].assign(offence=_EVENT),
        columns={"date": "date", "offence": "offence", "easting": "x", "northing": "y"},
        crs=_system(given),
        marking=given.about.marking,
        source_name=given.about.sources[0],
    )
    found = scale_ladder(
        locate_incidents(incidents, given.ground),
        {_EVENT: 1.0},
        given.ground,
        covered=_every_month(given),
        settings=given.choices,
    )
    # Each event counts as one: there are no weights whose source could stand beside the others.
    sources = combine_about(given.about, areas_about(given.ground)).sources
    return replace(found, about=replace(found.about, unit="events", sources=sources))


def _every_month(given: Given) -> pd.DataFrame:
    """Every area in every month: a table of events says nothing of what was not delivered but by a month without any.

    Raises
    ------
    SchemaError
        A month between the first and the last has no row.
    """
    months = pd.PeriodIndex(given.table["date"].str[:7].unique(), freq="M")
    every = pd.period_range(months.min(), months.max(), freq="M")
    lost = every.difference(months)
    if len(lost):
        raise SchemaError(
            f"{number_of(len(lost), 'month')} between {every[0]} and {every[-1]} {'has' if len(lost) == 1 else 'have'} "
            f"no event, such as {lost[0]}, and may not have been delivered. Give rows of months that follow each other."
        )
    return pd.DataFrame(True, index=given.ground.index, columns=every.astype(str))


def table_of(record: Record) -> Frames:
    return {"areas": record.table}


def joined(areas: gpd.GeoDataFrame | None, record: Record) -> gpd.GeoDataFrame | None:
    assert areas is not None  # a method by area has them
    return gpd.GeoDataFrame(
        record.table.join(areas[[areas.geometry.name]]), geometry=areas.geometry.name, crs=areas.crs
    )


def scan_tables(record: Any) -> Frames:
    clusters = record.clusters.assign(members=[", ".join(map(str, one)) for one in record.clusters["members"]])
    return {"clusters": clusters, "locations": record.table}


def scan_layer(areas: gpd.GeoDataFrame | None, record: Any) -> gpd.GeoDataFrame | None:
    found: gpd.GeoDataFrame = record.outlines(areas)
    return found


def cells(surface: HeatSurface) -> Frames:
    """Cells of a surface as they may be shown."""
    shown = surface.published
    rows, columns = (~pd.isna(shown)).nonzero()
    found = {"x": surface.x[columns], "y": surface.y[rows], "density": shown[rows, columns]}
    return {"cells": pd.DataFrame(found, index=pd.RangeIndex(1, len(rows) + 1, name="cell")), "facts": surface.table}


def cell_layer(_: gpd.GeoDataFrame | None, surface: HeatSurface) -> gpd.GeoDataFrame | None:
    shown = cells(surface)["cells"]
    return gpd.GeoDataFrame(shown, geometry=gpd.points_from_xy(shown["x"], shown["y"]), crs=surface.crs or None)


def no_layer(_: gpd.GeoDataFrame | None, __: Any) -> None:
    return None


def polygons(_: gpd.GeoDataFrame | None, record: Any) -> gpd.GeoDataFrame | None:
    found: gpd.GeoDataFrame = record.polygons
    return found


def ellipses(_: gpd.GeoDataFrame | None, record: Any) -> gpd.GeoDataFrame | None:
    found: gpd.GeoDataFrame = record.ellipses
    return found


def plot(name: str, *, areas: bool = True) -> Callable[[gpd.GeoDataFrame | None, Any], Any]:
    """A picture by the name of its function; the library of pictures is loaded when one is drawn."""

    def draw(ground: gpd.GeoDataFrame | None, record: Any) -> Any:
        from socharm import maps
        from socharm.maps.furniture import new_axes

        plot = vars(maps).get(name) or maps.__getattr__(name)
        return plot(ground, record, ax=new_axes()) if areas else plot(record, ax=new_axes())

    return draw


def similarity_tables(record: PatternSimilarity) -> Frames:
    facts = pd.DataFrame({"fact": ["s", "s_robust"], "value": [record.s, record.s_robust]})
    return {"areas": record.table, "facts": facts}


def season_tables(record: SeasonalProfile) -> Frames:
    return {"months": record.table}


def hour_tables(record: HourProfile) -> Frames:
    return {"hours": record.table, "set_aside": record.set_aside.reset_index()}


def course_tables(record: PatternClasses) -> Frames:
    facts = pd.DataFrame({"fact": ["p"], "value": [record.p]})
    return {"areas": record.table, "courses": record.courses.reset_index(), "facts": facts}


def drill_down_tables(record: DrillDown) -> Frames:
    return {"places": record.table, "areas": record.by_area.reset_index()}


def squares(areas: gpd.GeoDataFrame | None, record: DrillDown) -> gpd.GeoDataFrame:
    from socharm.maps.drill_down import squares_inside

    assert areas is not None  # a method by area has them
    return gpd.GeoDataFrame(
        record.table, geometry=squares_inside(record.table, areas, record.settings.cell_size), crs=areas.crs
    )


def draw_drill_down(areas: gpd.GeoDataFrame | None, record: DrillDown) -> Any:
    """The area with most harm."""
    from socharm.maps.drill_down import plot_drill_down
    from socharm.maps.furniture import new_axes

    assert areas is not None  # a method by area has them
    first = record.by_area.reset_index().sort_values("harm", ascending=False, kind="stable")[AREA].iloc[0]
    return plot_drill_down(areas, record, str(first), ax=new_axes())


def ladder_tables(record: ScaleLadder) -> Frames:
    return {"areas": record.table, "rungs": record.by_rung, "tries": record.tries}


def draw_ladder(_: gpd.GeoDataFrame | None, record: ScaleLadder) -> Any:
    """None where no area is hot at any try: there is nothing to draw."""
    from socharm.maps.furniture import new_axes
    from socharm.maps.scale_ladder import plot_scale_ladder

    return plot_scale_ladder(record, ax=new_axes()) if (record.table["stability"] > 0).any() else None
