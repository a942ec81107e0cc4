"""A first plan: few actions for what weighs most here, one phase after the other, measures that can be compared."""

from __future__ import annotations

import datetime as dt
import itertools
import math
import zipfile
from types import SimpleNamespace

import numpy as np
import openpyxl
import pandas as pd
import pytest
from factories import make_assessment_tables
from openpyxl.comments import Comment

from socharm._about import About, AssessmentPeriod
from socharm.assessment.draft_actions import draft_actions
from socharm.errors import RefusedError
from socharm.plans.baseline_age import PROVISIONAL, baseline_end, old_baselines
from socharm.plans.choosing import MOST, choose_options, counted_offence, metal_offences, offence_weights
from socharm.plans.library import STRANDS, agency_roles, plan_options
from socharm.plans.measures import parse_measure_key
from socharm.plans.outcomes import dispersion_of, followed_months, outcome_key, outcome_of
from socharm.plans.plan import Plan, read_plan
from socharm.plans.plan_table import PHASES
from socharm.plans.schedule import phase_spans
from socharm.plans.seed import seed_plan
from socharm.plans.smallest_change import smallest_fall
from socharm.snapshot.centres import CENTRE_FLAG
from socharm.stats.dispersion import dispersion_over_time

START = dt.date(2026, 1, 5)
ABOUT = About(period=AssessmentPeriod("2025-04", "2025-05"), unit="sentence-days per resident per year")


def seeded(tables=None, **changed) -> Plan:
    return seed_plan(tables or make_assessment_tables(), **{"area": "W1", "start": START, "about": ABOUT, **changed})


def area_of(**crimes: int):
    """Tables in which the first ward has these crimes a month over a year, and the second ten of each kind."""
    months = pd.period_range("2025-04", periods=12, freq="M")
    names = {name.replace("_", "-"): n for name, n in crimes.items()}
    rows = [("W1", name, month, n) for name, n in names.items() for month in months]
    rows += [("W2", name, month, 10) for name in names for month in months]
    counts = pd.DataFrame(rows, columns=["area_code", "offence", "period", "n"])
    codes = [(area, month, True) for area in ("W1", "W2") for month in months]
    return make_assessment_tables(
        counts=counts,
        cells=counts.assign(weight=10.0, harm=counts["n"] * 10.0),
        coverage=pd.DataFrame(codes, columns=["area_code", "period", "covered"]),
    )


def test_a_plan_is_ten_actions_of_all_four_strands():
    table = seeded().table
    assert table["p"].value_counts().to_dict() == {"Prepare": 2, "Prevent": 2, "Protect": 3, "Pursue": 3}
    assert table.index.is_unique


def test_partners_threats_add_two_actions_at_most():
    table = seeded(threats=["cyber", "trafficking", "economic", "counterfeit", "firearms", "child-sexual-exploitation"])
    assert 10 <= len(table.table) <= MOST
    assert set(table.table["p"]) == set(STRANDS)


def test_what_weighs_most_here_decides():
    burglary = seeded(area_of(burglary=40, violence_and_sexual_offences=10)).table
    violence = seeded(area_of(burglary=10, violence_and_sexual_offences=40)).table
    assert "PROT-22" in burglary.index
    assert "PROT-01" in violence.index
    assert set(burglary.index) != set(violence.index)
    assert burglary["measure"].value_counts().index[0] == "Recorded burglary"
    assert violence["measure"].value_counts().index[0] == "Recorded violence and sexual offences"


def test_an_offence_that_is_answered_makes_room_for_others():
    weights = pd.Series({"burglary": 0.5, "robbery": 0.3, "shoplifting": 0.2})
    chosen = choose_options(plan_options(threats=["acquisitive"]), weights=weights, recorded=["acquisitive"], wanted=[])
    assert set(chosen.values()) >= set(weights.index)


def test_the_choice_does_not_hang_on_the_order_of_rows():
    tables = area_of(burglary=20, robbery=20, shoplifting=20)
    turned = tables.with_tables(
        cells=tables["cells"].iloc[::-1].reset_index(drop=True), counts=tables["counts"].iloc[::-1]
    )
    assert offence_weights(tables, "W1").to_dict() == offence_weights(turned, "W1").to_dict()
    assert list(seeded(tables).table.index) == list(seeded(turned).table.index)


def test_clear_hold_and_build_follow_each_other_and_due_dates_are_staggered():
    table = seeded().table
    phases = [phase for phase in table["phase"] if phase]
    assert phases == sorted(phases, key=PHASES.index)
    for earlier, later in itertools.pairwise(PHASES):
        assert max(table.loc[table["phase"] == earlier, "due"]) < min(table.loc[table["phase"] == later, "start"])
    for _, part in table.groupby("phase"):
        assert part["due"].is_unique
    assert max(table["due"]) == dt.date(2027, 1, 5)
    assert (table["review"] >= table["start"]).all()


