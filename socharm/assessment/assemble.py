"""From the records of a run to the tables of a snapshot."""

from __future__ import annotations

import pandas as pd

from socharm.assessment.steps._step import Results
from socharm.assessment.steps.order import all_steps, declared_tables
from socharm.snapshot.tables import AssessmentTables

__all__ = ["assemble_tables"]


def assemble_tables(results: Results) -> AssessmentTables:
    """Every table of a snapshot, from the records of a run."""
    frames: dict[str, pd.DataFrame] = {}
    for step in all_steps():
        record = results[step]
        if step.frames is not None and record is not None:
            frames |= step.frames(record)
    return AssessmentTables(frames, declared=declared_tables())
