"""The picture of a scan: what it draws and says is what the scan found."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from matplotlib.axes import Axes

from socharm.errors import AlignmentError, SchemaError
from socharm.hotspots import scan_clusters, scan_space_time
from socharm.maps import plot_scan_clusters
from socharm.maps.furniture import new_axes


def wards() -> gpd.GeoDataFrame:
    """Thirty-six wards, of which one and the four beside it are hot."""
    cells = [(x, y) for y in range(6) for x in range(6)]
    cases = [40 if abs(x - 2) + abs(y - 2) < 2 else 10 for x, y in cells]
    return gpd.GeoDataFrame(
        {"name": [f"Ward {n}" for n in range(36)], "population": 5_000, "cases": cases},
        geometry=[shapely.box(2_000 * x, 2_000 * y, 2_000 * x + 2_000, 2_000 * y + 2_000) for x, y in cells],
        crs="EPSG:27700",
        index=pd.Index([f"E{n:02d}" for n in range(36)], name="area_code"),
    )


def texts_of(ax: Axes) -> str:
    figure = ax.get_figure()
    assert figure is not None
    found = [text.get_text() for text in figure.findobj(lambda one: hasattr(one, "get_text"))]  # type: ignore[attr-defined]
    return " ".join(" ".join(found).split())


CHOICES: dict[str, Any] = {"max_population": 0.2, "replications": 199, "seed": 1}


def test_the_hot_wards_are_drawn_and_told():
    areas = wards()
    found = scan_clusters(areas, **CHOICES)
    assert set(found.clusters.loc[1, "members"]) == {"E08", "E13", "E14", "E15", "E20"}
    told = texts_of(plot_scan_clusters(areas, found, ax=new_axes()))
    first = found.clusters.loc[1]
    assert f"{first['observed']:,.0f} for {first['expected']:,.0f} expected ({first['ratio']:.2f} times)" in told
    assert "1 cluster, of 5 areas" in told
    assert areas.loc[first["centre"], "name"] in told


def test_a_scan_without_clusters_says_so():
    areas = wards().assign(cases=10)
    told = texts_of(plot_scan_clusters(areas, scan_clusters(areas, **CHOICES), ax=new_axes()))
    assert "No cluster beyond chance" in told
    assert "no cluster found" in told


def test_the_months_of_a_cluster_are_told():
    areas = wards()
    rows = [
        (code, f"2025-0{m}", 30 if m == 6 and code in ("E07", "E08") else 8)
        for code in areas.index
        for m in range(1, 7)
    ]
    cases = pd.DataFrame(rows, columns=["area_code", "month", "cases"])
    found = scan_space_time(areas[["name", "geometry"]], cases, analysis="prospective", **CHOICES)
    told = texts_of(plot_scan_clusters(areas, found, ax=new_axes()))
    assert "2025-06" in told
    assert "Period January 2025 to June 2025" in told
    assert "2 clusters that last, of 2 areas" in told
    assert "that reaches the last" in told


def test_other_areas_are_told_apart():
    areas = wards()
    found = scan_clusters(areas, **CHOICES)
    with pytest.raises(AlignmentError, match="lack 1 area that the scan has"):
        plot_scan_clusters(areas.drop(index="E00"), found)
    del found.clusters["p"]  # a record whose table was changed where it stands
    with pytest.raises(SchemaError, match="lacks the columns"):
        plot_scan_clusters(areas, found)


def test_few_are_drawn_blue():
    areas = wards()
    low = areas.assign(cases=np.where(areas["cases"] == 40, 1, 10))
    found = scan_clusters(low, direction="low", **CHOICES)
    ax = plot_scan_clusters(low, found, ax=new_axes())
    colours = {tuple(np.round(patch.get_facecolor()[:3], 2)) for patch in ax.get_legend().get_patches()}
    assert colours == {(0.13, 0.4, 0.67)}
