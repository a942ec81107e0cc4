"""Choices that tests of areas by permutation share, and what they all find in their graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from socharm._constraints import OpenShare, Permutations, Seed
from socharm._settings import SEED, Settings, setting

__all__ = ["Alternative", "AreaTestSettings", "Correction", "GraphFindings"]

#: Which tails are tested.
Alternative: TypeAlias = Literal["two-sided", "greater", "less"]
#: Benjamini-Hochberg, Benjamini-Yekutieli, or none.
Correction: TypeAlias = Literal["bh", "by", "none"]


@dataclass(frozen=True, kw_only=True)
class AreaTestSettings(Settings):
    """Choices of a test of every area by permutation."""

    permutations: Permutations = setting(99_999, "p cannot fall below one over so many and one more")
    alpha: OpenShare = setting(0.05, 'false discovery rate; with "none" as correction each area is tested by itself')
    correction: Correction = setting("bh", "of many tests: bh, by or none")
    seed: Seed = setting(says=SEED, recipe=False)


@dataclass(frozen=True, kw_only=True)
class GraphFindings:
    """What a statistic over a graph was made of.

    Attributes
    ----------
    method : str
        The statistic.
    column : str
        Column of the index that was taken; the name of a Series.
    rule : str
        How neighbours were found.
    islands, not_covered : tuple of str
        Areas without a covered neighbour, and without a value; the label of the latter tells which of them were covered
        and cannot be ranked.
    """

    method: str
    column: str = ""
    rule: str = ""
    islands: tuple[str, ...] = ()
    not_covered: tuple[str, ...] = ()
