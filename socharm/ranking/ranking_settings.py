"""Choices behind a ranking, which its intervals and its explanation read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["HORIZONS", "RankingSettings"]

#: What a rank is of: the mean rate of the months assessed, or what a next period will record.
HORIZONS: Final = ("this period", "next period")


@dataclass(frozen=True, kw_only=True)
class RankingSettings:
    """Choices behind a ranking; enough to run the same ranking again."""

    seed: int
    estimand: str = "underlying"
    horizon: str = "this period"
    draws: int = 10_000
    top: tuple[int | str, ...] = (5, 10, 20, "10%")
    pairs: tuple[tuple[str, str], ...] = ()
    exact: float = 1.0
    mix_times: float = 2.0
    mix_shared: float = 0.0
