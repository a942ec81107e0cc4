"""The plan and the seven principles as sections of a profile."""

from __future__ import annotations

import datetime as dt
import re
import string
from typing import Final

import pandas as pd

from socharm._words import day_words, joined_words, number_of, span_words
from socharm.documents.document import PrintedTable, Section
from socharm.plans.baseline_age import old_baselines
from socharm.plans.library import STRANDS
from socharm.plans.plan import Plan
from socharm.plans.plan_table import PHASES
from socharm.plans.principles import PrincipleCheck, PrincipleSettings
from socharm.plans.progress import NOT_JUDGED, STANDINGS
from socharm.profiles.content import Material

__all__ = ["plan_section", "principles_section"]

_OF_EACH: Final = 3
_PLACES: Final = {phase: place for place, phase in enumerate(PHASES)}
_MONTHS: Final = re.compile(r"\d{4}-(0[1-9]|1[0-2])( to \d{4}-(0[1-9]|1[0-2]))?")
#: How the reason begins where a plan has no target.
_NONE: Final = "none: "
_NO_OWNER: Final = "owner not named"
#: How the note of an output begins that nobody counts yet, which its column says already.
_UNCOUNTED: Final = "not counted yet: "


def plan_section(material: Material, plan: Plan, *, on: dt.date) -> Section:
    """The first actions of each strand from Clear to Build, the phases, and what is overdue."""
    live = plan.table[plan.table["status"] != "stopped"]
    shown = pd.concat([_first(live[live["p"] == strand]) for strand in STRANDS]) if len(live) else live
    # In the order in which they are done; what has no phase prepares them.
    shown = shown.sort_values("phase", key=lambda names: names.map(_PLACES).fillna(-1), kind="stable")
    spans = {_when(row) for _, row in shown.iterrows() if pd.notna(row["baseline"])}
    # Months that are those of every baseline stand once, in the note.
    common = next(iter(spans)) if len(spans) == 1 else ""
    begins = min(live.loc[live["phase"].isin(PHASES), "start"].dropna(), default=None)
    counts = live["p"].value_counts()
    parts = ", ".join(f"{strand} {int(counts.get(strand, 0))}" for strand in STRANDS)
    whole = "" if len(shown) == len(live) else f"; {len(shown)} stand here, the others in the plan's own file"
    lead = f"{number_of(len(live), 'action')} ({parts}){whole}."
    late = len(plan.overdue(on=on))
    unowned = int((live["owner"] == "").sum())
    judged = plan.progress(material.tables)
    judged = judged[judged.index.isin(live.index) & (judged["standing"] != NOT_JUDGED)]
    paragraphs = [f"State of the plan: {plan.state}.", _phases(plan), old_baselines(live, plan.settings.start or on)]
    paragraphs.append(_standings(judged))
    if late:
        paragraphs.append(f"{number_of(late, 'action is', 'actions are')} overdue on {day_words(on)}.")
    if unowned:
        paragraphs.append(
            f"{number_of(unowned, 'action has', 'actions have')} no owner yet: the agency named is the one best placed "
            "to lead."
        )
    if plan.is_draft and unowned < len(live):
        paragraphs.append("Owners are roles that the draft proposes; partners agree them.")
    told = {str(key): _outcome(str(key), row, common, judged) for key, row in shown.iterrows()}
    letters = {
        outcome: string.ascii_uppercase[number]
        for number, outcome in enumerate(dict.fromkeys(outcome for outcome in told.values() if outcome))
    }
    rows = tuple(_row(str(key), row, begins, letters.get(told[str(key)], "-")) for key, row in shown.iterrows())
    tables = (*_outcomes_table(letters, common), _actions_table(rows)) if rows else ()
    return Section(
        key="plan",
        title="4P plan",
        lead=lead,
        paragraphs=tuple(text for text in paragraphs if text),
        tables=tables,
        human=material.human("plan"),
    )


def _outcomes_table(letters: dict[tuple[str, ...], str], common: str) -> tuple[PrintedTable, ...]:
    """What the actions are measured by, each outcome once, with the letter that its actions have."""
    if not letters:
        return ()
    head = ("Outcome", "Baseline", "Aimed at", "Smallest fall that could be seen", "Where it stands")
    # A column that says nothing of any outcome takes room from the others.
    kept = [at for at in range(len(head)) if at == 0 or any(outcome[at] for outcome in letters)]
    table = PrintedTable(
        caption="4P plan: what the actions are measured by",
        header=tuple(head[at] for at in kept),
        rows=tuple(
            (f"{letter}. {outcome[0]}", *(outcome[at] or "-" for at in kept[1:])) for outcome, letter in letters.items()
        ),
        widths=tuple((6, 3, 6, 4, 6)[at] for at in kept),
        note="The smallest fall is that which twelve months could tell from chance."
        + (f" Baselines are those {common}." if common.startswith("in ") else ""),
    )
    return (table,)


def _actions_table(rows: tuple[tuple[str, ...], ...]) -> PrintedTable:
    return PrintedTable(
        caption="4P plan: first actions",
        header=("Phase", "P", "Action", "Agency and owner", "Due", "Output to count", "Outcome"),
        rows=rows,
        widths=(2, 3, 9, 6, 4, 7, 3),
        note="Options of the guidance, and some that socharm suggests (the plan's file has the source of each), chosen "
        "by the offences that weigh most here; partners strike and add.",
    )


