"""Bad and hostile input to profiles and plans: it is told, or it does no harm."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import re
import zipfile

import docx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import COMPARISON

import socharm as sh
from socharm.assessment.steps.order import declared_tables
from socharm.documents.allowance import STEPS
from socharm.documents.template import fill_template
from socharm.documents.words import clean_text
from socharm.errors import ParameterError, RefusedError, SchemaError, SocharmError, StoreError
from socharm.profiles.side_text import Front, KnownThreat, parse_profile_text
from socharm.profiles.subject import subject_of

OTHER = "E05000002"
DAY = dt.date(2026, 1, 5)


def block(body: str) -> str:
    return f'{{% extends "profile.md.j2" %}}{{% block harm %}}{body}{{% endblock %}}'


def template_of(tmp_path, content: str | bytes):
    path = tmp_path / "ours.j2"
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


# what a profile is about


@pytest.mark.parametrize(
    "area", [None, 5, float("nan"), True, b"E05000002", [["E05000002"]], [None], [b"x"], {"E05000002": 1}]
)
def test_an_area_that_is_no_text_is_told(assessed, area):
    with pytest.raises(ParameterError, match=r"`area` (is|holds)"):
        sh.seed_profile(area, assessed)


def test_a_long_wrong_area_does_not_fill_the_screen(assessed):
    with pytest.raises(ParameterError) as told:
        sh.seed_profile("x" * 100_000, assessed)
    assert len(str(told.value)) < 400


@settings(max_examples=15)
@given(codes=st.sets(st.sampled_from([f"E0500{n:04d}" for n in range(11)]), min_size=2))
def test_the_order_of_a_set_is_that_of_its_codes(assessed, codes):
    assert subject_of(codes, assessed.tables).codes == tuple(sorted(codes))


@pytest.mark.parametrize(
    ("area", "name", "told"),
    [
        (["E05000002", "E05000004"], " ", "give the words"),
        (["E05000002", "E05000004"], 5, "`name` is 5"),
        (["E05000002", "E05000004"], "North", "which is a district"),
        ("E05000002", "Ours", "has a name of its own"),
        ("North", "Ours", "has a name of its own"),
    ],
)
def test_a_name_is_for_several_areas(assessed, area, name, told):
    with pytest.raises(ParameterError, match=told):
        sh.seed_profile(area, assessed, name=name)


@pytest.mark.parametrize("name", ["", "  ", "a\x00b\nc", "\ud800"])
def test_a_name_that_no_document_can_hold_becomes_one_it_can(assessed, name, tmp_path):
    names = assessed.tables["areas"]["name"].astype(object).where(assessed.tables["areas"].index != OTHER, name)
    tables = assessed.tables.with_tables(areas=assessed.tables["areas"].assign(name=names))
    made = sh.seed_profile(OTHER, tables, about=assessed.about)
    assert made.settings.name == (f"{clean_text(name)} ({OTHER})" if clean_text(name) else OTHER)
    made.save(tmp_path / "ward.docx")


def test_a_long_name_fits_the_properties_of_a_word_document(profile, tmp_path):
    long = dataclasses.replace(profile, settings=dataclasses.replace(profile.settings, name="W" * 600))
    long.save(tmp_path / "ward.docx")
    assert len(docx.Document(tmp_path / "ward.docx").core_properties.title) == 255


# further arguments


@pytest.mark.parametrize(
    ("given_", "told"),
    [
        ({"on": pd.NaT}, "`on` is a NaTType"),
        ({"on": dt.date.max}, "give a day of the years 1901 to"),
        ({"on": dt.date(1900, 1, 1)}, "give a day of the years 1901 to"),
        ({"providers": ["police"]}, "`providers` is a list"),
        ({"providers": {"x": 5}}, "`providers` holds 5"),
        ({"standing": [1]}, "`standing` is a list"),
        ({"standing": {"England": [1, 2]}}, "`standing` holds a list"),
        ({"plan": "plan.xlsx"}, "`plan` is 'plan.xlsx'"),
        ({"internal": "no"}, "must be True or False"),
        ({"text": 5}, "`text` is 5"),
        ({"text": "a\0.toml"}, "no name of a file can"),
    ],
)
def test_arguments_of_another_kind_are_told(assessed, first, given_, told):
    with pytest.raises(ParameterError, match=re.escape(told)):
        sh.seed_profile(first, assessed, **given_)


@pytest.mark.parametrize("ranks", [[0, 1], [1.5, 2], [-3, 1], [np.inf, 1], ["x", "y"], [True, False]])
def test_a_standing_is_of_ranks(assessed, first, ranks):
    standing = {"England": pd.Series(ranks, index=[first, "E09999999"])}
    with pytest.raises(SchemaError, match="whole numbers above zero"):
        sh.seed_profile(first, assessed, standing=standing)


def test_a_standing_has_an_area_once(assessed, first):
    with pytest.raises(SchemaError, match="has areas twice"):
        sh.seed_profile(first, assessed, standing={"England": pd.Series([1, 2], index=[first, first])})


def test_a_plan_of_another_place_is_refused(assessed, first):
    other = sh.seed_plan(assessed, area="E05000004" if first != "E05000004" else OTHER, start=DAY)
    with pytest.raises(ParameterError, match="and the profile is of"):
        sh.seed_profile(first, assessed, plan=other)
    own = sh.seed_plan(assessed, area=first, start=DAY)
    assert sh.seed_profile(first, assessed, plan=own).plan is own


@pytest.mark.parametrize(
    ("given_", "told"),
    [
        ({"top": None}, "`top` is None"),
        ({"top": 1.5}, "`top` is 1.5"),
        ({"top": True}, "`top` is True"),
        ({"districts": "no"}, "must be True or False"),
        ({"progress": "x"}, "`progress` is"),
        ({"texts": "nowhere"}, "`texts` names no folder"),
        ({"plan": None}, "each place has a plan of its own"),
        ({"name": "x"}, "each place has a name of its own"),
        ({"question": "all"}, "Did you mean 'questions'"),
    ],
)
def test_many_profiles_check_their_arguments_before_the_first(assessed, given_, told):
    with pytest.raises(ParameterError, match=re.escape(told)):
        sh.seed_profiles(assessed, **given_)


# comparison


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("p_rise", "high"), ("p_rise", True), ("rate_later", "12.5"), ("rate_later", np.inf), ("rate_later", -3.0),
        ("rate_later", 1 + 2j), ("rate_later", pd.Timestamp("2026-01-01")), ("rank_later", "first"),
        ("rank_later", 0), ("rank_later", 1.5), ("rank_later", np.inf),
    ],
)  # fmt: skip
def test_a_comparison_holds_numbers(assessed, first, column, value):
    frame = pd.DataFrame([{**COMPARISON, column: value}], index=pd.Index([first], name="area_code"))
    with pytest.raises(SchemaError, match=f"in `{column}`; found {first}"):
        sh.seed_profile(first, assessed, frame)


def test_a_comparison_has_each_column_once(assessed, first):
    frame = pd.DataFrame([COMPARISON], index=pd.Index([first], name="area_code"))
    with pytest.raises(SchemaError, match="twice over"):
        sh.seed_profile(first, assessed, pd.concat([frame, frame[["p_rise"]]], axis=1))
    with pytest.raises(SchemaError, match="twice over"):
        sh.seed_profile(first, assessed, frame.set_index(pd.MultiIndex.from_tuples([(first, "x")])))


@pytest.mark.parametrize("missing", [None, pd.NA, np.nan])
def test_a_missing_rank_of_a_comparison_is_left_out(assessed, first, missing):
    frame = pd.DataFrame([{**COMPARISON, "rank_later": missing}], index=pd.Index([first], name="area_code"))
    moved = sh.seed_profile(first, assessed, frame).section("headline").opening[0]
    assert "from 10.0 to 12.5" in moved
    assert "Its rank went" not in moved


# assessments that lack something


def without(tables, **changed):
    return tables.with_tables(**changed)


def test_an_assessment_without_any_optional_table_makes_a_profile(assessed, first, tmp_path):
    further = set(assessed.tables) - {spec.name for spec in declared_tables() if spec.needed}
    bare = without(assessed.tables, **dict.fromkeys(further, pd.DataFrame()))
    for area in (first, "North", ["E05000002", "E05000004"]):
        sh.seed_profile(area, bare, about=assessed.about, areas=assessed.areas()).save(tmp_path / "ward.html")


@pytest.mark.parametrize("lacking", ["index", "population", "ranking", "coverage", "heat", "top_k", "by_period"])
def test_a_table_without_rows_is_no_fault(assessed, first, lacking, tmp_path):
    bare = without(assessed.tables, **{lacking: assessed.tables[lacking].head(0)})
    for area in (first, "North"):
        made = sh.seed_profile(area, bare, about=assessed.about, areas=assessed.areas())
        made.save(tmp_path / "ward.html")
        assert made.section("headline").lead


def test_no_harm_anywhere_is_said(assessed, first):
    index = assessed.tables["index"].assign(harm=0.0, rate=0.0, harm_se=0.0, rate_se=0.0)
    made = sh.seed_profile(first, without(assessed.tables, index=index), about=assessed.about)
    assert "No harm is recorded in any area" in made.section("harm").lead


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("for sure", "in the top 7 with 90% confidence for all areas at once"),
        ("very likely", "in the top 7 with a probability of at least 90%"),
    ],
)
def test_a_class_speaks_of_its_own_top_and_level(assessed, first, kind, words):
    """Not of the tops that the ranking was asked for."""
    row = pd.DataFrame({"k": [7], "level": [0.9], "class": [kind]}, index=pd.Index([first], name="area_code"))
    classes = row.assign(joint_low=1) if kind == "for sure" else row.assign(rank_low_95=1)
    made = sh.seed_profile(first, without(assessed.tables, top_classes=classes), about=assessed.about)
    assert words in {item.found for item in made.recommendations}
    joint = "with 90% confidence for all areas at once it is in the top 7"
    said = " ".join([made.section("headline").lead, *made.section("headline").paragraphs])
    assert (joint in said) is (kind == "for sure")


# what people write


def test_words_that_look_like_a_picture_stay_words(assessed, first, tmp_path):
    told = 'see figure:0 and figure:99, ](figure:0) and src="figure:0"'
    made = sh.seed_profile(first, assessed, text=sh.profiles.ProfileText(blocks={"harm": told}))
    for kind in ("html", "md"):
        made.save(tmp_path / f"ward.{kind}")
        text = (tmp_path / f"ward.{kind}").read_text()
        assert "figure:99" in text
        assert text.count("figure:0") == 3


@pytest.mark.parametrize(
    ("content", "error", "told"),
    [
        ("a=" + "[" * 5000 + "]" * 5000, SchemaError, "is not TOML"),
        ("a=" + "9" * 10_000, SchemaError, "is not TOML"),
        ("# " + "x" * 2_100_000, RefusedError, "at most 2 MB"),
    ],
)
def test_a_text_that_no_person_wrote_is_told(tmp_path, content, error, told):
    path = tmp_path / "text.toml"
    path.write_text(content)
    with pytest.raises(error, match=told):
        sh.profiles.read_profile_text(path)


KNOWN = {"threat": "drugs", "provider": "p", "period": "2025"}


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"threats": [KNOWN, KNOWN]}, "stands more than once"),
        ({"threats": [{**KNOWN, "present": False, "ocgs": 3}]}, "3 groups are mapped, and `present` is false"),
        ({"threats": [{**KNOWN, "morile": float("inf")}]}, "threats.1: `morile` is inf"),
        ({"themes": [{"text": "", "provider": "p", "period": "2025"}]}, "themes.1.text: blank"),
        ({"surveys": [{"question": "q", "yes": 1, "asked": 3, "period": " ", "provider": "p"}]}, "period: blank"),
    ],
)
def test_what_contradicts_itself_or_has_no_source_is_told(values, told):
    with pytest.raises(SchemaError, match=re.escape(told)):
        parse_profile_text(values)


@pytest.mark.parametrize(
    ("given_", "told"),
    [
        ({"front": {}}, "`front` is a dict; it must be a Front"),
        ({"blocks": None}, "`blocks` is None; it must be a mapping"),
        ({"blocks": {"harm": 5}}, "`blocks` holds 5 for 'harm'; it must be text"),
        ({"own_recommendations": "abc"}, "`own_recommendations` is the text 'abc'; give a list"),
        ({"themes": ("a",)}, "`themes` holds 'a'; each part must be a Theme"),
    ],
)
def test_a_text_made_by_hand_is_checked_too(given_, told):
    with pytest.raises(ParameterError, match=re.escape(told)):
        sh.profiles.ProfileText(**given_)


def test_parts_of_a_text_are_checked_where_they_are_made():
    with pytest.raises(ParameterError, match="`author` is 5; it must be text"):
        Front(author=5)
    with pytest.raises(ParameterError, match=r"`ocgs` is 1\.5; it must be a whole number"):
        KnownThreat(**KNOWN, ocgs=1.5)
    with pytest.raises(ParameterError, match="`present` is 'no'; it must be True or False"):
        KnownThreat(**KNOWN, present="no")


@pytest.mark.parametrize("name", ['a\n[front]\nauthor="x"', "a\x00\x07\x7f", "{area} {x!r}", "a\x85z = 1"])
def test_a_name_cannot_write_into_the_file_of_text(tmp_path, name):
    assert sh.profiles.start_profile_text(tmp_path / "text.toml", area="E1", name=name)
    assert sh.profiles.read_profile_text(tmp_path / "text.toml").front == Front()


def test_a_file_of_text_that_cannot_be_begun_is_told(tmp_path):
    (tmp_path / "file").write_text("x")
    for path in (tmp_path / "file" / "text.toml", tmp_path / ("a" * 300), tmp_path / "file" / "x" / "text.toml"):
        with pytest.raises((StoreError, ParameterError)):
            sh.profiles.start_profile_text(path, area="E1", name="n")
    with pytest.raises(ParameterError, match="`name` is None"):
        sh.profiles.start_profile_text(tmp_path / "text.toml", area="E1", name=None)


# documents


@pytest.mark.parametrize("path", [None, 5, b"a.html", "a\0.html"])
def test_a_path_that_is_none_is_told(profile, path):
    with pytest.raises(ParameterError, match="`path`"):
        profile.save(path)


def test_a_folder_that_cannot_be_made_is_told(profile, tmp_path):
    (tmp_path / "ward_files").write_text("x")
    (tmp_path / "dir.html").mkdir()
    for name in ("ward.md", "dir.html", f"{'a' * 300}.md", "ward_files/a.md"):
        with pytest.raises((StoreError, ParameterError), match=r"Could not write|must be a path|Shorten it"):
            profile.save(tmp_path / name)


def test_a_folder_with_odd_letters_is_linked(profile, tmp_path):
    profile.save(tmp_path / "a b)<x>.md")
    assert "](<a b)%3Cx%3E_files/standing.png>)" in (tmp_path / "a b)<x>.md").read_text()


# templates

_WORDS = "words of the template itself " * 10


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (
            "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
            f"{STEPS:,} steps",
        ),
        ("{% macro m(n) %}{% if n %}{{ m(n-1) }}{{ m(n-1) }}{% endif %}{% endmacro %}{{ m(60) }}", "steps"),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "RecursionError"),
        ("{{ self.harm() }}", "RecursionError"),
        ("{{ 'x' * 10**10 }}", "too large"),
        ("{{ 9**(9**9) }}", "too large"),
        ("{{ '%9999999999d' % 1 }}", "too large"),
        ("{% set s = namespace(t='x') %}{% for _ in range(60) %}{% set s.t = s.t ~ s.t %}{% endfor %}", "characters"),
        ("{% set s = namespace(t='x') %}{% for _ in range(60) %}{% set s.t = s.t + s.t %}{% endfor %}", "too large"),
        (
            "{% set s = namespace(t=[1]) %}{% for _ in range(60) %}{% set s.t = [s.t, s.t] %}{% endfor %}{{ s.t }}",
            "text or list",
        ),
        (
            "{% set s = namespace(t={}) %}{% for _ in range(60) %}{% set s.t = {1: s.t, 2: s.t} %}{% endfor %}",
            "text or list",
        ),
        ("{% set x = [1] %}{% for _ in range(9) %}{{ x.append(x) }}{% endfor %}", "unsafe"),
        ("{{ 'x'|center(10**10) }}", "too large"),
        ("{{ 'x'.ljust(10**10) }}", "too large"),
        ("{{ '\t'.expandtabs(10**10) }}", "too large"),
        ("{{ '{:9999999999}'.format(1) }}", "not safely callable"),
        ("{{ '%*d' % (10**10, 1) }}", "too large"),
        ("{{ '%9999999999d'|format(1) }}", "too large"),
        ("{{ 'xxxxxxxxxx'|indent(10**9, true) }}", "too large"),
        ("{{ [1]|batch(10**10, 0)|list }}", "too large"),
        ("{{ [1]|slice(10**10)|list }}", "too large"),
        ("{% set x = 'x' * 10**6 %}{{ x.replace('x', x) }}", "too large"),
        ("{% set x = 'x' * 10**6 %}{{ (x, x)|join(x) }}", "too large"),
        ("{{ range(99999)|map('center', 9999)|list }}", "characters"),
        (
            "{% set x %}{% for a in range(99999) %}"
            + "words of the template itself " * 10
            + "{% endfor %}{% endset %}",
            "characters",
        ),
        ("{% for a in range(99999) %}" + _WORDS + "{% endfor %}", "characters"),
        ("{{ lipsum(n=100000) }}", "lipsum"),
        ("{{ [1, 2]|random }}", "random"),
        ("{{ (2**9999) * (2**9999) }}", "too large"),
        ("{% for a in range(10**9) %}{% endfor %}", "Range too big"),
        ("{{ 1 / 0 }}", "division by zero"),
        ("{{ 1 + 'a' }}", "does not run: TypeError"),
        ("{{ put_table('x') }}", "`put_table` is a str"),
        ("{{ put_figure(1) }}", "`put_figure` is a int"),
        ("{{ section('zz') }}", "is no section"),
        ('{% include "/etc/passwd" %}', "faulty"),
        ('{% include "ours.j2" %}', "does not run"),
        ('{% import "os" as o %}', "faulty"),
        ("![x](http://evil.example/x.png)", "only the document's own"),
        ("![x](/etc/passwd)", "only the document's own"),
        ("![x](figure:99)", "only the document's own"),
    ],
)
def test_a_template_that_runs_away_or_reaches_out_is_told(profile, tmp_path, body, told):
    template = template_of(tmp_path, block(body))
    with pytest.raises(SocharmError, match=re.escape(told)):
        profile.save(tmp_path / "ward.html", template=template)
    assert not (tmp_path / "ward.html").exists()


def test_a_template_without_an_end_of_words_is_told(profile, tmp_path, monkeypatch):
    monkeypatch.setattr("socharm.documents.template.LONGEST", 50_000)
    body = "{% set x = 'x' * 1000 %}{% for i in range(10000) %}{{ x }}{% endfor %}"
    with pytest.raises(SchemaError, match="more than 50,000 characters"):
        profile.save(tmp_path / "ward.html", template=template_of(tmp_path, block(body)))


@pytest.mark.parametrize(
    "call",
    [
        "profile.table.to_csv({path})", "profile.table.to_pickle({path})", "profile.plan.save({path})",
        "profile.save({path})", "profile.table.drop(columns='what', inplace=True)", "profile.table.eval('1+1')",
        "profile.table.pipe(put_table)",
    ],
)  # fmt: skip
def test_a_template_reads_and_never_writes(profile, tmp_path, call):
    target = tmp_path / "stolen.csv"
    before = profile.table.copy()
    template = template_of(tmp_path, block("{{ " + call.format(path=repr(str(target))) + " }}"))
    with pytest.raises(SchemaError, match="not safely callable"):
        profile.save(tmp_path / "ward.html", template=template)
    assert not target.exists()
    pd.testing.assert_frame_equal(profile.table, before)


def test_a_template_may_read_tables_and_texts(profile, tmp_path):
    body = "{% for _, row in profile.table.head(2).iterrows() %}{{ row['what'].upper() }}\n\n{% endfor %}"
    profile.save(tmp_path / "ward.html", template=template_of(tmp_path, block(body)))
    assert profile.table["what"].iloc[0].upper() in (tmp_path / "ward.html").read_text()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\xff\xfe\x00", "is not UTF-8"),
        ("é".encode("latin-1"), "is not UTF-8"),
        ('{% extends "ours.j2" %}', "extends itself"),
        ('{% extends "/etc/passwd" %}', "faulty"),
        ('{% extends "profile" + ".md.j2" %}', "lacks the blocks"),
    ],
)
def test_a_file_that_is_no_template_is_told(profile, tmp_path, content, told):
    with pytest.raises(SchemaError, match=told):
        profile.save(tmp_path / "ward.html", template=template_of(tmp_path, content))


@settings(max_examples=15)
@given(told=st.text(alphabet="\ue000\ue001\ue002019x", max_size=20))
def test_a_template_cannot_name_places(profile, tmp_path_factory, told):
    template = template_of(tmp_path_factory.mktemp("t"), block(f"a{told}b"))
    filled = fill_template(profile.document(), template)
    kept = re.sub("[\ue000-\ue002]", "", told)
    assert f"a{kept}b" in filled.markdown


# reference documents


def altered(tmp_path, name: str, change, **extra: bytes):
    """A Word document with some parts changed, left out (None), or added."""
    docx.Document().save(tmp_path / "good.docx")
    with zipfile.ZipFile(tmp_path / "good.docx") as read, zipfile.ZipFile(tmp_path / name, "w") as made:
        for part in read.namelist():
            content = change(part, read.read(part))
            if content is not None:
                made.writestr(part, content)
        for part, content in extra.items():
            made.writestr(part, content)
    return tmp_path / name


@pytest.mark.parametrize("part", ["word/document.xml", "word/styles.xml", "[Content_Types].xml"])
@pytest.mark.parametrize("content", [None, b"<broken"])
def test_a_broken_reference_is_told(profile, tmp_path, part, content):
    broken = altered(tmp_path, "force.docx", lambda name, old: content if name == part else old)
    with pytest.raises(SchemaError, match=r"no readable Word document"):
        profile.save(tmp_path / "ward.docx", reference=broken)
    assert not (tmp_path / "ward.docx").exists()


def test_a_reference_with_macros_is_told(profile, tmp_path):
    plain = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    macros = b"application/vnd.ms-word.document.macroEnabled.main+xml"
    own = altered(tmp_path, "force.docm", lambda name, old: old.replace(plain, macros))
    with pytest.raises(SchemaError, match="without macros"):
        profile.save(tmp_path / "ward.docx", reference=own)


def test_a_reference_that_unpacks_to_much_is_refused(profile, tmp_path, monkeypatch):
    monkeypatch.setattr("socharm.documents.word._LARGEST", 1000)
    own = altered(tmp_path, "force.docx", lambda _, old: old)
    with pytest.raises(RefusedError, match="unpacks to"):
        profile.save(tmp_path / "ward.docx", reference=own)


LINK = (
    b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId9" '
    b'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate" '
    b'Target="http://evil.example/t.dotm" TargetMode="External"/></Relationships>'
)


def test_nothing_of_a_reference_is_loaded_when_the_document_opens(profile, tmp_path):
    namespace = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    tag = b'<w:attachedTemplate xmlns:r="' + namespace + b'" r:id="rId9"/>'

    def change(name: str, old: bytes) -> bytes:
        return re.sub(rb"(<w:settings[^>]*>)", rb"\1" + tag, old) if name == "word/settings.xml" else old

    own = altered(tmp_path, "force.docx", change, **{"word/_rels/settings.xml.rels": LINK})
    profile.save(tmp_path / "ward.docx", reference=own)
    with zipfile.ZipFile(tmp_path / "ward.docx") as archive:
        for name in archive.namelist():
            assert b"evil.example" not in archive.read(name)
            assert b"attachedTemplate" not in archive.read(name)


# plans


@pytest.mark.parametrize(
    ("given_", "told"),
    [
        ({"area": ["E05000002"]}, "`area` is a list"),
        ({"start": pd.NaT}, "`start` is a NaTType"),
        ({"start": dt.date.max}, "give a day of the years"),
        ({"due": pd.NaT}, "`due` is a NaTType"),
        ({"threats": 5}, "`threats` is 5"),
        ({"threats": [["drugs"]]}, "`threats` holds a list"),
        ({"options": 5}, "`options` is 5"),
        ({"options": [["a"]]}, "`options` holds a list"),
        ({"agencies": 5}, "`agencies` is 5"),
        ({"phases": ["Clear"]}, "`phases` "),
        ({"phases": {"Clear": "x"}}, "`phases` "),
        ({"owner": None}, "`owner` is None"),
    ],
)
def test_a_plan_of_odd_arguments_is_told(assessed, given_, told):
    with pytest.raises(ParameterError, match=told):
        sh.seed_plan(assessed, **{"area": OTHER, "start": DAY, **given_})


@pytest.fixture
def lines(assessed, tmp_path) -> list[list[str]]:
    sh.seed_plan(assessed, area=OTHER, start=DAY, owner="a\x07b\nc").save(tmp_path / "plan.csv")
    with (tmp_path / "plan.csv").open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.reader(stream))


def written(tmp_path, lines: list[list[str]]):
    with (tmp_path / "edited.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(lines)
    return tmp_path / "edited.csv"


def test_of_several_markings_the_highest_holds(tmp_path, lines):
    assert lines[0][0] == "marking: OFFICIAL"
    for more in (["marking: SECRET"], ["marking: official-sensitive"]):
        raised = sh.plans.read_plan(written(tmp_path, [lines[0], more, *lines[1:]]))
        assert raised.about.marking == more[0].removeprefix("marking: ").upper()


@pytest.mark.parametrize("line", ["area: E05000004", "start: 2020-01-01", "boundary year: 1999"])
def test_a_line_above_a_plan_that_contradicts_another_is_told(tmp_path, lines, line):
    with pytest.raises(SchemaError, match="more than once"):
        sh.plans.read_plan(written(tmp_path, [[line], *lines]))


def test_a_year_without_an_end_is_told(tmp_path, lines):
    kept = [line for line in lines if not line[0].startswith("boundary year")]
    with pytest.raises(SchemaError, match="boundary year"):
        sh.plans.read_plan(written(tmp_path, [["boundary year: " + "9" * 5000], *kept]))


@pytest.mark.parametrize("sheet", [-1, None, 1.5, True])
def test_a_sheet_that_is_none_is_told(tmp_path, sheet):
    with pytest.raises(ParameterError, match="`sheet` is"):
        sh.plans.read_plan(tmp_path / "plan.xlsx", sheet=sheet)


@pytest.mark.parametrize("path", [None, 5, "a\0.csv"])
def test_paths_of_plans_are_checked(assessed, path):
    with pytest.raises(ParameterError, match="`path`"):
        sh.plans.read_plan(path)
    plan = sh.seed_plan(assessed, area=OTHER, start=DAY)
    with pytest.raises(ParameterError, match="`path`"):
        plan.save(path)
    with pytest.raises(ParameterError, match="`table` is "):
        plan.with_actions(path)


def test_an_owner_is_one_line_without_control_characters(lines):
    header = next(line for line in lines if line[0] == "action_id")
    assert {line[header.index("owner")] for line in lines[lines.index(header) + 1 :]} == {"ab c"}
