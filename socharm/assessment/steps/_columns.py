"""Columns that several tables of an assessment share, and how a spreadsheet shows numbers by their names."""

from __future__ import annotations

from typing import Final

from socharm.snapshot.spec import Column, columns

__all__ = ["AREA_CODE", "AREA_NAMES", "NAME_OF_AREA", "PARENT_OF_AREA", "RANKS", "REASON", "named"]

_RATES: Final = "#,##0.000"
_FORMATS: Final = {
    "rate": _RATES,
    "rate_se": _RATES,
    "rate_shrunk": _RATES,
    "harm": "#,##0",
    "harm_se": "#,##0",
    "exposure": "#,##0.0",
    "top_share": "0%",
    "share": "0.0%",
    "cumulative_share": "0.0%",
    "share_harm": "0.0%",
    "needed_for": "0%",
    "probability": "0.0%",
    "rank_expected": "0.0",
    "rank_median": "0.0",
    "weight": "#,##0.0",
}


def named(disclosure: str, /, **meanings: str) -> tuple[Column, ...]:
    """Columns with a rule and their meanings; numbers are shown as their names ask."""
    return columns(disclosure, _FORMATS, **meanings)


AREA_CODE: Final = named("keep", area_code="code of the area, as its boundaries have it")
NAME_OF_AREA: Final = named("keep", name="name of the area")
PARENT_OF_AREA: Final = named("keep", parent="district of the area")
AREA_NAMES: Final = (*NAME_OF_AREA, *PARENT_OF_AREA, *named("keep", force="police force of the area"))
REASON: Final = named("keep", reason="why there is no rank or value; empty where there is one")

#: The rank over the draws of a model; 1 has the highest harm rate. A mean over draws is published as a whole number.
RANKS: Final = (
    *named(
        "keep",
        rank="1 has the highest harm rate: by the mean of the rank over draws; equals share the lower",
        rank_median="median of the rank over draws",
        rank_low_90="first rank of the 90% interval of the rank",
        rank_high_90="last rank of the 90% interval of the rank",
        rank_low_95="first rank of the 95% interval of the rank",
        rank_high_95="last rank of the 95% interval of the rank",
    ),
    *named("withhold", rank_observed="rank by the recorded rate alone"),
    *named("integer", rank_expected="mean of the rank over draws"),
)
