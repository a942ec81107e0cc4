"""The packaged sample: a police force that does not exist, with the truth behind its figures."""

from __future__ import annotations

import hashlib
import os
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from socharm._about import About
from socharm._arguments import check_fields, checked
from socharm._columns import AREA
from socharm._words import number_of
from socharm.io.areas import Areas
from socharm.io.incidents.records import Incidents
from socharm.io.indicator_record import Indicators
from socharm.io.indicators import read_indicators
from socharm.io.lookups import Lookup, read_lookup
from socharm.io.population import Population, read_population
from socharm.sample.files import write_files
from socharm.sample.synthetic_extract import EXTRACT_MONTHS, FLAGS, OFFENCE_CODES, extract_rows
from socharm.sample.synthetic_names import FORCE_NAME
from socharm.sample.synthetic_rates import LABELS, OUTCOMES
from socharm.sample.tables import SAMPLE_PERIOD, dissolved, read_codes, read_dictionary

__all__ = ["SAMPLE_PERIOD", "SAMPLE_SOURCE", "Sample", "crime_ids", "load_sample"]

SAMPLE_SOURCE: Final = "socharm sample (synthetic)"
_POPULATION_DATE: Final = "2024-06-30"
_YEAR: Final = 2025


@dataclass(frozen=True, eq=False, repr=False)
class Sample:
    """A synthetic force area: areas, people, crime, measures, and what was planted in them.

    Attributes
    ----------
    lsoas, wards, districts : Areas
        Index ``area_code``; ``name``, ``parent`` (ward of an LSOA, district of a ward), ``force``,
        ``geometry`` in EPSG:27700.
    truth : DataFrame
        By ward: ``name``, ``kind`` (hot, change, no-change, ordinary), ``effect`` (factor on every rate),
        and the generator's harm rates in sentence-days per resident and year: ``rate_base`` (nothing
        planted), ``rate_before``, ``rate`` (first and second twelve months).
    people : DataFrame
        By LSOA: ``resident``, ``workday``.
    deprivation : DataFrame
        By LSOA: deciles, ranks and scores of seven domains and of their index.
    about : About
    folder : Path or None
        Where the tables are read from; the package when None.
    """

    lsoas: Areas
    wards: Areas
    districts: Areas
    truth: pd.DataFrame
    people: pd.DataFrame
    deprivation: pd.DataFrame
    about: About
    folder: Path | None = None

    def __post_init__(self) -> None:
        check_fields(self)

    def __repr__(self) -> str:
        return (
            f"<Sample>\n  force: {FORCE_NAME} (does not exist)\n  areas: {number_of(len(self.districts), 'district')}, "
            f"{number_of(len(self.wards), 'ward')}, {len(self.lsoas)} LSOAs\n  period: {self.about.period}\n"
            f"  planted: {self.truth['kind'].value_counts().sort_index().to_dict()}\n  marking: {self.about.marking}"
        )

    @cached_property
    def street(self) -> pd.DataFrame:
        """Incidents in the columns of police.uk street files, with the faults of real ones."""
        incidents, points = read_codes("incidents", self.folder), read_codes("points", self.folder)
        codes, names = (texts.to_numpy(dtype=object) for texts in (self.lsoas.index, self.lsoas["name"]))
        here = points.iloc[incidents["point"].clip(upper=len(points) - 1)].reset_index(drop=True)
        located = (incidents["point"] < len(points)).to_numpy()
        lsoa = here["lsoa"].to_numpy()
        months = np.array(SAMPLE_PERIOD.months)[incidents["month"]]
        outcomes = np.array([*OUTCOMES], dtype=object)[incidents["outcome"]]
        table = {
            "Crime ID": _texts(crime_ids(incidents["same_as"].to_numpy()), where=incidents["category"].to_numpy() > 0),
            "Month": months,
            "Reported by": FORCE_NAME,
            "Falls within": FORCE_NAME,
            "Longitude": (here["longitude"] / 1e6).where(located),
            "Latitude": (here["latitude"] / 1e6).where(located),
            "Location": _texts(here["location"].to_numpy(dtype=object), where=located, otherwise="No Location"),
            "LSOA code": _texts(np.append(codes, "X01990001")[lsoa], where=located),
            "LSOA name": _texts(np.append(names, "Far Skerrow 001A")[lsoa], where=located),
            "Crime type": np.array(LABELS, dtype=object)[incidents["category"]],
            "Last outcome category": _texts(outcomes, where=outcomes != ""),
            "Context": None,
        }
        return pd.DataFrame(table)

    @cached_property
    def incidents(self) -> Incidents:
        """`street` as the reader of incidents gives it; see `count_incidents`."""
        from socharm.io.incidents.reading import read_incidents

        return read_incidents(self.street, period=SAMPLE_PERIOD, source_name=SAMPLE_SOURCE)

    @cached_property
    def extract(self) -> pd.DataFrame:
        """A force's own extract of the last six months, OFFICIAL-SENSITIVE: single offences, days, coordinates, flags.

        ``crime_id`` (that of `street`), ``date_recorded``, ``date_committed``, ``offence_code`` (Home Office count
        code), ``easting``, ``northing``, ``domestic_abuse``, ``knife``, ``repeat_location`` (Y or N). The same crimes
        stand in `street`; anti-social behaviour and crimes without a location do not stand here.
        """
        incidents, points = read_codes("incidents", self.folder), read_codes("points", self.folder)
        codes = read_codes("extract", self.folder).astype(int)
        rows = extract_rows(incidents, points, n_months=SAMPLE_PERIOD.n_months)
        here = points.iloc[incidents["point"].iloc[rows]].reset_index(drop=True)
        months = pd.to_datetime(pd.Series(np.array(SAMPLE_PERIOD.months)[incidents["month"].iloc[rows]]))
        recorded = months + pd.to_timedelta(codes["day"] - 1, unit="D")
        table = {
            "crime_id": self.street["Crime ID"].to_numpy()[rows],
            "date_recorded": recorded.dt.strftime("%Y-%m-%d"),
            "date_committed": (recorded - pd.to_timedelta(codes["lag"], unit="D")).dt.strftime("%Y-%m-%d"),
            "offence_code": np.array(OFFENCE_CODES, dtype=object)[codes["offence"]],
            "easting": here["easting"] + codes["dx"],
            "northing": here["northing"] + codes["dy"],
        }
        flags = {flag: np.where(codes["flags"] & (1 << bit), "Y", "N") for bit, flag in enumerate(FLAGS)}
        return pd.DataFrame({**table, **flags})

    @cached_property
    def extract_incidents(self) -> Incidents:
        """`extract` as the reader of incidents gives it, by date recorded, with its flags and its marking."""
        from socharm.io.incidents.reading import read_incidents

        return read_incidents(
            self.extract,
            period=(SAMPLE_PERIOD.months[-EXTRACT_MONTHS], SAMPLE_PERIOD.end),
            columns={"offence": "offence_code", "flags": list(FLAGS)},
            marking="OFFICIAL-SENSITIVE",
            source_name=f"{SAMPLE_SOURCE}: force extract",
        )

    @cached_property
    def indicator_values(self) -> pd.DataFrame:
        """Measures of partners by ward, one column each; their meaning is in `dictionary`."""
        return read_codes("indicators", self.folder).set_index(AREA)

    @cached_property
    def indicators(self) -> Indicators:
        """Measures of partners with their dictionary, as the reader of indicators gives them."""
        return read_indicators(
            self.indicator_values.reset_index(), dictionary=tomllib.loads(self.dictionary), code=AREA, areas=self.wards
        )

    @property
    def dictionary(self) -> str:
        """Dictionary of the measures, in TOML."""
        return read_dictionary(self.folder)

    @cached_property
    def populations(self) -> dict[str, Population]:
        """Populations by geography (``lsoa``, ``ward``) and kind: ``lsoa-resident``, ``ward-workday`` …"""
        by_ward = self.people.groupby(self.lsoas["parent"]).sum().rename_axis(AREA)
        tables = {"lsoa": self.people, "ward": by_ward}
        return {
            f"{level}-{kind}": read_population(
                table.reset_index(),
                code=AREA,
                value=kind,
                kind=kind,
                date=_POPULATION_DATE,
                year=_YEAR,
                source=SAMPLE_SOURCE,
            )
            for level, table in tables.items()
            for kind in ("resident", "workday")
        }

    @property
    def population(self) -> Population:
        """Residents by ward."""
        return self.populations["ward-resident"]

    @cached_property
    def lookup(self) -> Lookup:
        """LSOA to ward."""
        return read_lookup(
            self.lookup_table, source="lsoa_code", target="ward_code", year=_YEAR, source_name=SAMPLE_SOURCE
        )

    @property
    def lookup_table(self) -> pd.DataFrame:
        """LSOA, ward and district of every LSOA: ``lsoa_code``, ``lsoa_name``, ``ward_code`` …"""
        table = self.lsoas[["name", "parent"]].reset_index()
        table.columns = pd.Index(["lsoa_code", "lsoa_name", "ward_code"])
        table["ward_name"] = table["ward_code"].map(self.wards["name"])
        table["district_code"] = table["ward_code"].map(self.wards["parent"])
        table["district_name"] = table["district_code"].map(self.districts["name"])
        return pd.DataFrame(table)

    @checked
    def write(self, folder: str | os.PathLike[str]) -> Path:
        """Write the sample as ordinary files, as an analyst would have them; see `write_sample`."""
        kinds = {"residents": "resident", "workday": "workday"}
        people = {
            level: pd.DataFrame({name: self.populations[f"{level}-{kind}"].values for name, kind in kinds.items()})
            for level in ("ward", "lsoa")
        }
        keyed = {
            "population_wards": (people["ward"].astype(int), "ward_code"),
            "population_lsoas": (people["lsoa"].astype(int), "lsoa_code"),
            "deprivation": (self.deprivation, "lsoa_code"),
            "truth": (self.truth, "ward_code"),
            "indicators": (self.indicator_values, "ward_code"),
        }
        return write_files(
            Path(folder),
            areas={"lsoas": self.lsoas, "wards": self.wards, "districts": self.districts},
            names=self.lookup_table,
            tables={
                **{name: table.rename_axis(code).reset_index() for name, (table, code) in keyed.items()},
                "extract": self.extract,
            },
            dictionary=self.dictionary,
            street=self.street,
        )


