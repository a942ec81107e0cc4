"""What confidence sets of ranks compare: estimates and errors, or counts, from an index or from a table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._about import About, combine_about
from socharm._checks import require_choice, require_columns, require_finite, require_unique
from socharm._columns import AREA, NAME, N
from socharm._words import number_of
from socharm.errors import AlignmentError, ParameterError, RefusedError, SchemaError
from socharm.severity.index import SeverityIndex
from socharm.severity.model import places_of
from socharm.severity.sound_index import require_sound_index

__all__ = [
    "LEAST_EVENTS",
    "MEASURES",
    "RankInputs",
    "by_code",
    "checked_covariance",
    "from_index",
    "from_table",
]

_Floats = NDArray[np.float64]

#: Columns of an index that can be ranked; the first two are harm, for which no exact test exists.
MEASURES: Final = ("rate", "harm", "crime_rate", "crimes")

#: A sum of fewer effective events is not near enough to a normal distribution.
LEAST_EVENTS: Final = 10.0

_HARM: Final = ("rate", "harm")


@dataclass(frozen=True, eq=False)
class RankInputs:
    """What is compared, area by area.

    Attributes
    ----------
    table : DataFrame
        Index ``area_code``; ``name``, ``estimate``, ``se``, ``amount`` (what a top of areas holds a share of),
        ``exposure``, ``events``, ``reason``.
    counts, divisor : Series
        Of exact tests: events, and what they are divided by.
    ranked, compared : Series of bool
        Areas that have a place in the ranking, and those of them that can be compared with others.
    method : str
    dispersion : float
    about : About
    """

    table: pd.DataFrame
    counts: pd.Series
    divisor: pd.Series
    ranked: pd.Series
    compared: pd.Series
    method: str
    dispersion: float
    about: About

    def at(self, areas: pd.Index) -> RankInputs:
        """The same areas in another order."""
        tables = {name: getattr(self, name).loc[areas] for name in ("table", "counts", "divisor", "ranked", "compared")}
        return replace(self, **tables)


def by_code(
    inputs: RankInputs, covariance: pd.DataFrame | NDArray[np.float64] | None
) -> tuple[RankInputs, NDArray[np.float64] | None]:
    """Areas in the order of their codes; where a covariance is given, with its errors and it in that order."""
    rows, matrix = inputs.table.index, None
    if covariance is not None:
        compared = rows[inputs.compared.to_numpy(dtype=bool)]
        matrix = checked_covariance(covariance, rows, inputs.compared)
        errors = pd.Series(np.sqrt(np.diag(matrix)), index=compared)
        inputs = replace(inputs, table=inputs.table.assign(se=errors))
        order = np.argsort(places_of(compared))
        matrix = matrix[np.ix_(order, order)]
    return inputs.at(rows[np.argsort(places_of(rows))]), matrix


def from_index(index: SeverityIndex, *, measure: str, method: str | None, dispersion: float | None) -> RankInputs:
    """Compare areas of a severity index by one of `MEASURES`."""
    require_choice(measure, MEASURES, name="measure")
    method = method or ("normal" if measure in _HARM else "exact")
    if method == "exact" and measure in _HARM:
        raise ParameterError(
            f"`method` is 'exact' and `measure` {measure!r}: exact tests are for counts, not for weighted sums. "
            "Use method='normal', or measure 'crime_rate' or 'crimes'."
        )
    if method == "normal" and dispersion is not None:
        raise ParameterError("`dispersion` steers exact tests only; the index's standard errors already hold theirs.")
    require_sound_index(index)
    known = index.table
    table = known[[NAME]].astype(object)
    table["estimate"], table["se"] = _estimate(index, measure)
    table["amount"] = known["harm" if measure in _HARM else "crimes"].astype(float)
    table["exposure"] = known["exposure"].astype(float)
    table["events"] = _effective_events(index) if measure in _HARM else known["crimes"].astype(float)
    table["reason"] = known["reason"].astype(object)
    ranked = known["rankable"].astype(bool) & table["estimate"].notna()
    table.loc[known["rankable"].astype(bool) & ~ranked, "reason"] = "no estimate"
    compared = ranked.copy()
    if method == "normal":
        compared &= table["events"] >= LEAST_EVENTS
        few = ranked & ~compared
        table.loc[few, "reason"] = [
            f"{events:.1f} effective events, fewer than {LEAST_EVENTS:g}: its rank is not bounded"
            for events in table.loc[few, "events"]
        ]
        _require_some(ranked, compared, measure)
    divisor = table["exposure"] if measure == "crime_rate" else pd.Series(1.0, index=table.index)
    return RankInputs(
        table=table,
        counts=known["crimes"].astype(float),
        divisor=divisor,
        ranked=ranked,
        compared=compared,
        method=method,
        dispersion=_dispersion(index, dispersion) if method == "exact" else 1.0,
        about=combine_about(index.about, unit=_unit(index, measure), coverage=index.about.coverage),
    )


def _unit(index: SeverityIndex, measure: str) -> str:
    return {
        "rate": index.about.unit,
        "harm": index.about.unit.split(" per ", maxsplit=1)[0],
        "crime_rate": f"crimes per {index.findings.denominator_unit} per year",
        "crimes": "crimes",
    }[measure]


def _require_some(ranked: pd.Series, compared: pd.Series, measure: str) -> None:
    if ranked.any() and not compared.any():
        raise RefusedError(
            f"None of the {number_of(int(ranked.sum()), 'area')} has {LEAST_EVENTS:g} effective events of {measure!r}: "
            "a normal approximation would mislead. Take a longer period, larger areas, or measure='crime_rate', which "
            "is exact."
        )


def _estimate(index: SeverityIndex, measure: str) -> tuple[pd.Series, pd.Series]:
    """Estimate and standard error, from the model's smoothed expected counts."""
    known, model = index.table, index.model
    if measure in _HARM:
        error = np.sqrt(model.estimate_variance()).reindex(known.index)
        divisor = known["exposure"].astype(float) / index.settings.per if measure == "rate" else 1.0
        return known[measure].astype(float), error / divisor
    expected = model.posterior.mean * model.exposure.to_numpy(dtype=float)[:, None]
    apart = np.sum(expected * model.bands["phi"].to_numpy(dtype=float), axis=1)
    variance = apart + np.sum(expected, axis=1) ** 2 * np.expm1(model.common)
    error = pd.Series(np.sqrt(variance), index=model.areas).reindex(known.index)
    crimes = known["crimes"].astype(float)
    if measure == "crimes":
        return crimes, error
    years = known["exposure"].astype(float)
    return crimes / years, error / years


