"""What is known of a profile: the facts that the seven principles and councillors ask for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Annotated, Any, Final

import pandas as pd

from socharm._about import MARKINGS, About
from socharm._arguments import check_fields, checked
from socharm._constraints import CountFrom0, OneOf
from socharm.errors import ParameterError
from socharm.plans.dates import month_end
from socharm.plans.library import agency_sectors
from socharm.snapshot.assessment import Assessment, about_of, tables_of
from socharm.snapshot.tables import AssessmentTables

__all__ = ["CORE_SECTORS", "SECTORS", "ProfileFacts", "stated_sectors"]

#: Sectors whose data the guidance names first: a profile without one of them is not based on wide data.
CORE_SECTORS: Final = ("police", "health", "education", "local authority")
#: Every sector that data can come from.
SECTORS: Final = (
    *CORE_SECTORS,
    "socio-economic",
    "housing",
    "social care",
    "fire and rescue",
    "prisons and probation",
    "immigration",
    "national agencies",
    "voluntary sector",
    "business",
    "trade unions",
    "academia",
)


@dataclass(frozen=True, kw_only=True)
class ProfileFacts:
    """Facts about a profile. None: not known. Blank text, or nothing in a tuple: known to be lacking.

    Parameters
    ----------
    words : int, optional
        Length of the profile.
    sectors : tuple of str, optional
        Sectors whose data the profile uses; of `SECTORS`.
    marking : str, optional
        Its classification.
    marking_reason : str
        Why it is marked above OFFICIAL, where it is.
    owner : str, optional
        The partnership that owns the profile.
    lead : str, optional
        The agency that keeps it up to date.
    data_sharing : str, optional
        The basis on which partners share data, such as an information sharing agreement and its date.
    refreshed, scored, next_review : date, optional
        When the whole profile was last refreshed, when the score was last made, and when the next review is.
    visuals : tuple of str, optional
        Pictures in it: maps, charts, infographics.

    Raises
    ------
    ParameterError
        An unknown sector or marking, a text where a list was meant, a date that is none, or a length below 0.

    Examples
    --------
    >>> ProfileFacts(sectors=("police", "health"), owner="Community safety partnership").lead is None
    True
    """

    words: CountFrom0 | None = None
    sectors: tuple[Annotated[str, OneOf(*SECTORS)], ...] | None = None
    marking: Annotated[str, OneOf(*MARKINGS)] | None = None
    marking_reason: str = ""
    owner: str | None = None
    lead: str | None = None
    data_sharing: str | None = None
    refreshed: dt.date | None = None
    scored: dt.date | None = None
    next_review: dt.date | None = None
    visuals: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        check_fields(self)

    @classmethod
    @checked
    def from_assessment(
        cls,
        assessment: Assessment | AssessmentTables,
        *,
        about: About | None = None,
        providers: Mapping[str, str] | None = None,
        **known: Any,
    ) -> ProfileFacts:
        """Facts that an assessment tells, with others that are known.

        Parameters
        ----------
        assessment : Assessment or AssessmentTables
        about : About, optional
            That of `assessment` by default.
        providers : mapping of str to str, optional
            Sector of each provider of partner measures, where its name is no known agency.
        **known
            Any field of `ProfileFacts`; these go before what the assessment tells.

        Returns
        -------
        ProfileFacts
            ``sectors`` (police; socio-economic where deprivation was laid over; those of the providers), ``marking``
            and ``scored`` (the last day of the assessment's period).

        Raises
        ------
        ParameterError
            A provider whose sector is not known, or an unknown field.
        """
        unknown = set(known) - {entry.name for entry in fields(cls)}
        if unknown:
            raise ParameterError(f"{sorted(unknown)} are no facts of a profile; see `ProfileFacts`.")
        said = about_of(assessment) if about is None else about
        told: dict[str, Any] = {"sectors": _sectors(tables_of(assessment), providers or {})}
        if said is not None:
            told["marking"] = said.marking
            if said.period is not None:
                told["scored"] = month_end(said.period.end)
        return cls(**{**told, **known})


def _sectors(tables: AssessmentTables, providers: Mapping[str, str]) -> tuple[str, ...]:
    found = {"police"} if len(tables["counts"]) else set()
    if len(tables["overlay"]):
        found.add("socio-economic")
    dictionary = tables["indicator_dictionary"]
    known = {**agency_sectors(), **stated_sectors(dictionary), **providers}
    for provider in dictionary["provider"].unique() if len(dictionary) else ():
        if provider not in known:
            raise ParameterError(
                f"The sector of the provider {provider!r} is not known. Give `providers={{{provider!r}: 'health'}}`, "
                f'or state it in the dictionary of its measures, sector = "health", with one of {list(SECTORS)}.'
            )
        found.add(known[provider])
    return tuple(sector for sector in SECTORS if sector in found)


def stated_sectors(dictionary: pd.DataFrame) -> dict[str, str]:
    """Sector of each provider, where the dictionary of its measures states one that there is."""
    if not len(dictionary) or "sector" not in dictionary.columns:
        return {}
    stated = dictionary[dictionary["sector"].isin(SECTORS)]
    return dict(zip(stated["provider"].astype(str), stated["sector"].astype(str), strict=True))
