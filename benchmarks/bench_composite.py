"""Ten thousand runs of a composite of ten indicators over 7,588 wards (target: below 60 seconds).

Run: python benchmarks/bench_composite.py [--json]

Each block of 250 runs draws weights a quarter up or down and takes one of six pairs of a normalisation and a mean,
then ranks the areas. Values are made here. One thread.
"""

from __future__ import annotations

import argparse
import itertools
import json
import resource
import time

import numpy as np

from socharm.stats.composite_normalise import Scale, Yardstick
from socharm.stats.composite_scores import ScoreTree, composite_scores
from socharm.stats.random_streams import map_blocks
from socharm.stats.ranks import descending_ranks

WARDS, INDICATORS, RUNS = 7_588, 10, 10_000
TREE = ScoreTree(INDICATORS, ((0, 1, 2), (3, 4, 5), (6, 7, 8, 9), (10, 11, 12)), ("arithmetic",) * 4)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    values = np.random.default_rng(1).gamma(2.0, size=(WARDS, INDICATORS))
    choices = itertools.cycle(
        [(name, "arithmetic") for name in ("min-max", "z-score", "percentile", "rank")]
        + [(name, "geometric") for name in ("min-max", "percentile")]
    )

    def block(rng: np.random.Generator, size: int) -> np.ndarray:
        weights = rng.uniform(0.75, 1.25, (size, TREE.n_weights))
        normalisation, mean = next(choices)
        drawn = composite_scores(
            values,
            weights,
            normalisation=normalisation,
            aggregation=mean,
            tree=TREE,
            yardstick=Yardstick(Scale(low=1.0)),
        )
        return descending_ranks(drawn).sum(axis=0)

    start = time.perf_counter()
    total = sum(map_blocks(block, draws=RUNS, seed=1, purpose="benchmark", threads=1))
    seconds = time.perf_counter() - start
    found = {
        "wards": WARDS, "indicators": INDICATORS, "runs": RUNS, "seconds": round(seconds, 1),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "mean_rank_of_first": round(float(np.min(total) / RUNS), 1),
    }  # fmt: skip
    print(json.dumps(found) if asked.json else "\n".join(f"{key}: {value:,}" for key, value in found.items()))
    if seconds >= 60:
        raise SystemExit("missed the target of 60 seconds")


if __name__ == "__main__":
    main()
