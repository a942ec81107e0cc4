"""Parts of an assessment: whatever one of them declares stands everywhere, and nothing stands that none declares."""

from __future__ import annotations

import ast
import importlib.util
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from evaluated import write_evaluation
from worlds import with_days

from socharm._about import About
from socharm._constraints import ClosedShare
from socharm._record import settings_as_dict
from socharm._settings import Settings, setting
from socharm.assessment.check import check_assessment
from socharm.assessment.demo import write_demo
from socharm.assessment.open_snapshot import open_assessment
from socharm.assessment.published import published_form
from socharm.assessment.recipe_file import parse_recipe, recipe_as_dict
from socharm.assessment.result_tables import earlier_settings
from socharm.assessment.run import run_assessment
from socharm.assessment.run_steps import wanted
from socharm.assessment.sentences import method_sentences
from socharm.assessment.steps import order
from socharm.assessment.steps._step import Context, Drawing, Picture, Section, Step
from socharm.assessment.steps.index import INDEX
from socharm.assessment.template import template_text
from socharm.composite.settings import CompositeSettings
from socharm.dashboard.data import area_facts, make_panel
from socharm.dashboard.write import write_dashboard
from socharm.errors import SchemaError
from socharm.io.boundaries import read_boundaries
from socharm.io.deprivation import read_deprivation
from socharm.io.incidents.count import count_incidents
from socharm.io.incidents.reading import read_incidents
from socharm.io.indicators import read_indicators
from socharm.io.lookups import read_lookup
from socharm.io.population import read_population
from socharm.io.weights import load_weights
from socharm.profiles.subject import squares_of
from socharm.publish.disclosure import PublishedTables
from socharm.publish.statement import method_statement
from socharm.sample.load import load_sample
from socharm.snapshot.dashboard_layer import Category, DashboardLayer, DashboardPart, DashboardTable
from socharm.snapshot.recount import Recount
from socharm.snapshot.sentence import DONE, LACKING, Sentence
from socharm.snapshot.spec import SheetSpec, SummaryPart, TableSpec, columns
from socharm.snapshot.tables import AssessmentTables, has_columns

pytestmark = pytest.mark.filterwarnings("ignore::socharm.errors.SocharmWarning")

REPOSITORY = Path(__file__).resolve().parents[2]


# a part of an assessment that exists in this file only


@dataclass(frozen=True, kw_only=True)
class QuietSettings(Settings):
    """``[quiet]``: areas with little of the harm."""

    share: ClosedShare = setting(0.25, "share of the areas that are called quiet")


@dataclass(frozen=True)
class Quiet:
    """Which areas have least harm."""

    table: pd.DataFrame


def run_quiet(context: Context) -> Quiet:
    rate = context[INDEX].table["rate"].astype(float)
    few = rate.rank(method="first") <= context.recipe.part(QuietSettings).share * rate.notna().sum()
    crimes = context[INDEX].table["crimes"]
    made = {"quiet": few, "crimes": crimes, "rate": rate, "place": rate.rank(), "note": "by hand"}
    return Quiet(pd.DataFrame(made))


def draw_quiet(quiet: Quiet, drawing: Drawing):
    axes = drawing.on["ax"]
    axes.barh(range(len(quiet.table)), quiet.table["place"])
    return axes


def publish_quiet(quiet: Quiet, published: PublishedTables) -> Quiet:
    return replace(quiet, table=published.tables["quiet"])


def layers_of_quiet(tables: Mapping[str, pd.DataFrame], about: About) -> Iterable[DashboardLayer]:
    if not has_columns(tables["quiet"], "quiet crimes"):
        return
    names = {"True": Category(label="quiet", colour="#20629f"), "False": Category(label="louder", colour="#8c2340")}
    yield DashboardLayer(
        key="quiet", label="Quiet areas", gap="not judged", values=tables["quiet"]["quiet"], categories=names
    )
    yield DashboardLayer(
        key="quiet:crimes", label=f"Crimes in {about.period}", values=tables["quiet"]["crimes"], palette="blues"
    )


