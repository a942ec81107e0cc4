"""Bands of distance and of time: edges that rise, each band with one end that belongs to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Annotated, Final, Literal, TypeAlias

import numpy as np

from socharm._constraints import Infinite

__all__ = ["Closed", "Edges", "Metric", "band_faults", "band_labels", "edges_of"]

#: Edges of bands; the last may be infinite.
Edges: TypeAlias = tuple[Annotated[float, Infinite()], ...]
#: Along the axes of the map, or as the crow flies.
Metric: TypeAlias = Literal["manhattan", "euclidean"]
#: Which end of a band belongs to it.
Closed: TypeAlias = Literal["left", "right"]

#: Bands of one kind; a table of more is read by nobody.
_MOST: Final = 200


def edges_of(edges: Sequence[float]) -> tuple[float, ...]:
    """Edges as stated; of a single one the band from 0 to it.

    Examples
    --------
    >>> edges_of((200.0,)), edges_of((0.0, 100.0, 200.0))
    ((0.0, 200.0), (0.0, 100.0, 200.0))
    """
    return (0.0, *edges) if len(edges) == 1 else tuple(edges)


def band_faults(name: str, edges: Sequence[float]) -> Iterable[str]:
    """What is wrong with the edges of bands, in a sentence; none where nothing is.

    Examples
    --------
    >>> list(band_faults("days", (0.0, 7.0, 7.0)))
    ['`days` holds a band from 7 to 7, which has no width. Give edges that rise.']
    """
    if not edges:
        yield f"`{name}` is empty. Give the edges of at least one band, such as [0, 100, 200]."
        return
    stated = edges_of(edges)
    if len(stated) > _MOST + 1:
        yield f"`{name}` has {len(stated) - 1:,} bands; at most {_MOST} can be told apart. Give fewer."
    steps = list(pairwise(stated))
    if flat := [f"from {low:g} to {high:g}" for low, high in steps if low == high]:
        yield f"`{name}` holds a band {flat[0]}, which has no width. Give edges that rise."
    elif falling := [f"{high:g} after {low:g}" for low, high in steps if high < low]:
        yield f"`{name}` is not in order: {falling[0]}. Give edges that rise, such as [0, 100, 200]."
    elif stated[0] < 0:
        yield f"`{name}` begins at {stated[0]:g}; nothing is less than 0 apart. Begin with 0."
    elif np.isinf(stated[-1]) and (len(stated) == 2 or np.isinf(stated[0])):
        yield f"`{name}` has one band without an end, which tells nothing apart. Give at least one edge above 0."


def band_labels(edges: Sequence[float], *, closed: str, whole: bool) -> list[str]:
    """Bands in words: whole days by their first and last, distances by their ends.

    Examples
    --------
    >>> band_labels((0, 7, 14, float("inf")), closed="left", whole=True)
    ['0 to 6', '7 to 13', '14 and over']
    >>> band_labels((0, 1, 200), closed="left", whole=False), band_labels((0, 20), closed="right", whole=False)
    (['under 1', '1 to under 200'], ['up to 20'])
    """
    told = []
    for low, high in pairwise(edges):
        if whole:
            told.append(_days(low, high, closed=closed, first=low == edges[0]))
        elif np.isinf(high):
            told.append(f"{low:g} and over" if closed == "left" else f"over {low:g}")
        elif low == 0:
            told.append(f"under {high:g}" if closed == "left" else f"up to {high:g}")
        else:
            told.append(f"{low:g} to under {high:g}" if closed == "left" else f"over {low:g} to {high:g}")
    return told


def _days(low: float, high: float, *, closed: str, first: bool) -> str:
    """Whole days of a band."""
    start = int(np.ceil(low)) if closed == "left" or first else int(np.floor(low)) + 1
    if np.isinf(high):
        return f"{start} and over"
    end = int(np.ceil(high)) - 1 if closed == "left" else int(np.floor(high))
    return f"{start}" if start == end else f"{start} to {end}"
