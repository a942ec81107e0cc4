"""The page on the architecture is true of the package: its floors, its rooms, and every file that it names."""

from __future__ import annotations

import re

import pytest
from floors import FLOORS, PACKAGE

REPOSITORY = PACKAGE.parent
PAGE = (REPOSITORY / "ARCHITECTURE.md").read_text(encoding="utf-8")
PATHS = sorted(set(re.findall(r"`((?:socharm|tests|data|docs)/[\w./-]*)`", PAGE)))


#: Words about a floor begin at this column of the picture.
WORDS = 33


def drawn_floors() -> list[list[str]]:
    """Rooms on each line of the picture, from the top."""
    picture = re.search(r"^```\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    assert picture
    return [(line if line.startswith("_") else line[:WORDS]).split() for line in picture[1].splitlines()]


def test_the_picture_has_every_floor_and_no_other():
    drawn = [room for floor in drawn_floors() for room in floor]
    assert sorted(set(drawn)) == sorted(set(FLOORS) - {"__main__", "__init__"})


def test_the_picture_goes_down():
    heights = [max(FLOORS[room] for room in floor) for floor in drawn_floors()]
    assert heights == sorted(heights, reverse=True)


@pytest.mark.parametrize("path", PATHS)
def test_every_path_is_there(path):
    assert (REPOSITORY / path).exists()


def test_every_room_is_described():
    rooms = {f"socharm/{folder.name}/" for folder in PACKAGE.iterdir() if (folder / "__init__.py").is_file()}
    assert rooms - set(PATHS) == set()
