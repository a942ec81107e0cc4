"""Pictures of two assessments compared: what they say and draw is what the tables hold."""

from __future__ import annotations

import dataclasses
import re

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from assessed import drawn, make_assessment
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from shapely.geometry import box

from socharm.errors import AlignmentError, ParameterError, RefusedError, SchemaError
from socharm.maps import (
    plot_calendar,
    plot_change_map,
    plot_change_parts,
    plot_churn,
    plot_rank_changes,
)
from socharm.maps.change_map import change_classes
from socharm.maps.change_parts import _ROWS
from socharm.maps.furniture import new_axes
from socharm.maps.rank_changes import _apart, _height, _rank_at
from socharm.maps.style import measuring_renderer
from socharm.reports.material import material_of
from socharm.rescoring import compare, delivery_calendar
from socharm.rescoring.index_parts import MOVES, PARTS
from socharm.rescoring.several import SeveralComparison

AREAS = 12


def lay(areas: int = AREAS, *, months: int = 3, factor=(3.0, 0.3)):
    """Two periods of the same places, the first of which have so many times the crimes later."""
    n = drawn(areas, months, seed=3, level=25.0)
    times = np.ones(areas)
    times[: len(factor)] = factor
    m = np.rint(n * times[:, None, None]).astype(int)
    return make_assessment(n), make_assessment(m, start="2025-04", people={f"W{i:03d}": 6300.0 for i in range(areas)})


@pytest.fixture(scope="module")
def sides():
    return lay()


@pytest.fixture(scope="module")
def made(sides):
    return compare(*sides, change_draws=300, worlds=200, first=3)


@pytest.fixture(scope="module")
def ground(made):
    return gpd.GeoDataFrame(
        {"name": made.table["name"]},
        geometry=[box(x, y, x + 1_000, y + 1_000) for y in range(0, 3_000, 1_000) for x in range(0, 4_000, 1_000)],
        index=made.table.index,
        crs="EPSG:27700",
    )


def texts(ax) -> list[str]:
    figure = ax.get_figure()
    FigureCanvasAgg(figure)
    figure.draw_without_rendering()
    found = [item.get_text() for item in figure.findobj(lambda item: hasattr(item, "get_text"))]
    return [text for text in found if text.strip()]


def said(ax) -> str:
    return re.sub(r"\s+", " ", " | ".join(texts(ax)))


def boxes(artists, ax):
    """Boxes of the words alone, without their leaders."""
    renderer = measuring_renderer(ax.get_figure().dpi)
    return [Text.get_window_extent(artist, renderer) for artist in artists if artist.get_text().strip()]


def overlapping(found) -> list[tuple[int, int]]:
    return [(i, j) for i in range(len(found)) for j in range(i) if found[i].overlaps(found[j])]


# --- what a change is made of -------------------------------------------------------------------------------------


def bars(ax) -> dict[str, tuple[float, float]]:
    """Label of each bar: where it begins and ends."""
    names = [tick.get_text() for tick in ax.get_yticklabels()]
    found = {}
    for patch in ax.patches:
        if isinstance(patch, Rectangle):
            place = round(patch.get_y() + patch.get_height() / 2)
            found[names[place]] = (patch.get_x(), patch.get_x() + patch.get_width())
    return found


@pytest.mark.parametrize("area", [None, "W000", "W001", "W005"])
def test_the_bars_lead_from_the_earlier_rate_to_the_later_one(made, area):
    ax = plot_change_parts(made, area=area, ax=new_axes())
    row = made.overall if area is None else made.parts.loc[area]
    drawn_bars = bars(ax)
    at = row["rate_earlier"]
    for part, value in row[list(PARTS)].fillna(0.0).items():  # what is not known moves nothing
        begin, end = drawn_bars[_ROWS[part]]
        assert (begin, end) == pytest.approx((at, at + value))
        at = end
    assert at == pytest.approx(row["rate_later"])


