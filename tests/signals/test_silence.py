"""Areas to ask about: few reports are a question, gaps behind a low rank too, and nobody is called safe."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from factories import make_counts, make_population, make_weights
from libpysal.graph import Graph

import socharm as sh
from socharm.severity.index import SeverityIndex, severity_index
from socharm.signals.silence_model import fit_silence
from socharm.stats.fdr import adjust
from socharm.stats.robust_regression import bisquare

AREAS = 60
CODES = [f"W{i:03d}" for i in range(AREAS)]
DEPRIVED = pd.Series(np.linspace(-1.5, 1.5, AREAS), index=CODES)
SILENT = ("W020", "W045")


def index_with(silent: tuple[str, ...] = SILENT, covered: np.ndarray | None = None) -> SeverityIndex:
    rng = np.random.default_rng(7)
    n = rng.poisson(np.exp(4.5 + 0.4 * DEPRIVED.to_numpy() + rng.normal(0, 0.1, AREAS))[:, None].repeat(4, axis=1))
    for code in silent:
        n[CODES.index(code)] = n[CODES.index(code)] // 3
    counts = make_counts(n[:, None, :], areas=CODES, offences=("burglary",), covered=covered)
    people = make_population(dict.fromkeys(CODES, 5_000.0))
    return severity_index(counts, make_weights({"burglary": 100.0}), population=people)


def test_the_silent_are_asked_about_and_nobody_is_called_safe():
    found = sh.signals.find_silence(index_with(), deprivation=DEPRIVED)
    asked = set(found.table.index[found.table["ask"]])
    assert set(SILENT) <= asked
    assert len(asked) <= 5
    assert (found.table.loc[list(SILENT), "crimes"] < found.table.loc[list(SILENT), "low_95"]).all()
    assert found.table.loc[list(SILENT), "ratio"].between(0.25, 0.45).all()
    assert found.table.loc["W020", "says"].startswith("Ask: fewer crimes on record than")
    assert found.table["says"].str.contains("does not mean that the area is safe|do not show little harm").all()
    assert found.findings.spread == pytest.approx(0.1, abs=0.04)


def test_what_is_the_same_in_all_areas_used_is_named_and_has_no_coefficient():
    """It differs in an area that is not compared, so that a look at the table alone does not tell."""
    deprived = DEPRIVED.copy()
    deprived["W003"] = np.nan
    same = pd.DataFrame({"ambulance": 3.0, "wardens": np.arange(AREAS) % 7 * 1.0}, index=CODES)
    same.loc["W003", "ambulance"] = 9.0
    found = sh.signals.find_silence(index_with(), deprivation=deprived, indicators=same)
    assert found.findings.explains == ("deprivation", "wardens")
    assert found.findings.alike == ("ambulance",)
    assert len(found.findings.coefficients) == 1 + len(found.findings.explains)
    assert "ambulance: the same in all areas compared" in str(found)
    islands = Graph.from_arrays(CODES, CODES, np.zeros(AREAS))
    with pytest.raises(sh.ParameterError, match="crime rate of neighbours is the same in all 60 areas"):
        sh.signals.find_silence(index_with(), graph=islands)


def test_neighbours_tell_too():
    pairs = [(i, i + 1) for i in range(AREAS - 1)]
    graph = Graph.from_arrays(
        [CODES[a] for a, b in pairs] + [CODES[b] for a, b in pairs],
        [CODES[b] for a, b in pairs] + [CODES[a] for a, b in pairs],
        np.ones(2 * len(pairs)),
    )
    found = sh.signals.find_silence(index_with(), graph=graph)
    assert set(SILENT) <= set(found.table.index[found.table["ask"]])


def test_a_gap_behind_a_low_rank_is_asked_about_and_a_high_one_is_not():
    covered = np.ones((AREAS, 4), dtype=bool)
    covered[[1, AREAS - 2], 3] = False
    measure = pd.DataFrame({"calls": DEPRIVED.to_numpy() + 0.01 * np.arange(AREAS)}, index=CODES)
    measure.loc[["W003", "W057"], "calls"] = np.nan
    found = sh.signals.find_silence(
        index_with((), covered), deprivation=DEPRIVED**2 + DEPRIVED, indicators=measure
    ).table
    assert "months without coverage" in found.loc["W001", "grounds"]
    assert "no value from a partner" in found.loc["W003", "grounds"]
    assert not found.loc[["W057", "W058"], "ask"].any()
    assert found.loc["W003", "reason"] == ""
    assert found.loc["W003", "expected"] > 0


def test_few_are_asked_in_vain_where_all_is_reported():
    rng = np.random.default_rng(3)
    asked = []
    for _ in range(8):
        x = rng.normal(0, 1, (150, 1))
        crimes = rng.poisson(np.exp(5 + 0.3 * x[:, 0] + rng.normal(0, 0.3, 150))).astype(float)
        asked.append((adjust(fit_silence(crimes, np.ones(150), x, 1.0).p) <= 0.2).sum())
    assert np.sum(np.array(asked) > 0) <= 4


def test_one_area_far_off_does_not_bend_the_regression():
    at = np.arange(20.0)
    far = 1.0 + 2.0 * at + np.where(at == 3, 400.0, 0.0)
    assert bisquare(far, np.column_stack([np.ones(20), at])) == pytest.approx([1.0, 2.0], abs=1e-6)


@pytest.mark.parametrize(
    ("arguments", "error", "told"),
    [
        ({}, sh.ParameterError, "nothing to expect crime from"),
        ({"deprivation": DEPRIVED.rename(lambda code: f"X{code}")}, sh.AlignmentError, "none of the 60 areas"),
        ({"deprivation": DEPRIVED * 0}, sh.SchemaError, "one number only"),
        ({"deprivation": DEPRIVED.iloc[:20]}, sh.ParameterError, "30 are needed"),
        ({"indicators": pd.DataFrame({"a": "much"}, index=CODES)}, sh.SchemaError, "finite numbers"),
        (
            {"indicators": pd.DataFrame(np.random.default_rng(1).random((60, 7)), index=CODES)},
            sh.ParameterError,
            "one for every 10 areas",
        ),
    ],
)
def test_what_says_nothing_is_refused(arguments, error, told):
    with pytest.raises(error, match=told):
        sh.signals.find_silence(index_with(), **arguments)


def test_what_says_the_same_twice_is_named():
    twice = pd.DataFrame({"calls": DEPRIVED, "visits": 2.0 * DEPRIVED + 1.0})
    with pytest.raises(sh.SchemaError, match="Of calls and visits at least one is told by the others"):
        sh.signals.find_silence(index_with(), indicators=twice)
    with pytest.raises(sh.SchemaError, match="more than one column 'calls'"):
        sh.signals.find_silence(index_with(), indicators=twice.set_axis(["calls", "calls"], axis=1))
    with pytest.raises(sh.SchemaError, match="finite numbers of ordinary size"):
        sh.signals.find_silence(index_with(), deprivation=DEPRIVED * 1e200)


def test_the_order_of_rows_changes_nothing():
    index, mixed = index_with(), np.random.default_rng(1).permutation(AREAS)
    turned = dataclasses.replace(index, table=index.table.iloc[mixed], cells=index.cells.iloc[::-1])
    made, again = (sh.signals.find_silence(one, deprivation=DEPRIVED).table for one in (index, turned))
    assert made.equals(again.reindex(made.index))
