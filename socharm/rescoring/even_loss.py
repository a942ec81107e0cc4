"""Rows that a force lost alike in all areas: months too low beside the same months a year apart, or read again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._words import joined_words, month_words, number_of, percent
from socharm.rescoring.comparable import NOTED
from socharm.rescoring.months import paired_months
from socharm.rescoring.side import Side

__all__ = ["even_losses", "odd_months"]

_Floats = NDArray[np.float64]

#: Months that are held against each other, and crimes of a force in both periods, from which something can be told.
_LEAST_MONTHS: Final = 6
_LEAST_CRIMES: Final = 600
#: How much the log of a force's month over the same month a year before goes apart without any loss, as good as so
#: many pairs of months tell; counts vary by chance besides.
_USUAL, _USUAL_MONTHS = 0.05, 6.0
#: Usual deviations, and share of the crimes, from which on a single month is named.
_FAR, _LEAST_LOSS = 4.0, 0.15
#: Share of its crimes by which a force falls in a year so seldom that the file is doubted.
_MOST_FALL: Final = 0.25
#: Share of what was counted once that a source takes back so seldom that the file is doubted.
_MOST_REVISED: Final = 0.1
_NAMED: Final = 4


def odd_months(earlier: _Floats, later: _Floats) -> tuple[NDArray[np.bool_], NDArray[np.bool_], _Floats]:
    r"""Months in which one of two periods holds too few crimes beside the other months.

    Parameters
    ----------
    earlier, later : arrays of shape (months,)
        Crimes of all areas of one force, each month above the same month of another year.

    Returns
    -------
    low_earlier, low_later : arrays of bool, shape (months,)
    share : array of shape (months,)
        Of the crimes that were to be expected, in the lower one of the two.

    Notes
    -----
    The season is the same in both, and what changed from the one to the other is in all pairs: :math:`r_m = \log
    (N'_m / N_m)` less their median is held against its deviation, the root of :math:`(6 \cdot .05^2 + \frac{k}{2}
    s^2) / (6 + \frac{k}{2}) + 1/N_m + 1/N'_m)` with *s* 1.4826 times the median of the sizes of the *k* deviations.
    A month is named from four of these on, where at least 15% is lost. With 3,500 crimes a month and pairs that go
    apart by 5% without any loss, one comparison in 600 names a month; by 7%, one in 60. A loss of 30% in one of six
    months is then found 90 and 73 times in a hundred, one of 40% 99 and 97 times; with 350 crimes a month, 30% is found
    20 times. A loss in half of the months or more hides in the median.

    Examples
    --------
    >>> usual = np.array([900.0, 950, 1_000, 1_020, 980, 940])
    >>> odd_months(usual, usual * [1.03, 1.0, 0.99, 0.68, 1.01, 1.02])[1].tolist()
    [False, False, False, True, False, False]
    """
    with np.errstate(divide="ignore"):
        ratio = np.log(np.maximum(later, 0.5) / np.maximum(earlier, 0.5))
    apart = ratio - np.median(ratio)
    told = len(ratio) / 2
    spread = 1.4826 * np.median(np.abs(apart))
    own = (_USUAL_MONTHS * _USUAL**2 + told * spread**2) / (_USUAL_MONTHS + told)
    chance = 1 / np.maximum(earlier, 0.5) + 1 / np.maximum(later, 0.5)
    far = (np.abs(apart) > _FAR * np.sqrt(own + chance)) & (np.abs(apart) > -np.log(1 - _LEAST_LOSS))
    return far & (apart > 0), far & (apart < 0), np.exp(-np.abs(apart))


def even_losses(before: Side, again: Side, after: Side, forces: pd.Series) -> pd.DataFrame:
    """What each force may have lost alike in all areas: in single months, in a whole period, or when read again.

    Parameters
    ----------
    before, again, after : Side
        The earlier one as it was counted, and as its source counts it now; the later one.
    forces : Series
        Force of each area of the later assessment; areas without one are taken together.

    Returns
    -------
    DataFrame
        Rows of the findings of a comparison.

    Notes
    -----
    Only areas that both assessments cover in every month take part, by their codes.
    """
    pairs = paired_months(before.months, after.months)
    both = before.areas.intersection(after.areas)
    whole = [side.coverage.loc[both].to_numpy(dtype=bool).all(axis=1) for side in (before, after)]
    areas = both[np.flatnonzero(whole[0] & whole[1])]
    codes, names = pd.factorize(forces.reindex(areas).fillna("").astype(str), sort=True)
    first, second = (_by_force(side, areas, codes, len(names)) for side in (before, after))
    read_again = first if again is before else _by_force(again, areas, codes, len(names))
    found: list[tuple[str, str]] = []
    for place, force in enumerate(map(str, names)):
        if min(first[place].sum(), second[place].sum()) < _LEAST_CRIMES:
            continue
        whose = f"all areas of {force} together" if force else "all areas together"
        found += _taken_back(first[place], read_again[place], whose)
        if pairs is not None and len(pairs) >= _LEAST_MONTHS:
            one, other = (np.array(places) for places in zip(*pairs, strict=True))
            counts, months = (first[place][one], second[place][other]), (before.months[one], after.months[other])
            found += [*_single(counts, months, whose), *_whole(*counts, whose)]
    rows = [("coverage", NOTED, reason, remedy, False) for reason, remedy in found]
    return pd.DataFrame(rows, columns=["what", "severity", "reason", "remedy", "allowed"]) if rows else pd.DataFrame()


def _by_force(side: Side, areas: pd.Index, codes: NDArray[np.intp], forces: int) -> _Floats:
    """Crimes of the areas of each force by month."""
    found: _Floats = np.zeros((forces, len(side.months)))
    np.add.at(found, codes, side.monthly[side.areas.get_indexer(areas)])
    return found


def _single(
    counts: tuple[_Floats, _Floats], months: tuple[pd.PeriodIndex, pd.PeriodIndex], whose: str
) -> Iterator[tuple[str, str]]:
    *low, share = odd_months(*counts)
    for which, held, at in zip(("earlier", "later"), months, low, strict=True):
        if not at.any():
            continue
        shares = zip(held[at], share[at], strict=True)
        told = [f"{month_words(str(month))} ({percent(1 - part)} fewer)" for month, part in shares]
        more = [number_of(len(told) - _NAMED, "more month")] if len(told) > _NAMED else []
        yield (
            f"In the {which} assessment {whose} have far fewer crimes in {joined_words([*told[:_NAMED], *more])} than "
            "the same months of the other year and the months beside them lead one to expect: rows of the file may be "
            "missing from all areas alike.",
            "Hold the number of rows of these months against what the force counted; where some are missing, run the "
            "recipe again with the whole file.",
        )


def _whole(first: _Floats, second: _Floats, whose: str) -> Iterator[tuple[str, str]]:
    less, more = sorted((float(first.sum()), float(second.sum())))
    if less <= (1 - _MOST_FALL) * more:
        which, other = ("later", "earlier") if second.sum() < first.sum() else ("earlier", "later")
        yield (
            f"In the {which} assessment {whose} have {percent(1 - less / more)} fewer crimes than in the same months "
            f"of the {other} one. Crime seldom changes by so much in a year: rows of the file may be missing from all "
            "areas alike, and counts alone cannot tell that from a change.",
            f"Hold the number of rows of the {which} period against what the force counted.",
        )


def _taken_back(first: _Floats, again: _Floats, whose: str) -> Iterator[tuple[str, str]]:
    less, more = sorted((float(first.sum()), float(again.sum())))
    if less <= (1 - _MOST_REVISED) * more:
        when = ("read again", "counted first") if again.sum() < first.sum() else ("counted first", "read again")
        yield (
            f"In the earlier period {whose} have {percent(1 - less / more)} fewer crimes as they were {when[0]} than "
            f"as they were {when[1]}. A source seldom changes so many: rows of one of the two files may be missing.",
            "Hold both files against what the force counted, and run the recipe again that lacks rows.",
        )
