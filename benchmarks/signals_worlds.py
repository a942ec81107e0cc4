"""Months of areas whose true levels are known, and what the charts, change points and questions make of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm.signals.monitor import MonitorSettings, watch
from socharm.signals.monthly import MonthlySeries
from socharm.signals.noise import ROUNDS, fit_noise
from socharm.signals.segments import found_changes
from socharm.signals.silence_model import fit_silence
from socharm.stats.fdr import adjust
from socharm.stats.month_effects import others_effect
from socharm.stats.random_streams import streams

_Floats = NDArray[np.float64]

AREAS: Final = 177
#: Over-dispersion of a month, and the share by which a season moves all areas.
PHI, SEASON = 1.6, 0.15

#: What each world changes of the usual one: over-dispersed months, a season and a falling trend.
WORLDS: Final[Mapping[str, Mapping[str, Any]]] = {
    "over-dispersed and seasonal": {},
    "drift of areas .10": {"drift": 0.10},
    "drift of areas .20": {"drift": 0.20},
    "random walk of areas": {"walk": 0.04},
    "areas of a district move together": {"together": 0.15},
    "two seasons by kind of area": {"seasons": 0.15},
    "heavy-tailed months": {"tail": 0.03},
    "Poisson": {"phi": 1.0},
}
#: Ordinary areas beside one of three times the crimes of all of them, which doubles in the middle.
GIANT: Final[Mapping[str, Any]] = {"giant": 2.0}


def months(
    rng: np.random.Generator, months: int, *, drift: float = 0.0, walk: float = 0.0, together: float = 0.0,
    seasons: float = 0.0, tail: float = 0.0, phi: float = PHI, level: _Floats | None = None,
    rise: _Floats | None = None, giant: float = 0.0,
) -> _Floats:  # fmt: skip
    """Counts of shape (areas, months)."""
    at = np.arange(months)
    own = np.exp(rng.normal(np.log(25.0), 0.7, AREAS)) if level is None else level
    mean = own[:, None] * (1.0 + SEASON * np.sin(2 * np.pi * at / 12)) * np.exp(-0.01 * at)
    mean = mean * (1.0 if rise is None else rise)
    if giant:
        mean[-1] = 3 * mean[:-1].sum(axis=0) * np.where(at < months // 2, 1.0, giant)
    if seasons:
        kind = rng.random(AREAS) < 0.5
        mean = mean * np.where(kind[:, None], 1.0 + seasons * np.cos(2 * np.pi * at / 12), 1.0)
    if drift:
        moves = rng.normal(0, drift, mean.shape)
        for month in range(1, months):
            moves[:, month] = 0.9 * moves[:, month - 1] + np.sqrt(1 - 0.81) * moves[:, month]
        mean = mean * np.exp(moves)
    if walk:
        mean = mean * np.exp(np.cumsum(rng.normal(0, walk, mean.shape), axis=1))
    if together:
        mean = mean * np.exp(rng.normal(0, together, (15, months)))[rng.integers(0, 15, AREAS)]
    if tail:
        mean = mean * np.where(rng.random(mean.shape) < tail, 2.0, 1.0)
    return rng.poisson(rng.gamma(mean / (phi - 1), phi - 1) if phi > 1 else mean).astype(np.float64)


def series_of(counts: _Floats) -> MonthlySeries:
    """Counts as the charts take them."""
    known = np.ones(counts.shape, dtype=bool)
    return MonthlySeries(
        areas=pd.RangeIndex(len(counts)),
        months=pd.period_range("2024-01", periods=counts.shape[1], freq="M"),
        amounts=counts,
        shape=others_effect(counts, known),
        unit=1.0,
        lift=1.0,
    )


def signalled(counts: _Floats, first: int, *, rate: float, seed: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether charts of rises, and of any kind, are beyond their limits: (areas, watched months) each."""
    series = series_of(counts)
    chosen = MonitorSettings(false_alarms=rate, seed=seed, measure="crimes")
    noise = fit_noise(series, streams(seed, ROUNDS, purpose="signals-noise"))
    seen, _ = watch(series, np.arange(len(counts)), first, noise, chosen)
    beyond = seen.charts.values > seen.limits.values[:, None, :]
    return beyond[..., [0, 2]].any(axis=-1), beyond.any(axis=-1)


def false_alarms(world: Mapping[str, Any], *, span: int, first: int, rate: float, worlds: int) -> tuple[float, float]:
    """False signals a year over all areas, with their standard error."""
    found = []
    for number in range(worlds):
        counts = months(np.random.default_rng(number), span, **world)
        any_kind = signalled(counts, first, rate=rate, seed=number)[1]
        any_kind = any_kind[:-1] if "giant" in world else any_kind  # what it does is no false signal
        found.append(any_kind.any(axis=1).sum() / ((span - first) / 12))
    return float(np.mean(found)), float(np.std(found) / np.sqrt(worlds))


