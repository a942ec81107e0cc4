"""Releases beside each other: compared by borders, and nothing is told by the difference of two."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from factories import make_assessment_tables
from shapely import box
from worlds import write_world

import socharm as sh
from socharm.assessment.release import publish_snapshot
from socharm.assessment.steps.order import declared_tables
from socharm.errors import RefusedError, StoreError
from socharm.io.area_overlaps import outlines_of, overlapping_areas
from socharm.publish.earlier import EarlierRelease, compared, keep_published, shared_places, sides_of
from socharm.publish.law import NoiseSettings
from socharm.publish.posterior import guess_counts
from socharm.snapshot.tables import read_tables


def cells(numbers: dict[str, list[int]]) -> pd.DataFrame:
    rows = [(area, "drugs", f"2025-0{4 + k}", n) for area, values in numbers.items() for k, n in enumerate(values)]
    table = pd.DataFrame(rows, columns=["area_code", "offence", "period", "n"])
    return table.assign(period=pd.PeriodIndex(table["period"], freq="M"))


NO_FLAGS = pd.DataFrame({name: [] for name in ("area_code", "offence", "period", "flag", "n")})


def release(shown, true, boxes) -> EarlierRelease:
    areas = gpd.GeoDataFrame(geometry=list(boxes.values()), index=list(boxes), crs=27700)
    source = None if true is None else make_assessment_tables(counts=cells(true), flagged=NO_FLAGS)
    return EarlierRelease(
        counts=cells(shown), flagged=NO_FLAGS, outlines=outlines_of(areas), spread=5, fingerprint="ab", source=source
    )


WEST, EAST = box(0, 0, 1000, 1000), box(1000, 0, 2000, 1000)


def check(new, old):
    ranges = {
        flag: (np.where(side.shown == 0, 0, np.maximum(side.shown - 5, 1)), side.shown + 5)
        for flag, side in sides_of(new).items()
    }
    found = compared(new, old, ranges, small=5, width=5)
    risky = np.any([cells for _, cells, _ in found], axis=0) | (ranges[""][1] - ranges[""][0] < 5)
    return risky.tolist(), ranges[""]


def test_overlaps_are_shares_of_each_area():
    first = outlines_of(gpd.GeoDataFrame(geometry=[WEST, EAST], index=["w", "e"], crs=27700))
    second = outlines_of(gpd.GeoDataFrame(geometry=[box(0, 0, 1250, 1000)], index=["x"], crs=27700))
    found = overlapping_areas(first, second).set_index("first")
    assert found.loc["w", ["share_first", "share_second"]].tolist() == pytest.approx([1.0, 0.8])
    assert found.loc["e", ["share_first", "share_second"]].tolist() == pytest.approx([0.25, 0.2])


def test_the_same_records_under_another_code_tell_nothing():
    new = release({"E9": [3, 8]}, {"E9": [2, 9]}, {"E9": WEST})
    old = release({"E1": [3, 8]}, {"E1": [2, 9]}, {"E1": WEST})
    assert check(new, old)[0] == [[False, False]]


def test_two_noises_on_one_place_are_at_risk_whatever_its_code():
    new = release({"E9": [3, 8]}, {"E9": [2, 9]}, {"E9": WEST})
    old = release({"E1": [5, 8]}, {"E1": [2, 9]}, {"E1": WEST})
    assert check(new, old)[0] == [[True, False]]
    # Without the tables of the earlier snapshot what is shown must do: [1, 8] and [1, 10] leave enough.
    assert check(new, dataclasses.replace(old, source=None))[0] == [[False, False]]
    far = dataclasses.replace(release({"E1": [0, 8]}, None, {"E1": WEST}))
    assert check(new, far)[0] == [[True, False]]


def test_a_moved_border_with_few_records_is_at_risk_and_one_with_many_is_not():
    sliver = {"E1": box(0, 0, 1100, 1000)}
    old = release({"E1": [12, 40]}, {"E1": [11, 41]}, {"E1": WEST})
    new = release({"E1": [13, 52]}, {"E1": [12, 50]}, sliver)
    assert check(new, old)[0] == [[True, False]]


def test_a_published_number_stands_where_few_records_changed():
    old = release({"E1": [12, 40, 0]}, {"E1": [11, 41, 0]}, {"E1": WEST})
    new = release({"N1": [15, 52, 6]}, {"N1": [12, 50, 5]}, {"N1": box(0, 0, 1100, 1000)})
    counts, _ = keep_published(new, [old], small=5)
    assert counts["n"].tolist() == [12, 52, 6]
    assert check(dataclasses.replace(new, counts=counts), old)[0] == [[False, False, False]]


def test_what_stands_is_held_against_the_records_it_was_made_of():
    """Three records come late before each release: the third differs by six from what the number was made of."""
    first = release({"E1": [20]}, {"E1": [20]}, {"E1": WEST})
    second = release({"E1": [20]}, {"E1": [23]}, {"E1": WEST})
    third = release({"E1": [28]}, {"E1": [26]}, {"E1": WEST})
    assert keep_published(third, [first, second], small=5)[0]["n"].tolist() == [28]


def test_an_area_and_its_parts_bound_each_other():
    parts = {"a": box(0, 0, 500, 1000), "b": box(500, 0, 1000, 1000)}
    fine = release({"a": [3], "b": [4]}, {"a": [2], "b": [5]}, parts)
    whole = release({"w": [14]}, {"w": [7]}, {"w": WEST})
    # Parts: 1 to 8 and 1 to 9, together 2 to 17; the whole 9 to 19: so 9 to 17, and each part at least 0.
    risky, (low, high) = check(whole, fine)
    assert (low[0, 0], high[0, 0]) == (9, 17)
    assert risky == [[False]]
    tight = release({"w": [22]}, {"w": [17]}, {"w": WEST})  # 17 to 27 beside 2 to 17: the whole is 17
    assert check(tight, fine)[0] == [[True]]
    assert check(fine, tight)[0] == [[True], [True]]


def test_open_numbers_of_a_place_leave_nothing_to_hide():
    old = dataclasses.replace(release({"E1": [2]}, None, {"E1": WEST}), spread=0)
    risky, (low, high) = check(release({"N": [3]}, {"N": [2]}, {"N": WEST}), old)
    assert risky == [[True]]
    assert (low[0, 0], high[0, 0]) == (2, 2)


def test_places_are_shared_by_border_or_code():
    west, east = (release({"a": [1]}, None, {"a": shape}) for shape in (WEST, EAST))
    other = release({"b": [1]}, None, {"b": EAST})
    assert shared_places(west, east) == ({"a"}, {"a"})  # by code
    assert shared_places(west, other) == (set(), set())
    assert shared_places(east, other) == ({"a"}, {"b"})


# what an attacker believes


def test_a_zero_is_not_told_for_sure_and_a_large_count_is_hidden():
    shown = pd.DataFrame({"offence": "drugs", "n": [0] * 50 + [1] * 5 + [12]})
    made = guess_counts(shown).table
    assert 0.8 < made["none"].iloc[0] < 0.999
    assert made["none"].iloc[50] == 0
    assert made["chance"].iloc[-1] < 0.5


def test_guesses_by_hand():
    """Spread 1, variance .5: a count of 1 or more is shown as itself with .5, one less or more with .25 each."""
    shown = pd.DataFrame({"offence": "x", "n": [0, 0, 1, 1]})
    made = guess_counts(shown, settings=NoiseSettings(spread=1, variance=0.5)).table
    # Poisson prior of mean .5 up to 2: exp(-.5) times 1, .5, .125.
    assert made["none"].iloc[0] == pytest.approx(1 / (1 + 0.5 * 0.25))
    assert made["chance"].iloc[2] == pytest.approx(0.5 * 0.5 / (0.5 * 0.5 + 0.125 * 0.25))


def test_faulty_published_counts_are_told():
    with pytest.raises(ValueError, match="Give published counts"):
        guess_counts(pd.DataFrame({"offence": ["x"], "n": [-1]}))


# whole releases


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """The small world as closed input, released; and the same wards under codes of another year."""
    folder = tmp_path_factory.mktemp("releases")
    recipe = write_world(folder)
    text = re.sub(r"\n\[(heat|outputs)\][^\[]*", "\n", recipe.read_text())
    recipe.write_text(f"{text}\n[disclosure]\nopen = false\n[outputs]\nmaps = false\nworkbook = false\n")
    wards = gpd.read_file(folder / "wards.gpkg")
    wards.assign(ward_code="N" + wards["ward_code"]).to_file(folder / "renamed.gpkg")
    other = folder / "renamed.toml"
    renamed = re.sub(
        r"\n\[(population|deprivation)[^\[]*", "\n", recipe.read_text().replace("wards.gpkg", "renamed.gpkg")
    )
    other.write_text(renamed.replace("[outputs]", "[outputs]\nmicro_places = false"))
    return recipe, other


def released(snapshot, minute):
    when = dt.datetime(2026, 1, 5, 9, minute, tzinfo=dt.UTC)
    release = publish_snapshot(snapshot.path, role="information asset owner", created=when)
    return read_tables(release.path / "tables", declared_tables()), release


def test_releases_of_one_store_tell_one_number_for_the_same_records(store):
    recipe, other = store
    first, one = released(sh.run_assessment(recipe), 0)
    second, _ = released(sh.run_assessment(other), 1)
    keys = ["area_code", "offence", "period"]
    renamed = second["counts"].assign(area_code=second["counts"]["area_code"].str[1:]).set_index(keys)["n"]
    shown = first["counts"].set_index(keys)["n"]
    assert (renamed.reindex(shown.index) == shown).all()
    assert one.settings["keyed_by"] == "records"
    assert first["record_keys"].empty
    assert list(first["outlines"].columns) == ["geometry", "crs"]
    assert (first["flagged"]["n"] > 0).all()
    wider = recipe.parent / "wider.toml"
    wider.write_text(recipe.read_text().replace("open = false", "open = false\nspread = 8\nvariance = 4.0"))
    with pytest.raises(RefusedError, match="has spread 5 and variance 2 since"):
        sh.run_assessment(wider)
    record = (one.path / "transparency-record.md").read_text()
    assert re.search(r"about [\d,]+ rows", record)
    secret = one.path.parent / ".secret"
    kept = secret.read_text()
    secret.unlink()
    with pytest.raises(StoreError, match="The store's secret is lost"):
        sh.run_assessment(recipe)
    secret.write_text(kept[::-1])
    with pytest.raises(RefusedError, match="another secret"):
        sh.run_assessment(recipe)
