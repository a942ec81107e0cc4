"""Rows that a force lost alike in all areas: how seldom a whole file is doubted, and how large a loss is found."""

from __future__ import annotations

import numpy as np
import pytest
from assessed import drawn, make_assessment

from socharm.rescoring import compare
from socharm.rescoring.even_loss import odd_months
from socharm.stats.random_streams import stream

pytestmark = [
    pytest.mark.filterwarnings("ignore:one period"),
    pytest.mark.filterwarnings("ignore::socharm.errors.ModelWarning"),
]

#: A force's year: crimes of its months, with a season that no threshold on single months would bear.
USUAL = np.array([3_000.0, 3_200, 3_500, 3_900, 3_700, 3_300])


def years(purpose: str, apart: float, loss: float = 0.0, times: int = 800) -> list[tuple[np.ndarray, np.ndarray]]:
    """The same half of two years, whose months go apart by so much, with a loss in the third month of the later one."""
    rng = stream(1, 0, purpose=purpose)
    kept = np.where(np.arange(len(USUAL)) == 2, 1 - loss, 1.0)
    changed = 1.07 * kept * np.exp(rng.normal(0, apart, (times, len(USUAL))))
    return [(rng.poisson(USUAL).astype(float), rng.poisson(USUAL * each).astype(float)) for each in changed]


def share(worlds: list[tuple[np.ndarray, np.ndarray]], month: int | None = None) -> float:
    """Share of worlds in which any month is named, or this one of the later year."""
    found = [odd_months(*world) for world in worlds]
    if month is None:
        return float(np.mean([low.any() or later.any() for low, later, _ in found]))
    return float(np.mean([later[month] for _, later, _ in found]))


def test_a_whole_file_is_seldom_doubted():
    """One comparison in 600 names a month where months go apart by 5%, one in 60 where they do by 7%."""
    assert share(years("whole files", 0.05)) <= 0.005
    assert share(years("restless files", 0.07)) <= 0.03


def test_a_loss_of_a_third_of_the_rows_in_all_areas_is_found():
    assert share(years("files cut by 30%", 0.05, loss=0.3), month=2) >= 0.86
    assert share(years("files cut by 40%", 0.07, loss=0.4), month=2) >= 0.94


def test_a_loss_in_half_of_the_months_hides_in_the_median():
    cut = USUAL * np.array([0.7, 0.7, 0.7, 1, 1, 1])
    assert not odd_months(USUAL, cut)[1].any()


def test_few_crimes_are_not_doubted_and_nothing_counted_is_low():
    few = np.array([8.0, 10, 9, 11, 10, 9])
    assert not odd_months(few, few * [1, 1, 0.5, 1, 1, 1])[1].any()
    assert odd_months(USUAL, USUAL * [1, 1, 0, 1, 1, 1])[1].tolist() == [False, False, True, False, False, False]


@pytest.fixture(scope="module")
def two() -> tuple[np.ndarray, np.ndarray]:
    """Crimes of 12 areas in the same half of two years."""
    return drawn(12, 6, seed=1, level=60.0), drawn(12, 6, seed=2, level=60.0)


def thinned(n: np.ndarray, months: list[int], kept: float = 0.7) -> np.ndarray:
    """Rows of these months are lost, wherever they are."""
    made = n.copy()
    made[:, :, months] = stream(3, 0, purpose="rows that are lost").binomial(n[:, :, months], kept)
    return made


def told(first: np.ndarray, second: np.ndarray, **more) -> list[str]:
    earlier = make_assessment(first, start="2023-04", name="earlier")
    later = make_assessment(second, start="2024-04", name="later")
    findings = compare(earlier, later, worlds=100, **more).findings
    return findings.loc[findings["what"] == "coverage", "reason"].tolist()


def test_a_comparison_names_the_month_that_lost_rows_in_all_areas(two):
    assert told(*two) == []
    (reason,) = told(two[0], thinned(two[1], [3]))
    assert reason.startswith(
        "In the later assessment all areas of Testshire together have far fewer crimes in July 2024"
    )
    (reason,) = told(thinned(two[0], [1]), two[1])
    assert reason.startswith(
        "In the earlier assessment all areas of Testshire together have far fewer crimes in May 2023"
    )


def test_a_period_that_lost_rows_in_all_its_months_is_asked_about(two):
    (reason,) = told(two[0], thinned(two[1], list(range(6)), kept=0.6))
    assert "fewer crimes than in the same months of the earlier one" in reason
    assert "counts alone cannot tell that from a change" in reason


def test_rows_that_a_source_takes_back_are_told_by_the_counts_that_were_kept(two):
    again = make_assessment(thinned(two[0], list(range(6))), start="2023-04", name="again")
    (reason,) = told(*two, revised=again)
    assert "fewer crimes as they were read again than as they were counted first" in reason
