"""An assessment as one page that needs no network: map, ranked table, intervals and trends, linked."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

import geopandas as gpd
import pandas as pd

from socharm._about import About
from socharm._arguments import checked
from socharm._checks import require_choice, require_columns, require_same_areas
from socharm._columns import AREA, PARENT
from socharm._words import number_of
from socharm.dashboard.actions import DRAFT_COLUMNS, Activity, action_lists
from socharm.dashboard.data import ALL
from socharm.dashboard.deliveries import deliveries_html
from socharm.dashboard.heading import page_title
from socharm.dashboard.history import PageHistory, View, lines_of, view_names, views_of
from socharm.dashboard.layers import Layer, stated_layers, surface_of
from socharm.dashboard.measure_lines import measure_lines
from socharm.dashboard.numbers import NumberRules
from socharm.dashboard.page import Page, page_html
from socharm.dashboard.panels import PLAN_COLUMNS, panels_html
from socharm.dashboard.payload import layers_of_view, view_payload
from socharm.dashboard.phases import note_lists
from socharm.dashboard.plots import bokeh_script, heat_legend, plots_document, require_bokeh
from socharm.dashboard.shapes import page_outlines
from socharm.errors import AlignmentError, ParameterError
from socharm.files.atomic import atomic_write
from socharm.io.areas import require_areas
from socharm.maps.map_areas import with_areas
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
    history: PageHistory | None = None,
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
    history : PageHistory, optional
        Earlier assessments, which a reader can choose in place of this one, comparisons, and notes of a store.

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
    past = PageHistory() if history is None else history
    page = _page(
        views_of(tables, _told(with_areas(about, areas), published), past),
        areas,
        statement=statement,
        activity=Activity(plan=plan, drafts=drafts),
        layer=layer,
        title=title,
        rules=NumberRules(protect=published and not open_input),
        history=past,
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
    views: Sequence[View],
    areas: gpd.GeoDataFrame,
    *,
    statement: Sequence[tuple[str, str]],
    activity: Activity,
    layer: str,
    title: str | None,
    rules: NumberRules,
    history: PageHistory,
) -> str:
    tables, about, facts, panel = views[0].tables, views[0].about, views[0].facts, views[0].panel
    layers = [layers_of_view(view, rules, activity.plan, own=view is views[0]) for view in views]
    require_choice(layer, [known.key for known in layers[0]], name="layer")
    shapes = gpd.GeoDataFrame(facts[[PARENT]].replace("", None), geometry=areas.geometry.loc[facts.index])
    outlines = page_outlines(shapes)
    heat = surface_of(stated_layers(tables, about))
    heading = title or page_title(tables)
    internal = about.internal and not rules.protect
    own, *before = (
        view_payload(view, mine, heading=heading, rules=rules) for view, mine in zip(views, layers, strict=True)
    )
    lines, number = lines_of(views)
    names = view_names(views)
    payload = {
        "codes": [str(code) for code in facts.index],
        **own,
        "first": layer,
        "heat": None if heat is None else heat_legend(heat),
        "actions": action_lists(activity, facts),
        "enlarged": None if outlines.enlarged is None else list(outlines.enlarged),
        "earlier": before,
        "lines": [line.as_dict(rules) for line in lines],
        "lineOf": number,
        "measures": measure_lines(names, layers),
        "notes": note_lists(history.annotations, facts.index, about=about, internal=internal),
    }
    panels = _panels(
        views, layers, names, statement=statement, plan=activity.plan, history=history,
        rules=rules,
    )  # fmt: skip
    page = Page(
        title=heading,
        about=about,
        facts=facts,
        layers=layers[0],
        groups=panel.groups,
        months=panel.months,
        parents=panel.parents,
        whole=payload["whole"][ALL],
        rate_decimals=payload["rateDecimals"],
        payload=payload,
        document=plots_document(facts, outlines, months=lines[number[0]].months, heat=heat),
        enlarged=outlines.enlarged is not None,
        library=bokeh_script(),
        panels=panels,
        assessed=names,
        warning=_INTERNAL if internal else "",
    )
    return page_html(page)


def _panels(
    views: Sequence[View],
    layers: Sequence[Sequence[Layer]],
    names: Sequence[str],
    *,
    statement: Sequence[tuple[str, str]],
    plan: pd.DataFrame | None,
    history: PageHistory,
    rules: NumberRules,
) -> list[str]:
    """The panels of each assessment; who sent what stands with the page's own, and is of all of them."""
    said = [statement, *(past.statement for past in history.earlier)]
    found = []
    for number, (view, mine, told) in enumerate(zip(views, layers, said, strict=True)):
        own = number == 0
        found.append(
            panels_html(
                view, mine, plan=plan if own else None, statement=told,
                rules=rules, number=number, sent=deliveries_html(views, names, layers), left_out=history.notes,
            )
        )  # fmt: skip
    return found
