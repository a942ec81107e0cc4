"""Cluster maps: every class in the legend with its number, colours that tell apart, gaps hatched."""

from __future__ import annotations

import dataclasses

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from factories import luminance
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.text import Text

from socharm._about import About, AssessmentPeriod
from socharm.errors import AlignmentError, CoverageWarning, DataWarning, ParameterError
from socharm.hotspots.areas.join_counts import local_join_counts
from socharm.hotspots.areas.local import local_gi_star, local_moran
from socharm.hotspots.areas.local_geary import HETEROGENEITY_LABELS, local_geary, local_spread
from socharm.hotspots.areas.local_record import LABELS, LocalStatistics, labels_by_own
from socharm.hotspots.areas.local_values import UNTESTED
from socharm.hotspots.areas.neighbours import neighbours
from socharm.maps.furniture import new_axes
from socharm.maps.hotspots import plot_hotspots
from socharm.maps.label_colours import HOTSPOT_COLOURS

ABOUT = About(
    period=AssessmentPeriod("2025-04", "2025-09"),
    unit="sentence-days per resident per year",
    sources=("Sample police",),
    marking="OFFICIAL-SENSITIVE",
)


def towns() -> gpd.GeoDataFrame:
    """Twelve by twelve squares, and one on the far side of the water."""
    boxes = {f"W{r:02d}{c:02d}": shapely.box(c, r, c + 1, r + 1) for r in range(12) for c in range(12)}
    boxes["X"] = shapely.box(14, 0, 15, 1)
    shapes = [shapely.transform(shape, lambda xy: xy * 1_000) for shape in boxes.values()]
    index = pd.Index(list(boxes), name="area_code")
    return gpd.GeoDataFrame({"name": list(boxes)}, geometry=shapes, index=index, crs=27700)


def found(statistic: str = "gi", **options: object) -> LocalStatistics:
    areas = towns()
    values = pd.Series(np.random.default_rng(0).gamma(4, size=145), index=areas.index, name="rate")
    values[[f"W{r:02d}{c:02d}" for r in range(3) for c in range(3)]] += 12
    values["W0909"] = np.nan
    with pytest.warns(DataWarning):
        graph = neighbours(areas)
    run = local_gi_star if statistic == "gi" else local_moran
    with pytest.warns(CoverageWarning):
        return run(values, graph, seed=1, about=ABOUT, **{"permutations": 9_999, **options})


def words(ax) -> str:
    figure = ax.get_figure()
    FigureCanvasAgg(figure).draw()
    return "\n".join(text.get_text() for text in figure.findobj(Text) if text.get_visible())


@pytest.mark.parametrize("statistic", ["gi", "moran"])
def test_the_legend_has_every_class_with_its_number(statistic: str) -> None:
    local, ax = found(statistic), new_axes(width=9, height=9)
    assert plot_hotspots(towns(), local, ax=ax) is ax
    entries = [text.get_text() for text in ax.get_legend().get_texts()]
    numbers = [int(entry.rsplit("(", 1)[1].rstrip(")").replace(",", "")) for entry in entries]
    assert numbers == list(
        local.counts.drop(["no population", "not rankable"])
    )  # kinds of gaps that no area has are left out
    assert local.counts["not rankable"] == 0
    assert sum(numbers) == 145
    written = words(ax)
    for part in ("false discovery rate 0.05", "9,999 permutations", "143 areas tested", "queen"):
        assert part in written
    assert ABOUT.unit in written
    assert "OFFICIAL-SENSITIVE" in written


def test_areas_have_the_colour_of_their_label_and_gaps_are_hatched() -> None:
    local, ax = found(), new_axes(width=9, height=9)
    plot_hotspots(towns(), local, ax=ax, labels=0)
    drawn = [c for c in ax.collections if len(c.get_paths())]
    by_colour = {tuple(np.round(c.get_facecolor()[0][:3], 3)): len(c.get_paths()) for c in drawn if not c.get_hatch()}
    assert by_colour[tuple(np.round(to_rgb(HOTSPOT_COLOURS["hot"]), 3))] == local.counts["hot"] > 0
    assert sorted(c.get_hatch() for c in drawn if c.get_hatch()) == ["////", "oo"]


def test_what_was_not_corrected_says_so() -> None:
    local = found(correction="none", alternative="greater")
    ax = plot_hotspots(towns(), local, ax=new_axes(width=9, height=9), title="A title")
    written = words(ax)
    assert "NOT corrected" in written.replace("\n", " ")
    assert "upper tail" in written.replace("\n", " ")
    assert "A title" in written


def test_hot_areas_are_named_from_the_highest() -> None:
    local, areas = found(), towns()
    highest = local.table.loc[local.hot, "value"].idxmax()
    assert highest in words(plot_hotspots(areas, local, ax=new_axes(width=9, height=9), labels=1))
    assert "W1111" in words(plot_hotspots(areas, local, ax=new_axes(width=9, height=9), labels=["W1111"]))
    with pytest.raises(AlignmentError, match="labels"):
        plot_hotspots(areas, local, ax=new_axes(), labels=["Z9"])


