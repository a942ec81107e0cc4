"""4P plans: options that cite the guidance, baselines of an assessment, and sheets that come back without loss."""

from __future__ import annotations

import csv
import datetime as dt
import re
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from factories import make_assessment_tables
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from pandas.testing import assert_frame_equal

import socharm as sh
from socharm._about import About, AssessmentPeriod
from socharm.errors import DataWarning, ParameterError, RefusedError, SchemaError, StoreError
from socharm.offences import CATEGORIES
from socharm.plans.dates import months_after
from socharm.plans.library import (
    agency_names,
    agency_sectors,
    guidance,
    named_agency,
    plan_options,
    question_table,
)
from socharm.plans.measures import caution_about, covered_period, measure_value, parse_measure_key, unit_of
from socharm.plans.plan import Plan, read_plan
from socharm.plans.plan_sheet import COLUMN_OF
from socharm.plans.plan_table import LATER_COLUMNS, NUMBER_COLUMNS, PLAN_COLUMNS, STATUSES, tidy
from socharm.plans.seed import seed_plan
from socharm.plans.threats import THREATS, find_threats, threat_of

START = dt.date(2026, 1, 5)
ABOUT = About(
    period=AssessmentPeriod("2025-04", "2025-05"),
    boundary_year=2025,
    unit="sentence-days per resident per year",
    sources=("Testshire Police, street level", "Office: weights"),
    marking="OFFICIAL-SENSITIVE",
)

#: How the source of an option begins that no paragraph of the guides holds.
SUGGESTED = "suggested by socharm, under "


def seeded(**changed: object) -> Plan:
    given = {"area": "W1", "start": START, "about": ABOUT, **changed}
    return seed_plan(make_assessment_tables(), **given)


def edited(plan: Plan, **columns: object) -> Plan:
    return plan.with_actions(plan.table.assign(**columns))


# the library


def citations() -> list[tuple[str, str]]:
    tables = {"option": plan_options(), "question": question_table()}
    found = [(name, source) for table in tables.values() for name, source in table["source"].items()]
    return found + [(str(agency), source) for agency, source in agency_sources().items()]


def agency_sources() -> dict[str, str]:
    path = Path(sh.__file__).parent / "plans" / "tables" / "agencies.csv"
    with path.open(encoding="utf-8") as lines:
        return {row["agency"]: row["source"] for row in csv.DictReader(lines)}


def taken_apart(source: str) -> tuple[str, str, int]:
    """Short name of the document, paragraph, and item (0 when the paragraph itself is cited)."""
    short, _, place = source.removeprefix(SUGGESTED).partition(", ")
    found = re.fullmatch(r"(.+?)(?:, item (\d+))?", place)
    assert found is not None, source
    return short, found[1], int(found[2] or 0)


@pytest.mark.parametrize(("name", "source"), citations())
def test_everything_cites_a_paragraph_that_exists(name, source):
    short, paragraph, item = taken_apart(source)
    documents = {document["short"]: document["paragraphs"] for document in guidance().values()}
    assert paragraph in documents[short], name
    assert 0 <= item <= documents[short][paragraph]


#: Words of the guidance, in order, without which no section of it can hold an option that it is said to hold.
TELLING = {
    "PREP-19": "reception centres", "PREP-20": "Needs Assessment", "PREV-17": "young people about serious",
    "PROT-17": "local registrars", "PROT-19": "cuckooing", "PROT-21": "procurement and commissioning policies",
    "PROT-23": "risk of metal theft", "PROT-24": "recognise themselves as victims", "PURS-13": "Government Agency",
    "PURS-14": "tenancies of the premises", "PURS-15": "serious crime prevention order", "PURS-16": "Gang Injunctions",
    "PURS-17": "Integrated Offender Management",
}  # fmt: skip
#: What no section of the two documents speaks of.
OURS = {
    "PREP-21": "door staff", "PREP-22": "emergency department", "PREP-23": "deliberate fires",
    "PREV-18": "treated for an injury", "PREV-19": "motor project", "PREV-20": "custody", "PREV-21": "set fires",
    "PREV-22": "burgled", "PURS-09": "other end of the line", "PURS-18": "review the licence",
    "PURS-19": "second-hand", "PURS-20": "steal to order", "PURS-21": "fire investigators", "PURS-22": "series",
}  # fmt: skip


def test_what_the_guidance_does_not_hold_is_said_to_be_suggested():
    sources = plan_options()["source"]
    assert set(sources.index[sources.str.startswith(SUGGESTED)]) == set(OURS)
    assert sources.str.match(f"({SUGGESTED})?(SOC|LGA) guide, ").all()


