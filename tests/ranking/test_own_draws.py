"""Draws of a ranking, draws of a model of one's own, and what draws of two periods share."""

import numpy as np
import pandas as pd
import pytest
from factories import make_counts, make_population, make_weights, random_counts
from pandas.testing import assert_frame_equal

from socharm.errors import AlignmentError, ParameterError
from socharm.ranking.ranks import rank_areas
from socharm.severity.index import severity_index


@pytest.fixture(scope="module")
def index():
    counts, people, weights = random_counts(seed=2, areas=12)
    return severity_index(counts, weights, people, per=1000)


def test_the_draws_behind_a_ranking_give_its_own_tables(index):
    ranking = rank_areas(index, draws=600, seed=3, top=(3,))
    drawn = ranking.draws(coupled=True)
    assert drawn.shape == (600, 12)
    assert list(drawn.columns) == list(index.model.areas)
    again = rank_areas(index, draws=drawn / 1000, top=(3,))
    ours = ranking.table.filter(regex="^rank(_(expected|median|low|high))?").filter(regex="^(?!.*(parent|force))")
    assert_frame_equal(again.table[ours.columns], ours)
    assert_frame_equal(again.top_k, ranking.top_k)


def test_draws_are_in_the_unit_of_the_rate(index):
    drawn = rank_areas(index, draws=4000, seed=3).draws()
    np.testing.assert_allclose(drawn.mean(), index.table.loc[drawn.columns, "rate_shrunk"], rtol=0.05)


@pytest.mark.parametrize("choices", [{"estimand": "realised"}, {"horizon": "next period"}])
def test_draws_follow_what_is_ranked(index, choices):
    ranking = rank_areas(index, draws=300, seed=3, top=(3,), **choices)
    again = rank_areas(index, draws=ranking.draws(coupled=True), top=(3,))
    assert_frame_equal(again.top_k, ranking.top_k)


def test_draws_of_two_periods_share_no_luck_unless_it_is_asked_for():
    """With the same seed, counts of one rate in two periods: the draws of an area do not rise and fall together."""
    made = []
    for seed, start in ((1, "2024-04"), (2, "2024-10")):
        n = np.random.default_rng(seed).poisson(4, (20, 3, 6))
        made.append(
            severity_index(
                make_counts(n, start=start),
                make_weights({"burglary": 100.0, "drugs": 10.0, "violence-and-sexual-offences": 50.0}),
            )
        )
    apart = [rank_areas(index, draws=2000, seed=1).draws().to_numpy() for index in made]
    together = [rank_areas(index, draws=2000, seed=1).draws(coupled=True).to_numpy() for index in made]
    own = [index.model.draw_rates(2000, seed=1) for index in made]

    def shared(pair):
        return np.mean([np.corrcoef(pair[0][:, a], pair[1][:, a])[0, 1] for a in range(20)])

    assert abs(shared(apart)) < 0.03
    assert abs(shared(own)) < 0.03
    assert shared(together) > 0.8


def test_the_same_counts_and_seed_give_the_same_draws(index):
    first, second = (index.model.draw_rates(50, seed=4, threads=threads) for threads in (1, 2))
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, index.model.draw_rates(50, seed=5))


def test_draws_of_ones_own_are_ranked_as_they_are():
    index = severity_index(
        make_counts(np.ones((3, 3, 2))),
        make_weights({"burglary": 1.0, "drugs": 1.0, "violence-and-sexual-offences": 1.0}),
    )
    own = pd.DataFrame({"W002": [3.0, 3.0], "W000": [2.0, 1.0], "W001": [1.0, 2.0]})
    ranking = rank_areas(index, draws=own, top=(1,))
    assert ranking.table["rank_expected"].to_dict() == {"W000": 2.5, "W001": 2.5, "W002": 1.0}
    assert ranking.top_k.set_index("area_code")["probability"].to_dict() == {"W000": 0.0, "W001": 0.0, "W002": 1.0}
    assert ranking.settings.draws == 2
    assert ranking.settings.own_draws
    said = ranking.explain("W002")
    assert "Ranked by 2 draws of a model of the analyst's own" in said
    assert "intervals of" not in said  # nothing that our validation promises of our own model
    assert "seed" not in said
    assert "of a model of your own" in repr(ranking)
    assert rank_areas(index, draws=own[["W000", "W001", "W002"]].to_numpy()).table["rank"].equals(ranking.table["rank"])
    with pytest.raises(ParameterError, match="its draws are your own"):
        ranking.draws()
    with pytest.raises(ParameterError, match="were of a model of your own, which no settings hold"):
        rank_areas(index, settings=ranking.settings)
    assert rank_areas(index, draws=own, settings=ranking.settings).table.equals(ranking.table)
    assert not rank_areas(index, draws=10, settings=ranking.settings).settings.own_draws


@pytest.mark.parametrize(
    ("draws", "error", "words"),
    [
        (np.ones((5, 4)), ParameterError, r"shape \(5, 4\)"),
        (np.ones(3), ParameterError, r"shape \(3,\)"),
        (np.ones((0, 3)), ParameterError, "`draws`"),
        (np.array([[1.0, np.nan, 1.0]]), ParameterError, r"1 value that is missing.*W001"),
        (np.array([[1.0, -1.0, 1.0]]), ParameterError, "negative"),
        (pd.DataFrame({"A": [1.0], "B": [1.0], "C": [1.0]}), AlignmentError, "draws"),
        (pd.DataFrame(np.ones((2, 4)), columns=["W000", "W001", "W002", "W001"]), ParameterError, r"for \['W001'\]"),
        (np.ma.masked_array([[1.0, 2.0, 3.0]], mask=[[0, 0, 1]]), ParameterError, "1 value that is missing.*W002"),
        (pd.DataFrame({"W000": [1], "W001": [2], "W002": pd.array([None], "Int64")}), ParameterError, "missing.*W002"),
        (np.array([[1, 2, None]], dtype=object), ParameterError, "missing.*W002"),
        (np.ones((2, 3)) + 1j, ParameterError, "no numbers"),
        (np.ones((2, 3)) > 0, ParameterError, "no numbers"),
        (np.array([["1", "2", "3"]]), ParameterError, "no numbers"),
        (np.array([["1", "2", "3"]], dtype=object), ParameterError, "no numbers"),
        (np.array([["2025-01-01"] * 3], dtype="M8[D]"), ParameterError, "no numbers"),
        (np.array(5.0), ParameterError, "`draws` is 5.0"),
        (pd.DataFrame({"W000": ["x"], "W001": ["y"], "W002": ["z"]}), ParameterError, "no numbers"),
    ],
)
def test_draws_that_fit_no_index_are_refused(draws, error, words):
    index = severity_index(
        make_counts(np.ones((3, 3, 2))),
        make_weights({"burglary": 1.0, "drugs": 1.0, "violence-and-sexual-offences": 1.0}),
    )
    with pytest.raises(error, match=words):
        rank_areas(index, draws=draws, seed=1)


def test_a_denominator_of_ones_own_stands_in_every_unit():
    counts = make_counts(np.ones((3, 3, 2)))
    weights = {"Burglary": 100, "Drugs": 10, "Violence and sexual offences": 50}
    people = make_population({"W000": 10, "W001": 20, "W002": 30}, kind="licensed", unit="licensed premises")
    index = severity_index(counts, weights, people)
    assert index.about.unit == "weight units per licensed premises per year"
    assert index.findings.scheme == "weights of your own"
    assert index.table["rate"].tolist() == pytest.approx([320 / 10 * 6, 320 / 20 * 6, 320 / 30 * 6])
