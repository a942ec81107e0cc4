"""Months of areas that count as covered, and hold so few crimes that rows of the file may be missing."""

from __future__ import annotations

import dataclasses
import warnings

import numpy as np
import pandas as pd
import pytest

import socharm as sh
from socharm._about import LACKS_ROWS
from socharm.errors import CoverageWarning
from socharm.io.incidents.lacking_rows import LackRule, lack_note, lacking_rows
from socharm.io.incidents.settings import CountFindings


def world(seed: int, *, areas: int = 100, months: int = 12, mean: float = 83.0) -> np.ndarray:
    """Counts of an ordinary place: areas of all sizes, a season, slow change, and twice the variance of chance."""
    rng = np.random.default_rng(seed)
    usual = mean * np.exp(rng.standard_normal(areas) - 0.5)
    change = np.cumsum(0.05 * rng.standard_normal((areas, months)), axis=1)
    season = 0.15 * np.sin(np.arange(months))
    expected = usual[:, None] * np.exp(change + season)
    return rng.negative_binomial(expected, 0.5)


def table_of(n: np.ndarray, *, first: str = "2025-01") -> tuple[pd.DataFrame, pd.DataFrame]:
    months = pd.period_range(first, periods=n.shape[1], freq="M")
    codes = [f"W{number:03d}" for number in range(len(n))]
    covered = pd.DataFrame(True, index=pd.Index(codes, name="area_code"), columns=months)
    table = pd.DataFrame({"area_code": np.repeat(codes, n.shape[1]), "period": np.tile(months, len(n)), "n": n.ravel()})
    return table, covered


@pytest.mark.parametrize(("mean", "months"), [(83.0, 12), (4.0, 12), (0.8, 6), (83.0, 3)])
def test_ordinary_worlds_are_silent(mean, months):
    found = [len(lacking_rows(*table_of(world(seed, mean=mean, months=months)))) for seed in range(20)]
    assert found == [0] * 20


@pytest.mark.parametrize("mean", [83.0, 15.0])
def test_areas_that_a_cut_file_lacks_are_told_large_and_small(mean):
    n = world(1, mean=mean)
    n[:28, 4] = 0
    found = lacking_rows(*table_of(n))
    assert set(found["period"].astype(str)) == {"2025-05"}
    assert set(found["area_code"]) <= {f"W{number:03d}" for number in range(28)}
    assert len(found) >= (24 if mean > 20 else 12)
    assert found["n"].eq(0).all()
    usual = np.delete(n, 4, axis=1)[:28].mean(axis=1)
    expected = found.set_index("area_code")["expected"]
    assert 0.6 < expected.sum() / usual[[int(code[1:]) for code in expected.index]].sum() < 1.1


def test_one_area_is_judged_by_the_negative_binomial_distribution():
    # 4 areas x 6 months of 36 crimes: variance = 3 x 36 + (0.2 x 36)^2 = 159.8, so size 36^2 / (159.8 - 36) = 10.5 and
    # P(0) = (36 / 159.8)^10.5 = 1.6e-7, under 0.001 / 24 = 4.2e-5. Of 18 crimes P(0) is 6.5e-5, and nothing is said.
    for usual, told in ((36, 1), (18, 0)):
        n = np.full((4, 6), usual)
        n[2, 3] = 0
        found = lacking_rows(*table_of(n))
        assert len(found) == told
        if told:
            assert found.iloc[0].astype(str).tolist() == ["W002", "2025-04", "0", "36.0"]


def test_the_bounds_are_those_of_the_rule():
    n = np.full((4, 6), 400)
    n[0, 2] = 80  # a fifth
    assert len(lacking_rows(*table_of(n))) == 1
    n[0, 2] = 84
    assert lacking_rows(*table_of(n)).empty
    n[0, 2:5] = 0  # half of its months: an area that is like that
    assert lacking_rows(*table_of(n)).empty
    n[:, 2:5] = 400
    n[0, 2] = 0
    assert lacking_rows(*table_of(n[:, 1:3])).empty  # of two months nobody knows what is usual
    stated = {f"lacking_{name}": value for name, value in dataclasses.asdict(LackRule()).items()}
    findings = dataclasses.asdict(CountFindings())
    told = ("lacking_chance", "lacking_dispersion", "lacking_drift", "lacking_most")
    assert {key: findings[key] for key in told} == {key: stated[key] for key in told}


def test_what_is_not_covered_and_a_month_that_is_low_everywhere_say_nothing():
    n = world(2)
    table, covered = table_of(np.where(np.arange(12) == 4, 0, n))
    covered.iloc[:, 4] = False
    assert lacking_rows(table, covered).empty
    low = n.copy()
    low[:, 4] = low[:, 4] // 3
    assert lacking_rows(*table_of(low)).empty


def test_a_force_is_held_against_its_own_areas():
    n = np.full((12, 6), 300)
    n[:6, 3] = 30  # the whole of one force is low, which is told by its deliveries
    forces = pd.Series(["A"] * 6 + ["B"] * 6, index=[f"W{number:03d}" for number in range(12)])
    assert lacking_rows(*table_of(n), forces).empty
    assert len(lacking_rows(*table_of(n))) == 6


def incidents_of(n: np.ndarray) -> sh.Incidents:
    table, _ = table_of(n)
    rows = table.loc[table.index.repeat(table["n"])].rename(columns={"period": "date"}).drop(columns="n")
    return sh.read_incidents(rows.assign(date=rows["date"].astype(str), offence="burglary").reset_index(drop=True))


def test_a_cut_month_is_told_and_stays_covered():
    n = np.full((10, 6), 60)
    areas = pd.DataFrame(index=pd.Index([f"W{number:03d}" for number in range(10)], name="area_code"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert sh.count_incidents(incidents_of(n), areas).about.coverage == ""
    n[:3, 2] = 0  # 60 x 60 / 62, as these three areas have less than the others over the period
    with pytest.warns(CoverageWarning, match=r"W000 in 2025-03: 0 where 58 are to be expected"):
        counts = sh.count_incidents(incidents_of(n), areas)
    assert counts.coverage.all(axis=None)
    assert counts.about.coverage == (
        f"3 areas have no crime, or far less than is likely, in March 2025: {LACKS_ROWS}. "
        "What is missing would make them look quieter."
    )
    assert counts.about.coverage == lack_note(lacking_rows(counts.table, counts.coverage))
    stated = sh.count_incidents(incidents_of(n), areas, covered=[f"2025-{month:02d}" for month in range(1, 7)])
    assert stated.about.coverage == ""


def test_a_table_of_counts_is_looked_at_alike():
    n = np.full((10, 6), 60)
    n[:2, 2] = 7  # above a tenth, below which its month is not covered
    table, _ = table_of(n)
    period = ("2025-01", "2025-06")
    with pytest.warns(CoverageWarning, match=r"2 areas have no crime, or far less than is likely, in March 2025"):
        counts = sh.counts_from_table(
            table.assign(period=table["period"].astype(str)), period=period, offence="burglary"
        )
    assert counts.coverage.all(axis=None)
    assert LACKS_ROWS in counts.about.coverage
