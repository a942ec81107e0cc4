"""Words and signs of every text in the library: none that the glossary says is not written."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from read_back import banned

#: What stands in the place of a value inside a text.
_VALUE = "{}"
FILES = sorted((Path(__file__).resolve().parents[2] / "socharm").rglob("*.py"))
PAGES = sorted((Path(__file__).resolve().parents[2] / "docs").rglob("*.md"))
PATTERNS = {
    **{phrase: write for phrase, write in banned("all").items() if "polars" not in phrase},  # its reader is named so
    r"\bbetween \{\} and \{\} of \{\}": "write: 1st to 4th of 90",
    r"\b\d{1,2} (?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4}\b": "write: 26 November 2026",
}


def texts_of(code: str) -> Iterator[tuple[int, str]]:
    """Every text of a module with its line, values inside it as braces; docstrings too."""
    inner = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.JoinedStr):
            parts = [part.value if isinstance(part, ast.Constant) else _VALUE for part in node.values]
            inner |= {id(part) for part in node.values}
            yield node.lineno, "".join(map(str, parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inner:
            yield node.lineno, node.value


def faults_of(code: str) -> list[str]:
    """Where a text holds what is not written, and what is written in its place."""
    found = []
    for line, text in texts_of(code):
        for pattern, write in PATTERNS.items():
            for hit in re.finditer(pattern, text):
                said = text[max(0, hit.start() - 40) : hit.end() + 40]
                found.append(f"{line}: {hit[0]!r} in {said!r}; {write}")
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda path: "/".join(path.parts[-2:]))
def test_no_text_of_the_library_holds_what_is_not_written(file):
    assert faults_of(file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("page", [page for page in PAGES if page.name not in ("glossary.md", "changelog.md")], ids=str)
def test_pages_write_percentages_without_a_space(page):
    assert re.findall(r"\d %(?![}\w])", page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("code", "hits"),
    [
        ("text = '90 % of them'", 1),
        ("text = f'{share:.0f} % of them'", 1),
        ("text = f'{share:.0%} of them'", 0),
        ("text = 'the middle area'", 1),
        ("def f():\n    '''Shown: with 90 %.'''", 1),
        ("rest = 90 % 7", 0),
        ("text = f'{90 % 7} of them'", 0),
        ("text = 'most from the fullest'", 1),
        ("text = f'rank between {low} and {high} of {of}'", 1),
    ],
)
def test_the_check_finds_what_it_looks_for(code, hits):
    assert len(faults_of(code)) == hits
