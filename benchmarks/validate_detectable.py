"""Is the stated power the realised one? ``docs/validation/detectable-change.md``.

Run ``python benchmarks/validate_detectable.py --worlds 60`` (five minutes of a processor); ``--out`` writes both.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from site_worlds import WORLDS, Town, counts_of, invented, northumbria, town_of

import socharm as sh
from socharm.evaluation.ground import ground_of
from socharm.evaluation.site_growth import grown_set

#: Sizes of the site, and months before and after the start.
DESIGNS = ((1, 36, 12), (4, 36, 12), (4, 24, 6), (4, 13, 12), (8, 36, 24))
FUTURES = 10


def realised(town: Town, world: str, design: tuple[int, int, int], worlds: int, seed: int) -> dict[str, float]:
    """Share of fresh worlds in which the smallest detectable fall is seen, and something where there is nothing."""
    size, before, after = design
    rows = {"found": 0.0, "false": 0.0, "change": 0.0, "none": 0.0}
    each = []
    for number in range(worlds):
        rng = np.random.default_rng([seed, number])
        past = pd.DataFrame(counts_of(town, rng, before, **WORLDS[world]), index=list(town.ground.codes))
        past.columns = pd.period_range("2020-01", periods=before, freq="M").astype("str")
        site = list(grown_set(rng, town.ground.neighbours, range(len(town.level)), size))
        codes = [town.ground.codes[row] for row in site]
        found = sh.evaluation.minimum_detectable_change(
            past, site=codes, areas=town.graph, months=after, n=2_000, seed=1
        ).findings
        if found.change is None:
            rows["none"] += 1 / worlds
            continue
        seen, false = [], []
        for _ in range(FUTURES):
            counts = counts_of(town, rng, before + after, **WORLDS[world])
            rest = np.delete(counts, site, 0)
            b, a = counts[site, :before].sum(), counts[site, before:].sum()
            expected = b * rest[:, before:].sum() / rest[:, :before].sum()
            fallen = rng.binomial(int(a), 1 + found.change)
            seen.append((fallen + 0.5) / (expected + 0.5) <= 1 + found.critical)
            false.append(abs(np.log((a + 0.5) / (expected + 0.5))) >= -np.log1p(found.critical))
        each.append([np.mean(seen), np.mean(false), found.change])
    table = np.array(each)
    rows |= {"found": table[:, 0].mean(), "false": table[:, 1].mean(), "change": table[:, 2].mean()}
    rows["error"] = table[:, 0].std() / np.sqrt(len(table))
    rows["false error"] = table[:, 1].std() / np.sqrt(len(table))
    return rows


def rows_of(town: Town, worlds: int) -> Iterator[list[str]]:
    for world in WORLDS:
        for design in DESIGNS:
            got = realised(town, world, design, worlds, 7)
            size, before, after = design
            odd = "" if abs(got["found"] - 0.8) <= 0.03 else " (more than 3 points off)"
            row = [
                world, str(size), f"{before}, {after}", f"{got['change']:+.0%}",
                f"{got['found']:.1%} ± {2 * got['error']:.1%}{odd}",
                f"{got['false']:.1%} ± {2 * got['false error']:.1%}",
            ]  # fmt: skip
            print(row, flush=True)
            yield row


def table(head: list[str], rows: list[list[str]]) -> list[str]:
    return ["| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *rows)]


def spread_on_northumbria(shared: Path, sites: int) -> Iterator[list[str]]:
    """How often real sites, where nothing was done, depart by more than the model's critical value."""
    wide, graph = northumbria(shared)
    ground = ground_of(graph)
    for size in (1, 3, 5):
        for before in (6, 7):
            rng, beyond = np.random.default_rng(size), []
            for _ in range(sites):
                site = [ground.codes[row] for row in grown_set(rng, ground.neighbours, range(len(ground.codes)), size)]
                if len(site) < size:
                    continue
                found = sh.evaluation.minimum_detectable_change(
                    wide, site=site, areas=graph, start=wide.columns[before], months=13 - before, n=400, seed=1
                ).findings
                own, rest = wide.loc[site].to_numpy(), wide.drop(index=site).to_numpy()
                expected = own[:, :before].sum() * rest[:, before:].sum() / rest[:, :before].sum()
                departure = np.log((own[:, before:].sum() + 0.5) / (expected + 0.5))
                beyond.append(abs(departure) >= -np.log1p(found.critical))
            yield [str(size), f"{before}, {wide.shape[1] - before}", f"{np.mean(beyond):.1%} of {len(beyond)}"]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--worlds", type=int, default=60)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    began = time.process_time()
    level, graph = invented()
    head = [
        "world",
        "areas of the site",
        "months before, after",
        "smallest fall",
        "seen, of 80% stated",
        "false, of 5%",
    ]
    lines = table(head, list(rows_of(town_of(graph, level), given.worlds)))
    if "SOCHARM_SHARED" in os.environ:
        head = ["areas of the site", "months before, after", "real sites beyond the critical value of 5%"]
        lines += [
            "",
            "## On Northumbria",
            "",
            *table(head, list(spread_on_northumbria(Path(os.environ["SOCHARM_SHARED"]), 300))),
        ]
    print(f"{time.process_time() - began:.0f} s of processor time")
    if given.out:
        given.out.write_text("\n".join([*lines, ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
