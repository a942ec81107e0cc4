"""What every result record shares: a short repr, an HTML repr, and settings that can be written down."""

from __future__ import annotations

import dataclasses
import html
from collections.abc import Mapping
from typing import Any, ClassVar

import pandas as pd

from socharm._about import About
from socharm._arguments import check_fields

__all__ = ["Record", "settings_as_dict"]


def settings_as_dict(settings: object) -> dict[str, Any]:
    """Settings dataclass to plain JSON-able values, keys sorted, for manifests and method statements."""

    def plain(value: Any) -> Any:
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
        if isinstance(value, Mapping):
            return {str(key): plain(item) for key, item in sorted(value.items(), key=lambda kv: str(kv[0]))}
        if isinstance(value, (tuple, list)):
            return [plain(item) for item in value]
        if isinstance(value, (set, frozenset)):
            return sorted(plain(item) for item in value)
        if value is None or isinstance(value, (bool, int, float, str)):
            return value
        return str(value)

    result: dict[str, Any] = plain(settings)
    return result


class Record:
    """Base of result records: `table`, `settings`, `about`, and a repr that answers the first question.

    A record keeps in ``settings`` what was chosen, and in ``findings`` what was found about its inputs on the way.

    Subclasses are ``@dataclass(frozen=True, eq=False, repr=False)`` and override `_summary`.
    """

    table: pd.DataFrame
    about: About
    _title: ClassVar[str] = "Record"

    def __post_init__(self) -> None:
        """Whoever makes a record by hand, or replaces a part of one, is told of a part of the wrong kind."""
        check_fields(self)

    def _summary(self) -> dict[str, str]:
        """Lines of the repr: label to text."""
        return {"rows": f"{len(self.table):,}"}

    def _lines(self) -> dict[str, str]:
        try:
            lines = dict(self._summary())
        except Exception as error:  # noqa: BLE001 - a record whose table was changed is shown too, whatever is in it
            lines = {
                "rows": f"{len(self.table):,}",
                "summary": f"none: the tables were changed ({type(error).__name__})",
            }
        if self.about.period is not None:
            lines["period"] = str(self.about.period)
        if self.about.unit:
            lines["unit"] = self.about.unit
        if self.about.coverage:
            lines["coverage"] = self.about.coverage
        lines["marking"] = self.about.marking
        return lines

    def __repr__(self) -> str:
        body = "\n".join(f"  {label}: {text}" for label, text in self._lines().items())
        return f"<{type(self).__name__}>\n{body}"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th style='text-align:left'>{html.escape(label)}</th><td>{html.escape(text)}</td></tr>"
            for label, text in self._lines().items()
        )
        head = self.table.head(5).to_html(border=0)
        return f"<p><b>{html.escape(type(self).__name__)}</b></p><table>{rows}</table>{head}"
