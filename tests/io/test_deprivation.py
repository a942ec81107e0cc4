"""Indices of deprivation: read as published, rebuilt from their domains, rolled up to larger areas."""

from __future__ import annotations

import gzip

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socharm.errors import DataWarning, ParameterError, SchemaError
from socharm.io.deprivation import read_deprivation
from socharm.io.deprivation_editions import EDITIONS
from socharm.io.lookups import read_lookup
from socharm.io.rolling import roll_up
from socharm.overlay.imd import rebuild_imd
from socharm.stats.deprivation_scores import deciles, exponential_score, extent_weight

DOMAINS = ["Income", "Employment", "Education", "Health", "Crime", "Housing_and_Access", "Environment"]


def england(n=6, **columns):
    codes = [f"E0100{i:04d}" for i in range(1, n + 1)]
    ranks = {f"{name}_rank": [(i * (3 + k)) % 32_844 + 1 for i in range(n)] for k, name in enumerate(DOMAINS)}
    table = {"lsoa11_code": codes, "IMD_rank": list(range(1, n + 1)), **ranks, **columns}
    return pd.DataFrame(table)


def lookup_of(pairs):
    return read_lookup(pd.DataFrame(pairs, columns=["s", "t"]), source="s", target="t")


def test_transformed_scores_are_those_of_the_technical_report():
    # IoD 2019 technical report: 0 to 100, and the most deprived tenth above 50.
    score = exponential_score(np.arange(1.0, 1001.0), 1000)
    assert score[0] == pytest.approx(100)
    assert (score[:100] > 50).all()
    assert (score[103:] < 50).all()
    assert (np.diff(score) < 0).all()
    assert 0 < score[-1] < score[0] + 1e-9


def test_first_lsoas_of_2025_by_hand(tmp_path):
    # Published ranks and score of E01000001 (City of London), English Indices of Deprivation 2025, File 7.
    path = tmp_path / "imd2025.csv"
    path.write_text(
        "LSOA code (2021),Index of Multiple Deprivation (IMD) Score,"
        "Index of Multiple Deprivation (IMD) Rank (where 1 is most deprived),"
        "Index of Multiple Deprivation (IMD) Decile (where 1 is most deprived 10% of LSOAs),"
        "Income Score (rate),Income Rank (where 1 is most deprived),Employment Rank (where 1 is most deprived),"
        '"Education, Skills and Training Rank (where 1 is most deprived)",'
        "Health Deprivation and Disability Rank (where 1 is most deprived),Crime Rank (where 1 is most deprived),"
        "Barriers to Housing and Services Rank (where 1 is most deprived),"
        "Living Environment Rank (where 1 is most deprived),"
        "Income Deprivation Affecting Children Index (IDACI) Rank (where 1 is most deprived)\n"
        "E01000001,8.742,26525,8,0.013,33730,33708,33755,33108,33698,29220,244,33000\n",
        encoding="utf-8-sig",
    )
    found = read_deprivation(path)
    assert (found.findings.index, found.findings.areas_of_nation) == ("IMD 2025", 33_755)
    assert rebuild_imd(found)["score"].iloc[0] == pytest.approx(8.742, abs=0.0007)
    row = found.table.loc["E01000001"]
    assert (row["rank"], row["decile"], row["rank_income"], row["score_income"]) == (26_525, 8, 33_730, 0.013)
    assert row["score_without_crime"] > row["score"]  # crime is the domain in which it does best


def test_versions_and_settings_of_a_file_without_domains(tmp_path):
    path = tmp_path / "imd2015.csv"
    path.write_text("lsoa11_code,IMD_score,IMD_rank,IMD_decile\nE01031349,12.389,21352,7\n")
    found = read_deprivation(path)
    assert found.findings.versions == ("published",)
    assert found.scores("published").tolist() == [12.389]
    with pytest.raises(ParameterError, match="IMD 2015 as read holds no domains"):
        found.scores("without_crime")
    with pytest.raises(ParameterError, match="cannot be rebuilt"):
        rebuild_imd(found)
    assert "IMD 2015, England" in repr(found)


def test_a_year_is_asked_for_where_nothing_tells_it():
    with pytest.raises(ParameterError, match="State `year=`"):
        read_deprivation(england())
    with pytest.raises(ParameterError, match=r"is of 2004, an edition that is not known here\. State `year=`"):
        read_deprivation(england(), year=2004)
    assert read_deprivation(england(), year=2019).findings.score == "rebuilt from the domain ranks"


