"""The first look at a recipe: all faults at once, before anything that takes long is loaded."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner
from worlds import RECIPE

import socharm as sh
from socharm.assessment.dictionary_keys import DICTIONARY_KEYS
from socharm.assessment.first_look import first_look, recipe_faults, require_sound
from socharm.assessment.recipe_file import parse_recipe
from socharm.assessment.template import template_text
from socharm.cli.app import app
from socharm.errors import SchemaError
from socharm.files.plain import parse_toml
from socharm.io.dictionary import DICTIONARY_COLUMNS, read_dictionary
from socharm.io.incidents.named_months import named_months
from socharm.plans.facts import SECTORS

#: What counting and ranking need, and a look at a recipe does not.
HEAVY = ("scipy", "polars", "geopandas", "numba", "sklearn", "matplotlib")
FAULTY = """
[assessment]
period = ["2025-06", "2025-04"]
seeds = 1
[areas]
path = "wards.gpgk"
code = 5
[incidents]
path = "gone"
encodin = "cp1252"
[ranking]
draws = 0
seed = 3
[population]
path = "population.csv"
code = "ward_code"
[[indicators]]
path = "indicators.csv"
[hotspots]
statistic = "z"
"""
TOLD = (
    "assessment.seeds: unknown key. Did you mean 'seed'?",
    "assessment.seed: missing. Add it",
    "areas.path: names no file: 'wards.gpgk' does not exist. Did you mean 'wards.gpkg'? Paths start at",
    "areas.code: `code` must be text in quotes; found 5.",
    "incidents.path: names no file: 'gone' does not exist.",
    "incidents.encodin: unknown key. Did you mean 'encoding'?",
    "population.value: missing. Add it",
    "population.date: missing. Add it",
    "ranking.draws: `draws` is 0; it must be a whole number from 1 to ",
    "ranking.seed: unknown key. The seed stands in [assessment].",
    "hotspots.statistic: `statistic` must be one of ",
    "indicators.0.path: names no file: 'indicators.csv' does not exist.",
    "[indicators.0] state `dictionary`, or `official` with the name of an official table",
    "assessment.period: ",
)


@pytest.fixture
def faulty(tmp_path) -> Path:
    (tmp_path / "wards.gpkg").touch()
    (tmp_path / "population.csv").touch()
    (tmp_path / "bad.toml").write_text(FAULTY)
    return tmp_path / "bad.toml"


def test_a_key_of_an_earlier_version_is_told_by_its_name_of_today(tmp_path):
    (tmp_path / "old.toml").write_text('[composite]\nlacking = "error"\n[outputs]\nplaces = true\n')
    found = first_look(tmp_path / "old.toml")
    assert "composite.lacking: the key is called `missing` now. Rename it." in found
    assert "outputs.places: the key is called `micro_places` now. Rename it." in found


def test_every_fault_is_told_at_once_with_its_place(faulty):
    found = first_look(faulty)
    for told in TOLD:
        assert any(fault.startswith(told) for fault in found), (told, found)
    assert len(found) == len(TOLD)
    with pytest.raises(SchemaError, match=rf"'bad.toml' has {len(TOLD)} fault"):
        require_sound(faulty)


@pytest.mark.parametrize("command", ["check", "run"])
def test_nothing_that_takes_long_is_loaded_before(faulty, command):
    code = (
        "import sys\n"
        "from typer.testing import CliRunner\n"
        "from socharm.cli.app import app\n"
        f"done = CliRunner().invoke(app, [{command!r}, {str(faulty)!r}])\n"
        f"print(done.exit_code, sorted(set(sys.modules) & set({HEAVY!r})))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.strip() == "2 []"


def test_a_period_that_no_file_is_of_is_told_before_anything_is_read(own, tmp_path):
    text = (own / "assessment.toml").read_text().replace('"2025-04", "2025-06"', '"2024-01", "2024-03"')
    (own / "assessment.toml").write_text(text)
    found = first_look(own / "assessment.toml")
    assert found == [
        "assessment.period: the files of [incidents] are of April 2025 to June 2025 by their names (3 months), and "
        "none is of January 2024 to March 2024. Set [assessment] period to months that are there, or name the folder "
        "that holds them."
    ]
    with pytest.raises(SchemaError, match=r"^\[incidents\] The files of \[incidents\] are of April 2025"):
        sh.run_assessment(own / "assessment.toml")
    # the first month of the files is enough: what lacks is told by the check
    (own / "assessment.toml").write_text(text.replace('"2024-01", "2024-03"', '"2024-01", "2025-04"'))
    assert first_look(own / "assessment.toml") == []


def test_months_by_the_names_of_files(tmp_path):
    (tmp_path / "2025-04").mkdir()
    for name in ("2025-04-toy-street.csv", "2025-04-toy-outcomes.csv", "2025-05-toy-street (1).csv"):
        (tmp_path / "2025-04" / name).touch()
    assert named_months(tmp_path) == {"2025-04", "2025-05"}
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("2024-12/2024-12-toy-street.csv", "x")
    assert named_months(tmp_path / "all.zip") == {"2024-12"}
    assert named_months(tmp_path / "2025-04" / "2025-04-toy-street.csv") == {"2025-04"}
    # names that do not say it: nothing is concluded
    (tmp_path / "2025-04" / "toy-street.csv").touch()
    assert named_months(tmp_path / "2025-04") is None
    (tmp_path / "extract.csv").touch()
    assert named_months(tmp_path / "extract.csv") is None
    (tmp_path / "no.zip").write_text("no zip")
    assert named_months(tmp_path / "no.zip") is None
    assert named_months(tmp_path / "gone") is None


def test_a_sound_recipe_passes(own):
    assert first_look(own / "assessment.toml") == []


def test_the_whole_template_passes_but_for_its_files(tmp_path):
    whole = "\n".join(
        line.removeprefix("# ") if line.startswith("# ") and ("=" in line or line.startswith("# [")) else line
        for line in template_text().splitlines()[5:]
    )
    (tmp_path / "all.toml").write_text(whole)
    # Written out whole it states what can be stated in one of two ways, and lookups that it does not have.
    allowed = ("names no file", ", not both.", "no lookup is called")
    assert [fault for fault in first_look(tmp_path / "all.toml") if not any(part in fault for part in allowed)] == []


@pytest.mark.parametrize(
    "change",
    [
        "date = 2024-06-30",
        'date = "2024-06-30"\n[index]\nper = 2.5',
        'date = "2024-06-30"\n[disclosure]\nspread = 4\nopen = true',
        'date = "2024-06-30"\nmissing = ["x"]\nsheet = 0',
    ],
)
def test_what_the_recipe_takes_the_first_look_takes(tmp_path, change):
    text = RECIPE.replace('date = "2024-06-30"', change)
    for name in ("wards.gpkg", "population.csv"):
        (tmp_path / name).touch()
    (tmp_path / "police-uk").mkdir()
    (tmp_path / "a.toml").write_text(text)
    parse_recipe(parse_toml(text, name="a.toml"))
    assert first_look(tmp_path / "a.toml") == []


def test_a_key_that_is_called_as_a_type_is_told_by_its_name():
    values = parse_toml(RECIPE.replace('date = "2024-06-30"\n', ""), name="a.toml")
    with pytest.raises(SchemaError, match=r"population\.date: missing"):
        parse_recipe(values)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (r'path = "C:\Users\anna\wards.gpkg"', r"Line 2: a path with \ stands in single quotes, 'C:\Users\anna"),
        (r'path = "data\wards.gpkg"', r"Line 2: a path with \ stands in single quotes, 'data\wards.gpkg'"),
        ("name = “wards”", "Line 2: quotes are straight"),
        ("name = \u2018wards\u2019", "Line 2: quotes are straight"),
        ("cap = 0,99", "Line 2: a number has a point, 0.99"),
        ("name = Byker", 'Line 2: text stands in quotes, "Byker"'),
        ("open = True", "Line 2: true is written in small letters"),
        ("open = yes", "Line 2: write true"),
    ],
)
def test_what_people_write_is_told_with_what_toml_takes(line, told):
    with pytest.raises(SchemaError) as error:
        parse_toml(f"[areas]\n{line}\n", name="a.toml")
    assert told in str(error.value)


def test_every_such_line_is_told_at_once():
    with pytest.raises(SchemaError, match=r"Line 1: a number has a point, 1\.5.*Line 3: text stands in quotes"):
        parse_toml('a = 1,5\nb = "it is fine, 1,5"\nc = some text # as it is\n# d = e\n', name="a.toml")


def test_a_tab_in_a_path_is_a_backslash_that_was_read(tmp_path):
    (tmp_path / "a.toml").write_text('[areas]\npath = "C:\\temp\\new.gpkg"\n')
    found = next(fault for fault in first_look(tmp_path / "a.toml") if fault.startswith("areas.path"))
    assert "holds a tab or line break" in found
    assert "in single quotes" in found


def test_what_a_dictionary_says_is_told_of_the_dictionary(tmp_path):
    text = (
        f'{RECIPE}\n[[indicators]]\npath = "i.csv"\ndictionary = "d.toml"\nsector = "health"\ndenominator = "people"\n'
    )
    (tmp_path / "a.toml").write_text(text)
    told = [fault for fault in first_look(tmp_path / "a.toml") if "no key of the recipe" in fault]
    assert [fault.partition(":")[0] for fault in told] == ["indicators.0.sector", "indicators.0.denominator"]
    assert "in the file that `dictionary` names" in told[0]
    with pytest.raises(SchemaError, match=r"indicators\.0\.sector: no key of the recipe"):
        parse_recipe(parse_toml(text, name="a.toml"))


def test_init_writes_an_example_of_a_dictionary_that_is_one(tmp_path):
    done = CliRunner().invoke(app, ["init", str(tmp_path / "assessment.toml")])
    assert done.exit_code == 0
    assert "indicators.toml" in done.output
    table = read_dictionary(tmp_path / "indicators.toml")
    assert set(DICTIONARY_COLUMNS) <= set(table.columns)
    assert set(table["sector"]) <= set(SECTORS)
    assert set(table.columns) - {"column", "name", "sector"} <= {*DICTIONARY_KEYS, "period"}
    (tmp_path / "assessment.toml").unlink()
    (tmp_path / "indicators.toml").write_text("ours")
    again = CliRunner().invoke(app, ["init", str(tmp_path / "assessment.toml")])
    assert again.exit_code == 0
    assert (tmp_path / "indicators.toml").read_text() == "ours"


def test_a_packaged_recipe_of_measures_is_no_file():
    """`vli` is in the package: the first look refused every recipe that named it."""
    found = list(recipe_faults({"composite": {"recipe": "vli"}}, folder=Path()))
    assert not [fault for fault in found if fault.startswith("composite")]
    lost = list(recipe_faults({"deprivation": {"path": "none.csv", "population": "people.csv"}}, folder=Path()))
    assert {fault.partition(":")[0] for fault in lost if "names no file" in fault} == {
        "deprivation.path", "deprivation.population",
    }  # fmt: skip


RULES = """
[assessment]
period = ["2025-04", "2025-06"]
seed = 1
[areas]
path = "wards.gpkg"
code = "ward_code"
parent_lookup = "districts"
[incidents]
path = "police-uk"
[population]
path = "population.csv"
code = "ward_code"
value = "residents"
date = "2024-06-30"
[ranking]
top = [5]
[classes]
k = 7
[deprivation]
path = "deprivation.csv"
lookup = "small"
[uncertainty.windows]
early = ["2025-01", "2025-05"]
none = ["2025-13", "2025-05"]
[[lookups]]
name = "wards"
path = "lookup.csv"
source = "a"
target = "b"
[[lookups]]
name = "wards"
path = "lookup.csv"
source = "a"
target = "b"
"""
EITHER = """
[areas]
parent = "district"
parent_lookup = "wards"
force = "force"
force_lookup = "wards"
[population]
lookup = "wards"
[population.best_fit]
path = "points.csv"
[deprivation]
lookup = "wards"
population = "people.csv"
[deprivation.best_fit]
path = "points.csv"
[[lookups]]
name = "wards"
"""


def between(text: str, folder: Path) -> list[str]:
    """What the first look says, but for files and keys that are not there."""
    told = recipe_faults(parse_toml(text, name="recipe"), folder=folder)
    return [fault for fault in told if "names no file" not in fault and ": missing." not in fault]


def test_rules_between_keys_are_told_in_the_first_look_as_the_recipe_tells_them(tmp_path):
    found = between(RULES, tmp_path)
    with pytest.raises(SchemaError) as caught:
        parse_recipe(parse_toml(RULES, name="recipe"))
    assert sorted(found) == sorted(line.strip() for line in str(caught.value).splitlines()[1:])
    assert len(found) == 7
    for part in (
        "names must be unique",
        "no lookup is called 'districts'",
        "needs their residents",
        "7 is not in ranking",
    ):
        assert any(part in fault for fault in found)


def test_keys_that_contradict_each_other_are_told_in_the_first_look(tmp_path):
    assert between(EITHER, tmp_path) == [
        "[areas] state `parent` or `parent_lookup`, not both.",
        "[areas] state `force` or `force_lookup`, not both.",
        "[population] state `lookup` or `best_fit`, not both.",
        "[deprivation] state `lookup` or `best_fit`, not both.",
        "[deprivation] `population`, `population_code` and `population_value` go together.",
    ]


def test_values_of_another_kind_break_no_rule(tmp_path):
    odd = RULES
    for held, other in (
        ('"districts"', "5"), ('lookup = "small"', "lookup = 3"), ('period = ["2025-04", ', "period = [4, "),
        ('name = "wards"', "name = 1"), ("[5]", "5"), ('["2025-01", "2025-05"]', "1"), ('["2025-13", "2025-05"]', "2"),
    ):  # fmt: skip
        assert held in odd
        odd = odd.replace(held, other)
    told = " ".join(between(odd, tmp_path))
    for never in ("no lookup is called", "not in ranking.top", "not inside the period", "must be unique"):
        assert never not in told
