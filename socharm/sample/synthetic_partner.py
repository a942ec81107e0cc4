"""What partners of the synthetic force send: measures by ward, with the gaps that measures have."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._columns import AREA

__all__ = ["STALE_MEASURE", "indicator_table"]

#: Measure whose period is more than ten years old.
STALE_MEASURE: Final = "community_cohesion"

Floats = NDArray[np.float64]


def indicator_table(
    rng: np.random.Generator, truth: pd.DataFrame, residents: Floats, deprivation: Floats
) -> pd.DataFrame:
    """Measures by ward, one column each: percentages, rates, counts, scores, and a survey with its size.

    Parameters
    ----------
    rng : Generator
    truth : DataFrame
        By ward; its ``rate`` is the harm rate.
    residents : array of shape (n_wards,)
    deprivation : array of shape (n_wards,)
        Mean of 0, deviation of about 1; higher is more deprived.
    """
    n = len(truth)
    harm = np.log(truth["rate"].to_numpy())
    harm = (harm - harm.mean()) / harm.std()

    def noisy(loading: float, on: Floats = deprivation) -> Floats:
        return np.asarray(loading * on + np.sqrt(1 - loading**2) * rng.normal(size=n))

    mapped = rng.poisson(np.exp(-0.9 + 0.7 * harm))
    known = mapped > 0
    answers = rng.integers(24, 96, n)
    confident = rng.binomial(answers, 1 / (1 + np.exp(-(0.35 - 0.35 * noisy(0.7, harm)))))
    table = {
        "fuel_poverty": np.round(13.0 * np.exp(0.24 * noisy(0.8)), 1),
        "persistent_absence": np.round(18.5 * np.exp(0.22 * noisy(0.75)), 1),
        "claimants_per_1000": np.round(34.0 * np.exp(0.45 * noisy(0.85)), 1),
        "mapped_ocgs": mapped,
        "morile_impact": np.where(known, np.clip(np.round(9 + 5 * noisy(0.6, harm)), 1, 25), np.nan),
        "morile_likelihood": np.where(known, np.clip(np.round(2.8 + 1.0 * noisy(0.5, harm)), 1, 5), np.nan),
        "morile_confidence": np.where(known, rng.integers(1, 5, n), np.nan),
        "confidence_in_policing": np.round(100 * confident / answers, 1),
        "confidence_in_policing_n": answers,
        STALE_MEASURE: np.round(np.clip(74 - 6 * noisy(0.4), 40, 95), 1),
    }
    measures = pd.DataFrame(table, index=truth.index)
    # Where few pupils live, the publisher withholds the share.
    measures.loc[residents < np.sort(residents)[3], "persistent_absence"] = np.nan
    return measures.rename_axis(AREA)
