"""What could not be compared, what was restated or shown all the same, crime found by looking, and the method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from socharm._about import NOISY
from socharm._words import joined_words, number_of, percent
from socharm.documents.document import PrintedTable, Section
from socharm.maps.sources import source_lines
from socharm.publish.statement import MUST_NOT, NOT_IN_THE_DATA
from socharm.reports.material import Material, for_readers
from socharm.rescoring.known_changes import KnownChanges

__all__ = ["left_out", "limits_section", "looked_for_section", "method_section"]

#: Findings that are told, and areas that are named.
_FINDINGS: Final = 3
_NAMED: Final = 3
#: Notes of the store that are told.
_NOTES: Final = 4
_BECAME: Final = {"restated": "Restated", "noted": "To be known"}


def limits_section(material: Material, known: KnownChanges) -> Section:
    """Areas that are not in the comparison, and what stands between the two assessments."""
    facts = material.frames["facts"]["value"]
    lost = {
        "areas of the earlier assessment not matched": f"of the earlier without a match{_codes(material, 'earlier')}",
        "areas of the later assessment not matched": f"of the later without a match{_codes(material, 'later')}",
        "areas: not compared": f"matched, without a month or people to compare by{_absent(material)}",
        "areas by interpolation": "compared by shares of earlier areas, so that their earlier crimes are not exact",
    }
    told = [
        f"{material.whole('facts', 'value', fact, what=fact)} {words}" for fact, words in lost.items() if facts[fact]
    ]
    lost_words = f"Of the {material.nouns}: {'; '.join(told)}." if told else ""
    return Section(
        key="limits",
        title="What could not be compared, and what to know",
        lead="" if told else _whole(material),
        paragraphs=tuple(text for text in (lost_words, _noise(material)) if text),
        tables=(*_findings(material), *_known(known)),
    )


def _whole(material: Material) -> str:
    """What is said where nothing is left out: codes that changed are held against those that they come from."""
    every = f"Every {material.noun} of both assessments was compared"
    if (material.comparison.table["how"] == "code").all():
        return f"{every} with itself."
    return f"{every}; where a code changed, with the {material.noun} or {material.nouns} that it comes from."


def _noise(material: Material) -> str:
    """What noise in published counts does to a comparison."""
    if NOISY not in material.comparison.about.coverage:
        return ""
    return (
        "Every figure is worked out from counts that were published with noise, which the intervals do not hold, so "
        "that a verdict can differ from the one of the counts as recorded. What the source revised is not published."
    )


def _codes(material: Material, which: str) -> str:
    mine = material.comparison.unmatched
    codes = mine.loc[mine["assessment"] == which, "area_code"].astype(str).tolist()
    return _some(codes)


def _absent(material: Material) -> str:
    return _some([material.name(area) for area in material.comparison.expected.not_compared.index])


def _some(names: list[str]) -> str:
    return f" ({_some_of(names)})" if names else ""


def _findings(material: Material) -> tuple[PrintedTable, ...]:
    found = material.comparison.findings
    found = found[~found["allowed"]]  # what it is shown in spite of stands below the title
    if not len(found):
        return ()
    shown = found.head(_FINDINGS)
    more = len(found) - len(shown)
    rows = tuple(
        (_BECAME[row["severity"]], row["reason"], for_readers(row["remedy"]))
        for row in shown[["severity", "reason", "remedy"]].astype(str).to_dict("records")
    )
    return (
        PrintedTable(
            caption="What stands between the two assessments",
            header=("What became of it", "What was found", "What that means"),
            rows=rows,
            widths=(3, 10, 8),
            note=f"{number_of(more, 'more finding is', 'more findings are')} in the table of findings." if more else "",
        ),
    )


def _known(known: KnownChanges) -> tuple[PrintedTable, ...]:
    """Notes of the store; changes that the comparison found stand in the table above."""
    notes = known.table[known.table["falls_in"] != ""]
    if not len(notes):
        return ()
    shown, more = notes.head(_NOTES), len(notes) - _NOTES
    told = ["kind", "days", "falls_in", "places", *(["text"] if (notes["text"] != "").any() else [])]
    left = [f"{number_of(more, 'more note is', 'more notes are')} in the table of known changes."] if more > 0 else []
    return (
        PrintedTable(
            caption="What was done there, and what changed in recording",
            header=("What", "When", "In which period", "Where", "In words")[: len(told)],
            rows=tuple(_row(row, told) for row in shown.to_dict("records")),
            widths=(4, 6, 4, 6, 8)[: len(told)],
            note=" ".join([*left, *left_out(known)]),
        ),
    )


def left_out(known: KnownChanges) -> list[str]:
    """Sentences on notes that are not shown."""
    told = []
    if known.elsewhere:
        told.append(f"{number_of(known.elsewhere, 'note')} of areas that are not compared.")
    if known.withheld:
        told.append(f"{number_of(known.withheld, 'note')} of no stated kind, which a published form leaves out.")
    return told


def _row(row: Mapping[Any, Any], told: Sequence[str]) -> tuple[str, ...]:
    places = str(row["places"]).split(", ")
    return tuple(_some_of(places) if column == "places" else str(row[column]) for column in told)


def _some_of(names: list[str]) -> str:
    more = len(names) - _NAMED
    return joined_words([*names[:_NAMED], f"{more:,} more"] if more > 0 else names)


def looked_for_section(material: Material) -> Section:
    """Crime that is recorded when police look for it, by itself."""
    said = {
        (what, which): material.whole(
            "facts", "value", f"police-generated {what}: {which}", what=f"crime found by looking: {what}, {which}"
        )
        for what in ("crimes", "harm")
        for which in ("earlier", "later")
    }
    first, second = material.spans
    if not any(material.value("facts", "value", f"police-generated crimes: {which}") for which in ("earlier", "later")):
        return Section(
            key="looked_for",
            title="Crime that police find by looking",
            paragraphs=("None was counted in either period (drugs, weapons).",),
        )
    return Section(
        key="looked_for",
        title="Crime that police find by looking",
        lead=f"{said['crimes', 'earlier']} crimes in {first}, {said['crimes', 'later']} in {second}; harm "
        f"{said['harm', 'earlier']}, then {said['harm', 'later']} {_of_harm(material)}.",
        paragraphs=(
            "Drugs, weapons and other crime that is recorded when police look for it. It rises when they work more, so "
            f"that a rise is no sign of more harm.{_most(material)}",
        ),
    )


def _of_harm(material: Material) -> str:
    """What harm is counted in."""
    return material.comparison.about.unit.split(" per ")[0] or "weight"


def _most(material: Material) -> str:
    table = material.frames["police_generated"]
    rise = (table["crimes_later"] - table["crimes_earlier"]).sort_values(ascending=False, kind="stable")
    areas = rise.index[rise > 0][:_NAMED]
    told = [
        f"{material.name(area)} ("
        + ", then ".join(
            material.whole("police_generated", f"crimes_{which}", area, what=f"crimes found by looking, {which}")
            for which in ("earlier", "later")
        )
        + ")"
        for area in areas
    ]
    return f" The largest rises in the number of such crimes: {joined_words(told)}." if told else ""


def method_section(material: Material) -> Section:
    """How it was made, what is not in the data, and what it must not be used for."""
    made = material.comparison
    borne = percent(made.settings.false_discovery)
    others = (made.findings["what"] == "seasons").any()
    months = "; of each, all covered months" if others else ", and the months of the year that both cover"
    texts = (
        f"The earlier period is on the terms of the later one: its weights, choices and borders{months}. What is "
        f"expected of each {material.noun} comes from one model of both periods: what "
        "lasts there, the trend of the other places by kinds of crime, chance, and the drift that places have in an "
        "ordinary period; places of the list tell it of their earlier crimes alone. A rise or fall is named where it "
        f"is beyond all of these; on average up to {borne} of such names are wrong.",
        f"What is not in the data. {' '.join(NOT_IN_THE_DATA[:3])}",
        f"What it must not be used for. {' '.join(MUST_NOT)}",
    )
    first, second = made.assessments
    marking = f"Marking: {made.about.shown_marking}."
    source = " ".join([f"Assessments {first} and {second}.", *source_lines(made.about), marking])
    return Section(key="method", title="How this was made", paragraphs=texts, source=source)
