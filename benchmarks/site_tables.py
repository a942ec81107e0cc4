"""What validations of sites have in common: tables in Markdown, and a command that prints and writes them."""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike


def table_of(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Lines of a table."""
    return [row_line(row) for row in (head, ["---"] * len(head), *rows)]


def row_line(cells: Sequence[str]) -> str:
    """One line of a table."""
    return "| " + " | ".join(cells) + " |"


def share_words(hit: ArrayLike, low: float, high: float) -> str:
    """A share of tries with two standard errors, of at least those of one in twenty; whether it is out of bounds."""
    share = float(np.mean(hit))
    error = 2 * float(np.sqrt(max(share * (1 - share), 0.0475) / np.size(hit)))
    return f"{share:.1%} ± {error:.1%}" + ("" if low <= share <= high else " (out)")


def run(make: Callable[[int, str], Iterable[str]], tries: int, only: Sequence[str] = ()) -> None:
    """Print the lines that `make` makes of a number of tries and of what is asked for alone; write them to a file."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tries", type=int, default=tries)
    parser.add_argument("--only", default="", choices=["", *only])
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    began = time.process_time()
    lines = []
    for line in make(given.tries, given.only):
        print(line, flush=True)
        lines.append(line)
    print(f"{time.process_time() - began:.0f} s of processor time")
    if given.out:
        given.out.write_text("\n".join([*lines, ""]), encoding="utf-8")
