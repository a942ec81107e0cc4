"""What the texts of cells mean: every distinct date, offence label and source is worked out once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np
import polars as pl

from socharm._about import AssessmentPeriod
from socharm._columns import PERIOD
from socharm._limits import MAX_MONTHS
from socharm.errors import RefusedError
from socharm.io.incidents.file_dates import months_by_file
from socharm.io.incidents.months import DateRule, Months, months_of
from socharm.io.incidents.records import Incidents
from socharm.io.missing import is_missing
from socharm.offence_history import earlier_categories
from socharm.offences import NOT_STATED, canonical_offence

__all__ = ["Labels", "TextTables", "by_position", "period_of", "text_tables"]


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
    dates : polars DataFrame
        One row for each distinct date: ``text``, ``period`` (position of its month) and ``day``, missing where it
        states none.
    date_format : str
        How the dates are written.
    earlier : tuple of (month, key, key then)
        Positions of months in which a label meant more than today, of the label, and of its key of then.
    """

    months: Labels
    offences: Labels
    sources: Labels
    dates: pl.DataFrame
    date_format: str = ""
    earlier: tuple[tuple[int, int, int], ...] = ()


def text_tables(cells: pl.DataFrame, source_names: Callable[[str], str], incidents: Incidents) -> TextTables:
    """Meanings of the distinct dates, offence labels and sources of `cells`.

    Raises
    ------
    SchemaError
        No date can be read, or the order of day and month is not known.
    """
    words = frozenset(incidents.findings.missing)
    stated = incidents.findings.date_format
    by_file = None if stated is None or isinstance(stated, str) else stated
    rule = DateRule(stated if isinstance(stated, str) else None, incidents.settings.day_first, words)
    dates, offences, sources = (_distinct(cells, column) for column in ("date", "offence", "source"))
    read = (
        months_of(dates, rule, rows=lambda: _rows(cells))
        if by_file is None
        else months_by_file(dates, rule, by_file, rows=lambda: _rows(cells))
    )
    months = Labels.of(read.of)
    plain = {label: "" if is_missing(label, words) else str(label).strip() for label in (*offences, *sources)}
    keys: dict[str | None, str | None] = {label: canonical_offence(plain[label]) for label in offences}
    labels, earlier = _with_earlier(cells, months, keys, is_police_uk=incidents.findings.layout == "police.uk")
    return TextTables(
        months=months,
        offences=labels,
        sources=Labels.of({name: source_names(plain[name]) for name in sources}),
        dates=_calendar(dates, read, months),
        date_format=read.format,
        earlier=earlier,
    )


def _calendar(texts: list[str | None], read: Months, months: Labels) -> pl.DataFrame:
    days = pl.Series([read.days.get(text or "") for text in texts], dtype=pl.String).str.to_date("%Y-%m-%d")
    periods = pl.Series([months.positions[text] for text in texts], dtype=pl.Int32)
    return pl.DataFrame({"text": pl.Series(texts, dtype=pl.String), PERIOD: periods, "day": days})


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


def by_position(frame: pl.DataFrame, tables: TextTables) -> pl.DataFrame:
    """`frame` with ``date``, ``offence`` and ``source`` as positions; ``labelled`` where an offence stood."""
    dates = {text: position for position, text in enumerate(tables.dates["text"].to_list())}
    frame = frame.with_columns(
        date=_looked_up(frame["date"], dates),
        offence=_looked_up(frame["offence"], tables.offences.positions),
        source=_looked_up(frame["source"], tables.sources.positions),
    )
    names = tables.offences.names
    not_stated = names.index(NOT_STATED) if NOT_STATED in names else -1
    frame = frame.with_columns(labelled=(pl.col("offence") != not_stated).fill_null(value=False))
    return _as_meant_then(frame, tables)


def _looked_up(column: pl.Series, positions: Mapping[str | None, int | None]) -> pl.Series:
    """Position of every text's meaning, found by the number of its category: a tenth of the time of a join."""
    categories = column.cast(pl.Categorical)
    numbers = categories.to_physical()
    distinct = categories.unique()
    blank = int(cast(int, numbers.max() or 0)) + 1
    meanings = [positions[text] for text in distinct.cast(pl.String).to_list()]
    found = np.full(blank + 1, -1, dtype=np.int32)
    found[distinct.to_physical().fill_null(blank).to_numpy()] = [-1 if at is None else at for at in meanings]
    table = pl.select(pl.when(pl.lit(pl.Series(found)) >= 0).then(pl.lit(pl.Series(found)))).to_series()
    return table.gather(numbers.fill_null(blank))


def _as_meant_then(frame: pl.DataFrame, tables: TextTables) -> pl.DataFrame:
    if not tables.earlier:
        return frame
    month, label, then = (pl.Series(values, dtype=pl.Int32) for values in zip(*tables.earlier, strict=True))
    moved = pl.DataFrame({PERIOD: month, "offence": label, "_then": then})
    dated = frame.with_columns(period=tables.dates[PERIOD].gather(frame["date"]))
    joined = dated.join(moved, on=[PERIOD, "offence"], how="left", maintain_order="left")
    return joined.with_columns(offence=pl.coalesce("_then", "offence")).drop("_then", PERIOD)


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