@checked
def load_sample(folder: str | os.PathLike[str] | None = None) -> Sample:
    """Load the packaged synthetic force: no real place, person or crime is in it.

    Parameters
    ----------
    folder : path, optional
        A folder of sample tables made by ``data/build_sample.py``; the packaged one by default.

    Returns
    -------
    Sample

    Raises
    ------
    ParameterError
        `folder` lacks a table of the sample.

    Notes
    -----
    Incidents, force extract and indicators are decoded when first asked for. Crime IDs are hashes of the
    row number, made at load.

    Examples
    --------
    >>> sample = load_sample()
    >>> len(sample.districts), len(sample.wards), len(sample.lsoas)
    (5, 100, 600)
    """
    return _load(None if folder is None else Path(folder))


def _load(folder: Path | None) -> Sample:
    about = About(
        period=SAMPLE_PERIOD,
        boundary_year=_YEAR,
        sources=(SAMPLE_SOURCE,),
        coverage="Synthetic: no real place, person or crime.",
    )
    areas = About(boundary_year=_YEAR, sources=(SAMPLE_SOURCE,))
    lsoas, wards, districts = dissolved(folder)
    return Sample(
        lsoas=Areas.of(lsoas, about=areas),
        wards=Areas.of(wards, about=areas),
        districts=Areas.of(districts, about=areas),
        truth=read_codes("wards", folder).set_index(AREA).drop(columns=["parent"]),
        people=read_codes("lsoa_measures", folder).set_index(AREA)[["resident", "workday"]],
        deprivation=read_codes("lsoa_measures", folder).set_index(AREA).drop(columns=["resident", "workday"]),
        about=about,
        folder=folder,
    )


def _texts(values: np.ndarray, *, where: np.ndarray, otherwise: str | None = None) -> np.ndarray:
    chosen = np.array(values, dtype=object)
    chosen[~where] = otherwise
    return chosen


def crime_ids(numbers: np.ndarray) -> np.ndarray:
    """Ids of incidents in the form of police.uk: 64 hexadecimal digits, the hash of the row's number.

    Parameters
    ----------
    numbers : array of int
        Row whose id each row repeats; -1 for a row with an id of its own.

    Examples
    --------
    >>> ids = crime_ids(np.array([-1, -1, 0]))
    >>> len(ids[0]), ids[0] == ids[2], ids[0] == ids[1]
    (64, True, False)
    """
    own = np.where(numbers < 0, np.arange(len(numbers)), numbers)
    return np.array([hashlib.sha256(b"calderwick:%d" % number).hexdigest() for number in own.tolist()], dtype=object)
