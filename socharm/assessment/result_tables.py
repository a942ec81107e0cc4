"""From the records of a run to the tables of a snapshot."""

from __future__ import annotations

import typing
from collections.abc import Mapping
from typing import Any

import pandas as pd

from socharm._record import settings_as_dict
from socharm._settings import Settings, annotations_of
from socharm.assessment.steps._step import Results
from socharm.assessment.steps.order import all_steps, declared_tables
from socharm.snapshot.tables import AssessmentTables

__all__ = ["assemble_tables", "earlier_settings"]


def assemble_tables(results: Results) -> AssessmentTables:
    """Every table of a snapshot, from the records of a run."""
    frames: dict[str, pd.DataFrame] = {}
    settings: dict[str, Mapping[str, Any]] = {}
    declared = declared_tables()
    kinds = {spec.name: spec.settings for spec in declared}
    for step in all_steps():
        record = results[step]
        if step.frames is None or record is None:
            continue
        made = step.frames(record)
        frames |= made
        chosen = None if step.settings is None else step.settings(record, results)
        held = {name: _of_table(chosen, kinds[name]) for name in made}
        settings |= {name: settings_as_dict(each) for name, each in held.items() if each is not None}
    return AssessmentTables(frames, declared=declared, settings=settings)


def _of_table(chosen: object, kinds: tuple[type[Settings] | None, ...]) -> object:
    """The choices behind one table, out of those behind all tables of its step."""
    mine = tuple(kind for kind in kinds if kind is not None)
    return next((each for each in (chosen if isinstance(chosen, tuple) else (chosen,)) if isinstance(each, mine)), None)


def earlier_settings(recipe: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Choices behind the tables of a snapshot that does not hold them, from its recipe as plain values."""
    found: dict[str, Mapping[str, Any]] = {}
    kinds = {spec.name: spec.settings for spec in declared_tables()}
    for step in all_steps():
        if step.earlier_settings is not None:
            told = step.earlier_settings(recipe)
        elif step.settings is not None and step.section is not None:
            told = recipe.get(step.section.key) or {}
        else:
            continue
        # The seed of a recipe stands once, in its first section.
        seed = {name: value for name, value in (recipe.get("assessment") or {}).items() if name == "seed"}
        found |= {spec.name: _known({**seed, **told}, kinds[spec.name]) for spec in step.tables if kinds[spec.name]}
    return found


def _known(told: Mapping[str, Any], kinds: tuple[type[Settings] | None, ...]) -> dict[str, Any]:
    """What of a section are choices behind a table: not its files, which no function takes, nor blanks for defaults."""
    fields = {name: hint for kind in kinds if kind is not None for name, hint in annotations_of(kind).items()}
    return {
        name: value
        for name, value in told.items()
        if name in fields and (value is not None or type(None) in typing.get_args(fields[name]))
    }
