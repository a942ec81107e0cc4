"""Who sent what, and when: sources by month and partners' measures by assessment, as panels of a page."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from socharm._columns import PERIOD, to_month_text
from socharm._words import month_words, number_of
from socharm.dashboard.history import View
from socharm.dashboard.html_tables import html_table
from socharm.dashboard.layers import Layer
from socharm.dashboard.numbers import finite
from socharm.snapshot.tables import has_columns

__all__ = ["deliveries_html"]

_NONE = "not asked for"


def deliveries_html(views: Sequence[View], names: Sequence[str], layers: Sequence[Sequence[Layer]]) -> str:
    """The matrix of sources by month and that of measures by assessment; blank where nothing is known of either."""
    return _sources(views) + _measures(names, layers, len(views[0].facts))


def _sources(views: Sequence[View]) -> str:
    """What arrived of each month, as the newest assessment that looked at it tells."""
    told: dict[str, dict[str, str]] = {}
    for view in reversed(views):
        table = view.tables["deliveries"]
        if has_columns(table, f"source {PERIOD} rows delivery"):
            for month, row in zip(to_month_text(table[PERIOD]), table.to_dict("records"), strict=True):
                told.setdefault(str(month), {})[str(row["source"])] = _told(row["delivery"], row["rows"])
    if not told:
        return ""
    senders = sorted({sender for month in told.values() for sender in month})
    rows = [[month_words(month), *(told[month].get(sender, _NONE) for sender in senders)] for month in sorted(told)]
    note = "<p>Rows that each source sent of each month, as the newest assessment of that month counted them.</p>"
    return note + html_table("Sources by month", ["Month", *senders], rows)


def _told(delivery: object, rows: object) -> str:
    words = "not known" if not isinstance(delivery, str) or not delivery else delivery
    if not isinstance(rows, int | float) or pd.isna(rows):
        return words
    return f"{words}, {number_of(int(rows), 'row')}" if rows else words


def _measures(names: Sequence[str], layers: Sequence[Sequence[Layer]], n: int) -> str:
    """Of which period each measure of a partner is in each assessment, and how many areas it has a value for."""
    found: dict[str, tuple[str, str]] = {}
    for mine in layers:
        for layer in mine:
            if layer.measure:
                found.setdefault(layer.key, (layer.label, layer.measure.get("provider") or "provider not stated"))
    if not found:
        return ""
    held = [{layer.key: layer for layer in mine} for mine in layers]
    rows = [
        [label, provider, *(_measure(mine.get(key), n) for mine in held)] for key, (label, provider) in found.items()
    ]
    head = ["Measure", "Provider", *names]
    note = "<p>Of which period each measure of a partner is, and for how many areas it came.</p>"
    return note + html_table("Measures of partners by assessment", head, rows)


def _measure(layer: Layer | None, n: int) -> str:
    if layer is None:
        return "nothing came"
    return (
        f"{layer.measure.get('period') or 'period not stated'}, {finite(layer.values).size:,} of {number_of(n, 'area')}"
    )
