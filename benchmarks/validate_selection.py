"""Does `selection_guard` say what chosen sites do by themselves? ``docs/validation/sites.md``.

Run ``SOCHARM_SHARED=... python benchmarks/validate_selection.py --tries 100`` (a few minutes of a processor); ``--out``
writes the table.
"""

from __future__ import annotations

import argparse
import os
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from validate_sites import NEW, both_towns, new_sites

import socharm as sh

#: Sites: how many of the areas with most crimes in the window by which they were chosen.
SIZES = (1, 3)
#: Months before the start by which sites are chosen: few, and all.
WINDOWS = (6, 36)


def chosen_worst(frame: pd.DataFrame, window: int, size: int) -> list[str]:
    """The areas with most crimes in the last months before the start."""
    return list(frame.iloc[:, 36 - window : 36].sum(axis=1).nlargest(size).index)


def row_of(names: list[str], made: list[sh.evaluation.SelectionGuard]) -> str:
    """Means over worlds of what is expected of the site and of what it recorded, and how often the interval held it."""
    expected, recorded = (np.array([getattr(one.findings, key) for one in made]) for key in ("change", "recorded"))
    held = float(np.mean([one.findings.low_95 <= one.findings.recorded <= one.findings.high_95 for one in made]))
    apart = expected - recorded
    error = 2 * float(np.std(apart, ddof=1) / np.sqrt(len(apart)))
    told = [f"{100 * value:+.1f}" for value in (expected.mean(), recorded.mean())]
    points = f"{100 * apart.mean():+.1f} ± {100 * error:.1f}"
    return "| " + " | ".join([*names, f"{len(made):,}", *told, points, f"{held:.0%}"]) + " |"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tries", type=int, default=100)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    began = time.process_time()
    head = ["worlds", "site", "tries", "expected, %", "recorded, %", "difference, points", "95% interval held"]
    lines = ["| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head))]
    for place, town in both_towns(Path(os.environ["SOCHARM_SHARED"])).items():
        for world in ("areas move apart", *NEW):
            made: dict[tuple[int, int], list[sh.evaluation.SelectionGuard]] = {}
            for frame, _, number in new_sites(town, world, given.tries, 11):
                for window in WINDOWS:
                    part = frame.iloc[:, 36 - window :]
                    for size in SIZES:
                        site = chosen_worst(frame, window, size)
                        found = sh.evaluation.selection_guard(part, site=site, start=frame.columns[36], seed=number)
                        made.setdefault((window, size), []).append(found)
            for (window, size), every in made.items():
                kind = f"worst {size} of {window} months" if size > 1 else f"worst of {window} months"
                lines.append(row_of([f"{place}: {world.removeprefix('... ')}", kind], every))
                print(lines[-1], flush=True)
    print(f"{time.process_time() - began:.0f} s of processor time")
    if given.out:
        given.out.write_text("\n".join([*lines, ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
