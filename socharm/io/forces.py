"""Names of police forces: one name, one key and one code each, whatever the spelling."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from socharm._checks import nearest_name
from socharm.errors import ParameterError

__all__ = [
    "BRITISH_TRANSPORT_POLICE",
    "ENGLAND_AND_WALES",
    "FORCES",
    "FORMER_FORCES",
    "OTHER_FORCES",
    "FormerForce",
    "force_key",
    "force_name",
    "is_force",
]

#: The whole of England and Wales, British Transport Police included.
ENGLAND_AND_WALES: Final = "England and Wales"

#: The police of the railways; it polices no area of its own.
BRITISH_TRANSPORT_POLICE: Final = "British Transport Police"

#: Forces beside the 43 of England and Wales that stand in the same files.
OTHER_FORCES: Final = (BRITISH_TRANSPORT_POLICE, "Police Service of Northern Ireland", "Police Scotland")

_ENGLAND: Final = (
    "Metropolitan Police|Cumbria|Lancashire|Merseyside|Greater Manchester|Cheshire|Northumbria|Durham|North Yorkshire|"
    "West Yorkshire|South Yorkshire|Humberside|Cleveland|West Midlands|Staffordshire|West Mercia|Warwickshire|"
    "Derbyshire|Nottinghamshire|Lincolnshire|Leicestershire|Northamptonshire|Cambridgeshire|Norfolk|Suffolk|"
    "Bedfordshire|Hertfordshire|Essex|Thames Valley|Hampshire|Surrey|Kent|Sussex|City of London|Devon and Cornwall|"
    "Avon and Somerset|Gloucestershire|Wiltshire|Dorset"
)
_WALES: Final = "North Wales|Gwent|South Wales|Dyfed-Powys"

#: Code of the police force area (Office for National Statistics) to the name used here.
FORCES: Final[Mapping[str, str]] = MappingProxyType(
    {f"E230000{number:02d}": name for number, name in enumerate(_ENGLAND.split("|"), start=1)}
    | {f"W150000{number:02d}": name for number, name in enumerate(_WALES.split("|"), start=1)}
)


@dataclass(frozen=True)
class FormerForce:
    """A name that a force no longer bears.

    Attributes
    ----------
    former, name : str
        The name it bore, and the name used here for it since (before and after: a rename changes no area).
    since : str
        First day of the new name, ``YYYY-MM-DD``.
    what : str
        ``"renamed"`` or ``"merged"``.
    source : str
    """

    former: str
    name: str
    since: str
    what: str
    source: str


_HAMPSHIRE_SOURCE: Final = (
    "https://www.portsmouth.co.uk/news/crime/"
    "hampshire-constabulary-now-called-hampshire-and-isle-of-wight-constabulary-after-name-legally-changed-3921110"
)
_SCOTLAND_SOURCE: Final = "Police and Fire Reform (Scotland) Act 2012; https://en.wikipedia.org/wiki/Police_Scotland"
_SCOTLAND: Final = (
    "Central Scotland Police|Dumfries and Galloway Constabulary|Fife Constabulary|Grampian Police|"
    "Lothian and Borders Police|Northern Constabulary|Strathclyde Police|Tayside Police"
)

#: Names of the years of police.uk (since December 2010) that a force no longer bears, with the day of the change.
FORMER_FORCES: Final = (
    # The order came into force in July 2022; the force took the name on 16 November. Its area is the same.
    FormerForce("Hampshire Constabulary", "Hampshire", "2022-11-16", "renamed", _HAMPSHIRE_SOURCE),
    *(FormerForce(name, "Police Scotland", "2013-04-01", "merged", _SCOTLAND_SOURCE) for name in _SCOTLAND.split("|")),
)

# Words that come and go around a force's name.
_NOISE: Final = re.compile(r"\b(police|constabulary|service|force|the|area|heddlu)\b")

# Other names of a force, without the words of `_NOISE`: publishers' word order, Welsh, initials and short forms.
# Initials that several forces use stay out; West Mercia writes itself out, so WMP is West Midlands.
_OTHER_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Metropolitan Police": "metropolitan|met|mps|london metropolitan|metropolitan london|metropolitan district",
        "City of London": "city of london corporation|colp",
        "Greater Manchester": "gmp|gtr manchester",
        "West Yorkshire": "wyp|w yorkshire|west yorks",
        "South Yorkshire": "syp|s yorkshire|south yorks",
        "North Yorkshire": "nyp|n yorkshire|north yorks",
        "West Midlands": "wmp|w midlands",
        "Thames Valley": "tvp",
        "Hampshire": "hampshire and isle of wight|hampshire and the isle of wight|hampshire isle of wight|"
        "hampshire and isle of wight hampshire|hampshire and iow|hampshire iow|hiowc|hants",
        "Devon and Cornwall": "devon and cornwall and the isles of scilly|devon and cornwall and isles of scilly|"
        "devon cornwall and the isles of scilly|devon cornwall|d and c",
        "Avon and Somerset": "avon somerset|a and s",
        "North Wales": "gogledd cymru|north wales gogledd cymru|gogledd cymru north wales|nwp",
        "South Wales": "de cymru|south wales de cymru|de cymru south wales|swp",
        "Gwent": "gwent gwent",
        "Dyfed-Powys": "dyfed powys dyfed powys|dyfed a powys|dyfed and powys",
        "Durham": "county durham|durham county",
        "Lancashire": "lancs",
        "Nottinghamshire": "notts",
        "Leicestershire": "leics",
        "Lincolnshire": "lincs",
        "Northamptonshire": "northants",
        "Cambridgeshire": "cambs",
        "Bedfordshire": "beds",
        "Hertfordshire": "herts",
        "Staffordshire": "staffs",
        "Gloucestershire": "glos",
        "Wiltshire": "wilts",
        "British Transport Police": "british transport|btp",
        "Police Service of Northern Ireland": "of northern ireland|northern ireland|psni",
        "Police Scotland": "scotland|of scotland",
        ENGLAND_AND_WALES: "england and wales|k04000001",
    }
)
# `force_key` takes the identifier of police.uk where it is not the name itself.
_KEYS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Metropolitan Police": "metropolitan",
        BRITISH_TRANSPORT_POLICE: "btp",
        "Police Service of Northern Ireland": "northern-ireland",
        "Police Scotland": "scotland",
    }
)
_STYLE: Final = re.compile(r"-(police|constabulary|police-service|service)$")


def _words(text: str) -> str:
    """Letters and digits of any script, folded, with single blanks between words."""
    folded = unicodedata.normalize("NFKC", html.unescape(text)).casefold().replace("&", " and ")
    return " ".join(re.sub(r"[\W_]+", " ", folded).split())


def _bare(text: str) -> str:
    return " ".join(_NOISE.sub(" ", _words(text)).split())


_BY_BARE_NAME: Final[Mapping[str, str]] = MappingProxyType(
    {_bare(name): name for name in (*FORCES.values(), *OTHER_FORCES)}
    | {_bare(former.former): former.name for former in FORMER_FORCES if len(_bare(former.former).split()) > 1}
    | {_bare(former.former): former.name for former in FORMER_FORCES if former.what == "renamed"}
    | {other: name for name, others in _OTHER_NAMES.items() for other in others.split("|")}
    | {code.lower(): name for code, name in FORCES.items()}
)
# One word alone ("Northern", "Fife") is no force's name elsewhere; with its style it is.
_BY_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {_words(former.former): former.name for former in FORMER_FORCES}
    | {"transport police": BRITISH_TRANSPORT_POLICE, "the transport police": BRITISH_TRANSPORT_POLICE}
)


def _found(text: str) -> str | None:
    bare = _bare(text)
    if not bare:
        return None
    last, mark, first = text.partition(",")  # lists sorted by place: "Yorkshire, North"
    turned = _BY_BARE_NAME.get(_bare(f"{first} {last}")) if mark else None
    return _BY_BARE_NAME.get(bare) or _BY_WORDS.get(_words(text)) or turned


def force_name(text: str, *, name: str = "force", others: Collection[str] = ()) -> str:
    """Name of a police force as it is used here.

    Parameters
    ----------
    text : str
        A name in any common spelling (a publisher's, Welsh, initials in use, the identifier of police.uk), or a
        police force area code (``E23000010``).
    name : str
        The caller's argument, for the message.
    others : collection of str
        Which of `OTHER_FORCES` may be meant too.

    Raises
    ------
    ParameterError
        No force of England and Wales is meant; the nearest name is suggested.

    Examples
    --------
    >>> force_name("West Yorkshire Police"), force_name("London, City of"), force_name("Avon & Somerset")
    ('West Yorkshire', 'City of London', 'Avon and Somerset')
    >>> force_name("E23000007"), force_name("GMP"), force_name("Heddlu Gogledd Cymru")
    ('Northumbria', 'Greater Manchester', 'North Wales')
    """
    found = _found(str(text))
    if found is None or (found in OTHER_FORCES and found not in others):
        hint = nearest_name(_bare(str(text)), list(FORCES.values())) if found is None else None
        meant = f" Did you mean {hint!r}?" if hint else ""
        raise ParameterError(
            f"`{name}` is {text!r}, which is no territorial police force of England and Wales.{meant} "
            "Give its name or its code (E23… or W15…)."
        )
    return found


def is_force(text: str) -> bool:
    """Whether a text names a force of the United Kingdom, in any spelling.

    Examples
    --------
    >>> is_force("BTP"), is_force("Gotham City Police")
    (True, False)
    """
    return _found(str(text)) not in (None, ENGLAND_AND_WALES)


def force_key(text: str) -> str:
    """Key of a police force, so that all spellings of one force compare equal; any other name keeps its own.

    Parameters
    ----------
    text : str
        As for `force_name`. Names that are no force of the United Kingdom (another country's, a record system, a
        file) become their own words, in lower case and without the style "Police" at the end.

    Returns
    -------
    str
        The identifier of police.uk for its forces. Former names of one force share its key.

    Examples
    --------
    >>> force_key("Northumbria Police") == force_key("northumbria") == force_key("E23000007")
    True
    >>> force_key("Hampshire Constabulary"), force_key("Hampshire and Isle of Wight"), force_key("BTP")
    ('hampshire', 'hampshire', 'btp')
    >>> force_key("Vancouver Police Department")
    'vancouver-police-department'
    """
    found = _found(str(text))
    if found is not None:
        return _KEYS.get(found) or _words(found).replace(" ", "-")
    slug = _words(str(text)).replace(" ", "-")
    while _STYLE.search(slug):
        slug = _STYLE.sub("", slug)
    return slug
