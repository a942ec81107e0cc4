"""Real forces from recipes that an analyst could have written; needs the shared data."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from worlds import NORTHUMBRIA, RECODED, WEST_YORKSHIRE, run

from socharm.snapshot.population_fit import coarse_fit

pytestmark = [pytest.mark.real, pytest.mark.slow]


NORTHUMBRIA_LSOA = """
[assessment]
name = "northumbria-lsoas"
period = ["2013-06", "2014-06"]
seed = 1

[areas]
path = "{data}/boundaries/lsoa_2011_northumbria.gpkg"
code = "LSOA11CD"
name = "LSOA11NM"
parent_lookup = "lsoa-to-district"
year = 2011

[[lookups]]
name = "lsoa-to-district"
path = "{data}/lookups/lookup_lsoa11_ltla21.csv"
source = "lsoa11_code"
target = "ltla21_name"

[incidents]
path = "{data}/crime/northumbria-2013-14"

[population]
path = "{data}/population/population_mid2020_lsoa11.csv"
code = "lsoa11_code"
value = "total_population"
date = "2020-06-30"

[weights]
force = "Northumbria"
allow_stale = true
"""


CITY_OF_LONDON = """
[assessment]
name = "city-of-london"
period = ["2018-12", "2025-12"]
seed = 1

[areas]
path = "city_lsoas.parquet"
code = "LSOA21CD"
name = "LSOA21NM"
year = 2021

[incidents]
path = "{data}/crime/city-of-london"

[population]
path = "{data}/population/census2021_residents_lsoa21.csv"
code = "lsoa21_code"
value = "total_residents"
date = "2021-03-21"

[weights]
allow_stale = true
"""

# Wards that were queried under the codes they had in May 2018, so covered in spite of the list by later codes.


@pytest.fixture(scope="module")
def northumbria(tmp_path_factory, shared_data):
    return run(NORTHUMBRIA, tmp_path_factory.mktemp("northumbria"), shared_data)


def test_northumbria_wards_account_for_every_row(northumbria):
    rows = northumbria.closing_summary()["rows"]
    assert rows["read"] == 162_666
    assert rows["set_aside"] == {"outside all areas": 126}
    assert len(northumbria.tables["areas"]) == 177
    assert northumbria.tables["unrankable"].empty
    assert northumbria.tables["areas"]["parent"].nunique() == 6


def test_best_fit_populations_against_the_ward_table(northumbria, shared_data):
    table = pd.read_csv(shared_data / "population" / "population_wards_2022_northumbria.csv").set_index("gss_code")
    recoded = {
        "E05009105": "E05013862",  # Bothal
        "E05009138": "E05013270",  # Newsham
        "E05009140": "E05013863",  # Pegswood
        "E05009150": "E05013271",  # Seghill with Seaton Delaval
    }
    fitted = northumbria.tables["population"]["value"]
    stated = table["population"].rename(index=recoded).reindex(fitted.index)
    assert fitted.sum() == stated.sum()
    assert fitted[list(recoded.values())].tolist() == [4707.0, 5116.0, 6446.0, 5516.0]
    assert stated[list(recoded.values())].tolist() == [4707, 5116, 5422, 6139]
    # A point inside each polygon is a coarse fit: half of the wards lie within a tenth of the ward table.
    assert 0.05 < (fitted / stated - 1).abs().median() < 0.10
    told = coarse_fit(northumbria.tables)
    assert told.startswith("Populations were fitted by a point inside each smaller area, a coarse fit")
    assert northumbria.closing_summary()["population_fit"] == told


def test_northumbrias_top_ward_leads_by_more_than_chance(northumbria):
    top = northumbria.top(10)
    assert top["rank"].is_monotonic_increasing
    assert (top["rank_low_90"] <= top["rank_high_90"]).all()
    assert int(top["rank_high_90"].iloc[0]) <= 5


def test_harm_is_the_counts_times_the_weights(northumbria):
    counts, weights = northumbria.tables["counts"], northumbria.tables["weights"]["weight"]
    by_offence = counts.groupby("offence")["n"].sum()
    expected = (by_offence * weights.reindex(by_offence.index)).sum()
    np.testing.assert_allclose(northumbria.index_table["harm"].sum(), expected, rtol=1e-9)


def test_northumbria_by_lsoa(tmp_path, shared_data):
    finished = run(NORTHUMBRIA_LSOA, tmp_path, shared_data)
    assert len(finished.tables["areas"]) == 916
    assert finished.closing_summary()["rows"]["read"] == 162_666
    assert finished.tables["unrankable"].empty


def test_west_yorkshires_uncovered_wards_are_missing_and_its_recoded_ones_ranked(tmp_path, shared_data):
    listed = pd.read_csv(shared_data / "crime" / "june-2018" / "wards_not_covered_west_yorkshire.csv")
    uncovered = sorted(set(listed["ward21_code"]) - RECODED)
    assert len(uncovered) == 16
    finished = run(WEST_YORKSHIRE, tmp_path, shared_data, uncovered=str(uncovered).replace("'", '"'))
    assert sorted(finished.tables["unrankable"].index) == uncovered
    assert finished.ranking_table.loc[sorted(RECODED), "rank"].notna().all()
    assert finished.index_table.loc[uncovered, "harm"].isna().all()
    assert int(finished.ranking_table["rank"].notna().sum()) == 108
    assert finished.closing_summary()["rows"]["read"] == 25_947


def test_the_city_of_london_with_its_gap_of_years(tmp_path, shared_data):
    nation = gpd.read_parquet(shared_data / "boundaries" / "lsoa_2021_ew.parquet")
    city = nation[nation["LSOA21NM"].str.startswith("City of London")]
    assert len(city) == 6
    city.to_parquet(tmp_path / "city_lsoas.parquet")
    finished = run(CITY_OF_LONDON, tmp_path, shared_data)
    coverage = finished.tables["coverage"]
    covered = coverage.groupby("period")["covered"].any()
    assert int(covered.sum()) == 48
    assert not covered["2021-12":"2024-12"].any()
    assert finished.tables["unrankable"].empty
    flags = finished.tables["population"]["flag"]
    assert flags.str.startswith("far more crimes than its residents explain").any()
    exposure = finished.index_table["exposure"] / finished.tables["population"]["value"]
    np.testing.assert_allclose(exposure.dropna(), 4.0)
