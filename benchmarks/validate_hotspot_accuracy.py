"""Hot spot methods side by side on months that they have not seen: wards and squares of Northumbria, and the sample.

Run: SOCHARM_SHARED=... python benchmarks/validate_hotspot_accuracy.py [--draws 2000] [--out FILE]
Writes the page, docs/validation/hotspot-accuracy.md. Without the shared data nothing is written.
"""

from __future__ import annotations

import argparse
import os
import time
import warnings
from pathlib import Path

from validate_holdout import findings, markdown, northumbria_index, number

import socharm as sh
from socharm.errors import SocharmWarning

SEED = 1
K = ("5%", "10%")
CHOICES = {"window": 3, "horizon": 1, "step": 1}
COLUMNS = ("share_harm", "harm_pai", "pai", "harm_pei", "recapture_harm")
HEADS = ("share of harm", "harm-PAI", "PAI", "harm-PEI", "recapture of harm")


def squares(data: Path, wards: object, size: float) -> sh.evaluation.HotspotComparison:
    """Harm per square of the ground that the wards have."""
    cells = sh.io.grid(wards, size)
    crime = sh.read_incidents(data / "crime/northumbria-2013-14", source_name="police.uk")
    weights = sh.load_weights("ons-css").crosswalk("police.uk", force="Northumbria", allow_stale=True)
    index = sh.severity_index(sh.count_incidents(crime, cells), weights)
    return sh.evaluation.compare_hotspots(
        index, cells, k=K, methods=("Gi*", "local Moran", "kernel density"), resamples=200, rank_draws=200, seed=SEED,
        **CHOICES,
    )  # fmt: skip


def sample(draws: int) -> sh.evaluation.HotspotComparison:
    """The packaged sample: 100 wards, 24 months."""
    force = sh.load_sample()
    weights = sh.load_weights("ons-css").crosswalk("police.uk", allow_stale=True)
    index = sh.severity_index(sh.count_incidents(force.incidents, force.wards), weights, force.population)
    return sh.evaluation.compare_hotspots(index, force.wards, k=K, resamples=draws, seed=SEED, **CHOICES)


def shown(found: sh.evaluation.HotspotComparison, denominator: str) -> str:
    """What the first areas of each order held."""
    table = found.table[found.table["denominator"] == denominator]
    rows = []
    for row in table.to_dict("records"):
        cells = [str(row["k"]), row["ranker"], str(row["origins"])]
        for name in COLUMNS:
            ends = [number(row[f"{name}{end}"], name) for end in ("", "_low_95", "_high_95")]
            by_chance = row["ranker"] == "random" or name not in ("share_harm", "harm_pai")
            cells.append(ends[0] if by_chance else "{} ({} to {})".format(*ends))
        rows.append(cells)
    return markdown(sorted(rows, key=lambda cells: K.index(cells[0])), ["first", "order", "origins", *HEADS])


def section(title: str, says: str, found: sh.evaluation.HotspotComparison) -> list[str]:
    """One place: a table by ground, and one by residents where there are any."""
    lines = [f"## {title}", "", f"{says} Neighbours: {found.rule}. Bandwidth: {found.bandwidth_m:,.0f} m.", ""]
    for denominator in reversed(found.findings.denominators):
        if denominator != "areas":
            what = "ground" if denominator == "area" else "residents"
            lines += [f"### Per {what}", "", shown(found, denominator), ""]
    return lines


def main() -> None:
    """Run and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=2_000)
    parser.add_argument("--out", type=Path, default=Path("docs/validation/hotspot-accuracy.md"))
    chosen = parser.parse_args()
    shared = os.environ.get("SOCHARM_SHARED", "")
    data = Path(shared) / "data"
    if not shared or not data.is_dir():
        print("SOCHARM_SHARED is not set or has no data: nothing is written.")
        return
    warnings.simplefilter("ignore", SocharmWarning)
    began = time.process_time()
    index, wards = northumbria_index(data)
    real = sh.evaluation.compare_hotspots(index, wards, k=K, resamples=chosen.draws, seed=SEED, **CHOICES)
    cells = squares(data, wards, 1_000.0)
    lines = [
        "# Hot spot methods compared",
        "",
        f"Made by `python benchmarks/validate_hotspot_accuracy.py --draws {chosen.draws}`; `make validate` runs it "
        "where the shared data are. What is measured: [hold-out](../methods/hold-out.md).",
        "",
        "Areas are put in order on three months and measured on the month after, again each month. Intervals are 95%, "
        "from bootstrap samples of areas, the same for every order. No order is tested for significance: what counts "
        "is what came. A density is made to hold much on little ground, a rate to hold much per resident.",
        "",
        *section(
            "Northumbria, 177 wards, June 2013 to June 2014",
            f"{real.findings.origins} origins. Harm by weights of police.uk categories.",
            real,
        ),
        "The first tenth of these wards by each method, against the first tenth by the recorded harm rate (*more* or "
        "*less* where the interval of the difference leaves out zero):",
        "",
        *(
            findings(real, "10%", ("harm rate",), ranker=method).replace("harm rate", method, 1)
            for method in real.settings.methods
        ),
        "",
        *section(
            f"Northumbria, {int(cells.origins['areas'].max()):,} squares of 1 km",
            f"{cells.findings.origins} origins. Harm per square, without a population; 200 bootstrap samples.",
            cells,
        ),
        *section("The sample, 100 wards, 24 months", "An invented force with planted hot wards.", sample(chosen.draws)),
    ]
    chosen.out.write_text("\n".join(lines), encoding="utf-8")
    print(f"{time.process_time() - began:.0f} s of processor time; wrote {chosen.out}")


if __name__ == "__main__":
    main()
