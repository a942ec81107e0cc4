"""Deprivation over harm on real areas: Northumbria by LSOA and ward, and one month of the nation.

Figures are of police.uk, ONS, MHCLG, Welsh Government and DESNZ files (OGL v3.0); the nation takes about a minute.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import geopandas as gpd
import pandas as pd
import polars as pl
import pytest

import socharm as sh
from socharm.errors import AlignmentError, CoverageWarning, DataWarning, ModelWarning, ParameterError
from socharm.severity.dispersion import DEFAULT_PHI_SOURCE

pytestmark = [
    pytest.mark.real,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:.*invalid rings.*:socharm.errors.DataWarning"),
]

LSOA, WARD = "LSOA21 code (joined)", "query_ward_code_may2018"
#: Wards of 2022 whose populations stand under earlier codes.
RECODED = {
    "E05009105": "E05013862",
    "E05009138": "E05013270",
    "E05009140": "E05013863",
    "E05009150": "E05013271",
}
FUEL = {
    "direction": "neutral",
    "unit": "households",
    "denominator": "none",
    "period": "2020",
    "provider": "DESNZ",
    "licence": "OGL v3.0",
    "marking": "OFFICIAL",
    "police_driven": False,
}


def people_of(path: Path, code: str, value: str, date: str) -> sh.io.Population:
    return sh.read_population(path, code=code, value=value, kind="resident", date=date)


@cache
def imd(path: Path) -> sh.io.Deprivation:
    """A table of the nation, read once for all tests."""
    return sh.read_deprivation(path)


@pytest.fixture(scope="module")
def northumbria(shared_data):
    """Areas, index and residents of each geography, and the best fit of LSOAs to wards."""
    people = people_of(
        shared_data / "population/population_mid2020_lsoa11.csv", "lsoa11_code", "total_population", "2020-06-30"
    )
    table = people_of(
        shared_data / "population/population_wards_2022_northumbria.csv", "gss_code", "population", "2020-06-30"
    )
    of_wards = replace(table, table=table.table.rename(index=RECODED).sort_index())
    weights = sh.load_weights("ons-css").crosswalk(
        "police.uk", counts_from="home-office-2019-20", force="Northumbria", allow_stale=True
    )
    incidents = sh.read_incidents(shared_data / "crime/northumbria-2013-14")
    areas, counts, index = {}, {}, {}
    for kind, file, code, residents in (
        ("lsoa", "lsoa_2011_northumbria.gpkg", "LSOA11CD", people),
        ("ward", "wards_2022_northumbria.gpkg", "ward_code", of_wards),
    ):
        areas[kind] = sh.read_boundaries(shared_data / "boundaries" / file, code=code)
        counts[kind] = sh.count_incidents(incidents, areas[kind])
        ours = replace(residents, table=residents.table.loc[areas[kind].index])
        index[kind] = sh.severity_index(counts[kind], weights, ours)
    fit = sh.best_fit_lookup(gpd.GeoDataFrame(areas["lsoa"][["geometry"]]), areas["ward"])
    return areas, counts, index, people, fit


def of_northumbria(deprivation: sh.io.Deprivation, northumbria, kind: str) -> sh.io.Deprivation:
    areas, _, _, people, fit = northumbria
    codes = areas["lsoa"].index
    ours = replace(deprivation, table=deprivation.table.loc[codes])
    residents = replace(people, table=people.table.loc[codes])
    return ours if kind == "lsoa" else sh.roll_up(ours, fit, how="mean", population=residents)


def test_both_geographies_account_for_every_row(northumbria):
    _, counts, *_ = northumbria
    for kind, outside in (("lsoa", 80), ("ward", 126)):
        rows = counts[kind].accounting["rows"]
        assert (rows["used"], rows["outside all areas"], rows.sum()) == (162_666 - outside, outside, 162_666)


@pytest.mark.parametrize(
    ("kind", "year", "version", "rho", "above", "below"),
    [
        ("lsoa", 2015, "published", 0.643, 40, 21),
        ("lsoa", 2019, "published", 0.660, 40, 20),
        ("lsoa", 2019, "without_crime", 0.628, 40, 19),
        ("ward", 2015, "published", 0.756, 6, 8),
        ("ward", 2019, "published", 0.761, 7, 6),
        ("ward", 2019, "without_crime", 0.728, 7, 6),
    ],
)
def test_northumbria_with_imd_2015_and_2019(shared_data, northumbria, kind, year, version, rho, above, below):
    areas, _, index, *_ = northumbria
    read = imd(shared_data / f"deprivation/imd{year}_england_lsoa11.csv")
    overlay = sh.overlay_deprivation(
        index[kind], of_northumbria(read, northumbria, kind), version=version, resamples=200, seed=1
    )
    assert overlay.findings.areas_used == len(areas[kind]) == {"lsoa": 916, "ward": 177}[kind]
    assert overlay.correlation.loc["spearman", "estimate"] == pytest.approx(rho, abs=5e-4)
    found = overlay.table["outside"].value_counts()
    # the interval is a prediction: one in twenty lies outside it where nothing is the matter
    assert (int(found["above"]), int(found["below"])) == (above, below)
    farthest = overlay.table["residual_shrunk"].idxmax()
    assert farthest == {"lsoa": "E01033543", "ward": "E05011453"}[kind]  # the middle of Newcastle
    assert overlay.table.loc[farthest, "centre_flag"]


def test_hot_areas_of_northumbria(northumbria):
    areas, _, index, *_ = northumbria
    for kind, counts in (("lsoa", [9, 9]), ("ward", [0, 0])):
        found = sh.local_gi_star(index[kind], sh.neighbours(areas[kind]), seed=1)
        assert found.counts[["hot", "cold"]].tolist() == counts
        if kind == "lsoa":
            newcastle = {"E01008438", "E01033543", "E01033545", "E01033553", "E01033554"}
            assert set(found.hot) - newcastle == {"E01008702", "E01008831", "E01008834", "E01008836"}  # Sunderland


def test_intervals_of_the_correlation(shared_data, northumbria):
    read = imd(shared_data / "deprivation/imd2019_england_lsoa11.csv")
    for kind, low, high in (("lsoa", 0.58, 0.66), ("ward", 0.65, 0.79)):
        ours = of_northumbria(read, northumbria, kind)
        overlay = sh.overlay_deprivation(northumbria[2][kind], ours, version="without_crime", seed=1)
        assert overlay.correlation.loc["spearman", ["low_95", "high_95"]].round(2).tolist() == [low, high]


def test_crime_on_both_axes_raises_the_correlation(shared_data, northumbria):
    index = northumbria[2]
    read = imd(shared_data / "deprivation/imd2019_england_lsoa11.csv")
    for kind in ("lsoa", "ward"):
        ours = of_northumbria(read, northumbria, kind)
        without, published = (
            sh.overlay_deprivation(index[kind], ours, version=version, resamples=20, seed=1)
            .correlation["estimate"]
            .item()
            for version in ("without_crime", "published")
        )
        assert 0.02 < published - without < 0.05


def test_imd_2015_has_no_domains_and_says_so(shared_data, northumbria):
    read = imd(shared_data / "deprivation/imd2015_england_lsoa11.csv")
    assert read.findings.versions == ("published",)
    with pytest.raises(ParameterError, match="IMD 2015 as read holds no domains"):
        sh.overlay_deprivation(northumbria[2]["lsoa"], read, seed=1)


def test_fuel_poverty_beside_them(shared_data, northumbria):
    areas, _, index, _, fit = northumbria
    said = {
        "households": {**FUEL, "column": "Number of households"},
        "fuel_poor": {
            **FUEL,
            "column": "Number of households in fuel poverty",
            "direction": "higher is worse",
            "denominator": "households",
        },
    }
    sent = sh.read_indicators(
        shared_data / "fuel-poverty/fuel_poverty_2020_lsoa11.csv",
        dictionary=said,
        code="LSOA Code",
        ignore=["Proportion of households fuel poor (%)"],
    )
    measures = pd.DataFrame({name: sent.values_of(name) for name in said}).reindex(areas["lsoa"].index)
    assert measures.notna().all(axis=None)
    wards = sh.roll_up(measures, fit)
    assert len(wards) == 177
    for table in (measures, wards):
        assert table.sum().to_dict() == {"households": 660_573, "fuel_poor": 95_009}
    for table, kind, rho in ((measures, "lsoa", 0.524), (wards, "ward", 0.562)):
        share = table["fuel_poor"] / table["households"]
        assert share.corr(index[kind].table["rate_shrunk"], method="spearman") == pytest.approx(rho, abs=5e-4)


def test_codes_of_2011_and_2021_lose_areas_by_name_or_none_through_the_exact_fit(shared_data, northumbria):
    areas, _, index, people, _ = northumbria
    of_2025 = imd(shared_data / "deprivation/imd2025_england_lsoa21.csv")
    with pytest.raises(AlignmentError, match="25 of 916 areas of the index are not in IMD 2025"):
        sh.overlay_deprivation(index["lsoa"], of_2025, seed=1)
    with pytest.warns(DataWarning, match="25 areas have no deprivation score"):
        overlay = sh.overlay_deprivation(index["lsoa"], of_2025, missing="leave out", resamples=20, seed=1)
    lost = overlay.table.index[overlay.table["reason"] == "no deprivation score"]
    later = gpd.read_file(shared_data / "boundaries/lsoa_2021_northumbria.gpkg")["LSOA21CD"]
    assert set(lost) == set(areas["lsoa"].index) - set(later)
    residents = people_of(
        shared_data / "population/census2021_residents_lsoa21.csv", "lsoa21_code", "total_residents", "2021-03-21"
    )
    exact = sh.read_lookup(
        shared_data / "lookups/lsoa11_lsoa21_lad22_exactfit_v3.csv",
        source="LSOA11CD",
        target="LSOA21CD",
        change="CHGIND",
        shares=residents,
    )
    assert exact.changes == {"U": 33_647, "S": 861, "M": 239, "X": 6}
    carried = sh.roll_up(replace(people, table=people.table.loc[areas["lsoa"].index]), exact)
    assert set(carried.table.index) == set(later)
    assert carried.values.sum() == pytest.approx(1_470_444)


@pytest.fixture(scope="module")
def nation(shared_data):
    """LSOAs of England and Wales, which of them were covered, and the index of any part of them."""
    areas = sh.read_boundaries(shared_data / "boundaries/lsoa_2021_ew.parquet", code="LSOA21CD", name="LSOA21NM")
    rows = pl.read_parquet(
        shared_data / "crime/june-2018/street_2018-06_ew_dedup_joined.parquet",
        columns=["Month", "Crime type", LSOA, WARD],
    )
    centroids = shared_data / "lookups/lsoa21_population_weighted_centroids_ew.csv"
    wards = sh.read_boundaries(shared_data / "boundaries/wards_2021_uk_generalised.gpkg", code="ward21_code")
    forces = sh.read_boundaries(shared_data / "boundaries/police_forces_2020_ew.gpkg", code="pfa20_name")
    with pytest.warns(DataWarning, match="8 of 35,672 points lie in no area"):
        by_ward = sh.best_fit_lookup(centroids, wards, code="LSOA21CD").table
    with pytest.warns(DataWarning, match="40 of 35,672 points lie in no area"):
        by_force = sh.best_fit_lookup(centroids, forces, code="LSOA21CD").table
    named = {*by_ward["source"][by_ward["target"].isin(set(rows[WARD].drop_nulls()))], *rows[LSOA].drop_nulls()}
    # From these two forces next to nothing arrived: their quiet is a gap, not a fact.
    silent = set(by_force["source"][by_force["target"].isin(["Cambridgeshire", "Hertfordshire"])])
    assert (len(named), len(named & silent)) == (31_779, 269)
    covered = pd.Series(areas.index.isin(named - silent), index=areas.index)
    people = people_of(
        shared_data / "population/census2021_residents_lsoa21.csv", "lsoa21_code", "total_residents", "2021-03-21"
    )
    weights = sh.load_weights("ons-css").crosswalk("police.uk", counts_from="home-office-2019-20", allow_stale=True)
    incidents = sh.read_incidents(
        rows.drop(WARD), columns={"date": "Month", "offence": "Crime type", "area_code": LSOA}
    )

    def index_of(part: gpd.GeoDataFrame) -> tuple[sh.io.Counts, sh.severity.SeverityIndex]:
        counts = sh.count_incidents(incidents, part, covered=covered[part.index], accept="outside all areas")
        with pytest.warns(ModelWarning, match="one period"):
            return counts, sh.severity_index(counts, weights, people)

    return areas, covered, people, index_of


def test_the_nation_leaves_uncovered_lsoas_out_and_its_hot_ones_are_city_centres(nation):
    areas, covered, _, index_of = nation
    counts, index = index_of(areas)
    rows = counts.accounting["rows"]
    assert (rows["used"], rows["no location"], rows["area not covered in that month"]) == (502_467, 10_080, 208)
    assert rows.sum() == 512_755
    assert (len(areas), int((~covered).sum())) == (35_672, 4_162)
    gone = covered.index[~covered]
    assert index.table.loc[gone, ["harm", "rate", "rate_shrunk"]].isna().all(axis=None)
    assert set(index.model.bands["phi_source"]) == {DEFAULT_PHI_SOURCE}
    with pytest.warns(DataWarning, match="1 of 35,672 areas has no neighbour"):
        graph = sh.neighbours(areas)
    with pytest.warns(CoverageWarning, match="4,162 of 35,672 areas have no value and leave the graph"):
        hot = sh.local_gi_star(index, graph, column="rate_shrunk", seed=1)
    with pytest.warns(CoverageWarning, match="4,162 of 35,672 areas have no value and leave the graph"):
        default = sh.local_gi_star(index, graph, seed=1)
    assert default.counts[["hot", "cold"]].tolist() == [204, 29]  # hot: 157 to 267 by twelve seeds
    assert default.findings.months == "months not tested: needs 3 months, has 1"
    assert hot.counts.to_dict() == {
        "hot": 39,
        "cold": 40,
        "not significant": 31_413,
        "island": 18,
        "not covered": 4_162,
        "no population": 0,
        "not rankable": 0,
    }
    assert set(hot.findings.not_covered) == set(gone)
    assert hot.table.loc[gone, "p"].isna().all()
    towns = areas.loc[hot.hot, "name"].str.rsplit(" ", n=1).str[0].value_counts()
    assert towns.to_dict() == {
        "Manchester": 14,
        "Westminster": 11,
        "Birmingham": 6,
        "Camden": 2,
        "Liverpool": 2,
        "Blackpool": 1,
        "City of London": 1,
        "Salford": 2,
    }


def test_england_with_imd_2025(nation, shared_data):
    areas, _, _, index_of = nation
    england = areas[areas.index.str.startswith("E")]
    read = imd(shared_data / "deprivation/imd2025_england_lsoa21.csv")
    _, index = index_of(england)
    overlay = sh.overlay_deprivation(index, read, resamples=20, seed=1)
    assert (overlay.findings.areas_used, overlay.findings.areas_left_out) == (29_805, 3_950)
    assert overlay.correlation.loc["spearman", "estimate"] == pytest.approx(0.544, abs=5e-4)
    found = overlay.table["outside"].value_counts()
    assert (int(found["above"]), int(found["below"])) == (1_411, 58)
    assert overlay.table["reason"].str.startswith("covered 0").sum() == 3_950


def test_wales_with_its_own_index_carried_to_the_lsoas_of_2021(nation, shared_data):
    areas, _, people, index_of = nation
    wales = areas[areas.index.str.startswith("W")]
    read = imd(shared_data / "deprivation/imd2019_wales_lsoa11.csv")
    exact = sh.read_lookup(
        shared_data / "lookups/lsoa11_lsoa21_lad22_exactfit_v3.csv",
        source="LSOA11CD",
        target="LSOA21CD",
        change="CHGIND",
        shares=people,
    )
    older = people_of(
        shared_data / "population/population_mid2020_lsoa11.csv", "lsoa11_code", "total_population", "2020-06-30"
    )
    carried = sh.roll_up(read, exact, how="mean", population=older)
    assert set(carried.table.index) == set(wales.index)
    assert len(read.table) == 1_909
    _, index = index_of(wales)
    overlay = sh.overlay_deprivation(index, carried, resamples=200, seed=1)
    assert (overlay.findings.areas_used, overlay.findings.areas_left_out) == (1_705, 212)
    assert overlay.correlation.loc["spearman", "estimate"] == pytest.approx(0.565, abs=5e-4)
    with pytest.raises(AlignmentError, match="None of the 1,917 areas"):
        sh.overlay_deprivation(index, imd(shared_data / "deprivation/imd2025_england_lsoa21.csv"), seed=1)
