"""Draws of harm rates from counters: any draw can be made again alone, and like draws share their chance.

A random number is a function of (key, area, band, draw) and of nothing else. So the same draw under another weight,
another period or another denominator has the same random numbers (common random numbers), which is what tells the
effect of a choice from the effect of chance; and the number of threads or the order of work cannot matter.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socharm._checks import require_positive
from socharm._jit import kernel
from socharm.errors import ParameterError
from socharm.stats.gamma_poisson import AreaPosterior
from socharm.stats.threads import map_in_order

__all__ = ["SplitCells", "WeightRows", "coupled_rates", "split_cells"]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]

#: Draws of one piece of work; results do not depend on it.
_PIECE: Final = 128


#: Where the lowest layer of the ziggurat ends, and the area of each of its 256 layers.
_TAIL: Final = 3.6541528853610088
_LAYER: Final = 0.00492867323399


def _ziggurat() -> tuple[NDArray[np.uint64], _Floats, _Floats]:
    """Bits that lie inside the next layer, width of a bit, and height of the curve, by layer."""
    inner, width, height = np.zeros(256), np.zeros(256), np.zeros(256)
    edge = above = _TAIL
    base = _LAYER / math.exp(-0.5 * edge * edge)
    inner[0], width[0], height[0] = edge / base, base, 1.0
    width[255], height[255] = edge, math.exp(-0.5 * edge * edge)
    for layer in range(254, 0, -1):
        edge = math.sqrt(-2.0 * math.log(_LAYER / edge + math.exp(-0.5 * edge * edge)))
        inner[layer + 1], width[layer], height[layer] = edge / above, edge, math.exp(-0.5 * edge * edge)
        above = edge
    return (inner * 2.0**52).astype(np.uint64), width / 2.0**52, height


_INNER, _WIDTH, _HEIGHT = _ziggurat()


@dataclass(frozen=True, eq=False)
class WeightRows:
    """Weights, spreads of the offence mix, and which of them each draw has.

    Attributes
    ----------
    weight, tau : ndarray of shape (variants, bands)
    of_draw : ndarray of int64, shape (draws,)
        Variant of each draw.
    """

    weight: _Floats
    tau: _Floats
    of_draw: _Ints


@dataclass(frozen=True, eq=False)
class SplitCells:
    """Bands drawn one by one (areas x bands), and mean and variance of the rest by area and node; empty if none."""

    single: NDArray[np.bool_]
    rest_mean: _Floats
    rest_variance: _Floats


def coupled_rates(
    posterior: AreaPosterior,
    rows: WeightRows,
    draws: _Ints,
    *,
    key: np.uint64,
    numbered: tuple[_Ints | None, _Ints | None] = (None, None),
    split: SplitCells | None = None,
    mix_shared: float = 0.0,
    threads: int = 2,
) -> _Floats:
    r"""Draws of :math:`e^{\omega y_a - \omega^2/2} \sum_b w_b e^{\tau_b z_{ab} - \tau_b^2/2} \lambda_{ab}` by area.

    Parameters
    ----------
    posterior : AreaPosterior
    rows : WeightRows
    draws : ndarray of int64, shape (n_draws,)
        Numbers of the draws, from 0; the same number has the same random numbers.
    key : uint64
        From `stream_key` of the seed: no purpose, so that every step that ranks has the same draws.
    numbered : pair of ndarray of int64
        Number of the stream of each band, and number of each area, from 0; the order in the posterior where None. An
        area has the random numbers of its number, in whatever row it stands.
    split : SplitCells, optional
        From `split_cells`: bands of little variance are drawn together as one Gamma variate of their mean and variance.
        With one variant of weights only. Every band is drawn by itself unless given.
    mix_shared : float
        Share of the variance of the offence mix that all bands of an area have in common, from 0 (each band by
        itself) to 1. Above 0 every band has to be drawn by itself.
    threads : int
        Any number gives the same rates.

    Returns
    -------
    ndarray of shape (n_draws, n_areas)

    Notes
    -----
    Counters through SplitMix64; normals by the ziggurat of 256 layers; Gamma by Marsaglia and Tsang (shapes below 1 by
    their power of a uniform). The effect of the area is drawn from its posterior on the nodes by inversion.

    References
    ----------
    Marsaglia, G., Tsang, W. W. (2000). A simple method for generating gamma variables. ACM Transactions on
    Mathematical Software 26, 363-372. Marsaglia, G., Tsang, W. W. (2000). The ziggurat method for generating random
    variables. Journal of Statistical Software 5(8). Steele, G. L., Lea, D., Flood, C. H. (2014). Fast splittable
    pseudorandom number generators. OOPSLA 2014.
    """
    require_positive(threads, name="threads", whole=True)
    if split is not None and len(rows.weight) > 1:
        raise ParameterError("`split` is of one row of weights; draws with several draw every band.")
    if not 0 <= mix_shared <= 1 or (mix_shared > 0 and split is not None and not split.single.all()):
        raise ParameterError(
            f"`mix_shared` is {mix_shared!r}; it is a share from 0 to 1, and above 0 every band is drawn by itself "
            "(`exact=1`)."
        )
    cells = split or split_cells(posterior, rows.weight[0], rows.tau[0], 1.0)
    n_areas, n_bands = posterior.shape.shape
    cumulative = np.cumsum(posterior.node_probability, axis=1)
    cumulative /= cumulative[:, -1:]
    bands, areas = numbered
    streams = np.arange(n_bands, dtype=np.int64) if bands is None else np.asarray(bands, dtype=np.int64)
    places = np.arange(n_areas, dtype=np.int64) if areas is None else np.asarray(areas, dtype=np.int64)
    result = np.empty((draws.size, n_areas))
    factor = np.ascontiguousarray(posterior.factor)
    shape, effort = np.ascontiguousarray(posterior.shape), np.ascontiguousarray(posterior.effort)
    alpha = np.ascontiguousarray(posterior.prior.shape)
    third = np.where(shape < 1, shape + 1, shape) - 1 / 3
    root = 1 / np.sqrt(9 * third)

    gammas = _Gammas(shape, third, root, effort, alpha, factor, cumulative, places)
    split_at = _Split(cells.single, cells.rest_mean, cells.rest_variance)
    shared = (float(posterior.shock), float(np.sqrt(mix_shared)))

    def piece(start: int) -> None:
        stop = min(start + _PIECE, draws.size)
        variants = _Variants(rows.of_draw[start:stop], rows.weight, rows.tau)
        _rates(key, draws[start:stop], variants, streams, gammas, split_at, shared, result[start:stop])

    starts = range(0, draws.size, _PIECE)
    for _ in map_in_order(piece, starts, threads=min(threads, len(starts))):
        pass
    return result


def split_cells(posterior: AreaPosterior, weight: _Floats, tau: _Floats, exact: float) -> SplitCells:
    """Which bands are drawn one by one in each area, and mean and variance of the rest.

    Parameters
    ----------
    posterior : AreaPosterior
    weight, tau : ndarray of shape (bands,)
    exact : float
        Share of each area's variance, above 0 and at most 1.
    """
    if not 0 < exact <= 1:
        raise ParameterError(f"`exact` is {exact!r}; it is a share of the variance, above 0 and at most 1.")
    areas, bands = posterior.shape.shape
    nodes = posterior.nodes.size
    single = np.ones((areas, bands), dtype=np.bool_)
    if exact >= 1:
        return SplitCells(single, np.zeros((0, 0)), np.zeros((0, 0)))
    variance = np.empty((areas, bands))
    for b in range(bands):
        mean, spread = _cell_moments(posterior, weight, tau, b)
        variance[:, b] = (posterior.node_probability * spread).sum(axis=1)
    order = np.argsort(-variance, axis=1, kind="stable")
    ordered = np.take_along_axis(variance, order, axis=1)
    before = np.cumsum(ordered, axis=1) - ordered
    np.put_along_axis(single, order, before < exact * ordered.sum(axis=1, keepdims=True), axis=1)
    rest = np.zeros((areas, nodes)), np.zeros((areas, nodes))
    for b in range(bands):
        mean, spread = _cell_moments(posterior, weight, tau, b)
        together = ~single[:, b, None]
        rest[0][:] += np.where(together, mean, 0.0)
        rest[1][:] += np.where(together, spread, 0.0)
    return SplitCells(single, *rest)


def _cell_moments(posterior: AreaPosterior, weight: _Floats, tau: _Floats, band: int) -> tuple[_Floats, _Floats]:
    """Mean and variance of one band's harm rate, by area and node."""
    level = posterior.factor[band]
    scale = weight[band] * level / (posterior.prior.shape[band] + posterior.effort[:, band, None] * level)
    shape = posterior.shape[:, band, None]
    mean = shape * scale
    return mean, (shape * (1 + shape) * np.exp(tau[band] ** 2) - shape**2) * scale**2


