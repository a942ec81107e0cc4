"""Rows set aside are told by what was lost: by offence, month and source, by weight, and as a share of the file."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from pyproj import Transformer
from shapely.geometry import box

import socharm as sh
from socharm.errors import AlignmentError, CoverageWarning, DataWarning, ParameterError, SchemaError
from socharm.io.incidents.accounting import REASONS, breakdown_table
from socharm.io.incidents.codes import match_codes
from socharm.io.incidents.losses import LossRule, _more_than_others, losses_by_offence

pytestmark = pytest.mark.filterwarnings("ignore:one period:socharm.errors.ModelWarning")

OUTSIDE, NOWHERE, NO_DATE = "outside all areas", "no location", "date cannot be parsed"
LONLAT = Transformer.from_crs(27700, 4326, always_xy=True)
MERCATOR = Transformer.from_crs(27700, 3857, always_xy=True)


def nine_areas() -> gpd.GeoDataFrame:
    """Nine squares of 1 km in Newcastle, from (425000, 560000)."""
    squares = [box(x, y, x + 1000, y + 1000) for x in range(425000, 428000, 1000) for y in range(560000, 563000, 1000)]
    index = pd.Index([f"E0500000{i}" for i in range(9)], name="area_code")
    return gpd.GeoDataFrame({"name": [f"Ward {i}" for i in range(9)]}, geometry=squares, index=index, crs=27700)


def table(*parts: tuple[str, int, Any, Any], date: str = "2020-06-01") -> pd.DataFrame:
    """Rows of (offence, how many, easting, northing)."""
    rows = [(date, offence, x, y) for offence, n, x, y in parts for _ in range(n)]
    return pd.DataFrame(rows, columns=["date", "offence", "easting", "northing"])


def count(rows: pd.DataFrame, **choices: Any) -> tuple[sh.io.Counts, list[tuple[type, str]]]:
    """Counts, and what was warned of rows set aside; what is said of deliveries is tested elsewhere."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        counts = sh.count_incidents(sh.read_incidents(rows), nine_areas(), **choices)
    texts = [(warning.category, str(warning.message)) for warning in said]
    return counts, [(kind, text) for kind, text in texts if "set aside" in text or "lost more than" in text]


def weights(values: Mapping[str, float]) -> Any:
    return sh.read_weights(pd.DataFrame({"offence": list(values), "weight": list(values.values())}), name="own")


HERE = (425500, 560500)
VANCOUVER = table(("Theft", 100, *HERE), ("Homicide", 3, 0, 0), ("Assault", 20, 0, 0))
OWN = {"Theft": 10.0, "Homicide": 5000.0, "Assault": 300.0}


# By offence, month and source ----------------------------------------------------------------------


def test_offences_whose_places_are_withheld_are_named_and_stay_listed() -> None:
    counts, said = count(VANCOUVER)
    assert counts.offences == ["assault", "homicide", "theft"]
    assert counts.without_rows == ["assault", "homicide"]
    assert set(counts.table["offence"]) == {"theft"}
    assert counts.losses["lost"].to_dict() == {"assault": 20, "homicide": 3, "theft": 0}
    assert counts.accounting_by("offence").loc["homicide", NOWHERE] == 3
    coverage = [text for kind, text in said if kind is CoverageWarning]
    assert len(coverage) == 1
    assert "assault (20 of 20 rows: no location), homicide (3 of 3 rows: no location)" in coverage[0]
    assert "23 of 123 rows of the period (19%) were set aside: no location, such as (0, 0)." in said[0][1]
    assert "assault (all, no location), homicide (all, no location)" in counts.about.coverage


def test_the_index_says_which_part_of_the_harm_is_not_in_it() -> None:
    counts, _ = count(VANCOUVER)
    with pytest.warns(
        CoverageWarning, match=r"95% of the harm is not in the index.*homicide \(3 of 3.*68% of the harm"
    ):
        index = sh.severity_index(counts, weights(OWN))
    # By hand: 3 x 5000 + 20 x 300 of 100 x 10 + 15000 + 6000.
    assert index.harm.sum() == 1000
    assert index.losses["harm_lost"].to_dict() == {"assault": 6000.0, "homicide": 15000.0, "theft": 0.0}
    assert index.losses["share_of_harm"].round(4).to_dict() == {"assault": 0.2727, "homicide": 0.6818, "theft": 0.0}
    ranking = sh.rank_areas(index, draws=100, seed=1)
    for about in (index.about, ranking.about):
        assert "homicide (every row of it, 68% of the harm)" in about.coverage
    assert "homicide" in repr(ranking)


