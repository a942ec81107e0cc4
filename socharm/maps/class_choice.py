"""Classes as a map draws them: areas that lie far above all others have one of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from socharm.maps.classes import class_bounds, class_labels, with_slack

__all__ = ["FAR", "OWN_CLASS", "Classes", "classes_of", "upper_fence"]

_Floats = NDArray[np.float64]

#: Tukey's outer fence, in distances between the quartiles: what is beyond it he calls far out, what is only beyond the
#: inner one (1.5) outside. Fewer values than these have no quartiles to speak of.
OWN_CLASS: Final = {"fence": 3.0, "values": 20}

#: What the legend calls the class of its own.
FAR: Final = "far above"

#: Schemes that would put values far apart into one class.
_BLIND: Final = ("quantiles", "equal")
_SCHEME_TEXT: Final = {
    "quantiles": "equal numbers of areas",
    "natural_breaks": "natural breaks",
    "equal": "equal widths",
    "head_tail": "head/tail breaks",
    "std": "standard deviations from the mean",
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Classes:
    """Bounds of the classes of a map, what the legend calls them, and how they were chosen.

    Attributes
    ----------
    bounds : ndarray
        Lowest value and upper bounds, ascending.
    labels : tuple of str
    scheme : str
    sizes : tuple of int
        Values in each class.
    own : bool
        Whether the last class holds the values that lie far above the others.
    """

    bounds: _Floats
    labels: tuple[str, ...]
    scheme: str
    sizes: tuple[int, ...]
    own: bool

    @property
    def sentence(self) -> str:
        """How the classes were chosen, for the foot of a map."""
        how = _SCHEME_TEXT[self.scheme]
        below = self.sizes[:-1] if self.own else self.sizes
        if self.own:
            how += " below the darkest class"
        if self.scheme == "quantiles" and max(below) - min(below) > 1:
            how += ", as nearly as round bounds and equal values allow"
        text = f"Classes: {how}; the number of areas stands in brackets."
        return f"{text} {self.own_sentence('areas')}".rstrip()

    def own_sentence(self, nouns: str) -> str:
        """What the class of its own is for; empty where there is none."""
        return (
            f"The darkest class is for {nouns} far above the others: over the third quartile by more than "
            f"{OWN_CLASS['fence']:g} times the distance between the quartiles."
            if self.own
            else ""
        )

    def number(self, values: _Floats) -> NDArray[np.intp]:
        """Class of each value, from 0."""
        return _class_of(values, self.bounds)


def upper_fence(values: _Floats) -> float | None:
    """Tukey's outer fence, third quartile plus three distances between the quartiles; None where no value is beyond.

    References
    ----------
    Tukey, J.W. (1977). *Exploratory Data Analysis*. Addison-Wesley, section 2D: "far out".

    Examples
    --------
    >>> upper_fence(np.array([*range(1, 21), 100.0]))
    46.0
    >>> upper_fence(np.arange(1.0, 21.0)) is None
    True
    """
    if len(values) < OWN_CLASS["values"]:
        return None
    first, third = np.quantile(values, (0.25, 0.75))
    reach = float(third - first)
    fence = float(third) + OWN_CLASS["fence"] * reach
    return fence if reach > 0 and values.max() > fence else None


def classes_of(values: _Floats, *, scheme: str, k: int) -> Classes:
    """Classes of finite values, at least one: `k` of them, and one more for what lies far above.

    Parameters
    ----------
    values : ndarray
    scheme, k
        As of `class_bounds`.
    """
    fence = upper_fence(values) if scheme in _BLIND and k > 1 else None
    below = values if fence is None else values[values <= fence]
    bounds = class_bounds(below, scheme=scheme, k=k)
    if fence is None:
        return _made(values, bounds, class_labels(bounds), scheme, own=False)
    bounds[-1] = _bound_at(fence, float(below.max()), float(values[values > fence].min()), bounds[:-1])
    bounds = np.append(bounds, class_bounds(values[values > bounds[-1]], scheme="equal", k=1)[-1])
    labels = class_labels(bounds)
    return _made(values, bounds, [*labels[:-1], f"{labels[-1]}, {FAR}"], scheme, own=True)


def _made(values: _Floats, bounds: _Floats, labels: Sequence[str], scheme: str, *, own: bool) -> Classes:
    number = _class_of(values, bounds)
    sizes = tuple(np.bincount(number, minlength=len(labels)).tolist())
    return Classes(bounds=bounds, labels=tuple(labels), scheme=scheme, sizes=sizes, own=own)


def _class_of(values: _Floats, bounds: _Floats) -> NDArray[np.intp]:
    return np.minimum(np.searchsorted(with_slack(bounds[1:]), values), len(bounds) - 2)


def _bound_at(fence: float, low: float, high: float, others: _Floats) -> float:
    """A bound as short as the others: between the values on both sides of the fence, or else the fence rounded."""
    most = next((d for d in range(13) if np.allclose(np.round(others, d), others, rtol=1e-9, atol=0)), 12)
    for decimals in range(-int(np.floor(np.log10(max(high, 1e-12)))), most + 1):
        step = 10.0**-decimals
        found = float(np.round(np.ceil(low / step - 1e-9) * step, max(decimals, 0)))
        if found < high - step * 1e-6:
            return found
    rounded = float(np.round(fence, most))
    return rounded if rounded > float(others[-1]) else low
