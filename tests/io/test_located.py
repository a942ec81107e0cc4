"""Incidents read and located once: what is made of them is the same, and nothing is read again."""

from __future__ import annotations

import copy
import dataclasses
import datetime as dt
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

import socharm as sh
from socharm.errors import AlignmentError, ParameterError
from socharm.io.incidents import located as located_module
from socharm.io.incidents.count import count_incidents
from socharm.io.incidents.locate import locate_incidents
from socharm.io.incidents.points import incident_points
from socharm.severity.points import harm_points

OFFENCES = ("Burglary", "Drugs", "Robbery")


def squares(*codes: str, size: float = 1000.0) -> gpd.GeoDataFrame:
    """Squares side by side from easting 400,000 on."""
    shapes = [shapely.box(400_000 + size * at, 500_000, 400_000 + size * (at + 1), 501_000) for at in range(len(codes))]
    return gpd.GeoDataFrame(
        {"name": list(codes)}, geometry=shapes, index=pd.Index(codes, name="area_code"), crs="EPSG:27700"
    )


AREAS = squares("A", "B")


def table(rows: list[tuple[str, str, float | None]]) -> pd.DataFrame:
    """Rows of date, offence and easting."""
    made = pd.DataFrame(rows, columns=["date", "offence", "easting"])
    return made.assign(northing=500_500.0, id=[f"i{at}" for at in range(len(made))])


@pytest.fixture(scope="module")
def weights() -> sh.WeightScheme:
    return sh.load_weights("ons-css").crosswalk("police.uk", counts_from="home-office-2019-20", allow_stale=True)


def assert_same_counts(found: sh.Counts, wanted: sh.Counts) -> None:
    for name in ("table", "areas", "coverage", "sources", "accounting", "facts", "flagged", "deliveries", "breakdown"):
        pd.testing.assert_frame_equal(getattr(found, name), getattr(wanted, name))
    assert (found.settings, found.about) == (wanted.settings, wanted.about)


def test_counts_points_and_harm_are_those_of_the_source_and_it_is_read_once(
    weights: sh.WeightScheme, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample = sh.load_sample()
    areas = sample.wards
    wanted = (
        count_incidents(sample.incidents, areas),
        incident_points(sample.incidents),
        harm_points(sample.incidents, weights, areas=areas),
    )
    located = locate_incidents(sample.incidents, areas)
    monkeypatch.setattr(located_module, "gather", None)  # whatever reads the source now fails
    assert_same_counts(count_incidents(located, areas), wanted[0])
    pd.testing.assert_frame_equal(incident_points(located), wanted[1])
    found = harm_points(located, weights, areas=areas)
    for name in ("table", "by_offence", "losses", "accounting"):
        pd.testing.assert_frame_equal(getattr(found, name), getattr(wanted[2], name))


def test_the_harm_of_points_inside_is_that_of_the_index(weights: sh.WeightScheme) -> None:
    sample = sh.load_sample()
    located = locate_incidents(sample.incidents, sample.wards)
    index = sh.severity_index(count_incidents(located, sample.wards), weights, None)
    points = harm_points(located, weights, areas=sample.wards).table
    inside = shapely.intersects_xy(sample.wards.geometry.union_all(), points["x"], points["y"])
    assert points["weight"][inside].sum() == pytest.approx(index.table["harm"].sum(), rel=1e-12)


def test_other_areas_are_found_without_reading_again(monkeypatch: pytest.MonkeyPatch) -> None:
    read = sh.read_incidents(table([("2025-04", "Drugs", 400_200.0), ("2025-04", "Drugs", 400_800.0)]))
    located = locate_incidents(read, AREAS)
    monkeypatch.setattr(located_module, "gather", None)
    assert count_incidents(located, AREAS).total().to_dict() == {"A": 2, "B": 0}
    assert count_incidents(located, squares("P", "Q", size=500.0)).total().to_dict() == {"P": 1, "Q": 1}
    with pytest.raises(AlignmentError, match="lies in any of the 1 area"):
        count_incidents(located, AREAS.set_geometry(AREAS.translate(5000.0)).iloc[:1])


@pytest.mark.filterwarnings("ignore::socharm.errors.SocharmWarning")
@settings(max_examples=25)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["2025-04-03", "2025-05", "soon", ""]),
            st.sampled_from(OFFENCES),
            st.sampled_from([400_500.0, 401_000.0, 401_500.0, 409_000.0, None]),
        ),
        max_size=12,
    ),
    st.randoms(use_true_random=False),
)
def test_the_order_of_rows_changes_nothing_and_every_row_is_located(rows, random) -> None:
    rows = [("2025-04-03", "Drugs", 400_500.0), *rows]
    mixed = random.sample(rows, len(rows))
    period = ("2025-04", "2025-05")
    first, second = (
        count_incidents(
            locate_incidents(sh.read_incidents(table(each), period=period), AREAS),
            AREAS,
            covered=period,
            accept=("date cannot be parsed", "no location", "outside all areas"),
        )
        for each in (rows, mixed)
    )
    pd.testing.assert_frame_equal(first.table, second.table)
    pd.testing.assert_frame_equal(first.accounting, second.accounting)
    assert first.rows_read == len(rows)


