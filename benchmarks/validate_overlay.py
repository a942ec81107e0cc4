"""Prediction intervals, excess harm, chance in the Gini coefficient, errors of shares of variance: do they hold?

Run: python benchmarks/validate_overlay.py [--runs 100] [--out docs/validation/overlay.md]
Simulations whose truth is known; needs no input.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

import socharm as sh
from socharm.errors import SocharmError, SocharmWarning
from socharm.overlay.residual import fit_residual
from socharm.stats.sobol import saltelli_design, sobol_shares

AREAS = 177
#: Truths of the prediction interval, and how the spread of areas grows for each standard deviation of deprivation.
TRUTHS = {
    "log-normal": 0.0, "gamma": 0.0, "areas do not differ": 0.0, "neighbours alike": 0.0, "a few heavy offences": 0.0,
    "two kinds of area": 0.0, "spread grows by half": 0.4, "spread falls by a third": -0.4,
}  # fmt: skip
#: What the code of commit 395a538 gave with the same seeds and 100 runs.
BEFORE: Mapping[str, Mapping[str, Sequence[float]]] = {
    "intervals": {
        "log-normal": [0.9508, 0.9417, 0.955, 0.0054],
        "gamma": [0.9379, 0.9317, 0.9411, 0.006],
        "areas do not differ": [0.9579, 0.9589, 0.9661, 0.0046],
        "neighbours alike": [0.9523, 0.9467, 0.9533, 0.006],
        "a few heavy offences": [0.9727, 0.9656, 0.9794, 0.0038],
        "two kinds of area": [0.9189, 0.93, 0.9283, 0.0062],
        "spread grows by half": [0.9444, 0.9994, 0.7561, 0.0095],
        "spread falls by a third": [0.9397, 0.7483, 1.0, 0.0095],
    },
    "far": {
        "one area of 40 has 100 times the harm": [0.05],
        "one area of 40 has 1,000,000 times the harm": [0.19],
    },
    "excess": {
        "normal, 1 times": [0.04, 0.04, float("nan")],
        "normal, 1.5 times": [0.04, 0.0117, 0.115],
        "normal, 2 times": [0.26, 0.042, 0.675],
        "skewed to the right (gamma, shape 4), 1 times": [0.79, 0.79, float("nan")],
        "skewed to the right (gamma, shape 4), 1.5 times": [0.7, 0.4331, 0.3063],
        "skewed to the right (gamma, shape 4), 2 times": [0.91, 0.3545, 0.9087],
    },
    "gini": {
        "5 crimes an area": [0.4187, 0.488, float("nan"), float("nan")],
        "20 crimes an area": [0.3072, 0.366, float("nan"), float("nan")],
        "100 crimes an area": [0.2653, 0.2887, float("nan"), float("nan")],
    },
    "shares": {
        "smooth, 1,024 runs": [2.8549, 2.6297, 0.0082, 0.005],
        "ranks, 1,024 runs": [1.3137, 1.3677, 0.0168, 0.0125],
        "ranks, 256 runs": [1.2733, 1.277, 0.0406, 0.0335],
    },
}


# prediction intervals given deprivation


def force(truth: str, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Recorded harm, exposure, deprivation, variance per unit of harm; counts vary by 1.6 times their mean."""
    score, exposure = rng.normal(size=AREAS), rng.lognormal(9, 0.35, AREAS)
    weight, rate = np.array([250.0, 100.0, 60.0, 30.0, 12.0]), np.array([0.02, 0.01, 0.015, 0.02, 0.03])
    if "heavy" in truth:  # a few offences of 7,973 days among many of 60
        weight, rate = np.array([7_973.0, 250.0, 60.0]), np.array([3e-5, 0.004, 0.01])
    z = rng.normal(size=AREAS)
    if "neighbours" in truth:
        z = np.convolve(np.r_[z, z[:20]], np.ones(20) / 20**0.5, "same")[:AREAS]
    sigma = 0.35 * np.exp(TRUTHS[truth] * score)
    own = {
        "areas do not differ": lambda: np.ones(AREAS),
        "gamma": lambda: rng.gamma(1 / 0.35**2, 0.35**2, AREAS),
        "two kinds of area": lambda: np.where(rng.random(AREAS) < 0.1, 2.2, 0.87),
    }.get(truth, lambda: np.exp(sigma * z - sigma**2 / 2))()
    counted = rng.poisson(exposure[:, None] * rate * np.exp(0.4 * score)[:, None] * own[:, None] / 1.6) * 1.6
    totals = counted.sum(axis=0)
    return counted @ weight, exposure, score, float((1.6 * totals * weight**2).sum() / (totals * weight).sum())