@pytest.mark.parametrize("area", [None, "W000", "W001"])
def test_the_parts_are_printed_as_the_report_prints_them(made, area):
    ax = plot_change_parts(made, area=area, ax=new_axes())
    texts(ax)
    assert overlapping(boxes(ax.texts, ax)) == []
    row = made.overall if area is None else made.parts.loc[area]
    numbers = [text.get_text() for text in ax.texts]
    parts, ends = numbers[: len(PARTS)], numbers[len(PARTS) :]
    digits = material_of(made).decimals
    assert ends == [f"{row[name]:,.{digits}f}" for name in ("rate_earlier", "rate_later")]
    unknown = (made.findings["what"] == "revision").any()  # no count of the months was kept: not known is not nought
    for part, printed in zip(PARTS, parts, strict=True):
        value = row[part]
        said_so = f"{value:+.{digits + 1}f}".replace("-", "\N{MINUS SIGN}")
        nought = "not known" if part == "revision" and unknown else "0"
        assert printed == (said_so if pd.notna(value) and round(value, digits + 1) else nought)
    text = said(ax)
    total = float(ends[0]) + sum(float(part.replace("\N{MINUS SIGN}", "-")) for part in parts if part != "not known")
    assert ("before rounding the parts add up" in text) == (total != pytest.approx(float(ends[1])))
    assert f" from {ends[0]} to {ends[1]}; " in text or f"stayed at {ends[0]}" in text
    if ends[0] != ends[1]:
        along = {part: row[part] for part in PARTS if row[part] * row["change"] > 0}
        largest = max(along, key=lambda part: abs(along[part]))
        assert f"the largest part is {MOVES[largest][int(along[largest] > 0)]}" in text
    assert "April 2024 to June 2024 against April 2025 to June 2025" in text


def test_every_part_has_its_words():
    assert list(_ROWS) == list(MOVES) == list(PARTS)


def test_parts_of_an_area_that_is_not_compared_are_refused(made):
    with pytest.raises(ParameterError, match=r"`area` is 'W00'.*Did you mean"):
        plot_change_parts(made, area="W00", ax=new_axes())
    parts = made.parts.copy()
    parts.loc["W002"] = np.nan
    gone = dataclasses.replace(made, parts=parts)
    with pytest.raises(ParameterError, match="whose change is not known"):
        plot_change_parts(gone, area="W002", ax=new_axes())


def test_nothing_changed_is_said_so(made):
    parts = made.parts.copy()
    parts[["rate_later", *PARTS, "change"]] = np.column_stack([parts["rate_earlier"], np.zeros((AREAS, 9))])
    ax = plot_change_parts(dataclasses.replace(made, parts=parts), area="W003", ax=new_axes())
    text = said(ax)
    assert "the recorded harm rate stayed at" in text
    assert "In all 0." in text


# --- churn --------------------------------------------------------------------------------------------------------


def test_the_churn_chart_draws_the_receipt(made):
    ax = plot_churn(made, ax=new_axes())
    table = made.churn.table
    upper, lower = ax.child_axes
    for panel, base in ((upper, 0.0), (lower, table["expected"])):
        seen = panel.lines[1].get_xydata()
        assert seen[:, 0].tolist() == table.index.tolist()
        assert seen[:, 1] == pytest.approx((table["stayed"] - base).to_numpy(dtype=float))
        for band, level in zip(panel.collections, (95, 50), strict=True):
            edge = band.get_paths()[0].vertices
            for k in table.index:
                heights = edge[edge[:, 0] == k][:, 1]
                row = table.loc[k] - (base if panel is upper else base[k])
                assert (heights.min(), heights.max()) == pytest.approx((row[f"low_{level}"], row[f"high_{level}"]))
    found = made.churn.findings
    text = said(ax)
    assert f"By recorded rate {found.stayed} of the first {found.listed} stayed:" in text
    assert f"first {found.listed}: {found.stayed} stayed, {found.expected:.1f} expected" in text
    assert f"[{found.low_95:.0f} to {found.high_95:.0f}]" in text
    assert "200 later periods" in text


