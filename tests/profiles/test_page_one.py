"""Page one: what to do first, what changed, and the few facts, each against the tables they came from."""

from __future__ import annotations

import dataclasses
import datetime as dt
import struct

import numpy as np
import pandas as pd
import pytest
from factories import make_assessment_tables

import socharm as sh
from socharm._about import About, AssessmentPeriod
from socharm.assessment.steps.accounts import ACCOUNTS
from socharm.documents.document import Document
from socharm.documents.evidence import Evidence
from socharm.documents.render import save_document
from socharm.io.incidents.streets import told_street
from socharm.maps.place_squares import LISTED
from socharm.offences import CATEGORIES
from socharm.plans.facts import ProfileFacts
from socharm.plans.threats import find_threats
from socharm.plans.weighing import WeighOffencesSettings, weigh_offences
from socharm.profiles.advice import RULES, advice_section, recommend
from socharm.profiles.change import change_of, change_row, change_sentence
from socharm.profiles.content import (
    Material,
    area_noun,
    force_words,
    old_months,
    quotient_decimals,
    quotient_words,
    source_line,
)
from socharm.profiles.gaps import gaps_section
from socharm.profiles.harm import harm_section
from socharm.profiles.headline import SOURCES_BELOW, headline_section, ranks_table
from socharm.profiles.offence_rules import OFFENCE_RULES, metal_evidence, standing_words
from socharm.profiles.side_text import ProfileText
from socharm.profiles.streets import streets_sentence
from socharm.profiles.subject import subject_of
from socharm.publish.licences import OGL
from socharm.snapshot.centres import CENTRE_FLAG, centre_note

MONTHS = pd.period_range("2025-01", periods=12, freq="M")


def material_of(**changed: pd.DataFrame) -> Material:
    tables = make_assessment_tables(**changed)
    subject = subject_of("W1", tables)
    return Material(
        subject=subject,
        about=About(),
        evidence=Evidence(period="", source="x"),
        text=ProfileText(),
        threats=find_threats(subject.tables, area="W1"),
        weighed=weigh_offences(subject.tables, area="W1"),
    )


def by_month(here: list[int], there: list[int], *, months: pd.PeriodIndex = MONTHS) -> pd.DataFrame:
    rows = [
        {"area_code": code, "period": month, "crimes": n}
        for code, counts in (("W1", here), ("W2", there))
        for month, n in zip(months, counts, strict=True)
    ]
    return pd.DataFrame(rows)


# what changed


def test_the_last_six_months_are_set_beside_the_six_before_and_the_force():
    """120 crimes after 60 while the others stay: of 180, 92 are expected later, give or take 19."""
    material = material_of(by_period=by_month([10] * 6 + [20] * 6, [250] * 12))
    change = change_of(material)
    assert (change.before, change.later) == (60, 120)
    assert (change.before_months, change.later_months) == ("2025-01 to 2025-06", "2025-07 to 2025-12")
    assert change.here == pytest.approx(1.0)
    assert change.usual == pytest.approx(1620 / 1560 - 1)
    assert change.beyond_chance
    row = change_row(material, change)
    assert row[1] == "120 crimes, after 60 in the six before (+100%)"
    assert row[2] == "all areas together +4%: the difference is more than chance explains"


def test_a_small_difference_is_within_chance():
    """Of 162, 80 are expected later: 8 off, and two deviations are 1.96 x sqrt(162/4 x .95 x 2.28) = 18; of 138, 20."""
    counts = by_month([15] * 6 + [12] * 5 + [10], [250] * 12)
    assert not change_of(material_of(by_period=counts)).beyond_chance
    far = by_month([15] * 6 + [8] * 6, [250] * 12)
    assert change_of(material_of(by_period=far)).beyond_chance


@pytest.mark.parametrize(
    "counts",
    [
        by_month([100], [100], months=MONTHS[:1]),
        by_month([10] * 12, [10] * 12, months=MONTHS[:8].append(MONTHS[8:] + 1)),
        by_month([1] * 12, [10] * 12),
        by_month([0] * 6 + [20] * 6, [10] * 12),
    ],
    ids=["one month", "a month between is missing", "few crimes", "none before"],
)
def test_what_cannot_be_compared_is_not(counts):
    assert change_of(material_of(by_period=counts)) is None


