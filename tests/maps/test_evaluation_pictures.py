"""Pictures of an evaluation: what they draw and say is what the records hold."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PathCollection
from matplotlib.offsetbox import TextArea
from matplotlib.text import Text
from shapely.geometry import box

import socharm as sh
from socharm.errors import AlignmentError, ParameterError
from socharm.maps import (
    plot_balance,
    plot_detectable_change,
    plot_donor_weights,
    plot_event_study,
    plot_placebo_fan,
    plot_site,
)
from socharm.maps.furniture import new_axes

SIDE = 6
MONTHS = [str(month) for month in pd.period_range("2024-01", periods=18, freq="M")]
START = MONTHS[12]
CODES = [f"W{n:02d}" for n in range(SIDE * SIDE)]
SITE = ["W14", "W15"]
AREAS = gpd.GeoDataFrame(
    {"name": [f"Ward {n}" for n in range(SIDE * SIDE)]},
    geometry=[box(1000 * (n % SIDE), 1000 * (n // SIDE), 1000 * (n % SIDE + 1), 1000 * (n // SIDE + 1))
              for n in range(SIDE * SIDE)],
    index=pd.Index(CODES, name="area_code"), crs="EPSG:27700",
)  # fmt: skip


def said(ax) -> str:
    texts = [text.get_text() for text in ax.findobj(Text)] + [area.get_text() for area in ax.findobj(TextArea)]
    return " ".join(" ".join(texts).split())


@pytest.fixture(scope="module")
def town() -> pd.DataFrame:
    rng = np.random.default_rng(4)
    mean = rng.gamma(9, 4, (len(CODES), 1)) * np.ones(18)
    mean[14:16, 12:] *= 0.5
    return pd.DataFrame(rng.poisson(mean).astype(float), CODES, MONTHS)


@pytest.fixture(scope="module")
def donors(town):
    return sh.evaluation.find_donors(town, site=SITE, areas=AREAS, start=START, n=6, caliper=2.0)


@pytest.fixture(scope="module")
def placebos():
    return sh.evaluation.placebo_sites(AREAS, site=SITE, n=12, seed=1)


def test_an_event_study_has_a_mark_for_each_bin_at_its_ratio(town):
    study = sh.evaluation.event_study(town, treated=SITE, start=START)
    ax = plot_event_study(study, ax=new_axes())
    marks = [line for line in ax.lines if line.get_marker() in ("o", "s")]
    drawn = {x: y for line in marks for x, y in zip(*line.get_data(), strict=True)}
    assert drawn == pytest.approx(dict(enumerate(study.table["ratio"])))
    change = 100 * (1 - study.bounds.loc[0.0, "ratio"])
    assert f"The 2 treated areas fell by {change:.0f}% relative to the others after the start" in said(ax)
    assert "January 2024 to June 2025" in said(ax)


def test_a_fan_has_a_line_for_each_placebo_site_and_the_band_of_all(town, placebos):
    test = sh.evaluation.placebo_test(town, placebos, start=START)
    ax = plot_placebo_fan(test, ax=new_axes())
    lines, band = ax.collections
    assert len(lines.get_segments()) == 12
    assert band.get_datalim(ax.transData).y1 == pytest.approx(test.fan.to_numpy().max())
    assert ax.lines[0].get_ydata() == pytest.approx(test.series["gap"])
    assert "0 of 12 placebo sites departed as far, up or down (p 0.077)" in said(ax)
    assert "all of them lie between" in said(ax)
    assert "95%" not in said(ax)
    assert "beyond the picture" not in said(ax)
    fan = pd.concat([test.fan, test.fan], ignore_index=True)
    fan.iloc[0, 13] = 9.0
    ax = plot_placebo_fan(replace(test, fan=fan), ax=new_axes())
    assert "1 placebo site goes beyond the picture." in said(ax)
    assert "middle 95% of 24 placebo sites" in [text.get_text() for text in ax.get_legend().get_texts()]


def test_a_curve_of_power_ends_where_every_fall_is_seen(town):
    planned = sh.evaluation.minimum_detectable_change(town, site=SITE, start=START, n=400, seed=1)
    ax = plot_detectable_change(planned, ax=new_axes())
    assert ax.lines[0].get_ydata() == pytest.approx(planned.curve["power"])
    assert ax.lines[2].get_xdata() == pytest.approx([-planned.findings.change])
    assert planned.sentence in said(ax)
    assert "Fitted to January 2024 to December 2024; 12 months after the start" in said(ax)
    assert planned.curve["power"].loc[: -ax.get_xlim()[1]].iloc[-1] > 0.99


def test_a_balance_has_both_differences_of_each_variable(donors):
    ax = plot_balance(donors, ax=new_axes())
    told = donors.balance.dropna()
    before, after = (line.get_xdata() for line in ax.lines[1:3])
    assert sorted(before) == sorted(told["difference_before"])
    assert sorted(after) == sorted(told["difference_after"])
    assert "The 12 periods before January 2025" in said(ax)
    assert donors.sentence in said(ax)
    nothing = donors.balance.assign(difference_before=np.nan)
    with pytest.raises(ParameterError, match="no more than chance in every variable"):
        plot_balance(sh.evaluation.Donors(**{**vars(donors), "balance": nothing}), ax=new_axes())


def test_donor_weights_are_shares_with_names(town):
    control = sh.evaluation.synthetic_control(town, treated=SITE, start=START, placebos=0, allow_poor_fit=True)
    ax = plot_donor_weights(control, areas=AREAS, n=3, ax=new_axes())
    first = control.weights["weight"].iloc[:3]
    assert [bar.get_width() for bar in ax.patches] == pytest.approx(list(first / control.weights["weight"].sum()))
    assert [text.get_text() for text in ax.get_yticklabels()] == [f"Ward {int(code[1:])}" for code in first.index]
    assert "The 3 largest are shown." in said(ax)


def test_a_map_of_a_site_counts_what_it_shows(town, donors, placebos):
    rings = sh.evaluation.spillover_rings(town, AREAS, site=SITE, start=START, orders=1)
    ax = plot_site(AREAS, SITE, rings=rings, donors=donors, placebos=placebos, ax=new_axes())
    text = said(ax)
    often = placebos.members["area_code"].value_counts()
    most = f"in {often.max()} placebo sites"
    counted = ("site (2)", "ring 1 (10)", "donors (6)", "other areas (18)", "in 1 placebo site", most, "Ward 14")
    for words in (*counted, rings.named[1:]):
        assert words in text
    dots = next(one for one in ax.collections if isinstance(one, PathCollection) and len(one.get_sizes()) > 1)
    places = {tuple(place): size for place, size in zip(dots.get_offsets(), dots.get_sizes(), strict=True)}
    assert len(places) == len(often)
    inner = AREAS.geometry.loc[often.index].representative_point()
    sizes = [places[point.x, point.y] for point in inner]
    assert np.divide(sizes, often.to_numpy()) == pytest.approx(sizes[0] / often.iloc[0])
    assert "The site of 2 areas, 10 areas in rings round it, 6 donors and 12 placebo sites" in text
    assert "Intervention from January 2025 on" in text
    assert "The site of 2 areas" in said(plot_site(AREAS, SITE, ax=new_axes()))
    rest = [code for code in AREAS.index if code not in SITE]
    assert "other areas" not in said(plot_site(AREAS, SITE, donors=rest, ax=new_axes()))


@pytest.mark.parametrize(
    ("site", "more", "error", "words"),
    [
        ([], {}, ParameterError, "`site` is empty"),
        (["W00"], {}, ParameterError, "`donors` is of another site"),
        (SITE, {"donors": ["W13"], "rings": True}, AlignmentError, "'W13' is in ring 1"),
        (SITE, {"donors": ["W14"]}, AlignmentError, "'W14' is of the site"),
        (SITE, {"donors": ["X"]}, AlignmentError, "1 area of the record is not in `areas`"),
    ],
)
def test_maps_of_sites_refuse(town, donors, site, more, error, words):
    if more.get("rings"):
        more = {**more, "rings": sh.evaluation.spillover_rings(town, AREAS, site=SITE, start=START, orders=1)}
    with pytest.raises(error, match=words):
        plot_site(AREAS, site, **{"donors": donors, **more}, ax=new_axes())
