"""Whether the store can be written to, before anything is read."""

from __future__ import annotations

from typing import Final

from socharm.assessment.disclosing import store_of
from socharm.assessment.steps._step import Context, Step
from socharm.snapshot.store import require_store

__all__ = ["STORE"]


def _run(context: Context) -> None:
    require_store(store_of(context.recipe))


STORE: Final = Step[None](name="store", phase="reading", words="assessment", run=_run)
