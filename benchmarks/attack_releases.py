"""Releases attacked by a program that knows the method: what several of them together tell of the counts.

    python benchmarks/attack_releases.py

The sample's extract (closed input) is released again and again from one store: with other noise settings, after the
secret was lost, with renamed codes, with moved borders, by ward and by LSOA, and without some of its records. For each
accepted pair the attacker lists the counts that agree with everything released. Needs no input but the sample.
"""

from __future__ import annotations

import datetime as dt
import sys
import tempfile
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

import socharm as sh
from socharm.assessment.release import publish_snapshot
from socharm.assessment.steps.heat import heat_cells
from socharm.assessment.steps.order import declared_tables
from socharm.errors import SocharmError
from socharm.snapshot.tables import read_tables
from socharm.stats.cell_noise import noise_table

KEYS = ["area_code", "offence", "period"]
WHEN = dt.datetime(2026, 1, 5, tzinfo=dt.UTC)
SAFE = 5
LAW = (5, 2.0)

RECIPE = """[assessment]
name = "{name}"
period = ["2025-04", "2025-06"]
seed = 1
marking = "OFFICIAL-SENSITIVE"
[areas]
path = "{areas}"
code = "{level}_code"
name = "{level}_name"
year = 2021
[incidents]
path = "{incidents}"
columns = {{ offence = "offence_code", date = "date_recorded", easting = "easting", northing = "northing"{more} }}
{population}
[weights]
crosswalk = "none"
[ranking]
draws = 200
[disclosure]
spread = {spread}
variance = {variance}
{index}
[outputs]
maps = false
heat = false
clusters = false
micro_places = false
hotspots = false
concentration = false
workbook = false
"""


