"""`count_incidents`: incidents by area, offence and month, with every row read accounted for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import polars as pl

from socharm._about import About, AssessmentPeriod, as_period, combine_about
from socharm._arguments import checked
from socharm._columns import AREA, FORCE, NAME, OFFENCE, PARENT, PERIOD, N, to_period
from socharm._constraints import ClosedShare
from socharm._limits import require_memory
from socharm.errors import SchemaError
from socharm.io.first_area import OUTSIDE, boundary_rule
from socharm.io.incidents import accounting as acc
from socharm.io.incidents.arrivals import delivered_coverage
from socharm.io.incidents.coverage import Covered, coverage_note, narrows, stated_coverage
from socharm.io.incidents.cube import complete_table, whole_sums
from socharm.io.incidents.delivery import DeliveryRule
from socharm.io.incidents.delivery_notes import delivery_notes, warn_of_deliveries
from socharm.io.incidents.distinct import summed
from socharm.io.incidents.extract import ROW
from socharm.io.incidents.facts import facts_of
from socharm.io.incidents.found import FoundRows, breakdown_of
from socharm.io.incidents.lacking_rows import forces_of, lack_note, lacking_rows, warn_of_lacking
from socharm.io.incidents.locate import LocatedIncidents, located_in
from socharm.io.incidents.located import LOCATION, NOWHERE
from socharm.io.incidents.losses import STOP_SHARE, WARN_SHARE
from socharm.io.incidents.losses_told import loss_note, tell_losses
from socharm.io.incidents.places import PLACE_KINDS
from socharm.io.incidents.record_hashes import RECORD, RecordHashes, hash_ids, hash_records
from socharm.io.incidents.records import Counts, Incidents
from socharm.io.incidents.resolve import TextTables
from socharm.io.incidents.settings import CountFindings, CountSettings, Duplicates, Period
from socharm.io.incidents.sources import arrivals_of, found_period, left_out_positions
from socharm.io.incidents.uneven import tell_uneven

__all__ = ["area_names", "count_incidents", "mark_copies"]

_COVERED: Final = "covered"
_SLICE: Final = 1_000_000
#: Number of what is known of a place: its area, and whether it lies near a boundary.
_OUTCOME: Final = "outcome"


@checked
def count_incidents(
    incidents: Incidents | LocatedIncidents,
    areas: gpd.GeoDataFrame | pd.DataFrame,
    *,
    by: Literal["month"] = "month",
    period: Period | None = None,
    covered: Covered = None,
    duplicates: Duplicates = "whole-row",
    minimum_coverage: ClosedShare = 0.5,
    minimum_delivery: ClosedShare = 0.3,
    accept: str | Iterable[str] = (),
    warn_share: ClosedShare = WARN_SHARE,
    stop_share: ClosedShare = STOP_SHARE,
    keep_records: bool = False,
    settings: CountSettings | Mapping[str, Any] | None = None,
) -> Counts:
    """Count incidents by area, offence and month.

    Parameters
    ----------
    incidents : Incidents or LocatedIncidents
        From `read_incidents`; this is where it is read. Or from `locate_incidents`, where it was read already.
    areas : GeoDataFrame
        Index ``area_code``, polygons in a metric CRS; geometry is not needed when the incidents
        carry area codes.
    by : {"month"}
    period : AssessmentPeriod or (first, last), optional
        Overrides the period of `incidents`; the months found when neither is given.
    covered : optional
        What was covered: months, area codes, a Series of area to bool, a table area x month of bool,
        or a mapping of area to months. By default the months that the police of the area delivered.
    duplicates : {"whole-row", "id", "keep"}
        ``"whole-row"`` sets aside further copies of a row that carries a Crime ID and is the same in every column.
        ``"id"`` keeps one row per Crime ID: the latest month, then the first in the order of the rows' text. ``"keep"``
        counts every row. Rows without an id are never duplicates.
    minimum_coverage : float
        Share of the months below which an area cannot be ranked.
    minimum_delivery : float
        Share of a source's usual month from which a month of it counts as delivered; 0: one row is enough.
    accept : str or iterable of str
        Reasons whose share of the rows is meant, however large: ``"date cannot be parsed"``, ``"no location"``,
        ``"outside all areas"`` (a national file and the areas of one force).
    warn_share, stop_share : float
        Share of rows set aside for one of these reasons from which on a warning is given, and from which on the count
        stops. An offence that lost more than `warn_share` of its rows is named.
    keep_records : bool
        Whether to keep a number of each counted record, in memory only, for the noise of published counts
        (``Counts.records``). Costs about a second for a million rows.
    settings : CountSettings or mapping, optional
        Choices of other counts, for what is not stated by keyword.

    Returns
    -------
    Counts
        Any offence label is counted. Rows read = used + set aside. ``breakdown`` and ``losses`` tell what was lost.

    Raises
    ------
    SchemaError
        The source is empty, broken, or has no date or no coordinate that can be read; or more than `stop_share` of the
        rows would be set aside for a reason that `accept` does not name.
    AlignmentError
        No incident lies in any area: swapped or foreign coordinates, another place, or area codes of
        another boundary year.

    Notes
    -----
    A row is set aside for the first reason that applies: it is no incident (column names, sums, notes), its source is
    left out (`read_incidents`), its date cannot be parsed, outside the period, no location, outside all areas, area not
    covered in that month, whole-row copy, repeated id. Each distinct coordinate is assigned once; a point on a boundary
    belongs to the touching area with the lowest ``area_code``.

    An area is covered in a month when the police of the area delivered it: the force stated with the area, where it
    bears the name of a source, or the sources that supply the bulk of the area's rows per month (those with a quarter
    of the best one's or more). A month of a source is delivered when it holds 30% of the rows of its usual month, the
    median of the twelve nearest months it delivered, over all months of the files. Sources with fewer than 20 rows in
    a usual month cannot be judged: any row delivers. Every source and month stands in ``deliveries``; what was not
    delivered, delivered in part (under half), or came and went is told by a CoverageWarning, and so are months and
    sources that lost over 20% of their rows for want of a date or place, and three times the share of the others, and
    months of areas so low that rows seem to be missing.
    """
    stated = CountSettings.of(settings)
    losses = stated.rule
    located = located_in(incidents, areas, keep_records=keep_records, for_counts=True)
    source, texts = located.incidents, located.cells.texts
    left_out = left_out_positions(texts.sources.names, source.settings.leave_out_sources)
    months = as_period(stated.period) or source.about.period or found_period(located.cells, left_out)
    names = area_names(areas)
    cells = _resolved(located)
    rule = DeliveryRule(minimum=stated.minimum_delivery)
    arrivals = arrivals_of(cells, texts, source, left_out)
    police_uk = source.findings.layout == "police.uk"
    found = delivered_coverage(arrivals, areas=names, period=months, rule=rule, police_uk=police_uk)
    coverage = stated_coverage(covered, found.coverage)
    told = narrows(covered, names.index)
    if told:
        warn_of_deliveries(found, coverage, police_uk=police_uk, stacklevel=2)
    resolver = _Resolver(texts, months, coverage, left_out)
    notes = [coverage_note(coverage, minimum=stated.minimum_coverage)]
    notes += delivery_notes(found, police_uk=police_uk) if told else []
    rows = FoundRows(located, months)
    parts = _Parts(
        located=located,
        sources=_sources(cells, texts),
        cells=resolver.reasons(cells),
        repeated=mark_copies(resolver.reasons(_with_areas(located, located.cells.repeated)), stated.duplicates),
        names=names,
        coverage=coverage,
        matched=rows.matched(),
    )
    about = replace(_joined_about(source, areas), period=months, coverage="")
    counts = _assemble(parts, stated, about, _findings(located, rule))
    if keep_records:
        counts = replace(counts, records=_records(located, parts.repeated, resolver))
    lacking = lacking_rows(counts.table, coverage, forces_of(names)) if told else counts.table.head(0)
    warn_of_lacking(lacking, stacklevel=4)
    lost = counts.losses
    tell_losses(counts.accounting, lost, losses, rows.telling(), stacklevel=4)
    tell_uneven(counts.breakdown, losses, stacklevel=4)
    notes += [lack_note(lacking), loss_note(counts.accounting, lost, losses)]
    note = " ".join(text for text in notes if text)
    return replace(counts, deliveries=found.table(), about=replace(about, coverage=note))


def _findings(located: LocatedIncidents, rule: DeliveryRule) -> CountFindings:
    source, placed = located.incidents, located.placed
    return CountFindings(
        date_format=located.cells.texts.date_format,
        leave_out_sources=source.settings.leave_out_sources,
        partly_delivered=rule.partly,
        judged_from_rows=rule.judged_from,
        boundary_rule=boundary_rule(located.areas) if source.coordinates != "area_code" else "",
        transformation=placed.operation,
        transformation_accuracy_m=placed.accuracy_m,
    )


def _records(located: LocatedIncidents, repeated: pl.DataFrame, resolver: _Resolver) -> RecordHashes:
    """Hashes of the counted records; copies are taken away again, as from the counts."""
    cells, source = located.cells, located.incidents
    found = resolver.reasons(_with_areas(located, cells.table))
    copies = repeated.filter(pl.col("reason") > acc.REASONS.index(acc.NOT_COVERED))
    return hash_records(
        cells.where(found.filter(pl.col("reason") == 0)),
        copies.with_columns(hash_ids(copies["crime_id"]).alias(RECORD)),
        areas=tuple(map(str, resolver.coverage.index)),
        offences=tuple(cells.texts.offences.names),
        months=tuple(map(str, resolver.coverage.columns)),
        flags=source.flags,
        coordinates=source.coordinates,
    )


def _joined_about(incidents: Incidents, areas: Any) -> About:
    """About of the incidents, with the boundaries' year, sources and marking where they state them."""
    stated = getattr(areas, "about", None)
    parts = (incidents.about, stated) if isinstance(stated, About) else (incidents.about,)
    return combine_about(*parts, unit=incidents.about.unit)


