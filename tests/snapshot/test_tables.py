"""The tables of an assessment: what they refuse, and what a stored table says of itself."""

from __future__ import annotations

import copy
import json
import pickle
import shutil
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
from factories import make_assessment_tables

from socharm._settings import annotations_of
from socharm.assessment.steps.order import all_steps, declared_tables
from socharm.errors import ParameterError, RefusedError, StoreError
from socharm.snapshot.tables import SCHEMA_VERSION, AssessmentTables, read_tables

TABLES = make_assessment_tables()

# in memory


@pytest.mark.parametrize("name", [["ranking", "index"], {}, slice(0, 1), pd.Series(["ranking"]), 5, None, ("ranking",)])
@pytest.mark.parametrize("look", [AssessmentTables.__getitem__, AssessmentTables.get, AssessmentTables.__contains__])
def test_a_table_is_asked_for_by_one_name(look, name):
    with pytest.raises(ParameterError, match=r"The name of a table is .*; it must be text\. Take several one by one"):
        look(TABLES, name)


def test_a_misspelt_name_is_told_shortly():
    with pytest.raises(ParameterError, match=r"called 'rankin'\. Did you mean 'ranking'"):
        TABLES["rankin"]
    with pytest.raises(ParameterError, match=r"called 'rankin\\x1b") as told:
        TABLES.get("rankin" + "\x1b" * 10_000)
    assert len(str(told.value)) < 600
    assert "\x1b" not in str(told.value)
    assert "rankin" not in TABLES


@pytest.mark.parametrize(
    ("frames", "more", "told"),
    [
        (None, {}, "`frames` is None; it must be a mapping"),
        ([1], {}, "`frames` is a list; it must be a mapping"),
        ({5: pd.DataFrame()}, {}, "`frames` has the key 5"),
        ({"ranking": [1]}, {}, "`frames` holds a list for 'ranking'; it must be a DataFrame"),
        ({"rankin": pd.DataFrame()}, {}, "called 'rankin'. Did you mean 'ranking'"),
        ({}, {}, "These tables are missing, and every assessment has them: areas"),
        ({}, {"declared": None}, "`declared` is None"),
        ({}, {"declared": 5}, "`declared` is 5"),
        ({}, {"declared": ["ranking"]}, "`declared` holds 'ranking'"),
        ({}, {"declared": [], "settings": 5}, "`settings` is 5"),
        ({}, {"declared": [], "settings": {"index": 5}}, "`settings` holds 5 for 'index'"),
        ({}, {"declared": [], "settings": {"index": {}}}, "No table of an assessment is called 'index'"),
    ],
)
def test_tables_by_hand_are_checked(frames, more, told):
    with pytest.raises(ParameterError, match=told):
        AssessmentTables(frames, **{"declared": declared_tables(), **more})


def test_a_table_asked_for_as_an_attribute_is_told_how():
    with pytest.raises(AttributeError, match=r"no attribute 'ranking'; the table is tables\['ranking'\]"):
        _ = TABLES.ranking
    assert not hasattr(TABLES, "rankin")


def test_tables_cannot_be_changed():
    tables = make_assessment_tables()
    for change in (
        lambda: setattr(tables, "settings", {}),
        lambda: setattr(tables, "_frames", {}),
        lambda: setattr(tables, "new", 1),
        lambda: delattr(tables, "declared"),
    ):
        with pytest.raises(FrozenInstanceError, match="`with_tables` makes other tables"):
            change()
    with pytest.raises(TypeError):
        tables.settings["index"] = {}
    given = {"index": {"per": 5.0}}
    made = AssessmentTables(dict(tables), declared=declared_tables(), settings=given)
    given["index"]["per"] = 7.0
    assert made.setting("index", "per", 1.0) == 5.0


@pytest.mark.parametrize(
    ("name", "key", "told"),
    [
        ("indx", "per", "called 'indx'. Did you mean 'index'"),
        ("index", "pre", "No choice behind the table 'index' is called 'pre'; there are cap, exclude, .*mean 'per'"),
        ("hotspots", "alpa", "Did you mean 'alpha'"),
        ("streets", "per", "there are none"),
        ("index", "missing", "is 'leave out', which is no number"),
        ("index", "season", "is True, which is no number"),
    ],
)
def test_a_choice_that_is_none_is_told(name, key, told):
    tables = AssessmentTables(
        dict(TABLES), declared=declared_tables(), settings={"index": {"missing": "leave out", "season": True}}
    )
    with pytest.raises(ParameterError, match=told):
        tables.setting(name, key, 1.0)
    assert tables.setting("index", "per", 3.0) == 3.0


@pytest.mark.parametrize("again", [lambda each: pickle.loads(pickle.dumps(each)), copy.deepcopy, copy.copy])
def test_a_copy_of_tables_is_the_same(again):
    tables = AssessmentTables(dict(TABLES), declared=declared_tables(), settings={"index": {"per": 5.0}})
    found = again(tables)
    assert list(found) == list(tables)
    assert (dict(found.declared), dict(found.settings)) == (dict(tables.declared), dict(tables.settings))
    for name, frame in tables.items():
        pd.testing.assert_frame_equal(found[name], frame)


# on disk


def rewritten(folder: Path, table: str, change: Callable[[dict[str, Any]], Any]) -> None:
    """Change what a stored table says of itself."""
    path = folder / f"{table}.parquet"
    held = pq.read_table(path)
    note = json.loads(held.schema.metadata[b"socharm"])
    change(note)
    pq.write_table(held.replace_schema_metadata({b"socharm": json.dumps(note).encode()}), path)


