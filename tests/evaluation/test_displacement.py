"""Two numbers an area: published values, laws, zeros, and the panel that they can be taken from."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from factories import make_assessment_tables, make_counts, make_population, make_weights
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import stats

from socharm.errors import ParameterError, SchemaError
from socharm.evaluation.displacement_difference import weighted_displacement_difference
from socharm.evaluation.displacement_quotient import _quotient, weighted_displacement_quotient
from socharm.evaluation.panel import _complete, panel
from socharm.evaluation.pooled_sites import pool_displacement_differences
from socharm.severity.index import severity_index

SMALL = st.integers(0, 300)


@pytest.mark.parametrize(
    ("given", "choices", "row", "expected"),
    [
        (((120, 100), (130, 150)), {}, "local", (-40, 22.4, -76.8, -3.2)),
        (((120, 100), (130, 150), (40, 25), (30, 25)), {}, "total", (-50, 24.9, -91.0, -9.0)),
        (((100, 20), (200, 100)), {"time_weights": (2, 1)}, "local", (-30, 14.0, -53.0, -7.0)),
        (
            ((200, 100), (400, 200), (40, 20), (80, 40)),
            {"area_weights": (1, 2, 1, 2)},
            "total",
            (0, 23.2, -38.2, 38.2),
        ),
        (((20, 10), (20, 20)), {}, "local", (-10, 8.3666, -23.761833, 3.761833)),
    ],
)
def test_the_difference_is_that_of_wheeler_and_ratcliffe(given, choices, row, expected):
    """Values of `crimepy` and `ptools` (A. Wheeler): printed to one decimal, the last to six."""
    names = ("displacement_treated", "displacement_control")
    found = weighted_displacement_difference(
        *given[:2], **dict(zip(names, given[2:], strict=False)), **choices, level=0.9
    ).table.loc[row]
    close = 1e-4 if expected[1] == 8.3666 else 0.05
    assert found[["estimate", "se", "low", "high"]].tolist() == pytest.approx(expected, abs=close)


def test_the_z_of_the_difference_is_that_of_ptools():
    found = weighted_displacement_difference((20, 10), (20, 20))
    assert found.table.loc["local", "z"] == pytest.approx(-1.195229, abs=1e-6)


def test_harm_is_weighed_by_offence_and_varies_with_squared_weights():
    counts = pd.DataFrame({"before": [10, 2], "after": [6, 1]}, index=["burglary", "robbery"])
    other = pd.DataFrame({"before": [9, 2], "after": [9, 3]}, index=["burglary", "robbery"])
    weights = {"burglary": 10.0, "robbery": 100.0}
    found = weighted_displacement_difference(counts, other, weights=weights, dispersion=2.0)
    row = found.table.loc["local"]
    assert row["estimate"] == (160 - 300) - (390 - 290)
    assert row["se"] ** 2 == pytest.approx(2.0 * (34 * 100 + 8 * 10_000))
    assert "Harm in the treated area" in found.sentence or "Whether harm in the treated area" in found.sentence
    assert "Poisson" not in found.sentence


@settings(max_examples=30)
@given(n=st.lists(SMALL, min_size=4, max_size=4))
@example(n=[0, 0, 0, 0])
@example(n=[5, 0, 0, 7])
def test_the_ratio_turns_round_with_treated_and_control_and_is_safe_with_zeros(n):
    one = weighted_displacement_difference(n[:2], n[2:]).table.loc["local"]
    other = weighted_displacement_difference(n[2:], n[:2]).table.loc["local"]
    assert one["estimate"] == -other["estimate"]
    if not any(n):
        assert np.isnan(one["ratio"])
        return
    assert one["ratio"] == pytest.approx(1 / other["ratio"])
    assert 0 < one["ratio_low"] < one["ratio"] < one["ratio_high"] < np.inf
    if all(n):
        assert one["ratio"] == pytest.approx((n[1] / n[0]) / (n[3] / n[2]))


def test_the_stated_error_is_kept_for_over_dispersed_counts():
    """Counts with twice the variance of Poisson ones: by the dispersion of months 5% of nothing is called a change."""
    rng = np.random.default_rng(3)
    monthly = pd.DataFrame(rng.negative_binomial(10, 0.5, (400, 24)))
    found = weighted_displacement_difference((5, 5), (5, 5), monthly=monthly).findings
    assert found.dispersion == pytest.approx(2.0, abs=0.25)
    n = rng.negative_binomial(120, 0.5, (4_000, 4))
    z = (n @ [-1, 1, 1, -1]) / np.sqrt(found.dispersion * n.sum(axis=1))
    assert weighted_displacement_difference(n[0, :2], n[0, 2:], dispersion=found.dispersion).table["z"].iloc[0] == (
        pytest.approx(z[0])
    )
    assert (np.abs(z) > 1.96).mean() == pytest.approx(0.05, abs=0.015)


def test_words_say_when_nothing_can_be_told():
    told = weighted_displacement_difference((20, 18), (20, 20)).sentence
    start = "Whether crimes in the treated area changed otherwise than in its control area cannot be told"
    assert told.startswith(start)
    assert "Counts were taken to vary as Poisson counts do" in told
    clear = weighted_displacement_difference((120, 60), (130, 150), dispersion=1.0, time_weights=(2.0, 1.0)).sentence
    assert "Crimes in the treated area" in clear or "Whether crimes" in clear
    assert "one unit of time and area" in clear
    assert "nothing is recorded" in weighted_displacement_difference((0, 0), (0, 0)).sentence


@pytest.mark.parametrize(
    ("given", "more", "error", "told"),
    [
        (((1, 2, 3), (1, 2)), {}, SchemaError, "`treated` holds 3 numbers; give two, before and after"),
        (((1, 2), (1, -2)), {}, SchemaError, "`control` must hold counts"),
        (((1, 2.5), (1, 2)), {}, SchemaError, "`treated` must hold counts.*For harm give counts by offence"),
        (((1, 2), (1, 2)), {"weights": {"a": 1.0}}, ParameterError, "`weights` are by offence, and `treated` is plain"),
        (((1, 2), (1, 2)), {"displacement_treated": (1, 2)}, ParameterError, "stand together"),
        (((1, 2), (1, 2)), {"time_weights": (0.0, 1.0)}, ParameterError, "`time_weights` is .* above zero"),
        (((1, 2), (1, 2)), {"monthly": pd.DataFrame([[1, 2]])}, ParameterError, "at least two areas with events"),
        (
            ((1, 2), (1, 2)),
            {"monthly": pd.DataFrame([[1, 2], [2, 1]]), "dispersion": 1.0},
            ParameterError,
            "both given",
        ),
        ((pd.DataFrame({"n": [1]}), (1, 2)), {}, SchemaError, "1 row and 1 column; give rows and two columns"),
        (
            (pd.DataFrame([[1, 2]], index=["b"]), pd.DataFrame([[1, 2]], index=["a"])),
            {"weights": {"a": 1.0}},
            SchemaError,
            r"`weights` has none for \['b'\] of `treated`",
        ),
    ],
)
def test_what_is_no_pair_of_counts_is_refused(given, more, error, told):
    with pytest.raises(error, match=told):
        weighted_displacement_difference(*given, **more)


# the quotient


def test_the_quotient_is_that_of_bowers_and_johnson():
    """Worked by hand in the tests of `streetlamp`."""
    table = weighted_displacement_quotient((100, 50), (100, 100), (100, 150)).table
    assert table.loc["success", "value"] == -0.5
    assert table.loc["quotient", "value"] == pytest.approx(-1.0, abs=1e-12)
    assert table.loc["gross", "value"] == 50
    assert table.loc["total net", "value"] == pytest.approx(0.0, abs=1e-12)


def test_net_effects_are_those_of_guerette():
    """His tool guide: R_b (C_a / C_b) - R_a, and the same of the displacement area added."""
    table = weighted_displacement_quotient((80, 40), (100, 90), (50, 48)).table
    assert table.loc["net", "value"] == pytest.approx(80 * 0.9 - 40)
    assert table.loc["total net", "value"] == pytest.approx(80 * 0.9 - 40 + 50 * 0.9 - 48)


def test_the_interval_of_the_quotient_holds_the_truth_as_often_as_stated():
    rng = np.random.default_rng(8)
    means = np.array([[400, 200], [900, 900], [300, 250]])
    truth = (250 / 900 - 300 / 900) / (200 / 900 - 400 / 900)
    held = 0
    draws = rng.poisson(means, (1_000, 3, 2)).astype(float)
    for a, c, b in draws:
        (_, low, high), _ = _quotient(a, b, c, 1.0, 1.959964)
        held += low <= truth <= high
    assert held / 1_000 == pytest.approx(0.95, abs=0.02)
    told = weighted_displacement_quotient(*draws[-1]).table.loc["quotient"]
    assert told.tolist() == pytest.approx(_quotient(a, b, c, 1.0, 1.959964)[0])


@pytest.mark.parametrize(
    ("treated", "control", "displacement", "verdict", "told"),
    [
        ((100, 120), (100, 100), (100, 100), "no fall", "did not fall relative to the control"),
        ((100, 95), (100, 100), (100, 150), "cannot be formed", "no fall relative to the control is beyond chance"),
        ((100, 50), (0, 10), (100, 150), "no control", "the control area has no crime before or after"),
        ((0, 0), (0, 0), (0, 0), "no control", "no crime before or after"),
        ((900, 300), (900, 900), (900, 300), "diffusion", "benefits spread"),
        ((900, 300), (900, 900), (900, 1_100), "displacement", "less than all of it"),
        ((900, 600), (900, 900), (900, 1_600), "outweighed", "More came up next door"),
        ((100, 50), (100, 100), (100, 150), "displaced", "whether less or more than the treated area lost cannot"),
        ((100, 30), (200, 200), (100, 80), "not clear", "cannot be told"),
    ],
)
def test_the_quotient_says_what_it_can(treated, control, displacement, verdict, told):
    found = weighted_displacement_quotient(treated, control, displacement)
    assert found.findings.verdict == verdict
    assert told in found.sentence
    assert np.isfinite(found.table.loc["quotient", "value"]) == (
        verdict not in ("no fall", "cannot be formed", "no control")
    )


# several sites


def test_sites_are_pooled_both_ways():
    two = {
        "A": weighted_displacement_difference((120, 100), (130, 150)),
        "B": weighted_displacement_difference((60, 40), (60, 60)),
    }
    pooled = pool_displacement_differences(two)
    assert pooled.table.loc["sum", ["estimate", "se"]].tolist() == pytest.approx([-60, np.sqrt(500 + 220)])
    mean = (-40 / 500 - 20 / 220) / (1 / 500 + 1 / 220)
    assert pooled.table.loc["inverse variance", "estimate"] == pytest.approx(mean)
    q = (-40 - mean) ** 2 / 500 + (-20 - mean) ** 2 / 220
    assert pooled.heterogeneity_p == pytest.approx(stats.chi2.sf(q, 1))
    assert pooled.sentence.startswith("Over 2 sites the local differences add up to -60 (95% interval -113 to -7)")
    one = pool_displacement_differences({"A": two["A"]})
    assert one.table.loc["sum", "estimate"] == one.table.loc["inverse variance", "estimate"] == -40
    assert one.heterogeneity_p is None


def test_sites_that_cannot_be_pooled_are_refused():
    site = weighted_displacement_difference((120, 100), (130, 150))
    rows = pd.DataFrame([[5, 4]], index=["a"])
    harm = weighted_displacement_difference(rows, rows, weights={"a": 2.0})
    with pytest.raises(ParameterError, match="some are of crimes, some of harm"):
        pool_displacement_differences({"A": site, "B": harm})
    with pytest.raises(ParameterError, match=r"\['A'\] have no total difference"):
        pool_displacement_differences({"A": site}, effect="total")
    with pytest.raises(ParameterError, match="recorded nothing at all"):
        pool_displacement_differences({"A": weighted_displacement_difference((0, 0), (0, 0))})
    with pytest.raises(ParameterError, match="`sites` is empty"):
        pool_displacement_differences({})
    with pytest.raises(ParameterError, match="has one called 'sum'"):
        pool_displacement_differences({"sum": site})


# the panel


@pytest.fixture(scope="module")
def index():
    n = np.arange(4 * 3 * 6).reshape(4, 3, 6) % 7
    covered = np.ones((4, 6), dtype=bool)
    covered[1, 2:4] = False
    covered[3] = False
    counts = make_counts(n, covered=covered, start="2024-01")
    weights = make_weights({"burglary": 10.0, "drugs": 5.0, "violence-and-sexual-offences": 30.0})
    return severity_index(counts, weights, make_population({f"W{i:03d}": 1_200.0 for i in range(4)}))


def test_missing_months_stay_missing_and_police_generated_crime_stands_apart(index):
    found = panel(index)
    wide = found.wide()
    n = np.arange(4 * 3 * 6).reshape(4, 3, 6) % 7
    assert list(wide.columns) == [f"2024-0{month}" for month in range(1, 7)]
    assert wide.loc["W000"].tolist() == (n[0, 0] + n[0, 2]).tolist()
    assert wide.loc["W001"].isna().tolist() == [False, False, True, True, False, False]
    assert wide.loc["W003"].isna().all()
    assert found.wide("harm").loc["W002", "2024-02"] == 10 * n[2, 0, 1] + 30 * n[2, 2, 1]
    assert found.exposure().loc["W000"].tolist() == [1_200.0] * 6
    assert np.isnan(found.exposure().loc["W001", "2024-03"])
    assert found.findings.apart == ("drugs",)
    assert (found.findings.covered, found.findings.cells) == (16, 24)
    assert "Apart stand drugs: police work itself produces such records" in found.sentence
    drugs = found.table[found.table["offence"] == "drugs"]
    assert not drugs["outcome"].any()
    assert drugs["count"].notna().sum() == 16


def test_offences_that_are_named_are_the_outcome(index):
    named = panel(index, offences=["police-generated"])
    n = np.arange(4 * 3 * 6).reshape(4, 3, 6) % 7
    assert named.wide().loc["W000"].tolist() == n[0, 1].tolist()
    assert named.findings.apart == ()
    assert "The outcome holds drugs, which rise when police work more" in named.sentence
    assert panel(index, offences="burglary", outcome="harm").wide().loc["W000", "2024-02"] == 10 * n[0, 0, 1]
    with pytest.raises(ParameterError, match=r"`offences` names 'burglry'.*Did you mean 'burglary'"):
        panel(index, offences="burglry")


def test_a_panel_goes_to_parquet_and_back(index, tmp_path):
    table = panel(index).table
    table.to_parquet(tmp_path / "panel.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "panel.parquet"), table, check_dtype=False)


def test_an_offence_without_a_row_in_a_covered_month_is_zero():
    cells = make_assessment_tables()["cells"].assign(exposure=100.0)
    some = cells[~((cells["area_code"] == "W1") & (cells["offence"] == "drugs"))]
    table = _complete(some, ["W1", "W2"], sorted(cells["offence"].unique()))
    of = table.set_index(["area_code", "period", "offence"])["count"]
    assert of[("W1", "2025-04", "drugs")] == 0
    assert np.isnan(of[("W2", "2025-05", "drugs")])
    assert of[("W2", "2025-04", "burglary")] == 3
