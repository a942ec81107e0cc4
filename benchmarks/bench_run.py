"""`socharm run` on Northumbria (13 months, 177 wards, maps) in new processes: target below 20 s with kernels cached.
Then with sixteen maps, drawn by one process and by two.

    SOCHARM_SHARED=... python benchmarks/bench_run.py

The first run uses an empty kernel cache (the first-ever time of an installation), the second the cache that
the first one filled. Peak memory is that of the process.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RECIPE = """
[assessment]
name = "northumbria-wards"
period = ["2013-06", "2014-06"]
seed = 1

[areas]
path = "{data}/boundaries/wards_2022_northumbria.gpkg"
code = "ward_code"
name = "ward_name"
year = 2022
source = "Office for National Statistics: wards 2022"

[incidents]
path = "{data}/crime/northumbria-2013-14"

[population]
path = "{data}/population/population_mid2020_lsoa11.csv"
code = "lsoa11_code"
value = "total_population"
date = "2020-06-30"
source = "Office for National Statistics: population estimates, mid-2020"

[population.best_fit]
path = "{data}/boundaries/lsoa_2011_northumbria.gpkg"
code = "LSOA11CD"

[weights]
force = "Northumbria"
allow_stale = true
"""


#: Sections with maps of their own.
MORE = """
[season]
[emerging]
[local]
maps = true
[heat]
contours = true
[drill_down]
[change]
earlier = ["2013-06", "2013-11"]
later = ["2013-12", "2014-05"]
"""


def timed_run(recipe: Path, cache: Path, workers: int = 2) -> tuple[float, dict[str, object]]:
    """Seconds of one run in a new process, and its summary."""
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "socharm", "run", str(recipe), "--workers", str(workers), "--json"],
        env={**os.environ, "NUMBA_CACHE_DIR": str(cache)},
        capture_output=True,
        text=True,
        check=True,
    )
    return time.perf_counter() - begun, json.loads(done.stdout)


def main() -> None:
    """Print both times and the peak memory."""
    data = Path(os.environ.get("SOCHARM_SHARED", "../shared")).resolve() / "data"
    if not data.is_dir():
        print("bench_run: no shared data; set SOCHARM_SHARED")
        return
    with tempfile.TemporaryDirectory() as folder:
        recipe = Path(folder) / "assessment.toml"
        recipe.write_text(RECIPE.format(data=data.as_posix()))
        first, summary = timed_run(recipe, Path(folder) / "cache")
        second, _ = timed_run(recipe, Path(folder) / "cache")
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        recipe.write_text(recipe.read_text() + MORE)
        timed_run(recipe, Path(folder) / "cache")
        alone, _ = timed_run(recipe, Path(folder) / "cache", workers=1)
        together, _ = timed_run(recipe, Path(folder) / "cache", workers=2)
        maps = len(list(sorted((Path(folder) / "store").glob("northumbria-*"))[-1].glob("maps/*.png")))
    rows = summary["rows"]
    print(f"socharm run, Northumbria: {second:.1f} s with kernels cached (target 20), first ever {first:.1f} s")
    print(f"  peak memory {peak:.0f} MB; rows {rows}")
    print(f"  with {maps} maps: {alone:.1f} s by one process, {together:.1f} s by two")


if __name__ == "__main__":
    main()
