"""Why an area has no value, in the one word that every map has for it."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

__all__ = ["GAPS", "gap_words"]

#: Words of the reasons of an index for which an area is not ranked.
GAPS: Final = ("not covered", "no population", "not rankable")


def gap_words(reason: pd.Series) -> pd.Series:
    """The word for each reason that an index gives; blank where it gives none.

    Examples
    --------
    >>> gap_words(pd.Series(["covered 2 of 12 months", "no population above zero", "left out by hand", ""])).tolist()
    ['not covered', 'no population', 'not rankable', '']
    """
    text = reason.fillna("").astype("str")
    covered, people = (text.str.contains(part, case=False) for part in ("cover", "population"))
    words = np.select([text == "", covered, people], ["", *GAPS[:2]], GAPS[2])
    return pd.Series(words, index=reason.index, dtype="str")
