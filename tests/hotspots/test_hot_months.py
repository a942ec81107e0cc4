"""Hot and cold only where the months say so too: the moderated t, and what it does to labels."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from factories import make_counts, make_population, make_weights
from hypothesis import given
from hypothesis import strategies as st
from libpysal.graph import Graph
from scipy import special, stats
from shapely.geometry import box

from socharm.hotspots.areas.local import local_gi_star, local_moran
from socharm.severity.index import severity_index
from socharm.stats.moderated_t import moderated_t, prior_of_variances
from socharm.stats.serial import serial_correlation, serial_sums


def ring(codes, reach=2):
    steps = [s for s in range(-reach, reach + 1) if s]
    focal = np.repeat(codes, len(steps))
    other = [codes[(i + s) % len(codes)] for i in range(len(codes)) for s in steps]
    return Graph.from_arrays(focal, other, np.ones(len(other)))


def index_of(n, weight=100.0, **options):
    codes = [f"W{i:03d}" for i in range(n.shape[0])]
    people = make_population(dict.fromkeys(codes, 10_000.0))
    counts = make_counts(n[:, None, :], offences=("burglary",))
    return severity_index(counts, make_weights({"burglary": weight}), people, **options), ring(codes)


# --- the moderated t ---


def test_with_equal_variances_it_is_a_z_test_of_the_pooled_one():
    """Every row has the same spread, so the prior is infinitely sure: d0 = inf, s0² by Smyth's moments."""
    rows = np.array([[-1.0, 0.0, 1.0], [0.0, 1.0, 2.0], [4.0, 5.0, 6.0]])
    d0, s0 = prior_of_variances(np.ones(3), np.full(3, 2.0))
    assert d0 == np.inf
    assert s0 == pytest.approx(np.exp(-special.digamma(1.0)))  # log 1 - digamma(d/2) + log(d/2), with d = 2
    z = rows.mean(axis=1) * np.sqrt(3 / s0)
    assert moderated_t(rows).high == pytest.approx(stats.norm.sf(z))
    assert moderated_t(rows).low == pytest.approx(stats.norm.cdf(z))


def test_the_prior_of_variances_is_found_again():
    """Variances s0² d0 / chi² of d0, estimated with chi² of d: limma's fitFDist finds 6 and 2 from many rows."""
    rng = np.random.default_rng(1)
    truth = 2.0 * 6 / rng.chisquare(6, 40_000)
    d0, s0 = prior_of_variances(truth * rng.chisquare(11, 40_000) / 11, np.full(40_000, 11.0))
    assert d0 == pytest.approx(6, rel=0.05)
    assert s0 == pytest.approx(2, rel=0.02)


def test_p_is_uniform_where_nothing_is_there():
    rng = np.random.default_rng(2)
    scale = np.sqrt(6 / rng.chisquare(6, 20_000))
    p = moderated_t(scale[:, None] * rng.standard_normal((20_000, 9))).high
    assert stats.kstest(p, "uniform").pvalue > 0.001
    assert (p <= 0.001).mean() == pytest.approx(0.001, abs=0.001)


