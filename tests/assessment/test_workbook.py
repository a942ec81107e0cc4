"""The workbook of a run: one dictionary of headings, a summary that is true, pages that can be printed."""

from __future__ import annotations

import shutil
import zipfile
from collections import defaultdict
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from openpyxl.worksheet.worksheet import Worksheet
from worlds import DICTIONARY, INDICATORS, MORE

import socharm as sh
from socharm._words import number_of
from socharm.assessment.headings import FOR_METHOD, HEADINGS, MADE, heading_of
from socharm.assessment.layer_looks import CENTRE_COLUMN
from socharm.assessment.steps.order import declared_tables
from socharm.assessment.summary_sheet import summary_sheet
from socharm.assessment.workbook import _filled, write_ranking_workbook
from socharm.files.geopackage import read_layer
from socharm.files.workbook import Sheet, write_workbook
from socharm.files.workbook_front import FrontSheet, Strip, strip_steps
from socharm.snapshot.centres import CENTRE_FLAG, CENTRE_NOTE
from socharm.snapshot.spec import TableSpec

DOT, BAND = "FF7A1230", "FFD98C9B"


@pytest.fixture(scope="module")
def made(world: Path, tmp_path_factory: pytest.TempPathFactory) -> sh.Assessment:
    """The small world with measures of partners, and a ward where a rate per resident misleads."""
    folder = tmp_path_factory.mktemp("workbook") / "own"
    shutil.copytree(world, folder, ignore=shutil.ignore_patterns("store"))
    (folder / "indicators.csv").write_text(INDICATORS)
    (folder / "dictionary.toml").write_text(DICTIONARY)
    people = pd.read_csv(folder / "population.csv")
    people.loc[people["ward_code"] == "E05000004", "residents"] = 900
    people.to_csv(folder / "population.csv", index=False)
    recipe = folder / "assessment.toml"
    recipe.write_text(recipe.read_text() + MORE)
    return sh.run_assessment(recipe)


@pytest.fixture(scope="module")
def book(made: sh.Assessment) -> openpyxl.Workbook:
    return openpyxl.load_workbook(made.path / "ranking.xlsx")


def table_of(sheet: Worksheet) -> tuple[list[str], list[dict[str, object]]]:
    """Headings and rows of a sheet: the headings stand in the row that is printed on every page."""
    rows = list(sheet.iter_rows(values_only=True))
    top = int(str(sheet.print_title_rows).rpartition("$")[2]) - 1
    heads = [str(cell) for cell in rows[top]]
    return heads, [dict(zip(heads, row, strict=True)) for row in rows[top + 1 :]]


def test_sizes_of_the_top_list_no_row_that_says_nothing(made: sh.Assessment, book: openpyxl.Workbook) -> None:
    """Long runs of 0.0% are left out, and the sheet says by which rule and how many."""
    _, rows = table_of(book["Top k"])
    told = made.tables["top_k"]
    shown = told[told["probability"] >= 0.0005]
    assert 0 < len(shown) < len(told)
    assert sorted(float(str(row["Probability"])) for row in rows) == pytest.approx(sorted(shown["probability"]))
    notes = " ".join(str(cell.value) for cell in book["Top k"]["A"][:4])
    left = len(told) - len(shown)
    assert f"Left out: {number_of(left, 'row')} of {len(told):,} with a probability under 0.05%" in notes


# headings

#: The views of these two rename columns, which the sheets of a run below check.
RENAMED = {"deliveries": {"usual", "share"}, "losses": {"no_date", "no_location", "outside_areas", "not_covered",
           "copies", "repeated_id", "share_lost", "share_of_harm", "reason"}}  # fmt: skip
#: Tables that have headings in a layer of the GeoPackage and no sheet.
LAYERS_ALONE = {"heat_contours"}


def has_headings(spec: TableSpec) -> bool:
    return spec.sheet is not None or spec.layer or spec.name in LAYERS_ALONE


def test_a_heading_has_one_meaning_and_a_meaning_one_heading() -> None:
    meanings, texts = defaultdict(set), defaultdict(set)
    declared = [
        heading_of(column.name, table=spec.name, meaning=column.meaning)
        for spec in declared_tables()
        if has_headings(spec)
        for column in spec.columns
        if column.name not in RENAMED.get(spec.name, ())
    ]
    for heading in (*declared, *MADE.values()):
        meanings[heading.text.lower()].add(heading.meaning)
        texts[heading.meaning].add(heading.text)
    assert {text: found for text, found in meanings.items() if len(found) > 1} == {}
    assert {meaning: found for meaning, found in texts.items() if len(found) > 1} == {}


