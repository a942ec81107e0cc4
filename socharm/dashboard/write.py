"""An assessment as one page that needs no network: map, ranked table, intervals and trends, linked."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._about import About
from socharm._arguments import checked
from socharm._checks import require_choice, require_columns, require_same_areas
from socharm._columns import AREA, NAME, PARENT
from socharm._words import month_words, number_of, rate_decimals, unit_sentence
from socharm.dashboard.actions import DRAFT_COLUMNS, Activity, action_lists
from socharm.dashboard.changes import change_lists
from socharm.dashboard.data import ALL, Panel, area_facts, make_panel
from socharm.dashboard.disorder import disorder_lists
from socharm.dashboard.exports import export_facts, period_told
from socharm.dashboard.heading import page_title
from socharm.dashboard.layers import Layer, make_layers, series_classes, stated_layers, surface_of
from socharm.dashboard.numbers import NumberRules
from socharm.dashboard.offences import offence_lists
from socharm.dashboard.page import Page, page_html
from socharm.dashboard.panels import PLAN_COLUMNS, panels_html
from socharm.dashboard.plots import bokeh_script, heat_legend, plots_document, require_bokeh
from socharm.dashboard.shapes import page_outlines
from socharm.dashboard.totals import total_lists
from socharm.errors import AlignmentError, ParameterError
from socharm.files.atomic import atomic_write
from socharm.io.areas import require_areas
from socharm.maps.choropleth import with_areas
from socharm.snapshot.tables import AssessmentTables

__all__ = ["write_dashboard"]

_INTERNAL: Final = "Internal: small numbers are not withheld on this page. Do not publish it."


@checked
def write_dashboard(
    path: str | os.PathLike[str],
    tables: AssessmentTables,
    areas: gpd.GeoDataFrame,
    *,
    about: About,
    statement: Sequence[tuple[str, str]] = (),
    plan: pd.DataFrame | None = None,
    drafts: pd.DataFrame | None = None,
    layer: str = "rate",
    title: str | None = None,
    open_input: bool = False,
    published: bool = True,
) -> None:
    """Write an assessment as one HTML file with linked map, table, interval plot and trend.

    Parameters
    ----------
    path : str or path
        Ends in ``.html``. The same inputs give the same bytes.
    tables : AssessmentTables
        ``areas``, ``index`` and ``ranking`` are needed; months, offence groups, hotspots, heat, deprivation, top-k
        probabilities and indicators are shown where there are any.
    areas : GeoDataFrame
        Boundaries of the same areas, a CRS in metres. They are simplified together, so that neighbours still touch.
    about : About
        Period, sources, unit and marking of the assessment.
    statement : sequence of (str, str)
        Further lines of the method statement: heading and text.
    plan : DataFrame, optional
        Actions with ``p``, ``action``, ``owner``, ``agency``, ``phase``, ``start``, ``due``, ``status``, as in
        `Plan.table`. With a column ``area_code`` activity is a layer of the map too, and stands with the area that is
        chosen.
    drafts : DataFrame, optional
        Actions that nobody has agreed, with ``area_code``, ``phase``, ``action``, ``agency``: shown as drafts where
        there is no plan.
    layer : str
        The layer shown first, such as ``"harm"`` or ``"top:10"``.
    title : str, optional
        The force, else the districts where they are three or fewer, when omitted.
    open_input : bool
        Whether the incidents are public as they are (police.uk): small numbers are then shown.
    published : bool
        Whether the page may leave the organisation. False shows every number, and says so.

    Raises
    ------
    AlignmentError
        `areas` are not those of the tables, or the plan names an unknown area.
    MissingExtraError
        Bokeh is not installed.
    ParameterError
        The layer is not one that the tables hold, the tables hold no area, or the name does not end in ``.html``.
    SchemaError
        The index, the ranking or the plan lacks a column.
    StoreError
        The file cannot be written.

    Notes
    -----
    Unless the input is open, whatever is a function of one to four crimes is withheld: the count reads "1 to 4", and
    harm, rate, residual and probability of that area, month or group are left out of the file. Harm and rates have
    three significant figures. Sums that give a withheld number away are a matter for disclosure control before this.
    """
    if not str(path).lower().endswith(".html"):
        raise ParameterError(f"`path` is {str(path)!r}; a dashboard is one HTML file. End the name in '.html'.")
    if tables["areas"].empty:
        raise ParameterError("`tables.areas` holds no area, so there is nothing to show. Give a finished assessment.")
    require_areas(areas)
    require_same_areas(areas.index, tables["areas"].index, names=("areas", "tables.areas"))
    _require_actions(plan, tables, PLAN_COLUMNS, name="plan")
    _require_actions(drafts, tables, (*DRAFT_COLUMNS, AREA), name="drafts")
    require_bokeh()
    page = _page(
        tables,
        areas,
        about=_told(with_areas(about, areas) or about, published),
        statement=statement,
        activity=Activity(plan=plan, drafts=drafts),
        layer=layer,
        title=title,
        rules=NumberRules(protect=published and not open_input),
    )
    with atomic_write(path) as temporary:
        temporary.write_bytes(page.encode("utf-8"))


def _told(about: About, published: bool) -> About:
    """About as the page says it."""
    return about if published else replace(about, internal=True)


def _require_actions(
    actions: pd.DataFrame | None, tables: AssessmentTables, needed: Iterable[str], *, name: str
) -> None:
    if actions is None:
        return
    require_columns(actions, needed, name=name)
    if AREA in actions.columns:
        strangers = pd.Index(actions[AREA]).difference(tables["areas"].index)
        if len(strangers):
            raise AlignmentError(
                f"{number_of(len(strangers), f'area of `{name}` is', f'areas of `{name}` are')} not in the assessment, "
                f"such as {list(strangers[:3])}. Give codes of its areas."
            )


def _page(
    tables: AssessmentTables,
    areas: gpd.GeoDataFrame,
    *,
    about: About,
    statement: Sequence[tuple[str, str]],
    activity: Activity,
    layer: str,
    title: str | None,
    rules: NumberRules,
) -> str:
    facts = area_facts(tables)
    panel = make_panel(tables, facts)
    stated = stated_layers(tables, about)
    layers = make_layers(stated, panel, codes=facts.index, rules=rules, plan=activity.plan)
    require_choice(layer, [known.key for known in layers], name="layer")
    shapes = gpd.GeoDataFrame(facts[[PARENT]].replace("", None), geometry=areas.geometry.loc[facts.index])
    outlines = page_outlines(shapes)
    heat = surface_of(stated)
    document = plots_document(facts, outlines, months=panel.months, heat=heat)
    heading = title or page_title(tables)
    payload = {
        **_payload(facts, panel, layers, rules=rules, first=layer),
        "heat": None if heat is None else heat_legend(heat),
        "totals": total_lists(tables, facts, panel, rules),
        "offences": offence_lists(tables, facts, panel, rules),
        "disorder": disorder_lists(tables, facts, panel, rules),
        "change": change_lists(facts, panel, rules),
        "actions": action_lists(activity, facts),
        "period": period_told(about),
        "unitSentence": unit_sentence(about.unit),
        "export": export_facts(heading, about, facts),
        "enlarged": None if outlines.enlarged is None else list(outlines.enlarged),
    }
    internal = about.internal and not rules.protect
    notes = _rule_notes(rules, internal)
    panels = panels_html(tables, facts, layers, about=about, plan=activity.plan, statement=statement, rule_notes=notes)
    page = Page(
        title=heading,
        about=about,
        facts=facts,
        layers=layers,
        groups=panel.groups,
        months=panel.months,
        parents=panel.parents,
        whole=payload["whole"][ALL],
        rate_decimals=payload["rateDecimals"],
        payload=payload,
        document=document,
        enlarged=outlines.enlarged is not None,
        library=bokeh_script(),
        panels=panels,
        warning=_INTERNAL if internal else "",
    )
    return page_html(page)


def _payload(
    facts: pd.DataFrame, panel: Panel, layers: Sequence[Layer], *, rules: NumberRules, first: str
) -> dict[str, Any]:
    lists = panel.as_lists(rules)
    ranks = {key: [None if pd.isna(v) else int(v) for v in facts[key]] for key in facts.columns if "rank" in key}
    own = {parent: number for number, parent in enumerate(panel.parents)}
    return {
        "codes": [str(code) for code in facts.index],
        "names": facts[NAME].tolist(),
        "parents": facts[PARENT].tolist(),
        "reasons": facts["reason"].tolist(),
        "rank": ranks["rank"],
        "low": ranks["rank_low_90"],
        "high": ranks["rank_high_90"],
        "ranked": int(facts["rank"].notna().sum()),
        "months": [month_words(month) for month in panel.months],
        "groups": list(panel.groups),
        "district": [own.get(parent, len(own)) for parent in facts[PARENT]],
        "districtNames": [*panel.parents, ""],
        "placeNames": [*panel.parents, "All areas"],
        "parentCount": len(panel.parents),
        "layers": [entry.as_dict() for entry in layers],
        "classes": series_classes(panel, lists),
        "counted": {group: list(areas) for group, areas in panel.counted.items()},
        "rateDecimals": rate_decimals(lists["whole"][ALL]["rate"]),
        "rateTurns": _turns(panel.whole[ALL]["rate"], facts["rank"]),
        "first": first,
        **lists,
    }


def _turns(rates: NDArray[np.float64], ranks: pd.Series) -> bool:
    """Whether an area stands above one with a higher rate: ranks go by the mean of the rank over draws."""
    known = rates[ranks.notna().to_numpy() & np.isfinite(rates)]
    return bool((np.diff(known) > 0).any())


def _rule_notes(rules: NumberRules, internal: bool) -> list[str]:
    if internal:
        return ["Every number is shown. This page is internal."]
    if rules.protect:
        return [
            "Counts of one to four read 1 to 4; what hangs on so few crimes is withheld. "
            "Harm and rates have three significant figures."
        ]
    return ["The crimes counted here are public already, so small numbers are shown."]
