"""Areas in order of priority, with the doubt about the order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from socharm._about import About
from socharm._checks import require_choice, require_positive
from socharm._columns import AREA, FORCE, NAME, PARENT
from socharm._record import Record
from socharm.errors import ParameterError
from socharm.ranking.realised import draw_realised
from socharm.ranking.top_sizes import top_sizes
from socharm.severity.index import SeverityIndex
from socharm.stats.ranks import descending_ranks, rank_quantiles

__all__ = ["Ranking", "RankingSettings", "rank_areas"]

_LEVELS: Final = {
    "rank_median": 0.5,
    "rank_low_90": 0.05,
    "rank_high_90": 0.95,
    "rank_low_95": 0.025,
    "rank_high_95": 0.975,
}


@dataclass(frozen=True, kw_only=True)
class RankingSettings:
    """Choices behind a ranking; enough to run the same ranking again."""

    seed: int
    estimand: str = "underlying"
    draws: int = 10_000
    top: tuple[int | str, ...] = (5, 10, 20, "10%")


@dataclass(frozen=True, eq=False, repr=False)
class Ranking(Record):
    """Areas in order of priority, and the choices behind the order. Rank 1 has the most harm.

    Attributes
    ----------
    table : DataFrame
        Index ``area_code``; ``name``, ``parent``, ``force``, ``rate``, ``rate_shrunk``, ``rank``
        (order of the expected rank, Int64, missing where not rankable), ``rank_observed`` (of the
        plain rate), ``rank_expected``, ``rank_median``, ``rank_low_90``, ``rank_high_90``,
        ``rank_low_95``, ``rank_high_95``, ``rank_parent`` and ``rank_force`` (rank inside the
        district and the force, with their ``_low_90`` and ``_high_90``), ``reason``.
    top_k : DataFrame
        ``area_code``, ``k`` (text: ``"5"``, ``"10%"``), ``size`` (areas meant), ``probability``.
    parents : DataFrame
        Index ``parent``: ``areas``, ``rate``, ``rank`` and the same rank columns for districts.
    unrankable : DataFrame
        Index ``area_code``; ``name``, ``reason``.
    """

    table: pd.DataFrame
    top_k: pd.DataFrame
    parents: pd.DataFrame
    unrankable: pd.DataFrame
    settings: RankingSettings
    about: About

    def top(self, n: int = 10) -> pd.DataFrame:
        """The first `n` areas; areas that tie on the last place are all kept."""
        return self.table.dropna(subset=["rank"]).nsmallest(n, "rank", keep="all")

    def _summary(self) -> dict[str, str]:
        first = self.top(1)
        name = first[NAME].fillna(pd.Series(first.index, index=first.index)).iloc[0] if len(first) else "none"
        return {
            "ranked": f"{self.table['rank'].notna().sum():,} areas, {len(self.unrankable):,} not rankable",
            "first": f"{name} (90 % interval {first['rank_low_90'].iloc[0]}-{first['rank_high_90'].iloc[0]})",
            "estimand": f"{self.settings.estimand}, {self.settings.draws:,} draws, seed {self.settings.seed}",
        }


def rank_areas(
    index: SeverityIndex,
    *,
    estimand: str = "underlying",
    draws: int = 10_000,
    seed: int,
    top: Iterable[int | str] = (5, 10, 20, "10%"),
    threads: int = 2,
) -> Ranking:
    """Rank areas by their harm rate, with the uncertainty of each rank.

    Parameters
    ----------
    index : SeverityIndex
    estimand : {"underlying", "realised"}
        The rate at which a place generates recorded harm (doubt from few events, from over-dispersion
        and from its own offence mix), or the harm of what was recorded (the only doubt is which
        offences hide inside a category; none at all with single offences).
    draws : int
        Posterior draws.
    seed : int
        The same seed gives the same result for any number of `threads`.
    top : iterable of int or "p%"
        Sizes of the top for which a probability is given; shares are rounded up.
    threads : int

    Returns
    -------
    Ranking
        Rank 1 is the most harm; equals share the lower rank; an area that is not rankable has none.
        Intervals are credible intervals: quantiles of the drawn ranks.

    Raises
    ------
    ParameterError
        An unknown estimand, a seed below zero, fewer draws than one, or a top that is no number.

    References
    ----------
    Goldstein, H. & Spiegelhalter, D. J. (1996). League tables and their limitations. *Journal of the
    Royal Statistical Society A* 159(3), 385-443.
    """
    require_choice(estimand, ("underlying", "realised"), name="estimand")
    require_positive(draws, name="draws", whole=True)
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
        raise ParameterError(f"`seed` is {seed!r}; it must be a whole number of at least 0.")
    settings = RankingSettings(seed=int(seed), estimand=estimand, draws=int(draws), top=tuple(top))
    sizes = top_sizes(settings.top, len(index.model.areas), name="top")
    with threadpool_limits(1):
        rates = _draw(index, settings, threads)
        return _build(index, rates, sizes, settings)


def _draw(index: SeverityIndex, settings: RankingSettings, threads: int) -> NDArray[np.float64]:
    """Drawn rates, shape (draws, n_areas), areas as in ``index.model.areas``."""
    if settings.estimand == "underlying":
        drawn = index.model.draw_rates(settings.draws, seed=settings.seed, threads=threads)
    else:
        cells = index.cells[index.cells[AREA].isin(index.model.areas)]
        drawn = draw_realised(cells, index.model.exposure, draws=settings.draws, seed=settings.seed, threads=threads)
    return np.ascontiguousarray(drawn.T)


def _build(
    index: SeverityIndex, rates: NDArray[np.float64], sizes: dict[str, int], settings: RankingSettings
) -> Ranking:
    areas = index.model.areas
    ranks = descending_ranks(rates)
    keyed = index.table.loc[areas]
    table = index.table[[NAME, PARENT, FORCE, "rate", "rate_shrunk"]].copy()
    ranked = _rank_columns(ranks, keyed["rate"])
    for scope in (PARENT, FORCE):
        ranked = ranked.join(_within(rates, keyed[scope], scope))
    table = table.join(ranked)
    table["reason"] = index.table["reason"]
    unrankable = index.table.loc[~index.table["rankable"], [NAME, "reason"]]
    return Ranking(
        table=table,
        top_k=_top_k(ranks, areas, sizes),
        parents=_parents(rates, keyed),
        unrankable=unrankable,
        settings=settings,
        about=index.about,
    )


def _rank_columns(ranks: NDArray[np.int32], rate: pd.Series) -> pd.DataFrame:
    """Rank columns of one group of areas from its drawn ranks, shape (draws, n_areas)."""
    result = pd.DataFrame(index=rate.index)
    expected = ranks.sum(axis=0, dtype=np.int64) / len(ranks)
    result["rank"] = _order(pd.Series(expected, index=rate.index), ascending=True)
    result["rank_observed"] = _order(rate.astype(float), ascending=False)
    result["rank_expected"] = expected
    found = rank_quantiles(ranks, tuple(_LEVELS.values()))
    for name, values in zip(_LEVELS, found, strict=True):
        result[name] = pd.array(values, dtype="Int64")
    return result


def _order(values: pd.Series, *, ascending: bool) -> pd.Series:
    return values.rank(method="min", ascending=ascending, na_option="keep").astype("Int64")


def _within(rates: NDArray[np.float64], groups: pd.Series, scope: str) -> pd.DataFrame:
    """Rank inside the area's district or force, with its 90 % interval; missing where not known."""
    names = [f"rank_{scope}", f"rank_{scope}_low_90", f"rank_{scope}_high_90"]
    result = pd.DataFrame({name: pd.Series(pd.NA, index=groups.index, dtype="Int64") for name in names})
    for group in sorted(groups.dropna().unique()):
        inside = np.flatnonzero((groups == group).fillna(False).to_numpy(dtype=bool))
        ranks = descending_ranks(np.ascontiguousarray(rates[:, inside]))
        expected = pd.Series(ranks.sum(axis=0, dtype=np.int64) / len(ranks))
        low, high = rank_quantiles(ranks, (0.05, 0.95))
        columns = zip(names, (_order(expected, ascending=True).to_numpy(), low, high), strict=True)
        for name, values in columns:
            result.loc[groups.index[inside], name] = values
    return result


