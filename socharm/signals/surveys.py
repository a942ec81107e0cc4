"""What residents say wave after wave: shares with intervals that hold where few are asked, and whether they changed."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Any, Final, Literal, TypeAlias

import numpy as np
import pandas as pd
import scipy

from socharm._about import About
from socharm._arguments import checked
from socharm._checks import require_columns
from socharm._columns import AREA
from socharm._constraints import AtLeast, OpenShare
from socharm._record import Record
from socharm._settings import Settings, setting
from socharm._value_kinds import shown
from socharm._words import number_of, percent
from socharm.errors import SchemaError
from socharm.stats.fdr import adjust
from socharm.stats.proportions import exact_interval, newcombe_interval, wilson_interval

__all__ = ["SurveySettings", "SurveyTrend", "survey_trend"]

#: How the interval of a share is made.
Interval: TypeAlias = Literal["wilson", "exact"]

#: More are never asked: a number beyond it is a slip.
_MOST_ASKED: Final = 1_000_000_000

_KEYS: Final = (AREA, "question")
_NEEDED: Final = (*_KEYS, "wave", "yes", "asked")


@dataclass(frozen=True, kw_only=True)
class SurveySettings(Settings):
    """Choices behind surveys by wave."""

    interval: Interval = setting("wilson", 'of a share: "wilson", or "exact" (Clopper and Pearson)')
    design_effect: Annotated[float, AtLeast(1)] = setting(
        1.0, "how many times the variance of a plain random sample; 1.5 for weights and clusters of addresses"
    )
    false_discovery: OpenShare = setting(0.1, "share of changes that are none and is borne among those said to be")
    least_asked: Annotated[int, AtLeast(1)] = setting(10, "fewer asked in a wave: nothing is said of a change")


@dataclass(frozen=True, eq=False, repr=False)
class SurveyTrend(Record):
    """Shares by wave, and what changed.

    Attributes
    ----------
    table : DataFrame
        ``area_code``, ``question``, ``wave``, ``yes``, ``asked``, ``share`` with ``low_95`` and ``high_95``.
    changes : DataFrame
        ``area_code``, ``question``, ``earlier``, ``later`` (waves), ``which`` (``"next"``: one wave to the next;
        ``"first to last"``), ``change`` of the share with ``low_95`` and ``high_95``, ``p``, ``q`` (corrected over all
        changes of its kind), ``verdict`` (``"rose"``, ``"fell"``, ``"not clear"``, ``"too few asked"``), ``says``.
    """

    __made_by__ = ("survey_trend",)

    table: pd.DataFrame
    changes: pd.DataFrame
    settings: SurveySettings
    about: About

    def _summary(self) -> dict[str, str]:
        told = self.changes.loc[self.changes["which"] == "first to last", "verdict"].value_counts()
        return {
            "series": f"{self.table.groupby(list(_KEYS)).ngroups:,}",
            "first to last": ", ".join(f"{verdict}: {number}" for verdict, number in told.items()) or "one wave",
        }


@checked
def survey_trend(
    waves: pd.DataFrame,
    *,
    interval: Interval = "wilson",
    design_effect: Annotated[float, AtLeast(1)] = 1.0,
    false_discovery: OpenShare = 0.1,
    least_asked: Annotated[int, AtLeast(1)] = 10,
    settings: SurveySettings | Mapping[str, Any] | None = None,
    about: About | None = None,
) -> SurveyTrend:
    r"""Shares of those asked by wave, with intervals, and whether they changed from wave to wave and over all.

    Parameters
    ----------
    waves : DataFrame
        A row for each area, question and wave: ``area_code``, ``question``, ``wave`` (a year, a month or a text; waves
        stand in its order, of an ordered categorical in that of its categories), ``yes`` and ``asked``. A wave in which
        nobody was asked has no row, and is a gap.
    interval : {"wilson", "exact"}
    design_effect : float
        The sample counts as ``asked / design_effect``.
    false_discovery : float
        Share of changes that are none and is borne among those said to have risen or fallen, over all areas and
        questions; changes to the next wave and first to last are two families.
    least_asked : int
    settings : SurveySettings or mapping, optional
        Choices of another trend, for what is not stated by keyword.
    about : About, optional
        Period, sources and marking of the surveys.

    Returns
    -------
    SurveyTrend

    Raises
    ------
    SchemaError
        A column is missing or doubled, a number is no count, more said yes than were asked, a wave stands twice, or
        waves have no plain order (numbers and texts, or texts whose numbers run otherwise: "wave 10", "wave 9").

    Notes
    -----
    The interval of a change is Newcombe's, of two independent samples; a panel of the same people is told with one that
    is too wide. p is that of the score test with pooled share, two-sided.

    References
    ----------
    Newcombe, R. G. (1998). Interval estimation for the difference between independent proportions. Statistics in
    Medicine 17, 873-890.
    """
    chosen = SurveySettings.of(settings)
    table = _sound(waves)
    yes, asked = (table[name].to_numpy(dtype=np.float64) / chosen.design_effect for name in ("yes", "asked"))
    made = wilson_interval if chosen.interval == "wilson" else exact_interval
    low, high = made(yes, asked)
    table = table.assign(share=yes / asked, low_95=low, high_95=high)
    pairs = pd.DataFrame(
        _pairs(table), columns=["before", "after", "which"]
    ).astype({"before": "int64", "after": "int64", "which": "str"})  # fmt: skip
    return SurveyTrend(table, _changes(table, pairs, chosen), chosen, about if about is not None else About())


def _sound(waves: pd.DataFrame) -> pd.DataFrame:
    """Rows in the order of areas, questions and waves."""
    require_columns(waves, list(_NEEDED), name="waves")
    twice = [name for name in _NEEDED if list(waves.columns).count(name) > 1]
    if twice:
        raise SchemaError(f"`waves` has more than one column {twice[0]!r}. Keep one.")
    table = waves[list(_NEEDED)].reset_index(drop=True)
    if not len(table) or table[[*_KEYS, "wave"]].isna().any(axis=None):
        raise SchemaError("`waves` is empty or lacks an area, a question or a wave in a row. Fill in or leave out.")
    table["wave"] = _in_one_order(table["wave"])
    for name in ("yes", "asked"):
        numbers = pd.to_numeric(table[name], errors="coerce").astype(float)
        bad = ~(numbers.between(0, _MOST_ASKED) & (numbers % 1 == 0))
        if bad.any():
            raise SchemaError(
                f"`{name}` of `waves` must hold whole numbers from 0 to {_MOST_ASKED:,}; "
                f"{number_of(int(bad.sum()), 'row does', 'rows do')} not, such as "
                f"{_told(table.loc[bad, name].iloc[0])}. Leave out waves in which nobody was asked."
            )
        table[name] = numbers.astype("int64")
    wrong = (table["asked"] < 1) | (table["yes"] > table["asked"])
    if wrong.any():
        row = table[wrong].iloc[0]
        raise SchemaError(
            f"`waves` holds {number_of(int(wrong.sum()), 'row', 'rows')} in which nobody was asked, or more said yes "
            f"than were asked, such as {_told(row['question'])} of {_told(row[AREA])} in wave "
            f"{_told(row['wave'])}. Correct or leave out."
        )
    double = table.duplicated([*_KEYS, "wave"])
    if double.any():
        row = table[double].iloc[0]
        raise SchemaError(
            f"`waves` holds the wave {_told(row['wave'])} of {_told(row['question'])} in {_told(row[AREA])} more "
            "than once. Keep one row."
        )
    return table.sort_values([*_KEYS, "wave"], kind="stable", ignore_index=True)


def _in_one_order(waves: pd.Series) -> pd.Series:
    """Waves of which it is plain which comes first; stops where their order is not that of time."""
    if isinstance(waves.dtype, pd.CategoricalDtype):
        if waves.cat.ordered:
            return waves
        waves = waves.astype(waves.cat.categories.dtype)
    texts = [wave for wave in waves.unique() if isinstance(wave, str)]
    if texts and len(texts) < waves.nunique():
        raise SchemaError(
            f"Some waves of `waves` are texts, such as {shown(texts[0])}, and others are none, so that they have no "
            "order. Write all as numbers, or all as texts."
        )
    if not texts:
        if waves.map(lambda wave: wave in (np.inf, -np.inf)).any():
            raise SchemaError("A wave of `waves` is infinite. Give its year, its month or its name.")
        return waves
    if (as_texts := sorted(texts)) != (by_numbers := sorted(texts, key=_by_number)):
        first, second = next(two for two in zip(as_texts, by_numbers, strict=True) if two[0] != two[1])
        raise SchemaError(
            f"As texts the wave {shown(first)} of `waves` stands before {shown(second)}, by its number after it. Write "
            "numbers with as many digits (09, 10), or give an ordered categorical."
        )
    return waves


def _by_number(text: str) -> list[tuple[int, int | str]]:
    return [(0, int(part)) if part.isdecimal() else (1, part) for part in re.split(r"(\d+)", text)]


def _told(value: object) -> str:
    """A cell of the table as an error prints it."""
    if not isinstance(value, str) and pd.isna(value):  # type: ignore[call-overload]
        return "a gap"
    return _wave_words(value) if isinstance(value, (dt.date, pd.Period)) else shown(value)


def _wave_words(wave: Any) -> str:
    """A wave as a reader writes it: no hour of a day, no decimal of a year."""
    if isinstance(wave, dt.datetime):
        return str(wave.date()) if wave.time() == dt.time() else str(wave)
    return str(int(wave)) if isinstance(wave, (float, np.floating)) and float(wave).is_integer() else str(wave)


def _pairs(table: pd.DataFrame) -> Iterable[tuple[int, int, str]]:
    """Rows that are compared: each wave with the next, and the first with the last."""
    for _, part in table.groupby(list(_KEYS), sort=True):
        rows = list(part.index)
        yield from ((before, after, "next") for before, after in pairwise(rows))
        if len(rows) > 1:
            yield rows[0], rows[-1], "first to last"


def _changes(table: pd.DataFrame, pairs: pd.DataFrame, chosen: SurveySettings) -> pd.DataFrame:
    before, after = (table.loc[pairs[side]].reset_index(drop=True) for side in ("before", "after"))
    size = chosen.design_effect
    samples = [(part["yes"].to_numpy() / size, part["asked"].to_numpy() / size) for part in (before, after)]
    low, high = newcombe_interval(*samples)
    (yes_1, asked_1), (yes_2, asked_2) = samples
    pooled = (yes_1 + yes_2) / (asked_1 + asked_2)
    spread = np.sqrt(pooled * (1 - pooled) * (1 / asked_1 + 1 / asked_2))
    change = yes_2 / asked_2 - yes_1 / asked_1
    z = np.divide(change, spread, out=np.zeros(len(change)), where=spread > 0)
    few = np.minimum(before["asked"].to_numpy(), after["asked"].to_numpy()) < chosen.least_asked
    p = np.where(few, np.nan, 2 * scipy.stats.norm.sf(np.abs(z)))
    made = pd.DataFrame(
        {
            AREA: before[AREA],
            "question": before["question"],
            "earlier": before["wave"],
            "later": after["wave"],
            "which": pairs["which"],
            "change": change,
            "low_95": low,
            "high_95": high,
            "p": p,
        }
    )
    made["q"] = np.nan
    for _, rows in made.groupby("which"):
        made.loc[rows.index, "q"] = adjust(rows["p"].to_numpy())
    clear = made["q"].le(chosen.false_discovery)
    verdict = np.select(
        [few, clear & (change > 0), clear & (change < 0)], ["too few asked", "rose", "fell"], "not clear"
    )
    made["verdict"] = pd.Series(verdict, index=made.index, dtype="str")
    made["says"] = pd.Series(
        [_says(row, first, last) for row, first, last in zip(
            made.to_dict(orient="records"), before["share"], after["share"], strict=True
        )], index=made.index, dtype="str",
    )  # fmt: skip
    return made


def _says(row: dict[Any, Any], before: float, after: float) -> str:
    """The change in a sentence, with both shares and the interval of their difference in points."""
    earlier, later = (_wave_words(row[side]) for side in ("earlier", "later"))
    if row["verdict"] == "too few asked":
        return f"Too few were asked in {earlier} or {later} to tell."
    low, high = (f"{100 * row[name]:+.0f}" for name in ("low_95", "high_95"))
    what = {"rose": "rose", "fell": "fell", "not clear": "shows no clear change"}[row["verdict"]]
    return (
        f"{row['question']}: {what}, from {percent(before)} in {earlier} to {percent(after)} in {later} "
        f"(difference {low} to {high} points)."
    )
