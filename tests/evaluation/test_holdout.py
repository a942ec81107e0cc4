"""Hold-out: accuracy as published and by hand, laws, gaps, chance, pictures, and Northumbria."""

from __future__ import annotations

import importlib.util
import itertools
import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from factories import make_counts, make_population, make_weights, random_counts
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.offsetbox import TextArea
from pandas.testing import assert_frame_equal
from scipy import stats as reference

from socharm.errors import AlignmentError, CoverageWarning, ModelWarning, ParameterError
from socharm.evaluation.holdout import HoldOut, cut_origins, month_table
from socharm.evaluation.validation import validate_ranking
from socharm.io.incidents.tables import counts_from_table
from socharm.maps.furniture import new_axes
from socharm.maps.validation import plot_validation
from socharm.ranking.ranks import rank_areas
from socharm.severity.index import severity_index
from socharm.stats.accuracy import captured, rank_correlation

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "validate_holdout.py"
ONE_OFFENCE = {"burglary": 10.0}


def history_of(n, *, people=1_000.0, covered=None):
    """An index from counts of one offence of weight 10, shape (areas, months)."""
    counts = make_counts(np.asarray(n)[:, None, :], offences=("burglary",), covered=covered)
    residents = pd.Series(people, index=counts.areas.index)
    return severity_index(counts, make_weights(ONE_OFFENCE), population=make_population(residents))


@pytest.fixture(scope="module")
def parts():
    return random_counts(areas=30, months=9, seed=5)


@pytest.fixture(scope="module")
def history(parts):
    counts, people, weights = parts
    return severity_index(counts, weights, people)


@pytest.fixture(scope="module")
def sizes(history):
    return pd.Series(np.linspace(1.0, 40.0, len(history.table)), index=history.table.index)


@pytest.fixture(scope="module")
def scores(history):
    return pd.Series(np.random.default_rng(3).normal(size=len(history.table)), index=history.table.index)


@pytest.fixture(scope="module")
def found(history, sizes, scores):
    return validate_ranking(
        history, k=(3, "20%"), sizes=sizes, deprivation=scores, resamples=300, rank_draws=300, seed=1
    )


# --- arrays ---


def test_the_published_example_of_pai_pei_and_rri_is_that_of_a_hold_out(references):
    # A. Wheeler's ptools, tests (tests/reference/ptools), which call predicted over observed RRI. Two months of the
    # window hold twice what is predicted for one; the top of all three areas is no top.
    (case,) = json.loads((references / "ptools" / "expected.json").read_text())["values"]["pai"]
    months = np.array([case["pred"], case["pred"], case["obs"]]).T
    held = validate_ranking(history_of(months), k=[1, 2], window=2, horizon=1, resamples=10, rank_draws=50, seed=1)
    rows = held.by_origin[held.by_origin["ranker"] == "crime count"].sort_values("k")
    for published, column in (("PAI", "pai"), ("PEI", "pei"), ("RRI", "predicted_over_observed")):
        assert rows[column].tolist() == pytest.approx(case[published][:2], abs=1e-6)


def test_places_of_unequal_sizes_by_hand():
    # First by score: 6 of 10 events on 2 of 20 km2; the densest place holds 3 on half a km2.
    events, size, score = np.array([6.0, 3.0, 1.0]), np.array([2.0, 0.5, 17.5]), np.array([9.0, 5.0, 1.0])
    held = captured(np.stack([events, size]), score, np.array([1, 2, 3]))[:, 0]
    assert held.tolist() == [[6.0, 9.0, 10.0], [2.0, 2.5, 20.0]]


places = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 5)), min_size=2, max_size=25).filter(
    lambda rows: sum(row[0] for row in rows) > 0
)


@given(rows=places, seed=st.integers(0, 99), unit=st.sampled_from([0.01, 1.0, 973.0]))
@settings(max_examples=40)
def test_what_the_first_hold_depends_neither_on_the_order_of_rows_nor_on_units(rows, seed, unit):
    events, score = np.array(rows, dtype=float).T
    ks = np.arange(1, events.size + 1)
    shuffled = np.random.default_rng(seed).permutation(events.size)
    one = captured(events[None], score, ks)
    two = captured(events[None, shuffled] * unit, score[shuffled], ks)
    np.testing.assert_allclose(one * unit, two)
    assert one[0, 0, -1] == pytest.approx(events.sum())


