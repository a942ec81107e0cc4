"""The guides, the list of sources and the citation file say what is true: their lines run."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from guide_lines import blocks, ran

import socharm as sh
from socharm._packages import public_object
from socharm._version import __version__
from socharm.errors import SchemaError
from socharm.io.dictionary import DICTIONARY_COLUMNS, read_dictionary


@pytest.mark.slow
def test_the_lines_for_researchers_run(repository):
    page = repository / "docs/guides/researchers.md"
    names = ran(blocks(page, "python"), page.name)
    assert names["per_pub"].about.unit == "sentence-days per licensed premises per year"
    assert list(names["both"].columns) == ["rate", "officers", "rank", "rank_low_90", "rank_high_90", "ranking_rate"]
    assert names["above"].sum() == pytest.approx(10, abs=0.2)
    rates, rose = names["rates"], names["rose"]
    assert 0.2 < rose.mean() < 0.8
    assert abs(np.corrcoef(rates[0].iloc[:, 0], rates[1].iloc[:, 0])[0, 1]) < 0.15
    assert names["own"].settings.own_draws


def test_the_example_of_a_dictionary_runs(repository, tmp_path, monkeypatch):
    page = repository / "docs/guides/partner-dictionary.md"
    monkeypatch.chdir(tmp_path)
    Path("partners.csv").write_text(blocks(page, "text")[0], encoding="utf-8")
    Path("partners.toml").write_text(blocks(page, "toml")[0], encoding="utf-8")
    names = ran(blocks(page, "python"), page.name)
    sent = names["sent"]
    values = sent.values_of("fuel_poor")
    assert values.dropna().tolist() == [14.2, 9.8]
    assert values.isna().tolist() == [False, False, True]
    assert sent.not_sent == ("referrals",)
    assert sent.about.marking == "OFFICIAL-SENSITIVE"
    assert sent.dictionary.loc["referrals", "police_driven"]


def test_the_keys_of_a_dictionary_are_those_that_are_asked_for(repository):
    page = (repository / "docs/guides/partner-dictionary.md").read_text(encoding="utf-8")
    keys = re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)
    assert keys == [*DICTIONARY_COLUMNS, "column", "name"]
    entry = dict.fromkeys(DICTIONARY_COLUMNS, "x") | {
        "direction": "neutral",
        "marking": "OFFICIAL",
        "police_driven": "no",
    }
    lacking = {}
    for key in DICTIONARY_COLUMNS:
        try:
            read_dictionary({"a": {k: v for k, v in entry.items() if k != key}})
            lacking[key] = False
        except SchemaError:
            lacking[key] = True
    assert {key for key, asked in lacking.items() if not asked} == {"licence", "sharing_basis"}


def rows_of_sources(repository: Path) -> dict[str, str]:
    text = (repository / "data" / "README.md").read_text(encoding="utf-8")
    table = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]
    return {row[0]: row[3] for row in table if len(row) == 4}


def test_each_source_has_the_reader_that_reads_it(repository):
    """The reader of a source takes a row of the source's own columns."""
    readers = rows_of_sources(repository)
    deprivation = {name: reader for name, reader in readers.items() if "Deprivation" in name}
    assert len(deprivation) == 2
    assert all("`read_deprivation`" in reader for reader in deprivation.values())
    english = pd.DataFrame({"LSOA code (2021)": ["E01000001"], "Index of Multiple Deprivation (IMD) Rank": [29199]})
    welsh = pd.DataFrame({"LSOA code": ["W01000001"], "WIMD 2019": [1909]})
    assert sh.read_deprivation(english, year=2025).settings.year == 2025
    assert sh.read_deprivation(welsh, year=2019).settings.year == 2019
    for reader in readers.values():
        for name in re.findall(r"`([a-z]\w+)[`(]", reader):
            assert callable(public_object(name)), name


#: By the schema of the Citation File Format 1.2.0: what a file of software without an address holds.
ASKED = {"cff-version", "message", "title", "authors"}
ALLOWED = ASKED | {"abstract", "date-released", "keywords", "license", "type", "version"}


def test_the_citation_file_is_valid_and_of_this_version(repository):
    yaml = pytest.importorskip("yaml")
    cited = yaml.safe_load((repository / "CITATION.cff").read_text(encoding="utf-8"))
    assert cited.keys() >= ASKED
    assert cited.keys() <= ALLOWED
    assert (cited["cff-version"], cited["type"], cited["license"]) == ("1.2.0", "software", "MIT")
    assert str(cited["version"]) == __version__
    assert isinstance(cited["date-released"], dt.date)
    assert all(author.keys() == {"name"} for author in cited["authors"])
    assert len(set(cited["keywords"])) == len(cited["keywords"])
    assert "://" not in (repository / "CITATION.cff").read_text(encoding="utf-8")