def test_a_shorter_period_compares_half_of_its_months():
    """Of seven months the last three and the three before: 30 and 60 crimes."""
    material = material_of(by_period=by_month([99, *[10] * 3, *[20] * 3], [250] * 7, months=MONTHS[:7]))
    change = change_of(material)
    assert (change.size, change.before, change.later) == (3, 30, 60)
    assert change_row(material, change)[:2] == ("Last three months", "60 crimes, after 30 in the three before (+100%)")
    assert change_sentence(change).startswith("The last three months are May 2025 to July 2025, the three before")


def test_a_place_that_is_all_areas_is_not_compared_with_itself():
    counts = by_month([10] * 6 + [20] * 6, [20] * 12)
    material = material_of(by_period=counts[counts["area_code"] == "W1"])
    change = change_of(material)
    assert change.beyond_chance is None
    assert change_row(material, change)[2] == "all areas together +100%"


def with_one_more(code: str) -> pd.DataFrame:
    areas = make_assessment_tables()["areas"]
    return pd.concat([areas, areas.loc[["W2"]].set_axis(pd.Index([code], name=areas.index.name))])


def test_an_area_that_is_known_in_one_half_only_is_no_change_of_all_areas():
    """With its 250 a month in the later half only, all areas together would have risen by 2,500%."""
    counts = by_month([10] * 6 + [20] * 6, [250] * 12)
    third = counts[counts["area_code"] == "W2"].assign(area_code="W3", crimes=100)
    counts = pd.concat([counts, third], ignore_index=True)
    gap = (counts["area_code"] == "W2") & (counts["period"] < MONTHS[6])
    without = counts[~gap]
    unknown = counts.assign(crimes=counts["crimes"].astype(float).mask(gap))
    for table in (without, unknown):
        change = change_of(material_of(by_period=table, areas=with_one_more("W3")))
        assert change.usual == pytest.approx(720 / 660 - 1)
        assert (change.before, change.later) == (60, 120)


def test_a_place_of_several_areas_is_compared_only_where_all_of_them_are_known():
    counts = by_month([10] * 12, [20] * 12)
    both = counts.groupby("period")["crimes"].sum().reset_index().assign(area_code="D1")
    gap = counts[~((counts["area_code"] == "W2") & (counts["period"] == MONTHS[2]))]
    for table, compared in ((counts, True), (gap, False)):
        material = material_of(by_period=pd.concat([table, both], ignore_index=True), areas=with_one_more("D1"))
        district = dataclasses.replace(material.subject, key="D1", kind="district", codes=("W1", "W2"))
        assert (change_of(dataclasses.replace(material, subject=district)) is not None) is compared


# what to do first


def test_every_kind_of_crime_has_one_rule():
    spoken = [rule.category for rule in OFFENCE_RULES]
    assert len(set(spoken)) == len(spoken)
    # what police.uk puts into a category of its own because it fits no other gives nobody a task
    assert set(CATEGORIES) - set(spoken) == {"other-crime"}
    ids = [rule.id for rule in (*RULES, *OFFENCE_RULES)]
    assert len(set(ids)) == len(ids)
    assert all(rule.partners and rule.advice and rule.when for rule in OFFENCE_RULES)


def test_the_kinds_of_crime_come_in_the_order_of_their_weights_with_their_numbers():
    material = material_of()
    made = recommend(material)
    assert [item.id for item in made][:3] == ["R17", "R08", "R07"]
    # 30 burglaries hold 3,000 of 4,000, with the share of crimes that both wards have together
    assert made[0].found.startswith(
        "30 crimes, 75% of the harm here; not told apart from its share of crimes in all areas together: 1.0 times ("
    )
    assert made[0].action.startswith("Burglary: secure the homes and shops")
    assert made[0].action.endswith("With housing, trading standards, neighbourhood watch.")


