"""Nulls of local statistics: neighbours drawn from all other areas, or every area's crimes redrawn around one rate."""

from __future__ import annotations

import numpy as np
import pandas as pd
import scipy
from numpy.typing import NDArray

from socharm._columns import AREA, OFFENCE, N
from socharm.hotspots.areas.local_values import SpatialWeights
from socharm.severity.index import SeverityIndex
from socharm.stats.permutation import Exceedances, shared_exceedances, weighted_exceedances
from socharm.stats.random_streams import map_blocks

__all__ = ["permuted_exceedances", "redrawn_exceedances"]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]


def permuted_exceedances(
    values: _Floats,
    around: SpatialWeights,
    *,
    permutations: int,
    seed: int,
    purpose: str,
    threads: int,
    observed: _Floats | None = None,
) -> Exceedances:
    """Count permuted neighbour sums at least and at most the observed ones, by the cheaper way that the weights allow.

    Parameters
    ----------
    values : ndarray of shape (areas,)
    around : SpatialWeights
    permutations, seed, threads : int
    purpose : str
        Of `streams`: the statistic that asks.
    observed : ndarray of shape (areas,), optional
        Sums to compare with, in place of the areas' own.
    """
    rest = {"permutations": permutations, "seed": seed, "threads": threads}
    if around.equal:
        return shared_exceedances(values, around.indptr, around.indices, purpose=purpose, observed=observed, **rest)
    return weighted_exceedances(
        values, around.indptr, around.indices, around.weights, purpose=purpose, observed=observed, **rest
    )


def redrawn_exceedances(
    index: SeverityIndex,
    values: pd.Series,
    around: SpatialWeights,
    *,
    method: str,
    draws: int,
    seed: int,
    threads: int,
) -> Exceedances:
    r"""Count redrawn statistics at least and at most the observed ones.

    Parameters
    ----------
    index : SeverityIndex
        Counts, weights and dispersion come from here.
    values : Series
        Recorded rates of the covered areas.
    around : SpatialWeights
    method : {"gi-star", "gi", "local-moran"}
    draws, seed, threads : int

    Notes
    -----
    Counts of offence o in area a are negative binomial with mean :math:`e_a \sum_a n_{ao} / \sum_a e_a` and
    variance :math:`\phi_o` times the mean; harm follows from the offences that were drawn, so its
    severity is redrawn too. The cost grows with areas x offences x draws.
    """
    expected, phi, weight = _expected(index, values.index)
    exposure = index.table["exposure"].astype(float).reindex(values.index).to_numpy()
    observed = _statistic(values.to_numpy()[:, None], around, method)
    margin = 1e-9 * np.maximum(np.abs(observed), np.nanmax(np.abs(observed), initial=0.0) * 1e-3)

    def block(rng: np.random.Generator, size: int) -> tuple[_Ints, _Ints]:
        harm = np.zeros((exposure.size, size))
        for o in range(weight.size):
            mean = np.repeat(expected[:, o, None], size, axis=1)
            if phi[o] > 1.0 + 1e-9:
                mean = rng.gamma(mean / (phi[o] - 1.0)) * (phi[o] - 1.0)
            harm += weight[o] * rng.poisson(mean)
        redrawn = _statistic(harm / exposure[:, None] * index.settings.per, around, method)
        more = np.count_nonzero(redrawn >= observed - margin, axis=1)
        return more.astype(np.int64), np.count_nonzero(redrawn <= observed + margin, axis=1).astype(np.int64)

    parts = map_blocks(block, draws=draws, seed=seed, purpose=f"{method}-redrawn", threads=threads)
    more, less = (np.sum([part[tail] for part in parts], axis=0) for tail in (0, 1))
    return Exceedances(more, less, draws)


def _expected(index: SeverityIndex, areas: pd.Index) -> tuple[_Floats, _Floats, _Floats]:
    cells = index.cells[index.cells[AREA].isin(areas)]
    offences = index.model.offences
    totals = cells.groupby(OFFENCE, observed=True)[N].sum().reindex(offences.index).fillna(0).to_numpy(dtype=float)
    exposure = index.table["exposure"].astype(float).reindex(areas).to_numpy()
    seen = totals > 0
    rate = totals[seen] / np.add.reduce(exposure)
    phi = offences["phi"].to_numpy(dtype=float)[seen]
    return exposure[:, None] * rate, phi, offences["weight"].to_numpy(dtype=float)[seen]


def _statistic(x: _Floats, around: SpatialWeights, method: str) -> _Floats:
    """The statistic, up to a factor that is the same for all draws; x of shape (areas, draws)."""
    lag = np.asarray(
        scipy.sparse.csr_array((around.weights, around.indices, around.indptr), shape=(x.shape[0],) * 2) @ x
    )
    if method == "gi-star":
        return lag + around.own[:, None] * x
    if method == "gi":
        return lag
    total = around.row_sums(around.weights)[:, None]
    z = x - x.mean(axis=0)
    spread = (z**2).mean(axis=0)
    mean_lag = np.divide(lag, total, out=np.zeros_like(lag), where=total > 0)
    return np.asarray(z * (mean_lag - x.mean(axis=0)) / np.where(spread > 0, spread, 1.0), dtype=np.float64)
