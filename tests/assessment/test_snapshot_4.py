"""A snapshot that an earlier version made (schema 4; twelve made-up wards, cut to what it cannot do without)."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pandas as pd
import pytest

from socharm.assessment.opening import open_assessment
from socharm.profiles.subject import subject_of
from socharm.publish.statement import method_statement
from socharm.snapshot.assessment import Assessment
from socharm.snapshot.tables import SCHEMA_VERSION
from socharm.snapshot.verification import verify_assessment

STORED = Path(__file__).parents[1] / "reference" / "snapshot-4.zip"


@pytest.fixture(scope="module")
def earlier(tmp_path_factory) -> Assessment:
    store = tmp_path_factory.mktemp("store")
    with zipfile.ZipFile(STORED) as packed:
        packed.extractall(store)
    return open_assessment(next(store.iterdir()))


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
    assert earlier.tables.setting("places", "cell_size", 1.0) == 250.0


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
