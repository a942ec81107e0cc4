"""How few places hold how much of the crime and of the harm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
import scipy
from numpy.typing import NDArray

from socharm._about import About
from socharm._arguments import checked
from socharm._columns import AREA, NAME, OFFENCE, PARENT, N
from socharm._constraints import Draws, Seed
from socharm._limits import require_memory
from socharm._record import Record
from socharm._settings import SEED, Settings, setting
from socharm._words import number_of
from socharm.errors import ParameterError
from socharm.hotspots.areas.equal_rates import ginis_of_equal_rates
from socharm.severity.index import SeverityIndex
from socharm.severity.sound_index import require_sound_index
from socharm.stats.concentration import (
    generalised_gini,
    gini,
    gini_of_rows,
    lorenz_curve,
    share_of_top,
    share_that_holds,
    theil,
)
from socharm.stats.random_streams import map_blocks

__all__ = ["Concentration", "ConcentrationFindings", "ConcentrationSettings", "classify_concentration"]

_Floats = NDArray[np.float64]

_MEASURES: Final = ("crimes", "harm")
_HELD: Final = (0.25, 0.50, 0.80)
_TOP: Final = (0.01, 0.05, 0.10, 0.20)


@dataclass(frozen=True, kw_only=True)
class ConcentrationSettings(Settings):
    """Choices behind measures of concentration."""

    resamples: Draws = setting(1_000, "bootstrap samples of areas")
    seed: Seed = setting(says=SEED, recipe=False)


@dataclass(frozen=True, kw_only=True)
class ConcentrationFindings:
    """What measures of concentration were made of: areas with harm and without, effective events of harm."""

    interval: str
    areas_used: int
    areas_left_out: int
    effective_events_of_harm: float


@dataclass(frozen=True, eq=False, repr=False)
class Concentration(Record):
    """Concentration of crimes and of harm over areas, side by side.

    Attributes
    ----------
    table : DataFrame
        Index ``area_code``, from the most harm: ``name``, ``parent``, ``crimes``, ``harm``, ``share_crimes``,
        ``share_harm``, ``running_share_harm``, ``running_share_areas``.
    lorenz : DataFrame
        ``measure``, ``share_areas`` (those with most first), ``share_held``, ``low_95``, ``high_95``.
    gini : DataFrame
        Index ``measure``: ``gini``, ``generalised`` with ``low_95`` and ``high_95`` of the latter, ``events``
        (effective events for harm), ``chance`` (the generalised coefficient that equal rates would show by chance, with
        ``chance_low_95`` and ``chance_high_95``: where 95% of such forces lie), ``corrected`` (generalised less
        chance: 0 where rates are equal) with ``corrected_low_95`` and ``corrected_high_95``.
    shares : DataFrame
        The 80-20 table: ``measure``, ``question``, ``value``, ``low_95``, ``high_95``.
    theil : DataFrame
        Index ``measure``: ``theil``, ``between`` and ``within`` districts, ``share_between``.
    quotients : DataFrame
        Location quotients: ``area_code``, ``offence``, ``n``, ``quotient`` (share of the offence among the area's
        crimes over its share in all areas; 1 is the same mix), ``low_95``, ``high_95`` (Clopper-Pearson).
    """

    __made_by__ = ("classify_concentration",)

    table: pd.DataFrame
    lorenz: pd.DataFrame
    gini: pd.DataFrame
    shares: pd.DataFrame
    theil: pd.DataFrame
    quotients: pd.DataFrame
    settings: ConcentrationSettings
    about: About
    findings: ConcentrationFindings

    def _summary(self) -> dict[str, str]:
        half = self.shares[self.shares["question"] == "share of areas that hold 50%"].set_index("measure")["value"]
        return {
            "areas": f"{self.findings.areas_used:,} used, {self.findings.areas_left_out:,} without harm",
            "half of the crimes": f"in {half['crimes']:.0%} of the areas",
            "half of the harm": f"in {half['harm']:.0%} of the areas",
            "generalised Gini": ", ".join(
                f"{m} {row['generalised']:.2f} ({row['chance']:.2f} by chance)" for m, row in self.gini.iterrows()
            ),
        }


@checked
def classify_concentration(
    index: SeverityIndex,
    *,
    resamples: Draws = 1_000,
    seed: Seed | None = None,
    settings: ConcentrationSettings | Mapping[str, Any] | None = None,
) -> Concentration:
    """Lorenz curve, Gini, 80-20 table, Theil and location quotients of crimes and harm.

    Parameters
    ----------
    index : SeverityIndex
        Its areas are the places; its ``parent`` column the districts of Theil's decomposition.
    resamples : int
        Bootstrap samples of areas.
    seed : int
        To be stated here or in `settings`.
    settings : ConcentrationSettings or mapping, optional
        Choices of another result, for what is not stated by keyword.

    Returns
    -------
    Concentration
        Areas without harm (not covered) are left out and counted.

    Raises
    ------
    ParameterError
        Fewer than 2 areas with a value, no crime at all, or `resamples` not above 0.

    Notes
    -----
    Intervals are percentiles of a bootstrap over areas: how much the figure hangs on which areas these happen to be.
    The generalised Gini takes off what scarcity alone forces; for harm its number of events is the effective one,
    because one murder among thefts concentrates harm as a single event does. Each sample of areas is taken with its own
    number of events. With weights more skewed than exponential and fewer effective events than areas the harm's
    coefficient can fall below 0: less concentrated than so few events could be. Compare crimes and harm by the plain
    one there.

    Few events are uneven without any reason: under equal rates 100 events in 100 areas show 0.52. ``chance`` is the
    mean of up to 200 forces drawn with one rate for all areas, the exposures, numbers of events and over-dispersion
    that these have; ``corrected`` takes it off. That says whether there is more concentration than chance explains, and
    about how much; where rates differ much, chance adds less than among equal rates, and ``corrected`` is too low.

    The interval of a location quotient takes the offence's share in all areas as known.

    References
    ----------
    Bernasco, W., Steenbeek, W. (2017). Journal of Quantitative Criminology 33, 451-467.
    Brantingham, P. L., Brantingham, P. J. (1995). Location quotients and crime hot spots in the city. In: Crime
    Analysis Through Computer Mapping. Police Executive Research Forum.
    """
    chosen = ConcentrationSettings.of(settings)
    require_sound_index(index)
    known = index.table.dropna(subset=["harm", "crimes"])
    if len(known) < 2 or not known["crimes"].astype(float).sum() > 0:
        raise ParameterError(
            f"{number_of(len(known), 'area has a number', 'areas have a number')} "
            f"of crimes, {int(known['crimes'].sum())} in all; concentration needs 2 "
            "areas and some crime. Check coverage and offences."
        )
    # Sorted samples of both measures, and the curves of one while they are made.
    require_memory(
        {"areas": len(known), "resamples": chosen.resamples}, each=40, remedy="Lower `resamples`; 1,000 are usual."
    )
    values = {name: known[name].to_numpy(dtype=float) for name in _MEASURES}
    squares = {"crimes": values["crimes"], "harm": _squares(index, known.index)}
    events = {name: _events(values[name], squares[name]) for name in _MEASURES}
    drawn = {name: _resampled(values[name], squares[name], chosen.resamples, chosen.seed) for name in _MEASURES}
    samples = {name: ordered for name, (ordered, _) in drawn.items()}
    equal = ginis_of_equal_rates(index, known.index, draws=chosen.resamples, seed=chosen.seed)
    return Concentration(
        table=_table(known),
        lorenz=pd.concat([_lorenz(name, values[name], samples[name]) for name in _MEASURES], ignore_index=True),
        gini=pd.DataFrame(
            [_gini(values[name], *drawn[name], events[name], equal[name]) for name in _MEASURES],
            index=pd.Index(_MEASURES, name="measure"),
        ),
        shares=pd.concat([_shares(name, values[name], samples[name]) for name in _MEASURES], ignore_index=True),
        theil=pd.DataFrame(
            [_theil(values[name], known[PARENT]) for name in _MEASURES], index=pd.Index(_MEASURES, name="measure")
        ),
        quotients=_quotients(index, known.index),
        settings=chosen,
        findings=ConcentrationFindings(
            interval="bootstrap over areas, percentiles",
            areas_used=len(known),
            areas_left_out=len(index.table) - len(known),
            effective_events_of_harm=events["harm"],
        ),
        about=index.about,
    )


def _squares(index: SeverityIndex, areas: pd.Index) -> _Floats:
    """Sum over each area's events of their squared weights, the variance inside a category counted."""
    cells = index.cells
    n, w = cells[N].to_numpy(dtype=float), cells["weight"].to_numpy(dtype=float)
    squared = pd.Series(n * (w * w + cells["within_variance"].fillna(0.0).to_numpy(dtype=float)), index=cells.index)
    return squared.groupby(cells[AREA], sort=True).sum().reindex(areas, fill_value=0.0).to_numpy(dtype=np.float64)


