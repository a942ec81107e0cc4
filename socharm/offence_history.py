"""Categories that police.uk used in earlier years."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Final

__all__ = ["EARLIER_CATEGORIES", "EarlierCategory", "earlier_categories"]


@dataclass(frozen=True)
class EarlierCategory:
    """A label of police.uk that held more until some month than it holds today.

    Attributes
    ----------
    key : str
        Canonical key of what the label meant then.
    label : str
        Canonical key of the label today.
    last : str
        Last month ``YYYY-MM`` of the earlier meaning.
    parts : tuple of str
        Today's categories that it held.
    used_then : frozenset of str
        Canonical keys of the labels that police.uk used in those months.
    """

    key: str
    label: str
    last: str
    parts: tuple[str, ...]
    used_then: frozenset[str]


_SIX: Final = frozenset(
    ("anti-social-behaviour", "burglary", "other-crime", "robbery", "vehicle-crime", "violence-and-sexual-offences")
)
_ELEVEN: Final = _SIX | {
    "criminal-damage-and-arson",
    "drugs",
    "other-theft",
    "public-disorder-and-weapons",
    "shoplifting",
}
#: What labels of police.uk meant in earlier months. December 2010 to August 2011: six categories, of which "Other
#: crime" held all that was not one of the others (1,293 of 1,470 offences by the count of the Economic Policy Centre,
#: UKCrimeStats, 28 December 2013). September 2011 to April 2013: eleven; "Other theft" held what became "Bicycle
#: theft" and "Theft from the person" in May 2013, when "Public disorder and weapons" was divided too (notes of
#: police.uk on its categories, as data.police.uk files of those months show). Fraud, recorded by forces until 2013,
#: was part of the first and carries no weight, as today.
EARLIER_CATEGORIES: Final = (
    EarlierCategory(
        key="other-crime-until-2011-08",
        label="other-crime",
        last="2011-08",
        parts=(
            "bicycle-theft",
            "criminal-damage-and-arson",
            "drugs",
            "other-crime",
            "other-theft",
            "possession-of-weapons",
            "public-order",
            "shoplifting",
            "theft-from-the-person",
        ),
        used_then=_SIX,
    ),
    EarlierCategory(
        key="other-theft-until-2013-04",
        label="other-theft",
        last="2013-04",
        parts=("bicycle-theft", "other-theft", "theft-from-the-person"),
        used_then=_ELEVEN,
    ),
)


def earlier_categories(found: Mapping[str, Set[str]], *, is_police_uk: bool) -> dict[str, list[EarlierCategory]]:
    """Which labels of which months are read in the meaning that police.uk gave them then.

    Parameters
    ----------
    found : mapping
        Month ``YYYY-MM`` to the canonical keys that occur in it.
    is_police_uk : bool
        The rows are police.uk's own. Others are taken for them in months whose labels are all among those that
        police.uk used then: a force's own labels keep their own meaning.

    Returns
    -------
    dict
        Month to the earlier categories that apply.

    Examples
    --------
    >>> then = earlier_categories({"2011-03": {"other-crime"}, "2011-09": {"other-crime"}}, is_police_uk=True)
    >>> [(month, category.key) for month, categories in then.items() for category in categories]
    [('2011-03', 'other-crime-until-2011-08')]
    """
    chosen: dict[str, list[EarlierCategory]] = {}
    for month, labels in found.items():
        for earlier in EARLIER_CATEGORIES:
            if month <= earlier.last and earlier.label in labels and (is_police_uk or labels <= earlier.used_then):
                chosen.setdefault(month, []).append(earlier)
    return chosen
