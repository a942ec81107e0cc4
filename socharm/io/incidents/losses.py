"""What set-aside rows take away: shares of a file, offence by offence, and when that is told or stops the count."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pandas as pd

from socharm._checks import nearest_name, require_fraction
from socharm._columns import OFFENCE, N
from socharm.errors import CoverageWarning, DataWarning, ParameterError, SchemaError
from socharm.io.incidents import accounting as acc
from socharm.io.missing import is_missing

__all__ = [
    "ACCEPTABLE",
    "STOP_SHARE",
    "WARN_SHARE",
    "LossRule",
    "loss_note",
    "losses_by_offence",
    "offences_of_period",
    "percent",
    "reasons_named",
    "shares_set_aside",
    "shown_text",
    "tell_losses",
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
_REMEDIES: Final[Mapping[str, str]] = {
    acc.DATE: "Say how the dates are written, name the column that holds them, or mend them in the file; a day that "
    "stands for one that is not known, such as 1900-01-01, is none.",
    acc.NO_LOCATION: "Mend the coordinates at their source, or name the columns that hold them.",
    acc.OUTSIDE_AREAS: "Check that boundaries and incidents are of the same place and the same year.",
    acc.COPY: "Check that the ids are ids: a word for a missing one, such as 'pending', makes genuine rows copies of "
    "each other (name it with `missing`); or that nothing was exported twice.",
}
_MOST_NAMED: Final = 40
_LONGEST_SHOWN: Final = 24
_MOST_NOTED: Final = 5
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


def _altogether(rows: pd.Series, accept: Iterable[str]) -> tuple[int, int]:
    """Rows set aside for all reasons of `ACCEPTABLE` that are not accepted, and the rows they are a part of."""
    shares = shares_set_aside(rows)
    undated, here = shares[acc.DATE][0], shares[acc.NO_LOCATION][1]
    return sum(lost for reason, (lost, _) in shares.items() if reason not in accept), undated + here


def _share(pair: tuple[int, int]) -> float:
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
    shares = {reason: _share(pair) for reason, pair in shares_set_aside(rows).items()}
    repeated, kept = (int(wide[reason].sum()) for reason in (acc.REPEATED_ID, acc.USED))
    shares[acc.REPEATED_ID] = _share((repeated, repeated + kept))
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


@dataclass(frozen=True, kw_only=True)
class Telling:
    """Where the samples in a message come from, and what else is known of a reason.

    Parameters
    ----------
    samples : mapping
        Reason to a function that gives up to three texts as found.
    known : mapping
        Reason to a function that says what is known of the rows, and what to do; empty text for nothing.
    unit, counted : str
        What a row is, and what the numbers of an offence count.
    """

    samples: Mapping[str, Callable[[], list[str]]] = field(default_factory=dict)
    known: Mapping[str, Callable[[], str]] = field(default_factory=dict)
    unit: str = "rows"
    counted: str = "rows"


def tell_losses(
    accounting: pd.DataFrame, losses: pd.DataFrame, rule: LossRule, telling: Telling, *, stacklevel: int = 3
) -> None:
    """Warn of a large share of rows set aside and of offences that lost much; stop where the share is too large.

    Raises
    ------
    SchemaError
        A share above ``rule.stop_share`` that ``rule.accept`` does not name; all of them at once.
    """
    told = _told_shares(accounting["rows"], rule, telling)
    notes = [text for share, text in told if share <= rule.stop_share]
    faults = [text for share, text in told if share > rule.stop_share]
    if faults:
        raise SchemaError(
            f"{' '.join(faults)} The count stops where more than {_threshold(rule.stop_share)} is set aside "
            "(`stop_share`)."
        )
    for text in notes:
        warnings.warn(text, DataWarning, stacklevel=stacklevel)
    named = losses[losses["named"]]
    if len(named):
        warnings.warn(_offences_text(named, rule, telling.counted), CoverageWarning, stacklevel=stacklevel)


def _told_shares(rows: pd.Series, rule: LossRule, telling: Telling) -> list[tuple[float, str]]:
    """Shares to tell, each with its sentence; a share that is accepted never stops the count."""
    told: list[tuple[float, str]] = []
    for reason, (lost, of) in shares_set_aside(rows).items():
        share = _share((lost, of))
        if share <= rule.warn_share:
            continue
        remedy = telling.known[reason]() if reason in telling.known else ""
        text = _share_text(reason, lost, of, telling)
        if reason not in rule.accept:
            told.append((share, f"{text} {remedy or _REMEDIES[reason]} {_accepting((reason,))}"))
        elif remedy:
            told.append((0.0, f"{text} {remedy}"))
    whole = _altogether(rows, rule.accept)
    worst = max((share for share, _ in told), default=0.0)
    # Several reasons together may leave as little as one alone.
    if (_share(whole) > rule.warn_share and not worst) or _share(whole) > rule.stop_share >= worst:
        told.append((_share(whole), _altogether_text(rows, whole, rule, telling)))
    return told


def _altogether_text(rows: pd.Series, whole: tuple[int, int], rule: LossRule, telling: Telling) -> str:
    lost = {reason: n for reason, (n, _) in shares_set_aside(rows).items() if n and reason not in rule.accept}
    each = ", ".join(f"{n:,} {reason}" for reason, n in lost.items())
    return (
        f"Altogether {whole[0]:,} of {whole[1]:,} {telling.unit} ({percent(_share(whole))}) were set aside: {each}. "
        f"{' '.join(_REMEDIES[reason] for reason in lost)} {_accepting(lost)}"
    )


def _accepting(reasons: Iterable[str]) -> str:
    names = " and ".join(map(repr, reasons))
    return f"If this is as it should be, accept it by name: `accept` with {names}."


def _threshold(share: float) -> str:
    """A share that was chosen, as it was chosen.

    Examples
    --------
    >>> _threshold(0.05), _threshold(0.025)
    ('5 %', '2.5 %')
    """
    return f"{share * 100:.6g} %"


def _share_text(reason: str, rows: int, of: int, telling: Telling) -> str:
    period = "" if reason == acc.DATE else " of the period"
    found = telling.samples[reason]() if reason in telling.samples else []
    such = f", such as {', '.join(found)}" if found else ""
    return f"{rows:,} of {of:,} {telling.unit}{period} ({percent(rows / of)}) were set aside: {reason}{such}."


def _offences_text(named: pd.DataFrame, rule: LossRule, unit: str) -> str:
    order = named.sort_values(["share_lost", "lost"], ascending=False, kind="stable")
    parts = [
        f"{offence} ({int(row['lost']):,} of {int(row[N]):,} {unit}: {row['reason']})"
        for offence, row in order.head(_MOST_NAMED).iterrows()
    ]
    more = f" and {len(order) - _MOST_NAMED} more" if len(order) > _MOST_NAMED else ""
    return (
        f"{len(order)} offence{'s' if len(order) > 1 else ''} lost more than {_threshold(rule.warn_share)} of "
        f"{'its' if len(order) == 1 else 'their'} {unit}: {', '.join(parts)}{more}. What is lost is in no count, no "
        "harm and no rank; it is missing, not zero. The counts hold `losses` by offence, and `breakdown` by month and "
        "source."
    )


def shown_text(text: str | None) -> str:
    """A text of a date column for a message; what holds no digit may be a name and is not printed.

    Examples
    --------
    >>> shown_text("05-Jan-2024"), shown_text("N/A"), shown_text(None), shown_text("Smith")
    ("'05-Jan-2024'", "'N/A'", 'blank', 'a word of 5 letters')
    """
    stripped = (text or "").strip()
    if not stripped:
        return "blank"
    if is_missing(stripped) or (any(sign.isdigit() for sign in stripped) and len(stripped) <= _LONGEST_SHOWN):
        return repr(stripped)
    return f"a word of {len(stripped)} letters" if stripped.isalpha() else f"a text of {len(stripped)} characters"


def percent(share: float) -> str:
    """A share in words that never round to all or nothing.

    Examples
    --------
    >>> percent(1.0), percent(0.9999), percent(0.12), percent(0.001)
    ('100 %', 'over 99 %', '12 %', 'under 1 %')
    """
    if share >= 1 or share <= 0:
        return f"{share:.0%}".replace("%", " %")
    whole = round(share * 100)
    return "over 99 %" if whole == 100 else "under 1 %" if whole == 0 else f"{whole} %"


def loss_note(accounting: pd.DataFrame, losses: pd.DataFrame, rule: LossRule, *, unit: str = "rows") -> str:
    """Sentences for every output of a count that lost much; empty when it did not. Shares only, no small numbers."""
    texts = []
    for reason, pair in shares_set_aside(accounting["rows"]).items():
        share = _share(pair)
        meant = reason == acc.OUTSIDE_AREAS and reason in rule.accept
        if share > rule.warn_share and not meant:
            texts.append(f"{percent(share)} of {unit} set aside: {reason}.")
    if not texts and _share(_altogether(accounting["rows"], rule.accept)) > rule.warn_share:
        whole = _share(_altogether(accounting["rows"], rule.accept))
        texts.append(f"{percent(whole)} of {unit} set aside for want of a date or place, or as copies.")
    named = losses[losses["named"]].sort_values(["share_lost", "lost"], ascending=False, kind="stable")
    if len(named):
        parts = [
            f"{offence} ({'all' if row['used'] == 0 else percent(row['share_lost'])}, {row['reason']})"
            for offence, row in named.head(_MOST_NOTED).iterrows()
        ]
        more = f" and {len(named) - _MOST_NOTED} more offences" if len(named) > _MOST_NOTED else ""
        texts.append(f"Not counted: {', '.join(parts)}{more}.")
    return " ".join(texts)
