"""Whether enough areas are ranked for a neighbourhood to be hot in, or for harm to be concentrated."""

from __future__ import annotations

import warnings
from typing import Final

from socharm.assessment.steps._step import Context, Step
from socharm.assessment.steps.index import INDEX
from socharm.errors import DataWarning

__all__ = ["FEW_AREAS"]

_LEAST_AREAS: Final = 4


def _run(context: Context) -> bool:
    few = int(context[INDEX].table["rankable"].sum()) < _LEAST_AREAS
    if few:
        warnings.warn(
            f"Fewer than {_LEAST_AREAS} areas are ranked: no hotspots and no concentration.", DataWarning, stacklevel=2
        )
    return few


FEW_AREAS: Final = Step[bool](
    name="few areas", phase="hotspots", words="outputs", needs=(INDEX,), run=_run, on_demand=True
)
