"""For how many people crimes were counted, and what rows that were set aside took."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from socharm._settings import annotations_of
from socharm._words import number_of
from socharm.assessment.steps._columns import named
from socharm.assessment.steps._losses import LOSS_COLUMNS, losses_table
from socharm.assessment.steps._step import Context, Step
from socharm.assessment.steps.counts import COUNTS
from socharm.assessment.steps.index import INDEX
from socharm.assessment.steps.population import POPULATION
from socharm.io.incidents.losses_told import percent
from socharm.io.incidents.records import Counts
from socharm.io.incidents.settings import CountSettings
from socharm.io.population import Population, PopulationSettings
from socharm.severity.centres import centre_flags
from socharm.severity.index import SeverityIndex
from socharm.snapshot.centres import CENTRE_FLAG, NO_POPULATION
from socharm.snapshot.dashboard_layer import DashboardPart, DashboardTable
from socharm.snapshot.population_age import population_gap
from socharm.snapshot.population_fit import CARRIED, coarse_fit
from socharm.snapshot.sentence import LACKING, Sentence
from socharm.snapshot.spec import Column, SheetSpec, SummaryPart, TableSpec
from socharm.snapshot.tables import has_columns

__all__ = ["ACCOUNTS", "Accounts"]

_COUNTING: Final = annotations_of(CountSettings)
_LOSSES_NOTE: Final = (
    "Rows of the period by offence, month and source. Lost: without a date or place, or outside all areas where the "
    "file is not of more places on purpose. Share of harm lost: what the lost rows weigh, of all harm."
)


@dataclass(frozen=True, eq=False)
class Accounts:
    """What the accounts of a run are made of."""

    counts: Counts
    population: Population | None
    index: SeverityIndex


def _run(context: Context) -> Accounts:
    return Accounts(context[COUNTS], context[POPULATION].values, context[INDEX])


def _frames(made: Accounts) -> dict[str, pd.DataFrame]:
    return {
        "population": _population(made.population, made.index),
        "losses": losses_table(made.counts, made.index),
    }


def _population(population: Population | None, index: SeverityIndex) -> pd.DataFrame:
    """The denominators, with a flag where a resident population cannot stand for the people who are there."""
    table = pd.DataFrame(index=index.table.index)
    table["value"] = np.nan if population is None else population.values.reindex(table.index)
    table["kind"] = "none" if population is None else population.settings.kind
    table["date"] = "" if population is None else population.settings.date
    table[CARRIED] = "" if population is None else population.findings.rolled_up_by
    table["flag"] = ""
    if population is None:
        return table
    table.loc[centre_flags(index).fillna(False).to_numpy(dtype=bool), "flag"] = CENTRE_FLAG
    table.loc[table["value"].isna(), "flag"] = NO_POPULATION
    return table


def _losses_sheet(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    names = {**LOSS_COLUMNS, "share_lost": "share lost", "share_of_harm": "share of harm", "reason": "lost for"}
    return tables["losses"].rename(columns=names)


def _gaps(tables: Mapping[str, pd.DataFrame]) -> Iterable[DashboardTable]:
    """Offences of which much is in no number of the page."""
    losses = tables["losses"]
    if not has_columns(losses, "kind what share_lost share_of_harm reason named"):
        return
    named_ones = losses[(losses["kind"] == "offence") & losses["named"].astype(bool)]
    rows = tuple(
        (str(row["what"]).replace("-", " "), _part(row["share_lost"]), str(row["reason"]), _part(row["share_of_harm"]))
        for row in named_ones.to_dict("records")
    )
    if rows:
        yield DashboardTable(
            caption=f"Offences that are not in these numbers in full: {len(rows):,}",
            head=("Offence", "Part that was set aside", "Lost for", "Part of the harm, by weight"),
            rows=rows,
            numbers=(1, 3),
        )


def _part(share: float) -> str:
    return "not known" if pd.isna(share) else percent(float(share))


def _earlier_settings(recipe: Mapping[str, Any]) -> dict[str, Any]:
    counted = {name: each for name, each in (recipe.get("incidents") or {}).items() if name in _COUNTING}
    return {**counted, **(recipe.get("population") or {})}


def _told_people(tables: Mapping[str, pd.DataFrame]) -> Iterable[Sentence]:
    if told := population_gap(tables):
        yield Sentence(told, LACKING, place=5)
    if told := coarse_fit(tables):
        yield Sentence(told, LACKING, place=6)


def _flag_values(tables: Mapping[str, pd.DataFrame], _: Mapping[str, Any]) -> dict[str, Any]:
    flags = {str(k): int(v) for k, v in tables["population"]["flag"].value_counts().items() if k}
    return {"flags": flags, "population_gap": population_gap(tables), "population_fit": coarse_fit(tables)}


def _flag_lines(summary: Mapping[str, Any]) -> Iterable[str]:
    yield from (f"  {number:>9,}  flagged: {flag}" for flag, number in summary["flags"].items())
    # Summaries of earlier versions do not hold it.
    yield from filter(None, (summary.get(name, "") for name in ("population_gap", "population_fit")))


def _loss_values(tables: Mapping[str, pd.DataFrame], _: Mapping[str, Any]) -> dict[str, Any]:
    losses = tables["losses"]
    named_ones = losses[(losses["kind"] == "offence") & losses["named"].astype(bool)] if len(losses.columns) else losses
    rows = [
        {
            "offence": str(row["what"]),
            "rows": int(row["rows"]),
            "lost": int(row["lost"]),
            "reason": str(row["reason"]),
            "share_of_harm": None if pd.isna(row["share_of_harm"]) else round(float(row["share_of_harm"]), 4),
        }
        for row in named_ones.to_dict("records")
    ]
    return {"losses": rows}


def _loss_lines(summary: Mapping[str, Any]) -> Iterable[str]:
    for row in summary["losses"]:
        share = row["share_of_harm"]
        harm = "" if share is None else f", {percent(share)} of the harm by weight"
        yield f"  {row['lost']:>9,}  of {number_of(row['rows'], 'row')} of {row['offence']} lost: {row['reason']}{harm}"


ACCOUNTS: Final = Step[Accounts](
    name="accounts",
    phase="weighing",
    words="index",
    needs=(COUNTS, POPULATION, INDEX),
    run=_run,
    tables=(
        TableSpec(
            name="population",
            meaning="an area with its denominator; index `area_code`",
            needed=True,
            settings=(PopulationSettings, None),
            summary=SummaryPart(values=_flag_values, lines=_flag_lines, place=50),
            told=_told_people,
            columns=named(
                "keep",
                value="people, households or kilometres; missing where not known",
                kind="what is counted",
                date="of when",
                carried="how numbers of smaller areas were carried to it; empty where they are its own",
                flag="why a rate per head misleads, or that nothing is known",
            ),
        ),
        TableSpec(
            name="losses",
            meaning="an offence, month or source with its rows of the period",
            dashboard=DashboardPart(gaps=_gaps),
            settings=(CountSettings,),
            summary=SummaryPart(values=_loss_values, lines=_loss_lines, place=30),
            columns=(
                *named("keep", kind="offence, period or source", what="which offence, month or source"),
                *named("whole:10", rows="rows that were read", used="rows that were used"),
                *named("whole:10", **{name: f"rows set aside: {reason}" for name, reason in LOSS_COLUMNS.items()}),
                Column("lost", "rows that are lost rather than set aside on purpose", "whole:10", "#,##0"),
                *named("probability", share_lost="share of the rows that is lost", share_of_harm="what they weigh"),
                *named("keep", reason="most frequent reason", named="whether the loss is told on every list"),
            ),
            sheet=SheetSpec(
                title="Losses",
                place=7,
                note=_LOSSES_NOTE,
                view=_losses_sheet,
                formats={"share lost": "0%", "share of harm": "0%"},
            ),
        ),
    ),
    frames=_frames,
    settings=lambda made, _: (made.counts.settings, None if made.population is None else made.population.settings),
    earlier_settings=_earlier_settings,
)
