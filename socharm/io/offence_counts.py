"""Police recorded crime tables of the Home Office: offence counts by force and year."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, Unpack

import numpy as np
import pandas as pd

from socharm._about import About, AssessmentPeriod
from socharm._arguments import checked
from socharm._checks import names_told, nearest_name
from socharm._record import Record
from socharm._settings import setting
from socharm._words import number_of
from socharm.errors import DataWarning, ParameterError, SchemaError
from socharm.io._table_header import Recognise, folded
from socharm.io.forces import BRITISH_TRANSPORT_POLICE, force_name
from socharm.io.numbers import has_no_number, parse_numbers
from socharm.io.table_options import TableFindings, TableKeywords, TableOptions, reads_tables
from socharm.io.tabular import TableRules, read_table
from socharm.io.text_table import Faults
from socharm.offences import offence_key

__all__ = [
    "FRAUD_BODIES",
    "OffenceCountFindings",
    "OffenceCountSettings",
    "OffenceCounts",
    "financial_year",
    "read_offence_counts",
]

#: National bodies that stand among the forces and record fraud for the whole country.
FRAUD_BODIES: Final = ("action fraud", "cifas", "uk finance", "financial fraud action uk", "ffa uk")

#: Columns read, by what they hold, with the publisher's names for them.
COLUMNS: Final[Mapping[str, str]] = {
    "year": "Financial Year",
    "quarter": "Financial Quarter",
    "force": "Force Name",
    "description": "Offence Description",
    "code": "Offence Code",
    "n": "Number of Offences",
}


@dataclass(frozen=True, kw_only=True)
class OffenceCountSettings(TableOptions):
    """Choices behind counts of single offences; thousands are parted by the publisher's comma."""

    columns: dict[str, str] | None = setting(None, "names of columns, where they are not the publisher's")
    year: str | None = setting(None, "the one financial year to keep")
    thousands: str | None = setting(",", "what parts thousands in numbers")


@dataclass(frozen=True, kw_only=True)
class OffenceCountFindings(TableFindings):
    """How a table of offence counts was written.

    Attributes
    ----------
    table : TableOptions
        As of `TableFindings`.
    columns : dict of str to str
        Column of the file by what it holds.
    """

    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False, repr=False)
class OffenceCounts(Record):
    """Recorded offences by force, financial year and single offence.

    Attributes
    ----------
    table : DataFrame
        ``year`` (``"2019-20"``), ``force``, ``offence`` (canonical key), ``count_code``, ``n``
        (int64, not negative). Sorted; quarters are added up.
    corrections : DataFrame
        Negative cells as they stand in the file: ``row``, ``force``, ``count_code``, ``quarter``, ``n``.
    clipped : DataFrame
        Force-years that stayed negative after adding up and were set to 0: ``year``, ``force``,
        ``count_code``, ``n`` (the negative sum).
    accounting : DataFrame
        Index ``reason`` (``used``, ``other year``, ``fraud body``); column ``rows``. Its sum is the
        number of rows of the file.
    """

    __made_by__ = ("read_offence_counts",)

    table: pd.DataFrame
    corrections: pd.DataFrame
    clipped: pd.DataFrame
    accounting: pd.DataFrame
    settings: OffenceCountSettings
    about: About
    findings: OffenceCountFindings = field(default_factory=OffenceCountFindings)
    _title: ClassVar[str] = "Offence counts"

    @property
    def years(self) -> list[str]:
        """Financial years, in order."""
        return sorted(self.table["year"].unique())

    @property
    def forces(self) -> list[str]:
        """Forces, in order."""
        return sorted(self.table["force"].unique())

    def _summary(self) -> dict[str, str]:
        rows = self.accounting["rows"]
        return {
            "forces": f"{len(self.forces)}",
            "years": ", ".join(self.years),
            "offences": f"{number_of(self.table['offence'].nunique(), 'code')}, {self.table['n'].sum():,.0f} recorded",
            "rows": f"{int(rows.sum()):,} read, {int(rows['used']):,} used",
            "corrections": f"{number_of(len(self.corrections), 'negative cell')}, "
            f"{number_of(len(self.clipped), 'force-year')} set to 0",
        }


