"""`count_incidents`: incidents by area, offence and month, with every row read accounted for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import polars as pl

from socharm._about import About, AssessmentPeriod, combine_about
from socharm._checks import require_choice, require_fraction, require_unique
from socharm._columns import AREA, FORCE, NAME, OFFENCE, PARENT, PERIOD, N, to_period
from socharm.errors import ParameterError, SchemaError
from socharm.io.incidents import accounting as acc
from socharm.io.incidents.assign import BOUNDARY_RULE, OUTSIDE
from socharm.io.incidents.coverage import arrived_coverage, coverage_note, stated_coverage
from socharm.io.incidents.cube import complete_table
from socharm.io.incidents.extract import ROW
from socharm.io.incidents.gather import gather
from socharm.io.incidents.places import PLACE_KINDS
from socharm.io.incidents.policeuk import file_source
from socharm.io.incidents.reading import as_period
from socharm.io.incidents.records import Counts, CountSettings, Incidents
from socharm.io.incidents.resolve import (
    NOWHERE,
    Placed,
    TextTables,
    period_of,
    place_codes_of,
    place_points,
    text_tables,
    with_texts,
)

__all__ = ["area_names", "count_incidents", "mark_copies"]

_DUPLICATES: Final = ("whole-row", "id", "keep")
_COVERED: Final = "covered"


def count_incidents(
    incidents: Incidents,
    areas: gpd.GeoDataFrame,
    *,
    by: str = "month",
    period: AssessmentPeriod | tuple[str, str] | str | None = None,
    covered: Any = None,
    duplicates: str = "whole-row",
    minimum_coverage: float = 0.5,
) -> Counts:
    """Count incidents by area, offence and month.

    Parameters
    ----------
    incidents : Incidents
        From `read_incidents`; this is where it is read.
    areas : GeoDataFrame
        Index ``area_code``, polygons in a metric CRS; geometry is not needed when the incidents
        carry area codes.
    by : {"month"}
    period : AssessmentPeriod or (first, last), optional
        Overrides the period of `incidents`; the months found when neither is given.
    covered : optional
        What was covered: months, area codes, a Series of area to bool, a table area x month of bool,
        or a mapping of area to months. By default the months from which a row arrived.
    duplicates : {"whole-row", "id", "keep"}
        ``"whole-row"`` sets aside further copies of a row that carries a Crime ID and is the same in
        every column. ``"id"`` keeps one row per Crime ID: the latest month, then the first in
        the order of the rows' text. ``"keep"`` counts every row. Rows without an id are never duplicates.
    minimum_coverage : float
        Share of the months below which an area cannot be ranked.

    Returns
    -------
    Counts
        Any offence label is counted. Rows read = rows used + rows set aside.

    Raises
    ------
    SchemaError
        The source is empty, broken, or has no date or no coordinate that can be read.
    AlignmentError
        No incident lies in any area: swapped or foreign coordinates, another place, or area codes of
        another boundary year.

    Notes
    -----
    A row is set aside for the first reason that applies: its date cannot be parsed, outside the
    period, no location, outside all areas, area not covered in that month, whole-row copy, repeated
    id. Each distinct coordinate is assigned once; a point on a boundary belongs to the touching area
    with the lowest ``area_code``.
    """
    require_choice(by, ("month",), name="by")
    require_choice(duplicates, _DUPLICATES, name="duplicates")
    require_fraction(minimum_coverage, name="minimum_coverage", inclusive=True)
    _require_areas(areas, incidents)
    gathered = gather(incidents)
    texts = text_tables(gathered.cells, file_source)
    placed = _place(gathered.cells, incidents, areas)
    chosen = period_of(texts, as_period(period) or incidents.about.period)
    names = area_names(areas)
    cells = placed.join(with_texts(gathered.cells, texts))
    sources = _sources(cells)
    arrived = arrived_coverage(sources, areas=names, period=chosen)
    coverage = stated_coverage(covered, arrived)
    resolver = _Resolver(texts, placed, chosen, coverage)
    cells = resolver.reasons(cells)
    repeated = mark_copies(resolver.reasons(placed.join(with_texts(gathered.repeated, texts))), duplicates)
    settings = CountSettings(
        by=by,
        duplicates=duplicates,
        minimum_coverage=minimum_coverage,
        boundary_rule=BOUNDARY_RULE if incidents.coordinates != "area_code" else "",
        transformation=placed.operation,
        transformation_accuracy_m=placed.accuracy_m,
    )
    note = coverage_note(coverage, minimum=minimum_coverage)
    about = replace(_joined_about(incidents, areas), period=chosen, coverage=note)
    return _assemble(incidents, cells, repeated, names, coverage, sources, settings, about)


def _joined_about(incidents: Incidents, areas: Any) -> About:
    """About of the incidents, with the boundaries' year, sources and marking where they state them."""
    stated = getattr(areas, "about", None)
    parts = (incidents.about, stated) if isinstance(stated, About) else (incidents.about,)
    return combine_about(*parts, unit=incidents.about.unit)


