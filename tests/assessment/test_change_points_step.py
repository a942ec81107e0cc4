"""Change points as a part of a run: found where months are enough, told where they are not, named on the sheet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd
import pytest
from factories import make_counts, make_population, make_weights

from socharm.assessment.steps.change_points import CHANGE_POINTS
from socharm.assessment.steps.index import INDEX
from socharm.errors import CoverageWarning
from socharm.severity.index import severity_index
from socharm.signals.change_points import ChangePointSettings, find_change_points
from socharm.stats.random_streams import stream

pytestmark = pytest.mark.filterwarnings("ignore::socharm.errors.ModelWarning")

CHOSEN = ChangePointSettings(seed=1, simulations=100)


@dataclass
class Given:
    """What the step asks of a run."""

    index: Any

    @property
    def recipe(self) -> Given:
        return self

    def part(self, kind: type) -> ChangePointSettings:
        assert kind is ChangePointSettings
        return CHOSEN

    def __getitem__(self, step: Any) -> Any:
        assert step is INDEX
        return self.index


def index_of(months: int):
    """Forty areas; the crimes of one of them triple in the second half."""
    n = stream(1, 0, purpose="months of a level").poisson(60.0, size=(40, 1, months))
    n[3, :, months // 2 :] *= 3
    counts = make_counts(n, offences=["burglary"], start="2024-01")
    people = make_population(dict.fromkeys(counts.areas.index, 6_000.0))
    return severity_index(counts, make_weights({"burglary": 100.0}), people)


def test_the_tables_are_those_of_the_function_and_the_sheet_names_the_area():
    index = index_of(12)
    found = CHANGE_POINTS.run(Given(index))
    alone = find_change_points(index, settings=CHOSEN)
    frames = CHANGE_POINTS.frames(found)
    pd.testing.assert_frame_equal(frames["change_points"], alone.points)
    pd.testing.assert_frame_equal(frames["change_levels"], alone.table)
    sheet = CHANGE_POINTS.tables[0].sheet.view(frames)
    assert sheet["ratio"].is_monotonic_decreasing
    assert sheet["name"].tolist() == index.table["name"].reindex(sheet["area_code"]).tolist()
    assert sheet["area_code"].iloc[0] == index.table.index[3]  # the largest change
    assert sheet["ratio"].iloc[0] == pytest.approx(3, abs=1)
    assert CHANGE_POINTS.settings(found, None) == CHOSEN


def test_too_few_months_are_told_and_leave_no_table():
    with pytest.warns(CoverageWarning, match="Change points need 6 months, two levels of 3; there are 4"):
        found = CHANGE_POINTS.run(Given(index_of(4)))
    assert CHANGE_POINTS.frames(found) == {}
