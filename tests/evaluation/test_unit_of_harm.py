"""Harm in another unit: no p, ratio or interval of a ratio changes with it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

import socharm as sh

CODES = [f"A{n:02d}" for n in range(24)]
MONTHS = [str(month) for month in pd.period_range("2023-01", periods=15, freq="M")]
START = MONTHS[9]


def ratios(harm: pd.DataFrame) -> np.ndarray[Any, Any]:
    """What each method says of harm that does not hang on its unit."""
    dose = pd.DataFrame(0.0, CODES, MONTHS)
    dose.iloc[:4, 9:] = np.arange(1.0, 5.0)[:, None]
    call: dict[str, Any] = {"permutations": 39, "seed": 1}
    study = sh.evaluation.event_study(harm, treated=CODES[:3], start=START, bin_width=3)
    dosed = sh.evaluation.dose_effect(harm, dose=dose, **call)
    begun = dict(zip(CODES[:3], (MONTHS[6], MONTHS[6], START), strict=True))
    staggered = sh.evaluation.staggered_effects(harm, starts=begun, **call).findings
    difference = sh.evaluation.difference_in_differences(harm, treated=CODES[:3], start=START, **call)
    columns = ["ratio", "low", "high", "p"]
    return np.concatenate(
        [
            study.table[["ratio", "low", "high", "se"]].to_numpy().ravel(),
            study.bounds.to_numpy().ravel(),
            [study.findings.pre_trend_p, study.findings.power],
            dosed.table[columns].to_numpy().ravel(),
            [getattr(staggered, name) for name in columns],
            difference.table[columns].to_numpy().ravel(),
        ]
    ).astype(float)


@settings(max_examples=3, deadline=None)
@given(seed=st.integers(0, 10_000), unit=st.sampled_from([1e-6, 0.37, 81.3, 1e5]))
def test_the_unit_of_harm_changes_nothing(seed, unit):
    rng = np.random.default_rng(seed)
    level = rng.gamma(2, 8, (24, 1)) * np.exp(0.2 * rng.standard_normal((24, 15)))
    harm = pd.DataFrame(rng.poisson(level) * rng.choice([1.0, 3.5], (24, 15)) + 0.5, CODES, MONTHS)
    assert np.allclose(ratios(harm), ratios(harm * unit), rtol=1e-9, atol=1e-12, equal_nan=True)
