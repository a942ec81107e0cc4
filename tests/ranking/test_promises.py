"""What `explain` says of the intervals is what the validation page measured."""

from __future__ import annotations

import pytest

from socharm.ranking.explain import HELD

ALL, TRUE_TOP = 2, 3
#: Row of docs/validation/ranks.md and column: overall, or the true top tenth.
MEASURED = {
    "mix at twice": ("offence mix at twice the stated spread", ALL),
    "mix at twice, shared": ("offence mix at twice the stated spread, shared", ALL),
    "mix at twice, shared, second interval": ("offence mix at twice the stated spread, shared: second interval", ALL),
    "one month": ("one month", TRUE_TOP),
    "tiny areas": ("half of the areas tiny", ALL),
    "tiny areas, true top": ("half of the areas tiny", TRUE_TOP),
    "lasting rate": ("drift from year to year, the lasting rate as truth", ALL),
    "lasting rate, true top": ("drift from year to year, the lasting rate as truth", TRUE_TOP),
    "next year": ("drift from year to year, the next year's recorded rank as truth", ALL),
    "next year, true top": ("drift from year to year, the next year's recorded rank as truth", TRUE_TOP),
}


@pytest.fixture(scope="module")
def rows(repository) -> dict[str, list[str]]:
    lines = (repository / "docs/validation/ranks.md").read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    found: dict[str, list[str]] = {}
    for row in cells:
        if len(row) == 8 and row[1] == "with area effect":
            found.setdefault(row[0], row)
    return found


def test_every_figure_has_its_row():
    assert set(MEASURED) == set(HELD)


@pytest.mark.parametrize("said", MEASURED)
def test_each_figure_is_the_one_of_the_page(rows, said):
    truth, column = MEASURED[said]
    assert HELD[said] == pytest.approx(float(rows[truth][column].split()[0]), abs=0.006)
