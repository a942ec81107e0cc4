"""Which areas are in the top for sure, possibly, or not: the cut-off and what it rests on, in plain English."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._about import About
from socharm._arguments import checked
from socharm._checks import nearest_name, require_finite, require_unique
from socharm._columns import AREA, NAME
from socharm._constraints import Positive
from socharm._record import Record
from socharm._settings import Settings, setting
from socharm._words import number_of
from socharm.errors import AlignmentError, ParameterError, RefusedError, SchemaError
from socharm.ranking.confidence_sets import RankSets
from socharm.ranking.top_sizes import top_sizes

__all__ = [
    "CLASSES",
    "CLASSES_ALONE",
    "CutoffSettings",
    "TopClassFindings",
    "TopClassSettings",
    "TopClasses",
    "TopSettings",
    "classify_top",
    "stated_top",
]

_Floats = NDArray[np.float64]

#: Classes that hold for all areas at once, in the order of legends.
CLASSES: Final = ("for sure", "possibly", "not", "not rankable")

#: Classes that speak of each area alone: of a hundred "very likely" ones some are not there.
CLASSES_ALONE: Final = ("very likely", "possibly", "very unlikely", "not rankable")

_JOINT: Final = "all areas at once"

_RULES: Final = ("separation", "elbow", "pai")


@dataclass(frozen=True, kw_only=True)
class TopSettings(Settings):
    """The top that classes speak of."""

    k: int | str = setting(says="number of areas that the top has, or share such as '10%', or a rule", example="10%")


@dataclass(frozen=True, kw_only=True)
class CutoffSettings(Settings):
    """What the rules that find a top go by."""

    size: str = setting("areas", "what shares of places are of: areas or exposure", or_data=True)
    minimum_pai: Positive = setting(10.0, 'predictive accuracy index to keep, with "pai"')


@dataclass(frozen=True, kw_only=True)
class TopClassSettings(TopSettings, CutoffSettings):
    """Choices behind classes by rank sets."""

    def _faults(self) -> Iterable[str]:
        yield from super()._faults()
        if self.k != "pai" and self._changed("minimum_pai"):
            yield (
                f"`minimum_pai` is {self.minimum_pai:g}, and the top is k={self.k!r}. Use k='pai', or leave "
                "`minimum_pai` out."
            )


@dataclass(frozen=True, kw_only=True)
class TopClassFindings:
    """The top that classes are of.

    Attributes
    ----------
    rule : {"stated", "separation", "elbow", "pai"}
    k : int
        Areas that the top has.
    basis : {"all areas at once", "each area alone"}
        What `level` is the confidence of.
    level : float
        That every class is right at the same time, or probability of each area by itself.
    size : str
        What shares of places are shares of.
    """

    rule: str
    k: int
    basis: str
    level: float
    size: str


@dataclass(frozen=True, eq=False, repr=False)
class TopClasses(Record):
    """Which areas belong to the top for sure, which possibly, which not.

    Attributes
    ----------
    table : DataFrame
        Index ``area_code``; ``name``, ``estimate``, ``rank_observed``, the interval of the rank (``joint_low``,
        ``joint_high`` for all areas at once; ``rank_low_95``, ``rank_high_95`` for each area alone), ``k`` and
        ``level`` of the class, ``class``, ``reason`` of those without. By rank sets the class is ``for sure``,
        ``possibly``, ``not`` or ``not rankable``, right for all areas at once; by probability ``very likely``,
        ``possibly``, ``very unlikely`` or ``not rankable``, of each area alone.
    cutoffs : DataFrame
        Index ``k``, every cut-off: how many areas are in each class of the top k (``for_sure``, ``possibly``, ``not``,
        or ``very_likely``, ``possibly``, ``very_unlikely``), ``separation`` (share of the candidates that are in the
        first class), ``share_places``, ``share_held`` and ``pai`` of the first k by estimate; the last three are
        missing where amount or size is not known.
    sentence : str
        The cut-off, the classes and their confidence in plain English.
    """

    __made_by__ = ("classify_top", "classify_probable_top")

    table: pd.DataFrame
    cutoffs: pd.DataFrame
    sentence: str
    settings: TopSettings
    about: About
    findings: TopClassFindings

    @property
    def k(self) -> int:
        """Areas that the top has."""
        return self.findings.k

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes there can be, in the order of legends."""
        return CLASSES if self.findings.basis == _JOINT else CLASSES_ALONE

    @property
    def counts(self) -> pd.Series:
        """Number of areas by class, every class, in the order of legends."""
        found = self.table["class"].value_counts()
        return found.reindex(list(self.classes), fill_value=0).rename("areas").astype("int64")

    def _summary(self) -> dict[str, str]:
        return {
            "top": f"{number_of(self.k, 'area')} ({self.findings.rule})",
            "confidence": f"{self.findings.level * 100:g}%, {self.findings.basis}",
            "classes": ", ".join(f"{number:,} {label}" for label, number in self.counts.items() if number),
            "in words": self.sentence,
        }


