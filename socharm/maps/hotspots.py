"""Maps of hotspots of areas: what a local statistic found, and how many areas of each kind."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from socharm._about import About
from socharm._arguments import checked
from socharm._constraints import Labels
from socharm._words import area_noun, harm_per, number_of
from socharm.errors import ParameterError
from socharm.hotspots.areas.area_settings import GraphFindings
from socharm.hotspots.areas.bivariate import BivariateFindings
from socharm.hotspots.areas.local_geary import HeterogeneityFindings, HeterogeneitySettings, LocalHeterogeneity
from socharm.hotspots.areas.local_record import (
    AROUND,
    RATE_OF_EVENTS,
    LocalSettings,
    LocalStatistics,
    labels_by_own,
)
from socharm.maps.choropleth import column_label
from socharm.maps.label_colours import HOTSPOT_COLOURS
from socharm.maps.map_areas import open_map
from socharm.maps.map_page import MapPage, chosen_codes, draw_page
from socharm.maps.palettes import HATCHES
from socharm.maps.shapes import draw_areas, points_per_metre
from socharm.maps.style import styled
from socharm.severity.gaps import GAPS

__all__ = ["plot_hotspots"]

#: As on the other maps; an island here has a value of its own, and no neighbour to compare it with.
_HATCHES: Final = {"island": "oo", **{gap: HATCHES[gap] for gap in GAPS}}

_TEXTS: Final = {
    "hot": "hot: high here and around it",
    "cold": "cold: low here and around it",
    AROUND["hot"]: "high around it, not here",
    AROUND["cold"]: "low around it, not here",
    "high-high": "high among high",
    "low-low": "low among low",
    "high-low": "high among low",
    "low-high": "low among high",
    "together": "marked, among marked ones",
    "marked": "marked, and no more",
    "different": "unlike their neighbours",
    "alike": "like their neighbours, across the mean",
    "uneven": "uneven neighbourhood",
    "even": "even neighbourhood",
    "island": "no covered neighbour, not tested",
}

#: Columns that are harm, by any denominator.
_HARM: Final = ("rate", "rate_shrunk", "rate_eb", "harm")
#: Labels whose areas are named first.
_NAMED: Final = ("hot", "high-high", "together", "different", "uneven")

#: Areas narrower than this on paper, in points, are ringed.
_SPECK: Final = 3.0
_RING: Final = "A ring marks an area too small to see."

_METHODS: Final = {
    "gi-star": "Gi*",
    "gi": "Gi",
    "local-moran": "Local Moran",
    "bivariate-moran": "Bivariate local Moran",
    "join-counts": "Local join counts",
    "local-geary": "Local Geary",
    "local-spread": "Local spread (LOSH)",
}

#: What the colours answer, for those who have not heard of the method: the foot of the map names that.
_ASKED: Final = {
    "gi-star": "{subject} here and round it,\ncompared with the mean of all {noun}s",
    "gi": "{subject} round it, without itself,\ncompared with the mean of all {noun}s",
    "local-moran": "{subject} here and round it,\neach compared with the mean of all {noun}s",
    "bivariate-moran": "{subject} here, {second} round it,\neach compared with the mean of all {noun}s",
    "join-counts": "marked {noun}s beside one another",
    "local-geary": "{subject}\ncompared with that of the {noun}s round it",
    "local-spread": "how much {subject} differs\nfrom one {noun} to the next",
}

_CORRECTIONS: Final = {
    "bh": "false discovery rate {alpha:g} (Benjamini-Hochberg)",
    "by": "false discovery rate {alpha:g} (Benjamini-Yekutieli)",
    "none": "p at most {alpha:g}, NOT corrected for testing {tested:,} areas",
}


@checked
@styled
def plot_hotspots(
    areas: gpd.GeoDataFrame,
    local: LocalStatistics | LocalHeterogeneity,
    *,
    labels: Labels = 10,
    title: str | None = None,
    basemap: str | os.PathLike[str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Map of the areas that are hot, cold or unlike their neighbours after correction.

    Parameters
    ----------
    areas : GeoDataFrame
        Index ``area_code``, a CRS in metres; ``name`` and ``parent`` are used where present.
    local : LocalStatistics or LocalHeterogeneity
        From `local_gi_star`, `local_moran`, `local_rate_moran`, `local_bivariate_moran`, `local_join_counts`,
        `local_geary` or `local_spread`.
    labels : int or sequence of str
        How many of the highest hot areas (or those unlike their neighbours, or in uneven neighbourhoods) are named,
        or the codes of those to name.
    title : str, optional
    basemap : str or path, optional
        Name of a contextily provider (fetches tiles), a GeoTIFF, or a vector file.
    ax : Axes, optional

    Returns
    -------
    Axes
        Nothing is computed, saved or shown. The legend has every class of the method with its number of
        areas, 0 included; islands and areas without a value are hatched.

    Raises
    ------
    AlignmentError
        The record speaks of areas that the map does not have.
    CRSError
        The areas have no CRS in metres.
    """
    if not isinstance(local, (LocalStatistics, LocalHeterogeneity)):
        raise ParameterError(
            f"`local` is a {type(local).__name__}; give what `local_gi_star`, `local_moran`, `local_geary` or "
            "`local_spread` returns."
        )
    areas, about = open_map(areas, local, name="local")
    label = labels_by_own(local.table).reindex(areas.index).fillna("not covered")
    name, unit = column_label(local.findings.column, local.about)
    bare = local.findings.method in ("join-counts", "bivariate-moran") or local.findings.column == RATE_OF_EVENTS
    unit = "" if bare else unit
    noun, subject = area_noun(areas.index), _subject(local.findings.column, local.about)
    second = _second(local.findings, local.about)
    asked = _ASKED[local.findings.method].format(subject=subject, noun=noun, second=second)
    lines = [asked[:1].upper() + asked[1:], unit, f"({noun}s in brackets)"]
    hot = local.table.loc[local.table["label"].isin(_NAMED), ["value"]] if "value" in local.table else pd.DataFrame()
    ordered = list(hot.sort_index().sort_values("value", ascending=False, kind="stable").index) if len(hot) else []
    notes = _notes(local, label)
    page = MapPage(
        draw=partial(_draw_labels, areas, label, _in_order(local.counts.index, label), notes),
        legend="\n".join(line for line in lines if line),
        title=title or _finding(local, label) or _title(local.findings, name, second),
        notes=notes,
        named=chosen_codes(labels, ordered, label.index, where="`areas`"),
    )
    return draw_page(areas, page, record=local, about=about, ax=ax, basemap=basemap)


