"""How often hot areas are found where there are none, and where there are some; written to docs/validation/hotspots.md.

Run: python benchmarks/validate_hotspots.py [--maps 40] [--seeds 40] [--workers 2] [--out docs/validation/hotspots.md]
Nulls: the 916 LSOAs of Northumbria with their residents of mid-2020 where SOCHARM_SHARED holds them (a lattice of
squares elsewhere), ONS category weights, nine months. Power: the sample's generator, its planted hot wards at several
effects.
"""

from __future__ import annotations

import argparse
import os
import time
import warnings
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import cache
from itertools import product
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import box

import socharm as sh
from socharm.errors import SocharmWarning
from socharm.sample.synthetic import SyntheticForce, make_force
from socharm.sample.synthetic_rates import LABELS

SIDE_ROWS, SIDE_COLUMNS = 4 * 229 // 28 + 1, 28
AREAS = 916
WORKERS = 2
#: Forces of the last table: seeds that no choice of `detect_excess` was made on.
FIRST_SEED = 20_000


@cache
def small_areas() -> tuple[sh.io.Areas | gpd.GeoDataFrame, pd.Series, str]:
    """Areas, their residents, and what they are."""
    data = Path(os.environ.get("SOCHARM_SHARED", "../shared")) / "data"
    if (data / "boundaries" / "lsoa_2011_northumbria.gpkg").exists():
        areas = sh.read_boundaries(
            data / "boundaries" / "lsoa_2011_northumbria.gpkg", code="LSOA11CD", name="LSOA11NM", year=2011
        )
        people = sh.read_population(
            data / "population" / "population_mid2020_lsoa11.csv",
            code="lsoa11_code", value="total_population", kind="resident", date="2020-06-30",
        )  # fmt: skip
        residents = people.table["value"].reindex(areas.index)
        return areas, residents, "the 916 LSOAs of Northumbria (2011) with their residents of mid-2020"
    cells = [box(c, r, c + 1, r + 1) for r in range(SIDE_ROWS) for c in range(SIDE_COLUMNS)][:AREAS]
    index = pd.Index([f"L{i:04d}" for i in range(AREAS)], name="area_code")
    shapes = gpd.GeoSeries(cells, index=index, crs="EPSG:27700").scale(1000, 1000, origin=(0, 0))
    frame = gpd.GeoDataFrame({"name": index, "parent": "D", "force": "F"}, geometry=shapes, index=index)
    residents = pd.Series(np.random.default_rng(0).lognormal(np.log(1_600), 0.2, AREAS).round(), index=index)
    return frame, residents, "916 squares of one kilometre, residents spread by a fifth"


#: Ways to test: the default, its parts, and the default before.
WAYS = {
    "default": {},
    "correction by": {"correction": "by"},
    "without months": {"months": False},
    "before: shrunk rate, without months": {"column": "rate_shrunk", "months": False},
}

#: Nulls, and the share of a month's shock that is left in the next.
NULLS = {
    "constant rate": 0.0,
    "constant rate, dense areas together": 0.0,
    "months correlated over space": 0.0,
    "and over time: half of a month is left in the next": 0.5,
    "and over time: seven tenths are left": 0.7,
    "and over time: nine tenths are left": 0.9,
}


def index_of(
    rng: np.random.Generator, graph: object, residents: pd.Series, *, correlated: bool, lasting: float = 0.0,
    multiple: np.ndarray | None = None,
) -> sh.severity.SeverityIndex:  # fmt: skip
    """An index of areas whose expected rates are all the same (or times `multiple`).

    Months fluctuate together over space when `correlated`, each month keeping the share `lasting` of the one before.
    """
    weights, counted, people = forms()
    offences, months = counted.offences, list(counted.coverage.columns)
    n_areas, level = len(residents), residents.to_numpy() * (1.0 if multiple is None else multiple)
    share = np.linspace(0.02, 0.006, len(offences)) / 12
    n, wave = np.empty((n_areas, len(offences), len(months)), dtype=np.int64), np.zeros(n_areas)
    for number in range(len(months)):
        shock = np.ones(n_areas)
        if correlated:
            fresh = smooth(rng.normal(size=n_areas), graph)
            wave = fresh if number == 0 else lasting * wave + np.sqrt(1 - lasting**2) * fresh
            shock = np.exp(0.5 * wave)
            shock /= shock.mean()
        n[:, :, number] = rng.poisson(level[:, None] * share * shock[:, None])
    # Counted once from a table of ones, then filled: reading the same layout for each map would be most of the time.
    in_order = n[residents.index.argsort()]  # rows of counts are sorted by area
    filled = replace(counted, table=counted.table.assign(n=in_order.ravel()))
    table = people.table.assign(value=residents.reindex(people.table.index).astype(float))
    return sh.severity_index(filled, weights, population=replace(people, table=table))