def area_names(areas: pd.DataFrame) -> pd.DataFrame:
    """Index ``area_code`` and ``name``, ``parent``, ``force``, missing where not known."""
    if areas.index.nlevels > 1:
        raise SchemaError("`areas` has an index of several levels; give one row per area, with the area code as index.")
    names = pd.DataFrame(index=pd.Index(areas.index.astype(str), name=AREA))
    for column in (NAME, PARENT, FORCE):
        names[column] = areas[column].to_numpy() if column in areas.columns else None
    return names


def _with_areas(located: LocatedIncidents, frame: pl.DataFrame) -> pl.DataFrame:
    """Rows with their month and area."""
    return located.cells.dated(located.placed.join(frame))


def _resolved(located: LocatedIncidents) -> pl.DataFrame:
    """Cells by position (area, offence, month …) with their sums; slice by slice, so that no wide copy is made."""
    cells, places = located.cells, located.placed.table
    outcomes = places.unique(maintain_order=True)
    numbered = outcomes.with_row_index(_OUTCOME)
    of_place = places.join(numbered, on=places.columns, how="left", maintain_order="left")[_OUTCOME]
    parts = []
    for part in cells.table.drop(RECORD, strict=False).iter_slices(_SLICE):
        rows = cells.dated(part.with_columns(of_place.gather(part[LOCATION]).alias(_OUTCOME)))
        parts.append(summed(rows.drop(LOCATION, "date"), ("n", "ids")))
    sums = pl.concat(parts)
    return sums.drop(_OUTCOME).hstack(outcomes.select(pl.all().gather(sums[_OUTCOME])))