def intervals(runs: int) -> dict[str, Sequence[float]]:
    """Share of areas inside: all, the least and the most deprived tenth; and its error over the forces."""
    found = {}
    for number, truth in enumerate(TRUTHS):
        rows = []
        for seed in range(runs):
            harm, exposure, score, dispersion = force(truth, np.random.default_rng([21, number, seed]))
            fit = fit_residual(harm, exposure, score, dispersion=dispersion, left_out=np.zeros(AREAS, dtype=bool))
            inside, order = (harm >= fit.low) & (harm <= fit.high), np.argsort(score)
            tenth = int(np.ceil(AREAS / 10))
            rows.append((inside.mean(), inside[order[:tenth]].mean(), inside[order[-tenth:]].mean()))
        table = np.array(rows)
        found[truth] = [*table.mean(axis=0), (table.std(axis=0, ddof=1) / np.sqrt(runs)).max()]
    return found


def far_areas(runs: int) -> dict[str, Sequence[float]]:
    """Share of fits that end in an error that is not ours, or in numbers that are none, where one area is far off."""
    found = {}
    for times in (100.0, 1e6):
        broken = 0
        for seed in range(runs):
            rng = np.random.default_rng([22, seed])
            score, exposure = rng.normal(size=40), rng.lognormal(9, 0.3, 40)
            harm = rng.poisson(exposure * 0.01 * np.exp(0.4 * score)) * 100.0
            harm[0] *= times
            try:
                fit = fit_residual(harm, exposure, score, dispersion=100.0, left_out=np.zeros(40, dtype=bool))
                broken += not all(np.isfinite(part).all() for part in (fit.expected, fit.low, fit.high, fit.shrunk))
            except SocharmError:
                continue
            except (ValueError, ArithmeticError, np.linalg.LinAlgError):  # what libraries below raise is counted here
                broken += 1
        found[f"one area of 40 has {times:,.0f} times the harm"] = [broken / runs]
    return found


# excess harm


def town(rng: np.random.Generator, luck: np.ndarray, effect: float) -> tuple[sh.severity.SeverityIndex, pd.DataFrame]:
    """A force whose rates follow a covariate and areas' own luck (of logs); eight of them have `effect`."""
    x = rng.normal(size=luck.size)
    rate = 60 * np.exp(0.3 * x + 0.2 * luck)
    rate[:8] *= effect
    codes = [f"A{i:03d}" for i in range(luck.size)]
    index = index_of(rng.poisson(rate[:, None, None], (luck.size, 1, 6)), codes, {"burglary": 100.0}, 5_000.0)
    return index, pd.DataFrame({"deprivation": x}, index=pd.Index(codes, name="area_code"))


def index_of(
    n: np.ndarray, codes: list[str], weight: dict[str, float], people: np.ndarray | float
) -> sh.severity.SeverityIndex:
    """An index of counts of shape (areas, offences, months)."""
    months = pd.period_range("2024-04", periods=n.shape[2], freq="M").astype(str)
    keys = pd.MultiIndex.from_product([codes, list(weight), months], names=["area_code", "offence", "period"])
    counts = sh.counts_from_table(
        pd.DataFrame({"n": n.ravel()}, index=keys).reset_index(), period=(months[0], months[-1])
    )
    residents = pd.DataFrame({"code": codes, "residents": people})
    population = sh.read_population(residents, code="code", value="residents", kind="resident", date="2024-06-30")
    given = pd.DataFrame({"offence": list(weight), "weight": list(weight.values())})
    weights = sh.read_weights(given, name="by hand", year=2024, unit="days")
    return sh.severity_index(counts, weights, population=population)


