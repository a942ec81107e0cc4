"""Values carried from small areas to large ones, without losing anybody in silence."""

from __future__ import annotations

import math
import warnings
from dataclasses import replace
from typing import Any, Final, overload

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._about import combine_about
from socharm._arguments import checked
from socharm._checks import require_choice, require_unique
from socharm._columns import AREA
from socharm._words import number_of
from socharm.errors import DataWarning, ParameterError, SchemaError
from socharm.io.deprivation_record import VERSIONS, Deprivation
from socharm.io.lookups import Lookup
from socharm.io.population import Population
from socharm.stats.deprivation_scores import deciles, extent_weight, ranks_of_scores

__all__ = ["ROLL_UP_RULES", "roll_up"]

#: Ways of combining values; `roll_up` knows these.
ROLL_UP_RULES: Final = ("sum", "mean", "share_most_deprived", "extent")

_Floats = NDArray[np.float64]
People = Population | pd.Series | None


@overload
def roll_up(values: Population, lookup: Lookup, how: str = ..., *, population: People = ...) -> Population: ...
@overload
def roll_up(values: Deprivation, lookup: Lookup, how: str = ..., *, population: People = ...) -> Deprivation: ...
@overload
def roll_up(values: pd.Series, lookup: Lookup, how: str = ..., *, population: People = ...) -> pd.Series: ...
@overload
def roll_up(values: pd.DataFrame, lookup: Lookup, how: str = ..., *, population: People = ...) -> pd.DataFrame: ...
@checked
def roll_up(
    values: Population | Deprivation | pd.Series | pd.DataFrame,
    lookup: Lookup,
    how: str = "sum",
    *,
    population: People = None,
) -> Any:
    r"""Carry values from small areas to large ones.

    Parameters
    ----------
    values : Population, Deprivation, Series or DataFrame
        By source code (index). For ``"sum"`` every column must be a total.
    lookup : Lookup
    how : {"sum", "mean", "share_most_deprived", "extent"}
        ``"sum"`` of totals; ``"mean"`` weighted by population; ``"share_most_deprived"``: share of the
        population in areas of the most deprived national decile (a Series holds deciles, a `Deprivation` knows
        them); ``"extent"``: of a `Deprivation`, see Notes. A `Deprivation` knows the last three only.
    population : Population or Series, optional
        Residents of the source areas; needed for all but ``"sum"``.

    Returns
    -------
    Same type as `values`, by target code, sorted
        A target of which a part has no value (or no population, where one is needed) is missing, not smaller.
        Sums over the targets, the codes lost and the targets left missing equal the sum of `values`. A
        `Deprivation` with ``how="mean"`` becomes one of the targets: mean scores of each version, ranks and deciles
        among the targets, ``share_most_deprived``, ``extent`` (published version) and ``population``.
        For the other two rules it becomes a Series.

    Raises
    ------
    SchemaError
        Repeated codes, or values that are not numbers.
    ParameterError
        No code of `values` is in the lookup; a rule that needs a population has none; a target has a
        population of zero; negative populations.

    Warns
    -----
    DataWarning
        Codes of `values` are not in the lookup, or a target lacks a part.

    Notes
    -----
    With share :math:`f_{st}` of source s in target t, value :math:`x_s` and population :math:`p_s`: sum
    :math:`\sum_s f_{st} x_s`; mean :math:`\sum_s f_{st} p_s x_s / \sum_s f_{st} p_s`. Sums are exact, so the order
    of a file does not matter. Extent: the mean of 1 for the most deprived tenth of the nation's areas, 0.95 in the
    eleventh percentile falling evenly to 0.05 in the thirtieth, 0 beyond. Scores are averaged and then ranked;
    ranks are never averaged.

    References
    ----------
    English Indices of Deprivation 2019, technical report, appendix N: summary measures of larger areas.

    Examples
    --------
    >>> from socharm.io.lookups import read_lookup
    >>> lookup = read_lookup(pd.DataFrame({"l": ["L1", "L2", "L3"], "w": ["W1", "W1", "W2"]}), source="l", target="w")
    >>> values = pd.Series([10.0, 5.0, 7.0], index=["L1", "L2", "L3"])
    >>> roll_up(values, lookup).to_dict()
    {'W1': 15.0, 'W2': 7.0}
    >>> roll_up(values, lookup, how="mean", population=pd.Series([1000, 4000, 900], index=values.index)).to_dict()
    {'W1': 6.0, 'W2': 7.0}
    """
    require_choice(how, ROLL_UP_RULES, name="how")
    if isinstance(values, Deprivation):
        return _deprivation(values, lookup, how, _people(population, how))
    if isinstance(values, Population):
        if how != "sum":
            raise ParameterError(f"a population is a total; it is rolled up by how='sum', not {how!r}.")
        if population is not None:
            raise ParameterError("`population` is given beside a population, which is added up. Leave it out.")
        return _population(values, lookup)
    frame = values.to_frame("value") if isinstance(values, pd.Series) else values
    if how == "sum":
        if population is not None:
            raise ParameterError(
                "`population` is given, and how='sum' needs no people. Leave it out, or use how='mean'."
            )
        rolled, _ = _sums(frame, lookup)
    elif how == "extent":
        raise ParameterError("how='extent' needs ranks and the nation's number of areas; give a Deprivation.")
    else:
        frame = _numbers(frame)
        frame = _most_deprived(frame) if how == "share_most_deprived" else frame
        rolled, _, _ = _means(frame, lookup, _people(population, how))
    return pd.Series(rolled["value"], name=values.name) if isinstance(values, pd.Series) else rolled


