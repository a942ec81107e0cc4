"""What the index leaves out is left out of everything published."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from worlds import write_world

import socharm as sh
from socharm._about import About
from socharm.assessment.published import published_form
from socharm.errors import AlignmentError
from socharm.publish.disclosure import protect_tables
from socharm.publish.disclosure_settings import DisclosureSettings
from socharm.publish.recomputed import recomputed

EXCLUDED = ("place:*", "place:hospital", "drugs")


@pytest.fixture(scope="module")
def closed(tmp_path_factory):
    """The small world as closed input, a tenth of its rows at places that generate reports, some offences left out."""
    folder = tmp_path_factory.mktemp("closed")
    recipe = write_world(folder)
    for file in sorted((folder / "police-uk").rglob("*.csv")):
        rows = pd.read_csv(file)
        rows.loc[::10, "Location"] = "On or near Hospital"
        rows.loc[5::40, "Location"] = "On or near Supermarket"
        rows.to_csv(file, index=False)
    text = re.sub(r"\n\[(heat|outputs)\][^\[]*", "\n", recipe.read_text())
    names = ", ".join(f'"{name}"' for name in EXCLUDED)
    recipe.write_text(f"{text}\n[index]\nexclude = [{names}]\n[disclosure]\nopen = false\n[outputs]\nmaps = false\n")
    return sh.run_assessment(recipe)


def test_the_run_leaves_them_out(closed):
    left_out = closed.tables["counts"]["n"].sum() - closed.tables["cells"]["n"].sum()
    assert left_out > 0.1 * closed.tables["counts"]["n"].sum()


def test_without_noise_the_published_form_is_the_index(closed):
    tables = closed.tables
    made = recomputed(tables, tables["counts"], tables["flagged"], excluded=EXCLUDED)
    assert (
        made["index"]["crimes"].dropna().astype(int).tolist() == tables["index"]["crimes"].dropna().astype(int).tolist()
    )
    for name, column in (("index", "harm"), ("index", "rate"), ("by_period", "harm"), ("by_group", "crimes")):
        was = tables[name][column].astype(float).to_numpy()
        np.testing.assert_allclose(made[name][column].astype(float).to_numpy(), was, err_msg=f"{name}.{column}")


def test_published_crimes_are_those_that_were_ranked(closed):
    shown = published_form(closed).tables
    true, made = (int(tables["index"]["crimes"].sum()) for tables in (closed.tables, shown))
    # Noise of variance 2 in each cell and each flagged cell: five standard deviations of the sum.
    cells = int((closed.tables["cells"]["n"] > 0).sum() + (closed.tables["flagged"]["n"] > 0).sum())
    assert abs(made - true) < 5 * np.sqrt(2 * cells)
    assert made < closed.tables["counts"]["n"].sum() - 0.5 * (closed.tables["counts"]["n"].sum() - true)
    assert "drugs" not in set(shown["cells"].loc[shown["cells"]["n"] > 0, "offence"])
    # The same of harm: noise times weight, in the cells and in the flagged cells that are taken from them.
    weights = closed.tables["cells"].loc[closed.tables["cells"]["n"] > 0, "weight"]
    spread = np.sqrt(2 * 2 * (weights**2).sum())
    assert abs(shown["index"]["harm"].sum() - closed.tables["index"]["harm"].sum()) < 5 * spread
    assert 5 * spread < closed.tables["index"]["harm"].sum()


def test_the_workbook_of_a_closed_run_holds_the_same(closed):
    book = pd.read_excel(Path(closed.path) / "ranking.xlsx", sheet_name=None, header=None, engine="openpyxl")
    shown = published_form(closed).tables["index"]["crimes"].dropna().astype(int)
    found = 0
    for sheet in book.values():
        for row, column in zip(*np.nonzero((sheet == "Crimes").to_numpy()), strict=True):
            codes = np.flatnonzero((sheet.iloc[row] == "Code").to_numpy())
            first = codes[0] if len(codes) else 0
            named = dict(zip(sheet.iloc[row + 1 :, first], sheet.iloc[row + 1 :, column], strict=True))
            if set(shown.index) <= set(named):
                assert {code: int(named[code]) for code in shown.index} == shown.to_dict()
                found += 1
    assert found


def test_exclusions_that_were_not_stated_are_found(closed):
    secret = sh.publish.store_secret(closed.path.parent)
    with pytest.raises(AlignmentError, match="cells of the index are not the counts less nothing"):
        protect_tables(closed.tables, about=About(), secret=secret, settings=DisclosureSettings())
    with pytest.raises(AlignmentError, match="Give `excluded=` as the index was made"):
        protect_tables(closed.tables, about=About(), secret=secret, settings=DisclosureSettings(excluded=("drugs",)))


def test_an_extract_with_well_known_column_names_is_not_taken_for_open_data(tmp_path):
    recipe = write_world(tmp_path)
    rows = pd.concat(pd.read_csv(file) for file in sorted((tmp_path / "police-uk").rglob("*.csv")))
    names = {"Month": "Date", "Crime type": "Offence"}
    rows = rows.rename(columns=names)[["Date", "Offence", "Longitude", "Latitude"]]
    rows.to_csv(tmp_path / "extract.csv", index=False)
    text = recipe.read_text().replace('path = "police-uk"', 'path = "extract.csv"')
    recipe.write_text(re.sub(r"\n\[(heat|outputs)\][^\[]*", "\n", text) + "\n[outputs]\nmaps = false\n")
    made = sh.run_assessment(recipe)
    said = made.manifest["disclosure"]
    assert (said["open_input"], said["layout"]) == (False, "extract")
    assert (published_form(made).tables["counts"]["n"] != made.tables["counts"]["n"]).any()
    # the workbook has other numbers than summary and tables: both say so
    sentence = "The count of each area, offence and month is published with noise of up to 5; what is summed or worked "
    sentence += "out from such counts carries the noise of all of them. Smoothed rates and errors are not published."
    front = pd.read_excel(made.path / "ranking.xlsx", sheet_name="Read me", header=None, engine="openpyxl").astype(str)
    assert sentence in front.set_index(0).loc["Coverage", 1]
    first = pd.read_excel(made.path / "ranking.xlsx", sheet_name="Ranking", header=None, nrows=3, engine="openpyxl")[0]
    assert any(sentence in str(line) for line in first)
    assert "noise of up to 5 on the count of each area, offence and month" in made.summary()
    assert sentence not in made.about.coverage
