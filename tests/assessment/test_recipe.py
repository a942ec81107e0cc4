"""The recipe: everything in one file, nothing unknown in it, and the same recipe back."""

from __future__ import annotations

import copy
import re
import tomllib
from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socharm._about import AssessmentPeriod
from socharm._columns import month_span, to_period
from socharm.assessment.demo import DEMO_RECIPE
from socharm.assessment.recipe_file import known_keys, load_recipe, parse_recipe, recipe_as_dict
from socharm.assessment.template import template_text, write_template
from socharm.errors import ParameterError, RefusedError, SchemaError, SocharmError
from socharm.snapshot.assessment import Assessment
from socharm.stats.smoothing import KERNELS

MINIMAL = {
    "assessment": {"period": ["2025-04", "2025-09"], "seed": 1},
    "areas": {"path": "wards.gpkg", "code": "WD25CD"},
    "incidents": {"path": "police-uk"},
}


def changed(**sections):
    values = copy.deepcopy(MINIMAL)
    for name, content in sections.items():
        values[name] = {**values[name], **content} if isinstance(values.get(name), dict) else content
    return values


def test_the_template_is_a_whole_recipe(tmp_path):
    path = write_template(tmp_path / "assessment.toml")
    recipe = load_recipe(path)
    assert recipe.period.n_months == 6
    assert recipe.stated["weights"].allow_stale
    assert recipe.resolve("wards.gpkg") == tmp_path / "wards.gpkg"
    with pytest.raises(ParameterError, match="exists and is not replaced"):
        write_template(path)


def test_what_the_template_shows_as_off_is_the_default(tmp_path):
    # Whole commented keys (not the sections and examples that need a file) must not change the recipe.
    shown = template_text().split("[[lookups]]")[0].splitlines()
    text = template_text()
    for line in shown:
        key = line.removeprefix("# ").split(" =")[0]
        if line.startswith("# ") and key in ("marking", "store", "crs"):
            text = text.replace(line, line.removeprefix("# "))
    for key in (
        "draws = ",
        "estimand = ",
        "top = ",
        "kernel = ",
        "per = ",
        "transform = ",
        "unweighted = ",
        "offences = ",
        "exclude = ",
        'missing = "',
    ):
        text = text.replace(f"# {key}", key, 1)  # the first: later ones stand in sections that are off
    for key in ("scheme = ", "crosswalk = ", "counts_from = ", "date_basis = ", "duplicates = ", "minimum_coverage = "):
        text = text.replace(f"# {key}", key)
    (tmp_path / "a.toml").write_text(template_text())
    (tmp_path / "b.toml").write_text(text)
    assert text != template_text()
    assert load_recipe(tmp_path / "a.toml") == load_recipe(tmp_path / "b.toml")


def test_the_demo_recipe_parses(tmp_path):
    (tmp_path / "a.toml").write_text(DEMO_RECIPE)
    assert load_recipe(tmp_path / "a.toml").name == "demo"


def test_every_fault_is_named_at_once_with_the_nearest_key():
    values = changed(assessment={"sed": 2, "seed": "1"}, areas={"yer": 2025}, incident={"path": "x"})
    with pytest.raises(SchemaError) as caught:
        parse_recipe(values)
    text = str(caught.value)
    assert "4 faults" in text
    assert "assessment.sed: unknown key. Did you mean 'seed'?" in text
    assert "assessment.seed: Input should be a valid integer; found '1'" in text
    assert "areas.yer: unknown key. Did you mean 'year'?" in text
    assert "incident: unknown key. Did you mean 'incidents'?" in text


def test_numbers_that_are_none_are_told_with_all_other_faults(tmp_path):
    text = (
        '[assessment]\nperiod = ["2025-04", "2025-06"]\nseed = 1\n[areas]\npath = "a.gpkg"\ncode = "c"\n'
        '[incidents]\npath = "p"\n[heat]\nbandwidth = inf\n[[lookups]]\nname = "x"\npath = "x.csv"\n'
        'source = "a"\ntarget = "b"\nheader_row = 99999999999999999999\n'
    )
    (tmp_path / "a.toml").write_text(text + '[ranking]\ntop = [nan, 5]\n[index]\nper = nan\ntransform = "cubed"\n')
    with pytest.raises(SchemaError) as caught:
        load_recipe(tmp_path / "a.toml")
    told = str(caught.value)
    assert "5 faults" in told
    assert "heat.bandwidth is inf. Give a number." in told
    assert "lookups.0.header_row is a whole number beyond 64 bits" in told
    assert "ranking.top is nan" in told
    assert "index.per is nan" in told
    assert "index.transform: Input should be" in told
    (tmp_path / "b.toml").write_text(text + "[ranking]\ndraws = 1000000000\n")
    with pytest.raises(SchemaError, match=r"heat.bandwidth is inf[\s\S]*draws"):
        load_recipe(tmp_path / "b.toml")