def test_both_nations_in_one_file_are_refused():
    table = england()
    table.loc[0, "lsoa11_code"] = "W01000001"
    with pytest.raises(SchemaError, match=r"codes of several nations: \{'England': 5, 'Wales': 1\}"):
        read_deprivation(table, year=2019)


def test_every_fault_is_told_at_once():
    table = england().astype({"IMD_rank": object, "Crime_rank": object})
    table.loc[1, "IMD_rank"] = "40000"
    table.loc[2, "Crime_rank"] = "2.5"
    table.loc[3, "lsoa11_code"] = "E01000001"
    table.loc[3, "lsoa11_code"] = table.loc[0, "lsoa11_code"]
    table.loc[4, "IMD_rank"] = "n/a"
    with pytest.raises(SchemaError) as caught:
        read_deprivation(table, year=2019)
    for part in (
        "no rank from 1 to 32,844",
        "'2.5' is no rank",
        "stands more than once",
        "row 5, column 'IMD_rank': has no rank",
    ):
        assert part in str(caught.value)


def test_files_of_something_else_are_refused():
    with pytest.raises(SchemaError, match="no rank of the index"):
        read_deprivation(pd.DataFrame({"code": ["E01000001"], "x": [1]}))
    with pytest.raises(SchemaError, match="no column of LSOA codes"):
        read_deprivation(pd.DataFrame({"district": ["E08000021"], "IMD_rank": [1]}))


def test_a_domain_may_be_missing_and_then_there_is_no_version_without_crime():
    found = read_deprivation(england().drop(columns="Health_rank"), year=2019)
    assert found.findings.versions == ("published",)
    assert found.findings.score == "exponential transformation of the rank"


def test_leaving_a_domain_out():
    table = pd.DataFrame({"rank_a": [1, 2, 3], "rank_b": [3, 2, 1]}, index=["X", "Y", "Z"])
    weights = {"a": 1.0, "b": 1.0}
    assert rebuild_imd(table, weights=weights, without=("a",))["rank"].to_dict() == {"X": 3, "Y": 2, "Z": 1}
    with pytest.raises(ParameterError, match="which are no domains"):
        rebuild_imd(table, weights=weights, without=("crimes",))
    with pytest.raises(ParameterError, match="leaves no domain"):
        rebuild_imd(table, weights=weights, without=("a", "b"))
    with pytest.raises(SchemaError, match="ranks outside 1 to 2"):
        rebuild_imd(table, weights=weights, areas_of_nation=2)


@given(order=st.permutations(range(8)))
@settings(max_examples=20, deadline=None)
def test_rebuilding_does_not_depend_on_the_order_of_areas(order):
    rng = np.random.default_rng(3)
    table = pd.DataFrame({f"rank_{d}": rng.permutation(8) + 1 for d in EDITIONS[0].weights}, index=list("ABCDEFGH"))
    pd.testing.assert_frame_equal(rebuild_imd(table).iloc[order], rebuild_imd(table.iloc[order]))


def test_wales_has_its_own_weights():
    assert [round(sum(edition.weights.values()), 9) for edition in EDITIONS if edition.weights] == [
        0.999, 0.999, 0.999, 1.0, 1.0, 1.0, 0.999
    ]  # fmt: skip


# --- rolling up ---


def test_mean_share_and_extent_of_a_ward_by_hand():
    table = england(3)
    table["IMD_rank"] = [1, 3_285, 32_844]  # 3,284.4 areas are the most deprived tenth
    found = read_deprivation(table, year=2019)
    lookup = lookup_of([(code, "W1") for code in found.table.index])
    people = pd.Series([1_000.0, 2_000.0, 1_000.0], index=found.table.index)
    ward = roll_up(found, lookup, how="mean", population=people)
    assert ward.table.loc["W1", "score"] == pytest.approx(np.average(found.table["score"], weights=people))
    assert ward.table.loc["W1", "share_most_deprived"] == pytest.approx(0.25)
    assert ward.table.loc["W1", "extent"] == pytest.approx((1_000 * 1 + 2_000 * 0.95) / 4_000)
    assert (ward.table.loc["W1", "rank"], ward.table.loc["W1", "population"]) == (1, 4_000)
    assert roll_up(found, lookup, how="extent", population=people).to_dict() == {"W1": pytest.approx(0.725)}
    assert "mean over residents" in ward.findings.geography
    twice = roll_up(ward, lookup_of([("W1", "D1")]), how="mean", population=pd.Series({"W1": 4_000.0}))
    assert twice.table.loc["D1", "extent"] == pytest.approx(0.725)


