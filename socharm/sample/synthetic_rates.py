"""How much crime an average force records, of what kind, when, and with what end: figures behind the synthetic force.

Rates are rounded from what police.uk showed for England and Wales in the mid-2020s; the mix of single
offences from the Home Office's police recorded crime tables of 2019/20; weights are the averages of the
ONS Crime Severity Score (2020 release) over those tables. They make the sample
lifelike; nothing is estimated from them.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final, NamedTuple

__all__ = ["KINDS", "LABELS", "OLD_LABELS", "OUTCOMES", "CRIME_RATES", "CrimeRate", "offence_mix"]


class CrimeRate(NamedTuple):
    """One category: incidents per 1,000 residents and year, and how they lean."""

    label: str
    per_thousand: float
    by_deprivation: float  # log rate per standard deviation of deprivation
    by_centre: float  # extra rate in the middle of the city, in multiples
    season: float  # amplitude over the year
    peak: int  # month of the peak
    weight: float  # sentence-days, the average of the category
    offences: str  # Home Office count codes and their shares in thousandths


CRIME_RATES: Final = (
    CrimeRate("Anti-social behaviour", 16.5, 0.34, 3.0, 0.24, 7, 0.0, ""),
    CrimeRate("Bicycle theft", 1.0, 0.00, 6.0, 0.35, 7, 15.2, "44:1000"),
    CrimeRate("Burglary", 4.1, 0.26, 0.8, 0.10, 12, 381.5, "28E:551 30C:258 28F:132 30D:41 29A:9 28G:6 28H:2 31A:1"),
    CrimeRate("Criminal damage and arson", 7.9, 0.34, 2.0, 0.07, 5, 18.5,
            "58C:365 58D:253 58A:248 58B:83 56B:40 56A:7 58J:4"),
    CrimeRate("Drugs", 3.0, 0.42, 4.0, 0.06, 4, 99.0, "92E:620 92A:188 92D:188 92C:4"),
    CrimeRate("Other crime", 2.1, 0.28, 1.5, 0.03, 6, 115.4,
            "59:330 86:253 99:72 79:64 61:51 802:48 69:35 54:34 33:30 38:25 33A:17 80:10 814:9 61A:8 27:4 95:3"),
    CrimeRate("Other theft", 7.2, 0.12, 5.0, 0.06, 7, 51.0, "49:715 49A:134 40:95 35:21 41:17 47:7 42:5 43:4"),
    CrimeRate("Possession of weapons", 0.95, 0.44, 3.0, 0.05, 6, 173.6, "10D:485 10C:326 10B:86 10A:55 81:48"),
    CrimeRate("Public order", 7.4, 0.34, 6.0, 0.12, 7, 17.9, "9A:756 66:141 9B:99 62A:3"),
    CrimeRate("Robbery", 0.95, 0.48, 6.0, 0.06, 11, 799.6, "34B:902 34A:98"),
    CrimeRate("Shoplifting", 8.2, 0.12, 12.0, 0.05, 11, 11.9, "46:1000"),
    CrimeRate("Theft from the person", 1.1, 0.10, 25.0, 0.06, 12, 80.4, "39:1000"),
    CrimeRate("Vehicle crime", 5.6, 0.16, 0.5, 0.06, 10, 53.2, "45:612 48:243 126:134 37.2:11"),
    CrimeRate("Violence and sexual offences", 33.0, 0.38, 3.0, 0.07, 7, 248.0,
            "105A:325 8N:253 8L:119 8R:118 20A:20 19C:20 3B:19 5D:17 8Q:17 11A:12 104:11 22B:8 8S:6 88E:6 20B:5 21:5 "
            "105B:4 106:4 19D:4 88A:3 17A:3 36:3 19E:3 17B:2 8M:2 8P:2 19F:1 19H:1 5E:1"),
)  # fmt: skip

#: Spellings of earlier years that stand in the oldest files.
OLD_LABELS: Final = ("Violence and Sexual Offences", "Violent crime")

#: Category labels by code: today's, then the old spellings.
LABELS: Final = (*(profile.label for profile in CRIME_RATES), *OLD_LABELS)

#: Outcomes by code (0: none), with the share of each among finished cases.
OUTCOMES: Final = MappingProxyType(
    {
        "": 0.0,
        "Investigation complete; no suspect identified": 0.40,
        "Unable to prosecute suspect": 0.34,
        "Court result unavailable": 0.08,
        "Local resolution": 0.04,
        "Offender given a caution": 0.03,
        "Further investigation is not in the public interest": 0.03,
        "Action to be taken by another organisation": 0.03,
        "Awaiting court outcome": 0.03,
        "Status update unavailable": 0.02,
        "Under investigation": 0.0,
    }
)

#: Places that stand for a map point: number in the force, pull on incidents, and the pull on single categories.
KINDS: Final = MappingProxyType(
    {
        "Supermarket": (110, 1.2, {"Shoplifting": 9.0}),
        "Shopping Area": (26, 2.0, {"Shoplifting": 7.0, "Theft from the person": 3.0}),
        "Parking Area": (160, 1.6, {"Vehicle crime": 2.0}),
        "Petrol Station": (60, 1.0, {"Other theft": 6.0}),
        "Nightclub": (14, 3.0, {"Violence and sexual offences": 2.5, "Theft from the person": 4.0}),
        "Police Station": (7, 2.0, {"Drugs": 4.0, "Violence and sexual offences": 2.0}),
        "Hospital": (4, 4.0, {"Violence and sexual offences": 3.0}),
        "Prison": (1, 4.0, {"Drugs": 6.0, "Violence and sexual offences": 3.0}),
        "Further/Higher Educational Building": (9, 1.2, {"Bicycle theft": 6.0}),
        "Park/Open Space": (90, 1.2, {"Anti-social behaviour": 3.0}),
        "Sports/Recreation Area": (80, 1.2, {"Anti-social behaviour": 2.0}),
        "Bus/Coach Station": (8, 2.0, {"Theft from the person": 3.0}),
        "Pedestrian Subway": (30, 1.2, {}),
    }
)


def offence_mix(profile: CrimeRate) -> dict[str, float]:
    """Home Office count codes of a category and their shares, which sum to 1."""
    shares = {code: float(share) for code, share in (item.split(":") for item in profile.offences.split())}
    total = sum(shares.values())
    return {code: share / total for code, share in shares.items()}