def test_few_rows_of_a_grave_offence_are_told_by_weight_only() -> None:
    rows = table(("Theft", 96, *HERE), ("Homicide", 29, *HERE), ("Homicide", 1, 0, 0))  # 3% of its rows
    counts, said = count(rows)
    assert said == []
    # 1 x 5000 of 960 + 30 x 5000 is 3.3% of the harm.
    with pytest.warns(CoverageWarning, match=r"homicide \(1 of 30: no location; 3% of the harm\)"):
        sh.severity_index(counts, weights(OWN))
    sh.severity_index(counts, weights(OWN), warn_harm_share=0.04)  # silent: warnings are errors here


def test_an_index_of_nothing_but_lost_rows_is_refused() -> None:
    counts, _ = count(VANCOUVER)
    with pytest.raises(SchemaError, match=r"Every row of the offences \['homicide'\] was set aside"):
        sh.severity_index(counts, weights(OWN), offences=["homicide"])


def test_an_offence_that_is_left_out_on_purpose_is_no_loss() -> None:
    counts, _ = count(VANCOUVER)
    index = sh.severity_index(counts, weights(OWN), exclude=["homicide", "assault"])
    assert list(index.losses.index) == ["theft"]


def test_a_lost_offence_needs_no_weight() -> None:
    counts, _ = count(table(("Theft", 100, *HERE), ("Bigamy", 1, 0, 0)))
    index = sh.severity_index(counts, weights(OWN))
    assert index.losses.loc["bigamy", ["weight", "share_of_harm"]].isna().all()


def test_rows_outside_the_period_are_not_lost() -> None:
    rows = pd.concat([table(("Theft", 20, *HERE)), table(("Fraud", 50, 0, 0), date="2019-06-01")])
    counts, said = count(rows, period="2020-06")
    assert said == []
    assert counts.offences == ["theft"]
    assert counts.accounting_by("period").loc[pd.Period("2019-06"), "outside the period"] == 50


def test_rows_without_a_date_stand_under_a_missing_month() -> None:
    rows = pd.concat([table(("Theft", 99, *HERE)), table(("Theft", 1, *HERE), date="soon")])
    counts, _ = count(rows)
    by_month = counts.accounting_by("period")
    assert by_month.index.isna().tolist() == [False, True]
    assert by_month[NO_DATE].tolist() == [0, 1]


def test_the_breakdown_tells_sources_apart() -> None:
    rows = table(("Theft", 60, *HERE), ("Theft", 3, 0, 0)).assign(source=["North"] * 60 + ["South"] * 3)
    counts, said = count(rows)
    assert counts.accounting_by("source")[NOWHERE].to_dict() == {"North": 0, "South": 3}
    assert "named" in counts.losses
    assert [kind for kind, _ in said if kind is DataWarning] == []  # 3 of 63 are below 5%


def test_months_chosen_later_account_as_months_chosen_at_once() -> None:
    parts = [table(("Theft", 30, *HERE), ("Robbery", 3, 0, 0), date=f"2020-0{month}-01") for month in (5, 6, 7)]
    rows = pd.concat(parts)
    whole, _ = count(rows)
    part, at_once = whole.between("2020-06", "2020-07"), count(rows, period=("2020-06", "2020-07"))[0]
    assert_frame_equal(part.table, at_once.table)
    assert_frame_equal(part.losses, at_once.losses)
    assert (
        part.accounting["rows"]["outside 2020-06 to 2020-07"] == at_once.accounting["rows"]["outside the period"] == 33
    )
    assert part.rows_read == whole.rows_read
    assert part.breakdown.groupby("reason")["rows"].sum().to_dict() == {
        name: n for name, n in part.accounting["rows"].items() if n
    }


