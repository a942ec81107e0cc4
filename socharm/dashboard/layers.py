"""Layers of a dashboard's map: what each shows, in which unit, and in which classes, the same for all months."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd

from socharm._about import About
from socharm._columns import AREA, PERIOD
from socharm.dashboard.data import Panel, has_columns
from socharm.dashboard.numbers import FEW, SMALL, NumberRules, finite, rounded
from socharm.maps.classes import class_bounds, class_labels
from socharm.maps.hotspots import CLUSTER_COLOURS
from socharm.maps.palettes import sequential
from socharm.snapshot.tables import AssessmentTables

__all__ = ["Classes", "Layer", "make_layers", "series_classes"]

#: Upper bounds of recorded over expected harm, as on the map of residuals; blue to orange by way of near white.
_RESIDUAL: Final = (
    (1 / 1.5, 1 / 1.2, 1.2, 1.5),
    (
        "less than two thirds",
        "two thirds to five sixths",
        "about as expected",
        "1.2 to 1.5 times",
        "more than 1.5 times",
    ),
    ("#2a5a95", "#9dbfe0", "#f5f2ea", "#f0a35e", "#9c3a10"),
)
_PROBABILITY: Final = (
    (0.05, 0.2, 0.5, 0.8, 0.95),
    ("up to 5 %", "5 to 20 %", "20 to 50 %", "50 to 80 %", "80 to 95 %", "over 95 %"),
)
_HOTSPOTS: Final = {
    "hot": "hot: high together",
    "high-high": "high among high",
    "high-low": "high among low",
    "low-high": "low among high",
    "low-low": "low among low",
    "cold": "cold: low together",
    "not significant": "no more than chance",
}
_PHASES: Final = {"Clear": "#8c2340", "Hold": "#f0a35e", "Build": "#20629f"}
_CLASSES: Final = 5


@dataclass(frozen=True, kw_only=True)
class Classes:
    """Classes of a legend, from little to much.

    Attributes
    ----------
    bounds : tuple of float
        Upper bounds of all classes but the last.
    labels, colours : tuple of str
    """

    bounds: tuple[float, ...]
    labels: tuple[str, ...]
    colours: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """For the page."""
        return {"bounds": list(self.bounds), "labels": list(self.labels), "colours": list(self.colours)}


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
    """

    key: str
    label: str
    unit: str = ""
    note: str = ""
    values: tuple[Any, ...] = ()
    classes: Classes | None = None
    categories: tuple[str, ...] = field(default=())
    series: bool = False
    short: str = ""
    gap: str = "not known"

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
        }


def quantile_classes(shown: Sequence[Any], palette: str) -> Classes:
    """Classes with equal numbers of the numbers shown; empty without a number."""
    values = finite(shown)
    if not values.size:
        return Classes(bounds=(), labels=(), colours=())
    bounds = class_bounds(values, scheme="quantiles", k=_CLASSES)
    labels = class_labels(bounds)
    slack = abs(float(bounds[-1])) * 1e-9  # as the printed map puts a value on a bound into the lower class
    return Classes(
        bounds=tuple(float(bound) + slack for bound in bounds[1:-1]),
        labels=tuple(labels),
        colours=_colours(len(labels), palette),
    )


def _colours(k: int, palette: str) -> tuple[str, ...]:
    shades = sequential(k, palette)
    return tuple("#" + "".join(f"{round(255 * float(part)):02x}" for part in shades(i)[:3]) for i in range(k))


def series_classes(lists: dict[str, Any]) -> dict[str, Any]:
    """Classes of rate and harm for each offence group: one for the whole period, one for all months together."""
    found: dict[str, Any] = {}
    for measure in ("rate", "harm"):
        found[measure] = {}
        for group in {**lists["whole"], **lists["monthly"]}:
            whole = lists["whole"].get(group, {}).get(measure, [])
            months = [value for row in lists["monthly"].get(group, {}).get(measure, []) for value in row]
            found[measure][group] = {
                "whole": quantile_classes(whole, "harm").as_dict(),
                "month": quantile_classes(months, "harm").as_dict(),
            }
    return found


