"""Areas in order of priority, with the uncertainty about the order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from socharm._about import About
from socharm._arguments import checked
from socharm._checks import nearest_name
from socharm._columns import AREA, FORCE, NAME, PARENT
from socharm._constraints import ClosedShare, CountFrom1, Draws, Exact, NotNegative, Seed, Threads
from socharm._limits import require_memory
from socharm._record import Record
from socharm._settings import DRAWS, THREADS
from socharm._words import number_of
from socharm.errors import ParameterError
from socharm.ranking.drawn import drawn_rates, own_rates, rates_of
from socharm.ranking.explain import drivers, explanation
from socharm.ranking.mix_interval import mix_interval
from socharm.ranking.probabilities import asked_pairs, pair_probabilities, top_probabilities
from socharm.ranking.ranking_settings import Estimand, Horizon, RankingSettings
from socharm.ranking.top_sizes import TOP, top_sizes
from socharm.severity.index import SeverityIndex
from socharm.severity.model import seed_of_counts
from socharm.severity.sound_index import require_sound_index
from socharm.snapshot.top_list import first_areas
from socharm.stats.ranks import descending_ranks, rank_quantiles, ties_settled
from socharm.stats.threads import map_in_order

__all__ = [
    "Ranking",
    "rank_areas",
    "rank_columns",
    "require_room",
]

#: Draws of one block; the result does not depend on it.
_BLOCK: Final = 128

_LEVELS: Final = {
    "rank_median": 0.5,
    "rank_low_90": 0.05,
    "rank_high_90": 0.95,
    "rank_low_95": 0.025,
    "rank_high_95": 0.975,
}


@dataclass(frozen=True, eq=False, repr=False)
class Ranking(Record):
    """Areas in order of priority, and the choices behind the order. Rank 1 has the highest harm rate.

    Attributes
    ----------
    table : DataFrame
        Index ``area_code``; ``name``, ``parent``, ``force``, ``rate``, ``rate_shrunk``, ``rank``
        (order of the expected rank, Int64, missing where not rankable), ``rank_observed`` (of the
        recorded rate), ``rank_expected``, ``rank_median``, ``rank_low_90``, ``rank_high_90``,
        ``rank_low_95``, ``rank_high_95``, ``mix_low_90``, ``mix_high_90``, ``mix_low_95``, ``mix_high_95`` (the same
        ends if the offence mix of places differed `mix_times` as much; missing with single offences, which have no
        mix, and for a next period), ``rank_parent`` and ``rank_force`` (rank inside the
        district and the force, with their ``_low_90`` and ``_high_90``), ``reason``.
    top_k : DataFrame
        ``area_code``, ``k`` (text: ``"5"``, ``"10%"``), ``size`` (areas meant), ``probability``.
    pairs : DataFrame
        ``worse``, ``better``, ``probability`` that the first has the more harm, for the pairs asked.
    parents : DataFrame
        Index ``parent``: ``areas``, ``rate``, ``rank`` and the same rank columns for districts.
    unrankable : DataFrame
        Index ``area_code``; ``name``, ``reason``.
    drivers : DataFrame
        What the harm of each area is made of (`drivers`); `explain` speaks of it.
    index : SeverityIndex or None
        The index that was ranked; None in a ranking put together by hand.
    """

    __made_by__ = ("rank_areas",)

    table: pd.DataFrame
    top_k: pd.DataFrame
    pairs: pd.DataFrame
    parents: pd.DataFrame
    unrankable: pd.DataFrame
    drivers: pd.DataFrame
    settings: RankingSettings
    about: About
    index: SeverityIndex | None = None

    @checked
    def draws(self, *, coupled: bool = False, threads: Threads = THREADS) -> pd.DataFrame:
        """Draws of the harm rate of every ranked area, for statements that the tables do not make.

        Parameters
        ----------
        coupled : bool
            True gives the very draws behind the intervals and probabilities of this ranking; rankings of other periods
            by the same seed then share their random numbers, and must not be compared draw by draw. By default draws
            of the same posterior that share none with a ranking of other counts.
        threads : int

        Returns
        -------
        DataFrame
            One row per draw; columns are area codes, values in the unit of ``table["rate"]``.

        Raises
        ------
        ParameterError
            The ranking was made by draws of your own, or put together by hand.

        Examples
        --------
        The probability that one place has more harm than two others together::

            drawn = ranking.draws()
            (drawn["E05000001"] > drawn["E05000002"] + drawn["E05000003"]).mean()
        """
        if self.settings.own_draws or self.index is None:
            raise ParameterError(
                "This ranking has no model to draw from: "
                + ("its draws are your own." if self.settings.own_draws else "it was put together by hand.")
            )
        model = self.index.model
        seed = self.settings.seed if coupled else seed_of_counts(model, self.settings.seed)
        require_memory({"areas": len(model.areas), "draws": self.settings.draws}, remedy="Rank with fewer `draws`.")
        with threadpool_limits(1):
            rates = drawn_rates(self.index, self.settings, seed, threads)(0, self.settings.draws)
        made = pd.DataFrame(rates, columns=model.areas.rename(AREA))
        return made.rename_axis("draw") * self.index.settings.per

    @checked
    def top(self, n: CountFrom1 = 10) -> pd.DataFrame:
        """The `n` areas most likely to be among the first `n`, by ``probability``; of equal ones, by rank.

        By rank where no such size was asked for in ``top`` (``probability`` is then missing). Areas that are equal at
        the end are all kept.
        """
        return first_areas(self.table, self.top_k, n)

    @checked
    def explain(self, area: str) -> str:
        """Say in six lines why an area stands where it stands, and how sure that is.

        Parameters
        ----------
        area : str
            Area code.

        Raises
        ------
        ParameterError
            The area is not in the ranking.
        """
        if not isinstance(area, str) or area not in self.table.index:
            hint = nearest_name(str(area), map(str, self.table.index))
            raise ParameterError(
                f"`area` is {area!r}, which is not among the {number_of(len(self.table), 'area')} of the ranking."
                + (f" Did you mean {hint!r}?" if hint else "")
            )
        return explanation(area, self.table, self.drivers, self.top_k, settings=self.settings, about=self.about)

    def _summary(self) -> dict[str, str]:
        first = self.top(1)
        name = first[NAME].fillna(pd.Series(first.index, index=first.index)).iloc[0] if len(first) else "none"
        return {
            "ranked": f"{number_of(self.table['rank'].notna().sum(), 'area')}, {len(self.unrankable):,} not rankable",
            "first": f"{name} (90% interval {first['rank_low_90'].iloc[0]}-{first['rank_high_90'].iloc[0]})",
            "estimand": f"{self.settings.estimand}, {self.settings.horizon}",
            "draws": f"{self.settings.draws:,}, "
            + ("of a model of your own" if self.settings.own_draws else f"seed {self.settings.seed}"),
        }


@checked
def rank_areas(
    index: SeverityIndex,
    *,
    estimand: Estimand = "underlying",
    horizon: Horizon = "this period",
    draws: Draws | pd.DataFrame | NDArray[np.float64] = DRAWS,
    seed: Seed | None = None,
    top: int | str | Iterable[int | str] = TOP,
    pairs: Iterable[tuple[str, str]] = (),
    exact: Exact = 1.0,
    mix_times: NotNegative = 2.0,
    mix_shared: ClosedShare = 0.0,
    settings: RankingSettings | Mapping[str, Any] | None = None,
    threads: Threads = THREADS,
) -> Ranking:
    """Rank areas by their harm rate, with the uncertainty of each rank.

    Parameters
    ----------
    index : SeverityIndex
    estimand : {"underlying", "realised"}
        The rate at which a place generated recorded harm *in this period* (uncertainty from few events, from
        over-dispersion and from its own offence mix), or the harm of what was recorded (the only uncertainty is
        which offences hide inside a category; none at all with single offences).
    horizon : {"this period", "next period"}
        What the intervals hold: the rank by the mean rate of this period, or the rank that will be recorded in a next
        period as long and covered alike (a predictive interval; with ``"underlying"`` only). Neither is the rank of a
        lasting rate: places drift, and of ranks by lasting rates the intervals of one year hold about 87%.
    draws : int, or DataFrame or array of draws
        Posterior draws; or the draws themselves of a model of your own: harm rates, one row per draw, columns
        the area codes of ``index.model.areas`` (an array: in that order). The index then gives names, districts and
        recorded rates, and `estimand` and `horizon` say what your draws are of.
    seed : int
        To be stated here or in `settings`, but for draws of your own. The same seed gives the same result for any
        number of `threads`.
    top : int, "p%", or iterable of them
        Sizes of the top for which a probability is given; shares are rounded up.
    pairs : iterable of (area_code, area_code)
        Pairs for which the probability is given that the first has the more harm.
    exact : float
        Share of each area's variance that is drawn offence by offence, the largest first; what is left is drawn
        together, with its mean and variance. 0.99 is quicker where a few of many offences carry nearly all of it.
    mix_times, mix_shared : float
        A second interval says what the first one hangs on. How much the mix of offences inside a category differs
        between places is known between forces only; `mix_times` is how many times that spread the second interval
        takes, and `mix_shared` the share of its variance that all categories of a place have in common. If the truth
        is twice the spread, the first interval holds 86% instead of 95%, and 74% where it is shared. With
        ``mix_times=1`` and nothing shared there is no second interval.
    settings : RankingSettings or mapping, optional
        Choices of another ranking, for what is not stated by keyword.
    threads : int

    Returns
    -------
    Ranking
        Rank 1 is the highest harm rate; equals share the lower rank; an area that is not rankable has none.
        Intervals are credible intervals: quantiles of the drawn ranks.

    Raises
    ------
    ParameterError
        An unknown estimand or horizon, a next period of what was recorded, a seed below zero, fewer draws than one, or
        a top that is no number; draws of your own that are missing or negative.
    AlignmentError
        Draws of your own for other areas.

    References
    ----------
    Goldstein, H. & Spiegelhalter, D. J. (1996). League tables and their limitations. *Journal of the
    Royal Statistical Society A* 159(3), 385-443.
    """
    chosen = RankingSettings.of(settings)
    require_sound_index(index)
    require_room(chosen.draws, len(index.model.areas), realised=chosen.estimand == "realised")
    asked_pairs(chosen.pairs, index.model.areas)
    sizes = top_sizes(chosen.top, len(index.model.areas), name="top")
    own = own_rates(draws, index.model.areas) if chosen.own_draws else None
    with threadpool_limits(1):
        drawn = _draw(index, chosen, own, threads)
        mix = mix_interval(index.model, chosen, _LEVELS, block=_BLOCK, threads=threads)
        return _build(index, drawn, mix, sizes, chosen)


def require_room(draws: int, areas: int, *, realised: bool = False) -> None:
    """Stop before the ranks of all draws would need more than what a laptop has; underlying rates come in blocks."""
    require_memory(
        {"areas": areas, "draws": draws},
        each=np.dtype(np.min_scalar_type(areas)).itemsize + (8 if realised else 0),
        remedy="Lower `draws`: 10,000 already place the ends of an interval within a rank.",
    )


@dataclass(frozen=True, eq=False)
class _Drawn:
    """Ranks of shape (draws, areas), and rates of districts of shape (draws, districts)."""

    ranks: NDArray[np.integer]
    parents: pd.DataFrame


def _draw(index: SeverityIndex, settings: RankingSettings, own: NDArray[np.float64] | None, threads: int) -> _Drawn:
    """Draw rates in blocks and keep what is needed of them, so that memory holds ranks and no rates."""
    model = index.model
    drawn = rates_of(own) if own is not None else drawn_rates(index, settings, settings.seed, threads)
    shares = _parent_shares(index.table.loc[model.areas])
    ranks = np.empty((settings.draws, len(model.areas)), dtype=np.min_scalar_type(len(model.areas)))
    parents = np.empty((settings.draws, shares.shape[1]))

    def block(start: int) -> None:
        stop = min(start + _BLOCK, settings.draws)
        rates = drawn(start, stop)
        ranks[start:stop] = descending_ranks(rates)
        for column, name in enumerate(shares):
            inside = np.flatnonzero(shares[name].to_numpy() > 0)
            parents[start:stop, column] = (rates[:, inside] * shares[name].to_numpy()[inside]).sum(axis=1)

    starts = range(0, settings.draws, _BLOCK)
    for _ in map_in_order(block, starts, threads=threads):
        pass
    return _Drawn(ranks, pd.DataFrame(parents, columns=shares.columns))


def _parent_shares(keyed: pd.DataFrame) -> pd.DataFrame:
    """Share of each area in the exposure of its district: areas x districts."""
    exposure = keyed["exposure"].astype(float)
    known = sorted(keyed[PARENT].dropna().unique())
    shares = {name: exposure.where((keyed[PARENT] == name).fillna(False), 0.0) for name in known}
    table = pd.DataFrame(shares, index=keyed.index)
    return table / table.sum()


def _build(
    index: SeverityIndex,
    drawn: _Drawn,
    mix: pd.DataFrame,
    sizes: dict[str, int],
    settings: RankingSettings,
) -> Ranking:
    areas, ranks = index.model.areas, drawn.ranks
    keyed = index.table.loc[areas]
    table = index.table[[NAME, PARENT, FORCE, "rate", "rate_shrunk"]].copy()
    ranked = rank_columns(ranks, keyed["rate"]).join(mix)
    for scope in (PARENT, FORCE):
        ranked = ranked.join(_within(ranks, ranked, keyed[scope], scope))
    table = table.join(ranked)
    table["reason"] = index.table["reason"]
    unrankable = index.table.loc[~index.table["rankable"], [NAME, "reason"]]
    return Ranking(
        table=table,
        top_k=top_probabilities(ranks, areas, sizes),
        pairs=pair_probabilities(ranks, areas, settings.pairs),
        parents=_parents(drawn.parents, keyed),
        unrankable=unrankable,
        drivers=drivers(index),
        settings=settings,
        about=index.about,
        index=index,
    )


def rank_columns(ranks: NDArray[np.integer], rate: pd.Series) -> pd.DataFrame:
    """Rank columns of one group of areas from its drawn ranks, shape (draws, n_areas)."""
    result = pd.DataFrame(index=rate.index)
    expected = ranks.sum(axis=0, dtype=np.int64) / len(ranks)
    result["rank"] = _order(pd.Series(expected, index=rate.index), ascending=True)
    settled = pd.Series(ties_settled(rate.to_numpy(dtype=float)), index=rate.index)
    result["rank_observed"] = _order(settled, ascending=False)
    result["rank_expected"] = expected
    found = rank_quantiles(ranks, tuple(_LEVELS.values()))
    for name, values in zip(_LEVELS, found, strict=True):
        result[name] = pd.array(values, dtype="Int64")
    return result


def _order(values: pd.Series, *, ascending: bool) -> pd.Series:
    return values.rank(method="min", ascending=ascending, na_option="keep").astype("Int64")


def _within(ranks: NDArray[np.integer], ranked: pd.DataFrame, groups: pd.Series, scope: str) -> pd.DataFrame:
    """Rank inside the area's district or force, with its 90% interval; missing where not known."""
    names = [f"rank_{scope}", f"rank_{scope}_low_90", f"rank_{scope}_high_90"]
    result = pd.DataFrame({name: pd.Series(pd.NA, index=groups.index, dtype="Int64") for name in names})
    for group in sorted(groups.dropna().unique()):
        inside = np.flatnonzero((groups == group).fillna(False).to_numpy(dtype=bool))
        if len(inside) == len(groups):  # all areas: the same ranks once more
            found = [ranked[name].to_numpy() for name in ("rank", "rank_low_90", "rank_high_90")]
        else:
            # The order of the ranks is the order of the rates, so they are ranked again inside the group.
            own = descending_ranks(-ranks[:, inside].astype(np.float64))
            expected = pd.Series(own.sum(axis=0, dtype=np.int64) / len(own))
            low, high = rank_quantiles(own, (0.05, 0.95))
            found = [_order(expected, ascending=True).to_numpy(), low, high]
        for name, values in zip(names, found, strict=True):
            result.loc[groups.index[inside], name] = values
    return result


def _parents(drawn: pd.DataFrame, keyed: pd.DataFrame) -> pd.DataFrame:
    """Districts ranked by the harm of their rankable areas over their exposure, from the same draws."""
    exposure, rate = keyed["exposure"].astype(float), keyed["rate"].astype(float)
    groups = keyed[PARENT]
    known = drawn.columns.astype(object).rename(PARENT)
    observed = {name: float((rate * exposure)[groups == name].sum() / exposure[groups == name].sum()) for name in known}
    table = pd.DataFrame({"areas": [int((groups == name).sum()) for name in known]}, index=known)
    table["rate"] = pd.Series(observed, index=known, dtype=float)
    if not len(known):
        return table
    return table.join(rank_columns(descending_ranks(drawn.to_numpy()), table["rate"]))
