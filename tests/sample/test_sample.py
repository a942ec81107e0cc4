"""The packaged sample: small, fictional, whole, with every fault of real files and a truth that can be found again."""

from __future__ import annotations

import hashlib
import importlib.util
import inspect
from pathlib import Path

import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely

from socharm.errors import ParameterError
from socharm.io.boundaries import read_boundaries
from socharm.io.incidents.count import count_incidents
from socharm.io.incidents.places import PLACE_KINDS, place_codes
from socharm.io.incidents.reading import read_incidents
from socharm.io.indicators import read_indicators
from socharm.io.population import read_population
from socharm.io.weights import load_weights
from socharm.offences import canonical_offence, category_of
from socharm.sample.load import SAMPLE_PERIOD, Sample, crime_ids, load_sample
from socharm.sample.tables import encode_force, read_codes

PACKAGED = Path(inspect.unwrap(load_sample).__code__.co_filename).parent / "packaged"
TABLES = ("lsoas", "wards", "districts", "lsoa_measures", "points", "incidents", "extract", "indicators")


@pytest.fixture(scope="module")
def sample() -> Sample:
    return load_sample()


@pytest.fixture(scope="module")
def street(sample):
    return sample.street


@pytest.fixture(scope="module")
def counts(sample):
    return count_incidents(sample.incidents, sample.wards)


@pytest.fixture(scope="module")
def weights():
    return load_weights("ons-css").crosswalk("police.uk", counts_from="home-office-2019-20", allow_stale=True).weights


@pytest.fixture(scope="module")
def written(sample, tmp_path_factory) -> Path:
    return sample.write(tmp_path_factory.mktemp("sample") / "input")


# --- size and shape


def test_the_package_grows_by_at_most_a_megabyte_and_a_half():
    assert sum(file.stat().st_size for file in PACKAGED.iterdir()) <= 1_500_000


def test_it_has_the_promised_parts(sample, street):
    assert (len(sample.districts), len(sample.wards), len(sample.lsoas)) == (5, 100, 600)
    assert len(street) >= 100_000
    assert street["Month"].nunique() == SAMPLE_PERIOD.n_months == 24
    assert len(sample.extract) >= 5_000
    assert sample.about.marking == "OFFICIAL"
    assert sample.extract_incidents.about.marking == "OFFICIAL-SENSITIVE"
    assert "does not exist" in repr(sample)


def test_the_packaged_tables_are_what_the_generator_makes(repository, tmp_path):
    source = repository / "data" / "build_sample.py"
    spec = importlib.util.spec_from_file_location("build_sample", source)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.build(tmp_path)
    for name in set(TABLES) - {"lsoas"}:
        pd.testing.assert_frame_equal(read_codes(name, tmp_path), read_codes(name, None), rtol=1e-9)
    fresh = pd.read_parquet(tmp_path / "lsoas.parquet")
    pd.testing.assert_frame_equal(fresh, pd.read_parquet(PACKAGED / "lsoas.parquet"))


def test_a_folder_without_tables_is_told(tmp_path):
    with pytest.raises(ParameterError, match=r"lsoas.parquet' is missing.*build_sample"):
        load_sample(tmp_path)


# --- nothing in it is real


def test_codes_cannot_be_real(sample):
    for areas, prefix in ((sample.lsoas, "X01"), (sample.wards, "X05"), (sample.districts, "X08")):
        assert areas.index.str.fullmatch(prefix + r"\d{6}").all()
        assert areas.index.is_unique
        assert areas["name"].is_unique


@pytest.mark.real
def test_no_name_is_one_of_a_real_ward_or_district(sample, shared_data):
    real = pd.read_parquet(shared_data / "boundaries" / "wards_2025_ew.parquet", columns=["WD25NM", "LAD25NM"])
    known = {name.casefold() for column in real for name in real[column].dropna()}
    ours = {name.casefold() for areas in (sample.wards, sample.districts) for name in areas["name"]}
    assert ours & known == set()


