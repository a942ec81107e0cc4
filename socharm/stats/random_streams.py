"""Random numbers in fixed blocks: one stream for each block, whatever the number of threads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

import numpy as np

from socharm._checks import require_positive
from socharm.errors import ParameterError
from socharm.stats.threads import map_in_order

__all__ = ["BLOCK", "block_sizes", "map_blocks", "streams"]

#: Draws of one block. Fixed: another size would be other random numbers.
BLOCK: Final = 250

_R = TypeVar("_R")


def streams(seed: int, n: int) -> list[np.random.Generator]:
    """`n` independent generators, spawned from one seed.

    Parameters
    ----------
    seed : int
        At least 0.
    n : int

    Examples
    --------
    >>> first, second = streams(7, 2)
    >>> bool(first.random() == streams(7, 2)[0].random()), bool(first.random() == second.random())
    (True, False)
    """
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
        raise ParameterError(f"`seed` is {seed!r}; it must be a whole number of at least 0.")
    return [np.random.Generator(np.random.SFC64(child)) for child in np.random.SeedSequence(int(seed)).spawn(n)]


def block_sizes(draws: int, block: int = BLOCK) -> list[int]:
    """Sizes of the blocks that `draws` are cut into.

    Examples
    --------
    >>> block_sizes(600)
    [250, 250, 100]
    """
    require_positive(draws, name="draws", whole=True)
    return [min(block, draws - start) for start in range(0, draws, block)]


def map_blocks(
    function: Callable[[np.random.Generator, int], _R], *, draws: int, seed: int, threads: int = 2
) -> list[_R]:
    """Call ``function(generator, size)`` for each block and return the results in the order of the blocks.

    Parameters
    ----------
    function : callable
        Must draw from the generator it is given and from nothing else.
    draws : int
    seed : int
    threads : int
        Any number gives the same results.
    """
    sizes = block_sizes(draws)
    generators = streams(seed, len(sizes))
    return list(map_in_order(function, generators, sizes, threads=min(threads, len(sizes))))
