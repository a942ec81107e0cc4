"""Do signals keep their false-alarm rate, how long is a rise waited for, and which silent areas are found?

Run: python benchmarks/validate_signals.py [--worlds 40] [--out docs/validation/signals.md]
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
from scipy import stats
from signals_worlds import GIANT, RESIDUALS, WORLDS, change_points, delays, false_alarms, questions

from socharm.stats.proportions import exact_interval, newcombe_interval, wilson_interval


def table(head: list[str], rows: list[list[str]]) -> list[str]:
    """Lines of a table."""
    return ["| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *rows)]


def alarms(worlds: int) -> list[str]:
    """False alarms a year, stated and realised."""
    rows = []
    for name, world in WORLDS.items():
        cells = [name]
        for span, first, rate in ((13, 6, 1.0), (13, 6, 6.0), (24, 12, 6.0)):
            found, error = false_alarms(world, span=span, first=first, rate=rate, worlds=worlds)
            cells.append(f"{found:.1f} ± {2 * error:.1f}")
        rows.append(cells)
    return table(["world", "1 stated, 6 + 7 months", "6 stated, 6 + 7 months", "6 stated, 12 + 12 months"], rows)


def waits(worlds: int) -> list[str]:
    """Months until a rise of 30% is found, and of 50%, by crimes a month."""
    rows = []
    for first, rise, drift in ((6, 1.3, 0.0), (12, 1.3, 0.0), (12, 1.3, 0.1), (12, 1.5, 0.1)):
        found = delays(first=first, rise=rise, rate=1.0, worlds=worlds, drift=drift)
        for size, row in found.iterrows():
            median = "over 24" if not np.isfinite(row["median"]) else f"{row['median']:.0f}"
            rows.append(
                [f"{rise - 1:.0%}", f"{first}", f"{drift:g}", f"{size:.0f}", median, f"{row['year']:.0%}",
                 f"{row['two years']:.0%}"]
            )  # fmt: skip
    head = ["rise", "months of baseline", "drift", "crimes a month", "median months", "within a year", "in two years"]
    return table(head, rows)


def cuts(worlds: int) -> list[str]:
    """Change points where there are none, and in 8 of 177 areas of 40 crimes a month."""
    rows = []
    for name in ("over-dispersed and seasonal", "drift of areas .10", "random walk of areas"):
        for span, jump in ((13, 1.0), (24, 1.0), (24, 1.5), (24, 2.0), (36, 1.5)):
            found = change_points(WORLDS[name], span=span, worlds=worlds, jump=jump)
            planted = jump != 1.0
            rows.append(
                [name, f"{span}", f"+{jump - 1:.0%}" if planted else "none", f"{found['wrong']:.2f}",
                 f"{found['found']:.0%}" if planted else "-", f"{found['near']:.0%}" if planted else "-"]
            )  # fmt: skip
    return table(["world", "months", "change", "wrong names", "found", "within one month"], rows)


def giants(worlds: int) -> list[str]:
    """What the others seem to do beside one area that outweighs them and doubles."""
    rows = []
    for name, world in (("without it", {}), ("beside it", GIANT)):
        alarms_a_year, error = false_alarms(world, span=13, first=6, rate=6.0, worlds=worlds)
        none, half = (change_points(world, span=24, worlds=worlds, jump=jump) for jump in (1.0, 1.5))
        told = f"{alarms_a_year:.1f} ± {2 * error:.1f}"
        rows.append([name, told, f"{none['wrong']:.2f}", f"{half['found']:.0%}", f"{half['wrong']:.2f}"])
    head = [
        "the others",
        "false alarms a year, 6 stated",
        "wrong names, none changed",
        "rises of 50% found",
        "wrong names",
    ]
    return table(head, rows)


def coverage() -> list[str]:
    """Exact coverage of the intervals of a share and of a change, over all outcomes."""
    rows = []
    for asked in (10, 30, 100):
        yes = np.arange(asked + 1)
        for share in (0.05, 0.2, 0.5):
            chance = stats.binom.pmf(yes, asked, share)
            cells = [f"{asked}", f"{share:g}"]
            for made in (wilson_interval, exact_interval):
                low, high = made(yes, np.full(asked + 1, asked))
                cells.append(f"{chance[(low <= share) & (share <= high)].sum():.3f}")
            for later in (share, share + 0.2):
                first, second = np.meshgrid(yes, yes, indexing="ij")
                low, high = newcombe_interval((first, asked), (second, asked))
                both = chance[:, None] * stats.binom.pmf(yes, asked, later)
                cells.append(f"{both[(low <= later - share) & (later - share <= high)].sum():.3f}")
            rows.append(cells)
    return table(["asked", "share", "Wilson", "Clopper-Pearson", "Newcombe, no change", "Newcombe, +20 points"], rows)


def asking(worlds: int) -> list[str]:
    """Precision and recall of the areas asked about."""
    rows = []
    for indicator in (0.0, 0.7, 0.9, 0.97):
        for kind in RESIDUALS:
            found = questions(kind, indicator, worlds=worlds)
            rows.append(
                [f"r = {indicator:g}" if indicator else "none", kind, f"{found['spread']:.2f}", f"{found['asked']:.1f}",
                 f"{1 - found['in vain']:.2f}", f"{found['recall']:.2f}", f"{found['heavy']:.2f}",
                 f"{found['lowest']:.2f}"]
            )  # fmt: skip
    head = ["indicator", "ordinary areas", "spread", "asked", "precision", "recall", "... of 45% and more lost",
            "right among the lowest 18"]  # fmt: skip
    return table(head, rows)


def text(worlds: int) -> str:
    """The page."""
    parts = [
        ["# Do signals keep their promises?"],
        [f"Made by `python benchmarks/validate_signals.py --worlds {worlds}`. 177 areas of 25 crimes a month (median; "
         "a tenth have fewer than 10), over-dispersed (1.6), with a season of 15% and a falling trend; what each world "
         "changes of that stands in `benchmarks/signals_worlds.py`."],
        ["## False alarms a year over all areas"],
        ["The first number is what was realised, behind it two standard errors. Months are those of the baseline and "
         "those watched."],
        alarms(worlds),
        ["## How long a rise is waited for"],
        ["One false alarm a year over 177 areas. Twenty areas rise at once from the first watched month on. With one "
         "false alarm for so many areas a rise of 30% is found late or not at all where there are few crimes: the "
         "column `delay` of a run says so beside each area."],
        waits(worlds),
        ["**Limits.** The first number holds in worlds that drift, walk, have a season or move together by district; "
         "single months that double for no reason, in 3% of all, give half as many alarms again, and several times as "
         "many where one a year is stated. Twenty areas that rise at once pass in part for ordinary drift, which makes "
         "the waits longer than those of one area alone."],
        ["## Change points"],
        ["False discovery rate stated: .10. *Wrong names*: share of areas named that did not change; a world in which "
         "nothing is named counts as 0, so that where nothing changed it is the share of worlds with a name. Eight "
         "areas of 40 crimes a month change in the middle."],
        cuts(max(worlds // 2, 4)),
        ["### Beside one area that outweighs all others"],
        ["Beside 176 areas one of three times their crimes, which doubles in the middle; it is counted neither "
         "as a false alarm nor as a wrong name. By the sum of all others, as the month effect was before, it made them "
         "all seem to drift: 0.3 false alarms a year where 6 are stated, and no rise found (6 worlds)."],
        giants(worlds),
        ["## Surveys"],
        ["Exact, over all outcomes, at 95%."],
        coverage(),
        ["## Areas to ask about"],
        ["One area in ten lost 30 to 60% of its reports. Crime is expected from deprivation, from the neighbours' "
         "rates and, where stated, from an indicator that moves with harm (r: its correlation with the log of true "
         "crime). *Spread*: the standard deviation by which ordinary areas are found to differ. The false discovery "
         "rate stated is .20, a precision of .80."],
        asking(worlds),
        ["**Limits.** Without a good indicator most silent areas are not found, as wards that are alike in deprivation "
         "differ by a third anyway. Where ordinary areas have a tail downwards, or heavy tails, and no good indicator "
         "is at hand, up to half of those asked are asked in vain. Both are why the advice is a question."],
    ]  # fmt: skip
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", type=int, default=40)
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    began = time.perf_counter()
    page = text(chosen.worlds)
    print(page, f"{time.perf_counter() - began:.0f} seconds", sep="\n")
    if chosen.out is not None:
        chosen.out.write_text(page, encoding="utf-8")
