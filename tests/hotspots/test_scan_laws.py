"""Laws of scan statistics: order, place, turn and unit; an event inside; chance where there is only chance."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from socharm.hotspots import ScanClusters, scan_clusters, scan_space_time

MONTHS = [f"2025-{month:02d}" for month in range(1, 7)]
USUAL: dict[str, Any] = {"distance": "planar", "replications": 19, "seed": 3}


def town(n: int = 12, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    xy = rng.uniform(0, 5_000, (n, 2))
    people = rng.integers(200, 2_000, n)
    cases = rng.poisson(people * 0.02)
    cases[0] += 5
    names = [f"A{number:02d}" for number in range(n)]
    return pd.DataFrame({"id": names, "x": xy[:, 0], "y": xy[:, 1], "population": people, "cases": cases})


def dated(places: pd.DataFrame, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    rows = [(name, month) for name in places["id"] for month in MONTHS]
    return pd.DataFrame(rows, columns=["id", "month"]).assign(cases=rng.poisson(1.5, len(rows)))


def by_law(found: ScanClusters) -> list[tuple[Any, ...]]:
    """What must stay: members, numbers, p."""
    columns = ["events", "expected", "llr", "statistic", "p"]
    return [
        (tuple(sorted(row["members"])), *np.round([row[column] for column in columns], 9))
        for row in found.clusters.to_dict("records")
    ]


@given(seed=st.integers(0, 50), shuffle=st.integers(0, 1_000))
@settings(max_examples=10)
def test_the_order_of_rows_changes_nothing(seed, shuffle):
    places = town(seed=seed)
    mixed = places.sample(frac=1, random_state=shuffle)
    one, two = scan_clusters(places, **USUAL), scan_clusters(mixed, **USUAL)
    assert by_law(one) == by_law(two)
    pd.testing.assert_frame_equal(one.table, two.table.loc[one.table.index])
    rows = dated(places, seed)
    assert by_law(scan_space_time(places, rows, **USUAL)) == by_law(
        scan_space_time(mixed, rows.sample(frac=1, random_state=shuffle), **USUAL)
    )


@given(
    seed=st.integers(0, 50),
    shift=st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)),
    turn=st.floats(0, 2 * np.pi),
    unit=st.floats(1e-3, 1e3),
)
@settings(max_examples=15)
def test_moving_turning_and_another_unit_change_nothing_but_the_radius(seed, shift, turn, unit):
    places = town(seed=seed)
    x, y = places["x"], places["y"]
    moved = places.assign(
        x=unit * (np.cos(turn) * x - np.sin(turn) * y) + shift[0],
        y=unit * (np.sin(turn) * x + np.cos(turn) * y) + shift[1],
    )
    one, two = scan_clusters(places, **USUAL), scan_clusters(moved, **USUAL)
    assert by_law(one) == by_law(two)
    np.testing.assert_allclose(two.clusters["radius"], unit * one.clusters["radius"], rtol=1e-6, atol=1e-6)


@given(turn=st.floats(0, 2 * np.pi))
@settings(max_examples=10)
def test_tied_locations_that_enter_together_do_not_hang_on_how_a_grid_lies(turn):
    x, y = (values.ravel().astype(float) for values in np.meshgrid(np.arange(5), np.arange(5)))
    rng = np.random.default_rng(2)
    grid = pd.DataFrame({"id": np.arange(25), "x": x, "y": y, "population": 100, "cases": rng.poisson(4, 25)})
    turned = grid.assign(x=np.cos(turn) * x - np.sin(turn) * y, y=np.sin(turn) * x + np.cos(turn) * y)
    one, two = scan_clusters(grid, **USUAL), scan_clusters(turned, **USUAL)
    assert by_law(one) == by_law(two)
    assert one.findings.ties == two.findings.ties > 0


@given(seed=st.integers(0, 200), member=st.integers(0, 100))
@settings(max_examples=25)
def test_an_event_inside_the_cluster_never_lowers_its_ratio(seed, member):
    places = town(seed=seed)
    before = scan_clusters(places, **USUAL).clusters
    inside = before.loc[1, "members"]
    more = places.copy()
    more.loc[more["id"] == inside[member % len(inside)], "cases"] += 1
    after = scan_clusters(more, **USUAL).clusters
    assume(len(after))  # a cluster that every replication exceeds is not listed
    assert after["llr"].iloc[0] >= before["llr"].iloc[0] - 1e-9
    rows = dated(places, seed)
    first = scan_space_time(places.drop(columns="cases"), rows, model="poisson", **USUAL).clusters.iloc[0]
    extra = pd.DataFrame({"id": [first["members"][0]], "month": [first["last"]], "cases": [1]})
    again = scan_space_time(places.drop(columns="cases"), pd.concat([rows, extra]), model="poisson", **USUAL)
    assert again.clusters["llr"].iloc[0] >= first["llr"] - 1e-9


@given(seed=st.integers(0, 100))
@settings(max_examples=10)
def test_clusters_share_no_location_and_add_up(seed):
    places = town(20, seed)
    found = scan_clusters(places, direction="both", shape="ellipse", max_population=0.3, **USUAL)
    members = [key for one in found.clusters["members"] for key in one]
    assert len(members) == len(set(members))
    for number, row in found.clusters.iterrows():
        inside = places.set_index("id").loc[list(row["members"])]
        assert row["observed"] == inside["cases"].sum()
        assert row["population"] == inside["population"].sum() <= 0.3 * places["population"].sum()
        assert (found.table.loc[list(row["members"]), "cluster"] == number).all()
    assert found.clusters["statistic"].is_monotonic_decreasing
    assert (found.clusters["statistic"] <= found.clusters["llr"] + 1e-12).all()


@pytest.mark.parametrize("direction", ["high", "low", "both"])
@pytest.mark.parametrize("model", ["poisson", "bernoulli"])
def test_replications_are_scanned_as_the_data_are(model, direction):
    """The kernel that works out few logarithms gives what the plain one gives: a replication scanned as data."""
    places = town(15, 4)
    found = scan_clusters(places, model=model, direction=direction, **USUAL)
    total, people = places["cases"].sum(), places["population"].to_numpy()
    xy, cases = places[["x", "y"]].to_numpy(), places["cases"].to_numpy()
    best = plain_scan(xy, people, cases, direction=direction, bernoulli=model == "bernoulli")
    assert found.clusters["llr"].iloc[0] == pytest.approx(best)
    assert (found.highest > 0).all()
    assert found.findings.total == total


def plain_scan(
    xy: NDArray[Any], people: NDArray[Any], cases: NDArray[Any], *, direction: str, bernoulli: bool
) -> float:
    best, total, everybody = 0.0, cases.sum(), people.sum()
    for one in xy:
        order = np.argsort(((xy - one) ** 2).sum(axis=1))
        c, n = np.cumsum(cases[order]), np.cumsum(people[order])
        for inside, persons in zip(c, n, strict=True):
            e = total * persons / everybody
            if 2 * persons > everybody or (inside > e and (direction == "low" or inside < 2)):
                continue
            if inside < e and direction == "high":
                continue
            parts = [(inside, e), (total - inside, total - e)]
            if bernoulli:
                parts += [
                    (persons - inside, persons - e),
                    (everybody - persons - total + inside, everybody - persons - total + e),
                ]
            best = max(best, sum(o * np.log(o / mu) for o, mu in parts if o > 0))
    return best


@pytest.mark.parametrize("threads", [1, 3])
def test_threads_change_nothing(threads):
    places = town(15, 5)
    one = scan_clusters(places, distance="planar", replications=45, seed=3, threads=threads)
    two = scan_clusters(places, distance="planar", replications=45, seed=3)
    pd.testing.assert_series_equal(one.highest, two.highest)
    more = scan_clusters(places, distance="planar", replications=64, seed=3).highest
    pd.testing.assert_series_equal(more.iloc[:45], two.highest)


def test_replications_stop_when_it_is_clear():
    rng = np.random.default_rng(8)
    places = town(15, 6).assign(cases=lambda t: rng.multinomial(200, t["population"] / t["population"].sum()))
    full = scan_clusters(places, distance="planar", seed=3)
    found = scan_clusters(places, distance="planar", stop_after=10, seed=3)
    made = found.highest
    reached = made >= found.clusters["statistic"].iloc[0]
    assert (reached.sum(), reached.iloc[-1]) == (10, True)
    assert found.clusters["p"].iloc[0] == pytest.approx(10 / len(made))
    pd.testing.assert_series_equal(full.highest.iloc[: len(made)], made)
    assert (found.findings.replications, found.findings.stopped) == (len(made), True)


@pytest.mark.slow
def test_p_is_uniform_where_there_is_only_chance():
    """Kolmogorov-Smirnov over 300 maps; p of 99 replications, with ties broken by a draw."""
    places, rng = town(25, 7), np.random.default_rng(9)
    share = places["population"] / places["population"].sum()
    p = []
    for seed in range(300):
        drawn = places.assign(cases=rng.multinomial(400, share))
        found = scan_clusters(drawn, distance="planar", replications=99, seed=seed).clusters
        p.append(found["p"].iloc[0] if len(found) else 1.0)
    assert stats.kstest(np.array(p) - rng.random(300) / 100, "uniform").pvalue > 0.01


@pytest.mark.slow
@pytest.mark.parametrize("by", ["events", "harm"])
def test_p_of_a_permutation_is_uniform_where_there_is_only_chance(by):
    places, rng = town(10, 7), np.random.default_rng(10)
    weights, p = np.array([1.0, 5.0, 200.0]), []
    for seed in range(200):
        at = rng.choice(10, 120, p=np.arange(1, 11) / 55)
        rows = pd.DataFrame(
            {"id": places["id"].to_numpy()[at], "month": rng.choice(MONTHS, 120, p=[0.3, 0.1, 0.1, 0.1, 0.2, 0.2]),
             "weight": rng.choice(weights, 120, p=[0.6, 0.39, 0.01])}
        )  # fmt: skip
        found = scan_space_time(places, rows, by=by, distance="planar", replications=99, seed=seed)
        p.append(found.clusters["p"].iloc[0] if len(found.clusters) else 1.0)
    assert stats.kstest(np.array(p) - rng.random(200) / 100, "uniform").pvalue > 0.01


def test_a_cluster_that_was_planted_is_found():
    places, rng = town(40, 11), np.random.default_rng(12)
    centre = places.loc[0, ["x", "y"]].astype(float)
    near = np.hypot(places["x"] - centre["x"], places["y"] - centre["y"]).nsmallest(5).index
    risk = places["population"].where(~places.index.isin(near), 4 * places["population"])
    hot = places.assign(cases=rng.multinomial(600, risk / risk.sum()))
    found = scan_clusters(hot, distance="planar", seed=1)
    assert set(found.clusters.loc[1, "members"]) == set(places.loc[near, "id"])
    assert found.clusters.loc[1, "p"] == 0.001
    assert found.table["significant"].sum() == len(near) == len(found.significant.loc[1, "members"])


def test_an_ellipse_follows_a_street():
    """A row of hot places from south-west to north-east: the ellipse at 45 degrees holds them and nobody else."""
    x, y = (values.ravel().astype(float) for values in np.meshgrid(np.arange(9), np.arange(9)))
    grid = pd.DataFrame({"id": np.arange(81), "x": x, "y": y, "population": 1_000, "cases": 5})
    street = (x == y) & (x >= 2) & (x <= 6)
    grid.loc[street, "cases"] = 20
    found = scan_clusters(
        grid, shape="ellipse", compactness="none", distance="planar", max_population=0.2, replications=99, seed=1
    )
    best = found.clusters.loc[1]
    assert set(best["members"]) == set(grid.loc[street, "id"])
    assert (best["angle"], best["elongation"] > 2) == (45, True)
    assert best["radius"] * best["elongation"] >= np.hypot(2, 2) - 1e-9
    outline = found.outlines().geometry.iloc[0]
    assert outline.bounds[0] == pytest.approx(outline.bounds[1])


def test_replications_with_differing_risks_make_the_test_careful():
    rng = np.random.default_rng(13)
    places = town(60, 14)
    risk = places["population"] * rng.gamma(5, 0.2, 60)
    uneven = places.assign(cases=rng.multinomial(3_000, risk / risk.sum()))
    plain = scan_clusters(uneven, distance="planar", seed=1)
    stated, estimated = (
        scan_clusters(uneven, distance="planar", overdispersion=by, seed=1) for by in (0.2, "estimate")
    )
    assert plain.clusters["p"].iloc[0] == 0.001
    assert stated.clusters["p"].iloc[0] > 0.05
    assert estimated.findings.overdispersion == pytest.approx(0.2, abs=0.12)
    assert stated.clusters["llr"].iloc[0] == plain.clusters["llr"].iloc[0]
    assert (plain.findings.overdispersion, stated.findings.overdispersion) == (0, 0.2)


def test_a_season_of_the_whole_map_is_no_cluster_when_time_is_adjusted_for():
    places = town(10, 15).drop(columns="cases")
    rng = np.random.default_rng(16)
    season = [4.0, 4.0, 4.0, 12.0, 12.0, 4.0]
    rows = pd.DataFrame(
        [(name, month, rng.poisson(level * people / 1_000))
         for name, people in zip(places["id"], places["population"], strict=True)
         for month, level in zip(MONTHS, season, strict=True)],
        columns=["id", "month", "cases"],
    )  # fmt: skip
    plain, adjusted = (
        scan_space_time(places, rows, model="poisson", adjust=how, distance="planar", replications=199, seed=1)
        for how in ("none", "time")
    )
    best = plain.clusters.loc[1]
    assert (best["first"], best["last"], best["p"]) == ("2025-04", "2025-05", 0.005)
    assert not len(adjusted.significant)
    assert adjusted.table["expected"].sum() == pytest.approx(rows["cases"].sum())
