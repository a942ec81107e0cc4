"""Both kinds of uncertainty: coupled draws, shares of variance, and ranks over every stated choice."""

from __future__ import annotations

import factories
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as reference

from socharm.errors import ModelWarning, ParameterError, SocharmError
from socharm.overlay.phrases import ordinal
from socharm.ranking.ranks import rank_areas
from socharm.ranking.uncertainty import rank_uncertainty
from socharm.severity.index import severity_index
from socharm.stats.coupled import WeightRows, coupled_rates, split_cells
from socharm.stats.gamma_poisson import area_posterior, fit_prior
from socharm.stats.random_streams import stream_key
from socharm.stats.ranks import descending_ranks
from socharm.stats.sobol import saltelli_design, sobol_shares


def posterior_of(seed: int = 0, *, areas: int = 40, bands: int = 6):
    rng = np.random.default_rng(seed)
    people = rng.uniform(2_000, 9_000, areas)
    rates = np.geomspace(2e-4, 3e-2, bands) * rng.gamma(3, 1 / 3, (areas, 1)) * rng.gamma(5, 1 / 5, (areas, bands))
    n = rng.poisson(rates * people[:, None]).astype(float)
    return area_posterior(n, people, fit_prior(n, people, np.full(bands, 1.4)))


def one_row(weights, tau, draws):
    return WeightRows(weights[None, :], tau[None, :], np.zeros(draws, dtype=np.int64))


# --- draws from counters


def test_a_draw_can_be_made_again_alone_and_by_any_number_of_threads():
    posterior, weights, tau = posterior_of(), np.geomspace(900, 10, 6), np.full(6, 0.2)
    whole = coupled_rates(posterior, one_row(weights, tau, 700), np.arange(700), key=stream_key(3), threads=1)
    again = coupled_rates(posterior, one_row(weights, tau, 700), np.arange(700), key=stream_key(3), threads=3)
    alone = coupled_rates(posterior, one_row(weights, tau, 1), np.array([431]), key=stream_key(3))
    np.testing.assert_array_equal(whole, again)
    np.testing.assert_array_equal(whole[431], alone[0])


@pytest.mark.parametrize("shape", [0.05, 0.5, 1.0, 3.0, 400.0])
def test_gamma_variates_follow_their_law(shape):
    posterior = area_posterior(
        np.array([[7.0]]), np.array([900.0]), fit_prior(np.array([[7.0]]), np.array([900.0]), np.ones(1))
    )
    posterior = type(posterior)(**{**posterior.__dict__, "shape": np.array([[shape]])})
    drawn = coupled_rates(posterior, one_row(np.ones(1), np.zeros(1), 20_000), np.arange(20_000), key=stream_key(1))[
        :, 0
    ]
    scale = posterior.factor[0, 0] / (posterior.prior.shape[0] + posterior.factor[0, 0] * posterior.effort[0, 0])
    assert reference.kstest(drawn, reference.gamma(shape, scale=scale).cdf).pvalue > 1e-3


def test_areas_bands_and_draws_are_independent():
    posterior = posterior_of(areas=3, bands=2)
    plain = type(posterior)(
        **{
            **posterior.__dict__,
            "nodes": np.zeros(1),
            "node_probability": np.ones((3, 1)),
            "factor": posterior.factor[:, :1],
        }
    )
    parts = [
        coupled_rates(plain, one_row(weights, np.zeros(2), 20_000), np.arange(20_000), key=stream_key(5))
        for weights in (np.array([1.0, 0.0]), np.array([0.0, 1.0]))
    ]
    columns = np.concatenate([*parts, parts[0][1:, :].repeat(1, axis=0)[[*range(19_999), 0]]], axis=1)
    correlation = np.corrcoef(columns, rowvar=False)
    assert np.abs(correlation[~np.eye(9, dtype=bool)]).max() < 4.5 / np.sqrt(20_000)