def test_the_councils_guide_holds_what_is_taken_from_it(shared_guidance):
    words = " ".join(" ".join(p.read_text(encoding="utf-8").split()) for p in shared_guidance.glob("*.txt")).lower()
    assert [key for key, told in TELLING.items() if told.lower() not in words] == []
    assert [key for key, told in OURS.items() if told.lower() in words] == []


def test_the_library_takes_every_item_of_the_four_strands_once():
    cited = [taken_apart(source)[1:] for source in plan_options()["source"] if source.startswith("SOC guide, 2.4")]
    paragraphs = guidance()["soc-guide"]["paragraphs"]
    listed = [(name, item) for name, n in paragraphs.items() if name.startswith("2.4") for item in range(1, n + 1)]
    assert sorted(cited) == sorted(listed)
    assert len(listed) == 44


def test_the_paragraphs_are_those_of_the_profile_guide(shared_guidance):
    text = next(
        p for p in shared_guidance.glob("*.txt") if "local profiles: a guide" in p.read_text(encoding="utf-8")[:300]
    )
    lines = text.read_text(encoding="utf-8").splitlines()
    numbered = {found[1] for line in lines if (found := re.match(r"\s*(\d\.\d{1,2})\s", line))}
    bullets: dict[str, int] = {}
    strand = ""
    for line in lines[lines.index(next(line for line in lines if line.startswith("2.4"))) :]:
        if line.startswith("3. "):
            break
        if found := re.match(r"(Prepare|Prevent|Protect|Pursue): ", line):
            strand = f"2.4 {found[1]}"
        bullets[strand] = bullets.get(strand, 0) + line.strip().startswith("•")
    bullets.pop("")
    paragraphs = guidance()["soc-guide"]["paragraphs"]
    assert {name: n for name, n in paragraphs.items() if name.startswith("2.4")} == bullets
    assert {name.split()[0] for name in paragraphs} - {"4"} == numbered
    principles = [line for line in lines if re.match(r"[1-7]\. ?[A-Z]", line)]
    assert {line[0] for line in principles} >= set("1234567")


def test_the_headings_are_those_of_the_councils_guide(shared_guidance):
    text = next(
        p for p in shared_guidance.glob("*.txt") if "local profiles: a guide" not in p.read_text(encoding="utf-8")[:300]
    )
    words = " ".join(text.read_text(encoding="utf-8").translate({0x2018: "'", 0x2019: "'"}).split())
    for paragraph, items in guidance()["lga-guide"]["paragraphs"].items():
        assert paragraph in words, paragraph
        if items:  # a question of the guide can have several marks, none has no mark
            section = words.split(paragraph, 1)[1].split("Questions for", 1)[0]
            assert section.count("?") >= items, paragraph


def test_the_library_does_not_repeat_the_guidance(shared_guidance):
    words = " ".join(" ".join(p.read_text(encoding="utf-8").lower().split()) for p in shared_guidance.glob("*.txt"))
    texts = [*plan_options()["action"], *question_table()["asks"]]
    copied = [text for text in texts if " ".join(text.lower().rstrip("?").split()) in words]
    assert copied == []


def test_every_option_can_stand_in_a_plan():
    table = plan_options()
    assert set(table["agency"]) <= set(agency_names())
    assert {key for keys in table["threats"] for key in keys.split()} - {"all"} == set(THREATS)
    assert {name for names in table["offences"] for name in names.split()} <= set(CATEGORIES)
    assert (table[["action", "output", "output_unit", "agency", "role", "source"]] != "").all(axis=None)


def test_options_are_filtered_by_threat_and_strand():
    drugs = plan_options(threats=["drugs"])
    assert {"PROT-10", "PREP-01"} & set(drugs.index) == {"PREP-01"}
    assert all({"all", "drugs"} & set(keys.split()) for keys in drugs["threats"])
    assert set(plan_options(threats=[], p="Pursue")["p"]) == {"Pursue"}
    assert set(plan_options(threats=[])["threats"]) == {"all"}


def test_unknown_threats_and_strands_are_told_the_nearest():
    with pytest.raises(ParameterError, match=r"`threats` is 'drug'.*Did you mean 'drugs'"):
        plan_options(threats=["drug"])
    with pytest.raises(ParameterError, match="give a list"):
        plan_options(threats="drugs")
    with pytest.raises(ParameterError, match="`p` is 'Protection'"):
        plan_options(p="Protection")


