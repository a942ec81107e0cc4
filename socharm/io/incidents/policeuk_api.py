"""What the police.uk API answers when it is asked for crimes: a list of records as JSON, saved to a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import polars as pl

from socharm._limits import MAX_ANSWER_BYTES, require_within
from socharm._words import number_of
from socharm.errors import RefusedError, SchemaError
from socharm.io._door import reading

__all__ = ["read_api_file"]

_COLUMNS: Final = (
    "Crime ID",
    "Month",
    "Longitude",
    "Latitude",
    "Location",
    "Crime type",
    "Last outcome category",
    "Context",
)
_OF_PERSONS: Final = ("gender", "age_range", "self_defined_ethnicity", "officer_defined_ethnicity", "involved_person")
_HOW: Final = "Save the answer of https://data.police.uk/api/crimes-street/all-crime, a list of crimes, to a file."


def read_api_file(path: Path) -> pl.DataFrame:
    """Crimes of a saved answer, with the column names of street files.

    Parameters
    ----------
    path : Path
        A list of ``{category, month, location, persistent_id, id …}``. A crime that the API gives without
        `persistent_id` (anti-social behaviour) is known by its `id`.

    Raises
    ------
    SchemaError
        Not well-formed, empty, or something else than a list of crimes.
    RefusedError
        Stops and searches, which speak of persons.
    """
    require_within(
        path.stat().st_size, MAX_ANSWER_BYTES, what=f"bytes in {path.name!r}", remedy="Ask for fewer months at a time."
    )
    with reading(path.name, what="JSON", advice="Save the answer of the API again, whole."):
        answer = json.loads(path.read_bytes().decode("utf-8-sig"))
    if not isinstance(answer, list):
        kind = f"an object of type {str(answer.get('type'))[:40]!r}" if isinstance(answer, dict) else "no list"
        raise SchemaError(f"{path.name!r} holds {kind}, not the list of crimes that the police.uk API gives. {_HOW}")
    if not answer:
        raise SchemaError(
            f"{path.name!r} is an empty list: no crime was given. Ask for a month and an area that has some."
        )
    records = [record for record in answer if isinstance(record, dict)]
    if any(key in record for record in records for key in _OF_PERSONS):
        raise RefusedError(f"{path.name!r} holds stops and searches, which speak of persons; socharm works on places.")
    odd = [place for place, record in enumerate(answer, start=1) if not _is_crime(record)]
    if odd:
        raise SchemaError(
            f"{path.name!r}: {len(odd):,} of {number_of(len(answer), 'record')} {'is' if len(odd) == 1 else 'are'} "
            f"no crimes (they lack `category`, `month` or "
            f"`location`), such as number {odd[:5]}. {_HOW}"
        )
    rows = [_row(record) for record in records]
    return pl.DataFrame(rows, schema=dict.fromkeys(_COLUMNS, pl.String()), orient="row")


def _is_crime(record: Any) -> bool:
    return isinstance(record, dict) and {"category", "month", "location"} <= record.keys()


def _row(record: dict[str, Any]) -> tuple[str | None, ...]:
    place, outcome = _part(record, "location"), _part(record, "outcome_status")
    return (
        _text(record.get("persistent_id")) or _text(record.get("id")),
        _text(record.get("month")),
        _text(place.get("longitude")),
        _text(place.get("latitude")),
        _text(_part(place, "street").get("name")),
        _text(record.get("category")),
        _text(outcome.get("category")),
        _text(record.get("context")),
    )


def _part(record: dict[str, Any], key: str) -> dict[str, Any]:
    part = record.get(key)
    return part if isinstance(part, dict) else {}


def _text(value: Any) -> str | None:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    return value.strip() or None if isinstance(value, str) else None
