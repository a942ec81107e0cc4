"""Patrol days and control days at the same places, randomised: the effect as randomised, and of the dose as logged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._about import About
from socharm._arguments import checked
from socharm._checks import require_columns
from socharm._constraints import OpenShare, Permutations, Positive, Seed
from socharm._limits import MAX_PLACE_DAYS, require_within
from socharm._record import Record
from socharm._settings import setting
from socharm._words import number_of
from socharm.errors import ParameterError, RefusedError, SchemaError
from socharm.evaluation.cells import amounts, require_per
from socharm.evaluation.difference_in_differences import DifferenceSettings
from socharm.evaluation.effect_words import interval_words, p_words, percent_change
from socharm.evaluation.outcomes import aside_words
from socharm.stats.kept_effects import kept_ends
from socharm.stats.random_streams import stream
from socharm.stats.within_blocks import can_be_exact, exact_sum_p, redrawn

__all__ = ["CrossoverEffect", "CrossoverFindings", "CrossoverSettings", "crossover_effect"]

_Floats = NDArray[np.float64]
_Whole = NDArray[np.intp]
_Design = NDArray[np.uint8]
_ROWS: Final = ("as randomised", "dose as logged")
#: Farthest effect that is looked for, on the logarithm, and halvings.
_FARTHEST: Final = 4.0
_HALVINGS: Final = 30


@dataclass(frozen=True, kw_only=True)
class CrossoverSettings(DifferenceSettings):
    """Choices behind an effect of patrol days; enough to make it again."""

    block: str | None = setting(None, "column of the blocks that days were randomised within", example="week")
    dose: str | None = setting(None, "column of the dose as logged, such as minutes", example="minutes")
    per: Positive = setting(1.0, "units of the dose that its effect is stated for")


@dataclass(frozen=True, kw_only=True)
class CrossoverFindings:
    """What was found.

    Attributes
    ----------
    places, days, blocks : int
        Rows are place-days; blocks are those with both kinds of days.
    exact : bool
        Whether p is that of all designs; else counts are no whole numbers, or too large, and designs were drawn.
    left_out : tuple of (str, int)
    """

    places: int
    days: int
    blocks: int
    exact: bool
    left_out: tuple[tuple[str, int], ...]


@dataclass(frozen=True, eq=False, repr=False)
class CrossoverEffect(Record):
    """Patrol days against control days at the same places.

    Attributes
    ----------
    table : DataFrame
        Index ``effect``: ``"as randomised"`` (assigned against not assigned, whatever was done) and, where a dose was
        logged, ``"dose as logged"`` (of `per` units); ``ratio``, ``low``, ``high``, ``p``. A ratio that no dose gives
        is missing.
    arms : DataFrame
        Index ``days`` (``"assigned"``, ``"control"``): ``n`` (place-days), ``count``, ``per_day``, ``dose`` (mean,
        missing where none was logged).
    """

    __made_by__ = ("crossover_effect",)

    table: pd.DataFrame
    arms: pd.DataFrame
    settings: CrossoverSettings
    findings: CrossoverFindings
    about: About

    @property
    def sentence(self) -> str:
        """What was found, in words."""
        rows, arms = self.table.to_dict("index"), self.arms.to_dict("index")
        told = self._told(rows[_ROWS[0]])
        counts = "; ".join(
            f"{row['count']:,.6g} in {number_of(int(row['n']), f'{name} place-day')}" for name, row in arms.items()
        )
        if rows[_ROWS[0]]["p"] > 1 - self.settings.level:
            text = f"Whether assigned days differed from control days cannot be told: {told} ({counts})."
        else:
            more = "fewer" if rows[_ROWS[0]]["ratio"] < 1 else "more"
            text = f"There were {more} on assigned days than on control days at the same places: {told} ({counts})."
        if _ROWS[1] not in rows:
            return text
        if not np.isfinite(rows[_ROWS[1]]["ratio"]):
            return f"{text} No effect of the dose as logged accounts for it."
        return f"{text} By the dose as logged, for {self.settings.per:g} more of it: {self._told(rows[_ROWS[1]])}."

    def _told(self, row: Mapping[Any, Any]) -> str:
        ends = f"{percent_change(float(row['low']))} to {percent_change(float(row['high']))}"
        return (
            f"{percent_change(float(row['ratio']))}, {interval_words(self.settings.level)} {ends}, {p_words(row['p'])}"
        )

    def _summary(self) -> dict[str, str]:
        found = self.findings
        lines = {
            "found": self.sentence,
            "design": f"{number_of(found.places, 'place')}, {number_of(found.days, 'place-day')}, "
            f"{number_of(found.blocks, 'block')}",
        }
        return lines | ({"set aside": aside_words(found.left_out)} if found.left_out else {})


@checked
def crossover_effect(
    days: pd.DataFrame,
    *,
    place: str = "place",
    day: str = "day",
    assigned: str = "assigned",
    count: str = "count",
    block: str | None = None,
    dose: str | None = None,
    per: Positive = 1.0,
    permutations: Permutations = 9_999,
    level: OpenShare = 0.95,
    seed: Seed | None = None,
    settings: CrossoverSettings | Mapping[str, Any] | None = None,
    about: About | None = None,
) -> CrossoverEffect:
    r"""Effect of days that were assigned at random within places, by the design as it was randomised.

    Parameters
    ----------
    days : DataFrame
        One row for each place and day.
    place, day, assigned, count : str
        Its columns: labels of place and day; 0 and 1, or False and True; what was recorded, 0 or more. A row without a
        count is set aside, and is not 0.
    block : str, optional
        Column of the blocks that days were randomised within, such as pairs or weeks of a place; each place is one
        block where none is named.
    dose : str, optional
        Column of what was logged, such as minutes of patrol, 0 or more; a row without it is set aside.
    per : float
        Units of the dose that its effect is stated for.
    permutations : int
        Designs drawn for intervals, and for p where counts are no whole numbers or very large, as harm is.
    level : float
        Of the intervals.
    seed : int
        To be stated here or in `settings`.
    settings : CrossoverSettings or mapping, optional
        Choices of another effect, for what is not stated by keyword.
    about : About, optional

    Returns
    -------
    CrossoverEffect

    Raises
    ------
    SchemaError
        Columns that are not there, a place and day that stand twice, assigned that is not 0 and 1, a count or dose that
        is below zero or no number.
    ParameterError
        `per` without a dose.
    RefusedError
        No block with both kinds of days, nothing recorded on either kind of day, a dose that does not differ; more
        draws than memory holds.

    Notes
    -----
    The ratio is that of Mantel and Haenszel over blocks,
    :math:`\sum_b y_{1b} n_{0b}/n_b \big/ \sum_b y_{0b} n_{1b}/n_b`. Days of a block are taken as assigned completely at
    random, as many as there were. The p-value is that of the sum over assigned days among all designs, exactly, by
    convolution over blocks. An effect :math:`\beta` is kept in the interval where outcomes with it taken out,
    :math:`y_i e^{-\beta d_i}`, are no further from balance than in the other designs; :math:`d` is whether a day was
    assigned, or the dose as logged. The latter rests on the randomisation too, and has its p-value: assignment is the
    instrument, and is taken to work through the dose alone. What a patrol does on the day after is not looked at: where
    it lasts, control days have some of it and the ratio is too near to 1.

    References
    ----------
    Rosenbaum, P. R. (2002). *Observational studies*, chapters 2 and 5. Greevy, R., Silber, J. H., Cnaan, A. and
    Rosenbaum, P. R. (2004). Randomization inference with imperfect compliance in the ACE-inhibitor after anthracycline
    randomized trial. *Journal of the American Statistical Association* 99, 7-15. Rothman, K. J., Greenland, S. and
    Lash, T. L. (2008). *Modern epidemiology*, 3rd ed., chapter 15.

    Examples
    --------
    >>> rows = [(place, day, (day + place) % 2, 4 - 2 * ((day + place) % 2)) for place in range(4) for day in range(8)]
    >>> found = crossover_effect(pd.DataFrame(rows, columns=["place", "day", "assigned", "count"]), seed=1)
    >>> found.table.round(3).loc["as randomised", ["ratio", "p"]].tolist()
    [0.5, 0.0]
    """
    chosen = CrossoverSettings.of(settings)
    if chosen.dose is None and chosen._changed("per"):
        raise ParameterError(f"`per` is {chosen.per:g}, and no `dose` is named. Name its column, or leave `per` out.")
    found = _read(days, (place, day, assigned, count), chosen)
    y, given, block_of = found.y, found.given, found.block
    require_within(
        chosen.permutations * len(y), MAX_PLACE_DAYS, what="place-days in drawn designs", remedy="Lower `permutations`."
    )
    rng = stream(chosen.seed, 0, purpose="crossover")
    designs = list(redrawn(given, block_of, chosen.permutations, rng))
    exact = can_be_exact(y, given, block_of)
    share = _share(given, block_of)
    ratio = float((y * given * (1 - share)).sum() / (y * ~given * share).sum())
    p = exact_sum_p(y.astype(np.intp), given, block_of) if exact else _p(y, given, share, designs)
    rows = {_ROWS[0]: [ratio, *_interval(y, given.astype(np.float64), found, designs, np.log(ratio), chosen.level), p]}
    if found.dose is not None:
        require_per(chosen.per, float(found.dose.max()))
        amount = found.dose / chosen.per
        centre = _centre(y, amount, given, share)
        ends = (np.nan, np.nan) if np.isnan(centre) else _interval(y, amount, found, designs, centre, chosen.level)
        rows[_ROWS[1]] = [float(np.exp(centre)), *ends, p]
    return CrossoverEffect(
        table=pd.DataFrame.from_dict(rows, orient="index", columns=["ratio", "low", "high", "p"]).rename_axis("effect"),
        arms=_arms(found),
        settings=chosen,
        findings=CrossoverFindings(
            places=found.places, days=len(y), blocks=len(np.unique(block_of)), exact=exact, left_out=found.left_out
        ),
        about=about or About(),
    )


@dataclass(frozen=True, eq=False)
class _Days:
    """Place-days in blocks that have both kinds."""

    y: _Floats
    given: NDArray[np.bool_]
    block: _Whole
    dose: _Floats | None
    places: int
    left_out: tuple[tuple[str, int], ...]


def _read(days: pd.DataFrame, columns: tuple[str, str, str, str], chosen: CrossoverSettings) -> _Days:
    place, day, assigned, count = columns
    more = [name for name in (chosen.block, chosen.dose) if name is not None]
    require_columns(days, [*columns, *more], name="days")
    if not days.columns.is_unique:
        raise SchemaError(f"`days` holds the column {days.columns[days.columns.duplicated()][0]!r} more than once.")
    labels = days[[place, day, *([chosen.block] if chosen.block else [])]]
    if labels.isna().any(axis=None):
        raise SchemaError(
            f"{number_of(int(labels.isna().any(axis=1).sum()), 'row')} of `days` without place, day or block."
        )
    if twice := int(days.duplicated([place, day]).sum()):
        raise SchemaError(
            f"{number_of(twice, 'row')} of `days` with a place and day that stand before. Add them up first."
        )
    given = pd.to_numeric(days[assigned], errors="coerce")
    if not given.isin([0, 1]).all():
        raise SchemaError(f"`{assigned}` must hold 0 and 1, or False and True, in every row.")
    y = _amounts(days[count], count)
    dose = None if chosen.dose is None else _amounts(days[chosen.dose], chosen.dose)
    known = np.isfinite(y) & (True if dose is None else np.isfinite(dose))
    of = (
        pd.factorize(days[place])[0]
        if chosen.block is None
        else days.groupby([place, chosen.block]).ngroup().to_numpy()
    )
    frame = pd.DataFrame({"given": given.to_numpy(dtype=bool), "block": of})[known]
    both = frame.groupby("block")["given"].transform("nunique") == 2
    kept = np.flatnonzero(known)[both.to_numpy()]
    left = (
        ("row without a count or dose", int((~known).sum())),
        ("row in a block with one kind of day", int((~both).sum())),
    )
    if not len(kept):
        raise RefusedError("No block has both assigned and control days: there is nothing to compare. Check `block`.")
    made = _Days(
        y=y[kept], given=given.to_numpy(dtype=bool)[kept], block=np.asarray(pd.factorize(of[kept])[0], dtype=np.intp),
        dose=None if dose is None else dose[kept], places=int(days[place].iloc[kept].nunique()),
        left_out=tuple(one for one in left if one[1]),
    )  # fmt: skip
    for name, side in (("assigned", made.given), ("control", ~made.given)):
        if not made.y[side].sum() > 0:
            raise RefusedError(f"Nothing is recorded on {name} days: no ratio can be formed. Count more, or longer.")
    if made.dose is not None and np.ptp(made.dose) == 0:
        raise RefusedError(f"`{chosen.dose}` is the same in every row: its effect cannot be told. Leave `dose` out.")
    return made


def _amounts(values: pd.Series, name: str) -> _Floats:
    return amounts(values.to_frame(), name=name, what="numbers")[:, 0]


def _share(given: NDArray[np.bool_], block: _Whole) -> _Floats:
    """Share of its block's days that are assigned, for each row."""
    n = np.bincount(block)
    return np.asarray((np.bincount(block, given) / n)[block], dtype=np.float64)


