"""The harm of a place in words and tables: how much, of what, when and where inside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pandas as pd

from socharm._columns import AREA, OFFENCE, PERIOD, N
from socharm._words import noun_for, number_of
from socharm.documents.document import Figure, PrintedTable, Section
from socharm.documents.evidence import Cell, amount, percent
from socharm.offences import POLICE_GENERATED, category_of, offence_words
from socharm.overlay.phrases import ordinal
from socharm.profiles.content import (
    Material,
    area_noun,
    force_words,
    intervals_withheld,
    quotient_decimals,
    quotient_words,
    source_line,
)
from socharm.profiles.grid import grid_reference
from socharm.profiles.subject import squares_of

__all__ = ["harm_section", "rate_here", "share_of_all", "times_median", "weighted_crimes"]

_OFFENCES: Final = 6
_PLACES: Final = 5
_Z95: Final = 1.959964
#: Fewer crimes are few, a rate that varies as much as a count of so many moves by a fifth either way: it is not said
#: to rest on few.
_FEW: Final = 10
_MANY: Final = 100


def harm_section(material: Material, *, figures: tuple[Figure, ...] = (), ranks: PrintedTable | None = None) -> Section:
    """How much harm, what it is made of, how it went over the months, where it is, and the ranks that it makes."""
    tables = [table for table in (_offences(material), _places(material), ranks) if table is not None]
    paragraphs = [text for text in (_driven(material), _trend(material), _drilled(material)) if text]
    return Section(
        key="harm",
        title="The harm recorded here",
        lead=_amount(material),
        paragraphs=tuple(paragraphs),
        tables=tuple(tables),
        figures=figures,
        source="" if material.subject.kind == "area" else source_line(material),
        human=material.human("harm"),
    )


def _amount(material: Material) -> str:
    row = material.row(material.tables["index"])
    if not row or pd.isna(row.get("rate")):
        return f"The harm rate of {material.subject.name} is not known."
    rate, error = float(row["rate"]), float(row["rate_se"])
    said, column = rate_here(material)
    low, high = max(0.0, rate - _Z95 * error) if error == error else error, rate + _Z95 * error
    recorded = material.evidence.note(
        amount(rate),
        rate,
        material.cell("index", "rate"),
        what="harm rate as recorded",
        between=(low, high),
        unit=material.about.unit,
    )
    # In published form errors are withheld: they would tell the counts.
    ends = f"{amount(low, like=rate)} to {amount(high, like=rate)}"
    interval = f"95% interval {ends}" if error == error else "its interval is not published"
    times = times_median(material, column)
    beside = f", {times} times that of the median {area_noun(material.tables)}" if times else ""
    if column == "rate":
        text = f"{recorded} {material.about.unit} as recorded ({interval}){beside}"
    else:
        text = (
            f"{said} {material.about.unit}: the underlying rate, chance allowed for, which is ranked{beside}; as "
            f"recorded {recorded} ({interval})"
        )
    crimes = weighted_crimes(material, row["crimes"])
    part = share_of_all(material)
    if not part:
        return f"{text}. {_no_share(material)}"
    held = "crime holds" if int(row["crimes"]) == 1 else "crimes hold"
    return f"{text}. Its {crimes} {held} {part} of the harm of all {area_noun(material.tables)}s assessed."


def _no_share(material: Material) -> str:
    """Why nothing can be said of the part of all harm that is here: there is none, or it is not known."""
    harm = material.tables["index"]["harm"].reindex(material.own_areas)
    if harm.notna().all() and not float(harm.sum()) > 0:
        return "No harm is recorded in any area assessed."
    return f"What part this is of the harm of all {area_noun(material.tables)}s is not known, or not published."


def rate_here(material: Material) -> tuple[str, str]:
    """The rate that is ranked, from which chance is taken, or that recorded where there is no other; and its column."""
    row = material.row(material.tables["index"])
    value = row.get("rate_shrunk")
    if value is None or pd.isna(value):
        return amount(float(row["rate"])), "rate"
    said = material.evidence.note(
        amount(float(value)),
        float(value),
        material.cell("index", "rate_shrunk"),
        what="harm rate (underlying)",
        unit=material.about.unit,
    )
    return said, "rate_shrunk"


def weighted_crimes(material: Material, crimes: float) -> str:
    """How many crimes with a weight the place has, kept as evidence."""
    cell = material.cell("index", "crimes")
    return material.evidence.note(f"{int(crimes):,}", float(crimes), cell, what="weighted crimes", unit="crimes")


def share_of_all(material: Material) -> str:
    """The part of all harm that is here; blank where none is recorded at all."""
    whole = float(material.tables["index"]["harm"].reindex(material.own_areas).sum())
    mine = material.row(material.tables["index"]).get("harm")
    if not whole > 0 or mine is None or pd.isna(mine):
        return ""
    share = float(mine) / whole
    return material.evidence.note(
        f"{share:.1%}", share, material.cell("index", "harm"), what="share of all harm", unit="share"
    )


def times_median(material: Material, column: str) -> str:
    """A rate over that of the median of the ranked areas, each by the same column; only of one area."""
    index, ranking = material.tables["index"], material.tables["ranking"]
    known = index[column].astype(float).reindex(ranking.index[ranking["rank"].notna()]).dropna()
    if material.subject.kind != "area" or known.empty or not known.median() > 0:
        return ""
    times = float(material.row(index)[column]) / float(known.median())
    return material.evidence.note(
        f"{times:.1f}",
        times,
        material.cell("index", column),
        what=f"rate over that of the median {area_noun(material.tables)}",
    )


def _driven(material: Material) -> str:
    """The few events that drive it, where the assessment can tell."""
    row = material.row(material.tables["drivers"])
    parts = []
    if row and pd.notna(row.get("events_for_half")):
        half = int(row["events_for_half"])
        said = material.evidence.note(
            f"{half:,}",
            half,
            material.cell("drivers", "events_for_half"),
            what="events that hold half of the harm",
            unit="events",
        )
        parts.append(f"Half of it is {said} {noun_for(half, 'event')}.")
    elif told := _varies(material):
        parts.append(told)
    dependence = material.row(material.tables["event_dependence"])
    if dependence and pd.notna(dependence.get("rank_without_1")):
        without = int(dependence["rank_without_1"])
        said = material.evidence.note(
            ordinal(without),
            without,
            material.cell("event_dependence", "rank_without_1"),
            what="rank without its heaviest event",
            unit="rank",
        )
        parts.append(f"Without its heaviest event it would stand {said}.")
    return " ".join(parts)


def _varies(material: Material) -> str:
    """A count that would vary by chance as much as the interval above says, over-dispersion and all; blank without."""
    row = material.row(material.tables["index"])
    rate, error = (row.get(name) for name in ("rate", "rate_se"))
    if rate is None or error is None or pd.isna(rate) or not float(error) > 0 or not float(rate) > 0:
        return ""
    worth = (float(rate) / float(error)) ** 2
    said = material.evidence.note(
        f"{worth:,.0f}",
        worth,
        material.cell("index", "rate_se"),
        what="count that varies as much as the rate: its square over that of its error",
    )
    if worth < 1.5:
        return "A few grave crimes can move it: by chance it varies like a single crime."
    told = f"by chance it varies like a count of about {said} crimes."
    if worth < _FEW:
        return f"A few grave crimes can move it: {told}"
    return f"It does not rest on a few crimes: {told}" if worth >= _MANY else f"{told[:1].upper()}{told[1:]}"


def _trend(material: Material) -> str:
    rows = material.tables["by_period"]
    here = rows[(rows[AREA] == material.key) & rows["harm"].notna()].sort_values(PERIOD, kind="stable")
    if len(here) < 2:
        return "One month does not show a trend." if len(here) else ""
    crimes = here["crimes"].astype(int)
    low, high = int(crimes.min()), int(crimes.max())
    for value, column in ((low, "fewest"), (high, "most")):
        material.evidence.note(
            f"{value:,}", value, material.cell("by_period", "crimes"), what=f"{column} crimes in a month", unit="crimes"
        )
    months = number_of(len(here), "month")
    if low == high:
        told = f"{number_of(low, 'weighted crime was', 'weighted crimes were')} recorded in each of {months}."
    else:
        told = f"Between {low:,} and {high:,} weighted crimes were recorded a month over {months}."
    return (
        f"{told} "
        "Months go up and down by chance; whether the place changed is a question for a comparison of two assessments."
    )


def _offences(material: Material) -> PrintedTable | None:
    cells = material.tables["cells"]
    here = cells[cells[AREA] == material.key].groupby(OFFENCE, sort=True, observed=True)[[N, "harm"]].sum(min_count=1)
    here = here[here["harm"] > 0].sort_values("harm", ascending=False, kind="stable")
    if here.empty:
        return None
    whole = float(here["harm"].sum())
    first = here.head(_OFFENCES)
    rows = [_offence_row(material, str(offence), row.to_dict(), whole) for offence, row in first.iterrows()]
    rest = here.iloc[_OFFENCES:]
    if len(rest):
        rows.append(_other_kinds(material, rest, whole))
    driven = {category_of(str(offence)) or str(offence) for offence in first.index} & set(POLICE_GENERATED)
    compared = any(row[3] != "-" for row in rows)
    note = f"1.0: the same share of crimes as in {force_words(material)}." if compared else ""
    if driven:
        note = f"{note} {' and '.join(offence_words(name) for name in sorted(driven)).capitalize()} follow police work."
    return PrintedTable(
        caption="What the harm is made of",
        header=(
            "Kind of crime",
            "Crimes",
            "Share of harm",
            f"Its share of crimes, compared with {force_words(material)} (95% interval)",
        )[: 4 if compared else 3],
        rows=tuple(row[: 4 if compared else 3] for row in rows),
        widths=(5, 2, 3, 5)[: 4 if compared else 3],
        note=note.strip(),
    )


def _other_kinds(material: Material, rest: pd.DataFrame, whole: float) -> tuple[str, str, str, str]:
    """The row of the offences that have none of their own."""
    kinds = number_of(len(rest), "other kind")
    count, share = int(rest[N].sum()), float(rest["harm"].sum()) / whole
    cells = [Cell("cells", column, f"{material.key}, {kinds}") for column in (N, "harm")]
    crimes = material.evidence.note(f"{count:,}", count, cells[0], what=f"crimes: {kinds}", unit="crimes")
    part = material.evidence.note(percent(share), share, cells[1], what=f"share of harm: {kinds}", unit="share")
    return kinds, crimes, part, "-"


def _offence_row(material: Material, offence: str, row: Mapping[Any, Any], whole: float) -> tuple[str, str, str, str]:
    count, share = int(row[N]), float(row["harm"]) / whole
    if offence in material.weighed.index:
        share = float(material.weighed["share_of_harm"][offence])
    crimes = material.evidence.note(
        f"{count:,}", count, Cell("cells", "n", f"{material.key}, {offence}"), what=f"crimes: {offence}", unit="crimes"
    )
    part = material.evidence.note(
        percent(share),
        share,
        Cell("cells", "harm", f"{material.key}, {offence}"),
        what=f"share of harm: {offence}",
        unit="share",
    )
    told, found = "-", _quotient(material, offence)
    if found is not None:
        value, low, high = found
        words, ends = quotient_words(value, low, high, quotient_decimals(low, high))
        said = material.evidence.note(
            words,
            value,
            Cell("location_quotients", "quotient", f"{material.key}, {offence}"),
            what=f"location quotient: {offence}",
            between=(low, high),
        )
        told = f"{said} times ({ends or 'not published'})"
    return _named(material, offence), crimes, part, told


def _quotient(material: Material, offence: str) -> tuple[float, float, float] | None:
    """Quotient and interval of an offence; of several areas together as their sums make it."""
    table = material.tables["location_quotients"]
    found = table[(table[AREA] == material.key) & (table[OFFENCE] == offence)] if len(table) else table
    if len(found) == 1 and found["quotient"].notna().all():
        value, low, high = (float(found[column].iloc[0]) for column in ("quotient", "low_95", "high_95"))
        return value, low, high
    if material.subject.kind == "area" or offence not in material.weighed.index:
        return None
    row = material.weighed.loc[offence].to_dict()
    value, low, high = (float(row[name]) for name in ("quotient", "quotient_low_95", "quotient_high_95"))
    if intervals_withheld(material):
        low = high = float("nan")
    return (value, low, high) if value == value else None


def _named(material: Material, offence: str) -> str:
    """An offence by its description, where the weights have one; its code is behind it."""
    weights = material.tables["weights"]
    told = weights["description"].get(offence) if "description" in weights.columns else None
    words = str(told) if isinstance(told, str) and told.strip() else offence_words(offence)
    code = f" ({offence_words(offence)})" if words != offence_words(offence) else ""
    return f"{words[:1].upper()}{words[1:]}{code}"


#: Units of a drill-down: how a sentence begins that tells of several, and what they are called.
_UNITS: Final = (
    ("square", "in", "squares"),
    ("street", "by name, on or near", "named streets and kinds of place"),
    ("segment", "by segment, on", "street segments"),
)


def _drilled(material: Material) -> str:
    """How few squares and named places hold half of the harm, where the assessment looked into the area."""
    facts = material.tables["drill_down_facts"]
    mine = facts[facts[AREA] == material.key] if len(facts) and "needed_50" in facts.columns else facts.head(0)
    told = []
    for unit, begins, several in _UNITS if len(mine) else ():
        row = mine[(mine["unit"] == unit) & mine["needed_50"].notna()]
        if row.empty:
            continue
        needed, places = int(row["needed_50"].iloc[0]), int(row["places"].iloc[0])
        cell = Cell("drill_down_facts", "needed_50", f"{material.key}, {unit}")
        said = material.evidence.note(
            f"{needed:,}", needed, cell, what=f"{several} with half of the harm", unit=several
        )
        told.append(f"{begins} {said} of the {places:,} {several} with any")
    if not told:
        return ""
    return (
        f"Half of the harm located here lies {'; '.join(told)}. Crimes are placed at map points: a street stands "
        "for its neighbours too."
    )


def _places(material: Material) -> PrintedTable | None:
    """The first squares, with their grid references; a district has a table of its areas instead."""
    places = material.tables["micro_places"]
    if not len(places):
        return None
    here = places[places[AREA] == material.key].head(_PLACES)
    if here.empty:
        return None
    rows = []
    for _, row in here.iterrows():
        share = float(row["share"])
        part = material.evidence.note(
            percent(share),
            share,
            Cell("micro_places", "share", f"{material.key}, {int(row['place'])}"),
            what=f"share of harm in square {int(row['place'])}",
            unit="share",
        )
        rows.append((f"{int(row['place'])}", grid_reference(row["easting"], row["northing"]), part))
    return PrintedTable(
        caption=f"The {squares_of(material.tables)} with the most harm, as numbered on the map",
        header=("Square", "Centre (National Grid)", "Share of harm"),
        rows=tuple(rows),
        widths=(2, 4, 3),
        note="Open data move each crime to a nearby map point: look at the place before you act on a square.",
    )
