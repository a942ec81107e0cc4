"""The workbook of a comparison: what was found first, then its tables under plain headings, what they mean, choices."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

import pandas as pd

from socharm._about import NOISY
from socharm._columns import AREA, NAME, PARENT
from socharm._record import settings_as_dict
from socharm._words import joined_words, named_sources, rate_decimals, setting_words
from socharm.files.internal import INTERNAL_NOTE
from socharm.files.workbook import Sheet, SheetPage, printed_note, write_workbook
from socharm.plans.dates import month_end
from socharm.publish.licences import licence_lines
from socharm.reports.change_report import ChangeReport
from socharm.reports.limits import left_out
from socharm.reports.material import for_readers
from socharm.rescoring.comparison import Comparison
from socharm.rescoring.index_parts import IN_THE_OTHERS, PARTS, parts_not_known, parts_that_moved
from socharm.rescoring.known_changes import KnownChanges, known_changes

__all__ = ["COLUMNS", "write_change_workbook"]

#: Width of the columns of the first sheet, in letters.
_WIDE: Final = {"What": 30.0, "What was found": 100.0}
#: Rows of a sheet that are printed.
_PRINTED: Final = 100
#: Sizes of the top that are shown.
_SIZES: Final = 100
_PERCENT: Final = "+0%;-0%;0%"


class _Column(NamedTuple):
    """What stands above a column, what it means, and how its numbers are written."""

    head: str
    meaning: str
    pattern: str = ""


#: Every column of the workbook by the name that it has in the tables of a comparison.
COLUMNS: Final[Mapping[str, _Column]] = {
    NAME: _Column("Place", "name of the area"),
    AREA: _Column("Code", "code of the area in the later assessment"),
    PARENT: _Column("District", "district in the later period"),
    "listed": _Column("On the list", "whether the area was among the worst in the earlier period, or was named"),
    "verdict": _Column("Verdict", "what can be said of the change beyond what was to be expected"),
    "ratio": _Column("Recorded change", "recorded harm rate of the later period over that of the earlier", _PERCENT),
    "trend": _Column("Trend of the others", "what places off the list did, by kinds of crime", _PERCENT),
    "selection": _Column("Explained by the choice", "what a place with such an earlier rate does by itself", _PERCENT),
    "expected": _Column("To be expected", "the trend of the others, and what the choice explains", _PERCENT),
    "beyond": _Column("Beyond that", "what is left of the recorded change", _PERCENT),
    "beyond_low_95": _Column("Beyond, 95% from", "lower end of the interval", _PERCENT),
    "beyond_high_95": _Column("Beyond, 95% to", "upper end of the interval", _PERCENT),
    "least_fall": _Column("Least fall to show", "least fall that could have been shown, with a power of 80%", "0%"),
    "rate_earlier": _Column("Rate, earlier", "harm rate of the earlier period as recorded"),
    "rate_later": _Column("Rate, later", "harm rate of the later period as recorded"),
    "rank_earlier": _Column("Rank, earlier", "rank of the recorded rate, earlier period", "#,##0"),
    "rank_later": _Column("Rank, later", "rank of the recorded rate, later period", "#,##0"),
    "ranked_earlier": _Column("Underlying rank, earlier", "rank of the underlying rate, earlier period", "#,##0"),
    "ranked_later": _Column("Underlying rank, later", "rank of the underlying rate, later period", "#,##0"),
    "crimes_earlier": _Column("Crimes, earlier", "crimes of the earlier period", "#,##0"),
    "crimes_later": _Column("Crimes, later", "crimes of the later period", "#,##0"),
    "harm_earlier": _Column("Harm, earlier", "crimes of the earlier period times their weights", "#,##0"),
    "harm_later": _Column("Harm, later", "crimes of the later period times their weights", "#,##0"),
    "k": _Column("Size of the top", "the first so many areas by the recorded rate"),
    "stayed": _Column("Stayed", "how many of them were among the first so many again", "#,##0"),
    "stay_expected": _Column("Expected to stay", "how many stay when chance and drift alone are at work", "0.0"),
    "low_95": _Column("95% from", "fewest that stay when nothing changed", "#,##0"),
    "high_95": _Column("95% to", "most that stay when nothing changed", "#,##0"),
    "moved": _Column("Moved", "entered the list or left it"),
    "stays": _Column("Probability to stay", "of being among the first so many when nothing changed", "0%"),
    "areas": _Column("Areas", "number of areas", "#,##0"),
    "what": _Column("What", "what was found"),
    "became": _Column("What became of it", "shown in spite of it, restated exactly, or to be known"),
    "reason": _Column("Reason", "in words"),
    "remedy": _Column("What to do", "what that means, or what to do"),
    "assessment": _Column("Of which", "the assessment that has the area"),
    "kind": _Column("Known change", "what was done, or what changed in recording or weights"),
    "days": _Column("Days", "first and last day"),
    "falls_in": _Column("In which period", "which of the two periods has a day of it"),
    "places": _Column("Where", "areas that it is of"),
    "text": _Column("In words", "what was done or changed"),
    "role": _Column("Answers for it", "the role that answers for the note"),
    "change": _Column("Change in all", "sum of the parts"),
    **{name: _Column(text[:1].upper() + text[1:], "part of the change of the rate") for name, text in PARTS.items()},
}  # fmt: skip
#: Columns that are ratios in the tables and changes here.
_RATIOS: Final = ("ratio", "trend", "selection", "expected", "beyond", "beyond_low_95", "beyond_high_95")
_BECAME: Final = {"refused": "Shown in spite of it", "restated": "Restated exactly", "noted": "To be known"}


def write_change_workbook(
    comparison: Comparison,
    report: ChangeReport,
    path: str | os.PathLike[str],
    *,
    annotations: pd.DataFrame | None = None,
) -> None:
    """Write the workbook of a comparison.

    Parameters
    ----------
    comparison : Comparison
    report : ChangeReport
        Of this comparison: its leads are the first sheet.
    path : str or path
    annotations : DataFrame, optional
        As `Store.annotations` has them.

    Raises
    ------
    StoreError
        The file cannot be written.
    """
    marking = comparison.about.shown_marking
    shown = [sheet for sheet in _sheets(comparison, known_changes(comparison, annotations)) if len(sheet.table)]
    sheets = [
        _sheet("Summary", _summary(comparison, report), marking, widths=_WIDE, wrap=True),
        *shown,
        _sheet("Headings", _headings(shown), marking),
        _sheet("Settings", _settings(comparison), marking),
    ]
    end = month_end(comparison.periods[1].end)
    write_workbook(sheets, path, stamp=dt.datetime.combine(end, dt.time()), title=report.title, marking=marking)


def _summary(made: Comparison, report: ChangeReport) -> pd.DataFrame:
    """The sentences that a reader needs first."""
    rows = [
        ("Marking", made.about.shown_marking),
        *((("Handling", INTERNAL_NOTE),) if made.about.internal else ()),
        ("Periods and areas", report.line),
        *(("Read this first", warning) for warning in report.warnings),
        *((section.title, section.lead or " ".join(section.paragraphs[:1])) for section in report.sections[:-1]),
        ("How this was made", " ".join(report.sections[-1].paragraphs)),
        ("Unit of the rate", made.about.unit),
        ("Sources", "; ".join(named_sources(made.about.sources)) or "not stated"),
        *([("Licences", " ".join(licences))] if (licences := licence_lines(made.about)) else []),
        ("Coverage", made.about.coverage or "everything arrived"),
        ("Assessments", " against ".join(made.assessments)),
    ]
    return pd.DataFrame(rows, columns=list(_WIDE), dtype="str")


def _sheets(made: Comparison, known: KnownChanges) -> Iterable[Sheet]:
    """The tables of the comparison that have rows."""
    frames = made.frames()
    expected = frames["expected"]
    ranked = {f"rank_{when}": f"ranked_{when}" for when in ("earlier", "later")}
    counts = frames["areas"][["crimes_earlier", "crimes_later", *ranked]].rename(columns=ranked)
    places = expected.join(counts)
    order = ["listed", "verdict", "ratio", "expected", "beyond", "beyond_low_95", "beyond_high_95", "least_fall"]
    both = [f"{what}_{when}" for what in ("rate", "ranked", "crimes") for when in ("earlier", "later")]
    places = places.assign(expected=frames["areas"]["expected"]).sort_values("rank_earlier", kind="stable")
    yield _table(
        "Places",
        places[[NAME, PARENT, *order, *both]],
        made,
        "The areas compared, the highest rates first.",
    )
    listed = frames["list"][["areas", "ratio", "trend", "selection", "expected", *order[4:7]]]
    yield _table("The list together", listed, made, "Recorded change = trend x selection x beyond.", index=False)
    stayed = frames["churn"].head(_SIZES).rename(columns={"expected": "stay_expected"})
    yield _table(
        "How many stayed", stayed[["stayed", "stay_expected", "low_95", "high_95"]], made, "By size, by recorded rate."
    )
    yield _table("Entered and left", _moved(frames["churn_areas"]), made, "Of the list, by the recorded rates.")
    parts = frames["parts"].join(expected[[NAME]])
    moved = parts_that_moved(frames["parts"].abs().max())
    untold = [PARTS[name] for name in parts_not_known(frames["overall"]["value"])]
    note = "Parts of the harm rate of each area as assessed; parts that are nought in every area are left out."
    if untold:
        note += f" Not known: {joined_words(untold)}; {IN_THE_OTHERS}"
    yield _table(
        "What it is made of", parts[[NAME, "rate_earlier", *moved, "rate_later", "change"]], made, note,
    )  # fmt: skip
    yield _table("Districts", frames["districts"], made, "By the districts of the later period, on the same ground.")
    looked = frames["police_generated"]
    looked = looked[(looked != 0).any(axis=1)].join(frames["areas"][[NAME]])
    yield _table(
        "Found by looking", looked[[NAME, *frames["police_generated"].columns]], made,
        "Crime that is recorded when police look for it; it rises when they work more.",
    )  # fmt: skip
    found = frames["findings"].assign(
        became=lambda table: table["severity"].map(_BECAME), remedy=lambda table: table["remedy"].map(for_readers)
    )
    yield _table("To be known", found[["what", "became", "reason", "remedy"]], made, "What stands between the two.")
    about = " ".join(["Notes of the store by day, and what the comparison found.", *left_out(known)])
    yield _table("Known changes", known.table, made, about, index=False)
    absent = frames["not_compared"].reset_index().assign(assessment="both")
    absent = pd.concat([frames["unmatched"].reindex(columns=["assessment", AREA, NAME, "reason"]), absent])
    yield _table("Not compared", absent[[AREA, NAME, "assessment", "reason"]], made, "Areas without a comparison.")


def _places(decimals: int) -> str:
    return f"#,##0.{'0' * decimals}" if decimals else "#,##0"


def _moved(areas: pd.DataFrame) -> pd.DataFrame:
    moved = areas["left"].map({True: "left", False: ""}).where(~areas["entered"], "entered")
    found = areas.assign(moved=moved)[moved != ""].sort_values(["moved", "rank_earlier"], kind="stable")
    return found[[NAME, "moved", "rank_earlier", "rank_later", "stays"]]


def _table(name: str, frame: pd.DataFrame, made: Comparison, note: str, *, index: bool = True) -> Sheet:
    """A table with ratios as changes, under plain headings."""
    flat = frame.reset_index() if index and frame.index.name is not None else frame.reset_index(drop=True)
    for column in set(_RATIOS) & set(flat.columns):
        flat = flat.assign(**{column: flat[column].astype(float) - 1})
    flat = flat.drop(columns=[column for column in (PARENT,) if column in flat and flat[column].isna().all()])
    first = [column for column in (NAME, AREA, PARENT) if column in flat.columns]
    flat = flat[[*first, *(column for column in flat.columns if column not in first)]]
    decimals = rate_decimals(made.expected.table["rate_earlier"].tolist())
    rate, part = _places(decimals), _places(decimals + 1)
    rates = dict.fromkeys(("rate_earlier", "rate_later"), rate)
    rates |= dict.fromkeys([*PARTS, "change"], f"+{part};-{part};0")
    patterns = {column: COLUMNS[column].pattern for column in flat.columns if COLUMNS[column].pattern}
    notes = [note]
    if NOISY in made.about.coverage:
        notes.append("Every number is worked out from counts that were published with noise.")
    notes += printed_note(_PRINTED, len(flat))
    return _sheet(name, flat, made.about.shown_marking, formats=patterns | rates, notes=notes)


def _sheet(
    name: str,
    table: pd.DataFrame,
    marking: str,
    *,
    formats: Mapping[str, str] | None = None,
    notes: Iterable[str] = (),
    widths: Mapping[str, float] | None = None,
    wrap: bool = False,
) -> Sheet:
    return Sheet(
        name=name,
        table=table,
        formats={**(formats or {})},
        notes=(marking, *notes),
        headings={column: COLUMNS[column].head for column in map(str, table.columns) if column in COLUMNS},
        page=SheetPage(paper="A4", widths=widths or {}, rows=min(len(table), _PRINTED)),
        wrap=wrap,
    )


def _headings(shown: Iterable[Sheet]) -> pd.DataFrame:
    """Every heading with its meaning and the sheets that have it."""
    found: dict[str, list[str]] = {}
    for sheet in shown:
        for column in map(str, sheet.table.columns):
            found.setdefault(column, []).append(sheet.name)
    rows = [(COLUMNS[column].head, COLUMNS[column].meaning, ", ".join(names)) for column, names in found.items()]
    return pd.DataFrame(rows, columns=["Heading", "Meaning", "Sheets"], dtype="str")


def _settings(made: Comparison) -> pd.DataFrame:
    rows = [(name, setting_words(value)) for name, value in settings_as_dict(made.settings).items()]
    return pd.DataFrame(rows, columns=["Setting", "Value"], dtype="str")
