"""Sentences on the change of one area."""

from __future__ import annotations

import math
from typing import Final

import pandas as pd

from socharm._checks import nearest_name
from socharm._columns import NAME
from socharm._words import number_of, percent
from socharm.errors import ParameterError

__all__ = [
    "BY_ITSELF",
    "CROWDED",
    "ONE_SIDED",
    "alone_beyond",
    "among_many",
    "area_sentences",
    "change_printed",
    "change_told",
    "crowded",
    "known_area",
    "q_told",
]

#: What a verdict is beside an interval of 95%, which has two sides.
ONE_SIDED: Final = (
    "a verdict asks for one direction alone and bears {share} of such names to be wrong, so that the interval beside "
    "it can hold 0%"
)

#: Percent below which a change is that of the arithmetic, and decimals that are worth printing.
_NOTHING: Final = 1e-9
_MOST_DECIMALS: Final = 3
#: The fact how many areas that is said of.
BY_ITSELF: Final = "not clear: by itself beyond chance"
#: What is said of a place whose interval lies wholly on one side of no change and that has no verdict.
CROWDED: Final = (
    "would be beyond chance and ordinary drift by itself; among {places} held against each other, so large a {way} "
    "arises by chance in some (p {q}, corrected for their number)"
)


def alone_beyond(table: pd.DataFrame) -> pd.Series:
    """Which way areas of no clear change lie whose interval of 95% is on one side of none: "rise", "fall", or blank.

    Their interval is of the area by itself; the verdict allows for as many areas as were held against each other.

    Parameters
    ----------
    table : DataFrame
        Of an expected change.
    """
    unclear = table["verdict"] == "not clear"
    ways = pd.Series("", index=table.index, dtype="str")
    ways[unclear & (table["beyond_low_95"] > 1)] = "rise"
    ways[unclear & (table["beyond_high_95"] < 1)] = "fall"
    return ways


def among_many(table: pd.DataFrame, area: object) -> int:
    """How many areas the verdict of one was held against, itself among them: those of the list, or all others."""
    return int((table["listed"] == bool(table["listed"].get(area))).sum())


def crowded(table: pd.DataFrame, area: str) -> str:
    """Why an area whose interval of 95% is on one side of no change has no verdict; blank for every other.

    Parameters
    ----------
    table : DataFrame
        Of an expected change.
    area : str
    """
    if area not in table.index or not (way := alone_beyond(table)[area]):
        return ""
    q = q_told(float(table[f"q_{way}"][area]))
    return f"that {CROWDED.format(places=number_of(among_many(table, area), 'place'), way=way, q=q)}"


def q_told(q: float) -> str:
    """A p-value corrected for many places, as it is said.

    Examples
    --------
    >>> [q_told(q) for q in (0.27, 0.1004, 0.0001)]
    ['0.27', '0.1', '0.0001']
    """
    return f"{q:.2g}"


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


def area_sentences(area: str, row: pd.Series, *, unit: str, borne: float, alone: str = "") -> str:
    """What was recorded, what was to be expected, what is left and how sure that is; a line each.

    Parameters
    ----------
    area : str
    row : Series
        Of the table of an expected change.
    unit : str
        Of the rates.
    borne : float
        Share of wrong names that verdicts bear.
    alone : str
        Of `crowded`.
    """
    name = row[NAME] if isinstance(row[NAME], str) else area
    expected = row["trend"] * row["selection"]
    measure = f"recorded harm ({unit})" if unit else "the recorded rate of harm"
    lines = [
        f"{name}: {measure} {_moved(float(row['ratio']))}, from rank {row['rank_earlier']:,} to "
        f"rank {row['rank_later']:,} by recorded rate.",
        f"To be expected: {change_told(expected)}, of which {change_told(row['trend'])} is the trend of the other "
        f"places and of the crimes recorded here, and {change_told(row['selection'])} is what a place with such an "
        "earlier rate does by itself.",
        f"Beyond that: {change_told(row['beyond'])}, 95% interval {change_told(row['beyond_low_95'])} to "
        f"{change_told(row['beyond_high_95'])}; {alone or _verdict(row, borne)}.",
        f"Probability that the underlying rate fell: {percent(float(row['probability_rate_fell']))}; that it fell by "
        f"more than 20% beyond expectation: {percent(float(row['probability_fall_20']))}.",
    ]
    # Of a place that rose it would say nothing, and beside a fall that the number of places hides it would contradict.
    if not row["beyond"] > 1 and not alone:
        least = _least(float(row["least_fall"]))
        lines.append(f"The least fall that could be shown here, were it the only place looked at: {least}.")
    return "\n".join(lines)


def change_told(ratio: float, decimals: int = 0) -> str:
    """A ratio as a change in percent; without end where nothing became something, not known where there was nothing.

    A change that would be 0% gets the decimals that tell it from none, so that an interval says whether it holds none.

    Examples
    --------
    >>> [change_told(ratio) for ratio in (0.93, 1.03, 1.0, float("inf"), float("nan"))]
    ['-7%', '+3%', '0%', 'no limit', 'not known']
    >>> [change_told(ratio) for ratio in (0.9988, 1.0032, 1.00002, 0.99999999)]
    ['-0.1%', '+0.3%', '+0.002%', 'under 0%']
    >>> change_told(0.9337, 1)
    '-6.6%'
    """
    if math.isnan(ratio):
        return "not known"
    if math.isinf(ratio):
        return "no limit"
    share = 100 * (float(ratio) - 1)
    if abs(share) < _NOTHING:
        return "0%"
    for places in range(decimals, _MOST_DECIMALS + 1):
        if round(share, places):
            return f"{share:+.{places}f}%"
    return "over 0%" if share > 0 else "under 0%"


def change_printed(ratio: float) -> str:
    """The same with the sign that is read as minus, for documents.

    Examples
    --------
    >>> change_printed(0.93)
    '\N{MINUS SIGN}7%'
    """
    return change_told(ratio).replace("-", "\N{MINUS SIGN}")


def _moved(ratio: float) -> str:
    """What a rate did; of nothing after nothing there is no ratio."""
    if math.isnan(ratio):
        return "was nothing in both periods"
    if math.isinf(ratio):
        return "rose from nothing"
    share = round(100 * (ratio - 1))
    if not share:
        return "stayed where it was"
    return f"{'fell' if share < 0 else 'rose'} by {abs(share)}%"


def _verdict(row: pd.Series, borne: float) -> str:
    words = {
        "fell": "it fell beyond chance and ordinary drift",
        "rose": "it rose beyond chance and ordinary drift",
        "not clear": "that is not clear of chance and ordinary drift",
    }
    told = words.get(str(row["verdict"]))
    return f"{told} ({ONE_SIDED.format(share=percent(borne))})" if told else "too few events to tell"


def _least(share: float) -> str:
    return "none" if share >= 1 else f"{round(100 * share)}%"
