"""Worlds of two half-years whose true changes are known, and how well a comparison finds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from socharm.rescoring.beyond import area_changes, pooled_change
from socharm.rescoring.churn_worlds import drawn_ranks, kept_by_size
from socharm.rescoring.joint import fit_joint
from socharm.rescoring.paired_counts import PairedCounts, PeriodCounts
from socharm.stats.fdr import adjust
from socharm.stats.ranks import descending_ranks

_Floats = NDArray[np.float64]

LISTED: Final = 20
MONTHS: Final = 6
#: Over-dispersion of the months of one kind of crime, and the log shock that all kinds of an area share in a month.
PHI, SHOCK = 1.36, 0.10
#: Share of wrong names borne.
BORNE: Final = 0.1

#: What each world changes of the usual one: drift .07 in each half-year, nothing done.
WORLDS: Final[Mapping[str, Mapping[str, Any]]] = {
    "no change": {},
    "drift .15": {"drift": 0.15},
    "trends by category": {"category_trend": 0.15},
    "-20% in 3": {"effect": 0.8, "hit": "three"},
    "-40% in 3": {"effect": 0.6, "hit": "three"},
    "-20% in all 20": {"effect": 0.8, "hit": "all"},
    "random changes": {"hit": "random"},
    "heavy-tailed drift": {"drift": 0.10, "tail": 3.0},
    "heavy-tailed centres": {"centres": 0.25},
    "rare serious offences": {"serious": 20.0},
    "... with capped weights": {"serious": 4.0},
    "neighbours drift together": {"together": 0.8},
    "neighbours drift together, -20% in 3": {"together": 0.8, "effect": 0.8, "hit": "three"},
}


@dataclass(frozen=True, eq=False)
class Base:
    """What real areas look like: crimes of a year by area and kind, residents, weights."""

    crimes: _Floats
    people: _Floats
    weights: _Floats


@dataclass(frozen=True, eq=False)
class World:
    """Counts of both half-years, the list, and the log of what was done to each area."""

    pair: PairedCounts
    listed: NDArray[np.bool_]
    done: _Floats


def invented_base(areas: int = 177, seed: int = 1) -> Base:
    """A force like Northumbria where the real one is not at hand."""
    rng = np.random.default_rng(seed)
    weights = np.array([15, 380, 18, 99, 115, 51, 174, 18, 800, 12, 80, 53, 248.0])
    a_head = np.array([2, 4, 9, 4, 1, 8, 0.4, 5, 0.4, 5, 0.6, 4, 8]) / 1_000
    people = rng.uniform(4_000, 18_000, areas)
    level = np.exp(rng.normal(-0.15, 0.5, areas) + (rng.random(areas) < 0.04) * 1.2)
    own = rng.gamma(6, 1 / 6, (areas, len(weights)))
    return Base(rng.poisson(level[:, None] * own * a_head * people[:, None]).astype(float), people, weights)


def make_world(
    rng: np.random.Generator,
    base: Base,
    *,
    drift: float = 0.07,
    category_trend: float = 0.0,
    effect: float = 1.0,
    hit: str = "",
    tail: float = 0.0,
    centres: float = 0.0,
    serious: float = 0.0,
    together: float = 0.0,
) -> World:
    """Draw both half-years; the list is chosen by the first of them."""
    rates, weights = _rates(rng, base), base.weights
    areas, kinds = rates.shape
    if centres:
        rates = rates * np.exp(centres * rng.standard_t(3, areas))[:, None]
    if serious:  # one violent crime in 150 is of a kind that weighs so many times as much
        rates = np.column_stack([rates, rates[:, -1] / 150])
        weights, kinds = np.append(weights, serious * weights[-1]), kinds + 1
    moves = [np.exp(drift * _drift(rng, areas, tail, together)) for _ in range(2)]
    exposure = base.people * MONTHS / 12
    before = _months(rng, rates, base.people, moves[0])
    harm = before.sum(axis=2) @ weights
    listed = np.zeros(areas, dtype=bool)
    listed[np.argsort(-harm / exposure, kind="stable")[:LISTED]] = True
    done = np.zeros(areas)
    rows = np.flatnonzero(listed)
    if hit == "three":
        done[rng.choice(rows, 3, replace=False)] = np.log(effect)
    elif hit == "all":
        done[rows] = np.log(effect)
    elif hit == "random":
        done[rows] = rng.uniform(-0.5, 0.1, len(rows))
    trends = np.exp(category_trend * rng.standard_normal(kinds))
    after = _months(rng, rates * trends, base.people, moves[1] * np.exp(done))
    covered = np.ones((areas, MONTHS), dtype=bool)
    names = pd.Index([f"A{number:05d}" for number in range(areas)]), pd.Index([f"k{kind}" for kind in range(kinds)])
    sides = (PeriodCounts(n.astype(float), covered, exposure) for n in (before, after))
    return World(PairedCounts(*names, weights, *sides), listed, done)


def _rates(rng: np.random.Generator, base: Base) -> _Floats:
    """Rates drawn around the real ones, so that the truth is spread as areas are and not as counts are."""
    people, crimes = base.people[:, None], base.crimes
    mean = crimes.sum(axis=0) / base.people.sum()
    noise = 1.6 * mean * (len(crimes) - 1)
    spread = np.maximum(((crimes - people * mean) ** 2 / people).sum(axis=0) - noise, 0) / people.sum() / mean**2
    shape = 1 / np.maximum(spread, 0.05)
    return rng.gamma(shape + crimes / 1.6, 1 / (shape / mean + people / 1.6))


def _drift(rng: np.random.Generator, areas: int, tail: float, together: float) -> _Floats:
    """Standardised drift; that of neighbours in the order of the codes is alike where `together` is above 0."""
    own = rng.standard_t(tail, areas) / np.sqrt(tail / (tail - 2)) if tail else rng.standard_normal(areas)
    if together:
        for area in range(1, areas):
            own[area] = together * own[area - 1] + np.sqrt(1 - together**2) * own[area]
    return own


def _months(rng: np.random.Generator, rates: _Floats, people: _Floats, level: _Floats) -> NDArray[np.int64]:
    shock = np.exp(SHOCK * rng.standard_normal((len(people), 1, MONTHS)) - SHOCK**2 / 2)
    mean = (rates * (people * level)[:, None])[:, :, None] / 12 * shock
    return rng.poisson(rng.gamma(mean / (PHI - 1), PHI - 1))


def measure(world: World, *, churn_worlds: int = 0, seed: int = 0) -> dict[str, float]:
    """How well the joint model does in one world, beside the plain comparison of before and after."""
    pair, listed, done = world.pair, world.listed, world.done[world.listed]
    model = fit_joint(pair, listed)
    rates = pair.rates()
    table = area_changes(model, rates, changed_share=0.1, changed_spread=0.35)
    found = table[listed]
    row = _scores(
        np.log(found["beyond"].to_numpy()), np.log(found["beyond_low_95"].to_numpy()),
        np.log(found["beyond_high_95"].to_numpy()), found["p_fall"].to_numpy(), done,
    )  # fmt: skip
    others = table[~listed]
    row["held, others"] = float(((others["beyond_low_95"] <= 1) & (others["beyond_high_95"] >= 1)).mean())
    pooled = pooled_change(model, rates, pair.later.exposure)
    true = float(np.average(np.exp(done), weights=model.predicted.expected()[listed]))
    row |= {
        "list error": pooled.beyond / true - 1,
        "list held": float(pooled.low[95] <= true <= pooled.high[95]),
        "list shown": float(pooled.p_fall < 0.025),
    }
    row |= {f"naive {name}": value for name, value in _naive(world, model.effective, model.dispersion).items()}
    if churn_worlds:
        row |= _churn(world, model, churn_worlds, seed)
    return row


def _scores(estimate: _Floats, low: _Floats, high: _Floats, p: _Floats, done: _Floats) -> dict[str, float]:
    named, true = adjust(p) <= BORNE, done < 0
    null = done == 0
    nan = float("nan")
    return {
        "bias": float(np.mean(estimate - done)),
        "held": float(np.mean((low <= done) & (done <= high))),
        "slope": float(np.polyfit(done, estimate, 1)[0]) if len(np.unique(done)) > 3 else nan,
        "false": float(np.sum(named & null) / max(int(named.sum()), 1)) if null.any() else nan,
        "power p": float(np.mean(p[true] < 0.05)) if true.any() else nan,
        "power": float(np.mean(named[true])) if true.any() else nan,
    }


def _naive(world: World, effective: float, dispersion: float) -> dict[str, float]:
    """Before and after, with the same over-dispersion and no word of expectation."""
    before, after = (harm[world.listed] for harm in world.pair.harm())
    change = np.log(np.maximum(after, effective) / before)
    error = np.sqrt(dispersion * effective * (1 / before + 1 / np.maximum(after, effective)))
    p = stats.norm.cdf(change / error)
    return _scores(change, change - 1.96 * error, change + 1.96 * error, p, world.done[world.listed])


def _churn(world: World, model: Any, worlds: int, seed: int) -> dict[str, float]:
    """Whether as many stay as the receipt says, for the list and for the first tenth."""
    before, after = (descending_ranks(rate[None, :])[0] for rate in world.pair.rates())
    drawn = drawn_ranks(world.pair, model, worlds=worlds, seed=seed, threads=1)
    kept, stayed = kept_by_size(before, drawn)[:, LISTED - 1], kept_by_size(before, after[None, :])[0, LISTED - 1]
    low, high = np.quantile(kept, [0.025, 0.975], method="inverted_cdf")
    return {
        "stayed": float(stayed), "stay expected": float(kept.mean()), "stay held": float(low <= stayed <= high),
    }  # fmt: skip


def run(name: str, base: Base, worlds: int, *, churn_worlds: int = 0, seed: int = 7) -> pd.DataFrame:
    """Measures of so many worlds of a kind, a row each."""
    rows = []
    for number in range(worlds):
        rng = np.random.default_rng([seed, number])
        rows.append(measure(make_world(rng, base, **WORLDS[name]), churn_worlds=churn_worlds, seed=number))
    return pd.DataFrame(rows)