def test_months_chosen_later_say_what_is_not_in_them() -> None:
    parts = [table(("Theft", 60, *HERE), date=f"2020-0{month}-01") for month in (5, 6, 8)]
    whole, _ = count(pd.concat([*parts, table(("Robbery", 3, 0, 0), date="2020-06-01")]))
    assert "9 of 36 area-months" in whole.about.coverage
    assert "robbery (all, no location)" in whole.about.coverage
    may, june = (whole.between(month, month).about.coverage for month in ("2020-05", "2020-06"))
    of = f"Of the counts of 2020-05 to 2020-08, from which these months are taken: {whole.about.coverage}"
    assert may == of  # nothing is lacking in May itself
    assert june == f"Not counted: robbery (all, no location). {of}"


def test_warnings_point_to_the_line_of_the_caller() -> None:
    rows = pd.DataFrame({"date": "2020-06-01", "offence": "Theft", "area_code": ["e05000000"] * 9 + [None]})
    table_rows = pd.DataFrame({"area_code": ["a", "B", "Z"], "burglary": [3, 4, 5]})
    areas = pd.DataFrame(index=["A", "B"])
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        sh.count_incidents(sh.read_incidents(rows), nine_areas())
        sh.counts_from_table(table_rows, period="2020-06", areas=areas)
        sh.severity_index(count(VANCOUVER)[0], weights(OWN))
        sh.harm_points(sh.read_incidents(VANCOUVER), weights(OWN))
    ours = [
        warning
        for warning in said
        if "in other letter case" in str(warning.message) or "set aside" in str(warning.message)
    ]
    assert len(ours) == 6
    assert {warning.filename for warning in ours} == {__file__}


def test_an_unknown_view_of_the_accounting_is_refused() -> None:
    counts, _ = count(table(("Theft", 20, *HERE)))
    with pytest.raises(ParameterError, match="must be one of"):
        counts.accounting_by("area_code")


# Shares of the file --------------------------------------------------------------------------------


@pytest.mark.parametrize(("lost", "outcome"), [(5, "silent"), (6, "told"), (50, "told"), (51, "stopped")])
@pytest.mark.parametrize(
    ("reason", "bad"),
    [
        (NOWHERE, {"easting": 0, "northing": 0}),
        (OUTSIDE, {"easting": 100000, "northing": 100000}),
        (NO_DATE, {"date": "2020-13-45"}),
    ],
)
def test_a_large_share_is_told_and_a_larger_one_stops(lost: int, outcome: str, reason: str, bad: dict) -> None:
    good = {"date": "2020-06-01", "offence": "Theft", "easting": HERE[0], "northing": HERE[1]}
    rows = pd.DataFrame([good] * (100 - lost) + [{**good, **bad}] * lost)
    accepted, said = count(rows, accept=reason)
    assert (accepted.accounting["rows"][reason], said) == (lost, [])
    if outcome == "stopped":
        with pytest.raises(SchemaError, match=rf"51 of 100 rows.*\(51%\).*{reason}.*`accept` with '{reason}'"):
            count(rows)
        return
    _, said = count(rows)
    told = [text for kind, text in said if kind is DataWarning]
    assert bool(told) == (outcome == "told")
    if told:
        assert f"{lost} of 100 rows" in told[0]
        assert reason in told[0]


def test_every_share_that_stops_is_told_at_once() -> None:
    rows = pd.concat([table(("Theft", 9, *HERE), ("Theft", 60, 0, 0)), table(("Theft", 90, *HERE), date="x1")])
    with pytest.raises(SchemaError, match=r"(?s)date cannot be parsed, such as 'x1'.*no location, such as \(0, 0\)"):
        count(rows)


def lost_in_three_ways(each: int) -> pd.DataFrame:
    """100 rows, of which `each` have no date, as many no place, and as many lie elsewhere."""
    placed = table(("Theft", 100 - 3 * each, *HERE), ("Theft", each, 0, 0), ("Theft", each, 100000, 100000))
    return pd.concat([placed, table(("Theft", each, *HERE), date="2020-13-45")])


