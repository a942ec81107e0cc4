"""How often does Knox's table name a near repeat where there is none, and how often the one that is there?

Run: python benchmarks/validate_near_repeat.py [--worlds 400] [--out docs/validation/near-repeat.md]
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm.hotspots import knox
from socharm.stats.proportions import exact_interval

#: Side of the town in metres, events, days, homes.
SIDE, EVENTS, DAYS, HOMES = 4_000.0, 800, 365, 3_000
PERMUTATIONS, ALPHA = 999, 0.05
#: Repeats that are planted: events, distance in metres, days after the first.
PLANTED, NEAR, SOON = 80, 90.0, 7

#: What the figures say.
_WORDS: Final = """\
With no interaction of place and time, the default (Benjamini-Hochberg over the cells) names a cell in fewer than 5%
of worlds, also where homes are hit unequally often and the force has a season: permuting the dates keeps both.
Without a correction it is more than a third of the worlds.

**Where parts of a town have bad seasons of their own, cells are named far more often**, and rightly so far as the
test goes: events that are near are then close in time, though none leads to another. A table of near repeats does not
tell the two apart. What does is its form: an echo stands in the first cells and fades with distance and days, a
season of a quarter shows over all distances.

Planted repeats are found in every world. The false cells beside them are chance, and echoes: of an event and its
repeat, both are as far from a third.
"""

_Floats = NDArray[np.float64]


def uniform(rng: np.random.Generator, events: int = EVENTS) -> _Floats:
    return rng.uniform(0, SIDE, (events, 2))


def homes(rng: np.random.Generator, events: int = EVENTS) -> _Floats:
    """Homes in streets of twelve middles; one home in a hundred is hit thirty times as often."""
    middles = rng.uniform(0, SIDE, (12, 2))
    place = middles[rng.integers(0, 12, HOMES)] + rng.normal(0, 250, (HOMES, 2))
    often = np.where(np.arange(HOMES) < HOMES // 100, 30.0, 1.0)
    return place[rng.choice(HOMES, events, p=often / often.sum())]


def even(rng: np.random.Generator, events: int = EVENTS) -> _Floats:
    return rng.integers(0, DAYS, events).astype(float)


def season(rng: np.random.Generator, events: int = EVENTS) -> _Floats:
    """Half as many again in winter, and half as many at the end of the year as at its beginning."""
    day = np.arange(DAYS)
    weight = (1 + 0.5 * np.cos(2 * np.pi * day / DAYS)) * (1.5 - day / DAYS)
    return rng.choice(DAYS, events, p=weight / weight.sum()).astype(float)


def table(place: _Floats, day: _Floats) -> pd.DataFrame:
    return pd.DataFrame({"x": place[:, 0], "y": place[:, 1], "date": day})


def own_year(rng: np.random.Generator) -> pd.DataFrame:
    """Each quarter of the town has its bad season: no event leads to another."""
    place = homes(rng)
    quarter = (place[:, 0] > SIDE / 2) * 1 + (place[:, 1] > SIDE / 2) * 2
    peak = rng.uniform(0, DAYS, 4)[quarter]
    day = np.empty(EVENTS)
    for at, middle in enumerate(peak):
        weight = 1 + 0.6 * np.cos(2 * np.pi * (np.arange(DAYS) - middle) / DAYS)
        day[at] = rng.choice(DAYS, p=weight / weight.sum())
    return table(place, day)


def planted(rng: np.random.Generator) -> pd.DataFrame:
    """A tenth of the events has another within 90 metres and a week after it."""
    place, day = homes(rng, EVENTS - PLANTED), season(rng, EVENTS - PLANTED)
    source = rng.choice(len(day), PLANTED, replace=False)
    angle, far = rng.uniform(0, 2 * np.pi, PLANTED), rng.uniform(2, NEAR, PLANTED)
    beside = place[source] + np.column_stack([np.cos(angle), np.sin(angle)]) * far[:, None] / np.sqrt(2)
    after = day[source] + rng.integers(0, SOON, PLANTED)
    return table(np.vstack([place, beside]), np.concatenate([day, after]))


#: Worlds, what they are, and which cells are true in them: distances and days up to so many.
WORLDS: dict[str, tuple[Callable[[np.random.Generator], pd.DataFrame], tuple[float, float] | None]] = {
    "places and days at random": (lambda rng: table(uniform(rng), even(rng)), None),
    "homes in streets, some hit often": (lambda rng: table(homes(rng), even(rng)), None),
    "such homes, days with a season and a fall": (lambda rng: table(homes(rng), season(rng)), None),
    "each quarter of the town has its own bad season": (own_year, None),
    "a tenth of the events is repeated within 90 m and a week": (planted, (100.0, 7.0)),
}


def measure(name: str, worlds: int, *, correction: str, seed: int = 5) -> dict[str, float]:
    """Shares over worlds: any false cell, false cells among those named, true cells found, cells named."""
    make, truth = WORLDS[name]
    rows = []
    for number in range(worlds):
        data = make(np.random.default_rng([seed, number]))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = knox(data, permutations=PERMUTATIONS, correction=correction, seed=number).table
        named = found["near_repeat"].to_numpy(dtype=bool)
        true = np.zeros(len(found), dtype=bool)
        if truth is not None:
            # A repeat is put near its source and not on it: pairs at one place are not planted.
            inside = (found["distance_to"] <= truth[0]) & (found["distance_from"] > 0)
            true = (inside & (found["days_to"] <= truth[1])).to_numpy()
        false = named & ~true
        rows.append(
            {
                "any_false": float(false.any()),
                "false_share": false.sum() / max(named.sum(), 1),
                "found": (named & true).sum() / true.sum() if true.any() else np.nan,
                "named": float(named.sum()),
            }
        )
    return dict(pd.DataFrame(rows).mean())


def page(worlds: int) -> str:
    lines = [
        "# Whether Knox's table names near repeats where there are none",
        "",
        f"Made by `python benchmarks/validate_near_repeat.py --worlds {worlds}`.",
        "",
        f"{EVENTS} events of a year on {SIDE / 1000:g} by {SIDE / 1000:g} km, the default bands (30 cells), "
        f"{PERMUTATIONS} permutations of the dates, a ratio of 1.2 at least; {worlds} worlds each.",
        "",
        "| world | correction | a cell is named falsely | 95% interval | false cells among those named "
        "| true cells found |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name in WORLDS:
        for correction in ("bh", "none"):
            made = measure(name, worlds, correction=correction)
            low, high = exact_interval(round(made["any_false"] * worlds), worlds, level=0.95)
            found = "" if np.isnan(made["found"]) else f"{made['found']:.3f}"
            cells = [name, correction, f"{made['any_false']:.3f}", f"{low:.3f} to {high:.3f}"]
            lines.append("| " + " | ".join([*cells, f"{made['false_share']:.3f}", found]) + " |")
            print(lines[-1], flush=True)
    lines += ["", _WORDS.strip()]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=400)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    made = page(args.worlds)
    if args.out:
        args.out.write_text(made, encoding="utf-8")


if __name__ == "__main__":
    main()
