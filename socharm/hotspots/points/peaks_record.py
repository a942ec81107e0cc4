"""Peaks of a surface beyond what a base explains: choices, what was looked at, and the record of both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._about import About
from socharm._constraints import AtLeast, CountFrom1, OpenShare, Positive, Seed
from socharm._record import Record
from socharm._settings import SEED, Settings, setting
from socharm._words import number_of
from socharm.hotspots.points.heat_record import MINIMUM_EVENTS
from socharm.hotspots.scan.settings import Replicated

__all__ = ["LeastEffective", "PeakFindings", "PeakSettings", "Beyond", "SurfacePeaks", "Together"]

Beyond: TypeAlias = Literal["map", "chance"]
Together: TypeAlias = Literal["place", "event"]
LeastEffective: TypeAlias = Annotated[float, AtLeast(1)]


@dataclass(frozen=True, kw_only=True)
class PeakSettings(Settings):
    """Choices of a test of the peaks of a surface."""

    bandwidth: Positive | None = setting(None, "metres; by the rule of a heat surface when absent", example=1_000.0)
    cell_size: Positive | None = setting(None, "metres; by a stated rule when absent", example=100.0)
    replications: Replicated = setting(999, "maps drawn by chance that the highest score is held against")
    alpha: OpenShare = setting(0.05, "probability of any peak at all where there is none")
    beyond: Beyond = setting(
        "map", 'a peak stands out from how much the whole map departs from its base; or "chance": from chance alone'
    )
    together: Together = setting("place", 'events of one place lie together in maps by chance; or each "event" alone')
    least_effective: LeastEffective = setting(
        5.0, "effective places or events that are expected in reach of a cell that is tested"
    )
    minimum_events: CountFrom1 = setting(MINIMUM_EVENTS, "a peak has at least so many events in reach", recipe=False)
    seed: Seed = setting(says=SEED, recipe=False)


@dataclass(frozen=True, kw_only=True)
class PeakFindings:
    """What a test of peaks looked at.

    Attributes
    ----------
    bandwidth_m, cell_size_m : float
    bandwidth_rule : str
    base : {"residents", "points"}
    units : int
        Places or events of the points that were used, and of the base where that is points.
    cells, tested : int
        Inside the mask, and those with as many effective units expected in reach as were asked for.
    outside, without_base : int
        Events outside the mask, and in areas whose residents are not known: not used.
    residents_outside : float
        Of the base, on ground outside the mask: not used. 0 where the base is points.
    departure : float
        Standard deviation of the logarithm of the map over its base, beyond chance: 0.2 is some 20%.
    critical : float
        Score that ``1 - alpha`` of the maps by chance stay below.
    smallest_p : float
        Of the cell with the highest score.
    """

    bandwidth_m: float
    cell_size_m: float
    bandwidth_rule: str
    base: str
    units: int
    cells: int
    tested: int
    outside: int
    without_base: int
    residents_outside: float
    departure: float
    critical: float
    smallest_p: float


@dataclass(frozen=True, eq=False, repr=False)
class SurfacePeaks(Record):
    """Ground where a smoothed surface is higher than its base explains, beyond chance over the whole map.

    Attributes
    ----------
    table : DataFrame
        Index ``peak`` from 1, by score: ``x``, ``y`` (centre of its highest cell, metres), ``score``, ``p`` (of so high
        a score anywhere on the map), ``observed`` and ``expected`` (density per km² there), ``ratio``, ``area_km2``
        (of all cells of the peak that are beyond chance), ``events`` and ``harm`` inside it.
    ground : GeoDataFrame
        The same with the cells of each peak as ``geometry``.
    scores : ndarray of shape (n_rows, n_columns)
        Row 0 is the southernmost; missing where nothing is tested.
    highest : Series
        The highest score of each map by chance.
    x, y : ndarray
        Cell centres in metres, ascending.
    crs : str
    settings : PeakSettings
    findings : PeakFindings
    """

    __made_by__ = ("surface_peaks",)

    table: pd.DataFrame
    ground: gpd.GeoDataFrame
    scores: NDArray[np.float64]
    highest: pd.Series
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    crs: str
    settings: PeakSettings
    about: About
    findings: PeakFindings

    def _summary(self) -> dict[str, str]:
        s, found = self.settings, self.findings
        return {
            "peaks": f"{number_of(len(self.table), 'peak')} with p up to {s.alpha:g}",
            "base": f"{found.base}, bandwidth {found.bandwidth_m:g} m",
            "cells": f"{found.tested:,} tested of {found.cells:,}, {found.cell_size_m:g} m each",
            "test": f"{number_of(s.replications, 'replication')} beyond {s.beyond}, by {s.together}, seed {s.seed}",
        }
