"""Does the predictive interval hold the rank that came? Half-years of Northumbria; docs/validation/next-period.md.

Run: SOCHARM_SHARED=... python benchmarks/validate_next_period.py [--draws 4000] [--out docs/validation/next-period.md]
Every pair of six months and the six after, of thirteen; wards, and LSOAs of 2011. Without the shared data nothing is
written.
"""

from __future__ import annotations

import argparse
import os
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from validate_holdout import RECODED

import socharm as sh
from socharm.errors import SocharmWarning

SEED = 1
HALVES = (
    (("2013-06", "2013-11"), ("2013-12", "2014-05")),
    (("2013-07", "2013-12"), ("2014-01", "2014-06")),
)
QUARTERS = (
    (("2013-06", "2013-08"), ("2013-09", "2013-11")),
    (("2013-09", "2013-11"), ("2013-12", "2014-02")),
    (("2013-12", "2014-02"), ("2014-03", "2014-05")),
)


def units(data: Path) -> dict[str, tuple[sh.io.Counts, sh.io.Population]]:
    """Counts and residents of the wards and the LSOAs."""
    crime = sh.read_incidents(data / "crime/northumbria-2013-14", source_name="police.uk")
    wards = sh.read_boundaries(
        data / "boundaries/wards_2022_northumbria.gpkg", code="ward_code", name="ward_name", year=2022
    )
    table = pd.read_csv(data / "population/population_wards_2022_northumbria.csv")
    people = sh.read_population(
        table.assign(gss_code=table["gss_code"].replace(RECODED)), code="gss_code", value="population",
        kind="resident", date="2020-06-30",
    )  # fmt: skip
    lsoas = sh.read_boundaries(data / "boundaries/lsoa_2011_northumbria.gpkg", code="LSOA11CD", year=2011)
    residents = sh.read_population(
        data / "population/population_mid2020_lsoa11.csv", code="lsoa11_code", value="total_population",
        kind="resident", date="2020-06-30",
    )  # fmt: skip
    return {
        "wards": (sh.count_incidents(crime, wards), people),
        "LSOAs": (sh.count_incidents(crime, lsoas), residents),
    }


def held(counts: sh.io.Counts, people: sh.io.Population, pair: tuple, draws: int) -> list[dict[str, float]]:
    """Shares of later recorded ranks inside the intervals of the earlier months, by horizon."""
    weights = sh.load_weights("ons-css").crosswalk("police.uk", force="Northumbria", allow_stale=True)
    earlier, later = (sh.severity_index(counts.between(*months), weights, population=people) for months in pair)
    came = later.table["rate"].astype(float).rank(ascending=False, method="min")
    rows = []
    for horizon in ("this period", "next period"):
        table = sh.rank_areas(earlier, draws=draws, seed=SEED, horizon=horizon).table
        low, high = table["rank_low_95"].astype(float), table["rank_high_95"].astype(float)
        inside = (came >= low) & (came <= high)
        first = table["rank"] <= np.ceil(0.1 * len(table))
        rows.append(
            {
                "horizon": horizon, "held": inside.mean(), "held, first tenth": inside[first].mean(),
                "mean width": (high - low).mean(),
            }
        )  # fmt: skip
    return rows


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=4_000)
    parser.add_argument("--out", default="docs/validation/next-period.md")
    options = parser.parse_args()
    warnings.simplefilter("ignore", SocharmWarning)
    data = Path(os.environ.get("SOCHARM_SHARED", "../shared")) / "data"
    if not data.exists():
        print("the shared data is not here; nothing is written")
        return
    rows = []
    for unit, (counts, people) in units(data).items():
        for pair in (*HALVES, *QUARTERS):
            months = [f"{start} to {end}" for start, end in pair]
            rows += [
                {"areas": unit, "ranked on": months[0], "came in": months[1], **row}
                for row in held(counts, people, pair, options.draws)
            ]
    table = pd.DataFrame(rows)
    print(table.to_string())
    Path(options.out).write_text(page(table, options.draws), encoding="utf-8")


def page(table: pd.DataFrame, draws: int) -> str:
    """The page as Markdown."""
    shown = table.assign(**{"mean width": table["mean width"].round(1)}).round(3)
    head = f"| {' | '.join(shown.columns)} |\n|{' --- |' * shown.shape[1]}"
    body = "\n".join(f"| {' | '.join(map(str, row))} |" for row in shown.itertuples(index=False))
    return f"""# Does the interval hold the rank that comes next?

Made by `python benchmarks/validate_next_period.py --draws {draws}` from Northumbria's thirteen months of police.uk.

An interval of `rank_areas` is of the mean rate of the months assessed. The rank that the next months record is another
thing: it has luck of its own. `horizon="next period"` gives its interval. Each line ranks on some months and looks
where the ranks recorded in the months after fall; 95% is asked. Seasons differ between places, which is in these
figures. Three months hold less than six: φ is then told by three months only.

{head}
{body}

The first tenth is of 18 wards, so one ward is .056. The intervals of this period hold fewer: they were not made for it.
"""


if __name__ == "__main__":
    main()
