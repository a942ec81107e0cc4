"""Deliveries: a month is covered when its police sent a plausible month, not when a row exists."""

from __future__ import annotations

import dataclasses
import warnings

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import socharm as sh
from socharm.errors import CoverageWarning, ParameterError, SchemaError
from socharm.io.incidents.delivery import DeliveryRule, judge_deliveries
from socharm.io.incidents.known_gaps import in_known_gap
from socharm.io.incidents.policing import covered_by, policing_sources, too_quiet_forces

GMP, WYP, BTP = "Greater Manchester Police", "West Yorkshire Police", "British Transport Police"
AREAS = [f"W{number}" for number in range(8)]
MONTHS = [f"2019-{month:02d}" for month in range(4, 10)]


def months_from(first: str, count: int) -> list[str]:
    return [str(month) for month in pd.period_range(first, periods=count, freq="M")]


def incidents_of(cells, **more):
    """Incidents of (source, area, month, rows), opened."""
    frame = pd.DataFrame(cells, columns=["source", "area_code", "date", "n"])
    rows = frame.loc[frame.index.repeat(frame["n"])].drop(columns="n").assign(offence="burglary")
    return sh.read_incidents(rows.reset_index(drop=True), **more)


def areas_of(codes=AREAS, **columns):
    return pd.DataFrame(index=pd.Index(codes, name="area_code")).assign(**columns)


def stopped_force(*, malformed=True):
    """Eight areas: four that Greater Manchester sends until June only, and four of West Yorkshire with strays."""
    cells = [(GMP, area, month, 50) for area in AREAS[:4] for month in MONTHS[:3]]
    cells += [(WYP, area, month, 50) for area in AREAS[4:] for month in MONTHS]
    cells += [(WYP, area, month, 1) for area in AREAS[:4] for month in MONTHS]
    return cells + ([(GMP, "W6", "2019-08", 1)] if malformed else [])


