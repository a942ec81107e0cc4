"""What a composite index is made of: indicators, domains, and weights that people were asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Final, Literal, TypeAlias

import numpy as np
from pydantic import ConfigDict

from socharm._arguments import check_fields, checked
from socharm._constraints import AtLeast, Filled, OneOf, Positive
from socharm._value_kinds import shown
from socharm.errors import ParameterError
from socharm.stats.composite_scores import AGGREGATIONS

__all__ = ["KINDS", "ROOT", "DomainSpec", "Elicitation", "IndicatorSpec"]

#: Name of the index itself, parent of the first level of domains.
ROOT: Final = "index"

#: A stated weight or importance; only ratios count.
Weight: TypeAlias = Annotated[float, AtLeast(0)]

#: Kinds of indicators. `context` is shown beside the index and never weighed.
KINDS: Final = (
    "harm",
    "deprivation",
    "vulnerability",
    "threat",
    "perception",
    "police-activity",
    "protected",
    "context",
)

_STRICT: Final = ConfigDict(extra="forbid", strict=True)


@dataclass(frozen=True, kw_only=True)
class IndicatorSpec:
    """One indicator of a composite index.

    Parameters
    ----------
    name : str
        Its column in the table of values.
    parent : str
        Domain it belongs to; ``"index"`` where there are no domains.
    label : str
        As reports print it; `name` when empty.
    direction : int
        1 where more is worse, -1 where less is worse, 0 for context: shown, never weighed.
    weight : float
        Stated weight among the indicators of its parent; only ratios count.
    importance : float or None
        Importance that ``optimised`` weights aim at; the weight when None.
    kind : str
        What it speaks of: harm, deprivation, vulnerability, threat, perception, police-activity, protected or context.
    measures : tuple of str
        What it is made of, such as ``("income", "crime")``. Two indicators that share an entry count it twice.
    police_driven : bool
        Whether police activity drives its value (searches, drug offences, mapped groups).
    denominator : str
        Name of the denominator that a ``denominate`` step divides by; none when empty.
    per : float
        The rate is for this many of the denominator.
    least_denominator : float
        The linter reports areas with a smaller denominator.
    goalposts : tuple of two float, optional
        Lower and upper goalpost, in the indicator's unit.
    target : float, optional
        Level at which there is no distance to go.
    optional : bool
        Whether its column may be absent without stopping the run. It is named among the lacking all the same.
    source : str
        Where the values come from.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    name: Annotated[str, Filled()]
    parent: str = ROOT
    label: str = ""
    direction: Literal[-1, 0, 1] = 1
    weight: Weight = 1.0
    importance: Weight | None = None
    kind: Annotated[str, OneOf(*KINDS)] = "harm"
    measures: tuple[str, ...] = ()
    police_driven: bool = False
    denominator: str = ""
    per: Positive = 1.0
    least_denominator: Annotated[float, AtLeast(0)] = 100.0
    goalposts: tuple[float, float] | None = None
    target: float | None = None
    optional: bool = False
    source: str = ""

    def __post_init__(self) -> None:
        check_fields(self, of=shown(self.name) if self.name else "")
        if self.name == ROOT:
            raise ParameterError(f"An indicator is called {self.name!r}; give it a name other than {ROOT!r}.")
        if self.goalposts is not None and not self.goalposts[0] < self.goalposts[1]:
            raise ParameterError(f"`goalposts` of {self.name!r} are {self.goalposts}; write (lower, upper).")

    @property
    def weighed(self) -> bool:
        """Whether it takes part in the score."""
        return self.direction != 0 and self.kind != "context"

    @property
    def title(self) -> str:
        """Label, or the name where there is none."""
        return self.label or self.name


@dataclass(frozen=True, kw_only=True)
class DomainSpec:
    """A domain: a group of indicators or of further domains.

    Parameters
    ----------
    name : str
    parent : str
        ``"index"``, or the name of another domain.
    label : str
    weight : float
        Stated weight among its parent's children.
    importance : float or None
        Importance that ``optimised`` weights aim at; the weight when None.
    aggregation : str
        Takes the place of the recipe's aggregation within this domain; the recipe's when empty.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    name: Annotated[str, Filled()]
    parent: str = ROOT
    label: str = ""
    weight: Weight = 1.0
    importance: Weight | None = None
    aggregation: Annotated[str, OneOf("", *AGGREGATIONS)] = ""

    def __post_init__(self) -> None:
        check_fields(self, of=shown(self.name) if self.name else "")
        if self.name == ROOT:
            raise ParameterError(f"A domain is called {self.name!r}; give it a name other than {ROOT!r}.")

    @property
    def title(self) -> str:
        """Label, or the name where there is none."""
        return self.label or self.name


@dataclass(frozen=True, kw_only=True)
class Elicitation:
    """Weights that people gave, kept person by person so that the uncertainty among them is not averaged away.

    Parameters
    ----------
    method : {"budget", "swing"}
        Points of a budget handed out over the indicators, or the worth of the swing from best to worst, 100 for the
        most important.
    points : mapping of str to mapping of str to float
        Respondent (a role, not a person's name) to indicator or domain to points.
    date, question : str
        When, and what was asked.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    method: Literal["budget", "swing"] = "budget"
    points: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    date: str = ""
    question: str = ""

    def __post_init__(self) -> None:
        check_fields(self)
        if not self.points:
            raise ParameterError("`points` of the elicitation is empty; record at least one respondent.")
        for who, given in self.points.items():
            numbers = np.array(list(given.values()), dtype=float)
            if not (numbers.size and np.isfinite(numbers).all() and (numbers >= 0).all() and numbers.sum() > 0):
                raise ParameterError(f"The points of {who!r} are {dict(given)}; give numbers of at least 0, not all 0.")
            if self.method == "swing" and numbers.max() != 100:
                raise ParameterError(f"The swings of {who!r} top out at {numbers.max():g}; the most important is 100.")

    @property
    def names(self) -> frozenset[str]:
        """Everything that anybody gave points to."""
        return frozenset(name for given in self.points.values() for name in given)

    @checked
    def shares(self, names: tuple[str, ...]) -> np.ndarray:
        """Share of each name by respondent, shape (n_respondents, n_names); rows add up to 1.

        Raises
        ------
        ParameterError
            A respondent gave no points to any of the names, or left one out.
        """
        rows = []
        for who, given in self.points.items():
            lacking = [name for name in names if name not in given]
            row = np.array([float(given.get(name, 0.0)) for name in names])
            if lacking or not row.sum() > 0:
                raise ParameterError(
                    f"The elicitation of {who!r} has no points for {lacking or list(names)}; ask again, or write 0."
                )
            rows.append(row / row.sum())
        return np.array(rows)
