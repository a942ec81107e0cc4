"""Profiles: what they say, where each number comes from, and what people write into them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import shutil

import numpy as np
import pandas as pd
import pytest
from factories import resealed
from hypothesis import given
from hypothesis import strategies as st
from worlds import COMPARISON

import socharm as sh
from socharm.documents.evidence import amount, percent
from socharm.errors import AlignmentError, ParameterError, SchemaError, StoreError
from socharm.overlay.phrases import ordinal
from socharm.profiles.advice import RULES
from socharm.profiles.grid import grid_reference
from socharm.profiles.series import text_path
from socharm.profiles.side_text import Front, parse_profile_text
from socharm.profiles.subject import subject_of
from socharm.stats.proportions import wilson_interval


def texts_of(profile) -> list[str]:
    """Everything a profile says, piece by piece."""
    said = []
    for section in profile.sections:
        said += [section.lead, *section.paragraphs, *section.points, *section.human, *section.quotes]
        for table in section.tables:
            said += [table.note, *(cell for row in table.rows for cell in row)]
    return said


def ranks_of(profile):
    """The table of ranks, which ends the section on harm."""
    (table,) = (table for table in profile.section("harm").tables if table.caption.startswith("Rank of"))
    return table


def table_of(profile, key: str, number: int = 0):
    return profile.section(key).tables[number]


# what it says


def test_the_headline_is_the_ranking(profile, assessed, first):
    row = assessed.ranking_table.loc[first]
    lead = profile.section("headline").lead
    interval = f"{ordinal(int(row['rank_low_90']))} to {ordinal(int(row['rank_high_90']))}"
    assert lead == (f"{row['name']} ranks 1st of 11 wards for harm per resident (90% interval: {interval}).")
    rows = ranks_of(profile).rows
    assert rows[0] == ("All 11 wards assessed", "1st", interval)
    assert [row[0] for row in rows][-1] == "If the index were built in other defensible ways"


def test_every_rank_has_its_interval_beside_it(profile):
    for row in ranks_of(profile).rows:
        assert re.fullmatch(r"[\d,]+(st|nd|rd|th)( to [\d,]+(st|nd|rd|th))?", row[2])
    ranks = profile.table[profile.table["unit"] == "rank"]
    assert ranks.loc[ranks["what"] != "deprivation rank", ["low", "high"]].notna().all(axis=None)


def test_every_number_of_the_harm_is_in_the_evidence(profile, assessed, first):
    known = profile.table.set_index("what")
    index = assessed.index_table.loc[first]
    assert known.loc["harm rate (underlying)", "value"] == index["rate_shrunk"]
    assert known.loc["harm rate as recorded", "value"] == index["rate"]
    assert known.loc["weighted crimes", "value"] == index["crimes"]
    assert set(profile.table["table"]) <= {"text", "comparison", *assessed.tables}
    for _, row in profile.table.iterrows():
        assert row["column"] in assessed.tables[row["table"]].columns
        assert row["source"]
        assert row["period"]


def test_no_number_stands_in_the_harm_without_evidence(profile):
    """Digits of the section on harm are texts or ends of intervals of the evidence, or the stated sizes and levels."""
    section = profile.section("harm")
    known = " ".join(profile.table["text"])
    for column in ("low", "high"):
        for value in profile.table[column].dropna():
            known += f" {amount(value)} {value:.1f} {value:.2f} {percent(min(max(value, 0), 1))}"
    squares = {cell for table in section.tables if "squares" in table.caption for row in table.rows for cell in row[:2]}
    said = [section.lead, *section.paragraphs, *(cell for row in section.tables[0].rows for cell in row)]
    numbers = {number for text in said for number in re.findall(r"\d[\d,]*(?:\.\d+)?", text)}
    allowed = {"90", "95", "250", "13", str(len({*MONTHS_OF(profile)}))} | squares
    rest = {row[1] for row in section.tables[0].rows if "other kinds" in row[0]}
    rest |= {row[0].split()[0] for row in section.tables[0].rows if "other kinds" in row[0]}
    rest |= {row[2].split()[0] for row in section.tables[0].rows if "other kinds" in row[0]}
    strangers = numbers - set(re.findall(r"\d[\d,]*(?:\.\d+)?", known)) - allowed - rest
    assert strangers == set()


def MONTHS_OF(profile) -> tuple[str, ...]:
    return profile.about.period.months


def test_no_section_is_empty_and_none_is_a_stranger(profile):
    keys = [section.key for section in profile.sections]
    assert keys == ["headline", "harm", "threats", "context", "gaps", "recommendations", "plan", "principles"]
    for section in profile.sections:
        assert section.lead or section.paragraphs or section.tables
        for table in section.tables:
            assert table.rows
            assert {len(row) for row in table.rows} == {len(table.header)}


def test_the_words_are_of_the_probability_yardstick(profile, assessed, first):
    chances = assessed.tables["top_k"]
    mine = chances[(chances["area_code"] == first)].sort_values("size")
    sentence = profile.section("headline").paragraphs[0]
    assert sh.overlay.probability_phrase(float(mine["probability"].iloc[0])) in sentence
    assert percent(float(mine["probability"].iloc[0])) in sentence


def test_not_known_is_said_and_is_no_zero(profile):
    section = profile.section("threats")
    assert "Cyber crime" not in [row[0] for row in section.tables[0].rows]
    (asked,) = section.paragraphs
    assert asked.startswith("Not known, for force intelligence and the regional organised crime unit to say: ")
    assert "; Cyber crime; Economic crime; " in asked
    assert "not known is not the same as not here" in asked
    assert "Partners have not said what they know of any threat." in section.tables[0].note


def test_partners_measures_stand_in_the_context_and_gaps(profile, assessed):
    nothing = sh.seed_profile("E05000000", assessed)
    assert any("fuel poverty" in row[0] and "10 per cent" in row[1] for row in table_of(nothing, "context").rows)
    gaps = [row[0] for row in table_of(nothing, "gaps").rows]
    assert "pupils absent: no value for this place" in gaps
    assert "Households in fuel poverty: of 2021, and the crime is of 2025" in gaps
    assert not any("no value" in row[0] for row in table_of(sh.seed_profile("E05000004", assessed), "gaps").rows)


def test_each_gap_has_an_owner_and_each_action_what_the_checklist_asks(profile):
    assert all(row[1].strip() for row in table_of(profile, "gaps").rows)
    outcomes, actions = profile.section("plan").tables
    letters = {row[0].partition(".")[0] for row in outcomes.rows}
    for row in actions.rows:
        assert row[-1] in letters
        assert all(cell.strip() for cell in row)
        assert re.fullmatch(r"\d{1,2} [A-Z][a-z]+ \d{4}", row[4])


def test_an_area_without_a_rank_says_why(assessed):
    profile = sh.seed_profile("E05000011", assessed)
    assert "has no rank" in profile.section("headline").lead
    assert "not known" in profile.section("headline").paragraphs[0]
    assert [table.caption for table in profile.section("headline").tables] == ["Ward 11 in short"]
    assert not any("rank" in row[1] and "no rank" not in row[1] for row in table_of(profile, "headline").rows)


def test_the_same_assessment_opened_again_gives_the_same_profile(profile, assessed, first):
    again = sh.seed_profile(first, sh.open_assessment(assessed.path))
    pd.testing.assert_frame_equal(again.table, profile.table)
    assert texts_of(again) == texts_of(profile)


def test_bare_tables_do_with_an_about(assessed, first):
    profile = sh.seed_profile(first, assessed.tables, about=assessed.about)
    assert profile.settings.on == dt.date(2025, 6, 30)
    assert [figure.name for section in profile.sections for figure in section.figures] == ["standing"]
    with pytest.raises(ParameterError, match="`about` is not stated"):
        sh.seed_profile(first, assessed.tables)


# several areas


def test_a_district_sums_its_areas(assessed):
    profile = sh.seed_profile("North", assessed)
    index = assessed.index_table[assessed.index_table["parent"] == "North"].dropna(subset=["harm"])
    known = profile.table.set_index("what")
    assert known.loc["weighted crimes", "value"] == index["crimes"].sum()
    assert known.loc["harm rate as recorded", "value"] == pytest.approx(
        index["harm"].sum() / index["exposure"].sum() * (index["rate"] * index["exposure"] / index["harm"]).iloc[0]
    )
    assert "of 2 districts" in profile.section("headline").lead
    rows = table_of(profile, "headline").rows
    assert rows[0][0] == "Harm, as recorded"  # a ward's is the underlying one, which is ranked
    assert profile.plan.settings.area == "North"


@given(codes=st.lists(st.sampled_from([f"E0500{n:04d}" for n in range(11)]), min_size=2, max_size=8, unique=True))
def test_a_set_has_the_counts_of_its_areas_and_leaves_the_others_alone(assessed, codes):
    subject = subject_of(codes, assessed.tables, name="together")
    cells = subject.tables["cells"]
    own = cells[cells["area_code"] == "together"]
    assert own["n"].sum() == assessed.tables["cells"]["n"][assessed.tables["cells"]["area_code"].isin(codes)].sum()
    assert own["harm"].sum() == pytest.approx(assessed.index_table.loc[codes, "harm"].sum())
    pd.testing.assert_frame_equal(cells[cells["area_code"] != "together"], assessed.tables["cells"], check_dtype=False)


def test_an_area_without_people_is_in_no_rate_of_a_district(assessed):
    """Its crimes stay in the crimes of the district; in its rate by month they have no people to stand over."""
    table = assessed.tables["by_period"]
    codes = sorted(table["area_code"].unique())[:2]
    lacking = table.assign(exposure=table["exposure"].where(table["area_code"] != codes[0]))
    found = subject_of(codes, assessed.tables.with_tables(by_period=lacking), name="together").tables["by_period"]
    together = found[found["area_code"] == "together"].set_index("period")
    alone = table[table["area_code"] == codes[1]].set_index("period")
    assert together["rate"].to_numpy() == pytest.approx(alone["rate"].reindex(together.index).to_numpy())
    assert together["crimes"].sum() == table.loc[table["area_code"].isin(codes), "crimes"].sum()


def test_a_set_of_one_is_that_area(assessed, first):
    assert sh.seed_profile([first], assessed).settings.kind == "area"


def test_profiles_of_a_whole_force(assessed):
    told = []
    made = list(sh.seed_profiles(assessed, top=3, progress=lambda *step: told.append(step)))
    assert [profile.settings.kind for profile in made] == ["district", "district", "area", "area", "area"]
    assert [profile.settings.area for profile in made[:2]] == ["North", "South"]
    ranks = assessed.ranking_table.loc[[profile.settings.area for profile in made[2:]], "rank"]
    assert ranks.tolist() == [1, 2, 3]
    assert [step[1:] for step in told] == [(n, 5) for n in range(1, 6)]
    with pytest.raises(ParameterError, match="`top` is -1"):
        list(sh.seed_profiles(assessed, top=-1))


# comparison


def test_what_moved_is_told_in_words(assessed, first):
    comparison = pd.DataFrame([COMPARISON], index=pd.Index([first], name="area_code"))
    profile = sh.seed_profile(first, assessed, comparison)
    moved = profile.section("headline").opening[0]
    assert "from 10.0 to 12.5" in moved
    assert "highly likely (86%)" in moved
    assert "from 4th to 1st" in moved
    assert "(January 2019 to June 2019)" in moved
    noted = profile.table[profile.table["table"] == "comparison"].set_index("column")["period"]
    later = str(profile.about.period)
    assert noted["rate_earlier"] == noted["rank_earlier"] == "2019-01 to 2019-06"
    assert noted["rate_later"] == noted["rank_later"] == later
    assert noted["p_rise"] == f"2019-01 to 2019-06, and {later}"
    assert not any("no comparison" in row[0] for row in table_of(profile, "gaps").rows)
    other = sh.seed_profile("E05000002" if first != "E05000002" else "E05000004", assessed, comparison.reset_index())
    assert "does not hold this place" in other.section("headline").opening[0]


def test_a_faulty_comparison_is_told(assessed, first):
    frame = pd.DataFrame([COMPARISON], index=pd.Index([first], name="area_code"))
    with pytest.raises(SchemaError, match="lacks the columns \\['p_rise'\\]"):
        sh.seed_profile(first, assessed, frame.drop(columns="p_rise"))
    with pytest.raises(SchemaError, match="lacks the columns \\['period_earlier'\\]"):
        sh.seed_profile(first, assessed, frame.drop(columns="period_earlier"))
    for months in ("last year", "2019-13", "2019-06 to 2019-01", None):
        with pytest.raises(SchemaError, match="Give the months of the earlier assessment"):
            sh.seed_profile(first, assessed, frame.assign(period_earlier=months))
    own = str(sh.seed_profile(first, assessed).about.period)
    with pytest.raises(AlignmentError, match="the profile's own period"):
        sh.seed_profile(first, assessed, frame.assign(period_earlier=own))
    with pytest.raises(SchemaError, match="not from 0 to 1"):
        sh.seed_profile(first, assessed, frame.assign(p_rise=86.0))
    with pytest.raises(AlignmentError, match="holds areas twice"):
        sh.seed_profile(first, assessed, pd.concat([frame, frame]))


# what people write


def test_text_begins_once_and_is_never_written_over(tmp_path):
    path = text_path(tmp_path / "texts", "E05011439")
    assert sh.profiles.start_profile_text(path, area="E05011439", name="Byker")
    assert sh.profiles.read_profile_text(path) == sh.profiles.ProfileText(
        blocks=dict.fromkeys(sh.profiles.read_profile_text(path).blocks, "")
    )
    written = path.read_text().replace('headline = ""', 'headline = "The market is the reason."')
    path.write_text(written)
    assert not sh.profiles.start_profile_text(path, area="E05011439", name="Byker")
    assert path.read_text() == written


def test_what_people_wrote_survives_the_next_making(assessed, first, tmp_path):
    path = tmp_path / "text.toml"
    path.write_text(
        'own_recommendations = ["Ask the market traders."]\n'
        '[front]\nstatus = "approved"\napprover = "Superintendent"\napproved_on = 2025-07-01\n'
        'owner = "CSP"\nlead = "police"\n'
        'data_sharing = "ISA 2025"\nnext_review = 2030-01-01\n'
        '[blocks]\nharm = "One paragraph.\\n\\nAnother one."\n'
        '[recommendations]\nR14 = ""\nR08 = "Our own words."\n'
        '[[themes]]\ntext = "Bikes."\nprovider = "survey"\nperiod = "2025"\n'
        '[[threats]]\nthreat = "county-lines"\npresent = true\nocgs = 7\nmorile = 12.5\n'
        'provider = "force intelligence"\nperiod = "2025-06"\n'
    )
    before = path.read_text()
    profile = sh.seed_profile(first, assessed, text=path)
    assert profile.section("harm").human == ("One paragraph.", "Another one.")
    ids = {item.id: item for item in profile.recommendations}
    assert "R14" not in ids
    assert ids["R08"].text == "Our own words."
    assert ids["R08"].edited
    assert ids["P01"].text == "Ask the market traders."
    assert profile.section("context").quotes == ("Bikes. (survey, 2025)",)
    rows = {row[0]: row for row in table_of(profile, "threats").rows}
    assert rows["County lines and homes taken over"][2:] == ("present", "5 to 9", "12.5")
    assert not (profile.table["what"] == "ocgs of county-lines").any()
    internal = sh.seed_profile(first, assessed, text=path, internal=True)
    assert {row[0]: row for row in table_of(internal, "threats").rows}["County lines and homes taken over"][3] == "7"
    assert "county-lines" in profile.plan.settings.threats
    assert profile.principles.table.loc[5, "result"] == "pass"
    assert path.read_text() == before


def test_surveys_have_their_size_and_interval(assessed, first):
    survey = sh.profiles.Survey(
        question="satisfied with policing", yes=31, asked=120, period="2020-10", provider="needs assessment",
        wider="the district", wider_yes=240, wider_asked=510,
    )  # fmt: skip
    profile = sh.seed_profile(first, assessed, text=sh.profiles.ProfileText(surveys=(survey,)))
    row = table_of(profile, "context").rows[-1]
    low, high = (float(end) for end in wilson_interval(31, 120))
    assert row[0] == "Satisfied with policing"
    assert row[1] == f"26% of 120 asked (95% interval {percent(low)} to {percent(high)})"
    assert row[2].startswith("the district: 47% of 510; lower here (21 points")
    inside = dataclasses.replace(survey, wider_yes=271, wider_asked=630, wider_includes_place=True)
    same = sh.seed_profile(first, assessed, text=sh.profiles.ProfileText(surveys=(inside,)))
    assert table_of(same, "context").rows[-1][2] == row[2]


def test_the_difference_of_two_shares_as_newcombe_published():
    """Newcombe (1998), Statistics in Medicine 17:873, table II, method 10, 56/70 and 48/80: 0.0524 to 0.3339."""
    here, wider = 56 / 70, 48 / 80
    mine, other = wilson_interval(56, 70), wilson_interval(48, 80)
    low = here - wider - np.hypot(here - mine[0], other[1] - wider)
    high = here - wider + np.hypot(mine[1] - here, wider - other[0])
    assert (round(low, 4), round(high, 4)) == (0.0524, 0.3339)


FAULTS = [
    ("[front]\nstatsu = 'draft'", "front.statsu: unknown key. Did you mean 'status'"),
    ("[front]\nstatus = 'final'", "front.status"),
    ("[front]\nstatus = 'approved'", "front.approver: blank"),
    ("[front]\nstatus = 'approved'\napprover = 'Superintendent'", "front.approved_on: missing"),
    ("[front]\nstatus = 'reviewed'\nreviewed_on = 2026-01-31", "front.reviewer: blank"),
    ("[front]\nauthor = 'Jane Smith'", "front.author: looks like a person"),
    ("[front]\nmarking = 'OFICIAL'", "Did you mean 'OFFICIAL'"),
    ("[blocks]\nheadlne = 'x'", "Did you mean 'headline'"),
    (
        "[[surveys]]\nquestion='q'\nyes=0\nasked=0\nperiod='2025'\nprovider='p'",
        "surveys.1.asked: 0; a survey that asked",
    ),
    ("[[surveys]]\nquestion='q'\nyes=9\nasked=3\nperiod='2025'\nprovider='p'", "surveys.1.yes: 9 of 3"),
    ("[[surveys]]\nquestion='q'\nyes=1\nasked=3\nperiod='2025'\nprovider='p'\nwider_yes=1", "go together"),
    ("[[threats]]\nthreat='county lines'\nprovider='p'\nperiod='2025'", "Did you mean 'county-lines'"),
    ("[[threats]]\nthreat='drugs'\nocgs=-1\nprovider='p'\nperiod='2025'", "a count is 0 or more"),
    ("[[threats]]\nthreat='drugs'\nnominal='A. Person'\nprovider='p'\nperiod='2025'", "unknown key"),
    ("[blocks\n", "is not TOML"),
]


@pytest.mark.parametrize(("content", "told"), FAULTS)
def test_faulty_text_is_told(tmp_path, content, told):
    path = tmp_path / "text.toml"
    path.write_text(content)
    with pytest.raises(SchemaError, match=re.escape(told)):
        sh.profiles.read_profile_text(path)


def test_all_faults_are_told_at_once():
    with pytest.raises(SchemaError, match=r"3 faults"):
        parse_profile_text({"blocks": {"x": "a"}, "front": {"status": "approved"}})


def test_a_rule_that_is_not_there_is_told(assessed, first):
    with pytest.raises(SchemaError, match=r"recommendations\.R99: no such rule"):
        sh.seed_profile(first, assessed, text=sh.profiles.ProfileText(recommendations={"R99": "x"}))


def test_text_raises_the_marking_and_never_lowers_it(assessed, first):
    raised = sh.seed_profile(first, assessed, text=sh.profiles.ProfileText(front=Front(marking="OFFICIAL-SENSITIVE")))
    assert raised.about.marking == "OFFICIAL-SENSITIVE"
    secret = dataclasses.replace(assessed.about, marking="SECRET")
    kept = sh.seed_profile(
        first, assessed.tables, about=secret, text=sh.profiles.ProfileText(front=Front(marking="OFFICIAL"))
    )  # fmt: skip
    assert kept.about.marking == "SECRET"


# bad input


def test_an_unknown_area_is_told_with_the_nearest(assessed):
    with pytest.raises(ParameterError, match="none of the 12 areas assessed"):
        sh.seed_profile("E05999999", assessed)
    with pytest.raises(ParameterError, match="Did you mean 'E05000002'"):
        sh.seed_profile("Ward 02", assessed)
    with pytest.raises(ParameterError, match="names no areas"):
        sh.seed_profile([], assessed)
    with pytest.raises(ParameterError, match="is no section"):
        sh.seed_profile("E05000002", assessed).section("harms")


def test_rules_have_names_of_their_own_and_say_when_they_hold():
    assert len({rule.id for rule in RULES}) == len(RULES)
    assert all(rule.when and rule.advice for rule in RULES)


@given(value=st.floats(1e-9, 1e12))
def test_amounts_keep_three_figures(value):
    assert float(amount(value).replace(",", "")) == pytest.approx(value, rel=6e-3)


def test_grid_references_are_those_of_the_ordnance_survey():
    """A guide to coordinate systems in Great Britain; Ben Nevis and the Lizard by their published references."""
    assert grid_reference(216_600, 771_200) == "NN 166 712"
    assert grid_reference(170_100, 11_500) == "SW 701 115"
    with pytest.raises(ParameterError, match="off the National Grid"):
        grid_reference(-1, 5)


def test_an_old_snapshot_without_places_still_gets_a_profile(assessed, first, tmp_path):
    folder = tmp_path / assessed.path.name
    shutil.copytree(assessed.path, folder)
    for name in ("micro_places", "micro_place_facts", "uncertainty_ranking", "event_dependence", "top_classes"):
        (folder / "tables" / f"{name}.parquet").unlink(missing_ok=True)
    kept = {name: value for name, value in assessed.manifest["outputs"].items() if (folder / name).exists()}
    resealed({**assessed.manifest, "outputs": kept}, folder)
    profile = sh.seed_profile(first, sh.open_assessment(folder))
    assert [table.caption for table in profile.section("harm").tables] == [
        "What the harm is made of",
        "Rank of Ward 00 by harm per resident",
    ]


def test_a_missing_folder_is_a_store_error(profile, tmp_path):
    with pytest.raises(StoreError):
        profile.save(tmp_path / "nowhere" / "deep" / "profile.html")
