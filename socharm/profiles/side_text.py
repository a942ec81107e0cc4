"""What people write into a profile: one small TOML file for each area, which is read and never rewritten."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Final, Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError

from socharm._about import MARKINGS
from socharm._arguments import check_fields, checked
from socharm._checks import nearest_name
from socharm._words import day_words, number_of
from socharm.documents.arguments import require_path
from socharm.documents.words import clean_text
from socharm.errors import RefusedError, SchemaError
from socharm.files.plain import read_toml
from socharm.files.toml_faults import as_one_fault, faults_text, place_told, unknown_key, value_told
from socharm.io._safety import safe_path
from socharm.io.roles import why_person
from socharm.plans.threats import THREATS

__all__ = ["BLOCKS", "Front", "KnownThreat", "ProfileText", "Survey", "Theme", "read_profile_text"]

_STRICT: Final = ConfigDict(extra="forbid", strict=True)

#: Named blocks of human text, in the order in which a profile prints them.
BLOCKS: Final = ("headline", "harm", "threats", "context", "gaps", "recommendations", "plan")


@dataclass(frozen=True, kw_only=True)
class Front:
    """``[front]``: status and governance. Blank: not known.

    Names of roles and bodies, never of persons: "Detective Inspector, SOC team". A status beyond draft says by which
    role and on which day: `reviewer` and `reviewed_on`, `approver` and `approved_on`.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    status: Literal["draft", "reviewed", "approved"] = "draft"
    author: str = ""
    reviewer: str = ""
    reviewed_on: dt.date | None = None
    approver: str = ""
    approved_on: dt.date | None = None
    owner: str = ""
    lead: str = ""
    distribution: str = ""
    retention: str = ""
    data_sharing: str = ""
    impact_assessment: str = ""
    marking: str = ""
    marking_reason: str = ""
    refreshed: dt.date | None = None
    next_review: dt.date | None = None

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def state(self) -> str:
        """The status with the role and the day, such as ``"approved by chief superintendent on 1 March 2026"``."""
        role, on = {
            "draft": ("", None),
            "reviewed": (self.reviewer, self.reviewed_on),
            "approved": (self.approver, self.approved_on),
        }[self.status]
        return f"{self.status} by {clean_text(role)} on {day_words(on)}" if role.strip() and on else self.status


