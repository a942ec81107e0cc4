"""Small worlds that several test files run on, and what they look at in them."""

from __future__ import annotations

import datetime as dt
import hashlib
import inspect
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from factories import BARE_SNAPSHOT as SNAPSHOT
from factories import make_bare_snapshot, make_counts, make_population, make_weights
from pyproj import Transformer
from shapely.geometry import box

import socharm as sh
from socharm._about import About
from socharm._arguments import _rules_of
from socharm._packages import public_names, public_object
from socharm._settings import Settings
from socharm.assessment.run import run_assessment
from socharm.documents.saved import DocumentRecord
from socharm.io.deprivation_record import Deprivation, DeprivationFindings, DeprivationSettings
from socharm.publish.register import register_release
from socharm.severity.index import severity_index

MONTHS = ("2025-04", "2025-05", "2025-06")


CATEGORIES = ("Violence and sexual offences", "Burglary", "Shoplifting", "Robbery", "Anti-social behaviour", "Drugs")


RECIPE = """
[assessment]
name = "small"
period = ["2025-04", "2025-06"]
seed = 1

[areas]
path = "wards.gpkg"
code = "ward_code"
name = "ward_name"
parent = "district"
year = 2025

[incidents]
path = "police-uk"

[population]
path = "population.csv"
code = "ward_code"
value = "residents"
date = "2024-06-30"

[weights]
allow_stale = true

[ranking]
draws = 300

[heat]
bandwidth = 1500.0
cell_size = 200.0
"""


def write_world(folder: Path) -> Path:
    """Twelve square wards in two districts, three police.uk months, one ward without a population."""
    shapes = [box(x, y, x + 2000, y + 2000) for y in range(300000, 306000, 2000) for x in range(400000, 408000, 2000)]
    codes = [f"E0500{number:04d}" for number in range(12)]
    wards = gpd.GeoDataFrame(
        {"ward_code": codes, "ward_name": [f"Ward {c[-2:]}" for c in codes], "district": ["North", "South"] * 6},
        geometry=shapes,
        crs="EPSG:27700",
    )
    wards.to_file(folder / "wards.gpkg")
    people = pd.DataFrame({"ward_code": codes[:-1], "residents": range(5000, 5000 + 11 * 100, 100)})
    people.to_csv(folder / "population.csv", index=False)
    rng = np.random.default_rng(5)
    back = Transformer.from_crs("EPSG:27700", "EPSG:4326", always_xy=True)
    for month in MONTHS:
        n = 700
        east, north = 400000 + 8000 * rng.beta(1, 2, n), 300000 + 6000 * rng.random(n)
        longitude, latitude = back.transform(np.round(east, -2) + 50, np.round(north, -2) + 50)
        offence = rng.choice(CATEGORIES, n, p=(0.35, 0.1, 0.2, 0.05, 0.2, 0.1))
        ids = [hashlib.sha256(f"{month}{i}".encode()).hexdigest() for i in range(n)]
        rows = pd.DataFrame(
            {
                "Crime ID": [None if o.startswith("Anti") else i for i, o in zip(ids, offence, strict=True)],
                "Month": month,
                "Reported by": "Testshire Police",
                "Falls within": "Testshire Police",
                "Longitude": longitude.round(6),
                "Latitude": latitude.round(6),
                "Location": "On or near High Street",
                "LSOA code": None,
                "LSOA name": None,
                "Crime type": offence,
                "Last outcome category": None,
                "Context": None,
            }
        )
        (folder / "police-uk" / month).mkdir(parents=True)
        rows.to_csv(folder / "police-uk" / month / f"{month}-testshire-street.csv", index=False)
    (folder / "assessment.toml").write_text(RECIPE)
    return folder / "assessment.toml"


