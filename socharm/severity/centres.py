"""Areas where residents are not the people who are there."""

from __future__ import annotations

from typing import Final

import pandas as pd

from socharm.severity.index import SeverityIndex

__all__ = ["BUSY_RATE", "BUSY_RATIO", "centre_flags"]

#: Crimes per resident and year from which residents cannot be the people who are there …
BUSY_RATE: Final = 0.5
#: … or this many times the median area.
BUSY_RATIO: Final = 4.0


def centre_flags(index: SeverityIndex) -> pd.Series:
    """Areas where a rate per resident says how many visit, not how much harm those who live there bear.

    Only under a resident denominator: an area is flagged with more than one crime a year for two residents, or with
    four times the crime rate of the median area. Other denominators flag nothing.
    """
    table = index.table
    if index.findings.denominator != "resident":
        return pd.Series(False, index=table.index, name="centre_flag")
    exposure = table["exposure"].astype(float)
    rate = table["crimes"].astype(float) / exposure.where(exposure > 0)
    limit = min(BUSY_RATE, BUSY_RATIO * float(rate.median())) if rate.notna().any() else BUSY_RATE
    return (rate > limit).rename("centre_flag")
