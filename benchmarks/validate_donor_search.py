"""Placebo sites among donors that are like the site: how often are they wrong? ``docs/validation/sites.md``.

Run ``SOCHARM_SHARED=... python benchmarks/validate_donor_search.py --tries 80``.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from site_worlds import invented, northumbria, town_of
from validate_sites import FALL, NEW, PLACEBOS, new_sites

import socharm as sh
from socharm.errors import RefusedError
from socharm.evaluation.ground import ground_of

SEED = 77
HEAD = ["worlds", "donors", "false at 5%", "power at -20%, two-sided", "refused", "placebo sites, median"]


def found(town: Any, frame: pd.DataFrame, site: list[str], number: int, *, alike: bool) -> tuple[float, int]:
    """p of placebo sites among donors, and how many sites there were; as `evaluate` has them."""
    start = frame.columns[36]
    if alike:
        donors = list(sh.evaluation.find_donors(frame, site=site, areas=town.graph, start=start, n=len(frame)).donors)
    else:
        near = town.ground.within([town.ground.codes.index(code) for code in site], 1)
        donors = [code for code in frame.index if code not in {town.ground.codes[row] for row in near}]
    ground = town.graph.subgraph([*site, *donors])
    sites = sh.evaluation.placebo_sites(ground, site=site, n=PLACEBOS, seed=number, too_few="give all")
    made = sh.evaluation.placebo_test(frame.loc[[*site, *donors]], sites, start=start, in_time=0).findings
    return made.p, made.placebos


def rows_of(place: str, town: Any, world: str, tries: int) -> list[list[str]]:
    """All donors, and those like the site."""
    held: dict[bool, list[tuple[float, float, int]]] = {False: [], True: []}
    for frame, site, number in new_sites(town, world, tries, SEED):
        rng, fallen = np.random.default_rng(number), frame.copy()
        fallen.loc[site, frame.columns[36:]] = rng.binomial(frame.loc[site].iloc[:, 36:].to_numpy(dtype=int), 1 - FALL)
        for alike, kept in held.items():
            try:
                p, placebos = found(town, frame, site, number, alike=alike)
                kept.append((p, found(town, fallen, site, number, alike=alike)[0], placebos))
            except RefusedError:
                continue
    rows = []
    for alike, kept in held.items():
        p, fall, placebos = np.array(kept).T
        false = float((p <= 0.05).mean())
        error = 2 * np.sqrt(max(false * (1 - false), 0.0475) / len(kept))
        rows.append([
            f"{place}: {world.removeprefix('... ')}", "like the site" if alike else "all", f"{false:.1%} ± {error:.1%}",
            f"{(fall <= 0.05).mean():.0%}", f"{1 - len(kept) / tries:.0%}", f"{np.median(placebos):.0f}",
        ])  # fmt: skip
    return rows


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--tries", type=int, default=80)
    tries = options.parse_args().tries
    wide, graph = northumbria(Path(os.environ["SOCHARM_SHARED"]))
    level, square = invented()
    towns = {
        "Northumbria's wards": town_of(graph, wide.loc[list(ground_of(graph).codes)].mean(axis=1).to_numpy()),
        "a square of areas": town_of(square, level),
    }
    for row in (HEAD, ["---"] * len(HEAD)):
        print("| " + " | ".join(row) + " |")
    for place, town in towns.items():
        for world in NEW:
            for row in rows_of(place, town, world, tries):
                print("| " + " | ".join(row) + " |", flush=True)


if __name__ == "__main__":
    main()
