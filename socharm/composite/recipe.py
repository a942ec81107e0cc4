"""Recipe of a composite index: indicators, domains and steps in one frozen record that replays."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Final

from pydantic import ConfigDict

from socharm._arguments import check_fields, checked
from socharm._checks import names_told, nearest_name
from socharm._constraints import Filled, Missing
from socharm.composite.specs import ROOT, DomainSpec, IndicatorSpec
from socharm.composite.steps import (
    AggregateStep,
    DenominateStep,
    ImputeStep,
    NormaliseStep,
    ScreenStep,
    Step,
    TreatStep,
    WeighStep,
)
from socharm.errors import ParameterError
from socharm.stats.composite_scores import ScoreTree

__all__ = ["CompositeRecipe"]

_STRICT: Final = ConfigDict(extra="forbid", strict=True)
_PREPARE: Final = (ScreenStep, DenominateStep, ImputeStep, TreatStep)


@dataclass(frozen=True, kw_only=True)
class CompositeRecipe:
    """Everything that decides a composite index, but for the numbers it is made of.

    Parameters
    ----------
    name : str
    indicators : tuple of IndicatorSpec
    domains : tuple of DomainSpec
        None where every indicator belongs to the index itself.
    steps : tuple of steps
        In the order in which they run: any of screen, denominate, impute and treat, then one normalise, at most one
        weigh, and one aggregate.
    title, unit, source, notes : str
        What it is, in what its score is told, who published it, and what it leaves open.
    priority_above : float, optional
        Score above which an area counts as a priority, where the source states one.
    missing : {"error", "leave out"}
        What to do where the values have no column for an indicator: stop, or leave it out by name and with a warning.
    forced : mapping of str to str
        Protected characteristics that are used all the same, with the reason; refused without.

    Raises
    ------
    ParameterError
        Two parts of one name, a domain in a circle, a parent that does not exist, an empty domain, weights that add
        up to 0, or steps in an order that cannot be.

    Examples
    --------
    >>> recipe = CompositeRecipe(name="two", indicators=(IndicatorSpec(name="a"), IndicatorSpec(name="b", weight=3.0)))
    >>> recipe.tree.children
    ((0, 1),)
    """

    __made_by__ = ("load_composite_recipe",)

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    name: Annotated[str, Filled()]
    indicators: Annotated[tuple[IndicatorSpec, ...], Filled()]
    domains: tuple[DomainSpec, ...] = ()
    steps: tuple[Step, ...] = (NormaliseStep(), WeighStep(), AggregateStep())
    title: str = ""
    unit: str = ""
    source: str = ""
    notes: str = ""
    priority_above: float | None = None
    missing: Missing = "error"
    forced: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_fields(self)
        _require_names(self)
        _require_tree(self)
        _require_weights(self)
        _require_order(self.steps)

    @property
    def weighed(self) -> tuple[IndicatorSpec, ...]:
        """Indicators that take part in the score; the others are context."""
        return tuple(spec for spec in self.indicators if spec.weighed)

    @property
    def prepared_by(self) -> tuple[ScreenStep | DenominateStep | ImputeStep | TreatStep, ...]:
        """The steps before the normalisation."""
        return tuple(step for step in self.steps if isinstance(step, _PREPARE))

    @property
    def normalise(self) -> NormaliseStep:
        """The step that brings the indicators onto one scale."""
        return next(step for step in self.steps if isinstance(step, NormaliseStep))

    @property
    def weigh(self) -> WeighStep:
        """Where the weights come from; as stated by default."""
        return next((step for step in self.steps if isinstance(step, WeighStep)), WeighStep())

    @property
    def aggregate(self) -> AggregateStep:
        """The step that joins the indicators."""
        return next(step for step in self.steps if isinstance(step, AggregateStep))

    @property
    def inner(self) -> tuple[DomainSpec, ...]:
        """Domains, each after those it holds, as the tree numbers them."""
        depth = {domain.name: _depth(domain, self) for domain in self.domains}
        return tuple(sorted(self.domains, key=lambda domain: -depth[domain.name]))

    @property
    def tree(self) -> ScoreTree:
        """The hierarchy as the arithmetic takes it: weighed indicators, then `inner`, then the index."""
        names = [spec.name for spec in self.weighed] + [domain.name for domain in self.inner]
        parents = [spec.parent for spec in self.weighed] + [domain.parent for domain in self.inner]
        nodes = [*(domain.name for domain in self.inner), ROOT]
        step = self.aggregate
        return ScoreTree(
            leaves=len(self.weighed),
            children=tuple(tuple(i for i in range(len(names)) if parents[i] == node) for node in nodes),
            aggregations=(*(domain.aggregation or step.method for domain in self.inner), step.method),
            power=step.power,
            least_available=step.least_available,
            divide=step.divide,
        )

    @checked
    def without(self, *names: str) -> CompositeRecipe:
        """The recipe without some indicators or whole domains; domains that are empty then go too.

        Raises
        ------
        ParameterError
            An unknown name, or nothing left.
        """
        known = {spec.name for spec in self.indicators} | {domain.name for domain in self.domains}
        for name in names:
            if name not in known:
                hint = nearest_name(name, known)
                raise ParameterError(
                    f"{name!r} is no part of the recipe {self.name!r}." + (f" Did you mean {hint!r}?" if hint else "")
                )
        gone = set(names)
        while more := {domain.name for domain in self.domains if domain.parent in gone} - gone:
            gone |= more
        kept = tuple(spec for spec in self.indicators if spec.name not in gone and spec.parent not in gone)
        held = {spec.parent for spec in kept if spec.weighed}
        while more := {domain.parent for domain in self.domains if domain.name in held} - held:
            held |= more
        domains = tuple(domain for domain in self.domains if domain.name in held)
        left = {domain.name for domain in domains} | {ROOT}
        kept = tuple(spec for spec in kept if spec.parent in left)
        if not any(spec.weighed for spec in kept):
            raise ParameterError(f"The recipe {self.name!r} without {sorted(gone)} has no indicators left.")
        forced = {name: why for name, why in self.forced.items() if name in {spec.name for spec in kept}}
        return dataclasses.replace(self, indicators=kept, domains=domains, forced=forced)

    @checked
    def force(self, reasons: Mapping[str, str]) -> CompositeRecipe:
        """The recipe with protected characteristics admitted, each for a stated reason that is kept.

        Raises
        ------
        ParameterError
            An unknown indicator, or no reason.
        """
        return dataclasses.replace(self, forced={**self.forced, **reasons})


def _require_names(recipe: CompositeRecipe) -> None:
    parts: list[IndicatorSpec | DomainSpec] = [*recipe.indicators, *recipe.domains]
    names = [part.name for part in parts]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ParameterError(f"The recipe {recipe.name!r} names {twice} more than once; every part needs its own name.")
    if not any(spec.weighed for spec in recipe.indicators):
        raise ParameterError(f"The recipe {recipe.name!r} has no indicator to weigh; context alone makes no index.")
    indicators = {spec.name for spec in recipe.indicators}
    for name, why in recipe.forced.items():
        if name not in indicators:
            hint = nearest_name(name, indicators)
            raise ParameterError(
                f"A reason is given for {name!r}, which is no indicator of the recipe {recipe.name!r}."
                + (f" Did you mean {hint!r}?" if hint else f" It has {names_told(sorted(indicators))}.")
            )
        if not str(why).strip():
            raise ParameterError(f"No reason is given for the use of {name!r}. Say why it is needed.")


def _depth(domain: DomainSpec, recipe: CompositeRecipe) -> int:
    """Steps from a domain up to the index; stops at a circle or where a parent does not exist."""
    by_name = {entry.name: entry for entry in recipe.domains}
    seen = [domain.name]
    while by_name[seen[-1]].parent != ROOT:
        above = by_name[seen[-1]].parent
        if above in seen:
            raise ParameterError(
                f"The domains of {recipe.name!r} go in a circle: {' -> '.join([*seen, above])}. Let one belong to "
                f"{ROOT!r}."
            )
        if above not in by_name:
            raise _orphan(recipe, seen[-1], above)
        seen.append(above)
    return len(seen)


def _orphan(recipe: CompositeRecipe, name: str, parent: str) -> ParameterError:
    hint = nearest_name(parent, [domain.name for domain in recipe.domains])
    meant = f" Did you mean {hint!r}?" if hint else ""
    return ParameterError(
        f"{name!r} belongs to {parent!r}, which is no domain of {recipe.name!r}.{meant} Add the domain, or write "
        f"parent={ROOT!r}."
    )


def _require_tree(recipe: CompositeRecipe) -> None:
    for domain in recipe.domains:
        _depth(domain, recipe)
    domains = {domain.name for domain in recipe.domains}
    for spec in recipe.indicators:
        if spec.parent != ROOT and spec.parent not in domains:
            raise _orphan(recipe, spec.name, spec.parent)
    held = {spec.parent for spec in recipe.weighed} | {domain.parent for domain in recipe.domains}
    empty = sorted(domains - held)
    if empty:
        raise ParameterError(f"The domains {empty} of {recipe.name!r} hold no indicator to weigh; remove them.")


def _require_weights(recipe: CompositeRecipe) -> None:
    for parent in (ROOT, *(domain.name for domain in recipe.domains)):
        parts: list[IndicatorSpec | DomainSpec] = [*recipe.weighed, *recipe.domains]
        children = [part for part in parts if part.parent == parent]
        if children and not sum(part.weight for part in children) > 0:
            raise ParameterError(
                f"The weights under {parent!r} add up to 0: {[part.name for part in children]}. Give one of them a "
                "weight above zero."
            )


def _require_order(steps: Iterable[object]) -> None:
    kinds = ["prepare" if isinstance(step, _PREPARE) else str(getattr(step, "step", step)) for step in steps]
    rest = [kind for kind in kinds if kind != "prepare"]
    if (
        rest not in (["normalise", "aggregate"], ["normalise", "weigh", "aggregate"])
        or "prepare" in kinds[len(kinds) - len(rest) :]
    ):
        raise ParameterError(
            f"The steps are {[getattr(step, 'step', step) for step in steps]}. Write screen, denominate, impute and "
            "treat first, then one normalise, at most one weigh, and one aggregate."
        )
