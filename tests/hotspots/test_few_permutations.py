"""Permutations that are too few for the number of areas tested are told, by a rule that can be worked out by hand."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from libpysal.graph import Graph

from socharm.errors import ModelWarning
from socharm.hotspots.areas.few_permutations import enough_permutations, tell_few_permutations
from socharm.hotspots.areas.join_counts import local_join_counts
from socharm.hotspots.areas.local import local_gi_star, local_moran
from socharm.hotspots.areas.local_geary import local_geary
from socharm.stats.fdr import adjust, first_threshold


def ring(n: int) -> tuple[pd.Series, Graph]:
    """Areas in a ring, each with two neighbours; the first three are high."""
    codes = [f"A{i:04d}" for i in range(n)]
    values = pd.Series(np.random.default_rng(3).gamma(4.0, size=n), index=pd.Index(codes, name="area_code"))
    values.iloc[:3] += 20.0
    pairs = [(i, (i + step) % n) for i in range(n) for step in (-1, 1)]
    graph = Graph.from_arrays([codes[i] for i, _ in pairs], [codes[j] for _, j in pairs], np.ones(len(pairs)))
    return values, graph


@pytest.mark.parametrize(
    ("tests", "level", "correction", "enough"),
    [
        (1_000, 0.025, "bh", 39_999),  # 1 / 40,000 is 0.025 / 1,000
        (31_492, 0.025, "bh", 1_259_679),  # tested LSOAs of one month of England and Wales
        (2_500, 0.025, "bh", 99_999),  # as many as the default carries
        (4, 0.05, "by", 166),  # 4 x (1 + 1/2 + 1/3 + 1/4) / 0.05 is 166.7
        (1_000, 0.05, "none", 19),
    ],
)
def test_permutations_that_are_enough(tests, level, correction, enough):
    assert enough_permutations(tests, level, correction) == enough


@pytest.mark.parametrize("correction", ["bh", "by", "none"])
def test_the_threshold_is_that_of_the_correction(correction):
    """One area at the smallest p that is enough, and all others at 1: rejected; with one permutation less it is not."""
    tests, level = 200, 0.025
    p = np.ones(tests)
    enough = enough_permutations(tests, level, correction)
    p[0] = 1 / (enough + 1)
    assert adjust(p, correction)[0] <= level * (1 + 1e-9)
    p[0] = 1 / enough
    assert adjust(p, correction)[0] > level
    assert first_threshold(tests, level, correction) == pytest.approx(1 / (enough + 1), rel=0.03)


@pytest.mark.parametrize("test", [local_gi_star, local_moran, local_geary], ids=lambda f: f.__name__)
def test_few_permutations_of_many_areas_are_told(test):
    values, graph = ring(200)  # 200 / 0.025 is 8,000
    told = (
        r"999 permutations give no p below 0\.001, and of the 200 areas tested none is labelled unless at least 8 "
        r"stand at that p .*State permutations=7_999 or more"
    )
    with pytest.warns(ModelWarning, match=told):
        test(values, graph, permutations=999, seed=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        test(values, graph, permutations=7_999, seed=1)


def test_the_default_of_local_geary_carries_250_areas():
    """0.025 / 250 is 1 / 10,000: one area more and no single one could be labelled."""
    enough, more = ring(250), ring(251)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        local_geary(*enough, seed=1)
    with pytest.warns(ModelWarning, match=r"9,999 permutations give no p .*of the 251 areas tested .*=10_039 or more"):
        local_geary(*more, seed=1)


def test_one_direction_has_the_whole_rate():
    values, graph = ring(200)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        local_gi_star(values, graph, permutations=3_999, seed=1, alternative="greater")
    with pytest.warns(ModelWarning, match="permutations=3_999 or more"):
        local_gi_star(values, graph, permutations=3_998, seed=1, alternative="greater")


def test_marked_areas_are_the_tests_of_join_counts():
    values, graph = ring(200)
    marked = values > values.quantile(0.8)  # 40 areas at 0.05
    with pytest.warns(ModelWarning, match="40 areas tested .*permutations=799 or more"):
        local_join_counts(marked, graph, permutations=199, seed=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        local_join_counts(marked, graph, permutations=799, seed=1)


def test_what_can_never_be_labelled_is_said_so():
    with pytest.warns(ModelWarning, match="none of the 10 areas tested can be labelled"):
        tell_few_permutations(10, 9, 0.025, "bh")
    with pytest.warns(ModelWarning, match=r"no area can be labelled at 0\.025.*permutations=39 or more"):
        tell_few_permutations(10, 9, 0.025, "none")


def test_no_area_tested_is_nothing_to_tell():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tell_few_permutations(0, 9, 0.025, "bh")
