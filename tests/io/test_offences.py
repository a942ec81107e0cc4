"""Offence names: every published spelling leads to one key, and sets hold what their name says."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socharm.errors import ParameterError
from socharm.offences import (
    AGGREGATES,
    CATEGORIES,
    CATEGORY_CODES,
    NOT_STATED,
    OFFENCE_GROUPS,
    OFFENCE_SETS,
    POLICE_GENERATED,
    canonical_offence,
    category_of,
    group_of,
    offence_key,
    offence_set,
)


@pytest.mark.parametrize(
    ("label", "key"),
    [
        ("Violence and sexual offences", "violence-and-sexual-offences"),
        ("Violence and Sexual Offences", "violence-and-sexual-offences"),
        ("Violent crime", "violence-and-sexual-offences"),
        ("violent-crime", "violence-and-sexual-offences"),
        ("Public disorder and weapons", "public-disorder-and-weapons"),
        ("criminal-damage-arson", "criminal-damage-and-arson"),
        ("Criminal damage & arson", "criminal-damage-and-arson"),
        ("Anti-social behaviour", "anti-social-behaviour"),
        ("  THEFT FROM THE PERSON\t", "theft-from-the-person"),
        ("8N", "ho-8n"),
        ("37.2", "ho-37-2"),
        ("ho-8n", "ho-8n"),
        ("Cattle rustling", "cattle-rustling"),
        ("", NOT_STATED),
    ],
)
def test_every_published_spelling_leads_to_one_key(label, key):
    assert canonical_offence(label) == key


@given(st.text(max_size=30))
@settings(max_examples=30, deadline=None)
def test_a_canonical_key_is_its_own_key(label):
    key = canonical_offence(label)
    assert canonical_offence(key) == key


def test_there_are_134_count_codes_in_13_categories_and_no_key_stands_twice():
    codes = [code for codes in CATEGORY_CODES.values() for code in codes]
    assert len(codes) == len({offence_key(code) for code in codes}) == 134
    assert len(CATEGORY_CODES) == 13
    assert len(CATEGORIES) == 14


def test_category_and_group():
    assert category_of("ho-92a") == "drugs"
    assert category_of("burglary") == "burglary"
    assert category_of("cattle-rustling") is None
    assert group_of("ho-10d") == "police-generated"
    assert {category for category in CATEGORIES if group_of(category) == "police-generated"} == set(POLICE_GENERATED)
    assert set(CATEGORIES) <= set(OFFENCE_GROUPS)


def test_sets_hold_known_keys_of_both_kinds():
    everything = offence_set("all")
    for name in OFFENCE_SETS:
        keys = offence_set(name)
        assert keys <= everything
        assert any(key.startswith("ho-") for key in keys)
        assert keys & set(CATEGORIES)
    assert "ho-92a" in offence_set("soc")
    assert "ho-92e" not in offence_set("soc")
    assert not {"ho-17a", "ho-19f"} & offence_set("vawg")
    for aggregate, parts in AGGREGATES.items():
        assert {aggregate, *parts} <= offence_set("serious-violence")


def test_an_unknown_set_suggests_the_nearest_name():
    with pytest.raises(ParameterError, match="Did you mean 'neighbourhood'"):
        offence_set("neighborhood")