def test_the_mix_is_independent_of_the_counts_and_has_mean_one():
    posterior, weights = posterior_of(areas=5, bands=1), np.ones(1)
    numbers = np.arange(40_000)
    plain = coupled_rates(posterior, one_row(weights, np.zeros(1), 40_000), numbers, key=stream_key(2))
    mixed = coupled_rates(posterior, one_row(weights, np.array([0.3]), 40_000), numbers, key=stream_key(2))
    ratio = np.log(mixed / plain)
    assert ratio.mean() == pytest.approx(-(0.3**2) / 2, abs=0.003)
    assert ratio.std() == pytest.approx(0.3, rel=0.01)
    assert abs(np.corrcoef(ratio[:, 0], plain[:, 0])[0, 1]) < 4.5 / 200


def test_drawing_small_cells_together_keeps_mean_spread_and_ranks():
    posterior, weights, tau = posterior_of(areas=150, bands=30), np.geomspace(3_000, 5, 30), np.full(30, 0.15)
    numbers = np.arange(6_000)
    every = coupled_rates(posterior, one_row(weights, tau, 6_000), numbers, key=stream_key(1))
    quick = coupled_rates(
        posterior,
        one_row(weights, tau, 6_000),
        numbers,
        key=stream_key(9),
        split=split_cells(posterior, weights, tau, 0.99),
    )
    np.testing.assert_allclose(quick.mean(axis=0), every.mean(axis=0), rtol=0.03)
    np.testing.assert_allclose(quick.std(axis=0), every.std(axis=0), rtol=0.06)
    for level in (0.025, 0.975):
        gap = np.quantile(descending_ranks(quick), level, axis=0) - np.quantile(descending_ranks(every), level, axis=0)
        assert np.abs(gap).mean() < 1.0


def test_bad_shares_are_refused():
    posterior = posterior_of(areas=3, bands=2)
    with pytest.raises(ParameterError, match="`exact` is 0"):
        split_cells(posterior, np.ones(2), np.zeros(2), 0)
    with pytest.raises(ParameterError, match="`seed` is -1"):
        stream_key(-1)


# --- shares of variance


def shares_of(function, factors, base=2_048, seed=1):
    first, second = saltelli_design(factors, base, seed=seed, purpose="test")

    def results(i, from_second):
        if i is None:
            return function(second if from_second else first)
        mixed = first.copy()
        mixed[:, i] = second[:, i]
        return function(mixed)

    return sobol_shares(results, factors)


def ishigami(u):
    x = (2 * u - 1) * np.pi
    return (np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0]))[:, None]


def test_shares_of_the_ishigami_function():
    # Saltelli et al. (2008), Global Sensitivity Analysis: The Primer; and scipy.stats.sobol_indices beside it.
    # One design has an error of 0.014 here (300 seeds), the mean of 16 of 0.0035.
    first, total = np.mean([shares_of(ishigami, 3, base=4_096, seed=seed)[:2] for seed in range(16)], axis=0)
    np.testing.assert_allclose(first[:, 0], [0.3139, 0.4424, 0.0], atol=0.014)
    np.testing.assert_allclose(total[:, 0], [0.5576, 0.4424, 0.2437], atol=0.014)
    theirs = reference.sobol_indices(
        func=lambda x: ishigami(x.T)[:, 0], n=4_096, dists=[reference.uniform()] * 3, rng=np.random.default_rng(1)
    )
    np.testing.assert_allclose(first[:, 0], theirs.first_order, atol=0.025)
    np.testing.assert_allclose(total[:, 0], theirs.total_order, atol=0.025)


@given(weights=st.lists(st.floats(0.1, 5.0), min_size=2, max_size=4))
@settings(max_examples=10, deadline=None)
def test_shares_of_a_sum_are_its_variances(weights):
    w = np.array(weights)
    first, total, *_ = shares_of(lambda u: (u @ w)[:, None], len(w), base=1_024)
    expected = w**2 / np.sum(w**2)
    np.testing.assert_allclose(first[:, 0], expected, atol=0.02)
    np.testing.assert_allclose(total[:, 0], expected, atol=0.02)