def _sources(cells: pl.DataFrame, texts: TextTables) -> pd.DataFrame:
    """Rows read by source and month; rows whose date cannot be parsed belong to no month."""
    dated = cells.filter(pl.col("period").is_not_null())
    shape = (len(texts.sources.names), len(texts.months.names))
    at = (dated["source"].to_numpy(), dated["period"].to_numpy())
    rows = whole_sums(at, shape, dated["n"].to_numpy())
    index = pd.Index(texts.sources.names, name="source")
    return pd.DataFrame(rows, index=index, columns=pd.Index(texts.months.names, name=PERIOD))


@dataclass(frozen=True)
class _Resolver:
    texts: TextTables
    period: AssessmentPeriod
    coverage: pd.DataFrame
    left_out: tuple[int, ...]

    def reasons(self, frame: pl.DataFrame) -> pl.DataFrame:
        """`frame` with ``month`` (position in the period) and ``reason``, the first that applies."""
        inside = {month: position for position, month in enumerate(self.period.months)}
        months = [inside.get(month) for month in self.texts.months.names]
        position = pl.DataFrame(
            {
                "period": pl.Series(range(len(months)), dtype=pl.Int32),
                "month": pl.Series(months, dtype=pl.Int32),
            }
        )
        frame = frame.join(position, on="period", how="left")
        mask: np.ndarray = self.coverage.to_numpy(dtype=bool)
        if mask.all():
            frame = frame.with_columns(pl.lit(value=True).alias(_COVERED))
        else:
            area, month = np.nonzero(mask)
            held = pl.DataFrame({"area": area.astype(np.int32), "month": month.astype(np.int32)})
            frame = frame.join(held.with_columns(pl.lit(value=True).alias(_COVERED)), on=["area", "month"], how="left")
        return frame.with_columns(reason=_first_reason(self.left_out)).drop(_COVERED)


