"""Ten assessments of all wards of England and Wales compared, each with the next.

Run: python benchmarks/bench_rescoring.py [--areas 1900 3800 7588] [--snapshots 10] [--json]
Targets: 7,588 wards x 10 snapshots below 60 s and 3 GB, and a cost per ward that does not grow with their number, which
several numbers of areas show, the smallest first. The assessments are made up (14 categories, six months, one half-year
after the other a year apart) and made beforehand. Processor time is that of both threads: on two cores that have
nothing else to do the clock shows a little more than half of it.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
import warnings
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from assessed import make_assessment

from socharm.rescoring import compare_several
from socharm.snapshot.assessment import Assessment

SECONDS, GIGABYTES = 60, 3
OFFENCES = (
    "anti-social-behaviour", "bicycle-theft", "burglary", "criminal-damage-arson", "drugs", "other-crime",
    "other-theft", "possession-of-weapons", "public-order", "robbery", "shoplifting", "theft-from-the-person",
    "vehicle-crime", "violent-crime",
)  # fmt: skip


def make(areas: int, snapshots: int, *, seed: int = 1) -> list[Assessment]:
    """Assessments of the same wards, a year from each to the next; levels of wards drift a little."""
    rng = np.random.default_rng(seed)
    weights = dict(zip(OFFENCES, np.geomspace(5, 2_000, len(OFFENCES))[rng.permutation(len(OFFENCES))], strict=True))
    level = rng.gamma(2, 0.5, (areas, 1)) * rng.gamma(6, 1 / 6, (areas, len(OFFENCES))) * np.geomspace(0.3, 12, 14)
    codes = [f"E05{number:06d}" for number in range(areas)]
    made = []
    for number in range(snapshots):
        mean = level * np.exp(rng.normal(0, 0.1, (areas, 1)))
        n = rng.poisson(np.broadcast_to(mean[:, :, None], (areas, len(OFFENCES), 6)))
        made.append(
            make_assessment(n, start=f"{2010 + number}-04", areas=codes, offences=OFFENCES, weights=weights,
                            name=f"s{number}", people=dict.fromkeys(codes, 7_000.0))
        )  # fmt: skip
    return made


def measure(areas: int, snapshots: int) -> dict[str, float | str]:
    """Time and memory of comparing assessments of so many areas, each with the next."""
    made = make(areas, snapshots)
    wall, used = time.perf_counter(), time.process_time()
    compare_several(made)
    wall, used = time.perf_counter() - wall, time.process_time() - used
    pairs = snapshots - 1
    return {
        "areas": areas,
        "pairs": pairs,
        "seconds": round(wall, 1),
        "processor seconds": round(used, 1),
        "ms of processor per ward and pair": round(1000 * used / areas / pairs, 2),
        "peak GB, the assessments themselves in it": round(
            resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2, 2
        ),
        "targets": f"{SECONDS} s, {GIGABYTES} GB for 7,588 wards and 10 snapshots",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--areas", type=int, nargs="+", default=[7_588])
    parser.add_argument("--snapshots", type=int, default=10)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    compare_several(make(60, 2))  # kernels are compiled beforehand
    for areas in asked.areas:
        told = measure(areas, asked.snapshots)
        print(json.dumps(told) if asked.json else "\n".join(f"{name}: {value}" for name, value in told.items()))


if __name__ == "__main__":
    main()
