"""A planted hot place stays hot as units change; the number is what its table of tries says."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from worlds import write_world

import socharm as sh
from socharm.errors import AlignmentError, CRSError, ParameterError, RefusedError
from socharm.hotspots import scale_ladder
from socharm.io import grid
from socharm.maps.furniture import new_axes
from socharm.maps.scale_ladder import plot_scale_ladder

pytestmark = pytest.mark.filterwarnings("ignore")

FEW = {"permutations": 199, "alpha": 0.2, "correction": "none", "seed": 1}


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """Squares of 1 km as areas, and crimes that crowd in the south-western four of them, month after month."""
    folder = tmp_path_factory.mktemp("ladder")
    write_world(folder)
    rng = np.random.default_rng(3)
    n, months = 6_000, ("2025-04", "2025-05", "2025-06", "2025-07")
    crowded = rng.random(n) < 0.35
    x = np.where(crowded, rng.uniform(400_000, 402_000, n), rng.uniform(400_000, 408_000, n))
    y = np.where(crowded, rng.uniform(300_000, 302_000, n), rng.uniform(300_000, 306_000, n))
    rows = pd.DataFrame(
        {"date": rng.choice(months, n), "offence": "Burglary", "easting": np.round(x), "northing": np.round(y)}
    )
    rows.to_csv(folder / "crimes.csv", index=False)
    incidents = sh.read_incidents(folder / "crimes.csv", crs="EPSG:27700")
    wards = sh.read_boundaries(folder / "wards.gpkg", code="ward_code", name="ward_name")
    areas = grid(wards, 1_000)
    return areas, sh.locate_incidents(incidents, areas), {"burglary": 10.0}


@pytest.fixture(scope="module")
def ladder(town):
    areas, located, weights = town
    return scale_ladder(
        located,
        weights,
        areas,
        others={"smaller squares": grid(areas, 800)},
        hexes=(900.0, 1_300.0),
        shifts=2,
        jitters=1,
        **FEW,
    )


def test_a_planted_place_is_hot_at_every_try_and_one_far_away_at_none(ladder):
    # Gi* asks of neighbourhoods: on every rung the planted 2 by 2 km hold several units.
    planted = ["SK0000", "SK0100", "SK0001", "SK0101"]
    assert (ladder.table.loc[planted, "stability"] > 0.9).all()
    far = ladder.table.loc[["SK0705", "SK0605", "SK0704"], "stability"]
    assert (far < 0.2).all()
    assert ladder.table.loc[planted, "hot"].all()


def test_the_stability_is_the_mean_over_rungs_of_the_share_of_tries(ladder):
    assert ladder.tries.groupby("rung", sort=False).size().tolist() == [2, 2, 4, 4]
    assert ladder.rungs[1:] == ["smaller squares", "hexagons of 900 m", "hexagons of 1,300 m"]
    by_rung = ladder.by_rung.assign(again=lambda table: table["hot"] / table["tries"])
    assert by_rung["again"].tolist() == by_rung["share"].tolist()
    mean = by_rung.groupby("area_code")["share"].mean()
    assert ladder.table["stability"].to_dict() == pytest.approx(mean.to_dict())
    hot = by_rung.groupby("rung", sort=False)["hot"].sum()
    assert hot.to_dict() == ladder.tries.groupby("rung", sort=False)["areas_hot"].sum().to_dict()


def test_the_first_try_is_the_local_statistic_of_the_areas(town, ladder):
    areas, located, weights = town
    index = sh.severity_index(sh.count_incidents(located, areas), weights)
    # Squares of 1 km: harm per area is harm per square kilometre.
    found = sh.local_gi_star(index, sh.neighbours(areas), **FEW)
    assert ladder.table.index[ladder.table["hot"]].tolist() == sorted(found.hot)


def test_the_same_seed_gives_the_same_and_another_other_tries(town, ladder):
    areas, located, weights = town
    choices = {"hexes": (1_300.0,), "shifts": 1, "jitters": 1}
    one, again = (scale_ladder(located, weights, areas, **choices, **FEW, threads=threads) for threads in (1, 2))
    assert_frame_equal(one.tries, again.tries)
    assert_frame_equal(one.table, again.table)
    other = scale_ladder(located, weights, areas, **choices, **{**FEW, "seed": 2})
    assert one.tries["shift_x"].iloc[-1] != other.tries["shift_x"].iloc[-1]


def test_a_place_without_harm_has_no_stability(town):
    areas, located, weights = town
    far = areas.iloc[[0]].set_geometry(areas.geometry.iloc[[0]].translate(50_000, 0)).set_axis(["Z"])
    more = gpd.GeoDataFrame(pd.concat([gpd.GeoDataFrame(areas), gpd.GeoDataFrame(far)]), crs=areas.crs)
    more.index.name = "area_code"
    found = scale_ladder(located, weights, more, hexes=(), shifts=0, jitters=0, **FEW)
    assert np.isnan(found.table.loc["Z", "stability"])
    assert found.table["stability"].notna().sum() == len(areas)


def test_wrong_input_is_told(town):
    areas, located, weights = town
    with pytest.raises(ParameterError, match="has a rung 'area', which the areas are called too"):
        scale_ladder(located, weights, areas, others={"area": areas}, **FEW)
    with pytest.raises(CRSError, match="others"):
        scale_ladder(located, weights, areas, others={"x": areas.to_crs("EPSG:32630")}, **FEW)
    elsewhere = areas.set_geometry(areas.geometry.translate(300_000, 0))
    with pytest.raises(AlignmentError, match=r"`others\['LSOA'\]` and `areas` have no ground in common"):
        scale_ladder(located, weights, areas, others={"LSOA": elsewhere}, **FEW)
    with pytest.raises(ParameterError, match="give each size once"):
        scale_ladder(located, weights, areas, hexes=(900.0, 900.0), **FEW)
    with pytest.raises(ParameterError, match="larger than the areas together"):
        scale_ladder(located, weights, areas, hexes=(50_000.0,), **FEW)
    with pytest.raises(ParameterError, match="`seed` is missing"):
        scale_ladder(located, weights, areas)


def test_hexagons_below_250_metres_are_refused_on_points_of_police_uk(tmp_path):
    write_world(tmp_path)
    wards = sh.read_boundaries(tmp_path / "wards.gpkg", code="ward_code")
    located = sh.locate_incidents(sh.read_incidents(tmp_path / "police-uk"), wards)
    weights = sh.load_weights("ons-css").crosswalk("police.uk", allow_stale=True)
    told = r"Cells of 200 m .* about 750,000 map points.* State `hexes` of 250 m or more\.$"
    with pytest.raises(RefusedError, match=told):
        scale_ladder(located, weights, wards.iloc[:2], hexes=(200.0,), shifts=0, jitters=0, **FEW)


def test_the_picture_says_what_its_table_does(ladder):
    ax = plot_scale_ladder(ladder, n=6, ax=new_axes())
    names = [text.get_text() for text in ax.get_yticklabels()]
    assert len(names) == 6
    first = ladder.table.sort_values("stability", ascending=False)["stability"].iloc[0]
    numbers = [text.get_text() for text in ax.texts]
    assert numbers[0] == f"{first:.2f}".replace("1.00", "1")
    hot = ladder.table[ladder.table["hot"]]
    figure = ax.get_figure(root=True)
    assert figure is not None
    told = " ".join(one.get_text() for one in figure.findobj(match=lambda one: hasattr(one, "get_text")))
    assert f"{int((hot['stability'] == 1).sum())} of the {len(hot)} hot" in told or "stayed hot at every try" in told


def test_what_was_not_covered_is_neither_hot_nor_quiet_on_any_rung(town):
    areas, located, weights = town
    lost = ["SK0000", "SK0705"]
    covered = pd.Series(~areas.index.isin(lost), index=areas.index)
    smaller = grid(areas, 500)
    smaller.about = replace(smaller.about, sources=("a survey of squares",))
    choices = {"others": {"smaller squares": smaller}, "hexes": (1_300.0,), "shifts": 0, "jitters": 0}
    found = scale_ladder(located, weights, areas, covered=covered, **choices, **FEW)
    assert "a survey of squares" in found.about.sources
    assert found.table.index[found.table["stability"].isna()].tolist() == lost
    assert found.table.loc[lost, ["harm", "hot", "rungs_hot"]].isna().all(axis=None)
    assert not found.by_rung["area_code"].isin(lost).any()
    # Hexagons end where cover ends; squares inside an area that was not covered have no rate.
    ground = gpd.GeoDataFrame(areas)[~areas.index.isin(lost)]
    assert found.tries["units"].tolist() == [48, 192, len(grid(ground, 1_300, "hex", clip=True))]
    # What the same areas alone say is what those covered of all say.
    alone = scale_ladder(located, weights, ground, hexes=(), shifts=0, jitters=0, **FEW).table["hot"]
    assert found.table["hot"].drop(lost).equals(alone)
    with pytest.raises(AlignmentError, match="no area covered in any month"):
        scale_ladder(located, weights, areas, covered=covered & False, **FEW)
    with pytest.raises(AlignmentError, match="1 area that is not in `areas`"):
        scale_ladder(located, weights, areas, covered=pd.Series({"Z": True}), **FEW)


def test_the_harm_is_weighed_as_an_index_weighs_it(town):
    areas, located, weights = town
    index = sh.severity_index(sh.count_incidents(located, areas), weights, transform="sqrt")
    found = scale_ladder(located, weights, areas, weighing=index.settings, hexes=(), shifts=0, jitters=0, **FEW)
    np.testing.assert_allclose(found.table["harm"], index.table["harm"].astype(float))
    assert found.weighing.transform == "sqrt"
    with pytest.raises(ParameterError, match="place:hopital"):
        scale_ladder(located, weights, areas, weighing=replace(index.settings, exclude=("place:hopital",)), **FEW)
