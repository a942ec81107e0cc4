"""Documents of any kind: what plans, re-scorings and evaluations can hand in, without a profile in sight."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import subprocess
import zipfile

import pytest

from socharm.documents.document import Document, Figure, PrintedTable, Section
from socharm.documents.pdf import _held
from socharm.documents.render import FORMATS, save_document
from socharm.errors import ParameterError, SchemaError

#: The smallest picture there is: one white point as PNG.
POINT = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8ffff3f0005fe02fe"
    "0def46b80000000049454e44ae426082"
)


def report(**changes) -> Document:
    """A re-scoring of two wards that nobody made."""
    table = PrintedTable(
        caption="Change of the rate",
        header=("Ward", "Before", "After"),
        rows=(("Byker", "12.5", "9.1"), ("Elswick | west", "3.0", "<b>3.2</b>")),
        widths=(4, 1, 1),
        note="Per 1,000 residents.",
    )
    figure = Figure(name="trend", alt="A line that falls in Byker.", caption="Both wards.", draw=lambda: POINT)
    sections = (
        Section(key="change", title="What changed", lead="Harm fell in Byker.", tables=(table,), figures=(figure,)),
        Section(key="why", title="Why", paragraphs=("Three houses were *closed*.",), points=("Keep them closed.",)),
    )
    known = {
        "title": "Re-scoring of 2026",
        "marking": "OFFICIAL",
        "day": dt.date(2026, 1, 31),
        "sections": sections,
        "front": PrintedTable(caption="Status", header=("Fact", "Stated"), rows=(("Owner", "Partnership"),)),
        "statement": (Section(key="method", title="Method", paragraphs=("Counts were compared.",)),),
    }
    return Document(**{**known, **changes})


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    for kind in FORMATS:
        save_document(report(), folder / f"report.{kind}")
    return folder


def words_of_word(path) -> str:
    with zipfile.ZipFile(path) as archive:
        parts = [name for name in archive.namelist() if re.fullmatch(r"word/(document|header\d*|footer\d*)\.xml", name)]
        return " ".join(re.sub(r"<[^>]+>", "", archive.read(name).decode()) for name in parts)


def test_every_section_is_in_its_order_in_markdown(saved):
    text = (saved / "report.md").read_text()
    headings = re.findall(r"^#+ .*", text, flags=re.MULTILINE)
    assert headings == ["# Re-scoring of 2026", "## What changed", "## Why", "## Method"]
    assert text.startswith("**OFFICIAL**")
    assert "| Elswick \\| west | 3.0 | \\<b\\>3.2\\</b\\> |" in text
    assert "![A line that falls in Byker.](<report_files/trend.png>)" in text
    assert (saved / "report_files" / "trend.png").read_bytes() == POINT


def test_words_are_words_in_html(saved):
    page = (saved / "report.html").read_text()
    assert "<title>Re-scoring of 2026</title>" in page
    assert "&lt;b&gt;3.2&lt;/b&gt;" in page
    assert "Three houses were *closed*." in page
    assert page.count("<section ") == 3
    assert page.count("OFFICIAL<") == 2


def test_word_holds_words_and_marking(saved):
    said = words_of_word(saved / "report.docx")
    for words in ("Re-scoring of 2026", "Elswick | west", "Keep them closed.", "Counts were compared."):
        assert words in said
    assert said.count("OFFICIAL") == 2  # header and footer


def test_word_keeps_a_short_table_with_its_note_and_points_at_the_margin(saved):
    """A note at the head of a page, away from its table, says nothing; neither does a heading at the foot of one."""
    docx = pytest.importorskip("docx")
    document = docx.Document(str(saved / "report.docx"))
    table = next(each for each in document.tables if each.rows[0].cells[0].text == "Ward")
    assert all(
        paragraph.paragraph_format.keep_with_next
        for row in table.rows for cell in row.cells for paragraph in cell.paragraphs
    )  # fmt: skip
    front = next(each for each in document.tables if each.rows[0].cells[0].text == "Fact")
    assert not front.rows[-1].cells[0].paragraphs[0].paragraph_format.keep_with_next
    (point,) = [paragraph for paragraph in document.paragraphs if paragraph.text == "Keep them closed."]
    assert point.paragraph_format.left_indent.pt == 11.0
    assert point.paragraph_format.first_line_indent.pt == -11.0
    (lead,) = [paragraph for paragraph in document.paragraphs if paragraph.text == "Harm fell in Byker."]
    assert lead.paragraph_format.keep_with_next


def test_pdf_keeps_a_short_table_with_its_note():
    table = {"t": "Table", "c": [None, None, None, None, [[None, 0, [], [["row"]] * 3]]]}
    note = {"t": "Para", "c": [{"t": "Emph", "c": []}]}
    text = {"t": "Para", "c": [{"t": "Str", "c": "Other"}]}
    caption = {"t": "Para", "c": [{"t": "Strong", "c": []}]}

    def shown(blocks: list) -> list[str]:
        names = {id(table): "table", id(note): "note", id(text): "text", id(caption): "caption"}
        return [names.get(id(block)) or block["c"][1] for block in _held(blocks, 8)]

    whole, end = "#block(breakable: false)[", "]"
    assert shown([caption, table, note, text]) == [
        "#block(sticky: true)[", "caption", end, whole, "table", "note", end, "text",
    ]  # fmt: skip
    assert shown([table, text]) == [whole, "table", end, "text"]
    table["c"][4][0][3] = [["row"]] * 30
    assert shown([table, note]) == ["table", "note"]


def test_pdf_is_tagged_and_dated(saved):
    content = (saved / "report.pdf").read_bytes()
    assert content.startswith(b"%PDF-")
    assert b"pdfuaid" in content
    if shutil.which("pdftotext"):
        told = subprocess.run(["pdftotext", str(saved / "report.pdf"), "-"], capture_output=True, check=True).stdout
        assert "Keep them closed." in told.decode()


@pytest.mark.parametrize("kind", FORMATS)
def test_the_same_report_gives_the_same_bytes(saved, tmp_path, kind):
    save_document(report(), tmp_path / f"report.{kind}")
    assert (tmp_path / f"report.{kind}").read_bytes() == (saved / f"report.{kind}").read_bytes()


def test_an_internal_report_says_so_above_and_below(tmp_path):
    save_document(report(internal=True), tmp_path / "report.md")
    assert (tmp_path / "report.md").read_text().count("OFFICIAL - INTERNAL") == 2


def test_front_and_statement_may_be_lacking(tmp_path):
    save_document(report(front=None, statement=()), tmp_path / "report.md")
    text = (tmp_path / "report.md").read_text()
    assert "**Table 1. Change of the rate**" in text
    assert "Method" not in text


def test_a_template_of_ones_own_reads_sections_and_values(tmp_path):
    own = tmp_path / "own.md.j2"
    own.write_text(
        '{% extends "document.md.j2" %}{% block sections %}{{ show(section("why")) }}{{ force }}{% endblock %}'
    )
    save_document(report(values={"force": "Northumbria"}), tmp_path / "report.md", template=own)
    text = (tmp_path / "report.md").read_text()
    assert "Northumbria" in text
    assert "Harm fell" not in text


def test_a_template_named_like_a_packaged_one_is_still_ones_own(tmp_path):
    own = tmp_path / "section.md.j2"
    own.write_text('{% extends "document.md.j2" %}{% block front %}Hello{% endblock %}')
    save_document(report(), tmp_path / "report.md", template=own)
    text = (tmp_path / "report.md").read_text()
    assert "Hello" in text
    assert "Partnership" not in text


def test_lacking_blocks_name_the_template_to_extend(tmp_path):
    own = tmp_path / "own.md.j2"
    own.write_text("{% block front %}{% endblock %}")
    with pytest.raises(SchemaError, match=r"lacks the blocks \['sections', 'statement'\].*document\.md\.j2"):
        save_document(report(), tmp_path / "report.md", template=own)


def test_an_unknown_section_is_told():
    with pytest.raises(ParameterError, match=r"'harm' is no section; there are \['change', 'why'\]"):
        report().section("harm")


def test_another_format_is_told(tmp_path):
    with pytest.raises(ParameterError, match=r"'report\.odt'; a document is saved as one of"):
        save_document(report(), tmp_path / "report.odt")
