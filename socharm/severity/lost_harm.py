"""Harm that is not in an index because rows were set aside: which offences, and what part of the whole."""

from __future__ import annotations

import warnings
from typing import Final

import pandas as pd

from socharm._columns import OFFENCE
from socharm.errors import CoverageWarning
from socharm.io.incidents.losses_told import percent
from socharm.io.incidents.records import Counts

__all__ = ["WARN_HARM_SHARE", "harm_note", "heavy_losses", "lost_harm", "tell_lost_harm", "weigh_losses"]

#: Share of the harm, by weight, from which on an offence's lost rows are told.
WARN_HARM_SHARE: Final = 0.02
_MOST_NAMED: Final = 5


def lost_harm(counts: Counts, labels: list[str], scheme: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """What rows set aside would weigh.

    Parameters
    ----------
    counts : Counts
    labels : list of str
        Offences the index is of, those of which no row was used among them.
    scheme : DataFrame
        Index ``offence``; ``weight`` as used.
    cells : DataFrame
        Cells of the index.

    Returns
    -------
    DataFrame
        As `Counts.losses`, with ``weight`` (missing where there is none), ``harm`` (in the index), ``harm_lost`` (lost
        incidents that are taken to lie in the areas, times weight), ``share_of_harm`` (``harm_lost`` over the harm in
        the index and all that was lost).
    """
    losses = counts.losses
    harm = cells.groupby(OFFENCE, observed=True)["harm"].sum()
    return weigh_losses(losses[losses.index.isin(labels)], scheme["weight"], harm)


def weigh_losses(losses: pd.DataFrame, weights: pd.Series, harm: pd.Series) -> pd.DataFrame:
    """Losses by offence with what they weigh, beside the harm by offence that was counted."""
    table = losses.copy()
    table["weight"] = weights.astype(float).reindex(table.index)
    table["harm"] = harm.reindex(table.index, fill_value=0.0)
    table["harm_lost"] = table["lost_here"] * table["weight"]
    whole = float(harm.sum()) + float(table["harm_lost"].sum())
    table["share_of_harm"] = table["harm_lost"] / whole if whole > 0 else float("nan")
    return table


def heavy_losses(losses: pd.DataFrame, share: float) -> pd.DataFrame:
    """Offences to name, heaviest first: above the share, or the heaviest ones where only all together are above it."""
    if losses.empty:
        return losses
    known = losses[losses["share_of_harm"] > 0].sort_values("share_of_harm", ascending=False, kind="stable")
    if not float(known["share_of_harm"].sum()) > share:
        return known.iloc[:0]
    above = known[known["share_of_harm"] > share]
    return above if len(above) else known.head(_MOST_NAMED)


def tell_lost_harm(losses: pd.DataFrame, share: float, *, where: str = "the index", stacklevel: int = 3) -> None:
    """Warn of offences whose lost rows weigh more than a share of the harm."""
    heavy = heavy_losses(losses, share)
    if heavy.empty:
        return
    parts = [
        f"{offence} ({int(row['lost']):,} of {int(row['n']):,}: {row['reason']}; "
        f"{percent(row['share_of_harm'])} of the harm)"
        for offence, row in heavy.iterrows()
    ]
    whole = percent(float(losses["share_of_harm"].sum()))
    warnings.warn(
        f"By weight {whole} of the harm is not in {where}, because rows were set aside: {', '.join(parts)}. What is "
        f"made of it shows what is left. Mend the rows that `losses` of {where} names, or say what is not in it.",
        CoverageWarning,
        stacklevel=stacklevel,
    )


def harm_note(losses: pd.DataFrame, share: float, *, where: str = "this index") -> str:
    """A sentence for every list and map made from the index; empty where little was lost."""
    heavy = heavy_losses(losses, share)
    if heavy.empty:
        return ""
    parts = [
        f"{offence} ({'every row of it, ' if row['used'] == 0 else ''}{percent(row['share_of_harm'])} of the harm)"
        for offence, row in heavy.head(_MOST_NAMED).iterrows()
    ]
    more = f" and {len(heavy) - _MOST_NAMED} more" if len(heavy) > _MOST_NAMED else ""
    whole = percent(float(losses["share_of_harm"].sum()))
    return f"Not in {where}, for rows set aside: {whole} of the harm by weight: {', '.join(parts)}{more}."
