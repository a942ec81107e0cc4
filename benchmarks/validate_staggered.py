"""How often starts and doses depart as far where nothing was done: `docs/validation/evaluation.md`.

Run ``python benchmarks/validate_staggered.py --worlds 1200`` (about two minutes); it prints the table.
"""

from __future__ import annotations

import argparse

import numpy as np

from socharm.stats.dose_score import dose_test
from socharm.stats.staggered_counts import staggered_counts

AREAS, PERIODS = 24, 7
#: Column in which each area begins, -1 for never, and doses that rise from area to area.
BEGUN = np.array([2] * 4 + [4] * 5 + [-1] * 15)
DOSE = np.where(np.arange(PERIODS) >= 3, np.maximum(0, 7 - np.arange(1, AREAS + 1))[:, None], 0).astype(float)
#: Shape of the shocks of an area's period: none, 20%, 40%.
WORLDS = {"Poisson": None, "shocks of 20%": 25.0, "shocks of 40%": 6.25}


def false_positives(shape: float | None, largest: bool, worlds: int) -> np.ndarray:
    """Share of worlds with p at most 0.05: of staggered starts, of doses."""
    found = np.zeros(2)
    for seed in range(worlds):
        rng = np.random.default_rng(seed)
        level = rng.gamma(3, 10, (AREAS, 1))
        if largest:
            level = np.sort(level, axis=0)[::-1]
        shocks = np.ones((AREAS, PERIODS)) if shape is None else rng.gamma(shape, 1 / shape, (AREAS, PERIODS))
        y = rng.poisson(level * shocks).astype(float)
        known = np.ones(y.shape, dtype=bool)
        starts = staggered_counts(y, BEGUN, 199, 0.95, rng).p
        dose = dose_test(y, known, np.ones(y.shape), DOSE, 199, 0.95, rng).p
        found += np.array([starts, dose]) <= 0.05
    return found / worlds


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--worlds", type=int, default=1_200)
    given = parser.parse_args()
    print("| world | treated areas are | staggered starts | dose |\n| --- | --- | --- | --- |")
    for world, shape in WORLDS.items():
        for largest in (False, True):
            starts, dose = false_positives(shape, largest, given.worlds)
            print(f"| {world} | {'the largest' if largest else 'any'} | {starts:.1%} | {dose:.1%} |")


if __name__ == "__main__":
    main()
