"""What the page is called: the force, or what the areas have in common."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from socharm._columns import FORCE, PARENT
from socharm.snapshot.tables import AssessmentTables, has_columns

__all__ = ["page_title"]

_MOST_NAMES: Final = 3
#: What a source of recorded crime is called where it is a force.
_FORCE: Final = re.compile(r"\b(police|constabulary)\b", re.IGNORECASE)


def page_title(tables: AssessmentTables, *, otherwise: str = "Harm by place") -> str:
    """The force of the areas; else the one that sent the crimes; else their districts, where they are few.

    Parameters
    ----------
    tables : AssessmentTables
    otherwise : str
        Where the tables name none of them.
    """
    forces = _names(tables["areas"][FORCE]) if FORCE in tables["areas"].columns else []
    if 1 <= len(forces) <= _MOST_NAMES:
        return _listed(forces)
    sources = _names(tables["sources"]["source"]) if has_columns(tables["sources"], "source") else []
    if not forces and len(sources) == 1 and _FORCE.search(sources[0]):
        return sources[0]
    districts = _names(tables["areas"][PARENT]) if PARENT in tables["areas"].columns else []
    return _listed(districts) if 1 <= len(districts) <= _MOST_NAMES else otherwise


def _names(values: Iterable[object]) -> list[str]:
    return sorted({value for value in values if isinstance(value, str) and value})


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