@pytest.mark.parametrize(
    ("crimes", "low", "high", "stands_out", "words"),
    [
        (40, 1.1, 2.9, True, "{times} its share of crimes in the force"),
        (40, 0.7, 0.9, False, "a smaller share of crimes than in the force: {times}"),
        (9, 5.0, 6.9, False, "a larger share of crimes than in the force, but too few crimes to lead: {times}"),
        (
            10,
            5.0,
            6.9,
            False,
            "a larger share of crimes than in the force, but too little of the harm to lead: {times}",
        ),
        (40, 0.8, 1.1, False, "not told apart from its share of crimes in the force: {times}"),
    ],
)
def test_a_share_of_crimes_is_told_by_its_interval(crimes, low, high, stands_out, words):
    assert standing_words(crimes, low, high, stands_out=stands_out, whole="the force") == words


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Nightclub", "nightclubs"),
        ("Shopping Area", "shopping areas"),
        ("Parking Area", "parking areas"),
        ("Theatre/Concert Hall", "theatres/concert halls"),
        ("Sports/Recreation Area", "sports/recreation areas"),
        ("Hospital Lane", "Hospital Lane"),
    ],
)
def test_kinds_of_places_are_told_in_the_plural(name, told):
    assert told_street(name) == told


def test_streets_and_the_one_month_that_leads_are_named():
    streets = pd.DataFrame(
        {
            "area_code": ["W1", "W1", "W1", "W2"],
            "offence": ["burglary", "burglary", "drugs", "burglary"],
            "street": ["St Peter'S Road", "Petrol Station", "High Street", "Elsewhere"],
            "n": [12, 9, 5, 30],
        }
    )
    cells = make_assessment_tables()["cells"].copy()
    burglaries = (cells["area_code"] == "W1") & (cells["offence"] == "burglary")
    cells.loc[burglaries, "n"] = [5, 25]
    cells["harm"] = cells["n"] * cells["weight"]
    found = {item.id: item.found for item in recommend(material_of(streets=streets, cells=cells))}
    assert "Most on or near: St Peter's Road (12) and petrol stations (9)." in found["R17"]
    assert found["R17"].endswith("Most in one month: May 2025 (25)")
    assert "No one street had five or more" in found["R08"]
    # 15 and 15: no month leads
    assert "month" not in {item.id: item.found for item in recommend(material_of(streets=streets))}["R17"]


def test_what_to_do_about_violence_and_drugs_names_the_place_that_leads_here():
    rows = [("drugs", "High Street", 9), ("drugs", "Petrol Station", 7), ("violence-and-sexual-offences", "A193", 6)]
    streets = pd.DataFrame([{"area_code": "W1", "offence": kind, "street": name, "n": n} for kind, name, n in rows])
    texts = {item.id: item.text for item in recommend(material_of(streets=streets))}
    assert texts["R07"].startswith("Set what the searches on or near High Street found beside")
    assert texts["R08"].startswith("Begin on or near A193: find out how much of it was at home")
    # two places with as many: neither leads
    tied = {item.id: item.text for item in recommend(material_of(streets=streets.assign(n=9)))}
    assert tied["R07"].startswith("Set what the searches found beside")
    assert recommend(material_of())[1].text.startswith("Take it apart first")


def test_sources_are_told_by_what_they_are():
    material = material_of()
    inputs = [{"role": "areas", "path": "input/wards.gpkg"}, {"role": "population", "path": "people.csv"}]
    about = About(sources=("police.uk street-level crime data", "wards.gpkg", "Mid-2020 estimates"))
    told = source_line(dataclasses.replace(material, about=about, manifest={"inputs": inputs}))
    boundaries = "boundaries: source not named (file wards.gpkg)"
    assert told == f"Source: police.uk street-level crime data; {boundaries}; Mid-2020 estimates. {OGL}"


