"""The one writer of CSV, and names of files made from names of places."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import socharm
from socharm.files.delimited import csv_text, escaped, write_csv, write_rows
from socharm.files.names import file_stem
from socharm.io.tabular import read_table

PACKAGE = Path(socharm.__file__).parent
FORMULAS = [
    "=HYPERLINK(1)",
    "+1",
    "-cmd|' /C calc'!A0",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    "\uff1d1",
    "\uff0b1",
    "\uff20A",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_what_a_spreadsheet_would_run_gets_a_mark(text, tmp_path):
    table = pd.DataFrame({"provider": [text], text: ["plain"], "n": [-1.5]}, index=pd.Index([text], name="code"))
    write_csv(table, tmp_path / "a.csv", index=True, lines=[text])
    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))
    cells = [cell for row in rows for cell in row]
    assert cells.count(f"'{text}") == 4  # the line above, the heading, the code, the cell
    assert "-1.5" in cells  # a number is never marked


@pytest.mark.parametrize("dtype", ["object", "string", "str", "category"])
def test_every_kind_of_text_column_is_looked_at(dtype, tmp_path):
    write_csv(pd.DataFrame({"a": pd.Series(["=1", "x"], dtype=dtype)}), tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_bytes() == b"\xef\xbb\xbfa\r\n'=1\r\nx\r\n"


def test_gaps_dates_and_numbers_stay_as_they_are(tmp_path):
    table = pd.DataFrame({"n": [1.5, np.nan], "day": pd.to_datetime(["2026-01-05", None]), "t": ["a", None]})
    write_csv(table, tmp_path / "a.csv", for_people=False, newline="\n", float_format="%.2f")
    assert (tmp_path / "a.csv").read_bytes() == b"n,day,t\n1.50,2026-01-05,a\n,,\n"


def test_a_failure_leaves_no_file(tmp_path):
    with pytest.raises(socharm.StoreError):
        write_rows([["a"]], tmp_path / "missing" / "a.csv")
    assert list(tmp_path.iterdir()) == []


@given(text=st.text(min_size=1).filter(lambda text: "\0" not in text))
def test_what_is_written_is_read_back(text):
    cell = next(csv.reader([csv_text([[text]])[:-2]])) if not set(text) & set("\r\n") else [escaped(text)]
    assert cell == [escaped(text)]
    assert str(escaped(text)).removeprefix("'") in (text, text.removeprefix("'"))


def test_our_reader_takes_the_mark_off(tmp_path):
    write_csv(pd.DataFrame({"code": ["A"], "note": ["=1+1"]}), tmp_path / "a.csv")
    assert read_table(tmp_path / "a.csv").frame["note"].tolist() == ["=1+1"]


def test_no_other_module_writes_csv():
    found = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if re.search(r"\.to_csv\(|csv\.writer\(|DictWriter\(|\.write_csv\(", path.read_text(encoding="utf-8"))
    }
    assert found == {"files/delimited.py"}


@pytest.mark.parametrize("name", ["CON", "nul", "Com1", "aux", "LPT9", "prn", "CONIN$"])
def test_names_of_devices_are_no_file_names(name):
    assert file_stem(name).lower() not in {name.lower(), "conin"}
    assert file_stem(name).lower().startswith(name.lower().rstrip("$"))


def test_names_that_look_alike_get_files_of_their_own():
    names = [
        "a/b",
        "a b",
        "a\\b",
        "a:b",
        "A B",
        "a-b",
        "a.b",
        "a b.",
        "é",
        "e\u0301",
        "x" * 200,
        "x" * 201,
        "..",
        ".",
        "/",
    ]
    stems = [file_stem(name, among=names) for name in names]
    assert len({stem.casefold() for stem in stems}) == len(names)
    assert all(re.fullmatch(r"[\w-]{1,100}", stem) and not stem.startswith("-") for stem in stems)


@given(names=st.lists(st.text(min_size=1, max_size=30), min_size=2, max_size=6, unique=True))
def test_no_two_places_share_a_file(names):
    stems = [file_stem(name, among=names).casefold() for name in names]
    assert len(set(stems)) == len(names)


def test_ordinary_names_stay_as_they_are():
    assert [file_stem(name) for name in ("E05000001", "Stockton-on-Tees", "Kingston upon Hull", "LSOA_1")] == [
        "E05000001",
        "Stockton-on-Tees",
        "Kingston-upon-Hull",
        "LSOA_1",
    ]
