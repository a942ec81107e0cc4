"""How much of a list stays when nothing changed: the churn receipt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from socharm._about import About, AssessmentPeriod, combine_about
from socharm._arguments import checked
from socharm._columns import AREA, FORCE, NAME, PARENT
from socharm._constraints import CountFrom1, Seed, Threads
from socharm._record import Record
from socharm._settings import THREADS
from socharm._words import number_of
from socharm.errors import ParameterError
from socharm.rescoring.change_settings import FIRST, ChurnSettings, Dispersion, Worlds, chosen_areas
from socharm.rescoring.churn_worlds import drawn_ranks, kept_by_size
from socharm.rescoring.joint import JointModel, fit_joint
from socharm.rescoring.paired_counts import PairedCounts, pair_counts
from socharm.severity.index import SeverityIndex
from socharm.stats.ranks import descending_ranks, ties_settled

__all__ = ["ChurnFindings", "ChurnReceipt", "churn_receipt", "churn_receipt_of"]

_Ranks = NDArray[np.integer]

_LEVELS: Final = {50: (0.25, 0.75), 90: (0.05, 0.95), 95: (0.025, 0.975)}


@dataclass(frozen=True, kw_only=True)
class ChurnFindings:
    """What moved, and what moves when nothing changed.

    Attributes
    ----------
    listed : int
        Areas of the list.
    stayed : int
        Of these, in the first so many again.
    expected, low_95, high_95 : float
        How many would have stayed had nothing changed: mean, and ends of the interval.
    median_move : float
        Median over all areas of the change of rank.
    move_expected, move_low_95, move_high_95 : float
        The same had nothing changed.
    """

    listed: int
    stayed: int
    expected: float
    low_95: float
    high_95: float
    median_move: float
    move_expected: float
    move_low_95: float
    move_high_95: float


@dataclass(frozen=True, eq=False, repr=False)
class ChurnReceipt(Record):
    """How many of the first areas stayed, beside how many stay when chance and ordinary drift alone are at work.

    Attributes
    ----------
    table : DataFrame
        Index ``k``, every size of the top: ``stayed``, ``expected``, ``low_50``, ``high_50``, ... ``_90``, ``_95`` (of
        how many would have stayed had nothing changed), ``probability_fewer`` (that no more would have).
    areas : DataFrame
        Index ``area_code``; ``name``, ``parent``, ``force``, ``listed``, ``rank_earlier``, ``rank_later`` (of the
        recorded rates), ``move`` (places lost; negative where the area moved towards the first), ``move_expected``
        (median size of the move had nothing changed), ``stays`` (probability of being among the first so many again
        had nothing changed), ``entered``, ``left`` (whether it did).
    periods : tuple of AssessmentPeriod
        The earlier and the later one.
    """

    __made_by__ = ("churn_receipt",)

    table: pd.DataFrame
    areas: pd.DataFrame
    periods: tuple[AssessmentPeriod, ...]
    settings: ChurnSettings
    findings: ChurnFindings
    about: About

    @checked
    def explain(self, k: CountFrom1 | None = None) -> str:
        """Say how many of the first `k` stayed, and how many would have had nothing changed.

        Parameters
        ----------
        k : int, optional
            That of the list by default.

        Raises
        ------
        ParameterError
            More areas than were compared.
        """
        size = self.findings.listed if k is None else k
        if size not in self.table.index:
            raise ParameterError(
                f"`k` is {size:,}; {number_of(len(self.table), 'area was', 'areas were')} compared. Choose fewer."
            )
        row = self.table.loc[[size]].iloc[0]
        return (
            f"{int(row['stayed']):,} of the first {size:,} by recorded rate stayed; "
            f"{row['expected']:.1f} [{int(row['low_95']):,} to "
            f"{int(row['high_95']):,}] would have stayed had nothing changed."
        )

    def _summary(self) -> dict[str, str]:
        found = self.findings
        return {
            "stayed": self.explain(),
            "median move": f"{found.median_move:.1f} places; {found.move_expected:.1f} [{found.move_low_95:.1f} to "
            f"{found.move_high_95:.1f}] had nothing changed",
            "worlds": f"{self.settings.worlds:,}, seed {self.settings.seed}",
        }


@checked
def churn_receipt(
    earlier: SeverityIndex,
    later: SeverityIndex,
    *,
    first: int | str = FIRST,
    areas: Iterable[str] = (),
    dispersion: Dispersion | None = None,
    worlds: Worlds = 1_000,
    seed: Seed | None = None,
    settings: ChurnSettings | Mapping[str, Any] | None = None,
    threads: Threads = THREADS,
) -> ChurnReceipt:
    """How many of the first areas stayed, and how many would have stayed had nothing changed.

    Parameters
    ----------
    earlier, later : SeverityIndex
        Of the same areas with the same weights.
    first : int or str
        The list: so many areas with the highest earlier rate, or a share of them (``"10%"``).
    areas : iterable of str
        Areas where something was done, in place of `first`: their later counts do not tell the model what is usual.
        The receipt is of as many first areas.
    dispersion : float, optional
        Over-dispersion of harm over a period, at least 1; estimated from the months by default.
    worlds : int
        Later periods without change that are drawn, 100 at least.
    seed : int
        To be stated here or in `settings`.
    settings : ChurnSettings or mapping, optional
        Choices of another receipt, for what is not stated by keyword.
    threads : int
        Any number gives the same result.

    Returns
    -------
    ChurnReceipt

    Raises
    ------
    AlignmentError
        Fewer than three areas can be ranked in both periods.
    SchemaError
        An offence weighs something else in the later index.
    ParameterError
        A named area that is not compared, or a list of nearly all areas.
    RefusedError
        Both are the same, share months, or the later one is before the earlier one.

    Notes
    -----
    The list is that of the earlier period, as recorded. Each world draws the level of every area from what its earlier
    counts say, with the trend of the force, the trends of kinds of crime in its mix, and the drift of a usual half
    year; then crimes by bands of weight, over-dispersed together; and ranks the recorded rates.
    """
    chosen = ChurnSettings.of(settings)
    pair = pair_counts(earlier, later)
    names = later.table[[NAME, PARENT, FORCE]].reindex(pair.areas)
    about = combine_about(later.about, earlier.about, unit=later.about.unit)
    return churn_receipt_of(pair, names, chosen, about=about, threads=threads)


def churn_receipt_of(
    pair: PairedCounts,
    names: pd.DataFrame,
    settings: ChurnSettings,
    *,
    about: About,
    threads: int = THREADS,
    model: JointModel | None = None,
) -> ChurnReceipt:
    """As `churn_receipt`, from counts that were paired before, as those of stored assessments are.

    Parameters
    ----------
    pair : PairedCounts
    names : DataFrame
        Index: the areas of `pair`; ``name``, ``parent``, ``force``.
    settings : ChurnSettings
    about : About
    threads : int
    model : JointModel, optional
        Of these counts and this list, where it was fitted before.
    """
    before, after = pair.rates()
    listed = chosen_areas(settings, pair.areas, before)
    with threadpool_limits(1):
        model = model if model is not None else fit_joint(pair, listed, dispersion=settings.dispersion)
        drawn = drawn_ranks(pair, model, worlds=settings.worlds, seed=settings.seed, threads=threads)
    first, later = (descending_ranks(ties_settled(rate)[None, :])[0] for rate in (before, after))
    size = int(listed.sum())
    table = _by_size(first, later, drawn)
    apart = np.abs(drawn.astype(first.dtype) - first)
    moves = np.median(apart, axis=1)
    areas = names.set_axis(pair.areas).assign(
        listed=listed,
        rank_earlier=first,
        rank_later=later,
        move=later.astype(np.int64) - first,
        move_expected=np.median(apart, axis=0),
        stays=np.mean(drawn <= size, axis=0),
        entered=(first > size) & (later <= size),
        left=(first <= size) & (later > size),
    )
    row = table.loc[[size]].iloc[0]
    low, high = (float(np.quantile(moves, side)) for side in _LEVELS[95])
    findings = ChurnFindings(
        listed=size, stayed=int(row["stayed"]), expected=float(row["expected"]), low_95=float(row["low_95"]),
        high_95=float(row["high_95"]), median_move=float(np.median(np.abs(areas["move"]))),
        move_expected=float(moves.mean()), move_low_95=low, move_high_95=high,
    )  # fmt: skip
    return ChurnReceipt(
        table=table, areas=areas.rename_axis(AREA), periods=pair.periods, settings=settings, findings=findings,
        about=about,
    )  # fmt: skip


def _by_size(first: _Ranks, later: _Ranks, drawn: _Ranks) -> pd.DataFrame:
    """What stayed for every size of the top, and what stays in worlds without change."""
    kept = np.sort(kept_by_size(first, drawn), axis=0)
    stayed = kept_by_size(first, later[None, :])[0]
    columns: dict[str, NDArray[Any]] = {"stayed": stayed.astype(np.int64), "expected": kept.mean(axis=0)}
    for level, sides in _LEVELS.items():
        for side, end in zip(("low", "high"), sides, strict=True):
            columns[f"{side}_{level}"] = kept[max(0, int(np.ceil(end * len(kept))) - 1)].astype(np.int64)
    columns["probability_fewer"] = np.mean(kept <= stayed, axis=0)
    return pd.DataFrame(columns, index=pd.RangeIndex(1, len(first) + 1, name="k"))
