"""Confidence sets for ranks: time beside plain NumPy, and a whole country's wards with their peak memory.

Run: python benchmarks/bench_rank_sets.py [--quick] [--json] [--only peers|national]

- peers: 124 and 400 areas with independent errors, 1,000 draws, step-down. The NumPy side takes one draw at a time
  and every pair of it, with the same draws, and must find the same sets. Kernels are compiled beforehand.
- national: 7,588 areas through the public call, each case in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from socharm.ranking.confidence_sets import rank_confidence_sets
from socharm.stats.rank_sets import draw_errors, normal_sets

DRAWS = 1_000
LEVEL = 0.95
NATIONAL = 7_588
CASES = ("simultaneous", "marginal", "correlated", "exact", "exact marginal")


def some_areas(n: int, *, seed: int = 1) -> pd.DataFrame:
    """Rates as skewed as harm, with errors that grow with them, as of wards of unequal population."""
    rng = np.random.default_rng(seed)
    people = rng.lognormal(8.8, 0.4, n)
    rate = rng.lognormal(2.8, 0.5, n)
    error = np.sqrt(rate * 250 / people)
    table = pd.DataFrame({"estimate": rate + error * rng.standard_normal(n), "se": error, "exposure": people})
    table["n"] = rng.poisson(rate * people / 100)
    return table.set_axis([f"W{i:05d}" for i in range(n)])


def plain_joint(x: np.ndarray, errors: np.ndarray, draws: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Simultaneous sets by every pair of every draw, one draw at a time."""
    scale = np.sqrt(errors[:, None] ** 2 + errors**2)
    gap = (x[:, None] - x) / scale
    rejected = np.eye(x.size, dtype=bool)
    while True:
        out = np.where(rejected, -np.inf, 0.0)
        maxima = [np.max((z[:, None] - z) / scale + out) for block in draws for z in block * errors]
        critical = np.sort(maxima)[int(np.ceil((len(maxima) + 1) * LEVEL)) - 1]
        latest = rejected | (gap > critical)
        if (latest == rejected).all():
            return rejected.sum(axis=0) - 1, rejected.sum(axis=1) - 1
        rejected = latest


def plain_marginal(x: np.ndarray, errors: np.ndarray, draws: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """A set for each area by itself, every pair of every draw, one draw at a time."""
    scale = np.sqrt(errors[:, None] ** 2 + errors**2)
    gap = (x[:, None] - x) / scale
    above, below = np.eye(x.size, dtype=bool), np.eye(x.size, dtype=bool)
    while True:
        up, down = (np.where(part, -np.inf, 0.0) for part in (above, below))
        maxima = []
        for block in draws:
            for z in block * errors:
                difference = (z[:, None] - z) / scale
                maxima.append(np.maximum((difference + up).max(axis=1), (down - difference).max(axis=1)))
        critical = np.sort(maxima, axis=0)[int(np.ceil((len(maxima) + 1) * LEVEL)) - 1][:, None]
        latest = above | (gap > critical), below | (-gap > critical)
        if (latest[0] == above).all() and (latest[1] == below).all():
            return below.sum(axis=1) - 1, above.sum(axis=1) - 1
        above, below = latest


def clock(run: Callable[[], object], repeats: int) -> tuple[float, object]:
    """Least wall time of `repeats` runs, in seconds, and the last result."""
    times, result = [], None
    for _ in range(repeats):
        start = time.perf_counter()
        result = run()
        times.append(time.perf_counter() - start)
    return min(times), result


def peers(sizes: tuple[int, ...]) -> list[dict[str, object]]:
    """Plain NumPy, our arrays and our public call."""
    lines = []
    for n in sizes:
        table = some_areas(n)
        x, errors = table["estimate"].to_numpy(), table["se"].to_numpy()
        given = table[["estimate", "se"]]
        for sets, plain in (("simultaneous", plain_joint), ("marginal", plain_marginal)):

            def ours(x=x, errors=errors, sets=sets):
                return normal_sets(x, errors, draw_errors(errors, draws=DRAWS, seed=1), sets=sets)

            drawn = [z for z, _ in draw_errors(errors, draws=DRAWS, seed=1).blocks]
            ours()
            kernel_s, found = clock(ours, 7)
            public_s, _ = clock(
                lambda sets=sets, given=given: rank_confidence_sets(given, sets=sets, draws=DRAWS, seed=1), 5
            )
            numpy_s, (greater, smaller) = clock(lambda plain=plain: plain(x, errors, drawn), 1)  # noqa: B023
            same = bool((found.greater == greater).all() and (found.smaller == smaller).all())
            lines.append(
                {
                    "case": sets,
                    "areas": n,
                    "draws": DRAWS,
                    "numpy_s": round(numpy_s, 3),
                    "kernel_s": round(kernel_s, 4),
                    "public_s": round(public_s, 4),
                    "ratio_kernel": round(numpy_s / kernel_s, 1),
                    "ratio_public": round(numpy_s / public_s, 1),
                    "same_sets": same,
                }
            )
    return lines


def national(case: str, n: int) -> dict[str, object]:
    """One case through the public call: time, peak memory, and the median width of the sets."""
    table = some_areas(n)
    rank_confidence_sets(table[["estimate", "se"]].head(30), sets="marginal", seed=1)
    options: dict[str, object] = {"sets": "marginal" if "marginal" in case else "simultaneous"}
    given = table[["n", "exposure"] if case.startswith("exact") else ["estimate", "se"]]
    if case == "correlated":  # areas of one district share a tenth of their variance
        district = np.arange(n) // 20
        shared = 0.1 * (district[:, None] == district) + 0.9 * np.eye(n)
        errors = table["se"].to_numpy()
        options["covariance"] = shared * errors[:, None] * errors
        del shared
    seconds, found = clock(lambda: rank_confidence_sets(given, draws=DRAWS, seed=1, **options), 1)
    width = (found.table["rank_set_high"] - found.table["rank_set_low"] + 1).median()
    return {
        "case": f"national, {case}",
        "areas": n,
        "public_s": round(seconds, 2),
        "peak_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2, 2),
        "median_width": int(width),
    }


def main() -> None:
    """Print one line for each case."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="124 areas, and 1,000 for a country")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--only", choices=["peers", "national"])
    parser.add_argument("--case", choices=CASES, help="one national case, in this process")
    options = parser.parse_args()
    show = lambda line: json.dumps(line) if options.json else "  ".join(f"{k}={v}" for k, v in line.items())  # noqa: E731
    if options.case:
        print(show(national(options.case, 1_000 if options.quick else NATIONAL)))
        return
    if options.only != "national":
        for line in peers((124,) if options.quick else (124, 400)):
            print(show(line), flush=True)
    if options.only != "peers":
        flags = [flag for flag, on in (("--quick", options.quick), ("--json", options.json)) if on]
        for case in CASES:
            own = [sys.executable, __file__, "--case", case, *flags]
            print(subprocess.run(own, check=True, capture_output=True, text=True).stdout.strip(), flush=True)


if __name__ == "__main__":
    main()
