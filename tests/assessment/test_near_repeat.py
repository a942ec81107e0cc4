"""Near repeats and seasons in an assessment: what has days, and months of a year; what has neither is told."""

from __future__ import annotations

import warnings
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from factories import make_weights
from worlds import index_of, with_days, write_world

from socharm.assessment.run import run_assessment
from socharm.assessment.steps.near_repeat import NEAR_REPEAT, _facts, _harm
from socharm.assessment.steps.season import SEASON, _counts, _season
from socharm.assessment.steps.weights import WEIGHTS
from socharm.errors import CoverageWarning, SchemaError
from socharm.hotspots import hour_weekday, knox, near_repeat_chains, seasonal_profile
from socharm.hotspots.times.seasons import SeasonSettings
from socharm.io.incidents.event_times import event_times
from socharm.io.incidents.reading import read_incidents
from socharm.severity.index import SeveritySettings

OUTPUTS = "[outputs]\n" + "".join(
    f"{name} = false\n" for name in ("heat", "hotspots", "clusters", "micro_places", "concentration", "signals")
)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    recipe = with_days(tmp_path_factory.mktemp("days"), months=25)
    text = recipe.read_text().replace("chains = true", "chains = true\nharm = true")
    recipe.write_text(f'{text}\n[season]\ncorrection = "by"\n[hours]\nstart = "From"\n{OUTPUTS}')
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return run_assessment(recipe)


def extract_of(made) -> pd.DataFrame:
    return pd.read_csv(made.path.parents[1] / "extract.csv")


def test_table_sheet_picture_and_sentences(made):
    found, rows = made.tables["near_repeats"], extract_of(made)
    burglary = rows[rows["Offence"] == "Burglary"].rename(columns={"Easting": "x", "Northing": "y", "Date": "date"})
    same = knox(burglary, seed=1).table
    assert found["pairs"].tolist() == same["pairs"].tolist()
    assert found["p"].tolist() == same["p"].tolist()
    held = found[found["near_repeat"]]
    assert held.loc[held["ratio"].idxmax(), ["distance_to", "days_from"]].tolist() == [100.0, 0.0]
    assert made.tables.stored("near_repeats").settings["offences"] == ["Burglary"]
    assert (made.path / "maps" / "near_repeats.png").exists()
    # An extract is closed input: its ratios may be published, its counts may not.
    told = made.tables.declared["near_repeats"].rules
    assert told["ratio"] == "decimals:1"
    assert {told[name] for name in ("pairs", "expected", "p", "p_adjusted")} == {"withhold"}
    told = f"{len(held)} of 30 cells beyond chance, the strongest {held['ratio'].max():.1f} times the expected"
    assert told in str(made.summary())


def test_chains_are_those_of_the_function_by_place_and_never_published(made):
    found, rows = made.tables["near_repeat_chains"], extract_of(made)
    burglary = rows[rows["Offence"] == "Burglary"].rename(columns={"Easting": "x", "Northing": "y", "Date": "date"})
    same = near_repeat_chains(burglary).table
    assert len(found) > 100  # 120 burglaries were planted three days on, 30 m away
    for mine, theirs in {"events": "events", "easting": "x", "northing": "y", "links": "links"}.items():
        assert found[mine].tolist() == same[theirs].tolist()
    assert "originator" not in found.columns
    assert made.tables.declared["near_repeat_chains"].secret


def test_the_harm_of_pairs_stands_beside_their_number_and_says_by_which_weights(made):
    found = made.tables["near_repeats"]
    weight = made.tables["weights"].loc["burglary", "weight"]
    # Of one offence the harm of pairs is their number times its weight: every ratio and p is the same.
    np.testing.assert_allclose(found["harm"], found["pairs"] * weight)
    np.testing.assert_allclose(found["harm_ratio"], found["ratio"])
    assert found["harm_p"].tolist() == found["p"].tolist()
    assert found["harm_near_repeat"].tolist() == found["near_repeat"].tolist()
    chains = made.tables["near_repeat_chains"]
    np.testing.assert_allclose(chains["harm"], chains["events"] * weight)
    facts = made.tables["near_repeat_facts"].iloc[0]
    assert facts["unweighted"] == 0
    assert facts["weights"] == "ons-css (2020), sentence-days"
    shown = pd.read_excel(made.path / "ranking.xlsx", sheet_name="Near repeats", header=None, engine="openpyxl")
    told = "geometric mean of the weights of its two crimes, ons-css (2020), sentence-days."
    assert shown[0].astype(str).str.contains(told, regex=False).any()


