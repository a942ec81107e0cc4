"""What a map has below it: a bar of kilometres, and an arrow to grid north."""

from __future__ import annotations

import math

from matplotlib.axes import Axes
from matplotlib.transforms import ScaledTranslation, blended_transform_factory

from socharm.maps.palettes import INK

__all__ = ["add_north_arrow", "add_scale_bar"]


def add_scale_bar(ax: Axes) -> None:
    """Bar of a round number of kilometres under the map's left corner; the axes are in metres."""
    west, east = sorted(ax.get_xlim())
    length = _round_length((east - west) / 4.0)
    figure = ax.get_figure()
    assert figure is not None  # axes that are drawn stand on a figure
    down = ScaledTranslation(0, -10 / 72.0, figure.dpi_scale_trans)
    where = blended_transform_factory(ax.transData, ax.transAxes) + down
    for part, shade in enumerate((INK[0], "white")):
        x = (west + part * length / 2, west + (part + 1) * length / 2)
        for colour, width in ((INK[0], 5.0), (shade, 3.4)):
            line = ax.plot(
                x, (0, 0), transform=where, color=colour, lw=width, clip_on=False, scalex=False, scaley=False
            )
            line[0].set_solid_capstyle("butt")
    text = f"{length / 1000:g} km"
    under = where + ScaledTranslation(6 / 72.0, 0, figure.dpi_scale_trans)
    ax.text(
        west + length,
        0,
        text,
        transform=under,
        ha="left",
        va="center",
        size=9.5,
        color=INK[0],
        clip_on=False,
        gid="scale",
    )


def _round_length(metres: float) -> float:
    power = 10.0 ** math.floor(math.log10(metres))
    return max(step * power for step in (1.0, 2.0, 5.0) if step * power <= metres * (1 + 1e-9))


def add_north_arrow(ax: Axes) -> None:
    """Arrow to grid north under the map's right corner."""
    ax.annotate(
        "N",
        xy=(1.0, 0.0),
        xycoords="axes fraction",
        xytext=(-8.0, -30.0),
        textcoords="offset points",
        ha="center",
        va="center",
        size=9,
        weight="bold",
        color=INK[0],
        annotation_clip=False,
    )
    figure = ax.get_figure()
    assert figure is not None  # axes that are drawn stand on a figure
    foot, tip = (ax.transAxes + ScaledTranslation(-8 / 72, y / 72, figure.dpi_scale_trans) for y in (-24, -3))
    ax.annotate(
        "",
        xy=(1.0, 0.0),
        xycoords=tip,
        xytext=(1.0, 0.0),
        textcoords=foot,
        arrowprops={"arrowstyle": "-|>", "color": INK[0], "lw": 1.2, "shrinkA": 0, "shrinkB": 0},
        annotation_clip=False,
    )
