"""``[drill_down]``: the squares, streets and segments inside the first areas that hold most of their harm."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import pandas as pd

from socharm._columns import AREA
from socharm._constraints import CountFrom1
from socharm._settings import setting
from socharm._words import number_of
from socharm.assessment.layer_looks import CLASS_COLUMN, LayerLook
from socharm.assessment.steps._columns import AREA_CODE, named
from socharm.assessment.steps._step import Context, Drawing, Picture, ReadFile, Section, Step
from socharm.assessment.steps.areas import AREAS
from socharm.assessment.steps.located import LOCATED
from socharm.assessment.steps.points import POINTS
from socharm.assessment.steps.ranking import RANKING
from socharm.files.qgis_style import QgisClass, QgisLabel
from socharm.hotspots.points.drill_down import DrillDown, DrillDownSettings, drill_down
from socharm.io.units.segments import segments
from socharm.snapshot.recipe import Recipe
from socharm.snapshot.sentence import Sentence
from socharm.snapshot.spec import Column, SheetSpec, TableSpec
from socharm.snapshot.tables import AssessmentTables

__all__ = ["DRILL_DOWN", "DrillDownSection"]


@dataclass(frozen=True, kw_only=True)
class DrillDownSection(DrillDownSettings):
    """``[drill_down]``: where inside the first areas their harm is."""

    first: CountFrom1 = setting(5, "areas that are looked into, from rank 1")
    streets: str | None = setting(None, "file of street segments: lines", example="roads.gpkg")
    streets_code: str | None = setting(None, "column of their codes", example="id")
    streets_name: str | None = setting(None, "column of the names of the streets", example="name1")


def _run(context: Context) -> DrillDown | None:
    points, section = context[POINTS], context.recipe.find(DrillDownSection)
    if points is None or section is None:
        return None
    areas, codes = context[AREAS], [str(code) for code in context[RANKING].top(section.first).index]
    if not codes:
        return None
    lines = None
    if section.streets is not None:
        path = context.recipe.resolve(section.streets)
        lines = segments(path, code=section.streets_code, name=section.streets_name, areas=areas)
    return drill_down(points, areas, codes, located=context[LOCATED], streets=lines, settings=section)


def _frames(found: DrillDown | None) -> dict[str, pd.DataFrame]:
    if found is None:
        return {}
    return {
        "drill_down": found.table,
        "drill_down_facts": found.by_area.reset_index(),
        "drill_down_premises": found.premises,
    }


def _files(recipe: Recipe, _: DrillDown | None) -> Iterable[ReadFile]:
    section = recipe.find(DrillDownSection)
    if section is not None and section.streets is not None:
        yield ReadFile(role="streets", path=section.streets)


def _layers(found: DrillDown | None, areas: gpd.GeoDataFrame) -> dict[str, gpd.GeoDataFrame]:
    """Squares that the shares need, of open map points alone: of closed input they are places too fine to be kept."""
    from socharm.maps.drill_down import squares_inside
    from socharm.maps.names import area_names

    if found is None or not found.map_points:
        return {}
    squares = found.table[found.table["unit"] == "square"].reset_index(drop=True)
    if squares.empty:
        return {}
    told = squares[["place", "code", "events", "harm", "share", "cumulative_share", "needed_for"]]
    told.insert(0, "of_area", squares[AREA])
    told.insert(1, "where", area_names(areas).reindex(squares[AREA]).to_numpy())
    shapes = squares_inside(squares, areas, found.settings.cell_size)
    return {"drill_down": gpd.GeoDataFrame(told, geometry=shapes, crs=areas.crs)}


def _looks(found: DrillDown | None) -> dict[str, LayerLook]:
    """Squares by the share that they are needed for, in the shades of the printed map."""
    from socharm.maps.drill_down import square_classes

    if found is None or not found.map_points:
        return {}
    classes = square_classes(found)
    words = dict(zip(found.settings.shares, classes, strict=True))
    squares = found.table[found.table["unit"] == "square"].reset_index(drop=True)
    return {
        "drill_down": LayerLook(
            title="Squares needed for so much of the harm of their area",
            note="police.uk moves crimes to map points: look at a place before you act on it.",
            members=squares["needed_for"].map(words).rename(CLASS_COLUMN).astype("str"),
            classes=tuple(QgisClass(value=text, label=text, colour=colour) for text, colour in classes.items()),
            label=QgisLabel(text='"code"', order="place", first=3),
            name="code",
        )
    }


def _map(found: DrillDown | None, drawing: Drawing) -> Any:
    from socharm.maps.drill_down import plot_drill_down

    if found is None:
        return None
    first = found.by_area.index.get_level_values(AREA)[0]
    return plot_drill_down(drawing.areas, found, first, **drawing.on)


def _sheet(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The places, each beside the name of its area, which the workbook has under `name`."""
    return tables["drill_down"].rename(columns={"name": "place_name"})