@checked
def classify_top(
    rank_sets: RankSets,
    *,
    k: int | str | None = None,
    size: str | pd.Series = "areas",
    minimum_pai: Positive = 10.0,
    settings: TopClassSettings | Mapping[str, Any] | None = None,
) -> TopClasses:
    r"""Sort areas into those in the top k for sure, possibly, and not.

    Parameters
    ----------
    rank_sets : RankSets
        Its joint sets are used, so that the classes of all areas hold at once, at its level, for every k: a cut-off
        that was chosen by looking at the same data costs no confidence.
    k : int, "p%", "separation", "elbow" or "pai"
        To be stated here or in `settings`. A stated number or share of areas (rounded up); the cut-off at which the
        rank sets separate best, within the first half; the elbow of the concentration curve; or as many areas as keep
        the predictive accuracy index at `minimum_pai`.
    size : {"areas", "exposure"} or Series
        What a share of places is a share of, for the elbow and the index: number of areas, their exposure
        (population share), or values by area code such as km².
    minimum_pai : float
    settings : TopClassSettings or mapping, optional
        Choices of other classes, for what is not stated by keyword.

    Returns
    -------
    TopClasses
        Every area of the rank sets has a class; those without a rank set are ``not rankable``.

    Raises
    ------
    ParameterError
        `k` is no cut-off; amounts or sizes that the elbow or the index needs are missing or negative.
    AlignmentError
        `size` lacks areas of the ranking.
    RefusedError
        The rank sets separate nowhere, or no number of areas reaches `minimum_pai`.

    Notes
    -----
    An area is in the top k for sure where :math:`U_j \le k`, not where :math:`L_j > k`. Separation: the share of the
    candidates (:math:`L_j \le k`) that are sure; the smallest k of the largest share. Elbow: the largest distance
    between the shares held and of places (Kneedle). PAI: share held over share of places; the largest k that keeps it.

    References
    ----------
    Mogstad et al. (2024), as of `rank_confidence_sets`. Satopää, V., Albrecht, J., Irwin, D., Raghavan, B. (2011).
    Finding a "kneedle" in a haystack. ICDCS Workshops, 166-171. Chainey, S., Tompson, L., Uhlig, S. (2008). The
    utility of hotspot mapping for predicting spatial patterns of crime. Security Journal 21, 4-28.

    Examples
    --------
    >>> from socharm.ranking.confidence_sets import rank_confidence_sets
    >>> scores = pd.DataFrame({"estimate": [90.0, 52.0, 50.0], "se": [4.0, 4.0, 4.0]}, index=["A", "B", "C"])
    >>> found = classify_top(rank_confidence_sets(scores, seed=1), k="separation")
    >>> found.k, found.table["class"].tolist()
    (1, ['for sure', 'not', 'not'])
    """
    asked = TopClassSettings.of(settings)
    table = rank_sets.table
    ranked = table[table["rank_observed"].notna()]
    stated = None if asked.k in _RULES else _stated(asked.k, len(ranked))
    sizes, of = _sizes(rank_sets, ranked, size)
    cutoffs = _cutoffs(ranked, sizes)
    if stated is None:
        chosen = {"separation": _separation, "elbow": _elbow, "pai": _pai}[str(asked.k)](cutoffs, asked.minimum_pai)
    else:
        chosen = stated
    findings = TopClassFindings(
        rule="stated" if stated is not None else str(asked.k),
        k=chosen,
        basis=_JOINT,
        level=rank_sets.settings.level,
        size=of,
    )
    classes = _classes(table, chosen)
    columns = [NAME, "estimate", "rank_observed", "joint_low", "joint_high"]
    return TopClasses(
        table=table[columns].assign(**stated_top(findings), **{"class": classes, "reason": table["reason"]}),
        cutoffs=cutoffs,
        sentence=_sentence(rank_sets, classes, cutoffs, findings, asked.minimum_pai),
        settings=asked,
        about=rank_sets.about,
        findings=findings,
    )


