"""Draws of the harm that was recorded, where categories hide which offences it was."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._columns import AREA, OFFENCE, N
from socharm.severity.model import places_of
from socharm.stats.random_streams import map_blocks

__all__ = ["draw_realised"]


def draw_realised(
    cells: pd.DataFrame, exposure: pd.Series, *, draws: int, seed: int, threads: int = 2
) -> NDArray[np.float64]:
    r"""Harm rate of the recorded events, shape (n_areas, draws).

    Parameters
    ----------
    cells : DataFrame
        ``area_code``, ``offence``, ``n``, ``weight``, ``within_variance``, ``tau``.
    exposure : Series by area

    Notes
    -----
    Counts are facts. The harm of ``n`` events of a category with mean weight :math:`\bar w` and variance
    :math:`v` inside the category is drawn from a Gamma with mean :math:`n\bar w m` and variance
    :math:`n v m^2`, where :math:`m = e^{\tau z - \tau^2/2}` is how much the offences of this category weigh in this
    place, drawn once for each area and category: the force's mean weight is not each place's. With single offences
    :math:`v = \tau = 0` and every draw is the recorded harm.
    """
    sums = cells.groupby([AREA, OFFENCE], observed=True)[N].sum().unstack(fill_value=0)  # noqa: PD010
    n = sums.reindex(exposure.index, fill_value=0).to_numpy(dtype=float)
    facts = cells.drop_duplicates(OFFENCE).set_index(OFFENCE).reindex(sums.columns)
    weight = facts["weight"].to_numpy(dtype=float)
    variance, tau = (facts[name].to_numpy(dtype=float) for name in ("within_variance", "tau"))
    years = exposure.to_numpy(dtype=float)[:, None]
    places = places_of(exposure.index)  # of the codes, so that an area is drawn alike in whatever row it stands
    order = np.argsort(places)

    def block(rng: np.random.Generator, size: int) -> NDArray[np.float64]:
        total = np.zeros((len(n), size))
        for offence in range(n.shape[1]):
            mean, spread = n[:, offence] * weight[offence], n[:, offence] * variance[offence]
            fixed = (spread <= 0) | (mean <= 0)
            shape = np.where(fixed, 1.0, mean**2 / np.where(spread > 0, spread, 1.0))
            drawn = rng.standard_gamma(shape[order, None], size=total.shape)[places] * (mean / shape)[:, None]
            harm = np.where(fixed[:, None], mean[:, None], drawn)
            if tau[offence] > 0:
                harm *= np.exp(tau[offence] * rng.standard_normal(total.shape)[places] - tau[offence] ** 2 / 2)
            total += harm
        return np.asarray(total / years)

    return np.concatenate(map_blocks(block, draws=draws, seed=seed, purpose="realised", threads=threads), axis=1)
