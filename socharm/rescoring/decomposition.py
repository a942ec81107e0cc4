"""What a change of a rate is made of: one part for each factor, by Das Gupta. No logarithms, so zeros do no harm."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import permutations
from typing import Any, Final, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._arguments import checked
from socharm._checks import names_told
from socharm._words import noun_for
from socharm.errors import AlignmentError, ParameterError, SchemaError

__all__ = ["MOST_FACTORS", "decompose", "decompose_several", "shapley"]

_Floats: TypeAlias = NDArray[np.float64]
#: Factors of one decomposition: each one more doubles the rates that are computed.
MOST_FACTORS: Final = 8


def shapley(value_of: Callable[[tuple[bool, ...]], Any], factors: int) -> list[Any]:
    r"""The part of each factor in ``value_of(all later) - value_of(all earlier)``.

    Parameters
    ----------
    value_of : callable
        From a choice for each factor (False: as it was earlier; True: as it is later) to a number or an array.
    factors : int

    Returns
    -------
    list
        Numbers or arrays, in the order of the factors.

    Notes
    -----
    Each part is the mean, over all orders in which the factors can change, of what the factor changes when its turn
    comes: :math:`\sum_S |S|! (k-1-|S|)! / k! \, (f(S \cup i) - f(S))`. Das Gupta's effects are the same numbers. The
    terms of a set and of its complement are added first, so that earlier and later swapped give each part negated to
    the last bit, and a factor that did not change has a part of exactly 0.
    """
    whole = (1 << factors) - 1
    values = [
        np.asarray(value_of(tuple(bool(chosen >> place & 1) for place in range(factors))), dtype=np.float64)
        for chosen in range(whole + 1)
    ]
    parts = []
    for factor in range(factors):
        mine = 1 << factor
        others = whole ^ mine
        total = np.zeros_like(values[0])
        for chosen in range(whole + 1):
            twin = others ^ chosen
            if chosen & mine or chosen > twin:
                continue
            size = chosen.bit_count()
            orders = math.factorial(size) * math.factorial(factors - 1 - size)
            step = values[chosen | mine] - values[chosen]
            total = total + orders * (step if twin == chosen else step + (values[twin | mine] - values[twin]))
        parts.append(total / math.factorial(factors))
    return parts


def _product(**factors: Any) -> Any:
    """Product of the factors, summed over sub-populations."""
    whole = np.ones(())
    for value in factors.values():
        whole = whole * np.asarray(value, dtype=np.float64)
    return np.sum(whole)


@checked
def decompose(
    earlier: Mapping[str, Any], later: Mapping[str, Any], rate_of: Callable[..., Any] | None = None
) -> pd.Series:
    """Parts of the difference between two rates, one for each factor.

    Parameters
    ----------
    earlier, later : mapping of str to number or array
        Factors by name, two to eight, the same in both. An array holds one value for each sub-population,
        the same ones in both and in the same order.
    rate_of : callable, optional
        From the factors as keywords to the rate, a number; the sum over sub-populations of the product of all factors
        when omitted.

    Returns
    -------
    Series
        Index ``factor``: its part of the rate of `later` less that of `earlier`. The parts add up to that difference; a
        factor that is the same in both has the part 0; with `earlier` and `later` swapped each part is negated.

    Raises
    ------
    ParameterError
        Factors that are not the same in both or of unlike numbers of sub-populations, fewer than two or more than
        eight; a `rate_of` that does not take them.
    SchemaError
        A factor or a rate that is no finite number.
    AlignmentError
        Columns of pandas whose indexes differ.

    References
    ----------
    Das Gupta, P. (1993). *Standardization and decomposition of rates: a user's manual*. US Census Bureau, P23-186.
    Shorrocks, A. F. (2013). Decomposition procedures for distributional analysis: a unified framework based on the
    Shapley value. *Journal of Economic Inequality* 11, 99-126.

    Examples
    --------
    Earnings of black and of white men as mean earnings times the share of earners (Das Gupta 1993, table 2.1):

    >>> black = {"earnings": 10930, "earners": 0.717892}
    >>> white = {"earnings": 16591, "earners": 0.825974}
    >>> decompose(black, white).round(3).to_dict()
    {'earnings': 4369.913, 'earners': 1487.262}
    """
    names, (before, after) = _factors({"earlier": earlier, "later": later}, rate_of)
    rate = rate_of or _product

    def value_of(chosen: tuple[bool, ...]) -> Any:
        taken = {name: (after if now else before)[name] for name, now in zip(names, chosen, strict=True)}
        return _rate(rate, taken)

    parts = shapley(value_of, len(names))
    return pd.Series([float(part) for part in parts], index=pd.Index(names, name="factor"), name="part")


@checked
def decompose_several(
    populations: Mapping[str, Mapping[str, Any]], rate_of: Callable[..., Any] | None = None
) -> pd.DataFrame:
    r"""Parts of the differences between more than two rates, which agree with each other.

    Parts of one pair at a time do not chain: a factor's part from the first to the second and from the second to the
    third need not add up to its part from the first to the third. These do.

    Parameters
    ----------
    populations : mapping of str to mapping
        Factors of each population or period by its name, as `decompose` takes them; in order of time.
    rate_of : callable, optional
        As of `decompose`.

    Returns
    -------
    DataFrame
        ``earlier``, ``later``, ``factor``, ``part``: for every ordered pair of neighbours and for the first against the
        last, and every other pair that is later against earlier.

    Raises
    ------
    ParameterError
        Fewer than two populations, factors that are not the same in all or of unlike numbers of sub-populations, a
        `rate_of` that does not take them.
    SchemaError
        A factor or a rate that is no finite number.
    AlignmentError
        Columns of pandas whose indexes differ.

    Notes
    -----
    With :math:`a_{ij}` the part of a factor from :math:`i` to :math:`j` alone, the part among :math:`N` populations is
    :math:`\sum_j (a_{1j} - a_{2j}) / N` (Das Gupta's 6.12). With two populations it is that of `decompose`.

    Examples
    --------
    >>> three = {year: {"n": n, "w": w} for year, n, w in (("a", 2, 10), ("b", 4, 10), ("c", 4, 20))}
    >>> decompose_several(three).query("earlier == 'a' and later == 'c'")["part"].round(3).tolist()
    [26.667, 33.333]
    """
    labels = list(populations)
    if len(labels) < 2:
        raise ParameterError(f"`populations` holds {len(labels)}; a difference needs two.")
    names, _ = _factors(populations, rate_of)
    pairs = {(i, j): decompose(populations[i], populations[j], rate_of) for i, j in permutations(labels, 2)}
    rows = []
    for place, first in enumerate(labels):
        for second in labels[place + 1 :]:
            for name in names:
                ours = (float(pairs[first, other][name]) for other in labels if other != first)
                theirs = (-float(pairs[second, other][name]) for other in labels if other != second)
                rows.append((first, second, name, math.fsum([*ours, *theirs]) / len(labels)))
    return pd.DataFrame(rows, columns=["earlier", "later", "factor", "part"])


def _factors(
    populations: Mapping[str, Mapping[str, Any]], rate_of: Callable[..., Any] | None
) -> tuple[list[str], list[dict[str, _Floats]]]:
    """Names of the factors that all have, and their values, which belong to the same sub-populations in all."""
    labels = list(populations)
    names = _names(list(populations.values()), labels)
    values = [_numbers(given, names, str(label)) for label, given in populations.items()]
    _require_same_places(populations, names)
    for name in names:
        for label, found in zip(labels, values, strict=True):
            if found[name].shape != values[0][name].shape:
                raise ParameterError(
                    f"The factor {name!r} holds {_held(values[0][name])} in {labels[0]!r} and {_held(found[name])} in "
                    f"{label!r}. Give it one value for each sub-population, the same ones in all."
                )
    # One's own rate may take factors of unlike length; a product of them may not.
    several = [name for name in names if values[0][name].ndim]
    if rate_of is None and len({values[0][name].shape for name in several}) > 1:
        told = ", ".join(f"{name!r} {_held(values[0][name])}" for name in several)
        raise ParameterError(
            f"Factors are of unlike numbers of sub-populations: {told}. Give each one value for each sub-population, "
            "or a single number."
        )
    return names, values


def _require_same_places(populations: Mapping[str, Mapping[str, Any]], names: Sequence[str]) -> None:
    """Stop where columns of pandas name their sub-populations otherwise, or in another order: values go by place."""
    columns = [(given[name], name, label) for label, given in populations.items() for name in names]
    named = [one for one in columns if isinstance(one[0], pd.Series)]
    for column, name, label in named[1:]:
        if not column.index.equals(named[0][0].index):
            raise AlignmentError(
                f"The factor {name!r} of {label!r} has other sub-populations than {named[0][1]!r} of {named[0][2]!r}, "
                "or the same in another order. Give all of them by the same index."
            )


def _held(value: _Floats) -> str:
    """``a single number``, ``3 values``, ``2 x 3 values``."""
    return f"{' x '.join(map(str, value.shape))} {noun_for(value.size, 'value')}" if value.ndim else "a single number"


def _names(given: Sequence[Mapping[str, Any]], labels: Sequence[str]) -> list[str]:
    """Names of the factors, which all have."""
    names = list(given[0])
    for factors, label in zip(given, labels, strict=True):
        if set(factors) != set(names):
            odd = sorted(set(factors) ^ set(names))
            raise ParameterError(
                f"{names_told(odd)} {'is' if len(odd) == 1 else 'are'} not a factor of both {labels[0]!r} and "
                f"{label!r}. State every factor in each."
            )
    if not 2 <= len(names) <= MOST_FACTORS:
        raise ParameterError(
            f"There are {len(names)} factors; a decomposition takes 2 to {MOST_FACTORS}. Join those that go together."
        )
    return names


def _numbers(given: Mapping[str, Any], names: list[str], which: str) -> dict[str, _Floats]:
    found = {}
    for name in names:
        try:
            found[name] = np.asarray(given[name], dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise SchemaError(f"The factor {name!r} of {which!r} holds what is no number. Correct it.") from error
        if not np.isfinite(found[name]).all():
            raise SchemaError(
                f"The factor {name!r} of {which!r} holds values that are missing or infinite. Correct it."
            )
    return found


def _rate(rate_of: Callable[..., Any], taken: Mapping[str, _Floats]) -> _Floats:
    try:
        rate = np.asarray(rate_of(**taken), dtype=np.float64)
    except Exception as error:
        raise ParameterError(
            f"`rate_of` could not be called with the factors {names_told(list(taken))} as keywords "
            f"({type(error).__name__}: {error}). Give it these as arguments, and let it return a number."
        ) from error
    if rate.ndim or not np.isfinite(rate):
        raise SchemaError("`rate_of` gave what is no finite number for some choice of factors. Mend the function.")
    return rate