def test_agencies_have_one_name_each_and_many_spellings():
    assert named_agency("hmrc") == named_agency("HM Revenue and Customs") == "HM Revenue and Customs"
    assert named_agency("river trust", ["River Trust"]) == "River Trust"
    assert len(agency_sectors()) == len(agency_names())
    with pytest.raises(SchemaError, match="did you mean 'trading standards'"):
        named_agency("trading standard")


# threats


def test_threats_are_those_the_harm_or_the_quotient_shows():
    table = find_threats(make_assessment_tables(), area="W1")
    # burglary 3,000 and violence 600 of 4,000; drugs 400 is 10%, and its quotient is above 1 too
    assert table["share_of_harm"].dropna().to_dict() == {"acquisitive": 0.75, "drugs": 0.1, "serious-violence": 0.15}
    assert table.index[table["found"].fillna(False)].tolist() == ["acquisitive", "drugs", "serious-violence"]
    strict = find_threats(make_assessment_tables(), area="W1", minimum_share=0.5)
    assert strict.index[strict["found"].fillna(False)].tolist() == ["acquisitive", "drugs"]
    assert "at least 1.20 times" in strict.loc["drugs", "evidence"]


def test_the_evidence_names_the_offence_that_stands_above_its_share_everywhere():
    # robbery stands above its share and burglary below: of acquisitive crime as a whole nothing follows
    tables = make_assessment_tables()
    quotients = pd.concat(
        [
            tables["location_quotients"],
            pd.DataFrame({"area_code": ["W1"], "offence": ["robbery"], "quotient": [1.9], "low_95": [1.14]}),
        ],
        ignore_index=True,
    )
    changed = tables.with_tables(location_quotients=quotients)
    evidence = find_threats(changed, area="W1")["evidence"]
    assert evidence["acquisitive"].endswith("robbery: at least 1.14 times its share of crimes in all areas together")
    assert "burglary" not in evidence["acquisitive"]
    assert "larger share" not in evidence["serious-violence"]


def test_what_recorded_crime_cannot_show_is_missing_and_not_absent():
    table = find_threats(make_assessment_tables(), area="W1")
    assert pd.isna(table.loc["cyber", "found"])
    assert table.loc["cyber", "evidence"] == "no counted offence speaks of it"
    assert list(table.index) == sorted(THREATS)


def test_an_area_without_crime_has_no_share_of_its_harm():
    tables = make_assessment_tables()
    cells = tables["cells"]
    none = cells.assign(**{name: cells[name].where(cells["area_code"] != "W1", 0) for name in ("n", "harm")})
    evidence = find_threats(tables.with_tables(cells=none), area="W1")["evidence"]
    assert evidence["acquisitive"].startswith("0 crimes")
    assert not evidence.str.contains("nan|of the harm").any()


def test_single_offences_say_more_than_categories():
    # Home Office count codes: 106 modern slavery, 71 exploitation of children, 8N assault, 92A drug supply, 2 attempted
    # murder
    codes = ["ho-106", "ho-71", "ho-8n", "ho-92a", "ho-2", "shoplifting", "theft-of-metal"]
    expected = ["trafficking", "child-sexual-exploitation", None, "drugs", "serious-violence", "acquisitive", None]
    assert [threat_of(code) for code in codes] == expected


def test_an_area_by_name_is_told_its_code():
    with pytest.raises(ParameterError, match="Did you mean 'W1'"):
        find_threats(make_assessment_tables(), area="First")
    with pytest.raises(ParameterError, match="`assessment` is a dict"):
        find_threats({}, area="W1")
    with pytest.raises(ParameterError, match="minimum_share"):
        find_threats(make_assessment_tables(), area="W1", minimum_share=2)


# measures


@pytest.mark.parametrize(
    ("key", "first", "second"),
    [
        ("index.rate_shrunk", 23.5, 5.25),
        ("ranking.rank", 1.0, None),
        ("hotspots.label[hot]", 1.0, None),
        ("by_group.crimes[acquisitive]", 30.0, 3.0),
        ("counts.n[burglary]", 30.0, 3.0),
        ("cells.harm[drugs]", 400.0, 40.0),
        ("unweighted.n[anti-social-behaviour]", 70.0, None),
        ("top_k.probability[10]", 0.875, 0.125),
        ("top_k.probability[20]", None, None),
        ("counts.n[robbery]", None, None),
        ("overlay.residual_shrunk", None, None),
    ],
)
def test_a_key_names_one_number_or_none(key, first, second):
    tables = make_assessment_tables()
    values = [measure_value(tables, area, parse_measure_key(key)) for area in ("W1", "W2")]
    assert [None if value != value else value for value in values] == [first, second]


