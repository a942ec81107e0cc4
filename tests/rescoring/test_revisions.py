"""What a source changed in months that were counted before: sums, ranks, and what is not known."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from assessed import drawn, make_assessment
from typer.testing import CliRunner
from worlds import write_world

import socharm as sh
from socharm.cli.app import app
from socharm.errors import AlignmentError, SocharmError
from socharm.rescoring import Revisions, delivery_calendar, open_store
from socharm.rescoring.revisions import kept_by, revisions_of

OFF = ("maps", "workbook", "geopackage", "heat", "clusters", "hotspots")
QUIET = "\n[outputs]\n" + "".join(f"{name} = false\n" for name in OFF)


pytestmark = pytest.mark.filterwarnings("ignore:one period")


def recipe_of(folder: Path, name: str, period: tuple[str, str], more: str = "") -> Path:
    """The recipe of the small world for some of its months."""
    text = (folder / "assessment.toml").read_text()
    line = next(line for line in text.splitlines() if line.startswith("period"))
    text = text.replace(line, f'period = ["{period[0]}", "{period[1]}"]').replace("[incidents]", f"[incidents]\n{more}")
    path = folder / f"{name}.toml"
    path.write_text(text + QUIET)
    return path


def shortened(folder: Path, month: str, every: int) -> int:
    """Take every so many-th row of a month out of the source; how many are left out."""
    path = next((folder / "police-uk" / month).glob("*street*.csv"))
    rows = pd.read_csv(path, dtype=str)
    kept = rows[np.arange(len(rows)) % every != 0]
    kept.to_csv(path, index=False)
    return len(rows) - len(kept)


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Path:
    """April alone; then, after a third of April was taken back, June with April and May kept beside it; then again."""
    folder = tmp_path_factory.mktemp("ledger")
    write_world(folder)
    sh.run_assessment(recipe_of(folder, "first", ("2025-04", "2025-04")))
    shortened(folder, "2025-04", 3)
    sh.run_assessment(recipe_of(folder, "second", ("2025-06", "2025-06"), 'ledger_since = "2025-04"'))
    shortened(folder, "2025-04", 2)
    sh.run_assessment(recipe_of(folder, "third", ("2025-06", "2025-06"), 'ledger_since = "2025-04"'))
    sh.run_assessment(recipe_of(folder, "plain", ("2025-05", "2025-05")))
    return folder / "store"


@pytest.fixture(scope="module")
def found(store) -> Revisions:
    return open_store(store).revisions()


def by_period(store: Path) -> dict[str, list[str]]:
    table = open_store(store).list().sort_values("made", kind="stable")
    return {month: list(rows.index) for month, rows in table.groupby("start", sort=False)}


def test_parts_add_up_and_chain(found, store):
    """Counts are whole numbers, so that the sums hold exactly."""
    first, (second, third) = by_period(store)["2025-04"][0], by_period(store)["2025-06"]
    months = found.months.set_index(["snapshot", "later", "period"])["change"]
    april = pd.Period("2025-04", "M")
    assert months[first, second, april] < 0
    assert months[first, third, april] == months[first, second, april] + months[second, third, april]
    assert months[second, third, pd.Period("2025-06", "M")] == 0
    sums = found.cells.groupby(["snapshot", "later", "period"])["change"].sum()
    assert months[months != 0].sort_index().equals(sums.sort_index().astype(months.dtype))
    assert (found.months["crimes_later"] - found.months["crimes_earlier"] == found.months["change"]).all()
    stored = sh.open_assessment(store / first).tables["counts"]["n"].sum()
    assert found.months.set_index(["snapshot", "later"]).loc[[(first, second)], "crimes_earlier"].sum() == stored
    areas = sh.open_assessment(store / first).tables["areas"]
    assert found.cells["force"].equals(found.cells["area_code"].map(areas["force"]).rename("force"))


def test_a_comparison_says_the_same_without_the_source(found, store):
    first, second = by_period(store)["2025-04"][0], by_period(store)["2025-06"][0]
    sides = [sh.open_assessment(store / name) for name in (first, second)]
    made = sh.rescoring.compare(*sides, allow=["seasons"], change_draws=100, worlds=100)
    mine = found.ranks[(found.ranks["snapshot"] == first) & (found.ranks["later"] == second)].set_index("area_code")
    parts = made.parts["revision"].dropna()
    assert (parts < 0).any()
    assert mine.loc[parts.index, "change"].to_numpy() == pytest.approx(parts.to_numpy(), abs=1e-12)
    assert "revision" not in set(made.findings["what"])
    ranking = sides[0].tables["ranking"]["rank"].astype("Int64")
    assert mine["rank_earlier"].astype("Int64").equals(ranking.reindex(mine.index).rename("rank_earlier"))


def test_what_did_not_change_keeps_every_rank(found, store):
    second, third = by_period(store)["2025-06"]
    same = found.ranks[(found.ranks["snapshot"] == second) & (found.ranks["later"] == third)]
    assert len(same) == 12
    assert (same["change"].dropna() == 0).all()
    assert same["rank_later"].equals(same["rank_earlier"].rename("rank_later"))


def test_what_nobody_kept_is_said_and_not_guessed(found, store):
    plain, (second, third) = by_period(store)["2025-05"][0], by_period(store)["2025-06"]
    told = found.not_told.set_index(["snapshot", "later"])["reason"]
    assert "No count of its months was kept later" in told[second, plain]
    assert "No count of its months was kept later" in told[third, plain]
    sides = [sh.open_assessment(store / name) for name in (plain, second)]
    made = sh.rescoring.compare(
        *sides, allow=["seasons"], change_draws=100, worlds=100,
        revised=sides[0],
    )  # fmt: skip
    assert "revision" not in set(made.findings["what"])
    april = sh.open_assessment(store / by_period(store)["2025-04"][0])
    made = sh.rescoring.compare(april, sides[0], allow=["seasons"], change_draws=100, worlds=100)
    row = made.findings.set_index("what").loc["revision"]
    assert "whether the source changed them since is not known" in row["reason"]
    assert "ledger_since = '2025-04'" in row["remedy"]
    assert (made.parts["revision"].dropna() == 0).all()


def test_months_that_the_source_no_longer_holds_stay_as_they_stood(store, tmp_path):
    folder = shutil.copytree(store.parent, tmp_path / "world", ignore=shutil.ignore_patterns("store"))
    sh.run_assessment(recipe_of(folder, "a", ("2025-04", "2025-05")))
    shutil.rmtree(folder / "police-uk" / "2025-04")
    sh.run_assessment(recipe_of(folder, "b", ("2025-06", "2025-06"), 'ledger_since = "2025-04"'))
    made = open_store(folder / "store").revisions()
    assert made.not_told["reason"].tolist() == [
        "Of April 2025 no count was kept later in 12 areas; these are taken as they stood."
    ]
    assert (made.months["change"] == 0).all()
    assert (made.ranks["change"].dropna() == 0).all()


def test_what_only_one_of_the_two_counted_is_no_change():
    """An area not covered in a month has no count there, which is not none: neither a fall nor a rise of the source."""
    n = drawn(4, 3)
    first, second = np.ones((4, 3), bool), np.ones((4, 3), bool)
    first[0, 1] = second[2, 0] = second[2, 1] = False
    first[:, 2] = False
    sides = [make_assessment(n, covered=mask, name=name) for mask, name in ((first, "a"), (second, "b"))]
    found = revisions_of([kept_by(side) for side in sides])
    assert found.months["period"].astype(str).tolist() == ["2024-04", "2024-05"]  # June was counted by one of them
    assert (found.months[["change", "areas"]] == 0).all(axis=None)
    assert not len(found.cells)
    whole = [n[np.ix_(areas, range(3), [month])].sum() for areas, month in (([0, 1, 3], 0), ([1, 3], 1))]
    assert found.months["crimes_earlier"].tolist() == found.months["crimes_later"].tolist() == whole
    assert found.not_told["reason"].tolist() == [
        "Of April 2024 and May 2024 no count was kept later in 1 area; these are taken as they stood. "
        "Of May 2024 and June 2024 a count was made later only in 4 areas; what was counted once is not compared.",
    ]


def test_a_ledger_that_cannot_be_is_refused(store):
    for said, match in (("2025-06", "not before the period"), ("soon", "no month")):
        with pytest.raises(SocharmError, match=match):
            sh.run_assessment(recipe_of(store.parent, "x", ("2025-06", "2025-06"), f'ledger_since = "{said}"'))


def test_the_ledger_is_never_published(store):
    made = sh.open_assessment(store / by_period(store)["2025-06"][0])
    names = ["ledger_counts", "ledger_flagged", "ledger_coverage"]
    assert all(made.tables.declared[name].secret for name in names)
    assert len(made.tables["ledger_counts"])
    assert set(made.tables["ledger_counts"]["period"].astype(str)) == {"2025-04", "2025-05"}


def test_the_command_tells_the_table(store, found):
    runner = CliRunner()
    said = runner.invoke(app, ["history", str(store), "--revisions"])
    assert said.exit_code == 0, said.output
    for row in found.months[found.months["areas"] > 0].to_dict("records"):
        assert f"{row['crimes_earlier']:,} crimes then, {row['crimes_later']:,} now ({row['change']:+,})" in said.output
    assert said.output.count("not told:") == len(found.not_told)
    told = json.loads(runner.invoke(app, ["history", str(store), "--revisions", "--json"]).stdout)
    assert [row["change"] for row in told["months"]] == found.months["change"].tolist()
    assert len(told["ranks"]) == len(found.ranks)
    both = runner.invoke(app, ["history", str(store), "--revisions", "--area", "W1"])
    assert both.exit_code == 2


def test_a_calendar_takes_no_count_of_other_months():
    n = drawn(4, 3)
    earlier, later = make_assessment(n), make_assessment(n, start="2025-04")
    other = make_assessment(n, start="2024-05")
    with pytest.raises(AlignmentError, match="`revised` is of May 2024 to July 2024, which are not the months"):
        delivery_calendar(earlier, later, by="area", revised=other)
    assert not len(delivery_calendar(earlier, later, by="area", revised=earlier).changed)
