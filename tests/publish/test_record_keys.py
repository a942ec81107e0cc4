"""Noise that comes from records: the same records show the same number, whatever they are called and wherever."""

from __future__ import annotations

import dataclasses
import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import box

import socharm as sh
from socharm.errors import ParameterError, RefusedError, StoreError
from socharm.publish.cell_keys import perturb_counts
from socharm.publish.law import NoiseLaw, require_law
from socharm.publish.record_keys import record_key_sums
from socharm.publish.secret import secret_fingerprint, store_law, store_secret
from socharm.stats.keyed_hash import hash_texts, hash_words

SECRET = bytes(range(32))
CELL = ["area_code", "offence", "period"]


def test_the_hash_is_siphash_2_4():
    """Aumasson and Bernstein (2012), appendix A, and their reference vectors for 0, 8 and 15 bytes."""
    key, message = bytes(range(16)), np.arange(15, dtype=np.uint8)
    assert int(hash_texts(np.array([0, 15]), message, key=key)[0]) == 0xA129CA6149BE45E5
    assert int(hash_texts(np.array([0, 0]), message[:0], key=key)[0]) == 0x726FDB47DD0E0E31
    assert int(hash_words(message[:8].view("<u8").reshape(1, 1), key=key)[0]) == 0x93F5F5799A932462


def test_texts_of_all_lengths_are_hashed_alike_alone_and_together():
    texts = [b"x" * length for length in (0, 3, 8, 9, 40, 300)]
    ends = np.cumsum([0, *map(len, texts)])
    together = hash_texts(ends, np.frombuffer(b"".join(texts), dtype=np.uint8), key=SECRET[:16])
    for text, number in zip(texts, together, strict=True):
        alone = hash_texts(np.array([0, len(text)]), np.frombuffer(text, dtype=np.uint8), key=SECRET[:16])
        assert alone[0] == number
    assert len(set(together.tolist())) == len(texts)


# counted records


ROWS = [
    ("a", "2025-04-02", "9A", 100, 100), ("b", "2025-04-03", "9A", 100, 100), ("c", "2025-04-09", "9A", 900, 100),
    ("d", "2025-05-02", "9A", 120, 130), ("e", "2025-05-02", "28A", 120, 130), ("f", "2025-04-02", "28A", 1500, 50),
]  # fmt: skip


def counted(rows=ROWS, *, split=1000, codes=("west", "east"), ids=True):
    table = pd.DataFrame(rows, columns=["id", "date", "offence", "x", "y"])
    names = {"date": "date", "offence": "offence", "easting": "x", "northing": "y"}
    areas = gpd.GeoDataFrame(
        {"area_code": codes, "name": codes}, geometry=[box(0, 0, split, 1000), box(split, 0, 2000, 1000)], crs=27700
    ).set_index("area_code")
    incidents = sh.read_incidents(table, columns={**names, "id": "id"} if ids else names)
    return sh.count_incidents(incidents, areas, keep_records=True)


def sums(counts) -> pd.Series:
    table = record_key_sums(counts.records, secret=SECRET)
    return table[table["flag"] == ""].set_index(CELL)["key"]


@pytest.mark.parametrize("ids", [True, False])
def test_the_same_records_have_the_same_keys_under_other_names_and_borders(ids):
    first = sums(counted(ids=ids))
    renamed = sums(counted(ids=ids, codes=("E1", "E2"))).rename(index={"E1": "west", "E2": "east"}, level=0)
    pd.testing.assert_series_equal(first.sort_index(), renamed.sort_index())
    # The border moves over empty land, then over the one record at 900 m.
    pd.testing.assert_series_equal(first, sums(counted(ids=ids, split=1200)))
    moved = sums(counted(ids=ids, split=800))
    changed = ("west", "9A".lower(), "2025-04")
    names = [name for name in first.index if name in moved.index and first[name] != moved[name]]
    assert [(area, str(period)) for area, _, period in names] == [(changed[0], changed[2])]


@pytest.mark.filterwarnings("ignore:1 of 7 rows")
@pytest.mark.parametrize("ids", [True, False])
def test_the_order_of_rows_and_copies_do_not_matter(ids):
    first = sums(counted(ids=ids))
    pd.testing.assert_series_equal(first, sums(counted(ROWS[::-1], ids=ids)))
    if ids:
        pd.testing.assert_series_equal(first, sums(counted([*ROWS, ROWS[0]], ids=True)))
    else:
        assert (first != sums(counted([*ROWS, ROWS[0]], ids=False))).sum() == 1


def test_keys_are_those_of_the_secret():
    records = counted().records
    assert (record_key_sums(records, secret=SECRET)["key"] != record_key_sums(records, secret=bytes(32))["key"]).all()
    assert repr(records) == "<RecordHashes of 6 records>"


