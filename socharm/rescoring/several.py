"""More than two assessments compared: each with the next, and what made the rate of all areas at every step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise, permutations
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from socharm._about import About, AssessmentPeriod, combine_about
from socharm._arguments import checked
from socharm._columns import AREA, NAME
from socharm._record import Record
from socharm._settings import THREADS
from socharm._words import number_of, period_words, rate_decimals, signed
from socharm.errors import AlignmentError, ParameterError
from socharm.rescoring.compare_settings import CompareSettings
from socharm.rescoring.comparing import compare_sides
from socharm.rescoring.comparison import Comparison
from socharm.rescoring.decomposition import shapley
from socharm.rescoring.index_parts import offences_of
from socharm.rescoring.months import paired_months
from socharm.rescoring.side import Side, amounts_of, people_of, scale_of, side_of
from socharm.snapshot.assessment import Assessment
from socharm.stats.threads import map_in_order

__all__ = ["SeveralComparison", "compare_several", "moved_parts"]

_Floats = NDArray[np.float64]

#: Parts of the change of the rate of all areas among several assessments, and what each is.
PARTS: Final = {
    "counts": "more or fewer crimes",
    "offence_mix": "graver or lighter offences",
    "weights": "other weights",
    "population": "more or fewer people",
    "not_in_all": "areas and months that not all assessments have, and other choices of the index",
}
#: Share of the highest rate below which a part is that of the arithmetic.
_NOTHING: Final = 1e-12
_FACTORS: Final = tuple(PARTS)[:4]
_RANKS: Final = ("rank", "rank_low_90", "rank_high_90", "rank_low_95", "rank_high_95")


@dataclass(frozen=True, eq=False, repr=False)
class SeveralComparison(Record):
    """What changed among several assessments.

    Attributes
    ----------
    table : DataFrame
        ``assessment``, ``start``, ``end``, ``area_code``, ``name``, ``rank`` and its intervals, ``rate``: every area in
        every assessment, as it was assessed, in order of time.
    parts : DataFrame
        ``earlier``, ``later``, ``rate_earlier``, ``rate_later`` (as assessed, of areas with known people), ``counts``,
        ``offence_mix``, ``weights``, ``population``, ``not_in_all``, ``change`` (their sum): every two assessments.
        Parts chain: from the first to the third is from the first to the second and on to the third.
    pairs : tuple of Comparison
        Each assessment with the next. What is said of areas, and their own parts, is of these two alone and does not
        chain.
    periods : tuple of AssessmentPeriod
    """

    __made_by__ = ("compare_several",)

    table: pd.DataFrame
    parts: pd.DataFrame
    pairs: tuple[Comparison, ...]
    periods: tuple[AssessmentPeriod, ...]
    settings: CompareSettings
    about: About

    @property
    def rank_tables(self) -> dict[str, pd.DataFrame]:
        """Ranks of each assessment by area code, by its name in order of time, as `plot_rank_changes` takes them."""
        return {
            str(name): rows.set_index(AREA)[[NAME, *_RANKS]]
            for name, rows in self.table.groupby("assessment", sort=False)
        }

    @property
    def warnings(self) -> list[str]:
        """What a step was refused for and is shown in spite of, each once."""
        return list(dict.fromkeys(reason for made in self.pairs for reason in made.warnings))

    def summary(self) -> str:
        """What each step was, and what made it, as plain text."""
        lines = [self.about.shown_marking, ""]
        steps = self.parts.set_index(["earlier", "later"])
        for made in self.pairs:
            first, second = (period_words(period.start, period.end) for period in made.periods)
            row = steps.loc[[made.assessments]].iloc[0]
            digits, moved = rate_decimals([row["rate_earlier"], row["rate_later"]]), moved_parts(self.parts, row)
            lines += [f"{first} against {second}", *(f"Note: {reason}" for reason in made.warnings)]
            lines += [made.churn.explain()]
            lines += [f"All areas: {row['rate_earlier']:.{digits}f} before, {row['rate_later']:.{digits}f} now."]
            told = [(row[name], words) for name, words in PARTS.items() if name in moved]
            told += [(row["change"], "change in all")]
            lines += [*(f"  {signed(value, digits + 1, minus='-'):>10}  {words}" for value, words in told), ""]
        return "\n".join(lines).rstrip()

    def _summary(self) -> dict[str, str]:
        stayed = "; ".join(made.churn.explain() for made in self.pairs)
        return {"compared": number_of(len(self.periods), "assessment"), "stayed": stayed}


@checked
def compare_several(
    assessments: Iterable[Assessment], *, choices: CompareSettings | Mapping[str, Any] | None = None
) -> SeveralComparison:
    r"""Compare several assessments in order of time: each with the next, and the rate of all areas among all of them.

    Parameters
    ----------
    assessments : iterable of Assessment
        Two or more, the earliest first, of three areas in common at least.
    choices : CompareSettings or mapping, optional
        What `compare` takes as its settings, for each two that follow each other.

    Returns
    -------
    SeveralComparison

    Raises
    ------
    ParameterError
        Fewer than two, or one twice.
    AlignmentError
        No area is in all of them, or none has a month that all cover.
    RefusedError
        Two that follow each other cannot be compared, as of `compare`.

    Notes
    -----
    Parts of one pair at a time do not chain. These are those of Das Gupta for :math:`N` populations: with
    :math:`a_{ij}` the part of a factor from :math:`i` to :math:`j` alone, the part from :math:`1` to :math:`2` among
    all is :math:`\sum_j (a_{1j} - a_{2j}) / N` (his 6.12, as in `decompose_several`). They are taken over areas that
    all assessments have by the same code, months that all cover, and the choices of the last one; what the rates as
    assessed differ by beside that is ``not_in_all``, exactly.

    References
    ----------
    Das Gupta, P. (1993). *Standardization and decomposition of rates: a user's manual*. US Census Bureau, P23-186.
    """
    given = list(assessments)
    chosen = choices if isinstance(choices, CompareSettings) else CompareSettings.joined(dict(choices or {}), {}, {})
    names = [assessment.path.name for assessment in given]
    if len(given) < 2:
        raise ParameterError(f"`assessments` holds {number_of(len(given), 'assessment')}; a comparison needs two.")
    if len(set(names)) < len(names):
        raise ParameterError(f"`assessments` holds one twice: {sorted(n for n in names if names.count(n) > 1)[0]!r}.")
    sides = [side_of(assessment) for assessment in given]
    with threadpool_limits(1):  # stated once, so that pairs side by side do not undo it for each other
        pairs = tuple(
            map_in_order(
                lambda two, held: compare_sides(two[0], two[1], held, chosen),
                pairwise(given),
                pairwise(sides),
                threads=THREADS,
            )
        )
    return SeveralComparison(
        table=pd.concat([_ranked(assessment) for assessment in given], ignore_index=True),
        parts=_parts(sides, names),
        pairs=pairs,
        periods=(*(made.periods[0] for made in pairs), pairs[-1].periods[1]),
        settings=chosen,
        about=replace(combine_about(*(made.about for made in pairs[::-1]), unit=pairs[-1].about.unit), period=None),
    )


def moved_parts(parts: pd.DataFrame, row: pd.Series | pd.DataFrame) -> list[str]:
    """Parts that play a role in a row of `parts`, or in any of several rows.

    What arithmetic leaves of nothing, a trillionth of the rate at most, plays none.
    """
    least = _NOTHING * float(np.abs(parts[["rate_earlier", "rate_later"]].to_numpy(dtype=float)).max())
    return [name for name in PARTS if (np.abs(np.atleast_1d(row[name])) > least).any()]


def _ranked(assessment: Assessment) -> pd.DataFrame:
    ranking = assessment.tables["ranking"]
    period = assessment.recipe.period
    rows = pd.DataFrame({"assessment": assessment.path.name, "start": period.start, "end": period.end}, ranking.index)
    rows = rows.join(ranking.reindex(columns=[NAME, *_RANKS, "rate"]))
    return rows.rename_axis(AREA).reset_index()[["assessment", "start", "end", AREA, NAME, *_RANKS, "rate"]]


@dataclass(frozen=True, eq=False)
class _Terms:
    """One assessment over what all of them share: crimes and people years by area, its weights, its rate as it was."""

    n: _Floats
    years: _Floats
    people: _Floats
    weight: _Floats
    rate: float


def _parts(sides: list[Side], names: list[str]) -> pd.DataFrame:
    terms = _on_shared_terms(sides)
    per, size = sides[-1].settings.per, len(terms)
    alone = {(i, j): _pair_parts(terms[i], terms[j], per) for i, j in permutations(range(size), 2)}
    alike = [_rate(one, one, one, one, per) for one in terms]
    rows = []
    for i in range(size):
        for j in range(i + 1, size):
            ours = sum((alone[i, k] for k in range(size) if k != i), np.zeros(len(_FACTORS)))
            theirs = sum((alone[j, k] for k in range(size) if k != j), np.zeros(len(_FACTORS)))
            parts = dict(zip(_FACTORS, (ours - theirs) / size, strict=True))
            parts["not_in_all"] = (terms[j].rate - alike[j]) - (terms[i].rate - alike[i])
            rates = {"rate_earlier": terms[i].rate, "rate_later": terms[j].rate}
            rows.append({"earlier": names[i], "later": names[j], **rates, **parts, "change": sum(parts.values())})
    return pd.DataFrame(rows)


def _on_shared_terms(sides: list[Side]) -> list[_Terms]:
    last = sides[-1]
    offences = offences_of(*sides)
    areas = last.areas
    for side in sides:
        areas = areas.intersection(side.areas)
    if not len(areas):
        raise AlignmentError("No area is in all assessments by the same code. Compare two at a time, with `change`.")
    rows = [side.areas.get_indexer(areas) for side in sides]
    held = [amounts_of(side, last.settings, offences) for side in sides]
    masks = _months_of_all(sides, [one.taken[at] for one, at in zip(held, rows, strict=True)])
    people = [people_of(side)[at] for side, at in zip(sides, rows, strict=True)]
    known = np.logical_and.reduce([np.isfinite(one) & (one > 0) for one in people] + [m.any(axis=1) for m in masks])
    if not known.any():
        raise AlignmentError(
            "No area has people and a month of the year that all assessments cover. Compare two at a time."
        )
    made = []
    for side, at, mask, folk in zip(sides, rows, masks, people, strict=True):
        months = np.zeros((len(side.areas), len(side.months)), dtype=bool)
        months[at[known]] = mask[known]
        shared = amounts_of(side, last.settings, offences, months=months)
        weight = scale_of(side.weights, last.settings, offences)["weight"].to_numpy(dtype=float)
        made.append(
            _Terms(shared.n[at[known]], shared.years[at[known]], folk[known], weight, _assessed(side, offences))
        )
    return made


def _months_of_all(sides: list[Side], taken: list[NDArray[np.bool_]]) -> list[NDArray[np.bool_]]:
    """Covered months that all assessments cover, June by June; each its own where the months of the year differ."""
    found = [paired_months(side.months, sides[-1].months) for side in sides]
    if any(pairs is None for pairs in found):
        return taken
    places = [{later: own for own, later in pairs or ()} for pairs in found]
    both = np.logical_and.reduce(
        [np.stack([one[:, at[month]] for month in range(len(sides[-1].months))], axis=1)
         for one, at in zip(taken, places, strict=True)]
    )  # fmt: skip
    masks = [np.zeros_like(one) for one in taken]
    for mask, at in zip(masks, places, strict=True):
        for month, own in at.items():
            mask[:, own] = both[:, month]
    return masks


def _assessed(side: Side, offences: pd.Index) -> float:
    """The rate of all areas together as it was assessed, of those whose people are known."""
    amounts = amounts_of(side, side.settings, offences)
    people = people_of(side)
    years = np.where(np.isfinite(people), people, 0.0) * amounts.years
    harm = amounts.n @ scale_of(side.weights, side.settings, offences)["weight"].to_numpy(dtype=float)
    return float(side.settings.per * harm[years > 0].sum() / years.sum())


def _rate(crimes: _Terms, mix: _Terms, weights: _Terms, people: _Terms, per: float) -> float:
    """Rate of all areas with each factor from an assessment of its own."""
    total, spare = mix.n.sum(axis=1), crimes.n
    own = np.where(total[:, None] > 0, mix.n / np.where(total > 0, total, 1.0)[:, None], 0.0)
    other = spare / np.maximum(spare.sum(axis=1), 1.0)[:, None]
    mean = np.where(total[:, None] > 0, own, other) @ weights.weight
    return float(per * np.sum(crimes.n.sum(axis=1) * mean) / np.sum(people.people * crimes.years))


def _pair_parts(first: _Terms, second: _Terms, per: float) -> _Floats:
    """Das Gupta's parts from one assessment to another alone."""
    two = (first, second)

    def value(chosen: tuple[bool, ...]) -> float:
        crimes, mix, weights, people = (two[later] for later in chosen)
        return _rate(crimes, mix, weights, people, per)

    return np.array([float(part) for part in shapley(value, len(_FACTORS))])
