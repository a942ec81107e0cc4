"""Harm beside the measures of partners: areas where both are worst, and how far the two orders agree."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, NamedTuple, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd

from socharm._about import About, combine_about
from socharm._arguments import checked
from socharm._checks import require_columns
from socharm._columns import AREA, NAME, PARENT, PERIOD
from socharm._constraints import Filled, Share
from socharm._record import Record
from socharm._settings import Settings, setting
from socharm._words import number_of
from socharm.errors import AlignmentError
from socharm.io.areas import require_areas
from socharm.io.indicator_record import Indicators
from socharm.io.period_order import latest_period
from socharm.severity.index import SeverityIndex
from socharm.severity.sound_index import require_sound_index
from socharm.stats.rank_agreement import LEAST_AREAS, rank_agreement

__all__ = [
    "IndicatorOverlay",
    "IndicatorOverlaySettings",
    "NO_CAUSE",
    "agreement_sentence",
    "named_measures",
    "overlay_indicators",
    "worst_places",
]

#: Files of one or several partners.
Sent: TypeAlias = Indicators | Annotated[Sequence[Indicators], Filled()]
#: What every sentence of an agreement ends in.
NO_CAUSE: Final = "This does not say that one brings the other."


@dataclass(frozen=True, kw_only=True)
class IndicatorOverlaySettings(Settings):
    """Choices behind harm beside the measures of partners."""

    column: str = setting("rate_shrunk", "column of the index that stands for harm")
    worst: Annotated[float, Share()] = setting(0.1, "share of the areas that stand out on a side")


@dataclass(frozen=True, eq=False, repr=False)
class IndicatorOverlay(Record):
    """Harm and each measure of partners side by side. It changes no rank.

    Attributes
    ----------
    table : DataFrame
        A row for each measure and area of the index: ``measure``, ``area_code``, ``name``, ``parent``, ``harm``,
        ``value`` (as sent, of the latest period), ``harm_place`` and ``value_place`` (1 is the worst, equals share the
        lower), ``stands_out`` (worst on both sides), ``reason`` (why one side is missing).
    agreement : DataFrame
        Index ``measure``: ``name``, ``unit``, ``direction``, ``period``, ``provider``, ``areas`` (with both sides),
        ``estimate`` (Spearman's rho of harm and value), ``low_95``, ``high_95``, ``independent_areas``, ``both`` (areas
        that stand out on both sides), ``both_by_chance`` (expected where the sides had nothing to do with each other),
        ``says`` (a sentence).
    """

    __made_by__ = ("overlay_indicators",)

    table: pd.DataFrame
    agreement: pd.DataFrame
    settings: IndicatorOverlaySettings
    about: About

    def _summary(self) -> dict[str, str]:
        return {str(row["name"]): str(row["says"]) for _, row in self.agreement.iterrows()}


class Measure(NamedTuple):
    """A measure with what its partner says of it, and its rows of all periods."""

    key: str
    told: pd.Series
    rows: pd.DataFrame


@checked
def overlay_indicators(
    index: SeverityIndex,
    indicators: Sent,
    areas: gpd.GeoDataFrame,
    *,
    column: str = "rate_shrunk",
    worst: Annotated[float, Share()] = 0.1,
    settings: IndicatorOverlaySettings | Mapping[str, Any] | None = None,
) -> IndicatorOverlay:
    """Set harm beside each measure of partners.

    Parameters
    ----------
    index : SeverityIndex
    indicators : Indicators or sequence of Indicators
        Of the areas of the index; other areas are not used. Of several periods the latest is taken.
    areas : GeoDataFrame
        Shapes of the areas of the index: they say how far each is from each.
    column : str
        Column of `index.table` that stands for harm.
    worst : float
        Share of the areas that stand out on a side: those with most harm, and those whose value is worst by the
        direction of the measure (the highest, where it is neutral).
    settings : IndicatorOverlaySettings or mapping, optional
        Choices of another overlay, for what is not stated by keyword.

    Returns
    -------
    IndicatorOverlay
        An area without harm or without a value is missing on both sides of that measure, with the reason.

    Raises
    ------
    AlignmentError
        No measure has a value in any area of the index, or an area of the index has no shape.
    SchemaError
        `column` is not in the index.

    Notes
    -----
    Neighbours are alike in harm and in most measures, so that many areas tell as much as few: the interval of the rank
    agreement is that of `rank_agreement`, which counts how many areas are as good as independent. Places near each
    other are agreed on the map, not a cause.

    References
    ----------
    Clifford, P., Richardson, S., Hemon, D. (1989). Assessing the significance of the correlation between two spatial
    processes. Biometrics 45, 123-134.
    """
    chosen = IndicatorOverlaySettings.of(settings)
    require_sound_index(index)
    require_columns(index.table, [chosen.column], name="index")
    require_areas(areas)
    codes = index.table.index
    lost = codes.difference(areas.index)
    if len(lost):
        raise AlignmentError(
            f"{number_of(len(lost), 'area')} of the index {'has' if len(lost) == 1 else 'have'} no shape in `areas`, "
            f"such as {list(lost[:3])}. Give the areas that the index is of."
        )
    inner = areas.loc[codes].geometry.representative_point()
    points = np.column_stack([inner.x, inner.y])
    files = [indicators] if isinstance(indicators, Indicators) else list(indicators)
    parts, rows = [], {}
    for measure in named_measures(files):
        part, row = _beside(index.table, measure, points, chosen)
        parts.append(part)
        rows[measure.key] = row
    if not any(row["areas"] for row in rows.values()):
        raise AlignmentError(
            f"No measure of {list(rows)[:8]} has a value in any of the {number_of(len(codes), 'area')} of the index "
            f"with harm, such as {list(codes[:3])}. Give measures of these areas."
        )
    agreement = pd.DataFrame.from_dict(rows, orient="index").rename_axis("measure")
    abouts = [file.about for file in files]
    return IndicatorOverlay(
        table=pd.concat(parts, ignore_index=True),
        agreement=agreement.assign(says=[agreement_sentence(row) for _, row in agreement.iterrows()]),
        settings=chosen,
        about=combine_about(index.about, *abouts, unit=index.about.unit, coverage=index.about.coverage),
    )


def named_measures(files: Sequence[Indicators]) -> list[Measure]:
    """Every measure that was sent, in the order of its key, with the rows of all files and what the last says of it."""
    rows = pd.concat([file.table.assign(file=at) for at, file in enumerate(files)], ignore_index=True)
    found = []
    for key, mine in rows[rows["value"].notna()].groupby("measure", sort=True):
        last = files[int(mine.loc[mine[PERIOD] == latest_period(mine[PERIOD]), "file"].max())]
        found.append(Measure(str(key), pd.Series(last.dictionary.loc[key]), mine))
    return found


def worst_places(areas: int, share: float) -> int:
    """How many places at the worse end are a share of some areas: at least one of any.

    Examples
    --------
    >>> worst_places(70, 0.1), worst_places(12, 0.1), worst_places(0, 0.1)
    (7, 2, 0)
    """
    return math.ceil(round(areas * share, 9))


def _beside(
    table: pd.DataFrame, measure: Measure, points: np.ndarray[Any, Any], chosen: IndicatorOverlaySettings
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """One measure beside harm, by area and in one row."""
    period = latest_period(measure.rows[PERIOD])
    now = measure.rows[measure.rows[PERIOD] == period].drop_duplicates(AREA, keep="last").set_index(AREA)["value"]
    part = table[[NAME, PARENT]].rename_axis(AREA).copy()
    part["harm"] = pd.to_numeric(table[chosen.column], errors="coerce").astype(float)
    part["value"] = now.reindex(part.index).astype(float)
    part["reason"] = np.where(part["harm"].isna(), "no harm rate", np.where(part["value"].isna(), "no value", ""))
    used = (part["reason"] == "").to_numpy()
    harm, value = part.loc[used, "harm"], part.loc[used, "value"]
    direction = str(measure.told["direction"])
    n = int(used.sum())
    places = {
        "harm_place": harm.rank(method="min", ascending=False),
        "value_place": value.rank(method="min", ascending=direction == "higher is better"),
    }
    out = pd.Series(True, index=harm.index)
    held = []
    for name, place in places.items():
        part[name] = place.reindex(part.index).astype("Int64")
        stands = place <= worst_places(n, chosen.worst)
        # Where all are equal nobody stands out.
        stands &= place.max() > 1
        held.append(int(stands.sum()))
        out &= stands
    part["stands_out"] = out.reindex(part.index).astype("boolean")
    found = rank_agreement(harm.to_numpy(), value.to_numpy(), points[used])
    row = {
        "name": str(measure.told["name"]).replace("_", " "),
        "unit": str(measure.told["unit"]),
        "direction": direction,
        "period": period,
        "provider": str(measure.told["provider"]),
        "areas": n,
        "estimate": found.estimate,
        "low_95": found.low_95,
        "high_95": found.high_95,
        "independent_areas": found.effective,
        "both": int(out.sum()),
        "both_by_chance": held[0] * held[1] / n if n else float("nan"),
    }
    ordered = ["measure", AREA, NAME, PARENT, "harm", "value", "harm_place", "value_place", "stands_out", "reason"]
    return part.reset_index().assign(measure=measure.key)[ordered], row


def agreement_sentence(row: Mapping[str, Any] | pd.Series) -> str:
    """What the agreement of one measure with harm is, in a sentence that claims no cause.

    Parameters
    ----------
    row : mapping
        ``name``, ``areas``, ``estimate``, ``low_95`` and ``high_95``.

    Examples
    --------
    >>> agreement_sentence({"name": "Absence", "areas": 170, "estimate": 0.45, "low_95": 0.2, "high_95": 0.64})[:60]
    'Absence: where it is higher, harm tends to be higher; rank a'
    """
    name, areas = row["name"], number_of(int(row["areas"]), "area")
    estimate, low, high = (float(row[key]) for key in ("estimate", "low_95", "high_95"))
    if math.isnan(estimate):
        why = f"fewer than {LEAST_AREAS} areas have both" if int(row["areas"]) < LEAST_AREAS else "one side is equal"
        return f"{name}: no rank agreement with harm can be told ({areas}), as {why}."
    if math.isnan(low):
        why = "one order follows the other throughout" if abs(estimate) > 0.999 else "too few areas are independent"
        return f"{name}: rank agreement with harm {estimate:.2f} ({areas}); no interval, as {why}. {NO_CAUSE}"
    told = f"{estimate:.2f} (95% interval {low:.2f} to {high:.2f}; {areas})"
    if low > 0 or high < 0:
        tends = "higher" if low > 0 else "lower"
        return f"{name}: where it is higher, harm tends to be {tends}; rank agreement {told}. {NO_CAUSE}"
    return f"{name}: no clear rank agreement with harm, {told}."
