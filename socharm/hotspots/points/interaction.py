"""Tests of space-time interaction that give one number: Mantel, Jacquez, and Knox as Baker modified it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._about import About
from socharm._arguments import checked
from socharm._constraints import Above, Between, CountFrom1, Crs, NotNegative, Permutations, Seed, Threads
from socharm._limits import MAX_MANTEL_EVENTS, require_within
from socharm._record import Record
from socharm._settings import SEED, THREADS, Settings, setting
from socharm._words import number_of
from socharm.errors import ParameterError
from socharm.hotspots.points.dated_events import DatedEvents, EventColumns, dated_events, require_spread
from socharm.stats.dealt import Dealt
from socharm.stats.interaction import TimeNeighbours, jacquez_counts, mantel_sums, nearest_places
from socharm.stats.knox_counts import modified_counts
from socharm.stats.near_pairs import band_edges, cell_order, near_pairs
from socharm.stats.permutation import permutation_p

__all__ = [
    "InteractionFindings",
    "InteractionSettings",
    "JacquezSettings",
    "MantelSettings",
    "ModifiedKnoxSettings",
    "SpaceTimeInteraction",
    "jacquez",
    "mantel",
    "modified_knox",
]

_Floats = NDArray[np.float64]

#: Powers of distances; far ones overflow.
Power = Annotated[float, Between(-10, 10)]
Closeness = Annotated[float, Above(0, 1e9)]


@dataclass(frozen=True, kw_only=True)
class InteractionSettings(EventColumns):
    """Choices that tests of space-time interaction share."""

    permutations: Permutations = setting(999, "dates are permuted so often; p cannot fall below one over one more")
    seed: Seed = setting(says=SEED, recipe=False)


@dataclass(frozen=True, kw_only=True)
class MantelSettings(InteractionSettings):
    """Choices behind Mantel's test."""

    distance_constant: NotNegative = setting(1.0, "added to each distance before its power is taken")
    distance_power: Power = setting(-1.0, "power of distances; -1 lets near pairs count most")
    time_constant: NotNegative = setting(1.0, "added to each number of days before its power is taken")
    time_power: Power = setting(-1.0, "power of times apart")


@dataclass(frozen=True, kw_only=True)
class JacquezSettings(InteractionSettings):
    """Choices behind Jacquez's test."""

    neighbours: CountFrom1 = setting(3, "nearest neighbours of each event, in space and in time")


@dataclass(frozen=True, kw_only=True)
class ModifiedKnoxSettings(InteractionSettings):
    """Choices behind Baker's modified Knox test."""

    distance: Closeness = setting(200.0, "metres within which two events are close in space")
    within_days: NotNegative = setting(14.0, "days within which two events are close in time")


@dataclass(frozen=True, kw_only=True)
class InteractionFindings:
    """What a test was made of: its method, the events, and the rows set aside for want of a day or a place."""

    method: str
    events: int
    set_aside: int


@dataclass(frozen=True, eq=False, repr=False)
class SpaceTimeInteraction(Record):
    """One statistic of space-time interaction, with its p by permutation of dates.

    Attributes
    ----------
    table : DataFrame
        One row, named by the method: ``statistic``, ``expected`` (mean over permutations), ``sd``, ``low_95``,
        ``high_95`` (of 95% of them), ``p`` (of at least so much: (m + 1) / (R + 1)), ``p_less``.
    set_aside : Series
        Rows without a day or a place, by reason.
    """

    __made_by__ = ("mantel", "jacquez", "modified_knox")

    table: pd.DataFrame
    set_aside: pd.Series
    settings: Settings
    about: About
    findings: InteractionFindings

    @property
    def statistic(self) -> float:
        """The statistic."""
        return float(self.table["statistic"].iloc[0])

    @property
    def p(self) -> float:
        """Permutation p of more interaction than chance gives."""
        return float(self.table["p"].iloc[0])

    def _summary(self) -> dict[str, str]:
        row, f = self.table.iloc[0], self.findings
        s: Any = self.settings
        return {
            f.method: f"{row['statistic']:.4g}, {row['expected']:.4g} expected, p {row['p']:.3g}",
            "events": f"{f.events:,}, {f.set_aside:,} set aside for want of a day or a place",
            "test": f"{number_of(s.permutations, 'permutation')} of dates, seed {s.seed}",
        }


