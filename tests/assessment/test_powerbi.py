"""The export for Power BI: a star whose keys meet, with the sums of the snapshot, and shapes that lose no area."""

from __future__ import annotations

import dataclasses
import itertools
import json
import re
from pathlib import Path

import duckdb
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from assessed import drawn, make_assessment
from guide_lines import blocks
from shapely.geometry import MultiPolygon, Polygon, box
from typer.testing import CliRunner

import socharm as sh
from socharm.assessment import export_powerbi, powerbi
from socharm.assessment.powerbi_tables import KEYS
from socharm.cli.app import app
from socharm.errors import ParameterError, StoreError
from socharm.files import topojson
from socharm.files.geopackage import write_layers
from socharm.files.hashing import sha256_file
from socharm.files.parquet import parquet_marking
from socharm.rescoring import Comparison, compare
from socharm.snapshot.tables import write_tables

EAST, NORTH = 420_000, 560_000


def placed(x: float, y: float, wide: float = 1_000) -> Polygon:
    return box(EAST + x, NORTH + y, EAST + x + wide, NORTH + y + wide)


#: A ward in the hole of another, two neighbours, one in two parts of which one lies off the coast, an island.
SHAPES = (
    placed(0, 0, 3_000).difference(placed(1_000, 1_000)),
    placed(1_000, 1_000),
    placed(3_000, 0),
    MultiPolygon([placed(3_000, 1_000), placed(7_000, 5_000, 200)]),
    placed(9_000, 9_000),
    placed(3_000, 2_000),
)


def stored(folder: Path, start: str = "2025-04", *, seed: int = 1) -> sh.Assessment:
    """Six areas of three months in a folder like a snapshot's; of one the last month was not covered."""
    covered = np.ones((6, 3), dtype=bool)
    covered[5, 2] = False
    made = make_assessment(drawn(6, 3, seed=seed), start=start, covered=covered, name=f"made-{start}")
    path = folder / made.path.name
    path.mkdir(parents=True)
    layer = gpd.GeoDataFrame(made.tables["index"], geometry=list(SHAPES), crs="EPSG:27700")
    write_layers({"index": layer}, path / "areas.gpkg", stamp="2025-10-01")
    write_tables(made.tables, path / "tables", marking="OFFICIAL")
    outputs = {"areas.gpkg": sha256_file(path / "areas.gpkg")}
    return dataclasses.replace(made, path=path, manifest={**made.manifest, "outputs": outputs})


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> sh.Assessment:
    return stored(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="module")
def compared(small, tmp_path_factory) -> Comparison:
    return compare(stored(tmp_path_factory.mktemp("earlier"), "2024-04", seed=2), small, change_draws=20)


@pytest.fixture(scope="module")
def folder(small, compared, tmp_path_factory) -> Path:
    return export_powerbi(small, tmp_path_factory.mktemp("out") / "star", comparison=compared)


def reading(folder: Path, kind: str) -> duckdb.DuckDBPyConnection:
    base = duckdb.connect()
    for path in sorted((folder / kind).iterdir()):
        base.execute(f"CREATE VIEW {path.stem} AS SELECT * FROM read_{kind}('{path}')")
    return base


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_keys_meet_and_sums_are_those_of_the_snapshot(small, folder, kind):
    base = reading(folder, kind)
    for table, key in KEYS.items():
        names = ", ".join(key)
        assert base.sql(f"SELECT {names} FROM {table} GROUP BY {names} HAVING count(*) > 1").fetchall() == []
    joined = base.sql(
        "SELECT count(*), sum(crimes), sum(harm) FROM facts JOIN areas USING (area_code) JOIN periods USING (period) "
        "JOIN offences USING (offence) JOIN ranks USING (area_code) JOIN changes USING (area_code)"
    ).fetchall()[0]
    tables = small.tables
    assert joined[:2] == (len(tables["counts"]), tables["counts"]["n"].sum())
    assert joined[2] == pytest.approx(tables["index"]["harm"].sum(), rel=1e-12)
    harm = base.sql("SELECT area_code, sum(harm) h FROM facts GROUP BY 1 ORDER BY 1").df().set_index("area_code")["h"]
    np.testing.assert_allclose(harm, tables["index"]["harm"].sort_index())
    ranks = base.sql("SELECT * FROM ranks ORDER BY area_code").df().set_index("area_code")
    ranking = tables["ranking"].sort_index()
    for column in ("rank", "rank_low_90", "rank_high_95", "rate_shrunk"):
        np.testing.assert_allclose(ranks[column], ranking[column].astype(float))
    # What was not covered has no row, and is not nothing.
    assert base.sql("SELECT count(*) FROM facts WHERE area_code = 'W005' AND period = '2025-06'").fetchall()[0] == (0,)
    assert base.sql('SELECT period, start, "end", month_name FROM periods ORDER BY 1').fetchall()[1][3] == "May 2025"


