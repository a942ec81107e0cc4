"""How a plan looks as a sheet: headings, widths, colours of the strands, and the options that were not chosen."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

import pandas as pd

from socharm.files.workbook import Sheet, SheetPage
from socharm.plans.library import EVERY_THREAT, STRANDS, plan_options
from socharm.plans.plan_table import ACTION_ID

__all__ = ["BLANK_FOLDED", "COLUMN_OF", "HEADINGS", "LIBRARY", "PLAN_PAGE", "library_sheet"]

#: What stands over the columns of a plan.
HEADINGS: Final[Mapping[str, str]] = {
    ACTION_ID: "Action no.",
    "p": "Strand",
    "threat": "Threat",
    "action": "Action",
    "owner": "Owner (role)",
    "agency": "Agency",
    "power": "Power",
    "phase": "Phase",
    "start": "Start",
    "due": "Due",
    "output": "Output: what partners count",
    "output_unit": "Unit of the output",
    "output_baseline": "Output, baseline",
    "output_target": "Output aimed at",
    "output_note": "Where the output stands",
    "measure": "Outcome",
    "measure_key": "Key of the outcome",
    "unit": "Unit of the outcome",
    "baseline": "Outcome, baseline",
    "baseline_period": "Months of the baseline",
    "target": "Outcome aimed at",
    "target_period": "Months of the target",
    "target_reason": "Why this target, or none",
    "smallest_change": "Smallest fall that could be seen",
    "review": "Review",
    "status": "Status",
    "notes": "Notes",
    "source": "Source",
}
#: Column of each heading, in small letters.
COLUMN_OF: Final[Mapping[str, str]] = {
    **{heading.lower(): name for name, heading in HEADINGS.items()},
    "outcome now": "baseline",  # as earlier versions wrote them
    "output now": "output_baseline",
}
LIBRARY: Final = "Other options"

_COLOURS: Final = {"Prepare": "#E3DDF3", "Prevent": "#D8EBD3", "Protect": "#D3E5F5", "Pursue": "#F9DDD2"}
_PHASES: Final = {"Clear": "#F9DDD2", "Hold": "#D3E5F5", "Build": "#D8EBD3"}
_STATUSES: Final = {"done": "#D8EBD3", "in progress": "#FFF3C9", "stopped": "#E5E5E5"}
#: Columns that partners fill in later: folded as long as no row has anything.
BLANK_FOLDED: Final = ("output_baseline", "output_target")
#: Numbers and dates are never broken: their columns are as wide as the longest, texts are broken between words.
PLAN_PAGE: Final = SheetPage(
    paper="A3",
    letters=11,
    widths={
        ACTION_ID: 10,
        "p": 10,
        "threat": 13,
        "action": 25,
        "owner": 14,
        "agency": 13,
        "power": 18,
        "phase": 8,
        "start": 13.5,
        "due": 13.5,
        "output": 16,
        "output_unit": 12,
        "output_baseline": 10,
        "output_target": 10,
        "output_note": 18,
        "measure": 14,
        "measure_key": 24,
        "unit": 10,
        "baseline": 10,
        "baseline_period": 13,
        "target": 10,
        "target_period": 13,
        "target_reason": 20,
        "smallest_change": 10,
        "review": 13.5,
        "status": 10,
        "notes": 10,
        "source": 24,
    },
    hidden=("power", "measure_key", "source"),
    colours={"p": _COLOURS, "phase": _PHASES, "status": _STATUSES},
)
_LIBRARY_HEADINGS: Final = {
    "option": "Option",
    "p": "Strand",
    "fits": "Fits a threat of this plan",
    "action": "Action",
    "agency": "Agency",
    "role": "Role that could own it",
    "power": "Power",
    "phase": "Phase",
    "output": "What partners would count",
    "source": "Source",
}


def library_sheet(chosen: Collection[str], threats: Collection[str], *, marking: str) -> Sheet:
    """Options of the library that a plan does not take, those first that serve its threats."""
    table = plan_options()
    table = table[~table.index.isin(chosen)]
    fits = pd.Series(
        ["yes" if {EVERY_THREAT, *threats} & set(keys.split()) else "no" for keys in table["threats"]], table.index
    )
    order = {strand: place for place, strand in enumerate(STRANDS)}
    table = table.assign(fits=fits, place=table["p"].map(order))
    table = table.sort_values(["fits", "place"], ascending=[False, True], kind="stable")
    return Sheet(
        name=LIBRARY,
        table=table[[name for name in _LIBRARY_HEADINGS if name in table.columns]],
        notes=[
            f"marking: {marking}",
            "To take one over, copy its row into the plan, and give it an owner and dates. Source names the paragraph "
            "of the guidance that holds it; what none holds is suggested by socharm, under the heading it belongs to.",
        ],
        wrap=True,
        headings=_LIBRARY_HEADINGS,
        page=SheetPage(
            paper="A3",
            widths={
                "option": 9, "p": 9, "fits": 11, "action": 60, "agency": 24, "role": 28, "power": 30, "phase": 8,
                "output": 32, "source": 36,
            },
            colours={"p": _COLOURS},
        ),
    )  # fmt: skip
