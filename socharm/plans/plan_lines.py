"""The lines above a plan's table: marking, place, state, period and sources, to a file and back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final

import pandas as pd

from socharm._about import About, AssessmentPeriod, combine_about, highest_marking
from socharm._words import day_words, span_words
from socharm.errors import ParameterError, SchemaError
from socharm.plans.baseline_age import old_baselines
from socharm.plans.plan_settings import PlanSettings
from socharm.plans.plan_words import stored_day, stored_span, stored_threat, threat_words
from socharm.plans.states import DRAFT, DocumentState, next_state, parse_state
from socharm.publish.licences import licence_lines
from socharm.publish.marking import require_marking

__all__ = ["LABELS", "about_from", "facts_of", "require_one", "settings_from"]

#: How the smallest fall of a plan is reckoned, in words.
_SMALLEST: Final = (
    "a fall that a comparison of the two periods at 5% (two-sided) finds four times in five, for counts that vary "
    "from month to month as those of such areas do; a smaller one need not mean anything"
)
LABELS: Final = (
    "marking",
    "state",
    "area",
    "area name",
    "threat",
    "start",
    "period",
    "boundary year",
    "unit of rates",
    "source",
    "licence",
    "coverage",
    "smallest fall",
    "age of baselines",
)


def require_one(facts: Mapping[str, list[str]], file: str) -> None:
    """A plan is of one area and one period; several markings are allowed, and the highest holds."""
    for label in ("area", "area name", "start", "period", "boundary year", "unit of rates"):
        if len(set(facts.get(label, []))) > 1:
            raise SchemaError(f"{file!r} states {label!r} more than once: {facts[label]}. Keep the line that holds.")


def facts_of(settings: PlanSettings, about: About, actions: pd.DataFrame) -> list[tuple[str, str]]:
    """Label and text of each line above a plan."""
    lines = [
        ("marking", about.marking),
        ("area", settings.area),
        ("area name", settings.area_name),
        *(("licence", line) for line in licence_lines(about)),
        *(("state", _stated(state)) for state in settings.states or (DRAFT,)),
        *(("threat", threat_words(threat)) for threat in settings.threats),
        ("start", "" if settings.start is None else day_words(settings.start)),
        *(("agency", agency) for agency in settings.agencies),
        ("period", "" if about.period is None else span_words(str(about.period))),
        ("boundary year", "" if about.boundary_year is None else str(about.boundary_year)),
        ("unit of rates", settings.rate_unit),
        *(("source", source) for source in about.sources),
        ("coverage", about.coverage),
        ("smallest fall", _SMALLEST),
        ("age of baselines", "" if settings.start is None else old_baselines(actions, settings.start)),
    ]
    return [(label, " ".join(text.splitlines())) for label, text in lines if text]


def about_from(facts: Mapping[str, list[str]], marking: str | None, file: str) -> About:
    """Period, sources and marking that the lines above a plan state."""
    stated = facts.get("marking", [])
    if not stated and marking is None:
        raise SchemaError(f"{file!r} does not say its marking. Write 'marking: OFFICIAL' above it, or give `marking=`.")
    month = stored_span(facts.get("period", [""])[0]).split(" to ")
    year = facts.get("boundary year", [""])[0]
    if year and not (year.isascii() and year.isdecimal() and len(year) == 4):
        raise SchemaError(f"{file!r} has the boundary year {year!r}. Write it as 2025.")
    said = About(
        period=AssessmentPeriod(month[0], month[-1]) if month[0] else None,
        boundary_year=int(year) if year else None,
        sources=tuple(facts.get("source", [])),
        marking=highest_marking(*map(require_marking, map(str.upper, stated))) if stated else str(marking),
        coverage=facts.get("coverage", [""])[0],
    )
    return said if marking is None else combine_about(said, About(marking=marking))


def settings_from(
    facts: Mapping[str, list[str]], area: str | None, agencies: tuple[str, ...], file: str
) -> PlanSettings:
    """Settings that the lines above a plan state."""
    stated = facts.get("area", [""])[0]
    if not stated and area is None:
        raise SchemaError(f"{file!r} does not say its area. Write 'area: E05001346' above it, or give `area=`.")
    if stated and area is not None and stated != area:
        raise SchemaError(f"{file!r} is for the area {stated!r}, and `area` is {area!r}. Read the right file.")
    start = facts.get("start", [""])[0]
    try:
        begin = dt.date.fromisoformat(stored_day(start)) if start else None
    except ValueError as error:
        raise SchemaError(
            f"{file!r} has the start {start!r}, which is no date. Write it as 31 October 2026 or 2026-10-31."
        ) from error
    name = facts.get("area name", [""])[0]
    threats = tuple(map(stored_threat, facts.get("threat", [])))
    return PlanSettings(
        area=stated or str(area),
        area_name=name,
        threats=threats,
        start=begin,
        agencies=agencies,
        rate_unit=facts.get("unit of rates", [""])[0],
        states=_states(facts.get("state", []), file),
    )


def _states(lines: Sequence[str], file: str) -> tuple[DocumentState, ...]:
    """The history that stands above a plan; a draft that nobody answers for is no part of it."""
    states: tuple[DocumentState, ...] = ()
    for line in lines:
        state = parse_state(line, file=file)
        if state != DRAFT:
            try:
                states = next_state(states, state)
            except ParameterError as error:
                raise SchemaError(f"{file!r} has the state {line!r}: {error}") from error
    return states


def _stated(state: DocumentState) -> str:
    return f"{state} [{state.seal}]" if state.seal else str(state)
