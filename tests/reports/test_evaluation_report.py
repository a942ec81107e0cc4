"""The report of an evaluation: its words, its tables read back from the evaluation, and its four formats."""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from libpysal.graph import Graph
from shapely.geometry import box

import socharm as sh
from socharm.errors import AlignmentError

CODES = [f"E0500{n:04d}" for n in range(60)]
LINE = Graph.from_arrays(CODES[:-1] + CODES[1:], CODES[1:] + CODES[:-1], np.ones(118))
SITE = CODES[10:13]
MONTHS = [str(month) for month in pd.period_range("2024-01", periods=18, freq="M")]
CHOICES = {
    "name": "Patrols", "site": SITE, "start": "2025-01", "seed": 1, "placebos": 39, "worlds": 200, "months": 6,
    "methods": ["placebo sites", "event study", "displacement difference", "spillover rings"],
    "outcomes": [{"name": "crimes"}], "phases": {"clear": "2025-01", "hold": "2025-04"},
    "selection": "the worst of the year before", "selected_on": ("2024-01", "2024-12"),
}  # fmt: skip


def counts() -> pd.DataFrame:
    rng = np.random.default_rng(2)
    means = np.outer(rng.uniform(40, 60, 60), 1 + 0.2 * np.sin(np.arange(18)))
    means[10:13, 12:] *= 0.6
    means[[9, 13], 12:] *= 1.4
    return pd.DataFrame(rng.poisson(means), index=CODES, columns=MONTHS)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    path = tmp_path_factory.mktemp("protocol") / "protocol.toml"
    frame = counts()
    sh.evaluation.register_protocol(CHOICES, frame.loc[:, :"2024-12"], to=path, on=dt.date(2024, 12, 31))
    path.write_text(path.read_text().replace("buffer = 1", "buffer = 2"))
    return sh.evaluation.evaluate(path, frame, LINE, allow_changes=True)


@pytest.fixture(scope="module")
def report(made):
    return sh.reports.evaluation_report(made)


def test_it_begins_with_the_verdict_and_says_that_the_analysis_was_changed(made, report):
    first = report.document().section("verdict")
    assert first.lead == made.sentences["verdict"]
    assert first.opening == ("This is not the analysis that was registered: changed since: buffer.",)
    assert first.paragraphs == tuple(
        made.sentences[what] for what in ("selection", "detectable", "next door", "methods")
    )
    assert report.title == "Did it work? Patrols"
    assert report.line == (
        "E05000010, E05000011 and E05000012; from January 2025 on; looked at January 2024 to June 2025."
    )


def test_what_was_changed_stands_in_a_table_beside_what_was_registered(made, report):
    section = report.document().section("registered")
    assert section.tables[0].rows == (("buffer", "1", "2", "changed"),)
    assert section.paragraphs[0] == made.sentences["registration"]
    assert section.paragraphs[1] == "How the site was chosen, as stated: the worst of the year before."
    assert section.paragraphs[2] == "It was chosen on figures of January 2024 to December 2024."
    assert made.protocol.registration.analysis_sha256 in section.source


def test_every_method_has_its_line_and_every_number_its_place(made, report):
    rows = report.document().section("methods").tables[0].rows
    assert [row[0] for row in rows] == list(made.table["method"])
    for row, own in zip(rows, made.table.to_dict("records"), strict=True):
        assert row[1] == f"{100 * own['change']:+.0f}%"
        assert row[2] == f"{100 * own['low']:+.0f}% to {100 * own['high']:+.0f}%"
        assert row[4:] == (own["verdict"], own["reason"])
    held = {"methods": made.table.assign(key=made.table["outcome"] + ": " + made.table["method"]).set_index("key")}
    held |= {"phases": made.phases.assign(key=made.phases["outcome"] + ": " + made.phases["phase"]).set_index("key")}
    held |= {"rings": made.rings.assign(key=made.rings["outcome"] + ": " + made.rings["ring"]).set_index("key")}
    held |= {"totals": made.totals}
    shares = {"rings": ("low_95",)}
    for said in report.table.to_dict("records"):
        value = held[said["table"]].loc[said["row"], said["column"]]
        less = 1.0 if said["column"] in shares.get(said["table"], ()) else 0.0
        assert said["value"] == pytest.approx(value - less), said


def test_limits_name_the_areas_that_were_left_out(made, report):
    text = report.document().section("limits").paragraphs[0]
    assert text == (
        f"Compared with {len(made.findings.donors)} wards. Left out: 4 wards within 2 orders of neighbours of a site "
        "(E05000008, E05000009, E05000013 and E05000014)."
    )


def test_a_refusal_stands_with_its_reason(made):
    table = made.table.copy()
    table.loc[1, ["change", "low", "high", "p"]] = np.nan
    table.loc[1, ["verdict", "reason"]] = ["refused", "Too few areas."]
    other = sh.evaluation.Evaluation(**{**vars(made), "table": table})
    section = sh.reports.evaluation_report(other).document().section("methods")
    assert section.paragraphs == ("Event study was refused. Too few areas.",)
    assert len(section.tables[0].rows) == 3


def test_four_formats_hold_the_verdict(report, made, tmp_path):
    for kind in ("md", "html"):
        path = tmp_path / f"report.{kind}"
        report.save(path)
        text = path.read_text(encoding="utf-8")
        assert "relative to the areas it is compared with" in text
        assert "OFFICIAL" in text
    assert [path.name for path in (tmp_path / "report_files").iterdir()] == ["placebo-fan.png"]


def test_areas_that_lack_the_site_are_refused(made):
    shapes = [box(x, 0, x + 100, 100) for x in range(0, 3000, 100)]
    areas = gpd.GeoDataFrame({"name": "W"}, geometry=shapes, index=CODES[30:], crs="EPSG:27700")
    with pytest.raises(AlignmentError, match="of the site"):
        sh.reports.evaluation_report(made, areas=areas.rename_axis("area_code"))
