"""Populations: people, workers, households or street length by area."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pandas as pd

from socharm._about import About
from socharm._record import Record

__all__ = ["POPULATION_KINDS", "Population", "PopulationSettings"]

#: Kinds of denominator, and the unit each one counts.
POPULATION_KINDS: Final = {
    "resident": "resident",
    "workday": "workday person",
    "households": "household",
    "street_length_km": "km of street",
    "none": "area",
}


@dataclass(frozen=True, kw_only=True)
class PopulationSettings:
    """Choices made when a population was read."""

    kind: str
    date: str
    source: str = ""


@dataclass(frozen=True, eq=False, repr=False)
class Population(Record):
    """A denominator by area.

    Attributes
    ----------
    table : DataFrame
        Index ``area_code`` (unique str); column ``value`` (float, above zero or missing).
    """

    table: pd.DataFrame
    settings: PopulationSettings
    about: About

    @property
    def values(self) -> pd.Series:
        """The denominator as a Series by area."""
        return self.table["value"]

    @property
    def kind(self) -> str:
        """What is counted: one of `POPULATION_KINDS`."""
        return self.settings.kind

    def _summary(self) -> dict[str, str]:
        missing = int(self.values.isna().sum())
        return {
            "areas": f"{len(self.table):,}" + (f" ({missing} without a value)" if missing else ""),
            "total": f"{self.values.sum():,.0f} {POPULATION_KINDS[self.kind]}s at {self.settings.date}",
        }
