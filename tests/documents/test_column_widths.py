"""No word of a table is broken for want of room, and no page begins by an empty paragraph."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socharm.documents.column_widths import fitted_widths
from socharm.documents.document import PrintedTable

ROOM = {"room": 480.0, "size": 8.5, "padding": 12.0}


def test_a_narrow_column_has_room_for_its_longest_word() -> None:
    table = PrintedTable(
        caption="",
        header=("P", "What to do", "Recorded"),
        rows=(("Prepare", "Do this here", "-25%"),),
        widths=(1, 30, 1),
    )
    shares = fitted_widths(table, **ROOM)
    assert shares[0] * 480 - 12 > 8.5 * 0.5 * len("Prepare")
    assert shares[2] * 480 - 12 > 8.5 * 0.5 * len("Recorded")
    assert sum(shares) == pytest.approx(1)


def test_widths_that_fit_are_those_that_were_asked_for() -> None:
    table = PrintedTable(caption="", header=("A", "B"), rows=(("one", "two"),), widths=(3, 1))
    assert fitted_widths(table, **ROOM) == pytest.approx((0.75, 0.25))


@given(
    words=st.lists(st.text("aeo", min_size=1, max_size=14), min_size=2, max_size=5),
    asked=st.lists(st.integers(1, 20), min_size=5, max_size=5),
)
def test_every_column_holds_its_word_where_all_can(words: list[str], asked: list[int]) -> None:
    """Letters of 0.556 of their size, and 12 points beside them."""
    number = len(words)
    table = PrintedTable(caption="", header=("a",) * number, rows=(tuple(words),), widths=tuple(asked[:number]))
    shares = fitted_widths(table, **ROOM)
    assert sum(shares) == pytest.approx(1)
    least = [(len(word) * 0.556 * 8.5 + 12) / 480 for word in words]
    if sum((len(word) * 0.556 * 1.18 * 8.5 + 12) / 480 for word in words) < 1:
        assert all(share >= one - 1e-9 for share, one in zip(shares, least, strict=True))
