"""Where areas would stand without their heaviest events; of single offences only."""

from __future__ import annotations

from typing import Final

import pandas as pd

from socharm.assessment.steps._columns import NAME_OF_AREA, named
from socharm.assessment.steps._step import Context, Step
from socharm.assessment.steps.index import INDEX
from socharm.ranking.events import EventDependence, EventDependenceSettings, rank_without_events
from socharm.snapshot.spec import SheetSpec, TableSpec

__all__ = ["EVENTS"]


def _run(context: Context) -> EventDependence | None:
    index = context[INDEX]
    return rank_without_events(index) if index.findings.level == "offence" else None


def _frames(made: EventDependence | None) -> dict[str, pd.DataFrame]:
    return {} if made is None else {"event_dependence": made.table}


EVENTS: Final = Step[EventDependence | None](
    name="events",
    phase="uncertainty",
    words="ranking",
    needs=(INDEX,),
    run=_run,
    tables=(
        TableSpec(
            name="event_dependence",
            meaning="an area; index `area_code`",
            sheet=SheetSpec(title="Few events", note="Where an area would stand without its heaviest events."),
            columns=(
                *NAME_OF_AREA,
                *named(
                    "withhold",
                    rank_observed="rank by the recorded rate alone",
                    rank_without_1="rank when the heaviest event of the area is gone",
                    rank_without_2="rank when the two heaviest events of the area are gone",
                    rank_without_3="rank when the three heaviest events of the area are gone",
                    heaviest_offence="offence of the heaviest event",
                    hangs_on="fewest events whose loss moves the area by more than the stated places",
                    offences="offences of the events that the rank hangs on, heaviest first",
                    flagged="whether the rank hangs on few events",
                ),
            ),
        ),
    ),
    frames=_frames,
    settings=lambda made, _: None if made is None else made.settings,
    settings_kinds=(EventDependenceSettings,),
)
