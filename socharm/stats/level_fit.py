"""Levels of areas fitted for one value of their drift, in blocks of areas of like level.

The likelihood of an area is next to nothing on most of a grid that is wide enough for all areas. Areas are put into
blocks of like level, and each block is worked on where it is more than that; what is left out is below rounding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import scipy
from numpy.typing import NDArray

from socharm.stats.level_kernels import ample, log_likelihoods, reached, single

__all__ = ["LevelBlock", "LevelCounts", "Shape", "fit_level", "level_blocks", "likelihood"]

_Floats = NDArray[np.float64]
_Singles = NDArray[np.float32]

#: Areas of one block.
_BLOCK: Final = 192
#: Standard errors by which the rates of an area differ, from which on its block keeps the whole grid.
_FAR: Final = 7.0
#: Log likelihood below its highest, and share of the highest product, at which the grid ends for a block.
_FALL: Final = 74.0
_NOTHING: Final = 1e-24
#: Every so many values of the grid are looked at to find where a likelihood ends.
_STRIDE: Final = 8
#: Areas that the first guess of the spread counts for, in each of the two normals.
_GUESS_AREAS: Final = 10.0
_ROUNDS: Final = 25
_TURNS: Final = 25
_TINY: Final = 1e-300
_LEAST: Final = np.float32(1e-30)


@dataclass(frozen=True, eq=False)
class LevelCounts:
    """Events of two periods in units of their dispersion, and the exposures that go with them.

    Attributes
    ----------
    first, second : arrays of shape (areas,)
        Effective events over their over-dispersion: their variance is their mean.
    exposure_first, exposure_second : arrays of shape (areas,)
        In the same unit per unit of rate, above zero.
    held_back : array of shape (areas,) of bool
        Areas whose second count takes no part in the fit.
    """

    first: _Floats
    second: _Floats
    exposure_first: _Floats
    exposure_second: _Floats
    held_back: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Shape:
    """Distribution of the lasting effect of an area: two normals, the bulk and the centres.

    Attributes
    ----------
    share, mean, spread : arrays of shape (2,)
    """

    share: _Floats
    mean: _Floats
    spread: _Floats

    def parts(self, grid: _Floats) -> _Floats:
        """Both weighted densities on a grid, of shape (2, grid); the whole sums to 1."""
        z = (grid - self.mean[:, None]) / self.spread[:, None]
        dense = self.share[:, None] * np.exp(-(z**2) / 2) / self.spread[:, None]
        return np.asarray(dense / dense.sum(), dtype=np.float64)


@dataclass(frozen=True, eq=False)
class LevelBlock:
    """Areas of like level, and where on the grid they are.

    Attributes
    ----------
    first : array of shape (areas, width)
        Likelihood of the first counts, on `reach` of the grid.
    reach : slice
    count, exposure : arrays of shape (areas,)
        Of the second period.
    held_back : bool
        Whether the second counts take no part.
    whole : bool
        Whether the block keeps the whole grid, because its two counts lie far apart.
    """

    first: _Floats
    reach: slice
    count: _Floats
    exposure: _Floats
    held_back: bool
    whole: bool


def likelihood(count: _Floats, mean: _Floats, grid: _Floats, step: float | None = None) -> _Floats:
    """Likelihood of counts by effect, 1 at the best effect; an area known better than the grid's step is blunted."""
    known, best = _known(count, mean, float(grid[1] - grid[0]) if step is None else step)
    found = log_likelihoods(count, mean, best, known, grid, np.exp(grid))
    np.exp(found, out=found)
    return found


def _known(count: _Floats, mean: _Floats, step: float) -> tuple[_Floats, _Floats]:
    """By how much each log likelihood is blunted, and its highest value."""
    known = np.minimum(1.0, 1.0 / np.maximum(count * (0.7 * step) ** 2, 1e-9))
    return known, scipy.special.xlogy(count, count) - count - scipy.special.xlogy(count, mean)


def level_blocks(
    counts: LevelCounts, grid: _Floats, first: _Floats, log_first: float, log_second: float
) -> list[LevelBlock]:
    """Blocks of areas of like level; areas that are held back, and those whose counts lie far apart, by themselves.

    Parameters
    ----------
    counts : LevelCounts
    grid : array of shape (grid,)
    first : array of shape (areas, grid)
        Likelihood of the first counts.
    log_first, log_second : float
        Logs of the level of each period, the second one to begin with.
    """
    means = counts.exposure_first * np.exp(log_first), counts.exposure_second * np.exp(log_second)
    first_log, second_log = (
        np.log((count + 0.5) / (mean + 0.5)) for count, mean in zip((counts.first, counts.second), means, strict=True)
    )
    error = np.sqrt(1 / (counts.first + 0.5) + 1 / (counts.second + 0.5))
    far = (np.abs(second_log - first_log) > _FAR * error) & ~counts.held_back
    both = np.log((counts.first + counts.second + 0.5) / (means[0] + means[1] + 0.5))
    level = np.where(counts.held_back, first_log, both)
    made = []
    for held_back, whole in ((True, False), (False, True), (False, False)):
        rows = np.flatnonzero((counts.held_back == held_back) & (far == whole))
        rows = rows[np.argsort(level[rows], kind="stable")]
        for start in range(0, len(rows), _BLOCK):
            at = rows[start : start + _BLOCK]
            full = whole or held_back
            reach = slice(0, len(grid)) if full else _reach(counts.first[at], means[0][at], grid)
            made.append(
                LevelBlock(
                    np.ascontiguousarray(first[at, reach]), reach, counts.second[at], counts.exposure_second[at],
                    held_back, full,
                )
            )  # fmt: skip
    return made