def test_every_column_that_a_sheet_can_show_is_in_the_dictionary() -> None:
    lost = [
        f"{spec.name}.{column.name}"
        for spec in declared_tables()
        if has_headings(spec)
        for column in spec.columns
        if f"{spec.name}.{column.name}" not in {*HEADINGS, *MADE}
        and column.name not in {*HEADINGS, *MADE}
        and column.name not in RENAMED.get(spec.name, ())
    ]
    assert lost == []
    assert set(FOR_METHOD) <= {column.name for spec in declared_tables() for column in spec.columns}


def test_headings_of_a_run_are_plain_and_the_same_in_every_sheet(book: openpyxl.Workbook) -> None:
    told = {str(row[0].value): str(row[1].value) for row in book["Headings"].iter_rows(min_row=3)}
    seen = 0
    for sheet in book.worksheets[2:-2]:
        heads, _ = table_of(sheet)
        assert len(heads) == len(set(heads)), sheet.title
        for head in heads:
            assert "_" not in head
            assert head in told, (sheet.title, head)
            seen += 1
    assert seen > 100
    assert told["90% from"] == "first rank of the 90% interval of the rank"


def test_a_column_of_the_recipe_keeps_its_name_in_plain_words() -> None:
    assert heading_of("pupils_absent", table="composite", meaning="as stated").text == "Pupils absent"
    assert heading_of("rank", table="composite").text == "Composite rank"


def test_areas_have_their_names_and_marks_in_every_sheet(made: sh.Assessment, book: openpyxl.Workbook) -> None:
    names = made.tables["areas"]["name"].to_dict()
    with_codes = 0
    for sheet in book.worksheets[2:-2]:
        heads, rows = table_of(sheet)
        if "Code" not in heads:
            continue
        with_codes += 1
        for row in rows:
            mark = " †" if row["Code"] == "E05000004" else ""
            assert row["Area"] == names[row["Code"]] + mark, sheet.title
        above = [str(cell.value) for cell in sheet["A"][:4]]
        assert any(CENTRE_NOTE in text for text in above) == any(row["Code"] == "E05000004" for row in rows)
    assert with_codes >= 8


def test_the_mark_and_its_sentence_stand_together(made: sh.Assessment) -> None:
    assert made.tables["population"]["flag"].to_dict()["E05000004"] == CENTRE_FLAG


# order and print


def test_summary_comes_first_and_settings_last(book: openpyxl.Workbook) -> None:
    assert book.sheetnames[:3] == ["Summary", "Read me", "Ranking"]
    assert book.sheetnames[-2:] == ["Headings", "Settings"]
    settings = {row[0].value: row[1].value for row in book["Settings"].iter_rows(min_row=3)}
    assert settings["assessment.seed"] == "1"
    assert not any(str(cell.value).startswith("assessment.") for cell in book["Read me"]["A"])


def test_every_sheet_prints_in_landscape_one_page_wide_with_its_headings(book: openpyxl.Workbook) -> None:
    for sheet in book.worksheets:
        assert sheet.page_setup.orientation == "landscape", sheet.title
        assert sheet.page_setup.paperSize == 9
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        # one page wide, as many high as are needed; the summary is one page
        assert sheet.page_setup.fitToWidth in (None, 1)
        assert sheet.page_setup.fitToHeight == (None if sheet.title == "Summary" else 0)
        if sheet.title != "Summary":
            assert sheet.print_title_rows
        assert sheet["A1"].value == "OFFICIAL"


def test_no_sheet_is_empty_and_the_first_page_lists_them(made: sh.Assessment, book: openpyxl.Workbook) -> None:
    told = {str(row[0].value): str(row[1].value) for row in book["Read me"].iter_rows(min_row=3)}
    sizes = {sheet.title: len(table_of(sheet)[1]) for sheet in book.worksheets[2:-2]}
    assert min(sizes.values()) > 0
    assert told["Sheets"] == "; ".join(f"{name} ({n:,} row{'s' if n > 1 else ''})" for name, n in sizes.items())
    assert ("Not ranked" in sizes) == bool(len(made.tables["unrankable"]))
    assert told["Period"] == "April 2025 to June 2025"