def _note(tables: AssessmentTables) -> str:
    size = tables.setting("drill_down", "cell_size", DrillDownSettings().cell_size)
    fewest = int(tables.setting("drill_down", "minimum_events", DrillDownSettings().minimum_events))
    return (
        f"Squares of {size:g} m, named streets and segments of the first areas, from the most harm down; those with "
        f"fewer than {number_of(fewest, 'event')} are not listed. police.uk moves crimes to map points: look at a "
        "place before you act on it."
    )


def _told(recipe: Recipe, _: Mapping[str, Any]) -> Iterable[Sentence]:
    section = recipe.find(DrillDownSection)
    if section is not None:
        yield Sentence(f"Drill-down: squares of {section.cell_size:g} m, streets by name, by falling harm.")


DRILL_DOWN: Final = Step[DrillDown | None](
    name="drill_down",
    phase="hotspots",
    words="drill_down",
    also_words="incidents",
    needs=(AREAS, LOCATED, RANKING, POINTS),
    section=Section(
        key="drill_down",
        kind=DrillDownSection,
        says="where inside the first areas their harm is: squares, streets, segments",
        place=145,
        optional=True,
        arguments={"streets": "[drill_down] streets"},
    ),
    run=_run,
    tables=(
        TableSpec(
            name="drill_down",
            meaning="a square, named street or segment of one of the first areas, from the most harm",
            # A name and an area are a place as fine as any: open data alone show it.
            secret=True,
            settings=(DrillDownSettings,),
            sheet=SheetSpec(title="Drill-down", place=104, note=_note, view=_sheet),
            columns=(
                *AREA_CODE,
                *named(
                    "withhold",
                    unit="square, street or segment",
                    place="number of the place among those of its unit; 1 has the most harm",
                    code="grid reference, name of the map point, or code of the segment",
                    name="what people call it",
                    kind_of_place="whether the name stands for all map points of a kind, such as supermarkets",
                    easting="its middle, or its map point with the most harm, in metres east",
                    northing="the same in metres north",
                    events="events that were counted",
                    harm="sum of the weights of the crimes",
                    share="share of the located harm of the area",
                    cumulative_share="share of the place and of those before",
                    needed_for="smallest of the shares asked for that the place is needed for",
                ),
            ),
        ),
        TableSpec(
            name="drill_down_facts",
            meaning="one of the first areas, and a kind of unit in it",
            secret=True,
            settings=(DrillDownSettings,),
            others=Column("needed", "fewest places of the unit that hold such a percentage of the harm"),
            columns=(
                *AREA_CODE,
                *named(
                    "withhold",
                    unit="square, street or segment",
                    places="places with any harm",
                    events="located events of the area",
                    harm="located harm of the area",
                    share_placed="share of the harm that lies in such a place",
                    events_aside="events that lie in none",
                ),
            ),
        ),
        TableSpec(
            name="drill_down_premises",
            meaning="a kind of place in one of the first areas",
            secret=True,
            settings=(DrillDownSettings,),
            columns=(
                *AREA_CODE,
                *named(
                    "withhold",
                    kind="what map points of the kind stand for",
                    events="events at them",
                    harm="sum of the weights of the crimes at them",
                    share="share of the located harm of the area",
                ),
            ),
        ),
    ),
    frames=_frames,
    settings=lambda found, _: None if found is None else found.settings,
    settings_kinds=(DrillDownSettings,),
    layers=_layers,
    looks=_looks,
    files=_files,
    told=_told,
    pictures=(Picture(file="drill_down.png", draw=_map),),
)
