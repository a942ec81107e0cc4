"""One door to numba: cached kernels that release the GIL, without a cache where none can be written."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

__all__ = ["kernel"]

_P = ParamSpec("_P")
_R = TypeVar("_R")


def kernel(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Compile `function` with ``numba.njit(nogil=True)``, cached on disk where that is possible.

    ``cache=True`` raises at import when no cache folder can be written (locked-down laptops), so the
    kernel falls back to compiling in memory. ``parallel=True`` is never used: the workqueue layer
    aborts the process when called from two threads; callers run fixed blocks in a thread pool.
    """
    import numba

    try:
        return cast(Callable[_P, _R], numba.njit(nogil=True, cache=True)(function))
    except RuntimeError:  # "cannot cache function: no locator available"
        return cast(Callable[_P, _R], numba.njit(nogil=True)(function))
