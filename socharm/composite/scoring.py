"""From prepared values to scores: one scale, weights, and the tables that explain them."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._words import number_of
from socharm.composite.prepare import Prepared
from socharm.composite.recipe import CompositeRecipe
from socharm.composite.record import CompositeArrays
from socharm.composite.specs import ROOT, DomainSpec, IndicatorSpec
from socharm.errors import DataWarning, ModelWarning, ParameterError
from socharm.stats.composite_normalise import normalise, without_spread
from socharm.stats.composite_scores import contributions_of, node_scores
from socharm.stats.composite_weights import optimised_weights, pca_weights

__all__ = ["Scored", "score"]

_Floats = NDArray[np.float64]

#: Difference between a stated and a reached importance that is worth a warning.
_REACHED: Final = 0.01


@dataclass(frozen=True, kw_only=True, eq=False)
class Scored:
    """Scores, and what the tables of a composite index need to explain them.

    Attributes
    ----------
    arrays : CompositeArrays
    normalised, domains, contributions : DataFrame
        Areas by indicators, by domains, by indicators.
    scores : Series
    respondents : DataFrame
        Index node; ``weight_low``, ``weight_high`` of elicited weights.
    log : tuple of dict
    """

    arrays: CompositeArrays
    normalised: pd.DataFrame
    domains: pd.DataFrame
    contributions: pd.DataFrame
    scores: pd.Series
    respondents: pd.DataFrame
    log: tuple[dict[str, Any], ...]


def score(prepared: Prepared, recipe: CompositeRecipe) -> Scored:
    """Normalise, weigh and aggregate.

    Parameters
    ----------
    prepared : Prepared
    recipe : CompositeRecipe
        Without the indicators that are lacking or were left out.

    Returns
    -------
    Scored
    """
    values = prepared.values
    step = recipe.normalise
    directions = np.array([float(spec.direction) for spec in recipe.weighed])
    given, marks = values.to_numpy(dtype=np.float64), _marks(values, recipe)
    shares = prepared.shares.to_numpy(dtype=np.float64) if step.pooled else None
    flat = [str(name) for name in values.columns[without_spread(given)]]
    scaled = _named(
        normalise,
        given,
        step.method,
        names=values.columns,
        directions=directions,
        scale=step.scale,
        marks=marks,
        shares=shares,
    )
    if flat and len(values) > 1:
        warnings.warn(f"{flat} have one value only and tell no areas apart.", DataWarning, stacklevel=4)
    tree = recipe.tree
    weights, respondents, told = _weights(scaled, recipe)
    nodes = node_scores(scaled, weights[None, :], tree)
    inner = [domain.name for domain in recipe.inner]
    log = [
        _row(
            "normalise",
            step.method,
            int(np.isfinite(scaled).sum()),
            len(values),
            values.shape[1],
            f"one value only: {flat}" if flat else "",
        ),
        _row("weigh", recipe.weigh.method, 0, 0, values.shape[1], told),
        _row(
            "aggregate",
            recipe.aggregate.method,
            0,
            int(np.isfinite(nodes[-1]).sum()),
            values.shape[1],
            f"{number_of(int((~np.isfinite(nodes[-1])).sum()), 'area has too little', 'areas have too little')} "
            f"for a score",
        ),
    ]
    return Scored(
        arrays=CompositeArrays(
            areas=values.index,
            nodes=(*map(str, values.columns), *inner),
            values=given,
            directions=directions,
            weights=weights,
            tree=tree,
            normalisation=step.method,
            scale=step.scale,
            marks=marks,
            shares=shares,
        ),
        normalised=pd.DataFrame(scaled, index=values.index, columns=values.columns),
        domains=pd.DataFrame(
            {name: nodes[tree.leaves + inner.index(name)][0] for name in (domain.name for domain in recipe.domains)},
            index=values.index,
        ),
        contributions=pd.DataFrame(contributions_of(scaled, weights, tree), index=values.index, columns=values.columns),
        scores=pd.Series(nodes[-1][0], index=values.index, name="score"),
        respondents=respondents,
        log=tuple(log),
    )


def _row(step: str, method: str, cells: int, areas: int, indicators: int, what: str) -> dict[str, Any]:
    return {"step": step, "method": method, "cells": cells, "areas": areas, "indicators": indicators, "what": what}


def _named(function: Any, *args: Any, names: pd.Index, **settings: Any) -> _Floats:
    """Errors of the arithmetic count indicators; the analyst knows them by name."""
    try:
        found: _Floats = function(*args, **settings)
    except ParameterError as error:
        text = str(error)
        head, _, rest = text.partition(" ")
        number, _, said = rest.partition(" ")
        if head != "Indicator" or not number.isdigit():
            raise
        raise ParameterError(f"{names[int(number) - 1]!r} {said}") from None
    return found


def _marks(values: pd.DataFrame, recipe: CompositeRecipe) -> _Floats:
    """Goalposts, targets or reference values, in the indicators' own units."""
    marks = np.full((values.shape[1], 2), np.nan)
    step = recipe.normalise
    for k, spec in enumerate(recipe.weighed):
        if step.method == "goalposts" and spec.goalposts is not None:
            marks[k] = spec.goalposts
        elif step.method == "distance-to-target" and spec.target is not None:
            marks[k, 0] = spec.target
        elif step.method == "distance-to-reference":
            if step.reference not in values.index:
                raise ParameterError(
                    f"The reference area {step.reference!r} is not among the areas that are left; name another one."
                )
            marks[k, 0] = values[spec.name][step.reference]
    return marks