def excess(runs: int) -> dict[str, Sequence[float]]:
    """Share of maps with a false find, of finds that are false, and of planted areas found; 100 areas, alpha 5%."""
    lucks: dict[str, Callable[[np.random.Generator], np.ndarray]] = {
        "normal": lambda rng: rng.normal(size=100),
        "skewed to the right (gamma, shape 4)": lambda rng: (rng.gamma(4, 1, 100) - 4) / 2,
    }
    found = {}
    for name, luck in lucks.items():
        for effect in (1.0, 1.5, 2.0):
            rows = []
            for seed in range(runs):
                rng = np.random.default_rng([23, seed])
                index, alike = town(rng, luck(rng), effect)
                said = sh.overlay.detect_excess(index, alike).table["excess"].to_numpy(dtype=bool)
                planted = np.arange(said.size) < (8 if effect > 1 else 0)
                false = int((said & ~planted).sum())
                rows.append((false > 0, false / max(int(said.sum()), 1), said[:8].mean() if effect > 1 else np.nan))
            found[f"{name}, {effect:g} times"] = list(np.mean(np.array(rows, dtype=float), axis=0))
    return found


# concentration


def gini(runs: int) -> dict[str, Sequence[float]]:
    """Generalised Gini of crimes and harm where every area has one rate, plain and less chance."""
    found = {}
    for crimes in (5.0, 20.0, 100.0):
        rows = []
        for seed in range(runs):
            rng = np.random.default_rng([24, seed])
            people = rng.integers(500, 4_000, 120).astype(float)
            # A homicide for 100 burglaries; counts vary by twice their mean.
            expected = crimes * people[:, None, None] / people.mean() * np.array([0.01, 0.99])[None, :, None] / 12
            n = rng.negative_binomial(np.repeat(expected, 12, axis=2), 0.5)
            codes = [f"A{i:03d}" for i in range(120)]
            index = index_of(n, codes, {"homicide": 7_973.0, "burglary": 400.0}, people)
            table = sh.classify_concentration(index, resamples=60, seed=1).gini
            corrected = table["corrected"] if "corrected" in table else table["generalised"]
            rows.append([*table["generalised"].reindex(["crimes", "harm"]), *corrected.reindex(["crimes", "harm"])])
        found[f"{crimes:g} crimes an area"] = list(np.mean(np.array(rows, dtype=float), axis=0))
    return found


# shares of variance


def ishigami(u: np.ndarray) -> np.ndarray:
    """A smooth function of three factors, after Ishigami and Homma (1990)."""
    x = (2 * u - 1) * np.pi
    return (np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0]))[:, None]


def places(u: np.ndarray) -> np.ndarray:
    """Ranks of five areas by a weighted sum of three factors: they jump."""
    level = np.array([[1.0, 0.2, 0.1], [0.3, 1.0, 0.2], [0.2, 0.3, 1.0], [0.6, 0.6, 0.3], [0.5, 0.5, 0.5]])
    return np.argsort(np.argsort(-(u @ level.T), axis=1), axis=1).astype(float)


def shares(runs: int) -> dict[str, Sequence[float]]:
    """Stated error of the shares over their spread between seeds (first order, total), and that spread itself."""
    found = {}
    for name, function, base in (
        ("smooth, 1,024 runs", ishigami, 1_024), ("ranks, 1,024 runs", places, 1_024), ("ranks, 256 runs", places, 256)
    ):  # fmt: skip
        every = [_shares_of(function, base, seed) for seed in range(runs)]
        first, total, first_se, total_se = (np.array([one[i] for one in every]) for i in range(4))
        spread = [part.std(axis=0, ddof=1) for part in (first, total)]
        stated = [np.sqrt((part**2).mean(axis=0)) for part in (first_se, total_se)]
        ratio = [np.median(told / real) for told, real in zip(stated, spread, strict=True)]
        found[name] = [*ratio, float(np.mean(spread[0])), float(np.mean(spread[1]))]
    return found


def _shares_of(function: Callable[[np.ndarray], np.ndarray], base: int, seed: int) -> tuple[np.ndarray, ...]:
    first, second = saltelli_design(3, base, seed=seed, purpose="validation")

    def results(i: int | None, from_second: bool) -> np.ndarray:
        if i is None:
            return function(second if from_second else first)
        mixed = first.copy()
        mixed[:, i] = second[:, i]
        return function(mixed)

    return sobol_shares(results, 3)


