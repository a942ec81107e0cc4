"""Names of police forces: every spelling of one force compares equal, and no two forces do."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import socharm as sh
from socharm.errors import ParameterError
from socharm.io.forces import (
    BRITISH_TRANSPORT_POLICE,
    FORCES,
    FORMER_FORCES,
    OTHER_FORCES,
    force_key,
    force_name,
)

# Identifiers of police.uk (https://data.police.uk/docs/method/forces/), transport police as its files are named.
POLICE_UK = (
    "avon-and-somerset bedfordshire cambridgeshire cheshire city-of-london cleveland cumbria derbyshire "
    "devon-and-cornwall dorset durham dyfed-powys essex gloucestershire greater-manchester gwent hampshire "
    "hertfordshire humberside kent lancashire leicestershire lincolnshire merseyside metropolitan norfolk north-wales "
    "north-yorkshire northamptonshire northumbria nottinghamshire south-wales south-yorkshire staffordshire suffolk "
    "surrey sussex thames-valley warwickshire west-mercia west-midlands west-yorkshire wiltshire northern-ireland btp"
).split()


def test_the_key_of_a_force_is_its_identifier_of_police_uk():
    assert [force_key(name) for name in POLICE_UK] == POLICE_UK
    assert {force_key(name) for name in FORCES.values()} == set(POLICE_UK) - {"northern-ireland", "btp"}


@pytest.mark.parametrize(
    ("spelling", "key"),
    [
        ("Yorkshire, North", "north-yorkshire"),
        ("Midlands, West Police", "west-midlands"),
        ("Hampshire / IoW", "hampshire"),
        ("London, City of", "city-of-london"),
        ("City of London Police", "city-of-london"),
        ("The Metropolitan Police Service", "metropolitan"),
        ("MPS", "metropolitan"),
        ("Met Police", "metropolitan"),
        ("Hampshire Constabulary", "hampshire"),
        ("Hampshire and Isle of Wight", "hampshire"),
        ("Hampshire & Isle of Wight Constabulary", "hampshire"),
        ("GMP", "greater-manchester"),
        ("E23000005", "greater-manchester"),
        (" e23000005 ", "greater-manchester"),
        ("W15000002", "gwent"),
        ("Devon & Cornwall Police", "devon-and-cornwall"),
        ("Devon &amp; Cornwall Police", "devon-and-cornwall"),
        ("Dyfed Powys", "dyfed-powys"),
        ("Heddlu Gogledd Cymru", "north-wales"),
        ("Heddlu De Cymru", "south-wales"),
        ("North Wales Police / Heddlu Gogledd Cymru", "north-wales"),
        ("Heddlu Gwent Police", "gwent"),
        ("BTP", "btp"),
        ("British Transport Police", "btp"),
        ("british-transport", "btp"),
        ("Police Service of Northern Ireland", "northern-ireland"),
        ("PSNI", "northern-ireland"),
        ("Police Scotland", "scotland"),
        ("Strathclyde Police", "scotland"),
        ("WYP", "west-yorkshire"),
        ("SYP", "south-yorkshire"),
        ("WMP", "west-midlands"),
        ("TVP", "thames-valley"),
        ("NORTHUMBRIA_POLICE", "northumbria"),
    ],
)
def test_spellings_of_one_force_compare_equal(spelling, key):
    assert force_key(spelling) == key


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Vancouver Police Department", "vancouver-police-department"),
        ("Durham Police Department", "durham-police-department"),
        ("Toy Police", "toy"),
        ("Niche RMS", "niche-rms"),
        ("extract 2024.csv", "extract-2024-csv"),
        ("Полиция", "полиция"),
        ("警察", "警察"),
        ("Police", "police"),
        ("Northern", "northern"),
        ("", ""),
    ],
)
def test_names_of_no_british_force_keep_their_own_words(name, key):
    assert force_key(name) == key


def test_what_is_one_word_elsewhere_is_a_former_force_only_with_its_style():
    assert force_key("Northern Constabulary") == "scotland" != force_key("Northern")


@given(
    name=st.sampled_from([*FORCES.values(), *OTHER_FORCES]),
    style=st.sampled_from(["{}", "{} Police", "The {} Constabulary", "{} police force area", "  {}  "]),
    case=st.sampled_from([str, str.upper, str.lower]),
)
def test_styles_and_cases_never_change_the_force(name, style, case):
    assert force_key(case(style.format(name))) == force_key(name)


@given(st.text(max_size=40))
def test_a_key_is_its_own_key(text):
    key = force_key(text)
    assert force_key(key) == key


@pytest.mark.real
def test_the_codes_and_names_of_the_lookups_agree(shared_data):
    table = pd.read_csv(shared_data / "lookups/lookup_ltla24_csp24_pfa24.csv")[["pfa24_code", "pfa24_name"]]
    pairs = table.dropna().drop_duplicates()
    assert len(pairs) >= 42
    for code, name in pairs.itertuples(index=False):
        assert force_key(code) == force_key(name)


def test_former_names_lead_to_the_force_of_today():
    assert {former.what for former in FORMER_FORCES} == {"renamed", "merged"}
    for former in FORMER_FORCES:
        assert force_key(former.former) == force_key(former.name)
        assert former.since in ("2013-04-01", "2022-11-16")
        assert former.source


def test_a_name_that_is_asked_for_must_be_a_force():
    assert force_name("Heddlu Dyfed-Powys") == "Dyfed-Powys"
    with pytest.raises(ParameterError, match="no territorial police force"):
        force_name("BTP")
    assert force_name("BTP", others=(BRITISH_TRANSPORT_POLICE,)) == BRITISH_TRANSPORT_POLICE
    with pytest.raises(ParameterError, match="Did you mean 'Northumbria'"):
        force_name("Northumbira")


def test_the_offence_mix_of_a_force_is_found_by_any_of_its_names():
    scheme = sh.load_weights("ons-css")
    weights = {name: scheme.crosswalk("police.uk", force=name).weights for name in ("GMP", "E23000005")}
    assert weights["GMP"].equals(weights["E23000005"])
    assert weights["GMP"].gt(0).sum() > 10
    with pytest.raises(ParameterError, match="no territorial police force"):
        scheme.crosswalk("police.uk", force="British Transport Police")