@checked
def mantel(
    events: pd.DataFrame,
    *,
    distance_constant: NotNegative = 1.0,
    distance_power: Power = -1.0,
    time_constant: NotNegative = 1.0,
    time_power: Power = -1.0,
    permutations: Permutations = 999,
    x: str = "x",
    y: str = "y",
    date: str = "date",
    seed: Seed | None = None,
    settings: MantelSettings | Mapping[str, Any] | None = None,
    threads: Threads = THREADS,
    crs: Crs | None = None,
    about: About | None = None,
) -> SpaceTimeInteraction:
    r"""Mantel's test: the correlation, over all pairs of events, of how near they are in space and in time.

    Parameters
    ----------
    events, x, y, date, permutations, seed, threads, crs, about
        As of `knox`; at most 5,000 events, for every pair counts.
    distance_constant, distance_power : float
        A distance d (Euclidean) counts as ``(d + distance_constant) ** distance_power``.
    time_constant, time_power : float
        Days apart, likewise.
    settings : MantelSettings or mapping, optional
        Choices of another test, for what is not stated by keyword.

    Returns
    -------
    SpaceTimeInteraction
        ``statistic`` is Pearson's r of both over the pairs.

    Raises
    ------
    SchemaError, CRSError
        As of `knox`.
    ParameterError
        A power that gives no finite number, or the same one for every pair.
    RefusedError
        More than 5,000 events.

    Notes
    -----
    Reciprocals, the default, let near pairs decide; the constant is in the unit of the distances, so that the
    statistic depends on it. Mantel, N. (1967), as standardised by pointpats.

    References
    ----------
    Mantel, N. (1967). The detection of disease clustering and a generalized regression approach. *Cancer Research* 27,
    209-220.
    """
    chosen = MantelSettings.of(settings)
    read = _read(events, chosen, crs, about, what="Mantel's test")
    n = read.days.size
    require_within(n, MAX_MANTEL_EVENTS, what="events", remedy="Use `knox`, which looks at near pairs only.")
    rows, columns = np.tril_indices(n, k=-1)
    apart = np.hypot(read.x[rows] - read.x[columns], read.y[rows] - read.y[columns])
    gaps = np.abs(read.days[rows] - read.days[columns])
    near = _transformed(apart, chosen.distance_constant, chosen.distance_power, "distance")
    close = _transformed(gaps, chosen.time_constant, chosen.time_power, "time")
    near = near - near.mean()
    # Both spreads are those of all pairs, which no permutation changes: the sum of products decides.
    scale = near.size * float(near.std() * close.std())
    sums = mantel_sums(near, read.days, chosen.time_constant, chosen.time_power, _dealt(chosen, "mantel", threads))
    return _tested("mantel", sums / scale, read, chosen)


@checked
def jacquez(
    events: pd.DataFrame,
    *,
    neighbours: CountFrom1 = 3,
    permutations: Permutations = 999,
    x: str = "x",
    y: str = "y",
    date: str = "date",
    seed: Seed | None = None,
    settings: JacquezSettings | Mapping[str, Any] | None = None,
    threads: Threads = THREADS,
    crs: Crs | None = None,
    about: About | None = None,
) -> SpaceTimeInteraction:
    """Jacquez's test: how many nearest neighbours in space are nearest neighbours in time too?

    Parameters
    ----------
    events, x, y, date, permutations, seed, threads, crs, about
        As of `knox`; distance is Euclidean.
    neighbours : int
        Nearest neighbours of each event, k; below the number of events.
    settings : JacquezSettings or mapping, optional
        Choices of another test, for what is not stated by keyword.

    Returns
    -------
    SpaceTimeInteraction
        ``statistic`` counts ordered pairs: an event, and one of its k nearest in space that is among its k nearest in
        time.

    Raises
    ------
    SchemaError, CRSError
        As of `knox`.
    ParameterError
        As many neighbours as events.

    Notes
    -----
    Of events equally far away the first in the order of x, y and day are taken, in space and in time, for the dates as
    they are and for permuted ones alike. Where many events share a place or a day that decides much: use `knox` there.

    References
    ----------
    Jacquez, G.M. (1996). A k nearest neighbour test for space-time interaction. *Statistics in Medicine* 15, 1935-1949.
    """
    chosen = JacquezSettings.of(settings)
    read = _read(events, chosen, crs, about, what="Jacquez's test")
    if chosen.neighbours >= read.days.size:
        raise ParameterError(
            f"`neighbours` is {chosen.neighbours:,} and the input holds {number_of(read.days.size, 'event')}. "
            "Ask for fewer neighbours."
        )
    places = nearest_places(read.x, read.y, chosen.neighbours)
    found = TimeNeighbours.of(read.days, chosen.neighbours)
    counts = jacquez_counts(places, found, _dealt(chosen, "jacquez", threads))
    return _tested("jacquez", counts.astype(np.float64), read, chosen)