def test_the_dictionary_names_every_column_and_what_it_is(folder):
    base = reading(folder, "parquet")
    told = base.sql("SELECT * FROM dictionary").df()
    assert (told[["heading", "meaning", "type"]] != "").all(axis=None)
    for table, rows in told.groupby("table"):
        assert list(rows["column"]) == list(base.sql(f"SELECT * FROM {table}").columns)
    entry = told.set_index(["table", "column"])
    assert entry.loc[("facts", "harm"), "unit"] == "sentence-days"
    assert entry.loc[("facts", "period"), "key"] == "refers to periods"
    assert entry.loc[("facts", "crimes"), ["heading", "taken_from"]].tolist() == ["Crimes", "counts.n"]
    # One column has one meaning in all tables.
    assert told.groupby("column")["meaning"].nunique().drop("area_code").max() == 1


def test_what_is_missing_stays_missing(small, tmp_path):
    n, harm = (small.tables[name].copy() for name in ("counts", "cells"))
    n["n"], harm["harm"] = n["n"].astype(float), harm["harm"].astype(float)
    first = (n["area_code"] == "W000") & (n["offence"] == "drugs")
    n.loc[first, "n"] = np.nan
    harm.loc[(harm["area_code"] == "W000") & (harm["offence"] == "drugs"), "harm"] = np.nan
    lacking = harm[harm["offence"] != "burglary"]
    weights = small.tables["weights"].drop(index="burglary")
    ranking = small.tables["ranking"].drop(index="W001")
    tables = small.tables.with_tables(
        counts=n, cells=lacking, weights=weights, ranking=ranking, population=pd.DataFrame()
    )
    base = reading(export_powerbi(dataclasses.replace(small, tables=tables), tmp_path / "a"), "parquet")
    gone = "SELECT count(crimes), count(harm), count(*) FROM facts WHERE area_code = 'W000' AND offence = 'drugs'"
    assert base.sql(gone).fetchall()[0] == (0, 0, 3)
    assert base.sql("SELECT count(harm), count(crimes) FROM facts WHERE offence = 'burglary'").fetchall()[0] == (0, 17)
    bare = base.sql("SELECT offence, weight FROM offences WHERE NOT weighted").fetchall()
    assert bare == [("burglary", None)]
    assert base.sql("SELECT area_code FROM ranks WHERE rank IS NULL").fetchall() == [("W001",)]
    assert base.sql("SELECT count(population) FROM areas").fetchall()[0] == (0,)
    assert base.sql("SELECT meaning FROM dictionary WHERE \"table\" = 'changes'").fetchall() == [
        ("not written: no comparison was given",)
    ]
    assert not (tmp_path / "a" / "csv" / "changes.csv").exists()


def decoded(path: Path) -> tuple[dict[str, MultiPolygon], list[list[int]], dict]:
    """Polygons by code, numbers of the arcs of each ring, and the topology."""
    told = json.loads(path.read_text(encoding="utf-8"))
    scale, corner = (np.array(told["transform"][name]) for name in ("scale", "translate"))
    lines = [np.cumsum(line, axis=0) * scale + corner for line in told["arcs"]]
    found, used = {}, []
    for shape in told["objects"]["areas"]["geometries"]:
        parts = []
        for part in [shape["arcs"]] if shape["type"] == "Polygon" else shape["arcs"]:
            rings = []
            for ring in part:
                used.append(ring)
                pieces = [lines[n] if n >= 0 else lines[~n][::-1] for n in ring]
                for one, other in zip(pieces, [*pieces[1:], pieces[0]], strict=True):
                    np.testing.assert_array_equal(one[-1], other[0])
                rings.append(np.concatenate([piece[:-1] for piece in pieces]))
            parts.append(Polygon(rings[0], rings[1:]))
        found[shape["id"]] = MultiPolygon(parts)
    return found, used, told


def require_same(areas: gpd.GeoDataFrame, path: Path) -> dict:
    """Shapes are those that were written, within a step of the grid, and each border is one line."""
    found, used, told = decoded(path)
    step = max(told["transform"]["scale"])
    wanted = areas.geometry.to_crs("EPSG:4326")
    assert list(found) == list(areas.index)
    for code, shape in wanted.items():
        assert found[code].is_valid
        assert len(found[code].geoms) == len(shapely.get_parts(shape))
        assert shapely.hausdorff_distance(found[code].boundary, shape.boundary) <= step
        assert [len(part.interiors) for part in found[code].geoms] == [
            len(p.interiors) for p in shapely.get_parts(shape)
        ]
        assert not any(part.exterior.is_ccw for part in found[code].geoms)
    uses = pd.Series([n if n >= 0 else ~n for ring in used for n in ring]).value_counts()
    assert sorted(uses.index) == list(range(len(told["arcs"])))
    assert uses.max() <= 2
    # Both neighbours of a border run along the one line: once forwards and once back.
    both = uses[uses == 2].index
    assert all({n, ~n} <= {each for ring in used for each in ring} for n in both)
    drawn_once = sum(len(line) - 1 for line in told["arcs"])
    rings = [ring for shape in found.values() for part in shape.geoms for ring in (part.exterior, *part.interiors)]
    edges = {frozenset(edge) for ring in rings for edge in itertools.pairwise(ring.coords)}
    assert drawn_once == len(edges)
    return told