@checked
@reads_tables(OffenceCountSettings)
def read_offence_counts(
    path: str | os.PathLike[str] | pd.DataFrame,
    *,
    columns: Mapping[str, str] | None = None,
    year: str | None = None,
    settings: OffenceCountSettings | Mapping[str, Any] | None = None,
    **reading: Unpack[TableKeywords],
) -> OffenceCounts:
    """Read a Home Office table of police recorded crime by force, quarter and offence code.

    Parameters
    ----------
    path : path or DataFrame
        Text, workbook or parquet, as published.
    columns : mapping, optional
        Where the file has other names: ``{"force": "Force name", ...}``; keys are ``year``,
        ``quarter``, ``force``, ``description``, ``code``, ``n``. The publisher's names in any
        case and spacing are found without it.
    year : str, optional
        Keep one financial year (``"2019-20"``) of a file that holds several.
    settings : OffenceCountSettings or mapping, optional
        Choices of other counts, for what is not stated by keyword.
    **reading
        How the file is read: the options of `TableOptions`.

    Returns
    -------
    OffenceCounts

    Raises
    ------
    SchemaError
        A column is missing, or cells are not whole numbers, force names or years; all faults of
        the file are raised together.
    ParameterError
        The file does not hold `year`.

    Warns
    -----
    DataWarning
        A force-year stayed negative after adding up and was set to 0.

    Notes
    -----
    Published tables hold negative cells: corrections of an earlier quarter. They are added up over
    the quarters of the force-year first; what is still negative is reported and set to 0. Action
    Fraud, CIFAS and UK Finance are national bodies that stand among the forces: their rows are set
    aside and counted (UK Finance's are not even whole numbers).
    """
    chosen = OffenceCountSettings.of(settings)
    year = chosen.year
    stated = {key: folded(label) for key, label in (chosen.columns or {}).items()}
    source = read_table(path, options=chosen, header=_header_test(stated), rules=TableRules(number_copies=True))
    names = _find_columns(source.frame, stated, source.file)
    cells = source.frame[list(names.values())].set_axis(list(names), axis=1)
    faults = Faults(source.file)
    cells = cells.assign(year=_years(cells["year"], faults, names["year"]))
    fraud = cells["force"].map(lambda text: _flat(text) in FRAUD_BODIES)
    other = cells["year"].ne(financial_year(year)) if year is not None else pd.Series(False, index=cells.index)
    used = cells[~fraud & ~other]
    used = used.assign(
        force=_forces(used["force"], faults, names["force"]),
        count_code=_codes(used),
        n=_whole(used["n"], faults, names["n"], chosen),
    )
    faults.raise_if_any()
    if year is not None and used.empty:
        found = sorted(set(cells["year"].dropna()))
        raise ParameterError(f"`year` is {year!r}, which {source.file!r} does not hold; it holds {found}.")
    table, clipped = _net(used)
    reasons = {"used": len(used), "other year": int((other & ~fraud).sum()), "fraud body": int(fraud.sum())}
    return OffenceCounts(
        table=table,
        corrections=_corrections(used),
        clipped=clipped,
        accounting=pd.DataFrame({"rows": reasons}).rename_axis("reason"),
        settings=chosen,
        about=_about(table),
        findings=OffenceCountFindings(columns=names, table=source.options),
    )


def financial_year(text: str) -> str:
    """Financial year as ``YYYY-YY``, from the spellings of published tables.

    Raises
    ------
    ParameterError
        The text is not two years in a row.

    Examples
    --------
    >>> financial_year("2019/20"), financial_year("2019-2020"), financial_year("Apr 2019 to Mar 2020")
    ('2019-20', '2019-20', '2019-20')
    """
    found = re.search(r"(\d{4})\D+?(\d{4}|\d{2})(?!\d)", str(text))
    if not found or int(found[2][-2:]) != (int(found[1]) + 1) % 100:
        raise ParameterError(f"`year` is {text!r}, which is not a financial year. Write it as '2019-20'.")
    return f"{found[1]}-{found[2][-2:]}"


def _flat(text: object) -> str:
    return " ".join(re.sub(r"[^a-z0-9]+", " ", str(text).lower()).split())


def _header_test(given: Mapping[str, str]) -> Recognise:
    """A row of column names holds the needed ones, by the caller's or the publisher's name."""
    needed = {_flat(given.get(key) or COLUMNS[key]) for key in ("year", "force", "code", "n")}
    return lambda cells: needed <= {_flat(cell) for cell in cells}