def test_counts_of_single_offences_add_up_to_their_category():
    tables = make_assessment_tables()
    codes = tables["counts"].replace({"offence": {"burglary": "ho-28e", "drugs": "ho-30c"}})
    assert measure_value(make_assessment_tables(counts=codes), "W1", parse_measure_key("counts.n[burglary]")) == 40.0


def test_a_month_that_was_not_covered_is_told():
    tables, key = make_assessment_tables(), parse_measure_key("counts.n[burglary]")
    assert covered_period(tables, "W1", key) == "2025-04 to 2025-05"
    assert covered_period(tables, "W2", key) == "2025-04 to 2025-05, 1 of 2 months covered"


def test_measures_of_partners_speak_of_their_last_period():
    sent = pd.DataFrame({"area_code": "W1", "measure": "fuel", "period": ["2022", "2023"], "value": [15.0, 14.0]})
    tables, key = make_assessment_tables(indicators=sent), parse_measure_key("indicators.value[fuel]")
    assert (measure_value(tables, "W1", key), covered_period(tables, "W1", key)) == (14.0, "2023")


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("rate", "write one such as"),
        ("index.rates", "did you mean 'index.rate'"),
        ("counts.n", r"must name its row in brackets, such as 'counts\.n\[burglary\]'"),
        ("index.rate[drugs]", "brackets, which index.rate does not need"),
        ("hotspots.label[cold]", "only label"),
    ],
)
def test_a_key_that_names_nothing_says_why(key, message):
    with pytest.raises(ParameterError, match=message):
        parse_measure_key(key)


def test_cautions_and_units():
    assert "more policing" in caution_about(parse_measure_key("counts.n[drugs]"))
    assert caution_about(parse_measure_key("counts.n[burglary]")) == ""
    assert unit_of(parse_measure_key("cells.harm[drugs]"), ABOUT.unit) == "sentence-days a month"
    assert unit_of(parse_measure_key("counts.n[drugs]"), ABOUT.unit, monthly=False) == "crimes"
    assert unit_of(parse_measure_key("unweighted.n[anti-social-behaviour]"), "") == "incidents a month"
    assert unit_of(parse_measure_key("by_group.rate[violence]"), ABOUT.unit) == ABOUT.unit
    assert unit_of(parse_measure_key("ranking.rank_parent"), ABOUT.unit) == "rank"


# seeding


def test_a_seeded_plan_has_the_threats_found_and_the_baselines_of_the_assessment():
    plan = seeded(owner="A. Lead")
    assert plan.settings.threats == ("acquisitive", "drugs", "serious-violence")
    # 30 burglaries in two months
    assert plan.table.loc["PROT-22", ["threat", "measure", "unit", "baseline", "baseline_period"]].tolist() == [
        "acquisitive",
        "Recorded burglary",
        "crimes a month",
        15.0,
        "2025-04 to 2025-05",
    ]
    assert set(plan.table["owner"]) == {"A. Lead"}
    assert max(plan.table["due"]) == dt.date(2027, 1, 5)
    assert set(plan.table["review"]) == {dt.date(2026, 7, 5), dt.date(2027, 1, 5)}
    assert set(plan.table["status"]) == {"not started"}
    assert plan.about.marking == "OFFICIAL-SENSITIVE"
    assert "actions: 10" in repr(plan)
    assert "Prepare" in repr(plan)


def test_threats_named_by_partners_replace_those_found():
    plan = seeded(threats=["cyber"])
    assert plan.settings.threats == ("cyber",)
    assert set(plan.table["threat"]) == {"all", "cyber"}
    assert "PROT-22" not in plan.table.index
    # no recorded crime speaks of it: partners count
    cyber = plan.table[plan.table["threat"] == "cyber"]
    assert set(cyber["measure"]) == {"Cyber crime: cases known to partners"}
    assert cyber["baseline"].isna().all()


