"""Does `selection_guard` say what chosen sites do by themselves? ``docs/validation/selection.md``.

Run ``SOCHARM_SHARED=... python benchmarks/validate_selection.py --tries 120`` (three quarters of an hour of a
processor); ``--only`` makes one truth, ``--out`` writes the tables.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from site_tables import row_line, run, share_words, table_of
from site_worlds import Floats, Town, counts_of, northumbria
from validate_sites import both_towns

import socharm as sh
from socharm.evaluation.guard_model import fit_guard
from socharm.stats.predicted_counts import PredictedCounts

#: Sites: months before the start by which they were chosen, and how many of the areas with most crimes in these; a
#: world has one.
KINDS: Final = ((6, 1), (6, 3), (36, 1), (36, 3))
BEFORE, AFTER = 36, 12
#: A square whose levels are those of one draw, and squares whose levels are drawn for each world.
SQUARE, ANEW = "a square of areas", "squares drawn anew"
#: What differs from shocks of 12% of which the next month keeps .9.
TRUTHS: Final[Mapping[str, Mapping[str, Any]]] = {
    "months go by themselves": {"memory": 0.0},
    "the next month keeps .5": {"memory": 0.5},
    "the next month keeps .9": {},
    "shocks of 25%, .9 kept": {"spread": 0.25},
    "shocks of 20%, .97 kept": {"spread": 0.2, "memory": 0.97},
    "a random walk of 3% a month": {"memory": 0.0, "spread": 0.05, "walk": 0.03},
    "seasons of their own": {"own_season": 0.15},
    "neighbours move together": {"beside": 0.7},
    "neighbours, and seasons of their own": {"beside": 0.7, "own_season": 0.15},
    "over-dispersion of 4": {"chance": 4.0},
    "small areas": {"level": 0.2},
    "large areas": {"level": 5.0},
    "areas of like level": {"alike": 0.3},
    "shocks of 20% with heavy tails": {"spread": 0.2, "tail": 3.0, "beside": 0.7},
    "one area in ten breaks by 40%": {"breaks": 0.1},
    "harm, of few grave crimes": {"harm": True},
}
#: Truths in which sites of three areas are also tried without neighbours stated.
APART: Final = ("the next month keeps .9", "neighbours move together")
#: Truths of which five months are looked at.
SHORT: Final = ("months go by themselves", "the next month keeps .9")
#: Harm of a crime, invented, and how many crimes have it.
HARM: Final = (5.0, 20.0, 100.0, 900.0)
SHARES: Final = (0.6, 0.3, 0.08, 0.02)
HEAD: Final = [
    "worlds", "expected, %", "recorded, %", "difference, points", "width, points", "95% interval held", "below it",
]  # fmt: skip


def towns_of(shared: Path) -> dict[str, Town]:
    """Northumbria's wards, a square of areas, and squares whose levels are drawn for each world."""
    towns = both_towns(shared)
    return towns | {ANEW: towns[SQUARE]}


def harm_of(counts: Floats, rng: np.random.Generator) -> Floats:
    """Harm of so many crimes."""
    return np.asarray(rng.multinomial(counts.astype(np.int64), SHARES) @ np.array(HARM))


def frames(place: str, town: Town, name: str, tries: int) -> Iterator[tuple[pd.DataFrame, int]]:
    """New worlds: 36 months before and 12 after, and a number."""
    truth = TRUTHS[name]
    kept = {key: value for key, value in truth.items() if key not in ("level", "alike", "harm")}
    for number in range(tries):
        rng = np.random.default_rng([12 if place == ANEW else 11, list(TRUTHS).index(name), number])
        level = np.exp(rng.normal(np.log(22), 0.8, len(town.level))) if place == ANEW else town.level
        level = level * truth.get("level", 1.0)
        if "alike" in truth:
            logs = np.log(level)
            level = np.exp(np.log(22.0) + truth["alike"] * (logs - logs.mean()) / logs.std())
        values = counts_of(replace(town, level=level), rng, BEFORE + AFTER, **kept)
        if "harm" in truth:
            values = harm_of(values, rng)
        frame = pd.DataFrame(values, index=list(town.ground.codes))
        frame.columns = pd.period_range("2021-01", periods=BEFORE + AFTER, freq="M").astype("str")
        yield frame, number


def chosen_worst(frame: pd.DataFrame, window: int, size: int) -> list[str]:
    """The areas with most crimes in the last months before the start."""
    return list(frame.iloc[:, BEFORE - window : BEFORE].sum(axis=1).nlargest(size).index)


def _told(found: Any) -> dict[str, float | bool]:
    """What was expected of a site and what it recorded."""
    return {
        "expected": found.change,
        "recorded": found.recorded,
        "width": found.high_95 - found.low_95,
        "held": found.low_95 <= found.recorded <= found.high_95,
        "below": found.recorded < found.low_95,
    }


