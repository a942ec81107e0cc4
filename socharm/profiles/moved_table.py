"""A table of what moved that was made by hand, checked, and as a profile says it."""

from __future__ import annotations

from numbers import Real
from typing import Any, Final

import pandas as pd

from socharm._about import AssessmentPeriod
from socharm._columns import AREA
from socharm._record import Record
from socharm._words import span_words
from socharm.documents.evidence import amount, percent
from socharm.documents.words import shortened
from socharm.errors import AlignmentError, ParameterError, SchemaError
from socharm.overlay.phrases import ordinal, probability_phrase
from socharm.profiles.content import Material
from socharm.rescoring.comparison import Comparison

__all__ = ["COMPARISON_COLUMNS", "checked_comparison", "moved_sentence"]

#: Columns of a comparison with an earlier assessment, by area code.
COMPARISON_COLUMNS: Final = ("rate_earlier", "rate_later", "rank_earlier", "rank_later", "p_rise")
#: Its months of the earlier assessment, as ``YYYY-MM to YYYY-MM`` or ``YYYY-MM``; the later are the profile's own.
EARLIER_MONTHS: Final = "period_earlier"


def checked_comparison(comparison: pd.DataFrame | Record | None) -> pd.DataFrame | Comparison | None:
    """A comparison as it was made, or a table by area code with its columns.

    Raises
    ------
    SchemaError
        Columns are missing or stand twice, hold what is no number, or a probability is not from 0 to 1.
    AlignmentError
        An area stands there twice.
    """
    if comparison is None or isinstance(comparison, Comparison):
        return comparison
    table = comparison.table if isinstance(comparison, Record) else comparison
    if not isinstance(table, pd.DataFrame):
        raise SchemaError(f"`comparison` is a {type(comparison).__name__}; give a table keyed by area code.")
    frame = table.set_index(AREA) if AREA in table.columns else table
    lacking = [column for column in (*COMPARISON_COLUMNS, EARLIER_MONTHS) if column not in frame.columns]
    if lacking:
        raise SchemaError(f"`comparison` lacks the columns {lacking}; it has {list(frame.columns)}. Rename them.")
    if not frame.index.is_unique:
        twice = list(frame.index[frame.index.duplicated()][:3])
        raise AlignmentError(f"`comparison` holds areas twice, such as {twice}. Keep one row for each.")
    told = [column for column in (*COMPARISON_COLUMNS, EARLIER_MONTHS) if isinstance(frame[column], pd.DataFrame)]
    if told or frame.index.nlevels > 1:
        raise SchemaError(
            f"`comparison` has the columns {told or list(frame.index.names)} twice over. Keep one of each."
        )
    frame = frame.assign(
        **{column: _numbers(frame[column]) for column in COMPARISON_COLUMNS},
        **{EARLIER_MONTHS: frame[EARLIER_MONTHS].map(_months)},
    )
    if not frame["p_rise"].dropna().between(0, 1).all():
        raise SchemaError("`comparison` has a `p_rise` that is not from 0 to 1. Write probabilities, not per cents.")
    return frame


def _months(given: object) -> str:
    """Months of the earlier assessment as a period writes them.

    Raises
    ------
    SchemaError
        They are no months: without them the earlier rate would stand under the later period.
    """
    ends = str(given).split(" to ")
    try:
        if len(ends) > 2:
            raise ParameterError("more than two ends")
        return str(AssessmentPeriod(ends[0].strip(), ends[-1].strip()))
    except ParameterError as fault:
        raise SchemaError(
            f"`comparison` has {shortened(given)} in `{EARLIER_MONTHS}`. Give the months of the earlier assessment: "
            "'2024-04 to 2024-09'."
        ) from fault


def _numbers(column: pd.Series) -> pd.Series:
    """Numbers of a comparison: rates from 0 up, ranks from 1 up and whole; missing stays missing."""
    given = column.astype(object)[column.notna()]
    fit = given.map(lambda value: isinstance(value, Real) and not isinstance(value, bool))
    numbers = given.where(fit).astype(float)
    least = 1.0 if str(column.name).startswith("rank") else 0.0
    good = fit & (numbers >= least) & (numbers < float("inf")) & ((least == 0) | (numbers % 1 == 0))
    if (not good.all() and column.name != "p_rise") or not fit.all():
        shown = [f"{key}: {shortened(value)}" for key, value in given[~good].head(3).items()]
        kind = "whole numbers from 1 up" if least else "finite numbers from 0 up"
        raise SchemaError(f"`comparison` must have {kind} in `{column.name}`; found {', '.join(shown)}.")
    return numbers.reindex(column.index).astype(float)


def moved_sentence(material: Material, table: pd.DataFrame) -> str:
    """What moved since the earlier assessment."""
    if material.key not in table.index:
        return "What moved since the earlier assessment is not known: the comparison does not hold this place."
    row: dict[str, Any] = {column: table[column].get(material.key) for column in COMPARISON_COLUMNS}
    if any(pd.isna(row[column]) for column in ("rate_earlier", "rate_later", "p_rise")):
        return "What moved since the earlier assessment is not known: one of the two has no rate here."
    earlier, later = str(table[EARLIER_MONTHS][material.key]), material.evidence.period
    if earlier == later:
        raise AlignmentError(
            f"`comparison` says that the earlier assessment is of {earlier}, the profile's own period. Compare "
            "two periods."
        )
    when = {"earlier": earlier, "later": later, "rise": f"{earlier}, and {later}"}
    noted = {
        column: material.evidence.note(
            amount(float(row[column])) if column.startswith("rate") else percent(float(row[column])),
            float(row[column]),
            material.cell("comparison", column),
            what=f"comparison: {column}",
            unit=material.about.unit if column.startswith("rate") else "probability",
            period=when[column.split("_")[1]],
        )
        for column in ("rate_earlier", "rate_later", "p_rise")
    }
    chance = float(row["p_rise"])
    words = probability_phrase(chance)
    text = (
        f"Since the earlier assessment ({span_words(earlier)}) the rate went from {noted['rate_earlier']} to "
        f"{noted['rate_later']} {material.about.unit}; that the underlying rate rose is {words} ({noted['p_rise']})."
    )
    if pd.notna(row["rank_earlier"]) and pd.notna(row["rank_later"]):
        before, after = (int(row[column]) for column in ("rank_earlier", "rank_later"))
        for column, value in (("rank_earlier", before), ("rank_later", after)):
            material.evidence.note(
                ordinal(value),
                value,
                material.cell("comparison", column),
                what=f"comparison: {column}",
                unit="rank",
                period=when[column.split("_")[1]],
            )
        text += f" Its rank went from {ordinal(before)} to {ordinal(after)}; ranks move when other places move too."
    return text
