"""Offence names: canonical keys, spellings through history, named sets, and the category of a single offence.

Two kinds of key stand side by side. A *category* is what police.uk publishes (``burglary``); a
*single offence* is a Home Office count code behind ``ho-`` (``ho-28e``, burglary of a home). A
third kind is whatever a force wrote: it is kept as its slug and counted like any other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from socharm._checks import require_choice
from socharm.errors import RefusedError
from socharm.offence_history import EARLIER_CATEGORIES

__all__ = [
    "AGGREGATES",
    "CATEGORIES",
    "CATEGORY_CODES",
    "COMBINED_CATEGORIES",
    "GROUPS",
    "NOT_STATED",
    "OFFENCE_GROUPS",
    "OFFENCE_SETS",
    "POLICE_GENERATED",
    "UNWEIGHTED_CATEGORIES",
    "canonical_offence",
    "category_of",
    "group_of",
    "offence_key",
    "offence_set",
    "offence_words",
    "refuse_aggregates",
]

#: Key of a row whose offence label is empty.
NOT_STATED: Final = "not-stated"

_CODES: Final[Mapping[str, str]] = {
    "bicycle-theft": "44",
    "burglary": "28A 28B 28C 28D 28E 28F 28G 28H 29 29A 30A 30B 30C 30D 31 31A",
    "criminal-damage-and-arson": "56A 56B 58A 58B 58C 58D 58J",
    "drugs": "92A 92C 92D 92E",
    "other-crime": "15 24 26 27 33 33A 38 54 59 60 61 61A 67 69 76 79 80 83 86 95 96 99 802 814",
    "other-theft": "35 40 41 42 43 47 49 49A",
    "possession-of-weapons": "10A 10B 10C 10D 81 90",
    "public-order": "9A 9B 62A 66",
    "robbery": "34A 34B",
    "shoplifting": "46",
    "theft-from-the-person": "39",
    "vehicle-crime": "37.2 45 48 126",
    "violence-and-sexual-offences": (
        "1 1/4.1/4.10/4.2 2 3A 3B 4.1 4.2 4.3 4.4 4.6 4.7 4.8 4.9 4.10 5D 5E 8L 8M 8N 8P 8Q 8R 8S 11A 13 14 "
        "17A 17B 19C 19D 19E 19F 19G 19H 19J 19K 20A 20B 21 22A 22B 23 36 37.1 70 71 72 73 "
        "88A 88C 88D 88E 104 105A 105B 106"
    ),
}

#: Home Office count codes of each police.uk category (codes of 2019/20, one aggregate included).
CATEGORY_CODES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {category: tuple(codes.split()) for category, codes in _CODES.items()}
)

#: Categories that police.uk publishes, with anti-social behaviour, which is not notifiable crime.
CATEGORIES: Final = ("anti-social-behaviour", *CATEGORY_CODES)

#: Categories that carry no weight by design: not notifiable, so no court has sentenced them.
UNWEIGHTED_CATEGORIES: Final = ("anti-social-behaviour",)


#: Labels that police.uk once used for what are now several categories, to these.
COMBINED_CATEGORIES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"public-disorder-and-weapons": ("possession-of-weapons", "public-order")}
    | {earlier.key: earlier.parts for earlier in EARLIER_CATEGORIES}
)

#: Crime that is recorded mostly because police went looking: more of it can mean more policing.
POLICE_GENERATED: Final = ("drugs", "possession-of-weapons")

#: Category to group, for panels and for the index by group.
OFFENCE_GROUPS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "anti-social-behaviour": "anti-social-behaviour",
        "bicycle-theft": "acquisitive",
        "burglary": "acquisitive",
        "criminal-damage-and-arson": "damage",
        "drugs": "police-generated",
        "other-crime": "other",
        "other-crime-until-2011-08": "other",
        "other-theft": "acquisitive",
        "other-theft-until-2013-04": "acquisitive",
        "possession-of-weapons": "police-generated",
        "public-disorder-and-weapons": "public-order",
        "public-order": "public-order",
        "robbery": "acquisitive",
        "shoplifting": "acquisitive",
        "theft-from-the-person": "acquisitive",
        "vehicle-crime": "acquisitive",
        "violence-and-sexual-offences": "violence",
    }
)

#: Names of the groups.
GROUPS: Final = tuple(sorted(set(OFFENCE_GROUPS.values())))

# Slug of a spelling that has been published, to canonical key. The two `violent` labels and the
# shortened one are those of the police.uk interface for programs, which never followed the renaming.
_ALIASES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "antisocial-behaviour": "anti-social-behaviour",
        "anti-social-behavior": "anti-social-behaviour",
        "asb": "anti-social-behaviour",
        "bike-theft": "bicycle-theft",
        "theft-of-pedal-cycle": "bicycle-theft",
        "criminal-damage-arson": "criminal-damage-and-arson",
        "criminal-damage": "criminal-damage-and-arson",
        "drug-offences": "drugs",
        "other-crimes": "other-crime",
        "other-theft-offences": "other-theft",
        "possession-of-weapon": "possession-of-weapons",
        "possession-of-weapons-offences": "possession-of-weapons",
        "weapons": "possession-of-weapons",
        "public-disorder-weapons": "public-disorder-and-weapons",
        "public-order-offences": "public-order",
        "robbery-offences": "robbery",
        "shop-lifting": "shoplifting",
        "theft-from-person": "theft-from-the-person",
        "vehicle-offences": "vehicle-crime",
        "violent-crime": "violence-and-sexual-offences",
        "violent-crimes": "violence-and-sexual-offences",
        "violence-and-sexual-offence": "violence-and-sexual-offences",
        "violence-sexual-offences": "violence-and-sexual-offences",
    }
)

_NOT_WORD: Final = re.compile(r"[^a-z0-9]+")


def _slug(label: str) -> str:
    return _NOT_WORD.sub("-", label.strip().lower().replace("&", " and ")).strip("-")


def offence_key(count_code: str) -> str:
    """Canonical key of a Home Office count code.

    Examples
    --------
    >>> offence_key("8N"), offence_key("4.10"), offence_key("1/4.1/4.10/4.2")
    ('ho-8n', 'ho-4-10', 'ho-1-4-1-4-10-4-2')
    """
    return f"ho-{_slug(str(count_code))}"


#: Aggregate key to the keys of its parts: homicide is counted by its parts or whole, never both.
AGGREGATES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {offence_key("1/4.1/4.10/4.2"): tuple(offence_key(code) for code in ("1", "4.1", "4.10", "4.2"))}
)

_CATEGORY_OF_KEY: Final[Mapping[str, str]] = MappingProxyType(
    {offence_key(code): category for category, codes in CATEGORY_CODES.items() for code in codes}
)


def canonical_offence(label: str) -> str:
    """Canonical key of an offence label, whatever its spelling.

    Parameters
    ----------
    label : str
        A police.uk category in any spelling it has had, a Home Office count code (``"8N"``), or
        any other label.

    Returns
    -------
    str
        The key. A label that is not known is kept as its slug: any label can be counted. An
        empty label is ``"not-stated"``.

    Notes
    -----
    ``Public disorder and weapons`` (September 2011 to April 2013) covers two of today's categories
    and stays a key of its own; a crosswalk gives it the weight of the two together. ``Other crime`` until August
    2011 and ``Other theft`` until April 2013 held more than today: where the month is known, as in counts, they
    are keys of their own too (`EARLIER_CATEGORIES`).
    ``Violent crime`` became ``Violence and sexual offences`` in 2013.

    Examples
    --------
    >>> canonical_offence("Violence and Sexual Offences")
    'violence-and-sexual-offences'
    >>> canonical_offence("Violent crime")
    'violence-and-sexual-offences'
    >>> canonical_offence(" Criminal damage & arson ")
    'criminal-damage-and-arson'
    >>> canonical_offence("8N"), canonical_offence("Theft of metal (lead)")
    ('ho-8n', 'theft-of-metal-lead')
    """
    slug = _slug(str(label))
    if not slug:
        return NOT_STATED
    if f"ho-{slug}" in _CATEGORY_OF_KEY:
        return f"ho-{slug}"
    return _ALIASES.get(slug, slug)


def category_of(offence: str) -> str | None:
    """Category of a canonical key: of a single offence its police.uk category, of a category itself.

    Returns
    -------
    str or None
        None for a label that belongs to no police.uk category.

    Examples
    --------
    >>> category_of("ho-8n"), category_of("robbery"), category_of("theft-of-metal-lead")
    ('violence-and-sexual-offences', 'robbery', None)
    """
    if offence in OFFENCE_GROUPS:
        return offence
    return _CATEGORY_OF_KEY.get(offence)


def offence_words(offence: str) -> str:
    """An offence as people write it.

    Examples
    --------
    >>> offence_words("violence-and-sexual-offences"), offence_words("ho-8n")
    ('violence and sexual offences', 'HO 8N')
    """
    if offence.startswith("ho-"):
        return offence.replace("ho-", "HO ").upper()
    return offence.replace("-", " ").replace("anti social", "anti-social")


def group_of(offence: str) -> str:
    """Group of a canonical key (`OFFENCE_GROUPS`), ``"other"`` where it is not known.

    Examples
    --------
    >>> group_of("ho-92a"), group_of("burglary"), group_of("theft-of-metal-lead")
    ('police-generated', 'acquisitive', 'other')
    """
    category = category_of(offence)
    return "other" if category is None else OFFENCE_GROUPS[category]


def _keys(categories: str, codes: str) -> frozenset[str]:
    return frozenset([*categories.split(), *(offence_key(code) for code in codes.split())])


_HOMICIDE: Final = "1 4.1 4.10 4.2 1/4.1/4.10/4.2"
_BURGLARY: Final = " ".join(CATEGORY_CODES["burglary"])
_DOMESTIC_BURGLARY: Final = "28A 28B 28C 28D 28E 28F 28G 28H 29 29A"

#: Named sets: each holds the categories and the single offences that belong to it.
OFFENCE_SETS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "all": frozenset([*CATEGORIES, *COMBINED_CATEGORIES, *_CATEGORY_OF_KEY]),
        "soc": _keys(
            "burglary drugs possession-of-weapons robbery",
            f"92A 10A 10B 10C 10D 81 90 34A 34B {_BURGLARY} 24 71 72 88A 106 35 36 38 54",
        ),
        "neighbourhood": _keys(
            "burglary robbery theft-from-the-person vehicle-crime",
            f"{_DOMESTIC_BURGLARY} 34B 39 37.2 45 48 126",
        ),
        "serious-violence": _keys(
            "robbery violence-and-sexual-offences",
            f"{_HOMICIDE} 2 3A 5D 5E 36 34A 34B 10A",
        ),
        "vawg": _keys(
            "violence-and-sexual-offences",
            "8L 8M 8Q 19C 19D 19E 19J 20A 20B 21 22A 22B 23 70 71 72 73 88A 88C 88E 24",
        ),
    }
)


def offence_set(name: str) -> frozenset[str]:
    """Canonical keys of a named offence set.

    Parameters
    ----------
    name : {"all", "soc", "neighbourhood", "serious-violence", "vawg"}

    Returns
    -------
    frozenset of str
        Category keys and single-offence keys.

    Raises
    ------
    ParameterError
        The name is not known; the nearest one is suggested.

    Notes
    -----
    - ``soc``: drug supply, weapons, robbery, burglary, sexual exploitation and grooming, modern
      slavery, kidnapping, blackmail, proceeds of crime, handling stolen goods.
    - ``neighbourhood``: burglary of homes, robbery of persons, theft from the person, vehicle crime.
    - ``serious-violence``: homicide and attempts, assault with intent, endangering life, kidnapping,
      robbery, firearms with intent.
    - ``vawg``: rape and sexual offences but those with a male victim, stalking, harassment,
      exploitation. Domestic abuse is a flag of a record, not a code, and is not in it.

    With police.uk categories a set can only take whole categories: ``serious-violence`` then
    counts common assault too, ``vawg`` every violent offence, ``soc`` the possession of cannabis.
    The codes are exact; the categories are the smallest cover of the main ones.

    Examples
    --------
    >>> "ho-92a" in offence_set("soc"), "ho-92e" in offence_set("soc")
    (True, False)
    """
    require_choice(name, OFFENCE_SETS.keys(), name="name")
    return OFFENCE_SETS[name]


def refuse_aggregates(offences: Iterable[str], *, name: str = "counts") -> None:
    """Stop if counts hold an aggregate beside its parts: every homicide would count twice.

    Parameters
    ----------
    offences : iterable of str
        Canonical keys of the offences that occur.
    name : str
        The caller's argument, for the message.

    Raises
    ------
    RefusedError

    Examples
    --------
    >>> refuse_aggregates(["ho-1", "ho-4-1", "burglary"])
    """
    present = set(offences)
    for aggregate, parts in AGGREGATES.items():
        beside = sorted(present & set(parts))
        if aggregate in present and beside:
            raise RefusedError(
                f"`{name}` holds {aggregate!r} (homicide, all of it) beside its parts {beside}: the same offences "
                "would count twice. Drop the aggregate, or the parts."
            )
