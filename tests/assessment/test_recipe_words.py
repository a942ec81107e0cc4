"""Advice that reaches the writer of a recipe names keys of the recipe, whichever function gives it."""

from __future__ import annotations

import ast
import re
import warnings
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import box

from socharm.assessment.check import check_assessment
from socharm.assessment.recipe_file import known_keys
from socharm.assessment.run import run_assessment
from socharm.assessment.words import in_recipe_words, recipe_words
from socharm.errors import DataWarning, SchemaError, SocharmError
from socharm.io.incidents.numbers import tell_unread

PACKAGE = Path(__file__).resolve().parents[2] / "socharm"
TABLES = ("lookups.wards", "population", "deprivation", "weights", "indicators", "population.best_fit",
          "deprivation.best_fit", "deprivation.population_options")  # fmt: skip
#: Modules whose messages can reach a recipe, and the sections that their steps work for.
SECTIONS = {
    "io/tabular.py": TABLES, "io/_table_header.py": TABLES, "io/_workbook.py": TABLES, "io/_old_workbook.py": TABLES,
    "io/_sheet_size.py": TABLES, "io/_text_file.py": TABLES, "io/table_options.py": TABLES, "io/_name_words.py": TABLES,
    "io/area_codes.py": TABLES, "io/personal.py": (*TABLES, "areas", "incidents"),
    "io/lookups.py": ("lookups.wards", "population.best_fit", "deprivation.best_fit"),
    "io/population.py": ("population",), "io/rolling.py": ("deprivation",), "io/deprivation.py": ("deprivation",),
    "io/indicators.py": ("indicators",), "io/official.py": ("indicators",), "io/dictionary.py": ("indicators",),
    "io/weights.py": ("weights",),
    "io/weight_file.py": ("weights",), "io/crosswalk.py": ("weights",), "io/crs.py": ("areas", "heat", "hotspots"),
    "io/metres.py": ("areas", "heat", "hotspots", "clusters", "population.best_fit"),
    "severity/index.py": ("index",), "severity/cells.py": ("index",), "severity/transforms.py": ("index",),
    "severity/points.py": ("heat",), "hotspots/points/density.py": ("heat",), "hotspots/points/grid_size.py": ("heat",),
    "hotspots/points/clusters.py": ("clusters",),
    "hotspots/areas/neighbours.py": ("hotspots",), "hotspots/areas/local.py": ("hotspots",),
    "ranking/ranks.py": ("ranking",), "ranking/top_sizes.py": ("ranking",), "ranking/top_classes.py": ("classes",),
    "ranking/confidence_sets.py": ("classes",), "ranking/probable_top.py": ("classes",),
    "ranking/uncertainty.py": ("uncertainty",), "overlay/deprivation.py": ("deprivation",),
    "publish/disclosure.py": ("disclosure",), "publish/cell_keys.py": ("disclosure",), "maps/basemap.py": ("outputs",),
    **{f"io/{path.name}": ("areas",) for path in (PACKAGE / "io").glob("boundar*.py")}, "io/areas.py": ("areas",),
    **{f"io/incidents/{path.name}": ("incidents",) for path in (PACKAGE / "io" / "incidents").glob("*.py")},
}  # fmt: skip
#: Advice for those who call the functions: no recipe gets there.
PYTHON_ONLY = {
    # tables of counts that were made elsewhere
    ("io/incidents/table_columns.py", "*"), ("io/incidents/table_cells.py", "*"), ("io/incidents/tables.py", "*"),
    ("io/incidents/locate.py", "keep_records"), ("io/incidents/streets.py", "keep_names"),  # a run chooses them
    ("io/weights.py", "counts_from"),       # counts of one's own
    ("hotspots/areas/local.py", "null"),          # the recipe tests by permutation
    ("io/areas.py", "allow_override"),      # a GeoDataFrame's own method
    ("io/crs.py", "x"), ("io/crs.py", "y"),
    ("io/crosswalk.py", "year"),            # counts of one's own
    ("io/rolling.py", "how"),               # a run chooses it
    ("io/_text_file.py", "sep"), ("io/boundary_json.py", "where"), ("io/boundary_json.py", "f"),  # what files say
}  # fmt: skip
#: Messages of a module that serves several sections, and cannot reach some of them.
NOT_THERE = {
    ("lookups.wards", "x"), ("lookups.wards", "y"), ("lookups.wards", "crs"),
    ("population.best_fit", "shares"), ("deprivation.best_fit", "shares"),
    *((section, "repair_quoted_rows") for section in TABLES if section != "indicators"),
}  # fmt: skip
ARGUMENT = re.compile(r"(?<![\w.\"'])([a-z][a-z_]*)=(?!=)")


