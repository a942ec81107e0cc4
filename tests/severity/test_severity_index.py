"""The severity index: numbers worked out by hand, laws, and what it refuses."""

import numpy as np
import pandas as pd
import pytest
from factories import make_counts, make_population, make_weights, random_counts
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from socharm.errors import AlignmentError, ModelWarning, ParameterError, RefusedError, SchemaError
from socharm.io.weights import load_weights
from socharm.severity.cells import select_offences
from socharm.severity.contributions import events_for_half
from socharm.severity.index import severity_index
from socharm.severity.transforms import transform_weights

OFFENCES = ("burglary", "drugs", "violence-and-sexual-offences")


def weights(values=(100.0, 10.0, 50.0), offences=OFFENCES, **more):
    return make_weights(dict(zip(offences, values, strict=True)), **more)


def test_harm_and_rate_match_the_worked_example():
    # Area A: 2 burglaries and 4 violence in two months; 1,200 people for two months are 200 person-years.
    n = np.array([[[1, 1], [0, 0], [4, 0]], [[0, 0], [5, 5], [0, 0]]])
    index = severity_index(make_counts(n, areas=["A", "B"]), weights(), make_population({"A": 1200.0, "B": 600.0}))
    assert index.table["harm"].to_dict() == {"A": 400.0, "B": 100.0}
    assert index.table["crimes"].to_dict() == {"A": 6, "B": 10}
    assert index.table["exposure"].to_dict() == {"A": 200.0, "B": 100.0}
    assert index.table["rate"].to_dict() == {"A": 2.0, "B": 1.0}
    assert index.table["top_offence"].to_dict() == {"A": "burglary", "B": "drugs"}  # A's tie goes by name
    assert index.table["top_share"].to_dict() == {"A": 0.5, "B": 1.0}
    assert index.about.unit == "sentence-days per resident per year"


def test_one_homicide_holds_half_of_the_harm_of_500_assaults():
    cells = pd.DataFrame({"area_code": "A", "offence": ["h", "c"], "n": [1, 500], "weight": [7973.39, 15.0]})
    assert events_for_half(cells)["A"] == 1
    even = pd.DataFrame({"area_code": "A", "offence": ["c"], "n": [10], "weight": [15.0]})
    assert events_for_half(even)["A"] == 5
    none = pd.DataFrame({"area_code": "A", "offence": ["c"], "n": [0], "weight": [15.0]})
    assert pd.isna(events_for_half(none)["A"])


def test_six_and_twelve_months_of_the_same_crime_have_the_same_rate():
    n = np.full((3, 3, 12), 4)
    people = make_population({f"W{i:03d}": 1000.0 for i in range(3)})
    whole = severity_index(make_counts(n), weights(), people)
    half = severity_index(make_counts(n[:, :, :6]), weights(), people)
    np.testing.assert_allclose(whole.rate, half.rate)


def test_a_month_not_covered_takes_its_exposure_away():
    n = np.full((2, 3, 4), 2)
    covered = np.array([[True, True, True, True], [True, True, True, False]])
    people = make_population({"W000": 1000.0, "W001": 1000.0})
    index = severity_index(make_counts(n, covered=covered), weights(), people)
    assert index.table["exposure"].tolist() == pytest.approx([1000 / 3, 250.0])
    assert index.rate["W000"] == pytest.approx(index.rate["W001"])
    assert index.table["harm"]["W001"] == pytest.approx(0.75 * index.table["harm"]["W000"])


def test_an_area_below_half_of_the_months_is_not_rankable_and_one_without_any_has_no_harm():
    n = np.full((3, 3, 4), 2)
    covered = np.array([[True] * 4, [True, False, False, False], [False] * 4])
    people = make_population({f"W{i:03d}": 1000.0 for i in range(3)})
    with pytest.warns(ModelWarning, match="packaged"):
        table = severity_index(make_counts(n, covered=covered), weights(), people).table
    assert table["rankable"].tolist() == [True, False, False]
    assert table["reason"].tolist() == ["", "covered 1 of 4 months", "covered 0 of 4 months"]
    assert pd.isna(table.loc["W002", "harm"])
    assert pd.isna(table.loc["W001", "rate_shrunk"])


