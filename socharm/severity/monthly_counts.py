"""Counts by offence, area and month as one array, which the model of rates is fitted to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._columns import AREA, OFFENCE, PERIOD, N

__all__ = ["MonthlyCounts", "monthly_counts"]


@dataclass(frozen=True, eq=False)
class MonthlyCounts:
    """Counts of some areas, and what each offence weighs.

    Attributes
    ----------
    n : array of shape (offences, areas, months)
    covered : array of bool, shape (areas, months)
    areas : Index
        In order of their codes.
    facts : DataFrame
        Index ``offence``: ``weight``, ``within_variance``, ``tau``.
    """

    n: NDArray[np.float64]
    covered: NDArray[np.bool_]
    areas: pd.Index
    facts: pd.DataFrame

    def window(self, areas: pd.Index) -> NDArray[np.float64]:
        """Counts of shape (areas, offences) over all months; 0 for an area without cells."""
        at = self.areas.get_indexer(areas)
        return np.where(at[:, None] >= 0, self.n.sum(axis=2).T[at], 0.0)

    def banded(self, band: NDArray[np.intp], bands: int) -> NDArray[np.float64]:
        """Counts of shape (bands, areas, months)."""
        if bands == len(self.n) and (band == np.arange(bands)).all():
            return self.n
        n = np.zeros((bands, *self.n.shape[1:]))
        np.add.at(n, band, self.n)
        return n


def monthly_counts(cells: pd.DataFrame, areas: pd.Index, coverage: pd.DataFrame) -> MonthlyCounts:
    """Counts of cells of area x offence x month.

    Parameters
    ----------
    cells : DataFrame
        ``area_code``, ``offence``, ``period``, ``n``, ``weight``, ``within_variance``, ``tau``.
    areas : Index
        Cells of other areas are left out.
    coverage : DataFrame of bool
        Areas x months.
    """
    offences = pd.Index(sorted(cells[OFFENCE].unique()))
    facts = cells.drop_duplicates(OFFENCE).set_index(OFFENCE)[["weight", "within_variance", "tau"]].reindex(offences)
    kept = cells[cells[AREA].isin(areas)]
    held = pd.Index(sorted(kept[AREA].unique()))
    n = np.zeros((len(offences), len(held), coverage.shape[1]))
    at = tuple(
        index.get_indexer(pd.Index(kept[column]))
        for index, column in ((offences, OFFENCE), (held, AREA), (pd.Index(coverage.columns), PERIOD))
    )
    np.add.at(n, at, kept[N].to_numpy(dtype=float))
    return MonthlyCounts(n, coverage.reindex(held).to_numpy(dtype=bool), held, facts)
