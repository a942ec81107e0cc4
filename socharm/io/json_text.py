"""A JSON file as Python objects: cut short, one feature per line, or an answer that is no JSON, each told."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from socharm._limits import MAX_JSON_BYTES, require_within
from socharm.errors import RefusedError, SchemaError
from socharm.io.encodings import encoding_of_bytes

__all__ = ["load_json"]

_Hook = Callable[[list[tuple[str, Any]]], dict[str, Any]]
#: Bytes that decide the encoding.
_HEAD: Final = 4_096
_RECORD_SEPARATOR: Final = "\x1e"


def load_json(file: Path, *, pairs_hook: _Hook | None = None) -> Any:
    """Content of a JSON file; a sequence of features, one per line, becomes one collection.

    Parameters
    ----------
    file : Path
    pairs_hook : callable, optional
        As `object_pairs_hook` of `json.loads`.

    Raises
    ------
    SchemaError
        Not UTF-8, or not well-formed.
    RefusedError
        Too large, or nested too deeply.
    """
    size = file.stat().st_size
    require_within(size, MAX_JSON_BYTES, what=f"bytes in {file.name!r}", remedy="Convert it to a GeoPackage.")
    raw = file.read_bytes()
    try:
        text = raw.decode(encoding_of_bytes(raw[:_HEAD]) or "utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as fault:
        raise SchemaError(
            f"{file.name!r} is not well-formed GeoJSON: byte {fault.start + 1:,} is not {fault.encoding.upper()}. "
            "Save it again as UTF-8."
        ) from None
    try:
        return json.loads(text, object_pairs_hook=pairs_hook)
    except json.JSONDecodeError as fault:
        lines = _lines(text, pairs_hook)
        if lines is not None:
            return {"type": "FeatureCollection", "features": lines}
        raise SchemaError(_malformed(file.name, text, fault)) from None
    except RecursionError:
        raise RefusedError(f"{file.name!r} is nested too deeply to be boundaries. Export it again.") from None
    except ValueError:  # whole numbers of thousands of digits
        raise SchemaError(f"{file.name!r} is not well-formed GeoJSON: a number is too long. Export it again.") from None


def _lines(text: str, pairs_hook: _Hook | None) -> list[Any] | None:
    """Features that stand one per line; None where they do not."""
    head = text.lstrip(_RECORD_SEPARATOR + "\r\n\t ")[:200].replace(" ", "")
    if not head.startswith("{") or '"Feature"' not in head:
        return None
    try:
        rows = [line.strip(_RECORD_SEPARATOR + "\r\t ") for line in text.split("\n")]
        found = [json.loads(row, object_pairs_hook=pairs_hook) for row in rows if row]
        return found if all(isinstance(one, dict) and one.get("type") == "Feature" for one in found) else None
    except (ValueError, RecursionError):
        return None


def _malformed(file: str, text: str, fault: json.JSONDecodeError) -> str:
    where = f"line {fault.lineno:,}, column {fault.colno:,}"
    ends = fault.pos >= len(text.rstrip()) - 1 or fault.msg.startswith("Unterminated")
    if ends:
        return f"{file!r} is not well-formed GeoJSON: it breaks off at {where}. It is cut short: download it again."
    if fault.msg == "Extra data":
        return (
            f"{file!r} is not well-formed GeoJSON: another text begins at {where}, and not every line is a feature. "
            "Join collections into one in a GIS; if its last line breaks off, download it again."
        )
    return f"{file!r} is not well-formed GeoJSON: {fault.msg} at {where}. Export it again."
