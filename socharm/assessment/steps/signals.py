"""``[signals]``: areas that leave their usual level, month by month, where there are months enough."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

import pandas as pd

from socharm._about import About
from socharm._columns import PERIOD
from socharm._words import number_of
from socharm.assessment.steps._columns import NAME_OF_AREA, PARENT_OF_AREA, REASON, named
from socharm.assessment.steps._step import Context, Section, Step
from socharm.assessment.steps.index import INDEX
from socharm.signals.monitor import LEAST_MONTHS, Monitoring, MonitorSettings, monitor_harm
from socharm.snapshot.dashboard_layer import Category, DashboardLayer, DashboardPart
from socharm.snapshot.recipe import Recipe
from socharm.snapshot.sentence import Sentence
from socharm.snapshot.spec import SheetSpec, SummaryPart, TableSpec
from socharm.snapshot.tables import has_columns

__all__ = ["SIGNALS"]

_FEW: Final = 100


def _run(context: Context) -> Monitoring | None:
    index, section = context[INDEX], context.recipe.part(MonitorSettings)
    months = index.cells[PERIOD].nunique()
    if months < max(LEAST_MONTHS, (section.baseline or 0) + 1):
        return None
    return monitor_harm(index, settings=section)


def _rehearsed(section: MonitorSettings) -> MonitorSettings:
    return replace(section, simulations=_FEW)


def _sheet(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Signals first, those that last before the others."""
    found = tables["signals"]
    order = (~found["active"]).astype(int) + (found["direction"] == "").astype(int)
    return found.iloc[order.argsort(kind="stable").to_numpy()]


def _told(recipe: Recipe, _: Mapping[str, Any]) -> Iterable[Sentence]:
    section = recipe.part(MonitorSettings)
    yield Sentence(
        f"Signals (from {LEAST_MONTHS} months): CUSUM and EWMA, {_alarms(section.false_alarms)} over all areas."
    )


def _alarms(rate: float) -> str:
    """The rate of false alarms in words.

    Examples
    --------
    >>> _alarms(1.0), _alarms(0.5)
    ('1 false alarm a year', '0.5 false alarms a year')
    """
    return f"{rate:g} false {'alarm' if rate == 1 else 'alarms'} a year"


def _values(tables: Mapping[str, pd.DataFrame], _: Mapping[str, Any]) -> dict[str, Any]:
    found = tables["signals"]
    if not has_columns(found, "active direction"):
        return {}
    lasting = found[found["active"]]
    return {"signals": {way: int((lasting["direction"] == way).sum()) for way in ("rise", "fall")}}


def _lines(summary: Mapping[str, Any]) -> Iterable[str]:
    if "signals" in summary:
        rises, falls = (number_of(summary["signals"][way], "area") for way in ("rise", "fall"))
        yield f"Signals that last: {rises} with a rise, {falls} with a fall"


def _dashboard(tables: Mapping[str, pd.DataFrame], _: About) -> Iterable[DashboardLayer]:
    found = tables["signals"]
    if not has_columns(found, "direction active reason"):
        return
    words = found["direction"].where(found["direction"] != "", "none").where(found["reason"] == "")
    over = (found["direction"] != "") & ~found["active"]
    yield DashboardLayer(
        key="signals",
        label="Signals by month",
        short="Signals",
        unit="charts of every month, beside the first months of the period",
        gap="not watched",
        note="A signal goes beyond the ordinary ups and downs of areas. No signal does not mean no change.",
        values=words.mask(over & words.notna(), "over"),
        categories={
            "rise": Category(label="rise that lasts", colour="#b2182b"),
            "fall": Category(label="fall that lasts", colour="#2166ac"),
            "over": Category(label="signal that is over", colour="#d9c29a"),
            "none": Category(label="no signal", colour="#f2f2f2"),
        },
        disclosure="keep",
    )


_SPEC: Final = TableSpec(
    name="signals",
    meaning="an area; index `area_code`",
    layer=True,
    sheet=SheetSpec(
        title="Signals",
        place=11,
        note="A signal is a change beyond the ordinary ups and downs of areas. No signal does not mean no change: see "
        "how long a rise takes to be found.",
        view=_sheet,
    ),
    summary=SummaryPart(values=_values, lines=_lines, place=15),
    dashboard=DashboardPart(layers=_dashboard, place=26),
    columns=(
        *NAME_OF_AREA,
        *PARENT_OF_AREA,
        *named(
            "keep",
            direction="rise, fall, or nothing",
            signalled="month in which a chart first went beyond its limit",
            since="month in which the change began, as the chart has it",
            chart="which chart gave the signal",
            active="whether a chart is still beyond its limit in the last month",
            delay="months until half of all rises of the size looked for are found; missing above two years",
            says="signal in a sentence",
        ),
        *REASON,
        *named(
            "withhold",
            size="recorded over expected since the change began; too large on average",
            size_low_95="lower end of the 95% interval of the size",
            size_high_95="upper end of the 95% interval of the size",
            events="effective events of the first months, over the dispersion",
            last_ratio="last month over expected",
            last_p="probability of so high a last month where nothing happens",
        ),
        *named("probability", found_year="probability that a rise of the size looked for is found within a year"),
    ),
)

SIGNALS: Final = Step[Monitoring | None](
    name="signals",
    phase="hotspots",
    words="signals",
    switch="signals",
    switch_says="areas that leave their usual level, month by month",
    needs=(INDEX,),
    section=Section(
        key="signals",
        kind=MonitorSettings,
        says="areas that leave their usual level, month by month",
        place=95,
        rehearsed=_rehearsed,
        noted=False,
    ),
    run=_run,
    tables=(_SPEC,),
    frames=lambda found: {} if found is None else {"signals": found.table},
    settings=lambda found, _: None if found is None else found.settings,
    settings_kinds=(MonitorSettings,),
    told=_told,
)
