"""Profiles as documents: four formats, escaped words, marking on every page, and pictures that speak."""

from __future__ import annotations

import dataclasses
import io
import re
import shutil
import struct
import sys
import zipfile
import zlib

import pytest
from markdown_it import MarkdownIt
from worlds import HOSTILE

import socharm as sh
from socharm.documents.pdf import quoted
from socharm.documents.render import escape_markdown
from socharm.documents.template import fill_template
from socharm.documents.words import clean_text
from socharm.errors import MissingExtraError, ParameterError, RefusedError, SchemaError, SocharmError
from socharm.profiles.side_text import Front

FORMATS = ("docx", "pdf", "html", "md")


@pytest.fixture(scope="session")
def hostile(assessed):
    """A profile of the ward with a hostile name, with hostile words of people."""
    text = sh.profiles.ProfileText(
        front=Front(author=HOSTILE, marking="OFFICIAL-SENSITIVE"),
        blocks={"harm": f"{HOSTILE}\n\n1. one\n\n- two\n\n# three\n\x07\ue0005\ue001"},
        own_recommendations=(HOSTILE,),
        themes=(sh.profiles.Theme(text=HOSTILE, provider="survey", period="2025"),),
    )
    return sh.seed_profile("E05000003", assessed, text=text, questions="community safety partnerships")


@pytest.fixture(scope="session")
def saved(hostile, tmp_path_factory):
    folder = tmp_path_factory.mktemp("documents")
    for kind in FORMATS:
        hostile.save(folder / f"ward.{kind}")
    return folder


def words_of(path) -> str:
    """The text of a Word document, its headers and footers, one line a paragraph."""
    import docx

    document = docx.Document(path)
    body = [node.text or "" for node in document.element.body.iter() if node.tag.endswith("}t")]
    return "".join(body)


# HTML


def test_html_holds_the_words_and_runs_none_of_them(saved):
    page = (saved / "ward.html").read_text()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script" not in page
    assert 'href="' not in page
    assert "<em>b</em>" not in page
    assert "default-src 'none'" in page
    assert page.count("OFFICIAL-SENSITIVE</") >= 1
    assert '<html lang="en-GB">' in page
    assert not re.search(r"(src|href)=[\"'](?!data:image/png;base64,)", page)
    assert "\ue000" not in page