@given(rows=places, seed=st.integers(0, 99))
@settings(max_examples=30)
def test_copies_are_the_same_as_rows_that_stand_twice(rows, seed):
    events, score = np.array(rows, dtype=float).T
    copies = np.random.default_rng(seed).integers(0, 4, events.size)
    copies[0] += 1
    many = np.repeat(np.arange(events.size), copies)
    ks = np.arange(1, many.size + 1)
    held = captured(events[None], score, ks, copies[None].astype(float))
    np.testing.assert_allclose(held, captured(events[many][None], score[many], ks))


def test_places_that_tie_hold_what_orders_drawn_by_chance_hold_on_average():
    events, score = np.array([7.0, 1.0, 4.0, 0.0]), np.array([2.0, 2.0, 2.0, 1.0])
    every = [sum(order[:2]) for order in itertools.permutations(events[:3])]
    assert captured(events[None], score, np.array([2]))[0, 0, 0] == pytest.approx(np.mean(every))


def test_the_rank_correlation_is_spearmans_of_the_repeated_rows():
    rng = np.random.default_rng(2)
    one, two = rng.integers(0, 5, 20).astype(float), rng.integers(0, 5, 20).astype(float)
    copies = rng.integers(0, 3, (6, 20))
    expected = [reference.spearmanr(np.repeat(one, row), np.repeat(two, row)).statistic for row in copies]
    np.testing.assert_allclose(rank_correlation(one, two, copies.astype(float)), expected)


def test_a_correlation_with_what_is_the_same_everywhere_is_missing():
    assert np.isnan(rank_correlation(np.ones(4), np.arange(4.0), np.ones((1, 4))))[0]


# --- a history by hand ---


def test_a_history_counted_by_hand():
    # Two months ranked on, one measured: window sums 12, 6, 2, 0; the next month holds 4, 5, 1, 0.
    n = [[8, 4, 4], [2, 4, 5], [1, 1, 1], [0, 0, 0]]
    index = history_of(n, people=[4_000.0, 1_000.0, 1_000.0, 4_000.0])
    held = validate_ranking(index, k=[1, 2], window=2, horizon=1, resamples=10, rank_draws=50, seed=1)
    row = held.by_origin.set_index(["ranker", "k"])
    count, rate = row.loc[("crime count", "1")], row.loc[("crime rate", "1")]
    assert (count["share_harm"], count["share_size"]) == pytest.approx((0.4, 0.4))
    assert (rate["share_harm"], rate["share_size"]) == pytest.approx((0.5, 0.1))
    assert (count["harm_pai"], rate["harm_pai"]) == pytest.approx((1.0, 5.0))
    assert (count["harm_pei"], rate["harm_pei"]) == pytest.approx((0.2, 1.0))
    assert (count["recapture_harm"], rate["recapture_harm"]) == pytest.approx((0.4 / 0.6, 0.5 / 0.3))
    # Half of what two months held: 6 against 4, and 3 against 5.
    assert (count["predicted_over_observed"], rate["predicted_over_observed"]) == pytest.approx((1.5, 0.6))
    assert row.loc[("random", "2"), ["share_harm", "harm_pai"]].tolist() == pytest.approx([0.5, 1.0])
    skill = held.skill.set_index(["ranker", "against", "k", "metric"]).loc[
        ("crime rate", "crime count", "1", "harm_pai")
    ]
    assert skill[["value", "baseline", "difference", "ratio"]].tolist() == pytest.approx([5.0, 1.0, 4.0, 5.0])
    assert held.origins.loc["2025-06", ["window_start", "window_end", "crimes", "harm"]].tolist() == [
        "2025-04", "2025-05", 10, 100.0,
    ]  # fmt: skip


