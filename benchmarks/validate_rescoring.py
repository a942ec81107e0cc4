"""What changed, and what would have changed anyway: simulated half-years, and real ones in which nothing was done.

Run: SOCHARM_SHARED=... python benchmarks/validate_rescoring.py [--worlds 40] [--out docs/validation/rescoring.md]
Worlds are drawn around Northumbria's wards; the placebo is the worst 20 wards and LSOAs of one half-year in the next
one, for two ways of cutting thirteen months. Without the shared data nothing is written.
"""

from __future__ import annotations

import argparse
import os
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from rescoring_worlds import WORLDS, Base, run
from validate_next_period import HALVES, units

import socharm as sh
from socharm.errors import SocharmWarning
from socharm.rescoring.paired_counts import period_counts

SHOWN = {
    "bias": "bias (log)", "held": "95% held", "held, others": "... others", "slope": "slope", "false": "wrong names",
    "power p": "p < .05", "power": "named", "naive bias": "naive bias", "naive held": "naive held",
    "naive false": "naive wrong", "naive power": "naive named",
}  # fmt: skip
LIST = {"list error": "error", "list held": "95% held", "list shown": "shown as fallen"}
CHURN = {"stayed": "stayed", "stay expected": "expected", "stay held": "inside 95%"}


def real_base(counts: sh.io.Counts, people: sh.io.Population) -> Base:
    """Crimes of twelve months, residents and weights of Northumbria's wards."""
    index = _index(counts.between("2013-06", "2014-05"), people)
    kinds = index.cells.groupby("offence", observed=True)["weight"].first().sort_index()
    areas = index.table.index[index.table["rankable"].to_numpy(dtype=bool)]
    period = period_counts(index, areas, kinds.index)
    return Base(period.by_offence, period.exposure, kinds.to_numpy(dtype=float))


def _index(counts: sh.io.Counts, people: sh.io.Population) -> sh.severity.SeverityIndex:
    weights = sh.load_weights("ons-css").crosswalk("police.uk", force="Northumbria", allow_stale=True)
    return sh.severity_index(counts, weights, population=people, missing="leave out")