@pytest.mark.parametrize(("low", "high", "decimals"), [(1.14, 2.94, 1), (0.78, 0.9955, 2), (1.02, 2.5, 1)])
def test_a_quotient_has_the_digits_that_its_interval_bears(low, high, decimals):
    """1.89 times of 19 robberies says more than an interval from 1.14 to 2.94 can know."""
    assert quotient_decimals(low, high) == decimals
    said, ends = quotient_words((low + high) / 2, low, high, decimals)
    assert len(said.split(".")[1]) == decimals
    assert not ends.startswith("1.0 ")  # an end beside 1 is said to be over it


@pytest.mark.parametrize(
    ("low", "high", "ends"),
    [
        (0.782, 0.9955, "0.78 to under 1.00"),
        (1.0004, 1.4, "over 1.00 to 1.40"),
        (0.9, 0.999999, "0.90 to under 1.00"),
        (0.9, 1.004, "0.90 to 1.00"),
        (1.001, 1.003, "over 1.00"),
    ],
)
def test_an_interval_beside_one_never_prints_as_if_it_held_one(low, high, ends):
    """A share that is smaller by its interval is not denied by an end of 1.00, and no row has other decimals."""
    value = (low + high) / 2
    said, between = quotient_words(value, low, high, 2)
    assert between == ends
    assert float(said.split()[-1]) == round(value, 2)
    assert quotient_words(value, float("nan"), float("nan"), 1) == (f"{value:.1f}", "")


def test_incidents_by_street_are_not_crimes():
    streets = pd.DataFrame(
        {
            "area_code": "W1",
            "offence": ["anti-social-behaviour", "burglary"],
            "street": ["High Street", "Low Street"],
            "easting": 0.0,
            "northing": 0.0,
            "n": [12, 9],
        }
    )
    material = material_of(streets=streets)
    for category, unit in (("anti-social-behaviour", "incidents"), ("burglary", "crimes")):
        assert streets_sentence(material, category)
        assert material.evidence.table["unit"].iloc[-1] == unit


@pytest.mark.parametrize(
    ("unit", "told"),
    [
        ("sentence-days per resident per year", "harm per resident"),
        ("sentence-days per 1,000 workday persons per year", "harm per 1,000 workday persons"),
        ("sentence-days per area per year", "harm"),
    ],
)
def test_ranks_are_of_harm_per_what_it_is_divided_by(unit, told):
    material = dataclasses.replace(material_of(), about=About(unit=unit))
    ranking = pd.DataFrame(
        {
            "name": ["One", "Two"],
            "rank": [2.0, 1.0],
            "rank_low_90": [1, 1],
            "rank_high_90": [2, 2],
            "parent": ["D"] * 2,
        },
        index=pd.Index(["W1", "W2"], name="area_code"),
    )
    tables = material.tables.with_tables(ranking=ranking)
    material = dataclasses.replace(material, subject=dataclasses.replace(material.subject, tables=tables))
    section = headline_section(material, actions=())
    assert f"for {told} (90%" in section.lead
    assert section.lead.endswith(f"1st has the most {told}.")
    table = ranks_table(material)
    assert table.caption.endswith(f" by {told}")
    assert table.note.startswith(f"Rank 1 is the most {told}. ")


@pytest.mark.parametrize(
    ("on", "told"),
    [
        (
            dt.date(2026, 11, 27),
            "The recorded crime ends with June 2014, 12 years and 4 months before 27 November 2026",
        ),
        (dt.date(2015, 7, 2), "The recorded crime ends with June 2014, 12 months before 2 July 2015"),
        (dt.date(2015, 7, 1), ""),
        (dt.date(2014, 9, 1), ""),
    ],
)
def test_months_that_are_old_are_told_on_page_one_and_among_the_gaps(on, told):
    about = About(period=AssessmentPeriod("2013-06", "2014-06"))
    ranking = pd.DataFrame(
        {"name": ["One", "Two"], "rank": [2.0, 1.0], "rank_low_90": 1, "rank_high_90": 2, "parent": "D"},
        index=pd.Index(["W1", "W2"], name="area_code"),
    )
    material = dataclasses.replace(material_of(ranking=ranking), about=about)
    assert old_months(material, on) == told
    section = headline_section(material, actions=(), old=told)
    assert any(text.startswith("The recorded crime ends") for text in section.opening) is bool(told)
    rows = gaps_section(material, ProfileFacts(), old=told).tables[0].rows
    assert any("the recorded crime ends with June 2014" in row[0] for row in rows) is bool(told)


