"""The nation from files to maps in a new process: June 2018, 35,672 LSOAs of England and Wales.

    SOCHARM_SHARED=... python benchmarks/bench_nation.py [folder that keeps the maps]

Targets: below 90 s and 6 GB. Reads street rows with their LSOAs, boundaries, residents of Census 2021, IMD 2025 and
WIMD 2019; counts, weighs, tests Gi* with 99,999 permutations; lays deprivation over harm in each nation by its own
index; writes a GeoPackage and the maps. An LSOA is covered where its population-weighted centroid lies in a ward that
was queried, or a record names it, and its force sent its rows; the others are missing, never 0. Kernels may be compiled
beforehand.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import geopandas as gpd
import pandas as pd
import polars as pl

import socharm as sh
from socharm.files.geopackage import write_layers
from socharm.maps.furniture import new_axes, save_figure

SECONDS, GIGABYTES = 90, 6
REGIONS = (
    "North East",
    "North West",
    "Yorkshire and The Humber",
    "East Midlands",
    "West Midlands",
    "East of England",
    "London",
    "South East",
    "South West",
)
ROWS = "crime/june-2018/street_2018-06_ew_dedup_joined.parquet"
LSOA, WARD = "LSOA21 code (joined)", "query_ward_code_may2018"
#: Forces from which next to nothing arrived: 208 rows in 269 LSOAs, a twelfth of the next lowest rate.
SILENT = ("Cambridgeshire", "Hertfordshire")
BEGUN = time.perf_counter()


def tell(step: str) -> None:
    """Print the seconds and the peak memory up to here."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(f"  {time.perf_counter() - BEGUN:5.1f} s  {peak:4.2f} GB  {step}", flush=True)


def read_areas(data: Path) -> gpd.GeoDataFrame:
    """LSOAs of 2021 with their region."""
    path = data / "boundaries/lsoa_2021_ew.parquet"
    codes = pd.read_parquet(path, columns=["LSOA21CD", "RGNCD"]).set_index("LSOA21CD")["RGNCD"]
    region = codes.map({f"E1200000{i}": name for i, name in enumerate(REGIONS, start=1)}).fillna("Wales")
    return sh.read_boundaries(
        path, code="LSOA21CD", name="LSOA21NM", parent=region.to_dict(), year=2021, source="ONS LSOAs 2021"
    )


def read_covered(data: Path, areas: gpd.GeoDataFrame) -> pd.Series:
    """Whether each LSOA was covered."""
    rows = pl.read_parquet(data / ROWS, columns=[WARD, LSOA])
    centroids = data / "lookups/lsoa21_population_weighted_centroids_ew.csv"
    wards = sh.read_boundaries(data / "boundaries/wards_2021_uk_generalised.gpkg", code="ward21_code", year=2021)
    inside = sources_in(sh.best_fit_lookup(centroids, wards, code="LSOA21CD"), set(rows[WARD].drop_nulls()))
    forces = sh.read_boundaries(data / "boundaries/police_forces_2020_ew.gpkg", code="pfa20_name", year=2020)
    silent = sources_in(sh.best_fit_lookup(centroids, forces, code="LSOA21CD"), set(SILENT))
    return pd.Series(areas.index.isin((inside | set(rows[LSOA].drop_nulls())) - silent), index=areas.index)


def sources_in(lookup: sh.io.Lookup, targets: set[str]) -> set[str]:
    """Codes that a lookup carries to some targets."""
    return set(lookup.table["source"][lookup.table["target"].isin(targets)])


def weigh(
    rows: pl.LazyFrame, areas: gpd.GeoDataFrame, covered: pd.Series, people: sh.io.Population
) -> sh.severity.SeverityIndex:
    """Severity index of some LSOAs; Welsh rows lie outside English areas."""
    columns = {"date": "Month", "offence": "Crime type", "area_code": LSOA}
    incidents = sh.read_incidents(rows, columns=columns, source_name="police.uk")
    counts = sh.count_incidents(incidents, areas, covered=covered[areas.index])
    weights = sh.load_weights("ons-css").crosswalk("police.uk", counts_from="home-office-2019-20", allow_stale=True)
    return sh.severity_index(counts, weights, people)


