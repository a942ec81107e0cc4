"""Indices of deprivation as published, and the version without crime that overlays need."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, Unpack

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._about import About
from socharm._arguments import checked
from socharm._checks import names_told
from socharm._columns import AREA
from socharm._constraints import Frame
from socharm.errors import SchemaError
from socharm.io._table_header import folded
from socharm.io.area_codes import area_codes
from socharm.io.deprivation_editions import MEASURES, OVERALL, Edition, column_meaning, edition_of
from socharm.io.deprivation_record import VERSIONS, Deprivation, DeprivationFindings, DeprivationSettings
from socharm.io.numbers import parse_numbers
from socharm.io.table_options import TableKeywords, TableOptions, reads_tables
from socharm.io.tabular import TableRules, read_table
from socharm.io.text_table import Faults, TextTable
from socharm.stats.deprivation_scores import deciles, exponential_score, ranks_of_scores, weighted_score

__all__ = ["read_deprivation"]


#: Codes of the areas of each nation; X: the packaged sample.
_NATIONS: Final = {
    "England": re.compile(r"E01\d{6}"),
    "Wales": re.compile(r"W01\d{6}"),
    "Scotland": re.compile(r"S01\d{6}"),
    "Northern Ireland": re.compile(r"\d\d[A-Z]{2}\d\d[SW]\d"),
    "fictional": re.compile(r"X01\d{6}"),
}

_CODES: Final = re.compile(r"lsoa|data.?zone|soa\d|code|cd\b|\d\dcd", re.IGNORECASE)

_Meanings = Mapping[tuple[str, str], str]


@checked
@reads_tables(DeprivationSettings)
def read_deprivation(
    path: str | os.PathLike[str] | Frame,
    *,
    year: int | None = None,
    marking: str = "OFFICIAL",
    source: str | None = None,
    settings: DeprivationSettings | Mapping[str, Any] | None = None,
    **reading: Unpack[TableKeywords],
) -> Deprivation:
    """Read IMD 2015, 2019 or 2025 (England), WIMD 2014, 2019 or 2025 (Wales), SIMD 2020 or NIMDM 2017.

    Parameters
    ----------
    path : path or dataframe
        CSV, Excel or parquet, with the publisher's column names or short ones (``IMD_rank``, ``Income_rank``).
        It may hold a part of the nation: published ranks keep their meaning.
    year : int, optional
        Edition, where neither the names of file, sheet and columns nor the codes tell (2015 and 2019 share their
        LSOAs). A year that a name states is believed, and refused where it is not known or contradicts another.
    marking : str
    source : str, optional
        Publisher as maps should print it; the name of the index by default.
    settings : DeprivationSettings or mapping, optional
        Choices of another index, for what is not stated by keyword.
    **reading
        How the file is read: the options of `TableOptions`.

    Returns
    -------
    Deprivation
        Published score, rank and decile; where there are domain ranks also the version without crime. A
        published score that the file lacks is rebuilt from the domain ranks, and the settings say so.

    Raises
    ------
    SchemaError
        No rank column; codes of several nations; repeated or missing codes; ranks that are no whole number from 1
        to the nation's number of areas; text in number columns; all at once.
    ParameterError
        The edition cannot be told, is none of the known ones, or two things in the file say different years.

    Notes
    -----
    Without crime: the domain is left out and the others' weights divided by their sum; scores come from domain
    *ranks* by the exponential transformation (`socharm.overlay.rebuild_imd`). Nations are measured
    differently and are never ranked together.

    References
    ----------
    Ministry of Housing, Communities & Local Government (2019, 2025). English Indices of Deprivation, technical reports.
    Welsh Government (2019). Welsh Index of Multiple Deprivation 2019, technical report.
    Scottish Government (2020). SIMD 2020 technical notes.
    Northern Ireland Statistics and Research Agency (2017). NIMDM 2017 technical report.

    Examples
    --------
    >>> rows = pd.DataFrame({"LSOA code (2011)": ["E01000001", "E01000002"], "IMD_rank": [29199, 30379]})
    >>> read_deprivation(rows, year=2019).table["decile"].tolist()
    [9, 10]
    """
    chosen = DeprivationSettings.of(settings)
    table = read_table(path, options=chosen, header=_is_header, rules=TableRules(number_copies=True))
    faults = Faults(table.file)
    code = _code_column(table)
    codes = area_codes(table.frame[code], faults, missing=chosen.missing_words)
    nation = _nation(codes, faults, code)
    meanings = _meanings(table)
    if (OVERALL, "rank") not in meanings:
        raise SchemaError(_no_rank(table, meanings))
    numbers = {
        key: parse_numbers(table.frame[column], faults=faults, missing=chosen.missing_words, thousands=chosen.thousands)
        for key, column in meanings.items()
    }
    highest = numbers[(OVERALL, "rank")].max()
    edition = edition_of(
        nation,
        chosen.year,
        code_column=code,
        file=table.file,
        highest_rank=0 if pd.isna(highest) else int(highest),
        sheet=table.options.sheet if isinstance(table.options.sheet, str) else None,
        columns=[meanings[key] for key in meanings if key[0] == OVERALL],
    )
    _check_ranks(numbers, meanings, edition, faults)
    faults.raise_if_any()
    frame = pd.DataFrame({f"{measure}_{domain}": values for (domain, measure), values in numbers.items()})
    frame.index = pd.Index(list(codes), name=AREA)
    built, score = _versions(frame.sort_index(), edition)
    record = _record(built, edition, chosen, table.options, score=score)
    return replace(record, suppressed=faults.suppressed.total())


def _record(
    table: pd.DataFrame,
    edition: Edition,
    chosen: DeprivationSettings,
    used: TableOptions,
    *,
    score: str,
) -> Deprivation:
    domains = tuple(name for name in edition.weights if f"rank_{name}" in table.columns)
    versions = tuple(version for version, suffix in VERSIONS.items() if "score" + suffix in table.columns)
    return Deprivation(
        table=table,
        settings=chosen,
        findings=DeprivationFindings(
            index=edition.name,
            nation=edition.nation,
            year=edition.year,
            areas_of_nation=edition.areas,
            versions=versions,
            score=score,
            domains=domains,
            table=used,
        ),
        about=About(
            boundary_year=edition.boundary_year,
            unit="score, higher is more deprived",
            sources=(chosen.source or edition.name,),
            marking=chosen.marking,
        ),
    )


def _no_rank(table: TextTable, meanings: Mapping[tuple[str, str], str]) -> str:
    """What the file is instead of one with ranks of the index."""
    labels = list(table.frame.columns)
    if meanings:
        measures = sorted({measure for _, measure in meanings})
        domains = sorted({domain for domain, _ in meanings})
        holds = f"holds {' and '.join(measures)} of {domains}, and no rank of the index"
    elif any("IDACI" in label or "IDAOPI" in label for label in labels):
        holds = "holds the supplementary indices of children and older people"
    elif any("population" in label.lower() for label in labels):
        holds = "holds population denominators; `read_population` reads them"
    else:
        holds = f"has no rank of the index; looked at {table.looked_at}, it has {names_told(labels)}"
    return (
        f"{table.file!r} {holds}. Needed is a column such as 'Index of Multiple Deprivation (IMD) Rank (where 1 is "
        "most deprived)' or 'IMD_rank': of the English Indices that is file 1 (the index), 2 (with domains) or 7 "
        "(everything); of the other indices the file of ranks."
    )


def _is_header(cells: Sequence[str]) -> bool:
    """A row of column names holds a rank of the index, and a heading of codes."""
    labels = [folded(cell) for cell in cells if cell.strip()]
    measures = [column_meaning(label) for label in labels]
    if not any(meaning and meaning[1] == "rank" for meaning in measures):
        measures = [column_meaning(label, bare="rank") for label in labels]
    return (OVERALL, "rank") in measures and any(_CODES.search(label) for label in labels)


def _code_column(table: TextTable) -> str:
    """The first column whose values look like LSOA codes."""
    for column in table.frame.columns:
        if table.frame[column].str.upper().map(_nation_of).ne("").any():
            return str(column)
    raise SchemaError(
        f"{table.file!r} has no column of LSOA codes (E01… or W01…), of data zones (S01…) or of super output areas "
        f"(95AA01S1); looked at {table.looked_at}, it has {names_told(list(table.frame.columns))}. Indices are "
        "published by LSOA: read that file, then roll it up."
    )


def _nation_of(code: str) -> str:
    """Nation whose code it is; empty for none."""
    return next((nation for nation, form in _NATIONS.items() if form.fullmatch(code)), "")


def _nation(codes: pd.Series, faults: Faults, column: str) -> str:
    nations = codes.map(_nation_of)
    for row in codes.index[(codes != "") & (nations == "")]:
        faults.add("is no LSOA code", row=int(row), column=column, value=codes[row])
    for row in codes.index[codes.duplicated() & (codes != "")]:
        faults.add("stands more than once", row=int(row), column=column, value=codes[row])
    counts = {nation: n for nation in _NATIONS if (n := int((nations == nation).sum()))}
    if len(counts) > 1:
        raise SchemaError(
            f"{faults.file!r} holds codes of several nations: {counts}. Nations are measured differently and are never "
            "ranked together; read one file for each."
        )
    return next(iter(counts))


def _meanings(table: TextTable) -> dict[tuple[str, str], str]:
    columns = [str(column) for column in table.frame.columns]
    plain = {column: column_meaning(column) for column in columns}
    bare = None if any(meaning and meaning[1] == "rank" for meaning in plain.values()) else "rank"
    found: dict[tuple[str, str], str] = {}
    for column in columns:
        meaning = plain[column] or (column_meaning(column, bare=bare) if bare else None)
        if meaning is not None:
            found.setdefault(meaning, column)
    return found


def _check_ranks(
    numbers: Mapping[tuple[str, str], pd.Series], meanings: _Meanings, edition: Edition, faults: Faults
) -> None:
    limits = {"rank": edition.areas, "decile": 10}
    for (domain, measure), values in numbers.items():
        highest = limits.get(measure)
        if highest is None:
            continue
        wrong = values.notna() & ~((values >= 1) & (values <= highest) & (values % 1 == 0))
        for row in values.index[wrong]:
            what = f"is no {measure} from 1 to {highest:,} ({edition.name})"
            faults.add(what, row=int(row), column=meanings[(domain, measure)], value=f"{values[row]:g}")
    for row in numbers[(OVERALL, "rank")].index[numbers[(OVERALL, "rank")].isna()]:
        faults.add("has no rank", row=int(row), column=meanings[(OVERALL, "rank")])


def _versions(frame: pd.DataFrame, edition: Edition) -> tuple[pd.DataFrame, str]:
    """Published index and the one without crime, and where the published score comes from."""
    transformed = {
        name: exponential_score(frame[f"rank_{name}"].to_numpy(dtype=float), edition.areas)
        for name in edition.weights
        if f"rank_{name}" in frame.columns
    }
    complete = 0 < len(edition.weights) == len(transformed)
    table = pd.DataFrame({"nation": edition.nation}, index=frame.index)
    score_from = "the file"
    if f"score_{OVERALL}" in frame.columns:
        table["score"] = frame[f"score_{OVERALL}"]
    elif complete:
        table["score"], score_from = (
            weighted_score(transformed, edition.weights, divide=False),
            "rebuilt from the domain ranks",
        )
    else:
        rank = frame[f"rank_{OVERALL}"].to_numpy(dtype=float)
        table["score"], score_from = exponential_score(rank, edition.areas), "exponential transformation of the rank"
    table["rank"] = frame[f"rank_{OVERALL}"].astype("Int64")
    stated = frame.get(f"decile_{OVERALL}")
    published = deciles(table["rank"].to_numpy(dtype=float, na_value=np.nan), edition.areas)
    table["decile"] = (pd.Series(published, index=frame.index) if stated is None else stated).astype("Int64")
    if complete:
        others = {name: weight for name, weight in edition.weights.items() if name != "crime"}
        _add_ranked(table, weighted_score(transformed, others, divide=True), "_without_crime")
    for name in edition.weights:
        for measure in MEASURES[:2]:
            if f"{measure}_{name}" in frame.columns:
                values = frame[f"{measure}_{name}"]
                table[f"{measure}_{name}"] = values.astype("Int64") if measure == "rank" else values
    return table, score_from


def _add_ranked(table: pd.DataFrame, score: NDArray[np.float64], suffix: str) -> None:
    """Score, and rank and decile among the areas present."""
    rank = ranks_of_scores(score)
    n = int(np.isfinite(score).sum())
    table["score" + suffix] = score
    table["rank" + suffix] = pd.Series(rank, index=table.index).astype("Int64")
    table["decile" + suffix] = pd.Series(deciles(rank, max(n, 1)), index=table.index).astype("Int64")