def test_what_the_rank_must_be_read_with_stands_straight_below_it(tmp_path):
    """Mark, old months and residents of other years: before anything to do, and the mark behind what it is of."""
    people = pd.DataFrame(
        {"value": [1000.0, 900.0], "kind": "resident", "date": "2020-06-30", "flag": [CENTRE_FLAG, ""]},
        index=pd.Index(["W1", "W2"], name="area_code"),
    )
    ends = {"rank_low_90": 1, "rank_high_90": 1, "parent": "D"}
    index = pd.Index(["W1", "W2"], name="area_code")
    ranking = pd.DataFrame({"name": ["One", "Two"], "rank": [1.0, 2.0], **ends}, index=index)
    sets = pd.DataFrame({"joint_low": [1, 2], "joint_high": [1, 2]}, index=index)
    material = material_of(ranking=ranking, population=people, rank_sets=sets)
    material = dataclasses.replace(material, about=About(unit="sentence-days per resident per year"))
    section = headline_section(material, actions=("Do this.",), old="The recorded crime ends with May 2025")
    assert section.lead.endswith("beyond reasonable doubt as a rate per resident †.")
    # Two paragraphs, whatever there is to know: the mark has its own, all else stands in one.
    assert [text[:20] for text in section.opening] == ["† Far more crimes th", "The recorded crime e"]
    assert " Residents are of 30 June 2020" in section.opening[1]
    made = Document(title="x", marking="OFFICIAL", day=dt.date(2026, 1, 1), sections=(section,))
    save_document(made, tmp_path / "x.md")
    text = (tmp_path / "x.md").read_text(encoding="utf-8").replace("\n", " ")
    assert text.index("Residents are of 30 June 2020, 4 years and 10 months before") < text.index("Do this.")


def test_page_one_of_a_district_holds_its_table_and_its_sources_stand_under_its_harm(assessed):
    """At most six areas, low pictures, and sources in the next section: nothing of page one runs over."""
    district = sh.seed_profile("North", assessed)
    section, harm = (next(part for part in district.sections if part.key == key) for key in ("headline", "harm"))
    inside = section.tables[-1]
    assert inside.header[0] == "Area"
    assert 0 < len(inside.rows) <= LISTED == 6
    assert section.source == SOURCES_BELOW
    assert harm.source.startswith("Source: ")
    ward = sh.seed_profile("E05000000", assessed)
    assert ward.sections[0].source.startswith("Source: ")
    heights = {
        name: {figure.name: struct.unpack(">II", figure.draw()[16:24])[1] for figure in profile.sections[0].figures}
        for name, profile in (("ward", ward), ("district", district))
    }
    assert heights["district"]["standing"] < 0.75 * heights["ward"]["standing"]
    assert heights["district"]["map"] < 0.85 * heights["ward"]["map"]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        # 43 a year, 95% interval 36.9 to 49.1: the square of 43 over 3.1
        (3.1, "It does not rest on a few crimes: by chance it varies like a count of about 192 crimes."),
        (8.8, "By chance it varies like a count of about 24 crimes."),
        (17.0, "A few grave crimes can move it: by chance it varies like a count of about 6 crimes."),
        (43.0, "A few grave crimes can move it: by chance it varies like a single crime."),
        (float("nan"), ""),
    ],
)
def test_the_count_that_varies_as_much_is_that_of_the_interval_beside_it(error, told):
    """Over-dispersion is in both; what is withheld, in published form, has neither."""
    codes = pd.Index(["W1", "W2"], name="area_code")
    index = pd.DataFrame(
        {"crimes": 800, "harm": 900.0, "rate": 43.0, "rate_se": error, "exposure": 20.0, "rankable": True}, index=codes
    )
    drivers = pd.DataFrame({"effective_events": 617.0, "events_for_half": pd.NA}, index=codes)
    months = by_month([10], [10], months=MONTHS[:1]).assign(harm=1.0)
    material = material_of(index=index, drivers=drivers, by_period=months)
    tables = material.tables.with_tables(location_quotients=material.tables["location_quotients"].head(0))
    material = dataclasses.replace(material, subject=dataclasses.replace(material.subject, tables=tables))
    said = [text for text in harm_section(material).paragraphs if "varies" in text]
    assert said == ([told] if told else [])
    noted = material.evidence.table
    counts = noted.loc[noted["column"] == "rate_se", "value"]
    assert counts.tolist() == ([pytest.approx((43 / error) ** 2)] if told else [])