def test_a_crime_without_a_weight_is_in_pairs_and_not_in_their_harm():
    scheme = make_weights({"burglary": 16.0, "robbery": 4.0})
    recipe = SimpleNamespace(part=lambda _: SeveritySettings(transform="sqrt"))
    events = pd.DataFrame({"offence": ["burglary", "fraud", "robbery", "robbery"]})

    class Given(dict):
        pass

    context = Given({WEIGHTS: scheme})
    context.recipe = recipe
    harm = _harm(events, context)
    assert harm.fillna(-1).tolist() == [4.0, -1.0, 2.0, 2.0]
    facts = _facts(events, harm, context)
    assert facts.iloc[0].tolist() == [4, 1, "by-hand (2025), sentence-days (sqrt)"]
    text = NEAR_REPEAT.tables[0].sheet.note({"near_repeat_facts": facts})
    assert text.endswith("1 crime without a weight is in pairs and not in their harm.")
    assert "weights" not in NEAR_REPEAT.tables[0].sheet.note({"near_repeat_facts": _facts(events, None, context)})
    with pytest.warns(CoverageWarning, match="None of the crimes of .near_repeat. has an offence with a weight"):
        assert _harm(events.iloc[[1]], context) is None


@pytest.mark.filterwarnings("ignore")
def test_a_source_of_months_is_refused_with_the_reason(tmp_path):
    recipe = write_world(tmp_path)
    recipe.write_text(recipe.read_text() + "\n[near_repeat]\n")
    with pytest.raises(SchemaError, match=r"\[near_repeat\] .*a month is not a day"):
        run_assessment(recipe)


def test_the_season_is_that_of_the_counts_by_month(made):
    found, rows = made.tables["season"], extract_of(made)
    by_month = rows.groupby(pd.to_datetime(rows["Date"]).dt.to_period("M")).size().rename("acquisitive")
    same = seasonal_profile(by_month, correction="by").table
    pd.testing.assert_frame_equal(found.drop(columns="force"), same, check_dtype=False)
    assert set(found["years"]) == {2}
    assert made.tables.stored("season").settings["correction"] == "by"
    assert (made.path / "maps" / "season.png").exists()
    with pd.ExcelFile(made.path / "ranking.xlsx", engine="openpyxl") as book:
        assert "Season" in book.sheet_names
    assert "Months of the year: crimes by day against the mean of the same twelve months" in str(made.manifest["said"])


def test_hours_of_the_week_are_those_of_the_function(made):
    found, rows = made.tables["hours"], extract_of(made)
    same = hour_weekday(rows["From"], group=pd.Series("acquisitive", index=rows.index)).table
    pd.testing.assert_frame_equal(found, same, check_dtype=False)
    assert made.tables["hours_set_aside"]["rows"].tolist() == [0, 0, 0, 0]
    assert made.tables.stored("hours").settings["start"] == "From"
    assert (made.path / "maps" / "hours.png").exists()


def test_times_are_read_as_they_are_said_to_be_written(tmp_path):
    rows = {"Date": ["2025-04-01"] * 3, "Offence": ["8N"] * 3, "Easting": [4e5] * 3, "Northing": [3e5] * 3}
    table = pd.DataFrame({**rows, "From": ["01/04/2025 22:15", "", "2/4/25"]})
    table.to_csv(tmp_path / "extract.csv", index=False)
    incidents = read_incidents(tmp_path / "extract.csv")
    texts = event_times(incidents, start="From")
    assert texts["start"].isna().tolist() == [False, True, False]
    assert texts["offence"].tolist() == ["ho-8n"] * 3
    with pytest.raises(SchemaError, match=r"1 time is not written as `time_format` .* such as '2/4/25'"):
        event_times(incidents, start="From", time_format="%d/%m/%Y %H:%M")
    with pytest.raises(SchemaError, match=r"no column 'Frm', which `start` names; .*Did you mean 'From'"):
        event_times(incidents, start="Frm")


def test_four_months_have_no_season_and_say_so():
    with pytest.warns(CoverageWarning, match="A season needs 12 months in a row, .* there are 4 months and 2 areas"):
        assert _season(index_of({"a": 3, "b": 4}), pd.DataFrame(), SeasonSettings()) is None


def test_forces_and_groups_have_a_column_each_and_sums_stand_first():
    months = pd.PeriodIndex(["2025-04", "2025-05"] * 3, freq="M")
    rows = pd.DataFrame(
        {"area_code": list("aabbaa"), "offence": ["burglary"] * 4 + ["drugs"] * 2, "period": months, "n": range(6)}
    )
    counts, forces = _counts(rows, pd.Series({"a": "North", "b": "South"}))
    assert list(counts.columns) == [
        "North: all offences", "North: acquisitive", "North: police-generated", "South: all offences",
        "South: acquisitive",
    ]  # fmt: skip
    assert counts["North: all offences"].tolist() == [4, 6]
    assert set(forces.values()) == {"North", "South"}
    one, _ = _counts(rows, pd.Series(dtype=object))
    assert list(one.columns) == ["all offences", "acquisitive", "police-generated"]
    assert one["acquisitive"].tolist() == [2, 4]


def test_ratios_of_few_crimes_are_not_published():
    table = pd.DataFrame({"events": [9.0, 10.0, 40.0], "expected": [20.0, 20.0, 9.0], "ratio": [0.5, 0.5, 4.4]})
    (spec,) = SEASON.tables
    assert spec.published is not None
    assert spec.published(table[["ratio"]], {"season": table})["ratio"].notna().tolist() == [False, True, False]
