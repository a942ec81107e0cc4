# ruff: noqa: RUF001 - one test is about these very characters
"""An assessment from recipe to snapshot, and the command line over it."""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from typer.testing import CliRunner
from worlds import MONTHS, edit, snapshots

from socharm.assessment import run as run_module
from socharm.assessment.check import check_assessment
from socharm.assessment.demo import write_demo
from socharm.assessment.open_snapshot import open_assessment
from socharm.assessment.recipe_file import load_recipe
from socharm.assessment.run import run_assessment
from socharm.cli.app import app
from socharm.errors import AlignmentError, ParameterError, RefusedError, SchemaError, StoreError
from socharm.plans.measures import MEASURE_COLUMNS
from socharm.plans.seed import seed_plan
from socharm.ranking.ranking_settings import RankingSettings
from socharm.snapshot.summary import summary_text
from socharm.snapshot.tables import SCHEMA_VERSION
from socharm.snapshot.verification import verify_assessment

# a run


def test_a_snapshot_holds_what_the_architecture_says(finished):
    names = {path.relative_to(finished.path).as_posix() for path in finished.path.rglob("*") if path.is_file()}
    assert {"manifest.json", "run.log", "areas.gpkg", "ranking.xlsx"} <= names
    assert {"maps/rate.png", "maps/intervals.png", "maps/trend.png", "maps/heat.png"} <= names
    tables = {Path(name).stem for name in names if name.startswith("tables/")}
    assert {
        "areas",
        "population",
        "weights",
        "counts",
        "coverage",
        "accounting",
        "cells",
        "index",
        "by_period",
    } <= tables
    assert {"by_group", "ranking", "top_k", "parents", "model", "heat", "heat_cells", "unrankable"} <= tables


def test_the_snapshots_name_ends_in_its_content_id(finished):
    name, identity = finished.path.name, finished.manifest["content_id"]
    assert name.startswith("small-")
    assert name.endswith(f"Z-{identity[:8]}")


def test_every_row_read_is_accounted_for(finished):
    rows = finished.closing_summary()["rows"]
    assert rows["read"] == 3 * 700
    assert rows["used"] + sum(rows["set_aside"].values()) == rows["read"]
    stated = next(item for item in finished.manifest["inputs"] if item["role"] == "incidents")
    assert sum(stated["rows"].values()) == 3 * 700
    assert sorted(stated["files"]) == [f"{month}/{month}-testshire-street.csv" for month in MONTHS]


def test_an_area_without_a_population_is_listed_and_not_ranked(finished):
    assert finished.tables["unrankable"].index.tolist() == ["E05000011"]
    assert pd.isna(finished.tables["ranking"].loc["E05000011", "rank"])
    assert len(finished.top(20)) == 11


def test_the_harm_of_the_index_is_the_sum_of_its_cells(finished):
    cells = finished.tables["cells"]
    harm = (cells["n"] * cells["weight"]).groupby(cells["area_code"]).sum()
    np.testing.assert_allclose(finished.index_table["harm"].reindex(harm.index), harm, rtol=1e-12)


def test_a_snapshot_reads_back_as_it_was_written(finished):
    again = open_assessment(finished.path)
    assert_frame_equal(again.ranking_table, finished.ranking_table)
    assert again.recipe.part(RankingSettings).draws == 300
    assert again.about.period == finished.recipe.period
    assert again.areas().geometry.area.round().eq(4_000_000).all()
    assert "E05000" not in repr(again)


def test_the_manifest_holds_no_absolute_path_and_the_log_no_place(finished, world):
    manifest = (finished.path / "manifest.json").read_text()
    log = (finished.path / "run.log").read_text()
    assert str(world) not in manifest + log
    assert "Ward" not in log
    assert "E05000" not in log