def test_rules_that_need_people_say_so():
    found = read_deprivation(england(), year=2019)
    lookup = lookup_of([(code, "W1") for code in found.table.index])
    with pytest.raises(ParameterError, match="averaged over people"):
        roll_up(found, lookup)
    with pytest.raises(ParameterError, match="averaged over people"):
        roll_up(pd.Series({"E01000001": 3.0}), lookup, how="mean")
    with pytest.raises(ParameterError, match="needs ranks"):
        roll_up(pd.Series({"E01000001": 3.0}), lookup, how="extent")
    with pytest.raises(ParameterError, match="population of 0"):
        roll_up(found, lookup, how="mean", population=pd.Series(0.0, index=found.table.index))
    with pytest.raises(ParameterError, match="negative"):
        roll_up(found, lookup, how="mean", population=pd.Series(-1.0, index=found.table.index))
    with pytest.raises(ParameterError, match="deciles from 1"):
        roll_up(
            pd.Series({"E01000001": 33.0}),
            lookup,
            how="share_most_deprived",
            population=pd.Series({"E01000001": 5.0}),
        )


def test_codes_of_the_other_nation_are_no_part_of_the_lookup():
    found = read_deprivation(england(), year=2019)
    with pytest.raises(ParameterError, match="none of the 6 codes"):
        roll_up(found, lookup_of([("W01000001", "W1")]), how="mean", population=pd.Series(1.0, index=found.table.index))


def test_a_part_without_people_is_missing_and_named():
    found = read_deprivation(england(2), year=2019)
    lookup = lookup_of([("E01000001", "W1"), ("E01000002", "W2"), ("E01000003", "W2")])
    people = pd.Series(1_000.0, index=["E01000001", "E01000002"])
    with pytest.warns(DataWarning, match="1 area lacks a part"):
        wards = roll_up(found, lookup, how="mean", population=people)
    assert wards.table["score"].isna().tolist() == [False, True]
    assert wards.table["rank"].isna().tolist() == [False, True]


@given(
    values=st.lists(st.floats(-1e3, 1e3), min_size=4, max_size=4),
    people=st.lists(st.integers(1, 10_000), min_size=4, max_size=4),
    shift=st.floats(-100, 100),
)
@settings(max_examples=25, deadline=None)
def test_a_mean_lies_between_its_parts_and_follows_a_shift(values, people, shift):
    index = ["A", "B", "C", "D"]
    series, weight = pd.Series(values, index=index), pd.Series(people, index=index, dtype=float)
    lookup = lookup_of([("A", "W1"), ("B", "W1"), ("C", "W2"), ("D", "W2")])
    mean = roll_up(series, lookup, how="mean", population=weight)
    assert min(values[:2]) - 1e-9 <= mean["W1"] <= max(values[:2]) + 1e-9
    moved = roll_up(series + shift, lookup, how="mean", population=weight)
    np.testing.assert_allclose(moved, mean + shift, atol=1e-8)


def test_deciles_and_extent_have_the_published_edges():
    assert deciles(np.array([3_284.0, 3_285.0]), 32_844).tolist() == [1.0, 2.0]
    assert extent_weight(np.array([3_284.0, 3_285.0, 9_853.0, 9_854.0]), 32_844).round(3).tolist() == [1, 0.95, 0.05, 0]


# --- against what was published ---


def test_published_2025_scores_and_ranks_are_reproduced(shared_references):
    # MHCLG, English Indices of Deprivation 2025 (references/f07_imd2025).
    with gzip.open(shared_references / "f07_imd2025" / "imd2025_lsoa.csv.gz", "rt") as file:
        published = pd.read_csv(file)
    found = read_deprivation(published, year=2025)
    rebuilt = rebuild_imd(found)
    assert (rebuilt["score"] - found.table["score"]).abs().max() <= 0.0007
    assert (rebuilt["rank"] == found.table["rank"]).mean() >= 0.999
    assert (rebuilt["rank"] - found.table["rank"]).abs().max() <= 1
    assert (rebuilt["decile"] == found.table["decile"]).all()
    by_district = published.groupby("ltla24_code")["IMD_decile"].agg(lambda d: (d == 1).mean())
    assert by_district["E08000032"] == pytest.approx(0.3686, abs=1e-4)  # Bradford


