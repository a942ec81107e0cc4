"""Plain values as TOML writes them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

__all__ = ["toml_text", "toml_value"]


def toml_value(value: Any) -> str:
    """A value as TOML writes it; None inside a table is left out.

    Examples
    --------
    >>> toml_value({"a b": [1, True], "c": None}), toml_value("two" + chr(10) + "lines")
    ('{ "a b" = [1, true] }', '"two\\\\nlines"')
    """
    if isinstance(value, Mapping):
        inner = ", ".join(f"{toml_text(str(k))} = {toml_value(item)}" for k, item in value.items() if item is not None)
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(toml_value(item) for item in value)}]"
    return toml_text(value) if isinstance(value, str) else json.dumps(value)


def toml_text(value: str) -> str:
    """A text in quotes."""
    # JSON escapes all that TOML asks for but the delete character.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")
