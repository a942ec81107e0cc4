"""The wide frame that methods on areas by period start from: read, checked, and who was treated from when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._checks import names_told, require_same_areas, require_unique
from socharm._columns import to_month_text
from socharm._words import number_of
from socharm.errors import AlignmentError, ParameterError, SchemaError
from socharm.evaluation.cells import amounts, codes_of
from socharm.evaluation.period_order import require_order

__all__ = ["Exposure", "Outcomes", "aside_words", "read_outcomes"]

_Floats = NDArray[np.float64]
_Mask = NDArray[np.bool_]

#: Exposure of the shape of the outcomes, or one number an area.
Exposure = pd.DataFrame | pd.Series


@dataclass(frozen=True, eq=False)
class Outcomes:
    """Areas by periods, of areas that tell something.

    Attributes
    ----------
    y, exposure : ndarray of shape (areas, periods)
    known : ndarray of bool, the same shape
    treated : ndarray of bool, shape (areas,)
    start : int
        Position of the first period of treatment.
    areas : Index
    periods : tuple of str
    left_out : tuple of (str, int)
        Why areas or periods were set aside, and how many.
    """

    y: _Floats
    exposure: _Floats
    known: _Mask
    treated: _Mask
    start: int
    areas: pd.Index
    periods: tuple[str, ...]
    left_out: tuple[tuple[str, int], ...]

    @property
    def after(self) -> _Mask:
        """Whether a period is one of treatment."""
        return np.arange(len(self.periods)) >= self.start

    def among(self, columns: _Mask) -> Outcomes:
        """The same in some of the periods: areas that are covered on both sides of the start in these.

        Raises
        ------
        ParameterError
            No treated, or no comparison, area is covered there on both sides with anything recorded.
        """
        before = int(columns[: self.start].sum())
        parts = (self.y[:, columns], self.exposure[:, columns], self.known[:, columns])
        periods = tuple(np.array(self.periods)[columns])
        return _kept(*parts, self.treated, before, self.areas, periods)

    @property
    def words(self) -> str:
        """How many areas and periods, and what was set aside."""
        told = (
            f"{number_of(int(self.treated.sum()), 'treated area')}, "
            f"{number_of(int((~self.treated).sum()), 'comparison area')}, {self.start} periods before and "
            f"{len(self.periods) - self.start} from {self.periods[self.start]} on"
        )
        return f"{told}; set aside: {aside_words(self.left_out)}" if self.left_out else told


def aside_words(left_out: Iterable[tuple[str, int]]) -> str:
    """What was set aside, as a summary has it: the first word of each reason is what is counted.

    Examples
    --------
    >>> aside_words([("area with a gap", 2), ("period with nothing recorded", 1)])
    '2 areas with a gap; 1 period with nothing recorded'
    """
    split = ((why.partition(" "), number) for why, number in left_out)
    return "; ".join(f"{number_of(number, noun)} {rest}" for (noun, _, rest), number in split)


def read_outcomes(outcomes: pd.DataFrame, treated: Iterable[str], start: str, exposure: Exposure | None) -> Outcomes:
    """A wide frame as arrays.

    Raises
    ------
    SchemaError
        Areas that stand twice, periods out of order or months left out, amounts below zero or that are no numbers.
    AlignmentError
        A treated area, or exposure, that the frame does not hold.
    ParameterError
        No period before the start, a start that is no period or lies in a gap, nothing recorded at treated areas before
        it, nobody treated, or no area to compare with.
    """
    codes = codes_of(outcomes.index, name="outcomes")
    periods = _periods(outcomes.columns)
    y = amounts(outcomes, name="outcomes")
    given = np.ones(y.shape) if exposure is None else _exposure(exposure, outcomes, periods)
    known = ~np.isnan(y) & (given > 0)
    wanted = list(dict.fromkeys(map(str, treated)))
    absent = [code for code in wanted if code not in codes]
    if absent:
        raise AlignmentError(
            f"{number_of(len(absent), 'treated area is', 'treated areas are')} not in `outcomes`, such as {absent[:3]}."
            " Check that both use the same boundary year."
        )
    at = np.asarray(codes.isin(wanted))
    if not at.any() or at.all():
        which = "names no area" if not at.any() else "names every area, so that none is left to compare with"
        raise ParameterError(f"`treated` {which}. Name some of the areas of `outcomes`.")
    return _kept(y, given, known, at, _start(start, periods, known[at], y[at]), codes, periods)


def _periods(columns: pd.Index) -> tuple[str, ...]:
    told = [str(column) for column in to_month_text(columns)]
    if len(told) < 2:
        raise SchemaError(f"`outcomes` has {number_of(len(told), 'column')}; give a column for each period.")
    require_order(told)
    if len(set(told)) < len(told):
        raise SchemaError(f"The columns of `outcomes` must be periods in order, each once; found {names_told(told)}.")
    return tuple(told)


def _exposure(exposure: Exposure, outcomes: pd.DataFrame, periods: tuple[str, ...]) -> _Floats:
    require_unique(exposure.index, name="exposure")
    require_same_areas(outcomes.index, exposure.index, names=("outcomes", "exposure"))
    if isinstance(exposure, pd.Series):
        by_area = amounts(exposure.reindex(outcomes.index).to_frame(), name="exposure", what="numbers")
        return np.broadcast_to(by_area, outcomes.shape).copy()
    told = [str(column) for column in to_month_text(exposure.columns)]
    if tuple(told) != periods:
        raise AlignmentError(f"`exposure` has the periods {names_told(told)}, not those of `outcomes`.")
    return amounts(exposure.reindex(outcomes.index), name="exposure", what="numbers")


def _start(start: str, periods: tuple[str, ...], known: _Mask, y: _Floats) -> int:
    if start not in periods:
        raise ParameterError(f"`start` is {start!r}, which is no period of `outcomes`: {names_told(list(periods))}.")
    at = periods.index(start)
    if at == 0:
        raise ParameterError(
            f"`start` is {start!r}, the first period: nothing is known of before. Give earlier periods."
        )
    for name, column in (("`start`", at), ("the period before `start`", at - 1)):
        if not known[:, column].any():
            raise ParameterError(
                f"`start` lies in a gap: no treated area is covered in {periods[column]}, {name}. What changed at the "
                "start cannot be told from what was recorded otherwise. Choose the first covered period after the gap."
            )
    if not np.where(known, y, 0.0)[:, :at].sum() > 0:
        raise ParameterError(
            "Nothing is recorded at the treated areas before `start`: no change can be formed from zero."
        )
    return at


def _kept(
    y: _Floats, exposure: _Floats, known: _Mask, treated: _Mask, start: int, areas: pd.Index, periods: tuple[str, ...]
) -> Outcomes:
    """Areas with both sides covered and anything recorded; periods with anything recorded."""
    both = known[:, :start].any(axis=1) & known[:, start:].any(axis=1)
    some = np.where(known, y, 0.0).sum(axis=1) > 0
    if not (treated & both & some).any() or not (~treated & both & some).any():
        side = "treated" if not (treated & both & some).any() else "comparison"
        raise ParameterError(f"No {side} area is covered before and after `start` with anything recorded.")
    kept = both & some
    columns = np.where(known, y, 0.0)[kept].sum(axis=0) > 0
    left = (
        ("area not covered on both sides of the start", int((~both).sum())),
        ("area with nothing recorded", int((both & ~some).sum())),
        ("period with nothing recorded", int((~columns).sum())),
    )
    others = np.where(known, y, 0.0)[kept & ~treated].sum(axis=0)
    if not others[:start].any() or not others[start:].any():
        raise ParameterError(
            "Nothing is recorded on one side of `start` in any area to compare with: what was to be expected cannot be "
            "told. Add areas, or periods."
        )
    ground = np.ix_(kept, columns)
    return Outcomes(
        y=np.where(known, y, 0.0)[ground], exposure=exposure[ground], known=known[ground], treated=treated[kept],
        start=int(columns[:start].sum()), areas=areas[kept],
        periods=tuple(np.array(periods)[columns]), left_out=tuple(one for one in left if one[1]),
    )  # fmt: skip
