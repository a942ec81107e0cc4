"""Areas coloured by what was computed for them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from socharm._about import NOISY, About, combine_about
from socharm._arguments import checked
from socharm._columns import NAME
from socharm._constraints import CountFrom1, Labels
from socharm._record import Record
from socharm.errors import AlignmentError
from socharm.io.areas import areas_about, require_areas
from socharm.maps.basemap import draw_basemap
from socharm.maps.by_area import column_by_area
from socharm.maps.classes import class_bounds, class_labels, with_slack
from socharm.maps.furniture import add_furniture, add_legend, add_north_arrow, add_scale_bar, open_axes
from socharm.maps.labels import label_areas
from socharm.maps.palettes import sequential
from socharm.maps.shapes import FINE, draw_gaps, draw_outlines, draw_shapes
from socharm.maps.style import styled
from socharm.severity.centres import centre_flags
from socharm.severity.gaps import gap_words
from socharm.severity.index import SeverityIndex
from socharm.snapshot.centres import marked_names

__all__ = ["column_label", "open_map", "plot_choropleth", "with_areas", "with_centres"]

_LABELS: Final = {
    "rate": "Harm rate as recorded",
    "rate_shrunk": "Harm rate (underlying)",
    "rate_eb": "Harm rate (by its own error)",
    "rate_se": "Standard error of the harm rate",
    "harm": "Harm",
    "crimes": "Recorded crimes",
    "rank": "Rank (1 has the most harm)",
}
_SCHEME_TEXT: Final = {
    "quantiles": "equal numbers of areas",
    "natural_breaks": "natural breaks",
    "equal": "equal widths",
    "head_tail": "head/tail breaks",
    "std": "standard deviations from the mean",
}


@checked
@styled
def plot_choropleth(
    areas: gpd.GeoDataFrame,
    record: Record | pd.Series | pd.DataFrame,
    *,
    column: str | None = None,
    scheme: str = "quantiles",
    k: CountFrom1 = 5,
    labels: Labels = 10,
    palette: str = "harm",
    title: str | None = None,
    about: About | None = None,
    basemap: str | os.PathLike[str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Map of areas in classes of one column.

    Parameters
    ----------
    areas : GeoDataFrame
        Index ``area_code``, a CRS in metres; ``name`` and ``parent`` are used where present.
    record : Record, Series or DataFrame
        `SeverityIndex`, `Ranking` or another record whose table is keyed by area code; or a table of your own, or one
        column, whose index is the area code.
    column : str, optional
        Column of the table: ``"rate_shrunk"`` of a record, or of a table the only one that holds numbers, where it is
        not given. For a Series, what the legend calls it; its own name by default.
    scheme : {"quantiles", "natural_breaks", "equal", "head_tail", "std"}
    k : int
        Number of classes, at most 9; the last two schemes find their own. Numbers of areas stand in the legend.
    labels : int or sequence of str
        How many of the highest areas are named on the map, or the codes of those to name.
    palette : str
        One of `socharm.maps.palettes.PALETTES`.
    title : str, optional
    about : About, optional
        For a Series or a table: period, sources, unit, marking. Without it the map says they were not stated.
    basemap : str or path, optional
        Name of a contextily provider (fetches tiles), a GeoTIFF, or a vector file.
    ax : Axes, optional

    Returns
    -------
    Axes
        Nothing is computed, saved or shown. Areas without a value, and areas that are not rankable,
        are hatched and counted in the legend.

    Raises
    ------
    ParameterError
        `record` is none of the three, or has no numbers by area code.
    SchemaError
        The column is missing, or holds something else than finite numbers and gaps.
    AlignmentError
        The record speaks of areas that the map does not have.
    CRSError
        The areas have no CRS in metres.
    """
    require_areas(areas)
    table, column, about = column_by_area(record, column, about, areas)
    about = with_areas(about, areas)
    areas = gpd.GeoDataFrame(areas)
    values = table[column].reindex(areas.index)
    areas = with_centres(areas, record)
    ax = open_map(areas, ax=ax, basemap=basemap)
    gaps = _gaps(table.reindex(areas.index), values)
    shown = values[gaps == ""]
    handles = _draw_classes(ax, areas, shown, scheme, k, palette) if len(shown) else []
    handles += draw_gaps(ax, areas.geometry, gaps, {}, many=len(areas) > 1_000)
    draw_outlines(ax, areas)
    name, unit = column_label(column, about)
    add_legend(ax, handles, title=f"{name}\n{unit}" if unit else name)
    _name_areas(ax, areas, shown, labels)
    add_scale_bar(ax)
    add_north_arrow(ax)
    notes = [f"Classes: {_SCHEME_TEXT[scheme]}; the number of areas stands in brackets."] if len(shown) else []
    return add_furniture(ax, about=about, title=title or f"{name} by area", notes=notes, below=38.0)