def test_reasons_are_added_up() -> None:
    counts, said = count(lost_in_three_ways(1))
    assert (said, counts.about.coverage) == ([], "")
    counts, said = count(lost_in_three_ways(4))
    each = rf"4 {NO_DATE}, 4 {NOWHERE}, 4 {OUTSIDE}"
    assert [kind for kind, text in said if f"Altogether 12 of 100 rows (12%) were set aside: {each}." in text]
    assert counts.about.coverage.startswith("12% of rows set aside for want of a date or place")
    with pytest.raises(SchemaError, match=r"Altogether 90 of 100 rows \(90%\).*more than 50% is set aside"):
        count(lost_in_three_ways(30))
    kept, said = count(lost_in_three_ways(30), accept=(NO_DATE, NOWHERE, OUTSIDE))
    assert int(kept.accounting["rows"]["used"]) == 10
    assert not any("Altogether" in text for _, text in said)


def test_every_reason_of_an_offence_is_named() -> None:
    """Of 12 rows lost in three ways none of the ways is that of all."""
    counts, said = count(lost_in_three_ways(4))
    reasons = f"{NO_DATE}, {NOWHERE}, {OUTSIDE}"
    assert counts.losses["reason"].to_dict() == {"theft": reasons}
    assert any(f"theft (12 of 100 rows: {reasons})" in text for _, text in said)


def test_a_share_is_printed_as_it_was_chosen() -> None:
    _, said = count(lost_in_three_ways(4), warn_share=0.025)
    assert any("lost more than 2.5% of its rows" in text for _, text in said)


def test_shares_are_settings() -> None:
    rows = table(("Theft", 80, *HERE), ("Theft", 20, 0, 0))
    with pytest.raises(SchemaError, match="more than 10% is set aside"):
        count(rows, stop_share=0.1)
    counts, said = count(rows, warn_share=0.2)
    assert said == []
    assert (counts.settings.warn_share, counts.settings.stop_share, counts.settings.accept) == (0.2, 0.5, ())


