"""Who rose and who fell beyond what was to be expected, and what the choice of the list explains."""

from __future__ import annotations

from typing import Final

from socharm._words import noun_for, number_of, percent
from socharm.documents.document import PrintedTable, Section
from socharm.documents.evidence import Cell
from socharm.reports.material import Material
from socharm.rescoring.change_words import BY_ITSELF

__all__ = ["changed_section", "change_cells", "selection_section"]

#: Areas of each verdict that are named.
_NAMED: Final = 4
_DIRECTIONS: Final = ("rose", "fell")


def changed_section(material: Material) -> Section:
    """Areas whose change is beyond chance and ordinary drift, with how many of the names are expected to be wrong."""
    paragraphs = [_few(material), _least(material), _counts_alone(material)]
    return Section(
        key="changed",
        title="What rose and what fell",
        lead=_lead(material),
        paragraphs=tuple(text for text in paragraphs if text),
        tables=_named(material),
    )


def _number(material: Material, fact: str) -> int:
    return int(material.value("facts", "value", fact))


def _lead(material: Material) -> str:
    number = {way: _number(material, f"areas: {way}") for way in _DIRECTIONS}
    compared = material.whole("facts", "value", "areas compared", what="areas compared")
    if not any(number.values()):
        return (
            f"Of {compared} {material.nouns} none can be said to have risen or fallen beyond what was to be expected."
        )
    told = []
    for way in _DIRECTIONS:
        said = material.whole("facts", "value", f"areas: {way}", what=f"areas that {way}")
        wrong = material.decimal(
            "facts", "value", f"names expected to be wrong: {way}", what=f"names expected to be wrong: {way}"
        )
        told.append(f"{said} {way}" + (f" (up to {wrong} of these by chance)" if number[way] else ""))
    return f"Of {compared} {material.nouns} {' and '.join(told)} beyond what was to be expected."


def _named(material: Material) -> tuple[PrintedTable, ...]:
    rows, more = [], 0
    for way in _DIRECTIONS:
        named = material.comparison.named(way)
        more += max(len(named) - _NAMED, 0)
        rows += [(material.name(area), *change_cells(material, area), way) for area in named.index[:_NAMED]]
    if not rows:
        return ()
    rest = f" {number_of(more, 'more name')} in the table of areas." if more else ""
    borne = percent(material.comparison.settings.false_discovery)
    return (
        PrintedTable(
            caption="Beyond what was to be expected",
            header=(material.noun.capitalize(), "Recorded", "To be expected", "Beyond that (95% interval)", "Verdict"),
            rows=tuple(rows),
            widths=(7, 3, 4, 7, 3),
            note=f"A verdict asks for one direction alone and bears {borne} of such names to be wrong, so that the "
            f"interval beside it can hold 0%.{rest}",
        ),
    )


def change_cells(material: Material, area: object) -> tuple[str, str, str]:
    """Recorded change of an area, what of it was to be expected, and what is beyond that with its interval."""
    return (
        material.change("expected", "ratio", area, what="recorded change"),
        material.change("areas", "expected", area, what="change to be expected"),
        f"{material.change('expected', 'beyond', area, what='change beyond expectation')} "
        f"({material.span('expected', 'beyond', area, level=95, what='interval of the change beyond expectation')})",
    )


def _few(material: Material) -> str:
    """Of whom nothing can be said, and what not clear means."""
    clear, few = (_number(material, f"areas: {verdict}") for verdict in ("not clear", "too few events to tell"))
    told = []
    if clear:
        said = material.whole("facts", "value", "areas: not clear", what="areas: not clear")
        told.append(
            f"Of {said} {noun_for(clear, material.noun)} it is not clear, which does not mean that nothing changed: "
            f"what did is within chance and ordinary drift{_crowd(material)}"
        )
    if few:
        said = material.whole("facts", "value", "areas: too few events to tell", what="areas: too few events to tell")
        told.append(f"{'of' if told else 'Of'} {said} there are too few crimes to tell")
    return f"{'; '.join(told)}." if told else ""


def _crowd(material: Material) -> str:
    """Areas whose own interval lies on one side of no change, without a verdict because many were looked at."""
    alone = material.value("facts", "value", BY_ITSELF)
    if not alone > 0:
        return ""
    said = material.whole("facts", "value", BY_ITSELF, what=BY_ITSELF)
    return (
        f", but for {said} whose own 95% interval lies on one side of no change: among so many "
        f"{material.nouns}, such differences arise by chance"
    )


def _least(material: Material) -> str:
    """What could have been shown at all."""
    expected = material.frames["expected"]
    known = expected.loc[expected["listed"], "least_fall"].dropna()
    if not len(known):
        return ""
    area, least = known.index[int(known.to_numpy().argmin())], float(known.min())
    if least >= 1:
        return "In no place of the list could a fall of any size have been shown in periods of this length."
    said = material.evidence.note(
        percent(least), least, Cell("expected", "least_fall", str(area)), what="least fall that could be shown"
    )
    return (
        f"In no one place of the list could a fall of less than {said} have been shown ({material.name(area)}); "
        "smaller ones can show in the list as a whole alone."
    )


def _counts_alone(material: Material) -> str:
    """Whom the counts of the two periods alone would name, and why nobody should act on it."""
    alone = "The counts alone, with the chance of few crimes and nothing else,"
    why = "They know neither how the list was chosen nor what places do by themselves"
    if not any(_number(material, f"areas by the counts alone: {way}") for way in _DIRECTIONS):
        return f"{alone} would name no {material.noun}. {why}."
    said = {
        way: material.whole(
            "facts", "value", f"areas by the counts alone: {way}", what=f"areas by the counts alone: {way}"
        )
        for way in _DIRECTIONS
    }
    sure = percent(material.comparison.settings.sure)
    return (
        f"{alone} would name {said['rose']} as risen and {said['fell']} as fallen, each with a probability of {sure} "
        f"or more. {why}: more of these names can be wrong."
    )


def selection_section(material: Material) -> Section:
    """The list together: recorded change = trend x selection x beyond."""
    recorded, expected, beyond = (
        material.change("list", column, "list", what=f"list together: {what}")
        for column, what in (
            ("ratio", "recorded change"),
            ("expected", "change to be expected"),
            ("beyond", "change beyond expectation"),
        )
    )
    trend, selection = (
        material.change("list", column, "list", what=f"list together: {column}") for column in ("trend", "selection")
    )
    span = material.span("list", "beyond", "list", level=95, what="list together: interval beyond expectation")
    table = PrintedTable(
        caption="Recorded change of the list, and what explains it",
        header=("Recorded", "Trend of the other places", "Explained by the choice", "Beyond both (95% interval)"),
        rows=((recorded, trend, selection, f"{beyond} ({span})"),),
        widths=(3, 5, 5, 6),
        note="The recorded change is the product of the other three.",
    )
    return Section(
        key="selection",
        title="What the choice of the list explains by itself",
        lead=f"{material.list_words}{' together' if material.listed > 1 else ''}: {recorded} recorded, {expected} was "
        f"to be expected, {beyond} remains ({_within(material)}).",
        paragraphs=(
            "The worst places of one period look better in the next one by themselves, because part of what made them "
            "the worst was chance. That part is no success, and its absence no failure.",
        ),
        tables=(table,),
    )


def _within(material: Material) -> str:
    low, high = (material.value("list", f"beyond_{end}_95", "list") for end in ("low", "high"))
    if low > 1:
        return "more than chance and ordinary drift explain: the list rose"
    if high < 1:
        return "more than chance and ordinary drift explain: the list fell"
    return "within chance and ordinary drift"
