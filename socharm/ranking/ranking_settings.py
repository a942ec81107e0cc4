"""Choices behind a ranking, which its intervals and its explanation read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self, TypeAlias

from socharm._constraints import ClosedShare, Draws, Exact, NotNegative, Seed
from socharm._settings import DRAWS, SEED, Settings, setting
from socharm.errors import ParameterError
from socharm.ranking.top_sizes import TOP, pair_faults, top_faults

__all__ = ["Estimand", "Horizon", "RankingSettings"]

#: What a rank is of: the mean rate of the months assessed, or what a next period will record.
Horizon: TypeAlias = Literal["this period", "next period"]
#: The rate behind what was recorded, or what was recorded.
Estimand: TypeAlias = Literal["underlying", "realised"]


@dataclass(frozen=True, kw_only=True)
class RankingSettings(Settings):
    """Choices behind a ranking; enough to run the same ranking again. ``[ranking]`` of a recipe."""

    __said_by__: ClassVar[Mapping[str, str]] = {"own_draws": "draws"}

    draws: Draws = setting(DRAWS, "posterior draws", or_data=True)
    estimand: Estimand = setting("underlying", 'what is ranked: the rate behind what was recorded; or "realised"')
    horizon: Horizon = setting(
        "this period", 'or "next period": intervals of the rank that as many next months will record'
    )
    top: tuple[int | str, ...] = setting(TOP, "probability of being among the first ...")
    pairs: tuple[tuple[str, str], ...] = setting(
        (), "pairs of areas: probability that the first has the more harm", example=[["E05000001", "E05000002"]]
    )
    exact: Exact = setting(1.0, "share of the variance drawn offence by offence; 0.99 for a nation")
    mix_times: NotNegative = setting(
        2.0, "a second interval: how many times the known spread the mix of offences differs between places"
    )
    mix_shared: ClosedShare = setting(0.0, "... and the share of that which all categories of a place have in common")
    seed: Seed = setting(says=SEED, recipe=False)
    own_draws: bool = setting(False, "whether the draws are of a model of your own, given as a table", recipe=False)

    @classmethod
    def joined(cls, given: Any, stated: Mapping[str, Any], usual: Mapping[str, Any]) -> Self:
        """The record of a call; where draws of one's own are given, their number is `draws` and no seed is needed."""
        if _is_table(stated.get("draws")):
            stated = {"seed": 0, **stated, "draws": len(stated["draws"]), "own_draws": True}
        elif "draws" in stated:
            stated = {**stated, "own_draws": False}
        made = super().joined(given, stated, usual)
        if made.own_draws and "own_draws" not in stated:
            raise ParameterError(
                "`draws` of `settings` were of a model of your own, which no settings hold. Give them again."
            )
        return made

    def _faults(self) -> Iterable[str]:
        yield from super()._faults()
        if self.horizon == "next period" and self.estimand == "realised":
            yield (
                "`horizon='next period'` predicts from the underlying rate, and `estimand='realised'` speaks of what "
                "was recorded in this period only. Use one of them."
            )
        yield from top_faults(self.top, name="top")
        yield from pair_faults(self.pairs)


def _is_table(draws: Any) -> bool:
    """Whether draws are given themselves, and not their number."""
    return hasattr(draws, "shape") and len(draws.shape) > 0