def area_names(areas: pd.DataFrame) -> pd.DataFrame:
    """Index ``area_code`` and ``name``, ``parent``, ``force``, missing where not known."""
    names = pd.DataFrame(index=pd.Index(areas.index.astype(str), name=AREA))
    for column in (NAME, PARENT, FORCE):
        names[column] = areas[column].to_numpy() if column in areas.columns else None
    return names


def _require_areas(areas: Any, incidents: Incidents) -> None:
    if not isinstance(areas, pd.DataFrame):
        raise ParameterError(f"`areas` is a {type(areas).__name__}; give the table that read_boundaries returns.")
    if not len(areas):
        raise SchemaError("`areas` has no rows. Check the filter that made it.")
    if incidents.coordinates != "area_code" and not isinstance(areas, gpd.GeoDataFrame):
        raise SchemaError("`areas` has no geometry, and the incidents are points. Read it with read_boundaries.")
    require_unique(areas.index, name="areas")


def _place(cells: pl.DataFrame, incidents: Incidents, areas: gpd.GeoDataFrame) -> Placed:
    if incidents.coordinates == "area_code":
        return place_codes_of(cells, areas=areas)
    return place_points(cells, crs=incidents.coordinates, areas=areas)


def _sources(cells: pl.DataFrame) -> pd.DataFrame:
    """Rows read by source and month; rows whose date cannot be parsed belong to no month."""
    grouped = cells.filter(pl.col("period").is_not_null()).group_by("source", "period").agg(pl.col("n").sum())
    frame = grouped.with_columns(pl.col("source").cast(pl.String).fill_null("")).cast({"period": pl.String}).to_pandas()
    wide = frame.pivot_table(index="source", columns="period", values="n", aggfunc="sum", fill_value=0)
    return wide.astype("int64").sort_index().sort_index(axis=1)


@dataclass(frozen=True)
class _Resolver:
    texts: TextTables
    placed: Placed
    period: AssessmentPeriod
    coverage: pd.DataFrame

    def reasons(self, frame: pl.DataFrame) -> pl.DataFrame:
        """`frame` with ``reason``, the first that applies (`accounting.REASONS`)."""
        months = list(self.period.months)
        mask = self.coverage.to_numpy()
        areas, columns = np.nonzero(mask)
        open_cells = pl.DataFrame(
            {
                "area": pl.Series(areas, dtype=pl.Int32),
                "month": pl.Series([months[column] for column in columns], dtype=pl.String),
                _COVERED: pl.Series(np.ones(len(areas), dtype=bool)),
            }
        )
        inside = pl.DataFrame({"period": pl.Series(months, dtype=pl.String), "inside": [True] * len(months)})
        distinct = frame.select(pl.col("period").unique())
        known = distinct.with_columns(month=pl.col("period").cast(pl.String)).join(
            inside, left_on="month", right_on="period", how="left"
        )
        frame = frame.join(known, on="period", how="left", nulls_equal=True)
        if mask.all():
            frame = frame.with_columns(pl.lit(value=True).alias(_COVERED))
        else:
            frame = frame.join(open_cells, on=["area", "month"], how="left")
        return frame.with_columns(reason=_first_reason()).drop("month", "inside", _COVERED)