def test_an_empty_table_has_no_sheet(made: sh.Assessment, tmp_path: Path) -> None:
    none = {name: made.tables[name].iloc[:0] for name in ("unrankable", "parents")}
    write_ranking_workbook(
        tmp_path / "a.xlsx", made.tables.with_tables(**none), recipe=made.recipe, about=made.about,
        period=made.recipe.period,
    )  # fmt: skip
    assert not {"Not ranked", "Districts"} & set(openpyxl.load_workbook(tmp_path / "a.xlsx").sheetnames)


def test_sheets_stand_in_the_order_of_the_ranks(made: sh.Assessment, book: openpyxl.Workbook) -> None:
    ranks = made.tables["ranking"]["rank"].astype("Float64").fillna(float("inf")).to_dict()
    for name in ("Ranking", "Index", "Location quotients", "Rank sets"):
        found = [ranks[row["Code"]] for row in table_of(book[name])[1]]
        assert found == sorted(found), name
    districts = [row["Rank"] for row in table_of(book["Districts"])[1]]
    assert districts == sorted(districts)


def test_measures_have_their_names_beside_their_keys(made: sh.Assessment, book: openpyxl.Workbook) -> None:
    names = made.tables["indicator_dictionary"].set_index("measure")["name"].to_dict()
    heads, rows = table_of(book["Indicators"])
    assert heads[:4] == ["Area", "Code", "District", "Indicator"]
    assert heads[-1] == "Measure key"
    assert len(rows) == len(made.tables["indicators"])
    assert all(row["Indicator"] == names[row["Measure key"]] for row in rows)


def test_long_sheets_say_how_much_of_them_is_printed(made: sh.Assessment, tmp_path: Path) -> None:
    long = pd.concat([made.tables["location_quotients"]] * 20).head(130)
    write_ranking_workbook(
        tmp_path / "a.xlsx", made.tables.with_tables(location_quotients=long), recipe=made.recipe, about=made.about,
        period=made.recipe.period,
    )  # fmt: skip
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    sheet = book["Location quotients"]
    top = int(str(sheet.print_title_rows).rpartition("$")[2])
    assert str(sheet.print_area).endswith(f"${top + 60}")
    notes = [str(cell.value) for cell in sheet["A"][:top]]
    assert f"The first 60 of {len(long)} rows are printed; clear the print area for all." in notes
    told = {str(row[0].value): str(row[1].value) for row in book["Read me"].iter_rows(min_row=3)}
    assert "Location quotients (60)" in told["Printed in part"]
    whole = book["Ranking"]
    assert str(whole.print_area).endswith(f"${whole.max_row}")


def test_columns_for_method_are_folded(book: openpyxl.Workbook) -> None:
    sheet = book["Ranking"]
    heads, _ = table_of(sheet)
    shown = {head for number, head in enumerate(heads, start=1) if not hidden(sheet, number)}
    assert {"Rank", "90% from", "90% to", "Area", "Code", "Harm rate", "Harm rate as recorded"} <= shown
    assert not {"Mean rank", "95% from", "90% from, other mixes"} & shown
    assert "Mean rank" in heads


def hidden(sheet: Worksheet, number: int) -> bool:
    return any(
        dimension.hidden and dimension.min <= number <= dimension.max for dimension in sheet.column_dimensions.values()
    )


# summary


def strips(sheet: Worksheet, top: int, first: int) -> list[list[str]]:
    """Colours of the cells of each strip."""
    return [
        [str(cell.fill.fgColor.rgb) for cell in row[first - 1 :]]
        for row in sheet.iter_rows(min_row=top + 1)
        if isinstance(row[0].value, int | float)
    ]


