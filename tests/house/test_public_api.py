"""Public names: listed once, loaded late, documented."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import socharm
from socharm._packages import PACKAGES, home_of, public_names, public_object
from socharm.assessment.recipe_keys import keys_of_recipe

PUBLIC = [name for name in public_names() if name not in PACKAGES]

#: What the documented notebook and command line rely on; names may be added, not lost.
CONTRACT = """
About AlignmentError Assessment AssessmentPeriod CRSError CoverageWarning DataWarning MissingExtraError ModelWarning
ParameterError RefusedError SchemaError SocharmError SocharmWarning StoreError best_fit_lookup check_assessment
classify_concentration classify_probable_top classify_top cluster_points count_incidents counts_from_table
find_micro_places harm_points kernel_density load_sample load_weights local_gi_star local_moran neighbours
no_denominator open_assessment overlay_deprivation plot_bivariate plot_choropleth plot_heat plot_hotspots
plot_intervals plot_top_k plot_trend publish_snapshot published_form rank_areas rank_confidence_sets rank_uncertainty
read_boundaries read_deprivation read_incidents read_indicators read_lookup read_population read_weights roll_up
run_assessment seed_plan seed_profile seed_profiles severity_index verify_assessment write_dashboard
""".split()

HEAVY = (
    "geopandas pandas numpy scipy libpysal statsmodels sklearn matplotlib polars numba pyarrow pyogrio pyproj shapely "
    "pydantic narwhals contextily typer"
).split()


#: What fits one screen of `dir(socharm)`.
MOST_AT_THE_TOP = 81


def test_the_shop_window_fits_a_screen():
    assert len(dir(socharm)) <= MOST_AT_THE_TOP
    assert dir(socharm) == sorted(set(dir(socharm)))


@pytest.mark.parametrize("package", ["", *(package for package in PACKAGES if package != "errors")])
def test_every_name_of_a_stub_is_there(package):
    module = importlib.import_module(f"socharm.{package}".rstrip("."))
    stub = ast.parse(Path(module.__file__).with_suffix(".pyi").read_text(encoding="utf-8"))
    named = [alias.name for node in stub.body if isinstance(node, ast.ImportFrom) for alias in node.names]
    assert sorted(named) == sorted(module.__all__) == sorted(set(named))
    for name in named:
        assert getattr(module, name) is not None


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_lists_its_names_by_task(package):
    module = importlib.import_module(f"socharm.{package}")
    listed = re.findall(r"`(\w+)`", module.__doc__)
    assert package == "errors" or sorted(listed) == sorted(module.__all__)
    assert len(module.__doc__.splitlines()[0]) > 20


def test_names_at_the_top_live_in_a_package_too():
    for name in set(socharm.__all__) - set(PACKAGES) - {"About", "AssessmentPeriod"}:
        home = home_of(name)
        if home:
            assert getattr(importlib.import_module(f"socharm.{home}"), name) is getattr(socharm, name)
        else:
            assert issubclass(getattr(socharm, name), Exception | Warning)


def test_who_looks_in_the_wrong_place_is_told_where():
    with pytest.raises(AttributeError, match=r"no attribute 'plot_lorenz'; it is socharm\.maps\.plot_lorenz"):
        _ = socharm.plot_lorenz


@pytest.mark.parametrize("package", ["socharm", *(f"socharm.{name}" for name in PACKAGES if name != "errors")])
def test_every_package_tells_where_the_names_of_others_live(package):
    module = importlib.import_module(package)
    for name in ("rank_areas", "plot_lorenz", "seed_profile", "HalfPlaces", "read_indicators"):
        where = f"socharm.{name}" if name in socharm.__all__ else f"socharm.{home_of(name)}.{name}"
        if name in module.__all__ or not home_of(name):
            continue
        with pytest.raises(AttributeError, match=rf"module '{package}' has no attribute '{name}'; it is {where}$"):
            getattr(module, name)
        with pytest.raises(ImportError, match=rf"cannot import name '{name}' from '{package}'; it is {where}$"):
            exec(f"from {package} import {name}")
        assert not hasattr(module, name)


def test_a_misspelt_name_is_told_with_the_nearest():
    with pytest.raises(AttributeError, match=r"no attribute 'rank_area'\. Did you mean 'rank_areas'\?"):
        _ = socharm.rank_area
    with pytest.raises(ImportError, match=r"cannot import name 'read_boundary' .* Did you mean 'read_boundaries'\?"):
        exec("from socharm.io import read_boundary")
    with pytest.raises(ImportError, match=r"cannot import name 'nothing' from 'socharm\.io'"):
        exec("from socharm.io import nothing")


def test_no_promised_name_is_lost():
    assert set(CONTRACT) - set(socharm.__all__) == set()


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'rank_people'"):
        _ = socharm.rank_people


def test_version_is_stated_once():
    assert re.fullmatch(r"\d+\.\d+\.\d+([.a-z0-9]+)?", socharm.__version__)


@pytest.mark.parametrize("name", PUBLIC)
def test_every_name_comes_from_its_module(name):
    value = public_object(name)
    assert value.__module__.startswith("socharm.")
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
    value = public_object(name)
    doc = value.__doc__ or ""
    assert len(doc.strip()) > 20
    assert not doc.startswith(f"{name}("), "a dataclass without a docstring shows its signature"


@pytest.mark.parametrize("name", [name for name in PUBLIC if inspect.isfunction(public_object(name))])
def test_every_parameter_is_documented(name):
    function = public_object(name)
    taken = set(inspect.signature(function).parameters)
    documented = section_names(function.__doc__ or "", "Parameters", "Other Parameters")
    assert documented == taken
    if inspect.signature(function).return_annotation not in (None, "None"):
        assert re.search(r"^\s*(Returns|Yields)\n\s*-+$", function.__doc__ or "", re.MULTILINE), "no Returns section"


@pytest.mark.parametrize("name", [name for name in PUBLIC if hasattr(public_object(name), "__dataclass_fields__")])
def test_every_field_is_documented(name):
    record = public_object(name)
    every_record = {"settings", "findings", "about"}  # told once, by `Record`
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


def test_the_packaged_keys_of_a_recipe_are_those_of_its_settings():
    """The first look at a recipe refuses what they do not hold: they must never be those of another day."""
    packaged = json.loads(
        Path(socharm.__file__).with_name("assessment").joinpath("recipe_keys.json").read_text(encoding="utf-8")
    )
    assert packaged == json.loads(json.dumps(keys_of_recipe())), "run docs/recipe_keys.py with PYTHONPATH here"
