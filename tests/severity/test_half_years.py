"""Whether a place changed otherwise than all areas: one rule for profiles and for the page."""

from __future__ import annotations

import numpy as np
import pytest

from socharm.severity.dispersion import DEFAULT_CRIMES
from socharm.severity.half_years import Halves, halves_of, harm_beyond_chance, harm_halves, months_compared


def test_the_later_half_is_drawn_from_all_crimes():
    """100 of 1,000, half of them late: 50 +- 1.96 x sqrt(25 x 900/999) = 9.3, and twice as far with a phi of 4."""
    whole = Halves(before=500, later=500, phi=1.0)
    assert whole.beyond_chance(41, 59) is False
    assert whole.beyond_chance(40, 60) is True
    wide = Halves(before=500, later=500, phi=4.0)
    assert wide.beyond_chance(32, 68) is False
    assert wide.beyond_chance(31, 69) is True


def test_a_place_that_moves_with_all_areas_did_not_change():
    """Half as many in both: a season or a change of recording that all areas share is no change of the place."""
    assert Halves(before=1000, later=500, phi=1.0).beyond_chance(100, 50) is False


@pytest.mark.parametrize(("before", "later"), [(9, 10), (0, 40), (500, 500)], ids=["few", "none before", "everything"])
def test_what_cannot_be_told_is_not(before, later):
    assert Halves(before=500, later=500, phi=1.0).beyond_chance(before, later) is None


def test_equal_areas_are_told_to_differ_as_often_as_stated():
    """Counts that vary by chance alone: 5% of the areas seem to have changed, within three deviations of 2,000."""
    counts = np.random.default_rng(1).poisson(12.0, size=(2_000, 12)).astype(float)
    whole = halves_of(counts)
    assert whole.phi == pytest.approx(1.0, abs=0.06)
    told = [whole.beyond_chance(row[:6].sum(), row[6:].sum()) for row in counts]
    assert np.mean(told) == pytest.approx(0.05, abs=3 * (0.05 * 0.95 / 2_000) ** 0.5)


def test_areas_that_are_not_known_throughout_are_left_out():
    counts = np.full((12, 12), 5.0)
    counts[0, 3] = np.nan
    whole = halves_of(counts)
    assert (whole.before, whole.later) == (330.0, 330.0)
    assert halves_of(np.full((3, 12), np.nan)) is None


def test_few_areas_take_the_packaged_variation():
    assert halves_of(np.full((9, 12), 5.0)).phi == DEFAULT_CRIMES
    assert halves_of(np.full((10, 12), 5.0)).phi == 1.0


@pytest.mark.parametrize(("months", "size"), [(0, 0), (1, 0), (2, 1), (7, 3), (12, 6), (36, 6)])
def test_both_sides_of_a_comparison_are_of_one_length(months: int, size: int) -> None:
    assert months_compared(months) == size


def test_harm_is_judged_in_effective_events():
    """Ten minor crimes a month and a grave one in two months: 5% of the areas at most seem to have changed."""
    random = np.random.default_rng(2)
    harm = 10.0 * random.poisson(10.0, size=(600, 12)) + 300.0 * random.poisson(0.5, size=(600, 12))
    whole = harm_halves(harm)
    # By hand: (10 x 10^2 + 0.5 x 300^2) / (10 x 10 + 0.5 x 300) = 184 days for an effective event
    assert whole.one == whole.phi == pytest.approx(184.0, rel=0.1)
    told = [harm_beyond_chance(whole, row) for row in harm]
    judged = [answer for answer in told if answer is not None]
    assert len(judged) < 100  # 3,000 days are 16 effective events
    busy = harm[:300].reshape(60, 5, 12).sum(axis=1)
    whole = harm_halves(busy)
    told = [harm_beyond_chance(whole, row) for row in busy]
    assert None not in told
    assert np.mean(told) < 0.05 + 3 * (0.05 * 0.95 / 60) ** 0.5
    doubled = np.concatenate([busy[0][:6], 4 * busy[0][6:]])
    assert harm_beyond_chance(whole, doubled) is True


def test_harm_of_few_areas_or_of_none_is_not_judged():
    assert harm_halves(np.full((9, 12), 5.0)) is None
    assert harm_beyond_chance(None, np.full(12, 5.0)) is None
    whole = Halves(before=5_000.0, later=5_000.0, phi=10.0, one=10.0)
    assert harm_beyond_chance(whole, np.repeat([0.0, 100.0], 6)) is None
    assert harm_beyond_chance(whole, np.repeat([10.0, 20.0], 6)) is None
    assert harm_beyond_chance(whole, np.repeat([100.0, 200.0], 6)) is True
    # 300 that come in one month are one crime, as far as anyone can tell
    assert harm_beyond_chance(whole, np.array([0.0, 0, 600, 0, 0, 0, 0, 0, 1200, 0, 0, 0])) is None