@pytest.mark.real
def test_published_ranks_of_2019_and_of_wales_are_reproduced(shared_data):
    found = read_deprivation(shared_data / "deprivation" / "imd2019_england_lsoa11.csv")
    rebuilt = rebuild_imd(found)
    assert (rebuilt["rank"] == found.table["rank"]).mean() == pytest.approx(0.9967, abs=5e-5)
    assert (rebuilt["rank"] - found.table["rank"]).abs().max() == 2
    moved = rebuild_imd(found, without=("crime",))["decile"] != found.table["decile"]
    assert moved.mean() == pytest.approx(0.197, abs=5e-4)
    wales = read_deprivation(shared_data / "deprivation" / "imd2019_wales_lsoa11.csv")
    assert (rebuild_imd(wales)["score"] - wales.table["score"]).abs().max() < 1e-7
    assert (rebuild_imd(wales)["rank"] == wales.table["rank"]).all()


@pytest.mark.real
def test_districts_of_2019_come_close_to_the_published_summaries(shared_data):
    # The publisher weights by mid-2015 residents, who are not at hand; mid-2020 residents stand in.
    found = read_deprivation(shared_data / "deprivation" / "imd2019_england_lsoa11.csv")
    rows = pd.read_csv(shared_data / "population" / "population_mid2020_lsoa11.csv").set_index("lsoa11_code")
    lookup = read_lookup(
        shared_data / "lookups" / "lookup_lsoa11_ltla21.csv", source="lsoa11_code", target="ltla21_code"
    )
    districts = roll_up(found, lookup, how="mean", population=rows["total_population"])
    published = pd.read_csv(shared_data / "deprivation" / "imd2019_england_ltla23.csv").set_index("ltla23_code")
    both = districts.table.join(published, how="inner").dropna(subset=["score", "Score"])
    assert len(both) > 250
    assert (both["score"] - both["Score"]).abs().median() < 0.1
    assert (both["extent"] - both["Extent"]).abs().median() < 0.005


# --- between LSOAs of 2011 and 2021 ---


def changed(rows):
    return pd.DataFrame(rows, columns=["LSOA11CD", "LSOA21CD", "CHGIND"])


def test_change_flags_are_checked_and_counted_and_totals_conserved():
    rows = changed(
        [("A", "A", "U"), ("B", "B1", "S"), ("B", "B2", "S"), ("C", "CD", "M"), ("D", "CD", "M"), ("E", "F", "X")]
    )
    sizes = pd.Series({"A": 10.0, "B1": 30.0, "B2": 10.0, "CD": 50.0, "F": 5.0})
    lookup = read_lookup(rows, source="LSOA11CD", target="LSOA21CD", shares=sizes, change="CHGIND")
    assert lookup.changes == {"U": 1, "S": 1, "M": 2, "X": 1}
    assert "U 1, S 1, M 2, X 1" in repr(lookup)
    values = pd.Series({"A": 1.0, "B": 40.0, "C": 2.0, "D": 3.0, "E": 4.0})
    rolled = roll_up(values, lookup)
    assert rolled.to_dict() == {"A": 1.0, "B1": 30.0, "B2": 10.0, "CD": 5.0, "F": 4.0}
    assert rolled.sum() == values.sum()


def test_flags_that_contradict_the_pairs_are_faults():
    with pytest.raises(SchemaError) as caught:
        read_lookup(
            changed([("A", "A1", "U"), ("A", "A2", "U"), ("B", "C", "Q")]),
            source="LSOA11CD",
            target="LSOA21CD",
            shares=pd.Series({"A1": 1.0, "A2": 1.0, "C": 1.0}),
            change="CHGIND",
        )
    assert "'Q' is no change flag" in str(caught.value)
    assert "'U' does not fit the codes" in str(caught.value)


