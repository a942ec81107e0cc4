"""Which threats the recorded crime of an area shows, and which it cannot show."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import pandas as pd

from socharm._arguments import checked
from socharm._checks import nearest_name
from socharm._columns import AREA, OFFENCE, N
from socharm._constraints import ClosedShare
from socharm._settings import Settings, setting
from socharm._words import number_of
from socharm.documents.words import shortened
from socharm.errors import ParameterError
from socharm.offences import OFFENCE_SETS, category_of, group_of, offence_key, offence_words
from socharm.snapshot.assessment import Assessment, tables_of
from socharm.snapshot.tables import AssessmentTables

__all__ = ["THREATS", "ThreatSettings", "find_threats", "require_area"]

ACQUISITIVE: Final = "acquisitive"

#: Threats of the guidance: key, and what it stands for.
THREATS: Final[Mapping[str, str]] = MappingProxyType(
    {
        ACQUISITIVE: "Organised acquisitive crime",
        "child-sexual-exploitation": "Child sexual exploitation and abuse",
        "counterfeit": "Counterfeit and smuggled goods",
        "county-lines": "County lines and homes taken over",
        "cyber": "Cyber crime",
        "drugs": "Drugs",
        "economic": "Economic crime",
        "firearms": "Firearms and other weapons",
        "serious-violence": "Serious violence",
        "trafficking": "Human trafficking, modern slavery and organised immigration crime",
    }
)

_OF_CATEGORY: Final[Mapping[str, str]] = {
    "drugs": "drugs",
    "possession-of-weapons": "firearms",
    "violence-and-sexual-offences": "serious-violence",
}
#: Categories that hold much more than the threat they speak of, and how that is said.
_WIDER: Final[Mapping[str, str]] = {
    "violence-and-sexual-offences": "; of all violence and sexual offences, common assault among them, because the "
    "source does not tell them apart",
}
_WIDE_NAMES: Final[Mapping[str, str]] = {
    "serious-violence": "Violence and sexual offences (serious violence is not told apart)"
}
_WIDE_OF: Final[Mapping[str, str]] = {_OF_CATEGORY[category]: category for category in _WIDER}
# Home Office codes that say more than their category.
_OF_CODE: Final[Mapping[str, str]] = {
    offence_key(code): threat
    for threat, codes in {"trafficking": "72 106", "child-sexual-exploitation": "71 88A", "economic": "38"}.items()
    for code in codes.split()
}


def require_area(area: str, tables: AssessmentTables) -> None:
    """Stop unless the assessment holds the area; a name instead of a code is told its code."""
    if not isinstance(area, str):
        raise ParameterError(f"`area` is {shortened(area)}; give an area code as text.")
    if area in tables["areas"].index:
        return
    named = tables["areas"].index[tables["areas"]["name"] == area]
    hint = named[0] if len(named) == 1 else nearest_name(area[:100], map(str, tables["areas"].index))
    meant = f" Did you mean {hint!r}?" if hint else ""
    raise ParameterError(
        f"`area` is {shortened(area)}, which is none of the {number_of(len(tables['areas']), 'area')} assessed.{meant}"
    )


def threat_of(offence: str) -> str | None:
    """Threat that an offence speaks of, or None.

    Examples
    --------
    >>> threat_of("drugs"), threat_of("ho-106"), threat_of("ho-8n"), threat_of("shoplifting")
    ('drugs', 'trafficking', None, 'acquisitive')
    """
    if offence in _OF_CODE:
        return _OF_CODE[offence]
    if group_of(offence) == ACQUISITIVE:
        # The group that every other table of an assessment calls so: one word, one set of offences.
        return ACQUISITIVE
    threat = _OF_CATEGORY.get(category_of(offence) or "")
    # Of single violent offences only the grave ones; the category cannot be taken apart.
    return None if threat == "serious-violence" and offence not in OFFENCE_SETS["serious-violence"] else threat


@dataclass(frozen=True, kw_only=True)
class ThreatSettings(Settings):
    """Choices of `find_threats`."""

    minimum_share: ClosedShare = setting(0.1, "share of the area's harm from which a threat counts as found")


@checked
def find_threats(
    assessment: Assessment | AssessmentTables,
    *,
    area: str,
    minimum_share: ClosedShare = 0.1,
    settings: ThreatSettings | Mapping[str, Any] | None = None,
) -> pd.DataFrame:
    """Say which threats recorded crime shows in an area.

    Parameters
    ----------
    assessment : Assessment or AssessmentTables
    area : str
        An area code of the assessment.
    minimum_share : float
        Share of the area's harm from which a threat counts as found.
    settings : ThreatSettings or mapping, optional
        Choices of another search, for what is not stated by keyword.

    Returns
    -------
    DataFrame
        Index ``threat``; ``name`` (that of the category where a source does not tell the threat apart), ``found``,
        ``crimes``, ``harm``, ``share_of_harm``, ``quotient_low_95`` (the largest lower bound of its offences' location
        quotients) and ``evidence`` in words, which name that offence. ``found`` is missing where no counted offence
        speaks of the threat: recorded crime cannot show it, and partners must say.

    Raises
    ------
    ParameterError
        The area is not in the assessment.

    Notes
    -----
    Found: the threat's offences hold `minimum_share` of the area's harm or more, or an offence has a larger share of
    crimes here than in all areas (the location quotient's 95% interval lies above 1). Recorded violence of a police.uk
    category holds common assault too, and recorded drug crime follows police work: both are questions, not findings
    about organised crime. An area without any covered month has no finding.
    """
    least = ThreatSettings.of(settings).minimum_share
    tables = tables_of(assessment)
    require_area(area, tables)
    every = {offence: threat_of(str(offence)) for offence in tables["cells"][OFFENCE].unique()}
    here = tables["cells"][tables["cells"][AREA] == area]
    sums = here.groupby(here[OFFENCE].map(every))[[N, "harm"]].sum(min_count=1)
    table = pd.DataFrame({"name": pd.Series(THREATS, dtype="str")}).rename_axis("threat").join(sums)
    whole = here["harm"].sum(min_count=1)
    table["share_of_harm"] = table["harm"] / (whole if whole > 0 else float("nan"))
    bounds = _quotients(tables, area)
    table["quotient_low_95"] = bounds["low_95"].reindex(table.index)
    large, more = table["share_of_harm"] >= least, table["quotient_low_95"] > 1
    table["found"] = (large | more).astype("boolean").mask(~table.index.isin(here[OFFENCE].map(every).dropna()))
    table["crimes"] = table[N].astype("Int64")
    leading = bounds[OFFENCE].reindex(table.index)
    wide = {threat for offence, threat in every.items() if threat and str(offence) in _WIDER}
    # What the source calls the category: the threat is a part of it that nobody can tell apart.
    table["name"] = [_WIDE_NAMES.get(key, name) if key in wide else name for key, name in table["name"].items()]
    table["evidence"] = [
        _evidence(row, offence) + (_WIDER[_WIDE_OF[key]] if key in wide and pd.notna(row["found"]) else "")
        for key, row, offence in zip(table.index, table.to_dict("records"), leading, strict=True)
    ]
    return table[["name", "found", "crimes", "harm", "share_of_harm", "quotient_low_95", "evidence"]]


def _quotients(tables: AssessmentTables, area: str) -> pd.DataFrame:
    """For each threat the offence with the largest lower bound of its quotient, and that bound."""
    table = tables["location_quotients"]
    if not len(table):
        return pd.DataFrame({OFFENCE: pd.Series(dtype="str"), "low_95": pd.Series(dtype=float)})
    here = table[(table[AREA] == area) & table["low_95"].notna()].sort_values(["low_95", OFFENCE], kind="stable")
    threats = pd.Series(map(threat_of, here[OFFENCE].astype(str)), index=here.index, dtype="object")
    return here.assign(threat=threats).dropna(subset="threat").groupby("threat").last()


def _evidence(row: Mapping[Hashable, Any], offence: str) -> str:
    if pd.isna(row["found"]):
        return "no counted offence speaks of it"
    # Where no crime has harm there is nothing to have a share of.
    share = f", {row['share_of_harm'] * 100:.0f}% of the harm here" if pd.notna(row["share_of_harm"]) else ""
    parts = [f"{number_of(int(row['crimes']), 'crime')}{share}"]
    if float(row["quotient_low_95"]) > 1:
        # one offence may stand above its share everywhere while the threat as a whole stands below
        name = offence_words(offence)
        parts.append(f"{name}: at least {row['quotient_low_95']:.2f} times its share of crimes in all areas together")
    return "; ".join(parts)
