"""What is said of an area does not depend on the row in which it stands: intervals, draws, sets."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from factories import make_counts, make_population, make_weights

import socharm as sh
from socharm.severity.index import SeverityIndex, severity_index
from socharm.severity.model import places_of

AREAS = 25
CODES = [f"W{i:03d}" for i in range(AREAS)]
SHUFFLED = [CODES[i] for i in np.random.default_rng(6).permutation(AREAS)]


def index_of(codes: list[str]) -> SeverityIndex:
    rng = np.random.default_rng(1)
    rate = rng.gamma(3, 3.0, (AREAS, 1, 1)) * np.array([1.0, 0.3])[:, None]
    n = rng.poisson(np.broadcast_to(rate, (AREAS, 2, 6)))
    rows = [CODES.index(code) for code in codes]
    offences = ("burglary", "violence-and-sexual-offences")
    counts = make_counts(
        n[rows], areas=codes, offences=offences, parent=["D1" if code < "W012" else "D2" for code in codes]
    )
    weights = make_weights({"burglary": 100.0, "violence-and-sexual-offences": 900.0})
    people = make_population({code: 4_000.0 + 300.0 * CODES.index(code) for code in codes})
    return severity_index(counts, weights, people)


@pytest.fixture(scope="module")
def both() -> tuple[SeverityIndex, SeverityIndex]:
    return index_of(CODES), index_of(SHUFFLED)


@pytest.mark.parametrize(
    "choices",
    [{}, {"estimand": "realised"}, {"horizon": "next period"}, {"exact": 0.9}, {"mix_shared": 0.5}],
    ids=lambda one: str(one or "default"),
)
def test_an_area_has_its_interval_in_whatever_row_it_stands(both, choices):
    ours, theirs = (sh.rank_areas(index, draws=600, seed=3, **choices) for index in both)
    assert list(theirs.table.index) == SHUFFLED
    pd.testing.assert_frame_equal(theirs.table.loc[CODES], ours.table, rtol=1e-9)
    keys = ["area_code", "k"]
    tops = [
        made.top_k.reset_index().sort_values(keys, ignore_index=True)[[*keys, "probability"]] for made in (ours, theirs)
    ]
    pd.testing.assert_frame_equal(*tops)
    pd.testing.assert_frame_equal(theirs.parents, ours.parents, rtol=1e-9)


@pytest.mark.parametrize("coupled", [True, False])
def test_an_area_has_its_draws_in_whatever_row_it_stands(both, coupled):
    drawn = [sh.rank_areas(index, draws=100, seed=3).draws(coupled=coupled) for index in both]
    pd.testing.assert_frame_equal(drawn[1][CODES], drawn[0], rtol=1e-9)


def test_a_set_of_ranks_does_not_depend_on_the_row(both):
    for measure in ("rate", "crimes"):
        more = {"draws": 1_000} if measure == "rate" else {}
        ours, theirs = (sh.rank_confidence_sets(index, measure=measure, seed=1, **more) for index in both)
        assert list(theirs.table.index) == SHUFFLED
        for name in ("table", "best", "worst", "undecided"):
            pd.testing.assert_frame_equal(getattr(theirs, name).loc[CODES], getattr(ours, name), rtol=1e-9)
        assert theirs.findings.critical == pytest.approx(ours.findings.critical, rel=1e-9)


def test_a_set_by_a_covariance_does_not_depend_on_the_row(both):
    table = both[0].table
    matrix = pd.DataFrame(np.diag(np.linspace(1.0, 3.0, AREAS)) + 0.3, index=CODES, columns=CODES)
    made = [
        sh.rank_confidence_sets(
            pd.DataFrame({"estimate": table["rate"].astype(float)}).loc[codes],
            covariance=matrix.loc[codes, codes],
            seed=1,
            draws=1_000,
        )
        for codes in (CODES, SHUFFLED)
    ]
    pd.testing.assert_frame_equal(made[1].table.loc[CODES], made[0].table, rtol=1e-9)


def test_sorted_codes_have_the_places_of_their_rows():
    """So that nothing changes where they were sorted before."""
    assert places_of(pd.Index(CODES)).tolist() == list(range(AREAS))
