"""Disclosure control: the attack succeeds on unprotected tables and fails on published ones."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import run_extract

from socharm._about import About
from socharm._columns import N
from socharm.assessment.steps.order import declared_tables
from socharm.errors import ParameterError, RefusedError, SchemaError
from socharm.publish.attack import Statement, attack_cells, exact_statements, released_statements
from socharm.publish.cell_keys import key_numbers, perturb_counts
from socharm.publish.disclosure import band_counts, protect_tables
from socharm.publish.disclosure_settings import DisclosureSettings
from socharm.publish.law import NoiseSettings
from socharm.publish.recomputed import recomputed
from socharm.publish.release_check import check_release
from socharm.publish.rounding import round_small_counts
from socharm.publish.secret import store_secret
from socharm.publish.suppression import SuppressedCounts, suppress_small_counts
from socharm.stats.cell_noise import noise_for, noise_table

SECRET = bytes(range(32))


def suppressed_statements(made: SuppressedCounts) -> list[Statement]:
    """What a table with withheld counts says to somebody who knows which of them are small, cells by their values."""
    names, chosen = list(made.settings.by), made.settings
    inner = made.table.head(made.members.shape[1])
    cells = list(zip(*(inner[name] for name in names), strict=True))
    hidden = (inner["status"] != "kept").to_numpy()
    shown = inner[N].fillna(0).to_numpy(dtype=np.int64)
    said = []
    for member, total in zip(made.members, made.totals[N], strict=True):
        parts = {cells[place]: 1.0 for place in np.flatnonzero(hidden & (member > 0))}
        rest = float(total - member @ shown)
        if parts:
            said.append(Statement(parts=parts, low=rest, high=rest))
    least = 0.0 if chosen.zeros else 1.0
    small = np.flatnonzero((inner["status"] == "primary").to_numpy())
    return said + [Statement(parts={cells[place]: 1.0}, low=least, high=float(chosen.small)) for place in small]


def published(tables, *, secret=SECRET, **changed):
    return protect_tables(tables, about=About(), secret=secret, settings=DisclosureSettings(**changed))


# noise


@pytest.mark.parametrize("variance", [1.0, 2.0, 3.0])
def test_noise_has_mean_zero_and_its_variance(variance):
    for lowest, chances in noise_table(5, variance):
        steps = np.arange(lowest, 6)
        assert len(chances) == len(steps)
        assert min(chances) > 0
        assert sum(chances) == pytest.approx(1, abs=1e-12)
        assert np.dot(chances, steps) == pytest.approx(0, abs=1e-7)
        assert np.dot(chances, steps**2) == pytest.approx(variance, abs=1e-6)


def test_no_noise_has_a_variance_beyond_its_reach():
    with pytest.raises(ParameterError, match="Take a smaller variance"):
        noise_table(2, 9.0)


@given(n=st.integers(0, 60), u=st.floats(0, 1, exclude_max=True))
def test_counts_stay_counts_and_zero_stays_zero(n, u):
    shown = n + int(noise_for(np.array([n]), np.array([u]), spread=5, variance=2.0)[0])
    assert shown >= 0
    assert abs(shown - n) <= 5
    assert n or shown == 0


def test_what_is_published_leaves_at_least_five_other_counts():
    """By enumeration: every published number up to 40 can come from counts that span five or more."""
    table = dict(enumerate(noise_table(5, 2.0), start=1))
    reached: dict[int, set[int]] = {0: {0}}
    for n in range(1, 60):
        lowest, chances = table[min(n, 5)]
        for step, chance in enumerate(chances):
            if chance > 0:
                reached.setdefault(n + lowest + step, set()).add(n)
    assert all(max(counts) - min(counts) >= 5 and len(counts) >= 2 for shown, counts in reached.items() if shown <= 40)


# keys


@pytest.fixture
def cells() -> pd.DataFrame:
    rng = np.random.default_rng(4)
    names = [(f"A{i}", f"o{j}", f"2025-0{k}") for i in range(12) for j in range(5) for k in range(1, 4)]
    return pd.DataFrame(names, columns=["area_code", "offence", "period"]).assign(n=rng.poisson(3, len(names)))


def test_the_same_cell_gets_the_same_noise_in_every_release_and_order(cells):
    first = perturb_counts(cells, secret=SECRET)
    shuffled = cells.sample(frac=0.5, random_state=1)
    pd.testing.assert_series_equal(perturb_counts(shuffled, secret=SECRET).sort_index(), first[sorted(shuffled.index)])


def test_another_secret_gives_other_noise(cells):
    assert (perturb_counts(cells, secret=SECRET) != perturb_counts(cells, secret=bytes(32))).mean() > 0.3


def test_numbers_of_keys_are_pinned():
    """The noise must be the same on every machine: BLAKE2b of the cell's name with the secret as key."""
    frame = pd.DataFrame({"area_code": ["E05011439"], "offence": ["drugs"], "period": ["2025-04"]})
    number = key_numbers(frame, ["area_code", "offence", "period"], secret=SECRET)[0]
    import hashlib

    digest = hashlib.blake2b(b"E05011439\x1fdrugs\x1f2025-04", key=SECRET, digest_size=8).digest()
    assert number == (int.from_bytes(digest, "big") >> 11) / 2**53


