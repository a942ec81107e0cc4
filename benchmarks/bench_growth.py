"""How time and memory of each hot spot method grow with the number of areas or events: fitted exponents.

Run: python benchmarks/bench_growth.py [--only PART ...] [--sizes 1000 4000 ...] [--limit 360] [--lines FILE]
Every case, a method at one size, has a process of its own; kernels are compiled and inputs made beforehand. Seconds are
of processor, all threads together, so that other work on the machine does not count as waiting; the mean of the calls
after the first where one takes less than 5 s, since the clock has steps of some milliseconds. Memory is the most that
the process held beyond its inputs during the first call (Linux only), some 15 MB of it the program's own code. A method
stops at the first size that takes more than `--limit` seconds or 12 GB, or that the library refuses, and the reason is
printed. Prints rows of a Markdown table, of earlier runs with the same `--lines` too, the latest of each case;
`--sizes` without a number prints them and runs nothing.

Areas are the Voronoi cells of random places of one density, as a stand-in for output areas (189,000 in England and
Wales), with the neighbours of their triangulation. Events are as many as areas, on the same ground: half anywhere,
half in heaps of 25. Map points are four to each area, with eight incidents each on average.
Target: at most n log n for local statistics and surfaces.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import json
import multiprocessing
import resource
import signal
import sys
import time
import warnings
from collections.abc import Callable
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from libpysal.graph import Graph
from scipy.spatial import Delaunay

from socharm import hotspots as hs
from socharm._about import About
from socharm.errors import SocharmError
from socharm.hotspots.areas.neighbours import neighbours
from socharm.io import grid, segments
from socharm.io.first_area import first_areas
from socharm.severity.points import HarmPoints
from socharm.severity.weighing import WeighingSettings

SIZES = (1_000, 4_000, 16_000, 64_000, 189_000)
#: Metres of ground for each place: of output areas about 900 by 900.
APART = 900.0
CORNER = 100_000.0
CRS = "EPSG:27700"
MEMORY = 12 << 30
#: Sizes from here up have an exponent of their own: what a call costs at any size tells less there.
LARGE = 16_000
#: Seconds from which one call is enough. Otherwise the first one, which meets memory not touched yet, is not counted.
LONG = 5.0
#: Calls after it are repeated until they took so long together.
ENOUGH = 0.5
MOST_CALLS = 50


class World:
    """Areas and events of one size, each made when a method asks for it."""

    def __init__(self, n: int) -> None:
        self.n, self.side = n, APART * float(np.sqrt(n))
        self.rng = np.random.default_rng(n)
        self.xy = CORNER + self.rng.uniform(0.0, self.side, (n, 2))
        self.codes = pd.Index([f"E{number:08d}" for number in range(n)], name="area_code")
        self.level = 5.0 + np.sin(self.xy[:, 0] / 5_000.0) + np.cos(self.xy[:, 1] / 7_000.0)

    @cached_property
    def graph(self) -> Graph:
        """The neighbours of the triangulation of the places."""
        pointer, others = Delaunay(self.xy).vertex_neighbor_vertices
        rows = np.repeat(np.arange(self.n), np.diff(pointer))
        return Graph.from_arrays(self.codes.to_numpy()[rows], self.codes.to_numpy()[others], np.ones(len(others)))

    @cached_property
    def ground(self) -> gpd.GeoDataFrame:
        """The whole of it, as one area."""
        whole = shapely.box(CORNER, CORNER, CORNER + self.side, CORNER + self.side)
        index = pd.Index(["E1"], name="area_code")
        return gpd.GeoDataFrame({"name": ["All"]}, geometry=[whole], index=index, crs=CRS)

    @cached_property
    def areas(self) -> gpd.GeoDataFrame:
        """Voronoi cells of the places."""
        whole = self.ground.geometry.iloc[0]
        cells = shapely.voronoi_polygons(shapely.multipoints(self.xy), extend_to=whole, ordered=True)
        shapes = shapely.intersection(shapely.get_parts(cells), whole)
        return gpd.GeoDataFrame({"name": self.codes}, geometry=shapes, index=self.codes, crs=CRS)

    @cached_property
    def value(self) -> pd.Series:
        return pd.Series(self.rng.poisson(self.level).astype(float), index=self.codes)

    @cached_property
    def other(self) -> pd.Series:
        return pd.Series(self.rng.poisson(self.level).astype(float), index=self.codes)

    @cached_property
    def people(self) -> pd.Series:
        return pd.Series(self.rng.integers(200, 500, self.n), index=self.codes)

    @cached_property
    def cases(self) -> pd.Series:
        return pd.Series(self.rng.poisson(self.people * 0.01), index=self.codes)

    @cached_property
    def cube(self) -> pd.DataFrame:
        months = pd.period_range("2025-01", periods=12, freq="M")
        return pd.DataFrame(self.rng.poisson(self.level[:, None], (self.n, 12)), index=self.codes, columns=months)

    @cached_property
    def located(self) -> pd.DataFrame:
        at = {"x": self.xy[:, 0], "y": self.xy[:, 1], "population": self.people, "cases": self.cases}
        return pd.DataFrame(at, index=self.codes)

    @cached_property
    def monthly(self) -> pd.DataFrame:
        """Cases of each place in each of twelve months."""
        place, month = np.nonzero(self.cube.to_numpy())
        cases = self.cube.to_numpy()[place, month]
        return pd.DataFrame({"location": self.codes[place], "period": month, "cases": cases})

    @cached_property
    def events(self) -> pd.DataFrame:
        """Half of them anywhere, half about heaps of 25, over one year."""
        heaps = self.rng.uniform(0, self.side, (max(self.n // 50, 1), 2))
        near = self.rng.normal(heaps[self.rng.integers(0, len(heaps), self.n)], 150.0)
        anywhere = self.rng.uniform(0, self.side, (self.n, 2))
        at = CORNER + np.clip(np.where(self.rng.random(self.n)[:, None] < 0.5, near, anywhere), 0, self.side)
        days = pd.Timestamp("2025-01-01") + pd.to_timedelta(self.rng.integers(0, 365, self.n), unit="D")
        return pd.DataFrame({"x": at[:, 0], "y": at[:, 1], "date": days, "weight": self.rng.gamma(1.0, 3.0, self.n)})

    @cached_property
    def base(self) -> pd.DataFrame:
        """Where people are, for surfaces against a base."""
        return pd.DataFrame({"x": self.xy[:, 0], "y": self.xy[:, 1], "weight": 1.0})

    @cached_property
    def surface(self) -> object:
        return hs.kernel_density(self.events, bandwidth=2_000.0, cell_size=500.0, crs=CRS)

    @cached_property
    def map_points(self) -> HarmPoints:
        """Four map points to an area, with eight incidents each on average."""
        at = CORNER + self.rng.uniform(0, self.side, (4 * self.n, 2))
        n = 1 + self.rng.poisson(7.0, 4 * self.n)
        table = pd.DataFrame({"x": at[:, 0], "y": at[:, 1], "weight": self.rng.gamma(n, 3.0), "n": n})
        return HarmPoints(
            table=table.assign(weight_squared=table["weight"] ** 2).sort_values(["x", "y"], ignore_index=True),
            by_offence=pd.DataFrame(),
            crs=CRS,
            unweighted=pd.Series(dtype="int64"),
            settings=WeighingSettings(),
            about=About(unit="weight units"),
        )

    @cached_property
    def streets(self) -> gpd.GeoDataFrame:
        """Lines of 80 metres, one to each hectare, anyhow turned."""
        middle = CORNER + self.rng.uniform(0, 100.0 * np.sqrt(self.n), (self.n, 2))
        turn = self.rng.uniform(0, np.pi, self.n)
        half = 40.0 * np.column_stack([np.cos(turn), np.sin(turn)])
        return gpd.GeoDataFrame(geometry=shapely.linestrings(np.stack([middle - half, middle + half], axis=1)), crs=CRS)

    @cached_property
    def lines(self) -> gpd.GeoDataFrame:
        """The same as street segments, without the ground of each, which placing does not read."""
        held = self.streets.set_axis(pd.Index([f"S{number:07d}" for number in range(self.n)], name="area_code"))
        return held.assign(line=held.geometry, reach_m=50.0)

    @cached_property
    def on_streets(self) -> np.ndarray:
        return np.asarray(shapely.points(CORNER + self.rng.uniform(0, 100.0 * np.sqrt(self.n), (self.n, 2))))


def local(function: Callable[..., object], *asked: str, **choices: object) -> Callable[[World], Callable[[], object]]:
    """A statistic of areas and their neighbours by 999 permutations."""
    return lambda w: partial(
        function, *(getattr(w, name) for name in asked), graph=w.graph, permutations=999, seed=1, **choices
    )


#: What each method is run with: from a world, a call without arguments. Inputs are made before the clock starts.
METHODS: dict[str, Callable[[World], Callable[[], object]]] = {
    "local_gi_star, 999 permutations": local(hs.local_gi_star, "value"),
    "local_moran, 999 permutations": local(hs.local_moran, "value"),
    "local_rate_moran, 999 permutations": lambda w: partial(
        hs.local_rate_moran, w.cases, w.graph, w.people, permutations=999, seed=1
    ),
    "local_bivariate_moran, 999 permutations": local(hs.local_bivariate_moran, "value", "other"),
    "local_geary, 999 permutations": local(hs.local_geary, "value"),
    "local_join_counts, 999 permutations": lambda w: partial(
        hs.local_join_counts, w.value > 6, graph=w.graph, permutations=999, seed=1
    ),
    "local_moran_moments": lambda w: partial(hs.local_moran_moments, w.value, w.graph),
    "global_moran, 999 permutations": local(hs.global_moran, "value"),
    "smooth_rates": lambda w: partial(hs.smooth_rates, w.cases, w.people, graph=w.graph),
    "neighbours, queen": lambda w: partial(neighbours, w.areas),
    "emerging_hotspots, 12 periods, 199 permutations": lambda w: partial(
        hs.emerging_hotspots, w.cube, w.graph, permutations=199, seed=1
    ),
    "mann_kendall, 12 periods": lambda w: partial(hs.mann_kendall, w.cube),
    "change_significance": lambda w: partial(
        hs.change_significance, w.value.astype(int), w.other.astype(int), dispersion=1.0
    ),
    "point_pattern_similarity, 99 resamples": lambda w: partial(
        hs.point_pattern_similarity, w.value.astype(int), w.other.astype(int), resamples=99, seed=1
    ),
    "scan_clusters, circles to 100 places, 99 replications": lambda w: partial(
        hs.scan_clusters, w.located, max_locations=100, replications=99, distance="planar", seed=1
    ),
    "scan_clusters, circles to 1%, 99 replications": lambda w: partial(
        hs.scan_clusters, w.located, max_population=0.01, replications=99, distance="planar", seed=1
    ),
    "scan_space_time, circles to 50 places, 12 periods, 19 replications": lambda w: partial(
        hs.scan_space_time, w.located[["x", "y"]], w.monthly, max_locations=50, replications=19, distance="planar",
        seed=1,
    ),
    "kernel_density, 2 km": lambda w: partial(
        hs.kernel_density, w.events, bandwidth=2_000.0, cell_size=500.0, crs=CRS
    ),
    "kernel_density, 2 km, adaptive": lambda w: partial(
        hs.kernel_density, w.events, bandwidth=2_000.0, cell_size=500.0, crs=CRS, adaptive=True
    ),
    "dual_density, 2 km": lambda w: partial(
        hs.dual_density, w.events, w.base, mask=w.ground, bandwidth=2_000.0, cell_size=500.0
    ),
    "surface_contours": lambda w: partial(hs.surface_contours, w.surface, volumes=[25.0, 50.0]),
    "surface_peaks, 2 km, 99 replications": lambda w: partial(
        hs.surface_peaks, w.events, w.base, mask=w.ground, bandwidth=2_000.0, cell_size=500.0, replications=99,
        beyond="chance", seed=1,
    ),
    "cluster_points, dbscan, 5 resamples": lambda w: partial(
        hs.cluster_points, w.events, eps=300.0, min_events=5, resamples=5, seed=1, crs=CRS
    ),
    "cluster_points, hdbscan": lambda w: partial(
        hs.cluster_points, w.events, method="hdbscan", min_events=10, resamples=0, seed=1, crs=CRS
    ),
    "cluster_space_time": lambda w: partial(hs.cluster_space_time, w.events, distance=400.0, within_days=60.0),
    "nearest_neighbour_clusters": lambda w: partial(hs.nearest_neighbour_clusters, w.events, crs=CRS),
    "knox, 25 bands, 99 permutations": lambda w: partial(
        hs.knox, w.events, distances=(0.0, 200.0, 400.0, 600.0, 800.0, 1_000.0), permutations=99, seed=1
    ),
    "near_repeat_chains": lambda w: partial(hs.near_repeat_chains, w.events, distance=500.0),
    "jacquez, 99 permutations": lambda w: partial(hs.jacquez, w.events, permutations=99, seed=1),
    "find_micro_places, 4 n map points": lambda w: partial(hs.find_micro_places, w.map_points, w.areas),
    "location_shares, 4 n map points": lambda w: partial(hs.location_shares, w.map_points, w.areas, radius_m=100.0),
    "drill_down, 20 areas, 4 n map points": lambda w: partial(
        hs.drill_down, w.map_points, w.areas, list(w.codes[:20])
    ),
    "grid, n squares over n areas": lambda w: partial(grid, w.areas, APART),
    "segments, made": lambda w: partial(segments, w.streets),
    "segments, n points placed": lambda w: partial(first_areas, w.on_streets, w.lines),
}  # fmt: skip


def case(run: Callable[[], object], limit: float) -> dict[str, Any]:
    """What `measured` finds in a process of its own, or that it took longer than allowed."""
    context = multiprocessing.get_context("fork")  # kernels and inputs are made already
    near, far = context.Pipe(duplex=False)
    process = context.Process(target=lambda: far.send(measured(run, limit)))
    process.start()
    far.close()
    try:
        found: dict[str, Any] = near.recv()
    except EOFError:
        found = {}
    process.join()
    if process.exitcode == -signal.SIGXCPU:
        return {"stopped": f"more than {limit:g} s"}
    return found or {"stopped": f"the process ended with {process.exitcode}"}


def measured(run: Callable[[], object], limit: float) -> dict[str, Any]:
    """Processor seconds and memory of a call, or why it stopped, in this process."""
    gc.collect()
    ctypes.CDLL("libc.so.6").malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")  # the peak is counted from here
    held, used = _status("VmRSS"), time.process_time()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (int(used + limit) + 1, resource.RLIM_INFINITY))
    try:
        run()
        memory, first = (_status("VmHWM") - held) / 1024, time.process_time() - used
        calls, began = 0, time.process_time()
        while first < LONG and calls < MOST_CALLS and (not calls or time.process_time() - began < ENOUGH):
            run()
            calls += 1
    except SocharmError as error:
        return {"stopped": f"refused: {error}"}
    except MemoryError:
        return {"stopped": f"more than {MEMORY >> 30} GB"}
    seconds = (time.process_time() - began) / calls if calls else first
    return {"seconds": seconds, "calls": 1 + calls, "MB": memory}


def _status(name: str) -> int:
    """Kilobytes that the system says of this process."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def exponents(values: dict[int, float]) -> list[str]:
    """Slopes of the logarithm of values by that of sizes: over all sizes, and from 16,000 up."""
    told = []
    for some in (values, {n: value for n, value in values.items() if n >= LARGE}):
        fitted = np.polyfit(np.log(list(some)), np.log(list(some.values())), 1)[0] if len(some) > 1 else np.nan
        told.append(f"{fitted:.2f}")
    return told


