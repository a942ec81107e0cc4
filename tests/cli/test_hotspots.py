"""``socharm hotspots``: each method on files, equal to the function; faults named; a folder whole or not at all."""

from __future__ import annotations

import dataclasses
import json
import warnings

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pandas.testing import assert_frame_equal
from typer.testing import CliRunner

from socharm.assessment import hotspot_files
from socharm.assessment.hotspot_files import stated_choices, stated_columns, write_hotspots
from socharm.assessment.hotspot_methods import HOTSPOT_METHODS
from socharm.assessment.hotspot_table import HotspotFiles
from socharm.cli.app import app
from socharm.errors import ParameterError, SchemaError, SocharmError
from socharm.hotspots import change_significance, knox, local_gi_star, near_repeat_chains, neighbours, scan_clusters

SIDE = 6
#: What else is said of a method, and what its folder holds beside ``about.json``.
BY_AREA = ["--areas", "areas.gpkg", "--code", "code", "--name", "name"]
PLACE = ["--column", "x=Easting", "--column", "y=Northing"]
CASES = {
    "gi-star": (["values.csv", *BY_AREA, "--set", "permutations=99", "--set", "seed=1"], "areas layer picture"),
    "local-moran": (["values.csv", *BY_AREA, "--set", "permutations=99", "--set", "seed=1"], "areas layer picture"),
    "emerging": (
        ["months.csv", *BY_AREA, "--set", "permutations=99", "--set", "seed=1"],
        "areas cube layer picture",
    ),
    "scan": (
        ["cases.csv", *BY_AREA, "--set", "replications=99", "--set", "seed=1"],
        "clusters locations layer picture",
    ),
    "scan-space-time": (
        ["dated.csv", *BY_AREA, "--set", "replications=99", "--set", "seed=1"],
        "clusters locations layer picture",
    ),
    "density": (["events.csv", *PLACE, "--areas", "areas.gpkg", "--code", "code"], "cells facts layer picture"),
    "clusters": (
        ["events.csv", *PLACE, "--crs", "EPSG:27700", "--set", "eps=200", "--set", "min_events=10", "--set", "seed=1"],
        "clusters members layer",
    ),
    "nearest-clusters": (["events.csv", *PLACE, "--crs", "EPSG:27700"], "clusters members layer"),
    "knox": (["events.csv", *PLACE, "--set", "permutations=99", "--set", "seed=1"], "bands picture"),
    "near-repeat-chains": (["events.csv", *PLACE], "chains members links"),
    "space-time-clusters": (
        ["events.csv", *PLACE, "--crs", "EPSG:27700", "--set", "min_events=4"],
        "clusters members layer",
    ),
    "change": (["pairs.csv", *BY_AREA], "areas layer picture"),
    "similarity": (["pairs.csv", *BY_AREA, "--set", "seed=1"], "areas facts layer"),
    "courses": (["months.csv", *BY_AREA, "--set", "null_draws=19", "--set", "seed=1"], "areas courses facts layer"),
    "season": (["year.csv"], "months picture"),
    "hours": (["times.csv"], "hours set_aside picture"),
    "drill-down": (["events.csv", *PLACE, *BY_AREA], "places areas layer picture"),
    "scale-ladder": (
        ["events.csv", *PLACE, *BY_AREA, "--set", "permutations=99", "--set", "seed=1", "--set", "hexes=[2000.0]",
         "--set", "shifts=1", "--set", "jitters=1"],
        "areas rungs tries layer",  # nothing is hot: there is no picture
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Areas, values, months, cases and events, as files."""
    folder = tmp_path_factory.mktemp("files")
    rng = np.random.default_rng(2)
    at = [(x, y) for y in range(SIDE) for x in range(SIDE)]
    codes = [f"A{place:03}" for place in range(len(at))]
    boxes = [shapely.box(4e5 + x * 1e3, 5e5 + y * 1e3, 4e5 + (x + 1) * 1e3, 5e5 + (y + 1) * 1e3) for x, y in at]
    names = [f"Ward {place}" for place in range(len(at))]
    areas = gpd.GeoDataFrame({"code": codes, "name": names}, geometry=boxes, crs=27700)
    areas.to_file(folder / "areas.gpkg")
    hot = np.array([x < 2 and y < 2 for x, y in at])
    level = np.where(hot, 30.0, 5.0)
    pd.DataFrame({"area_code": codes, "value": rng.poisson(level)}).to_csv(folder / "values.csv", index=False)
    cases = pd.DataFrame({"area_code": codes, "cases": rng.poisson(level), "population": 1_000})
    cases.to_csv(folder / "cases.csv", index=False)
    months = [f"2025-{month:02}" for month in range(1, 13)]
    cube = [(code, month, int(rng.poisson(one))) for code, one in zip(codes, level, strict=True) for month in months]
    pd.DataFrame(cube, columns=["area_code", "period", "value"]).to_csv(folder / "months.csv", index=False)
    pairs = pd.DataFrame({"area_code": codes, "earlier": rng.poisson(level), "later": rng.poisson(3 * level)})
    pairs.to_csv(folder / "pairs.csv", index=False)
    year = [(f"{year}-{month:02}", 300 if month == 12 else 100) for year in (2024, 2025) for month in range(1, 13)]
    pd.DataFrame(year, columns=["period", "value"]).to_csv(folder / "year.csv", index=False)
    times = pd.Timestamp("2025-01-06") + pd.to_timedelta(rng.integers(1, 60 * 24 * 70, 400), unit="min")
    pd.DataFrame({"start": times.strftime("%Y-%m-%d %H:%M")}).to_csv(folder / "times.csv", index=False)
    days = pd.date_range("2025-01-01", periods=90).strftime("%Y-%m-%d")
    dated = pd.DataFrame({"area_code": rng.choice(codes, 300), "date": rng.choice(days, 300)})
    dated.to_csv(folder / "dated.csv", index=False)
    place = rng.uniform(0, 6e3, size=(300, 2))
    place[:120] = rng.normal(1_500.0, 80.0, size=(120, 2))
    east, north = (place + np.array([4e5, 5e5])).round().T
    events = pd.DataFrame({"Easting": east, "Northing": north, "date": rng.choice(days, 300)})
    events.to_csv(folder / "events.csv", index=False)
    return folder


def command(files, method, *words, to):
    named = [str(files / word) if word.endswith((".csv", ".gpkg")) else word for word in words]
    return CliRunner().invoke(app, ["hotspots", method, *named, "--to", str(to), "--json"])


def test_every_method_has_a_case():
    assert CASES.keys() == HOTSPOT_METHODS.keys()


@pytest.mark.parametrize("method", CASES)
def test_each_method_leaves_its_tables_layer_and_picture(files, method, tmp_path):
    words, parts = CASES[method]
    done = command(files, method, *words, to=tmp_path / "out")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    ends = {"layer": "gpkg", "picture": "png"}
    wanted = {f"{part}.{ends.get(part, 'csv')}" for part in parts.split()} | {"about.json"}
    assert {path.name for path in (tmp_path / "out").iterdir()} == wanted == set(told["files"])
    about = json.loads((tmp_path / "out" / "about.json").read_text("utf-8"))
    assert about["rows"]["read"] == about["rows"]["used"] == told["rows"]["used"]
    assert about["method"] == method
    if about["settings"].get("column"):
        assert about["settings"]["column"] == "value"  # of the file: no index was read
    stated = dict(word.split("=") for word in words if "=" in word and not word.startswith(("x=", "y=")))
    assert {name: str(about["settings"][name]).removesuffix(".0") for name in stated} == stated


def test_tables_are_those_of_the_functions(files, tmp_path):
    areas = gpd.read_file(files / "areas.gpkg").set_index("code").rename_axis("area_code")
    values = pd.read_csv(files / "values.csv").set_index("area_code")["value"]
    for method in ("gi-star", "scan", "knox"):
        assert command(files, method, *CASES[method][0], to=tmp_path / method).exit_code == 0
    own = local_gi_star(values, neighbours(areas), permutations=99, seed=1).table
    read = pd.read_csv(tmp_path / "gi-star" / "areas.csv", index_col=0)
    assert read["label"].tolist() == own["label"].tolist()
    np.testing.assert_allclose(read["p_high"], own["p_high"])
    cases = pd.read_csv(files / "cases.csv").set_index("area_code")
    scanned = scan_clusters(areas.join(cases), replications=99, seed=1).clusters
    read = pd.read_csv(tmp_path / "scan" / "clusters.csv")
    np.testing.assert_allclose(read["llr"], scanned["llr"])
    assert read["members"].tolist() == [", ".join(one) for one in scanned["members"]]
    events = pd.read_csv(files / "events.csv").rename(columns={"Easting": "x", "Northing": "y"})
    own = knox(events, permutations=99, seed=1).table
    read = pd.read_csv(tmp_path / "knox" / "bands.csv")
    assert_frame_equal(read[["pairs", "ratio", "p"]], own[["pairs", "ratio", "p"]], check_names=False)


def test_the_same_files_give_the_same_bytes(files, tmp_path):
    for to in ("one", "two"):
        assert command(files, "gi-star", *CASES["gi-star"][0], to=tmp_path / to).exit_code == 0
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes(), path.name


def test_rows_that_cannot_be_used_are_counted_and_an_area_without_a_row_is_a_gap(files, tmp_path):
    rows = pd.read_csv(files / "events.csv")
    rows.loc[[3, 7], "Easting"] = np.nan
    rows.loc[9, "date"] = np.nan
    rows.to_csv(tmp_path / "events.csv", index=False)
    made = write_hotspots(
        HotspotFiles(
            method="near-repeat-chains", table=tmp_path / "events.csv", to=tmp_path / "out",
            columns={"x": "Easting", "y": "Northing"},
        )
    )  # fmt: skip
    assert made.rows == {"read": 300, "without x": 2, "without date": 1, "used": 297}
    values = pd.read_csv(files / "values.csv").iloc[1:]
    values.to_csv(tmp_path / "values.csv", index=False)
    made = write_hotspots(
        HotspotFiles(
            method="gi-star", table=tmp_path / "values.csv", areas=files / "areas.gpkg", code="code",
            to=tmp_path / "gap", choices={"permutations": 99, "seed": 1},
        )
    )  # fmt: skip
    assert made.record.table.loc["A000", "label"] == "not covered"
    assert any("1 of 36 areas has no value" in text for text in made.warnings)


@pytest.mark.parametrize(
    ("method", "words", "says"),
    [
        ("hottest", ["values.csv"], "hottest"),
        ("gi-star", ["values.csv"], "needs areas"),
        ("gi-star", ["events.csv", *BY_AREA], "area_code"),
        ("gi-star", [*CASES["gi-star"][0], "--set", "sureness=1"], "sureness"),
        ("gi-star", [*CASES["gi-star"][0], "--set", "alpha"], "name=value"),
        ("gi-star", [*CASES["gi-star"][0], "--set", "seed=2"], "stated twice"),
        ("gi-star", ["values.csv", *BY_AREA, "--set", "permutations=99"], "seed"),
        ("knox", ["events.csv", *PLACE, *BY_AREA], "no use for areas"),
        ("knox", ["events.csv", "--column", "z=Easting"], "knows"),
        ("knox", ["events.csv"], "'x'"),
        ("knox", ["gone.csv", *PLACE], "gone.csv"),
        ("scan", ["values.csv", *BY_AREA], "cases"),
        ("gi-star", [*CASES["gi-star"][0], "--set", "null=negative-binomial"], "or --set null=permutation."),
    ],
)
def test_faults_say_what_to_do_and_leave_nothing(files, tmp_path, method, words, says):
    done = command(files, method, *words, to=tmp_path / "out")
    assert done.exit_code in (2, 3), done.output
    assert says in done.output + done.stderr
    assert not list(tmp_path.iterdir())


def test_cells_that_are_no_numbers_and_codes_that_are_no_areas_are_told_with_their_rows(files, tmp_path):
    rows = pd.read_csv(files / "values.csv").astype(object)
    rows.loc[2, "value"], rows.loc[4, "value"] = "many", "few"
    rows.to_csv(tmp_path / "words.csv", index=False)
    done = command(files, "gi-star", str(tmp_path / "words.csv"), *BY_AREA, to=tmp_path / "out")
    assert "has 2 faults" in done.output + done.stderr
    assert "row 4" in done.output + done.stderr
    rows = pd.read_csv(files / "values.csv")
    rows.loc[5, "area_code"] = "B999"
    rows.to_csv(tmp_path / "codes.csv", index=False)
    done = command(files, "gi-star", str(tmp_path / "codes.csv"), *BY_AREA, to=tmp_path / "out")
    assert "row 7: 'B999'" in done.output + done.stderr
    twice = pd.concat([pd.read_csv(files / "values.csv"), pd.read_csv(files / "values.csv").head(2)])
    twice.to_csv(tmp_path / "twice.csv", index=False)
    done = command(files, "gi-star", str(tmp_path / "twice.csv"), *BY_AREA, "--set", "seed=1", to=tmp_path / "out")
    assert "2 area codes stand in several rows" in done.output + done.stderr
    assert not (tmp_path / "out").exists()


def test_codes_are_read_as_elsewhere(files, tmp_path):
    rows = pd.read_csv(files / "values.csv")
    areas = gpd.read_file(files / "areas.gpkg")
    areas["code"] = rows["area_code"] = [f"E0500{place:04}" for place in range(len(rows))]
    areas.to_file(tmp_path / "areas.gpkg")
    rows["area_code"] = rows["area_code"].str.lower()
    rows = rows.astype(object)
    rows.loc[3, "area_code"], rows.loc[4, "value"] = "N/A", "*"
    rows.to_csv(tmp_path / "small.csv", index=False)
    asked = HotspotFiles(
        method="gi-star", table=tmp_path / "small.csv", areas=tmp_path / "areas.gpkg", code="code",
        to=tmp_path / "out", choices={"permutations": 99, "seed": 1},
    )  # fmt: skip
    made = write_hotspots(asked)
    assert made.rows == {"read": 36, "without area_code": 1, "used": 35}
    assert any("35 codes were mended" in text for text in made.warnings)
    assert any("1 cell is withheld" in text for text in made.warnings)
    assert made.record.table["label"].eq("not covered").sum() == 2
    pd.concat([rows, pd.DataFrame({"area_code": ["Total"], "value": [9]})]).to_csv(tmp_path / "sum.csv", index=False)
    with pytest.raises(SchemaError, match=r"row 38.*line of sums"):
        write_hotspots(dataclasses.replace(asked, table=tmp_path / "sum.csv", to=tmp_path / "sum"))


@pytest.mark.parametrize(
    ("pairs", "found"),
    [
        (["x=1e3", "y=true", "n=2025-01-01"], {"x": "1e3", "y": "true", "n": "2025-01-01"}),
        (["x= Easting of it "], {"x": "Easting of it"}),
    ],
)
def test_columns_are_texts(pairs, found):
    assert stated_columns(pairs) == found


def test_a_setting_is_one_value():
    assert stated_choices(["alpha=0.1\nseed=5"]) == {"alpha": "0.1\nseed=5"}
    for wrong, says in ((["x="], "names no column"), (["x"], "is no column"), (["x=a", "x=b"], "stated twice")):
        with pytest.raises(ParameterError, match=says):
            stated_columns(wrong)


def test_the_marking_stands_in_every_file_that_people_read(files, tmp_path):
    done = command(files, "emerging", *CASES["emerging"][0], "--marking", "OFFICIAL-SENSITIVE", to=tmp_path / "out")
    assert done.exit_code == 0, done.output
    for path in (tmp_path / "out").glob("*.csv"):
        table = pd.read_csv(path)
        assert table.columns[0] == "MARKING", path.name
        assert set(table["MARKING"]) == {"OFFICIAL-SENSITIVE"}
        assert "index" not in table
    assert json.loads((tmp_path / "out" / "about.json").read_text("utf-8"))["marking"] == "OFFICIAL-SENSITIVE"


def test_a_weight_that_is_not_asked_for_takes_no_event_away(files, tmp_path):
    rows = pd.read_csv(files / "events.csv").assign(weight=1.0)
    rows.loc[[3, 7], "weight"] = np.nan
    rows.to_csv(tmp_path / "events.csv", index=False)
    asked = HotspotFiles(
        method="near-repeat-chains", table=tmp_path / "events.csv", to=tmp_path / "plain",
        columns={"x": "Easting", "y": "Northing"},
    )  # fmt: skip
    made = write_hotspots(asked)
    assert made.rows == {"read": 300, "used": 300}
    assert any("--set weight=weight" in text for text in made.warnings)
    made = write_hotspots(dataclasses.replace(asked, to=tmp_path / "harm", choices={"weight": "weight"}))
    assert made.rows == {"read": 300, "without weight": 2, "used": 298}


def test_numbers_of_events_are_whole(files, tmp_path):
    rows = pd.read_csv(files / "events.csv").assign(n=1.0)
    rows.loc[[3, 7], "n"] = 2.7, 0
    rows.to_csv(tmp_path / "events.csv", index=False)
    done = command(files, "density", str(tmp_path / "events.csv"), *PLACE, to=tmp_path / "out")
    assert done.exit_code == 2
    for says in ("has 2 faults", "row 5, column 'n': '2.7'", "row 9, column 'n': '0'"):
        assert says in done.output + done.stderr


def test_points_outside_the_areas_are_counted_and_events_are_no_harm(files, tmp_path):
    rows = pd.read_csv(files / "events.csv")
    rows.loc[0, "Easting"] += 50_000
    rows.to_csv(tmp_path / "events.csv", index=False)
    words = [*PLACE, "--areas", "areas.gpkg", "--code", "code"]
    done = command(files, "density", str(tmp_path / "events.csv"), *words, to=tmp_path / "out")
    assert "1 of 300 points lies outside the areas." in json.loads(done.stdout)["warnings"]
    about = json.loads((tmp_path / "out" / "about.json").read_text("utf-8"))
    assert "events per km²" in about["summary"]
    rows.assign(Easting=rows["Easting"] + 90_000).to_csv(tmp_path / "events.csv", index=False)
    done = command(files, "nearest-clusters", str(tmp_path / "events.csv"), *words, to=tmp_path / "none")
    assert done.exit_code == 2
    assert "Not one of the 300 points" in done.output + done.stderr


def test_a_system_that_is_taken_for_granted_is_told(files, tmp_path):
    done = command(files, "nearest-clusters", "events.csv", *PLACE, to=tmp_path / "out")
    assert any("taken to be in EPSG:27700" in text for text in json.loads(done.stdout)["warnings"])


def test_warnings_of_others_are_not_swallowed(files, tmp_path, monkeypatch):
    def warned(given):
        warnings.warn("of another library", UserWarning, stacklevel=1)
        return near_repeat_chains(given.table)

    method = dataclasses.replace(HOTSPOT_METHODS["near-repeat-chains"], run=warned)
    monkeypatch.setattr(hotspot_files, "HOTSPOT_METHODS", {"near-repeat-chains": method})
    asked = HotspotFiles(
        method="near-repeat-chains", table=files / "events.csv", to=tmp_path / "out",
        columns={"x": "Easting", "y": "Northing"},
    )  # fmt: skip
    with pytest.warns(UserWarning, match="of another library"):
        made = write_hotspots(asked)
    assert not made.warnings


def test_without_a_system_of_coordinates_the_tables_stand_alone_and_the_folder_says_so(files, tmp_path):
    done = command(files, "space-time-clusters", "events.csv", *PLACE, "--set", "min_events=4", to=tmp_path / "out")
    assert done.exit_code == 0, done.output
    assert "layer.gpkg" not in json.loads(done.stdout)["files"]
    assert any("State --crs" in text for text in json.loads(done.stdout)["warnings"])


def test_dates_are_read_as_the_whole_column_has_them(files, tmp_path):
    """DD/MM/YYYY, YYYYMMDD and words that mean missing: the result is that of YYYY-MM-DD."""
    rows = pd.read_csv(files / "events.csv")
    days = pd.to_datetime(rows["date"])
    asked = HotspotFiles(
        method="near-repeat-chains", table=files / "events.csv", to=tmp_path / "usual",
        columns={"x": "Easting", "y": "Northing"},
    )  # fmt: skip
    usual = write_hotspots(asked).record.members
    for name, texts in (("DD/MM/YYYY", days.dt.strftime("%d/%m/%Y")), ("YYYYMMDD", days.dt.strftime("%Y%m%d"))):
        table = tmp_path / f"{len(name)}.csv"
        rows.assign(date=texts).to_csv(table, index=False)
        made = write_hotspots(dataclasses.replace(asked, table=table, to=table.with_suffix("")))
        assert f"Dates of column 'date' were read as {name}." in made.warnings
        assert made.record.members["chain"].tolist() == usual["chain"].tolist()
    rows.loc[:3, "date"] = "N/A"
    rows.to_csv(tmp_path / "words.csv", index=False)
    made = write_hotspots(dataclasses.replace(asked, table=tmp_path / "words.csv", to=tmp_path / "words"))
    assert made.rows == {"read": 300, "without date": 4, "used": 296}


@pytest.mark.parametrize(
    ("method", "dates", "says"),
    [
        ("knox", None, "lacks the columns ['date']"),
        ("knox", "", "not one of 300 rows can be used: 300 without date"),
        ("knox", "2025-03", "a month is not a day"),
        ("near-repeat-chains", "03/2025", "a month is not a day"),
        ("space-time-clusters", "Mar-25", "a month is not a day"),
        ("knox", "2025-03-01", "All events are of one day"),
        ("near-repeat-chains", "02/03/2025", "can be read in several ways or in none. Write them as YYYY-MM-DD"),
        ("near-repeat-chains", "45658", "Write days as YYYY-MM-DD"),
        ("near-repeat-chains", "soon", "can be read in several ways or in none"),
    ],
)
def test_events_without_days_are_told(files, tmp_path, method, dates, says):
    rows = pd.read_csv(files / "events.csv").drop(columns="date")
    (tmp_path / "in").mkdir()
    table = tmp_path / "in" / "events.csv"
    (rows if dates is None else rows.assign(date=dates)).to_csv(table, index=False)
    done = command(
        files, method, str(table), *PLACE, *(["--set", "seed=1"][: 2 * (method == "knox")]), to=tmp_path / "o"
    )
    assert done.exit_code == 2, done.output
    assert says in json.loads(done.stderr or done.stdout)["message"]
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_months_are_periods_of_a_scan_and_of_what_emerges_and_nothing_is_none(files, tmp_path):
    dated, months = pd.read_csv(files / "dated.csv"), pd.read_csv(files / "months.csv")
    tables = {
        "blank": dated.assign(date=""), "none": dated.drop(columns="date"), "one": dated.assign(date="2025-01-01"),
        "months": dated.assign(date=dated["date"].str[:7]), "no-period": months.drop(columns="period"),
        "gap": months[months["period"] != "2025-05"], "first": months[months["period"] == "2025-01"],
    }  # fmt: skip
    says = {
        "blank": "300 without date", "none": 'Name the right one by --column "date=..."', "one": "holds one period",
        "no-period": "lacks the columns ['period']", "gap": "Periods are missing between 2025-04 and 2025-06",
        "first": "holds 1 period",
    }  # fmt: skip
    for name, table in tables.items():
        path = tmp_path / f"{name}.csv"
        table.to_csv(path, index=False)
        method = "scan-space-time" if "date" in table or name == "none" else "emerging"
        words = [*BY_AREA, "--set", "seed=1", "--set", f"{'replications' if method[0] == 's' else 'permutations'}=99"]
        done = command(files, method, str(path), *words, to=tmp_path / name)
        if name in says:
            assert done.exit_code == 2
            assert says[name] in json.loads(done.stderr or done.stdout)["message"]
            assert not (tmp_path / name).exists()
        else:
            assert done.exit_code == 0, done.output


def test_times_of_day_are_read_behind_dates_as_the_whole_column_has_them(tmp_path):
    start = pd.Series(pd.date_range("2025-03-03 00:30", periods=200, freq="19h"))
    tables = {
        "usual": start.dt.strftime("%Y-%m-%d %H:%M"),
        "uk": start.dt.strftime("%d/%m/%Y %H:%M"),
        "days": start.dt.strftime("%d/%m/%Y"),
        "noon": start.dt.strftime("%d/%m/%Y %I:%M %p"),
    }
    done = {}
    for name, texts in tables.items():
        pd.DataFrame({"start": texts, "end": ""}).to_csv(tmp_path / f"{name}.csv", index=False)
        done[name] = command(tmp_path, "hours", f"{name}.csv", to=tmp_path / name)
    assert (tmp_path / "uk" / "hours.csv").read_bytes() == (tmp_path / "usual" / "hours.csv").read_bytes()
    assert "Dates of column 'start' were read as DD/MM/YYYY." in json.loads(done["uk"].stdout)["warnings"]
    for name, says in (("days", "no time of day"), ("noon", "Write times as YYYY-MM-DD HH:MM")):
        assert says in json.loads(done[name].stderr or done[name].stdout)["message"]
        assert not (tmp_path / name).exists()


def test_a_ladder_counts_every_month_of_its_events_and_stops_at_one_without_any(files, tmp_path):
    """A few events of long ago are no reason to rank nothing: the table says nothing of what was delivered."""
    rows = pd.read_csv(files / "events.csv")
    words = [*PLACE, *BY_AREA[:4], "--set", "permutations=99", "--set", "seed=1", "--set", "hexes=[]"]
    for name, date in (("before", "2024-12-30"), ("long-ago", "2017-03-01")):
        pd.concat([rows, rows.head(1).assign(date=date)]).to_csv(tmp_path / f"{name}.csv", index=False)
        done = command(files, "scale-ladder", str(tmp_path / f"{name}.csv"), *words, to=tmp_path / name)
        if name == "before":
            told = json.loads(done.stdout)
            assert told["rows"]["used"] == 301
            assert any(
                "1 month from which no row arrived, or few beside other months" in text for text in told["warnings"]
            )
        else:
            says = json.loads(done.stderr or done.stdout)["message"]
            assert "93 months between 2017-03 and 2025-03 have no event, such as 2017-04" in says
            assert not (tmp_path / name).exists()


def test_where_a_map_has_nothing_to_show_the_folder_says_so(files, tmp_path):
    pd.read_csv(files / "events.csv").head(2).to_csv(tmp_path / "two.csv", index=False)
    words = [*PLACE, "--crs", "EPSG:27700", "--set", "eps=200", "--set", "min_events=5", "--set", "seed=1"]
    done = command(files, "clusters", str(tmp_path / "two.csv"), *words, to=tmp_path / "out")
    assert "No layer was written: nothing was found that a map could show." in json.loads(done.stdout)["warnings"]


def test_a_folder_that_is_there_is_not_written_over(files, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("kept")
    done = command(files, "near-repeat-chains", *CASES["near-repeat-chains"][0], to=tmp_path / "out")
    assert done.exit_code != 0
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine.txt"]


def test_change_and_season_are_those_of_the_functions_and_a_blank_is_no_zero(files, tmp_path):
    """A gap of an area or month is told by the method; a group has its own year."""
    pairs = pd.read_csv(files / "pairs.csv", dtype={"area_code": str})
    gap = pairs.assign(later=pairs["later"].astype("Int64").mask(pairs.index == 3))
    gap.to_csv(tmp_path / "gap.csv", index=False)
    asked = HotspotFiles(
        method="change", table=tmp_path / "gap.csv", to=tmp_path / "out", areas=files / "areas.gpkg", code="code"
    )
    made = write_hotspots(asked).record.table
    by_code = gap.set_index("area_code").astype(float)
    wanted = change_significance(by_code["earlier"], by_code["later"]).table
    assert_frame_equal(made, wanted)
    assert made["change"].iloc[3] == "not covered"
    assert made["change"].eq("rise").any()
    year = pd.read_csv(files / "year.csv")
    both = pd.concat([year.assign(group="burglary"), year.assign(group="robbery", value=year["value"] // 10)])
    both.to_csv(tmp_path / "both.csv", index=False)
    season = write_hotspots(HotspotFiles(method="season", table=tmp_path / "both.csv", to=tmp_path / "season"))
    found = season.record.table
    assert set(found.loc[found["label"] == "more", ["group", "month"]].apply(tuple, axis=1)) >= {
        ("burglary", "December")
    }
    assert list(found["group"].unique()) == ["burglary", "robbery"]


def test_an_end_that_is_not_known_takes_no_event_away(files, tmp_path):
    times = pd.read_csv(files / "times.csv")
    times["end"] = times["start"].mask(times.index % 2 == 0)
    times.to_csv(tmp_path / "ends.csv", index=False)
    made = write_hotspots(HotspotFiles(method="hours", table=tmp_path / "ends.csv", to=tmp_path / "out"))
    assert made.rows["used"] == len(times)
    assert made.record.table["events"].sum() == pytest.approx(len(times))


def test_a_drill_down_of_events_without_weights_speaks_of_events(files, tmp_path):
    """Each event counts as one; squares lie in the area that they are listed for; weights make them harm."""
    events = pd.read_csv(files / "events.csv")
    events.assign(weight=2.0).to_csv(tmp_path / "weighted.csv", index=False)
    said = {}
    for name, table in {"plain": files / "events.csv", "harm": tmp_path / "weighted.csv"}.items():
        asked = HotspotFiles(
            method="drill-down",
            table=table,
            to=tmp_path / name,
            areas=files / "areas.gpkg",
            code="code",
            columns={"x": "Easting", "y": "Northing"},
        )
        said[name] = write_hotspots(asked).record
    plain, harm = said["plain"].table, said["harm"].table
    assert (plain["harm"] == plain["events"]).all()
    assert (harm["harm"] == 2 * harm["events"]).all()
    assert (said["plain"].about.held, said["harm"].about.held) == ("events", "harm")
    squares = gpd.read_file(tmp_path / "plain" / "layer.gpkg").set_index("area_code")
    areas = gpd.read_file(files / "areas.gpkg").set_index("code")
    assert squares.within(areas.geometry.reindex(squares.index).buffer(1e-6), align=False).all()


@pytest.mark.parametrize(
    ("method", "table", "says"),
    [
        ("season", {"period": ["2025-01", "2025-01"], "value": [1, 2]}, "a month twice, such as .'2025-01'"),
        ("season", {"period": ["2025-01", "2025-02"], "value": [1, 2]}, "twelve months in a row"),
        ("hours", {"start": ["2025-01-01", "2025-01-02"]}, "no time of day"),
        ("change", {"area_code": ["A000"], "earlier": [1.5], "later": [2]}, "whole numbers"),
        ("similarity", {"area_code": ["A000"], "earlier": [1], "later": [2]}, "gaps|missing|whole"),
        ("courses", {"area_code": ["A000"], "period": ["2025-01"], "value": [1]}, "1 period"),
        ("drill-down", {"x": [4e5 + 10], "y": [5e5 + 10], "weight": [-1]}, "weight"),
        ("drill-down", {"x": [10.0], "y": [10.0]}, "Not one of the 1 point"),
        ("scale-ladder", {"x": [4e5 + 10], "y": [5e5 + 10], "date": ["no day"]}, "no day"),
    ],
)
def test_odd_tables_of_the_later_methods_are_refused_and_leave_nothing(files, tmp_path, method, table, says):
    pd.DataFrame(table).to_csv(tmp_path / "odd.csv", index=False)
    by_area = {} if method in ("season", "hours") else {"areas": files / "areas.gpkg", "code": "code"}
    asked = HotspotFiles(
        method=method,
        table=tmp_path / "odd.csv",
        to=tmp_path / "out",
        choices={"seed": 1} if method in ("similarity", "courses", "scale-ladder") else {},
        **by_area,
    )
    with pytest.raises(SocharmError, match=says):
        write_hotspots(asked)
    assert not (tmp_path / "out").exists()
