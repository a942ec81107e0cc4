"""``[change]`` and ``[courses]`` of a recipe: planted rises and courses are told; gaps are no zero."""

from __future__ import annotations

import warnings
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from factories import make_counts, make_weights
from matplotlib.text import Text
from shapely.geometry import box
from worlds import write_world

import socharm as sh
from socharm.assessment.recipe_file import parse_recipe
from socharm.assessment.steps.change import CHANGE, ChangeSection
from socharm.assessment.steps.courses import COURSES, CoursesSection
from socharm.assessment.steps.index import INDEX
from socharm.errors import CoverageWarning, ParameterError, SchemaError

OFF = "\n[outputs]\nmaps = false\n" + "".join(
    f"{name} = false\n" for name in ("heat", "clusters", "micro_places", "concentration", "hotspots")
)
PLANTED = ["W000", "W001", "W002", "W003"]


def index_of_months(months: int, *, covered: np.ndarray | None = None):
    """Sixty areas of 60 crimes a month; four of them have twice as many from the second year on."""
    mean = np.full((60, 1, months), 60.0)
    mean[:4, :, 12:] *= 2
    n = np.random.default_rng(4).poisson(mean)
    if covered is not None:
        n[~covered[:, None, :]] = 0
    counts = make_counts(n, offences=("burglary",), start="2023-04", covered=covered)
    return sh.severity_index(counts, make_weights({"burglary": 10.0}), missing="leave out")


def taken(step, index, **choices):
    """The step's record and tables, of an index and a section alone."""
    section = step.section.kind(seed=1, **choices)
    recipe = SimpleNamespace(part=lambda kind: section, seed=1)

    class Context(dict):
        pass

    context = Context({INDEX: index})
    context.recipe = recipe
    found = step.run(context)
    return found, step.frames(found)


@pytest.fixture(scope="module")
def index():
    return index_of_months(24)


def test_planted_rises_are_told_between_the_same_months_of_two_years(index):
    found, frames = taken(CHANGE, index)
    assert (found.earlier, found.later) == (
        sh.AssessmentPeriod("2023-04", "2024-03"),
        sh.AssessmentPeriod("2024-04", "2025-03"),
    )
    table = frames["change"]
    assert table.index[table["change"] == "rise"].tolist() == PLANTED
    assert table.index[table["similarity"] == "larger share later"].tolist() == PLANTED
    crimes = index.by_period.assign(year=lambda rows: rows["period"] >= "2024-04")
    sums = crimes.groupby(["area_code", "year"])["crimes"].sum().unstack("year")  # noqa: PD010
    assert table["earlier"].tolist() == sums[False].tolist()
    assert table["later"].tolist() == sums[True].tolist()
    facts = frames["change_facts"].iloc[0]
    assert facts["s"] == pytest.approx((table["similarity"] == "similar").mean())
    assert facts["all_areas"] == pytest.approx(sums[True].sum() / sums[False].sum())


def test_the_parts_can_be_stated_and_have_other_lengths(index):
    chosen = {"earlier": ("2023-04", "2023-06"), "later": ("2024-04", "2024-09"), "dispersion": 1.0}
    _, frames = taken(CHANGE, index, **chosen)
    table = frames["change"]
    assert table.index[table["change"] == "rise"].tolist() == PLANTED
    assert table.loc["W010", "rate_later"] == table.loc["W010", "later"] / 6


def test_an_area_without_a_month_is_not_compared():
    covered = np.ones((60, 24), dtype=bool)
    covered[5, 3] = covered[6, 20] = False
    index = index_of_months(24, covered=covered)
    with pytest.warns(CoverageWarning, match="Changes leave out 2 areas without all months of both parts"):
        _, frames = taken(CHANGE, index)
    table = frames["change"]
    assert table.index[table["change"] == "not covered"].tolist() == ["W005", "W006"]
    assert table.loc["W005", "similarity"] is pd.NA or pd.isna(table.loc["W005", "similarity"])
    assert frames["change_facts"]["compared"].item() == 58
    with pytest.warns(CoverageWarning, match="Courses leave out 2 areas without all months"):
        _, frames = taken(COURSES, index)
    assert not {"W005", "W006"} & set(frames["courses"].index)


