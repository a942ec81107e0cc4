"""Ranks that hang on a few grave events, and the picture of where uncertainty comes from."""

from __future__ import annotations

import factories
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg

from socharm.errors import ParameterError, RefusedError
from socharm.maps.furniture import new_axes
from socharm.maps.sensitivity import plot_sensitivity
from socharm.ranking.confidence_sets import rank_confidence_sets
from socharm.ranking.events import rank_without_events
from socharm.ranking.ranks import rank_areas
from socharm.ranking.uncertainty import rank_uncertainty
from socharm.severity.index import severity_index

pytestmark = pytest.mark.filterwarnings("ignore::socharm.errors.ModelWarning")


def index_of(n: np.ndarray, weights: dict[str, float]):
    counts = factories.make_counts(n[:, :, None].repeat(1, axis=2), offences=tuple(weights))
    people = factories.make_population(pd.Series(1_000.0, index=counts.areas.index))
    return severity_index(counts, factories.make_weights(weights), population=people)


def test_one_homicide_is_what_the_first_rank_hangs_on():
    # ONS: homicide 7,973; assault without injury 15 sentence-days. Twelve areas, the first with one homicide.
    n = np.array([[1, 10], *[[0, 100 - 5 * i] for i in range(11)]])
    found = rank_without_events(index_of(n, {"ho-1": 7_973.0, "ho-105a": 15.0}))
    first = found.table.loc["W000"]
    assert first["rank_observed"] == 1
    assert first["rank_without_1"] == 12
    assert first["hangs_on"] == 1
    assert first["offences"] == "ho-1"
    assert found.table["flagged"].sum() == 1
    assert found.table.loc["W001", ["rank_without_1", "rank_without_3"]].tolist() == [2, 2]
    assert pd.isna(found.table.loc["W001", "hangs_on"])
    assert "1 moves by more than 2 places" in repr(found)


def test_two_grave_events_are_named_in_order():
    n = np.array([[1, 1, 4], *[[0, 0, 60 - i] for i in range(9)]])
    weights = {"ho-1": 500.0, "ho-2": 1_200.0, "ho-105a": 10.0}
    row = rank_without_events(index_of(n, weights), places=3).table.loc["W000"]
    assert row[["rank_observed", "rank_without_1", "rank_without_2", "rank_without_3"]].tolist() == [1, 7, 10, 10]
    assert (row["hangs_on"], row["offences"], row["heaviest_offence"]) == (1, "ho-2", "ho-2")
    row = rank_without_events(index_of(n, weights), places=6).table.loc["W000"]
    assert (row["hangs_on"], row["offences"]) == (2, "ho-2, ho-1")


@pytest.mark.parametrize("unit", [1.0, 1_000.0, 1e-6])
def test_rates_that_differ_by_rounding_share_a_rank(unit):
    # Three times 0.1 is not 0.3 in floating point: W000, W001 and, without its one event of 0.9, W003 are 0.3 all the
    # same, and W002 without one event of 0.3 is 0.6 as W004 is.
    n = np.array([[0, 3, 0], [1, 0, 0], [3, 0, 0], [1, 0, 1], [2, 0, 0], [1, 1, 1]])
    weights = {"ho-1": 0.3 * unit, "ho-2": 0.1 * unit, "ho-3": 0.9 * unit}
    index = index_of(n, weights)
    table = rank_without_events(index).table
    assert table["rank_observed"].tolist() == [5, 5, 3, 2, 4, 1]
    assert table["rank_without_1"].tolist() == [6, 6, 3, 4, 4, 4]
    assert table["rank_without_3"].tolist() == [6, 6, 6, 6, 6, 6]
    # The same order everywhere that ranks recorded rates.
    assert rank_areas(index, draws=50, seed=1).table["rank_observed"].tolist() == [5, 5, 3, 2, 4, 1]
    sets = rank_confidence_sets(
        pd.DataFrame({"estimate": index.table["rate"], "se": index.table["rate"] / 3}), top=(), draws=100, seed=1
    )
    assert sets.table["rank_observed"].tolist() == [5, 5, 3, 2, 4, 1]


@given(seed=st.integers(0, 30), events=st.integers(1, 4))
@settings(max_examples=20, deadline=None)
def test_losing_events_never_lifts_an_area(seed, events):
    rng = np.random.default_rng(seed)
    n = rng.poisson([0.3, 3.0, 30.0], (15, 3))
    n[0] = 0
    index = index_of(n, {"ho-1": 7_973.0, "ho-5d": 900.0, "ho-105a": 15.0})
    table = rank_without_events(index, events=events).table
    ranks = table[["rank_observed", *(f"rank_without_{i}" for i in range(1, events + 1))]].to_numpy(dtype=int)
    assert (np.diff(ranks, axis=1) >= 0).all()
    assert (ranks[0] == ranks[0, 0]).all()  # an area without events has none to lose
    rate = index.table["rate"].astype(float)
    np.testing.assert_array_equal(ranks[:, 0], rate.rank(method="min", ascending=False))


def test_categories_hide_their_heaviest_event():
    counts, people, weights = factories.random_counts(areas=12)
    with pytest.raises(RefusedError, match="by category"):
        rank_without_events(severity_index(counts, weights, people))


def test_bad_numbers_are_refused():
    index = index_of(np.ones((4, 1), dtype=int), {"ho-1": 10.0})
    with pytest.raises(ParameterError, match="`events` is 0"):
        rank_without_events(index, events=0)
    with pytest.raises(ParameterError, match="`places` is -1"):
        rank_without_events(index, places=-1)
    with pytest.raises(ParameterError, match="`index` is a DataFrame"):
        rank_without_events(index.table)


def texts(ax) -> str:
    figure = ax.get_figure()
    FigureCanvasAgg(figure)
    figure.draw_without_rendering()
    return "\n".join(text.get_text() for text in figure.findobj(lambda item: hasattr(item, "get_text")))


def test_the_picture_names_every_factor_its_alternatives_and_what_was_fixed():
    counts, people, weights = factories.random_counts(areas=20, months=6)
    found = rank_uncertainty(
        counts, weights, {"residents": people, "none": None}, transform=("raw", "log"), base=64, seed=1
    )
    ax = plot_sensitivity(found, ax=new_axes())
    said = texts(ax)
    for text in (
        "few events (chance)",
        "residents, none",
        "raw, log",
        "Held fixed: weight scheme",
        "OFFICIAL",
        "seed 1",
    ):
        assert text in said
    words = {"counts": "few events (chance)", "population": "denominator", "transform": "transform of the weights"}
    largest = words[found.summary["total"].idxmax()]
    assert f"The uncertainty about the ranks comes most of all from {largest}" in said.replace("\n", " ")
    widths = [bar.get_width() for bar in ax.patches[:3]]
    assert widths == sorted(found.summary["total"])
    assert "Ward W000" in texts(plot_sensitivity(found, area="W000", ax=new_axes()))
    with pytest.raises(ParameterError, match="no rank that varies"):
        plot_sensitivity(found, area="nowhere", ax=new_axes())
    with pytest.raises(ParameterError, match="`uncertainty` is a DataFrame"):
        plot_sensitivity(found.table)
