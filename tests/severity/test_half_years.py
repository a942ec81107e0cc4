"""Whether a place changed otherwise than all areas: one rule for profiles and for the page."""

from __future__ import annotations

import numpy as np
import pytest

from socharm.severity.dispersion import DEFAULT_CRIMES
from socharm.severity.half_years import Halves, halves_of, months_compared


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
