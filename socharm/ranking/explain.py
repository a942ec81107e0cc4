"""Why an area stands where it stands, in words: what its harm is made of, and how sure its place is."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any, Final

import pandas as pd

from socharm._about import About
from socharm._columns import AREA, NAME, OFFENCE, PARENT, N
from socharm._words import area_noun, number_of, percent, period_words, unit_sentence
from socharm.overlay.phrases import ordinal, probability_phrase
from socharm.ranking.ranking_settings import RankingSettings
from socharm.severity.index import SeverityIndex

__all__ = ["drivers", "explanation"]

_NAMED = 3

#: What intervals of 95% hold where that is less than 93%: `benchmarks/validate_ranks.py`, docs/validation/ranks.md.
HELD: Final = {
    "mix at twice": 0.86,
    "mix at twice, shared": 0.74,
    "mix at twice, shared, second interval": 0.87,
    "one month": 0.93,
    "tiny areas": 0.92,
    "tiny areas, true top": 0.92,
    "lasting rate": 0.87,
    "lasting rate, true top": 0.82,
    "next year": 0.86,
    "next year, true top": 0.78,
}

#: An area with less than this share of the crimes of a large one (upper quartile) is tiny; so many of them bend the
#: intervals.
_TINY = 0.2
_MANY_TINY = 0.25


def drivers(index: SeverityIndex) -> pd.DataFrame:
    """What the recorded harm of each area is made of.

    Returns
    -------
    DataFrame
        Index ``area_code``: ``crimes``, ``harm``, ``share_of_harm`` (of all areas), ``made_of`` (the three offences or
        categories with most harm and their shares), ``effective_events`` (squared harm over the sum of squared weights:
        1 where one event is all the harm), ``times_middle`` (rate over that of the median area), ``events_for_half``
        (missing under a crosswalk). Missing for areas without harm.
    """
    cells = index.cells
    sums = cells.groupby([AREA, OFFENCE], observed=True)[["harm", N]].sum().reset_index()
    total = sums.groupby(AREA, observed=True)["harm"].transform("sum")
    sums = sums.assign(share=sums["harm"] / total.where(total > 0))
    ordered = sums.sort_values([AREA, "harm", OFFENCE], ascending=[True, False, True], kind="stable")
    first = ordered[ordered["harm"] > 0].groupby(AREA, observed=True).head(_NAMED)
    text = first[OFFENCE].astype("str").str.replace("-", " ") + pd.Series(
        [f" {share:.0%}" for share in first["share"]], index=first.index, dtype="str"
    )
    made_of = text.groupby(first[AREA], observed=True).agg(", ".join)
    squares = (cells[N] * (cells["weight"] ** 2 + cells["within_variance"])).groupby(cells[AREA], observed=True).sum()
    table = index.table
    harm, rate = table["harm"].astype(float), table["rate"].astype(float)
    whole, middle = float(harm.sum()), float(rate.median())
    return pd.DataFrame(
        {
            "crimes": table["crimes"],
            "harm": harm,
            "share_of_harm": harm / whole if whole > 0 else float("nan"),
            "made_of": made_of.reindex(table.index).astype("string"),
            "effective_events": (harm**2 / squares.reindex(table.index).where(lambda s: s > 0)).astype(float),
            "times_middle": rate / middle if middle > 0 else float("nan"),
            "events_for_half": table["events_for_half"],
        },
        index=table.index,
    )


def explanation(
    area: str,
    ranks: pd.DataFrame,
    made_of: pd.DataFrame,
    tops: pd.DataFrame,
    *,
    settings: RankingSettings,
    about: About,
) -> str:
    """Six lines of plain English, and what the interval hangs on; fewer for an area without a rank.

    Parameters
    ----------
    area : str
        Area code.
    ranks, made_of, tops : DataFrame
        ``table``, ``drivers`` and ``top_k`` of a ranking.
    settings : RankingSettings
    about : About
    """
    row: Mapping[Hashable, Any] = ranks.loc[area].to_dict()
    name = f"{row[NAME]} ({area})" if pd.notna(row[NAME]) else area
    if pd.isna(row["rank"]):
        return f"{name} has no rank: {row['reason']}."
    of, noun = int(ranks["rank"].notna().sum()), area_noun(ranks.index)
    facts: Mapping[Hashable, Any] = made_of.loc[area].to_dict()
    lines = [
        f"{name} ranks {ordinal(int(row['rank']))} of {number_of(of, noun)}, 1st being the highest harm rate; "
        f"{_interval(row['rank_low_90'], row['rank_high_90'])}. By the recorded rate it is "
        f"{ordinal(int(row['rank_observed']))}.",
        _rate_line(about.unit, row, facts, noun),
        _made_of_line(facts),
        _sure_line(tops[tops[AREA] == area]),
        _within_line(row),
        _method_line(settings, about),
        _mix_line(settings, row),
        _promise_line(settings, about, made_of["crimes"].astype(float)),
    ]
    lines = [line for line in lines if line]
    return "\n".join(f"{number}. {line}" for number, line in enumerate(lines, start=1))


def _rate_line(unit: str | None, row: Mapping[Hashable, Any], facts: Mapping[Hashable, Any], noun: str) -> str:
    text = f"Recorded {row['rate']:.3g} {unit}" if pd.notna(row["rate"]) else "No recorded rate"
    if pd.notna(facts["times_middle"]):
        text += f", {facts['times_middle']:.1f} times that of the median {noun}"
    text += f"; the underlying rate, which is ranked and allows for chance, is {row['rate_shrunk']:.3g}."
    return f"{text} {unit_sentence(unit or '')}".rstrip()


def _interval(low: float, high: float) -> str:
    """The interval of a rank, or the one rank that it holds."""
    first, last = ordinal(int(low)), ordinal(int(high))
    return f"the 90% interval of the rank is {first} alone" if first == last else f"90% interval {first} to {last}"


def _made_of_line(facts: Mapping[Hashable, Any]) -> str:
    if pd.isna(facts["made_of"]):
        return "No weighted offence was recorded; its place comes from what areas like it have."
    crimes = number_of(int(facts["crimes"]), "weighted crime holds", "weighted crimes hold")
    text = f"{crimes} {facts['share_of_harm']:.1%} of all harm: {facts['made_of']}"
    if pd.notna(facts["events_for_half"]):
        half = int(facts["events_for_half"])
        text += f"; {number_of(half, 'crime holds', 'crimes hold')} half of it"
    elif facts["effective_events"] < 10:
        text += f"; it rests on few crimes, as if on {round(facts['effective_events'])} of equal weight"
    return text + "."


def _sure_line(mine: pd.DataFrame) -> str:
    if mine.empty:
        return "No top was asked for, so none has a probability."
    parts = [
        f"{probability_phrase(float(p))} ({percent(float(p))}) to be in the top {k}"
        for k, p in zip(mine["k"], mine["probability"], strict=True)
    ]
    return f"How sure: {'; '.join(parts)}."


def _within_line(row: Mapping[Hashable, Any]) -> str:
    if pd.isna(row["rank_parent"]):
        return "Its district is not known, so it has no rank inside one."
    return (
        f"Inside its district ({row[PARENT]}): {ordinal(int(row['rank_parent']))}; "
        f"{_interval(row['rank_parent_low_90'], row['rank_parent_high_90'])}."
    )


def _method_line(settings: RankingSettings, about: About) -> str:
    what = {
        "underlying": "the rate at which the place generated recorded harm",
        "realised": "the harm of what was recorded",
    }[settings.estimand]
    when = f" in {period_words(about.period.start, about.period.end)}" if about.period is not None else ""
    if settings.own_draws:
        return (
            f"Ranked by {number_of(settings.draws, 'draw')} of a model of the analyst's own{when}. Recorded crime only."
        )
    if settings.horizon == "next period":
        what, when = f"{what}{when}", "; the interval is of the rank that as many next months will record"
    return f"Ranked by {what}{when}; {number_of(settings.draws, 'draw')}, seed {settings.seed}. Recorded crime only."


def _mix_line(settings: RankingSettings, row: Mapping[Hashable, Any]) -> str:
    """The second interval, where there is one."""
    if pd.isna(row["mix_low_90"]):
        return ""
    shared = f", {settings.mix_shared:.0%} of it in all categories at once" if settings.mix_shared else ""
    return (
        "The interval takes offences inside a category to differ between places as much as between forces. If they "
        f"differed {settings.mix_times:g} times as much{shared}, it would be {ordinal(int(row['mix_low_90']))} to "
        f"{ordinal(int(row['mix_high_90']))}. If they truly differ twice as much, the first interval of 95% holds "
        f"{_held('mix at twice')}, and {_held('mix at twice, shared')} where categories of a place do so together"
        + ("." if settings.mix_shared else f"; the second then holds {_held('mix at twice, shared, second interval')}.")
    )


def _held(where: str) -> str:
    return f"{100 * HELD[where]:.0f}%"


def _promise_line(settings: RankingSettings, about: About, crimes: pd.Series) -> str:
    """What intervals of 95% hold where they are known to hold less, by the validation of ranks."""
    if settings.estimand != "underlying" or settings.own_draws:
        return ""
    if settings.horizon == "next period":
        return (
            "Where places drift from year to year by more than their months show (15% in simulation), such intervals "
            f"of 95% hold {_held('next year')} of the ranks that the next year records, and "
            f"{_held('next year, true top')} of those of the places that then have the highest harm rates."
        )
    notes = [
        "The interval is of the rate in these months, not of a lasting one: where places drift from year to year, such "
        f"intervals of 95% hold the rank by the lasting rate {_held('lasting rate')} of the time, and "
        f"{_held('lasting rate, true top')} of the time for places that truly have the highest harm rates."
    ]
    period = about.period
    if period is not None and period.n_months == 1:
        notes.append(
            f"One month tells little of how months vary: in simulation intervals of 95% held {_held('one month')} "
            "of the places that truly had the highest harm rates."
        )
    if len(crimes) and (crimes < _TINY * crimes.quantile(0.75)).mean() >= _MANY_TINY:
        notes.append(
            "Many areas are tiny beside the others: in simulation intervals of 95% held "
            f"{_held('tiny areas')} of all, and {_held('tiny areas, true top')} of those with truly the "
            "highest harm rates."
        )
    return " ".join(notes)
