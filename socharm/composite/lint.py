"""Faults of a set of indicators: counted twice, protected, driven by police activity, tiny, or saying the same."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np
import pandas as pd

from socharm._arguments import checked
from socharm._words import number_of
from socharm.composite.recipe import CompositeRecipe
from socharm.composite.specs import IndicatorSpec
from socharm.composite.values import IndicatorValues, Sent, gather
from socharm.errors import RefusedError
from socharm.io.population import Population
from socharm.stats.composite_normalise import without_spread
from socharm.stats.composite_weights import pairwise_correlation

__all__ = ["CHECKS", "lint_indicators", "refuse_protected"]

#: Findings by name, gravest first.
CHECKS: Final = (
    "protected characteristic",
    "direction contradicts the dictionary",
    "counted twice",
    "police activity",
    "tiny denominator",
    "almost the same",
    "opposite directions",
    "sparse",
    "one value",
)

#: Correlation from which two indicators say the same, and from which they pull against each other.
SAME: Final = 0.9
OPPOSITE: Final = -0.4
SPARSE: Final = 0.66

#: Characteristics that the Equality Act 2010, section 4, protects, as names of columns show them.
_PROTECTED: Final = re.compile(
    r"(^|[^a-z])(aged?|ages|sex|male|female|gender|ethnic\w*|rac(e|es|ial)|religio\w*|faith|muslim|christian|jewish|"
    r"disab\w*|pregnan\w*|maternity|sexual_orientation|lgbt\w*|married|marital|national_origin|nationality)([^a-z]|$)"
)
_POLICE: Final = re.compile(
    r"(stop_?(and_?)?search|searches|arrest|drug|weapon|warrant|ocg|intelligence|patrol|detect)"
)
_INDEX: Final = re.compile(r"(^|[^a-z])w?imd([^a-z]|$)|multiple_deprivation")


@checked
def lint_indicators(
    recipe: CompositeRecipe,
    values: Sent | None = None,
    *,
    denominators: Mapping[str, pd.Series | Population] | None = None,
) -> pd.DataFrame:
    """Look for faults of the indicators of a composite index.

    Parameters
    ----------
    recipe : CompositeRecipe
    values : DataFrame, Indicators, or a list of them, optional
        Areas by indicators; without them only what the recipe says is looked at.
    denominators : mapping of str to Series or Population, optional

    Returns
    -------
    DataFrame
        ``check`` (one of `CHECKS`), ``severity`` (refused, warning, note), ``indicators``, ``finding``, ``advice``;
        gravest first. No rows when nothing was found, which proves nothing.

    Notes
    -----
    Counted twice: two weighed indicators that share an entry of `measures`; an index of multiple deprivation that
    names no measures and is not said to be without crime, beside harm. Protected: by `kind`, or by the name of the
    column (Equality Act 2010, section 4). Police activity: by `kind`, `police_driven`, the dictionary of the
    measures, or the name. Almost the same: correlation above 0.9. Opposite: below -0.4 in one domain once more is
    worse in both. Sparse: known in fewer than two thirds of the areas.

    Examples
    --------
    >>> searches = IndicatorSpec(name="stop_search", kind="police-activity")
    >>> specs = (IndicatorSpec(name="harm"), IndicatorSpec(name="imd_score"), searches)
    >>> lint_indicators(CompositeRecipe(name="three", indicators=specs))["check"].tolist()
    ['counted twice', 'police activity']
    """
    gathered = None if values is None else gather(values, recipe)
    found = [*_protected(recipe), *_twice(recipe), *_police(recipe, gathered)]
    if gathered is not None:
        found += [
            *_against_dictionary(recipe, gathered),
            *_in_values(recipe, gathered.table),
            *_tiny(recipe, gathered.table, denominators or {}),
        ]
    table = pd.DataFrame(found, columns=["check", "severity", "indicators", "finding", "advice"])
    order = table["check"].map({check: place for place, check in enumerate(CHECKS)})
    return table.assign(order=order).sort_values("order", kind="stable", ignore_index=True).drop(columns="order")


_Finding = tuple[str, str, tuple[str, ...], str, str]


def _protected_names(recipe: CompositeRecipe) -> list[str]:
    return [
        spec.name
        for spec in recipe.weighed
        if spec.kind == "protected" or _PROTECTED.search(spec.name.lower()) is not None
    ]


def _protected(recipe: CompositeRecipe) -> Iterator[_Finding]:
    for name in _protected_names(recipe):
        forced = recipe.forced.get(name)
        yield (
            "protected characteristic",
            "warning" if forced else "refused",
            (name,),
            f"forced: {forced}" if forced else "who lives in a place would raise its priority",
            "Leave it out, show it as context (direction 0), or force it with a reason that is kept.",
        )


def refuse_protected(recipe: CompositeRecipe) -> None:
    """Stop where a protected characteristic is weighed and was not forced.

    Raises
    ------
    RefusedError
    """
    names = [name for name in _protected_names(recipe) if name not in recipe.forced]
    if names:
        raise RefusedError(
            f"{names} are protected characteristics (Equality Act 2010) and would count as harm in {recipe.name!r}. "
            f"Leave them out by `recipe.without({names[0]!r})`, show them as context, or give the reason for using "
            "them by `force={name: reason}`; it is kept in the settings and printed."
        )


def _twice(recipe: CompositeRecipe) -> Iterator[_Finding]:
    specs = recipe.weighed
    for i, left in enumerate(specs):
        for right in specs[i + 1 :]:
            shared = sorted(set(left.measures) & set(right.measures))
            if shared:
                yield _double(left, right, f"both measure {', '.join(shared)}")
    harm = [spec for spec in specs if spec.kind == "harm" and not _INDEX.search(spec.name.lower())]
    for spec in specs:
        name = spec.name.lower()
        unsaid = not spec.measures and _INDEX.search(name) is not None and "without_crime" not in name
        if unsaid or (spec.kind != "harm" and "crime" in spec.measures):
            for other in harm:
                if not set(spec.measures) & set(other.measures):
                    yield _double(spec, other, "deprivation with its crime domain stands beside harm")


def _double(left: IndicatorSpec, right: IndicatorSpec, why: str) -> _Finding:
    return (
        "counted twice",
        "warning",
        (left.name, right.name),
        why,
        "Keep one, or take the version without: `rebuild_imd(without=('crime',))` for deprivation.",
    )


def _police(recipe: CompositeRecipe, values: IndicatorValues | None) -> Iterator[_Finding]:
    told = values.dictionary["police_driven"] if values is not None else pd.Series(dtype=bool)
    for spec in recipe.weighed:
        by_dictionary = bool(told.get(spec.name, False))
        if spec.kind == "police-activity" or spec.police_driven or by_dictionary or _POLICE.search(spec.name.lower()):
            yield (
                "police activity",
                "warning",
                (spec.name,),
                "police activity raises it: more work in a place makes the place look worse",
                "Weigh it little or show it as context, and say so beside the ranking.",
            )


def _against_dictionary(recipe: CompositeRecipe, values: IndicatorValues) -> Iterator[_Finding]:
    meant = {"higher is worse": 1, "higher is better": -1, "neutral": 0}
    for spec in recipe.indicators:
        if spec.name in values.dictionary.index:
            said = str(values.dictionary["direction"][spec.name])
            if meant[said] != spec.direction:
                yield (
                    "direction contradicts the dictionary",
                    "warning",
                    (spec.name,),
                    f"the recipe has direction {spec.direction}, the partner says {said!r}",
                    "Ask the partner, then correct one of the two.",
                )


def _in_values(recipe: CompositeRecipe, values: pd.DataFrame) -> Iterator[_Finding]:
    specs = [spec for spec in recipe.weighed if spec.name in values.columns]
    numbers = values[[spec.name for spec in specs]].to_numpy(dtype=np.float64)
    turned = numbers * np.array([float(spec.direction) for spec in specs])
    known = np.isfinite(numbers).mean(axis=0) if len(numbers) else np.ones(len(specs))
    for spec, flat, share in zip(specs, without_spread(numbers), known, strict=True):
        if flat:
            yield (
                "one value",
                "note",
                (spec.name,),
                "the same value in all areas: it tells no areas apart",
                "Drop it.",
            )
        if share < SPARSE:
            yield (
                "sparse",
                "note",
                (spec.name,),
                f"known in {share:.0%} of the areas",
                "Areas with and without it are not compared on the same ground; say so, or leave it out.",
            )
    correlation = pairwise_correlation(turned)
    for i, left in enumerate(specs):
        for j in range(i + 1, len(specs)):
            r, right = correlation[i, j], specs[j]
            if r > SAME:
                yield (
                    "almost the same",
                    "warning",
                    (left.name, right.name),
                    f"correlation {r:.2f}",
                    "One of them is enough, or let them share one weight in a domain.",
                )
            elif r < OPPOSITE and left.parent == right.parent:
                yield (
                    "opposite directions",
                    "warning",
                    (left.name, right.name),
                    f"correlation {r:.2f} in one domain",
                    "Check both directions; if they are right, the two cancel each other and belong apart.",
                )


def _tiny(
    recipe: CompositeRecipe, values: pd.DataFrame, denominators: Mapping[str, pd.Series | Population]
) -> Iterator[_Finding]:
    for spec in recipe.weighed:
        if spec.denominator not in denominators or spec.name not in values.columns:
            continue
        given = denominators[spec.denominator]
        below = given.table["value"] if isinstance(given, Population) else given
        below = below.reindex(values.index)
        small = below.index[below < spec.least_denominator]
        if len(small):
            yield (
                "tiny denominator",
                "warning",
                (spec.name,),
                f"{number_of(len(small), 'area has fewer', 'areas have fewer')} "
                f"than {spec.least_denominator:g} {spec.denominator}, such as "
                f"{list(small[:3])}; the smallest {below.min():g}",
                "A rate of so few is chance: merge the areas, shrink the rates (`smooth_rates`), or leave them out.",
            )
