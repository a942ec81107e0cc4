"""Comparisons that reports are written of: nothing changed, two places changed, hard to compare, too few."""

from __future__ import annotations

import numpy as np
import pytest
from assessed import WEIGHTS, drawn, make_assessment

from socharm.rescoring.comparing import compare

AREAS = 40
FEW = {"change_draws": 100, "worlds": 100}


def counts(seed: int, level: float = 60.0) -> np.ndarray:
    rng = np.random.default_rng(1)
    lasting = np.exp(rng.normal(0, 0.5, AREAS))
    return np.random.default_rng(seed).poisson(level * lasting[:, None, None], (AREAS, 3, 6))


def planted() -> tuple[np.ndarray, np.ndarray]:
    """Two half-years in which one of the worst places fell to a fifth and another one rose fourfold."""
    before, after = counts(5), counts(6)
    worst = np.argsort(-before.sum(axis=(1, 2)))
    after[worst[2]] //= 5
    after[worst[25]] *= 4
    return before, after


def codes(number: int, first: int = 0) -> list[str]:
    return [f"E05{place:06d}" for place in range(first, first + number)]


@pytest.fixture(scope="session")
def comparisons() -> dict:
    before, after = planted()
    own = dict.fromkeys(codes(AREAS), 6000.0)
    quiet = [make_assessment(counts(seed), start=start, name=start) for seed, start in ((5, "2024-04"), (6, "2025-04"))]
    changed = [
        make_assessment(n, start=start, areas=codes(AREAS), people=own, name=start)
        for n, start in ((before, "2024-04"), (after, "2025-04"))
    ]
    moved = make_assessment(
        after[1:], start="2024-10", areas=[*codes(AREAS - 2, 1), "E05999999"],
        people=dict.fromkeys([*codes(AREAS - 2, 1), "E05999999"], 5000.0),
        weights={**WEIGHTS, "drugs": 55.0}, boundary_year=2026, name="moved",
    )  # fmt: skip
    few = [
        make_assessment(drawn(4, 3, seed=seed, level=1.5), start=start, name=start)
        for seed, start in ((1, "2024-04"), (2, "2025-04"))
    ]
    return {
        "quiet": compare(*quiet, **FEW),
        "changed": compare(*changed, **FEW, first=10),
        "hard": compare(changed[0], moved, allow="seasons", **FEW),
        "few": compare(*few, **FEW),
    }