@pytest.fixture
def stored(finished, tmp_path) -> Path:
    return Path(shutil.copytree(finished.path / "tables", tmp_path / "tables"))


def test_what_a_run_stored_is_accepted(stored):
    found = read_tables(stored, declared_tables())
    kinds = {spec.name: spec.settings for spec in declared_tables()}
    assert {name for name in found if kinds[name]} == set(found.settings)


@pytest.mark.parametrize(
    ("table", "change", "told"),
    [
        ("index", lambda note: note["settings"].update(per="many"), "`per` is 'many'; it must be"),
        ("index", lambda note: note["settings"].update(per=None), "`per` is None"),
        ("index", lambda note: note["settings"].update(per=[1]), "`per` is a (list|tuple)"),
        ("index", lambda note: note["settings"].update(per=True), "`per` is True"),
        ("index", lambda note: note["settings"].update(season="yes"), "`season` is 'yes'"),
        ("index", lambda note: note.update(settings={}), "lacks the setting ('transform'|'per')"),
        ("index", lambda note: note.pop("settings"), "lacks its settings"),
        ("counts", lambda note: note["settings"].update(duplicates="x"), "`duplicates` is 'x'"),
        ("sources", lambda note: note["settings"].update(date_basis="x"), "`date_basis` is 'x'"),
        ("areas", lambda note: note["settings"].pop("code"), "lacks the setting 'code'"),
        ("weights", lambda note: note.pop("settings"), "lacks its settings"),
        ("ranking", lambda note: note["settings"].update(draws=-1), "`draws` is -1"),
        ("ranking", lambda note: note["settings"].update(top="abc"), "`top`"),
        ("ranking", lambda note: note["settings"].pop("seed"), "lacks the setting 'seed'"),
        (
            "ranking",
            lambda note: note["settings"].update({"a\x1b[31m": 1}),
            r"has the setting 'a\\x1b\[31m', which is not known",
        ),
        ("micro_places", lambda note: note["settings"].update(cell_size="x"), "`cell_size` is 'x'"),
        ("micro_places", lambda note: note["settings"].update(cell_size=-250), "`cell_size` is -250"),
        ("hotspots", lambda note: note["settings"].update(permutations="x"), "`permutations` is 'x'"),
        ("streets", lambda note: note.update(settings={"per": 1}), "has settings, and such a table has none"),
        ("ranking", lambda note: note.update(index=["rank"]), "has 'rank' as the index, which is one of its columns"),
        ("ranking", lambda note: note["dtypes"].update(rank="str"), r"does not fit its columns, such as \['rank'\]"),
        ("ranking", lambda note: note["dtypes"].update(rank="object['x']"), r"such as \['rank'\]"),
        ("ranking", lambda note: note["dtypes"].pop("rank"), r"such as \['rank'\]"),
        ("ranking", lambda note: note["dtypes"].update(more="str"), r"such as \['more'\]"),
        ("index", lambda note: note["dtypes"].update(harm="bool"), r"such as \['harm'\]"),
    ],
)
def test_what_no_run_can_have_stored_is_damage(stored, table, change, told):
    rewritten(stored, table, change)
    with pytest.raises(
        StoreError, match=rf"'{table}\.parquet' is (damaged|not as this socharm writes it): its entry of .*({told})"
    ):
        read_tables(stored, declared_tables())


def test_a_table_of_another_state_of_this_version_is_not_called_damaged(stored):
    """Between two releases a table gains a choice: what was stored before is whole, and its recipe is run again."""
    rewritten(stored, "ranking", lambda note: note["settings"].pop("draws"))
    with pytest.raises(
        StoreError, match=r"lacks the setting 'draws'.*between two releases.*Run the recipe again"
    ) as told:
        read_tables(stored, declared_tables())
    assert "damaged" not in str(told.value)


def test_an_entry_of_many_megabytes_is_refused(stored):
    rewritten(stored, "ranking", lambda note: note["settings"].update(x=" " * 2_000_000))
    with pytest.raises(RefusedError, match=r"bytes in the entry of socharm in 'ranking\.parquet'"):
        read_tables(stored, declared_tables())


def test_a_table_of_an_earlier_version_states_the_choices_that_there_were(stored):
    rewritten(stored, "index", lambda note: note.update(schema_version=4, settings={"per": 1000.0, "gone": 1}))
    assert read_tables(stored, declared_tables()).setting("index", "per", 1.0) == 1000.0
    rewritten(stored, "index", lambda note: note.update(settings={"per": "many"}))
    with pytest.raises(StoreError, match="`per` is 'many'"):
        read_tables(stored, declared_tables())


def test_the_settings_of_stored_tables_are_those_of_the_version(repository):
    # Where this fails, a setting came or went since the version of tables was settled: raise `SCHEMA_VERSION`, so that
    # snapshots of before are read as such, and write the names of today to a file of that version.
    told = json.loads((repository / f"tests/reference/settings-{SCHEMA_VERSION}.json").read_text(encoding="utf-8"))
    found = {
        spec.name: sorted({name for kind in spec.settings if kind is not None for name in annotations_of(kind)})
        for spec in declared_tables()
        if spec.settings
    }
    assert found == told


def test_every_step_that_stores_settings_says_which():
    kinds = {spec.name: spec.settings for spec in declared_tables()}
    says = {step.name: any(kinds[spec.name] for spec in step.tables) for step in all_steps()}
    assert [step.name for step in all_steps() if (step.settings is not None) != says[step.name]] == []