@checked
def modified_knox(
    events: pd.DataFrame,
    *,
    distance: Closeness = 200.0,
    within_days: NotNegative = 14.0,
    permutations: Permutations = 999,
    x: str = "x",
    y: str = "y",
    date: str = "date",
    seed: Seed | None = None,
    settings: ModifiedKnoxSettings | Mapping[str, Any] | None = None,
    threads: Threads = THREADS,
    crs: Crs | None = None,
    about: About | None = None,
) -> SpaceTimeInteraction:
    r"""Knox's test as Baker modified it: close pairs beyond what each event's own neighbours in space and time give.

    Parameters
    ----------
    events, x, y, date, permutations, seed, threads, crs, about
        As of `knox`; distance is Euclidean.
    distance : float
        Metres within which two events are close in space, the end included.
    within_days : float
        Days within which they are close in time, the end included.
    settings : ModifiedKnoxSettings or mapping, optional
        Choices of another test, for what is not stated by keyword.

    Returns
    -------
    SpaceTimeInteraction

    Raises
    ------
    SchemaError, CRSError, ParameterError
        As of `knox`.

    Notes
    -----
    :math:`X - \frac{1}{2(n - 1)} \sum_i s_i t_i`, where X counts the close pairs, and :math:`s_i`, :math:`t_i` are the
    events close to i in space, in time. The :math:`t_i` change hands with the dates: each permutation has its own sum.

    References
    ----------
    Baker, R.D. (2004). Identifying space-time disease clusters. *Acta Tropica* 91, 291-299.
    """
    chosen = ModifiedKnoxSettings.of(settings)
    read = _read(events, chosen, crs, about, what="A Knox test", reach=chosen.distance)
    dealt = _dealt(chosen, "modified-knox", threads)
    return _tested("modified_knox", _modified(read, chosen, dealt), read, chosen)


def _modified(read: DatedEvents, chosen: ModifiedKnoxSettings, dealt: Dealt) -> _Floats:
    """The statistic of the dates as given, and of those dealt anew."""
    limits = band_edges(np.array([0.0, chosen.distance]), closed="right", whole=False)
    order, cells, width = cell_order(read.x, read.y, read.days, reach=float(limits[-1]))
    placed = read.ordered(order)
    grid = (cells, width)
    pairs = near_pairs(placed.x, placed.y, placed.days, grid=grid, edges=limits, manhattan=False)
    whole = bool((read.days == np.floor(read.days)).all())
    edges = band_edges(np.array([0.0, chosen.within_days]), closed="right", whole=whole)
    return modified_counts(pairs, placed.days, float(edges[1]), dealt)


def _read(
    events: pd.DataFrame,
    chosen: InteractionSettings,
    crs: Any,
    about: About | None,
    *,
    what: str,
    reach: float = 0.0,
) -> DatedEvents:
    read = dated_events(events, chosen, reach=reach, crs=crs, about=about, stacklevel=6)
    require_spread(read, what=what)
    return read.ordered(np.lexsort((read.days, read.y, read.x)))


def _dealt(chosen: InteractionSettings, purpose: str, threads: int) -> Dealt:
    return Dealt(permutations=chosen.permutations, seed=chosen.seed, purpose=purpose, threads=threads)


def _transformed(values: _Floats, constant: float, power: float, what: str) -> _Floats:
    with np.errstate(divide="ignore", over="ignore"):
        made = (values + constant) ** power
    if not np.isfinite(made).all():
        raise ParameterError(
            f"`{what}_power` is {power:g} and `{what}_constant` {constant:g}: a pair that is 0 apart has no finite "
            "value. State a constant above 0."
        )
    if np.ptp(made) == 0:
        raise ParameterError(f"`{what}_power` is {power:g}, which makes every pair alike. State another power.")
    return np.asarray(made, dtype=np.float64)


def _tested(method: str, values: _Floats, read: DatedEvents, chosen: InteractionSettings) -> SpaceTimeInteraction:
    """The record of a statistic, of which the first value is of the dates as given."""
    found, dealt = float(values[0]), values[1:]
    slack = 1e-9 * max(abs(found), float(np.abs(dealt).max()))
    counts = np.array([(dealt >= found - slack).sum(), (dealt <= found + slack).sum()])
    p = permutation_p(counts, dealt.size)
    low, high = np.quantile(dealt, [0.025, 0.975])
    row = {
        "statistic": found,
        "expected": dealt.mean(),
        "sd": dealt.std(),
        "low_95": low,
        "high_95": high,
        "p": p[0],
        "p_less": p[1],
    }
    findings = InteractionFindings(method=method, events=read.days.size, set_aside=int(read.set_aside.sum()))
    table = pd.DataFrame([row], index=pd.Index([method], name="method"))
    return SpaceTimeInteraction(
        table=table, set_aside=read.set_aside, settings=chosen, about=read.about, findings=findings
    )
