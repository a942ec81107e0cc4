"""One class for each area: what calls for attention now, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

import pandas as pd

from socharm._about import About, combine_about
from socharm._arguments import checked
from socharm._checks import require_choice
from socharm._columns import AREA, NAME, PARENT, PERIOD
from socharm._constraints import Between, ClosedShare, OpenShare
from socharm._record import Record
from socharm._settings import Settings, setting
from socharm._words import month_words
from socharm.overlay.deprivation import Overlay
from socharm.ranking.ranks import Ranking
from socharm.ranking.top_sizes import top_faults
from socharm.signals.monitor import Monitoring
from socharm.signals.signal_table import usual_words
from socharm.signals.silence import Silence

__all__ = ["CLASSES", "Priority", "PrioritySettings", "priority_now"]

#: The share of areas whose first ones are chronic.
_USUAL: Final = "10%"
#: Months of an area of which it can be said how often it was near the first, and the shares from which it is.
_LEAST_MONTHS: Final = 3
_STEADY, _MOST = 0.75, 0.5
#: The classes, the first that an area meets being its own.
CLASSES: Final = ("rising", "spike", "falling", "chronic", "quiet but deprived")


@dataclass(frozen=True, kw_only=True)
class PrioritySettings(Settings):
    """What each class of priority means; enough to sort the same areas again."""

    first: int | str | None = setting(
        None,
        'chronic: among so many first areas, or such a share; "10%", or the most that was asked for, when absent',
        example="10%",
    )
    probability: OpenShare = setting(0.8, "... with at least this probability ...")
    months_share: ClosedShare = setting(
        0.75, "... and in this share of its months among twice as many areas by recorded rate"
    )
    spike: OpenShare = setting(0.001, "spike: probability of so high a last month where nothing happens, at most")
    deprived: Annotated[int, Between(1, 10)] = setting(
        2, "quiet but deprived: among so many first tenths of deprivation"
    )
    quiet: OpenShare = setting(0.5, "... and below this share of areas by the whole 90% interval of the rank")

    def _faults(self) -> Iterable[str]:
        yield from super()._faults()
        if self.first is not None:
            yield from top_faults((self.first,), name="first")


@dataclass(frozen=True, eq=False, repr=False)
class Priority(Record):
    """What calls for attention now, area by area.

    Attributes
    ----------
    table : DataFrame
        Index ``area_code``, every area of the ranking: ``name``, ``parent``, ``now`` (one of `CLASSES` or nothing),
        ``also`` (others that it meets), ``why`` (a sentence), ``reason`` (why it has no rank).
    """

    __made_by__ = ("priority_now",)

    table: pd.DataFrame
    settings: PrioritySettings
    about: About

    def _summary(self) -> dict[str, str]:
        found = self.table["now"].value_counts()
        return {name: f"{int(found.get(name, 0)):,}" for name in CLASSES}


@checked
def priority_now(
    ranking: Ranking,
    monitoring: Monitoring | None = None,
    *,
    overlay: Overlay | None = None,
    silence: Silence | None = None,
    first: int | str | None = None,
    probability: OpenShare = 0.8,
    months_share: ClosedShare = 0.75,
    spike: OpenShare = 0.001,
    deprived: Annotated[int, Between(1, 10)] = 2,
    quiet: OpenShare = 0.5,
    settings: PrioritySettings | Mapping[str, Any] | None = None,
) -> Priority:
    """Sort areas into chronic, rising, falling, spike, and quiet but deprived, by stated definitions.

    Parameters
    ----------
    ranking : Ranking
        Ranked with `first` among its ``top``, where one is stated.
    monitoring : Monitoring, optional
        Without it no area is rising, falling or a spike.
    overlay : Overlay, optional
        Without it no area is quiet but deprived.
    silence : Silence, optional
        A deprived area that is asked about is quiet too.
    first, probability, months_share
        *Chronic*: among the `first` areas with a probability of at least `probability`, and in a share `months_share`
        of its months among twice as many areas by the recorded rate of the month (where the ranking holds its index).
    spike : float
        *Spike*: the last month alone is so high that its probability is at most this where nothing happens, or that it
        gives a signal by itself.
    deprived, quiet
        *Quiet but deprived*: among the first `deprived` tenths of deprivation, and below a share `quiet` of all areas
        with the whole 90% interval of its rank, below what deprivation leads one to expect, or asked about.
    settings : PrioritySettings or mapping, optional
        Definitions of another sorting, for what is not stated by keyword.

    Returns
    -------
    Priority
        *Rising* and *falling* are signals that last; a rise began before the last month. An area has the first class
        that it meets, in the order rising, spike, falling, chronic, quiet but deprived; the others stand in ``also``.

    Raises
    ------
    ParameterError
        The ranking does not hold the probability of being among `first`.
    """
    chosen = PrioritySettings.of(settings)
    codes = ranking.table.index
    meets = pd.DataFrame(False, index=codes, columns=list(CLASSES))
    often = _often(ranking, chosen)
    meets["chronic"] = _chronic(ranking, chosen, often)
    if monitoring is not None:
        signals = monitoring.table.reindex(codes)
        lasts = signals["active"].astype("boolean").fillna(False).astype(bool)
        rises, alone = lasts & signals["direction"].eq("rise"), signals["since"].eq(monitoring.findings.last)
        meets["rising"] = rises & ~alone
        meets["falling"] = lasts & signals["direction"].eq("fall")
        meets["spike"] = ((rises & alone) | signals["last_p"].le(chosen.spike)) & ~meets["rising"]
    if overlay is not None:
        meets["quiet but deprived"] = _quiet(ranking, overlay, silence, chosen)
    named = [[name for name in CLASSES if row[name]] for row in meets.to_dict(orient="records")]
    since = (
        monitoring.table["since"].reindex(codes).fillna("") if monitoring is not None else pd.Series("", index=codes)
    )
    table = ranking.table[[NAME, PARENT]].rename_axis(AREA).copy()
    table["now"] = pd.Series([each[0] if each else "" for each in named], index=codes, dtype="str")
    table["also"] = pd.Series([", ".join(each[1:]) for each in named], index=codes, dtype="str")
    table["why"] = pd.Series(
        [_why(each, since[code], _near(often, code), monitoring) for code, each in zip(codes, named, strict=True)],
        index=codes,
        dtype="str",
    )
    table["reason"] = ranking.table["reason"].fillna("").astype("str")
    return Priority(table, chosen, combine_about(ranking.about, unit=ranking.about.unit))


def _asked(ranking: Ranking, chosen: PrioritySettings) -> pd.DataFrame:
    """Probabilities of being among the first areas that are asked for."""
    top = ranking.top_k.reset_index() if ranking.top_k.index.nlevels > 1 else ranking.top_k
    sizes = top.assign(k=top["k"].astype(str)).groupby("k")["size"].first().sort_values(kind="stable")
    first = str(chosen.first or (_USUAL if _USUAL in sizes.index else sizes.index[-1]))
    require_choice(first, list(sizes.index), name="first")
    return top[top["k"].astype(str) == first]


def _chronic(ranking: Ranking, chosen: PrioritySettings, often: pd.DataFrame | None) -> pd.Series:
    """Areas that are surely among the first, and month by month near them."""
    probability = _asked(ranking, chosen).set_index(AREA)["probability"].reindex(ranking.table.index)
    found = probability.ge(chosen.probability).fillna(False)
    return found if often is None else found & often["share"].reindex(found.index).ge(chosen.months_share)


def _often(ranking: Ranking, chosen: PrioritySettings) -> pd.DataFrame | None:
    """Months of each area, and the share of them in which it was near the first by the recorded rate of the month."""
    if ranking.index is None:
        return None
    months = ranking.index.by_period
    rank = months.groupby(PERIOD, observed=True)["rate"].rank(ascending=False, method="min")
    near = rank.le(2 * int(_asked(ranking, chosen)["size"].iloc[0]))
    groups = near.groupby(months[AREA], observed=True)
    return pd.DataFrame({"share": groups.mean(), "months": groups.size()})


def _near(often: pd.DataFrame | None, code: object) -> str:
    """How often an area was near the first, in words; blank where nobody looked, or a month or two are all there is."""
    if often is None or code not in often.index or int(often["months"].get(str(code), 0)) < _LEAST_MONTHS:
        return ""
    share = float(often["share"].get(str(code), 0.0))
    return ", month after month" if share >= _STEADY else ", in most months" if share > _MOST else ""


def _quiet(ranking: Ranking, overlay: Overlay, silence: Silence | None, chosen: PrioritySettings) -> pd.Series:
    """Deprived areas with less harm on record than others."""
    codes = ranking.table.index
    beside = overlay.table.reindex(codes)
    ranked = ranking.table["rank"].notna()
    last = ranking.table["rank_low_90"].astype(float) > chosen.quiet * float(ranked.sum())
    less = last | beside["outside"].eq("below").fillna(False)
    if silence is not None:
        less = less | silence.table["ask"].reindex(codes).fillna(False).astype(bool)
    return beside["deprivation_decile"].le(chosen.deprived).fillna(False).astype(bool) & less


_WHY: Final = {
    "spike": "the last month alone is far above what is usual here; one month is no trend",
    "chronic": "among the areas with the highest harm rate",
    "quiet but deprived": "deprived, and little harm on record; ask, as few reports do not show little harm",
}


def _why(meets: list[str], since: str, near: str, monitoring: Monitoring | None) -> str:
    """A sentence without figures, which may be printed of published tables too."""
    if not meets:
        return "None of the classes." if monitoring is not None else "None of the classes; no signals were looked for."
    lasting = f"since {month_words(since)}" if since else ""
    usual = usual_words(others=monitoring is None or monitoring.findings.recorded > 1)
    told = {
        **_WHY,
        "chronic": f"{_WHY['chronic']}{near}",
        "rising": f"{lasting} more on record than {usual} one to expect",
        "falling": f"{lasting} less on record than {usual} one to expect",
    }
    texts = [told[name] for name in meets]
    return ". ".join(text[:1].upper() + text[1:] for text in texts) + "."
