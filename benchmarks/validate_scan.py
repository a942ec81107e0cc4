"""How often does a scan find a cluster where there is none, and how often the one that is there?

Run: python benchmarks/validate_scan.py [--maps 200] [--out docs/validation/scan.md]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.spatial.distance import cdist

from socharm.hotspots import ScanClusters, scan_clusters, scan_space_time
from socharm.stats.proportions import exact_interval

AREAS, EVENTS, MONTHS = 150, 4_500, 12
ALPHA = 0.05
#: Weights of events, from common assaults to homicides, and how often each is.
WEIGHTS, OFTEN = np.array([5.0, 40.0, 300.0, 2_000.0, 7_000.0]), np.array([0.6, 0.3, 0.08, 0.018, 0.002])
#: Standard deviation of the log of the risk, and the distance at which correlation falls to a third.
SPREAD, RANGE = 0.2, 4_000.0
USUAL: dict[str, Any] = {"distance": "planar", "max_population": 0.1, "replications": 199}


class Town:
    """150 areas with residents, on 20 by 20 kilometres."""

    def __init__(self) -> None:
        rng = np.random.default_rng(1)
        self.people = rng.integers(4_000, 18_000, AREAS)
        self.xy = rng.uniform(0, 20_000, (AREAS, 2))
        self.table = pd.DataFrame(
            {"id": range(AREAS), "x": self.xy[:, 0], "y": self.xy[:, 1], "population": self.people}
        )
        near = np.exp(-cdist(self.xy, self.xy) / RANGE)
        self.root = np.linalg.cholesky(near + 1e-9 * np.eye(AREAS))

    def risk(self, kind: str, rng: np.random.Generator, months: int = 1) -> np.ndarray:
        """Risk of areas, by month: one, or differing by themselves, or together with their neighbours."""
        noise = rng.standard_normal((AREAS, months))
        return {
            "one": lambda: np.ones((AREAS, months)),
            "own": lambda: np.exp(SPREAD * noise),
            "together": lambda: np.exp(SPREAD * self.root @ noise),
        }[kind]()


TOWN = Town()


def rows_of(risk: np.ndarray, events: int, rng: np.random.Generator) -> pd.DataFrame:
    """Events by area and month, each with a weight."""
    share = (risk / risk.sum()).ravel()
    at = rng.choice(share.size, events, p=share)
    return pd.DataFrame(
        {"id": at // risk.shape[1], "date": at % risk.shape[1], "weight": rng.choice(WEIGHTS, events, p=OFTEN)}
    )


def map_of(kind: str, rng: np.random.Generator, hot: float = 1.0) -> pd.DataFrame:
    """Events of one map; five areas round the first have `hot` times the risk."""
    risk = TOWN.risk(kind, rng) * TOWN.people[:, None]
    risk[planted()] *= hot
    return rows_of(risk, EVENTS, rng)


def year_of(kind: str, rng: np.random.Generator, hot: float = 1.0) -> pd.DataFrame:
    """Events of twelve months: levels of areas and a season differ always, and area by month as `kind` says."""
    level = TOWN.people * np.exp(0.4 * TOWN.root @ rng.standard_normal(AREAS))
    season = 1 + 0.3 * np.sin(2 * np.pi * np.arange(MONTHS) / 12)
    risk = level[:, None] * season * TOWN.risk(kind, rng, MONTHS)
    risk[np.ix_(planted(), [MONTHS - 2, MONTHS - 1])] *= hot
    return rows_of(risk, EVENTS, rng)


def planted() -> np.ndarray:
    """The first area and the four nearest to it."""
    return np.argsort(((TOWN.xy - TOWN.xy[0]) ** 2).sum(axis=1))[:5]


def scan_map(rows: pd.DataFrame, seed: int, **choices: Any) -> ScanClusters:
    """A scan of one map."""
    return scan_clusters(TOWN.table, rows[["id", "weight"]], seed=seed, threads=1, **USUAL, **choices)


def scan_year(rows: pd.DataFrame, seed: int, **choices: Any) -> ScanClusters:
    """A prospective scan of one year."""
    columns = {"model": "permutation", **choices}
    return scan_space_time(
        TOWN.table, rows, analysis="prospective", max_periods=6, seed=seed, threads=1, **USUAL, **columns
    )


def smallest_p(found: ScanClusters) -> float:
    """p of the most likely cluster; 1 where there is none."""
    return float(found.clusters["p"].iloc[0]) if len(found.clusters) else 1.0


Scan = Callable[[pd.DataFrame, int], ScanClusters]

#: What is looked for, how maps come to be, and what is done.
MAPS: dict[str, Scan] = {
    "events": lambda rows, seed: scan_map(rows, seed),
    "ellipses": lambda rows, seed: scan_map(rows, seed, shape="ellipse", elongations=(2.0, 4.0)),
    "harm": lambda rows, seed: scan_map(rows, seed, by="harm"),
    "overdispersion stated (0.04)": lambda rows, seed: scan_map(rows, seed, overdispersion=0.04),
    "overdispersion estimated": lambda rows, seed: scan_map(rows, seed, overdispersion="estimate"),
}
YEARS: dict[str, Scan] = {
    "permutation": lambda rows, seed: scan_year(rows, seed),
    "permutation, harm": lambda rows, seed: scan_year(rows, seed, by="harm"),
    "Poisson, adjusted for time": lambda rows, seed: scan_year(rows, seed, model="poisson", adjust="time"),
}
WORLDS = {
    "one": "one risk in all areas",
    "own": "areas differ by themselves, by 20%",
    "together": "neighbours differ together, by 20%",
}
YEAR_WORLDS = {
    "one": "levels and a season, months by chance alone",
    "own": "each area's months differ by themselves, by 20%",
    "together": "neighbours' months differ together, by 20%",
}


def false_finds(
    make: Callable[[str, np.random.Generator], pd.DataFrame], worlds: dict[str, str], scans: dict[str, Scan], maps: int
) -> list[list[str]]:
    """Share of maps with a cluster, by world and scan."""
    rows = []
    for kind, words in worlds.items():
        counts = dict.fromkeys(scans, 0)
        for number in range(maps):
            data = make(kind, np.random.default_rng([7, number]))
            for name, scan in scans.items():
                counts[name] += smallest_p(scan(data, number)) <= ALPHA
        for name, count in counts.items():
            low, high = exact_interval(count, maps)
            rows.append([words, name, f"{count / maps:.3f}", f"{low:.3f} to {high:.3f}"])
    return rows


def finds(
    make: Callable[[str, np.random.Generator, float], pd.DataFrame], scan: Scan, maps: int, sizes: tuple[float, ...]
) -> list[list[str]]:
    """How often a planted cluster is found, and how much of it."""
    rows, wanted = [], set(planted().tolist())
    for hot in sizes:
        sure, held, beside = 0, 0.0, 0.0
        for number in range(maps):
            found = scan(make("one", np.random.default_rng([8, number]), hot), number)
            if smallest_p(found) <= ALPHA:
                members = set(found.clusters["members"].iloc[0])
                sure += 1
                held += len(members & wanted) / len(wanted)
                beside += len(members - wanted)
        each = [f"{held / sure:.2f}", f"{beside / sure:.1f}"] if sure else ["-", "-"]
        rows.append([f"{hot:g}", f"{sure / maps:.2f}", *each])
    return rows


def table(head: list[str], rows: list[list[str]]) -> list[str]:
    """Lines of a table."""
    return ["| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *rows)]


def page(maps: int) -> str:
    """The whole page."""
    few = max(20, maps // 4)
    head = ["world", "scan", "maps with a cluster at 5%", "95% interval"]
    found = ["times the risk", "found at 5%", "share of the five areas in it", "areas beside them in it"]
    return "\n".join(
        [
            "# Whether a scan finds clusters where there are none",
            "",
            f"Made by `python benchmarks/validate_scan.py --maps {maps}`.",
            "",
            f"{AREAS} areas of 4,000 to 18,000 residents on 20 by 20 km, {EVENTS:,} events, circles to 10% of what is "
            "expected, 199 replications. Harm: events weigh 5 to 7,000 days, one in 500 of them 7,000.",
            "",
            "## One map",
            "",
            "No place is hot in any of these worlds but by ordinary differences between areas.",
            "",
            *table(head, false_finds(map_of, WORLDS, MAPS, maps)),
            "",
            "The null hypothesis of the Poisson scan is one risk in all areas. **Where areas differ it finds too "
            "much**, and differences that neighbours share are clusters to it. The variance of single areas, stated or "
            "estimated, stands for areas that differ by themselves, and not for differences that neighbours share.",
            "",
            "## Twelve months, prospective",
            "",
            "Levels of areas differ by 40% (neighbours together) and the whole map has a season, in every world.",
            "",
            *table(head, false_finds(year_of, YEAR_WORLDS, YEARS, maps)),
            "",
            "The permutation scan is not disturbed by levels and seasons, which the Poisson scan finds. What it finds "
            "are areas, or neighbours together, with more than usual for what they are: whether that is the series of "
            "one offender or an ordinary bad month, it does not know.",
            "",
            "## Where five neighbouring areas are hot",
            "",
            f"{few} maps a row, where there is only chance beside.",
            "",
            "One map, by events:",
            "",
            *table(found, finds(map_of, MAPS["events"], few, (1.25, 1.5, 2.0))),
            "",
            "The last two of twelve months, permutation:",
            "",
            *table(found, finds(year_of, YEARS["permutation"], few, (1.5, 2.0, 3.0))),
            "",
        ]
    )


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--maps", type=int, default=200)
    parser.add_argument("--out", type=Path, default=Path("docs/validation/scan.md"))
    stated = parser.parse_args()
    start = time.perf_counter()
    stated.out.write_text(page(stated.maps), encoding="utf-8")
    print(f"{stated.out} in {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