def test_noise_is_even_over_cells(cells):
    many = pd.concat([cells.assign(area_code=cells["area_code"] + f"-{i}") for i in range(60)], ignore_index=True)
    noise = perturb_counts(many, secret=SECRET) - many["n"]
    assert abs(noise.mean()) < 4 * np.sqrt(2 / len(many))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"n": -1}, "below 0"),
        ({"n": 0.5}, "not whole"),
        ({"n": np.nan}, "missing"),
        ({"area_code": "A", "offence": "o", "period": "p"}, "twice"),
    ],
)
def test_faulty_counts_are_told(cells, change, told):
    with pytest.raises(SchemaError, match=told):
        perturb_counts(cells.assign(**change), secret=SECRET)


def test_a_short_secret_is_told(cells):
    with pytest.raises(ParameterError, match="at least 16 bytes"):
        perturb_counts(cells, secret=b"password")


# published form


def test_every_column_of_an_assessment_is_declared(assessed):
    undeclared = [
        f"{name}.{column}"
        for name, frame in assessed.tables.items()
        for column in frame.columns
        if assessed.tables.declared[name].others is None and column not in assessed.tables.declared[name].rules
    ]
    assert undeclared == []


def test_a_column_that_nobody_declared_is_withheld(assessed):
    tables = assessed.tables.with_tables(index=assessed.tables["index"].assign(secret_sum=1.0, note="x"))
    index = published(tables).tables["index"]
    assert index["secret_sum"].isna().all()
    assert (index["note"] == "").all()


def test_without_noise_everything_worked_out_again_is_what_it_was(assessed):
    """The numbers of the published form are made by the same formulas as those of the assessment."""
    tables = assessed.tables
    for name, frame in recomputed(tables, tables["counts"], tables["flagged"]).items():
        old = tables[name]
        for column in frame.columns.intersection(old.columns):
            if pd.api.types.is_numeric_dtype(old[column]):
                made, was = (t[column].astype(float).to_numpy() for t in (frame, old))
                np.testing.assert_allclose(made, was, rtol=1e-9, err_msg=f"{name}.{column}")
            elif tables.declared[name].rule_of(column) == "cells":
                assert frame[column].astype("str").tolist() == old[column].astype("str").tolist(), f"{name}.{column}"


def test_published_tables_agree_with_each_other(assessed):
    tables = published(assessed.tables).tables
    sums = tables["cells"].groupby("area_code")[["n", "harm"]].sum()
    assert (tables["index"]["crimes"] == sums["n"]).all()
    np.testing.assert_allclose(tables["by_group"].groupby("area_code")["harm"].sum(), sums["harm"].dropna())
    np.testing.assert_allclose(tables["by_period"].groupby("area_code")["harm"].sum(), sums["harm"].dropna())
    counted = tables["counts"][tables["counts"]["offence"] != "anti-social-behaviour"]
    assert (counted.groupby("area_code")["n"].sum() == sums["n"]).all()


