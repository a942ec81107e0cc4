"""Maps and bars of who is in the top, for sure or possibly."""

from __future__ import annotations

import dataclasses

import factories
import geopandas as gpd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from shapely.geometry import box

from socharm.errors import AlignmentError, ParameterError
from socharm.maps.furniture import new_axes
from socharm.maps.intervals import plot_intervals
from socharm.maps.top_k import plot_top_k
from socharm.ranking.confidence_sets import rank_confidence_sets
from socharm.ranking.probable_top import classify_probable_top
from socharm.ranking.ranks import rank_areas
from socharm.ranking.top_classes import classify_top
from socharm.ranking.uncertainty import rank_uncertainty
from socharm.severity.index import severity_index


@pytest.fixture(scope="module")
def force():
    counts, people, weights = factories.random_counts(areas=25, months=12)
    index = severity_index(counts, weights, people)
    areas = gpd.GeoDataFrame(
        {"name": [f"Ward {code}" for code in index.table.index], "parent": "Town", "force": "Testshire"},
        geometry=[box(i % 5 * 1_000, i // 5 * 1_000, i % 5 * 1_000 + 1_000, i // 5 * 1_000 + 1_000) for i in range(25)],
        index=index.table.index,
        crs="EPSG:27700",
    )
    return areas, index, rank_areas(index, draws=1_000, seed=1), counts, people, weights


def texts(ax) -> str:
    figure = ax.get_figure()
    FigureCanvasAgg(figure)
    figure.draw_without_rendering()
    return "\n".join(text.get_text() for text in figure.findobj(lambda item: hasattr(item, "get_text")))


def test_classes_by_probability_follow_the_draws(force):
    ranking = force[2]
    found = classify_probable_top(ranking, k=5, level=0.9)
    stated = ranking.top_k.query("k == '5'").set_index("area_code")["probability"]
    assert (found.table["class"] == "very likely").equals(stated >= 0.9)
    assert (found.table["class"] == "very unlikely").equals(stated <= 0.1)
    assert found.findings.basis == "each area alone"
    assert set(found.table["k"]) == {5}
    assert set(found.table["level"]) == {0.9}
    assert not {"joint_low", "joint_high"} & set(found.table.columns)
    assert found.counts.sum() == 25
    assert found.k == 5
    likely = found.counts["very likely"]
    assert f"{likely:,} areas are very likely in it (a probability of at least 90%)" in found.sentence
    assert found.cutoffs.index.tolist() == [3, 5, 10, 20]
    share = classify_probable_top(ranking, k="10%")
    assert share.k == 3


def test_a_higher_level_is_sure_of_fewer(force):
    low, high = (classify_probable_top(force[2], k=10, level=level).counts for level in (0.8, 0.99))
    assert high["very likely"] <= low["very likely"]
    assert high["very unlikely"] <= low["very unlikely"]


def test_equally_certain_areas_are_numbered_in_the_order_of_their_ranks(force):
    found = classify_probable_top(force[2], k=10)
    last = found.table["rank_observed"].nlargest(3).index[::-1]  # rank 23, 24 and 25, whatever their codes
    table = found.table.copy()
    table.loc[last, "class"], table.loc[last, "estimate"] = "very likely", 1.0
    table.loc[table.index.difference(last), "class"] = "very unlikely"
    said = texts(plot_top_k(force[0], dataclasses.replace(found, table=table), ax=new_axes()))
    names = [name for name in sorted(force[0]["name"], key=lambda name: said.find(name)) if name in said]
    assert names == list(force[0].loc[last, "name"])


def test_bad_tops_and_levels_are_refused(force):
    with pytest.raises(ParameterError, match=r"`k` is 7, and the ranking has probabilities of the tops \['5'"):
        classify_probable_top(force[2], k=7)
    with pytest.raises(ParameterError, match=r"between 0\.5 and 1"):
        classify_probable_top(force[2], k=5, level=0.3)
    with pytest.raises(ParameterError, match="`ranking` is a DataFrame"):
        classify_probable_top(force[2].table, k=5)


def test_an_area_without_a_rank_has_its_own_class():
    counts, people, weights = factories.random_counts(areas=10, months=12)
    people = factories.make_population(people.values.iloc[:-1])
    ranking = rank_areas(severity_index(counts, weights, people, missing="leave out"), draws=200, seed=1)
    found = classify_probable_top(ranking, k=5)
    assert found.table.loc["W009", "class"] == "not rankable"
    assert found.table.loc["W009", "reason"] == "no population above zero"
    assert "1 has no rank" in found.sentence


def test_the_map_counts_every_class_and_says_what_it_rests_on(force):
    areas, index, ranking, *_ = force
    for classes in (
        classify_probable_top(ranking, k=5),
        classify_top(rank_confidence_sets(index, draws=200, seed=1), k=5),
    ):
        said = texts(plot_top_k(areas, classes, ax=new_axes()))
        for name in classes.classes[:3]:
            assert f"{name}  ({classes.counts[name]:,})" in said
        assert "The top 5 was given, not chosen by these data." in said.replace("\n", " ")
        assert f"95%, {classes.findings.basis}" in said
        assert "OFFICIAL" in said
        first, possible = (int((classes.table["class"] == name).sum()) for name in classes.classes[:2])
        title = next(line for line in said.split("\n") if "among the 5 with the most harm per resident" in line)
        assert title.startswith(f"{first:,} area" if first else "No area is")
        assert (f"; {possible:,} " in title) == (possible > 0)
    with pytest.raises(AlignmentError, match="are not in `areas`"):
        plot_top_k(areas.iloc[:5], classes, ax=new_axes())
    with pytest.raises(AlignmentError, match="`labels` names"):
        plot_top_k(areas, classes, labels=["nowhere"], ax=new_axes())


def test_intervals_show_sets_and_the_stated_choice(force):
    _, index, ranking, counts, people, weights = force
    sets = rank_confidence_sets(index, draws=200, seed=1)
    said = texts(plot_intervals(ranking, n=5, sets=sets, ax=new_axes()))
    assert "95% confidence set" in said
    assert "all areas at once" in said.replace("\n", " ")
    other = rank_confidence_sets(index.table[["rate", "rate_se"]].set_axis(["estimate", "se"], axis=1).iloc[:3], seed=1)
    with pytest.raises(AlignmentError, match="are not in `sets`"):
        plot_intervals(ranking, n=20, sets=other, ax=new_axes())
    with pytest.raises(ParameterError, match="`sets` is a Ranking"):
        plot_intervals(ranking, n=5, sets=ranking, ax=new_axes())
    found = rank_uncertainty(counts, weights, people, transform=("raw", "log"), base=32, seed=1)
    said = texts(plot_intervals(found, n=5, ax=new_axes()))
    assert "rank by the stated choices" in said
    assert "choices of transform; 64 runs" in said.replace("\n", " ")
