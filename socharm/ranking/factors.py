"""The debatable choices behind a ranking, as named factors with alternatives, and the model of each combination."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._checks import nearest_name, require_columns, require_kind
from socharm._columns import AREA, OFFENCE, N
from socharm.errors import AlignmentError, CoverageWarning, ParameterError, SchemaError
from socharm.io.incidents.records import Counts
from socharm.io.population import Population
from socharm.io.weight_scheme import WeightScheme
from socharm.io.weights import OwnWeights, as_weights
from socharm.ranking.uncertainty_record import RankUncertaintySettings
from socharm.severity.index import SeverityIndex, severity_index
from socharm.severity.model import band_weights, places_of
from socharm.severity.transforms import transform_weights
from socharm.stats.gamma_poisson import AreaPosterior, Prior, area_posterior

__all__ = [
    "COUNTS",
    "FACTORS",
    "LOCATION",
    "Factors",
    "Factor",
    "Fit",
    "checked_location",
    "common_areas",
    "gather_factors",
    "moved",
    "weigh",
]

_Floats = NDArray[np.float64]

#: The factor of chance in the counts; it has no alternatives, each run has its own draw.
COUNTS: Final = "counts"

#: The factor of vague places: each run has one of a few sets of moved events.
LOCATION: Final = "location"

#: Factors of choice, in the order of the design.
FACTORS: Final = ("weights", "transform", "tau", "population", "window", "exclude", "shrinkage")

#: Factors that change the counts or the model, not only what an event weighs.
_OF_FIT: Final = ("weights", "population", "window", "exclude", "shrinkage")


@dataclass(frozen=True)
class Factor:
    """One choice: its alternatives by name, and how probable each is held to be."""

    name: str
    alternatives: tuple[str, ...]
    probabilities: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class Fit:
    """One model: the posterior of the rates, and what it takes to move its counts or weigh its bands in another way."""

    posterior: AreaPosterior
    counts: _Floats
    exposure: _Floats
    prior: Prior
    areas: pd.Index
    bands: tuple[str, ...]
    facts: pd.DataFrame


@dataclass(frozen=True, eq=False)
class Factors:
    """Every factor with its alternatives, and the values that the alternatives stand for."""

    counts: Counts
    factors: tuple[Factor, ...]
    values: Mapping[str, tuple[Any, ...]]
    offences: tuple[str, ...]
    index: SeverityIndex  # of the first alternative of every factor

    def factor(self, name: str) -> Factor:
        """The factor of a name."""
        return next(factor for factor in self.factors if factor.name == name)

    def fit(self, pick: Mapping[str, int]) -> Fit:
        """The model of one combination of alternatives; `transform` and `tau` play no part in it."""
        chosen = {name: self.values[name][pick[name]] for name in _OF_FIT}
        if not any(pick[name] for name in _OF_FIT if name != "shrinkage"):
            index = self.index
        else:
            with warnings.catch_warnings():
                # What rows set aside took is told once, by the first alternative of every factor.
                warnings.simplefilter("ignore", CoverageWarning)
                index = _index(self.counts, chosen, self.offences)
        model = index.model
        n, exposure = model.counts.to_numpy(dtype=float), model.exposure.to_numpy(dtype=float)
        prior = model.prior if chosen["shrinkage"] else _loose(model.prior)
        posterior = model.posterior if chosen["shrinkage"] else area_posterior(n, exposure, prior)
        events = index.cells.groupby(OFFENCE, observed=True)[N].sum()
        facts = index.cells.drop_duplicates(OFFENCE).set_index(OFFENCE)[["weight", "within_variance", "tau"]]
        facts = facts.assign(band=model.offences["band"], events=events).sort_index()
        return Fit(posterior, n, exposure, prior, model.areas, tuple(map(str, model.bands.index)), facts)


def weigh(fit: Fit, transform: str, tau: float) -> tuple[_Floats, _Floats]:
    """Weight and spread of the mix by band, under a transform of the weights and a factor on tau."""
    table = transform_weights(fit.facts, transform)
    bands = band_weights(table).reindex(list(fit.bands))
    return bands["weight"].to_numpy(dtype=float), bands["tau"].to_numpy(dtype=float) * tau


def gather_factors(
    counts: Counts,
    weights: OwnWeights | Mapping[str, WeightScheme],
    population: Population | Mapping[str, Population | None] | None,
    chosen: RankUncertaintySettings,
) -> Factors:
    """Check every alternative of every factor, by the caller's own names."""
    window, exclude, probabilities = chosen.window, chosen.exclude, chosen.probabilities
    schemes = _schemes(weights)
    people = dict(population) if isinstance(population, Mapping) else {_kind(population): population}
    windows = dict(window) if window is not None else {"all months": None}
    left_out = {name: tuple(value) for name, value in exclude.items()} if exclude is not None else {"nothing": ()}
    values: dict[str, dict[str, Any]] = {
        "weights": schemes,
        "transform": {name: name for name in chosen.transform},
        "tau": {f"x {factor:g}": float(factor) for factor in chosen.tau},
        "population": people,
        "window": windows,
        "exclude": left_out,
        "shrinkage": {("shrunk" if value else "not shrunk"): bool(value) for value in chosen.shrinkage},
    }
    empty = [name for name, alternatives in values.items() if not alternatives]
    if empty:
        raise ParameterError(f"The factors {empty} have no alternative. Name one at least, or leave the argument out.")
    factors = tuple(_factor(name, tuple(map(str, values[name])), probabilities) for name in FACTORS)
    unknown = set(probabilities or ()) - set(FACTORS)
    if unknown:
        wrong = sorted(unknown)[0]
        hint = nearest_name(wrong, FACTORS)
        raise ParameterError(
            f"`probabilities` names {wrong!r}, which is no factor; factors are {list(FACTORS)}."
            + (f" Did you mean {hint!r}?" if hint else "")
        )
    tuples = {name: tuple(alternatives.values()) for name, alternatives in values.items()}
    first = _index(counts, {name: tuples[name][0] for name in _OF_FIT}, chosen.offences)
    return Factors(counts, factors, tuples, chosen.offences, first)


