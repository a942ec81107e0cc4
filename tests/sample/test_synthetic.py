"""The generator of synthetic forces: same seed same force, effects as asked for, bad wishes refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from socharm.errors import ParameterError
from socharm.io.weights import load_weights
from socharm.offences import CATEGORY_CODES, canonical_offence
from socharm.sample.synthetic import make_force
from socharm.sample.synthetic_rates import CRIME_RATES, LABELS, OUTCOMES, offence_mix

SMALL = {"n_lsoas": 100, "n_wards": 20, "n_hot": 2, "n_change": 2, "n_steady": 2, "volume": 0.2}


def test_the_same_seed_makes_the_same_force():
    one, two = make_force(5, **SMALL), make_force(5, **SMALL)
    assert shapely.equals_exact(one.lsoas.geometry.to_numpy(), two.lsoas.geometry.to_numpy()).all()
    pd.testing.assert_frame_equal(one.incidents, two.incidents)
    pd.testing.assert_frame_equal(one.truth, two.truth)
    assert not one.incidents.equals(make_force(6, **SMALL).incidents)


def test_another_effect_moves_no_border_and_no_person():
    one, two = make_force(5, **SMALL), make_force(5, **{**SMALL, "effect_hot": (3.0, 3.0), "quirks": False})
    assert shapely.equals_exact(one.lsoas.geometry.to_numpy(), two.lsoas.geometry.to_numpy()).all()
    pd.testing.assert_frame_equal(one.people, two.people)
    assert one.truth["rate_base"].equals(two.truth["rate_base"])
    assert set(two.truth.loc[two.truth["kind"] == "hot", "effect"]) == {3.0}


def test_effects_of_one_plant_nothing():
    force = make_force(5, **{**SMALL, "effect_hot": (1.0, 1.0), "effect_change": 0.0})
    assert (force.truth["effect"] == 1).all()
    assert force.truth["rate"].equals(force.truth["rate_base"].rename("rate"))


def test_counts_are_poisson_around_the_truth_when_nothing_disperses_them():
    force = make_force(11, **{**SMALL, "dispersion": 0.0, "quirks": False, "effect_change": 0.0, "volume": 1.0})
    weight = np.array([profile.weight for profile in CRIME_RATES])
    ward = force.wards.index.get_indexer(force.lsoas["parent"])
    lsoa = force.points["lsoa"].to_numpy()[force.incidents["point"]]
    harm = np.bincount(ward[lsoa], weight[force.incidents["category"]], minlength=len(force.wards))
    squares = np.bincount(ward[lsoa], weight[force.incidents["category"]] ** 2, minlength=len(force.wards))
    residents = np.bincount(ward, force.people["resident"])
    expected = force.truth["rate"].to_numpy() * residents * 2 * (1 + 0.97) / 2
    z = (harm - expected) / np.sqrt(squares)
    assert abs(z).max() < 4.5
    assert 0.5 < z.std() < 1.5


def test_without_quirks_every_incident_has_a_place_of_its_own():
    force = make_force(2, **{**SMALL, "quirks": False})
    assert (force.incidents["same_as"] == -1).all()
    assert (force.incidents["category"] < len(CRIME_RATES)).all()
    assert (force.points["lsoa"].to_numpy()[force.incidents["point"]] >= 0).all()


@given(seed=st.integers(0, 10_000))
@settings(max_examples=6)
def test_land_is_whole_for_any_seed(seed):
    force = make_force(seed, **{**SMALL, "volume": 0.02})
    shapes = force.lsoas.geometry.to_numpy()
    assert len(force.lsoas) == 100
    assert len(force.wards) == 20
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes)
    assert force.wards.geometry.area.sum() == pytest.approx(force.districts.geometry.area.sum())
    assert force.wards["parent"].nunique() == 5


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        ({"n_wards": 10}, "at least 20 wards"),
        ({"n_lsoas": 60}, "4 LSOAs each"),
        ({"n_hot": 9}, "at most half"),
        ({"period": ("2025-01", "2025-11")}, "even number of months"),
        ({"effect_hot": (0.0, 2.0)}, "must be above 0"),
        ({"effect_change": 1.0}, "from 0 to 1"),
        ({"volume": 0}, "`volume` is 0"),
        ({"dispersion": -0.1}, "dispersion at least 0"),
    ],
)
def test_wishes_that_cannot_be_met_are_refused(wish, told):
    with pytest.raises(ParameterError, match=told):
        make_force(1, **{**SMALL, **wish})


# --- the figures behind it


def test_profiles_are_the_categories_in_order():
    assert [canonical_offence(profile.label) for profile in CRIME_RATES] == sorted(
        {"anti-social-behaviour", *CATEGORY_CODES}
    )
    assert set(LABELS) >= {profile.label for profile in CRIME_RATES}
    assert sum(OUTCOMES.values()) == pytest.approx(1)


@pytest.mark.parametrize("profile", [profile for profile in CRIME_RATES if profile.offences], ids=lambda p: p.label)
def test_mix_stays_in_its_category_and_near_its_weight(profile):
    mix = offence_mix(profile)
    assert sum(mix.values()) == pytest.approx(1)
    assert set(mix) <= set(CATEGORY_CODES[canonical_offence(profile.label)])
    weights = load_weights("ons-css").weights
    mean = sum(share * weights[canonical_offence(code)] for code, share in mix.items())
    # The rarest offences (homicide among them) are left out of the extract, so its mean may lie a little below.
    assert mean == pytest.approx(profile.weight, rel=0.12)
