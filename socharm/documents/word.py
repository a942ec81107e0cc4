"""A document as a Word document: pandoc writes it, then each page gets its marking and number."""

from __future__ import annotations

import datetime as dt
import io
import json
import os
import zipfile
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from socharm.documents.arguments import existing_file
from socharm.documents.column_widths import fitted_widths
from socharm.documents.document import Document, PrintedTable
from socharm.documents.extras import need
from socharm.documents.handling import handling_line, marking_line
from socharm.documents.packed import fixed_archive
from socharm.documents.pandoc import Tree, run_pandoc, tree_of, with_pictures, write_pictures
from socharm.documents.template import Filled
from socharm.documents.words import clean_text
from socharm.errors import RefusedError, SchemaError
from socharm.files.atomic import scratch_folder

__all__ = ["docx_of"]

#: Attributes that name what a part is linked with.
_LINKS: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
#: Sizes of Arial that are read as easily as those of the PDF, whose face has smaller letters of a size.
_BODY_PT: Final = 9.0
_TABLE_PT: Final = 8.0
_SMALL_PT: Final = 7.5
_MARGIN_MM: Final = 15
#: Points that the text of a list is moved in.
_POINT_PT: Final = 11.0
#: Points between the margins of A4, and those that a cell keeps free beside its text.
_ROOM_PT: Final = (210 - 2 * _MARGIN_MM) / 25.4 * 72
_PADDING_PT: Final = 12.0
#: Longest title that the properties of a Word document hold.
_LONGEST_TITLE: Final = 255
#: Largest reference document once unpacked, in bytes.
_LARGEST: Final = 100_000_000
_NEEDED: Final = ("[Content_Types].xml", "word/document.xml", "word/styles.xml")
_PAGE: Final = {"t": "RawBlock", "c": ["openxml", '<w:p><w:r><w:br w:type="page"/></w:r></w:p>']}


def docx_of(
    report: Document, filled: Filled, pictures: list[bytes], *, reference: str | os.PathLike[str] | None = None
) -> bytes:
    """The document as a Word document, the same bytes every time.

    Raises
    ------
    MissingExtraError
        pandoc or python-docx is not installed.
    SchemaError
        `reference` is no Word document, or a broken one.
    RefusedError
        `reference` unpacks to more than 100 MB.
    """
    need("docx", what="A document as Word")
    moment = dt.datetime.combine(report.day, dt.time(), dt.UTC)
    stamp = int(moment.timestamp())
    tree = tree_of(filled, stamp=stamp, widths_of=_widths)
    with scratch_folder() as folder:
        names = write_pictures(filled, pictures, folder)
        tree["blocks"] = with_pictures(tree["blocks"], names, page=_PAGE, image=_picture, laid_out=False)
        target = folder / "document.docx"
        arguments = ["-f", "json", "-t", "docx", "-o", target.name]
        if reference is not None:
            arguments.append(f"--reference-doc={_reference(reference)}")
        run_pandoc(arguments, json.dumps(tree), stamp=stamp, folder=folder)
        return _finished(target, report, moment, own=reference is None)


def _reference(reference: str | os.PathLike[str]) -> Path:
    path = existing_file(reference, name="reference").resolve()
    fault = SchemaError(
        f"`reference` is {path.name!r}, which is no readable Word document without macros. Save it again as .docx."
    )
    if not zipfile.is_zipfile(path):
        raise fault
    import docx

    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
            complete = set(_NEEDED) <= set(archive.namelist())
        if size <= _LARGEST and complete:
            docx.Document(str(path))
    # Broken archives and broken XML raise errors of four libraries.
    except Exception as error:
        raise fault from error
    if not complete:
        raise fault
    if size > _LARGEST:
        raise RefusedError(
            f"`reference` is {path.name!r}, which unpacks to {size / 1e6:,.0f} MB; styles need at most "
            f"{_LARGEST / 1e6:,.0f} MB. Take the pictures out of it."
        )
    return path


def _widths(table: PrintedTable) -> Sequence[float]:
    return fitted_widths(table, room=_ROOM_PT, size=_TABLE_PT, padding=_PADDING_PT)


def _picture(words: Any, name: str, share: float | None) -> Tree:
    """A picture by its file, across the page, or across its share of it."""
    width = "100%" if share is None else f"{98 * share:.1f}%"
    return {"t": "Image", "c": [["", [], [["width", width]]], words, [name, ""]]}


