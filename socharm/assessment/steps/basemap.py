"""What is drawn under the maps, where maps are drawn."""

from __future__ import annotations

from typing import Final

from socharm.assessment.steps._step import Context, Step
from socharm.assessment.steps.areas import AREAS
from socharm.io.crs import parse_crs
from socharm.snapshot.recipe import Recipe

__all__ = ["BASEMAP"]


def _basemap_of(recipe: Recipe) -> str | None:
    """``[outputs] basemap``: a file from the recipe's folder on, or the name of a provider as it stands."""
    from socharm.maps.basemap import is_basemap_file

    stated = recipe.outputs.basemap
    return str(recipe.resolve(stated)) if stated is not None and is_basemap_file(stated) else stated


def _run(context: Context) -> str | None:
    outputs = context.recipe.outputs
    if not outputs.maps or outputs.basemap is None:
        return None
    from socharm.maps.basemap import require_basemap

    basemap = _basemap_of(context.recipe)
    require_basemap(basemap, crs=parse_crs(context[AREAS].crs, name="areas").to_string())
    return basemap


BASEMAP: Final = Step[str | None](
    name="basemap", phase="reading", words="outputs", needs=(AREAS,), run=_run, basemap=lambda basemap: basemap
)