def test_ranks_stay_and_what_narrows_counts_goes(assessed):
    old, new = assessed.tables, published(assessed.tables).tables
    pd.testing.assert_series_equal(new["ranking"]["rank"], old["ranking"]["rank"])
    pd.testing.assert_series_equal(new["ranking"]["rank_low_90"], old["ranking"]["rank_low_90"])
    assert new["index"][["rate_shrunk", "rate_se", "harm_se"]].isna().all(axis=None)
    assert new["hotspots"]["label"].tolist() == old["hotspots"]["label"].tolist()
    assert new["hotspots"]["z"].isna().all()
    assert ((new["top_k"]["probability"] * 20).round(6) % 1 == 0).all()
    assert (new["counts"]["n"] != old["counts"]["n"]).any()


def test_open_input_passes_through(assessed):
    made = protect_tables(assessed.tables, about=About(), settings=DisclosureSettings(open_input=True))
    assert made.tables is assessed.tables
    assert set(made.table["done"]) == {"keep"}
    assert check_release(made).ok


def test_protection_needs_a_secret_and_enough_noise(assessed):
    with pytest.raises(ParameterError, match="`secret` is missing"):
        protect_tables(assessed.tables, about=About())
    with pytest.raises(ParameterError, match="Raise it"):
        DisclosureSettings(small=6)


def test_partners_small_counts_and_sensitive_measures_are_withheld():
    published = {spec.name: spec.published for spec in declared_tables()}["indicators"]

    table = pd.DataFrame(
        {
            "area_code": list("ABCABC"),
            "measure": ["calls"] * 3 + ["share"] * 3,
            "value": [3.0, 12.0, 0.0, 3.5, 1.0, 2.0],
        }
    )
    dictionary = pd.DataFrame({"measure": ["calls", "share"], "marking": ["OFFICIAL", "OFFICIAL"]})
    kept = published(table, {"indicator_dictionary": dictionary})["value"]
    assert kept.isna().tolist() == [True, False, False, False, False, False]
    closed = dictionary.assign(marking=["OFFICIAL-SENSITIVE", "OFFICIAL"])
    assert published(table, {"indicator_dictionary": closed})["value"].isna().tolist() == [
        True,
        True,
        True,
        False,
        False,
        False,
    ]


def test_bands_of_mapped_groups():
    assert band_counts(pd.Series([0, 1, 4, 5, 9, 10])).tolist() == [
        "none", "1 to 4", "1 to 4", "5 to 9", "5 to 9", "10 or more",
    ]  # fmt: skip
    with pytest.raises(ParameterError, match="below 0"):
        band_counts(pd.Series([-1]))


# the attacker


def test_the_attacker_finds_what_one_equation_tells():
    said = [Statement(parts={"a": 3, "b": 5}, low=19, high=19)]
    assert attack_cells(said).table["low"].to_dict() == {"a": 3, "b": 2}


def test_the_attacker_joins_releases():
    first = Statement(parts={"a": 1}, low=0, high=6, source="release 1")
    second = Statement(parts={"a": 1}, low=4, high=10, source="release 2")
    attack = attack_cells([first, second])
    assert attack.table.loc["a", ["low", "high"]].tolist() == [4, 6]
    assert attack.at_risk.index.tolist() == ["a"]
    with pytest.raises(ParameterError, match="contradict"):
        attack_cells([first, dataclasses.replace(second, low=8)])
    with pytest.raises(ParameterError, match="No statement speaks of"):
        attack_cells([first], cells=["b"])


