"""Periods out of order, and months left out, are refused by every method that starts from a wide frame."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import socharm as sh
from socharm.errors import SchemaError
from socharm.evaluation.period_order import require_order

CODES = [f"E05{n:06d}" for n in range(30)]
MONTHS = [str(month) for month in pd.period_range("2024-01", periods=14, freq="M")]
METHODS = {
    "difference_in_differences": {"seed": 1},
    "event_study": {},
    "synthetic_control": {},
    "synthetic_did": {"replications": 9, "seed": 1},
    "calibration_weights": {},
    "calibrated_control": {"replications": 9, "seed": 1},
}


def counts(periods: list[str]) -> pd.DataFrame:
    return pd.DataFrame(np.random.default_rng(1).poisson(20, (30, len(periods))), index=CODES, columns=periods)


@pytest.mark.parametrize("name", METHODS)
def test_months_out_of_order_or_left_out_are_refused(name):
    method, site = getattr(sh.evaluation, name), {"treated": [CODES[0]], "start": "2024-11"}
    swapped = [*MONTHS[:3], MONTHS[4], MONTHS[3], *MONTHS[5:]]
    with pytest.raises(SchemaError, match="must be periods in order"):
        method(counts(swapped), **site, **METHODS[name])
    with pytest.raises(SchemaError, match=r"leaves out 1 month, such as \['2024-06'\]"):
        method(counts([month for month in MONTHS if month != "2024-06"]), **site, **METHODS[name])


def test_numbers_must_rise_and_other_labels_are_taken_as_they_stand():
    require_order(["1989", "1991", "2000"])
    require_order(["9", "10", "11"])
    require_order(["before", "after"])
    with pytest.raises(SchemaError, match="must be periods in order"):
        require_order(["10", "9"])
    with pytest.raises(SchemaError, match="must be periods in order"):
        require_order(["2024-01", "2024-01"])
