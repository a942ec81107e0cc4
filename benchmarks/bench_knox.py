"""Knox over bands of distance and time: 100,000 events, and side by side with pointpats where it is installed.

Run: python benchmarks/bench_knox.py [--quick] [--json]
pointpats (``pip install pointpats``) is no requirement: without it that part is left out and said so. It holds one pair
of thresholds and runs in the same process on the same events; kernels of both sides are compiled before the clock
starts. Its table of one cell stands against ours of one cell, and of 25. Peak memory is that of the process
of the case.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd

from socharm.hotspots import knox

PERMUTATIONS = 999
DISTANCES = [0, 100, 200, 300, 400, 500]
DAYS = [0, 7, 14, 21, 28, 35]


def town(n: int, *, seed: int = 1) -> pd.DataFrame:
    """Events of two years at places that repeat, dense in towns: 250 to the square kilometre on average."""
    rng = np.random.default_rng(seed)
    side = 1_000 * np.sqrt(n / 250)
    towns = rng.random((40, 2)) * side
    spread = side / 25
    middle = towns[rng.integers(0, 40, n)] + rng.normal(0, spread, (n, 2))
    anywhere = rng.random((n, 2)) * side
    places = np.where(rng.random(n)[:, None] < 0.5, middle, anywhere)
    days = rng.integers(0, 730, n)
    return pd.DataFrame({"x": 3e5 + places[:, 0].round(-1), "y": 2e5 + places[:, 1].round(-1), "date": days})


def clock(run: Callable[[], object], repeats: int = 1) -> float:
    """Least wall time of `repeats` runs, in seconds."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)


def whole(n: int, threads: int) -> dict[str, object]:
    """5 x 5 bands and 999 permutations by the public call: time, processor time and peak memory of this process."""
    asked = {"distances": DISTANCES, "days": DAYS, "metric": "euclidean", "seed": 1, "threads": threads}
    knox(town(500), **(asked | {"permutations": 9}))
    events = town(n)
    before = time.process_time()
    start = time.perf_counter()
    found = knox(events, **(asked | {"permutations": PERMUTATIONS}))
    return {
        "case": "knox, 5 x 5 bands",
        "events": n,
        "near_pairs": found.findings.near_pairs,
        "permutations": PERMUTATIONS,
        "threads": threads,
        "seconds": round(time.perf_counter() - start, 2),
        "processor_s": round(time.process_time() - before, 2),
        "peak_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2, 2),
    }


def peers(n: int) -> list[dict[str, object]]:
    """One cell of 200 m and 14 days, 99 permutations: pointpats against ours, one thread."""
    try:
        from pointpats import Knox
    except ImportError:
        return [{"case": "pointpats", "left_out": "not installed"}]
    events = town(n)
    xy, days = events[["x", "y"]], events[["date"]]
    ours = {"closed": "right", "metric": "euclidean", "permutations": 99, "seed": 1, "threads": 1}
    knox(town(200), distances=200, days=14, **ours)
    Knox(xy.iloc[:100], days.iloc[:100], delta=200, tau=14, permutations=9)
    theirs = clock(lambda: Knox(xy, days, delta=200, tau=14, permutations=99))
    one = clock(lambda: knox(events, distances=200, days=14, **ours), 3)
    table = clock(lambda: knox(events, distances=DISTANCES, days=DAYS, **ours), 3)
    return [
        {
            "case": "knox, one cell, 99 permutations",
            "events": n,
            "pointpats_s": round(theirs, 2),
            "ours_s": round(one, 3),
            "ratio": round(theirs / one, 1),
            "ours_25_cells_s": round(table, 3),
            "ratio_25_cells": round(theirs / table, 1),
        }
    ]


def main() -> None:
    """Print one line for each case."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of the events")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--here", type=int, help="one run of so many events in this process")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    if options.here:
        print(json.dumps(whole(options.here, options.threads)))
        return
    lines = []
    for n in (10_000,) if options.quick else (10_000, 30_000, 100_000):
        own = [sys.executable, __file__, "--here", str(n), "--threads", str(options.threads)]
        lines.append(json.loads(subprocess.run(own, check=True, capture_output=True, text=True).stdout))
    for n in (1_000,) if options.quick else (1_000, 4_000):
        lines.extend(peers(n))
    for line in lines:
        print(json.dumps(line) if options.json else "  ".join(f"{k}={v}" for k, v in line.items()), flush=True)


if __name__ == "__main__":
    main()
