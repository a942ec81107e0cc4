"""What is nothing, or is printed as nothing, has no sign: in texts, in cells of workbooks, in CSV."""

from __future__ import annotations

import datetime as dt
import re
from decimal import ROUND_HALF_UP, Decimal

import openpyxl
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from socharm._words import signed
from socharm.documents.evidence import amount
from socharm.files.delimited import write_csv
from socharm.files.unsigned import unsigned_pattern
from socharm.files.workbook import Sheet, write_workbook

#: Nothing with a sign.
SIGNED = re.compile(r"[-+\N{MINUS SIGN}][0.,]*$")
#: Leftovers of arithmetic, rounded amounts on both sides of a half, and numbers of use.
VALUES = st.one_of(
    st.floats(-1e-3, 1e-3), st.floats(-1e6, 1e6), st.sampled_from([0.0, -0.0, -1e-17, 0.005, -0.005, -0.0049999])
)


@given(value=VALUES, decimals=st.integers(0, 4))
def test_a_number_with_its_sign_is_the_number(value, decimals):
    text = signed(value, decimals)
    assert not SIGNED.match(text)
    plain = float(text.replace("\N{MINUS SIGN}", "-").replace(",", ""))
    assert abs(plain - value) <= 0.5000001 * 10.0**-decimals + 1e-9
    assert (text[0] in "+\N{MINUS SIGN}") == (plain != 0)


@given(value=VALUES)
def test_amounts_like_another_one_have_no_signed_nought(value):
    assert not SIGNED.match(amount(value, like=12.7))


@given(value=VALUES, pattern=st.sampled_from(["#,##0.00", "+0.00;-0.00;0", "+0%;-0%;0%", "0.0%", "#,##0"]))
def test_a_cell_is_shown_without_a_sign_where_it_is_shown_as_nothing(value, pattern):
    shown = unsigned_pattern(value, pattern)
    first = pattern.split(";")[0]
    decimals = len(first.partition(".")[2].rstrip("%"))
    amount_shown = Decimal(abs(value) * (100 if "%" in first else 1))  # sheets round a half up
    nothing = not amount_shown.quantize(Decimal(10) ** -decimals, rounding=ROUND_HALF_UP)
    sections = shown.split(";")
    if nothing and value and (value < 0 or "+" in first):
        assert sections[0] == sections[1] == first.removeprefix("+")
    else:
        assert shown == pattern


def test_no_file_holds_nothing_with_a_sign(tmp_path):
    table = pd.DataFrame({"part": [-0.0, -1e-9, -0.25], "share": [0.001, -0.001, 0.4]})
    write_csv(table, tmp_path / "parts.csv")
    assert (tmp_path / "parts.csv").read_text(encoding="utf-8-sig").splitlines()[1].startswith("0.0,")
    sheet = Sheet(name="Parts", table=table, formats={"part": "#,##0.00", "share": "+0%;-0%;0%"})
    write_workbook([sheet], tmp_path / "parts.xlsx", stamp=dt.datetime(2026, 1, 1), title="Parts")
    page = openpyxl.load_workbook(tmp_path / "parts.xlsx")["Parts"]
    assert [cell.value for cell in page["A"][1:]] == [0, -1e-9, -0.25]
    assert [cell.number_format for cell in page["A"][1:]] == ["#,##0.00", "#,##0.00;#,##0.00", "#,##0.00"]
    assert [cell.value for cell in page["B"][1:]] == [0.001, -0.001, 0.4]
    assert [cell.number_format for cell in page["B"][1:]] == ["0%;0%", "0%;0%", "+0%;-0%;0%"]
