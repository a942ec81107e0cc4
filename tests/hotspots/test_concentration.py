"""Concentration over areas, and clusters of points: reference values, laws, pictures."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from factories import make_counts, make_population, make_weights
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from scipy.special import i0, i1
from shapely.geometry import box
from sklearn.metrics import adjusted_rand_score

from socharm.errors import CRSError, ParameterError, SchemaError
from socharm.hotspots.areas.concentration import classify_concentration
from socharm.hotspots.areas.equal_rates import ginis_of_equal_rates
from socharm.hotspots.points.clusters import cluster_points
from socharm.maps.clusters import plot_clusters
from socharm.maps.furniture import new_axes
from socharm.maps.lorenz import plot_lorenz
from socharm.severity.index import severity_index
from socharm.stats.concentration import generalised_gini, gini, lorenz_curve, share_of_top, share_that_holds, theil
from socharm.stats.dbscan import best_match


def index_of(n, *, offences=("burglary", "drugs"), parent=None, covered=None):
    n = np.asarray(n)
    counts = make_counts(np.repeat(n[:, :, None], 3, axis=2), offences=offences, parent=parent, covered=covered)
    people = make_population(pd.Series(1_000.0, index=counts.areas.index))
    return severity_index(counts, make_weights({"burglary": 400.0, "drugs": 10.0}), population=people)


def points(n=400, seed=1, crs=None):
    """Two dense clusters of places and thin noise over ten kilometres."""
    rng = np.random.default_rng(seed)
    dense = np.vstack([rng.normal((2_000, 2_000), 60, (n, 2)), rng.normal((7_000, 6_000), 60, (n // 2, 2))])
    xy = np.vstack([dense, rng.uniform(0, 10_000, (n // 2, 2))])
    return pd.DataFrame({"x": xy[:, 0], "y": xy[:, 1], "weight": rng.choice([10.0, 400.0], len(xy), p=[0.9, 0.1])})


# --- arrays ---


@pytest.mark.parametrize(
    ("crimes", "plain", "generalised"),
    [([10, 8, 2] + [0] * 7, 0.78, 0.78), ([5, 2, 1] + [0] * 7, 0.80, 0.75)],
)
def test_published_examples_of_the_generalised_gini(crimes, plain, generalised):
    # The lorenzgini package's vignette (Bernasco and Steenbeek).
    values = np.array(crimes, dtype=float)
    assert gini(values) == pytest.approx(plain, abs=0.005)
    found = generalised_gini(gini(values), places=10, events=values.sum())
    assert found == pytest.approx(generalised, abs=0.005)


def test_columbus_gini_and_theil(references):
    # Computed with the package inequality 1.2.0 (tests/reference/inequality).
    folder = references / "inequality"
    expected = json.loads((folder / "expected.json").read_text())["values"]
    table = pd.read_csv(folder / "columbus_ineq.csv")
    for column in ("CRIME", "HOVAL", "INC"):
        values = table[column].to_numpy(dtype=float)
        assert gini(values) == pytest.approx(expected[column]["gini"], rel=1e-8)
        assert theil(values)[0] == pytest.approx(expected[column]["theil_T"], rel=1e-8)
    parts = expected["theil_decomp_CRIME"]
    groups = pd.factorize(table["group"])[0].astype(np.int64)
    found = theil(table["CRIME"].to_numpy(dtype=float), groups)
    assert found == pytest.approx((parts["T"], parts["between"], parts["within"]), rel=1e-8)


amounts = st.lists(st.integers(0, 1_000), min_size=2, max_size=40).filter(lambda values: sum(values) > 0)


@given(values=amounts, unit=st.sampled_from([0.001, 1.0, 7_973.0]), seed=st.integers(0, 99))
@settings(max_examples=30, deadline=None)
def test_concentration_depends_neither_on_order_nor_on_unit(values, unit, seed):
    one = np.array(values, dtype=float)
    two = np.random.default_rng(seed).permutation(one) * unit
    assert gini(two) == pytest.approx(gini(one), abs=1e-9)
    assert theil(two)[0] == pytest.approx(theil(one)[0], abs=1e-9)
    assert share_that_holds(two, 0.5) == pytest.approx(share_that_holds(one, 0.5))
    assert share_of_top(two, 0.2) == pytest.approx(share_of_top(one, 0.2))


@given(values=amounts, groups=st.integers(1, 4))
@settings(max_examples=30, deadline=None)
def test_theil_parts_sum_to_the_whole_and_lorenz_bends_one_way(values, groups):
    one = np.array(values, dtype=float)
    total, between, within = theil(one, np.arange(one.size) % min(groups, one.size))
    assert between + within == pytest.approx(total)
    assert between >= -1e-12
    assert within >= -1e-9
    _, held = lorenz_curve(one)
    assert (np.diff(held) >= -1e-12).all()
    assert (np.diff(held, 2) <= 1e-12).all()
    assert 0 <= gini(one) <= 1


def test_nothing_to_share_out_is_missing():
    zeros = np.zeros(3)
    assert all(np.isnan([gini(zeros), theil(zeros)[0], share_that_holds(zeros, 0.5), share_of_top(zeros, 0.5)]))


# --- over areas ---


def test_counts_and_harm_side_by_side():
    index = index_of([[1, 0], [0, 50], [0, 1], [0, 1]], parent=["D1", "D1", "D2", "D2"])
    found = classify_concentration(index, resamples=200, seed=1)
    assert found.table.index[0] == "W001"
    assert found.table["share_harm"].sum() == pytest.approx(1)
    shares = found.shares.set_index(["measure", "question"])["value"]
    assert shares["crimes", "share of areas that hold 50%"] == 0.25
    assert shares["harm", "share held by the top 20% of areas"] == pytest.approx(500 / 920)
    assert found.gini.loc["harm", "events"] < found.gini.loc["crimes", "events"] == 159
    assert found.theil.loc["crimes", "between"] + found.theil.loc["crimes", "within"] == pytest.approx(
        found.theil.loc["crimes", "theil"]
    )
    assert "half of the crimes: in 25% of the areas" in repr(found)


def test_location_quotients_by_hand():
    found = classify_concentration(index_of([[10, 10], [0, 20]]), resamples=10, seed=1).quotients
    table = found.set_index(["area_code", "offence"])
    assert table.loc[("W000", "burglary"), "quotient"] == pytest.approx((30 / 60) / (30 / 120))
    assert table.loc[("W001", "burglary"), ["quotient", "low_95"]].tolist() == [0, 0]
    # Clopper-Pearson for 0 of 60: 1 - 0.025^(1/60).
    assert table.loc[("W001", "burglary"), "high_95"] == pytest.approx((1 - 0.025 ** (1 / 60)) / 0.25)


def test_intervals_hold_the_estimate_and_the_seed_repeats_them():
    rng = np.random.default_rng(2)
    index = index_of(rng.poisson(rng.gamma(1, 8, 40))[:, None] * np.array([[1, 3]]))
    one, two = (classify_concentration(index, resamples=300, seed=4) for _ in range(2))
    pd.testing.assert_frame_equal(one.gini, two.gini)
    pd.testing.assert_frame_equal(one.lorenz, two.lorenz)
    assert (one.gini["low_95"] < one.gini["generalised"]).all()
    assert (one.gini["generalised"] < one.gini["high_95"]).all()


def test_few_events_in_many_areas_are_not_called_concentrated():
    # 60 events in 300 areas, in areas drawn at random: the plain coefficient is high from scarcity alone.
    n = np.bincount(np.random.default_rng(3).integers(0, 300, 60), minlength=300)
    index = index_of(np.column_stack([n, np.zeros_like(n)]))
    found = classify_concentration(index, resamples=200, seed=1).gini.loc["crimes"]
    assert found["gini"] > 0.8
    # Three months of the same: 180 events, still fewer than areas.
    assert found["generalised"] == pytest.approx(300 / 180 * (found["gini"] - 1) + 1)
    assert found["generalised"] < found["gini"]
    # Each sample of areas holds its own number of events, so the bound at 1 holds.
    assert found["low_95"] < found["generalised"] < found["high_95"] <= 1


def test_areas_not_covered_are_left_out_and_counted():
    covered = np.ones((3, 3), dtype=bool)
    covered[2] = False
    found = classify_concentration(index_of([[5, 5], [1, 1], [0, 0]], covered=covered), resamples=10, seed=1)
    assert (found.findings.areas_used, found.findings.areas_left_out) == (2, 1)


@pytest.mark.filterwarnings("ignore::socharm.errors.ModelWarning")
def test_one_area_is_no_concentration():
    with pytest.raises(ParameterError, match="concentration needs 2"):
        classify_concentration(index_of([[5, 5]]), seed=1)
    with pytest.raises(ParameterError, match="`resamples`"):
        classify_concentration(index_of([[5, 5], [1, 1]]), resamples=0, seed=1)


# --- clusters of points ---


@pytest.mark.parametrize(("eps", "least"), [(0.3, 5), (0.5, 5), (0.4, 8)])
def test_dbscan_partitions_of_two_moons(shared_references, eps, least):
    # R package dbscan 1.1.11 (references/f04_dbscan_moons); coordinates are stretched to metres.
    folder = shared_references / "f04_dbscan_moons"
    table = pd.read_csv(folder / "points.csv")
    expected = json.loads((folder / "expected.json").read_text())["values"]["dbscan"]
    case = next(item for item in expected if (item["eps"], item["minPts_incl_self"]) == (eps, least))
    labels = pd.read_csv(folder / "expected_labels.csv")[f"dbscan_eps{eps}_minpts{least}"]
    given_points = pd.DataFrame({"x": table["x"] * 1_000, "y": table["y"] * 1_000, "weight": 1.0})
    found = cluster_points(given_points, eps=eps * 1_000, min_events=least, minimum_events=1, resamples=0, seed=1)
    members = given_points.merge(found.members, on=["x", "y"], how="left", validate="1:1")
    rank = members["rank"].fillna(0).astype(int)
    assert int((rank == 0).sum()) == case["n_noise"]
    assert sorted(found.table["events"], reverse=True) == case["sizes"]
    assert adjusted_rand_score(labels, rank) > 0.95  # border points may go to either side


def test_hdbscan_finds_the_moons(shared_references):
    folder = shared_references / "f04_dbscan_moons"
    table = pd.read_csv(folder / "points.csv")
    labels = pd.read_csv(folder / "expected_labels.csv")["hdbscan"]
    given_points = pd.DataFrame({"x": table["x"] * 1_000, "y": table["y"] * 1_000, "weight": 1.0})
    found = cluster_points(given_points, method="hdbscan", min_events=5, minimum_events=1, resamples=0, seed=1)
    members = given_points.merge(found.members, on=["x", "y"], how="left", validate="1:1")
    assert adjusted_rand_score(labels, members["rank"].fillna(0).astype(int)) >= 0.95


def test_hdbscan_takes_an_event_each_or_a_place_with_its_events():
    singles = points()
    places = singles.assign(x=singles["x"].round(-1), y=singles["y"].round(-1))
    grouped = places.groupby(["x", "y"], as_index=False).agg(weight=("weight", "sum"), n=("weight", "size"))
    told: list[tuple[str, int, int]] = []
    one = cluster_points(places, method="hdbscan", resamples=3, seed=1)
    two = cluster_points(grouped, method="hdbscan", resamples=3, seed=1, progress=lambda *step: told.append(step))
    pd.testing.assert_frame_equal(one.table, two.table)
    assert told == [("clusters", 1, 4), ("stability", 2, 4), ("stability", 3, 4), ("stability", 4, 4)]


def test_clusters_are_ranked_polygons_with_their_stability():
    found = cluster_points(points(), eps=100, min_events=20, seed=1)
    assert found.table.index.tolist() == [1, 2]
    assert found.table["harm"].is_monotonic_decreasing
    assert (found.table["stability"] > 0.9).all()
    assert found.polygons.geometry.is_valid.all()
    assert found.polygons.crs.to_string() == "EPSG:27700"
    first = found.members[found.members["rank"] == 1]
    assert first["weight"].sum() == pytest.approx(found.table.loc[1, "harm"])
    assert found.facts["events"] == len(points())
    assert 0 < found.facts["harm in clusters"] < found.facts["harm"]


def test_events_at_one_place_weigh_as_many_and_order_is_nothing():
    singles = points()
    places = singles.assign(x=singles["x"].round(-2), y=singles["y"].round(-2))
    grouped = places.groupby(["x", "y"], as_index=False).agg(weight=("weight", "sum"), n=("weight", "size"))
    one = cluster_points(places.sample(frac=1, random_state=3), eps=150, min_events=30, seed=1)
    two = cluster_points(grouped, eps=150, min_events=30, seed=1)
    pd.testing.assert_frame_equal(one.table, two.table)


def test_a_lone_group_below_the_disclosure_limit_is_counted_not_shown():
    three = pd.DataFrame({"x": [4e5, 4e5 + 1, 4e5 + 2], "y": 5e5, "weight": 5_000.0})
    found = cluster_points(three, eps=10, min_events=3, seed=1, crs="EPSG:27700")
    assert len(found.table) == 0
    assert found.facts["clusters with too few events"] == 1
    assert found.members["rank"].isna().all()


def test_no_cluster_is_an_answer():
    rng = np.random.default_rng(1)
    thin = pd.DataFrame({"x": rng.uniform(0, 1e5, 50), "y": rng.uniform(0, 1e5, 50), "weight": 1.0})
    found = cluster_points(thin, seed=1)
    assert len(found.polygons) == 0
    assert "0 shown, 0 too small to show (the rule finds none in these data)" in repr(found)
    assert found.polygons.crs.to_string() == "EPSG:27700"
    assert found.table.columns.tolist() == cluster_points(points(), eps=100, seed=1, resamples=0).table.columns.tolist()


def test_the_top_offence_is_the_one_with_most_harm_and_missing_where_unknown():
    table = points().assign(offence="theft")
    table.loc[(table["weight"] > 100) & (table["x"] < 4_500), "offence"] = "robbery"
    found = cluster_points(table, eps=100, min_events=20, resamples=0, seed=1)
    assert found.table["top_offence"].tolist() == ["robbery", "theft"]
    without = cluster_points(points(), eps=100, min_events=20, resamples=0, seed=1)
    assert without.table["top_offence"].isna().all()
    pd.testing.assert_frame_equal(without.table.drop(columns="top_offence"), found.table.drop(columns="top_offence"))


def test_a_resample_that_shares_no_place_with_a_cluster_matches_it_not_at_all():
    labels, again = np.array([0, 0, -1, -1]), np.array([-1, -1, 0, 0])
    assert best_match(labels, again, np.ones(4), 1).tolist() == [0.0]
    assert best_match(labels, labels, np.ones(4), 1).tolist() == [1.0]
    assert best_match(labels, np.array([0, -1, 0, -1]), np.ones(4), 1).tolist() == [pytest.approx(1 / 3)]


def test_harm_can_make_a_place_core():
    table = pd.concat([points(), pd.DataFrame({"x": [5_000.0], "y": [9_000.0], "weight": 60_000.0, "n": 6})])
    table["n"] = table["n"].fillna(1).astype(int)
    by_harm, by_events = (cluster_points(table, eps=100, min_events=100, by=by, seed=1) for by in ("harm", "events"))
    lone = [found.members.set_index(["x", "y"]).loc[(5_000, 9_000), "rank"] for found in (by_harm, by_events)]
    assert lone[0] >= 1
    assert pd.isna(lone[1])


def test_bad_points_and_choices_are_named():
    good = points()
    with pytest.raises(SchemaError, match="no rows"):
        cluster_points(good.iloc[:0], seed=1)
    with pytest.raises(SchemaError, match=r"points\.x"):
        cluster_points(good.assign(x=np.nan), seed=1)
    for n in (np.nan, 0, -1, 1.5):
        with pytest.raises(SchemaError, match=r"points\.n"):
            cluster_points(good.assign(n=n), seed=1)
    with pytest.raises(CRSError, match="look like degrees"):
        cluster_points(good.assign(x=good["x"] / 1e4 - 2, y=good["y"] / 1e4 + 54), seed=1)
    with pytest.raises(ParameterError, match="finds its own reach"):
        cluster_points(good, method="hdbscan", eps=50, seed=1)
    with pytest.raises(CRSError, match="degrees are no distance"):
        cluster_points(good, crs="EPSG:4326", seed=1)
    with pytest.raises(ParameterError, match="`eps`"):
        cluster_points(good, eps=0, seed=1)
    with pytest.raises(ParameterError, match="`method`"):
        cluster_points(good, method="kmeans", seed=1)
    with pytest.raises(ParameterError, match="HDBSCAN counts events"):
        cluster_points(good, method="hdbscan", by="harm", seed=1)
    many = pd.DataFrame({"x": np.arange(60_001.0), "y": 500_000.0, "weight": 1.0})
    with pytest.raises(ParameterError, match="at most 60,000 distinct places; there are 60,001"):
        cluster_points(many, method="hdbscan", seed=1)
    with pytest.raises(ParameterError, match="`seed`"):
        cluster_points(good, seed=-1)


# --- pictures ---


def texts(ax) -> str:
    figure = ax.get_figure()
    FigureCanvasAgg(figure)
    figure.draw_without_rendering()
    found = [" ".join(item.get_text().split()) for item in figure.findobj(lambda item: hasattr(item, "get_text"))]
    return "\n".join(found)


def test_the_lorenz_picture_names_both_curves():
    rng = np.random.default_rng(2)
    index = index_of(rng.poisson(rng.gamma(1, 8, 40))[:, None] * np.array([[1, 3]]))
    found = classify_concentration(index, resamples=50, seed=4)
    written = texts(plot_lorenz(found, ax=new_axes()))
    half = found.shares[found.shares["question"] == "share of areas that hold 50%"].set_index("measure")["value"]
    assert f"Recorded crimes: half of them in {half['crimes']:.0%} of areas" in written
    assert f"Harm: half of it in {half['harm']:.0%} of areas" in written
    assert f"Half of the harm is in {half['harm']:.0%} of the areas" in written
    assert "OFFICIAL" in written


def test_the_cluster_map_numbers_clusters_and_says_its_rule():
    areas = gpd.GeoDataFrame(
        {"name": ["West", "East"], "parent": "Town", "force": "Testshire"},
        geometry=[box(0, 0, 5_000, 10_000), box(5_000, 0, 10_000, 10_000)],
        index=pd.Index(["W1", "W2"], name="area_code"),
        crs="EPSG:27700",
    )
    found = cluster_points(points(), eps=100, min_events=20, seed=1)
    written = texts(plot_clusters(areas, found, ax=new_axes()))
    assert "DBSCAN, 20 events within 100 m" in written
    held = sum(found.polygons["share_harm"])
    assert "shares those of the cluster" in written.replace("\n", " ")
    assert f"around West {found.polygons['share_harm'].iloc[0]:.1%}" in written
    assert "of all harm" in written
    assert f"{held:.0%} of all harm" in written
    with pytest.raises(CRSError, match="Web Mercator, which is for drawing"):
        plot_clusters(areas.to_crs("EPSG:3857"), found, ax=new_axes())
    none = cluster_points(points(), eps=1, min_events=500, seed=1)
    assert "no cluster found" in texts(plot_clusters(areas, none, ax=new_axes()))


def test_records_of_another_kind_are_named():
    index = index_of([[5, 5], [1, 1]])
    with pytest.raises(ParameterError, match="`index` is a DataFrame; give what `severity_index` returns"):
        classify_concentration(index.table, seed=1)
    with pytest.raises(ParameterError, match="`points` is a SeverityIndex"):
        cluster_points(index, seed=1)
    with pytest.raises(ParameterError, match="give what `classify_concentration` returns"):
        plot_lorenz(index, ax=new_axes())
    with pytest.raises(ParameterError, match="`areas` is a DataFrame; it must be a GeoDataFrame"):
        plot_clusters(index.table, index, ax=new_axes())


@pytest.mark.parametrize("phi", [1.0, 2.0])
def test_equal_rates_are_corrected_to_nothing(phi):
    found = {"crimes": [], "harm": []}
    for seed in range(6):
        rng = np.random.default_rng(seed)
        # One rate, unequal populations: 120 areas, 20 crimes for each 1,000 residents, a homicide for 100 burglaries.
        people = pd.Series(rng.integers(500, 4_000, 120).astype(float), index=[f"W{i:03d}" for i in range(120)])
        expected = people.to_numpy()[:, None, None] / 1_000 * np.array([0.2, 20.0])[None, :, None] / 12 * np.ones(12)
        n = rng.poisson(expected) if phi == 1 else rng.negative_binomial(expected / (phi - 1), 1 / phi)
        counts = make_counts(n, offences=("homicide", "burglary"), areas=list(people.index))
        index = severity_index(
            counts, make_weights({"homicide": 7_973.0, "burglary": 400.0}), population=make_population(people)
        )
        table = classify_concentration(index, resamples=60, seed=1).gini
        assert (table["corrected"] == table["generalised"] - table["chance"]).all()
        assert (table["chance_low_95"] < table["chance"]).all()
        assert (table["chance"] < table["chance_high_95"]).all()
        for name, values in found.items():
            values.append(table.loc[name, ["generalised", "corrected"]].to_numpy(dtype=float))
    for name, least in (("crimes", 0.25), ("harm", 0.28)):
        raw, corrected = np.mean(found[name], axis=0)
        error = np.std(found[name], axis=0, ddof=1)[1] / np.sqrt(6)
        assert raw > least  # chance and unequal populations alone
        assert abs(corrected) < 3 * error + 0.01


def test_chance_of_equal_rates_is_that_of_poisson_counts():
    # Three months of one event each in 100 equal areas: the Gini coefficient of Poisson(3) is exp(-6) (I0(6) + I1(6)).
    index = index_of(np.ones((100, 1), dtype=int), offences=("burglary",))
    found = ginis_of_equal_rates(index, index.table.index, draws=200, seed=2)
    # In 100 areas it is 1% less than in endlessly many; the mean of 200 draws has an error of 0.0015.
    expected = 0.99 * np.exp(-6) * (i0(6) + i1(6))
    assert np.mean(found["crimes"]) == pytest.approx(expected, abs=0.006)
    np.testing.assert_allclose(found["harm"], found["crimes"])  # one weight


def test_real_concentration_is_left_after_chance_is_taken_off():
    n = np.full((60, 2), 2)
    n[:6] = 200
    table = classify_concentration(index_of(n), resamples=60, seed=1).gini
    assert (table["generalised"] > table["chance_high_95"]).all()
    assert (table["corrected_low_95"] > 0.2).all()


@pytest.mark.parametrize(("mean", "scarce"), [(30, False), (0.2, True)])
def test_the_lorenz_picture_says_what_its_coefficient_leaves_out(mean, scarce):
    """Thirty crimes in an area force nothing; a fifth of one does, in crimes and in harm. Chance is in both."""
    index = index_of(np.random.default_rng(3).poisson(mean, 40)[:, None] * np.array([[1, 1]]))
    found = classify_concentration(index, resamples=50, seed=4)
    written = texts(plot_lorenz(found, ax=new_axes()))
    assert (not np.allclose(found.gini["generalised"], found.gini["gini"])) == scarce
    said = "Of crimes and harm, with fewer events than areas, what that alone forces is taken off"
    assert (said in written.replace("\n", " ")) == scarce
    chance = found.gini["chance"]
    left = f"by their sizes and by chance: crimes {chance['crimes']:.2f}; harm {chance['harm']:.2f}."
    assert f"Not taken off is what one rate in all areas would show, {left}" in written.replace("\n", " ")
