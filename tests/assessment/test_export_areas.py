"""``exports/areas.parquet``: shapes, names, ranks and rates for other programs, as they may be shown."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
from pandas.testing import assert_series_equal

from socharm.assessment.export_areas import write_areas_export
from socharm.files.parquet import parquet_marking


def test_the_areas_of_a_snapshot_as_geoparquet(finished):
    path = finished.path / "exports" / "areas.parquet"
    read = gpd.read_parquet(path).set_index("area_code")
    areas = finished.areas()
    assert list(read.index) == list(areas.index)
    assert read.crs == areas.crs
    assert read.geometry.geom_equals(areas.geometry).all()
    ranking = finished.tables["ranking"]
    for column in ("rank", "rank_low_90", "rank_high_90", "rate_shrunk"):
        assert_series_equal(
            read[column], ranking[column].reindex(read.index), check_dtype=False, check_index_type=False
        )
    assert pd.isna(read.loc["E05000011", "rank"])
    assert parquet_marking(path) == "OFFICIAL"


def test_what_is_withheld_is_missing_and_bytes_repeat(finished, tmp_path):
    withheld = finished.tables["ranking"].assign(rate_shrunk=float("nan"))
    tables = {"areas": finished.tables["areas"], "ranking": withheld.drop(columns="rate")}
    for name in ("a.parquet", "b.parquet"):
        write_areas_export(tmp_path / name, tables, finished.areas(), marking="SECRET")
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
    read = gpd.read_parquet(tmp_path / "a.parquet")
    assert "rate" not in read.columns
    assert read["rate_shrunk"].isna().all()
    assert parquet_marking(tmp_path / "a.parquet") == "SECRET"
