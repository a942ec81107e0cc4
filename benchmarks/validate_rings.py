"""How often do rings round a site seem to change where nothing was done? ``docs/validation/sites.md``.

Run ``SOCHARM_SHARED=... python benchmarks/validate_rings.py --tries 150`` (two minutes of a processor); ``--out``
writes the table.
"""

from __future__ import annotations

import argparse
import os
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from validate_sites import NEW, both_towns, new_sites

import socharm as sh

#: What is planted in the first ring.
RISE = 0.2
Z = 1.96


def ring_tries(town: Any, world: str, tries: int, seed: int) -> np.ndarray:
    """By chance of areas that move apart, by placebo sites' rings, and by these with a rise in the first ring.

    Of shape (tries, 5): rings 1 and 2 found by chance alone, the same by placebo sites, ring 1 with the rise.
    """
    found = []
    for frame, site, number in new_sites(town, world, tries, seed):
        start, call = frame.columns[36], {"site": site, "orders": 2}
        made = sh.evaluation.spillover_rings(frame, town.graph, start=start, **call)
        rows, far = made.table.loc[["ring 1", "ring 2"]], made.table.loc["far areas"]
        error = 1 / rows["after"] + 1 / rows["before"] + 1 / far["after"] + 1 / far["before"]
        chance = np.abs(np.log(rows["ratio"])) > Z * np.sqrt(made.findings.dispersion * error)
        ring = made.members.index[made.members["ring"] == "ring 1"]
        more = frame.copy()
        late = frame.loc[ring, start:].to_numpy()
        more.loc[ring, start:] = late + np.random.default_rng(number).poisson(late * RISE)
        moved = sh.evaluation.spillover_rings(more, town.graph, start=start, **call).table.loc["ring 1", "reading"]
        found.append([*chance, *(rows["p"] <= 0.05), moved == "more than expected"])
    return np.array(found, dtype=float)


def ring_table(towns: dict[str, Any], tries: int) -> list[str]:
    """Shares of worlds, with two standard errors."""
    head = [
        "worlds", "ring 1, by chance alone", "ring 2, by chance alone", "ring 1, placebo sites",
        "ring 2, placebo sites", "+20% in ring 1 seen",
    ]  # fmt: skip
    lines = ["| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head))]
    every = []
    for place, town in towns.items():
        for world in ("areas move apart", *NEW):
            every.append(ring_tries(town, world, tries, 11))
            lines.append(row_of(f"{place}: {world.removeprefix('... ')}", every[-1]))
            print(lines[-1], flush=True)
    return [*lines, row_of("all", np.concatenate(every))]


def row_of(name: str, found: np.ndarray) -> str:
    cells = []
    for at, share in enumerate(found.mean(axis=0)):
        error = np.sqrt(max(share * (1 - share), 0.0475) / len(found))
        odd = "" if at == 4 or 0.03 <= share <= 0.07 else " (out)"
        cells.append(f"{share:.1%} ± {2 * error:.1%}{odd}")
    return "| " + " | ".join([name, *cells]) + " |"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tries", type=int, default=150)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    began = time.process_time()
    lines = ring_table(both_towns(Path(os.environ["SOCHARM_SHARED"])), given.tries)
    print("\n".join(lines), f"{time.process_time() - began:.0f} s of processor time")
    if given.out:
        given.out.write_text("\n".join([*lines, ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
