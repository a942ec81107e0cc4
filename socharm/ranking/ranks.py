"""Areas in order of priority, with the doubt about the order."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from socharm._about import About
from socharm._record import Record

__all__ = ["Ranking", "RankingSettings"]


@dataclass(frozen=True, kw_only=True)
class RankingSettings:
    """Choices behind a ranking; enough to run the same ranking again."""

    seed: int
    estimand: str = "underlying"
    draws: int = 10_000
    top: tuple[int | str, ...] = (5, 10, 20, "10%")


@dataclass(frozen=True, eq=False, repr=False)
class Ranking(Record):
    """Areas in order of priority, and the choices behind the order. Rank 1 has the most harm.

    Attributes
    ----------
    table : DataFrame
        Index ``area_code``; ``name``, ``parent``, ``force``, ``rate``, ``rate_shrunk``, ``rank``
        (order of the expected rank, Int64, missing where not rankable), ``rank_observed`` (of the
        plain rate), ``rank_expected``, ``rank_median``, ``rank_low_90``, ``rank_high_90``,
        ``rank_low_95``, ``rank_high_95``, ``rank_parent`` and ``rank_force`` (rank inside the
        district and the force, with their ``_low_90`` and ``_high_90``), ``reason``.
    top_k : DataFrame
        ``area_code``, ``k`` (text: ``"5"``, ``"10%"``), ``size`` (areas meant), ``probability``.
    parents : DataFrame
        The same columns for districts, index the district.
    unrankable : DataFrame
        Index ``area_code``; ``name``, ``reason``.
    """

    table: pd.DataFrame
    top_k: pd.DataFrame
    parents: pd.DataFrame
    unrankable: pd.DataFrame
    settings: RankingSettings
    about: About

    def top(self, n: int = 10) -> pd.DataFrame:
        """The first `n` areas; areas that tie on the last place are all kept."""
        return self.table.dropna(subset=["rank"]).nsmallest(n, "rank", keep="all")