def test_a_kernel_of_the_recipe_is_one_of_the_methods():
    for kernel in KERNELS:
        assert parse_recipe(changed(heat={"kernel": kernel})).stated["heat"].kernel == kernel
    with pytest.raises(SchemaError, match=r"heat\.kernel: Input should be 'quartic', 'epanechnikov' or 'gaussian'"):
        parse_recipe(changed(heat={"kernel": "quartick"}))


def test_a_snapshot_without_boundaries_says_how_to_keep_them(tmp_path):
    kept = SimpleNamespace(path=tmp_path, recipe=SimpleNamespace(outputs=SimpleNamespace(geopackage=False)))
    with pytest.raises(ParameterError, match=r"\[outputs\] geopackage = false .* Run the recipe again"):
        Assessment.areas(kept)


def test_a_missing_seed_is_a_fault():
    values = changed()
    del values["assessment"]["seed"]
    with pytest.raises(SchemaError, match=r"assessment\.seed: missing"):
        parse_recipe(values)


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        ({"assessment": {"period": ["2025-09", "2025-04"]}}, "ends"),
        ({"assessment": {"period": ["2025-13", "2026-01"]}}, "not a month"),
        ({"assessment": {"name": "../x"}}, "letters, digits"),
        ({"assessment": {"seed": -1}}, r"assessment\.seed: `seed` is -1"),
        ({"assessment": {"marking": "SECRETISH"}}, r"assessment\.marking"),
        ({"areas": {"parent_lookup": "none"}}, "no lookup is called 'none'"),
        ({"areas": {"parent": "a", "parent_lookup": "b"}}, "not both"),
        ({"ranking": {"draws": 0}}, r"ranking\.draws"),
        ({"heat": {"bandwidth": -1.0}}, r"heat\.bandwidth"),
        ({"incidents": {"minimum_coverage": 2.0}}, r"minimum_coverage"),
        ({"folder": "/etc"}, "folder: unknown key"),
    ],
)
def test_values_that_make_no_sense_are_faults(sections, message):
    with pytest.raises(SchemaError, match=message):
        parse_recipe(changed(**sections))


def test_broken_toml_names_the_line(tmp_path):
    (tmp_path / "a.toml").write_text("[assessment\n")
    with pytest.raises(SchemaError, match="line 1"):
        load_recipe(tmp_path / "a.toml")
    with pytest.raises(ParameterError, match="does not exist"):
        load_recipe(tmp_path / "b.toml")
    with pytest.raises(RefusedError):
        load_recipe("https://example.org/assessment.toml")


def test_a_bom_and_toml_dates_are_read(tmp_path):
    text = DEMO_RECIPE.replace('date = "2024-06-30"', "date = 2024-06-30")
    (tmp_path / "a.toml").write_bytes(b"\xef\xbb\xbf" + text.encode())
    population = load_recipe(tmp_path / "a.toml").stated["population"]
    assert population is not None
    assert population.date == "2024-06-30"


@given(
    seed=st.integers(0, 2**40),
    draws=st.integers(1, 10**6),
    exclude=st.lists(st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=10), max_size=3),
    top=st.lists(st.one_of(st.integers(1, 50), st.sampled_from(["5%", "10%"])), min_size=1, max_size=4),
)
@settings(max_examples=25, deadline=None)
def test_a_recipe_comes_back_from_its_manifest(seed, draws, exclude, top):
    exclude = [text for text in exclude if text.strip() and not text.startswith(("/", "\\")) and ":" not in text]
    recipe = parse_recipe(
        changed(assessment={"seed": seed}, ranking={"draws": draws, "top": top}, index={"exclude": exclude})
    )
    assert parse_recipe(recipe_as_dict(recipe)) == recipe


