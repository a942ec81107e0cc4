"""Incidents counted by area, offence and month, on what was covered; and what became of every row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import pandas as pd

from socharm._columns import AREA, PERIOD, to_period
from socharm._words import number_of, period_words
from socharm.assessment.disclosing import OPEN_LAYOUT, input_is_open
from socharm.assessment.input_sections import IncidentsSection
from socharm.assessment.steps._columns import AREA_CODE, named
from socharm.assessment.steps._step import UNMATCHED, Context, ReadFile, Results, Step
from socharm.assessment.steps.located import LOCATED
from socharm.errors import AlignmentError, SchemaError
from socharm.io.incidents.accounting import USED
from socharm.io.incidents.count import count_incidents
from socharm.io.incidents.records import Counts
from socharm.io.incidents.settings import CountSettings, IncidentSettings
from socharm.publish.record_keys import record_key_sums
from socharm.snapshot.recipe import Recipe
from socharm.snapshot.recount import Recount
from socharm.snapshot.sentence import LACKING, Sentence
from socharm.snapshot.spec import Column, SheetSpec, SummaryPart, TableSpec

__all__ = ["COUNTS", "covered_areas", "tidy_months"]

_DELIVERIES_NOTE: Final = (
    "Rows that each source sent in each month, beside its usual month. An area is covered in a month where the police "
    "of the area delivered it; the Coverage sheet says which are."
)
#: Months that a message names.
_SHOWN: Final = 6
#: Which month a crime is counted in, by the basis of dates.
_DATED: Final = {"recorded": "the month in which it was recorded", "committed": "the month in which it happened"}
_OFFENCE: Final = named("keep", offence="offence or category")
_PERIOD: Final = named("keep", period="month")
_SOURCE: Final = named("keep", source="file or reporting force")


def _run(context: Context) -> Counts:
    recipe, located = context.recipe, context[LOCATED]
    areas = located.areas
    section = recipe.part(IncidentsSection)
    counts = count_incidents(
        located,
        areas,
        settings=section,
        covered=covered_areas(recipe, areas.index),
        keep_records=not input_is_open(recipe, located.findings.layout),
    )
    if not len(counts.table) or not int(counts.table["n"].sum()):
        became = {str(reason): int(rows) for reason, rows in counts.accounting["rows"].items() if rows}
        raise SchemaError(
            f"No row of {section.path!r} is an incident of {recipe.period} in these areas; what became of its rows: "
            f"{became}. Check [assessment] period, and that [incidents] and [areas] are of the same place."
        )
    return counts


def covered_areas(recipe: Recipe, codes: pd.Index) -> pd.Series | pd.DataFrame | list[str] | None:
    """What the recipe says of areas and months that arrived; None where the files tell."""
    section = recipe.part(IncidentsSection)
    if not section.not_covered:
        return list(section.covered_months) if section.covered_months else None
    unknown = sorted(set(section.not_covered) - set(codes))
    if unknown:
        raise AlignmentError(
            f"`incidents.not_covered` names "
            f"{number_of(len(unknown), 'code that is no area', 'codes that are no area')}, such as {unknown[:3]}. "
            "Use the codes of the boundaries."
        )
    inside = pd.Series(~codes.isin(section.not_covered), index=codes)
    if section.covered_months is None:
        return inside
    months = {month: inside & (month in section.covered_months) for month in recipe.period.months}
    return pd.DataFrame(months)


def _frames(counts: Counts) -> dict[str, pd.DataFrame]:
    return {
        "counts": counts.table,
        "coverage": tidy_months(counts.coverage, AREA, "covered"),
        "sources": tidy_months(counts.sources, "source", "rows"),
        "accounting": counts.accounting,
        "facts": counts.facts,
        "flagged": counts.flagged,
        "breakdown": counts.breakdown,
        "deliveries": counts.deliveries,
    }


def tidy_months(wide: pd.DataFrame, key: str, value: str) -> pd.DataFrame:
    """One row for each key and month of a table with a column for each month."""
    tidy = wide.rename_axis(index=key, columns=None).reset_index().melt(id_vars=key, var_name=PERIOD, value_name=value)
    tidy[PERIOD] = to_period(tidy[PERIOD])
    return tidy.sort_values([key, PERIOD], kind="stable").reset_index(drop=True)


def _coverage_sheet(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    wide = tables["coverage"].assign(period=tables["coverage"]["period"].astype(str))
    table = wide.pivot_table(index="area_code", columns="period", values="covered", aggfunc="first").astype(bool)
    named_rows = tables["areas"][["name"]].join(table.mean(axis=1).rename("share_covered"))
    return named_rows.join(table.rename(columns=str))


def _accounting_sheet(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    reasons = tables["accounting"].reset_index().rename(columns={"reason": "what"}).assign(kind="every row, once")
    facts = tables["facts"].reset_index().rename(columns={"fact": "what"}).assign(kind="rows of note; these overlap")
    return pd.concat([reasons, facts], ignore_index=True)[["kind", "what", "rows"]]


def _deliveries_sheet(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    table = tables["deliveries"].assign(period=tables["deliveries"]["period"].astype(str))
    return table.rename(columns={"usual": "rows of a usual month", "share": "share of usual"})


def _files(recipe: Recipe, counts: Counts) -> Iterable[ReadFile]:
    rows = {str(reason): int(number) for reason, number in counts.accounting["rows"].items()}
    return [ReadFile(role="incidents", path=recipe.part(IncidentsSection).path, rows=rows)]


def _told(recipe: Recipe, manifest: Mapping[str, Any]) -> Iterable[Sentence]:
    dated = _DATED[recipe.part(IncidentsSection).date_basis]
    months = period_words(recipe.period.start, recipe.period.end)
    yield Sentence(f"Crime of {months} was counted by area and offence, each by {dated}.", place=10)
    if (manifest.get("disclosure") or {}).get("layout") == OPEN_LAYOUT:
        yield Sentence(
            "The place where a crime happened: police.uk moves each to the nearest of some 750,000 shared map points.",
            LACKING,
            place=10,
        )


def _told_rows(tables: Mapping[str, pd.DataFrame]) -> Iterable[Sentence]:
    rows = tables["accounting"]["rows"].astype(int)
    aside = int(rows.sum() - rows.get(USED, 0))
    read, left = number_of(int(rows.sum()), "row"), number_of(aside, "was", "were")
    yield Sentence(f"Of {read} read, {left} set aside, each for one counted reason.", place=20)


def _told_coverage(tables: Mapping[str, pd.DataFrame]) -> Iterable[Sentence]:
    coverage = tables["coverage"]
    lost = int((~coverage["covered"].astype(bool)).sum()) if len(coverage) else 0
    if lost:
        yield Sentence(
            f"Of {number_of(len(coverage), 'month')} of areas {number_of(lost, 'was', 'were')} not covered; missing is "
            "not zero.",
            LACKING,
            place=20,
        )


def _row_values(tables: Mapping[str, pd.DataFrame], _: Mapping[str, Any]) -> dict[str, Any]:
    rows = {str(reason): int(number) for reason, number in tables["accounting"]["rows"].items()}
    used = rows.pop(USED, 0)
    aside = {reason: number for reason, number in rows.items() if number}
    return {"rows": {"read": used + sum(rows.values()), "used": used, "set_aside": aside}}


def _row_lines(summary: Mapping[str, Any]) -> Iterable[str]:
    rows = summary["rows"]
    yield ""
    yield f"Rows: {rows['read']:,} read, {rows['used']:,} used" + ("" if rows["set_aside"] else "; none set aside")
    yield from (f"  {number:>9,}  {reason}" for reason, number in rows["set_aside"].items())


def _doubts(counts: Counts, _: Results) -> Iterable[str]:
    """Months of the period in which nothing arrived, and a period that is largely not covered."""
    covered = counts.coverage
    months = [str(month) for month in covered.columns[~covered.any()]]
    if months:
        more = " ..." if len(months) > _SHOWN else ""
        yield (
            f"nothing arrived for {len(months):,} of {number_of(covered.shape[1], 'month')} of the period: "
            f"{', '.join(months[:_SHOWN])}{more}. Rates are of the others alone. Add the files, or set [assessment] "
            "period to the months that are there."
        )
    rest = covered.loc[:, covered.any()]
    gaps = int((~rest).to_numpy().sum())
    if gaps > UNMATCHED * rest.size:
        yield (
            f"{gaps:,} of {number_of(rest.size, 'month')} of areas ({gaps / rest.size:.0%}) of the other months were "
            "not delivered. Those areas are ranked by fewer months, or not at all. Add the files."
        )


def _closed_frames(counts: Counts, secret: bytes) -> dict[str, pd.DataFrame]:
    return {} if counts.records is None else {"record_keys": record_key_sums(counts.records, secret=secret)}


def _recount(recount: Recount) -> pd.DataFrame:
    return recount.counts


def _recount_flagged(recount: Recount) -> pd.DataFrame:
    return recount.flagged


def _published_flagged(shown: pd.DataFrame, _: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Rows that show something: one that shows 0 would tell that there is something."""
    return shown[shown["n"] > 0].reset_index(drop=True)