def texts_of(path: Path) -> list[str]:
    """Texts of a module that are no documentation, with a 0 where a value is put in."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documented = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)} - {
        id(node) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)
    }
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            found.append("".join(str(part.value) if isinstance(part, ast.Constant) else "0" for part in node.values))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside | documented:
            found.append(node.value)
    return found


ADVICE = sorted(
    {
        (name, argument[1], text)
        for name in SECTIONS
        for text in texts_of(PACKAGE / name)
        for argument in ARGUMENT.finditer(text)
        if " " in text and not {(name, other[1]) for other in ARGUMENT.finditer(text)} & PYTHON_ONLY
        if (name, "*") not in PYTHON_ONLY
    }
)


def test_advice_is_found():
    assert len(ADVICE) > 20
    assert {"encoding", "allow_columns", "missing", "thousands", "sheet"} <= {argument for _, argument, _ in ADVICE}


@pytest.mark.parametrize(("name", "argument", "text"), ADVICE, ids=[f"{name}-{word}" for name, word, _ in ADVICE])
def test_every_advice_that_names_an_argument_is_told_as_a_key(name, argument, text):
    arguments = {other[1] for other in ARGUMENT.finditer(text)}
    for section in SECTIONS[name]:
        if {(section, other) for other in arguments} & NOT_THERE:
            continue
        told = in_recipe_words(text, section)
        assert "argument of the Python functions" not in told, (section, told)
        assert not re.search(rf"(?<![\w.\"'\] ]){argument}=", told), (section, told)


def test_every_key_that_is_told_is_one():
    for name, _, text in ADVICE:
        for section in SECTIONS[name]:
            for place, key in re.findall(r"\[{1,2}([a-z_.]+)\]{1,2} ([a-z_]+)", in_recipe_words(text, section)):
                if place.split(".")[0] in known_keys([]):
                    assert key in known_keys(place.split(".")) or f"[{place}] {key}" in text, (section, place, key)


@pytest.mark.parametrize(
    ("text", "section", "told"),
    [
        ("Read it again with encoding='cp1252'.", "incidents", 'Read it again with [incidents] encoding = "cp1252".'),
        ("or `missing='leave out'` to", "index", 'or [index] missing = "leave out" to'),
        ("State `day_first=`.", "incidents", "State [incidents] day_first."),
        ("name it in `allow_columns=(\"Owner\",)`", "lookups.a", 'name it in [[lookups]] allow_columns = ["Owner"]'),
        ("say `thousands=','`", "population.best_fit", 'say [population.best_fit] thousands = ","'),
        ("``allow_stale=True``", "weights", "[weights] allow_stale = true"),
        ("with `columns=`: {'force': 'Name'}", "incidents", "with [incidents] columns: {'force': 'Name'}"),
        ("Give `crs=` in metres.", "heat", "Give [areas] crs in metres."),
        ("pass `counts=` to it", "index",
         "pass `counts=` (an argument of the Python functions; a recipe has no such key) to it"),
        ("x == 1 and a=b", "index", "x == 1 and a=b"),
        ("`source` is an empty file", "incidents", "`path` is an empty file"),
        ("`path` names no file", "weights", "`file` names no file"),
        ("`path` is a folder", "deprivation.population_options", "`population` is a folder"),
        ("`source` names no column", "lookups.a", "`source` names no column"),
    ],
)  # fmt: skip
def test_arguments_become_keys(text, section, told):
    assert in_recipe_words(text, section) == told


def test_errors_keep_their_kind_and_warnings_speak_too():
    with pytest.raises(SchemaError, match=r"^\[population\] Say \[population\] missing\.$"), recipe_words("population"):
        raise SchemaError("Say `missing=`.")
    with pytest.warns(DataWarning, match=r"^State \[areas\] encoding\.$"), recipe_words("areas"):
        warnings.warn("State `encoding=`.", DataWarning, stacklevel=1)


def test_a_file_inside_a_section_is_told_by_its_own_keys():
    with pytest.raises(SchemaError) as caught, recipe_words("deprivation"), recipe_words("deprivation.best_fit"):
        raise SchemaError("Name it by `sheet=`.")
    assert str(caught.value) == "[deprivation.best_fit] Name it by [deprivation.best_fit] sheet."


# what a recipe takes


def extract_of(folder: Path, text: str) -> Path:
    """The small recipe over an extract of one's own instead of files of police.uk."""
    recipe = folder / "assessment.toml"
    old = '[incidents]\npath = "police-uk"\n'
    assert old in recipe.read_text()
    recipe.write_text(recipe.read_text().replace(old, f"[incidents]\n{text}\n"))
    return recipe


