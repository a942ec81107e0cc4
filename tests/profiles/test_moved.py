"""What moved, on page one: each sentence and number against the tables of the comparison, for every verdict."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pandas as pd
import pytest
from assessed import drawn, make_assessment

from socharm._about import NOISY
from socharm.documents.evidence import Evidence
from socharm.errors import ParameterError, RefusedError
from socharm.profiles.content import Material
from socharm.profiles.given import require_own_comparison
from socharm.profiles.moved import Moved, moved_since
from socharm.profiles.side_text import ProfileText
from socharm.profiles.subject import subject_of
from socharm.rescoring.change_words import alone_beyond
from socharm.rescoring.comparing import compare
from socharm.rescoring.comparison import Comparison
from socharm.rescoring.index_parts import PARTS

STAYS, ROSE, FELL, FEW, NOTHING, NEW = "W000", "W003", "W005", "W008", "W009", "W010"
UNCOVERED, UNMATCHED = "W011", "W012"


@pytest.fixture(scope="module")
def pair():
    """Twelve areas a year apart: one four times, one a quarter, some of next to nothing; and one more area later."""
    n = drawn(12, 6, level=30.0)
    later = np.random.default_rng(5).poisson(n)
    later[3], later[5] = n[3] * 4, n[5] // 4
    for place in (8, 9, 10):
        n[place] = later[place] = 0
    n[8, 2, 0], later[8, 2, 3], later[10, 0, :] = 2, 4, 2
    covered = np.ones((12, 6), dtype=bool)
    covered[11] = False
    more = np.concatenate([later, later[:1]])
    earlier = make_assessment(n, start="2023-04", covered=covered, parent=["North"] * 6 + ["South"] * 6)
    return earlier, make_assessment(more, start="2024-04", parent=["North"] * 6 + ["South"] * 7)


@pytest.fixture(scope="module")
def made(pair) -> Comparison:
    return compare(*pair, worlds=100, change_draws=300, allow=("coverage",))


def material_of(pair, made, area: str) -> Material:
    about = dataclasses.replace(pair[1].about)
    return Material(
        subject=subject_of(area, pair[1].tables),
        about=about,
        evidence=Evidence(period="", source="x"),
        text=ProfileText(),
        comparison=made,
    )


def told(pair, made, area: str) -> tuple[Moved, pd.DataFrame]:
    material = material_of(pair, made, area)
    moved = moved_since(material)
    return moved, material.evidence.table


def change_words(ratio: float) -> str:
    share = 100 * (ratio - 1)
    places = next(places for places in range(4) if round(share, places) or abs(share) < 1e-9)
    return f"{share:+.{places}f}%".replace("-", "\u2212") if round(share, places) else "0%"


@pytest.mark.parametrize(
    ("area", "verdict", "words"),
    [
        (STAYS, "not clear", "is not told apart from chance and ordinary drift"),
        (ROSE, "rose", "is a rise beyond chance and ordinary drift"),
        (FELL, "fell", "is a fall beyond chance and ordinary drift"),
    ],
)
def test_each_verdict_is_said_with_what_was_expected_and_what_is_left(pair, made, area, verdict, words):
    row, expected = made.table.loc[area], made.expected.table.loc[area]
    assert row["verdict"] == verdict
    moved, _ = told(pair, made, area)
    text = moved.opening[0]
    assert text.startswith("Against April 2023 to September 2023: it ranked ")
    assert words in text
    assert f"recorded rate changed by {change_words(expected['ratio'])} on the same terms" in text
    assert f"{change_words(row['expected'])} was to be expected ({change_words(expected['selection'])} by sel" in text
    low, high = (change_words(row[f"beyond_{end}_95"]) for end in ("low", "high"))
    assert f"what is left, {change_words(row['beyond'])} (95% interval: {low} to {high})" in text
    low, high = (change_words(row[f"ratio_{end}_90"]) for end in ("low", "high"))
    assert f"underlying rate changed by {change_words(row['ratio'])} (90% interval: {low} to {high})." in text
    lines = {line[0]: line for line in moved.table.rows}
    assert words in lines["Left beyond that"][2]
    least = expected["least_fall"]
    shown = (
        f"least fall that could be shown here in such months, were it the only place looked at, is {least:.0%}"
        in lines["Left beyond that"][2]
    )
    assert shown == (least < 1 and expected["beyond"] <= 1 and not alone_beyond(made.expected.table)[area])
    trend = change_words(expected["trend"])
    assert f"{trend} is the trend of the other places and of the crimes" in lines["To be expected"][2]


def test_an_interval_without_a_change_is_not_told_to_be_chance(pair, made):
    """Only the number of places speaks against it, and its q says how much."""
    table = made.table.copy()
    expected = made.expected.table.copy()
    bounds = ["beyond", "beyond_low_95", "beyond_high_95"]
    expected.loc[STAYS, [*bounds, "q_rise"]] = (1.58, 1.18, 2.13, 0.268)
    table.loc[STAYS, bounds] = (1.58, 1.18, 2.13)
    other = dataclasses.replace(made, table=table, expected=dataclasses.replace(made.expected, table=expected))
    moved, evidence = told(pair, other, STAYS)
    among = int((expected["listed"] == expected.loc[STAYS, "listed"]).sum())
    said = (
        f"would be beyond chance and ordinary drift by itself; among {among} places held against each other, so "
        "large a rise arises by chance in some (p 0.27, corrected for their number)"
    )
    assert f"what is left, +58% (95% interval: +18% to +113%), {said}" in moved.opening[0]
    left = {line[0]: line for line in moved.table.rows}["Left beyond that"][2]
    assert said in left
    for never in ("is not told apart", "least fall"):
        assert never not in moved.opening[0] + left
    assert evidence.set_index("column")["value"].loc[["q_rise"]].tolist()[0] == 0.268
    assert said in other.explain(STAYS).replace("By itself", "by itself")


def test_ranks_are_those_that_were_assessed(pair, made):
    for area in (STAYS, ROSE, FELL):
        before, now = (int(side.tables["ranking"].loc[area, "rank"]) for side in pair)
        text = told(pair, made, area)[0].opening[0]
        assert "by underlying rate" in text
        assert (f"ranked {before}" in text and f"ranks {now}" in text) if before != now else f"ranks {now}" in text


def test_the_parts_add_up_to_the_recorded_change(pair, made):
    for area in (STAYS, ROSE, FELL, NEW):
        moved, evidence = told(pair, made, area)
        line = {line[0]: line for line in moved.table.rows}["Recorded rate"]
        numbers = [float(text.replace("\u2212", "-")) for text in re.findall(r"[+\u2212]\d+\.\d+", line[2])]
        change = float(re.search(r"\(([+\u2212]?\d+\.\d+)\)", line[1])[1].replace("\u2212", "-"))
        assert sum(numbers) == pytest.approx(change, abs=0.006 * max(1, len(numbers)))
        assert change == pytest.approx(made.parts.loc[area, "change"], abs=0.005)
        noted = evidence[evidence["table"] == "comparison: parts"].set_index("column")["value"]
        for name in set(noted.index) & set(PARTS):
            assert noted[name] == made.parts.loc[area, name]


def test_every_number_is_written_down_with_its_cell(pair, made):
    frames = made.frames()
    for area in (STAYS, ROSE, FELL, FEW, NEW):
        _, evidence = told(pair, made, area)
        assert len(evidence) >= 6
        for row in evidence.to_dict("records"):
            table = frames[row["table"].removeprefix("comparison: ")]
            assert row["value"] == pytest.approx(float(table.loc[row["row"], row["column"]]), nan_ok=True)
            assert row["period"] == "2023-04 to 2023-09 and 2024-04 to 2024-09"


@pytest.mark.parametrize(
    ("area", "words"),
    [
        (FEW, "its recorded rate changed by +100% on the same terms, too few events"),
        (NOTHING, "no harm was recorded in either, too few events"),
        (NEW, "harm was recorded where none was before, too few events"),
    ],
)
def test_few_events_and_zeros_get_no_verdict(pair, made, area, words):
    assert made.table.loc[area, "verdict"] == "too few events to tell"
    moved, _ = told(pair, made, area)
    assert words in moved.opening[0]
    events = made.expected.table.loc[area, "effective_events"]
    assert events < made.settings.least_events
    assert "10 are needed" in moved.opening[0]
    assert [line[0] for line in moved.table.rows] == ["Recorded rate", "Underlying rate, on the same terms"]
    for never in ("beyond chance", "not known", "no limit", "nan", "inf"):
        assert never not in " ".join([*moved.opening, *(cell for line in moved.table.rows for cell in line)])


def test_what_is_not_compared_says_why(pair, made):
    uncovered, _ = told(pair, made, UNCOVERED)
    assert uncovered.table is None
    reason = made.expected.not_compared.loc[UNCOVERED, "reason"]
    assert uncovered.opening[0].endswith(f"is not compared here: {reason}.")
    unmatched, _ = told(pair, made, UNMATCHED)
    reason = made.unmatched.set_index("area_code").loc[UNMATCHED, "reason"]
    assert unmatched.opening == (f"What moved against April 2023 to September 2023 is not known: {reason}.",)


def test_what_it_is_shown_in_spite_of_stands_beside_it(pair, made):
    said = {
        "what": "seasons",
        "severity": "noted",
        "reason": "They are of other months.",
        "remedy": "",
        "allowed": True,
    }
    spite = dataclasses.replace(made, findings=pd.DataFrame([said]))
    for area in (STAYS, FEW):
        opening = told(pair, spite, area)[0].opening
        assert opening[1:] == ("Read it with care, since it is shown in spite of this: They are of other months.",)


def test_the_receipt_of_all_areas_stands_below_the_table(pair, made):
    assert made.churn.explain() in told(pair, made, STAYS)[0].table.note


def test_a_district_counts_what_its_areas_did(pair, made):
    material = material_of(pair, made, STAYS)
    north = tuple(made.table.index[made.table["parent_later"] == "North"])
    subject = dataclasses.replace(material.subject, key="North", name="North", kind="district", codes=north)
    text = moved_since(dataclasses.replace(material, subject=subject)).opening[0]
    counted = made.table.loc[list(north), "verdict"].value_counts()
    assert f"of its 6 areas, {counted['rose']} rose beyond what was to be expected, {counted['fell']} fell" in text
    assert f"{counted['not clear']} did not clearly change" in text
    row = made.districts.loc["North"]
    assert f"{row['rate_earlier']:.1f}, now {row['rate_later']:.1f}" in text
    assert f"({change_words(row['ratio'])}, as recorded)" in text
    several = dataclasses.replace(subject, kind="set", codes=(*north, UNMATCHED))
    text = moved_since(dataclasses.replace(material, subject=several)).opening[0]
    assert text.startswith("Against April 2023 to September 2023: of its 7 areas, ")
    assert "1 could not be matched" in text


def test_a_comparison_is_of_the_assessment_that_the_profile_is_of(pair, made):
    require_own_comparison(made, pair[1], pair[1].about)
    require_own_comparison(None, pair[0], pair[0].about)
    with pytest.raises(ParameterError, match="has 'made-2024-04' as its later assessment"):
        require_own_comparison(made, pair[0], pair[0].about)
    with pytest.raises(ParameterError, match="later months 2024-04 to 2024-09, and the assessment those of 2023-04"):
        require_own_comparison(made, pair[0].tables, pair[0].about)
    noisy = dataclasses.replace(pair[1].about, coverage=f"Every count {NOISY}.")
    with pytest.raises(RefusedError, match="would tell what is withheld"):
        require_own_comparison(made, pair[1], noisy)
    published = dataclasses.replace(made, about=noisy)
    require_own_comparison(published, pair[1], noisy)


def test_without_a_comparison_nothing_is_said(pair):
    assert moved_since(material_of(pair, None, STAYS)) == Moved()