@pytest.mark.parametrize(("stayed", "words"), [(0, "fewer than stay"), (3, "about as many as stay")])
def test_the_heading_of_the_churn_chart_follows_the_interval(made, stayed, words):
    found = dataclasses.replace(made.churn.findings, stayed=stayed, expected=2.4, low_95=1.0, high_95=3.0)
    assert words in said(plot_churn(dataclasses.replace(made.churn, findings=found), most=5, ax=new_axes()))


# --- ranks --------------------------------------------------------------------------------------------------------


def ends_of(row: pd.Series, when: str) -> str:
    low, high = (int(row[f"rank_{when}_{end}_90"]) for end in ("low", "high"))
    return str(low) if low == high else f"{low} to {high}"


@pytest.mark.parametrize("k", [1, 3, 5])
def test_lines_and_names_are_the_ranks_of_both_assessments(made, k):
    ax = plot_rank_changes(made, k=k, ax=new_axes())
    table = made.table
    first = table[(table["rank_earlier"] <= k) | (table["rank_later"] <= k)]
    lines = {line.get_label(): line.get_ydata().tolist() for line in ax.lines if not line.get_label().startswith("_")}
    assert lines == {row["name"]: [row["rank_earlier"], row["rank_later"]] for _, row in first.iterrows()}
    names = {text.get_text() for text in ax.texts}
    # Whose an interval is stands beside the name: bars of ten areas in one column could not be told apart.
    assert names == {
        f"{row['name']} ({ends_of(row, 'earlier')})  {row['rank_earlier']}" for _, row in first.iterrows()
    } | {f"{row['rank_later']}  {row['name']} ({ends_of(row, 'later')})" for _, row in first.iterrows()}
    assert not ax.collections or all(found.get_label() != "_interval" for found in ax.collections)
    stayed = int(((table["rank_earlier"] <= k) & (table["rank_later"] <= k)).sum())
    left = int(((table["rank_earlier"] <= k) & (table["rank_later"] > k)).sum())
    text = said(ax)
    if left:
        assert f"{stayed} of the first {stayed + left} stayed" in text
        assert f"left the first {k} ({left})" in text


def test_ranks_of_three_assessments_and_areas_without_one():
    tables = {
        "one": pd.DataFrame({"rank": [1, 2, 3, 4], "name": list("abcd")}, index=list("ABCD")),
        "two": pd.DataFrame({"rank": [4, 1, 2], "name": ["a", "b", "d"]}, index=list("ABD")),
        "three": pd.DataFrame({"rank": [3, 1, 2, 9], "name": list("abcd")}, index=list("ABCD")),
    }
    ax = plot_rank_changes(tables, k=2, ax=new_axes())
    lines = {line.get_label(): line.get_ydata().tolist() for line in ax.lines if not line.get_label().startswith("_")}
    assert lines["a"] == [1, 4, 3]
    assert "d" in lines
    text = said(ax)
    assert "in the first 2 only in between (1)" in text
    assert "1 of the first 2 stayed; 1 entered" in text
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["one", "two", "three"]
    assert "source and marking not stated" in text.lower()
    with pytest.raises(ParameterError, match="`ranks` holds 1 table"):
        plot_rank_changes({"one": tables["one"]}, ax=new_axes())
    with pytest.raises(SchemaError, match="lacks"):
        plot_rank_changes({"one": tables["one"], "two": tables["two"][["name"]]}, ax=new_axes())
    for wrong, told in (("first", "a text"), (0, "a whole number"), (np.inf, "an infinite number")):
        table = tables["two"].astype({"rank": "object"}).assign(rank=[1, wrong, 3])
        with pytest.raises(SchemaError, match=rf"`ranks\['two'\]` holds {told} in the column 'rank', which is no rank"):
            plot_rank_changes({"one": tables["one"], "two": table}, ax=new_axes())
    with pytest.raises(SchemaError, match="more than once"):
        plot_rank_changes({"one": tables["one"], "two": tables["two"].set_axis(list("AAB"))}, ax=new_axes())


