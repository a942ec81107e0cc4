"""What a local statistic is computed of: values in the order of area codes, and who are their neighbours."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._about import About
from socharm._checks import nearest_name, require_unique
from socharm._columns import AREA
from socharm._words import number_of
from socharm.errors import AlignmentError, CoverageWarning, ParameterError, SchemaError
from socharm.hotspots.areas.graphs import Graph, W
from socharm.hotspots.areas.neighbours import to_csr
from socharm.severity.gaps import GAPS, gap_words
from socharm.severity.index import SeverityIndex
from socharm.severity.sound_index import require_sound_index

__all__ = [
    "HOT",
    "UNTESTED",
    "USUAL_COLUMNS",
    "LocalValues",
    "SpatialWeights",
    "local_values",
    "standardisation",
    "spatial_weights",
]

#: Labels of areas that were not tested: no neighbour, nothing arrived, nobody counted there, or no rank for another
#: reason.
UNTESTED: Final = ("island", *GAPS)
#: Labels of areas that are hot: of Gi*, and of local Moran.
HOT: Final = ("hot", "high-high")

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class LocalValues:
    """Values by area code, ascending, so that the order of the caller's rows changes nothing.

    Attributes
    ----------
    values : Series
        Covered areas only; index ``area_code``, ascending.
    areas : Index
        Every area, in the caller's order.
    missing : tuple of str
        Areas without a value: they leave the graph.
    column : str
    index : SeverityIndex or None
    about : About
    """

    values: pd.Series
    areas: pd.Index
    missing: tuple[str, ...]
    column: str
    index: SeverityIndex | None
    about: About

    def why_missing(self) -> pd.Series:
        """Label of each area without a value, by the reason that an index gives.

        Of a Series nothing but the gap is known: its gaps are areas that were not covered.
        """
        labels = pd.Series("not covered", index=self.areas, dtype="str")
        if self.index is not None:
            words = gap_words(self.index.table["reason"].reindex(self.areas))
            labels = labels.mask(words != "", words)
        return labels


@dataclass(frozen=True, eq=False)
class SpatialWeights:
    """The neighbours of the covered areas, as compressed rows without the areas themselves.

    Attributes
    ----------
    indptr, indices, weights : ndarray
        `weights` are 1 where all weights of each area are equal.
    own : ndarray
        Weight of the area itself in Gi*: as the graph has it, else the largest weight of its row.
    equal : bool
        Whether the weights of each area are equal, so that samples can be shared.
    """

    indptr: _Ints
    indices: _Ints
    weights: _Floats
    own: _Floats
    equal: bool

    @property
    def degree(self) -> _Ints:
        """Number of neighbours."""
        return np.diff(self.indptr)

    def row_sums(self, entries: _Floats) -> _Floats:
        """Sum over the neighbours of one number for each edge; 0 where there are none."""
        rows = np.repeat(np.arange(self.degree.size), self.degree)
        return np.bincount(rows, weights=entries, minlength=self.degree.size).astype(np.float64)


#: What `column` is where it is not stated: a Series has one column, and takes no other.
USUAL_COLUMNS: Final = ("rate_eb", "rate_shrunk")


def local_values(source: SeverityIndex | pd.Series, column: str, about: About | None) -> LocalValues:
    """Values of a column of an index, or of a Series, less the areas that have none; `column` is "" for none asked."""
    index = source if isinstance(source, SeverityIndex) else None
    if isinstance(source, SeverityIndex):
        require_sound_index(source)
        series = _column(source, column)
    elif isinstance(source, pd.Series):
        if column and column not in USUAL_COLUMNS:
            raise ParameterError(
                f"`column` is {column!r}, a column of an index, and `values` is one Series. Leave `column` out, or "
                "give the index."
            )
        series, column = source, str(source.name) if source.name is not None else "values"
    else:
        raise SchemaError(
            f"`values` is a {type(source).__name__}; give a SeverityIndex, or a Series of numbers by area code."
        )
    if not len(series):
        raise SchemaError("`values` holds no areas. Check the filter that made it.")
    require_unique(series.index, name="values")
    numbers = pd.to_numeric(series, errors="coerce").astype("float64")
    text = series.notna() & numbers.isna()
    infinite = np.isinf(numbers)
    if (text | infinite).any():
        bad = list(series[text | infinite].items())[:3]
        raise SchemaError(f"`values` must be finite numbers or missing; found {bad}. Correct or remove them.")
    missing = tuple(sorted(map(str, numbers.index[numbers.isna()])))
    if len(missing) == len(numbers):
        raise SchemaError(
            f"Not one of the {number_of(len(numbers), 'area')} has a value. Check coverage and population."
        )
    if missing:
        warnings.warn(
            f"{len(missing):,} of {number_of(len(numbers), 'area')} {'has' if len(missing) == 1 else 'have'} "
            f"no value and {'leaves' if len(missing) == 1 else 'leave'} the graph: {list(missing[:5])}"
            f"{' ...' if len(missing) > 5 else ''}. Not covered, or not rankable, is not zero.",
            CoverageWarning,
            stacklevel=3,
        )
    known = about if about is not None else (index.about if index is not None else About())
    kept = numbers[numbers.notna()].sort_index().rename_axis(AREA)
    return LocalValues(kept, numbers.index.rename(AREA), missing, column, index, known)


def spatial_weights(graph: Graph | W, local: LocalValues) -> SpatialWeights:
    """The graph among the covered areas.

    Raises
    ------
    AlignmentError
        The graph is over other areas than the values.
    """
    everyone = local.areas.sort_values()
    indptr, indices, weights = to_csr(graph, everyone)
    covered = np.zeros(len(everyone), dtype=np.bool_)
    covered[everyone.get_indexer(local.values.index)] = True
    rows = np.repeat(np.arange(len(everyone)), np.diff(indptr))
    n = int(covered.sum())
    place = np.cumsum(covered) - 1
    self_loop = rows == indices
    own = np.zeros(n)
    given = self_loop & covered[rows]
    own[place[rows[given]]] = weights[given]
    kept = ~self_loop & covered[rows] & covered[indices]
    if not kept.any() and len(indices) and not self_loop.all() and n == len(everyone):
        raise AlignmentError("`graph` joins no two areas of `values`. Check that both use the same boundary year.")
    rows, indices, weights = place[rows[kept]], place[indices[kept]], weights[kept]
    pointer = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(rows, minlength=n), out=pointer[1:])
    largest = np.zeros(n)
    np.maximum.at(largest, rows, weights)
    smallest = np.full(n, np.inf)
    np.minimum.at(smallest, rows, weights)
    joined = largest > 0
    equal = bool(np.all(largest[joined] - smallest[joined] <= 1e-12 * largest[joined]))
    own = np.where(own > 0, own, largest)
    if equal:
        own = np.divide(own, largest, out=np.ones(n), where=joined)
        weights = np.ones(weights.size)
    return SpatialWeights(pointer, indices.astype(np.int64), weights, own, equal)


def _column(index: SeverityIndex, column: str) -> pd.Series:
    if column == "rate_eb":
        return _standardised(index)
    if column not in index.table.columns:
        hint = nearest_name(column, [*map(str, index.table.columns), "rate_eb"])
        raise ParameterError(
            f"`column` is {column!r}, which the index does not have; it has {list(index.table.columns)}, and 'rate_eb' "
            "can be made of it." + (f" Did you mean {hint!r}?" if hint else "")
        )
    values = index.table[column]
    return values.where(index.table["rankable"]) if column.startswith("rate") else values


def _standardised(index: SeverityIndex) -> pd.Series:
    """Rates less their mean, over their standard deviation under one common rate.

    Assuncao and Reis (1999) for harm: the error of a rate is its compound-Poisson one, not that of a count.
    """
    mean, deviation = standardisation(index)
    score = (index.table["rate"].astype(float).reindex(deviation.index) - mean) / deviation
    return score.rename("rate_eb").reindex(index.table.index)


def standardisation(index: SeverityIndex) -> tuple[float, pd.Series]:
    """Mean rate, and the standard deviation of each rankable area's rate, of the column ``rate_eb``."""
    rows = index.table.loc[index.table["rankable"]]
    rate, e = rows["rate"].to_numpy(dtype=float), rows["exposure"].to_numpy(dtype=float)
    error = rows["rate_se"].to_numpy(dtype=float) ** 2
    share = e / np.add.reduce(e)
    mean = np.add.reduce(share * rate)
    between = max(float(np.add.reduce(share * (rate - mean) ** 2) - np.add.reduce(share * error)), 0.0)
    return float(mean), pd.Series(np.sqrt(between + error), index=rows.index)
