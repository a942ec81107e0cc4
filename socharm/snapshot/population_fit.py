"""How the population of smaller areas came to the ranked ones, where a reader must know it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pandas as pd

__all__ = ["CARRIED", "COARSE_FIT", "POINT_INSIDE", "coarse_fit"]

#: Column of the denominators: how those of smaller areas were carried to the ranked ones.
CARRIED: Final = "carried"
#: Smaller areas were taken to lie where a point inside each of them does, whoever lives there.
POINT_INSIDE: Final = "best fit by a point inside each polygon"
COARSE_FIT: Final = (
    "Populations were fitted by a point inside each smaller area, a coarse fit: single areas can be off by more than "
    "half"
)


def coarse_fit(tables: Mapping[str, pd.DataFrame]) -> str:
    """The sentence where every rate rests on a coarse fit of the population; blank otherwise.

    Assessments of earlier versions do not hold how their populations were fitted: nothing is said of them.
    """
    people = tables["population"]
    if CARRIED not in people.columns or not (people[CARRIED].astype(object) == POINT_INSIDE).any():
        return ""
    return f"{COARSE_FIT}, and their rates and ranks with them."
