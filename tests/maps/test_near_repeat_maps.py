"""Pictures of near repeats and of nearest-neighbour clusters: every mark is true of its table."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from shapely.geometry import box

from socharm.errors import CRSError, ParameterError
from socharm.hotspots import knox, nearest_neighbour_clusters
from socharm.maps import plot_knox, plot_nearest_clusters
from socharm.maps.furniture import new_axes


@pytest.fixture(scope="module")
def events() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    places, days = rng.uniform(0, 4_000, (150, 2)).round(), rng.integers(0, 200, 150)
    again = {"x": places[:40, 0] + 20, "y": places[:40, 1], "date": days[:40] + 2}
    first = pd.DataFrame({"x": places[:, 0], "y": places[:, 1], "date": days})
    table = pd.concat([first, pd.DataFrame(again)], ignore_index=True)
    return table.assign(x=table["x"] + 400_000, y=table["y"] + 300_000, w=2.0)


def page_of(ax) -> str:
    """Everything that stands on the page."""
    FigureCanvasAgg(ax.get_figure()).draw()
    return " ".join(" ".join(text.get_text().split()) for text in ax.get_figure().findobj(Text))


def texts_of(ax) -> list[str]:
    return [text.get_text() for text in ax.texts]


def test_cells_tell_ratio_counts_and_mark(events):
    found = knox(events, distances=[0, 100, 400], days=[0, 7, 14], seed=1)
    ax = plot_knox(found, ax=new_axes())
    told = texts_of(ax)
    for cell in found.table.itertuples():
        star = "*" if cell.significant else ""
        assert any(text.startswith(f"{cell.ratio:.3g}"[:3]) and text.endswith(star) for text in told)
        assert any(text.startswith(f"{cell.pairs} / ") for text in told)
    frames = [patch for patch in ax.patches if isinstance(patch, Rectangle) and not patch.get_fill()]
    assert len(frames) == 2 * int(found.table["near_repeat"].sum()) > 0
    assert [label.get_text() for label in ax.get_xticklabels()] == ["0 to 6", "7 to 13"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["under 100", "100 to under 400"]
    page = page_of(ax)
    assert f"{found.table['ratio'].max():.1f} times the expected" in page


def test_withheld_counts_and_cells_without_expectation(events):
    found = knox(events, distances=[0, 0.5, 100], days=[0, 7], seed=1)
    ax = plot_knox(found, ax=new_axes())
    assert sum(patch.get_hatch() == "////" for patch in ax.patches) == int(found.table["ratio"].isna().sum()) == 1
    hidden = found.table.assign(pairs=np.nan, expected=np.nan)
    shown = plot_knox(type(found)(hidden, found.set_aside, found.settings, found.about, found.findings), ax=new_axes())
    assert not [text for text in texts_of(shown) if "/" in text]


def test_few_permutations_are_told(events):
    found = knox(events, permutations=99, seed=1)
    page = page_of(plot_knox(found, ax=new_axes()))
    assert "With so few permutations a single cell cannot be significant" in page
    assert "a single cell cannot be significant" in repr(found)
    harm = knox(events, distances=[0, 100], days=[0, 7], weight="w", seed=1)
    page = page_of(plot_knox(harm, ax=new_axes()))
    assert "Harm of pairs under 100 m" in page
    with pytest.raises(ParameterError, match="room for 12"):
        plot_knox(knox(events, days=list(range(15)), permutations=9, seed=1), ax=new_axes())


def test_each_order_has_its_ellipses(events):
    areas = gpd.GeoDataFrame(
        {"name": ["One"]},
        geometry=[box(399_000, 299_000, 405_000, 305_000)],
        index=pd.Index(["W1"], name="area_code"),
        crs="EPSG:27700",
    )
    clusters = nearest_neighbour_clusters(events, threshold_m=400, least_points=5, area_km2=400.0)
    ax = plot_nearest_clusters(areas, clusters, ax=new_axes())
    legend = [text.get_text() for text in ax.get_legend().get_texts()]
    sizes = clusters.table.groupby("order").size()
    assert legend[0] == f"first order: events ({sizes[1]})"
    assert any(f"({sizes[2]})" in text for text in legend)
    with pytest.raises(CRSError, match="Bring both to the same"):
        plot_nearest_clusters(areas.to_crs(32630), clusters, ax=new_axes())
    none = nearest_neighbour_clusters(events, threshold_m=1, least_points=100)
    assert "No nearest-neighbour cluster" in page_of(plot_nearest_clusters(areas, none, ax=new_axes()))
