"""A composite index of areas: many indicators to one score, by a recipe that replays."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from socharm._about import About, combine_about
from socharm._arguments import checked
from socharm._checks import require_columns
from socharm._columns import AREA, NAME, PARENT
from socharm._constraints import Missing
from socharm._words import number_of
from socharm.composite.lint import lint_indicators, refuse_protected
from socharm.composite.prepare import Beside, Prepared, prepare, require_denominate_step
from socharm.composite.recipe import CompositeRecipe
from socharm.composite.record import CompositeIndex
from socharm.composite.scoring import Scored, score
from socharm.composite.settings import CompositeSettings
from socharm.composite.steps import GROUP_METHODS, PANEL_METHODS, ImputeStep
from socharm.composite.tables import alpha_table, correlation_table, indicator_table
from socharm.composite.values import Sent, gather
from socharm.errors import AlignmentError, DataWarning, ParameterError, SchemaError
from socharm.io.population import Population

__all__ = ["composite_index"]


@checked
def composite_index(
    indicators: Sent,
    recipe: CompositeRecipe | str | None = None,
    *,
    areas: pd.DataFrame | None = None,
    denominators: Mapping[str, pd.Series | Population] | None = None,
    groups: pd.Series | None = None,
    panel: Mapping[str, pd.DataFrame] | None = None,
    period: str | None = None,
    missing: Missing | None = None,
    force: Mapping[str, str] | None = None,
    settings: CompositeSettings | Mapping[str, Any] | None = None,
    about: About | None = None,
) -> CompositeIndex:
    r"""Make a composite index.

    Parameters
    ----------
    indicators : DataFrame, Indicators, or a list of them
        Values by area code, one column for each indicator; missing is not zero and stays missing unless the recipe
        fills it. Columns that the recipe does not name are not used. The first table of a list says which areas there
        are, and the markings and sources of every `Indicators` are kept.
    recipe : CompositeRecipe or str
        A recipe, or the name of a packaged one; see `load_composite_recipe`. It must be stated, here or in `settings`.
    areas : DataFrame, optional
        Names and districts by area code (``name``, ``parent``), for the table and as default of `groups`.
    denominators : mapping of str to Series or Population, optional
        What the indicators' `denominator` names, for those that are left when the denominate step runs; further
        areas, as in a national file, are not used.
    groups : Series, optional
        Group of each area, for ``group-mean`` and ``group-median``.
    panel : mapping of str to DataFrame, optional
        Values of other periods (``YYYY`` or ``YYYY-MM``), for ``panel-latest`` and ``panel-linear``.
    period : str, optional
        Period of `indicators` in the panel; the end of the period of `about` by default.
    missing : {"error", "leave out"}, optional
        Takes the place of the recipe's `missing`.
    force : mapping of str to str, optional
        Protected characteristic to the reason for using it; kept in the settings and printed under pictures.
    settings : CompositeSettings or mapping, optional
        Choices of another index, its recipe among them, for what is not stated by keyword.
    about : About, optional
        Sources, period and marking of what no `Indicators` speaks of.

    Returns
    -------
    CompositeIndex
        Higher scores are worse and rank 1 is the worst area.

    Raises
    ------
    RefusedError
        A protected characteristic is weighed and was not forced.
    SchemaError
        Repeated areas, text or infinite values, or indicators that the table lacks.
    AlignmentError
        A denominator, or a group that a step needs, is not known for an area; areas or a panel of other places.
    ParameterError
        One area where areas are compared, no area left, a mean that the values do not allow; a period without a panel,
        groups or a panel that no step of the recipe looks at.

    Notes
    -----
    .. math:: S_a = \Bigl(\sum_k w_k\, z_{ka}^{\,p} \Big/ \sum_k w_k\Bigr)^{1/p}

    over the known children of each domain and then of the index, z the indicators on one scale. An indicator with one
    value in all areas gets the middle of the scale, with a warning: it moves every area alike.

    References
    ----------
    OECD and JRC (2008). Handbook on Constructing Composite Indicators: Methodology and User Guide.
    Becker, W. and others (2022). COINr: An R package for developing composite indicators. Journal of Open Source
    Software 7(78), 4567.

    Examples
    --------
    >>> from socharm.composite.specs import IndicatorSpec
    >>> values = pd.DataFrame({"harm": [10.0, 40.0, 20.0], "trust": [80.0, 30.0, 70.0]}, index=["A", "B", "C"])
    >>> recipe = CompositeRecipe(
    ...     name="two", indicators=(IndicatorSpec(name="harm", weight=3.0), IndicatorSpec(name="trust", direction=-1))
    ... )
    >>> composite_index(values, recipe).table[["score", "rank"]].round(1).to_dict("index")
    {'A': {'score': 0.0, 'rank': 3}, 'B': {'score': 100.0, 'rank': 1}, 'C': {'score': 30.0, 'rank': 2}}
    """
    chosen = CompositeSettings.of(settings)
    stated = chosen.stated
    gathered = gather(indicators, stated)
    raw = gathered.table
    refuse_protected(stated)
    lost = _lacking(raw, stated)
    used = stated.without(*lost) if lost else stated
    require_denominate_step(used)
    _require_used(used, groups=groups, panel=panel, period=chosen.period)
    periods = {f"panel[{name!r}]": table for name, table in (panel or {}).items()}
    _require_same_places(raw.index, {"areas": areas, **periods})
    about = combine_about(*([about] if about else []), *gathered.abouts)
    beside = Beside(
        denominators=denominators or {}, groups=_groups(groups, areas, raw.index), panel=panel or {},
        period=chosen.period or (about.period.end if about.period else ""),
    )  # fmt: skip
    prepared = prepare(raw[[spec.name for spec in used.weighed]], used, beside)
    if prepared.values.empty:
        raise ParameterError(f"No area or no indicator is left after screening: {prepared.log[-1]['what']}.")
    used = used.without(*prepared.dropped) if prepared.dropped else used
    scored = score(prepared, used)
    findings = lint_indicators(stated, indicators, denominators=denominators)
    status = dict.fromkeys(lost, "lacking") | dict.fromkeys(prepared.dropped, "left out")
    return CompositeIndex(
        table=_table(raw, areas, prepared, scored, used),
        domains=scored.domains.reindex(raw.index).rename_axis(AREA),
        indicators=indicator_table(stated, prepared, scored, raw, status),
        contributions=scored.contributions.reindex(raw.index).rename_axis(AREA),
        steps=pd.DataFrame([*prepared.log, *scored.log]),
        correlations=correlation_table(scored, used),
        alpha=alpha_table(scored, used),
        imputed=pd.DataFrame(list(prepared.imputed), columns=[AREA, "indicator", "value", "how"]),
        winsorised=pd.DataFrame(list(prepared.winsorised), columns=[AREA, "indicator", "before", "value"]),
        findings=findings,
        lacking=tuple(lost),
        context=raw[[spec.name for spec in stated.indicators if not spec.weighed and spec.name in raw.columns]],
        normalised=scored.normalised.rename_axis(AREA),
        arrays=scored.arrays,
        used=used,
        settings=chosen,
        about=_about(about, stated, lost, prepared),
    )


def _lacking(raw: pd.DataFrame, recipe: CompositeRecipe) -> list[str]:
    """Indicators without a value in any area; stops, or warns, as the recipe says."""
    wanted = [spec.name for spec in recipe.weighed]
    here = [name for name in wanted if name in raw.columns]
    lost = [name for name in wanted if name not in here or not raw[name].notna().any()]
    needed = [spec.name for spec in recipe.weighed if spec.name in lost and not spec.optional]
    if needed and recipe.missing == "error":
        require_columns(raw, [name for name in needed if name not in raw.columns], name="indicators")
        raise SchemaError(f"{needed} have no value in any area. Send them, or write missing='leave out'.")
    if lost:
        warnings.warn(
            f"{recipe.name!r} lacks {lost}: nobody sent them. The index is made of the rest.", DataWarning, stacklevel=3
        )
    return lost


def _require_used(
    recipe: CompositeRecipe,
    *,
    groups: pd.Series | None,
    panel: Mapping[str, pd.DataFrame] | None,
    period: str | None,
) -> None:
    """Stop at groups, values of other periods, or a place among them, that no step of the recipe looks at."""
    methods = {step.method for step in recipe.prepared_by if isinstance(step, ImputeStep)}
    for name, given, known in (("groups", groups, GROUP_METHODS), ("panel", panel, PANEL_METHODS)):
        if given is not None and not methods & set(known):
            raise ParameterError(
                f"`{name}` is given, and no step of {recipe.name!r} looks at it. Leave it out, or give the recipe an "
                f"impute step by one of {list(known)}."
            )
    if period is not None and panel is None:
        raise ParameterError(
            f"`period` is {period!r}: the place of the indicators in a panel, and no `panel` is given. Give it, or "
            "leave `period` out; the period that the index speaks of is that of `about`."
        )


def _require_same_places(index: pd.Index, tables: Mapping[str, pd.DataFrame | None]) -> None:
    """Stop at a table that knows none of the areas."""
    for name, table in tables.items():
        if table is not None and len(index) and not len(index.intersection(table.index)):
            raise AlignmentError(
                f"`{name}` holds none of the {number_of(len(index), 'area')} of `indicators`, such as {list(index[:3])}"
                f"; it has {list(table.index[:3])}. Give it by the same codes, as its index."
            )


def _groups(groups: pd.Series | None, areas: pd.DataFrame | None, index: pd.Index) -> pd.Series | None:
    if groups is None and areas is not None and PARENT in areas.columns:
        groups = areas[PARENT]
    return None if groups is None else groups.reindex(index)


def _table(
    raw: pd.DataFrame, areas: pd.DataFrame | None, prepared: Prepared, scored: Scored, used: CompositeRecipe
) -> pd.DataFrame:
    names = [spec.name for spec in used.weighed]
    table = pd.DataFrame(index=raw.index)
    for column in (NAME, PARENT):
        known = areas[column].reindex(raw.index) if areas is not None and column in areas.columns else None
        table[column] = pd.Series(pd.NA, index=raw.index, dtype=object) if known is None else known
    table["score"] = scored.scores.reindex(raw.index)
    table["rank"] = table["score"].rank(method="min", ascending=False, na_option="keep").astype("Int64")
    table["availability"] = raw[names].notna().mean(axis=1)
    gaps = prepared.values[names].isna().reindex(raw.index, fill_value=True)
    for area in prepared.set_aside:
        gaps.loc[area] = raw.loc[area, names].isna()
    table["missing"] = [", ".join(np.array(names, dtype=object)[row]) for row in gaps.to_numpy(dtype=bool)]
    filled = pd.Series([row[AREA] for row in prepared.imputed], dtype=object).value_counts()
    table["imputed"] = [int(filled.get(area, 0)) for area in raw.index]
    limit = used.priority_above
    above = table["score"] > (limit if limit is not None else np.inf)
    table["priority"] = above.astype("boolean").mask(table["score"].isna() | (limit is None))
    reason = pd.Series(prepared.set_aside, dtype=object).reindex(raw.index)
    unscored = table["score"].isna() & reason.isna()
    table["reason"] = reason.mask(unscored, "too little is known: " + table["missing"] + " is missing").fillna("")
    return table


def _about(about: About, recipe: CompositeRecipe, lost: list[str], prepared: Prepared) -> About:
    notes = [about.coverage] if about.coverage else []
    if lost:
        notes.append(f"Not sent and left out: {', '.join(lost)}.")
    if prepared.dropped:
        notes.append(f"Known in too few areas and left out: {', '.join(prepared.dropped)}.")
    if prepared.imputed:
        notes.append(f"{number_of(len(prepared.imputed), 'missing value was', 'missing values were')} filled.")
    if recipe.forced:
        notes.append(f"Uses protected characteristics: {', '.join(recipe.forced)}.")
    return combine_about(about, unit=recipe.unit or about.unit, coverage=" ".join(notes))
