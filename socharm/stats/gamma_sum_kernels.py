"""Loops of the ratio of two sums of gamma variates: characteristic functions, their inversion, what is kept of it."""

from __future__ import annotations

from math import erfc
from typing import Final

import numpy as np
from numpy.typing import NDArray

from socharm._jit import kernel

__all__ = ["fill_below", "fill_mixed", "sums_of"]

_Floats = NDArray[np.float64]

#: Entries of a table in one step, and points of a transform that are worked out together.
_PARTS: Final = 4
_LANES: Final = 64
#: Products of the distances of each of eight neighbours from the others.
_BETWEEN: Final = (-5040.0, 720.0, -240.0, 144.0, -144.0, 240.0, -720.0, 5040.0)
#: What modulus is none, and which values of an area's effect are left out as too improbable.
_NONE: Final = 1e-9
_RARE: Final = 1e-9
#: Log of a modulus that is nothing beside rounding.
_VANISHED: Final = -45.0
#: A normal score beyond which no probability is left, and entries of its table in one.
_CERTAIN: Final = 9.0
_FINE: Final = 32
#: A right angle in three parts, of which the first two have 33 bits.
_RIGHT, _RIGHT_MORE, _RIGHT_LEFT = 1.5707963267341256, 6.077100506303966e-11, 2.0222662487959506e-21


@kernel
def _coefficients(share: float, into: _Floats) -> None:
    """Lagrange's for eight neighbours at equal distances; the value is a share of one beyond the fourth."""
    for k in range(8):
        value = 1.0
        for j in range(8):
            if j != k:
                value *= share + 3.0 - j
        into[k] = value / _BETWEEN[k]


@kernel
def _tables(first: int, width: int, part: float) -> tuple[_Floats, _Floats]:
    """``log(1 + x^2) / 2`` and ``arctan(x)`` where ``log x = part * (first + n)``; `n` goes down columns first."""
    logs, angles = np.empty((_PARTS, width)), np.empty((_PARTS, width))
    for column in range(width):
        for row in range(_PARTS):
            x = np.exp(part * (first + column * _PARTS + row))
            logs[row, column] = 0.5 * np.log1p(x * x)
            angles[row, column] = np.arctan(x)
    return logs, angles


