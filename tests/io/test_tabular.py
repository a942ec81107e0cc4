"""Tables are read as text that remembers its row; every fault of a file is told at once."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socharm.errors import ParameterError, RefusedError, SchemaError
from socharm.io.numbers import parse_numbers
from socharm.io.table_options import TableOptions
from socharm.io.tabular import TableRules, read_table
from socharm.io.text_table import Faults


def write(tmp_path, text, *, name="table.csv", encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path, delimiter):
    path = write(
        tmp_path, delimiter.join(["code", "name", "n"]) + "\n" + delimiter.join(["A", '"x, y; z"', "1"]) + "\n"
    )
    table = read_table(path)
    assert table.delimiter == delimiter
    assert table.frame.to_dict("list") == {"code": ["A"], "name": ["x, y; z"], "n": ["1"]}
    assert table.frame.index.tolist() == [2]


@pytest.mark.parametrize(
    ("encoding", "recorded"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("latin-1", "cp1252"), ("cp1252", "cp1252")],
)
def test_the_encoding_is_found_and_recorded(tmp_path, encoding, recorded):
    table = read_table(write(tmp_path, "code,name\nA,Ynys Môn\n", encoding=encoding))
    assert (table.encoding, table.frame.loc[2, "name"]) == (recorded, "Ynys Môn")
    assert list(table.frame.columns) == ["code", "name"]


def test_rows_are_numbered_as_a_spreadsheet_does(tmp_path):
    table = read_table(write(tmp_path, 'code,name\n\nA,"two\nlines"\n\nB,x\n'))
    assert table.frame.index.tolist() == [3, 5]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty file"),
        ("  \n \n", "nothing but blanks"),
        ("code,n\n", "a header and no rows"),
        ("code,n,n\nA,1,2\n", r"same name: \['n'\]"),
        ('code,n\nA,"1\nB,2\n', "not well-formed CSV"),
        ("code,n\nA\nB,1,2\n", "2 faults(.|\n)*row 2: has 1 field(.|\n)*row 3: has 3 fields"),
        ('code,n\n"A,1"\nB,2\n', "1 row is quoted whole into their first field: rows 2"),
    ],
)
def test_a_broken_file_is_told_clearly(tmp_path, text, message):
    with pytest.raises(SchemaError, match=message):
        read_table(write(tmp_path, text))


def test_rows_quoted_whole_are_taken_apart_on_request(tmp_path):
    path = write(tmp_path, 'code,name,n\n"A,""x, y"",1"\nB,z,2\n')
    table = read_table(path, rules=TableRules(repair_quoted_rows=True))
    assert table.repaired_rows == (2,)
    assert table.frame.loc[2].tolist() == ["A", "x, y", "1"]


def test_a_missing_column_suggests_the_nearest(tmp_path):
    path = write(tmp_path, "WD25CD,residents\nA,1\n")
    with pytest.raises(SchemaError, match="Did you mean 'residents'"):
        read_table(path, columns=["WD25CD", "resident"])


def test_formula_escapes_lose_exactly_one_mark(tmp_path):
    cells = ["'=1+1", "''=1", "'-5", "'@x", "'plain", "-5"]
    table = read_table(write(tmp_path, "text\n" + "\n".join(cells) + "\n"))
    assert table.frame["text"].tolist() == ["=1+1", "''=1", "-5", "@x", "'plain", "-5"]


def test_a_workbook_reads_like_its_csv(tmp_path):
    frame = pd.DataFrame({"code": ["A", "B"], "n": [12, 7.5], "day": pd.to_datetime(["2024-06-30", None])})
    path = tmp_path / "table.xlsx"
    with pd.ExcelWriter(path) as writer:
        frame.to_excel(writer, sheet_name="data", index=False, startrow=2)
    table = read_table(path)
    assert table.frame.loc[4].tolist()[:2] == ["A", "12"]
    assert table.frame.loc[5].tolist() == ["B", "7.5", ""]
    assert read_table(path, options=TableOptions(sheet="data")).layout == "xlsx"
    with pytest.raises(ParameterError, match=r"no sheet 'Data'; it has \['data'\]"):
        read_table(path, options=TableOptions(sheet="Data"))


def test_a_broken_workbook_is_told_clearly(tmp_path):
    path = tmp_path / "table.xlsx"
    path.write_bytes(b"PK\x03\x04" + b"x" * 100)
    with pytest.raises(SchemaError, match="cannot be read as a workbook"):
        read_table(path)


def test_parquet_and_frames_become_text(tmp_path):
    frame = pd.DataFrame({"code": ["A", None], "n": [1, 2]})
    path = tmp_path / "table.parquet"
    frame.to_parquet(path)
    for source in (frame, path):
        table = read_table(source, columns=["n", "code"])
        assert table.frame[["code", "n"]].to_dict("list") == {"code": ["A", ""], "n": ["1", "2"]}
        assert table.frame.index.tolist() == [1, 2]


def test_truncated_parquet_is_told_clearly(tmp_path):
    path = tmp_path / "table.parquet"
    pd.DataFrame({"code": ["A"] * 100}).to_parquet(path)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(SchemaError, match="cut short"):
        read_table(path)
    path.write_bytes(content[:4] + b"\x00" * 8 + content[-8:])
    with pytest.raises(SchemaError, match="cannot be read as parquet"):
        read_table(path)


def test_other_frames_are_accepted_and_other_objects_are_not():
    polars = pytest.importorskip("polars")
    assert read_table(polars.DataFrame({"code": ["A"]})).frame["code"].tolist() == ["A"]
    assert read_table(polars.LazyFrame({"code": ["A"]})).frame["code"].tolist() == ["A"]
    with pytest.raises(ParameterError, match="found int"):
        read_table(3)


def test_a_disguised_table_is_refused(tmp_path):
    with pytest.raises(RefusedError, match="not text"):
        read_table(write(tmp_path, "PK\x03\x04 not a table"))


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20))
@settings(max_examples=30, deadline=None)
def test_numbers_survive_being_text(values):
    assert parse_numbers(pd.Series([repr(value) for value in values])).tolist() == values


def test_every_cell_that_is_no_number_is_named():
    cells = pd.Series(["1", "1,954", ":", "", "inf", "nan", "12%"], index=range(2, 9), name="residents")
    faults = Faults("population.csv")
    numbers = parse_numbers(cells, faults=faults)
    assert numbers.notna().tolist() == [True] + [False] * 6
    assert len(faults) == 3
    assert faults.suppressed["residents"] == 1
    with pytest.raises(SchemaError, match=r"has 3 faults:\n  row 3, column 'residents': '1,954' is text"):
        faults.raise_if_any()


def test_markers_and_thousands_are_accepted_when_stated():
    cells = pd.Series(["1,954", ":", "-1,234,567.5"])
    assert parse_numbers(cells, missing=[":"], thousands=",").fillna(-1).tolist() == [1954.0, -1.0, -1234567.5]
    with pytest.raises(SchemaError, match="'19,54' is text"):
        parse_numbers(pd.Series(["19,54"], name="n"), thousands=",")


def test_long_lists_of_faults_are_cut_and_counted():
    faults = Faults("x.csv")
    for row in range(50):
        faults.add("is wrong", row=row)
    with pytest.raises(SchemaError, match=r"50 faults(.|\n)*and 30 more"):
        faults.raise_if_any()


def test_the_row_of_column_names_is_found_by_a_cell(tmp_path):
    text = "marking: OFFICIAL,\n,\nby hand,\n code ,n\nA,1\n"
    table = read_table(write(tmp_path, text), header=["code"])
    assert table.lines_above == ("marking: OFFICIAL", "by hand")
    assert table.frame.to_dict("list") == {"code": ["A"], "n": ["1"]}
    assert table.frame.index.tolist() == [5]
    with pytest.raises(SchemaError, match=r"lacks the columns \['area'\]; the nearest row, 1"):
        read_table(write(tmp_path, text), header=["area"])


def test_a_first_row_with_few_cells_is_a_row(tmp_path):
    (tmp_path / "a.csv").write_text("code,one,two,three,four\nx1,5,,,\n")
    table = read_table(tmp_path / "a.csv")
    assert (len(table.frame), table.note_rows) == (1, 0)
    (tmp_path / "b.csv").write_text("code,one,two,three,four\nx1,5,6,7,8\n\nall figures are rounded,,,,\n")
    assert (len(read_table(tmp_path / "b.csv").frame), read_table(tmp_path / "b.csv").note_rows) == (1, 1)
    assert len(read_table(tmp_path / "b.csv", rules=TableRules(notes_below=False)).frame) == 2
