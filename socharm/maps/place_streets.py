"""Streets on the map of a place: a dot, and a name at the end of a leader; a letter where names find no room."""

from __future__ import annotations

import math
import string
from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd
import shapely
from matplotlib.axes import Axes

from socharm._columns import AREA, N
from socharm.io.incidents.street_names import STREET
from socharm.io.incidents.streets import is_kind_of_place, told_street
from socharm.maps.labels import Ground, LabelLook, place_labels
from socharm.maps.names import area_names
from socharm.maps.palettes import INK
from socharm.maps.paper import label_box
from socharm.maps.place_squares import Paper
from socharm.snapshot.tables import AssessmentTables

__all__ = ["STREETS", "draw_streets", "street_dots"]

#: Streets that a map names, those of the recommendations first, of which it names all.
STREETS: Final = 8
#: Metres between dots below which a street that the text does not name is left out.
_APART: Final = 60.0
_RADII: Final = (5.0, 8.0, 12.0, 17.0, 23.0, 30.0, 38.0, 48.0, 60.0, 75.0)
#: What a name may cost, in points of distance: across no other leader or name.
_DEAREST: Final = 140.0
_NAMED: Final = LabelLook(size=6.5, weight="normal", style="italic", radii=_RADII, dearest=_DEAREST, dot=2.6, line=0.6)
#: Of a district: letters alone, for names would hide the areas.
_LETTERED: Final = LabelLook(size=6.5, radii=_RADII, dearest=math.inf, dot=2.2, line=0.6)


#: A letter stands in a frame, for the digits of areas and squares have none.
_FRAMED: Final = {"boxstyle": "round,pad=0.12,rounding_size=0.35", "facecolor": "white", "edgecolor": INK[0], "lw": 0.6}


def draw_streets(
    ax: Axes,
    codes: Sequence[str],
    tables: AssessmentTables,
    paper: Paper,
    *,
    first: Sequence[tuple[str, str]] = (),
    after: int = 0,
) -> dict[str, str]:
    """Draw the streets that a text names, and on the map of one area those with most crimes and incidents.

    Parameters
    ----------
    ax : Axes
        With its final limits and size.
    codes : sequence of str
        Of one area its streets have names; of several letters, and the key has their areas too.
    tables : AssessmentTables
    paper : Paper
        Names lie off what is taken, and had better lie off the squares; they are taken after this.
    first : sequence of (code, street)
        All of these that the axes show are drawn: with a letter where there is no room for a name.
    after : int
        Letters that another part of the map has.

    Returns
    -------
    dict
        Streets by letter, for the key beside the map.
    """
    sums, spoken, others = _chosen(ax, codes, tables, first)
    if not spoken and not others:
        return {}
    one = len(codes) == 1
    places = [*spoken, *others]
    letters = [_letter(after + number) for number in range(len(spoken))]
    made = place_labels(
        ax,
        [(float(sums["x"][place]), float(sums["y"][place])) for place in places],
        [told_street(street) for _, street in places] if one else letters,
        shorter=[*letters, *[""] * len(others)],
        ground=Ground(land=shapely.union_all(paper.squares)) if paper.squares else None,
        taken=paper.taken,
        look=_NAMED if one else _LETTERED,
    )
    key: dict[str, str] = {}
    names = area_names(tables["areas"])
    for (code, street), label in zip(places, made, strict=True):
        if label is None:
            continue
        label.set_gid(f"street {code} {street}")
        if label.get_text() in letters:
            label.set_text(_letter(after + len(key)))  # letters follow one another, whichever streets have them
            label.set(weight="bold", style="normal", path_effects=[])
            label.set_bbox(dict(_FRAMED))
            key[label.get_text()] = told_street(street) + ("" if one else f", {names.get(code, code)}")
        paper.taken.append(label_box(ax, label))
    return key


def street_dots(
    ax: Axes, codes: Sequence[str], tables: AssessmentTables, first: Sequence[tuple[str, str]]
) -> list[tuple[float, float]]:
    """Where the dots of the streets will be that `draw_streets` draws, in the coordinates of the map."""
    sums, spoken, others = _chosen(ax, codes, tables, first)
    return [(float(sums["x"][place]), float(sums["y"][place])) for place in [*spoken, *others]]


_Places = list[tuple[str, str]]


def _chosen(
    ax: Axes, codes: Sequence[str], tables: AssessmentTables, first: Sequence[tuple[str, str]]
) -> tuple[pd.DataFrame, _Places, _Places]:
    """Streets that the axes show, those of them that the text names, and the others that are drawn."""
    sums = _streets(codes, tables)
    (west, east), (south, north) = ax.get_xlim(), ax.get_ylim()
    sums = sums[sums["x"].between(west, east) & sums["y"].between(south, north)]
    spoken = [place for place in dict.fromkeys(first) if place in sums.index]
    room = max(STREETS - len(spoken), 0) if len(codes) == 1 else 0
    return sums, spoken, _standing_apart(sums, spoken)[:room] if room else []


def _streets(codes: Sequence[str], tables: AssessmentTables) -> pd.DataFrame:
    """Streets of a place, by area and name, with their numbers and places, most crimes and incidents first.

    A kind of place has many map points, which a map cannot find by its name.
    """
    table = tables["streets"]
    if not len(table):
        return pd.DataFrame({N: [], "x": [], "y": []})
    here = table[table[AREA].isin(list(codes))]
    found = {N: (N, "sum"), "x": ("easting", "first"), "y": ("northing", "first")}
    sums = here.groupby([AREA, STREET]).agg(**found)
    kinds = np.array([is_kind_of_place(str(name)) for name in sums.index.get_level_values(STREET)], dtype=bool)
    return sums[~kinds].sort_values(N, ascending=False, kind="stable")


def _standing_apart(sums: pd.DataFrame, spoken: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Streets that the text does not name, and whose dots are not on those of others."""
    at = {place: (float(x), float(y)) for place, x, y in zip(sums.index, sums["x"], sums["y"], strict=True)}
    kept = [at[place] for place in spoken]
    found = []
    for place, (x, y) in at.items():
        if place not in spoken and all(np.hypot(x - u, y - v) >= _APART for u, v in kept):
            kept.append((x, y))
            found.append(place)
    return found


def _letter(number: int) -> str:
    """A to Z, and then A1, B1 and so on."""
    turn, place = divmod(number, len(string.ascii_uppercase))
    return f"{string.ascii_uppercase[place]}{turn or ''}"
