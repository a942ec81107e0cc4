"""Choices behind a comparison of two periods."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._checks import nearest_name
from socharm._constraints import AtLeast, Between, ClosedShare, NotNegative, OpenShare, Positive, Seed
from socharm._settings import SEED, Settings, setting
from socharm._words import number_of
from socharm.errors import ParameterError
from socharm.ranking.top_sizes import top_faults, top_sizes

__all__ = [
    "FIRST",
    "ChangeSettings",
    "ChurnSettings",
    "Dispersion",
    "ListSettings",
    "SURE_LIST",
    "Worlds",
    "chosen_areas",
]

#: Areas of the list by default.
FIRST: Final = 20
#: The list that a comparison takes from the earlier ranking: its areas that are in the top for sure.
SURE_LIST: Final = "for sure"
#: Over-dispersion of harm that is stated.
Dispersion = Annotated[float, AtLeast(1)]
#: Worlds without change that are drawn.
Worlds = Annotated[int, Between(100, 100_000)]


@dataclass(frozen=True, kw_only=True)
class ListSettings(Settings):
    """Which areas were chosen before the later period began."""

    first: int | str = setting(
        FIRST,
        'the list: the first areas by the earlier rate; or a share, "10%"; or, where two assessments are compared, '
        '"for sure": the areas in the top of the earlier one for sure',
    )
    areas: tuple[str, ...] = setting((), "... or these areas in their place", example=["E05000001", "E05000002"])
    dispersion: Dispersion | None = setting(
        None, "over-dispersion of harm over a period; from the months of both when absent", example=1.6
    )

    def _faults(self) -> Iterable[str]:
        yield from super()._faults()
        if self.first != SURE_LIST:
            yield from top_faults((self.first,), name="first")


@dataclass(frozen=True, kw_only=True)
class ChangeSettings(ListSettings):
    """Choices behind an expected change; enough to work out the same again."""

    false_discovery: OpenShare = setting(0.1, "share of wrong names that is borne among areas said to have changed")
    least_events: NotNegative = setting(10.0, "effective events below which nothing is said of an area")
    changed_share: ClosedShare = setting(
        0.1, "share of areas that change by more than ordinary drift, for the probability that the rate fell"
    )
    changed_spread: Positive = setting(0.35, "... and the standard deviation of the log by which they do")


@dataclass(frozen=True, kw_only=True)
class ChurnSettings(ListSettings):
    """Choices behind a churn receipt."""

    worlds: Worlds = setting(1_000, "later periods without change that are drawn")
    seed: Seed = setting(says=SEED, recipe=False)


def chosen_areas(settings: ListSettings, areas: pd.Index, rate: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Areas of the list: those named, or the first by a rate; of equal ones the first by code.

    Raises
    ------
    ParameterError
        A named area is not compared, or the list leaves fewer than two areas to compare it with.
    """
    chosen = np.zeros(len(areas), dtype=bool)
    if settings.areas:
        unknown = [code for code in settings.areas if code not in areas]
        if unknown:
            hint = nearest_name(unknown[0], map(str, areas))
            raise ParameterError(
                f"`areas` holds {unknown[:5]}, which are not among the {number_of(len(areas), 'area')} that can be "
                "ranked in both periods." + (f" Did you mean {hint!r}?" if hint else "")
            )
        chosen[areas.get_indexer(pd.Index(settings.areas))] = True
    elif settings.first == SURE_LIST:
        raise ParameterError(
            "`first` is 'for sure', which is a class of the ranking of an assessment, and rates alone have none. "
            "Compare two assessments with `compare`, or name the areas by `areas`."
        )
    else:
        number = next(iter(top_sizes((settings.first,), len(areas), name="first").values()))
        chosen[np.argsort(-rate, kind="stable")[:number]] = True
    if np.sum(~chosen) < 2:
        raise ParameterError(
            f"The list holds {int(chosen.sum()):,} of {number_of(len(areas), 'area')}; what was to be expected is told "
            "by the others, of which two at least are needed. Choose fewer."
        )
    return chosen
