"""The few facts of page one: harm, crimes, anti-social behaviour, what changed, and where."""

from __future__ import annotations

from typing import Final

import pandas as pd

from socharm._columns import AREA, OFFENCE
from socharm._words import per_one, unit_sentence
from socharm.documents.document import PrintedTable
from socharm.documents.evidence import Cell, amount, percent
from socharm.offences import UNWEIGHTED_CATEGORIES
from socharm.profiles.change import change_of, change_row, change_sentence
from socharm.profiles.content import Material, area_noun, force_words
from socharm.profiles.harm import rate_here, share_of_all, times_median, weighted_crimes
from socharm.profiles.offence_rules import asb_row
from socharm.profiles.subject import squares_of

__all__ = ["facts_table", "unit_sentence"]

_ASB: Final = UNWEIGHTED_CATEGORIES[0]


def facts_table(material: Material) -> tuple[PrintedTable | None, tuple[str, ...]]:
    """The facts as a table, and the sentences that they need beside them."""
    change = change_of(material)
    rows = [
        row
        for row in (
            _harm(material),
            _crimes(material),
            _asb(material),
            None if change is None else change_row(material, change),
            _where(material),
        )
        if row is not None
    ]
    if not rows:
        return None, ()
    notes = [unit_sentence(material.about.unit), "" if change is None else change_sentence(change)]
    table = PrintedTable(
        caption=f"{material.subject.name} in short",
        header=("What", "Here", "Beside it"),
        rows=tuple(rows),
        widths=(4, 8, 7),
        note=" ".join(note for note in notes if note),
    )
    return table, ()


def _harm(material: Material) -> tuple[str, str, str] | None:
    row = material.row(material.tables["index"])
    if not row or pd.isna(row.get("rate")):
        return None
    said, column = rate_here(material)
    times = times_median(material, column)
    beside = f"{times} times that of the median {area_noun(material.tables)}" if times else _rate_of_all(material)
    return "Harm, as recorded" if column == "rate" else "Harm", f"{said} {material.about.unit}", beside


def _rate_of_all(material: Material) -> str:
    """The recorded rate of all areas together, which districts are set beside."""
    sums = material.tables["index"].reindex(material.own_areas)[["harm", "exposure"]].astype(float).dropna().sum()
    if not sums["exposure"] > 0:
        return "-"
    rate = float(sums["harm"] / sums["exposure"]) * material.tables.setting("index", "per", 1.0)
    said = material.evidence.note(
        amount(rate), rate, Cell("index", "rate", "all areas"), what="harm rate of all areas", unit=material.about.unit
    )
    return f"{said} in {force_words(material)}"


def _crimes(material: Material) -> tuple[str, str, str] | None:
    row = material.row(material.tables["index"])
    if not row or pd.isna(row.get("crimes")):
        return None
    crimes = weighted_crimes(material, row["crimes"])
    part = share_of_all(material)
    beside = f"{part} of the harm of all {area_noun(material.tables)}s assessed" if part else "-"
    return "Recorded crime", f"{crimes} {'crime' if int(row['crimes']) == 1 else 'crimes'}", beside


def _asb(material: Material) -> tuple[str, str, str] | None:
    """Anti-social behaviour: counted, and in no rank, since it has no weight."""
    row = asb_row(material, _ASB)
    if row is None:
        return None
    count = int(row["n"])
    said = material.evidence.note(
        f"{count:,}",
        count,
        Cell("unweighted", "n", f"{material.key}, {_ASB}"),
        what=f"incidents: {_ASB}",
        unit="incidents",
    )
    noun = "incident" if count == 1 else "incidents"
    return "Anti-social behaviour", f"{said} {noun}; in no rank, since it has no weight", _beside_asb(material)


def _beside_asb(material: Material) -> str:
    """The number per resident over that of the median area; only of one area whose population is known."""
    table = material.tables["unweighted"]
    if material.subject.kind != "area" or "rate" not in table:
        return _part_of_asb(material)
    rates = table[table[OFFENCE] == _ASB].set_index(AREA)["rate"].astype(float)
    ranking = material.tables["ranking"]
    known = rates.reindex(ranking.index[ranking["rank"].notna()]).dropna()
    mine = float(rates.get(material.key, float("nan")))
    if known.empty or not known.median() > 0 or mine != mine:
        return "-"
    times, base = mine / float(known.median()), per_one(material.about.unit)
    said = material.evidence.note(
        f"{times:.1f}",
        times,
        Cell("unweighted", "rate", f"{material.key}, {_ASB}"),
        what=" ".join(f"anti-social behaviour {base} over that of the median {area_noun(material.tables)}".split()),
    )
    return " ".join(f"{said} times the number {base} of the median {area_noun(material.tables)}".split())


def _part_of_asb(material: Material) -> str:
    """The part of all incidents that was counted here."""
    table = material.tables["unweighted"]
    mine = table[table[OFFENCE] == _ASB]
    whole = float(mine.loc[mine[AREA].isin(material.own_areas), "n"].sum())
    row = asb_row(material, _ASB)
    if row is None or not whole > 0:
        return "-"
    share = float(row["n"]) / whole
    said = material.evidence.note(
        percent(share),
        share,
        Cell("unweighted", "n", f"{material.key}, {_ASB}"),
        what="share of all anti-social behaviour",
        unit="share",
    )
    return f"{said} of the incidents of {force_words(material)}"


def _where(material: Material) -> tuple[str, str, str] | None:
    facts = material.row(material.tables["micro_place_facts"])
    if not facts or not int(facts["squares"]) or pd.isna(facts["share_listed"]) or not int(facts["listed"]):
        return None
    squares, listed, share = int(facts["squares"]), int(facts["listed"]), float(facts["share_listed"])
    size = squares_of(material.tables)
    for value, column in ((squares, "squares"), (listed, "listed")):
        material.evidence.note(
            f"{value:,}", value, material.cell("micro_place_facts", column), what=f"{size}: {column}"
        )
    said = material.evidence.note(
        percent(share),
        share,
        material.cell("micro_place_facts", "share_listed"),
        what="share of harm in the squares listed",
        unit="share",
    )
    return (
        "Where",
        f"{listed:,} of its {squares:,} {size} with harm hold {said} of it",
        "shaded on the map",
    )
