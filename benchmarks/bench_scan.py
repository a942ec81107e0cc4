"""Scan statistics: New York's tracts side by side with a plain NumPy scan, then as many areas as the nation has.

Run: python benchmarks/bench_scan.py [--quick] [--json] [--only peer|nation|space-time]
Both sides of the first part run in one process, on the same counts, with 999 replications; kernels are compiled before
the clock starts. New York stands in where SOCHARM_SHARED has no `references`: as many random places. The nation is
35,672 random places with 1,000 to 3,000 residents, circles to 1% of the population.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from socharm.hotspots import scan_clusters, scan_space_time

REPLICATIONS = 999


def new_york() -> tuple[pd.DataFrame, str]:
    """281 tracts with their leukaemia cases, or as many places."""
    root = Path(os.environ.get("SOCHARM_SHARED") or Path(__file__).resolve().parents[2] / "shared")
    path = root / "references" / "f03_ny_scan_poisson_10pct" / "nyleukemia.csv"
    if not path.exists():
        return places(281, per_head=5e-4), "281 random places"
    return pd.read_csv(path).rename(columns={"longitude": "x", "latitude": "y"}), "281 tracts of New York"


def places(n: int, *, per_head: float, seed: int = 1) -> pd.DataFrame:
    """Random places with residents and cases."""
    rng = np.random.default_rng(seed)
    people = rng.integers(1_000, 3_000, n)
    side = 500_000.0 * np.sqrt(n / 35_672)
    return pd.DataFrame(
        {"x": rng.uniform(200, side, n), "y": rng.uniform(200, side, n), "population": people,
         "cases": rng.poisson(people * per_head)}
    )  # fmt: skip


def plain_scan(table: pd.DataFrame, *, share: float, replications: int, seed: int = 1) -> np.ndarray:
    """Highest ratio of the data and of each replication, window by window of each centre, all by NumPy."""
    xy, people, cases = table[["x", "y"]].to_numpy(), table["population"].to_numpy(), table["cases"].to_numpy()
    total, everybody = cases.sum(), people.sum()
    order, expected = [], []
    for one in xy:
        near = np.argsort(((xy - one) ** 2).sum(axis=1))
        held = np.cumsum(people[near])
        near, held = near[held <= share * everybody], held[held <= share * everybody]
        order.append(near)
        expected.append(total * held / everybody)
    rng, highest = np.random.default_rng(seed), []
    for number in range(replications + 1):
        drawn = cases if number == 0 else rng.multinomial(total, people / everybody)
        best = 0.0
        for near, e in zip(order, expected, strict=True):
            c = np.cumsum(drawn[near])
            more = (c > e) & (c >= 2)
            c, e = c[more], e[more]
            if c.size:
                best = max(best, float((c * np.log(c / e) + (total - c) * np.log((total - c) / (total - e))).max()))
        highest.append(best)
    return np.array(highest)


def clock(run: Callable[[], object]) -> tuple[float, float]:
    """Wall time and processor time of one run, in seconds."""
    start, used = time.perf_counter(), time.process_time()
    run()
    return time.perf_counter() - start, time.process_time() - used


def peer(replications: int) -> dict[str, object]:
    """New York: the public function on one thread and on two, and the plain scan."""
    table, name = new_york()
    choices = {"distance": "planar", "max_population": 0.1, "replications": replications, "seed": 1}
    found = scan_clusters(table, **choices)
    theirs: list[np.ndarray] = []
    wall, used = clock(lambda: theirs.append(plain_scan(table, share=0.1, replications=replications)))
    one = min(clock(lambda: scan_clusters(table, threads=1, **choices))[1] for _ in range(3))
    assert np.isclose(theirs[0][0], found.clusters["llr"].iloc[0])
    return {
        "places": name,
        "replications": replications,
        "NumPy, processor seconds": used,
        "socharm, processor seconds": one,
        "ratio": used / one,
        "NumPy, wall seconds": wall,
        "p of both": [(int((theirs[0][1:] >= theirs[0][0]).sum()) + 1) / (replications + 1),
                      float(found.clusters["p"].iloc[0])],
    }  # fmt: skip


def nation(n: int, replications: int) -> dict[str, object]:
    """Circles to 1% of the population round each of many places."""
    table = places(n, per_head=0.05)
    scan_clusters(table.head(500), max_population=0.05, replications=9, seed=1)
    held: list[object] = []
    wall, used = clock(
        lambda: held.append(scan_clusters(table, max_population=0.01, replications=replications, seed=1, threads=2))
    )
    return {
        "places": n,
        "replications": replications,
        "windows": held[0].findings.windows,  # type: ignore[attr-defined]
        "wall seconds, two threads": wall,
        "processor seconds": used,
        "GB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
    }


def space_time(n: int, months: int, replications: int) -> dict[str, object]:
    """Prospective permutation scan of places by month."""
    table, rng = places(n, per_head=0.0), np.random.default_rng(2)
    rows = pd.DataFrame(
        {"location": np.repeat(np.arange(n), months), "period": np.tile(np.arange(months), n),
         "cases": rng.poisson(8, n * months)}
    )  # fmt: skip
    choices = {"analysis": "prospective", "max_population": 0.05, "max_periods": 6, "seed": 1}
    scan_space_time(table[["x", "y"]].head(50), rows[rows["location"] < 50], replications=9, **choices)
    run = lambda: scan_space_time(table[["x", "y"]], rows, replications=replications, threads=2, **choices)  # noqa: E731
    wall, used = clock(run)
    return {"places": n, "months": months, "replications": replications, "wall seconds, two threads": wall,
            "processor seconds": used}  # fmt: skip


def main() -> None:
    """Run the parts and print what they took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer places and replications")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--only", choices=("peer", "nation", "space-time"))
    stated = parser.parse_args()
    made = 99 if stated.quick else REPLICATIONS
    parts: dict[str, Callable[[], dict[str, object]]] = {
        "peer": lambda: peer(made),
        "nation": lambda: nation(4_000 if stated.quick else 35_672, made),
        "space-time": lambda: space_time(200 if stated.quick else 700, 24, made),
    }
    found = {name: part() for name, part in parts.items() if stated.only in (None, name)}
    if stated.json:
        print(json.dumps(found))
        return
    for name, values in found.items():
        print(name)
        for label, value in values.items():
            print(f"  {label}: {f'{value:,.3g}' if isinstance(value, float) else value}")


if __name__ == "__main__":
    main()