@pytest.mark.parametrize(
    ("choice", "match"),
    [
        ({"accept": ("outside areas",)}, r"it may name .*outside all areas.*Did you mean 'outside all areas'"),
        ({"accept": "used"}, "`accept` names 'used'"),
        ({"accept": 3}, "`accept` is 3"),
        ({"warn_share": 2}, "warn_share"),
        ({"warn_share": 0.4, "stop_share": 0.1}, "below `warn_share`"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(choice: dict, match: str) -> None:
    with pytest.raises(ParameterError, match=match):
        count(table(("Theft", 20, *HERE)), **choice)


def test_samples_print_no_names() -> None:
    rows = pd.concat([table(("Theft", 20, *HERE)), table(("Theft", 5, *HERE), date="Jo Smith")])
    _, said = count(rows)
    assert "a text of 8 characters" in said[0][1]
    assert not any("Smith" in text for _, text in said)


# A file of more places than the areas --------------------------------------------------------------


def national(**lost: tuple[int, int]) -> pd.DataFrame:
    """Rows inside and outside the areas, by offence."""
    parts = []
    for offence, (inside, outside) in lost.items():
        parts += [(offence, inside, *HERE), (offence, outside, 530000, 180000)]
    return table(*parts)


def test_a_national_file_is_accepted_without_naming_every_offence() -> None:
    rows = national(theft=(30, 970), burglary=(10, 490), homicide=(0, 12), assault=(40, 560))
    with pytest.raises(SchemaError, match=r"2,032 of 2,112 rows.*outside all areas"):
        count(rows)
    counts, said = count(rows, accept=OUTSIDE)
    assert said == []
    assert counts.accounting["rows"][OUTSIDE] == 2032
    assert counts.offences == ["assault", "burglary", "homicide", "theft"]
    assert counts.without_rows == ["homicide"]
    index = sh.severity_index(counts, weights({"Theft": 10, "Burglary": 40, "Homicide": 5000, "Assault": 300}))
    assert index.about.coverage == ""


def test_a_file_that_is_a_little_larger_than_the_areas_names_no_offence() -> None:
    """England of England and Wales: 5% of the rows lie outside, and 10% of those of drugs."""
    rows = national(theft=(960, 40), drugs=(90, 10))
    assert [kind for kind, _ in count(rows)[1]] == [CoverageWarning]
    assert count(rows, accept=OUTSIDE)[1] == []


def test_an_offence_lost_in_a_larger_file_is_named() -> None:
    counts, said = count(national(theft=(600, 400), burglary=(300, 200), homicide=(0, 40)), accept=OUTSIDE)
    assert [kind for kind, _ in said] == [CoverageWarning]
    assert counts.losses["named"].to_dict() == {"burglary": False, "homicide": True, "theft": False}


def test_places_withheld_in_a_national_file_weigh_as_much_as_lies_here() -> None:
    """A tenth of the located rows lie here, so a tenth of those without a place are taken to."""
    rows = pd.concat([national(theft=(100, 900)), table(("Homicide", 50, 0, 0))])
    counts, said = count(rows, accept=OUTSIDE)
    assert "homicide (50 of 50 rows: no location)" in said[-1][1]
    assert counts.losses.loc["homicide", "lost_here"] == pytest.approx(5)


def test_an_offence_that_loses_more_than_others_is_named_though_the_file_is_larger() -> None:
    counts, _ = count(national(theft=(80, 0), homicide=(10, 10)))
    assert counts.losses["named"].to_dict() == {"homicide": True, "theft": False}


def test_a_large_offence_that_lost_all_does_not_hide_a_small_one() -> None:
    found = _more_than_others(np.array([900, 3, 0]), np.array([900, 3, 100]), 0.25)
    assert found.tolist() == [True, True, False]
    assert not _more_than_others(np.array([97, 3]), np.array([100, 3]), 0.25).any()
    assert not _more_than_others(np.array([5]), np.array([10]), 0.25).any()  # nothing to compare with
    assert not _more_than_others(np.array([900, 0]), np.array([1000, 1]), 0.25).any()  # one row says nothing


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(REASONS), st.sampled_from("abc"), st.integers(1, 10_000)), min_size=1, max_size=30
    ),
    st.sets(st.sampled_from([NO_DATE, NOWHERE, OUTSIDE])),
)
def test_losses_never_exceed_the_rows_of_an_offence(rows: list, accept: set) -> None:
    frame = pd.DataFrame(rows, columns=["reason", "offence", "rows"]).assign(
        n=lambda t: t["rows"], source="x", period=pd.Period("2020-06")
    )
    losses = losses_by_offence(breakdown_table(frame), LossRule(accept=tuple(sorted(accept))))
    assert (losses["used"] + losses["lost"] <= losses["n"]).all()
    assert (losses["lost_here"] <= losses["lost"]).all()
    assert (losses["lost_here"] >= 0).all()
    every = losses_by_offence(breakdown_table(frame), LossRule(accept=(NO_DATE, NOWHERE, OUTSIDE)))
    assert (every["lost"] <= losses["lost"]).all()


# Two systems in one column -------------------------------------------------------------------------


def mixed(first: str, second: str, x: list, y: list) -> pd.DataFrame:
    return pd.DataFrame({"date": "2020-06-01", "offence": "Theft", first: x, second: y})


def degrees(n: int) -> tuple[list[float], list[float]]:
    longitude, latitude = LONLAT.transform(*HERE)
    return [longitude] * n, [latitude] * n


@pytest.mark.parametrize(
    ("name", "x", "y", "match"),
    [
        ("longitude", HERE[0], HERE[1], "8 of these rows would lie in the areas as metres of EPSG:27700"),
        ("longitude", *MERCATOR.transform(*HERE), "8 of these rows would lie in the areas as metres of EPSG:3857"),
        ("longitude", *LONLAT.transform(*HERE)[::-1], "8 of these rows .* with longitude and latitude exchanged"),
        (
            "longitude",
            -LONLAT.transform(*HERE)[0],
            LONLAT.transform(*HERE)[1],
            "with a minus sign before the longitude",
        ),
        ("easting", *LONLAT.transform(*HERE), "8 of these rows would lie in the areas as longitude and latitude"),
        ("easting", *MERCATOR.transform(*HERE), "8 of these rows would lie in the areas as metres of EPSG:3857"),
        ("easting", *HERE[::-1], "8 of these rows .* with easting and northing exchanged"),
    ],
)
def test_a_part_of_the_points_in_another_system_is_told_and_not_mended(
    name: str, x: float, y: float, match: str
) -> None:
    other = "latitude" if name == "longitude" else "northing"
    east, north = degrees(12) if name == "longitude" else ([HERE[0]] * 12, [HERE[1]] * 12)
    rows = mixed(name, other, [*east, *[x] * 8], [*north, *[y] * 8])
    with pytest.warns(DataWarning, match=match):
        counts = sh.count_incidents(sh.read_incidents(rows), nine_areas())
    assert counts.accounting["rows"][OUTSIDE] == 8
    worse = pd.concat([rows, rows.tail(8)])
    with pytest.raises(SchemaError, match=match.replace("8 of", "16 of")):
        sh.count_incidents(sh.read_incidents(worse), nine_areas())
    with pytest.warns(DataWarning, match=match.replace("8 of", "16 of")):
        sh.count_incidents(sh.read_incidents(worse), nine_areas(), accept=OUTSIDE)


