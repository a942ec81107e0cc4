"""More than two assessments: parts that chain, ranks over time, and what is refused."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from assessed import WEIGHTS, drawn, make_assessment, people_of
from matplotlib.text import Text

from socharm.errors import AlignmentError, ParameterError, RefusedError
from socharm.maps import plot_chained_parts
from socharm.maps.chained_parts import _finding
from socharm.maps.furniture import new_axes
from socharm.rescoring import compare, compare_several, decompose_several
from socharm.rescoring.several import PARTS, moved_parts

AREAS = 10
QUICK = {"worlds": 100}


@pytest.fixture(scope="module")
def four():
    """Four half-years, a year apart; the third has other weights, the fourth more people and one area less."""
    made = [drawn(AREAS, 6, seed=3 + number, level=8.0 + number) for number in range(4)]
    heavier = {name: 1.5 * weight for name, weight in WEIGHTS.items()}
    return [
        make_assessment(made[0], start="2022-04", name="a"),
        make_assessment(made[1], start="2023-04", name="b", covered=covered_but((2, 0))),
        make_assessment(made[2], start="2024-04", name="c", weights=heavier),
        make_assessment(made[3][1:], start="2025-04", name="d", areas=[f"W{n:03d}" for n in range(1, AREAS)],
                        weights=heavier, people=dict.fromkeys(list(people_of(AREAS))[1:], 9000.0)),
    ]  # fmt: skip


def covered_but(*cells) -> np.ndarray:
    mask = np.ones((AREAS, 6), bool)
    for cell in cells:
        mask[cell] = False
    return mask


@pytest.fixture(scope="module")
def several(four):
    return compare_several(four, choices=QUICK)


def test_parts_add_up_and_chain(several, four):
    parts = several.parts.set_index(["earlier", "later"])
    assert len(parts) == 6
    assert parts["change"].to_numpy() == pytest.approx((parts["rate_later"] - parts["rate_earlier"]).to_numpy())
    for first, second, third in (("a", "b", "c"), ("a", "c", "d"), ("b", "c", "d")):
        for name in (*PARTS, "change"):
            chained = parts.loc[(first, second), name] + parts.loc[(second, third), name]
            assert parts.loc[(first, third), name] == pytest.approx(chained, abs=1e-12), name
    assert abs(parts.loc[("a", "b"), "weights"]) > 0  # the third has other weights, and the form is of all of them
    assert parts.loc[("c", "d"), "population"] < 0
    overall = [made.overall["rate_later"] for made in several.pairs]
    assert parts.loc[[("a", "b"), ("b", "c"), ("c", "d")], "rate_later"].to_numpy() == pytest.approx(np.array(overall))


def test_whoever_has_no_people_is_in_no_rate_of_all():
    """The rate of all areas is that of an assessment without the area whose people nobody knows, and parts add up."""
    people = people_of(4)
    n = [drawn(4, 6, seed=number + 1, level=9.0) for number in range(2)]
    lacking = {**people, "W003": np.nan}
    with_it = [
        make_assessment(one, start=f"202{4 + i}-04", people=lacking, missing="leave out") for i, one in enumerate(n)
    ]
    known = dict(list(people.items())[:3])
    without = [make_assessment(one[:3], start=f"202{4 + i}-04", people=known) for i, one in enumerate(n)]
    ours, theirs = (compare_several(sides, choices=QUICK).parts.iloc[0] for sides in (with_it, without))
    for name in ("rate_earlier", "rate_later", *PARTS, "change"):
        assert ours[name] == pytest.approx(theirs[name], rel=1e-9), name
    pair = compare(*with_it, worlds=100).overall
    assert pair["rate_earlier"] == pytest.approx(theirs["rate_earlier"])


def test_it_is_the_published_form(four):
    """One area, so that the factors are those of `decompose_several`, which has Das Gupta's published figures."""
    n = [drawn(3, 6, seed=number + 1, level=9.0) for number in range(3)]
    for each in n:
        each[1:] = n[0][1:]
    made = [make_assessment(each, start=f"{2022 + number}-04", name=f"s{number}") for number, each in enumerate(n)]
    populations = {}
    for one, each in zip(made, n, strict=True):
        crimes = each.sum(axis=2)
        populations[one.path.name] = {"crimes": crimes.sum(axis=1), "mix": crimes / crimes.sum(axis=1, keepdims=True)}
    weight = np.array(list(WEIGHTS.values()))
    per = made[0].tables.settings["index"]["per"]

    def rate_of(crimes, mix):
        return per * np.sum(crimes * (mix @ weight)) / (3 * 6_000 * 0.5)

    expected = decompose_several(populations, rate_of).set_index(["earlier", "later", "factor"])["part"]
    parts = compare_several(made, choices=QUICK).parts.set_index(["earlier", "later"])
    for two in (("s0", "s1"), ("s0", "s2"), ("s1", "s2")):
        assert parts.loc[two, "counts"] == pytest.approx(expected[(*two, "crimes")])
        assert parts.loc[two, "offence_mix"] == pytest.approx(expected[(*two, "mix")])
        assert (parts.loc[two, ["weights", "population"]] == 0).all()


def test_two_are_a_comparison(four):
    two = four[0], make_assessment(drawn(AREAS, 6, seed=9, level=9.0), start="2023-04", name="z")
    made, plain = compare_several(two, choices=QUICK), compare(*two, settings=QUICK)
    row = made.parts.iloc[0]
    for name in ("counts", "offence_mix", "weights", "population"):
        assert row[name] == pytest.approx(plain.overall[name])
    assert row["not_in_all"] == pytest.approx(0, abs=1e-9)
    assert made.pairs[0].table.equals(plain.table)