class Store:
    """A folder with the sample's extract; every scenario has its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.input = sh.load_sample().write(folder / "input")
        self.number = 0

    def run(self, *, level: str = "ward", areas: str = "", incidents: str = "input/extract.csv", law=LAW, index=""):
        """One run; its true counts."""
        self.number += 1
        people = f'[population]\npath = "input/population_{level}s.csv"\ncode = "{level}_code"\nvalue = "residents"\n'
        text = RECIPE.format(
            name=f"run{self.number}",
            level=level,
            areas=areas or f"input/{level}s.gpkg",
            incidents=incidents,
            spread=law[0],
            variance=law[1],
            index=f"[index]\nexclude = [{index!r}]" if index else "",
            more=', id = "crime_id", flags = "knife"',
            population="" if areas else people + 'date = "2024-06-30"',
        )
        recipe = self.folder / f"run{self.number}.toml"
        recipe.write_text(text)
        return sh.run_assessment(recipe)

    def release(self, snapshot) -> pd.DataFrame:
        """Released counts with the true ones beside them."""
        self.number += 1
        when = WHEN + dt.timedelta(minutes=self.number)
        release = publish_snapshot(snapshot.path, role="information asset owner", created=when)
        shown = read_tables(release.path / "tables", declared_tables())["counts"].set_index(KEYS)["n"]
        return pd.DataFrame({"shown": shown, "true": snapshot.tables["counts"].set_index(KEYS)["n"]})


# what the attacker can work out


def possible(shown: int, law: tuple[int, float]) -> dict[int, tuple[float, float]]:
    """Counts that can have been published as `shown`, each with the uniforms (from, to) that make it so."""
    found = {0: (0.0, 1.0)} if shown == 0 else {}
    table = noise_table(*law)
    for count in range(max(1, shown - law[0]), shown + law[0] + 1):
        lowest, chances = table[min(count, law[0]) - 1]
        step = shown - count - lowest
        if 0 <= step < len(chances) and chances[step] > 0:
            ends = np.r_[0.0, np.cumsum(chances)]
            found[count] = (float(ends[step]), float(ends[step + 1]))
    return found


def width(numbers: Sequence[int], laws: Sequence[tuple[int, float]], *, one_uniform: bool) -> int:
    """Distance from the least to the greatest count that agrees with several published numbers of one cell."""
    told = [possible(number, law) for number, law in zip(numbers, laws, strict=True)]
    counts = set.intersection(*(set(one) for one in told))
    if one_uniform:
        counts = {c for c in counts if max(one[c][0] for one in told) < min(one[c][1] for one in told)}
    return max(counts, default=0) - min(counts, default=0)


def narrowed(parts: Sequence[pd.DataFrame], *, where, laws=None, one_uniform: bool = False) -> str:
    """Share of cells whose range is narrower than five."""
    first = parts[0]
    rows = first[where(first["true"])]
    shown = np.column_stack([part["shown"].reindex(rows.index).to_numpy() for part in parts])
    laws = laws or [LAW] * len(parts)
    few = [width([int(number) for number in row], laws, one_uniform=one_uniform) < SAFE for row in shown]
    return f"{np.mean(few):.1%} of {len(rows):,} cells" if len(rows) else "no cells"


def small(true: pd.Series) -> pd.Series:
    """Counts of 1 to 4."""
    return true.between(1, 4)


def large(true: pd.Series) -> pd.Series:
    """Counts of 5 and more."""
    return true >= SAFE


# scenarios


def two_settings(store: Store) -> str:
    laws = [LAW, (10, 8.0)]
    made = [store.release(store.run(law=law)) for law in laws]
    same = narrowed(made, where=large, laws=laws, one_uniform=True)
    return f"counts of 5 and more in a range narrower than five: {same}"


def lost_secret(store: Store) -> str:
    first = store.run()
    (first.path.parent / "published" / ".secret").unlink()
    second = store.run()
    made = [store.release(second), store.release(first)]
    inside = sh.open_assessment(first.path).manifest["disclosure"]["fingerprint"]
    outside = sh.open_assessment(second.path).manifest["disclosure"]["fingerprint"]
    mixed = "two noises in one store" if inside != outside else "one noise"
    return f"{mixed}; the second release is of the first secret's snapshot: {len(made)} accepted"


def renamed(store: Store) -> str:
    wards = gpd.read_file(store.input / "wards.gpkg")
    made = [store.release(store.run())]
    for year in ("2024", "2025"):
        codes = {code: f"{code}-{year}" for code in wards["ward_code"]}
        wards.assign(ward_code=wards["ward_code"].map(codes)).to_file(store.folder / f"wards{year}.gpkg")
        part = store.release(store.run(areas=f"wards{year}.gpkg"))
        back = {new: old for old, new in codes.items()}
        made.append(part.rename(index=back, level=0))
    two, three = (narrowed(made[:k], where=small) for k in (2, 3))
    return f"counts of 1-4 in a range narrower than five: two releases {two}, three {three}"


def levels(store: Store) -> str:
    ward, lsoa = store.release(store.run()), store.release(store.run(level="lsoa"))
    lookup = pd.read_csv(store.input / "lookup.csv").set_index("lsoa_code")["ward_code"]
    return f"{ward_cells_narrowed(ward, lsoa, lookup):,} ward cells in a range narrower than five"


def ward_cells_narrowed(ward: pd.DataFrame, lsoa: pd.DataFrame, lookup: pd.Series) -> int:
    ends = np.array([(min(found), max(found)) for found in (possible(int(n), LAW) for n in lsoa["shown"])])
    parts = pd.DataFrame({"low": ends[:, 0], "high": ends[:, 1]}, index=lsoa.index).reset_index()
    parts["area_code"] = parts["area_code"].map(lookup)
    sums = parts.groupby(KEYS)[["low", "high"]].sum().reindex(ward.index)
    few = 0
    for number, low, high in zip(ward["shown"], sums["low"], sums["high"], strict=True):
        counts = [count for count in possible(int(number), LAW) if low <= count <= high]
        few += max(counts, default=0) - min(counts, default=0) < SAFE
    return few


def moved_borders(store: Store) -> str:
    wards = gpd.read_file(store.input / "wards.gpkg").set_index("ward_code")
    rows = pd.read_csv(store.input / "extract.csv")
    rows = rows[rows["date_recorded"].between("2025-04-01", "2025-06-30")]
    points = gpd.points_from_xy(rows["easting"], rows["northing"])
    crimes = gpd.GeoDataFrame(rows.assign(month=rows["date_recorded"].str[:7]), geometry=points, crs=wards.crs)
    crimes = crimes.sjoin(wards[["geometry"]], predicate="within").rename(columns={"ward_code": "ward"})
    moved, pairs = with_slivers(wards, crimes, number=6, width=120.0)
    moved.reset_index().to_file(store.folder / "moved.gpkg")
    old, new = store.release(store.run()), store.release(store.run(areas="moved.gpkg"))
    told, single, few = 0, 0, []
    for giver, _ in pairs:
        here = {name: part.xs(giver, level=0) for name, part in (("old", old), ("new", new))}
        joined = here["old"].join(here["new"], lsuffix="_old", rsuffix="_new")
        guess = int((joined["shown_old"] - joined["shown_new"]).sum())
        truth = int((joined["true_old"] - joined["true_new"]).sum())
        told += guess == truth
        single += guess == truth == 1
        few.append(f"{truth} ({guess})")
    return f"{told} of {len(pairs)} differences told exactly, {single} of them one crime; true (told): {', '.join(few)}"


def with_slivers(wards: gpd.GeoDataFrame, crimes: gpd.GeoDataFrame, *, number: int, width: float):
    """Wards of which some give a piece of a border with a few crimes to a neighbour; each ward takes part once.

    The crimes are of offences with six or more in both wards and the month: no count becomes narrow by itself.
    """
    sizes = crimes.groupby(["ward", "offence_code", "month"]).size()
    shapes, used, pairs = wards.geometry.copy(), set(), []
    for giver in wards.index:
        for taker in wards.index:
            if len(pairs) == number or giver == taker or {giver, taker} & used:
                continue
            border = shapes[giver].intersection(shapes[taker])
            if border.length < 4 * width:
                continue
            for share in np.linspace(0.1, 0.9, 17):
                strip = shapes[giver].intersection(border.interpolate(share, normalized=True).buffer(width))
                inside = crimes[crimes.within(strip)]
                named = list(zip(inside["offence_code"], inside["month"], strict=True))
                cells = [(ward, *cell) for ward in (giver, taker) for cell in named]
                if not 1 <= len(inside) <= 3 or sizes.reindex(cells).fillna(0).min() <= SAFE:
                    continue
                shapes[giver] = shapes[giver].difference(strip)
                shapes[taker] = shapely.union_all([shapes[taker], strip])
                used |= {giver, taker}
                pairs.append((giver, taker))
                break
    return wards.set_geometry(shapes), pairs


def left_out(store: Store) -> str:
    """The same wards once with and once without the records of one flag."""
    rows = pd.read_csv(store.input / "extract.csv")
    kept = rows[rows["knife"] != "Y"]
    kept.to_csv(store.folder / "without.csv", index=False)
    whole, less = store.release(store.run()), store.release(store.run(incidents="without.csv"))
    joined = whole.join(less, lsuffix="_whole", rsuffix="_less", how="inner")
    flagged = joined[joined["true_whole"] != joined["true_less"]]
    told = (flagged["shown_whole"] - flagged["shown_less"]) == (flagged["true_whole"] - flagged["true_less"])
    return f"{told.mean():.1%} of the {len(flagged):,} numbers of left-out records told exactly"


def excluded(store: Store) -> str:
    """The same records released with and without an exclusion of the index."""
    whole, less = store.release(store.run()), store.release(store.run(index="knife"))
    changed = int((whole["shown"] != less["shown"].reindex(whole.index)).sum())
    return f"{changed:,} published counts differ"


def best_guesses(store: Store) -> str:
    """One release: how often the likeliest count, by a prior made from the release alone, is the true one."""
    made = store.release(store.run())
    lines = []
    means = made.groupby(level="offence")["shown"].mean()
    for name, offences in (
        ("rare offences (mean below .1)", means.index[means < 0.1]),
        ("others", means.index[means >= 0.1]),
    ):
        part = made[made.index.get_level_values("offence").isin(offences)]
        right, lit = guessed(part, means)
        lines.append(f"{name}: {right.mean():.1%} right of {len(part):,}, {lit.mean():.1%} where one or more was shown")
    return "; ".join(lines)


def guessed(part: pd.DataFrame, means: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Whether the likeliest count is true: for all cells, and for those that show one or more."""
    table = noise_table(*LAW)
    right = []
    for (_, offence, _), row in part.iterrows():
        mean, best = max(float(means[offence]), 1e-9), (-np.inf, 0)
        for count in range(int(row["shown"]) + LAW[0] + 1):
            prior = count * np.log(mean) - mean - float(np.sum(np.log(np.arange(1, count + 1))))
            if count == 0:
                chance = float(row["shown"] == 0)
            else:
                lowest, chances = table[min(count, LAW[0]) - 1]
                step = int(row["shown"]) - count - lowest
                chance = chances[step] if 0 <= step < len(chances) else 0.0
            if chance > 0:
                best = max(best, (prior + np.log(chance), count))
        right.append(best[1] == int(row["true"]))
    found = np.array(right, dtype=bool)
    return found, found[(part["shown"] > 0).to_numpy()]


