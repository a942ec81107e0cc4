"""From the records of a run to the tables of a snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from socharm._record import settings_as_dict
from socharm.assessment.steps._step import Results
from socharm.assessment.steps.order import all_steps, declared_tables
from socharm.snapshot.tables import AssessmentTables

__all__ = ["assemble_tables", "earlier_settings"]


def assemble_tables(results: Results) -> AssessmentTables:
    """Every table of a snapshot, from the records of a run."""
    frames: dict[str, pd.DataFrame] = {}
    settings: dict[str, Mapping[str, Any]] = {}
    for step in all_steps():
        record = results[step]
        if step.frames is None or record is None:
            continue
        made = step.frames(record)
        frames |= made
        chosen = None if step.settings is None else step.settings(record)
        if chosen is not None:
            settings |= dict.fromkeys(made, settings_as_dict(chosen))
    return AssessmentTables(frames, declared=declared_tables(), settings=settings)


def earlier_settings(recipe: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Choices behind the tables of a snapshot that does not hold them, from its recipe as plain values."""
    found: dict[str, Mapping[str, Any]] = {}
    for step in all_steps():
        if step.earlier_settings is not None:
            told = step.earlier_settings(recipe)
        elif step.settings is not None and step.section is not None:
            told = recipe.get(step.section.key) or {}
        else:
            continue
        found |= {spec.name: told for spec in step.tables}
    return found
