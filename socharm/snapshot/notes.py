"""What a stored table says of itself, held against what is declared of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from socharm._settings import Settings, annotations_of
from socharm._value_kinds import shown
from socharm.errors import ParameterError
from socharm.snapshot.spec import TableSpec

__all__ = ["note_fault"]


def note_fault(note: Mapping[str, Any], spec: TableSpec, *, current: int) -> str:
    """What is wrong with the entry of a stored table, as the end of a sentence; empty where nothing is.

    Parameters
    ----------
    note : mapping
        As `parquet_note` reads it.
    spec : TableSpec
    current : int
        The version whose settings the records of today are.

    Notes
    -----
    The seal of a snapshot tells that it was changed, but whoever has no key can seal anew. Numbers are never made of a
    choice that no run can have made.
    """
    if odd := [name for name in note["index"] if name in spec.rules]:
        return f"has {odd[0]!r} as the index, which is one of its columns"
    settings = note.get("settings")
    if not spec.settings:
        return "" if settings is None else "has settings, and such a table has none"
    if settings is None:
        return "lacks its settings" if note["schema_version"] >= current and None not in spec.settings else ""
    whole = note["schema_version"] >= current
    faults = [_settings_fault(kind, settings, whole=whole) for kind in spec.settings if kind is not None]
    return "" if "" in faults else faults[0]


def _settings_fault(kind: type[Settings], settings: Mapping[str, Any], *, whole: bool) -> str:
    names = annotations_of(kind)
    if not whole:
        settings = {name: value for name, value in settings.items() if name in names}
    elif strange := [name for name in settings if name not in names]:
        return f"has the setting {shown(strange[0])}, which is not known"
    elif lacking := [name for name in names if name not in settings]:
        return f"lacks the setting {lacking[0]!r}"
    try:
        kind.joined(settings, {}, {})
    except ParameterError as error:
        return f"has settings that no run has: {str(error).rstrip('.')}"
    return ""
