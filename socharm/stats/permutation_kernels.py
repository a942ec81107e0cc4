"""Compiled loops behind permutation tests."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from socharm._jit import kernel

__all__ = [
    "correct_draws",
    "count_block",
    "count_weighted_block",
    "draw_positions",
    "fill_row_sums",
    "guide_of",
]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]

_CHUNK: Final = 512


@kernel
def fill_row_sums(values: _Floats, indptr: _Ints, indices: _Ints, weights: _Floats, sums: _Floats) -> None:
    for i in range(sums.size):
        total = 0.0
        if weights.size == 0:
            for at in range(indptr[i], indptr[i + 1]):
                total += values[indices[at]]
        else:
            for at in range(indptr[i], indptr[i + 1]):
                total += weights[at] * values[indices[at]]
        sums[i] = total


@kernel
def draw_positions(state: NDArray[np.uint64], order: NDArray[np.int32], draws: NDArray[np.int32]) -> None:
    """Partial Fisher-Yates on whatever permutation `order` holds; xoshiro256++ and Lemire's bounded integers."""
    a, b, c, d = state[0], state[1], state[2], state[3]
    word = np.uint64(1) << np.uint64(32)
    mask = word - np.uint64(1)
    n = order.size
    for p in range(draws.shape[0]):
        for j in range(draws.shape[1]):
            bound = np.uint64(n - j)
            while True:
                mixed = a + d
                r = ((mixed << np.uint64(23)) | (mixed >> np.uint64(41))) + a
                t = b << np.uint64(17)
                c ^= a
                d ^= b
                b ^= c
                a ^= d
                c ^= t
                d = (d << np.uint64(45)) | (d >> np.uint64(19))
                product = (r >> np.uint64(32)) * bound
                low = product & mask
                if low >= bound or low >= (word - bound) % bound:
                    break
            pick = j + np.int64(product >> np.uint64(32))
            drawn = order[pick]
            order[pick] = order[j]
            order[j] = drawn
            draws[p, j] = drawn
    state[0], state[1], state[2], state[3] = a, b, c, d


@kernel
def correct_draws(
    draws: NDArray[np.int32],
    values: _Floats,
    degree: _Ints,
    sums: _Floats,
    margin: _Floats,
    table: _Floats,
    at_least: _Ints,
    at_most: _Ints,
) -> None:
    """Prefix sums of every sample into `table`; what the areas that were drawn themselves must not count."""
    width = draws.shape[1]
    prefix = np.zeros(width + 1)
    for p in range(draws.shape[0]):
        total = 0.0
        for j in range(width):
            total += values[draws[p, j]]
            prefix[j + 1] = total
            table[j, p] = total
        for j in range(width - 1):
            i = draws[p, j]
            k = degree[i]
            if j < k:
                held = prefix[k]
                right = prefix[k + 1] - values[i]
                lower, upper = sums[i] - margin[k], sums[i] + margin[k]
                at_least[i] += np.int64(right >= lower) - np.int64(held >= lower)
                at_most[i] += np.int64(right <= upper) - np.int64(held <= upper)


@kernel
def guide_of(table: _Floats, areas: _Ints, guide: NDArray[np.uint16], scale: _Floats) -> None:
    """Number of sorted sums below each of equal steps between the 0.5 and 99.5% points of a row.

    The step of a number never falls as the number grows, so what stands in lower steps is less than it,
    and what stands in higher steps is more: only its own step has to be searched. Rows of few areas are one step.
    """
    size = table.shape[1]
    edge = size // 200
    for row in range(areas.size):
        if areas[row] == 0:
            continue
        steps = guide.shape[1] - 1 if 8 * areas[row] > size else 1
        low, high = table[row, edge], table[row, size - 1 - edge]
        scale[row, 0] = low
        scale[row, 1] = steps / (high - low) if high > low and steps > 1 else 0.0
        at = 0
        for p in range(size):
            place = (table[row, p] - low) * scale[row, 1]
            step = max(int(place), 0) if place < steps - 1 else steps - 1  # what is below the first point is in step 0
            while at <= step:
                guide[row, at] = p
                at += 1
        while at <= steps:
            guide[row, at] = size
            at += 1


