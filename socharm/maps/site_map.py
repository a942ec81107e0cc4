"""Where a site lies, what surrounds it, which areas it is compared with, and where placebo sites were drawn."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from socharm._about import About, combine_about
from socharm._arguments import checked
from socharm._words import area_noun, joined_words, number_of
from socharm.errors import AlignmentError, ParameterError
from socharm.evaluation.donors import Donors
from socharm.evaluation.placebo_sites import PlaceboSites
from socharm.evaluation.spillover import FAR, SITE, SpilloverRings
from socharm.io.areas import require_areas
from socharm.maps.area_labels import points_inside
from socharm.maps.by_area import require_on_map
from socharm.maps.map_areas import with_areas
from socharm.maps.map_page import MapPage, draw_page
from socharm.maps.palettes import INK
from socharm.maps.period_axis import run_words
from socharm.maps.shapes import draw_areas, draw_shapes
from socharm.maps.style import styled

__all__ = ["plot_site"]

#: Colours of the site, of rings from the nearest on, of donors and of all others: told apart by lightness too.
_SITE, _DONOR, _OTHER = "#5c1035", "#4890c4", "#f2efe9"
_RINGS: Final = ("#d9603f", "#f49a53", "#fdd08a", "#fbe6bd")
#: Dots of areas that placebo sites are made of, and the width of the largest in points.
_DOT: Final = "#1f1f1f"
_WIDEST: Final = 7.5
_MOST_NAMED: Final = 12


@checked
@styled
def plot_site(
    areas: gpd.GeoDataFrame,
    site: Sequence[str],
    *,
    rings: SpilloverRings | None = None,
    donors: Donors | Sequence[str] | None = None,
    placebos: PlaceboSites | None = None,
    title: str | None = None,
    basemap: str | os.PathLike[str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Map of a site with the rings round it, its donors, and the areas that placebo sites are made of.

    Parameters
    ----------
    areas : GeoDataFrame
        Boundaries by area code.
    site : sequence of str
    rings : SpilloverRings, optional
        From `socharm.evaluation.spillover_rings`.
    donors : Donors or sequence of str, optional
        From `socharm.evaluation.find_donors`, or codes.
    placebos : PlaceboSites, optional
        From `socharm.evaluation.placebo_sites`.
    title : str, optional
    basemap : optional
        A local raster or vector file, or a tile provider by name: fetched only then.
    ax : Axes, optional

    Returns
    -------
    Axes
        The areas of the site are named, twelve at most. Areas of at least one placebo site have a dot, the larger the
        more of these sites they are part of, whatever else they are. Nothing is computed, saved or shown.

    Raises
    ------
    ParameterError
        An empty site, or a record of another site.
    AlignmentError
        Areas of the site or of a record that the map does not have; a donor that is of the site or in a ring.
    """
    require_areas(areas)
    codes = list(dict.fromkeys(map(str, site)))
    _require_one_site(codes, {"rings": rings, "donors": donors, "placebos": placebos})
    chosen = list(donors.donors) if isinstance(donors, Donors) else list(map(str, donors or ()))
    kind = _kinds(codes, rings, chosen)
    often = _often(placebos)
    require_on_map(pd.Index([*kind.index, *often.index]), areas)
    page = MapPage(
        draw=partial(_draw, areas, kind, often),
        legend="What areas are",
        title=title or _finding(kind, placebos, area_noun(areas.index)),
        notes=_notes(rings, donors, placebos),
        named=codes[:_MOST_NAMED],
        key="Areas of the site",
        period=_start(rings, donors),
    )
    return draw_page(areas, page, record=None, about=_about([rings, donors, placebos], areas), ax=ax, basemap=basemap)


def _require_one_site(site: list[str], records: Mapping[str, Any]) -> None:
    if not site:
        raise ParameterError("`site` is empty. Name its areas.")
    for name, record in records.items():
        if isinstance(record, SpilloverRings | Donors | PlaceboSites) and set(record.findings.site) != set(site):
            raise ParameterError(
                f"`{name}` is of another site, {list(record.findings.site[:3])}. Make it for the site of the map."
            )


def _kinds(site: list[str], rings: SpilloverRings | None, donors: list[str]) -> pd.Series:
    """What each area is that is something: the site, a ring, a donor."""
    kind = dict.fromkeys(donors, "donor")
    if rings is not None:
        near = rings.members["ring"]
        kind |= {str(code): str(ring) for code, ring in near.items() if ring not in (SITE, FAR)}
    kind |= dict.fromkeys(site, SITE)
    if lost := [code for code in donors if kind[code] != "donor"]:
        where = "of the site" if kind[lost[0]] == SITE else f"in {kind[lost[0]]}"
        raise AlignmentError(
            f"{number_of(len(lost), 'donor')} in reach of the site: {lost[0]!r} is {where}. Raise `buffer` of "
            "`find_donors`, or draw fewer rings."
        )
    return pd.Series(kind, dtype=object)