@given(st.integers(0, 200), st.floats(0.01, 1e6))
def test_scale_changes_nothing_and_signs_swap_the_tails(seed, factor):
    rows = np.random.default_rng(seed).standard_normal((12, 6)) + 0.3
    one, other, turned = moderated_t(rows), moderated_t(rows * factor), moderated_t(-rows)
    np.testing.assert_allclose(one.high, other.high, rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(one.high, turned.low, rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(one.high + one.low, 1.0, rtol=1e-9)


def test_gaps_and_empty_rows():
    rows = np.array([[1.0, 2.0, np.nan, 1.5], [np.nan, np.nan, 1.0, 1.0], [0.0, 0.1, -0.1, 0.05]])
    p = moderated_t(rows).high
    assert np.isnan(p).tolist() == [False, True, False]
    assert np.isnan(moderated_t(np.zeros((3, 4))).high).all()
    assert np.isnan(moderated_t(np.empty((0, 4))).high).size == 0


# --- months of which something is left in the next ---


def lasting(rng, rows, months, share):
    """Rows of months that keep `share` of the one before, of variance one."""
    values = rng.standard_normal((rows, months))
    for month in range(1, months):
        values[:, month] = share * values[:, month - 1] + np.sqrt(1 - share**2) * values[:, month]
    return values


def test_three_months_by_hand():
    """R of r = 1/2 sums to 3 + 4/2 + 2/4 = 5.5; tr MR = 3 - 5.5/3; two values, the first and the last, 2 + 2/4."""
    sums = serial_sums(np.array([[True, True, True], [True, False, True], [True, True, False]]), 0.5)
    assert sums.total == pytest.approx([5.5, 2.5, 3.0])
    assert sums.squares == pytest.approx([3 - 5.5 / 3, 2 - 2.5 / 2, 2 - 3.0 / 2])
    matrix = np.array([[1, 0.5, 0.25], [0.5, 1, 0.5], [0.25, 0.5, 1]])
    apart = (np.eye(3) - 1 / 3) @ matrix
    assert sums.degrees == pytest.approx([np.trace(apart) ** 2 / np.trace(apart @ apart), 1.0, 1.0])
    independent = serial_sums(np.ones((1, 7), dtype=bool), 0.0)
    assert (independent.total[0], independent.squares[0], independent.degrees[0]) == pytest.approx((7, 6, 6))


@pytest.mark.parametrize("share", [0.0, 0.3, 0.7])
@pytest.mark.parametrize("months", [3, 9, 24])
def test_the_share_left_is_found_again(share, months):
    rng = np.random.default_rng(months)
    values = lasting(rng, 20_000, months, share) + 5 * rng.standard_normal((20_000, 1))  # levels of their own
    found = serial_correlation(values)
    assert found == pytest.approx(share, abs=0.06 if months == 3 else 0.02)
    gaps = np.where(rng.random(values.shape) < 0.15, np.nan, values)
    assert serial_correlation(gaps) == pytest.approx(share, abs=0.09 if months == 3 else 0.03)


def test_months_that_alternate_or_do_not_move_are_taken_as_independent():
    alternating = np.tile([1.0, -1.0], (40, 4)) + np.random.default_rng(1).normal(0, 0.1, (40, 8))
    assert moderated_t(alternating, serial=True).correlation == 0
    np.testing.assert_array_equal(moderated_t(alternating, serial=True).high, moderated_t(alternating).high)
    assert serial_correlation(np.ones((5, 4))) == 0
    assert np.isnan(moderated_t(np.ones((5, 4)), serial=True).high).all()


def test_one_row_of_bursts_does_not_hide_what_the_others_keep():
    values = lasting(np.random.default_rng(2), 400, 9, 0.6)
    values[:40, 3] += 200.0
    assert moderated_t(values, serial=True).correlation > 0.35


@pytest.mark.parametrize("share", [0.0, 0.5, 0.7])
def test_p_stays_uniform_where_months_keep_part_of_the_one_before(share):
    rng = np.random.default_rng(3)
    scale = np.sqrt(8 / rng.chisquare(8, 20_000))
    rows = scale[:, None] * lasting(rng, 20_000, 9, share)
    p = moderated_t(rows, serial=True).high
    assert (p <= 0.01).mean() <= 0.014
    assert (p <= 0.01).mean() >= 0.005
    if share:
        assert (moderated_t(rows).high <= 0.01).mean() > 0.03  # taken as independent


# --- labels ---


def months(shape, rng, base=20.0):
    return rng.poisson(base, shape)


def test_one_bad_month_of_neighbours_is_not_hot_and_a_lasting_level_is():
    rng = np.random.default_rng(3)
    burst = months((60, 12), rng)
    burst[20:25, 4] *= 13  # as many crimes over the year as twice the level would make
    lasting = months((60, 12), rng)
    lasting[20:25] *= 2
    for n, hot in ((burst, False), (lasting, True)):
        index, graph = index_of(n)
        found = local_gi_star(index, graph, permutations=9_999, seed=1)
        loose = local_gi_star(index, graph, permutations=9_999, seed=1, months=False)
        assert loose.table.loc["W022", "label"] == "hot"
        assert (found.table.loc["W022", "label"] == "hot") is hot
        assert set(found.hot) <= set(loose.hot)
        assert found.findings.months == "months: each neighbourhood against all areas"
        assert loose.findings.months == "months not tested: not asked for"
        assert loose.table["p_months_high"].isna().all()


def test_the_p_is_that_of_the_neighbourhoods_months():
    """By hand: harm of five areas beyond what the rate of all makes, over the root of their exposure."""
    n = months((12, 6), np.random.default_rng(4))
    index, graph = index_of(n, weight=10.0)
    found = local_gi_star(index, graph, permutations=99, seed=1).table
    near = sum(np.roll(n, s, axis=0) for s in (-2, -1, 0, 1, 2)) * 10.0
    e = 5 * 10_000 / 12
    values = (near - e * (n.sum(axis=0) * 10.0 / (12 * 10_000 / 12))) / np.sqrt(e)
    assert found["p_months_high"].to_numpy() == pytest.approx(moderated_t(values, serial=True).high, rel=1e-9)
    moran = local_moran(index, graph, permutations=99, seed=1).table
    around = sum(np.roll(n, s, axis=0) for s in (-2, -1, 1, 2)) * 10.0
    e = 4 * 10_000 / 12
    tails = moderated_t((around - e * (n.sum(axis=0) * 10.0 / (12 * 10_000 / 12))) / np.sqrt(e), serial=True)
    above = n.sum(axis=1) > n.sum(axis=1).mean()
    expected = np.where(above, tails.high, tails.low)  # a cluster: neighbours like the area
    assert moran["p_months_high"].to_numpy() == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda n: (index_of(n[:, :2])[0], {}), "months not tested: needs 3 months, has 2"),
        (lambda n: (index_of(n)[0].table["rate"], {}), "months not tested: values without the months behind them"),
        (lambda n: (index_of(n)[0], {"column": "exposure"}), "months not tested: not defined for the column exposure"),
    ],
)
def test_where_months_cannot_be_tested_the_settings_say_why(make, reason):
    values, options = make(months((30, 6), np.random.default_rng(5)))
    graph = ring([f"W{i:03d}" for i in range(30)])
    found = local_gi_star(values, graph, permutations=99, seed=1, **options)
    assert found.findings.months == reason
    assert reason in repr(found)


