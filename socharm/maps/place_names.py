"""Names of areas on the map of a place: each inside its own area, numbers inside it or at the end of a leader."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import Any, Final

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.transforms import Bbox

from socharm.maps.furniture import halo
from socharm.maps.inset_choice import Box
from socharm.maps.labels import Ground, LabelLook, place_labels
from socharm.maps.names import area_names
from socharm.maps.palettes import INK
from socharm.maps.paper import label_box, on_paper, point_on_paper, room_inside, text_size
from socharm.maps.place_squares import Paper

__all__ = ["name_areas_inside", "number_areas", "view_of"]

_SIZE: Final = 6.5
_LONG: Final = 14
#: Points of a letter below which an area is too narrow for its name.
_LETTER: Final = 2.6
#: Numbers with names inside their areas; the number alone, outside with a leader, where the name does not fit.
_NUMBERS: Final = LabelLook(
    size=7.5, radii=(8.0, 11.0, 15.0, 20.0, 26.0, 33.0, 42.0, 54.0, 70.0, 90.0), dearest=0.0, dot=2.4, line=0.7
)


def view_of(ax: Axes) -> Box:
    """What axes show: west, south, east, north."""
    (west, east), (south, north) = ax.get_xlim(), ax.get_ylim()
    return west, south, east, north


def number_areas(
    ax: Axes, areas: gpd.GeoDataFrame, numbers: dict[str, str], paper: Paper, *, beside: Sequence[Bbox] = ()
) -> None:
    """Write the number of each area with its name inside the area; where that has no room, the number alone.

    Parameters
    ----------
    ax : Axes
        With its final limits and size.
    areas : GeoDataFrame
    numbers : dict
        By code, most important first.
    paper : Paper
    beside : sequence of Bbox
        Where no number may lie, in points.
    """
    view = view_of(ax)
    inner = {code: areas.geometry[code].representative_point() for code in numbers}
    shown = [code for code in numbers if shapely.box(*view).contains(inner[code])]
    if not shown:
        return
    names = area_names(areas)
    made = place_labels(
        ax,
        [(inner[code].x, inner[code].y) for code in shown],
        [f"{numbers[code]} {_broken(str(names[code]))}" for code in shown],
        shorter=[numbers[code] for code in shown],
        ground=Ground(homes=[areas.geometry[code] for code in shown], middles=_middles(areas, view)),
        taken=[*paper.taken, *beside],
        look=_NUMBERS,
    )
    for code, label in zip(shown, made, strict=True):
        if label is not None:
            label.set_gid(f"area {code}")
            paper.taken += [label_box(ax, label), _round(ax, label)]


def _middles(areas: gpd.GeoDataFrame, view: Box) -> list[tuple[float, float]]:
    """Middles of the areas that are seen, which numbers beside their areas had better not cover."""
    shapes = np.asarray(areas.geometry.array)
    inner = shapely.point_on_surface(shapes[shapely.intersects(shapes, shapely.box(*view))])
    return [(float(x), float(y)) for x, y in shapely.get_coordinates(inner)]


def _round(ax: Axes, label: Any) -> Bbox:
    x, y = point_on_paper(ax, label.xy)
    return Bbox([[x - 2, y - 2], [x + 2, y + 2]])


def name_areas_inside(ax: Axes, areas: gpd.GeoDataFrame, codes: Sequence[str], paper: Paper) -> None:
    """Names of areas, largest first, each wholly inside the part of its own area that is seen; others are left out.

    A name that lies on a boundary, or beside the number of another area, would be read as the name of that one.
    """
    frame = shapely.box(*view_of(ax))
    names = area_names(areas)
    shapes = gpd.GeoSeries(areas.geometry.loc[list(codes)])
    shapes = gpd.GeoSeries(shapes[shapes.intersects(frame)])
    for code in shapes.area.sort_values(ascending=False, kind="stable").index:
        parts = shapely.get_parts(shapely.intersection(shapes[code], frame))
        home = on_paper(ax, max(parts, key=shapely.area))
        text = _broken(str(names[code]))
        longest = max(map(len, text.split("\n")))
        if home.bounds[2] - home.bounds[0] < longest * _LETTER:
            continue
        box = room_inside(home, text_size(ax, text, _SIZE, weight="normal"), paper.taken)
        if box is None:
            continue
        paper.taken.append(box)
        _write(ax, text, box, str(code))


def _broken(name: str) -> str:
    return name if len(name) <= _LONG else "\n".join(wrap(name, 12, break_long_words=False))


def _write(ax: Axes, text: str, box: Bbox, code: str) -> None:
    figure = ax.get_figure(root=True)
    assert figure is not None  # axes that are drawn stand on a figure
    pixel = figure.dpi / 72.0
    at = ax.transData.inverted().transform(((box.x0 + box.x1) / 2 * pixel, (box.y0 + box.y1) / 2 * pixel))
    look: dict[str, Any] = {"ha": "center", "va": "center", "size": _SIZE, "color": INK[1], "zorder": 8}
    ax.text(float(at[0]), float(at[1]), text, path_effects=halo(), clip_on=True, gid=f"name {code}", **look)
