"""Whether permutations are enough for the number of areas that are tested at once."""

from __future__ import annotations

import math
import warnings

from socharm._words import number_of
from socharm.errors import ModelWarning
from socharm.stats.fdr import first_threshold

__all__ = ["enough_permutations", "tell_few_permutations"]


def enough_permutations(tests: int, level: float, correction: str) -> int:
    """Permutations from which the smallest p lets a single area be labelled, whatever the others are.

    Examples
    --------
    >>> enough_permutations(1_000, 0.025, "bh"), enough_permutations(1_000, 0.025, "none")
    (39999, 39)
    """
    return math.ceil(round(1 / first_threshold(tests, level, correction), 6)) - 1


def tell_few_permutations(tests: int, permutations: int, level: float, correction: str, *, stacklevel: int = 3) -> None:
    """Warn where p cannot fall so low that the correction would label a single area.

    Parameters
    ----------
    tests : int
        Areas tested at once.
    permutations : int
        Of each test: no p is below ``1 / (permutations + 1)``.
    level : float
        False discovery rate of one direction.
    correction : {"bh", "by", "none"}
    stacklevel : int
    """
    needed = enough_permutations(tests, level, correction)
    if tests == 0 or permutations >= needed:
        return
    together = math.ceil(round((needed + 1) / (permutations + 1), 6))
    if correction == "none":
        what = f"no area can be labelled at {level:g}"
    elif together > tests:
        what = f"none of the {number_of(tests, 'area')} tested can be labelled"
    else:
        what = (
            f"of the {number_of(tests, 'area')} tested none is labelled unless at least {together:,} stand at that p "
            "together: fewer are not seen, and where the labels end can hang on the seed"
        )
    warnings.warn(
        f"{number_of(permutations, 'permutation gives', 'permutations give')} no p below {1 / (permutations + 1):.2g}, "
        f"and {what}. State permutations={needed:_} or more.",
        ModelWarning,
        stacklevel=stacklevel,
    )
