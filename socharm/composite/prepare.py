"""Values made ready for one scale: denominated, screened, imputed, treated, with a log of every step."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from socharm._checks import require_unique
from socharm._columns import AREA
from socharm._words import number_of
from socharm.composite.impute import filled_from_panel
from socharm.composite.recipe import CompositeRecipe
from socharm.composite.specs import IndicatorSpec
from socharm.composite.steps import PANEL_METHODS, DenominateStep, ImputeStep, ScreenStep, TreatStep
from socharm.errors import AlignmentError, DataWarning, ParameterError
from socharm.io.population import Population
from socharm.stats.composite_treat import shape_of, treat_outliers

__all__ = ["Beside", "Prepared", "prepare", "require_denominate_step", "untreated"]


@dataclass(frozen=True, eq=False)
class Prepared:
    """Values on their way to the index; each step makes a new one.

    Attributes
    ----------
    values : DataFrame
        Areas that are still in, by weighed indicators that are still in.
    shares : DataFrame
        Denominators of the same cells; 1 where an indicator has none.
    imputed, winsorised : DataFrame
        One row for each cell changed: ``area_code``, ``indicator``, ``value``, and ``before`` or ``how``.
    treatment : dict
        Indicator to what was done and its skewness and kurtosis before and after.
    set_aside : dict
        Area to why it has no score.
    dropped : dict
        Indicator to why it was left out.
    log : tuple of dict
        One row for each step.
    """

    values: pd.DataFrame
    shares: pd.DataFrame
    imputed: tuple[dict[str, Any], ...] = ()
    winsorised: tuple[dict[str, Any], ...] = ()
    treatment: dict[str, dict[str, Any]] = field(default_factory=dict)
    set_aside: dict[str, str] = field(default_factory=dict)
    dropped: dict[str, str] = field(default_factory=dict)
    log: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class Beside:
    """What stands beside the values: denominators as given, groups, earlier and later periods."""

    denominators: Mapping[str, pd.Series | Population]
    groups: pd.Series | None
    panel: Mapping[str, pd.DataFrame]
    period: str


def prepare(values: pd.DataFrame, recipe: CompositeRecipe, beside: Beside) -> Prepared:
    """Run the steps before the normalisation.

    Parameters
    ----------
    values : DataFrame
        Areas by weighed indicators, in the recipe's order; numbers or missing.
    recipe : CompositeRecipe
        Without the indicators that are lacking.
    beside : Beside

    Returns
    -------
    Prepared
    """
    state = Prepared(values=values, shares=pd.DataFrame(1.0, index=values.index, columns=values.columns))
    for step in recipe.prepared_by:
        if isinstance(step, DenominateStep):
            state = _denominate(state, recipe, beside)
        elif isinstance(step, ScreenStep):
            state = _screen(state, step)
        elif isinstance(step, ImputeStep):
            state = _impute(state, step, beside)
        else:
            state = _treat(state, step)
    return state


def require_denominate_step(recipe: CompositeRecipe) -> None:
    """Stop where indicators name denominators and no step divides by them, before anyone is asked for one.

    Raises
    ------
    ParameterError
        Names the indicators.
    """
    named = [spec.name for spec in recipe.weighed if spec.denominator]
    if named and not any(isinstance(step, DenominateStep) for step in recipe.steps):
        raise ParameterError(
            f"{named} name denominators, but the recipe {recipe.name!r} has no denominate step, so nothing would be "
            "divided. Add the step, or take the denominators out where the values are rates already."
        )


def _denominators(
    given: Mapping[str, pd.Series | Population], specs: list[IndicatorSpec], index: pd.Index
) -> dict[str, pd.Series]:
    """Denominators of the indicators that are about to be divided, for the areas that are left."""
    lacking = [f"{spec.name!r} by {spec.denominator!r}" for spec in specs if spec.denominator not in given]
    if lacking:
        raise ParameterError(
            f"The recipe divides {', '.join(lacking)}, which `denominators` lacks; it has {sorted(given)}. Give them, "
            "or take the indicators out."
        )
    columns: dict[str, pd.Series] = {}
    for name in dict.fromkeys(spec.denominator for spec in specs):
        found = given[name]
        values = found.table["value"] if isinstance(found, Population) else found
        require_unique(values.index, name=f"denominators[{name!r}]")
        missing = index.difference(values.index)
        if len(missing):
            raise AlignmentError(
                f"{number_of(len(missing), 'area is not in', 'areas are not in')} "
                f"`denominators[{name!r}]`, such as {list(missing[:3])}. Check that "
                "both use the same boundary year."
            )
        columns[name] = values.reindex(index).astype(float)
    return columns


def _logged(state: Prepared, step: str, method: str, *, cells: int, areas: int, indicators: int, what: str) -> Any:
    row = {"step": step, "method": method, "cells": cells, "areas": areas, "indicators": indicators, "what": what}
    return (*state.log, row)


def _chosen(only: tuple[str, ...], columns: pd.Index) -> list[str]:
    return [str(name) for name in columns if not only or name in only]


def _denominate(state: Prepared, recipe: CompositeRecipe, beside: Beside) -> Prepared:
    values, shares = state.values.copy(), state.shares.copy()
    lost, divided = 0, []
    specs = [spec for spec in recipe.weighed if spec.denominator and spec.name in values.columns]
    columns = _denominators(beside.denominators, specs, values.index)
    for spec in specs:
        below = columns[spec.denominator]
        usable = below.where(below > 0)
        lost += int((values[spec.name].notna() & usable.isna()).sum())
        values[spec.name] = spec.per * values[spec.name] / usable
        shares[spec.name] = usable.fillna(0.0)
        divided.append(spec.name)
    what = (
        f"divided {divided}; {number_of(lost, 'value')} became missing for want of a denominator above zero"
        if divided
        else ""
    )
    if lost:
        warnings.warn(
            f"{number_of(lost, 'value has', 'values have')} no denominator above zero: missing, not zero.",
            DataWarning,
            stacklevel=4,
        )
    log = _logged(
        state,
        "denominate",
        "",
        cells=int(values[divided].notna().sum().sum()),
        areas=len(values),
        indicators=len(divided),
        what=what,
    )
    return replace(state, values=values, shares=shares, log=log)


def _screen(state: Prepared, step: ScreenStep) -> Prepared:
    known = state.values.notna()
    by_indicator = known.mean()
    poor = by_indicator.index[by_indicator < step.least_indicator]
    dropped = {
        str(name): f"known in {by_indicator[name]:.0%} of the areas, below {step.least_indicator:.0%}" for name in poor
    }
    by_area = known.drop(columns=poor).mean(axis=1)
    out = by_area.index[by_area < step.least_area]
    set_aside = {str(area): f"has {by_area[area]:.0%} of the indicators, below {step.least_area:.0%}" for area in out}
    values = state.values.drop(index=out, columns=poor)
    log = _logged(
        state,
        "screen",
        "availability",
        cells=0,
        areas=len(out),
        indicators=len(poor),
        what=f"set aside {number_of(len(out), 'area')} and left out the indicators {list(dropped)}",
    )
    return replace(
        state,
        values=values,
        shares=state.shares.loc[values.index, values.columns],
        set_aside={**state.set_aside, **set_aside},
        dropped={**state.dropped, **dropped},
        log=log,
    )


def _impute(state: Prepared, step: ImputeStep, beside: Beside) -> Prepared:
    columns = _chosen(step.only, state.values.columns)
    before = state.values[columns]
    if step.method in PANEL_METHODS:
        filled = filled_from_panel(before, beside.panel, period=beside.period, linear=step.method == "panel-linear")
    else:
        filled = before.fillna(_typical(before, step.method, beside.groups))
    new = before.isna() & filled.notna()
    rows = [
        {AREA: area, "indicator": name, "value": float(value), "how": step.method}
        for name in columns
        for area, value in filled[name][new[name]].items()
    ]
    left = int(filled.isna().sum().sum())
    values = state.values.copy()
    values[columns] = filled
    log = _logged(
        state,
        "impute",
        step.method,
        cells=len(rows),
        areas=int(new.any(axis=1).sum()),
        indicators=int(new.any().sum()),
        what=f"filled {number_of(len(rows), 'gap')}; {left} stay missing",
    )
    if rows:
        warnings.warn(
            f"{number_of(len(rows), 'missing value was', 'missing values were')} filled by the {step.method}, as "
            "listed in `imputed`.",
            DataWarning,
            stacklevel=4,
        )
    return replace(state, values=values, imputed=(*state.imputed, *rows), log=log)


def _typical(values: pd.DataFrame, method: str, groups: pd.Series | None) -> pd.DataFrame:
    kind = method.rpartition("-")[2]
    if not method.startswith("group"):
        one = values.mean() if kind == "mean" else values.median()
        return pd.DataFrame({name: one[name] for name in values.columns}, index=values.index)
    if groups is None:
        raise ParameterError(f"{method!r} needs `groups`, the group of each area, or `areas` with a column 'parent'.")
    known = groups.reindex(values.index)
    if known.isna().any():
        lacking = list(known.index[known.isna()])
        raise AlignmentError(
            f"{number_of(len(lacking), 'area of `indicators` has', 'areas of `indicators` have')} no group, such as "
            f"{lacking[:3]}; `groups` is of {number_of(len(groups), 'area')}, such as {list(groups.index[:3])}. Give "
            "the group of every area."
        )
    by_group = values.groupby(known)
    return pd.DataFrame(by_group.transform("mean" if kind == "mean" else "median"))


def _treat(state: Prepared, step: TreatStep) -> Prepared:
    values, treatment, rows = state.values.copy(), dict(state.treatment), list(state.winsorised)
    counts: dict[str, int] = {}
    for name in _chosen(step.only, values.columns):
        given = state.values[name].to_numpy(dtype=np.float64)
        found = treat_outliers(given, step.rule)
        values[name] = found.values
        treatment[name] = {
            "treatment": found.done,
            "winsorised": int(found.winsorised.sum()) if found.done == "winsorise" else 0,
            "skew_before": found.before[0],
            "kurtosis_before": found.before[1],
            "skew_after": found.after[0],
            "kurtosis_after": found.after[1],
            "passes": found.passes,
        }
        counts[found.done] = counts.get(found.done, 0) + 1
        if found.done == "winsorise":
            rows += [
                {
                    AREA: values.index[at],
                    "indicator": name,
                    "before": float(given[at]),
                    "value": float(found.values[at]),
                }
                for at in np.flatnonzero(found.winsorised).tolist()
            ]
    stubborn = [name for name, told in treatment.items() if not told["passes"]]
    log = _logged(
        state,
        "treat",
        step.then,
        cells=len(rows),
        areas=len({row[AREA] for row in rows}),
        indicators=sum(n for done, n in counts.items() if done != "none"),
        what=f"{counts}; outliers remain in {stubborn}" if stubborn else f"{counts}",
    )
    return replace(state, values=values, treatment=treatment, winsorised=tuple(rows), log=log)


def untreated(values: pd.Series) -> dict[str, Any]:
    """Row of the treatment table of an indicator that no step touched."""
    skew, kurtosis = shape_of(values.to_numpy(dtype=np.float64))
    return {
        "treatment": "none",
        "winsorised": 0,
        "skew_before": skew,
        "kurtosis_before": kurtosis,
        "skew_after": skew,
        "kurtosis_after": kurtosis,
        "passes": True,
    }
