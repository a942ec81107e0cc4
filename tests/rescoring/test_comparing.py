"""Two assessments compared: what is refused, what is restated, what is found and what is not."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from assessed import WEIGHTS, drawn, make_assessment
from factories import make_population

from socharm._record import settings_as_dict
from socharm.errors import AlignmentError, ParameterError, RefusedError, SchemaError
from socharm.io.lookups import read_lookup
from socharm.rescoring.change_settings import ChurnSettings, chosen_areas
from socharm.rescoring.comparable import ALLOWABLE, OBSTACLES
from socharm.rescoring.comparing import compare
from socharm.rescoring.index_parts import PARTS
from socharm.rescoring.writing import write_comparison

AREAS = 12


def pair(*, later: dict | None = None, earlier: dict | None = None, factor: np.ndarray | None = None):
    """Two half-years of the same places; with `factor` the later one has so many times the crimes by area."""
    n = drawn(AREAS, 6, seed=3, level=20.0)
    m = drawn(AREAS, 6, seed=3, level=20.0) if factor is None else np.rint(n * factor[:, None, None]).astype(int)
    return make_assessment(n, **(earlier or {})), make_assessment(m, **{"start": "2025-04", **(later or {})})


def refused(before, after, **more) -> str:
    with pytest.raises(RefusedError) as caught:
        compare(before, after, **more)
    return str(caught.value)


def severities(made) -> dict[str, str]:
    return dict(zip(made.findings["what"], made.findings["severity"], strict=True))


def test_nothing_changed_nothing_is_named():
    made = compare(*pair(), change_draws=500)
    for verdicts in (made.table["verdict"], made.table["verdict_counts"]):
        assert set(verdicts) <= {"not clear", "too few events to tell"}
    assert made.churn.findings.stayed == made.churn.findings.listed == 2
    known = [name for name in PARTS if name != "revision"]
    assert (made.parts[[*known, "change"]] == 0).all().all()
    assert made.table["ratio"].to_numpy() == pytest.approx(1.0, abs=0.05)
    assert made.mobility.tau == pytest.approx(1.0)
    assert made.mobility.periods == made.periods == made.churn.periods
    assert made.overall["ratio_low_95"] < 1 < made.overall["ratio_high_95"]


def test_planted_changes_are_found_and_others_are_not():
    factor = np.ones(AREAS)
    factor[0], factor[1] = 2.0, 0.4
    made = compare(*pair(factor=factor), change_draws=2000)
    verdicts = made.table["verdict_counts"]
    assert verdicts.iloc[0] == "rose"
    assert verdicts.iloc[1] == "fell"
    assert not verdicts.iloc[2:].isin(["rose", "fell"]).any()
    assert made.table["ratio"].iloc[0] == pytest.approx(2.0, rel=0.25)
    row = made.table.iloc[0]
    ends = [row[f"ratio_low_{level}"] for level in (95, 90, 50)] + [
        row[f"ratio_high_{level}"] for level in (50, 90, 95)
    ]
    assert ends == sorted(ends)
    assert row["p_rise"] + row["p_fall"] == pytest.approx(1.0)
    assert row["p_beyond_20"] <= row["p_beyond_10"]
    assert made.parts["counts"].iloc[2:].abs().max() < 1e-9


def test_draws_of_the_two_periods_are_independent_and_repeatable():
    one, again = (compare(*pair(), change_draws=300, seed=5) for _ in range(2))
    assert one.table.equals(again.table)
    other = compare(*pair(), change_draws=300, seed=6)
    assert not one.table["ratio"].equals(other.table["ratio"])
    assert (one.table["ratio_high_95"] > one.table["ratio_low_95"]).all()


def test_what_is_worked_out_is_what_draws_would_give():
    """Within four times the chance of 4,000 draws, which the moments of the model leave nothing of."""
    factor = np.ones(AREAS)
    factor[0], factor[1] = 1.4, 0.7
    sides = pair(factor=factor)
    made, by_draws = compare(*sides, worlds=100), compare(*sides, change_draws=4_000, worlds=100)
    again = compare(*sides, seed=99, worlds=100)
    assert again.table.filter(like="ratio").equals(made.table.filter(like="ratio"))
    spread = np.log(by_draws.table["ratio_high_95"] / by_draws.table["ratio_low_95"]) / 3.92
    ends = {"ratio": 0.02, "ratio_low_50": 0.022, "ratio_high_90": 0.034, "ratio_low_95": 0.043, "ratio_high_95": 0.043}
    for name, chance in ends.items():
        assert ((np.log(made.table[name] / by_draws.table[name]) / spread).abs() < 4 * chance).all(), name
    for name in ("p_rise", "p_fall", "p_beyond_10", "p_beyond_20"):
        assert (made.table[name] - by_draws.table[name]).abs().max() < 4 * 0.008
    assert (made.table["p_rise"] + made.table["p_fall"]).to_numpy() == pytest.approx(1.0)
    for name in ("ratio", "ratio_low_95", "ratio_high_95"):
        assert made.overall[name] == pytest.approx(by_draws.overall[name], rel=0.01)


def test_what_is_printed_of_a_few_crimes_is_what_draws_would_give():
    """No verdict stands there, but a ratio and probabilities do: they were off by 8% and .06."""
    rng = np.random.default_rng(4)
    # Most places have a crime or two; two busy ones tell the model how far places differ.
    level = np.array([0.1] * 10 + [2.0, 6.0])[:, None, None] * np.array([0.3, 0.3, 1.0])[:, None]
    n, m = (rng.poisson(np.broadcast_to(level, (AREAS, 3, 6))) for _ in range(2))
    heavy = {"burglary": 3_000.0, "drugs": 300.0, "violence-and-sexual-offences": 20.0}
    sides = make_assessment(n, weights=heavy), make_assessment(m, start="2025-04", weights=heavy)
    made, by_draws = compare(*sides, worlds=100), compare(*sides, change_draws=10_000, worlds=100)
    assert made.table["effective_events"].lt(3).sum() > 8
    spread = np.log(by_draws.table["ratio_high_95"] / by_draws.table["ratio_low_95"]) / 3.92
    for name, chance in {"ratio": 0.0125, "ratio_low_95": 0.028, "ratio_high_95": 0.028}.items():
        assert ((np.log(made.table[name] / by_draws.table[name]) / spread).abs() < 4.5 * chance).all(), name
    for name in ("p_rise", "p_fall", "p_beyond_10", "p_beyond_20"):
        assert (made.table[name] - by_draws.table[name]).abs().max() < 4.5 * 0.005, name
    for name in ("ratio", "ratio_low_95", "ratio_high_95"):
        assert made.overall[name] == pytest.approx(by_draws.overall[name], rel=0.03), name


def test_few_events_tell_nothing():
    n = np.zeros((AREAS, 3, 6), int)
    n[:, 2, :] = 20
    n[0] = 0
    n[0, 2, 0] = 8
    m = n.copy()
    m[0] = 0
    made = compare(make_assessment(n), make_assessment(m, start="2025-04"), change_draws=500)
    assert made.table["effective_events"].iloc[0] == pytest.approx(8.0)
    assert made.table[["verdict", "verdict_counts"]].iloc[0].tolist() == ["too few events to tell"] * 2
    assert (made.table["effective_events"].iloc[1:] == 240).all()


def test_other_seasons_are_refused_and_shown_on_request():
    before, after = pair(later={"start": "2024-10"})
    text = refused(before, after)
    assert "April 2024 to September 2024 against October 2024 to March 2025" in text
    assert "Compare the same months of two years." in text
    assert text.endswith("where this is allowed by name: seasons.")
    made = compare(before, after, allow="seasons", change_draws=100)
    assert made.findings.query("what == 'seasons'")["allowed"].tolist() == [True]
    for said in (made.summary(), repr(made), made.about.coverage, made.explain(made.table.index[0])):
        assert "The months of the year differ" in said


def test_thirteen_months_are_not_two_summers():
    """Thirteen months against the next thirteen share a month; against six they have other seasons."""
    before = make_assessment(drawn(AREAS, 13, seed=1), start="2023-06")
    assert "13 months against 6 months" in refused(before, make_assessment(drawn(AREAS, 6), start="2024-12"))
    text = refused(before, make_assessment(drawn(AREAS, 13, seed=2), start="2024-06"))
    assert "1 month is in both periods (June 2024)" in text
    assert "The months of the year differ" not in text


def test_every_reason_is_told_at_once():
    before = make_assessment(drawn(AREAS, 6), start="2025-01", name="one")
    after = make_assessment(
        drawn(AREAS, 5),
        start="2024-11",
        denominator=make_population(dict.fromkeys((f"W{i:03d}" for i in range(AREAS)), 500.0), kind="households"),
    )
    text = refused(before, after)
    for words in (
        "before the earlier one",
        "months are in both periods",
        "months of the year differ",
        "for households",
    ):
        assert words in text
    assert "denominator, order, overlap and seasons" in text


def test_the_same_assessment_is_no_comparison():
    made = make_assessment(drawn(AREAS, 6), name="one")
    assert "Both are the same assessment." in refused(made, made)


def test_other_weights_restate_the_earlier_exactly():
    """All weights doubled: the restated rate is twice the stored one, and nothing else changed."""
    before, after = pair(later={"weights": {name: 2 * weight for name, weight in WEIGHTS.items()}})
    made = compare(before, after, change_draws=100)
    assert severities(made)["weights"] == "restated"
    assert made.table["rate_earlier_alike"].to_numpy() == pytest.approx(2 * made.table["rate_earlier"].to_numpy())
    assert made.table["rate_earlier"].to_numpy() == pytest.approx(before.tables["index"]["rate"].to_numpy())
    others = [name for name in PARTS if name not in ("weights", "revision")]
    assert (made.parts[others] == 0).all().all()
    assert made.parts["revision"].isna().all()  # no later count of these months was kept
    assert made.table["ratio"].to_numpy() == pytest.approx(1.0, abs=0.1)


def test_other_choices_restate_the_earlier():
    made = compare(*pair(later={"exclude": ["drugs"]}), change_draws=100)
    assert severities(made)["settings"] == "restated"
    assert "left out: nothing earlier, drugs later" in made.findings.set_index("what").loc["settings", "reason"]
    assert (made.parts.drop(columns=["settings", "revision", "rate_earlier", "rate_later", "change"]) == 0).all().all()


def test_holes_of_coverage():
    mask = np.ones((AREAS, 6), bool)
    mask[0, :2] = False
    made = compare(*pair(later={"covered": mask}), change_draws=100)
    assert severities(made)["coverage"] == "noted"
    assert (made.parts["coverage"].abs() > 1e-9).tolist() == [True] + [False] * (AREAS - 1)
    mask[:6, :2] = False
    text = refused(*pair(later={"covered": mask}))
    assert "are not covered" in text
    assert "Have the missing months delivered" in text


def test_a_known_break_in_recording_is_refused_with_its_source():
    """City of London sent no file in June 2022."""
    told = {"layout": "police.uk", "force": "City of London"}
    n = drawn(AREAS, 6)
    before = make_assessment(n, start="2021-07", **told)
    after = make_assessment(n, start="2022-07", **told)
    text = refused(before, after)
    assert "Months of City of London from June 2022 to June 2022 are known to be missing: no file (source: " in text
    compare(make_assessment(n, start="2023-01", **told), make_assessment(n, start="2024-01", **told), change_draws=100)


def test_offences_under_other_names_are_refused():
    old = ("burglary", "drugs", "public-disorder-and-weapons")
    weights = dict.fromkeys([*WEIGHTS, *old, "public-order", "possession-of-weapons"], 30.0)
    before = make_assessment(drawn(AREAS, 6), offences=old, weights=weights)
    after = make_assessment(
        drawn(AREAS, 6), offences=("burglary", "drugs", "public-order"), weights=weights, start="2025-04"
    )
    assert "public disorder and weapons, which the other divides into public order" in refused(before, after)


def test_crime_that_police_find_is_shown_by_itself_and_refused_where_they_cleared():
    before, after = pair()
    made = compare(before, after, change_draws=100)
    counts = before.tables["counts"]
    drugs = counts[counts["offence"] == "drugs"].groupby("area_code")["n"].sum()
    assert made.police_generated["crimes_earlier"].to_dict() == drugs.to_dict()
    assert (made.police_generated["harm_earlier"] == 40.0 * drugs).all()
    assert "Police cleared 1 area" in refused(before, after, clear="W001")
    without = compare(before, after, clear="W001", without="police-generated", change_draws=100)
    assert "police-generated" not in severities(without)
    assert without.table["crimes_earlier"].sum() == made.table["crimes_earlier"].sum() - drugs.sum()
    assert without.police_generated.equals(made.police_generated)


def test_what_the_source_changed_is_told_by_itself():
    """The earlier months counted again hold one burglary more in the first area, 100 x 2 / 6000 a year."""
    before, after = pair()
    n = drawn(AREAS, 6, seed=3, level=20.0)
    n[0, 0, 0] += 1
    made = compare(before, after, revised=make_assessment(n), change_draws=100)
    assert made.parts["revision"].iloc[0] == pytest.approx(200 / 6000)
    assert (made.parts["revision"].iloc[1:] == 0).all()
    assert made.parts["change"].abs().max() < 1e-12
    with pytest.raises(AlignmentError, match="not those of the earlier assessment"):
        compare(before, after, revised=make_assessment(drawn(AREAS, 5)))


def test_what_the_source_changed_is_missing_where_nobody_knows_it(tmp_path):
    """No later count of the earlier months was kept: not nought but missing, in every table, and the rest adds up."""
    before, after = pair(factor=np.linspace(0.5, 2.0, AREAS))
    made = compare(before, after, change_draws=100)
    assert severities(made)["revision"] == "noted"
    assert made.parts["revision"].isna().all()
    assert np.isnan(made.overall["revision"])
    known = [name for name in PARTS if name != "revision"]
    assert made.parts[known].sum(axis=1).to_numpy() == pytest.approx(made.parts["change"].to_numpy(), abs=1e-12)
    assert made.overall[known].sum() == pytest.approx(made.overall["change"], abs=1e-12)
    told = " ".join(made.summary().split())
    assert "not known what the source changed since" in told
    folder = write_comparison(made, tmp_path / "made")
    written = pd.read_csv(folder / "parts.csv")
    assert written["revision"].isna().all()
    assert written[known].notna().all().all()


def test_months_in_both_tell_what_the_source_changed():
    n = drawn(AREAS, 6, level=20.0)
    m = n.copy()
    m[0, 0, 0] += 1  # the first month of the later one, the fourth of the earlier
    before = make_assessment(np.concatenate([n, n[:, :, :3]], axis=2)[:, :, 3:9], start="2024-01")
    after = make_assessment(m, start="2024-04")
    made = compare(before, after, allow=["overlap", "seasons"], change_draws=100)
    assert set(np.flatnonzero(made.parts["revision"].fillna(0))) == {0}
    assert made.parts["revision"].iloc[0] == pytest.approx(200 / 6000)


def test_snapshots_of_an_earlier_version_and_of_other_borders_are_noted():
    before, after = pair(later={"boundary_year": 2026})
    made = compare(before, after, change_draws=100)
    assert severities(made)["boundaries"] == "noted"
    people = make_population(dict.fromkeys((f"W{i:03d}" for i in range(AREAS)), 3000.0))
    moved = compare(*pair(later={"denominator": people}), change_draws=100)
    assert (moved.parts["population"] > 0).all()
    assert moved.table["ratio"].to_numpy() == pytest.approx(2.0, abs=0.2)


def test_names_that_are_not_known():
    before, after = pair()
    with pytest.raises(ParameterError, match="Did you mean 'seasons'"):
        compare(before, after, allow="season")
    with pytest.raises(ParameterError, match="`without` names 'drug'"):
        compare(before, after, without="drug")
    with pytest.raises(AlignmentError, match="`clear` names X1"):
        compare(before, after, clear="X1")
    with pytest.raises(ParameterError, match="not among the 12 areas compared"):
        compare(before, after, change_draws=100).explain("W9")


def test_two_areas_are_too_few():
    two = drawn(2, 6, level=20.0)
    with pytest.raises(AlignmentError, match="three at least"):
        compare(make_assessment(two), make_assessment(two, start="2025-04"), change_draws=50)


def test_the_same_comparison_from_its_settings():
    before, after = pair(later={"start": "2024-10"})
    made = compare(before, after, allow="seasons", change_draws=150, sure=0.9, top=[3])
    again = compare(before, after, settings=settings_as_dict(made.settings))
    assert again.table.equals(made.table)
    assert again.findings.equals(made.findings)


def test_sentences_hold_the_numbers_of_their_tables():
    factor = np.ones(AREAS)
    factor[0] = 2.0
    made = compare(*pair(factor=factor), change_draws=500)
    row, said = made.table.iloc[0], made.explain(made.table.index[0])
    assert f"Probability that it rose: {'over 99%' if row['p_rise'] > 0.99 else round(100 * row['p_rise'])}" in said
    assert f"{round(100 * (row['ratio'] - 1)):+d}% (90% interval" in said
    summary = made.summary()
    assert f"Rose beyond what was to be expected: {int((made.table['verdict'] == 'rose').sum())} area" in summary
    assert made.churn.explain() in summary
    alone = made.table["verdict_counts"]
    rose, fell = int((alone == "rose").sum()), int((alone == "fell").sum())
    assert rose + fell
    wrong = "whether this name is wrong" if rose + fell == 1 else "how many of these names are wrong"
    assert f", {rose or 'none'} rose and {fell or 'none'} fell; {wrong} they cannot say" in summary
    told = [float(line.split()[0]) for line in summary.splitlines() if line.startswith("     ")]
    assert sum(told[:-1]) == pytest.approx(told[-1], abs=0.05 * len(told))
    expected = (1 - made.table["p_rise"][alone == "rose"]).sum() + (1 - made.table["p_fall"][alone == "fell"]).sum()
    wrong = made.facts.loc["names by the counts alone that would be wrong if areas did not drift", "value"]
    assert wrong == pytest.approx(expected)
    assert "by chance" not in summary.rpartition("By the counts alone")[2]


def test_every_number_of_who_stayed_says_by_which_rate():
    """Where nothing was restated ranks are those of the table; the receipt ranks what was recorded."""
    made = compare(*pair(), change_draws=100, top=[3, 5])
    table, frames = made.table, made.frames()
    tops = frames["tops"]
    for size in (3, 5):
        assert tops.loc[size, "stayed"] == ((table["rank_earlier"] <= size) & (table["rank_later"] <= size)).sum()
    for name in ("tops", "entered_and_left", "classes"):
        assert set(frames[name]["ranked_by"]) <= {"underlying rate, as each was assessed"}
    for name in ("churn", "churn_areas"):
        assert set(frames[name]["ranked_by"]) == {"recorded rate"}
    summary = made.summary()
    assert f"Ranks of the underlying rate, as each was assessed: {tops.loc[3, 'stayed']} of the first 3" in summary
    assert "by recorded rate stayed" in summary
    other = compare(*pair(later={"weights": {name: 2 * weight for name, weight in WEIGHTS.items()}}), change_draws=100)
    assert set(other.mobility.tops["ranked_by"]) == {"underlying rate, both on the same terms"}


def test_counts_taken_anew_and_unchanged_leave_the_ranks_as_they_were():
    """Where a later assessment keeps the same counts of the earlier months, nothing is restated."""
    before, after = pair()
    plain, again = (compare(before, after, revised=side, change_draws=100) for side in (None, before))
    assert again.mobility.tops.equals(plain.mobility.tops)
    assert set(again.mobility.tops["ranked_by"]) == {"underlying rate, as each was assessed"}


def test_what_was_to_be_expected_is_beside_what_was_recorded():
    """The model of both periods has the counts of the comparison: the ratio is trend x selection x beyond."""
    n = drawn(40, 6, seed=9, level=15.0)
    m = np.random.default_rng(10).poisson(np.maximum(n.mean(axis=2), 0.1)[:, :, None], n.shape)
    m[0] = n[0] * 4
    before, after = make_assessment(n), make_assessment(m, start="2025-04")
    made = compare(before, after, change_draws=100, first=5, worlds=100)
    both = made.table.assign(ratio_recorded=made.expected.table["ratio"])
    recorded = both["rate_later_alike"] / both["rate_earlier_alike"]
    assert both["ratio_recorded"].to_numpy() == pytest.approx(recorded.to_numpy())
    assert (both["expected"] * both["beyond"]).to_numpy() == pytest.approx(recorded.to_numpy())
    assert both["listed"].sum() == 5
    assert made.table["verdict"].iloc[0] == "rose"
    assert made.named("rose").index[0] == made.table.index[0]
    assert made.churn.table.loc[5, "stayed"] == made.churn.findings.stayed
    named = compare(before, after, change_draws=100, areas=["W003", "W007"], worlds=100)
    assert list(named.table.index[named.table["listed"]]) == ["W003", "W007"]
    with pytest.raises(ParameterError, match="`areas` holds"):
        compare(before, after, change_draws=100, areas=["W3"])


def test_other_weights_reach_the_model_too():
    before, after = pair(later={"weights": {name: 2 * weight for name, weight in WEIGHTS.items()}})
    made = compare(before, after, change_draws=100)
    assert made.expected.table["ratio"].to_numpy() == pytest.approx(1.0)


def test_a_period_without_crime_is_no_comparison():
    n = drawn(AREAS, 6)
    n[:, :, 2:] = 0
    mask = np.ones((AREAS, 6), bool)
    mask[:, :2] = False
    before = make_assessment(n)
    after = make_assessment(drawn(AREAS, 6), start="2025-04", covered=mask)
    with pytest.raises(ParameterError, match="no crime with a weight"):
        compare(before, after, allow="coverage")


def test_tables_of_a_comparison(tmp_path):
    from socharm.rescoring.writing import write_comparison

    made = compare(*pair(), change_draws=100)
    folder = write_comparison(made, tmp_path / "one")
    for name, frame in made.frames().items():
        written = pd.read_csv(folder / f"{name}.csv")
        assert len(written) == len(frame), name
        assert written.columns[0] == "marking"
        assert set(written["marking"]) <= {made.about.shown_marking}
    assert (folder / "summary.txt").read_text(encoding="utf-8").startswith("OFFICIAL")
    with pytest.raises(ParameterError, match="is there already"):
        write_comparison(made, folder)


def test_a_summary_names_both_periods_and_weights_that_are_uneven_are_told():
    before, after = pair()
    made = compare(before, after, change_draws=200, worlds=100)
    assert "April 2024 to September 2024 against April 2025 to September 2025" in made.summary()
    assert "uneven weights" not in set(made.findings["what"])
    uneven = {"burglary": 2_000.0, "drugs": 10.0, "violence-and-sexual-offences": 10.0}
    n = np.full((12, 3, 6), 40)
    n[:, 0] = 0
    n[::3, 0, 2] = 1
    sides = (make_assessment(n, weights=uneven), make_assessment(n, start="2025-04", weights=uneven))
    told = compare(*sides, change_draws=200, worlds=100).findings.set_index("what").loc["uneven weights"]
    assert told["severity"] == "noted"
    assert "more of the names are wrong" in told["reason"]
    assert "capped" in told["remedy"]


@pytest.mark.parametrize("chosen", [{"exclude": ["police-generated"]}, {"exclude": ["drugs"]}])
def test_crime_that_the_recipes_leave_out_is_not_said_to_be_in_the_rates(chosen):
    before, after = pair(earlier=chosen, later=chosen)
    for cleared in ((), "W001"):
        made = compare(before, after, clear=cleared, change_draws=100, worlds=100)
        assert "police-generated" not in severities(made)


def test_what_only_the_earlier_recipe_leaves_out_is_in_the_rates_on_the_terms_of_the_later():
    before, after = pair(earlier={"exclude": ["drugs"]})
    assert severities(compare(before, after, change_draws=100, worlds=100))["police-generated"] == "noted"
    assert "Police cleared 1 area" in refused(before, after, clear="W001")
    before, after = pair(later={"exclude": ["drugs"]})
    assert "police-generated" not in severities(compare(before, after, clear="W001", change_draws=100, worlds=100))


def test_numbers_among_other_choices_are_numbers():
    made = compare(*pair(earlier={"per": 1.0}, later={"per": 1000.0, "season": False}), change_draws=100, worlds=100)
    reason = made.findings.set_index("what").loc["settings", "reason"]
    assert "people that a rate is for: 1 earlier, 1,000 later" in reason
    assert "months weighed by the season: yes earlier, no later" in reason


def test_a_side_that_is_covered_whole_lacks_nothing():
    mask = np.ones((AREAS, 6), bool)
    mask[0, :2] = False
    for which, other in (("later", "earlier"), ("earlier", "later")):
        made = compare(*pair(**{which: {"covered": mask}}), change_draws=100, worlds=100)
        reason = made.findings.set_index("what").loc["coverage", "reason"]
        share = 2 / (6 * AREAS)
        assert reason == (
            f"Of the months of the areas compared, {share:.0%} of the {which} assessment are not covered; the {other} "
            "one has all of them."
        )


def test_areas_that_are_not_compared_have_a_reason():
    mask = np.ones((AREAS, 6), bool)
    mask[2] = False
    people = {f"W{place:03d}": 5000.0 for place in range(AREAS)}
    nobody = make_population(people | {"W004": 0.0})
    made = compare(
        *pair(later={"covered": mask}, earlier={"denominator": nobody, "missing": "leave out"}),
        change_draws=100,
        worlds=100,
    )
    reasons = made.expected.not_compared["reason"].to_dict()
    assert reasons == {
        "W002": "later assessment: no month is covered",
        "W004": "earlier assessment: no people are known",
    }
    assert set(made.table.index[made.table["verdict"] == "not compared"]) == set(reasons)
    assert made.frames()["not_compared"].equals(made.expected.not_compared)
    assert reasons["W002"] in made.explain("W002")
    assert f"Not compared: {len(reasons)} areas" in made.summary()
    assert made.facts.loc["areas: not compared", "value"] == len(reasons)


def test_what_is_never_refused_cannot_be_allowed():
    before, after = pair()
    for name in set(OBSTACLES) - set(ALLOWABLE):
        with pytest.raises(ParameterError, match="restated or noted, never refused, so leave it out"):
            compare(before, after, allow=name)
    with pytest.raises(ParameterError) as caught:
        compare(before, after, allow="everything")
    assert "what can be allowed is same, order, overlap, seasons, coverage, recording, labels" in str(caught.value)
    assert "weights" not in str(caught.value)


def test_findings_have_known_names():
    uneven = {"burglary": 2_000.0, "drugs": 10.0, "violence-and-sexual-offences": 10.0}
    n = np.full((12, 3, 6), 40)
    n[:, 0] = 0
    n[::3, 0, 2] = 1
    sides = (make_assessment(n, weights=uneven), make_assessment(n, start="2025-04", weights=uneven))
    found = compare(*sides, change_draws=100, worlds=100).findings
    assert "uneven weights" in set(found["what"])
    assert set(found["what"]) <= set(OBSTACLES)


def test_names_come_with_the_number_of_wrong_ones_among_them():
    """Forty areas of which two outside the list rise by far: a tenth of the names can be wrong."""
    n = drawn(40, 6, seed=9, level=15.0)
    m = n.copy()
    m[[20, 30]] *= 6
    made = compare(
        make_assessment(n), make_assessment(m, start="2025-04"), change_draws=100, areas=["W000"], worlds=100
    )
    rose = made.named("rose")
    assert {"W020", "W030"} <= set(rose.index)
    wrong = made.facts.loc["names expected to be wrong: rose", "value"]
    assert wrong == pytest.approx(0.1 * len(rose))
    assert f"{len(rose)} areas of 40; up to {wrong:.1f} of these by chance" in made.summary()
    assert "A verdict asks for one direction alone and bears 10% of such names to be wrong" in made.summary()
    assert "asks for one direction alone" in made.explain("W020")
    assert "period: 2024-04 to 2024-09 against 2025-04 to 2025-09" in repr(made)


def test_too_few_areas_are_told_as_such():
    two = drawn(2, 6, level=20.0)
    with pytest.raises(AlignmentError) as caught:
        compare(make_assessment(two), make_assessment(two, start="2025-04"), change_draws=50)
    assert "2 areas have a rank in both" in str(caught.value)
    assert "Compare assessments of more areas" in str(caught.value)


def test_divided_crimes_have_no_plain_p():
    """Two old areas became three; the middle one took half of each, which can add up to whole numbers."""
    n = drawn(AREAS, 6, seed=3, level=20.0)
    n[:2] += n[:2] % 2
    before = make_assessment(n)
    codes = [*(f"N{place}" for place in range(3)), *(f"W{place:03d}" for place in range(2, AREAS))]
    after = make_assessment(drawn(AREAS + 1, 6, seed=4, level=20.0), start="2025-04", areas=codes)
    shares = [("W000", "N0", 0.5), ("W000", "N1", 0.5), ("W001", "N1", 0.5), ("W001", "N2", 0.5)]
    shares += [(code, code, 1.0) for code in codes[3:]]
    change = read_lookup(
        pd.DataFrame(shares, columns=["old", "new", "share"]), source="old", target="new", shares="share"
    )
    table = compare(before, after, change=change, change_draws=100, worlds=100).expected.table
    divided = table.index.isin(["N0", "N1", "N2"])
    assert (table["harm_earlier"][divided] > 0).all()
    assert table["plain_p"][divided].isna().all()
    assert table["plain_p"][~divided].between(0, 1).all()
    assert table["ratio"].between(table["plain_low_95"], table["plain_high_95"]).all()


def with_classes(assessment, classes: dict[str, str]):
    codes = assessment.tables["ranking"].index
    table = pd.DataFrame({"class": [classes.get(code, "not") for code in codes]}, index=codes)
    return dataclasses.replace(assessment, tables=assessment.tables.with_tables(top_classes=table))


def test_the_list_can_be_the_areas_in_the_top_for_sure():
    earlier, later = pair()
    codes = list(earlier.tables["ranking"].index)
    sure = with_classes(earlier, {codes[2]: "for sure", codes[4]: "for sure", codes[5]: "possibly"})
    made = compare(sure, later, first="for sure")
    named = compare(sure, later, areas=(codes[2], codes[4]))
    assert list(made.expected.table.index[made.expected.table["listed"]]) == [codes[2], codes[4]]
    pd.testing.assert_frame_equal(made.expected.table, named.expected.table)
    assert made.settings.first == "for sure"
    alone = with_classes(earlier, {codes[1]: "very likely", codes[5]: "possibly"})
    assert compare(alone, later, first="for sure").expected.settings.areas == (codes[1],)


def test_a_list_for_sure_that_nobody_knows_is_refused():
    earlier, later = pair()
    with pytest.raises(ParameterError, match="none is in the top of the earlier assessment for sure"):
        compare(with_classes(earlier, {}), later, first="for sure")
    with pytest.raises(SchemaError, match="holds no table top_classes"):
        compare(earlier, later, first="for sure")
    with pytest.raises(ParameterError, match="`first` holds 'for certain'"):
        compare(earlier, later, first="for certain")
    with pytest.raises(ParameterError, match="a class of the ranking of an assessment"):
        chosen_areas(ChurnSettings(first="for sure", seed=1), pd.Index(["a"]), np.ones(1))
