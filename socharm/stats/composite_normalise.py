"""Indicators brought onto one scale, where more is always worse."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from socharm._checks import require_choice
from socharm.errors import ParameterError
from socharm.stats.deprivation_scores import exponential_score, ranks_of_scores

__all__ = ["ABSOLUTE", "NORMALISATIONS", "Scale", "Yardstick", "normalise", "without_spread"]

_Floats = NDArray[np.float64]

#: Values nearer than this share of their size are the same value.
_SAME: Final = 1e-12


@dataclass(frozen=True, kw_only=True)
class Scale:
    """Constants of a normalisation; each method uses those that it needs.

    Parameters
    ----------
    low, high : float
        Ends of the scale of ``min-max``, ``percentile``, ``goalposts`` and the distances.
    mean, sd : float
        Mean and standard deviation of ``z-score``.
    cap : bool
        Whether ``goalposts`` and the distances stop at the ends of the scale.
    areas : int
        Number of areas that the values of ``exponential`` are ranks among; 0 where they are not ranks yet.
    """

    low: float = 0.0
    high: float = 100.0
    mean: float = 0.0
    sd: float = 1.0
    cap: bool = True
    areas: int = 0

    def __post_init__(self) -> None:
        if not self.high > self.low:
            raise ParameterError(f"`high` is {self.high:g} and `low` {self.low:g}; the scale must go up.")
        if not self.sd > 0:
            raise ParameterError(f"`sd` is {self.sd:g}; it must be above zero.")
        if self.areas < 0:
            raise ParameterError(f"`areas` is {self.areas}; give the number of areas ranked, or 0.")

    def spread(self, share: _Floats) -> _Floats:
        """Shares from 0 to 1 onto the scale."""
        return np.asarray(self.low + (self.high - self.low) * share, dtype=np.float64)


def without_spread(values: _Floats) -> NDArray[np.bool_]:
    """Columns that hold one value only, shape (n_indicators,); a column without any value is not among them.

    Examples
    --------
    >>> without_spread(np.array([[1.0, 5.0, np.nan], [2.0, 5.0, np.nan]])).tolist()
    [False, True, False]
    """
    known = np.isfinite(values)
    top = np.where(known, values, -np.inf).max(axis=0, initial=-np.inf)
    bottom = np.where(known, values, np.inf).min(axis=0, initial=np.inf)
    # A rate that is the same everywhere differs in its last digits once it was divided.
    size = np.maximum(np.abs(np.where(known.any(axis=0), top, 0.0)), np.abs(np.where(known.any(axis=0), bottom, 0.0)))
    with np.errstate(invalid="ignore"):
        return np.asarray(known.any(axis=0) & (top - bottom <= _SAME * size), dtype=np.bool_)


@dataclass(frozen=True, eq=False)
class Yardstick:
    """What a normalisation goes by beside the values: ends of the scale, marks of indicators, denominators.

    Attributes
    ----------
    scale : Scale, optional
    marks, shares : ndarray, optional
        As of `normalise`.
    """

    scale: Scale | None = None
    marks: _Floats | None = None
    shares: _Floats | None = None


def normalise(
    values: _Floats,
    method: str,
    *,
    directions: _Floats,
    scale: Scale | None = None,
    marks: _Floats | None = None,
    shares: _Floats | None = None,
) -> _Floats:
    r"""Indicators on one scale, more being worse.

    Parameters
    ----------
    values : ndarray of shape (n_areas, n_indicators)
        In the indicators' own units; missing (NaN) stays missing.
    method : str
        One of `NORMALISATIONS`.
    directions : ndarray of shape (n_indicators,)
        1 where more is worse, -1 where less is worse.
    scale : Scale, optional
    marks : ndarray of shape (n_indicators, 2), optional
        Lower and upper goalpost, or in the first column the target or the value of the reference area.
    shares : ndarray of shape (n_areas, n_indicators), optional
        Denominators by which ``index-to-mean`` weighs its mean; equal by default.

    Returns
    -------
    ndarray of shape (n_areas, n_indicators)
        A column without spread gets the middle of the scale (``z-score``: its mean).

    Raises
    ------
    ParameterError
        An unknown method; marks that the method needs and does not have; a mean of zero; one area where the method
        compares areas.

    Notes
    -----
    With :math:`x` turned so that more is worse (:math:`x \to dx`):

    - ``min-max``: :math:`(x-\min)/(\max-\min)`, from `low` to `high`;
    - ``z-score``: :math:`m + s(x-\bar x)/\hat\sigma`, the sample's standard deviation;
    - ``percentile``: (rank - 1)/(n - 1), equals sharing the lower rank, from `low` to `high`;
    - ``rank`` (1 is the least harm) and ``borda`` (rank - 1);
    - ``index-to-mean``: :math:`100x/\bar x`; where less is worse 200 minus that, so that the mean stays 100;
    - ``goalposts``: :math:`(x-l)/(u-l)`;
    - ``distance-to-target`` and ``distance-to-reference``: :math:`(x-t)/(\max-t)`, 0 at the target and `high` in
      the worst area: one minus COINr's score, which counts what is good;
    - ``exponential``: the transformation of the Indices of Deprivation;
    - ``none``: as it is, turned.

    References
    ----------
    OECD and JRC (2008). Handbook on Constructing Composite Indicators, section 1.5.
    Becker, W. and others (2022). COINr: An R package for developing composite indicators. Journal of Open Source
    Software 7(78), 4567.

    Examples
    --------
    >>> values = np.array([[10.0, 1.0], [20.0, 3.0], [30.0, 2.0]])
    >>> normalise(values, "min-max", directions=np.array([1.0, -1.0])).tolist()
    [[0.0, 100.0], [50.0, 0.0], [100.0, 50.0]]
    """
    require_choice(method, NORMALISATIONS, name="normalisation")
    scale = scale or Scale()
    if len(values) < 2 and method not in ABSOLUTE:
        raise ParameterError(
            f"{method!r} compares areas, and there are {len(values)}. Give more areas, or use goalposts, which judge "
            "one area by itself."
        )
    if method in _MARKED and marks is None:
        raise ParameterError(f"{method!r} needs marks: goalposts, targets or reference values of the indicators.")
    flat = without_spread(values)
    out = np.full(values.shape, np.nan)
    for k in range(values.shape[1]):
        known = np.isfinite(values[:, k])
        if not known.any():
            continue
        column = _Column(
            x=values[known, k] * directions[k],
            direction=float(directions[k]),
            flat=bool(flat[k]),
            marks=np.full(2, np.nan) if marks is None else marks[k] * directions[k],
            share=np.ones(int(known.sum())) if shares is None else shares[known, k],
            scale=scale,
            number=k,
        )
        out[known, k] = NORMALISATIONS[method](column)
    return out


@dataclass(frozen=True)
class _Column:
    """Known values of one indicator, turned so that more is worse."""

    x: _Floats
    direction: float
    flat: bool
    marks: _Floats
    share: _Floats
    scale: Scale
    number: int

    def said(self, what: str) -> ParameterError:
        return ParameterError(f"Indicator {self.number + 1} {what}")


def _min_max(c: _Column) -> _Floats:
    if c.flat:
        return np.full(c.x.size, c.scale.spread(np.array(0.5)))
    return c.scale.spread((c.x - c.x.min()) / (c.x.max() - c.x.min()))


def _z_score(c: _Column) -> _Floats:
    if c.flat:
        return np.full(c.x.size, c.scale.mean)
    return np.asarray(c.scale.mean + c.scale.sd * (c.x - c.x.mean()) / c.x.std(ddof=1), dtype=np.float64)


def _rank(c: _Column) -> _Floats:
    return np.asarray(1.0 + np.searchsorted(np.sort(c.x), c.x, side="left"), dtype=np.float64)


def _percentile(c: _Column) -> _Floats:
    if c.flat:
        return np.full(c.x.size, c.scale.spread(np.array(0.5)))
    return c.scale.spread((_rank(c) - 1.0) / (c.x.size - 1.0))


def _borda(c: _Column) -> _Floats:
    return _rank(c) - 1.0


def _index_to_mean(c: _Column) -> _Floats:
    x = c.x * c.direction
    mean = float(np.add.reduce(x * c.share) / np.add.reduce(c.share))
    if not mean > 0:
        raise c.said(f"has a mean of {mean:g}; 'index-to-mean' needs one above zero. Use another normalisation.")
    index = 100.0 * x / mean
    return index if c.direction > 0 else 200.0 - index


def _goalposts(c: _Column) -> _Floats:
    low, high = (float(mark) for mark in np.sort(c.marks))
    if not np.isfinite([low, high]).all() or not high > low:
        raise c.said("has no two different goalposts; give `goalposts=(lower, upper)`.")
    share = (c.x - low) / (high - low)
    return c.scale.spread(np.clip(share, 0.0, 1.0) if c.scale.cap else share)


def _distance(c: _Column) -> _Floats:
    mark, worst = float(c.marks[0]), float(c.x.max())
    if not np.isfinite(mark):
        raise c.said("has no target or no value in the reference area; state one.")
    if not worst > mark:
        raise c.said("is nowhere worse than its target or reference, so there is no distance; set another or drop it.")
    share = (c.x - mark) / (worst - mark)
    return c.scale.spread(np.maximum(share, 0.0) if c.scale.cap else share)


def _exponential(c: _Column) -> _Floats:
    if c.scale.areas == 0:
        return exponential_score(ranks_of_scores(c.x), c.x.size)
    rank = c.x * c.direction
    if c.direction > 0 or rank.min() < 1 or rank.max() > c.scale.areas:
        raise c.said(
            f"must hold ranks from 1 (the worst, so direction -1) to {c.scale.areas:,}; it runs from {rank.min():g} to "
            f"{rank.max():g} with direction {c.direction:g}."
        )
    return exponential_score(rank, c.scale.areas)


def _none(c: _Column) -> _Floats:
    return c.x


#: Normalisations by name.
NORMALISATIONS: Final[dict[str, Callable[[_Column], _Floats]]] = {
    "min-max": _min_max,
    "z-score": _z_score,
    "percentile": _percentile,
    "rank": _rank,
    "borda": _borda,
    "index-to-mean": _index_to_mean,
    "goalposts": _goalposts,
    "distance-to-target": _distance,
    "distance-to-reference": _distance,
    "exponential": _exponential,
    "none": _none,
}
#: Those that judge an area without looking at the others.
ABSOLUTE: Final = ("goalposts", "exponential", "none")
_MARKED: Final = ("goalposts", "distance-to-target", "distance-to-reference")
