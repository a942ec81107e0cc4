"""Local Moran and Gi* on the 35,672 LSOAs of England and Wales, side by side with esda.

Run: python benchmarks/bench_local.py [--quick] [--json] [--only peers|million|scaling|general]
Needs `boundaries/lsoa_2021_ew.parquet` in the `data` folder of SOCHARM_SHARED; without it, and with
--quick, a Voronoi stand-in takes its place. Queen weights are built beforehand and kept as a pickle in the
temporary folder; kernels of both sides are compiled before the clock starts; esda runs with
`keep_simulations=False`, `n_jobs=1`, in the same process, on the same values.

- array kernel: values and neighbours as arrays in; statistic and both p-values out.
- public call: Series and graph in; record with moments, corrected p and labels out.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from libpysal.graph import Graph
from scipy.spatial import Delaunay

from socharm.hotspots.areas.local import local_gi_star, local_moran
from socharm.hotspots.areas.neighbours import neighbours, to_csr
from socharm.stats.permutation import neighbour_sums, permutation_p, shared_exceedances

PERMUTATIONS = 999
SIZES = (1_000, 4_000, 16_000, 35_672, 80_000, 189_000)


def stand_in(n: int, *, seed: int = 1) -> Graph:
    """Neighbours of `n` Voronoi cells: the edges of the Delaunay triangulation of their seeds."""
    points = np.random.default_rng(seed).random((n, 2))
    indptr, indices = Delaunay(points).vertex_neighbor_vertices
    codes = np.array([f"V{i:06d}" for i in range(n)])
    return Graph.from_arrays(np.repeat(codes, np.diff(indptr)), codes[indices], np.ones(indices.size))


def national_graph() -> tuple[Graph, str]:
    """Queen neighbours of the real LSOAs, built once and kept in the temporary folder."""
    root = Path(os.environ.get("SOCHARM_SHARED") or Path(__file__).resolve().parents[2] / "shared")
    path = root / "data" / "boundaries" / "lsoa_2021_ew.parquet"
    if not path.exists():
        return stand_in(35_672), "35,672 Voronoi cells"
    cache = Path(tempfile.gettempdir()) / "socharm-bench-lsoa-2021-queen.pickle"
    if cache.exists():
        return pickle.loads(cache.read_bytes()), "35,672 LSOAs"
    shapes = gpd.read_parquet(path).to_crs(27700)
    codes = next(c for c in shapes.columns if c.upper().startswith("LSOA") and c.upper().endswith("CD"))
    shapes = shapes.rename(columns={codes: "area_code"}).set_index("area_code")[["geometry"]]
    shapes["geometry"] = shapes.geometry.make_valid()
    shapes = shapes[shapes.geometry.type.isin(["Polygon", "MultiPolygon"])]
    graph = neighbours(shapes)
    cache.write_bytes(pickle.dumps(graph))
    return graph, f"{len(shapes):,} LSOAs"


def some_values(graph: Graph, *, seed: int = 2) -> pd.Series:
    """Values as skewed as harm rates, smoothed over neighbours so that there is something to find."""
    index = pd.Index(graph.unique_ids)
    indptr, indices, _ = to_csr(graph, index)
    noise = np.random.default_rng(seed).lognormal(2.5, 0.8, len(index))
    degree = np.maximum(np.diff(indptr), 1)
    return pd.Series(0.5 * noise + 0.5 * neighbour_sums(noise, indptr, indices) / degree, index=index, name="rate")


def clock(run: Callable[[], object], repeats: int) -> float:
    """Least wall time of `repeats` runs, in seconds."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)


