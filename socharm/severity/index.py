"""The severity index: harm by area, its rate, and the doubt from few events."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from socharm._about import About
from socharm._record import Record
from socharm.io.population import Population
from socharm.severity.model import RateModel

__all__ = ["SeverityIndex", "SeveritySettings"]


@dataclass(frozen=True, kw_only=True)
class SeveritySettings:
    """Choices behind a severity index; enough to compute the same index again."""

    per: float = 1
    transform: str = "raw"
    unweighted: str = "report"
    scheme: str = ""
    denominator: str = "resident"
    excluded: tuple[str, ...] = ()
    minimum_coverage: float = 0.5


@dataclass(frozen=True, eq=False, repr=False)
class SeverityIndex(Record):
    """Harm by area, with its rate, standard errors and the cells it was computed from.

    Attributes
    ----------
    table : DataFrame
        Index ``area_code``; ``name``, ``parent``, ``force``, ``crimes``, ``harm``, ``harm_se``,
        ``rate``, ``rate_se``, ``rate_shrunk`` (posterior mean), ``top_offence``, ``top_share``,
        ``events_for_half``, ``exposure``, ``rankable``, ``reason``.
    cells : DataFrame
        ``area_code``, ``offence``, ``period`` (monthly Period), ``n``, ``weight``,
        ``within_variance``, ``tau``, ``exposure``, ``harm``: weighted offences only. Ranking,
        profiles and comparison start here.
    by_period, by_group : DataFrame
        The index by month and by offence group.
    unweighted : DataFrame
        Offences that were counted and carry no weight (such as anti-social behaviour).
    model : RateModel
        The fitted model whose posterior mean is ``rate_shrunk`` and whose draws make the ranks.
    """

    table: pd.DataFrame
    cells: pd.DataFrame
    by_period: pd.DataFrame
    by_group: pd.DataFrame
    unweighted: pd.DataFrame
    population: Population | None
    model: RateModel
    settings: SeveritySettings
    about: About

    @property
    def harm(self) -> pd.Series:
        """Harm by area over the covered months, in weight units."""
        return self.table["harm"]

    @property
    def rate(self) -> pd.Series:
        """Harm per denominator unit and year, by area."""
        return self.table["rate"]
