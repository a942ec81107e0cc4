"""How the time of each hot spot method grows with the number of areas or events: the fitted exponent.

Run: python benchmarks/bench_growth.py [--largest 189000] [--json]
Areas are random places with the neighbours of their Delaunay triangulation, as a stand-in for output areas (189,000 in
England and Wales). Kernels are compiled before the clock starts; times are of processor, so that other work on the
machine does not count. The exponent is the slope of log time by log n over the three largest sizes: below 1.1 is
what n log n looks like there. Target: at most n log n for local statistics and surfaces.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd
from libpysal.graph import Graph
from scipy.spatial import Delaunay

from socharm.hotspots import (
    cluster_points,
    emerging_hotspots,
    kernel_density,
    knox,
    local_bivariate_moran,
    local_gi_star,
    local_moran,
    near_repeat_chains,
    nearest_neighbour_clusters,
    scan_clusters,
)

SIZES = (1_000, 4_000, 16_000, 64_000, 189_000)
#: Metres of ground for each place: of output areas about 900 by 900.
APART = 900.0


def places(n: int) -> np.ndarray:
    """Random places of one density, in metres."""
    rng = np.random.default_rng(n)
    return rng.uniform(1_000.0, 1_000.0 + APART * np.sqrt(n), (n, 2))


def graph_of(xy: np.ndarray, codes: pd.Index) -> Graph:
    """The neighbours of the triangulation of the places."""
    pointer, others = Delaunay(xy).vertex_neighbor_vertices
    rows = np.repeat(np.arange(len(xy)), np.diff(pointer))
    return Graph.from_arrays(codes.to_numpy()[rows], codes.to_numpy()[others], np.ones(len(others)))


def area_methods(n: int) -> dict[str, Callable[[], object]]:
    """Methods of areas on values that cluster a little."""
    xy = places(n)
    codes = pd.Index([f"E{number:08d}" for number in range(n)], name="area_code")
    graph = graph_of(xy, codes)
    rng = np.random.default_rng(1)
    level = 5.0 + np.sin(xy[:, 0] / 5_000.0) + np.cos(xy[:, 1] / 7_000.0)
    value, other = (pd.Series(rng.poisson(level).astype(float), index=codes) for _ in range(2))
    cube = pd.DataFrame(
        rng.poisson(level[:, None], (n, 12)), index=codes, columns=pd.period_range("2025-01", periods=12)
    )
    people = rng.integers(200, 500, n)
    located = pd.DataFrame(
        {"x": xy[:, 0], "y": xy[:, 1], "population": people, "cases": rng.poisson(people * 0.01)}, index=codes
    )
    found: dict[str, Callable[[], object]] = {
        "local_gi_star, 999 permutations": lambda: local_gi_star(value, graph, permutations=999, seed=1),
        "local_moran, 999 permutations": lambda: local_moran(value, graph, permutations=999, seed=1),
        "local_bivariate_moran, 999 permutations": lambda: local_bivariate_moran(
            value, other, graph, permutations=999, seed=1
        ),
    }
    if n <= 64_000:
        found["emerging_hotspots, 12 periods, 199 permutations"] = lambda: emerging_hotspots(
            cube, graph, permutations=199, seed=1
        )
    if n <= 16_000:
        found["scan_clusters, circles to 1%, 99 replications"] = lambda: scan_clusters(
            located, max_population=0.01, replications=99, distance="planar", seed=1
        )
    return found


def point_methods(n: int) -> dict[str, Callable[[], object]]:
    """Methods of points on random events of one density."""
    xy = places(n)
    rng = np.random.default_rng(2)
    days = pd.Timestamp("2025-01-01") + pd.to_timedelta(rng.integers(0, 365, n), unit="D")
    events = pd.DataFrame({"x": xy[:, 0], "y": xy[:, 1], "date": days, "weight": 1.0})
    return {
        "kernel_density, 2 km": lambda: kernel_density(events, bandwidth=2_000.0, cell_size=500.0, crs="EPSG:27700"),
        "cluster_points, dbscan": lambda: cluster_points(
            events, eps=600.0, min_events=5, resamples=0, seed=1, crs="EPSG:27700"
        ),
        "nearest_neighbour_clusters": lambda: nearest_neighbour_clusters(events, crs="EPSG:27700"),
        "knox, 25 bands, 99 permutations": lambda: knox(
            events, distances=(0.0, 200.0, 400.0, 600.0, 800.0, 1_000.0), permutations=99, seed=1
        ),
        "near_repeat_chains": lambda: near_repeat_chains(events, distance=500.0),
    }


def exponent(times: dict[int, float]) -> float:
    """Slope of log time by log n over the three largest sizes."""
    last = sorted(times)[-3:]
    return float(np.polyfit(np.log(last), np.log([times[n] for n in last]), 1)[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--largest", type=int, default=SIZES[-1])
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    for make in (area_methods, point_methods):
        for method in make(300).values():
            method()  # kernels are compiled beforehand
    times: dict[str, dict[int, float]] = {}
    for n in (size for size in SIZES if size <= asked.largest):
        for make in (area_methods, point_methods):
            for name, method in make(n).items():
                began = time.process_time()
                method()
                times.setdefault(name, {})[n] = round(time.process_time() - began, 3)
                print(f"{name}, n {n:,}: {times[name][n]:.2f} s", file=sys.stderr, flush=True)
    for name, found in times.items():
        told = {"method": name, "seconds of processor": found, "exponent": round(exponent(found), 2)}
        if asked.json:
            print(json.dumps(told))
        else:
            print(
                f"{name}: {', '.join(f'{n:,}: {value:.2f} s' for n, value in found.items())}; n^{told['exponent']:.2f}"
            )


if __name__ == "__main__":
    main()
