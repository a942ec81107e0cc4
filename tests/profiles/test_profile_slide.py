"""A profile as one slide: what a board reads, whole, marked, with words for its pictures, the same bytes each time."""

from __future__ import annotations

import sys

import pytest
from worlds import HOSTILE

import socharm as sh
from socharm.documents import slide as slide_module
from socharm.documents.words import clean_text
from socharm.errors import MissingExtraError, ParameterError
from socharm.profiles.headline import SOURCES_BELOW


@pytest.fixture(scope="module")
def slide(profile, tmp_path_factory):
    import pptx

    path = tmp_path_factory.mktemp("slide") / "ward.pptx"
    profile.save(path)
    deck = pptx.Presentation(path)
    assert len(deck.slides) == 1
    return path, deck


def texts(deck):
    return [shape.text_frame.text for shape in deck.slides[0].shapes if shape.has_text_frame]


def test_a_slide_says_what_page_one_says(slide, profile):
    """The lead is the title; every action, caution and source is there, none of them cut."""
    _, deck = slide
    head, said = profile.sections[0], "\n".join(texts(deck))
    assert deck.slides[0].shapes.title.text_frame.text == clean_text(head.lead)
    assert head.points
    captions = [figure.caption for figure in head.figures]
    for text in (*head.points, *head.opening, *head.paragraphs, *captions, head.source):
        assert clean_text(text) in said
    assert texts(deck).count(profile.about.marking) == 2


def test_everything_lies_on_the_slide_and_nothing_over_anything_else(slide):
    """Text is set so small that it fits by its letters; pictures keep their form."""
    _, deck = slide
    shapes = list(deck.slides[0].shapes)
    for one in shapes:
        assert 0 <= one.left <= one.left + one.width <= deck.slide_width
        assert 0 <= one.top <= one.top + one.height <= deck.slide_height
    for place, one in enumerate(shapes):
        for other in shapes[place + 1 :]:
            beside = one.left + one.width <= other.left or other.left + other.width <= one.left
            above = one.top + one.height <= other.top or other.top + other.height <= one.top
            assert beside or above, (one.name, other.name)
    pictures = [shape for shape in shapes if shape.shape_type == 13]
    assert len(pictures) == 2
    for picture in pictures:
        assert len(picture._element.nvPicPr.cNvPr.get("descr")) > 60
        wide, high = picture.image.size
        assert picture.width / picture.height == pytest.approx(wide / high, rel=0.01)


def test_the_same_profile_gives_the_same_bytes(slide, profile, tmp_path):
    path, deck = slide
    profile.save(tmp_path / "again.pptx")
    assert (tmp_path / "again.pptx").read_bytes() == path.read_bytes()
    assert deck.core_properties.modified.date() == profile.settings.on


def test_letters_are_as_large_as_fits():
    """More words are set smaller, never fewer; the smallest size is the last resort."""
    box = slide_module._Box(0, 0, 4.2, 4.95)
    sizes = [
        slide_module._size_for([("word " * n, False)], box, sizes=slide_module._POINTS) for n in (10, 150, 300, 5_000)
    ]
    assert sizes[0] == max(slide_module._POINTS)
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] == min(slide_module._POINTS)


def test_odd_words_and_a_district_have_their_sources(assessed, tmp_path):
    """A slide has no next section: its sources are named on it, of a district too."""
    import pptx

    text = sh.profiles.ProfileText(own_recommendations=(HOSTILE,))
    district = str(assessed.tables["areas"]["parent"].dropna().iloc[0])
    sh.seed_profile(district, assessed, text=text).save(tmp_path / "district.pptx")
    said = "\n".join(texts(pptx.Presentation(tmp_path / "district.pptx")))
    assert SOURCES_BELOW not in said
    assert "Source" in said


def test_a_slide_has_no_template_and_needs_its_library(profile, tmp_path, monkeypatch):
    for given in ({"template": tmp_path / "x.j2"}, {"reference": tmp_path / "x.docx"}):
        with pytest.raises(ParameterError, match="a slide, which takes neither"):
            profile.save(tmp_path / "ward.pptx", **given)
    monkeypatch.setitem(sys.modules, "pptx", None)
    with pytest.raises(MissingExtraError, match=r"A slide needs 'pptx'.*\.\[report\]"):
        profile.save(tmp_path / "ward.pptx")
    assert not list(tmp_path.iterdir())
