"""What a dashboard knows: months, offence groups and districts of an assessment, as lists that a page can hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._checks import require_columns
from socharm._columns import AREA, NAME, OFFENCE, PARENT, PERIOD, month_span, to_month_text, to_period
from socharm.dashboard.numbers import NumberRules
from socharm.offences import group_of
from socharm.snapshot.centres import centres_of, marked_names
from socharm.snapshot.tables import AssessmentTables, has_columns

__all__ = ["ALL", "Panel", "area_facts", "by_district", "make_panel", "members_of"]

#: Key of the series over all offences.
ALL: Final = "all"

_Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Panel:
    """Crimes, harm and rates by offence group, area and month; and over the whole period.

    Attributes
    ----------
    months : tuple of str
        ``YYYY-MM``; empty where the tables hold no months.
    groups : tuple of str
        `ALL` first.
    monthly : dict
        Group to measure (``crimes``, ``harm``, ``rate``) to an array of shape (n_areas, n_months); a month that was
        not covered is missing.
    whole : dict
        Group to measure to an array of shape (n_areas,).
    districts : dict
        Group to measure to an array of shape (n_districts, n_months); the last district is the whole of the areas. Of
        the same areas in every month: a month in which not all of them are known is missing.
    counted : dict
        Group to the number of areas that the rate of each district is of.
    parents : tuple of str
        Names of the districts; without the whole.
    exposure : array of shape (n_areas, n_months)
        What rates are divided by.
    """

    months: tuple[str, ...]
    groups: tuple[str, ...]
    monthly: dict[str, dict[str, _Floats]]
    whole: dict[str, dict[str, _Floats]]
    districts: dict[str, dict[str, _Floats]]
    counted: dict[str, tuple[int, ...]]
    parents: tuple[str, ...]
    exposure: _Floats

    def as_lists(self, rules: NumberRules) -> dict[str, Any]:
        """The arrays as nested lists that follow the rules for small numbers."""

        def shown(part: dict[str, dict[str, _Floats]]) -> dict[str, Any]:
            return {
                group: {
                    measure: _shown(values, measures["crimes"], measure, rules) for measure, values in measures.items()
                }
                for group, measures in part.items()
            }

        return {"monthly": shown(self.monthly), "whole": shown(self.whole), "districts": shown(self.districts)}


def _shown(values: _Floats, crimes: _Floats, measure: str, rules: NumberRules) -> list[Any]:
    if values.ndim == 2:
        return [_shown(row, n, measure, rules) for row, n in zip(values, crimes, strict=True)]
    return rules.counts(values) if measure == "crimes" else rules.values(values, crimes, rate=measure == "rate")


def area_facts(tables: AssessmentTables) -> pd.DataFrame:
    """One row per area in the order of the ranking, unranked areas last: names, rank, interval, reason."""
    require_columns(tables["areas"], [NAME], name="tables.areas")
    require_columns(tables["ranking"], ["rank", "rank_low_90", "rank_high_90"], name="tables.ranking")
    codes = tables["areas"].index
    ranking = tables["ranking"].reindex(codes)
    facts = pd.DataFrame(index=codes)
    facts[NAME] = _texts(tables["areas"][NAME]).where(
        lambda name: name != "", pd.Series(codes.astype(str), index=codes)
    )
    facts[NAME] = marked_names(facts[NAME], centres_of(tables))
    parents = tables["areas"][PARENT] if PARENT in tables["areas"].columns else pd.Series("", index=codes)
    facts[PARENT] = _texts(parents)
    for column in ("rank", "rank_low_90", "rank_high_90"):
        facts[column] = pd.to_numeric(ranking[column]).astype("Float64")
    reason = _texts(ranking["reason"]) if "reason" in ranking.columns else pd.Series("", index=codes)
    if has_columns(tables["unrankable"], "reason"):
        reason = reason.where(reason != "", _texts(tables["unrankable"]["reason"].reindex(codes)))
    facts["reason"] = reason
    order = facts.reset_index(names=AREA).sort_values(["rank", AREA], na_position="last", kind="stable")[AREA]
    return facts.loc[order]


def _texts(values: pd.Series) -> pd.Series:
    return values.astype(object).where(values.notna(), "").astype(str)


def make_panel(tables: AssessmentTables, facts: pd.DataFrame) -> Panel:
    """Arrays of the months and groups that the tables hold, in the order of `facts`."""
    codes = facts.index
    parents = tuple(sorted({parent for parent in facts[PARENT] if parent}))
    months = _months(tables)
    exposure = _matrix(tables["by_period"], "exposure", codes, months, tables) if months else np.empty((len(codes), 0))
    monthly: dict[str, dict[str, _Floats]] = {}
    per = tables.setting("index", "per", 1.0)
    if months:
        crimes = _matrix(tables["by_period"], "crimes", codes, months, tables)
        harm = _matrix(tables["by_period"], "harm", codes, months, tables)
        monthly[ALL] = {"crimes": crimes, "harm": harm, "rate": _divided(harm, exposure) * per}
        monthly |= _monthly_groups(tables, codes, months, exposure)
    whole = _whole(tables, codes)
    groups = (ALL, *sorted((set(monthly) | set(whole)) - {ALL}))
    members = members_of(facts, parents)
    summed = {group: by_district(parts, exposure, members, per) for group, parts in monthly.items()}
    return Panel(
        months=months,
        groups=groups,
        monthly=monthly,
        whole=whole,
        districts={group: sums for group, (sums, _) in summed.items()},
        counted={group: counted for group, (_, counted) in summed.items()},
        parents=parents,
        exposure=exposure,
    )


def _months(tables: AssessmentTables) -> tuple[str, ...]:
    if not has_columns(tables["by_period"], f"{AREA} {PERIOD} crimes harm exposure"):
        return ()
    texts = {str(month) for month in to_month_text(tables["by_period"][PERIOD])}
    if has_columns(tables["coverage"], PERIOD):
        texts |= {str(month) for month in to_month_text(tables["coverage"][PERIOD])}
    ends = to_period(pd.Index([min(texts), max(texts)]))
    return tuple(str(month) for month in month_span(ends[0], ends[1]))


def _matrix(
    table: pd.DataFrame, column: str, codes: pd.Index, months: tuple[str, ...], tables: AssessmentTables
) -> _Floats:
    """Areas by months; missing where the table has no row or the month was not covered."""
    flat = table[[AREA, column]].assign(month=np.asarray(to_month_text(table[PERIOD])))
    wide = flat.set_index([AREA, "month"])[column].unstack()  # noqa: PD010 - a repeated key is an error here, never a sum
    values = wide.reindex(index=codes, columns=list(months)).to_numpy(dtype=np.float64, na_value=np.nan, copy=True)
    if has_columns(tables["coverage"], f"{AREA} {PERIOD} covered"):
        gaps = tables["coverage"][~tables["coverage"]["covered"].astype(bool)]
        rows, columns = (
            codes.get_indexer(pd.Index(gaps[AREA])),
            pd.Index(months).get_indexer(to_month_text(gaps[PERIOD])),
        )
        known = (rows >= 0) & (columns >= 0)
        values[rows[known], columns[known]] = np.nan
    return values


def _monthly_groups(
    tables: AssessmentTables, codes: pd.Index, months: tuple[str, ...], exposure: _Floats
) -> dict[str, dict[str, _Floats]]:
    if not has_columns(tables["cells"], f"{AREA} {OFFENCE} {PERIOD} n harm"):
        return {}
    offences = tables["cells"][OFFENCE].astype(object)
    group = offences.map({offence: group_of(offence) for offence in offences.unique()})
    found = {}
    per = tables.setting("index", "per", 1.0)
    for name, cells in tables["cells"].groupby(group.to_numpy(), sort=True):
        sums = cells.groupby([AREA, PERIOD], observed=True, sort=True)[["n", "harm"]].sum(min_count=1).reset_index()
        crimes = _matrix(sums, "n", codes, months, tables)
        harm = _matrix(sums, "harm", codes, months, tables)
        found[str(name)] = {"crimes": crimes, "harm": harm, "rate": _divided(harm, exposure) * per}
    return found


def _whole(tables: AssessmentTables, codes: pd.Index) -> dict[str, dict[str, _Floats]]:
    """Over all months; the rate over all offences is the underlying one, that of a group is as recorded."""
    require_columns(tables["index"], ["crimes", "harm", "rate_shrunk"], name="tables.index")
    index = tables["index"].reindex(codes)
    # In published form the underlying rate is withheld: the rate of published counts stands in its place.
    rate = "rate_shrunk" if index["rate_shrunk"].notna().any() or "rate" not in index.columns else "rate"
    named = {"crimes": "crimes", "harm": "harm", "rate": rate}
    whole = {ALL: {measure: _column(index[column]) for measure, column in named.items()}}
    if has_columns(tables["by_group"], f"{AREA} group crimes harm rate"):
        for name, rows in tables["by_group"].groupby("group", sort=True):
            mine = rows.set_index(AREA).reindex(codes)
            whole[str(name)] = {measure: _column(mine[measure]) for measure in named}
    return whole


def _column(values: pd.Series) -> _Floats:
    return np.asarray(pd.to_numeric(values).astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan))


def members_of(facts: pd.DataFrame, parents: tuple[str, ...]) -> list[NDArray[np.bool_]]:
    """Which areas belong to each district; the last is all of them."""
    own = facts[PARENT].to_numpy(dtype=object)
    return [*(own == parent for parent in parents), np.ones(len(facts), dtype=bool)]


def by_district(
    parts: dict[str, _Floats], exposure: _Floats, members: list[NDArray[np.bool_]], per: float
) -> tuple[dict[str, _Floats], tuple[int, ...]]:
    """Sums over the same areas of each district in every month, and of how many areas the rates are."""

    def sums(values: _Floats, known: NDArray[np.bool_]) -> _Floats:
        return np.array([_sum_of_same(values[mine], known[mine]) for mine in members])

    # An area without a population is in the counts, and in neither side of the rate.
    harmed = ~np.isnan(parts["harm"])
    rated = harmed & (exposure > 0)
    rate = _divided(sums(parts["harm"], rated), sums(exposure, rated)) * per
    counted = tuple(int(_same_areas(rated[mine])[0].sum()) for mine in members)
    crimes = sums(parts["crimes"], ~np.isnan(parts["crimes"]))
    return {"crimes": crimes, "harm": sums(parts["harm"], harmed), "rate": rate}, counted


def _same_areas(known: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Areas and months of which every pair is known.

    All areas that are known at all in the months that all of them have, or the areas that are known in every month that
    any of them has: whichever keeps more.
    """
    areas, months = np.asarray(known.any(axis=1)), np.asarray(known.any(axis=0))
    wide = areas, months & known[areas].all(axis=0)
    long = known[:, months].all(axis=1) & areas, months
    sizes = [int(kept[0].sum()) * int(kept[1].sum()) for kept in (wide, long)]
    return wide if sizes[0] >= sizes[1] else long


def _sum_of_same(values: _Floats, known: NDArray[np.bool_]) -> _Floats:
    areas, months = _same_areas(known)
    return np.where(months & areas.any(), values[areas].sum(axis=0), np.nan)


def _divided(top: _Floats, bottom: _Floats) -> _Floats:
    safe = np.where(bottom > 0, bottom, np.nan)
    return np.asarray(top / safe, dtype=np.float64)
