"""Markings: what each asks of those who hold it, and lowering one as a recorded act."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from socharm._about import MARKINGS, About
from socharm._checks import nearest_name
from socharm.errors import ParameterError

__all__ = ["MarkingChange", "handling_instructions", "lower_marking", "require_marking"]

#: One line for the foot of a page.
_HANDLING: Final[Mapping[str, str]] = MappingProxyType(
    {
        "OFFICIAL": "For those who need it for their work. Not for publication unless its owner releases it.",
        "OFFICIAL-SENSITIVE": "Only for named recipients who need it for their work. Do not forward or leave in view.",
        "SECRET": "On accredited systems only, by recipients cleared for SECRET. Do not copy or forward.",
        "TOP SECRET": "On accredited systems only, by recipients cleared for TOP SECRET. Do not copy or forward.",
    }
)
_LEAST_WORDS: Final = 3


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

    before: str
    after: str
    role: str
    reason: str
    on: dt.date

    def as_dict(self) -> dict[str, str]:
        """As plain text, for a register."""
        return {key: str(value) for key, value in dataclasses.asdict(self).items()}


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
    if not role.strip():
        raise ParameterError("`role` is blank. Say which role answers for the lower marking.")
    if len(reason.split()) < _LEAST_WORDS:
        raise ParameterError(f"`reason` is {reason!r}. Say in a sentence why the marking may be lowered.")
    if not isinstance(on, dt.date) or isinstance(on, dt.datetime):
        raise ParameterError(f"`on` is {on!r}; give a date, such as datetime.date(2026, 10, 31).")
    change = MarkingChange(before=about.marking, after=wanted, role=role.strip(), reason=reason.strip(), on=on)
    return dataclasses.replace(about, marking=wanted), change
