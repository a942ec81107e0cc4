"""What one run says to its readers, read back from every document, sheet, picture and the page of its dashboard."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import re

import openpyxl
import pandas as pd
import pytest
from read_back import (
    Said,
    banned,
    document_texts,
    faults_of_advice,
    faults_of_changes,
    faults_of_evidence,
    faults_of_numbers,
    faults_of_page,
    faults_of_plan,
    faults_of_plan_numbers,
    faults_of_words,
    page_texts,
    pictures,
    sheet_texts,
)
from worlds import DICTIONARY, INDICATORS, MORE, write_world

import socharm as sh
from socharm.assessment.dashboard_page import write_snapshot_dashboard
from socharm.assessment.demo import write_demo
from socharm.assessment.documents import write_plan
from socharm.documents.document import Section
from socharm.documents.evidence import amount
from socharm.plans.threats import THREATS
from socharm.profiles.subject import subject_of

#: Far more crimes than its 900 residents explain.
CENTRE = "E05000004"
#: Has no population, and so no rank.
UNRANKED = "E05000011"
#: A partner who gives no name to a measure has its key printed in the list of measures.
NAMED = DICTIONARY.replace("[pupils_absent]", '[pupils_absent]\nname = "Pupils absent"')
SUBJECTS = (CENTRE, "E05000000", UNRANKED, "North", ("E05000000", "E05000001"))
#: Sections whose numbers are findings; the others count actions, gaps and days.
FINDINGS = ("headline", "harm", "threats", "context", "gaps", "recommendations")


def few_residents(folder) -> None:
    people = pd.read_csv(folder / "population.csv")
    people.loc[people["ward_code"] == CENTRE, "residents"] = 900
    people.to_csv(folder / "population.csv", index=False)


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """One run with a centre, and the texts of its pictures."""
    folder = tmp_path_factory.mktemp("told")
    recipe = write_world(folder)
    few_residents(folder)
    (folder / "indicators.csv").write_text(INDICATORS)
    (folder / "dictionary.toml").write_text(NAMED)
    recipe.write_text(recipe.read_text() + MORE)
    with pictures() as said:
        assessment = sh.run_assessment(recipe)
    return assessment, said


@pytest.fixture(scope="module")
def profiles(told):
    assessment, _ = told
    return {subject: sh.seed_profile(subject, assessment) for subject in SUBJECTS}


@pytest.fixture(scope="module")
def page(told, tmp_path_factory) -> str:
    pytest.importorskip("bokeh")
    return write_snapshot_dashboard(told[0].path, to=tmp_path_factory.mktemp("page")).read_text()


def payload_of(page: str) -> dict:
    return json.loads(re.search(r'id="payload">(.*?)</script>', page, flags=re.DOTALL)[1])


def test_the_words_of_documents(profiles):
    found = []
    for subject, profile in profiles.items():
        document = dataclasses.replace(profile.document(), statement=())
        found += faults_of_words(document_texts(document, where=str(subject)), profiles=True)
        found += faults_of_words(document_texts(profile.document(), where=str(subject)))
    assert found == []


def test_the_glossary_has_its_words():
    """Each phrase that is not written has what is written in its place; the list is not empty."""
    assert {"write: median ward", "write: most harm first"} <= set(banned("all").values())
    assert faults_of_words([Said("here", "a 90 % interval")]) != []
    assert faults_of_words([Said("here", "a 90% interval")]) == []


def test_the_words_of_pictures(told, profiles):
    with pictures() as said:
        for profile in profiles.values():
            for section in profile.sections:
                for figure in section.figures:
                    figure.draw()
    assert faults_of_words([*told[1], *said]) == []


def test_documents_and_pictures_of_wards_have_one_word_for_them(told, profiles):
    """The median ward of the profiles is no median area on a map; a hotspot of areas is no cluster of points."""
    assert told[0].tables["ranking"].index.str.startswith("E05").all()
    documents = [
        said for subject, one in profiles.items() for said in document_texts(one.document(), where=str(subject))
    ]
    medians = [said for said in [*told[1], *documents] if re.search(r"\bmedian (ward|area)\b", said.text)]
    assert medians
    assert [said for said in medians if "median area" in said.text] == []
    hot = [said for said in told[1] if re.search(r"\b(hot|cold)spot", said.text)]
    assert [said for said in hot if "cluster" in said.text] == []


def test_ranks_and_numbers_of_a_place_in_its_pictures_are_those_of_the_tables(told, profiles):
    """Each line of the standing is a rank of the table; the map numbers the first squares of its table."""
    tables = told[0].tables
    ranks = {f"{int(row['rank'])} {row['name']}" for _, row in tables["ranking"].dropna(subset="rank").iterrows()}
    for subject in (CENTRE, "E05000000"):
        with pictures() as said:
            for figure in profiles[subject].section("headline").figures:
                figure.draw()
        lines = [text.text.replace(" †", "") for text in said if re.match(r"\d+ Ward", text.text)]
        assert len(lines) >= 5
        assert set(lines) <= ranks
        listed = tables["micro_places"][tables["micro_places"]["area_code"] == subject]["place"]
        ticks = {text.text for text in said if text.where == "figure"} & set(map(str, range(1, 6)))
        assert {str(place) for place in listed if place <= 5} <= ticks | {""}


def test_the_words_of_sheets_summary_and_record(told, tmp_path):
    assessment, _ = told
    record = sh.publish.transparency_record(assessment.manifest, about=assessment.about)
    plan = write_plan(assessment.path, area=CENTRE, start=dt.date(2026, 1, 5), to=tmp_path)
    said = [*sheet_texts(assessment.path / "ranking.xlsx"), *sheet_texts(plan)]
    said += [Said("summary", line) for line in assessment.summary().splitlines() if "/" not in line and "[" not in line]
    said += [Said("transparency record", str(cell)) for cell in record.table.to_numpy().ravel()]
    assert faults_of_words(said) == []


@pytest.mark.parametrize("subject", SUBJECTS, ids=str)
def test_advice_says_what_intervals_and_places_say(told, profiles, subject):
    profile = profiles[subject]
    tables = subject_of(subject, told[0].tables).tables
    assert faults_of_advice(profile, tables) == []
    first, *others = (item for item in profile.recommendations if item.title and "share" in item.found)
    wrong = dataclasses.replace(first, found=first.found.replace("share", "part"))
    assert faults_of_advice(dataclasses.replace(profile, recommendations=(wrong, *others)), tables) != []
    if "Most on or near" in first.found:
        wrong = dataclasses.replace(first, found=re.sub(r"\(\d+\)(?=\.|$)", "(987)", first.found))
        assert faults_of_advice(dataclasses.replace(profile, recommendations=(wrong, *others)), tables) != []


def test_every_figure_of_the_dashboard_is_in_the_tables(told, page):
    payload = payload_of(page)
    assert faults_of_page(payload, told[0].tables) == []
    moved = {**payload, "rank": [*payload["rank"][1:], 1]}
    assert faults_of_page(moved, told[0].tables) != []


def test_the_words_of_the_dashboard(page):
    assert faults_of_words(page_texts(page)) == []


@pytest.mark.parametrize("subject", SUBJECTS, ids=str)
def test_every_number_is_in_its_table_and_has_one_value(told, profiles, subject):
    # a district or set is one area more in its own tables
    assert faults_of_evidence(profiles[subject].table, subject_of(subject, told[0].tables).tables) == []


@pytest.mark.parametrize("subject", SUBJECTS, ids=str)
def test_every_number_of_a_sentence_is_evidence(told, profiles, subject):
    tables, profile = told[0].tables, profiles[subject]
    ranked = tables["ranking"]["rank"].notna()
    areas, places, own = tables["areas"], tables["micro_places"], profile.settings.codes
    stated = {
        len(areas), int(ranked.sum()), *areas.groupby("parent").size(), *ranked.groupby(areas["parent"]).sum(),
        len(own), areas["parent"].nunique(), tables["by_period"]["period"].nunique(), *tables["top_k"]["size"],
        *places["place"], *tables["indicators"].dropna(subset="value").groupby("measure").size(), len(own) - 1,
        int(tables.setting("micro_places", "cell_size", 250)), 2021, 2025,
    }  # fmt: skip
    crosswalk = told[0].manifest["crosswalk"]
    stated |= {f"{crosswalk['gap_years']:.1f}", *re.findall(r"\d+", str(crosswalk["counts_year"]))}
    stated |= counted(profile)
    names = [str(name) for name in tables["areas"]["name"]]
    sections = [without(names, section) for section in profile.sections if section.key in FINDINGS]
    assert faults_of_numbers(sections, profile.table, stated) == []


@pytest.mark.parametrize("subject", SUBJECTS, ids=str)
def test_every_number_of_plan_and_principles_is_in_its_table(told, profiles, subject):
    profile = profiles[subject]
    assert faults_of_plan(profile.plan, subject_of(subject, told[0].tables).tables) == []
    assert profile.plan.table["baseline"].notna().any() or subject == UNRANKED
    sections = [section for section in profile.sections if section.key in ("plan", "principles")]
    assert len(sections) >= 1
    assert faults_of_plan_numbers(sections, profile.plan, profile.principles) == []


def test_a_wrong_number_of_a_plan_is_found(told, profiles):
    profile = profiles["E05000000"]
    plan, tables = profile.plan, subject_of("E05000000", told[0].tables).tables
    wrong = plan.with_actions(plan.table.assign(baseline=plan.table["baseline"] * 13, smallest_change=1e6))
    assert len(faults_of_plan(wrong, tables)) >= 2
    section = dataclasses.replace(profile.section("plan"), lead="4,711 actions.")
    assert faults_of_plan_numbers([section], plan, profile.principles) == ["plan: 4711 in '4,711 actions.'"]


def counted(profile) -> set[int]:
    """Numbers of rows that a lead tells, each checked against its own table."""
    threats, gaps = (profile.section(key) for key in ("threats", "gaps"))
    assert gaps.lead.startswith(f"{len(gaps.tables[0].rows)} gap")
    spoken = len(threats.tables[0].rows) if threats.tables else 0
    silent = threats.paragraphs[0].count(";") + 1 if threats.paragraphs else 0
    assert spoken + silent == len(THREATS)
    assert f"{spoken} of the {len(THREATS)} threats" in threats.lead or "every threat" in threats.lead or not spoken
    silent_rule = [item.found for item in profile.recommendations if item.id == "R14"]
    assert silent_rule in ([], [f"{silent} threats that records cannot show"])
    return {len(gaps.tables[0].rows), spoken, silent, len(THREATS)}


def without(names: list[str], section: Section) -> Section:
    """A section whose names of places are taken out: their numbers are no findings."""

    def bare(text: str) -> str:
        return re.sub("|".join(map(re.escape, names)), "", text)

    tables = tuple(
        dataclasses.replace(
            table,
            caption=bare(table.caption),
            rows=tuple(tuple(map(bare, row)) for row in table.rows),
            note=bare(table.note),
        )
        for table in section.tables
    )
    figures = tuple(dataclasses.replace(f, alt=bare(f.alt), caption=bare(f.caption)) for f in section.figures)
    texts = {"lead": bare(section.lead)}
    texts |= {name: tuple(map(bare, getattr(section, name))) for name in ("paragraphs", "points")}
    return dataclasses.replace(section, tables=tables, figures=figures, **texts)


def test_rank_and_rate_are_one_in_every_output(told, profiles, page):
    """The rate that is ranked, and the rank, in profile, summary, sheet and page."""
    assessment, _ = told
    truth = assessment.tables["ranking"].loc["E05000000"]
    rank, rate = int(truth["rank"]), float(truth["rate_shrunk"])
    evidence = profiles["E05000000"].table.set_index("what")
    assert evidence.loc["rank among all areas", "value"] == rank
    assert evidence.loc["harm rate (underlying)", "value"] == rate
    assert profiles["E05000000"].section("harm").lead.startswith(f"{amount(rate)} sentence-days")
    first = next(row for row in assessment.closing_summary()["top"] if row["area_code"] == "E05000000")
    assert (first["rank"], first["rate_shrunk"]) == (rank, rate)
    assert re.search(
        rf"^ +{rank} .* {rate:.3f} +{truth['rate']:.3f}  Ward 00", assessment.summary(), flags=re.MULTILINE
    )
    sheet = openpyxl.load_workbook(assessment.path / "ranking.xlsx")["Ranking"]
    head = next(row for row in sheet.iter_rows(values_only=True) if "Code" in row)
    mine = next(row for row in sheet.iter_rows(values_only=True) if "E05000000" in row)
    assert dict(zip(head, mine, strict=True))["Harm rate"] == pytest.approx(rate, rel=1e-12)
    payload = payload_of(page)
    at = payload["codes"].index("E05000000")
    assert payload["rank"][at] == rank
    assert payload["whole"]["all"]["rate"][at] == pytest.approx(rate, rel=0.01)


def test_acquisitive_crime_is_one_number(told, profiles):
    groups = told[0].tables["by_group"]
    mine = groups[(groups["area_code"] == "E05000000") & (groups["group"] == "acquisitive")]["crimes"].iloc[0]
    profile = profiles["E05000000"]
    evidence = profile.table.set_index("what")
    assert evidence.loc["crimes of the threat acquisitive", "value"] == mine


def test_centres_carry_a_mark_and_one_sentence_wherever_they_stand(told, profiles, page):
    assessment, pictured = told
    assert assessment.tables["population"]["flag"].to_dict()[CENTRE].startswith("far more crimes")
    note = next(text for text in profiles[CENTRE].section("headline").opening if text.startswith("†"))
    assert (
        profiles[CENTRE]
        .section("headline")
        .lead.startswith("Ward 04 † ranks 1st of 11 wards for harm per resident, beyond reasonable doubt as a rate ")
    )
    assert "R12" in [item.id for item in profiles[CENTRE].recommendations]
    assert "R12" not in [item.id for item in profiles["E05000000"].recommendations]
    inside = profiles["North"].section("headline").tables[1]
    assert "Ward 04 †" in [row[0].partition(". ")[2] for row in inside.rows]
    assert note in inside.note
    assert "Ward 04, North †" in assessment.summary()
    assert note in assessment.summary()
    sheets = [said.text for said in sheet_texts(assessment.path / "ranking.xlsx")]
    assert "Ward 04 †" in sheets
    assert any(note in text for text in sheets)
    assert "Ward 04 †" in page
    assert note.replace("'", "&#x27;") in page
    assert any("Ward 04 †" in said.text or "Ward 04, North †" in said.text for said in pictured)


def test_captions_promise_the_panels_that_are_drawn(profiles):
    captions = {subject: profile.section("headline").figures[0] for subject, profile in profiles.items()}
    assert "next to it in rank" in captions[CENTRE].caption
    for subject in ("North", UNRANKED, SUBJECTS[-1]):
        assert "rank" not in captions[subject].caption + captions[subject].alt


def test_people_of_a_district_are_set_beside_districts(profiles):
    people = profiles["North"].section("context").tables[0].rows[0]
    # residents of the small world: 5000, 5200, 900, 5600, 5800, 6000 in North; 5100, 5300, 5500, 5700, 5900 in South
    assert people[:3] == ("Residents", "28,500", "median of 2 districts 28,000")


@pytest.mark.slow
def test_the_words_of_the_demo(tmp_path):
    """A force of a hundred areas with deprivation, indicators, hotspots and clusters."""
    with pictures() as said:
        assessment = sh.run_assessment(write_demo(tmp_path / "demo"))
    said += sheet_texts(assessment.path / "ranking.xlsx")
    page = write_snapshot_dashboard(assessment.path, to=tmp_path / "page").read_text()
    said += page_texts(page)
    judged, faults = faults_of_changes(payload_of(page), assessment.tables)
    assert (judged, faults) == (len(assessment.tables["ranking"]), [])
    for subject in (str(assessment.top(1).index[0]), str(assessment.tables["areas"]["parent"].iloc[0])):
        profile = sh.seed_profile(subject, assessment)
        said += document_texts(profile.document(), where=subject)
        assert faults_of_evidence(profile.table, subject_of(subject, assessment.tables).tables) == []
    assert faults_of_words(said) == []


@pytest.mark.parametrize(
    "text",
    [
        "Its rate is None here", "see rate_shrunk", "the `rank` says", "index.rate says", "its name is <NA>", "a nan",
        "1 areas have no rank", "between 1st and 1st", "the middle area", "1 to 1",
        "as if 39 events of one weight made it", "Share of areas, from the fullest",
    ],
)  # fmt: skip
def test_the_reader_finds_what_it_looks_for(text):
    assert len(faults_of_words([Said("here", text)])) >= 1


@pytest.mark.parametrize(
    "text",
    ["police.uk sends 11 areas", "None: open-source", "None of the areas", "1st to 4th", "21 areas", "0.1 areas"],
)
def test_the_reader_lets_plain_words_pass(text):
    assert faults_of_words([Said("here", text)]) == []
