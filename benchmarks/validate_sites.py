"""How often is each method wrong where a site was chosen for being worst? ``docs/validation/sites.md``.

Run ``SOCHARM_SHARED=... python benchmarks/validate_sites.py``; ``--out`` writes the tables.
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
from scipy import stats
from site_worlds import WORLDS, counts_of, invented, northumbria, town_of

import socharm as sh
from socharm.errors import SocharmError
from socharm.evaluation.ground import Ground, ground_of
from socharm.evaluation.site_growth import every_set

#: Areas that sites are chosen from, placebo sites, and what is planted.
WORST, PLACEBOS, FALL = 20, 199, 0.2
SIZES = (2, 3, 4)
#: Worlds that sites are redrawn in.
NEW = ("neighbours move together", "... with seasons of their own")
#: Methods that are tried in a third of the new worlds.
SLOW = ("synthetic control", "synthetic DiD", "calibration")
#: Ratio of observed to expected, p of both sides, p of a fall.
Found = tuple[float, float, float]
NONE: Found = (np.nan, np.nan, np.nan)


def by_normal(ratio: float, error: float) -> Found:
    z = np.log(ratio) / error
    return ratio, float(2 * stats.norm.sf(abs(z))), float(stats.norm.cdf(z))


def by_two_sided(ratio: float, p: float) -> Found:
    return ratio, p, p / 2 if ratio < 1 else 1 - p / 2


def by_rank(own: float, others: np.ndarray, ratio: float) -> Found:
    n = len(others) + 1
    return ratio, (1 + np.sum(np.abs(others) >= abs(own))) / n, (1 + np.sum(others <= own)) / n


class Try:
    """One site in one frame, by every method."""

    def __init__(self, frame: pd.DataFrame, graph: Any, site: list[str], start: str, seed: int) -> None:
        self.frame, self.graph, self.site, self.start, self.seed = frame, graph, site, start, seed
        self.at = list(frame.columns).index(start)
        self.early, self.late = frame.iloc[:, : self.at].sum(axis=1), frame.iloc[:, self.at :].sum(axis=1)
        self.call = {"treated": site, "start": start}
        self.sites = sh.evaluation.placebo_sites(graph, site=site, n=PLACEBOS, seed=seed)
        self.rest = frame.drop(index=[*site, *self.sites.findings.buffer])

    def naive(self) -> Found:
        before, after = self.early[self.site].sum(), self.late[self.site].sum()
        months = self.frame.shape[1] - self.at
        return by_normal(
            (after + 0.5) / (before + 0.5) * self.at / months, np.sqrt(1 / (before + 0.5) + 1 / (after + 0.5))
        )

    def single_wards(self) -> Found:
        others = self.rest[self.early[self.rest.index] > 0].index
        trend = self.late[self.rest.index].sum() / self.early[self.rest.index].sum()

        def departure(before: Any, after: Any) -> Any:
            return np.log((after + 0.5) / (before * trend + 0.5))

        own = departure(self.early[self.site].sum(), self.late[self.site].sum())
        return by_rank(own, departure(self.early[others], self.late[others]).to_numpy(), float(np.exp(own)))

    def differences(self) -> dict[str, Found]:
        made = sh.evaluation.difference_in_differences(self.frame, **self.call, permutations=199, seed=self.seed)
        rows = {
            "unmatched DiD, clustered errors": "clustered by area",
            "DiD, randomisation": "randomisation over areas",
        }
        return {name: by_two_sided(*map(float, made.table.loc[row, ["ratio", "p"]])) for name, row in rows.items()}

    def displacement(self) -> dict[str, Found]:
        sizes = (
            self.sites.members.assign(n=self.early[self.sites.members["area_code"]].to_numpy())
            .groupby("site")["n"]
            .sum()
        )
        like = (np.log(sizes + 1) - np.log(self.early[self.site].sum() + 1)).abs().idxmin()
        control = self.sites.members.loc[self.sites.members["site"] == like, "area_code"]
        pairs = [(self.early[codes].sum(), self.late[codes].sum()) for codes in (self.site, list(control))]
        months = self.frame.shape[1] - self.at
        found = {}
        for name, monthly in (("Poisson", None), ("over-dispersed", self.rest.iloc[:, : self.at])):
            made = sh.evaluation.weighted_displacement_difference(
                *pairs, time_weights=(self.at, months), monthly=monthly
            ).table.loc["local"]
            z = made["estimate"] / made["se"]
            ratio = made["ratio"]
            found[f"displacement difference, {name}"] = (
                ratio, float(2 * stats.norm.sf(abs(z))), float(stats.norm.cdf(z)),
            )  # fmt: skip
        return found

    def synthetic(self) -> dict[str, Found]:
        one = sh.evaluation.synthetic_control(self.rest_and_site(), **self.call, placebos=99)
        return {"synthetic control": by_two_sided(1 + one.findings.change, one.findings.p)}

    def parallel(self) -> dict[str, Found]:
        one = sh.evaluation.synthetic_did(self.rest_and_site(), **self.call, replications=50, seed=self.seed).findings
        z = one.effect / one.standard_error
        return {"synthetic DiD": (1 + one.change, float(2 * stats.norm.sf(abs(z))), float(stats.norm.cdf(z)))}

    def calibrated(self) -> dict[str, Found]:
        row = sh.evaluation.calibrated_control(
            self.rest_and_site(), **self.call, replications=39, seed=self.seed
        ).table.iloc[0]
        return {"calibration": by_two_sided(1 + float(row["change"]), float(row["p"]))}

    def rest_and_site(self) -> pd.DataFrame:
        return pd.concat([self.frame.loc[self.site], self.rest])

    def placebo(self, sites: Any) -> Found:
        made = sh.evaluation.placebo_test(self.frame, sites, start=self.start, in_time=0)
        return by_rank(made.findings.departure, made.table["departure"].to_numpy(), 1 + made.findings.change)

    def as_bad(self) -> Found:
        sites = sh.evaluation.placebo_sites(
            self.graph, site=self.site, sizes=self.early, n=PLACEBOS, seed=self.seed, too_few="give all"
        )
        return self.placebo(sites) if len(sites.table) >= 19 else NONE

    def guarded(self) -> Found:
        made = sh.evaluation.guarded_test(self.frame, self.sites, self.graph, start=self.start)
        return by_rank(made.findings.departure, made.table["departure"].to_numpy(), 1 + made.findings.change)

    def every(self, *, slow: bool, only: str = "") -> dict[str, Found]:
        """By method; missing where it refuses. Three of them take most of the time, and are left out unless `slow`."""
        single: dict[str, Callable[[], Found]] = {
            "naive before and after": self.naive, "placebo of single wards": self.single_wards,
            "placebo sites": lambda: self.placebo(self.sites), "placebo sites as bad before": self.as_bad,
            "placebo sites with the guard": self.guarded,
        }  # fmt: skip
        several: dict[str, Callable[[], dict[str, Found]]] = {
            "unmatched DiD, clustered errors": self.differences, "displacement difference, Poisson": self.displacement,
            "synthetic control": self.synthetic, "synthetic DiD": self.parallel, "calibration": self.calibrated,
        }  # fmt: skip
        found: dict[str, Found] = {}
        for name, method in several.items():
            if only or (name in SLOW and not slow):
                continue
            try:
                found |= method()
            except SocharmError:
                found[name] = NONE
        for name, alone in single.items():
            if only not in ("", name):
                continue
            try:
                found[name] = alone()
            except SocharmError:
                found[name] = NONE
        return found


ORDER = (
    "naive before and after", "placebo of single wards", "unmatched DiD, clustered errors", "DiD, randomisation",
    "displacement difference, Poisson", "displacement difference, over-dispersed", "synthetic control", "synthetic DiD",
    "calibration", "placebo sites", "placebo sites as bad before", "placebo sites with the guard",
)  # fmt: skip


def both(
    frame: pd.DataFrame, graph: Any, site: list[str], start: str, seed: int, *, slow: bool = True, only: str = ""
) -> list[dict[str, Found]]:
    """With nothing done, and with the fall planted."""
    at, rng = list(frame.columns).index(start), np.random.default_rng(seed)
    fallen = frame.copy()
    fallen.loc[site, frame.columns[at:]] = rng.binomial(frame.loc[site].iloc[:, at:].to_numpy(dtype=int), 1 - FALL)
    return [Try(one, graph, site, start, seed).every(slow=slow, only=only) for one in (frame, fallen)]


def sites_of(early: pd.Series, ground: Ground) -> list[list[str]]:
    """Contiguous sets of two to four of the worst areas."""
    place = {code: row for row, code in enumerate(ground.codes)}
    worst = [place[code] for code in early.nlargest(WORST).index]
    near = ground.only(worst)
    return [
        [ground.codes[worst[row]] for row in rows] for size in SIZES for rows in every_set(near, size, 10**6) if rows
    ]


def windows(months: int) -> Iterator[tuple[int, int, int]]:
    """First month, months before, months after."""
    for before in (6, 7):
        for first in range(months - before - 5):
            yield first, before, 6


def on_northumbria(
    shared: Path, tries: int, only: str = ""
) -> tuple[list[list[dict[str, Found]]], list[int], int, int]:
    """Sites drawn again and again: what was found, the try of each draw, distinct sites, and sets of areas."""
    wide, graph = northumbria(shared)
    ground = ground_of(graph)
    possible = [
        (wide.iloc[:, first : first + before + after], site, before)
        for first, before, after in windows(wide.shape[1])
        for site in sites_of(wide.iloc[:, first : first + before].sum(axis=1), ground)
    ]
    rng = np.random.default_rng(1)
    drawn = rng.integers(len(possible), size=tries)
    found = {}
    for at in sorted(set(drawn.tolist())):
        frame, site, before = possible[at]
        found[at] = both(frame, graph, site, frame.columns[before], at, only=only)
    part = _parts([possible[at][1] for at in drawn])
    sets = {tuple(sorted(possible[at][1])) for at in found}
    return [found[at] for at in drawn], part, len(found), len(sets)


def _parts(sites: list[list[str]]) -> list[int]:
    """A number for each part of the map: sites that share an area, or share one with others that do, move together."""
    part: dict[str, int] = {}
    for number, site in enumerate(sites):
        joined = {part[code] for code in site if code in part}
        part |= {code: number for code, own in part.items() if own in joined} | dict.fromkeys(site, number)
    return [part[site[0]] for site in sites]


def new_sites(town: Any, world: str, tries: int, seed: int) -> Iterator[tuple[pd.DataFrame, list[str], int]]:
    """A new world for each site: 36 months before and 12 after, and a number."""
    made = 0
    for number in range(10 * tries):
        rng = np.random.default_rng([seed, number])
        frame = pd.DataFrame(counts_of(town, rng, 48, **WORLDS[world]), index=list(town.ground.codes))
        frame.columns = pd.period_range("2021-01", periods=48, freq="M").astype("str")
        if sites := sites_of(frame.iloc[:, :36].sum(axis=1), town.ground):
            yield frame, sites[int(rng.integers(len(sites)))], number
            made += 1
        if made == tries:
            return


def on_worlds(town: Any, world: str, tries: int, seed: int, only: str = "") -> list[list[dict[str, Found]]]:
    """By every method, the slow ones in a third of the worlds."""
    return [
        both(frame, town.graph, site, frame.columns[36], number, slow=at % 3 == 0, only=only)
        for at, (frame, site, number) in enumerate(new_sites(town, world, tries, seed))
    ]


def quick_on_worlds(town: Any, world: str, tries: int, seed: int) -> list[list[dict[str, Found]]]:
    """Three methods that take little time, in more new worlds with nothing done."""
    found = []
    for frame, site, number in new_sites(town, world, tries, seed):
        one = Try(frame, town.graph, site, frame.columns[36], number)
        found.append([{QUICK[0]: one.naive(), QUICK[1]: one.placebo(one.sites), QUICK[2]: one.guarded()}])
    return found


def quick_rows(place: str, world: str, found: list[list[dict[str, Found]]]) -> Iterator[list[str]]:
    for name in QUICK:
        p = np.array([one[0][name] for one in found])
        two, one_sided = p[:, 1] <= 0.05, p[:, 2] <= 0.05
        odd = "" if 0.03 <= two.mean() <= 0.07 else " (out)"
        shares = (f"{two.mean():.1%} ± {2 * _error(two, None):.1%}{odd}", f"{one_sided.mean():.1%}")
        yield [f"{place}: {world.removeprefix('... ')}", name, *shares]


def rows_of(found: list[list[dict[str, Found]]], groups: list[int] | None) -> list[list[str]]:
    """A row for each method."""
    rows = []
    for name in (name for name in ORDER if any(name in one[0] for one in found)):
        tried = np.array([name in one[0] for one in found])
        nothing, fall = (np.array([one[side][name] for one in found if name in one[0]]) for side in (0, 1))
        made = ~np.isnan(nothing[:, 1])
        if made.mean() < 0.1:
            rows.append([name, *["refuses"] * 5, f"{1 - made.mean():.0%}"])
            continue
        kept = None if groups is None else np.array(groups)[tried][made]
        two, one = nothing[made, 1] <= 0.05, nothing[made, 2] <= 0.05
        error = _error(two, kept)
        odd = "" if 0.03 <= two.mean() <= 0.07 else " (out)"
        power, less = (np.nanmean((fall[made, column] <= 0.05) & (fall[made, 0] < 1)) for column in (1, 2))
        bias = np.exp(np.nanmedian(np.log(fall[made, 0]))) / (1 - FALL) - 1
        rows.append(
            [
                name, f"{two.mean():.1%} ± {2 * error:.1%}{odd}", f"{one.mean():.1%} ± {2 * _error(one, kept):.1%}",
                f"{power:.0%}", f"{less:.0%}", f"{bias:+.1%}", f"{1 - made.mean():.0%}",
            ]
        )  # fmt: skip
    return rows


def _error(hit: np.ndarray, groups: np.ndarray | None) -> float:
    """Standard error of a share: of independent tries, or of groups of tries that go together."""
    if groups is None:
        return float(np.sqrt(max(hit.mean() * (1 - hit.mean()), 0.0475) / len(hit)))
    sums = pd.Series(hit - hit.mean()).groupby(groups).sum()
    return float(np.sqrt(np.sum(sums**2) * len(sums) / max(len(sums) - 1, 1)) / len(hit))


QUICK = ("naive before and after", "placebo sites", "placebo sites with the guard")
HEAD = ["method", "false at 5%", "false falls at 5%", "power, two-sided", "power, falls", "bias at -20%", "refused"]


def table(rows: list[list[str]]) -> list[str]:
    return ["| " + " | ".join(row) + " |" for row in (HEAD, ["---"] * len(HEAD), *rows)]


def speed(shared: Path) -> list[str]:
    """Processor time of a site with 400 placebo sites."""
    wide, graph = northumbria(shared)
    site = sites_of(wide.iloc[:, :7].sum(axis=1), ground_of(graph))[0]
    lines = []
    for estimator in ("scaled donors", "synthetic control", "synthetic did", "calibration"):
        began = time.process_time()
        sites = sh.evaluation.placebo_sites(graph, site=site, n=400, seed=1)
        sh.evaluation.placebo_test(wide, sites, start=wide.columns[7], estimator=estimator)
        lines.append(f"| {estimator} | {time.process_time() - began:.1f} s |")
    began = time.process_time()
    sites = sh.evaluation.placebo_sites(graph, site=site, n=400, seed=1)
    sh.evaluation.guarded_test(wide, sites, graph, start=wide.columns[7])
    lines.append(f"| with the guard | {time.process_time() - began:.1f} s |")
    return ["| estimator | processor time |", "| --- | --- |", *lines]


def both_towns(shared: Path) -> dict[str, Any]:
    """Northumbria's wards and a square of areas."""
    wide, graph = northumbria(shared)
    level, square = invented()
    real = town_of(graph, wide.loc[list(ground_of(graph).codes)].mean(axis=1).to_numpy())
    return {"Northumbria's wards": real, "a square of areas": town_of(square, level)}


