"""What a profile is about: one area, a district, or any set of areas, as tables in which it is one area."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from socharm._columns import AREA, NAME, OFFENCE, PARENT, PERIOD, N
from socharm._words import number_of
from socharm.documents.words import clean_text, shortened
from socharm.errors import ParameterError
from socharm.hotspots.points.micro_places import MicroPlacesSettings
from socharm.plans.threats import require_area
from socharm.snapshot.population_fit import CARRIED
from socharm.snapshot.tables import AssessmentTables

__all__ = ["Subject", "districts_of", "squares_of", "subject_of"]

Kind = Literal["area", "district", "set"]


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What a profile is about.

    Parameters
    ----------
    key : str
        Area code, name of the district, or the name given to a set: its row in `tables`.
    name : str
    kind : {"area", "district", "set"}
    codes : tuple of str
        Area codes that belong to it.
    parent : str
        District of one area; blank where not known.
    tables : AssessmentTables
        The assessment, with a district or set added as one area more, which has no rank of its own.
    """

    key: str
    name: str
    kind: Kind
    codes: tuple[str, ...]
    parent: str
    tables: AssessmentTables

    @property
    def title(self) -> str:
        """Name and code."""
        return f"{self.name} ({self.key})" if self.kind == "area" and self.name != self.key else self.name


def subject_of(area: str | Iterable[str], tables: AssessmentTables, *, name: str | None = None) -> Subject:
    """Find what a profile is about.

    Parameters
    ----------
    area : str or iterable of str
        An area code, the name of a district (as in ``areas.parent``), or several area codes.
    tables : AssessmentTables
    name : str, optional
        What several areas are called together.

    Raises
    ------
    ParameterError
        The area is not in the assessment (the message suggests the nearest), is no text, or has a name already.
    """
    _require_codes(area)
    _require_name(name, area, tables)
    tables = _printable(tables)
    if isinstance(area, str):
        parents = tables["areas"][PARENT].dropna().astype("str")
        if area not in tables["areas"].index and area in set(parents):
            return _joined(area, tuple(map(str, parents.index[parents == area])), "district", tables)
        require_area(area, tables)
        told = {column: tables["areas"][column].get(area) for column in (NAME, PARENT)}
        parent = "" if pd.isna(told[PARENT]) else str(told[PARENT])
        called = area if pd.isna(told[NAME]) else str(told[NAME]).strip() or area
        return Subject(key=area, name=called, kind="area", codes=(area,), parent=parent, tables=tables)
    # A set of Python has no order of its own: two runs would list its areas differently.
    codes = tuple(sorted(area) if isinstance(area, (set, frozenset)) else dict.fromkeys(area))
    if not codes:
        raise ParameterError("`area` names no areas. Give a code, a district, or a list of codes.")
    for code in codes:
        require_area(code, tables)
    if len(codes) == 1:
        return subject_of(codes[0], tables)
    together = clean_text(name) or f"{number_of(len(codes), 'area')}"
    if together in tables["areas"].index:
        raise ParameterError(f"`name` is {together!r}, which is the code of an area. Give the set another name.")
    if together in districts_of(tables):
        raise ParameterError(f"`name` is {together!r}, which is a district. Give the set another name.")
    return _joined(together, codes, "set", tables)


def _require_codes(area: object) -> None:
    """Stop unless an area is a text, or several texts."""
    if isinstance(area, str):
        return
    several = isinstance(area, Iterable) and not isinstance(area, (bytes, Mapping, pd.DataFrame))
    if not several or (isinstance(area, Collection) and not all(isinstance(code, str) for code in area)):
        raise ParameterError(
            f"`area` is {shortened(area)}; give an area code, the name of a district, or a list of area codes as text."
        )


def _require_name(name: object, area: object, tables: AssessmentTables) -> None:
    """Stop unless a name is a text, for several areas: one area and a district have names of their own."""
    if name is None:
        return
    if not isinstance(name, str) or not clean_text(name):
        raise ParameterError(f"`name` is {shortened(name)}; give the words that several areas are called by together.")
    if isinstance(area, str):
        require_subject(area, tables)
        raise ParameterError(f"`name` is {shortened(name)}, and {area!r} has a name of its own. Leave `name` out.")


def districts_of(tables: AssessmentTables) -> list[str]:
    """Names of the districts of an assessment, in order."""
    return sorted(tables["areas"][PARENT].dropna().astype("str").unique())


def require_subject(area: str, tables: AssessmentTables) -> None:
    """Stop unless a text is an area code or a district of the assessment."""
    if area not in districts_of(tables):
        require_area(area, tables)


def _printable(tables: AssessmentTables) -> AssessmentTables:
    """Names of areas without what no document and no picture can hold."""
    changed = {}
    for table in ("areas", "ranking", "index", "unrankable"):
        frame = tables[table]
        if NAME not in frame.columns:
            continue
        names = frame[NAME].astype(object)
        clean = names.map(clean_text, na_action="ignore")
        if not clean.equals(names):
            changed[table] = frame.assign(**{NAME: clean})
    return tables.with_tables(**changed) if changed else tables