def _people(population: People, how: str) -> pd.Series:
    if population is None or how == "sum":
        raise ParameterError(
            f"how={how!r} does not fit: a score or a share is averaged over people. "
            "Use how='mean', and give `population=` with the residents of the source areas."
        )
    people = population.values if isinstance(population, Population) else population.astype(float)
    require_unique(people.index, name="population")
    negative = people.index[people < 0]
    if len(negative):
        raise ParameterError(f"`population` is negative in {list(negative[:3])}; correct it.")
    return people.set_axis([str(code) for code in people.index])


def _population(values: Population, lookup: Lookup) -> Population:
    summed, note = _sums(values.table[["value"]], lookup)
    about = combine_about(values.about, lookup.about, unit=values.about.unit)
    coverage = " ".join(dict.fromkeys(part for part in (values.about.coverage, note) if part))
    return Population(
        table=summed,
        settings=values.settings,
        about=replace(about, boundary_year=lookup.about.boundary_year, coverage=coverage),
        findings=replace(values.findings, rolled_up_by=lookup.findings.method),
    )


def _deprivation(values: Deprivation, lookup: Lookup, how: str, people: pd.Series) -> Deprivation | pd.Series:
    n, table = values.findings.areas_of_nation, values.table
    if values.findings.geography != "published areas" and how != "mean":
        raise ParameterError(f"{how!r} is measured on the published areas; give the deprivation of LSOAs.")
    measures = pd.DataFrame({f"score{VERSIONS[v]}": values.scores(v) for v in values.findings.versions})
    if values.findings.geography == "published areas":
        rank = table["rank"].to_numpy(dtype=float, na_value=np.nan)
        measures["share_most_deprived"] = np.where(np.isnan(rank), np.nan, deciles(rank, n) == 1)
        measures["extent"] = extent_weight(rank, n)
    else:
        measures[["share_most_deprived", "extent"]] = table[["share_most_deprived", "extent"]]
    if how != "mean":
        measures = measures[[how]]
    rolled, total, note = _means(measures, lookup, people)
    if how != "mean":
        return pd.Series(rolled[how], name=how)
    result = pd.DataFrame({"nation": values.findings.nation}, index=rolled.index)
    for version in values.findings.versions:
        suffix = VERSIONS[version]
        score = rolled["score" + suffix].to_numpy(dtype=float)
        rank = ranks_of_scores(score)
        result["score" + suffix] = score
        result["rank" + suffix] = pd.Series(rank, index=result.index).astype("Int64")
        decile = deciles(rank, max(int(np.isfinite(score).sum()), 1))
        result["decile" + suffix] = pd.Series(decile, index=result.index).astype("Int64")
    result[["share_most_deprived", "extent"]] = rolled[["share_most_deprived", "extent"]]
    result["population"] = total
    about = combine_about(values.about, lookup.about, unit=values.about.unit)
    coverage = " ".join(dict.fromkeys(part for part in (values.about.coverage, note) if part))
    return Deprivation(
        table=result,
        settings=values.settings,
        about=replace(about, boundary_year=lookup.about.boundary_year, coverage=coverage),
        findings=replace(values.findings, geography=f"mean over residents, {lookup.findings.method}"),
    )


