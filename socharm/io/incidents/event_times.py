"""Times of day of incidents, from columns of the source as they stand: what is counted by month has lost them."""

from __future__ import annotations

import narwhals as nw
import numpy as np
import pandas as pd

from socharm._checks import names_told, nearest_name
from socharm._value_kinds import shown
from socharm._words import number_of
from socharm.errors import SchemaError
from socharm.io.incidents.extract import ROW
from socharm.io.incidents.records import Incidents
from socharm.offences import canonical_offence

__all__ = ["event_times"]


def event_times(
    incidents: Incidents, *, start: str, end: str | None = None, time_format: str | None = None
) -> pd.DataFrame:
    """Every row of a source with its offence and its times as the source has them.

    Parameters
    ----------
    incidents : Incidents
    start, end : str
        Columns of the source.
    time_format : str, optional
        How the times are written, as ``strptime`` has it; texts as they stand when omitted.

    Returns
    -------
    DataFrame
        ``offence`` (canonical key), ``start``, ``end`` (missing where no column is named, or the cell is blank): times
        where a format is stated, else texts. A row for each row of the source, outside the areas too.

    Raises
    ------
    SchemaError
        The source lacks a column, or a time is not written so.
    """
    frame = nw.from_native(incidents.frame)
    columns = [name.removeprefix(ROW) for name in frame.collect_schema().names() if name.startswith(ROW)]
    for column, argument in ((start, "start"), (end, "end")):
        if column is not None and column not in columns:
            near = nearest_name(column, columns)
            meant = f" Did you mean {near!r}?" if near else ""
            raise SchemaError(
                f"The incidents have no column {column!r}, which `{argument}` names; they have {names_told(columns)}."
                f"{meant}"
            )
    taken = [nw.col("offence"), nw.col(f"{ROW}{start}").alias("start")]
    taken.append(nw.lit(None, dtype=nw.String).alias("end") if end is None else nw.col(f"{ROW}{end}").alias("end"))
    found = pd.DataFrame(frame.select(*taken).collect().to_dict(as_series=False)).astype("object")
    kinds = {label: canonical_offence("" if label is None else str(label)) for label in found["offence"].unique()}
    made = pd.DataFrame({"offence": found["offence"].map(kinds)})
    for name in ("start", "end"):
        texts = found[name].map(lambda cell: str(cell).strip(), na_action="ignore")
        texts = texts.where(texts.notna() & (texts != ""), np.nan)
        made[name] = texts if time_format is None else _read(texts, name, time_format)
    return made


def _read(texts: pd.Series, name: str, time_format: str) -> pd.Series:
    times = pd.to_datetime(texts, format=time_format, errors="coerce")
    odd = texts[times.isna() & texts.notna()]
    if len(odd):
        raise SchemaError(
            f"`{name}`: {number_of(len(odd), 'time is', 'times are')} not written as `time_format` "
            f"{time_format!r} says, such as {shown(odd.iloc[0])}. Correct the format, or those cells."
        )
    return times
