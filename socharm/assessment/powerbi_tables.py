"""The tables of an assessment as a star: areas, months and offences, and what is counted and ranked of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import pandas as pd

from socharm._about import About
from socharm._columns import AREA, FORCE, NAME, OFFENCE, PARENT, PERIOD, N, to_month_text
from socharm._words import month_words
from socharm.assessment.headings import heading_of
from socharm.assessment.steps._columns import AREA_CODE
from socharm.offences import group_of, offence_words
from socharm.reports.workbook import COLUMNS
from socharm.rescoring.comparison import Comparison
from socharm.snapshot.spec import TableSpec
from socharm.snapshot.tables import AssessmentTables

__all__ = ["CHANGES", "DICTIONARY", "KEYS", "dictionary_table", "star_tables"]

CHANGES: Final = "changes"
DICTIONARY: Final = "dictionary"


class _Field(NamedTuple):
    """One column: the stored table and column that it is, or what it means where it is none."""

    of: str
    unit: str = ""
    meaning: str = ""


_RATE: Final = "rate"
_HARM: Final = "harm"
#: Column of each table; ``rate`` and ``harm`` as a unit are those of the assessment.
_FIELDS: Final[Mapping[str, Mapping[str, _Field]]] = {
    "areas": {
        AREA: _Field("areas.area_code"),
        NAME: _Field("areas.name"),
        PARENT: _Field("areas.parent"),
        FORCE: _Field("areas.force"),
        "area_km2": _Field("areas.area_km2", "square kilometres"),
        "population": _Field("population.value"),
    },
    "periods": {
        PERIOD: _Field("coverage.period"),
        "start": _Field("", "", "first day of the month"),
        "end": _Field("", "", "last day of the month"),
        "month_name": _Field("", "", "the month in words"),
    },
    "offences": {
        OFFENCE: _Field("counts.offence"),
        "offence_name": _Field("", "", "the offence in words"),
        "group": _Field("by_group.group"),
        "weight": _Field("weights.weight", _HARM),
        "weighted": _Field("", "", "whether its crimes have a weight, and are in harm, rates and ranks"),
    },
    "facts": {
        AREA: _Field("counts.area_code"),
        PERIOD: _Field("coverage.period"),
        OFFENCE: _Field("counts.offence"),
        "crimes": _Field("counts.n", "crimes"),
        "harm": _Field("cells.harm", _HARM),
    },
    "ranks": {
        AREA: _Field("ranking.area_code"),
        "rank": _Field("ranking.rank"),
        **{
            f"rank_{end}_{level}": _Field(f"ranking.rank_{end}_{level}")
            for level in (90, 95)
            for end in ("low", "high")
        },
        "rate": _Field("ranking.rate", _RATE),
        "rate_shrunk": _Field("ranking.rate_shrunk", _RATE),
        "reason": _Field("ranking.reason"),
    },
    CHANGES: {
        AREA: _Field("comparison.area_code"),
        "listed": _Field("comparison.listed"),
        "rate_earlier": _Field("comparison.rate_earlier", _RATE),
        "rate_later": _Field("comparison.rate_later", _RATE),
        "rank_earlier": _Field("comparison.rank_earlier"),
        "rank_later": _Field("comparison.rank_later"),
        "ratio": _Field("comparison.ratio", "later / earlier"),
        "trend": _Field("comparison.trend", "later / earlier"),
        "selection": _Field("comparison.selection", "later / earlier"),
        "beyond": _Field("comparison.beyond", "ratio / (trend x selection)"),
        "beyond_low_95": _Field("comparison.beyond_low_95", "ratio / (trend x selection)"),
        "beyond_high_95": _Field("comparison.beyond_high_95", "ratio / (trend x selection)"),
        "verdict": _Field("comparison.verdict"),
    },
}
#: Columns by which a row of each table is known.
KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "areas": (AREA,),
    "periods": (PERIOD,),
    "offences": (OFFENCE,),
    "facts": (AREA, PERIOD, OFFENCE),
    "ranks": (AREA,),
    CHANGES: (AREA,),
}
#: The table whose key each key is.
_HOME: Final = {AREA: "areas", PERIOD: "periods", OFFENCE: "offences"}
_NO_CHANGES: Final = "not written: no comparison was given"
_WHOLE: Final = ("crimes", "rank", "rank_low_90", "rank_high_90", "rank_low_95", "rank_high_95")


def star_tables(tables: AssessmentTables, comparison: Comparison | None) -> dict[str, pd.DataFrame]:
    """Tables by name, each with the columns of the dictionary, in the order of its key; nothing is worked out anew."""
    facts = _facts(tables)
    found = {
        "areas": _areas(tables),
        "periods": _periods(tables),
        "offences": _offences(tables, facts),
        "facts": facts,
        "ranks": _ranks(tables),
    }
    if comparison is not None:
        found[CHANGES] = comparison.expected.table.rename_axis(AREA).reset_index()
    return {name: _in_order(frame, name) for name, frame in found.items()}


def _in_order(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    frame = frame[list(_FIELDS[name])].sort_values(list(KEYS[name]), ignore_index=True)
    whole = [column for column in _WHOLE if column in frame.columns and _is_whole(frame[column])]
    return frame.astype(dict.fromkeys(whole, "Int64"))


def _is_whole(column: pd.Series) -> bool:
    known = column.dropna().astype(float)
    return bool((known == known.round()).all())


def _areas(tables: AssessmentTables) -> pd.DataFrame:
    areas, population = tables["areas"], tables["population"]
    people = population["value"] if "value" in population.columns else pd.Series(dtype=float)
    return areas.assign(population=people.reindex(areas.index).astype(float)).rename_axis(AREA).reset_index()


def _periods(tables: AssessmentTables) -> pd.DataFrame:
    months = pd.PeriodIndex(tables["coverage"][PERIOD].unique(), freq="M").sort_values()
    texts = to_month_text(months)
    ends = months.to_timestamp(how="end").normalize()
    return pd.DataFrame(
        {
            PERIOD: texts,
            "start": months.to_timestamp(),
            "end": ends,
            "month_name": [month_words(text) for text in texts],
        }
    )


def _facts(tables: AssessmentTables) -> pd.DataFrame:
    keys = list(KEYS["facts"])
    counts, cells = (_plain_keys(tables[name]) for name in ("counts", "cells"))
    found = counts[[*keys, N]].merge(cells[[*keys, "harm"]], on=keys, how="left", validate="1:1")
    return found.rename(columns={N: "crimes"})


def _plain_keys(frame: pd.DataFrame) -> pd.DataFrame:
    found = frame.astype({AREA: str, OFFENCE: str})
    found[PERIOD] = to_month_text(frame[PERIOD]).to_numpy()
    return found


def _offences(tables: AssessmentTables, facts: pd.DataFrame) -> pd.DataFrame:
    names = pd.Index(facts[OFFENCE].unique(), name=OFFENCE)
    weighted = set(tables["cells"][OFFENCE].astype(str))
    return pd.DataFrame(
        {
            OFFENCE: names,
            "offence_name": [offence_words(name) for name in names],
            "group": [group_of(name) for name in names],
            "weight": tables["weights"]["weight"].reindex(names).astype(float).to_numpy(),
            "weighted": [name in weighted for name in names],
        }
    )


def _ranks(tables: AssessmentTables) -> pd.DataFrame:
    return tables["ranking"].reindex(tables["areas"].index).rename_axis(AREA).reset_index()


def dictionary_table(made: Mapping[str, pd.DataFrame], declared: Mapping[str, TableSpec], about: About) -> pd.DataFrame:
    """What each column of each table is, from the declarations of the stored tables.

    Columns ``table``, ``column``, ``heading``, ``meaning``, ``unit``, ``type``, ``key``, ``taken_from``.
    """
    units = {_RATE: about.unit, _HARM: about.unit.partition(" per ")[0]}
    rows: list[Sequence[str]] = []
    for table, fields in _FIELDS.items():
        if table not in made:
            rows.append((table, "", "", _NO_CHANGES, "", "", "", ""))
            continue
        for column, field in fields.items():
            heading, meaning = _told(column, field, declared)
            kind = _kind(made[table][column])
            unit = units.get(field.unit, field.unit)
            rows.append((table, column, heading, meaning, unit, kind, _key(table, column), field.of))
    names = ["table", "column", "heading", "meaning", "unit", "type", "key", "taken_from"]
    return pd.DataFrame(rows, columns=names, dtype="str")


def _told(column: str, field: _Field, declared: Mapping[str, TableSpec]) -> tuple[str, str]:
    """Heading and meaning of a column."""
    table, _, stored = field.of.partition(".")
    if table == "comparison":
        return COLUMNS[stored].head, COLUMNS[stored].meaning
    if not table:
        return heading_of(column, table=table).text, field.meaning
    known = {entry.name: entry.meaning for entry in (*AREA_CODE, *declared[table].columns)}
    return heading_of(column, table=table).text, known[stored]


def _key(table: str, column: str) -> str:
    if column not in KEYS[table]:
        return ""
    if table == _HOME[column]:
        return "key"
    return f"refers to {_HOME[column]}" + ("" if len(KEYS[table]) > 1 else "; key")


def _kind(column: pd.Series) -> str:
    types = pd.api.types
    if types.is_bool_dtype(column):
        return "true or false"
    if types.is_datetime64_any_dtype(column):
        return "date"
    if types.is_integer_dtype(column):
        return "whole number"
    return "decimal number" if types.is_numeric_dtype(column) else "text"