def test_points_elsewhere_are_not_taken_for_another_system() -> None:
    east, north = degrees(10)
    rows = mixed("longitude", "latitude", [*east, *[-0.1] * 5], [*north, *[51.5] * 5])
    with pytest.warns(DataWarning, match="Check that boundaries and incidents are of the same place"):
        sh.count_incidents(sh.read_incidents(rows), nine_areas())


def test_points_that_all_lack_their_sign_are_told() -> None:
    longitude, latitude = degrees(3)
    rows = mixed("longitude", "latitude", [-value for value in longitude], latitude)
    with pytest.raises(AlignmentError, match="1 of these points would lie in the areas with a minus sign"):
        sh.count_incidents(sh.read_incidents(rows), nine_areas())


# Points --------------------------------------------------------------------------------------------


def test_points_say_which_part_of_the_harm_has_no_place() -> None:
    incidents = sh.read_incidents(VANCOUVER)
    with pytest.warns(CoverageWarning, match=r"95% of the harm is not in the points.*homicide \(3 of 3: no location"):
        points = sh.harm_points(incidents, weights(OWN))
    assert points.losses["harm_lost"].to_dict() == {"assault": 6000.0, "homicide": 15000.0, "theft": 0.0}
    assert "homicide (every row of it, 68% of the harm)" in points.about.coverage
    sh.harm_points(incidents, weights(OWN), exclude=["homicide", "assault"])  # silent: left out on purpose


def test_points_tell_lost_harm_from_the_stated_share_on() -> None:
    rows = table(("Theft", 96, *HERE), ("Homicide", 29, *HERE), ("Homicide", 1, 0, 0))
    # As of the index of the same rows: 3.3% of the harm.
    with pytest.warns(CoverageWarning, match=r"homicide \(1 of 30: no location; 3% of the harm\)"):
        told = sh.harm_points(sh.read_incidents(rows), weights(OWN))
    assert "3% of the harm" in told.about.coverage
    quiet = sh.harm_points(sh.read_incidents(rows), weights(OWN), warn_harm_share=0.04)
    assert "of the harm" not in quiet.about.coverage
    assert quiet.settings.warn_harm_share == 0.04
    stated = sh.severity_index(count(rows)[0], weights(OWN), warn_harm_share=0.04).settings
    assert "of the harm" not in sh.harm_points(sh.read_incidents(rows), weights(OWN), settings=stated).about.coverage


# Area codes ----------------------------------------------------------------------------------------


def test_codes_in_other_letter_case_are_matched_and_told() -> None:
    rows = pd.DataFrame({"date": "2020-06-01", "offence": "Theft", "area_code": ["E05000000", " e05000000 "] * 20})
    with pytest.warns(DataWarning, match="20 rows carry 1 area code in other letter case"):
        counts = sh.count_incidents(sh.read_incidents(rows), nine_areas())
    assert counts.total()["E05000000"] == 40
    assert counts.facts["rows"].filter(like="area code was matched").tolist() == [20]


