"""Protocols: what is written, what is registered, what a later change is called, and what is refused."""

from __future__ import annotations

import datetime as dt
import hashlib
import json

import numpy as np
import pandas as pd
import pytest

import socharm as sh
from socharm._about import About
from socharm._record import settings_as_dict
from socharm.errors import AlignmentError, ParameterError, RefusedError, SchemaError, StoreError
from socharm.evaluation.panel import PanelFindings, PanelSettings
from socharm.files.seal import write_sealed

CODES = [f"W{n:03d}" for n in range(12)]
MONTHS = [str(month) for month in pd.period_range("2024-01", periods=18, freq="M")]
COUNTS = pd.DataFrame(np.random.default_rng(1).poisson(20, (12, 18)), index=CODES, columns=MONTHS)
ON = dt.date(2025, 3, 31)
CHOICES = {"name": "Patrols", "site": CODES[:2], "start": "2025-04", "seed": 1, "outcomes": [{"name": "crimes"}]}


def registered(folder, data=COUNTS, **changed):
    return sh.evaluation.register_protocol({**CHOICES, **changed}, data, to=folder / "protocol.toml", on=ON)


def test_what_is_written_reads_back_as_it_was_registered(tmp_path):
    made = registered(
        tmp_path, phases={"clear": "2025-04", "hold": "2025-05"}, months=3, excluded=CODES[5:6],
        outcomes=[{"name": "crimes"}, {"name": "drugs found", "output": True}],
        data={"crimes": COUNTS, "drugs found": COUNTS},
    )  # fmt: skip
    read = sh.evaluation.read_protocol(tmp_path / "protocol.toml")
    assert read.settings == made.settings
    assert read.registration == made.registration
    assert read.changed == ()
    assert (read.table["state"] == "registered").all()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["protocol.registration.json", "protocol.toml"]
    text = (tmp_path / "protocol.toml").read_text()
    assert "# codes of its areas\nsite = [" in text
    assert read.text == text


def test_the_hash_is_sha_256_of_every_choice_with_keys_in_order(tmp_path):
    made = registered(tmp_path)
    told = json.dumps(settings_as_dict(made.settings), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert made.registration.analysis_sha256 == hashlib.sha256(told.encode()).hexdigest()


def test_the_hash_of_the_data_knows_the_months_before_the_start_alone(tmp_path):
    after, before, order = COUNTS.copy(), COUNTS.copy(), COUNTS.iloc[::-1]
    after.loc["W003", "2025-05"] += 1
    before.loc["W003", "2025-03"] += 1
    hashes = []
    for number, data in enumerate((COUNTS, after, before, order)):
        (tmp_path / str(number)).mkdir()
        hashes.append(registered(tmp_path / str(number), data).registration.data_sha256)
    assert hashes[0] == hashes[1] == hashes[3] != hashes[2]


@pytest.mark.parametrize(("last", "known"), [("2025-03", False), ("2025-04", True), ("2025-06", True)])
def test_it_says_whether_months_after_the_start_were_in_hand(tmp_path, last, known):
    made = registered(tmp_path, COUNTS.loc[:, :last]).registration
    assert made.last_month == last
    assert made.after_was_there is known
    assert ("no proof that it was chosen before the outcome was known" in made.sentence) is known
    assert "as stated by whoever registered it" in made.sentence


def test_months_beyond_the_end_that_is_looked_at_were_in_hand_too(tmp_path):
    assert registered(tmp_path, end="2025-04").registration.last_month == "2025-06"


def test_changes_are_told_field_by_field(tmp_path):
    registered(tmp_path)
    path = tmp_path / "protocol.toml"
    text = path.read_text().replace("buffer = 1", "buffer = 2").replace('selection = ""', 'selection = "the worst"')
    path.write_text(text + '\n[[outcomes]]\nname = "harm"\nmeasure = "harm"\n')
    read = sh.evaluation.read_protocol(path)
    assert read.table.loc["buffer"].tolist() == ["1", "2", "changed"]
    added = ["selection", "outcomes.harm.measure", "outcomes.harm.offences", "outcomes.harm.output", "outcomes.order"]
    assert set(read.changed) == {"buffer", *added}
    assert (read.table.loc[added, "state"] == "added later").all()
    assert "1 field changed (buffer)" in read.sentence
    assert "5 fields added later" in read.sentence


def test_taking_something_out_is_a_change(tmp_path):
    registered(tmp_path, phases={"clear": "2025-04"})
    path = tmp_path / "protocol.toml"
    path.write_text(path.read_text().replace('"clear" = "2025-04"', "").replace('"spillover rings"', '"calibration"'))
    read = sh.evaluation.read_protocol(path)
    assert read.table.loc[["phases.clear", "methods"], "state"].tolist() == ["changed", "changed"]


def test_a_protocol_without_a_registration_says_so(tmp_path):
    registered(tmp_path)
    (tmp_path / "protocol.registration.json").unlink()
    read = sh.evaluation.read_protocol(tmp_path / "protocol.toml")
    assert read.registration is None
    assert read.sentence == ("Not registered: nothing shows that the analysis was chosen before its results were seen.")


def test_a_registration_is_never_replaced_and_never_edited(tmp_path):
    registered(tmp_path)
    with pytest.raises(StoreError, match=r"'protocol.registration.json' is there already"):
        registered(tmp_path)
    path = tmp_path / "protocol.registration.json"
    path.write_text(path.read_text().replace('"last_month": "2025-06"', '"last_month": "2025-03"'))
    with pytest.raises(StoreError, match="does not agree with its own hash"):
        sh.evaluation.read_protocol(tmp_path / "protocol.toml")
    record = json.loads(path.read_text())
    write_sealed({**record, "data_sha256": "0" * 64}, path, field="sha256", key=None)
    with pytest.raises(StoreError, match="is no registration of this version"):
        sh.evaluation.read_protocol(tmp_path / "protocol.toml")
    path.unlink()
    with pytest.raises(StoreError, match="there already and says something else"):
        registered(tmp_path, buffer=2)
    assert registered(tmp_path).registration is not None


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"excluded": CODES[1:3]}, "sites must not overlap"),
        ({"donors": CODES[5:6]}, "`donors` names 1 area: what one area did says nothing of chance"),
        ({"donors": CODES[1:5]}, "an area is not compared with itself"),
        ({"outcomes": [{"name": "drugs", "output": True}]}, "no verdict rests on it"),
        ({"methods": ["synthetic control"]}, "on which the verdict rests"),
        ({"end": "2025-05", "months": 2}, "State one"),
        ({"phases": {"hold": "2025-03"}}, "begins before `start`"),
        ({"phases": {"a": "2025-06", "b": "2025-05"}}, "a later month than the one before"),
        ({"start": "2025-4"}, "months are written '2025-04'"),
        ({"transition": 2, "months": 2}, "Nothing is left to look at"),
        ({"placebo": 3}, "Did you mean 'placebos'"),
    ],
)  # fmt: skip
def test_choices_that_contradict_each_other(tmp_path, changed, told):
    with pytest.raises(ParameterError, match=told):
        registered(tmp_path, **changed)
    assert list(tmp_path.iterdir()) == []