def gaps_of_quiet(tables: Mapping[str, pd.DataFrame]) -> Iterable[DashboardTable]:
    rows = (("nobody asked", f"{len(tables['quiet']):,}"),)
    yield DashboardTable(caption="Why areas are quiet", head=("Why", "Areas"), rows=rows, numbers=(1,))


def recount_quiet(recount: Recount) -> pd.DataFrame:
    return recount.made["index"][["crimes"]].reindex(recount.tables["quiet"].index)


def told_of_quiet(tables: Mapping[str, pd.DataFrame]) -> Iterable[Sentence]:
    called = tables["quiet"]["quiet"].astype(bool).sum() if len(tables["quiet"]) else 0
    yield Sentence(f"{called} areas are called quiet, whatever nobody reported there.", LACKING, place=15)


QUIET = Step[Quiet](
    name="quiet",
    phase="hotspots",
    words="quiet",
    switch="quiet",
    switch_says="areas with little of the harm",
    needs=(INDEX,),
    section=Section(key="quiet", kind=QuietSettings, says="areas with little of the harm"),
    run=run_quiet,
    tables=(
        TableSpec(
            name="quiet",
            meaning="an area; index `area_code`",
            layer=True,
            dashboard=DashboardPart(
                layers=layers_of_quiet, gaps=gaps_of_quiet, sure=lambda tables: ["Quiet is not safe."], place=15
            ),
            recomputed=recount_quiet,
            sheet=SheetSpec(title="Quiet areas", note="Little was recorded; that is not little harm."),
            summary=SummaryPart(
                values=lambda tables, manifest: {
                    "quiet": int(tables["quiet"]["quiet"].sum()) if "quiet" in tables else 0
                },
                lines=lambda summary: [f"Quiet areas: {summary['quiet']}"],
            ),
            told=told_of_quiet,
            first_page=lambda tables: [("Quiet", f"{int(tables['quiet']['quiet'].sum())} areas")],
            # `note` is not declared.
            columns=(
                *columns("keep", quiet="whether it is called quiet"),
                *columns("cells", crimes="weighted crimes"),
                *columns("withhold", rate="harm per resident (or other denominator) and year"),
                *columns("whole:5", place="1 has least"),
            ),
        ),
        TableSpec(
            name="quiet_keys",
            meaning="an area; index `area_code`",
            secret=True,
            columns=columns("withhold", quiet="whether it is called quiet", key="length of the secret"),
        ),
    ),
    frames=lambda quiet: {"quiet": quiet.table},
    pictures=(Picture(file="quiet.png", draw=draw_quiet),),
    published=publish_quiet,
    told=lambda recipe, manifest: [
        Sentence(
            f"The quietest {recipe.part(QuietSettings).share:.0%} of the areas were named by {manifest['quiet_rule']}."
        )
    ],
    about=lambda quiet: [About(sources=("the watch committee",), marking="OFFICIAL-SENSITIVE")],
    notes=lambda quiet: [f"{int(quiet.table['quiet'].sum())} areas would be called quiet."],
    entries=lambda results: {"quiet_rule": "the rate as recorded"},
    closed_frames=lambda quiet, secret: {"quiet_keys": quiet.table[["quiet"]].assign(key=len(secret))},
)


@contextmanager
def quiet_among_steps() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(order, "STEPS", (*order.STEPS, QUIET))
        yield


@pytest.fixture
def with_quiet() -> Iterator[None]:
    with quiet_among_steps():
        yield


SMALL = """
[quiet]
share = 0.1

[ranking]
draws = 100

[outputs]
heat = false
hotspots = false
concentration = false
clusters = false
micro_places = false
classes = false

[disclosure]
open = false
"""


@pytest.fixture(scope="module")
def quiet_run(tmp_path_factory):
    recipe = write_demo(tmp_path_factory.mktemp("quiet") / "demo")
    text = recipe.read_text(encoding="utf-8")
    recipe.write_text(text + SMALL, encoding="utf-8")
    with quiet_among_steps():
        check = check_assessment(recipe)
        assert check.ok
        assert "[quiet] 10 areas would be called quiet." in check.notes
        return run_assessment(recipe)