def stated_top(findings: TopClassFindings) -> dict[str, float]:
    """What a class is of, beside it: the number of areas that the top has, and the level."""
    return {"k": findings.k, "level": findings.level}


def _stated(k: int | str, areas: int) -> int:
    """Number of areas of a stated number or share."""
    try:
        # Asked of a ranking without end, so that a number is never cut to the areas there are.
        size = next(iter(top_sizes((k,), areas if str(k).endswith("%") else 2**62, name="k").values()))
    except ParameterError as error:
        hint = nearest_name(str(k), _RULES)
        meant = f" Did you mean {hint!r}?" if hint else ""
        raise ParameterError(
            f"`k` is {k!r}; give a whole number of areas above zero, a share such as '10%', or one of {_RULES}.{meant}"
        ) from error
    if size > areas:
        raise ParameterError(f"`k` is {k!r}, more than the {number_of(areas, 'area')} of the ranking.")
    return size


def _sizes(rank_sets: RankSets, ranked: pd.DataFrame, size: str | pd.Series) -> tuple[_Floats, str]:
    """Size of each ranked area, and what the sizes are called."""
    if isinstance(size, pd.Series):
        lacking = ranked.index.difference(size.index)
        if len(lacking):
            raise AlignmentError(
                f"`size` lacks {number_of(len(lacking), 'area')} of "
                f"the ranking, such as {list(lacking[:3])}. Give every size."
            )
        require_unique(size.index, name="size")
        require_finite(size, name="size")
        found, of = size.reindex(ranked.index).astype(float), str(size.name or "size given")
    elif size == "areas":
        found, of = pd.Series(1.0, index=ranked.index), "areas"
    elif size == "exposure":
        found, of = ranked["exposure"].astype(float), "exposure"
        if found.isna().any():
            raise ParameterError("`size` is 'exposure', which these rank sets do not hold; give a Series of sizes.")
    else:
        raise ParameterError(f"`size` is {size!r}; it must be 'areas', 'exposure', or a Series such as km² by area.")
    require_finite(found, name="size", minimum=0)
    if not (found > 0).all():
        raise SchemaError(f"`size` must lie above zero; {found.index[found <= 0][0]!r} does not.")
    return np.asarray(found, dtype=np.float64), of


def _cutoffs(ranked: pd.DataFrame, sizes: _Floats) -> pd.DataFrame:
    """Classes and concentration at every cut-off; areas that tie on the estimate in the order of their codes."""
    areas = len(ranked)
    k = np.arange(1, areas + 1)
    known = ranked.dropna(subset=["joint_low"])
    worst, best = (np.sort(known[name].to_numpy(dtype=np.int64)) for name in ("joint_high", "joint_low"))
    sure, candidates = np.searchsorted(worst, k, side="right"), np.searchsorted(best, k, side="right")
    found = pd.DataFrame({"for_sure": sure, "possibly": candidates - sure, "not": len(known) - candidates})
    found["separation"] = sure / np.maximum(candidates, 1)
    amounts = ranked["amount"].to_numpy(dtype=float)
    codes = np.argsort(ranked.index.to_numpy(dtype=object).astype(str), kind="stable")
    order = codes[np.argsort(ranked["rank_observed"].to_numpy(dtype=np.int64)[codes], kind="stable")]
    found["share_places"] = np.cumsum(sizes[order]) / np.sum(sizes)
    total = np.sum(amounts)
    usable = np.isfinite(amounts).all() and (amounts >= 0).all() and total > 0
    found["share_held"] = np.cumsum(amounts[order]) / total if usable else np.nan
    found["pai"] = found["share_held"] / found["share_places"]
    return found.set_index(pd.Index(k, name="k"))