def test_a_standard_error_is_never_zero():
    n = np.zeros((3, 3, 6), dtype=int)
    n[0, 0] = 5
    people = make_population({f"W{i:03d}": 1000.0 for i in range(3)})
    with pytest.warns(ModelWarning, match="packaged"):
        index = severity_index(make_counts(n), weights(), people)
    assert (index.table["harm_se"] > 0).all()
    assert (index.table["rate_shrunk"] > 0).all()
    assert index.table.loc["W001", "harm"] == 0


def test_the_shrunk_rate_varies_less_than_the_plain_one():
    index = severity_index(*_swap(random_counts(seed=3)))
    assert index.table["rate_shrunk"].std() < index.table["rate"].std()


def _swap(parts):
    counts, people, scheme = parts
    return counts, scheme, people


def test_one_area_and_one_month_work_and_announce_the_packaged_dispersion():
    with pytest.warns(ModelWarning, match="one period"):
        index = severity_index(make_counts(np.full((1, 3, 1), 3)), weights(), make_population({"W000": 1000.0}))
    assert index.table["rate_shrunk"].notna().all()
    assert index.model.offences["phi_source"].str.contains("packaged").all()


def test_without_population_the_rate_is_per_area():
    index = severity_index(make_counts(np.ones((2, 3, 12), dtype=int)), weights())
    assert index.table["exposure"].tolist() == pytest.approx([1.0, 1.0])
    assert index.findings.denominator == "none"


def test_unweighted_offences_are_reported_beside_the_index():
    n = np.ones((2, 4, 2), dtype=int)
    labels = (*OFFENCES, "anti-social-behaviour")
    scheme = weights(excluded=("anti-social-behaviour",))
    index = severity_index(make_counts(n, offences=labels), scheme)
    assert index.unweighted["offence"].unique().tolist() == ["anti-social-behaviour"]
    assert index.unweighted["n"].tolist() == [2, 2]
    assert "anti-social-behaviour" not in set(index.cells["offence"])


def test_a_scheme_that_lacks_an_offence_is_an_error():
    counts = make_counts(np.ones((2, 3, 2), dtype=int), offences=("burglary", "drugs", "robery"))
    with pytest.raises(SchemaError, match=r"lacks 1 offence .*robery"):
        severity_index(counts, weights(offences=("burglary", "drugs", "robbery")))


@pytest.mark.parametrize("bad", [np.nan, -1.0, np.inf])
def test_bad_weights_are_refused(bad):
    from dataclasses import replace

    scheme = weights()
    table = scheme.table.copy()
    table.loc["drugs", "weight"] = bad
    with pytest.raises(SchemaError, match="drugs"):
        severity_index(make_counts(np.ones((2, 3, 2), dtype=int)), replace(scheme, table=table))


def test_missing_or_zero_population_stops_or_is_flagged():
    counts = make_counts(np.ones((3, 3, 12), dtype=int))
    people = make_population({"W000": 1000.0, "W001": 800.0})
    with pytest.raises(AlignmentError, match=r"1 area of `counts` has no population.*W002"):
        severity_index(counts, weights(), people)
    flagged = severity_index(counts, weights(), people, missing="leave out").table
    assert flagged.loc["W002", "reason"] == "no population above zero"
    assert flagged.loc["W002", "harm"] == flagged.loc["W001", "harm"]
    with pytest.raises(AlignmentError, match="boundary year"):
        severity_index(counts, weights(), make_population({"E05000001": 10.0}))