def test_codes_that_could_mean_two_areas_are_set_aside() -> None:
    areas = pd.DataFrame(index=["a1", "A1", "B"])
    rows = pd.DataFrame({"date": "2020-06-01", "offence": "Theft", "area_code": ["a1", "A1", "B", "b", " a 1"] * 4})
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        counts = sh.count_incidents(sh.read_incidents(rows), areas)
    texts = " ".join(str(warning.message) for warning in said)
    assert "4 rows carry 1 area code in other letter case" in texts
    assert "1 area code could mean several areas, such as ['a 1']" in texts
    assert "outside all areas, such as 'a 1'" in texts
    assert counts.total().to_dict() == {"a1": 4, "A1": 4, "B": 8}


def test_numbers_of_areas_keep_their_meaning() -> None:
    found = match_codes(["7", "7.0", "007", "12", "x"], ["007", "12"])
    assert found.positions == {"7": 0, "7.0": 0, "007": 0, "12": 1}
    assert found.changed == ("7", "7.0")
    assert match_codes(["00", "0"], ["0"]).positions == {"00": 0, "0": 0}


# Tables of counts ----------------------------------------------------------------------------------


def test_a_table_of_counts_loses_incidents_and_accounts_for_cells() -> None:
    areas = pd.DataFrame(index=["A", "B"])
    rows = pd.DataFrame(
        {
            "area_code": ["A", "B", "Z", "A"],
            "offence": ["theft"] * 3 + ["arson"],
            "n": [30, 60, 10, 500],
            "period": "2020-06",
        }
    )
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        counts = sh.counts_from_table(rows, period="2020-06", areas=areas)
    assert [warning.category for warning in said] == [DataWarning, CoverageWarning]
    assert "1 of 4 cells of the period (25%) were set aside: outside all areas, such as 'Z'" in str(said[0].message)
    assert "theft (10 of 100 incidents: outside all areas)" in str(said[1].message)
    assert counts.accounting["rows"][["used", OUTSIDE]].tolist() == [3, 1]
    assert counts.breakdown.set_index(["reason", "offence"])["n"].to_dict() == {
        ("used", "arson"): 500, ("used", "theft"): 90, (OUTSIDE, "theft"): 10,
    }  # fmt: skip
    more = pd.DataFrame({"area_code": list("ABXYZ"), "offence": "theft", "n": 1, "period": "2020-06"})
    with pytest.raises(SchemaError, match=r"3 of 5 cells.*outside all areas"):
        sh.counts_from_table(more, period="2020-06", areas=areas)


def test_a_table_with_codes_in_lower_case() -> None:
    rows = pd.DataFrame({"area_code": ["e01", "E02"], "burglary": [3, 4]})
    with pytest.warns(DataWarning, match="1 cell carries 1 area code in other letter case"):
        counts = sh.counts_from_table(rows, period="2020-06", areas=pd.DataFrame(index=["E01", "E02"]))
    assert counts.total().to_dict() == {"E01": 3, "E02": 4}
    twice = pd.DataFrame({"area_code": ["e01", "E01"], "burglary": [3, 4]})
    with pytest.raises(SchemaError, match=r"1 cell twice, under codes that differ in letter case"):
        sh.counts_from_table(twice, period="2020-06", areas=pd.DataFrame(index=["E01", "E02"]))


def test_months_of_a_total_keep_the_cells_of_the_table() -> None:
    rows = pd.DataFrame({"area_code": ["A", "B"], "burglary": [30, 60]})
    whole = sh.counts_from_table(rows, period=("2020-04", "2020-06"))
    part = whole.between("2020-04", "2020-05")
    assert part.accounting["rows"]["used"] == 2
    assert part.breakdown["n"].sum() == part.table["n"].sum() == 60


def test_a_breakdown_without_its_columns_is_told() -> None:
    sample = sh.load_sample()
    counts = sh.count_incidents(sample.incidents, sample.wards)
    with pytest.raises(SchemaError, match=r"breakdown.*rows"):
        dataclasses.replace(counts, breakdown=counts.breakdown.drop(columns="rows"))
    changed = dataclasses.replace(counts, breakdown=counts.breakdown.copy())
    del changed.breakdown["reason"]
    for ask in (lambda: changed.losses, lambda: changed.offences, lambda: changed.accounting_by("offence")):
        with pytest.raises(SchemaError, match="reason"):
            ask()