def test_who_has_no_rank_at_one_end_neither_entered_nor_left():
    """A, first before and without a rank later, did not leave; D, new later, did not enter."""
    tables = {
        "one": pd.DataFrame({"rank": [1, 2, 3], "name": list("abc")}, index=list("ABC")),
        "two": pd.DataFrame({"rank": [np.nan, 1, 3, 2], "name": list("abcd")}, index=list("ABCD")),
    }
    text = said(plot_rank_changes(tables, k=2, ax=new_axes()))
    assert "1 of the first 1 with both ranks stayed; 0 entered; 2 without a rank in the first or the last" in text
    assert "no rank in the first or the last (2)" in text
    assert "left the first" not in text
    assert "entered the first" not in text


def test_an_interval_that_ends_before_it_begins_is_refused():
    table = pd.DataFrame({"rank": [1, 2], "rank_low_90": [1, 2], "rank_high_90": [2, 2]}, index=list("AB"))
    turned = table.assign(rank_low_90=[3, 2])
    with pytest.raises(SchemaError, match=r"`ranks\['two'\]` holds 1 interval whose 'rank_low_90' is above"):
        plot_rank_changes({"one": table, "two": turned}, ax=new_axes())


def test_several_comparisons_have_their_periods_over_the_columns(made, sides):
    tables = {"a": sides[0], "b": sides[1]}
    frames = [
        side.tables["ranking"].reset_index().assign(assessment=name, start=name, end=name)
        for name, side in tables.items()
    ]
    several = SeveralComparison(
        table=pd.concat(frames), parts=pd.DataFrame(), pairs=(made,), periods=made.periods, settings=made.settings,
        about=made.about,
    )  # fmt: skip
    ax, twin = plot_rank_changes(several, k=3, ax=new_axes()), plot_rank_changes(made, k=3, ax=new_axes())
    heads = [tick.get_text() for tick in ax.get_xticklabels()]
    assert heads == ["April 2024 to\nJune 2024", "April 2025 to\nJune 2025"]
    assert [text.get_text() for text in ax.texts] == [text.get_text() for text in twin.texts]
    assert "Period" not in said(ax)
    with pytest.raises(ParameterError, match="`about` is for tables of ranks"):
        plot_rank_changes(made, about=made.about, ax=new_axes())


def test_names_stand_apart_and_move_as_little_as_they_can():
    spread = _apart(np.array([100.0, 99.0, 98.0, 40.0]), least=12.0)
    assert spread.tolist() == [111.0, 99.0, 87.0, 40.0]
    assert np.all(np.diff(_apart(np.linspace(50, 0, 30), least=12.0)) <= -12.0 + 1e-9)


@pytest.mark.parametrize("k", [5, 20, 30])
def test_no_two_names_of_the_rank_chart_touch(k):
    rng = np.random.default_rng(4)
    first = pd.DataFrame({"rank": np.arange(1, 61), "name": [f"A ward of a longer name {i}" for i in range(60)]})
    second = first.assign(rank=pd.Series(first["rank"] + rng.normal(0, 6, 60)).rank().astype(int))
    for table in (first, second):
        table["rank_low_90"], table["rank_high_90"] = (table["rank"] - 5).clip(lower=1), table["rank"] + 9
    ax = plot_rank_changes({"one": first, "two": second}, k=k, ax=new_axes())
    texts(ax)
    for side in ("left", "right"):
        assert overlapping(boxes([text for text in ax.texts if text.get_ha() == side], ax)) == []


def test_the_scale_of_ranks_can_be_read_back():
    ranks = np.array([1.0, 5.0, 10.0, 11.0, 60.0, 7_000.0])
    assert _rank_at(_height(ranks, 10), 10) == pytest.approx(ranks)
    assert np.all(np.diff(_height(ranks, 10)) > 0)