@cache
def forms() -> tuple[sh.io.WeightScheme, sh.io.Counts, sh.io.Population]:
    """Weights, and counts and residents of the right layout to be filled with numbers."""
    _, residents, _ = small_areas()
    weights = sh.load_weights("ons-css").crosswalk("police.uk", allow_stale=True)
    offences = [key for key in weights.table.index if key not in ("public-disorder-and-weapons", "violent-crime")]
    months = [f"2019-{month:02d}" for month in range(4, 13)]
    keys = pd.MultiIndex.from_product([sorted(residents.index), offences, months])
    ones = keys.to_frame(index=False, name=["area_code", "offence", "period"]).assign(n=1)
    table = pd.DataFrame({"code": residents.index, "residents": residents.to_numpy()})
    people = sh.read_population(table, code="code", value="residents", kind="resident", date="2019-06-30")
    return weights, sh.counts_from_table(ones, period=(months[0], months[-1])), people


def smooth(values: np.ndarray, graph: object) -> np.ndarray:
    """Values averaged with their neighbours, of variance one."""
    matrix = graph.sparse  # type: ignore[attr-defined]
    mixed = (values + matrix @ values) / np.sqrt(1 + np.asarray(matrix.sum(axis=1)).ravel())
    return mixed / mixed.std()


def nulls(maps: int, workers: int = WORKERS) -> tuple[pd.DataFrame, str]:
    """Maps with a false hot or cold area, and areas labelled, by null and way to test."""
    with ProcessPoolExecutor(workers) as pool:
        found = list(pool.map(null_map, *zip(*product(NULLS, range(maps)), strict=True)))
    columns = ["null", "tested by", "labelled", "p at most .05 in dense areas"]
    table = pd.DataFrame([row for part in found for row in part], columns=columns)
    grouped = table.groupby(["null", "tested by"], sort=False)
    shown = pd.DataFrame(
        {
            "maps with a false label": grouped["labelled"].agg(lambda labelled: float((labelled > 0).mean())),
            "areas labelled per map": grouped["labelled"].mean(),
            "p at most .05 in dense areas": grouped["p at most .05 in dense areas"].mean(),
        }
    )
    return shown.reset_index(), small_areas()[2]


