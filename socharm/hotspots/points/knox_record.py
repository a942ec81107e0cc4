"""What a Knox test is: its choices, what it found, and the record of both."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Final, Literal, TypeAlias

import pandas as pd

from socharm._about import About
from socharm._arguments import checked
from socharm._checks import require_choice
from socharm._constraints import AtLeast, OpenShare, Permutations, Seed
from socharm._record import Record
from socharm._settings import SEED, setting
from socharm._words import number_of
from socharm.hotspots.points.bands import Closed, Edges, Metric, band_faults, band_labels, edges_of
from socharm.hotspots.points.dated_events import EventColumns

__all__ = [
    "BANDS",
    "DAYS",
    "DISTANCES",
    "FEW_PERMUTATIONS",
    "Correction",
    "KnoxFindings",
    "KnoxSettings",
    "NearRepeats",
    "PairWeight",
    "Ratio",
    "too_few_permutations",
]

#: How the harm of a pair is made of that of its two events.
PairWeight: TypeAlias = Literal["geometric", "mean", "product"]
Correction: TypeAlias = Literal["bh", "by", "none"]
Ratio: TypeAlias = Annotated[float, AtLeast(1)]

#: Columns that say which band a row is of.
BANDS: Final = ("distance_from", "distance_to", "days_from", "days_to")
DISTANCES: Final = (0.0, 1.0, 100.0, 200.0, 300.0, 400.0, 500.0)
#: Told where a single cell could not be found.
FEW_PERMUTATIONS: Final = "With so few permutations a single cell cannot be significant: ask for more."
DAYS: Final = (0.0, 7.0, 14.0, 21.0, 28.0, 35.0)


@dataclass(frozen=True, kw_only=True)
class KnoxSettings(EventColumns):
    """Choices behind a Knox test of near repeats. ``[near_repeat]`` of a recipe."""

    distances: Edges = setting(DISTANCES, "edges of the distance bands, in metres")
    days: Edges = setting(DAYS, "edges of the time bands, in days")
    metric: Metric = setting("manhattan", 'distance along the axes of the map; or "euclidean", as the crow flies')
    closed: Closed = setting("left", 'a band holds its lower edge and not its upper one; or "right", the reverse')
    permutations: Permutations = setting(999, "dates are permuted so often; p cannot fall below one over one more")
    weight: str | None = setting(None, "column of the harm of each event; pairs are counted when absent", recipe=False)
    pair_weight: PairWeight = setting(
        "geometric", 'harm of a pair: the geometric mean of its two events; or "mean", or "product"', recipe=False
    )
    alpha: OpenShare = setting(0.05, "false discovery rate over the cells of the table")
    correction: Correction = setting("bh", "of many tests: bh, by or none")
    minimum_ratio: Ratio = setting(1.2, "observed over expected from which a cell counts as a near repeat")
    seed: Seed = setting(says=SEED, recipe=False)

    def _faults(self) -> Iterable[str]:
        yield from super()._faults()
        yield from band_faults("distances", self.distances)
        yield from band_faults("days", self.days)


def too_few_permutations(settings: KnoxSettings, cells: int) -> bool:
    """Whether the least p that there can be, in one cell alone, is not significant once it is adjusted.

    Examples
    --------
    >>> too_few_permutations(KnoxSettings(seed=1), 30), too_few_permutations(KnoxSettings(seed=1, permutations=99), 30)
    (False, True)
    """
    return settings.correction != "none" and cells / (settings.permutations + 1) > settings.alpha


@dataclass(frozen=True, kw_only=True)
class KnoxFindings:
    """What a Knox test was made of.

    Attributes
    ----------
    events, pairs : int
        Events with a day and a place, and all pairs of them.
    near_pairs : int
        Pairs within the last finite distance edge.
    whole_days : bool
        Whether days are whole numbers; the bands are then of whole days.
    set_aside : int
        Rows without a day or a place.
    """

    events: int
    pairs: int
    near_pairs: int
    whole_days: bool
    set_aside: int


@dataclass(frozen=True, eq=False, repr=False)
class NearRepeats(Record):
    """Pairs of events by distance and time apart, against what permuted dates give.

    Attributes
    ----------
    table : DataFrame
        One row for each distance band and time band: ``distance_from``, ``distance_to``, ``days_from``,
        ``days_to``; ``pairs`` (observed); with harm ``harm`` (of those pairs; what follows is then of harm);
        ``expected`` and ``median`` (mean and median over permutations), ``low_95``, ``high_95`` (of 95% of
        them); ``ratio`` and ``ratio_median`` (observed over each; missing where that is 0); ``p`` (of at least
        so many: (m + 1) / (R + 1)), ``p_less`` (of at most so many), ``p_adjusted`` (of ``p``, over the table),
        ``significant`` (``p_adjusted`` at most alpha), ``near_repeat`` (that, and the ratio at least the stated
        one). Without harm also ``expected_product`` (pairs of the distance band times pairs of the time band
        over all pairs), ``p_poisson`` (of more than so many, as pointpats and surveillance give it) and
        ``p_poisson_at_least``; with it ``effective_pairs``.
    set_aside : Series
        Rows without a day or a place, by reason.
    """

    __made_by__ = ("knox",)

    table: pd.DataFrame
    set_aside: pd.Series
    settings: KnoxSettings
    about: About
    findings: KnoxFindings

    @property
    def counts(self) -> pd.DataFrame:
        """Observed pairs, distance bands down and time bands across."""
        return self.matrix("pairs")

    @checked
    def matrix(self, column: str = "ratio") -> pd.DataFrame:
        """One column of the table as a cross table.

        Parameters
        ----------
        column : str
            Of `table`: ``"pairs"``, ``"ratio"``, ``"p"`` …

        Returns
        -------
        DataFrame
            Distance bands down, time bands across, each by its label.

        Raises
        ------
        ParameterError
            No such column.
        """
        require_choice(column, [name for name in self.table.columns if name not in BANDS], name="column")
        across = self.day_labels
        values = self.table[column].to_numpy().reshape(-1, len(across))
        index = pd.Index(self.distance_labels, name="distance")
        return pd.DataFrame(values, index=index, columns=pd.Index(across, name="days"))

    @property
    def distance_labels(self) -> list[str]:
        """Distance bands in words, in metres."""
        return band_labels(edges_of(self.settings.distances), closed=self.settings.closed, whole=False)

    @property
    def day_labels(self) -> list[str]:
        """Time bands in words, in days."""
        edges = edges_of(self.settings.days)
        return band_labels(edges, closed=self.settings.closed, whole=self.findings.whole_days)

    def _summary(self) -> dict[str, str]:
        s, f, table = self.settings, self.findings, self.table
        found = table[table["near_repeat"].to_numpy(dtype=bool)]
        lines = {
            "events": f"{f.events:,}, {f.set_aside:,} set aside for want of a day or a place",
            "pairs": f"{f.near_pairs:,} near ones of {f.pairs:,}, distance {s.metric}",
            "near repeats": f"{number_of(len(found), 'cell')} of {len(table):,}"
            f" (adjusted p at most {s.alpha:g}, ratio at least {s.minimum_ratio:g})",
        }
        if len(found):
            first, across = int(found.index[int(found["ratio"].argmax())]), len(self.day_labels)
            where = f"{self.distance_labels[first // across]} m and {self.day_labels[first % across]} days"
            lines["strongest"] = f"{table['ratio'].iloc[first]:.2f} times the expected at {where}"
        lines["test"] = f"{number_of(s.permutations, 'permutation')} of dates, {s.correction}, seed {s.seed}"
        if too_few_permutations(s, len(table)):
            lines["permutations"] = FEW_PERMUTATIONS
        return lines
