"""Later periods in which nothing changed, drawn from the joint model: ranks that chance and ordinary drift make."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from socharm._jit import kernel
from socharm.rescoring.joint import MIX_CRIMES, JointModel
from socharm.rescoring.paired_counts import PairedCounts
from socharm.stats.random_streams import map_blocks
from socharm.stats.ranks import descending_ranks

__all__ = ["Harm", "drawn_ranks", "harm_of_bands", "kept_by_size"]

_Floats = NDArray[np.float64]
_Ranks = NDArray[np.integer]

#: Offences of like weight are drawn together, in this many bands at most.
_BANDS: Final = 6


@dataclass(frozen=True, eq=False)
class Harm:
    """What the harm of each area is drawn from.

    Attributes
    ----------
    share : array of shape (areas, bands)
        Of the area's expected harm.
    weight : array of shape (bands,)
        Harm of one event of the band.
    """

    share: _Floats
    weight: _Floats


def harm_of_bands(pair: PairedCounts, model: JointModel) -> Harm:
    """Bands of offences of like weight, with the share of each in every area's expected harm of the later period.

    Notes
    -----
    A band of events weighs ``sum n w^2 / sum n w``: the variance of the harm stays what it was. Shares are those of the
    area's earlier crimes and thirty more of the force's mix, times the trend of each offence in its months.
    """
    before = pair.earlier.by_offence
    mix = before.sum(axis=0) / before.sum()
    own = (before + MIX_CRIMES * mix) * pair.weights * model.mix.by_offence
    force = before.sum(axis=0) * pair.weights
    order = np.argsort(pair.weights, kind="stable")
    until = np.cumsum(force[order]) / force.sum()
    band = np.empty(len(order), dtype=int)
    band[order] = np.minimum((until * _BANDS).astype(int), _BANDS - 1)
    used = np.unique(band[force > 0])
    share = np.stack([own[:, band == each].sum(axis=1) for each in used], axis=1)
    weight = [np.average(pair.weights[band == each], weights=force[band == each]) for each in used]
    return Harm(share / share.sum(axis=1, keepdims=True), np.array(weight))


def drawn_ranks(pair: PairedCounts, model: JointModel, *, worlds: int, seed: int, threads: int) -> _Ranks:
    r"""Ranks of all areas in worlds without change, of shape (worlds, areas).

    Notes
    -----
    The level of each area is drawn from what its earlier counts say of the later period, and all bands share a gamma
    factor of variance :math:`(\varphi - 1) d_a / \mu_a`, which makes the variance of the harm :math:`\varphi` times
    that of independent events.
    """
    harm, predicted = harm_of_bands(pair, model), model.predicted
    unit = model.unit
    effective = harm.share @ harm.weight
    cumulative = np.cumsum(predicted.weights, axis=1)
    means = predicted.mean[:, None] * np.exp(predicted.nodes) * unit
    areas = len(means)

    def block(generator: np.random.Generator, size: int) -> _Ranks:
        ranks = np.empty((size, areas), dtype=np.min_scalar_type(areas))
        for world in range(size):
            mean = _drawn(cumulative, means, generator.random(areas))
            if model.dispersion > 1:
                shape = mean / ((model.dispersion - 1) * effective)
                mean = mean * generator.gamma(shape) / shape
            events = generator.poisson(mean[:, None] * harm.share / harm.weight)
            ranks[world] = descending_ranks((events @ harm.weight / pair.later.exposure)[None, :])[0]
        return ranks

    return np.concatenate(map_blocks(block, draws=worlds, seed=seed, purpose="churn", threads=threads))


@kernel
def _drawn(cumulative: _Floats, values: _Floats, uniform: _Floats) -> _Floats:
    """The value of each area at which its cumulative probabilities reach a uniform number."""
    areas, nodes = values.shape
    found = np.empty(areas)
    for a in range(areas):
        place = 0
        for node in range(nodes - 1):  # no branch: processors take several nodes abreast
            place += cumulative[a, node] < uniform[a]
        found[a] = values[a, place]
    return found


def kept_by_size(first: _Ranks, later: _Ranks) -> _Ranks:
    """How many of the first k areas are among the first k again, for every k; of shape (worlds, areas).

    Parameters
    ----------
    first : array of shape (areas,)
    later : array of shape (worlds, areas)

    Examples
    --------
    >>> kept_by_size(np.array([1, 2, 3]), np.array([[2, 1, 3], [3, 1, 2]])).tolist()
    [[0, 2, 3], [0, 1, 3]]
    """
    areas = len(first)
    # The narrowest kind of whole number: thousands of worlds are sorted by size afterwards.
    kept = np.zeros((len(later), areas), dtype=np.min_scalar_type(areas))
    for world, row in enumerate(later):
        kept[world] = np.cumsum(np.bincount(np.maximum(row, first), minlength=areas + 1)[1:])
    return kept
