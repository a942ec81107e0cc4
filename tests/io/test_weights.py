"""Weight schemes and crosswalks: published figures, conservation of harm, and what is refused."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socharm._about import AssessmentPeriod
from socharm.errors import DataWarning, ModelWarning, ParameterError, RefusedError, SchemaError
from socharm.io.crosswalk import between_force_spread, category_statistics, packaged_statistics
from socharm.io.forces import ENGLAND_AND_WALES, FORCES
from socharm.io.offence_counts import read_offence_counts
from socharm.io.weight_scheme import check_stale, years_from_counts
from socharm.io.weights import as_weights, load_weights, read_weights, refuse_aggregates
from socharm.offences import CATEGORY_CODES, canonical_offence, offence_key

# Average ONS weight by category on the Home Office counts of 2019/20, England and Wales, to one decimal.
ENGLAND_AND_WALES_2019_20 = {
    "robbery": 799.6,
    "burglary": 381.5,
    "violence-and-sexual-offences": 248.0,
    "possession-of-weapons": 173.6,
    "other-crime": 115.4,
    "drugs": 99.0,
    "theft-from-the-person": 80.4,
    "vehicle-crime": 53.2,
    "other-theft": 51.0,
    "criminal-damage-and-arson": 18.5,
    "public-order": 17.9,
    "bicycle-theft": 15.2,
    "shoplifting": 11.9,
}


def counts_of(rows, year="2019/20"):
    """Offence counts from (force, code, n) rows."""
    frame = pd.DataFrame(rows, columns=["Force Name", "Offence Code", "Number of Offences"])
    return read_offence_counts(frame.assign(**{"Financial Year": year}))


def test_the_ons_scheme_is_the_published_one():
    scheme = load_weights("ons-css")
    assert len(scheme.table) == 134
    assert scheme.table["severity_code"].nunique() == 128
    # Published: homicide 7,973.39, attempted murder 4,654.30, arson endangering life 826.19.
    assert scheme.weights["ho-1"] == 7973.393423
    assert scheme.weights["ho-2"] == 4654.298133
    assert scheme.weights["ho-56a"] == 826.1900614
    assert scheme.weights.max() == 7973.393423
    assert (scheme.table["severity_code"] == "1, 4.1/2/10").sum() == 5
    assert scheme.unit == "sentence-days"
    assert scheme.excluded == ("anti-social-behaviour",)
    assert (scheme.table[["within_variance", "tau"]] == 0).all().all()


def test_categories_of_the_scheme_are_those_of_the_offence_keys():
    table = load_weights().table
    assert table["category"].to_dict() == {
        offence_key(code): category for category, codes in CATEGORY_CODES.items() for code in codes
    }
    assert table.index.is_unique


def test_a_loaded_scheme_can_be_edited_without_changing_the_next_one():
    edited = load_weights().table
    edited.loc["ho-1", "weight"] = 0.0
    assert load_weights().weights["ho-1"] == 7973.393423


def test_an_unknown_scheme_suggests_the_nearest():
    with pytest.raises(ParameterError, match="Did you mean 'ons-css'"):
        load_weights("ons_css")


def test_the_national_crosswalk_reproduces_the_published_averages():
    scheme = load_weights().crosswalk("police.uk", counts_from="home-office-2019-20")
    assert {key: round(scheme.weights[key], 1) for key in ENGLAND_AND_WALES_2019_20} == ENGLAND_AND_WALES_2019_20
    assert scheme.level == "category"
    assert scheme.counts_year == "2019-20"
    assert scheme.excluded == ("anti-social-behaviour",)
    assert set(scheme.table.index[scheme.table["combines"] == ""]) == set(CATEGORY_CODES)
    assert len(scheme.about.sources) == 2


@pytest.mark.parametrize(
    ("force", "drugs", "harm", "population", "score"),
    [("West Yorkshire", 146, 44_069_730, 2_332_469, 18.894), ("Northumbria", 117, 18_790_870, 1_463_903, 12.836)],
)
def test_the_harm_of_a_force_is_conserved_and_gives_its_score(force, drugs, harm, population, score):
    table = load_weights().crosswalk(force=force).table
    single = table[table["combines"] == ""]
    total = math.fsum(single["n"] * single["weight"])
    assert round(single.loc["drugs", "weight"]) == drugs
    assert total == pytest.approx(harm, abs=5)  # stated to the nearest ten
    assert total / population == pytest.approx(score, abs=0.001)


def test_weights_differ_between_forces_as_stated():
    rows = packaged_statistics("home-office-2019-20")
    territorial = rows[rows["force"] != ENGLAND_AND_WALES]
    assert set(territorial["force"]) == set(FORCES.values())
    spread = territorial.groupby("category")["weight"].agg(lambda weight: weight.std(ddof=1) / weight.mean())
    stated = {"violence-and-sexual-offences": 0.10, "burglary": 0.12, "drugs": 0.29, "possession-of-weapons": 0.41}
    assert {key: float(spread[key]) for key in stated} == pytest.approx(stated, abs=0.006)


def test_tau_is_the_spread_between_forces_beyond_chance():
    tau = load_weights().crosswalk().table["tau"]
    assert tau.round(3)[["violence-and-sexual-offences", "burglary", "drugs", "possession-of-weapons"]].tolist() == [
        0.101,
        0.152,
        0.323,
        0.351,
    ]
    # One weight in the category: nothing can differ.
    assert tau[["robbery", "shoplifting", "bicycle-theft", "theft-from-the-person"]].tolist() == [0.0] * 4


def test_sampling_alone_gives_no_spread_between_forces():
    same = pd.DataFrame({"category": "drugs", "n": 10, "weight": [10.0, 10.4, 9.6], "within_variance": 400.0})
    assert between_force_spread(same)["drugs"] == 0.0
    logs = np.log([10.0, 10.4, 9.6])
    facts = same.assign(within_variance=0.0)
    assert between_force_spread(facts)["drugs"] == pytest.approx(np.std(logs, ddof=1))


def test_the_user_may_raise_the_spread_but_not_lower_it():
    scheme = load_weights().crosswalk(tau={"robbery": 0.2, "drugs": 0.01})
    assert scheme.table["tau"]["robbery"] == 0.2
    assert scheme.table["tau"]["drugs"] == pytest.approx(0.323, abs=0.001)
    assert load_weights().crosswalk(tau=0.25).table["tau"].min() == 0.25
    with pytest.raises(ParameterError, match="Did you mean 'robbery'"):
        load_weights().crosswalk(tau={"robery": 0.2})
    with pytest.raises(ParameterError, match="at least 0"):
        load_weights().crosswalk(tau=-1)


def test_a_label_that_covered_two_categories_weighs_as_both_together():
    table = load_weights().crosswalk().table
    parts = table.loc[["possession-of-weapons", "public-order"]]
    both = table.loc["public-disorder-and-weapons"]
    assert both["n"] == parts["n"].sum()
    assert both["weight"] == pytest.approx((parts["n"] * parts["weight"]).sum() / parts["n"].sum())
    assert both["combines"] == "possession-of-weapons+public-order"


@pytest.mark.parametrize("force", ["West Yorkshire Police", "west yorkshire", "E23000010"])
def test_forces_are_known_by_every_common_name(force):
    assert load_weights().crosswalk(force=force).findings.force == "West Yorkshire"


def test_bad_crosswalk_arguments_say_what_to_do():
    scheme = load_weights()
    with pytest.raises(ParameterError, match="Did you mean 'West Yorkshire'"):
        scheme.crosswalk(force="West Yorkshir")
    with pytest.raises(ParameterError, match="Did you mean 'home-office-2019-20'"):
        scheme.crosswalk(counts_from="home-office-2019")
    with pytest.raises(ParameterError, match="must be one of"):
        scheme.crosswalk("police.us")
    with pytest.raises(ParameterError, match="crosswalk already"):
        scheme.crosswalk().crosswalk()


def test_another_scheme_needs_counts_of_its_own():
    own = read_weights(pd.DataFrame({"offence": ["8N", "92A"], "weight": [1, 2]}), name="ours")
    with pytest.raises(ParameterError, match="packaged for the ONS weights only"):
        own.crosswalk()


counts_strategy = st.lists(
    st.tuples(
        st.sampled_from(["Kent", "Surrey", "Dorset"]),
        st.sampled_from(["8N", "105A", "3A", "92A", "92E", "28E", "30C", "46"]),
        st.integers(1, 5000),
    ),
    min_size=1,
    max_size=20,
)


@pytest.mark.filterwarnings("ignore::socharm.errors.ModelWarning")
@given(counts_strategy)
@settings(max_examples=12, deadline=None)
def test_a_crosswalk_conserves_total_harm(rows):
    counts = counts_of(rows)
    scheme = load_weights()
    table = scheme.crosswalk(counts_from=counts).table
    by_offence = math.fsum(counts.table["n"] * counts.table["offence"].map(scheme.weights))
    assert math.fsum(table["n"] * table["weight"]) == pytest.approx(by_offence, rel=1e-12)


@pytest.mark.filterwarnings("ignore::socharm.errors.ModelWarning")
@given(counts_strategy, st.floats(0.01, 100))
@settings(max_examples=10, deadline=None)
def test_scaling_the_weights_scales_the_crosswalk(rows, factor):
    counts = counts_of(rows)
    codes = ["8N", "105A", "3A", "92A", "92E", "28E", "30C", "46"]
    weights = pd.DataFrame({"offence": codes, "weight": range(1, len(codes) + 1)})
    plain = read_weights(weights, name="plain").crosswalk(counts_from=counts).table
    scaled = weights.assign(weight=weights["weight"].map(lambda weight: repr(weight * factor)))
    larger = read_weights(scaled, name="larger").crosswalk(counts_from=counts).table
    pd.testing.assert_series_equal(larger["weight"], plain["weight"] * factor)
    pd.testing.assert_series_equal(larger["within_variance"], plain["within_variance"] * factor**2, atol=1e-9)


@pytest.mark.filterwarnings("ignore::socharm.errors.ModelWarning")
@given(st.integers(1, 10**7))
@settings(max_examples=12, deadline=None)
def test_a_category_of_one_offence_weighs_what_the_offence_weighs(n):
    table = load_weights().crosswalk(counts_from=counts_of([("Kent", "92A", n)])).table
    assert table.loc["drugs", "weight"] == 512.9573594
    assert table.loc["drugs", "within_variance"] == 0.0


def test_category_statistics_by_hand():
    cells = pd.DataFrame(
        {"category": ["a", "a", "b", "z"], "n": [1, 3, 2, 0], "weight": [8.0, 0.0, 5.0, 9.0], "variance": 0.0}
    )
    table = category_statistics(cells)
    assert table.loc["a"].tolist() == [4, 2.0, 12.0]
    assert table.loc["b"].tolist() == [2, 5.0, 0.0]
    assert "z" not in table.index


def test_too_few_forces_take_the_packaged_spread_and_say_so():
    with pytest.warns(ModelWarning, match="fewer than 10 forces"):
        scheme = load_weights().crosswalk(counts_from=counts_of([("Kent", "92A", 5), ("Kent", "92E", 95)]))
    assert scheme.table.loc["drugs", "tau"] == pytest.approx(0.323, abs=0.001)
    assert scheme.table.loc["drugs", "weight"] == pytest.approx(0.05 * 512.9573594 + 0.95 * 1.770623478)


@pytest.mark.filterwarnings("ignore::socharm.errors.ModelWarning")
def test_codes_without_a_weight_are_counted_aloud():
    with pytest.warns(DataWarning, match=r"10 recorded offences \(10.0%\) have no weight.*'8T': 10"):
        load_weights().crosswalk(counts_from=counts_of([("Kent", "92A", 90), ("Kent", "8T", 10)]))


def test_counts_of_several_years_or_without_the_force_are_refused():
    rows = pd.DataFrame(
        {
            "Financial Year": ["2018/19", "2019/20"],
            "Force Name": "Kent",
            "Offence Code": "8N",
            "Number of Offences": 3,
        }
    )
    with pytest.raises(ParameterError, match="a crosswalk takes one"):
        load_weights().crosswalk(counts_from=read_offence_counts(rows))
    with pytest.raises(ParameterError, match="'Surrey', which `counts_from` does not hold"):
        load_weights().crosswalk(counts_from=read_offence_counts(rows, year="2018-19"), force="Surrey")


def test_an_aggregate_beside_its_parts_is_refused():
    refuse_aggregates(["ho-1-4-1-4-10-4-2", "ho-2"])
    refuse_aggregates(["ho-1", "ho-4-1", "ho-4-2", "ho-4-10"])
    with pytest.raises(RefusedError, match="would count twice"):
        refuse_aggregates(["ho-1-4-1-4-10-4-2", "ho-4-1"])
    both = counts_of([("Kent", "1", 3), ("Kent", "1/4.1/4.10/4.2", 4)])
    with pytest.raises(RefusedError, match="beside its parts"):
        load_weights().crosswalk(counts_from=both)


@pytest.mark.parametrize(
    ("start", "end", "gap"),
    [
        ("2019-06", "2019-09", 0.0),
        ("2020-04", "2020-09", 0.0),
        ("2022-04", "2022-09", 2.0),
        ("2025-04", "2025-09", 5.0),
        ("2013-06", "2014-06", 57 / 12),
        ("2010-01", "2025-01", 0.0),
    ],
)
def test_the_gap_is_counted_between_the_nearest_ends(start, end, gap):
    scheme = load_weights().crosswalk()
    assert years_from_counts(scheme, AssessmentPeriod(start, end)) == pytest.approx(gap)


def test_a_stale_crosswalk_is_refused_unless_allowed():
    period = AssessmentPeriod("2025-04", "2025-09")
    with pytest.raises(RefusedError, match=r"5\.0 years.*allow_stale=True"):
        check_stale(load_weights().crosswalk(), period)
    assert check_stale(load_weights().crosswalk(allow_stale=True), period) == 5.0
    assert check_stale(load_weights(), period) == 0.0
    assert check_stale(load_weights().crosswalk(), None) == 0.0
    assert check_stale(load_weights().crosswalk(), AssessmentPeriod("2022-04", "2022-09")) == 2.0


def test_a_file_of_ones_own_is_read_by_its_usual_names(tmp_path):
    path = tmp_path / "ours.csv"
    path.write_text("Offence code,Weight,Description\n8N,10.5,Assault\nBurglary,300,\n", encoding="utf-8")
    scheme = read_weights(path, unit="points")
    assert scheme.weights.to_dict() == {"burglary": 300.0, "ho-8n": 10.5}
    assert scheme.name == "ours"
    assert scheme.level == "offence"
    assert scheme.table.loc["ho-8n", "category"] == "violence-and-sexual-offences"


@pytest.mark.parametrize("kind", ["xlsx", "parquet"])
def test_other_formats_and_named_columns(tmp_path, kind):
    frame = pd.DataFrame({"Kind": ["Burglary", "Violent crime"], "Days": [300, 200.5]})
    path = tmp_path / f"ours.{kind}"
    if kind == "xlsx":
        frame.to_excel(path, index=False)
    else:
        frame.to_parquet(path)
    scheme = read_weights(path, columns={"offence": "Kind", "weight": "Days"})
    assert scheme.weights.to_dict() == {"burglary": 300.0, "violence-and-sexual-offences": 200.5}
    assert scheme.level == "category"
    if kind == "xlsx":
        with pytest.raises(SchemaError, match="has no column for"):
            read_weights(path)


def test_every_bad_weight_is_told_at_once_with_its_row(tmp_path):
    path = tmp_path / "bad.csv"
    path.write_text("offence,weight\n8N,-3\n92A,\n46,NaN\n8n,5\n,7\n", encoding="utf-8")
    with pytest.raises(SchemaError) as error:
        read_weights(path)
    message = str(error.value)
    assert "row 2, column 'weight': -3.0 is a negative weight" in message
    assert "row 3" in message
    assert "is missing" in message
    assert "row 4" in message
    assert "row 5, column 'offence': '8n' stands for 'ho-8n', which row 2 holds already" in message
    assert "row 6, column 'offence': names no offence" in message


@pytest.mark.parametrize("weight", [float("nan"), float("inf"), -0.001, None])
def test_a_weight_that_is_no_weight_is_refused_in_a_dataframe_too(weight):
    with pytest.raises(SchemaError, match="row 2"):
        read_weights(pd.DataFrame({"offence": ["8N", "46"], "weight": [1.0, weight]}))


def test_a_weight_of_zero_is_a_weight():
    assert read_weights(pd.DataFrame({"offence": ["8N"], "weight": [0]})).weights["ho-8n"] == 0.0


def test_unknown_column_keys_are_refused():
    frame = pd.DataFrame({"Kind": ["Burglary"], "Days": [300]})
    with pytest.raises(ParameterError, match="Did you mean 'weight'"):
        read_weights(frame, columns={"offence": "Kind", "wieght": "Days"})
    with pytest.raises(SchemaError, match="has no column for"):
        read_weights(frame, columns={"offence": "Kind", "weight": "Dags"})


def cambridge_like(path):
    """A workbook with a blank cover page and the published header, repeated column names included."""
    import openpyxl

    book = openpyxl.Workbook()
    book.active.title = "Cover page"
    page = book.create_sheet("values")
    known = ["ATHENA URN", "FULL_OFFENCE_TITLE", "CCHI Score", "CLASSIFICATION_CODE", "HOME_OFFICE_CLASSIFICATION"]
    page.append([*known, "NOTIFIABLE", "CJS Codes", "CJS Codes"])
    page.append(["8N.1", "one kind", 20, "8N", "008/01", "Notifiable", "A", "B"])
    page.append(["8N.2", "another kind", 40, "8N", "008/02", "Notifiable", None, None])
    page.append(["4.3.1", "a third", 4380, "4/3", "004/03", "Notifiable", None, None])
    book.save(path)
    return path


@pytest.mark.filterwarnings("ignore::socharm.errors.ModelWarning")
def test_a_workbook_in_the_cambridge_layout_is_known_by_its_header(tmp_path):
    scheme = read_weights(cambridge_like(tmp_path / "cchi.xlsx"))
    assert scheme.name == "cambridge-chi"
    assert scheme.weights.to_dict() == {"4-3-1": 4380.0, "8n-1": 20.0, "8n-2": 40.0}
    assert scheme.table.loc["4-3-1", "count_code"] == "4.3"
    table = scheme.crosswalk(counts_from=counts_of([("Kent", "8N", 7)])).table
    assert table.loc["violence-and-sexual-offences", "weight"] == 30.0
    assert table.loc["violence-and-sexual-offences", "within_variance"] == 100.0


def test_a_disguised_workbook_is_refused(tmp_path):
    path = tmp_path / "weights.xlsx"
    path.write_text("offence,weight\n8N,1\n", encoding="utf-8")
    with pytest.raises(RefusedError):
        read_weights(path)


def test_the_repr_says_which_mix():
    text = repr(load_weights().crosswalk(force="Northumbria", allow_stale=True))
    assert "2019-20, Northumbria; older counts allowed" in text
    assert "no weight: anti-social-behaviour" in text


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (
            {"burglary": 1, "drugs": 2, "robery": 3},
            r"2 categories and 1 offence that is not known: \['robery'\]\. Did you mean 'robbery' for 'robery'\?",
        ),
        (
            {"burglary": 1, "drugs": 1, "robery": 3, "xyz": 1},
            r"2 categories and 2 offences that are not known: \['robery', 'xyz'\]",
        ),
    ],
)
def test_what_stands_beside_categories_is_told(given, told):
    """One slip made single offences of them all, and the crosswalk and every sentence by level with them."""
    with pytest.raises(SchemaError, match=f"`weights` holds {told}"):
        as_weights(given)


def test_the_level_of_weights_can_be_stated(tmp_path):
    table = pd.DataFrame({"offence": ["burglary", "modern slavery"], "weight": [1, 2]})
    assert read_weights(table, level="category").level == "category"
    assert read_weights(table, level="offence").level == "offence"
    assert as_weights({"modern slavery": 2, "stalking": 1}).level == "offence"  # a list of a force's own
    assert as_weights({"burglary": 2, "assault": 1, "homicide": 9}).level == "offence"  # which shares one name
    assert as_weights({"Burglary": 2, "asb": 0}).level == "category"
    assert as_weights({"Burglary": 2, "8N": 0}).level == "offence"  # known, and stated one by one
    table.to_csv(tmp_path / "ours.csv", index=False)
    with pytest.raises(SchemaError, match=r"'ours.csv' holds 1 category and 1 offence that is not known"):
        read_weights(tmp_path / "ours.csv")


def test_the_cambridge_workbook_has_a_unit_of_its_own(tmp_path):
    with pytest.raises(ParameterError, match="`unit` is 'pounds', and the Cambridge workbook counts sentence-days"):
        read_weights(cambridge_like(tmp_path / "cchi.xlsx"), unit="pounds")


def test_a_workbook_of_another_layout_is_read_by_sheet_and_columns_and_else_told(tmp_path):
    path = tmp_path / "harm.xlsx"
    with pd.ExcelWriter(path) as book:
        pd.DataFrame({"Read me": ["a"], "Version": ["b"]}).to_excel(book, sheet_name="About", index=False)
        for sheet in ("Offences", "Changes", "Earlier"):
            rows = pd.DataFrame({"Offence ref": ["R-17", "R-18"], "Full title": ["x", "y"], "Harm days": [12, 14]})
            rows.to_excel(book, sheet_name=sheet, index=False)
    stated = {"offence": "Offence ref", "weight": "Harm days"}
    read = read_weights(path, sheet="Offences", columns=stated, unit="sentence-days", level="offence")
    assert read.weights.to_dict() == {"r-17": 12, "r-18": 14}
    with pytest.raises(SchemaError, match=r"stand in 3 sheets of 'harm.xlsx': \['Offences', 'Changes', 'Earlier'\]"):
        read_weights(path, columns=stated)
    with pytest.raises(SchemaError, match=r"looked at sheet 'About', row 1, it has \['Read me', 'Version'\].*`sheet=`"):
        read_weights(path)


@pytest.mark.parametrize("target", ["home-office", "mps"])
def test_groups_of_the_home_office_and_the_mps_conserve_the_harm_of_all_crimes(target):
    """Whatever the groups, their volumes times their weights are the same offences times theirs."""
    plain = load_weights().crosswalk().table.query("combines == ''")
    table = load_weights().crosswalk(target).table
    assert table["n"].sum() == plain["n"].sum()
    assert float((table["n"] * table["weight"]).sum()) == pytest.approx(float((plain["n"] * plain["weight"]).sum()))
    assert float(table.loc["homicide", "weight"]) == pytest.approx(7973.393423)
    assert (table["combines"] == "").all()
    assert table.loc[["homicide", "shoplifting"], "tau"].tolist() == [0.0, 0.0]


def test_groups_are_found_by_the_labels_that_are_published():
    """Labels as the open data tables of 2019/20 and recent tables of the Metropolitan Police write them."""
    home, mps = (load_weights().crosswalk(target).weights for target in ("home-office", "mps"))
    for label in (
        "Homicide",
        "Domestic burglary",
        "Trafficking of drugs",
        "Violence with injury",
        "Vehicle interference",
    ):
        assert canonical_offence(label) in home.index
    for label in (
        "BURGLARY - RESIDENTIAL",
        "THEFT OR UNAUTH TAKING OF A MOTOR VEH",
        "Race or Religious Agg Public Fear",
    ):
        assert canonical_offence(label) in mps.index
    assert home["domestic-burglary"] == pytest.approx(mps["burglary-residential"])
    own = load_weights().crosswalk("home-office", force="West Yorkshire").weights
    assert own["trafficking-of-drugs"] == home["trafficking-of-drugs"] == 512.9573594
    with pytest.raises(ParameterError, match=r"`target` is 'met'.*mps"):
        load_weights().crosswalk("met")


@pytest.mark.filterwarnings("ignore::socharm.errors.ModelWarning")
def test_counts_of_ones_own_are_grouped_as_the_target_says():
    counts = counts_of([("Kent", "34A", 10), ("Kent", "34B", 30), ("Kent", "48", 5), ("Kent", "37.2", 5)])
    table = load_weights().crosswalk("mps", counts_from=counts).table
    assert table["n"].to_dict() == {
        "aggravated-vehicle-taking": 5, "robbery-of-business-property": 10, "robbery-of-personal-property": 30,
        "theft-or-unauth-taking-of-a-motor-veh": 5,
    }  # fmt: skip
    assert load_weights().crosswalk("home-office", counts_from=counts).table["n"]["theft-of-a-motor-vehicle"] == 10


@pytest.mark.parametrize("label", ["No", "code"])
def test_a_column_of_running_numbers_is_no_column_of_offences(label, tmp_path):
    names = ["Burglary", "Robbery", "Drugs", "Shoplifting", "Other theft"]
    rows = pd.DataFrame({label: range(1, 6), "Name of it": names, "Days": [10, 20, 30, 5, 7_000]})
    rows.to_csv(tmp_path / "own.csv", index=False)
    columns = {"offence": label, "weight": "Days"}
    told = rf"column '{label}' of 'own.csv' holds the running numbers 1 to 5, .*'Name of it', 'Days'.*by `columns=`"
    with pytest.raises(SchemaError, match=told):
        read_weights(tmp_path / "own.csv", columns=columns)
    right = read_weights(tmp_path / "own.csv", columns={**columns, "offence": "Name of it"})
    assert right.weights["burglary"] == 10
    # Codes of the Home Office are numbers too, and do not follow each other from 1.
    codes = rows.assign(**{label: ["8N", "34B", "45", "46", "48"]})
    assert len(read_weights(codes, columns=columns).weights) == 5