def _most_deprived(frame: pd.DataFrame) -> pd.DataFrame:
    wrong = frame.notna() & ~frame.isin(range(1, 11))
    if wrong.to_numpy().any():
        raise ParameterError("how='share_most_deprived' needs deciles from 1 (most deprived) to 10, or a Deprivation.")
    return (frame == 1).astype(float).where(frame.notna())


def _means(values: pd.DataFrame, lookup: Lookup, people: pd.Series) -> tuple[pd.DataFrame, pd.Series, str]:
    """Population-weighted means by target, the population behind them, and what was lost."""
    known = values.set_axis([str(code) for code in values.index])
    require_unique(known.index, name="values")
    weight = people.reindex(known.index).astype(float)
    # A part without a person has no say, so its missing value does no harm.
    weighted = known.astype(float).mul(weight, axis=0).mask(known.isna() & (weight == 0).to_numpy()[:, None], 0.0)
    weighted["_population"] = weight
    sums, note = _sums(weighted, lookup)
    total = sums.pop("_population")
    empty = total.index[total == 0]
    if len(empty):
        raise ParameterError(
            f"{number_of(len(empty), 'area has a population of 0', 'areas have a population of 0')}"
            f", such as {list(empty[:3])}, so no mean over people exists. "
            "Leave them out of the lookup, or correct the population."
        )
    return sums.div(total, axis=0), total, note


def _numbers(values: pd.DataFrame) -> pd.DataFrame:
    text = [str(column) for column in values.columns if not pd.api.types.is_numeric_dtype(values[column])]
    if text:
        raise SchemaError(f"`values` holds columns that are not numbers: {text}. Choose the columns to carry over.")
    return values.astype(float)


def _sums(values: pd.DataFrame, lookup: Lookup) -> tuple[pd.DataFrame, str]:
    codes = pd.Index([str(code) for code in values.index])
    require_unique(codes, name="values")
    known = _numbers(values).set_axis(codes)
    pairs = lookup.table
    lost = codes[~codes.isin(pairs["source"])]
    if len(lost) == len(codes):
        raise ParameterError(
            f"none of the {number_of(len(codes), 'code')} of `values` is in the lookup; `values` has "
            f"{list(codes[:3])}, the lookup {list(pairs['source'][:3])}. Check that both use the same boundary year."
        )
    touched = pairs[pairs["target"].isin(pairs["target"][pairs["source"].isin(codes)])]
    parts = known.reindex(touched["source"]).to_numpy(dtype=float) * touched["share"].to_numpy()[:, None]
    targets = pd.Index(sorted(touched["target"].unique()), name=AREA)
    groups = touched.groupby("target", sort=True).indices
    # `fsum` is exact and so does not depend on the order of the file; a missing part makes the whole missing.
    table = np.array([[math.fsum(column) for column in parts[groups[target]].T] for target in targets])
    summed = pd.DataFrame(table.reshape(len(targets), len(values.columns)), index=targets, columns=values.columns)
    return summed, _note_losses(lost, summed)


def _note_losses(lost: pd.Index, summed: pd.DataFrame) -> str:
    notes = []
    if len(lost):
        notes.append(
            f"{number_of(len(lost), 'code is not in the lookup and was', 'codes are not in the lookup and were')} "
            f"left out, such as {sorted(lost)[:5]}."
        )
    partial = summed.index[summed.isna().any(axis=1)]
    if len(partial):
        notes.append(
            f"{number_of(len(partial), 'area lacks a part and is', 'areas lack a part and are')} "
            f"missing, such as {list(partial[:5])}."
        )
    if notes:
        warnings.warn(f"{' '.join(notes)} Check that both use the same boundary year.", DataWarning, stacklevel=5)
    return " ".join(notes)
