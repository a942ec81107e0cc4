"""Area codes as files write them, to the codes of the areas: letter case, blanks and zeros that typing lost."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from socharm._words import number_of
from socharm.errors import DataWarning

__all__ = ["MatchedCodes", "match_codes", "tell_matched"]

_NUMBER: Final = re.compile(r"0*(\d+)(?:\.0+)?")


@dataclass(frozen=True)
class MatchedCodes:
    """Which area each text means.

    Attributes
    ----------
    positions : dict
        Text to position among the areas; texts that mean none are left out.
    changed : tuple of str
        Texts that are not written as the code of their area, sorted.
    ambiguous : tuple of str
        Texts that could mean several areas and so mean none, sorted.
    """

    positions: dict[str, int]
    changed: tuple[str, ...]
    ambiguous: tuple[str, ...]


def match_codes(texts: Iterable[str | None], codes: Iterable[object]) -> MatchedCodes:
    """Match texts to codes: as they stand, else without regard to letter case, blanks and lost zeros.

    Parameters
    ----------
    texts : iterable of str or None
        Distinct texts of a column.
    codes : iterable
        Codes of the areas, in order.

    Examples
    --------
    >>> found = match_codes(["E05000001", " e05000002", "E09"], ["E05000001", "E05000002"])
    >>> found.positions, found.changed
    ({'E05000001': 0, ' e05000002': 1}, (' e05000002',))
    >>> match_codes(["7.0", "b"], ["007", "B", "b "]).positions
    {'7.0': 0}
    """
    exact = {str(code): position for position, code in enumerate(codes)}
    plain: dict[str, list[int]] = {}
    for code, position in exact.items():
        plain.setdefault(_plain(code), []).append(position)
    positions, changed, ambiguous = {}, [], []
    for text in texts:
        if text is None:
            continue
        if text in exact:
            positions[text] = exact[text]
            continue
        found = plain.get(_plain(text), [])
        if len(found) == 1:
            positions[text] = found[0]
            changed.append(text)
        elif found:
            ambiguous.append(text)
    return MatchedCodes(positions, tuple(sorted(changed)), tuple(sorted(ambiguous)))


def tell_matched(found: MatchedCodes, rows: int, *, unit: str = "rows", stacklevel: int = 3) -> None:
    """Warn of codes that were matched although they are written otherwise."""
    if found.changed:
        carry = number_of(rows, f"{unit.removesuffix('s')} carries", f"{unit} carry")
        warnings.warn(
            f"{carry} {number_of(len(found.changed), 'area code')} in other letter case, with blanks or without their "
            f"zeros, such as {[text[:20] for text in found.changed[:3]]}. They were counted in the areas "
            "they mean.",
            DataWarning,
            stacklevel=stacklevel,
        )
    if found.ambiguous:
        warnings.warn(
            f"{number_of(len(found.ambiguous), 'area code')} could mean several areas, such as "
            f"{[text[:20] for text in found.ambiguous[:3]]}: their rows lie outside all areas. Write them as the "
            "boundaries do.",
            DataWarning,
            stacklevel=stacklevel,
        )


def _plain(code: str) -> str:
    """A code without what typing and spreadsheets change: letter case, blanks, zeros around numbers."""
    joined = "".join(code.replace("\ufeff", "").replace("\u200b", "").split()).casefold()
    number = _NUMBER.fullmatch(joined)
    return number.group(1) if number else joined