def _in_order(labels: pd.Index, shown: pd.Series) -> list[str]:
    """The classes of the legend; a neighbourhood that the area itself does not agree with, where there is one."""
    order = []
    for label in labels:
        order += [label, *([AROUND[label]] if label in AROUND and (shown == AROUND[label]).any() else [])]
    return order


def _draw_labels(
    areas: gpd.GeoDataFrame, label: pd.Series, order: Sequence[str], notes: list[str], ax: Axes
) -> list[Patch]:
    """Colour or hatch the areas class by class; the legend's handles in order. A ring that is drawn adds its note."""
    handles = []
    for kind in order:
        codes = label.index[label == kind]
        look: dict[str, Any] = {"facecolor": HOTSPOT_COLOURS.get(kind, "white"), "edgecolor": "#b8b8b8"}
        if kind in _HATCHES:
            if not len(codes):
                continue
            look |= {"hatch": _HATCHES[kind], "edgecolor": "#8a8a8a"}
        elif kind in AROUND.values():
            look = {"facecolor": "white", "edgecolor": HOTSPOT_COLOURS[kind], "hatch": "////"}
        # of many small areas the edges would make towns look grey, as if they were a class
        drawn = look if "hatch" in look else {"facecolor": look["facecolor"]}
        draw_areas(ax, areas, codes, edge="#b8b8b8", **drawn)
        handles.append(Patch(label=f"{_TEXTS.get(kind, kind)}  ({len(codes):,})", linewidth=0.5, **look))
    if _mark_specks(ax, areas, label) and _RING not in notes:
        notes.append(_RING)
    return handles


def _mark_specks(ax: Axes, areas: gpd.GeoDataFrame, label: pd.Series) -> bool:
    """Ring the hotspots that would be too small to see, as a street of shops in a nation; whether there was any."""
    ringed = False
    scale = points_per_metre(ax)
    for kind, colour in HOTSPOT_COLOURS.items():
        if kind in ("not significant", "not marked"):
            continue
        codes = label.index[label == kind]
        marked = areas.loc[codes]
        small = marked[np.sqrt(marked.area.to_numpy()) * scale < _SPECK]
        if len(small):
            inner = small.representative_point()
            ax.scatter(inner.x, inner.y, s=22, facecolor="none", edgecolor=colour, linewidth=1.1, zorder=8.5)
            ringed = True
    return ringed


def _subject(column: str, about: About) -> str:
    """What is compared, within a sentence."""
    if column == "harm":
        return "harm"
    if column == RATE_OF_EVENTS:
        return "event rate"
    return harm_per(about.unit) if column in _HARM else column_label(column, None)[0].lower()