def _events(values: _Floats, squares: _Floats) -> float:
    """Effective number of events; for crimes, where each weighs 1, their number."""
    total = float(np.add.reduce(squares))
    return float(np.add.reduce(values)) ** 2 / total if total > 0 else 0.0


def _resampled(values: _Floats, squares: _Floats, draws: int, seed: int) -> tuple[_Floats, _Floats]:
    """Sorted bootstrap samples, one per row, and each one's events."""

    def block(generator: np.random.Generator, size: int) -> tuple[_Floats, _Floats]:
        taken = generator.integers(0, values.size, (size, values.size))
        drawn = values[taken]
        total, squared = np.add.reduce(drawn, axis=1), np.add.reduce(squares[taken], axis=1)
        return np.sort(drawn, axis=1), np.divide(total**2, squared, out=np.zeros(size), where=squared > 0)

    # Coupled: called for each measure with one seed, so that crimes and harm are of the same samples of areas.
    blocks = map_blocks(block, draws=draws, seed=seed, purpose="concentration")
    return np.vstack([ordered for ordered, _ in blocks]), np.concatenate([events for _, events in blocks])


def _table(known: pd.DataFrame) -> pd.DataFrame:
    table = known[[NAME, PARENT, "crimes", "harm"]].sort_index().sort_values("harm", ascending=False, kind="stable")
    for name in _MEASURES:
        amounts = table[name].astype(float)
        table[f"share_{name}"] = amounts / amounts.sum()
    table["running_share_harm"] = table["share_harm"].cumsum()
    table["running_share_areas"] = np.arange(1, len(table) + 1) / len(table)
    return table.rename_axis(AREA)


