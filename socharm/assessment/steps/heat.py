"""``[heat]``: the kernel density of harm."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from socharm._about import About
from socharm._settings import setting
from socharm.assessment.heat_bands import contours_look, heat_bands, heat_look
from socharm.assessment.layer_looks import LayerLook
from socharm.assessment.steps._columns import named
from socharm.assessment.steps._step import Context, Drawing, Picture, Section, Step
from socharm.assessment.steps.areas import AREAS
from socharm.assessment.steps.points import POINTS
from socharm.errors import DataWarning, ParameterError
from socharm.hotspots.points.contours import surface_contours
from socharm.hotspots.points.density import kernel_density
from socharm.hotspots.points.heat_record import DensitySettings, HeatSurface
from socharm.publish.disclosure import PublishedTables
from socharm.snapshot.dashboard_layer import DashboardLayer, DashboardPart
from socharm.snapshot.spec import TableSpec
from socharm.snapshot.tables import has_columns
from socharm.stats.figures import to_figures

__all__ = ["HEAT", "HeatSection", "heat_cells"]

#: Heat cells are kept from this share of the surface's maximum.
_HEAT_SHARE: Final = 0.05
_MOST_HEAT_CELLS: Final = 20_000


@dataclass(frozen=True, kw_only=True)
class HeatSection(DensitySettings):
    """``[heat]``: the surface of harm, and the ground that holds most of it."""

    contours: bool = setting(
        False, "whether the ground of 25, 50 and 80 per cent of the smoothed harm is a table and a layer"
    )


@dataclass(frozen=True, eq=False)
class _Heat:
    """The surface, and whether its contours were asked for."""

    surface: HeatSurface
    contours: bool

    @cached_property
    def ground(self) -> gpd.GeoDataFrame | None:
        """The contours; None where they were not asked for, or no cell may be shown."""
        shown = np.nan_to_num(self.surface.published)
        return surface_contours(self.surface) if self.contours and shown.max(initial=0.0) > 0 else None


def _run(context: Context) -> _Heat | None:
    section, points = context.recipe.part(HeatSection), context[POINTS]
    if points is None:
        return None
    try:
        chosen = DensitySettings(**{entry.name: vars(section)[entry.name] for entry in fields(DensitySettings)})
        return _Heat(kernel_density(points, mask=context[AREAS], settings=chosen), section.contours)
    except ParameterError as error:
        # What the recipe leaves to rules, and the points do not give, is no fault of the recipe: the ranking goes on.
        if section.bandwidth is not None or section.cell_size is not None:
            raise
        warnings.warn(f"No heat surface: {error}", DataWarning, stacklevel=2)
        return None


def _frames(found: _Heat | None) -> dict[str, pd.DataFrame]:
    if found is None:
        return {}
    frames = {"heat": _facts(found.surface), "heat_cells": heat_cells(found.surface)}
    ground = found.ground
    if ground is not None:
        frames["heat_contours"] = pd.DataFrame(ground.drop(columns=ground.geometry.name))
    return frames


def _facts(surface: HeatSurface) -> pd.DataFrame:
    found, fewest = surface.findings, float(surface.settings.minimum_events)
    steering = pd.DataFrame(
        {"value": [found.bandwidth_m, found.cell_size_m, fewest]},
        index=pd.Index(["bandwidth (m)", "cell size (m)", "fewest events in reach of a published cell"], name="fact"),
    )
    return pd.concat([steering, surface.table.rename_axis("fact")[["value"]].astype(float)])


def heat_cells(surface: HeatSurface) -> pd.DataFrame:
    """Cells of the published surface from a share of its maximum on, the hottest ones when there are too many.

    Returns
    -------
    DataFrame
        ``easting``, ``northing`` (cell centres, metres), ``harm_per_km2``; sorted by place.
    """
    grid = surface.published
    peak = np.nanmax(grid, initial=0.0)
    rows, columns = np.nonzero(np.nan_to_num(grid) >= max(peak * _HEAT_SHARE, np.finfo(float).tiny))
    values = grid[rows, columns]
    kept = np.sort(np.argsort(-values, kind="stable")[:_MOST_HEAT_CELLS])
    return pd.DataFrame(
        {
            "easting": surface.x[columns[kept]],
            "northing": surface.y[rows[kept]],
            "harm_per_km2": values[kept],
        }
    )


def _layers(found: _Heat | None, _: gpd.GeoDataFrame) -> dict[str, gpd.GeoDataFrame]:
    if found is None:
        return {}
    ground = found.ground
    kept = {} if ground is None else {"heat_contours": ground}
    bands = heat_bands(found.surface)
    return kept if bands.empty else {**kept, "heat": bands}


def _looks(found: _Heat | None) -> dict[str, LayerLook]:
    if found is None:
        return {}
    ground = found.ground
    return {
        "heat": heat_look(found.surface),
        **({} if ground is None else {"heat_contours": contours_look(ground, found.surface)}),
    }


def _heat_map(found: _Heat | None, drawing: Drawing) -> Any:
    from socharm.maps.heat import plot_heat

    return None if found is None else plot_heat(drawing.areas, found.surface, **drawing.on)


def _contour_map(found: _Heat | None, drawing: Drawing) -> Any:
    from socharm.maps.heat_contours import plot_heat_contours

    if found is None or found.ground is None:
        return None
    return plot_heat_contours(drawing.areas, found.surface, **drawing.on)


def _published(found: _Heat | None, published: PublishedTables) -> _Heat | None:
    """A surface to one significant figure, and its facts as they are published: its peaks say no more than a band."""
    if found is None:
        return None
    surface = found.surface
    facts = published.tables["heat"]["value"].reindex(surface.table.index)
    shown = replace(surface, grid=to_figures(surface.grid, 1), table=surface.table.assign(value=facts))
    return replace(found, surface=shown)


def _dashboard(tables: Mapping[str, pd.DataFrame], about: About) -> Iterable[DashboardLayer]:
    cells, facts = tables["heat_cells"], tables["heat"]
    if not has_columns(cells, "easting northing harm_per_km2"):
        return
    size = facts["value"].get("cell size (m)") if has_columns(facts, "value") else None
    squares = "squares" if size is None else f"{size:g} m squares"
    unit = about.unit or "weight units per head"
    yield DashboardLayer(
        key="heat",
        label="Heat surface",
        unit=f"{unit.split(' per ')[0]} per km²",
        note=f"Smoothed harm per square kilometre in {squares}; squares below the stated threshold are blank.",
        surface=cells,
    )


HEAT: Final = Step[_Heat | None](
    name="heat",
    phase="heat",
    words="heat",
    also_words="incidents",
    switch="heat",
    switch_says="the heat surface",
    needs=(POINTS, AREAS),
    section=Section(
        key="heat",
        kind=HeatSection,
        says="harm per square kilometre, smoothed",
        place=110,
        arguments={
            "crs": "[areas] crs",
            "offences": "[index] offences",
            "exclude": "[index] exclude",
            "unweighted": "[index] unweighted",
            "transform": "[index] transform",
            "cap": "[index] cap",
        },
    ),
    run=_run,
    tables=(
        TableSpec(
            name="heat",
            meaning="what the surface was made of; index `fact`",
            columns=named("figures:3", value="its value"),
        ),
        TableSpec(
            name="heat_cells",
            meaning="a cell above the stated threshold",
            dashboard=DashboardPart(layers=_dashboard, place=40),
            columns=(
                *named("keep", easting="centre of the cell, in metres", northing="centre of the cell, in metres"),
                *named("figures:1", harm_per_km2="smoothed harm per square kilometre over the period"),
            ),
        ),
        TableSpec(
            name="heat_contours",
            meaning="the ground of a share of the smoothed harm; index `contour`",
            columns=(
                *named(
                    "keep",
                    kind="whether it is of a share of the smoothed harm, or of a density",
                    asked="share of the smoothed harm that was asked for, in per cent",
                ),
                *named(
                    "figures:1",
                    level="smoothed harm per square kilometre at its edge",
                    held="share of the smoothed harm that it holds, in per cent",
                    area_km2="square kilometres of it",
                ),
                *named("keep", parts="pieces of ground that it has"),
            ),
        ),
    ),
    frames=_frames,
    settings=lambda found, _: None if found is None else found.surface.settings,
    settings_kinds=(DensitySettings,),
    layers=_layers,
    looks=_looks,
    pictures=(Picture(file="heat.png", draw=_heat_map), Picture(file="heat_contours.png", draw=_contour_map)),
    published=_published,
)