MINIMAL = {
    "assessment": {"period": ["2025-04", "2025-09"], "seed": 1},
    "areas": {"path": "wards.gpkg", "code": "WD25CD"},
    "incidents": {"path": "police-uk"},
}


def test_a_new_part_has_its_section_of_the_recipe(with_quiet):
    assert parse_recipe(MINIMAL).part(QuietSettings).share == 0.25
    recipe = parse_recipe({**MINIMAL, "quiet": {"share": 0.5}, "outputs": {"quiet": False}})
    assert recipe.part(QuietSettings).share == 0.5
    assert not recipe.wants("quiet")
    assert parse_recipe(recipe_as_dict(recipe)) == recipe
    with pytest.raises(SchemaError, match=r"quiet\.shre: unknown key. Did you mean 'share'"):
        parse_recipe({**MINIMAL, "quiet": {"shre": 0.5}})
    with pytest.raises(SchemaError, match=r"quiet\.share: `share` is 2"):
        parse_recipe({**MINIMAL, "quiet": {"share": 2.0}})


def test_a_new_part_stands_in_the_template(with_quiet):
    text = template_text()
    assert re.search(r"^\[quiet\] +# areas with little of the harm$", text, re.MULTILINE)
    assert re.search(r"^# share = 0\.25 +# share of the areas that are called quiet$", text, re.MULTILINE)
    assert re.search(r"^# quiet = true +# areas with little of the harm$", text, re.MULTILINE)


def test_a_recipe_without_the_part_knows_nothing_of_it():
    with pytest.raises(SchemaError, match="quiet: unknown key"):
        parse_recipe({**MINIMAL, "quiet": {"share": 0.5}})
    assert "[quiet]" not in template_text()


def test_a_new_part_leaves_its_table_layer_sheet_and_picture(quiet_run):
    folder = quiet_run.path
    assert quiet_run.tables["quiet"]["quiet"].sum() == 10
    assert (folder / "tables" / "INTERNAL-quiet.parquet").exists()
    assert "INTERNAL_quiet" in gpd.list_layers(folder / "INTERNAL-areas.gpkg")["name"].tolist()
    assert (folder / "maps" / "quiet.png").exists()
    sheet = pd.read_excel(folder / "ranking.xlsx", sheet_name="Quiet areas", header=None, engine="openpyxl")
    assert sheet.iloc[1, 0] == "Little was recorded; that is not little harm."
    assert sheet.iloc[2, 0].startswith("Counts, and what is worked out from them, carry the noise")
    assert sheet.iloc[3, 0] == "Not published, and therefore blank: Harm rate as recorded, Note."
    assert sheet.iloc[4, 0] == "The first 60 of 100 rows are printed; clear the print area for all."
    assert sheet.iloc[5].tolist() == [
        "Area",
        "Code",
        "District",
        "Harm rate as recorded",
        "Quiet",
        "Crimes",
        "Place",
        "Note",
    ]


def test_a_new_part_is_published_by_its_rules_and_what_it_does_not_declare_is_withheld(quiet_run):
    sheet = pd.read_excel(quiet_run.path / "ranking.xlsx", sheet_name="Quiet areas", header=5, engine="openpyxl")
    assert (sheet["Quiet"] == "yes").sum() == 10
    assert (sheet["Place"] % 5 == 0).all()
    assert sheet[["Harm rate as recorded", "Note"]].isna().all(axis=None)


def test_a_new_part_is_made_again_of_published_counts(with_quiet, quiet_run):
    shown = published_form(quiet_run).tables
    crimes = shown["quiet"]["crimes"].astype(float)
    assert crimes.tolist() == shown["index"]["crimes"].astype(float).tolist()
    assert (crimes != quiet_run.tables["quiet"]["crimes"].astype(float)).any()