def test_the_geopackage_opens_with_one_layer_per_result(finished):
    layers = gpd.list_layers(finished.path / "areas.gpkg")["name"].tolist()
    assert layers == ["index", "ranking", "top_classes", "heat", "hotspots", "priority", "clusters", "layer_styles"]
    assert len(gpd.read_file(finished.path / "areas.gpkg", layer="ranking")) == 12


def test_the_workbook_has_its_pages_and_its_marking(finished):
    book = pd.read_excel(finished.path / "ranking.xlsx", sheet_name=None, engine="calamine", header=None)
    assert list(book)[:4] == ["Summary", "Read me", "Ranking", "Index"]
    assert book["Ranking"].iloc[0, 0] == "OFFICIAL"
    assert {
        "Top k",
        "Coverage",
        "Accounting",
        "Offences",
        "Hotspots",
        "Concentration",
        "Clusters",
        "Top classes",
        "Rank sets",
    } <= set(book)
    assert "Deprivation" not in book  # the recipe names none


def test_where_harm_lies_is_in_the_snapshot(finished):
    tables = finished.tables
    assert set(tables["hotspots"]["label"]) <= {
        "hot",
        "cold",
        "not significant",
        "island",
        "not covered",
        "no population",
        "not rankable",
    }
    assert len(tables["hotspots"]) == 12
    assert tables["overlay"].empty
    assert tables["gini"].index.tolist() == ["crimes", "harm"]
    assert {"hotspots.png", "lorenz.png", "clusters.png"} <= {path.name for path in (finished.path / "maps").iterdir()}


def test_the_heat_surface_and_the_clusters_show_the_harm_that_the_index_counts(finished, plain):
    recipe = plain / "assessment.toml"
    recipe.write_text(recipe.read_text() + '\n[index]\nexclude = ["robbery", "violence-and-sexual-offences"]\n')
    without = run_assessment(recipe).tables
    for tables in (finished.tables, without):
        ground = float(tables["heat"]["value"].loc["cell size (m)"]) ** 2 / 1e6
        harm = tables["index"]["harm"].sum()
        assert tables["heat_cells"]["harm_per_km2"].sum() * ground == pytest.approx(harm, rel=0.02)
        assert len(tables["clusters"])
        assert tables["clusters"]["top_offence"].notna().all()
        assert tables["clusters"]["where"].str.match("around (Ward|[A-Z])").all()
        assert tables["clusters"]["where"].is_unique
    assert set(without["clusters"]["top_offence"]).isdisjoint({"robbery", "violence-and-sexual-offences"})
    assert without["heat_cells"]["harm_per_km2"].sum() < 0.7 * finished.tables["heat_cells"]["harm_per_km2"].sum()


def test_outputs_that_are_off_are_not_made(own):
    recipe = own / "assessment.toml"
    off = "\n[outputs]\nmaps = true\nhotspots = false\nconcentration = false\nclusters = false\nheat = false\n"
    recipe.write_text(recipe.read_text() + off + 'map_classes = "head_tail"\n')
    made = run_assessment(recipe)
    tables = made.tables
    # The classes of the map of rates are a choice; it stands in the file of the picture.
    assert b"Classes\x00head_tail: " in (made.path / "maps" / "rate.png").read_bytes()
    assert tables["hotspots"].empty
    assert tables["gini"].empty
    assert tables["clusters"].empty


@pytest.mark.parametrize(
    ("section", "fault"),
    [
        ("[hotspots]\nalpha = 1.5", r"hotspots\.alpha: `alpha` is 1\.5; it must be"),
        ("[hotspots]\npermutations = 0", r"hotspots\.permutations: `permutations` is 0; it must be"),
        ("[clusters]\neps = -1.0", r"clusters\.eps: `eps` is -1\.0; it must be"),
        ('[deprivation]\npath = "imd.csv"\nlookup = "none"', r"no lookup is called 'none'"),
        ('[deprivation]\npath = "imd.csv"\npopulation = "p.csv"', r"go together"),
        ('[deprivation]\npath = "imd.csv"\nverson = "published"', r"Did you mean 'version'"),
    ],
)
def test_faults_of_the_spatial_sections_are_named(plain, section, fault):
    recipe = plain / "assessment.toml"
    recipe.write_text(recipe.read_text() + "\n" + section + "\n")
    with pytest.raises(SchemaError, match=fault):
        run_assessment(recipe)


