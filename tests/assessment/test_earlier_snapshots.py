"""Snapshots that earlier versions made (twelve made-up wards, cut to what they cannot do without)."""

from __future__ import annotations

import dataclasses
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from socharm._about import AssessmentPeriod
from socharm._settings import Settings
from socharm.assessment.open_snapshot import open_assessment
from socharm.composite.settings import CompositeSettings
from socharm.errors import ParameterError
from socharm.io.weight_scheme import CrosswalkSettings
from socharm.profiles.profile import seed_profile
from socharm.profiles.subject import subject_of
from socharm.publish.statement import method_statement
from socharm.rescoring import compare
from socharm.severity.index import SeveritySettings
from socharm.snapshot.assessment import Assessment
from socharm.snapshot.tables import SCHEMA_VERSION
from socharm.snapshot.verification import verify_assessment

STORED = Path(__file__).parents[1] / "reference"


def opened(version: int, store: Path) -> Assessment:
    with zipfile.ZipFile(STORED / f"snapshot-{version}.zip") as packed:
        packed.extractall(store)
    return open_assessment(next(store.iterdir()))


@pytest.fixture(scope="module")
def earlier(tmp_path_factory) -> Assessment:
    return opened(4, tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="module")
def sixth(tmp_path_factory) -> Assessment:
    return opened(6, tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="module")
def seventh(tmp_path_factory) -> Assessment:
    return opened(7, tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="module")
def fifth(tmp_path_factory) -> Assessment:
    return opened(5, tmp_path_factory.mktemp("store"))


def test_a_snapshot_of_version_4_opens_and_verifies(earlier):
    assert earlier.manifest["schema_version"] == 4 < SCHEMA_VERSION
    assert verify_assessment(earlier.path).ok
    assert earlier.tables["ranking"]["rank"].notna().sum() == 11
    assert earlier.recipe.stated["composite"].missing == "leave out"  # it was called `lacking`


def test_it_says_what_it_did_and_with_which_choices(earlier):
    done = method_statement(earlier.manifest, about=earlier.about, tables=earlier.tables).sections["What was done"]
    assert any("300 draws" in text for text in done)
    assert any("Gi*, 99 permutations" in text for text in done)
    assert earlier.tables.stored("hotspots").settings["permutations"] == 99
    assert earlier.tables.setting("micro_places", "cell_size", 1.0) == 250.0


def test_its_choices_can_be_replayed(earlier):
    """A blank stood for the usual value then, and the seed in the recipe alone."""
    for name in ("index", "ranking", "hotspots"):
        stored = earlier.tables.stored(name)
        kind = next(kind for kind in stored.spec.settings if kind is not None)
        again = kind.joined(stored.settings, {}, {})
        assert getattr(again, "seed", 1) == 1
    assert SeveritySettings.joined(earlier.tables.stored("index").settings, {}, {}).per == 1000.0
    assert SeveritySettings.joined(earlier.tables.stored("index").settings, {}, {}).missing == "leave out"


def test_rates_of_several_areas_are_for_the_residents_that_were_chosen(earlier):
    index = earlier.tables["index"]
    here = index[index["parent"] == "North"].dropna(subset=["harm", "exposure"])
    together = subject_of("North", earlier.tables)
    rate = float(together.tables["index"].loc[together.key, "rate"])
    assert rate == pytest.approx(1000 * float(here["harm"].sum()) / float(here["exposure"].astype(float).sum()))
    alone = index.loc[here.index[0]]
    assert alone["rate"] == pytest.approx(1000 * alone["harm"] / alone["exposure"])
    assert isinstance(earlier.summary(), str)
    assert pd.notna(rate)


def test_tables_columns_and_switches_of_version_5_have_the_names_of_today(fifth):
    assert fifth.manifest["schema_version"] == 5 < SCHEMA_VERSION
    assert verify_assessment(fifth.path).ok
    stored = {path.stem for path in (fifth.path / "tables").iterdir()}
    assert {"places", "place_facts", "doubt_ranking", "doubt_choices", "doubt_factors", "doubt_shares"} <= stored
    now = {"uncertainty_ranking", "uncertainty_choices", "uncertainty_factors", "uncertainty_shares"}
    assert {"micro_places", "micro_place_facts", *now} <= set(fifth.tables)
    assert set(fifth.tables["uncertainty_ranking"]["main_factor"].dropna()) <= {"counts", "transform", "tau"}
    assert fifth.tables.stored("uncertainty_factors").settings["base"] == 16
    assert fifth.tables.setting("micro_places", "cell_size", 1.0) == 250.0
    assert fifth.recipe.wants("micro_places")
    assert not fifth.recipe.wants("heat")