def placebo(data: dict[str, tuple[sh.io.Counts, sh.io.Population]]) -> pd.DataFrame:
    """The worst twenty of a half-year in the next one; nothing was done to them."""
    rows = []
    for unit, (counts, people) in data.items():
        for halves in HALVES:
            earlier, later = (_index(counts.between(*months), people) for months in halves)
            began = time.perf_counter()
            change = sh.rescoring.expected_change(earlier, later)
            took = time.perf_counter() - began
            receipt = sh.rescoring.churn_receipt(earlier, later, seed=1).findings
            stay = f"{receipt.expected:.1f} [{receipt.low_95:.0f} to {receipt.high_95:.0f}]"
            row, verdict = change.pooled.iloc[0], change.table.loc[change.table["listed"], "verdict"]
            rows.append(
                {
                    "areas": f"{len(change.table):,} {unit}", "later": " to ".join(halves[1]),
                    "recorded": f"{row['ratio'] - 1:+.1%}", "trend": f"{row['trend'] - 1:+.1%}",
                    "selection": f"{row['selection'] - 1:+.1%}", "beyond": f"{row['beyond'] - 1:+.1%}",
                    "95% interval": f"{row['beyond_low_95'] - 1:+.1%} to {row['beyond_high_95'] - 1:+.1%}",
                    "fell, rose": f"{(verdict == 'fell').sum()}, {(verdict == 'rose').sum()}",
                    "stayed": f"{receipt.stayed}; {stay}",
                    "median move": f"{receipt.median_move:.0f}; {receipt.move_expected:.1f}",
                    "drift": f"{change.findings.drift:.2f}", "seconds": f"{took:.1f}",
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


def simulated(base: Base, worlds: int, churn_worlds: int) -> dict[str, pd.DataFrame]:
    """Measures of every kind of world."""
    found = {}
    for name in WORLDS:
        began = time.perf_counter()
        found[name] = run(name, base, worlds, churn_worlds=churn_worlds)
        means = found[name].mean()
        print(name, f"{time.perf_counter() - began:.0f} s", means.round(3).to_dict(), flush=True)
    return found


def lines(found: dict[str, pd.DataFrame], shown: dict[str, str]) -> str:
    """Means of some measures, a line for each kind of world."""
    means = pd.DataFrame({name: table.mean() for name, table in found.items()}).T[list(shown)].rename(columns=shown)
    return markdown(means.reset_index(names="world"))


def markdown(table: pd.DataFrame) -> str:
    """A table as Markdown, a missing number as a dash."""

    def cell(value: object) -> str:
        if isinstance(value, float):
            return "-" if np.isnan(value) else f"{value:.3f}"
        return str(value)

    head = f"| {' | '.join(table.columns)} |\n|{' --- |' * table.shape[1]}"
    return "\n".join([head, *(f"| {' | '.join(map(cell, row))} |" for row in table.itertuples(index=False))])


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=40)
    parser.add_argument("--churn-worlds", type=int, default=300)
    parser.add_argument("--out", default="docs/validation/rescoring.md")
    options = parser.parse_args()
    warnings.simplefilter("ignore", SocharmWarning)
    data = Path(os.environ.get("SOCHARM_SHARED", "../shared")) / "data"
    if not data.exists():
        print("the shared data is not here; nothing is written")
        return
    force = units(data)
    real = placebo(force)
    print(real.to_string(), flush=True)
    found = simulated(real_base(*force["wards"]), options.worlds, options.churn_worlds)
    Path(options.out).write_text(page(real, found, options.worlds), encoding="utf-8")


#: What is asked for: the measure, its limits, and the worlds in which it is asked.
ASKED = (
    ("bias by area (log)", "bias", -0.02, 0.02, list(WORLDS)),
    ("95% interval by area holds", "held", 0.92, 1.0, list(WORLDS)),
    ("slope on true change", "slope", 0.9, 1.1, ["random changes"]),
    ("wrong names", "false", 0.0, 0.2, [name for name in WORLDS if name not in ("-20% in all 20", "random changes")]),
    ("wrong names, drift .15", "false", 0.0, 0.15, ["drift .15"]),
    ("95% interval of the list holds", "list held", 0.85, 1.0, list(WORLDS)),
    ("a fall of all 20 by a fifth is shown", "list shown", 0.95, 1.0, ["-20% in all 20"]),
    ("as many stay as the receipt says, nothing done", "stay held", 0.95, 1.0, ["no change", "drift .15"]),
)


def criteria(found: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """What is asked for, the world that does worst, and where it is not met."""
    rows = []
    for asked, measure, low, high, kinds in ASKED:
        means = pd.Series({kind: found[kind][measure].mean() for kind in kinds})
        worst = (means - (low + high) / 2).abs().idxmax() if measure in ("bias", "slope") else (
            means.idxmax() if low == 0 else means.idxmin()
        )  # fmt: skip
        missed = [f"{kind} ({value:.3f})" for kind, value in means.items() if not low <= value <= high]
        rows.append(
            {
                "asked": asked, "from": f"{low:g}", "to": f"{high:g}", "worst": f"{means[worst]:.3f} in {worst}",
                "not met in": ", ".join(missed) or "-",
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def page(real: pd.DataFrame, found: dict[str, pd.DataFrame], worlds: int) -> str:
    """The page as Markdown."""
    return PAGE.format(worlds=worlds, placebo=markdown(real), areas=lines(found, SHOWN), list=lines(found, LIST),
                       churn=lines(found, CHURN), asked=markdown(criteria(found)))  # fmt: skip


PAGE = """# Does the comparison of two periods find changes, and only them?

Made by `python benchmarks/validate_rescoring.py --worlds {worlds}`, from Northumbria's thirteen months of police.uk.

## Half-years in which nothing was done

The 20 places with the highest rate of one half-year, in the next one. No programme is known: the change beyond
expectation should not differ from 0. *Stayed* is of the first 20; behind it what would have stayed had nothing changed,
with its 95% interval.

{placebo}

## Simulated half-years

{worlds} worlds of each kind, drawn around Northumbria's wards: rates by kind of crime, months over-dispersed, a shock
that all kinds share in a month, and a drift of each area in each half-year with a standard deviation of .07 unless the
world says otherwise. The list is the first 20 of the earlier half-year. *Naive* compares before with after, with the
same over-dispersion. *Wrong names*: share of the areas said to have fallen, at a borne share of .10, that did not; a
world in which nothing is named counts as 0. *Named*: share of the true falls that are among them.

{areas}

*Heavy-tailed drift* is Student's t with three degrees of freedom and a standard deviation of .10; *heavy-tailed
centres* multiplies rates by the exponential of a quarter of such a t; *rare serious offences* adds one that weighs
twenty times a violent crime and is 150 times as rare, and four times where weights are capped; *neighbours drift
together* correlates the drift of areas next to each other in the order of their codes by .8.

The list together:

{list}

How many of the first 20 stayed, over the same worlds; where something was done, fewer stay than the receipt expects:

{churn}

## What is asked for

{asked}

A share of {worlds} worlds has an error of up to .05. Where a few offences of great weight make most of the variance of
harm, `expected_change` warns of it (`findings.unevenness`): take capped weights to compare periods. A fall of a fifth
in three places of twenty is seldom found by a method that names few wrong ones, because chance and drift move places by
as much from one half-year to the next.
"""


if __name__ == "__main__":
    main()