def gap(month: str) -> pd.DataFrame:
    return COUNTS.astype(float).assign(**{month: np.nan})


@pytest.mark.parametrize(
    ("data", "changed", "error", "told"),
    [
        (COUNTS.loc[:, "2025-04":], {}, RefusedError, "0 months before 2025-04"),
        (gap("2025-04"), {}, RefusedError, "lies in a gap of the coverage: the site is not covered in 2025-04"),
        (gap("2025-03"), {}, RefusedError, "not covered in 2025-03"),
        (gap("2024-05"), {}, RefusedError, "not covered is not zero"),
        (COUNTS.mul(~COUNTS.index.isin(CODES[:2]), axis=0), {}, RefusedError, "no change can be formed from zero"),
        (COUNTS, {"site": ["E05000001"]}, AlignmentError, "same boundary year"),
        (COUNTS, {"subgroups": ["drugs"]}, ParameterError, "tells no offences"),
        (COUNTS.T, {}, SchemaError, "must be months"),
        ({"crime": COUNTS}, {}, ParameterError, "Name them alike"),
    ],
)  # fmt: skip
def test_what_cannot_be_evaluated_is_not_registered(tmp_path, data, changed, error, told):
    with pytest.raises(error, match=told):
        registered(tmp_path, data, **changed)
    assert list(tmp_path.iterdir()) == []


def test_police_generated_offences_are_an_output_and_no_outcome(tmp_path):
    rows = [(code, month, offence) for code in CODES for month in MONTHS for offence in ("burglary", "drugs")]
    table = pd.DataFrame(rows, columns=["area_code", "period", "offence"]).assign(
        count=3.0, harm=9.0, exposure=1.0, covered=True, outcome=lambda found: found["offence"] == "burglary"
    )
    found = PanelFindings(offences=("burglary",), apart=("drugs",), covered=216, cells=216)
    panel = sh.evaluation.Panel(table=table, settings=PanelSettings(), about=About(), findings=found)
    wrong = [{"name": "all", "offences": ["burglary", "drugs"]}]
    with pytest.raises(ParameterError, match="holds drugs, which police work itself produces"):
        registered(tmp_path, panel, outcomes=wrong)
    told = [{"name": "burglary"}, {"name": "drugs found", "offences": ["drugs"], "output": True}]
    assert registered(tmp_path, panel, outcomes=told, subgroups=["acquisitive"]).changed == ()