_TABLES: Final = (
    TableSpec(
        name="counts",
        meaning="an area, offence and month that was covered; every offence counted",
        needed=True,
        columns=(*AREA_CODE, *_OFFENCE, *_PERIOD, *named("cells", n="crimes")),
        recomputed=_recount,
    ),
    TableSpec(
        name="coverage",
        meaning="an area and month",
        needed=True,
        columns=(*AREA_CODE, *_PERIOD, *named("keep", covered="whether the police of the area delivered the month")),
        sheet=SheetSpec(title="Coverage", place=5, view=_coverage_sheet, formats={"share_covered": "0%"}),
        told=_told_coverage,
    ),
    TableSpec(
        name="sources",
        meaning="a source and month",
        needed=True,
        columns=(*_SOURCE, *_PERIOD, *named("whole:10", rows="rows read")),
        settings=(IncidentSettings,),
    ),
    TableSpec(
        name="accounting",
        meaning="a reason for which rows were used or set aside; index `reason`. Their sum is the number of rows read",
        needed=True,
        columns=named("whole:10", rows="rows that were read"),
        sheet=SheetSpec(title="Accounting", place=6, view=_accounting_sheet),
        told=_told_rows,
        summary=SummaryPart(values=_row_values, lines=_row_lines, place=20),
    ),
    TableSpec(
        name="facts",
        meaning="what deserves a note about rows that were used; index `fact`. They overlap",
        needed=True,
        columns=named("whole:10", rows="rows"),
    ),
    TableSpec(
        name="flagged",
        meaning="an area, offence and month whose counted rows carry a flag",
        needed=True,
        columns=(
            *AREA_CODE,
            *_OFFENCE,
            *_PERIOD,
            *named("keep", flag="kind of place, or flag of an extract"),
            *named("cells", n="crimes with the flag"),
        ),
        recomputed=_recount_flagged,
        published=_published_flagged,
    ),
    TableSpec(
        name="breakdown",
        meaning="a reason, offence, month and source: the accounting in full",
        columns=(
            *named("keep", reason="used, or why rows were set aside"),
            *_OFFENCE,
            *_PERIOD,
            *_SOURCE,
            # Rows by reason, offence, month and source are small numbers; what they add up to is rounded.
            *named("withhold", rows="rows", n="incidents in them"),
        ),
    ),
    TableSpec(
        name="deliveries",
        meaning="a source and month of the period",
        columns=(
            *_SOURCE,
            *_PERIOD,
            Column("rows", "rows that the source sent in the month", "whole:10", "#,##0"),
            *named("whole:10", usual="rows of its usual month"),
            *named("probability", share="share of its usual month"),
            *named("keep", delivery="delivered, partly, not delivered, nothing arrived, or too few to judge"),
        ),
        sheet=SheetSpec(
            title="Deliveries",
            place=8,
            note=_DELIVERIES_NOTE,
            view=_deliveries_sheet,
            formats={"rows of a usual month": "#,##0", "share of usual": "0%"},
        ),
    ),
    TableSpec(
        name="record_keys",
        meaning="a cell of closed input, with the sum of the keyed hashes of its records, of which its noise is made",
        secret=True,
        columns=named(
            "withhold",
            area_code="area",
            offence="offence",
            period="month",
            flag="flag; empty for all",
            key="the sum",
            fingerprint="of the secret that made it",
        ),
    ),
)

COUNTS: Final = Step[Counts](
    name="counts",
    phase="reading",
    words="incidents",
    needs=(LOCATED,),
    run=_run,
    tables=_TABLES,
    frames=_frames,
    files=_files,
    settings=lambda counts, results: (counts.settings, results[LOCATED].settings),
    settings_kinds=(CountSettings,),
    earlier_settings=lambda recipe: recipe.get("incidents") or {},
    told=_told,
    about=lambda counts: (counts.about,),
    notes=lambda counts: filter(None, (counts.about.coverage,)),
    doubts=_doubts,
    closed_frames=_closed_frames,
)
