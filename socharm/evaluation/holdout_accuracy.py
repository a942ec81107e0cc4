"""Every order measured at every origin, for the areas as they are and for resamples of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from socharm.evaluation.holdout import Origin
from socharm.stats.accuracy import captured, rank_correlation
from socharm.stats.random_streams import map_blocks

__all__ = ["METRICS", "SKILL_METRICS", "Measured", "HoldoutDesign", "bootstrap", "measure", "measure_all"]

_Floats = NDArray[np.float64]

#: What is measured, in the order of the arrays.
METRICS: Final = (
    "share_harm",
    "share_crimes",
    "share_size",
    "harm_pai",
    "pai",
    "harm_pei",
    "pei",
    "recapture_harm",
    "recapture_crimes",
    "predicted_over_observed",
    "rank_correlation",
)

#: What skill compares. The shares are the same for each denominator.
SKILL_METRICS: Final = ("share_harm", "share_crimes", "harm_pai", "pai")


@dataclass(frozen=True, eq=False)
class HoldoutDesign:
    """What is measured.

    Attributes
    ----------
    origins : those at which something can be measured
    rankers : names of the orders
    baselines : which of `rankers` skill is measured against
    ks : by origin, array of shape (ks,)
    ground : size of every area, or None; the exposure is always a denominator
    group : block of every area, from 0; -1 for an area that stands at no origin
    """

    origins: Sequence[Origin]
    rankers: Sequence[str]
    baselines: Sequence[int]
    ks: Sequence[NDArray[np.int64]]
    ground: _Floats | None
    group: NDArray[np.int64]

    def sizes(self, origin: Origin) -> list[_Floats]:
        """Denominators of the areas at an origin."""
        return [origin.exposure] if self.ground is None else [origin.exposure, self.ground[origin.rows]]


@dataclass(frozen=True, eq=False)
class Measured:
    """Means over origins, the last axis over samples.

    Attributes
    ----------
    means : array of shape (rankers, metrics, sizes, ks, samples)
    own, other : arrays of shape (baselines, rankers, skill metrics, sizes, ks, samples)
        Means of the ranker and of the baseline over the origins that both have.
    """

    means: _Floats
    own: _Floats
    other: _Floats


def measure_all(design: HoldoutDesign, copies: _Floats) -> tuple[_Floats, Measured]:
    """Metrics at every origin, shape (origins, rankers, metrics, sizes, ks, samples), and their means."""
    parts = [
        measure(origin, design.sizes(origin), ks, copies[:, origin.rows], design.rankers)
        for origin, ks in zip(design.origins, design.ks, strict=True)
    ]
    values = np.stack(parts)
    compared = values[:, :, [METRICS.index(name) for name in SKILL_METRICS]]
    pairs = [paired_means(compared, at) for at in design.baselines]
    own, other = (np.stack([pair[side] for pair in pairs]) for side in (0, 1))
    return values, Measured(mean_over(values), own, other)


def bootstrap(design: HoldoutDesign, *, draws: int, seed: int, threads: int) -> Measured:
    """The same over samples of blocks of areas drawn with replacement."""
    number = int(design.group.max()) + 1

    def block(rng: np.random.Generator, size: int) -> Measured:
        drawn = rng.multinomial(number, np.full(number, 1.0 / number), size=size).astype(np.float64)
        copies = np.where(design.group >= 0, drawn[:, design.group], 0.0)
        return measure_all(design, copies)[1]

    parts = map_blocks(block, draws=draws, seed=seed, purpose="hold-out", threads=threads)
    means, own, other = (
        np.concatenate([getattr(part, name) for part in parts], axis=-1) for name in ("means", "own", "other")
    )
    return Measured(means, own, other)


def measure(
    origin: Origin, sizes: Sequence[_Floats], ks: NDArray[np.int64], copies: _Floats, rankers: Sequence[str]
) -> _Floats:
    """Metrics at one origin.

    Parameters
    ----------
    origin : Origin
    sizes : arrays of shape (rows,), one for each denominator
    ks : array of shape (ks,)
    copies : array of shape (samples, rows)
    rankers : names

    Returns
    -------
    array of shape (rankers, metrics, sizes, ks, samples)
        Missing where a ranker has no order here, or where a sample holds nothing to capture.
    """
    amounts = np.stack([origin.harm, origin.crimes, origin.past_harm, origin.past_crimes, *sizes])
    totals = np.stack([np.add.reduce(copies * amount, axis=1) for amount in amounts])
    possible = [[_density(which, size, ks, copies) for which in (origin.harm, origin.crimes)] for size in sizes]
    result = np.full((len(rankers), len(METRICS), len(sizes), ks.size, len(copies)), np.nan)
    for place, ranker in enumerate(rankers):
        score = origin.scores.get(ranker)
        if score is None:
            continue
        of, predicted = origin.predicted.get(ranker, ("", np.full(score.size, np.nan)))
        held = captured(np.vstack([amounts, predicted]), score, ks, copies)
        shares = _over(held[:-1], totals[:, :, None])
        for d, size in enumerate(sizes):
            rows = result[place, :, d]
            harm, crimes, room = shares[0], shares[1], shares[4 + d]
            rows[0], rows[1], rows[2] = harm.T, crimes.T, room.T
            for at, (part, best) in enumerate(zip((harm, crimes), possible[d], strict=True)):
                rows[3 + at] = _over(part, room).T
                rows[5 + at] = _over(rows[3 + at].T, best).T
                rows[7 + at] = _over(part, shares[2 + at]).T
            rows[9] = _over(held[-1], held[1 if of == "crimes" else 0]).T
            by_chance = ranker == "random"
            rows[10] = 0.0 if by_chance else rank_correlation(score, origin.harm / size, copies)
    return result


def _density(events: _Floats, size: _Floats, ks: NDArray[np.int64], copies: _Floats) -> _Floats:
    """PAI of the order by what came, shape (samples, ks)."""
    held = captured(np.stack([events, size]), events / size, ks, copies)
    totals = [np.add.reduce(copies * values, axis=1)[:, None] for values in (events, size)]
    return _over(_over(held[0], totals[0]), _over(held[1], totals[1]))


def _over(part: _Floats, whole: _Floats) -> _Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        found: _Floats = np.where(whole > 0, part / whole, np.nan)
    return found


def mean_over(values: _Floats) -> _Floats:
    """Mean over the first axis of what is not missing."""
    known = np.isfinite(values)
    return _over(np.add.reduce(np.where(known, values, 0.0), axis=0), np.add.reduce(known, axis=0, dtype=np.float64))


def paired_means(values: _Floats, against: int) -> tuple[_Floats, _Floats]:
    """Means of each ranker and of one of them over the origins at which both have a value.

    Parameters
    ----------
    values : array of shape (origins, rankers, metrics, sizes, ks, samples), of `SKILL_METRICS`
    against : int
        The ranker compared with.

    Returns
    -------
    two arrays of shape (rankers, metrics, sizes, ks, samples)
    """
    other = np.broadcast_to(values[:, [against]], values.shape)
    both = np.isfinite(values) & np.isfinite(other)
    return mean_over(np.where(both, values, np.nan)), mean_over(np.where(both, other, np.nan))