def test_less_than_a_year_and_a_month_has_no_change_and_says_so(index):
    short = index_of_months(12)
    with pytest.warns(CoverageWarning, match=r"there are 12 months. State \[change\] earlier and later"):
        found, frames = taken(CHANGE, short)
    assert (found, frames) == (None, {})
    one, _ = taken(CHANGE, index_of_months(13))
    assert (str(one.earlier), str(one.later)) == ("2023-04", "2024-04")


def test_planted_courses_stand_in_one_class(index):
    found, frames = taken(COURSES, index, months_per_period=3)
    table, shapes = frames["courses"], frames["course_shapes"]
    rising = table["course"].max()
    assert table.index[table["course"] == rising].tolist() == PLANTED
    assert shapes["period"].unique().tolist()[:2] == ["2023-04", "2023-07"]
    last = shapes[(shapes["course"] == rising) & (shapes["period"] == "2025-01")].iloc[0]
    assert last["ratio"] > 1.2
    assert last["areas"] == 4
    tests = frames["courses_test"].set_index("months_per_period")
    assert tests.index.tolist() == [1, 2, 3, 4, 6]
    assert tests.index[tests["chosen"]].tolist() == [3]
    assert found.classes.p == tests.loc[3, "p"] <= 0.05
    assert (tests["tested"] == 60).all()
    alone, frames = taken(COURSES, index, months_per_period=6, other_lengths=())
    assert frames["courses_test"]["months_per_period"].tolist() == [6]
    assert alone.classes.p == tests.loc[6, "p"]
    with pytest.warns(CoverageWarning, match="Courses need 4 periods .* there are 2 periods and 60 areas"):
        assert taken(COURSES, index, months_per_period=12)[0] is None


def test_too_few_areas_leave_courses_out_and_say_what_would_help():
    covered = np.ones((60, 24), dtype=bool)
    covered[17:, 3] = False
    index = index_of_months(24, covered=covered)
    told = r"17 areas have 20 events or more; 6 classes need 18\. .* Courses are left out\."
    with pytest.warns(CoverageWarning, match="Courses leave out 43 areas"), pytest.warns(CoverageWarning, match=told):
        assert taken(COURSES, index) == (None, {})


def test_the_foot_of_the_map_of_change_says_where_the_parts_are_other_months_of_the_year(index):
    shapes = [box(x * 1_000, y * 1_000, x * 1_000 + 1_000, y * 1_000 + 1_000) for y in range(6) for x in range(10)]
    squares = gpd.GeoDataFrame(geometry=shapes, index=index.table.index, crs="EPSG:27700")
    drawing = SimpleNamespace(areas=squares, on={})
    for later, other in ((("2024-05", "2024-06"), True), (("2024-04", "2024-05"), False)):
        found, _ = taken(CHANGE, index, earlier=("2023-04", "2023-05"), later=later)
        ax = CHANGE.pictures[0].draw(found, drawing)
        told = " ".join(" ".join(text.get_text() for text in ax.figure.findobj(Text)).split())
        assert ("These are not the same months of the year: a change may be the season." in told) == other


def test_first_months_that_fill_no_period_go():
    _, frames = taken(COURSES, index_of_months(26), months_per_period=4)
    assert frames["course_shapes"]["period"].unique().tolist()[:2] == ["2023-06", "2023-10"]


def test_what_is_told_of_courses_holds_for_the_lengths_that_were_tested():
    told = COURSES.tables[0].sheet.note
    rows = {"months_per_period": [1, 2, 3], "p": [0.22, 0.02, 0.04], "classes": [0, 2, 3], "tested": [177, 177, 177]}
    tests = pd.DataFrame(rows)

    def note(chosen: int) -> str:
        return told({"courses_test": tests.assign(chosen=tests["months_per_period"] == chosen)}).partition("are. ")[2]

    assert note(2) == (
        "The length of a period is a choice: these are by 2 months, 177 areas tested (p 0.02). Periods of 3 months "
        "give classes too. Periods of 1 month give no class."
    )
    assert note(1) == (
        "By periods of 1 month, 177 areas tested, no difference beyond chance was found (p 0.22): there is no class. "
        "Periods of 2 and 3 months give classes."
    )
    hidden = tests.assign(chosen=tests["months_per_period"] == 2).drop(columns="p")
    assert "177 areas tested. Periods" in told({"courses_test": hidden})