def null_map(kind: str, seed: int) -> list[tuple[str, str, int, float]]:
    """Areas labelled on one map without a hot place, by way to test."""
    warnings.simplefilter("ignore", SocharmWarning)
    areas, residents, _ = small_areas()
    graph = sh.neighbours(areas)
    rng = np.random.default_rng([11, seed])
    if "dense" in kind:  # a tenth of the areas, around one of them, has six times the residents
        residents = residents.where(~near(areas, int(rng.integers(len(areas))), len(areas) // 10), residents * 6)
    correlated = not kind.startswith("constant")
    index = index_of(rng, graph, residents, correlated=correlated, lasting=NULLS[kind])
    dense = residents >= residents.quantile(0.9)
    rows = []
    for way, options in WAYS.items():
        local = sh.local_gi_star(index, graph, permutations=9_999, seed=seed, **options)
        labelled = int(local.table["label"].isin(["hot", "cold"]).sum())
        rows.append((kind, way, labelled, float((local.table.loc[dense, "p"] <= 0.05).mean())))
    return rows


def near(areas: gpd.GeoDataFrame, centre: int, size: int) -> np.ndarray:
    """The `size` areas nearest to one of them."""
    points = areas.geometry.representative_point()
    order = points.distance(points.iloc[centre]).to_numpy().argsort(kind="stable")
    found = np.zeros(len(areas), dtype=bool)
    found[order[:size]] = True
    return found


#: How months vary where neighbourhoods are planted.
PLANTED_MONTHS = ("shared", "own")


def planted(maps: int, workers: int = WORKERS, effects: tuple[float, ...] = (1.5, 2.0)) -> pd.DataFrame:
    """Areas of planted neighbourhoods that are found, and areas found outside, by effect and way to test."""
    with ProcessPoolExecutor(workers) as pool:
        found = list(pool.map(planted_map, *zip(*product(effects, PLANTED_MONTHS, range(maps)), strict=True)))
    columns = ["times the rate", "months", "tested by", "found", "planted", "outside"]
    table = pd.DataFrame([row for part in found for row in part], columns=columns)
    sums = table.groupby(["times the rate", "months", "tested by"], sort=False).sum()
    shown = pd.DataFrame(
        {"planted areas found": sums["found"] / sums["planted"], "hot areas outside, per map": sums["outside"] / maps}
    )
    return shown.reset_index()


def planted_map(effect: float, months: str, seed: int) -> list[tuple[float, str, str, int, int, int]]:
    """Five neighbourhoods of ten areas with `effect` times the rate."""
    warnings.simplefilter("ignore", SocharmWarning)
    areas, residents, _ = small_areas()
    graph = sh.neighbours(areas)
    rng = np.random.default_rng([12, seed])
    hot = np.zeros(len(areas), dtype=bool)
    for _ in range(5):
        hot |= near(areas, int(rng.integers(len(areas))), 10)
    index = index_of(rng, graph, residents, correlated=months == "shared", multiple=np.where(hot, effect, 1.0))
    beside = np.asarray(graph.sparse @ hot.astype(float)) > 0  # a neighbour of a hot area has a hot neighbourhood
    rows = []
    for way, options in WAYS.items():
        said = (
            sh.local_gi_star(index, graph, permutations=9_999, seed=seed, **options).table["label"].eq("hot").to_numpy()
        )
        rows.append((effect, months, way, int((said & hot).sum()), int(hot.sum()), int((said & ~hot & ~beside).sum())))
    return rows


def power(seeds: int, workers: int = WORKERS, effects: tuple[float, ...] = (1.0, 1.5, 2.0)) -> pd.DataFrame:
    """Planted hot wards that are found, and areas found that were not planted, by detector and effect."""
    with ProcessPoolExecutor(workers) as pool:
        parts = pool.map(one_force, *zip(*product(effects, range(FIRST_SEED, FIRST_SEED + seeds)), strict=True))
        rows = [row for part in parts for row in part]
    table = pd.DataFrame(rows, columns=["effect", "found by", "hits", "planted", "false"])
    table["fdp"] = table["false"] / (table["hits"] + table["false"]).clip(lower=1)
    grouped = table.groupby(["effect", "found by"], sort=False)
    shown = pd.DataFrame(
        {
            "planted wards found": grouped["hits"].sum() / grouped["planted"].sum(),
            "share of finds not planted, mean over forces": grouped["fdp"].mean(),
            "forces with a find that was not planted": grouped["false"].agg(lambda false: float((false > 0).mean())),
            "finds per force": (grouped["hits"].sum() + grouped["false"].sum()) / seeds,
        }
    )
    return shown.reset_index()


def one_force(effect: float, seed: int) -> list[tuple[float, str, int, int, int]]:
    """What each detector finds in one force."""
    warnings.simplefilter("ignore", SocharmWarning)
    weights = sh.load_weights("ons-css").crosswalk("police.uk", allow_stale=True)
    force = make_force(seed, period=("2024-10", "2025-09"), effect_hot=(effect, effect), quirks=False)
    index, deprivation = indexed(force, weights)
    graph = sh.neighbours(force.wards)
    hot = set(force.truth.index[force.truth["kind"] == "hot"])
    gi = sh.local_gi_star(index, graph, permutations=9_999, seed=seed)
    moran = sh.local_moran(index, graph, permutations=9_999, seed=seed).table["label"]
    overlay = sh.overlay_deprivation(index, deprivation, resamples=1, seed=seed).table
    people = force.people.groupby(force.lsoas["parent"].to_numpy()).sum()
    alike = pd.DataFrame(
        {
            "log deprivation": np.log(deprivation.scores("without_crime")),
            "log workday people per resident": np.log(people["workday"] / people["resident"]),
        }
    )
    labels = {
        "Gi*, hot": set(gi.hot),
        "local Moran, high-high or high-low": set(moran.index[moran.isin(["high-high", "high-low"])]),
        "above the prediction interval given deprivation": set(
            overlay.index[(overlay["outside"] == "above").fillna(False)]
        ),
    }
    for alpha in (0.05, 0.08, 0.10):
        found = sh.overlay.detect_excess(index, alike, alpha=alpha).table["excess"]
        labels[f"detect_excess, deprivation and workday people, alpha {alpha:.2f}"] = set(found.index[found])
    return [(effect, name, len(said & hot), len(hot), len(said - hot)) for name, said in labels.items()]


def indexed(force: SyntheticForce, weights: sh.io.WeightScheme) -> tuple[sh.severity.SeverityIndex, sh.io.Deprivation]:
    """The force's wards as an index over its twelve months, and their deprivation without crime."""
    ward_of = force.lsoas["parent"].to_numpy()
    months = [str(month) for month in pd.period_range("2024-10", periods=12, freq="M")]
    events = pd.DataFrame(
        {
            "area_code": ward_of[force.points["lsoa"].to_numpy()[force.incidents["point"].to_numpy()]],
            "offence": np.array(LABELS, dtype=object)[force.incidents["category"].to_numpy()],
            "period": np.array(months, dtype=object)[force.incidents["month"].to_numpy()],
        }
    )
    rows = events.value_counts().rename("n").reset_index()
    counts = sh.counts_from_table(rows, period=(months[0], months[-1]))
    residents = force.people["resident"].groupby(ward_of).sum()
    table = pd.DataFrame({"code": residents.index, "residents": residents.to_numpy()})
    people = sh.read_population(table, code="code", value="residents", kind="resident", date="2024-06-30")
    lookup = sh.read_lookup(pd.DataFrame({"lsoa": force.lsoas.index, "ward": ward_of}), source="lsoa", target="ward")
    scores = sh.read_deprivation(force.deprivation.rename_axis("lsoa").reset_index())
    deprivation = sh.roll_up(scores, lookup, how="mean", population=force.people["resident"])
    return sh.severity_index(counts, weights, population=people), deprivation


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--maps", type=int, default=40)
    parser.add_argument("--seeds", type=int, default=40)
    parser.add_argument("--workers", type=int, default=WORKERS)
    parser.add_argument("--out", default="docs/validation/hotspots.md")
    options = parser.parse_args()
    warnings.simplefilter("ignore", SocharmWarning)
    start = time.perf_counter()
    false, kind = nulls(options.maps, options.workers)
    places = planted(options.maps, options.workers)
    found = power(options.seeds, options.workers)
    print(false.to_string(), places.to_string(), found.to_string(), f"{time.perf_counter() - start:.0f} s", sep="\n")
    Path(options.out).write_text(page(false, places, found, options.maps, options.seeds, kind), encoding="utf-8")


def short_of(false: pd.DataFrame, asked: float = 0.05) -> str:
    """What the default does not hold, in one sentence."""
    column = "maps with a false label"
    over = false[(false["tested by"] == "default") & (false[column] > asked)]
    if over.empty:
        return f"The default holds {asked:.0%} of maps under every null of this list."
    told = "; ".join(f"{row['null'].split(': ')[-1]} ({row[column]:.0%})" for row in over.to_dict("records"))
    return (
        f"**More than {asked:.0%} of maps have a false label under: {told}.** Nine months do not tell that from a "
        "lasting level; look again half a year later."
    )


def page(false: pd.DataFrame, places: pd.DataFrame, found: pd.DataFrame, maps: int, seeds: int, kind: str) -> str:
    """The page as Markdown."""

    def lines(table: pd.DataFrame) -> str:
        head = f"| {' | '.join(table.columns)} |\n|{' --- |' * len(table.columns)}"
        body = "\n".join(f"| {' | '.join(map(str, row))} |" for row in table.round(3).itertuples(index=False))
        return f"{head}\n{body}"

    return f"""# Whether hot areas are hot

Made by `python benchmarks/validate_hotspots.py --maps {maps} --seeds {seeds}`.

## Where nothing is hot

{maps} maps a null of one expected rate on {kind}: ONS category weights, nine months, Gi* with 9,999 permutations at a
false discovery rate of 5%. Under a null every label is false, so the share of maps with a label is the realised rate.
"Dense areas together": a tenth of the areas, side by side, has six times the residents. "Correlated": areas near each
other have the same good and bad months (a standard deviation of 50%), fresh each month, or keeping part of the month
before; harm is truly together in space for a while, and nothing lasts. The last column is of the tenth of areas with
the most residents, not corrected.

{lines(false)}

The default asks two things of a hot area: that high rates stand together (permutation of rates standardised by their
own errors), and that the neighbourhood stood above the force month by month. Each alone is not enough: shrunk rates
call dense areas hot, and one shared bad month is hot by permutation. Months of which something is left in the next
count as fewer than they are (one correlation for all areas, estimated). When they were taken as independent, labels
stood on 8 of 10 maps with half of a month left in the next.

{short_of(false)}

## Where neighbourhoods are planted

{maps} maps a row: five neighbourhoods of ten areas have the stated multiple of the rate. Shared months: correlated
over space as above; own months: chance alone. Neighbours of planted areas count neither as found nor as outside.

{lines(places)}

## Where wards are planted

{seeds} forces of the sample's generator a row (fresh seeds): 100 wards, twelve months, eight wards with the stated
multiple of what their deprivation and place would make (1.0: nothing is planted, and every find is false). Rates also
differ between wards by deprivation and centre, and those differences are real: a hot area that was not planted is not a
mistake of the test, but it is not what was planted.

{lines(found)}

Gi* and local Moran ask whether *neighbourhoods* are high together; a single ward of twice its expected harm among
ordinary neighbours is not what they look for, and they do not find it. The prediction interval given deprivation asks
of each ward alone, but a centre is not explained by deprivation and the planted wards widen the interval that should
find them. `detect_excess` asks the question that was planted: it is told by a covariate where the centres are, fits
without listening to the wards that stand out, and takes the spread of ordinary wards from those that do not. What is
left between wards of the same deprivation and centre in this generator is about 20%, so twice the expected harm stands
3.4 spreads out: no test that sees only the ward's level finds many more at that rate of false finds.
"""


if __name__ == "__main__":
    main()
