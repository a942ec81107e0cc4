"""The heat surface as ground of one density each, for the GeoPackage: a surface of cells would be too many polygons."""

from __future__ import annotations

from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm.assessment.layer_looks import CLASS_COLUMN, LayerLook
from socharm.files.qgis_style import QgisClass
from socharm.hotspots.points.contours import cells_as_polygon
from socharm.hotspots.points.heat_record import HeatSurface
from socharm.maps.classes import class_labels
from socharm.stats.figures import to_figures

__all__ = ["contours_look", "heat_bands", "heat_look"]

#: Bands of the surface: as many shades as can be told apart beside each other.
_BANDS: Final = 10
_FIGURES: Final = 2
#: Of a point.
_MILLIMETRES: Final = 25.4 / 72


def heat_bands(surface: HeatSurface) -> gpd.GeoDataFrame:
    """Ground of one band of density each, of the cells that may be shown.

    Parameters
    ----------
    surface : HeatSurface

    Returns
    -------
    GeoDataFrame
        ``harm_from`` and ``harm_to`` (harm per square kilometre; above the first, up to the second), ``area_km2``, from
        the least; index ``band`` from 1. A band has one shape of many parts; one without ground has no row. Bounds are
        equal steps of the square root of density, as the colours of the printed map are.
    """
    grid = np.nan_to_num(surface.published)
    bounds = _bounds(grid)
    # a value on a bound belongs to the band below it
    band = np.where(grid > 0, np.searchsorted(bounds[1:], grid), -1)
    held = [number for number in range(len(bounds) - 1) if (band == number).any()]
    cell = surface.findings.cell_size_m
    shapes = [cells_as_polygon(band == number, surface.x, surface.y, cell) for number in held]
    table = pd.DataFrame(
        {
            "harm_from": [float(bounds[number]) for number in held],
            "harm_to": [float(bounds[number + 1]) for number in held],
            "area_km2": [float((band == number).sum()) * cell**2 / 1e6 for number in held],
        },
        index=pd.Index([number + 1 for number in held], name="band", dtype="int64"),
    )
    return gpd.GeoDataFrame(table, geometry=shapes, crs=surface.crs or None)


def _bounds(grid: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bounds of the bands to two figures, the last not below the highest cell; one bound where no cell is above 0."""
    peak = float(grid.max(initial=0.0))
    if not peak > 0:
        return np.zeros(1)
    step = 10.0 ** (np.floor(np.log10(peak)) - (_FIGURES - 1))
    top = float(np.ceil(peak / step - 1e-9) * step)
    steps = np.linspace(0.0, 1.0, _BANDS + 1)
    return np.append(to_figures(top * steps[:-1] ** 2, _FIGURES), max(top, peak))


def heat_look(surface: HeatSurface) -> LayerLook:
    """The bands in the shades of the printed map, from the most; each band is one row, so none is counted."""
    from socharm.dashboard.layers import hex_colours

    bounds = _bounds(np.nan_to_num(surface.published))
    labels = class_labels(bounds) if len(bounds) > 1 else []
    members = pd.Series(labels, index=pd.RangeIndex(1, len(labels) + 1, name="band"), name=CLASS_COLUMN, dtype="str")
    colours = hex_colours(len(labels), "harm") if labels else ()
    return LayerLook(
        title=f"Heat surface: {surface.about.unit}",
        note="Smoothed; ground with too few events in reach is blank.",
        members=members,
        classes=tuple(
            QgisClass(value=label, label=label, colour=colour, outline=colour)
            for label, colour in reversed(list(zip(labels, colours, strict=True)))
        ),
        counted=False,
    )


def contours_look(ground: gpd.GeoDataFrame, surface: HeatSurface) -> LayerLook:
    """Lines round the ground of each share, the densest thickest, as on the printed map."""
    from socharm.maps.heat import of_events
    from socharm.maps.heat_contours import CONTOUR_DASHES, CONTOUR_INK, CONTOUR_WIDTHS, contour_words

    words = contour_words(ground)
    looks = [min(at, len(CONTOUR_WIDTHS) - 1) for at in range(len(words))]
    return LayerLook(
        title=f"Densest ground with a share of the smoothed {'events' if of_events(surface) else 'harm'}",
        note="Each ground lies inside the next.",
        members=pd.Series(words, index=ground.index, name=CLASS_COLUMN, dtype="str"),
        classes=tuple(
            QgisClass(
                value=word,
                label=word,
                colour="",
                outline=CONTOUR_INK,
                width=CONTOUR_WIDTHS[look] * _MILLIMETRES,
                dashed=CONTOUR_DASHES[look] != "solid",
            )
            for look, word in zip(looks, words, strict=True)
        ),
        counted=False,
    )
