"""Maps that mislead: one map for each rule, and one that breaks none."""

from __future__ import annotations

import dataclasses

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from factories import make_counts, make_population, make_weights
from hypothesis import given
from hypothesis import strategies as st

from socharm._about import About, AssessmentPeriod
from socharm.errors import ParameterError
from socharm.maps.colour_vision import DEFICIENCIES, colour_differences, simulate_deficiency
from socharm.maps.lint import RULES, MapLintSettings, lint_map
from socharm.maps.map_description import MapDescription, describe_choropleth
from socharm.maps.palettes import PALETTES, sequential
from socharm.severity.index import severity_index

ABOUT = About(period=AssessmentPeriod("2025-04", "2025-09"), sources=("police.uk",), marking="OFFICIAL")
PEOPLE = pd.Series({"W1": 6000.0, "W2": 1000.0, "W3": 4000.0})


def colours_of(name: str, k: int) -> list[tuple[float, float, float]]:
    return [tuple(mpl.colormaps[name](x)[:3]) for x in np.linspace(0.05, 0.95, k)]


GOOD = MapDescription(
    kind="areas",
    quantity="harm",
    denominator="residents",
    denominators=PEOPLE,
    offences=("burglary", "robbery", "violence-and-sexual-offences"),
    police_generated_share=0.0,
    bounds=(0.0, 1.0, 2.0, 5.0),
    colours=tuple(tuple(c[:3]) for c in sequential(3)(range(3))),
    snapped=True,
    about=ABOUT,
)


def broken(earlier: MapDescription | None = None, **kwargs) -> pd.DataFrame:
    return lint_map(dataclasses.replace(GOOD, **kwargs), earlier=earlier).table


def test_a_map_that_breaks_no_rule():
    lint = lint_map(GOOD, earlier=GOOD)
    assert lint.ok
    assert len(lint.table) == 0
    assert lint.not_checked == ()
    assert lint.table.columns.tolist() == ["rule", "level", "found", "mend"]
    assert "warnings: 0" in repr(lint)


CASES = {
    "all crime mixed together": {
        "quantity": "count",
        "offences": ("burglary", "shoplifting", "violence-and-sexual-offences"),
    },
    "police-generated crime as harm": {"offences": ("burglary", "ho-92a"), "police_generated_share": None},
    "rates over tiny populations": {"denominators": PEOPLE.replace(1000.0, 999.0)},
    "raw counts as areas": {"denominator": "", "denominators": None},
    "red-green only": {"colours": colours_of("RdYlGn", 5)},
    "classes too alike": {"colours": ("#777777", "#7a7a7a", "#222222")},
    "finer than the anonymisation": {"kind": "surface", "cell_m": 50.0, "bandwidth_m": 400.0},
    "street-level claim": {"claims": "street"},
    "no legend": {"legend": False},
    "no period": {"about": About(sources=("police.uk",))},
    "no source": {"about": About(period=ABOUT.period)},
}


@pytest.mark.parametrize("rule", CASES)
def test_each_rule_is_seen_broken_alone(rule):
    found = broken(**CASES[rule])
    assert found["rule"].tolist() == [rule]
    assert found["level"].tolist() == ["warning"]
    assert found["found"].str.endswith(".").all()
    assert found["mend"].str.endswith(".").all()


def test_without_an_about_nothing_is_stated():
    lint = lint_map(dataclasses.replace(GOOD, about=None))
    assert lint.table["rule"].tolist() == ["no period", "no source", "no marking"]
    assert not lint.ok


def test_every_rule_has_a_map_that_breaks_it():
    assert {*CASES, "classes change between dates", "no marking"} == set(RULES)


@pytest.mark.parametrize(
    ("kwargs", "says"),
    [
        ({"bounds": (0.0, 1.0, 2.5, 5.0)}, r"bounds \(0, 1, 2, 5\) became \(0, 1, 2.5, 5\)"),
        ({"bounds": (0.0, 1.0, 5.0)}, "bounds"),
        ({"colours": ("#f0f6fc", "#84b8dc", "#0a3363")}, "the colours differ"),
        ({"shrunk": True}, "not show the same quantity"),
    ],
)
def test_classes_that_change_between_two_dates(kwargs, says):
    found = broken(earlier=GOOD, **kwargs)
    assert found["rule"].tolist() == ["classes change between dates"]
    assert pd.Series(found["found"]).str.contains(says).all()