def test_what_prepares_is_done_before_the_first_phase_begins():
    """A sixth of 365 days is 61: prepared by 7 March, and Clear begins on 8 March."""
    table = seeded().table
    prepares = table["phase"] == ""
    assert max(table.loc[prepares, "due"]) == dt.date(2026, 3, 7)
    assert min(table.loc[~prepares, "start"]) == dt.date(2026, 3, 8)
    early = {"Clear": (dt.date(2026, 1, 20), dt.date(2026, 3, 1))}
    table = seeded(phases=early).table
    assert max(table.loc[table["phase"] == "", "due"]) == dt.date(2026, 1, 19)
    # A plan that prepares nothing begins with Clear.
    table = seeded(options=["PURS-01", "PROT-01"]).table
    assert min(table.loc[table["phase"] == "Clear", "start"]) == START


def test_targets_against_months_of_long_ago_are_provisional(tmp_path):
    """March 2026 is over a month before the plan of May 2026, and fourteen whole months before that of June 2027."""
    tables = area_of(burglary=40, robbery=30)
    new, late = dt.date(2026, 5, 5), dt.date(2027, 6, 5)
    plan = seeded(tables, start=new)
    assert plan.table["target"].notna().any()
    assert not plan.table["target_reason"].str.contains("provisional").any()
    assert old_baselines(plan.table, new) == ""
    old = seeded(tables, start=late)
    assert (old.table["target_reason"].str.endswith(PROVISIONAL) == old.table["target"].notna()).all()
    told = old_baselines(old.table, late)
    assert told.startswith(
        "The baselines are of April 2025 to March 2026, which ended 14 months before the plan begins."
    )
    old.save(tmp_path / "plan.csv")
    assert told in (tmp_path / "plan.csv").read_text(encoding="utf-8-sig").replace('"', "")
    # Partners who count newer months are told no longer.
    read = read_plan(tmp_path / "plan.csv").table.assign(baseline_period="2026-07 to 2026-12")
    assert old_baselines(read, late) == ""


@pytest.mark.parametrize(
    ("period", "end"),
    [
        ("2013-06 to 2014-06", "2014-06"),
        ("2014-06", "2014-06"),
        ("2013-06 to 2014-06, 12 of 13 months covered", "2014-06"),
        ("2010/11", ""),
        ("last summer", ""),
        (None, ""),
    ],
)
def test_the_end_of_a_baseline_is_read_where_it_is_a_month(period, end):
    assert baseline_end(period) == end


@pytest.mark.parametrize("days", [0, 1, 2, 10, 365])
def test_a_plan_of_any_length_has_its_phases_inside(days):
    last = START + dt.timedelta(days=days)
    spans = phase_spans(START, last, {})
    assert all(START <= begin <= end <= last for begin, end in spans.values())


def test_owners_are_roles_until_partners_agree():
    table = seeded().table
    assert (table["owner"] == table["agency"].map(agency_roles())).all()
    assert (table["owner"] != "").all()


def test_every_action_has_an_output_and_an_outcome_that_can_be_compared():
    table = seeded().table
    assert table["output_unit"].str.endswith(" a month").all()
    assert table["unit"].str.endswith(" a month").all()
    assert (table[["output", "measure", "target_period"]] != "").all(axis=None)
    # Drugs alone have no baseline: what is recorded of them follows police work.
    assert (table.loc[table["measure"] != "Drugs: cases known to partners", "baseline_period"] != "").all()
    assert not table["measure_key"].str.contains("rank|top_k|label").any()


def test_thirteen_months_and_six_give_one_baseline():
    # 13 burglaries a month, told over the year, over its first half
    year = area_of(burglary=13, robbery=2)
    half = year.with_tables(
        **{name: year[name][year[name]["period"] < pd.Period("2025-10", "M")] for name in ("counts", "coverage")}
    )
    outcomes = [outcome_of(tables, "W1", "counts.n[burglary]", start=START, rate_unit="") for tables in (year, half)]
    assert [outcome.baseline for outcome in outcomes] == [13.0, 13.0]
    assert outcomes[0].smallest_change < outcomes[1].smallest_change


def test_a_month_that_was_not_covered_is_no_month_without_crime():
    # W2: 3 burglaries in its one covered month of two
    outcome = outcome_of(make_assessment_tables(), "W2", "counts.n[burglary]", start=START, rate_unit="")
    assert outcome.baseline == 3.0