@pytest.mark.real
def test_residents_are_conserved_from_2021_to_2011_and_back(shared_data):
    path = shared_data / "lookups" / "lsoa11_lsoa21_lad22_exactfit_v3.csv"
    people = pd.read_csv(shared_data / "population" / "census2021_residents_lsoa21.csv").set_index("lsoa21_code")
    residents = people["total_residents"].astype(float)
    forward = read_lookup(path, source="LSOA11CD", target="LSOA21CD", shares=residents, change="CHGIND")
    assert forward.changes["U"] > 30_000
    assert forward.table["source"].nunique() == 34_753
    old = pd.Series(1.0, index=sorted(forward.table["source"].unique()))
    assert roll_up(old, forward).sum() == pytest.approx(34_753)


IMD_RANK = "Index of Multiple Deprivation (IMD) Rank (where 1 is most deprived)"


@pytest.mark.parametrize(
    ("name", "code", "rank", "first", "edition"),
    [
        ("wimd-2025-index-and-domain-ranks-by-small-area.csv", "LSOA code", "WIMD 2025 ", "W01000001", "WIMD 2025"),
        ("ranks.csv", "LSOA code", "WIMD 2019", "W01000001", "WIMD 2019"),
        ("WIMD2014.csv", "LSOA Code", "WIMD 2014 rank", "W01000001", "WIMD 2014"),
        ("File_1_-_IMD2019_Index_of_Multiple_Deprivation.csv", "LSOA code (2011)", IMD_RANK, "E01000001", "IMD 2019"),
        ("File_1_ID_2015_Index_of_Multiple_Deprivation.csv", "LSOA code (2011)", IMD_RANK, "E01000001", "IMD 2015"),
        ("imd2019_fetched_2026-01-02.csv", "LSOA code (2011)", IMD_RANK, "E01000001", "IMD 2019"),
        ("ranks.csv", "LSOA code (2021)", IMD_RANK, "E01000001", "IMD 2025"),
    ],
)
def test_the_year_in_a_name_is_believed(tmp_path, name, code, rank, first, edition):
    path = tmp_path / name
    path.write_text(f'{code},"{rank}"\n{first},17\n')
    found = read_deprivation(path)
    assert found.findings.index == edition
    assert found.table["rank"].to_dict() == {first: 17}


@pytest.mark.parametrize(
    ("name", "code", "rank", "first", "message"),
    [
        (
            "WIMD2011.csv",
            "LSOA code",
            "WIMD rank",
            "W01000001",
            "is of 2011, an edition that is not(.|\n)*WIMD 2014",
        ),
        (
            "IMD2010.csv",
            "LSOA code",
            "IMD rank",
            "E01000001",
            "is of 2010, an edition that is not(.|\n)*IMD 2015",
        ),
        ("IMD2019.csv", "LSOA code", "IMD 2025 rank", "E01000001", "contradicts itself(.|\n)*'IMD2019.csv' says 2019"),
        ("WIMD2019.csv", "LSOA code", "WIMD 2025", "W01000001", "contradicts itself"),
        ("IMD2025.csv", "LSOA code (2011)", "IMD rank", "E01000001", "goes by areas of 2021(.|\n)*are of 2011"),
        ("ranks.csv", "LSOA code", "WIMD rank", "W01000001", "cannot be told"),
    ],
)
def test_a_year_that_is_not_known_or_contradicts_is_refused(tmp_path, name, code, rank, first, message):
    path = tmp_path / name
    path.write_text(f"{code},{rank}\n{first},17\n")
    with pytest.raises((ParameterError, SchemaError), match=message):
        read_deprivation(path)


def test_an_edition_without_weights_has_no_version_without_crime(tmp_path):
    path = tmp_path / "wimd2025.csv"
    path.write_text(
        "Ranks by small area\n\nLSOA code,WIMD 2025 ,Income,Employment,Health,Education,Access to Services,Housing,"
        "Community Safety,Physical Environment\nW01000001,885,898,659,1213,1057,221,935,914,1859\n"
    )
    found = read_deprivation(path)
    assert (found.findings.versions, found.findings.areas_of_nation, found.findings.table.header_row) == (
        ("published",),
        1_917,
        3,
    )
    with pytest.raises(ParameterError, match="no version without crime"):
        found.scores()


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ("Income Rank (where 1 is most deprived),IDACI Rank (where 1 is most deprived)", "no rank of the index"),
        ("Index of Multiple Deprivation (IMD) Score,Income Score (rate)", "holds score of .*file 1"),
        ("Total population: mid 2015 (excluding prisoners),Dependent Children", "population denominators"),
    ],
)
def test_files_3_5_and_6_are_refused_by_what_they_hold(tmp_path, columns, message):
    path = tmp_path / "File_x_IoD2019.csv"
    path.write_text(f"LSOA code (2011),LSOA name (2011),{columns}\nE01000001,City of London 001A,1,2\n")
    with pytest.raises(SchemaError, match=message):
        read_deprivation(path)