def ranks(store: Store) -> str:
    """One release: counts bounded by the order of the areas, the rate taken for the smoothed one it resembles."""
    snapshot = store.run()
    made = store.release(snapshot).reset_index()
    tables = snapshot.tables
    made = made.merge(tables["cells"][[*KEYS, "weight"]], on=KEYS)
    people = tables["index"]["exposure"].astype(float)
    order = tables["ranking"]["rank"].dropna().astype(int).sort_values().index
    made["w"] = made["weight"] / made["area_code"].map(people)
    made["low"] = np.where(made["shown"] == 0, 0, np.maximum(made["shown"] - LAW[0], 1))
    made["high"] = made["shown"] + LAW[0]
    ends = pd.DataFrame({end: (made["w"] * made[end]).groupby(made["area_code"]).sum() for end in ("low", "high")})
    ends = ends.reindex(order)
    least = ends["low"][::-1].cummax()[::-1].shift(-1).fillna(0.0)  # as much as every area further down
    most = ends["high"].cummin().shift(1).fillna(np.inf)  # as little as every area further up
    part = made[made["area_code"].isin(order)]
    area = part["area_code"]
    low = (area.map(least) - (area.map(ends["high"]) - part["w"] * part["high"])) / part["w"]
    high = (area.map(most) - (area.map(ends["low"]) - part["w"] * part["low"])) / part["w"]
    wide = np.minimum(part["high"], np.floor(high)) - np.maximum(part["low"], np.ceil(low))
    few = wide < SAFE
    heavy = sorted(part.loc[few, "offence"].unique())
    return (
        f"{int(few.sum()):,} of {len(part):,} counts in a range narrower than five ({', '.join(heavy[:6]) or 'none'})"
    )