def _reach(count: _Floats, mean: _Floats, grid: _Floats) -> slice:
    """Where on the grid any of the likelihoods is more than nothing; each has one peak."""
    known, best = _known(count, mean, float(grid[1] - grid[0]))
    seen = np.ascontiguousarray(grid[::_STRIDE])
    first, last = reached(count, mean, best, known, seen, np.exp(seen), -_FALL)
    if last < first:
        return slice(0, len(grid))
    return slice(max(0, (first - 1) * _STRIDE), min(len(grid), (last + 1) * _STRIDE + 1))


@dataclass(eq=False)
class _Work:
    """A block with one value of the drift.

    Attributes
    ----------
    lasting : likelihood of the lasting effect by the first counts, on `at` of the grid
    second : likelihood of the second counts, on `reach` of the grid
    both : their product over the lasting effect, on `within` of the grid
    single : the same with its largest value of each area 1, in single precision
    """

    block: LevelBlock
    lasting: _Floats
    at: slice
    second: _Floats
    reach: slice
    both: _Floats
    within: slice
    single: _Singles

    @staticmethod
    def of(block: LevelBlock, kernel: _Floats) -> _Work:
        lasting = block.first @ kernel[block.reach]
        at = slice(0, len(kernel)) if block.whole else slice(*ample(lasting, np.exp(-_FALL)))
        lasting = np.ascontiguousarray(lasting[:, at])
        return _Work(block, lasting, at, lasting, at, lasting, at, single(lasting))

    def meet(self, grid: _Floats, kernel: _Floats, log_second: float) -> None:
        """Work out the product for a level of the second period; areas held back have the first factor alone."""
        block = self.block
        if block.held_back:
            return
        mean = block.exposure * np.exp(log_second)
        self.reach = slice(0, len(grid)) if block.whole else _reach(block.count, mean, grid)
        self.second = likelihood(block.count, mean, grid[self.reach], float(grid[1] - grid[0]))
        both = self.second @ kernel[self.reach, self.at]
        both *= self.lasting
        inside = slice(0, both.shape[1]) if block.whole else slice(*ample(both, _NOTHING))
        self.both = np.ascontiguousarray(both[:, inside])
        self.within = slice(self.at.start + inside.start, self.at.start + inside.stop)
        self.single = single(self.both)

    def score(self, grid: _Floats, kernel: _Floats, whole: _Floats, log_second: float) -> float:
        """Second counts less what is expected of them given both counts."""
        block = self.block
        start = self.within.start - self.at.start
        lasting = self.lasting[:, start : start + self.both.shape[1]]
        after = (lasting * whole[self.within]) @ kernel[self.within, self.reach]
        after *= self.second
        level = (after @ np.exp(grid[self.reach])) / np.maximum(after.sum(axis=1), _TINY)
        return float(np.sum(block.count - block.exposure * np.exp(log_second) * level))


def fit_level(
    blocks: Sequence[LevelBlock], grid: _Floats, kernels: tuple[_Floats, _Floats], information: float,
    log_second: float, shape: Shape,
) -> tuple[float, Shape, float, bool]:  # fmt: skip
    """Level of the second period, shape, log likelihood, and whether rounds came to rest, for one value of the drift.

    Parameters
    ----------
    blocks : sequence of LevelBlock
    grid : array of shape (grid,)
    kernels : tuple of two arrays of shape (grid, grid)
        Of the drift of the first period and of the second.
    information : float
        About the level of the second period.
    log_second : float
        To begin with.
    shape : Shape
        To begin with.
    """
    before, after = kernels
    works = [_Work.of(block, before) for block in blocks]
    guess = float(np.sqrt(np.sum(shape.share * shape.spread**2)))
    for _ in range(_TURNS):
        for work in works:
            work.meet(grid, after, log_second)
        shape, settled = _mixture(works, grid, shape, guess)
        whole = shape.parts(grid).sum(axis=0)
        score = sum(work.score(grid, after, whole, log_second) for work in works if not work.block.held_back)
        if abs(score / information) < 1e-4:
            break
        log_second += float(np.clip(score / information, -0.2, 0.2))
    else:
        for work in works:
            work.meet(grid, after, log_second)
    whole = shape.parts(grid).sum(axis=0)
    logs = [np.log(np.maximum(work.both @ whole[work.within], _TINY)) for work in works]
    return log_second, shape, float(np.sum(np.concatenate(logs))), settled


def _mixture(works: Sequence[_Work], grid: _Floats, shape: Shape, guess: float) -> tuple[Shape, bool]:
    """Rounds of expectation and maximisation for the two normals, and whether they came to rest.

    What areas have in common is summed over thousands of them, so that single precision for each does: it leaves eight
    digits of the shape. Levels and likelihoods are worked out in double.
    """
    settled = False
    for _ in range(_ROUNDS):
        parts = shape.parts(grid)
        whole = parts.sum(axis=0)
        found, narrow = np.zeros(len(grid)), whole.astype(np.float32)
        for work in works:
            chance = work.single @ narrow[work.within]
            np.maximum(chance, _LEAST, out=chance)
            np.reciprocal(chance, out=chance)
            found[work.within] += chance @ work.single
        mass = found * parts
        areas = mass.sum(axis=1) + 1e-9
        mean = mass @ grid / areas
        square = np.sum(mass * (grid - mean[:, None]) ** 2, axis=1)
        spread = np.sqrt((square + _GUESS_AREAS * guess**2) / (areas + _GUESS_AREAS))
        new = Shape(areas / areas.sum(), mean, spread)
        settled = float(np.max(np.abs(new.mean - shape.mean))) < 1e-5
        shape = new
        if settled:
            break
    return shape, settled
