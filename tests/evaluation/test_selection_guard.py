"""What selection alone explains: unbiased for the worst, intervals that hold, words, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from libpysal.graph import Graph

import socharm as sh
from socharm.errors import AlignmentError, CoverageWarning, ParameterError, RefusedError, SchemaError
from socharm.evaluation.guard_model import fit_guard
from socharm.stats.predicted_counts import PredictedCounts

CODES = [f"A{n:03d}" for n in range(70)]
MONTHS = [str(month) for month in pd.period_range("2024-01", periods=12, freq="M")]


def town(seed: int, *, mean: float = 8, spread: float = 0.4, drift: float = 0.06) -> pd.DataFrame:
    """Counts of 70 areas whose levels last and drift, half a year before and after; nothing is done."""
    rng = np.random.default_rng(seed)
    lasting = rng.normal(np.log(mean), spread, 70)
    level = np.exp(lasting[:, None] + drift * rng.standard_normal((70, 2))) * [1.0, 0.9]
    means = np.repeat(level, 6, axis=1)
    return pd.DataFrame(rng.poisson(rng.gamma(means / 0.3, 0.3)), index=CODES, columns=MONTHS).astype(float)


def worst(frame: pd.DataFrame, n: int) -> list[str]:
    return frame.iloc[:, :6].sum(axis=1).nlargest(n).index.tolist()


def test_the_expected_change_of_the_worst_is_unbiased_and_its_interval_holds():
    found = []
    for seed in range(16):
        frame = town(seed)
        call = {"site": worst(frame, 1 + 2 * (seed % 2)), "start": "2024-07", "draws": 1_000, "seed": 1}
        found.append(sh.evaluation.selection_guard(frame, **call).findings)
    change, recorded = (np.array([getattr(each, name) for each in found]) for name in ("change", "recorded"))
    assert change.mean() < -0.05
    assert change.mean() == pytest.approx(recorded.mean(), abs=0.04)
    assert np.mean([each.low_95 <= each.recorded <= each.high_95 for each in found]) >= 0.87
    assert np.mean([each.p_fall for each in found]) == pytest.approx(0.5, abs=0.12)


def remembering(seed: int, *, memory: float, shock: float, areas: int = 150, months: int = 36) -> np.ndarray:
    """Counts of areas whose months keep so much of the shock of the one before; nothing is done."""
    rng = np.random.default_rng(seed)
    logs = np.zeros((areas, months))
    for at in range(months):
        drawn = rng.standard_normal(areas)
        logs[:, at] = drawn if at == 0 else memory * logs[:, at - 1] + np.sqrt(1 - memory**2) * drawn
    level = np.exp(rng.normal(np.log(25), 0.7, areas))[:, None]
    values = rng.poisson(level * np.exp(shock * logs)).astype(float)
    return values[np.argsort(-values[:, :24].sum(axis=1))]


@pytest.mark.parametrize(("memory", "shock", "drift"), [(0.9, 0.2, 0.17), (0.0, 0.2, 0.07)])
def test_counts_of_the_worst_lie_where_the_model_has_them_whatever_months_remember(memory, shock, drift):
    chance, bias, drifts, kept = [], [], [], []
    for seed in range(4):
        values = remembering(seed, memory=memory, shock=shock)
        fit = fit_guard(values, slice(0, 24), slice(24, None), np.ones(len(values)), 25)
        level, weights = fit.levels(slice(0, 25))
        predicted = PredictedCounts(np.ones(25), np.log(level), weights)
        chance.append(predicted.at_most(fit.counts.second[:25]))
        bias.append(fit.counts.second[:25].sum() / predicted.expected().sum() - 1)
        drifts.append(np.sqrt(2) * fit.effects.drift)
        kept.append(fit.memory.kept)
    at_most = np.concatenate(chance)
    assert np.mean((at_most >= 0.025) & (at_most <= 0.975)) == pytest.approx(0.95, abs=0.05)
    assert np.mean(bias) == pytest.approx(0, abs=0.04)
    assert np.mean(drifts) == pytest.approx(drift, rel=0.15)
    assert np.mean(kept) == pytest.approx(memory, abs=0.2)


def test_months_too_few_to_tell_what_they_remember_are_said_to_be():
    frame = town(10).iloc[:, 4:9]
    made = sh.evaluation.selection_guard(frame, site=worst(frame, 2), start="2024-07", draws=200, seed=1)
    assert np.isnan(made.findings.memory)
    assert "memory: not told, which takes 6 periods and 10 other areas" in " ".join(str(made).split())
    assert made.findings.together == 1


def test_neighbours_tell_how_far_areas_of_a_site_drift_together():
    line = Graph.from_arrays(CODES[:-1] + CODES[1:], CODES[1:] + CODES[:-1], np.ones(138))
    frame = town(11, drift=0.2)
    call = {"site": CODES[20:24], "start": "2024-07", "seed": 1}
    one = sh.evaluation.selection_guard(frame, **call).findings
    apart = sh.evaluation.selection_guard(frame, areas=line, **call).findings
    assert (one.together, one.change) == (1, apart.change)
    assert apart.together < 0.3
    assert apart.high_95 - apart.low_95 < 0.8 * (one.high_95 - one.low_95)
    with pytest.raises(AlignmentError, match="not among the areas"):
        sh.evaluation.selection_guard(frame.rename(index={"A069": "elsewhere"}), areas=line, **call)


def test_the_fewer_events_the_more_selection_explains():
    many, few = town(1, mean=80), town(1, mean=3)
    changes = [
        sh.evaluation.selection_guard(frame, site=worst(frame, 2), start="2024-07", draws=200, seed=1).findings.change
        for frame in (many, few)
    ]
    assert -0.08 < changes[0] < 0
    assert changes[1] < changes[0] - 0.05


def test_figures_follow_from_the_table():
    frame = town(3)
    site = worst(frame, 3)
    made = sh.evaluation.selection_guard(frame, site=site, start="2024-07", draws=500, seed=1)
    others = frame.drop(index=site)
    ratio = others.iloc[:, 6:].to_numpy().sum() / others.iloc[:, :6].to_numpy().sum()
    found, table = made.findings, made.table
    assert table["before"].tolist() == frame.loc[site].iloc[:, :6].mean(axis=1).tolist()
    assert found.recorded == pytest.approx(table["after"].sum() / (table["before"].sum() * ratio) - 1)
    assert found.change == pytest.approx(table["expected"].sum() / (table["before"].sum() * ratio) - 1)
    assert found.beyond == pytest.approx((1 + found.recorded) / (1 + found.change) - 1)
    again = sh.evaluation.selection_guard(frame, site=site, start="2024-07", draws=500, seed=1)
    assert again.findings == found
    assert sh.evaluation.selection_guard(frame, site=site, start="2024-07", draws=500, seed=2).findings != found


def test_only_the_periods_before_the_start_of_the_site_take_part():
    frame = town(4)
    site = worst(frame, 2)
    other = frame.copy()
    other.loc[site, MONTHS[6:]] = 0.0
    one, two = (sh.evaluation.selection_guard(each, site=site, start="2024-07", seed=1) for each in (frame, other))
    assert one.findings.change == two.findings.change
    assert one.findings.low_95 == two.findings.low_95
    assert two.findings.recorded == two.findings.beyond == -1
    assert "of the fall are expected from selection (by its model 95 in 100 such sites would record" in two.sentence
    assert two.sentence.endswith("; the site fell by 100% relative to the other areas.")


def test_a_window_is_what_the_site_was_chosen_by():
    frame = town(5)
    site = frame[MONTHS[3:6]].sum(axis=1).nlargest(2).index.tolist()
    call = {"site": site, "start": "2024-07", "draws": 300, "seed": 1}
    cut = sh.evaluation.selection_guard(frame.iloc[:, 3:], **call)
    made = sh.evaluation.selection_guard(frame, window=("2024-04", "2024-06"), **call)
    # What months remember is told by all of them.
    assert made.findings.recorded == pytest.approx(cut.findings.recorded)
    assert made.findings.change == pytest.approx(cut.findings.change, abs=0.03)
    assert (made.findings.window, made.findings.periods_chosen) == (("2024-04", "2024-06"), 3)
    assert " on 2024-04 to 2024-06 is expected from selection alone (" in made.sentence
    assert made.findings.change < sh.evaluation.selection_guard(frame, **call).findings.change


def test_exposure_and_the_size_of_harm():
    frame = town(6)
    call = {"site": worst(frame, 2), "start": "2024-07", "draws": 300, "seed": 1}
    plain = sh.evaluation.selection_guard(frame, **call).findings
    even = sh.evaluation.selection_guard(frame, exposure=pd.Series(500.0, index=CODES), **call).findings
    assert even.change == pytest.approx(plain.change, abs=1e-6)
    harm = sh.evaluation.selection_guard(frame * 311.7, **call).findings
    assert harm.change == pytest.approx(plain.change, abs=0.03)
    assert harm.recorded == pytest.approx(plain.recorded)
    whole = sh.evaluation.selection_guard(frame * 312, **call).findings
    assert whole.change == pytest.approx(harm.change, abs=1e-6)


def test_words():
    frame = town(7)
    ordinary = frame.iloc[:, :6].sum(axis=1).sort_values().index[35]
    assert "expected" in sh.evaluation.selection_guard(frame, site=[ordinary], start="2024-07", seed=1).sentence
    lowest = frame.iloc[:, :6].sum(axis=1).idxmin()
    made = sh.evaluation.selection_guard(frame, site=[lowest], start="2024-07", seed=1)
    assert made.findings.change > 0
    assert made.sentence.startswith("Selection explains no fall: with nothing done +")
    risen = frame.copy()
    site = worst(frame, 2)
    risen.loc[site, MONTHS[6:]] *= 2
    made = sh.evaluation.selection_guard(risen, site=site, start="2024-07", seed=1)
    assert "relative to the other areas the site recorded +" in made.sentence


def test_gaps_are_told():
    frame = town(8)
    frame.iloc[60, 2] = np.nan
    with pytest.warns(CoverageWarning, match="left out"):
        made = sh.evaluation.selection_guard(frame, site=CODES[:1], start="2024-07", missing="leave out", seed=1)
    assert (made.findings.compared, made.findings.left_out) == (68, ("A060",))


NOTHING = town(9).assign(**dict.fromkeys(MONTHS[6:], 0.0))


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"start": "2025-04"}, ParameterError, "`start` is '2025-04', which is no column"),
        ({"window": ("2024-06", "2024-04")}, ParameterError, "`window` ends"),
        ({"window": ("2024-04", "2024-08")}, ParameterError, "'2024-08', which is no period before the start"),
        ({"site": ["none"]}, AlignmentError, "not in `outcomes`"),
        ({"site": CODES[:67]}, RefusedError, "3 other areas: at least 5 are needed"),
        ({"exposure": pd.Series(0.0, index=CODES)}, SchemaError, "`exposure` must be above zero"),
        ({"exposure": pd.Series(1.0, index=CODES[1:])}, AlignmentError, "1 area without a value in `exposure`"),
        ({"outcomes": NOTHING}, RefusedError, "Nothing is recorded in other areas after the start"),
        ({"outcomes": NOTHING * 0}, RefusedError, "Nothing is recorded at the site in the window"),
    ],
)
def test_what_tells_nothing_is_refused(change, error, words):
    call = {"outcomes": town(9), "site": CODES[:1], "start": "2024-07", "seed": 1}
    with pytest.raises(error, match=words):
        sh.evaluation.selection_guard(**call | change)
