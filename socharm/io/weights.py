"""Severity weights: the ONS Crime Severity Score scheme, user-made schemes, and crosswalks to categories."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias, Unpack

import pandas as pd

from socharm._about import About
from socharm._arguments import checked
from socharm._checks import nearest_name, require_choice
from socharm._value_kinds import is_number, own, shown
from socharm._words import number_of
from socharm.errors import ParameterError, SchemaError
from socharm.io.packaged_weights import SCHEMES, WEIGHT_COLUMNS, packaged_weights
from socharm.io.table_options import TableKeywords, reads_tables
from socharm.io.weight_file import CAMBRIDGE_SOURCE, weight_rows
from socharm.io.weight_scheme import WeightFindings, WeightLevel, WeightScheme, WeightSettings
from socharm.offences import AGGREGATES, OFFENCE_GROUPS, UNWEIGHTED_CATEGORIES, category_of, refuse_aggregates

__all__ = ["OwnWeights", "as_weights", "load_weights", "read_weights", "refuse_aggregates"]

#: A scheme, or the weight of each offence by its name.
OwnWeights: TypeAlias = WeightScheme | Mapping[str, float] | pd.Series

#: Keys that an error names.
_MOST_TOLD: Final = 5


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
        settings=WeightSettings(name=name, year=year, unit=unit),
        about=About(unit=unit, sources=(source,)),
    )


@checked
@reads_tables(WeightSettings)
def read_weights(
    path: str | os.PathLike[str] | pd.DataFrame,
    *,
    columns: Mapping[str, str] | None = None,
    name: str | None = None,
    year: int = 0,
    unit: str = "weight units",
    level: WeightLevel | None = None,
    marking: str = "OFFICIAL",
    settings: WeightSettings | Mapping[str, Any] | None = None,
    **reading: Unpack[TableKeywords],
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
    level : {"offence", "category"}, optional
        What the offences are. By default categories, where all of them are categories of police.uk, else single
        offences. State it where categories stand beside offences of your own.
    marking : str
        Security classification of the scheme.
    settings : WeightSettings or mapping, optional
        Choices of another scheme, for what is not stated by keyword.
    **reading
        How the file is read: the options of `TableOptions`.

    Returns
    -------
    WeightScheme
        Offences are canonical keys: ``8N`` becomes ``ho-8n``, ``Burglary`` becomes ``burglary``. At
        category level when every offence is a police.uk category, else at offence level.

    Raises
    ------
    SchemaError
        Weights that are missing, negative or not numbers, or offences that stand twice: all of
        them at once, with their rows. Or unknown offences beside categories, and no `level`.

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
    chosen = WeightSettings.of(settings)
    name, year, unit = chosen.name, chosen.year, chosen.unit
    rows = weight_rows(path, columns=chosen.columns or {}, options=chosen)
    if rows.layout == "cambridge":
        _require_own_unit(unit)
        name, year, unit, source = name or "cambridge-chi", year or 2020, "sentence-days", CAMBRIDGE_SOURCE
    else:
        name = name or Path(rows.file).stem
        source = f"{name} (weights supplied by the user)"
    table = rows.table.assign(within_variance=0.0, tau=0.0, source=source)
    single = [column for column in table.columns if column not in WEIGHT_COLUMNS]
    told_level = chosen.level or _level(table.index, "`weights`" if isinstance(path, pd.DataFrame) else repr(rows.file))
    return WeightScheme(
        table=table[[*WEIGHT_COLUMNS, *single]],
        name=name,
        year=year,
        unit=unit,
        excluded=tuple(key for key in UNWEIGHTED_CATEGORIES if key not in table.index),
        settings=chosen,
        about=About(unit=unit, sources=(source,), marking=chosen.marking),
        findings=WeightFindings(level=told_level, table=rows.options),
    )


def _require_own_unit(unit: str) -> None:
    if unit not in ("weight units", "sentence-days"):
        raise ParameterError(
            f"`unit` is {shown(unit)}, and the Cambridge workbook counts sentence-days. Leave `unit` out."
        )


def _level(offences: pd.Index, name: str) -> str:
    """What the keys of a scheme are: single offences, unless all of them are categories.

    Raises
    ------
    SchemaError
        Beside categories stand offences that are not known: one slip would make single offences of all of them.
    """
    other = [key for key in map(str, offences) if key not in OFFENCE_GROUPS]
    unknown = [key for key in other if category_of(key) is None and key not in AGGREGATES]
    # A force's own list may share a name with a category; a slip stands among categories, and they are the more.
    if not unknown or len(unknown) > len(offences) - len(other):
        return "offence" if other else "category"
    near = [(key, nearest_name(key, OFFENCE_GROUPS)) for key in unknown[:_MOST_TOLD]]
    meant = "".join(f" Did you mean {hint!r} for {key!r}?" for key, hint in near if hint)
    more = f" and {len(unknown) - _MOST_TOLD:,} more" if len(unknown) > _MOST_TOLD else ""
    raise SchemaError(
        f"{name} holds {number_of(len(offences) - len(other), 'category', 'categories')} and "
        f"{number_of(len(unknown), 'offence that is not known', 'offences that are not known')}: "
        f"{unknown[:_MOST_TOLD]}{more}.{meant} Correct the names. Where the counts hold them so, read the weights by "
        '`read_weights(..., level="category")`, which takes them as they are.'
    )


def as_weights(weights: OwnWeights) -> WeightScheme:
    """A scheme as it is, or one made of the weight of each offence.

    Raises
    ------
    ParameterError
        Nothing, or weights that are missing or no numbers.
    SchemaError
        Weights that are negative, or offences that stand twice, whatever their spelling.

    Examples
    --------
    >>> as_weights({"Burglary": 365, "Robbery": 800}).weights.to_dict()
    {'burglary': 365.0, 'robbery': 800.0}
    """
    if isinstance(weights, WeightScheme):
        return weights
    given = {} if isinstance(weights, pd.Series) else dict(weights)
    series = weights if isinstance(weights, pd.Series) else pd.Series(given, dtype=object)
    if series.empty:
        raise ParameterError("`weights` is empty. Give the weight of each offence, such as {'burglary': 365}.")
    for label, value in series.items():
        if not is_number(own(value)):
            raise ParameterError(f"`weights` holds {shown(own(value))} for {shown(label)}; it must be a number.")
    table = pd.DataFrame({"offence": [str(label) for label in series.index], "weight": series.to_numpy(dtype=float)})
    return read_weights(table, name="weights of your own")
