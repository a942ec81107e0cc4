"""Whether stated probabilities come true: the arithmetic of the validation of ranks."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socharm.errors import ParameterError

_FILE = Path(__file__).parents[2] / "benchmarks" / "calibration.py"
_SPEC = importlib.util.spec_from_file_location("calibration", _FILE)
assert _SPEC is not None
assert _SPEC.loader is not None
_MODULE = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_MODULE)
brier_score, reliability = _MODULE.brier_score, _MODULE.reliability


def test_brier_by_hand():
    assert brier_score(np.array([0.0, 1.0]), np.array([False, True])) == 0
    assert brier_score(np.array([0.3, 0.3]), np.array([True, False])) == pytest.approx((0.49 + 0.09) / 2)


@given(share=st.floats(0.0, 1.0), n=st.integers(1, 50), hits=st.integers(0, 50))
def test_saying_the_true_share_scores_its_variance(share, n, hits):
    came = np.arange(n) < hits
    base = came.mean()
    assert brier_score(np.full(n, base), came) == pytest.approx(base * (1 - base), abs=1e-12)
    assert brier_score(np.full(n, share), came) >= base * (1 - base) - 1e-12


def test_calibrated_probabilities_lie_on_the_diagonal():
    rng = np.random.default_rng(1)
    stated = rng.random(40_000)
    curve = reliability(stated, rng.random(40_000) < stated, edges=np.linspace(0, 1, 11))
    np.testing.assert_allclose(curve[:, 0], curve[:, 1], atol=0.035)
    assert curve[:, 2].sum() == 40_000


def test_an_empty_bin_is_missing_and_1_falls_in_the_last():
    curve = reliability(np.array([1.0, 1.0]), np.array([True, False]), edges=np.array([0.0, 0.5, 1.0]))
    assert np.isnan(curve[0, :2]).all()
    assert curve[0, 2] == 0
    assert curve[1].tolist() == [1.0, 0.5, 2.0]


@pytest.mark.parametrize(
    ("stated", "came"), [(np.array([1.2]), np.array([True])), (np.zeros(2), np.zeros(3)), (np.zeros(0), np.zeros(0))]
)
def test_bad_probabilities_are_refused(stated, came):
    with pytest.raises(ParameterError, match="as many outcomes as"):
        brier_score(stated, came)
