"""Cells to months, offences and areas: every distinct text and coordinate is worked out once, then joined."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import polars as pl

from socharm._about import AssessmentPeriod
from socharm._limits import MAX_MONTHS
from socharm.errors import AlignmentError, RefusedError, SchemaError
from socharm.io.incidents.assign import OUTSIDE, Assigned, assign_points
from socharm.io.incidents.codes import MatchedCodes, match_codes
from socharm.io.incidents.file_dates import months_by_file
from socharm.io.incidents.months import DateRule, months_of
from socharm.io.incidents.records import IncidentSettings
from socharm.io.missing import is_missing
from socharm.offences import NOT_STATED, canonical_offence, earlier_categories

__all__ = ["NOWHERE", "Placed", "period_of", "place_codes_of", "place_points", "text_tables", "with_texts"]

#: Position of a row without a location; `assign.OUTSIDE` is a location in no area.
NOWHERE: Final = -2


@dataclass(frozen=True)
class Placed:
    """Distinct places, and the area of each; area codes with how they were matched."""

    table: pl.DataFrame
    keys: tuple[str, ...]
    operation: str = ""
    accuracy_m: float | None = None
    matched: MatchedCodes | None = None

    def join(self, frame: pl.DataFrame) -> pl.DataFrame:
        """`frame` with ``area`` (position), ``near``, ``on_line`` and ``zero``."""
        joined = frame.lazy().join(self.table.lazy(), on=list(self.keys), how="left", nulls_equal=True)
        return joined.collect(engine="streaming")


@dataclass(frozen=True)
class Labels:
    """Distinct texts of one column, and the position of what each means in a sorted list."""

    names: list[str]
    positions: dict[str | None, int | None]

    @classmethod
    def of(cls, meanings: dict[str | None, str | None]) -> Labels:
        names = sorted({meaning for meaning in meanings.values() if meaning is not None})
        at = {name: position for position, name in enumerate(names)}
        return cls(names, {text: None if name is None else at[name] for text, name in meanings.items()})


@dataclass(frozen=True)
class TextTables:
    """What the distinct dates, offence labels and sources mean.

    Attributes
    ----------
    months, offences, sources : Labels
    date_format : str
        How the dates are written.
    unread_dates : tuple of str
        Some texts that are no dates.
    earlier : tuple of (month, key, key then)
        Positions of months in which a label meant more than today, of the label, and of its key of then.
    """

    months: Labels
    offences: Labels
    sources: Labels
    date_format: str = ""
    unread_dates: tuple[str, ...] = ()
    earlier: tuple[tuple[int, int, int], ...] = ()


def text_tables(cells: pl.DataFrame, source_names: Callable[[str], str], settings: IncidentSettings) -> TextTables:
    """Meanings of the distinct dates, offence labels and sources of `cells`.

    Raises
    ------
    SchemaError
        No date can be read, or the order of day and month is not known.
    """
    words = frozenset(settings.missing)
    stated = settings.date_format
    by_file = None if stated is None or isinstance(stated, str) else stated
    rule = DateRule(stated if isinstance(stated, str) else None, settings.day_first, words)
    dates, offences, sources = (_distinct(cells, column) for column in ("date", "offence", "source"))
    read = (
        months_of(dates, rule, rows=lambda: _rows(cells))
        if by_file is None
        else months_by_file(dates, rule, by_file, rows=lambda: _rows(cells))
    )
    months = Labels.of(read.of)
    plain = {label: "" if is_missing(label, words) else str(label).strip() for label in (*offences, *sources)}
    keys: dict[str | None, str | None] = {label: canonical_offence(plain[label]) for label in offences}
    labels, earlier = _with_earlier(cells, months, keys, is_police_uk=settings.layout == "police.uk")
    return TextTables(
        months=months,
        offences=labels,
        sources=Labels.of({name: source_names(plain[name]) for name in sources}),
        date_format=read.format,
        unread_dates=read.unread[:5],
        earlier=earlier,
    )


def _rows(cells: pl.DataFrame) -> dict[str | None, int]:
    sums = cells.group_by("date").agg(pl.col("n").cast(pl.Int64).sum()).with_columns(pl.col("date").cast(pl.String))
    return dict(sums.select("date", "n").iter_rows())


def _with_earlier(
    cells: pl.DataFrame, months: Labels, keys: dict[str | None, str | None], *, is_police_uk: bool
) -> tuple[Labels, tuple[tuple[int, int, int], ...]]:
    """Labels of the offences, with keys of their own for months in which a label meant more than today."""
    labels = Labels.of(keys)
    if not months.names or not earlier_categories({months.names[0]: set(labels.names)}, is_police_uk=True):
        return labels, ()
    found: dict[str, set[str]] = {}
    pairs = cells.select(pl.col("date", "offence").cast(pl.String)).unique()
    for date, offence in pairs.iter_rows():
        position = months.positions[date]
        if position is not None:
            found.setdefault(months.names[position], set()).add(str(keys[offence]))
    then = earlier_categories({month: used - {NOT_STATED} for month, used in found.items()}, is_police_uk=is_police_uk)
    new = {category.key for categories in then.values() for category in categories}
    names = sorted({*labels.names, *new})
    at = {name: position for position, name in enumerate(names)}
    moved = tuple(
        (months.names.index(month), at[category.label], at[category.key])
        for month, categories in then.items()
        for category in categories
    )
    return Labels(names, {text: None if key is None else at[key] for text, key in keys.items()}), moved


def _distinct(cells: pl.DataFrame, column: str) -> list[str | None]:
    return cells[column].unique().cast(pl.String).to_list()


def with_texts(frame: pl.DataFrame, tables: TextTables) -> pl.DataFrame:
    """`frame` with ``period``, ``offence`` and ``source`` as positions; ``labelled`` where an offence stood."""
    columns = {
        "period": _looked_up(frame["date"], tables.months),
        "offence": _looked_up(frame["offence"], tables.offences),
        "source": _looked_up(frame["source"], tables.sources),
    }
    frame = frame.drop("date").with_columns(**columns)
    names = tables.offences.names
    not_stated = names.index(NOT_STATED) if NOT_STATED in names else -1
    frame = frame.with_columns(labelled=(pl.col("offence") != not_stated).fill_null(value=False))
    return _as_meant_then(frame, tables)


def _looked_up(column: pl.Series, labels: Labels) -> pl.Series:
    """Position of every text's meaning, found by the number of its category: a tenth of the time of a join."""
    categories = column.cast(pl.Categorical)
    numbers = categories.to_physical()
    distinct = categories.unique()
    blank = int(cast(int, numbers.max() or 0)) + 1
    meanings = [labels.positions[text] for text in distinct.cast(pl.String).to_list()]
    positions = np.full(blank + 1, -1, dtype=np.int32)
    positions[distinct.to_physical().fill_null(blank).to_numpy()] = [-1 if at is None else at for at in meanings]
    found = pl.select(pl.when(pl.lit(pl.Series(positions)) >= 0).then(pl.lit(pl.Series(positions)))).to_series()
    return found.gather(numbers.fill_null(blank))


