"""Make the packaged weight tables from the public files they are facts of.

    SOCHARM_SHARED=/path/to/shared python data/build_weight_tables.py [FOLDER]

Writes `ons_css_2020.csv` (the ONS Crime Severity Score weights), `police_uk_categories_2019_20.csv`
(volume, mean weight and its variance for each police.uk category and force) and the same for groups of
the Home Office and of the Metropolitan Police to FOLDER, by default the package's own `io/tables`. A test
makes them again and compares them with the packaged ones, letter for letter.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pandas as pd

from socharm.io.crosswalk import category_statistics
from socharm.io.forces import ENGLAND_AND_WALES, FORCES
from socharm.io.offence_counts import OffenceCounts, read_offence_counts
from socharm.io.offence_groupings import grouped_as
from socharm.offences import canonical_offence, offence_key

TABLES = Path(__file__).parents[1] / "socharm" / "io" / "tables"
WEIGHTS = "severity-weights/policeuk-ons-code-join.csv"
COUNTS = "recorded-crime/prc-pfa-2019-20_detailed-offence-counts.csv"
NAMES = {"police.uk": "police_uk_categories", "home-office": "home_office_groups", "mps": "mps_groups"}
LICENCE = "Contains public sector information licensed under the Open Government Licence v3.0."


def weight_table(shared: Path) -> pd.DataFrame:
    """ONS weights by Home Office count code, the weight as the text that was published."""
    joined = pd.read_csv(shared / "data" / WEIGHTS, encoding="latin-1", dtype=str)
    table = pd.DataFrame(
        {
            "count_code": joined["ONS_COUNTS_code"].str.strip(),
            "severity_code": joined["ONS_SEVERITY_code"].str.strip(),
            "description": joined["ONS_COUNTS_description"].str.split().str.join(" "),
            "weight": joined["ONS_SEVERITY_weight"].str.strip(),
            "category": joined["POLICE_UK_CAT_MAP_category"].map(canonical_offence),
        }
    )
    return table.assign(source="ONS Crime Severity Score, 2020 release").sort_values("count_code", ignore_index=True)


def category_table(weights: pd.DataFrame, counts: OffenceCounts, target: str) -> pd.DataFrame:
    """Volume, mean weight and variance by force and group of a target; ten significant digits."""
    by_key = weights.assign(weight=weights["weight"].astype(float)).set_index(weights["count_code"].map(offence_key))
    if target != "police.uk":
        by_key = by_key.assign(category=[grouped_as(key, target) for key in by_key.index])
    cells = counts.table.join(by_key[["weight", "category"]], on="offence").assign(variance=0.0)
    if cells["weight"].isna().any():
        raise SystemExit(f"codes without a weight: {sorted(cells.loc[cells['weight'].isna(), 'count_code'].unique())}")
    parts = {ENGLAND_AND_WALES: cells} | {name: cells[cells["force"] == name] for name in FORCES.values()}
    rows = pd.concat({name: category_statistics(part) for name, part in parts.items()}, names=["force"])
    written = rows.reset_index()
    for column in ("weight", "within_variance"):
        written[column] = written[column].map("{:.10g}".format)
    return written


def write(table: pd.DataFrame, path: Path, source: str) -> None:
    """Write a table under a first line that names its source."""
    text = f"# {source} {LICENCE}\n" + table.to_csv(index=False, lineterminator="\n")
    path.write_text(text, encoding="utf-8", newline="\n")


def build(shared: Path, folder: Path) -> None:
    """Write both tables to `folder`."""
    weights = weight_table(shared)
    counts = read_offence_counts(shared / "data" / COUNTS)
    write(weights, folder / "ons_css_2020.csv", "Office for National Statistics: Crime Severity Score, 2020 release.")
    for target, name in NAMES.items():
        write(
            category_table(weights, counts, target),
            folder / f"{name}_2019_20.csv",
            "Home Office: police recorded crime open data 2019/20, weighted with the ONS Crime Severity Score of 2020; "
            "England and Wales includes British Transport Police.",
        )


if __name__ == "__main__":
    build(Path(os.environ["SOCHARM_SHARED"]), Path(sys.argv[1]) if len(sys.argv) > 1 else TABLES)
