"""``[hours]``: when in the week crimes are, of a source whose rows carry times, where the recipe asks for it."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final

import pandas as pd

from socharm._columns import OFFENCE
from socharm._settings import setting
from socharm.assessment.steps._columns import named
from socharm.assessment.steps._few_crimes import without_few
from socharm.assessment.steps._step import Context, Drawing, Picture, Section, Step
from socharm.assessment.steps.incidents import INCIDENTS
from socharm.errors import DataWarning, SchemaError
from socharm.hotspots.times.clock_times import clock_times
from socharm.hotspots.times.hour_record import HourProfile, HourSettings
from socharm.hotspots.times.hours import hour_weekday
from socharm.io.incidents.event_times import event_times
from socharm.offences import group_of
from socharm.publish.disclosure import PublishedTables
from socharm.snapshot.recipe import Recipe
from socharm.snapshot.sentence import Sentence
from socharm.snapshot.spec import SheetSpec, TableSpec

__all__ = ["HOURS", "HoursSection"]

_OUTSIDE: Final = "time outside the period"


@dataclass(frozen=True, kw_only=True)
class HoursSection(HourSettings):
    """Choices of an assessment's profile of the week. ``[hours]`` of a recipe."""

    start: str = setting(says="column of the source with the time of each event, or the earliest", example="From")
    end: str | None = setting(None, "column with the latest time that it can have", example="To")
    time_format: str | None = setting(
        None, "how the times are written; YYYY-MM-DD HH:MM when absent", example="%d/%m/%Y %H:%M"
    )


@dataclass(frozen=True, eq=False)
class _Found:
    """The profile, and the choices that it was asked for with."""

    profile: HourProfile
    settings: HoursSection


def _run(context: Context) -> _Found | None:
    section, incidents = context.recipe.part(HoursSection), context[INCIDENTS]
    if incidents.findings.layout == "police.uk":
        warnings.warn(
            "Hours of the week are left out: police.uk says the month of each crime, and a month has no hours.",
            DataWarning,
            stacklevel=2,
        )
        return None
    events = event_times(incidents, start=section.start, end=section.end, time_format=section.time_format)
    begins = clock_times(events["start"], name="start", timezone=section.timezone)
    period = context.recipe.period
    months = begins.dt.to_period("M").astype("str")
    outside = begins.notna() & ~months.isin(list(period.months))
    kept = events[~outside]
    if kept["start"].isna().all():
        raise SchemaError(
            f"No row of `start` has a time from {period.start} to {period.end}. Check the column, or the period."
        )
    chosen = HourSettings(**{entry.name: vars(section)[entry.name] for entry in fields(HourSettings)})
    profile = hour_weekday(
        kept["start"],
        None if section.end is None else kept["end"],
        group=kept[OFFENCE].map(group_of),
        settings=chosen,
        about=replace(incidents.about, unit="crimes"),
    )
    aside = pd.concat([profile.set_aside, pd.Series({_OUTSIDE: int(outside.sum())})])
    return _Found(replace(profile, set_aside=aside.rename("rows").rename_axis("reason")), section)


def _frames(found: _Found | None) -> dict[str, pd.DataFrame]:
    if found is None:
        return {}
    return {"hours": found.profile.table, "hours_set_aside": found.profile.set_aside.to_frame()}


def _picture(found: _Found | None, _: Drawing) -> Any:
    from socharm.maps.furniture import new_axes
    from socharm.maps.hours import plot_hours

    return None if found is None else plot_hours(found.profile, ax=new_axes())


def _published(found: _Found | None, published: PublishedTables) -> _Found | None:
    return None if found is None else replace(found, profile=replace(found.profile, table=published.tables["hours"]))


def _shown(table: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    return without_few(table, tables["hours"])


def _told(recipe: Recipe, _: Mapping[str, Any]) -> Iterable[Sentence]:
    section = recipe.find(HoursSection)
    if section is not None:
        yield Sentence(
            f"Hours of the week: events beside hours that are all alike, windows of up to {section.longest_hours:g} "
            f"hours spread (aoristic), level {section.alpha * 100:g}%."
        )


_SPEC: Final = TableSpec(
    name="hours",
    meaning="an hour of a weekday, of a group of offences",
    sheet=SheetSpec(
        title="Hours",
        place=107,
        note="Events by weekday and hour over those of hours that are all alike. Every row of the source with a time "
        "in the period counts, outside the areas too; when events were is not when police were told.",
    ),
    published=_shown,
    columns=(
        *named(
            "keep",
            group="group of offences, all of them last",
            weekday="day of the week",
            hour="hour of the day; 0 is the one from midnight",
            label="whether it has more or fewer events than if all hours were alike, corrected for many tests",
        ),
        *named(
            "decimals:1",
            ratio="events over those of hours that are all alike",
            ratio_low="lower end of the interval of that ratio",
            ratio_high="upper end of the interval of that ratio",
        ),
        *named(
            "withhold",
            events="events in the hour, windows by their share",
            share="share of the group's events",
            expected="events were all hours alike",
            p="p of so many or so few events",
            p_adjusted="p corrected over all hours of all groups",
        ),
    ),
)

#: Off unless the recipe has the section: police.uk has months, and an extract says which column holds its times.
HOURS: Final = Step[_Found | None](
    name="hours",
    phase="hotspots",
    words="hours",
    also_words="incidents",
    needs=(INCIDENTS,),
    section=Section(
        key="hours",
        kind=HoursSection,
        says="when in the week crimes are; needs a source with times of day",
        place=146,
        optional=True,
    ),
    run=_run,
    tables=(
        _SPEC,
        TableSpec(
            name="hours_set_aside",
            meaning="a reason for which rows do not count in `hours`; index `reason`",
            columns=named("withhold", rows="rows of the source"),
        ),
    ),
    frames=_frames,
    settings=lambda found, _: None if found is None else found.settings,
    settings_kinds=(HoursSection,),
    pictures=(Picture(file="hours.png", draw=_picture),),
    published=_published,
    told=_told,
)