def test_a_level_that_comes_and_goes_slowly_is_not_hot_and_the_record_says_why():
    rng = np.random.default_rng(1)
    wave = lasting(rng, 40, 9, 0.5).repeat(5, axis=0)  # five neighbours share a slow rise or fall
    index, graph = index_of(rng.poisson(40 * np.exp(0.4 * wave)))
    found = local_gi_star(index, graph, permutations=9_999, seed=1)
    assert found.counts["hot"] + found.counts["cold"] == 0
    assert found.findings.month_correlation > 0.3
    assert "of a month is left in the next" in repr(found)
    loose = local_gi_star(index, graph, permutations=9_999, seed=1, months=False)
    assert loose.counts["hot"] > 0
    assert loose.findings.month_correlation == 0


def test_a_month_without_any_area_keeps_its_place():
    n = months((30, 9), np.random.default_rng(10))
    codes = [f"W{i:03d}" for i in range(30)]
    covered = np.ones((30, 9), dtype=bool)
    covered[:, 4] = False
    counts = make_counts(n[:, None, :], offences=("burglary",), covered=covered)
    index = severity_index(counts, make_weights({"burglary": 10.0}), make_population(dict.fromkeys(codes, 1_000.0)))
    found = local_gi_star(index, ring(codes), permutations=99, seed=1).table
    near = sum(np.roll(n, s, axis=0) for s in (-2, -1, 0, 1, 2)) * 10.0
    e = 5 * 1_000 / 12
    values = (near - e * (n.sum(axis=0) * 10.0 / (30 * 1_000 / 12))) / np.sqrt(e)
    values = np.where(covered, values, np.nan)
    assert found["p_months_high"].to_numpy() == pytest.approx(moderated_t(values, serial=True).high, rel=1e-9)


def test_a_season_of_all_is_no_evidence():
    """December has four times June everywhere: no neighbourhood stands out by it."""
    level = 15 * np.array([1, 1, 1, 1, 1, 1, 4, 4, 4, 4, 4, 4])
    n = np.random.default_rng(6).poisson(np.tile(level, (60, 1)))
    index, graph = index_of(n)
    found = local_gi_star(index, graph, permutations=999, seed=1)
    assert found.counts["hot"] + found.counts["cold"] == 0
    assert 0.2 < found.table["p_months_high"].mean() < 0.8


def test_an_island_stays_an_island_and_a_gap_a_gap():
    n = months((20, 6), np.random.default_rng(7))
    index, _ = index_of(n)
    codes = list(index.table.index)
    pairs = [(codes[i], codes[i + 1]) for i in range(18)]
    graph = Graph.from_arrays(
        [a for a, b in pairs] + [b for a, b in pairs] + [codes[19]],
        [b for a, b in pairs] + [a for a, b in pairs] + [codes[19]],
        [1.0] * 36 + [0.0],
    )
    found = local_gi_star(index, graph, permutations=99, seed=1).table
    assert found.loc[codes[19], "label"] == "island"
    assert np.isnan(found.loc[codes[19], "p"])
    assert isinstance(found, pd.DataFrame)


def test_the_map_says_what_was_compared_and_how():
    """Standardised rates have no unit, and no name of a column is printed."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    from socharm.maps.furniture import new_axes
    from socharm.maps.hotspots import plot_hotspots

    index, graph = index_of(months((30, 6), np.random.default_rng(8)))
    squares = [box(2000 * (i % 6), 2000 * (i // 6), 2000 * (i % 6 + 1), 2000 * (i // 6 + 1)) for i in range(30)]
    areas = gpd.GeoDataFrame({"name": index.table.index}, geometry=squares, index=index.table.index, crs=27700)
    ax = plot_hotspots(areas, local_gi_star(index, graph, permutations=99, seed=1), ax=new_axes())
    figure = ax.get_figure()
    FigureCanvasAgg(figure)
    figure.draw_without_rendering()
    said = " ".join(text.get_text() for text in figure.findobj(lambda item: hasattr(item, "get_text")))
    said = " ".join(said.split())
    assert "No hotspot of high harm per resident; no coldspot of low harm per resident" in said
    assert "Harm per resident here and round it, compared with the mean of all areas (areas in brackets)" in said
    assert "Gi* of harm rate, in standard errors from the mean" in said
    assert "99 permutations; months: each neighbourhood against all areas" in said
