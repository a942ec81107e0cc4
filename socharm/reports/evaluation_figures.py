"""Pictures of the report of an evaluation: the placebo fan, the event study and the map of the site."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import geopandas as gpd

from socharm._record import Record
from socharm._words import area_noun, number_of
from socharm.documents.document import Figure
from socharm.evaluation.detectable_change import MinimumDetectableChange
from socharm.evaluation.evaluate import Evaluation
from socharm.evaluation.event_study import EventStudy
from socharm.evaluation.placebo_sites import PlaceboSites
from socharm.evaluation.placebo_test import PlaceboTest
from socharm.evaluation.spillover import FAR, SpilloverRings
from socharm.evaluation.synthetic_control import SyntheticControl
from socharm.maps.detectable_change import plot_detectable_change
from socharm.maps.donor_charts import plot_balance, plot_donor_weights
from socharm.maps.event_study import plot_event_study
from socharm.maps.furniture import figure_bytes, new_axes
from socharm.maps.placebo_fan import plot_placebo_fan
from socharm.maps.site_map import plot_site

__all__ = ["figures_of", "plots_of"]

#: Dots per inch.
_DOTS: Final = 150
#: Of the page: three pages hold both pictures and all tables.
_WIDTH: Final = 0.8
_WORDS: Final = {
    "placebo-fan": (
        "Recorded less expected month by month, at the site and at placebo sites, with the band that these lie in.",
        "The site among placebo sites, where nothing was done.",
    ),
    "site": (
        "Map of the site and the areas that it was compared with, of the rings round it where they were looked at, and "
        "of the areas that placebo sites are made of, where there are any.",
        "The site, what it was compared with, and placebo sites where there are any.",
    ),
}


def plots_of(evaluation: Evaluation, areas: gpd.GeoDataFrame | None) -> dict[str, Callable[[], Any]]:
    """What can be drawn of an evaluation, of its first outcome, by the name of the picture."""
    fan, events, mixed = (_held(evaluation, what) for what in ("placebo sites", "event study", "synthetic control"))
    made: dict[str, Callable[[], Any]] = {}
    if isinstance(fan, PlaceboTest):
        made["placebo-fan"] = partial(_on_new_axes, plot_placebo_fan, fan)
    if isinstance(events, EventStudy):
        made["event-study"] = partial(_on_new_axes, plot_event_study, events)
    if areas is not None:
        made["site"] = partial(_site, evaluation, areas)
    if isinstance(evaluation.detectable, MinimumDetectableChange):
        made["detectable-change"] = partial(_on_new_axes, plot_detectable_change, evaluation.detectable)
    if evaluation.donors is not None and evaluation.donors.findings.variables:
        made["balance"] = partial(_on_new_axes, plot_balance, evaluation.donors)
    if isinstance(mixed, SyntheticControl):
        made["donor-weights"] = partial(_on_new_axes, partial(plot_donor_weights, areas=areas), mixed)
    return made


def _on_new_axes(plot: Callable[..., Any], record: Record) -> Any:
    return plot(record, ax=new_axes())


def _held(evaluation: Evaluation, method: str) -> Record | None:
    """The result of a method on the first outcome; None where it was refused or not asked for."""
    return evaluation.records.get(f"{evaluation.settings.outcomes[0].name}: {method}")


def _rings(evaluation: Evaluation) -> SpilloverRings | None:
    rings = _held(evaluation, "spillover rings")
    return rings if isinstance(rings, SpilloverRings) else None


def _in_rings(evaluation: Evaluation) -> set[str]:
    rings = _rings(evaluation)
    return set() if rings is None else set(rings.members.index[rings.members["ring"] != FAR])


def _site(evaluation: Evaluation, areas: gpd.GeoDataFrame) -> Any:
    near = _in_rings(evaluation)
    donors = [code for code in evaluation.findings.donors if code not in near]
    return plot_site(
        areas, list(evaluation.findings.site), rings=_rings(evaluation), donors=donors, placebos=_placebos(evaluation),
        title=_title(evaluation, near), ax=new_axes(),
    )  # fmt: skip


def _placebos(evaluation: Evaluation) -> PlaceboSites | None:
    return evaluation.sites if isinstance(evaluation.sites, PlaceboSites) else None


def _title(evaluation: Evaluation, near: set[str]) -> str | None:
    """Tells of the donors in the rings, which the map shows as rings; without any the map has its own title."""
    found = evaluation.findings
    if not (both := len(near & set(found.donors))):
        return None
    noun = area_noun([*found.site, *found.donors])
    rings = f"{number_of(len(near - set(found.site)), noun)} in rings round it"
    donors = f"{number_of(len(found.donors), 'donor')}, {both:,} of them in the rings"
    placebos = _placebos(evaluation)
    if placebos is None:
        return f"The site of {number_of(len(found.site), noun)}, {rings}, and {donors}"
    return (
        f"The site of {number_of(len(found.site), noun)}, {rings}, {donors}, and "
        f"{number_of(len(placebos.table), 'placebo site')}"
    )


def figures_of(evaluation: Evaluation, areas: gpd.GeoDataFrame | None) -> dict[str, tuple[Figure, ...]]:
    """The pictures of the report by the section that they stand in."""
    plots = plots_of(evaluation, areas)
    where = {"verdict": ("placebo-fan",), "next_door": ("site",)}
    return {
        section: tuple(
            _figure(name, plots[name], _both(evaluation) if name == "site" else "") for name in names if name in plots
        )
        for section, names in where.items()
    }


def _figure(name: str, plot: Callable[[], Any], more: str) -> Figure:
    alt, caption = _WORDS[name]
    return Figure(name=name, alt=alt, caption=f"{caption}{more}", draw=partial(_drawn, plot), alone=_WIDTH)


def _drawn(plot: Callable[[], Any]) -> bytes:
    """A picture with all that stands round its axes."""
    return figure_bytes(plot(), _DOTS)


def _both(evaluation: Evaluation) -> str:
    """Areas of the rings that were compared with as well, which the map shows as rings."""
    near = _in_rings(evaluation) & set(evaluation.findings.donors)
    return (
        f" {number_of(len(near), 'area of the rings was', 'areas of the rings were')} compared with too."
        if near
        else ""
    )