def _first_reason() -> pl.Expr:
    order = (
        (pl.col("period").is_null(), acc.DATE),
        (pl.col("inside").is_null(), acc.OUTSIDE_PERIOD),
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
    ordered = repeated.with_columns(_month=pl.col("period").cast(pl.String)).sort(
        [used, "_month", *rows], descending=[True, True, *[False] * len(rows)], nulls_last=True
    )
    copy = ~pl.struct("crime_id", *rows).is_first_distinct()
    again = ~pl.struct("crime_id").is_first_distinct()
    reason: Any = pl.when(used & copy).then(pl.lit(acc.REASONS.index(acc.COPY), pl.UInt8))
    if duplicates == "id":
        reason = reason.when(used & again).then(pl.lit(acc.REASONS.index(acc.REPEATED_ID), pl.UInt8))
    return ordered.with_columns(reason=reason.otherwise(pl.col("reason"))).drop("_month")


def _assemble(
    incidents: Incidents,
    cells: pl.DataFrame,
    repeated: pl.DataFrame,
    names: pd.DataFrame,
    coverage: pd.DataFrame,
    sources: pd.DataFrame,
    settings: CountSettings,
    about: About,
) -> Counts:
    used = cells.filter(pl.col("reason") == 0)
    copies = repeated.filter(pl.col("reason") > acc.REASONS.index(acc.NOT_COVERED)).with_columns(
        n=pl.lit(-1, pl.Int64), ids=pl.lit(-1, pl.Int64)
    )
    shared = [column for column in used.columns if column in copies.columns and column != "reason"]
    # Copies are subtracted as cells of minus one: the same sums then count every row once.
    net = pl.concat([used.select(shared), copies.select(shared)])
    return Counts(
        table=_complete(_sums(net, ["area", OFFENCE, PERIOD]), coverage),
        areas=names,
        coverage=coverage,
        sources=sources.set_axis(to_period(sources.columns), axis=1).rename_axis(columns=PERIOD),
        accounting=acc.accounting_table(_accounting(cells, copies)),
        facts=acc.facts_table(_facts(cells, net, repeated)),
        flagged=_flagged(net, names.index, incidents.flags),
        settings=settings,
        about=about,
    )


def _sums(net: pl.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Integer sums by keys, as pandas, keys as text."""
    grouped = net.group_by(keys).agg(pl.col("n").sum()).filter(pl.col("n") > 0)
    texts = [pl.col(key).cast(pl.String) for key in keys if key in (OFFENCE, PERIOD)]
    return grouped.with_columns(texts).sort(keys).to_pandas()


def _complete(sums: pd.DataFrame, coverage: pd.DataFrame) -> pd.DataFrame:
    offences = sorted(sums[OFFENCE].unique())
    cube = np.zeros((len(coverage), len(offences), coverage.shape[1]), dtype=np.int64)
    where = (
        sums["area"].to_numpy(),
        pd.Index(offences).get_indexer(pd.Index(sums[OFFENCE])),
        coverage.columns.astype(str).get_indexer(pd.Index(sums[PERIOD])),
    )
    cube[where] = sums[N].to_numpy()
    return complete_table(cube, offences=offences, coverage=coverage)


def _accounting(cells: pl.DataFrame, copies: pl.DataFrame) -> dict[str, int]:
    rows = dict.fromkeys(acc.REASONS, 0)
    for reason, total in cells.group_by("reason").agg(pl.col("n").sum()).iter_rows():
        rows[acc.REASONS[reason]] += total
    for reason, total in copies.group_by("reason").agg(pl.len()).iter_rows():
        rows[acc.REASONS[reason]] += total
        rows[acc.USED] -= total
    return rows


def _facts(cells: pl.DataFrame, net: pl.DataFrame, repeated: pl.DataFrame) -> dict[str, int]:
    def total(frame: pl.DataFrame, test: pl.Expr) -> int:
        return int(frame.filter(test)["n"].sum())

    kept = repeated.filter(pl.col("reason") == 0)
    return dict(
        zip(
            acc.FACTS,
            (
                repeated.height,
                repeated["crime_id"].n_unique(),
                total(cells, pl.col("zero")),
                total(net, pl.col("near")),
                total(net, pl.col("on_line")),
                int((net["n"] - net["ids"]).sum()),
                kept.height - kept["crime_id"].n_unique(),
                total(net, ~pl.col("labelled")),
                total(net, ~pl.col("has_location_text")),
                total(net, pl.col("place") > 0),
            ),
            strict=True,
        )
    )


def _flagged(net: pl.DataFrame, codes: pd.Index, flags: tuple[str, ...]) -> pd.DataFrame:
    keys = ["area", OFFENCE, PERIOD]
    parts = [
        _sums(net.filter(pl.col("place") == number), keys).assign(flag=f"place:{kind}")
        for number, kind in enumerate(PLACE_KINDS, start=1)
    ]
    parts += [_sums(net.filter(pl.col(f"flag_{flag}") == 1), keys).assign(flag=flag) for flag in flags]
    table = pd.concat(parts, ignore_index=True)
    table[AREA] = codes.to_numpy()[table["area"].to_numpy(dtype=int)]
    table[PERIOD] = to_period(table[PERIOD])
    table = table[[AREA, OFFENCE, PERIOD, "flag", N]].astype({AREA: "str", OFFENCE: "str", "flag": "str", N: "int64"})
    return table.sort_values([AREA, OFFENCE, PERIOD, "flag"], kind="stable").reset_index(drop=True)
