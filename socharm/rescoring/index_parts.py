"""What the change of an index is made of, area by area and for all areas together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._columns import AREA
from socharm.rescoring.decomposition import shapley
from socharm.rescoring.side import Amounts, Side, amounts_of, people_of, scale_of

__all__ = [
    "IN_THE_OTHERS", "MOVES", "PARTS", "AlignedSides", "Terms", "align_sides", "index_parts", "known_parts",
    "offences_of", "parts_not_known",
    "parts_that_moved",
]  # fmt: skip

_Floats = NDArray[np.float64]

#: Parts of a change, in the order in which they are added up, and the one name that each has everywhere.
PARTS: Final = {
    "revision": "what the source changed since",
    "counts": "more or fewer crimes",
    "offence_mix": "graver or lighter offences",
    "weights": "other weights",
    "population": "more or fewer people",
    "boundaries": "other borders",
    "coverage": "months that one alone covers",
    "settings": "other choices of the index",
}
#: ... where it is said that a part lowered the rate, and that it raised it.
MOVES: Final = {name: (words, words) for name, words in PARTS.items()} | {
    "counts": ("fewer crimes", "more crimes"),
    "offence_mix": ("lighter offences", "graver offences"),
    "population": ("another number of people", "another number of people"),
}
#: Factors that change together between the two sides once months and borders are the same.
_FACTORS: Final = ("counts", "offence_mix", "weights", "population", "settings")


#: Where a change stands that nobody can tell from the others.
IN_THE_OTHERS: Final = "it is in the other parts."
#: What arithmetic leaves of nothing, as a share of the rate.
_NOTHING: Final = 1e-12


def parts_not_known(parts: Any) -> list[str]:
    """Parts that nobody knows: what the source changed since, where no count was kept.

    Parameters
    ----------
    parts : mapping or Series
        Part to its size; missing where it is not known.
    """
    return [name for name in PARTS if parts["change"] == parts["change"] and parts[name] != parts[name]]


def parts_that_moved(parts: Any) -> list[str]:
    """Parts that play a role: known, and more than what arithmetic leaves of nothing.

    Parameters
    ----------
    parts : mapping or Series
        ``rate_earlier``, ``rate_later`` and each part.
    """
    least = _NOTHING * max(abs(parts["rate_earlier"]), abs(parts["rate_later"]))
    return [name for name in PARTS if abs(parts[name]) > least]


def known_parts(parts: pd.DataFrame, overall: pd.Series, untold: NDArray[np.bool_]) -> tuple[pd.DataFrame, pd.Series]:
    """The parts without a nought of which nobody knows whether it is one: what the source changed since.

    The change stays the sum of the others; where the source changed months, that stands in them.

    Parameters
    ----------
    parts, overall
        As `index_parts` makes them.
    untold : array of bool, shape (areas,)
        Areas of which no later count of some month was kept.
    """
    told = parts.assign(revision=parts["revision"].mask(untold & (parts["revision"] == 0)))
    whole = overall.copy()
    if untold.any() and whole["revision"] == 0:
        whole["revision"] = np.nan
    return told, whole


@dataclass(frozen=True, eq=False)
class Terms:
    """Both periods with the weights and choices of the later one, in the months that both cover.

    Attributes
    ----------
    weights : DataFrame
        By offence.
    amounts : tuple of Amounts
    exposure : tuple of arrays of shape (areas,)
        People times years.
    known : array of bool, shape (areas,)
        Areas with an exposure in both periods.
    """

    weights: pd.DataFrame
    amounts: tuple[Amounts, Amounts]
    exposure: tuple[_Floats, _Floats]
    known: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class AlignedSides:
    """Two assessments side by side: the same areas, the months that can be paired, the same offences.

    Attributes
    ----------
    areas : Index
        Areas compared, of the later assessment.
    before : Index
        The area of the earlier assessment that each is held against: the same code, or the one it is mostly made of.
    offences : Index
    earlier, revised, later : Side
        The earlier one as it stood, as its months are counted now, and the later one.
    carry, carry_later : sparse matrix
        Of the areas of each side to the areas compared.
    months, months_later : array of bool, shape (areas, months), or None
        Covered months of each side that the other covers too; None where months cannot be paired.
    """

    areas: pd.Index
    before: pd.Index
    offences: pd.Index
    earlier: Side
    revised: Side
    later: Side
    carry: Any
    carry_later: Any
    months: NDArray[np.bool_] | None
    months_later: NDArray[np.bool_] | None

    @cached_property
    def terms(self) -> Terms:
        """Worked out once, for the counts alone and for the joint model."""
        settings = self.later.settings
        before = amounts_of(self.revised, settings, self.offences, self.carry, self.months)
        after = amounts_of(self.later, settings, self.offences, self.carry_later, self.months_later)
        with np.errstate(invalid="ignore"):
            exposure = (
                people_of(self.revised, self.carry) * before.years,
                people_of(self.later, self.carry_later) * after.years,
            )
        known = np.logical_and.reduce([np.isfinite(years) & (years > 0) for years in exposure])
        return Terms(scale_of(self.later.weights, settings, self.offences), (before, after), exposure, known)


@dataclass(frozen=True, eq=False)
class _Whole:
    """Harm and exposure of a side, by area."""

    harm: _Floats
    exposure: _Floats

    @property
    def rate(self) -> _Floats:
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.exposure > 0, self.harm / self.exposure, np.nan)

    def overall(self, kept: NDArray[np.bool_]) -> float:
        """Rate of all areas that are kept and whose people are known: whoever has no people leaves the harm too."""
        told = kept & (self.exposure > 0)
        return float(self.harm[told].sum()) / float(self.exposure[told].sum()) if told.any() else float("nan")


def offences_of(*sides: Side) -> pd.Index:
    """Offences that any side counted and any weighs."""
    weighed = {str(name) for side in sides for name in side.weights.index[side.weights["weight"].notna()]}
    return pd.Index(sorted({label for side in sides for label in side.labels} & weighed), name="offence")


def align_sides(
    earlier: Side, revised: Side, later: Side, carried: Mapping[str, Any], pairs: list[tuple[int, int]] | None
) -> AlignedSides:
    """Bring two sides to the same areas, offences and months.

    Parameters
    ----------
    earlier, revised, later : Side
    carried : mapping
        ``areas``, ``before``, ``carry``, ``carry_later``.
    pairs : list of (int, int), optional
        Positions of months of both that are held against each other; None where they cannot be.
    """
    offences = offences_of(earlier, revised, later)
    made = AlignedSides(
        offences=offences, earlier=earlier, revised=revised, later=later, months=None, months_later=None, **carried
    )
    if pairs is None:
        return made
    ours = amounts_of(revised, revised.settings, offences, made.carry).taken
    theirs = amounts_of(later, later.settings, offences, made.carry_later).taken
    first, second = np.zeros_like(ours), np.zeros_like(theirs)
    for i, j in pairs:
        both = ours[:, i] & theirs[:, j]
        first[:, i] |= both
        second[:, j] |= both
    return AlignedSides(**{**vars(made), "months": first, "months_later": second})


def index_parts(aligned: AlignedSides) -> tuple[pd.DataFrame, pd.Series]:
    """Parts of the change of the rate.

    Returns
    -------
    parts : DataFrame
        Index ``area_code``: ``rate_earlier`` (as it stood), ``rate_later``, one column for each of `PARTS`, ``change``
        (their sum, in this order). Missing where an area has no month or no people to compare by.
    overall : Series
        The same for all areas together: harm and people of the areas whose people are known, in each rate. Areas that
        only one assessment has are in ``boundaries``, those without a month that both cover in ``coverage``, those
        whose people one of them does not know in ``population``.
    """
    ours, theirs = aligned.revised.settings, aligned.later.settings
    stored = _whole(aligned.earlier, ours, aligned, None, None)
    revised = stored if aligned.revised is aligned.earlier else _whole(aligned.revised, ours, aligned, None, None)
    on_areas = _whole(aligned.revised, ours, aligned, aligned.carry, None)
    later = _whole(aligned.later, theirs, aligned, None, None)
    later_on_areas = _whole(aligned.later, theirs, aligned, aligned.carry_later, None)
    in_months = _whole(aligned.revised, ours, aligned, aligned.carry, aligned.months)
    later_in_months = _whole(aligned.later, theirs, aligned, aligned.carry_later, aligned.months_later)
    kept = np.isfinite(in_months.rate) & np.isfinite(later_in_months.rate)
    matched = np.ones(len(kept), dtype=bool)
    known = (people_of(aligned.revised, aligned.carry) > 0, people_of(aligned.later, aligned.carry_later) > 0)
    peopled = known[0] & known[1]
    factors, factors_overall = _between(aligned, kept)
    before = aligned.earlier.areas.get_indexer(aligned.before)
    every, every_later = np.ones(len(stored.harm), dtype=bool), np.ones(len(later.harm), dtype=bool)
    by_area = {
        "revision": revised.rate[before] - stored.rate[before],
        **dict(zip(_FACTORS, factors, strict=True)),
        "boundaries": on_areas.rate - revised.rate[before],
        "coverage": (in_months.rate - on_areas.rate) + (later_on_areas.rate - later_in_months.rate),
    }
    together = {
        "revision": revised.overall(every) - stored.overall(every),
        **dict(zip(_FACTORS, factors_overall, strict=True)),
        "boundaries": (on_areas.overall(matched) - revised.overall(every))
        + (later.overall(every_later) - later_on_areas.overall(matched)),
        "coverage": (in_months.overall(kept) - on_areas.overall(peopled))
        + (later_on_areas.overall(peopled) - later_in_months.overall(kept)),
    }
    # Areas that both have, and whose people only one of the two knows.
    together["population"] += (on_areas.overall(peopled) - on_areas.overall(matched)) + (
        later_on_areas.overall(matched) - later_on_areas.overall(peopled)
    )
    table = pd.DataFrame(
        {"rate_earlier": stored.rate[before], "rate_later": later_on_areas.rate}
        | {name: by_area[name] for name in PARTS},
        index=aligned.areas.rename(AREA),
    ).where(np.broadcast_to(kept[:, None], (len(kept), 2 + len(PARTS))))
    whole = pd.Series(
        {"rate_earlier": stored.overall(every), "rate_later": later.overall(every_later)}
        | {name: float(together[name]) for name in PARTS},
        name="overall",
    )
    return table.assign(change=_added(table)), pd.concat([whole, pd.Series({"change": _added(whole)})]).rename(
        "overall"
    )


def _added(parts: Any) -> Any:
    """The sum of the parts, in their order."""
    total = parts["revision"]
    for name in list(PARTS)[1:]:
        total = total + parts[name]
    return total


def _whole(side: Side, settings: Any, aligned: AlignedSides, carry: Any, months: Any) -> _Whole:
    """Harm and exposure of a side by its own weights and people."""
    amounts = amounts_of(side, settings, aligned.offences, carry, months)
    weight = scale_of(side.weights, settings, aligned.offences)["weight"].to_numpy()
    return _harm(amounts.n, amounts, weight, people_of(side, carry), settings.per)


def _harm(n: _Floats, amounts: Amounts, weight: _Floats, people: _Floats, per: float) -> _Whole:
    exposure = np.where(np.isfinite(people), people, 0.0) * amounts.years
    total = n.sum(axis=1)
    return _Whole(per * (total * (_shares(n, n) @ weight)), exposure)


def _shares(n: _Floats, other: _Floats) -> _Floats:
    """Share of each offence; of an area without one crime, that of the other period."""
    total, spare = n.sum(axis=1, keepdims=True), other.sum(axis=1, keepdims=True)
    own = n / np.where(total > 0, total, 1.0)
    return np.where(total > 0, own, other / np.where(spare > 0, spare, 1.0))


def _between(aligned: AlignedSides, kept: NDArray[np.bool_]) -> tuple[list[_Floats], list[float]]:
    """Parts of the factors once months and borders are the same: by area, and of all that are kept."""
    sides = (aligned.revised, aligned.later)
    carries, months = (aligned.carry, aligned.carry_later), (aligned.months, aligned.months_later)
    settings = (aligned.revised.settings, aligned.later.settings)
    amounts = {
        (p, z): amounts_of(sides[p], settings[z], aligned.offences, carries[p], months[p])
        for p in (0, 1)
        for z in (0, 1)
    }
    n = {key: found.n for key, found in amounts.items()}
    weight = {
        (r, z): scale_of(sides[r].weights, settings[z], aligned.offences)["weight"].to_numpy()
        for r in (0, 1)
        for z in (0, 1)
    }
    people = [people_of(side, carry) for side, carry in zip(sides, carries, strict=True)]
    mean = {(q, r, z): _shares(n[q, z], n[1 - q, z]) @ weight[r, z] for q in (0, 1) for r in (0, 1) for z in (0, 1)}

    def values(chosen: tuple[bool, ...]) -> _Floats:
        p, q, r, u, z = map(int, chosen)
        harm = settings[z].per * (n[p, z].sum(axis=1) * mean[q, r, z])
        made = _Whole(harm, np.where(np.isfinite(people[u]), people[u], 0.0) * amounts[p, z].years)
        return np.append(made.rate, made.overall(kept))

    parts = shapley(values, len(_FACTORS))
    return [part[:-1] for part in parts], [float(part[-1]) for part in parts]