def _effective_events(index: SeverityIndex) -> pd.Series:
    """Squared harm over the sum of squared weights of the events."""
    cells = index.cells
    n, weight = cells[N].to_numpy(dtype=float), cells["weight"].to_numpy(dtype=float)
    squares = n * weight**2
    sums = pd.DataFrame({AREA: cells[AREA], "harm": n * weight, "squares": squares}).groupby(AREA).sum()
    sums = sums.reindex(index.table.index)
    return (sums["harm"] ** 2 / sums["squares"].where(sums["squares"] > 0)).fillna(0.0)


def _dispersion(index: SeverityIndex, stated: float | None) -> float:
    """Over-dispersion of all crimes together over time, unless it was stated."""
    return index.model.phi_crimes if stated is None else stated


def from_table(
    table: pd.DataFrame, *, method: str | None, dispersion: float | None, covariance: bool, about: About | None
) -> RankInputs:
    """Compare rows of a table: ``estimate`` and ``se``, or ``n`` and, for rates, ``exposure``."""
    require_unique(table.index, name="source")
    if table.empty:
        raise SchemaError("`source` has no row; confidence sets need at least one area.")
    method = method or ("exact" if N in table and "estimate" not in table else "normal")
    if method == "normal" and dispersion is not None:
        raise ParameterError("`dispersion` steers exact tests only; put it into `se`.")
    wanted = [N] if method == "exact" else ["estimate"] if covariance else ["estimate", "se"]
    require_columns(table, wanted, name="source")
    numbers = {
        column: pd.to_numeric(table[column], errors="coerce").astype(float)
        if column in table
        else pd.Series(np.nan, index=table.index)
        for column in ("estimate", "se", N, "exposure")
    }
    main = numbers[N if method == "exact" else "estimate"]
    unknown = (table[wanted[0]].notna() & main.isna()) | np.isinf(main)
    if unknown.any():
        raise SchemaError(f"`source` holds {wanted[0]!r} that is no finite number, such as {main.index[unknown][0]!r}.")
    ranked, compared, reason = _from_columns(numbers, main, method, "exposure" in table, covariance)
    years = numbers["exposure"]
    divisor = years if "exposure" in table else pd.Series(1.0, index=table.index)
    phi = 1.0 if dispersion is None else dispersion
    counted = method == "exact"
    result = pd.DataFrame({NAME: table[NAME].astype(object) if NAME in table else None}, index=table.index)
    result["estimate"] = numbers[N] / divisor if counted else numbers["estimate"]
    result["se"] = np.sqrt(numbers[N] * phi) / divisor if counted else numbers["se"]
    result["amount"] = numbers[N] if counted else numbers["estimate"] * divisor
    result["exposure"] = years
    result["events"], result["reason"] = numbers[N], reason
    return RankInputs(
        table=result.rename_axis(AREA),
        counts=numbers[N],
        divisor=divisor,
        ranked=ranked,
        compared=compared,
        method=method,
        dispersion=phi,
        about=about or About(),
    )