COLUMNS = 'columns = { date = "Date", offence = "Offence", easting = "Easting", northing = "Northing" }'


def late_letter(folder: Path) -> None:
    """Windows-1252 of which only the last of many lines is no UTF-8."""
    head = "Date,Offence,Location,Easting,Northing\n"
    row = "".join(
        f"2025-0{month}-01,Burglary,High Street,{east},{north}\n"
        for month in (4, 5, 6)
        for east in range(401_000, 408_000, 2_000)
        for north in range(301_000, 306_000, 2_000)
    )
    (folder / "late.csv").write_bytes(
        (head + row * 2_000).encode() + "2025-05-01,Robbery,Café Street,403500,303500\n".encode("cp1252")
    )


def test_an_encoding_that_is_advised_can_be_stated(own):
    late_letter(own)
    recipe = extract_of(own, f'path = "late.csv"\n{COLUMNS}')
    text = recipe.read_text()
    problems = check_assessment(recipe).problems
    said = " ".join(problems)
    assert "encoding=" not in said
    if problems:
        assert 'encoding = "cp1252"' in said
    recipe.write_text(text.replace('path = "late.csv"', 'path = "late.csv"\nencoding = "cp1252"'))
    assert check_assessment(recipe).problems == ()
    assert int(run_assessment(recipe).tables["accounting"]["rows"].sum()) == 72_001


def test_a_surface_that_no_rule_can_draw_is_left_out_with_a_note(own):
    """All harm in a few places: the ranking does not hang on a picture."""
    rows = [
        f"2025-0{month}-01,Burglary,{east},{north}\n"
        for month in (4, 5, 6)
        for east in range(401_000, 408_000, 2_000)
        for north in range(301_000, 306_000, 2_000)
    ]
    rows += [f"2025-0{month}-01,Burglary,401000,301000\n" for month in (4, 5, 6)] * 700
    (own / "few.csv").write_text("Date,Offence,Easting,Northing\n" + "".join(rows))
    recipe = extract_of(own, f'path = "few.csv"\n{COLUMNS}')
    by_rule = recipe.read_text().replace("bandwidth = 1500.0\ncell_size = 200.0\n", "")
    recipe.write_text(by_rule)
    found = check_assessment(recipe)
    assert found.problems == ()
    assert any("No heat surface" in note and "[heat] bandwidth" in note for note in found.notes)
    assert not len(run_assessment(recipe).tables["heat"])