def _first_reason(left_out: tuple[int, ...]) -> pl.Expr:
    order = (
        (pl.col("source").is_in(left_out), acc.LEFT_OUT),
        (pl.col("period").is_null(), acc.DATE),
        (pl.col("month").is_null(), acc.OUTSIDE_PERIOD),
        (pl.col("area") == NOWHERE, acc.NO_LOCATION),
        (pl.col("area") == OUTSIDE, acc.OUTSIDE_AREAS),
        (pl.col(_COVERED).is_null(), acc.NOT_COVERED),
    )
    chain: Any = pl
    for test, reason in order:
        chain = chain.when(test).then(pl.lit(acc.REASONS.index(reason), pl.UInt8))
    expression: pl.Expr = chain.otherwise(pl.lit(0, pl.UInt8))
    return expression


def mark_copies(repeated: pl.DataFrame, duplicates: str) -> pl.DataFrame:
    """Rows of repeated ids with ``reason`` changed where a used row is a copy.

    The order in which engines return rows does not matter: of rows that are the same in every
    column any one may stay, and of rows that only share an id the latest month, then the first in
    the order of their text, stays.
    """
    rows = sorted(name for name in repeated.columns if name.startswith(ROW))
    used = pl.col("reason") == 0
    if duplicates == "keep" or not repeated.height:
        return repeated
    ordered = repeated.sort([used, "period", *rows], descending=[True, True, *[False] * len(rows)], nulls_last=True)
    copy = ~pl.struct("crime_id", *rows).is_first_distinct()
    again = ~pl.struct("crime_id").is_first_distinct()
    reason: Any = pl.when(used & copy).then(pl.lit(acc.REASONS.index(acc.COPY), pl.UInt8))
    if duplicates == "id":
        reason = reason.when(used & again).then(pl.lit(acc.REASONS.index(acc.REPEATED_ID), pl.UInt8))
    return ordered.with_columns(reason=reason.otherwise(pl.col("reason")))


@dataclass(frozen=True, eq=False)
class _Parts:
    """What counts are put together from: rows with their reasons, names of areas, and what was covered."""

    located: LocatedIncidents
    sources: pd.DataFrame
    cells: pl.DataFrame
    repeated: pl.DataFrame
    names: pd.DataFrame
    coverage: pd.DataFrame
    matched: int


