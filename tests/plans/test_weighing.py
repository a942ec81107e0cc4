"""What to act on first: the weights of the kinds of crime of a place."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from factories import make_assessment_tables
from worlds import NORTHUMBRIA, run

import socharm as sh
from socharm.errors import ParameterError
from socharm.plans.weighing import weigh_offences
from socharm.snapshot.tables import AssessmentTables

WEIGHTS = {"robbery": 800.0, "burglary": 400.0, "shoplifting": 10.0}


def tables_of(counts: dict[str, dict[str, int]]) -> AssessmentTables:
    """Tables of areas with some crimes in one month."""
    rows = [(area, offence, n) for area, told in counts.items() for offence, n in told.items()]
    cells = pd.DataFrame(rows, columns=["area_code", "offence", "n"])
    cells["harm"] = cells["n"] * cells["offence"].map(WEIGHTS)
    index = pd.Index(list(counts), name="area_code", dtype="str")
    names = pd.DataFrame({"name": list(counts), "parent": "D"}, index=index)
    return make_assessment_tables(areas=names, cells=cells, ranking=names.assign(rank=range(1, len(names) + 1)))


def test_the_worked_example():
    """10 of 100 crimes are robberies, 20 of 1,000 in all areas; Clopper and Pearson: 4.90% to 17.62% of 10 in 100."""
    here = {"robbery": 10, "burglary": 20, "shoplifting": 70}
    there = {"robbery": 10, "burglary": 280, "shoplifting": 610}
    found = weigh_offences(tables_of({"W1": here, "W2": there}), area="W1")
    robbery = found.loc["robbery"]
    assert robbery["quotient"] == pytest.approx(0.10 / 0.02)
    assert robbery["quotient_low_95"] == pytest.approx(0.0490 / 0.02, rel=2e-3)
    assert robbery["quotient_high_95"] == pytest.approx(0.1762 / 0.02, rel=2e-3)
    share = 8000 / (8000 + 8000 + 700)
    assert robbery["share_of_harm"] == pytest.approx(share)
    assert robbery["weight"] == pytest.approx(share * (1 - 0.02 / 0.0490), rel=2e-3)
    # burglary: 20% here, 30% in all areas; shoplifting: 70% and 68%
    assert found["weight"].drop("robbery").tolist() == [0.0, 0.0]
    assert list(found.index) == ["robbery", "burglary", "shoplifting"]
    assert list(found["order"]) == [1, 2, 3]
    assert found["threat"].to_dict() == dict.fromkeys(found.index, "acquisitive")


def test_few_crimes_and_little_harm_do_not_stand_out():
    there = {"robbery": 1, "burglary": 300, "shoplifting": 600}
    few = tables_of({"W1": {"robbery": 9, "burglary": 20, "shoplifting": 71}, "W2": there})
    assert weigh_offences(few, area="W1").loc["robbery", "quotient_low_95"] > 1
    assert not weigh_offences(few, area="W1")["stands_out"].any()
    assert weigh_offences(few, area="W1", minimum_crimes=9).index[0] == "robbery"
    little = tables_of({"W1": {"burglary": 40, "shoplifting": 40}, "W2": {"burglary": 600, "shoplifting": 100}})
    assert weigh_offences(little, area="W1")["stands_out"].tolist() == [False, False]
    assert weigh_offences(little, area="W1", minimum_share=0.02).index[0] == "shoplifting"


def test_single_offences_are_weighed_as_their_category():
    tables = make_assessment_tables()
    cells = tables["cells"].assign(offence=tables["cells"]["offence"].replace({"drugs": "ho-92a"}))
    found = weigh_offences(make_assessment_tables(cells=cells), area="W1")
    # 3,000, 600 and 400 of 4,000, each with the same share of crimes as in both wards
    assert found["share_of_harm"].to_dict() == {
        "burglary": 0.75, "violence-and-sexual-offences": 0.15, "drugs": 0.1,
    }  # fmt: skip
    assert (found["quotient"] == 1).all()


def test_a_place_without_crimes_or_harm_has_nothing_to_weigh():
    quiet = tables_of({"W1": {"robbery": 0}, "W2": {"robbery": 4}})
    assert weigh_offences(quiet, area="W1").empty
    without = tables_of({"W1": {"begging": 4}, "W2": {"begging": 4}})
    assert weigh_offences(without, area="W1").empty


def test_an_unknown_place_is_told():
    with pytest.raises(ParameterError, match="none of the 2 areas assessed"):
        weigh_offences(make_assessment_tables(), area="W9")


def test_the_weights_are_the_location_quotients_and_differ_between_places():
    """On the sample's twenty wards with most harm: the leading three are not the same everywhere."""
    sample = sh.load_sample()
    weights = sh.load_weights("ons-css").crosswalk("police.uk", counts_from="home-office-2019-20", allow_stale=True)
    index = sh.severity_index(sh.count_incidents(sample.incidents, sample.wards), weights, sample.population)
    quotients = sh.hotspots.classify_concentration(index, seed=1).quotients.set_index(["area_code", "offence"])
    names = index.table[["name", "parent"]]
    tables = make_assessment_tables(areas=names, cells=index.cells, ranking=names.assign(rank=1))
    leading = {}
    for area in index.table["rate"].nlargest(20).index:
        found = weigh_offences(tables, area=area)
        assert found["share_of_harm"].sum() == pytest.approx(1)
        known = quotients.loc[area].loc[found.index, ["quotient", "low_95", "high_95"]].to_numpy()
        told = found[["quotient", "quotient_low_95", "quotient_high_95"]].to_numpy()
        assert np.allclose(told, known)
        leading[area] = tuple(found.index[:3])
    assert len(set(leading.values())) >= 3


@pytest.mark.real
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*invalid rings.*:socharm.errors.DataWarning")
def test_ten_wards_of_northumbria(tmp_path, shared_data):
    """Theft from the person leads at Monument, at 6.7 times; ten places do not have one list."""
    assessment = run(NORTHUMBRIA, tmp_path, shared_data)
    tables = assessment.tables
    first = {area: weigh_offences(tables, area=area).head(3) for area in map(str, assessment.top(10).index)}
    leads = {tables["areas"]["name"][area]: list(found.index) for area, found in first.items()}
    assert leads["Monument"][0] == "theft-from-the-person"
    assert first["E05011453"]["quotient"].iloc[0] == pytest.approx(6.73, abs=0.005)
    assert leads["Byker"][0] == "robbery"
    assert leads["Hendon"][:2] == ["burglary", "drugs"]
    assert leads["St Michael's"][0] == "drugs"
    # nothing stands out among Cowpen's few crimes: what holds most of the harm comes first
    assert leads["Cowpen"][:2] == ["burglary", "violence-and-sexual-offences"]
    assert len({tuple(found) for found in leads.values()}) >= 7
