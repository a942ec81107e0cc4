"""Fixtures that several test files share."""

from __future__ import annotations

import os
from pathlib import Path

import matplotlib
import pytest
from hypothesis import HealthCheck, settings

matplotlib.use("Agg")

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
def shared_references() -> Path:
    """The folder of published or independently computed results, or a skip."""
    return _shared("references")


@pytest.fixture(scope="session")
def shared_guidance() -> Path:
    """The folder with the text of the public guidance, or a skip."""
    return _shared("seeds")