def _first(strand: pd.DataFrame) -> pd.DataFrame:
    """Actions for a threat found here that the next assessment can measure come first."""
    keys = pd.DataFrame(
        {
            "open": ~strand["status"].isin(["done"]),
            "measured": strand["baseline"].notna(),
            "aimed": strand["threat"] != "all",
        },
        index=strand.index,
    )
    order = keys.sort_values(["open", "measured", "aimed"], ascending=False, kind="stable").index[:_OF_EACH]
    return strand.loc[[key for key in strand.index if key in order]]


def _standings(judged: pd.DataFrame) -> str:
    """How many measures stand where, in all actions; blank where none can be judged."""
    counted = judged["standing"].value_counts()
    told = [f"{int(counted[standing]):,} {standing}" for standing in STANDINGS if standing in counted]
    now = [span_words(period) for period in judged["now_period"].unique() if _MONTHS.fullmatch(period)]
    if not told or not now:
        return ""
    of = number_of(len(judged), "action")
    return f"Measures of {of} in {joined_words(now)}, against their baselines: {', '.join(told)}."


def _row(key: str, row: pd.Series, begins: dt.date | None, letter: str) -> tuple[str, ...]:
    # What has no phase prepares the phases where it is due before the first of them begins.
    prepares = begins is not None and row["due"] is not None and pd.notna(row["due"]) and row["due"] < begins
    due = "no date" if row["due"] is None or pd.isna(row["due"]) else day_words(row["due"])
    agency = row["agency"] or "agency not named"
    who = f"{agency}; {row['owner'] or _NO_OWNER}"
    return (
        str(row["phase"]) or ("before" if prepares else "no phase"),
        f"{row['p']} {key}",
        str(row["action"]),
        who,
        due,
        _output(row),
        letter,
    )


def _outcome(key: str, row: pd.Series, common: str, judged: pd.DataFrame) -> tuple[str, ...]:
    """Outcome, baseline, what is aimed at, smallest fall, where it stands; nothing for an action without an outcome."""
    if not row["measure"]:
        return ()
    told = filter(None, [_amount(row["baseline"]), _when(row).removeprefix(common)])
    aimed = _amount(row["target"])
    if not aimed and str(row["target_reason"]).startswith(_NONE):
        aimed = f"no target: {str(row['target_reason']).removeprefix(_NONE)}"
    stands = f"now {_number(judged['now'][key])}: {judged['says'][key]}" if key in judged.index else ""
    return (
        ", ".join(filter(None, [str(row["measure"]), str(row["unit"])])),
        " ".join(told) if pd.notna(row["baseline"]) else "",
        aimed,
        _amount(row["smallest_change"]),
        stands,
    )


def _amount(value: float) -> str:
    return "" if pd.isna(value) else _number(float(value))


def _output(row: pd.Series) -> str:
    """What partners count of an action, in what unit, and where that stands."""
    if not row["output"]:
        return "-"
    ends = ((row["output_baseline"], ""), (row["output_target"], " aimed at"))
    told = [f"{_number(float(value))}{words}" for value, words in ends if pd.notna(value)]
    note = str(row["output_note"]).partition(";")[0].removeprefix(_UNCOUNTED)
    stands = ", ".join(told) or note or "not counted yet"
    return f"{row['output']} ({row['output_unit'] or 'no unit'}): {stands}"


def _when(row: pd.Series) -> str:
    """The months of a baseline, in words where they are written as months."""
    period = "" if pd.isna(row["baseline_period"]) else str(row["baseline_period"])
    if not period:
        return "(baseline)"
    return f"in {span_words(period) if _MONTHS.fullmatch(period) else period}"


def _number(value: float) -> str:
    """A count by the month, with one decimal wherever it stands."""
    return f"{value:,.1f}"


def _phases(plan: Plan) -> str:
    table = plan.phases()
    told = []
    for phase, row in table.iterrows():
        if row["actions"]:
            dated = row["start"] and row["due"]
            when = f"{day_words(row['start'])} to {day_words(row['due'])}" if dated else "no dates"
            told.append(f"{phase}: {number_of(int(row['actions']), 'action')}, {int(row['closed'])} closed, {when}")
    return "; ".join(told) + "." if told else ""


def _principles_note(settings: PrincipleSettings) -> str:
    """Where each threshold comes from: the principles ask for a refresh, and neither for scores nor for a length."""
    usual = PrincipleSettings(on=settings.on)
    told = ["Home Office (2025), Serious and organised crime local profiles: a guide, 2.3"]
    if settings.refresh_months == usual.refresh_months:
        told[0] += f", which recommends a refresh every {number_of(settings.refresh_months, 'month')}"
    if settings.rescore_months == usual.rescore_months:
        told.append(
            f"scores made again every {number_of(settings.rescore_months, 'month')} are the practice of West Yorkshire "
            "(section 4 of the guide)"
        )
    return f"{'; '.join([*told, 'the most words are a choice of socharm'])}."


def principles_section(check: PrincipleCheck) -> Section:
    """The seven principles, with what would mend those that do not pass."""
    rows = tuple(
        (f"{number}. {row['principle']}", str(row["result"]), str(row["mend"] or row["found"]))
        for number, row in check.table.iterrows()
    )
    passed = int((check.table["result"] == "pass").sum())
    table = PrintedTable(
        caption="The seven guiding principles",
        header=("Principle", "Result", "What would mend it, or what was found"),
        rows=rows,
        widths=(6, 2, 9),
        note=_principles_note(check.settings),
    )
    return Section(
        key="principles",
        title="Does this profile keep the guidance?",
        lead=f"{passed} of 7 principles pass.",
        tables=(table,),
    )
