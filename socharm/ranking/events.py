"""Which ranks hang on a few grave events: the rank of each area when its heaviest events are taken away."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._about import About
from socharm._arguments import checked
from socharm._columns import AREA, NAME, OFFENCE, N
from socharm._constraints import CountFrom1
from socharm._record import Record
from socharm._settings import Settings, setting
from socharm._words import number_of
from socharm.errors import RefusedError
from socharm.severity.index import SeverityIndex
from socharm.severity.sound_index import require_sound_index
from socharm.stats.ranks import TIE

__all__ = ["EventDependence", "EventDependenceSettings", "rank_without_events"]

_Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class EventDependenceSettings(Settings):
    """Choices behind the check of ranks for single events."""

    events: CountFrom1 = setting(3, "most events that are taken away")
    places: CountFrom1 | None = setting(
        None, "an area is flagged when it falls by more; a tenth of the ranked areas when absent", example=10
    )


@dataclass(frozen=True, eq=False, repr=False)
class EventDependence(Record):
    """Ranks of the recorded rate when an area's heaviest events are taken away.

    Attributes
    ----------
    table : DataFrame
        Index ``area_code``: ``name``, ``rank_observed``, ``rank_without_1`` … (rank after one, two … of its heaviest
        events are gone, other areas as they are), ``heaviest_offence``, ``hangs_on`` (fewest events whose loss moves
        the area by more than the stated places; missing where more are needed than were tried), ``offences``
        (which they are, heaviest first), ``flagged``. Missing for areas that are not rankable.
    places : int
        An area is flagged when it falls by more.
    """

    __made_by__ = ("rank_without_events",)

    table: pd.DataFrame
    settings: EventDependenceSettings
    about: About
    places: int

    def _summary(self) -> dict[str, str]:
        flagged = self.table[self.table["flagged"].fillna(False)]
        return {
            "areas": f"{self.table['rank_observed'].notna().sum():,} ranked",
            "hang on few events": f"{number_of(len(flagged), 'moves', 'move')} by more than "
            f"{number_of(self.places, 'place')} without {number_of(self.settings.events, 'event')} or fewer",
        }


@checked
def rank_without_events(
    index: SeverityIndex,
    *,
    events: CountFrom1 = 3,
    places: CountFrom1 | None = None,
    settings: EventDependenceSettings | Mapping[str, Any] | None = None,
) -> EventDependence:
    """Take the heaviest events of each area away, one after the other, and see where it would stand.

    Parameters
    ----------
    index : SeverityIndex
        Of single offences: under a crosswalk a category hides which event was the heaviest.
    events : int
        Most events taken away.
    places : int, optional
        An area is flagged when it falls by more than so many places; a tenth of the ranked areas, rounded up, unless
        given.
    settings : EventDependenceSettings or mapping, optional
        Choices of another check, for what is not stated by keyword.

    Returns
    -------
    EventDependence
        Ranks are of the recorded rate: the realised question, in which one homicide is a fact and still an accident.
        Rates that differ by less than 1e-12 of their size are equal and share the lower rank.

    Raises
    ------
    RefusedError
        The index is by category.
    ParameterError
        `events` or `places` is not a whole number above zero.
    """
    chosen = EventDependenceSettings.of(settings)
    if index.findings.level != "offence":
        raise RefusedError(
            "The index is by category, and a category hides which event was the heaviest. Count single offences "
            "(a force's extract) and weigh them without a crosswalk."
        )
    require_sound_index(index)
    ranked = index.table[index.table["rankable"]]
    tolerated = math.ceil(len(ranked) / 10) if chosen.places is None else chosen.places
    heavy, names = _heaviest(index, ranked.index, chosen.events)
    rate, exposure = ranked["rate"].to_numpy(dtype=float), ranked["exposure"].to_numpy(dtype=float)
    table = index.table[[NAME]].rename_axis(AREA).copy()
    ranks = np.empty((len(ranked), chosen.events + 1), dtype=np.int64)
    ordered = np.sort(rate)
    for gone in range(chosen.events + 1):
        lowered = np.maximum(rate - heavy[:, :gone].sum(axis=1) / exposure * index.settings.per, 0.0)
        # Areas above the lowered rate, the area itself aside: its own rate is above once anything is gone. Rounding
        # leaves a difference in proportion to the rate that was lowered, and that is no reason for another rank.
        equal = lowered + TIE * rate
        above = len(rate) - np.searchsorted(ordered, equal, side="right")
        ranks[:, gone] = above - (rate > equal) + 1
    columns = ["rank_observed", *(f"rank_without_{gone}" for gone in range(1, chosen.events + 1))]
    found = pd.DataFrame(ranks, index=ranked.index, columns=columns).astype("Int64")
    moved = ranks - ranks[:, :1] > tolerated
    first = np.where(moved.any(axis=1), moved.argmax(axis=1), 0)
    found["heaviest_offence"] = pd.Series([row[0] if row else None for row in names], index=ranked.index, dtype="str")
    found["hangs_on"] = pd.Series(first, index=ranked.index).where(first > 0).astype("Int64")
    texts = [", ".join(row[:number]) if number else None for row, number in zip(names, first, strict=True)]
    found["offences"] = pd.Series(texts, index=ranked.index, dtype="str")
    found["flagged"] = pd.Series(first > 0, index=ranked.index, dtype="boolean")
    return EventDependence(
        table=table.join(found),
        settings=chosen,
        about=index.about,
        places=tolerated,
    )


def _heaviest(index: SeverityIndex, areas: pd.Index, events: int) -> tuple[_Floats, list[list[str]]]:
    """Weights of each area's heaviest events, shape (areas, events), 0 where there are fewer; and their offences."""
    cells = index.cells[index.cells[AREA].isin(areas)]
    sums = cells.groupby([AREA, OFFENCE, "weight"], observed=True)[N].sum().reset_index()
    sums = sums[sums[N] > 0].sort_values([AREA, "weight", OFFENCE], ascending=[True, False, True], kind="stable")
    heavy = np.zeros((len(areas), events))
    names: list[list[str]] = [[] for _ in areas]
    place = {code: row for row, code in enumerate(areas)}
    for code, part in sums.groupby(AREA, observed=True):
        row = place[code]
        offence = np.repeat(part[OFFENCE].to_numpy(), np.minimum(part[N].to_numpy(), events))[:events]
        weight = np.repeat(part["weight"].to_numpy(dtype=float), np.minimum(part[N].to_numpy(), events))[:events]
        heavy[row, : weight.size] = weight
        names[row] = [str(name) for name in offence]
    return heavy, names
