"""The outcomes that a protocol names, from whatever they are given as, and what of them was there at registration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import pandas as pd

from socharm._about import MONTH, About
from socharm._checks import require_same_areas
from socharm._columns import AREA, OFFENCE, PERIOD, to_month_text
from socharm._words import joined_words, number_of
from socharm.errors import AlignmentError, ParameterError, RefusedError, SchemaError
from socharm.evaluation.cells import amounts, codes_of
from socharm.evaluation.panel import Outcome, Panel, panel
from socharm.evaluation.period_order import require_order
from socharm.evaluation.protocol_settings import OutcomeChoice, ProtocolSettings
from socharm.files.hashing import sha256_json
from socharm.offences import POLICE_GENERATED, offence_words
from socharm.severity.cells import select_offences
from socharm.severity.index import SeverityIndex
from socharm.snapshot.assessment import Assessment, holds_closed_counts

__all__ = [
    "OutcomeData", "ProtocolData", "as_panel", "counts_by_month", "hash_before", "hash_covariates", "outcome_data",
    "require_design",
]  # fmt: skip

#: Outcomes as they can be given: one wide frame, several by the name of the outcome, or counts by offence.
ProtocolData: TypeAlias = pd.DataFrame | Mapping[str, pd.DataFrame] | Panel | SeverityIndex | Assessment


@dataclass(frozen=True, eq=False)
class OutcomeData:
    """One outcome by area and month.

    Attributes
    ----------
    choice : OutcomeChoice
    frame : DataFrame
        Index area codes, columns months as text.
    offences : DataFrame or None
        Count and harm by ``area_code``, ``period`` and ``offence``, where offences are known.
    about : About
    reach : str
        Last month that any area is covered in, looked at or not; blank where there is none.
    """

    choice: OutcomeChoice
    frame: pd.DataFrame
    offences: pd.DataFrame | None
    about: About
    reach: str


def as_panel(data: Panel | SeverityIndex | Assessment) -> Panel:
    """Counts and harm by offence of an index or an assessment; a panel as it is."""
    whole = data if isinstance(data, Panel) else panel(data, outcome="harm")
    if isinstance(data, Assessment) and holds_closed_counts(data.manifest):
        return replace(whole, about=replace(whole.about, internal=True))
    return whole


def outcome_data(data: ProtocolData, chosen: ProtocolSettings) -> dict[str, OutcomeData]:
    """Each outcome and each subgroup of a protocol as a wide frame of the months that are looked at.

    Raises
    ------
    SchemaError
        What is no wide frame of months.
    ParameterError
        Frames of other names than the outcomes; subgroups or offences of a frame that tells no offences; offences that
        police work produces, in an outcome that is no output.
    """
    if isinstance(data, (pd.DataFrame, Mapping)):
        return _of_frames(data, chosen)
    whole = as_panel(data)
    wanted = [*chosen.outcomes, *(OutcomeChoice(name=name, offences=(name,)) for name in chosen.subgroups)]
    return {choice.name: _of_panel(whole, choice, chosen) for choice in wanted}


def _of_frames(data: pd.DataFrame | Mapping[str, pd.DataFrame], chosen: ProtocolSettings) -> dict[str, OutcomeData]:
    names = [choice.name for choice in chosen.outcomes]
    if isinstance(data, pd.DataFrame) and len(names) > 1:
        raise ParameterError(
            f"`data` is one table, and the protocol has {number_of(len(names), 'outcome')}: {names}. Give a table for "
            "each by its name, or a panel."
        )
    frames = {names[0]: data} if isinstance(data, pd.DataFrame) else dict(data)
    if set(frames) != set(names):
        raise ParameterError(
            f"`data` holds {sorted(frames)}; the outcomes of the protocol are {names}. Name them alike."
        )
    stated = [choice.name for choice in chosen.outcomes if choice.offences is not None]
    if chosen.subgroups or stated:
        what = "subgroups" if chosen.subgroups else f"offences of {stated[0]!r}"
        raise ParameterError(
            f"The protocol names {what}, and a table of areas by months tells no offences. Give a panel."
        )
    found = {choice.name: _of_frame(frames[choice.name], choice, chosen) for choice in chosen.outcomes}
    for name in names[1:]:
        told = (f"outcome {names[0]}", f"outcome {name}")
        require_same_areas(found[names[0]].frame.index, found[name].frame.index, names=told)
    return found


def _of_frame(given: pd.DataFrame, choice: OutcomeChoice, chosen: ProtocolSettings) -> OutcomeData:
    whole = _by_month(given)
    return OutcomeData(choice, _within(whole, chosen), None, About(), _reach(whole))


def _of_panel(whole: Panel, choice: OutcomeChoice, chosen: ProtocolSettings) -> OutcomeData:
    labels = sorted(whole.table[OFFENCE].unique())
    named = select_offences(labels, choice.offences) if choice.offences is not None else list(whole.findings.offences)
    found = sorted(set(named) & set(POLICE_GENERATED))
    if found and not choice.output:
        raise ParameterError(
            f"Outcome {choice.name!r} holds {joined_words(map(offence_words, found))}, which police work itself "
            "produces: it rises when they work. Leave it out, or state output = true, so that it is told apart."
        )
    if not named:
        raise ParameterError(f"Outcome {choice.name!r} holds no offence that was counted; there are {labels[:8]}.")
    rows = whole.table[whole.table[OFFENCE].isin(named)]
    harm = whole.about.unit if whole.settings.outcome == "harm" else "harm a month"
    unit = "crimes a month" if choice.measure == "count" else harm
    wide = _wide(rows, whole, choice.measure)
    frame = _within(wide, chosen)
    kept = rows.loc[rows[PERIOD].isin(frame.columns), [AREA, PERIOD, OFFENCE, "count", "harm"]]
    return OutcomeData(choice, frame, kept, replace(whole.about, unit=unit), _reach(wide))


def counts_by_month(whole: Panel, offences: list[str], chosen: ProtocolSettings) -> pd.DataFrame:
    """Counts of some offences by area and month, of the months that are looked at."""
    return _within(_wide(whole.table[whole.table[OFFENCE].isin(offences)], whole, "count"), chosen)


def _wide(rows: pd.DataFrame, whole: Panel, measure: Outcome) -> pd.DataFrame:
    """Some rows of a panel by area and month."""
    return _by_month(replace(whole, table=rows.assign(outcome=True)).wide(measure))


def _reach(frame: pd.DataFrame) -> str:
    return max(frame.columns[frame.notna().any()], default="")


def _by_month(frame: pd.DataFrame) -> pd.DataFrame:
    """A wide frame under the names of its months as text."""
    codes = codes_of(frame.index, name="data")
    months = [str(month) for month in to_month_text(frame.columns)]
    if other := [month for month in months if not MONTH.fullmatch(month)]:
        raise SchemaError(f"`data` has the column {other[0]!r}; its columns must be months, such as '2025-04'.")
    if not months:
        raise SchemaError("`data` has no columns. Give one for each month.")
    require_order(months)
    return pd.DataFrame(amounts(frame, name="data"), index=codes, columns=months)


def _within(frame: pd.DataFrame, chosen: ProtocolSettings) -> pd.DataFrame:
    """The months that are looked at."""
    return frame[[month for month in frame.columns if (chosen.first or month) <= month <= (chosen.last or month)]]


def require_design(data: Mapping[str, OutcomeData], chosen: ProtocolSettings) -> None:
    """Stop where a site cannot be evaluated at all, before anything is estimated.

    Raises
    ------
    AlignmentError
        Areas of the protocol that the outcomes do not have.
    RefusedError
        No month before the start; a start that no area of the site covers; nothing recorded there before.
    """
    for name, outcome in data.items():
        frame = outcome.frame
        named = {"site": chosen.site, "excluded": chosen.excluded, "donors": chosen.donors or ()}
        for what, codes in named.items():
            if absent := sorted(set(codes) - set(frame.index)):
                raise AlignmentError(
                    f"{number_of(len(absent), 'area')} of `{what}` {'is' if len(absent) == 1 else 'are'} not among "
                    f"those of outcome {name!r}, such as {absent[:3]}; it has such as {list(frame.index[:3])}. Check "
                    "that both are of the same boundary year."
                )
        before = frame.loc[list(chosen.site), [month for month in frame.columns if month < chosen.start]]
        if before.shape[1] < 2:
            raise RefusedError(
                f"The site has {number_of(before.shape[1], 'month')} before {chosen.start} in outcome {name!r}, and at "
                "least two are needed to say what changed. Add earlier months."
            )
        _require_covered(frame.loc[list(chosen.site)], name, chosen)
        if not before.sum().sum() > 0 and not outcome.choice.output:
            raise RefusedError(
                f"Nothing is recorded at the site before {chosen.start} in outcome {name!r}: no change can be formed "
                "from zero. Choose another outcome, or a longer time before."
            )


def _require_covered(site: pd.DataFrame, name: str, chosen: ProtocolSettings) -> None:
    """Months at the start, and all others of the site."""
    gaps = site.columns[site.isna().any()]
    at = [month for month in (shifted_back(chosen.start), chosen.start) if month in gaps]
    if at:
        raise RefusedError(
            f"The start, {chosen.start}, lies in a gap of the coverage: the site is not covered in "
            f"{joined_words(at)} in outcome {name!r}. What changed at the start cannot be told from what was recorded "
            "otherwise."
        )
    if len(gaps):
        raise RefusedError(
            f"The site is not covered in {number_of(len(gaps), 'month')} of outcome {name!r}, such as {gaps[0]}: not "
            "covered is not zero. State `first` and `end` so that the months between are whole."
        )


def shifted_back(month: str) -> str:
    """The month before."""
    return str((pd.Period(month, "M") - 1).strftime("%Y-%m"))


def hash_before(data: Mapping[str, OutcomeData], chosen: ProtocolSettings) -> dict[str, str]:
    """SHA-256 of each outcome in the months before the start, whatever came after."""
    told = {}
    for name, outcome in data.items():
        frame = outcome.frame.loc[:, [month for month in outcome.frame.columns if month < chosen.start]].sort_index()
        told[name] = _hash(frame, columns="months")
    return told


def hash_covariates(covariates: pd.DataFrame | None, data: Mapping[str, OutcomeData]) -> str:
    """SHA-256 of what donors are to be alike in, of the areas of the outcomes; blank where that is nothing."""
    if covariates is None:
        return ""
    codes = sorted(next(iter(data.values())).frame.index)
    named = covariates.set_axis(covariates.index.astype(str)).set_axis(covariates.columns.astype(str), axis=1)
    return _hash(named.reindex(codes), columns="covariates")


def _hash(frame: pd.DataFrame, *, columns: str) -> str:
    values = frame.to_numpy(dtype=float, na_value=np.nan)
    return sha256_json(
        {
            "areas": list(frame.index),
            columns: list(frame.columns),
            "values": [[None if np.isnan(cell) else float(cell) for cell in row] for row in values],
        }
    )