def read_people(data: Path) -> sh.io.Population:
    """Residents of Census 2021."""
    return sh.read_population(
        data / "population/census2021_residents_lsoa21.csv",
        code="lsoa21_code",
        value="total_residents",
        kind="resident",
        date="2021-03-21",
        source="Census 2021 (ONS)",
    )


def read_wales(data: Path, people: sh.io.Population) -> sh.io.Deprivation:
    """WIMD 2019, of LSOAs of 2011, carried to those of 2021 by residents."""
    lookup = sh.read_lookup(
        data / "lookups/lsoa11_lsoa21_lad22_exactfit_v3.csv",
        source="LSOA11CD",
        target="LSOA21CD",
        change="CHGIND",
        shares=people,
        year=2021,
        source_name="ONS exact fit of LSOAs 2011 to 2021",
    )
    older = sh.read_population(
        data / "population/population_mid2020_lsoa11.csv",
        code="lsoa11_code",
        value="total_population",
        kind="resident",
        date="2020-06-30",
    )
    return sh.roll_up(
        sh.read_deprivation(data / "deprivation/imd2019_wales_lsoa11.csv"), lookup, how="mean", population=older
    )


def run(data: Path, folder: Path) -> None:
    """Everything, from files to maps."""
    warnings.simplefilter("ignore")
    areas, people = read_areas(data), read_people(data)
    covered = read_covered(data, areas)
    tell(f"read {len(areas):,} LSOAs, {int((~covered).sum()):,} not covered")
    rows = pl.scan_parquet(data / ROWS).select("Month", "Crime type", LSOA)
    index = weigh(rows, areas, covered, people)
    tell(f"weighed {int(index.table['crimes'].sum()):,} crimes, phi {index.model.bands['phi_source'].iloc[0]}")
    hot = sh.local_gi_star(index, sh.neighbours(areas), seed=1)
    tell(f"tested: {', '.join(f'{n:,} {label}' for label, n in hot.counts.items())}")
    layers = {"hotspots": gpd.GeoDataFrame(hot.table, geometry=areas.geometry, crs=areas.crs)}
    save_figure(sh.plot_hotspots(areas, hot, ax=new_axes()), folder / "hotspots.png")
    tell("hotspots drawn")
    england = sh.read_deprivation(data / "deprivation/imd2025_england_lsoa21.csv")
    for nation, letter, index_of in (("england", "E", england), ("wales", "W", read_wales(data, people))):
        part = areas[areas.index.str.startswith(letter)]
        overlay = sh.overlay_deprivation(weigh(rows, part, covered, people), index_of, missing="leave out", seed=1)
        layers[f"overlay_{nation}"] = gpd.GeoDataFrame(overlay.table, geometry=part.geometry, crs=part.crs)
        save_figure(sh.plot_bivariate(part, overlay, ax=new_axes()), folder / f"bivariate_{nation}.png")
        save_figure(sh.maps.plot_residual(part, overlay, ax=new_axes()), folder / f"residual_{nation}.png")
        rho, outside = overlay.correlation.iloc[0], overlay.table["outside"].value_counts()
        tell(
            f"{nation}: {overlay.findings.areas_used:,} LSOAs, rho {rho['estimate']:.3f} ({rho['low_95']:.3f} to "
            f"{rho['high_95']:.3f}), {outside.get('above', 0):,} above and {outside.get('below', 0):,} below "
            f"the interval, {int(overlay.table['centre_flag'].fillna(False).sum()):,} flagged as centres"
        )
    write_layers(layers, folder / "nation.gpkg", stamp="2018-06-30")
    tell("GeoPackage written")


def main() -> None:
    """Run in a new process; print its time and peak memory beside the targets."""
    data = Path(os.environ.get("SOCHARM_SHARED", "../shared")).resolve() / "data"
    if not (data / ROWS).is_file():
        print("bench_nation: no shared data; set SOCHARM_SHARED")
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(temporary)
        begun = time.perf_counter()
        subprocess.run([sys.executable, __file__, "--run", str(data), str(folder)], check=True)
        seconds = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024**2
    print(f"the nation from files to maps: {seconds:.0f} s (target {SECONDS}), peak {peak:.2f} GB (target {GIGABYTES})")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--run"]:
        run(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        main()