def _as_meant_then(frame: pl.DataFrame, tables: TextTables) -> pl.DataFrame:
    if not tables.earlier:
        return frame
    month, label, then = (pl.Series(values, dtype=pl.Int32) for values in zip(*tables.earlier, strict=True))
    moved = pl.DataFrame({"period": month, "offence": label, "_then": then})
    joined = frame.join(moved, on=["period", "offence"], how="left")
    return joined.with_columns(offence=pl.coalesce("_then", "offence")).drop("_then")


def period_of(tables: TextTables, stated: AssessmentPeriod | None) -> AssessmentPeriod:
    """The stated period, or the hull of the months found.

    Raises
    ------
    RefusedError
        The months found are too far apart to be one period, as where 1900 stands for a date that is not known.
    """
    if stated is not None:
        return stated
    first, last = tables.months.names[0], tables.months.names[-1]
    years = int(last[:4]) - int(first[:4])
    if years > MAX_MONTHS // 12 - 1:
        raise RefusedError(
            f"The dates reach from {first} to {last}, {years} years: more than one period can hold. A date such as "
            f"{first} may stand for one that is not known. State the months to count with `period`; rows outside them "
            "are set aside and counted."
        )
    return AssessmentPeriod(first, last)


def located_points(cells: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Distinct coordinates of `cells`, and which of them are locations: finite and not (0, 0)."""
    points = cells.lazy().select("x", "y").unique().collect(engine="streaming").sort("x", "y")
    zero = (pl.col("x") == 0) & (pl.col("y") == 0)
    finite = pl.col("x").is_finite() & pl.col("y").is_finite()
    marks = points.with_columns(zero=zero.fill_null(value=False), located=(finite & ~zero).fill_null(value=False))
    return points, marks


def place_points(cells: pl.DataFrame, *, crs: str, areas: gpd.GeoDataFrame) -> Placed:
    """Area of every distinct coordinate.

    Raises
    ------
    AlignmentError
        No point lies in any area; says whether they are swapped, of another CRS, or elsewhere.
    SchemaError
        No row has coordinates.
    """
    _, marks = located_points(cells)
    located = marks["located"].to_numpy()
    if not located.any():
        raise SchemaError(
            "No row has coordinates that can be read as numbers. Check the columns that `columns=` names, and that "
            "numbers are written with a decimal point."
        )
    x, y = (marks[axis].to_numpy()[located].astype(float) for axis in ("x", "y"))
    found: Assigned = assign_points(x, y, crs=crs, areas=areas)
    area = np.full(marks.height, NOWHERE, dtype=np.int32)
    near, line = np.zeros(marks.height, dtype=bool), np.zeros(marks.height, dtype=bool)
    area[located], near[located], line[located] = found.area, found.near, found.on_boundary
    table = marks.select("x", "y", "zero").with_columns(
        area=pl.Series(area), near=pl.Series(near), on_line=pl.Series(line)
    )
    return Placed(table, ("x", "y"), found.operation, found.accuracy_m)


def place_codes_of(cells: pl.DataFrame, *, areas: pd.DataFrame | Any) -> Placed:
    """Position of every distinct area code; see `codes.match_codes` for codes that are written otherwise.

    Raises
    ------
    AlignmentError
        None of the codes is one of the areas.
    """
    codes = cells.select(pl.col("area_code").unique())
    texts = codes["area_code"].to_list()
    matched = match_codes(texts, areas.index)
    area = [NOWHERE if text is None else matched.positions.get(text, OUTSIDE) for text in texts]
    if not any(position >= 0 for position in area):
        raise AlignmentError(
            f"None of the {len(texts):,} area codes is in `areas`: the incidents hold codes such as "
            f"{sorted(text for text in texts if text)[:3]}, `areas` such as {[str(code) for code in areas.index[:3]]}. "
            "Check that both are of the same kind of area and the same boundary year."
        )
    never = dict.fromkeys(("near", "on_line", "zero"), pl.lit(value=False))
    table = codes.with_columns(area=pl.Series(area, dtype=pl.Int32), **never)
    return Placed(table, ("area_code",), matched=matched)
