"""Sentences on the change of one area."""

from __future__ import annotations

import numpy as np
import pandas as pd

from socharm._checks import nearest_name
from socharm._columns import NAME
from socharm._words import number_of, percent
from socharm.errors import ParameterError

__all__ = ["area_sentences", "known_area"]


def known_area(area: str, areas: pd.Index) -> None:
    """Stop at an area that was not compared.

    Raises
    ------
    ParameterError
    """
    if area not in areas:
        hint = nearest_name(str(area), map(str, areas))
        raise ParameterError(
            f"`area` is {area!r}, which is not among the {number_of(len(areas), 'area')} compared."
            + (f" Did you mean {hint!r}?" if hint else "")
        )


def area_sentences(area: str, row: pd.Series) -> str:
    """What was recorded, what was to be expected, what is left and how sure that is; a line each."""
    name = row[NAME] if isinstance(row[NAME], str) else area
    expected = row["trend"] * row["selection"]
    lines = [
        f"{name}: recorded harm per resident and year {_moved(row['ratio'])}, from rank {row['rank_earlier']:,} to "
        f"rank {row['rank_later']:,}.",
        f"To be expected: {_change(expected)}, of which {_change(row['trend'])} is the trend of the force and of the "
        f"crimes recorded here, and {_change(row['selection'])} is what a place with such an earlier rate does by "
        "itself.",
        f"Beyond that: {_change(row['beyond'])}, 95% interval {_change(row['beyond_low_95'])} to "
        f"{_change(row['beyond_high_95'])}; {_verdict(row)}.",
        f"Probability that the underlying rate fell: {percent(float(row['probability_rate_fell']))}; that it fell by "
        f"more than 20% beyond expectation: {percent(float(row['probability_fall_20']))}.",
        f"The least fall that could be shown here: {_least(float(row['least_fall']))}.",
    ]
    return "\n".join(lines)


def _change(ratio: float) -> str:
    """``-7%``, ``+3%``, ``0%``."""
    if not np.isfinite(ratio):
        return "no limit"
    share = round(100 * (ratio - 1))
    return f"{share:+d}%" if share else "0%"


def _moved(ratio: float) -> str:
    if not np.isfinite(ratio):
        return "rose from nothing"
    share = round(100 * (ratio - 1))
    if not share:
        return "stayed where it was"
    return f"{'fell' if share < 0 else 'rose'} by {abs(share)}%"


def _verdict(row: pd.Series) -> str:
    words = {
        "fell": "it fell beyond chance and ordinary drift",
        "rose": "it rose beyond chance and ordinary drift",
        "not clear": "that is not clear of chance and ordinary drift",
    }
    return words.get(str(row["verdict"]), "too few events to tell")


def _least(share: float) -> str:
    return "none" if share >= 1 else f"{round(100 * share)}%"
