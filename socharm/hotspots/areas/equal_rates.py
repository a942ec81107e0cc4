"""How concentrated crimes and harm would look by chance alone, were the rate the same in every area."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._columns import AREA, OFFENCE, N
from socharm.severity.index import SeverityIndex
from socharm.stats.concentration import generalised_gini, gini_of_rows
from socharm.stats.random_streams import stream

__all__ = ["ginis_of_equal_rates"]

_Floats = NDArray[np.float64]

#: Forces drawn at most: their mean is then known to a fourteenth of what one force varies by.
_MOST: Final = 200


def ginis_of_equal_rates(index: SeverityIndex, areas: pd.Index, *, draws: int, seed: int) -> dict[str, _Floats]:
    r"""Generalised Gini coefficients of ``crimes`` and ``harm`` in forces that differ by chance alone.

    Parameters
    ----------
    index : SeverityIndex
    areas : Index
        Areas used; each offence's events in them are dealt out again.
    draws : int
        Forces drawn, 200 at most.
    seed : int

    Notes
    -----
    The :math:`N_o` events of an offence fall on area *a* with probability :math:`e_a s_a g_{ao} / \sum`, where *e* is
    exposure, *g* gamma with shape :math:`N_o e_a / \sum e / (\varphi_o - 1)`, so that counts vary by
    :math:`\varphi_o` times their mean as they do over time, and :math:`\log s` normal with the variance of what all
    offences share. Each force has its own number of effective events.
    """
    cells = index.cells[index.cells[AREA].isin(areas)]
    n, weight = cells[N].to_numpy(dtype=float), cells["weight"].to_numpy(dtype=float)
    inside = cells["within_variance"].fillna(0.0).to_numpy(dtype=float)
    sums = pd.DataFrame({OFFENCE: cells[OFFENCE], "n": n, "harm": n * weight, "squares": n * (weight**2 + inside)})
    sums = sums.groupby(OFFENCE, observed=True).sum()
    sums = sums[sums["n"] > 0].sort_index()
    events = sums["n"].to_numpy(dtype=np.int64)
    each = {name: (sums[name] / sums["n"]).to_numpy(dtype=float) for name in ("harm", "squares")}
    phi = index.model.offences["phi"].reindex(sums.index).fillna(1.0).to_numpy(dtype=float)
    share = _shares(index.table["exposure"].reindex(areas).to_numpy(dtype=float))
    rng = stream(seed, 0, purpose="equal-rates")
    found: dict[str, list[float]] = {"crimes": [], "harm": []}
    for _ in range(min(draws, _MOST)):
        counts = _dealt(rng, events, share, phi, index.model.common)
        crimes, harm = np.add.reduce(counts, axis=0), np.einsum("o,oa->a", each["harm"], counts, optimize=False)
        whole = float(np.add.reduce(harm))
        squares = float(np.add.reduce(each["squares"] * events))
        for name, values, c in (
            ("crimes", crimes, float(np.add.reduce(events))),
            ("harm", harm, whole**2 / squares if squares > 0 else 0.0),
        ):
            plain = float(gini_of_rows(np.sort(values)[None, :])[0])
            found[name].append(generalised_gini(plain, places=len(areas), events=c))
    return {name: np.array(values, dtype=np.float64) for name, values in found.items()}


def _shares(exposure: _Floats) -> _Floats:
    """Share of each area; one without residents is dealt as much as an ordinary area."""
    known = np.isfinite(exposure) & (exposure > 0)
    usual = float(np.mean(exposure[known])) if known.any() else 1.0
    filled = np.where(known, exposure, usual)
    return np.asarray(filled / np.add.reduce(filled), dtype=np.float64)


def _dealt(rng: np.random.Generator, events: NDArray[np.int64], share: _Floats, phi: _Floats, common: float) -> _Floats:
    """Counts of one force, shape (offences, areas); each offence keeps its number of events."""
    shared = share * np.exp(np.sqrt(common) * rng.standard_normal(share.size)) if common > 0 else share
    chances = np.tile(shared, (events.size, 1))
    varied = np.flatnonzero(phi > 1.0 + 1e-9)
    if varied.size:
        shape = events[varied, None] * share / (phi[varied, None] - 1.0)
        luck = rng.standard_gamma(shape) / shape
        # Of few events gammas of tiny shape can all be 0: the events then fall anywhere.
        chances[varied] *= np.where(np.add.reduce(luck, axis=1, keepdims=True) > 0, luck, 1.0)
    chances /= np.add.reduce(chances, axis=1, keepdims=True)
    return rng.multinomial(events, chances).astype(np.float64)