def a_year_later(folder: Path) -> Path:
    """The recipe of the same world, with its months a year later and half of the crime of one month gone."""
    for path in sorted((folder / "police-uk").iterdir()):
        month = path.name.replace("2025", "2026")
        (folder / "later" / month).mkdir(parents=True)
        rows = pd.read_csv(next(path.glob("*.csv"))).assign(Month=month)
        rows["Crime ID"] = rows["Crime ID"].map(lambda code: code if pd.isna(code) else code[::-1])
        rows.iloc[:: 2 if month.endswith("05") else 1].to_csv(
            folder / "later" / month / f"{month}-testshire-street.csv", index=False
        )
    text = (folder / "assessment.toml").read_text().replace("police-uk", "later").replace("2025-0", "2026-0")
    (folder / "later.toml").write_text(text.replace('name = "small"', 'name = "later"'))
    return folder / "later.toml"


def edit(folder: Path, old: str, new: str) -> Path:
    recipe = folder / "assessment.toml"
    text = recipe.read_text()
    assert old in text
    recipe.write_text(text.replace(old, new))
    return recipe


def snapshots(store: Path) -> list[str]:
    return sorted(entry.name for entry in store.iterdir() if not entry.name.startswith(".")) if store.exists() else []


HOSTILE = '<script>alert(1)</script> *b* [x](javascript:alert(2)) | $a$ #let x = 1 \\ "q" `c` http://evil.example'


INDICATORS = "ward_code,fuel_poor,pupils_absent\n" + "".join(
    f"E0500{n:04d},{10 + n},{'' if n == 0 else 5 + n}\n" for n in range(12)
)


DICTIONARY = """
[fuel_poor]
name = "Households in fuel poverty"
direction = "higher is worse"
unit = "per cent of households"
denominator = "households"
period = "2021"
provider = "local authority"
licence = "OGL v3.0"
marking = "OFFICIAL"
police_driven = false
[pupils_absent]
direction = "higher is worse"
unit = "per cent of pupils"
denominator = "pupils"
period = "2025"
provider = "education"
licence = "OGL v3.0"
marking = "OFFICIAL"
police_driven = false
"""


MORE = '\n[[indicators]]\npath = "indicators.csv"\ndictionary = "dictionary.toml"\n[uncertainty]\nbase = 16\n'


COMPARISON = {
    "rate_earlier": 10.0,
    "rate_later": 12.5,
    "rank_earlier": 4,
    "rank_later": 1,
    "p_rise": 0.86,
    "period_earlier": "2019-01 to 2019-06",
}


def png_texts(path: Path) -> dict[str, str]:
    """Text entries of a PNG file, read chunk by chunk."""
    raw = path.read_bytes()
    assert raw[:8] == b"\x89PNG\r\n\x1a\n"
    texts, at = {}, 8
    while at < len(raw):
        (length,) = struct.unpack(">I", raw[at : at + 4])
        kind, body = raw[at + 4 : at + 8], raw[at + 8 : at + 8 + length]
        if kind == b"tEXt":
            label, _, text = body.partition(b"\0")
            texts[label.decode("latin-1")] = text.decode("latin-1")
        elif kind == b"iTXt":
            label, _, rest = body.partition(b"\0")
            texts[label.decode("latin-1")] = rest[2:].split(b"\0", 2)[2].decode("utf-8")
        assert zlib.crc32(kind + body) == struct.unpack(">I", raw[at + 8 + length : at + 12 + length])[0]
        at += 12 + length
    return texts


def run_extract(folder: Path, *, level: str = "lsoa"):
    """One run of the sample's extract, which is marked OFFICIAL-SENSITIVE."""
    inputs = sh.load_sample().write(folder / "input")
    columns = extract_columns(inputs / "extract.csv")
    (folder / "assessment.toml").write_text(
        '[assessment]\nname = "extract"\nperiod = ["2025-04", "2025-06"]\nseed = 1\nmarking = "OFFICIAL-SENSITIVE"\n'
        f'[areas]\npath = "input/{level}s.gpkg"\ncode = "{level}_code"\nname = "{level}_name"\nyear = 2021\n'
        f'[incidents]\npath = "input/extract.csv"\ncolumns = {columns}\n'
        f'[population]\npath = "input/population_{level}s.csv"\ncode = "{level}_code"\nvalue = "residents"\n'
        'date = "2024-06-30"\n[weights]\ncrosswalk = "none"\n[ranking]\ndraws = 200\n'
        "[outputs]\nmaps = false\nheat = false\nclusters = false\nmicro_places = false\nhotspots = false\n"
        "concentration = false\nworkbook = false\n"
    )
    return sh.run_assessment(folder / "assessment.toml")


