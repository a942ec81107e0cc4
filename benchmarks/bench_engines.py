"""Counting street rows by ward, month and offence on polars, DuckDB, Dask and Spark: time and memory as rows grow.

    python benchmarks/bench_engines.py                              # small: 100,000 rows on what is installed
    python benchmarks/bench_engines.py --rows 3000000 30000000      # as on the page on sizing

Rows are drawn with replacement from one real month of England and Wales (SOCHARM_SHARED), or from the sample, once for
each month of the result: places recur as the publisher's map points do, each row has an id of its own. They are written
as a folder of parquet, a file for each month. Each engine counts them in a process of its own; memory is the largest
resident size of that process ("driver") and, where there are others below it, of the largest of them ("worker").
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import polars as pl
import psutil

import socharm as sh

ENGINES = {"polars": "polars", "duckdb": "duckdb", "dask": "distributed", "spark": "pyspark"}
#: Rows of one month of England and Wales, about.
MONTH = 500_000
COLUMNS = ["Month", "Longitude", "Latitude", "Location", "Crime type"]
MEMORY = {"dask": "4GiB", "spark": "8g"}


def month_and_areas() -> tuple[pl.DataFrame, gpd.GeoDataFrame]:
    """One month of rows and the wards that they lie in."""
    data = Path(os.environ.get("SOCHARM_SHARED", "/nowhere")) / "data"
    real = data / "crime/june-2018/street_2018-06_ew_dedup_joined.parquet"
    if not real.exists():
        sample = sh.load_sample()
        return pl.from_pandas(sample.street[COLUMNS].astype("str")), sample.wards
    wards = gpd.read_parquet(data / "boundaries/wards_2025_ew.parquet").set_index("WD25CD").rename_axis("area_code")
    return pl.read_parquet(real, columns=COLUMNS), wards.to_crs(27700)


def write_rows(folder: Path, rows: int) -> None:
    """A folder of parquet with so many rows, a file for each month."""
    month, _ = month_and_areas()
    rng = np.random.default_rng(1)
    folder.mkdir(parents=True)
    for number, start in enumerate(range(0, rows, MONTH)):
        n = min(MONTH, rows - start)
        drawn = month[rng.integers(0, month.height, n)]
        ids = pl.Series(rng.integers(0, 2**63, n)).cast(pl.String)
        name = str(pd.Period("2015-01", "M") + number)
        drawn.with_columns(pl.lit(name).alias("Month"), ids.alias("Crime ID")).write_parquet(
            folder / f"{name}.parquet", row_group_size=125_000
        )


def opened(engine: str, folder: Path) -> Any:
    """The rows on an engine, with two workers where it has workers."""
    if engine == "polars":
        return folder
    if engine == "duckdb":
        import duckdb

        connection = duckdb.connect(config={"threads": 2})
        return connection.read_parquet(f"{folder.as_posix()}/*.parquet")
    if engine == "dask":
        import dask.dataframe as dd
        from distributed import Client, LocalCluster

        cluster = LocalCluster(n_workers=2, threads_per_worker=1, memory_limit=MEMORY["dask"], dashboard_address=None)
        Client(cluster)
        return dd.read_parquet(folder)
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[2]").config("spark.driver.memory", MEMORY["spark"])
    session = builder.config("spark.ui.enabled", "false").config("spark.sql.shuffle.partitions", "8").getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    return session.read.parquet(str(folder))


def measure(engine: str, folder: Path) -> dict[str, Any]:
    """Time and memory of one count."""
    _, areas = month_and_areas()
    warnings.simplefilter("ignore")
    source = opened(engine, folder)
    before = psutil.Process().memory_info().rss
    peaks: dict[int, int] = {}
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(0.2):
            for process in psutil.Process().children(recursive=True):
                try:
                    peaks[process.pid] = max(peaks.get(process.pid, 0), process.memory_info().rss)
                except psutil.Error:
                    continue

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    begun, used = time.perf_counter(), time.process_time()
    counts = sh.count_incidents(sh.read_incidents(source), areas)
    seconds, own = time.perf_counter() - begun, time.process_time() - used
    stop.set()
    watcher.join()
    import resource

    return {
        "engine": engine,
        "rows": counts.rows_read,
        "used": int(counts.table["n"].sum()),
        "cells": len(counts.table),
        "seconds": round(seconds, 1),
        "driver_s": round(own, 1),
        "before_mb": before >> 20,
        "driver_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
        "worker_mb": max(peaks.values(), default=0) >> 20,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000])
    parser.add_argument("--engines", nargs="+", choices=list(ENGINES), default=list(ENGINES))
    parser.add_argument("--folder", type=Path, help="where the rows are kept; a temporary folder by default")
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(measure(asked.one[0], Path(asked.one[1]))), flush=True)
        return
    with tempfile.TemporaryDirectory() as scratch:
        for rows in asked.rows:
            folder = (asked.folder or Path(scratch)) / f"rows-{rows}"
            if not folder.exists():
                write_rows(folder, rows)
            for engine in asked.engines:
                if importlib.util.find_spec(ENGINES[engine]) is None:
                    print(f"{engine}: not installed, left out", flush=True)
                    continue
                command = [sys.executable, __file__, "--one", engine, str(folder)]
                done = subprocess.run(command, capture_output=True, text=True, check=False)
                print(done.stdout.strip().splitlines()[-1] if done.returncode == 0 else done.stderr[-800:], flush=True)


if __name__ == "__main__":
    main()