def with_centres(areas: gpd.GeoDataFrame, record: Any) -> gpd.GeoDataFrame:
    """The areas with the mark of a centre behind the names of those that the record knows to be one."""
    if NAME not in areas.columns:
        return areas
    if isinstance(record, SeverityIndex):
        flags = centre_flags(record)
    else:
        table = getattr(record, "table", None)
        if not isinstance(table, pd.DataFrame) or "centre_flag" not in table.columns:
            return areas
        flags = table["centre_flag"]
    centres = flags.index[flags.fillna(False).to_numpy(dtype=bool)]
    return areas.assign(**{NAME: marked_names(areas[NAME], centres)})


def column_label(column: str, about: About | None) -> tuple[str, str]:
    """Name of a column in plain words, and its unit.

    Examples
    --------
    >>> column_label("harm", About(unit="sentence-days per resident per year"))
    ('Harm', 'sentence-days')
    """
    unit = about.unit if about is not None else ""
    if column == "harm":
        unit = unit.split(" per ")[0]
    elif column == "rate_eb" or (column in _LABELS and not column.startswith("rate")):
        unit = ""  # a rate over its standard deviation has none
    name = _LABELS.get(column, column.replace("_", " ").capitalize())
    noisy = column == "rate" and about is not None and NOISY in about.coverage
    return "Harm rate of published counts" if noisy else name, unit


def open_map(areas: gpd.GeoDataFrame, *, ax: Axes | None, basemap: str | os.PathLike[str] | None) -> Axes:
    """Axes with the limits, aspect and basemap of a map of `areas`, which are shapes with a CRS."""
    require_areas(areas)
    west, south, east, north = (float(edge) for edge in areas.total_bounds)
    tall = float(np.clip((north - south) / max(east - west, 1.0), 0.5, 1.6))
    ax = open_axes(ax, width=9.0, height=min(9.0 * tall, 11.0))
    margin = 0.02 * max(east - west, north - south)
    ax.set(xlim=(west - margin, east + margin), ylim=(south - margin, north + margin), aspect="equal")
    ax.set_axis_off()
    draw_basemap(ax, basemap, crs=str(areas.crs))
    return ax


def with_areas(about: About | None, areas: gpd.GeoDataFrame) -> About | None:
    """`about` with the sources and marking of the boundaries that are drawn."""
    if about is None:
        return None
    return combine_about(about, replace(areas_about(areas), coverage=""), unit=about.unit, coverage=about.coverage)


def _gaps(table: pd.DataFrame, values: pd.Series) -> pd.Series:
    """Why an area has no colour: "" where it has one."""
    reason = table["reason"] if "reason" in table.columns else pd.Series("", index=table.index)
    words = gap_words(reason)
    barred = pd.Series(False, index=table.index)
    if "rankable" in table.columns:
        barred = table["rankable"].isin([False])
    gaps = pd.Series("", index=table.index).mask(values.isna(), "no value").mask(barred, "not rankable")
    return gaps.mask((words != "") & (barred | values.isna()), words)


def _draw_classes(
    ax: Axes, areas: gpd.GeoDataFrame, shown: pd.Series, scheme: str, k: int, palette: str
) -> list[Patch]:
    """Colour the areas by class; legend handles from most to least."""
    bounds = class_bounds(shown.to_numpy(), scheme=scheme, k=k)
    texts = class_labels(bounds)
    colours = sequential(len(texts), palette)
    upper = with_slack(bounds[1:])
    number = np.minimum(np.searchsorted(upper, shown.to_numpy()), len(texts) - 1)
    fine = len(areas) > FINE
    draw_shapes(
        ax,
        areas.geometry.loc[shown.index],
        facecolor=colours(number),
        edgecolor="face" if fine else "white",
        linewidth=0.1 if fine else 0.4,
    )
    sizes = np.bincount(number, minlength=len(texts))
    return [
        Patch(facecolor=colours(i), edgecolor="#888888", linewidth=0.5, label=f"{texts[i]}  ({sizes[i]:,})")
        for i in reversed(range(len(texts)))
    ]


def _name_areas(ax: Axes, areas: gpd.GeoDataFrame, shown: pd.Series, labels: int | Sequence[str]) -> None:
    if isinstance(labels, int):
        codes = list(shown.sort_index().sort_values(ascending=False, kind="stable").index[: max(labels, 0)])
    else:
        strangers = [code for code in labels if code not in areas.index]
        if strangers:
            raise AlignmentError(f"`labels` names {strangers[:3]}, which are not in `areas`. Give area codes.")
        codes = list(labels)
    label_areas(ax, areas, codes)
