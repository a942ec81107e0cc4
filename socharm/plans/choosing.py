"""Which options of the library a first plan takes: those for the offences that would explain most harm here."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import pandas as pd

from socharm._columns import AREA, OFFENCE, N
from socharm.offences import CATEGORIES, POLICE_GENERATED
from socharm.plans.library import EVERY_THREAT, STRANDS
from socharm.plans.threats import threat_of
from socharm.plans.weighing import weigh_offences
from socharm.snapshot.tables import AssessmentTables

__all__ = ["MOST", "choose_options", "counted_offence", "leading_offence", "metal_offences", "offence_weights"]

#: Actions of each strand in a first plan.
_OF_EACH: Final[Mapping[str, int]] = {"Prepare": 2, "Prevent": 2, "Protect": 3, "Pursue": 3}
#: What harm weighs that does not stand out.
_UNREMARKABLE: Final = 0.02
#: And so many at most, where partners name threats that none of these answers.
MOST: Final = 12
_METAL: Final = ("metal", "lead", "catalytic", "cable")


def offence_weights(tables: AssessmentTables, area: str) -> pd.Series:
    """Weight of each category of crime here: that of `weigh_offences`, and a fiftieth of its share of the harm.

    What stands out here leads; the others follow by their harm: a place where nothing stands out has a plan too.
    """
    table = weigh_offences(tables, area=area)
    return (table["weight"] + _UNREMARKABLE * table["share_of_harm"].fillna(0.0)).rename("weight")


def metal_offences(tables: AssessmentTables, area: str) -> list[str]:
    """Offences counted here that name stolen metal: other theft alone is as often that of a bag or of fuel."""
    cells = tables["cells"]
    here = cells.loc[(cells[AREA] == area) & (cells[N] > 0), OFFENCE]
    return sorted({str(name) for name in here.unique() if set(str(name).split("-")) & set(_METAL)})


def choose_options(
    options: pd.DataFrame, *, weights: pd.Series, recorded: Sequence[str], wanted: Sequence[str]
) -> dict[str, str]:
    """Options of a first plan, and the offence that each of them answers here.

    Parameters
    ----------
    options : DataFrame
        As `plan_options` gives them, for the threats wanted.
    weights : Series by category
        Of `offence_weights`.
    recorded : sequence of str
        Threats that recorded crime shows here.
    wanted : sequence of str
        Threats that the plan answers. One that is not recorded is known to partners alone and weighs as much as the
        heaviest offence.

    Returns
    -------
    dict of option to category
        Two or three of each strand, in turn, those for the heaviest offences first, and of these the ones that are for
        few kinds of crime or for such a setting; an offence that is answered weighs half as much from then on. Then
        one for each threat that no chosen option names. In the order of `options`;
        blank where no offence is recorded of what an option answers.
    """
    left = weights.astype(float).copy()
    told = [threat for threat in wanted if threat not in recorded]
    heaviest = float(weights.max()) if len(weights) else 1.0
    pull = dict.fromkeys(told, heaviest)
    chosen: dict[str, str] = {}
    records = options.to_dict(orient="records")
    rows = {
        str(name): {str(key): str(value) for key, value in row.items()}
        for name, row in zip(options.index, records, strict=True)
    }

    def take(names: Sequence[str]) -> None:
        best = max(names, key=lambda name: _pull(rows[name], left, pull))
        led = leading_offence(str(rows[best]["threats"]), str(rows[best]["offences"]), left)
        chosen[best] = led
        if led:
            left[led] /= 2
        for threat in set(str(rows[best]["threats"]).split()) & set(pull):
            pull[threat] /= 2

    for place in range(max(_OF_EACH.values())):
        for strand in reversed(STRANDS):
            mine = [name for name, row in rows.items() if row["p"] == strand and name not in chosen]
            if place < _OF_EACH[strand] and mine:
                take(mine)
    for threat in told:
        served = [name for name, row in rows.items() if threat in str(row["threats"]).split()]
        if served and not set(served) & set(chosen) and len(chosen) < MOST:
            take(served)
    return {name: chosen[name] for name in rows if name in chosen}


def _pull(option: Mapping[str, str], weights: pd.Series, told: Mapping[str, float]) -> float:
    """Largest weight of what an option answers, over the root of how many kinds of crime it answers alike.

    What fits any place says little of this one; an option for one kind of crime, or for such a setting, goes first.
    None where it answers everything alike.
    """
    keys = str(option["threats"]).split()
    known = max((told[key] for key in keys if key in told), default=0.0)
    if keys == [EVERY_THREAT] and not option["offences"]:
        return known
    served = _served(str(option["threats"]), str(option["offences"]), CATEGORIES)
    breadth = 1.0 if option["setting"] else math.sqrt(max(len(served), 1))
    led = leading_offence(str(option["threats"]), str(option["offences"]), weights)
    return max(known, float(weights.get(led, 0.0)) / breadth)


def leading_offence(threats: str, offences: str, weights: pd.Series) -> str:
    """The heaviest category that an option answers, of all where it answers everything; blank where there is none."""
    served = _served(threats, offences, map(str, weights.index))
    here = {str(name): float(weight) for name, weight in weights.items() if name in served}
    return max(here, key=lambda name: here[name]) if here else ""


def _served(threats: str, offences: str, names: Iterable[str]) -> list[str]:
    """Categories that an option answers: those that it names, else those of its threats."""
    keys = threats.split()
    return offences.split() or [name for name in names if keys == [EVERY_THREAT] or threat_of(name) in keys]


def counted_offence(led: str, threats: str, offences: str, weights: pd.Series) -> str:
    """The category by whose count an option is judged: what it was chosen for, or another that it answers.

    Recorded drug and weapon offences follow police work. An option that was chosen for them is judged by the heaviest
    other category that it answers, such as violence; where it answers no other, what was chosen stands.
    """
    if led not in POLICE_GENERATED:
        return led
    others = weights[[str(name) not in POLICE_GENERATED for name in weights.index]]
    return leading_offence(threats, offences, others) or led
