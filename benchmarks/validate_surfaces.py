"""How often does a test of a surface's peaks find one where there is none, and how often the one that is there?

Run: python benchmarks/validate_surfaces.py [--maps 200] [--out docs/validation/surfaces.md]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy import fft

from socharm.hotspots import SurfacePeaks, surface_peaks
from socharm.stats.proportions import exact_interval

SIDE, CELL, EVENTS = 10_000.0, 100.0, 1_500
ALPHA, REPLICATIONS = 0.05, 99
#: Weights of events, from common assaults to homicides, and how often each is.
WEIGHTS, OFTEN = np.array([5.0, 40.0, 300.0, 2_000.0, 7_000.0]), np.array([0.6, 0.3, 0.08, 0.018, 0.002])
#: Standard deviation of the log of the risk, and metres at which its correlation has fallen to 0.6.
SPREAD, RANGE = 0.2, 1_500.0
HOT = (3_000.0, 6_500.0, 400.0)


def field(rng: np.random.Generator, spread: float) -> np.ndarray:
    """Log-Gaussian risk on the cells, smooth over `RANGE`."""
    n = int(SIDE / CELL)
    waves = 2 * np.pi * fft.fftfreq(2 * n, CELL)
    damp = np.exp(-0.25 * RANGE**2 * (waves[:, None] ** 2 + waves[None, :] ** 2))
    noise = fft.ifft2(fft.fft2(rng.standard_normal((2 * n, 2 * n))) * damp).real[:n, :n]
    return np.exp(spread * noise / np.sqrt((damp**2).mean()))


class Town:
    """Sixteen areas of residents, densest in one corner, on 10 by 10 kilometres."""

    def __init__(self) -> None:
        side = SIDE / 4
        corners = [(side * x, side * y) for y in range(4) for x in range(4)]
        people = [20_000 / (1 + x / side + y / side) for x, y in corners]
        shapes = [shapely.box(x, y, x + side, y + side) for x, y in corners]
        self.areas = gpd.GeoDataFrame({"population": people}, geometry=shapes, crs="EPSG:27700")
        self.areas.index = pd.Index([f"A{n:02d}" for n in range(16)], name="area_code")
        blocks = np.reshape(people, (4, 4))
        self.people = np.kron(blocks, np.ones((25, 25)))


TOWN = Town()


def events_of(risk: np.ndarray, rng: np.random.Generator, *, repeats: float = 0.0, hot: float = 1.0) -> pd.DataFrame:
    """Events by residents and risk, each with a weight; with repeats, a place draws others to itself."""
    n = risk.shape[0]
    centre = (np.arange(n) + 0.5) * CELL
    near = np.hypot(centre[None, :] - HOT[0], centre[:, None] - HOT[1]) < HOT[2]
    share = (TOWN.people * risk * np.where(near, hot, 1.0)).ravel()
    places = int(EVENTS / (1 + repeats))
    at = rng.choice(share.size, places, p=share / share.sum())
    xy = np.column_stack([at % n, at // n]) * CELL + rng.uniform(0, CELL, (places, 2))
    times = 1 + (rng.geometric(1 / (1 + repeats), places) - 1 if repeats else 0)
    rows = np.repeat(np.arange(places), times)
    table = pd.DataFrame(xy[rows], columns=["x", "y"])
    return table.assign(weight=1.0, harm=rng.choice(WEIGHTS, len(table), p=OFTEN))


def by_harm(events: pd.DataFrame) -> pd.DataFrame:
    """The same events by their harm."""
    return events.assign(weight=events["harm"])


EVEN = np.ones((int(SIDE / CELL), int(SIDE / CELL)))
World = Callable[[np.random.Generator], tuple[pd.DataFrame, Any]]

AGAINST_RESIDENTS: dict[str, World] = {
    "one risk": lambda rng: (events_of(EVEN, rng), TOWN.areas),
    "one risk, places repeat (3 events each on average)": lambda rng: (events_of(EVEN, rng, repeats=2.0), TOWN.areas),
    "risk differs by 20%, smoothly": lambda rng: (events_of(field(rng, SPREAD), rng), TOWN.areas),
    "risk differs by 50%, smoothly": lambda rng: (events_of(field(rng, 0.5), rng), TOWN.areas),
}


def _years(rng: np.random.Generator, *, own: float, repeats: float = 0.0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two years of one lasting pattern; each may differ from it by a field of its own."""
    lasting = field(rng, 0.7)
    now, before = (lasting * (field(rng, own) if own else 1.0) for _ in range(2))
    return events_of(now, rng, repeats=repeats), events_of(before, rng, repeats=repeats)