@kernel
def _mix(x: np.uint64) -> np.uint64:
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@kernel
def _uniform(base: np.uint64, step: int) -> float:
    """The `step`-th uniform of a cell, above 0 and below 1."""
    x = _mix(base + np.uint64(0x9E3779B97F4A7C15) * np.uint64(step + 1))
    return (float(x >> np.uint64(12)) + 0.5) * 2.220446049250313e-16


@kernel
def _normal(base: np.uint64, step: int) -> float:
    """A standard normal from the counters of a cell from `step` on."""
    while True:
        r = _mix(base + np.uint64(0x9E3779B97F4A7C15) * np.uint64(step + 1))
        layer = np.int64(r & np.uint64(0xFF))
        bits = (r >> np.uint64(9)) & np.uint64(0x000FFFFFFFFFFFFF)
        x: float = float(bits) * _WIDTH[layer]
        sign = -1.0 if (r >> np.uint64(8)) & np.uint64(1) else 1.0
        if bits < _INNER[layer]:
            return sign * x
        if layer == 0:
            while True:
                step += 2
                beyond = -math.log(_uniform(base, step + 1_000)) / _TAIL
                drop = -math.log(_uniform(base, step + 1_001))
                if drop + drop > beyond * beyond:
                    return sign * (_TAIL + beyond)
        height = (_HEIGHT[layer - 1] - _HEIGHT[layer]) * _uniform(base, step + 1_000) + _HEIGHT[layer]
        if height < math.exp(-0.5 * x * x):
            return sign * x
        step += 2


