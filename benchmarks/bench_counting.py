"""Counting police.uk rows by ward, offence and month, beside pandas `read_csv` + geopandas `sjoin`.

    python benchmarks/bench_counting.py            2 million rows, both ways, ratio (target: 4 or more)
    python benchmarks/bench_counting.py --large    10 million rows, peak memory (target: below 1.5 GB)

The rows are made here: 60,000 map points, as police.uk snaps to, over 1,000 wards of 1 km with
boundaries of about 250 vertices.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import polars as pl
from shapely.geometry import box

from socharm.io.incidents.count import count_incidents
from socharm.io.incidents.reading import read_incidents

MILLION = 1_000_000
CATEGORIES = {
    "Anti-social behaviour": 0.30,
    "Violence and sexual offences": 0.25,
    "Criminal damage and arson": 0.10,
    "Other theft": 0.09,
    "Burglary": 0.07,
    "Vehicle crime": 0.07,
    "Shoplifting": 0.06,
    "Public order": 0.06,
}


def make_wards(columns: int = 40, rows: int = 25) -> gpd.GeoDataFrame:
    """Square wards with wiggly numbers of vertices, on the British National Grid."""
    shapes = [
        box(400_000 + 1000 * i, 400_000 + 1000 * j, 401_000 + 1000 * i, 401_000 + 1000 * j)
        for i in range(columns)
        for j in range(rows)
    ]
    index = pd.Index([f"E05{number:06d}" for number in range(len(shapes))], name="area_code")
    wards = gpd.GeoDataFrame(index=index, geometry=shapes, crs=27700)
    return wards.set_geometry(wards.segmentize(16))


def write_months(folder: Path, *, rows: int, months: int = 24, seed: int = 1) -> list[Path]:
    """Street files of `months` months with `rows` rows in all."""
    rng = np.random.default_rng(seed)
    points = gpd.GeoSeries(
        gpd.points_from_xy(rng.uniform(400_000, 440_000, 60_000), rng.uniform(400_000, 425_000, 60_000)), crs=27700
    ).to_crs(4326)
    longitude, latitude = points.x.to_numpy().round(6), points.y.to_numpy().round(6)
    streets = np.array([f"On or near Street Number {n}" for n in range(20_000)])
    paths = []
    for month in pd.period_range("2023-01", periods=months, freq="M").astype(str):
        n = rows // months
        at = rng.integers(0, 60_000, n)
        kind = rng.choice(list(CATEGORIES), n, p=list(CATEGORIES.values()))
        ids = _ids(rng, n)
        frame = pl.DataFrame(
            {
                "Crime ID": np.where(kind == "Anti-social behaviour", "", ids),
                "Month": [month] * n,
                "Reported by": ["Toy Police"] * n,
                "Falls within": ["Toy Police"] * n,
                "Longitude": longitude[at],
                "Latitude": latitude[at],
                "Location": streets[at % 20_000],
                "LSOA code": ["E01000001"] * n,
                "LSOA name": ["Toytown 001A"] * n,
                "Crime type": kind,
                "Last outcome category": ["Investigation complete; no suspect identified"] * n,
                "Context": [""] * n,
            }
        )
        path = folder / f"{month}-toy-street.csv"
        frame.write_csv(path)
        paths.append(path)
    return paths


def _ids(rng: np.random.Generator, n: int) -> np.ndarray:
    raw = rng.bytes(32 * n).hex()
    return np.array([raw[64 * i : 64 * i + 64] for i in range(n)])


def count_ours(folder: Path, wards: gpd.GeoDataFrame) -> pd.DataFrame:
    """socharm."""
    return count_incidents(read_incidents(folder), wards).table


def count_peer(paths: list[Path], wards: gpd.GeoDataFrame, *, columns: list[str] | None = None) -> pd.DataFrame:
    """pandas `read_csv`, then geopandas `sjoin`; without accounting, coverage or a look for copies."""
    rows = pd.concat([pd.read_csv(path, usecols=columns) for path in paths], ignore_index=True)
    points = gpd.GeoDataFrame(
        rows[["Month", "Crime type"]], geometry=gpd.points_from_xy(rows.Longitude, rows.Latitude), crs=4326
    )
    joined = points.to_crs(wards.crs).sjoin(wards[["geometry"]], predicate="within")
    return joined.groupby(["area_code", "Crime type", "Month"]).size().rename("n").reset_index()


def compare(rows: int) -> None:
    """Both ways in this process, on the same files."""
    wards = make_wards()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = write_months(folder, rows=rows)
        needed = ["Month", "Longitude", "Latitude", "Crime type"]
        ways = {
            "socharm": lambda: count_ours(folder, wards),
            "read_csv + sjoin": lambda: count_peer(paths, wards),
            "read_csv of 4 columns + sjoin": lambda: count_peer(paths, wards, columns=needed),
        }
        seconds = {}
        for label, call in ways.items():
            start = time.perf_counter()
            table = call()
            seconds[label] = time.perf_counter() - start
            ratio = seconds[label] / seconds["socharm"]
            print(f"{label:30s} {seconds[label]:7.2f} s {ratio:6.1f} times   {int(table['n'].sum()):,} rows counted")
        print("target: read_csv + sjoin takes at least 4 times as long")


def measure(folder: Path) -> None:
    """Peak memory of counting, for a fresh process."""
    start = time.perf_counter()
    table = count_ours(folder, make_wards())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 / 1024
    seconds = time.perf_counter() - start
    print(f"{int(table['n'].sum()):,} rows in {seconds:.1f} s, peak {peak:.2f} GB (target: below 1.5)")


def large(rows: int) -> None:
    """Files are made here, counted in a process of their own."""
    with tempfile.TemporaryDirectory() as name:
        write_months(Path(name), rows=rows)
        subprocess.run([sys.executable, __file__, "--measure", name], check=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--large", action="store_true", help="10 million rows, peak memory only")
    parser.add_argument("--rows", type=int, help="another number of rows")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        measure(given.measure)
    elif given.large:
        large(given.rows or 10 * MILLION)
    else:
        compare(given.rows or 2 * MILLION)
