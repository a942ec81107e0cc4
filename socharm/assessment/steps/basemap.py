"""What is drawn under the maps, where maps are drawn."""

from __future__ import annotations

from typing import Final

from socharm.assessment.steps._step import Context, Step
from socharm.assessment.steps.areas import AREAS
from socharm.io.crs import parse_crs
from socharm.snapshot.recipe import Recipe

__all__ = ["BASEMAP", "basemap_of"]


def basemap_of(recipe: Recipe) -> str | None:
    """``[outputs] basemap``: a file from the recipe's folder on, or the name of a provider as it stands."""
    from socharm.maps.basemap import is_basemap_file

    stated = recipe.outputs.basemap
    return str(recipe.resolve(stated)) if stated is not None and is_basemap_file(stated) else stated


def _run(context: Context) -> None:
    outputs = context.recipe.outputs
    if outputs.maps and outputs.basemap is not None:
        from socharm.maps.basemap import require_basemap

        require_basemap(basemap_of(context.recipe), crs=parse_crs(context[AREAS].crs, name="areas").to_string())


BASEMAP: Final = Step[None](name="basemap", phase="reading", words="outputs", needs=(AREAS,), run=_run)
