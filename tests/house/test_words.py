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


#: What follows a number that is written by itself: a plural, which is wrong of one.
COUNTED = re.compile(
    r" (?:[a-z-]+ ){0,2}?(?:areas|rows|columns|cells|codes|counts|crimes|draws|events|faults|files|fields|groups|"
    r"incidents|"
    r"indicators|inputs|lines|months|names|numbers|offences|origins|people|periods|permutations|places|points|ranks|"
    r"records|runs|samples|sheets|squares|values|wards|weights|words|years)\b"
)


def uncounted(code: str) -> list[str]:
    """Counts whose noun is a plural whatever they are: `socharm._words.number_of` says one, too."""
    found = []
    for text in (node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.JoinedStr)):
        for value, after in zip(text.values, text.values[1:], strict=False):
            if not isinstance(value, ast.FormattedValue) or not isinstance(after, ast.Constant):
                continue
            whole = value.format_spec is not None and ast.unparse(value.format_spec) == "f','"
            length = isinstance(value.value, ast.Call) and getattr(value.value.func, "id", "") == "len"
            limit = isinstance(value.value, ast.Name) and value.value.id.isupper()  # a limit is never one
            if (whole or length) and not limit and COUNTED.match(str(after.value)):
                found.append(f"{after.lineno}: {ast.unparse(value)}{str(after.value)[:40]}")
    return found


#: Numbers that are never one: a range from the lowest to the highest, cells of a grid, draws that a level needs.
NEVER_ONE = {"profiles/harm.py": 1, "hotspots/points/heat_record.py": 1, "ranking/confidence_sets.py": 1}


@pytest.mark.parametrize("file", FILES, ids=lambda path: "/".join(path.parts[-2:]))
def test_a_number_and_its_noun_agree(file):
    place = file.as_posix().rpartition("/socharm/")[2]
    assert len(uncounted(file.read_text(encoding="utf-8"))) == NEVER_ONE.get(place, 0), uncounted(file.read_text())


@pytest.mark.parametrize(
    ("code", "hits"),
    [
        ('f"{len(lost)} areas have none"', 1),
        ('f"{rows:,} recorded offences"', 1),
        ('f"{MOST:,} areas"', 0),
        ("f\"{number_of(len(lost), 'area')} of months\"", 0),
        ('f"{size:,.1f} years from then"', 0),
    ],
)
def test_the_check_of_plurals_finds_what_it_looks_for(code, hits):
    assert len(uncounted(code)) == hits


def test_no_text_leaves_the_plural_to_its_reader():
    pattern = re.compile(r"[a-z]\(s\)")
    found = [(file.name, line) for file in FILES for line, text in texts_of(file.read_text()) if pattern.search(text)]
    assert found == []
