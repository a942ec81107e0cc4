"""Areas very likely in the top, possibly, or very unlikely, by the probability that the draws give each of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from socharm._arguments import checked
from socharm._checks import nearest_name
from socharm._columns import AREA, NAME
from socharm._constraints import OpenShare
from socharm._settings import setting
from socharm._words import number_of
from socharm.errors import ParameterError
from socharm.ranking.ranks import Ranking
from socharm.ranking.top_classes import CLASSES_ALONE, TopClasses, TopClassFindings, TopSettings, stated_top
from socharm.ranking.uncertainty_record import RankUncertainty

__all__ = ["ProbableTopSettings", "classify_probable_top"]


@dataclass(frozen=True, kw_only=True)
class ProbableTopSettings(TopSettings):
    """Choices behind classes by probability."""

    level: OpenShare = setting(0.95, "probability from which on an area is very likely in the top")

    def _faults(self) -> Iterator[str]:
        yield from super()._faults()
        if not self.level > 0.5:
            yield f"`level` is {self.level!r}; it must lie between 0.5 and 1, ends excluded."


@checked
def classify_probable_top(
    ranking: Ranking | RankUncertainty,
    *,
    k: int | str | None = None,
    level: OpenShare = 0.95,
    settings: ProbableTopSettings | Mapping[str, Any] | None = None,
) -> TopClasses:
    """Sort areas by their probability of being in the top k.

    Rank sets promise that all areas are classed rightly at once and pay for it with few that are sure; this speaks of
    each area alone, by the same draws as its interval.

    Parameters
    ----------
    ranking : Ranking or RankUncertainty
        With the top asked for: `k` must be among its ``top``.
    k : int or "p%"
        To be stated here or in `settings`.
    level : float
        An area is very likely in the top from this probability on, and very unlikely up to one less it.
    settings : ProbableTopSettings or mapping, optional
        Choices of other classes, for what is not stated by keyword.

    Returns
    -------
    TopClasses
        ``estimate`` is the probability; ``rank_low_95`` and ``rank_high_95`` are the ends of the area's own interval;
        ``cutoffs`` has every top of the ranking. No class is called sure: of a hundred areas with a probability of 95%
        about five are not there.

    Raises
    ------
    ParameterError
        The ranking has no probability of this top, or the level is not between one half and 1.
    """
    chosen = ProbableTopSettings.of(settings)
    k, level = chosen.k, chosen.level
    top = ranking.top_k
    known = list(dict.fromkeys(top["k"]))
    if str(k) not in known:
        hint = nearest_name(str(k), known)
        raise ParameterError(
            f"`k` is {k!r}, and the ranking has probabilities of the tops {known}."
            + (f" Did you mean {hint!r}?" if hint else "")
            + " Ask for it in `top` when ranking."
        )
    mine = top[top["k"] == str(k)].set_index(AREA)
    size = int(mine["size"].iloc[0]) if len(mine) else 0
    probability = mine["probability"].reindex(ranking.table.index).astype(float)
    table = ranking.table[[NAME, "rank_observed"]].rename_axis(AREA).copy()
    table.insert(1, "estimate", probability)
    table[["rank_low_95", "rank_high_95"]] = ranking.table[["rank_low_95", "rank_high_95"]]
    findings = TopClassFindings(rule="stated", k=size, basis="each area alone", level=level, size="areas")
    table = table.assign(**stated_top(findings), **{"class": _classes(probability, level)})
    reasons = ranking.unrankable["reason"].reindex(table.index)
    table["reason"] = reasons.fillna("").astype("str")
    return TopClasses(
        table=table,
        cutoffs=_cutoffs(top, level),
        sentence=_sentence(table["class"], size, level),
        settings=chosen,
        about=ranking.about,
        findings=findings,
    )


def _classes(probability: pd.Series, level: float) -> pd.Series:
    # A hair of room: 0.95 of 10,000 draws must not hang on the last bit.
    sure, out = probability >= level - 1e-12, probability <= 1 - level + 1e-12
    labels = np.select([probability.isna(), sure, out], ["not rankable", "very likely", "very unlikely"], "possibly")
    return pd.Series(labels, index=probability.index, dtype="str")


def _cutoffs(top: pd.DataFrame, level: float) -> pd.DataFrame:
    rows = {}
    for _, part in top.groupby("k", sort=False):
        number = _classes(part["probability"], level).value_counts()
        likely, possibly, unlikely = (int(number.get(name, 0)) for name in CLASSES_ALONE[:3])
        rows[int(part["size"].iloc[0])] = (likely, possibly, unlikely, likely / max(likely + possibly, 1))
    columns = ["very_likely", "possibly", "very_unlikely", "separation"]
    found = pd.DataFrame.from_dict(rows, orient="index", columns=columns).sort_index().rename_axis("k")
    return found.assign(share_places=np.nan, share_held=np.nan, pai=np.nan)


def _sentence(classes: pd.Series, k: int, level: float) -> str:
    number = classes.value_counts().reindex(list(CLASSES_ALONE), fill_value=0)
    unranked = number_of(int(number["not rankable"]), "has", "have")
    left = f"; {unranked} no rank" if number["not rankable"] else ""
    sure = number_of(int(number["very likely"]), "area is", "areas are")
    return (
        f"The top {k:,} was given, not chosen by these data. {sure} very likely in it (a "
        f"probability of at least {level:.0%}), {number['possibly']:,} possibly, {number['very unlikely']:,} very "
        f"unlikely (at most {1 - level:.0%}){left}. Each probability speaks of its own area."
    )
