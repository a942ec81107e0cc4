"""What a command loads: libraries that its work does not need cost seconds before the first line of it is done."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: Each takes a third of a second or more to load, and no command needs it for what it reads and declares.
HEAVY = ("libpysal", "sklearn", "patsy", "requests", "scipy.stats", "scipy.optimize", "scipy.signal", "openpyxl")
#: What `socharm check` and `run`, `profile` and `dashboard` load before their work.
COMMANDS = ("check", "run", "documents", "dashboard_page")

HOT = """
import geopandas, pandas, shapely
from socharm.hotspots.areas.local import local_gi_star
from socharm.hotspots.areas.neighbours import NeighbourSettings, neighbour_rows
codes = pandas.Index([f"W{i}" for i in range(9)], name="area_code")
areas = geopandas.GeoDataFrame(geometry=[shapely.box(i, 0, i + 1, 1) for i in range(9)], index=codes, crs=27700)
rows = neighbour_rows(areas, NeighbourSettings())
found = local_gi_star(pandas.Series(range(9), index=codes, dtype=float), rows, permutations=99, seed=1)
assert found.findings.rule == "queen" and len(found.table) == 9
"""


def loaded_by(code: str) -> set[str]:
    """Modules that a fresh process holds after some code."""
    told = f"{code}\nimport sys\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", told], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    return loaded_by("\n".join([*(f"import socharm.assessment.{name}" for name in COMMANDS), HOT]))


@pytest.mark.parametrize("library", HEAVY)
def test_commands_load_no_library_before_it_is_needed(library: str, loaded: set[str]) -> None:
    assert "socharm.assessment.run" in loaded
    assert library not in loaded


def test_the_page_of_maps_loads_neither_pictures_nor_documents() -> None:
    loaded = loaded_by("import socharm.assessment.dashboard_page")
    assert "socharm.assessment.draft_actions" in loaded
    assert loaded.isdisjoint({"matplotlib", "socharm.documents.render", "socharm.profiles.profile"})