@pytest.mark.parametrize("carried", ["best fit by a point inside each polygon", "best fit by centroid", "", None])
def test_a_coarse_fit_of_the_population_is_told_below_the_rank_and_under_the_ranks(carried):
    """A run of an earlier version does not hold it, and says nothing."""
    codes = pd.Index(["W1", "W2"], name="area_code")
    people = pd.DataFrame({"value": 1000.0, "kind": "resident", "date": "2024-06-30", "flag": ""}, index=codes)
    if carried is not None:
        people["carried"] = carried
    ranks = {"rank_low_90": [1, 1], "rank_high_90": [2, 2], "parent": "D"}
    ranking = pd.DataFrame({"name": ["One", "Two"], "rank": [1.0, 2.0], **ranks}, index=codes)
    material = dataclasses.replace(
        material_of(ranking=ranking, population=people), about=About(unit="sentence-days per resident per year")
    )
    told = (
        "Populations were fitted by a point inside each smaller area, a coarse fit: single areas can be off by more "
        "than half, and their rates and ranks with them."
    )
    coarse = carried == "best fit by a point inside each polygon"
    assert any(told in text for text in headline_section(material, actions=()).opening) is coarse
    assert ("Weights and populations are taken as known." in ranks_table(material).note) is not coarse
    assert ("leave out doubt about population (see page one) and weights" in ranks_table(material).note) is coarse
    sentences = [one.text for one in ACCOUNTS.tables[0].told(material.tables)]
    assert (told in sentences) is coarse


def test_the_note_of_the_mark_names_whose_it_is():
    assert centre_note(["Monument", "Hendon"]).startswith(
        "† Monument, Hendon: far more crimes than their residents explain (more"
    )
    assert centre_note(["Monument"]).startswith("† Monument: far more crimes than its residents explain (more")


def test_the_note_of_the_recommendations_states_the_floor():
    material = material_of()
    note = advice_section(material, recommend(material)).tables[0].note
    settings = WeighOffencesSettings()
    assert (
        f"those of {settings.minimum_crimes} crimes and {settings.minimum_share:.0%} of the harm here or more" in note
    )


def test_harm_that_is_withheld_is_not_called_none():
    material = material_of(by_period=by_month([10], [10], months=MONTHS[:1]).assign(harm=1.0))
    index = material.tables["index"]
    for value, told in ((float("nan"), "is not known, or not published."), (0.0, "No harm is recorded in any area")):
        none = material.tables["location_quotients"].head(0)
        tables = material.tables.with_tables(index=index.assign(harm=value, rate_se=0.1), location_quotients=none)
        subject = dataclasses.replace(material.subject, tables=tables)
        assert told in harm_section(dataclasses.replace(material, subject=subject)).lead


def test_nobody_is_sent_to_scrap_yards_without_evidence():
    assert metal_evidence(material_of()) == ""
    assert "R06" not in [item.id for item in recommend(material_of())]
    cells = make_assessment_tables()["cells"]
    metal = cells.assign(offence=cells["offence"].replace({"drugs": "theft-of-metal-lead"}))
    assert metal_evidence(material_of(cells=metal)) == "counted here: theft of metal lead"


