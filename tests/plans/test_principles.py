"""The seven principles and councillors' questions: pass, fail or not known, and what would mend it."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pandas as pd
import pytest
from factories import make_assessment_tables
from hypothesis import given
from hypothesis import strategies as st

from socharm._about import MARKINGS, About, AssessmentPeriod
from socharm.errors import ParameterError
from socharm.plans.facts import SECTORS, ProfileFacts
from socharm.plans.library import plan_options, question_table
from socharm.plans.plan import Plan
from socharm.plans.principles import RESULTS, check_principles
from socharm.plans.questions import councillor_questions
from socharm.plans.seed import seed_plan
from socharm.profiles.action_section import principles_section

ON = dt.date(2026, 10, 31)
ABOUT = About(period=AssessmentPeriod("2025-04", "2025-05"), marking="OFFICIAL-SENSITIVE")
GOOD = ProfileFacts(
    words=1200,
    sectors=("police", "health", "education", "local authority", "socio-economic"),
    marking="OFFICIAL",
    owner="Community safety partnership",
    lead="police",
    data_sharing="Agreement of 1 May 2026",
    refreshed=dt.date(2026, 1, 15),
    scored=dt.date(2026, 9, 30),
    next_review=dt.date(2027, 1, 15),
    visuals=("heat map",),
)


def owned_plan(**changed: object) -> Plan:
    about = changed.pop("about", ABOUT)
    given = {"area": "W1", "start": dt.date(2026, 1, 5), "owner": "A", "about": about, **changed}
    return seed_plan(make_assessment_tables(), **given)


PLAN = owned_plan()


def result(number: int, *, plan: Plan | None = PLAN, **changed: object) -> tuple[str, str]:
    row = check_principles(dataclasses.replace(GOOD, **changed), plan=plan, on=ON).table.loc[number]
    return row["result"], row["mend"]


def test_a_profile_with_everything_passes_all_seven():
    check = check_principles(GOOD, plan=PLAN, on=ON)
    assert check.table["result"].tolist() == ["pass"] * 7
    assert check.ok
    assert check.to_mend().empty
    assert (check.table["mend"] == "").all()
    assert check.table["source"].tolist() == [
        f"SOC guide, 2.3, item {n}" + ("; 4 (scores made again)" if n == 6 else "") for n in range(1, 8)
    ]
    assert check.about.marking == "OFFICIAL-SENSITIVE"
    assert "7 pass, 0 fail, 0 not known" in repr(check)


def test_nothing_known_is_not_a_failure():
    check = check_principles(ProfileFacts(), on=ON)
    assert set(check.table["result"]) == {"not known"}
    assert (check.table["mend"] != "").all()
    assert not check.ok


@pytest.mark.parametrize(
    ("number", "changed", "expected", "mend"),
    [
        (1, {"words": 4000}, "pass", ""),
        (1, {"words": 4001}, "fail", "bring the profile to 4,000 words"),
        (3, {"sectors": ("police", "health", "education")}, "fail", "ask for data of local authority"),
        (3, {"sectors": ()}, "fail", "ask for data of police, health, education, local authority"),
        (4, {"marking": "OFFICIAL-SENSITIVE"}, "pass", ""),
        (4, {"marking": "SECRET"}, "fail", "bring it to OFFICIAL"),
        (4, {"marking": "SECRET", "marking_reason": "live operation"}, "pass", ""),
        (5, {"owner": ""}, "fail", "name the partnership that owns the profile"),
        (5, {"lead": None}, "not known", "name the agency that keeps it up to date"),
        (5, {"data_sharing": " "}, "fail", "write down on which basis data are shared"),
        (5, {"lead": None, "data_sharing": ""}, "fail", "name the agency"),
        (6, {"refreshed": dt.date(2025, 10, 31)}, "pass", ""),
        (6, {"refreshed": dt.date(2025, 10, 30)}, "fail", "refresh the profile; at least every 12 months"),
        (6, {"scored": dt.date(2026, 4, 29)}, "fail", "score the area again; at least every 6 months"),
        (6, {"scored": dt.date(2026, 4, 30)}, "pass", ""),
        (6, {"scored": dt.date(2026, 11, 1)}, "fail", "correct the date"),
        (6, {"next_review": dt.date(2026, 10, 30)}, "fail", "hold the review that is past"),
        (6, {"next_review": None}, "not known", "set the date of the next review"),
        (7, {"visuals": ()}, "fail", "add a map"),
    ],
)
def test_each_principle_says_what_would_mend_it(number, changed, expected, mend):
    found, advice = result(number, **changed)
    assert found == expected
    assert mend in advice


def test_the_note_says_where_each_threshold_comes_from():
    """2.3 recommends a refresh every 12 months; scores every six are what section 4 tells of West Yorkshire."""
    note = principles_section(check_principles(GOOD, on=ON)).tables[0].note
    assert "2.3, which recommends a refresh every 12 months; scores made again every 6 months are the practice" in note
    other = principles_section(check_principles(GOOD, on=ON, refresh_months=9, rescore_months=3)).tables[0].note
    assert "recommends" not in other
    assert "West Yorkshire" not in other


def test_which_sectors_are_present_and_which_not():
    found = check_principles(GOOD, on=ON).table.loc[3, "found"]
    present, absent = found.split("; not present: ")
    assert present == "present: police, health, education, local authority, socio-economic"
    assert absent.split(", ") == [sector for sector in SECTORS if sector not in GOOD.sectors]


def test_a_plan_must_have_four_strands_owners_agencies_and_dates():
    assert result(2, plan=None) == ("not known", "make a plan with `seed_plan`, or give it")
    few = owned_plan(options=["PREP-01", "PURS-01"])
    assert result(2, plan=few) == ("fail", "add actions under Prevent, Protect")
    table = PLAN.table.assign(owner=["", *["A"] * (len(PLAN.table) - 1)], due=None)
    found, mend = result(2, plan=PLAN.with_actions(table))
    assert found == "fail"
    assert mend == f"give an owner to 1 action; give a due date to {len(table)} actions"
    stopped = PLAN.table.assign(status=["stopped" if p == "Pursue" else "not started" for p in PLAN.table["p"]])
    assert result(2, plan=PLAN.with_actions(stopped))[1] == "add actions under Pursue"


def test_owners_that_nobody_agreed_to_are_not_known():
    draft = owned_plan(owner="")
    found, mend = result(2, plan=draft)
    assert (found, mend) == ("not known", "agree the owners, and record the review of the plan")
    reviewed = draft.with_state("reviewed", role="head of community safety", on=ON)
    assert result(2, plan=reviewed) == ("pass", "")


def test_thresholds_are_arguments():
    lax = check_principles(GOOD, on=dt.date(2027, 1, 15), refresh_months=12, rescore_months=6, core_sectors=["police"])
    strict = check_principles(
        GOOD, on=dt.date(2027, 1, 15), refresh_months=6, most_words=1000, core_sectors=["housing"]
    )
    assert lax.table.loc[[1, 3, 6], "result"].tolist() == ["pass", "pass", "pass"]
    assert strict.table.loc[[1, 3, 6], "result"].tolist() == ["fail", "fail", "fail"]
    assert strict.settings.core_sectors == ("housing",)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"on": "2026-10-31"}, "`on` is '2026-10-31'"),
        ({"on": dt.datetime(2026, 10, 31)}, "`on` is a datetime"),
        ({"most_words": 0}, "`most_words` is 0"),
        ({"refresh_months": 1.5}, "`refresh_months` is 1.5"),
        ({"core_sectors": ["helth"]}, "Did you mean 'health'"),
    ],
)
def test_a_check_that_cannot_be_made_says_why(changed, message):
    with pytest.raises(ParameterError, match=message):
        check_principles(GOOD, **{"on": ON, **changed})


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"sectors": ("polis",)}, "Did you mean 'police'"),
        ({"sectors": "police"}, r"`sectors` is the text 'police'; give a list"),
        ({"visuals": "map"}, r"`visuals` is the text 'map'; give a list"),
        ({"marking": "CONFIDENTIAL"}, "`marking` is 'CONFIDENTIAL'"),
        ({"words": -1}, "`words` is -1"),
        ({"refreshed": "2026-01-15"}, "`refreshed` is '2026-01-15'"),
    ],
)
def test_facts_that_cannot_be_are_refused(facts, message):
    with pytest.raises(ParameterError, match=message):
        ProfileFacts(**facts)


KNOWN = {
    "words": st.integers(0, 9000),
    "sectors": st.lists(st.sampled_from(SECTORS), unique=True).map(tuple),
    "marking": st.sampled_from(MARKINGS),
    "owner": st.sampled_from(["", "CSP"]),
    "lead": st.sampled_from(["", "police"]),
    "data_sharing": st.sampled_from(["", "agreement"]),
    "refreshed": st.dates(dt.date(2025, 1, 1), dt.date(2026, 10, 31)),
    "scored": st.dates(dt.date(2025, 1, 1), dt.date(2026, 10, 31)),
    "next_review": st.dates(dt.date(2026, 1, 1), dt.date(2027, 10, 31)),
    "visuals": st.sampled_from([(), ("map",)]),
}


@given(facts=st.fixed_dictionaries(KNOWN), hidden=st.sampled_from(list(KNOWN)))
def test_knowing_less_never_turns_a_result_into_its_opposite(facts, hidden):
    whole = check_principles(ProfileFacts(**facts), plan=PLAN, on=ON).table["result"]
    less = check_principles(ProfileFacts(**{**facts, hidden: None}), plan=PLAN, on=ON).table["result"]
    assert "not known" not in set(whole)
    assert all(
        after in (before, "not known") or (before, after) == ("fail", "fail")
        for before, after in zip(whole, less, strict=True)
    )


# facts of an assessment


def test_an_assessment_tells_sectors_marking_and_when_it_scored():
    dictionary = pd.DataFrame({"provider": ["public health", "Warm Homes"]}, index=["drugs_deaths", "fuel"])
    tables = make_assessment_tables(indicator_dictionary=dictionary, overlay=pd.DataFrame({"residual": [1.0]}))
    facts = ProfileFacts.from_assessment(tables, about=ABOUT, providers={"Warm Homes": "housing"}, words=10)
    assert facts.sectors == ("police", "health", "socio-economic", "housing")
    assert (facts.marking, facts.scored, facts.words) == ("OFFICIAL-SENSITIVE", dt.date(2025, 5, 31), 10)
    stated = tables.with_tables(indicator_dictionary=dictionary.assign(sector=["health", "housing"]))
    assert ProfileFacts.from_assessment(stated, about=ABOUT).sectors == facts.sectors
    with pytest.raises(ParameterError, match="sector of the provider 'Warm Homes' is not known"):
        ProfileFacts.from_assessment(tables)
    with pytest.raises(ParameterError, match=r"\['word'\] are no facts"):
        ProfileFacts.from_assessment(make_assessment_tables(), word=3)


def test_what_is_known_goes_before_what_an_assessment_tells():
    facts = ProfileFacts.from_assessment(make_assessment_tables(), sectors=("health",))
    assert (facts.sectors, facts.marking) == (("health",), None)


# councillors' questions


def test_every_question_has_one_of_three_results_and_a_way_to_mend():
    check = councillor_questions(GOOD, plan=PLAN)
    assert list(check.table.index) == list(question_table().index)
    assert set(check.table["result"]) <= set(RESULTS)
    open_ones = check.table[check.table["result"] != "pass"]
    assert (open_ones["mend"] != "").all()
    assert (check.table.loc[check.table["result"] == "pass", "mend"] == "").all()
    assert check.about.marking == "OFFICIAL-SENSITIVE"


def test_facts_and_plan_answer_what_they_can():
    whole = owned_plan(options=plan_options(threats=PLAN.settings.threats).index)
    whole = dataclasses.replace(whole, settings=PLAN.settings)
    table = councillor_questions(GOOD, plan=whole).table
    answered = {
        "CSP-02": "data of health, education, local authority, socio-economic",
        "CSP-05": "actions PREP-10, PROT-04",
        "PCP-02": "acquisitive, drugs, serious-violence",
        "PCP-10": "actions PROT-11, PROT-24",
        "PCP-14": "action PURS-04",
        "HWB-01": "data of health",
        "DCS-03": "data of education",
    }
    for question, found in answered.items():
        assert table.loc[question, ["result", "found"]].tolist() == ["pass", found]
    assert table.loc["LSCB-01", "result"] == "not known"
    bare = councillor_questions(ProfileFacts()).table
    assert set(bare["result"]) == {"not known"}


def test_a_plan_of_police_alone_fails_where_partners_are_asked_for():
    plan = PLAN.with_actions(PLAN.table.assign(agency="police"))
    table = councillor_questions(dataclasses.replace(GOOD, sectors=("police",)), plan=plan).table
    assert table.loc[["CSP-02", "CSP-03", "CSP-04", "CSP-07", "OSC-03"], "result"].tolist() == ["fail"] * 5
    assert table.loc["CSP-03", "mend"] == "Give actions to agencies outside the police"


def test_an_audience_gets_its_own_questions_and_people_answer():
    answers = {"LSCB-01": "In the safeguarding strategy of 2026", "LSCB-02": False, "LSCB-03": True, "LSCB-04": " "}
    check = councillor_questions(GOOD, audience="local safeguarding children boards", answers=answers)
    assert len(check.table) == 10
    assert check.table["result"].tolist()[:5] == ["pass", "fail", "pass", "not known", "not known"]
    assert check.table.loc["LSCB-01", "found"] == "In the safeguarding strategy of 2026"
    assert "questions: 2 pass, 1 fail, 7 not known" in repr(check)


def test_unknown_audiences_and_questions_are_refused():
    with pytest.raises(ParameterError, match="`audience` is 'panels'"):
        councillor_questions(GOOD, audience="panels")
    with pytest.raises(ParameterError, match="`answers` is 'CSP-99'"):
        councillor_questions(GOOD, answers={"CSP-99": True})
    with pytest.raises(ParameterError, match="`facts` is a dict"):
        councillor_questions({})
