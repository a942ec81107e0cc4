"""One map that can be moved, enlarged and pointed at, for a notebook without a network."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from socharm._about import About
from socharm._arguments import check_fields, checked
from socharm._columns import RANK
from socharm._constraints import CountFrom1
from socharm._record import Record
from socharm._words import area_noun, number_of, period_words, rate_decimals
from socharm.dashboard.explore_page import ExplorePage, explore_html
from socharm.dashboard.layers import hex_colours
from socharm.dashboard.plots import require_bokeh
from socharm.errors import ParameterError
from socharm.files.atomic import atomic_write
from socharm.io.areas import require_areas
from socharm.maps.change_map import CHANGE_COLOURS, NOT_COMPARED, change_classes, change_finding, change_notes
from socharm.maps.choropleth import ChoroplethFacts, choropleth_facts
from socharm.maps.classes import format_number
from socharm.maps.compared import about_and_warnings, against_words
from socharm.maps.furniture import UNSTATED
from socharm.maps.map_areas import open_map
from socharm.maps.map_page import in_noun
from socharm.maps.names import area_names, district_names
from socharm.maps.sources import source_lines
from socharm.rescoring.change_words import change_told
from socharm.rescoring.comparison import Comparison

__all__ = ["InteractiveMap", "explore"]

#: More areas than this are no list that anyone reads under a map, and no page that a notebook holds.
_MOST: Final = 8_000


@dataclass(frozen=True, eq=False, repr=False)
class InteractiveMap:
    """A map as one page of HTML that fetches nothing: a notebook shows it, and it can be saved.

    Attributes
    ----------
    html : str
        The whole page, about 1.5 MB: the program that draws it stands in it.
    title : str
        What it shows, in a sentence.
    height : int
        Of the frame that a notebook gives it, in pixels.
    """

    __made_by__ = ("explore",)

    html: str
    title: str
    height: int

    def __post_init__(self) -> None:
        """Whoever makes one by hand is told of a part of the wrong kind."""
        check_fields(self)

    def __repr__(self) -> str:
        return f"<InteractiveMap>\n  title: {self.title}\n  shown: by a notebook, or saved with .save('map.html')"

    def _repr_html_(self) -> str:
        """A frame of its own, so that neither the page nor the notebook changes how the other looks."""
        return (
            f'<iframe srcdoc="{escape(self.html)}" title="{escape(self.title)}" '
            f'style="width:100%;height:{self.height}px;border:0"></iframe>'
        )

    @checked
    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the page, for a browser.

        Parameters
        ----------
        path : str or path
            A file whose name ends in ``.html``; one that is there is replaced.

        Returns
        -------
        Path

        Raises
        ------
        ParameterError
            The name ends otherwise.
        """
        target = Path(path)
        if target.suffix.lower() != ".html":
            raise ParameterError(f"`path` is {target.name!r}; an interactive map is a page: let the name end in .html.")
        with atomic_write(target) as unfinished:
            unfinished.write_text(self.html, encoding="utf-8", newline="\n")
        return target


@checked
def explore(
    areas: gpd.GeoDataFrame,
    record: Record | pd.Series | pd.DataFrame,
    *,
    column: str | None = None,
    scheme: str = "quantiles",
    k: CountFrom1 = 5,
    palette: str = "harm",
    title: str | None = None,
    about: About | None = None,
) -> InteractiveMap:
    """Map of areas that can be moved, enlarged and pointed at; ``record.explore(areas)`` is the same.

    Parameters
    ----------
    areas : GeoDataFrame
        Index ``area_code``, a CRS in metres; ``name`` and ``parent`` are used where present. At most 8,000 areas.
    record : Record, Series or DataFrame
        What `severity_index`, `rank_areas`, `compare` or another function returns by area code; or a table or column of
        your own, whose index is the area code. A `Comparison` is coloured by its verdicts.
    column, scheme, k, palette, title, about
        As in `plot_choropleth`: classes, colours and title are those of the printed map. A `Comparison` takes
        `title` only.

    Returns
    -------
    InteractiveMap
        Shown by a notebook; ``.save("map.html")`` writes it. Nothing is computed and nothing is fetched. The numbers of
        all areas stand in it, in the notebook that holds it too: it bears the marking, and belongs where they may be.

    Raises
    ------
    ParameterError
        `record` is none of the three, has no numbers by area code, or there are too many areas.
    SchemaError
        The column is missing, or holds something else than finite numbers and gaps.
    AlignmentError
        The record speaks of areas that the map does not have.
    CRSError
        The areas have no CRS in metres.
    MissingExtraError
        Bokeh is not installed.
    """
    require_bokeh()
    require_areas(areas)
    if len(areas) > _MOST:
        raise ParameterError(
            f"`areas` has {number_of(len(areas), 'area')}, more than {_MOST:,}, which no notebook holds. Choose "
            "those of one force or district, or draw them with `plot_choropleth`."
        )
    if isinstance(record, Comparison):
        page = _compared(areas, record)
    else:
        facts = choropleth_facts(areas, record, column, about, scheme=scheme, k=k)
        page = _coloured(facts, palette)
    page = page if title is None else replace(page, title=title)
    return InteractiveMap(html=explore_html(page), title=page.title, height=page.height)