def test_the_force_is_called_so_only_where_the_areas_are_of_one():
    assert force_words(material_of()) == "all areas together"
    names = make_assessment_tables()["areas"]
    assert force_words(material_of(areas=names.assign(force="Testshire"))) == "the force"
    assert force_words(material_of(areas=names.assign(force=["Testshire", "Elsewhere"]))) == "all areas together"
    one = pd.DataFrame({"source": ["Northumbria Police"] * 2, "rows": [1, 2]})
    assert force_words(material_of(sources=one)) == "the force"


def test_areas_are_wards_where_every_code_is_one():
    tables = make_assessment_tables()
    assert area_noun(tables) == "area"
    codes = pd.Index(["E05000001", "W05000002"], name="area_code")
    assert area_noun(make_assessment_tables(ranking=tables["ranking"].set_axis(codes))) == "ward"


# the whole page


def test_page_one_of_the_small_world(profile, assessed, first):
    section = profile.section("headline")
    assert len(section.points) == 3
    facts = {row[0]: row[1:] for row in section.tables[0].rows}
    asb = assessed.tables["unweighted"].set_index("area_code")
    count, rate = int(asb.loc[first, "n"]), asb["rate"] / asb["rate"].reindex(ranked(assessed)).median()
    assert facts["Anti-social behaviour"] == (
        f"{count} incidents; in no rank, since it has no weight",
        f"{rate[first]:.1f} times the number per resident of the median ward",
    )
    index = assessed.index_table
    share = index.loc[first, "harm"] / index["harm"].sum()
    assert facts["Recorded crime"][1] == f"{share:.1%} of the harm of all wards assessed"
    assert "Last six months" not in facts  # three months are known
    day = f"{profile.settings.on.day} {profile.settings.on:%B %Y}"
    assert profile.ownership == (
        f"Draft of {day}; crime of April 2025 to June 2025; not stated: owner, lead and next review."
    )


def ranked(assessed) -> pd.Index:
    ranking = assessed.ranking_table
    return ranking.index[ranking["rank"].notna()]


def test_what_people_strike_is_not_among_the_first(assessed, first, profile):
    led = next(item.id for item in profile.recommendations if item.title)
    text = sh.profiles.ProfileText(recommendations={led: ""})
    without = sh.seed_profile(first, assessed, text=text)
    titles = {item.id: item.title for item in profile.recommendations}
    assert not any(point.startswith(f"{titles[led]}:") for point in without.section("headline").points)


def test_the_check_of_principles_is_on_the_last_page_and_not_on_the_first(profile, tmp_path):
    pypdf = pytest.importorskip("pypdf")
    profile.save(tmp_path / "ward.pdf")
    pages = [page.extract_text() for page in pypdf.PdfReader(tmp_path / "ward.pdf").pages]
    assert "principles pass" in pages[-1]
    assert "Status and ownership" in pages[-1]
    assert not any("principles pass" in text or "Status and ownership" in text for text in pages[:-1])
    assert "What to do first" in pages[0]
    # Word's pages are what the face of the machine makes of them: a page begun there leaves one nearly empty.
    docx = pytest.importorskip("docx")
    profile.save(tmp_path / "ward.docx")
    written = docx.Document(str(tmp_path / "ward.docx")).paragraphs
    (heading,) = [paragraph for paragraph in written if paragraph.text == "Does this profile keep the guidance?"]
    assert not heading.paragraph_format.page_break_before
    assert not any(paragraph._p.xpath(".//w:br[@w:type='page']") for paragraph in written)
    profile.save(tmp_path / "ward.html")
    assert '<hr class="page">' in (tmp_path / "ward.html").read_text()


def test_documents_are_called_after_name_and_code():
    from socharm.profiles.series import document_stem

    assert document_stem("E05001167", "St Michael's") == "St-Michael-s_E05001167"
    assert document_stem("E05000001", "../a") == "a_E05000001"
    assert document_stem("North", "North") == "North"


def test_a_profile_can_be_replaced_and_keeps_its_line(profile):
    assert dataclasses.replace(profile, ownership="x").ownership == "x"
    assert np.all([figure.caption for figure in profile.section("headline").figures])