def _assemble(parts: _Parts, settings: CountSettings, about: About, findings: CountFindings) -> Counts:
    cells, repeated, coverage, located = parts.cells, parts.repeated, parts.coverage, parts.located
    texts, headings = located.cells.texts, located.cells.headings
    used = cells.filter(pl.col("reason") == 0)
    copies = repeated.filter(pl.col("reason") > acc.REASONS.index(acc.NOT_COVERED)).with_columns(
        n=pl.lit(-1, pl.Int64), ids=pl.lit(-1, pl.Int64)
    )
    shared = [column for column in used.columns if column in copies.columns and column != "reason"]
    # Copies are subtracted as cells of minus one: the same sums then count every row once.
    net = pl.concat([used.select(shared), copies.select(shared)])
    cells_of = _CellNames(texts.offences.names, coverage)
    breakdown = breakdown_of(cells, copies, texts, headings)
    return Counts(
        table=cells_of.table(net),
        areas=parts.names,
        coverage=coverage,
        sources=parts.sources.set_axis(to_period(parts.sources.columns), axis=1).rename_axis(columns=PERIOD),
        accounting=acc.accounting_table(breakdown.groupby("reason")["rows"].sum()),
        breakdown=breakdown,
        facts=acc.facts_table(facts_of(cells, net, repeated, parts.matched)),
        flagged=_flagged(net, cells_of, located.incidents.flags),
        settings=settings,
        about=about,
        findings=findings,
    )


@dataclass(frozen=True)
class _CellNames:
    """Names of the positions in a cube area x offence x month."""

    labels: list[str]
    coverage: pd.DataFrame

    def table(self, net: pl.DataFrame) -> pd.DataFrame:
        """Complete table over the offences that were counted."""
        cube = self.cube(net)
        kept = np.flatnonzero(cube.any(axis=(0, 2)))
        labels = [self.labels[position] for position in kept]
        return complete_table(cube[:, kept], offences=labels, coverage=self.coverage)

    def cube(self, net: pl.DataFrame) -> np.ndarray:
        shape = (len(self.coverage), len(self.labels), self.coverage.shape[1])
        sizes = dict(zip(("areas", "offences", "months"), shape, strict=True))
        require_memory(sizes, remedy="Count fewer months at a time by `period`, or by larger areas.")
        at = tuple(net[key].to_numpy() for key in ("area", OFFENCE, "month"))
        return whole_sums(at, shape, net["n"].to_numpy())

    def occupied(self, net: pl.DataFrame) -> tuple[np.ndarray, ...]:
        """Positions of the cells that are not zero, by axis, and their counts; one cube stands at a time."""
        cube = self.cube(net)
        at = np.nonzero(cube)
        return (*at, cube[at])


def _flagged(net: pl.DataFrame, cells_of: _CellNames, flags: tuple[str, ...]) -> pd.DataFrame:
    tests = {f"place:{kind}": pl.col("place") == number for number, kind in enumerate(PLACE_KINDS, start=1)}
    tests |= {flag: pl.col(f"flag_{flag}") == 1 for flag in flags}
    found = [cells_of.occupied(net.filter(test)) for test in tests.values()]
    area, offence, month, n = (np.concatenate(part) for part in zip(*found, strict=True))
    table = pd.DataFrame(
        {
            AREA: cells_of.coverage.index.to_numpy(dtype=object)[area],
            OFFENCE: np.asarray(cells_of.labels, dtype=object)[offence],
            PERIOD: cells_of.coverage.columns[month],
            "flag": np.repeat(np.array(list(tests), dtype=object), [len(part[-1]) for part in found]),
            N: n,
        }
    ).astype({AREA: "str", OFFENCE: "str", "flag": "str"})
    return table.sort_values([AREA, OFFENCE, PERIOD, "flag"], kind="stable").reset_index(drop=True)
