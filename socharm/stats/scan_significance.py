"""How improbable the highest likelihood ratio of a scan is: by replications, or by a Gumbel distribution."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, cast

import numpy as np
from numpy.typing import NDArray

from socharm.stats.random_streams import streams
from socharm.stats.scan_draws import Spread
from socharm.stats.scan_kernels import LANES
from socharm.stats.threads import map_in_order

__all__ = ["Plan", "Replications", "replicate", "scan_p"]

_Floats = NDArray[np.float64]

#: Ratios that differ by less, relative to themselves, are equal.
_SAME: Final = 1e-9
#: Mean and standard deviation of the standard Gumbel distribution.
_GUMBEL_MEAN: Final = float(np.euler_gamma)
_GUMBEL_SD: Final = float(np.pi / np.sqrt(6.0))


@dataclass(frozen=True, eq=False)
class Replications:
    """Highest ratio of each replication, in the order of the streams.

    Attributes
    ----------
    highest : ndarray
    stopped : bool
        Whether enough of them reached the observed one, so that no more were made.
    """

    highest: _Floats
    stopped: bool


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How many replications are made.

    Attributes
    ----------
    replications : int
    stop_after : int or None
        Replications that reach the observed ratio after which no more are needed.
    seed : int
    threads : int
        Any number gives the same result.
    """

    replications: int
    stop_after: int | None
    seed: int
    threads: int


def replicate(
    spread: Spread,
    scan: Callable[[NDArray[np.int32] | _Floats], Iterable[float]],
    plan: Plan,
    *,
    observed: float,
    purpose: str,
    tell: Callable[[int, int], None],
) -> Replications:
    """Draw replications and scan each of them.

    Parameters
    ----------
    spread : Spread
    scan : callable
        Highest ratio of each of `LANES` replications, which stand in the last axis.
    plan : Plan
    observed : float
        Highest ratio of the data.
    purpose : str
        Of `streams`. Each block of `LANES` replications has a stream of its own.
    tell : callable
        Called as ``tell(done, of)`` after each block.
    """
    replications, stop_after = plan.replications, plan.stop_after
    blocks = -(-replications // LANES)

    def block(rng: np.random.Generator) -> _Floats:
        cases = cast(NDArray[np.int32] | _Floats, np.stack([spread.draw(rng) for _ in range(LANES)], axis=-1))
        return np.fromiter(scan(cases), dtype=np.float64, count=LANES)

    found: list[_Floats] = []
    reached, done = 0, 0
    generators = streams(plan.seed, blocks, purpose=purpose)
    for highest in map_in_order(block, generators, threads=min(plan.threads, blocks)):
        part = highest[: replications - done]
        running = reached + np.cumsum(part >= observed * (1 - _SAME))
        if stop_after is not None and running[-1] >= stop_after:
            found.append(part[: int(np.argmax(running >= stop_after)) + 1])
            return Replications(np.concatenate(found), stopped=True)
        found.append(part)
        reached, done = int(running[-1]), done + part.size
        tell(done, replications)
    return Replications(np.concatenate(found), stopped=False)


def scan_p(ratios: _Floats, made: Replications) -> tuple[_Floats, _Floats]:
    r"""p of each ratio by its rank among the replications, and by a Gumbel distribution fitted to them.

    Parameters
    ----------
    ratios : ndarray
        Of clusters; the highest of each replication is held against every one of them.
    made : Replications

    Returns
    -------
    tuple of two ndarrays
        By rank :math:`(m + 1) / (R + 1)`, with m of R replications at least as high; of replications that were stopped
        when they were clear, :math:`m / R`. By Gumbel :math:`1 - \exp(-\exp(-(x - \mu) / \beta))`, fitted by moments;
        missing where all replications are equal.

    References
    ----------
    Besag, J. and Clifford, P. (1991), Sequential Monte Carlo p-values, *Biometrika* 78, 301-304. Abrams, A. M.,
    Kleinman, K. and Kulldorff, M. (2010), Gumbel based p-value approximations for spatial scan statistics,
    *International Journal of Health Geographics* 9, 61.

    Examples
    --------
    >>> scan_p(np.array([2.5]), Replications(np.array([1.0, 2.0, 3.0]), stopped=False))[0].tolist()
    [0.5]
    """
    order = np.sort(made.highest)
    reached = order.size - np.searchsorted(order, ratios * (1 - _SAME), side="left")
    by_rank = reached / order.size if made.stopped else (reached + 1.0) / (order.size + 1.0)
    scale = float(np.std(order, ddof=1)) / _GUMBEL_SD if order.size > 1 else 0.0
    if scale <= 0:
        return np.asarray(by_rank, dtype=np.float64), np.full(ratios.size, np.nan)
    location = float(np.mean(order)) - _GUMBEL_MEAN * scale
    by_gumbel = -np.expm1(-np.exp(-(ratios - location) / scale))
    return np.asarray(by_rank, dtype=np.float64), by_gumbel
