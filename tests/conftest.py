"""Fixtures that several test files share."""

from __future__ import annotations

import os
import shutil
import warnings
from pathlib import Path

import geopandas as gpd
import matplotlib
import pytest
from hypothesis import HealthCheck, settings
from worlds import DICTIONARY, HOSTILE, INDICATORS, MORE, make_store, write_world

import socharm as sh
from socharm.assessment.run import run_assessment

matplotlib.use("Agg")
# Commands that tests run draw their maps themselves: the other processors have tests of their own.
os.environ["SOCHARM_WORKERS"] = "1"

settings.register_profile("socharm", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("socharm"), derandomize=True, database=None)
settings.load_profile("ci" if os.environ.get("CI") else "socharm")

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def repository() -> Path:
    """The folder that holds ``pyproject.toml``."""
    return REPOSITORY


def _shared(folder: str) -> Path:
    root = Path(os.environ.get("SOCHARM_SHARED") or REPOSITORY.parent / "shared")
    if not (root / folder).is_dir():
        pytest.skip(
            f"no shared {folder} folder on this machine: set SOCHARM_SHARED to the folder that holds `{folder}/`"
        )
    return root / folder


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real public data, or a skip that says how to get it."""
    return _shared("data")


@pytest.fixture(scope="session")
def references() -> Path:
    """The folder of published or independently computed results that are part of the repository."""
    return REPOSITORY / "tests" / "reference"


@pytest.fixture(scope="session")
def shared_references() -> Path:
    """The folder of such results that may not be part of it, or a skip."""
    return _shared("references")


@pytest.fixture(scope="session")
def shared_guidance() -> Path:
    """The folder with the text of the public guidance, or a skip."""
    return _shared("seeds")


@pytest.fixture(scope="session")
def dask():
    """A cluster of Dask on this machine, of two processes, or a skip."""
    reason = "dask is not installed: pip install 'socharm[dask]'"
    pytest.importorskip("dask.dataframe", reason=reason)
    distributed = pytest.importorskip("distributed", reason=reason)
    import dask as settings

    # A worker that dies is told at once, not after Dask has tried three others.
    with warnings.catch_warnings(), settings.config.set({"distributed.scheduler.allowed-failures": 0}):
        warnings.simplefilter("ignore")
        cluster = distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
        )
        client = distributed.Client(cluster)
    yield client
    client.close()
    cluster.close()


@pytest.fixture(scope="session")
def world(tmp_path_factory) -> Path:
    """A folder with a whole small recipe; copy it before changing anything."""
    folder = tmp_path_factory.mktemp("world")
    write_world(folder)
    return folder


@pytest.fixture(scope="session")
def finished(world):
    """The small recipe, run once."""
    return run_assessment(world / "assessment.toml")


@pytest.fixture
def own(world, tmp_path) -> Path:
    """A copy of the small recipe's folder without a store."""
    return _copy(world, tmp_path / "own")


@pytest.fixture
def plain(world, tmp_path) -> Path:
    """Such a copy whose runs draw no maps: they take half the time of a small run."""
    folder = _copy(world, tmp_path / "own")
    with (folder / "assessment.toml").open("a") as recipe:
        recipe.write("\n[outputs]\nmaps = false\n")
    return folder


def _copy(world: Path, folder: Path) -> Path:
    shutil.copytree(world, folder, ignore=shutil.ignore_patterns("store"))
    return folder


@pytest.fixture(scope="session")
def assessed(tmp_path_factory):
    """The small world, in which one ward has a hostile name, with two partners' measures."""
    folder = tmp_path_factory.mktemp("profiled")
    recipe = write_world(folder)
    wards = gpd.read_file(folder / "wards.gpkg")
    wards.loc[3, "ward_name"] = HOSTILE
    wards.to_file(folder / "wards.gpkg")
    (folder / "indicators.csv").write_text(INDICATORS)
    (folder / "dictionary.toml").write_text(DICTIONARY)
    recipe.write_text(recipe.read_text() + MORE)
    return sh.run_assessment(recipe)


@pytest.fixture(scope="session")
def first(assessed) -> str:
    """The area with most harm."""
    return str(assessed.top(1).index[0])


@pytest.fixture(scope="session")
def profile(assessed, first):
    return sh.seed_profile(first, assessed)


@pytest.fixture
def store(tmp_path) -> Path:
    return make_store(tmp_path)