def test_options_can_be_chosen_and_phases_dated():
    clear = (dt.date(2026, 2, 1), dt.date(2026, 3, 31))
    plan = seeded(options=["PURS-04", "PREV-02", "PURS-14"], phases={"Clear": clear})
    assert list(plan.table.index) == ["PURS-04", "PREV-02", "PURS-14"]
    assert plan.table.loc["PURS-14", "threat"] == "counterfeit"
    phases = plan.phases()
    assert phases.loc["Clear", ["actions", "start", "due"]].tolist() == [2, *clear]
    assert phases.loc["Hold", ["actions", "start", "due"]].tolist() == [0, None, None]
    assert phases.loc["Build", "due"] == dt.date(2027, 1, 5)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"area": "W9"}, "none of the 2 areas assessed"),
        ({"start": "2026-01-05"}, "`start` is '2026-01-05'; it must be a date"),
        ({"due": dt.date(2025, 12, 31)}, "`due` is 2025-12-31, before the start, 2026-01-05"),
        ({"review": dt.date(2025, 12, 31)}, "`review` is 2025-12-31, before the start"),
        ({"threats": ["drugs", "terror"]}, "`threats` is 'terror'"),
        ({"options": ["PREP-99"]}, "`options` is 'PREP-99'"),
        ({"options": "PREP-01"}, "give a list"),
        ({"agencies": "River Trust"}, "`agencies` is the text"),
        ({"agencies": [" "]}, "blank name"),
        ({"phases": {"Cleer": (START, START)}}, "Did you mean 'Clear'"),
        ({"phases": {"Clear": (START, dt.date(2025, 1, 1))}}, "ends Clear .* before it begins"),
        ({"phases": {"Clear": (dt.date(2025, 1, 1), START)}}, "begins Clear on 2025-01-01, before the start"),
        ({"about": None}, "`about` is not stated"),
    ],
)
def test_a_plan_that_cannot_be_seeded_says_why(changed, message):
    with pytest.raises(ParameterError, match=message):
        seeded(**changed)


def test_months_end_with_their_month():
    assert months_after(dt.date(2024, 2, 29), 12) == dt.date(2025, 2, 28)
    assert months_after(dt.date(2026, 12, 31), 6) == dt.date(2027, 6, 30)


# dates


def test_overdue_compares_with_the_day_given():
    plan = seeded(options=["PREP-01", "PREP-02", "PREP-03"], due=dt.date(2026, 3, 1))
    plan = edited(plan, status=["done", "in progress", "not started"], due=dt.date(2026, 3, 1))
    assert plan.overdue(on=dt.date(2026, 3, 1)).empty
    late = plan.overdue(on=dt.date(2026, 3, 11))
    assert late["days_overdue"].to_dict() == {"PREP-02": 10, "PREP-03": 10}
    assert plan.to_review(on=dt.date(2026, 7, 4)).empty
    assert plan.to_review(on=dt.date(2026, 7, 5))["days_since"].to_dict() == {"PREP-02": 0, "PREP-03": 0}
    with pytest.raises(ParameterError, match="`on` is '2026-03-11'"):
        plan.overdue(on="2026-03-11")


def test_actions_without_a_date_are_told_apart_and_never_overdue():
    plan = seeded(options=["PREP-01", "PREP-02"])
    plan = edited(plan, due=[None, dt.date(2026, 2, 1)])
    assert list(plan.overdue(on=dt.date(2030, 1, 1)).index) == ["PREP-02"]
    assert list(plan.without_date().index) == ["PREP-01"]


# measures of a plan


def test_measures_link_to_the_next_assessment():
    plan = seeded(options=["PROT-22", "PREP-12"])
    links = plan.measures()
    assert links["computed_by"].tolist() == ["assessment", "partners"]
    assert links["value"].isna().all()
    tables = make_assessment_tables()
    again = plan.measures(make_assessment_tables(counts=tables["counts"].assign(n=tables["counts"]["n"] * 2)))
    assert again.loc["PROT-22", ["baseline", "value", "value_period"]].tolist() == [15.0, 30.0, "2025-04 to 2025-05"]
    assert again.loc["PROT-22", "unit"] == "crimes a month"
    assert list(again.columns) == list(links.columns)


def test_a_plan_of_an_earlier_version_is_read_and_its_sums_are_compared_as_sums(tmp_path, sheet):
    later = [place(name) for name in LATER_COLUMNS]
    rows = [[cell for at, cell in enumerate(row) if at not in later] for row in sheet]
    head = next(row for row in rows if row[0] == "action_id")
    rows[-1][head.index("measure_key")], rows[-1][head.index("baseline")] = "counts.n[burglary]", "30"
    plan = read_plan(write_rows(tmp_path / "earlier.csv", rows))
    assert all((plan.table[name].isna() | (plan.table[name].astype(object) == "")).all() for name in LATER_COLUMNS)
    link = plan.measures(make_assessment_tables()).loc["PREP-02"]
    assert link[["baseline", "value", "unit"]].tolist() == [30.0, 30.0, "crimes"]


# sheets

TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cn", "Cs"]) | st.sampled_from("\n\t,;'\"=+-@"), max_size=12
)
NASTY = TEXT | st.sampled_from(
    [
        "=1+1",
        "'=1",
        "''@x",
        "-5",
        "007",
        "1e5",
        "TRUE",
        "2026-01-05",
        "_x000D_",
        "a,b;c|d",
        'say "so"',
        "x\ny",
        "é🙂",
        "marking: SECRET",
    ]
)
DAYS = st.dates(dt.date(2026, 1, 5), dt.date(2099, 12, 31)) | st.none()
NUMBERS = st.floats(-9e307, 9e307) | st.none()
BASE = seeded(options=["PREP-01", "PREP-02"], agencies=["River Trust, lower"])


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    ids = draw(st.lists(NASTY, min_size=1, max_size=3, unique_by=tidy))
    actions = draw(st.lists(NASTY, min_size=len(ids), max_size=len(ids)))
    assume(all(tidy(text) for text in [*ids, *actions]))
    n = len(ids)
    several = lambda strategy: draw(st.lists(strategy, min_size=n, max_size=n))  # noqa: E731
    columns = {name: several(NASTY) for name in ("threat", "owner", "power", "measure", "baseline_period", "source")}
    columns |= {
        "p": several(st.sampled_from(["Prepare", "Pursue"])),
        "agency": several(st.sampled_from(["police", ""])),
    }
    columns |= {"phase": several(st.sampled_from(["", "Hold"])), "status": several(st.sampled_from(STATUSES))}
    columns |= {"start": [START] * n, "due": several(DAYS), "review": several(DAYS), "measure_key": [""] * n}
    columns |= {name: several(NUMBERS) for name in NUMBER_COLUMNS}
    texts = ("output", "output_unit", "unit", "target_period", "notes", "their notes", "output_note", "target_reason")
    columns |= {name: several(NASTY) for name in texts}
    return BASE.with_actions(pd.DataFrame({"action_id": ids, "action": actions, **columns}))


@given(days=st.integers(-400, 800), status=st.sampled_from(STATUSES))
def test_a_later_day_never_makes_less_overdue(days, status):
    plan = edited(BASE, status=["not started", status])
    day = START + dt.timedelta(days=days)
    earlier, later = plan.overdue(on=day), plan.overdue(on=day + dt.timedelta(days=1))
    assert set(earlier.index) <= set(later.index)


@pytest.mark.parametrize("extension", ["xlsx", "csv"])
@settings(max_examples=40)
@given(plan=plans())
def test_a_plan_comes_back_without_loss(tmp_path_factory, extension, plan):
    path = tmp_path_factory.mktemp("plan") / f"plan.{extension}"
    plan.save(path)
    back = read_plan(path)
    assert_frame_equal(back.table, plan.table)
    assert back.settings == plan.settings
    assert back.about == plan.about


@pytest.mark.parametrize("extension", ["xlsx", "csv"])
def test_the_same_plan_gives_the_same_bytes(tmp_path, extension):
    for name in ("one", "two"):
        seeded().save(tmp_path / f"{name}.{extension}")
    assert (tmp_path / f"one.{extension}").read_bytes() == (tmp_path / f"two.{extension}").read_bytes()


def test_no_cell_of_a_sheet_is_a_formula(tmp_path):
    plan = edited(seeded(options=["PREP-01"]), owner='=HYPERLINK("http://x")', power="@SUM(A1)", source="+44")
    plan.save(tmp_path / "plan.xlsx")
    plan.save(tmp_path / "plan.csv")
    page = load_workbook(tmp_path / "plan.xlsx")["4P plan"]
    cells = [cell for row in page.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}
    assert all(cell.hyperlink is None for cell in cells)
    with (tmp_path / "plan.csv").open(encoding="utf-8-sig", newline="") as lines:
        texts = [cell for row in csv.reader(lines) for cell in row]
    assert not [text for text in texts if text.startswith(("=", "+", "-", "@"))]
    assert "'+44" in texts


def test_a_sheet_opens_with_its_marking_and_offers_choices(tmp_path):
    seeded(agencies=["River Trust"]).save(tmp_path / "plan.xlsx")
    book = load_workbook(tmp_path / "plan.xlsx")
    assert book["4P plan"]["A1"].value == "marking: OFFICIAL-SENSITIVE"
    lists = {rule.formula1 for rule in book["4P plan"].data_validations.dataValidation}
    assert len(lists) == 4
    offered = [cell.value for cell in book["Choices"]["B"]]
    assert book["Choices"]["A1"].value == "OFFICIAL-SENSITIVE"
    assert offered[1] == "Agency"
    assert offered[-1] == "River Trust"


def rows_of(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.reader(lines))


def write_rows(path: Path, rows: list[list[str]], **options: str) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, **options).writerows(rows)
    return path


