"""An index whose parts were changed: nothing is ranked, tested or mapped of what is not one index."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from factories import make_counts, make_weights

import socharm as sh
from socharm.errors import SchemaError
from socharm.severity.index import SeverityIndex, severity_index

CODES = [f"W{at:03d}" for at in range(9)]
N = np.arange(9 * 2 * 3).reshape(9, 2, 3) + 12
WEIGHTS = make_weights({"burglary": 100.0, "drugs": 10.0})
INDEX = severity_index(make_counts(N, offences=("burglary", "drugs")), WEIGHTS)
OTHER = severity_index(make_counts(N[:, :, :2], offences=("burglary", "drugs")), WEIGHTS)
SHAPES = [shapely.box(x, y, x + 1000, y + 1000) for y in (0, 1000, 2000) for x in (0, 1000, 2000)]
GRAPH = sh.neighbours(gpd.GeoDataFrame(geometry=SHAPES, index=pd.Index(CODES, name="area_code"), crs="EPSG:27700"))

DOORS = {
    "rank": lambda index: sh.rank_areas(index, draws=20, seed=1).table["rank"],
    "sets": lambda index: sh.rank_confidence_sets(index, draws=50, seed=1).table["rank_observed"],
    "concentration": lambda index: sh.classify_concentration(index, resamples=10, seed=1).table["harm"],
    "hot": lambda index: sh.local_gi_star(index, GRAPH, permutations=99, seed=1).table["z"],
    "global": lambda index: sh.hotspots.global_moran(index, GRAPH, permutations=99, seed=1).observed,
}


def with_table(change) -> SeverityIndex:
    return replace(INDEX, table=change(INDEX.table))


CHANGED = [
    (with_table(lambda t: t.iloc[1:]), "1 area of the model of the index is not in its table, such as .'W000'"),
    (with_table(lambda t: pd.concat([t, t])), "`index.table` holds 9 codes more than once"),
    (with_table(lambda t: t.rename(index=lambda code: f"X{code}")), "9 areas of the model"),
    (with_table(lambda t: t.drop(columns="harm")), r"`index.table` lacks the columns \['harm'\]"),
    (with_table(lambda t: t.assign(harm=-t["harm"])), "`harm` of the index holds 9 values that are neither"),
    (with_table(lambda t: t.assign(rate="many")), "`rate` of the index holds 9 values that are neither"),
    (with_table(lambda t: t.assign(rate_se=np.inf)), "`rate_se` of the index holds 9 values"),
    (with_table(lambda t: t.assign(exposure=2 * t["exposure"])), "exposure of the table and of the model"),
    (with_table(lambda t: t.assign(harm=2 * t["harm"])), "of harm and its cells"),
    (replace(INDEX, cells=INDEX.cells.iloc[::2]), "of harm and its cells"),
    (replace(INDEX, model=OTHER.model), "exposure of the table and of the model"),
]


@pytest.mark.filterwarnings("ignore::socharm.errors.SocharmWarning")
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(("index", "told"), CHANGED, ids=[told[:30] for _, told in CHANGED])
def test_an_index_that_was_changed_is_refused(door, index, told):
    with pytest.raises(SchemaError, match=told):
        DOORS[door](index)


@pytest.mark.filterwarnings("ignore::socharm.errors.SocharmWarning")
@pytest.mark.parametrize("door", ["rank", "sets", "concentration"])
def test_the_order_of_its_rows_is_free(door):
    turned = DOORS[door](with_table(lambda t: t.iloc[::-1])).sort_index()
    pd.testing.assert_series_equal(turned, DOORS[door](INDEX).sort_index())


def test_a_record_whose_table_was_changed_can_still_be_shown():
    ranking = sh.rank_areas(INDEX, draws=20, seed=1)
    for table in (ranking.table.iloc[:0], ranking.table.drop(columns="rank"), ranking.table.assign(rank="x")):
        shown = replace(ranking, table=table)
        assert "the tables were changed" in repr(shown)
        assert "the tables were changed" in shown._repr_html_()
    with pytest.raises(SchemaError, match=r"`table` lacks the columns \['rank'\]"):
        replace(ranking, table=ranking.table.drop(columns="rank")).top(3)
    with pytest.raises(SchemaError, match="`rank` of the table is str, no number"):
        replace(ranking, table=ranking.table.assign(rank="x")).top(3)
