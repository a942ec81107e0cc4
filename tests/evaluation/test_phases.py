"""Effects by phase: by hand, as a difference-in-differences of its periods, and police output told apart."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import socharm as sh
from socharm.errors import AlignmentError, ParameterError

effects = sh.evaluation.phase_effects
MONTHS = [str(month) for month in pd.period_range("2023-01", periods=24, freq="M")]
PHASES = {"Clear": MONTHS[12], "Hold": MONTHS[16], "Build": MONTHS[20]}
CODES = [f"A{n:02d}" for n in range(30)]


def town(times: tuple[float, float, float] = (1.0, 1.0, 1.0), seed: int = 3) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    mean = rng.gamma(5, 6, (30, 1)) * (1 + 0.2 * np.sin(np.arange(24) * np.pi / 6))
    for at, factor in zip((12, 16, 20), times, strict=True):
        mean[0, at : at + 4] *= factor
    return pd.DataFrame(rng.poisson(mean).astype(float), CODES, MONTHS)


def test_by_hand():
    flat = pd.DataFrame(20.0, CODES, MONTHS)
    flat.loc["A00", MONTHS[12:16]] = 10
    flat.loc["A00", MONTHS[16:20]] = 15
    made = effects(flat, treated=["A00"], phases=PHASES, seed=1)
    assert made.table["ratio"].round(9).tolist() == [0.5, 0.75, 1.0]
    assert made.table["expected"].round(6).tolist() == [80, 80, 80]
    assert made.table["p"].round(6).tolist() == [round(1 / 30, 6)] * 2 + [1.0]
    assert made.table["p_adjusted"].round(6).tolist() == [0.1, 0.1, 1.0]
    assert "Clear: no change beyond chance, -50%" in made.sentence
    assert "p is adjusted for 3 phases." in made.sentence


def test_a_phase_is_a_difference_of_its_periods():
    counts = town((0.5, 0.8, 1.0))
    made = effects(counts, treated=["A00"], phases=PHASES, transition=1, seed=1)
    part = counts.loc[:, : MONTHS[15]].drop(columns=MONTHS[12])
    numbered = part.set_axis(range(len(part.columns)), axis=1)
    alone = sh.evaluation.difference_in_differences(numbered, treated=["A00"], start="12", seed=1)
    row = alone.table.loc["randomisation over areas"]
    for name in ("ratio", "low", "high", "p"):
        assert made.table.loc["Clear", name] == pytest.approx(row[name], rel=1e-9)
    assert made.table.loc["Clear", ["periods", "transition"]].tolist() == [3, 1]


def test_one_phase_is_a_difference_in_differences():
    counts = town((0.4, 0.4, 0.4))
    made = effects(counts, treated=["A00"], phases={"Clear": MONTHS[12]}, seed=1)
    alone = sh.evaluation.difference_in_differences(counts, treated=["A00"], start=MONTHS[12], seed=1)
    assert made.table.loc["Clear", "p"] == made.table.loc["Clear", "p_adjusted"] == alone.table["p"].iloc[0]
    assert "Clear: fell relative to the others, -" in made.sentence
    assert "adjusted" not in made.sentence


def test_output_is_told_as_output():
    arrests = town((3.0, 1.0, 0.3), seed=9)
    made = effects(town(), treated=["A00"], phases=PHASES, output=arrests, seed=1)
    assert made.output["reading"].tolist() == ["rose, as it should", "no change beyond chance", "fell"]
    assert "Police output, which is no outcome: in Clear it rose, as it should (+" in made.sentence
    idle = effects(town(), treated=["A00"], phases=PHASES, output=town(), rises_in=["Clear", "Hold"], seed=1)
    assert idle.output["reading"].tolist()[:2] == ["no rise beyond chance, though it should rise"] * 2
    assert "in Clear there was no rise beyond chance, though it should rise (" in idle.sentence
    fewer = effects(town(), treated=["A00"], phases=PHASES, output=town((0.3, 1.0, 1.0), seed=9), seed=1)
    assert fewer.output.loc["Clear", "reading"] == "fell, though it should rise"
    assert idle.output["should_rise"].tolist() == [True, True, False]
    assert effects(town(), treated=["A00"], phases=PHASES, seed=1).output.empty


def test_missing_periods_of_a_phase_are_left_out_and_a_phase_without_any_is_refused():
    counts = town()
    counts.loc["A00", MONTHS[17]] = np.nan
    made = effects(counts, treated=["A00"], phases=PHASES, seed=1)
    assert made.table.loc["Hold", "recorded"] == counts.loc["A00", MONTHS[16:20]].sum()
    counts.loc["A07", MONTHS[16:20]] = np.nan
    arrests = town()
    arrests.loc["A08", MONTHS[:12]] = np.nan
    made = effects(counts, treated=["A00"], phases=PHASES, output=arrests, seed=1)
    assert made.findings.left_out == (
        ("area not covered on both sides of the start, in Hold", 1),
        ("area not covered on both sides of the start of police output", 1),
    )
    assert made._summary()["set aside"].startswith("1 area not covered on both sides of the start, in Hold; 1 area")
    counts.loc["A00", MONTHS[16:20]] = np.nan
    with pytest.raises(ParameterError, match="No treated area is covered in the phase 'Hold'"):
        effects(counts, treated=["A00"], phases=PHASES, seed=1)


@pytest.mark.parametrize(
    ("change", "error", "told"),
    [
        ({"phases": {}}, ParameterError, "`phases` is empty"),
        ({"phases": {"Clear": MONTHS[0]}}, ParameterError, "the first period: nothing is known of before"),
        ({"phases": {"Clear": "2031-01"}}, ParameterError, "which is no period of `outcomes`"),
        ({"phases": {"Clear": MONTHS[12], "Hold": "2031-01"}}, ParameterError, "which is no period of `outcomes` with"),
        ({"phases": {"Clear": MONTHS[14], "Hold": MONTHS[13]}}, ParameterError, "must begin one after the other"),
        ({"transition": 4}, ParameterError, "The phase 'Clear' has 4 periods, and `transition` leaves out 4"),
        ({"rises_in": ["Rebuild"]}, ParameterError, r"`rises_in` names \['Rebuild'\], which are no phases"),
        ({"output": town().iloc[:, 1:]}, ParameterError, "`output` has other periods than `outcomes`"),
        ({"output": town().drop(index="A00")}, AlignmentError, "1 treated area is not in `outcomes`"),
    ],
)  # fmt: skip
def test_what_is_refused(change, error, told):
    with pytest.raises(error, match=told):
        effects(town(), **{"treated": ["A00"], "phases": PHASES, "seed": 1, **change})
