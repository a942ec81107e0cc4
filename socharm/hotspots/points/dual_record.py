"""One surface beside another: its choices, and the record of both and of what they give together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._about import About
from socharm._constraints import Between
from socharm._record import Record
from socharm._settings import setting
from socharm._words import number_of
from socharm.hotspots.points.heat_record import DensitySettings, HeatSurface

__all__ = ["DualMeasure", "DualSettings", "DualSurface", "LeastBase"]

DualMeasure: TypeAlias = Literal["ratio", "log-ratio", "difference"]
LeastBase: TypeAlias = Annotated[float, Between(0, 1)]


@dataclass(frozen=True, kw_only=True)
class DualSettings(DensitySettings):
    """Choices behind one surface over, or less, another."""

    measure: DualMeasure = setting("ratio", 'of the two densities; or "log-ratio", or "difference"')
    least_base: LeastBase = setting(
        0.05, "part of the mean density of the base below which there is no ratio: it would be of next to nothing"
    )


@dataclass(frozen=True, eq=False, repr=False)
class DualSurface(Record):
    """One surface over, or less, another of the same kernel, bandwidth and cells.

    Attributes
    ----------
    grid : ndarray of shape (n_rows, n_columns)
        Row 0 is the southernmost; missing outside the mask, where the base is too thin for a ratio, and for a log ratio
        where there is no harm.
    above, below : HeatSurface
        Of the points, and of the base.
    of_people : bool
        Whether the base is residents.
    overall : float
        The measure of the two totals: what every cell would have if the two surfaces were of one shape. Ground whose
        population is missing is on neither side.
    x, y : ndarray
        Cell centres in metres, ascending.
    crs : str
    table : DataFrame
        Index ``fact``, column ``value``: totals, cells with a value, cells without base, cells without harm;
        where the base is residents, those outside the mask.
    """

    __made_by__ = ("dual_density",)

    grid: NDArray[np.float64]
    above: HeatSurface
    below: HeatSurface
    of_people: bool
    overall: float
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    crs: str
    table: pd.DataFrame
    settings: DualSettings
    about: About

    @property
    def published(self) -> NDArray[np.float64]:
        """The grid as it may be shown: missing where either side has fewer than ``minimum_events`` in reach."""
        shown = np.isfinite(self.above.published)
        if not self.of_people:
            shown &= np.isfinite(self.below.published)
        return np.where(shown, self.grid, np.nan)

    def _summary(self) -> dict[str, str]:
        facts, found = self.table["value"], self.above.findings
        return {
            "measure": f"{self.settings.measure}, {self.overall:.4g} over all",
            "grid": f"{number_of(self.grid.size, 'cell')} of {found.cell_size_m:g} m",
            "kernel": f"{self.settings.kernel}, bandwidth {found.bandwidth_m:g} m",
            "cells": f"{facts['cells with a value']:,.0f} with a value",
            "cells without base": f"{facts['cells without base']:,.0f}",
        }
