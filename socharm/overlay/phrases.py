"""Ranks in words, as reports say them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pandas as pd

from socharm._arguments import checked
from socharm._checks import require_positive
from socharm._constraints import ClosedShare
from socharm._words import number_of
from socharm.errors import ParameterError

__all__ = ["ordinal", "probability_phrase", "rank_phrase"]

_WORDS: Final = ("", "", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")

#: Upper ends of the bands, halfway into the gaps of the published yardstick (0-5, 10-20, 25-35, 40-50, 55-75, 80-90,
#: 95-100%).
_YARDSTICK: Final = (
    (0.075, "a remote chance"),
    (0.225, "highly unlikely"),
    (0.375, "unlikely"),
    (0.525, "a realistic possibility"),
    (0.775, "likely"),
    (0.925, "highly likely"),
    (1.0, "almost certain"),
)


def ordinal(number: int) -> str:
    """Ordinal number in figures.

    Examples
    --------
    >>> [ordinal(n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 112, 1_003)]
    ['1st', '2nd', '3rd', '4th', '11th', '12th', '13th', '21st', '112th', '1,003rd']
    """
    require_positive(number, name="number", whole=True)
    last = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number:,}{last}"


@checked
def rank_phrase(
    ranks: pd.Series,
    area: str,
    *,
    where: str,
    of: str = "most deprived",
    within: Sequence[tuple[str, pd.Series]] = (),
) -> str:
    """Rank of an area in words, overall and inside groups.

    Parameters
    ----------
    ranks : Series
        Rank by area code, 1 is the most; areas without a rank are not counted.
    area : str
        Its code.
    where : str
        What the ranks are over, such as ``"England"``.
    of : str
        What rank 1 is the most of.
    within : sequence of (str, Series)
        Groups to place the area in: how the text names the group, such as ``"the region"``, and the group of every
        area by its code.

    Returns
    -------
    str
        Equals share a rank, and the text says "joint".

    Raises
    ------
    ParameterError
        The area has no rank, or no group.

    Examples
    --------
    >>> ranks = pd.Series({"A": 1, "B": 13, "C": 14, "D": 317})
    >>> region = pd.Series({"A": "North", "B": "North", "C": "North", "D": "South"})
    >>> rank_phrase(ranks, "B", where="England", within=[("the region", region)])
    '13th most deprived of 4 in England, second in the region'
    """
    known = ranks.dropna()
    if area not in known.index:
        raise ParameterError(f"{area!r} has no rank; there are {number_of(len(known), 'area')} with one.")
    number = int(known[area])
    first = f"the {of}" if number == 1 and of.startswith(("most", "least")) else f"{ordinal(number)} {of}"
    text = f"{_joint(known, area)}{first} of {len(known):,} in {where}"
    for name, groups in within:
        if area not in groups.index or pd.isna(groups[area]):
            raise ParameterError(f"{area!r} belongs to no group of {name!r}; give the group of every area.")
        mates = known[known.index.isin(groups.index[groups == groups[area]])]
        place = int((mates < known[area]).sum()) + 1
        word = _WORDS[place] if 1 < place < len(_WORDS) else "" if place == 1 else ordinal(place)
        said = f"the {of}" if place == 1 else word
        text += f", {_joint(mates, area)}{said} in {name}"
    return text


def _joint(ranks: pd.Series, area: str) -> str:
    return "joint " if int((ranks == ranks[area]).sum()) > 1 else ""


@checked
def probability_phrase(probability: ClosedShare) -> str:
    """A probability in the words of the Professional Head of Intelligence Assessment's yardstick.

    Parameters
    ----------
    probability : float
        From 0 to 1. The yardstick leaves gaps between its bands; a number in a gap goes to the nearer band, the lower
        of two as near.

    Returns
    -------
    str

    Raises
    ------
    ParameterError
        The number is not from 0 to 1.

    References
    ----------
    College of Policing. Authorised Professional Practice, Intelligence: delivering effective analysis (probability
    yardstick).

    Examples
    --------
    >>> [probability_phrase(p) for p in (0.02, 0.15, 0.3, 0.45, 0.6, 0.85, 0.97)]  # doctest: +NORMALIZE_WHITESPACE
    ['a remote chance', 'highly unlikely', 'unlikely', 'a realistic possibility', 'likely', 'highly likely',
     'almost certain']
    """
    for bound, words in _YARDSTICK:
        if probability <= bound:
            return words
    return _YARDSTICK[-1][1]