def _finished(target: Path, report: Document, moment: dt.datetime, *, own: bool) -> bytes:
    """Marking and page numbers on each page, table lines, title and language; then a fixed archive."""
    import docx
    import docx.text.paragraph

    document = docx.Document(str(target))
    if own:
        _style(document)
    for table in document.tables:
        _rule(table)
        _keep_note(table, report.whole_rows)
        above = table._tbl.getprevious()
        if above is not None and above.tag.endswith("}p"):
            docx.text.paragraph.Paragraph(above, document).paragraph_format.keep_with_next = True
    for paragraph in document.paragraphs:
        if own:
            _tighten(paragraph)
        _stay_above(paragraph)
        _small_print(paragraph)
        _hang(paragraph)
    _begin_pages(document)
    _put_marking(document, marking_line(report), handling_line(report))
    _drop_outside(document)
    properties = document.core_properties
    properties.title, properties.language = clean_text(report.title)[:_LONGEST_TITLE], "en-GB"
    properties.subject = marking_line(report)
    properties.created = properties.modified = moment.replace(tzinfo=None)
    properties.author = properties.last_modified_by = "socharm"
    stream = io.BytesIO()
    document.save(stream)
    return fixed_archive(stream.getvalue())


def _drop_outside(document: Any) -> None:
    """Take out what a reference would load from elsewhere when the document is opened: templates, linked pictures."""
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.oxml.ns import qn

    for part in document.part.package.iter_parts():
        outside = {
            key for key, link in part.rels.items() if link.is_external and link.reltype != RELATIONSHIP_TYPE.HYPERLINK
        }
        for key in outside:
            del part.rels[key]
        for node in list(part.element.iter()) if outside and hasattr(part, "element") else ():
            named = [name for name, value in node.attrib.items() if value in outside and name.startswith(_LINKS)]
            if named and node.tag == qn("w:attachedTemplate"):
                node.getparent().remove(node)
            else:
                for name in named:
                    del node.attrib[name]


def _style(document: Any) -> None:
    """A4, one sans-serif family, sizes that fit four pages."""
    from docx.shared import Mm, Pt, RGBColor

    for section in document.sections:
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.left_margin = section.right_margin = Mm(_MARGIN_MM)
        section.top_margin = section.bottom_margin = Mm(16)
        section.header_distance = section.footer_distance = Mm(7)
    sizes = {"Title": 17, "Heading 1": 17, "Heading 2": 12.5}
    for style in document.styles:
        if style.type is None or not hasattr(style, "font"):
            continue
        if style.name in ("Normal", "Body Text", "First Paragraph", "Compact", "Block Text", *sizes):
            _family(style, "Arial")
            style.font.size = Pt(sizes.get(style.name, _BODY_PT))
            style.font.color.rgb = RGBColor(0x1A, 0x1A, 0x1A)
            if style.name in sizes:
                style.font.bold = True
            before = 10 if style.name == "Heading 2" else 0
            style.paragraph_format.space_before = Pt(before)
            style.paragraph_format.space_after = Pt(3)
            style.paragraph_format.line_spacing = 1.0