@kernel
def count_block(
    table: _Floats,
    guide: NDArray[np.uint16],
    scale: _Floats,
    degree: _Ints,
    sums: _Floats,
    margin: _Floats,
    at_least: _Ints,
    at_most: _Ints,
) -> None:
    """Add, for each area, the samples of its row of sorted sums that reach its sum, and that stay within it."""
    size = table.shape[1]
    last = guide.shape[1] - 2  # not reached in a row of one step: its scale is 0
    one = np.uint32(1)
    for i in range(degree.size):
        k = degree[i]
        if k == 0:
            continue
        row, steps = table[k - 1], guide[k - 1]
        lower, upper = sums[i] - margin[k], sums[i] + margin[k]
        place = (lower - scale[k - 1, 0]) * scale[k - 1, 1]
        place = place if place > 0.0 else 0.0
        step = np.uint32(place if place < last else last)
        below, top = np.uint32(steps[step]), np.uint32(steps[step + one])
        while top - below > 8:
            middle = (below + top) >> one
            if row[middle] < lower:
                below = middle + one
            else:
                top = middle
        reached = below
        for p in range(below, top):  # without a branch on what cannot be foreseen
            reached += np.uint32(row[p] < lower)
        within, end = np.int64(reached), size
        at_least[i] += size - within
        if within < size and row[within] <= upper:
            while within < end:
                centre = (within + end) >> 1
                if row[centre] <= upper:
                    within = centre + 1
                else:
                    end = centre
        at_most[i] += within


@kernel
def count_weighted_block(
    state: NDArray[np.uint64],
    rows: tuple[int, int],
    width: int,
    permutations: int,
    values: _Floats,
    graph: tuple[_Ints, _Floats],
    limits: tuple[_Floats, _Floats],
    counts: tuple[_Ints, _Ints],
) -> None:
    """All samples of one block of areas, in chunks that stay in the cache.

    Rows are the first area and the one behind the last; a graph has starts and weights; limits are lower and upper
    ones, and what reaches them is added to the counts.
    """
    (first, last), (indptr, weights), (lower, upper), (at_least, at_most) = rows, graph, limits, counts
    order = np.arange(values.size).astype(np.int32)
    drawn = np.empty((width, _CHUNK))
    sums = np.empty(_CHUNK)
    for start in range(0, permutations, _CHUNK):
        size = min(_CHUNK, permutations - start)
        draws = np.empty((size, width), dtype=np.int32)
        draw_positions(state, order, draws)
        for p in range(size):
            for j in range(width):
                drawn[j, p] = values[draws[p, j]]
        for i in range(first, last):
            sums[:] = 0.0
            for j in range(indptr[i + 1] - indptr[i]):
                weight = weights[indptr[i] + j]
                for p in range(size):
                    sums[p] += weight * drawn[j, p]
            if indptr[i + 1] > indptr[i]:
                more, less = 0, 0
                for p in range(size):
                    more += int(sums[p] >= lower[i])
                    less += int(sums[p] <= upper[i])
                at_least[i] += more
                at_most[i] += less
        for p in range(size):
            for j in range(width - 1):
                i = draws[p, j]
                if first <= i < last and j < indptr[i + 1] - indptr[i]:
                    held, right = 0.0, 0.0
                    for m in range(indptr[i + 1] - indptr[i]):
                        weight = weights[indptr[i] + m]
                        held += weight * drawn[m, p]
                        right += weight * drawn[m + 1 if m >= j else m, p]
                    at_least[i] += np.int64(right >= lower[i]) - np.int64(held >= lower[i])
                    at_most[i] += np.int64(right <= upper[i]) - np.int64(held <= upper[i])
