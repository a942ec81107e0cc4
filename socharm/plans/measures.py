"""Measures of a plan: a key such as ``counts.n[drugs]`` names the number that every assessment computes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd

from socharm._checks import nearest_name
from socharm._columns import AREA, OFFENCE, PERIOD
from socharm._words import number_of
from socharm.errors import ParameterError
from socharm.hotspots.areas.local_values import HOT, UNTESTED
from socharm.offences import POLICE_GENERATED, category_of
from socharm.plans.threats import require_area
from socharm.snapshot.assessment import Assessment, tables_of
from socharm.snapshot.tables import AssessmentTables

__all__ = [
    "MEASURE_COLUMNS",
    "MeasureKey",
    "caution_about",
    "covered_months",
    "covered_period",
    "is_counted",
    "measure_value",
    "monthly_value",
    "parse_measure_key",
    "unit_of",
]

#: Tables and columns that a key may name; those in the second mapping need a selector in brackets.
MEASURE_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "index": ("crimes", "harm", "rate", "rate_shrunk", "relative", "top_share"),
    "ranking": ("rank", "rank_observed", "rank_expected", "rank_median", "rank_parent", "rank_force"),
    "hotspots": ("z", "statistic", "label"),
    "overlay": ("residual", "residual_shrunk", "expected", "deprivation"),
    "by_group": ("crimes", "harm", "rate", "share"),
    "counts": ("n",),
    "cells": ("n", "harm"),
    "unweighted": ("n", "rate"),
    "location_quotients": ("quotient",),
    "top_k": ("probability",),
    "indicators": ("value",),
}
_SELECTED_BY: Final[Mapping[str, str]] = {
    "by_group": "group",
    "counts": OFFENCE,
    "cells": OFFENCE,
    "unweighted": OFFENCE,
    "location_quotients": OFFENCE,
    "top_k": "k",
    "indicators": "measure",
}
#: Columns that are sums over the months assessed: a plan states them by the month, so that 13 and 6 months compare.
_COUNTED: Final = ("crimes", "harm", "n")
#: Unit of a count that is stated by the month.
_A_MONTH: Final = " a month"
# Counts may be added up over the codes of a category; rates and quotients may not.
_ADDED: Final = ("counts", "cells")
_KEY: Final = re.compile(r"(?P<table>\w+)\.(?P<column>\w+)(\[(?P<selector>[^\[\]]+)\])?")


@dataclass(frozen=True)
class MeasureKey:
    """One number of an assessment: table, column, and where needed the row's selector."""

    table: str
    column: str
    selector: str = ""


def parse_measure_key(text: str) -> MeasureKey:
    """Take a key apart.

    Parameters
    ----------
    text : str
        ``table.column`` or ``table.column[selector]``, such as ``index.rate_shrunk``, ``by_group.crimes[acquisitive]``,
        ``counts.n[burglary]``, ``hotspots.label[hot]`` or ``top_k.probability[10]``.

    Raises
    ------
    ParameterError
        Not of that form, a table or column that plans do not measure, or a selector too many or too few.

    Examples
    --------
    >>> parse_measure_key("counts.n[drugs]")
    MeasureKey(table='counts', column='n', selector='drugs')
    """
    found = _KEY.fullmatch(text)
    if found is None:
        raise ParameterError(f"{text!r} is no measure key; write one such as 'index.rate_shrunk' or 'counts.n[drugs]'")
    table, column, selector = found["table"], found["column"], found["selector"] or ""
    known = [f"{name}.{label}" for name, labels in MEASURE_COLUMNS.items() for label in labels]
    if f"{table}.{column}" not in known:
        hint = nearest_name(f"{table}.{column}", known)
        raise ParameterError(f"{text!r} is no measure key" + (f"; did you mean {hint!r}?" if hint else ""))
    needs = table in _SELECTED_BY or column == "label"
    if needs != bool(selector):
        example = "burglary" if _SELECTED_BY.get(table) == OFFENCE else "hot" if column == "label" else "10"
        raise ParameterError(
            f"{text!r} must name its row in brackets, such as '{table}.{column}[{example}]'"
            if needs
            else f"{text!r} has brackets, which {table}.{column} does not need"
        )
    if column == "label" and selector != "hot":
        raise ParameterError(f"{text!r}: the only label that is measured is 'hotspots.label[hot]'")
    return MeasureKey(table, column, selector)


def measure_value(tables: AssessmentTables, area: str, key: MeasureKey) -> float:
    """The number that a key names for an area; missing where the assessment does not hold it."""
    table = tables[key.table]
    if key.column not in table.columns:
        return float("nan")
    if key.table not in _SELECTED_BY:
        return _cell(table, area, key)
    rows = table[(table[AREA] == area) & _selected(table[_SELECTED_BY[key.table]], key)]
    if key.table in _ADDED:
        return float(rows[key.column].sum(min_count=1))
    if key.table == "indicators" and len(rows):
        rows = rows[rows[PERIOD] == rows[PERIOD].max()]
    return float(rows[key.column].iloc[0]) if len(rows) == 1 and pd.notna(rows[key.column].iloc[0]) else float("nan")


