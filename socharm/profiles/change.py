"""What changed inside the months that are known: the last six against the six before, or fewer against as many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pandas as pd

from socharm._columns import AREA, PERIOD
from socharm._words import noun_for, span_words
from socharm.documents.evidence import Cell
from socharm.profiles.content import Material, force_words
from socharm.severity.half_years import FEWEST, Halves, halves_of, months_compared

__all__ = ["Change", "change_of", "change_row", "change_sentence"]

#: Numbers of months as the page says them.
_NUMBERS: Final = ("no", "one", "two", "three", "four", "five", "six")


@dataclass(frozen=True, kw_only=True)
class Change:
    """Weighted crimes of the last months and of as many before, here and in all areas.

    Parameters
    ----------
    before, later : int
        Crimes here.
    before_months, later_months : str
        As ``YYYY-MM to YYYY-MM``.
    here, usual : float
        Later over before, less one; here, and in all areas together.
    beyond_chance : bool
        Whether the place changed otherwise than all areas by more than chance explains; None where it is all of them.
    size : int
        Months on each side.
    """

    before: int
    later: int
    before_months: str
    later_months: str
    here: float
    usual: float
    beyond_chance: bool | None
    size: int


def change_of(material: Material) -> Change | None:
    """The last six months of the assessment beside the six before, half of its months where they are fewer than twelve.

    All areas together are those known in each of these months; a district or set needs all of its own to be so, and
    there is no comparison otherwise. `Halves.beyond_chance` says whether the place changed otherwise than they did.
    """
    table = material.tables["by_period"]
    if PERIOD not in table or "crimes" not in table:
        return None
    months = _months(material, table)
    size = months_compared(len(months))
    mine = table[(table[AREA] == material.key) & table["crimes"].notna()].set_index(PERIOD)["crimes"]
    months = months[len(months) - 2 * size :]
    if not size or not months.isin(mine.index).all():
        return None
    whole = _all_areas(material, table, months)
    before, later = int(mine[months[:size]].sum()), int(mine[months[size:]].sum())
    if whole is None or before + later < FEWEST or not before or whole.usual != whole.usual:
        return None
    return Change(
        before=before,
        later=later,
        before_months=f"{months[0]} to {months[size - 1]}",
        later_months=f"{months[size]} to {months[-1]}",
        here=later / before - 1,
        usual=whole.usual,
        beyond_chance=whole.beyond_chance(before, later),
        size=size,
    )


def _months(material: Material, table: pd.DataFrame) -> pd.PeriodIndex:
    """Every month from the first to the last of the assessment."""
    own = table.loc[table[AREA].isin(material.own_areas), PERIOD]
    told = material.tables["coverage"]
    known = pd.PeriodIndex([*own.unique(), *(told[PERIOD].unique() if PERIOD in told else ())], freq="M")
    return pd.period_range(known.min(), known.max(), freq="M") if len(known) else known


def _all_areas(material: Material, table: pd.DataFrame, months: pd.PeriodIndex) -> Halves | None:
    """Both halves of the areas known in every one of these months; None where the place is not all among them."""
    rows = table[table[AREA].isin(material.own_areas) & table[PERIOD].isin(months)]
    known = rows.pivot(index=AREA, columns=PERIOD, values="crimes").reindex(columns=months)  # noqa: PD010 - twice is an error
    places = known.index[known.notna().all(axis=1)]
    if not set(material.subject.codes) <= set(places):
        return None
    return halves_of(known.to_numpy(dtype=float))


def change_row(material: Material, change: Change) -> tuple[str, str, str]:
    """The change as a row of the facts of page one."""
    counts = []
    for count, months, name in (
        (change.later, change.later_months, "last months"),
        (change.before, change.before_months, "months before"),
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
                what=f"change of the last months, {name}",
                unit="share",
            )
        )
    words = {True: "more than chance explains", False: "within chance"}
    judged = "" if change.beyond_chance is None else f": the difference is {words[change.beyond_chance]}"
    return (
        _last(change),
        f"{counts[0]} {noun_for(change.later, 'crime')}, after {counts[1]} in the {_NUMBERS[change.size]} before "
        f"({told[0]})",
        f"{force_words(material)} {told[1]}{judged}",
    )


def _last(change: Change) -> str:
    return f"Last {_NUMBERS[change.size]} months" if change.size > 1 else "Last month"


def change_sentence(change: Change) -> str:
    """What the comparison of two halves can and cannot say."""
    verb = "are" if change.size > 1 else "is"
    return (
        f"The {_last(change).lower()} {verb} {span_words(change.later_months)}, the {_NUMBERS[change.size]} before "
        f"{span_words(change.before_months)}: other seasons, and no trend."
    )


def signed(value: float) -> str:
    """A change as a percentage with its sign.

    Examples
    --------
    >>> signed(0.12), signed(0.001)
    ('+12%', 'no change')
    """
    return "no change" if abs(value) < 0.005 else f"{value:+.0%}".replace("-", "\u2212")
