"""How often is a ring round a site named where nothing was done, and where something was? ``docs/validation/sites.md``.

Run ``SOCHARM_SHARED=... python benchmarks/validate_rings.py --tries 150`` (eight minutes of a processor); ``--out``
writes the tables.
"""

from __future__ import annotations

import argparse
import os
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from site_worlds import northumbria
from validate_sites import both_towns, new_sites, sites_of, windows

import socharm as sh
from socharm.evaluation.ground import ground_of

#: What is planted in a ring.
RISE = 0.2
#: Kinds of worlds, and what is changed of a frame of months: (name, world, months before and after, months a period).
KINDS = (
    ("areas move apart", "areas move apart", 36, 12, 1),
    ("neighbours move together", "neighbours move together", 36, 12, 1),
    ("with seasons of their own", "... with seasons of their own", 36, 12, 1),
    ("heavy shocks", "heavy shocks", 36, 12, 1),
    ("neighbours together, 12 and 6 months", "neighbours move together", 12, 6, 1),
    ("neighbours together, one period of a year each", "neighbours move together", 12, 12, 12),
)
Made = tuple[pd.DataFrame, list[str], int]


def worlds(town: Any, kind: tuple[str, str, int, int, int], tries: int) -> Iterator[tuple[Made, str]]:
    """A frame, its site and a number, with the first period after the start; sites are among the worst."""
    _, world, before, after, each = kind
    for frame, site, number in new_sites(town, world, tries, 11 + KINDS.index(kind)):
        kept = frame.iloc[:, 36 - before : 36 + after]
        start = kept.columns[before]
        if each > 1:
            kept = kept.T.groupby(np.arange(kept.shape[1]) // each).sum().T
            start = str(before // each)
        yield (kept.set_axis(kept.columns.astype(str), axis=1), site, number), start


def anywhere(made: Made, ground: Any) -> list[str]:
    """As many adjoining areas, wherever."""
    frame, site, number = made
    rng = np.random.default_rng([5, number])
    found = [int(rng.integers(len(frame)))]
    while len(found) < len(site):
        near = sorted(ground.within(found, 1) - set(found))
        found.append(int(rng.choice(near)) if near else int(rng.integers(len(frame))))
    return [ground.codes[row] for row in found]


def one(frame: pd.DataFrame, graph: Any, site: list[str], start: str, orders: int = 2) -> Any:
    return sh.evaluation.spillover_rings(frame, graph, site=site, start=start, orders=orders)


def planted(made: Made, start: str, members: pd.Series, ring: str) -> pd.DataFrame:
    """With a fifth more in a ring after the start."""
    frame, _, number = made
    rows, more = members.index[members == ring], frame.astype(float).copy()
    late = frame.loc[rows, start:].to_numpy()
    more.loc[rows, start:] = late + np.random.default_rng(number).poisson(late * RISE)
    return more


def tries_of(town: Any, kind: tuple[str, str, int, int, int], tries: int) -> np.ndarray:
    """Of shape (tries, 7), what stands in the table's columns; all but the first three in every second try only."""
    found = []
    for at, (made, start) in enumerate(worlds(town, kind, tries)):
        frame, site, _ = made
        held = one(frame, town.graph, site, start)
        named = (held.table.loc[["ring 1", "ring 2"], "p"] <= 0.05).tolist()
        others = [np.nan] * 4
        if at % 2 == 0:
            others = [
                (one(frame, town.graph, where, start, orders).table["p"].iloc[1:] <= 0.05).any()
                for where, orders in ((anywhere(made, town.ground), 2), (site, 3))
            ]
            for ring in ("ring 1", "ring 2"):
                more = planted(made, start, held.members["ring"], ring)
                others.append(one(more, town.graph, site, start).table.loc[ring, "reading"] == "more than expected")
        found.append([*named, any(named), *others])
    return np.array(found, dtype=float)


HEAD = [
    "worlds", "ring 1 named", "ring 2 named", "any ring named", "any, site anywhere", "any of three rings",
    "+20% in ring 1 seen", "+20% in ring 2 seen",
]  # fmt: skip


def ring_table(towns: dict[str, Any], tries: int) -> list[str]:
    """Shares of worlds, with two standard errors."""
    lines = ["| " + " | ".join(row) + " |" for row in (HEAD, ["---"] * len(HEAD))]
    every = []
    for place, town in towns.items():
        for kind in KINDS:
            every.append(tries_of(town, kind, tries))
            lines.append(row_of(f"{place}: {kind[0]}", every[-1]))
            print(lines[-1], flush=True)
    return [*lines, row_of("all", np.concatenate(every))]


def row_of(name: str, found: np.ndarray) -> str:
    """*out* where a share of worlds with nothing done lies above 5% by more than two standard errors of 5%."""
    cells = []
    for at, column in enumerate(found.T):
        told = column[~np.isnan(column)]
        share, reach = told.mean(), 2 * np.sqrt(0.0475 / len(told))
        error = 2 * np.sqrt(max(share * (1 - share), 0.0475) / len(told)) if at > 4 else reach
        odd = " (out)" if at < 5 and share > 0.05 + reach else ""
        cells.append(f"{share:.1%} ± {error:.1%}{odd}")
    return "| " + " | ".join([name, *cells]) + " |"


def recorded(shared: Path) -> str:
    """Northumbria as recorded: every site of the worst in every run of months, which overlap."""
    wide, graph = northumbria(shared)
    ground, found = ground_of(graph), []
    for first, before, after in windows(wide.shape[1]):
        frame = wide.iloc[:, first : first + before + after]
        for site in sites_of(frame.iloc[:, :before].sum(axis=1), ground):
            found.append((one(frame, graph, site, frame.columns[before]).table["p"].iloc[1:] <= 0.05).tolist()[:2])
    named = np.array(found, dtype=float)
    return (
        f"Northumbria as recorded: of {len(named)} sites that overlap, ring 1 is named at {named[:, 0].sum():.0f}, "
        f"ring 2 at {named[:, 1].sum():.0f}, any at {named.any(axis=1).sum():.0f}."
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tries", type=int, default=150)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    began, shared = time.process_time(), Path(os.environ["SOCHARM_SHARED"])
    parts: list[Callable[[], list[str]]] = [
        lambda: ring_table(both_towns(shared), given.tries), lambda: ["", recorded(shared)],
    ]  # fmt: skip
    lines = [line for part in parts for line in part()]
    print("\n".join(lines), f"{time.process_time() - began:.0f} s of processor time")
    if given.out:
        given.out.write_text("\n".join([*lines, ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
