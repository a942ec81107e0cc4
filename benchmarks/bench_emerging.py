"""Time of emerging hot spots: 7,588 areas, 60 months, 9,999 permutations by the public call; and its growth.

Run: python benchmarks/bench_emerging.py [--areas 7588] [--months 60] [--permutations 9999] [--growth] [--json]
"""

from __future__ import annotations

import argparse
import json
import resource
import time
import warnings

import numpy as np
import pandas as pd
from bench_local import some_values, stand_in

from socharm.hotspots import emerging_hotspots, mann_kendall

#: Numbers of areas that the growth is fitted over.
SIZES = (1_000, 4_000, 16_000)


def cube(areas: int, months: int) -> tuple[pd.DataFrame, object]:
    """Months that are partly shared with the neighbours, on a Voronoi stand-in."""
    graph = stand_in(areas)
    columns = pd.period_range("2020-01", periods=months, freq="M").astype(str)
    return pd.DataFrame({month: some_values(graph, seed=at) for at, month in enumerate(columns)}), graph


def one(areas: int, months: int, permutations: int) -> dict[str, object]:
    """One public call on two threads; what is compiled has been compiled."""
    values, graph = cube(areas, months)
    start = time.perf_counter()
    found = emerging_hotspots(values, graph, permutations=permutations, seed=1, threads=2)
    seconds = time.perf_counter() - start
    start = time.perf_counter()
    mann_kendall(values, autocorrelation="shared")
    return {
        "areas": areas,
        "months": months,
        "permutations": permutations,
        "emerging_s": round(seconds, 2),
        "mann_kendall_s": round(time.perf_counter() - start, 2),
        "peak_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2, 2),
        "tests": found.findings.tested,
    }


def main() -> None:
    """Print one line for each case."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--areas", type=int, default=7_588)
    parser.add_argument("--months", type=int, default=60)
    parser.add_argument("--permutations", type=int, default=9_999)
    parser.add_argument("--growth", action="store_true", help="times over several numbers of areas, and their exponent")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    one(200, 12, 99)
    sizes = SIZES if options.growth else (options.areas,)
    lines = [one(size, options.months, options.permutations) for size in sizes]
    if options.growth:
        seconds = [float(str(line["emerging_s"])) for line in lines]
        lines.append({"exponent": round(float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0]), 2)})
    for line in lines:
        print(json.dumps(line) if options.json else "  ".join(f"{k}={v}" for k, v in line.items()), flush=True)


if __name__ == "__main__":
    main()
