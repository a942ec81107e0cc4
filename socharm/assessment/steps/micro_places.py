"""Squares that hold the most of each area's harm, where there are points."""

from __future__ import annotations

from typing import Final

import pandas as pd

from socharm._words import number_of
from socharm.assessment.steps._columns import AREA_CODE, named
from socharm.assessment.steps._step import Context, Step
from socharm.assessment.steps.areas import AREAS
from socharm.assessment.steps.points import POINTS
from socharm.hotspots.points.micro_places import MicroPlaces, MicroPlacesSettings, find_micro_places
from socharm.snapshot.recount import Recount
from socharm.snapshot.spec import SheetSpec, TableSpec
from socharm.snapshot.tables import AssessmentTables

__all__ = ["MICRO_PLACES"]

_USUAL: Final = MicroPlacesSettings()


def _run(context: Context) -> MicroPlaces | None:
    points = context[POINTS]
    return None if points is None else find_micro_places(points, context[AREAS])


def _frames(found: MicroPlaces | None) -> dict[str, pd.DataFrame]:
    return {} if found is None else {"micro_places": found.table, "micro_place_facts": found.by_area}


def _note(tables: AssessmentTables) -> str:
    size, share = (
        tables.setting("micro_places", "cell_size", _USUAL.cell_size),
        tables.setting("micro_places", "share", _USUAL.share),
    )
    part = "half" if share == 0.5 else f"{share:.0%}"
    fewest = int(tables.setting("micro_places", "minimum_events", _USUAL.minimum_events))
    return (
        f"Squares of {size:g} m with the most of each area's harm, as far as {part} of it: less where squares have "
        f"fewer than {number_of(fewest, 'event')}, which are not listed. Centres in metres."
    )


def _recount_facts(recount: Recount) -> pd.DataFrame:
    old, index = recount.tables["micro_place_facts"], recount.made["index"]
    harm, events = (index[name].reindex(old.index).where(old["harm"].notna()) for name in ("harm", "crimes"))
    return pd.DataFrame({"harm": harm, "events": events}, index=old.index)


MICRO_PLACES: Final = Step[MicroPlaces | None](
    name="micro_places",
    phase="hotspots",
    words="outputs",
    also_words="incidents",
    switch="micro_places",
    earlier_switch="places",
    switch_says="squares that hold the most of each area's harm",
    needs=(POINTS, AREAS),
    run=_run,
    tables=(
        TableSpec(
            name="micro_places",
            earlier_names=("places",),
            meaning="a square of an area, from the most harm, as far as the share asked for; none with few events",
            sheet=SheetSpec(
                title="Micro-places",
                place=104,
                note=_note,
            ),
            columns=(
                *AREA_CODE,
                *named(
                    "keep",
                    place="number of the square in its area; 1 has the most harm",
                    easting="centre of the square in metres east",
                    northing="centre of the square in metres north",
                ),
                *named("withhold", harm="sum of the weights of the crimes", events="events that were counted"),
                *named(
                    "probability",
                    share="share of the located harm of the area",
                    cumulative_share="share of the square and of those before",
                ),
            ),
        ),
        TableSpec(
            name="micro_place_facts",
            earlier_names=("place_facts",),
            recomputed=_recount_facts,
            meaning="an area; index `area_code`",
            columns=(
                *named("keep", listed="squares that are listed"),
                *named("cells", harm="located harm", events="located events"),
                *named("up:5", squares="squares with any harm"),
                *named("probability", share_listed="share of the located harm that the listed squares hold"),
            ),
        ),
    ),
    frames=_frames,
    settings=lambda found, _: None if found is None else found.settings,
    settings_kinds=(MicroPlacesSettings,),
    # Earlier versions knew no other squares.
    earlier_settings=lambda _: {"cell_size": 250.0, "share": 0.5},
)
