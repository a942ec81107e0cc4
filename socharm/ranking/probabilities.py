"""From drawn ranks to probabilities: of being among the first k, and of the order of a pair."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._columns import AREA
from socharm.errors import ParameterError

__all__ = ["asked_pairs", "pair_probabilities", "top_probabilities"]


def asked_pairs(pairs: Iterable[tuple[str, str]], areas: pd.Index) -> tuple[tuple[str, str], ...]:
    """Pairs of ranked areas, checked."""
    given: list[Any] = [pairs] if isinstance(pairs, (str, int)) else list(pairs)
    odd = [p for p in given if not isinstance(p, (tuple, list)) or len(p) != 2 or str(p[0]) == str(p[1])]
    if odd:
        raise ParameterError(
            f"`pairs` holds {odd[0]!r}; give pairs of two area codes, such as [('E05000001', 'E05000002')]."
        )
    asked = tuple((str(one), str(other)) for one, other in given)
    unknown = [code for pair in asked for code in pair if code not in areas]
    if unknown:
        raise ParameterError(f"`pairs` names {unknown[:3]}, which are not ranked. Name areas of the index.")
    return asked


def top_probabilities(ranks: NDArray[np.integer], areas: pd.Index, sizes: dict[str, int]) -> pd.DataFrame:
    """Share of draws in which each area is in each top: ``area_code``, ``k``, ``size``, ``probability``."""
    parts = [
        pd.DataFrame({AREA: areas, "k": k, "size": size, "probability": (ranks <= size).sum(axis=0) / len(ranks)})
        for k, size in sizes.items()
    ]
    empty = pd.DataFrame(columns=[AREA, "k", "size", "probability"])
    return pd.concat(parts, ignore_index=True) if parts else empty


def pair_probabilities(ranks: NDArray[np.integer], areas: pd.Index, pairs: Iterable[tuple[str, str]]) -> pd.DataFrame:
    """Share of draws in which the first of each pair has the more harm; an equal draw counts half."""
    rows = []
    for worse, better in pairs:
        one, other = (ranks[:, areas.get_loc(code)] for code in (worse, better))
        more = np.count_nonzero(one < other) + np.count_nonzero(one == other) / 2
        rows.append((worse, better, more / len(ranks)))
    return pd.DataFrame(rows, columns=["worse", "better", "probability"])