def test_a_day_is_kept_where_a_date_states_one() -> None:
    read = sh.read_incidents(table([("2025-04-03", "Drugs", 400_500.0), ("2025-05", "Drugs", 400_500.0)]))
    located = locate_incidents(read, AREAS)
    days = dict(zip(located.cells.texts.dates["text"], located.cells.days, strict=True))
    assert days == {"2025-04-03": dt.date(2025, 4, 3), "2025-05": None}
    assert located.resolution == "day or month"


@pytest.mark.parametrize(
    ("dates", "resolution"),
    [
        (["2025-04", "2025-05"], "month"),
        (["2025-04-03", "2025-04-30"], "day"),
        (["03/04/2025", "30/04/2025", "soon"], "day"),
        (["2025-04-01", "2025-05-01"], "day"),
        (["2025-04-01", "2025-05-01", "2025-06-01"], "month"),
        (["2025-04-01", "2025-05-01", "2025-06-02"], "day"),
        (["45750", "45751"], "day"),
    ],
)
def test_how_fine_the_dates_are_is_told(dates: list[str], resolution: str) -> None:
    rows = [(date, "Drugs", 400_500.0) for date in dates]
    assert locate_incidents(sh.read_incidents(table(rows)), AREAS).resolution == resolution


def test_formats_stated_by_file_keep_their_days(tmp_path: Path) -> None:
    for month, easting in (("2025-04", 400_500), ("2025-05", 400_600)):
        (tmp_path / f"{month}-x-street.csv").write_text(
            f"Crime ID,Month,Crime type,Easting,Northing\na{month},04/05/2025,Drugs,{easting},500500\n"
        )
    read = sh.read_incidents(tmp_path, date_format={"2025-04*": "%m/%d/%Y", "2025-05*": "%d/%m/%Y"})
    assert sorted(locate_incidents(read, AREAS).cells.days) == [dt.date(2025, 4, 5), dt.date(2025, 5, 4)]


def test_area_codes_need_no_coordinates() -> None:
    rows = pd.DataFrame({"date": "2025-04-09", "offence": "Drugs", "ward": ["A", "B", "B", None]})
    read = sh.read_incidents(rows, columns={"date": "date", "offence": "offence", "area_code": "ward"})
    plain = pd.DataFrame(AREAS.drop(columns="geometry"))
    located = locate_incidents(read, plain)
    counts = count_incidents(located, plain, accept="no location")
    assert counts.total().to_dict() == {"A": 1, "B": 2}
    assert counts.accounting["rows"]["no location"] == 1
    with pytest.raises(ParameterError, match="carries area codes"):
        incident_points(located)


def test_records_are_numbered_only_where_they_were_kept() -> None:
    read = sh.read_incidents(table([("2025-04", "Drugs", 400_500.0)]))
    with pytest.raises(ParameterError, match="Locate them with keep_records=True"):
        count_incidents(locate_incidents(read, AREAS), AREAS, keep_records=True)
    located = locate_incidents(read, AREAS, keep_records=True)
    assert count_incidents(located, AREAS).records is None
    kept = count_incidents(located, AREAS, keep_records=True).records
    assert kept is not None
    assert kept.offences == ("drugs",)


def test_what_was_located_says_what_it_is() -> None:
    located = locate_incidents(sh.read_incidents(table([("2025-04", "Drugs", 400_500.0)])), AREAS)
    assert "1 read from" in repr(located)
    assert "dates: by month" in repr(located)
    with pytest.raises(ParameterError, match="read_incidents` or `locate_incidents"):
        count_incidents(AREAS, AREAS)


def _turned(areas: gpd.GeoDataFrame) -> None:
    areas.sort_index(ascending=False, inplace=True)  # noqa: PD002


