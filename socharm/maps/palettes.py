"""Colours that the colour-blind can tell apart and that survive a grey printer."""

from __future__ import annotations

from typing import Final

import numpy as np
from matplotlib.colors import LinearSegmentedColormap, ListedColormap

from socharm._checks import require_choice, require_positive

__all__ = ["HATCHES", "INK", "LINES", "PALETTES", "sequential", "sequential_map"]

#: Anchors of the sequential palettes, from little to much. Luminance falls all the way: a test checks it.
PALETTES: Final = {
    "harm": ("#fff4d9", "#fdd08a", "#f49a53", "#d9603f", "#a62a3f", "#5c1035"),
    "blues": ("#f0f6fc", "#c3daee", "#84b8dc", "#4890c4", "#20629f", "#0a3363"),
    "greys": ("#f7f7f7", "#d4d4d4", "#ababab", "#7c7c7c", "#4d4d4d", "#1a1a1a"),
}

#: Lines told apart by colour (Okabe and Ito 2008), dash and marker together, so that grey prints hold.
LINES: Final = (
    ("#0072b2", "-", "o"),
    ("#d55e00", "--", "s"),
    ("#009e73", "-.", "^"),
    ("#000000", ":", "D"),
    ("#cc79a7", (0, (6, 1)), "v"),
    ("#e69f00", (0, (3, 1, 1, 1)), "P"),
    ("#56b4e9", (0, (1, 1)), "X"),
    ("#7a5c00", (0, (8, 2, 2, 2)), "*"),
)

#: Hatches of what has no value, by the legend's name for it.
HATCHES: Final = {"not covered": "////", "no population": "\\\\\\\\", "not rankable": "....", "no value": "xxxx"}

#: Text, and a lighter shade for what matters less.
INK: Final = ("#1a1a1a", "#555555")


def sequential_map(name: str = "harm") -> LinearSegmentedColormap:
    """Continuous palette, from little to much.

    Raises
    ------
    ParameterError
        The palette is not known.
    """
    require_choice(name, PALETTES, name="palette")
    return LinearSegmentedColormap.from_list(f"socharm-{name}", PALETTES[name], N=256)


def sequential(k: int, name: str = "harm") -> ListedColormap:
    """`k` colours in equal steps of the palette; the middle of it when `k` is 1.

    Examples
    --------
    >>> sequential(3).N
    3
    """
    require_positive(k, name="k", whole=True)
    places = np.linspace(0, 1, k) if k > 1 else np.array([0.5])
    return ListedColormap(sequential_map(name)(places), name=f"socharm-{name}-{k}")
