"""Marks in areas of a map: a sign over the colour, with an entry of the legend that counts them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.transforms import ScaledTranslation

from socharm.maps.shapes import points_per_metre

__all__ = ["draw_marks"]

#: Points of the mark of an area, its largest share of an area's own width, and how much larger a ring is.
_MARK: Final = 6.0
_MARK_SHARE: Final = 0.45
_RING: Final = 1.7


def draw_marks(
    ax: Axes, areas: gpd.GeoDataFrame, marks: Iterable[tuple[pd.Index, dict[str, Any], str]], *, lift: float = 0.0
) -> list[Line2D]:
    """Mark areas inside their borders; handles of the legend.

    Parameters
    ----------
    ax : Axes
    areas : GeoDataFrame
    marks : iterable of (codes, look, text)
        Areas of each mark; ``marker``, ``mfc`` and ``mec`` of it, a ring where ``mfc`` is ``"none"``; and what the
        legend calls it. A mark of no area has no entry.
    lift : float
        Points above the place where a name, or the end of its leader, stands.
    """
    handles = []
    for codes, look, text in marks:
        if not len(codes):
            continue
        shapes = areas.loc[codes]
        inner = shapes.representative_point()
        # on the map of a nation a full triangle would hide the colour of the area that it marks
        width = float(np.median(np.sqrt(shapes.area.to_numpy()))) * points_per_metre(ax)
        times = _RING if look["mfc"] == "none" else 1.0
        size = float(np.clip(width * _MARK_SHARE, 1.5, _MARK)) * times
        moved = ax.transData + ScaledTranslation(0, lift / 72, ax.figure.dpi_scale_trans)
        fixed: dict[str, Any] = {"ls": "", "mew": 0.7, "zorder": 4, "scalex": False, "scaley": False}
        ax.plot(inner.x, inner.y, ms=size, transform=moved, **fixed, **look)
        handles.append(Line2D([], [], ls="", ms=_MARK * times, mew=0.7, label=f"{text}  ({len(codes):,})", **look))
    return handles
