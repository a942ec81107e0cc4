"""Whole commands in new processes, with import, work and closing apart.

    SOCHARM_SHARED=... python benchmarks/bench_commands.py

The recipe is that of `bench_run.py` (Northumbria, 13 months, 177 wards, maps). Import is what the outermost imports
take, wherever they stand; closing is what follows the last line of a command until its process has gone; work is the
rest. Processor time is of all threads: it says more than the clock where other work keeps the cores busy.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench_run import RECIPE

#: Run before a command: it adds up the outermost imports, and tells them and the moment of the last line.
WATCH = """
import builtins, importlib._bootstrap as machinery, os, sys, time
spent, depth = 0.0, 0
def watched(load):
    def inner(*given, **named):
        global spent, depth
        begun, depth = time.perf_counter(), depth + 1
        try:
            return load(*given, **named)
        finally:
            depth -= 1
            spent += 0.0 if depth else time.perf_counter() - begun
    return inner
builtins.__import__ = watched(builtins.__import__)
machinery._gcd_import = watched(machinery._gcd_import)
from socharm.cli import main
sys.argv[0] = "socharm"
try:
    main()
finally:
    with open(os.environ["BENCH_TOLD"], "w") as told:
        told.write(f"{spent} {time.time()}")
"""


@dataclass(frozen=True)
class Times:
    """Seconds of one command."""

    whole: float
    imports: float
    closing: float
    processor: float

    def line(self, name: str) -> str:
        """A row of the table in the docs."""
        work = self.whole - self.imports - self.closing
        shown = (self.whole, self.imports, work, self.closing, self.processor)
        return f"| {name} | {' | '.join(f'{seconds:.1f}' for seconds in shown)} |"


def timed(arguments: Sequence[str | Path], folder: Path, cache: Path) -> Times:
    """Times of one command in a new process, in a folder of its own."""
    told = folder / "told.txt"
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.time()
    subprocess.run(
        [sys.executable, "-c", WATCH, *map(str, arguments)],
        env={**os.environ, "NUMBA_CACHE_DIR": str(cache), "BENCH_TOLD": str(told)},
        cwd=folder,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    ended, after = time.time(), resource.getrusage(resource.RUSAGE_CHILDREN)
    imports, last = map(float, told.read_text().split())
    processor = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return Times(ended - begun, imports, ended - last, processor)


def main() -> None:
    """Print the table."""
    data = Path(os.environ.get("SOCHARM_SHARED", "../shared")).resolve() / "data"
    if not data.is_dir():
        print("bench_commands: no shared data; set SOCHARM_SHARED")
        return
    with tempfile.TemporaryDirectory() as name:
        folder, cache = Path(name), Path(name) / "cache"
        (folder / "assessment.toml").write_text(RECIPE.format(data=data.as_posix()))
        print("| command | whole | import | work | closing | processor |")
        print("| --- | --- | --- | --- | --- | --- |")
        for title, arguments in (
            ("`run`, first of an installation", ["run", "assessment.toml"]),
            ("`run`, kernels cached", ["run", "assessment.toml"]),
            ("`check`", ["check", "assessment.toml"]),
        ):
            print(timed(arguments, folder, cache).line(title), flush=True)
        snapshot = sorted((folder / "store").glob("northumbria-*"))[-1]
        for title, arguments in (
            ("`profile` of one ward", ["profile", snapshot, "--area", "Byker", "--to", folder / "profiles"]),
            ("`dashboard`", ["dashboard", snapshot, "--to", folder / "dashboard"]),
        ):
            print(timed(arguments, folder, cache).line(title), flush=True)
        timed(["demo", "demo"], folder, cache)
        print(timed(["demo", "demo"], folder, cache).line("`demo`, its input written"), flush=True)
    load = ", ".join(f"{part:.1f}" for part in os.getloadavg())
    print(f"\nload averages at the end: {load}; cores: {os.cpu_count()}")


if __name__ == "__main__":
    main()
