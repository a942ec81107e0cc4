"""Which areas a map names, and how: by name where there is room, else by rank in the league, with a key beside it."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from matplotlib.axes import Axes
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from socharm.maps.furniture import halo
from socharm.maps.inset_choice import Box
from socharm.maps.labels import Ground, LabelLook, place_labels
from socharm.maps.names import area_names, district_names, marks_of
from socharm.maps.palettes import INK
from socharm.maps.paper import box_of, on_paper, text_size

__all__ = [
    "KEY_STEP",
    "are_crowded",
    "ground_of",
    "name_areas",
    "name_districts",
    "points_inside",
    "texts_of",
    "write_key",
]

#: Points between neighbouring places below which names give way to numbers and a key: of areas; and of things so small
#: that a name beside one hides the next.
_CROWDED: Final = 44.0
_CROWDED_SPECKS: Final = 80.0
#: Beyond this many areas labels ask no longer for the middle of each, nor for the shape of the land.
_MANY: Final = 3_000
#: Districts are named where there are between two and this many.
_DISTRICTS: Final = 30
_KEY_LETTERS: Final = 36
#: Points from one line of the key to the next.
KEY_STEP: Final = 14.5


def are_crowded(
    areas: gpd.GeoDataFrame, codes: Sequence[str], scales: Sequence[tuple[Box, float]], *, specks: bool
) -> bool:
    """Whether names would stand too close: half of the places have a neighbour within 44 points, or 80.

    Parameters
    ----------
    areas : GeoDataFrame
    codes : sequence of str
        Of the areas that are named.
    scales : sequence of (box, points per metre)
        Windows of the map, the one of the largest scale first; a place counts in the first that holds it.
    specks : bool
        Whether what is named is small, so that names stand beside it.
    """
    if len(codes) < 3:
        return False
    inner = points_inside(areas, codes)
    near = []
    rest = np.column_stack([inner.x, inner.y])
    for box, scale in scales:
        held = _within(rest, box)
        at = rest[held] * scale
        rest = rest[~held]
        if len(at) > 1:
            distance = np.hypot(*(at[:, None, :] - at[None, :, :]).transpose(2, 0, 1))
            np.fill_diagonal(distance, np.inf)
            near += distance.min(axis=1).tolist()
    return bool(near) and float(np.median(near)) < (_CROWDED_SPECKS if specks else _CROWDED)


def points_inside(areas: gpd.GeoDataFrame, codes: Sequence[str]) -> gpd.GeoSeries:
    """A point inside each of some areas."""
    return gpd.GeoSeries(areas.geometry.reindex(list(codes)), crs=areas.crs).representative_point()


def _within(places: NDArray[np.float64], box: Box) -> NDArray[np.bool_]:
    x, y = places.T
    return np.asarray((x >= box[0]) & (x <= box[2]) & (y >= box[1]) & (y <= box[3]))


def name_areas(
    ax: Axes,
    areas: gpd.GeoDataFrame,
    texts: Mapping[str, str],
    *,
    around: gpd.GeoSeries,
    crowd: gpd.GeoSeries | None = None,
    taken: Sequence[Bbox] = (),
    look: LabelLook | None = None,
) -> list[Annotation | None]:
    """Write names, or the marks of a key, on the map; each label knows by its ``gid`` which area it names.

    Parameters
    ----------
    ax : Axes
        With its final limits and size.
    areas : GeoDataFrame
    texts : mapping of str to str
        By code, as of `texts_of`, most important first; those outside the axes are left out.
    around : GeoSeries
        The land, which labels had better not lie on.
    crowd : GeoSeries, optional
        Small shapes that the map is about, which no label may hide.
    taken : sequence of Bbox
        In points: where no label may lie.
    look : LabelLook, optional
    """
    inner = points_inside(areas, list(texts))
    west, east = ax.get_xlim()
    south, north = ax.get_ylim()
    seen = ((inner.x >= west) & (inner.x <= east) & (inner.y >= south) & (inner.y <= north)).to_numpy()
    shown = [code for code, there in zip(texts, seen.tolist(), strict=True) if there]
    if not shown:
        return []
    places = [(float(inner.x[code]), float(inner.y[code])) for code in shown]
    ground = ground_of([areas.geometry[code] for code in shown], around, crowd, (west, south, east, north))
    made = place_labels(ax, places, [texts[code] for code in shown], ground=ground, taken=taken, look=look)
    for code, label in zip(shown, made, strict=True):
        if label is not None:
            label.set_gid(f"{areas.index.name or 'area'} {code}".replace("area_code", "area"))
    return made


def texts_of(areas: gpd.GeoDataFrame, codes: Sequence[str], ranks: pd.Series, *, keyed: bool) -> dict[str, str]:
    """What stands on the map for each area that is named: its mark, and its name where no key tells that.

    Of all areas of the page at once: an area has one mark, on whichever part of the page it stands.
    """
    marks, names = marks_of(codes, ranks), area_names(areas)
    return {code: mark if keyed else _told(str(names[code]), mark) for code, mark in zip(codes, marks, strict=True)}


def _told(name: str, mark: str) -> str:
    """A name behind its rank; without a rank the name alone."""
    return f"{mark} {name}" if mark.isdigit() else name


def ground_of(homes: Sequence[BaseGeometry], around: gpd.GeoSeries, crowd: gpd.GeoSeries | None, view: Box) -> Ground:
    if len(around) > _MANY:
        return Ground(homes=homes)
    frame = shapely.box(*view)
    geometries = np.asarray(around.array)
    seen = geometries[shapely.intersects(geometries, frame)]
    step = max(view[2] - view[0], view[3] - view[1]) / 1_000
    land: BaseGeometry = shapely.union_all(shapely.buffer(shapely.simplify(seen, step), step))
    if crowd is not None:
        return Ground(homes=homes, land=land, shown=shapely.union_all(np.asarray(crowd.array)))
    middles = shapely.get_coordinates(shapely.point_on_surface(seen))
    return Ground(homes=homes, land=land, middles=[(float(x), float(y)) for x, y in middles])


def name_districts(ax: Axes, areas: gpd.GeoDataFrame, taken: Sequence[Bbox]) -> None:
    """Names of districts, where the areas say which they belong to and there is room, below all other labels."""
    parents = district_names(areas)
    named = parents[parents != ""]
    if not 1 < named.nunique() <= _DISTRICTS:
        return
    west, east = ax.get_xlim()
    south, north = ax.get_ylim()
    frame = shapely.box(west, south, east, north)
    boxes = list(taken)
    for name, rows in areas.groupby(parents, sort=True).groups.items():
        if not name:
            continue
        whole = shapely.intersection(shapely.union_all(np.asarray(areas.geometry.loc[list(rows)].array)), frame)
        if shapely.is_empty(whole):
            continue
        home = on_paper(ax, max(shapely.get_parts(whole), key=shapely.area))
        text = str(name).replace(" upon ", "\nupon ").replace(" and ", "\nand ")
        box = _room_for(home, text_size(ax, text, 8.5, weight="normal", style="italic"), boxes)
        if box is None:
            continue
        boxes.append(box)
        _write_district(ax, text, box)


def _room_for(home: BaseGeometry, extent: tuple[float, float], taken: Sequence[Bbox]) -> Bbox | None:
    """A box in the district that touches no label: from its inner point outwards over a grid of places."""
    west, south, east, north = home.bounds
    inner = shapely.point_on_surface(home)
    x, y = np.meshgrid(np.linspace(west, east, 15), np.linspace(south, north, 15))
    places = np.column_stack([x.ravel(), y.ravel()])
    order = np.argsort(np.hypot(places[:, 0] - inner.x, places[:, 1] - inner.y), kind="stable")
    for px, py in [(inner.x, inner.y), *places[order]]:
        box = box_of((float(px), float(py)), extent)
        within = home.intersection(shapely.box(*box.extents)).area >= 0.9 * extent[0] * extent[1]
        if within and not any(box.padded(3.0).overlaps(other) for other in taken):
            return box
    return None


def _write_district(ax: Axes, text: str, box: Bbox) -> None:
    figure = ax.get_figure(root=True)
    assert figure is not None  # axes that are drawn stand on a figure
    at = ax.transData.inverted().transform(
        ((box.x0 + box.x1) / 2 * figure.dpi / 72.0, (box.y0 + box.y1) / 2 * figure.dpi / 72.0)
    )
    look: dict[str, Any] = {"size": 8.5, "style": "italic", "color": INK[1], "path_effects": halo(1.8)}
    look |= {"ha": "center", "va": "center", "linespacing": 1.0, "zorder": 7, "clip_on": True, "gid": "district"}
    ax.text(float(at[0]), float(at[1]), text, **look)


def write_key(
    ax: Axes,
    areas: gpd.GeoDataFrame,
    codes: Sequence[str],
    ranks: pd.Series,
    *,
    heading: str,
    at: tuple[float, float],
    scale: float = 1.0,
) -> list[Annotation]:
    """Marks and names, with the district where it has a name, beside the map.

    Parameters
    ----------
    ax : Axes
    areas : GeoDataFrame
    codes : sequence of str
    ranks : Series
    heading : str
        "Rank and area", or what the areas are called, which becomes "Areas" where no area has a rank.
    at : (x, down)
        Where it begins: parts of the axes to the right, and points below their upper edge.
    scale : float
        Of the letters.
    """
    names, parents = area_names(areas), district_names(areas)
    told = dict(zip(codes, marks_of(codes, ranks), strict=True))
    codes = sorted(codes, key=lambda code: (0, int(told[code])) if told[code].isdigit() else (1, 0))
    marks = [told[code] for code in codes]
    wide = max(map(len, marks))
    if not any(mark.isdigit() for mark in marks):
        heading = re.sub(r"Rank and (\w+)", lambda found: f"{found[1][0].upper()}{found[1][1:]}s", heading)
    look: dict[str, Any] = {"xycoords": "axes fraction", "ha": "left", "va": "baseline", "color": INK[0]}
    look |= {"annotation_clip": False, "xy": (at[0], 1.0), "textcoords": "offset points"}
    down = -at[1] - 10 * scale
    made = [ax.annotate(heading, xytext=(8, down), size=10 * scale, weight="bold", **look)]
    down -= 1.3 * KEY_STEP * scale
    for code, mark in zip(codes, marks, strict=True):
        parted = parents[code] and parents[code] not in names[code]
        name = f"{names[code]}, {parents[code]}" if parted else str(names[code])
        # Figures of the typeface are of one width, so the last ones of two marks stand under one another.
        first = f"{mark:\u2007>{wide}}  "
        for number, line in enumerate(textwrap.wrap(name, _KEY_LETTERS) or [""]):
            text = f"{first}{line}" if number == 0 else "\u2007" * wide + f"  {line}"
            made.append(ax.annotate(text, xytext=(8, down), size=9.5 * scale, **look))
            down -= KEY_STEP * scale
    return made