def test_what_never_varies_has_no_shares():
    first, total, first_se, _ = shares_of(lambda u: np.column_stack([u[:, 0], np.ones(len(u))]), 2, base=64)
    assert np.isnan(first[:, 1]).all()
    assert np.isnan(total[:, 1]).all()
    assert np.isnan(first_se[:, 1]).all()
    assert total[1, 0] == 0


def weighed_sum(u):
    return (u @ np.array([3.0, 2.0, 1.0]))[:, None]


def ranks_of_six(u):
    """Ranks of six areas under chance (a vector picked by the first uniform) and two choices that act together."""
    chance = np.array([np.random.default_rng(int(pick * 2**31)).normal(size=6) for pick in u[:, 0]])
    harm = np.arange(6) * 0.5 + chance
    harm[:, 0] += 1.5 * (u[:, 1] > 0.5)
    harm[:, 1] -= 2.0 * ((u[:, 1] > 0.5) & (u[:, 2] > 0.33))
    return descending_ranks(harm).astype(float)


@pytest.mark.parametrize(
    ("function", "base"),
    [(ishigami, 512), (weighed_sum, 64), (ranks_of_six, 64)],
)
def test_the_error_of_a_share_is_its_spread_over_seeds(function, base):
    found = [shares_of(function, 3, base=base, seed=seed) for seed in range(60)]
    for share, error in ((0, 2), (1, 3)):
        spread = np.std([part[share] for part in found], axis=0, ddof=1)
        stated = np.sqrt(np.mean([part[error] ** 2 for part in found], axis=0))
        # Parts of one sequence stated 1.7 to 8 times the spread. A spread of 60 seeds has 9% error of its own.
        ratio = np.exp(np.mean(np.log(stated / spread), axis=1))
        assert (ratio > 2 / 3).all(), ratio
        assert (ratio < 4 / 3).all(), ratio


def test_every_part_of_a_design_is_scrambled_by_itself():
    first, _ = saltelli_design(2, 64, seed=3, purpose="test")
    parts = first.reshape(8, 8, 2)
    # Each part of eight points has one in every eighth of each axis, and no two parts are the same points.
    assert (np.sort(np.floor(parts * 8), axis=1) == np.arange(8.0)[None, :, None]).all()
    assert len({part.tobytes() for part in parts}) == 8


def test_runs_come_in_powers_of_two():
    with pytest.raises(ParameterError, match="powers of two of at least 16"):
        saltelli_design(2, 1_000, seed=1, purpose="test")
    with pytest.raises(ParameterError, match="no factor"):
        saltelli_design(0, 64, seed=1, purpose="test")


# --- ranks over every choice


@pytest.fixture(scope="module")
def force():
    return factories.random_counts(areas=30, months=12)


def test_chance_alone_gives_the_ranking_of_the_index(force):
    counts, people, weights = force
    found = rank_uncertainty(counts, weights, people, base=2_048, seed=4)
    plain = rank_areas(severity_index(counts, weights, people), draws=4_096, seed=8).table
    assert (found.table["rank_expected"] - plain["rank_expected"]).abs().max() < 0.6
    assert (found.table["rank_high_90"] - plain["rank_high_90"]).abs().max() <= 1
    assert found.summary.index.tolist() == ["counts"]
    assert found.summary.loc["counts", "total"] == pytest.approx(1, abs=0.02)
    assert set(found.by_choice["factor"]) == {
        "weights",
        "transform",
        "tau",
        "population",
        "window",
        "exclude",
        "shrinkage",
    }  # fmt: skip  - a factor that is fixed is named too


def test_a_choice_that_turns_the_order_round_has_the_uncertainty(force):
    counts, people, weights = force
    rate = severity_index(counts, weights, people).table["rate"]
    # A denominator under which the first become the last.
    turned = factories.make_population(people.values * rate.astype(float) ** 2, kind="workday")
    found = rank_uncertainty(counts, weights, {"residents": people, "turned": turned}, base=256, seed=1)
    assert found.summary.loc["population", "first"] > 0.5
    assert found.summary["total"].idxmax() == "population"
    turned_row = found.by_choice.query("alternative == 'turned'").iloc[0]
    assert turned_row["spearman"] < -0.5
    widths = found.table["rank_high_90"] - found.table["rank_low_90"]
    plain = rank_uncertainty(counts, weights, people, base=256, seed=1).table
    assert (widths >= plain["rank_high_90"] - plain["rank_low_90"]).mean() > 0.9