def test_a_new_part_stands_in_the_dashboard(with_quiet, quiet_run, tmp_path):
    shown = published_form(quiet_run)
    page = tmp_path / "quiet.html"
    write_dashboard(page, shown.tables, quiet_run.areas(), about=shown.about, layer="quiet")
    text = page.read_text(encoding="utf-8")
    assert "<p>Quiet is not safe.</p>" in text
    size = len(shown.tables["quiet"])
    assert re.search(rf'<th scope="row">nobody asked</th><td class="number" data-head="[^"]+">{size}</td>', text)
    payload = re.search(r'id="payload">(.*?)</script>', text)
    assert payload is not None
    told = json.loads(payload[1])
    layers = {layer["key"]: layer for layer in told["layers"]}
    assert [key for key in layers if key in ("harm", "quiet", "quiet:crimes", "residual")] == [
        "harm", "quiet", "quiet:crimes", "residual",
    ]  # fmt: skip
    assert layers["quiet"]["values"].count("True") == 10
    assert layers["quiet"]["classes"]["labels"] == ["quiet", "louder"]
    assert layers["quiet:crimes"]["label"] == f"Crimes in {quiet_run.about.period}"
    crimes = dict(zip(told["codes"], layers["quiet:crimes"]["values"], strict=True))
    expected = shown.tables["quiet"]["crimes"]
    few = [code for code, n in expected.items() if 1 <= n <= 4]
    assert [code for code, n in crimes.items() if n == "few"] == [code for code in crimes if code in few]
    for code, n in crimes.items():
        assert n == "few" or n == pytest.approx(expected[code], rel=0.005)  # three figures


def test_a_new_part_speaks_in_statement_and_summary(with_quiet, quiet_run):
    statement = method_statement(quiet_run.manifest, about=quiet_run.about, tables=quiet_run.tables)
    assert statement.sections[DONE][-1] == "The quietest 10% of the areas were named by the rate as recorded."
    lacking = statement.sections[LACKING]
    assert "10 areas are called quiet, whatever nobody reported there." in lacking
    assert "Quiet areas: 10" in quiet_run.summary().splitlines()
    assert quiet_run.closing_summary()["quiet"] == 10


def test_sentences_of_a_section_stand_in_their_order(with_quiet, quiet_run):
    statement = method_statement(quiet_run.manifest, about=quiet_run.about, tables=quiet_run.tables)
    done = [text.split(" ")[0] for text in statement.sections[DONE]]
    assert done[:5] == ["Crime", "Of", "Each", "Sentence-days:", "Harm"]  # counted, set aside, weighed, divided
    bare = method_statement(quiet_run.manifest, about=quiet_run.about)
    assert [text.split(" ")[0] for text in bare.sections[DONE]][:4] == ["Crime", "Each", "Sentence-days:", "Harm"]
    assert bare.sections["To make it again"] == statement.sections["To make it again"]


def test_a_new_part_adds_its_sources_marking_and_entries(quiet_run):
    assert quiet_run.about.sources[-1] == "the watch committee"
    assert quiet_run.about.unit == "sentence-days per resident per year"  # of the index, which leads
    assert quiet_run.manifest["marking"] == "OFFICIAL-SENSITIVE"
    assert quiet_run.manifest["quiet_rule"] == "the rate as recorded"


def test_a_new_part_of_closed_input_keeps_its_keys_and_publishes_none(with_quiet, quiet_run):
    keys = quiet_run.tables["quiet_keys"]
    assert keys["quiet"].sum() == 10
    assert (keys["key"] == 32).all()  # bytes of the store's secret
    assert "quiet_keys" not in published_form(quiet_run).tables


def test_a_new_part_stands_on_the_first_page_of_the_workbook(quiet_run):
    page = pd.read_excel(quiet_run.path / "ranking.xlsx", sheet_name="Read me", header=None, engine="openpyxl")
    told = dict(zip(page[0], page[1], strict=True))
    assert told["Quiet"] == "10 areas"
    assert told["Areas"] == "100, of which 100 ranked"