@pytest.fixture
def sheet(tmp_path) -> list[list[str]]:
    """Rows of a saved plan of two actions; the last two are the actions."""
    seeded(options=["PREP-01", "PREP-02"]).save(tmp_path / "saved.csv")
    return rows_of(tmp_path / "saved.csv")


def place(column: str) -> int:
    return ["action_id", *PLAN_COLUMNS].index(column)


@pytest.mark.parametrize(
    ("column", "cell", "message"),
    [
        ("action_id", "PREP-02", r"'PREP-02' stands more than once"),
        ("action_id", "", "is blank; each action needs an id"),
        ("action", " ", "column 'action': is blank"),
        ("p", "Pursuit", r"'Pursuit' must be one of .*did you mean 'Pursue'"),
        ("p", "", "must be one of"),
        ("agency", "polise", r"'polise' is no known agency; did you mean 'police'; name it in `agencies=`"),
        ("phase", "Rebuild", "did you mean 'Build'"),
        ("status", "finished", "must be one of"),
        ("due", "2025-12-31", r"column 'due': '2025-12-31' is before the start, 2026-01-05"),
        ("review", "2025-12-31", "column 'review': '2025-12-31' is before the start"),
        ("due", "soon", "'soon' is not a date; write it as 2026-10-31"),
        ("due", "2026-02-30", "is not a date"),
        ("due", "0202-10-01", "is before 1901"),
        ("due", "01/10/2026", "can be read two ways; write it as 2026-10-31, or say how: --day-first"),
        ("baseline", "=1+1", "'=1\\+1' is text, not a number"),
        ("target", "1,000", "thousands separators"),
        ("target", "1e308", "larger than a workbook holds"),
        ("measure_key", "index.rates", "did you mean 'index.rate'"),
        ("owner", "a\x07b", "control character"),
        ("owner", "x" * 32_768, "more than 32,767 characters"),
    ],
)
def test_a_fault_is_named_with_its_row_and_column(tmp_path, sheet, column, cell, message):
    sheet[-2][place(column)] = cell
    with pytest.raises(SchemaError, match=message) as error:
        read_plan(write_rows(tmp_path / "plan.csv", sheet))
    assert f"row {len(sheet) - 1}" in str(error.value) or column == "action_id"


def test_all_faults_are_named_at_once(tmp_path, sheet):
    sheet[-1][place("agency")], sheet[-2][place("due")] = "polise", "soon"
    with pytest.raises(SchemaError, match="2 faults"):
        read_plan(write_rows(tmp_path / "plan.csv", sheet))


def test_a_past_due_date_is_told_by_overdue_and_is_no_fault(tmp_path, sheet):
    sheet[-2][place("start")], sheet[-2][place("due")] = "2001-01-01", "2001-02-01"
    plan = read_plan(write_rows(tmp_path / "plan.csv", sheet))
    assert plan.overdue(on=dt.date(2001, 2, 2))["days_overdue"].to_dict() == {"PREP-01": 1}


def test_days_first_is_stated_and_not_guessed(tmp_path, sheet):
    sheet[-2][place("due")] = "1/10/2026"
    path = write_rows(tmp_path / "plan.csv", sheet)
    assert read_plan(path, day_first=True).table.loc["PREP-01", "due"] == dt.date(2026, 10, 1)
    assert read_plan(path, day_first=False).table.loc["PREP-01", "due"] == dt.date(2026, 1, 10)


def test_a_formula_in_a_csv_is_text(tmp_path, sheet):
    sheet[-2][place("owner")], sheet[-1][place("owner")] = "=1+1", "'=2+2"
    plan = read_plan(write_rows(tmp_path / "plan.csv", sheet))
    assert plan.table["owner"].tolist() == ["=1+1", "=2+2"]


def test_a_formula_in_a_workbook_is_refused_with_its_cell(tmp_path):
    seeded(options=["PREP-01"]).save(tmp_path / "plan.xlsx")
    book = load_workbook(tmp_path / "plan.xlsx")
    book["4P plan"]["E3"] = "=TODAY()+30"
    book.save(tmp_path / "edited.xlsx")
    with pytest.raises(SchemaError, match=r"formulas in 1 cell, such as \['E3'\].*paste them as values"):
        read_plan(tmp_path / "edited.xlsx")


