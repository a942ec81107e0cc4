"""Public names: listed once, loaded late, documented."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import socharm

SOURCE = Path(socharm.__file__).read_text(encoding="utf-8")
PUBLIC = [name for name in socharm.__all__ if name != "__version__"]

#: What the documented notebook and command line rely on; names may be added, not lost.
CONTRACT = """
About AlignmentError Assessment AssessmentPeriod AssessmentTables CRSError Counts CoverageWarning DataWarning
HeatSurface Incidents Indicators Lookup MissingExtraError ModelWarning OffenceCounts ParameterError Population Ranking
RateModel
RefusedError Sample SchemaError SeverityIndex SocharmError SocharmWarning StoreError WeightScheme best_fit_lookup
check_assessment count_incidents counts_from_table harm_points kernel_density load_sample load_weights open_assessment
plot_choropleth plot_heat plot_intervals plot_trend rank_areas read_boundaries read_incidents read_indicators
read_lookup read_offence_counts read_population read_weights roll_up run_assessment severity_index verify_assessment
""".split()

HEAVY = (
    "geopandas pandas numpy scipy libpysal statsmodels sklearn matplotlib polars numba pyarrow pyogrio pyproj shapely "
    "pydantic narwhals contextily typer"
).split()


def type_checking_names() -> set[str]:
    block = next(
        node
        for node in ast.parse(SOURCE).body
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
    )
    return {alias.name for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names}


def test_the_three_lists_agree():
    assert type_checking_names() == set(PUBLIC) == set(socharm._HOMES)
    assert len(PUBLIC) == len(set(PUBLIC))


def test_type_checker_and_runtime_name_the_same_modules():
    block = ast.parse(SOURCE)
    typed = {
        alias.name: node.module
        for node in ast.walk(block)
        if isinstance(node, ast.ImportFrom) and node.module != "socharm._version"
        for alias in node.names
        if alias.name in PUBLIC
    }
    assert typed == socharm._HOMES


def test_no_promised_name_is_lost():
    assert set(CONTRACT) - set(PUBLIC) == set()


def test_dir_lists_every_public_name():
    assert set(socharm.__all__) <= set(dir(socharm))


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'rank_people'"):
        _ = socharm.rank_people


def test_version_is_stated_once():
    assert re.fullmatch(r"\d+\.\d+\.\d+([.a-z0-9]+)?", socharm.__version__)


@pytest.mark.parametrize("name", PUBLIC)
def test_every_name_comes_from_its_module(name):
    value = getattr(socharm, name)
    assert value.__module__ == socharm._HOMES[name]
    assert value.__name__ == name


def section_names(doc: str, *sections: str) -> set[str]:
    """Names documented in numpydoc sections; ``a, b : int`` documents two, ``*args`` is `args`."""
    names: set[str] = set()
    lines = inspect.cleandoc(doc).splitlines()
    current = None
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if following and set(following) == {"-"}:
            current = line.strip()
        elif current in sections and line and not line.startswith((" ", "-")):
            names |= {part.strip().lstrip("*") for part in line.split(" : ")[0].split(",")}
    return names


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_object_is_documented(name):
    value = getattr(socharm, name)
    doc = value.__doc__ or ""
    assert len(doc.strip()) > 20
    assert not doc.startswith(f"{name}("), "a dataclass without a docstring shows its signature"


@pytest.mark.parametrize("name", [name for name in PUBLIC if inspect.isfunction(getattr(socharm, name))])
def test_every_parameter_is_documented(name):
    function = getattr(socharm, name)
    taken = set(inspect.signature(function).parameters)
    documented = section_names(function.__doc__ or "", "Parameters", "Other Parameters")
    assert documented == taken
    if inspect.signature(function).return_annotation not in (None, "None"):
        assert re.search(r"^\s*(Returns|Yields)\n\s*-+$", function.__doc__ or "", re.MULTILINE), "no Returns section"


@pytest.mark.parametrize("name", [name for name in PUBLIC if hasattr(getattr(socharm, name), "__dataclass_fields__")])
def test_every_field_is_documented(name):
    record = getattr(socharm, name)
    every_record = {"settings", "about"}  # told once, by `Record`
    fields = {field for field in record.__dataclass_fields__ if not field.startswith("_")} - every_record
    documented = section_names(record.__doc__ or "", "Parameters", "Attributes")
    assert fields - documented == set()


def run_python(code: str) -> str:
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return answer.stdout.strip()


def test_import_loads_nothing_heavy():
    loaded = run_python(
        "import sys, socharm; dir(socharm); print(*{name.split('.')[0] for name in sys.modules})"
    ).split()
    assert set(loaded) & set(HEAVY) == set()


def test_errors_load_nothing_heavy():
    loaded = run_python("import sys, socharm; socharm.SocharmError; print(*sys.modules)").split()
    assert set(loaded) & set(HEAVY) == set()


def test_the_command_line_helps_without_the_libraries():
    code = (
        "import sys\nsys.argv = ['socharm', '--help']\nfrom socharm.cli import main\n"
        "try:\n    main()\nfinally:\n    print('LOADED', *sys.modules)"
    )
    loaded = run_python(code).split("LOADED")[1].split()
    assert set(loaded) & (set(HEAVY) - {"typer"}) == set()
