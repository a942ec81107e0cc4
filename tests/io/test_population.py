"""A denominator is above zero or missing, and every fault of its file is told at once."""

from __future__ import annotations

import pandas as pd
import pytest

from socharm.errors import DataWarning, ParameterError, SchemaError
from socharm.io.population import read_population

KEYS = {"code": "code", "value": "n", "kind": "resident", "date": "2024-06-30"}


def test_values_come_by_area_in_order(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("code;n\nB;2000\nA;1500\n", encoding="utf-8-sig")
    people = read_population(path, **KEYS, year=2025, source="Census 2021")
    assert people.values.to_dict() == {"A": 1500.0, "B": 2000.0}
    assert people.table.index.name == "area_code"
    assert people.about.sources == ("Census 2021",)
    assert "3,500" in repr(people)


def test_every_fault_is_told_at_once(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text('code,n\nA,"1,954"\nB,0\nC,-3\nA,5\n,6\nD,:\n')
    with pytest.raises(SchemaError) as caught:
        read_population(path, **KEYS)
    for part in (
        "'people.csv' has 5 faults",
        "row 2, column 'n': '1,954' is text, not a number: it has thousands separators",
        "row 3, column 'n': '0' is zero",
        "row 4, column 'n': '-3' is negative",
        "column 'code': 'A' stands in rows [2, 5]",
        "row 6, column 'code': holds no code",
    ):
        assert part in str(caught.value)


def test_markers_separators_and_blanks_are_accepted_when_stated(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text('code,n\nA,"1,954"\nB,:\nC,\n')
    with pytest.warns(DataWarning, match=r"2 of 3 areas of 'people.csv' have no value, such as \['B', 'C'\]"):
        people = read_population(path, **KEYS, missing=[":"], thousands=",")
    assert people.values["A"] == 1954
    assert people.values.isna().sum() == 2


def test_parameters_are_checked():
    table = pd.DataFrame({"code": ["A"], "n": [1]})
    with pytest.raises(ParameterError, match="Did you mean 'resident'"):
        read_population(table, **{**KEYS, "kind": "residents"})
    with pytest.raises(ParameterError, match="`date` is '30/06/2024'"):
        read_population(table, **{**KEYS, "date": "30/06/2024"})
    with pytest.raises(SchemaError, match="lacks the columns"):
        read_population(table, **{**KEYS, "value": "residents"})
