"""What areas must be alike in before a start: level and course of crime, by offence, and covariates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm.evaluation.wide import Wide, covariate_values
from socharm.stats.chance_taken_out import without_chance
from socharm.stats.dispersion import dispersion_over_time

__all__ = ["LEAST_FOR_COURSE", "Variable", "donor_variables"]

_Floats = NDArray[np.float64]
#: What a variable is of.
Kind: TypeAlias = Literal["level", "course", "covariate"]

#: Periods from which on a first and a second half are told apart.
LEAST_FOR_COURSE: Final = 4


@dataclass(frozen=True, eq=False)
class Variable:
    """One thing that donors are to be like the site in.

    Attributes
    ----------
    name : str
    kind : str
    values : array of shape (areas,)
        On the scale that areas are compared on: logarithms of crime history with chance taken out; covariates as given.
    scale : float
        Standard deviation between areas; 0 where they differ by no more than chance, so that none can be told apart.
    """

    name: str
    kind: Kind
    values: _Floats
    scale: float

    def mean(self, rows: NDArray[np.intp]) -> float:
        """Of some areas as a table shows it: crimes a period, ratio of the second half to the first, or as given."""
        mean = float(self.values[rows].mean())
        return mean if self.kind == "covariate" else float(np.exp(mean))


def donor_variables(
    held: Mapping[str, Wide], rows: NDArray[np.intp], covariates: pd.DataFrame | None
) -> Iterator[Variable]:
    """Level and course of each outcome, then covariates, of the areas `rows`."""
    first = next(iter(held.values()))
    for name, wide in held.items():
        early = wide.values[rows, : wide.before]
        half = wide.before // 2
        noise = _dispersion(early, half)
        total = early.sum(axis=1) + 0.5
        level = without_chance(np.log(total / wide.before), noise / total)
        yield Variable(f"level of {name}", "level", level.values, level.spread)
        if wide.before >= LEAST_FOR_COURSE:
            # With an odd number of periods the middle one belongs to neither half.
            parts = early[:, :half].sum(axis=1) + 0.5, early[:, -half:].sum(axis=1) + 0.5
            course = without_chance(np.log(parts[1] / parts[0]), noise * (1 / parts[0] + 1 / parts[1]))
            yield Variable(f"course of {name}", "course", course.values, course.spread)
    if covariates is not None:
        values = covariate_values(covariates, first.named(rows), name="covariates")
        for at, column in enumerate(covariates.columns):
            yield Variable(str(column), "covariate", values[:, at], float(values[:, at].std()))


def _dispersion(early: _Floats, half: int) -> float:
    """How many times the chance of counts a sum varies: within halves, so that no course is taken for chance."""
    known = np.ones(early.shape, dtype=bool)
    found = (
        [dispersion_over_time(part, known[:, :half]) for part in (early[:, :half], early[:, -half:])] if half else []
    )
    told = [each for each in found if each is not None]
    return sum(each.window for each in told) / len(told) if told else 1.0