def test_ranks_over_time_are_those_of_each_assessment(several, four):
    assert list(several.rank_tables) == ["a", "b", "c", "d"]
    for one in four:
        table = several.rank_tables[one.path.name]
        assert table["rank"].equals(one.table["rank"])
    assert several.table["start"].is_monotonic_increasing
    assert [period.start for period in several.periods] == ["2022-04", "2023-04", "2024-04", "2025-04"]


def test_the_summary_holds_the_numbers_of_the_tables(several):
    said = several.summary()
    for made in several.pairs:
        assert made.churn.explain() in said
    steps = several.parts.set_index(["earlier", "later"])
    told = [float(line.split()[0]) for line in said.splitlines() if line.endswith("change in all")]
    assert told == [round(steps.loc[two, "change"], 2) for two in (("a", "b"), ("b", "c"), ("c", "d"))]
    assert "April 2022 to September 2022 against April 2023 to September 2023" in said
    assert "4 assessments" in repr(several)


def test_what_cannot_be_is_told(four):
    with pytest.raises(ParameterError, match="1 assessment; a comparison needs two"):
        compare_several(four[:1])
    with pytest.raises(ParameterError, match="holds one twice: 'a'"):
        compare_several([four[0], four[0]])
    with pytest.raises(RefusedError, match="before the earlier one"):
        compare_several(four[::-1], choices=QUICK)
    codes = [f"X{number}" for number in range(4)]
    elsewhere = make_assessment(
        drawn(4, 6), start="2026-04", name="e", areas=codes, people=dict.fromkeys(codes, 1_000.0)
    )
    with pytest.raises(AlignmentError):
        compare_several([four[0], elsewhere], choices=QUICK)


def test_no_month_that_all_cover_is_told():
    first, last = np.zeros((AREAS, 6), bool), np.zeros((AREAS, 6), bool)
    first[:, :3], last[:, 3:] = True, True
    covers = (first, first | last, last)
    made = [
        make_assessment(drawn(AREAS, 6, seed=number), start=f"{2022 + number}-04", name=f"s{number}", covered=cover)
        for number, cover in enumerate(covers)
    ]
    with pytest.raises(AlignmentError, match="a month of the year that all assessments cover"):
        compare_several(made, choices={**QUICK, "allow": ("coverage",)})


def test_each_two_are_as_compared_by_themselves(several, four):
    """Pairs are compared side by side on two threads, from arrays that they share."""
    for made, two in zip(several.pairs, pairwise(four), strict=True):
        alone = compare(*two, **QUICK)
        for name in ("table", "parts", "districts", "facts", "findings"):
            pd.testing.assert_frame_equal(getattr(made, name), getattr(alone, name), check_exact=True)
        pd.testing.assert_frame_equal(made.churn.table, alone.churn.table, check_exact=True)


def test_the_picture_of_the_parts_joins_the_rates_and_stacks_every_step(several):
    ax = plot_chained_parts(several, ax=new_axes())
    steps = several.parts.set_index(["earlier", "later"]).loc[[("a", "b"), ("b", "c"), ("c", "d")]]
    rates = [float(steps["rate_earlier"].iloc[0]), *steps["rate_later"]]
    line = next(line for line in ax.lines if len(line.get_xdata()) == 4)
    assert line.get_ydata() == pytest.approx(rates)
    for place, change in enumerate(steps["change"]):
        mine = [bar for bar in ax.patches if bar.get_x() < place + 0.5 < bar.get_x() + bar.get_width()]
        assert sum(bar.get_height() for bar in mine) == pytest.approx(change)
        ends = [(bar.get_y(), bar.get_y() + bar.get_height()) for bar in mine if bar.get_height()]
        # One behind the other from the level of the earlier rate, upwards and downwards, without overlap or gap.
        for up in (True, False):
            reached = rates[place]
            for begin, end in (each for each in ends if (each[1] > each[0]) == up):
                assert begin == pytest.approx(reached)
                reached = end
    legend = [text.get_text() for text in ax.get_legend().get_texts()]
    assert legend[0] == "Harm rate of all areas"
    assert len(legend) == 6
    said = " ".join(" ".join(text.get_text() for text in ax.get_figure().findobj(Text)).split())
    assert "over 4 assessments" in said


def test_a_part_that_is_nought_in_every_step_is_named_and_not_drawn():
    made = [(drawn(AREAS, 6, seed=seed), start) for seed, start in ((1, "2024-04"), (2, "2025-04"))]
    two = [make_assessment(n, start=start, name=start) for n, start in made]
    ax = plot_chained_parts(compare_several(two, choices=QUICK), ax=new_axes())
    legend = {text.get_text() for text in ax.get_legend().get_texts()}
    assert legend == {"Harm rate of all areas", "More or fewer crimes", "Graver or lighter offences"}
    said = " ".join(" ".join(text.get_text() for text in ax.get_figure().findobj(Text)).split())
    assert "No part in any step: other weights, more or fewer people and areas and months" in said


def test_what_arithmetic_leaves_of_nothing_is_no_part(several):
    parts = several.parts.assign(weights=1e-16, population=-1e-9)
    assert moved_parts(parts, parts) == ["counts", "offence_mix", "population", "not_in_all"]
    assert _finding([3.0, 3.5, 3.01], 1) == (
        "The recorded harm rate of all areas is 3.0 again over 3 assessments; in between it was 3.5"
    )
    assert _finding([3.0, 3.5, 2.0, 1.0], 1) == (
        "The recorded harm rate of all areas fell from 3.0 to 1.0 over 4 assessments; in 1 step it rose"
    )