def test_months_that_repeat_themselves_are_foreseen_by_every_recorded_order():
    n = np.repeat(np.array([[9], [7], [4], [2], [1], [1]]), 8, axis=1)
    held = validate_ranking(history_of(n), k=[2], resamples=20, rank_draws=100, seed=1)
    rows = held.by_origin[held.by_origin["share_harm"].notna()].set_index("ranker")
    recorded = rows.loc[["harm rate", "harm sum", "crime rate", "crime count", "latest months"]]
    for measure in ("harm_pei", "pei", "recapture_harm", "predicted_over_observed", "rank_correlation"):
        assert recorded[measure].to_numpy() == pytest.approx(1.0)
    assert rows.loc[["socharm rank", "previous window"], "harm_pei"].to_numpy() == pytest.approx(1.0)
    assert recorded["share_harm"].to_numpy() == pytest.approx(16 / 24)


# --- origins ---


CUT = HoldOut(window=3, horizon=1, step=1, rank_draws=500, seed=4, threads=2)


def test_the_order_is_that_of_rank_areas_on_the_months_of_the_window(parts, history):
    counts, people, weights = parts
    origin = cut_origins(history, month_table(history), CUT, deprivation=None)[2]
    months = counts.coverage.columns[2:5]
    alone = replace(counts, table=counts.table[counts.table["period"].isin(months)], coverage=counts.coverage[months])
    ranking = rank_areas(severity_index(alone, weights, people), draws=500, seed=4).table
    np.testing.assert_array_equal(-origin.scores["socharm rank"], ranking["rank_expected"])
    rate = ranking["rate_shrunk"] * people.values.reindex(ranking.index) / 12
    np.testing.assert_allclose(origin.predicted["socharm rank"][1], rate)


def test_nothing_after_the_window_enters_an_order(parts, history):
    counts, people, weights = parts
    later = counts.table["period"] > counts.coverage.columns[4]
    other = replace(
        counts, table=counts.table.assign(n=counts.table["n"].where(~later, counts.table["n"][::-1].to_numpy()))
    )
    changed = severity_index(other, weights, people)
    one, two = (cut_origins(index, month_table(index), CUT, deprivation=None)[2] for index in (history, changed))
    assert not np.array_equal(one.harm, two.harm)
    for name, score in one.scores.items():
        if score is not None:
            np.testing.assert_array_equal(score, two.scores[name])
    np.testing.assert_array_equal(one.past_harm, two.past_harm)


def test_the_window_before_is_known_from_the_second_window_on(history):
    origins = cut_origins(history, month_table(history), CUT, deprivation=None)
    assert [origin.scores["previous window"] is None for origin in origins] == [True] * 3 + [False] * 3
    np.testing.assert_array_equal(origins[3].scores["previous window"], origins[0].scores["socharm rank"])


def test_areas_that_are_not_covered_are_left_out_and_counted_never_zero():
    rng = np.random.default_rng(1)
    n = rng.poisson(20, (12, 8))
    covered = np.ones((12, 8), dtype=bool)
    covered[0, 3] = covered[1, 5:] = False
    with pytest.warns(CoverageWarning, match="left out at one of 5 origins"):
        held = validate_ranking(history_of(n, covered=covered), k=[2], resamples=20, rank_draws=50, seed=1)
    assert held.origins["areas"].tolist() == [11, 12, 11, 11, 11]
    assert held.origins["left_out_horizon"].tolist() == [1, 0, 1, 1, 0]
    assert held.origins["left_out_window"].tolist() == [0, 0, 0, 0, 1]
    assert held.origins["crimes"].iloc[0] == n[1:, 3].sum()
    # The first area is ranked on the two months it has, as they are, not on a third of nothing.
    row = held.by_origin[(held.by_origin["origin"] == "2025-08") & (held.by_origin["ranker"] == "crime count")].iloc[0]
    window = n[:, 1:4].astype(float)
    mean = window.mean(axis=1)
    mean[0] = window[0, :2].mean()
    first = np.argsort(-mean, kind="stable")[:2]
    assert row["share_crimes"] == pytest.approx(n[first, 4].sum() / n[:, 4].sum())