def test_keys_and_secret_belong_together():
    counts = counted()
    keys = record_key_sums(counts.records, secret=SECRET)
    assert set(keys["fingerprint"]) == {secret_fingerprint(SECRET)}
    perturb_counts(counts.table, secret=SECRET, record_keys=keys)
    with pytest.raises(ParameterError, match=f"made with the secret of fingerprint {secret_fingerprint(SECRET)}"):
        perturb_counts(counts.table, secret=bytes(32), record_keys=keys)
    with pytest.raises(ParameterError, match="do not say which secret made them"):
        perturb_counts(counts.table, secret=SECRET, record_keys=keys.drop(columns="fingerprint"))
    mixed = keys.assign(fingerprint=["0" * 16, *keys["fingerprint"][1:]])
    with pytest.raises(ParameterError, match="fingerprint 0000000000000000, and `secret` is that of"):
        perturb_counts(counts.table, secret=SECRET, record_keys=mixed)


def test_counts_keep_no_records_unless_asked():
    incidents = sh.read_incidents(
        pd.DataFrame(ROWS, columns=["id", "date", "offence", "easting", "northing"]),
        columns={"date": "date", "offence": "offence", "easting": "easting", "northing": "northing"},
    )
    areas = gpd.GeoDataFrame(
        {"area_code": ["a"], "name": ["a"]}, geometry=[box(0, 0, 2000, 1000)], crs=27700
    ).set_index("area_code")
    assert sh.count_incidents(incidents, areas).records is None


def test_noise_follows_records_and_not_names():
    rows = [(f"r{i}", "2025-04-02", "9A", 10 + i % 7, 10) for i in range(30)]
    shown = []
    for codes, split in ((("west", "east"), 1000), (("W06", "E06"), 1000), (("west", "east"), 1700)):
        counts = counted(rows, codes=codes, split=split)
        keys = record_key_sums(counts.records, secret=SECRET)
        shown.append(perturb_counts(counts.table, secret=SECRET, record_keys=keys).tolist())
    assert shown[0] == shown[1] == shown[2]


def test_keys_of_other_counts_are_told():
    counts = counted()
    keys = record_key_sums(counts.records, secret=SECRET)
    with pytest.raises(ParameterError, match="1 cell with records has no record keys"):
        perturb_counts(counts.table, secret=SECRET, record_keys=keys.iloc[1:])


# one law


def law(**changed):
    return dataclasses.replace(
        NoiseLaw(since="2025H1-r001", fingerprint="ab", spread=5, variance=2.0, keyed_by="records"), **changed
    )


def test_one_law_holds_for_good():
    assert require_law([], spread=7, variance=1.0) == ""
    assert require_law([law()], spread=5, variance=2.0, fingerprint="ab") == "records"
    assert require_law([law(keyed_by="cells"), law()], spread=5, variance=2.0) == "cells"
    for asked in ({"spread": 6, "variance": 2.0}, {"spread": 5, "variance": 1.5}):
        with pytest.raises(RefusedError, match=r"has spread 5 and variance 2 since '2025H1-r001'"):
            require_law([law()], **asked)
    with pytest.raises(RefusedError, match="another secret"):
        require_law([law()], spread=5, variance=2.0, fingerprint="cd")
    # Nothing of an internal run has left: it does not bind the noise, but its keys bind the secret.
    assert require_law([law(shown=False)], spread=9, variance=1.0, fingerprint="ab") == ""


def snapshot(store, name, **said):
    (store / name).mkdir(parents=True)
    told = {"created": "2025-10-01T00:00:00Z", "disclosure": {"spread": 5, "variance": 2.0, **said}}
    (store / name / "manifest.json").write_text(json.dumps(told))


def test_a_lost_secret_is_never_made_anew_where_a_snapshot_used_it(tmp_path):
    snapshot(tmp_path, "2025H1", fingerprint="ab", keyed_by="records")
    with pytest.raises(StoreError, match="'2025H1' was made with the one of fingerprint ab"):
        store_secret(tmp_path)
    (tmp_path / "published").mkdir(exist_ok=True)
    (tmp_path / "published" / ".secret").write_text("0" * 64)
    with pytest.raises(RefusedError, match="'2025H1' was made with another secret"):
        store_law(tmp_path, spread=5, variance=2.0)


def test_open_snapshots_bind_nothing(tmp_path):
    snapshot(tmp_path, "open", fingerprint="", open_input=True)
    assert len(store_secret(tmp_path)) == 32
    assert store_law(tmp_path, spread=6, variance=1.0) == ""
