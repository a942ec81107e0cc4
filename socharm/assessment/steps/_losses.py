"""The table of a snapshot that says what rows set aside took: by offence, by month and by source."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from socharm._columns import OFFENCE, PERIOD
from socharm.io.incidents.accounting import USED
from socharm.io.incidents.records import Counts
from socharm.severity.index import SeverityIndex
from socharm.severity.lost_harm import heavy_losses

__all__ = ["LOSS_COLUMNS", "losses_table"]

#: Columns that count rows set aside, and the reasons they stand for.
LOSS_COLUMNS: Final = {
    "no_date": "date cannot be parsed",
    "no_location": "no location",
    "outside_areas": "outside all areas",
    "not_covered": "area not covered in that month",
    "copies": "whole-row copy",
    "repeated_id": "repeated id",
}

_KINDS = {"offence": OFFENCE, "month": PERIOD, "source": "source"}
_NO_DATE = "not known"


def losses_table(counts: Counts, index: SeverityIndex) -> pd.DataFrame:
    """Rows of the period by offence, month and source, those set aside by reason, and what the offences lost.

    Returns
    -------
    DataFrame
        ``kind``, ``what``, ``rows``, ``used``, a column for each reason, ``lost``, ``share_lost``, ``share_of_harm``,
        ``reason``, ``named``. What counts as lost, and what it weighs, is known of offences; elsewhere it is missing.
    """
    parts = [_rows(counts, kind, key) for kind, key in _KINDS.items()]
    table = pd.concat(parts, ignore_index=True)
    offence = table["kind"] == OFFENCE
    names = pd.Index(table["what"])
    losses = counts.losses
    for column in ("lost", "share_lost"):
        table[column] = losses[column].astype(float).reindex(names).where(offence.to_numpy()).to_numpy()
    share = index.losses["share_of_harm"].astype(float) if len(index.losses) else pd.Series(dtype=float)
    table["share_of_harm"] = share.reindex(names).where(offence.to_numpy()).to_numpy()
    reason = losses["reason"].reindex(names).where(offence.to_numpy()).fillna("")
    table["reason"] = reason.to_numpy(dtype=object)
    told = {*losses.index[losses["named"]], *heavy_losses(index.losses, index.settings.warn_harm_share).index}
    table["named"] = (offence & table["what"].isin(told)).to_numpy(dtype=bool)
    return table.astype({"kind": "str", "what": "str", "reason": "str"})


def _rows(counts: Counts, kind: str, key: str) -> pd.DataFrame:
    by = counts.accounting_by(key)
    names = [_NO_DATE if pd.isna(name) else str(name) for name in by.index]
    columns = {name: by[reason].to_numpy() for name, reason in LOSS_COLUMNS.items()}
    table = pd.DataFrame({"kind": kind, "what": names, USED: by[USED].to_numpy(), **columns})
    rows = table[[USED, *LOSS_COLUMNS]].to_numpy(dtype=np.int64).sum(axis=1)
    table.insert(2, "rows", rows)
    kept: pd.DataFrame = table.loc[rows > 0]
    return kept
