"""The first sheet of ``ranking.xlsx``: the areas of the highest ranks, how sure they are, and what the words mean."""

from __future__ import annotations

import textwrap
from typing import Final

import pandas as pd

from socharm._about import About
from socharm._words import month_words, number_of, rate_decimals, unit_sentence
from socharm.assessment.headings import heading_of
from socharm.files.internal import INTERNAL_NOTE
from socharm.files.workbook_front import FrontSheet, Strip
from socharm.snapshot.centres import CENTRE_MARK, CENTRE_NOTE, centres_of, marked_names
from socharm.snapshot.population_age import population_gap
from socharm.snapshot.population_fit import coarse_fit
from socharm.snapshot.tables import AssessmentTables

__all__ = ["MOST_AREAS", "summary_sheet"]

#: Letters in a line of the page.
_LETTERS: Final = 130
#: Areas of the list.
MOST_AREAS: Final = 20


def summary_sheet(tables: AssessmentTables, about: About, *, title: str) -> FrontSheet:
    """The areas of the first ranks with their intervals as bars, and a chart of their rates."""
    ranking = tables["ranking"]
    ranked = ranking[ranking["rank"].notna()].sort_values("rank", kind="stable").head(MOST_AREAS)
    # In published form the ranked rate is withheld: that of published counts stands in its place.
    rate = "rate_shrunk" if ranked["rate_shrunk"].notna().any() else "rate"
    columns = ["rank", "rank_low_90", "rank_high_90", "name", *_district(ranking), rate]
    table = ranked.assign(name=marked_names(ranked["name"], centres_of(tables)))[columns]
    table = table.assign(crimes=tables["index"]["crimes"].reindex(table.index)).reset_index(drop=True)
    heads = {name: heading_of(name, table="ranking").text for name in table.columns}
    decimals = rate_decimals(ranking[rate])
    return FrontSheet(
        name="Summary",
        title=title,
        lines=_broken(_lines(tables, about, heads[rate])),
        table=table.rename(columns=heads),
        formats={heads[rate]: f"#,##0.{'0' * decimals}" if decimals else "#,##0", heads["crimes"]: "#,##0"},
        widths={
            heads["name"]: _width(table["name"]), "District": _width(table.get("parent")), heads["rank"]: 6,
            heads["rank_low_90"]: 7, heads["rank_high_90"]: 7, heads[rate]: 10, heads["crimes"]: 9,
        },
        strip=Strip(low="90% from", high="90% to", at="Rank", title="90% interval of the rank; dark: the rank itself"),
        chart=(heads["name"], heads[rate], f"{heads[rate]} of the first {number_of(len(table), 'area')}"),
        notes=_broken(_notes(table["name"])),
    )  # fmt: skip


def _district(ranking: pd.DataFrame) -> list[str]:
    return ["parent"] if "parent" in ranking.columns and ranking["parent"].notna().any() else []


def _width(texts: pd.Series | None) -> float:
    longest = 0 if texts is None else max((len(str(text)) for text in texts), default=0)
    return float(max(12, min(34, longest + 2)))


def _broken(texts: list[str]) -> list[str]:
    """Lines that the page is wide enough for."""
    return [line for text in texts for line in textwrap.wrap(text, _LETTERS)]


def _lines(tables: AssessmentTables, about: About, rate: str) -> list[str]:
    period = about.period
    span = "Period not stated" if period is None else f"{month_words(period.start)} to {month_words(period.end)}"
    ranked = int(tables["ranking"]["rank"].notna().sum())
    unit = about.unit or "unit not stated"
    return [
        *([INTERNAL_NOTE] if about.internal else []),
        f"{span}. {number_of(len(tables['areas']), 'area')}, {ranked:,} with a rank. {rate}: {unit}.",
        *filter(None, [unit_sentence(unit)]),
        *filter(None, [population_gap(tables), coarse_fit(tables)]),
        *([f"Coverage: {about.coverage}"] if about.coverage else []),
    ]


def _notes(names: pd.Series) -> list[str]:
    marked = names.astype(str).str.endswith(CENTRE_MARK).any()
    return [
        "90% from, 90% to: given the counts, the rank of the area is inside with 90% probability. Areas whose "
        "intervals overlap can stand in the other order.",
        *([CENTRE_NOTE] if marked else []),
    ]