def _interval(found: _Floats) -> tuple[float, float]:
    kept = found[np.isfinite(found)]
    if not kept.size:
        return float("nan"), float("nan")
    low, high = np.quantile(kept, (0.025, 0.975))
    return float(low), float(high)


def _lorenz(name: str, values: _Floats, samples: _Floats) -> pd.DataFrame:
    places, held = lorenz_curve(values)
    running = np.cumsum(samples[:, ::-1], axis=1)
    total = running[:, -1:]
    curves = np.divide(running, total, out=np.full_like(running, np.nan), where=total > 0)
    low, high = np.nanquantile(curves, (0.025, 0.975), axis=0) if np.isfinite(curves).any() else (np.nan, np.nan)
    table = pd.DataFrame({"measure": name, "share_areas": places, "share_held": held})
    table["low_95"], table["high_95"] = 0.0, 0.0
    table.loc[1:, "low_95"], table.loc[1:, "high_95"] = low, high
    return table


def _gini(values: _Floats, samples: _Floats, drawn_events: _Floats, events: float, equal: _Floats) -> dict[str, float]:
    plain = gini(values)
    places = values.size
    # A sample of areas holds its own number of events: with the estimate's number G' could pass 1 or fall below 0.
    each = zip(gini_of_rows(samples).tolist(), drawn_events.tolist(), strict=True)
    boot = np.array([generalised_gini(g, places=places, events=c) for g, c in each])
    low, high = _interval(boot)
    generalised = generalised_gini(plain, places=places, events=events)
    defined = equal[np.isfinite(equal)]
    chance = float(np.mean(defined)) if defined.size else float("nan")
    chance_low, chance_high = _interval(equal)
    # Both ends hold chance's part: areas drawn again bring their own luck with them.
    return {
        "gini": plain,
        "generalised": generalised,
        "low_95": low,
        "high_95": high,
        "events": events,
        "chance": chance,
        "chance_low_95": chance_low,
        "chance_high_95": chance_high,
        "corrected": generalised - chance,
        "corrected_low_95": low - chance,
        "corrected_high_95": high - chance,
    }


def _shares(name: str, values: _Floats, samples: _Floats) -> pd.DataFrame:
    rows = []
    for held in _HELD:
        boot = np.array([share_that_holds(row, held) for row in samples])
        rows.append((f"share of areas that hold {held:.0%}", share_that_holds(values, held), boot))
    for top in _TOP:
        boot = np.array([share_of_top(row, top) for row in samples])
        rows.append((f"share held by the top {top:.0%} of areas", share_of_top(values, top), boot))
    return pd.DataFrame(
        [(name, question, value, *_interval(boot)) for question, value, boot in rows],
        columns=["measure", "question", "value", "low_95", "high_95"],
    )


def _theil(values: _Floats, parent: pd.Series) -> dict[str, float]:
    named = parent.notna().all()
    groups = pd.factorize(parent, sort=True)[0].astype(np.int64) if named else None
    total, between, within = theil(values, groups)
    if not named:
        between = within = float("nan")
    share = between / total if total > 0 else float("nan")
    return {"theil": total, "between": between, "within": within, "share_between": share}


def _quotients(index: SeverityIndex, areas: pd.Index) -> pd.DataFrame:
    counted = index.cells.groupby([AREA, OFFENCE], observed=True)[N].sum()
    offences = sorted(counted[counted > 0].index.get_level_values(OFFENCE).unique())
    every = pd.MultiIndex.from_product([areas, offences], names=[AREA, OFFENCE])
    table = counted.reindex(every, fill_value=0).astype("int64").reset_index(name=N)
    of_area, of_offence = table.groupby(AREA)[N].sum(), table.groupby(OFFENCE)[N].sum()
    total = int(of_area.sum())
    crimes = table[AREA].map(of_area).to_numpy(dtype=float)
    usual = table[OFFENCE].map(of_offence).to_numpy(dtype=float) / total
    k = table[N].to_numpy(dtype=float)
    with np.errstate(invalid="ignore", divide="ignore"):
        table["quotient"] = np.where(crimes > 0, k / crimes, np.nan) / usual
        low = scipy.special.betaincinv(k, crimes - k + 1, 0.025)
        high = scipy.special.betaincinv(k + 1, crimes - k, 0.975)
    table["low_95"] = np.where(k == 0, 0.0, low) / usual
    table["high_95"] = np.where(k == crimes, 1.0, high) / usual
    table.loc[crimes == 0, ["quotient", "low_95", "high_95"]] = np.nan
    return table
