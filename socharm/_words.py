"""Numbers with their nouns, as sentences of documents, pages and pictures say them."""

from __future__ import annotations

__all__ = ["number_of", "rank_span"]


def number_of(number: int, noun: str, plural: str = "") -> str:
    """A number and its noun, one or several.

    Examples
    --------
    >>> number_of(1, "area"), number_of(2_300, "area"), number_of(1, "other area has", "other areas have")
    ('1 area', '2,300 areas', '1 other area has')
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def rank_span(low: str, high: str) -> str:
    """Both ends of an interval, or the one rank that it holds.

    Examples
    --------
    >>> rank_span("1st", "4th"), rank_span("1st", "1st")
    ('1st to 4th', '1st')
    """
    return low if low == high else f"{low} to {high}"
