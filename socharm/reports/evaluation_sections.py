"""The sections of the report of an evaluation, each number from the table that it stands in."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from socharm._about import NOISY
from socharm._words import joined_words, month_words, noun_for, number_of
from socharm.documents.document import Figure, PrintedTable, Section
from socharm.documents.evidence import Cell, Evidence
from socharm.evaluation.effect_words import percent_change
from socharm.evaluation.evaluate import Evaluation
from socharm.evaluation.protocol_settings import METHOD_OF_VERDICT
from socharm.evaluation.registration import ADDED, CHANGED
from socharm.evaluation.verdict_words import method_words, too_few
from socharm.maps.sources import source_lines
from socharm.publish.statement import MUST_NOT, NOT_IN_THE_DATA

__all__ = [
    "Material", "limits_section", "methods_section", "next_door_section", "outcomes_section", "registered_section",
    "verdict_section",
]  # fmt: skip

#: Areas that are named, of a site or of those left out.
_NAMED: Final = 4
_NONE: Final = "none"
#: What stands in a cell without a number.
_NO: Final = ""
#: What stands in the place of an interval without ends.
_FEW: Final = "too few"


@dataclass(frozen=True, kw_only=True, eq=False)
class Material:
    """An evaluation, and the numbers that were said of it.

    Attributes
    ----------
    evaluation : Evaluation
    evidence : Evidence
    noun : str
        What an area is.
    names : mapping of str to str
        What areas are called.
    """

    evaluation: Evaluation
    evidence: Evidence
    noun: str
    names: Mapping[str, str]

    def name(self, code: str) -> str:
        """What an area is called."""
        return self.names.get(code, code)

    def named(self, codes: Sequence[str]) -> str:
        """Some areas by name, the others counted."""
        told = [self.name(code) for code in codes[:_NAMED]]
        more = len(codes) - _NAMED
        return joined_words([*told, f"{more:,} more"] if more > 0 else told)

    def change(
        self, row: Mapping[Hashable, Any], table: str, key: str, *, column: str = "change", less: float = 0.0
    ) -> str:
        """A share as a change in percent; blank where there is none."""
        return self._noted(row, column, percent_change(1 + float(row[column]) - less), table, key)

    def interval(
        self,
        row: Mapping[Hashable, Any],
        table: str,
        key: str,
        *,
        ends: tuple[str, str] = ("low", "high"),
        less: float = 0.0,
    ) -> str:
        """Both ends of an interval as changes in percent; blank where there is none."""
        low, high = (float(row[end]) - less for end in ends)
        if math.isnan(low) or math.isnan(high):
            return _NO
        if too_few(low, high):
            return _FEW
        text = f"{percent_change(1 + low)} to {percent_change(1 + high)}"
        finite = (low, high if math.isfinite(high) else math.nan)
        return self.evidence.note(text, low, Cell(table, ends[0], key), what=f"interval, {key}", between=finite)

    def p(self, row: Mapping[Hashable, Any], table: str, key: str, *, column: str = "p") -> str:
        """A probability; blank where there is none."""
        value = float(row[column])
        return self._noted(row, column, "under 0.001" if value < 0.001 else f"{value:.3f}", table, key)

    def whole(self, row: Mapping[Hashable, Any], column: str, table: str, key: str) -> str:
        """The nearest whole number."""
        value = float(row[column])
        text = _NO if math.isnan(value) else f"{math.floor(value + 0.5):,}"
        return self._noted(row, column, text, table, key)

    def _noted(self, row: Mapping[Hashable, Any], column: str, text: str, table: str, key: str) -> str:
        value = float(row[column])
        if math.isnan(value):
            return _NO
        return self.evidence.note(text, value, Cell(table, column, key), what=f"{column}, {key}")


def verdict_section(material: Material, figures: tuple[Figure, ...]) -> Section:
    """The verdict, and what stands beside it."""
    told = material.evaluation.sentences
    beside = [told[what] for what in ("selection", "detectable", "next door", "methods") if what in told]
    return Section(
        key="verdict", title="The verdict", lead=told["verdict"], opening=_changes(material), paragraphs=tuple(beside),
        figures=figures,
    )  # fmt: skip


def _changes(material: Material) -> tuple[str, ...]:
    """At the head of the report: what is not as it was registered."""
    protocol = material.evaluation.protocol
    states = protocol.table.loc[list(protocol.changed), "state"]
    told = []
    if changed := list(states.index[states == CHANGED]):
        told.append(f"This is not the analysis that was registered: changed since: {joined_words(changed)}.")
    if added := list(states.index[states == ADDED]):
        told.append(f"Not all of this was registered: added later: {joined_words(added)}.")
    if material.evaluation.findings.covariates_as_registered is False:
        told.append("The covariates of the search for donors are not those of the registration.")
    return tuple(told)


def methods_section(material: Material) -> Section:
    """Every registered method on the first outcome; those that refused with their reasons below the table."""
    made = material.evaluation
    name = made.settings.outcomes[0].name
    rows = made.table[made.table["outcome"] == name]
    printed, refused = [], []
    for row in rows.to_dict("records"):
        key = f"{name}: {row['method']}"
        if row["verdict"] == "refused":
            refused.append(f"{method_words(str(row['method'])).capitalize()} was refused. {row['reason']}")
            continue
        printed.append((
            method_words(str(row["method"])), material.change(row, "methods", key),
            material.interval(row, "methods", key),
            material.p(row, "methods", key), str(row["verdict"]), str(row["reason"]),
        ))  # fmt: skip
    table = PrintedTable(
        caption=f"Change of {name} at the site beyond what was to be expected",
        header=("Method", "Change", "95% interval", "p", "Verdict", "To be known"),
        rows=tuple(printed),
        widths=(8, 3, 5, 2, 5, 12),
        note="All use the same months; rings are held against the areas beyond them. Blank: the method gives none."
        + (" Too few: too few placebo sites for one." if any(_FEW in one for one in printed) else ""),
    )
    searched = [] if made.donors is None else [f"Donors were searched for: {made.sentences['donors']}"]
    return Section(
        key="methods", title="What each method says", tables=(table,) if printed else (),
        paragraphs=(*searched, *refused),
    )  # fmt: skip


def next_door_section(material: Material, figures: tuple[Figure, ...]) -> Section:
    """The rings round the site, by every outcome."""
    made = material.evaluation
    rows = []
    for row in made.rings.to_dict("records"):
        key = f"{row['outcome']}: {row['ring']}"
        counts = (material.whole(row, column, "rings", key) for column in ("before", "after", "expected"))
        rows.append((
            str(row["ring"]), str(row["outcome"]), *counts,
            material.change(row, "rings", key, column="ratio", less=1.0),
            material.interval(row, "rings", key, ends=("low_95", "high_95"), less=1.0),
            material.p(row, "rings", key), str(row["reading"]),
        ))  # fmt: skip
    table = PrintedTable(
        caption="Rings round the site, relative to areas further away",
        header=("Ring", "Outcome", "Before", "After", "Expected", "Change", "95% interval", "p", "Reading"),
        rows=tuple(rows),
        widths=(3, 6, 3, 3, 3, 3, 5, 2, 6),
        note="Intervals and p are corrected for the number of rings of an outcome; a ring is named where p is 0.05 or "
        "less. More than expected may be displacement, less a benefit that spread; a ring that would have gone its own "
        "way shows the same." + _units(made),
    )
    lead = made.sentences.get("next door", "What happened next door was not looked at.")
    return Section(
        key="next_door", title="Did it move next door?", lead=lead, tables=(table,) if rows else (), figures=figures
    )


def outcomes_section(material: Material) -> Section:
    """Every outcome by placebo sites, phases and subgroups."""
    made = material.evaluation
    told = [made.sentences[what] for what in ("starts", "other outcomes", "subgroups") if what in made.sentences]
    told += _refusals(made)
    return Section(
        key="outcomes", title="Outcomes, phases and subgroups", paragraphs=tuple(told),
        tables=(_outcomes(material), *_phases(material), *_subgroups(material)),
    )  # fmt: skip


def _refusals(made: Evaluation) -> list[str]:
    """Why an outcome but the first, or a subgroup, has no estimate by placebo sites."""
    outcomes = made.table[made.table["method"] == METHOD_OF_VERDICT].set_index("outcome").iloc[1:]
    rows = pd.concat([outcomes[["verdict", "reason"]], made.subgroups[["verdict", "reason"]]])
    refused = rows[rows["verdict"] == "refused"]
    return [f"{name!s} was refused: {reason}" for name, reason in refused["reason"].items()]


def _outcomes(material: Material) -> PrintedTable:
    made = material.evaluation
    by_name = made.table[made.table["method"] == METHOD_OF_VERDICT].set_index("outcome").to_dict("index")
    rows = []
    for choice in made.settings.outcomes:
        row, totals, key = by_name[choice.name], made.totals.loc[choice.name].to_dict(), f"{choice.name}: placebo sites"
        name = f"{choice.name} (output)" if choice.output else choice.name
        counts = (material.whole(totals, column, "totals", choice.name) for column in ("before", "after", "expected"))
        rows.append((
            name, *counts, material.change(row, "methods", key), material.interval(row, "methods", key),
            material.p(row, "methods", key), str(row["verdict"]),
        ))  # fmt: skip
    months = made.findings
    outputs = any(choice.output for choice in made.settings.outcomes)
    return PrintedTable(
        caption="At the site, by placebo sites",
        header=("Outcome", "Before", "After", "Expected", "Change", "95% interval", "p", "Verdict"),
        rows=tuple(rows),
        widths=(6, 3, 3, 3, 3, 5, 2, 4),
        note=f"{number_of(months.before, 'month')} before, {months.after} after.{_units(made)}"
        + (" An output of police work rises when they work: it is no outcome." if outputs else ""),
    )


def _units(made: Evaluation) -> str:
    """In what harm is counted, which the names of outcomes do not say."""
    told = []
    for choice in made.settings.outcomes:
        test = made.records.get(f"{choice.name}: {METHOD_OF_VERDICT}")
        if choice.measure == "harm" and test is not None and test.about.unit:
            told.append(f" {choice.name.capitalize()} in {test.about.unit.removesuffix(' a month')}.")
    return "".join(told)


def _phases(material: Material) -> tuple[PrintedTable, ...]:
    rows = []
    for row in material.evaluation.phases.to_dict("records"):
        key = f"{row['outcome']}: {row['phase']}"
        rows.append((
            str(row["phase"]), str(row["outcome"]), f"{row['first']} to {row['last']}",
            *(material.whole(row, column, "phases", key) for column in ("observed", "expected")),
            material.change(row, "phases", key), material.p(row, "phases", key),
        ))  # fmt: skip
    if not rows:
        return ()
    return (
        PrintedTable(
            caption="By phase",
            header=("Phase", "Outcome", "Months", "Recorded", "Expected", "Change", "p"),
            rows=tuple(rows),
            widths=(3, 5, 5, 3, 3, 3, 2),
            note="p of a phase by itself, among the same months of the placebo sites.",
        ),
    )


def _subgroups(material: Material) -> tuple[PrintedTable, ...]:
    rows = []
    for name, row in material.evaluation.subgroups.to_dict("index").items():
        key = str(name)
        rows.append((
            key, material.change(row, "subgroups", key), material.interval(row, "subgroups", key),
            material.p(row, "subgroups", key, column="p_corrected"), str(row["verdict"]),
        ))  # fmt: skip
    if not rows:
        return ()
    corrected = int(material.evaluation.subgroups["p_corrected"].notna().sum())
    return (
        PrintedTable(
            caption="Registered subgroups, by placebo sites",
            header=("Subgroup", "Change", "95% interval", "p, corrected", "Verdict"),
            rows=tuple(rows),
            widths=(6, 3, 5, 3, 4),
            note=f"p is corrected for {number_of(corrected, 'subgroup')} (Holm); the intervals are not.",
        ),
    )


def registered_section(material: Material) -> Section:
    """What was registered, how the site was chosen, and what was changed or added later."""
    made = material.evaluation
    chosen, protocol = made.settings, made.protocol
    texts = [made.sentences["registration"]]
    if chosen.selection:
        texts.append(f"How the site was chosen, as stated: {chosen.selection.rstrip('.')}.")
    if chosen.selected_on:
        first, last = map(month_words, chosen.selected_on)
        texts.append(f"It was chosen on figures of {first} to {last}.")
    size = "of any size" if chosen.factor is None else f"sizes within {chosen.factor:g} times the site's"
    texts.append(
        f"Stated in the protocol: {joined_words(map(method_words, chosen.done))}; "
        f"{joined_words(outcome.name for outcome in chosen.outcomes)}; "
        f"{number_of(chosen.placebos, 'placebo site')} asked for, {size}; "
        f"{number_of(chosen.buffer, 'order')} of neighbours kept away; seed {chosen.seed}."
    )
    rows = [
        (str(field), str(row["registered"]) or _NONE, str(row["now"]) or _NONE, str(row["state"]))
        for field, row in protocol.table.loc[list(protocol.changed)].to_dict("index").items()
    ]
    table = PrintedTable(
        caption="What is not as it was registered", header=("Field", "Registered", "Now", "State"), rows=tuple(rows),
        widths=(4, 6, 6, 3),
    )  # fmt: skip
    hashes = protocol.registration
    source = f"SHA-256 of the analysis as registered: {hashes.analysis_sha256}." if hashes is not None else ""
    return Section(
        key="registered", title="What was registered", paragraphs=tuple(texts), tables=(table,) if rows else (),
        source=source,
    )  # fmt: skip


def limits_section(material: Material) -> Section:
    """What it was compared with, what was left out, what is not in the data, and what it must not be used for."""
    made = material.evaluation
    found = made.findings
    noun = noun_for(len(found.donors), material.noun)
    compared = f"Compared with {len(found.donors):,} {noun}."
    left = "; ".join(
        f"{number_of(len(codes), material.noun)} {why} ({material.named(codes)})" for why, codes in found.left_out
    )
    texts = [
        f"{compared} Left out: {left}." if left else compared,
        "Placebo sites say how often places change as much by themselves. They do not say what a site that was chosen "
        "because it was worst would have done: such a site falls by itself. Nor can they tell what was done here from "
        "whatever else happened here at that time.",
        f"What is not in the data. {' '.join(NOT_IN_THE_DATA[:3])}",
        f"What it must not be used for. {' '.join(MUST_NOT)}",
    ]
    if NOISY in made.about.coverage:
        texts.insert(
            1, "Every figure is worked out from counts that were published with noise, which the intervals do not hold."
        )
    source = " ".join([*source_lines(made.about), f"Marking: {made.about.shown_marking}."])
    return Section(key="limits", title="What this cannot say", paragraphs=tuple(texts), source=source)
