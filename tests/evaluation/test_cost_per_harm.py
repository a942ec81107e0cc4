"""Cost of what was avoided: by hand, with open intervals where it may be that nothing was avoided."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest

import socharm as sh
from socharm._about import About
from socharm.errors import ParameterError, RefusedError
from socharm.evaluation.evaluate import Evaluation
from socharm.evaluation.evaluation_findings import EvaluationFindings
from socharm.evaluation.protocol_settings import ProtocolSettings


def evaluated(*rows: tuple[str, float, float, float]) -> Evaluation:
    """An evaluation that expected 200 of each outcome, with the changes given."""
    outcomes = [{"name": name, "output": name == "drugs"} for name, *_ in rows]
    choices = {"name": "P", "site": ["A"], "start": "2025-01", "seed": 1, "outcomes": outcomes}
    settings = ProtocolSettings.joined(choices, {}, {})
    table = pd.DataFrame(
        [
            (name, "placebo sites", change, low, high, 0.5, "refused" if math.isnan(change) else "fell", "")
            for name, change, low, high in rows
        ],
        columns=["outcome", "method", "change", "low", "high", "p", "verdict", "reason"],
    )  # fmt: skip
    totals = pd.DataFrame({"expected": 200.0}, index=pd.Index([name for name, *_ in rows], name="outcome"))
    none, told = pd.DataFrame(), {entry.name: 0 for entry in dataclasses.fields(EvaluationFindings)}
    kinds = {
        "verdict": "fell",
        "site": ("A",),
        "donors": (),
        "left_out": (),
        "first": "",
        "last": "",
        "data_as_registered": None,
    }
    protocol = sh.evaluation.Protocol(table=none, settings=settings, registration=None, data={}, about=About())
    return Evaluation(
        table=table, totals=totals, phases=none, rings=none, subgroups=none, guard="", detectable="", settings=settings,
        protocol=protocol, findings=EvaluationFindings(**{**told, **kinds}), donors=None, sites="none",
        records={}, about=About(),
    )  # fmt: skip


def test_a_cost_worked_out_by_hand():
    made = sh.evaluation.cost_per_harm(evaluated(("crimes", -0.2, -0.4, -0.1)), cost=8_000)
    assert made.table.loc["crimes"].tolist() == pytest.approx([40, 20, 80, 200, 100, 400])
    assert made.sentence == (
        "Crimes: £8,000 spent for 40 avoided (95% interval 20 to 80): £200 for each (95% interval £100 to £400). What "
        "moved next door, and what else was spent, is not in it."
    )


def test_where_it_may_be_that_nothing_was_avoided_the_interval_is_open():
    made = sh.evaluation.cost_per_harm(evaluated(("harm", -0.2, -0.4, 0.1)), cost=1_000, currency="€")
    assert made.table.loc["harm", "cost_high"] == np.inf
    assert "€25.00 for each (95% interval from €12.50 up, without an upper limit: it may be that" in made.sentence


def test_where_nothing_was_found_to_be_avoided():
    made = sh.evaluation.cost_per_harm(evaluated(("crimes", 0.1, -0.2, 0.4), ("harm", 0.3, 0.1, 0.5)), cost=1_000)
    assert made.table["cost"].isna().all()
    assert made.table.loc["crimes", ["cost_low", "cost_high"]].tolist() == [25.0, np.inf]
    assert made.table.loc["harm", ["cost_low", "cost_high"]].isna().all()
    assert (
        "nothing was found to be avoided (95% interval -80 to 40); one cost at least £25.00, without" in made.sentence
    )
    assert (
        "Harm: £1,000 spent, and nothing was avoided (95% interval -100 to -20): there is no cost of one."
        in made.sentence
    )


def test_too_few_placebo_sites_say_nothing_of_the_cost():
    made = sh.evaluation.cost_per_harm(evaluated(("crimes", -0.2, -1.0, math.inf)), cost=1_000)
    assert made.table.loc["crimes", "avoided"] == pytest.approx(40)
    assert made.table.loc["crimes", ["avoided_low", "cost", "cost_low", "cost_high"]].isna().all()
    assert (
        "40 avoided: too few placebo sites for an interval, so that nothing is said of what one cost." in made.sentence
    )


def test_the_cost_grows_as_the_spending_does():
    one, two = (sh.evaluation.cost_per_harm(evaluated(("crimes", -0.2, -0.4, -0.1)), cost=c).table for c in (5.0, 10.0))
    assert (two["cost"] / one["cost"]).tolist() == [2.0]


def test_outputs_and_refused_outcomes_have_none():
    made = sh.evaluation.cost_per_harm(evaluated(("crimes", -0.2, -0.4, -0.1), ("drugs", 0.2, 0.1, 0.3)), cost=1.0)
    assert made.table.index.tolist() == ["crimes"]
    with pytest.raises(RefusedError, match="nothing is known to be avoided"):
        sh.evaluation.cost_per_harm(evaluated(("crimes", np.nan, np.nan, np.nan)), cost=1.0)
    with pytest.raises(ParameterError, match="`cost`"):
        sh.evaluation.cost_per_harm(evaluated(("crimes", -0.2, -0.4, -0.1)))