def test_a_key_of_an_earlier_version_is_told_by_the_name_that_it_has_now():
    with pytest.raises(SchemaError, match=r"outputs\.places: the key is called `micro_places` now\. Rename it"):
        parse_recipe(changed(outputs={"places": False}))
    with pytest.raises(SchemaError, match=r"composite\.lacking: the key is called `missing` now\. Rename it"):
        parse_recipe(changed(composite={"lacking": "leave out"}))


def test_a_manifest_never_holds_an_absolute_path():
    recipe = parse_recipe(changed(areas={"path": "/any/folder/wards.gpkg"}, incidents={"path": "C:\\any\\police-uk"}))
    values = recipe_as_dict(recipe)
    assert values["areas"]["path"] == "wards.gpkg"
    assert values["incidents"]["path"] == "police-uk"
    assert "folder" not in values


@pytest.mark.parametrize(
    ("period", "says"),
    [
        (["0001-01", "9999-12"], "years 1900 to 2100"),
        (["1899-12", "1900-01"], "years 1900 to 2100"),
        (["1900-01", "2100-12"], "2,412 months"),
        (["1960-01", "2010-01"], "601 months"),
        (["2025-04\n", "2025-09"], "not a month"),
        (["２０２５-04", "2025-09"], "not a month"),  # noqa: RUF001 - full-width digits
    ],
)
def test_a_period_of_thousands_of_years_is_a_fault(period, says):
    with pytest.raises(SocharmError, match=says):
        AssessmentPeriod(*period)
    with pytest.raises(SchemaError, match=rf"(?s)assessment\.period: .*{says}"):
        parse_recipe(changed(assessment={"period": period}))
    with pytest.raises(SchemaError, match=r"uncertainty\.windows\.long"):
        parse_recipe(changed(uncertainty={"windows": {"long": period}}))


def test_fifty_years_are_a_period():
    assert AssessmentPeriod("1960-01", "2009-12").n_months == 600
    assert len(month_span(pd.Period("1960-01", "M"), pd.Period("2009-12", "M"))) == 600
    with pytest.raises(RefusedError, match="months between"):
        month_span(pd.Period("1960-01", "M"), pd.Period("2010-01", "M"))
    with pytest.raises(SchemaError, match="of the years 1900 to 2100"):
        to_period(pd.Index(["9999-12"]))


def blocks(text: str) -> dict[str, set[str]]:
    """Keys of each section of the template, whether they are off or on."""
    found: dict[str, set[str]] = {}
    section = ""
    for line in text.splitlines():
        if header := re.match(r"(?:# )?\[{1,2}([a-z_.]+)\]{1,2}", line):
            section = header[1]
            found[section] = set()
        elif key := re.match(r"(?:# )?([a-z_]+) = ", line):
            found.setdefault(section, set()).add(key[1])
    return found


def test_the_template_shows_every_key_of_every_section():
    shown = blocks(template_text())
    for section in known_keys([]):
        tables = ("best_fit", "grid", "population_options", "smaller", "windows")
        inner = {name for name in tables if f"{section}.{name}" in shown}
        inner |= {"exclude"} if section == "uncertainty" else set()
        assert shown[section] | inner == set(known_keys([section])), section
    places = ("areas.grid", "population.best_fit", "deprivation.best_fit", "deprivation.population_options")
    for place in (*places, "scale_ladder.smaller"):
        assert shown[place] == set(known_keys(place.split("."))), place


def test_every_line_of_the_template_that_is_off_can_be_put_on():
    """One at a time: each example is of the type that its key takes."""
    lines = template_text().splitlines()
    sections = {"": ""}
    for number, line in enumerate(lines):
        if re.match(r"(?:# )?\[{1,2}[a-z_.]+\]{1,2}", line):
            sections = {"at": line.removeprefix("# ").split("]")[0].strip("[ ")}
        key = re.match(r"# ([a-z_]+) = (.*)", line)
        if key is None or not sections.get("at"):
            continue
        at, whole = sections["at"], tomllib.loads(line.removeprefix("# "))
        faults = faults_of(at, whole)
        assert not [fault for fault in faults if "Input should" in fault or "unknown key" in fault], (
            number,
            line,
            faults,
        )


def faults_of(place: str, values: dict[str, object]) -> list[str]:
    """What is wrong with some values at a place of the minimal recipe."""
    section, _, inner = place.partition(".")
    content = {inner: values} if inner else values
    given = changed(**{section: [content] if section in ("lookups", "indicators") else content})
    try:
        parse_recipe(given)
    except SchemaError as error:
        return str(error).splitlines()
    return []