def test_the_dispersion_is_that_of_the_months_of_all_areas():
    rng = np.random.default_rng(1)
    n = rng.negative_binomial(10, 0.5, size=(30, 12))
    months = pd.period_range("2025-04", periods=12, freq="M")
    rows = [(f"A{area:02}", "burglary", month, n[area, at]) for area in range(30) for at, month in enumerate(months)]
    counts = pd.DataFrame(rows, columns=["area_code", "offence", "period", "n"])
    covered = counts[["area_code", "period"]].assign(covered=True)
    tables = make_assessment_tables(counts=counts, coverage=covered)
    found = dispersion_of(tables, parse_measure_key("counts.n[burglary]"))
    assert found == pytest.approx(dispersion_over_time(n.astype(float), np.ones(n.shape, dtype=bool)).window)
    assert found > 1.5


def test_targets_are_what_could_be_seen_or_there_is_none():
    # 40 a month, no more than Poisson: 40 - (6.3246 - 0.5719)^2 = 6.907
    many = outcome_of(area_of(burglary=40), "W1", "counts.n[burglary]", start=START, rate_unit="")
    assert many.smallest_change == pytest.approx(smallest_fall(40, months=12, later_months=12), rel=1e-12)
    assert many.target == 33.0
    assert many.target <= many.baseline - many.smallest_change
    large = outcome_of(area_of(burglary=5000), "W1", "counts.n[burglary]", start=START, rate_unit="")
    assert large.target == 4500.0  # a tenth, where less could be seen
    few = outcome_of(area_of(burglary=2), "W1", "counts.n[burglary]", start=START, rate_unit="")
    assert math.isnan(few.target)
    none = outcome_of(area_of(burglary=0), "W1", "counts.n[burglary]", start=START, rate_unit="")
    assert (none.baseline, math.isnan(none.smallest_change), math.isnan(none.target)) == (0.0, True, True)


def test_a_target_or_none_says_why():
    """The falls of the test above: 6.9 of 40 can be seen, 5,000 can fall by less than a tenth, 2 not by half."""
    said = {
        n: outcome_of(area_of(burglary=n), "W1", "counts.n[burglary]", start=START, rate_unit="").target_reason
        for n in (40, 5000, 2, 0)
    }
    assert said[40].startswith("the smallest fall that could be told from chance")
    assert said[5000].startswith("a tenth: more than")
    assert said[2].startswith("none: only a fall by more than half")
    assert said[0] == "none: there was no case"
    table = seeded(threats=["cyber"], options=["PREP-16"]).table
    assert table["target_reason"].tolist() == ["none: partners count first, and agree it then"]


def test_every_output_says_from_when_it_is_counted():
    table = seeded().table
    assert table["output_baseline"].isna().all()
    for note, start in zip(table["output_note"], table["start"], strict=True):
        assert note.startswith(f"not counted yet: start counting in {start:%B %Y};")


def test_licences_are_for_centres_alone():
    """Far more crimes than residents explain: there the review of licences leads Clear."""
    tables = area_of(violence_and_sexual_offences=40, theft_from_the_person=20, burglary=5)
    people = tables["population"].assign(flag="")
    assert not {"PURS-18", "PREP-21"} & set(seeded(tables.with_tables(population=people)).table.index)
    people = people.assign(flag=[CENTRE_FLAG if code == "W1" else "" for code in people.index])
    assert {"PURS-18", "PREP-21"} <= set(seeded(tables.with_tables(population=people)).table.index)


def test_what_is_for_one_kind_of_crime_goes_before_what_is_for_seven():
    weights = pd.Series({"shoplifting": 0.3, "burglary": 0.2})
    options = plan_options(threats=["acquisitive"], p="Pursue")
    chosen = choose_options(options[options["setting"] == ""], weights=weights, recorded=["acquisitive"], wanted=[])
    assert "PURS-20" in chosen
    assert "PURS-11" not in chosen


def test_an_option_chosen_for_drugs_is_judged_by_the_violence_that_it_answers_too():
    weights = pd.Series({"drugs": 5.0, "burglary": 3.0, "violence-and-sexual-offences": 2.0})
    warned = ("serious-violence firearms drugs", "")  # people whose life is under threat
    assert counted_offence("drugs", *warned, weights) == "violence-and-sexual-offences"
    assert counted_offence("drugs", "drugs", "", weights) == "drugs"  # it answers nothing else
    assert counted_offence("burglary", "acquisitive", "", weights) == "burglary"