@dataclass(frozen=True, kw_only=True)
class Survey:
    """``[[surveys]]``: of those asked here, how many said so; and in the wider district, where it was asked there.

    Parameters
    ----------
    question : str
        What those counted said, such as ``"satisfied with policing in the area"``.
    yes, asked : int
        How many said so, of how many asked; a survey that asked nobody is refused.
    period, provider : str
    wider : str
        What the wider district is called; it goes with the next two.
    wider_yes, wider_asked : int, optional
        The same there.
    wider_includes_place : bool
        Whether those two count the people asked here too; they are then taken out before comparing.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    question: str
    yes: int
    asked: int
    period: str
    provider: str
    wider: str = ""
    wider_yes: int | None = None
    wider_asked: int | None = None
    wider_includes_place: bool = False

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True, kw_only=True)
class Theme:
    """``[[themes]]``: a summary of what people said, with who gathered it and when.

    Parameters
    ----------
    text, provider, period : str
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    text: str
    provider: str
    period: str

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True, kw_only=True)
class KnownThreat:
    """``[[threats]]``: what partners know of a threat: mapped groups (a count, never names) and a MoRiLE score.

    Parameters
    ----------
    threat : str
        A key of `find_threats`.
    provider, period : str
    ocgs : int, optional
        Number of mapped groups.
    morile : float, optional
        Score of the management of risk in law enforcement.
    present : bool, optional
        Whether partners say it is here; None where they have not said.
    note : str
        A few words, about places only.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    threat: str
    provider: str
    period: str
    ocgs: int | None = None
    morile: float | None = None
    present: bool | None = None
    note: str = ""

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True, kw_only=True)
class ProfileText:
    """All that people wrote for one profile.

    Parameters
    ----------
    front : Front
    blocks : mapping of str to str
        Text by `BLOCKS`; a blank line parts paragraphs. Printed as it stands, never as markup.
    recommendations : mapping of str to str
        Wording of one's own by the rule's id; blank strikes the recommendation.
    own_recommendations : tuple of str
    surveys : tuple of Survey
    themes : tuple of Theme
    threats : tuple of KnownThreat
    """

    __made_by__ = ("read_profile_text",)

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    front: Front = field(default_factory=Front)
    blocks: Mapping[str, str] = field(default_factory=dict)
    recommendations: Mapping[str, str] = field(default_factory=dict)
    own_recommendations: tuple[str, ...] = ()
    surveys: tuple[Survey, ...] = ()
    themes: tuple[Theme, ...] = ()
    threats: tuple[KnownThreat, ...] = ()

    def __post_init__(self) -> None:
        check_fields(self)
        faults = [*_block_faults(self.blocks), *_front_faults(self.front), *_twice(self.threats)]
        faults += [f for number, theme in enumerate(self.themes) for f in _blank(f"themes.{number + 1}", theme)]
        faults += [fault for number, survey in enumerate(self.surveys) for fault in _survey_faults(number, survey)]
        faults += [fault for number, known in enumerate(self.threats) for fault in _threat_faults(number, known)]
        if faults:
            raise SchemaError(
                f"The text of the profile has {number_of(len(faults), 'fault')}:\n  " + "\n  ".join(faults)
            )


_ADAPTER: Final[TypeAdapter[ProfileText]] = TypeAdapter(ProfileText)
#: Largest file of text, in bytes: some hundred pages.
_LARGEST: Final = 2_000_000


@checked
def read_profile_text(path: str | os.PathLike[str]) -> ProfileText:
    """Read what people wrote for a profile.

    Parameters
    ----------
    path : str or path
        A TOML file that `start_profile_text` began. It is never written to again.

    Returns
    -------
    ProfileText

    Raises
    ------
    SchemaError
        Not TOML, unknown keys or blocks, a survey that asked nobody, an unknown threat or marking: all at once.
    ParameterError
        There is no such file.
    RefusedError
        The file is larger than 2 MB, or no local file.
    """
    found = safe_path(require_path(path, name="text"), kinds=("toml",), name="text")
    size = found.stat().st_size
    if size > _LARGEST:
        raise RefusedError(
            f"{found.name!r} holds {size / 1e6:.1f} MB, and a profile's text at most {_LARGEST / 1e6:.0f} MB. "
            "Shorten it."
        )
    return parse_profile_text(read_toml(found), name=found.name)


def parse_profile_text(values: Mapping[str, Any], *, name: str = "text") -> ProfileText:
    """The text of a profile from plain values; faults are told with the file's name."""
    try:
        return _ADAPTER.validate_json(json.dumps(dict(values), default=str))
    except ValidationError as error:
        items: list[dict[str, Any]] = [dict(item) for item in error.errors()]
        whole = [item["ctx"]["error"] for item in items if item["type"] == "value_error" and not item["loc"]]
        if whole:
            raise SchemaError(f"{name!r}: {whole[0]}") from error
        raise SchemaError(faults_text(name, [_fault(item) for item in as_one_fault(items)])) from error