def test_the_same_colour_written_twice_is_no_change():
    named = dataclasses.replace(GOOD, colours=("white", "red"), bounds=(0.0, 1.0, 2.0))
    coded = dataclasses.replace(named, colours=("#ffffff", (1.0, 0.0, 0.0)))
    assert "classes change between dates" not in lint_map(coded, earlier=named).table["rule"].tolist()


def test_a_small_share_and_a_shrunk_rate_are_notes():
    found = broken(offences=("burglary", "drugs"), police_generated_share=0.049, shrunk=True, denominators=PEOPLE / 2)
    assert found["level"].tolist() == ["note", "note"]
    assert lint_map(dataclasses.replace(GOOD, offences=("drugs",), police_generated_share=0.049)).ok
    assert not lint_map(dataclasses.replace(GOOD, offences=("drugs",), police_generated_share=0.05)).ok


def test_one_group_of_offences_may_be_counted_together():
    assert len(broken(quantity="count", offences=("burglary", "robbery"))) == 0


def test_warnings_come_before_notes():
    found = broken(offences=("drugs",), police_generated_share=0.01, legend=False)
    assert found["level"].tolist() == ["warning", "note"]


def test_points_of_their_own_places_may_be_fine():
    fine = {"kind": "points", "cell_m": 10.0, "claims": "street"}
    assert len(broken(snapped=False, **fine)) == 0
    assert broken(**fine)["rule"].tolist() == ["finer than the anonymisation", "street-level claim"]


def test_thresholds_can_be_set_and_stay_on_record():
    strict = MapLintSettings(least_population=1001, snap_m=500.0)
    lint = lint_map(dataclasses.replace(GOOD, kind="squares", cell_m=250.0), settings=strict)
    assert lint.table["rule"].tolist() == ["rates over tiny populations", "finer than the anonymisation"]
    assert lint.settings == strict


def test_what_is_not_said_is_not_passed():
    bare = lint_map(MapDescription(kind="surface", quantity="harm", snapped=True, denominator="residents", about=ABOUT))
    assert set(bare.not_checked) == {
        "police-generated crime as harm",
        "rates over tiny populations",
        "classes change between dates",
        "red-green only",
        "classes too alike",
        "finer than the anonymisation",
    }
    assert "all crime mixed together" in lint_map(MapDescription(kind="points", quantity="count")).not_checked


@pytest.mark.parametrize(
    ("kwargs", "says"),
    [
        ({"kind": "map"}, "`kind` is 'map'"),
        ({"quantity": "crimes"}, "`quantity` is 'crimes'"),
        ({"claims": "house"}, "`claims` is 'house'"),
        ({"cell_m": 0.0}, "`cell_m` is 0.0"),
        ({"bounds": (1.0, 1.0)}, "each above the one before"),
        ({"bounds": (0.0, float("nan"))}, "`bounds` holds nan; each part must be a number"),
        ({"police_generated_share": 1.5}, "from 0 to 1"),
        ({"offences": "drugs"}, "give a list"),
    ],
)
def test_faulty_descriptions_are_named(kwargs, says):
    with pytest.raises(ParameterError, match=says):
        MapDescription(**{"kind": "areas", "quantity": "harm", **kwargs})


def test_other_things_are_no_description():
    with pytest.raises(ParameterError, match="`description` is a dict"):
        lint_map({"kind": "areas"})  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match=r"`earlier` is '2024'; it must be a MapDescription"):
        lint_map(GOOD, earlier="2024")  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="least_kept"):
        MapLintSettings(least_kept=1.0)


@pytest.mark.parametrize("palette", PALETTES)
@pytest.mark.parametrize("k", range(2, 10))
def test_our_own_palettes_pass_at_every_number_of_classes(palette, k):
    colours = tuple(tuple(c[:3]) for c in sequential(k, palette)(range(k)))
    assert len(broken(colours=colours, bounds=())) == 0


@pytest.mark.parametrize("name", ["viridis", "Reds", "RdBu", "PRGn", "BrBG", "OrRd"])
def test_palettes_made_for_maps_pass(name):
    """ColorBrewer calls these safe for the colour-blind (Harrower and Brewer 2003)."""
    assert len(broken(colours=colours_of(name, 5))) == 0