def counted(cells, areas, **more):
    """Counts, and what was said of coverage."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        counts = sh.count_incidents(incidents_of(cells), areas, **more)
    return counts, [str(w.message) for w in said if issubclass(w.category, CoverageWarning)]


# A force that stops -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("force", [None, [GMP] * 4 + [WYP] * 4, ["GMP"] * 4 + ["E23000010"] * 4])
def test_a_force_that_stopped_is_missing_not_quiet(force):
    areas = areas_of() if force is None else areas_of(force=force)
    counts, said = counted(stopped_force(), areas)
    assert counts.coverage.loc["W0":"W3"].to_numpy().tolist() == [[True] * 3 + [False] * 3] * 4
    assert counts.coverage.loc["W4":].all(axis=None)
    per_month = counts.total() / counts.coverage.sum(axis=1)
    assert per_month.between(50, 51).all()
    assert len(said) == 1
    assert said[0].startswith(f"{GMP} did not deliver 2019-07 to 2019-09: 0 to 1 rows, under 30% of 200")
    assert said[0] in counts.about.coverage


def test_the_case_as_street_files_gives_the_same_rate_everywhere(tmp_path):
    header = "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,"
    lines = [header + "Last outcome category,Context"]
    for number, (source, area, month, n) in enumerate(stopped_force()):
        lon = 0.005 + 0.01 * int(area[1])
        for row in range(n):
            lines.append(f"{number:032x}{row:032x},{month},{source},{source},{lon:.4f},51.5,On or near A,,,Burglary,,")
    (tmp_path / "rows.csv").write_text("\n".join(lines) + "\n")
    from shapely.geometry import box

    shapes = [box(0.01 * k, 51, 0.01 * (k + 1), 52) for k in range(8)]
    areas = gpd.GeoDataFrame(index=pd.Index(AREAS, name="area_code"), geometry=shapes, crs=4326).to_crs(27700)
    with pytest.warns(CoverageWarning, match=r"Known of police.uk, since 2019-07: no crime data"):
        counts = sh.count_incidents(sh.read_incidents(tmp_path / "rows.csv"), areas)
    people = sh.read_population(
        pd.DataFrame({"c": AREAS, "p": 1000}), code="c", value="p", kind="resident", date="2019-06-30"
    )
    weights = sh.load_weights("ons-css").crosswalk("police.uk", allow_stale=True)
    expected = 50 * 12 * float(weights.weights["burglary"]) / 1000
    rate = sh.severity_index(counts, weights, population=people).rate
    np.testing.assert_allclose(rate, expected, rtol=0.021)
    assert float(rate["W4"]) == pytest.approx(228.9, abs=0.05)


def test_a_short_life_is_not_outweighed_by_the_strays_of_years():
    months = months_from("2019-01", 36)
    cells = [(GMP, "W0", months[0], 60), (WYP, "W4", months[0], 60)]
    cells += [(WYP, "W4", month, 60) for month in months[1:]] + [(WYP, "W0", month, 5) for month in months]
    counts, said = counted(cells, areas_of(["W0", "W4"]))
    assert counts.coverage.loc["W0"].tolist() == [True] + [False] * 35
    assert counts.coverage.loc["W4"].all()
    assert "did not deliver 2019-02 to 2021-12" in said[0]


def test_an_area_that_two_forces_share_needs_both():
    cells = [(GMP, "W0", month, 60) for month in MONTHS[:4]] + [(WYP, "W0", month, 50) for month in MONTHS]
    counts, _ = counted(cells, areas_of(["W0"]))
    assert counts.coverage.loc["W0"].tolist() == [True] * 4 + [False] * 2


def test_a_new_record_system_takes_over_from_the_old_one():
    cells = [("Old system", "W0", month, 60) for month in MONTHS[:3]]
    cells += [("New system", "W0", month, 55) for month in MONTHS[3:]]
    counts, said = counted(cells, areas_of(["W0"]))
    assert counts.coverage.all(axis=None)
    assert said == []


def test_a_renamed_force_is_one_force():
    cells = [("Hampshire Constabulary", "W0", month, 60) for month in MONTHS[:3]]
    cells += [("Hampshire and Isle of Wight Constabulary", "W0", month, 60) for month in MONTHS[3:]]
    for areas in (areas_of(["W0"]), areas_of(["W0"], force="E23000030")):
        counts, said = counted(cells, areas)
        assert counts.coverage.all(axis=None)
        assert said == []


def test_few_rows_take_the_police_of_their_district_and_none_that_of_everyone():
    parents = dict.fromkeys((*AREAS[:4], "hamlet"), "Rochdale") | dict.fromkeys(AREAS[4:], "Calderdale")
    codes = [*AREAS, "hamlet", "moor"]
    cells = [*stopped_force(), (WYP, "hamlet", "2019-09", 3)]
    areas = areas_of(codes, parent=[parents.get(code) for code in codes])
    counts, _ = counted(cells, areas)
    for quiet in ("hamlet", "moor"):
        assert counts.coverage.loc[quiet].tolist() == [True] * 3 + [False] * 3


# One source ---------------------------------------------------------------------------------------------------


def test_a_month_with_implausibly_few_rows_of_a_single_file_is_not_covered():
    frame = [("x", "W0", month, n) for month, n in zip(MONTHS, (200, 190, 7, 210, 95, 200), strict=True)]
    rows = pd.DataFrame(frame, columns=["source", "area_code", "date", "n"])
    rows = rows.loc[rows.index.repeat(rows["n"]), ["area_code", "date"]].assign(offence="burglary")
    with pytest.warns(CoverageWarning) as said:
        counts = sh.count_incidents(sh.read_incidents(rows.reset_index(drop=True)), areas_of(["W0"]))
    assert counts.coverage.loc["W0"].tolist() == [True, True, False, True, True, True]
    assert counts.accounting["rows"]["area not covered in that month"] == 7
    assert [str(w.message).split(":")[0] for w in said] == [
        "table did not deliver 2019-06",
        "table delivered 2019-08 in part, it seems",
    ]
    assert counts.deliveries["delivery"].tolist() == [
        "delivered", "delivered", "not delivered", "delivered", "partly", "delivered",
    ]  # fmt: skip
    assert counts.deliveries["usual"].tolist()[2] == 200
    assert counts.rows_read == len(rows)


def test_one_row_is_enough_when_nothing_is_asked():
    counts, said = counted(stopped_force(), areas_of(force=[GMP] * 4 + [WYP] * 4), minimum_delivery=0.0)
    assert counts.coverage.loc["W0"].tolist() == [True, True, True, False, True, False]
    assert counts.settings.minimum_delivery == 0.0
    assert [text.split(":")[0] for text in said] == [
        f"{GMP} did not deliver 2019-07, 2019-09",
        f"{GMP} delivered 2019-08 in part, it seems",
    ]


def test_small_sources_are_not_judged_from_noise():
    cells = [("Toy", "W0", month, n) for month, n in zip(MONTHS, (9, 1, 5, 0, 2, 12), strict=True)]
    counts, said = counted(cells, areas_of(["W0"]))
    assert counts.coverage.loc["W0"].tolist() == [True, True, True, False, True, True]
    assert said == []
    assert set(counts.deliveries["delivery"]) == {"too few to judge", "nothing arrived"}


def test_what_the_caller_states_overrules_what_arrived():
    counts, said = counted(stopped_force(), areas_of(), covered=MONTHS)
    assert counts.coverage.all(axis=None)
    assert said == []
    counts, said = counted(stopped_force(), areas_of(), covered=["W0", "W4"])
    assert counts.coverage.sum(axis=1).to_dict() == dict.fromkeys(AREAS, 0) | {"W0": 3, "W4": 6}
    assert len(said) == 1


@pytest.mark.parametrize("value", [-0.1, 1.5, float("nan"), "x", None])
def test_a_share_that_is_none_is_refused(value):
    with pytest.raises(ParameterError, match="minimum_delivery"):
        sh.count_incidents(incidents_of(stopped_force()), areas_of(), minimum_delivery=value)


# A force that never delivered ---------------------------------------------------------------------------------


def test_a_stated_force_with_next_to_nothing_never_delivered():
    force = ["Kent"] * 4 + ["Essex"] * 4
    cells = [("Essex", area, month, 50) for area in AREAS[4:] for month in MONTHS]
    cells += [("Kent", "W0", "2019-08", 1)]
    counts, said = counted(cells, areas_of(force=force))
    assert not counts.coverage.loc["W0":"W3"].any(axis=None)
    assert counts.coverage.loc["W4":].all(axis=None)
    assert any(text.startswith("Kent sent next to nothing") for text in said)


def test_areas_with_strays_alone_are_named_where_no_force_is_stated():
    cells = [cell for cell in stopped_force() if cell[0] == WYP]
    counts, said = counted(cells, areas_of())
    assert len(said) == 1
    assert said[0].startswith("4 areas, such as ['W0', 'W1', 'W2'], get less than a fortieth")
    assert counts.coverage.all(axis=None)
    _, said = counted(cells, areas_of(), covered=AREAS[4:])
    assert said == []


def test_a_silent_force_is_told_with_what_is_known_of_it():
    cells = [("Essex", area, month, 50) for area in AREAS[4:] for month in MONTHS]
    counts, said = counted(cells, areas_of(force=[GMP] * 4 + ["Essex"] * 4))
    assert said == [f"No row arrived from 1 force, such as ['{GMP}']: their areas are not covered."]
    assert not counts.coverage.loc["W0"].any()


# Sources that come and go -------------------------------------------------------------------------------------


def with_transport(n=30):
    months = months_from("2024-01", 12)
    cells = [("Essex", area, month, 50) for area in AREAS[:2] for month in months]
    return [*cells, (BTP, "W0", months[0], n)]


def test_the_transport_police_of_one_month_is_named_and_can_be_left_out():
    counts, said = counted(with_transport(), areas_of(AREAS[:2]))
    assert said == [
        f"{BTP} sent rows in 1 of 12 months (2024-01): they make those months look higher. Leave it out with "
        "`leave_out_sources` ('btp') where months or areas are compared."
    ]
    assert counts.coverage.all(axis=None)
    for name in ("btp", "British Transport Police", ("BTP",)):
        left = sh.count_incidents(incidents_of(with_transport(), leave_out_sources=name), areas_of(AREAS[:2]))
        assert left.accounting["rows"][["used", "source left out"]].tolist() == [1200, 30]
        assert left.rows_read == counts.rows_read == 1230
        assert left.total().tolist() == [600, 600]
        assert left.findings.leave_out_sources == ((name,) if isinstance(name, str) else name)


def test_transport_police_in_every_month_is_silent():
    cells = [*with_transport(), *[(BTP, "W0", month, 30) for month in months_from("2024-02", 11)]]
    assert counted(cells, areas_of(AREAS[:2]))[1] == []


def test_a_source_left_out_covers_no_month_and_comes_first_among_the_reasons():
    months = months_from("2024-01", 3)
    cells = [("Essex", "W0", month, 50) for month in months] + [(BTP, "W0", "2024-06", 5), (BTP, "W9", "nonsense", 2)]
    counts = sh.count_incidents(incidents_of(cells, leave_out_sources="btp"), areas_of(["W0"]))
    assert str(counts.about.period) == "2024-01 to 2024-03"
    rows = counts.accounting["rows"]
    assert rows[rows > 0].to_dict() == {"used": 150, "source left out": 7}


def test_a_source_that_does_not_exist_is_refused_and_an_absent_force_is_not():
    incidents = incidents_of(with_transport(), leave_out_sources="Esex")
    with pytest.raises(ParameterError, match=r"leave_out_sources.*Did you mean 'Essex'"):
        sh.count_incidents(incidents, areas_of(AREAS[:2]))
    counts = sh.count_incidents(incidents_of(with_transport(30)[:-1], leave_out_sources="BTP"), areas_of(AREAS[:2]))
    assert counts.accounting["rows"]["source left out"] == 0
    with pytest.raises(SchemaError, match="leaves out every source"):
        sh.count_incidents(incidents_of(with_transport(), leave_out_sources=["Essex", "btp"]), areas_of(AREAS[:2]))
    with pytest.raises(ParameterError, match="each part must be text"):
        incidents_of(with_transport(), leave_out_sources=[None])


def test_points_leave_out_the_same_sources():
    rows = pd.DataFrame(
        {"source": ["Essex", "BTP"], "date": "2024-01", "offence": "burglary", "easting": [1e5, 2e5], "northing": 3e5}
    )
    from socharm.io.incidents.points import incident_points

    assert incident_points(sh.read_incidents(rows, leave_out_sources="btp"))["x"].tolist() == [1e5]


# The rule -----------------------------------------------------------------------------------------------------


def judged(*rows, first="2015-01", **rule):
    table = pd.DataFrame([rows], index=["x"], columns=months_from(first, len(rows)))
    found = judge_deliveries(table, DeliveryRule(**rule))
    return found.delivered.loc["x"].tolist()


@pytest.mark.parametrize(
    ("rows", "delivered"),
    [
        ([500], [True]),
        ([100, 1000], [False, True]),
        ([400, 1000], [True, True]),
        ([200, 200, 1], [True, True, False]),
        ([60, 200, 200], [True, True, True]),
        ([59, 200, 200], [False, True, True]),
        ([0, 0, 300, 310, 290], [False, False, True, True, True]),
        ([1000] * 12 + [13_000], [True] * 13),  # a backlog in one month does not make the others thin
        ([30_000] * 3 + [14] * 60, [True] * 3 + [False] * 60),  # nor do years of strays make themselves usual
        ([1000, 1000, 400, 200, 60], [True, True, True, False, False]),
    ],
)
def test_months_are_judged_by_the_source_s_own_usual_month(rows, delivered):
    assert judged(*rows) == delivered


def test_a_source_may_grow_a_hundredfold_over_the_years():
    growing = [round(100 * 1.04**month) for month in range(120)]
    assert all(judged(*growing))
    assert all(judged(*growing[::-1]))
    stopped = [*growing[:60], 20, *growing[61:]]
    assert judged(*stopped).index(False) == 60
    assert judged(*stopped).count(False) == 1


def test_seasons_that_treble_are_delivered_whole():
    assert all(judged(*[300, 300, 250, 200, 150, 110, 100, 110, 150, 200, 250, 300] * 4))


@given(
    rows=st.lists(st.integers(0, 2000), min_size=1, max_size=30),
    factor=st.integers(2, 1000),
)
@settings(deadline=None)
def test_a_source_that_can_be_judged_is_judged_alike_in_any_unit(rows, factor):
    once = pd.DataFrame([rows], index=["x"], columns=months_from("2015-01", len(rows)))
    first, second = (judge_deliveries(table, DeliveryRule()) for table in (once, once * factor))
    if first.judged["x"]:
        assert first.delivered.equals(second.delivered)
        assert (first.usual * factor).equals(second.usual)


@given(st.randoms(use_true_random=False))
@settings(max_examples=6, deadline=None)
def test_the_order_of_rows_sources_and_areas_changes_nothing(random):
    cells = [*stopped_force(), (BTP, "W5", "2019-05", 40)]
    random.shuffle(cells)
    codes = random.sample(AREAS, len(AREAS))
    counts, said = counted(cells, areas_of(codes))
    expected, told = counted([*stopped_force(), (BTP, "W5", "2019-05", 40)], areas_of())
    pd.testing.assert_frame_equal(counts.coverage.loc[AREAS], expected.coverage)
    pd.testing.assert_frame_equal(counts.deliveries, expected.deliveries)
    assert said == told


@given(factor=st.integers(1, 4))
@settings(max_examples=4, deadline=None)
def test_multiplying_every_count_leaves_the_coverage(factor):
    cells = [(source, area, month, n * factor) for source, area, month, n in stopped_force()]
    pd.testing.assert_frame_equal(
        counted(cells, areas_of())[0].coverage, counted(stopped_force(), areas_of())[0].coverage
    )


@given(
    rows=st.lists(st.tuples(st.integers(40, 60), st.integers(40, 60)), min_size=2, max_size=12),
    strays=st.integers(0, 3),
)
@settings(max_examples=10, deadline=None)
def test_every_area_with_full_delivery_is_covered(rows, strays):
    months = months_from("2021-01", len(rows))
    cells = [("Kent", "W0", month, n) for month, (n, _) in zip(months, rows, strict=True)]
    cells += [("Essex", "W4", month, n) for month, (_, n) in zip(months, rows, strict=True)]
    cells += [("Essex", "W0", month, strays) for month in months]
    counts, said = counted(cells, areas_of(["W0", "W4"]))
    assert counts.coverage.all(axis=None)
    assert said == []


def test_a_quarter_of_the_best_source_s_rows_polices_an_area_too():
    rows = pd.DataFrame({"a": [100, 100, 0], "b": [25, 24, 0]}, index=["X", "Y", "Z"])
    months, able = pd.Series({"a": 4, "b": 4}), pd.Series({"a": True, "b": True})
    found = policing_sources(rows, months, able, pd.Series(None, index=rows.index, dtype=object))
    assert found.to_numpy().tolist() == [[True, True], [True, False], [True, True]]
    small = policing_sources(rows, months, pd.Series({"a": False, "b": True}), pd.Series(None, index=rows.index))
    assert not small.loc[["X", "Y"]].any(axis=None)


def test_months_with_fewer_of_an_area_s_sources_are_not_covered():
    delivered = pd.DataFrame([[1, 1, 0, 0], [1, 0, 1, 0]], ["a", "b"], list("1234")).astype(bool)
    needed = pd.DataFrame([[True, True], [True, False], [False, False]], list("XYZ"), ["a", "b"])
    anyone = delivered.any(axis=0)
    found = covered_by(needed, delivered, anyone)
    assert found.astype(int).to_numpy().tolist() == [[1, 0, 0, 0], [1, 1, 0, 0], [1, 1, 1, 0]]
    apart = covered_by(needed.iloc[:1], delivered.iloc[:, 1:], anyone.iloc[1:])
    assert apart.astype(int).to_numpy().tolist() == [[1, 1, 0]]


def test_a_fiftieth_of_what_others_get_is_next_to_nothing():
    areas, months = pd.Series({"a": 10, "b": 10}), pd.Series({"a": 1, "b": 1})
    assert too_quiet_forces(pd.Series({"a": 19, "b": 1000}), months, areas, judged_from=20) == ["a"]
    assert too_quiet_forces(pd.Series({"a": 20, "b": 1000}), months, areas, judged_from=20) == []
    assert too_quiet_forces(pd.Series({"a": 0, "b": 19}), months, areas, judged_from=20) == []


# Known gaps, settings and real data ---------------------------------------------------------------------------


def test_known_gaps_are_facts_with_a_source():
    gaps = sh.io.known_gaps()
    assert list(gaps.columns) == ["force", "from", "until", "open", "missing", "source", "seen"]
    assert gaps.notna().all(axis=None)
    assert (gaps["from"] <= gaps["until"]).all()
    assert gaps["source"].str.contains(r"https://|github\.com").all()
    assert sh.io.known_gaps("GMP")["from"].tolist() == ["2019-07"]
    assert sh.io.known_gaps("Devon & Cornwall", ("2023-01", "2023-12")).empty
    assert not sh.io.known_gaps("E23000005", ("2030-01", "2030-12")).empty  # open: it went on when it was seen
    assert in_known_gap("btp", "2016-02")
    assert not in_known_gap("btp", "2016-01")
    with pytest.raises(ParameterError, match="force"):
        sh.io.known_gaps("")


def test_a_malformed_file_alone_in_a_known_gap_delivers_nothing(tmp_path):
    rows = [f",2022-08,{GMP},{GMP},-2.2,53.5,On or near A,,,Burglary,," for _ in range(14)]
    rows += [f",2022-0{month},{WYP},{WYP},-1.5,53.8,On or near B,,,Burglary,," for month in (7, 8) for _ in range(60)]
    header = "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,"
    (tmp_path / "x.csv").write_text("\n".join([header + "Last outcome category,Context", *rows]) + "\n")
    from shapely.geometry import box

    shapes = [box(-2.3, 53.4, -2.1, 53.6), box(-1.6, 53.7, -1.4, 53.9)]
    areas = gpd.GeoDataFrame(
        {"force": [GMP, WYP]}, index=pd.Index(["M", "L"], name="area_code"), geometry=shapes, crs=4326
    ).to_crs(27700)
    with pytest.warns(CoverageWarning, match=r"Greater Manchester .* sent next to nothing.* malformed file"):
        counts = sh.count_incidents(sh.read_incidents(tmp_path / "x.csv"), areas)
    assert counts.coverage.loc["M"].tolist() == [False, False]
    assert counts.coverage.loc["L"].tolist() == [True, True]


def test_rows_of_street_files_without_a_force_are_counted(tmp_path):
    header = "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,"
    rows = [f",2022-08,{source},{source},-2.2,53.5,On or near A,,,Burglary,," for source in [GMP] * 30 + ["", "NA"]]
    (tmp_path / "x.csv").write_text("\n".join([header + "Last outcome category,Context", *rows]) + "\n")
    from shapely.geometry import box

    areas = gpd.GeoDataFrame(index=pd.Index(["M"], name="area_code"), geometry=[box(-2.3, 53.4, -2.1, 53.6)], crs=4326)
    counts = sh.count_incidents(sh.read_incidents(tmp_path / "x.csv"), areas.to_crs(27700))
    assert int(counts.table["n"].sum()) == counts.accounting.loc["used", "rows"] == 32


def test_every_default_stands_in_the_settings():
    counts, _ = counted(stopped_force(), areas_of())
    rule = dataclasses.asdict(DeliveryRule())
    stated = (counts.settings.minimum_delivery, counts.findings.partly_delivered, counts.findings.judged_from_rows)
    assert stated == (rule["minimum"], rule["partly"], rule["judged_from"]) == (0.3, 0.5, 20)
    earlier = counts.between("2019-04", "2019-06")
    assert earlier.deliveries["period"].astype(str).unique().tolist() == MONTHS[:3]


@pytest.mark.real
def test_two_forces_of_june_2018_sent_next_to_nothing(shared_data):
    lookups = shared_data / "lookups"
    district = pd.read_csv(lookups / "lookup_lsoa21_ward24_ltla24.csv").drop_duplicates("lsoa21_code")
    force = pd.read_csv(lookups / "lookup_ltla24_csp24_pfa24.csv").drop_duplicates("ltla24_code")
    names = district["ltla24_code"].map(force.set_index("ltla24_code")["pfa24_name"])
    areas = areas_of(district["lsoa21_code"], force=names.to_numpy())
    incidents = sh.read_incidents(
        shared_data / "crime/june-2018/street_2018-06_ew_dedup_joined.parquet",
        columns={"area_code": "LSOA21 code (joined)", "source": "force_area_by_location"},
    )
    with pytest.warns(CoverageWarning, match="sent next to nothing") as said:
        counts = sh.count_incidents(incidents, areas)
    assert sorted(str(w.message).split(" ")[0] for w in said) == ["Cambridgeshire", "Hertfordshire"]
    silent = areas.index[areas["force"].isin(["Cambridgeshire", "Hertfordshire"])]
    assert not counts.coverage.loc[silent].any(axis=None)
    assert counts.coverage.drop(index=silent).all(axis=None)
    assert counts.accounting["rows"]["area not covered in that month"] == 49 + 151


@pytest.mark.real
def test_the_wards_that_no_query_asked_for_are_named(shared_data):
    path = shared_data / "boundaries/wards_2025_west_yorkshire.gpkg"
    areas = gpd.read_file(path).set_index("WD25CD").rename_axis("area_code").to_crs(27700)
    with pytest.warns(CoverageWarning, match=r"^16 areas, such as .* get less than a fortieth"):
        sh.count_incidents(sh.read_incidents(shared_data / "crime/june-2018/street_2018-06_west_yorkshire.csv"), areas)
