"""Whether what was given as a role is the name of a person."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

from socharm.errors import ParameterError, RefusedError
from socharm.io._name_words import GIVEN_NAMES, PLACE_WORDS

__all__ = ["require_role", "why_of_persons", "why_person"]

_PERSON: Final = re.compile(r"@|\d{3,}")
_WORD: Final = re.compile(r"[A-Za-z\u00c0-\u024f'\u2019.-]+")
_TITLES_TEXT: Final = """
mr mrs ms miss mx dr sir lady dame prof professor rev cllr
"""
_RANKS_TEXT: Final = """
pc pcso sgt ps di dci dcs ds dc insp ci supt ch chf
"""
_ROLES_TEXT: Final = """
accountant administrator adviser advisor agency analysis analyst area assistant asset assurance auditor authority
board borough bronze business cabinet captain chair chairman chairperson chairwoman chief children city clerk
command commander commissioner committee community compliance constable constabulary controller coordinator
co-ordinator council councillor county crime data delivery department deputy detective director district division
duty executive force gold governance governor group head health hub information inspector intelligence investigator
justice lead leader legal liaison manager member neighbourhood nurse office officer operations owner partnership
performance planning police policing practitioner prevention principal probation programme project protection public
region regional representative research researcher safeguarding safety secretary senior sergeant service services
silver solicitor specialist sponsor staff strategic superintendent support tactical team trainer unit vice ward
warden
"""
_SMALL_TEXT: Final = """
a an and at for in of on the to with
"""
_HOUSE_NUMBER: Final = re.compile(
    r"\b(?:[Ff]lat \w+,? +)?\d+[A-Za-z]?,? +(?:[A-Z][A-Za-z'\u2019-]+ +){1,3}"
    r"(?:Street|St|Road|Rd|Avenue|Ave|Lane|Close|Drive|Crescent|Terrace|Court|Gardens|Grove|Place|Way|Walk|View|Row)\b"
)
_TITLES: Final = frozenset(_TITLES_TEXT.split())
_RANKS: Final = frozenset(_RANKS_TEXT.split())
#: Words of roles and bodies; a text of capitals that holds none of them is taken for a name.
_ROLES: Final = frozenset(_ROLES_TEXT.split())
_SMALL: Final = frozenset(_SMALL_TEXT.split())


def why_person(text: str) -> str:
    """Why a text is taken for the name of a person; blank where it can be a role.

    Parameters
    ----------
    text : str

    Returns
    -------
    str

    Examples
    --------
    >>> why_person("Jane Smith")
    "'Jane' is a given name"
    >>> why_person("Detective Inspector, SOC team"), why_person("information asset owner")
    ('', '')
    """
    words = [word.strip(".") for word in _WORD.findall(text)]
    words = [word for word in words if word]
    lowered = [word.lower() for word in words]
    for place, word in enumerate(words):
        follows = words[place + 1] if place + 1 < len(words) else ""
        named = follows[:1].isupper() and follows.lower() not in _ROLES
        if place == 0 and lowered[0] in _TITLES and len(words) > 1:
            return f"{word!r} is a title of a person"
        if (
            lowered[place] in GIVEN_NAMES
            and word[0].isupper()
            and (named or len(words) <= 2 or place == len(words) - 1)
        ):
            return f"{word!r} is a given name"
        if named and (len(word) == 1 and word.isupper()):
            return f"{word!r} is an initial before a surname"
        if named and lowered[place] in _RANKS and follows.lower() not in _SMALL and not follows.isupper():
            return f"{word!r} stands before a surname"
    if 2 <= len(words) <= 3 and lowered[0] in GIVEN_NAMES and not set(lowered[1:]) & (_ROLES | _SMALL):
        return f"{words[0]!r} is a given name"
    capitals = 2 <= len(words) <= 3 and all(word[0].isupper() and not word.isupper() for word in words)
    if capitals and not set(lowered) & (_ROLES | _SMALL):
        return "it has the capitals of a name and no word of a role"
    return ""


def why_of_persons(text: str) -> str:
    """Why a sentence is taken to name a person or a household; blank where it can be of a place.

    Parameters
    ----------
    text : str

    Returns
    -------
    str

    Notes
    -----
    Given names before a capital, titles, ranks and initials before a surname, and numbers of houses are found. A
    surname by itself, or a name that is not in the list of given names, is not.

    Examples
    --------
    >>> why_of_persons("Warrant at the home of Jane Smith"), why_of_persons("Patrols on Victoria Road")
    ("'Jane Smith' reads like a name", '')
    >>> why_of_persons("Cuckooing at 12 High Street")
    "'12 High Street' is the number of a house"
    """
    house = _HOUSE_NUMBER.search(text)
    if house:
        return f"{house[0]!r} is the number of a house"
    words = [word.strip(".") for word in _WORD.findall(text)]
    words = [word for word in words if word]
    for word, follows in pairwise(words):
        plain = follows.lower()
        if not follows[0].isupper() or plain in (_ROLES | _SMALL | PLACE_WORDS):
            continue
        if word[0].isupper() and word.lower() in (GIVEN_NAMES | _TITLES):
            return f"{word + ' ' + follows!r} reads like a name"
        if word.lower() in _RANKS - _TITLES and word[0].isupper() and not follows.isupper():
            return f"{word + ' ' + follows!r} reads like an officer's name"
    return ""


def require_role(role: object) -> str:
    """The role that answers for something, or an error where it is blank or looks like a person.

    Raises
    ------
    ParameterError
        Blank.
    RefusedError
        An e-mail address, a number, a title or rank before a name, a given name, or the capitals of a name without a
        word of a role.

    Examples
    --------
    >>> require_role("information asset owner ")
    'information asset owner'
    """
    if not isinstance(role, str) or not role.strip():
        raise ParameterError("`role` is blank. Say which role answers for this.")
    why = "it holds an address or a number" if _PERSON.search(role.strip()) else why_person(role)
    if why:
        raise RefusedError(
            f"`role` looks like a person or a number: {why}. Name the role, in small letters where it is one, such as "
            "'information asset owner': roles stay answerable when people move, and nothing about persons is stored."
        )
    return role.strip()