def _from_columns(
    numbers: dict[str, pd.Series], main: pd.Series, method: str, with_exposure: bool, covariance: bool
) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Which rows have a place, which can be compared, and why not; stops at values that cannot be."""
    ranked = main.notna()
    reason = pd.Series("", index=main.index, dtype=object)
    if method == "exact":
        require_finite(main[ranked], name="source['n']", minimum=0)
        if not np.allclose(main[ranked] % 1, 0):
            raise SchemaError("`source['n']` must hold whole numbers: exact tests are for counts of events.")
        if with_exposure:
            ranked &= numbers["exposure"].notna()
            reason[main.notna() & ~ranked] = "no exposure"
            _require_above_zero(numbers["exposure"][ranked], "exposure")
        reason[main.isna()] = "no count"
        return ranked, ranked, reason
    reason[~ranked] = "no estimate"
    if covariance:
        return ranked, ranked, reason
    compared = ranked & numbers["se"].notna()
    reason[ranked & ~compared] = "no standard error: its rank is not bounded"
    _require_above_zero(numbers["se"][compared], "se")
    if ranked.any() and not compared.any():
        raise SchemaError("No row of `source` has both `estimate` and `se`; nothing can be compared.")
    return ranked, compared, reason


def _require_above_zero(values: pd.Series, column: str) -> None:
    require_finite(values, name=f"source['{column}']")
    wrong = values <= 0
    if wrong.any():
        raise SchemaError(
            f"`source['{column}']` must lie above zero; {int(wrong.sum())} do not, such as {values[wrong].index[0]!r}. "
            "Leave such areas missing, or give them a smoothed value."
        )


def checked_covariance(covariance: pd.DataFrame | _Floats, areas: pd.Index, compared: pd.Series) -> _Floats:
    """Covariance of the areas compared, in their order; stops unless it is one and positive definite."""
    if isinstance(covariance, pd.DataFrame):
        if set(covariance.index) != set(areas) or not covariance.index.sort_values().equals(
            covariance.columns.sort_values()
        ):
            raise AlignmentError(
                f"`covariance` must have the {number_of(len(areas), 'area')} of `source` as rows and as columns; it is "
                f"{covariance.shape[0]} x {covariance.shape[1]}, with rows such as {list(covariance.index[:3])}."
            )
        covariance = covariance.loc[areas, areas].to_numpy(dtype=float)
    matrix = np.asarray(covariance, dtype=np.float64)
    if matrix.shape != (len(areas), len(areas)):
        raise AlignmentError(
            f"`covariance` has the shape {matrix.shape}; {number_of(len(areas), 'area needs', 'areas need')} a square "
            "of that."
        )
    chosen = compared.to_numpy(dtype=bool)
    matrix = np.ascontiguousarray(matrix[np.ix_(chosen, chosen)])
    if not np.isfinite(matrix).all():
        raise SchemaError("`covariance` holds values that are missing or infinite.")
    if not np.allclose(matrix, matrix.T, rtol=1e-8, atol=1e-12 * float(np.max(np.abs(matrix), initial=0.0))):
        raise SchemaError("`covariance` is not symmetric: give (V + V.T) / 2 if the difference is only rounding.")
    diagonal = np.diag(matrix)
    if not (diagonal > 0).all():
        raise SchemaError(
            f"`covariance` has {number_of(int((diagonal <= 0).sum()), 'variance that is', 'variances that are')} not "
            "above zero."
        )
    return (matrix + matrix.T) / 2
