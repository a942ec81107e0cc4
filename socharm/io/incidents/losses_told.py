"""What rows set aside took, in words: warnings, errors and the note of coverage."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import pandas as pd

from socharm._columns import N
from socharm._words import number_of
from socharm.errors import CoverageWarning, DataWarning, SchemaError
from socharm.io.incidents import accounting as acc
from socharm.io.incidents.losses import LossRule, share_of, shares_set_aside
from socharm.io.missing import is_missing

__all__ = ["Telling", "loss_note", "percent", "shown_text", "tell_losses"]


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


def _altogether(rows: pd.Series, accept: Iterable[str]) -> tuple[int, int]:
    """Rows set aside for all reasons of `ACCEPTABLE` that are not accepted, and the rows they are a part of."""
    shares = shares_set_aside(rows)
    undated, here = shares[acc.DATE][0], shares[acc.NO_LOCATION][1]
    return sum(lost for reason, (lost, _) in shares.items() if reason not in accept), undated + here


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
        share = share_of((lost, of))
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
    if (share_of(whole) > rule.warn_share and not worst) or share_of(whole) > rule.stop_share >= worst:
        told.append((share_of(whole), _altogether_text(rows, whole, rule, telling)))
    return told


def _altogether_text(rows: pd.Series, whole: tuple[int, int], rule: LossRule, telling: Telling) -> str:
    lost = {reason: n for reason, (n, _) in shares_set_aside(rows).items() if n and reason not in rule.accept}
    each = ", ".join(f"{n:,} {reason}" for reason, n in lost.items())
    return (
        f"Altogether {whole[0]:,} of {whole[1]:,} {telling.unit} ({percent(share_of(whole))}) were set aside: {each}. "
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
    ('5%', '2.5%')
    """
    return f"{share * 100:.6g}%"


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
        f"{number_of(len(order), 'offence')} lost more than {_threshold(rule.warn_share)} of "
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
    return (
        f"a word of {number_of(len(stripped), 'letter')}"
        if stripped.isalpha()
        else f"a text of {number_of(len(stripped), 'character')}"
    )


def percent(share: float) -> str:
    """A share in words that never round to all or nothing.

    Examples
    --------
    >>> percent(1.0), percent(0.9999), percent(0.12), percent(0.001)
    ('100%', 'over 99%', '12%', 'under 1%')
    """
    if share >= 1 or share <= 0:
        return f"{share:.0%}"
    whole = round(share * 100)
    return "over 99%" if whole == 100 else "under 1%" if whole == 0 else f"{whole}%"


def loss_note(accounting: pd.DataFrame, losses: pd.DataFrame, rule: LossRule, *, unit: str = "rows") -> str:
    """Sentences for every output of a count that lost much; empty when it did not. Shares only, no small numbers."""
    texts = []
    for reason, pair in shares_set_aside(accounting["rows"]).items():
        share = share_of(pair)
        meant = reason == acc.OUTSIDE_AREAS and reason in rule.accept
        if share > rule.warn_share and not meant:
            texts.append(f"{percent(share)} of {unit} set aside: {reason}.")
    if not texts and share_of(_altogether(accounting["rows"], rule.accept)) > rule.warn_share:
        whole = share_of(_altogether(accounting["rows"], rule.accept))
        texts.append(f"{percent(whole)} of {unit} set aside for want of a date or place, or as copies.")
    named = losses[losses["named"]].sort_values(["share_lost", "lost"], ascending=False, kind="stable")
    if len(named):
        parts = [
            f"{offence} ({'all' if row['used'] == 0 else percent(row['share_lost'])}, {row['reason']})"
            for offence, row in named.head(_MOST_NOTED).iterrows()
        ]
        more = (
            f" and {number_of(len(named) - _MOST_NOTED, 'more offence', 'more offences')}"
            if len(named) > _MOST_NOTED
            else ""
        )
        texts.append(f"Not counted: {', '.join(parts)}{more}.")
    return " ".join(texts)
