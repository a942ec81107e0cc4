"""Lookups from one geography to another."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Unpack

import numpy as np
import pandas as pd

from socharm._about import About
from socharm._arguments import checked
from socharm._checks import require_unique
from socharm._constraints import Frame
from socharm._record import Record
from socharm._settings import setting
from socharm._value_kinds import shown
from socharm._words import number_of
from socharm.errors import ParameterError, SchemaError
from socharm.io.area_codes import area_codes
from socharm.io.missing import is_suppressed
from socharm.io.numbers import has_no_number, parse_numbers
from socharm.io.population import Population
from socharm.io.table_options import TableFindings, TableKeywords, TableOptions, reads_tables
from socharm.io.tabular import read_table
from socharm.io.text_table import Faults, TextTable

__all__ = ["BestFitSettings", "Lookup", "LookupFindings", "LookupSettings", "read_lookup", "sorted_pairs"]


@dataclass(frozen=True, kw_only=True)
class LookupSettings(TableOptions):
    """Choices behind a lookup that was read."""

    source: str = setting(says="column of the codes to start from", example="ward_code")
    target: str = setting(says="column of the codes they go to", example="district_code")
    shares: str | None = setting(None, "column that divides a code with several targets", example="share", or_data=True)
    change: str | None = setting(None, "column that says what became of a code", example="what")
    year: int | None = setting(None, "boundary year of the targets", recipe=False)
    marking: str = setting("OFFICIAL", "security classification of the file", recipe=False)
    source_name: str | None = setting(None, "source as printed; the file's name when absent", recipe=False)


@dataclass(frozen=True, kw_only=True)
class BestFitSettings(TableOptions):
    """Choices behind a lookup by points inside areas."""

    code: str | None = setting(None, "column of the smaller areas' codes", example="LSOA21CD")
    x: str = setting("x", "column of the eastings or longitudes", recipe=False)
    y: str = setting("y", "column of the northings or latitudes", recipe=False)
    crs: str | None = setting(
        None, "system of these points, where it is not that of the areas", example="EPSG:4326", or_data=True
    )


@dataclass(frozen=True, kw_only=True)
class LookupFindings(TableFindings):
    """How a lookup was written or made.

    Attributes
    ----------
    table : TableOptions
        As of `TableFindings`.
    method : str
        ``"file"``, or how points were assigned.
    divided_by : str
        What divides codes with several targets; empty where there are none.
    """

    method: str = "file"
    divided_by: str = ""


@dataclass(frozen=True, eq=False, repr=False)
class Lookup(Record):
    """Which area of one geography belongs to which area of another.

    Attributes
    ----------
    table : DataFrame
        ``source``, ``target`` (str), ``share`` (float): the part of the source that goes to the target. The
        shares of a source sum to 1. Sorted by source, target; no pair twice.
    repeated_rows : int
        Rows of the file that repeat an earlier row.
    unmatched : tuple of str
        Source codes that belong to no target.
    changes : dict of str to int
        Source codes by change flag where the file has them: U unchanged, S split, M merged, X otherwise.
    mended_codes : int
        Codes that were written in lower case or as decimals.
    note_rows : int
        Rows under the table that are notes, set aside.
    """

    __made_by__ = ("read_lookup",)

    table: pd.DataFrame
    settings: LookupSettings | BestFitSettings
    about: About
    findings: LookupFindings = field(default_factory=LookupFindings)
    repeated_rows: int = 0
    unmatched: tuple[str, ...] = ()
    changes: dict[str, int] = field(default_factory=dict)
    mended_codes: int = 0
    note_rows: int = 0

    @property
    def kind(self) -> str:
        """``"whole"`` when every source goes to one target, ``"shares"`` when some are divided."""
        return "shares" if self.table["source"].duplicated().any() else "whole"

    def as_mapping(self) -> dict[str, str]:
        """Source code to target code.

        Raises
        ------
        ParameterError
            Some sources are divided between targets.
        """
        if self.kind == "shares":
            raise ParameterError(
                "the lookup divides codes between several targets, so it names no single parent. "
                "Use a lookup with one target for every code."
            )
        return dict(zip(self.table["source"], self.table["target"], strict=True))

    def _summary(self) -> dict[str, str]:
        lines = {
            "codes": f"{self.table['source'].nunique():,} to {self.table['target'].nunique():,}",
            "method": self.findings.method,
        }
        if self.changes:
            lines["changes"] = ", ".join(f"{flag} {number:,}" for flag, number in self.changes.items())
        if self.unmatched:
            lines["in no area"] = f"{len(self.unmatched):,}, such as {', '.join(self.unmatched[:3])}"
        found = {"codes mended": self.mended_codes, "notes set aside": self.note_rows}
        return lines | {label: f"{number:,}" for label, number in found.items() if number}


@checked
@reads_tables(LookupSettings)
def read_lookup(
    path: str | os.PathLike[str] | Frame,
    *,
    source: str | None = None,
    target: str | None = None,
    shares: str | pd.Series | Population | None = None,
    change: str | None = None,
    year: int | None = None,
    marking: str = "OFFICIAL",
    source_name: str | None = None,
    settings: LookupSettings | Mapping[str, Any] | None = None,
    **reading: Unpack[TableKeywords],
) -> Lookup:
    """Read which code belongs to which.

    Parameters
    ----------
    path : path or dataframe
        Text, workbook or parquet, as published.
    source, target : str
        Columns of the codes that are carried over, and of the codes they are carried to.
    shares : str, Series or Population, optional
        For codes with several targets: a column with the share of each row, or the size of every *target* (such as
        residents), by which a source is divided in proportion.
    change : str, optional
        Column of change flags, such as ``"CHGIND"`` between LSOAs of 2011 and 2021: U unchanged, S split, M merged,
        X otherwise. They are checked against the pairs and counted in ``changes``.
    year : int, optional
        Boundary year of the targets.
    marking : str
    source_name : str, optional
        Name of the source as it should be printed; the file name by default.
    settings : LookupSettings or mapping, optional
        Choices of another lookup, for what is not stated by keyword; `source` and `target` must be stated here or
        there. Sizes of targets are data: give them again.
    **reading
        How the file is read: the options of `TableOptions`.

    Returns
    -------
    Lookup

    Raises
    ------
    SchemaError
        A missing code, a code with several targets and no `shares`, or shares that do not sum to 1; all at once.

    Examples
    --------
    >>> rows = pd.DataFrame({"LSOA21CD": ["L1", "L2", "L3"], "WD25CD": ["W1", "W1", "W2"]})
    >>> read_lookup(rows, source="LSOA21CD", target="WD25CD").as_mapping()
    {'L1': 'W1', 'L2': 'W1', 'L3': 'W2'}
    """
    chosen = LookupSettings.of(settings)
    source, target, change = chosen.source, chosen.target, chosen.change
    column = shares if isinstance(shares, str) else None
    named = [name for name in (column, change) if name]
    table = read_table(path, columns=list(dict.fromkeys([source, target, *named])), options=chosen)
    faults = Faults(table.file)
    codes = {one: area_codes(table.frame[one], faults, missing=chosen.missing_words) for one in (source, target)}
    pairs = pd.DataFrame({"source": codes[source], "target": codes[target]})
    if column:
        cells = table.frame[column]
        words, mark = chosen.missing_words, chosen.thousands
        pairs["share"] = parse_numbers(cells, faults=faults, thousands=mark, missing=words)
        _note_withheld(cells, chosen, faults)
    copies = pairs.duplicated()
    pairs = pairs[~copies]
    changes = _checked_changes(pairs, table.frame[change], faults, change) if change else {}
    if shares is None:
        _note_divided(pairs, source, faults)
    faults.raise_if_any("State how a code with several targets is divided by `shares=`, or correct the file.")
    pairs = pairs.assign(share=1.0) if shares is None else _with_shares(pairs, shares, table)
    return Lookup(
        table=sorted_pairs(pairs),
        settings=chosen,
        about=About(boundary_year=chosen.year, sources=(chosen.source_name or table.file,), marking=chosen.marking),
        findings=LookupFindings(table=table.options, divided_by=_divided_by(shares)),
        repeated_rows=int(copies.sum()),
        changes=changes,
        mended_codes=faults.mended.total(),
        note_rows=table.note_rows,
    )


def _divided_by(shares: str | pd.Series | Population | None) -> str:
    if shares is None:
        return ""
    return f"column {shares!r}" if isinstance(shares, str) else "in proportion to the size of the targets"


def _checked_changes(pairs: pd.DataFrame, flags: pd.Series, faults: Faults, column: str) -> dict[str, int]:
    """Number of source codes by flag; a flag that the pairs contradict is a fault."""
    flag = flags[pairs.index]
    for row in flag.index[~flag.isin(list("USMX"))]:
        faults.add("is no change flag (U, S, M or X)", row=int(row), column=column, value=flag[row])
    divided = pairs["source"].duplicated(keep=False)
    joined = pairs["target"].duplicated(keep=False)
    wrong = ((flag == "U") & (divided | joined)) | ((flag == "S") & joined) | ((flag == "M") & divided)
    for row in flag.index[wrong]:
        faults.add("does not fit the codes it goes with", row=int(row), column=column, value=flag[row])
    by_code = flag.groupby(pairs["source"]).first()
    return {letter: int((by_code == letter).sum()) for letter in "USMX"}


def _note_withheld(cells: pd.Series, options: TableOptions, faults: Faults) -> None:
    """A share that is blank or withheld: its code would lose people, whatever the other parts add up to."""
    for row, cell in cells[cells.map(lambda text: has_no_number(text, options.missing_words))].items():
        what = "is marked as suppressed" if is_suppressed(cell) else "is missing"
        advice = "write the share, 0 where nothing goes there"
        faults.add(f"{what}: {advice}", row=int(str(row)), column=str(cells.name), value=cell or None)


def _note_divided(pairs: pd.DataFrame, source: str, faults: Faults) -> None:
    divided = pairs[pairs["source"].duplicated(keep=False) & (pairs["source"] != "")]
    for code, rows in divided.groupby("source", sort=True):
        targets = sorted(rows["target"])[:4]
        faults.add(f"goes to several targets {targets}", row=int(rows.index[1]), column=source, value=code)


def _sizes(shares: pd.Series) -> pd.Series:
    """Size of each target as a number; a missing one stays missing."""
    require_unique(shares.index, name="shares")
    sizes = pd.to_numeric(shares, errors="coerce").astype(float)
    odd = shares[sizes.isna() & shares.notna()]
    if len(odd):
        told = [f"{code}: {shown(size)}" for code, size in odd.head(3).items()]
        raise SchemaError(
            f"`shares` holds {number_of(len(odd), 'size that is no number', 'sizes that are no numbers')}"
            f", such as {told}. Correct them."
        )
    return sizes


def _with_shares(pairs: pd.DataFrame, shares: str | pd.Series | Population, table: TextTable) -> pd.DataFrame:
    if not isinstance(shares, str):
        size = pairs["target"].map(_sizes(shares.values if isinstance(shares, Population) else shares))
        divided = pairs["source"].duplicated(keep=False)
        lost = pairs["target"][divided & ~(size >= 0)]
        if len(lost):
            raise SchemaError(
                f"`shares` holds no size for {number_of(len(lost), 'target')} of divided codes, such as "
                f"{sorted(set(lost))[:3]}. Give the size of every target."
            )
        total = size.groupby(pairs["source"]).transform("sum")
        return pairs.assign(share=np.where(divided, size / total, 1.0))
    summed = pairs.groupby("source")["share"].sum()
    wrong = summed[(summed - 1).abs() > 1e-6]
    if len(wrong) or bool((pairs["share"] < 0).any()):
        found = [f"{code}: {value:g}" for code, value in list(wrong.items())[:3]]
        raise SchemaError(
            f"the shares of {number_of(len(wrong), 'code')} of "
            f"{table.file!r} do not sum to 1, such as {found}, or some are "
            "negative. "
            "Correct the shares; a code whose parts are not 1 gains or loses people."
        )
    return pairs


def sorted_pairs(pairs: pd.DataFrame) -> pd.DataFrame:
    frame = pairs[["source", "target", "share"]].sort_values(["source", "target"], kind="stable")
    return frame.reset_index(drop=True)