def _more(towns: dict[str, Any], tries: int) -> list[str]:
    head = ["worlds", "method", "false at 5%", "false falls at 5%"]
    rows = [
        row
        for place, town in towns.items()
        for world in NEW
        for row in quick_rows(place, world, quick_on_worlds(town, world, tries, 9))
    ]
    return ["| " + " | ".join(row) + " |" for row in (head, ["---"] * 4, *rows)]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tries", type=int, default=1_000)
    parser.add_argument("--worlds", type=int, default=36)
    parser.add_argument("--more", type=int, default=150, help="worlds in which three quick methods are tried")
    parser.add_argument("--only", default="", help="one method by its name; no worlds of the quick ones, no times")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    began, shared = time.process_time(), Path(os.environ["SOCHARM_SHARED"])
    towns = both_towns(shared)
    lines: list[str] = []
    every: list[list[dict[str, Found]]] = []
    for place, town in towns.items():
        for world in NEW:
            made = on_worlds(town, world, given.worlds, 5, given.only)
            every += made
            rows = rows_of(made, None)
            lines += ["", f"### {place}: {world.removeprefix('... ')}", "", *table(rows)]
            print("\n".join(lines[-len(rows) - 4 :]), f"{time.process_time() - began:.0f} s", flush=True)
    lines = ["", "### All of these together", "", *table(rows_of(every, None)), *lines]
    found, groups, distinct, sets = on_northumbria(shared, given.tries, given.only)
    told = (
        f"{given.tries:,} draws, of which {distinct:,} are distinct (site, months before and after), of {sets} sets of "
        f"wards in {len(set(groups))} places; errors take sites of one place as one."
    )
    lines = ["## Northumbria, as recorded", "", told, "", *table(rows_of(found, groups)), "", "## New worlds", *lines]
    if not given.only:
        lines += ["", "## Three quick methods in more worlds", "", *_more(towns, given.more)]
        lines += ["", "## Time", "", *speed(shared)]
    print("\n".join(lines), f"{time.process_time() - began:.0f} s of processor time")
    if given.out:
        given.out.write_text("\n".join([*lines, ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
