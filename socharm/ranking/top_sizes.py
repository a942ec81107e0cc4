"""Sizes of the top of a ranking: whole numbers of areas, or shares of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np

from socharm._limits import MAX_ASKED_PAIRS, MAX_SIZES
from socharm.errors import ParameterError

__all__ = ["TOP", "pair_faults", "top_faults", "top_sizes"]

#: Sizes of the top that are usual.
TOP: Final[tuple[int | str, ...]] = (5, 10, 20, "10%")


def top_sizes(top: tuple[int | str, ...], areas: int, *, name: str) -> dict[str, int]:
    """Number of areas meant by each size, in the order given; shares are rounded up.

    Raises
    ------
    ParameterError
        A size is no whole number above zero and no share.

    Examples
    --------
    >>> top_sizes((5, "10%"), 177, name="top")
    {'5': 5, '10%': 18}
    """
    for fault in top_faults(top, name=name):
        raise ParameterError(fault)
    sizes: dict[str, int] = {}
    for k in top:
        text = str(k)
        value = float(text.removesuffix("%"))
        share = text.endswith("%")
        sizes[text] = min(areas, int(np.ceil(round(areas * value / 100, 9))) if share else int(value))
    return sizes


def top_faults(top: Iterable[int | str], *, name: str) -> Iterator[str]:
    """Sizes that are no whole number above zero and no share, a sentence each; or that there are too many."""
    sizes = tuple(top)
    if len(sizes) > MAX_SIZES:
        yield f"`{name}` holds {len(sizes):,} sizes; at most {MAX_SIZES:,} are taken. Name the few that are read."
        return
    for k in sizes:
        text = str(k)
        share = text.endswith("%")
        try:
            value = float(text.removesuffix("%"))
        except ValueError:
            value = -1.0
        whole = share or value.is_integer()
        if isinstance(k, bool) or not 0 < value < np.inf or not whole or (share and value > 100):
            yield f"`{name}` holds {k!r}; give whole numbers above zero such as 10, or shares such as '10%'."


def pair_faults(pairs: tuple[tuple[str, str], ...]) -> Iterator[str]:
    """More pairs of areas than one call compares, as a sentence."""
    if len(pairs) > MAX_ASKED_PAIRS:
        yield f"`pairs` holds {len(pairs):,} pairs; at most {MAX_ASKED_PAIRS:,} are taken. Name those that are read."
