"""The model behind the shrunk rate: pooling of rare offences, packaged dispersion, one model for score and ranks."""

from __future__ import annotations

import factories
import numpy as np
import pandas as pd
import pytest

from socharm.errors import ModelWarning
from socharm.io.incidents.tables import counts_from_table
from socharm.severity.dispersion import DEFAULT_PHI
from socharm.severity.index import severity_index


def _offence_level(murder_in: int | None, areas: int = 60):
    rng = np.random.default_rng(11)
    people = np.full(areas, 9000.0)
    hot = rng.gamma(3, 1 / 3, (areas, 1, 1))
    n = np.zeros((areas, 4, 12), dtype=int)
    for place, level in enumerate((0.0, 0.4, 4.0, 9.0)):
        n[:, place, :] = rng.poisson(level * hot[:, 0, :] * np.ones(12))
    if murder_in is not None:
        n[murder_in, 0, 5] = 1
    offences = ("ho-1", "ho-5d", "ho-8n", "ho-105a")
    counts = factories.make_counts(n, offences=offences)
    weights = factories.make_weights({"ho-1": 7973.39, "ho-5d": 1500.0, "ho-8n": 180.0, "ho-105a": 15.0})
    codes = counts.areas.index
    return severity_index(counts, weights, factories.make_population(dict(zip(codes, people, strict=True))))


def test_a_murder_moves_the_score_a_little_and_honestly():
    with_murder, without = _offence_level(20), _offence_level(None)
    plain = with_murder.rate["W020"] - without.rate["W020"]
    shrunk = with_murder.table.loc["W020", "rate_shrunk"] - without.table.loc["W020", "rate_shrunk"]
    assert plain == pytest.approx(7973.39 / 9000)
    assert 0 < shrunk < 0.6 * plain


def test_rare_offences_share_a_band_until_its_spread_is_identified():
    model = _offence_level(20).model
    assert model.offences.loc["ho-1", "band"] == model.offences.loc["ho-5d", "band"]
    assert model.offences.loc["ho-105a", "band"] == "ho-105a"
    band = model.offences.loc["ho-1", "band"]
    n = model.counts[band].sum()
    assert model.bands.loc[band, "weight"] == pytest.approx((7973.39 + 1500 * (n - 1)) / n)


def test_score_and_draws_come_from_one_model():
    counts, people, weights = factories.random_counts(areas=30)
    model = severity_index(counts, weights, people).model
    drawn = model.draw_rates(4000, seed=3)
    z = (drawn.mean(axis=0) - model.posterior_mean().to_numpy()) / (drawn.std(axis=0) / np.sqrt(4000))
    assert np.abs(z).max() < 4.5


def test_draws_do_not_depend_on_threads():
    counts, people, weights = factories.random_counts(areas=12)
    model = severity_index(counts, weights, people).model
    np.testing.assert_array_equal(model.draw_rates(700, seed=5, threads=1), model.draw_rates(700, seed=5, threads=3))


def test_one_period_uses_the_packaged_dispersion_and_says_so():
    counts, people, weights = factories.random_counts(areas=30, months=1)
    with pytest.warns(ModelWarning, match="packaged"):
        model = severity_index(counts, weights, people).model
    assert model.offences.loc["burglary", "phi"] == DEFAULT_PHI["burglary"]
    assert model.offences["phi_source"].str.contains("Northumbria").all()


def test_totals_without_months_do_not_pretend_to_show_how_counts_vary():
    rng = np.random.default_rng(1)
    rows = [(f"A{i}", "burglary", int(n)) for i, n in enumerate(rng.poisson(60, 20))]
    totals = counts_from_table(pd.DataFrame(rows, columns=["area_code", "offence", "n"]), period=("2025-04", "2025-09"))
    people = factories.make_population({f"A{i}": 1_000.0 for i in range(20)})
    with pytest.warns(ModelWarning, match="totals without months"):
        index = severity_index(totals, factories.make_weights({"burglary": 100.0}), population=people)
    assert index.model.offences["phi"].tolist() == [2.20]  # packaged for burglary
    assert index.model.offences["phi_source"].str.startswith("packaged").all()
