"""The commented recipe that ``socharm init`` writes."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from socharm._settings import Settings, recipe_fields
from socharm.assessment.dictionary_keys import dictionary_example
from socharm.assessment.recipe_file import whole_kind
from socharm.assessment.sections import sections_of
from socharm.errors import ParameterError
from socharm.files.atomic import atomic_write, store_faults

__all__ = ["template_text", "write_dictionary_example", "write_template"]

#: Column of the file at which the line of meaning begins, and the longest line.
_MEANING_AT: Final = 36
_WIDTH: Final = 120
#: Name that the template gives to the dictionary of partner measures.
_DICTIONARY: Final = "indicators.toml"
_HEAD: Final = """\
# The whole recipe of an assessment. Relative paths start at this file's folder.
#   socharm check assessment.toml     reads every input and lists every problem
#   socharm run assessment.toml       writes a snapshot folder into the store
# A line that begins with # is off. The value it shows is the default, or an example where the key is absent by default.
"""


def template_text() -> str:
    """The commented recipe, written from the settings of its sections.

    Examples
    --------
    >>> print("\\n".join(template_text().splitlines()[5:8]))
    [assessment]
    period = ["2025-04", "2025-09"]     # first and last month, both included
    seed = 1                            # any whole number; the same seed gives the same ranks, byte for byte
    """
    kinds = sections_of(whole_kind())
    entries = dataclasses.fields(whole_kind())
    return _HEAD + "".join("\n" + "\n".join(_section(entry, kinds[entry.name])) + "\n" for entry in entries)


def _section(entry: dataclasses.Field[Any], record: type[Settings]) -> Iterator[str]:
    """Lines of one section, and of the tables inside it."""
    listed = entry.default == ()
    # A section that a recipe may leave out is off, unless one of its keys is on in the template.
    on = not entry.metadata["off"] or any(key.metadata["on"] for key in recipe_fields(record))
    header = f"[[{entry.name}]]" if listed else f"[{entry.name}]"
    yield from _lines(header, entry.metadata["says"], on=on)
    yield from _keys(record, entry.metadata["usual"])
    for key, inner in sections_of(record).items():
        says = next(field.metadata["says"] for field in recipe_fields(record) if field.name == key)
        yield from _lines(f"[{entry.name}.{key}]", says, on=False)
        yield from _keys(inner, {})


def _keys(record: type[Settings], usual: Mapping[str, Any]) -> Iterator[str]:
    inner = sections_of(record)
    for entry in recipe_fields(record):
        if entry.name not in inner:
            value = _shown(entry, usual)
            yield from _lines(f"{entry.name} = {_as_toml(value)}", entry.metadata["says"], on=entry.metadata["on"])


def _shown(entry: dataclasses.Field[Any], usual: Mapping[str, Any]) -> Any:
    """The example where a key is on or has nothing to show, else its default."""
    default = usual.get(entry.name, entry.default)
    example = entry.metadata["example"]
    return default if example is None else example


def _lines(text: str, says: str, *, on: bool) -> Iterator[str]:
    """A key or header with its meaning behind it, wrapped under itself where it is long."""
    begin = text if on else f"# {text}"
    if not says:
        yield begin
        return
    head = f"{begin.ljust(_MEANING_AT)}# " if len(begin) < _MEANING_AT else f"{begin}   # "
    room = _WIDTH - len(head)
    parts = textwrap.wrap(says, max(room, 40), break_long_words=False, break_on_hyphens=False)
    yield head + parts[0]
    for part in textwrap.wrap(" ".join(parts[1:]), _WIDTH - _MEANING_AT - 4, break_on_hyphens=False):
        yield f"#{' ' * (_MEANING_AT - 1)}#   {part}"


def _as_toml(value: Any) -> str:
    """A value as TOML writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_as_key(key)} = {_as_toml(item)}" for key, item in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_as_toml(item) for item in value)}]"
    return str(value)


def _as_key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key, ensure_ascii=False)


def write_template(path: str | os.PathLike[str], *, text: str | None = None) -> Path:
    """Write a commented ``assessment.toml``; an existing file is never replaced.

    Raises
    ------
    ParameterError
        The file exists.
    """
    target = Path(path)
    with store_faults(target):
        if target.exists() or target.is_symlink():
            raise ParameterError(
                f"{target.name!r} exists and is not replaced. Name another file, or move it away first."
            )
    with atomic_write(target) as temporary:
        temporary.write_text(template_text() if text is None else text, encoding="utf-8", newline="\n")
    return target


def write_dictionary_example(folder: str | os.PathLike[str]) -> Path | None:
    """Write an example of a dictionary beside a recipe; None where a file of that name is there already."""
    target = Path(folder) / _DICTIONARY
    with store_faults(target):
        if target.exists() or target.is_symlink():
            return None
    with atomic_write(target) as temporary:
        temporary.write_text(dictionary_example(), encoding="utf-8", newline="\n")
    return target