def test_every_factor_can_vary_at_once(force):
    counts, people, weights = force
    months = [str(month) for month in counts.coverage.columns]
    found = rank_uncertainty(
        counts, {"stated": weights, "halved": weights}, {"residents": people, "none": None},
        transform=("raw", "sqrt", "log", "capped"), tau=(1.0, 0.0, 2.0),
        window={"all": None, "later": (months[6], months[-1])}, exclude={"nothing": (), "no drugs": ("drugs",)},
        shrinkage=(True, False), probabilities={"shrinkage": (3, 1)}, base=64, seed=2,
        pairs=[("W000", "W001"), ("W001", "W000")], top=(5, "20%"),
    )  # fmt: skip
    assert found.findings.runs == 64 * 10
    assert len(found.summary) == 8
    assert found.pairs["probability"].sum() == pytest.approx(1)
    assert found.top_k.groupby("k")["probability"].sum().to_dict() == pytest.approx({"5": 5, "20%": 6}, abs=0.2)
    assert found.by_choice.query("factor == 'shrinkage'")["probability"].tolist() == [0.75, 0.25]
    assert found.table["rank"].notna().all()
    # The same weights under another name change nothing.
    assert found.shares.query("factor == 'weights'")["total"].abs().max() == 0
    assert "largest source" in repr(found)


def test_results_do_not_depend_on_threads(force):
    counts, people, weights = force
    one, three = (
        rank_uncertainty(counts, weights, people, transform=("raw", "log"), base=64, seed=3, threads=threads)
        for threads in (1, 3)
    )
    pd.testing.assert_frame_equal(one.table, three.table)
    pd.testing.assert_frame_equal(one.shares, three.shares)


def test_one_area_is_first_for_sure():
    counts, people, weights = factories.random_counts(areas=1)
    with pytest.warns(ModelWarning, match="packaged default"):
        found = rank_uncertainty(counts, weights, people, base=16, seed=1)
    assert found.table["rank"].tolist() == [1]
    assert found.shares["total"].isna().all()


def test_an_area_that_one_model_cannot_rank_is_named(force):
    counts, people, weights = force
    fewer = factories.make_population(people.values.iloc[:-1], kind="workday")
    found = rank_uncertainty(counts, weights, {"residents": people, "workday": fewer}, base=16, seed=1)
    assert found.unrankable.index.tolist() == ["W029"]
    assert found.unrankable["reason"].tolist() == ["not rankable under every choice"]
    assert pd.isna(found.table.loc["W029", "rank"])


def test_bad_choices_are_refused(force):
    counts, people, weights = force
    with pytest.raises(ParameterError, match="`transform` holds 'root'"):
        rank_uncertainty(counts, weights, people, transform=("root",), seed=1)
    with pytest.raises(ParameterError, match=r"names 'windows', which is no factor.*Did you mean 'window'"):
        rank_uncertainty(counts, weights, people, probabilities={"windows": (1,)}, seed=1)
    with pytest.raises(ParameterError, match="one number of at least 0 for each"):
        rank_uncertainty(counts, weights, people, probabilities={"tau": (0.0,)}, seed=1)
    with pytest.raises(ParameterError, match=r"The factors \['tau'\] have no alternative"):
        rank_uncertainty(counts, weights, people, tau=(), seed=1)
    with pytest.raises(ParameterError, match="are not all in the counts"):
        rank_uncertainty(counts, weights, people, window={"then": ("1999-01", "1999-06")}, seed=1)
    with pytest.raises(ParameterError, match=r"`pairs` names \['X'\]"):
        rank_uncertainty(counts, weights, people, pairs=[("X", "W000")], seed=1)
    with pytest.raises(ParameterError, match="power of two from 16"):
        rank_uncertainty(counts, weights, people, base=100, seed=1)
    with pytest.raises(ParameterError, match="`counts` is a DataFrame"):
        rank_uncertainty(counts.table, weights, people, seed=1)