# --- the map ------------------------------------------------------------------------------------------------------


def test_the_change_map_counts_every_class_and_names_what_is_beyond_expectation(made, ground):
    table = made.table.assign(verdict="not clear")
    table.loc["W000", "verdict"], table.loc["W001", "verdict"] = "rose", "fell"
    table.loc["W011", "verdict"] = "too few events to tell"
    facts = made.facts.copy()
    for verdict in ("rose", "fell"):
        facts.loc[f"names expected to be wrong: {verdict}", "value"] = 0.1
    shown = dataclasses.replace(made, table=table, facts=facts)
    more = ground.iloc[:1].set_axis(["X999"])
    ax = plot_change_map(pd.concat([ground, more]), shown, labels=2, ax=new_axes())
    kind = change_classes(shown)
    text = said(ax)
    for word, number in kind.value_counts().items():
        assert f"{word} ({number})" in text
    assert "not compared (1)" in text
    assert "rose beyond expectation, outlined (1)" in text
    assert "fell beyond expectation, outlined (1)" in text
    assert "1 area rose and 1 fell beyond what was to be expected; up to 0.2 of the 2 names are expected" in text
    alone = {v: int((made.table["verdict_counts"] == v).sum()) for v in ("rose", "fell")}
    assert f"A plain before and after, which knows none of it, would say that {alone['rose']} rose" in text
    named = {label.get_text() for label in ax.texts}
    assert {f"{table.loc[code, 'rank_later']} {table.loc[code, 'name']}" for code in ("W000", "W001")} <= named


def test_colours_are_the_verdicts_and_say_what_only_their_number_speaks_against(made):
    """A map that coloured by the plain test would name areas that the report says nothing of."""
    table = made.table.assign(verdict="not clear", beyond=1.0, beyond_low_95=0.9, beyond_high_95=1.1)
    table.loc["W000", ["verdict", "beyond", "beyond_low_95"]] = ("rose", 1.6, 1.3)
    table.loc["W001", ["beyond", "beyond_low_95", "beyond_high_95"]] = (1.5, 1.1, 2.0)
    table.loc["W002", ["beyond", "beyond_low_95", "beyond_high_95"]] = (0.6, 0.4, 0.9)
    kind = change_classes(dataclasses.replace(made, table=table))
    assert kind[["W000", "W001", "W002", "W003"]].tolist() == [
        "rose",
        "not clear: a rise by itself, not among so many",
        "not clear: a fall by itself, not among so many",
        "not clear",
    ]


def test_a_map_that_names_a_part_of_those_that_stand_out_says_so(made, ground):
    table = made.table.assign(verdict="not clear", beyond=1.0, beyond_low_95=0.9, beyond_high_95=1.1)
    table.loc[["W000", "W001", "W002"], ["beyond", "beyond_low_95", "beyond_high_95"]] = (1.5, 1.1, 2.0)
    shown = dataclasses.replace(made, table=table)
    assert "2 of 3 areas that stand out are named" in said(plot_change_map(ground, shown, labels=2, ax=new_axes()))
    assert "are named" not in said(plot_change_map(ground, shown, labels=3, ax=new_axes()))


def test_no_name_at_all_is_said(made, ground):
    none = dataclasses.replace(made, table=made.table.assign(verdict="not clear"))
    assert "No area rose or fell beyond what was to be expected" in said(plot_change_map(ground, none, ax=new_axes()))
    with pytest.raises(AlignmentError, match="are not in `areas`"):
        plot_change_map(ground.iloc[:5], made, ax=new_axes())


# --- the calendar -------------------------------------------------------------------------------------------------


def with_table(assessment, **tables):
    return dataclasses.replace(assessment, tables=assessment.tables.with_tables(**tables))