def _weights(scaled: _Floats, recipe: CompositeRecipe) -> tuple[_Floats, pd.DataFrame, str]:
    """Weights of every node but the index, the range among respondents, and what there is to say."""
    parts: list[IndicatorSpec | DomainSpec] = [*recipe.weighed, *recipe.inner]
    weights = np.array([part.weight for part in parts])
    tree = recipe.tree
    ranges: dict[str, tuple[float, float]] = {}
    told: list[str] = []
    node_values = [scaled[:, k] for k in range(tree.leaves)]
    for at, children in enumerate(tree.children):
        these = [parts[child] for child in children]
        values = np.column_stack([node_values[child] for child in children])
        found = _weights_within(these, values, recipe, leaves=max(children) < tree.leaves)
        weights[list(children)] = found.weights
        ranges |= found.ranges
        told += [f"{recipe.inner[at].name if at < len(recipe.inner) else ROOT}: {text}" for text in found.told]
        node_values.append(node_scores(scaled, weights[None, :], tree)[tree.leaves + at][0])
    respondents = pd.DataFrame.from_dict(ranges, orient="index", columns=["weight_low", "weight_high"])
    return weights, respondents, "; ".join(told)


@dataclass(frozen=True)
class _Within:
    """Weights of the children of one node."""

    weights: _Floats
    told: tuple[str, ...] = ()
    ranges: dict[str, tuple[float, float]] = field(default_factory=dict)


def _weights_within(
    parts: list[IndicatorSpec | DomainSpec], values: _Floats, recipe: CompositeRecipe, *, leaves: bool
) -> _Within:
    step, names = recipe.weigh, tuple(part.name for part in parts)
    stated = np.array([part.weight for part in parts])
    if step.method == "equal":
        return _Within(np.full(len(parts), 1.0 / len(parts)))
    if step.elicitation is not None:
        if not step.elicitation.names & set(names):
            return _Within(stated, ("nobody was asked, weights as stated",))
        shares = step.elicitation.shares(names)
        ends = zip(shares.min(axis=0).tolist(), shares.max(axis=0).tolist(), strict=True)
        return _Within(shares.mean(axis=0), (), dict(zip(names, ends, strict=True)))
    if step.method == "pca" and leaves:
        weights, explained, against = pca_weights(values)
        told = [f"first component explains {explained:.0%}"]
        if against.any():
            turned = [name for name, is_against in zip(names, against, strict=True) if is_against]
            told.append(f"{turned} load against the others")
            warnings.warn(
                f"{turned} load against the others of their domain; look at their direction.",
                ModelWarning,
                stacklevel=6,
            )
        return _Within(weights, tuple(told))
    if step.method == "optimised" and len(parts) > 1:
        wanted = np.array([part.weight if part.importance is None else part.importance for part in parts])
        weights, reached = optimised_weights(values, wanted)
        if np.abs(reached - wanted / wanted.sum()).max() > _REACHED:
            warnings.warn(
                f"No weights give {list(names)} the stated importances; they reach {np.round(reached, 3).tolist()}.",
                ModelWarning,
                stacklevel=6,
            )
        return _Within(weights, (f"shares of the correlations reached {np.round(reached, 3).tolist()}",))
    return _Within(stated)
