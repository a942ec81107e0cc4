"""Markings: what each asks of those who hold it, and lowering one as a recorded act."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Final

from socharm._about import MARKINGS, About
from socharm._arguments import check_fields, checked
from socharm._checks import nearest_name
from socharm._constraints import OneOf
from socharm.errors import ParameterError
from socharm.io.roles import require_role

__all__ = [
    "MarkingChange",
    "handling_instructions",
    "handling_rules",
    "lower_marking",
    "recorded_change",
    "require_marking",
]

#: One line for the foot of a page.
_HANDLING: Final[Mapping[str, str]] = MappingProxyType(
    {
        "OFFICIAL": "For those who need it for their work. Not for publication unless its owner releases it.",
        "OFFICIAL-SENSITIVE": "Only for named recipients who need it for their work. Do not forward or leave in view.",
        "SECRET": "On accredited systems only, by recipients cleared for SECRET. Do not copy or forward.",
        "TOP SECRET": "On accredited systems only, by recipients cleared for TOP SECRET. Do not copy or forward.",
    }
)
_SENSITIVE: Final = (
    "Limit it to named recipients, and say who they are; the marking stands on each page, sheet and picture.",
    "Send it by approved systems only, encrypted outside them; do not forward it without its owner's consent.",
    "Do not read it where others can see it; print only what you need, collect it at once, shred it after use.",
    "Ask its owner before any part of it goes into another document; that document carries at least this marking.",
    "Do not publish it. A lower marking needs its owner's recorded decision.",
)
_CLEARED: Final = (
    "Only for people cleared for this tier who need to know it.",
    "Keep, send and print it only on systems and in rooms accredited for this tier; never by ordinary e-mail.",
    "Register each copy and its movements; destroy copies by the approved method and record it.",
    "Ordinary workstations, and this software on them, are not accredited for this tier: move the work to ones that "
    "are.",
)
_RULES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "OFFICIAL": (
            "Share it with those who need it for their work, in your own organisation and in partner organisations.",
            "Keep it on systems that your organisation approves for its work, behind a password or a locked door.",
            "Check who receives it before you send it; tell your security team if it goes astray.",
            "Do not publish it: only its owner releases it, after a disclosure check.",
        ),
        "OFFICIAL-SENSITIVE": _SENSITIVE,
        "SECRET": _CLEARED,
        "TOP SECRET": (*_CLEARED, "Enter each reader on the access list before they see it."),
    }
)
_LEAST_WORDS: Final = 3
_LONGEST_LABEL: Final = 60
_LABEL: Final = re.compile(r"[A-Z0-9][A-Z0-9 ,&'()/-]*")


@checked
def require_marking(marking: str) -> str:
    """A marking in its one spelling, or an error that names the nearest.

    Parameters
    ----------
    marking : str
        In any case.

    Returns
    -------
    str

    Raises
    ------
    ParameterError
        No such marking.

    Examples
    --------
    >>> require_marking("official-sensitive")
    'OFFICIAL-SENSITIVE'
    """
    text = " ".join(str(marking).upper().split())
    if text not in MARKINGS:
        hint = nearest_name(text, MARKINGS)
        meant = f" Did you mean {hint!r}?" if hint else ""
        raise ParameterError(f"`marking` is {marking!r}; it must be one of {list(MARKINGS)}.{meant}")
    return text


@checked
def handling_instructions(marking: str) -> str:
    """How something so marked may be handled, in one line; a force's own rules go before it.

    Parameters
    ----------
    marking : str

    Returns
    -------
    str

    Raises
    ------
    ParameterError
        No such marking.

    References
    ----------
    Cabinet Office, Government Security Classifications Policy (2024); in our own words.

    Examples
    --------
    >>> handling_instructions("OFFICIAL")
    'For those who need it for their work. Not for publication unless its owner releases it.'
    """
    return _HANDLING[require_marking(marking)]


@checked
def handling_rules(marking: str, *, descriptor: str = "", caveats: Sequence[str] = ()) -> tuple[str, ...]:
    """How something so marked may be handled, a sentence for each rule.

    Parameters
    ----------
    marking : str
    descriptor : str
        What kind of material it is, in capitals, as your organisation's list has it: ``"PERSONAL DATA"``.
    caveats : sequence of str
        Further limits, in capitals: ``"RECIPIENTS ONLY"``. They need more than plain OFFICIAL.

    Returns
    -------
    tuple of str
        The rules of your own organisation go before these.

    Raises
    ------
    ParameterError
        No such marking; a descriptor or caveat that is not one short line in capitals; a caveat on plain OFFICIAL.

    Notes
    -----
    OFFICIAL-SENSITIVE is a marking inside the OFFICIAL tier; it stands between OFFICIAL and SECRET here because it
    limits who may see the material.

    References
    ----------
    Cabinet Office, Government Security Classifications Policy, updated 5 August 2024; in our own words.

    Examples
    --------
    >>> handling_rules("OFFICIAL-SENSITIVE", caveats=["RECIPIENTS ONLY"])[-1]
    'RECIPIENTS ONLY: keep to this limit; ask the owner if unsure.'
    """
    tier = require_marking(marking)
    if isinstance(caveats, str):
        raise ParameterError(f"`caveats` is the text {caveats!r}; give a list, such as [{caveats!r}].")
    for name, text in [("descriptor", descriptor), *(("caveats", caveat) for caveat in caveats)]:
        if text != "" and not (isinstance(text, str) and len(text) <= _LONGEST_LABEL and _LABEL.fullmatch(text)):
            raise ParameterError(
                f"`{name}` holds {text!r}; write one line in capitals, at most {_LONGEST_LABEL} letters, such as "
                "'RECIPIENTS ONLY'."
            )
    if caveats and tier == MARKINGS[0]:
        raise ParameterError(
            f"`caveats` are {list(caveats)} on plain OFFICIAL, which anybody may see who needs it. Mark it "
            "'OFFICIAL-SENSITIVE' to limit who sees it."
        )
    told = (f"It holds {descriptor}: the rules for that kind of material apply too.",) if descriptor else ()
    return (*_RULES[tier], *told, *(f"{caveat}: keep to this limit; ask the owner if unsure." for caveat in caveats))


@dataclass(frozen=True, kw_only=True)
class MarkingChange:
    """The record of a lowered marking.

    Parameters
    ----------
    before, after : str
        Markings.
    role : str
        The role that answers for it, such as ``"information asset owner"``; not a person's name.
    reason : str
    on : date
    """

    before: Annotated[str, OneOf(*MARKINGS)]
    after: Annotated[str, OneOf(*MARKINGS)]
    role: str
    reason: str
    on: dt.date

    def __post_init__(self) -> None:
        check_fields(self)

    def as_dict(self) -> dict[str, str]:
        """As plain text, for a register."""
        return {key: str(value) for key, value in dataclasses.asdict(self).items()}


def recorded_change(told: Mapping[str, str]) -> MarkingChange:
    """A change from what `MarkingChange.as_dict` gave."""
    said = {name: told[name] for name in ("before", "after", "role", "reason")}
    return MarkingChange(**said, on=dt.date.fromisoformat(told["on"]))


@checked
def lower_marking(about: About, *, to: str, role: str, reason: str, on: dt.date) -> tuple[About, MarkingChange]:
    """Lower a marking: never by itself, always with who answers for it and why.

    Parameters
    ----------
    about : About
    to : str
        The lower marking.
    role : str
        The role that answers for it.
    reason : str
        Why, in at least three words.
    on : date

    Returns
    -------
    About
        With the lower marking.
    MarkingChange
        To be kept with what is released; `register_release` takes it.

    Raises
    ------
    ParameterError
        Not lower than it is, no role, no reason, or no date.
    RefusedError
        The role looks like a person.

    Examples
    --------
    >>> about = About(marking="OFFICIAL-SENSITIVE")
    >>> lowered, change = lower_marking(about, to="OFFICIAL", role="information asset owner",
    ...     reason="disclosure control was applied", on=dt.date(2026, 1, 5))
    >>> lowered.marking, change.before
    ('OFFICIAL', 'OFFICIAL-SENSITIVE')
    """
    wanted = require_marking(to)
    if MARKINGS.index(wanted) >= MARKINGS.index(about.marking):
        raise ParameterError(
            f"`to` is {wanted!r}, which is not below {about.marking!r}. Raising one needs no act: combine the sources."
        )
    require_role(role)
    if not isinstance(reason, str) or len(reason.split()) < _LEAST_WORDS:
        raise ParameterError(f"`reason` is {reason!r}. Say in a sentence why the marking may be lowered.")
    if not isinstance(on, dt.date) or isinstance(on, dt.datetime):
        raise ParameterError(f"`on` is {on!r}; give a date, such as datetime.date(2026, 10, 31).")
    change = MarkingChange(before=about.marking, after=wanted, role=role.strip(), reason=reason.strip(), on=on)
    return dataclasses.replace(about, marking=wanted), change
