"""What is said of hotspots is what was done: over which months, and whether corrected."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest
from factories import make_assessment_tables

from socharm.assessment.steps.order import declared_tables
from socharm.hotspots.areas.local_record import GiSettings
from socharm.snapshot.tables import AssessmentTables


@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        ({}, "in all months and month by month, corrected for many tests."),
        ({"correction": "none"}, "in all months and month by month, not corrected for many tests."),
        ({"months": False}, "in all months together, corrected for many tests."),
    ],
)
def test_sheet_and_layer_say_how_labels_were_found(chosen, told):
    whole = make_assessment_tables()
    frame = pd.DataFrame({"label": ["hot", "not significant"], "value": [2.0, 1.0]}, index=whole["areas"].index)
    settings = {"hotspots": dataclasses.asdict(GiSettings(seed=1, **chosen))}
    tables = AssessmentTables({**whole, "hotspots": frame}, declared=declared_tables(), settings=settings)
    spec = tables.declared["hotspots"]
    assert spec.sheet.note(tables).endswith(told)
    [layer] = spec.dashboard.layers(tables, None)
    assert layer.unit.endswith(told.rpartition(", ")[2].removesuffix("."))