def test_columns_about_persons_can_be_vouched_for(own):
    place = {"Easting": 401500, "Northing": 301500, "Victim name": "Jane Smith"}
    rows = pd.DataFrame({"Date": "2025-04-01", "Offence": "Burglary", **place}, index=range(9))
    rows.to_csv(own / "own.csv", index=False)
    recipe = extract_of(own, f'path = "own.csv"\n{COLUMNS}')
    problems = check_assessment(recipe).problems
    assert any("[incidents] allow_columns" in problem for problem in problems), problems
    allowed = 'path = "own.csv"\nallow_columns = ["Victim name"]'
    recipe.write_text(recipe.read_text().replace('path = "own.csv"', allowed))
    assert not any("allow_columns" in problem for problem in check_assessment(recipe).problems)


def test_a_population_as_it_is_published(own):
    """A workbook of two sheets, title rows, thousands separators and a word of its own for what is missing."""
    people = pd.read_csv(own / "population.csv")
    shown = people.assign(residents=[f"{number:,}" for number in people["residents"]])
    shown.loc[0, "residents"] = "not released"
    with pd.ExcelWriter(own / "people.xlsx") as book:
        pd.DataFrame({"Notes": ["read me"]}).to_excel(book, sheet_name="Notes", index=False)
        shown.to_excel(book, sheet_name="Wards", index=False, startrow=3)
    recipe = own / "assessment.toml"
    plain = recipe.read_text().replace('path = "population.csv"', 'path = "people.xlsx"')
    recipe.write_text(plain)
    told = " ".join(check_assessment(recipe).problems)
    assert 'thousands = ","' in told or "[population] thousands" in told
    keys = 'sheet = "Wards"\nheader_row = 4\nthousands = ","\nmissing = ["not released"]'
    recipe.write_text(plain.replace('path = "people.xlsx"', f'path = "people.xlsx"\n{keys}'))
    found = check_assessment(recipe)
    assert found.problems == ()
    assert any("2 of 12 areas (17%) have no population" in doubt for doubt in found.doubts)


def test_options_of_a_best_fit_are_its_own(own):
    wards = gpd.read_file(own / "wards.gpkg")
    small = pd.DataFrame({"code": [f"E0100{i:04d}" for i in range(12)], "residents": 500})
    small.to_csv(own / "small.csv", index=False)
    points = pd.DataFrame({"code": small["code"], "x": wards.centroid.x.astype(int), "y": wards.centroid.y.astype(int)})
    (own / "points.csv").write_text("Centroids\n\n" + points.to_csv(index=False))
    recipe = own / "assessment.toml"
    old = 'path = "population.csv"\ncode = "ward_code"'
    assert old in recipe.read_text()
    text = recipe.read_text().replace(old, 'path = "small.csv"\ncode = "code"')
    fit = '\n[population.best_fit]\npath = "points.csv"\ncode = "code"\neasting = "x"\nnorthing = "y"\n'
    recipe.write_text(text + fit + "header_row = 9\n")
    assert any(problem.startswith("[population.best_fit] ") for problem in check_assessment(recipe).problems)
    recipe.write_text(text + fit + "header_row = 3\n")
    assert check_assessment(recipe).problems == ()


def test_boundaries_without_a_system_are_told_by_key(own):
    areas = gpd.GeoDataFrame({"ward_code": ["E05000001"]}, geometry=[box(0.1, 0.1, 0.2, 0.2)], crs=None)
    areas.to_parquet(own / "wards.parquet")
    recipe = own / "assessment.toml"
    recipe.write_text(recipe.read_text().replace('path = "wards.gpkg"', 'path = "wards.parquet"'))
    told = " ".join(problem for problem in check_assessment(recipe).problems if problem.startswith("[areas]"))
    assert "source_crs=" not in told
    with pytest.raises(SocharmError, match=r"^\[areas\]"):
        run_assessment(recipe)


def test_rows_without_examples_have_no_empty_list_of_them():
    # texts for infinity are no numbers of a place either, and are not shown
    with pytest.warns(DataWarning, match="3 rows have a coordinate that is not a number, and no location"):
        tell_unread(3, [])