def delays(*, first: int, rise: float, rate: float, worlds: int, drift: float) -> pd.DataFrame:
    """Median months until a rise is found, and how many are found within a year, by crimes a month."""
    sizes, waited = (5.0, 20.0, 40.0, 80.0), {5.0: [], 20.0: [], 40.0: [], 80.0: []}
    for number in range(worlds):
        rng = np.random.default_rng(1_000 + number)
        level = np.exp(rng.normal(np.log(25.0), 0.7, AREAS))
        level[:20] = np.repeat(sizes, 5)
        up = np.ones((AREAS, first + 24))
        up[:20, first:] = rise
        counts = months(rng, first + 24, level=level, rise=up, drift=drift)
        beyond = signalled(counts, first, rate=rate, seed=number)[0][:20]
        waits = np.where(beyond.any(axis=1), beyond.argmax(axis=1) + 1.0, np.inf).reshape(4, 5)
        for size, row in zip(sizes, waits, strict=True):
            waited[size].extend(row)
    rows = {
        size: (float(np.median(waits)), float(np.mean(np.array(waits) <= 12)), float(np.mean(np.isfinite(waits))))
        for size, waits in waited.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=["median", "year", "two years"])


#: How ordinary areas differ that are alike in what explains crime.
RESIDUALS: Final = ("normal", "tail upwards", "tail downwards", "heavy tails both ways", "neighbours alike", "centres")


def silent(rng: np.random.Generator, kind: str, indicator: float) -> dict[str, Any]:
    """Crimes of a year with 30 to 60% of the reports of one area in ten deleted, and what explains them."""
    at = rng.random((AREAS, 2))
    apart = ((at[:, None] - at) ** 2).sum(axis=-1)
    near = np.argsort(apart, axis=1)[:, 1:7]
    deprived = rng.normal(0, 1, AREAS)
    deprived = 0.6 * deprived + 1.6 * deprived[near].mean(axis=1)
    deprived = deprived / deprived.std()
    gamma = (rng.gamma(4, 1, AREAS) - 4) / 2
    residual = {
        "normal": rng.normal(0, 1, AREAS),
        "tail upwards": gamma,
        "tail downwards": -gamma,
        "heavy tails both ways": rng.standard_t(4, AREAS) / np.sqrt(2),
        "neighbours alike": np.linalg.cholesky(np.exp(-apart / 0.02) + 1e-6 * np.eye(AREAS)) @ rng.normal(0, 1, AREAS),
        "centres": rng.normal(0, 1, AREAS) + np.where(np.arange(AREAS) < 6, 4.0, 0.0),
    }[kind]
    log = np.log(600.0) + 0.35 * deprived + 0.35 * residual
    mean = np.exp(log)
    crimes = rng.poisson(rng.gamma(mean / (PHI - 1), PHI - 1))
    chosen = rng.choice(AREAS, AREAS // 10 + 1, replace=False)
    lost = rng.uniform(0.3, 0.6, chosen.size)
    kept = crimes.copy()
    kept[chosen] = rng.binomial(crimes[chosen], 1.0 - lost)
    columns = [deprived, np.log(kept + 0.5)[near].mean(axis=1)]
    if indicator:
        standard = (log - log.mean()) / log.std()
        columns.append(indicator * standard + np.sqrt(1 - indicator**2) * rng.normal(0, 1, AREAS))
    explains = np.column_stack(columns)
    return {
        "crimes": kept.astype(np.float64), "chosen": chosen, "lost": lost,
        "explains": (explains - explains.mean(axis=0)) / explains.std(axis=0),
    }  # fmt: skip


def questions(kind: str, indicator: float, *, worlds: int, level: float = 0.2) -> dict[str, float]:
    """Precision and recall of the areas asked about."""
    rows = []
    for number in range(worlds):
        made = silent(np.random.default_rng(number), kind, indicator)
        fit = fit_silence(made["crimes"], np.ones(AREAS), made["explains"], PHI)
        asked = np.flatnonzero(adjust(fit.p) <= level)
        right = np.isin(asked, made["chosen"])
        half = made["chosen"][made["lost"] > 0.45]
        lowest = np.argsort(fit.p)[: made["chosen"].size]
        rows.append(
            {
                "recall": right.sum() / made["chosen"].size,
                "heavy": np.isin(half, asked).mean() if half.size else np.nan,
                "asked": float(asked.size),
                "in vain": (~right).sum() / max(asked.size, 1),
                "lowest": np.isin(lowest, made["chosen"]).mean(),
                "spread": fit.spread,
            }
        )
    return {str(name): float(value) for name, value in pd.DataFrame(rows).mean().items()}


def change_points(world: Mapping[str, Any], *, span: int, worlds: int, jump: float = 1.0) -> dict[str, float]:
    """Change points named where there are none, and found where eight areas jump in the middle."""
    named, right, off = [], [], []
    for number in range(worlds):
        rng = np.random.default_rng(2_000 + number)
        level = np.exp(rng.normal(np.log(25.0), 0.7, AREAS))
        level[:8] = 40.0
        up = np.ones((AREAS, span))
        up[:8, span // 2 :] = jump
        series = series_of(months(rng, span, level=level, rise=up, **world))
        found = found_changes(series, np.arange(AREAS), seed=number, false_discovery=0.1, simulations=1_000, least=3)
        some = np.array([bool(points) for points in found.points])
        wrong = some.copy()
        wrong[:8] = False if jump != 1.0 else wrong[:8]
        wrong[-1] &= "giant" not in world
        named.append(wrong.sum() / max(some.sum(), 1))
        right.append(some[:8].mean())
        off.extend(min(abs(point - span // 2) for point in found.points[area]) for area in np.flatnonzero(some[:8]))
    return {
        "wrong": float(np.mean(named)),
        "found": float(np.mean(right)),
        "near": float(np.mean(np.array(off) <= 1)) if off else float("nan"),
    }
