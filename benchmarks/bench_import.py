"""Time of ``import socharm`` and ``socharm --help``, each in fresh processes: both must stay under a second."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

REPEATS = 7

COMMANDS = {
    "python, nothing imported": [sys.executable, "-c", "pass"],
    "import socharm": [sys.executable, "-c", "import socharm"],
    "socharm --help": [sys.executable, "-m", "socharm", "--help"],
    "import geopandas (peer)": [sys.executable, "-c", "import geopandas"],
}


def seconds(command: list[str]) -> float:
    """Wall time of one fresh process."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    for command in COMMANDS.values():
        seconds(command)  # byte code is compiled once
    # One round after the other, so that a busy moment of the machine falls on all commands alike.
    rounds = [[seconds(command) for command in COMMANDS.values()] for _ in range(REPEATS)]
    medians = dict(zip(COMMANDS, map(statistics.median, zip(*rounds, strict=True)), strict=True))
    peer = medians["import geopandas (peer)"]
    for name, median in medians.items():
        print(f"{name:<26} {median:6.3f} s   {median / peer:5.2f} x geopandas")
    for name in ("import socharm", "socharm --help"):
        if medians[name] >= 1:
            sys.exit(f"{name} takes {medians[name]:.2f} s; it must stay under 1 s")


if __name__ == "__main__":
    main()