def _apart(y: _Floats, given: _Floats | _Design, share: _Floats) -> _Floats:
    """How far the sums over assigned days lie from what the design expects, of designs of shape (..., rows)."""
    return np.asarray(given.astype(np.float64) @ y - share @ y, dtype=np.float64)


def _p(y: _Floats, given: NDArray[np.bool_], share: _Floats, designs: list[_Design]) -> float:
    own = abs(float(_apart(y, given.astype(np.float64), share)))
    every = np.abs(np.concatenate([_apart(y, part, share) for part in designs]))
    return float((1 + (every >= own - 1e-9 * max(1.0, own)).sum()) / (1 + every.size))


def _interval(
    y: _Floats, amount: _Floats, found: _Days, designs: list[_Design], centre: float, level: float
) -> tuple[float, float]:
    """Ratios for one unit that the randomisation does not reject."""
    share, farthest = _share(found.given, found.block), _FARTHEST / float(amount.max())

    def kept(effect: float) -> bool:
        return _p(y * np.exp(-effect * amount), found.given, share, designs) > 1 - level

    low, high = kept_ends(kept, centre, farthest)
    return float(np.exp(low)), float(np.exp(high))


def _centre(y: _Floats, amount: _Floats, given: NDArray[np.bool_], share: _Floats) -> float:
    """The effect of one unit with which assigned days are as the design expects; missing where there is none."""
    farthest = _FARTHEST / float(amount.max())
    row = given.astype(np.float64)

    def apart(effect: float) -> float:
        return float(_apart(y * np.exp(-effect * amount), row, share))

    low, high = -farthest, farthest
    if apart(low) * apart(high) > 0:
        return float("nan")
    rising = apart(high) > 0
    for _ in range(2 * _HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if (apart(middle) > 0) == rising else (middle, high)
    return (low + high) / 2


def _arms(found: _Days) -> pd.DataFrame:
    rows = {}
    for name, side in (("assigned", found.given), ("control", ~found.given)):
        n, total = int(side.sum()), float(found.y[side].sum())
        rows[name] = [n, total, total / n, np.nan if found.dose is None else float(found.dose[side].mean())]
    return pd.DataFrame.from_dict(rows, orient="index", columns=["n", "count", "per_day", "dose"]).rename_axis("days")