SCOTTISH = {
    "Data_Zone": ["S01006506", "S01006507", "S01006508"],
    "Intermediate_Zone": ["Culter"] * 3,
    "Council_area": ["Aberdeen City"] * 3,
    "Total_population": [894, 793, 624],
    "SIMD2020v2_Rank": [4691, 4862, 5686],
    "SIMD2020v2_Income_Domain_Rank": [4272, 4606, 5448],
    **{
        f"SIMD2020_{name}_Domain_Rank": [100 + k, 3_000, 6_976]
        for k, name in enumerate(["Employment", "Health", "Education", "Access", "Crime", "Housing"])
    },
}


def test_the_scottish_index_is_read_with_its_own_headings_and_weights():
    """Headings as SIMD 2020 version 2 has them; weights of its technical notes."""
    read = read_deprivation(pd.DataFrame(SCOTTISH))
    assert (read.findings.index, read.findings.nation, read.findings.areas_of_nation) == (
        "SIMD 2020", "Scotland", 6_976,
    )  # fmt: skip
    assert read.ranks("published").tolist() == [4691, 4862, 5686]
    assert read.deciles("published").tolist() == [7, 7, 9]
    assert read.findings.versions == ("published", "without_crime")
    domains = {"Income": 4272, "Employment": 100, "Health": 101, "Education": 102, "Access": 103, "Housing": 105}
    share = {"Income": 28, "Employment": 28, "Health": 14, "Education": 14, "Access": 9, "Housing": 2}
    by_hand = sum(share[n] * exponential_score(np.array([float(r)]), 6_976)[0] for n, r in domains.items()) / 95
    assert read.scores("without_crime")["S01006506"] == pytest.approx(by_hand)


def test_the_measure_of_northern_ireland_is_read_with_line_breaks_in_its_headings(tmp_path):
    told = " \n(where 1 is most deprived)"
    names = ["Income", "Employment", "Health Deprivation and Disability", "Education, Skills and Training",
             "Access to Services", "Living Environment", "Crime and Disorder"]  # fmt: skip
    rows = {
        "LGD2014NAME": ["Antrim and Newtownabbey"] * 2,
        "2015 Default Urban/Rural ": ["Urban"] * 2,
        "SOA2001": ["95AA01S1", "95AA01S2"],
        "SOA2001_name": ["Aldergrove_1", "Aldergrove_2"],
        f"Multiple Deprivation Measure Rank{told}": [516, 672],
        **{f"{name} Domain Rank{told}": [600, 800] for name in names},
    }
    pd.DataFrame(rows).to_excel(tmp_path / "NIMDM17_SOAresults.xlsx", sheet_name="MDM", index=False)
    read = read_deprivation(tmp_path / "NIMDM17_SOAresults.xlsx")
    assert (read.findings.index, read.findings.year) == ("NIMDM 2017", 2017)
    assert set(read.findings.domains) == {
        "income", "employment", "health", "education", "access", "environment", "crime",
    }  # fmt: skip
    assert read.ranks("published").to_dict() == {"95AA01S1": 516, "95AA01S2": 672}


def test_ranks_beyond_a_nation_and_codes_of_none_are_told_with_sheet_and_row(tmp_path):
    with pytest.raises(SchemaError, match=r"7000.*is no rank from 1 to 6,976 \(SIMD 2020\)"):
        read_deprivation(pd.DataFrame(SCOTTISH | {"SIMD2020v2_Rank": [4691, 4862, 7000]}))
    rows = pd.DataFrame({"code": ["Z1", "Z2"], "IMD_rank": [1, 2]})
    rows.to_excel(tmp_path / "own.xlsx", sheet_name="Ranks", index=False)
    with pytest.raises(SchemaError, match=r"no column of LSOA codes.*looked at sheet 'Ranks', row 1, it has"):
        read_deprivation(tmp_path / "own.xlsx")