def extract_columns(path: Path) -> str:
    header = pd.read_csv(path, nrows=0).columns
    wanted = {
        "offence": "offence_code", "date": "date_recorded", "easting": "easting", "northing": "northing",
    }  # fmt: skip
    found = {ours: theirs for ours, theirs in wanted.items() if theirs in header}
    return "{ " + ", ".join(f'{ours} = "{theirs}"' for ours, theirs in found.items()) + " }"


def deprivation_of(scores: pd.Series, *, versions=("published", "without_crime")) -> Deprivation:
    table = pd.DataFrame({"nation": "England", "score": scores, "score_without_crime": scores})
    return Deprivation(
        table=table,
        settings=DeprivationSettings(),
        findings=DeprivationFindings(
            index="IMD 2019",
            nation="England",
            year=2019,
            areas_of_nation=32_844,
            versions=tuple(versions),
            score="the file",
            domains=("income",),
        ),
        about=About(sources=("IMD 2019",)),
    )


def index_of(crimes: dict[str, int], *, residents: float = 1_000.0, kind: str = "resident"):
    n = np.repeat(np.array(list(crimes.values()))[:, None, None], 4, axis=2)
    counts = make_counts(n, areas=list(crimes), offences=("burglary",))
    people = make_population(pd.Series(residents, index=list(crimes)), kind=kind)
    return severity_index(counts, make_weights({"burglary": 100.0}), population=people)


NORTHUMBRIA = """
[assessment]
name = "northumbria-wards"
period = ["2013-06", "2014-06"]
seed = 1

[areas]
path = "{data}/boundaries/wards_2022_northumbria.gpkg"
code = "ward_code"
name = "ward_name"
parent_lookup = "ward-to-district"
year = 2022
source = "ONS wards 2022"

[[lookups]]
name = "ward-to-district"
path = "{data}/lookups/lookup_ward21_ltla21.csv"
source = "ward21_code"
target = "ltla21_name"

[incidents]
path = "{data}/crime/northumbria-2013-14"

[population]
path = "{data}/population/population_mid2020_lsoa11.csv"
code = "lsoa11_code"
value = "total_population"
date = "2020-06-30"
source = "ONS mid-2020 population estimates"

[population.best_fit]
path = "{data}/boundaries/lsoa_2011_northumbria.gpkg"
code = "LSOA11CD"

[weights]
force = "Northumbria"
allow_stale = true
"""


WEST_YORKSHIRE = """
[assessment]
name = "west-yorkshire-2018-06"
period = ["2018-06", "2018-06"]
seed = 1

[areas]
path = "{data}/boundaries/wards_2025_west_yorkshire.gpkg"
code = "WD25CD"
name = "WD25NM"
parent = "LAD25NM"
year = 2025

[incidents]
path = "{data}/crime/june-2018/street_2018-06_west_yorkshire.csv"
not_covered = {uncovered}

[population]
path = "{data}/population/census2021_residents_lsoa21.csv"
code = "lsoa21_code"
value = "total_residents"
date = "2021-03-21"

[population.best_fit]
path = "{data}/lookups/lsoa21_population_weighted_centroids_ew.csv"
code = "LSOA21CD"
easting = "x"
northing = "y"

[weights]
force = "West Yorkshire"
allow_stale = true
"""


RECODED = {"E05011401", "E05011410", "E05012647", "E05012648", "E05012841", "E05013830", "E05013831"}


def run(recipe: str, folder: Path, data: Path, **more):
    path = folder / "assessment.toml"
    path.write_text(recipe.format(data=data.as_posix(), **more))
    return run_assessment(path)