def test_reds_and_blues_differ_for_every_eye_and_outliers_are_lighter() -> None:
    assert luminance(HOTSPOT_COLOURS["high-low"]) > 2 * luminance(HOTSPOT_COLOURS["high-high"])
    assert luminance(HOTSPOT_COLOURS["low-high"]) > 2 * luminance(HOTSPOT_COLOURS["low-low"])
    for warm, cold in (("hot", "cold"), ("high-low", "low-high")):
        assert to_rgb(HOTSPOT_COLOURS[warm])[2] < to_rgb(HOTSPOT_COLOURS[cold])[2] - 0.2


def test_other_records_and_other_areas_are_refused() -> None:
    with pytest.raises(ParameterError, match="local_gi_star"):
        plot_hotspots(towns(), pd.Series([1.0]))
    with pytest.raises(AlignmentError, match="same boundary year"):
        plot_hotspots(towns().drop(index="W0000"), found())


@pytest.mark.parametrize("kind", ["geary", "spread", "joins"])
def test_contrasts_and_joins_have_their_own_legend_and_words(kind: str) -> None:
    areas = towns()
    values = found().table["value"]
    with pytest.warns(DataWarning):
        graph = neighbours(areas)
    with pytest.warns(CoverageWarning):
        record = {
            "geary": lambda: local_geary(values, graph, permutations=999, seed=1, about=ABOUT),
            "spread": lambda: local_spread(values, graph, about=ABOUT),
            "joins": lambda: local_join_counts(
                values.gt(values.quantile(0.9)).astype("boolean").mask(values.isna()), graph, seed=1, about=ABOUT
            ),
        }[kind]()
    ax = plot_hotspots(areas, record, ax=new_axes(width=9, height=9))
    entries = [text.get_text() for text in ax.get_legend().get_texts()]
    numbers = [int(entry.rsplit("(", 1)[1].rstrip(")").replace(",", "")) for entry in entries]
    assert numbers == list(record.counts.drop(["no population", "not rankable"]))
    written = " ".join(words(ax).split())
    first, how = {
        "geary": ("is like its neighbours, or unlike them", "999 permutations"),
        "spread": ("uneven from one area", "Chi-squared approximation"),
        "joins": ("marked areas stand together", "99,999 permutations"),
    }[kind]
    for part in (first, how, "false discovery rate 0.05", "OFFICIAL-SENSITIVE"):
        assert part in written
    drawn = {tuple(np.round(c.get_facecolor()[0][:3], 3)) for c in ax.collections if len(c.get_paths())}
    for label, number in record.counts.items():
        if number and label in HOTSPOT_COLOURS:
            assert tuple(np.round(to_rgb(HOTSPOT_COLOURS[label]), 3)) in drawn


def test_every_label_of_every_statistic_has_a_look_of_its_own() -> None:
    for labels in [*LABELS.values(), *HETEROGENEITY_LABELS.values()]:
        shown = [HOTSPOT_COLOURS[label] for label in labels if label not in UNTESTED]
        assert len(set(shown)) == len(shown)


def test_only_areas_that_agree_with_their_neighbourhood_have_its_full_colour():
    """W0101 lies in the middle of the hot corner; made low itself it stays in a hot neighbourhood, and is hatched."""
    local = found()
    table = local.table.copy()
    assert table.loc["W0101", "label"] == "hot"
    table.loc["W0101", "value"] = table["value"].mean() - 1
    changed = dataclasses.replace(local, table=table)
    before, after = labels_by_own(local.table), labels_by_own(table)
    assert before.equals(local.table["label"].astype("str"))
    assert after[after != before].to_dict() == {"W0101": "hot around"}
    written = words(plot_hotspots(towns(), changed, ax=new_axes(width=9, height=9)))
    hot = int((after == "hot").sum())
    assert f"hot: high here and around it  ({hot})" in written
    assert "high around it, not here  (1)" in written
    assert f"{hot} areas in hotspots of high harm per resident; no coldspot of low harm per resident" in written


def test_without_a_hotspot_the_title_says_so():
    local = found(alpha=1e-9)
    assert "No hotspot of high harm per resident; no coldspot of low harm per resident" in words(
        plot_hotspots(towns(), local, ax=new_axes())
    )


def test_nothing_is_set_apart_where_values_are_withheld():
    table = found().table.assign(value=np.nan)
    assert labels_by_own(table).equals(table["label"].astype("str"))


def test_a_note_stands_only_under_a_map_that_has_what_it_explains():
    """No cold area, no ring; a nation so wide that its hot corner is a speck is ringed, and says so; then no colour."""
    shown = " ".join(words(plot_hotspots(towns(), found(), ax=new_axes())).split())
    assert "Hot areas are themselves above the mean." in shown
    assert "Cold areas" not in shown
    assert "A ring marks" not in shown
    wide = towns()
    wide.loc["X", "geometry"] = shapely.box(4_000_000, 0, 4_001_000, 1_000)
    assert "A ring marks an area too small to see." in " ".join(
        words(plot_hotspots(wide, found(), ax=new_axes())).split()
    )
    none = " ".join(words(plot_hotspots(towns(), found(alpha=1e-9), ax=new_axes())).split())
    assert "No area is coloured: false discovery rate" in none
    assert "themselves" not in none
    assert "A hotspot or coldspot says" not in none
