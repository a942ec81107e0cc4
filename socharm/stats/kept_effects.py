"""The interval that inverting a test gives: how far from an estimate effects are still kept."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["kept_ends"]


def kept_ends(
    kept: Callable[[float], bool], centre: float, farthest: float, *, halvings: int = 40
) -> tuple[float, float]:
    """Both ends of the effects that a test keeps, by halving; infinite where the farthest one is kept still.

    Parameters
    ----------
    kept : callable
        Whether the test keeps an effect.
    centre : float
        An effect that is kept, between the farthest ones; one beyond them is taken as the farthest.
    farthest : float
        Above 0; no effect beyond it, to either side, is looked at.
    halvings : int
        How often the distance to an end is halved.

    Examples
    --------
    >>> low, high = kept_ends(lambda effect: -0.5 <= effect <= 0.25, 0.0, 3.0)
    >>> round(low, 6), round(high, 6)
    (-0.5, 0.25)
    >>> kept_ends(lambda effect: effect <= 0.25, 0.0, 3.0)[0]
    -inf
    """
    inner = min(max(centre, -farthest), farthest)
    ends = []
    for side in (-1.0, 1.0):
        inside, outside = inner, side * farthest
        if kept(outside):
            ends.append(side * float("inf"))
            continue
        for _ in range(halvings):
            middle = (inside + outside) / 2
            inside, outside = (middle, outside) if kept(middle) else (inside, middle)
        ends.append((inside + outside) / 2)
    return ends[0], ends[1]