def test_what_partners_do_in_a_workbook_is_read(tmp_path):
    seeded(options=["PREP-01", "PREP-02"]).save(tmp_path / "plan.xlsx")
    book = load_workbook(tmp_path / "plan.xlsx")
    page = book["4P plan"]
    top = next(row for row in range(1, 30) if page.cell(row, 1).value == "Action no.")
    at = {COLUMN_OF[page.cell(top, column).value.lower()]: column for column in range(1, 29)}
    page.cell(top + 1, at["due"]).value = dt.datetime(2026, 10, 1)
    page.cell(top + 1, at["agency"]).value = "HMRC"
    page.cell(top + 1, at["target"]).value = 12
    page.cell(top + 1, at["notes"]).value = "seen"
    page.cell(top, 29).value, page.cell(top + 1, 29).value = "Budget", "600"
    for column, value in (("action_id", 7), ("p", "pursue"), ("action", "New"), ("status", "In progress")):
        page.cell(top + 4, at[column]).value = value
    book.save(tmp_path / "plan.xlsx")
    table = read_plan(tmp_path / "plan.xlsx").table
    assert table.loc["PREP-01", ["due", "agency", "target", "notes"]].tolist() == [
        dt.date(2026, 10, 1),
        "HM Revenue and Customs",
        12.0,
        "seen",
    ]
    assert table.loc["PREP-01", "Budget"] == "600"
    assert table.loc["7", ["p", "status", "due"]].tolist() == ["Pursue", "in progress", None]


def test_a_spreadsheet_of_another_country_can_save_the_csv(tmp_path, sheet):
    plan = read_plan(write_rows(tmp_path / "plan.csv", sheet, delimiter=";"))
    assert list(plan.table.index) == ["PREP-01", "PREP-02"]


def test_marking_and_area_must_be_said_somewhere(tmp_path, sheet):
    bare = write_rows(tmp_path / "bare.csv", sheet[-3:])
    with pytest.raises(SchemaError, match="does not say its marking"):
        read_plan(bare)
    with pytest.raises(SchemaError, match="does not say its area"):
        read_plan(bare, marking="OFFICIAL")
    plan = read_plan(bare, marking="SECRET", area="W1")
    assert (plan.about.marking, plan.settings.area) == ("SECRET", "W1")
    whole = write_rows(tmp_path / "whole.csv", sheet)
    assert read_plan(whole, marking="OFFICIAL").about.marking == "OFFICIAL-SENSITIVE"
    with pytest.raises(SchemaError, match="is for the area 'W1'"):
        read_plan(whole, area="W2")


def test_lines_above_that_are_not_ours_are_told(tmp_path, sheet):
    path = write_rows(tmp_path / "plan.csv", [["Draft for Tuesday"], *sheet])
    with pytest.warns(DataWarning, match="1 line above its table that is not kept"):
        read_plan(path)


@pytest.mark.parametrize(("label", "text"), [("start", "soon"), ("boundary year", "new")])
def test_a_broken_line_above_is_named(tmp_path, sheet, label, text):
    rows = [[f"{label}: {text}"] if row[0].startswith(f"{label}: ") else row for row in sheet]
    with pytest.raises(SchemaError, match=f"{label} '{text}'"):
        read_plan(write_rows(tmp_path / "plan.csv", rows))


def test_a_table_without_the_plans_columns_says_so(tmp_path):
    with pytest.raises(SchemaError, match="lacks the columns"):
        read_plan(write_rows(tmp_path / "plan.csv", [["a", "b"], ["1", "2"]]))
    with pytest.raises(SchemaError, match="lacks the columns"):
        read_plan(
            write_rows(tmp_path / "some.csv", [["action_id", "p"], ["1", "Pursue"]]), marking="OFFICIAL", area="W1"
        )


def test_files_that_are_no_sheets_are_refused(tmp_path):
    (tmp_path / "plan.xlsx").write_text("action_id,p")
    with pytest.raises(RefusedError, match="not an Excel workbook"):
        read_plan(tmp_path / "plan.xlsx")
    with pytest.raises(ParameterError, match=r"saved as \.xlsx or \.csv"):
        seeded().save(tmp_path / "plan.docx")
    with pytest.raises(StoreError):
        seeded().save(tmp_path / "nowhere" / "plan.csv")
    assert zipfile.is_zipfile(tmp_path / "plan.xlsx") is False


def test_changed_actions_are_checked_and_the_old_plan_stays():
    plan = seeded(options=["PREP-01"])
    changed = edited(plan, owner="B")
    assert (plan.table.loc["PREP-01", "owner"], changed.table.loc["PREP-01", "owner"]) == ("partnership manager", "B")
    with pytest.raises(SchemaError, match="no known agency"):
        edited(plan, agency="Nobody")
    with pytest.raises(SchemaError, match="no rows"):
        plan.with_actions(plan.table.iloc[:0])