def _second(found: GraphFindings, about: About) -> str:
    """The value of the neighbours, within a sentence; empty where there is one value."""
    return _subject(found.second, about) if isinstance(found, BivariateFindings) else ""


def _finding(local: LocalStatistics | LocalHeterogeneity, label: pd.Series) -> str:
    """What was found of hotspots and coldspots, for a title; blank for a method that looks for something else."""
    if not isinstance(local, LocalStatistics):
        return ""
    found = local.findings
    known = {"gi-star": ("hot", "cold"), "gi": ("hot", "cold"), "local-moran": ("high-high", "low-low")}
    if found.method not in known:
        return ""
    sides, noun = known[found.method], area_noun(label.index)
    subject = _subject(found.column, local.about)
    told = []
    for side, word, spot in zip(sides, ("high", "low"), ("hotspot", "coldspot"), strict=True):
        inside, round_it = int((label == side).sum()), int((label == AROUND.get(side, "")).sum())
        if inside:
            told.append(
                f"{number_of(inside, noun)} in {f'a {spot}' if inside == 1 else f'{spot}s'} of {word} {subject}"
            )
        elif round_it:
            told.append(f"{number_of(round_it, noun)} with {word} {subject} round but not in them")
        else:
            told.append(f"no {spot} of {word} {subject}")
    tested = {"greater": told[:1], "less": told[1:]}.get(found.alternative, told)
    text = "; ".join(tested)
    return text[:1].upper() + text[1:]


def _told_column(found: GraphFindings) -> str:
    """The values that were tested, as the foot of a map names them."""
    if found.method == "join-counts":
        return "marks"
    columns = (found.column, found.second) if isinstance(found, BivariateFindings) else (found.column,)
    names = [column if column == RATE_OF_EVENTS else column_label(column, None)[0] for column in columns]
    return " and ".join(name[:1].lower() + name[1:] for name in names)


def _title(found: GraphFindings, name: str, second: str) -> str:
    subject = "the harm rate" if found.column == "rate_eb" else name[0].lower() + name[1:]
    if second:
        text = f"{subject} here, and {second} round it"
        return text[:1].upper() + text[1:]
    if found.method == "join-counts":
        return "Where marked areas stand together"
    if found.method == "local-geary":
        return f"Where {subject} is like its neighbours, or unlike them"
    if found.method == "local-spread":
        return f"Where {subject} is uneven from one area to the next"
    if found.method == "local-moran":
        return f"Hotspots and outliers of {subject}"
    return f"Where {subject} is high or low together"


def _meaning(local: LocalStatistics | LocalHeterogeneity, label: pd.Series) -> str:
    """What the colours say and do not say, of those that the map has."""
    shown = set(label) & set(HOTSPOT_COLOURS) - {"not significant", "not marked"}
    if not shown:
        return ""
    if isinstance(local.findings, HeterogeneityFindings):
        return "A label says how values stand beside each other, not why."
    if isinstance(local.findings, BivariateFindings):
        found = local.findings
        second = _second(found, local.about)
        held = "" if np.isnan(found.in_place) else f" (their correlation is {found.in_place:.2f})"
        return (
            f"Tested: whether {second} is high or low round the area; the area's own value names the side. "
            f"Whether both go together within areas{held} is another question."
        )
    sides = {"hot": "Hot areas are themselves above the mean.", "cold": "Cold areas are themselves below the mean."}
    own = [text for side, text in sides.items() if side in shown]
    return " ".join([*own, "A hotspot or coldspot says that like values stand together, not why."])


def _notes(local: LocalStatistics | LocalHeterogeneity, label: pd.Series) -> list[str]:
    settings: Any = local.settings
    found = local.findings
    coloured = _CORRECTIONS[settings.correction].format(alpha=settings.alpha, tested=found.tested)
    sides = {"two-sided": "both directions, half of it each", "greater": "upper tail", "less": "lower tail"}
    if isinstance(found, HeterogeneityFindings):
        side = sides["two-sided"]
        shuffled = isinstance(settings, HeterogeneitySettings)
        how = number_of(settings.permutations, "permutation") if shuffled else "Chi-squared approximation"
    else:
        side = sides[found.alternative]
        redrawn = isinstance(settings, LocalSettings) and settings.null != "permutation"
        how = f"{settings.permutations:,} {'redrawn data sets' if redrawn else 'permutations'}"
        how += f"; {found.months}" if found.months else ""
    meaning = _meaning(local, label)
    return [
        f"{'Coloured' if meaning else 'No area is coloured'}: {coloured}, {side}.",
        f"{_METHODS[found.method]} of {_told_column(found)}; {how}; neighbours: {found.rule}; "
        f"{number_of(found.tested, 'area')} tested.",
        *([meaning] if meaning else []),
    ]