def _family(style: Any, name: str) -> None:
    from docx.oxml.ns import qn

    style.font.name = name
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for kind in ("ascii", "hAnsi", "cs", "eastAsia"):
        fonts.set(qn(f"w:{kind}"), name)
    for theme in ("asciiTheme", "hAnsiTheme", "cstheme", "eastAsiaTheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)


def _rule(table: Any) -> None:
    """Lines between the rows, a heavier one below the header, small type, rows that do not break over pages."""
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls, qn
    from docx.shared import Pt

    borders = (
        f"<w:tblBorders {nsdecls('w')}>"
        '<w:top w:val="nil"/><w:bottom w:val="single" w:sz="4" w:color="B9B9B9"/>'
        '<w:insideH w:val="single" w:sz="4" w:color="B9B9B9"/></w:tblBorders>'
    )
    properties = table._tbl.tblPr
    for old in properties.findall(qn("w:tblBorders")):
        properties.remove(old)
    properties.append(parse_xml(borders))
    for number, row in enumerate(table.rows):
        row._tr.get_or_add_trPr().append(parse_xml(f"<w:cantSplit {nsdecls('w')}/>"))
        for cell in row.cells:
            for paragraph in cell.paragraphs:
                paragraph.paragraph_format.space_after = paragraph.paragraph_format.space_before = Pt(0.5)
                for run in paragraph.runs:
                    run.font.size = Pt(_TABLE_PT)
                    run.font.bold = True if number == 0 else None


def _keep_note(table: Any, whole_rows: int) -> None:
    """A table of so many rows stays whole, and with the note below it; of a long one the last row does."""
    from docx.text.paragraph import Paragraph

    below = table._tbl.getnext()
    if below is None or not below.tag.endswith("}p"):
        return
    written = [run for run in Paragraph(below, table._parent).runs if run.text.strip()]
    if written and all(run.italic for run in written):
        for row in list(table.rows)[0 if len(table.rows) <= whole_rows + 1 else -1 :]:
            for cell in row.cells:
                for paragraph in cell.paragraphs:
                    paragraph.paragraph_format.keep_with_next = True


def _begin_pages(document: Any) -> None:
    """A new page belongs to its heading: a break in a paragraph of its own behind a full page leaves an empty one."""
    paragraphs = document.paragraphs
    for paragraph, after in pairwise(paragraphs):
        breaks = paragraph._p.xpath(".//w:br[@w:type='page']")
        if breaks and not paragraph.text.strip() and paragraph._p.getnext() is after._p:
            after.paragraph_format.page_break_before = True
            paragraph._p.getparent().remove(paragraph._p)


def _small_print(paragraph: Any) -> None:
    """Notes and captions are small; pandoc wrote them in italics throughout."""
    from docx.shared import Pt

    written = [run for run in paragraph.runs if run.text.strip()]
    if written and all(run.italic for run in written):
        for run in paragraph.runs:
            run.italic, run.font.size = None, Pt(_SMALL_PT)


def _tighten(paragraph: Any) -> None:
    """Points of a list stand at the margin, as in the PDF: an inch of empty paper costs each a line."""
    from docx.shared import Pt

    if paragraph._p.xpath("./w:pPr/w:numPr"):
        shape = paragraph.paragraph_format
        shape.left_indent, shape.first_line_indent, shape.space_after = Pt(_POINT_PT), Pt(-_POINT_PT), Pt(1)


def _stay_above(paragraph: Any) -> None:
    """A sentence that stands out for a section stays with what follows it, as its heading does."""
    written = [run for run in paragraph.runs if run.text.strip()]
    if written and all(run.bold for run in written) and not paragraph.style.name.startswith("Heading"):
        paragraph.paragraph_format.keep_with_next = True


def _hang(paragraph: Any) -> None:
    """Pictures side by side hang from one line, whatever their heights."""
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    if len(paragraph._p.xpath(".//w:drawing")) > 1:
        properties = paragraph._p.get_or_add_pPr()
        properties.append(parse_xml(f'<w:textAlignment {nsdecls("w")} w:val="top"/>'))


def _put_marking(document: Any, marking: str, handling: str) -> None:
    """Marking above and below every page, whatever headers a reference document brings; page numbers below."""
    for section in document.sections:
        kinds = ["header", "footer"]
        if section.different_first_page_header_footer:
            kinds += ["first_page_header", "first_page_footer"]
        if document.settings.odd_and_even_pages_header_footer:
            kinds += ["even_page_header", "even_page_footer"]
        for kind in kinds:
            part = getattr(section, kind)
            part.is_linked_to_previous = False
            paragraph = part.paragraphs[0].insert_paragraph_before() if part.paragraphs else part.add_paragraph()
            _centred(paragraph, marking)
            if kind.endswith("footer"):
                _numbered(paragraph, handling)
            last = part.paragraphs[-1]
            if len(part.paragraphs) > 1 and not last.text and not last._p.xpath(".//w:drawing|.//w:fldSimple"):
                last._p.getparent().remove(last._p)


def _centred(paragraph: Any, text: str) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = paragraph.add_run(text)
    run.bold, run.font.size, run.font.name = True, Pt(9), "Arial"


def _numbered(paragraph: Any, handling: str) -> None:
    """Handling and the number of the page after the marking."""
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls
    from docx.shared import Pt

    small = paragraph.add_run(f"   {handling}   page ")
    small.font.size, small.font.name = Pt(7), "Arial"
    for field, after in (("PAGE", " of "), ("NUMPAGES", "")):
        paragraph._p.append(
            parse_xml(
                f'<w:fldSimple {nsdecls("w")} w:instr=" {field} "><w:r><w:rPr><w:sz w:val="14"/></w:rPr>'
                "<w:t>1</w:t></w:r></w:fldSimple>"
            )
        )
        run = paragraph.add_run(after)
        run.font.size, run.font.name = Pt(7), "Arial"
