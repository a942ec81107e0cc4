"""A first plan: options of the guidance for the threats found, with baselines from an assessment."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import pandas as pd

from socharm._about import About
from socharm._arguments import checked
from socharm._checks import require_choice
from socharm.documents.arguments import require_kind_of
from socharm.documents.words import clean_text, shortened
from socharm.errors import ParameterError
from socharm.io.tabular import TableRules, read_table
from socharm.plans.dates import months_after, require_day
from socharm.plans.library import EVERY_THREAT, plan_options, require_agencies, require_threats
from socharm.plans.measures import measures_of, parse_measure_key
from socharm.plans.plan import Plan, PlanSettings
from socharm.plans.plan_table import ACTION_ID, PHASES, STATUSES, checked_actions, tidy
from socharm.plans.threats import find_threats, require_area
from socharm.snapshot.assessment import Assessment, about_of, tables_of
from socharm.snapshot.tables import AssessmentTables

__all__ = ["seed_plan"]

_REVIEW_MONTHS: Final = 6
_REFRESH_MONTHS: Final = 12


@checked
def seed_plan(
    assessment: Assessment | AssessmentTables,
    *,
    area: str,
    start: dt.date,
    threats: Iterable[str] | None = None,
    owner: str = "",
    due: dt.date | None = None,
    review: dt.date | None = None,
    phases: Mapping[str, tuple[dt.date, dt.date]] | None = None,
    options: Iterable[str] | None = None,
    agencies: Sequence[str] = (),
    about: About | None = None,
) -> Plan:
    """Make a first plan from the options of the guidance, with baselines from an assessment.

    Parameters
    ----------
    assessment : Assessment or AssessmentTables
    area : str
        Area code.
    start : date
        When the plan begins.
    threats : iterable of str, optional
        Keys of threats (the index of `find_threats`). Those that recorded crime shows by default; name the others that
        partners know of, since recorded crime cannot show them.
    owner : str
        Owner of every action until partners share them out.
    due, review : date, optional
        Twelve and six months after the start by default, as the guidance refreshes profiles and as scores are made
        again.
    phases : mapping of str to (date, date), optional
        First and last day of ``"Clear"``, ``"Hold"``, ``"Build"``; actions of a phase take its dates.
    options : iterable of str, optional
        Options to take (the index of `plan_options`); every one that serves the threats by default.
    agencies : sequence of str
        Agencies known beside the packaged ones.
    about : About, optional
        Period, sources and marking; those of `assessment` by default, and needed where it is bare tables.

    Returns
    -------
    Plan
        A list to choose from: partners strike what does not fit. Numbers keep 15 digits.

    Raises
    ------
    ParameterError
        An unknown area, threat, option or phase; a date before the start; bare tables without `about`.

    Examples
    --------
    >>> import datetime as dt
    >>> plan = seed_plan(assessment, area="E05001346", start=dt.date(2026, 1, 5))  # doctest: +SKIP
    >>> plan.save("bradford-moor-plan.xlsx")  # doctest: +SKIP
    """
    tables = tables_of(assessment)
    require_area(area, tables)
    known = about_of(assessment) if about is None else about
    if known is None:
        raise ParameterError("`about` is not stated, and bare tables do not say it. Give period, sources and marking.")
    first, spans = require_day(start, "start"), _phase_dates(phases)
    due = months_after(first, _REFRESH_MONTHS) if due is None else require_day(due, "due")
    review = months_after(first, _REVIEW_MONTHS) if review is None else require_day(review, "review")
    _require_after(first, spans, due=due, review=review)
    wanted = _found(assessment, area) if threats is None else require_threats(threats)
    chosen = _chosen(plan_options(threats=wanted), options)
    served = [_served(keys, wanted) for keys in chosen["threats"]]
    actions = (
        chosen.drop(columns="threats")
        .rename_axis(ACTION_ID)
        .reset_index()
        .assign(threat=served, owner=clean_text(owner))
    )
    actions = actions.assign(
        status=STATUSES[0], review=review, target=None, **_dates_of(chosen["phase"], first, due, spans)
    )
    keys = [parse_measure_key(key) if key else None for key in actions["measure_key"]]
    values, periods = measures_of(tables, area, keys)
    text = read_table(
        actions.assign(baseline=values, baseline_period=periods), rules=TableRules(look_for_persons=False)
    )
    own = require_agencies(agencies)
    name = str(tables["areas"]["name"].get(area, ""))
    settings = PlanSettings(
        area=area, area_name=tidy(name), threats=wanted, start=first, agencies=own, rate_unit=known.unit
    )
    return Plan(table=checked_actions(text, agencies=own), settings=settings, about=dataclasses.replace(known, unit=""))


def _found(assessment: Assessment | AssessmentTables, area: str) -> tuple[str, ...]:
    table = find_threats(assessment, area=area)
    return tuple(map(str, table.index[table["found"].fillna(False).astype(bool)]))


def _chosen(table: pd.DataFrame, options: Iterable[str] | None) -> pd.DataFrame:
    if options is None:
        return table
    if isinstance(options, str):
        raise ParameterError(f"`options` is the text {options!r}; give a list, such as [{options!r}].")
    require_kind_of(options, Iterable, name="options", advice="give a list of keys of `plan_options`")
    wanted, everything = list(options), plan_options()
    for option in wanted:
        require_choice(option, set(everything.index), name="options")
    wanted = list(dict.fromkeys(wanted))
    return everything.loc[wanted]


def _served(keys: str, wanted: Sequence[str]) -> str:
    """Threats of the plan that an option serves; all of its own where it was chosen by name."""
    if keys == EVERY_THREAT:
        return keys
    mine = keys.split()
    return "; ".join([key for key in mine if key in wanted] or mine)


def _dates_of(
    phases: pd.Series, first: dt.date, due: dt.date, spans: Mapping[str, tuple[dt.date, dt.date]]
) -> dict[str, list[dt.date]]:
    pairs = [spans.get(phase, (first, due)) for phase in phases]
    return {"start": [pair[0] for pair in pairs], "due": [pair[1] for pair in pairs]}


def _phase_dates(phases: Mapping[str, tuple[dt.date, dt.date]] | None) -> dict[str, tuple[dt.date, dt.date]]:
    spans = {}
    if phases is not None:
        require_kind_of(phases, Mapping, name="phases", advice="give first and last day by phase")
    for phase, pair in (phases or {}).items():
        require_choice(phase, PHASES, name="phases")
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise ParameterError(f"`phases` has {shortened(pair)} for {phase}; give its first and its last day.")
        first, last = pair
        spans[phase] = (require_day(first, "phases"), require_day(last, "phases"))
        if spans[phase][1] < spans[phase][0]:
            raise ParameterError(f"`phases` ends {phase} ({last}) before it begins ({first}). Swap the two.")
    return spans


def _require_after(first: dt.date, spans: Mapping[str, tuple[dt.date, dt.date]], **dates: dt.date) -> None:
    for name, date in dates.items():
        if date < first:
            raise ParameterError(f"`{name}` is {date}, before the start, {first}. A new plan cannot be late already.")
    for phase, (begin, _) in spans.items():
        if begin < first:
            raise ParameterError(f"`phases` begins {phase} on {begin}, before the start, {first}. Move one of the two.")