# the page


def measured(runs: int) -> dict[str, dict[str, Sequence[float]]]:
    """Every table."""
    warnings.simplefilter("ignore", SocharmWarning)
    parts = {"intervals": intervals, "far": far_areas, "excess": excess, "gini": gini, "shares": shares}
    found = {}
    for name, part in parts.items():
        found[name] = part(max(runs // 3, 1) if name == "gini" else runs)
        for row, values in found[name].items():
            print(name, row, [round(float(value), 4) for value in values], flush=True)
    return found


def lines(part: str, found: Mapping[str, Sequence[float]], head: Sequence[str], places_: int = 3) -> str:
    """A table, what was before in brackets."""
    rows = [f"| {' | '.join(['', *head])} |", f"|{' --- |' * (len(head) + 1)}"]
    for name, values in found.items():
        before = BEFORE.get(part, {}).get(name)
        cells = []
        for at, value in enumerate(values[: len(head)]):
            was = (
                ""
                if before is None or head[at] == "error" or np.isnan(before[at])
                else f" ({_number(before[at], places_)})"
            )
            cells.append(_number(value, places_) + was)
        rows.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(rows)


def _number(value: float, figures: int) -> str:
    return "-" if np.isnan(value) else f"{value:.{figures}f}"


def page(found: Mapping[str, Mapping[str, Sequence[float]]], runs: int) -> str:
    """The page as Markdown."""
    far = max(values[0] for values in found["far"].values())
    short = [f"{name} ({min(values[:3]):.2f})" for name, values in found["intervals"].items() if min(values[:3]) < 0.93]
    held = f"Less than .93 is held somewhere under: {'; '.join(short)}." if short else "Nowhere less than .93 is held."
    return f"""# Overlay, excess harm, concentration and shares of variance

Made by `python benchmarks/validate_overlay.py --runs {runs}`; in brackets the code before the promises were reviewed
(commit `395a538`) with the same seeds.

## Prediction intervals given deprivation

{runs} forces a truth, {AREAS} areas: share of areas whose recorded harm lies inside the 95% interval, of all and at
both ends of deprivation. "Spread grows by half": areas of the same deprivation differ half as much again for each
standard deviation more of it.

{lines("intervals", found["intervals"], ["all", "least deprived tenth", "most deprived tenth", "error"])}

{held} `error` is the largest standard error of the three.

One area far from all others: share of fits that end in an error that is not ours or in numbers that are none.

{lines("far", found["far"], ["broken fits"], 2)}

{"No fit breaks." if far == 0 else f"**Up to {far:.0%} of fits break.**"}

## Excess harm

{runs} maps a row, 100 areas that differ by a fifth beyond their covariate, eight with the stated multiple (1: none), a
false discovery rate of 5%.

{lines("excess", found["excess"], ["maps with a false find", "share of finds that are false", "planted areas found"])}

Where nothing is planted every find is false, so the first column is the realised rate. With skewed log ratios the
promise of `detect_excess` does not hold: `repr` of the result and its docstring say so.

## Concentration where nothing is concentrated

{max(runs // 3, 1)} forces a row of 120 areas with one rate and unequal populations, a homicide for 100 burglaries,
counts varying by twice their mean. Nothing is concentrated, so the coefficient less chance should be 0.

{lines("gini", found["gini"], ["generalised, crimes", "generalised, harm", "less chance, crimes", "less chance, harm"])}

## Errors of shares of variance

{runs} seeds a row: the stated standard error over the real spread between seeds (1 is right), and that spread.

{lines("shares", found["shares"], ["first order", "total", "spread, first order", "spread, total"])}

The price of honest errors is a larger spread for smooth outputs: eight independent parts meet them less well than one
long sequence.
"""


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--out", type=Path, default=Path("docs/validation/overlay.md"))
    options = parser.parse_args()
    with threadpool_limits(1):
        found = measured(options.runs)
    options.out.write_text(page(found, options.runs), encoding="utf-8")


if __name__ == "__main__":
    main()
