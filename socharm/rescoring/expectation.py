"""What was to be expected of the areas compared: from counts of the same areas and months."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from socharm._about import About, AssessmentPeriod
from socharm._columns import AREA, NAME
from socharm.errors import ParameterError
from socharm.ranking.top_sizes import top_sizes
from socharm.rescoring.change_settings import SURE_LIST, ChangeSettings, ChurnSettings, chosen_areas
from socharm.rescoring.churn import ChurnReceipt, churn_receipt_of
from socharm.rescoring.compare_settings import CompareSettings
from socharm.rescoring.expected import ExpectedChange, expected_change_of
from socharm.rescoring.index_parts import AlignedSides
from socharm.rescoring.joint import fit_joint
from socharm.rescoring.paired_counts import PairedCounts, PeriodCounts
from socharm.rescoring.side import amounts_of, people_of

__all__ = ["Expectation", "expectation_of", "left_out", "paired"]

#: The list where there are too few areas for the one that was asked for.
_SHORTER: Final = "10%"


@dataclass(frozen=True, eq=False)
class Expectation:
    """What was to be expected of each area, and of the first of them."""

    change: ExpectedChange
    churn: ChurnReceipt


def paired(aligned: AlignedSides) -> PairedCounts:
    """Counts of both periods on the same terms: areas, months, weights and choices are those of the comparison."""
    terms = aligned.terms
    weights = terms.weights["weight"].to_numpy(dtype=float)
    known, weighed = terms.known, weights > 0
    periods = [
        PeriodCounts(held.cube[known][:, weighed], held.taken[known], years[known])
        for held, years in zip(terms.amounts, terms.exposure, strict=True)
    ]
    if not all(period.n.any() for period in periods):
        raise ParameterError("One of the two periods has no crime with a weight in the areas that are compared.")
    spans = [(str(side.months.min()), str(side.months.max())) for side in (aligned.revised, aligned.later)]
    return PairedCounts(
        aligned.areas[known].rename(AREA),
        aligned.offences[weighed],
        weights[weighed],
        earlier=periods[0],
        later=periods[1],
        periods=tuple(AssessmentPeriod(*span) for span in spans),
        divided=(_divided(aligned.carry) | _divided(aligned.carry_later))[known],
    )


def _divided(carry: Any) -> NDArray[np.bool_]:
    """Areas that take a part of another area, and not the whole of it."""
    part = (carry > 0).astype(np.float64) - (carry >= 1).astype(np.float64)
    return np.asarray(part.sum(axis=1)).ravel() > 0


def left_out(aligned: AlignedSides, pair: PairedCounts, names: pd.DataFrame) -> pd.DataFrame:
    """Areas that are matched and not compared all the same: ``name``, ``reason``, by area code."""
    rows = np.flatnonzero(~aligned.areas.isin(pair.areas))
    reasons: dict[str, str] = {}
    if len(rows):
        sides = ((aligned.revised, aligned.carry), (aligned.later, aligned.carry_later))
        people: list[Any] = [np.nan_to_num(people_of(side, carry)) > 0 for side, carry in sides]
        held: list[Any] = [
            amounts_of(side, aligned.later.settings, aligned.offences, carry).taken.any(axis=1) for side, carry in sides
        ]
        for row in rows:
            told = [
                f"{when} assessment: {what}"
                for when, known, months in zip(("earlier", "later"), people, held, strict=True)
                for what, lacks in (("no people are known", not known[row]), ("no month is covered", not months[row]))
                if lacks
            ]
            reasons[str(aligned.areas[int(row)])] = "; ".join(told) or "no month is covered by both assessments"
    codes = pd.Index(list(reasons), name=AREA, dtype=aligned.areas.dtype)
    found = {NAME: names[NAME].reindex(codes).astype("str"), "reason": pd.Series(reasons, dtype="str").reindex(codes)}
    return pd.DataFrame(found, index=codes)


def expectation_of(
    pair: PairedCounts,
    names: pd.DataFrame,
    chosen: CompareSettings,
    *,
    per: float,
    about: About,
    seed: int,
    absent: pd.DataFrame,
    sure: tuple[str, ...],
) -> Expectation:
    """The expected change and the churn receipt of the areas compared, from one model of both periods.

    Parameters
    ----------
    pair : PairedCounts
    names : DataFrame
        Index: the areas; ``name``, ``parent``, ``force``.
    chosen : CompareSettings
    per : float
        Denominator units that rates are expressed for.
    about : About
    seed : int
    absent : DataFrame
        From `left_out`.
    sure : tuple of str
        From `sure_areas`.
    """
    first, areas = chosen.first, chosen.areas
    if not areas and first == SURE_LIST:
        areas = _surely(sure, pair.areas)
        first = len(areas)
    elif not areas:
        first = _fitting(first, len(pair.areas))
    shared: dict[str, Any] = {"first": first, "areas": areas, "dispersion": chosen.dispersion}
    wanted = ChangeSettings(
        **shared,
        false_discovery=chosen.false_discovery,
        least_events=chosen.least_events,
        changed_share=chosen.changed_share,
        changed_spread=chosen.changed_spread,
    )
    named = names.reindex(pair.areas)
    with threadpool_limits(1):
        listed = chosen_areas(wanted, pair.areas, pair.rates()[0])
        model = fit_joint(pair, listed, dispersion=chosen.dispersion)
    return Expectation(
        change=expected_change_of(pair, named, wanted, about=about, per=per, not_compared=absent, model=model),
        churn=churn_receipt_of(
            pair, named, ChurnSettings(**shared, worlds=chosen.worlds, seed=seed), about=about, model=model
        ),
    )


def _surely(sure: tuple[str, ...], compared: pd.Index) -> tuple[str, ...]:
    """Areas of the earlier top for sure that are compared."""
    areas = tuple(code for code in sure if code in compared)
    if not areas:
        raise ParameterError(
            f"`first` is {SURE_LIST!r}, and of the areas compared none is in the top of the earlier assessment for "
            "sure. Give a number or a share, such as first=20 or first='10%', or name the areas by `areas`."
        )
    return areas


def _fitting(first: int | str, areas: int) -> int | str:
    """The list asked for; a tenth of the areas where it would leave fewer than two to compare it with."""
    size = next(iter(top_sizes((first,), areas, name="first").values()))
    return first if size + 2 <= areas else _SHORTER
