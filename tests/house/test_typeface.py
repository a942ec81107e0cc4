"""The typeface is in the package with its licence, has every sign we print, and pictures and pages use it."""

from __future__ import annotations

import hashlib
import re
import tomllib
from pathlib import Path

import pytest
from matplotlib.font_manager import FontProperties, findfont, fontManager
from matplotlib.ft2font import FT2Font

from socharm._typeface import TYPEFACE, typeface_css, typeface_files, typeface_folder
from socharm.maps.style import our_style

ROOT = Path(__file__).resolve().parents[2]
#: Files as Adobe published them in source-sans 3.52.0: under its reserved name none may be changed.
PUBLISHED = {
    "SourceSans3-Bold.ttf": "9214b9d95e4231c609802815c2646c98174e2102d0d37f88978a7f8e71006e6a",
    "SourceSans3-Bold.woff2": "8d35c6d40e750a4ee23bbbba2bd604ad098d172907369b43281507e16b8e2e7a",
    "SourceSans3-It.ttf": "192afd78f0f54a3c69eaf02d43f4d9a821e9d6110e41d3d25d61a7385cd580e4",
    "SourceSans3-It.woff2": "4d80b3b801f4c457f1b4adbd3911d8501338e6d282141663770c38d3a2e97859",
    "SourceSans3-Regular.ttf": "4644c81b86ec9caaa76b634889968ed3c4f4f52f054855933acc7c2b21e53b0f",
    "SourceSans3-Regular.woff2": "53492fb3a0def77354f166a55d09b63a10855e91c206c7620a81cf56e97f8ec3",
}
#: Signs of our pictures, sheets and pages, and letters of Welsh place names.
SIGNS = "†×²√≥≤±−–—‘’“”…•·→←↑↓▲▼●■◆£€°½ŵŷâêîôûäëïöüφσ"  # noqa: RUF001


def test_the_files_are_those_that_were_published():
    folder = typeface_folder()
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("SourceSans3*")}
    assert found == PUBLISHED
    assert sum(path.stat().st_size for path in folder.iterdir()) < 2_000_000


def test_the_licence_stands_beside_the_files_and_on_the_page():
    licence = (typeface_folder() / "LICENCE.md").read_text(encoding="utf-8")
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence
    assert "Reserved Font Name 'Source'" in licence
    page = (ROOT / "THIRD_PARTY_LICENCES.md").read_text(encoding="utf-8")
    assert "socharm/fonts/LICENCE.md" in page
    assert "SIL Open Font License 1.1" in page


def test_the_files_go_into_the_wheel():
    """Everything under ``socharm`` is packaged: no list of endings that could leave the files out."""
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]["targets"]
    assert typeface_folder().parent.name == "socharm"
    assert told["wheel"] == {"packages": ["socharm"]}
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").split()
    assert not [line for line in ignored if line.strip("/").startswith(("fonts", "*.ttf", "*.woff"))]


@pytest.mark.parametrize("path", typeface_files(), ids=lambda path: path.stem)
def test_every_sign_is_there_and_figures_are_of_one_width(path):
    font = FT2Font(str(path))
    known = font.get_charmap()
    assert [sign for sign in SIGNS if ord(sign) not in known] == []
    assert len({font.load_char(ord(digit)).horiAdvance for digit in "0123456789"}) == 1


def test_pictures_are_drawn_with_it():
    with our_style():
        used = [findfont(FontProperties(family=TYPEFACE, weight=weight, style=style), fallback_to_default=False)
                for weight, style in (("normal", "normal"), ("bold", "normal"), ("normal", "italic"))]  # fmt: skip
    assert [Path(path) for path in used] == list(typeface_files())
    with our_style():
        pass
    assert len([entry for entry in fontManager.ttflist if entry.name == TYPEFACE]) >= 3


def test_a_page_holds_it():
    css = typeface_css()
    assert re.findall(r"font-weight:(\d+)", css) == ["400", "700"]
    assert css.count("url(data:font/woff2;base64,") == 2
    assert "http" not in css
