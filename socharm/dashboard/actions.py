"""Clear, Hold and Build of each place: actions of the partners' plan, or of drafts where there is none."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from socharm._columns import AREA
from socharm._words import day_words
from socharm.dashboard.layers import CLOSED, PHASES

__all__ = ["DRAFT_COLUMNS", "Activity", "action_lists", "date_words"]

#: Columns of a draft, beside the code of its area.
DRAFT_COLUMNS: Final = ("phase", "action", "agency")


@dataclass(frozen=True, kw_only=True, eq=False)
class Activity:
    """What partners do or could do: the actions of their plan, or drafts that nobody has agreed."""

    plan: pd.DataFrame | None = None
    drafts: pd.DataFrame | None = None


def action_lists(activity: Activity, facts: pd.DataFrame) -> dict[str, Any]:
    """Actions by phase, each text once, and which of them stand in the plan of which area.

    Actions of a plan that names no area are of all. Drafts are told apart, and are used only without a plan.
    """
    draft = activity.plan is None
    source = activity.drafts if draft else activity.plan
    if source is None:
        return {"draft": True, "actions": []}
    places = {code: number for number, code in enumerate(facts.index)}
    order = {phase: number for number, phase in enumerate(PHASES)}
    rows = source[source["phase"].isin(list(PHASES))]
    rows = rows.assign(_order=rows["phase"].map(order)).sort_values("_order", kind="stable").drop(columns="_order")
    held: dict[tuple[str, ...], list[int]] = {}
    for row in rows.to_dict("records"):
        status = "" if draft else _text(row["status"])
        facts_of = tuple(_text(row.get(name)) for name in ("phase", "action", "agency"))
        due = "" if draft else date_words(_text(row["due"]))
        key = (*facts_of, "" if draft else _text(row["owner"]), due, status)
        held.setdefault(key, [])
        if AREA in source.columns:
            held[key].append(places[row[AREA]])
    return {
        "draft": draft,
        "actions": [
            {
                "phase": phase, "action": action, "agency": agency, "owner": owner, "due": due,
                "open": status not in CLOSED, "areas": areas if AREA in source.columns else None,
            }
            for (phase, action, agency, owner, due, status), areas in held.items()
        ],
    }  # fmt: skip


def date_words(text: str) -> str:
    """A day as people write it; any other text as it is.

    Examples
    --------
    >>> date_words("2026-11-26"), date_words("spring")
    ('26 November 2026', 'spring')
    """
    try:
        return day_words(dt.date.fromisoformat(text))
    except ValueError:
        return text


def _text(value: Any) -> str:
    return "" if value is None or (not isinstance(value, str) and bool(pd.isna(value))) else str(value)