def _schemes(weights: OwnWeights | Mapping[str, WeightScheme]) -> dict[str, WeightScheme]:
    """Schemes by the caller's names; a mapping of numbers is one scheme."""
    if isinstance(weights, Mapping) and all(isinstance(scheme, WeightScheme) for scheme in weights.values()):
        return {name: scheme for name, scheme in weights.items() if isinstance(scheme, WeightScheme)}
    one = as_weights(cast(OwnWeights, weights))
    return {one.name: one}


def _kind(population: Population | None) -> str:
    return "none" if population is None else population.kind


def _factor(name: str, alternatives: tuple[str, ...], probabilities: Mapping[str, Sequence[float]] | None) -> Factor:
    if probabilities is None or name not in probabilities:
        return Factor(name, alternatives, (1 / len(alternatives),) * len(alternatives))
    given = np.asarray(probabilities[name], dtype=float)
    if given.shape != (len(alternatives),) or not (given >= 0).all() or not given.sum() > 0:
        raise ParameterError(
            f"`probabilities[{name!r}]` is {list(probabilities[name])}; give one number of at least 0 for each of "
            f"{list(alternatives)}, with a sum above 0."
        )
    return Factor(name, alternatives, tuple(float(value) for value in given / given.sum()))


def _index(counts: Counts, chosen: Mapping[str, Any], offences: str | tuple[str, ...]) -> SeverityIndex:
    part = counts if chosen["window"] is None else counts.between(chosen["window"])
    return severity_index(
        part, chosen["weights"], chosen["population"], offences=offences, exclude=chosen["exclude"], missing="leave out"
    )


def _loose(prior: Prior) -> Prior:
    """A prior by which areas say nothing about each other: Jeffreys' on each effective count."""
    # A Gamma of shape one half whose rate is next to nothing: its mean is far above any rate in the data.
    half, none = np.full(prior.mean.size, 0.5), np.zeros(prior.mean.size)
    return Prior(mean=prior.mean * 1e6, shape=half, loading=none, phi=prior.phi, identified=prior.identified)


def moved(fit: Fit, location: pd.DataFrame, rng: np.random.Generator) -> AreaPosterior:
    """The posterior after events have moved to areas they could belong to; what leaves for an unranked area is gone."""
    counts = np.zeros_like(fit.counts)
    here = location[location[AREA].isin(fit.areas)]
    homes, others = (fit.areas.get_indexer(pd.Index(here[name])) for name in (AREA, "other"))
    order = np.argsort(homes, kind="stable")
    homes, others, share = homes[order], others[order], here["share"].to_numpy(dtype=float)[order]
    starts = np.searchsorted(homes, np.arange(len(fit.areas) + 1))
    for area in np.argsort(places_of(fit.areas)):  # in the order of the codes, whatever that of the rows
        part = slice(starts[area], starts[area + 1])
        if part.stop - part.start < 2:
            counts[area] += fit.counts[area]
            continue
        gone = rng.multinomial(fit.counts[area].astype(np.int64), share[part] / share[part].sum())
        for column, other in enumerate(others[part]):
            if other >= 0:
                counts[other] += gone[:, column]
    return area_posterior(counts, fit.exposure, fit.prior)


def checked_location(location: pd.DataFrame, areas: pd.Index) -> pd.DataFrame:
    """Shares of events that could belong to other areas, as `location_shares` gives them."""
    require_kind(location, pd.DataFrame, name="location", made_by="location_shares")
    require_columns(location, [AREA, "other", "share"], name="location")
    share = pd.to_numeric(location["share"], errors="coerce")
    sums = share.groupby(location[AREA]).sum()
    if share.isna().any() or (share < 0).any() or not np.allclose(sums, 1.0, atol=1e-6):
        raise SchemaError(
            "`location` must hold shares from 0 that add up to 1 for each area; give what `location_shares` returns."
        )
    unknown = set(location[AREA]) - set(areas)
    if len(unknown) == location[AREA].nunique():
        raise AlignmentError(
            f"`location` speaks of none of the areas of the counts; it has {sorted(map(str, unknown))[:3]}, the counts "
            f"{list(areas[:3])}."
        )
    return location


def common_areas(fits: Iterable[Fit]) -> pd.Index:
    """Areas that every model can rank, ascending."""
    shared: pd.Index | None = None
    for fit in fits:
        shared = fit.areas if shared is None else shared.intersection(fit.areas)
    assert shared is not None
    return shared.sort_values().rename(AREA)