def test_a_stale_crosswalk_is_refused_unless_allowed():
    counts = make_counts(np.ones((2, 3, 2), dtype=int))
    with pytest.raises(RefusedError, match="allow_stale"):
        severity_index(counts, load_weights("ons-css").crosswalk("police.uk"))
    index = severity_index(counts, load_weights("ons-css").crosswalk("police.uk", allow_stale=True))
    assert index.findings.weights_gap_years > 2


def test_an_aggregate_beside_its_parts_is_refused():
    counts = make_counts(np.ones((2, 2, 2), dtype=int), offences=("ho-1", "ho-1-4-1-4-10-4-2"))
    with pytest.raises(RefusedError, match="ho-1-4-1-4-10-4-2"):
        severity_index(counts, load_weights("ons-css"))


def test_exclusions_are_recorded_with_their_effect():
    counts = make_counts(np.full((2, 3, 2), 3))
    month = counts.table["period"].iloc[0]
    flagged = pd.DataFrame(
        {"area_code": ["W000"], "offence": ["burglary"], "period": [month], "flag": ["place:hospital"], "n": [2]}
    )
    counts = make_counts(np.full((2, 3, 2), 3), flagged=flagged)
    plain, without = (severity_index(counts, weights(), exclude=e) for e in ((), ("place:hospital",)))
    assert plain.table["harm"]["W000"] - without.table["harm"]["W000"] == pytest.approx(200.0)
    assert without.exclusions.loc["place:hospital"].to_dict() == {"n": 2, "harm": 200.0}
    assert severity_index(counts, weights(), exclude=("drugs",)).table["harm"]["W001"] == pytest.approx(900.0)


def test_every_exclusion_asked_for_leaves_a_row():
    counts = make_counts(np.full((2, 3, 2), 3))
    month = counts.table["period"].iloc[0]
    flagged = pd.DataFrame(
        {"area_code": ["W000"], "offence": ["burglary"], "period": [month], "flag": ["place:hospital"], "n": [2]}
    )
    counts = make_counts(np.full((2, 3, 2), 3), flagged=flagged)
    found = severity_index(counts, weights(), exclude=("place:prison", "place:hospital", "drugs")).exclusions
    # drugs: 2 areas x 2 months x 3 crimes of weight 10; prison: no such crime
    assert found["n"].to_dict() == {"place:prison": 0, "place:hospital": 2, "drugs": 12}
    assert found["harm"].to_dict() == {"place:prison": 0.0, "place:hospital": 200.0, "drugs": 120.0}
    wide = severity_index(counts, weights(), exclude=("place:hospital", "place:*")).exclusions
    assert wide["n"].to_dict() == {"place:hospital": 0, "place:*": 2}  # taken once, by the wider of the two
    assert severity_index(counts, weights()).exclusions.empty
    bare = severity_index(make_counts(np.full((2, 3, 2), 3)), weights(), exclude=("place:*",)).exclusions
    assert bare.to_dict("index") == {"place:*": {"n": 0, "harm": 0.0}}


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("hospitl", "place:hospital"),
        ("hospital", "place:hospital"),
        ("buglary", "burglary"),
        ("serious violence", "serious-violence"),
        ("domestc", "domestic"),
    ],
)
def test_an_exclusion_that_is_not_known_is_named_by_its_argument(name, near):
    flagged = pd.DataFrame({"area_code": ["W000"], "offence": ["drugs"], "flag": ["domestic"], "n": [1]})
    counts = make_counts(np.ones((2, 3, 2), dtype=int))
    flagged["period"] = counts.table["period"].iloc[0]
    counts = make_counts(np.ones((2, 3, 2), dtype=int), flagged=flagged)
    with pytest.raises(ParameterError, match=f"`exclude` names '{name}'.*nor a flag.*Did you mean '{near}'"):
        severity_index(counts, weights(), exclude=[name])
    with pytest.raises(ParameterError, match="`offences` names 'hospitl', which is neither an offence"):
        severity_index(counts, weights(), offences=["hospitl"])