def surface(store: Store) -> str:
    """The published heat surface with and without one record, for somebody who knows all the others."""
    rows = pd.read_csv(store.input / "extract.csv")
    rows = rows[rows["date_recorded"].between("2025-04-01", "2025-06-30")].reset_index(drop=True)
    wards = sh.read_boundaries(store.input / "wards.gpkg", code="ward_code", name="ward_name", year=2021)
    weights = sh.load_weights()
    names = {"offence": "offence_code", "date": "date_recorded", "easting": "easting", "northing": "northing"}

    def shown(part: pd.DataFrame, bandwidth: float | None) -> tuple[pd.DataFrame, float]:
        points = sh.harm_points(sh.read_incidents(part, columns=names), weights, crs=wards.crs, unweighted="report")
        made = sh.kernel_density(points, bandwidth=bandwidth, mask=wards)
        cells = heat_cells(made).round({"easting": 1, "northing": 1})
        power = 10.0 ** np.floor(np.log10(cells["harm_per_km2"]))
        return cells.assign(harm_per_km2=np.round(cells["harm_per_km2"] / power) * power), made.findings.bandwidth_m

    whole, bandwidth = shown(rows, None)
    tried = np.random.default_rng(1).choice(len(rows), 25, replace=False)
    seen = sum(not whole.equals(shown(rows.drop(index=one), bandwidth)[0]) for one in tried)
    return f"{seen} of {len(tried)} single records change a cell (bandwidth {bandwidth:,.0f} m, {len(whole):,} cells)"


SCENARIOS: dict[str, Callable[[Store], str]] = {
    "two noise settings": two_settings,
    "lost secret": lost_secret,
    "renamed codes": renamed,
    "ward and LSOA": levels,
    "moved borders": moved_borders,
    "records left out at the source": left_out,
    "exclusion of the index": excluded,
    "best guesses, one release": best_guesses,
    "order of the areas, one release": ranks,
    "heat surface, all but one record": surface,
}


def main(names: Sequence[str]) -> None:
    warnings.simplefilter("ignore")
    margin = max(map(len, SCENARIOS))
    for name in names or list(SCENARIOS):
        with tempfile.TemporaryDirectory() as folder:
            try:
                told = SCENARIOS[name](Store(Path(folder)))
            except SocharmError as error:
                told = f"REFUSED: {error}"
        print(f"{name:<{margin}}  {told}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
