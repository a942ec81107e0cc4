"""Whether a severity index is as it was made: what ranks and tests is taken from its table, its cells and its model."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from socharm._checks import cell_kind, require_columns, require_unique
from socharm._words import number_of
from socharm.errors import SchemaError
from socharm.severity.index import SeverityIndex

__all__ = ["require_sound_index"]

_NUMBERS: Final = ("crimes", "harm", "harm_se", "rate", "rate_se", "exposure")
_REMEDY: Final = "Take the index as severity_index made it; leave areas, offences or months out where they are counted."
#: How far sums in another order may differ.
_ROUNDING: Final = 1e-6


def require_sound_index(index: SeverityIndex) -> None:
    """Stop unless table, cells and model of an index are of the same areas, exposure and harm.

    Raises
    ------
    SchemaError
        Rows were taken out, repeated or renamed, a column is missing or holds what is no number, or a part is that of
        another index.
    """
    table, model = index.table, index.model
    require_columns(table, [*_NUMBERS, "rankable"], name="index.table")
    require_unique(table.index, name="index.table")
    for column in _NUMBERS:
        values = table[column]
        numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
        bad = np.isinf(numbers) | (numbers < 0) | (np.isnan(numbers) & values.notna().to_numpy())
        if bad.any():
            where = [f"{code}: {cell_kind(value)}" for code, value in list(values[bad].items())[:3]]
            raise SchemaError(
                f"`{column}` of the index holds {number_of(int(bad.sum()), 'value that is', 'values that are')} "
                f"neither numbers from 0 on nor missing, such as {where}. {_REMEDY}"
            )
    lost = model.areas.difference(table.index)
    if len(lost):
        raise SchemaError(
            f"{number_of(len(lost), 'area of the model of the index is', 'areas of the model of the index are')} "
            f"not in its table, such as {list(lost[:3])}. {_REMEDY}"
        )
    exposure = table["exposure"].reindex(model.areas).to_numpy(dtype=float, na_value=np.nan)
    if not np.allclose(exposure, model.exposure.to_numpy(dtype=float), rtol=_ROUNDING, atol=0.0):
        raise SchemaError(f"The exposure of the table and of the model of the index differ. {_REMEDY}")
    held, summed = float(table["harm"].sum()), float(index.cells["harm"].sum())
    if not np.isclose(held, summed, rtol=_ROUNDING, atol=_ROUNDING):
        raise SchemaError(f"The table of the index holds {held:,.1f} of harm and its cells {summed:,.1f}. {_REMEDY}")