def test_a_month_that_never_arrived_is_no_origin():
    n = np.random.default_rng(1).poisson(20, (8, 9))
    covered = np.ones((8, 9), dtype=bool)
    covered[:, 4] = False
    with pytest.warns(CoverageWarning, match="1 of 6 origins could not be measured"):
        held = validate_ranking(history_of(n, covered=covered), k=[2], resamples=20, rank_draws=50, seed=1)
    assert held.findings.origins == 5
    assert held.origins["reason"].to_dict()["2025-08"] == "fewer than two areas covered"
    assert "2025-08" not in set(held.by_origin["origin"])


def test_a_window_of_one_month_says_once_that_dispersion_is_packaged(history):
    with pytest.warns(ModelWarning) as caught:
        validate_ranking(history, k=[3], window=1, resamples=10, rank_draws=20, seed=1)
    assert len([w for w in caught if issubclass(w.category, ModelWarning)]) == 1


# --- the record ---


def test_every_order_size_and_denominator_has_a_row(found):
    keys = found.table[["ranker", "k", "denominator"]]
    assert len(keys) == len(keys.drop_duplicates()) == 9 * 2 * 2
    assert len(found.by_origin) == 6 * 9 * 2 * 2
    assert set(found.table["origins"][found.table["ranker"] == "previous window"]) == {3}
    assert found.table["size"][found.table["k"] == "20%"].unique().tolist() == [6.0]
    assert set(found.skill["against"]) == {
        "crime count", "crime rate", "harm rate", "previous window", "deprivation", "random",
    }  # fmt: skip
    assert list(found.rankers.index) == list(dict.fromkeys(found.table["ranker"]))


def test_means_are_those_of_the_origins_and_intervals_are_ordered(found):
    keys = ["ranker", "k", "denominator"]
    mean = found.by_origin.groupby(keys, sort=False)["harm_pai"].mean()
    np.testing.assert_allclose(found.table.set_index(keys)["harm_pai"], mean)
    for measure in ("share_harm", "harm_pai", "rank_correlation"):
        low, high = found.table[f"{measure}_low_95"], found.table[f"{measure}_high_95"]
        assert (low <= high).all()
    both = found.skill["value"] - found.skill["baseline"]
    np.testing.assert_allclose(found.skill["difference"], both)


def test_skill_is_measured_at_the_origins_that_both_have(found):
    pair = found.skill[(found.skill["ranker"] == "socharm rank") & (found.skill["against"] == "previous window")]
    assert set(pair["origins"]) == {3}
    late = found.by_origin[found.by_origin["origin"] >= found.origins.index[3]]
    rows = late[(late["ranker"] == "socharm rank") & (late["k"] == "3") & (late["denominator"] == "area")]
    value = pair[(pair["k"] == "3") & (pair["metric"] == "harm_pai") & (pair["denominator"] == "area")]["value"]
    assert value.item() == pytest.approx(rows["harm_pai"].mean())


def test_chance_has_no_uncertainty_and_a_planted_order_beats_it(found):
    random = found.table[found.table["ranker"] == "random"].set_index("k")
    assert random.loc["3", "share_harm"].to_numpy() == pytest.approx(3 / 30)
    assert random["harm_pai_high_95"].to_numpy() == pytest.approx(1.0)
    ours = found.skill[(found.skill["ranker"] == "socharm rank") & (found.skill["against"] == "random")]
    assert (ours.loc[ours["metric"] == "harm_pai", "difference_low_95"] > 0).all()


def test_where_all_areas_are_alike_no_order_has_skill():
    covered = 0
    for seed in range(10):
        n = np.random.default_rng(seed).poisson(30, (40, 5))
        held = validate_ranking(history_of(n), k=[8], resamples=100, rank_draws=20, seed=seed)
        row = held.skill[(held.skill["against"] == "random") & (held.skill["metric"] == "share_harm")]
        row = row[row["ranker"] == "harm rate"].iloc[0]
        covered += row["difference_low_95"] <= 0 <= row["difference_high_95"]
    assert covered >= 8  # of 10 intervals of 95%