@pytest.mark.parametrize("colours", [("red", "green"), ("#d7191c", "#1a9641"), ("#b30000", "#4d7f17")])
def test_red_against_green_is_seen(colours):
    assert "red-green only" in broken(colours=colours)["rule"].tolist()


def test_simulation_agrees_with_worked_values():
    """Pure red has linear (1, 0, 0): the matrix's first column, then the sRGB curve, worked by hand."""
    seen = simulate_deficiency(["red"], "deuteranopia")[0]
    expected = [1.055 * 0.367322 ** (1 / 2.4) - 0.055, 1.055 * 0.280085 ** (1 / 2.4) - 0.055, 0.0]
    assert seen == pytest.approx(expected, abs=1e-12)
    assert simulate_deficiency(["#336699"], "normal")[0] == pytest.approx([0.2, 0.4, 0.6], abs=1e-9)


def test_differences_agree_with_published_lab_values():
    """CIE Lab of the sRGB primaries under D65 (Lindbloom): red 53.24, 80.09, 67.20; green 87.73, -86.18, 83.18."""
    red, green = np.array([53.2408, 80.0925, 67.2032]), np.array([87.7347, -86.1827, 83.1793])
    found = colour_differences(["red", "lime"])[0, 1]
    assert found == pytest.approx(float(np.linalg.norm(red - green)), abs=0.02)


channel = st.floats(0, 1)
colour = st.tuples(channel, channel, channel)


@given(colours=st.lists(colour, min_size=1, max_size=4), deficiency=st.sampled_from(["normal", *DEFICIENCIES]))
def test_differences_are_a_distance_and_grey_looks_grey(colours, deficiency):
    """Laws: symmetric, zero to itself, triangle; the matrices keep every grey."""
    seen = colour_differences(colours, deficiency=deficiency)
    assert np.array_equal(seen, seen.T)
    assert (np.diagonal(seen) == 0).all()
    assert (seen[:, None, :] <= seen[:, :, None] + seen[None, :, :] + 1e-9).all()
    grey = colours[0][0]
    assert simulate_deficiency([(grey,) * 3], deficiency)[0] == pytest.approx([grey] * 3, abs=1e-5)


def test_an_unknown_deficiency_is_named():
    with pytest.raises(ParameterError, match="Did you mean 'deuteranopia'"):
        simulate_deficiency(["red"], "deuteranopa")


def make_index(residents=(6000.0, 900.0, 4000.0)):
    n = np.array([[[1, 3], [4, 5], [2, 0]], [[1, 0], [2, 1], [2, 3]], [[4, 3], [0, 1], [5, 3]]])
    areas = ["W1", "W2", "W3"]
    weights = make_weights({"burglary": 100.0, "drugs": 10.0, "violence-and-sexual-offences": 300.0})
    people = make_population(dict(zip(areas, residents, strict=True)))
    return severity_index(make_counts(n, areas=areas), weights, population=people)


def test_an_index_describes_its_own_choropleth():
    described = describe_choropleth(make_index(), column="rate", k=3)
    assert described.denominator == "resident"
    assert len(described.colours) == len(described.bounds) - 1 == 3
    # harm of drugs 13 x 10 over 12 x 100 + 13 x 10 + 15 x 300
    assert described.police_generated_share == pytest.approx(130 / 5830)
    lint = lint_map(described)
    assert lint.table[["rule", "level"]].to_numpy().tolist() == [
        ["rates over tiny populations", "warning"],
        ["police-generated crime as harm", "note"],
    ]
    assert "W2 with 900" in lint.table["found"].iloc[0]


@pytest.mark.parametrize(("column", "rule"), [("crimes", "all crime mixed together"), ("harm", "raw counts as areas")])
def test_totals_of_an_index_are_raw_counts(column, rule):
    assert rule in lint_map(describe_choropleth(make_index(), column=column)).table["rule"].tolist()


def test_only_columns_that_a_map_shows_are_described():
    with pytest.raises(ParameterError, match="`column` is 'rat'"):
        describe_choropleth(make_index(), column="rat")
    with pytest.raises(ParameterError, match="it must be a SeverityIndex"):
        describe_choropleth("index")  # type: ignore[arg-type]
