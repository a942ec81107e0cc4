"""What arrived, for which areas and months: deliveries of the sources joined with who polices an area."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from socharm._about import AssessmentPeriod
from socharm._columns import FORCE, PARENT, to_period
from socharm.io.forces import force_key
from socharm.io.incidents.delivery import Deliveries, DeliveryRule, judge_deliveries
from socharm.io.incidents.known_gaps import in_known_gap
from socharm.io.incidents.policeuk import TRANSPORT_POLICE
from socharm.io.incidents.policing import covered_by, hardly_supplied, policing_sources, too_quiet_forces

__all__ = ["Arrivals", "Covered", "delivered_coverage"]

# A source that polices none of the areas is named when it sent this part of a month's rows or more, and this many.
_NOTED: Final = 100
_NOTED_ROWS: Final = 5


@dataclass(frozen=True, eq=False)
class Arrivals:
    """Rows read by source, area and month.

    Attributes
    ----------
    names : tuple of str
        Sources as they are named in the data.
    keys : tuple of str
        What each is the same as: spellings of one force share a key.
    months : tuple of str
        ``YYYY-MM``, sorted.
    source, area, month, n : ndarray of int
        One entry per combination: positions in `names`, the areas (negative: in none) and `months`, and rows.
    """

    names: tuple[str, ...]
    keys: tuple[str, ...]
    months: tuple[str, ...]
    source: np.ndarray
    area: np.ndarray
    month: np.ndarray
    n: np.ndarray


@dataclass(frozen=True, eq=False)
class Covered:
    """Coverage found from what arrived, and what it was found from.

    Attributes
    ----------
    coverage : DataFrame of bool
        Area x month of the period (Period).
    deliveries : Deliveries
        By key of the source; every month of the files and of the period.
    names : Series of str
        Key to the source's name.
    polices : DataFrame of bool
        Area x key: the sources without which the area is not covered.
    silent : Mapping
        Stated force of which nothing arrived, to the number of its areas.
    quiet : tuple of str
        Keys of forces whose areas get next to nothing where others get much.
    hardly : Index
        Areas that get only a trickle of their source.
    visitors : Mapping
        Source that polices no area and came in some months only, to these months.
    months : tuple of str
        Months of the period in which a territorial source delivered.
    """

    coverage: pd.DataFrame
    deliveries: Deliveries
    names: pd.Series
    polices: pd.DataFrame
    silent: Mapping[str, int]
    quiet: tuple[str, ...]
    hardly: pd.Index
    visitors: Mapping[str, tuple[str, ...]]
    months: tuple[str, ...]

    def table(self) -> pd.DataFrame:
        """``source``, ``period``, ``rows``, ``usual``, ``share`` and ``delivery`` of every source and month."""
        return self.deliveries.table(self.names, [str(month) for month in self.coverage.columns])


def delivered_coverage(
    arrivals: Arrivals, *, areas: pd.DataFrame, period: AssessmentPeriod, rule: DeliveryRule, police_uk: bool
) -> Covered:
    """Area x month: did the sources that police the area deliver?

    Parameters
    ----------
    arrivals : Arrivals
    areas : DataFrame
        Index ``area_code``; ``force`` and ``parent`` where known.
    period : AssessmentPeriod
    rule : DeliveryRule
    police_uk : bool
        Whether the known gaps of police.uk speak of these rows.

    Notes
    -----
    Areas whose force is stated under the name of a source are covered by its deliveries; the others by those of the
    sources that supply the bulk of their rows, the transport police excepted (unless nothing else arrived).
    """
    keys = sorted(set(arrivals.keys))
    months = sorted({*arrivals.months, *period.months})
    at = _Positions(arrivals, keys, months)
    deliveries = judge_deliveries(at.rows(), rule)
    if police_uk and rule.minimum > 0:
        deliveries = deliveries.without(_refused(deliveries))
    guests = np.asarray([key in TRANSPORT_POLICE for key in keys])
    territorial = ~guests if not guests.all() else guests
    own = at.by_area(deliveries.delivered.to_numpy(), areas.index)
    local = own.loc[:, territorial]
    spans = deliveries.delivered.sum(axis=1)
    stated = _stated(areas, local.columns)
    polices = policing_sources(local, spans[local.columns], deliveries.judged[local.columns], areas[PARENT])
    hardly = hardly_supplied(local[stated.isna()], polices[stated.isna()]) if rule.minimum > 0 else pd.Index([])
    polices.loc[stated.notna()] = np.asarray(stated[stated.notna()])[:, None] == np.asarray(local.columns)
    delivered = deliveries.delivered.loc[local.columns]
    mask = covered_by(polices, delivered, delivered.any(axis=0))
    mask[(stated.notna() & ~stated.isin(local.columns)).to_numpy()] = False
    quiet = _quiet(polices, local, spans, rule)
    mask[polices[quiet].any(axis=1).to_numpy() if quiet else np.zeros(len(mask), dtype=bool)] = False
    coverage = mask[list(period.months)].set_axis(to_period(pd.Index(period.months)), axis=1)
    came = delivered[list(period.months)].any(axis=0)
    inside = tuple(month for month in period.months if came[month])
    return Covered(
        coverage=coverage,
        deliveries=deliveries,
        names=_names(arrivals),
        polices=polices,
        silent=_silent(areas[FORCE][stated.notna() & ~stated.isin(local.columns)]),
        quiet=tuple(quiet),
        hardly=hardly,
        visitors=_visitors(deliveries, polices, at.inside(), inside) if rule.minimum > 0 else {},
        months=inside,
    )


@dataclass(frozen=True, eq=False)
class _Positions:
    """Arrivals by key and month."""

    arrivals: Arrivals
    keys: Sequence[str]
    months: Sequence[str]

    @property
    def key(self) -> np.ndarray:
        place = {key: position for position, key in enumerate(self.keys)}
        position: np.ndarray = np.asarray([place[key] for key in self.arrivals.keys], dtype=np.int64)
        return np.take(position, self.arrivals.source)

    @property
    def month(self) -> np.ndarray:
        place = {month: position for position, month in enumerate(self.months)}
        position: np.ndarray = np.asarray([place[month] for month in self.arrivals.months], dtype=np.int64)
        return np.take(position, self.arrivals.month)

    def rows(self) -> pd.DataFrame:
        """Rows by key and month, wherever they lie."""
        return self._sums(np.ones(len(self.arrivals.n), dtype=bool))

    def inside(self) -> pd.DataFrame:
        """Rows by key and month that lie in an area."""
        return self._sums(self.arrivals.area >= 0)

    def by_area(self, delivered: np.ndarray, areas: pd.Index) -> pd.DataFrame:
        """Rows by area and key in the months that the key delivered."""
        kept = (self.arrivals.area >= 0) & delivered[self.key, self.month]
        sums = np.zeros((len(areas), len(self.keys)), dtype=np.int64)
        np.add.at(sums, (self.arrivals.area[kept], self.key[kept]), self.arrivals.n[kept])
        return pd.DataFrame(sums, index=areas, columns=list(self.keys))

    def _sums(self, kept: np.ndarray) -> pd.DataFrame:
        sums = np.zeros((len(self.keys), len(self.months)), dtype=np.int64)
        np.add.at(sums, (self.key[kept], self.month[kept]), self.arrivals.n[kept])
        return pd.DataFrame(sums, index=list(self.keys), columns=list(self.months))


def _refused(deliveries: Deliveries) -> pd.DataFrame:
    """Months with rows of a source too small to be judged that lie in a known gap: a malformed file, no delivery."""
    refused = pd.DataFrame(False, index=deliveries.rows.index, columns=deliveries.rows.columns)
    for key in refused.index[~deliveries.judged]:
        for month in refused.columns[deliveries.rows.loc[key] > 0]:
            refused.loc[key, month] = in_known_gap(str(key), str(month))
    return refused


def _stated(areas: pd.DataFrame, keys: pd.Index) -> pd.Series:
    """Key of each area's stated force; all missing where none of the forces bears the name of a source."""
    texts = areas[FORCE].map(lambda text: None if not str(text).strip() else str(text), na_action="ignore")
    known = {text: force_key(text) for text in texts.dropna().unique()}
    stated = texts.map(known).astype(object)
    return stated if stated.isin(keys).any() else pd.Series(None, index=areas.index, dtype=object)