def _separation(cutoffs: pd.DataFrame, minimum_pai: float) -> int:
    inside = cutoffs["separation"].iloc[: max(len(cutoffs) // 2, 1)]
    if not inside.max() > 0:
        raise RefusedError(
            "The rank sets separate nowhere within the first half: no area belongs to any such top for sure. "
            "State `k`, take a longer period or larger areas, or use k='elbow', which rests on the estimates alone."
        )
    return int(np.argmax(inside.to_numpy())) + 1


def _elbow(cutoffs: pd.DataFrame, minimum_pai: float) -> int:
    _require_amounts(cutoffs)
    distance = cutoffs["share_held"] - cutoffs["share_places"]
    return int(np.argmax(distance.round(12).to_numpy())) + 1


def _pai(cutoffs: pd.DataFrame, minimum_pai: float) -> int:
    _require_amounts(cutoffs)
    enough = cutoffs.index[cutoffs["pai"] >= minimum_pai]
    if not len(enough):
        most = cutoffs["pai"].idxmax()
        raise RefusedError(
            f"No number of areas reaches a predictive accuracy index of {minimum_pai:g}; the most is "
            f"{cutoffs['pai'].max():.1f}, with {most}. Lower `minimum_pai`, take smaller areas, or use another rule."
        )
    return int(enough.max())


def _require_amounts(cutoffs: pd.DataFrame) -> None:
    if cutoffs["share_held"].isna().any():
        raise ParameterError(
            "A concentration curve needs an amount of every ranked area, none negative and not all zero; these "
            "estimates are not of that kind. State `k`, or use k='separation'."
        )


def _classes(table: pd.DataFrame, k: int) -> pd.Series:
    low, high = (table[name].astype(float) for name in ("joint_low", "joint_high"))
    labels = np.select([low.isna(), high <= k, low > k], ["not rankable", "for sure", "not"], "possibly")
    return pd.Series(labels, index=table.index.rename(AREA), dtype="str")


def _sentence(
    rank_sets: RankSets, classes: pd.Series, cutoffs: pd.DataFrame, findings: TopClassFindings, minimum_pai: float
) -> str:
    columns = ["share_held", "share_places", "pai"]
    share_held, share_places, pai = map(float, cutoffs.loc[[findings.k], columns].to_numpy(dtype=float)[0])
    k, number = findings.k, classes.value_counts().reindex(list(CLASSES), fill_value=0)
    held = f"hold {_percent(share_held)} of the total on {_percent(share_places, 1)} of the {findings.size}"
    candidates = int(number["for sure"] + number["possibly"])
    why = {
        "stated": f"The top {k:,} was given, not chosen by these data.",
        "separation": f"The cut-off of {k:,} is where the rank sets separate best: {number['for sure']:,} of the "
        f"{number_of(candidates, 'area that can belong there does so', 'areas that can belong there do so')} for sure.",
        "elbow": f"The cut-off of {k:,} is the elbow of the concentration curve: these areas {held}; however many "
        "more are taken, those add less than their share.",
        "pai": f"{k:,} is the largest number of areas that keeps the predictive accuracy index at "
        f"{minimum_pai:g} or more: they {held}, {pai:.1f} times their share.",
    }[findings.rule]
    left = number["not rankable"]
    without = f"; {left:,} could not be placed, and the others' classes allow for it" if left else ""
    sure = number_of(int(number["for sure"]), "area belongs", "areas belong")
    out = number_of(int(number["not"]), "does", "do")
    return (
        f"{why} {sure} to the top {k:,} for sure, {number['possibly']:,} possibly, {out} not{without}. At "
        f"{_percent(findings.level)} confidence all classes hold together, if the errors of the estimates do."
    )


def _percent(share: float, digits: int = 0) -> str:
    return f"{share * 100:.{digits}f}%"
