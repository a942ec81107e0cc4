"""Areas of two assessments whose codes, borders or districts changed."""

from __future__ import annotations

import dataclasses

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from assessed import drawn, make_assessment
from shapely.geometry import box

from socharm.errors import AlignmentError, ParameterError, SchemaError
from socharm.io.lookups import read_lookup
from socharm.rescoring.comparing import compare
from socharm.rescoring.matching import match_areas
from socharm.rescoring.membership import members_in, read_membership
from socharm.snapshot.assessment import Assessment

CODES = ["A", "B", "C", "D"]


def assessment(codes, *, start="2024-04", seed=1, **more) -> Assessment:
    return make_assessment(drawn(len(codes), 3, seed=seed), areas=codes, start=start, **more)


def lookup(*rows: tuple[str, str, float]):
    table = pd.DataFrame(rows, columns=["earlier", "later", "share"])
    return read_lookup(table, source="earlier", target="later", shares="share")


def placed(made: Assessment, shapes, monkeypatch) -> Assessment:
    """The same assessment with borders in its store."""
    ground = gpd.GeoDataFrame(geometry=shapes, index=made.tables["areas"].index, crs="EPSG:27700")
    held = dict(getattr(placed, "held", {}))
    held[id(made)] = ground
    placed.held = held
    monkeypatch.setattr(Assessment, "areas", lambda self: placed.held[id(self)])
    return made


def test_areas_of_one_code_are_the_same_and_the_others_are_listed():
    match = match_areas(assessment(CODES), assessment(["B", "C", "D", "E"], start="2025-04"))
    assert match.table["later"].tolist() == ["B", "C", "D"]
    assert match.unmatched[["assessment", "area_code"]].to_numpy().tolist() == [["earlier", "A"], ["later", "E"]]
    assert match.unmatched["reason"].tolist() == [
        "the later assessment has no area of this code",
        "the earlier assessment has no area of this code",
    ]


def test_splits_and_merges_follow_the_change_table():
    """A is renamed, B split 3 to 1 and D joins C: crimes of B are divided, those of C and D added up."""
    n = np.zeros((4, 3, 3), int)
    n[:, 0, :] = np.array([2, 8, 4, 6])[:, None]
    before = make_assessment(n, areas=CODES, people=dict.fromkeys(CODES, 4000.0))
    later = ["A2", "B1", "B2", "C"]
    after = make_assessment(
        n, areas=later, start="2025-04", people={"A2": 4000.0, "B1": 3000.0, "B2": 1000.0, "C": 8000.0}
    )
    made = compare(
        before, after, change=lookup(("A", "A2", 1), ("B", "B1", 0.75), ("B", "B2", 0.25), ("C", "C", 1), ("D", "C", 1))
    )
    assert made.table["crimes_earlier"].to_dict() == {"A2": 6.0, "B1": 18.0, "B2": 6.0, "C": 30.0}
    assert made.table["crimes_least"].to_dict() == {"A2": 6.0, "B1": 0.0, "B2": 0.0, "C": 30.0}
    assert made.table["crimes_most"].to_dict() == {"A2": 6.0, "B1": 24.0, "B2": 24.0, "C": 30.0}
    assert made.table["how"].tolist() == ["lookup", "lookup", "lookup", "code"]
    assert made.table["before"].tolist() == ["A", "B", "B", "C"]
    assert made.parts["boundaries"].drop("C").tolist() == pytest.approx([0, 0, 0], abs=1e-12)
    assert made.parts.loc["C", "boundaries"] == pytest.approx(100 * 12 * (10 / 8000 - 4 / 4000))
    assert made.facts.loc["areas by interpolation", "value"] == 2
    assert "interpolation" in set(made.findings["what"])


def test_a_change_table_with_holes_names_every_code():
    change = lookup(("A", "A2", 1), ("B", "X9", 1))
    with pytest.raises(AlignmentError) as caught:
        match_areas(assessment([*CODES, "Q"]), assessment(["A2", "C", "D", "N"], start="2025-04"), change=change)
    text = str(caught.value)
    assert "1 code without a successor: Q" in text
    assert "though the table leads to them: X9" in text
    assert "to which nothing leads: N" in text


def test_assessments_of_other_places_do_not_match():
    with pytest.raises(AlignmentError, match="No area of the earlier assessment"):
        match_areas(assessment(["A", "B"]), assessment(["X", "Y"], start="2025-04"))


def test_areas_are_matched_by_the_ground_they_share(monkeypatch):
    """A keeps code and ground; B's border moved, so that C holds a quarter of it; D lies elsewhere."""
    first = [box(x, 0, x + 4, 4) for x in (0, 4, 8, 100)]
    second = [box(0, 0, 4, 4), box(4, 0, 7, 4), box(7, 0, 12, 4), box(200, 0, 204, 4)]
    scaled = [[box(*(1000 * end for end in shape.bounds)) for shape in shapes] for shapes in (first, second)]
    before = placed(assessment(CODES), scaled[0], monkeypatch)
    after = placed(assessment(CODES, start="2025-04"), scaled[1], monkeypatch)
    match = match_areas(before, after, by="ground")
    found = [tuple(row) for row in match.table.to_numpy()]
    assert found == [
        ("A", "A", 1.0, "code"),
        ("B", "B", 0.75, "ground"),
        ("B", "C", 0.25, "ground"),
        ("C", "C", 1.0, "ground"),
    ]
    assert match.unmatched["area_code"].tolist() == ["D", "D"]
    assert list(match.divided) == ["B", "C"]