def test_the_summary_is_the_ranking(made: sh.Assessment, book: openpyxl.Workbook) -> None:
    sheet = book["Summary"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    top = next(number for number, row in enumerate(rows) if row[0] == "Rank")
    heads = [head for head in rows[top][:7] if head]
    assert heads == ["Rank", "90% from", "90% to", "Area", "District", "Harm rate", "Crimes"]
    ranking = made.tables["ranking"].dropna(subset="rank").sort_values("rank", kind="stable")
    listed = [row for row in rows[top + 1 :] if isinstance(row[0], int | float)]
    assert len(listed) == min(20, len(ranking))
    for row, (code, truth) in zip(listed, ranking.iterrows(), strict=False):
        mark = " †" if code == "E05000004" else ""
        assert row[:5] == [
            truth["rank"],
            truth["rank_low_90"],
            truth["rank_high_90"],
            truth["name"] + mark,
            truth["parent"],
        ]
        assert row[5] == pytest.approx(truth["rate_shrunk"], rel=1e-12)
        assert row[6] == made.tables["index"]["crimes"][code]
    texts = [str(row[0]) for row in rows]
    assert any(text.startswith("Sentence-days: ") for text in texts)
    assert CENTRE_NOTE in " ".join(texts)
    for row, colours in zip(listed, strips(sheet, top + 1, 9), strict=True):
        filled = [number for number, colour in enumerate(colours, start=1) if colour in (DOT, BAND)]
        assert filled == list(range(row[1], row[2] + 1))
        assert [number for number, colour in enumerate(colours, start=1) if colour == DOT] == [row[0]]


def test_a_long_strip_has_cells_of_several_ranks(tmp_path: Path) -> None:
    table = pd.DataFrame(
        {"Rank": [1, 2, 3], "from": [1, 1, 3], "to": [2, 121, 3], "Area": ["a", "=b", "c"], "x": [3.0, 2.0, 1.0]}
    )
    front = FrontSheet(
        name="Summary", title="=T", lines=("one",), table=table, chart=("Area", "x", "X"), notes=("n",),
        strip=Strip(low="from", high="to", at="Rank", title="t"),
    )  # fmt: skip
    for name in ("a.xlsx", "b.xlsx"):
        write_workbook(
            [Sheet(name="A", table=table)], tmp_path / name, stamp=pd.Timestamp(2026, 1, 1).to_pydatetime(), title="t",
            marking="M", front=front,
        )  # fmt: skip
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx")["Summary"]
    top = next(cell.row for cell in sheet["A"] if cell.value == "Rank")
    # 121 ranks in 40 cells: four to a cell, 31 cells, 35 with the last group
    assert strip_steps(121) == (4, 35)
    assert sheet.cell(top, 7).value == "1 to 20"
    first, second, third = strips(sheet, top, 7)
    assert [first.index(DOT), first.count(BAND)] == [0, 0]
    assert [second.index(DOT), second.count(BAND)] == [0, 30]
    assert third[0] == DOT
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        xml = archive.read("xl/worksheets/sheet1.xml").decode()
        chart = archive.read("xl/charts/chart1.xml").decode()
    assert "<f>" not in xml
    assert f"Summary!$E${top + 1}:$E${top + 3}" in chart
    assert f"Summary!$D${top + 1}:$D${top + 3}" in chart


def test_a_summary_in_published_form_takes_the_rate_that_is_there(made: sh.Assessment, tmp_path: Path) -> None:
    ranking = made.tables["ranking"].assign(rate_shrunk=float("nan"))
    front = summary_sheet(made.tables.with_tables(ranking=ranking), made.about, title="T")
    assert "Harm rate as recorded" in front.table.columns
    assert "Harm rate" not in front.table.columns
    assert front.chart[2].startswith("Harm rate as recorded of the first ")
    none = made.tables["ranking"].assign(rank=pd.array([pd.NA] * len(ranking), dtype="Int64"))
    empty = made.tables.with_tables(ranking=none)
    write_ranking_workbook(tmp_path / "a.xlsx", empty, recipe=made.recipe, about=made.about, period=made.recipe.period)
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx")["Summary"]
    assert [cell.value for cell in sheet["A"]].count("Rank") == 1
    assert sheet._charts == []


def test_a_column_in_which_no_row_has_anything_is_left_out():
    table = pd.DataFrame({"name": ["A", "B"], "relative": [pd.NA, pd.NA], "reason": ["", ""], "crimes": [0, 0]})
    assert list(_filled(table).columns) == ["name", "crimes"]
    assert list(_filled(table.iloc[:0]).columns) == list(table.columns)


def test_a_setting_is_told_in_words(book: openpyxl.Workbook) -> None:
    values = {str(row["Value"]) for row in table_of(book["Settings"])[1]}
    assert not values & {"True", "False", "None"}
    assert {"yes", "no"} <= values


def test_every_layer_of_areas_marks_the_centres(made: sh.Assessment) -> None:
    """A map made of any layer knows where a rate per resident misleads."""
    for layer in ("index", "ranking", "top_classes"):
        flag = read_layer(made.path / "areas.gpkg", layer).set_index("area_code")[CENTRE_COLUMN]
        assert flag[flag.fillna("") != ""].to_dict() == {"E05000004": CENTRE_FLAG}