def test_the_same_seed_gives_the_same_result_on_any_number_of_threads(history, found, sizes, scores):
    again = validate_ranking(
        history, k=(3, "20%"), sizes=sizes, deprivation=scores, resamples=300, rank_draws=300, seed=1, threads=1
    )
    assert_frame_equal(again.table, found.table)
    assert_frame_equal(again.skill, found.skill)
    other = validate_ranking(
        history, k=(3, "20%"), sizes=sizes, deprivation=scores, resamples=300, rank_draws=300, seed=2
    )
    assert not other.table["harm_pai_low_95"].equals(found.table["harm_pai_low_95"])


def test_without_sizes_and_population_the_areas_themselves_are_counted(parts):
    counts, _, weights = parts
    held = validate_ranking(severity_index(counts, weights), k=[3], resamples=10, rank_draws=20, seed=1)
    assert held.findings.denominators == ("areas",)
    assert held.table["share_size"].to_numpy() == pytest.approx(0.1)
    assert "deprivation" not in set(held.table["ranker"])


def test_districts_can_be_resampled_whole(history, found):
    held = validate_ranking(history, k=[3], blocks="parent", resamples=200, rank_draws=300, seed=1)
    assert held.findings.blocks == "districts"
    keyed = held.by_origin.set_index(["origin", "ranker"])["share_harm"]
    same = found.by_origin[(found.by_origin["k"] == "3") & (found.by_origin["denominator"] == "population")]
    same = same[same["ranker"] != "deprivation"]
    pd.testing.assert_series_equal(keyed, same.set_index(["origin", "ranker"])["share_harm"])
    own = history.table["parent"].copy()
    by_name = validate_ranking(history, k=[3], blocks=own, resamples=200, rank_draws=300, seed=1)
    assert_frame_equal(by_name.table, held.table)


def test_the_summary_says_what_was_held_and_against_what(found):
    text = repr(found)
    assert "first 3 hold" in text
    assert "against crime count" in text
    assert "ranked on 3, measured on the next 1" in text


# --- errors ---


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"k": []}, "`k` is empty"),
        ({"k": ["many"]}, "`k` holds 'many'"),
        ({"k": [30]}, "`k` asks for 30 areas where only 30"),
        ({"window": 0}, "`window`"),
        ({"horizon": 1.5}, "`horizon`"),
        ({"step": -1}, "`step`"),
        ({"resamples": 0}, "`resamples`"),
        ({"seed": -1}, "`seed`"),
        ({"window": 9}, "has 9 months; a window of 9"),
        ({"sizes": [1.0, 2.0]}, "`sizes` is a list; it must be a"),
        ({"deprivation": "imd"}, "`deprivation` is 'imd'; it must be a"),
        ({"blocks": "ward"}, "`blocks` is 'ward'"),
        ({"blocks": ["a"]}, "`blocks` is a list"),
    ],
)
def test_bad_arguments_are_named(history, arguments, message):
    with pytest.raises((ParameterError, ValueError), match=message):
        validate_ranking(history, **{"resamples": 10, "seed": 1, **arguments})


def test_areas_without_a_size_a_score_or_a_block_are_named(history, sizes):
    with pytest.raises(AlignmentError, match="1 of 30 areas of `history` is not in `sizes`"):
        validate_ranking(history, sizes=sizes.drop("W003"), seed=1)
    with pytest.raises(AlignmentError, match="not in `deprivation`"):
        validate_ranking(history, deprivation=sizes.drop("W003"), seed=1)
    with pytest.raises(AlignmentError, match="1 area of `history` is in no block"):
        validate_ranking(history, blocks=sizes.drop("W003"), seed=1)
    with pytest.raises(ParameterError, match="above zero"):
        validate_ranking(history, sizes=sizes * 0, seed=1)
    with pytest.raises(ParameterError, match="at least two"):
        validate_ranking(history, blocks=sizes * 0, k=[3], seed=1)
    with pytest.raises(ParameterError, match="`history` is a DataFrame"):
        validate_ranking(history.table, seed=1)


