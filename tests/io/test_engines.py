"""Counting where the rows lie: PySpark, Dask and DuckDB give what polars gives, and hand over sums, never the rows."""

from __future__ import annotations

import os
import shutil
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import geopandas as gpd
import numpy as np
import pandas as pd
import polars as pl
import pytest
from pandas.testing import assert_frame_equal
from shapely.geometry import box

from socharm.errors import AlignmentError, DataWarning, RefusedError, SchemaError, SocharmError, StoreError
from socharm.io.incidents import engine as engine_module
from socharm.io.incidents.count import count_incidents
from socharm.io.incidents.points import incident_points
from socharm.io.incidents.reading import read_incidents
from socharm.io.incidents.records import Counts

SPARK = pytest.param("spark", marks=pytest.mark.slow)
DASK = pytest.param("dask", marks=pytest.mark.slow)
TABLES = ("table", "accounting", "breakdown", "losses", "facts", "flagged", "coverage", "sources", "deliveries")
#: What a driver of Spark may be sent: far less than the rows of `many_rows`, more than their sums.
RESULT_BYTES = 1_500_000
WEST, EAST = (-1.62, 54.97), (-1.60, 54.97)  # in areas A and B

Engine = Callable[[pl.DataFrame], Any]


# Engines -------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    sql = pytest.importorskip("pyspark.sql", reason="pyspark is not installed: pip install 'socharm[spark]'")
    if shutil.which("java") is None and not os.environ.get("JAVA_HOME"):
        pytest.skip("PySpark needs Java: install Debian's default-jre-headless, or name a JRE in JAVA_HOME")
    settings = {
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "2",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.maxResultSize": str(RESULT_BYTES),
        "spark.sql.execution.arrow.pyspark.enabled": "true",
        "spark.ui.showConsoleProgress": "false",
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        builder = sql.SparkSession.builder.master("local[2]").appName("socharm-tests")
        session = builder.config(map=settings).getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()


@pytest.fixture
def on_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    """Puts a table on the engine that the test names."""
    name = request.param
    if name == "duckdb":
        return lambda frame: duckdb.connect().from_arrow(frame.to_arrow())
    if name == "spark":
        session = request.getfixturevalue("spark")
        return lambda frame: session.createDataFrame(frame.to_arrow()).repartition(3)
    request.getfixturevalue("dask")
    import dask.dataframe as dd

    def from_disk(frame: pl.DataFrame) -> Any:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.parquet"
        frame.write_parquet(path, row_group_size=max(1, -(-frame.height // 3)))
        return dd.read_parquet(path, split_row_groups=True)

    return from_disk


every_engine = pytest.mark.parametrize("on_engine", ["duckdb", DASK, SPARK], indirect=True)
# Spark and Dask say of themselves what concerns no user of ours.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


# Worlds --------------------------------------------------------------------------------------------


def square_areas() -> gpd.GeoDataFrame:
    index = pd.Index(["A", "B"], name="area_code")
    shapes = [box(423_500, 563_000, 425_000, 565_000), box(425_000, 563_000, 427_000, 565_000)]
    names = {"name": ["Ay", "Bee"], "parent": ["D", "D"], "force": [None, None]}
    return gpd.GeoDataFrame(names, index=index, geometry=shapes, crs=27700)


def hostile_rows(n: int = 400) -> pl.DataFrame:
    """Rows of every kind of fault: copies, repeated ids, dates and coordinates that mean nothing, blanks, headings."""
    rng = np.random.default_rng(17)
    pick = lambda values, weights=None: rng.choice(np.array(values, dtype=object), n, p=weights).tolist()  # noqa: E731
    spots = [
        ("-1.62", "54.97"), ("-1.6200", "54.970"), (" -1.62", "54.97 "), ("-1.60", "54.97"), ("'-1,61", "54.971"),
        ("0", "0"), ("-0.0", "0.0"), ("", ""), (None, None), ("-0.1", "51.5"), ("x", "54.97"), ("-1.62", ""),
        ("nan", "54.97"), ("1e999", "54.97"), ("54.97", "-1.62"),
    ]  # fmt: skip
    where = [spots[k] for k in rng.choice(len(spots), n, p=[0.3, 0.1, 0.05, 0.25, *[0.3 / 11] * 11])]
    frame = pl.DataFrame(
        {
            "Crime ID": pick(["", None, "a", "b", "c", " a ", *(f"id{k}" for k in range(80))]),
            "Month": pick(["2025-04", "2025-05", "2025-06", "25-Feb", "", None], [0.4, 0.3, 0.27, 0.01, 0.01, 0.01]),
            "Reported by": pick(["Toy Police", "toy police ", "Other Police", None], [0.7, 0.1, 0.15, 0.05]),
            "Falls within": ["Toy Police"] * n,
            "Longitude": [x for x, _ in where],
            "Latitude": [y for _, y in where],
            "Location": pick(["On or near High Street", "On or near Hospital", " On or near Police Station", "", None]),
            "Crime type": pick(["Burglary", "Burglary ", "Robbery", "Other crime", "", None, "Anti-social behaviour"]),
            "Last outcome category": pick(["", "Charged", None]),
        },
        schema_overrides=dict.fromkeys(("Crime ID", "Longitude", "Latitude"), pl.String),
    )
    heading = pl.DataFrame({name: [name, None] for name in frame.columns}).with_columns(
        pl.when(pl.col("Month").is_null()).then(pl.lit("Total")).otherwise("Month").alias("Month")
    )
    return pl.concat([frame, heading, frame.head(20)])


def told(count: Callable[[], Counts]) -> tuple[Counts | None, list[str]]:
    """Counts, and every warning and error in words."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            counts = count()
        except SocharmError as fault:
            counts, caught = None, [*caught, warnings.WarningMessage(fault, type(fault), "", 0)]  # type: ignore[arg-type]
    ours = [entry for entry in caught if issubclass(entry.category, (DataWarning.__mro__[1], SocharmError))]
    return counts, [f"{entry.category.__name__}: {entry.message}" for entry in ours]


def require_same(got: Counts, expected: Counts) -> None:
    for name in TABLES:
        assert_frame_equal(getattr(got, name), getattr(expected, name), obj=name)
    assert (got.about, got.findings, got.settings) == (expected.about, expected.findings, expected.settings)


ACCEPTED = ("date cannot be parsed", "no location", "outside all areas")


# The same result -----------------------------------------------------------------------------------


@every_engine
@pytest.mark.parametrize("duplicates", ["whole-row", "id"])
def test_engines_count_as_polars_does_to_the_last_row_and_word(on_engine: Engine, duplicates: Any) -> None:
    rows, areas = hostile_rows(), square_areas()
    options = {"duplicates": duplicates, "accept": ACCEPTED}
    expected, words = told(lambda: count_incidents(read_incidents(rows.lazy()), areas, **options))
    got, found = told(lambda: count_incidents(read_incidents(on_engine(rows)), areas, **options))
    assert expected is not None
    assert got is not None, found
    require_same(got, expected)
    assert found == words
    reasons = expected.accounting["rows"]
    assert expected.rows_read == rows.height == reasons.sum()
    set_aside = {"column names, sums or notes", "date cannot be parsed", "no location", "outside all areas"}
    assert (reasons[list(set_aside)] > 0).all()
    assert reasons["repeated id" if duplicates == "id" else "whole-row copy"] > 0


@every_engine
@pytest.mark.filterwarnings("ignore::socharm.errors.SocharmWarning")
def test_points_of_engines_are_those_of_polars(on_engine: Engine) -> None:
    rows = hostile_rows().filter(pl.col("Longitude").is_in(["-1.62", "-1.60"]))
    points = [incident_points(read_incidents(source, period="2025-04")) for source in (rows, on_engine(rows))]
    assert_frame_equal(*points)
    assert len(points[0]) > 3


@every_engine
def test_typed_columns_and_area_codes_are_counted_alike(on_engine: Engine) -> None:
    rng = np.random.default_rng(3)
    rows = pl.DataFrame(
        {
            "date": pl.date_range(pl.date(2025, 4, 1), pl.date(2025, 6, 30), eager=True).sample(90, seed=1),
            "offence": rng.choice(["Burglary", "Robbery"], 90),
            "easting": rng.choice([424_000.0, 425_000.0, 426_000.5, 0.0, np.nan], 90),
            "northing": rng.choice([564_000.0, 0.0], 90, p=[0.9, 0.1]),
            "area code": rng.choice(np.array(["A", "B", "a ", "C", None], dtype=object), 90),
            "id": rng.integers(0, 80, 90),
            "repeat": rng.choice([True, False], 90),
        }
    )
    for columns in (
        {"id": "id", "flags": ["repeat"], "easting": "easting", "northing": "northing"},
        {"area_code": "area code", "flags": ["repeat"]},
    ):
        sources = (rows.lazy(), on_engine(rows))
        (expected, words), (got, found) = (
            told(lambda: count_incidents(read_incidents(s, columns=columns), square_areas(), accept=ACCEPTED))  # noqa: B023
            for s in sources
        )
        assert expected is not None, words
        assert got is not None, found
        require_same(got, expected)
        assert found == words


@every_engine
@pytest.mark.parametrize(
    ("change", "error", "match"),
    [
        (lambda rows: rows.drop("Month"), SchemaError, r"`source` has no column for \['date'\]; it has"),
        (lambda rows: rows.drop("Latitude"), SchemaError, r"has no column for \['latitude'\]"),
        (lambda rows: rows.head(0), SchemaError, "has a header but no rows"),
        (lambda rows: rows.with_columns(Month=pl.lit("soon")), SchemaError, "cannot be (read|parsed)|No date"),
        (lambda rows: rows.with_columns(Longitude=pl.lit("7.5")), AlignmentError, "lies? in"),
        (lambda rows: rows.with_columns(Longitude=pl.lit("x")), SchemaError, "No row has coordinates"),
        (lambda rows: rows.with_columns(victim_name=pl.lit("Jane Smith")), RefusedError, "victim_name"),
    ],
    ids=["no date", "no latitude", "no rows", "no dates", "elsewhere", "no numbers", "persons"],
)
def test_errors_of_engines_are_those_of_polars(on_engine: Engine, change: Any, error: Any, match: str) -> None:
    rows = change(hostile_rows().filter(pl.col("Month").str.starts_with("2025")))
    texts = []
    for source in (rows.lazy(), on_engine(rows)):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with pytest.raises(error, match=match) as caught:
                count_incidents(read_incidents(source), square_areas(), accept=ACCEPTED)
        texts.append(str(caught.value))
    assert texts[0] == texts[1]


@pytest.mark.real
@every_engine
@pytest.mark.filterwarnings("ignore::socharm.errors.SocharmWarning")
def test_a_real_month_is_counted_alike(on_engine: Engine, shared_data: Path) -> None:
    areas = gpd.read_file(shared_data / "boundaries/wards_2022_northumbria.gpkg").set_index("ward_code")
    areas = areas.rename_axis("area_code").to_crs(27700)
    path = shared_data / "crime/northumbria-2013-14/2013-06/2013-06-northumbria-street.csv"
    rows = pl.read_csv(path, infer_schema=False)
    expected = count_incidents(read_incidents(rows.lazy()), areas)
    require_same(count_incidents(read_incidents(on_engine(rows)), areas), expected)
    assert expected.rows_read == rows.height > 10_000


# Rows stay where they lie --------------------------------------------------------------------------


def many_rows(n: int = 60_000) -> pl.DataFrame:
    """Rows at as many places of two areas, in three months: their counts by area are 12."""
    rng = np.random.default_rng(5)
    return pl.DataFrame(
        {
            "Crime ID": [rng.bytes(32).hex() for _ in range(n)],
            "Month": rng.choice(["2025-04", "2025-05", "2025-06"], n),
            "Longitude": np.round(rng.uniform(-1.625, -1.59, n), 3),
            "Latitude": np.round(rng.uniform(54.965, 54.975, n), 3),
            "Crime type": rng.choice(["Burglary", "Robbery"], n),
        }
    )


@every_engine
def test_only_places_and_sums_by_area_leave_the_engine(
    on_engine: Engine, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = many_rows()
    source, areas = on_engine(rows), square_areas()
    fetched: list[int] = []
    collected = engine_module._collected
    monkeypatch.setattr(engine_module, "_collected", lambda frame: _noted(collected(frame), fetched))
    sent = _watch_dask(monkeypatch) if "dask" in request.node.callspec.id else None
    counts = count_incidents(read_incidents(source), areas)
    assert counts.rows_read == counts.table["n"].sum() == rows.height
    places = rows.select("Longitude", "Latitude").unique().height
    # Labels; distinct places; sums by area, offence and month, of places near a boundary apart; rows of repeated ids.
    assert fetched == [6, places, 24, 0]
    if sent is not None:
        assert 0 < sum(sent) < 3 * (places + 600)


@pytest.mark.slow
def test_the_driver_of_spark_could_not_have_held_the_rows(spark: Any) -> None:
    """It is allowed a fraction of them: collecting them stops, and they are counted all the same."""
    rows = many_rows()
    source = spark.createDataFrame(rows.to_arrow()).repartition(3)
    with pytest.raises(Exception, match="maxResultSize"):
        source.collect()
    counts = count_incidents(read_incidents(source), square_areas())
    assert counts.table["n"].sum() == rows.height


def _noted(frame: pl.DataFrame, fetched: list[int]) -> pl.DataFrame:
    fetched.append(frame.height)
    return frame


def _watch_dask(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Rows of every table that workers send to the client."""
    import distributed

    sent: list[int] = []
    get = distributed.Client.get

    def watched(self: Any, *args: Any, **options: Any) -> Any:
        found = get(self, *args, **options)
        sent.extend(len(part) for part in _tables(found))
        return found

    monkeypatch.setattr(distributed.Client, "get", watched)
    return sent


def _tables(found: Any) -> Iterator[Any]:
    if isinstance(found, (list, tuple)):
        for part in found:
            yield from _tables(part)
    elif isinstance(found, (pd.DataFrame, pd.Series)):
        yield found


@pytest.mark.slow
def test_a_worker_that_dies_is_told_and_is_no_fault_of_the_rows(dask: Any) -> None:
    import dask.dataframe as dd

    def die(part: pd.DataFrame) -> pd.DataFrame:
        if len(part):  # not where dask asks what the columns will be
            os._exit(1)
        return part

    frame = dd.from_pandas(many_rows(600).to_pandas(), npartitions=2)
    frame = frame.map_partitions(die, meta=frame._meta, enforce_metadata=False)
    with pytest.raises(StoreError, match=r"A worker of the engine .* ended while it worked \(KilledWorker\)"):
        count_incidents(read_incidents(frame), square_areas())
    wait_for_workers(dask)


def test_a_closed_connection_is_told_before_and_after_the_frame_is_read() -> None:
    connection = duckdb.connect()
    incidents = read_incidents(relation := connection.from_arrow(many_rows(60).to_arrow()))
    connection.close()
    for count in (lambda: read_incidents(relation), lambda: count_incidents(incidents, square_areas())):
        with pytest.raises(StoreError, match="The connection to the engine that holds the incidents is closed"):
            count()


def wait_for_workers(client: Any) -> None:
    deadline = time.monotonic() + 60
    while len(client.scheduler_info()["workers"]) < 2 and time.monotonic() < deadline:
        time.sleep(0.2)


# A folder of parquet -------------------------------------------------------------------------------


@pytest.mark.parametrize("keyed", [False, True])
def test_a_folder_of_parquet_is_one_table(tmp_path: Path, keyed: bool) -> None:
    rows = many_rows(600)
    lake = tmp_path / "lake.parquet"
    for number, month in enumerate(("2025-04", "2025-05", "2025-06")):
        part = rows.filter(pl.col("Month") == month)
        folder = lake / (f"Month={month}" if keyed else "")
        folder.mkdir(parents=True, exist_ok=True)
        (part.drop("Month") if keyed else part).write_parquet(folder / f"part-{number:05d}.parquet")
    (lake / "_SUCCESS").touch()
    (lake / "_metadata.parquet").write_bytes(b"PAR1")
    incidents = read_incidents(lake)
    assert incidents.ignored == ("_SUCCESS", "_metadata.parquet")
    expected = count_incidents(read_incidents(rows.lazy()), square_areas())
    assert_frame_equal(count_incidents(incidents, square_areas()).table, expected.table)


def test_parts_that_do_not_belong_together_are_an_error(tmp_path: Path) -> None:
    many_rows(60).write_parquet(tmp_path / "a.parquet")
    shutil.copy(tmp_path / "a.parquet", tmp_path / "b.parquet")
    with pytest.raises(SchemaError, match="byte by byte"):
        read_incidents(tmp_path)
    many_rows(50).drop("Month").write_parquet(tmp_path / "b.parquet")
    with pytest.raises(SchemaError, match=r"'b.parquet' differs from 'a.parquet' in the columns \['Month'\]"):
        read_incidents(tmp_path)
