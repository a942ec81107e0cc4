"""`missing` adds words and `usual_missing` turns the usual ones off, by one meaning in every reader; dates by file."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import box

from socharm.errors import DataWarning, ParameterError, SchemaError
from socharm.io.best_fit import best_fit_lookup
from socharm.io.incidents.count import count_incidents
from socharm.io.incidents.reading import read_incidents
from socharm.io.incidents.tables import counts_from_table
from socharm.io.indicators import read_indicators
from socharm.io.lookups import read_lookup
from socharm.io.missing import MISSING_WORDS, is_missing
from socharm.io.population import read_population
from socharm.io.table_options import TableOptions
from socharm.io.weights import read_weights

PEOPLE = {"code": "ward", "value": "people", "kind": "resident", "date": "2024-06-30"}
AREA = gpd.GeoDataFrame(
    index=pd.Index(["None"], name="area_code"), geometry=[box(425_000, 560_000, 426_000, 561_000)], crs=27700
)


@pytest.mark.parametrize(
    ("options", "missing", "plain"),
    [
        ({}, ["NA", "[null]", ""], ["TBC"]),
        ({"missing": ()}, ["NA", ""], ["TBC"]),
        ({"missing": ["tbc"]}, ["NA", "TBC", ""], ["wait"]),
        ({"missing": ["tbc"], "usual_missing": False}, ["TBC", ""], ["NA", "none"]),
        ({"usual_missing": False}, [""], ["NA", "TBC", "-"]),
    ],
)
def test_words_beside_or_in_place_of_the_usual_ones(options, missing, plain):
    words = TableOptions(**options).missing_words
    assert all(is_missing(text, words) for text in missing)
    assert not any(is_missing(text, words) for text in plain)
    rows = pd.DataFrame({"Month": ["2024-05"], "offence": ["Burglary"], "easting": [1.0], "northing": [1.0]})
    assert read_incidents(rows, **options).findings.missing == tuple(sorted(words))


@pytest.mark.parametrize("word", ["null", "none", "n/a", "blank", "not available"])
@pytest.mark.parametrize("marks", ["()", "[]", "<>", "{}"])
def test_a_word_for_missing_may_stand_in_brackets(word, marks):
    assert is_missing(marks[0] + word.upper() + marks[1])
    assert not is_missing(f"{marks[0]}Nanton{marks[1]}")


def test_a_ward_may_be_called_by_a_usual_word_in_every_reader():
    off = {"usual_missing": False}
    assert read_population(pd.DataFrame({"ward": ["None"], "people": [9]}), **PEOPLE, **off).values["None"] == 9
    pairs = pd.DataFrame({"small": ["NA"], "ward": ["None"]})
    assert read_lookup(pairs, source="small", target="ward", **off).as_mapping() == {"NA": "None"}
    points = pd.DataFrame({"small": ["NA"], "x": [425_500], "y": [560_500]})
    assert best_fit_lookup(points, AREA, code="small", **off).as_mapping() == {"NA": "None"}
    own = pd.DataFrame({"offence": ["None", "Robbery"], "weight": [1, 2]})
    assert read_weights(own, level="category", **off).weights.to_dict() == {"none": 1.0, "robbery": 2.0}
    cells = pd.DataFrame({"area_code": ["None"], "offence": ["Burglary"], "n": [3]})
    assert counts_from_table(cells, period=("2024-05", "2024-05"), **off).total().to_dict() == {"None": 3}
    said = {"direction": "higher is worse", "unit": "households", "denominator": "households", "period": "2020"}
    said |= {"provider": "DESNZ", "licence": "OGL v3.0", "marking": "OFFICIAL", "police_driven": False}
    sent = pd.DataFrame({"area_code": ["None", "E05000001"], "fuel_poor": [40, 21]})
    read = read_indicators(sent, dictionary={"fuel_poor": said}, **off)
    assert read.values_of("fuel_poor").to_dict() == {"None": 40.0, "E05000001": 21.0}


def test_without_the_usual_words_they_are_no_numbers():
    people = pd.DataFrame({"ward": ["A", "B", "C"], "people": ["9", "NA", "tbc"]})
    with pytest.raises(SchemaError, match="row 2, column 'people': 'NA' is text, not a number"):
        read_population(people, **PEOPLE, missing=["TBC"], usual_missing=False)
    with pytest.warns(DataWarning, match="2 of 3 areas"):
        assert read_population(people, **PEOPLE, missing=["TBC"]).values["A"] == 9


def test_words_are_a_list_of_texts():
    with pytest.raises(ParameterError, match="`missing`"):
        TableOptions(missing="TBC")
    assert "na" in MISSING_WORDS


def test_a_weight_without_an_offence_by_any_word_for_missing_is_a_fault():
    own = pd.DataFrame({"offence": ["n/a", "Robbery"], "weight": [1, 2]})
    with pytest.raises(SchemaError, match="row 1, column 'offence': names no offence"):
        read_weights(own)


@pytest.mark.parametrize(("cell", "told"), [("[c]", r"'\[c\]' is marked as suppressed"), ("", "is missing")])
def test_a_share_that_is_withheld_is_a_fault_even_where_the_others_add_up(cell, told):
    pairs = pd.DataFrame({"small": ["S", "S"], "ward": ["A", "B"], "share": ["1", cell]})
    with pytest.raises(SchemaError, match=rf"row 2, column 'share': {told}: write the share"):
        read_lookup(pairs, source="small", target="ward", shares="share")


def test_a_weight_that_is_withheld_is_told_as_such():
    own = pd.DataFrame({"offence": ["Burglary", "Robbery"], "weight": ["[c]", "2"]})
    with pytest.raises(SchemaError, match="row 1: is marked as suppressed: an offence without a weight is left out"):
        read_weights(own)


# Dates by file -------------------------------------------------------------------------------------


def folder(path: Path, files: dict[str, list[str]]) -> Path:
    """Street files of one layout; every date is of another row."""
    for name, dates in files.items():
        lines = [f"{name}{k},{date},Burglary,425500,560500" for k, date in enumerate(dates)]
        (path / f"{name}-street.csv").write_text("id,date,offence,easting,northing\n" + "\n".join(lines) + "\n")
    return path


def months(counts) -> dict[str, int]:
    sums = counts.table.groupby(counts.table["period"].astype(str))["n"].sum()
    return {month: int(n) for month, n in sums.items() if n}


AMERICAN = ["05/13/2024", "06/01/2024"]
BRITISH = ["13/05/2024", "01/06/2024"]


@pytest.mark.parametrize(
    "stated",
    [
        {"us*": "%m/%d/%Y", "uk*": "%d/%m/%Y"},
        {"US-*.csv": "%m/%d/%Y"},
        {"us-street.csv": "%m/%d/%Y", "*": "%d/%m/%Y"},
    ],
)
def test_a_month_first_and_a_day_first_file_in_one_folder(tmp_path, stated):
    source = folder(tmp_path, {"us": AMERICAN, "uk": BRITISH})
    with pytest.raises(SchemaError, match="contradict each other"):
        count_incidents(read_incidents(source), AREA)
    read = read_incidents(source, date_format=stated)
    assert read.findings.date_format == stated
    counts = count_incidents(read, AREA)
    assert months(counts) == {"2024-05": 2, "2024-06": 2}
    assert "%m/%d/%Y" in counts.findings.date_format


def test_days_of_the_other_files_follow_the_stated_order(tmp_path):
    source = folder(tmp_path, {"us": AMERICAN, "uk": ["01/06/2024", "02/06/2024"]})
    counts = count_incidents(read_incidents(source, date_format={"us*": "%m/%d/%Y"}, day_first=True), AREA)
    assert months(counts) == {"2024-05": 1, "2024-06": 3}


@pytest.mark.filterwarnings("ignore:.* lost more than")
def test_a_date_that_does_not_follow_the_format_of_its_file_is_lost_and_told(tmp_path):
    source = folder(tmp_path, {"us": [*AMERICAN * 4, "13/05/2024", "NA"], "uk": BRITISH * 4})
    with pytest.warns(DataWarning, match=r"date cannot be parsed, such as '13/05/2024'"):
        counts = count_incidents(read_incidents(source, date_format={"us*": "%m/%d/%Y"}), AREA)
    assert counts.accounting["rows"]["date cannot be parsed"] == 2
    assert months(counts) == {"2024-05": 8, "2024-06": 8}


def test_a_single_file_takes_the_format_of_its_pattern(tmp_path):
    source = folder(tmp_path, {"us": ["05/01/2024", "05/02/2024"]}) / "us-street.csv"
    read = read_incidents(source, date_format={"us*": "%m/%d/%Y"})
    assert read.findings.date_format == "%m/%d/%Y"
    assert months(count_incidents(read, AREA)) == {"2024-05": 2}


@pytest.mark.parametrize(
    ("stated", "told"),
    [
        ({"fr*": "%d/%m/%Y"}, r"the patterns \['fr\*'\], and no file is called so; the files are \['uk-street.csv'"),
        ({}, "holds no pattern"),
        ({"us*": "dd/mm/yyyy"}, "needs one year"),
    ],
)
def test_patterns_that_cannot_be(tmp_path, stated, told):
    source = folder(tmp_path, {"us": AMERICAN, "uk": BRITISH})
    with pytest.raises(ParameterError, match=told):
        read_incidents(source, date_format=stated)