def test_what_follows_police_work_is_no_outcome():
    """Nor is anti-social behaviour, which nobody counts for drugs: partners count the cases that they know."""
    assert outcome_key("drugs") == ""
    assert outcome_key("") == "index.crimes"
    assert outcome_key("ho-28e") == "counts.n[burglary]"
    table = seeded(area_of(drugs=40), options=["PURS-08", "PREP-17"]).table
    assert set(table["measure"]) == {"Drugs: cases known to partners"}
    assert table["baseline"].isna().all()
    assert table["target_reason"].str.endswith("what is recorded follows police work").all()
    assert not seeded().table["measure_key"].str.contains("drugs|weapons|anti-social").any()


def test_nobody_is_sent_to_secure_metal_where_none_is_stolen():
    """Other theft is as often that of a bag in a bar."""
    tables = area_of(other_theft=60, burglary=5)
    assert "PROT-23" not in seeded(tables).table.index
    told = area_of(other_theft=60, burglary=5, theft_of_metal=1)
    assert metal_offences(told, "W1") == ["theft-of-metal"]
    assert "PROT-23" in seeded(told).table.index
    assert "PROT-23" in seeded(tables, options=["PROT-23"]).table.index  # who names it has a reason


def test_targets_are_for_the_months_after_build():
    table = seeded().table
    assert set(table["target_period"]) == {followed_months(max(table["due"]))}
    assert min(table["target_period"]) > f"{max(table['due']):%Y-%m}"


def test_outcomes_are_followed_over_whole_months():
    assert followed_months(dt.date(2026, 1, 1)) == "2026-01 to 2026-12"
    assert followed_months(dt.date(2026, 12, 31)) == "2027-01 to 2027-12"


# the sheet


def page_of(path, sheet: int) -> str:
    with zipfile.ZipFile(path) as archive:
        return archive.read(f"xl/worksheets/sheet{sheet}.xml").decode()


def test_the_sheet_is_a3_landscape_one_page_wide_with_heights_and_colours(tmp_path):
    seeded().save(tmp_path / "plan.xlsx")
    xml = page_of(tmp_path / "plan.xlsx", 1)
    assert 'paperSize="8"' in xml
    assert 'orientation="landscape"' in xml
    assert 'fitToPage="1"' in xml
    assert 'fitToHeight="0"' in xml
    assert xml.count('customHeight="1"') == 11  # the headings and ten actions
    for value in (*STRANDS, *PHASES):
        assert f"<formula>&quot;{value}&quot;</formula>" in xml or f'<formula>"{value}"</formula>' in xml
    with zipfile.ZipFile(tmp_path / "plan.xlsx") as archive:
        assert b"Print_Titles" in archive.read("xl/workbook.xml")


def test_the_options_that_were_not_taken_stand_in_a_library(tmp_path):
    plan = seeded()
    plan.save(tmp_path / "plan.xlsx")
    library = pd.read_excel(tmp_path / "plan.xlsx", sheet_name="Other options", header=2, engine="openpyxl")
    assert set(library["Option"]) == set(plan_options().index) - set(plan.table.index)
    fits = library["Fits a threat of this plan"].tolist()
    assert fits == sorted(fits, reverse=True)
    assert {"yes", "no"} == set(fits)
    assert len(read_plan(tmp_path / "plan.xlsx").table) == 10


def test_comments_of_people_are_not_lost_unasked(tmp_path):
    plan = seeded()
    plan.save(tmp_path / "plan.xlsx")
    plan.save(tmp_path / "plan.xlsx")
    book = openpyxl.load_workbook(tmp_path / "plan.xlsx")
    book["4P plan"]["A1"].comment = Comment("who does this?", "partner")
    book.save(tmp_path / "plan.xlsx")
    before = (tmp_path / "plan.xlsx").read_bytes()
    with pytest.raises(RefusedError, match=r"holds comments, which are not kept.*--replace"):
        plan.save(tmp_path / "plan.xlsx")
    assert (tmp_path / "plan.xlsx").read_bytes() == before
    plan.save(tmp_path / "plan.xlsx", replace=True)
    assert (tmp_path / "plan.xlsx").read_bytes() != before


def test_drafts_of_a_dashboard_are_the_first_actions_of_the_plan_that_would_be_begun():
    tables = area_of(burglary=12, violent_crime=30, drugs=9, shoplifting=40)
    snapshot = SimpleNamespace(tables=tables, top=lambda n: tables["ranking"].head(n))
    drafts = draft_actions(snapshot)
    assert set(drafts["area_code"]) == {"W1", "W2"}
    for area, mine in drafts.groupby("area_code"):
        plan = seeded(tables, area=area).table
        first = plan[plan["phase"].astype(str) != ""].groupby("phase", sort=False).head(3)
        assert mine["action"].tolist() == first["action"].tolist() != []
        assert mine["phase"].tolist() == first["phase"].astype(str).tolist()
        assert mine["agency"].tolist() == first["agency"].tolist()