@pytest.mark.real
def test_it_lies_where_nobody_lives(sample, shared_data):
    import geopandas as gpd

    real = gpd.read_parquet(shared_data / "boundaries" / "wards_2025_ew.parquet").to_crs(27700)
    ours = sample.districts.geometry.union_all().buffer(20_000)
    assert not real.intersects(ours).any()


def test_it_lies_in_plausible_coordinates(street):
    assert street["Longitude"].dropna().between(-6.5, 1.9).all()
    assert street["Latitude"].dropna().between(49.8, 55.9).all()


# --- areas nest


def test_areas_nest_exactly(sample):
    shapes = sample.lsoas.geometry
    assert shapes.is_valid.all()
    assert shapely.coverage_is_valid(shapes.to_numpy())
    by_ward = shapes.area.groupby(sample.lsoas["parent"]).sum()
    np.testing.assert_allclose(sample.wards.geometry.area, by_ward.reindex(sample.wards.index), rtol=1e-12)
    by_district = sample.wards.geometry.area.groupby(sample.wards["parent"]).sum()
    np.testing.assert_allclose(sample.districts.geometry.area, by_district.reindex(sample.districts.index), rtol=1e-12)


def test_no_two_wards_overlap_and_each_is_one_piece(sample):
    assert shapely.coverage_is_valid(sample.wards.geometry.to_numpy())
    assert set(sample.wards.geom_type) == {"Polygon"}


def test_one_ward_is_an_island(sample):
    touching = sample.wards.geometry.apply(lambda ward: sample.wards.geometry.intersects(ward).sum() - 1)
    assert (touching == 0).sum() == 1


def test_lsoas_lie_in_their_wards(sample):
    inner = shapely.point_on_surface(sample.lsoas.geometry.to_numpy())
    wards = sample.wards.geometry.reindex(sample.lsoas["parent"]).to_numpy()
    assert shapely.contains(wards, inner).all()


def test_stated_lsoas_are_those_of_the_points(sample, street):
    points = street.dropna(subset="Longitude").drop_duplicates(["Longitude", "Latitude"])
    way = pyproj.Transformer.from_crs(4326, 27700, always_xy=True)
    x, y = way.transform(points["Longitude"].to_numpy(), points["Latitude"].to_numpy())
    inside = points["LSOA code"].isin(sample.lsoas.index).to_numpy()
    shapes = sample.lsoas.geometry.reindex(points["LSOA code"][inside]).to_numpy()
    assert shapely.dwithin(shapes, shapely.points(x[inside], y[inside]), 2.5).all()
    assert not shapely.contains_xy(sample.districts.geometry.union_all(), x[~inside], y[~inside]).any()


# --- the faults of real files


def test_anti_social_behaviour_has_no_id_and_no_outcome(street):
    asb = street["Crime type"] == "Anti-social behaviour"
    assert street.loc[asb, "Crime ID"].isna().all()
    assert street.loc[asb, "Last outcome category"].isna().all()
    assert street.loc[~asb, "Crime ID"].str.fullmatch(r"[0-9a-f]{64}").all()
    assert street[asb].duplicated().sum() > 1_000  # genuine, and to be kept


def test_some_rows_have_no_location(street):
    lost = street["Longitude"].isna()
    assert 0.004 < lost.mean() < 0.02
    assert set(street.loc[lost, "Location"]) == {"No Location"}
    assert street.loc[lost, ["Latitude", "LSOA code", "LSOA name"]].isna().all(axis=None)


def test_some_rows_lie_outside_the_force(street):
    assert 100 < (street["LSOA code"] == "X01990001").sum() < 400


def test_some_rows_are_copies_and_some_ids_repeat(street):
    crimes = street.dropna(subset="Crime ID")
    copies = crimes.duplicated()
    repeated = crimes["Crime ID"].duplicated()
    assert copies.sum() == 70
    assert repeated.sum() == 210
    pairs = crimes[crimes["Crime ID"].duplicated(keep=False)].groupby("Crime ID")
    assert (pairs["Location"].nunique() >= 2).sum() > 20
    assert (pairs["Last outcome category"].nunique() >= 2).sum() > 50


