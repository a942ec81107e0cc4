"""Near repeats in an assessment: of the offences asked for, where there are days; a source of months is refused."""

from __future__ import annotations

import pandas as pd
import pytest
from worlds import with_days, write_world

from socharm.assessment.run import run_assessment
from socharm.errors import SchemaError
from socharm.hotspots import knox

OUTPUTS = "[outputs]\n" + "".join(
    f"{name} = false\n" for name in ("heat", "hotspots", "clusters", "micro_places", "concentration", "signals")
)


@pytest.mark.filterwarnings("ignore")
def test_table_sheet_picture_and_sentences(tmp_path):
    recipe = with_days(tmp_path)
    recipe.write_text(recipe.read_text() + OUTPUTS)
    made = run_assessment(recipe)
    found = made.tables["near_repeats"]
    rows = pd.read_csv(tmp_path / "extract.csv")
    burglary = rows[rows["Offence"] == "Burglary"].rename(columns={"Easting": "x", "Northing": "y", "Date": "date"})
    same = knox(burglary, seed=1).table
    assert found["pairs"].tolist() == same["pairs"].tolist()
    assert found["p"].tolist() == same["p"].tolist()
    held = found[found["near_repeat"]]
    assert held.loc[held["ratio"].idxmax(), ["distance_to", "days_from"]].tolist() == [100.0, 0.0]
    assert made.tables.stored("near_repeats").settings["offences"] == ["Burglary"]
    assert (made.path / "maps" / "near_repeats.png").exists()
    # An extract is closed input: its ratios may be published, its counts may not.
    told = made.tables.declared["near_repeats"].rules
    assert told["ratio"] == "decimals:1"
    assert {told[name] for name in ("pairs", "expected", "p", "p_adjusted")} == {"withhold"}
    told = f"{len(held)} of 30 cells beyond chance, the strongest {held['ratio'].max():.1f} times the expected"
    assert told in str(made.summary())


@pytest.mark.filterwarnings("ignore")
def test_a_source_of_months_is_refused_with_the_reason(tmp_path):
    recipe = write_world(tmp_path)
    recipe.write_text(recipe.read_text() + "\n[near_repeat]\n")
    with pytest.raises(SchemaError, match=r"\[near_repeat\] .*a month is not a day"):
        run_assessment(recipe)
