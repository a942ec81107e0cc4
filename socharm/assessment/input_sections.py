"""Sections of the recipe that name the files of an assessment, and say how they are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from pydantic import ConfigDict

from socharm.assessment.spatial_sections import BestFitSection
from socharm.assessment.table_keys import STRICT, TableKeys
from socharm.io.incidents.losses import STOP_SHARE, WARN_SHARE

__all__ = [
    "AreasSection",
    "IncidentsSection",
    "IndicatorsSection",
    "LookupSection",
    "PopulationSection",
    "WeightsSection",
]


@dataclass(frozen=True, kw_only=True)
class LookupSection(TableKeys):
    """``[[lookups]]``: a table from one kind of area to another, named so that other sections can use it.

    `shares` names the column that says how a code with several targets is divided, `change` the column that says what
    became of a code.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    name: str
    path: str
    source: str
    target: str
    shares: str | None = None
    change: str | None = None


@dataclass(frozen=True, kw_only=True)
class AreasSection:
    """``[areas]``: the boundaries to rank, and the columns that name them.

    `parent` and `force` name a column of the file; `parent_lookup` and `force_lookup` name a lookup.
    `only` keeps the areas whose code or parent it lists: one force out of a national file. `source` is the
    publisher as maps should print it; the file's name when absent. `crs` is the metric system to work in,
    `source_crs` that of the file's coordinates, where the file states none or a wrong one; `layer` names one of
    several layers. `encoding` is that of a Shapefile's texts; `allow_columns` names columns that look as if they spoke
    of persons and do not.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    path: str
    code: str
    name: str | None = None
    parent: str | None = None
    force: str | None = None
    parent_lookup: str | None = None
    force_lookup: str | None = None
    only: tuple[str, ...] = ()
    source: str | None = None
    year: int | None = None
    crs: str = "EPSG:27700"
    source_crs: str | None = None
    layer: str | None = None
    encoding: str | None = None
    allow_columns: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class IncidentsSection:
    """``[incidents]``: recorded incidents, and what did not arrive.

    Parameters
    ----------
    path : str
        A police.uk folder or zip, saved answers of its API, a delimited text (also packed), parquet or a workbook.
    columns : mapping
        For other layouts: what socharm calls a column, to what the file calls it; a list of names where files differ.
    crs : str, optional
        System of the coordinates; longitude and latitude, or the British National Grid, by the columns' names.
    sheet : str or int, optional
        Sheet of a workbook, by name or counted from 0.
    header_row : int, optional
        Row of the column names, counted from 1.
    skip_rows : int
        Rows at the top that are not looked at.
    encoding : str, optional
        Encoding of delimited text, where it is not found.
    date_basis : str
    date_format : str or mapping, optional
        How dates are written (``"%m/%d/%Y"``); found from the whole column when absent. Where files differ, patterns
        of their names to formats.
    day_first : bool, optional
        Order of dates such as ``05/04/2024``, where the column does not tell.
    missing : tuple of str
        Words that stand for a missing value, beside the usual ones.
    usual_missing : bool
        Whether the usual words (``NA``, ``NULL``, ``-``) mean missing too; false leaves `missing` alone.
    thousands : str, optional
        What parts thousands in coordinates.
    duplicates : str
        ``"whole-row"`` or ``"id"``.
    not_covered : tuple of str
        Codes of areas that no source covered: missing, not zero.
    covered_months : tuple of str, optional
        The months that arrived, where the files do not tell.
    leave_out_sources : tuple of str
        Reporting forces whose rows are set aside, such as ``["btp"]``.
    minimum_coverage : float
        Share of the months below which an area is not ranked.
    minimum_delivery : float
        Share of a source's usual month from which a month of it counts as delivered.
    allow_columns : tuple of str
        Columns that look as if they spoke of persons and do not.
    accept : tuple of str
        Reasons for setting rows aside whose share is meant, however large: ``"outside all areas"`` for a file of more
        places than the areas, ``"no location"``, ``"date cannot be parsed"``.
    warn_share, stop_share : float
        Share of the rows set aside for such a reason from which on it is told, and from which on the run stops.
    source : str, optional
        The publisher as maps should print it.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    path: str
    columns: dict[str, str | tuple[str, ...]] | None = None
    crs: str | None = None
    sheet: str | int | None = None
    header_row: int | None = None
    skip_rows: int = 0
    encoding: str | None = None
    date_basis: Literal["recorded", "committed"] = "recorded"
    date_format: str | dict[str, str] | None = None
    day_first: bool | None = None
    missing: tuple[str, ...] = ()
    usual_missing: bool = True
    thousands: str | None = None
    allow_columns: tuple[str, ...] = ()
    duplicates: Literal["whole-row", "id"] = "whole-row"
    not_covered: tuple[str, ...] = ()
    covered_months: tuple[str, ...] | None = None
    leave_out_sources: tuple[str, ...] = ()
    minimum_coverage: float = 0.5
    minimum_delivery: float = 0.3
    accept: tuple[Literal["date cannot be parsed", "no location", "outside all areas", "whole-row copy"], ...] = ()
    warn_share: float = WARN_SHARE
    stop_share: float = STOP_SHARE
    source: str | None = None


@dataclass(frozen=True, kw_only=True)
class PopulationSection(TableKeys):
    """``[population]``: the denominator, of the ranked areas or of smaller ones with a lookup or best fit.

    `source` is the publisher as maps should print it; the file's name when absent.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    path: str
    code: str
    value: str
    date: str
    kind: Literal["resident", "workday", "households", "street_length_km"] = "resident"
    lookup: str | None = None
    best_fit: BestFitSection | None = None
    source: str | None = None


@dataclass(frozen=True, kw_only=True)
class WeightsSection(TableKeys):
    """``[weights]``: the severity weights, and the crosswalk to the categories of the incidents.

    Parameters
    ----------
    scheme : str
        A packaged scheme, ``"ons-css"``.
    file : str, optional
        A file of weights of your own instead.
    crosswalk : str
        ``"police.uk"``, or ``"none"`` where incidents carry single offences.
    force : str, optional
        Use the offence mix of this force; England & Wales otherwise.
    columns : mapping, optional
        Of a file of weights: what socharm calls a column, to what the file calls it.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    scheme: str = "ons-css"
    file: str | None = None
    crosswalk: Literal["police.uk", "none"] = "police.uk"
    counts_from: str = "home-office-2019-20"
    force: str | None = None
    allow_stale: bool = False
    columns: dict[str, str] | None = None


@dataclass(frozen=True, kw_only=True)
class IndicatorsSection(TableKeys):
    """``[[indicators]]``: measures of partners with their dictionary; read, checked and recorded.

    `code`, `measure` and `value` name columns, `period` one of several periods; `where` keeps the rows with one value
    of a column; `ignore` names measures that the dictionary leaves out on purpose; `repair_quoted_rows` takes rows
    apart that were quoted whole.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    path: str
    dictionary: str
    code: str | None = None
    measure: str = "measure"
    value: str = "value"
    period: str | None = None
    where: dict[str, str] | None = None
    ignore: tuple[str, ...] = ()
    repair_quoted_rows: bool = False
