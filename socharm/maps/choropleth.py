"""Areas coloured by what was computed for them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from socharm._about import NOISY, About
from socharm._arguments import checked
from socharm._columns import RANK
from socharm._constraints import CountFrom1, Labels
from socharm._record import Record
from socharm._words import area_noun, harm_per
from socharm.io.areas import require_areas
from socharm.maps.by_area import column_by_area
from socharm.maps.class_choice import Classes, classes_of
from socharm.maps.furniture import tell_file
from socharm.maps.map_areas import with_areas, with_centres
from socharm.maps.map_page import MapPage, chosen_codes, draw_page
from socharm.maps.names import area_names
from socharm.maps.palettes import sequential
from socharm.maps.shapes import draw_areas, draw_gaps
from socharm.maps.style import styled
from socharm.severity.gaps import gap_words

__all__ = ["ChoroplethFacts", "choropleth_facts", "column_label", "plot_choropleth"]

_LABELS: Final = {
    "rate": "Harm rate as recorded",
    "rate_shrunk": "Harm rate",
    "rate_eb": "Harm rate, in standard errors from the mean",
    "rate_se": "Standard error of the harm rate",
    "harm": "Harm",
    "crimes": "Recorded crimes",
    "rank": "Rank",
}
#: Which rate is shown, where both have been worked out.
UNDERLYING_NOTE: Final = "The harm rate is the underlying one, which is ranked and allows for chance."


@dataclass(frozen=True, kw_only=True, eq=False)
class ChoroplethFacts:
    """What a map of one column shows and says.

    Attributes
    ----------
    areas : GeoDataFrame
    about : About or None
    table : DataFrame
        Of the record, by the codes of the areas and in their order.
    shown : Series
        Values of the areas that have a colour.
    gaps : Series
        Why an area has none; blank where it has one.
    classes : Classes or None
        None where no area has a value.
    name, unit : str
        Of the column, in plain words.
    finding : str
        The title.
    notes : tuple of str
    """

    areas: gpd.GeoDataFrame
    about: About | None
    table: pd.DataFrame
    shown: pd.Series
    gaps: pd.Series
    classes: Classes | None
    name: str
    unit: str
    finding: str
    notes: tuple[str, ...]

    @property
    def heading(self) -> str:
        """Of the legend."""
        return f"{self.name}\n{self.unit}" if self.unit else self.name

    @property
    def ordered(self) -> list[str]:
        """Codes of the areas that have a colour, the highest value first; of ranks the first."""
        first = _is_rank(str(self.shown.name))
        return list(self.shown.sort_index().sort_values(ascending=first, kind="stable").index)

    @property
    def from_most(self) -> list[int]:
        """Numbers of the classes from the darkest: from the highest values; of ranks from 1."""
        numbers = list(range(0 if self.classes is None else len(self.classes.labels)))
        return numbers if _is_rank(str(self.shown.name)) else numbers[::-1]


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
        Index ``area_code``, a CRS in metres; ``name``, ``parent`` and ``rank`` (the league) are used where present.
    record : Record, Series or DataFrame
        `SeverityIndex`, `Ranking` or another record whose table is keyed by area code; or a table of your own, or one
        column, whose index is the area code.
    column : str, optional
        Column of the table: ``"rate_shrunk"`` of a record, or of a table the only one that holds numbers, where it is
        not given. For a Series, what the legend calls it; its own name by default.
    scheme : {"quantiles", "natural_breaks", "equal", "head_tail", "std"}
        Where values reach far above the others, the first and the third leave those for a class of their own.
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
    facts = choropleth_facts(areas, record, column, about, scheme=scheme, k=k)
    page = MapPage(
        draw=partial(_draw, facts, palette),
        legend=facts.heading,
        title=title or facts.finding,
        notes=facts.notes,
        named=chosen_codes(labels, facts.ordered, areas.index, where="`areas`"),
    )
    drawn = draw_page(facts.areas, page, record=record, about=facts.about, ax=ax, basemap=basemap)
    if facts.classes is not None:
        tell_file(drawn, Classes=f"{scheme}: {'; '.join(facts.classes.labels)}")
    return drawn


def choropleth_facts(
    areas: gpd.GeoDataFrame,
    record: Record | pd.Series | pd.DataFrame,
    column: str | None,
    about: About | None,
    *,
    scheme: str,
    k: int,
) -> ChoroplethFacts:
    """What a map of one column shows and says, whatever draws it; arguments as in `plot_choropleth`."""
    require_areas(areas)
    table, column, about = column_by_area(record, column, about, areas)
    about = None if about is None else with_areas(about, areas)
    areas = with_centres(gpd.GeoDataFrame(areas), record)
    values = table[column].reindex(areas.index)
    gaps = _gaps(table.reindex(areas.index), values)
    shown = values[gaps == ""]
    classes = classes_of(shown.to_numpy(), scheme=scheme, k=k) if len(shown) else None
    name, unit = column_label(column, about)
    return ChoroplethFacts(
        areas=areas,
        about=about,
        table=table.reindex(areas.index),
        shown=shown,
        gaps=gaps,
        classes=classes,
        name=name,
        unit=unit,
        finding=_finding(areas, shown, column, name),
        notes=(
            *(() if classes is None else (classes.sentence,)),
            *((UNDERLYING_NOTE,) if column == "rate_shrunk" and isinstance(record, Record) else ()),
        ),
    )


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
    if column == "rank" and about is not None and " per " in about.unit:
        name = f"Rank (1 has the most {harm_per(about.unit)})"
    noisy = column == "rate" and about is not None and NOISY in about.coverage
    return "Harm rate of published counts" if noisy else name, unit


def _gaps(table: pd.DataFrame, values: pd.Series) -> pd.Series:
    """Why an area has no colour: "" where it has one."""
    reason = table["reason"] if "reason" in table.columns else pd.Series("", index=table.index)
    words = gap_words(reason)
    barred = pd.Series(False, index=table.index)
    if "rankable" in table.columns:
        barred = table["rankable"].isin([False])
    gaps = pd.Series("", index=table.index).mask(values.isna(), "no value").mask(barred, "not rankable")
    return gaps.mask((words != "") & (barred | values.isna()), words)


def _is_rank(column: str) -> bool:
    """Whether the lowest value of a column is the most."""
    return column == RANK or column.startswith(f"{RANK}_")


def _draw(facts: ChoroplethFacts, palette: str, ax: Axes) -> list[Patch]:
    """Colour the areas by class, hatch the others; legend handles from most to least."""
    handles = []
    if facts.classes is not None:
        labels, from_most = facts.classes.labels, facts.from_most
        colours = sequential(len(labels), palette)(np.argsort(from_most[::-1]))
        number = facts.classes.number(facts.shown.to_numpy())
        draw_areas(ax, facts.areas, facts.shown.index, facecolor=colours[number])
        sizes = np.bincount(number, minlength=len(labels))
        handles = [
            Patch(facecolor=colours[i], edgecolor="#888888", linewidth=0.5, label=f"{labels[i]}  ({sizes[i]:,})")
            for i in from_most
        ]
    return handles + draw_gaps(ax, facts.areas.geometry, facts.gaps, {}, many=len(facts.areas) > 1_000)


def _finding(areas: gpd.GeoDataFrame, shown: pd.Series, column: str, name: str) -> str:
    """Where the value is highest, and how far above the median; what is mapped, where no area stands out."""
    plain = f"{name} by {area_noun(areas.index)}"
    if len(shown) < 3 or _is_rank(column) or int((shown == shown.max()).sum()) > 1:
        return plain
    highest, median = float(shown.max()), float(shown.median())
    where = area_names(areas)[str(shown.idxmax())]
    label = name[:1].lower() + name[1:]
    if column not in _LABELS or median <= 0 or highest < 2 * median:
        return f"{name}: highest in {where}"
    times = highest / median
    told = f"{times:.1f}" if times < 10 else f"{times:,.0f}"
    return f"{where} has the highest {label}, {told} times that of the median {area_noun(areas.index)}"
