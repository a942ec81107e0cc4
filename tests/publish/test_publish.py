"""Markings, the register of releases, the method statement and the transparency record."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import json
import os
import stat
import threading

import pandas as pd
import pytest
from factories import BARE_SNAPSHOT as SNAPSHOT
from factories import make_assessment_tables
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner
from worlds import NOON, make_store, release

from socharm._about import MARKINGS, About, AssessmentPeriod
from socharm.assessment.recipe_file import parse_recipe
from socharm.assessment.sentences import method_sentences
from socharm.cli.app import app
from socharm.errors import ParameterError, RefusedError, StoreError
from socharm.publish import register as register_module
from socharm.publish.marking import handling_instructions, handling_rules, lower_marking, require_marking
from socharm.publish.released import list_releases, read_release, verify_release
from socharm.publish.secret import secret_fingerprint, store_secret
from socharm.publish.statement import MUST_NOT, NOT_IN_THE_DATA, method_statement
from socharm.publish.transparency import transparency_record

DAY = dt.date(2026, 1, 31)
ACT = {"role": "information asset owner", "reason": "Small cells are withheld throughout.", "on": DAY}
ABOUT = About(
    period=AssessmentPeriod("2025-04", "2025-09"),
    boundary_year=2025,
    unit="sentence-days per resident per year",
    sources=("police.uk", "Office for National Statistics"),
)


# markings


@pytest.mark.parametrize("marking", MARKINGS)
def test_each_marking_has_a_line_and_rules(marking):
    assert handling_instructions(marking).endswith(".")
    assert len(handling_rules(marking)) >= 4
    assert all(text.endswith(".") for text in handling_rules(marking))


def test_release_is_the_owners_decision():
    for marking in MARKINGS[:2]:
        assert any("not publish" in text for text in handling_rules(marking))


def test_descriptor_and_caveats_add_rules():
    rules = handling_rules("OFFICIAL-SENSITIVE", descriptor="PERSONAL DATA", caveats=["RECIPIENTS ONLY"])
    assert rules[:-2] == handling_rules("OFFICIAL-SENSITIVE")
    assert rules[-2].startswith("It holds PERSONAL DATA")
    assert rules[-1].startswith("RECIPIENTS ONLY")


@pytest.mark.parametrize(
    ("kwargs", "says"),
    [
        ({"marking": "OFFICIAL", "caveats": ["RECIPIENTS ONLY"]}, "plain OFFICIAL"),
        ({"caveats": "RECIPIENTS ONLY"}, "give a list"),
        ({"caveats": ["<b>bold</b>"]}, "one line in capitals"),
        ({"descriptor": "personal data"}, "one line in capitals"),
        ({"descriptor": "TWO\nLINES"}, "one line in capitals"),
        ({"descriptor": "A" * 61}, "at most 60"),
    ],
)
def test_faulty_descriptors_and_caveats_are_named(kwargs, says):
    with pytest.raises(ParameterError, match=says):
        handling_rules(**{"marking": "SECRET", **kwargs})


@pytest.mark.parametrize(("text", "hint"), [("official sensitive", "OFFICIAL-SENSITIVE"), ("topsecret", "TOP SECRET")])
def test_a_misspelt_marking_is_refused_with_the_nearest(text, hint):
    with pytest.raises(ParameterError, match=f"Did you mean '{hint}'"):
        require_marking(text)


@pytest.mark.parametrize("text", ["", "NATO"])
def test_what_is_no_marking_gets_no_guess(text):
    with pytest.raises(ParameterError, match=r"must be one of \['OFFICIAL'") as caught:
        require_marking(text)
    assert "Did you mean" not in str(caught.value)


@given(pair=st.tuples(st.sampled_from(MARKINGS), st.sampled_from(MARKINGS)))
def test_a_marking_is_lowered_only_downwards(pair):
    """Law: possible exactly when the new one is lower; everything else of the About stays."""
    start, to = pair
    about = About(marking=start, sources=("a force",), unit="days")
    if MARKINGS.index(to) < MARKINGS.index(start):
        lowered, change = lower_marking(about, to=to, **ACT)
        assert (lowered.marking, lowered.sources, lowered.unit) == (to, ("a force",), "days")
        assert change.as_dict() == {"before": start, "after": to, **{key: str(text) for key, text in ACT.items()}}
        assert about.marking == start
    else:
        with pytest.raises(ParameterError, match="not below"):
            lower_marking(about, to=to, **ACT)


@pytest.mark.parametrize(
    ("kwargs", "error", "says"),
    [
        ({"to": "OFICIAL"}, ParameterError, "Did you mean 'OFFICIAL'"),
        ({"reason": "  "}, ParameterError, "in a sentence why"),
        ({"reason": "not needed"}, ParameterError, "in a sentence why"),
        ({"reason": None}, ParameterError, "must be text"),
        ({"role": " "}, ParameterError, "`role` is blank"),
        ({"role": None}, ParameterError, "must be text"),
        ({"on": "2026-01-31"}, ParameterError, "must be a date"),
        ({"on": NOON}, ParameterError, "must be a date"),
        ({"role": "a.smith@testshire.police.uk"}, RefusedError, "looks like a person"),
        ({"role": "Mrs A Smith"}, RefusedError, "looks like a person"),
        ({"role": "analyst 90210"}, RefusedError, "looks like a person"),
    ],
)
def test_lowering_without_an_account_is_refused(kwargs, error, says):
    with pytest.raises(error, match=says):
        lower_marking(About(marking="SECRET"), **{"to": "OFFICIAL", **ACT, **kwargs})


# register


def test_verify_takes_a_release_and_names_what_changed(store, monkeypatch):
    made = release(store)
    result = CliRunner().invoke(app, ["verify", str(made.path)])
    assert (result.exit_code, result.output) == (0, "2 files and their record are as they were released.\n")
    monkeypatch.chdir(made.path)
    assert CliRunner().invoke(app, ["verify", "."]).exit_code == 0
    (made.path / "ranking.csv").write_text("other")
    result = CliRunner().invoke(app, ["verify", str(made.path)])
    assert result.exit_code == 1
    assert "ranking.csv: changed since it was released" in result.output


def test_a_release_holds_its_files_and_what_was_said_of_them(store):
    made = release(store)
    assert made.id == f"{SNAPSHOT}-r001"
    # by sha256sum of the four bytes
    assert made.files["maps/rate.png"] == "0f4636c78f65d3639ece5a064b5ae753e3408614a14fb18ab4d7540d2c248543"
    assert list(made.files) == ["maps/rate.png", "ranking.csv"]
    assert made.settings == {"small": 5, "columns": ["harm", "rate"]}
    assert (made.created, made.marking, made.role) == ("2026-01-31T12:00:00Z", "OFFICIAL", "head of intelligence")
    assert (made.path / "ranking.csv").read_bytes() == (store.parent / "out" / "ranking.csv").read_bytes()
    assert verify_release(made) == []
    assert read_release(store, made.id) == made


def test_releases_are_numbered_by_snapshot_and_listed_by_time(store):
    first = release(store, created=NOON + dt.timedelta(days=2))
    second = release(store, files={"a.csv": store.parent / "out" / "ranking.csv"})
    assert [first.id[-4:], second.id[-4:]] == ["r001", "r002"]
    assert [one.id for one in list_releases(store)] == [second.id, first.id]


def test_a_store_without_releases_lists_none(store):
    assert list_releases(store) == []


def test_other_time_zones_are_kept_as_utc(store):
    summer = dt.timezone(dt.timedelta(hours=1))
    assert release(store, created=dt.datetime(2026, 7, 1, 0, 30, tzinfo=summer)).created == "2026-06-30T23:30:00Z"


def test_a_release_does_not_follow_its_source(store):
    made = release(store)
    (store.parent / "out" / "ranking.csv").write_text("changed")
    assert verify_release(made) == []


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (lambda folder: (folder / "ranking.csv").write_text("x"), "ranking.csv: changed since it was released"),
        (lambda folder: (folder / "ranking.csv").unlink(), "ranking.csv: missing"),
        (lambda folder: (folder / "maps" / "release.json").write_text("x"), "maps/release.json: does not belong"),
    ],
)
def test_verify_tells_what_changed(store, harm, says):
    made = release(store)
    harm(made.path)
    (problem,) = verify_release(made)
    assert problem.startswith(says)


def test_a_file_called_like_the_record_in_a_folder_of_its_own_is_a_file(store):
    made = release(store, files={"notes/release.json": store.parent / "out" / "ranking.csv"})
    assert verify_release(made) == []


@pytest.mark.parametrize("edit", ["delete", "cut", "list", "marking", "settings", "more", "renamed"])
def test_a_damaged_register_stops_the_next_release(store, edit):
    """A release that cannot be trusted cannot be checked against: nothing is registered beside it."""
    made = release(store)
    path = made.path / "release.json"
    entry = json.loads(path.read_text())
    if edit == "delete":
        path.unlink()
    elif edit == "cut":
        path.write_text(path.read_text()[:-40])
    elif edit == "list":
        path.write_text("[]")
    elif edit == "renamed":
        made.path.rename(made.path.with_name(f"{SNAPSHOT}-r007"))
    else:
        changed = {"marking": {"marking": "SECRET"}, "settings": {"settings": {"small": 1}}, "more": {"more": 1}}
        path.write_text(json.dumps({**entry, **changed[edit]}))
    for act in (lambda: list_releases(store), lambda: release(store)):
        with pytest.raises(StoreError, match=r"damaged|was changed|holds no release"):
            act()


@pytest.mark.parametrize(
    ("kwargs", "error", "says"),
    [
        ({"snapshot": "../store"}, ParameterError, "without its path"),
        ({"snapshot": None}, ParameterError, "must be text"),
        ({"marking": "OFFICIAL SENSITIVE"}, ParameterError, "Did you mean 'OFFICIAL-SENSITIVE'"),
        ({"created": dt.datetime(2026, 1, 31)}, ParameterError, "without a time zone"),
        ({"created": "2026-01-31"}, ParameterError, "must be a moment"),
        ({"role": " "}, ParameterError, "`role` is blank"),
        ({"role": "Mr Smith"}, RefusedError, "looks like a person"),
        ({"files": {}}, ParameterError, "`files` is empty"),
        ({"files": "nowhere"}, ParameterError, "`files` names no folder"),
        ({"files": {"../a.csv": "x"}}, ParameterError, "use plain names"),
        ({"files": {"/a.csv": "x"}}, ParameterError, "use plain names"),
        ({"files": {"c:a.csv": "x"}}, ParameterError, "use plain names"),
        ({"files": {"a//b.csv": "x"}}, ParameterError, "use plain names"),
        ({"files": {"a/./b.csv": "x"}}, ParameterError, "use plain names"),
        ({"files": {".hidden": "x"}}, ParameterError, "use plain names"),
        ({"files": {"Release.json": "x"}}, ParameterError, "keeps for itself"),
        ({"files": {"a.csv": "nowhere.csv"}}, StoreError, "Could not read 'nowhere.csv'"),
        ({"changes": ["lowered"]}, ParameterError, "`changes` holds 'lowered'"),
    ],
)
def test_faults_are_named_and_leave_nothing(store, kwargs, error, says):
    with pytest.raises(error, match=says):
        release(store, **kwargs)
    assert list_releases(store) == []


def test_no_such_release(store):
    for name in (f"{SNAPSHOT}-r001", "..", SNAPSHOT, f"../{SNAPSHOT}"):
        with pytest.raises(StoreError, match="holds no release"):
            read_release(store, name)


def test_a_marking_below_the_snapshots_needs_the_recorded_act(tmp_path):
    store = make_store(tmp_path, marking="SECRET")
    half, first = lower_marking(About(marking="SECRET"), to="OFFICIAL-SENSITIVE", **ACT)
    _, second = lower_marking(half, to="OFFICIAL", **ACT)
    for changes in ([], [second], [first]):
        with pytest.raises(RefusedError, match="no recorded decision to lower it"):
            release(store, changes=changes)
    made = release(store, changes=[first, second])
    assert [change["after"] for change in made.changes] == ["OFFICIAL-SENSITIVE", "OFFICIAL"]
    assert release(store, marking="TOP SECRET").marking == "TOP SECRET"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('"OFFICIAL"', '"OFICIAL"', "is damaged: marking"),
        ('"OFFICIAL"', '"SECRET"', "is not as it was made: manifest.json: does not agree with its own hash"),
        ('"manifest_sha256"', '"manifest_sha1"', "carries no hash of itself"),
        ("{", "", "is damaged"),
    ],
)
def test_a_changed_manifest_of_the_snapshot_is_told(store, old, new, says):
    path = store / SNAPSHOT / "manifest.json"
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(StoreError, match=says):
        release(store)
    assert list_releases(store) == []


def test_a_snapshot_without_its_manifest_is_told(store):
    (store / SNAPSHOT / "manifest.json").unlink()
    with pytest.raises(StoreError, match="holds no manifest"):
        release(store)


def test_links_and_the_secret_are_never_released(store):
    store_secret(store)
    secret = store / "published" / ".secret"
    with pytest.raises(RefusedError, match="holds the store's secret"):
        release(store, files={"key.bin": secret})
    (store.parent / "out" / "link.csv").symlink_to(secret)
    with pytest.raises(RefusedError, match="holds a link"):
        release(store)


def test_a_crash_leaves_no_release_and_the_next_one_cleans_up(store, monkeypatch):
    def broken(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(register_module, "_write_record", broken)
    with pytest.raises(KeyboardInterrupt):
        release(store)
    monkeypatch.undo()
    assert list_releases(store) == []
    assert release(store).id.endswith("-r001")
    assert [path.name for path in (store / "published").iterdir() if path.is_dir()] == [f"{SNAPSHOT}-r001"]


def at_once(work, n: int) -> list[Exception]:
    faults: list[Exception] = []
    ready = threading.Barrier(n)

    def run():
        try:
            ready.wait()
            work()
        except Exception as error:  # noqa: BLE001 - a thread hands its fault over
            faults.append(error)

    threads = [threading.Thread(target=run) for _ in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return faults


def test_releases_at_once_get_numbers_of_their_own(store):
    assert at_once(lambda: release(store), 4) == []
    listed = list_releases(store)
    assert [one.id[-4:] for one in listed] == ["r001", "r002", "r003", "r004"]
    assert all(verify_release(one) == [] for one in listed)


def test_a_number_is_never_given_twice(store):
    release(store)
    second = release(store)
    (store / "published" / f"{SNAPSHOT}-r001").rename(store.parent / "moved-away")
    assert second.id.endswith("-r002")
    assert release(store).id.endswith("-r003")


names = st.from_regex(r"[a-z]{1,8}(/[a-z]{1,8})?\.csv", fullmatch=True)


@given(files=st.dictionaries(names, st.binary(max_size=50), min_size=1, max_size=5))
def test_whatever_is_released_can_be_read_back(tmp_path_factory, files):
    """Law: names and bytes of a release are those that were given."""
    folder = tmp_path_factory.mktemp("law")
    store = make_store(folder)
    paths = {}
    for number, (name, content) in enumerate(files.items()):
        paths[name] = folder / f"{number}.bin"
        paths[name].write_bytes(content)
    made = release(store, files=paths)
    assert {name: (made.path / name).read_bytes() for name in made.files} == files
    assert verify_release(made) == []


# the secret


def test_the_secret_is_made_once_also_by_many_at_once(store):
    found: list[bytes] = []
    assert at_once(lambda: found.append(store_secret(store)), 4) == []
    assert len(found) == 4
    assert len(set(found)) == 1
    assert len(found[0]) == 32
    assert {path.name for path in (store / "published").iterdir()} == {".secret", ".register.lock"}


def test_two_stores_have_two_secrets_and_a_fingerprint_tells_neither(tmp_path):
    secrets = [store_secret(make_store(tmp_path / name)) for name in "ab"]
    prints = [secret_fingerprint(secret) for secret in secrets]
    assert len({*secrets}) == len({*prints}) == 2
    assert prints[0] == hashlib.sha256(b"socharm cell keys\0" + secrets[0]).hexdigest()[:16]
    assert prints[0] not in secrets[0].hex()


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no mode bits")
def test_the_secret_is_its_owners(store):
    store_secret(store)
    assert stat.S_IMODE((store / "published" / ".secret").stat().st_mode) == 0o600


def test_a_lost_secret_is_told_and_not_replaced(store):
    release(store)
    secret = store_secret(store)  # the first release was made without one: making it now is fine
    release(store, fingerprint=secret_fingerprint(secret))
    (store / "published" / ".secret").unlink()
    with pytest.raises(StoreError, match="secret is lost"):
        store_secret(store)


def test_a_damaged_secret_is_told(store):
    store_secret(store)
    (store / "published" / ".secret").write_text("short")
    with pytest.raises(StoreError, match="secret is damaged"):
        store_secret(store)


# method statement and transparency record


def make_manifest(**changes) -> dict:
    recipe = {
        "assessment": {"name": "demo", "period": ["2025-04", "2025-09"], "seed": 7, "marking": "OFFICIAL"},
        "areas": {"path": "wards.gpkg", "code": "ward"},
        "incidents": {"path": "police-uk", "columns": None, "date_basis": "recorded"},
        "population": {
            "path": "people.csv",
            "code": "ward",
            "value": "residents",
            "kind": "resident",
            "date": "2024-06-30",
        },
        "weights": {"scheme": "ons-css", "crosswalk": "police.uk"},
        "index": {"transform": "raw", "exclude": ["drugs"]},
        "ranking": {"draws": 10_000},
        "deprivation": {"path": "imd.csv", "version": "without_crime"},
        "hotspots": {"statistic": "gi_star", "permutations": 99_999, "correction": "bh", "alpha": 0.05},
        "outputs": {"hotspots": True},
    }
    manifest = {
        "snapshot": SNAPSHOT,
        "content_id": "3f9a1c2e" * 8,
        "recipe": recipe,
        "crosswalk": {"scheme": "ons-css", "counts_year": "2019-20", "gap_years": 5.0, "force": None},
        "inputs": [
            {"role": "incidents", "rows": {"used": 40_000, "no location": 2_000}},
            {"role": "population", "rows": {"read": 100}},
            {"role": "lookups", "rows": {}},
        ],
        "versions": {"socharm": "0.1.0", "python": "3.11.7"},
        "disclosure": {"layout": "police.uk"},
        **changes,
    }
    # Of a run the recipe is whole.
    recipe = parse_recipe(json.loads(json.dumps(manifest["recipe"])))
    return {**manifest, "said": [each.as_dict() for each in method_sentences(recipe, manifest)]}


def text_of(statement) -> str:
    return " ".join(statement.table["text"])


def test_the_statement_tells_every_choice_of_the_recipe():
    statement = method_statement(make_manifest(), about=ABOUT)
    told = text_of(statement)
    for choice in (
        "April 2025 to September 2025", "ons-css", "2019-20", "resident of 30 June 2024", "10,000 draws", "seed 7",
        "99,999 permutations", "Benjamini-Hochberg", "without its crime domain", "left out: drugs", "0.1.0", SNAPSHOT,
        "3f9a1c2e", "police.uk; Office for National Statistics",
    ):  # fmt: skip
        assert choice in told, choice
    assert statement.sections["What it must not be used for"] == list(MUST_NOT)
    assert set(NOT_IN_THE_DATA) <= set(statement.sections["What is not in the data"])
    assert statement.settings.snapshot == SNAPSHOT


def test_what_is_not_in_the_data_follows_the_data():
    told = text_of(method_statement(make_manifest(), about=ABOUT))
    assert "750,000 shared map points" in told
    manifest = make_manifest(disclosure={"layout": "columns"})
    assert "map points" not in text_of(method_statement(manifest, about=ABOUT))


def test_months_that_were_not_covered_are_counted():
    tables = make_assessment_tables()
    full = tables.with_tables(coverage=tables["coverage"].assign(covered=True))
    assert "were not covered" not in text_of(method_statement(make_manifest(), about=ABOUT, tables=full))
    coverage = full["coverage"].copy()
    coverage.loc[coverage.index[:2], "covered"] = False
    gaps = tables.with_tables(coverage=coverage)
    told = text_of(method_statement(make_manifest(), about=ABOUT, tables=gaps))
    assert f"Of {len(coverage):,} months of areas 2 were not covered" in told


def test_the_statement_fits_a_page_with_many_sources():
    many = About(period=ABOUT.period, sources=tuple(f"A long name of the source number {n}" for n in range(40)))
    statement = method_statement(make_manifest(), about=many, tables=make_assessment_tables())
    assert statement.words <= 450
    assert "and 34 more in the manifest" in text_of(statement)
    assert "Not stated." in text_of(method_statement(make_manifest(), about=About(period=ABOUT.period)))


def test_a_run_without_correction_says_so_loudly():
    recipe = make_manifest()["recipe"]
    recipe["hotspots"]["correction"] = "none"
    manifest = make_manifest(recipe=recipe)
    assert "NOT corrected for many tests" in text_of(method_statement(manifest, about=ABOUT))


def test_the_transparency_record_counts_the_rows_of_a_real_manifest():
    record = transparency_record(make_manifest(), about=ABOUT)
    told = record.table.set_index("field")["value"]
    assert told["Data quantities"] == "3 inputs; 42,100 rows in 2 of them"
    assert told["Source data name"] == "police.uk; Office for National Statistics"
    assert set(record.table["tier"]) == {1, 2}
    assert "predict" in told["Scope"]


def test_owners_and_assessments_of_impact_are_never_guessed():
    record = transparency_record(make_manifest(), about=ABOUT)
    left = set(record.to_fill()["field"])
    assert {"Contact email", "Organisation or department", "Senior responsible owner", "Impact assessments"} <= left
    assert (record.to_fill()["asks"] != "").all()
    assert (record.to_fill()["value"] == "").all()


@given(chosen=st.sets(st.sampled_from(["Team", "Contact email", "Benefit", "Scope", "Previous process"])))
def test_an_answer_fills_its_field_and_no_other(chosen):
    """Law: what people say stands, and everything else stays as it was."""
    plain = transparency_record(make_manifest(), about=ABOUT).table.set_index("field")
    said = transparency_record(make_manifest(), about=ABOUT, answers=dict.fromkeys(chosen, "As agreed.")).table
    said = said.set_index("field")
    assert set(said.index[said["filled_by"] == "person"]) == chosen
    rest = [name for name in plain.index if name not in chosen]
    pd.testing.assert_frame_equal(said.loc[rest], plain.loc[rest])


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ({"Teem": "x"}, "Did you mean 'Team'"),
        ({"Team": " "}, "`answers` is blank for 'Team'"),
        ({"Team": None}, "`answers` holds None for 'Team'"),
    ],
)
def test_faulty_answers_are_named(answers, says):
    with pytest.raises(ParameterError, match=says):
        transparency_record(make_manifest(), about=ABOUT, answers=answers)


HOSTILE = "<script>alert(1)</script> [x](javascript:1) *b* _i_ `c`"


def test_the_record_is_saved_with_its_marking_and_human_text_stays_text(tmp_path):
    about = About(period=ABOUT.period, marking="OFFICIAL-SENSITIVE")
    answers = {"Team": HOSTILE, "Benefit": "=1+1", "Previous process": "# no heading"}
    record = transparency_record(make_manifest(), about=about, answers=answers)
    for kind in ("md", "csv", "json"):
        record.save(tmp_path / f"r.{kind}")
    markdown = (tmp_path / "r.md").read_text(encoding="utf-8")
    assert markdown.startswith("**OFFICIAL-SENSITIVE**")
    assert markdown.rstrip().endswith("**OFFICIAL-SENSITIVE**")
    with (tmp_path / "r.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.reader(lines))
    assert rows[0] == ["marking: OFFICIAL-SENSITIVE"]
    assert "'=1+1" in {cell for row in rows for cell in row}
    content = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert content["marking"] == "OFFICIAL-SENSITIVE"
    assert HOSTILE in {entry["value"] for entry in content["fields"]}
    with pytest.raises(ParameterError, match="saved as one of"):
        record.save(tmp_path / "r.docx")


def test_markdown_of_human_text_renders_as_that_text(tmp_path):
    """Read back by a Markdown parser: no tag, link or heading comes of what people wrote."""
    parser = pytest.importorskip("markdown_it").MarkdownIt("commonmark")
    answers = {"Team": HOSTILE, "Previous process": "# no heading", "Benefit": "1. no list", "Scope": "- no list"}
    transparency_record(make_manifest(), about=ABOUT, answers=answers).save(tmp_path / "r.md")
    tokens = parser.parse((tmp_path / "r.md").read_text(encoding="utf-8"))
    inner = [child for token in tokens for child in token.children or []]
    assert not {token.type for token in tokens} & {"bullet_list_open", "ordered_list_open", "html_block"}
    assert not {child.type for child in inner} & {"html_inline", "link_open", "em_open", "code_inline"}
    assert not [token for token in tokens if token.type == "heading_open" and token.tag == "h1" and token.map[0] > 5]
    texts = ["".join(child.content for child in token.children or []) for token in tokens if token.type == "inline"]
    assert {HOSTILE, "# no heading", "1. no list", "- no list"} <= set(texts)