def test_relative_to_makes_the_base_100():
    counts = make_counts(np.full((3, 3, 4), 2))
    index = severity_index(counts, weights(), relative_to=("W001", "2025-04", "2025-07"))
    assert index.table.loc["W001", "relative"] == pytest.approx(100.0)


@pytest.mark.parametrize(
    ("base", "told"),
    [
        (("W01", "2025-04", "2025-07"), r"the area 'W01', which is none of the 3 areas .*mean 'W00\d'.*or 'all'"),
        (("all", "2026-04", "2026-07"), "months '2026-04' to '2026-07'; the counts have 2025-04 to 2025-07"),
        (("all", "2025-01", "2025-05"), "months '2025-01' to '2025-05'; the counts have"),  # half of it is not there
        (("all", "2025-07", "2025-04"), "the earlier first"),
        (("all", "2025-04"), r"holds 2 values; it must be a tuple of 3 values, each text.*first and last month\."),
        (("all", 2025, 4), "holds 2025; it must be a tuple of 3 values"),
        ("all", "is the text 'all'; it must be a tuple of 3 values"),
    ],
)
def test_a_base_that_is_none_says_what_it_lacks(base, told):
    counts = make_counts(np.full((3, 3, 4), 2))
    with pytest.raises(ParameterError, match=f"`relative_to` .*{told}"):
        severity_index(counts, weights(), relative_to=base)
    if not isinstance(base, str):
        with pytest.raises(ParameterError, match=f"`relative_to` .*{told}"):
            severity_index(counts, weights(), settings={"relative_to": list(base)})


def test_a_cap_that_caps_nothing_is_refused():
    counts = make_counts(np.full((3, 3, 4), 2))
    with pytest.raises(ParameterError, match="`cap` is 10, and transform='raw' caps no weight"):
        severity_index(counts, weights(), cap=10)
    assert severity_index(counts, weights(), transform="capped", cap=10).settings.cap == 10


def test_transforms_keep_order_and_follow_their_formulas():
    table = weights(values=(400.0, 10.0, 50.0)).table
    assert transform_weights(table, "sqrt")["weight"].tolist() == pytest.approx(np.sqrt(table["weight"]).tolist())
    assert transform_weights(table, "capped", cap=100)["weight"].max() == 100
    assert transform_weights(table, "log")["weight"].tolist() == pytest.approx(np.log1p(table["weight"]).tolist())
    with pytest.raises(ParameterError, match="transform"):
        transform_weights(table, "cube")


def test_offence_sets_and_unknown_names():
    assert select_offences(["burglary", "drugs"], "all") == ["burglary", "drugs"]
    assert "burglary" in select_offences(["burglary", "anti-social-behaviour"], "neighbourhood")
    with pytest.raises(ParameterError, match="burglary"):
        select_offences(["burglary"], "burglry")


@settings(max_examples=8, deadline=None)
@given(factor=st.integers(2, 50), seed=st.integers(0, 1000))
def test_harm_is_linear_in_the_weights(factor, seed):
    n = np.random.default_rng(seed).poisson(3, (4, 3, 6))
    n[0, :, 0] += 1
    one = severity_index(make_counts(n), weights())
    many = severity_index(make_counts(n), weights(values=(100.0 * factor, 10.0 * factor, 50.0 * factor)))
    np.testing.assert_allclose(many.harm, one.harm * factor)
    np.testing.assert_allclose(many.table["rate_shrunk"], one.table["rate_shrunk"] * factor, rtol=1e-9)


def test_order_of_areas_and_offences_does_not_matter():
    n = np.random.default_rng(5).poisson(4, (5, 3, 6))
    areas = list("ABCDE")
    forward = severity_index(make_counts(n, areas=areas), weights()).table
    backward = severity_index(make_counts(n[::-1, ::-1], areas=areas[::-1], offences=OFFENCES[::-1]), weights()).table
    assert_frame_equal(forward.sort_index(), backward.sort_index(), rtol=1e-9)