def test_old_spellings_meet_the_new_key(street):
    labels = set(street["Crime type"])
    assert {"Violence and Sexual Offences", "Violent crime", "Violence and sexual offences"} <= labels
    assert len({canonical_offence(label) for label in labels}) == 14


def test_points_are_snapped_and_places_that_generate_reports_are_named(street):
    points = street.dropna(subset="Longitude").drop_duplicates(["Longitude", "Latitude", "Location"])
    assert not points.duplicated(["Longitude", "Latitude"]).any()
    assert len(points) < 0.05 * len(street)
    named = ("", *PLACE_KINDS)
    kinds = {named[place_codes()[text]] for text in {*street["Location"]} & {*place_codes()}}
    assert {"police-station", "hospital", "supermarket", "prison"} <= kinds
    assert street["Location"].str.startswith("On or near Hospital ").any()  # a street, not a hospital


def test_every_row_is_accounted_for(counts, street):
    rows = counts.accounting["rows"]
    assert counts.rows_read == len(street)
    assert rows["no location"] > 1_000
    assert rows["outside all areas"] > 200
    assert rows["whole-row copy"] >= 65
    assert rows["date cannot be parsed"] == 0
    assert counts.coverage.all(axis=None)


# --- crime is as in life


def test_crime_is_concentrated(street):
    by_point = street.dropna(subset="Longitude").groupby(["Longitude", "Latitude"]).size().sort_values(ascending=False)
    share = by_point.cumsum() / by_point.sum()
    places = len(read_codes("points", None))
    # Weisburd (2015): half of a city's crime at 4 to 6% of its street segments, those without crime included.
    assert 0.45 < share.iloc[int(0.05 * places)] < 0.55


def test_rates_are_those_of_an_average_force(counts, sample):
    yearly = counts.table.groupby("offence")["n"].sum() / 2 / sample.population.values.sum() * 1_000
    assert yearly.sum() == pytest.approx(98, rel=0.1)
    assert yearly["violence-and-sexual-offences"] == pytest.approx(33, rel=0.1)
    assert yearly["robbery"] == pytest.approx(0.95, rel=0.15)


def test_seasons_turn(counts):
    table = counts.table[counts.table["offence"] == "bicycle-theft"]
    by_month = table.groupby(table["period"].dt.month)["n"].sum()
    assert by_month[[6, 7, 8]].sum() > 1.4 * by_month[[12, 1, 2]].sum()


def test_deprivation_goes_with_harm(sample, street, weights):
    harm = street["Crime type"].map(canonical_offence).map(weights).groupby(street["LSOA code"]).sum()
    rate = harm.reindex(sample.lsoas.index) / sample.people["resident"]
    assert 0.5 < rate.corr(sample.deprivation["IMD_score"], method="spearman") < 0.75


def test_deprivation_ranks_run_against_scores(sample):
    table = sample.deprivation
    assert len([column for column in table if column.endswith("_rank")]) == 8
    for domain in ("IMD", "Income", "Employment", "Education", "Health", "Crime"):
        assert table[f"{domain}_rank"].corr(table[f"{domain}_score"], method="spearman") < -0.98
        assert table[f"{domain}_rank"].between(1, 33_755).all()
        assert table[f"{domain}_decile"].between(1, 10).all()


def test_populations_are_of_two_kinds_and_add_up(sample):
    for kind in ("resident", "workday"):
        small, large = sample.populations[f"lsoa-{kind}"], sample.populations[f"ward-{kind}"]
        assert small.kind == large.kind == kind
        assert small.values.sum() == large.values.sum()
        assert list(large.values.index) == list(sample.wards.index)
    ratio = sample.populations["ward-workday"].values / sample.population.values
    assert ratio.max() > 2 > 1 > ratio.median()


