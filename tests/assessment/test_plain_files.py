"""Manifests, records, tables and recipes that are damaged or hostile: one error of ours, and nothing else."""

from __future__ import annotations

import copy
import json
import random
import shutil
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from worlds import release

from socharm._about import About
from socharm.assessment.open_snapshot import open_assessment
from socharm.assessment.recipe_file import load_recipe
from socharm.composite.text import load_composite_recipe
from socharm.errors import ParameterError, RefusedError, SchemaError, SocharmError, StoreError
from socharm.files.geopackage import read_layer
from socharm.files.parquet import parquet_marking, read_parquet, write_parquet
from socharm.files.plain import parse_json, parse_toml, read_toml
from socharm.io.dictionary import read_dictionary
from socharm.profiles.side_text import read_profile_text
from socharm.publish.released import list_releases, read_release
from socharm.publish.statement import method_statement
from socharm.publish.transparency import transparency_record
from socharm.snapshot.manifest_shape import manifest_faults
from socharm.snapshot.verification import verify_assessment

DEEP = 5_000
HOSTILE = {
    "nested lists": b"a = " + b"[" * DEEP + b"]" * DEEP,
    "nested tables": b"a = " + b"{a = " * DEEP + b"1" + b"}" * DEEP,
    "a long dotted key": b".".join([b"a"] * DEEP) + b" = 1",
    "a header of many parts": b"[" + b".".join([b"a"] * DEEP) + b"]\nb = 1",
    "5,000 digits": b"a = " + b"9" * 5_000,
    "5,000 digits in a float": b"a = 1e" + b"9" * 5_000,
    "beyond 64 bits": b"a = 9223372036854775808",
    "not a number": b"a = nan",
    "infinite": b"a = [1, {b = -inf}]",
    "a key twice": b"a = 1\na = 2",
    "a table twice": b"[a]\n[a]",
    "UTF-16": "a = 1".encode("utf-16"),
    "UTF-16 without a mark": "a = 1".encode("utf-16-le"),
    "Latin letters": 'a = "é"'.encode("latin-1"),
    "NUL": b"a = 1\x00",
    "half of a character": b'a = "\\ud800"',
    "the thirtieth of February": b"a = 2025-02-30",
    "cut": b'[a]\nb = "c',
    "a program": b"\x7fELF\x02\x01",
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_every_reader_of_toml_refuses_what_is_none(tmp_path, content):
    path = tmp_path / "a.toml"
    path.write_bytes(content)
    for reader in (read_toml, load_recipe, load_composite_recipe, read_dictionary, read_profile_text):
        with pytest.raises((SchemaError, RefusedError), match=r"a\.toml"):
            reader(path)


def test_a_toml_file_of_many_megabytes_is_not_read(tmp_path):
    path = tmp_path / "a.toml"
    with path.open("wb") as stream:
        stream.truncate(100_000_000)
    for reader in (load_recipe, load_composite_recipe, read_dictionary, read_profile_text):
        with pytest.raises(RefusedError, match=r"a\.toml"):
            reader(path)


def test_plain_toml_is_read_with_and_without_a_mark():
    assert parse_toml(b"\xef\xbb\xbfa = 1\r\nb = 2025-04-01", name="a")["a"] == 1
    assert parse_toml('"__class__" = {"__proto__" = [1, 2.5, true]}', name="a") == {
        "__class__": {"__proto__": [1, 2.5, True]}
    }


@pytest.mark.parametrize(
    "content",
    [b"[" * DEEP + b"]" * DEEP, b'{"a":' * DEEP + b"1" + b"}" * DEEP, b"9" * 5_000, b"[NaN]", b"[Infinity]", b"",
     b'"\\ud800"', b'{"\\udfff": 1}', b"\xff\xfe[\x00]\x00", b"{", b"{} {}", b"\x00", b"[1e999]"],
)  # fmt: skip
def test_json_that_socharm_did_not_write_is_damaged(content):
    with pytest.raises(StoreError, match=r"'m\.json' is damaged"):
        parse_json(content, name="m.json")


# manifests


def places(value, path=()):
    """Every place of plain values."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*path, key))


def mutated(manifest, rng: random.Random):
    """A manifest with one thing changed: a part taken out, of another type, nested, or a text that is no such text."""
    changed = copy.deepcopy(manifest)
    path = rng.choice([place for place in places(changed) if place])
    holder = changed
    for key in path[:-1]:
        holder = holder[key]
    other = rng.choice(
        [None, 0, -1, 2**70, 1.5, float("nan"), "", "x" * 5_000, "\ud800", "../..", [], {}, [[]], {"a": {"a": []}},
         True, ["x"], {"x": "y"}, "remove", "nest"]
    )  # fmt: skip
    if other == "remove":
        del holder[path[-1]]
    elif other == "nest":
        holder[path[-1]] = [holder[path[-1]]]
    else:
        holder[path[-1]] = other
    return changed


def told_by(work, path: Path) -> str | None:
    """What an error of ours says; None when there is none. Any other error fails the test."""
    try:
        work(path)
    except SocharmError as error:
        return str(error)
    return None


def read_whole(folder: Path) -> None:
    """Everything that reads a manifest."""
    verify_assessment(folder)
    assessment = open_assessment(folder)
    repr(assessment)
    assessment.summary()
    method_statement(assessment.manifest, about=assessment.about, tables=assessment.tables)
    transparency_record(assessment.manifest, about=assessment.about)


@pytest.fixture(scope="module")
def copied(finished, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("copied") / finished.path.name
    shutil.copytree(finished.path, folder)
    return folder


@pytest.mark.parametrize("seed", range(120))
def test_a_manifest_with_any_part_changed_is_told_as_damaged(copied, finished, seed):
    rng = random.Random(seed)
    manifest = mutated(dict(finished.manifest), rng)
    text = json.dumps(manifest)
    content = text[: rng.randrange(len(text))] if seed % 10 == 0 else text
    (copied / "manifest.json").write_text(content)
    message = told_by(read_whole, copied)
    assert message is None or "manifest" in message or "period" in message


def test_the_manifest_as_it_was_is_read(copied, finished):
    shutil.copy(finished.path / "manifest.json", copied)
    read_whole(copied)
    assert manifest_faults(finished.manifest, whole=True) == []


@pytest.mark.parametrize(
    ("manifest", "told"),
    [
        ({"recipe": {"ranking": {"draws": "many"}}}, r"recipe\.ranking\.draws"),
        ({"recipe": {"index": {"exclude": 1}}}, r"recipe\.index\.exclude"),
        ({"recipe": {"hotspots": {"alpha": float("nan")}}}, r"recipe\.hotspots\.alpha"),
        ({"inputs": [{"rows": {"used": "all"}}]}, r"inputs\.0\.rows"),
        ({"crosswalk": {"gap_years": "x"}}, r"crosswalk\.gap_years"),
        ([], "`manifest` is a list"),
        (None, "`manifest` is None"),
    ],
)
def test_a_statement_of_a_manifest_of_another_shape_is_refused(manifest, told):
    for write in (method_statement, transparency_record):
        with pytest.raises(ParameterError, match=told):
            write(manifest, about=About())


# the register, and tables


@pytest.mark.parametrize("seed", range(40))
def test_a_changed_record_of_a_release_is_told(store, seed):
    made = release(store)
    path = made.path / "release.json"
    rng = random.Random(seed)
    text = json.dumps(mutated(json.loads(path.read_text()), rng))
    path.write_text(text[: rng.randrange(len(text))] if seed % 5 == 0 else text)
    with pytest.raises(StoreError, match=r"was changed|is damaged"):
        read_release(store, made.id)
    with pytest.raises(StoreError):
        list_releases(store)


@pytest.mark.parametrize("seed", range(40))
def test_a_changed_entry_of_a_table_is_told(tmp_path, seed):
    path = tmp_path / "t.parquet"
    frame = pd.DataFrame({"n": [1, 2]}, index=pd.Index(["A", "B"], name="area_code"))
    write_parquet(frame, path, kind="t", schema_version=1, marking="OFFICIAL")
    table = pq.read_table(path)
    entry = mutated(json.loads(table.schema.metadata[b"socharm"]), random.Random(seed))
    pq.write_table(table.replace_schema_metadata({b"socharm": json.dumps(entry).encode()}), path)
    for reader in (parquet_marking, read_parquet):
        message = told_by(reader, path)
        assert message is None or "'t.parquet'" in message


@pytest.mark.parametrize("seed", range(20))
def test_a_damaged_table_or_map_is_told(tmp_path, finished, seed):
    rng = random.Random(seed)
    for source, reader in (("tables/ranking.parquet", read_parquet), ("areas.gpkg", lambda p: read_layer(p, "index"))):
        content = bytearray((finished.path / source).read_bytes())
        for _ in range(30):
            content[rng.randrange(len(content))] = rng.randrange(256)
        path = tmp_path / Path(source).name
        path.write_bytes(content[: rng.randrange(100, len(content))] if seed % 3 == 0 else content)
        message = told_by(reader, path)
        assert message is None or path.name in message


def test_a_small_table_of_very_many_rows_is_refused(tmp_path):
    path = tmp_path / "t.parquet"
    note = {"kind": "t", "schema_version": 1, "index": [], "dtypes": {"a": "int8"}}
    rows = pa.table({"a": pa.array([0] * 1_000_000, pa.int8())})
    writer = pq.ParquetWriter(path, rows.schema.with_metadata({b"socharm": json.dumps(note).encode()}))
    for _ in range(210):
        writer.write_table(rows)
    writer.close()
    with pytest.raises(RefusedError, match=r"210,000,000 rows in 't\.parquet'"):
        read_parquet(path)
