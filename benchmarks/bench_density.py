"""Kernel density of 1 million weighted points on 1024 x 1024, side by side with KDEpy's FFTKDE.

Run: python benchmarks/bench_density.py [--points 1000000] [--repeats 5]
Both sides start from coordinates and weights in memory and end with the surface on the grid. Ours also
counts the events in reach of every cell. KDEpy's `bw` is the radius over sqrt(7) for the biweight.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from functools import partial

import geopandas as gpd
import numpy as np
import pandas as pd
from KDEpy import FFTKDE
from shapely.geometry import box

from socharm.hotspots.points.density import kernel_density
from socharm.stats.smoothing import kernel_value

SIDE = 1024
CELL = 10.0


def make_points(n: int, *, seed: int, margin: float) -> pd.DataFrame:
    """Half of the harm in sixty towns, half spread out; weights as skewed as severity weights.

    With the kernel's margin round them the points fill the 1024 x 1024 grid exactly.
    """
    rng = np.random.default_rng(seed)
    least, most = margin + 0.01, SIDE * CELL - margin - 0.01
    towns = rng.uniform(0.1, 0.9, (60, 2)) * SIDE * CELL
    clustered = towns[rng.integers(0, 60, n // 2)] + rng.normal(0, 0.01 * SIDE * CELL, (n // 2, 2))
    spread = rng.uniform(least, most, (n - n // 2, 2))
    xy = np.vstack([clustered, spread]).clip(least, most)
    xy[:2] = [(least, least), (most, most)]
    return pd.DataFrame({"x": xy[:, 0], "y": xy[:, 1], "weight": rng.lognormal(4, 1.2, n)})


def best_of(repeats: int, run: Callable[[], object]) -> float:
    """Least wall time of several runs, after one that warms the caches."""
    run()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)


def largest_error(points: pd.DataFrame, radius: float, grid: np.ndarray, x: np.ndarray, y: np.ndarray) -> float:
    """Largest difference from the direct sum at the 40 highest cells and 40 others, over the maximum."""
    rng = np.random.default_rng(0)
    places = np.concatenate([np.argsort(grid, axis=None)[-40:], rng.integers(0, grid.size, 40)])
    rows, columns = np.unravel_index(places, grid.shape)
    px, py, w = (points[c].to_numpy() for c in ("x", "y", "weight"))
    exact = np.array(
        [
            np.sum(w * kernel_value((px - x[c]) ** 2 + (py - y[r]) ** 2, radius=radius, name="quartic")) * 1e6
            for r, c in zip(rows, columns, strict=True)
        ]
    )
    return float(np.abs(grid[rows, columns] - exact).max() / exact.max())


def peer(xy: np.ndarray, weight: np.ndarray, radius: float) -> object:
    """KDEpy on the centres of the same cells."""
    axis = np.linspace(CELL / 2, SIDE * CELL - CELL / 2, SIDE)
    grid = np.column_stack([np.repeat(axis, SIDE), np.tile(axis, SIDE)])
    return FFTKDE(kernel="biweight", bw=radius / 7**0.5, norm=2).fit(xy, weight).evaluate(grid)


def main() -> None:
    """Print one line per bandwidth: both times, the ratio, and our distance from the direct sum."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    for cells in (8, 16, 32):
        radius = cells * CELL
        points = make_points(options.points, seed=1, margin=radius)
        xy, weight = points[["x", "y"]].to_numpy(), points["weight"].to_numpy()
        surface = kernel_density(points, bandwidth=radius, cell_size=CELL)
        here = best_of(options.repeats, partial(kernel_density, points, bandwidth=radius, cell_size=CELL))
        there = best_of(options.repeats, partial(peer, xy, weight, radius))
        square = gpd.GeoDataFrame(geometry=[box(0, 0, SIDE * CELL, SIDE * CELL)], crs="EPSG:27700")
        masked = partial(kernel_density, points, bandwidth=radius, cell_size=CELL, mask=square)
        corrected = best_of(options.repeats, masked)
        line = {
            "bandwidth_cells": cells,
            "shape": surface.grid.shape,
            "socharm_s": round(here, 3),
            "kdepy_s": round(there, 3),
            "ratio_kdepy_over_socharm": round(there / here, 2),
            "socharm_diggle_s": round(corrected, 3),
            "error_over_maximum": round(largest_error(points, radius, surface.grid, surface.x, surface.y), 6),
        }
        print(json.dumps(line) if options.json else "  ".join(f"{k}={v}" for k, v in line.items()))


if __name__ == "__main__":
    main()
