"""Partners' measures from one assessment to the next: one value for each area and each period that a measure is of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from socharm.dashboard.layers import Layer

__all__ = ["measure_lines"]


def measure_lines(names: Sequence[str], layers: Sequence[Sequence[Layer]]) -> dict[str, Any]:
    """What the page draws of each measure that assessments have of several periods, the oldest period first.

    Two assessments that have a measure of the same period have one point between them, as the newer one has it. Where
    no period is stated, it is that of the assessment. Values in another unit than the newest are not joined.

    Parameters
    ----------
    names : sequence of str
        Of the assessments, the newest first.
    layers : sequence of sequence of Layer
        Of each of them.

    Returns
    -------
    dict
        ``lines``: ``label``, ``unit``, ``periods`` and, for each of these, ``values`` of the areas; ``once``: labels of
        measures of one period; ``apart``: labels of those with values in another unit, which are left out.
    """
    found: dict[str, dict[str, Any]] = {}
    apart: dict[str, str] = {}
    for name, mine in zip(names, layers, strict=True):
        for layer in mine:
            if not layer.measure or not len(layer.values):
                continue
            unit = layer.measure.get("unit", "")
            held = found.setdefault(layer.key, {"label": layer.label, "unit": unit, "points": {}})
            if unit != held["unit"]:
                apart[layer.key] = held["label"]
                continue
            period = layer.measure.get("period") or name
            held["points"].setdefault(period, list(layer.values))
    lines, once = [], []
    for held in found.values():
        points = dict(reversed(held["points"].items()))
        if len(points) < 2:
            once.append(held["label"])
            continue
        lines.append(
            {"label": held["label"], "unit": held["unit"], "periods": list(points), "values": [*points.values()]}
        )
    return {"lines": lines, "once": once, "apart": list(apart.values())}
