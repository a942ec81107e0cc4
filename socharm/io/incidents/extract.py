"""Any table of incidents as canonical columns: which column means what, said once, for every engine."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import narwhals as nw
import polars as pl

from socharm._checks import names_told, nearest_name
from socharm.errors import ParameterError, SchemaError
from socharm.io.dates import CLOCK, MONTH_ENDS_IN_T
from socharm.io.incidents.delimited import FILE, FROM_FILE
from socharm.io.incidents.places import place_codes
from socharm.io.incidents.policeuk import POLICE_UK_COLUMNS
from socharm.io.missing import MISSING_WORDS, spellings

__all__ = [
    "HAS_LOCATION",
    "ID_HASH",
    "ROW",
    "Mapped",
    "canonical_frame",
    "known_names",
    "map_columns",
    "plain_name",
]

#: Prefix of the columns that hold a row as it stands in the file, to recognise whole-row copies.
ROW: Final = "row:"
#: Columns that frames of polars have besides: a hash of the id, missing where it is, and whether a location is stated.
ID_HASH: Final = "id_hash"
HAS_LOCATION: Final = "has_location_text"
_FOUND: Final = "_found"

#: Meanings a column can have in `columns=`.
_MEANINGS: Final = (
    "date",
    "date_recorded",
    "date_committed",
    "time",
    "offence",
    "easting",
    "northing",
    "longitude",
    "latitude",
    "area_code",
    "location",
    "id",
    "source",
)
_GENERIC: Final[Mapping[str, tuple[str, ...]]] = {
    "date": ("date", "month"),
    "date_recorded": ("date recorded", "recorded date"),
    "date_committed": ("date committed", "committed date"),
    "offence": ("offence", "crime type", "offence code"),
    "easting": ("easting", "eastings"),
    "northing": ("northing", "northings"),
    "longitude": ("longitude", "lon"),
    "latitude": ("latitude", "lat"),
    "area_code": ("area code",),
    "location": ("location",),
    "id": ("crime id",),
    "source": ("source", "reported by"),
}
_TRUE: Final = ("1", "1.0", "true", "yes", "y", "t", "x")


@dataclass(frozen=True, kw_only=True)
class Mapped:
    """Which column means what.

    Attributes
    ----------
    columns : dict
        Our name to the column's name.
    flags : dict
        Name of a flag to the column's name.
    layout : str
        ``"police.uk"`` or ``"extract"``.
    coordinates : str
        ``"lonlat"``, ``"grid"`` or ``"area_code"``.
    """

    columns: Mapping[str, str]
    flags: Mapping[str, str]
    layout: str
    coordinates: str


def map_columns(header: Iterable[str], columns: Mapping[str, Any] | None, *, date_basis: str, name: str) -> Mapped:
    """Work out which column means what: the caller's `columns` first, then names we know.

    Parameters
    ----------
    header : iterable of str
        Names of the columns as they stand.
    columns : mapping, optional
        Meaning to column name; ``flags`` takes a name, a list of names, or names to columns.
    date_basis : {"recorded", "committed"}
    name : str
        What is being read, for messages.

    Raises
    ------
    SchemaError
        A column that is named does not exist, or one that is needed cannot be found.
    ParameterError
        `columns` holds a meaning that does not exist, or police.uk is asked for a date it lacks.
    """
    names = [column for column in header if column != FROM_FILE]
    wanted, flags = _stated(columns or {})
    _require_stated(names, [*wanted.values(), *flags.values()], name=name)
    known = {plain_name(column): column for column in reversed(names)}
    police = _known(POLICE_UK_COLUMNS, known)
    generic = _known(_GENERIC, known)
    # Street files of 2010 to 2012 gave easting and northing; the two columns of forces tell them from extracts.
    is_old = {"easting", "northing"} <= generic.keys() and {"reported by", "falls within"} <= known.keys()
    has_place = {"longitude", "latitude"} <= police.keys() or is_old
    is_police = has_place and {"date", "offence"} <= police.keys() and not {"date", "offence"} & wanted.keys()
    old = {axis: generic[axis] for axis in ("easting", "northing") if axis in generic}
    found = (old if is_old and "longitude" not in police else {}) | police if is_police else generic
    mapped = _one_location({**found, **wanted}, wanted)
    if "date_recorded" in mapped or "date_committed" in mapped:
        mapped = _choose_date(mapped, wanted, date_basis, name=name)
    elif is_police and date_basis == "committed":
        raise ParameterError(
            "`date_basis` is 'committed', but police.uk files state one month only. "
            "Use date_basis='recorded', or an extract of the force with the date of the offence."
        )
    _require_meanings(mapped, names, name=name)
    grid = "area_code" if "area_code" in mapped else "grid" if "easting" in mapped else "lonlat"
    return Mapped(columns=mapped, flags=flags, layout="police.uk" if is_police else "extract", coordinates=grid)


def _known(names: Mapping[str, tuple[str, ...]], known: Mapping[str, str]) -> dict[str, str]:
    """Meanings that some column bears; the first name of each meaning that occurs."""
    return {meaning: known[name] for meaning, texts in names.items() for name in reversed(texts) if name in known}


def known_names(meaning: str) -> frozenset[str]:
    """Plain names under which a date or an offence stands in layouts that are known."""
    meanings = (meaning, "date_recorded", "date_committed") if meaning == "date" else (meaning,)
    return frozenset(name for one in meanings for name in (*_GENERIC.get(one, ()), *POLICE_UK_COLUMNS.get(one, ())))


def plain_name(column: str) -> str:
    """A column name in lower case, its blanks and underscores as single blanks.

    Examples
    --------
    >>> plain_name(" Crime_Type ")
    'crime type'
    """
    return " ".join(column.replace("_", " ").replace("\ufeff", "").lower().split())


def _stated(columns: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    wanted = {str(meaning): column for meaning, column in columns.items() if meaning != "flags"}
    for meaning in wanted:
        if meaning not in _MEANINGS:
            hint = nearest_name(meaning, [*_MEANINGS, "flags"])
            meant = f" Did you mean {hint!r}?" if hint else ""
            raise ParameterError(f"`columns` holds {meaning!r}; it may hold {[*_MEANINGS, 'flags']}.{meant}")
    given = columns.get("flags", {})
    if isinstance(given, str):
        given = [given]
    flags = dict(given) if isinstance(given, Mapping) else {str(flag): str(flag) for flag in given}
    return wanted, flags


def _require_stated(names: list[str], stated: list[str], *, name: str) -> None:
    missing = [column for column in stated if column not in names]
    if missing:
        hints = [f"{hint!r} for {m!r}" for m in missing if (hint := nearest_name(str(m), names))]
        meant = f" Did you mean {', '.join(hints)}?" if hints else ""
        raise SchemaError(
            f"{name} lacks the columns {missing} that `columns` names; it has {names_told(names)}.{meant}"
        )


def _one_location(mapped: dict[str, str], wanted: dict[str, str]) -> dict[str, str]:
    """Keep one way of saying where: what the caller named, then area code, grid, longitude/latitude."""
    forms = (("area_code",), ("easting", "northing"), ("longitude", "latitude"))
    complete = [form for form in forms if all(meaning in mapped for meaning in form)]
    named = [form for form in complete if any(meaning in wanted for meaning in form)]
    chosen = next(iter(named or complete), ())
    where = {meaning for form in forms for meaning in form}
    if not chosen:
        return mapped
    return {meaning: column for meaning, column in mapped.items() if meaning not in where or meaning in chosen}


def _choose_date(mapped: dict[str, str], wanted: dict[str, str], date_basis: str, *, name: str) -> dict[str, str]:
    column = mapped.get(f"date_{date_basis}")
    if column is None and "date" not in wanted:
        raise SchemaError(
            f"{name} has no column for the date {date_basis}. Name it: columns={{'date_{date_basis}': ...}}."
        )
    rest = {meaning: value for meaning, value in mapped.items() if not meaning.startswith("date")}
    return {**rest, "date": wanted.get("date") or str(column)}


def _require_meanings(mapped: Mapping[str, str], names: list[str], *, name: str) -> None:
    missing = [meaning for meaning in ("date", "offence") if meaning not in mapped]
    pairs = (("easting", "northing"), ("longitude", "latitude"))
    if "area_code" not in mapped and not any(a in mapped and b in mapped for a, b in pairs):
        halves = [b if a in mapped else a for a, b in pairs if a in mapped or b in mapped]
        missing += halves or ["longitude", "latitude"]
    if not missing:
        return
    likely = {"date": ("date", "month"), "offence": ("offence", "crime type")}
    hints = []
    for meaning in missing:
        hint = next((h for word in likely.get(meaning, (meaning,)) if (h := nearest_name(word, names))), None)
        if hint:
            hints.append(f"{hint!r} for {meaning!r}")
    meant = f" Did you mean {', '.join(hints)}?" if hints else ""
    raise SchemaError(
        f"{name} has no column for {missing}; it has {names_told(names)}.{meant} Say which column is which with "
        "`columns=`: columns={'date': ..., 'offence': ..., 'easting': ..., 'northing': ...} (or 'longitude' and "
        "'latitude', or 'area_code')."
    )


def canonical_frame(frame: Any, mapped: Mapped, *, file: str, missing: Collection[str] = MISSING_WORDS) -> Any:
    """Lazy frame with canonical columns, by one narwhals expression for every engine.

    Parameters
    ----------
    frame : narwhals LazyFrame
    mapped : Mapped
    file : str
        Name of the source where the frame has no column `FROM_FILE`.
    missing : collection of str
        Words, in lower case, that mean a cell of ids, codes or locations is blank.

    Returns
    -------
    narwhals LazyFrame
        ``crime_id``, ``date``, ``offence``, ``location``, ``source`` (the file where no column
        states it) and ``file`` as text, ``place``
        (number of the kind of place, 0 for a street), ``x`` and ``y`` (number or text as it stands)
        or ``area_code``, ``flag_<name>`` (0 or 1), and the row as it stands as ``row:<column>``; of polars
        `ID_HASH` and `HAS_LOCATION` besides.
    """
    schema = frame.collect_schema()
    column = mapped.columns
    files = nw.col(FROM_FILE) if FROM_FILE in schema.names() else nw.lit(file)
    words = spellings(missing)
    is_polars = frame.implementation.is_polars()
    texts = {
        "crime_id": _text(schema, column.get("id"), words),
        "date": _date(schema, column["date"], has_clock=mapped.layout != "police.uk"),
        "offence": _plain_text(schema, column["offence"]),
        "location": _text(schema, column.get("location"), words),
        "source": _plain_text(schema, column["source"]) if "source" in column else files,
        FILE: files,
        "place": _place(schema, None if is_polars else column.get("location")),
    }
    if mapped.coordinates == "area_code":
        texts["area_code"] = _text(schema, column["area_code"], words)
    else:
        x, y = ("easting", "northing") if mapped.coordinates == "grid" else ("longitude", "latitude")
        texts |= {"x": _coordinate(schema, column[x]), "y": _coordinate(schema, column[y])}
    texts |= {f"flag_{flag}": _flag(schema, name) for flag, name in mapped.flags.items()}
    rows = {f"{ROW}{name}": nw.col(name).cast(nw.String) for name in schema.names() if name != FROM_FILE}
    found = frame.select(**texts, **rows)
    return nw.from_native(_with_looked_up(nw.to_native(found), column, words)) if is_polars else found


def _text(schema: Any, name: str | None, missing: list[str]) -> Any:
    if name is None:
        return nw.lit(None, dtype=nw.String)
    stripped = _plain_text(schema, name).str.strip_chars()
    return nw.when(~stripped.is_in(missing)).then(stripped)


def _plain_text(schema: Any, name: str) -> Any:
    """Text as it stands: blanks around few distinct texts are cheaper taken off once per text."""
    return nw.col(name) if schema[name] == nw.String else nw.col(name).cast(nw.String)


def _date(schema: Any, name: str, *, has_clock: bool) -> Any:
    if isinstance(schema[name], (nw.Date, nw.Datetime)):
        return nw.col(name).dt.to_string("%Y-%m-%d")
    text = _plain_text(schema, name)
    if not has_clock:  # the months of police.uk
        return text
    # Clock times would make every text distinct.
    return nw.when(text.str.contains(MONTH_ENDS_IN_T)).then(text).otherwise(text.str.replace_all(CLOCK, ""))


def _coordinate(schema: Any, name: str) -> Any:
    return nw.col(name).cast(nw.Float64) if schema[name].is_numeric() else nw.col(name).cast(nw.String)


def _place(schema: Any, name: str | None) -> Any:
    if name is None:
        return nw.lit(0, dtype=nw.Int64)
    codes = place_codes()
    text = nw.col(name) if schema[name] == nw.String else nw.col(name).cast(nw.String)
    return (
        text.str.strip_chars()
        .replace_strict(list(codes), list(codes.values()), default=0, return_dtype=nw.Int64)
        .fill_null(0)
    )


def _with_looked_up(frame: pl.LazyFrame, columns: Mapping[str, str], missing: list[str]) -> pl.LazyFrame:
    """``place`` as `_place` gives it, `HAS_LOCATION` and `ID_HASH`, each text being looked up once.

    polars finds a text among categories in a tenth of the time that it takes to replace it, and a hash made of a text
    costs less than another text.
    """
    if "id" in columns:
        text = pl.col(f"{ROW}{columns['id']}").str.strip_chars()
        frame = frame.with_columns(pl.when(~text.is_in(missing)).then(text.hash()).alias(ID_HASH))
    else:
        frame = frame.with_columns(pl.lit(None, pl.UInt64).alias(ID_HASH))
    if "location" not in columns:
        return frame.with_columns(pl.lit(value=False).alias(HAS_LOCATION))
    places, most = _place_texts()
    words = [word for word in missing if word not in places]
    location = pl.col(f"{ROW}{columns['location']}")
    at = location.str.strip_chars().cast(pl.Enum([*places, *words]), strict=False).to_physical()
    found, first = pl.col(_FOUND), len(places)
    is_missing = (found >= first) | found.is_in([places.index(word) for word in missing if word in places])
    return (
        frame.with_columns(at.alias(_FOUND))
        .with_columns(
            pl.when(found < first).then(found // most + 1).otherwise(0).cast(pl.Int64).alias("place"),
            (location.is_not_null() & ~is_missing.fill_null(value=False)).alias(HAS_LOCATION),
        )
        .drop(_FOUND)
    )


def _place_texts() -> tuple[list[str], int]:
    """Texts of places, as many for every kind, so that a division gives the number of the kind; and that many."""
    kinds: dict[int, list[str]] = {}
    for text, number in place_codes().items():
        kinds.setdefault(number, []).append(text)
    most = max(map(len, kinds.values()))
    # What fills up is no text of a file.
    filled = ((kinds[number] + [f"\x00{number} {k}" for k in range(most)])[:most] for number in sorted(kinds))
    return [text for texts in filled for text in texts], most


def _flag(schema: Any, name: str) -> Any:
    dtype = schema[name]
    if dtype == nw.Boolean:
        return nw.when(nw.col(name)).then(nw.lit(1)).otherwise(nw.lit(0)).cast(nw.Int64)
    if dtype.is_numeric():
        stated = nw.col(name) != 0
        if dtype.is_float():  # of pandas a blank is NaN, which is not 0 and yet no flag
            stated = stated & ~nw.col(name).is_null() & ~nw.col(name).is_nan()
        return nw.when(stated).then(nw.lit(1)).otherwise(nw.lit(0)).cast(nw.Int64)
    text = nw.col(name).cast(nw.String).str.strip_chars().str.to_lowercase()
    return nw.when(text.is_in(_TRUE)).then(nw.lit(1)).otherwise(nw.lit(0)).cast(nw.Int64)
