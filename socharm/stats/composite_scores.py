"""Scores of a composite index for many weights at once: the array engine under the index and its sensitivity."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import scipy
from numpy.typing import NDArray

from socharm._checks import require_choice, require_fraction
from socharm._words import number_of
from socharm.errors import ParameterError
from socharm.stats.composite_normalise import Yardstick, normalise

__all__ = ["AGGREGATIONS", "ScoreTree", "composite_scores", "contributions_of", "flat_tree", "node_scores"]

_Floats = NDArray[np.float64]

#: Power of the means; the other two compare areas in pairs.
_POWERS: Final = {"arithmetic": 1.0, "geometric": 0.0, "harmonic": -1.0}
AGGREGATIONS: Final = (*_POWERS, "generalised", "copeland", "outranking")

#: Numbers of one working array: larger ones leave the processor's cache.
_CELLS: Final = 1_000_000
#: Weights nearer than this share of their sum are a tie between two areas.
_TIE: Final = 1e-12


@dataclass(frozen=True)
class ScoreTree:
    """Which indicators make which domain, and which domains the index.

    Parameters
    ----------
    leaves : int
        Number of indicators: nodes 0 … leaves - 1.
    children : tuple of tuple of int
        Children of each further node, which is numbered on from `leaves`; a node comes after its children, and the
        last one is the index.
    aggregations : tuple of str
        Of each of those nodes; one of `AGGREGATIONS`.
    power : float
        Of ``generalised``.
    least_available : float
        Share of a node's children (those with a weight) that an area must have for the node to have a value.
    divide : bool
        Whether the sum is divided by the weights used. England's IMD does not; then nothing may be missing.
    """

    leaves: int
    children: tuple[tuple[int, ...], ...]
    aggregations: tuple[str, ...]
    power: float = 1.0
    least_available: float = 0.0
    divide: bool = True

    def __post_init__(self) -> None:
        for name in self.aggregations:
            require_choice(name, AGGREGATIONS, name="aggregation")
        require_fraction(self.least_available, name="least_available", inclusive=True)
        if not self.divide and set(self.aggregations) != {"arithmetic"}:
            raise ParameterError("`divide=False` is for arithmetic means only; the others have no meaning without.")

    @property
    def n_weights(self) -> int:
        """Weights of one draw: of every node but the index."""
        return self.leaves + len(self.children) - 1


def flat_tree(
    leaves: int, aggregation: str = "arithmetic", *, power: float = 1.0, least_available: float = 0.0
) -> ScoreTree:
    """A tree without domains.

    Examples
    --------
    >>> flat_tree(3).children
    ((0, 1, 2),)
    """
    return ScoreTree(leaves, (tuple(range(leaves)),), (aggregation,), power, least_available)


def composite_scores(
    values: _Floats,
    weights: _Floats,
    *,
    normalisation: str | None = "min-max",
    aggregation: str | None = None,
    directions: _Floats | None = None,
    tree: ScoreTree | None = None,
    yardstick: Yardstick | None = None,
) -> _Floats:
    """Scores of every area under every draw of weights.

    Parameters
    ----------
    values : ndarray of shape (n_areas, n_indicators)
        Prepared values (denominated, imputed, treated); missing (NaN) stays missing.
    weights : ndarray of shape (n_draws, n_weights) or (n_weights,)
        Weights of the indicators and, with a tree, of its domains behind them. Only their ratios count.
    normalisation : str or None
        See `socharm.stats.composite_normalise.normalise`; None where `values` are on one scale already.
    aggregation : str, optional
        Takes the place of the tree's aggregations; ``"arithmetic"`` without a tree.
    directions : ndarray of shape (n_indicators,), optional
        1 where more is worse (the default), -1 where less is.
    tree : ScoreTree, optional
        No domains by default.
    yardstick : Yardstick, optional
        What the normalisation goes by.

    Returns
    -------
    ndarray of shape (n_draws, n_areas)
        Higher is worse; missing where too little is known. The same to the last bit for any number of threads.

    Raises
    ------
    ParameterError
        Weights of the wrong shape, negative, or adding up to 0 in a domain; values of zero or less where the mean
        needs more.

    Notes
    -----
    Means are :math:`(\\sum_k w_k x_k^p / \\sum_k w_k)^{1/p}` over what is known, with p = 1 (arithmetic), 0 (geometric,
    the limit), -1 (harmonic) or `power`. ``copeland`` counts, by area, the areas it is worse than by the weight of the
    indicators, minus those it is better than. ``outranking`` is COINr's ``a_copeland``: the rows of the outranking
    matrix added up, which is the weighted Borda count with mean ranks, and so no majority of pairs.

    A Monte Carlo calls this for blocks of draws: 250 draws of 7,588 areas take 15 MB.

    References
    ----------
    OECD and JRC (2008). Handbook on Constructing Composite Indicators, section 1.6.
    Copeland, A. H. (1951). A reasonable social welfare function. University of Michigan.

    Examples
    --------
    >>> values = np.array([[0.0, 1.0], [10.0, 2.0], [5.0, 5.0]])
    >>> composite_scores(values, np.array([[1.0, 1.0], [3.0, 1.0]])).tolist()
    [[0.0, 62.5, 75.0], [0.0, 81.25, 62.5]]
    """
    tree = tree or flat_tree(values.shape[1])
    if aggregation is not None:
        tree = ScoreTree(
            tree.leaves,
            tree.children,
            (aggregation,) * len(tree.children),
            tree.power,
            tree.least_available,
            tree.divide,
        )
    drawn = np.atleast_2d(np.asarray(weights, dtype=np.float64))
    _require_weights(drawn, tree, values.shape[1])
    if normalisation is not None:
        turned = np.ones(values.shape[1]) if directions is None else directions
        values = normalise(values, normalisation, directions=turned, **vars(yardstick or Yardstick()))
    elif directions is not None and (directions < 0).any():
        raise ParameterError("`directions` belong to a normalisation; values without one must be turned already.")
    out = np.empty((len(drawn), len(values)))
    for rows in _blocks(len(drawn), len(values)):
        out[rows] = node_scores(values, drawn[rows], tree)[-1]
    return out


def _blocks(draws: int, areas: int) -> Iterator[slice]:
    step = max(1, _CELLS // max(areas, 1))
    return (slice(start, start + step) for start in range(0, draws, step))


def _require_weights(weights: _Floats, tree: ScoreTree, indicators: int) -> None:
    if tree.leaves != indicators or weights.shape[1] != tree.n_weights:
        raise ParameterError(
            f"`weights` has {number_of(weights.shape[1], 'column')} and `values` {indicators}; the tree needs "
            f"{number_of(tree.n_weights, 'weight')} for {number_of(tree.leaves, 'indicator')} and "
            f"{number_of(len(tree.children) - 1, 'domain')}."
        )
    if not np.isfinite(weights).all() or (weights < 0).any():
        raise ParameterError("`weights` holds missing or negative numbers; give 0 to leave an indicator out.")
    if (weights[:, list(tree.children[-1])].sum(axis=1) <= 0).any():
        raise ParameterError("`weights` adds up to 0, so there is nothing to aggregate. Give at least one above zero.")


def node_scores(values: _Floats, weights: _Floats, tree: ScoreTree) -> list[_Floats]:
    """Values of every node of the tree under each draw; domains in the tree's order, the index last.

    Parameters
    ----------
    values : ndarray of shape (n_areas, n_indicators)
        On one scale, more being worse.
    weights : ndarray of shape (n_draws, n_weights)
    tree : ScoreTree

    Returns
    -------
    list of ndarray, the first `leaves` of shape (1, n_areas), the others (n_draws, n_areas)
    """
    found: list[_Floats] = [np.ascontiguousarray(values[:, k])[None, :] for k in range(tree.leaves)]
    for children, name in zip(tree.children, tree.aggregations, strict=True):
        parts = [found[child] for child in children]
        given = weights[:, list(children)]
        if name == "copeland":
            found.append(_copeland(parts, given, tree))
        elif name == "outranking":
            found.append(_power_mean([_beaten(part) for part in parts], given, 1.0, tree))
        else:
            found.append(_power_mean(parts, given, _POWERS.get(name, tree.power), tree))
    return found


def _require_range(parts: Sequence[_Floats], weights: _Floats, power: float) -> None:
    """Stop where a mean is asked for what it cannot average."""
    if power == 1:
        return
    used = [part for part, weight in zip(parts, weights.T, strict=True) if (weight > 0).any()]
    lowest = min((float(part[np.isfinite(part)].min(initial=np.inf)) for part in used), default=np.inf)
    if lowest < 0 or (lowest == 0 and power <= 0):
        raise ParameterError(
            f"The lowest value to aggregate is {lowest:g}; a mean with power {power:g} (0 is geometric, -1 harmonic) "
            "needs more than that. Normalise to a scale that starts above zero, such as low=1, high=100."
        )


def _power_mean(parts: Sequence[_Floats], weights: _Floats, power: float, tree: ScoreTree) -> _Floats:
    """Weighted mean of the parts, in a fixed order of addition."""
    _require_range(parts, weights, power)
    areas = parts[0].shape[1]
    total = np.zeros((len(weights), areas))
    gaps = any(not np.isfinite(part).all() for part in parts)
    used = np.zeros((len(weights), areas)) if gaps else np.zeros((len(weights), 1))
    known = np.zeros_like(used)
    for part, weight in zip(parts, weights.T, strict=True):
        if not (weight > 0).any():
            continue
        there = np.isfinite(part) if gaps else np.ones((1, 1), dtype=bool)
        raised = np.where(there, _raised(np.where(there, part, 1.0), power), 0.0) if gaps else _raised(part, power)
        total += weight[:, None] * raised
        used += weight[:, None] * there
        known += (weight[:, None] > 0) & there
    asked = (weights > 0).sum(axis=1)[:, None]
    enough = (used > 0) & (known >= tree.least_available * asked - 1e-9)
    if not tree.divide:
        enough &= known == asked
        return np.where(enough, total, np.nan)
    mean = total / np.where(used > 0, used, 1.0)
    return np.where(enough, _lowered(mean, power), np.nan)


def _raised(x: _Floats, power: float) -> _Floats:
    if power == 1:
        return x
    return np.asarray(np.log(x) if power == 0 else x**power, dtype=np.float64)


def _lowered(x: _Floats, power: float) -> _Floats:
    if power == 1:
        return x
    return np.asarray(np.exp(x) if power == 0 else x ** (1.0 / power), dtype=np.float64)


def _beaten(part: _Floats) -> _Floats:
    """Areas that each area is worse than, equals counting half: mean rank less one."""
    out = np.full(part.shape, np.nan)
    for row, values in enumerate(part):
        known = np.isfinite(values)
        out[row, known] = scipy.stats.rankdata(values[known]) - 1.0
    return out


def _copeland(parts: Sequence[_Floats], weights: _Floats, tree: ScoreTree) -> _Floats:
    """Pairs won minus pairs lost by the weight of the indicators that both areas have."""
    areas = parts[0].shape[1]
    out = np.empty((len(weights), areas))
    for draw, weight in enumerate(weights):
        columns = [part[min(draw, len(part) - 1)] for part in parts]
        known = sum(np.isfinite(column) & (w > 0) for column, w in zip(columns, weight, strict=True))
        for rows in _blocks(areas, areas):
            balance = np.zeros((len(columns[0][rows]), areas))
            for column, w in zip(columns, weight, strict=True):
                with np.errstate(invalid="ignore"):
                    balance += w * np.nan_to_num(np.sign(column[rows, None] - column[None, :]))
            out[draw, rows] = np.sign(np.where(np.abs(balance) > _TIE * weight.sum(), balance, 0.0)).sum(axis=1)
        asked = int((weight > 0).sum())
        out[draw, (known == 0) | (known < tree.least_available * asked - 1e-9)] = np.nan
    return out


def contributions_of(values: _Floats, weights: _Floats, tree: ScoreTree) -> _Floats:
    r"""What each indicator contributes to the score of each area; they add up to the score.

    Parameters
    ----------
    values : ndarray of shape (n_areas, n_indicators)
        On one scale.
    weights : ndarray of shape (n_weights,)
    tree : ScoreTree

    Returns
    -------
    ndarray of shape (n_areas, n_indicators)
        Missing where the indicator or the score is, and in all areas under ``copeland`` and ``outranking``, which do
        not add up.

    Notes
    -----
    :math:`c_k = x_k\,\partial S/\partial x_k`. Means are homogeneous of degree one, so by Euler's theorem these add up
    to S; for the arithmetic mean they are the weighted values, for the geometric mean the weights' shares of S.
    """
    if set(tree.aggregations) & {"copeland", "outranking"}:
        return np.full(values.shape, np.nan)
    nodes = [node[0] for node in node_scores(values, weights[None, :], tree)]
    slope = [np.zeros(len(values)) for _ in nodes]
    slope[-1] = np.where(np.isfinite(nodes[-1]), 1.0, np.nan)
    for at in range(len(tree.children) - 1, -1, -1):
        above, children = tree.leaves + at, tree.children[at]
        power = _POWERS.get(tree.aggregations[at], tree.power)
        there = np.array([np.isfinite(nodes[child]) for child in children])
        used = np.add.reduce(weights[list(children)][:, None] * there, axis=0)
        for child, known in zip(children, there, strict=True):
            share = (
                weights[child] / np.where(used > 0, used, 1.0) if tree.divide else np.full(len(values), weights[child])
            )
            steep = np.ones(len(values))
            if power != 1:
                inside = known & (nodes[above] > 0) & (nodes[child] > 0)
                steep[inside] = (nodes[child][inside] / nodes[above][inside]) ** (power - 1.0)
            slope[child] = np.where(known, slope[above] * share * steep, np.nan)
    return np.column_stack([slope[k] * values[:, k] for k in range(tree.leaves)])
