"""What a statistic of the whole map is: its choices, what it found, and the record of both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import pandas as pd

from socharm._about import About
from socharm._constraints import Permutations, Seed
from socharm._record import Record
from socharm._settings import SEED, Settings, setting
from socharm._words import number_of
from socharm.hotspots.areas.area_settings import Alternative, GraphFindings

__all__ = [
    "GlobalFindings",
    "GlobalSettings",
    "GlobalStatistic",
    "GlobalTestSettings",
    "GraphWeights",
    "RateSettings",
    "RateTransform",
]

#: Weights of a graph: summing to 1 in each neighbourhood, or as they are.
GraphWeights: TypeAlias = Literal["row", "plain"]
RateTransform: TypeAlias = Literal["eb", "freeman-tukey"]


@dataclass(frozen=True, kw_only=True)
class GlobalTestSettings(Settings):
    """Choices of a test of the whole map by permutation."""

    permutations: Permutations = setting(9_999, "p cannot fall below one over so many and one more")
    alternative: Alternative = setting("two-sided", "which tail is tested: two-sided, greater or less")
    seed: Seed = setting(says=SEED, recipe=False)


@dataclass(frozen=True, kw_only=True)
class GlobalSettings(GlobalTestSettings):
    """Choices behind a global statistic of values."""

    column: str = setting("rate_eb", "column of the index that is tested")
    weights: GraphWeights = setting(
        "row", 'summing to 1 in each neighbourhood; or "plain": as the graph has them, 1 where they are equal'
    )


@dataclass(frozen=True, kw_only=True)
class RateSettings(GlobalTestSettings):
    """Choices behind Moran's I of rates of counts."""

    transform: RateTransform = setting("eb", 'how rates are made comparable: "eb" or "freeman-tukey"')
    weights: GraphWeights = setting("row", 'summing to 1 in each neighbourhood; or "plain"')


@dataclass(frozen=True, kw_only=True)
class GlobalFindings(GraphFindings):
    """What a global statistic was made of, and who took no part.

    Attributes
    ----------
    method : {"moran", "geary", "g", "join-counts"}
    column, rule
        As of `GraphFindings`.
    weights : {"row", "plain"}
    islands, not_covered : tuple of str
        Areas that no covered area is joined with, and areas without a value: they take no part.
    areas : int
        Number of areas that took part.
    reason : str
        Why there is no statistic; empty where there is one.
    """

    weights: GraphWeights = "plain"
    areas: int = 0
    reason: str = ""


@dataclass(frozen=True, eq=False, repr=False)
class GlobalStatistic(Record):
    """A statistic of the whole map, its expectation without clustering, and its p-values.

    Attributes
    ----------
    table : DataFrame
        One row, named by the method; of join counts three: ``both``, ``neither``, ``mixed``.
        ``statistic``, ``expected``, ``variance`` and ``z`` (under randomisation),
        ``variance_normality`` and ``z_normality`` (missing for G and join counts), ``p_normal`` (of z by
        the normal distribution, for orientation), ``permuted_mean``, ``permuted_variance``, ``p_less``,
        ``p_greater`` (of a z at most, at least the observed one, by permutation) and ``p`` (of the
        alternative). z of Geary's C has its sign turned, so that it is positive, as Moran's, where
        areas resemble their neighbours. All missing where there is no statistic.
    """

    __made_by__ = ("global_moran",)

    table: pd.DataFrame
    settings: GlobalTestSettings
    about: About
    findings: GlobalFindings

    @property
    def statistic(self) -> float:
        """The statistic (of join counts: joins between two marked areas)."""
        return float(self.table["statistic"].iloc[0])

    @property
    def z(self) -> float:
        """Standard score under randomisation (of join counts: of joins between two marked areas)."""
        return float(self.table["z"].iloc[0])

    @property
    def p(self) -> float:
        """Permutation p of the alternative."""
        return float(self.table["p"].iloc[0])

    def _summary(self) -> dict[str, str]:
        s, f = self.settings, self.findings
        lines = {"method": f"{f.method} of {f.column}, neighbours: {f.rule}, weights: {f.weights}"}
        for name, row in self.table.iterrows():
            lines[str(name)] = f.reason or (
                f"{row['statistic']:.4g}, {row['expected']:.4g} expected, z {row['z']:.2f}, p {row['p']:.3g}"
            )
        left = [f"{len(who):,} {what}" for who, what in ((f.islands, "islands"), (f.not_covered, "not covered")) if who]
        lines["areas"] = f"{f.areas:,}" + (f"; without {', '.join(left)}" if left else "")
        lines["test"] = f"{number_of(s.permutations, 'permutation')}, {s.alternative}, seed {s.seed}"
        return lines
