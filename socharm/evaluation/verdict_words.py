"""The verdict of an evaluation in plain English, each sentence from the table it speaks of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from socharm._record import Record
from socharm._words import joined_words, month_words, noun_for, number_of
from socharm.evaluation.chance import ALPHA
from socharm.evaluation.change_words import LEAST_FOR_95, few_for_rings
from socharm.evaluation.detectable_change import MinimumDetectableChange
from socharm.evaluation.donors import Donors
from socharm.evaluation.effect_words import p_words, percent_change
from socharm.evaluation.evaluation_findings import EvaluationFindings
from socharm.evaluation.protocol import Protocol
from socharm.evaluation.protocol_settings import METHOD_OF_VERDICT, OutcomeChoice, ProtocolSettings
from socharm.evaluation.selection_guard import SelectionGuard
from socharm.evaluation.spillover import SpilloverRings
from socharm.evaluation.staggered import StaggeredEffects

__all__ = [
    "agreement_words", "detectable_words", "donors_words", "interval_of", "main_words", "method_words", "other_words",
    "registered_words", "rings_words", "selection_words", "starts_words", "subgroup_words", "too_few",
]  # fmt: skip

_VERDICTS: Final = {"fell": "it fell", "rose": "it rose", "cannot be told": "this cannot be told"}
_METHODS: Final = {"synthetic did": "synthetic difference in differences"}


def method_words(method: str) -> str:
    """What a method is called in a sentence.

    Examples
    --------
    >>> method_words("synthetic did"), method_words("event study")
    ('synthetic difference in differences', 'event study')
    """
    return _METHODS.get(method, method)


def too_few(low: float, high: float) -> bool:
    """Whether an interval is without end on both sides, as that of a few placebo sites is.

    Examples
    --------
    >>> too_few(-1.0, float("inf")), too_few(-0.4, float("inf")), too_few(float("nan"), float("nan"))
    (True, False, False)
    """
    return low <= -1 and bool(np.isinf(high))


def interval_of(row: Mapping[Any, Any]) -> str:
    """The interval of a change in percent; blank where there is none.

    Examples
    --------
    >>> interval_of({"low": -0.25, "high": -0.02})
    '95% interval -25% to -2%'
    >>> interval_of({"low": float("nan"), "high": float("nan")}), interval_of({"low": -1.0, "high": float("inf")})
    ('', 'too few for a 95% interval')
    """
    low, high = float(row["low"]), float(row["high"])
    if too_few(low, high):
        return "too few for a 95% interval"
    return "" if np.isnan(low) or np.isnan(high) else f"95% interval {_change(low)} to {_change(high)}"


def _change(share: float) -> str:
    return percent_change(1 + share)


def _named(choice: OutcomeChoice) -> str:
    """What an outcome is called inside a sentence."""
    return choice.name[:1].lower() + choice.name[1:] if not choice.name.isupper() else choice.name


def _row(table: pd.DataFrame, outcome: str, method: str = METHOD_OF_VERDICT) -> dict[Any, Any]:
    rows = table[(table["outcome"] == outcome) & (table["method"] == method)]
    return {str(name): value for name, value in rows.iloc[0].items()}


def main_words(table: pd.DataFrame, findings: EvaluationFindings, chosen: ProtocolSettings) -> str:
    """The verdict on the first outcome, by placebo sites."""
    choice = chosen.outcomes[0]
    row, name = _row(table, choice.name), _named(choice)
    if row["verdict"] == "refused":
        return f"There is no verdict on {name}: the test by placebo sites was refused. {row['reason']}"
    others = (
        f"{findings.as_extreme:,} of {number_of(findings.placebos, 'placebo site')} departed as far, up or down "
        f"({p_words(findings.p)})"
    )
    if not np.isfinite(row["low"]) or not np.isfinite(row["high"]):
        others += "; so few sites give no 95% interval"
        interval = ""
    else:
        interval = f" ({interval_of(row)})"
    if row["verdict"] == "cannot be told":
        told = f"Whether {name} at the site changed otherwise than the areas it is compared with cannot be told"
        return f"{told}: {_change(row['change'])}{interval}; {others}."
    by = f"{abs(100 * row['change']):.0f}%"
    told = (
        f"{name[:1].upper()}{name[1:]} at the site {row['verdict']} by {by} relative to the areas it is compared with"
    )
    return f"{told}{interval}; {others}."


def agreement_words(table: pd.DataFrame, chosen: ProtocolSettings) -> str:
    """What the other methods say of the first outcome, each counted and none averaged."""
    main = _row(table, chosen.outcomes[0].name)["verdict"]
    rows = table[(table["outcome"] == chosen.outcomes[0].name) & (table["method"] != METHOD_OF_VERDICT)]
    made = rows[rows["verdict"] != "refused"]
    if not len(rows):
        return ""
    parts = {
        said: list(map(method_words, rows.loc[rows["verdict"] == verdict, "method"]))
        for verdict, said in {**_VERDICTS, "refused": ""}.items()
        if (rows["verdict"] == verdict).any()
    }
    told = _counted(parts, len(rows))
    if len(made):
        low, high = _change(made["change"].min()), _change(made["change"].max())
        each = "Its estimate is" if len(made) == 1 else "Each has"
        told += f" Their estimates run from {low} to {high}." if low != high else f" {each} {low}."
    if main == "refused" or not len(made):
        return told
    if (made["verdict"] == main).all():
        return f"{told} This agrees with the placebo sites; all use the same data."
    return f"{told} The methods do not agree; the verdict is that of the placebo sites."


def _counted(parts: Mapping[str, list[str]], of: int) -> str:
    """How many methods say what; blank is what those say that were refused."""
    if len(parts) == 1:
        said, methods = next(iter(parts.items()))
        who = {1: "The one other method", 2: "Both other methods"}.get(of, f"All {of:,} other methods")
        says = f"{noun_for(of, 'says', 'say')} that {said}" if said else f"{noun_for(of, 'was', 'were')} refused"
        return f"{who} {says} ({joined_words(methods)})."
    told = [
        f"{number_of(len(methods), 'says', 'say')} that {said} ({joined_words(methods)})"
        if said
        else f"{number_of(len(methods), 'was', 'were')} refused ({joined_words(methods)})"
        for said, methods in parts.items()
    ]
    return f"Of the {number_of(of, 'other method')} {'; '.join(told)}."


def selection_words(guard: SelectionGuard | str) -> str:
    """What the choice of the site explains by itself."""
    if isinstance(guard, str):
        return f"What selection explains is not told. {guard}"
    return guard.sentence


def detectable_words(detectable: MinimumDetectableChange | str, table: pd.DataFrame, chosen: ProtocolSettings) -> str:
    """Whether it could have been seen at all: by what the site does by itself, and by what placebo sites did."""
    if isinstance(detectable, str):
        return f"What could have been seen is not told. {detectable}{_asked_by_placebos(table, chosen)}"
    found = detectable.findings
    over = f"over {number_of(detectable.settings.months, 'month')}"
    if found.change is None:
        told = f"Not even an end of all of it would have been seen {over} at this site."
    else:
        told = (
            f"A fall of {-found.change:.0%} or more would have been seen {over} in {detectable.settings.power:.0%} of "
            "cases or more, by how this site varies by itself; a smaller one may have been there and not been seen."
        )
    return f"{told}{_asked_by_placebos(table, chosen)}"


def _asked_by_placebos(table: pd.DataFrame, chosen: ProtocolSettings) -> str:
    """From which estimate on the test by placebo sites rejects: half of its interval, on the logarithm."""
    row = _row(table, chosen.outcomes[0].name)
    if row["verdict"] == "refused" or not np.isfinite(row["high"]) or row["low"] <= -1:
        return ""
    reach = np.sqrt((1 + row["high"]) / (1 + row["low"]))
    return (
        f" The test by placebo sites tells a fall from {_change(1 / reach - 1)} on, a rise from {_change(reach - 1)}."
    )


def donors_words(search: Donors | None, donors: Sequence[str]) -> str:
    """How donors were found, and how many of them can be compared with; blank where they were not searched for."""
    if search is None:
        return ""
    less = len(search.donors) - len(donors)
    if not less:
        return search.sentence
    return (
        f"{search.sentence} Of these {number_of(len(donors), 'is', 'are')} compared with: the other "
        f"{number_of(less, 'has', 'have')} a month without coverage."
    )


def rings_words(rings: pd.DataFrame, records: Mapping[str, Record], chosen: ProtocolSettings) -> str:
    """What was found next door in the first outcome, and where placebo sites were too few to judge it by."""
    name = chosen.outcomes[0].name
    own = rings[rings["outcome"] == name]
    if not len(own):
        return ""
    made = records.get(f"{name}: spillover rings")
    where = "the ring" if len(own) == 1 else f"the {len(own)} rings"
    if isinstance(made, SpilloverRings) and made.findings.placebos < LEAST_FOR_95:
        return (
            f"Whether anything changed in {where} round the site is not told: {few_for_rings(made.findings.placebos)}."
        )
    clear = own[own["p"] <= ALPHA]
    if not len(clear):
        return f"Nothing beyond chance was found in {where} round the site."
    told = [f"{row['ring']} {_change(row['ratio'] - 1)} ({_ring_beside(row)})" for _, row in clear.iterrows()]
    more, less = (clear["ratio"] > 1).any(), (clear["ratio"] < 1).any()
    may = "which may be displacement" if more and not less else "which may be a benefit that spread"
    if more and less:
        may = "which may be displacement in one and a benefit that spread in another"
    course = "the ring's own course" if len(clear) == 1 else "the rings' own course"
    return f"Round the site, relative to areas further away: {joined_words(told)}, {may}, or {course}."


def _ring_beside(row: Any) -> str:
    return f"{interval_of({'low': row['low_95'] - 1, 'high': row['high_95'] - 1})}, {p_words(row['p'])}"


def starts_words(records: Mapping[str, Record], chosen: ProtocolSettings) -> str:
    """Where areas of the site began at different times, what that makes of the first outcome."""
    if not chosen.starts:
        return ""
    begun = sorted({chosen.start, *chosen.starts.values()})
    first, last = month_words(begun[0]), month_words(begun[-1])
    told = (
        f"Areas of the site have {number_of(len(begun), 'start')}, from {first} to {last}; every method but staggered "
        f"starts counts the whole site from {month_words(chosen.counted_from)} on."
    )
    made = records.get(f"{chosen.outcomes[0].name}: staggered starts")
    return f"{told} {made.sentence}" if isinstance(made, StaggeredEffects) else told


def other_words(table: pd.DataFrame, chosen: ProtocolSettings) -> str:
    """The other outcomes by placebo sites, outputs of police work apart."""
    told = []
    for choice in chosen.outcomes[1:]:
        row, name = _row(table, choice.name), _named(choice)
        name = f"{name} (an output of police work, no outcome)" if choice.output else name
        if row["verdict"] == "refused":
            told.append(f"{name}: refused")
            continue
        beside = ", ".join(part for part in (interval_of(row), p_words(row["p"])) if part)
        verdict = "cannot be told" if row["verdict"] == "cannot be told" else row["verdict"]
        told.append(f"{name}: {verdict}, {_change(row['change'])} ({beside})")
    if not told:
        return ""
    which = "it" if len(told) == 1 else "them"
    return (
        f"The other {noun_for(len(told), 'outcome')}, by placebo sites; no verdict rests on {which}: {'; '.join(told)}."
    )


def subgroup_words(subgroups: pd.DataFrame) -> str:
    """Which subgroups changed, with p corrected for their number."""
    if not len(subgroups):
        return ""
    clear = subgroups[subgroups["verdict"].isin(["fell", "rose"])]
    told = [
        f"{name} {row['verdict']} ({_change(row['change'])}, corrected {p_words(row['p_corrected'])})"
        for name, row in clear.iterrows()
    ]
    number = number_of(len(subgroups), "registered subgroup")
    refused = [f"{name} was refused" for name in subgroups.index[subgroups["verdict"] == "refused"]]
    than = "otherwise than the areas that the site is compared with"
    if told:
        return f"Of {number}: {joined_words([*told, *refused])}."
    if len(subgroups) == 1 and not refused:
        return f"Whether {subgroups.index[0]}, the one registered subgroup, changed {than} cannot be told."
    aside = f" ({joined_words(refused)})" if refused else ""
    return f"Of {number} none can be said to have changed {than}{aside}."


def registered_words(protocol: Protocol, findings: EvaluationFindings) -> str:
    """What was registered, what was added or changed, and whether the data before the start are those of then."""
    told = protocol.sentence
    if findings.data_as_registered is None:
        return told
    same = "are those of the registration" if findings.data_as_registered else "are not those of the registration"
    told = f"{told} The data before the start {same}."
    search = protocol.settings.donor_search
    if search is None or not search.covariates:
        return told
    alike = findings.covariates_as_registered
    same = "are those of the registration" if alike else "are not those of the registration"
    return f"{told} The covariates of the search for donors {'were not registered' if alike is None else same}."