def _cell(table: pd.DataFrame, area: str, key: MeasureKey) -> float:
    value = table[key.column].get(area)
    if value is None or pd.isna(value):
        return float("nan")
    if key.column == "label":
        return float("nan") if value in UNTESTED else float(value in HOT)
    return float(value)


def _selected(labels: pd.Series, key: MeasureKey) -> pd.Series:
    texts = labels.astype("str")
    if key.table not in _ADDED:
        return texts == key.selector
    return texts.isin([name for name in texts.unique() if key.selector in (name, category_of(name))])


def is_counted(key: MeasureKey) -> bool:
    """Whether a measure is a sum over the months assessed."""
    return key.column in _COUNTED


def covered_months(tables: AssessmentTables, area: str) -> int:
    """Months of an area that were covered."""
    rows = tables["coverage"]
    return int(rows[rows[AREA] == area]["covered"].sum()) if len(rows) else 0


def monthly_value(tables: AssessmentTables, area: str, key: MeasureKey) -> float:
    """The number that a key names, by the covered month where it is a sum over months."""
    value = measure_value(tables, area, key)
    if not is_counted(key):
        return value
    months = covered_months(tables, area)
    return value / months if months else float("nan")


def covered_period(tables: AssessmentTables, area: str, key: MeasureKey) -> str:
    """Months that a number speaks of, as text; says so where some of them were not covered."""
    if key.table == "indicators":
        table = tables["indicators"]
        rows = table[(table[AREA] == area) & (table["measure"] == key.selector)]
        return str(rows[PERIOD].max()) if len(rows) else ""
    rows = tables["coverage"]
    months = sorted(rows[PERIOD].astype("str").unique())
    if not months:
        return ""
    covered = int(rows[rows[AREA] == area]["covered"].sum())
    span = months[0] if months[0] == months[-1] else f"{months[0]} to {months[-1]}"
    return span if covered == len(months) else f"{span}, {covered} of {number_of(len(months), 'month')} covered"


def unit_of(key: MeasureKey, rate_unit: str, *, monthly: bool = True) -> str:
    """Unit of a measure, where `rate_unit` is that of the assessment's harm rates.

    Parameters
    ----------
    key : MeasureKey
    rate_unit : str
    monthly : bool
        Whether sums are stated by the month; plans of earlier versions state them whole.

    Examples
    --------
    >>> unit_of(parse_measure_key("counts.n[burglary]"), "")
    'crimes a month'
    """
    if key.table == "unweighted" and key.column == "rate":
        return "per resident per year"
    if key.table in ("index", "by_group") and key.column in ("rate", "rate_shrunk"):
        return rate_unit
    if is_counted(key):
        kind = rate_unit.partition(" per ")[0] if key.column == "harm" else _counted_as(key)
        return f"{kind}{_A_MONTH}" if monthly and kind else kind
    kinds = {"probability": "probability", "label": "1 yes, 0 no"}
    return "rank" if key.column.startswith("rank") else kinds.get(key.column, "")


def _counted_as(key: MeasureKey) -> str:
    return "incidents" if key.table == "unweighted" else "crimes"


def caution_about(key: MeasureKey) -> str:
    """What a reader must bear in mind with a measure; empty for most."""
    if _SELECTED_BY.get(key.table) == OFFENCE and (category_of(key.selector) or key.selector) in POLICE_GENERATED:
        return "follows police work: more of it can mean more policing"
    if key.selector == "police-generated":
        return "follows police work: more of it can mean more policing"
    if key.table in ("ranking", "top_k"):
        return "depends on the other areas too"
    return ""


def measures_of(
    assessment: Assessment | AssessmentTables | None,
    area: str,
    keys: Sequence[MeasureKey | None],
    *,
    monthly: Sequence[bool] | None = None,
) -> tuple[list[float], list[str]]:
    """Value and period of each key; missing and blank where there is no assessment or no key.

    Parameters
    ----------
    assessment : Assessment or AssessmentTables, optional
    area : str
    keys : sequence of MeasureKey or None
    monthly : sequence of bool, optional
        Whether a sum is stated by the month, key by key; all are by default.
    """
    if assessment is None:
        return [float("nan")] * len(keys), [""] * len(keys)
    tables = tables_of(assessment)
    require_area(area, tables)
    by_month = [True] * len(keys) if monthly is None else monthly
    values = [
        float("nan") if key is None else (monthly_value if month else measure_value)(tables, area, key)
        for key, month in zip(keys, by_month, strict=True)
    ]
    periods = [
        covered_period(tables, area, key) if key and value == value else ""
        for key, value in zip(keys, values, strict=True)
    ]
    return values, periods
