"""The invented force, the same twelve months of two years: who is named, against what was planted."""

from __future__ import annotations

import pandas as pd
import pytest

import socharm as sh
from socharm.assessment.demo import DEMO_RECIPE

PARTS_OFF = ("maps", "workbook", "heat", "clusters", "hotspots", "concentration", "micro_places")


@pytest.mark.slow
def test_planted_changes_of_a_fifth(tmp_path, monkeypatch):
    """The figures of ``docs/methods/rescoring.md``: counts alone name 10 of 12 and 6 of 88, the model of both none."""
    monkeypatch.chdir(tmp_path)
    sample = sh.load_sample()
    sample.write("input")
    head, tail = DEMO_RECIPE.split("[deprivation]")[0], DEMO_RECIPE.split("[weights]")[1].split("\n[")[0]
    off = "\n[outputs]\n" + "".join(f"{part} = false\n" for part in PARTS_OFF)
    made = []
    for start, end in (("2023-10", "2024-09"), ("2024-10", "2025-09")):
        recipe = tmp_path / f"{start}.toml"
        text = f"{head}[weights]{tail}{off}".replace('["2025-04", "2025-09"]', f'["{start}", "{end}"]')
        recipe.write_text(text.replace('name = "demo"', f'name = "from-{start}"'))
        made.append(sh.run_assessment(recipe))
    found = sh.rescoring.compare(*made)
    truth = sample.truth if sample.truth.index.name == "area_code" else sample.truth.set_index("area_code")
    planted = truth["kind"].reindex(found.table.index) == "change"
    named = found.table["verdict_counts"].isin(["rose", "fell"])
    assert pd.crosstab(planted, named).to_numpy().tolist() == [[82, 6], [2, 10]]
    right = {0.8: "fell", 1.2: "rose"}
    hit = found.table[planted & named]
    assert (hit["verdict_counts"] == truth["effect"].reindex(hit.index).map(right)).all()
    assert (found.table["verdict"] == "not clear").all()
    assert found.churn.findings.low_95 <= found.churn.findings.stayed <= found.churn.findings.high_95
