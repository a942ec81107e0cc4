"""Sources of rows: which spellings are one source, and which are left out."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Final

import numpy as np
import polars as pl

from socharm._about import AssessmentPeriod
from socharm._checks import nearest_name
from socharm.errors import ParameterError, SchemaError
from socharm.io.forces import force_key, is_force
from socharm.io.incidents.arrivals import Arrivals
from socharm.io.incidents.located import LocatedCells
from socharm.io.incidents.policeuk import street_file_parts
from socharm.io.incidents.records import Incidents
from socharm.io.incidents.resolve import TextTables, period_of

__all__ = ["arrivals_of", "found_period", "left_out_positions"]

#: The key of files that name no force: their rows are one source.
_FILE: Final = "*file"


def left_out_positions(sources: list[str], left_out: Iterable[str]) -> tuple[int, ...]:
    """Positions of the sources that are left out.

    Parameters
    ----------
    sources : list of str
        As they are named in the data.
    left_out : iterable of str
        Names in any spelling. A force that the data does not hold is no fault, another name is.

    Raises
    ------
    ParameterError
        A name that is no source of the data and no force.
    SchemaError
        No source is left.
    """
    keys = [force_key(name) for name in sources]
    wanted = {name: force_key(name) for name in left_out}
    unknown = [name for name, key in wanted.items() if key not in keys and not is_force(name)]
    if unknown:
        hint = nearest_name(unknown[0], sources)
        meant = f" Did you mean {hint!r}?" if hint else ""
        raise ParameterError(
            f"`leave_out_sources` names {unknown[:3]}, which are no sources of these incidents; they hold "
            f"{sources[:10]}{' …' if len(sources) > 10 else ''}.{meant}"
        )
    found = tuple(position for position, key in enumerate(keys) if key in wanted.values())
    if len(found) == len(sources):
        raise SchemaError(f"`leave_out_sources` leaves out every source: {sources[:10]}. Nothing would be counted.")
    return found


def found_period(cells: LocatedCells, left_out: tuple[int, ...]) -> AssessmentPeriod:
    """From the first to the last month found, those of sources that are left out apart."""
    if not left_out:
        return period_of(cells.texts, None)
    kept = cells.table.filter(~pl.col("source").is_in(left_out))["date"].unique()
    found = cells.texts.dates["period"].gather(kept).drop_nulls().sort()
    if not len(found):
        raise SchemaError("No date of the sources that are kept can be read. Check `leave_out_sources`.")
    names = cells.texts.months.names
    return AssessmentPeriod(names[found[0]], names[found[-1]])


def arrivals_of(cells: pl.DataFrame, texts: TextTables, incidents: Incidents, left_out: tuple[int, ...]) -> Arrivals:
    """Rows read by source, area and month; rows whose date cannot be parsed belong to no month."""
    kept = cells.filter(pl.col("period").is_not_null() & ~pl.col("source").is_in(left_out))
    sums = kept.group_by("source", "area", "period").agg(pl.col("n").sum())
    names = texts.sources.names
    used = [position for position in range(len(names)) if position not in left_out]
    place = np.full(len(names), -1, dtype=np.int64)
    place[used] = np.arange(len(used))
    return Arrivals(
        names=tuple(names[position] for position in used),
        keys=tuple(_keys([names[position] for position in used], incidents)),
        months=tuple(texts.months.names),
        source=place[sums["source"].to_numpy()],
        area=sums["area"].to_numpy().astype(np.int64),
        month=sums["period"].to_numpy().astype(np.int64),
        n=sums["n"].to_numpy().astype(np.int64),
    )


def _keys(names: list[str], incidents: Incidents) -> list[str]:
    if "source" in incidents.findings.columns:
        return [force_key(name) for name in names]
    # Without a column, files named after a force are its own, and others (one for each month, say) are one source.
    plain = {PurePosixPath(file.replace("\\", "/")).name for file in incidents.files if not street_file_parts(file)}
    return [_FILE if name in plain else force_key(name) for name in names]
