"""When the actions of a plan are done: Clear, Hold and Build one after the other, each with due dates of its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

from socharm._checks import require_choice
from socharm.documents.arguments import require_kind_of
from socharm.documents.words import shortened
from socharm.errors import ParameterError
from socharm.plans.dates import require_day
from socharm.plans.plan_table import PHASES

__all__ = ["Span", "action_dates", "phase_spans", "plan_order", "stated_phases"]

#: First and last day.
Span = tuple[dt.date, dt.date]

#: Share of the plan's time in which what has no phase is done: preparing comes first.
_PREPARING: Final = 1 / 6


def phase_spans(first: dt.date, last: dt.date, stated: Mapping[str, Span], *, prepares: bool = True) -> dict[str, Span]:
    """First and last day of each phase, and of what prepares them and has none (``""``).

    What prepares ends the day before the first phase begins, or with that day where there is no earlier one.

    Parameters
    ----------
    first, last : date
        Of the plan.
    stated : mapping of str to (date, date)
        Phases whose days were given.
    prepares : bool
        Whether the plan has anything that prepares; Clear begins with the plan otherwise.

    Examples
    --------
    >>> spans = phase_spans(dt.date(2026, 1, 1), dt.date(2027, 1, 1), {})
    >>> [str(day) for day in (*spans[""], *spans["Clear"], *spans["Hold"])]
    ['2026-01-01', '2026-03-03', '2026-03-04', '2026-05-03', '2026-05-04', '2026-09-01']
    """
    ends = [_between(first, last, number / len(PHASES)) for number in range(len(PHASES) + 1)]
    ready = _between(first, last, _PREPARING) if prepares else first
    begins = [ready + dt.timedelta(days=1) if prepares else first, *(end + dt.timedelta(days=1) for end in ends[1:-1])]
    # A plan of a few days has no room for three phases one after the other.
    spans = {phase: (min(begin, end), end) for phase, begin, end in zip(PHASES, begins, ends[1:], strict=True)}
    spans = {**spans, **stated}
    earliest = min(begin for begin, _ in spans.values())
    return {"": (first, max(first, min(ready, earliest - dt.timedelta(days=1)))), **spans}


def _between(first: dt.date, last: dt.date, share: float) -> dt.date:
    return first + dt.timedelta(days=round((last - first).days * share))


def action_dates(phases: Sequence[str], spans: Mapping[str, Span]) -> dict[str, list[dt.date]]:
    """Start and due date of each action: those of one phase are due one after the other, the last at its end."""
    start, due = [], []
    for place, phase in enumerate(phases):
        begin, end = spans[phase]
        before = sum(other == phase for other in phases[: place + 1])
        start.append(begin)
        due.append(_between(begin, end, before / sum(other == phase for other in phases)))
    return {"start": start, "due": due}


def plan_order(phases: Sequence[str]) -> list[int]:
    """Places of the actions in the order of a plan: what has no phase, then Clear, Hold and Build."""
    order = ("", *PHASES)
    return sorted(range(len(phases)), key=lambda place: order.index(phases[place]))


def stated_phases(phases: Any) -> dict[str, Span]:
    """First and last day of the phases that were given.

    Raises
    ------
    ParameterError
        An unknown phase, or one that ends before it begins.
    """
    spans = {}
    if phases is not None:
        require_kind_of(phases, Mapping, name="phases", advice="give first and last day by phase")
    for phase, pair in (phases or {}).items():
        require_choice(phase, PHASES, name="phases")
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise ParameterError(f"`phases` has {shortened(pair)} for {phase}; give its first and its last day.")
        first, last = pair
        spans[phase] = (require_day(first, "phases"), require_day(last, "phases"))
        if spans[phase][1] < spans[phase][0]:
            raise ParameterError(f"`phases` ends {phase} ({last}) before it begins ({first}). Swap the two.")
    return spans
