"""The 43 territorial police forces of England and Wales: one name and code each, whatever the spelling."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from socharm._checks import nearest_name
from socharm.errors import ParameterError

__all__ = ["ENGLAND_AND_WALES", "FORCES", "force_code", "force_name"]

#: The whole of England and Wales, British Transport Police included.
ENGLAND_AND_WALES: Final = "England and Wales"

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

# Words that come and go around a force's name.
_NOISE: Final = re.compile(r"\b(police|constabulary|service|force|the|area|heddlu)\b")
_OTHER_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "london city of": "City of London",
        "metropolitan": "Metropolitan Police",
        "met": "Metropolitan Police",
        "mps": "Metropolitan Police",
        "hampshire and isle of wight": "Hampshire",
        "hampshire and the isle of wight": "Hampshire",
        "devon and cornwall and the isles of scilly": "Devon and Cornwall",
        "gmp": "Greater Manchester",
        "england and wales": ENGLAND_AND_WALES,
    }
)


def _bare(text: str) -> str:
    words = re.sub(r"[^a-z0-9]+", " ", text.lower().replace("&", " and "))
    return " ".join(_NOISE.sub(" ", words).split())


_BY_BARE_NAME: Final[Mapping[str, str]] = MappingProxyType(
    {_bare(name): name for name in FORCES.values()}
    | {_bare(other): name for other, name in _OTHER_NAMES.items()}
    | {code.lower(): name for code, name in FORCES.items()}
)


def force_name(text: str, *, name: str = "force") -> str:
    """Name of a police force as it is used here.

    Parameters
    ----------
    text : str
        A name in any common spelling, or a police force area code (``E23000010``).
    name : str
        The caller's argument, for the message.

    Raises
    ------
    ParameterError
        No force of England and Wales is meant; the nearest name is suggested.

    Examples
    --------
    >>> force_name("West Yorkshire Police"), force_name("London, City of"), force_name("Avon & Somerset")
    ('West Yorkshire', 'City of London', 'Avon and Somerset')
    >>> force_name("E23000007")
    'Northumbria'
    """
    found = _BY_BARE_NAME.get(_bare(str(text)))
    if found is None:
        hint = nearest_name(_bare(str(text)), list(FORCES.values()))
        meant = f" Did you mean {hint!r}?" if hint else ""
        raise ParameterError(
            f"`{name}` is {text!r}, which is no territorial police force of England and Wales.{meant} "
            "Give its name or its code (E23… or W15…)."
        )
    return found


def force_code(text: str) -> str:
    """Police force area code of a force.

    Examples
    --------
    >>> force_code("Northumbria Police")
    'E23000007'
    """
    wanted = force_name(text)
    codes = {name: code for code, name in FORCES.items()}
    if wanted not in codes:
        raise ParameterError(f"`force` is {text!r}, which is not one police force area. Name one of the 43.")
    return codes[wanted]
