"""How much the harm of each area changed, with the chance of it: the ratio of the rates of two independent models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from socharm._columns import AREA, OFFENCE
from socharm._limits import require_memory
from socharm.rescoring.compare_settings import CompareSettings
from socharm.rescoring.index_parts import AlignedSides
from socharm.rescoring.side import Amounts
from socharm.severity.model import RateModel, rate_model_of
from socharm.severity.monthly_counts import MonthlyCounts
from socharm.stats.gamma_sum_ratios import rate_ratios, whole_ratio
from socharm.stats.random_streams import seed_of_data

__all__ = ["NOT_COMPARED", "PeriodModel", "period_models", "change_table"]

_Floats = NDArray[np.float64]

#: What is said of an area that has no month or no people in one of the two.
NOT_COMPARED: Final = "not compared"
#: Ends of the intervals of a ratio, and their probabilities.
_ENDS: Final = {"ratio": 0.5} | {
    f"ratio_{end}_{level}": 0.5 + side * level / 200
    for level in (50, 90, 95)
    for end, side in (("low", -1), ("high", 1))
}


@dataclass(frozen=True, eq=False)
class PeriodModel:
    """One period on the terms of the comparison: areas, months, weights and choices are those of both.

    Attributes
    ----------
    model : RateModel
        Of the areas compared.
    rate : array of shape (areas,)
        As recorded, missing where it is not known.
    crimes, harm, squares : arrays of shape (areas,)
        Crimes, their weights summed, and the squares of their weights summed.
    """

    model: RateModel
    rate: _Floats
    crimes: _Floats
    harm: _Floats
    squares: _Floats


def period_models(aligned: AlignedSides, *, pool: bool) -> tuple[PeriodModel, PeriodModel]:
    """Both periods with the weights and choices of the later one, in the months that both cover."""
    terms, per = aligned.terms, aligned.later.settings.per
    made = [
        _period_model(found, exposure, terms.weights, aligned, terms.known, per=per, pool=pool)
        for found, exposure in zip(terms.amounts, terms.exposure, strict=True)
    ]
    return made[0], made[1]


def _period_model(
    amounts: Amounts,
    exposure: _Floats,
    weights: pd.DataFrame,
    aligned: AlignedSides,
    known: NDArray[np.bool_],
    *,
    per: float,
    pool: bool,
) -> PeriodModel:
    areas = aligned.areas[known].rename(AREA)
    weighed = (weights["weight"] > 0).to_numpy()
    order = areas.argsort()
    counts = MonthlyCounts(
        np.ascontiguousarray(amounts.cube[known][order][:, weighed].transpose(1, 0, 2)),
        amounts.taken[known][order],
        areas[order],
        weights.loc[weighed, ["weight", "within_variance", "tau"]].rename_axis(OFFENCE),
    )
    with threadpool_limits(1):
        model = rate_model_of(counts, pd.Series(exposure[known], index=areas), pool=pool)
    n, weight = amounts.n, weights["weight"].to_numpy()
    harm = n @ weight
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.where(known, per * harm / exposure, np.nan)
    return PeriodModel(model, rate, n[:, weighed].sum(axis=1), harm, n @ weight**2)


def _draws(sides: tuple[PeriodModel, PeriodModel], draws: int, seed: int) -> tuple[_Floats, _Floats]:
    """Harm rates of both periods, of shape (draws, areas); the two share no random number."""
    areas = len(sides[0].model.areas)
    require_memory({"areas": areas, "draws": draws}, each=16, remedy="Leave `change_draws` out: nothing is drawn then.")
    with threadpool_limits(1):
        # Periods whose counts are the same must not share their random numbers either.
        seeds = (seed_of_data(seed, b"earlier"), seed_of_data(seed, b"later"))
        first, second = (
            side.model.draw_rates(draws, seed=each, mix_times=0.0) for side, each in zip(sides, seeds, strict=True)
        )
    return first, second


def change_table(
    aligned: AlignedSides, sides: tuple[PeriodModel, PeriodModel], chosen: CompareSettings, seed: int
) -> tuple[pd.DataFrame, pd.Series]:
    """Change of each area, and of all together.

    Returns
    -------
    table : DataFrame
        Index ``area_code``: ``rate_earlier_alike``, ``rate_later_alike``, ``crimes_earlier``, ``crimes_later``,
        ``effective_events``, ``ratio`` and the ends of its intervals, ``p_rise``, ``p_fall``, ``p_beyond_10``,
        ``p_beyond_20``, ``verdict_counts``.
    overall : Series
        ``ratio`` and the ends of its intervals, of all areas compared.
    """
    before, after = sides
    table = pd.DataFrame(
        {
            "rate_earlier_alike": before.rate,
            "rate_later_alike": after.rate,
            "crimes_earlier": before.crimes,
            "crimes_later": after.crimes,
            "effective_events": _effective(before, after),
        },
        index=aligned.areas.rename(AREA),
    )
    found, overall = _worked_out(sides) if chosen.change_draws is None else _by_draws(sides, chosen, seed)
    table = table.join(found.reindex(table.index))
    return table.assign(verdict_counts=_verdicts(table, chosen)), overall


def _worked_out(sides: tuple[PeriodModel, PeriodModel]) -> tuple[pd.DataFrame, pd.Series]:
    """Ratios from the posteriors of both rates, of each area and of all together."""
    first, second = (side.model.rate_parts() for side in sides)
    curve = rate_ratios(first, second)
    found = pd.DataFrame({name: curve.quantile(end) for name, end in _ENDS.items()}, index=sides[0].model.areas)
    fall = curve.below(1.0)
    found["p_rise"], found["p_fall"] = 1 - fall, fall
    for less, more, name in ((0.9, 1.1, "p_beyond_10"), (0.8, 1.2, "p_beyond_20")):
        found[name] = curve.below(less) + 1 - curve.below(more)
    years = [side.model.exposure.to_numpy(dtype=float) for side in sides]
    whole = whole_ratio(first, second, (years[0] / years[0].sum(), years[1] / years[1].sum()))
    return found, pd.Series({name: float(whole.quantile(end)[0]) for name, end in _ENDS.items()})


def _by_draws(
    sides: tuple[PeriodModel, PeriodModel], chosen: CompareSettings, seed: int
) -> tuple[pd.DataFrame, pd.Series]:
    """The same from draws of both rates."""
    drawn = _draws(sides, int(chosen.change_draws or 1), seed)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = drawn[1] / drawn[0]
    found = pd.DataFrame(_quantiles(ratio), index=sides[0].model.areas)
    for name, held in {
        "p_rise": ratio > 1,
        "p_fall": ratio < 1,
        "p_beyond_10": np.abs(ratio - 1) > 0.1,
        "p_beyond_20": np.abs(ratio - 1) > 0.2,
    }.items():
        found[name] = held.mean(axis=0)
    return found, _overall_ratio(sides, drawn)


def _effective(before: PeriodModel, after: PeriodModel) -> _Floats:
    """Events of one weight that would be as uncertain as those of both periods together."""
    squares = before.squares + after.squares
    return np.where(squares > 0, (before.harm + after.harm) ** 2 / np.where(squares > 0, squares, 1.0), 0.0)


def _quantiles(ratio: _Floats) -> dict[str, _Floats]:
    return dict(zip(_ENDS, np.quantile(ratio, list(_ENDS.values()), axis=0), strict=True))


def _verdicts(table: pd.DataFrame, chosen: CompareSettings) -> pd.Series:
    words = np.select(
        [
            table["ratio"].isna(),
            table["effective_events"] < chosen.least_events,
            table["p_rise"] >= chosen.sure,
            table["p_fall"] >= chosen.sure,
        ],
        [NOT_COMPARED, "too few events to tell", "rose", "fell"],
        "not clear",
    )
    return pd.Series(words, index=table.index, dtype="str")


def _overall_ratio(sides: tuple[PeriodModel, PeriodModel], drawn: tuple[_Floats, _Floats]) -> pd.Series:
    """Ratio of the rates of all areas together, from draws of each."""
    totals = [
        (rates * side.model.exposure.to_numpy()).sum(axis=1) / side.model.exposure.sum()
        for side, rates in zip(sides, drawn, strict=True)
    ]
    ratio = (totals[1] / totals[0])[:, None]
    return pd.Series({name: float(value[0]) for name, value in _quantiles(ratio).items()})