def _moved(areas: gpd.GeoDataFrame) -> None:
    areas["geometry"] = areas.geometry.translate(500.0)


def _dropped(areas: gpd.GeoDataFrame) -> None:
    areas.drop(index="A", inplace=True)  # noqa: PD002


def _renamed(areas: gpd.GeoDataFrame) -> None:
    areas.index = pd.Index(["P", "Q"], name="area_code")


@pytest.mark.filterwarnings("ignore:The inplace keyword")  # that is how a user of pandas 2 does it
@pytest.mark.filterwarnings("ignore::socharm.errors.SocharmWarning")
@pytest.mark.parametrize("change", [_turned, _moved, _dropped, _renamed])
def test_areas_that_were_changed_in_place_are_those_of_today(change) -> None:
    read = sh.read_incidents(table([("2025-04", "Drugs", e) for e in (400_100.0, 400_700.0, 401_300.0)]))
    areas = AREAS.copy()
    located = locate_incidents(read, areas)
    change(areas)
    with_loss = {"accept": "outside all areas", "covered": ("2025-04", "2025-04")}
    assert_same_counts(count_incidents(located, areas, **with_loss), count_incidents(read, areas, **with_loss))


@pytest.mark.filterwarnings("ignore:The inplace keyword")
def test_codes_of_areas_that_changed_order_are_found_anew() -> None:
    read = sh.read_incidents(pd.DataFrame({"date": "2025-04", "offence": "Drugs", "area_code": ["A", "B", "B"]}))
    plain = pd.DataFrame(AREAS.drop(columns="geometry"))
    located = locate_incidents(read, plain)
    _turned(plain)
    assert count_incidents(located, plain).total().to_dict() == {"B": 2, "A": 1}


def test_the_same_areas_read_again_are_not_located_again(monkeypatch: pytest.MonkeyPatch) -> None:
    located = locate_incidents(sh.read_incidents(table([("2025-04", "Drugs", 400_500.0)])), AREAS)
    monkeypatch.setattr(located_module, "assign_points", None)
    named = AREAS.assign(name=["North", "South"])
    assert count_incidents(located, named).areas["name"].to_list() == ["North", "South"]


def test_a_located_record_takes_no_part_of_another() -> None:
    located = locate_incidents(sh.read_incidents(table([("2025-04", "Drugs", 400_500.0)])), AREAS)
    rows = [("2025-04", "Drugs", 400_500.0), ("2025-04", "Drugs", 400_600.0)]
    other = locate_incidents(sh.read_incidents(table(rows)), AREAS)
    with pytest.raises(ParameterError, match="`areas` are not those that the incidents were located in"):
        dataclasses.replace(located, areas=AREAS.iloc[::-1])
    with pytest.raises(ParameterError, match="`areas` are not those"):
        dataclasses.replace(located, areas=AREAS.to_crs("EPSG:3035"))
    with pytest.raises(ParameterError, match="`placed` holds 2 places and `cells` 1"):
        dataclasses.replace(located, placed=other.placed)
    with pytest.raises(ParameterError, match="`incidents` are not those that `cells` were read from"):
        dataclasses.replace(located, incidents=other.incidents)
    incidents = located.incidents
    settings = dataclasses.replace(incidents.settings, date_basis="committed")
    otherwise = dataclasses.replace(incidents, settings=settings)
    with pytest.raises(ParameterError, match="or the choices of reading them, differ"):
        dataclasses.replace(located, incidents=otherwise)
    named = dataclasses.replace(incidents, about=dataclasses.replace(incidents.about, marking="SECRET"))
    assert dataclasses.replace(located, incidents=named).about.marking == "SECRET"
    assert copy.deepcopy(located).resolution == located.resolution
    assert dataclasses.replace(located, areas=AREAS.copy()).areas is not AREAS


def test_points_of_area_codes_are_refused_as_such_before_their_system_is_asked(weights: sh.WeightScheme) -> None:
    read = sh.read_incidents(pd.DataFrame({"date": "2025-04", "offence": "Drugs", "area_code": ["A", "B"]}))
    for source in (read, locate_incidents(read, AREAS)):
        for more in ({}, {"crs": "EPSG:27700"}, {"areas": AREAS}, {"exclude": ["place:nowhere"]}):
            with pytest.raises(ParameterError, match=r"carries area codes, not coordinates.*count_incidents"):
                harm_points(source, weights, **more)
        with pytest.raises(ParameterError, match="carries area codes, not coordinates"):
            incident_points(source)