def test_a_snapshot_without_sentences_has_them_from_its_recipe(with_quiet, quiet_run):
    told = open_assessment(quiet_run.path).manifest["said"]
    recipe = {**quiet_run.manifest["recipe"], "hotspots": {"correction": "none"}, "outputs": {}}
    text = "The quietest 10% of the areas were named by the rate as recorded."
    assert told[-1] == {"text": text, "section": DONE, "place": 100}
    sentences = method_sentences(parse_recipe(recipe), quiet_run.manifest)
    assert any("NOT corrected for many tests" in sentence.text for sentence in sentences)


# the parts that there are


#: They go through the steps, or through what the steps declare of their tables.
LOOPING = (
    "assessment/result_tables.py",
    "assessment/check.py",
    "assessment/inputs.py",
    "assessment/open_snapshot.py",
    "assessment/outputs.py",
    "assessment/pictures.py",
    "assessment/published.py",
    "assessment/recipe_file.py",
    "assessment/recipe_keys.py",
    "assessment/run.py",
    "assessment/sentences.py",
    "assessment/run_steps.py",
    "assessment/template.py",
    "assessment/words.py",
    "assessment/workbook.py",
    "publish/statement.py",
    "snapshot/summary.py",
)
#: Entries of a manifest, and keys of a recipe, that no step declares.
NO_STEPS = {"assessment", "outputs", "disclosure"}
#: Parts of the manifest's entry `about` that have the name of a table.
OF_ABOUT = {"assessment/open_snapshot.py": {"coverage", "sources"}}


def named_parts(source: str) -> set[str]:
    """Steps, sections of the recipe and tables that a module names: by an import, a subscript, or ``get``."""
    sections = {step.section.key for step in order.STEPS if step.section is not None}
    known = (sections | {spec.name for spec in order.declared_tables()}) - NO_STEPS
    tree = ast.parse(source)
    constants = [line.value for line in tree.body if isinstance(line, ast.Assign | ast.AnnAssign)]
    stated = [key for value in constants if isinstance(value, ast.Dict) for key in value.keys]
    found = {key.value for key in stated if isinstance(key, ast.Constant) and key.value in known}
    for node in ast.walk(tree):
        module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
        of_a_step = module.startswith("socharm.assessment.steps") and not module.endswith(("._step", ".order"))
        if of_a_step or "_section" in module:
            found.add(module)
        words = []
        if isinstance(node, ast.Subscript):
            words = [node.slice]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("get", "wants"):
            words = node.args
        found |= {part.value for part in words if isinstance(part, ast.Constant) and part.value in known}
    return found


@pytest.mark.parametrize("module", LOOPING)
def test_whoever_goes_through_the_steps_knows_none_by_name(module):
    source = (REPOSITORY / "socharm" / module).read_text(encoding="utf-8")
    assert named_parts(source) == OF_ABOUT.get(module, set())


@pytest.mark.parametrize(
    "line",
    [
        "from socharm.assessment.steps.index import INDEX",
        "from socharm.assessment.input_sections import PopulationSection",
        "def f(tables):\n    return tables['ranking']",
        "def f(recipe):\n    return recipe.get('index')",
        "def f(recipe):\n    return recipe.wants('heat')",
        "ELSEWHERE = {'weights': {'path': 'file'}}",
    ],
)
def test_a_part_that_is_named_is_seen(line):
    assert len(named_parts(line)) == 1


def test_what_a_run_needs_of_one_step_is_given_by_one():
    for part in ("layout", "boundaries", "basemap"):
        assert len([step for step in order.STEPS if getattr(step, part) is not None]) == 1
    assert [step.name for step in order.STEPS if step.leads] == ["index"]


