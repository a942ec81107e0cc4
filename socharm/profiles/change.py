"""What changed inside the months that are known: the last six against the six before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pandas as pd

from socharm._columns import AREA, PERIOD
from socharm._words import span_words
from socharm.profiles.content import Material, force_words
from socharm.profiles.evidence import Cell

__all__ = ["Change", "change_of", "change_row", "change_sentence"]

_HALF: Final = 6
_Z95: Final = 1.959964
#: Fewer crimes in both halves together are not compared.
_FEWEST: Final = 20


@dataclass(frozen=True, kw_only=True)
class Change:
    """Weighted crimes in two halves of a year, here and in all areas.

    Parameters
    ----------
    before, later : int
        Crimes here.
    before_months, later_months : str
        As ``YYYY-MM to YYYY-MM``.
    here, usual : float
        Later over before, less one; here, and in all areas together.
    beyond_chance : bool
        Whether the place changed otherwise than all areas by more than chance explains.
    """

    before: int
    later: int
    before_months: str
    later_months: str
    here: float
    usual: float
    beyond_chance: bool


def change_of(material: Material) -> Change | None:
    """The last six months beside the six before; None where twelve months in a row are not known.

    All areas together are those known in each of the twelve months; a district or set needs all of its own to be so.
    Given all crimes of the place in both halves, those of the later one are binomial with the share that all areas
    have there, if the place changed as they did; its variance is that times the largest variation over time beyond
    chance (phi) that the assessment found.
    """
    table = material.tables["by_period"]
    if PERIOD not in table or "crimes" not in table:
        return None
    mine = table[(table[AREA] == material.key) & table["crimes"].notna()].set_index(PERIOD)["crimes"].sort_index()
    months = mine.index[-2 * _HALF :]
    if len(months) < 2 * _HALF or (pd.PeriodIndex(months, freq="M")[-1] - pd.Period(months[0], "M")).n != 2 * _HALF - 1:
        return None
    others = _all_areas(material, table, months)
    if others is None:
        return None
    before, later = int(mine[months[:_HALF]].sum()), int(mine[months[_HALF:]].sum())
    all_before, all_later = float(others[months[:_HALF]].sum()), float(others[months[_HALF:]].sum())
    total, share = before + later, all_later / (all_before + all_later) if all_before + all_later > 0 else 0.0
    if total < _FEWEST or not before or not all_before or not 0 < share < 1:
        return None
    spread = (total * share * (1 - share) * _phi(material)) ** 0.5
    return Change(
        before=before,
        later=later,
        before_months=f"{months[0]} to {months[_HALF - 1]}",
        later_months=f"{months[_HALF]} to {months[-1]}",
        here=later / before - 1,
        usual=all_later / all_before - 1,
        beyond_chance=abs(later - total * share) > _Z95 * spread,
    )


def _all_areas(material: Material, table: pd.DataFrame, months: pd.Index) -> pd.Series | None:
    """Crimes by month in the areas known in every one of these months; None where the place is not all among them.

    An area that is known in one half only would be taken for a rise or a fall.
    """
    rows = table[table[AREA].isin(material.own_areas) & table[PERIOD].isin(months)]
    known = rows[rows["crimes"].notna()]
    counts = known.groupby(AREA)[PERIOD].nunique()
    whole = counts.index[counts == len(months)]
    if not set(material.subject.codes) <= set(whole):
        return None
    return known[known[AREA].isin(whole)].groupby(PERIOD)["crimes"].sum()


def _phi(material: Material) -> float:
    model = material.tables["model"]
    known = model["phi"].astype(float).dropna() if "phi" in model else pd.Series(dtype=float)
    return max(1.0, float(known.max())) if len(known) else 1.0


def change_row(material: Material, change: Change) -> tuple[str, str, str]:
    """The change as a row of the facts of page one."""
    counts = []
    for count, months, name in (
        (change.later, change.later_months, "last six months"),
        (change.before, change.before_months, "six months before"),
    ):
        counts.append(
            material.evidence.note(
                f"{count:,}",
                count,
                Cell("by_period", "crimes", f"{material.key}, {months}"),
                what=f"crimes, {name}",
                unit="crimes",
                period=months,
            )
        )
    told = []
    for value, key, name in ((change.here, material.key, "here"), (change.usual, "", "in all areas")):
        told.append(
            material.evidence.note(
                signed(value),
                value,
                Cell("by_period", "crimes", f"{key}, {change.later_months} over {change.before_months}"),
                what=f"change over six months, {name}",
                unit="share",
            )
        )
    judged = "more than chance explains" if change.beyond_chance else "within chance"
    return (
        "Last six months",
        f"{counts[0]} crimes, after {counts[1]} in the six before ({told[0]})",
        f"{force_words(material)} {told[1]}: the difference is {judged}",
    )


def change_sentence(change: Change) -> str:
    """What the comparison of two halves can and cannot say."""
    return (
        f"The last six months are {span_words(change.later_months)}, the six before "
        f"{span_words(change.before_months)}: other seasons, and half a year is no trend."
    )


def signed(value: float) -> str:
    """A change as a percentage with its sign.

    Examples
    --------
    >>> signed(0.12), signed(0.001)
    ('+12%', 'no change')
    """
    return "no change" if abs(value) < 0.005 else f"{value:+.0%}".replace("-", "\u2212")