@pytest.mark.parametrize(
    ("stated", "told"),
    [
        ({"earlier": ["2025-04", "2025-04"]}, "one of `earlier` and `later` is stated"),
        (
            {"earlier": ["2025-04"], "later": ["2025-06", "2025-06"]},
            r"is \['2025-04'\]; write its first and last month",
        ),
        ({"earlier": ["2025-04", "2025-06"], "later": ["2025-06", "2025-09"]}, "`later` begins in 2025-06"),
        ({"earlier": ["2025-03", "2025-05"], "later": ["2025-06", "2025-06"]}, "2025-03 is no month of the period"),
    ],
)
def test_parts_that_cannot_be_compared_are_told_with_the_recipe(stated, told):
    bare = {
        "assessment": {"period": ["2025-04", "2025-09"], "seed": 1},
        "areas": {"path": "wards.gpkg", "code": "WD25CD"},
        "incidents": {"path": "police-uk"},
    }
    with pytest.raises(SchemaError, match=told):
        parse_recipe({**bare, "change": stated})


def test_a_check_tells_what_will_be_left_out_and_in_the_words_of_the_recipe(tmp_path):
    recipe = write_world(tmp_path)
    asked = "[change]\n[courses]\n[emerging]\nmonths_per_period = 12\n"
    ladder = "[scale_ladder]\nhexes = [1e7]\njitters = 0\nshifts = 0\n"
    recipe.write_text(recipe.read_text().partition("[heat]")[0] + asked + ladder + OFF)
    found = sh.check_assessment(recipe)
    notes = " ".join(found.notes)
    assert "A change is between the same months of two years, and there are 3 months" in notes
    assert "Courses need 4 periods and areas that are covered in all of them; there are 3 periods" in notes
    assert "Emerging hot spots need 2 periods of 12 months" in notes
    assert any("[scale_ladder] `hexes` is 10000000.0; it must be a number from 2 to" in told for told in found.problems)


def test_too_few_areas_for_classes_name_what_would_help():
    with pytest.raises(
        ParameterError, match=r"9 areas have 20 events or more; 6 classes need 18. State a smaller `classes`"
    ):
        sh.hotspots.pattern_classes(
            pd.DataFrame(np.full((9, 5), 9), columns=[f"2025-0{month}" for month in range(1, 6)]), most=6, seed=1
        )


def test_a_run_has_them_as_sheets_and_layers(tmp_path):
    recipe = write_world(tmp_path)
    text = recipe.read_text().partition("[heat]")[0]
    asked = '[change]\nearlier = ["2025-04", "2025-04"]\nlater = ["2025-05", "2025-06"]\ndispersion = 1.5\n'
    recipe.write_text(text + asked + OFF)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = sh.run_assessment(recipe)
    assert made.tables.stored("change").settings["later"] == ["2025-05", "2025-06"]
    shown = pd.read_excel(made.path / "ranking.xlsx", sheet_name="Change", header=None, engine="openpyxl").astype(str)
    assert shown.isin(["Change beyond chance"]).to_numpy().any()
    said = " ".join(shown.iloc[:, 0])
    facts = made.tables["change_facts"].iloc[0]
    assert "Crimes by month of May 2025 to June 2025 over those of April 2025. These are not the same months of" in said
    assert f"In {facts['s']:.0%} of " in said
    assert "areas no difference of the share of all crimes was found (S of Andresen)" in said
    assert "test takes each crime by itself; the test of change allows for counts that vary 1.5 times as much." in said
    (layer,) = CHANGE.tables[0].dashboard.layers(made.tables, made.about)
    assert layer.unit == "crimes of May 2025 to June 2025 on April 2025"
    assert isinstance(ChangeSection(seed=1), CHANGE.section.kind)
    assert isinstance(CoursesSection(seed=1), COURSES.section.kind)
    assert "Change of crimes: " in str(made.summary())
