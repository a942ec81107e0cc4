"""Threats and context of a place: recorded, known to partners, or not known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

import pandas as pd

from socharm._columns import AREA, PERIOD
from socharm._words import day_words, noun_for, number_of, rank_span
from socharm.documents.document import PrintedTable, Section
from socharm.documents.evidence import Cell, amount, percent
from socharm.io.period_order import latest_period
from socharm.overlay.phrases import ordinal, rank_phrase
from socharm.profiles.content import Material, area_noun, force_words
from socharm.profiles.side_text import KnownThreat
from socharm.profiles.surveys import survey_rows
from socharm.publish.disclosure import band_counts
from socharm.snapshot.centres import CENTRE_MARK

__all__ = ["context_section", "measure_name", "threats_section"]

_NOT_KNOWN: Final = "not known"


def threats_section(material: Material) -> Section:
    """The threats of the guidance: those with evidence, most harm first; then, in one line, those to ask about."""
    known = {entry.threat: entry for entry in material.text.threats}
    table = material.threats
    spoken = table["found"].notna() | table.index.isin(list(known))
    order = table.assign(present=table.index.isin(_present(known))).sort_values(
        ["present", "share_of_harm"], ascending=False, kind="stable"
    )
    rows = tuple(
        (str(row["name"]), _recorded(material, str(key), row), *_told(material, known.get(str(key))))
        for key, row in order[spoken.reindex(order.index)].iterrows()
    )
    silent = [str(name) for name in table.loc[~spoken, "name"]]
    asked = (
        f"Not known, for force intelligence and the regional organised crime unit to say: {'; '.join(silent)}. No "
        "counted offence speaks of them: not known is not the same as not here."
        if silent
        else ""
    )
    sources = "; ".join(dict.fromkeys(f"{entry.provider} ({entry.period})" for entry in material.text.threats))
    note = (
        "Recorded crime holds offences that no organised group committed. Organised acquisitive crime counts all "
        "acquisitive crime: burglary, robbery and every theft. Groups are counted, never named."
    )
    asked_partners = bool(material.text.threats)
    columns = 5 if asked_partners else 2
    if not asked_partners:
        note += " Partners have not said what they know of any threat."
    printed = PrintedTable(
        caption="Threats of serious and organised crime that records or partners speak of",
        header=("Threat", "Recorded crime", "Partners' view", "Mapped groups", "MoRiLE")[:columns],
        rows=tuple(row[:columns] for row in rows),
        widths=(5, 7, 3, 3, 2)[:columns],
        note=note + (f" Partners: {sources}." if sources else ""),
    )
    return Section(
        key="threats",
        title="Threats",
        lead=_spoken_of(len(rows), len(table)),
        paragraphs=(asked,) if asked else (),
        tables=(printed,) if rows else (),
        human=material.human("threats"),
    )


def _present(known: Mapping[str, KnownThreat]) -> list[str]:
    return [threat for threat, entry in known.items() if entry.present or (entry.ocgs or 0) > 0]


def _spoken_of(spoken: int, every: int) -> str:
    if spoken == every:
        return "Records or partners speak of every threat of the guidance."
    if not spoken:
        return f"Neither records nor partners speak of any of the {every} threats of the guidance."
    return f"Records or partners speak of {spoken} of the {every} threats of the guidance."


def _recorded(material: Material, key: str, row: Any) -> str:
    if pd.isna(row["found"]):
        return f"{_NOT_KNOWN}: no offence counted"
    crimes, share = int(row["crimes"]), float(row["share_of_harm"])
    count = material.evidence.note(
        f"{crimes:,}", crimes, material.cell("cells", "n"), what=f"crimes of the threat {key}", unit="crimes"
    )
    if share != share:
        return f"{count} {noun_for(crimes, 'crime')}"
    part = material.evidence.note(
        percent(share), share, material.cell("cells", "harm"), what=f"share of harm of the threat {key}", unit="share"
    )
    told = f"{count} {noun_for(crimes, 'crime')}, {part} of the harm"
    if row["found"]:
        return told
    compared = pd.notna(row["quotient_low_95"])
    beside = f", and not more than in {force_words(material)} beyond chance" if compared else ""
    return f"{told}: below a tenth{beside}"


def _told(material: Material, entry: KnownThreat | None) -> tuple[str, str, str]:
    if entry is None:
        return (_NOT_KNOWN,) * 3
    view = _NOT_KNOWN if entry.present is None else "present" if entry.present else "looked for, not found"
    said = []
    for value, what in ((entry.ocgs, "ocgs"), (entry.morile, "morile")):
        if value is None:
            said.append(_NOT_KNOWN)
        elif what == "ocgs" and not material.internal:
            # A number of groups in one place can tell who they are: in bands, and not among the evidence.
            said.append(str(band_counts(pd.Series([value])).iloc[0]))
        else:
            said.append(
                material.evidence.note(
                    f"{value:,}" if what == "ocgs" else f"{value:g}",
                    float(value),
                    Cell("text", what, entry.threat),
                    what=f"{what} of {entry.threat}",
                    period=entry.period,
                    source=entry.provider,
                )
            )
    return view + (f"; {entry.note}" if entry.note else ""), said[0], said[1]


def context_section(material: Material) -> Section:
    """People, deprivation, what partners measure, and what residents say."""
    rows = [
        row
        for part in (_people(material), _deprived(material), _residual(material), *_measures(material))
        for row in ([part] if part else [])
    ]
    rows += [row for survey in material.text.surveys for row in survey_rows(material, survey)]
    table = PrintedTable(
        caption="Context",
        header=("Measure", "Here", "Compared with", "Period and source"),
        rows=tuple(rows),
        widths=(5, 4, 6, 5),
    )
    quotes = tuple(f"{theme.text} ({theme.provider}, {theme.period})" for theme in material.text.themes)
    lead = "" if rows else "No measure of partners, no deprivation and no survey came with this assessment."
    return Section(
        key="context",
        title="People and place",
        lead=lead,
        tables=(table,) if rows else (),
        quotes=quotes,
        human=material.human("context"),
    )


def _people(material: Material) -> tuple[str, ...] | None:
    row = material.row(material.tables["population"])
    if not row or pd.isna(row["value"]):
        return None
    kind = {"resident": "Residents", "workday": "Workday population"}.get(str(row["kind"]), str(row["kind"]))
    value = material.evidence.note(
        f"{float(row['value']):,.0f}",
        float(row["value"]),
        material.cell("population", "value"),
        what=kind.lower(),
        period=str(row["date"]),
        unit="people",
    )
    mark = f" {CENTRE_MARK}" if material.key in material.centres else ""
    return kind, value + mark, _other_people(material), _day(str(row["date"]))


def _day(text: str) -> str:
    """A day as people write it; what is no whole date, such as a year, stays as it is."""
    try:
        return day_words(dt.date.fromisoformat(text))
    except ValueError:
        return text


def _other_people(material: Material) -> str:
    """What a population is set beside: an area beside areas, a district beside districts, a set beside nothing."""
    people = material.tables["population"].loc[material.own_areas, "value"].astype(float)
    if material.subject.kind == "area":
        noun = area_noun(material.tables)
        return f"median {noun} {_noted_median(material, people, f'people of the median {noun}')}"
    if material.subject.kind == "set":
        return "not compared: several areas together"
    sums = people.groupby(material.tables["areas"]["parent"].reindex(people.index)).sum(min_count=1)
    middle = _noted_median(material, sums, "people of the median district")
    return f"median of {number_of(len(sums), 'district')} {middle}"


def _noted_median(material: Material, people: pd.Series, what: str) -> str:
    middle = float(people.median())
    return material.evidence.note(f"{middle:,.0f}", middle, Cell("population", "value", ""), what=what, unit="people")


def _deprived(material: Material) -> tuple[str, ...] | None:
    row = material.row(material.tables["overlay"])
    said = [f"{phrase}" for phrase in _standings(material)]
    if row and pd.notna(row.get("deprivation_rank")):
        ranks = material.tables["overlay"]["deprivation_rank"]
        areas = material.tables["areas"]
        parent = material.subject.parent
        within = [(parent, areas["parent"])] if parent else []
        where = "this assessment"
        said.insert(0, rank_phrase(ranks, material.key, where=where, within=within))
        value = material.evidence.note(
            amount(float(row["deprivation"])),
            float(row["deprivation"]),
            material.cell("overlay", "deprivation"),
            what="deprivation score",
        )
        material.evidence.note(
            ordinal(int(row["deprivation_rank"])),
            float(row["deprivation_rank"]),
            material.cell("overlay", "deprivation_rank"),
            what="deprivation rank",
            unit="rank",
        )
        decile = int(row["deprivation_decile"])
        stated = (material.manifest.get("recipe") or {}).get("deprivation") or {}
        without = stated.get("version", "without_crime") == "without_crime"
        title = "Deprivation, without its crime domain" if without else "Deprivation"
        origin = str(stated.get("source") or "index of deprivation of the assessment")
        made = " (worked out without the crime domain: no published score)" if without else ""
        return title, f"score {value}{made}; decile {decile} of 10", "; ".join(said), origin
    return ("Deprivation", "see right", "; ".join(said), "") if said else None


def _standings(material: Material) -> list[str]:
    return [
        rank_phrase(ranks, material.key, where=where)
        for where, ranks in material.standing
        if material.key in ranks.dropna().index
    ]


def _residual(material: Material) -> tuple[str, ...] | None:
    row = material.row(material.tables["overlay"])
    if not row or pd.isna(row.get("residual")):
        return None
    times, low, high = (float(row[name]) for name in ("residual", "prediction_low_95", "prediction_high_95"))
    said = material.evidence.note(
        f"{times:.2f}", times, material.cell("overlay", "residual"), what="harm over that expected from deprivation"
    )
    expected = material.evidence.note(
        amount(float(row["expected"])),
        float(row["expected"]),
        material.cell("overlay", "expected"),
        what="harm rate expected from deprivation",
        between=(low, high),
        unit=material.about.unit,
    )
    judged = {"above": "more than places as deprived", "below": "less than places as deprived"}.get(
        str(row["outside"]), "within what places as deprived have"
    )
    return (
        "Harm, given deprivation",
        f"{said} times the expected",
        f"expected {expected}, 95% of such places {amount(low)} to {amount(high)}: {judged}",
        "a residual is no reason to lower a priority",
    )


def _measures(material: Material) -> list[tuple[str, ...]]:
    """Measures of partners: the latest value here, and where it stands among the areas."""
    table, dictionary = material.tables["indicators"], material.tables["indicator_dictionary"]
    if not len(table):
        return []
    rows = []
    for measure, told in dictionary.set_index("measure").iterrows():
        mine = table[(table["measure"] == measure) & table["value"].notna()]
        here = mine[mine[AREA].isin(material.subject.codes)]
        if here.empty:
            continue
        latest = latest_period(here[PERIOD])
        now = mine[mine[PERIOD] == latest].set_index(AREA)["value"].astype(float)
        if material.subject.kind == "area":
            rows.append(_measure_row(material, str(measure), told, now, latest))
        else:
            rows.append(_measure_range(material, str(measure), told, now, latest))
    return rows


def _measure_row(material: Material, measure: str, told: Any, now: pd.Series, latest: str) -> tuple[str, ...]:
    value = float(now[material.key])
    said = material.evidence.note(
        f"{value:,.4g}",
        value,
        Cell("indicators", "value", f"{material.key}, {measure}"),
        what=measure,
        unit=str(told["unit"]),
        period=latest,
        source=str(told["provider"]),
    )
    direction = str(told["direction"])
    worst = "highest" if direction != "higher is better" else "lowest"
    place = int((now > value).sum() if worst == "highest" else (now < value).sum()) + 1
    standing = material.evidence.note(
        ordinal(place),
        place,
        Cell("indicators", "value", f"{material.key}, {measure}"),
        what=f"{measure}: place among the areas, {worst} first",
        unit="place",
        period=latest,
        source=str(told["provider"]),
    )
    known = (
        f"{number_of(len(now), 'area')} with a value; median {_median_measure(material, measure, told, now, latest)}"
    )
    against = f"{worst if place == 1 else f'{standing} {worst}'} of {known}"
    driven = "; follows police work" if bool(told["police_driven"]) else ""
    return measure_name(measure, told), f"{said} {told['unit']}", against + driven, f"{latest}, {told['provider']}"


def _median_measure(material: Material, measure: str, told: Any, now: pd.Series, latest: str) -> str:
    middle = float(now.median())
    return material.evidence.note(
        f"{middle:,.4g}",
        middle,
        Cell("indicators", "value", measure),
        what=f"{measure}: median of the areas",
        unit=str(told["unit"]),
        period=latest,
        source=str(told["provider"]),
    )


def _measure_range(material: Material, measure: str, told: Any, now: pd.Series, latest: str) -> tuple[str, ...]:
    """Several areas: lowest and highest, since rates cannot be averaged without their denominators."""
    here = now[now.index.isin(material.subject.codes)]
    for end, value in (("lowest", float(here.min())), ("highest", float(here.max()))):
        material.evidence.note(
            f"{value:,.4g}",
            value,
            Cell("indicators", "value", f"{material.key}, {measure}"),
            what=f"{measure}, {end} inside",
            unit=str(told["unit"]),
            period=latest,
            source=str(told["provider"]),
        )
    ends = rank_span(f"{here.min():,.4g}", f"{here.max():,.4g}")
    text = f"{ends} {told['unit']} in {number_of(len(here), 'area')}"
    return (
        measure_name(measure, told),
        text,
        f"median of all areas {_median_measure(material, measure, told, now, latest)}",
        f"{latest}, {told['provider']}",
    )


def measure_name(measure: str, told: Any) -> str:
    """A measure's own name, or its key as words."""
    name = told.get("name")
    return (str(name) if isinstance(name, str) and name else measure).replace("_", " ")
