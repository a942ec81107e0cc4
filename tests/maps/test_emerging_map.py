"""Maps of emerging patterns and of significant change: legends of what is there, titles that are true."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from libpysal.graph import Graph
from shapely.geometry import box

from socharm.errors import AlignmentError
from socharm.hotspots.areas.change_significance import change_significance
from socharm.hotspots.areas.emerging import emerging_hotspots
from socharm.hotspots.areas.emerging_patterns import PATTERNS
from socharm.maps.cube import plot_cube
from socharm.maps.emerging import EMERGING_COLOURS, plot_emerging, plot_significant_change
from socharm.maps.furniture import new_axes

SIDE = 12


@pytest.fixture(scope="module")
def squares() -> gpd.GeoDataFrame:
    codes = pd.Index([f"A{r:02d}{c:02d}" for r in range(SIDE) for c in range(SIDE)], name="area_code")
    shapes = [box(1000 * c, 1000 * r, 1000 * c + 1000, 1000 * r + 1000) for r in range(SIDE) for c in range(SIDE)]
    return gpd.GeoDataFrame({"name": codes}, geometry=shapes, index=codes, crs="EPSG:27700")


@pytest.fixture(scope="module")
def found(squares):
    rng = np.random.default_rng(1)
    values = rng.normal(20, 1, (SIDE, SIDE, 24))
    values[:4, :4] += 6
    values[8:, 8:, :] -= 6
    columns = pd.period_range("2023-01", periods=24, freq="M").astype(str)
    table = pd.DataFrame(values.reshape(-1, 24), index=squares.index, columns=columns)
    return emerging_hotspots(table, Graph.build_contiguity(squares.geometry, rook=False), seed=1)


def words(ax) -> list[str]:
    return [text.get_text() for figure in [ax.figure] for text in figure.findobj(lambda o: hasattr(o, "get_text"))]


def test_the_legend_has_the_patterns_that_are_there_and_their_numbers(squares, found):
    ax = plot_emerging(squares, found, ax=new_axes())
    told = " | ".join(words(ax))
    for label, number in found.counts.items():
        assert f"({number:,})" in told
        assert str(label) in told
    absent = [label for label in PATTERNS if label not in found.counts.index]
    assert absent
    assert not [label for label in absent if f"{label}:" in told]
    assert "persistent hot spot: nearly always, no trend" in told
    hot = int(found.table["pattern"].str.endswith("hot spot").sum())
    assert f"{hot} areas in hot spots" in told


def test_a_small_map_for_each_period_and_the_last_where_there_are_more(squares, found):
    ax = plot_cube(squares, found, ax=new_axes())
    assert [panel.get_title() for panel in ax.child_axes][::23] == ["January 2023", "December 2024"]
    label = found.cube.pivot_table(index="area_code", columns="period", values="label", aggfunc="first")
    hot = label == "hot"
    told = " | ".join(words(ax))
    assert f"{hot.any(axis=1).sum()} areas hot in some period, {hot.iloc[:, -1].sum()} in the last" in told
    few = plot_cube(squares, found, panels=3, ax=new_axes())
    assert len(few.child_axes) == 3
    assert "Of 24 periods the last 3 are drawn." in " ".join(" ".join(words(few)).split())


def test_every_pattern_has_a_look_of_its_own():
    plain = [colour for label, colour in EMERGING_COLOURS.items() if not label.startswith(("osc", "hist"))]
    assert len(set(plain)) == len(plain)
    assert set(PATTERNS) <= set(EMERGING_COLOURS)


def test_changes_are_drawn_as_they_were_found(squares):
    before = pd.Series(100, index=squares.index)
    after = before.copy()
    after.iloc[:5], after.iloc[5:8] = 200, 30
    ax = plot_significant_change(squares, change_significance(before, after, dispersion=1.0), ax=new_axes())
    told = " | ".join(words(ax))
    assert "5 areas with a rise and 3 with a fall beyond chance" in told
    assert "rose beyond chance  (5)" in told
    assert "too few" not in told


def test_what_is_not_corrected_is_not_called_a_false_discovery_rate(squares):
    table = pd.Series(50, index=squares.index)
    plain = change_significance(table, table, dispersion=1, correction="none")
    told = " ".join(" ".join(words(plot_significant_change(squares, plain, ax=new_axes()))).split())
    assert "p at most 0.05, NOT corrected; variance of a count 1.0 times its mean" in told
    assert "false discovery" not in told
    usual = change_significance(table, table, dispersion=1)
    told = " ".join(words(plot_significant_change(squares, usual, ax=new_axes())))
    assert "false discovery rate 0.05;" in told
    assert "No area with a rise or a fall beyond chance" in told


@pytest.mark.parametrize(
    ("after", "title"),
    [
        (200, "1 area with a rise beyond chance, none with a fall"),
        (30, "1 area with a fall beyond chance, none with a rise"),
    ],
)
def test_a_title_names_what_there_is(squares, after, title):
    earlier = pd.Series(100, index=squares.index)
    later = earlier.copy()
    later.iloc[0] = after
    ax = plot_significant_change(squares, change_significance(earlier, later, dispersion=1.0), ax=new_axes())
    assert title in " ".join(words(ax))


def test_areas_without_a_boundary_are_told(squares, found):
    with pytest.raises(AlignmentError, match="boundar"):
        plot_emerging(squares.iloc[:50], found, ax=new_axes())
