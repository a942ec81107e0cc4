"""Ranks over stated alternatives: what was chosen, what was found, and the record of both."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, TypeAlias

import pandas as pd

from socharm._about import About, as_period
from socharm._arguments import checked
from socharm._columns import NAME
from socharm._constraints import CountFrom1, NotNegative, PowerOfTwo, Seed
from socharm._limits import MAX_ALTERNATIVES
from socharm._record import Record
from socharm._settings import BASE, SEED, Settings, setting
from socharm._words import number_of
from socharm.io.incidents.settings import StatedPeriod
from socharm.ranking.top_sizes import TOP, pair_faults, top_faults
from socharm.severity.transforms import Transform
from socharm.snapshot.top_list import first_areas

__all__ = [
    "AlternativeSettings",
    "Base",
    "DesignFindings",
    "DesignSettings",
    "DesignSize",
    "RankUncertainty",
    "RankUncertaintySettings",
]


#: Runs of each of the two sets of a design.
Base: TypeAlias = Annotated[int, PowerOfTwo(16, 2**20)]


@dataclass(frozen=True, kw_only=True)
class DesignSize(Settings):
    """How many runs a design makes."""

    base: Base = setting(BASE, "a power of two; runs of the model grow with it")


@dataclass(frozen=True, kw_only=True)
class AlternativeSettings(Settings):
    """Alternatives of the choices that every assessment makes; the first of each is the stated one."""

    transform: tuple[Transform, ...] = setting(("raw",), "scales of the weights")
    tau: tuple[NotNegative, ...] = setting((1.0,), "factors on the spread of the offence mix inside categories")
    shrinkage: tuple[bool, ...] = setting((True,), "rates drawn towards what is usual, or as they are")

    def _faults(self) -> Iterable[str]:
        yield from super()._faults()
        for name in ("transform", "tau", "shrinkage", "window", "windows", "exclude"):
            if (n := len(getattr(self, name, None) or ())) > MAX_ALTERNATIVES:
                yield f"`{name}` holds {n:,} alternatives; at most {MAX_ALTERNATIVES:,} are taken. State fewer."


@dataclass(frozen=True, kw_only=True)
class DesignSettings(DesignSize):
    """Choices of a design that runs every combination of alternatives."""

    pairs: tuple[tuple[str, str], ...] = setting((), "pairs of areas: probability that the first has the more")
    top: tuple[int | str, ...] = setting(TOP, "probability of being among the first ...")
    seed: Seed = setting(says=SEED, recipe=False)

    def _faults(self) -> Iterable[str]:
        yield from super()._faults()
        yield from top_faults(self.top, name="top")
        yield from pair_faults(self.pairs)


@dataclass(frozen=True, kw_only=True)
class RankUncertaintySettings(AlternativeSettings, DesignSettings):
    """Choices that could have been made otherwise; the first alternative of each is the stated one."""

    window: dict[str, StatedPeriod | None] | None = setting(None, "runs of months by name")
    exclude: dict[str, tuple[str, ...]] | None = setting(None, "what is left out, by name")
    offences: tuple[str, ...] = setting(("all",), "a named set, or offences and sets")
    probabilities: dict[str, tuple[float, ...]] | None = setting(None, "of the alternatives of a factor")

    def __post_init__(self) -> None:
        """Windows as periods, in whatever form they are given."""
        super().__post_init__()
        if self.window is not None:
            object.__setattr__(self, "window", {name: as_period(months) for name, months in self.window.items()})


@dataclass(frozen=True, kw_only=True)
class DesignFindings:
    """What a design was made of: factors with their alternatives and probabilities, and the number of runs."""

    factors: tuple[tuple[str, tuple[str, ...], tuple[float, ...]], ...]
    runs: int


@dataclass(frozen=True, eq=False, repr=False)
class RankUncertainty(Record):
    """Ranks over all stated choices and the chance in the counts.

    Attributes
    ----------
    table : DataFrame
        Index ``area_code``; ``name``, ``parent``, ``force``, ``rank_stated`` (expected rank under the first alternative
        of every factor and chance alone), ``rank`` (of the expected rank over everything), ``rank_observed`` (of the
        recorded rate under the first alternatives), ``rank_expected``, ``rank_median``, ``rank_low_90``,
        ``rank_high_90``, ``rank_low_95``, ``rank_high_95``, ``rank_variance``, ``main_factor`` (the factor with the
        largest total share).
    top_k : DataFrame
        ``area_code``, ``k``, ``size``, ``probability``.
    pairs : DataFrame
        ``worse``, ``better``, ``probability`` that the first has the more harm, of the pairs asked.
    shares : DataFrame
        ``area_code``, ``factor``, ``first`` (share of the variance of the rank that goes when this factor alone is
        known), ``total`` (share that stays when all but this are known), with ``first_se``, ``total_se``. Estimates:
        they can fall a little outside 0 to 1; first shares add up to less than 1 where factors act together.
    summary : DataFrame
        Index ``factor``: ``alternatives``, ``first`` and ``total`` as means over areas, each weighing by its variance.
    by_choice : DataFrame
        ``factor``, ``alternative``, ``probability``, ``spearman`` (of the mean ranks under the alternative with
        ``rank_stated``), ``top_10_kept`` (share of the stated ten that stay).
    unrankable : DataFrame
        Index ``area_code``: ``name``, ``reason``; areas that one of the models cannot rank.
    """

    __made_by__ = ("rank_uncertainty", "composite_uncertainty")

    table: pd.DataFrame
    top_k: pd.DataFrame
    pairs: pd.DataFrame
    shares: pd.DataFrame
    summary: pd.DataFrame
    by_choice: pd.DataFrame
    unrankable: pd.DataFrame
    settings: DesignSettings
    about: About
    findings: DesignFindings

    @checked
    def top(self, n: CountFrom1 = 10) -> pd.DataFrame:
        """The `n` areas most likely to be among the first `n`, by ``probability``; of equal ones, by rank.

        By rank where no such size was asked for in ``top`` (``probability`` is then missing). Areas that are equal at
        the end are all kept.
        """
        return first_areas(self.table, self.top_k, n)

    def _summary(self) -> dict[str, str]:
        largest = self.summary["total"].sort_values(ascending=False)
        first = self.top(1)
        named = first[NAME].fillna(pd.Series(first.index, index=first.index)).iloc[0]
        return {
            "ranked": f"{number_of(self.table['rank'].notna().sum(), 'area')}, {len(self.unrankable):,} not rankable",
            "first": f"{named} (90% interval {first['rank_low_90'].iloc[0]}-{first['rank_high_90'].iloc[0]})",
            "largest source": ", ".join(f"{name} {share:.0%}" for name, share in largest.head(3).items()),
            "runs": f"{self.findings.runs:,}, seed {self.settings.seed}",
        }
