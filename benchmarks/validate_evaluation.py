"""How often evaluations find what is not there, and what is: `docs/validation/evaluation.md`.

Run ``python benchmarks/validate_evaluation.py --worlds 120`` (about five minutes); ``--out`` writes the three tables,
``--only`` makes one of them.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

import socharm as sh
from socharm.stats.assignments import Assignments, assignments, randomisation_interval, randomisation_p
from socharm.stats.two_way_poisson import two_way_means

MONTHS = [str(month) for month in pd.period_range("2021-01", periods=36, freq="M")]
START = MONTHS[24]
#: Shocks of an area's month: their spread on the logarithm, and how far the next month's are the same.
WORLDS = {
    "Poisson": (0.0, 0.0),
    "over-dispersed": (0.25, 0.0),
    "over-dispersed, months go together .6": (0.25, 0.6),
}


def shocks(rng: np.random.Generator, areas: int, months: int, spread: float, memory: float) -> np.ndarray:
    drawn = rng.normal(size=(areas, months))
    for at in range(1, months):
        drawn[:, at] = memory * drawn[:, at - 1] + np.sqrt(1 - memory**2) * drawn[:, at]
    return np.exp(spread * drawn - spread**2 / 2)


def town(rng: np.random.Generator, world: str, effect: float, treated: int, areas: int = 40) -> pd.DataFrame:
    """Areas of 5 to 60 crimes a month with a season and a falling trend; the first `treated` change at the start."""
    at = np.arange(len(MONTHS))
    level = np.exp(rng.uniform(np.log(5), np.log(60), (areas, 1)))
    mean = level * np.exp(0.15 * np.sin(2 * np.pi * at / 12) - 0.003 * at) * shocks(rng, areas, len(at), *WORLDS[world])
    mean[:treated, 24:] *= effect
    counts = rng.poisson(mean).astype(float)
    return pd.DataFrame(counts, index=[f"A{number}" for number in range(areas)], columns=MONTHS)


def differences(rng: np.random.Generator, world: str, effect: float, treated: int) -> dict[str, tuple[float, ...]]:
    frame = town(rng, world, effect, treated)
    site = list(frame.index[:treated])
    found = sh.evaluation.difference_in_differences(frame, treated=site, start=START, permutations=499, seed=1)
    rows = {name: tuple(row[["p", "ratio", "low", "high"]]) for name, row in found.table.iterrows()}
    study = sh.evaluation.event_study(frame, treated=site, start=START)
    mean = study.bounds.loc[0.0]
    p = 0.0 if mean["high"] < 1 or mean["low"] > 1 else 1.0
    rows["event study, mean after"] = (p, *mean[["ratio", "low", "high"]])
    wide = study.bounds.loc[1.0]
    p = 0.0 if wide["high"] < 1 or wide["low"] > 1 else 1.0
    rows["event study, bounds 1"] = (p, *wide[["ratio", "low", "high"]])
    before = frame.iloc[:treated, 12:24].to_numpy().sum(), frame.iloc[treated:, 12:24].to_numpy().sum()
    after = frame.iloc[:treated, 24:].to_numpy().sum(), frame.iloc[treated:, 24:].to_numpy().sum()
    pairs = ((before[0], after[0]), (before[1], after[1]))
    months = frame.iloc[treated:, :24]
    for name, monthly in (("displacement difference, Poisson", None), ("displacement difference, phi", months)):
        row = sh.evaluation.weighted_displacement_difference(*pairs, monthly=monthly).table.loc["local"]
        log, half = np.log(row["ratio"]), np.log(row["ratio_high"] / row["ratio"])
        rows[f"{name} (ratio)"] = (0.0 if abs(log) > half else 1.0, row["ratio"], row["ratio_low"], row["ratio_high"])
    return rows


def series(rng: np.random.Generator, world: str, effect: float, months: int) -> dict[str, tuple[float, ...]]:
    at = np.arange(months)
    spread, memory = WORLDS[world]
    start = 2 * months // 3
    whole = 100 * np.exp(0.15 * np.sin(2 * np.pi * at / 12) - 0.003 * at)
    noise = shocks(rng, 2, months, spread / 2, memory)
    shared = shocks(rng, 1, months, spread / 4, memory)
    means = whole * noise * shared
    means[0, start:] *= effect
    index = pd.period_range("2018-01", periods=months, freq="M").astype("str")
    one, other = (pd.Series(rng.poisson(mean).astype(float), index) for mean in means)
    rows = {}
    for errors in ("autoregressive", "newey-west", "quasi-poisson", "poisson"):
        found = sh.evaluation.interrupted_time_series(one, start=index[start], errors=errors)
        rows[errors] = tuple(found.table.loc["level", ["p", "ratio", "low", "high"]])
    found = sh.evaluation.interrupted_time_series(one, start=index[start], comparison=other)
    rows["autoregressive, with comparison"] = tuple(found.table.loc["level", ["p", "ratio", "low", "high"]])
    return rows


def poisson_p(y: np.ndarray, known: np.ndarray, exposure: np.ndarray, after: np.ndarray, given: Assignments) -> float:
    """Randomisation with the score by Poisson variance alone, for comparison."""
    mean = two_way_means(y, known, exposure)
    one, whole = mean[:, after].sum(axis=1), mean.sum(axis=1)
    spread = one * (whole - one) / whole
    of_sets = given.sets @ spread
    square = (given.sets @ (y - mean)[:, after].sum(axis=1)) ** 2 / (of_sets * (spread.sum() - of_sets))
    return float(np.mean(square >= square[0] * (1 - 1e-9)))


def chosen(rng: np.random.Generator, frame: pd.DataFrame, which: str) -> np.ndarray:
    """Treated areas by what they recorded before the start."""
    order = np.argsort(-frame.iloc[:, :24].sum(axis=1).to_numpy())
    at = {"the largest": order[:1], "one of the largest four": order[rng.integers(4)], "the largest four": order[:4]}
    return np.isin(np.arange(len(frame)), at[which])


def large(rng: np.random.Generator, world: str, effect: float, which: str) -> dict[str, tuple[float, ...]]:
    frame = town(rng, world, 1.0, 0)
    treated, after = chosen(rng, frame, which), np.arange(len(MONTHS)) >= 24
    y, cell = frame.to_numpy(copy=True), treated[:, None] & after
    y[cell] = rng.binomial(y[cell].astype(int), effect)
    arrays = (y, np.ones(y.shape, dtype=bool), np.ones(y.shape), after, assignments(treated, 499, rng))
    sums = [y[rows][:, columns].sum() for rows in (treated, ~treated) for columns in (after, ~after)]
    ratio = sums[0] / sums[1] / (sums[2] / sums[3])
    low, high = (
        (0.0, np.inf) if effect == 1 else np.exp(randomisation_interval(*arrays, level=0.95, centre=np.log(ratio)))
    )
    rows = {"Poisson variance alone": (poisson_p(*arrays), ratio, np.nan, np.nan)}
    return rows | {"as areas vary": (randomisation_p(*arrays), ratio, low, high)}


def rates(draw: Callable[[float], dict[str, tuple[float, ...]]], worlds: int) -> Iterator[list[str]]:
    """Name, false positives; of a third as many worlds with -20%: power, bias, coverage."""
    found = {}
    for effect in (1.0, 0.8):
        drawn = [draw(effect) for _ in range(worlds if effect == 1 else worlds // 3)]
        found[effect] = {name: np.array([one[name] for one in drawn], dtype=float) for name in drawn[0]}
    for name in found[1.0]:
        none, fall = found[1.0][name], found[0.8][name]
        if np.isnan(none[:, 0]).all():
            continue
        false = np.mean(none[:, 0] <= 0.05)
        error = 2 * np.sqrt(max(false * (1 - false), 0.05 * 0.95) / worlds)
        odd = " (out of 3 to 7%)" if false - error > 0.07 or false + error < 0.03 else ""
        held = np.mean((fall[:, 2] <= 0.8) & (fall[:, 3] >= 0.8))
        holds = "" if np.isnan(fall[:, 2]).all() else f"{held:.0%}"
        bias = np.exp(np.mean(np.log(np.maximum(fall[:, 1], 1e-6)))) / 0.8 - 1
        power = np.mean((fall[:, 0] <= 0.05) & (fall[:, 1] < 1))
        yield [name, f"{false:.1%}{odd}", f"{power:.0%}", f"{bias:+.1%}", holds]


def table(rows: list[list[str]], first: list[str]) -> list[str]:
    head = [*first, "false positives at 5%", "power at -20%", "bias at -20%", "interval holds -20%"]
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(line) + " |" for line in lines]


def areas(worlds: int) -> Iterator[list[str]]:
    rng = np.random.default_rng(16)
    for treated in (1, 4):
        for world in WORLDS:
            for row in rates(lambda effect: differences(rng, world, effect, treated), worlds):  # noqa: B023
                yield [str(treated), world, *row]


def one_series(worlds: int) -> Iterator[list[str]]:
    rng = np.random.default_rng(17)
    for months in (36, 72):
        for world in WORLDS:
            for row in rates(lambda effect: series(rng, world, effect, months), worlds * 3 // 4):  # noqa: B023
                yield [str(months), world, *row]


def large_areas(worlds: int) -> Iterator[list[str]]:
    rng = np.random.default_rng(18)
    for which in ("the largest", "one of the largest four", "the largest four"):
        for world in WORLDS:
            for row in rates(lambda effect: large(rng, world, effect, which), worlds * 10):  # noqa: B023
                yield [which, world, *row]


PARTS = {
    "areas": ("Areas by months", areas, ["treated areas", "world", "method"]),
    "series": ("One series", one_series, ["months", "world", "errors"]),
    "large": ("Large areas", large_areas, ["treated areas", "world", "score by"]),
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--worlds", type=int, default=120)
    parser.add_argument("--only", choices=PARTS)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    lines: list[str] = []
    for name, (title, draw, first) in PARTS.items():
        if given.only in (None, name):
            lines += [f"## {title}", "", *table(list(draw(given.worlds)), first), ""]
    text = "\n".join(lines)
    print(text)
    if given.out:
        given.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
