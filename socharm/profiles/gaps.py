"""What is not known of a place: partners, measures, months and areas that are missing, and who could mend it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

import pandas as pd

from socharm._about import NOISY
from socharm._columns import AREA, PERIOD
from socharm._words import month_words, number_of
from socharm.documents.document import PrintedTable, Section
from socharm.documents.evidence import Cell, percent
from socharm.offences import offence_words
from socharm.plans.facts import CORE_SECTORS, ProfileFacts, stated_sectors
from socharm.plans.library import agency_sectors
from socharm.profiles.content import Material, area_noun
from socharm.profiles.context import measure_name

__all__ = ["gaps_section", "unknown_providers"]

#: Who could be asked for the data of a sector.
_OWNERS: Final = {
    "police": "police",
    "health": "public health",
    "education": "education",
    "local authority": "local authority",
}
_OLD_YEARS: Final = 2
_YEAR: Final = re.compile(r"\b(19|20)\d{2}\b")


def unknown_providers(material: Material, providers: Mapping[str, str] | None) -> list[str]:
    """Providers of measures whose sector is neither packaged nor given."""
    dictionary = material.tables["indicator_dictionary"]
    known = {**agency_sectors(), **stated_sectors(dictionary), **(providers or {})}
    return sorted({str(name) for name in dictionary["provider"]} - set(known)) if len(dictionary) else []


def gaps_section(material: Material, facts: ProfileFacts, unknown: Sequence[str] = (), *, old: str = "") -> Section:
    """Intelligence gaps, each with a suggested owner; none is hidden because it is awkward."""
    rows = [
        *_partners(facts, unknown),
        *((f"Which sector {name} is of", "the analyst") for name in unknown),
        *_threats(material),
        *_measures(material),
        *([(f"What happened since: {old[:1].lower()}{old[1:]}", "police")] if old else []),
        *_months(material),
        *_lost(material),
        *_places(material),
        *_uncounted(material),
        *_method(material),
    ]
    table = PrintedTable(
        caption="Intelligence gaps",
        header=("What is not known", "Suggested owner"),
        rows=tuple(rows),
        widths=(12, 5),
    )
    lead = (
        f"{number_of(len(rows), 'gap is', 'gaps are')} known. Filling them belongs in the plan. Owners are "
        "suggestions; the partnership decides."
        if rows
        else "No gap is known."
    )
    return Section(
        key="gaps",
        title="Intelligence gaps",
        lead=lead,
        tables=(table,) if rows else (),
        human=material.human("gaps"),
    )


def _partners(facts: ProfileFacts, unknown: Sequence[str]) -> list[tuple[str, str]]:
    if facts.sectors is None:
        return [("Which sectors sent data", "community safety partnership")]
    # What a provider of an unknown sector sent may be of any of them.
    told = "none is known to have come" if unknown else "none came"
    return [
        (f"Data of {sector}: {told} with this assessment", _OWNERS[sector])
        for sector in CORE_SECTORS
        if sector not in facts.sectors
    ]


def _threats(material: Material) -> list[tuple[str, str]]:
    said = {entry.threat for entry in material.text.threats if entry.present is not None or entry.ocgs is not None}
    silent = material.threats[material.threats["found"].isna() & ~material.threats.index.isin(sorted(said))]
    if silent.empty:
        return []
    names = "; ".join(map(str, silent["name"]))
    return [(f"Whether these are present: {names}", "force intelligence, with the regional organised crime unit")]


def _measures(material: Material) -> list[tuple[str, str]]:
    """Measures that are in a dictionary but have no value here, or an old one."""
    table, dictionary = material.tables["indicators"], material.tables["indicator_dictionary"]
    if not len(dictionary):
        return [("Measures of partners: none were given", "community safety partnership")]
    end = int(material.about.period.end[:4]) if material.about.period is not None else None
    rows = []
    for measure, told in dictionary.set_index("measure").iterrows():
        name = measure_name(str(measure), told)
        mine = table[(table["measure"] == measure) & table[AREA].isin(material.subject.codes)]
        known = mine[mine["value"].notna()]
        if known.empty:
            withheld = ", or one that is withheld" if len(mine) and NOISY in material.about.coverage else ""
            rows.append((f"{name}: no value for this place{withheld}", str(told["provider"])))
            continue
        years = [int(found.group()) for text in known[PERIOD] if (found := _YEAR.search(str(text)))]
        if end is not None and years and abs(end - max(years)) > _OLD_YEARS:
            rows.append((f"{name}: of {max(years)}, and the crime is of {end}", str(told["provider"])))
    return rows


def _months(material: Material) -> list[tuple[str, str]]:
    coverage = material.tables["coverage"]
    here = coverage[coverage[AREA] == material.key]
    lacking = [str(month) for month, covered in zip(here[PERIOD], here["covered"], strict=True) if not covered]
    if not lacking:
        return []
    said = material.evidence.note(
        f"{len(lacking)}", len(lacking), material.cell("coverage", "covered"), what="months that did not arrive"
    )
    # The first six by name; the table of coverage has the others.
    shown = ", ".join(map(month_words, lacking[:6])) + (", and more" if len(lacking) > 6 else "")
    return [(f"{said} of {number_of(len(here), 'month')} of recorded crime did not arrive: {shown}", "police")]


def _lost(material: Material) -> list[tuple[str, str]]:
    """Offences of which much was set aside, in the whole of the data: where it happened is not known."""
    table = material.tables["losses"]
    if not len(table.columns):
        return []
    rows = []
    for row in table[(table["kind"] == "offence") & table["named"].astype(bool)].to_dict("records"):
        name, share, part = str(row["what"]), row["share_lost"], row["share_of_harm"]
        lost = "much" if pd.isna(share) else "all" if share == 1 else _noted(material, name, "share_lost", share)
        harm = "" if pd.isna(part) else f"; {_noted(material, name, 'share_of_harm', part)} of the harm by weight"
        text = f"Where {lost} of {offence_words(name)} happened ({row['reason']}): it is in no count and no rank{harm}"
        rows.append((text, "police"))
    return rows


def _noted(material: Material, offence: str, column: str, share: float) -> str:
    return material.evidence.note(
        percent(float(share)),
        float(share),
        Cell("losses", column, offence),
        what=f"{column.replace('_', ' ')} of rows set aside",
        unit="share",
    )


def _places(material: Material) -> list[tuple[str, str]]:
    """Areas that cannot be ranked, inside the subject and around it."""
    unrankable = material.tables["unrankable"]
    if unrankable.empty:
        return []
    inside = [code for code in material.subject.codes if code in unrankable.index]
    rows = []
    if inside:
        names = ", ".join(str(unrankable["name"].get(code) or code) for code in inside[:5])
        rows.append((f"The rank of {names}: {unrankable['reason'].get(inside[0])}", "police"))
    others = len(unrankable) - len(inside)
    if others:
        noun = area_noun(material.tables)
        material.evidence.note(
            f"{others:,}",
            others,
            Cell("unrankable", "reason", "others"),
            what="other areas without a rank",
            unit="areas",
        )
        told = f"{number_of(others, f'other {noun} has', f'other {noun}s have')} no rank"
        rows.append((f"{told}, so this place may stand lower than its number says", "police"))
    return rows


def _uncounted(material: Material) -> list[tuple[str, str]]:
    """Offences that were counted but have no weight, and so are in no rank."""
    table = material.tables["unweighted"]
    here = table[(table[AREA] == material.key) & (table["n"] > 0)]
    if here.empty:
        return []
    names = " and ".join(offence_words(str(name)) for name in here["offence"])
    total = material.evidence.note(
        f"{int(here['n'].sum()):,}",
        float(here["n"].sum()),
        material.cell("unweighted", "n"),
        what="counted without a weight",
        unit="incidents",
    )
    told = f"{total} incident{'' if total == '1' else 's'}"
    return [(f"The harm of {names} ({told}): without a weight they are in no rank", "local authority")]


def _method(material: Material) -> list[tuple[str, str]]:
    rows = []
    crosswalk = material.manifest.get("crosswalk") or {}
    gap = crosswalk.get("gap_years")
    if gap is not None and pd.notna(gap) and float(gap) > _OLD_YEARS:
        year = crosswalk.get("counts_year")
        text = f"Which offences stand behind each category here: their mix is of {year}, {float(gap):.1f} years away"
        rows.append((text, "police: an extract with single offences"))
    if material.comparison is None:
        rows.append(("What changed since the last assessment: no comparison was given", "force intelligence"))
    return rows
