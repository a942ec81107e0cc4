"""Heat surfaces: kernel density of harm points on a grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._about import About
from socharm._record import Record

__all__ = ["DensitySettings", "HeatSurface"]


@dataclass(frozen=True, kw_only=True)
class DensitySettings:
    """Choices behind a heat surface."""

    kernel: str
    bandwidth_m: float
    bandwidth_rule: str
    cell_size_m: float
    cell_size_rule: str
    edge_correction: str


@dataclass(frozen=True, eq=False, repr=False)
class HeatSurface(Record):
    """Weighted density on a regular grid, weight units per square kilometre.

    Attributes
    ----------
    grid : ndarray of shape (n_rows, n_columns)
        Row 0 is the southernmost; NaN outside the mask.
    x, y : ndarray
        Cell centres in metres, ascending.
    table : DataFrame
        Index ``fact``, column ``value``: points used, outside the mask, capped, total weight, total
        of the surface, effective number of events.
    """

    grid: NDArray[np.float64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    crs: str
    table: pd.DataFrame
    settings: DensitySettings
    about: About
