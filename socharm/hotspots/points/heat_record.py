"""A surface of harm: its choices, what it found, and the record of both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._about import About
from socharm._constraints import CountFrom1, Positive
from socharm._record import Record
from socharm._settings import Settings, setting

__all__ = [
    "BandwidthRule",
    "DensityFindings",
    "DensitySettings",
    "EdgeCorrection",
    "HeatSurface",
    "Kernel",
    "MINIMUM_EVENTS",
]

#: Published cells have at least this many events in reach: a lone serious event is an address.
MINIMUM_EVENTS: Final = 5

#: Shapes of `KERNELS`.
Kernel: TypeAlias = Literal["quartic", "epanechnikov", "gaussian"]
EdgeCorrection: TypeAlias = Literal["diggle", "uniform", "none"]
BandwidthRule: TypeAlias = Literal["radius", "likelihood", "least-squares"]


@dataclass(frozen=True, kw_only=True)
class DensitySettings(Settings):
    """Choices behind a heat surface. ``[heat]`` of a recipe."""

    bandwidth: Positive | None = setting(None, "metres; by a stated rule when absent", example=500.0)
    cell_size: Positive | None = setting(None, "metres; by a stated rule when absent", example=100.0)
    kernel: Kernel = setting("quartic", "shape of the hill over each point: quartic, epanechnikov or gaussian")
    edge_correction: EdgeCorrection = setting(
        "diggle",
        'puts the harm that the kernels carry over the border back inside; or "uniform", which divides each cell by '
        'the part of a kernel there that lies inside; or "none"',
    )
    bandwidth_rule: BandwidthRule = setting(
        "radius", 'of a bandwidth that is not given; or "likelihood" or "least-squares" by cross-validation'
    )
    adaptive: bool = setting(False, "whether kernels are narrower where harm is dense, and wider where it is sparse")
    minimum_events: CountFrom1 = setting(
        MINIMUM_EVENTS, "cells with fewer events in reach are not published", recipe=False
    )


@dataclass(frozen=True, kw_only=True)
class DensityFindings:
    """What a surface was made with: bandwidth and cells in metres with the rule they follow, and how sums were made.

    ``sums`` is ``"exact"`` where every term of the sum was computed, and names the approximation where there were
    too many; ``edge_correction`` is ``"none"`` without a mask.
    """

    bandwidth_m: float
    bandwidth_rule: str
    cell_size_m: float
    cell_size_rule: str
    edge_correction: str
    sums: str = ""


@dataclass(frozen=True, eq=False, repr=False)
class HeatSurface(Record):
    """Weighted density on a regular grid, weight units per square kilometre over the period.

    Attributes
    ----------
    grid : ndarray of shape (n_rows, n_columns)
        Row 0 is the southernmost; NaN outside the mask.
    events_in_reach : ndarray of int, same shape
        Events with a weight within reach of the cell's centre, counted up to ``minimum_events``.
    x, y : ndarray
        Cell centres in metres, ascending.
    crs : str
        Coordinate system of `x` and `y`.
    table : DataFrame
        Index ``fact``, column ``value``: points and events used and outside the mask, points capped,
        total weight, weight lost to the cap, total of the surface, effective number of events.
    """

    __made_by__ = ("kernel_density",)

    grid: NDArray[np.float64]
    events_in_reach: NDArray[np.int64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    crs: str
    table: pd.DataFrame
    settings: DensitySettings
    about: About
    findings: DensityFindings

    @property
    def published(self) -> NDArray[np.float64]:
        """The grid as it may be shown: NaN where fewer than ``minimum_events`` are in reach."""
        return np.where(self.events_in_reach >= self.settings.minimum_events, self.grid, np.nan)

    def _summary(self) -> dict[str, str]:
        facts = self.table["value"]
        return {
            "grid": f"{self.grid.shape[0]:,} x {self.grid.shape[1]:,} cells of {self.findings.cell_size_m:g} m",
            "kernel": f"{self.settings.kernel}, bandwidth {self.findings.bandwidth_m:g} m",
            "points": f"{facts['points used']:,.0f} used, {facts['points outside the mask']:,.0f} outside the mask",
            "events": f"{facts['events used']:,.0f}",
            "effective events": f"{facts['effective events']:,.0f}",
        }
