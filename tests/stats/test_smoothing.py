"""Kernel sums on a grid against direct sums."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socharm.stats.smoothing import KERNELS, GridSmoother, count_in_reach, kernel_value

SHAPE = (60, 80)
ACROSS, UP = np.meshgrid(np.arange(SHAPE[1], dtype=float), np.arange(SHAPE[0], dtype=float))


def direct(x, y, weight, *, radius, name):
    """The definition: one kernel per point."""
    total = np.zeros(SHAPE)
    for px, py, w in zip(x, y, weight, strict=True):
        total += w * kernel_value((ACROSS - px) ** 2 + (UP - py) ** 2, radius=radius, name=name)
    return total


@pytest.mark.parametrize("name", list(KERNELS))
def test_every_kernel_integrates_to_one(name):
    step = 0.02
    axis = np.arange(-6, 6, step)
    squared = axis[:, None] ** 2 + axis[None, :] ** 2
    assert kernel_value(squared, radius=5.0, name=name).sum() * step**2 == pytest.approx(1.0, abs=2e-4)


def test_quartic_standard_deviation_is_the_radius_over_root_eight():
    step = 0.005
    axis = np.arange(-1, 1 + step / 2, step)
    values = kernel_value(axis[:, None] ** 2 + axis[None, :] ** 2, radius=1.0, name="quartic")
    assert np.sqrt((values * axis[None, :] ** 2).sum() / values.sum()) == pytest.approx(1 / np.sqrt(8), rel=1e-3)


@given(
    radius=st.floats(4, 25),
    x=st.floats(-0.49, SHAPE[1] - 0.51),
    y=st.floats(-0.49, SHAPE[0] - 0.51),
)
@settings(max_examples=25, deadline=None)
def test_a_lone_point_is_within_a_thousandth_of_its_height(radius, x, y):
    smoother = GridSmoother.build(SHAPE, radius=radius, name="quartic")
    here = [np.array([value]) for value in (x, y, 1.0)]
    exact = direct(*here, radius=radius, name="quartic")
    height = kernel_value(np.zeros(1), radius=radius, name="quartic")[0]
    assert np.abs(smoother.smooth(*here) - exact).max() <= 1e-3 * height


@pytest.mark.parametrize(("name", "share"), [("quartic", 1e-3), ("gaussian", 1e-3), ("epanechnikov", 1e-2)])
@pytest.mark.parametrize("radius", [8.0, 16.0, 21.0])
def test_clustered_points_stay_within_a_thousandth_of_the_maximum(name, share, radius):
    rng = np.random.default_rng(3)
    x, y = 40 + 3 * rng.standard_normal(300), 30 + 2 * rng.standard_normal(300)
    weight = rng.lognormal(0, 2, 300)
    exact = direct(x, y, weight, radius=radius, name=name)
    found = GridSmoother.build(SHAPE, radius=radius, name=name).smooth(x, y, weight)
    assert np.abs(found - exact).max() <= share * exact.max()


@given(seed=st.integers(0, 1000), radius=st.floats(4, 30))
@settings(max_examples=15, deadline=None)
def test_mass_inside_is_the_transpose_of_smooth(seed, radius):
    rng = np.random.default_rng(seed)
    x, y, weight = rng.uniform(0, 79, 20), rng.uniform(0, 59, 20), rng.random(20) + 0.1
    inside = rng.random(SHAPE) < 0.6
    smoother = GridSmoother.build(SHAPE, radius=radius, name="quartic")
    mass = smoother.mass_inside(x, y, inside)
    assert smoother.smooth(x, y, weight)[inside].sum() == pytest.approx((weight * mass).sum(), rel=1e-12)
    assert smoother.smooth(x, y, weight / mass)[inside].sum() == pytest.approx(weight.sum(), rel=1e-12)


@given(seed=st.integers(0, 1000), radius=st.floats(0.3, 40))
@settings(max_examples=20, deadline=None)
def test_counts_in_reach_equal_brute_force(seed, radius):
    rng = np.random.default_rng(seed)
    x, y, n = rng.uniform(-0.5, 79.5, 60), rng.uniform(-0.5, 59.5, 60), rng.integers(0, 4, 60)
    distance = (ACROSS[..., None] - x) ** 2 + (UP[..., None] - y) ** 2
    expected = ((distance <= radius**2) * n).sum(axis=-1)
    for enough in (1, 5, 1000):
        found = count_in_reach(x, y, n, radius=radius, shape=SHAPE, enough=enough)
        assert np.array_equal(found, np.minimum(expected, enough))


def test_no_points_make_an_empty_surface():
    nothing = np.zeros(0)
    assert not GridSmoother.build(SHAPE, radius=9.0, name="quartic").smooth(nothing, nothing, nothing).any()
    assert not count_in_reach(nothing, nothing, np.zeros(0, int), radius=3.0, shape=SHAPE, enough=5).any()