@pytest.mark.slow
def test_the_attack_succeeds_on_unprotected_tables_and_fails_on_published_ones(tmp_path):
    """The sample's extract, OFFICIAL-SENSITIVE, by LSOA and month: first unprotected, then in published form."""
    run = run_extract(tmp_path)
    tables, secret = run.tables, store_secret(run.path.parent)
    totals = tables["cells"].groupby(["area_code", "period"])["n"].sum()
    some = totals[totals.between(2, 3)].index[::25][:12]
    cells = in_groups(tables["cells"], some)
    truth = cells.set_index(["area_code", cells["offence"].astype("str"), cells["period"].astype("str")])["n"]
    small = truth[truth > 0]
    said_before = exact_statements(tables.with_tables(cells=cells), source="unprotected")
    before = attack_cells(said_before, cells=list(small.index))
    exact = before.table[before.table["width"] == 0]
    assert (exact["low"].to_numpy() == small.reindex(exact.index).to_numpy()).all()
    assert len(exact) > 0.6 * len(small)

    made = published(tables, secret=secret)
    said = released_statements(
        made.tables.with_tables(counts=in_groups(made.tables["counts"], some)), settings=made.settings
    )
    after = attack_cells(said)
    assert after.at_risk.empty
    assert (after.table["width"] >= 5).all()
    held = after.table.loc[truth.index]
    assert ((held["low"] <= truth) & (truth <= held["high"])).all()
    assert check_release(made).ok

    # A second release over other months of the same store tells nothing more of the months they share.
    later = tables.with_tables(
        counts=tables["counts"][tables["counts"]["period"] > tables["counts"]["period"].min()],
        cells=tables["cells"][tables["cells"]["period"] > tables["cells"]["period"].min()],
    )
    second = published(later, secret=secret)
    both = said + released_statements(
        second.tables.with_tables(counts=in_groups(second.tables["counts"], some)), settings=second.settings
    )
    assert attack_cells(both).at_risk.empty
    # With other secrets several noises on one count narrow it: they are refused, and the attack shows why.
    with pytest.raises(ParameterError, match="record keys were made with the secret of fingerprint"):
        protect_tables(later, about=About(), secret=bytes(32))
    unkeyed = later.with_tables(record_keys=pd.DataFrame())  # the noise then comes from names and the secret given
    other = protect_tables(unkeyed, about=About(), secret=bytes(32))
    with pytest.raises(RefusedError, match="another secret"):
        check_release(other, [(made.tables, made.settings)])
    leaky = list(said)
    for number in range(4):
        other = protect_tables(unkeyed, about=About(), secret=bytes([number]) * 32)
        leaky += released_statements(
            other.tables.with_tables(counts=in_groups(other.tables["counts"], some)), settings=other.settings
        )
    assert len(attack_cells(leaky).at_risk) > 0


def in_groups(cells: pd.DataFrame, groups: pd.MultiIndex) -> pd.DataFrame:
    """Rows of some areas and months."""
    return cells[pd.MultiIndex.from_frame(cells[["area_code", "period"]]).isin(groups)]


def test_a_release_that_was_open_before_is_at_risk(assessed):
    made = published(assessed.tables)
    open_before = (assessed.tables, DisclosureSettings(open_input=True))
    check = check_release(made, [open_before])
    assert not check.ok
    assert (check.table["width"] == 0).all()
    assert len(check.table) == len(assessed.tables["counts"])


def test_a_second_list_of_offences_is_refused(assessed):
    """Counts by code and by category tell of each other; a few records under another label do not stop a release."""
    made = published(assessed.tables)
    category = made.tables["counts"]["offence"].astype(str).replace({"robbery": "violence", "burglary": "theft"})
    other = made.tables.with_tables(counts=made.tables["counts"].assign(offence=category))
    assert set(category) - set(made.tables["counts"]["offence"].astype(str))
    with pytest.raises(RefusedError, match=r"lists offences otherwise: .* only here, such as .* only there"):
        check_release(made, [(other, made.settings)])
    fewer = made.tables.with_tables(counts=made.tables["counts"][made.tables["counts"]["offence"] != "robbery"])
    check_release(made, [(fewer, made.settings)])
    check_release(made, [(other, dataclasses.replace(made.settings, open_input=True))])


def test_totals_that_are_no_sums_are_told(assessed):
    made = published(assessed.tables)
    index = made.tables["index"].assign(crimes=assessed.tables["index"]["crimes"])
    leaky = dataclasses.replace(made, tables=made.tables.with_tables(index=index))
    assert check_release(leaky).disagreements == ("index.crimes",)


def test_the_check_and_the_integer_program_agree(assessed):
    made = published(assessed.tables, noise=NoiseSettings(spread=5, variance=1.5))
    part = made.tables.with_tables(counts=made.tables["counts"].head(60))
    attack = attack_cells(released_statements(part, settings=made.settings))
    assert attack.at_risk.empty == check_release(made).table.empty