def _often(placebos: PlaceboSites | None) -> pd.Series:
    """How many placebo sites each area is part of; only those of at least one."""
    return pd.Series(dtype=int) if placebos is None else placebos.members.groupby("area_code")["site"].nunique()


def _dots(ax: Axes, areas: gpd.GeoDataFrame, often: pd.Series) -> list[Artist]:
    """A dot for each area of placebo sites, its surface by how many it is part of; dots of the legend."""
    at, most = points_inside(areas, list(often.index)), int(often.max())
    width = _WIDEST * np.sqrt(often.to_numpy(dtype=float) / most)
    ax.scatter(at.x, at.y, s=width**2, c=_DOT, edgecolors="white", linewidths=0.5, zorder=2.5)
    shown = sorted({1, (most + 1) // 2, most})
    look: dict[str, Any] = {"marker": "o", "ls": "none", "color": _DOT, "mec": "white", "mew": 0.5}
    return [
        Line2D([], [], ms=_WIDEST * (n / most) ** 0.5, label=f"in {number_of(n, 'placebo site')}", **look)
        for n in shown
    ]


def _draw(areas: gpd.GeoDataFrame, kind: pd.Series, often: pd.Series, ax: Axes) -> list[Artist]:
    rest = areas.index.difference(kind.index)
    draw_areas(ax, areas, rest, edge="#c9c4b8", facecolor=_OTHER)
    handles: list[Artist] = []
    for name in _names(kind):
        codes = kind.index[kind == name]
        draw_areas(ax, areas, codes, facecolor=_colour(name))
        words = {SITE: "site", "donor": "donors"}.get(name, name)
        handles.append(Patch(facecolor=_colour(name), edgecolor="#888888", lw=0.5, label=f"{words}  ({len(codes):,})"))
    if len(rest):
        handles.append(Patch(facecolor=_OTHER, edgecolor="#888888", lw=0.5, label=f"other areas  ({len(rest):,})"))
    if len(often):
        handles += _dots(ax, areas, often)
    draw_shapes(
        ax, areas.geometry.loc[kind.index[kind == SITE]], facecolor="none", edgecolor=INK[0], linewidth=1.4, zorder=3.0
    )
    return handles


def _names(kind: pd.Series) -> list[str]:
    """The site, rings from the nearest on, donors."""
    there = list(dict.fromkeys(kind))
    rings = sorted((name for name in there if name not in (SITE, "donor")), key=lambda name: int(name.split()[-1]))
    return [SITE, *rings, *(["donor"] if "donor" in there else [])]


def _colour(name: str) -> str:
    fixed = {SITE: _SITE, "donor": _DONOR}
    return fixed[name] if name in fixed else _RINGS[min(int(name.split()[-1]), len(_RINGS)) - 1]


def _finding(kind: pd.Series, placebos: PlaceboSites | None, noun: str) -> str:
    rings = int((~kind.isin([SITE, "donor"])).sum())
    donors = int((kind == "donor").sum())
    parts = [f"The site of {number_of(int((kind == SITE).sum()), noun)}"]
    parts += [f"{number_of(rings, noun)} in rings round it"] if rings else []
    parts += [number_of(donors, "donor")] if donors else []
    parts += [number_of(len(placebos.table), "placebo site")] if placebos is not None else []
    return joined_words(parts)


def _start(*records: Any) -> str:
    """When the intervention began, where a record knows it."""
    known = [record.findings.start for record in records if isinstance(record, SpilloverRings | Donors)]
    return f"Intervention from {run_words(known[0], known[0])} on" if known else ""


def _notes(rings: SpilloverRings | None, donors: Any, placebos: PlaceboSites | None) -> list[str]:
    told = [donors.sentence] if isinstance(donors, Donors) else []
    if rings is not None:
        told.append(f"Rings round the site hold areas that crime may have moved to, from {rings.findings.start} on.")
        told.append(f"{rings.named[:1].upper()}{rings.named[1:]}.")
    if placebos is not None:
        told.append(f"{placebos.sentence} A dot: the area is part of placebo sites, which may share areas.")
    return told


def _about(records: Sequence[Any], areas: gpd.GeoDataFrame) -> About:
    """Of the records, with the sources of the boundaries."""
    about = About()
    for record in records:
        if isinstance(record, SpilloverRings | Donors | PlaceboSites):
            about = combine_about(about, record.about, unit=record.about.unit)
    return with_areas(about, areas)