def test_lookup_leads_every_lsoa_to_its_ward(sample):
    assert sample.lookup.as_mapping() == sample.lsoas["parent"].to_dict()


# --- what was planted can be found again


def test_hot_wards_have_the_harm_that_was_planted(counts, sample, weights):
    truth = sample.truth
    hot = truth["kind"] == "hot"
    assert truth.loc[hot, "effect"].between(1.5, 2.0).all()
    assert hot.sum() == 8
    ratio = _events(counts, truth) / _expected_events(sample, counts)
    np.testing.assert_allclose(ratio[hot], truth.loc[hot, "effect"], rtol=0.25)
    rate = _harm(counts, weights) / 2 / sample.population.values
    level = rate[~hot].sum() / truth.loc[~hot, "rate"].sum()
    assert (rate[hot] / truth.loc[hot, "rate_base"] / level).mean() == pytest.approx(
        truth.loc[hot, "effect"].mean(), rel=0.06
    )


def test_changed_wards_changed_by_a_fifth_and_the_others_did_not(counts, sample):
    truth = sample.truth
    months = counts.table["period"].astype(str)
    later = counts.table[months >= "2024-10"].groupby("area_code")["n"].sum()
    before = counts.table[months < "2024-10"].groupby("area_code")["n"].sum()
    change = later / before
    level = change[~truth["kind"].isin(["change"])].median()
    for effect in (0.8, 1.2):
        chosen = (truth["kind"] == "change") & (truth["effect"] == effect)
        assert chosen.sum() == 6
        assert (change[chosen] / level).mean() == pytest.approx(effect, rel=0.05)
    steady = truth["kind"] == "no-change"
    assert steady.sum() == 12
    assert (change[steady] / level).mean() == pytest.approx(1.0, abs=0.05)
    assert (truth.loc[~(truth["kind"] == "change"), ["rate", "rate_before"]].diff(axis=1)["rate_before"] == 0).all()


def test_the_truth_orders_wards_much_as_the_record_does(counts, sample, weights):
    rate = _harm(counts, weights) / 2 / sample.population.values
    expected = (sample.truth["rate"] + sample.truth["rate_before"]) / 2
    assert rate.corr(expected, method="spearman") > 0.95


def _harm(counts, weights) -> pd.Series:
    table = counts.table
    return (table["n"] * table["offence"].map(weights).fillna(0)).groupby(table["area_code"]).sum()


def _events(counts, truth) -> pd.Series:
    return counts.table.groupby("area_code")["n"].sum().reindex(truth.index)


def _expected_events(sample, counts) -> pd.Series:
    """Crimes that the wards' harm rates foretell without the effect, at the force's level of crimes for harm."""
    base = sample.truth["rate_base"] * sample.population.values
    plain = sample.truth["kind"].isin(["ordinary", "no-change"])
    return base * _events(counts, sample.truth)[plain].sum() / base[plain].sum()


# --- a force's own extract


def test_extract_speaks_of_the_same_crimes(sample, street):
    extract = sample.extract
    assert extract["crime_id"].is_unique
    rows = street.drop_duplicates("Crime ID").set_index("Crime ID").reindex(extract["crime_id"])
    assert (rows["Month"].to_numpy() == extract["date_recorded"].str[:7].to_numpy()).all()
    stated = rows["Crime type"].map(canonical_offence).to_numpy()
    mapped = extract["offence_code"].map(canonical_offence).map(category_of)
    assert (mapped.to_numpy() == stated).all()
    assert (extract["date_committed"] <= extract["date_recorded"]).all()


def test_every_offence_of_the_extract_has_a_weight(sample):
    keys = set(sample.extract["offence_code"].map(canonical_offence))
    assert keys <= set(load_weights("ons-css").weights.index)
    assert len(keys) > 60