@pytest.mark.parametrize(("needed", "switches"), [
    ("points", {"heat": False, "clusters": False, "micro_places": False}),
    ("few areas", {"hotspots": False, "concentration": False}),
])  # fmt: skip
def test_a_step_on_demand_is_taken_where_another_needs_it(needed, switches):
    step = next(step for step in order.STEPS if step.name == needed)
    assert wanted(step, parse_recipe(MINIMAL))
    assert not wanted(step, parse_recipe({**MINIMAL, "outputs": switches}))
    for one in switches:
        assert wanted(step, parse_recipe({**MINIMAL, "outputs": {**switches, one: True}}))


def test_each_step_stands_after_those_that_it_needs_and_once():
    before: list[str] = []
    for step in order.STEPS:
        assert {need.name for need in step.needs} <= set(before), step.name
        before.append(step.name)
    assert len(set(before)) == len(before)


def test_no_table_sheet_picture_or_section_stands_twice():
    tables = order.declared_tables()
    names = [spec.name for spec in tables]
    sheets = [spec.sheet.title for spec in tables if spec.sheet is not None]
    pictures = [picture.file for step in order.STEPS for picture in step.pictures]
    sections = [step.section.key for step in order.STEPS if step.section is not None]
    for found in (names, sheets, pictures, sections, *([c.name for c in spec.columns] for spec in tables)):
        assert len(set(found)) == len(found)


def test_every_column_says_what_it_is_and_what_becomes_of_it():
    known = re.compile(r"keep|cells|withhold|probability|integer|(figures|whole|up|decimals):\d+")
    for spec in order.declared_tables():
        assert spec.meaning
        for column in spec.columns:
            assert column.meaning, f"{spec.name}.{column.name}"
            assert known.fullmatch(column.disclosure), f"{spec.name}.{column.name}"


def test_what_is_worked_out_from_published_counts_says_how():
    for spec in order.declared_tables():
        assert ("cells" in spec.rules.values()) == (spec.recomputed is not None), spec.name


