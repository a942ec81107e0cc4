"""One recipe run by two versions of the code: which tables differ, by how much, and the processor time of each.

    SOCHARM_SHARED=... python benchmarks/compare_versions.py FOLDER-OF-THE-EARLIER-CODE [--runs 3]

The recipes are that of the demo and that of Northumbria in `bench_run.py`. Every run is a process of its own; the two
versions take turns. Tables are compared as they stand in the files, without either version's readers.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from bench_run import RECIPE

HERE = Path(__file__).resolve().parents[1]


def processor_seconds(command: list[str], code: Path, cache: Path) -> float:
    """User and system time of one command, run with the code of a folder."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    # Compiled modules and kernels are kept, as they are where the library is installed.
    kept = {"NUMBA_CACHE_DIR": str(cache), "PYTHONPYCACHEPREFIX": str(cache / "modules")}
    environment = {**os.environ, "PYTHONPATH": str(code), **kept}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    # From the folder of that code: `-m` looks in the folder it is started from first.
    done = subprocess.run(
        [sys.executable, "-m", "socharm", *command], env=environment, cwd=code, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} by {code.name}: {done.stderr or done.stdout}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def tables_of(store: Path) -> dict[str, pd.DataFrame]:
    """Tables of the newest snapshot in a store, by name."""
    newest = max((path for path in store.iterdir() if (path / "manifest.json").is_file()), key=lambda path: path.name)
    files = sorted((newest / "tables").glob("*.parquet"))
    return {file.stem: pq.read_table(file).to_pandas() for file in files}


def differences(old: pd.DataFrame, new: pd.DataFrame) -> list[str]:
    """What differs between two tables, one line for each column; none where they are the same."""
    said = [f"column {name} is gone" for name in old.columns if name not in new.columns]
    said += [f"column {name} is new" for name in new.columns if name not in old.columns]
    if len(old) != len(new):
        return [*said, f"{len(old):,} rows before, {len(new):,} now"]
    for name in (column for column in old.columns if column in new.columns):
        before, now = old[name], new[name]
        if pd.api.types.is_numeric_dtype(before) and pd.api.types.is_numeric_dtype(now):
            a, b = before.astype("Float64").to_numpy(float, np.nan), now.astype("Float64").to_numpy(float, np.nan)
            same = (a == b) | (np.isnan(a) & np.isnan(b))
            if not same.all():
                gap = np.abs(a - b)[~same]
                said.append(f"{name}: {int((~same).sum()):,} of {len(a):,} values, by {np.nanmax(gap):.3g} at most")
        elif not before.astype("str").equals(now.astype("str")):
            changed = int((before.astype("str").to_numpy() != now.astype("str").to_numpy()).sum())
            said.append(f"{name}: {changed:,} of {len(before):,} texts")
    return said


def compare(title: str, earlier: Path, commands: dict[str, list[str]], stores: dict[str, Path], runs: int) -> None:
    """Run both versions in turn; print their times and every table that differs."""
    seconds: dict[str, list[float]] = {"earlier": [], "now": []}
    with tempfile.TemporaryDirectory() as cache:
        for _ in range(runs + 1):
            for version, code in (("earlier", earlier), ("now", HERE)):
                seconds[version].append(processor_seconds(commands[version], code, Path(cache) / version))
    least = {version: min(times[1:]) for version, times in seconds.items()}  # the first run compiles
    middle = {version: float(np.median(times[1:])) for version, times in seconds.items()}
    print(f"{title}: processor seconds {least['earlier']:.1f} earlier, {least['now']:.1f} now (least of {runs})")
    print(f"  ratio {least['now'] / least['earlier']:.2f}; of the medians {middle['now'] / middle['earlier']:.2f}")
    old, new = tables_of(stores["earlier"]), tables_of(stores["now"])
    for name in sorted({*old, *new}):
        if name not in old or name not in new:
            print(f"  {name}: only {'earlier' if name in old else 'now'}")
            continue
        for line in differences(old[name], new[name]):
            print(f"  {name}: {line}")
    same = [name for name in old if name in new and not differences(old[name], new[name])]
    print(f"  the same to the last digit: {len(same)} of {len(old)} tables ({', '.join(same)})")


def main() -> None:
    """Compare on the sample and, where the shared data are there, on Northumbria."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("earlier", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    chosen = parser.parse_args()
    earlier = chosen.earlier.resolve()
    with tempfile.TemporaryDirectory() as folder:
        stores, commands = {}, {}
        for version, code in (("earlier", earlier), ("now", HERE)):
            place = Path(folder) / version
            processor_seconds(["demo", str(place)], code, Path(folder) / "cache")
            stores[version] = place / "store"
            commands[version] = ["run", str(next(place.glob("*.toml")))]
        compare("The sample", earlier, commands, stores, chosen.runs)
        data = Path(os.environ.get("SOCHARM_SHARED", "../shared")).resolve() / "data"
        if not data.is_dir():
            print("compare_versions: no shared data; set SOCHARM_SHARED for Northumbria")
            return
        for version in stores:
            place = Path(folder) / f"northumbria-{version}"
            place.mkdir()
            (place / "assessment.toml").write_text(RECIPE.format(data=data.as_posix()))
            stores[version], commands[version] = place / "store", ["run", str(place / "assessment.toml")]
        compare("Northumbria", earlier, commands, stores, chosen.runs)


if __name__ == "__main__":
    main()