def test_extract_is_counted_with_its_flags(sample):
    counts = count_incidents(sample.extract_incidents, sample.wards)
    assert counts.accounting["rows"].drop("used").sum() == 0
    flags = counts.flagged.groupby("flag")["n"].sum()
    assert {"domestic_abuse", "knife", "repeat_location"} <= set(flags.index)
    assert flags["domestic_abuse"] == (sample.extract["domestic_abuse"] == "Y").sum()


def test_extract_and_street_agree_by_lsoa(sample, street):
    counts = count_incidents(sample.extract_incidents, sample.lsoas)
    mine = street[street["Crime ID"].isin(sample.extract["crime_id"])]
    once = mine.groupby("LSOA code").size().reindex(sample.lsoas.index, fill_value=0)
    repeats = mine["Crime ID"].duplicated().sum()
    assert (once - counts.total()).abs().sum() == repeats
    assert repeats < 100


# --- partners


def test_indicators_come_with_their_gaps(sample):
    indicators = sample.indicators
    assert indicators.not_sent == ("ambulance_assault_callouts",)
    assert indicators.dictionary.loc["community_cohesion", "period"] == "2014"
    assert indicators.dictionary.loc["mapped_ocgs", "police_driven"]
    assert indicators.about.marking == "OFFICIAL-SENSITIVE"
    mapped = indicators.values_of("mapped_ocgs")
    assert (mapped == mapped.round()).all()
    scores = indicators.values_of("morile_impact")
    assert scores.notna().equals((mapped > 0).rename(scores.name))
    assert indicators.values_of("confidence_in_policing_n").between(20, 100).all()
    assert 0 < indicators.values_of("persistent_absence").isna().sum() < 10


# --- files


def test_written_files_are_read_as_an_analyst_would(sample, written, counts):
    wards = read_boundaries(
        written / "wards.gpkg", code="ward_code", name="ward_name", parent="district_code", force="force_name"
    )
    assert wards["name"].equals(sample.wards["name"].astype(wards["name"].dtype))
    assert wards["parent"].tolist() == sample.wards["parent"].tolist()
    people = read_population(
        written / "population_wards.csv", code="ward_code", value="residents", kind="resident", date="2024-06-30"
    )
    pd.testing.assert_series_equal(people.values, sample.population.values)
    again = count_incidents(read_incidents(written / "police-uk"), wards)
    pd.testing.assert_frame_equal(again.accounting, counts.accounting)
    pd.testing.assert_frame_equal(again.table, counts.table)
    read = read_indicators(written / "indicators.csv", dictionary=written / "dictionary.toml", areas=wards)
    assert read.not_sent == sample.indicators.not_sent


def test_writing_twice_gives_the_same_bytes(sample, written, tmp_path):
    again = sample.write(tmp_path / "again")
    files = sorted(path.relative_to(written) for path in written.rglob("*") if path.is_file())
    assert len(files) == 24 + 11
    for file in files:
        assert _digest(written / file) == _digest(again / file), str(file)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_ids_are_hashes_of_the_row_number():
    ids = crime_ids(np.array([-1, 0]))
    assert ids[0] == ids[1] == hashlib.sha256(b"calderwick:0").hexdigest()


def test_a_force_of_ones_own_can_be_loaded(tmp_path):
    from socharm.sample.synthetic import make_force

    force = make_force(3, n_lsoas=100, n_wards=20, n_hot=2, n_change=2, n_steady=2, volume=0.1)
    for name, table in encode_force(force).items():
        table.to_parquet(tmp_path / f"{name}.parquet", index=False)
    own = load_sample(tmp_path)
    assert len(own.wards) == 20
    assert len(own.street) == len(force.incidents)
    assert own.truth["kind"].value_counts()["hot"] == 2
    assert own.indicators.not_sent == ("ambulance_assault_callouts",)


def test_a_force_of_other_months_is_not_packed():
    from socharm.sample.synthetic import make_force

    force = make_force(3, n_lsoas=100, n_wards=20, n_hot=2, n_change=2, n_steady=2, period=("2024-01", "2024-12"))
    with pytest.raises(ParameterError, match="covers 2024-01 to 2024-12"):
        encode_force(force)