def test_html_needs_no_pandoc(hostile, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pypandoc", None)
    hostile.save(tmp_path / "ward.html")
    hostile.save(tmp_path / "ward.md")
    with pytest.raises(MissingExtraError, match=r"\.\[report\]"):
        hostile.save(tmp_path / "ward.docx")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ward.html", "ward.md", "ward_files"]


def test_html_pictures_have_words_and_tables_have_headers(saved):
    page = (saved / "ward.html").read_text()
    pictures = re.findall(r"<img [^>]*>", page)
    assert len(pictures) == 2
    assert all(len(re.search(r'alt="([^"]*)"', picture)[1]) > 60 for picture in pictures)
    assert page.count("<th ") == page.count('<th scope="col"')
    levels = [int(level) for level in re.findall(r"<h(\d)", page)]
    assert levels[0] == 1
    assert set(levels[1:]) == {2}


def test_cells_of_wide_tables_say_their_column_for_telephones(hostile, tmp_path):
    """The plan has seven columns: on a narrow screen each cell stands below the other with its heading."""
    hostile.save(tmp_path / "ward.html")
    page = (tmp_path / "ward.html").read_text()
    wide = re.findall(r'<table class="wide".*?</table>', page, flags=re.DOTALL)
    plan = next(table for table in wide if "Agency and owner" in table)
    heads = re.findall(r"<th [^>]*>(.*?)</th>", plan)
    assert len(heads) == 7
    rows = re.findall(r"<tr role=.row.>(.*?)</tr>", plan, flags=re.DOTALL)[1:]
    assert rows
    assert all(re.findall(r'data-label="([^"]*)"', row) == heads for row in rows)
    assert "table.wide td::before" in page


@pytest.mark.slow
def test_axe_finds_nothing_serious(saved):
    if shutil.which("chromium") is None:
        pytest.skip("chromium is not installed: apt-get install chromium")
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = browser.new_page(bypass_csp=True)
        page.goto((saved / "ward.html").as_uri())
        found = Axe().run(page).response["violations"]
        browser.close()
    assert [item["id"] for item in found if item["impact"] in ("serious", "critical")] == []


# Markdown


def test_markdown_shows_the_words_as_they_stand(saved):
    text = (saved / "ward.md").read_text()
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(text)
    inline = [child for token in tokens for child in token.children or []]
    assert not [token for token in tokens if token.type == "html_block"]
    known = ("text", "strong_open", "strong_close", "em_open", "em_close", "image", "softbreak", "text_special")
    assert {child.type for child in inline} <= set(known)
    assert "<script>alert(1)</script> *b*" in "".join(child.content for child in inline)
    assert [child.attrs["src"] for child in inline if child.type == "image"] == [
        "ward_files/standing.png", "ward_files/map.png",
    ]  # fmt: skip
    assert (saved / "ward_files" / "map.png").read_bytes().startswith(b"\x89PNG")
    assert text.startswith("**OFFICIAL-SENSITIVE**")
    assert text.rstrip().endswith("**OFFICIAL-SENSITIVE**")


@pytest.mark.parametrize(
    "text",
    ["# h", "> q", "+ l", "1) x", "| a | b |", "~~~", "***", "![a](b)", "<http://x>", "&amp;", "$x$", "_u_", "= ="],
)
def test_escaped_words_mean_themselves(text):
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(f"{escape_markdown(text)}\n")
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    assert "".join(child.content for child in tokens[1].children) == text


# Word


def test_word_holds_the_words_as_text(saved):
    with zipfile.ZipFile(saved / "ward.docx") as archive:
        names = archive.namelist()
        document = archive.read("word/document.xml").decode()
        links = archive.read("word/_rels/document.xml.rels").decode()
    assert not [name for name in names if "vba" in name.lower()]
    assert "<script>alert(1)</script> *b* [x](javascript:alert(2)) | $a$" in words_of(saved / "ward.docx")
    assert "hyperlink" not in links.lower().replace("relationships/hyperlink", "") or "evil.example" not in links
    assert "&lt;script&gt;" in document
    assert document.count("descr=") >= 2
    assert "w:tblHeader" in document


def marks_of(path) -> list[str]:
    import docx

    texts = []
    for section in docx.Document(path).sections:
        kinds = ["header", "footer"]
        if section.different_first_page_header_footer:
            kinds += ["first_page_header", "first_page_footer"]
        texts += ["\n".join(p.text for p in getattr(section, kind).paragraphs) for kind in kinds]
    return texts


def test_word_bears_its_marking_on_each_page_and_counts_them(saved):
    texts = marks_of(saved / "ward.docx")
    assert all("OFFICIAL-SENSITIVE" in text for text in texts)
    with zipfile.ZipFile(saved / "ward.docx") as archive:
        footers = "".join(archive.read(n).decode() for n in archive.namelist() if n.startswith("word/footer"))
    assert ' PAGE "' in footers
    assert ' NUMPAGES "' in footers


def test_a_forces_own_document_keeps_its_headers_and_gets_the_marking(hostile, tmp_path):
    import docx

    own = docx.Document()
    section = own.sections[0]
    section.different_first_page_header_footer = True
    section.header.paragraphs[0].text = "Testshire Police"
    section.first_page_header.paragraphs[0].text = "Testshire Police, first page"
    own.save(tmp_path / "force.docx")
    hostile.save(tmp_path / "ward.docx", reference=tmp_path / "force.docx")
    texts = marks_of(tmp_path / "ward.docx")
    assert len(texts) == 4
    assert all("OFFICIAL-SENSITIVE" in text for text in texts)
    assert "Testshire Police" in texts[0]
    assert "first page" in texts[2]


# PDF


def test_pdf_is_accessible_and_marked_on_each_page(saved):
    import pypdf

    content = (saved / "ward.pdf").read_bytes()
    reader = pypdf.PdfReader(io.BytesIO(content))
    root = reader.trailer["/Root"]
    assert bool(root["/MarkInfo"]["/Marked"])
    assert str(root["/Lang"]).lower().startswith("en")
    assert b"pdfuaid:part>1" in root["/Metadata"].get_object().get_data().replace(b" ", b"") or (
        b"pdfuaid" in root["/Metadata"].get_object().get_data()
    )
    alts = [found for found in descriptions(root["/StructTreeRoot"]) if found]
    assert len([alt for alt in alts if len(alt) > 60]) == 2
    pages = [page.extract_text() for page in reader.pages]
    assert all(text.count("OFFICIAL-SENSITIVE") >= 2 for text in pages)
    assert f"page 1 of {len(pages)}" in pages[0]


def descriptions(node, depth: int = 0) -> list[str]:
    """Alternative texts of the structure tree."""
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        return [text for item in node for text in descriptions(item, depth + 1)]
    if not isinstance(node, dict) or depth > 60:
        return []
    return [str(node.get("/Alt", "")), *descriptions(node.get("/K", []), depth + 1)]


def test_pdf_holds_the_words_as_text(saved):
    import pypdf

    reader = pypdf.PdfReader(saved / "ward.pdf")
    text = re.sub(r"\s+", "", "".join(page.extract_text() for page in reader.pages))
    assert re.sub(r"\s+", "", "#let x = 1 \\") in text
    assert "javascript:alert(2)" in text
    assert not [note for page in reader.pages for note in page.get("/Annots", [])]


def test_the_profile_takes_four_pages(profile, tmp_path):
    import pypdf

    profile.save(tmp_path / "ward.pdf")
    pages = [page.extract_text() for page in pypdf.PdfReader(tmp_path / "ward.pdf").pages]
    main = [text for text in pages if "Method statement" not in text]
    assert len(main) <= 4


@pytest.mark.parametrize("text", ['a"b', "a\\", "#x", '\\"', "$m$"])
def test_strings_of_typst_end_where_they_should(text):
    said = quoted(text)
    assert said[0] == said[-1] == '"'
    assert re.sub(r"\\(.)", r"\1", said[1:-1]) == text


# all formats


@pytest.mark.slow
@pytest.mark.parametrize("kind", FORMATS)
def test_the_same_profile_gives_the_same_bytes(hostile, saved, tmp_path, kind):
    hostile.save(tmp_path / f"ward.{kind}")
    assert (tmp_path / f"ward.{kind}").read_bytes() == (saved / f"ward.{kind}").read_bytes()


def test_pictures_carry_their_marking_inside(saved):
    content = (saved / "ward_files" / "map.png").read_bytes()
    assert chunks_of(content)["Marking"] == "OFFICIAL-SENSITIVE"
    assert chunks_of(content)["Period"] == "2025-04 to 2025-06"


def chunks_of(png: bytes) -> dict[str, str]:
    found, at = {}, 8
    while at < len(png):
        (length,), kind = struct.unpack(">I", png[at : at + 4]), png[at + 4 : at + 8]
        data = png[at + 8 : at + 8 + length]
        if kind == b"tEXt":
            key, _, value = data.partition(b"\0")
            found[key.decode("latin-1")] = value.decode("latin-1")
        if kind == b"zTXt":
            key, _, value = data.partition(b"\0")
            found[key.decode("latin-1")] = zlib.decompress(value[1:]).decode("latin-1")
        at += 12 + length
    return found


def test_internal_documents_say_so(profile, tmp_path):
    internal = dataclasses.replace(profile, settings=dataclasses.replace(profile.settings, internal=True))
    internal.save(tmp_path / "ward.html")
    assert "OFFICIAL - INTERNAL" in (tmp_path / "ward.html").read_text()


def test_an_interrupted_save_leaves_the_old_file(profile, tmp_path, monkeypatch):
    target = tmp_path / "ward.html"
    target.write_text("old")
    monkeypatch.setattr("socharm.documents.render.html_of", lambda *_: 1 / 0)
    with pytest.raises(SocharmError, match="ZeroDivisionError"):
        profile.save(target)
    assert target.read_text() == "old"


# templates


def test_a_template_of_ones_own_changes_a_block(profile, tmp_path):
    own = tmp_path / "ours.md.j2"
    own.write_text('{% extends "profile.md.j2" %}{% block gaps %}## Ours\n\n{{ title }}\n{% endblock %}')
    profile.save(tmp_path / "ward.html", template=own)
    page = (tmp_path / "ward.html").read_text()
    assert ">Ours<" in page
    assert "Intelligence gaps</h2>" not in page


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("# only\n\n{% block headline %}{% endblock %}", "lacks the blocks ['front', 'harm'"),
        ('{% extends "profile.md.j2" %}{% block harm %}{{ nothing }}{% endblock %}', "'nothing' is undefined"),
        ('{% extends "profile.md.j2" %}{% block harm %}', "faulty"),
        ('{% extends "profile.md.j2" %}{% block harm %}{{ "".__class__.__mro__ }}{% endblock %}', "faulty"),
        ('{% extends "profile.md.j2" %}{% block harm %}<b>x</b>{% endblock %}', "holds HTML"),
    ],
)
def test_faulty_templates_are_told(profile, tmp_path, content, told):
    own = tmp_path / "ours.md.j2"
    own.write_text(content)
    with pytest.raises(SchemaError, match=re.escape(told)):
        profile.save(tmp_path / "ward.html", template=own)
    assert not (tmp_path / "ward.html").exists()


def test_raw_markup_is_refused_on_the_way_to_word_too(profile, tmp_path):
    own = tmp_path / "ours.md.j2"
    own.write_text('{% extends "profile.md.j2" %}{% block harm %}<b>x</b>{% endblock %}')
    with pytest.raises(SchemaError, match="raw html"):
        profile.save(tmp_path / "ward.docx", template=own)


def test_places_are_of_the_template_alone(hostile):
    filled = fill_template(hostile.document())
    assert not any("\ue000" in words for words in filled.words)
    assert HOSTILE in filled.words


def test_text_loses_only_what_no_document_can_hold():
    assert clean_text("a\x00b\x1bc\u2028d") == "abc d"


def test_other_endings_are_told(profile, tmp_path):
    with pytest.raises(ParameterError, match="saved as one of"):
        profile.save(tmp_path / "ward.odt")
    with pytest.raises(ParameterError, match="`reference` is a Word document"):
        profile.save(tmp_path / "ward.pdf", reference=tmp_path / "x.docx")
    (tmp_path / "x.docx").write_text("no")
    with pytest.raises((SchemaError, RefusedError)):
        profile.save(tmp_path / "ward.docx", reference=tmp_path / "x.docx")