@kernel
def _gamma(base: np.uint64, d: float, c: float) -> float:
    """A standard Gamma variate of shape ``d + 1/3``, at least 1; ``c = 1 / sqrt(9 d)``."""
    step = 0
    while True:
        x = _normal(base, step)
        v = 1.0 + c * x
        if v > 0.0:
            v = v * v * v
            u = _uniform(base, step + 100)
            if u < 1.0 - 0.0331 * x * x * x * x or math.log(u) < 0.5 * x * x + d * (1.0 - v + math.log(v)):
                return d * v
        step += 10_000


class _Variants(NamedTuple):
    """Variant of each draw, and weight and spread by variant and band."""

    of_draw: _Ints
    weight: _Floats
    tau: _Floats


class _Gammas(NamedTuple):
    """The rates by area and band: shape, what Marsaglia and Tsang make of it, effort, prior; nodes, area numbers."""

    shape: _Floats
    third: _Floats
    root: _Floats
    effort: _Floats
    alpha: _Floats
    factor: _Floats
    cumulative: _Floats
    places: _Ints


class _Split(NamedTuple):
    """Bands drawn one by one, and mean and variance of the rest."""

    single: NDArray[np.bool_]
    rest_mean: _Floats
    rest_variance: _Floats


@kernel
def _rates(
    key: np.uint64,
    draws: _Ints,
    variants: _Variants,
    streams: _Ints,
    gammas: _Gammas,
    split: _Split,
    shared: tuple[float, float],
    result: _Floats,
) -> None:
    variant, weight, tau = variants.of_draw, variants.weight, variants.tau
    shape, third, root, effort = gammas.shape, gammas.third, gammas.root, gammas.effort
    alpha, factor, cumulative, places = gammas.alpha, gammas.factor, gammas.cumulative, gammas.places
    single, rest_mean, rest_variance = split.single, split.rest_mean, split.rest_variance
    shock, together_z = shared
    areas, bands = shape.shape
    apart_z = math.sqrt(1.0 - together_z * together_z)
    nodes = cumulative.shape[1]
    for p in range(draws.size):
        by_draw = _mix(key + np.uint64(draws[p]) * np.uint64(0xD1342543DE82EF95))
        row = variant[p]
        for a in range(areas):
            by_area = _mix(by_draw ^ (np.uint64(places[a] + 1) * np.uint64(0xA0761D6478BD642F)))
            node = 0
            if nodes > 1:
                u = _uniform(by_area, 0)
                low, high = 0, nodes - 1
                while low < high:
                    middle = (low + high) >> 1
                    if cumulative[a, middle] > u:
                        high = middle
                    else:
                        low = middle + 1
                node = low
            total = 0.0
            common = 0.0
            if together_z > 0.0:
                common = together_z * _normal(_mix(by_area + np.uint64(0x1D8E4E27C47D124F)), 200)
            for b in range(bands):
                w = weight[row, b]
                if w == 0.0 or not single[a, b]:
                    continue
                base = _mix(by_area + np.uint64(streams[b] + 1) * np.uint64(0xE7037ED1A0B428DB))
                level = factor[b, node]
                rate = _gamma(base, third[a, b], root[a, b]) * level / (alpha[b] + level * effort[a, b])
                if shape[a, b] < 1.0:
                    rate *= math.exp(math.log(_uniform(base, 50)) / shape[a, b])
                t = tau[row, b]
                if t > 0.0:
                    rate *= math.exp(t * (common + apart_z * _normal(base, 200)) - 0.5 * t * t)
                total += w * rate
            if rest_mean.size > 0 and rest_mean[a, node] > 0.0:
                base = _mix(by_area + np.uint64(0x8EBC6AF09C88C6E3))
                scale = rest_variance[a, node] / rest_mean[a, node]
                together = rest_mean[a, node] / scale
                boosted = together if together >= 1.0 else together + 1.0
                value = _gamma(base, boosted - 1.0 / 3.0, 1.0 / math.sqrt(9.0 * boosted - 3.0)) * scale
                if together < 1.0:
                    value *= math.exp(math.log(_uniform(base, 50)) / together)
                total += value
            if shock > 0.0:
                base = _mix(by_area + np.uint64(0x589965CC75374CC3))
                total *= math.exp(shock * _normal(base, 200) - 0.5 * shock * shock)
            result[p, a] = total
