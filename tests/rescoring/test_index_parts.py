"""Parts of the change of an index: numbers worked by hand, and the laws that hold for any two assessments."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from factories import make_counts
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from socharm.rescoring.index_parts import PARTS, align_sides, index_parts
from socharm.rescoring.months import paired_months
from socharm.rescoring.side import Side
from socharm.severity.index import SeveritySettings

OFFENCES = ("burglary", "drugs", "robbery")
AREAS, MONTHS = 4, 3
KEYS = ("area_code", "period")


def make_side(n, *, start="2024-04", covered=None, people=None, weights=(100.0, 40.0, 30.0), **chosen) -> Side:
    counts = make_counts(np.asarray(n), offences=OFFENCES, start=start, covered=covered)
    table = pd.DataFrame({"weight": weights}, index=pd.Index(OFFENCES, name="offence"))
    given_people = [5000.0 + 1000 * place for place in range(len(n))] if people is None else people
    return Side(
        counts=counts.table,
        flagged=counts.flagged,
        coverage=counts.coverage,
        people=pd.Series(given_people, index=counts.coverage.index),
        weights=table.assign(within_variance=0.0, tau=0.0),
        settings=SeveritySettings(**chosen),
    )


def lay(before: Side, after: Side, revised: Side | None = None, kept=None):
    """Areas of the same code beside each other; `kept` are those that are matched."""
    areas = before.areas.intersection(after.areas) if kept is None else pd.Index(kept)
    carries = [
        sparse.csr_matrix(
            (np.ones(len(areas)), (range(len(areas)), side.areas.get_indexer(areas))),
            shape=(len(areas), len(side.areas)),
        )
        for side in (before, after)
    ]
    carried = {"areas": areas, "before": areas, "carry": carries[0], "carry_later": carries[1]}
    return index_parts(
        align_sides(before, revised or before, after, carried, paired_months(before.months, after.months))
    )


def cubes(most: int = 30):
    return st.lists(st.integers(0, most), min_size=AREAS * 3 * MONTHS, max_size=AREAS * 3 * MONTHS).map(
        lambda flat: np.array(flat).reshape(AREAS, 3, MONTHS)
    )


def masks():
    """Coverage in which each area has a month."""
    flags = st.lists(st.booleans(), min_size=AREAS * MONTHS, max_size=AREAS * MONTHS)
    return flags.map(lambda flat: np.array(flat).reshape(AREAS, MONTHS)).filter(lambda mask: mask.any(axis=1).all())


PEOPLE = st.lists(st.floats(100, 9000), min_size=AREAS, max_size=AREAS)
SCHEMES = st.tuples(*[st.floats(0.5, 5000)] * 3)
CHOICES = st.sampled_from(
    [
        {},
        {"transform": "sqrt"},
        {"transform": "capped", "cap": 50.0},
        {"offences": ("burglary",)},
        {"exclude": ("drugs",)},
        {"per": 1000.0},
        {"season": False},
    ]
)


@st.composite
def sides(draw, *, start="2024-04") -> Side:
    return make_side(
        draw(cubes()), start=start, covered=draw(masks()), people=draw(PEOPLE), weights=draw(SCHEMES), **draw(CHOICES)
    )


def test_a_change_worked_by_hand():
    """Of 1,200 people, so of 300 person-years in three months: 30 burglaries of weight 100, rate 3000 / 300 = 10.

    Later 15 burglaries and 15 robberies of 30, of 2,400 people: 1950 / 600 = 3.25. The number of crimes stays; the mix
    changes 30 (65 - 100) = -1050 times the mean of 1/300 and 1/600, the people 30 times the mean weight 82.5 times
    (1/600 - 1/300).
    """
    first, second = np.zeros((1, 3, 3), int), np.zeros((1, 3, 3), int)
    first[0, 0] = 10
    second[0, 0], second[0, 2] = 5, 5
    table, whole = lay(make_side(first, people=[1200.0]), make_side(second, start="2025-04", people=[2400.0]))
    row = table.iloc[0]
    assert (row["rate_earlier"], row["rate_later"]) == (10.0, 3.25)
    assert row["offence_mix"] == pytest.approx(-2.625)
    assert row["population"] == pytest.approx(-4.125)
    assert (row.drop(["rate_earlier", "rate_later", "offence_mix", "population", "change"]) == 0).all()
    assert whole["change"] == row["change"] == pytest.approx(-6.75)


@settings(max_examples=15)
@given(before=sides(), after=sides(start="2025-04"))
def test_parts_add_up_to_the_change_of_the_rates(before, after):
    table, whole = lay(before, after)
    for row in (*(row for _, row in table.dropna().iterrows()), whole):
        first, *rest = PARTS
        total = row[first]
        for name in rest:
            total = total + row[name]
        assert row["change"] == total
        scale = 1 + row[list(PARTS)].abs().max() + abs(row["rate_earlier"])
        assert row["change"] == pytest.approx(row["rate_later"] - row["rate_earlier"], abs=1e-11 * scale)


@settings(max_examples=15)
@given(before=sides(), after=sides(start="2025-04"))
def test_swapped_each_part_is_negated(before, after):
    one, other = lay(before, after), lay(after, before)
    parts = list(PARTS)
    assert (one[0][parts].fillna(0) == -other[0][parts].fillna(0)).all().all()
    assert (one[1][parts] == -other[1][parts]).all()


def only(changed: str, side: Side, data) -> tuple[Side, Side, Side | None]:
    """A side, the same with one thing changed, and the first counted again."""
    if changed == "revision":
        again = make_side(data.draw(cubes()))
        counted = side.with_counts(again.counts, again.flagged, again.coverage)
        return side, counted, counted
    if changed == "coverage":
        mask = side.coverage & data.draw(masks())
        kept = [bool(mask.loc[area, month]) for area, month in zip(*(side.counts[k] for k in KEYS), strict=True)]
        return side, side.with_counts(side.counts[kept], side.flagged, mask), None
    new = {
        "weights": lambda: {"weights": side.weights.assign(weight=data.draw(SCHEMES))},
        "population": lambda: {"people": pd.Series(data.draw(PEOPLE), index=side.areas)},
        "settings": lambda: {"settings": SeveritySettings(**data.draw(CHOICES))},
    }[changed]()
    return side, dataclasses.replace(side, **new), None


@pytest.mark.parametrize("changed", ["revision", "weights", "population", "coverage", "settings"])
@settings(max_examples=8)
@given(data=st.data())
def test_what_did_not_change_has_no_part(changed, data):
    """Same counts and months in both but for one thing: every other part is exactly 0, of areas and of all together."""
    before, after, revised = only(changed, make_side(data.draw(cubes()), people=data.draw(PEOPLE)), data)
    if changed == "coverage" and not after.coverage.any(axis=1).all():
        after = before
    table, whole = lay(before, after, revised)
    others = [name for name in PARTS if name != changed]
    assert (table[others].fillna(0) == 0).all().all()
    assert (whole[others] == 0).all()
    for row in (*(row for _, row in table.dropna().iterrows()), whole):
        scale = 1 + abs(row["rate_earlier"]) + abs(row["rate_later"])
        assert row[changed] == pytest.approx(row["rate_later"] - row["rate_earlier"], abs=1e-12 * scale)


def test_more_of_the_same_crime_is_counts_alone():
    n = np.arange(AREAS * 3 * MONTHS).reshape(AREAS, 3, MONTHS) + 1
    table, whole = lay(make_side(n), make_side(2 * n, start="2025-04"))
    others = [name for name in PARTS if name != "counts"]
    assert (table[others] == 0).all().all()
    assert (whole[others] == 0).all()
    assert table["counts"].to_numpy() == pytest.approx(table["rate_earlier"].to_numpy())


def test_an_area_that_only_one_has_is_a_matter_of_boundaries():
    """Three areas of 100 people, 1, 2 and 3 burglaries a month: rates 12, 24 and 36; later the third is gone."""
    n = np.zeros((3, 3, 3), int)
    n[:, 0, :] = np.array([1, 2, 3])[:, None]
    before, after = make_side(n, people=[100.0] * 3), make_side(n[:2], start="2025-04", people=[100.0] * 2)
    table, whole = lay(before, after)
    assert len(table) == 2
    assert whole["rate_earlier"] == pytest.approx(24.0)
    assert whole["rate_later"] == pytest.approx(18.0)
    assert whole["boundaries"] == pytest.approx(-6.0)
    assert (whole[[name for name in PARTS if name != "boundaries"]] == 0).all()


def test_months_that_one_lacks_are_left_out_of_both():
    """Ten burglaries a month, and 40 in the third, which the later period lacks: like for like nothing changed."""
    n = np.zeros((2, 3, 3), int)
    n[:, 0, :] = [10, 10, 40]
    mask = np.ones((2, 3), bool)
    mask[0, 2] = False
    table, _ = lay(make_side(n, season=False), make_side(n, start="2025-04", covered=mask, season=False))
    first = table.iloc[0]
    assert first["coverage"] == pytest.approx(first["rate_later"] - first["rate_earlier"])
    assert first["coverage"] < 0
    assert (table[[name for name in PARTS if name != "coverage"]] == 0).all().all()
    assert (table.iloc[1][list(PARTS)] == 0).all()


def test_an_area_without_a_common_month_has_no_parts():
    mask = np.ones((2, 3), bool)
    mask[0] = False
    table, whole = lay(
        make_side(np.ones((2, 3, 3), int)), make_side(np.ones((2, 3, 3), int), start="2025-04", covered=mask)
    )
    assert table.iloc[0].isna().all()
    assert table.iloc[1]["change"] == 0
    assert np.isfinite(whole).all()


def test_an_area_of_both_without_a_month_is_a_matter_of_coverage():
    """Rates 12, 24 and 36 of 100 people each, together 24; later the third has no covered month, and 18 is left."""
    n = np.zeros((3, 3, 3), int)
    n[:, 0, :] = np.array([1, 2, 3])[:, None]
    mask = np.ones((3, 3), bool)
    mask[2] = False
    sides = make_side(n, people=[100.0] * 3), make_side(n, start="2025-04", people=[100.0] * 3, covered=mask)
    _, whole = lay(*sides)
    assert whole["coverage"] == pytest.approx(-6.0)
    assert (whole[[name for name in PARTS if name != "coverage"]] == 0).all()
    assert (lay(*reversed(sides))[1][list(PARTS)] == -whole[list(PARTS)]).all()


def test_an_area_whose_people_one_does_not_know_is_a_matter_of_population():
    """As before with the people of the third area not known later: it leaves the crimes and the people of later."""
    n = np.zeros((3, 3, 3), int)
    n[:, 0, :] = np.array([1, 2, 3])[:, None]
    lacking = [100.0, 100.0, np.nan]
    _, whole = lay(make_side(n, people=[100.0] * 3), make_side(n, start="2025-04", people=lacking))
    assert whole["rate_later"] == pytest.approx(18.0)
    assert whole["population"] == pytest.approx(whole["rate_later"] - whole["rate_earlier"])
    assert (whole[[name for name in PARTS if name != "population"]] == 0).all()


def test_whoever_has_no_people_is_in_neither_sum():
    """A shopping centre without residents: its crimes are no rate of the people who live elsewhere."""
    n = np.zeros((3, 3, 3), int)
    n[:, 0, :] = np.array([1, 2, 300])[:, None]
    lacking = [100.0, 100.0, np.nan]
    table, whole = lay(make_side(n, people=lacking), make_side(2 * n, start="2025-04", people=lacking))
    assert whole["rate_earlier"] == pytest.approx(18.0)
    assert whole["counts"] == pytest.approx(18.0)
    assert table.iloc[2].isna().all()


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_parts_add_up_where_people_are_missing(data):
    some = st.lists(st.one_of(st.floats(100, 9000), st.just(np.nan)), min_size=AREAS, max_size=AREAS)
    sides = []
    for start in ("2024-04", "2025-04"):
        people = data.draw(some.filter(lambda one: np.isfinite(one[0])))
        sides.append(make_side(data.draw(cubes()), start=start, covered=data.draw(masks()), people=people))
    _, whole = lay(*sides)
    for side, name in zip(sides, ("rate_earlier", "rate_later"), strict=True):
        known = side.counts[side.counts["area_code"].isin(side.people.dropna().index)]
        harm = float((known["n"] * known["offence"].map(side.weights["weight"]).astype(float)).sum())
        assert (whole[name] > 0) == (harm > 0)
    if np.isfinite(whole["change"]):
        assert whole["rate_earlier"] + whole["change"] == pytest.approx(whole["rate_later"], rel=1e-9, abs=1e-9)
