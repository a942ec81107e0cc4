"""Small panels inside the axes of one picture."""

from __future__ import annotations

from matplotlib.axes import Axes

__all__ = ["panels_across", "panels_inside"]


def panels_across(count: int) -> int:
    """Panels beside one another.

    Examples
    --------
    >>> [panels_across(count) for count in (1, 2, 3, 4, 6, 8)]
    [1, 2, 3, 2, 3, 4]
    """
    return {1: 1, 2: 2, 4: 2}.get(count, 3 if count < 7 else 4)


def panels_inside(ax: Axes, count: int, *, beside: float = 0.05, below: float = 0.14) -> list[Axes]:
    """Axes of the panels, row by row.

    Parameters
    ----------
    ax : Axes
    count : int
    beside, below : float
        Room between panels, in parts of the axes.
    """
    across = panels_across(count)
    down = -(-count // across)
    wide, high = (1.0 - beside * (across - 1)) / across, (0.92 - below * (down - 1)) / down
    made = []
    for number in range(count):
        row, column = divmod(number, across)
        made.append(ax.inset_axes((column * (wide + beside), 0.92 - high - row * (high + below), wide, high)))
    return made