def test_shapes_are_those_of_the_map_and_none_is_lost(small, folder):
    areas = small.areas()
    told = require_same(areas, folder / "area-shapes.json")
    assert told["marking"] == "OFFICIAL"
    one = told["objects"]["areas"]["geometries"][3]
    assert (one["type"], one["properties"]) == ("MultiPolygon", {"area_code": "W003", "name": areas["name"]["W003"]})


@pytest.mark.parametrize("seed", range(3))
def test_borders_of_any_ground_are_written_once(tmp_path, seed):
    rng = np.random.default_rng(seed)
    points = shapely.multipoints(rng.uniform(0, 9_000, (30, 2)) + np.array([EAST, NORTH]))
    cells = shapely.get_parts(shapely.voronoi_polygons(points))
    labels = rng.integers(0, 8, len(cells))
    # Areas of several cells have holes, parts, and corners at which only a point is shared.
    shapes = [shapely.coverage_union_all(cells[labels == label]) for label in np.unique(labels)]
    codes = [f"W{number}" for number in range(len(shapes))]
    areas = gpd.GeoDataFrame({"name": codes}, index=codes, geometry=shapes, crs="EPSG:27700")
    topojson.write_topojson(areas, tmp_path / "a.json", marking="OFFICIAL")
    require_same(areas, tmp_path / "a.json")


def test_an_area_smaller_than_a_step_of_the_grid_is_not_lost(tmp_path):
    areas = gpd.GeoDataFrame(
        {"name": ["a", "b"]},
        index=["a", "b"],
        geometry=[placed(0, 0, 90_000), placed(99_000, 0, 1e-3)],
        crs="EPSG:27700",
    )
    topojson.write_topojson(areas, tmp_path / "a.json", marking="OFFICIAL")
    found, _, _ = decoded(tmp_path / "a.json")
    assert list(found) == ["a", "b"]
    assert len(found["b"].geoms[0].exterior.coords) >= 4


def test_the_same_snapshot_gives_the_same_bytes_and_nothing_old_is_touched(small, tmp_path, monkeypatch):
    one, other = (export_powerbi(small, tmp_path / name) for name in ("one", "other"))
    files = [path.relative_to(one) for path in one.rglob("*") if path.is_file()]
    assert len(files) == 14
    assert all((one / name).read_bytes() == (other / name).read_bytes() for name in files)
    assert (one / "csv" / "areas.csv").read_bytes().startswith(b"\xef\xbb\xbfmarking,area_code")
    assert parquet_marking(one / "parquet" / "facts.parquet") == "OFFICIAL"
    with pytest.raises(StoreError, match="'one' is there already and is not replaced"):
        export_powerbi(small, one)

    def full(*given, **more):
        raise StoreError("the disk is full")

    monkeypatch.setattr(powerbi, "write_topojson", full)
    with pytest.raises(StoreError, match="the disk is full"):
        export_powerbi(small, tmp_path / "third")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "other"]


def test_a_comparison_of_another_assessment_is_refused(small, compared, tmp_path):
    other = dataclasses.replace(small, path=small.path.with_name("other"))
    with pytest.raises(ParameterError, match="as its later assessment, and the one given is 'other'"):
        export_powerbi(other, tmp_path / "a", comparison=compared)
    assert list(tmp_path.iterdir()) == []


def test_the_command_knows_its_forms(tmp_path):
    done = CliRunner().invoke(app, ["export", "tableau", str(tmp_path), "--to", str(tmp_path / "a")])
    assert done.exit_code == 2
    assert "'powerbi'" in done.stderr


def test_the_lines_of_the_page_on_duckdb_run(small, repository, monkeypatch):
    monkeypatch.chdir(small.path.parent)
    small.path.rename("snapshot")
    try:
        page = repository / "docs/guides/read-a-snapshot.md"
        found = [duckdb.sql(block).df() for block in blocks(page, "sql")]
    finally:
        Path("snapshot").rename(small.path)
    assert len(found) == 3
    top, months, offences = found
    ranking, counts = small.tables["ranking"], small.tables["counts"]
    assert top["area_code"].tolist() == ranking.sort_values("rank").index.tolist()
    assert months["crimes"].sum() == counts["n"].sum()
    assert offences["harm"].sum() == pytest.approx(small.tables["index"]["harm"].sum())


def test_the_page_on_power_bi_names_the_tables_and_their_keys(repository):
    text = (repository / "docs/guides/power-bi.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \|$", text, re.MULTILINE)
    told = {table: tuple(re.findall(r"`(\w+)`", key)) for table, key in rows}
    assert told == {**KEYS, "dictionary": ("table", "column")}
