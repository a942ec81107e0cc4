"""Words of people and data as documents can hold them."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

__all__ = ["clean_text", "shortened"]

#: Letters without a meaning of their own, some of which mark places in a template.
_PRIVATE: Final = re.compile("[\ue000-\uf8ff]")
_LONGEST: Final = 60


def clean_text(value: object) -> str:
    """A value as one line of text without control characters, which no document can hold.

    Examples
    --------
    >>> clean_text("By\\x07ker\\n ward")
    'Byker ward'
    """
    text = "" if value is None else str(value)
    kept = "".join(letter for letter in text if letter.isspace() or not _unprintable(letter))
    return " ".join(_PRIVATE.sub("", kept).split())


def shortened(value: object) -> str:
    """A value as messages show it: a long one is cut.

    Examples
    --------
    >>> shortened("E05001346"), len(shortened("x" * 1000))
    ("'E05001346'", 62)
    """
    told = repr(value)
    return told if len(told) <= _LONGEST else f"{told[:_LONGEST]} …"


def _unprintable(letter: str) -> bool:
    """Control characters, halves of a pair, and the two code points of each plane that stand for no letter."""
    return unicodedata.category(letter) in ("Cc", "Cs") or ord(letter) & 0xFFFE == 0xFFFE