def _coloured(facts: ChoroplethFacts, palette: str) -> ExplorePage:
    """A page of one column in classes."""
    gaps = facts.gaps
    kinds = gaps.astype("object")
    colours: dict[str, str] = {}
    if facts.classes is not None:
        labels = np.asarray(facts.classes.labels, dtype=object)
        kinds.loc[facts.shown.index] = labels[facts.classes.number(facts.shown.to_numpy())]
        shades = hex_colours(len(labels), palette)
        colours = {str(labels[i]): shade for i, shade in zip(facts.from_most, shades[::-1], strict=True)}
    digits = _decimals(facts.shown)
    values = facts.shown.reindex(facts.areas.index)
    shown = [format_number(value, decimals=digits) if np.isfinite(value) else "" for value in values.to_numpy()]
    told = {facts.name: [f"{text} {facts.unit}".strip() if text else "" for text in shown], **_ranks(facts.table)}
    if "reason" in facts.table.columns:
        reasons = facts.table["reason"].fillna("").astype(str)
        told["Not shown because"] = [text if gap else "" for text, gap in zip(reasons, gaps, strict=True)]
    about = facts.about
    period = "" if about is None or about.period is None else period_words(about.period.start, about.period.end)
    noun = area_noun(facts.areas.index)
    return replace(
        _ground(facts.areas, about),
        kinds=[str(kind) for kind in kinds],
        colours=colours,
        told=told,
        order=facts.areas.index.get_indexer(pd.Index([*facts.ordered, *facts.areas.index[gaps != ""]])).tolist(),
        title=facts.finding,
        heading=facts.heading.replace("\n", ", "),
        period=period,
        notes=[in_noun(note, noun) for note in facts.notes],
    )


def _compared(areas: gpd.GeoDataFrame, comparison: Comparison) -> ExplorePage:
    """A page of the verdicts of a comparison."""
    about, warned = about_and_warnings(comparison)
    drawn, about = open_map(areas, replace(comparison, about=about), name="comparison")
    drawn = gpd.GeoDataFrame(drawn)
    table = comparison.table.reindex(drawn.index)
    kinds = change_classes(comparison).reindex(drawn.index, fill_value=NOT_COMPARED).astype("object")
    change = [_change(row) for row in table[["ratio", "ratio_low_90", "ratio_high_90"]].to_numpy(dtype=float)]
    beyond = [_change(row, "95%") for row in table[["beyond", "beyond_low_95", "beyond_high_95"]].to_numpy(dtype=float)]
    told = {
        "Verdict": [str(kind) for kind in kinds],
        "Underlying rate": change,
        "Beyond what was to be expected": beyond,
        **_ranks(table, "_earlier", "Rank before"),
        **_ranks(table, "_later", "Rank now"),
    }
    size = np.abs(np.log(table["beyond"].to_numpy(dtype=float)))
    ranks = {kind: place for place, kind in enumerate((next(iter(CHANGE_COLOURS)), "fell"))}
    keys = pd.DataFrame({"kind": [ranks.get(str(kind), 2) for kind in kinds], "size": -size}, index=drawn.index)
    order = keys.sort_index().sort_values(["kind", "size"], kind="stable", na_position="last").index
    noun = area_noun(drawn.index)
    return replace(
        _ground(drawn, about),
        kinds=[str(kind) for kind in kinds],
        colours=CHANGE_COLOURS,
        told=told,
        order=drawn.index.get_indexer(order).tolist(),
        title=change_finding(comparison),
        heading="Harm rate beyond what was to be expected",
        period=against_words(comparison.periods),
        notes=[in_noun(note, noun) for note in (*warned, change_notes(comparison))],
    )


def _change(row: np.ndarray[Any, np.dtype[np.float64]], share: str = "90%") -> str:
    """A ratio as a change with its interval; blank where it is not known."""
    middle, low, high = (float(part) for part in row)
    if np.isnan(middle):
        return ""
    return f"{change_told(middle)} ({share} interval {change_told(low)} to {change_told(high)})"


def _ranks(table: pd.DataFrame, end: str = "", name: str = "Rank") -> Mapping[str, list[str]]:
    """Ranks with their 90% intervals, where a table has them."""
    columns = [f"{RANK}{end}", *(f"{RANK}{end}_{side}_90" for side in ("low", "high"))]
    if not set(columns[:1]) <= set(table.columns):
        return {}
    ranks = table.reindex(columns=columns).astype("float64").to_numpy()
    return {name: [_rank(*map(float, row)) for row in ranks]}


def _rank(rank: float, low: float, high: float) -> str:
    if np.isnan(rank):
        return ""
    return f"{rank:,.0f}" if np.isnan(low) else f"{rank:,.0f} (90% interval {low:,.0f} to {high:,.0f})"


def _decimals(shown: pd.Series) -> int:
    """Decimals of every number of a page; none of whole ones."""
    values = shown.to_numpy(dtype=float)
    whole = bool(np.all(values == np.rint(values)))
    return 0 if whole else rate_decimals(np.abs(values).tolist())


def _ground(areas: gpd.GeoDataFrame, about: About | None) -> ExplorePage:
    """A page that knows its ground and its sources, and has no colour yet."""
    return ExplorePage(
        areas=areas,
        names=[str(name) for name in area_names(areas)],
        districts=[str(name) for name in district_names(areas)],
        sources=[f"{UNSTATED[:1].upper()}{UNSTATED[1:]}."] if about is None else source_lines(about),
        coverage="" if about is None else about.coverage,
        marking="" if about is None else about.shown_marking,
    )
