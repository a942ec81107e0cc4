"""Contiguous sets of areas: every one where they are few, random ones where they are many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

__all__ = ["every_set", "grown_set"]


def every_set(neighbours: Sequence[Sequence[int]], size: int, most: int) -> Iterator[tuple[int, ...]]:
    """Connected sets of `size` areas, each once and sorted; the search stops after `most` steps.

    Parameters
    ----------
    neighbours : sequence of sequences of int
        Of each area, by its number; areas that may not be used have none and stand in nobody's list.
    size : int
    most : int
        Steps of the search; where it is cut short the last item is the empty tuple.

    Notes
    -----
    Each set is built from its lowest area by areas that no area of the set had touched before (Wernicke, 2006, IEEE/ACM
    Transactions on Computational Biology and Bioinformatics 3, 347-359).

    Examples
    --------
    >>> list(every_set([[1], [0, 2], [1]], 2, 100))
    [(0, 1), (1, 2)]
    """
    steps = 0
    for root in range(len(neighbours)):
        reach = [area for area in neighbours[root] if area > root]
        waiting: list[tuple[tuple[int, ...], list[int], set[int]]] = [((root,), reach, {root, *neighbours[root]})]
        while waiting:
            steps += 1
            if steps > most:
                yield ()
                return
            members, open_, touched = waiting.pop()
            if len(members) == size:
                yield tuple(sorted(members))
                continue
            for at, area in enumerate(open_):
                fresh = [each for each in neighbours[area] if each > root and each not in touched]
                waiting.append(((*members, area), [*open_[at + 1 :], *fresh], touched.union(neighbours[area])))


def grown_set(
    rng: np.random.Generator, neighbours: Sequence[Sequence[int]], roots: Sequence[int], size: int
) -> tuple[int, ...]:
    """A random connected set: a random area, then random ones next to the set; empty where it cannot grow."""
    root = roots[int(rng.integers(len(roots)))]
    members, edge, seen = [root], list(neighbours[root]), {root, *neighbours[root]}
    while len(members) < size:
        if not edge:
            return ()
        at = int(rng.integers(len(edge)))
        area = edge[at]
        edge[at] = edge[-1]
        edge.pop()
        members.append(area)
        for each in neighbours[area]:
            if each not in seen:
                seen.add(each)
                edge.append(each)
    return tuple(sorted(members))
