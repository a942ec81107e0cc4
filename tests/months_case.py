"""Months of areas of one offence, for signals."""

from __future__ import annotations

import numpy as np
from factories import make_counts, make_population, make_weights

from socharm.severity.index import SeverityIndex, severity_index

__all__ = ["index_of", "ordinary"]


def index_of(n: np.ndarray, *, covered: np.ndarray | None = None, weight: float = 100.0) -> SeverityIndex:
    """An index of one offence, from counts of shape (areas, months)."""
    counts = make_counts(n[:, None, :], offences=("burglary",), covered=covered)
    people = make_population({f"W{i:03d}": 5_000.0 for i in range(len(n))})
    return severity_index(counts, make_weights({"burglary": weight}), population=people, missing="leave out")


def ordinary(areas: int = 40, months: int = 12, seed: int = 1) -> np.ndarray:
    """Over-dispersed months with a season, in which nothing happens."""
    rng = np.random.default_rng(seed)
    mean = np.exp(rng.normal(3.0, 0.4, areas))[:, None] * (1 + 0.2 * np.sin(np.arange(months)))
    return rng.poisson(rng.gamma(mean / 0.6, 0.6))
