"""Synthetic difference-in-differences: California, laws, and placebos that hold their error."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import socharm as sh
from socharm.errors import ParameterError, RefusedError
from socharm.evaluation.synthetic_did_fit import fit_did, penalty_of

did = sh.evaluation.synthetic_did


@pytest.fixture(scope="module")
def smoking(shared_references) -> pd.DataFrame:
    """Packs of cigarettes a head, 39 states, 1970-2000 (Abadie, Diamond and Hainmueller, 2010)."""
    rows = pd.read_csv(shared_references / "f06_synth_prop99" / "smoking.csv")
    return rows.pivot_table(index="state", columns="year", values="cigsale")


def test_california(smoking):
    # synthdid 0.0.9 in R: -15.603829, where its search stops; the best weights give -15.6054. Plain: -27.349111.
    made = did(smoking, treated=["California"], start=1989, replications=60, seed=1)
    found = made.findings
    assert found.effect == pytest.approx(-15.603829, abs=0.002)
    assert found.did_effect == pytest.approx(-27.349111, abs=1e-5)
    assert made.table["weight"].dropna().round(3).tail(3).tolist() == [
        0.366,
        0.206,
        0.427,
    ]  # 1986 to 1988, and no other
    assert made.table["weight"].sum() == pytest.approx(1.0)
    assert found.expected - found.observed == pytest.approx(-12 * found.effect)
    assert f"{found.effect:+.3g} in each period" in made.sentence


def test_the_error_is_that_of_the_placebos(smoking):
    made = did(smoking, treated=["California"], start=1989, replications=150, seed=2)
    donors = smoking.drop("California").to_numpy()
    zeta = penalty_of(1, donors, 19)
    each = [fit_did(donors[n], np.delete(donors, n, axis=0), 19, zeta).effect for n in range(38)]
    assert set(made.placebos["effect"].round(9)) <= set(np.round(each, 9))
    assert made.findings.standard_error == pytest.approx(np.std(each), rel=0.15)
    assert made.findings.as_extreme == (made.placebos["effect"].abs() >= abs(made.findings.effect)).sum()


def parallel(seed: int, effect: float) -> pd.DataFrame:
    """Areas that move together, and a site of two that an effect is added to from period 8 on."""
    rng = np.random.default_rng(seed)
    values = 40 + rng.uniform(0, 30, 10)[:, None] + 5 * rng.normal(size=12)
    values[:2, 8:] += effect
    return pd.DataFrame(values, index=list("ABCDEFGHIJ"))


@settings(max_examples=15)
@given(seed=st.integers(0, 200), effect=st.sampled_from([-9.0, 0.0, 4.0]), shift=st.sampled_from([0.0, 25.0]))
def test_a_planted_effect_is_found_whatever_the_level(seed, effect, shift):
    values = parallel(seed, effect)
    values.loc[["A", "B"]] += shift
    found = did(values, treated=["A", "B"], start=8, replications=3, seed=1).findings
    assert found.effect == pytest.approx(2 * effect, abs=1e-6)
    assert found.did_effect == pytest.approx(2 * effect, abs=1e-6)


def test_the_same_seed_gives_the_same_and_more_groups_begin_alike():
    values = parallel(3, -5.0)
    one, other = (did(values, treated=["A"], start=8, replications=n, seed=4) for n in (20, 40))
    assert one.placebos["effect"].tolist() == other.placebos["effect"].head(20).tolist()


def test_donors_must_be_more_than_treated():
    values = parallel(1, 0.0)
    with pytest.raises(RefusedError, match="5 donors for 5 treated areas"):
        did(values, treated=list("ABCDE"), start=8, seed=1)
    with pytest.raises(ParameterError, match="`seed` is missing"):
        did(values, treated=["A"], start=8)
