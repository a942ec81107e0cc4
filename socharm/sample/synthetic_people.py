"""The people of the synthetic force: residents, who is there by day, and deprivation by LSOA."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

import numpy as np
import pandas as pd
import scipy
from numpy.typing import NDArray

from socharm.sample.synthetic_land import CENTRES, ORIGIN, Land

__all__ = ["DOMAINS", "N_ENGLAND", "centre_pull", "deprivation_table", "latent_deprivation", "people_table"]

Floats = NDArray[np.float64]

#: LSOAs of 2021 in England: ranks of the sample are ranks in a nation of this many.
N_ENGLAND: Final = 33_755

#: Domain to its weight in the index, its loading on the common factor, and whether its score is a share of people.
DOMAINS: Final = MappingProxyType(
    {
        "Income": (0.225, 0.93, True),
        "Employment": (0.225, 0.90, True),
        "Education": (0.135, 0.80, False),
        "Health": (0.135, 0.82, False),
        "Crime": (0.093, 0.66, False),
        "Housing_and_Services": (0.0935, -0.25, False),
        "Environment": (0.0935, 0.35, False),
    }
)


def centre_pull(land: Land) -> Floats:
    """From 0 in the country to 1 in the middle of the city; the towns reach about a half."""
    pull = np.zeros(len(land.seeds))
    for x, y, spread, share, _ in CENTRES:
        distance = np.hypot(land.seeds[:, 0] - ORIGIN[0] - x, land.seeds[:, 1] - ORIGIN[1] - y)
        pull = np.maximum(pull, min(1.0, 0.25 + 2.1 * share) * np.exp(-0.5 * (distance / (0.16 * spread + 180)) ** 2))
    return pull


def people_table(rng: np.random.Generator, land: Land, pull: Floats) -> pd.DataFrame:
    """Residents and workday people by LSOA."""
    n = len(land.seeds)
    residents = np.clip(rng.gamma(28.0, 1_500 / 28.0, n), 900, 3_000).round().astype(int)
    at_home = rng.normal(0.80, 0.06, n).clip(0.6, 0.98)
    workday = (residents * at_home + 9_000 * pull**1.5 + rng.gamma(0.5, 260, n)).round().astype(int)
    return pd.DataFrame({"resident": residents, "workday": workday})


def latent_deprivation(rng: np.random.Generator, land: Land) -> Floats:
    """The common factor of deprivation: smooth over space, higher near the old centres, mean 0 and deviation 1."""
    seeds = land.seeds
    distance = np.hypot(*(seeds[:, None, :] - seeds[None, :, :]).transpose(2, 0, 1))
    kernel = np.exp(-0.5 * (distance / 1_600) ** 2)
    smooth = np.sum(kernel * rng.normal(size=len(seeds))[None, :], axis=1)
    smooth = smooth / np.sqrt(np.sum(kernel**2, axis=1))
    inner = np.zeros(len(seeds))
    for x, y, spread, share, _ in CENTRES:
        away = np.hypot(seeds[:, 0] - ORIGIN[0] - x, seeds[:, 1] - ORIGIN[1] - y)
        inner = np.maximum(inner, (0.7 + share) * np.exp(-away / (1.1 * spread)))
    raw = 1.2 * smooth + 1.6 * inner + 0.6 * rng.normal(size=len(seeds))
    return np.asarray((raw - raw.mean()) / raw.std())


def deprivation_table(rng: np.random.Generator, factor: Floats, logged_crime: Floats) -> pd.DataFrame:
    """Scores, ranks and deciles of seven domains and of their index, in the columns of the English indices of 2025.

    Rank 1 is the most deprived. The crime domain follows the crime of the years before; the index is the
    weighted mean of exponentially transformed ranks, as the publisher makes it.
    """
    crime = (logged_crime - logged_crime.mean()) / logged_crime.std()
    ranks, scores = {}, {}
    for name, (_, loading, is_share) in DOMAINS.items():
        common = crime if name == "Crime" else factor
        z = loading * common + np.sqrt(1 - loading**2) * rng.normal(size=len(factor))
        ranks[name] = _national_rank(z + 0.15)
        scores[name] = np.round(0.55 / (1 + np.exp(1.9 - 0.9 * z)) if is_share else z * 0.85 + 0.1, 3)
    depth = {name: 1 - (rank - 1) / N_ENGLAND for name, rank in ranks.items()}
    index = sum(DOMAINS[name][0] * -23 * np.log(1 - d * (1 - np.exp(-100 / 23))) for name, d in depth.items())
    place = (scipy.stats.rankdata(index) - 0.5) / len(index)
    ranks = {"IMD": np.round(N_ENGLAND * (1 - place) ** 1.15 + 1).astype(int), **ranks}
    scores = {"IMD": np.round(index, 3), **scores}
    table = {f"{name}_decile": np.minimum(10, (rank - 1) * 10 // N_ENGLAND + 1) for name, rank in ranks.items()}
    table |= {f"{name}_rank": rank for name, rank in ranks.items()}
    table |= {f"{name}_score": score for name, score in scores.items()}
    return pd.DataFrame(table)


def _national_rank(z: Floats) -> NDArray[np.int64]:
    rank = np.floor((1 - scipy.special.ndtr(z)) * N_ENGLAND).astype(np.int64) + 1
    taken: set[int] = set()
    for place in np.argsort(rank, kind="stable"):
        while int(rank[place]) in taken:
            rank[place] += 1
        taken.add(int(rank[place]))
    return rank