def _top_k(ranks: NDArray[np.int32], areas: pd.Index, sizes: dict[str, int]) -> pd.DataFrame:
    parts = [
        pd.DataFrame({AREA: areas, "k": k, "size": size, "probability": (ranks <= size).sum(axis=0) / len(ranks)})
        for k, size in sizes.items()
    ]
    empty = pd.DataFrame(columns=[AREA, "k", "size", "probability"])
    return pd.concat(parts, ignore_index=True) if parts else empty


def _parents(rates: NDArray[np.float64], keyed: pd.DataFrame) -> pd.DataFrame:
    """Districts ranked by the harm of their rankable areas over their exposure, from the same draws."""
    known = sorted(keyed[PARENT].dropna().unique())
    exposure = keyed["exposure"].to_numpy(dtype=float)
    drawn = np.empty((len(rates), len(known)))
    observed, sizes = [], []
    for column, parent in enumerate(known):
        inside = np.flatnonzero((keyed[PARENT] == parent).fillna(False).to_numpy(dtype=bool))
        share = exposure[inside] / exposure[inside].sum()
        drawn[:, column] = (rates[:, inside] * share).sum(axis=1)
        observed.append(float((keyed["rate"].to_numpy(dtype=float)[inside] * share).sum()))
        sizes.append(len(inside))
    rate = pd.Series(observed, index=pd.Index(known, name=PARENT, dtype="object"), dtype=float)
    table = pd.DataFrame({"areas": sizes, "rate": rate})
    ranked = _rank_columns(descending_ranks(drawn), rate) if known else pd.DataFrame(index=rate.index)
    return table.join(ranked)
