"""Coverage of rank intervals, a small version of `make validate`; and the dispersion of a real force."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from socharm.offences import canonical_offence
from socharm.stats.dispersion import dispersion_over_time

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "validate_ranks.py"


@pytest.fixture(scope="module")
def validation():
    if not SCRIPT.exists():
        pytest.skip("benchmarks/ is not here (an installed wheel is tested)")
    spec = importlib.util.spec_from_file_location("validate_ranks", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules["validate_ranks"] = module
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(SCRIPT.parent))  # scripts stand beside each other
        spec.loader.exec_module(module)
    yield module
    del sys.modules["validate_ranks"]


@pytest.mark.slow
def test_intervals_hold_the_true_rank_under_every_truth(validation):
    # What is not held (a mix beyond what is stated, drift, one month, tiny areas) is run by `make validate` alone.
    held = ("Poisson", "over-dispersed", "offence mix, CV", "spatially", "all of these")
    truths = tuple(truth for truth in validation.TRUTHS if truth.name.startswith(held))
    assert len(truths) == 5
    table, bins = validation.validate(runs=12, draws=500, truths=truths)
    ours = table[table["prior"] == "with area effect"].set_index("truth")
    # Twelve forces leave about 0.02 of simulation error in the top columns; the full run has the bound itself.
    assert (ours["overall"] >= 0.93).all()
    assert (ours[["true_top", "selected_top"]] >= 0.90).all(axis=None)
    assert ours.loc["Poisson", "overall"] <= 0.98
    # Probabilities of the top: better by far than saying the same of every area, and true in every bin with cases.
    assert (ours["brier"] < 0.45 * ours["brier_base"]).all()
    full = bins[bins["cases"] >= 150]
    assert len(full) >= 10
    error = np.sqrt(full["stated"] * (1 - full["stated"]) / full["cases"])
    # Areas of one force depend on each other, so the error is a multiple of the binomial one.
    assert ((full["true"] - full["stated"]).abs() <= 0.02 + 5 * error).all()


@pytest.mark.real
def test_northumbria_months_vary_as_published(shared_data):
    geopandas = pytest.importorskip("geopandas")
    files = sorted((shared_data / "crime" / "northumbria-2013-14").rglob("*street*.csv"))
    columns = ["Month", "Longitude", "Latitude", "Crime type"]
    rows = pd.concat([pd.read_csv(file, usecols=columns) for file in files]).dropna(subset=["Longitude"])
    rows = rows[rows["Crime type"] != "Anti-social behaviour"]
    wards = geopandas.read_file(shared_data / "boundaries" / "wards_2022_northumbria.gpkg")[["ward_code", "geometry"]]
    points = geopandas.GeoDataFrame(
        rows, geometry=geopandas.points_from_xy(rows["Longitude"], rows["Latitude"]), crs="EPSG:4326"
    )
    joined = geopandas.sjoin(points.to_crs(wards.crs), wards, predicate="within")
    joined["offence"] = joined["Crime type"].map(canonical_offence)

    def monthly(part: pd.DataFrame) -> float:
        n = part.groupby(["ward_code", "Month"]).size().unstack(fill_value=0).to_numpy(dtype=float)  # noqa: PD010
        found = dispersion_over_time(n, np.ones(n.shape, dtype=bool))
        assert found is not None
        return found.monthly

    assert monthly(joined) == pytest.approx(1.662, abs=0.005)
    # Worked out another way (another weighting of small cells): 1.76, 1.68 and 1.30.
    expected = {"burglary": 1.602, "criminal-damage-and-arson": 1.622, "violence-and-sexual-offences": 1.268}
    for offence, value in expected.items():
        assert monthly(joined[joined["offence"] == offence]) == pytest.approx(value, abs=0.005)
