"""Plain tables of a page: whatever a person wrote is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

__all__ = ["html_table"]

_SHORT: Final = 12
_DAY: Final = re.compile(r"\d{1,2} [A-Z][a-z]+ \d{4}")


def html_table(
    caption: str, head: Sequence[str], rows: Iterable[Sequence[object]], *, number: Sequence[int] = ()
) -> str:
    """A plain table in a frame that scrolls by keyboard; the first cell of each row is its heading."""
    parts = [f'<th scope="col"{_right(i, number)}>{escape(text)}</th>' for i, text in enumerate(head)]
    body = []
    for row in rows:
        cells = [
            f'<th scope="row">{escape(str(cell))}</th>'
            if i == 0
            else f'<td{_look(i, cell, number)} data-head="{escape(head[i], quote=True)}">{escape(str(cell))}</td>'
            for i, cell in enumerate(row)
        ]
        body.append(f"<tr>{''.join(cells)}</tr>")
    label = escape(caption, quote=True)
    return (
        f'<div class="scroll" role="region" aria-label="{label}" tabindex="0"><table class="plain">'
        f"<caption>{escape(caption)}</caption><thead><tr>{''.join(parts)}</tr></thead>"
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )


def _right(i: int, number: Sequence[int]) -> str:
    return ' class="number"' if i in number else ""


def _look(i: int, cell: object, number: Sequence[int]) -> str:
    """Numbers to the right; dates and single words are not broken."""
    text = str(cell)
    kind = "day" if _DAY.fullmatch(text) else "short" if len(text) <= _SHORT else ""
    return _right(i, number) or (f' class="{kind}"' if kind else "")
