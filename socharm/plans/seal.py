"""The seal of a plan: what a review or an approval was of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pandas as pd

from socharm.files.hashing import sha256_json
from socharm.plans.plan_table import PLAN_COLUMNS

__all__ = ["holds_seal", "seal_of"]

#: What is kept up in a plan without asking for another review.
_KEPT_UP: Final = ("status", "notes", "output_baseline", "output_note")
#: Columns of the first seals, in their order; columns that came later are in none of them.
_SEALED_BEFORE: Final = (
    "p", "threat", "action", "owner", "agency", "power", "phase", "start", "due", "output", "output_unit",
    "output_target", "measure", "measure_key", "unit", "baseline", "baseline_period", "target", "target_period",
    "smallest_change", "review", "source",
)  # fmt: skip


def holds_seal(seal: str, table: pd.DataFrame) -> bool:
    """Whether a table is the one that was sealed, by this version or an earlier one; nothing holds for any."""
    return seal == "" or seal in (seal_of(table), _earlier_seal(table))


def seal_of(table: pd.DataFrame) -> str:
    """Short digest of what a review or an approval is of: all but what is kept up meanwhile, and what is blank.

    The order of the rows says nothing: partners sort their sheet.
    """
    agreed = _texts(table.sort_index(), PLAN_COLUMNS)
    told = {str(name): list(cells) for name, cells in agreed.items() if any(cells)}
    return sha256_json([list(agreed.index), told])[:8]


def _earlier_seal(table: pd.DataFrame) -> str:
    """The digest of version 0.1, of the rows as they stand."""
    agreed = _texts(table, _SEALED_BEFORE)
    return sha256_json([[key, *row] for key, row in zip(agreed.index, agreed.to_numpy().tolist(), strict=True)])[:8]


def _texts(table: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Those columns that a review is of, as text."""
    agreed = table.reindex(columns=[name for name in columns if name not in _KEPT_UP]).astype(object)
    return agreed.map(lambda cell: "" if cell is None or cell != cell else str(cell))
