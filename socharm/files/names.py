"""Names of files made from names of places: no two places share one, and every system can hold it."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from typing import Final

__all__ = ["file_stem"]

_LONGEST: Final = 80
_DIGITS: Final = 8
# Names that Windows keeps for devices, with any extension.
_RESERVED: Final = re.compile(r"^(con|prn|aux|nul|conin\$|conout\$|com\d|lpt\d)$", re.IGNORECASE)


def file_stem(name: str, *, among: Iterable[str] = ()) -> str:
    """Name of a file for a place, without its extension.

    Letters, digits, ``-`` and ``_`` stay, a space becomes ``-``. Where anything else had to be replaced, where a system
    keeps the name for itself, or where another place would get the same, a few characters of its own follow.

    Parameters
    ----------
    name : str
        Code or name of the place.
    among : iterable of str
        Names of all places that have files in the same folder.

    Returns
    -------
    str

    Examples
    --------
    >>> file_stem("E05000001"), file_stem("Old Trafford"), file_stem("a/b")
    ('E05000001', 'Old-Trafford', 'a-b-c14cddc0')
    >>> file_stem("old trafford", among=["Old Trafford"])
    'old-trafford-7ea024e0'
    >>> file_stem("CON")
    'CON-a3dbc4b6'
    """
    stem, whole = _plain(name)
    twins = (other for other in among if other != name and _plain(other)[0].casefold() == stem.casefold())
    if whole and next(twins, None) is None:
        return stem
    return f"{stem}-{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:_DIGITS]}"


def _plain(name: str) -> tuple[str, bool]:
    """A name with what a file's name cannot hold replaced, and whether a space was all that changed."""
    text = unicodedata.normalize("NFC", name)
    stem = "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in text)
    short = stem.lstrip("-")[:_LONGEST] or "place"
    whole = text == name and short == text.replace(" ", "-") and not _RESERVED.match(short)
    return short, whole
