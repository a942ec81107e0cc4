"""The commented recipe that ``socharm init`` writes."""

from __future__ import annotations

import dataclasses
import os
import re
from pathlib import Path
from typing import Final

from socharm.assessment.table_keys import TableKeys
from socharm.errors import ParameterError
from socharm.files.atomic import atomic_write, store_faults

__all__ = ["TEMPLATE", "write_template"]

_TEXT: Final = """\
# The whole recipe of an assessment. Relative paths start at this file's folder.
#   socharm check assessment.toml     reads every input and lists every problem
#   socharm run assessment.toml       writes a snapshot folder into the store
# A line that begins with # is off; the values shown there are the defaults.

[assessment]
period = ["2025-04", "2025-09"]     # first and last month, both included
seed = 1                            # any whole number; the same seed gives the same ranks, byte for byte
# name = "2025H1"                   # begins the snapshot's name; the period when absent
# marking = "OFFICIAL"              # or OFFICIAL-SENSITIVE, SECRET, TOP SECRET; a higher one of an input wins
# store = "store"                   # folder of the snapshots

[areas]                             # the boundaries to rank: GeoPackage, GeoJSON, Shapefile, FlatGeobuf, GeoParquet
path = "wards.gpkg"
code = "ward_code"                  # column with a unique code
name = "ward_name"
parent = "district_name"            # column with the district
# parent_lookup = "ward-to-district"   # or a lookup to it (see [[lookups]])
# force = "force_name"              # column with the police force
# force_lookup = "ward-to-force"    # or a lookup to it
# only = ["Bradford", "Leeds"]      # keep the areas with these codes or districts, out of a larger file
year = 2025                         # year of the boundaries
# crs = "EPSG:27700"                # metric coordinates to work in
# source_crs = "EPSG:4326"          # what the file's coordinates are, where it states nothing or something wrong
# layer = "wards"                   # the layer to read, out of several in one GeoPackage
# encoding = "cp1252"               # of a Shapefile's texts, where its .cpg is wrong
# allow_columns = ["Contact"]       # columns that look as if they spoke of persons, and do not
# source = "ONS wards, May 2025"    # as printed under maps; the file's name when absent

# [[lookups]]                       # tables from one kind of area to another; as many as needed
# name = "ward-to-district"
# path = "lookup.csv"
# source = "ward_code"
# target = "district_code"
# shares = "share"                  # column that divides a code with several targets
# change = "what"                   # column that says what became of a code
# <keys of tables>

[incidents]
path = "police-uk"                  # folder of police.uk months, the downloaded zip, a CSV, workbook or parquet file
# columns = { date = "Date", offence = "HO code", easting = "X", northing = "Y" }   # for other layouts
# crs = "EPSG:27700"                # system of the coordinates, where it is not the usual one
# sheet = "Data"                    # sheet of a workbook
# header_row = 3                    # row of the column names, counted from 1
# skip_rows = 0                     # rows at the top that are not looked at
# encoding = "cp1252"               # of delimited text, where it is not found
# date_basis = "recorded"           # or "committed"
# date_format = "%m/%d/%Y"          # how dates are written, or by file { "*-us.csv" = "%m/%d/%Y" }; found when absent
# day_first = true                  # order of dates such as 05/04/2024, where the column does not tell
# missing = ["TBC"]                 # words for a missing value beside the usual ones (NA, NULL, - ...)
# usual_missing = false             # the usual words are no words for missing: blank cells and `missing` alone
# thousands = ","                   # what parts thousands in coordinates
# allow_columns = ["Contact"]       # columns that look as if they spoke of persons, and do not
# duplicates = "whole-row"          # or "id": one row per Crime ID
# not_covered = ["E05001341"]       # areas that no source covered: missing, not zero
# covered_months = ["2025-04"]      # months that arrived, where the files do not tell
# leave_out_sources = ["btp"]       # forces whose rows are set aside: those that come in some months only
# minimum_coverage = 0.5            # areas with a smaller share of the months are not ranked
# minimum_delivery = 0.3            # share of a force's usual month from which a month counts as delivered
# accept = ["outside all areas"]    # rows set aside on purpose: a file of more places than the areas; or "no location"
# warn_share = 0.05                 # rows set aside for their date or place are told above this share of the file, ...
# stop_share = 0.5                  # ... and stop the run above this one, unless accepted
# source = "our own records"        # as printed under maps

[population]                        # leave this section out for harm per area instead of per head
path = "population_wards.csv"
code = "ward_code"
value = "residents"
kind = "resident"                   # or workday, households, street_length_km
date = "2024-06-30"
# source = "ONS mid-2024 estimates"
# <keys of tables>
# lookup = "lsoa-to-ward"           # populations of smaller areas, added up by a lookup of [[lookups]] ...
# [population.best_fit]             # ... or by a point inside each smaller area
# path = "centroids.csv"            # population-weighted centroids, or the boundaries of the smaller areas
# code = "LSOA21CD"
# easting = "x"                     # leave easting and northing out for boundaries
# northing = "y"
# crs = "EPSG:4326"                 # system of these points, where it is not that of the areas
# <keys of tables>

[weights]
# scheme = "ons-css"                # ONS Crime Severity Score weights, 2020 release: sentence-days
# file = "weights.csv"              # or weights of your own
# crosswalk = "police.uk"           # "none" where incidents carry Home Office count codes
# counts_from = "home-office-2019-20"
# force = "West Yorkshire"          # offence mix of one force; England & Wales when absent
# columns = { offence = "Code", weight = "Score" }   # of a file of your own
# <keys of tables>
allow_stale = true                  # the counts behind the crosswalk are of 2019-20; say here that you accept the gap

[index]
# per = 1.0                         # residents that the rate is expressed for
# transform = "raw"                 # or sqrt, log, capped
# cap = 1000.0                      # largest weight, with "capped"
# unweighted = "report"             # offences without a weight are reported beside the index; "error" stops
# offences = ["all"]                # or "soc", "neighbourhood", "serious-violence", or offences by name
# exclude = []                      # offences, sets, or places that generate reports, such as "place:hospital"
# missing = "flag"                  # an area without a population is not ranked; "error" stops
# warn_harm_share = 0.02            # an offence whose rows set aside weigh more of the harm is named on every list

[ranking]
# draws = 10000
# estimand = "underlying"           # or "realised"
# horizon = "this period"           # or "next period": intervals of the rank that as many next months will record
# top = [5, 10, 20, "10%"]          # probability of being among the first ...
# exact = 1.0                       # share of the variance drawn offence by offence; 0.99 for a nation

# [uncertainty]                     # what other choices would do to the ranks; the stated choice comes first
# transform = ["raw", "sqrt", "log"]
# tau = [1.0, 0.0, 2.0]             # factors on the spread of the offence mix inside categories
# shrinkage = [true, false]
# without_denominator = false
# base = 1024                       # a power of two
# [uncertainty.windows]
# "last six months" = ["2025-04", "2025-09"]
# [uncertainty.exclude]
# "without report-generating places" = ["place:*"]

[classes]                           # who is in the top
# basis = "probability"             # very likely, possibly or very unlikely, each area alone; or "rank sets": for
#                                   # sure, possibly or not, right for all areas at once and far more careful
# k = "10%"                         # one of [ranking] top; with rank sets also separation, elbow, pai
# level = 0.95
# draws = 10000                     # of rank sets; by default by the number of areas
# size = "areas"                    # what shares of places are of: areas, exposure, km2

# [composite]                       # many measures to one score by a recipe; partners' ones come from [[indicators]]
# recipe = "place-based-harm"       # or vli, or a TOML file of your own
# lacking = "leave out"             # measures that nobody sent; "error" stops

[heat]
# bandwidth = 500.0                 # metres; by a stated rule when absent
# cell_size = 100.0                 # metres; by a stated rule when absent
# kernel = "quartic"

# [deprivation]                     # IMD 2015, 2019, 2025 or WIMD 2019: the overlay of harm and deprivation
# path = "imd2025.csv"
# version = "without_crime"         # or "published": crime then stands on both sides
# classes = 3                       # or 5
# lookup = "lsoa-to-ward"           # averages of smaller areas over their residents; or [deprivation.best_fit]
# population = "population_lsoas.csv"   # residents of the smaller areas, where [population] is not of them
# population_code = "LSOA21CD"
# population_value = "residents"
# year = 2025                       # edition, where the file does not say
# source = "MHCLG"                  # as printed under maps; the file's name when absent
# <keys of tables>
# [deprivation.population_options]  # how that file of residents is read
# <keys of tables>
# [deprivation.best_fit]            # the nearest point instead of a lookup
# path = "centroids.csv"
# code = "LSOA21CD"
# easting = "x"
# northing = "y"
# crs = "EPSG:4326"                 # system of these points, where it is not that of the areas
# <keys of tables>

[hotspots]
# statistic = "gi_star"             # or "moran"
# rule = "queen"                    # or rook, delaunay, knn, distance
# k = 6                             # neighbours, with "knn"
# distance = 2000.0                 # metres, with "distance"
# islands = "none"                  # or "nearest": join an area without a neighbour to the nearest one
# column = "rate_eb"
# months = true                     # hot or cold only where the months say so one by one
# permutations = 99999
# alpha = 0.05                      # false discovery rate; "none" as correction tests each area by itself
# correction = "bh"                 # or by, none

[clusters]
# method = "dbscan"                 # or hdbscan
# eps = 200.0                       # metres
# min_events = 50                   # by a stated rule when absent
# by = "events"                     # or "harm"

[outputs]
# maps = true
# heat = true
# hotspots = true
# concentration = true
# clusters = true
# places = true
# classes = true
# workbook = true
# geopackage = true
# basemap = "basemap.tif"           # a local file, or the name of a tile provider (this one fetches from the network)

# [[indicators]]                    # measures of partners: read, checked and recorded
# path = "indicators.csv"
# dictionary = "indicators.toml"
# code = "ward_code"                # column with the area; found when absent
# measure = "measure"               # column with the name of the measure
# value = "value"
# period = "2024"                   # where several were sent
# where = { Sex = "All" }           # keep the rows with one value of a column
# ignore = ["old_measure"]          # measures that the dictionary leaves out on purpose
# repair_quoted_rows = false
# <keys of tables>

[disclosure]                        # what may leave: workbook, maps and documents are in published form
# open = false                      # whether the incidents are public already; those of police.uk are
# internal = false                  # workbook and maps from the tables as they are, marked INTERNAL
# spread = 5                        # largest noise of a published count
# variance = 2.0
"""

