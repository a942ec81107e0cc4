"""Is `guarded_test` as seldom wrong as it states, by worlds and by the size of the site? ``docs/validation/sites.md``.

Run ``SOCHARM_SHARED=... python benchmarks/validate_guard.py --tries 80`` (six minutes of a processor); ``--out`` writes
the table.
"""

from __future__ import annotations

import argparse
import os
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from validate_sites import FALL, NEW, PLACEBOS, WORST, Found, both_towns, by_rank, new_sites

import socharm as sh
from socharm.evaluation.site_growth import grown_set

#: Sites by the number of their areas; 0 is two to four of the worst, as in the other tables.
KINDS = {"two to four of the worst": 0, "one of the worst": 1, "six round one": 6}


def grown_round_worst(town: Any, frame: pd.DataFrame, size: int, number: int) -> list[str]:
    """So many adjoining areas, grown round one of the worst; that one alone where it has too few neighbours."""
    codes, rng = list(town.ground.codes), np.random.default_rng([7, number])
    worst = [codes.index(code) for code in frame.iloc[:, :36].sum(axis=1).nlargest(WORST).index]
    first = worst[int(rng.integers(len(worst)))]
    return [codes[row] for row in grown_set(rng, town.ground.neighbours, [first], size) or (first,)]


def guard_tries(town: Any, world: str, size: int, tries: int, seed: int) -> list[list[Found]]:
    """With nothing done, and with the fall planted: what is expected of the site is the same in both."""
    found = []
    for frame, chosen, number in new_sites(town, world, tries, seed):
        site = grown_round_worst(town, frame, size, number) if size else chosen
        sites = sh.evaluation.placebo_sites(town.graph, site=site, n=PLACEBOS, seed=number, too_few="give all")
        made = sh.evaluation.guarded_test(frame, sites, town.graph, start=frame.columns[36])
        told, others = made.findings, made.table["departure"].to_numpy()
        log = np.log((told.observed + 0.5) / (told.expected + 0.5))
        fallen = np.random.default_rng(number).binomial(int(told.observed), 1 - FALL)
        less = np.log((fallen + 0.5) / (told.expected + 0.5)) * (told.departure / log)
        found.append([by_rank(told.departure, others, 1 + told.change), by_rank(less, others, fallen / told.expected)])
    return found


def guard_table(towns: dict[str, Any], tries: int) -> list[str]:
    """By worlds of three kinds and sites of three sizes; half as many tries at the sizes of other tables."""
    head = ["worlds", "site", "tries", "false at 5%", "false falls at 5%", "power, two-sided", "bias at -20%"]
    lines = ["| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head))]
    every: dict[str, list[list[Found]]] = {}
    for place, town in towns.items():
        for world in ("areas move apart", *NEW):
            for kind, size in KINDS.items():
                made = guard_tries(town, world, size, tries // 2 if size else tries, 9)
                for name in (world.removeprefix("... "), kind):
                    every.setdefault(name, []).extend(made)
                lines.append(row_of(f"{place}: {world.removeprefix('... ')}", kind, made))
                print(lines[-1], flush=True)
    for world in ("areas move apart", *(name.removeprefix("... ") for name in NEW)):
        lines.append(row_of(f"both: {world}", "all", every[world]))
    return [*lines, *(row_of("all", kind, every[kind]) for kind in KINDS)]


def row_of(place: str, kind: str, made: list[list[Found]]) -> str:
    """Shares, with two standard errors of a share of about 5%."""
    nothing, fall = np.array([one[0] for one in made]), np.array([one[1] for one in made])
    two, falls = float(np.mean(nothing[:, 1] <= 0.05)), float(np.mean(nothing[:, 2] <= 0.05))
    power = float(np.mean((fall[:, 1] <= 0.05) & (fall[:, 0] < 1)))
    bias = float(np.exp(np.median(np.log(fall[:, 0]))) / (1 - FALL) - 1)
    error = float(np.sqrt(max(two * (1 - two), 0.0475) / len(made)))
    odd = "" if 0.03 <= two <= 0.07 else " (out)"
    shares = [f"{two:.1%} ± {2 * error:.1%}{odd}", f"{falls:.1%}", f"{power:.0%}", f"{bias:+.1%}"]
    return "| " + " | ".join([place, kind, f"{len(made):,}", *shares]) + " |"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tries", type=int, default=80)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    began = time.process_time()
    lines = guard_table(both_towns(Path(os.environ["SOCHARM_SHARED"])), given.tries)
    print("\n".join(lines), f"{time.process_time() - began:.0f} s of processor time")
    if given.out:
        given.out.write_text("\n".join([*lines, ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
