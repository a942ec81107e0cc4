"""Areas that record far less than their surroundings lead one to expect, or of which too little is known to be low."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
import scipy
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from socharm._about import About, combine_about
from socharm._arguments import checked
from socharm._columns import AREA, NAME, PARENT, PERIOD
from socharm._constraints import ClosedShare, OpenShare
from socharm._record import Record
from socharm._settings import Settings, setting
from socharm._words import joined_words, number_of
from socharm.errors import AlignmentError, ParameterError, SchemaError
from socharm.hotspots.areas.graphs import Graph, W
from socharm.hotspots.areas.neighbours import to_csr
from socharm.io.deprivation_record import Deprivation
from socharm.severity.index import SeverityIndex
from socharm.severity.sound_index import require_sound_index
from socharm.signals.silence_model import SilenceFit, fit_silence
from socharm.stats.fdr import adjust

__all__ = ["AREAS_A_COLUMN", "LEAST_AREAS", "Silence", "SilenceFindings", "SilenceSettings", "find_silence"]

_Floats = NDArray[np.float64]

#: Fewer areas than this say too little about how far ordinary areas differ.
LEAST_AREAS: Final = 30
#: Areas that each column needs.
AREAS_A_COLUMN: Final = 10

#: Larger numbers have no square that a machine holds, and are no measure of a place.
_LARGEST: Final = 1e100

_FEW: Final = "fewer crimes on record than deprivation, neighbours or partners' measures lead one to expect"
_MONTHS: Final = "months without coverage, and a low rank"
_PARTNERS: Final = "no value from a partner whose measure others have, and a low rank"


@dataclass(frozen=True, kw_only=True)
class SilenceSettings(Settings):
    """Choices behind a search for areas that tell too little."""

    in_vain: OpenShare = setting(0.2, "share of areas asked in vain that is borne among those with few crimes")
    low: ClosedShare = setting(0.5, "share of areas, the last by rate, of which a gap is asked about")


@dataclass(frozen=True, kw_only=True)
class SilenceFindings:
    """What explains recorded crime, and how far ordinary areas differ.

    Attributes
    ----------
    explains : tuple of str
        What crime was expected from.
    alike : tuple of str
        What was given beside these and is the same in all areas used, so that it explains nothing there.
    coefficients : tuple of float
        Intercept, then one for each standard deviation of these, of the log rate.
    spread : float
        Standard deviation of the log by which ordinary areas differ that are alike in these.
    areas_used : int
    """

    explains: tuple[str, ...]
    alike: tuple[str, ...]
    coefficients: tuple[float, ...]
    spread: float
    areas_used: int


@dataclass(frozen=True, eq=False, repr=False)
class Silence(Record):
    """Areas to ask about. That an area is not among them never means that it is safe.

    Attributes
    ----------
    table : DataFrame
        Index ``area_code``, every area of the index: ``name``, ``parent``, ``crimes``, ``expected`` crimes with the 95%
        interval of areas like it (``low_95``, ``high_95``), ``ratio``, ``p`` (of so few where all is reported),
        ``q`` (corrected over all areas), ``ask`` (boolean), ``grounds`` (why it is asked about; several joined by
        semicolons), ``reason`` (why nothing is expected of it), ``says``.
    """

    __made_by__ = ("find_silence",)

    table: pd.DataFrame
    settings: SilenceSettings
    about: About
    findings: SilenceFindings

    def _summary(self) -> dict[str, str]:
        alike = self.findings.alike
        same = {"left out": f"{joined_words(alike)}: the same in all areas compared"} if alike else {}
        return same | {
            "areas": f"{number_of(self.findings.areas_used, 'area')} compared with others like it",
            "ask": f"{number_of(int(self.table['ask'].sum()), 'area')}; no area is called safe",
            "expected from": joined_words(self.findings.explains),
            "areas alike in these differ by": f"{np.expm1(self.findings.spread):.0%} (one standard deviation)",
        }


@checked
def find_silence(
    index: SeverityIndex,
    *,
    deprivation: Deprivation | pd.Series | None = None,
    graph: Graph | W | None = None,
    indicators: pd.DataFrame | None = None,
    in_vain: OpenShare = 0.2,
    low: ClosedShare = 0.5,
    settings: SilenceSettings | Mapping[str, Any] | None = None,
) -> Silence:
    r"""Find areas where silence may hide harm: the advice is to ask, and never that a place is safe.

    Parameters
    ----------
    index : SeverityIndex
    deprivation : Deprivation or Series of numbers by area, optional
        Of a `Deprivation` the scores without crime, where it has them.
    graph : Graph or W, optional
        Neighbours by area, as of `neighbours`.
    indicators : DataFrame, optional
        Index ``area_code``, numeric columns: partners' measures that move with harm and do not come from the police,
        such as ambulance call-outs for assault. Missing is asked about, and no zero.
    in_vain : float
        Share of areas with few crimes that are asked in vain, where areas alike differ as a normal does.
    low : float
        Share of areas, the last by their harm rate, of which gaps of coverage and of partners are asked about.
    settings : SilenceSettings or mapping, optional
        Choices of another search, for what is not stated by keyword.

    Returns
    -------
    Silence

    Raises
    ------
    ParameterError
        Nothing to expect crime from, or nothing that differs between the areas of which all is known, or fewer than 30
        of these. What is the same in all of them beside something that differs is left out, and named in the findings.
    SchemaError
        A column that holds what is no number, or one number only, or says the same as others.
    AlignmentError
        A table that shares no area with the index, or a graph of other areas.

    Notes
    -----
    Recorded crimes per resident are regressed on the deprivation score, the mean of the neighbours' log rates and the
    indicators (`fit_silence`); areas below it are tested one by one, with a false discovery rate over all. Where areas
    that are alike in these differ by 43% (one standard deviation), as wards do when no good indicator is at hand, 22%
    of areas that lost 30 to 60% of their reports are found; with an indicator that moves closely with harm (r = .9)
    70%, with r = .97 97%. Where ordinary areas have a tail downwards (few homes, one prison), half of the names are
    wrong without a good indicator, which is why the advice is a question. The figures stand in ``docs/validation``.
    """
    require_sound_index(index)
    chosen = SilenceSettings.of(settings)
    sources = _sources(index, deprivation, graph)
    partners = _numbers(indicators, index.table.index, "indicators") if indicators is not None else None
    explains = pd.concat([part for part in (sources, partners) if part is not None], axis=1)
    if not explains.shape[1]:
        raise ParameterError(
            "There is nothing to expect crime from. Give `deprivation=`, `graph=` (neighbours) or `indicators=`."
        )
    used = index.table["rankable"].astype(bool) & (index.table["exposure"] > 0) & sources.notna().all(axis=1)
    if used.sum() < LEAST_AREAS:
        raise ParameterError(
            f"{number_of(int(used.sum()), 'area has', 'areas have')} a rank and all that crime is expected from; "
            f"{LEAST_AREAS} are needed to know how far ordinary areas differ."
        )
    if used.sum() < AREAS_A_COLUMN * explains.shape[1]:
        raise ParameterError(
            f"Crime is to be expected from {number_of(explains.shape[1], 'column')} in "
            f"{number_of(int(used.sum()), 'area')}; give at most one for every {AREAS_A_COLUMN} areas."
        )
    codes = used.index[used].sort_values()  # sums in one order, whatever that of the rows
    # A partner's gap is put at the median, and asked about.
    filled = explains.loc[codes].fillna(explains.loc[codes].median())
    alike = [str(column) for column in filled if filled[column].nunique() < 2]
    if len(alike) == filled.shape[1]:
        raise ParameterError(
            f"There is nothing to expect crime from: {joined_words(alike)} {'is' if len(alike) == 1 else 'are'} the "
            f"same in all {number_of(len(codes), 'area')} of which all is known. Give another measure."
        )
    told = filled.drop(columns=[column for column in filled if str(column) in alike])
    standard = _standard(told)
    crimes, exposure = (index.table.loc[codes, name].to_numpy(dtype=np.float64) for name in ("crimes", "exposure"))
    with threadpool_limits(1):
        fit = fit_silence(crimes, exposure, standard, index.model.phi_crimes)
    findings = SilenceFindings(
        explains=tuple(map(str, told.columns)),
        alike=tuple(alike),
        coefficients=tuple(float(value) for value in fit.coefficients),
        spread=fit.spread,
        areas_used=int(used.sum()),
    )
    table = _table(index, codes, fit, chosen, partners)
    return Silence(table, chosen, combine_about(index.about, unit=index.about.unit), findings)


def _sources(
    index: SeverityIndex, deprivation: Deprivation | pd.Series | None, graph: Graph | W | None
) -> pd.DataFrame:
    """What crime is expected from in every area: the deprivation score, and the mean log rate of neighbours."""
    codes = index.table.index
    found = pd.DataFrame(index=codes)
    if isinstance(deprivation, Deprivation):
        versions = deprivation.findings.versions
        deprivation = deprivation.scores("without_crime" if "without_crime" in versions else "published")
    if deprivation is not None:
        found = found.join(_numbers(deprivation.rename("deprivation").to_frame(), codes, "deprivation"))
    if graph is not None:
        found["crime rate of neighbours"] = _around(index, graph)
    return found


def _around(index: SeverityIndex, graph: Graph | W) -> pd.Series:
    """Mean log rate of the neighbours; that of all areas where no neighbour has one."""
    codes = index.table.index
    indptr, indices, weights = to_csr(graph, codes)
    size = len(codes)
    near = scipy.sparse.csr_array((weights, indices, indptr), shape=(size, size))
    near = near - scipy.sparse.csr_array((near.diagonal(), (np.arange(size), np.arange(size))), shape=(size, size))
    crimes, exposure = (
        index.table[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in ("crimes", "exposure")
    )
    known = index.table["rankable"].to_numpy(dtype=bool) & (exposure > 0)
    rate = np.log(np.where(known, crimes + 0.5, 1.0) / np.where(known, exposure, 1.0))
    total, count = near @ np.where(known, rate, 0.0), near @ known.astype(np.float64)
    middle = float(np.mean(rate[known])) if known.any() else 0.0
    return pd.Series(np.divide(total, count, out=np.full(size, middle), where=count > 0), index=codes)


def _numbers(given: pd.DataFrame, codes: pd.Index, name: str) -> pd.DataFrame:
    """Columns of numbers by the areas of the index."""
    if not given.index.is_unique:
        raise SchemaError(f"`{name}` holds an area code more than once. Each area needs one row.")
    if not given.columns.is_unique:
        double = given.columns[given.columns.duplicated()][0]
        raise SchemaError(f"`{name}` has more than one column {double!r}. Name each by itself.")
    numbers: pd.DataFrame = given.apply(pd.to_numeric, errors="coerce").astype(float)
    bad = [str(column) for column in given if (numbers[column].isna() & given[column].notna()).any()]
    bad += [str(column) for column in numbers if (numbers[column].abs() > _LARGEST).any()]
    if bad:
        raise SchemaError(
            f"`{name}` must hold finite numbers of ordinary size or gaps; {bad} do not. Correct or drop them."
        )
    if not codes.isin(numbers.index).any():
        raise AlignmentError(
            f"`{name}` holds none of the {number_of(len(codes), 'area')} of the index; the index has "
            f"{list(codes[:3])}, the other {list(numbers.index[:3])}. Check that both use the same boundary year."
        )
    found = numbers.reindex(codes)
    flat = [str(column) for column in found if found[column].nunique() < 2]
    if flat:
        raise SchemaError(f"`{name}` holds one number only in {flat}, which explains nothing. Drop them.")
    return found


def _standard(explains: pd.DataFrame) -> _Floats:
    """In standard deviations, of columns that differ."""
    values = explains.to_numpy(dtype=np.float64)
    found: _Floats = (values - values.mean(axis=0)) / values.std(axis=0)
    if np.linalg.matrix_rank(found) < found.shape[1]:
        raise SchemaError(
            f"Of {joined_words(map(str, explains.columns))} at least one is told by the others, so that what each "
            "explains cannot be told apart. Drop what says the same."
        )
    return found


def _table(
    index: SeverityIndex, codes: pd.Index, fit: SilenceFit, chosen: SilenceSettings, partners: pd.DataFrame | None
) -> pd.DataFrame:
    table = index.table[[NAME, PARENT, "crimes"]].rename_axis(AREA).copy()
    columns = {"expected": fit.expected, "low_95": fit.low, "high_95": fit.high}
    for name, values in columns.items():
        table[name] = pd.Series(values, index=codes).reindex(table.index)
    table["ratio"] = table["crimes"].astype(float) / table["expected"]
    table["p"] = pd.Series(fit.p, index=codes).reindex(table.index)
    table["q"] = pd.Series(adjust(fit.p), index=codes).reindex(table.index)
    grounds = {
        _FEW: table["q"].le(chosen.in_vain),
        _MONTHS: _low(index, chosen.low) & _month_gaps(index),
        _PARTNERS: _low(index, chosen.low) & (False if partners is None else partners.isna().any(axis=1)),
    }
    told = [[name for name, holds in grounds.items() if holds[code]] for code in table.index]
    table["ask"] = [bool(each) for each in told]
    table["grounds"] = pd.Series(["; ".join(each) for each in told], index=table.index, dtype="str")
    without = index.table["reason"].where(~index.table["rankable"], "deprivation is not known")
    table["reason"] = pd.Series(np.where(table.index.isin(codes), "", without), index=table.index, dtype="str")
    table["says"] = pd.Series([_says(each) for each in told], index=table.index, dtype="str")
    return table


def _low(index: SeverityIndex, share: float) -> pd.Series:
    """Areas among the last by rate; one without a rate is among them."""
    order = index.table["rate_shrunk"].rank(pct=True, ascending=False)
    return order.isna() | (order > 1.0 - share)


def _month_gaps(index: SeverityIndex) -> pd.Series:
    """Areas with fewer months than the most that any area has."""
    months = index.cells.groupby(AREA, observed=True)[PERIOD].nunique().reindex(index.table.index).fillna(0)
    return months < months.max()


def _says(grounds: list[str]) -> str:
    """A sentence without figures, which may be printed of published tables too."""
    if not grounds:
        return "Nothing here calls for a question, which does not mean that the area is safe."
    return f"Ask: {joined_words(grounds)}. Few reports do not show little harm."
