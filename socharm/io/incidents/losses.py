"""What set-aside rows take away: shares of a file, offence by offence, and when that is told or stops the count."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from socharm._checks import nearest_name, require_fraction
from socharm._columns import OFFENCE, N
from socharm.errors import ParameterError
from socharm.io.incidents import accounting as acc

__all__ = [
    "ACCEPTABLE",
    "STOP_SHARE",
    "WARN_SHARE",
    "LossRule",
    "losses_by_offence",
    "offences_of_period",
    "reasons_named",
    "shares_set_aside",
]

#: Reasons that make a result worthless when they take a large share, and that can be accepted by name.
ACCEPTABLE: Final = (acc.DATE, acc.NO_LOCATION, acc.OUTSIDE_AREAS, acc.COPY)
#: Share of rows from which a loss is told, and from which it stops the count.
WARN_SHARE: Final = 0.05
STOP_SHARE: Final = 0.5

#: Reasons for which an offence loses rows; copies and areas that were not covered take none away.
_LOST: Final = (acc.DATE, acc.NO_LOCATION, acc.OUTSIDE_AREAS, acc.REPEATED_ID)
#: Reasons that may be meant: a file of more places than the areas, one row for each id.
_OFTEN_MEANT: Final = (acc.OUTSIDE_AREAS, acc.REPEATED_ID)
#: Rows that were not asked for, of other months and of sources left out, and rows that are no incidents.
_NOT_ASKED: Final = (acc.OUTSIDE_PERIOD, acc.LEFT_OUT, acc.HEADING)
#: In a file of more places than the areas an offence is lost that kept less than this part of what others kept, ...
_FAR_LESS: Final = 0.25
#: ... by more than so many standard deviations of chance.
_BEYOND_CHANCE: Final = 3.0


@dataclass(frozen=True, kw_only=True)
class LossRule:
    """From which share on a loss is told, from which it stops, and what is accepted.

    Parameters
    ----------
    accept : tuple of str
        Reasons of `ACCEPTABLE` whose share is meant.
    warn_share, stop_share : float
        Shares of rows.
    """

    accept: tuple[str, ...] = ()
    warn_share: float = WARN_SHARE
    stop_share: float = STOP_SHARE

    @classmethod
    def of(cls, accept: str | Iterable[str], warn_share: float, stop_share: float) -> LossRule:
        """A rule from arguments of a public function.

        Raises
        ------
        ParameterError
            A reason that cannot be accepted, or a share outside 0 to 1.
        """
        if not isinstance(accept, (str, Iterable)):
            raise ParameterError(f"`accept` is {accept!r}; give reasons out of {list(ACCEPTABLE)}.")
        names = (accept,) if isinstance(accept, str) else tuple(accept)
        for name in names:
            if name not in ACCEPTABLE:
                hint = nearest_name(str(name), ACCEPTABLE)
                meant = f" Did you mean {hint!r}?" if hint else ""
                raise ParameterError(f"`accept` names {name!r}; it may name {list(ACCEPTABLE)}.{meant}")
        require_fraction(warn_share, name="warn_share", inclusive=True)
        require_fraction(stop_share, name="stop_share", inclusive=True)
        if stop_share < warn_share:
            raise ParameterError(
                f"`stop_share` is {stop_share:g}, below `warn_share` ({warn_share:g}). Stop at the larger share."
            )
        return cls(accept=tuple(dict.fromkeys(names)), warn_share=float(warn_share), stop_share=float(stop_share))


def shares_set_aside(rows: Mapping[str, int] | pd.Series) -> dict[str, tuple[int, int]]:
    """Rows set aside and rows they are a part of, for each reason of `ACCEPTABLE`.

    A date is missing among all rows of sources that count; a place is missing, or outside, among those of the period.

    Examples
    --------
    >>> rows = {"used": 6, "no location": 2, "outside the period": 90, "date cannot be parsed": 2}
    >>> shares_set_aside(rows)["no location"]
    (2, 8)
    """
    number = {str(reason): int(count) for reason, count in dict(rows).items()}
    read = sum(number.values())
    # After `Counts.between` other reasons say that rows are outside the months chosen.
    elsewhere = sum(count for reason, count in number.items() if reason not in acc.REASONS)
    read -= number.get(acc.LEFT_OUT, 0) + number.get(acc.HEADING, 0)
    here = read - elsewhere - number.get(acc.OUTSIDE_PERIOD, 0) - number.get(acc.DATE, 0)
    found = {reason: (number.get(reason, 0), here) for reason in ACCEPTABLE}
    return {**found, acc.DATE: (number.get(acc.DATE, 0), read)}


def share_of(pair: tuple[int, int]) -> float:
    return pair[0] / pair[1] if pair[1] else 0.0


def offences_of_period(breakdown: pd.DataFrame) -> list[str]:
    """Offences with a row of the period and of a source that counts, sorted; whether it was used or not."""
    inside = breakdown["reason"].isin(acc.REASONS) & ~breakdown["reason"].isin(_NOT_ASKED)
    return sorted(map(str, breakdown.loc[inside, OFFENCE].unique()))


def losses_by_offence(breakdown: pd.DataFrame, rule: LossRule) -> pd.DataFrame:
    """What each offence lost of its incidents of the period.

    Parameters
    ----------
    breakdown : DataFrame
        From `accounting.breakdown_table`.
    rule : LossRule

    Returns
    -------
    DataFrame
        Index ``offence``; ``n`` (incidents of the period that were used or lost), ``used``, ``lost``, ``share_lost``
        (missing without incidents), ``reason`` (the reasons for which they were lost, that of most of them first),
        ``lost_here`` (of those lost, how many are taken to lie in the areas), ``named`` (lost more than
        ``rule.warn_share``).

    Notes
    -----
    Lost are incidents without a date, without a location, outside all areas, or set aside for a repeated id. Where more
    than ``warn_share`` of all rows are set aside for a reason that is accepted by name, or that is often meant (outside
    all areas, a repeated id), it counts as a loss only of the offences that lost more by it than the others: that kept
    less than ``1 - warn_share`` of what the others' share would leave them, beyond chance (three standard deviations).
    Where "outside all areas" is accepted, whatever its share, they kept less than a quarter: crime differs from place
    to place. In a file of more places than the areas, incidents without a place are taken to lie in the areas as often
    as the others.
    """
    names = pd.Index(offences_of_period(breakdown), dtype="str", name=OFFENCE)
    sums = breakdown.pivot_table(index=OFFENCE, columns="reason", values=N, aggfunc="sum", fill_value=0)
    wide = sums.reindex(index=names, columns=[acc.USED, *_LOST], fill_value=0).astype("int64")
    lost = _lost(wide, breakdown, rule)
    table = pd.DataFrame({N: wide.sum(axis=1), acc.USED: wide[acc.USED], "lost": lost.sum(axis=1)})
    table["share_lost"] = table["lost"] / table[N].where(table[N] > 0)
    table["reason"] = reasons_named(lost)
    placeless = lost[acc.DATE] + lost[acc.NO_LOCATION]
    table["lost_here"] = placeless * _inside(wide, lost) + lost[acc.OUTSIDE_AREAS] + lost[acc.REPEATED_ID]
    table["named"] = (table["share_lost"] > rule.warn_share).to_numpy(dtype=bool)
    return table


def reasons_named(lost: pd.DataFrame) -> pd.Series:
    """Reasons (columns) for which something was lost, by offence, that of most of it first; blank where nothing was.

    Examples
    --------
    >>> reasons_named(pd.DataFrame({"no date": [1, 0], "no place": [4, 0]}, index=["robbery", "arson"])).tolist()
    ['no place, no date', '']
    """
    order = np.argsort(-lost.to_numpy(), axis=1, kind="stable")
    names = [
        ", ".join(str(lost.columns[at]) for at in positions if row[at] > 0)
        for row, positions in zip(lost.to_numpy(), order, strict=True)
    ]
    return pd.Series(names, index=lost.index, dtype="str")


def _lost(wide: pd.DataFrame, breakdown: pd.DataFrame, rule: LossRule) -> pd.DataFrame:
    """Incidents that count as lost, by offence and reason."""
    rows = breakdown.groupby("reason", observed=True)["rows"].sum()
    shares = {reason: share_of(pair) for reason, pair in shares_set_aside(rows).items()}
    repeated, kept = (int(wide[reason].sum()) for reason in (acc.REPEATED_ID, acc.USED))
    shares[acc.REPEATED_ID] = share_of((repeated, repeated + kept))
    lost = wide[list(_LOST)].copy()
    for position, reason in enumerate(_LOST):
        larger_on_purpose = reason == acc.OUTSIDE_AREAS and reason in rule.accept
        meant = shares[reason] > rule.warn_share and (reason in rule.accept or reason in _OFTEN_MEANT)
        if not (larger_on_purpose or meant):
            continue
        tested = wide[[acc.USED, *_LOST[position:]]].to_numpy().sum(axis=1)
        kept_below = _FAR_LESS if larger_on_purpose else 1 - rule.warn_share
        more = _more_than_others(wide[reason].to_numpy(), tested, kept_below)
        lost[reason] = wide[reason].where(more, 0)
    return lost


def _inside(wide: pd.DataFrame, lost: pd.DataFrame) -> float:
    """Share of located incidents that lie in the areas, where the file is larger than they are on purpose; else 1."""
    meant = int(wide[acc.OUTSIDE_AREAS].sum() - lost[acc.OUTSIDE_AREAS].sum())
    within = int(wide[[acc.USED, acc.REPEATED_ID]].to_numpy().sum())
    return within / (within + meant) if meant else 1.0


def _more_than_others(part: np.ndarray, of: np.ndarray, kept_below: float) -> np.ndarray:
    """Which offences kept less than `kept_below` of what the others' share would leave them, beyond chance.

    Offences that are found are left out of what the others are compared with: one large offence that lost everything
    would hide a small one that did too.
    """
    found = np.zeros(len(part), dtype=bool)
    for _ in range(len(part)):
        rest_part = part[~found].sum() - np.where(found, 0, part)
        rest = of[~found].sum() - np.where(found, 0, of)
        kept_share = np.divide(rest - rest_part, rest, out=np.zeros(len(part)), where=rest > 0)
        expected, kept = kept_share * of, of - part
        # Chance is in both: the share that one single row of the others kept says next to nothing.
        every = np.maximum(rest + of, 1)
        both = (rest - rest_part + kept) / every
        chance = np.sqrt(both * (1 - both) * of * every / np.maximum(rest, 1))
        now = (rest > 0) & (kept < kept_below * expected) & (expected - kept > _BEYOND_CHANCE * chance)
        if not (now & ~found).any():
            break
        found |= now
    return found
