"""Outliers of one indicator: pulled in to the next value, or the whole indicator transformed, by a stated rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import scipy
from numpy.typing import NDArray

from socharm._checks import require_choice
from socharm.errors import ParameterError
from socharm.stats.composite_normalise import without_spread

__all__ = [
    "TRANSFORMS",
    "TreatRule",
    "Treated",
    "box_cox",
    "shape_of",
    "shifted_log",
    "treat_outliers",
    "winsorise",
]

_Floats = NDArray[np.float64]

TRANSFORMS: Final = ("log", "box-cox", "none")
#: Fewer known values than this have no kurtosis.
_LEAST: Final = 4


@dataclass(frozen=True, kw_only=True)
class TreatRule:
    """When an indicator has outliers, and what is done then.

    Parameters
    ----------
    most_points : int
        Values that may be winsorised; when more would be needed the whole indicator is transformed instead.
    skew, kurtosis : float
        An indicator has outliers where its absolute skewness *and* its kurtosis are above these.
    then : {"log", "box-cox", "none"}
        Transformation of the original values when winsorising does not help.
    power : float or None
        Exponent of Box-Cox; by maximum likelihood when None.
    """

    most_points: int = 5
    skew: float = 2.0
    kurtosis: float = 3.5
    then: str = "log"
    power: float | None = None

    def __post_init__(self) -> None:
        require_choice(self.then, TRANSFORMS, name="then")
        if self.most_points < 0 or not self.skew > 0:
            raise ParameterError(
                f"`most_points` is {self.most_points} and `skew` {self.skew:g}; give at least 0 and more than 0."
            )


@dataclass(frozen=True, eq=False)
class Treated:
    """An indicator after treatment.

    Attributes
    ----------
    values : ndarray
    winsorised : ndarray of bool
        Values that were pulled in.
    done : str
        ``"none"``, ``"winsorise"``, ``"log"`` or ``"box-cox"``.
    before, after : tuple of float
        Skewness and kurtosis.
    passes : bool
        Whether the rule finds no outliers afterwards.
    """

    values: _Floats
    winsorised: NDArray[np.bool_]
    done: str
    before: tuple[float, float]
    after: tuple[float, float]
    passes: bool


def shape_of(x: _Floats) -> tuple[float, float]:
    """Skewness and excess kurtosis as spreadsheets and COINr reckon them (unbiased under normality).

    Missing values are passed over; fewer than four known values, or equal ones, have neither (NaN).

    Examples
    --------
    >>> [round(value, 3) for value in shape_of(np.array([1.0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 30, 100]))]
    [3.063, 9.741]
    """
    known = x[np.isfinite(x)]
    if known.size < _LEAST or without_spread(known[:, None])[0]:
        return (np.nan, np.nan)
    return (float(scipy.stats.skew(known, bias=False)), float(scipy.stats.kurtosis(known, bias=False)))


def _has_outliers(shape: tuple[float, float], rule: TreatRule) -> bool:
    return abs(shape[0]) > rule.skew and shape[1] > rule.kurtosis


def winsorise(x: _Floats, rule: TreatRule) -> tuple[_Floats, NDArray[np.bool_]]:
    """Pull the most extreme value in to the next one until the rule finds no outliers or allows no more.

    Equal extremes are pulled in together, even beyond `most_points`, as COINr does.

    Examples
    --------
    >>> winsorise(np.array([1.0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 30, 100]), TreatRule())[0].tolist()[-3:]
    [10.0, 30.0, 30.0]
    """
    out, touched = x.copy(), np.zeros(x.size, dtype=bool)
    known = np.isfinite(x)
    while touched.sum() < rule.most_points and _has_outliers(shape := shape_of(out), rule):
        high = shape[0] >= 0
        extreme = out[known].max() if high else out[known].min()
        at = known & (out == extreme)
        rest = out[known & ~at]
        out[at] = rest.max() if high else rest.min()
        touched |= at
    return out, touched


def shifted_log(x: _Floats) -> _Floats:
    r"""Logarithm after a shift: :math:`\ln(x-\min+0.01(\max-\min))`; mirrored where the long tail points down.

    The order of the areas stays. COINr's ``log_CT`` for a long upper tail.

    Examples
    --------
    >>> shifted_log(np.array([0.0, 100.0])).round(4).tolist()
    [0.0, 4.6151]
    """
    known = x[np.isfinite(x)]
    room = 0.01 * (known.max() - known.min())
    if shape_of(x)[0] < 0:
        return np.asarray(-np.log(known.max() - x + room), dtype=np.float64)
    return np.asarray(np.log(x - known.min() + room), dtype=np.float64)


def box_cox(x: _Floats, power: float | None = None) -> _Floats:
    r"""Box-Cox after a shift to a minimum of 1: :math:`(y^\lambda-1)/\lambda`, the logarithm where it is 0.

    Mirrored where the long tail points down. The order of the areas stays. `power` by maximum likelihood when None.

    Examples
    --------
    >>> box_cox(np.array([0.0, 3.0]), 0.5).tolist()
    [0.0, 2.0]
    """
    known = np.isfinite(x)
    sign = -1.0 if shape_of(x)[0] < 0 else 1.0
    out: _Floats = sign * x
    out += 1.0 - out[known].min()
    out[known] = scipy.stats.boxcox(out[known], lmbda=power) if power is not None else scipy.stats.boxcox(out[known])[0]
    return sign * out


def treat_outliers(x: _Floats, rule: TreatRule) -> Treated:
    """Winsorise while the rule finds outliers; where that is not enough, transform the original values.

    Parameters
    ----------
    x : ndarray
        Values of one indicator; missing stays missing.
    rule : TreatRule

    Returns
    -------
    Treated
        Fewer than four known values, or equal ones, are left as they are.

    References
    ----------
    Becker, W. and others (2022). COINr. Journal of Open Source Software 7(78), 4567: function ``Treat``.

    Examples
    --------
    >>> treat_outliers(np.array([1.0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 100]), TreatRule()).done
    'winsorise'
    """
    before = shape_of(x)
    untouched = np.zeros(x.size, dtype=bool)
    if not _has_outliers(before, rule):
        return Treated(x, untouched, "none", before, before, True)
    pulled, touched = winsorise(x, rule)
    after = shape_of(pulled)
    if not _has_outliers(after, rule) or rule.then == "none":
        done = "winsorise" if touched.any() else "none"
        return Treated(pulled, touched, done, before, after, not _has_outliers(after, rule))
    moved = shifted_log(x) if rule.then == "log" else box_cox(x, rule.power)
    after = shape_of(moved)
    return Treated(moved, untouched, rule.then, before, after, not _has_outliers(after, rule))