def sent(assessment, rows, states, source="Greater Manchester Police"):
    months = pd.period_range(assessment.about.period.start, assessment.about.period.end, freq="M")
    return pd.DataFrame(
        {"source": source, "period": months, "rows": rows, "usual": 100, "share": 1.0, "delivery": states}
    )


def test_the_calendar_says_what_arrived_and_what_the_source_changed(sides):
    before, after = sides
    states = ["delivered", "partly", "nothing arrived"]
    first = with_table(before, deliveries=sent(before, [100, 40, 0], states))
    again = with_table(before, deliveries=sent(before, [103, 40, 90], ["delivered", "partly", "delivered"]))
    later = with_table(after, deliveries=sent(after, [100, 110, 120], ["delivered"] * 3))
    made = delivery_calendar(first, later, revised=again)
    assert made.table["number"].tolist() == [103, 40, 90, 100, 110, 120]
    assert made.table["change"].tolist()[:3] == [3, 0, 90]
    assert made.table["change"].isna().tolist() == [False] * 3 + [True] * 3
    assert made.table["assessment"].tolist() == ["earlier"] * 3 + ["later"] * 3
    text = said(plot_calendar(made, ax=new_axes()))
    assert "1 of 6 months of sources did not arrive whole; 2 of the 3 that were counted twice changed since" in text
    for part in ("103", "+3", "+90", "delivered (5)", "delivered in part (1)", "more than at the first count (2)"):
        assert part in text
    shown = plot_calendar(made, ax=new_axes())
    texts(shown)
    assert overlapping(boxes(shown.texts, shown)) == []
    assert "Known gap" not in text  # the assessments do not say that they are of police.uk


def test_known_gaps_are_named(sides):
    police_uk = [
        dataclasses.replace(
            with_table(side, deliveries=sent(side, [0, 0, 0], ["nothing arrived"] * 3)),
            manifest=side.manifest | {"disclosure": {"layout": "police.uk"}},
        )
        for side in sides
    ]
    made = delivery_calendar(*police_uk)
    assert made.gaps["name"].tolist() == ["Greater Manchester Police"]
    text = said(plot_calendar(made, ax=new_axes()))
    assert "Known gap of police.uk: Greater Manchester Police, July 2019 and later: no crime data" in text
    assert "6 of 6 months of sources did not arrive whole" in text
    assert "No month was counted a second time" in text
    assert "nothing arrived (6)" in text


def test_a_calendar_by_area_shows_the_areas_that_lack_something_and_the_others_together(sides):
    before, after = sides
    coverage = before.tables["coverage"].copy()
    coverage.loc[(coverage["area_code"] == "W004") & (coverage["period"] == "2024-05"), "covered"] = False
    made = delivery_calendar(with_table(before, coverage=coverage), after, by="area")
    assert len(made.table) == 2 * 3 * AREAS
    lacking = made.table[made.table["delivery"] == "not delivered"]
    assert lacking["key"].tolist() == ["W004"]
    assert lacking["number"].isna().all()
    counts = before.tables["counts"]
    one = counts[(counts["area_code"] == "W000") & (counts["period"] == "2024-04")]["n"].sum()
    assert made.table.iloc[0]["number"] == one
    ax = plot_calendar(made, n=5, ax=new_axes())
    assert [tick.get_text() for tick in ax.get_yticklabels()] == [
        before.tables["areas"].loc["W004", "name"],
        "11 other areas",
    ]
    rest = made.table[made.table["key"] != "W004"].groupby("period")["number"].sum()
    text = said(ax)
    assert all(f"{number:,.0f}" in text for number in rest)


def test_a_calendar_of_swapped_assessments_is_refused(sides):
    with pytest.raises(RefusedError, match="Swap the two"):
        delivery_calendar(sides[1], sides[0], by="area")
    bare = with_table(sides[0], sources=sides[0].tables["sources"].head(0))
    with pytest.raises(SchemaError, match="no table of what its sources sent"):
        delivery_calendar(bare, sides[1])
