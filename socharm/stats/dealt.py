"""Dates dealt to places anew: how often, from which seed, and what is worked out of each deal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from socharm.stats.permutation import draw_samples
from socharm.stats.random_streams import streams
from socharm.stats.threads import map_in_order

__all__ = ["Dealt"]

_R = TypeVar("_R")

#: Permutations of one block, which share a random stream. Fixed: another size would be other random numbers.
_BLOCK: Final = 128


@dataclass(frozen=True, kw_only=True)
class Dealt:
    """How dates are dealt anew.

    Attributes
    ----------
    permutations, seed : int
    purpose : str
        Of `streams`: the method.
    threads : int
        Any number gives the same results.
    tell : callable, optional
        Called as ``tell(number, of)`` after each block.
    """

    permutations: int
    seed: int
    purpose: str
    threads: int
    tell: Callable[[int, int], None] | None = None

    def each(self, work: Callable[[NDArray[np.int32]], _R], n: int) -> Iterator[_R]:
        """What `work` makes of each block of permutations of `n` positions, one permutation a row, in their order."""
        sizes = [min(_BLOCK, self.permutations - start) for start in range(0, self.permutations, _BLOCK)]
        generators = streams(self.seed, len(sizes), purpose=self.purpose)

        def block(generator: np.random.Generator, size: int) -> _R:
            return work(draw_samples(generator, n, size, n))

        made = map_in_order(block, generators, sizes, threads=min(self.threads, len(sizes)))
        for number, part in enumerate(made, start=1):
            if self.tell is not None:
                self.tell(number, len(sizes))
            yield part
