"""Layers of a dashboard's map: what each shows, in which unit, and in which classes, the same for all months."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._about import About
from socharm._columns import AREA
from socharm.dashboard.data import ALL, Panel
from socharm.dashboard.numbers import FEW, SMALL, NumberRules, finite, rounded
from socharm.maps.class_choice import classes_of
from socharm.maps.palettes import sequential
from socharm.snapshot.dashboard_layer import DashboardLayer, DashboardPart
from socharm.snapshot.tables import AssessmentTables

__all__ = [
    "CLASSES",
    "CLOSED",
    "PHASES",
    "Classes",
    "Layer",
    "hex_colours",
    "make_layers",
    "series_classes",
    "stated_layers",
    "stated_parts",
    "surface_of",
]

#: Phases of a plan in their order, with the colour of each.
PHASES: Final = {"Clear": "#8c2340", "Hold": "#f0a35e", "Build": "#20629f"}
#: What the status of an action says when nothing is left to do.
CLOSED: Final = ("done", "stopped")
#: Of equal numbers of areas.
CLASSES: Final = 5


@dataclass(frozen=True, kw_only=True)
class Classes:
    """Classes of a legend, from little to much.

    Attributes
    ----------
    bounds : tuple of float
        Upper bounds of all classes but the last.
    labels, colours : tuple of str
    members : tuple of int
        Class of each area, or of each month of the first area, then of the second and so on, by its value before it is
        rounded, as on the printed map; -1 where there is no value. Empty where the values that are shown are put
        between the bounds.
    hatches : tuple of str
        Pattern of each class, " " for none; empty where no class has any.
    """

    bounds: tuple[float, ...]
    labels: tuple[str, ...]
    colours: tuple[str, ...]
    members: tuple[int, ...] = ()
    hatches: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """For the page."""
        return {
            "bounds": list(self.bounds),
            "labels": list(self.labels),
            "colours": list(self.colours),
            "members": list(self.members),
            "hatches": list(self.hatches),
        }


@dataclass(frozen=True, kw_only=True)
class Layer:
    """A layer of the map.

    Attributes
    ----------
    key, label, short, unit, gap, note : str
        `short` is the label where there is little room; `gap` names an area without a value; `note` says in a sentence
        what the colours mean.
    values : tuple
        One per area: a number, a name of a category, None (not known) or ``"few"`` (withheld). Empty for ``rate`` and
        ``harm``, whose values hang on month and offence group.
    classes : Classes or None
        None for ``rate`` and ``harm``; for categories the labels are the categories.
    categories : tuple of str
        Values in the order of the labels, where the layer has categories.
    series : bool
        Whether month and offence group change it.
    surface : bool
        Whether squares are drawn over the map in place of areas.
    probability : bool
        Whether the numbers are probabilities: those next to 0 and 1 are told as below and above.
    measure : mapping of str to str
        What is known of a measure of a partner; empty for other layers.
    change : bool
        Whether the numbers are changes in per cent.
    """

    key: str
    label: str
    unit: str = ""
    note: str = ""
    values: tuple[Any, ...] = ()
    classes: Classes | None = None
    categories: tuple[str, ...] = field(default=())
    series: bool = False
    surface: bool = False
    probability: bool = False
    short: str = ""
    gap: str = "not known"
    measure: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    change: bool = False

    def as_dict(self) -> dict[str, Any]:
        """For the page."""
        return {
            "key": self.key,
            "label": self.label,
            "short": self.short or self.label,
            "unit": self.unit,
            "gap": self.gap,
            "note": self.note,
            "values": list(self.values),
            "classes": None if self.classes is None else self.classes.as_dict(),
            "categories": list(self.categories),
            "series": self.series,
            "surface": self.surface,
            "probability": self.probability,
            "change": self.change,
        }


def quantile_classes(shown: Sequence[Any], palette: str, *, exact: NDArray[np.float64] | None = None) -> Classes:
    """Classes with equal numbers of the numbers shown, and one for those far above, as on the printed map.

    With `exact`, the values before they were rounded, classes are of these.
    """
    values = finite(shown) if exact is None else exact[_is_number(shown)]
    if not values.size:
        return Classes(bounds=(), labels=(), colours=())
    found = classes_of(values, scheme="quantiles", k=CLASSES)
    bounds, labels = found.bounds, found.labels
    slack = abs(float(bounds[-1])) * 1e-9  # as the printed map puts a value on a bound into the lower class
    upper = tuple(float(bound) + slack for bound in bounds[1:-1])
    return Classes(
        bounds=upper,
        labels=tuple(labels),
        colours=hex_colours(len(labels), palette),
        members=() if exact is None else _members(upper, shown, exact),
    )


def _is_number(shown: Sequence[Any]) -> NDArray[np.bool_]:
    return np.array([isinstance(value, int | float) for value in shown], dtype=bool)


def _members(bounds: Sequence[float], shown: Sequence[Any], exact: NDArray[np.float64]) -> tuple[int, ...]:
    numbers = np.searchsorted(np.asarray(bounds, dtype=np.float64), exact)
    return tuple(np.where(_is_number(shown), numbers, -1).tolist())


def hex_colours(k: int, palette: str) -> tuple[str, ...]:
    """Colours of `k` classes, from little to much."""
    shades = sequential(k, palette)
    return tuple("#" + "".join(f"{round(255 * float(part)):02x}" for part in shades(i)[:3]) for i in range(k))


def series_classes(panel: Panel, lists: dict[str, Any]) -> dict[str, Any]:
    """Classes of rate and harm for each offence group: one for the whole period, one for all months together."""
    found: dict[str, Any] = {}
    for measure in ("rate", "harm"):
        found[measure] = {}
        for group in {**lists["whole"], **lists["monthly"]}:
            whole = lists["whole"].get(group, {}).get(measure, [])
            exact = panel.whole.get(group, {}).get(measure)
            months = [value for row in lists["monthly"].get(group, {}).get(measure, []) for value in row]
            monthly = panel.monthly.get(group, {}).get(measure)
            found[measure][group] = {
                "whole": quantile_classes(whole, "harm", exact=exact).as_dict(),
                "month": quantile_classes(months, "harm", exact=None if monthly is None else monthly.ravel()).as_dict(),
            }
    return found


def stated_parts(tables: AssessmentTables) -> list[DashboardPart]:
    """What the tables declare for a dashboard, in order."""
    parts = [spec.dashboard for spec in tables.declared.values() if spec.dashboard is not None]
    return sorted(parts, key=lambda part: part.place)


def stated_layers(tables: AssessmentTables, about: About) -> list[DashboardLayer]:
    """What the tables declare for the map, in the order of the choice."""
    return [layer for part in stated_parts(tables) for layer in part.layers(tables, about)]


def surface_of(stated: Sequence[DashboardLayer]) -> pd.DataFrame | None:
    """The squares that are drawn over the map."""
    return next((layer.surface for layer in stated if layer.surface is not None), None)


def make_layers(
    stated: Sequence[DashboardLayer],
    panel: Panel,
    *,
    codes: pd.Index,
    rules: NumberRules,
    plan: pd.DataFrame | None,
) -> list[Layer]:
    """The layers as the page holds them; activity of a plan comes last."""
    surfaces = [layer for layer in stated if layer.surface is not None]
    shown = [layer for layer in stated if layer not in surfaces[1:]]
    crimes = panel.whole[ALL]["crimes"]
    return [*(_as_shown(layer, codes, crimes, rules) for layer in shown), *_activity(plan, codes)]


def _as_shown(layer: DashboardLayer, codes: pd.Index, crimes: Any, rules: NumberRules) -> Layer:
    exact = None if layer.values is None or layer.categories else _numbers(layer.values, codes)
    values = _values(layer, codes, exact, crimes, rules)
    return Layer(
        key=layer.key,
        label=layer.label,
        short=layer.short,
        unit=layer.unit,
        gap=layer.gap,
        note=layer.note,
        values=values,
        classes=None if layer.values is None else _classes(layer, values, exact),
        categories=tuple(layer.categories),
        series=layer.series,
        surface=layer.surface is not None,
        probability=layer.probability,
        measure=layer.measure,
    )


def _numbers(values: pd.Series, codes: pd.Index) -> NDArray[np.float64]:
    return np.asarray(pd.to_numeric(values).reindex(codes).to_numpy(dtype=np.float64, na_value=np.nan))


def _values(
    layer: DashboardLayer, codes: pd.Index, numbers: NDArray[np.float64] | None, crimes: Any, rules: NumberRules
) -> tuple[Any, ...]:
    """One value per area: a number, a name of a category, None (not known) or ``"few"`` (withheld)."""
    if layer.values is None:
        return ()
    if numbers is None:
        return tuple(str(value) if str(value) in layer.categories else None for value in layer.values.reindex(codes))
    if layer.disclosure == "crimes":
        shown = rules.values(numbers, crimes)
    else:
        shown = [_number(value, rules, count=layer.disclosure == "count") for value in numbers.tolist()]
    if not layer.probability:
        return tuple(shown)
    return tuple(round(value, 2) if isinstance(value, float) else value for value in shown)


def _classes(layer: DashboardLayer, values: Sequence[Any], exact: NDArray[np.float64] | None) -> Classes:
    if exact is None:
        held = layer.categories.values()
        return Classes(bounds=(), labels=tuple(c.label for c in held), colours=tuple(c.colour for c in held))
    if not layer.bounds:
        return quantile_classes(values, layer.palette, exact=exact)
    colours = layer.colours or hex_colours(len(layer.labels), layer.palette)
    members = _members(layer.bounds, values, exact)
    return Classes(bounds=layer.bounds, labels=layer.labels, colours=colours, members=members)


def _activity(plan: pd.DataFrame | None, codes: pd.Index) -> list[Layer]:
    """Where Clear, Hold, Build stands: the earliest phase with an open action, for plans that name areas."""
    if plan is None or AREA not in plan.columns:
        return []
    open_actions = plan[~plan["status"].isin(CLOSED) & plan["phase"].isin(list(PHASES))]
    order = {phase: number for number, phase in enumerate(PHASES)}
    first = open_actions.assign(order=open_actions["phase"].map(order)).groupby(AREA)["order"].min()
    phases = [None if pd.isna(number) else list(PHASES)[int(number)] for number in first.reindex(codes)]
    return [
        Layer(
            key="activity",
            label="Clear, Hold, Build activity",
            short="Phase of activity",
            unit="earliest phase with an open action",
            gap="no open action in the plan",
            note="Areas without an open action in the plan are hatched.",
            values=tuple(phases),
            classes=Classes(bounds=(), labels=tuple(PHASES), colours=tuple(PHASES.values())),
            categories=tuple(PHASES),
        )
    ]


def _number(value: float, rules: NumberRules, *, count: bool) -> Any:
    if np.isnan(value):
        return None
    if count and rules.protect and 0 < value <= SMALL:
        return FEW
    return rounded(value, 4)