def make_layers(
    tables: AssessmentTables,
    panel: Panel,
    *,
    codes: pd.Index,
    about: About,
    rules: NumberRules,
    plan: pd.DataFrame | None,
) -> list[Layer]:
    """The layers that the tables hold, in the order of the choice."""
    unit = about.unit or "weight units per head"
    crimes = panel.whole["all"]["crimes"]
    layers = [
        Layer(key="rate", label="Harm rate", unit=unit, series=True, note=_withheld(tables["index"], "rate_shrunk")),
        Layer(key="harm", label="Harm", unit=unit.split(" per ")[0], series=True),
    ]
    layers += _residual(tables, codes, crimes, rules)
    layers += _deprivation(tables, codes, rules)
    layers += _hotspots(tables, codes)
    if has_columns(tables["heat_cells"], "easting northing harm_per_km2"):
        size = tables["heat"]["value"].get("cell size (m)") if has_columns(tables["heat"], "value") else None
        squares = "squares" if size is None else f"{size:g} m squares"
        note = f"Smoothed harm per square kilometre in {squares}; squares below the stated threshold are blank."
        layers.append(Layer(key="heat", label="Heat surface", unit=f"{unit.split(' per ')[0]} per km²", note=note))
    layers += _top_k(tables, codes, crimes, rules)
    layers += _indicators(tables, codes, rules)
    return layers + _activity(plan, codes)


def _withheld(table: pd.DataFrame, column: str) -> str:
    """A sentence where a smoothed number is withheld, as in published form; else nothing."""
    missing = column in table.columns and len(table) and table[column].isna().all()
    return "Of published counts, which carry noise; the smoothed number is withheld." if missing else ""


def _residual(tables: AssessmentTables, codes: pd.Index, crimes: Any, rules: NumberRules) -> list[Layer]:
    if not has_columns(tables["overlay"], "residual_shrunk"):
        return []
    withheld = _withheld(tables["overlay"], "residual_shrunk") and "residual" in tables["overlay"].columns
    column = "residual" if withheld else "residual_shrunk"
    values = pd.to_numeric(tables["overlay"][column]).reindex(codes).to_numpy(dtype=np.float64, na_value=np.nan)
    bounds, labels, colours = _RESIDUAL
    return [
        Layer(
            key="residual",
            label="Residual harm given deprivation",
            short="Residual harm",
            unit="recorded harm over expected harm; 1 = as expected",
            note="More or less harm than areas of the same deprivation have.",
            values=tuple(rules.values(values, crimes)),
            classes=Classes(bounds=bounds, labels=labels, colours=colours),
        )
    ]


def _deprivation(tables: AssessmentTables, codes: pd.Index, rules: NumberRules) -> list[Layer]:
    if not has_columns(tables["overlay"], "deprivation"):
        return []
    values = [_number(value, rules) for value in tables["overlay"]["deprivation"].reindex(codes)]
    return [
        Layer(
            key="deprivation",
            label="Deprivation",
            unit="score; higher is more deprived",
            note="Deprivation describes conditions of living. It is no measure of crime or of people.",
            values=tuple(values),
            classes=quantile_classes(values, "blues"),
        )
    ]


def _hotspots(tables: AssessmentTables, codes: pd.Index) -> list[Layer]:
    if not has_columns(tables["hotspots"], "label"):
        return []
    found = tables["hotspots"]["label"].reindex(codes)
    values = [str(value) if str(value) in _HOTSPOTS else None for value in found]
    always = ("hot", "cold", "not significant") if not {"high-high", "low-low"} & set(values) else ()
    labels = [label for label in _HOTSPOTS if label in values or label in always]
    return [
        Layer(
            key="hotspots",
            label="Hotspots",
            unit="areas whose neighbourhood is higher or lower than chance, corrected for many tests",
            gap="not tested",
            note="Areas without a value or a covered neighbour cannot be tested and are hatched.",
            values=tuple(values),
            classes=Classes(
                bounds=(),
                labels=tuple(_HOTSPOTS[label] for label in labels),
                colours=tuple(CLUSTER_COLOURS[label] for label in labels),
            ),
            categories=tuple(labels),
        )
    ]


