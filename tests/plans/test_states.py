"""Draft, review and approval: a role and a day, never a person, kept in the plan's file."""

from __future__ import annotations

import dataclasses
import datetime as dt
import sys

import pandas as pd
import pytest
from factories import make_assessment_tables
from openpyxl import load_workbook

from socharm._about import About, AssessmentPeriod
from socharm.assessment.documents import record_state
from socharm.errors import ParameterError, RefusedError, SchemaError
from socharm.io.roles import require_role, why_person
from socharm.plans.plan import Plan, read_plan
from socharm.plans.plan_table import PLAN_COLUMNS
from socharm.plans.schedule import action_dates, phase_spans
from socharm.plans.seal import seal_of
from socharm.plans.seed import seed_plan
from socharm.plans.states import DocumentState, parse_state

DAY = dt.date(2026, 2, 1)
ROLE = "head of community safety"
SEALED_BEFORE = "5fc36ac4"
#: The options that version 0.1 took there.
OPTIONS = (
    "PREP-03", "PREP-17", "PURS-08", "PURS-11", "PURS-17", "PROT-01", "PROT-03", "PROT-22", "PREV-05", "PREV-08",
)  # fmt: skip


def draft() -> Plan:
    about = About(period=AssessmentPeriod("2025-04", "2025-05"))
    start = dt.date(2026, 1, 5)
    return seed_plan(make_assessment_tables(), area="W1", start=start, about=about, options=OPTIONS)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("Jane Smith", "'Jane' is a given name"),
        ("jane smith", "'jane' is a given name"),
        ("Smith, Jane", "'Jane' is a given name"),
        ("Detective Inspector Jane Smith", "'Jane' is a given name"),
        ("J. Smith", "'J' is an initial before a surname"),
        ("DI Smith", "'DI' stands before a surname"),
        ("Cllr Khan", "'Cllr' is a title of a person"),
        ("Mr Smith", "'Mr' is a title of a person"),
        ("Xerxes Papadopoulos", "the capitals of a name"),
        ("Sarah", "'Sarah' is a given name"),
    ],
)
def test_names_of_persons_are_refused_as_roles(name, why):
    with pytest.raises(RefusedError, match=f"looks like a person.*{why}"):
        require_role(name)
    with pytest.raises(RefusedError, match="looks like a person"):
        draft().with_state("reviewed", role=name, on=DAY)


@pytest.mark.parametrize(
    "role",
    [
        "Chair of the Partnership", "chair", "Gold Commander", "SOC Lead", "DI, SOC team", "Superintendent",
        "Director of Public Health", "CSP chair", "head of early help", "Detective Inspector, SOC team",
        "Testshire Police", "grace period officer", "Chief Superintendent (area commander)",
    ],
)  # fmt: skip
def test_roles_are_taken(role):
    assert why_person(role) == ""
    assert require_role(f" {role} ") == role


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_states_are_carried_in_the_file(tmp_path, kind):
    plan = draft()
    assert (plan.state, plan.is_draft) == ("draft", True)
    plan = plan.with_state("reviewed", role=ROLE, on=DAY)
    plan = plan.with_state("approved", role="chair of the partnership", on=dt.date(2026, 3, 1))
    plan.save(tmp_path / f"plan.{kind}")
    back = read_plan(tmp_path / f"plan.{kind}")
    assert back.settings.states == plan.settings.states
    assert back.state == "approved by chair of the partnership on 1 March 2026"
    assert [state.role for state in back.settings.states] == [ROLE, "chair of the partnership"]
    assert not back.is_draft


def test_a_review_is_of_the_plan_as_it_was():
    plan = draft().with_state("reviewed", role=ROLE, on=DAY)
    kept_up = plan.with_actions(plan.table.assign(status="in progress", notes="begun"))
    assert kept_up.state == f"reviewed by {ROLE} on 1 February 2026"
    changed = plan.with_actions(plan.table.assign(owner="somebody else"))
    assert changed.state == f"reviewed by {ROLE} on 1 February 2026; changed since"
    assert changed.is_draft
    again = changed.with_state("reviewed", role=ROLE, on=DAY)
    assert not again.is_draft


def test_a_review_holds_for_sorted_rows_and_not_for_a_cell_that_was_filled():
    plan = draft().with_state("reviewed", role=ROLE, on=DAY)
    rows = plan.table.sort_values("due", kind="stable").iloc[::-1]
    assert not plan.with_actions(rows).is_draft
    blank = next(name for name in ("output", "power", "target_period") if (plan.table[name] == "").any())
    row = plan.table.index[plan.table[blank] == ""][0]
    filled = plan.table.copy()
    filled.loc[row, blank] = "something"
    assert plan.with_actions(filled).is_draft
    exchanged = plan.table.rename(columns={"owner": "agency", "agency": "owner"})[plan.table.columns]
    assert dataclasses.replace(plan, table=exchanged).is_draft