def row(name: str, found: dict[int, dict[str, Any]]) -> str:
    """A row of the table: seconds at each of the usual sizes, or why not; exponents; memory at the largest size."""
    seconds = {n: one["seconds"] for n, one in sorted(found.items()) if "seconds" in one}
    cells = [f"{seconds[n]:.2g}" if n in seconds else "" for n in SIZES]
    memory = f"{found[max(seconds)]['MB']:,.0f}" if seconds else ""
    why = [f"{n:,}: {one['stopped']}" for n, one in sorted(found.items()) if "stopped" in one]
    others = [f"{n:,}: {value:.2g} s" for n, value in seconds.items() if n not in SIZES]
    return " ".join([f"| {' | '.join([name, *cells, *exponents(seconds), memory])} |", *others, *why])


def main() -> None:
    """Run each case in a process of its own, and print a row for each method."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", default=[""], help="parts of the names of methods")
    parser.add_argument("--sizes", type=int, nargs="*", default=list(SIZES))
    parser.add_argument("--limit", type=float, default=360.0, help="processor seconds of one call")
    parser.add_argument("--lines", type=Path, help="file of JSON lines: what it holds is read, every case is added")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    names = [name for name in METHODS if any(part in name for part in asked.only)]
    found: dict[str, dict[int, dict[str, Any]]] = {name: {} for name in METHODS}
    for line in asked.lines.read_text().splitlines() if asked.lines and asked.lines.exists() else []:
        one = json.loads(line)
        found[one.pop("method")][one.pop("n")] = one
    small = World(300)
    for name in names if asked.sizes else []:
        METHODS[name](small)()
    stopped: set[str] = set()
    for n in asked.sizes:
        world = World(n)
        for name in (name for name in names if name not in stopped):
            found[name][n] = case(METHODS[name](world), asked.limit)
            print(f"{name}, {n:,}: {found[name][n]}", file=sys.stderr, flush=True)
            if asked.lines:
                with asked.lines.open("a") as file:
                    file.write(json.dumps({"method": name, "n": n, **found[name][n]}) + "\n")
            if "stopped" in found[name][n]:
                stopped.add(name)
    print("n log n itself:", *exponents({n: n * float(np.log(n)) for n in SIZES}))
    print(*(row(name, cases) for name, cases in found.items() if cases), sep="\n")


if __name__ == "__main__":
    main()
