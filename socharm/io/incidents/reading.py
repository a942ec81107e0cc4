"""`read_incidents`: one door for street files, folders, archives, extracts and dataframes."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, TypeAlias

import narwhals as nw
import pandas as pd
import polars as pl

from socharm._about import About, AssessmentPeriod
from socharm._checks import require_choice
from socharm.errors import ParameterError, SchemaError
from socharm.io._safety import kind_of, safe_path
from socharm.io.crs import BRITISH_NATIONAL_GRID, LONGITUDE_LATITUDE, crs_label, parse_crs
from socharm.io.incidents.archive import read_archive
from socharm.io.incidents.delimited import FILE, TextFile, read_head, scan_text_files, sniff
from socharm.io.incidents.extract import Mapped, canonical_frame, map_columns
from socharm.io.incidents.months import DateRule
from socharm.io.incidents.policeuk import SOURCE_NAME, is_street_file, refuse_repeated_files
from socharm.io.incidents.records import Incidents, IncidentSettings
from socharm.io.missing import missing_words
from socharm.io.personal import refuse_personal

__all__ = ["as_period", "read_incidents"]

_SAMPLE: Final = 500
_BATCH_BYTES: Final = 96 << 20

# Frame, files, ignored files, heads of delimited files, and what to call it in messages.
_Opened: TypeAlias = tuple[Any, list[str], list[str], list[Any], str]


def read_incidents(
    source: Any,
    *,
    period: AssessmentPeriod | tuple[str, str] | str | None = None,
    columns: Mapping[str, Any] | None = None,
    date_basis: str = "recorded",
    date_format: str | None = None,
    day_first: bool | None = None,
    missing: Collection[str] | None = None,
    thousands: str | None = None,
    marking: str = "OFFICIAL",
    source_name: str | None = None,
    crs: Any = None,
    encoding: str | None = None,
    allow_columns: Collection[str] = (),
    leave_out_sources: str | Collection[str] = (),
) -> Incidents:
    """Open a source of recorded incidents; nothing but headers is read until it is counted.

    Parameters
    ----------
    source : path or dataframe
        A police.uk street CSV; a folder of them (its ``*-street.csv`` files at any depth, others are
        listed as ignored); the downloaded zip, read in place; a force's own CSV or parquet; or any
        dataframe or lazy frame that narwhals understands (pandas, polars, DuckDB, PySpark …).
    period : AssessmentPeriod, (first, last) or month, optional
        Months ``YYYY-MM`` to count; rows outside are set aside. Every month found by default.
    columns : mapping, optional
        Meaning to column name, for layouts that are not recognised: ``date`` (or ``date_recorded``
        and ``date_committed``), ``offence``, ``easting`` and ``northing`` or ``longitude`` and
        ``latitude`` or ``area_code``, and if there are any ``id``, ``location``, ``source`` (the
        reporting force) and ``flags`` (a name, names, or names to columns).
    date_basis : {"recorded", "committed"}
        Which date the months are made of; recorded with the result.
    date_format : str, optional
        How dates are written, as `datetime.strptime` takes it (``"%m/%d/%Y"``), or ``"excel"``, ``"epoch"``,
        ``"epoch-ms"`` for numbers. By default it is found from the whole column.
    day_first : bool, optional
        Order of dates such as ``05/04/2024``, where the column itself does not tell.
    missing : collection of str, optional
        Words that mean a blank cell beside ``NA``, ``N/A``, ``NULL``, ``nan``, ``None``, ``-`` and others
        (`socharm.io.missing.MISSING_WORDS`). ``()`` leaves blank cells alone missing, where a ward or an offence is
        called by such a word.
    thousands : str, optional
        What parts thousands in coordinates.
    marking : str
        Security classification of the source.
    source_name : str, optional
        Name to print under maps; the publisher for police.uk, otherwise the file's name.
    crs : optional
        CRS of the coordinates; EPSG:4326 for longitude and latitude, EPSG:27700 for easting and
        northing by default.
    encoding : str, optional
        Encoding of delimited files; by default UTF-8 or, where the head is not, Windows-1252.
    allow_columns : collection of str
        Columns that look like persons and do not speak of persons.
    leave_out_sources : str or collection of str
        Sources (reporting forces) whose rows are set aside, in any spelling: ``"btp"`` for the transport police,
        which come in some months and not in others.

    Returns
    -------
    Incidents

    Raises
    ------
    SchemaError
        Empty, header only, or without a column that is needed (the nearest name is suggested).
    RefusedError
        An unsafe or disguised file, or columns that look like persons.
    ParameterError
        No such file, or an argument that makes no sense.

    Notes
    -----
    The form of the dates is decided once, from every distinct text of the column: months and dates with the year
    first, the day first or the month first, in digits or with the month's English name, with or without a clock
    time, and day numbers of a spreadsheet. A column in which day and month cannot be told apart, or contradict each
    other, stops when it is counted. Dates count as written: clock times and time zones change no month.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"Month": ["2025-04"], "Crime type": ["Burglary"], "Longitude": [-1.6], "Latitude": [54.9]})
    >>> read_incidents(rows).settings.layout
    'police.uk'
    """
    require_choice(date_basis, ("recorded", "committed"), name="date_basis")
    words = missing_words(missing)
    DateRule(date_format, day_first, words)
    opened = _open_path(source, encoding) if isinstance(source, (str, os.PathLike)) else _open_frame(source)
    frame, files, ignored, origin, label = opened
    header = frame.collect_schema().names()
    mapped = map_columns(header, columns, date_basis=date_basis, name=label)
    sample = _sample(frame) if mapped.layout != "police.uk" else None
    refuse_personal([name for name in header if name != FILE], sample, allow=allow_columns, name=label)
    printed = source_name or (SOURCE_NAME if mapped.layout == "police.uk" else files[0])
    return Incidents(
        frame=nw.to_native(canonical_frame(frame, mapped, file=files[0], missing=words)),
        coordinates=_coordinates(mapped.coordinates, crs),
        flags=tuple(mapped.flags),
        files=tuple(files),
        settings=IncidentSettings(
            layout=mapped.layout,
            date_basis=date_basis,
            columns=dict(mapped.columns),
            date_format=date_format,
            day_first=day_first,
            missing=tuple(sorted(words)),
            thousands=thousands,
            leave_out_sources=_left_out(leave_out_sources),
        ),
        about=About(period=as_period(period), unit="incidents", sources=(printed,), marking=marking),
        ignored=tuple(ignored),
        origin=tuple(origin),
        batches=_batches(origin, frame, mapped, words),
    )


def _left_out(names: str | Collection[str]) -> tuple[str, ...]:
    listed = [names] if isinstance(names, str) else list(names)
    odd = [name for name in listed if not isinstance(name, str) or not name.strip()]
    if odd:
        raise ParameterError(f"`leave_out_sources` holds {odd[:3]}; give names of sources, such as 'btp'.")
    return tuple(dict.fromkeys(name.strip() for name in listed))


def _batches(origin: list[TextFile], frame: Any, mapped: Mapped, missing: Collection[str]) -> tuple[Any, ...]:
    """The source in parts of some files each; polars holds the text of all the files it scans at once."""
    groups: list[list[TextFile]] = [[]]
    size = 0
    for file in (text for text in origin if text.has_rows):
        size += file.path.stat().st_size if file.path is not None else 0
        if groups[-1] and size > _BATCH_BYTES:
            groups.append([])
            size = 0
        groups[-1].append(file)
    if len(groups) < 2 or len({file.header for file in origin if file.has_rows}) > 1:
        return ()
    order = [name for name in frame.collect_schema().names() if name != FILE]
    frames = [nw.from_native(scan_text_files(group, label="")).select(*order, FILE) for group in groups]
    return tuple(
        nw.to_native(canonical_frame(part, mapped, file=group[0].name, missing=missing))
        for part, group in zip(frames, groups, strict=True)
    )


def as_period(period: AssessmentPeriod | tuple[str, str] | str | None) -> AssessmentPeriod | None:
    """An `AssessmentPeriod` from one, from (first, last), or from a single month; None stays None.

    Raises
    ------
    ParameterError
        Something else.

    Examples
    --------
    >>> as_period(("2025-04", "2025-09"))
    AssessmentPeriod(start='2025-04', end='2025-09')
    """
    if period is None or isinstance(period, AssessmentPeriod):
        return period
    if isinstance(period, str):
        return AssessmentPeriod(period, period)
    ends = [str(month) for month in period] if isinstance(period, Iterable) else []
    if len(ends) != 2:
        raise ParameterError(f"`period` is {period!r}; give the first and the last month: ('2025-04', '2025-09').")
    return AssessmentPeriod(ends[0], ends[1])


def _open_path(source: str | os.PathLike[str], encoding: str | None) -> _Opened:
    path = safe_path(source, kinds=("csv", "parquet", "zip", "folder"), name="source")
    if path.is_file() and kind_of(path) == "parquet":
        return _open_parquet(path)
    ignored: list[str] = []
    if path.is_dir():
        texts, ignored = _street_files(path, encoding)
    elif kind_of(path) == "zip":
        texts, ignored = read_archive(path, encoding=encoding)
    else:
        texts = [_text_file(path, path.name, encoding)]
    refuse_repeated_files(text.name for text in texts)
    frame = nw.from_native(scan_text_files(texts, label=repr(path.name)))
    return frame, [text.name for text in texts], ignored, list(texts), repr(path.name)


def _street_files(folder: Path, encoding: str | None) -> tuple[list[TextFile], list[str]]:
    names = sorted(
        (Path(root) / name).relative_to(folder).as_posix() for root, _, found in os.walk(folder) for name in found
    )
    street = [name for name in names if is_street_file(name)]
    ignored = [name for name in names if not is_street_file(name)]
    if not street:
        raise SchemaError(
            f"`source` is a folder without a street file (a name that ends in '-street.csv'): {folder.name!r} holds "
            f"{ignored[:5]}. Name the folder of the months, or one file with `columns=`."
        )
    return [_text_file(folder / name, name, encoding) for name in street], ignored


def _text_file(path: Path, name: str, encoding: str | None) -> TextFile:
    checked = safe_path(path, kinds=("csv",), name="source")
    return replace(sniff(read_head(checked), name=name, encoding=encoding), path=checked)


def _open_parquet(path: Path) -> _Opened:
    try:
        frame = pl.scan_parquet(path)
        frame.collect_schema()
    except (pl.exceptions.PolarsError, OSError) as fault:
        first = str(fault).splitlines()[0] if str(fault) else type(fault).__name__
        raise SchemaError(f"{path.name!r} cannot be read as parquet: {first}. Copy or download it again.") from fault
    return nw.from_native(frame), [path.name], [], [], repr(path.name)


def _open_frame(source: Any) -> _Opened:
    if isinstance(source, pd.DataFrame):
        odd = [column for column in source.columns if not isinstance(column, str)]
        if odd:
            raise SchemaError(f"`source` has column names that are not text: {odd[:5]}. Rename them.")
        source = _text_objects(source)
    try:
        frame = nw.from_native(source).lazy()
    except TypeError as fault:
        raise ParameterError(
            f"`source` is a {type(source).__name__}; give a path, or a dataframe of pandas, polars, DuckDB or PySpark."
        ) from fault
    return frame, ["table"], [], [], "`source`"


def _text_objects(frame: pd.DataFrame) -> pd.DataFrame:
    """Columns of mixed Python objects and of months as text, missing values kept missing; engines refuse them."""
    mixed: dict[str, Any] = {
        str(name): column.astype(object).where(column.isna(), column.map(str)).astype("str")
        for name, column in frame.items()
        if column.dtype == object or isinstance(column.dtype, pd.PeriodDtype)
    }
    return frame.assign(**mixed) if mixed else frame


def _sample(frame: Any) -> pd.DataFrame | None:
    """Some rows of an extract, so that its contents can be judged beside its headers."""
    try:
        head: pd.DataFrame = frame.head(_SAMPLE).collect(backend="polars").to_native().to_pandas()
    except (pl.exceptions.PolarsError, UnicodeDecodeError):
        return None  # a fault in the rows is told when they are counted, with its row
    return head


def _coordinates(kind: str, crs: Any) -> str:
    if kind == "area_code":
        return "area_code"
    default = BRITISH_NATIONAL_GRID if kind == "grid" else LONGITUDE_LATITUDE
    return crs_label(parse_crs(crs)) if crs is not None else default