def test_a_column_of_a_later_version_leaves_reviews_as_they_are(monkeypatch):
    plan = draft()
    # Version 0.1 began Clear with the plan.
    table, clear = plan.table.copy(), plan.table["phase"] == "Clear"
    days = action_dates(
        ["Clear"] * int(clear.sum()), phase_spans(dt.date(2026, 1, 5), dt.date(2027, 1, 5), {}, prepares=False)
    )
    for column, dates in days.items():
        table.loc[clear, column] = pd.Series(dates, index=table.index[clear], dtype=object)
    plan = dataclasses.replace(plan, table=table)
    now = plan.with_state("reviewed", role=ROLE, on=DAY)
    # The seal of these rows as version 0.1 reckoned it.
    before = dataclasses.replace(now.settings.states[-1], seal=SEALED_BEFORE)
    earlier = dataclasses.replace(plan, settings=dataclasses.replace(plan.settings, states=(before,)))
    monkeypatch.setattr(sys.modules[seal_of.__module__], "PLAN_COLUMNS", ("p", "cost", *PLAN_COLUMNS[1:]))
    for one in (now, earlier):
        later = dataclasses.replace(one, table=one.table.assign(cost=""))
        assert not later.is_draft
        assert dataclasses.replace(later, table=later.table.assign(owner="somebody else")).is_draft
    assert dataclasses.replace(now, table=now.table.assign(cost="100")).is_draft


def test_a_plan_is_reviewed_before_it_is_approved_and_in_order():
    with pytest.raises(ParameterError, match="is a draft, and is reviewed before it is approved"):
        draft().with_state("approved", role=ROLE, on=DAY)
    reviewed = draft().with_state("reviewed", role=ROLE, on=DAY)
    with pytest.raises(ParameterError, match="`on` is 2026-01-31, before it was reviewed by"):
        reviewed.with_state("approved", role=ROLE, on=dt.date(2026, 1, 31))
    with pytest.raises(ParameterError, match="`state` is 'final'"):
        draft().with_state("final", role=ROLE, on=DAY)
    with pytest.raises(ParameterError, match="says by which role and on which day"):
        DocumentState(state="approved")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("signed off", "has the state 'signed off'. Write it as"),
        ("reviewed", "by which role and on which day"),
        ("approved by chair on 2026-02-30", "Write it as"),
        ("approved by chair on soon", "Write it as"),
    ],
)
def test_a_state_that_is_none_says_how_it_is_written(text, message):
    with pytest.raises(SchemaError, match=message):
        parse_state(text, file="plan.csv")


def test_a_person_in_a_file_is_refused():
    with pytest.raises(RefusedError, match="'Jane' is a given name"):
        parse_state("approved by Jane Smith on 2026-02-01", file="plan.csv")


def test_a_workbook_with_sheets_of_the_partners_is_not_written_over(tmp_path):
    path = tmp_path / "plan.xlsx"
    draft().save(path)
    draft().save(path)
    book = load_workbook(path)
    book.create_sheet("Partners notes")["A1"] = "Ask the town centre manager."
    book.save(path)
    before = path.read_bytes()
    with pytest.raises(RefusedError, match=r"sheets that socharm did not write: \['Partners notes'\].*of their own"):
        record_state(path, state="reviewed", role=ROLE, on=DAY)
    with pytest.raises(RefusedError, match="Partners notes"):
        draft().save(path)
    assert path.read_bytes() == before
    del book["Partners notes"]
    book.save(path)
    assert record_state(path, state="reviewed", role=ROLE, on=DAY) == f"reviewed by {ROLE} on 1 February 2026"


def test_a_date_that_can_be_read_two_ways_is_not_settled_by_recording_a_state(tmp_path):
    path = tmp_path / "plan.csv"
    draft().save(path)
    text = path.read_text(encoding="utf-8-sig")
    due = str(next(day for day in draft().table["due"] if day is not None))
    path.write_text(text.replace(due, "01/10/2026"), encoding="utf-8")
    before = path.read_bytes()
    with pytest.raises(SchemaError, match="can be read two ways"):
        record_state(path, state="reviewed", role=ROLE, on=DAY)
    assert path.read_bytes() == before