def _joined(key: str, codes: tuple[str, ...], kind: Kind, tables: AssessmentTables) -> Subject:
    added = tables.with_tables(
        areas=_with(tables["areas"], key, {NAME: key, "area_km2": tables["areas"].loc[list(codes), "area_km2"].sum()}),
        cells=_summed(tables["cells"], codes, key, [OFFENCE, PERIOD], [N, "harm", "exposure"]),
        counts=_summed(tables["counts"], codes, key, [OFFENCE, PERIOD], [N]),
        by_period=_summed(
            tables["by_period"],
            codes,
            key,
            [PERIOD],
            ["crimes", "harm", "exposure"],
            per=tables.setting("index", "per", 1.0),
        ),
        by_group=_summed(tables["by_group"], codes, key, ["group"], ["crimes", "harm"]),
        unweighted=_summed(tables["unweighted"], codes, key, [OFFENCE], [N]),
        index=_with(tables["index"], key, _index_row(tables, codes)),
        coverage=_covered(tables["coverage"], codes, key),
        population=_with(tables["population"], key, _people(tables, codes)),
    )
    return Subject(key=key, name=key, kind=kind, codes=codes, parent="", tables=added)


def _with(table: pd.DataFrame, key: str, values: dict[str, object]) -> pd.DataFrame:
    """A table with one row more; what is not said of it is missing."""
    row = pd.DataFrame([values], index=pd.Index([key], name=table.index.name))
    row = row.reindex(columns=table.columns).astype(object)
    joined = pd.concat([table.astype(object), row])
    for column, kind in table.dtypes.items():
        if not (pd.api.types.is_bool_dtype(kind) or pd.api.types.is_integer_dtype(kind)):
            joined[column] = joined[column].astype(kind)
    return joined


def _summed(
    table: pd.DataFrame, codes: tuple[str, ...], key: str, by: list[str], columns: list[str], *, per: float = 1.0
) -> pd.DataFrame:
    """Sums of the areas as rows of one area more; rates are harm over exposure where both are there."""
    here = table[table[AREA].isin(codes)]
    present = [column for column in columns if column in table.columns]
    sums = here.groupby(by, sort=True, observed=True)[present].sum(min_count=1).reset_index()
    sums.insert(0, AREA, key)
    if "rate" in table.columns and {"harm", "exposure"} <= set(sums.columns):
        # Whoever has no people leaves the harm of the rate too.
        both = here[here["harm"].notna() & (here["exposure"] > 0)].groupby(by, sort=True, observed=True)
        rates = both["harm"].sum() / both["exposure"].sum() * per
        sums["rate"] = rates.reindex(
            pd.Index(sums[by[0]]) if len(by) == 1 else pd.MultiIndex.from_frame(sums[by])
        ).array
    if "share" in table.columns and "harm" in sums.columns:
        sums["share"] = sums["harm"] / sums["harm"].sum()
    return pd.concat([table, sums.reindex(columns=table.columns)], ignore_index=True)


def _index_row(tables: AssessmentTables, codes: tuple[str, ...]) -> dict[str, object]:
    """Sums over the areas with a known harm; variances add up, since areas are counted apart."""
    here = tables["index"].reindex(list(codes))
    known = here[here["harm"].notna() & here["exposure"].notna()]
    if known.empty:
        return {}
    harm, exposure = float(known["harm"].sum()), float(known["exposure"].astype(float).sum())
    per = tables.setting("index", "per", 1.0)
    error = float((known["harm_se"].astype(float) ** 2).sum() ** 0.5)
    rate = harm / exposure * per if exposure > 0 else float("nan")
    return {
        "crimes": known["crimes"].sum(),
        "harm": harm,
        "harm_se": error,
        "rate": rate,
        "rate_se": error / exposure * per if exposure > 0 else float("nan"),
        "exposure": exposure,
        "rankable": False,
        "reason": "several areas together",
    }


def _covered(table: pd.DataFrame, codes: tuple[str, ...], key: str) -> pd.DataFrame:
    """A month is covered where it is in every area."""
    months = table[table[AREA].isin(codes)].groupby(PERIOD, sort=True)["covered"].all().reset_index()
    months.insert(0, AREA, key)
    return pd.concat([table, months.reindex(columns=table.columns)], ignore_index=True)


def _people(tables: AssessmentTables, codes: tuple[str, ...]) -> dict[str, object]:
    here = tables["population"].reindex(list(codes))
    kinds, dates = here["kind"].dropna().unique(), here["date"].dropna().unique()
    ways = here[CARRIED].dropna().unique().tolist() if CARRIED in here.columns else []
    return {
        "value": here["value"].sum(min_count=len(here)),
        "kind": kinds[0] if len(kinds) == 1 else "",
        "date": dates[0] if len(dates) == 1 else "",
        CARRIED: ways[0] if len(ways) == 1 else "",
        "flag": "",
    }


def squares_of(tables: AssessmentTables) -> str:
    """What the listed squares are called, with their size."""
    return f"squares of {tables.setting('micro_places', 'cell_size', MicroPlacesSettings().cell_size):g} m"
