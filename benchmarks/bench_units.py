"""Time of grids and of nearest segments over their number: ``python benchmarks/bench_units.py WARDS.gpkg CODE``."""

from __future__ import annotations

import sys
import time

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry import LineString

import socharm as sh
from socharm.io import grid, segments
from socharm.io.first_area import first_areas


def exponent(numbers: list[int], seconds: list[float]) -> float:
    """Slope of the logarithm of time over that of the number."""
    return float(np.polyfit(np.log(numbers), np.log(seconds), 1)[0])


def main() -> None:
    wards = sh.read_boundaries(sys.argv[1], code=sys.argv[2])
    numbers, seconds = [], []
    for size in (4_000, 2_000, 1_000, 500):
        start = time.perf_counter()
        numbers.append(len(grid(wards, size)))
        seconds.append(time.perf_counter() - start)
        print(f"squares of {size:,} m: {numbers[-1]:,} in {seconds[-1]:.2f} s")
    print(f"exponent {exponent(numbers, seconds):.2f}")
    rng, numbers, made, found = np.random.default_rng(1), [], [], []
    for n in (1_000, 4_000, 16_000):
        width = 100.0 * n**0.5
        x, y, turn = rng.uniform(0, width, n), rng.uniform(0, width, n), rng.uniform(0, np.pi, n)
        ends = np.stack([np.cos(turn), np.sin(turn)], axis=1) * 40
        lines = [LineString([(400_000 + a - e, 300_000 + b - f), (400_000 + a + e, 300_000 + b + f)])
                 for a, b, (e, f) in zip(x, y, ends, strict=True)]  # fmt: skip
        start = time.perf_counter()
        streets = segments(gpd.GeoDataFrame(geometry=lines, crs="EPSG:27700"))
        made.append(time.perf_counter() - start)
        points = shapely.points(400_000 + rng.uniform(0, width, n), 300_000 + rng.uniform(0, width, n))
        start = time.perf_counter()
        first_areas(points, streets)
        found.append(time.perf_counter() - start)
        numbers.append(n)
        print(f"{n:,} segments: made in {made[-1]:.2f} s, {n:,} points placed in {found[-1]:.3f} s")
    print(f"exponents {exponent(numbers, made):.2f} and {exponent(numbers, found):.2f}")


if __name__ == "__main__":
    main()
