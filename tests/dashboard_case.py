"""A made-up force for dashboards: as many areas and months as wanted, with gaps and small counts."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from socharm._about import About, AssessmentPeriod
from socharm.assessment.steps.order import declared_tables
from socharm.snapshot.tables import AssessmentTables

OFFENCES = {"burglary": 380.0, "drugs": 90.0, "violence-and-sexual-offences": 130.0, "shoplifting": 11.0}
ABOUT = About(
    period=AssessmentPeriod("2025-04", "2025-06"),
    boundary_year=2025,
    unit="sentence-days per resident per year",
    sources=("Made-up police",),
    marking="OFFICIAL-SENSITIVE",
)


@dataclass(frozen=True)
class Case:
    tables: AssessmentTables
    areas: gpd.GeoDataFrame
    about: About
    plan: pd.DataFrame


def wards(n: int, *, detail_m: float = 900.0) -> gpd.GeoDataFrame:
    """Areas that fill a square without a gap, with winding borders."""
    rng = np.random.default_rng(1)
    side = 6_000 * np.sqrt(n)
    box = shapely.box(0, 0, side, side)
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.MultiPoint(rng.uniform(0, side, (n, 2))), extend_to=box))
    cells = shapely.segmentize(shapely.intersection(cells, box), detail_m)

    def wind(xy: np.ndarray) -> np.ndarray:
        x, y = xy.T
        east = 400_000 + x + 400 * np.sin(y / 900) + 20 * np.sin(y / 130)
        north = 550_000 + y + 400 * np.cos(x / 900) + 20 * np.cos(x / 170)
        return np.column_stack([east, north])

    cells = shapely.set_precision(shapely.transform(cells, wind), 1.0)
    order = np.lexsort((shapely.get_y(shapely.centroid(cells)), shapely.get_x(shapely.centroid(cells))))
    codes = pd.Index([f"E0500{i:04d}" for i in range(n)], name="area_code")
    names = pd.DataFrame(
        {"name": [f"Ward {i}" for i in range(n)], "parent": [f"District {i * 4 // n}" for i in range(n)]}
    )
    return gpd.GeoDataFrame(names.set_index(codes), geometry=cells[order], crs=27700)


def make_case(n: int = 12, months: int = 3, *, detail_m: float = 900.0) -> Case:
    """Tables of `n` areas; the last but one was not covered in the last month, the last one has few crimes."""
    rng = np.random.default_rng(2)
    areas = wards(n, detail_m=detail_m)
    codes = areas.index
    span = pd.period_range("2025-04", periods=months, freq="M")
    cells = pd.MultiIndex.from_product(
        [codes, list(OFFENCES), span], names=["area_code", "offence", "period"]
    ).to_frame(index=False)
    level = pd.Series(np.linspace(14, 6, n), index=codes)
    level.iloc[-1] = 0.0
    cells["n"] = rng.poisson(level.loc[cells["area_code"]].to_numpy())
    few = (cells["area_code"] == codes[-1]) & (cells["offence"] == "burglary") & (cells["period"] == span[0])
    cells.loc[few, "n"] = 3
    cells["weight"] = cells["offence"].map(OFFENCES)
    cells["harm"] = cells["n"] * cells["weight"]
    dark = (cells["area_code"] == codes[-2]) & (cells["period"] == span[-1])
    cells = cells[~dark].reset_index(drop=True)
    people = 8_000.0
    sums = {"crimes": ("n", "sum"), "harm": ("harm", "sum")}
    by_period = cells.groupby(["area_code", "period"]).agg(**sums).reset_index()
    by_period["exposure"] = people / 12
    by_period["rate"] = by_period["harm"] / by_period["exposure"]
    years = people * months / 12
    groups = cells["offence"].map(
        {"burglary": "acquisitive", "shoplifting": "acquisitive", "drugs": "police-generated"}
    )
    by_group = cells.assign(group=groups.fillna("violence")).groupby(["area_code", "group"]).agg(**sums).reset_index()
    by_group["rate"] = by_group["harm"] / years
    index = areas[["name", "parent"]].join(cells.groupby("area_code").agg(**sums))
    index["rate"] = index["rate_shrunk"] = index["harm"] / years
    made = {
        "cells": cells,
        "by_period": by_period,
        "by_group": by_group,
        "index": pd.DataFrame(index),
        "coverage": _coverage(codes, span),
        "counts": cells[["area_code", "offence", "period", "n"]],
    }
    tables = AssessmentTables(
        {**_rest(areas), **made, **_ranks(index), **_context(areas, index, rng)}, declared=declared_tables()
    )
    about = ABOUT if months == 3 else About(**{**vars(ABOUT), "period": AssessmentPeriod(str(span[0]), str(span[-1]))})
    return Case(tables=tables, areas=areas, about=about, plan=make_plan(codes))


def _rest(areas: gpd.GeoDataFrame) -> dict[str, pd.DataFrame]:
    nothing = pd.DataFrame({"rows": [0]})
    empty = dict.fromkeys("sources accounting facts flagged unweighted model parents weights".split(), nothing)
    people = pd.DataFrame({"value": 8_000.0}, index=areas.index)
    return {**empty, "areas": pd.DataFrame(areas[["name", "parent"]]), "population": people}


def _coverage(codes: pd.Index, span: pd.PeriodIndex) -> pd.DataFrame:
    coverage = pd.MultiIndex.from_product([codes, span], names=["area_code", "period"]).to_frame(index=False)
    dark = (coverage["area_code"] == codes[-2]) & (coverage["period"] == span[-1])
    return coverage.assign(covered=~dark)


def _ranks(index: pd.DataFrame) -> dict[str, pd.DataFrame]:
    rank = index["rate_shrunk"].rank(ascending=False, method="min").astype("Int64")
    rank.iloc[-1] = pd.NA
    n = int(rank.max())
    ranking = index[["name", "parent"]].assign(
        rank=rank, rank_low_90=(rank - 2).clip(lower=1), rank_high_90=(rank + 3).clip(upper=n), reason=""
    )
    ranking.loc[ranking.index[-1], "reason"] = "too few events"
    chance = (1 - (rank.astype("Float64") - 1) / 8).clip(lower=0).to_numpy(dtype=float, na_value=np.nan)
    top = pd.DataFrame({"area_code": index.index, "k": "5", "size": 5, "probability": chance})
    gone = ranking.loc[ranking["rank"].isna(), ["name", "reason"]]
    return {"ranking": pd.DataFrame(ranking), "top_k": top, "unrankable": pd.DataFrame(gone)}


def _context(areas: gpd.GeoDataFrame, index: pd.DataFrame, rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    n = len(areas)
    labels = np.where(np.arange(n) < 2, "hot", "not significant").astype(object)
    labels[-1] = "not covered"
    heat = [areas.geometry.iloc[0].centroid.coords[0]]
    grid = [(heat[0][0] + 100 * i, heat[0][1] + 100 * j, 10.0 + i * j) for i in range(20) for j in range(20)]
    measures = pd.DataFrame(
        {"area_code": areas.index, "period": "2024", "measure": "fuel", "value": rng.uniform(5, 20, n)}
    )
    measures.loc[1, "value"] = np.nan
    facts = {
        "measure": "fuel",
        "name": "Fuel poverty",
        "unit": "per cent of households",
        "direction": "higher is worse",
        "provider": "DESNZ",
    }
    overlay = pd.DataFrame(
        {"deprivation": rng.uniform(5, 60, n), "residual_shrunk": rng.uniform(0.4, 2, n)}, index=areas.index
    )
    return {
        "hotspots": pd.DataFrame({"label": labels}, index=areas.index),
        "heat_cells": pd.DataFrame(grid, columns=["easting", "northing", "harm_per_km2"]),
        "indicators": measures,
        "indicator_dictionary": pd.DataFrame([facts]),
        "overlay": overlay,
    }


def make_plan(codes: pd.Index) -> pd.DataFrame:
    """Three actions, one in each phase; two in the first area."""
    return pd.DataFrame(
        {
            "area_code": [codes[0], codes[0], codes[2]],
            "p": ["Pursue", "Protect", "Prevent"],
            "action": ["Disrupt the line", "Visit the cuckooed", "Open the youth club"],
            "owner": "A. Lead",
            "agency": "police",
            "phase": ["Clear", "Hold", "Build"],
            "start": ["2025-04-01", "2025-05-01", None],
            "due": ["2025-09-30", None, "2026-03-31"],
            "status": ["done", "under way", "not started"],
        },
        index=pd.Index(["A1", "A2", "A3"], name="action_id"),
    )
