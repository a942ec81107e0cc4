"""`read_incidents`: one door for street files, folders, archives, extracts and dataframes."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Unpack

import narwhals as nw
import pandas as pd
import polars as pl

from socharm._about import About, as_period
from socharm._arguments import checked
from socharm._constraints import Crs, Frame
from socharm.io._door import reading
from socharm.io.incidents.delimited import FROM_FILE
from socharm.io.incidents.engine import engine_faults
from socharm.io.incidents.extract import canonical_frame, map_columns
from socharm.io.incidents.file_dates import formats_of_files, with_stated_dates
from socharm.io.incidents.layouts import Layouts, chosen_columns, coordinates_of, map_layouts, recogniser
from socharm.io.incidents.months import DateRule
from socharm.io.incidents.opening import Opened, open_source, without_nested
from socharm.io.incidents.policeuk import POLICE_UK_CONTENTS, SOURCE_NAME
from socharm.io.incidents.records import Incidents
from socharm.io.incidents.settings import DateBasis, IncidentFindings, IncidentSettings, Period
from socharm.io.incidents.text_file import TextFile, first_records
from socharm.io.incidents.text_parts import TextParts, require_rows
from socharm.io.personal import refuse_personal
from socharm.io.table_options import TableKeywords, reads_tables

__all__ = ["read_incidents"]

_SAMPLE: Final = 500
#: Files of one layout whose contents are judged when they are opened.
_JUDGED: Final = 5
_BATCH_BYTES: Final = 96 << 20


@checked
@reads_tables(IncidentSettings)
def read_incidents(
    source: str | os.PathLike[str] | Frame,
    *,
    period: Period | None = None,
    columns: Mapping[str, Any] | None = None,
    date_basis: DateBasis = "recorded",
    date_format: str | Mapping[str, str] | None = None,
    day_first: bool | None = None,
    marking: str = "OFFICIAL",
    source_name: str | None = None,
    crs: Crs | None = None,
    leave_out_sources: str | Collection[str] = (),
    settings: IncidentSettings | Mapping[str, Any] | None = None,
    **reading: Unpack[TableKeywords],
) -> Incidents:
    """Open a source of recorded incidents; of delimited text, nothing but the head is read until it is counted.

    Parameters
    ----------
    source : path or dataframe
        A police.uk street CSV; a folder of them (its ``*-street.csv`` files at any depth, others are
        listed as ignored); the downloaded zip, read in place; a saved answer of the police.uk API
        (``.json``), or a folder of them; a force's own ``.csv``, ``.txt``, ``.tsv``, ``.tab``,
        ``.csv.gz``, ``.parquet``, ``.xlsx``, ``.xls`` or ``.ods``; a folder of parquet that is one
        table, as engines write it; or any dataframe or lazy frame that narwhals understands (pandas,
        polars, DuckDB, PySpark, Dask …). Spark, Dask and DuckDB count where the rows lie.
    period : AssessmentPeriod, (first, last) or month, optional
        Months ``YYYY-MM`` to count; rows outside are set aside. Every month found by default.
    columns : mapping, optional
        Meaning to column name, for layouts that are not recognised: ``date`` (or ``date_recorded``
        and ``date_committed``), ``offence``, ``easting`` and ``northing`` or ``longitude`` and
        ``latitude`` or ``area_code``, and if there are any ``id``, ``location``, ``source`` (the
        reporting force) and ``flags`` (a name, names, or names to columns). A ``time`` of day may be named and
        changes no month. Where files differ, a list of names: each file is read by the first that it has.
    date_basis : {"recorded", "committed"}
        Which date the months are made of; recorded with the result.
    date_format : str or mapping, optional
        How dates are written, as `datetime.strptime` takes it (``"%m/%d/%Y"``), or ``"excel"``, ``"epoch"``,
        ``"epoch-ms"`` for numbers. By default it is found from the whole column. Where files differ, patterns of
        their names to formats (``{"*-us.csv": "%m/%d/%Y"}``): the dates of files that no pattern fits are found, or
        follow `day_first`.
    day_first : bool, optional
        Order of dates such as ``05/04/2024``, where the column itself does not tell.
    marking : str
        Security classification of the source.
    source_name : str, optional
        Name to print under maps; the publisher for police.uk, otherwise the file's name.
    crs : optional
        CRS of the coordinates; EPSG:4326 for longitude and latitude, EPSG:27700 for easting and
        northing by default. Of a source with both, the one that it can belong to.
    leave_out_sources : str or collection of str
        Sources (reporting forces) whose rows are set aside, in any spelling: ``"btp"`` for the transport police,
        which come in some months and not in others.
    settings : IncidentSettings or mapping, optional
        Choices of other incidents, for what is not stated by keyword.
    **reading
        How the file is read: the options of `TableOptions`.

    Returns
    -------
    Incidents

    Raises
    ------
    SchemaError
        Empty, header only, without a column that is needed (the nearest name is suggested; of several
        layouts the files are named), or the same file under two names.
    RefusedError
        An unsafe or disguised file, or columns that look like persons.
    ParameterError
        No such file, or an argument that makes no sense.

    Notes
    -----
    A folder may hold files of several layouts (police.uk before 2012 gave Easting and Northing): each is mapped by
    itself, and metric coordinates become longitude and latitude. Rows of delimited text are divided as RFC 4180
    says. Rows with fewer fields than the header are told with their numbers when they are counted; rows with more, a
    quotation mark that is not closed and a file that ends in the middle of a row are errors then, and so are files
    of which half the rows stand in another file.

    The form of the dates is decided once, from every distinct text of the column: months and dates with the year
    first, the day first or the month first, in digits or with the month's English name, with or without a clock
    time, and day numbers of a spreadsheet. A column in which day and month cannot be told apart, or contradict each
    other, stops when it is counted. Dates count as written: clock times and time zones change no month.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"Month": ["2025-04"], "Crime type": ["Burglary"], "Longitude": [-1.6], "Latitude": [54.9]})
    >>> read_incidents(rows).findings.layout
    'police.uk'
    """
    chosen = IncidentSettings.of(settings)
    opened = open_source(source, chosen.as_used(allow_columns=()), recogniser(chosen.columns, chosen.date_basis))
    asked = _Asked(chosen, crs, _of_one_file(chosen.date_format, opened, chosen.day_first))
    parts = (_from_text if opened.texts else _from_frame)(opened, asked)
    printed = chosen.source_name or (SOURCE_NAME if parts["layout"] == "police.uk" else opened.files[0])
    return Incidents(
        frame=parts["frame"],
        coordinates=parts["coordinates"],
        flags=parts["flags"],
        files=tuple(opened.files),
        settings=chosen,
        about=About(period=as_period(chosen.period), unit="incidents", sources=(printed,), marking=chosen.marking),
        findings=IncidentFindings(
            layout=parts["layout"],
            columns=parts["columns"],
            date_format=asked.date_format,
            missing=tuple(sorted(chosen.missing_words)),
        ),
        ignored=tuple(opened.ignored),
        origin=tuple(opened.texts),
        batches=parts["batches"],
    )


def _of_one_file(
    date_format: str | Mapping[str, str] | None, opened: Opened, day_first: bool | None
) -> str | Mapping[str, str] | None:
    """How dates are written, or how by file; of a single file the format that its pattern states."""
    if date_format is None or isinstance(date_format, str):
        return date_format
    formats = formats_of_files(date_format, opened.files)
    if len(opened.files) > 1:
        return dict(date_format)
    only = formats[opened.files[0]]
    DateRule(only, day_first)
    return only


@dataclass(frozen=True)
class _Asked:
    """What the caller said about the columns."""

    stated: IncidentSettings
    crs: Any
    date_format: str | Mapping[str, str] | None

    def with_dates(self, frame: pl.LazyFrame, files: Sequence[str]) -> pl.LazyFrame:
        """Canonical columns, with the months of the files whose format is stated by file."""
        if self.date_format is None or isinstance(self.date_format, str):
            return frame
        return with_stated_dates(frame, formats_of_files(self.date_format, files, of_all=False))


def _from_text(opened: Opened, asked: _Asked) -> dict[str, Any]:
    """Delimited files: each layout is mapped by itself, and every file is looked through when it is counted."""
    files = require_rows(opened.texts, label=opened.label)
    layouts = map_layouts(
        files, asked.stated.columns, date_basis=asked.stated.date_basis, crs=asked.crs, label=opened.label
    )
    for layout in layouts.layouts:
        _refuse_persons(layout.files, allow=asked.stated.allow_columns)
    groups = [group for layout in layouts.layouts for group in _groups(layout.files)]
    parts = TextParts(groups, partial(_built, layouts, asked))
    return {
        "frame": parts.as_one(),
        "batches": parts,
        "coordinates": layouts.coordinates,
        "flags": layouts.flags,
        "layout": layouts.name,
        "columns": layouts.columns,
    }


def _built(layouts: Layouts, asked: _Asked, frame: pl.LazyFrame, files: Sequence[TextFile]) -> pl.LazyFrame:
    """Canonical columns of files of one header, and the months of those whose format is stated by file."""
    built = layouts.build(frame, files, missing=asked.stated.missing_words, thousands=asked.stated.thousands)
    return asked.with_dates(built, [file.name for file in files])


def _from_frame(opened: Opened, asked: _Asked) -> dict[str, Any]:
    """Tables of an engine: one layout."""
    header = [name for name in opened.frame.collect_schema().names() if name != FROM_FILE]
    columns = chosen_columns(header, asked.stated.columns)
    mapped = map_columns(header, columns, date_basis=asked.stated.date_basis, name=opened.label)
    frame = without_nested(opened.frame, {*mapped.columns.values(), *mapped.flags.values()}, label=opened.label)
    with reading(opened.files[0], what="a table of incidents", advice="Export the data again."), engine_faults():
        head = frame.head(_SAMPLE).collect(backend="polars").to_native()
        sample = head.with_columns(pl.all().cast(pl.String, strict=False)).to_pandas()
    refuse_personal(header, sample, allow=asked.stated.allow_columns, name=opened.label)
    found = nw.to_native(canonical_frame(frame, mapped, file=opened.files[0], missing=asked.stated.missing_words))
    return {
        "frame": asked.with_dates(found, opened.files),
        "batches": (),
        "coordinates": coordinates_of(mapped.coordinates, asked.crs),
        "flags": tuple(mapped.flags),
        "layout": mapped.layout,
        "columns": dict(mapped.columns),
    }


def _refuse_persons(files: Sequence[TextFile], *, allow: Collection[str]) -> None:
    """Judge the headers of a layout, and the contents of every column that street files do not have."""
    header = files[0].header
    judged = [name for name in header if name.strip().lower() not in POLICE_UK_CONTENTS]
    for file in files[:_JUDGED] if judged else files[:1]:
        rows = first_records(file, _SAMPLE) if judged else []
        sample = pd.DataFrame(rows, columns=list(header), dtype=object)[judged] if rows else None
        refuse_personal(header, sample, allow=allow, name=repr(file.name))


def _groups(files: Sequence[TextFile]) -> list[list[TextFile]]:
    """Files in groups of limited size: polars holds the text of all the files that it scans at once."""
    groups: list[list[TextFile]] = [[]]
    size = 0
    for file in files:
        size += file.path.stat().st_size if file.path is not None else 0
        if groups[-1] and size > _BATCH_BYTES:
            groups.append([])
            size = 0
        groups[-1].append(file)
    return groups