def test_a_snapshot_of_version_6_opens_and_says_all_that_is_said_today(sixth):
    assert sixth.manifest["schema_version"] == 6 < SCHEMA_VERSION
    assert verify_assessment(sixth.path).ok
    sections = method_statement(sixth.manifest, about=sixth.about, tables=sixth.tables).sections
    assert sections["What was done"][0].startswith("Crime of April 2025 to June 2025 was counted by area and offence")
    assert any("ons-css; a category has the mean weight" in text for text in sections["What was done"])
    assert sum("100 draws" in text for text in sections["What was done"]) == 1
    assert any("750,000 shared map points" in text for text in sections["What is not in the data"])
    assert "Rows: 2,100 read" in sixth.summary()


def test_choices_that_tables_of_version_6_do_not_hold_are_those_of_the_recipe(sixth):
    assert sixth.tables.stored("counts").settings["duplicates"] == "whole-row"
    assert sixth.tables.stored("areas").settings["code"] == "ward_code"
    assert sixth.tables.stored("weights").settings["counts_from"] == "home-office-2019-20"
    assert sixth.tables.stored("indicators").settings["files"][0]["measure"] == "measure"
    for name in sixth.tables:
        stored = sixth.tables.stored(name)
        kinds = [kind for kind in stored.spec.settings if kind is not None]
        assert not kinds or any(fits(kind, stored.settings) for kind in kinds), name


def test_a_snapshot_of_version_7_opens_and_its_composite_has_the_choices_of_its_recipe(seventh):
    assert seventh.manifest["schema_version"] == 7 < SCHEMA_VERSION
    assert verify_assessment(seventh.path).ok
    assert "level" not in seventh.tables.stored("weights").settings  # no such choice then
    assert CrosswalkSettings.joined(seventh.tables.stored("weights").settings, {}, {}).allow_stale
    chosen = CompositeSettings.joined(seventh.tables.stored("composite").settings, {}, {})
    assert chosen.recipe.name == "place-based-harm"
    assert chosen.missing == "leave out"
    assert not len(seventh.tables["lookups"])
    assert not len(seventh.tables["deprivation"])


def fits(kind: type[Settings], settings: Mapping[str, Any]) -> bool:
    try:
        return kind.joined(settings, {}, {}) is not None
    except ParameterError:
        return False


@pytest.mark.parametrize("version", ["earlier", "fifth", "sixth", "seventh"])
def test_what_is_made_of_an_earlier_snapshot_reads_its_tables(version, request, tmp_path):
    snapshot = request.getfixturevalue(version)
    place = str(snapshot.tables["micro_places"]["area_code"].iloc[0])
    page = tmp_path / "profile.md"
    seed_profile(place, snapshot).save(page)
    text = page.read_text(encoding="utf-8")
    assert "250 m" in text
    assert ("built in other defensible ways" in text) == (version in ("fifth", "seventh"))


def a_year_later(made: Assessment) -> Assessment:
    """The same assessment with its months called a year later."""
    moved = {name: made.tables[name] for name in ("counts", "flagged", "coverage")}
    tables = made.tables.with_tables(
        **{name: table.assign(period=table["period"] + 12) for name, table in moved.items()}
    )
    about = dataclasses.replace(made.about, period=AssessmentPeriod("2026-04", "2026-06"))
    told = {**made.manifest, "content_id": "a year later"}
    return dataclasses.replace(made, tables=tables, about=about, manifest=told, path=made.path.with_name("later"))


def test_a_snapshot_of_version_4_is_compared_with_one_of_today(earlier, seventh):
    """Its rates were for 1,000 people and are for one today: that is the whole of the change."""
    made = compare(earlier, a_year_later(seventh), change_draws=100, worlds=100)
    found = made.findings.set_index("what")["reason"]
    assert found["schema"] == "The assessments are of versions 4 and 7 of the store."
    assert "people that a rate is for: 1,000 earlier, 1 later" in found["settings"]
    assert made.parts["revision"].isna().all()  # nobody kept a later count
    parts = made.parts.drop(columns="revision").dropna()
    assert len(parts) == 11
    assert parts["rate_earlier"].to_numpy() == pytest.approx(1000 * parts["rate_later"].to_numpy())
    assert parts["settings"].to_numpy() == pytest.approx(parts["change"].to_numpy())
    others = ["counts", "offence_mix", "weights", "population", "boundaries", "coverage"]
    assert (parts[others] == 0).all().all()
    ranks = earlier.tables["ranking"]["rank"].astype("Int64")
    assert made.table["rank_earlier"].astype("Int64").equals(ranks.reindex(made.table.index))
