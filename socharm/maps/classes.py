"""Classes of a choropleth: bounds that are round, and true as printed."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from socharm._checks import require_choice, require_positive
from socharm.errors import ParameterError

__all__ = ["SCHEMES", "class_bounds", "class_labels", "format_number", "with_slack"]

_Floats = NDArray[np.float64]

#: How class bounds are chosen.
SCHEMES: Final = ("quantiles", "natural_breaks", "equal", "head_tail", "std")

#: More cannot be told apart.
_MOST: Final = 9

_LARGEST_SAMPLE: Final = 2_000

#: Part of the largest bound by which a value may pass its own: the error of sums in double precision.
_SLACK: Final = 1e-9


def class_bounds(values: _Floats, *, scheme: str, k: int) -> _Floats:
    """Lowest value and upper bounds of at most `k` classes, rounded outwards.

    Areas are put into classes by the rounded bounds, so the legend says exactly what is drawn. Natural breaks are
    rounded within the gap between two values, so that no area changes its class; other bounds may pass a value.

    Parameters
    ----------
    values : ndarray
        Finite values, at least one.
    scheme : {"quantiles", "natural_breaks", "equal", "head_tail", "std"}
        Equal numbers of areas, Fisher's natural breaks, equal widths, head/tail breaks (at the mean, at
        the mean of what lies above it, and so on), or one standard deviation wide from the mean.
    k : int
        Classes wanted; fewer come back where values tie. The last two schemes find their own number, at most nine.

    Returns
    -------
    ndarray of shape (n_classes + 1,), ascending

    References
    ----------
    Fisher, W.D. (1958). On grouping for maximum homogeneity. *Journal of the American Statistical Association* 53,
    789-798. Jiang, B. (2013). Head/tail breaks. *The Professional Geographer* 65, 482-494.

    Examples
    --------
    >>> class_bounds(np.array([1.02, 2.0, 3.0, 4.0, 9.98]), scheme="quantiles", k=2).tolist()
    [1.0, 3.0, 10.0]
    """
    require_choice(scheme, SCHEMES, name="scheme")
    require_positive(k, name="k", whole=True)
    if k > _MOST:
        raise ParameterError(f"`k` is {k}; more than nine classes cannot be told apart. Use 9 or fewer.")
    distinct = np.unique(values)
    upper = _upper_bounds(np.sort(values), scheme, min(k, distinct.size))
    upper[-1] = distinct[-1]
    return _rounded(float(distinct[0]), np.unique(upper), distinct, keep=scheme == "natural_breaks")


def _upper_bounds(values: _Floats, scheme: str, k: int) -> _Floats:
    """Upper bounds of the classes of ascending values, as they are before rounding."""
    if scheme == "quantiles":
        return np.asarray(np.quantile(values, np.arange(1, k + 1) / k), dtype=np.float64)
    if scheme == "equal":
        return np.linspace(values[0], values[-1], k + 1)[1:]
    if scheme == "head_tail":
        return _head_tail(values)
    if scheme == "std":
        return _deviations(values)
    return _natural_breaks(values, k)


def _head_tail(values: _Floats) -> _Floats:
    bounds: list[float] = []
    head = values
    while len(bounds) < _MOST - 1 and head[0] < head[-1]:
        mean = float(np.add.reduce(head) / head.size)
        if not head[0] <= mean < head[-1]:  # a mean of values that differ in the last digit
            break
        bounds.append(mean)
        head = head[head > mean]
    return np.array([*bounds, float(values[-1])])


def _deviations(values: _Floats) -> _Floats:
    """Mean plus whole standard deviations (divisor n - 1), from 3 below to 4 above where there are values."""
    if values[0] == values[-1]:
        return values[-1:].copy()
    steps = np.arange(-3, 5) * np.std(values, ddof=1) + np.add.reduce(values) / values.size
    return np.append(steps[(steps > values[0]) & (steps < values[-1])], values[-1])


def _natural_breaks(values: _Floats, k: int) -> _Floats:
    from mapclassify import FisherJenks  # half a second, for one scheme only

    if values.size > _LARGEST_SAMPLE:  # the algorithm is quadratic; evenly spaced order statistics stand for all
        values = values[np.linspace(0, values.size - 1, _LARGEST_SAMPLE).astype(int)]
    k = min(k, np.unique(values).size)
    return np.array([values[-1]]) if k == 1 else np.asarray(FisherJenks(values, k=k).bins, dtype=np.float64)


def _rounded(lowest: float, upper: _Floats, distinct: _Floats, *, keep: bool) -> _Floats:
    """Bounds to the fewest decimals (two figures at least) at which every class that has an area keeps one.

    With `keep` every class keeps all of its areas: the bounds are those that separate the same values.
    """
    # equal widths leave classes of skewed values empty, and empty they stay
    exact = np.searchsorted(upper, distinct)
    scale = max(abs(lowest), abs(float(upper[-1])))
    if scale < 1e-200:  # too small to have digits that anyone reads
        return np.concatenate([[lowest], upper])
    start = 1 - int(np.floor(np.log10(scale)))
    for decimals in range(start, start + 12):
        step = 10.0**-decimals
        bounds = np.round(upper, decimals)
        if keep:  # a break is a value of its own class: rounded down, it would fall into the next
            bounds = np.where(with_slack(bounds, upper) < upper, np.round(bounds + step, decimals), bounds)
        bounds[-1] = np.round(np.ceil(upper[-1] / step - 1e-9) * step, decimals)
        least = np.round(np.floor(lowest / step + 1e-9) * step, decimals)
        members = np.searchsorted(with_slack(bounds), distinct)
        held = np.array_equal(members, exact) if keep else np.unique(members).size >= np.unique(exact).size
        if held and np.all(np.diff(bounds) > (0.5 if keep else 2.5) * step):
            return np.concatenate([[least], bounds])
    return np.concatenate([[lowest], upper])


def with_slack(bounds: _Floats, upper: _Floats | None = None) -> _Floats:
    """Upper bounds as areas are compared with them: a value that differs in the tenth digit alone lies within.

    Parameters
    ----------
    bounds : ndarray
    upper : ndarray, optional
        Bounds whose largest says how fine the digits are; those themselves when omitted.
    """
    return bounds + abs(float((bounds if upper is None else upper)[-1])) * _SLACK


def format_number(value: float, *, decimals: int) -> str:
    r"""Number with separators of thousands and a true minus.

    Examples
    --------
    >>> ascii(format_number(-12345.6, decimals=1))
    "'\\u221212,345.6'"
    """
    return f"{value:,.{decimals}f}".replace("-", "\N{MINUS SIGN}")


def class_labels(bounds: _Floats) -> list[str]:
    """One text per class: "1.0 to 3.0", "over 3.0 to 10.0".

    Examples
    --------
    >>> class_labels(np.array([1.0, 3.0, 10.5]))
    ['1.0 to 3.0', 'over 3.0 to 10.5']
    """
    decimals = next((d for d in range(13) if np.allclose(np.round(bounds, d), bounds, rtol=1e-9, atol=0)), 12)
    texts = [format_number(float(bound), decimals=decimals) for bound in bounds]
    first = texts[0] if texts[0] == texts[1] else f"{texts[0]} to {texts[1]}"
    return [first, *(f"over {low} to {high}" for low, high in pairwise(texts[1:]))]