AGAINST_BEFORE: dict[str, World] = {
    "one lasting pattern": lambda rng: _years(rng, own=0.0),
    "one lasting pattern, places repeat": lambda rng: _years(rng, own=0.0, repeats=2.0),
    "neighbours' years differ together, by 20%": lambda rng: _years(rng, own=SPREAD),
}
TESTS: dict[str, dict[str, Any]] = {
    "default": {"harm": False},
    "default, by harm, bandwidth 2.5 km": {"harm": True, "bandwidth": 2_500.0},
    "against chance": {"harm": False, "beyond": "chance"},
    "against chance, events alone": {"harm": False, "beyond": "chance", "together": "event"},
}


def tested(points: pd.DataFrame, base: Any, seed: int, *, harm: bool, **choices: Any) -> SurfacePeaks:
    """One test of one world."""
    if harm:
        points = by_harm(points)
        base = base if isinstance(base, gpd.GeoDataFrame) else by_harm(base)
    usual: dict[str, Any] = {
        "bandwidth": 1_000.0,
        "cell_size": 200.0,
        "replications": REPLICATIONS,
        "seed": seed,
        **choices,
    }
    return surface_peaks(points, base, mask=TOWN.areas, **usual)


def false_finds(worlds: dict[str, World], maps: int) -> list[list[str]]:
    """Share of maps with a peak, by world and test."""
    rows = []
    for words, make in worlds.items():
        counts = dict.fromkeys(TESTS, 0)
        for number in range(maps):
            points, base = make(np.random.default_rng([11, number]))
            for name, choices in TESTS.items():
                counts[name] += len(tested(points, base, number, **choices).table) > 0
        for name, count in counts.items():
            low, high = exact_interval(count, maps)
            rows.append([words, name, f"{count / maps:.3f}", f"{low:.3f} to {high:.3f}"])
    return rows


def finds(maps: int) -> list[list[str]]:
    """How often one planted peak is found, and how far from its middle."""
    rows = []
    for base in ("residents", "the year before"):
        for hot in (2.0, 3.0, 5.0):
            sure, away = 0, 0.0
            for number in range(maps):
                rng = np.random.default_rng([12, number])
                points = events_of(EVEN, rng, hot=hot)
                found = tested(
                    points, TOWN.areas if base == "residents" else events_of(EVEN, rng), number, harm=False
                ).table
                if len(found):
                    sure += 1
                    away += float(np.hypot(found["x"].iloc[0] - HOT[0], found["y"].iloc[0] - HOT[1]))
            rows.append([base, f"{hot:g}", f"{sure / maps:.2f}", f"{away / sure:,.0f} m" if sure else "-"])
    return rows


def table(head: list[str], rows: list[list[str]]) -> list[str]:
    """Lines of a table."""
    return ["| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *rows)]


def page(maps: int) -> str:
    """The whole page."""
    head = ["world", "test", "maps with a peak at 5%", "95% interval"]
    return "\n".join(
        [
            "# Whether a surface has peaks where there are none",
            "",
            f"Made by `python benchmarks/validate_surfaces.py --maps {maps}`.",
            "",
            f"Sixteen areas of 2,900 to 20,000 residents on 10 by 10 km, {EVENTS:,} events, bandwidth 1 km, cells of "
            f"200 m, {REPLICATIONS} replications. Harm: events weigh 5 to 7,000 days, one in 500 of them 7,000. No "
            'world has a peak but by the differences that it states. *Default* is `beyond="map"`, `together="place"`.',
            "",
            "## Against residents",
            "",
            *table(head, false_finds(AGAINST_RESIDENTS, maps)),
            "",
            "## Against the year before",
            "",
            *table(head, false_finds(AGAINST_BEFORE, maps)),
            "",
            '"Against chance" asks whether there is anything but chance. Where risk differs smoothly there is, and it '
            "says so: such a finding is no name for a place. Events alone are wrong where places repeat. The default "
            "takes how much the whole map departs from its base for granted.",
            "",
            "## Where there is a peak",
            "",
            f"Risk is so many times higher within {HOT[2]:,.0f} m of one place; {max(20, maps // 4)} maps a row, the "
            "default test.",
            "",
            *table(
                ["base", "times the risk", "found at 5%", "mean distance of the first peak"], finds(max(20, maps // 4))
            ),
            "",
        ]
    )


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--maps", type=int, default=200)
    parser.add_argument("--out", type=Path, default=Path("docs/validation/surfaces.md"))
    stated = parser.parse_args()
    start = time.perf_counter()
    stated.out.write_text(page(stated.maps), encoding="utf-8")
    print(f"{stated.out} in {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
