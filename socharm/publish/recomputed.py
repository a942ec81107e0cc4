"""Every published number that is a function of counts, worked out again from published counts."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._columns import AREA, OFFENCE, PERIOD, N
from socharm.errors import AlignmentError
from socharm.offences import group_of
from socharm.severity.cells import less_exclusions
from socharm.severity.contributions import top_offence
from socharm.snapshot.tables import AssessmentTables

__all__ = ["recomputed"]

_KEYS = [AREA, OFFENCE, PERIOD]
_NAMED = 3


def recomputed(
    tables: AssessmentTables, counts: pd.DataFrame, flagged: pd.DataFrame, *, excluded: Iterable[str] = ()
) -> dict[str, pd.DataFrame]:
    """Tables with their columns of counts, harm, rates and shares made of published counts.

    Parameters
    ----------
    tables : AssessmentTables
        As they are.
    counts, flagged : DataFrame
        In published form, rows as in `tables`.
    excluded : iterable of str
        Flags, offences and sets that the index leaves out.

    Returns
    -------
    dict of str to DataFrame
        By table; rows in the order of that table, or indexed as it is.

    Raises
    ------
    AlignmentError
        The index was not made of the counts less `excluded`: what was published would not be what was ranked.
    """
    _require_same_exclusions(tables, excluded)
    counted = _less(counts, flagged, excluded)
    cells = tables["cells"].copy()
    cells[N] = _numbers(counted, cells)
    cells["harm"] = cells[N] * cells["weight"]
    per = tables.setting("index", "per", 1.0)
    index = _index(tables, cells, per)
    made = {
        "counts": counts,
        "flagged": flagged,
        "cells": cells,
        "index": index,
        "by_period": _by_period(tables, cells, per),
        "by_group": _by_group(tables, cells, per),
        "unweighted": _unweighted(tables, counted),
        "ranking": pd.DataFrame({"rate": index["rate"].reindex(tables["ranking"].index)}),
        "parents": _parents(tables, index, per),
        "drivers": _drivers(tables, cells, index),
        "overlay": _overlay(tables, index),
        "overlay_deciles": _deciles(tables, index, per),
        "location_quotients": _quotients(tables, cells),
        "place_facts": _place_facts(tables, index),
    }
    return {name: frame for name, frame in made.items() if len(tables[name].columns)}


def _less(counts: pd.DataFrame, flagged: pd.DataFrame, excluded: Iterable[str]) -> pd.DataFrame:
    return less_exclusions(counts, flagged, excluded, offences=sorted(map(str, counts[OFFENCE].unique())))[0]


def _numbers(counts: pd.DataFrame, cells: pd.DataFrame) -> NDArray[np.int64]:
    found = counts.set_index(_KEYS)[N].reindex(pd.MultiIndex.from_frame(cells[_KEYS]))
    return np.asarray(found.to_numpy(), dtype=np.int64)


def _require_same_exclusions(tables: AssessmentTables, excluded: Iterable[str]) -> None:
    stated = list(excluded)
    if not len(tables["cells"]):
        return
    ours = _numbers(_less(tables["counts"], tables["flagged"], stated), tables["cells"])
    differ = int((ours != tables["cells"][N].to_numpy()).sum())
    if differ:
        raise AlignmentError(
            f"{differ:,} of {len(ours):,} cells of the index are not the counts less {stated or 'nothing'}. Give "
            "`excluded=` as the index was made: published numbers must be of the crimes that were ranked."
        )


def _rate(harm: pd.Series, exposure: pd.Series, per: float) -> pd.Series:
    people = exposure.astype(float)
    return harm.astype(float) / people.where(people > 0) * per


def _index(tables: AssessmentTables, cells: pd.DataFrame, per: float) -> pd.DataFrame:
    old = tables["index"]
    sums = cells.groupby(AREA, observed=True)[[N, "harm"]].sum().reindex(old.index)
    made = pd.DataFrame(index=old.index)
    made["crimes"] = sums[N].where(old["crimes"].notna())
    made["harm"] = sums["harm"].where(old["harm"].notna())
    made["rate"] = _rate(made["harm"], old["exposure"], per).where(old["rate"].notna())
    top = top_offence(cells).reindex(old.index)
    made["top_offence"], made["top_share"] = top["top_offence"], top["top_share"]
    return made


def _by_period(tables: AssessmentTables, cells: pd.DataFrame, per: float) -> pd.DataFrame:
    sums = cells.groupby([AREA, PERIOD], observed=True)[[N, "harm"]].sum()
    old = tables["by_period"]
    found = sums.reindex(pd.MultiIndex.from_frame(old[[AREA, PERIOD]])).set_axis(old.index)
    harm = found["harm"]
    return pd.DataFrame({"crimes": found[N], "harm": harm, "rate": _rate(harm, old["exposure"], per)})


def _by_group(tables: AssessmentTables, cells: pd.DataFrame, per: float) -> pd.DataFrame:
    old = tables["by_group"]
    groups = {offence: group_of(str(offence)) for offence in cells[OFFENCE].unique()}
    sums = cells.groupby([AREA, cells[OFFENCE].map(groups).rename("group")], observed=True)[[N, "harm"]].sum()
    found = sums.reindex(pd.MultiIndex.from_frame(old[[AREA, "group"]])).set_axis(old.index)
    whole = found["harm"].groupby(old[AREA]).transform("sum")
    exposure = old[AREA].map(tables["index"]["exposure"].astype(float))
    known = old["crimes"].notna()
    made = pd.DataFrame(
        {
            "crimes": found[N],
            "harm": found["harm"],
            "rate": _rate(found["harm"], exposure, per),
            "share": found["harm"] / whole.where(whole > 0),
        }
    )
    return made.where(known)


def _unweighted(tables: AssessmentTables, counts: pd.DataFrame) -> pd.DataFrame:
    old = tables["unweighted"]
    if not len(old):
        return pd.DataFrame({N: [], "rate": []})
    sums = counts.groupby([AREA, OFFENCE], observed=True)[N].sum()
    found = sums.reindex(pd.MultiIndex.from_frame(old[[AREA, OFFENCE]])).set_axis(old.index)
    ratio = old["rate"].astype(float) / old[N].where(old[N] > 0)
    people = ratio.groupby(old[AREA]).transform("first")
    return pd.DataFrame({N: found, "rate": found * people})


def _parents(tables: AssessmentTables, index: pd.DataFrame, per: float) -> pd.DataFrame:
    if not len(tables["parents"].columns):
        return pd.DataFrame()
    known = (
        index["harm"].notna()
        & tables["index"]["exposure"].notna()
        & tables["ranking"]["rank"].reindex(index.index).notna()
    )
    parent = tables["areas"]["parent"].reindex(index.index)
    harm = index["harm"].where(known).groupby(parent).sum()
    people = tables["index"]["exposure"].astype(float).where(known).groupby(parent).sum()
    return pd.DataFrame({"rate": _rate(harm, people, per).reindex(tables["parents"].index)})


def _drivers(tables: AssessmentTables, cells: pd.DataFrame, index: pd.DataFrame) -> pd.DataFrame:
    if not len(tables["drivers"].columns):
        return pd.DataFrame()
    sums = cells.groupby([AREA, OFFENCE], observed=True)["harm"].sum().reset_index()
    whole = sums.groupby(AREA, observed=True)["harm"].transform("sum")
    sums["share"] = sums["harm"] / whole.where(whole > 0)
    first = sums[sums["harm"] > 0].sort_values([AREA, "harm", OFFENCE], ascending=[True, False, True], kind="stable")
    first = first.groupby(AREA, observed=True).head(_NAMED)
    text = first[OFFENCE].astype("str").str.replace("-", " ") + pd.Series(
        [f" {share:.0%}" for share in first["share"]], index=first.index, dtype="str"
    )
    order = tables["drivers"].index
    total, middle = float(index["harm"].sum()), float(index["rate"].median())
    return pd.DataFrame(
        {
            "crimes": index["crimes"].reindex(order),
            "harm": index["harm"].reindex(order),
            "share_of_harm": index["harm"].reindex(order) / total if total > 0 else np.nan,
            "made_of": text.groupby(first[AREA], observed=True).agg(", ".join).reindex(order).astype("string"),
            "times_middle": index["rate"].reindex(order) / middle if middle > 0 else np.nan,
        },
        index=order,
    )


def _overlay(tables: AssessmentTables, index: pd.DataFrame) -> pd.DataFrame:
    if not len(tables["overlay"].columns):
        return pd.DataFrame()
    rate = index["rate"].reindex(tables["overlay"].index)
    expected = tables["overlay"]["expected"].astype(float) if "expected" in tables["overlay"].columns else np.nan
    return pd.DataFrame({"rate": rate, "residual": rate / expected}, index=tables["overlay"].index)


def _deciles(tables: AssessmentTables, index: pd.DataFrame, per: float) -> pd.DataFrame:
    if not len(tables["overlay_deciles"].columns):
        return pd.DataFrame()
    decile = tables["overlay"]["deprivation_decile"].reindex(index.index)
    order = tables["overlay_deciles"].index
    crimes, harm = (index[name].groupby(decile).sum().reindex(order) for name in ("crimes", "harm"))
    return pd.DataFrame(
        {
            "crimes": crimes,
            "harm": harm,
            "share_harm": harm / harm.sum(),
            "rate": _rate(harm, tables["overlay_deciles"]["exposure"], per),
        }
    )


def _quotients(tables: AssessmentTables, cells: pd.DataFrame) -> pd.DataFrame:
    old = tables["location_quotients"]
    if not len(old):
        return pd.DataFrame({N: [], "quotient": []})
    sums = cells.groupby([AREA, OFFENCE], observed=True)[N].sum()
    found = sums.reindex(pd.MultiIndex.from_frame(old[[AREA, OFFENCE]])).set_axis(old.index).astype(float)
    here = found.groupby(old[AREA]).transform("sum")
    everywhere = found.groupby(old[OFFENCE]).transform("sum") / found.sum()
    quotient = found / here.where(here > 0) / everywhere.where(everywhere > 0)
    return pd.DataFrame({N: found, "quotient": quotient.where(old["quotient"].notna())})


def _place_facts(tables: AssessmentTables, index: pd.DataFrame) -> pd.DataFrame:
    old = tables["place_facts"]
    if not len(old.columns):
        return pd.DataFrame()
    harm, events = (index[name].reindex(old.index).where(old["harm"].notna()) for name in ("harm", "crimes"))
    return pd.DataFrame({"harm": harm, "events": events}, index=old.index)