# --- explaining a rank


def test_an_explanation_has_its_lines_and_its_own_numbers(force):
    counts, people, weights = force
    ranking = rank_areas(severity_index(counts, weights, people), seed=1, draws=1_000)
    code = str(ranking.top(1).index[0])
    text = ranking.explain(code)
    row = ranking.table.loc[code]
    assert text.count("\n") == (6 if pd.isna(row["mix_low_90"]) else 7)
    assert "ranks 1st of 30 areas" in text
    ends = [ordinal(int(row[f"rank_{end}_90"])) for end in ("low", "high")]
    told = f"{ends[0]} to {ends[1]}" if ends[0] != ends[1] else f"is {ends[0]} alone"
    assert told in text.splitlines()[0]
    assert "times that of the median area" in text
    assert ("Sentence-days:" in text) == str(ranking.about.unit).startswith("sentence-days")
    assert "seed 1" in text
    with pytest.raises(ParameterError, match=r"'W0099', which is not among the 30 areas.*Did you mean"):
        ranking.explain("W0099")


def test_pairs_of_a_ranking_add_up(force):
    counts, people, weights = force
    index = severity_index(counts, weights, people)
    found = rank_areas(index, seed=1, draws=500, pairs=[("W000", "W001"), ("W001", "W000")]).pairs
    assert found["probability"].sum() == pytest.approx(1)
    with pytest.raises(ParameterError, match="are not ranked"):
        rank_areas(index, seed=1, draws=10, pairs=[("W000", "nowhere")])
    with pytest.raises(ParameterError, match="`exact` is 2"):
        rank_areas(index, seed=1, draws=10, exact=2)


@pytest.mark.parametrize("pairs", ["ab", [("W000", "W000")], [("W000",)], 5, [5], ["W000"]])
def test_what_is_no_pair_is_refused(force, pairs):
    counts, people, weights = force
    with pytest.raises(ParameterError, match=r"`pairs` (is|holds)|give pairs of two"):
        rank_areas(severity_index(counts, weights, people), seed=1, draws=10, pairs=pairs)


def test_odd_arguments_of_a_ranking_are_refused(force):
    counts, people, weights = force
    index = severity_index(counts, weights, people)
    with pytest.raises(ParameterError, match="`draws` is 1000000000000; it must be a whole number"):
        rank_areas(index, seed=1, draws=10**12)
    with pytest.raises(ParameterError, match="`exact` is 'x'"):
        rank_areas(index, seed=1, draws=10, exact="x")
    with pytest.raises(ParameterError, match="`threads` is 'a'"):
        rank_areas(index, seed=1, draws=10, threads="a")
    with pytest.raises(ParameterError, match="`index` is None"):
        rank_areas(None, seed=1)
    with pytest.raises(ParameterError, match=r"`area` is a list"):
        rank_areas(index, seed=1, draws=10).explain(["W000"])
    with pytest.raises(SocharmError, match="`base` is 1099511627776; it must be a power of two"):
        rank_uncertainty(counts, weights, people, base=2**40, seed=1)
    one = rank_areas(index, seed=1, draws=50, top=5).top_k
    pd.testing.assert_frame_equal(one, rank_areas(index, seed=1, draws=50, top=[5]).top_k)


@pytest.mark.parametrize(
    ("odd", "says"),
    [
        ({"tau": 1.0}, "`tau` is 1.0"),
        ({"shrinkage": True}, "`shrinkage` is True"),
        ({"transform": "raw"}, "`transform` is the text 'raw'"),
        ({"window": [1]}, "`window` "),
        ({"exclude": ["drugs"]}, "`exclude` "),
        ({"window": {"a": "2019"}}, "`window"),
        ({"location": "next door"}, "`location` is 'next door'"),
        ({"threads": 0}, "`threads` is 0"),
    ],
)
def test_alternatives_of_the_wrong_shape_are_named(force, odd, says):
    counts, people, weights = force
    with pytest.raises(ParameterError, match=says):
        rank_uncertainty(counts, weights, people, seed=1, **odd)
