"""Graphs of neighbours: those of libpysal, which is loaded when somebody has one, and rows that we found ourselves."""

from __future__ import annotations

import importlib
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

if TYPE_CHECKING:
    from libpysal.graph import Graph
    from libpysal.weights import W

__all__ = ["Graph", "NeighbourRows", "W"]


@dataclass(frozen=True, eq=False)
class NeighbourRows:
    """Neighbours of areas, each with weight 1; it stands for a `Graph` in every function of ours that takes one.

    Attributes
    ----------
    codes : Index
        Area codes, each once.
    focal, neighbour : ndarray of int64
        Places in `codes`, a pair for each neighbour of each area, ascending.
    rule : str
        How they were found.
    """

    codes: pd.Index
    focal: NDArray[np.int64]
    neighbour: NDArray[np.int64]
    rule: str = ""

    @property
    def alone(self) -> NDArray[np.int64]:
        """Places of the areas without a neighbour."""
        return np.setdiff1d(np.arange(len(self.codes)), self.focal)

    def graph(self) -> Graph:
        """The same as a graph of libpysal, in the order of the codes."""
        alone = self.alone
        focal, other = np.append(self.focal, alone), np.append(self.neighbour, alone)
        weight = np.append(np.ones(self.focal.size, dtype=np.int64), np.zeros(alone.size, dtype=np.int64))
        order = np.lexsort((other, focal))
        codes = self.codes.to_numpy()
        made = Graph.from_arrays(codes[focal[order]], codes[other[order]], weight[order])
        made.rule = self.rule
        return made


class _Late(type):
    """A class of another library, under its own name and module, that is loaded when it is needed.

    No value of it can exist before that, so that checks of arguments need not load it.
    """

    def __instancecheck__(cls, value: object) -> bool:
        module = sys.modules.get(cls.__module__)
        theirs = None if module is None else vars(module).get(cls.__name__)
        return isinstance(value, NeighbourRows) or (theirs is not None and isinstance(value, theirs))

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(getattr(importlib.import_module(cls.__module__), cls.__name__), name)


if not TYPE_CHECKING:

    class Graph(metaclass=_Late):
        """``libpysal.graph.Graph``, or rows of ours."""

        __module__ = "libpysal.graph"

    class W(metaclass=_Late):
        """``libpysal.weights.W``."""

        __module__ = "libpysal.weights"
