"""Tables are read as they are published: sheets, title rows, notes, encodings, marks; and hostile files are refused."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import openpyxl
import pytest

from socharm.errors import DataWarning, ParameterError, RefusedError, SchemaError
from socharm.io.indicators import read_indicators
from socharm.io.lookups import read_lookup
from socharm.io.offence_counts import read_offence_counts
from socharm.io.population import read_population
from socharm.io.table_options import TableOptions
from socharm.io.tabular import read_table
from socharm.io.weights import read_weights

PEOPLE = {"kind": "resident", "date": "2022-06-30"}
ROWS = [["ward", "people"], ["E05000001", 9000], ["E05000002", 9500]]
ANSWER = {"E05000001": 9000.0, "E05000002": 9500.0}
SHEET = "xl/worksheets/sheet1.xml"


def people(path, *, code="ward", value="people", **more):
    return read_population(path, code=code, value=value, **PEOPLE, **more)


def book(path: Path, sheets: dict[str, list[list[object]]], *, hidden=(), edit=None) -> Path:
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for name, rows in sheets.items():
        page = workbook.create_sheet(name)
        for row in rows:
            page.append(row)
        page.sheet_state = "hidden" if name in hidden else "visible"
    workbook.save(path)
    if edit is not None:
        with zipfile.ZipFile(path) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        edit(members)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members.items():
                archive.writestr(name, content)
    return path


def ods_cell(value: object, more: str = "") -> str:
    if value is None:
        return f"<table:table-cell {more}/>"
    kind = f'float" office:value="{value}' if isinstance(value, (int, float)) else "string"
    return f'<table:table-cell office:value-type="{kind}" {more}><text:p>{value}</text:p></table:table-cell>'


def ods(path: Path, sheets: dict[str, list[list[object]]], *, tail: str = "", hidden=()) -> Path:
    names = ("office", "table", "text", "style")
    spaces = " ".join(f'xmlns:{one}="urn:oasis:names:tc:opendocument:xmlns:{one}:1.0"' for one in names)
    style = (
        '<style:style style:name="h" style:family="table"><style:table-properties table:display="false"/></style:style>'
    )
    body = ""
    for name, rows in sheets.items():
        how = ' table:style-name="h"' if name in hidden else ""
        lines = "".join(f"<table:table-row>{''.join(map(ods_cell, row))}</table:table-row>" for row in rows)
        body += f'<table:table table:name="{name}"{how}>{lines}{tail}</table:table>'
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces}><office:automatic-styles>{style}'
        f"</office:automatic-styles><office:body><office:spreadsheet>{body}</office:spreadsheet></office:body>"
        "</office:document-content>"
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
    return path


# Sheets and header rows -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [book, ods])
def test_a_hidden_sheet_is_never_the_default(tmp_path, make):
    old = [["ward", "people"], ["E05000001", 100], ["E05000002", 120]]
    path = make(tmp_path / f"people.{'ods' if make is ods else 'xlsx'}", {"old": old, "Mid": ROWS}, hidden=["old"])
    found = people(path)
    assert found.values.to_dict() == ANSWER
    assert (found.findings.table.sheet, found.findings.table.header_row) == ("Mid", 1)
    assert people(path, sheet="old").values["E05000001"] == 100
    with pytest.raises(ParameterError, match=r"sheet 0 of .* is 'old', which is hidden"):
        people(path, sheet=0)


def test_columns_in_a_hidden_sheet_only_are_told(tmp_path):
    path = book(tmp_path / "people.xlsx", {"old": ROWS, "Notes": [["hello"]]}, hidden=["old"])
    with pytest.raises(SchemaError, match=r"visible sheets are \['Notes'\]\. They stand in the hidden sheet 'old'"):
        people(path)


def test_ons_ward_estimates_are_read_as_published(tmp_path):
    titles = [["Mid-2022 population estimates by ward"], ["This worksheet contains one table."], ["Source: ONS"]]
    head = ["LAD 2022 Code", "Ward\n2022 Code", "Total"]
    sheets = {name: [["text"]] for name in ("Cover", "Contents", "Notes", "Terms", "A", "B", "C")}
    path = book(tmp_path / "wards.xlsx", {**sheets, "Mid-2022": [*titles, head, ["E08000021", "E05000001", 9000]]})
    found = people(path, code="Ward 2022 Code", value="Total")
    assert found.values.to_dict() == {"E05000001": 9000.0}
    assert (found.findings.table.sheet, found.findings.table.header_row) == ("Mid-2022", 4)


def test_columns_that_stand_in_several_sheets_are_asked_for(tmp_path):
    path = book(tmp_path / "wards.xlsx", {"Mid-2021": ROWS, "Mid-2022": ROWS})
    with pytest.raises(SchemaError, match=r"stand in 2 sheets of 'wards.xlsx': \['Mid-2021', 'Mid-2022'\]"):
        people(path)
    assert people(path, sheet="Mid-2022").values.to_dict() == ANSWER
    assert people(path, sheet=1).findings.table.sheet == "Mid-2022"


def test_columns_that_stand_nowhere_are_told_with_the_nearest_row(tmp_path):
    path = book(tmp_path / "wards.xlsx", {"Notes": [["x"]], "T": [["title"], ["Ward", "People"], ["E05000001", 1]]})
    with pytest.raises(SchemaError, match=r"nearest row, 2 of sheet 'T'.*Did you mean 'Ward' for 'ward'"):
        people(path)
    with pytest.raises(SchemaError, match=r"stand in row 2 of sheet 'T', which `header_row`"):
        people(path, code="Ward", value="People", header_row=1)
    with pytest.raises(ParameterError, match=r"no sheet 'X'"):
        people(path, sheet="X")


def test_a_sheet_without_cells_is_told(tmp_path):
    workbook = openpyxl.Workbook()
    workbook.create_chartsheet("Figure 1")
    workbook.save(tmp_path / "a.xlsx")
    with pytest.raises(ParameterError, match=r"'Figure 1' of 'a.xlsx' is a chart"):
        people(tmp_path / "a.xlsx", sheet="Figure 1")
    with pytest.raises(SchemaError, match=r"holds no table"):
        people(tmp_path / "a.xlsx")


def test_a_nomis_file_is_read_as_downloaded(tmp_path):
    path = tmp_path / "nomis.csv"
    path.write_text(
        '"Population estimates"\n"Source: example"\n\n"Date",:,"2022"\n\n"2022 ward","mnemonic","All Ages"\n'
        '"Ward A","E05000001","9,000"\n"Ward B","E05000002","9,500"\n\n"Figures are rounded"\n"© Crown copyright"\n'
    )
    found = people(path, code="mnemonic", value="All Ages", thousands=",")
    assert found.values.to_dict() == ANSWER
    assert (found.note_rows, found.findings.table.header_row) == (2, 6)
    assert people(path, code="mnemonic", value="All Ages", thousands=",", skip_rows=4).values.to_dict() == ANSWER


def test_a_last_row_that_was_cut_is_no_note(tmp_path):
    path = tmp_path / "cut.csv"
    path.write_text("ward,name,people\nE05000001,A,9000\nE0500")
    with pytest.raises(SchemaError, match=r"row 3: has 1 field where the header has 3"):
        people(path)


def test_every_reader_takes_the_same_options(tmp_path):
    path = book(
        tmp_path / "all.xlsx",
        {
            "a": [["x"]],
            "b": [["t"], ["LSOA", "WD", "fuel", "offence", "weight"], ["E01000001", "E05000001", 4, "Burglary", 9]],
        },
    )
    how = {"sheet": "b", "header_row": 2}
    said = {"fuel": {"direction": "neutral", "unit": "n", "denominator": "n", "period": "2020", "provider": "x",
                     "licence": "OGL", "marking": "OFFICIAL", "police_driven": False}}  # fmt: skip
    lookup = read_lookup(path, source="LSOA", target="WD", **how)
    sent = read_indicators(path, dictionary=said, code="LSOA", ignore=["weight"], **how)
    scheme = read_weights(path, **how)
    assert lookup.as_mapping() == {"E01000001": "E05000001"}
    assert sent.values_of("fuel").to_dict() == {"E01000001": 4.0}
    assert scheme.weights.to_dict() == {"burglary": 9.0}
    for record in (lookup, sent, scheme):
        assert (record.findings.table.sheet, record.findings.table.header_row) == ("b", 2)


def test_an_offence_table_below_a_title_is_found(tmp_path):
    head = [
        "Financial Year",
        "Financial Quarter",
        "Force Name",
        "Offence Description",
        "Offence Code",
        "Number of Offences",
    ]
    rows = [
        ["Police recorded crime"],
        head,
        ["2019/20", 1, "Northumbria", "Robbery", "34B", "1,200"],
    ]
    path = ods(tmp_path / "prc.ods", {"Cover": [["Home Office"]], "2019-20": rows})
    found = read_offence_counts(path)
    assert found.table["n"].tolist() == [1200]
    assert (found.findings.table.sheet, found.findings.table.header_row) == ("2019-20", 2)


# Text files -----------------------------------------------------------------------------------------------------

TEXT = "ward,people,note\nE05000001,9000,Ynys Môn\nE05000002,9500,\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-32"])
def test_encodings_are_found_by_their_first_bytes(tmp_path, encoding):
    path = tmp_path / "people.csv"
    path.write_bytes(TEXT.encode(encoding))
    assert people(path).values.to_dict() == ANSWER
    assert read_table(path).frame["note"].iloc[0] == "Ynys Môn"


def test_encodings_that_are_stated_are_used_or_refused(tmp_path):
    path = tmp_path / "people.csv"
    path.write_bytes(TEXT.encode("utf-16-le"))
    assert people(path).findings.table.encoding == "utf-16-le"
    path.write_bytes(TEXT.encode() + bytes(9))
    with pytest.raises(SchemaError, match=r"encoding='utf-16-le'"):
        people(path)
    path.write_bytes(TEXT.encode("utf-16-le"))
    assert people(path, encoding="utf-16-le").findings.table.encoding == "utf-16-le"
    path.write_bytes(TEXT.encode("cp1252"))
    with pytest.raises(SchemaError, match=r"is not written in 'utf-8', as `encoding` says"):
        people(path, encoding="utf-8")
    with pytest.raises(ParameterError, match=r"no encoding of text\. Did you mean 'cp1252'"):
        people(path, encoding="cp-1252x")


@pytest.mark.parametrize(
    "text",
    [
        TEXT.replace("\n", "\r"),
        "sep=;\n" + TEXT.replace(",", ";"),
        TEXT.replace(",", "\t"),
        TEXT.replace("\n", ",,,\n") + ",,,,,\n,,,,,\n",
        TEXT.replace("ward", '"ward\n"').replace("people", "\u200bpeople"),
        "Wards, people, and notes, as of 2022\n" + TEXT.replace(",", ";"),
    ],
    ids=["cr", "sep", "tab", "empty columns", "line break in a heading", "commas in a title"],
)
def test_what_spreadsheets_leave_behind_is_read(tmp_path, text):
    path = tmp_path / "people.tab"
    path.write_text(text, newline="")
    assert people(path).values.to_dict() == ANSWER


def test_packed_text_is_read_and_bounded(tmp_path, monkeypatch):
    path = tmp_path / "people.csv.gz"
    path.write_bytes(gzip.compress(TEXT.encode()))
    assert people(path).values.to_dict() == ANSWER
    path.write_bytes(gzip.compress(TEXT.encode())[:-9])
    with pytest.raises(SchemaError, match=r"cannot be read as gzip"):
        people(path)
    monkeypatch.setattr("socharm.io._text_file.MAX_TABLE_BYTES", 1_000)
    path.write_bytes(gzip.compress(b"x" * 10_000))
    with pytest.raises(RefusedError, match=r"unpacked"):
        people(path)


# Numbers and codes ----------------------------------------------------------------------------------------------


def test_suppressed_and_missing_numbers_are_gaps_and_counted(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("ward,people\nE05000001,9000\nA,[c]\nB,*\nC,NA\nD,-\nE,not sent\n")
    with pytest.warns(DataWarning, match=r"5 of 6 areas .* 2 are marked as suppressed"):
        found = people(path, missing=["not sent"])
    assert found.values.dropna().to_dict() == {"E05000001": 9000.0}
    assert found.suppressed == 2


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("9.000,5", "is text, not a number"),
        ("12,5", "decimal comma"),
        ("12.5%", "percent sign"),
        ("£12", "sign of currency"),
        ("(12)", "write a negative number with a hyphen"),
        ("1 234", "thousands=' '"),
        ("#REF!", "error of the spreadsheet"),
    ],
)
def test_cells_that_are_no_numbers_are_told_by_what_they_are(tmp_path, cell, told):
    path = tmp_path / "people.csv"
    path.write_text(f'ward,people\nE05000001,"{cell}"\n')
    with pytest.raises(SchemaError, match=f"row 2, column 'people'(.|\n)*{told}"):
        people(path)


def test_a_point_between_thousands_makes_other_points_faults(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("ward,people\nE05000001,9.000\n")
    assert people(path, thousands=".").values.to_dict() == {"E05000001": 9000.0}
    path.write_text("ward,people\nE05000001,9.5\n")
    with pytest.raises(SchemaError, match=r"'9.5' is text"):
        people(path, thousands=".")


def test_codes_are_mended_and_counted(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("ward,people\n e05000001 ,9000\nE05000002\u00a0,9500\n", encoding="utf-8")
    found = people(path)
    assert found.values.to_dict() == ANSWER
    assert found.mended_codes == 1  # blanks around a cell belong to no cell
    path.write_text("ward,people\n1001.0,9000\n1002.0,9500\n")
    assert list(people(path).values.index) == ["1001", "1002"]
    path.write_text("ward,people\n0100,9000\nNULL,1\n")
    with pytest.raises(SchemaError, match=r"row 3, column 'ward': holds no code"):
        people(path)


def test_options_that_cannot_be_are_refused():
    for option, message in (
        ({"sheet": 1.5}, "text, a whole number from 0"),
        ({"sheet": True}, "text, a whole number from 0"),
        ({"header_row": 0}, "a whole number from 1 to"),
        ({"skip_rows": -1}, "a whole number from 0 to"),
        ({"header_row": 2, "skip_rows": 5}, "Give one of the two"),
        ({"encoding": "base64"}, "no encoding of text"),
        ({"thousands": ",,"}, "one sign"),
        ({"thousands": "1"}, "one sign"),
        ({"missing": "NA"}, "the text 'NA'; give a list"),
        ({"missing": [1]}, "each part must be text"),
    ):
        with pytest.raises(ParameterError, match=message):
            TableOptions(**option)


# Persons --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["csv", "xlsx", "parquet", "frame"])
def test_every_kind_of_table_is_searched_for_persons(tmp_path, kind):
    import pandas as pd

    frame = pd.DataFrame({"ward": ["E05000001"], "people": [9000], "Offender": ["Jane Smith"]})
    source = frame if kind == "frame" else tmp_path / f"people.{kind}"
    if kind != "frame":
        getattr(frame, {"csv": "to_csv", "xlsx": "to_excel", "parquet": "to_parquet"}[kind])(source, index=False)
    with pytest.raises(RefusedError, match=r"look like persons: 'Offender'"):
        people(source)
    found = people(source, allow_columns=["Offender"])
    assert found.settings.allow_columns == ("Offender",)


# Hostile and broken files ---------------------------------------------------------------------------------------


def appended(xml: bytes):
    def edit(members):
        members[SHEET] = members[SHEET].replace(b"</sheetData>", xml + b"</sheetData>")

    return edit


@pytest.mark.parametrize(
    "xml",
    [
        b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        b"<row r='1048576'><c\n t='n' r='XFD1048576'><v>1</v></c></row>",
        b'<row r="1048576">' + b"<c><v>1</v></c>" * 200 + b"</row>",
        b'<row r="99999999999"><c r="A99999999999"><v>1</v></c></row>',
    ],
    ids=["far", "other quotes", "without references", "beyond the last row"],
)
def test_a_far_cell_is_refused_before_memory_is_set_aside(tmp_path, xml):
    path = book(tmp_path / "far.xlsx", {"T": ROWS}, edit=appended(xml))
    with pytest.raises(RefusedError, match=r"cells in 'far.xlsx', sheet 'T'"):
        people(path)


def test_a_far_cell_without_content_is_no_obstacle(tmp_path):
    path = book(tmp_path / "far.xlsx", {"T": ROWS}, edit=appended(b'<row r="1048576"><c r="XFD1048576" s="0"/></row>'))
    assert people(path).values.to_dict() == ANSWER


@pytest.mark.parametrize(
    "tail",
    [
        '<table:table-row table:number-rows-repeated="2000000000">'
        + ods_cell(1, 'table:number-columns-repeated="1000000000"')
        + "</table:table-row>",
        '<table:table-row table:number-rows-repeated="100000000"><table:table-cell/></table:table-row><table:table-row>'
        + ods_cell(1)
        + "</table:table-row>",
    ],
    ids=["repeated", "behind blank rows"],
)
def test_repeated_cells_of_an_opendocument_sheet_are_counted(tmp_path, tail):
    with pytest.raises(RefusedError, match=r"cells in 'far.ods'"):
        people(ods(tmp_path / "far.ods", {"T": ROWS}, tail=tail))


def test_blank_rows_to_the_end_of_an_opendocument_sheet_are_no_obstacle(tmp_path):
    tail = (
        '<table:table-row table:number-rows-repeated="1048500"><table:table-cell '
        'table:number-columns-repeated="16384"/></table:table-row>'
    )
    assert people(ods(tmp_path / "people.ods", {"T": ROWS}, tail=tail)).values.to_dict() == ANSWER


def test_entities_are_refused(tmp_path):
    def edit(members):
        members[SHEET] = members[SHEET].replace(b"<worksheet", b'<!DOCTYPE x [<!ENTITY a "a">]><worksheet', 1)

    with pytest.raises(RefusedError, match=r"defines entities"):
        people(book(tmp_path / "a.xlsx", {"T": ROWS}, edit=edit))


def test_a_workbook_that_brings_its_reader_down_is_told(tmp_path):
    def edit(members):
        place = "xl/sharedStrings.xml"
        found = members.get(
            place, b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si/></sst>'
        )
        members[place] = found.replace(b"<sst ", b'<sst uniqueCount="99999999999999" ', 1)
        relations = "xl/_rels/workbook.xml.rels"
        if b"sharedStrings" not in members[relations]:
            kind = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
            one = b'<Relationship Id="rId99" Type="' + kind + b'" Target="sharedStrings.xml"/></Relationships>'
            members[relations] = members[relations].replace(b"</Relationships>", one)

    with pytest.raises(SchemaError, match=r"cannot be read as a workbook"):
        people(book(tmp_path / "a.xlsx", {"T": ROWS}, edit=edit))


def test_errors_and_formulas_without_a_result_are_told(tmp_path):
    rows = [["ward", "people"], ["E05000001", "=1+1"], ["E05000002", 5]]
    with pytest.raises(SchemaError, match=r"row 2, column 'people': '\(formula without a stored result\)'"):
        people(book(tmp_path / "a.xlsx", {"T": rows}))

    def edit(members):
        members[SHEET] = (
            members[SHEET].replace(b"<v>9500</v>", b"<v>#DIV/0!</v>").replace(b'<c r="B3" t="n"', b'<c r="B3" t="e"')
        )

    with pytest.raises(SchemaError, match=r"row 3, column 'people': '#DIV/0!' is an error of the spreadsheet"):
        people(book(tmp_path / "b.xlsx", {"T": ROWS}, edit=edit))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.ods", b"PK\x03\x04", "'a.ods' cannot be read as a workbook"),
        ("a.xlsx", b"PK\x03\x04" + b"x" * 500, "'a.xlsx' cannot be read as a workbook"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "cannot be read as an Excel workbook of 1997"),
        ("a.xls", b"<html><table>", "not an Excel workbook of 1997 to 2003"),
        ("a.xls", b"PK\x03\x04" + b"x" * 500, r"Rename it to end in \.xlsx"),
        (
            "a.xlsx",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "is protected by a password",
        ),
        ("a.csv.gz", b"PK\x03\x04", "is not gzip"),
        ("a.xlsb", b"PK\x03\x04", "Convert the file first"),
    ],
)
def test_a_file_that_is_no_workbook_is_told_by_name(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises((SchemaError, RefusedError, ParameterError), match=message):
        people(tmp_path / name)


def test_too_many_columns_are_refused(tmp_path):
    path = tmp_path / "wide.csv"
    path.write_text(",".join(f"c{n}" for n in range(20_000)) + "\n" + ",".join("1" * 20_000) + "\n")
    with pytest.raises(RefusedError, match=r"20,000 columns in 'wide.csv'"):
        read_table(path)


def test_an_old_workbook_is_read_and_its_far_cell_refused(tmp_path):
    import struct

    import statsmodels

    source = Path(statsmodels.__file__).parent / "tsa/statespace/tests/results/frbny_nowcast/Nowcasting/test_spec.xls"
    if not source.is_file():
        pytest.skip("no workbook of that age comes along")
    raw = source.read_bytes()
    path = tmp_path / "old.xls"
    path.write_bytes(raw)
    table = read_table(path)
    assert (table.options.sheet, list(table.frame.columns)[:2]) == ("spec", ["Model", "SeriesID"])
    place = raw.index(struct.pack("<HH", 0x00FD, 10))  # the first cell of text
    path.write_bytes(raw[: place + 4] + struct.pack("<HH", 65_535, 65_535) + raw[place + 8 :])
    with pytest.raises(RefusedError, match=r"cells in a sheet of 'old.xls'"):
        read_table(path)