def test_a_ward_that_changed_hands_is_compared_with_itself():
    days = read_membership(
        pd.DataFrame(
            [
                ("A", "North", "F", "", ""),
                ("B", "North", "F", "", "2025-03-31"),
                ("B", "South", "F", "2025-04-01", ""),
                ("C", "South", "F", "", ""),
                ("D", "South", "F", "", ""),
            ],
            columns=["area_code", "parent", "force", "valid_from", "valid_to"],
        )
    )
    made = compare(assessment(CODES), assessment(CODES, start="2025-04"), membership=days)
    assert made.table["changed_hands"].to_dict() == {"A": False, "B": True, "C": False, "D": False}
    assert made.table.loc["B", ["parent_earlier", "parent_later"]].tolist() == ["North", "South"]
    assert made.districts["areas"].to_dict() == {"North": 1, "South": 3}
    assert made.districts["ratio"].to_numpy() == pytest.approx(1.0)


def test_a_membership_with_holes_names_the_areas():
    days = read_membership(
        pd.DataFrame(
            {"area_code": ["A"], "parent": ["N"], "force": ["F"], "valid_from": [""], "valid_to": ["2024-12-31"]}
        )
    )
    with pytest.raises(AlignmentError, match="no district for B, C and D in 2024-06"):
        compare(assessment(CODES), assessment(CODES, start="2025-04"), membership=days)
    assert members_in(days, "2025-01").empty


def test_wrong_days_of_membership_are_told_at_once():
    rows = pd.DataFrame(
        [
            ("A", "N", "F", "2025-05-01", "2025-04-01"),
            ("B", "N", "F", "soon", ""),
            ("C", "N", "F", "", ""),
            ("C", "S", "F", "2025-01-01", ""),
        ],
        columns=["area_code", "parent", "force", "valid_from", "valid_to"],
    )
    with pytest.raises(SchemaError) as caught:
        read_membership(rows)
    for words in ("ends before it starts", "is no day", "second membership of the same days"):
        assert words in str(caught.value)
    with pytest.raises(SchemaError, match="lacks"):
        members_in(pd.DataFrame({"area_code": ["A"]}), "2025-01")


def test_what_was_matched_is_settled_by_the_settings():
    before, after = assessment(CODES), assessment(CODES, start="2025-04")
    match = match_areas(before, after, sliver=0.02)
    again = match_areas(before, after, settings=dataclasses.replace(match.settings))
    assert again.settings == match.settings
    assert again.table.equals(match.table)


def one_membership(**cells: str) -> pd.DataFrame:
    row = {"area_code": "A", "parent": "N", "force": "F", "valid_from": "", "valid_to": ""}
    return pd.DataFrame([row | cells])


@pytest.mark.parametrize("day", ["2024-03-31 and later", "2024-04-01x junk", "20240401", "2024-W13-7", "2024-02-30"])
@pytest.mark.parametrize("column", ["valid_from", "valid_to"])
def test_what_is_no_day_is_refused_whole(day, column):
    with pytest.raises(SchemaError, match="is no day") as caught:
        read_membership(one_membership(**{column: day}))
    assert repr(day) in str(caught.value)


def test_midnight_behind_a_day_is_that_day():
    held = read_membership(one_membership(valid_from="2024-04-01 00:00:00", valid_to="2024-05-31T00:00:00"))
    assert [str(held.loc[0, name])[:10] for name in ("valid_from", "valid_to")] == ["2024-04-01", "2024-05-31"]
    with pytest.raises(SchemaError, match="is no day"):
        read_membership(one_membership(valid_from="2024-04-01 09:30:00"))


@pytest.mark.parametrize("column", ["area_code", "parent"])
@pytest.mark.parametrize("cell", ["", "  ", "n/a"])
def test_a_membership_of_nobody_or_nowhere_is_refused(column, cell):
    with pytest.raises(SchemaError, match=f"column '{column}': is blank"):
        read_membership(pd.concat([one_membership(), one_membership(area_code="B").assign(**{column: cell})]))


@pytest.mark.parametrize("period", ["2024-13", "abc", "", "2024", "2024-05-01"])
def test_members_of_what_is_no_month_are_refused(period):
    with pytest.raises(ParameterError, match="Write months as 'YYYY-MM'"):
        members_in(read_membership(one_membership()), period)


def test_members_of_a_run_are_those_of_its_last_month():
    held = read_membership(one_membership(valid_to="2024-08-31"))
    assert members_in(held, "2024-04 to 2024-08").index.tolist() == ["A"]
    assert members_in(held, "2024-04 to 2024-09").empty
    with pytest.raises(SchemaError, match="no days in 'valid_from'"):
        members_in(held.astype({"valid_from": "str"}), "2024-08")