def test_the_demo_lays_deprivation_over_harm_and_keeps_what_partners_sent(tmp_path):
    recipe = write_demo(tmp_path / "demo")
    partners = '\n[[indicators]]\npath = "input/indicators.csv"\ndictionary = "input/dictionary.toml"\n'
    recipe.write_text(recipe.read_text(encoding="utf-8") + partners, encoding="utf-8")
    finished = run_assessment(recipe)
    assert set(finished.tables["indicators"]["measure"]) <= set(finished.tables["indicator_dictionary"]["measure"])
    assert finished.tables["indicators"].groupby("measure")["area_code"].nunique().max() == 100
    stated = next(item for item in finished.manifest["inputs"] if item["role"] == "indicators.0.path")
    assert stated["rows"] == {"read": 100, "left out": 0}
    markings = ["OFFICIAL", "OFFICIAL-SENSITIVE", "SECRET", "TOP SECRET"]
    highest = max(finished.tables["indicator_dictionary"]["marking"], key=markings.index)
    assert markings.index(finished.about.marking) >= markings.index(highest)
    overlay = finished.tables["overlay"]
    assert overlay["deprivation"].notna().all()
    assert len(finished.tables["overlay_deciles"]) == 10
    assert {"bivariate.png", "residual.png"} <= {path.name for path in (finished.path / "maps").iterdir()}
    assert "overlay" in gpd.list_layers(finished.path / "areas.gpkg")["name"].tolist()
    assert any("fictional sample" in source for source in finished.about.sources)
    assert not any("police.uk" in source for source in finished.about.sources)


def test_the_summary_names_the_leader_and_the_staleness(finished):
    summary = finished.closing_summary()
    text = summary_text(summary, declared=finished.tables.declared)
    leader = finished.top(1)["name"].iloc[0]
    assert summary["top"][0]["name"] == leader
    assert f"{leader}, " in text
    assert "counts of 2019-20, 5.0 years" in text
    assert "1,050" not in text
    assert -1 <= summary["correlation"]["crime_rate"] <= 1
    assert finished.summary() == text
    summary["top"] = [
        row | {"rate_shrunk": rate, "rank": 11 - rate}
        for row, rate in zip(summary["top"], range(10, 0, -1), strict=True)
    ]
    told = "an area may stand above one with a slightly higher rate"
    assert told not in summary_text(summary, declared=finished.tables.declared)
    summary["top"][3]["rate_shrunk"] = 20
    assert told in summary_text(summary, declared=finished.tables.declared)


def test_progress_is_told_in_order(own):
    steps = []
    recipe = edit(own, "[heat]", "[outputs]\nmaps = false\nheat = false\nworkbook = false\n[heat]")
    run_assessment(recipe, progress=lambda what, number, of: steps.append((number, of)))
    assert [number for number, _ in steps] == list(range(1, steps[0][1] + 1))
    made = own / "store" / snapshots(own / "store")[0]
    assert not (made / "maps").exists()
    assert not (made / "ranking.xlsx").exists()


def test_a_higher_marking_of_the_recipe_reaches_every_output(own):
    recipe = edit(own, "seed = 1", 'seed = 1\nmarking = "OFFICIAL-SENSITIVE"')
    finished = run_assessment(recipe)
    assert finished.about.marking == "OFFICIAL-SENSITIVE"
    book = pd.read_excel(finished.path / "ranking.xlsx", sheet_name="Ranking", engine="calamine", header=None)
    assert book.iloc[0, 0] == "OFFICIAL-SENSITIVE"


# content id and bytes


