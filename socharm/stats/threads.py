"""Work on several threads whose results do not depend on their number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

__all__ = ["map_in_order"]

_R = TypeVar("_R")


def map_in_order(function: Callable[..., _R], *jobs: Iterable[Any], threads: int) -> Iterator[_R]:
    """Results of ``function(*job)`` in the order of the jobs, whatever the number of threads.

    Parameters
    ----------
    function : callable
        Must not depend on what other jobs do; what it draws comes from a stream of its own job.
    *jobs : iterable
        One for each argument of the function, as for `map`.
    threads : int
        No pool is made for one.

    Yields
    ------
    object
        The result of each job, as soon as those before it are there.

    Examples
    --------
    >>> list(map_in_order(pow, [2, 3, 4], [3, 2, 1], threads=2))
    [8, 9, 4]
    """
    if threads <= 1:
        yield from map(function, *jobs)
        return
    with ThreadPoolExecutor(max_workers=threads) as pool:
        yield from pool.map(function, *jobs)