def _top_k(tables: AssessmentTables, codes: pd.Index, crimes: Any, rules: NumberRules) -> list[Layer]:
    if not has_columns(tables["top_k"], f"{AREA} k probability"):
        return []
    bounds, labels = _PROBABILITY
    layers = []
    for k in dict.fromkeys(tables["top_k"]["k"].astype(str)):
        rows = tables["top_k"][tables["top_k"]["k"].astype(str) == k].set_index(AREA)["probability"]
        values = rows.reindex(codes).to_numpy(dtype=np.float64, na_value=np.nan)
        shown = [round(v, 2) if isinstance(v, float) else v for v in rules.values(values, crimes)]
        layers.append(
            Layer(
                key=f"top:{k}",
                short=f"In the top {k.replace('%', ' %')}",
                label=f"Probability to be in the top {k.replace('%', ' %')}",
                unit="probability from 0 to 1",
                note="How likely the area is among those with the highest harm rate, given the counts.",
                values=tuple(shown),
                classes=Classes(bounds=bounds, labels=labels, colours=_colours(len(labels), "harm")),
            )
        )
    return layers


def _indicators(tables: AssessmentTables, codes: pd.Index, rules: NumberRules) -> list[Layer]:
    if not has_columns(tables["indicators"], f"{AREA} {PERIOD} measure value"):
        return []
    facts = tables["indicator_dictionary"]
    facts = facts.drop_duplicates("measure").set_index("measure") if has_columns(facts, "measure") else pd.DataFrame()
    layers = []
    for measure, rows in tables["indicators"].groupby("measure", sort=True):
        said = (
            {str(k): "" if pd.isna(v) else str(v) for k, v in facts.loc[measure].items()}
            if measure in facts.index
            else {}
        )
        latest = str(rows[PERIOD].astype(str).max())
        mine = rows[rows[PERIOD].astype(str) == latest].drop_duplicates(AREA).set_index(AREA)["value"]
        unit = said.get("unit", "")
        values = [_number(value, rules, count=_is_count(unit)) for value in mine.reindex(codes)]
        parts = [said.get("direction", ""), f"provider: {said['provider']}" if said.get("provider") else ""]
        layers.append(
            Layer(
                key=f"indicator:{measure}",
                label=said.get("name") or str(measure).replace("_", " "),
                unit=", ".join(text for text in (unit, latest) if text),
                note="Partner indicator; " + "; ".join(text for text in parts if text) + ".",
                values=tuple(values),
                classes=quantile_classes(values, "blues"),
            )
        )
    return layers


def _activity(plan: pd.DataFrame | None, codes: pd.Index) -> list[Layer]:
    """Where Clear, Hold, Build stands: the furthest phase with an open action, for plans that name areas."""
    if plan is None or AREA not in plan.columns:
        return []
    open_actions = plan[~plan["status"].isin(["done", "stopped"]) & plan["phase"].isin(list(_PHASES))]
    order = {phase: number for number, phase in enumerate(_PHASES)}
    first = open_actions.assign(order=open_actions["phase"].map(order)).groupby(AREA)["order"].min()
    phases = [None if pd.isna(number) else list(_PHASES)[int(number)] for number in first.reindex(codes)]
    return [
        Layer(
            key="activity",
            label="Clear, Hold, Build activity",
            short="Phase of activity",
            unit="earliest phase with an open action",
            gap="no open action in the plan",
            note="Areas without an open action in the plan are hatched.",
            values=tuple(phases),
            classes=Classes(bounds=(), labels=tuple(_PHASES), colours=tuple(_PHASES.values())),
            categories=tuple(_PHASES),
        )
    ]


def _is_count(unit: str) -> bool:
    words = unit.lower()
    return " per " not in f" {words} " and any(word in words for word in ("count", "number"))


def _number(value: object, rules: NumberRules, *, count: bool = False) -> Any:
    number = pd.to_numeric(pd.Series([value])).iloc[0]
    if pd.isna(number):
        return None
    if count and rules.protect and 0 < number <= SMALL:
        return FEW
    return rounded(float(number), 4)
