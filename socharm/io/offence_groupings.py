"""Groups of offences in the tables of the Home Office and of the Metropolitan Police, by Home Office count code."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from socharm.offences import canonical_offence, category_of, offence_key

__all__ = ["GROUPINGS", "grouped_as"]

_HOMICIDE: Final = "1 4.1 4.10 4.2 1/4.1/4.10/4.2"
_WITH_INJURY: Final = "2 4.3 4.7 5D 5E 8N 8P 8S"
_WITHOUT_INJURY: Final = "3A 3B 11A 13 14 36 104 105A 105B 106"
_DRIVING: Final = "4.4 4.6 4.8 4.9 37.1"
_STALKING: Final = "8L 8M 8Q 8R"
_RAPE: Final = "19C 19D 19E 19F 19G 19H 19J 19K"
_OTHER_SEXUAL: Final = "17A 17B 20A 20B 21 22A 22B 23 70 71 72 73 88A 88C 88D 88E"
_DOMESTIC: Final = "28A 28B 28C 28D 28E 28F 28G 28H 29 29A"
_NON_DOMESTIC: Final = "30A 30B 30C 30D 31 31A"
_WEAPONS: Final = "10A 10B 10C 10D 81 90"
_POSSESSION: Final = "92C 92D 92E"
_DAMAGE: Final = "58A 58B 58C 58D 58J"
_OTHER_THEFT: Final = "35 40 41 42 43 47 49 49A"
_MISCELLANEOUS: Final = "15 24 26 27 33 33A 38 54 59 60 61 61A 67 69 76 79 80 83 86 95 96 99 802 814"

#: Subgroups of the Home Office's open data tables, as of 2019/20; fraud is recorded nationally and has no weight.
_HOME_OFFICE: Final = {
    "Homicide": _HOMICIDE,
    "Violence with injury": _WITH_INJURY,
    "Violence without injury": _WITHOUT_INJURY,
    "Death or serious injury - unlawful driving": _DRIVING,
    "Stalking and harassment": _STALKING,
    "Rape offences": _RAPE,
    "Other sexual offences": _OTHER_SEXUAL,
    "Robbery of business property": "34A",
    "Robbery of personal property": "34B",
    "Domestic burglary": _DOMESTIC,
    "Non-domestic burglary": _NON_DOMESTIC,
    "Theft of a motor vehicle": "37.2 48",
    "Theft from a vehicle": "45",
    "Vehicle interference": "126",
    "Theft from the person": "39",
    "Bicycle theft": "44",
    "Shoplifting": "46",
    "Other theft offences": _OTHER_THEFT,
    "Arson": "56A 56B",
    "Criminal damage": _DAMAGE,
    "Trafficking of drugs": "92A",
    "Possession of drugs": _POSSESSION,
    "Possession of weapons offences": _WEAPONS,
    "Public order offences": "9A 9B 62A 66",
    "Miscellaneous crimes": _MISCELLANEOUS,
}

#: Minor groups of the Metropolitan Police's dashboard and ward tables, in the spelling of recent files.
_MPS: Final = {
    "Homicide": _HOMICIDE,
    "Violence with Injury": _WITH_INJURY,
    "Violence without Injury": _WITHOUT_INJURY,
    "Death Serious Injury Illegal Driving": _DRIVING,
    "Stalking and Harassment": _STALKING,
    "Rape": _RAPE,
    "Other Sexual Offences": _OTHER_SEXUAL,
    "Robbery of Business Property": "34A",
    "Robbery of Personal Property": "34B",
    "Burglary - Residential": _DOMESTIC,
    "Burglary Business and Community": _NON_DOMESTIC,
    "Aggravated Vehicle Taking": "37.2",
    "Theft or Unauth Taking of a Motor Veh": "48",
    "Theft from a Vehicle": "45",
    "Interfering with a Motor Vehicle": "126",
    "Theft from the Person": "39",
    "Bicycle Theft": "44",
    "Shoplifting": "46",
    "Other Theft": _OTHER_THEFT,
    "Arson": "56A 56B",
    "Criminal Damage": _DAMAGE,
    "Trafficking of Drugs": "92A",
    "Possession of Drugs": _POSSESSION,
    "Possession of Weapons": _WEAPONS,
    "Other Offences Public Order": "66",
    "Public Fear Alarm or Distress": "9A",
    "Race or Religious Agg Public Fear": "9B",
    "Violent Disorder": "62A",
    "Misc Crimes Against Society": _MISCELLANEOUS,
}


def _by_offence(groups: Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType(
        {offence_key(code): canonical_offence(label) for label, codes in groups.items() for code in codes.split()}
    )


_GROUPS: Final = {"home-office": _by_offence(_HOME_OFFICE), "mps": _by_offence(_MPS)}
#: Groups that weights of single offences are carried to: categories of police.uk first.
GROUPINGS: Final = ("police.uk", *_GROUPS)


def grouped_as(offence: str, target: str) -> str | None:
    """Key of the group of a single offence in one of `GROUPINGS`; None where it is in none.

    Examples
    --------
    >>> grouped_as("ho-34b", "police.uk"), grouped_as("ho-34b", "home-office"), grouped_as("ho-48", "mps")
    ('robbery', 'robbery-of-personal-property', 'theft-or-unauth-taking-of-a-motor-veh')
    >>> grouped_as("theft-of-lead", "mps") is None
    True
    """
    return category_of(offence) if target == "police.uk" else _GROUPS[target].get(offence)