def _fault(item: Mapping[str, Any]) -> str:
    where = [str(part) for part in item["loc"]]
    place = place_told(where)
    if item["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
        kinds = {"front": Front, "surveys": Survey, "themes": Theme, "threats": KnownThreat}
        kind = kinds.get(where[0], ProfileText) if len(where) > 1 else ProfileText
        return unknown_key(where, [entry.name for entry in fields(kind)])
    if item["type"] == "value_error":
        counted = [p + 1 if isinstance(p, int) else p for p in item["loc"]]
        return f"{place_told(counted)}: {item['ctx']['error']}"
    if item["type"] in ("missing", "missing_argument"):
        return f"{place}: missing. Add it."
    return f"{place}: {item['msg']}; found {value_told(item['input'])}."


def _twice(threats: Sequence[KnownThreat]) -> list[str]:
    """A threat has one line in a profile: a second entry would vanish."""
    names = [known.threat for known in threats]
    return [
        f"threats.{number + 1}.threat: {name!r} stands more than once. Put what partners know of it into one entry."
        for number, name in enumerate(names)
        if name in names[:number]
    ]


def _blank(place: str, part: Survey | Theme | KnownThreat) -> list[str]:
    """Words that a reader needs and that are blank: a number without its source is worth nothing."""
    needed = [name for name in ("question", "text", "provider", "period") if hasattr(part, name)]
    return [f"{place}.{name}: blank. Say it." for name in needed if not clean_text(getattr(part, name))]


def _block_faults(blocks: Mapping[str, str]) -> list[str]:
    faults = []
    for block in blocks:
        if block not in BLOCKS:
            hint = nearest_name(block, BLOCKS)
            faults.append(
                f"blocks.{block}: no such block; there are {list(BLOCKS)}."
                + (f" Did you mean {hint!r}?" if hint else "")
            )
    return faults


def _front_faults(front: Front) -> list[str]:
    faults = []
    if front.marking and front.marking not in MARKINGS:
        hint = nearest_name(front.marking, MARKINGS)
        meant = f" Did you mean {hint!r}?" if hint else ""
        faults.append(f"front.marking: {front.marking!r} is none of {list(MARKINGS)}.{meant}")
    done: dict[str, tuple[tuple[str, str], tuple[str, dt.date | None]]] = {
        "reviewed": (("reviewer", front.reviewer), ("reviewed_on", front.reviewed_on)),
        "approved": (("approver", front.approver), ("approved_on", front.approved_on)),
    }
    if front.status in done:
        (by, role), (day, on) = done[front.status]
        if not role.strip():
            faults.append(f"front.{by}: blank, and the status is {front.status!r}. Say which role {front.status} it.")
        if on is None:
            faults.append(f"front.{day}: missing, and the status is {front.status!r}. Give the day, as 2026-10-31.")
    for label, role in (("author", front.author), ("reviewer", front.reviewer), ("approver", front.approver)):
        if why := why_person(role):
            faults.append(f"front.{label}: looks like a person ({why}). Name the role; persons are not stored.")
    return faults


def _survey_faults(number: int, survey: Survey) -> list[str]:
    place = f"surveys.{number + 1}"
    faults = []
    faults += _blank(place, survey)
    if survey.asked < 1:
        faults.append(f"{place}.asked: {survey.asked}; a survey that asked nobody says nothing. Leave it out.")
    elif not 0 <= survey.yes <= survey.asked:
        faults.append(f"{place}.yes: {survey.yes} of {survey.asked} asked; it must lie between 0 and {survey.asked}.")
    wider = (survey.wider_yes, survey.wider_asked)
    if any(value is not None for value in wider):
        if None in wider or not survey.wider.strip():
            faults.append(f"{place}: `wider`, `wider_yes` and `wider_asked` go together.")
        elif int(wider[1] or 0) < 1:
            faults.append(f"{place}.wider_asked: {wider[1]}; leave the three wider keys out where nobody was asked.")
        elif not 0 <= int(wider[0] or 0) <= int(wider[1] or 0):
            faults.append(f"{place}.wider_yes: {wider[0]} of {wider[1]} asked.")
    return faults


def _threat_faults(number: int, known: KnownThreat) -> list[str]:
    place, faults = f"threats.{number + 1}", []
    if known.threat not in THREATS:
        hint = nearest_name(known.threat, THREATS)
        meant = f" Did you mean {hint!r}?" if hint else ""
        faults.append(f"{place}.threat: {known.threat!r} is none of {list(THREATS)}.{meant}")
    if known.ocgs is not None and known.ocgs < 0:
        faults.append(f"{place}.ocgs: {known.ocgs}; a count is 0 or more.")
    if known.morile is not None and not 0 <= known.morile < float("inf"):
        faults.append(f"{place}.morile: {known.morile}; a score is 0 or more.")
    if known.present is False and known.ocgs:
        faults.append(
            f"{place}: {number_of(known.ocgs, 'group is', 'groups are')} mapped, and `present` is false. Correct one "
            "of the two."
        )
    faults += _blank(place, known)
    return faults