# suppression and rounding


def test_suppression_of_the_published_case():
    """GaussSuppression 1.0.0, vignette Small_count_frequency_table_suppression, table 1: primary (young, Portugal)."""
    counts = pd.DataFrame(
        [("young", "Iceland", 2), ("young", "Portugal", 0), ("young", "Spain", 5),
         ("old", "Iceland", 3), ("old", "Portugal", 4), ("old", "Spain", 6)],
        columns=["age", "geo", "n"],
    )  # fmt: skip
    table = suppress_small_counts(counts, by=["age", "geo"], small=1).table.set_index(["age", "geo"])
    assert table.index[table["status"] == "primary"].tolist() == [("young", "Portugal")]
    assert sorted(table.index[table["status"] != "kept"]) == [
        ("old", "Iceland"), ("old", "Portugal"), ("young", "Iceland"), ("young", "Portugal"),
    ]  # fmt: skip
    shown = table["n"].dropna()
    assert shown.to_dict() == {
        ("Total", "Total"): 20, ("Total", "Iceland"): 5, ("Total", "Portugal"): 4, ("Total", "Spain"): 11,
        ("old", "Total"): 13, ("young", "Total"): 7, ("old", "Spain"): 6, ("young", "Spain"): 5,
    }  # fmt: skip


@settings(max_examples=25)
@given(values=st.lists(st.integers(0, 12), min_size=16, max_size=16))
def test_no_small_count_can_be_worked_out(values):
    counts = pd.DataFrame([(f"r{i // 4}", f"c{i % 4}", n) for i, n in enumerate(values)], columns=["r", "c", "n"])
    try:
        table = suppress_small_counts(counts, by=["r", "c"], small=2, zeros=False).table
    except ParameterError:
        return  # a total of 1 or 2 tells its cells, whatever is withheld
    hidden = table[table["status"] != "kept"]
    for side in ("r", "c"):
        assert (hidden.groupby(side).size() >= 2).all()
    assert table.loc[table["r"].eq("Total") | table["c"].eq("Total"), "status"].eq("kept").all()


@settings(max_examples=25)
@given(values=st.lists(st.integers(0, 12), min_size=12, max_size=16), zeros=st.booleans(), nested=st.booleans())
def test_an_attacker_who_knows_which_counts_are_small_recovers_none(values, zeros, nested):
    columns = 4 if len(values) == 16 else 3
    values = values[: 4 * columns]
    counts = pd.DataFrame(
        [(f"r{i // columns}", f"c{i % columns}", n) for i, n in enumerate(values)], columns=["r", "c", "n"]
    )
    groups = {"r": {"r0": "north", "r1": "north", "r2": "south", "r3": "south"}} if nested else None
    try:
        made = suppress_small_counts(counts, by=["r", "c"], hierarchy=groups, small=4, zeros=zeros)
    except ParameterError:
        return  # the totals alone tell a small count: said, and nothing is published
    small = made.table[made.table["status"] == "primary"]
    cells = list(zip(small["r"], small["c"], strict=True))
    if cells:
        attack = attack_cells(suppressed_statements(made), cells=cells, width=1)
        assert attack.at_risk.empty
        assert attack.table["high"].max() <= 4


def test_a_table_that_hid_its_small_counts_from_sums_alone():
    # Each row and column has two withheld cells, so no sum tells one; but 8 is 4 and 4 where both are at most 4.
    counts = pd.DataFrame(
        [("a", "x", 4), ("a", "y", 4), ("a", "z", 30), ("b", "x", 3), ("b", "y", 20), ("b", "z", 2),
         ("c", "x", 40), ("c", "y", 9), ("c", "z", 8)],
        columns=["r", "c", "n"],
    )  # fmt: skip
    made = suppress_small_counts(counts, by=["r", "c"], small=4, zeros=False)
    row = made.table[(made.table["r"] == "a") & (made.table["c"] != "Total")]
    assert row["n"].isna().all()


