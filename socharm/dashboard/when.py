"""The panel on when crimes are: months of the year, and hours of the week, each a table whose cells are coloured."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from html import escape
from typing import Any, Final

import pandas as pd

from socharm._columns import PERIOD, to_month_text
from socharm._words import month_words, number_of, period_words
from socharm.snapshot.tables import AssessmentTables, has_columns

__all__ = ["when_html"]

#: Ratios below which a class ends, and what the legend says of each; the middle one is about as expected.
_CLASSES: Final = (
    (0.5, "below 0.5"),
    (0.8, "0.5 to 0.8"),
    (1.25, "0.8 to 1.25"),
    (2.0, "1.25 to 2"),
    (float("inf"), "2 and more"),
)
#: Name of a group of all events of a profile of hours, and what such a group of a season ends with.
_ALL_HOURS: Final = "all"
_ALL_SEASON: Final = "all offences"
#: Crimes, recorded and expected, below which a ratio would tell them.
_FEW: Final = 10
_TWO_YEARS: Final = 2
_SHOWN: Final = {"more": "more than expected beyond chance", "fewer": "fewer than expected beyond chance"}


def when_html(tables: AssessmentTables, *, protect: bool) -> str:
    """Months and hours as grids of coloured cells; empty where the assessment holds neither.

    Each cell has its number in it, so that the grid is its own table: for those who do not see colours, and on paper.
    Where numbers are protected, ratios of fewer than ten crimes are blank.
    """
    parts = [_season(tables["season"], tables["coverage"], protect), _hours(tables["hours"], protect)]
    found = [part for part in parts if part]
    return f'{_legend()}<div class="whens">{"".join(found)}</div>' if found else ""


def _season(season: pd.DataFrame, coverage: pd.DataFrame, protect: bool) -> str:
    if not has_columns(season, "group month ratio label years") or not len(season):
        return ""
    groups = [name for name in dict.fromkeys(season["group"].astype(str)) if name.endswith(_ALL_SEASON)]
    if not groups:
        groups = list(dict.fromkeys(season["group"].astype(str)))[:1]
    rows = season[season["group"].isin(groups)]
    rows = rows.assign(ratio=_ratios(rows, protect), row=rows["month"].astype(str), column=rows["group"].astype(str))
    short = bool((rows["years"].fillna(0) < _TWO_YEARS).any())
    warned = "With fewer than two years of a month a season cannot be told from that year." if short else ""
    note = f"{_counted(rows['years'], coverage)} {warned}".strip()
    heads = [name.removesuffix(_ALL_SEASON).strip(" :") or "Crimes" for name in groups]
    told = "Crimes a day by month of the year, over those of an even year"
    # Months differ by hundredths; what is published is rounded already.
    months = list(dict.fromkeys(rows["row"]))
    return _grid(told, rows, ("Month", months), (groups, heads), note, digits=1 if protect else 2)


def _counted(years: pd.Series, coverage: pd.DataFrame) -> str:
    """Which months the season is of: whole years, counted back from the last month that was covered."""
    if not has_columns(coverage, f"{PERIOD} covered"):
        return ""
    covered = coverage.loc[coverage["covered"].astype(bool), PERIOD]
    months = pd.PeriodIndex(to_month_text(covered).unique(), freq="M")
    if not len(months):
        return ""
    first, last = months.min(), months.max()
    reach, counted = (last - first).n + 1, 12 * int(years.max())
    if counted != reach // 12 * 12 or int(years.min()) != int(years.max()):
        end = month_words(str(last))
        return (
            f"Counted are runs of twelve months back from {end} that are covered throughout; other months are left out."
        )
    span = period_words(str(last - (counted - 1)), str(last))
    rest = reach - counted
    before = f"; {number_of(rest, 'month')} before {'is' if rest == 1 else 'are'} left out" if rest else ""
    return f"Counted are the {number_of(counted, 'month')} {span}{before}."


def _hours(hours: pd.DataFrame, protect: bool) -> str:
    if not has_columns(hours, "group weekday hour ratio label") or not len(hours):
        return ""
    names = list(dict.fromkeys(hours["group"].astype(str)))
    group = _ALL_HOURS if _ALL_HOURS in names else names[0]
    rows = hours[hours["group"].astype(str) == group]
    rows = rows.assign(ratio=_ratios(rows, protect), row=rows["hour"].map(_hour), column=rows["weekday"].astype(str))
    days, clock = list(dict.fromkeys(rows["column"])), list(dict.fromkeys(rows["row"]))
    kind = "Crimes" if group == _ALL_HOURS else f"Crimes ({group})"
    told = f"{kind} by hour and weekday, over those of hours that are all alike"
    note = "When crimes were, where the source says it; that is not when the police were told."
    return _grid(told, rows, ("Hour from", clock), (days, [day[:3] for day in days]), note)


def _hour(value: object) -> str:
    return f"{int(str(value)):02d}:00"


def _ratios(rows: pd.DataFrame, protect: bool) -> pd.Series:
    """Ratios that may stand on the page; those of a published table were chosen when it was published."""
    ratio = rows["ratio"].astype("Float64")
    if not protect or not has_columns(rows, "events expected") or rows["events"].isna().all():
        return ratio
    few = (rows["events"].fillna(0) < _FEW) | (rows["expected"].fillna(0) < _FEW)
    return ratio.mask(few)


def _grid(
    caption: str,
    rows: pd.DataFrame,
    down: tuple[str, Sequence[str]],
    across: tuple[Sequence[str], Sequence[str]],
    note: str,
    digits: int = 1,
) -> str:
    """A table whose cells are coloured by their number; the label of a cell is read out with it."""
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in (down[0], *across[1]))
    held = {(str(one["row"]), str(one["column"])): one for one in rows.to_dict("records")}
    body = []
    for name in down[1]:
        cells = "".join(_cell(held.get((name, column)), digits) for column in across[0])
        body.append(f'<tr><th scope="row">{escape(name)}</th>{cells}</tr>')
    label = escape(caption, quote=True)
    told = f"<p>{escape(note)}</p>" if note else ""
    return (
        f'<div class="when"><div class="scroll" role="region" aria-label="{label}" tabindex="0">'
        f'<table class="heat"><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table></div>{told}</div>"
    )


def _cell(row: Mapping[Hashable, Any] | None, digits: int) -> str:
    ratio = None if row is None else row["ratio"]
    if row is None or pd.isna(ratio):
        return '<td class="none">-<span class="unseen"> not shown</span></td>'
    value = float(ratio)
    kind = next(at for at, (end, _) in enumerate(_CLASSES) if value < end)
    sure = _SHOWN.get(str(row["label"]), "")
    shown = f"{value:.{digits}f}"
    strong = f'<strong>{shown}</strong><span class="unseen"> {sure}</span>' if sure else shown
    return f'<td class="h{kind}">{strong}</td>'


def _legend() -> str:
    """What the colours are, and what bold letters say."""
    keys = "".join(f'<li><span class="h{at}"></span>{text}</li>' for at, (_, text) in enumerate(_CLASSES))
    told = (
        "<li><strong>bold</strong>: more or fewer beyond chance</li><li>-: too few crimes to show, or not covered</li>"
    )
    return f'<ul class="heat-key" aria-label="Times what is expected, by colour">{keys}{told}</ul>'