def _find_columns(frame: pd.DataFrame, given: Mapping[str, str], file: str) -> dict[str, str]:
    unknown = sorted(set(given) - set(COLUMNS))
    if unknown:
        hint = nearest_name(unknown[0], COLUMNS)
        meant = f" Did you mean {hint!r}?" if hint else ""
        raise ParameterError(f"`columns` names {unknown}; its keys are {sorted(COLUMNS)}.{meant}")
    by_flat = {_flat(label): str(label) for label in frame.columns}
    names = {key: given.get(key) or by_flat.get(_flat(label)) or label for key, label in COLUMNS.items()}
    optional = [key for key in ("quarter", "description") if names[key] not in frame.columns and key not in given]
    names = {key: label for key, label in names.items() if key not in optional}
    missing = [label for label in names.values() if label not in frame.columns]
    if missing:
        raise SchemaError(
            f"{file!r} lacks the columns {missing}; it has {names_told(list(frame.columns))}. "
            "Say where they are with `columns=`, such as {'force': 'Force name'}."
        )
    return names


def _each(values: pd.Series, convert: Any, faults: Faults, column: str, what: str) -> pd.Series:
    known: dict[str, str | None] = {}
    for text in values.unique():
        try:
            known[text] = convert(text)
        except ParameterError:
            known[text] = None
            rows = values.index[values == text]
            faults.add(
                f"{what} ({number_of(len(rows), 'row')} from here)",
                row=int(rows[0]),
                column=column,
                value=text,
            )
    return values.map(known)


def _years(values: pd.Series, faults: Faults, column: str) -> pd.Series:
    return _each(values, financial_year, faults, column, "is not a financial year such as 2019/20")


def _forces(values: pd.Series, faults: Faults, column: str) -> pd.Series:
    def convert(text: str) -> str:
        return force_name(text, others=(BRITISH_TRANSPORT_POLICE,))

    return _each(values, convert, faults, column, "is no police force of England and Wales")


def _codes(cells: pd.DataFrame) -> pd.Series:
    codes = cells["code"].str.upper()
    if "description" in cells:
        # A spreadsheet turns the code 4.10 into the number 4.1, which is manslaughter.
        turned = codes.eq("4.1") & cells["description"].map(_flat).eq("corporate manslaughter")
        codes = codes.mask(turned, "4.10")
    return codes


def _whole(values: pd.Series, faults: Faults, column: str, options: TableOptions) -> pd.Series:
    numbers = parse_numbers(
        values, faults=faults, column=column, missing=options.missing_words, thousands=options.thousands
    )
    for row, number in numbers[numbers.notna() & (numbers % 1 != 0)].items():
        faults.add("is not a whole number of offences", row=int(str(row)), column=column, value=number)
    for row in values.index[values.map(lambda text: has_no_number(text, options.missing_words))]:
        faults.add("is blank or marked as missing: a count is a number", row=int(row), column=column)
    return numbers.where(numbers.notna() & np.isfinite(numbers), 0).round().astype("int64")


def _net(used: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    sums = used.groupby(["year", "force", "count_code"], sort=True, as_index=False)["n"].sum()
    clipped = sums[sums["n"] < 0].reset_index(drop=True)
    if len(clipped):
        named = [f"{row.force} {row.count_code} ({row.n})" for row in clipped.head(3).itertuples()]
        warnings.warn(
            f"{number_of(len(clipped), 'force-year is', 'force-years are')} negative after adding up: 0 is counted, "
            f"such as {named}.",
            DataWarning,
            stacklevel=3,
        )
    offence = sums["count_code"].map({code: offence_key(code) for code in sums["count_code"].unique()})
    table = sums.assign(n=sums["n"].clip(lower=0), offence=offence)
    return table[["year", "force", "offence", "count_code", "n"]], clipped


def _corrections(used: pd.DataFrame) -> pd.DataFrame:
    negative = used[used["n"] < 0].rename_axis("row").reset_index()
    return negative.reindex(columns=["row", "year", "quarter", "force", "count_code", "n"])


def _about(table: pd.DataFrame) -> About:
    starts = [int(year[:4]) for year in table["year"].unique()]
    return About(
        period=AssessmentPeriod(f"{min(starts)}-04", f"{max(starts) + 1}-03") if starts else None,
        unit="recorded offences",
        sources=("Home Office police recorded crime open data",),
    )
