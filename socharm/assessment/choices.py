"""Numbers of a recipe by the rules of the functions that they are given to: each rule stands there, and only there."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from socharm._arguments import require_arguments
from socharm.errors import SocharmError

if TYPE_CHECKING:
    from socharm.assessment.recipe import Recipe

__all__ = ["choice_faults", "rehearsed"]

_FEW_DRAWS: Final = 100
_FEW_PERMUTATIONS: Final = 99
_SMALL_BASE: Final = 16
_USUAL_DRAWS: Final = 1_000


def _rules(recipe: Recipe) -> list[tuple[str, Callable[..., Any], str, Any]]:
    """Place in the recipe, the function that gets the value, the name of its argument, and the value."""
    from socharm.hotspots.areas.local import local_gi_star
    from socharm.hotspots.areas.neighbours import neighbours
    from socharm.hotspots.points.clusters import cluster_points
    from socharm.hotspots.points.density import kernel_density
    from socharm.ranking.confidence_sets import rank_confidence_sets
    from socharm.ranking.ranks import rank_areas
    from socharm.ranking.uncertainty import rank_uncertainty
    from socharm.severity.index import severity_index

    index, ranking, hotspots, heat, clusters = (
        recipe.index,
        recipe.ranking,
        recipe.hotspots,
        recipe.heat,
        recipe.clusters,
    )
    rules: list[tuple[str, Callable[..., Any], str, Any]] = [
        ("assessment.seed", rank_areas, "seed", recipe.assessment.seed),
        ("ranking.draws", rank_areas, "draws", ranking.draws),
        ("index.per", severity_index, "per", index.per),
        ("heat.bandwidth", kernel_density, "bandwidth", heat.bandwidth),
        ("heat.cell_size", kernel_density, "cell_size", heat.cell_size),
        ("classes.level", rank_confidence_sets, "level", recipe.classes.level),
        ("hotspots.permutations", local_gi_star, "permutations", hotspots.permutations),
        ("hotspots.alpha", local_gi_star, "alpha", hotspots.alpha),
        ("hotspots.k", neighbours, "k", hotspots.k),
        ("hotspots.distance", neighbours, "distance", hotspots.distance),
        ("clusters.eps", cluster_points, "eps", clusters.eps),
        ("clusters.min_events", cluster_points, "min_events", clusters.min_events),
    ]
    if recipe.classes.draws is not None:
        rules.append(("classes.draws", rank_confidence_sets, "draws", recipe.classes.draws))
    if index.cap is not None:
        rules.append(("index.cap", severity_index, "cap", index.cap))
    if recipe.uncertainty is not None:
        rules.append(("uncertainty.base", rank_uncertainty, "base", recipe.uncertainty.base))
    return rules


def choice_faults(recipe: Recipe) -> Iterator[str]:
    """Numbers that the functions they are meant for would refuse, all of them."""
    for place, function, argument, value in _rules(recipe):
        try:
            require_arguments(function, **{argument: value})
        except SocharmError as error:
            yield f"{place}: {error}"


def rehearsed(recipe: Recipe) -> Recipe:
    """The recipe with few draws and permutations: what would stop a run stops these too, in seconds."""
    level = recipe.classes.level
    # Rank sets need the more draws the surer they are.
    least = math.ceil(level / (1 - level)) + 1
    uncertainty = recipe.uncertainty
    return replace(
        recipe,
        ranking=replace(recipe.ranking, draws=min(recipe.ranking.draws, _FEW_DRAWS)),
        classes=replace(recipe.classes, draws=min(recipe.classes.draws or _USUAL_DRAWS, max(_USUAL_DRAWS, least))),
        hotspots=replace(recipe.hotspots, permutations=min(recipe.hotspots.permutations, _FEW_PERMUTATIONS)),
        uncertainty=None if uncertainty is None else replace(uncertainty, base=min(uncertainty.base, _SMALL_BASE)),
    )
