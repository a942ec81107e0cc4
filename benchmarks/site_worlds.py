"""Worlds of wards whose neighbours move together, with real levels and neighbours or invented ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from libpysal.graph import Graph
from numpy.typing import NDArray

import socharm as sh
from socharm.evaluation.ground import Ground, ground_of
from socharm.hotspots.areas.neighbours import neighbours
from socharm.offences import POLICE_GENERATED

Floats = NDArray[np.float64]

#: What each world changes of the usual one: shocks of 12% of which the next month keeps .9, a share of 5% in all areas.
WORLDS: Final[Mapping[str, Mapping[str, Any]]] = {
    "areas move apart": {},
    "months do not go together": {"memory": 0.0},
    "neighbours move together": {"beside": 0.7},
    "... with seasons of their own": {"beside": 0.7, "season": 0.15, "own_season": 0.15},
    "heavy shocks": {"beside": 0.7, "tail": 3.0, "spread": 0.2},
}


@dataclass(frozen=True, eq=False)
class Town:
    """Areas, who adjoins whom, and crimes a month."""

    ground: Ground
    graph: Any
    level: Floats
    root: Mapping[float, Floats]


def town_of(graph: Any, level: Floats) -> Town:
    """Areas with the factors of correlations by steps from one to the other."""
    ground = ground_of(graph)
    steps = _steps(ground)
    return Town(ground, graph, level, {beside: _root(beside**steps) for beside in (0.7,)})


def _steps(ground: Ground) -> Floats:
    """Orders of neighbours between any two areas."""
    n = len(ground.codes)
    found = np.full((n, n), np.inf)
    for row in range(n):
        reach, order = {row}, 0
        found[row, row] = 0
        while True:
            more = ground.within(reach, 1) - reach
            order += 1
            if not more or order > 12:
                break
            found[row, list(more)] = order
            reach |= more
    return np.where(np.isinf(found), 50.0, found)


def _root(correlation: Floats) -> Floats:
    """A square root of the nearest matrix of correlations."""
    values, vectors = np.linalg.eigh(correlation)
    whole = (vectors * np.maximum(values, 0)) @ vectors.T
    scale = np.sqrt(np.diag(whole))
    return (vectors * np.sqrt(np.maximum(values, 0))) / scale[:, None]


def counts_of(
    town: Town, rng: np.random.Generator, months: int, *, memory: float = 0.9, beside: float = 0.0,
    spread: float = 0.12, tail: float = 0.0, season: float = 0.1, own_season: float = 0.0, chance: float = 1.4,
    walk: float = 0.0, breaks: float = 0.0,
) -> Floats:  # fmt: skip
    """Counts of shape (areas, months); nothing is done.

    With `walk` each area's log takes a step of that spread every month, with `breaks` that share of areas goes up or
    down by 40% in one of the last two years and stays there.
    """
    n = len(town.level)

    def drawn() -> Floats:
        made = rng.standard_normal(n)
        made = town.root[beside] @ made if beside else made
        return made * np.sqrt((tail - 2) / rng.chisquare(tail)) if tail else made

    at = np.arange(months)
    logs = np.zeros((n, months))
    for month in range(months):
        logs[:, month] = drawn() if month == 0 else memory * logs[:, month - 1] + np.sqrt(1 - memory**2) * drawn()
    phase = rng.uniform(0, 2 * np.pi, n)[:, None]
    course = season * np.sin(2 * np.pi * at / 12) + own_season * np.sin(2 * np.pi * at / 12 + phase)
    logs = np.clip(spread * logs, -1.5, 1.5) + course + 0.05 * rng.standard_normal(months)
    if walk:
        logs += walk * np.cumsum(rng.standard_normal((n, months)), axis=1)
    if breaks:
        broken, first = rng.random(n) < breaks, rng.integers(months - 24, months, n)
        logs += (broken * rng.choice([-1.0, 1.0], n) * np.log(1.4))[:, None] * (at >= first[:, None])
    mean = town.level[:, None] * np.exp(logs)
    return rng.poisson(rng.gamma(mean / (chance - 1), chance - 1)).astype(np.float64)


def northumbria(shared: Path) -> tuple[pd.DataFrame, Any]:
    """Crimes of 177 wards in 13 months, without those that police work produces and anti-social behaviour."""
    areas = sh.read_boundaries(
        shared / "data/boundaries/wards_2022_northumbria.gpkg", code="ward_code", name="ward_name", year=2022
    )
    rows = sh.count_incidents(sh.read_incidents(shared / "data/crime/northumbria-2013-14"), areas).table
    rows = rows[~rows["offence"].astype(str).isin([*POLICE_GENERATED, "anti-social-behaviour"])]
    keys = {"index": "area_code", "columns": "period", "values": "n"}
    wide = rows.pivot_table(**keys, aggfunc="sum", observed=True, fill_value=0).astype(float)
    graph = neighbours(areas)
    return wide.set_axis(wide.index.astype(str)).set_axis(wide.columns.astype(str), axis=1), graph


def invented(side: int = 13, seed: int = 1) -> tuple[Floats, Any]:
    """Levels like Northumbria's, on a square of areas."""
    rng = np.random.default_rng(seed)
    row, column = np.divmod(np.arange(side * side), side)
    near = (np.maximum(np.abs(row[:, None] - row), np.abs(column[:, None] - column)) == 1).nonzero()
    codes = np.array([f"A{n:03d}" for n in range(side * side)])
    level = np.exp(rng.normal(np.log(22), 0.8, side * side))
    return level, Graph.from_arrays(codes[near[0]], codes[near[1]], np.ones(len(near[0])))
