"""Ranks with both kinds of uncertainty at the size of the nation, side by side with plain NumPy.

Run: python benchmarks/bench_ranks.py [--quick] [--json]
7,588 wards x 13 categories x 10,000 draws (memory in a process of its own); 124 wards; 500 wards x 134 offences, exact
draws against 99% of the variance; `rank_uncertainty` of 177 wards. The plain implementation draws every cell with
NumPy's Gamma and normal generators from the same posterior and ranks with argsort, on one thread as NumPy does.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
import factories

import socharm as sh
from socharm.severity.index import SeverityIndex
from socharm.stats.gamma_poisson import AreaPosterior


def make_index(areas: int, offences: int, *, level: str = "category", seed: int = 0) -> SeverityIndex:
    """An index of areas whose offences are rarer the heavier they weigh."""
    rng = np.random.default_rng(seed)
    people = rng.uniform(4_000, 12_000, areas)
    rates = (
        rng.gamma(3, 1 / 3, (areas, 1)) * rng.gamma(6, 1 / 6, (areas, offences)) * np.geomspace(1e-5, 0.03, offences)
    )
    months = rng.poisson((rates * people[:, None])[:, :, None] / 6, (areas, offences, 6))
    names = [f"o{number:03d}" for number in range(offences)]
    counts = factories.make_counts(months, areas=[f"W{number:05d}" for number in range(areas)], offences=names)
    weights = factories.make_weights(
        dict(zip(names, np.geomspace(6_000, 5, offences), strict=True)),
        tau=0.2 if level == "category" else 0.0,
        level=level,
    )
    return sh.severity_index(
        counts, weights, population=factories.make_population(pd.Series(people, counts.areas.index))
    )


def plain_ranks(posterior: AreaPosterior, weight: np.ndarray, tau: np.ndarray, draws: int) -> np.ndarray:
    """Ranks of shape (draws, areas) with NumPy alone, in blocks of 250 draws."""
    rng = np.random.default_rng(1)
    areas, bands = posterior.shape.shape
    cumulative = np.cumsum(posterior.node_probability, axis=1)
    ranks = np.empty((draws, areas), dtype=np.int32)
    for start in range(0, draws, 250):
        size = min(250, draws - start)
        node = np.stack([np.searchsorted(row, rng.random(size) * row[-1]) for row in cumulative])
        total = np.zeros((areas, size))
        for b in range(bands):
            level = posterior.factor[b][node]
            rate = rng.standard_gamma(posterior.shape[:, b, None], (areas, size))
            rate *= level / (posterior.prior.shape[b] + level * posterior.effort[:, b, None])
            if tau[b] > 0:
                rate *= np.exp(tau[b] * rng.standard_normal((areas, size)) - tau[b] ** 2 / 2)
            total += weight[b] * rate
        order = np.argsort(-total.T, axis=1)
        np.put_along_axis(ranks[start : start + size], order, np.arange(1, areas + 1, dtype=np.int32)[None, :], axis=1)
    return ranks


def timed(index: SeverityIndex, draws: int, exact: float) -> float:
    """Seconds of one ranking."""
    start = time.perf_counter()
    sh.rank_areas(index, draws=draws, seed=1, exact=exact)
    return time.perf_counter() - start


def nation(exact: float) -> dict[str, float]:
    """Seconds and peak memory of the nation's ranking, in a process of its own."""
    code = (
        "import bench_ranks as b, resource; i = b.make_index(7588, 13); b.timed(i, 50, 1.0);"
        f"print(b.timed(i, 10_000, {exact}), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6)"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=True,
    )
    seconds, memory = done.stdout.split()
    return {"seconds": float(seconds), "peak_gb": float(memory)}


def accuracy(draws: int) -> dict[str, float]:
    """Mean difference of the ends of the 95% interval between exact draws and 99% of the variance; 500 wards."""
    index = make_index(500, 134, level="offence")
    every, quick = (
        sh.rank_areas(index, draws=draws, seed=seed, exact=exact).table for seed, exact in ((1, 1.0), (2, 0.99))
    )
    again = sh.rank_areas(index, draws=draws, seed=3).table
    columns = ["rank_low_95", "rank_high_95"]
    return {
        "bands": len(index.model.bands),
        "mean_difference": float((every[columns] - quick[columns]).abs().to_numpy(dtype=float).mean()),
        "between_two_exact_runs": float((every[columns] - again[columns]).abs().to_numpy(dtype=float).mean()),
    }


def main() -> None:
    """Print a line for each case."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    draws = 1_000 if options.quick else 10_000
    lines: dict[str, dict[str, float]] = {}
    small = make_index(124, 13)
    timed(small, 50, 1.0)
    lines["124 wards"] = {"seconds": timed(small, draws, 1.0)}
    middle = make_index(500, 13)
    bands = {name: middle.model.bands[name].to_numpy(dtype=float) for name in ("weight", "tau")}
    start = time.perf_counter()
    plain_ranks(middle.model.posterior, bands["weight"], bands["tau"], draws)
    theirs, ours = time.perf_counter() - start, timed(middle, draws, 1.0)
    lines["500 wards, plain NumPy over ours"] = {"ratio": theirs / ours, "ours": ours, "numpy": theirs}
    lines["500 wards x 134 offences"] = accuracy(draws)
    force, people, weights = factories.random_counts(areas=177, months=12)
    start = time.perf_counter()
    sh.rank_uncertainty(
        force, weights, {"residents": people, "none": None}, transform=("raw", "sqrt", "log"), tau=(1.0, 0.0, 2.0),
        shrinkage=(True, False), base=256 if options.quick else 1_024, seed=1,
    )  # fmt: skip
    lines["rank_uncertainty, 177 wards, 5 factors"] = {"seconds": time.perf_counter() - start}
    if not options.quick:
        lines["7,588 wards, exact"] = nation(1.0)
        lines["7,588 wards, 99% of the variance"] = nation(0.99)
    print(json.dumps(lines, indent=1) if options.json else pd.DataFrame(lines).T.to_string())
    print(f"peak of this process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")


if __name__ == "__main__":
    main()