def test_totals_spread_over_months_hold_nothing_back():
    rows = pd.DataFrame({"area_code": ["A", "B", "C"], "offence": "burglary", "n": [60, 30, 12]})
    counts = counts_from_table(rows, period=("2025-04", "2025-09"))
    people = make_population({"A": 100.0, "B": 100.0, "C": 100.0})
    with pytest.warns(ModelWarning):
        index = severity_index(counts, make_weights(ONE_OFFENCE), population=people)
    with pytest.raises(ParameterError, match="months that do not vary"):
        validate_ranking(index, k=[1], seed=1)


# --- pictures ---


def test_the_picture_shows_each_order_and_size(found):
    ax = plot_validation(found, metric="harm_pai", denominator="area", ax=new_axes())
    FigureCanvasAgg(ax.get_figure()).draw()
    assert [label.get_text() for label in ax.get_yticklabels()] == list(found.rankers.index)
    marks = [line for line in ax.get_lines() if line.get_marker() not in ("", "None")]
    rows = found.table[(found.table["k"] == "3") & (found.table["denominator"] == "area")]
    np.testing.assert_allclose(marks[0].get_xdata(), rows["harm_pai"])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["first 3", "first 20%"]
    assert plot_validation(found, metric="rank_correlation", ax=new_axes()).get_legend() is None


def test_the_title_names_the_order_that_held_most(found):
    chosen = found.table[(found.table["k"] == "3") & (found.table["denominator"] == found.findings.denominators[0])]
    share = chosen.set_index("ranker")["share_harm"]
    figure = plot_validation(found, ax=new_axes()).get_figure()
    titles = [" ".join(part.get_text().split()) for part in figure.findobj(TextArea)]
    best = f"The first 3 areas by {share.idxmax()} held most of the harm that came next"
    assert (best in titles) == ((share == share.max()).sum() == 1)


def test_the_picture_names_wrong_choices(found):
    with pytest.raises(ParameterError, match="`metric`"):
        plot_validation(found, metric="auc", ax=new_axes())
    with pytest.raises(ParameterError, match="`denominator`"):
        plot_validation(found, denominator="households", ax=new_axes())
    with pytest.raises(ParameterError, match="validate_ranking"):
        plot_validation(found.table, ax=new_axes())


# --- the validation page ---


@pytest.fixture(scope="module")
def script():
    if not SCRIPT.exists():
        pytest.skip("benchmarks/ is not here (an installed wheel is tested)")
    spec = importlib.util.spec_from_file_location("validate_holdout", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules["validate_holdout"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["validate_holdout"]


def test_findings_follow_from_the_intervals(script, found):
    table = found.skill.copy()
    for column, value in {"difference_low_95": -2.0, "difference_high_95": -1.0}.items():
        table.loc[table["against"] == "crime count", column] = value
    text = script.findings(replace(found, skill=table), "3", ("crime count", "random"))
    first, second = text.splitlines()
    assert "less total harm" in first
    assert "more" not in first
    assert "more harm per resident" in second


@pytest.mark.real
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::socharm.errors.SocharmWarning")
def test_northumbria_the_count_holds_more_and_the_rank_more_per_resident(script, shared_data):
    held = script.northumbria(shared_data, 200)
    assert held.findings.origins == 10
    assert held.origins["areas"].eq(177).all()
    assert held.origins.loc["2013-09", "crimes"] == 5_819
    table = held.table[held.table["denominator"] == "population"].set_index(["ranker", "k"])
    assert table.loc[("crime count", "20"), "share_harm"] == pytest.approx(0.346, abs=0.0006)
    assert table.loc[("harm rate", "20"), "share_harm"] == pytest.approx(0.325, abs=0.0006)
    skill = held.skill[(held.skill["ranker"] == "socharm rank") & (held.skill["against"] == "crime count")]
    skill = skill[skill["k"] == "20"].set_index(["metric", "denominator"])
    assert skill.loc[("share_harm", ""), "difference_high_95"] < 0
    assert skill.loc[("harm_pai", "population"), "difference_low_95"] > 0