def arrays(values: pd.Series, graph: Graph) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Values, and neighbours as compressed rows, in the order of the values."""
    indptr, indices, _ = to_csr(graph, values.index)
    return values.to_numpy(), indptr, indices


def moran_kernel(x: np.ndarray, indptr: np.ndarray, indices: np.ndarray) -> tuple[np.ndarray, ...]:
    """Local Moran and p of both tails, from arrays."""
    sums = neighbour_sums(x, indptr, indices)
    found = shared_exceedances(
        x, indptr, indices, permutations=PERMUTATIONS, seed=1, purpose="benchmark", observed=sums
    )
    z, k = x - x.mean(), np.diff(indptr)
    statistic = z * (sums / np.maximum(k, 1) - x.mean()) / np.mean(z**2)
    low, high = permutation_p(found.at_most, PERMUTATIONS), permutation_p(found.at_least, PERMUTATIONS)
    return statistic, np.where(z > 0, low, high), np.where(z > 0, high, low)


def gi_kernel(x: np.ndarray, indptr: np.ndarray, indices: np.ndarray) -> tuple[np.ndarray, ...]:
    """Gi* (mean over the area and its neighbours) and p of both tails, from arrays."""
    sums = neighbour_sums(x, indptr, indices)
    found = shared_exceedances(
        x, indptr, indices, permutations=PERMUTATIONS, seed=1, purpose="benchmark", observed=sums
    )
    mean = (sums + x) / (np.diff(indptr) + 1)
    return mean, permutation_p(found.at_most, PERMUTATIONS), permutation_p(found.at_least, PERMUTATIONS)


def peers(values: pd.Series, graph: Graph, what: str) -> list[dict[str, object]]:
    """999 permutations: esda, our array kernel, our public call."""
    from esda import G_Local, Moran_Local

    x, indptr, indices = arrays(values, graph)
    w = graph.to_W()
    options = {"permutations": PERMUTATIONS, "keep_simulations": False, "n_jobs": 1, "seed": 1}
    small = stand_in(200)
    few = some_values(small)
    Moran_Local(few.to_numpy(), small.to_W(), **options)
    G_Local(few.to_numpy(), small.to_W(), transform="B", star=True, **options)
    theirs = {
        "local_moran": clock(lambda: Moran_Local(x, w, **options), 2),
        "local_gi_star": clock(lambda: G_Local(x, w, transform="B", star=True, **options), 2),
    }
    lines = []
    for name, kernel, public in (
        ("local_moran", moran_kernel, local_moran),
        ("local_gi_star", gi_kernel, local_gi_star),
    ):
        kernel(x, indptr, indices)
        public(values, graph, permutations=PERMUTATIONS, seed=1)
        ours = clock(lambda kernel=kernel: kernel(x, indptr, indices), 15)
        call = clock(lambda public=public: public(values, graph, permutations=PERMUTATIONS, seed=1), 5)
        lines.append(
            {
                "case": name,
                "areas": what,
                "permutations": PERMUTATIONS,
                "esda_s": round(theirs[name], 3),
                "kernel_s": round(ours, 5),
                "public_s": round(call, 3),
                "ratio_kernel": round(theirs[name] / ours),
                "ratio_public": round(theirs[name] / call),
            }
        )
    return lines


def million() -> list[dict[str, object]]:
    """999,999 permutations by the public call, in a process of its own: time and peak memory."""
    graph, what = national_graph()
    values = some_values(graph)
    local_gi_star(values, graph, permutations=99, seed=1)
    lines: list[dict[str, object]] = []
    for name, public in (("local_gi_star", local_gi_star), ("local_moran", local_moran)):
        seconds = clock(lambda public=public: public(values, graph, permutations=999_999, seed=1), 1)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
        line = {"case": f"{name}, a million", "areas": what, "public_s": round(seconds, 2), "peak_gb": round(peak, 2)}
        lines.append(line)
    return lines


def scaling(sizes: tuple[int, ...]) -> list[dict[str, object]]:
    """Time of kernel and public call over n, and the exponent fitted on logarithms."""
    times: dict[str, list[float]] = {"kernel_999": [], "kernel_99999": [], "public_99999": []}
    for n in sizes:
        graph = stand_in(n)
        values = some_values(graph)
        x, indptr, indices = arrays(values, graph)
        for permutations in (999, 99_999):
            chance = {"permutations": permutations, "seed": 1, "purpose": "benchmark"}
            run = lambda chance=chance: shared_exceedances(x, indptr, indices, **chance)  # noqa: B023, E731
            run()
            times[f"kernel_{permutations}"].append(clock(run, 5))
        times["public_99999"].append(clock(lambda: local_gi_star(values, graph, seed=1), 2))  # noqa: B023
    lines: list[dict[str, object]] = []
    for name, seconds in times.items():
        slope = np.polyfit(np.log(sizes), np.log(seconds), 1)[0]
        by_size = {f"n_{n}": round(t, 5) for n, t in zip(sizes, seconds, strict=True)}
        lines.append({"case": f"cost over n, {name}", **by_size, "exponent": round(float(slope), 2)})
    return lines


def general(values: pd.Series, graph: Graph, what: str) -> list[dict[str, object]]:
    """Weights that differ within neighbourhoods: the fallback on two threads against esda."""
    from esda import Moran_Local

    weights = np.random.default_rng(3).uniform(0.2, 1.0, len(graph.adjacency)) * (graph.adjacency > 0)
    uneven = Graph(pd.Series(np.asarray(weights), index=graph.adjacency.index, name="weight"))
    w = uneven.to_W()
    options = {"permutations": PERMUTATIONS, "keep_simulations": False, "seed": 1}
    small = stand_in(200)
    Moran_Local(some_values(small).to_numpy(), small.to_W(), n_jobs=1, **options)
    local_moran(values, uneven, permutations=9, seed=1)
    ours = clock(lambda: local_moran(values, uneven, permutations=PERMUTATIONS, seed=1, threads=2), 3)
    line: dict[str, object] = {"case": "general weights", "areas": what, "public_2_threads_s": round(ours, 3)}
    for jobs in (1,) if len(values) < 10_000 else (1, 2):
        theirs = clock(lambda jobs=jobs: Moran_Local(values.to_numpy(), w, n_jobs=jobs, **options), 1)
        line |= {f"esda_{jobs}_jobs_s": round(theirs, 2), f"ratio_{jobs}_jobs": round(theirs / ours, 1)}
    return [line]


def main() -> None:
    """Print one line for each case."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a stand-in of 2,000 areas, no million")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--only", choices=["peers", "million", "scaling", "general", "million-here"])
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    wanted = [options.only] if options.only else ["peers", "million", "scaling", "general"]
    graph, what = (stand_in(2_000), "2,000 Voronoi cells") if options.quick else national_graph()
    values = some_values(graph)
    for part in wanted:
        if part == "peers":
            lines = peers(values, graph, what)
        elif part == "general":
            lines = general(values, graph, what)
        elif part == "scaling":
            lines = scaling(SIZES[:3] if options.quick else SIZES)
        elif part == "million-here":
            lines = million()
        elif not options.quick:
            own = [sys.executable, __file__, "--only", "million-here", "--json"]
            printed = subprocess.run(own, check=True, capture_output=True, text=True).stdout
            lines = [json.loads(line) for line in printed.splitlines()]
        else:
            lines = []
        for line in lines:
            print(json.dumps(line) if options.json else "  ".join(f"{k}={v}" for k, v in line.items()), flush=True)


if __name__ == "__main__":
    main()