def _silent(forces: pd.Series) -> dict[str, int]:
    return {str(force): int(n) for force, n in forces.value_counts().sort_index().items()}


def _names(arrivals: Arrivals) -> pd.Series:
    first: dict[str, str] = {}
    for name, key in sorted(zip(arrivals.names, arrivals.keys, strict=True)):
        first.setdefault(key, name or "(no source stated)")
    return pd.Series(first, dtype="str")


def _quiet(polices: pd.DataFrame, own: pd.DataFrame, spans: pd.Series, rule: DeliveryRule) -> list[str]:
    wanted = polices.to_numpy(dtype=bool)
    wanted = wanted & (wanted.sum(axis=1) == 1)[:, None]
    forces = [key for key, any_area in zip(polices.columns, wanted.any(axis=0), strict=True) if any_area]
    if rule.minimum == 0 or len(forces) < 2:
        return []
    rows = pd.Series((own.to_numpy() * wanted).sum(axis=0), index=polices.columns)[forces]
    areas = pd.Series(wanted.sum(axis=0), index=polices.columns)[forces]
    return too_quiet_forces(rows, spans, areas, judged_from=rule.judged_from)


def _visitors(
    deliveries: Deliveries, polices: pd.DataFrame, inside: pd.DataFrame, months: tuple[str, ...]
) -> dict[str, tuple[str, ...]]:
    """Sources that police no area, and delivered in some of the months and not in all."""
    found = {}
    for key in inside.index:
        if key in polices.columns and polices[key].any():
            continue
        came = [month for month in months if deliveries.delivered.loc[key, month]]
        own, everyone = int(inside.loc[key, came].sum()), int(inside[came].sum().sum())
        told = deliveries.judged[key] or key in TRANSPORT_POLICE
        if told and 0 < len(came) < len(months) and own >= _NOTED_ROWS and own * _NOTED >= everyone:
            found[str(key)] = tuple(came)
    return found
