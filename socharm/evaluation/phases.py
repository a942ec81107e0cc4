"""Effects phase by phase, such as Clear, Hold, Build; and whether police output rose where it should."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._about import About
from socharm._arguments import checked
from socharm._checks import names_told
from socharm._constraints import CountFrom0, OpenShare, Permutations, Seed
from socharm._record import Record
from socharm._settings import setting
from socharm._words import joined_words, noun_for, number_of
from socharm.errors import ParameterError
from socharm.evaluation.difference_in_differences import DifferenceSettings
from socharm.evaluation.effect_words import interval_words, p_words, percent_change
from socharm.evaluation.outcomes import Exposure, Outcomes, aside_words, read_outcomes
from socharm.evaluation.randomised_difference import RandomisedDifference, randomised_difference
from socharm.stats.fdr import holm

__all__ = ["PhaseEffects", "PhaseFindings", "PhaseSettings", "phase_effects"]

_Mask = NDArray[np.bool_]
#: Readings of police output.
_READINGS: Final = (
    "rose, as it should", "fell, though it should rise", "no rise beyond chance, though it should rise",
    "rose", "fell", "no change beyond chance",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class PhaseSettings(DifferenceSettings):
    """Choices behind effects by phase; enough to make them again."""

    transition: CountFrom0 = setting(0, "periods at the beginning of each phase that are left out")
    rises_in: tuple[str, ...] = setting(
        (), "phases in which police output should rise; none: the first", example=["Clear"]
    )


@dataclass(frozen=True, kw_only=True)
class PhaseFindings:
    """What was found: numbers of areas and periods, what was set aside, sets of areas.

    Attributes
    ----------
    treated, comparison, before : int
        Areas, and periods before the first phase.
    phases : tuple of str
    left_out : tuple of (str, int)
        Areas and periods that were set aside altogether, in a phase, and of police output.
    sets : int
    exact : bool
        Whether they are all sets of areas there are, in every phase.
    """

    treated: int
    comparison: int
    before: int
    phases: tuple[str, ...]
    left_out: tuple[tuple[str, int], ...]
    sets: int
    exact: bool


@dataclass(frozen=True, eq=False, repr=False)
class PhaseEffects(Record):
    """Change of treated areas in each phase beyond that of the others, all against the time before the first.

    Attributes
    ----------
    table : DataFrame
        Index ``phase``: ``first``, ``last`` (periods), ``periods`` (without those of the transition), ``transition``
        (periods left out), ``recorded``, ``expected`` (at treated areas), ``ratio``, ``low``, ``high``, ``p`` (by
        randomisation over areas, one phase at a time), ``p_adjusted`` (for the number of phases).
    output : DataFrame
        The same of police output with ``should_rise`` and ``reading`` in place of ``p_adjusted``; without rows where
        none was given.
    """

    __made_by__ = ("phase_effects",)

    table: pd.DataFrame
    output: pd.DataFrame
    settings: PhaseSettings
    findings: PhaseFindings
    about: About

    @property
    def sentence(self) -> str:
        """What the tables say, in words."""
        return " ".join(filter(None, (self._outcome(), self._output())))

    def _outcome(self) -> str:
        alpha = 1 - self.settings.level
        told = []
        for name, row in self.table.to_dict("index").items():
            ends = f"{percent_change(row['low'])} to {percent_change(row['high'])}"
            interval = f"{interval_words(self.settings.level)} {ends}; {p_words(row['p_adjusted'])}"
            change = f"{percent_change(row['ratio'])} ({interval})"
            if row["p_adjusted"] > alpha:
                told.append(f"{name}: no change beyond chance, {change}.")
            else:
                told.append(f"{name}: {'fell' if row['ratio'] < 1 else 'rose'} relative to the others, {change}.")
        several = len(told) > 1
        return " ".join(told) + (f" p is adjusted for {number_of(len(told), 'phase')}." if several else "")

    def _output(self) -> str:
        if self.output.empty:
            return ""
        told = joined_words(
            f"in {name} {'there was' if str(row['reading']).startswith('no ') else 'it'} {row['reading']} "
            f"({percent_change(row['ratio'])}; {p_words(row['p'])})"
            for name, row in self.output.to_dict("index").items()
        )
        return f"Police output, which is no outcome: {told}."

    def _summary(self) -> dict[str, str]:
        found = self.findings
        lines = {
            "found": self.sentence,
            "areas": f"{found.treated:,} treated, {found.comparison:,} others",
            "periods before": f"{found.before:,}",
        }
        if found.left_out:
            lines["set aside"] = aside_words(found.left_out)
        return lines


@checked
def phase_effects(
    outcomes: pd.DataFrame,
    *,
    treated: Iterable[str],
    phases: Mapping[str, str],
    output: pd.DataFrame | None = None,
    exposure: Exposure | None = None,
    transition: CountFrom0 = 0,
    rises_in: Iterable[str] = (),
    permutations: Permutations = 9_999,
    level: OpenShare = 0.95,
    seed: Seed | None = None,
    settings: PhaseSettings | Mapping[str, Any] | None = None,
    about: About | None = None,
) -> PhaseEffects:
    r"""Effect of each phase of an intervention, relative to all other areas.

    Parameters
    ----------
    outcomes : DataFrame of shape (areas, periods)
        Counts or harm; index area codes, columns periods in order (``"2024-01"``). Missing is not covered, never 0.
        Leave police-generated offences out (`panel` does), and areas next to the treated ones.
    treated : iterable of str
        Codes of the areas where something was done.
    phases : mapping of str to str
        First period of each phase, in order: ``{"Clear": "2024-01", "Hold": "2024-07", "Build": "2025-01"}``. A phase
        lasts until the next begins, the last until the periods end.
    output : DataFrame, optional
        Offences that police work itself produces (drugs, weapons), of the same areas and periods: told as output.
    exposure : DataFrame of the same shape, or Series by area, optional
        Of the outcomes.
    transition : int
        Periods at the beginning of each phase that are left out.
    rises_in : iterable of str
        Phases in which output should rise; the first where none is named.
    permutations : int
        Sets of areas for the randomisation.
    level : float
        Of the intervals.
    seed : int
        To be stated here or in `settings`.
    settings : PhaseSettings or mapping, optional
        Choices of other effects, for what is not stated by keyword.
    about : About, optional

    Returns
    -------
    PhaseEffects

    Raises
    ------
    SchemaError
        As of `difference_in_differences`.
    AlignmentError
        A treated area, or exposure, that the frame does not hold.
    ParameterError
        As of `difference_in_differences`; no phase, phases out of order, a first period that is none, a phase without
        a period after its transition or that no treated area is covered in, a name in `rises_in` that is no phase,
        output of other periods.

    Notes
    -----
    Each phase is a difference-in-differences of its own (see `difference_in_differences`): its periods against all
    before the first phase, the periods of other phases and of transitions left out. The effects of the phases are not
    independent, as they share the time before. Adjusted p are Holm's. Output is read by its own p, without adjustment:
    it is no finding on crime.

    References
    ----------
    Holm, S. (1979). A simple sequentially rejective multiple test procedure. *Scandinavian Journal of Statistics* 6,
    65-70. MacKinnon and Webb (2020), as of `difference_in_differences`.

    Examples
    --------
    >>> months = [f"2024-{month:02d}" for month in range(1, 10)]
    >>> town = pd.DataFrame([[20] * 3 + [10] * 3 + [16] * 3] + [[20] * 9] * 24, columns=months)
    >>> town.index = [f"A{number}" for number in range(25)]
    >>> found = phase_effects(town, treated=["A0"], phases={"Clear": "2024-04", "Hold": "2024-07"}, seed=1)
    >>> found.table["ratio"].round(3).to_dict(), found.table["p_adjusted"].round(3).tolist()
    ({'Clear': 0.5, 'Hold': 0.8}, [0.08, 0.08])
    """
    chosen = PhaseSettings.of(settings)
    names, starts = tuple(phases), tuple(phases.values())
    if not names:
        raise ParameterError("`phases` is empty. Give the first period of each phase, such as {'Clear': '2024-01'}.")
    if odd := [name for name in names if not name.strip() or not name.isprintable()]:
        raise ParameterError(f"`phases` holds the name {odd[0]!r}. Give each phase a name of one line.")
    if strangers := [name for name in chosen.rises_in if name not in names]:
        raise ParameterError(f"`rises_in` names {strangers[:3]}, which are no phases; these are {names_told(names)}.")
    areas = list(treated)
    found = read_outcomes(outcomes, areas, starts[0], exposure)
    made = _by_phase(found, names, starts, chosen)
    table = _rows(made)
    counts = [each.made for each in made.values()]
    told, aside = _output(output, outcomes, areas, names, starts, chosen)
    return PhaseEffects(
        table=table.assign(p_adjusted=holm(table["p"].to_numpy(dtype=float))),
        output=told,
        settings=chosen,
        findings=PhaseFindings(
            treated=int(found.treated.sum()), comparison=int((~found.treated).sum()), before=found.start, phases=names,
            left_out=(*_aside(found, made), *aside), sets=max(each.sets for each in counts),
            exact=all(each.exact for each in counts),
        ),
        about=about or About(),
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Phase:
    """Row of a phase, what it was made of, and what was set aside in it."""

    row: dict[str, Any]
    made: RandomisedDifference
    left_out: tuple[tuple[str, int], ...]


def _rows(made: Mapping[str, _Phase]) -> pd.DataFrame:
    rows = {name: each.row for name, each in made.items()}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("phase")


def _aside(found: Outcomes, made: Mapping[str, _Phase], of: str = "") -> list[tuple[str, int]]:
    """What was set aside altogether, and phase by phase."""
    whole = [(f"{why}{of}", number) for why, number in found.left_out]
    return whole + [(f"{why}, in {name}{of}", number) for name, each in made.items() for why, number in each.left_out]


def _spans(
    found: Outcomes, names: tuple[str, ...], starts: tuple[str, ...], transition: int
) -> dict[str, tuple[int, int]]:
    """Columns of each phase: the first, and one after the last."""
    if absent := [start for start in starts if start not in found.periods]:
        raise ParameterError(
            f"`phases` begin in {names_told(absent)}, which {noun_for(len(absent), 'is no period', 'are no periods')} "
            f"of `outcomes` with anything recorded; these run from {found.periods[0]} to {found.periods[-1]}."
        )
    at = [found.periods.index(start) for start in starts]
    if any(one >= other for one, other in pairwise(at)):
        raise ParameterError(f"`phases` must begin one after the other; found {dict(zip(names, starts, strict=True))}.")
    spans = dict(zip(names, zip(at, [*at[1:], len(found.periods)], strict=True), strict=True))
    if short := [name for name, (first, end) in spans.items() if end - first <= transition]:
        first, end = spans[short[0]]
        raise ParameterError(
            f"The phase {short[0]!r} has {number_of(end - first, 'period')}, and `transition` leaves out {transition}: "
            "nothing is left. Lower `transition`, or join phases."
        )
    return spans


def _by_phase(
    found: Outcomes, names: tuple[str, ...], starts: tuple[str, ...], chosen: PhaseSettings
) -> dict[str, _Phase]:
    """Each phase held by itself against the time before the first."""
    column, made = np.arange(len(found.periods)), {}
    for name, (first, end) in _spans(found, names, starts, chosen.transition).items():
        phase: _Mask = (column >= first + chosen.transition) & (column < end)
        if not found.known[found.treated][:, phase].any():
            raise ParameterError(f"No treated area is covered in the phase {name!r}: its effect cannot be told.")
        part = found.among(phase | (column < found.start))
        each = randomised_difference(part, chosen.permutations, chosen.level, chosen.seed)
        row = {
            "first": found.periods[first], "last": found.periods[end - 1], "periods": int(phase.sum()),
            "transition": chosen.transition, "recorded": each.recorded, "expected": each.expected,
            "ratio": each.ratio, "low": each.low, "high": each.high, "p": each.p,
        }  # fmt: skip
        made[name] = _Phase(row, each, part.left_out)
    return made


def _output(
    output: pd.DataFrame | None, outcomes: pd.DataFrame, treated: list[str], names: tuple[str, ...],
    starts: tuple[str, ...], chosen: PhaseSettings,
) -> tuple[pd.DataFrame, list[tuple[str, int]]]:  # fmt: skip
    """Police output by phase and how it is read, and what of it was set aside."""
    columns = ["first", "last", "periods", "transition", "recorded", "expected", "ratio", "low", "high", "p"]
    if output is None:
        return pd.DataFrame(columns=[*columns, "should_rise", "reading"]).rename_axis("phase"), []
    if list(map(str, output.columns)) != list(map(str, outcomes.columns)):
        raise ParameterError("`output` has other periods than `outcomes`. Give the same columns.")
    found = read_outcomes(output, treated, starts[0], None)
    made = _by_phase(found, names, starts, chosen)
    table = _rows(made)
    rises = set(chosen.rises_in or names[:1])
    alpha = 1 - chosen.level
    told = []
    for name, row in table.to_dict("index").items():
        rose, fell, neither = _READINGS[:3] if name in rises else _READINGS[3:]
        told.append(neither if not row["p"] <= alpha else rose if row["ratio"] > 1 else fell)
    read = table.assign(should_rise=[name in rises for name in table.index], reading=told)
    return read, _aside(found, made, " of police output")