def found_in(place: str, town: Town, name: str, tries: int, *, near: bool = True) -> pd.DataFrame:
    """What was expected of chosen sites and what they recorded: a row for each world."""
    rows = []
    for frame, number in frames(place, town, name, tries):
        window, size = KINDS[number % len(KINDS)]
        if not near and size == 1:
            continue
        site = chosen_worst(frame, window, size)
        found = sh.evaluation.selection_guard(
            frame.iloc[:, BEFORE - window :],
            site=site,
            start=frame.columns[BEFORE],
            areas=town.graph if near else None,
            seed=number,
        ).findings
        rows.append({"place": place, "truth": name, "window": window, "size": size} | _told(found))
    return pd.DataFrame(rows)


def row_of(names: list[str], made: pd.DataFrame) -> list[str]:
    """Means over worlds, with two standard errors, and how often the interval held what was recorded."""
    points = 100 * (made["expected"] - made["recorded"])
    error = 2 * float(points.std(ddof=1) / np.sqrt(len(points)))
    told = [f"{100 * made[key].mean():+.1f}" for key in ("expected", "recorded")]
    held = share_words(made["held"], 0.93, 0.97)
    told += [f"{points.mean():+.1f} ± {error:.1f}", f"{100 * made['width'].mean():.0f}"]
    return [*names, f"{len(made):,}", *told, held, f"{made['below'].mean():.1%}"]


def short_in(place: str, town: Town, name: str, tries: int) -> pd.DataFrame:
    """The same with three months before and two after: too few to tell what they remember."""
    rows = []
    for frame, number in frames(place, town, name, tries):
        part, size = frame.iloc[:, BEFORE - 3 : BEFORE + 2], (1, 3)[number % 2]
        site = list(part.iloc[:, :3].sum(axis=1).nlargest(size).index)
        start = part.columns[3]
        made = sh.evaluation.selection_guard(part, site=site, start=start, areas=town.graph, seed=number)
        rows.append(_told(made.findings))
    return pd.DataFrame(rows)


def as_recorded(shared: Path) -> Iterator[str]:
    """Every ward of Northumbria as recorded, a third held back at a time: counts, and harm drawn for each crime."""
    wide, _ = northumbria(shared)
    counts = wide.to_numpy()
    rows = []
    for what, values in (("crimes", counts), ("harm", harm_of(counts, np.random.default_rng(1)))):
        for before in (6, 7):
            held: list[float] = []
            expected = recorded = 0.0
            for part in range(3):
                site = np.arange(part, len(values), 3)
                order = np.concatenate([site, np.setdiff1d(np.arange(len(values)), site)])
                fit = fit_guard(
                    values[order], slice(0, before), slice(before, None), np.ones(len(values)), len(site),
                    periods=list(wide.columns),
                )  # fmt: skip
                level, weights = fit.levels(slice(0, len(site)))
                predicted = PredictedCounts(np.ones(len(site)), np.log(level), weights)
                came = fit.counts.second[: len(site)]
                at_most = predicted.at_most(came)
                held += list((at_most >= 0.025) & (at_most <= 0.975))
                expected, recorded = expected + predicted.expected().sum(), recorded + came.sum()
            share = share_words(held, 0.93, 0.97)
            rows.append([what, f"{before}", f"{len(held)}", f"{100 * (expected / recorded - 1):+.1f}", share])
    yield from ["", *table_of(["of", "months before", "wards", "expected over recorded, %", "95% interval held"], rows)]


def tables(tries: int, only: str) -> Iterator[str]:
    """By truth; by window and areas of the site; without neighbours stated; of five months; as recorded."""
    shared, every = Path(os.environ["SOCHARM_SHARED"]), []
    towns = towns_of(shared)
    yield from table_of(["truth", "town", *HEAD], [])
    for name in [only] if only else TRUTHS:
        made = [found_in(place, town, name, tries) for place, town in towns.items()]
        every += made
        for names, one in ((towns, made), (["all"], [pd.concat(made)])):
            yield from (row_line(row_of([name, place], part)) for place, part in zip(names, one, strict=True))
    whole = pd.concat(every)
    kinds = whole.groupby(["window", "size"])
    rows = [row_of([f"{size} of {window} months"], part) for (window, size), part in kinds]
    yield from ["", *table_of(["worst", *HEAD], rows)]
    if not only:
        parts = [
            (name, place, found_in(place, town, name, tries, near=False))
            for name in APART
            for place, town in towns.items()
            if place != ANEW
        ]
        rows = [row_of([name, place], part) for name, place, part in parts]
        yield from ["", *table_of(["truth, neighbours not stated", "town", *HEAD], rows)]
        rows = [
            row_of([name], pd.concat([short_in(place, town, name, tries) for place, town in towns.items()]))
            for name in SHORT
        ]
        yield from ["", *table_of(["truth, five months in all", *HEAD], rows)]
        yield from as_recorded(shared)


if __name__ == "__main__":
    run(tables, 120, list(TRUTHS))
