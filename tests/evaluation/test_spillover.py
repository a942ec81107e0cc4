"""Rings round a site: who lies in them, what was expected there, and what is refused."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from libpysal.graph import Graph
from shapely.geometry import box

import socharm as sh
from socharm.errors import AlignmentError, CoverageWarning, ParameterError, RefusedError, SchemaError
from socharm.evaluation.ground import ground_of
from socharm.evaluation.ring_areas import RingAreas, placebo_groups
from socharm.evaluation.ring_test import _beside, rings_beside
from socharm.evaluation.wide import read_wide

rings_of = sh.evaluation.spillover_rings
SIDE = 9
CODES = [f"W{row}{column}" for row in range(SIDE) for column in range(SIDE)]
SITE = ["W44"]


def areas() -> gpd.GeoDataFrame:
    """Squares of one kilometre."""
    shapes = [
        box(400_000 + 1_000 * c, 300_000 + 1_000 * r, 401_000 + 1_000 * c, 301_000 + 1_000 * r)
        for r in range(SIDE) for c in range(SIDE)
    ]  # fmt: skip
    return gpd.GeoDataFrame({"area_code": CODES}, geometry=shapes, crs=27700).set_index("area_code")


AREAS = areas()
GRAPH = sh.neighbours(AREAS)


def counts_of(seed: int = 1, **factors: float) -> pd.DataFrame:
    """Counts of ten months; from the seventh on some areas are multiplied."""
    rng = np.random.default_rng(seed)
    means = np.full((len(CODES), 10), 30.0)
    for code, factor in factors.items():
        means[CODES.index(code), 6:] *= factor
    return pd.DataFrame(rng.poisson(means), index=CODES, columns=range(10))


def codes_at(low: int, high: int) -> set[str]:
    """Squares so many steps of a king from the site."""
    return {f"W{r}{c}" for r in range(SIDE) for c in range(SIDE) if low <= max(abs(r - 4), abs(c - 4)) <= high}


def test_rings_by_order_and_by_distance_agree_on_squares():
    by_order = rings_of(counts_of(), GRAPH, site=SITE, start=6, orders=2)
    by_shape = rings_of(counts_of(), AREAS, site=SITE, start=6, orders=2)
    by_metres = rings_of(counts_of(), AREAS, site=SITE, start=6, distances=[10.0, 1_010.0])
    held = by_order.members["ring"]
    assert set(held.index[held == "ring 1"]) == codes_at(1, 1)
    assert set(held.index[held == "ring 2"]) == {*codes_at(2, 2)}
    assert set(held.index[held == "far areas"]) == codes_at(3, 9)
    pd.testing.assert_frame_equal(by_order.table, by_shape.table)
    metres = by_metres.members["ring"]
    corners = {"W22", "W26", "W62", "W66"}  # 1,414 m away
    assert set(metres.index[metres == "ring 2"]) == codes_at(2, 2) - corners
    assert set(metres.index[metres == "ring 1"]) == codes_at(1, 1)


def test_totals_are_added_up_by_hand():
    counts = counts_of(2)
    made = rings_of(counts, GRAPH, site=SITE, start=6, orders=1)
    far = counts.drop(index=[*SITE, *codes_at(1, 1)]).to_numpy()
    ring = counts.loc[sorted(codes_at(1, 1))].to_numpy()
    row = made.table.loc["ring 1"]
    b, a, whole_b, whole_a = ring[:, :6].sum(), ring[:, 6:].sum(), far[:, :6].sum(), far[:, 6:].sum()
    assert (row["before"], row["after"]) == (b, a)
    assert row["expected"] == pytest.approx(b * whole_a / whole_b)
    assert row["ratio"] == pytest.approx((a / b) / (whole_a / whole_b))
    assert made.table.loc["far areas", "difference"] == pytest.approx(0.0)
    assert made.findings.net_difference == pytest.approx(made.table["difference"].sum())


def test_few_far_areas_name_no_ring():
    codes = [f"A{n:02d}" for n in range(17)]
    line = Graph.from_arrays(codes[:-1] + codes[1:], codes[1:] + codes[:-1], np.ones(32))
    counts = pd.DataFrame(np.random.default_rng(1).poisson(30, (17, 10)), index=codes)
    counts.iloc[1, 6:] *= 5
    made = rings_of(counts, line, site=codes[:1], start=6, orders=1)
    row = made.table.loc["ring 1"]
    assert row[["low_95", "high_95", "p"]].isna().all()
    assert row["reading"] == "cannot be told"
    assert made.findings.placebos == 15
    assert "; rings cannot be judged: placebo sites number 15, and 19 are needed." in made.sentence


def test_without_any_placebo_site_there_is_no_p():
    codes = list("ABCD")
    line = Graph.from_arrays(codes[:-1] + codes[1:], codes[1:] + codes[:-1], np.ones(6))
    made = rings_of(pd.DataFrame(20, index=codes, columns=range(6)), line, site=["A"], start=3, orders=2)
    assert made.findings.placebos == 0
    assert made.table["p"].isna().all()


def test_a_tie_with_placebo_sites_is_not_rejected_by_the_last_digit():
    for ratio in (np.nextafter(1.0, 2.0), np.nextafter(1.0, 0.0)):
        p, low, high = _beside(float(np.log(ratio)), 1.0, np.zeros(20))
        assert (p, low <= 1 <= high) == (1.0, True)
    level = pd.DataFrame(20, index=CODES, columns=range(6))
    assert rings_of(level, GRAPH, site=SITE, start=3, orders=1).table.loc["ring 1", "p"] == 1.0


def test_placebo_sites_and_their_rings_are_those_of_a_line():
    """Two areas, rings of one order: placebo sites are the 28 pairs that the far areas begin, by hand."""
    codes = [f"A{n:02d}" for n in range(31)]
    line = Graph.from_arrays(codes[:-1] + codes[1:], codes[1:] + codes[:-1], np.ones(60))
    areas_ = RingAreas.of(line, ground_of(line), codes, orders=1, distances=None)
    made = placebo_groups(areas_, np.ones(31), np.ones(31), 2, range(3, 31))
    far, by_hand = set(range(3, 31)), []
    for row in range(3, 31):
        site = {row, row - 1 if row > 3 else 4}
        ring = {one + step for one in site for step in (-1, 1)} & far - site
        by_hand.append([site, ring, far - site - ring])
    assert [[set(part) for part in groups] for groups in made] == by_hand


def test_a_ring_is_ranked_among_the_largest_of_each_placebo_site_in_units_of_its_own_spread():
    """Counts by chance alone have no other spread than their totals; placebo sites apart, but for what is shared."""
    codes = [f"A{n:02d}" for n in range(92)]
    rng = np.random.default_rng(8)
    counts = pd.DataFrame(rng.poisson(rng.uniform(40, 400, 92)[:, None], (92, 4)), index=codes).astype(float)
    wide = read_wide(counts, codes[:1], 2, missing="error", least_before=1)
    sites = [[at, at + 1, at + 2] for at in range(2, 92, 3)]
    groups = [[[0], [1], [2, *range(5, 92)]]]  # the far areas are many, so that they do not matter
    groups += [[[one], [two], [row for row in range(2, 92) if row not in (one, two)]] for one, two, _ in sites]
    made = rings_beside(wide, groups[0], groups[1:], ())
    early, late = (part.sum(axis=1).to_numpy() for part in (counts.iloc[:, :2], counts.iloc[:, 2:]))
    logs = np.array([
        [np.log(late[rows].sum() / early[rows].sum() / (late[far].sum() / early[far].sum())) for rows in (site, ring)]
        for site, ring, far in groups
    ])  # fmt: skip
    total = np.array([[(early + late)[rows].sum() for rows in (site, ring)] for site, ring, _ in groups])
    units = logs * np.sqrt(total)
    units /= np.sqrt(np.mean(units[1:] ** 2, axis=0)) * 1.06  # 30 apart: 2.042 * sqrt(31 / 30) / 1.960
    by_hand = [(np.sum(np.abs(units[1:, at]) * 1.06 >= abs(units[0, at])) + 1) / 31 for at in (0, 1)]
    assert made.p == pytest.approx(by_hand, abs=1.01 / 31)
    assert made.apart == pytest.approx([30, 30], rel=0.05)


def test_rings_are_judged_together():
    """Two rings that went as far: where each is alone p is lower, or the same."""
    counts = counts_of(6, **dict.fromkeys(codes_at(1, 1), 1.12))
    both = rings_of(counts, GRAPH, site=SITE, start=6, orders=2).table
    wide = read_wide(counts, SITE, 6, missing="error", least_before=1)
    areas_ = RingAreas.of(GRAPH, ground_of(GRAPH), wide.codes, orders=2, distances=None)
    place = {code: row for row, code in enumerate(wide.codes)}
    own = [[place[code] for code in sorted(part)] for part in (SITE, codes_at(1, 1), codes_at(2, 2), codes_at(3, 9))]
    early, late = counts.loc[:, :5].sum(axis=1).to_numpy(), counts.loc[:, 6:].sum(axis=1).to_numpy()
    placebos = placebo_groups(areas_, early, late, 1, own[-1])
    alone = [
        rings_beside(wide, [own[0], own[at], own[-1]], [[one[0], one[at], one[-1]] for one in placebos], ()).p[1]
        for at in (1, 2)
    ]
    together = rings_beside(wide, own, placebos, ()).p[1:]
    assert (together >= np.array(alone)).all()
    assert (together > np.array(alone)).any()
    assert both["p"].notna().tolist() == [True, True, True, False]


def test_the_interval_holds_one_where_p_is_above_a_twentieth():
    readings = set()
    for factor in (0.6, 1.0, 1.7):
        counts = counts_of(3, **dict.fromkeys(codes_at(1, 1), factor))
        for areas_, how in ((GRAPH, {"orders": 2}), (AREAS, {"distances": [10.0, 1_010.0]})):
            table = rings_of(counts, areas_, site=SITE, start=6, **how).table.drop(index="far areas")
            assert ((table["low_95"] <= 1) & (table["high_95"] >= 1)).tolist() == (table["p"] > 0.05).tolist()
            readings.add(table.loc["ring 1", "reading"])
    assert readings == {"less than expected", "within chance", "more than expected"}


def test_displacement_and_a_benefit_that_spread_are_told_apart():
    moved = rings_of(counts_of(3, W44=0.3, **dict.fromkeys(codes_at(1, 1), 1.4)), GRAPH, site=SITE, start=6, orders=1)
    assert moved.table["reading"].to_dict() == {
        "site": "less than expected",
        "ring 1": "more than expected",
        "far areas": "",
    }
    assert f"ring 1: more than expected (p {moved.table.loc['ring 1', 'p']:.3f})." in moved.sentence
    spread = rings_of(counts_of(3, W44=0.3, **dict.fromkeys(codes_at(1, 1), 0.7)), GRAPH, site=SITE, start=6, orders=1)
    assert spread.table.loc["ring 1", "reading"] == "less than expected"
    assert spread.findings.net_difference < moved.findings.net_difference
    quiet = rings_of(counts_of(3), GRAPH, site=SITE, start=6, orders=1)
    assert "nothing beyond chance in any ring" in quiet.sentence


def test_chance_is_taken_for_more_as_often_as_it_should():
    said = [
        rings_of(counts_of(seed), GRAPH, site=SITE, start=6, orders=1).table.loc["ring 1"] for seed in range(200, 240)
    ]
    beyond = sum(row["reading"] != "within chance" for row in said)
    assert beyond <= 6  # 2 of 40 expected; more once in about 300


def test_zero_counts_and_gaps():
    counts = counts_of(4).astype(float)
    counts.loc["W44", 6:] = 0
    row = rings_of(counts, GRAPH, site=SITE, start=6, orders=1).table.loc["site"]
    assert row["ratio"] > 0
    assert row["high_95"] < 1
    counts.loc["W45", 2] = np.nan
    with pytest.raises(SchemaError, match="1 area of `outcomes` has periods without a value"):
        rings_of(counts, GRAPH, site=SITE, start=6, orders=1)
    with pytest.warns(CoverageWarning, match="left out"):
        made = rings_of(counts, GRAPH, site=SITE, start=6, orders=1, missing="leave out")
    assert made.table.loc["ring 1", "areas"] == 7
    assert made.findings.left_out == ("W45",)


def test_excluded_areas_are_in_no_ring():
    made = rings_of(counts_of(5), GRAPH, site=SITE, start=6, orders=1, exclude=["W45", "W00"])
    assert {"W45", "W00"}.isdisjoint(made.members.index)
    assert made.table.loc["ring 1", "areas"] == 7


@pytest.mark.parametrize(
    ("change", "error", "told"),
    [
        ({"orders": 4}, RefusedError, "The rings take all 80 areas beside the site: none is left far away"),
        ({"orders": 9}, RefusedError, "Ring 5 holds no area with outcomes"),
        ({"orders": None}, ParameterError, "State one of `orders` and `distances`"),
        ({"distances": [100.0]}, ParameterError, "State one of `orders` and `distances`"),
        ({"orders": None, "distances": [9.0, 5.0]}, ParameterError, "each larger than the one before"),
        ({"orders": None, "distances": [9.0]}, ParameterError, "`distances` need the shapes of the areas"),
        ({"exclude": SITE}, ParameterError, "'W44' is in `site` and in `exclude`"),
        ({"outcomes": counts_of().iloc[:-1]}, AlignmentError, "1 area of `areas` is not in `outcomes`"),
        ({"outcomes": counts_of() * 0}, RefusedError, "The far areas have no outcome before"),
        (
            {"areas": Graph.from_arrays(["W44"], ["W44"], [0.0])},
            AlignmentError,
            "80 areas of `outcomes` are not in `areas`",
        ),
    ],
)
def test_what_shows_nothing_is_told(change, error, told):
    with pytest.raises(error, match=told):
        rings_of(**{"outcomes": counts_of(), "areas": GRAPH, "site": SITE, "start": 6, "orders": 1, **change})
