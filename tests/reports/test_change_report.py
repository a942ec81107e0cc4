"""The change report: two pages, every figure that of a table, words that a superintendent reads."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re

import pandas as pd
import pypdf
import pytest
from assessed import drawn, make_assessment
from read_back import document_texts, faults_of_numbers, faults_of_report, faults_of_words

from socharm.assessment.disclosing import published_about
from socharm.documents.render import FORMATS
from socharm.errors import ParameterError
from socharm.publish.disclosure import protect_tables
from socharm.publish.disclosure_settings import DisclosureSettings
from socharm.reports import change_report
from socharm.reports.made_of import places_that_matter
from socharm.reports.workbook import COLUMNS
from socharm.rescoring.change_words import BY_ITSELF, alone_beyond
from socharm.rescoring.comparing import compare
from socharm.rescoring.index_parts import IN_THE_OTHERS, PARTS, parts_not_known
from socharm.rescoring.writing import write_comparison


@pytest.fixture(scope="module")
def reports(comparisons) -> dict:
    return {name: change_report(made, name="Testshire") for name, made in comparisons.items()}


NAMES = ("quiet", "changed", "hard", "few")


@pytest.mark.parametrize("name", NAMES)
def test_every_number_is_that_of_its_cell(comparisons, reports, name):
    report, frames = reports[name], comparisons[name].frames()
    assert len(report.table) > 20
    assert faults_of_report(report.table, frames) == []
    wrong = report.table.assign(value=report.table["value"] + 1)
    assert len(faults_of_report(wrong, frames)) >= len(wrong)


@pytest.mark.parametrize("name", NAMES)
def test_every_number_of_a_sentence_is_evidence(comparisons, reports, name):
    made, report = comparisons[name], reports[name]
    names = "|".join(sorted(map(re.escape, {*made.table["name"], *made.unmatched["area_code"]}), reverse=True))
    found = " ".join(made.findings[["reason", "remedy"]].to_numpy().ravel())
    stated = {5, 10, 50, made.churn.settings.worlds, made.churn.findings.listed, *re.findall(r"\d+", found)}
    sections = [
        dataclasses.replace(
            section,
            paragraphs=tuple(re.sub(names, "", text) for text in section.paragraphs),
            tables=tuple(
                dataclasses.replace(
                    table, rows=tuple(tuple(re.sub(names, "", cell) for cell in row) for row in table.rows)
                )
                for table in section.tables
            ),
        )
        for section in report.sections
    ]
    assert faults_of_numbers(sections, report.table, stated) == []
    wrong = dataclasses.replace(sections[0], lead="4,711 places stayed.")
    assert faults_of_numbers([wrong], report.table, stated) == ["receipt: 4711 in '4,711 places stayed.'"]


@pytest.mark.parametrize("name", NAMES)
def test_the_words_are_those_of_the_field(reports, name):
    said = document_texts(reports[name].document(), where=name)
    assert len(said) > 40
    assert faults_of_words(said, profiles=True) == []


@pytest.mark.parametrize("name", NAMES)
def test_two_pages(reports, name, tmp_path):
    reports[name].save(tmp_path / "report.pdf")
    pages = [page.extract_text() for page in pypdf.PdfReader(tmp_path / "report.pdf").pages]
    assert len(pages) == 2
    assert all(text.count("OFFICIAL") >= 2 for text in pages)
    assert "How much of the list stayed" in pages[0]
    assert "How this was made" in pages[1]


def test_the_receipt_stands_first_and_is_that_of_the_comparison(comparisons, reports):
    for name, report in reports.items():
        assert [section.key for section in report.sections] == [
            "receipt", "changed", "selection", "parts", "places", "limits", "looked_for", "method",
        ]  # fmt: skip
        found = comparisons[name].churn.findings
        text = report.sections[0].paragraphs[0]
        assert re.match(
            rf"{found.stayed:,} of the first {found.listed:,} (?:ward|area)s? by recorded rate stayed; ", text
        )
        held = found.low_95 <= found.stayed <= found.high_95
        assert (report.sections[0].lead == "The list moved as much as it does when nothing changed.") == held


def test_named_places_are_those_of_the_verdicts_with_the_wrong_names_expected(comparisons, reports):
    made, section = comparisons["changed"], reports["changed"].sections[1]
    named = made.table.loc[made.table["verdict"].isin(["rose", "fell"])]
    assert {"rose", "fell"} <= set(named["verdict"])
    rows = section.tables[0].rows
    assert {(row[0], row[-1]) for row in rows} <= set(zip(named["name"], named["verdict"], strict=True))
    for verdict in ("rose", "fell"):
        number = int((named["verdict"] == verdict).sum())
        assert f"{number} {verdict} (up to {number * 0.1:.1f} of these by chance)" in section.lead
    places = [row[0] for row in reports["changed"].sections[4].tables[0].rows]
    assert len(places) == 5
    assert set(named["name"].head(5)) <= set(places) or len(named) > 5
    quiet = reports["quiet"].sections[1]
    assert "none can be said to have risen or fallen" in quiet.lead
    assert quiet.tables == ()


@pytest.mark.parametrize("name", NAMES)
def test_whom_the_counts_alone_would_name_are_those_of_the_verdicts_by_counts(comparisons, reports, name):
    """Not whoever has more crimes than before: that is nearly everybody, and no column of the table says so."""
    made, text = comparisons[name], " ".join(reports[name].sections[1].paragraphs)
    rose, fell = (int((made.table["verdict_counts"] == verdict).sum()) for verdict in ("rose", "fell"))
    assert "plain before and after" not in text
    if not rose + fell:
        assert "nothing else, would name no " in text
        return
    sure = f"{made.settings.sure:.0%}"
    assert f"would name {rose} as risen and {fell} as fallen, each with a probability of {sure} or more" in text
    assert (made.table.loc[made.table["verdict_counts"] == "rose", "p_rise"] >= made.settings.sure).all()
    assert (made.table.loc[made.table["verdict_counts"] == "fell", "p_fall"] >= made.settings.sure).all()


def test_the_change_of_the_list_is_the_product_of_what_explains_it(comparisons):
    row = comparisons["changed"].frames()["list"].loc["list"]
    assert row["ratio"] == pytest.approx(row["trend"] * row["selection"] * row["beyond"])
    assert row["expected"] == pytest.approx(row["trend"] * row["selection"])


def test_what_could_not_be_compared_and_what_it_is_shown_in_spite_of(comparisons, reports):
    report, made = reports["hard"], comparisons["hard"]
    assert report.warnings == tuple(f"Shown in spite of this: {reason}" for reason in made.warnings)
    assert len(report.warnings) == 1
    limits = report.sections[5]
    assert "of the earlier without a match (E05000000" in limits.paragraphs[0]
    assert "of the later without a match (E05999999)" in limits.paragraphs[0]
    assert limits.tables[0].rows[0][0] == "Restated"
    assert not any(row[1] in made.warnings for row in limits.tables[0].rows)
    whole = reports["quiet"].sections[5]
    assert whole.lead == "Every area of both assessments was compared with itself."
    wards = reports["changed"].sections[5]
    assert wards.lead == "Every ward of both assessments was compared with itself."


def test_a_code_that_changed_is_not_said_to_be_itself(comparisons):
    made = comparisons["changed"]
    table = made.table.assign(how=["change table", *made.table["how"].iloc[1:]])
    limits = change_report(dataclasses.replace(made, table=table)).sections[5]
    assert limits.lead == (
        "Every ward of both assessments was compared; where a code changed, with the ward or wards that it comes from."
    )


def test_crime_found_by_looking_is_the_sum_of_its_table(comparisons, reports):
    made = comparisons["changed"]
    sums = made.police_generated[["crimes_earlier", "crimes_later"]].sum()
    lead = reports["changed"].sections[6].lead
    assert f"{sums.iloc[0]:,.0f} crimes in April 2024 to September 2024, {sums.iloc[1]:,.0f} in April 2025" in lead


def test_harm_is_told_to_the_nearest_whole_number(comparisons):
    made = comparisons["changed"]
    facts = made.facts.copy()
    for value, told in ((1_240.7, "1,241"), (1_240.5, "1,241"), (1_240.4, "1,240"), (197_940.92, "197,941")):
        facts.loc["police-generated harm: earlier", "value"] = value
        lead = change_report(dataclasses.replace(made, facts=facts)).sections[6].lead
        assert f"harm {told}, then" in lead


def test_a_place_beyond_chance_by_itself_is_not_told_to_be_within_it(comparisons):
    """Those are told apart whose own interval lies on one side of no change."""
    made = comparisons["quiet"]
    area = places_that_matter(made.table, made.expected.table)[0]
    table = made.expected.table.copy()
    table.loc[area, ["beyond", "beyond_low_95", "beyond_high_95", "q_rise"]] = (1.58, 1.18, 2.13, 0.268)
    facts = made.facts.copy()
    facts.loc[BY_ITSELF, "value"] = (alone_beyond(table) != "").sum()
    other = dataclasses.replace(made, expected=dataclasses.replace(made.expected, table=table), facts=facts)
    sections = change_report(other).sections
    number = f"{facts.loc[BY_ITSELF, 'value']:.0f}"
    said = f"but for {number} whose own 95% interval lies on one side of no change: among so many"
    assert said in sections[1].paragraphs[0]
    places = next(section for section in sections if section.key == "places").tables[0].rows
    said = next(row[-1] for row in places if row[0] == made.table.loc[area, "name"])
    assert said == "not clear: beyond chance by itself, not among so many (p 0.27)"
    assert (made.facts.loc[BY_ITSELF, "value"] > 0) == bool((alone_beyond(made.expected.table) != "").any())


def test_places_that_matter_are_the_named_first_and_then_the_nearest_of_the_list():
    expected = pd.DataFrame(
        {
            "listed": [True, True, False, True, False],
            "verdict": ["not clear", "not clear", "rose", "fell", "not clear"],
            "beyond": [0.9, 1.2, 1.5, 0.3, 3.0],
            "p_fall": [0.2, 0.97, 1.0, 0.0, 1.0],
            "p_rise": [0.8, 0.03, 0.0, 1.0, 0.0],
        },
        index=list("ABCDE"),
    )
    assert places_that_matter(expected, expected) == ["D", "C", "B", "A", "E"]
    # The other that is nearest to a rise is E, and none fell.
    expected.loc["F"] = [False, "not clear", 0.4, 0.01, 0.99]
    assert places_that_matter(expected, expected) == ["D", "C", "B", "E", "F"]


def test_a_least_fall_stands_beside_falls_alone(reports):
    for report in reports.values():
        rows = report.sections[4].tables[0].rows
        assert all("\N{MINUS SIGN}" in row[4].partition(" (")[0] for row in rows if "a fall of" in row[-1])


def test_four_formats_and_the_same_bytes_each_time(reports, tmp_path):
    for kind in FORMATS:
        for time in ("first", "second"):
            (tmp_path / time).mkdir(exist_ok=True)
            reports["quiet"].save(tmp_path / time / f"report.{kind}")
        alike = {(tmp_path / time / f"report.{kind}").read_bytes() for time in ("first", "second")}
        assert len(alike) == 1
    text = (tmp_path / "first" / "report.md").read_text()
    assert text.startswith("**OFFICIAL**")
    assert "What changed: Testshire" in text


def test_what_holds_counts_as_recorded_says_that_it_is_internal(comparisons, tmp_path):
    made = comparisons["quiet"]
    closed = dataclasses.replace(made, about=dataclasses.replace(made.about, internal=True))
    change_report(closed).save(tmp_path / "report.md")
    assert (tmp_path / "report.md").read_text().startswith("**OFFICIAL - INTERNAL**")


def test_the_day_is_given_or_that_of_the_later_period(comparisons):
    assert change_report(comparisons["quiet"]).settings.on == dt.date(2025, 9, 30)
    assert change_report(comparisons["quiet"], on=dt.date(2026, 1, 2)).line.endswith("2 January 2026.")
    with pytest.raises(ParameterError, match="day of the years"):
        change_report(comparisons["quiet"], on=dt.date(1, 1, 1))


def published(assessment):
    """The published form of an assessment that was not written to a store."""
    settings = DisclosureSettings(open_input=False, keyed_by="cells")
    made = protect_tables(assessment.tables, about=assessment.about, secret=bytes(range(32)), settings=settings)
    return dataclasses.replace(
        assessment,
        tables=made.tables,
        about=published_about(assessment.about, made),
        manifest={**assessment.manifest, "disclosure": {"open_input": False}, "published_form": True},
    )


def test_a_published_comparison_knows_published_counts_alone_and_says_so(tmp_path):
    """Its crimes are the sums of the counts with noise; counts as recorded are told by neither table nor page."""
    sides = [
        make_assessment(drawn(12, 6, seed=seed, level=20.0), start=start, name=start)
        for seed, start in ((5, "2024-04"), (6, "2025-04"))
    ]
    shown = [published(side) for side in sides]
    made = compare(*shown, change_draws=100, worlds=100)
    noisy = [side.tables["counts"].groupby("area_code")["n"].sum() for side in shown]
    exact = [side.tables["counts"].groupby("area_code")["n"].sum() for side in sides]
    for column, known, hidden in zip(("crimes_earlier", "crimes_later"), noisy, exact, strict=True):
        assert made.table[column].to_numpy() == pytest.approx(known.reindex(made.table.index).to_numpy())
        assert (known != hidden.reindex(known.index)).any()
    assert not made.about.internal
    report = change_report(made)
    said = " ".join(report.sections[5].paragraphs)
    assert "counts that were published with noise, which the intervals do not hold" in said
    assert "What the source revised is not published." in said
    assert faults_of_report(report.table, made.frames()) == []
    closed = [dataclasses.replace(side, manifest={"disclosure": {"open_input": False}}) for side in sides]
    inside = compare(*closed, change_draws=100, worlds=100)
    assert inside.about.internal
    folder = write_comparison(inside, tmp_path / "inside")
    assert {path.name for path in folder.iterdir() if not path.name.startswith("INTERNAL-")} == {"comparison.json"}
    assert (folder / "INTERNAL-areas.csv").read_text(encoding="utf-8-sig").startswith("INTERNAL,marking,")


@pytest.mark.parametrize("name", NAMES)
def test_a_part_has_one_name_and_is_not_nought_where_nobody_knows_it(comparisons, reports, name):
    """Table, figures and workbook call a part the same; a part that is not known is told so, and is not left out."""
    made = comparisons[name]
    table = next(table for section in reports[name].sections for table in section.tables if table.header[0] == "Part")
    parts = {words[:1].upper() + words[1:]: key for key, words in PARTS.items()}
    assert [row[0] for row in table.rows[1:-1]] == [
        head for head, key in parts.items() if abs(made.overall[key]) > 1e-9
    ]
    assert {COLUMNS[key].head for key in PARTS} == set(parts)
    unknown = pd.isna(made.overall["revision"])
    assert not unknown or (made.findings["what"] == "revision").any()
    assert unknown == (f"Not known: what the source changed since; {IN_THE_OTHERS}" in table.note)
    assert unknown == (parts_not_known(made.overall) == ["revision"])
    nought = table.note.split(".")[0]
    assert (PARTS["revision"] in nought) == (not unknown and made.overall["revision"] == 0)


@pytest.mark.parametrize("name", NAMES)
def test_the_method_says_which_months_are_compared(reports, comparisons, name):
    """Halves of a year have no month of the year in common: then all that each covers stand against each other."""
    findings = comparisons[name].findings
    seasons = (findings["what"] == "seasons").any()
    assert seasons == (name == "hard")
    text = reports[name].sections[-1].paragraphs[0]
    assert ("the months of the year that both cover" in text) != seasons
    assert ("of each, all covered months" in text) == seasons
