"""Where a place stands, how surely, and what moved since an earlier assessment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pandas as pd

from socharm._columns import AREA, NAME, PARENT
from socharm._words import harm_per, number_of, per_one, rank_span
from socharm.documents.document import PrintedTable, Section
from socharm.documents.evidence import Cell, percent
from socharm.maps.place_squares import LISTED, leading_areas
from socharm.overlay.phrases import ordinal, probability_phrase
from socharm.profiles.content import Material, area_noun, source_line
from socharm.profiles.moved import moved_since
from socharm.profiles.page_one import facts_table
from socharm.snapshot.centres import CENTRE_MARK, CENTRE_NOTE
from socharm.snapshot.population_age import gap_of
from socharm.snapshot.population_fit import coarse_fit

__all__ = ["SOURCES_BELOW", "headline_section", "ranks_table"]

#: Page one of a district has its table, and its sources stand under its harm.
SOURCES_BELOW: Final = "Sources and licences: at the end of the next section."
#: Column of classes that hold for all areas at once.
JOINT_LOW: Final = "joint_low"
_CLASSES: Final = {
    "for sure": "with {level} confidence for all areas at once it is in the top {k}",
    "possibly": "with {level} confidence for all areas at once it may or may not be in the top {k}",
    "not": "with {level} confidence for all areas at once it is not in the top {k}",
}


def headline_section(material: Material, *, actions: tuple[str, ...], old: str = "") -> Section:
    """Where the subject stands, what to do first, and the few facts of page one."""
    subject = material.subject
    if subject.kind == "set":
        lead, paragraphs, table = _of_set(material)
    elif subject.kind == "district":
        lead, paragraphs, table = _of_district(material)
    else:
        lead, paragraphs = _of_area(material)
        table = None
    facts, notes = facts_table(material)
    moved = moved_since(material)
    return Section(
        key="headline",
        title="Where it stands, and what to do first",
        lead=lead,
        opening=(*moved.opening, *_cautions(material, old)),
        paragraphs=(*paragraphs, *notes),
        tables=tuple(found for found in (facts, moved.table, table) if found is not None),
        points=actions,
        source=source_line(material) if subject.kind == "area" else SOURCES_BELOW,
        human=material.human("headline"),
    )


def _cautions(material: Material, old: str) -> tuple[str, ...]:
    """What the rank must be read with, straight below it: its mark, old months, and residents of other years."""
    centre = material.subject.kind == "area" and material.key in material.centres
    told = [f"{old}: what it says may have changed since." if old else "", coarse_fit(material.tables)]
    gap = gap_of(material.tables)
    if gap is not None:
        what = "whole months between the population and the crime"
        material.evidence.note(gap.said, gap.months, material.cell("population", "date"), what=what, unit="months")
        told.append(gap.text)
    # One paragraph: page one is short, and each line that is begun is taken whole.
    return tuple(filter(None, (CENTRE_NOTE if centre else "", " ".join(filter(None, told)))))


def _of_area(material: Material) -> tuple[str, list[str]]:
    row = material.row(material.tables["ranking"])
    name, noun = material.subject.name, area_noun(material.tables)
    if not row or pd.isna(row["rank"]):
        reason = str(row.get("reason", "")) or "no harm rate is known"
        return f"{name} has no rank: {reason}.", ["Its harm is not known to be low: it is not known."]
    ranked = int(material.tables["ranking"]["rank"].notna().sum())
    rank, low, high = _noted_rank(material, row, "rank", "rank among all areas")
    mark = f" {CENTRE_MARK}" if material.key in material.centres else ""
    stands = f"{name}{mark} ranks {rank} of {number_of(ranked, noun)} for {_harm(material)}"
    lead = f"{stands}{_how_surely(material, low, high)}.{_first_is(rank, material)}"
    return lead, [text for text in (_top_sentence(material),) if text]


def _harm(material: Material) -> str:
    """What ranks are made of: many an area with much harm has little of it per resident."""
    return harm_per(material.about.unit)


def _first_is(rank: str, material: Material) -> str:
    """Which end of the ranks is the worse one."""
    return "" if rank == "1st" else f" 1st has the most {_harm(material)}."


def _how_surely(material: Material, low: str, high: str) -> str:
    """The interval of a rank; one that holds a single rank, for all areas at once too, is beyond reasonable doubt."""
    if low != high:
        return f" (90% interval: {low} to {high})"
    sets = material.row(material.tables["rank_sets"])
    joint = [sets.get(f"joint_{end}") for end in ("low", "high")] if sets else []
    if len(joint) == 2 and pd.notna(joint[0]) and joint[0] == joint[1]:
        # A rate per resident misleads about a centre: its rank is sure of nothing else.
        base = per_one(material.about.unit) if material.key in material.centres else ""
        return f", beyond reasonable doubt{f' as a rate {base} {CENTRE_MARK}' if base else ''}"
    return f" (90% interval: {low})"


def ranks_table(material: Material) -> PrintedTable | None:
    """The rank of an area among all, among its own, and under other choices."""
    row = material.row(material.tables["ranking"])
    if material.subject.kind != "area" or not row or pd.isna(row["rank"]):
        return None
    noun = area_noun(material.tables)
    ranked = int(material.tables["ranking"]["rank"].notna().sum())
    rank, low, high = _noted_rank(material, row, "rank", "rank among all areas")
    rows = [(f"All {number_of(ranked, noun)} assessed", rank, rank_span(low, high))]
    if pd.notna(row.get("mix_low_90")):
        ends = _ends_of_mix(material, row)
        rows.append(("With a wider margin for differences between kinds of crime", rank, ends))
    for column, group, label in (("rank_parent", PARENT, "district"), ("rank_force", "force", "force")):
        if pd.notna(row.get(column)):
            place, first, last = _noted_rank(material, row, column, f"rank in the {label}")
            members = material.tables["ranking"]
            of = int(((members[group] == row[group]) & members["rank"].notna()).sum())
            # A force that is all of the areas would say the first row a second time.
            if of < ranked:
                rows.append((f"{row[group]} ({number_of(of, noun)})", place, rank_span(first, last)))
    source = "uncertainty_ranking"
    other = material.row(material.tables[source])
    if other and pd.notna(other["rank"]):
        place, first, last = _noted_rank(material, other, "rank", "rank over other choices", table=source)
        rows.append(("If the index were built in other defensible ways", place, rank_span(first, last)))
    return PrintedTable(
        caption=f"Rank of {material.subject.name} by {_harm(material)}",
        header=("Among", "Rank", "90% interval"),
        rows=tuple(rows),
        widths=(6, 2, 3),
        note=f"Rank 1 is the most {_harm(material)}. {_known(material)} Two places whose "
        "intervals overlap may still be in a likely order: an interval is of one place at a time.",
    )


def _known(material: Material) -> str:
    """What the intervals leave out, which is not said to be known where page one says that it is not."""
    doubted = coarse_fit(material.tables) or gap_of(material.tables) is not None
    if not doubted:
        return "Weights and populations are taken as known."
    return "The intervals leave out doubt about population (see page one) and weights."


def _said(material: Material) -> str:
    """The subject inside a sentence; a set without a name of its own has no more than a number."""
    subject = material.subject
    return f"these {subject.name}" if subject.kind == "set" and subject.name[:1].isdigit() else subject.name


def _ends_of_mix(material: Material, row: Mapping[str, Any]) -> str:
    """The interval of the rank if the mix of offences differed more, written down."""
    low, high = (int(row[f"mix_{end}_90"]) for end in ("low", "high"))
    return material.evidence.note(
        rank_span(ordinal(low), ordinal(high)),
        low,
        material.cell("ranking", "mix_low_90"),
        what="rank if the mix of offences differed more",
        between=(low, high),
        unit="rank",
    )


def _noted_rank(
    material: Material, row: Mapping[str, Any], column: str, what: str, *, table: str = "ranking", of: str = ""
) -> tuple[str, str, str]:
    """A rank and both ends of its 90% interval as ordinals, written down."""
    prefix = column if table == "ranking" and column != "rank" else "rank"
    low, high = (int(row[f"{prefix}_{end}_90"]) for end in ("low", "high"))
    value = int(row[column])
    text = material.evidence.note(
        ordinal(value), value, Cell(table, column, of or material.key), what=what, between=(low, high), unit="rank"
    )
    return text, ordinal(low), ordinal(high)


def _top_sentence(material: Material) -> str:
    """How likely it is to be among the first, for the smallest and the largest top that was asked for."""
    tops = material.tables["top_k"]
    mine = tops[tops[AREA] == material.key].sort_values("size", kind="stable")
    if mine.empty:
        return ""
    parts = []
    for k, size, chance in zip(mine["k"], mine["size"], mine["probability"].astype(float), strict=True):
        said = material.evidence.note(
            percent(chance),
            chance,
            Cell("top_k", "probability", f"{material.key}, {k}"),
            what=f"probability to be in the top {k}",
            unit="probability",
        )
        named = f"top {int(size)}" if str(k) == str(size) else f"top {k} ({number_of(int(size), 'area')})"
        parts.append((named, f"{probability_phrase(chance)} ({said})"))
    told = [parts[0], parts[-1]] if len(parts) > 1 and parts[0][0] != parts[-1][0] else parts[:1]
    words = f"in the {told[0][0]} is {told[0][1]}" + "".join(f", in the {named} {text}" for named, text in told[1:])
    sure = material.row(material.tables["top_classes"])
    # Classes by probability would say the same a second time: only those of rank sets add something.
    kind = str(sure.get("class", "")) if sure and JOINT_LOW in material.tables["top_classes"] else ""
    judged = ""
    if kind in _CLASSES:
        judged = "; " + _CLASSES[kind].format(k=int(sure["k"]), level=percent(float(sure["level"])))
    return f"That it is {words}{judged}."


def _of_district(material: Material) -> tuple[str, list[str], PrintedTable | None]:
    parents = material.tables["parents"]
    row = material.row(parents)
    inside = _inside(material)
    if not row or pd.isna(row.get("rank")):
        return (
            f"{material.subject.name} has no rank among the districts assessed.",
            ["Its areas have ranks of their own."],
            inside,
        )
    rank, low, high = _noted_rank(material, row, "rank", "rank among districts", table="parents")
    of = int(parents["rank"].notna().sum())
    of_all = f"{rank} of {number_of(of, 'district')}"
    stands = f"{material.subject.name} ranks {of_all} for {_harm(material)}"
    lead = f"{stands}{_how_surely(material, low, high)}.{_first_is(rank, material)}"
    return lead, _range_inside(material), inside


def _range_inside(material: Material) -> list[str]:
    """Between which ranks the areas of a district lie, which its own rank hides; nothing of one alone."""
    ranking = material.tables["ranking"]
    ranks = ranking["rank"].reindex(list(material.subject.codes)).dropna().astype(int).sort_values(kind="stable")
    noun, ranked = area_noun(material.tables), int(ranking["rank"].notna().sum())
    if len(ranks) < 2:
        return [f"One {noun} of it has a rank."] if len(ranks) else [f"None of its {noun}s has a rank."]
    first, last = (
        material.evidence.note(
            ordinal(int(ranks.iloc[place])),
            int(ranks.iloc[place]),
            Cell("ranking", "rank", str(ranks.index[place])),
            what="rank among all areas",
            unit="rank",
        )
        for place in (0, -1)
    )
    told = f"Its {noun}s rank from {first} to {last} of {ranked}"
    return [f"{told}: the rank of the district says little of any one of them."]


def _of_set(material: Material) -> tuple[str, list[str], PrintedTable | None]:
    count = len(material.subject.codes)
    together = f"{number_of(count, 'area')} taken together"
    same = material.subject.name == number_of(count, "area")
    lead = f"{together}." if same else f"{material.subject.name}: {together}."
    return lead, ["Several areas together have no rank; each has its own."], _inside(material)


def _inside(material: Material) -> PrintedTable | None:
    """The areas inside that hold half of the harm, at most six, with their ranks and intervals."""
    index = material.tables["index"].reindex(list(material.subject.codes))
    harm = index["harm"].astype(float).dropna().sort_values(ascending=False, kind="stable")
    if harm.empty or harm.sum() <= 0:
        return None
    share = harm / harm.sum()
    needed = int((share.cumsum() < 0.5).sum()) + 1
    shown = leading_areas(share)
    rows: list[tuple[str, str, str, str]] = []
    for code in shown:
        ranks = {str(name): value for name, value in material.tables["ranking"].reindex([code]).iloc[0].items()}
        known = pd.notna(ranks["rank"])
        part = material.evidence.note(
            percent(float(share[code])),
            float(share[code]),
            Cell("index", "harm", code),
            what=f"share of the harm of {material.key}",
            unit="share",
        )
        interval, place = "-", "not ranked"
        if known:
            place, first, last = _noted_rank(material, ranks, "rank", "rank among all areas", of=code)
            interval = rank_span(first, last)
        mark = f" {CENTRE_MARK}" if code in material.centres else ""
        rows.append((f"{len(rows) + 1}. {index[NAME].get(code) or code}{mark}", part, place, interval))
    left = "" if needed <= LISTED else f" {number_of(needed - LISTED, 'more is', 'more are')} not shown."
    left += f" {CENTRE_NOTE}" if material.centres.isin(shown).any() else ""
    held = f"{needed} of {number_of(len(harm), area_noun(material.tables))} hold{'s' if needed == 1 else ''}"
    return PrintedTable(
        caption=f"{held} half of the harm of {_said(material)}",
        header=("Area", "Share of harm", "Rank among all", "90% interval"),
        rows=tuple(rows),
        widths=(5, 3, 3, 3),
        note=f"Rank 1 is the most {_harm(material)}; the share is of all harm inside; numbers as on the map.{left}",
    )
