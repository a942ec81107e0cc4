"""Severity weights: the ONS Crime Severity Score scheme, user-made schemes, and crosswalks to categories."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from pathlib import Path

import pandas as pd

from socharm._about import About
from socharm._arguments import checked
from socharm._checks import require_choice
from socharm.io.packaged_weights import SCHEMES, WEIGHT_COLUMNS, packaged_weights
from socharm.io.table_options import TableOptions
from socharm.io.weight_file import CAMBRIDGE_SOURCE, weight_rows
from socharm.io.weight_scheme import WeightScheme, WeightSettings
from socharm.offences import (
    OFFENCE_GROUPS,
    UNWEIGHTED_CATEGORIES,
    refuse_aggregates,
)

__all__ = ["load_weights", "read_weights", "refuse_aggregates"]


@checked
def load_weights(name: str = "ons-css") -> WeightScheme:
    """Load a packaged weight scheme of single offences.

    Parameters
    ----------
    name : {"ons-css"}
        The ONS Crime Severity Score, 2020 release: 134 Home Office count codes for 128 severity
        codes, in days of sentence.

    Returns
    -------
    WeightScheme
        At offence level. Homicide stands five times: once for each of its four parts, and as the
        aggregate ``ho-1-4-1-4-10-4-2``. Use either; `refuse_aggregates` stops counts that hold both.

    Raises
    ------
    ParameterError
        The scheme is not packaged; the nearest name is suggested.

    Notes
    -----
    Anti-social behaviour is not notifiable and has no weight; fraud is recorded nationally and has
    none either.

    References
    ----------
    Office for National Statistics (2020). *Crime Severity Score (Experimental Statistics)*.

    Examples
    --------
    >>> scheme = load_weights("ons-css")
    >>> len(scheme.table), scheme.table["severity_code"].nunique(), float(scheme.weights["ho-1"])
    (134, 128, 7973.393423)
    """
    require_choice(name, SCHEMES, name="name")
    _, year, unit, source = SCHEMES[name]
    return WeightScheme(
        table=packaged_weights(name).copy(),
        name=name,
        year=year,
        unit=unit,
        excluded=UNWEIGHTED_CATEGORIES,
        settings=WeightSettings(scheme=name),
        about=About(unit=unit, sources=(source,)),
    )


@checked
def read_weights(
    path: str | os.PathLike[str] | pd.DataFrame,
    *,
    columns: Mapping[str, str] | None = None,
    name: str | None = None,
    year: int = 0,
    unit: str = "weight units",
    sheet: str | int | None = None,
    header_row: int | None = None,
    skip_rows: int = 0,
    encoding: str | None = None,
    thousands: str | None = None,
    missing: Collection[str] = (),
    usual_missing: bool = True,
    allow_columns: Collection[str] = (),
    marking: str = "OFFICIAL",
) -> WeightScheme:
    """Read a weight scheme of your own, or the Cambridge Crime Harm Index workbook as published.

    Parameters
    ----------
    path : path or DataFrame
        Text, workbook or parquet with one row per offence.
    columns : mapping, optional
        Which columns hold ``offence``, ``weight`` and, if there, ``description``:
        ``{"offence": "Code", "weight": "Days"}``. Common names are found without it.
    name, year, unit : str, int, str
        Of the scheme; the file's name by default.
    sheet : str or int, optional
        Sheet of a workbook: its name, or its place counted from 0. By default the one visible sheet that holds the
        wanted columns.
    header_row : int, optional
        Row of the column names, counted from 1; by default the first row that holds the wanted columns.
    skip_rows : int
        Rows at the top of the file that are not looked at.
    encoding : str, optional
        Of a text file; found by default.
    thousands : str, optional
        Thousands separator to accept, such as ``","``.
    missing : collection of str
        Words that stand for a missing value beside the usual ones, in any letter case. A blank cell is always missing.
    usual_missing : bool
        Whether the usual words (``NA``, ``NULL``, ``-``, ``..``) mean missing too; false leaves `missing` alone.
    allow_columns : collection of str
        Columns that look like persons and are not.
    marking : str
        Security classification of the scheme.

    Returns
    -------
    WeightScheme
        Offences are canonical keys: ``8N`` becomes ``ho-8n``, ``Burglary`` becomes ``burglary``. At
        category level when every offence is a police.uk category, else at offence level.

    Raises
    ------
    SchemaError
        Weights that are missing, negative or not numbers, or offences that stand twice: all of
        them at once, with their rows.

    Notes
    -----
    The Cambridge workbook is known by its header. Its offences are keyed by their ``ATHENA URN``
    and carry ``count_code``; a crosswalk gives the titles of one count code the same share.
    Its values belong to the Cambridge Centre for Evidence-Based Policing and are not packaged.

    Examples
    --------
    >>> own = pd.DataFrame({"offence": ["Burglary", "Robbery"], "weight": [365, 800]})
    >>> read_weights(own, name="ours").weights.to_dict()
    {'burglary': 365.0, 'robbery': 800.0}
    """
    options = TableOptions(
        sheet=sheet,
        header_row=header_row,
        skip_rows=skip_rows,
        encoding=encoding,
        thousands=thousands,
        missing=missing,
        usual_missing=usual_missing,
    )
    rows = weight_rows(path, columns=columns or {}, options=options, allow_columns=allow_columns)
    if rows.layout == "cambridge":
        name, year, unit, source = name or "cambridge-chi", year or 2020, "sentence-days", CAMBRIDGE_SOURCE
    else:
        name = name or Path(rows.file).stem
        source = f"{name} (weights supplied by the user)"
    table = rows.table.assign(within_variance=0.0, tau=0.0, source=source)
    single = [column for column in table.columns if column not in WEIGHT_COLUMNS]
    level = "category" if set(table.index) <= set(OFFENCE_GROUPS) else "offence"
    return WeightScheme(
        table=table[[*WEIGHT_COLUMNS, *single]],
        name=name,
        year=year,
        unit=unit,
        excluded=tuple(key for key in UNWEIGHTED_CATEGORIES if key not in table.index),
        settings=WeightSettings(scheme=name, level=level, table=rows.options, allowed_columns=tuple(allow_columns)),
        about=About(unit=unit, sources=(source,), marking=marking),
    )