#: Lines for the keys that every table takes; the values are examples.
_TABLE_LINES: Final = {
    "sheet": ('"Table 2"', "sheet of a workbook, by name or counted from 0"),
    "header_row": ("3", "row of the column names, counted from 1; found when absent"),
    "skip_rows": ("0", "rows at the top that are not looked at"),
    "encoding": ('"cp1252"', "of a text file; found when absent"),
    "thousands": ('","', "what parts thousands in numbers"),
    "missing": ('["TBC"]', "words for a missing value, beside NA, NULL, -, .. and others"),
    "usual_missing": ("false", "NA, NULL, - and others are no words for missing: blank cells and `missing` alone"),
    "allow_columns": ('["Contact"]', "columns that look as if they spoke of persons, and do not"),
}


def _with_table_keys(text: str) -> str:
    """The template with the keys of tables written out under each table."""

    def lines(found: re.Match[str]) -> str:
        begin = found["begin"]
        keys = [entry.name for entry in dataclasses.fields(TableKeys)]
        return "\n".join(
            f"{begin}{f'{key} = {_TABLE_LINES[key][0]}'.ljust(36 - len(begin))}# {_TABLE_LINES[key][1]}" for key in keys
        )

    return re.sub(r"^(?P<begin>(?:# )+)<keys of tables>$", lines, text, flags=re.MULTILINE)


TEMPLATE: Final = _with_table_keys(_TEXT)


def write_template(path: str | os.PathLike[str], *, text: str = TEMPLATE) -> Path:
    """Write a commented ``assessment.toml``; an existing file is never replaced.

    Raises
    ------
    ParameterError
        The file exists.
    """
    target = Path(path)
    with store_faults(target):
        if target.exists() or target.is_symlink():
            raise ParameterError(
                f"{target.name!r} exists and is not replaced. Name another file, or move it away first."
            )
    with atomic_write(target) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")
    return target
