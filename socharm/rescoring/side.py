"""One assessment as arrays: counts, coverage, people and weights, as they stood or restated on other areas."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._checks import names_told
from socharm._columns import AREA, OFFENCE, PERIOD, N
from socharm._words import number_of
from socharm.errors import SchemaError
from socharm.severity.cells import less_exclusions, season_exposure, select_offences
from socharm.severity.index import SeveritySettings
from socharm.severity.transforms import transform_weights
from socharm.snapshot.assessment import Assessment
from socharm.snapshot.tables import AssessmentTables

__all__ = ["Amounts", "Months", "Side", "amounts_of", "people_of", "scale_of", "side_of", "side_of_tables"]

_Floats = NDArray[np.float64]
_COLUMNS: Final = ["weight", "within_variance", "tau"]


@dataclass(frozen=True, eq=False)
class Months:
    """Counts of some months: crimes, those with a flag, and areas x months that were covered."""

    counts: pd.DataFrame
    flagged: pd.DataFrame
    coverage: pd.DataFrame


@dataclass(frozen=True, eq=False)
class Side:
    """What one assessment counted and how it weighed, on its own areas.

    Attributes
    ----------
    counts, flagged : DataFrame
        As an assessment stores them.
    coverage : DataFrame of bool
        Areas x months.
    people : Series by area
        The denominator; 1 for each area where there is none, missing where not known.
    weights : DataFrame
        Index ``offence``: ``weight``, ``within_variance``, ``tau``, before any transform.
    settings : SeveritySettings
    ledger : Months, optional
        Months before the period as they stood in the source on the day of the run; None where none were kept.
    """

    counts: pd.DataFrame
    flagged: pd.DataFrame
    coverage: pd.DataFrame
    people: pd.Series
    weights: pd.DataFrame
    settings: SeveritySettings
    ledger: Months | None = None

    @property
    def areas(self) -> pd.Index:
        """Codes of the areas."""
        return self.coverage.index

    @property
    def months(self) -> pd.PeriodIndex:
        """Months of the period."""
        return pd.PeriodIndex(self.coverage.columns)

    @cached_property
    def labels(self) -> list[str]:
        """Offences that were counted."""
        return sorted(map(str, self.counts[OFFENCE].unique()))

    @cached_property
    def monthly(self) -> _Floats:
        """Crimes by area and month, of all offences that were counted."""
        area = self.areas.get_indexer(pd.Index(self.counts[AREA]))
        month = self.months.get_indexer(pd.PeriodIndex(self.counts[PERIOD], freq="M"))
        inside = (area >= 0) & (month >= 0)
        flat = area[inside] * self.coverage.shape[1] + month[inside]
        crimes = self.counts[N].to_numpy(dtype=float)[inside]
        found: _Floats = np.bincount(flat, weights=crimes, minlength=self.coverage.size).astype(np.float64)
        return found.reshape(self.coverage.shape)

    @cached_property
    def _cubes(self) -> dict[tuple[str, ...], _Floats]:
        """Cubes by what was left out, so that each is made once."""
        return {}

    def cube(self, exclude: Iterable[str], offences: pd.Index) -> _Floats:
        """Counts less what is left out, of shape (areas, offences, months); 0 where nothing was counted."""
        key = (*exclude, "|", *offences)
        if key not in self._cubes:
            table = self.counts
            if tuple(exclude):
                labels = sorted({*self.labels, *map(str, offences)})
                table, _ = less_exclusions(table, self.flagged, tuple(exclude), offences=labels)
            place = [
                _places_in(self.areas, table[AREA]),
                _places_in(offences, table[OFFENCE]),
                self.months.get_indexer(pd.PeriodIndex(table[PERIOD])),
            ]
            known = np.logical_and.reduce([rows >= 0 for rows in place])
            cube = np.zeros((len(self.areas), len(offences), len(self.months)))
            np.add.at(cube, tuple(rows[known] for rows in place), table[N].to_numpy(dtype=float)[known])
            self._cubes[key] = cube
        return self._cubes[key]

    def with_counts(self, counts: pd.DataFrame, flagged: pd.DataFrame, coverage: pd.DataFrame) -> Side:
        """The same assessment with its months counted again."""
        return replace(self, counts=counts, flagged=flagged, coverage=coverage)


@dataclass(frozen=True, eq=False)
class Amounts:
    """Crimes of a side on the areas compared, by one choice of settings.

    Attributes
    ----------
    cube : array of shape (areas, offences, months)
        0 where a month is not taken.
    taken : array of bool, shape (areas, months)
        Covered months that are compared.
    years : array of shape (areas,)
        Years covered, each month by the level of all areas in it where areas miss different months.
    """

    cube: _Floats
    taken: NDArray[np.bool_]
    years: _Floats

    @property
    def n(self) -> _Floats:
        """Crimes by area and offence."""
        return np.asarray(self.cube.sum(axis=2))


def side_of(assessment: Assessment) -> Side:
    """The side that an assessment is; stops where its tables do not hold what a comparison needs."""
    return side_of_tables(assessment.tables, assessment.path.name)


def side_of_tables(tables: AssessmentTables, name: str) -> Side:
    """The same from the tables of an assessment and the name that a message gives it."""
    lacking = [each for each in ("counts", "coverage", "weights", "index") if each not in tables]
    if lacking:
        raise SchemaError(
            f"The assessment {name!r} lacks the {number_of(len(lacking), 'table')} "
            f"{names_told(lacking)}, of which a comparison is made. Run its recipe again."
        )
    coverage = _wide(tables["coverage"]).reindex(tables["index"].index, fill_value=False)
    population = tables["population"] if "population" in tables else pd.DataFrame()
    people = pd.Series(1.0, index=coverage.index)
    if len(population) and not (population["kind"] == "none").all():
        people = population["value"].astype(float).reindex(coverage.index)
    return Side(
        counts=tables["counts"],
        flagged=_flagged(tables, "flagged"),
        coverage=coverage,
        people=people.where(people > 0),
        weights=_weights(tables["weights"]),
        settings=SeveritySettings.joined(dict(tables.settings.get("index", {})), {}, {}),
        ledger=_ledger(tables),
    )


def _ledger(tables: AssessmentTables) -> Months | None:
    if "ledger_counts" not in tables or "ledger_coverage" not in tables:
        return None
    coverage = _wide(tables["ledger_coverage"]).reindex(tables["index"].index, fill_value=False)
    return Months(tables["ledger_counts"], _flagged(tables, "ledger_flagged"), coverage)


def _flagged(tables: AssessmentTables, name: str) -> pd.DataFrame:
    return tables[name] if name in tables else pd.DataFrame(columns=[AREA, OFFENCE, PERIOD, "flag", N])


def _wide(coverage: pd.DataFrame) -> pd.DataFrame:
    wide = coverage.pivot_table(index=AREA, columns=PERIOD, values="covered", aggfunc="first")
    return wide.fillna(False).astype(bool).rename_axis(columns=None)


def _weights(table: pd.DataFrame) -> pd.DataFrame:
    kept = table.reindex(columns=_COLUMNS).astype(float)
    return kept.fillna({"within_variance": 0.0, "tau": 0.0})


def scale_of(weights: pd.DataFrame, settings: SeveritySettings, offences: pd.Index) -> pd.DataFrame:
    """Weights on the scale of the settings, for the offences that they choose; 0 where an offence has none."""
    chosen = set(select_offences(map(str, offences), settings.offences))
    scaled = transform_weights(weights, settings.transform, cap=settings.cap)[_COLUMNS].reindex(offences)
    scaled.loc[~offences.isin(list(chosen))] = 0.0
    return scaled.fillna(0.0)


def amounts_of(
    side: Side, settings: SeveritySettings, offences: pd.Index, carry: Any = None, months: Any = None
) -> Amounts:
    """Crimes of the chosen offences on the areas compared.

    Parameters
    ----------
    side : Side
    settings : SeveritySettings
        What is left out, which offences are chosen, and whether months are weighed by season.
    offences : Index
    carry : sparse matrix of shape (areas compared, areas of the side), optional
        Shares of each area of the side; the areas of the side when omitted.
    months : array of bool, shape (areas compared, months), optional
        Which months are compared; all when omitted.

    Notes
    -----
    An area made of several is covered in a month where each of them is.
    """
    cube, taken = side.cube(settings.exclude, offences), side.coverage.to_numpy(dtype=bool)
    if carry is not None:
        flat = np.asarray(carry @ cube.reshape(len(cube), -1))
        cube = flat.reshape(-1, *cube.shape[1:])
        parts = (carry > 0).astype(np.float64)
        taken = (np.asarray(parts @ (~taken).astype(np.float64)) == 0) & (np.asarray(parts.sum(axis=1)) > 0)
    if months is not None:
        taken = taken & months
    chosen = offences.isin(select_offences(map(str, offences), settings.offences))
    cube = cube * taken[:, None, :] * chosen[None, :, None]
    return Amounts(cube, taken, _years(cube, taken, side.months, season=settings.season))


def _years(cube: _Floats, taken: NDArray[np.bool_], months: pd.PeriodIndex, *, season: bool) -> _Floats:
    monthly = pd.DataFrame(taken / 12.0, columns=months)
    seen = taken[taken.any(axis=1)]
    # As `season_exposure` does where all areas are covered in the same months, before its table of cells is made.
    if not season or not len(seen) or (seen == seen[0]).all():
        return monthly.sum(axis=1).to_numpy(dtype=float)
    sums = pd.DataFrame(cube.sum(axis=1), index=monthly.index.rename(AREA), columns=months)
    cells = sums.reset_index().melt(id_vars=AREA, var_name=PERIOD, value_name=N)
    found = season_exposure(monthly, cells, pd.DataFrame(taken, columns=months))
    return found.to_numpy(dtype=float)


def _places_in(index: pd.Index, labels: pd.Series) -> NDArray[np.intp]:
    """Place of each label in an index, -1 where it has none; each distinct label is looked up once."""
    codes, distinct = pd.factorize(labels)
    return np.append(index.get_indexer(pd.Index(distinct)), -1)[codes]


def people_of(side: Side, carry: Any = None) -> _Floats:
    """People of the areas compared; missing where those of a part are not known."""
    people = side.people.to_numpy(dtype=float)
    if carry is None:
        return people
    known = np.isfinite(people)
    summed = np.asarray(carry @ np.where(known, people, 0.0))
    return np.where(np.asarray((carry > 0).astype(np.float64) @ (~known).astype(float)) > 0, np.nan, summed)
