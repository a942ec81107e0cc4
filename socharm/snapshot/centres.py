"""Areas where a rate per resident misleads, as every reader of an assessment marks them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import pandas as pd

__all__ = ["CENTRE_FLAG", "CENTRE_MARK", "CENTRE_NOTE", "NO_POPULATION", "centre_note", "centres_of", "marked_names"]

#: Behind the name of such an area, wherever it stands.
CENTRE_MARK: Final = "†"
#: What `population.flag` says of such an area.
CENTRE_FLAG: Final = "far more crimes than its residents explain: those harmed may live elsewhere"
#: What `population.flag` says of an area that has no rate.
NO_POPULATION: Final = "no population"
#: The sentence that explains the mark.
CENTRE_NOTE: Final = (
    f"{CENTRE_MARK} Far more crimes than its residents explain (more than one a year for two residents, or four times "
    "the median crime rate): many of those harmed may live elsewhere, so a rate per resident misleads. Read the rank "
    "with a workday population beside it."
)


def centre_note(names: Sequence[str]) -> str:
    """The sentence that explains the mark, with the names of the areas that bear it, where it stands below others.

    Examples
    --------
    >>> centre_note(["Monument", "Hendon"])[:61]
    '† Monument, Hendon: far more crimes than their residents expl'
    """
    rest = CENTRE_NOTE.removeprefix(f"{CENTRE_MARK} ").removeprefix("F")
    if len(names) > 1:
        rest = rest.replace("its residents", "their residents", 1)
    return f"{CENTRE_MARK} {', '.join(names)}: f{rest}"


def centres_of(tables: Mapping[str, pd.DataFrame]) -> pd.Index:
    """Codes of the areas where a rate per resident misleads."""
    table = tables["population"]
    if "flag" not in table.columns:
        return table.index[:0]
    flag = table["flag"].astype(object)
    return table.index[(flag.notna() & ~flag.isin(["", NO_POPULATION])).to_numpy(dtype=bool)]


def marked_names(names: pd.Series, centres: pd.Index) -> pd.Series:
    """Names by area code, with the mark once behind those of the centres; a missing name stays missing."""
    texts = names.astype(str)
    bare = names.notna().to_numpy() & ~texts.str.endswith(CENTRE_MARK).to_numpy(dtype=bool)
    return names.astype(object).where(~(names.index.isin(centres) & bare), texts + f" {CENTRE_MARK}")
