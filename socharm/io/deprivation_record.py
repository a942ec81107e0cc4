"""Deprivation as read: scores, ranks and deciles of areas, and how they were read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pandas as pd

from socharm._about import About
from socharm._arguments import checked
from socharm._checks import require_choice
from socharm._record import Record
from socharm._settings import setting
from socharm._words import number_of
from socharm.errors import ParameterError
from socharm.io.table_options import TableFindings, TableOptions

__all__ = ["VERSIONS", "Deprivation", "DeprivationFindings", "DeprivationSettings"]

#: Versions of an index, and what their columns end in.
VERSIONS: Final = {"published": "", "without_crime": "_without_crime"}


@dataclass(frozen=True, kw_only=True)
class DeprivationSettings(TableOptions):
    """Choices behind an index of deprivation that was read."""

    year: int | None = setting(None, "edition, where the file does not say", example=2025)
    source: str | None = setting(None, "as printed under maps; the file's name when absent", example="MHCLG")
    marking: str = setting("OFFICIAL", "security classification of the file", recipe=False)


@dataclass(frozen=True, kw_only=True)
class DeprivationFindings(TableFindings):
    """What a table of deprivation holds, and how it was made.

    Attributes
    ----------
    table : TableOptions
        As of `TableFindings`.
    index, nation : str
    year : int
    areas_of_nation : int
        Published ranks run from 1 (most deprived) to this number.
    versions : tuple of str
        ``"published"``, and ``"without_crime"`` where the file has domains.
    score : str
        Where the published score comes from: the file, or the domain ranks.
    domains : tuple of str
    geography : str
        ``"published areas"``, or how they were rolled up.
    """

    index: str
    nation: str
    year: int
    areas_of_nation: int
    versions: tuple[str, ...]
    score: str
    domains: tuple[str, ...]
    geography: str = "published areas"


@dataclass(frozen=True, eq=False, repr=False)
class Deprivation(Record):
    """An index of deprivation by area; rank 1 is the most deprived.

    Attributes
    ----------
    table : DataFrame
        Index ``area_code``. ``nation``; ``score``, ``rank``, ``decile`` as published; where the file has
        domains ``score_without_crime``, ``rank_without_crime`` and ``decile_without_crime`` (ranks among the
        areas present), and ``rank_<domain>``, ``score_<domain>`` as published. Rolled up: ``score…`` are means
        over the population, ranks and deciles are among the areas present.
    suppressed : int
        Numbers of the file that its publisher marked as withheld; they are missing.
    """

    __made_by__ = ("read_deprivation",)

    table: pd.DataFrame
    settings: DeprivationSettings
    about: About
    findings: DeprivationFindings
    suppressed: int = 0

    @checked
    def scores(self, version: str = "without_crime") -> pd.Series:
        """Score of a version by area; higher is more deprived.

        Raises
        ------
        ParameterError
            The version cannot be had: without domains there is none without crime.
        """
        return self.table["score" + self._suffix(version)]

    @checked
    def ranks(self, version: str = "without_crime") -> pd.Series:
        """Rank of a version by area; 1 is the most deprived."""
        return self.table["rank" + self._suffix(version)]

    @checked
    def deciles(self, version: str = "without_crime") -> pd.Series:
        """Decile of a version by area; 1 is the most deprived tenth."""
        return self.table["decile" + self._suffix(version)]

    def _suffix(self, version: str) -> str:
        require_choice(version, VERSIONS, name="version")
        if version not in self.findings.versions:
            raise ParameterError(
                f"{self.findings.index} as read holds no domains, so no version without crime can be made. "
                "Read a file with the domain ranks, or ask for version='published' and say that crime is part of it."
            )
        return VERSIONS[version]

    def _summary(self) -> dict[str, str]:
        return {
            "index": f"{self.findings.index}, {self.findings.nation}, {self.findings.geography}",
            "areas": f"{len(self.table):,} (ranks published for {self.findings.areas_of_nation:,} LSOAs)",
            "versions": ", ".join(self.findings.versions),
            "missing": f"{number_of(int(self.table['score'].isna().sum()), 'area')} without a score",
            **({"suppressed": f"{self.suppressed:,}"} if self.suppressed else {}),
        }
