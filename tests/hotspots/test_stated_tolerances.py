"""What the stored cases hold beside what other tests compare, each within the tolerance that its case states."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from libpysal.graph import Graph
from scipy.spatial.distance import cdist
from sklearn.metrics import adjusted_rand_score

from socharm.hotspots import (
    cluster_points,
    global_g,
    global_geary,
    global_join_counts,
    global_moran,
    kernel_density,
    local_gi_star,
    rate_moran,
)
from socharm.maps.classes import _upper_bounds

pytestmark = pytest.mark.real


def values_of(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "expected.json").read_text(encoding="utf-8"))["values"]
    return found


def graph_of(path: Path) -> Graph:
    pairs = pd.read_csv(path, dtype=str)
    return Graph.from_arrays(pairs.iloc[:, 0].to_numpy(), pairs.iloc[:, 1].to_numpy(), np.ones(len(pairs)))


@pytest.fixture(scope="module")
def columbus(shared_references: Path) -> tuple[pd.Series, Path, dict[str, Any]]:
    folder = shared_references / "f01_columbus_autocorr"
    crime = pd.read_csv(folder / "columbus.csv", dtype={"id": str}).set_index("id")["CRIME"]
    return crime, folder, values_of(folder)


def test_moran_of_the_neighbours_that_come_with_columbus(columbus):
    """f01, rtol 1e-6: the second list of neighbours, with 230 links."""
    crime, folder, expected = columbus
    graph = graph_of(folder / "neighbours_gal_docs.csv")
    assert len(graph.adjacency) == expected["n_links_gal"]
    row, wanted = (
        global_moran(crime, graph, permutations=9, seed=1).table.loc["moran"],
        expected["moran_randomisation_gal"],
    )
    found = row[["statistic", "expected", "variance", "z", "p_normal"]].astype(float)
    np.testing.assert_allclose(found, [wanted[key] for key in ("I", "EI", "VI", "z", "p_two_sided")], rtol=1e-6)


def test_p_of_columbus_by_the_normal_law(columbus):
    """f01, rtol 1e-6: p of G, of joins of two high tracts (one-sided), and what Geary's C is by chance."""
    crime, folder, expected = columbus
    graph = graph_of(folder / "neighbours.csv")
    assert len(graph.adjacency) == expected["n_links"]
    few = {"permutations": 9, "seed": 1}
    one = global_g(crime, graph, **few).table.loc["g", "p_normal"]
    assert one == pytest.approx(expected["globalG_B"]["p_two_sided"], rel=1e-6)
    joins = global_join_counts(crime > 35, graph, alternative="greater", **few).table
    assert joins.loc["both", "p_normal"] == pytest.approx(expected["joincount"]["p_HIHI_greater"], rel=1e-6)
    assert global_geary(crime, graph, **few).table.loc["geary", "expected"] == expected["geary_normality"]["EC"] == 1


def test_p_of_the_freeman_tukey_moran(shared_references):
    """f01_ncsids_eb, rtol 1e-6."""
    folder = shared_references / "f01_ncsids_eb"
    table = pd.read_csv(folder / "ncsids.csv", dtype={"id": str}).set_index("id")
    found = rate_moran(
        table["SID74"], graph_of(folder / "neighbours_CR85.csv"), table["BIR74"], transform="freeman-tukey",
        permutations=9, seed=1,
    )  # fmt: skip
    wanted = values_of(folder)["moran_ft_W"]["p_two_sided"]
    assert found.table.loc["moran", "p_normal"] == pytest.approx(wanted, rel=1e-6)


def test_gi_star_as_getis_and_ord_printed_it_divides_by_one_less(shared_references):
    """f01_getisord1996, rtol 1e-6: ours is equation 14.2; the printed figure has n - 1 in the variance."""
    folder = shared_references / "f01_getisord1996"
    cells, expected = pd.read_csv(folder / "getisord.csv"), values_of(folder)
    places = cells[["x", "y"]].to_numpy()
    near = np.argwhere((cdist(places, places) <= 30) & ~np.eye(len(cells), dtype=bool))
    ours = local_gi_star(
        cells["val"], Graph.from_arrays(near[:, 0], near[:, 1], np.ones(len(near))), permutations=9, seed=1
    ).table.loc[119, "z"]
    assert ours == pytest.approx(expected["GiStar_z_d30_eq14_2"], rel=1e-6)
    n = len(cells)
    assert ours * np.sqrt((n - 1) / n) == pytest.approx(expected["GiStar_z_d30_published_variant"], rel=1e-6)


