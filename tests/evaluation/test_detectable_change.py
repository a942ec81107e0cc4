"""The smallest fall that could be seen: known answers, the model behind it, realised power, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from libpysal.graph import Graph
from scipy import sparse, stats

import socharm as sh
from socharm.errors import AlignmentError, CoverageWarning, ParameterError, RefusedError, SchemaError
from socharm.evaluation.detectable_worlds import Case, seen_in
from socharm.stats.area_shocks import fit_area_shocks

CODES = [f"A{n:02d}" for n in range(60)]
LINE = Graph.from_arrays(CODES[:-1] + CODES[1:], CODES[1:] + CODES[:-1], np.ones(118))
MONTHS = [str(month) for month in pd.period_range("2022-01", periods=36, freq="M")]


def poisson(mean: float = 30, months: int = 36) -> pd.DataFrame:
    made = np.random.default_rng(5).poisson(mean, (60, months))
    return pd.DataFrame(made, index=CODES, columns=MONTHS[:months])


def shocks(rng: np.random.Generator, months: int, *, memory: float = 0.7, beside: float = 0.0) -> np.ndarray:
    """Of 60 areas in a line: they last, and are like those of the areas next to them; and some that all areas share."""
    place = np.arange(60)
    root = np.linalg.cholesky(beside ** np.abs(place[:, None] - place) + 1e-9 * np.eye(60)) if beside else np.eye(60)
    logs = np.zeros((60, months))
    for at in range(months):
        drawn = root @ rng.standard_normal(60)
        logs[:, at] = drawn if at == 0 else memory * logs[:, at - 1] + np.sqrt(1 - memory**2) * drawn
    return np.exp(0.15 * logs + 0.05 * rng.standard_normal(months))


LEVEL = np.random.default_rng(1).permutation(np.geomspace(15, 90, 60))[:, None]


def moving(rng: np.random.Generator, months: int, **how: float) -> pd.DataFrame:
    counts = rng.poisson(LEVEL * shocks(rng, months, **how))
    return pd.DataFrame(counts, index=CODES, columns=pd.period_range("2022-01", periods=months, freq="M").astype(str))


@pytest.mark.parametrize("sides", ["two-sided", "less"])
def test_independent_counts_have_the_power_of_two_poisson_ratios(sides):
    case = Case(np.array([2_400.0, 800.0, 60_000.0, 20_000.0]), np.zeros((4, 4)), 1.0)
    [seen] = seen_in([case], level=0.05, sides=sides, n=40_000, seed=1)
    tail = {"two-sided": 0.025, "less": 0.05}[sides]
    nothing = np.sqrt(np.sum(1 / case.means))
    assert seen.critical == pytest.approx(stats.norm.ppf(tail) * nothing, rel=0.03)
    assert seen.error(0.1) < 0.01
    for fall in (0.05, 0.1, 0.15):
        error = np.sqrt(np.sum(1 / (case.means * [1, 1 - fall, 1, 1])))
        assert seen.power(fall) == pytest.approx(
            stats.norm.cdf((stats.norm.ppf(tail) * nothing - np.log1p(-fall)) / error), abs=0.02
        )
    assert seen.power(seen.smallest(0.8)) == pytest.approx(0.8, abs=1e-4)


def test_counts_without_shocks_are_told_to_be_so():
    made = sh.evaluation.minimum_detectable_change(poisson(), site=CODES[:2], n=2_000, seed=1)
    found = made.findings
    assert 1 <= found.chance < 1.1
    assert found.shocks < 0.05
    assert found.recorded == poisson().loc[CODES[:2]].to_numpy().sum() / 36
    assert made.curve["power"].is_monotonic_increasing
    assert (
        made.curve["power"].iloc[int(-100 * found.change) - 1]
        <= 0.8
        <= made.curve["power"].iloc[int(-100 * found.change)]
    )


def test_more_months_and_more_areas_show_smaller_falls():
    made = sh.evaluation.minimum_detectable_change(poisson(), site=CODES[:2], fall=0.1, n=2_000, seed=1)
    for table in (made.by_months, made.by_areas):
        assert np.corrcoef(np.arange(len(table)), table["change"])[0, 1] > 0.8
        assert table["change"].iloc[-1] > table["change"].iloc[0] + 0.05
        assert table["power_at_fall"].iloc[-1] > table["power_at_fall"].iloc[0]
    assert made.by_months.loc[12, "change"] == pytest.approx(made.findings.change, abs=0.015)
    assert made.by_areas.loc[2, "change"] == pytest.approx(made.findings.change, abs=0.015)
    assert made.findings.areas_for_fall > 2
    assert f"-10% needs {made.findings.areas_for_fall} areas like these" in made.sentence
    assert made.sentence.startswith(f"You would need {made.findings.change:+.0%} over 12 months to see it")


def test_a_one_sided_test_and_a_lower_power_ask_for_less():
    call = {"outcomes": poisson(), "site": CODES[:1], "seed": 1, "n": 2_000}
    both = sh.evaluation.minimum_detectable_change(**call).findings.change
    assert sh.evaluation.minimum_detectable_change(**call, alternative="less").findings.change > both
    assert sh.evaluation.minimum_detectable_change(**call, power=0.5).findings.change > both
    assert sh.evaluation.minimum_detectable_change(**call, level=0.01).findings.change < both


def test_shocks_that_last_and_neighbours_that_move_together_are_found():
    links = [sparse.csr_array((np.abs(np.subtract.outer(np.arange(60), np.arange(60))) == d) * 1.0) for d in (1, 2)]
    alone, beside = [], []
    for world in range(6):
        alone.append(fit_area_shocks(moving(np.random.default_rng(world), 36).to_numpy(dtype=float), links))
        beside.append(
            fit_area_shocks(moving(np.random.default_rng(world), 36, beside=0.8).to_numpy(dtype=float), links)
        )
    for fits in (alone, beside):
        assert np.mean([fit.chance for fit in fits]) == pytest.approx(1, abs=0.15)
        assert np.mean([fit.lasting.sum() for fit in fits]) == pytest.approx(0.15**2, rel=0.3)
        kept = [np.sum(fit.lasting * fit.memory) / fit.lasting.sum() for fit in fits]
        assert np.mean(kept) == pytest.approx(0.7, abs=0.08)
    assert np.mean([fit.beside[0][1] for fit in alone]) < 0.1
    assert 0.6 < np.mean([fit.beside[0][1] for fit in beside]) <= 0.9
    assert all(fit.beside[1][1] <= fit.beside[0][1] for fit in beside)


def test_neighbours_that_move_together_make_a_site_less_sure():
    counts = moving(np.random.default_rng(3), 36, beside=0.8)
    call = {"site": CODES[20:24], "n": 2_000, "seed": 1}
    apart = sh.evaluation.minimum_detectable_change(counts, **call)
    together = sh.evaluation.minimum_detectable_change(counts, areas=LINE, **call)
    assert together.findings.change < apart.findings.change - 0.02
    assert apart.findings.alike is None
    assert together.findings.alike > 0.4


@pytest.mark.parametrize("beside", [0.0, 0.7])
def test_the_stated_power_is_the_realised_one(beside):
    rng, site = np.random.default_rng(11), slice(20, 23)
    seen, nothing = [], []
    for _ in range(10):
        past = moving(rng, 36, beside=beside)
        found = sh.evaluation.minimum_detectable_change(past, site=CODES[site], areas=LINE, n=1_000, seed=1).findings
        for _ in range(30):
            counts = moving(rng, 48, beside=beside).to_numpy()
            totals = counts[site, :36].sum(), np.delete(counts, site, 0)[:, :36].sum(), np.delete(counts, site, 0).sum()
            after = counts[site, 36:].sum()
            expected = totals[0] / totals[1] * (totals[2] - totals[1])
            ratios = [(count + 0.5) / (expected + 0.5) for count in (rng.binomial(after, 1 + found.change), after)]
            seen.append(ratios[0] <= 1 + found.critical)
            nothing.append(abs(np.log(ratios[1])) >= -np.log1p(found.critical))
    # 300 futures after 10 pasts, which go together: known to within some 7 and 4 points.
    assert np.mean(seen) == pytest.approx(0.8, abs=0.08)
    assert np.mean(nothing) == pytest.approx(0.05, abs=0.05)


def test_every_area_is_a_row_and_the_worst_show_most():
    counts = moving(np.random.default_rng(4), 36).assign(**{"2022-01": lambda frame: frame["2022-01"] * 1.0})
    counts.loc["A10"] = 0
    made = sh.evaluation.minimum_detectable_change(counts, site=CODES[:1], every_area=True, n=400, seed=1)
    table = made.every_area
    assert table.index.tolist() == CODES
    assert table.loc["A10"].isna().tolist() == [False, True, True]
    assert table["recorded"].corr(table["change"], method="spearman") > 0.7
    again = sh.evaluation.minimum_detectable_change(counts, site=CODES[:1], every_area=True, n=400, seed=1)
    pd.testing.assert_frame_equal(table, again.every_area)
    assert not len(sh.evaluation.minimum_detectable_change(counts, site=CODES[:1], n=400, seed=1).every_area)


def test_a_start_cuts_off_what_comes_after_it():
    counts = moving(np.random.default_rng(6), 36)
    early = sh.evaluation.minimum_detectable_change(counts.iloc[:, :24], site=CODES[:2], n=400, seed=1)
    cut = sh.evaluation.minimum_detectable_change(counts, site=CODES[:2], start="2024-01", n=400, seed=1)
    pd.testing.assert_frame_equal(early.curve, cut.curve)
    assert cut.findings == early.findings
    assert cut.findings.periods_before == 24


def test_harm_counts_as_events_of_its_own_size():
    counts = moving(np.random.default_rng(7), 36)
    call = {"site": CODES[:2], "n": 2_000, "seed": 1}
    plain = sh.evaluation.minimum_detectable_change(counts, **call).findings.change
    for size in (0.0137, 812.5):
        harm = sh.evaluation.minimum_detectable_change(counts * size, **call).findings.change
        assert harm == pytest.approx(plain, abs=0.03)


def test_a_site_without_hope_says_so():
    counts = poisson()
    counts.iloc[0] = [1] + [0] * 35
    made = sh.evaluation.minimum_detectable_change(counts, site=CODES[:1], months=1, n=400, seed=1)
    assert made.findings.change is None
    assert made.findings.error is None
    assert made.sentence.startswith("Not even the end of all recorded crime would be seen over 1 month at this site.")


def test_excluded_areas_and_gaps_are_not_compared():
    counts = poisson().astype(float)
    counts.iloc[50, 3] = np.nan
    with pytest.raises(SchemaError, match="1 area of `outcomes` has periods without a value"):
        sh.evaluation.minimum_detectable_change(counts, site=CODES[:1], n=400, seed=1)
    with pytest.warns(CoverageWarning, match="left out of the comparison"):
        made = sh.evaluation.minimum_detectable_change(
            counts, site=CODES[:1], exclude=CODES[1:4], missing="leave out", n=400, seed=1
        )
    assert (made.findings.compared, made.findings.left_out) == (55, ("A50",))


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"site": []}, ParameterError, "`treated` is empty"),
        ({"site": ["none"]}, AlignmentError, "not in `outcomes`"),
        ({"exclude": ["none"]}, AlignmentError, "1 area of `exclude` is not among"),
        ({"exclude": CODES[2:]}, RefusedError, "There is 1 area to compare with"),
        ({"start": "2022-03"}, RefusedError, "2 periods lie before it, and at least 3 are needed"),
        ({"outcomes": poisson(months=2)}, RefusedError, "2 periods before the start with anything recorded"),
        ({"outcomes": poisson() * 0}, RefusedError, "Nothing is recorded at the site before the start"),
        (
            {"areas": Graph.from_arrays(["A00", "A01"], ["A01", "A00"], [1, 1])},
            AlignmentError,
            "`outcomes` are not among",
        ),
        ({"n": 10}, ParameterError, "`n` is 10; it must be a whole number from 200"),
    ],
)
def test_what_shows_nothing_is_refused(change, error, words):
    call = {"outcomes": poisson(), "site": CODES[:1], "n": 400, "seed": 1}
    with pytest.raises(error, match=words):
        sh.evaluation.minimum_detectable_change(**call | change)
