"""Whether counts, weights and a denominator are as they were made: tables of pandas can be changed where they stand.

A row too many, or one too few, would be harm that is counted twice, or not at all, without a word.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from socharm._checks import cell_kind, require_columns, require_unique
from socharm._columns import AREA, OFFENCE, PERIOD, N
from socharm._words import number_of
from socharm.errors import SchemaError
from socharm.io.incidents.records import Counts
from socharm.io.population import Population
from socharm.io.weight_scheme import WeightScheme

__all__ = ["require_sound_counts", "require_sound_population", "require_sound_weights"]

_REMEDY: Final = (
    "Take the counts as count_incidents or counts_from_table made them; choose months by `between`, offences by "
    "`offences=`, and areas by counting in fewer."
)


def require_sound_counts(counts: Counts) -> None:
    """Stop unless counts have one row for each offence of each covered area and month, and none besides.

    Raises
    ------
    SchemaError
        Rows were taken out, added, repeated or changed to what is no count, or areas and coverage differ.
    """
    table, areas, coverage = counts.table, counts.areas.index, counts.coverage
    require_columns(table, [AREA, OFFENCE, PERIOD, N], name="counts.table")
    require_unique(areas, name="counts.areas")
    _require_whole(table[N])
    _require_coverage(coverage, areas)
    if not isinstance(table[PERIOD].dtype, pd.PeriodDtype):
        raise SchemaError(f"`counts.table` has months as {table[PERIOD].dtype}, not as monthly periods. {_REMEDY}")
    row = areas.get_indexer(pd.Index(table[AREA]))
    month = coverage.columns.get_indexer(pd.PeriodIndex(table[PERIOD]))
    offence, labels = pd.factorize(table[OFFENCE])
    _require_known(table, row, "area codes that are not in `counts.areas`", AREA)
    _require_known(table, month, "months that `counts.coverage` does not have", PERIOD)
    _require_known(table, offence, "rows without an offence", OFFENCE)
    covered = coverage.reindex(areas).to_numpy(dtype=bool)
    shape = (len(areas), coverage.shape[1], len(labels))
    times = np.bincount(np.ravel_multi_index((row, month, offence), shape), minlength=int(np.prod(shape))).reshape(
        shape
    )
    wanted = covered[:, :, None]
    for wrong, one, many in (
        (times > 1, "stands more than once", "stand more than once"),
        (
            (times > 0) & ~wanted,
            "is of an area and month that is not covered",
            "are of areas and months that are not covered",
        ),
        ((times == 0) & wanted, "is missing", "are missing"),
    ):
        if wrong.any():
            at = np.argwhere(wrong)[0]
            where = (str(areas[at[0]]), str(labels[at[2]]), str(coverage.columns[at[1]]))
            told = f"{number_of(int(wrong.sum()), 'row')} of `counts.table` {one if wrong.sum() == 1 else many}"
            raise SchemaError(f"{told}, such as {' / '.join(where)}: the harm would be wrong. {_REMEDY}")


def _require_whole(n: pd.Series) -> None:
    numbers = pd.to_numeric(n, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    bad = ~np.isfinite(numbers) | (numbers < 0) | (numbers != np.floor(numbers))
    bad |= not pd.api.types.is_numeric_dtype(n.dtype) or pd.api.types.is_bool_dtype(n.dtype)
    if bad.any():
        raise SchemaError(
            f"{int(bad.sum()):,} of {number_of(len(n), 'number')} of `counts.table` "
            f"{'is no count' if bad.sum() == 1 else 'are no counts'}, such as {cell_kind(n[bad].iloc[0])}: whole "
            f"numbers from 0 on are. {_REMEDY}"
        )


def _require_coverage(coverage: pd.DataFrame, areas: pd.Index) -> None:
    require_unique(coverage.index, name="counts.coverage")
    if len(coverage) != len(areas) or not areas.isin(coverage.index).all():
        raise SchemaError(
            f"`counts.coverage` has {number_of(len(coverage), 'area')} and `counts.areas` {len(areas):,}; they must be "
            f"the same. {_REMEDY}"
        )
    if not all(pd.api.types.is_bool_dtype(kind) for kind in coverage.dtypes) or coverage.isna().any(axis=None):
        raise SchemaError(f"`counts.coverage` must say True or False for each area and month. {_REMEDY}")


def _require_known(table: pd.DataFrame, position: np.ndarray, what: str, column: str) -> None:
    unknown = position < 0
    if unknown.any():
        such = list(dict.fromkeys(map(str, table[column][unknown].head(1_000))))[:3]
        raise SchemaError(
            f"`counts.table` holds {what}: {number_of(int(unknown.sum()), 'row')}, such as {such}. {_REMEDY}"
        )


def require_sound_weights(weights: WeightScheme) -> None:
    """Stop unless each offence has one weight, with variances and spreads that can be.

    Raises
    ------
    SchemaError
        A column is missing, an offence stands twice, or a number is negative or infinite.
    """
    table = weights.table
    require_columns(table, ["weight", "within_variance", "tau"], name="weights.table")
    if table.index.has_duplicates:
        twice = sorted(map(str, table.index[table.index.duplicated()].unique()))
        raise SchemaError(
            f"`weights` holds {number_of(len(twice), 'offence')} more than once, such as {twice[:3]}. Keep one of each."
        )
    for column, least in (("weight", True), ("within_variance", False), ("tau", False)):
        numbers = pd.to_numeric(table[column], errors="coerce").to_numpy(dtype=float)
        lost = np.isnan(numbers) & (np.full(len(table), fill_value=least) | table[column].notna().to_numpy())
        bad = lost | np.isinf(numbers) | (numbers < 0)
        if bad.any():
            where = [f"{key}: {cell_kind(value)}" for key, value in list(table[column][bad].items())[:3]]
            raise SchemaError(
                f"`weights` must hold finite numbers of at least 0; {int(bad.sum())} of `{column}` do not, such as "
                f"{where}."
            )


def require_sound_population(population: Population | None) -> None:
    """Stop unless each area has one denominator, above zero or missing.

    Raises
    ------
    SchemaError
        An area stands twice, or a number is infinite or no number.
    """
    if population is None:
        return
    require_columns(population.table, ["value"], name="population.table")
    require_unique(population.table.index, name="population")
    numbers = pd.to_numeric(population.values, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    bad = np.isinf(numbers) | (np.isnan(numbers) & population.values.notna().to_numpy())
    if pd.api.types.is_bool_dtype(population.values.dtype):
        bad[:] = True
    if bad.any():
        where = [f"{key}: {cell_kind(value)}" for key, value in list(population.values[bad].items())[:3]]
        raise SchemaError(
            f"`population` must hold numbers, or nothing where none is known; {int(bad.sum())} are neither, such as "
            f"{where}. Read the table again with read_population."
        )
