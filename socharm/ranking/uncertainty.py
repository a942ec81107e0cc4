"""Ranks under both kinds of uncertainty, from few events and from debatable choices, and what share each has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from socharm._about import About, combine_about
from socharm._arguments import checked
from socharm._columns import AREA, FORCE, NAME, PARENT
from socharm._constraints import Seed, Threads
from socharm._limits import MAX_DRAWS, require_memory, require_within
from socharm._settings import BASE, THREADS
from socharm._words import FIRST_RANK, harm_per
from socharm.errors import ParameterError
from socharm.io.incidents.records import Counts
from socharm.io.incidents.settings import Period
from socharm.io.population import Population
from socharm.io.weight_scheme import WeightScheme
from socharm.io.weights import OwnWeights
from socharm.ranking.factors import (
    COUNTS,
    FACTORS,
    LOCATION,
    Factor,
    Factors,
    Fit,
    checked_location,
    common_areas,
    gather_factors,
    moved,
    weigh,
)
from socharm.ranking.probabilities import asked_pairs, pair_probabilities, top_probabilities
from socharm.ranking.ranks import rank_columns
from socharm.ranking.top_sizes import TOP, top_sizes
from socharm.ranking.uncertainty_record import (
    Base,
    DesignFindings,
    DesignSettings,
    RankUncertainty,
    RankUncertaintySettings,
)
from socharm.severity.model import places_of
from socharm.stats.coupled import WeightRows, coupled_rates
from socharm.stats.gamma_poisson import AreaPosterior
from socharm.stats.random_streams import stream, stream_key
from socharm.stats.ranks import descending_ranks
from socharm.stats.sobol import saltelli_design, sobol_shares

__all__ = ["Runs", "build_uncertainty", "mixed_runs", "pick_alternative", "rank_uncertainty"]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]

#: Sets of moved events that a uniform can pick.
_SETS = 16

#: Numbers of draws that a uniform can pick.
_DRAWS = 2**31


@checked
def rank_uncertainty(
    counts: Counts,
    weights: OwnWeights | Mapping[str, WeightScheme],
    population: Population | Mapping[str, Population | None] | None = None,
    *,
    transform: Sequence[str] = ("raw",),
    tau: Sequence[float] = (1.0,),
    window: Mapping[str, Period | None] | None = None,
    exclude: Mapping[str, Iterable[str]] | None = None,
    shrinkage: Sequence[bool] = (True,),
    offences: str | Iterable[str] = "all",
    location: pd.DataFrame | None = None,
    probabilities: Mapping[str, Sequence[float]] | None = None,
    pairs: Iterable[tuple[str, str]] = (),
    top: int | str | Iterable[int | str] = TOP,
    base: Base = BASE,
    seed: Seed | None = None,
    settings: RankUncertaintySettings | Mapping[str, Any] | None = None,
    threads: Threads = THREADS,
) -> RankUncertainty:
    """Rank areas under every combination of stated choices and under chance, at once.

    Each argument that names alternatives is a factor; the first alternative is the stated choice. A factor with one
    alternative is fixed and stands in the result as such.

    Parameters
    ----------
    counts : Counts
    weights : WeightScheme, mapping or Series of weights by offence, or mapping of name to WeightScheme
    population : Population, None, or mapping of name to either
        None is harm per area.
    transform : sequence of {"raw", "sqrt", "log", "capped"}
    tau : sequence of float
        Factors on the spread of the offence mix inside categories; 0 is none.
    window : mapping of name to a period, or to None for all months
    exclude : mapping of name to flags, offences or sets left out
        Such as ``{"all places": (), "without places that generate reports": ("place:*",)}``.
    shrinkage : sequence of bool
        Whether areas lend each other strength (the model of the index), or each stands alone (Jeffreys' prior).
    offences : str or iterable of str
    location : DataFrame, optional
        ``area_code``, ``other``, ``share``, from `location_shares`: in each run a share of each area's events is moved
        to areas they could belong to. Without it places are taken as they are.
    probabilities : mapping of factor to one number for each alternative, optional
        Equal unless given.
    pairs : iterable of (area_code, area_code)
    top : int, "p%", or iterable of them
    base : int
        Runs of each of the two sets of the design, a power of two; all in all ``base x (factors + 2)`` runs.
    seed : int
        To be stated here or in `settings`.
    settings : RankUncertaintySettings or mapping, optional
        Factors of another analysis, for what is not stated by keyword.
    threads : int
        Any number gives the same result.

    Returns
    -------
    RankUncertainty

    Raises
    ------
    ParameterError
        An unknown alternative or factor, probabilities that do not fit, a base that is no power of two, a pair that
        names no ranked area.
    SchemaError, AlignmentError, RefusedError
        As of `severity_index`, for the combination that fails.

    Notes
    -----
    Counts: the posterior of the index's model, per area and band of offences. One uniform picks the draw of all
    counts, so chance is one factor (a group) like the choices. All combinations share common
    random numbers. Intervals and probabilities come from the two independent sets of runs; the shares are by the
    estimators of Saltelli and Jansen (`sobol_shares`). An area is ranked when every model can rank it.
    """
    chosen = RankUncertaintySettings.of(settings)
    choices = gather_factors(counts, weights, population, chosen)
    varied = [factor for factor in choices.factors if len(factor.alternatives) > 1]
    places = None if location is None else checked_location(location, choices.index.table.index)
    names = [COUNTS, *([LOCATION] if places is not None else []), *(factor.name for factor in varied)]
    runs = chosen.base * (len(names) + 2)
    require_within(runs, MAX_DRAWS, what="runs by `base`", remedy="Lower `base`; 1,024 is usual.")
    design = saltelli_design(len(names), chosen.base, seed=chosen.seed, purpose="rank-design")
    with threadpool_limits(1):
        runner = _Runner(choices, varied, chosen.seed, threads, places)
        require_memory(
            {"areas": len(runner.areas), "runs by `base`": runs},
            remedy="Lower `base`; 1,024 is usual.",
        )
        sizes = top_sizes(chosen.top, len(runner.areas), name="top")
        asked = asked_pairs(chosen.pairs, runner.areas)
        ranks = np.concatenate([runner.ranks(part) for part in design])
        shares = sobol_shares(lambda i, b: runner.ranks(mixed_runs(design, i, b)).astype(np.float64), len(names))
        stated = runner.stated(chosen.base)
    index = choices.index
    found = Runs(runner.areas, names, choices.factors, np.concatenate(design), ranks, stated, shares)
    about = combine_about(index.about, counts.about, unit=f"{FIRST_RANK}most {harm_per(index.about.unit)}")
    return build_uncertainty(found, index.table, index.table["rate"], sizes, asked, chosen, runs, about)


@dataclass(frozen=True, eq=False)
class Runs:
    """What the runs of a design gave: ranks by run and area, and shares by factor and area."""

    areas: pd.Index
    names: list[str]  # of the factors that vary, in the order of the design
    factors: tuple[Factor, ...]  # all factors of choice, fixed ones too
    uniforms: _Floats
    ranks: NDArray[np.integer]
    stated: NDArray[np.integer]
    shares: tuple[_Floats, _Floats, _Floats, _Floats]


def mixed_runs(design: tuple[_Floats, _Floats], factor: int | None, second: bool) -> _Floats:
    """Runs A (or B), or A with one factor from B."""
    if factor is None:
        return design[1] if second else design[0]
    mixed = design[0].copy()
    mixed[:, factor] = design[1][:, factor]
    return mixed


class _Runner:
    """Runs of a design: uniforms in, ranks of the common areas out."""

    def __init__(
        self, choices: Factors, varied: list[Factor], seed: int, threads: int, location: pd.DataFrame | None
    ) -> None:
        self.choices, self.varied, self.threads = choices, varied, threads
        self.location, self.seed = location, seed
        self.kept: dict[tuple[int, ...], AreaPosterior] = {}
        # Coupled: the key of the seed alone, as in `rank_areas`; every choice meets the same draws.
        self.key = stream_key(seed)
        of_fit = [f for f in varied if f.name not in ("transform", "tau")]
        every = product(*(range(len(f.alternatives)) for f in of_fit))
        self.fits: dict[tuple[int, ...], Fit] = {}
        for picks in every:
            chosen = dict.fromkeys(FACTORS, 0) | {f.name: i for f, i in zip(of_fit, picks, strict=True)}
            self.fits[picks] = choices.fit(chosen)
        self.areas = common_areas(self.fits.values())
        if not len(self.areas):
            raise ParameterError(
                "No area can be ranked under every combination of choices. Look at the windows and populations."
            )
        self.of_fit = of_fit
        bands = sorted({band for fit in self.fits.values() for band in fit.bands})
        self.streams = {band: number for number, band in enumerate(bands)}

    def ranks(self, uniforms: _Floats) -> NDArray[np.int32]:
        """Ranks of shape (runs, areas) of uniforms of shape (runs, factors): counts, places if vague, choices."""
        return descending_ranks(self.rates(uniforms))

    def rates(self, uniforms: _Floats) -> _Floats:
        """Harm rates of shape (runs, areas)."""
        draws = np.floor(uniforms[:, 0] * _DRAWS).astype(np.int64)
        chance = 1 if self.location is None else 2
        sets = np.zeros(len(uniforms), dtype=np.int64) if chance == 1 else _set_of(uniforms[:, 1])
        columns = zip(self.varied, uniforms.T[chance:], strict=True)
        picked = {factor.name: pick_alternative(column, factor.probabilities) for factor, column in columns}
        none = np.zeros(len(uniforms), dtype=np.int64)
        result = np.empty((len(uniforms), len(self.areas)))
        for picks, fit in self.fits.items():
            inside = np.ones(len(uniforms), dtype=np.bool_)
            for factor, alternative in zip(self.of_fit, picks, strict=True):
                inside &= picked[factor.name] == alternative
            for number in np.unique(sets[inside]):
                at = np.flatnonzero(inside & (sets == number))
                transform, tau = (picked.get(name, none)[at] for name in ("transform", "tau"))
                rows = self._rows(fit, transform, tau)
                bands = np.array([self.streams[band] for band in fit.bands], dtype=np.int64)
                posterior = self._posterior(picks, int(number))
                found = coupled_rates(
                    posterior, rows, draws[at], key=self.key, numbered=(bands, places_of(fit.areas)),
                    threads=self.threads,
                )  # fmt: skip
                result[at] = found[:, fit.areas.get_indexer(self.areas)]
        return result

    def stated(self, draws: int) -> NDArray[np.int32]:
        """Drawn ranks under the first alternative of every factor, chance alone."""
        fit = self.fits[(0,) * len(self.of_fit)]
        none = np.zeros(draws, dtype=np.int64)
        bands = np.array([self.streams[band] for band in fit.bands], dtype=np.int64)
        found = coupled_rates(
            fit.posterior, self._rows(fit, none, none), np.arange(draws, dtype=np.int64), key=self.key,
            numbered=(bands, places_of(fit.areas)), threads=self.threads,
        )  # fmt: skip
        return descending_ranks(np.ascontiguousarray(found[:, fit.areas.get_indexer(self.areas)]))

    def _posterior(self, picks: tuple[int, ...], number: int) -> AreaPosterior:
        """The posterior of a model, its events moved by one of the sets when places are vague."""
        if self.location is None:
            return self.fits[picks].posterior
        key = (*picks, number)
        if key not in self.kept:
            # Coupled: the same stream for every model, so that a set moves alike whatever else was chosen.
            rng = stream(self.seed, number, purpose="rank-places")
            self.kept[key] = moved(self.fits[picks], self.location, rng)
        return self.kept[key]

    def _rows(self, fit: Fit, transform: _Ints, tau: _Ints) -> WeightRows:
        transforms, taus = (self.choices.values[name] for name in ("transform", "tau"))
        variants = [weigh(fit, name, factor) for name, factor in product(transforms, taus)]
        weight = np.stack([pair[0] / max(float(pair[0].max()), 1e-300) for pair in variants])
        return WeightRows(weight, np.stack([pair[1] for pair in variants]), transform * len(taus) + tau)


def _set_of(uniforms: _Floats) -> _Ints:
    return np.minimum((uniforms * _SETS).astype(np.int64), _SETS - 1)


def pick_alternative(uniforms: _Floats, probabilities: tuple[float, ...]) -> _Ints:
    """Number of the alternative that each uniform means."""
    edges = np.cumsum(probabilities)[:-1]
    return np.searchsorted(edges, uniforms, side="right").astype(np.int64)


def build_uncertainty(
    runs: Runs,
    frame: pd.DataFrame,
    observed: pd.Series,
    sizes: dict[str, int],
    asked: tuple[tuple[str, str], ...],
    settings: DesignSettings,
    number: int,
    about: About,
) -> RankUncertainty:
    """The record of runs: `frame` has names and reasons of every area, `observed` the plain values that are ranked.

    `number` is that of the runs of the model.
    """
    areas, names = runs.areas, runs.names
    stated = pd.Series(runs.stated.mean(axis=0), index=areas).rank(method="min").astype("Int64")
    ranked = rank_columns(runs.ranks, observed.loc[areas])
    variance, total = runs.ranks.var(axis=0), runs.shares[1]
    main = pd.Series(np.array(names, dtype=object)[np.nan_to_num(total, nan=-np.inf).argmax(axis=0)], index=areas)
    extra = ranked.assign(rank_stated=stated, rank_variance=variance, main_factor=main.where(variance > 0))
    table = frame[[NAME, PARENT, FORCE]].rename_axis(AREA)
    table = table.join(extra[["rank_stated", *ranked.columns, "rank_variance", "main_factor"]])
    reasons = frame["reason"].where(frame["reason"] != "", "not rankable under every choice")
    gone = table.index.difference(areas, sort=False)
    return RankUncertainty(
        table=table,
        top_k=top_probabilities(runs.ranks, areas, sizes),
        pairs=pair_probabilities(runs.ranks, areas, asked),
        shares=_shares_by_area(runs),
        summary=_summary_of_shares(runs, variance),
        by_choice=pd.DataFrame(_by_choice(runs, stated)),
        unrankable=pd.DataFrame({NAME: table.loc[gone, NAME], "reason": reasons.loc[gone]}),
        settings=settings,
        findings=DesignFindings(
            factors=tuple((f.name, f.alternatives, f.probabilities) for f in runs.factors), runs=number
        ),
        about=about,
    )


def _shares_by_area(runs: Runs) -> pd.DataFrame:
    columns = dict(zip(("first", "total", "first_se", "total_se"), runs.shares, strict=True))
    keys = {
        AREA: np.tile(runs.areas.to_numpy(), len(runs.names)),
        "factor": np.repeat(np.array(runs.names, dtype=object), len(runs.areas)),
    }
    return pd.DataFrame(keys | {name: values.ravel() for name, values in columns.items()})


_CHANCE = {COUNTS: "draws from the posterior", LOCATION: "events moved to where they could belong"}


def _summary_of_shares(runs: Runs, variance: _Floats) -> pd.DataFrame:
    """Means over areas, each weighing by the variance of its rank."""
    first, total = runs.shares[:2]
    weight = np.where(np.isfinite(total).all(axis=0), variance, 0.0)
    weight = weight / weight.sum() if weight.sum() > 0 else weight
    alternatives = {factor.name: ", ".join(factor.alternatives) for factor in runs.factors}
    return pd.DataFrame(
        {
            "alternatives": [alternatives.get(name, _CHANCE.get(name, "")) for name in runs.names],
            "first": np.nansum(first * weight, axis=1),
            "total": np.nansum(total * weight, axis=1),
        },
        index=pd.Index(runs.names, name="factor"),
    )


def _by_choice(runs: Runs, stated: pd.Series) -> Iterator[dict[str, object]]:
    """How the mean order under each alternative differs from the stated one."""
    ten, order = (stated <= 10).to_numpy(dtype=bool), stated.astype(float)
    for factor in runs.factors:
        column = runs.names.index(factor.name) if factor.name in runs.names else None
        picked = (
            pick_alternative(runs.uniforms[:, column], factor.probabilities)
            if column is not None
            else np.zeros(len(runs.uniforms), dtype=np.int64)
        )
        for number, alternative in enumerate(factor.alternatives):
            inside = picked == number
            row: dict[str, object] = {"factor": factor.name, "alternative": alternative}
            row["probability"] = factor.probabilities[number]
            place = (
                pd.Series(runs.ranks[inside].mean(axis=0), index=stated.index).rank()
                if inside.any()
                else order * np.nan
            )
            row["spearman"] = float(place.corr(order.rank())) if inside.any() and len(order) > 1 else float("nan")
            row["top_10_kept"] = float((place.to_numpy()[ten] <= 10).mean()) if inside.any() else float("nan")
            yield row
