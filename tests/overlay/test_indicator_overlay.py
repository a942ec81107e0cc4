"""Harm beside measures of partners: who stands out, how far orders agree, and that no sentence claims a cause."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import cdist
from shapely.geometry import box

import socharm as sh
from socharm.errors import AlignmentError, ParameterError, SchemaError
from socharm.io.period_order import latest_period, periods_in_order
from socharm.maps.furniture import new_axes
from socharm.overlay import overlay_indicators
from socharm.overlay.indicator import NO_CAUSE, agreement_sentence
from socharm.stats.rank_agreement import effective_areas, rank_agreement
from tests.factories import make_counts, make_population, make_weights

SAID = {
    "direction": "higher is worse", "unit": "per cent of pupils", "denominator": "pupils", "period": "2024",
    "provider": "education", "licence": "OGL v3.0", "marking": "OFFICIAL", "police_driven": False,
}  # fmt: skip
N = 20
OFFENCES = ("burglary", "drugs", "violence-and-sexual-offences")


@pytest.fixture(scope="module")
def index():
    crimes = np.arange(1, N + 1)[:, None, None] * np.array([[[3, 3, 3], [2, 2, 2], [1, 1, 1]]])
    counts = make_counts(crimes)
    people = make_population({f"W{i:03d}": 1_000 for i in range(N)})
    return sh.severity_index(counts, make_weights(dict.fromkeys(OFFENCES, 10.0)), people)


@pytest.fixture(scope="module")
def areas(index):
    cells = [
        box(1_000 * (i % 5), 1_000 * (i // 5), 1_000 * (i % 5) + 1_000, 1_000 * (i // 5) + 1_000) for i in range(N)
    ]
    codes = index.table.index
    ground = gpd.GeoDataFrame({"name": [f"Ward {c}" for c in codes]}, geometry=cells, index=codes, crs="EPSG:27700")
    return ground.rename_axis("area_code")


def sent(index, **columns):
    table = pd.DataFrame({"area_code": index.table.index, **columns})
    periods = {"period": "period"} if "period" in columns else {}
    said = {name: {**SAID, "name": name.title()} for name in columns if name != "period"}
    return sh.read_indicators(table, dictionary=said, **periods)


def test_who_is_worst_on_both_sides_by_hand(index, areas):
    order = index.table["rate_shrunk"].rank(ascending=False).astype(int)
    value = (100.0 - order).where(order != 2, 0.0)
    value[order == N] = np.nan
    found = overlay_indicators(index, sent(index, absent=value.to_numpy()), areas)
    row = found.agreement.loc["absent"]
    # A tenth of 19 areas with both is two: the first and the second by harm, the first and the third by absence.
    table = found.table.set_index("area_code")
    assert table.index[table["stands_out"].fillna(False).astype(bool)].tolist() == [order.index[order == 1][0]]
    assert (row["areas"], row["both"]) == (19, 1)
    assert row["both_by_chance"] == pytest.approx(2 * 2 / 19)
    last = table.loc[order.index[order == N][0]]
    assert (last["reason"], pd.isna(last["stands_out"]), pd.isna(last["harm_place"])) == ("no value", True, True)
    known = pd.DataFrame({"harm": index.table["rate_shrunk"], "value": value}).dropna()
    assert row["estimate"] == pytest.approx(known.corr("spearman").iloc[0, 1])
    # A slope over the map: 19 areas tell as much as a few.
    assert row["independent_areas"] < 10
    assert "no clear rank agreement with harm, 0.73" in row["says"]


def test_the_worse_end_is_that_of_the_direction(index, areas):
    order = index.table["rate_shrunk"].rank(ascending=False)
    measures = sent(index, satisfied=order.to_numpy())
    better = replace(measures, dictionary=measures.dictionary.assign(direction="higher is better"))
    assert overlay_indicators(index, better, areas).agreement.loc["satisfied", "both"] == 2
    assert overlay_indicators(index, measures, areas).agreement.loc["satisfied", "both"] == 0
    told = overlay_indicators(index, better, areas).agreement.loc["satisfied", "says"]
    assert "rank agreement with harm -1.00 (20 areas); no interval, as one order follows the other throughout" in told
    flat = overlay_indicators(index, sent(index, satisfied=np.ones(N)), areas).agreement.loc["satisfied"]
    assert (flat["both"], np.isnan(flat["estimate"])) == (0, True)
    assert "no rank agreement with harm can be told (20 areas), as one side is equal" in flat["says"]


def test_of_several_periods_and_files_the_latest_is_taken(index, areas):
    months = ["September 2025", "October 2025", "March 2025"]
    parts = [
        sent(index, claims=np.arange(N, dtype=float) * (month == months[1]), period=[month] * N) for month in months
    ]
    found = overlay_indicators(index, parts, areas)
    assert found.agreement.loc["claims", "period"] == "October 2025"
    assert found.table["value"].max() == N - 1
    assert len(found.table) == N


def test_neighbours_that_are_alike_count_as_fewer_areas():
    x, y = (side.ravel() for side in np.meshgrid(np.arange(12.0), np.arange(12.0)))
    points = np.column_stack([x, y])
    rng = np.random.default_rng(1)
    scattered = effective_areas(rng.permutation(144).astype(float), rng.permutation(144).astype(float), points)
    slope = effective_areas(x + 0.01 * y, x + 0.02 * y, points)
    assert scattered > 100
    assert slope < 15
    assert rank_agreement(x + 0.01 * y, rng.permutation(144).astype(float), points).effective <= 144


@pytest.mark.parametrize(("rho", "reach"), [(0.0, 0.0), (0.0, 0.3), (0.6, 0.3)])
def test_the_interval_holds_where_neighbours_are_alike(rho, reach):
    """Fields whose rank correlation is known; the interval of independent areas holds 0.5 of those that are alike."""
    rng = np.random.default_rng(11)
    points = rng.uniform(0, 1, (80, 2))
    root = np.linalg.cholesky(np.exp(-cdist(points, points) / reach) + 1e-9 * np.eye(80)) if reach else np.eye(80)
    truth, held, runs = 6 / np.pi * np.arcsin(rho / 2), 0, 150
    for _ in range(runs):
        base = rng.normal(size=(80, 2))
        other = rho * base[:, 0] + np.sqrt(1 - rho**2) * base[:, 1]
        found = rank_agreement(np.exp(root @ base[:, 0]), root @ other, points)
        held += found.low_95 <= truth <= found.high_95
    # Three standard errors below 95 in 100.
    assert held / runs >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / runs)


def test_few_areas_and_strangers_are_told(index, areas):
    few = np.full(N, np.nan)
    few[:3] = [1.0, 2.0, 3.0]
    row = overlay_indicators(index, sent(index, rare=few), areas).agreement.loc["rare"]
    assert "(3 areas), as fewer than 4 areas have both." in row["says"]
    strangers = sh.read_indicators(pd.DataFrame({"area_code": ["E09999999"], "a": [1.0]}), dictionary={"a": SAID})
    with pytest.raises(AlignmentError, match=r"No measure of \['a'\] has a value in any of the 20 areas of the index"):
        overlay_indicators(index, strangers, areas)
    with pytest.raises(AlignmentError, match=r"1 area of the index has no shape in `areas`, such as"):
        overlay_indicators(index, sent(index, a=np.arange(N) * 1.0), areas.iloc[1:])
    with pytest.raises(SchemaError, match="harm_rate"):
        overlay_indicators(index, sent(index, a=np.arange(N) * 1.0), areas, column="harm_rate")
    with pytest.raises(ParameterError, match="`worst` is 0"):
        overlay_indicators(index, sent(index, a=np.arange(N) * 1.0), areas, worst=0.0)


@pytest.mark.parametrize(
    ("low", "high", "told"),
    [(0.2, 0.6, "harm tends to be higher"), (-0.6, -0.2, "to be lower"), (-0.1, 0.5, "no clear rank agreement")],
)
def test_a_sentence_says_what_its_numbers_say(low, high, told):
    said = agreement_sentence({"name": "A", "areas": 50, "estimate": (low + high) / 2, "low_95": low, "high_95": high})
    assert told in said
    assert said.endswith(NO_CAUSE) == (low * high > 0)
    assert not set(said.lower().split()) & {"causes", "drives", "because", "leads"}


@pytest.mark.parametrize(
    ("periods", "order"),
    [
        (["2021/22 - 23/24", "2018/19 - 20/21"], ["2018/19 - 20/21", "2021/22 - 23/24"]),
        (["2001 - 03", "1999 - 01"], ["1999 - 01", "2001 - 03"]),
        (["2024 Q1", "2023 Q4"], ["2023 Q4", "2024 Q1"]),
        (["202503", "202412"], ["202412", "202503"]),
        (["202425", "202324"], ["202324", "202425"]),
        (["Apr 2024 to Mar 2025", "year ending June 2024"], ["year ending June 2024", "Apr 2024 to Mar 2025"]),
        (["2024", "autumn"], None),
    ],
)
def test_periods_stand_in_the_order_of_time_or_in_none(periods, order):
    assert periods_in_order(periods) == order
    assert latest_period(periods) == (order or sorted(periods))[-1]


def test_the_picture_names_who_stands_out_on_both_sides(index, areas):
    order = index.table["rate_shrunk"].rank(ascending=False)
    measures = sent(index, absent=(-order).to_numpy(), calm=np.arange(N) % 7.0)
    found = overlay_indicators(index, measures, areas)
    ax = sh.maps.plot_indicator_overlay(found, ax=new_axes())
    panels = ax.child_axes
    assert [panel.get_title(loc="left").splitlines()[0] for panel in panels] == ["Absent", "Calm"]
    first = index.table["name"][order.index[order == 1][0]]
    assert str(first) in [text.get_text() for text in panels[0].texts]
    with pytest.raises(ParameterError, match=r"`measures` is 'absence'; it must be one of \['absent', 'calm'\]"):
        sh.maps.plot_indicator_overlay(found, measures=["absence"], ax=new_axes())