def test_a_nested_table_keeps_its_groups():
    counts = pd.DataFrame(
        [(ward, offence, n) for ward, row in {"A": (2, 9, 7), "B": (6, 8, 5), "C": (11, 3, 9), "D": (7, 8, 6)}.items()
         for offence, n in zip(("x", "y", "z"), row, strict=True)],
        columns=["ward", "offence", "n"],
    )  # fmt: skip
    groups = {"ward": {"A": "North", "B": "North", "C": "South", "D": "South"}}
    made = suppress_small_counts(counts, by=["ward", "offence"], hierarchy=groups, small=4, zeros=False)
    shown = made.table.set_index(["ward", "offence"])["n"]
    assert shown[("North", "x")] == 8
    assert shown[("Total", "Total")] == 81
    # In a flat table A could hide behind C; here each district must hold two withheld cells of an offence.
    assert shown[[("A", "x"), ("B", "x"), ("C", "y"), ("D", "y")]].isna().all()


@pytest.mark.parametrize(
    ("groups", "told"),
    [
        ({"size": {}}, "the table is by"),
        ({"r": {"a": "north"}}, "has no group for"),
        ({"r": {"a": "b", "b": "b"}}, "names a group as a value"),
    ],
)
def test_faulty_groups_are_told(groups, told):
    counts = pd.DataFrame([("a", "x", 9), ("a", "y", 8), ("b", "x", 7), ("b", "y", 9)], columns=["r", "c", "n"])
    with pytest.raises(ParameterError, match=told):
        suppress_small_counts(counts, by=["r", "c"], hierarchy=groups)


def test_small_count_rounding_of_the_published_case():
    """SmallCountRounding 1.1.0, vignette, last example (e6 without its first row): cells and utility as published."""
    counts = pd.DataFrame(
        [("Portugal", 2018, 3), ("Spain", 2018, 7), ("Iceland", 2019, 1), ("Portugal", 2019, 5), ("Spain", 2019, 6)],
        columns=["geo", "year", "n"],
    )
    groups = {"geo": {"Portugal": "EU", "Spain": "EU", "Iceland": "nonEU"}}
    made = round_small_counts(counts, by=["geo", "year"], hierarchy=groups)
    assert made.table["published"].tolist() == [3, 7, 0, 5, 6]
    shown = made.totals.set_index(["geo", "year"])["published"].to_dict()
    assert shown[("Total", "Total")] == 21
    assert shown[("nonEU", 2019)] == 0
    assert made.distance["maxdiff"] == 1
    assert round(made.distance["hd_utility"], 4) == 0.8925
    assert round(made.distance["mean_abs_diff"], 4) == 0.5
    assert round(made.distance["root_mean_square"], 4) == 0.7071


@given(values=st.lists(st.integers(0, 9), min_size=9, max_size=9))
def test_no_rounded_total_is_small(values):
    counts = pd.DataFrame([(f"r{i // 3}", f"c{i % 3}", n) for i, n in enumerate(values)], columns=["r", "c", "n"])
    made = round_small_counts(counts, by=["r", "c"], multiple=5)
    totals = made.totals["published"]
    assert (((totals == 0) | (totals >= 5)) & (totals >= 0)).all()
    inner = made.table.set_index(["r", "c"])["published"]
    by_row = made.totals[(made.totals["r"] != "Total") & (made.totals["c"] == "Total")].set_index("r")["published"]
    pd.testing.assert_series_equal(by_row, inner.groupby("r").sum(), check_names=False)


def test_tables_that_cannot_be_protected_are_told():
    one = pd.DataFrame({"r": ["a", "b"], "c": ["x", "x"], "n": [1, 9]})
    with pytest.raises(ParameterError, match="Merge rows or columns"):
        suppress_small_counts(one, by=["r", "c"])
    with pytest.raises(ParameterError, match="a table has two"):
        suppress_small_counts(one, by=["r"])
    with pytest.raises(SchemaError, match="lacks cells"):
        suppress_small_counts(pd.DataFrame({"r": ["a", "b"], "c": ["x", "y"], "n": [1, 9]}), by=["r", "c"])
    with pytest.raises(SchemaError, match="twice"):
        round_small_counts(pd.concat([one, one]), by=["r", "c"])
