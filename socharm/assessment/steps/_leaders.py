"""Who leads and how surely: what the ranking adds to the closing summary and to the first page of the workbook."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from socharm._words import percent, rank_span, unit_sentence
from socharm.snapshot.centres import CENTRE_MARK, CENTRE_NOTE, centres_of
from socharm.snapshot.top_list import first_areas

__all__ = ["first_page", "ranked_lines", "ranked_values", "top_lines", "top_values"]


def ranked_values(tables: Mapping[str, pd.DataFrame], _: Mapping[str, Any]) -> dict[str, Any]:
    """How many areas there are, how many have a rank, and why others have none."""
    return {
        "areas": len(tables["areas"]),
        "ranked": int(tables["ranking"]["rank"].notna().sum()),
        "not_rankable": {str(k): int(v) for k, v in tables["unrankable"]["reason"].value_counts(sort=False).items()},
    }


def ranked_lines(summary: Mapping[str, Any]) -> Iterable[str]:
    """The same as text."""
    yield f"Areas: {summary['areas']:,}, of which {summary['ranked']:,} ranked"
    yield from (f"  {number:>9,}  not ranked: {reason}" for reason, number in summary["not_rankable"].items())


def first_page(tables: Mapping[str, pd.DataFrame]) -> Iterable[tuple[str, str]]:
    """The same in one line of the workbook."""
    yield "Areas", f"{len(tables['areas'])}, of which {int(tables['ranking']['rank'].notna().sum())} ranked"


def top_values(tables: Mapping[str, pd.DataFrame], _: Mapping[str, Any]) -> dict[str, Any]:
    """The first ten areas."""
    top = first_areas(tables["ranking"], tables["top_k"], 10)
    centres = centres_of(tables)
    rows = [
        {
            "rank": int(row["rank"]),
            "low_90": int(row["rank_low_90"]),
            "high_90": int(row["rank_high_90"]),
            "area_code": str(code),
            "name": None if pd.isna(row["name"]) else str(row["name"]),
            "parent": None if pd.isna(row["parent"]) else str(row["parent"]),
            "rate": float(row["rate"]),
            "rate_shrunk": float(row["rate_shrunk"]),
            "probability": None if pd.isna(row["probability"]) else float(row["probability"]),
            "centre": bool(code in centres),
        }
        for code, row in top.iterrows()
    ]
    return {"top": rows}


def top_lines(summary: Mapping[str, Any]) -> Iterable[str]:
    """The same as text, with what is not in the numbers below: it stands on every list of them."""
    top = summary["top"]
    yield f"Highest harm rates ({summary['unit']}), with 90% intervals of the rank:"
    yield from _list_line(top)
    yield f"{'rank':>5}  {'interval':>9}  {'rate':>9}  {'recorded':>9}  area"
    yield from map(_top_line, top)
    yield "The rate is the underlying one, which is ranked and allows for chance; beside it, as recorded."
    if unit := unit_sentence(summary["unit"]):
        yield unit
    if any(row["centre"] for row in top):
        yield CENTRE_NOTE
    yield from _order_line(top)
    if summary["coverage"]:
        yield f"Coverage: {summary['coverage']}"


def _order_line(top: list[dict[str, Any]]) -> list[str]:
    rates = [row["rate_shrunk"] for row in sorted(top, key=lambda row: row["rank"])]
    if rates == sorted(rates, reverse=True):
        return []
    return ["Ranks compare areas draw by draw, so an area may stand above one with a slightly higher rate."]


def _list_line(top: list[dict[str, Any]]) -> list[str]:
    """What the list is ordered by, where that can differ from the order of the ranks."""
    known = [row["probability"] for row in top if row["probability"] is not None]
    if len(known) < len(top) or not known:
        return []
    first, last = percent(known[0]), percent(known[-1])
    return [f"Ordered by the probability to be among the first {len(top)}: {first} down to {last}."]


def _top_line(row: dict[str, Any]) -> str:
    place = ", ".join(part for part in (row["name"], row["parent"]) if part) or row["area_code"]
    mark = f" {CENTRE_MARK}" if row["centre"] else ""
    interval = rank_span(f"{row['low_90']}", f"{row['high_90']}")
    rates = f"{row['rate_shrunk']:>9.3f}  {row['rate']:>9.3f}"
    return f"{row['rank']:>5}  {interval:>9}  {rates}  {place}{mark} ({row['area_code']})"
