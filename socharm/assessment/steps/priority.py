"""``[priority]``: what calls for attention now, one class for each area."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import pandas as pd

from socharm._about import About
from socharm._words import joined_words, noun_for, number_of
from socharm.assessment.steps._columns import NAME_OF_AREA, PARENT_OF_AREA, REASON, named
from socharm.assessment.steps._step import Context, Section, Step
from socharm.assessment.steps.overlay import OVERLAY
from socharm.assessment.steps.ranking import RANKING
from socharm.assessment.steps.signals import SIGNALS
from socharm.assessment.steps.silence import SILENCE
from socharm.signals.priority import CLASSES, Priority, PrioritySettings, priority_now
from socharm.snapshot.dashboard_layer import Category, DashboardLayer, DashboardPart
from socharm.snapshot.spec import SheetSpec, SummaryPart, TableSpec
from socharm.snapshot.tables import has_columns

__all__ = ["PRIORITY"]

_COLOURS: Final = {
    "rising": "#b2182b",
    "spike": "#ef8a62",
    "falling": "#2166ac",
    "chronic": "#7f3b08",
    "quiet but deprived": "#6a51a3",
}


def _run(context: Context) -> Priority:
    return priority_now(
        context[RANKING],
        context[SIGNALS],
        overlay=context[OVERLAY],
        silence=context[SILENCE],
        settings=context.recipe.part(PrioritySettings),
    )


def _sheet(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Areas with a class, in the order of the classes; all of them where classes are withheld."""
    found = tables["priority"]
    if found["now"].notna().any():
        found = found[found["now"].isin(CLASSES)]
    place = found["now"].map({name: number for number, name in enumerate(CLASSES)}).fillna(len(CLASSES))
    return found.iloc[place.argsort(kind="stable").to_numpy()]


def _note(tables: Mapping[str, pd.DataFrame]) -> str:
    """What a class is, and how many areas have none and are not on the sheet."""
    now = tables["priority"]["now"]
    without = int((~now.isin(CLASSES)).sum()) if now.notna().any() else 0
    text = "One class for each area, the first that it meets: rising, spike, falling, chronic, quiet but deprived. "
    if without:
        text += f"{number_of(without, 'area')} of no class {noun_for(without, 'is', 'are')} not on this sheet. "
    return f"{text}An area without a class is not thereby safe."


def _values(tables: Mapping[str, pd.DataFrame], _: Mapping[str, Any]) -> dict[str, Any]:
    if not has_columns(tables["priority"], "now"):
        return {}
    found = tables["priority"]["now"].value_counts()
    return {"priority": {name: int(found.get(name, 0)) for name in CLASSES}}


def _lines(summary: Mapping[str, Any]) -> Iterable[str]:
    some = [f"{number:,} {name}" for name, number in summary.get("priority", {}).items() if number]
    if some:
        yield f"Priority now: {joined_words(some)}"


def _dashboard(tables: Mapping[str, pd.DataFrame], _: About) -> Iterable[DashboardLayer]:
    found = tables["priority"]
    if has_columns(found, "now"):
        yield DashboardLayer(
            key="priority",
            label="Priority now",
            unit="one class for each area, by stated definitions",
            note="Chronic: among the first by all months together. Rising and falling: signals that last. "
            "Spike: the last month alone.",
            values=found["now"].where(found["now"] != "", "none"),
            categories={
                **{name: Category(label=name, colour=colour) for name, colour in _COLOURS.items()},
                "none": Category(label="none of these", colour="#f2f2f2"),
            },
            disclosure="keep",
        )


_SPEC: Final = TableSpec(
    name="priority",
    meaning="an area; index `area_code`",
    layer=True,
    sheet=SheetSpec(
        title="Priority now",
        place=10,
        note=_note,
        view=_sheet,
    ),
    summary=SummaryPart(values=_values, lines=_lines, place=14),
    dashboard=DashboardPart(layers=_dashboard, place=24),
    columns=(
        *NAME_OF_AREA,
        *PARENT_OF_AREA,
        *named(
            "keep",
            now="rising, spike, falling, chronic, quiet but deprived, or nothing",
            also="other classes that it meets",
            why="what the class is by, in a sentence",
        ),
        *REASON,
    ),
)

PRIORITY: Final = Step[Priority](
    name="priority",
    phase="hotspots",
    words="priority",
    switch="priority",
    switch_says="what calls for attention now, one class for each area",
    needs=(RANKING, SIGNALS, OVERLAY, SILENCE),
    section=Section(
        key="priority",
        kind=PrioritySettings,
        says="what calls for attention now, one class for each area",
        place=97,
    ),
    run=_run,
    tables=(_SPEC,),
    frames=lambda found: {} if found is None else {"priority": found.table},
    settings=lambda found, _: None if found is None else found.settings,
    settings_kinds=(PrioritySettings,),
)
