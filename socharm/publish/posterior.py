"""The risk of a release as an attacker sees it who weighs what is likely: the posterior of each true count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
import scipy
from numpy.typing import NDArray

from socharm._about import About
from socharm._arguments import checked
from socharm._checks import require_columns
from socharm._columns import OFFENCE, N
from socharm._record import Record
from socharm.errors import SchemaError
from socharm.publish.law import NoiseSettings
from socharm.stats.cell_noise import noise_table

__all__ = ["CountGuesses", "guess_counts"]

_Floats = NDArray[np.float64]
#: Counts beyond the largest shown one that stay possible are in reach of the noise; priors are cut off there.
_LEAST_MEAN: Final = 1e-6


@dataclass(frozen=True, eq=False, repr=False)
class CountGuesses(Record):
    """What an attacker believes of each count who has one release and makes his prior of it.

    Attributes
    ----------
    table : DataFrame
        Index as the counts; ``guess`` (the likeliest count), ``chance`` (that it is right), ``chance_before`` (of the
        best guess by the prior alone), ``none`` (chance that the count is 0), ``none_before``.
    by_offence : DataFrame
        Index ``offence``; ``cells``, the means of ``chance`` and ``chance_before``, and ``chance_shown``: the mean
        chance of cells that show one or more.
    settings : NoiseSettings
    """

    table: pd.DataFrame
    by_offence: pd.DataFrame
    settings: NoiseSettings
    about: About

    def _summary(self) -> dict[str, str]:
        return self.summary_lines()

    def summary_lines(self) -> dict[str, str]:
        """One line for summaries: how often the best guess is right."""
        chance, before = (float(self.table[name].mean()) for name in ("chance", "chance_before"))
        return {"best guesses": f"right with chance {chance:.0%}, by the prior alone {before:.0%}"}


@checked
def guess_counts(counts: pd.DataFrame, *, settings: NoiseSettings | None = None) -> CountGuesses:
    """Guess true counts from published ones, as an attacker would who knows the method.

    Parameters
    ----------
    counts : DataFrame
        As published: ``offence``, ``n`` (whole, 0 or more); one row for each cell.
    settings : NoiseSettings, optional
        Of the noise; the defaults when omitted.

    Returns
    -------
    CountGuesses

    Raises
    ------
    SchemaError
        A column lacks, or an ``n`` is missing, below 0 or not whole.

    Notes
    -----
    The prior of an offence is negative binomial (Poisson where it does not spread more) with the mean of the published
    counts and their variance less that of the noise. The posterior follows from the distribution of the noise.

    A published count that is never negative and right on average must show 0 where the count is 0; so one or more is
    shown only where there is one or more. What is hidden is how many.

    Examples
    --------
    >>> cells = pd.DataFrame({"offence": "drugs", "n": [0, 0, 0, 0, 9]})
    >>> bool(guess_counts(cells).table["none"].iloc[0] < 1)
    True
    """
    require_columns(counts, [OFFENCE, N], name="counts")
    values = pd.to_numeric(counts[N], errors="coerce").astype(float)
    if values.isna().any() or (values < 0).any() or (values % 1 != 0).any():
        raise SchemaError("`counts` holds an `n` that is missing, below 0 or not whole. Give published counts.")
    chosen = settings or NoiseSettings()
    shown = values.astype("int64")
    parts = [_guessed(part, chosen) for _, part in shown.groupby(counts[OFFENCE].astype("str"))]
    table = pd.concat(parts).reindex(counts.index) if parts else _guessed(shown, chosen)
    offences = counts[OFFENCE].astype("str")
    by = table.groupby(offences)
    summary = by[["chance", "chance_before"]].mean()
    summary.insert(0, "cells", by.size())
    summary["chance_shown"] = table["chance"].where(shown > 0).groupby(offences).mean()
    return CountGuesses(table=table, by_offence=summary.rename_axis(OFFENCE), settings=chosen, about=About())


def _guessed(shown: pd.Series, noise: NoiseSettings) -> pd.DataFrame:
    most = int(shown.max()) if len(shown) else 0
    possible = np.arange(most + noise.spread + 1)
    prior = _prior(shown, possible, noise.variance)
    posterior = prior[:, None] * _likelihood(possible, most, noise)
    posterior /= posterior.sum(axis=0)
    at = shown.to_numpy()
    return pd.DataFrame(
        {
            "guess": possible[posterior.argmax(axis=0)][at],
            "chance": posterior.max(axis=0)[at],
            "chance_before": prior.max(),
            "none": posterior[0][at],
            "none_before": prior[0],
        },
        index=shown.index,
    )


def _prior(shown: pd.Series, possible: NDArray[np.int64], variance: float) -> _Floats:
    mean = max(float(shown.mean()), _LEAST_MEAN) if len(shown) else _LEAST_MEAN
    spread = (float(shown.var(ddof=1)) if len(shown) > 1 else mean) - variance * float((shown > 0).mean())
    if spread > mean * (1 + 1e-9):
        chances = scipy.stats.nbinom.pmf(possible, mean**2 / (spread - mean), mean / spread)
    else:
        chances = scipy.stats.poisson.pmf(possible, mean)
    floor = np.maximum(chances, np.finfo(float).tiny)
    return np.asarray(floor / floor.sum(), dtype=np.float64)


def _likelihood(possible: NDArray[np.int64], most: int, noise: NoiseSettings) -> _Floats:
    """Chance of each published number (columns 0 … most) by true count."""
    table = noise_table(noise.spread, noise.variance)
    made = np.zeros((len(possible), most + 1))
    made[0, 0] = 1.0
    for count in possible[1:]:
        lowest, chances = table[min(int(count), noise.spread) - 1]
        for step, chance in enumerate(chances):
            number = int(count) + lowest + step
            if 0 <= number <= most:
                made[count, number] = chance
    return made
