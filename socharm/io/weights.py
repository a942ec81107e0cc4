"""Severity weights: the ONS Crime Severity Score scheme, user-made schemes, and crosswalks to categories."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from socharm._about import About
from socharm._record import Record

__all__ = ["WeightScheme", "WeightSettings"]


@dataclass(frozen=True, kw_only=True)
class WeightSettings:
    """Choices behind a weight scheme."""

    scheme: str
    level: str = "offence"
    counts_from: str | None = None
    force: str | None = None
    stale_allowed: bool = False


@dataclass(frozen=True, eq=False, repr=False)
class WeightScheme(Record):
    """A weight for each offence or category.

    Attributes
    ----------
    table : DataFrame
        Index ``offence`` (canonical key, unique); ``weight`` (float, in `unit`, at least 0),
        ``within_variance`` (variance of the weight inside a category, unit squared; 0 at offence
        level), ``tau`` (standard deviation of the log weight between places; 0 at offence level),
        ``source`` (str), then descriptive columns (``count_code``, ``severity_code``,
        ``description``, ``category``) where known.
    name : str
    year : int
        Year of release.
    counts_year : str or None
        Financial year of the counts a crosswalk was made from, such as ``"2019-20"``.
    unit : str
        ``"sentence-days"`` for the ONS score.
    excluded : tuple of str
        Canonical keys of offences that have no weight by design (such as anti-social behaviour).
    """

    table: pd.DataFrame
    name: str
    year: int
    unit: str
    excluded: tuple[str, ...]
    settings: WeightSettings
    about: About
    counts_year: str | None = None

    @property
    def weights(self) -> pd.Series:
        """The weight as a Series by offence."""
        return self.table["weight"]

    @property
    def level(self) -> str:
        """``"offence"`` (single offences) or ``"category"`` (a crosswalk)."""
        return self.settings.level

    def _summary(self) -> dict[str, str]:
        return {
            "scheme": f"{self.name} ({self.year})",
            self.level + " weights": f"{len(self.table)}",
            "no weight": ", ".join(self.excluded) or "none",
        }
