"""Tables of the index, made again of published counts, and what the tables of later parts are made again of."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._columns import AREA, OFFENCE, PERIOD, N
from socharm._words import number_of
from socharm.errors import AlignmentError
from socharm.offences import group_of
from socharm.severity.contributions import top_offence
from socharm.snapshot.recount import Recount

__all__ = ["recount_cells", "recount_groups", "recount_index", "recount_months", "recount_unweighted", "recounted_rate"]

_KEYS: Final = [AREA, OFFENCE, PERIOD]


def recounted_rate(harm: pd.Series, exposure: pd.Series, recount: Recount) -> pd.Series:
    """Harm per resident (or other denominator) and year, on the scale of the index."""
    people = exposure.astype(float)
    return harm.astype(float) / people.where(people > 0) * recount.setting("index", "per", 1.0)


def recount_cells(recount: Recount) -> pd.DataFrame:
    """Cells of the index.

    Raises
    ------
    AlignmentError
        They are not the counts less what the index leaves out: what was published would not be what was ranked.
    """
    cells = recount.tables["cells"].copy()
    _require_same_exclusions(recount, cells)
    cells[N] = _numbers(recount.counted, cells)
    cells["harm"] = cells[N] * cells["weight"]
    return cells


def _numbers(counts: pd.DataFrame, cells: pd.DataFrame) -> NDArray[np.int64]:
    found = counts.set_index(_KEYS)[N].reindex(pd.MultiIndex.from_frame(cells[_KEYS]))
    return np.asarray(found.to_numpy(), dtype=np.int64)


def _require_same_exclusions(recount: Recount, cells: pd.DataFrame) -> None:
    if not len(cells):
        return
    ours = _numbers(recount.was_counted, cells)
    differ = int((ours != cells[N].to_numpy()).sum())
    if differ:
        raise AlignmentError(
            f"{differ:,} of {number_of(len(ours), 'cell')} of the index {'is' if differ == 1 else 'are'} not the "
            f"counts less {list(recount.excluded) or 'nothing'}. Give `excluded=` as the index was made: published "
            "numbers must be of the crimes that were ranked."
        )


def recount_index(recount: Recount) -> pd.DataFrame:
    """The index: one row per area."""
    old, cells = recount.tables["index"], recount.made["cells"]
    sums = cells.groupby(AREA, observed=True)[[N, "harm"]].sum().reindex(old.index)
    made = pd.DataFrame(index=old.index)
    made["crimes"] = sums[N].where(old["crimes"].notna())
    made["harm"] = sums["harm"].where(old["harm"].notna())
    made["rate"] = recounted_rate(made["harm"], old["exposure"], recount).where(old["rate"].notna())
    top = top_offence(cells).reindex(old.index)
    made["top_offence"], made["top_share"] = top["top_offence"], top["top_share"]
    return made


def recount_months(recount: Recount) -> pd.DataFrame:
    """The index by month."""
    old = recount.tables["by_period"]
    sums = recount.made["cells"].groupby([AREA, PERIOD], observed=True)[[N, "harm"]].sum()
    found = sums.reindex(pd.MultiIndex.from_frame(old[[AREA, PERIOD]])).set_axis(old.index)
    harm = found["harm"]
    return pd.DataFrame({"crimes": found[N], "harm": harm, "rate": recounted_rate(harm, old["exposure"], recount)})


def recount_groups(recount: Recount) -> pd.DataFrame:
    """The index by group of offences."""
    old, cells = recount.tables["by_group"], recount.made["cells"]
    groups = {offence: group_of(str(offence)) for offence in cells[OFFENCE].unique()}
    sums = cells.groupby([AREA, cells[OFFENCE].map(groups).rename("group")], observed=True)[[N, "harm"]].sum()
    found = sums.reindex(pd.MultiIndex.from_frame(old[[AREA, "group"]])).set_axis(old.index)
    whole = found["harm"].groupby(old[AREA]).transform("sum")
    exposure = old[AREA].map(recount.tables["index"]["exposure"].astype(float))
    known = old["crimes"].notna()
    made = pd.DataFrame(
        {
            "crimes": found[N],
            "harm": found["harm"],
            "rate": recounted_rate(found["harm"], exposure, recount),
            "share": found["harm"] / whole.where(whole > 0),
        }
    )
    return made.where(known)


def recount_unweighted(recount: Recount) -> pd.DataFrame:
    """Offences without a weight."""
    old = recount.tables["unweighted"]
    if not len(old):
        return pd.DataFrame({N: [], "rate": []})
    sums = recount.counted.groupby([AREA, OFFENCE], observed=True)[N].sum()
    found = sums.reindex(pd.MultiIndex.from_frame(old[[AREA, OFFENCE]])).set_axis(old.index)
    ratio = old["rate"].astype(float) / old[N].where(old[N] > 0)
    people = ratio.groupby(old[AREA]).transform("first")
    return pd.DataFrame({N: found, "rate": found * people})