@kernel
def _add(into: _Floats, table: _Floats, place: int, c: _Floats, times: float) -> None:
    """Add so many times what a table has at every fourth entry from `place` on, between its entries."""
    own = table[place % _PARTS, place // _PARTS :]
    next_one = table[(place + 1) % _PARTS, (place + 1) // _PARTS :]
    third = table[(place + 2) % _PARTS, (place + 2) // _PARTS :]
    fourth = table[(place + 3) % _PARTS, (place + 3) // _PARTS :]
    c0, c1, c2, c3, c4, c5, c6, c7 = c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7]
    for i in range(len(into)):
        into[i] += times * (
            (c0 * own[i] + c1 * next_one[i] + c2 * third[i] + c3 * fourth[i])
            + (c4 * own[i + 1] + c5 * next_one[i + 1] + c6 * third[i + 1] + c7 * fourth[i + 1])
        )


@kernel
def _add_polar(modulus: _Floats, phase: _Floats, times: float, re: _Floats, im: _Floats) -> None:
    """Add so many times ``exp(modulus + i phase)``, to fourteen digits, in a loop that processors take abreast.

    The exponential is the 64th power of a Taylor sum; sine and cosine are those of what is left of a right angle.
    """
    for i in range(len(re)):
        x = max(modulus[i], _VANISHED) * (1 / 64) + 0.3515625
        power = 1.0 + x * (1 / 11) * (1.0 + x * (1 / 12) * (1.0 + x * (1 / 13)))
        power = 1.0 + x * (1 / 8) * (1.0 + x * (1 / 9) * (1.0 + x * (1 / 10) * power))
        power = 1.0 + x * (1 / 5) * (1.0 + x * (1 / 6) * (1.0 + x * (1 / 7) * power))
        power = 1.0 + x * (1.0 + x * (1 / 2) * (1.0 + x * (1 / 3) * (1.0 + x * (1 / 4) * power)))
        power *= 0.7035878743456275  # exp(-0.3515625)
        power *= power
        power *= power
        power *= power
        power *= power
        power *= power
        power *= power
        quarter = np.floor(phase[i] * (2 / np.pi) + 0.5)
        left = ((phase[i] - quarter * _RIGHT) - quarter * _RIGHT_MORE) - quarter * _RIGHT_LEFT
        z = left * left
        sine = 1.0 - z * (1 / 110) * (1.0 - z * (1 / 156) * (1.0 - z * (1 / 210)))
        sine = 1.0 - z * (1 / 20) * (1.0 - z * (1 / 42) * (1.0 - z * (1 / 72) * sine))
        sine = left * (1.0 - z * (1 / 6) * sine)
        cosine = 1.0 - z * (1 / 132) * (1.0 - z * (1 / 182) * (1.0 - z * (1 / 240)))
        cosine = 1.0 - z * (1 / 30) * (1.0 - z * (1 / 56) * (1.0 - z * (1 / 90) * cosine))
        cosine = 1.0 - z * (1 / 2) * (1.0 - z * (1 / 12) * cosine)
        turn = quarter - 4 * np.floor(quarter * 0.25)
        odd = turn - 2 * np.floor(turn * 0.5)
        across, up = cosine + odd * (sine - cosine), sine + odd * (cosine - sine)
        power *= times
        re[i] += power * (-across if turn == 1.0 or turn == 2.0 else across)
        im[i] += power * (-up if turn >= 2.0 else up)


@kernel
def _places(chance: _Floats, scale: _Floats, part: float) -> tuple[NDArray[np.int64], _Floats, int, int]:
    """Place of the log of each scale in steps of a table, coefficients between two, and the first and last place."""
    areas, nodes, offences = scale.shape
    least, most = np.inf, -np.inf
    place, share = np.empty((areas, nodes, offences), dtype=np.int64), np.empty((areas, nodes, offences, 8))
    for a in range(areas):
        for u in range(nodes):
            if chance[a, u] < _RARE:
                continue
            for o in range(offences):
                at = np.log(scale[a, u, o]) / part
                whole = np.floor(at)
                least, most = min(least, whole), max(most, whole)
                place[a, u, o] = int(whole)
                _coefficients(at - whole, share[a, u, o])
    return place, share, int(least), int(most)


@kernel
def _transform(
    chance: _Floats,
    shape: _Floats,
    places: tuple[NDArray[np.int64], _Floats],
    tables: tuple[_Floats, _Floats],
    first: int,
    size: int,
) -> tuple[_Floats, _Floats]:
    """Real and imaginary part of the characteristic function at ``exp(step * i)``, until it is none or a power.

    The logs of its factors ``(1 - i t scale)^-shape`` depend on ``log t + log scale`` alone: they are interpolated from
    a table of four entries a step, by the polynomial through eight of them, which errs by less than 1e-10. `first` is
    the entry of the table that belongs to a scale of 1 where the transform begins.
    """
    place, share = places
    areas, nodes, offences = place.shape
    logs, angles = tables
    real, imaginary = np.zeros(size), np.zeros(size)
    modulus, phase = np.empty(_LANES), np.empty(_LANES)
    own_re, own_im = np.empty(_LANES), np.empty(_LANES)
    for begin in range(0, size, _LANES):
        lanes = min(_LANES, size - begin)
        real[begin : begin + lanes] = 1.0
        for a in range(areas):
            own_re[:], own_im[:] = 0.0, 0.0
            for u in range(nodes):
                if chance[a, u] < _RARE:
                    continue
                modulus[:], phase[:] = 0.0, 0.0
                for o in range(offences):
                    start = place[a, u, o] + first + _PARTS * begin
                    _add(modulus[:lanes], logs, start, share[a, u, o], -shape[a, o])
                    _add(phase[:lanes], angles, start, share[a, u, o], shape[a, o])
                _add_polar(modulus[:lanes], phase[:lanes], chance[a, u], own_re[:lanes], own_im[:lanes])
            for i in range(lanes):
                re, im = real[begin + i], imaginary[begin + i]
                real[begin + i] = re * own_re[i] - im * own_im[i]
                imaginary[begin + i] = re * own_im[i] + im * own_re[i]
        for i in range(begin, begin + lanes):
            if real[i] * real[i] + imaginary[i] * imaginary[i] < _NONE * _NONE:
                return real[: i + 1], imaginary[: i + 1]
    return real, imaginary


@kernel
def _gone_on(values: _Floats, size: int, drop: float) -> _Floats:
    """Values that go on beyond their end as a power."""
    found = np.empty(size)
    known = len(values)
    found[:known] = values
    for i in range(known, size):
        found[i] = found[i - 1] * drop
    return found


@kernel
def _gil_pelaez(
    first: tuple[_Floats, _Floats],
    second: tuple[_Floats, _Floats],
    step: float,
    shifts: int,
    powers: tuple[float, float],
    below: _Floats,
) -> None:
    """Probability of the second to be below ``exp(step * shift)`` times the first; both of mean 1."""
    length, length_later = len(first[0]), len(second[0])
    size = max(length, length_later) + shifts
    drop, drop_later = np.exp(-powers[0] * step), np.exp(-powers[1] * step)
    real, imaginary = _gone_on(first[0], size, drop), _gone_on(first[1], size, drop)
    real_later, imaginary_later = _gone_on(second[0], size, drop_later), _gone_on(second[1], size, drop_later)
    total_drop = drop * drop_later
    rise = np.exp(-step)
    for place in range(2 * shifts + 1):
        shift = place - shifts
        start = shifts - max(shift, 0)
        stop = max(length_later, length - shift)
        total, value = 0.0, 0.0
        for i in range(start, stop):
            value = imaginary_later[i] * real[i + shift] - real_later[i] * imaginary[i + shift]
            if i == start:
                total += value * rise / (1.0 - rise)
            total += value
        total += value * total_drop / (1.0 - total_drop)
        below[place] = 0.5 - step * total / np.pi


@kernel
def fill_below(
    first: tuple[_Floats, _Floats, _Floats],
    second: tuple[_Floats, _Floats, _Floats],
    step: _Floats,
    begin: NDArray[np.int64],
    ends: NDArray[np.int64],
    shifts: NDArray[np.int64],
    below: _Floats,
) -> None:
    """Fill in the probability of each second sum to be below ``exp(step * shift)`` times the first.

    Parameters
    ----------
    first, second : tuple of arrays
        Of mean 1: probability of each node (rows, areas, nodes), shapes (rows, areas, offences) and scales
        (rows, areas, nodes, offences). The areas of a row are added.
    step : array of shape (rows,)
    begin : array of shape (rows,)
        Where the integral begins, in steps of the log.
    ends : array of shape (rows, 2)
        Where both transforms are a power at the latest.
    shifts : array of shape (rows,)
    below : array of shape (rows, points)
        The first ``2 * shifts + 1`` of each row are filled in.
    """
    for row in range(len(step)):
        low, part = begin[row] - shifts[row], step[row] / _PARTS
        place, share, least, most = _places(first[0][row], first[2][row], part)
        place_later, share_later, least_later, most_later = _places(second[0][row], second[2][row], part)
        # One table does for both: it begins with the smallest scale, and goes on to the end of the largest.
        start = min(least, least_later) - 3
        last = max(most + _PARTS * (ends[row, 0] - low), most_later + _PARTS * (ends[row, 1] - low))
        tables = _tables(start + _PARTS * low, (last - start) // _PARTS + 4, part)
        one = _transform(first[0][row], first[1][row], (place, share), tables, -start - 3, ends[row, 0] - low)
        other = _transform(
            second[0][row], second[1][row], (place_later, share_later), tables, -start - 3, ends[row, 1] - low
        )
        powers = np.sum(first[1][row]), np.sum(second[1][row])
        _gil_pelaez(one, other, step[row], shifts[row], powers, below[row])


@kernel
def sums_of(chance: _Floats, shape: _Floats, scale: _Floats) -> _Floats:
    """Means over an area's effect of what its gamma variates add up to given it, of shape (6, areas).

    The mean, the square and the cube of it, the variance, its product with the mean, and the third central moment.
    """
    areas, nodes, offences = scale.shape
    found = np.zeros((6, areas))
    for a in range(areas):
        for u in range(nodes):
            mean, variance, third = 0.0, 0.0, 0.0
            for o in range(offences):
                part = shape[a, o] * scale[a, u, o]
                mean += part
                part *= scale[a, u, o]
                variance += part
                third += 2 * part * scale[a, u, o]
            p = chance[a, u]
            found[0, a] += p * mean
            found[1, a] += p * mean * mean
            found[2, a] += p * mean * mean * mean
            found[3, a] += p * variance
            found[4, a] += p * mean * variance
            found[5, a] += p * third
    return found


@kernel
def _end_slope(step: float, beyond: float, rise: float, next_rise: float) -> float:
    """Slope at the end of a curve, from its first two pieces."""
    found = ((2 * step + beyond) * rise - step * next_rise) / (step + beyond)
    if found * rise <= 0:
        return 0.0
    if rise * next_rise <= 0 and abs(found) > 3 * abs(rise):
        return 3 * rise
    return found


@kernel
def _slopes(x: _Floats, y: _Floats) -> _Floats:
    """Slopes that keep a rising curve rising (Fritsch and Carlson), at two points or more."""
    last = len(x) - 1
    found = np.empty(last + 1)
    if last == 1:
        found[:] = (y[1] - y[0]) / (x[1] - x[0])
        return found
    for i in range(1, last):
        step, beyond = x[i] - x[i - 1], x[i + 1] - x[i]
        rise, next_rise = (y[i] - y[i - 1]) / step, (y[i + 1] - y[i]) / beyond
        if rise * next_rise <= 0:
            found[i] = 0.0
        else:
            one, other = 2 * beyond + step, beyond + 2 * step
            found[i] = (one + other) / (one / rise + other / next_rise)
    step, beyond = x[1] - x[0], x[2] - x[1]
    found[0] = _end_slope(step, beyond, (y[1] - y[0]) / step, (y[2] - y[1]) / beyond)
    step, beyond = x[last] - x[last - 1], x[last - 1] - x[last - 2]
    found[last] = _end_slope(step, beyond, (y[last] - y[last - 1]) / step, (y[last - 1] - y[last - 2]) / beyond)
    return found


@kernel
def _pieces(x: _Floats, y: _Floats) -> tuple[_Floats, _Floats]:
    """Where each piece of the curve begins, and its coefficients; the first and the last are lines beyond its ends."""
    slope, size = _slopes(x, y), len(x)
    begins, found = np.empty(size + 1), np.zeros((size + 1, 4))
    begins[0], found[0, 0], found[0, 1] = x[0], y[0], slope[0]
    for i in range(size - 1):
        step = x[i + 1] - x[i]
        rise = (y[i + 1] - y[i]) / step
        bend = (slope[i] + slope[i + 1] - 2 * rise) / step
        begins[i + 1], found[i + 1, 0], found[i + 1, 1] = x[i], y[i], slope[i]
        found[i + 1, 2], found[i + 1, 3] = (rise - slope[i]) / step - bend, bend / step
    begins[size], found[size, 0], found[size, 1] = x[size - 1], y[size - 1], slope[size - 1]
    return begins, found


@kernel
def _normal_table() -> tuple[_Floats, _Floats]:
    """Probability below, and density of, normal scores at equal distances."""
    size = 2 * int(_CERTAIN) * _FINE + 1
    below, density = np.empty(size), np.empty(size)
    for i in range(size):
        z = i / _FINE - _CERTAIN
        below[i] = 0.5 * erfc(-z * np.sqrt(0.5))
        density[i] = np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
    return below, density


@kernel
def _normal_below(score: float, below: _Floats, density: _Floats) -> float:
    """Probability to be below a score: six terms of Taylor's series from the nearest entry of the table."""
    if score <= -_CERTAIN:
        return 0.0
    if score >= _CERTAIN:
        return 1.0
    at = int((score + _CERTAIN) * _FINE + 0.5)
    z = at * (1 / _FINE) - _CERTAIN
    d, w = score - z, z * z
    rest = (3.0 - w * (6.0 - w)) * (1 / 120) - d * z * (15.0 - w * (10.0 - w)) * (1 / 720)
    rest = 1.0 - d * (z / 2 - d * ((w - 1.0) * (1 / 6) - d * (z * (w - 3.0) * (1 / 24) - d * rest)))
    return float(below[at] + density[at] * d * rest)


@kernel
def fill_mixed(
    x: _Floats,
    score: _Floats,
    sizes: NDArray[np.int64],
    away: _Floats,
    weights: _Floats,
    log_ratio: _Floats,
    mixed: _Floats,
) -> None:
    """Fill in what is kept of each row, averaged over a shared normal part where there is one.

    Parameters
    ----------
    x, score : arrays of shape (rows, points)
        Logs of the ratio and normal scores of the probability to be below; the first `sizes` of each row, at least two.
    sizes : array of shape (rows,)
    away, weights : arrays of shape (nodes,)
        Values of the shared part and their probabilities; one where nothing is shared.
    log_ratio : array of shape (rows, kept)
    mixed : array of shape (rows, kept)
        Probabilities to be below; scores where nothing is shared.
    """
    below, density = _normal_table()
    for row in range(len(sizes)):
        size = sizes[row]
        own = x[row, :size]
        begins, piece = _pieces(own, score[row, :size])
        at = np.zeros(len(away), dtype=np.int64)
        for point in range(log_ratio.shape[1]):
            total = 0.0
            for node in range(len(away)):
                wanted = log_ratio[row, point] - away[node]
                k = at[node]
                while k < size and wanted >= own[k]:
                    k += 1
                at[node] = k
                past = wanted - begins[k]
                value = piece[k, 0] + past * (piece[k, 1] + past * (piece[k, 2] + past * piece[k, 3]))
                total += weights[node] * (value if len(away) == 1 else _normal_below(value, below, density))
            mixed[row, point] = total
