"""Synthetic control: published cases, laws of the weights, and refusal of what shows nothing."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import socharm as sh
from socharm.errors import AlignmentError, CoverageWarning, MissingExtraError, ParameterError, RefusedError, SchemaError

control = sh.evaluation.synthetic_control
CODES = [f"E05{n:06d}" for n in range(12)]


@pytest.fixture(scope="module")
def smoking(shared_references) -> pd.DataFrame:
    """Packs of cigarettes a head, 39 states, 1970-2000 (Abadie, Diamond and Hainmueller, 2010)."""
    rows = pd.read_csv(shared_references / "f06_synth_prop99" / "smoking.csv")
    return rows.pivot_table(index="state", columns="year", values="cigsale")


@pytest.fixture(scope="module")
def california(smoking):
    return control(smoking, treated=["California"], start=1989)


def town(seed: int = 1, areas: int = 12, periods: int = 16, level: float = 50.0) -> pd.DataFrame:
    """Counts that rise and fall together."""
    rng = np.random.default_rng(seed)
    waves = 1 + 0.3 * np.sin(np.arange(periods)) + 0.1 * rng.normal(size=periods)
    means = level * rng.uniform(0.5, 1.5, areas)
    counts = rng.poisson(np.outer(means, np.maximum(waves, 0.1)))
    return pd.DataFrame(counts, index=CODES[:areas], columns=range(periods))


def test_california_by_its_outcome_alone(california):
    # f06_synth_prop99/expected.json, outcome_only_SC: the convex problem on 19 years, and its one best answer.
    found = california.findings
    assert found.effect == pytest.approx(-19.51363, abs=1e-5)
    assert found.mspe_before * 19 == pytest.approx(52.1296, abs=1e-4)
    assert california.weights["weight"].round(4).to_dict() == {
        "Utah": 0.3939, "Montana": 0.2318, "Nevada": 0.2049, "Connecticut": 0.1091, "New Hampshire": 0.0454,
        "Colorado": 0.0148,
    }  # fmt: skip
    assert found.fit_error < 0.02
    assert not found.poor_fit


def test_california_among_placebos(california):
    # By the outcome alone two states depart further from their years before than California; by predictors none does.
    found, placebos = california.findings, california.placebos
    assert (found.placebos, found.as_extreme, found.p) == (38, 2, 3 / 39)
    assert placebos["ratio"].nlargest(2).min() > found.ratio > placebos["ratio"].nlargest(3).min()
    assert found.ratio == pytest.approx(found.mspe_after / found.mspe_before)
    gaps = california.placebo_gaps.to_numpy()
    assert (gaps[:, 19:] ** 2).mean(axis=1) == pytest.approx(placebos["mspe_after"].to_numpy())


def test_california_augmented_by_a_ridge(smoking):
    # pysyncon 1.7.0, AugSynth without covariates: penalty 429.8375827925, ATT -15.9526222.
    made = control(smoking, treated=["California"], start=1989, augmented=True, placebos=0)
    assert made.findings.ridge == pytest.approx(429.8375827925, rel=1e-8)
    assert made.findings.effect == pytest.approx(-15.9526222, abs=2e-4)
    assert made.findings.mspe_before < 52.1296 / 19
    assert made.findings.p is None
    assert "No donor was fitted as a placebo" in made.sentence


def test_the_sentence_is_that_of_the_table(california):
    table = california.table
    after = table[table["after"]]
    observed, synthetic = after["observed"].sum(), after["synthetic"].sum()
    assert california.sentence == (
        f"In the 12 periods from 1989 on the site had {observed:,.1f}, against {synthetic:,.1f} by the weighted "
        f"donors: {1 - observed / synthetic:.1%} less. Of 38 donors fitted as if treated, 2 departed as far, measured "
        "by the gaps before the start (p 0.077)."
    )
    assert california.sentence in repr(california)


def test_leaving_a_donor_out_is_leaving_its_row_out(smoking, california):
    assert set(california.leave_one_out.index) == set(california.weights.index)
    without = control(smoking.drop("Utah"), treated=["California"], start=1989, placebos=0)
    row = california.leave_one_out.loc["Utah"]
    assert row["effect"] == pytest.approx(without.findings.effect, abs=1e-9)
    assert row["fit_error"] == pytest.approx(without.findings.fit_error, abs=1e-9)


def test_basque_country_by_predictors(shared_references):
    # Abadie and Gardeazabal (2003); f06_synth_basque/expected.json: weights, MSPE .0088645, ATT -0.69956 over 1975-97.
    pytest.importorskip("pysyncon", reason="the extra `evaluation` is not installed")
    rows = pd.read_csv(shared_references / "f06_synth_basque" / "basque.csv")
    rows["year"] = rows["year"].astype(int)
    outcome = rows.pivot_table(index="regionname", columns="year", values="gdpcap")[
        [*range(1960, 1970), *range(1975, 1998)]
    ]

    def mean(columns: list[str], years: range) -> pd.DataFrame:
        return rows[rows["year"].isin(years)].groupby("regionname")[columns].mean()

    schools = ["school.illit", "school.prim", "school.med", "school.high", "school.post.high", "invest"]
    sectors = [name for name in rows.columns if name.startswith("sec.")]
    parts = [
        mean(schools, range(1964, 1970)), mean(["gdpcap"], range(1960, 1970)), mean(sectors, range(1961, 1970, 2)),
        mean(["popdens"], range(1969, 1970)),
    ]  # fmt: skip
    basque = "Basque Country (Pais Vasco)"
    made = control(outcome, treated=[basque], start=1975, predictors=pd.concat(parts, axis=1), placebos=0)
    weights = made.weights["weight"]
    assert weights["Cataluna"] == pytest.approx(0.850816306, abs=1e-4)
    assert weights["Madrid (Comunidad De)"] == pytest.approx(0.149183694, abs=1e-4)
    assert made.findings.mspe_before <= 0.008864544955 * (1 + 1e-6)
    assert made.findings.effect == pytest.approx(-0.6995648, abs=1e-4)
    assert len(made.findings.predictor_weights) == 14


def test_predictors_without_the_extra_name_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "pysyncon", None)
    counts = town()
    with pytest.raises(MissingExtraError, match=r"pip install 'socharm\[evaluation\]'"):
        control(counts, treated=CODES[:1], start=12, predictors=counts[[0, 1]])


@settings(max_examples=12)
@given(seed=st.integers(0, 500), factor=st.sampled_from([0.25, 3.0]), order=st.permutations(range(12)))
def test_unit_and_order_change_nothing(seed, factor, order):
    counts = town(seed)
    choices = {"treated": CODES[:2], "start": 12, "placebos": 3, "allow_poor_fit": True}
    one, other = control(counts, **choices), control(counts.iloc[list(order)] * factor, **choices)
    assert other.findings.effect == pytest.approx(factor * one.findings.effect, rel=1e-6, abs=1e-6)
    assert other.findings.as_extreme == one.findings.as_extreme
    assert one.weights["weight"].sum() == pytest.approx(1.0)
    assert (one.table["synthetic"] >= 0).all()


def test_a_site_is_the_sum_of_its_areas():
    counts = town()
    made = control(counts, treated=CODES[:3], start=12, placebos=0)
    assert made.table["observed"].tolist() == pytest.approx(counts.iloc[:3].sum().tolist())
    assert set(made.weights.index).isdisjoint(CODES[:3])
    assert made.table["gap"].tolist() == pytest.approx((made.table["observed"] - made.table["synthetic"]).tolist())


def test_a_poor_fit_is_refused_and_given_where_that_is_asked():
    counts = town().astype(float)
    counts.loc[CODES[0]] = 9 * counts.loc[CODES[0]]  # above every donor
    with pytest.raises(RefusedError, match=r"No mixture of the 11 donors runs like the site.*worst_fit is 20%"):
        control(counts, treated=CODES[:1], start=12)
    made = control(counts, treated=CODES[:1], start=12, allow_poor_fit=True)
    assert made.findings.poor_fit
    assert "worse than asked" in repr(made)


def test_small_counts_may_differ_by_chance():
    counts = town(level=2.0)
    made = control(counts, treated=CODES[:1], start=12)
    assert made.findings.fit_error > 0.2  # beyond the share, within twice the square root of the mean
    with pytest.raises(RefusedError, match="No mixture"):
        control(counts + 0.25 * (counts > 0), treated=CODES[:1], start=12)  # no counts: no allowance


def test_gaps_are_no_zeros():
    counts = town().astype(float)
    counts.loc[CODES[5], 3] = np.nan
    with pytest.raises(
        SchemaError, match=rf"1 area of `outcomes` has periods without a value, such as \['{CODES[5]}'\]"
    ):
        control(counts, treated=CODES[:1], start=12)
    with pytest.warns(CoverageWarning, match="left out of the comparison, not taken as zero"):
        made = control(counts, treated=CODES[:1], start=12, missing="leave out")
    assert made.findings.left_out == (CODES[5],)
    same = control(counts.drop(CODES[5]), treated=CODES[:1], start=12)
    pd.testing.assert_frame_equal(made.table, same.table)
    with pytest.raises(RefusedError, match=rf"The site has 1 cell without a value, the first of '{CODES[5]}' in '3'"):
        control(counts, treated=[CODES[5]], start=12)


@pytest.mark.parametrize(
    ("change", "error", "told"),
    [
        ({"treated": ["X"]}, AlignmentError, r"1 treated area is not in `outcomes`, such as \['X'\]"),
        ({"treated": []}, ParameterError, "`treated` is empty"),
        ({"treated": CODES}, RefusedError, "none is left to compare with: 12 treated"),
        ({"start": 99}, ParameterError, "`start` is '99', which is no column of `outcomes`; they run from '0' to '15'"),
        ({"start": 1}, RefusedError, "1 period lies before it, and at least 2 are needed"),
        ({"start": 0}, RefusedError, "0 periods lie before it"),
        ({"outcomes": town() - 100}, SchemaError, "must hold counts or harm of zero or more"),
        ({"outcomes": town().assign(x="many")}, SchemaError, "must hold numbers in all of its columns"),
        ({"outcomes": pd.concat([town(), town()])}, SchemaError, "hold .* more than once"),
        ({"outcomes": town() * 0}, RefusedError, "no recorded outcome before the start"),
    ],
)
def test_what_shows_nothing_is_told(change, error, told):
    with pytest.raises(error, match=told):
        control(**{"outcomes": town(), "treated": CODES[:1], "start": 12, **change})


def test_one_donor_has_no_placebo():
    made = control(town(areas=2), treated=CODES[:1], start=12, worst_fit=5.0)
    assert made.weights["weight"].to_dict() == {CODES[1]: 1.0}
    assert (made.findings.placebos, made.findings.p, len(made.leave_one_out)) == (0, None, 0)
