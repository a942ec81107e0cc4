"""Widths of the columns of a printed table: none so narrow that a word must be broken."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from socharm.documents.document import PrintedTable

__all__ = ["fitted_widths"]

#: Widths of letters of Arial in parts of its size, by how wide they are; all others are of the first.
_EM: Final = 0.556
_WIDE: Final = {
    **dict.fromkeys("ijlI.,:;'|!()[]/ -t\N{EN DASH}f", 0.31),
    **dict.fromkeys("mMW%@", 0.86),
    **dict.fromkeys("wABCDEGHKNOPQRSUVXYZ&+\N{MINUS SIGN}", 0.71),
}
#: Bold letters are so much wider.
_BOLD: Final = 1.07
#: Faces that stand in for Arial where it is missing are so much wider.
_OTHER_FACES: Final = 1.18
#: Where a line can be broken inside a text.
_BREAKS: Final = re.compile(r"\s+|(?<=-)")


def fitted_widths(table: PrintedTable, *, room: float, size: float, padding: float) -> tuple[float, ...]:
    """Shares of the columns, each at least as wide as its longest word; what is left goes by the widths asked for.

    Parameters
    ----------
    table : PrintedTable
    room, size, padding : float
        Width of the table, size of its letters, and what a cell needs beside its text, in points.

    Examples
    --------
    >>> table = PrintedTable(caption="", header=("P", "Action"), rows=(("Prepare", "Do it"),), widths=(1, 19))
    >>> [round(share, 2) for share in fitted_widths(table, room=480, size=8.5, padding=12)]
    [0.11, 0.89]
    """
    asked = [
        width / sum(table.widths or (1,) * len(table.header)) for width in table.widths or (1,) * len(table.header)
    ]
    cells = zip(*table.rows, strict=False) if table.rows else ((),) * len(table.header)
    least = [
        (max(_longest([head], size * _BOLD), _longest(column, size)) * _OTHER_FACES + padding) / room
        for head, column in zip(table.header, cells, strict=False)
    ]
    if len(least) != len(asked) or sum(least) >= 1:
        return tuple(one / sum(least) for one in least) if len(least) == len(asked) else tuple(asked)
    return tuple(_shared(asked, least))


def _shared(asked: Sequence[float], least: Sequence[float]) -> list[float]:
    """Shares in the proportions asked for, none below its least."""
    fixed: set[int] = set()
    while True:
        left = 1 - sum(least[i] for i in fixed)
        whole = sum(share for i, share in enumerate(asked) if i not in fixed)
        shares = [least[i] if i in fixed else left * share / whole for i, share in enumerate(asked)]
        short = {i for i, share in enumerate(shares) if share < least[i] - 1e-12}
        if not short:
            return shares
        fixed |= short


def _longest(texts: Iterable[object], size: float) -> float:
    """Width of the longest piece that cannot be broken, in points."""
    words = (word for text in texts for word in _BREAKS.split(str(text)))
    return max((sum(_WIDE.get(letter, _EM) for letter in word) * size for word in words), default=0.0)
