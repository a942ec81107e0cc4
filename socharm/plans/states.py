"""The state of a document: draft, reviewed or approved, by which role and on which day."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from socharm._arguments import check_fields
from socharm._constraints import OneOf
from socharm._words import day_words
from socharm.errors import ParameterError, SchemaError
from socharm.io.roles import require_role
from socharm.plans.plan_words import stored_day

__all__ = ["DRAFT", "STATES", "DocumentState", "next_state", "parse_state"]

#: States of a document, in their order.
STATES: Final = ("draft", "reviewed", "approved")
_TEXT: Final = re.compile(
    r"(?P<state>draft|reviewed|approved)(?: by (?P<role>.+?) on (?P<on>\d{4}-\d\d-\d\d|\d{1,2} [a-z]+ \d{4}))?"
    r"(?: \[(?P<seal>[0-9a-f]{8})\])?",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class DocumentState:
    """One state of a document.

    Parameters
    ----------
    state : {"draft", "reviewed", "approved"}
    role : str
        The role that answers for it; never a person's name. Blank for a first draft only.
    on : date, optional
    seal : str
        Short digest of what was reviewed or approved; blank for a draft.

    Examples
    --------
    >>> str(DocumentState(state="reviewed", role="head of community safety", on=dt.date(2026, 3, 1)))
    'reviewed by head of community safety on 1 March 2026'
    """

    state: Annotated[str, OneOf(*STATES)]
    role: str = ""
    on: dt.date | None = None
    seal: str = ""

    def __post_init__(self) -> None:
        check_fields(self)
        if self.role:
            object.__setattr__(self, "role", require_role(self.role))
        if self.state != "draft" and not (self.role and self.on):
            raise ParameterError(f"A document that is {self.state} says by which role and on which day. Name both.")

    def __str__(self) -> str:
        return f"{self.state} by {self.role} on {day_words(self.on)}" if self.role and self.on else self.state


DRAFT: Final = DocumentState(state="draft")


def parse_state(text: str, *, file: str) -> DocumentState:
    """A state as it stands in a file.

    Raises
    ------
    SchemaError
        Not of that form.
    RefusedError
        The role looks like a person.

    Examples
    --------
    >>> parse_state("Approved by chair of the partnership on 2026-04-01", file="plan.csv").role
    'chair of the partnership'
    """
    found = _TEXT.fullmatch(" ".join(text.split()))
    advice = "Write it as 'draft', or as 'reviewed by head of community safety on 1 March 2026'."
    if found is None:
        raise SchemaError(f"{file!r} has the state {text!r}. {advice}")
    try:
        on = dt.date.fromisoformat(stored_day(found["on"])) if found["on"] else None
        return DocumentState(
            state=found["state"].lower(), role=found["role"] or "", on=on, seal=(found["seal"] or "").lower()
        )
    except (ValueError, ParameterError) as error:
        raise SchemaError(f"{file!r} has the state {text!r}: {error} {advice}") from error


def next_state(states: Sequence[DocumentState], new: DocumentState) -> tuple[DocumentState, ...]:
    """The history of a document with one state more.

    Raises
    ------
    ParameterError
        Approved before it was reviewed, or earlier than the state before.
    """
    last = states[-1] if states else DRAFT
    if new.state == "approved" and last.state == "draft":
        raise ParameterError("The document is a draft, and is reviewed before it is approved. Record the review first.")
    if new.on is not None and last.on is not None and new.on < last.on:
        raise ParameterError(f"`on` is {new.on}, before it was {last}. Give the day on which it was done.")
    return (*states, new)
