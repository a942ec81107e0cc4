"""Is `guarded_test` as seldom wrong as it states, by worlds and by the size of the site? ``docs/validation/sites.md``.

Run ``SOCHARM_SHARED=... python benchmarks/validate_guard.py --tries 80`` (six minutes of a processor); ``--out`` writes
the table.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from site_tables import row_line, run, share_words, table_of
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


def guard_table(towns: dict[str, Any], tries: int) -> Iterator[str]:
    """By worlds of three kinds and sites of three sizes; half as many tries at the sizes of other tables."""
    head = ["worlds", "site", "tries", "false at 5%", "false falls at 5%", "power, two-sided", "bias at -20%"]
    yield from table_of(head, [])
    every: dict[str, list[list[Found]]] = {}
    for place, town in towns.items():
        for world in ("areas move apart", *NEW):
            for kind, size in KINDS.items():
                made = guard_tries(town, world, size, tries // 2 if size else tries, 9)
                for name in (world.removeprefix("... "), kind):
                    every.setdefault(name, []).extend(made)
                yield row_line(row_of(f"{place}: {world.removeprefix('... ')}", kind, made))
    for world in ("areas move apart", *(name.removeprefix("... ") for name in NEW)):
        yield row_line(row_of(f"both: {world}", "all", every[world]))
    for kind in KINDS:
        yield row_line(row_of("all", kind, every[kind]))


def row_of(place: str, kind: str, made: list[list[Found]]) -> list[str]:
    """Shares, with two standard errors of a share of about 5%."""
    nothing, fall = np.array([one[0] for one in made]), np.array([one[1] for one in made])
    power = float(np.mean((fall[:, 1] <= 0.05) & (fall[:, 0] < 1)))
    bias = float(np.exp(np.median(np.log(fall[:, 0]))) / (1 - FALL) - 1)
    falls = float(np.mean(nothing[:, 2] <= 0.05))
    shares = [share_words(nothing[:, 1] <= 0.05, 0.03, 0.07), f"{falls:.1%}", f"{power:.0%}", f"{bias:+.1%}"]
    return [place, kind, f"{len(made):,}", *shares]


if __name__ == "__main__":
    run(lambda tries, _: guard_table(both_towns(Path(os.environ["SOCHARM_SHARED"])), tries), 80)