@pytest.mark.parametrize(
    ("kernel", "radius"), [("quartic", 282.842712474619), ("epanechnikov", 244.948974278318), ("gaussian", 100.0)]
)
def test_redwood_at_its_own_points(shared_references, kernel, radius):
    """f02, none_rtol 1e-6 and edge_rtol 0.02: 61 trees (one at 0.999 is no centre of a cell), and scikit-learn's grid.

    A window holds whole cells: cells of 2 m put its edges 1 m off where they run through centres, as here.
    """
    folder = shared_references / "f02_kde_redwood"
    points = pd.read_csv(folder / "points.csv").assign(weight=1.0)
    points[["x", "y"]] = points[["x", "y"]] * 1000.0 + 1.0
    window = gpd.GeoDataFrame(geometry=[shapely.box(1, -999, 1001, 1)], crs="EPSG:27700")
    at = pd.read_csv(folder / "expected_at_points.csv")
    at = at[at["x"] != 0.999]
    assert len(at) == 61
    for correction, tolerance in (("none", 1e-6), ("uniform", 0.02)):
        surface = kernel_density(
            points, bandwidth=radius, cell_size=2, kernel=kernel, mask=window, edge_correction=correction
        )
        wanted = at[f"{kernel}_{correction}"].to_numpy()
        if correction == "uniform" and kernel != "gaussian":
            # Spatstat's pixels put these up to 3% off the part of the kernel in the window, which is worked out here.
            wanted = at[f"{kernel}_none"].to_numpy() / [held(*place, radius / 1_000, kernel) for place in places_of(at)]
        assert there(surface, at) == pytest.approx(wanted, rel=tolerance)
        if correction == "none" and kernel != "quartic":
            grid = pd.read_csv(folder / "expected_grid_sklearn.csv")
            assert there(surface, grid) == pytest.approx(grid[f"{kernel}_sklearn_times_n"].to_numpy(), rel=1e-6)
        if kernel == "quartic":
            whole = surface.table.loc["total of the surface", "value"]
            wanted = values_of(folder)[f"integral_quartic_{'noedge' if correction == 'none' else correction}"]
            assert whole == pytest.approx(wanted, rel=0.02)  # of spatstat's pixels: the accuracy of its edges


def places_of(table: pd.DataFrame) -> list[tuple[float, float]]:
    return list(zip(table["x"], table["y"], strict=True))


def held(x: float, y: float, radius: float, kernel: str) -> float:
    """Part of a kernel round a place that lies in the window of the redwoods, by the middle of small squares."""
    step = 2 * radius / 400
    across, up = np.meshgrid(x - radius + step * (np.arange(400) + 0.5), y - radius + step * (np.arange(400) + 0.5))
    part = np.maximum(1 - ((across - x) ** 2 + (up - y) ** 2) / radius**2, 0.0) ** (2 if kernel == "quartic" else 1)
    inside = (across >= 0) & (across <= 1) & (up >= -1) & (up <= 0)
    return float(part[inside].sum() / part.sum())


def there(surface: Any, places: pd.DataFrame) -> np.ndarray:
    """Values at places that are centres of cells."""
    row = ((places["y"] * 1000 + 1.0 - surface.y[0]) / 2).round().astype(int)
    column = ((places["x"] * 1000 + 1.0 - surface.x[0]) / 2).round().astype(int)
    np.testing.assert_allclose(surface.x[column], places["x"] * 1000 + 1.0, atol=1e-6)
    return np.asarray(surface.grid[row, column])


@pytest.mark.parametrize("number", [0, 1, 2])
def test_core_points_of_two_moons(shared_references, number):
    """f04_dbscan_moons: adjusted Rand 1 on core points; numbers of clusters, noise and core points exact."""
    folder = shared_references / "f04_dbscan_moons"
    case, table = values_of(folder)["dbscan"][number], pd.read_csv(folder / "points.csv")
    eps, least = case["eps"], case["minPts_incl_self"]
    labels = pd.read_csv(folder / "expected_labels.csv")[f"dbscan_eps{eps}_minpts{least}"]
    places = table[["x", "y"]].to_numpy()
    core = (cdist(places, places) <= eps).sum(axis=1) >= least
    assert core.sum() == case["n_core"]
    rank = clustered(table, method="dbscan", eps=eps * 1_000, min_events=least)
    assert (rank.nunique() - (rank == 0).any(), (rank == 0).sum()) == (case["n_clusters"], case["n_noise"])
    assert adjusted_rand_score(labels[core], rank[core]) == 1


def test_hdbscan_of_two_moons_in_numbers(shared_references):
    """f04_dbscan_moons: three clusters of 50, 25 and 25, and no noise, as R's dbscan and scikit-learn have them."""
    folder = shared_references / "f04_dbscan_moons"
    wanted = values_of(folder)["hdbscan"]
    rank = clustered(pd.read_csv(folder / "points.csv"), method="hdbscan", min_events=wanted["minPts"])
    assert (rank == 0).sum() == wanted["n_noise"]
    assert sorted(rank.value_counts(), reverse=True) == wanted["sizes"]


def clustered(table: pd.DataFrame, **choices: Any) -> pd.Series:
    """Number of the cluster of each point, 0 of noise; coordinates are stretched to metres."""
    given = pd.DataFrame({"x": table["x"] * 1_000, "y": table["y"] * 1_000, "weight": 1.0})
    found = cluster_points(given, minimum_events=1, resamples=0, seed=1, **choices)
    return given.merge(found.members, on=["x", "y"], how="left", validate="1:1")["rank"].fillna(0).astype(int)


def test_seven_classes_of_classint(shared_references):
    """f10_jenks71, 1e-9: quantiles and equal widths of classInt 0.4.9; breaks are mapclassify's in another test."""
    folder = shared_references / "f10_jenks71"
    values = np.sort(pd.read_csv(folder / "jenks71.csv")["jenks71"].to_numpy())
    for ours, theirs in (("quantiles", "quantile"), ("equal", "equal")):
        for k in (5, 7):
            wanted = values_of(folder)["classInt"][f"jenks71_{theirs}_{k}"]
            assert _upper_bounds(values, ours, k) == pytest.approx(wanted[1:], abs=1e-9), (ours, k)