def test_faults_of_a_file_are_told_together(tmp_path):
    registered(tmp_path)
    path = tmp_path / "other.toml"
    path.write_text((tmp_path / "protocol.toml").read_text().replace("seed = 1", "ringz = 2"))
    with pytest.raises(SchemaError, match=r"(?s)2 faults.*seed: missing.*ringz: unknown key. Did you mean 'rings'"):
        sh.evaluation.read_protocol(path)
    with pytest.raises(ParameterError, match="names no file"):
        sh.evaluation.read_protocol(tmp_path / "none.toml")


def test_a_search_for_donors_and_later_starts_are_registered_and_told_when_they_change(tmp_path):
    made = registered(tmp_path, donor_search={"caliper": 0.5}, starts={"W001": "2025-05"})
    path = tmp_path / "protocol.toml"
    assert sh.evaluation.read_protocol(path).changed == ()
    assert (made.settings.donor_search.caliper, made.settings.done[-1]) == (0.5, "staggered starts")
    path.write_text(path.read_text().replace('"caliper" = 0.5', '"caliper" = 0.7').replace("2025-05", "2025-06"))
    assert sh.evaluation.read_protocol(path).changed == ("starts.W001", "donor_search.caliper")
    other = tmp_path / "other"
    other.mkdir()
    registered(other)
    path = other / "protocol.toml"
    path.write_text(path.read_text().replace("buffer = 1", "buffer = 1\ndonor_search = { caliper = 0.5 }"))
    states = sh.evaluation.read_protocol(path).table["state"]
    assert (states["donor_search"], states["donor_search.caliper"]) == ("changed", "added later")


def test_a_choice_that_an_earlier_version_did_not_have_is_no_change(tmp_path):
    made = registered(tmp_path)
    analysis = {name: value for name, value in made.registration.analysis.items() if name != "donor_search"}
    record = {**vars(made.registration), "on": ON.isoformat(), "analysis": analysis}
    (tmp_path / "protocol.registration.json").unlink()
    write_sealed(record, tmp_path / "protocol.registration.json", field="sha256", key=None)
    path = tmp_path / "protocol.toml"
    assert sh.evaluation.read_protocol(path).changed == ()
    path.write_text(path.read_text().replace("buffer = 1", "buffer = 1\ndonor_search = {}"))
    assert sh.evaluation.read_protocol(path).table.loc["donor_search"].tolist() == ["none", "stated", "changed"]


def test_covariates_are_registered_and_a_registration_without_them_is_read(tmp_path):
    search, path = {"donor_search": {"covariates": ["population"]}}, tmp_path / "protocol.registration.json"
    with pytest.raises(ParameterError, match="names population among its covariates, and the data hold none"):
        registered(tmp_path, **search)
    assert not list(tmp_path.iterdir())
    residents = pd.DataFrame({"other": 1.0, "population": np.arange(12) + 0.5}, index=CODES)
    hashes = []
    for number, held in enumerate((residents, residents.iloc[::-1].drop(columns="other"), residents + 1)):
        (tmp_path / str(number)).mkdir()
        to = tmp_path / str(number) / "protocol.toml"
        made = sh.evaluation.register_protocol({**CHOICES, **search}, COUNTS, to=to, on=ON, covariates=held)
        hashes.append(made.registration.covariates_sha256)
    assert hashes[0] == hashes[1] != hashes[2]
    made = registered(tmp_path)
    assert made.registration.covariates_sha256 == ""
    record = {**vars(made.registration), "on": ON.isoformat()}
    del record["covariates_sha256"]
    path.unlink()
    write_sealed(record, path, field="sha256", key=None)
    assert sh.evaluation.read_protocol(tmp_path / "protocol.toml").registration == made.registration


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"donor_search": {}, "donors": CODES[5:8]}, "both stated"),
        ({"donor_search": {"n": 1}}, "asks for 1 donor"),
        ({"starts": {"W007": "2025-05"}}, "'W007', which is not in `site`"),
        ({"starts": {"W001": "2025-04"}}, "not later than `start`"),
        ({"starts": {"W001": "May"}}, "`starts.W001` is 'May'"),
        ({"starts": dict.fromkeys(CODES[:2], "2025-05")}, "names every area"),
        ({"methods": ["placebo sites", "staggered starts"]}, "State `starts`"),
    ],
)
def test_searches_and_starts_that_cannot_be(tmp_path, changed, told):
    with pytest.raises(ParameterError, match=told):
        registered(tmp_path, **changed)