NOON = dt.datetime(2026, 1, 31, 12, tzinfo=dt.UTC)


def make_store(folder: Path, *, marking: str = "OFFICIAL") -> Path:
    """A store with one snapshot, which holds no outputs, and a folder of files to release."""
    store = folder / "store"
    make_bare_snapshot(store / SNAPSHOT, marking=marking)
    (folder / "out" / "maps").mkdir(parents=True)
    (folder / "out" / "ranking.csv").write_text("area_code,rank\nE05000001,1\n")
    (folder / "out" / "maps" / "rate.png").write_bytes(b"\x89PNG")
    return store


def release(store: Path, **kwargs):
    said = {
        "snapshot": SNAPSHOT,
        "files": store.parent / "out",
        "settings": {"small": 5, "columns": ("harm", "rate")},
        "created": NOON,
        "marking": "OFFICIAL",
        "role": "head of intelligence",
        **kwargs,
    }
    return register_release(store, **said)


def public_callables() -> dict[str, Callable[..., object]]:
    """Public functions, and public methods that take an argument."""
    found: dict[str, Callable[..., object]] = {}
    for name in public_names():
        value = public_object(name)
        if inspect.isfunction(value):
            found[name] = value
        elif inspect.isclass(value) and value.__module__ != "socharm.errors":
            # What a record inherits because it is a document is its own to whoever uses it.
            held = {**(vars(DocumentRecord) if issubclass(value, DocumentRecord) else {}), **vars(value)}
            methods = {key: getattr(raw, "__func__", raw) for key, raw in held.items() if key[0] != "_"}
            takes = {key: m for key, m in methods.items() if inspect.isfunction(m)}
            found |= {f"{name}.{key}": m for key, m in takes.items() if len(inspect.signature(m).parameters) > 1}
    return found


def record_of(function: Callable[..., object]) -> type[Settings] | None:
    """The record of settings that a function's ``settings=`` takes; None where it takes none."""
    return _rules_of(inspect.unwrap(function)).settings


PUBLIC = public_callables()

#: Those that can be replayed: they take the settings of an earlier result.
REPLAYED = {name: function for name, function in PUBLIC.items() if record_of(function) is not None}


def with_days(folder: Path, *, months: int = 3) -> Path:
    """The recipe of `write_world` with an extract that has days, in which a burglary brings another three days on."""
    recipe = write_world(folder)
    end = pd.Period("2025-04", "M") + months - 1
    edit(folder, '"2025-06"', f'"{end}"')
    span = 80 if months == 3 else (end.end_time - pd.Timestamp(2025, 4, 1)).days - 3
    rng = np.random.default_rng(1)
    n = 700
    days = pd.Timestamp(2025, 4, 1) + pd.to_timedelta(rng.integers(0, span, n), unit="D")
    first = pd.DataFrame(
        {
            "Date": days,
            "Offence": rng.choice(["Burglary", "Robbery"], n),
            "Easting": (400_000 + 8_000 * rng.beta(1, 2, n)).round(),
            "Northing": (300_000 + 6_000 * rng.random(n)).round(),
        }
    )
    first["From"] = (first["Date"] + pd.to_timedelta(rng.integers(0, 24 * 4, n) * 15, unit="m")).astype(str)
    again = first[first["Offence"] == "Burglary"].iloc[:120]
    again = again.assign(Date=again["Date"] + pd.Timedelta(days=3), Easting=again["Easting"] + 30)
    pd.concat([first, again]).to_csv(folder / "extract.csv", index=False, date_format="%Y-%m-%d")
    columns = '[incidents.columns]\ndate = "Date"\noffence = "Offence"\neasting = "Easting"\nnorthing = "Northing"\n'
    edit(folder, 'path = "police-uk"\n', f'path = "extract.csv"\n{columns}')
    recipe.write_text(f'{recipe.read_text()}\n[near_repeat]\noffences = ["Burglary"]\nchains = true\n')
    return recipe