EVERYTHING = """
[drill_down]
first = 2

[[indicators]]
path = "input/indicators.csv"
dictionary = "input/dictionary.toml"

[composite]

[uncertainty]
transform = ["log"]
tau = [0.0]
base = 16

[classes]
basis = "rank sets"
draws = 100

[hotspots]
permutations = 99

[scan]
replications = 19

[emerging]
permutations = 99

[change]
earlier = ["2025-04", "2025-06"]
later = ["2025-07", "2025-09"]

[courses]
null_draws = 19
classes = 2

[local]
permutations = 99

[scale_ladder]
hexes = [3000.0]
permutations = 99
shifts = 0
jitters = 0

[heat]
contours = true

[evaluations]
folders = ["patrols"]

[change_points]
simulations = 100

[ranking]
draws = 100

[outputs]
maps = false
workbook = false
"""
OTHERWISE = """
[hotspots]
statistic = "moran"
permutations = 99

[ranking]
draws = 100
horizon = "this period"

[index]
exclude = ["drugs"]

[outputs]
maps = false
workbook = false
heat = false
clusters = false
micro_places = false

[disclosure]
open = false
"""
OF_OFFENCES = """
[assessment]
period = ["2025-04", "2025-06"]
seed = 1
[areas]
path = "input/wards.gpkg"
code = "ward_code"
name = "ward_name"
[incidents]
path = "input/extract.csv"
columns = { offence = "offence_code", date = "date_recorded", easting = "easting", northing = "northing" }
[weights]
crosswalk = "none"
[classes]
draws = 100
[ranking]
draws = 100
[hotspots]
permutations = 99
[outputs]
maps = false
workbook = false
heat = false
clusters = false
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> list[AssessmentTables]:
    """Tables of runs that between them have every part, in every form."""
    recipe = write_demo(tmp_path_factory.mktemp("made") / "demo")
    demo = recipe.read_text(encoding="utf-8")
    kept = demo.replace("[incidents]\n", '[incidents]\nledger_since = "2025-03"\n')
    # A sector is a further field of a dictionary, which the sample's is without.
    dictionary = recipe.parent / "input" / "dictionary.toml"
    text = dictionary.read_text(encoding="utf-8").replace("provider =", 'sector = "local authority"\nprovider =')
    dictionary.write_text(text, encoding="utf-8")
    write_evaluation(recipe.parent / "patrols", site=("X05000001",))
    found = []
    for text in (demo + EVERYTHING, kept + OTHERWISE, OF_OFFENCES):
        recipe.write_text(text, encoding="utf-8")
        found.append(run_assessment(recipe).tables)
        # From the second run on a file of one month lacks the areas in the west.
        cut = next((recipe.parent / "input" / "police-uk" / "2025-05").glob("*street*"))
        rows = pd.read_csv(cut)
        rows[rows["Longitude"].rank(pct=True) > 0.3].to_csv(cut, index=False)
    # Near repeats need days and seasons a year, which the sample's source is without.
    days = recipe.parent / "days"
    days.mkdir()
    dated = with_days(days, months=13)
    text = dated.read_text().replace("chains = true", "chains = true\nharm = true")
    dated.write_text(f'{text}\n[season]\n[hours]\nstart = "From"\n')
    found.append(run_assessment(dated).tables)
    return found


def test_every_column_that_a_step_writes_is_declared(made):
    undeclared = {
        f"{name}.{column}"
        for tables in made
        for name, frame in tables.items()
        for column in frame.columns
        if tables.declared[name].others is None and column not in tables.declared[name].rules
    }
    assert undeclared == set()


def test_every_column_that_is_declared_is_made(made):
    written = {f"{name}.{column}" for tables in made for name, frame in tables.items() for column in frame.columns}
    declared = {f"{spec.name}.{column.name}" for spec in order.declared_tables() for column in spec.columns}
    assert declared - written == set()


def test_every_table_that_is_declared_is_made(made):
    assert {spec.name for spec in order.declared_tables()} == {name for tables in made for name in tables}


def test_the_page_of_tables_is_that_of_the_steps():
    where = importlib.util.spec_from_file_location("tables_page", REPOSITORY / "docs" / "tables_page.py")
    assert where is not None
    assert where.loader is not None
    module = importlib.util.module_from_spec(where)
    where.loader.exec_module(module)
    assert module.PAGE.read_text(encoding="utf-8") == module.page(), "run docs/tables_page.py"


# what was chosen travels with what was made


def test_choices_behind_a_table_are_stored_with_it(made):
    hotspots = made[1].stored("hotspots")
    assert hotspots.settings["permutations"] == 99
    assert hotspots.settings["seed"] == 1
    assert hotspots.table.equals(made[1]["hotspots"])
    assert hotspots.spec.name == "hotspots"
    assert made[0].setting("micro_places", "cell_size", 1.0) == 250.0
    assert made[0].setting("index", "per", 7.0) == 1.0
    assert made[0].with_tables(heat=pd.DataFrame()).settings == made[0].settings


def test_what_was_read_is_read_again_by_the_choices_stored_with_it(with_quiet, quiet_run):
    tables, folder = open_assessment(quiet_run.path).tables, quiet_run.path.parent.parent / "input"
    areas = read_boundaries(folder / "wards.gpkg", settings=tables.stored("areas").settings)
    names = ["name", "parent", "force"]
    pd.testing.assert_frame_equal(pd.DataFrame(areas[names]), tables["areas"][names], check_dtype=False)
    incidents = read_incidents(folder / "police-uk", settings=tables.stored("sources").settings)
    assert settings_as_dict(incidents.settings) == tables.stored("sources").settings
    chosen = tables.stored("counts").settings
    counts = count_incidents(incidents, areas, settings=chosen)
    pd.testing.assert_frame_equal(counts.table, tables["counts"], check_dtype=False, check_categorical=False)
    pd.testing.assert_frame_equal(counts.accounting, tables["accounting"], check_dtype=False)
    with_copies = count_incidents(incidents, areas, settings=chosen, duplicates="keep")
    assert with_copies.table["n"].sum() == counts.table["n"].sum() + tables["accounting"].loc["whole-row copy", "rows"]
    weights = load_weights().crosswalk(settings=tables.stored("weights").settings)
    pd.testing.assert_frame_equal(weights.table, tables["weights"], check_dtype=False)
    people = read_population(folder / "population_wards.csv", settings=tables.stored("population").settings)
    assert people.values.reindex(areas.index).tolist() == tables["population"]["value"].tolist()
    assert tables.stored("losses").settings == chosen


def test_each_file_of_partners_is_read_again_by_its_choices(made, tmp_path):
    folder = load_sample().write(tmp_path / "input")
    (chosen,) = made[0].stored("indicators").settings["files"]
    again = read_indicators(folder / "indicators.csv", dictionary=folder / "dictionary.toml", settings=chosen)
    pd.testing.assert_frame_equal(again.table, made[0]["indicators"].drop(columns="file"), check_dtype=False)
    assert made[0].stored("indicator_dictionary").settings == made[0].stored("indicators").settings


def test_deprivation_lookups_and_composite_are_made_again_by_their_choices(made, tmp_path):
    folder, tables = load_sample().write(tmp_path / "input"), made[0]
    (chosen,) = tables.stored("lookups").settings["files"]
    lookup = read_lookup(folder / "lookup.csv", settings=chosen)
    kept = tables["lookups"]
    assert kept["lookup"].unique().tolist() == ["lsoa-to-ward"]
    pd.testing.assert_frame_equal(lookup.table, kept.drop(columns="lookup"), check_dtype=False)
    read = read_deprivation(folder / "deprivation.csv", settings=tables.stored("deprivation").settings)
    assert settings_as_dict(read.settings) == tables.stored("deprivation").settings
    scores = tables["deprivation"]["score"]
    assert scores.index.isin(tables["areas"].index).all()  # averages of smaller areas
    assert scores.min() >= read.table["score"].min()
    assert scores.max() <= read.table["score"].max()
    values = tables["composite_indicators"]
    again = CompositeSettings.joined(tables.stored("composite").settings, {}, {})
    assert {spec.name for spec in again.recipe.indicators} >= set(values.index)
    assert settings_as_dict(again) == tables.stored("composite").settings
    assert tables.stored("composite_contributions").settings == tables.stored("composite").settings


def test_weights_of_single_offences_say_how_they_were_taken(made):
    assert made[2].stored("weights").settings["name"] == "ons-css"
    assert made[2].stored("population").settings == {}  # harm per area


def test_a_snapshot_of_an_earlier_version_has_them_from_its_recipe(quiet_run):
    told = earlier_settings(quiet_run.manifest["recipe"])
    kept = quiet_run.tables.settings
    for table in ("areas", "counts", "sources", "weights", "population", "losses"):
        # The national grid is what a recipe says; the file may be in another system.
        said = {key: value for key, value in told[table].items() if (table, key) != ("areas", "crs")}
        assert {key: kept[table][key] for key in said} == said
        assert "path" not in told[table]
    assert told["ranking"]["draws"] == 100
    assert told["index"]["per"] == 1.0
    assert told["micro_places"]["cell_size"] == 250.0


def test_readers_name_the_size_of_squares_and_the_residents_that_were_chosen(made):
    other = {"micro_places": {"cell_size": 400.0}, "index": {"per": 1000.0}}
    tables = AssessmentTables(dict(made[0]), declared=order.declared_tables(), settings=other)
    assert squares_of(tables) == "squares of 400 m"
    notes = {spec.name: spec.sheet.note for spec in order.declared_tables() if spec.sheet is not None}
    assert "Squares of 400 m" in notes["micro_places"](tables)
    facts = area_facts(tables)
    rate = made[0]["by_period"].set_index(["area_code", "period"])["rate"]
    panel = make_panel(tables, facts)
    month = pd.Period(panel.months[0], "M")
    expected = [1000.0 * rate[(code, month)] for code in facts.index]
    np.testing.assert_allclose(panel.monthly["all"]["rate"][:, 0], expected, rtol=1e-9)