def hashes(assessment) -> dict[str, str]:
    return dict(assessment.manifest["outputs"])


def test_a_second_run_gives_the_same_bytes_and_another_seed_does_not(own, finished):
    again = run_assessment(own / "assessment.toml")
    assert hashes(again) == hashes(finished)
    assert again.manifest["content_id"] == finished.manifest["content_id"]
    other = run_assessment(edit(own, "seed = 1", "seed = 2"))
    assert hashes(other)["tables/ranking.parquet"] != hashes(finished)["tables/ranking.parquet"]
    assert other.manifest["content_id"] != finished.manifest["content_id"]


@pytest.mark.slow
def test_fresh_processes_with_one_and_two_threads_give_the_same_bytes(own, finished):
    code = "import sys; from socharm.assessment.run import run_assessment as r; print(r(sys.argv[1]).path)"
    for threads in ("1", "2"):
        names = (
            "POLARS_MAX_THREADS",
            "OMP_NUM_THREADS",
            "OPENBLAS_NUM_THREADS",
            "NUMBA_NUM_THREADS",
            "MKL_NUM_THREADS",
        )
        environment = {**os.environ, **dict.fromkeys(names, threads), "PYTHONHASHSEED": threads}
        done = subprocess.run(
            [sys.executable, "-c", code, str(own / "assessment.toml")],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert hashes(open_assessment(done.stdout.strip())) == hashes(finished)
        time.sleep(1.1)  # the name holds the second


# faults


def test_a_kill_during_a_run_leaves_nothing_under_a_final_name(plain):
    code = (
        "import sys, time\n"
        "from socharm.assessment import run\n"
        "def slow(*a, **k):\n    print('ready', flush=True)\n    time.sleep(60)\n"
        "run.write_ranking_workbook = slow\n"
        "run.run_assessment(sys.argv[1])\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(plain / "assessment.toml")], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "ready"
    process.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
    process.wait()
    process.stdout.close()
    assert snapshots(plain / "store") == []
    run_assessment(plain / "assessment.toml")
    assert len(snapshots(plain / "store")) == 1
    assert not list((plain / "store").glob(".tmp-*"))


def test_a_full_disk_is_told_and_leaves_nothing(plain, monkeypatch):
    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(run_module, "write_tables", full)
    with pytest.raises(StoreError, match="disk is full"):
        run_assessment(plain / "assessment.toml")
    assert snapshots(plain / "store") == []
    assert not list((plain / "store").glob(".tmp-*"))


def test_two_runs_into_one_store_at_once_do_not_harm_each_other(plain):
    second = plain / "other.toml"
    second.write_text((plain / "assessment.toml").read_text().replace('"small"', '"other"'))
    faults = []

    def work(path):
        try:
            run_assessment(path)
        except (OSError, ValueError) as error:
            faults.append(error)

    code = "import sys; from socharm.assessment.run import run_assessment as r; r(sys.argv[1])"
    process = subprocess.Popen([sys.executable, "-c", code, str(second)])
    thread = threading.Thread(target=work, args=(plain / "assessment.toml",))
    thread.start()
    thread.join()
    assert process.wait() == 0
    assert faults == []
    made = snapshots(plain / "store")
    assert [name.split("-")[0] for name in made] == ["other", "small"]
    assert all(verify_assessment(plain / "store" / name).ok for name in made)


# check


def test_check_finds_nothing_in_a_good_recipe_and_writes_nothing(own):
    found = check_assessment(own / "assessment.toml")
    assert found.ok
    (lacking,) = [note for note in found.notes if "1 area has no population; it will not be ranked" in note]
    assert re.search(r"not be ranked: \['\w+'\]\.", lacking)
    assert "another boundary year" in lacking
    assert not (own / "store").exists()


def test_check_lists_every_problem_at_once(own):
    edit(own, 'code = "ward_code"\nname', 'code = "ward_cod"\nname')
    edit(own, 'value = "residents"', 'value = "resident"')
    edit(own, 'path = "police-uk"', 'path = "police"')
    edit(own, "allow_stale = true", "allow_stale = false")
    found = check_assessment(own / "assessment.toml")
    text = "\n".join(found.problems)
    assert "[areas]" in text
    assert "'ward_code'" in text
    assert "[incidents]" in text
    assert "[weights]" in text
    assert found.refused
    with pytest.raises((SchemaError, ParameterError, RefusedError)):
        run_assessment(own / "assessment.toml")
    assert snapshots(own / "store") == []


def test_populations_of_another_year_are_an_error(plain):
    people = pd.read_csv(plain / "population.csv")
    people.assign(ward_code=people["ward_code"].str.replace("E0500", "W0500")).to_csv(plain / "population.csv")
    assert "None of the 12 areas has a population" in check_assessment(plain / "assessment.toml").problems[0]
    with pytest.raises(AlignmentError, match="None of the 12 areas has a population"):
        run_assessment(plain / "assessment.toml")


def test_areas_stated_as_not_covered_are_missing_not_zero(plain):
    recipe = edit(plain, 'path = "police-uk"', 'path = "police-uk"\nnot_covered = ["E05000000"]')
    finished = run_assessment(recipe)
    assert "E05000000" in finished.tables["unrankable"].index
    assert pd.isna(finished.index_table.loc["E05000000", "harm"])
    bad = edit(plain, '"E05000000"', '"E05999999"')
    with pytest.raises(AlignmentError, match="no area"):
        run_assessment(bad)


# verify and open


@pytest.fixture
def copied(finished, tmp_path) -> Path:
    return Path(shutil.copytree(finished.path, tmp_path / finished.path.name))


def test_verify_finds_one_changed_byte(copied):
    assert verify_assessment(copied).ok
    path = copied / "tables" / "ranking.parquet"
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(content)
    assert verify_assessment(copied).problems == ("tables/ranking.parquet: changed since it was made",)


def test_verify_finds_a_changed_seed_in_the_manifest_and_a_renamed_folder(copied):
    path = copied / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["recipe"]["assessment"]["seed"] = 7
    path.write_text(json.dumps(manifest))
    renamed = copied.rename(copied.with_name("better"))
    problems = verify_assessment(renamed).problems
    assert any("content id" in problem for problem in problems)
    assert any("belongs to the snapshot" in problem for problem in problems)


def test_a_newer_schema_is_refused(copied):
    path = copied / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["schema_version"] = SCHEMA_VERSION + 1
    path.write_text(json.dumps(manifest))
    with pytest.raises(StoreError, match="Update socharm"):
        open_assessment(copied)


def test_what_is_no_snapshot_is_said_so(tmp_path, copied):
    with pytest.raises(ParameterError, match="names no folder"):
        open_assessment(tmp_path / "none")
    with pytest.raises(StoreError, match="not a snapshot"):
        verify_assessment(tmp_path)
    (copied / "manifest.json").write_text("{")
    with pytest.raises(StoreError, match="damaged"):
        open_assessment(copied)


# the command line


def socharm(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """A command and what it prints, in this process: tests of the room `cli` start others."""
    with contextlib.chdir(cwd or Path.cwd()):
        done = CliRunner().invoke(app, list(map(str, arguments)))
    return subprocess.CompletedProcess(arguments, done.exit_code, done.stdout, done.stderr)


def test_help_states_the_exit_codes_and_imports_nothing_heavy():
    done = socharm("--help")
    assert done.returncode == 0
    for word in ("init", "check", "run", "demo", "verify", "Exit codes", "3 refused"):
        assert word in done.stdout
    heavy = "('geopandas', 'polars', 'matplotlib', 'numba', 'pandas')"
    code = f"import sys, socharm.cli.app; print([name for name in {heavy} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_init_then_check_names_the_missing_files(tmp_path):
    assert socharm("init", cwd=tmp_path).returncode == 0
    assert socharm("init", cwd=tmp_path).returncode == 2
    done = socharm("check", cwd=tmp_path)
    assert done.returncode == 2
    assert "areas.path: names no file" in done.stderr
    assert "Traceback" not in done.stderr


def test_run_prints_json_for_scripts(plain):
    done = socharm("run", plain / "assessment.toml", "--json")
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert summary["rows"]["read"] == 2100
    assert len(summary["top"]) == 10
    assert socharm("verify", summary["path"]).returncode == 0
    assert json.loads(socharm("verify", summary["path"], "--json").stdout)["ok"] is True
    (Path(summary["path"]) / "ranking.xlsx").write_bytes(b"x")
    done = socharm("verify", summary["path"])
    assert done.returncode == 1
    assert "ranking.xlsx: changed" in done.stderr


def test_exit_codes_tell_a_fault_from_bad_input_from_a_refusal(plain, tmp_path):
    assert socharm("run", plain / "none.toml").returncode == 2
    assert socharm("run", "https://example.org/a.toml").returncode == 3
    assert socharm("verify", tmp_path).returncode == 1
    assert socharm("run", "--no-such-option").returncode == 2
    refused = socharm("check", edit(plain, "allow_stale = true", "allow_stale = false"), "--json")
    assert refused.returncode == 3
    assert json.loads(refused.stdout)["exit_code"] == 3
    error = json.loads(socharm("run", plain / "none.toml", "--json").stdout)
    assert error["error"] == "ParameterError"


def test_a_narrow_console_gets_ascii_instead_of_a_crash(plain):
    edit(plain, 'name = "small"', 'name = "small"')
    wards = gpd.read_file(plain / "wards.gpkg")
    wards["ward_name"] = "√ ≥ – Ŵard"
    wards.to_file(plain / "wards.gpkg")
    done = subprocess.run(
        [sys.executable, "-m", "socharm", "run", str(plain / "assessment.toml")],
        env={**os.environ, "PYTHONIOENCODING": "cp1252"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "sqrt >= – ?ard" in done.stdout.decode("cp1252")


def test_the_recipe_of_a_snapshot_can_be_read_as_a_recipe(finished, world):
    assert finished.recipe.stated["areas"] == load_recipe(world / "assessment.toml").stated["areas"]


# the uncertainty about ranks


@pytest.fixture(scope="module")
def uncertain_run(world, tmp_path_factory):
    """The small recipe with alternatives to its choices, and classes by rank sets."""
    folder = tmp_path_factory.mktemp("uncertain_run") / "own"
    shutil.copytree(world, folder, ignore=shutil.ignore_patterns("store"))
    recipe = folder / "assessment.toml"
    recipe.write_text(
        recipe.read_text()
        + '\n[uncertainty]\ntransform = ["log"]\ntau = [0.0]\nwithout_denominator = true\nbase = 32\n'
        + '[uncertainty.exclude]\n"without drugs" = ["drugs"]\n[classes]\nbasis = "rank sets"\nk = 3\ndraws = 200\n'
    )
    return run_assessment(recipe)


def test_a_composite_of_own_measures_and_partners_is_stored_and_drawn(own):
    recipe = own / "assessment.toml"
    recipe.write_text(recipe.read_text() + "\n[composite]\n")
    done = run_assessment(recipe)
    tables = open_assessment(done.path).tables
    assert tables["composite"]["rank"].notna().any()
    status = tables["composite_indicators"]["status"]
    assert status["harm_rate"] == "used"
    assert status["fuel_poverty"] == "lacking"
    assert set(tables["composite_contributions"].columns) <= set(tables["composite_indicators"].index)
    assert (done.path / "maps" / "contributions.png").exists()
    assert any("fuel_poverty" in note for note in done.manifest["warnings"])


def test_a_run_stores_classes_and_rank_sets(finished):
    tables = open_assessment(finished.path).tables
    assert tables["top_classes"]["class"].isin(["very likely", "possibly", "very unlikely", "not rankable"]).all()
    assert tables["rank_sets"].index.equals(tables["top_classes"].index)
    assert tables["drivers"]["made_of"].notna().any()
    assert tables["uncertainty_factors"].empty
    assert (finished.path / "maps" / "top_k.png").exists()
    assert not (finished.path / "maps" / "sensitivity.png").exists()


def test_alternatives_of_the_recipe_become_factors_beside_the_stated_choice(uncertain_run):
    tables = open_assessment(uncertain_run.path).tables
    choices = tables["uncertainty_choices"].groupby("factor", sort=False)["alternative"].apply(list).to_dict()
    assert choices["transform"] == ["raw", "log"]
    assert choices["tau"] == ["x 1", "x 0"]
    assert choices["exclude"] == ["as stated", "without drugs"]
    assert choices["population"] == ["resident", "none"]
    assert choices["window"] == ["whole period"]
    assert set(tables["uncertainty_factors"].index) == {
        "counts",
        "transform",
        "tau",
        "exclude",
        "population",
        "shrinkage",
    }
    assert set(tables["uncertainty_shares"]["factor"]) == set(tables["uncertainty_factors"].index)
    assert (uncertain_run.path / "maps" / "sensitivity.png").stat().st_size > 10_000
    book = pd.read_excel(uncertain_run.path / "ranking.xlsx", sheet_name=None, engine="calamine", header=None)
    assert {"Other choices", "Uncertainty by factor", "Rank sets"} <= set(book)
    assert uncertain_run.tables["top_cutoffs"].index.tolist() == list(
        range(1, len(uncertain_run.tables["top_cutoffs"]) + 1)
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[uncertainty]\nbase = 100\n", r"uncertainty\.base: `base` is 100; it must be a power of two"),
        ("[uncertainty]\ntau = [-1.0]\n", r"uncertainty\.tau\.0: `tau` is -1\.0; it must be a number of at least 0"),
        (
            '[uncertainty.windows]\nearly = ["1999-01", "1999-06"]\n',
            "early: 1999-01 to 1999-06 is not inside the period",
        ),
        ('[uncertainty.windows]\nodd = ["2025-13", "2026-01"]\n', r"windows\.odd: .* is not a month"),
        ("[classes]\nk = 77\n", r"classes\.k: 77 is not in ranking\.top"),
        ("[classes]\nlevel = 0.4\n", r"classes\.level: `level` is 0\.4; it must be a number from 0\.5 to below 1"),
        ("[classes]\nlevels = 0.9\n", "classes.levels: unknown key. Did you mean 'level'"),
    ],
)
def test_faults_of_the_sections_of_uncertainty_are_named(plain, text, says):
    recipe = plain / "assessment.toml"
    recipe.write_text(recipe.read_text() + "\n" + text)
    with pytest.raises(SchemaError, match=says):
        run_assessment(recipe)


# plans


def test_a_plan_takes_its_baselines_from_a_finished_assessment(finished):
    area = str(finished.top(1).index[0])
    plan = seed_plan(finished, area=area, start=dt.date(2026, 1, 5), options=["PROT-22"])
    burglaries = finished.tables["counts"].query("area_code == @area and offence == 'burglary'")["n"].sum()
    expected = [burglaries / 3]  # three months
    assert plan.table["baseline"].tolist() == pytest.approx(expected, rel=1e-14)
    assert plan.about.marking == finished.about.marking
    assert plan.measures(finished)["value"].tolist() == pytest.approx(expected, rel=1e-14)


def test_what_plans_measure_is_in_the_tables_of_an_assessment(finished):
    for name, columns in MEASURE_COLUMNS.items():
        table = finished.tables[name]
        assert not len(table) or set(columns) <= set(table.columns), name
