"""Evaluations: registered methods side by side, the verdict that rests on placebo sites, and every sentence of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from libpysal.graph import Graph

import socharm as sh
from socharm._about import About
from socharm.errors import AlignmentError, ParameterError, RefusedError
from socharm.evaluation.evaluate import _phase
from socharm.evaluation.panel import PanelFindings, PanelSettings
from socharm.evaluation.protocol_settings import ProtocolSettings
from socharm.evaluation.verdict_words import agreement_words, subgroup_words
from socharm.files.seal import write_sealed

CODES = [f"W{n:03d}" for n in range(60)]
LINE = Graph.from_arrays(CODES[:-1] + CODES[1:], CODES[1:] + CODES[:-1], np.ones(118))
SITE = CODES[10:13]
MONTHS = [str(month) for month in pd.period_range("2024-01", periods=18, freq="M")]
CHOICES = {
    "name": "Patrols", "site": SITE, "start": "2025-01", "seed": 1, "placebos": 39, "permutations": 199, "worlds": 200,
    "outcomes": [{"name": "crimes"}], "phases": {"clear": "2025-01", "hold": "2025-04"},
}  # fmt: skip


def counts_of(change: float = 1.0, next_door: float = 1.0, seed: int = 2) -> pd.DataFrame:
    """Counts of 60 areas in a line; the site changes from month 12 on, and so do the areas that adjoin it."""
    rng = np.random.default_rng(seed)
    means = np.outer(rng.uniform(40, 60, 60), 1 + 0.2 * np.sin(np.arange(18)))
    means[10:13, 12:] *= change
    means[[9, 13], 12:] *= next_door
    return pd.DataFrame(rng.poisson(means), index=CODES, columns=MONTHS)


COUNTS = counts_of(0.6, 1.4)


@pytest.fixture(scope="module")
def protocol(tmp_path_factory):
    path = tmp_path_factory.mktemp("protocol") / "protocol.toml"
    return sh.evaluation.register_protocol(CHOICES, COUNTS.loc[:, :"2024-12"], to=path, on=dt.date(2024, 12, 31))


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    """The same with the methods that take least time."""
    path, few = tmp_path_factory.mktemp("quick") / "protocol.toml", ["placebo sites", "spillover rings"]
    choices = {**CHOICES, "methods": few}
    return sh.evaluation.register_protocol(choices, COUNTS.loc[:, :"2024-12"], to=path, on=dt.date(2024, 12, 31))


@pytest.fixture(scope="module")
def made(protocol):
    return sh.evaluation.evaluate(protocol, COUNTS, LINE)


def plain(**changed):
    """A protocol that was not registered, of few methods."""
    settings = ProtocolSettings.joined({**CHOICES, "methods": ["placebo sites", "spillover rings"], **changed}, {}, {})
    table = pd.DataFrame({"registered": [], "now": [], "state": []})
    return sh.evaluation.Protocol(table=table, settings=settings, registration=None, data={}, about=About())


def test_every_registered_method_has_its_row(made):
    assert made.table["method"].tolist() == list(made.settings.methods)
    assert (made.table["verdict"] == "fell").sum() >= 6
    rows = made.table.set_index("method")
    assert (rows["change"].dropna() < -0.25).all()
    bounded = rows.dropna(subset=["low"])
    assert ((bounded["low"] <= bounded["change"]) & (bounded["change"] <= bounded["high"])).all()


def test_numbers_are_those_of_the_methods_themselves(made):
    rows = made.table.set_index("method")
    kept = COUNTS.drop(index=[CODES[9], CODES[13]])
    own = sh.evaluation.difference_in_differences(kept, treated=SITE, start="2025-01", permutations=199, seed=1)
    of = own.table.loc["randomisation over areas"]
    assert rows.loc["difference in differences", ["change", "p"]].tolist() == pytest.approx([of["ratio"] - 1, of["p"]])
    site, others = kept.loc[SITE].to_numpy(), kept.drop(index=SITE).to_numpy()
    ratio = site[:, 12:].sum() / site[:, :12].sum() / (others[:, 12:].sum() / others[:, :12].sum())
    assert rows.loc["displacement difference", "change"] == pytest.approx(ratio - 1)
    assert rows.loc["placebo sites", "change"] == pytest.approx(ratio - 1)
    guarded = made.records["crimes: guarded placebo sites"].findings
    assert rows.loc["guarded placebo sites", ["change", "p"]].tolist() == [guarded.change, guarded.p]
    assert made.totals.loc["crimes", ["before", "after"]].tolist() == [site[:, :12].sum(), site[:, 12:].sum()]


def test_the_interval_holds_what_the_placebo_sites_do_not_reject(made):
    row = made.table.set_index("method").loc["placebo sites"]
    test = made.records["crimes: placebo sites"]
    away = test.table["departure"].abs().to_numpy()
    for effect, kept in (
        (row["low"], True),
        (row["high"], True),
        (row["low"] - 0.01, False),
        (row["high"] + 0.01, False),
    ):
        distance = abs(test.findings.departure - np.log1p(effect))
        p = ((away >= distance - 1e-9).sum() + 1) / (len(away) + 1)
        assert bool(p > 0.05) is kept


def test_the_verdict_is_read_back_from_its_table(made):
    row, found = made.table.iloc[0], made.findings
    assert found.verdict == "fell"
    assert made.sentences["verdict"] == (
        f"Crimes at the site fell by {-100 * row['change']:.0f}% relative to the areas it is compared with "
        f"(95% interval {100 * row['low']:+.0f}% to {100 * row['high']:+.0f}%); {found.as_extreme} of "
        f"{found.placebos} placebo sites departed as far, up or down (p {row['p']:.3f})."
    )
    others = made.table.iloc[1:]
    low, high = 100 * others["change"].min(), 100 * others["change"].max()
    assert f"Their estimates run from {low:+.0f}% to {high:+.0f}%." in made.sentences["methods"]
    assert "other methods" in made.sentences["methods"]
    ring = made.rings.set_index("ring").loc["ring 1"]
    low, high = (100 * (ring[end] - 1) for end in ("low_95", "high_95"))
    beside = f"95% interval {low:+.0f}% to {high:+.0f}%, p {ring['p']:.3f}"
    assert f"ring 1 {100 * (ring['ratio'] - 1):+.0f}% ({beside})" in made.sentences["next door"]
    assert "which may be displacement" in made.sentences["next door"]
    assert made.sentence == " ".join(made.sentences.values())


def test_what_stands_beside_the_verdict_is_told_from_its_own_record(made):
    kept = COUNTS.drop(index=[CODES[9], CODES[13]])
    call = {"site": SITE, "start": "2025-01", "areas": LINE.subgraph(list(kept.index)), "seed": 1}
    guard = sh.evaluation.selection_guard(kept, **call)
    assert made.sentences["selection"] == guard.sentence
    found = made.detectable.findings
    assert made.sentences["detectable"].startswith(
        f"A fall of {-found.change:.0%} or more would have been seen over 6 m"
    )
    assert found.compared == len(made.findings.donors)
    row = made.table[made.table["method"] == "placebo sites"].iloc[0]
    # An estimate at the edge of what is told has an interval that ends at no change.
    reach = ((1 + row["high"]) / (1 + row["low"])) ** 0.5
    edge = f"tells a fall from {1 / reach - 1:+.0%} on, a rise from {reach - 1:+.0%}."
    assert made.sentences["detectable"].endswith(edge)
    assert (row["verdict"] != "cannot be told") == (abs(np.log1p(row["change"])) > np.log(reach))


def test_what_cannot_be_told_beside_it_is_said(made):
    few = {"outcomes": [{"name": "harm", "measure": "harm"}], "selected_on": ("2023-01", "2023-12"), "phases": {}}
    harm = sh.evaluation.evaluate(plain(**few), COUNTS, LINE)
    assert harm.sentences["selection"] == (
        "What selection explains is not told. The site was chosen on figures of 2023-01 to 2023-12, which are not "
        "looked at before the start."
    )
    assert harm.sentences["detectable"].startswith("A fall of ")
    assert made.guard.findings.window == ("2024-01", "2024-12")


def test_phases_are_told_apart_and_add_up(made):
    assert made.phases[["phase", "first", "last"]].to_numpy().tolist() == [
        ["clear", "2025-01", "2025-03"], ["hold", "2025-04", "2025-06"],
    ]  # fmt: skip
    assert made.phases["observed"].sum() == made.totals.loc["crimes", "after"]
    assert (made.phases["gap"] < made.phases["low_95"]).all()


def test_a_phase_of_an_outcome_without_any_before_has_no_p(made):
    test = made.records["crimes: placebo sites"]
    row = _phase(replace(test, series=test.series.assign(gap=np.nan)), ["2025-01", "2025-02"])
    assert np.isnan([row["p"], row["gap"], row["as_extreme"]]).all()
    assert row["observed"] == COUNTS.loc[SITE, "2025-01":"2025-02"].to_numpy().sum()


def test_where_nothing_was_done_nothing_is_said_to_have_changed():
    made = sh.evaluation.evaluate(plain(), counts_of(), LINE)
    assert made.findings.verdict == "cannot be told"
    assert made.sentences["verdict"].startswith(
        "Whether crimes at the site changed otherwise than the areas it is compared with cannot be told: "
    )
    assert made.sentences["next door"] == "Nothing beyond chance was found in the 2 rings round the site."
    assert made.sentences["registration"].startswith("Not registered: nothing shows")
    assert made.findings.data_as_registered is None


def test_a_protocol_that_was_changed_is_refused_or_told(quick, tmp_path):
    path = tmp_path / "protocol.toml"
    path.write_text(quick.text.replace("buffer = 1", "buffer = 2"))
    record = {**vars(quick.registration), "on": quick.registration.on.isoformat()}
    write_sealed(record, tmp_path / "protocol.registration.json", field="sha256", key=None)
    told = r"not as it was registered: .*1 field changed \(buffer\).*allow_changes=True"
    with pytest.raises(RefusedError, match=told):
        sh.evaluation.evaluate(path, COUNTS, LINE)
    made = sh.evaluation.evaluate(path, COUNTS, LINE, allow_changes=True)
    assert "Since then: 1 field changed (buffer)." in made.sentence
    assert made.protocol.table.loc["buffer"].tolist() == ["1", "2", "changed"]


def test_data_before_the_start_that_were_revised_are_told(quick):
    other = COUNTS.copy()
    other.loc["W030", "2024-05"] += 1
    found = sh.evaluation.evaluate(quick, other, LINE)
    assert found.findings.data_as_registered is False
    assert found.sentences["registration"].endswith("The data before the start are not those of the registration.")


def test_an_outcome_that_was_added_later_does_not_make_the_data_others(quick, tmp_path):
    path = tmp_path / "protocol.toml"
    path.write_text(quick.text + '\n[[outcomes]]\nname = "robbery"\n')
    record = {**vars(quick.registration), "on": quick.registration.on.isoformat()}
    write_sealed(record, tmp_path / "protocol.registration.json", field="sha256", key=None)
    found = sh.evaluation.evaluate(path, {"crimes": COUNTS, "robbery": COUNTS // 2}, LINE, allow_changes=True)
    assert found.findings.data_as_registered is True
    assert "4 fields added later (outcomes.robbery" in found.sentences["registration"]


def test_months_of_a_transition_count_for_neither_side():
    few = ["placebo sites", "difference in differences", "interrupted series", "event study", "displacement difference"]
    few += ["spillover rings", "synthetic did"]
    choices = plain(transition=2, phases={}, methods=few, selected_on=("2024-03", "2024-12"))
    made = sh.evaluation.evaluate(choices, COUNTS, LINE)
    assert (made.findings.before, made.findings.after) == (12, 4)
    assert made.totals.loc["crimes", "after"] == COUNTS.loc[SITE, "2025-03":].to_numpy().sum()
    assert not (made.table["verdict"] == "refused").any()
    starts = {vars(record.findings).get("start") for record in made.records.values()}
    assert starts == {"2025-03", None}
    assert made.records["crimes: synthetic did"].table.index.tolist() == [*MONTHS[:12], *MONTHS[14:]]
    assert made.guard.findings.window == ("2024-03", "2024-12")
    assert made.guard.findings.start == "2025-03"
    assert made.detectable.findings.periods == ("2024-01", "2024-12")


def test_a_refused_subgroup_is_named_and_no_method_agrees_that_was_refused():
    rows = {"a": ["fell", 0.01], "b": ["refused", np.nan]}
    held = pd.DataFrame.from_dict(rows, orient="index", columns=["verdict", "p_corrected"]).assign(change=-0.2)
    assert subgroup_words(held) == "Of 2 registered subgroups: a fell (-20%, corrected p 0.010) and b was refused."
    assert subgroup_words(held.loc[["b"]]).endswith(
        "otherwise than the areas that the site is compared with (b was refused)."
    )
    methods = ["placebo sites", "calibration", "event study"]
    table = pd.DataFrame({"method": methods, "verdict": ["fell", "refused", "fell"], "change": [-0.2, np.nan, -0.1]})
    told = agreement_words(table.assign(outcome="crimes"), plain().settings)
    assert told.endswith("Its estimate is -10%. This agrees with the placebo sites; all use the same data.")


@pytest.mark.parametrize(
    ("changed", "data", "error", "told"),
    [
        ({"donors": [CODES[9], CODES[13]]}, COUNTS, RefusedError, "Of 2 areas .* 0 are left .2 within 1"),
        ({"donors": [CODES[9], CODES[20]]}, COUNTS, RefusedError, "1 is left .* at least 2 are needed"),
        ({}, COUNTS.loc[:, :"2024-12"], RefusedError, "there is nothing to evaluate yet"),
        ({"transition": 5}, COUNTS.loc[:, :"2025-03"], RefusedError, "begins in 2025-06"),
        ({}, COUNTS.iloc[:50], AlignmentError, "areas"),
        ({}, {"other": COUNTS}, ParameterError, "Name them alike"),
    ],
)  # fmt: skip
def test_what_is_refused(changed, data, error, told):
    with pytest.raises(error, match=told):
        sh.evaluation.evaluate(plain(phases={}, **changed), data, LINE)


def test_a_method_that_refuses_is_listed_with_its_reason():
    few = ["placebo sites", "event study", "displacement difference"]
    made = sh.evaluation.evaluate(plain(donors=CODES[20:29], methods=few), COUNTS, LINE)
    rows = made.table.set_index("method")
    assert rows.loc["event study", "verdict"] == "refused"
    assert "at least 10 are needed" in rows.loc["event study", "reason"]
    assert rows.loc["placebo sites", "reason"] == "only 7 placebo sites"
    assert (rows.loc["placebo sites", "low"], rows.loc["placebo sites", "high"]) == (-1.0, np.inf)
    assert made.sentences["verdict"].endswith("; so few sites give no 95% interval.")
    assert "1 was refused (event study)" in made.sentences["methods"]


def test_no_placebo_site_is_no_verdict():
    made = sh.evaluation.evaluate(plain(donors=CODES[20:60:2]), COUNTS, LINE)
    assert made.findings.verdict == "refused"
    assert made.sentences["verdict"] == (
        "There is no verdict on crimes: the test by placebo sites was refused. The 20 untreated areas give no site "
        "like the one treated. Compare with more areas."
    )


def test_areas_with_gaps_are_no_donors_and_are_named():
    gaps = COUNTS.astype(float)
    gaps.loc["W040", "2024-06"] = np.nan
    made = sh.evaluation.evaluate(plain(), gaps, LINE)
    assert ("month without coverage", ("W040",)) in made.findings.left_out
    assert "W040" not in made.findings.donors


def test_harm_and_outputs_of_police_work_stand_beside_and_subgroups_are_corrected():
    long = COUNTS.rename_axis("area_code").reset_index().melt("area_code", var_name="period", value_name="count")
    twice = long["count"].where(~long["area_code"].isin(SITE), 2 * long["count"])
    table = pd.concat([
        long.assign(
            offence=name, count=counts.astype(float), harm=weight * counts, exposure=1.0, covered=True,
            outcome=name != "drugs",
        )
        for name, counts, weight in (
            ("burglary", long["count"], 5.0), ("robbery", long["count"], 50.0), ("drugs", twice, 1.0)
        )
    ], ignore_index=True)  # fmt: skip
    found = PanelFindings(offences=("burglary", "robbery"), apart=("drugs",), covered=1080, cells=1080)
    about = About(marking="OFFICIAL-SENSITIVE")
    panel = sh.evaluation.Panel(table=table, settings=PanelSettings(), about=about, findings=found)
    outcomes = [{"name": "crimes"}, {"name": "harm", "measure": "harm"}]
    outcomes += [{"name": "drugs", "offences": ["drugs"], "output": True}]
    few = ["placebo sites", "displacement difference"]
    chosen = plain(outcomes=outcomes, subgroups=["burglary", "robbery"], methods=few)
    made = sh.evaluation.evaluate(chosen, panel, LINE)
    change = made.table.set_index(["outcome", "method"])["change"]
    assert change["harm", "displacement difference"] == pytest.approx(change["crimes", "placebo sites"])
    assert "harm: fell, " in made.sentences["other outcomes"]
    assert "drugs (an output of police work, no outcome): " in made.sentences["other outcomes"]
    units = {name: made.records[f"{name}: placebo sites"].about.unit for name in ("crimes", "harm")}
    assert units == {"crimes": "crimes a month", "harm": "harm a month"}
    p = made.subgroups["p"]
    assert made.subgroups["p_corrected"].tolist() == pytest.approx((2 * p).tolist())
    assert made.about.marking == "OFFICIAL-SENSITIVE"


@pytest.mark.parametrize(
    ("verdicts", "words"),
    [
        (
            ["cannot be told"] * 3,
            "All 3 other methods say that this cannot be told (synthetic difference in differences, ",
        ),
        (["fell"] * 2, "Both other methods say that it fell (synthetic difference in differences and event study)."),
        (
            ["rose"],
            "The one other method says that it rose (synthetic difference in differences). Its estimate is -5%.",
        ),
        (
            ["fell", "refused"],
            "Of the 2 other methods 1 says that it fell (synthetic difference in differences); 1 was ",
        ),
        (["refused"] * 2, "Both other methods were refused (synthetic difference in differences and event study)."),
    ],
)
def test_methods_are_counted_as_people_count(verdicts, words):
    names = ["synthetic did", "event study", "spillover rings"][: len(verdicts)]
    rows = [("crimes", "placebo sites", -0.05, "fell")]
    rows += [
        ("crimes", name, np.nan if one == "refused" else -0.05, one) for name, one in zip(names, verdicts, strict=True)
    ]
    table = pd.DataFrame(rows, columns=["outcome", "method", "change", "verdict"])
    assert agreement_words(table, plain().settings).startswith(words)


def test_one_subgroup_is_told_by_its_name():
    columns = ["change", "p_corrected", "verdict"]
    one = pd.DataFrame([[0.1, 0.4, "cannot be told"]], index=["robbery"], columns=columns)
    assert subgroup_words(one) == (
        "Whether robbery, the one registered subgroup, changed otherwise than the areas that the site is compared with "
        "cannot be told."
    )


def test_donors_like_the_site_are_found_before_the_start_and_away_from_other_sites():
    few = {"methods": ["placebo sites"], "phases": {}, "excluded": [CODES[30]]}
    unlike = COUNTS.copy()
    unlike.loc[CODES[40:44]] *= 5
    later = unlike.copy()
    later.loc[CODES[45:], "2025-01":] *= 3
    made, other = (
        sh.evaluation.evaluate(plain(donor_search={"caliper": 1.0}, **few), frame, LINE) for frame in (unlike, later)
    )
    assert made.donors.donors == other.donors.donors
    own = sh.evaluation.find_donors(
        unlike.loc[:, :"2024-12"], site=SITE, areas=LINE, start="2025-01", n=60, exclude=[CODES[30]],
    )  # fmt: skip
    assert made.findings.donors == tuple(sorted(own.donors))
    assert not set(made.findings.donors) & {CODES[9], CODES[13], *CODES[29:32], *CODES[40:44]}
    left = dict(made.findings.left_out)
    assert set(CODES[40:44]) <= set(left["not like the site before the start"])
    assert made.sentences["donors"] == own.sentence
    assert set(made.sites.members["area_code"]) <= set(made.findings.donors)


def test_covariates_that_were_changed_after_the_registration_are_refused(tmp_path):
    residents = pd.DataFrame({"population": np.arange(1000.0, 1060.0)}, index=CODES)
    choices = {**CHOICES, "methods": ["placebo sites"], "phases": {}, "subgroups": []}
    choices |= {"donor_search": {"covariates": ["population"], "n": 20, "caliper": 2.0}}
    path, before = tmp_path / "protocol.toml", COUNTS.loc[:, :"2024-12"]
    sh.evaluation.register_protocol(choices, before, to=path, on=dt.date(2024, 12, 31), covariates=residents)
    same = sh.evaluation.evaluate(path, COUNTS, LINE, covariates=residents)
    assert same.findings.covariates_as_registered
    held = "The covariates of the search for donors are {} of the registration."
    assert same.sentences["registration"].endswith(held.format("those"))
    other = residents.assign(population=residents["population"].iloc[::-1].to_numpy())
    with pytest.raises(RefusedError, match="covariates of `donor_search` are not those of the registration"):
        sh.evaluation.evaluate(path, COUNTS, LINE, covariates=other)
    told = sh.evaluation.evaluate(path, COUNTS, LINE, covariates=other, allow_changes=True)
    assert told.findings.covariates_as_registered is False
    assert told.sentences["registration"].endswith(held.format("not those"))


def test_donors_are_alike_in_what_the_protocol_names():
    rows = COUNTS.rename_axis("area_code").reset_index().melt("area_code", var_name="period", value_name="count")
    parts = [rows.assign(offence=name) for name in ("burglary", "public-order", "drugs")]
    table = pd.concat(parts, ignore_index=True).assign(exposure=1.0, covered=True, outcome=True, harm=1.0)
    found = PanelFindings(offences=("burglary", "public-order"), apart=("drugs",), covered=1080, cells=1080)
    panel = sh.evaluation.Panel(table=table, settings=PanelSettings(), about=About(), findings=found)
    residents = pd.DataFrame({"population": range(1000, 1060), "other": 1.0}, index=CODES)
    few = {"methods": ["placebo sites"], "phases": {}}
    search = {"covariates": ["population"], "n": 20, "caliper": 2.0}
    made = sh.evaluation.evaluate(plain(donor_search=search, **few), panel, LINE, covariates=residents)
    levels = [name for name in made.donors.balance.index if name.startswith("level")]
    assert levels == ["level of the outcome", "level of acquisitive crime", "level of public order"]
    assert made.donors.balance.loc["population", "kind"] == "covariate"
    assert len(made.findings.donors) == 20
    named = plain(donor_search={**search, "groups": ["burglary"]}, **few)
    only = sh.evaluation.evaluate(named, panel, LINE, covariates=residents).donors.balance.index
    assert [name for name in only if name.startswith("level")] == ["level of the outcome", "level of burglary"]
    with pytest.raises(ParameterError, match="names population among its covariates, and the data hold none"):
        sh.evaluation.evaluate(plain(donor_search=search, **few), panel, LINE)
    with pytest.raises(ParameterError, match="tells no offences"):
        sh.evaluation.evaluate(plain(donor_search={"groups": ["burglary"]}, **few), COUNTS, LINE)


def test_nothing_like_the_site_is_refused():
    odd = COUNTS.copy()
    odd.loc[SITE] *= 50
    with pytest.raises(RefusedError, match="No area is alike: `caliper` is 1 standard deviation"):
        sh.evaluation.evaluate(plain(donor_search={}), odd, LINE)


def test_areas_that_began_later_count_from_their_own_start():
    later = COUNTS.copy()
    later.loc[SITE] = counts_of().loc[SITE]
    later.loc[SITE[0], "2025-01":] //= 2
    later.loc[SITE[1:], "2025-04":] //= 2
    chosen = plain(starts=dict.fromkeys(SITE[1:], "2025-04"), methods=["placebo sites"], phases={})
    made = sh.evaluation.evaluate(chosen, later, LINE)
    own = sh.evaluation.staggered_effects(
        later.drop(index=[CODES[9], CODES[13]]), starts={SITE[0]: "2025-01", **dict.fromkeys(SITE[1:], "2025-04")},
        permutations=199, seed=1,
    )  # fmt: skip
    row = made.table.set_index("method").loc["staggered starts"]
    assert row[["change", "p"]].tolist() == pytest.approx([own.findings.ratio - 1, own.findings.p])
    assert row["change"] < made.findings.change < 0
    assert made.sentences["starts"] == (
        "Areas of the site have 2 starts, from January 2025 to April 2025; every method but staggered starts counts "
        f"the whole site from January 2025 on. {own.sentence}"
    )
    shifted = sh.evaluation.evaluate(plain(**{**CHOICES, "transition": 2, "methods": ["placebo sites"], "phases": {},
                                              "starts": {SITE[0]: "2025-02"}}), later, LINE)  # fmt: skip
    held = shifted.records["crimes: staggered starts"]
    assert held.findings.groups == 1
    assert set(held.table["start"]) == {"2025-03"} == set(held.aggregates.loc["start"].index)
    assert "counts the whole site from March 2025 on." in shifted.sentences["starts"]
    late = sh.evaluation.evaluate(plain(starts={SITE[0]: "2025-07"}, methods=["placebo sites"], phases={}), later, LINE)
    assert "1 area of the site had not begun by 2025-06" in late.table.set_index("method").loc[
        "staggered starts", "reason"
    ]  # fmt: skip


def test_donors_with_a_gap_after_the_start_are_told_and_so_are_rings_without_placebo_sites():
    gap = COUNTS.astype(float)
    gap.loc[CODES[50:53], "2025-03"] = np.nan
    few = {"methods": ["placebo sites", "spillover rings"], "phases": {}, "rings": 20}
    made = sh.evaluation.evaluate(plain(donor_search={}, **few), gap, LINE)
    less = len(made.donors.donors) - len(made.findings.donors)
    assert 1 < less <= 3
    assert made.sentences["donors"] == (
        f"{made.donors.sentence} Of these {len(made.findings.donors)} are compared with: the other {less} have a month "
        "without coverage."
    )
    told = "placebo sites number 0, and 19 are needed"
    assert made.sentences["next door"] == (
        f"Whether anything changed in the 20 rings round the site is not told: {told}."
    )
    assert made.rings[["p", "low_95", "high_95"]].isna().all(axis=None)
    row = made.table.set_index("method").loc["spillover rings"]
    assert row["reason"].endswith(told)
    assert np.isnan(row["p"])
