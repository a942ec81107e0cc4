"""What one call may ask of the machine: each limit stands here once, and is checked before the work begins.

The limits are far above real use and far below what brings a laptop down. Whoever needs more divides the work.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from socharm.errors import RefusedError

__all__ = [
    "MAX_ALTERNATIVES",
    "MAX_ANSWER_BYTES",
    "MAX_ARCHIVE_BYTES",
    "MAX_ASKED_PAIRS",
    "MAX_BOUNDARY_BYTES",
    "MAX_CELLS",
    "MAX_CLUSTER_PLACES",
    "MAX_COLUMNS",
    "MAX_DATABASE_STEPS",
    "MAX_DEPTH",
    "MAX_DOCUMENT_BYTES",
    "MAX_DRAWS",
    "MAX_EVENT_PAIRS",
    "MAX_FEATURES",
    "MAX_GRID_CELLS",
    "MAX_GRID_NODES",
    "MAX_ITEMS",
    "MAX_JSON_BYTES",
    "MAX_LISTED",
    "MAX_MANTEL_EVENTS",
    "MAX_MEMBERS",
    "MAX_MEMBER_BYTES",
    "MAX_MONTHS",
    "MAX_NOTE_BYTES",
    "MAX_OVERLAPS",
    "MAX_PAIRS",
    "MAX_PERMUTATIONS",
    "MAX_PLACE_DAYS",
    "MAX_RECORD_BYTES",
    "MAX_ROWS",
    "MAX_ROW_GROUPS",
    "MAX_SHAPE_GROWTH",
    "MAX_SHEET_CELLS",
    "MAX_SIZES",
    "MAX_TABLE_BYTES",
    "MAX_TEMPLATE_BYTES",
    "MAX_TEXT_GROWTH",
    "MAX_TEXT_LENGTH",
    "MAX_THREADS",
    "MAX_TOML_BYTES",
    "MAX_WORKBOOK_TEXT",
    "MAX_WORK_BYTES",
    "MAX_YEAR",
    "MIN_YEAR",
    "require_memory",
    "require_within",
]

#: Columns of one table; the widest published tables (census, single years of age) have a few hundred.
MAX_COLUMNS: Final = 4_096
#: Rows of one source of incidents; England and Wales record some 6 million a year.
MAX_ROWS: Final = 200_000_000
#: Bytes of one record of delimited text; a longer one is a quotation mark that was never closed.
MAX_RECORD_BYTES: Final = 1 << 20
#: Cells of a sheet, from its first to its last used row and column; Excel itself ends at 17 thousand million.
MAX_SHEET_CELLS: Final = 50_000_000
#: Bytes of one table of text, or of one member of a workbook, unpacked: small tables are held in memory whole.
MAX_TABLE_BYTES: Final = 1 << 29
#: Members of one zip; ten years of every force are some 16,000.
MAX_MEMBERS: Final = 50_000
#: Features of one layer of boundaries; England and Wales have 189,000 output areas.
MAX_FEATURES: Final = 2_000_000
#: Bytes of one file of JSON or KML, which takes some ten times as much in memory.
MAX_JSON_BYTES: Final = 2 << 30
#: Months of one period: fifty years.
MAX_MONTHS: Final = 600
#: Draws of one simulation.
MAX_DRAWS: Final = 1_000_000
#: Permutations of one local or global test; ten million resolve a p-value of a millionth.
MAX_PERMUTATIONS: Final = 10_000_000
#: Place-days of all drawn designs together, which are held at once.
MAX_PLACE_DAYS: Final = 500_000_000
#: Threads of one call; more than any one machine of an analyst has cores.
MAX_THREADS: Final = 1_024
#: Items of one argument that is an iterator; an endless one is stopped here.
MAX_ITEMS: Final = 1_000_000
#: Sizes of the top that one table is of, and alternatives of one choice; a report has some ten.
MAX_SIZES: Final = 100
MAX_ALTERNATIVES: Final = 100
#: Pairs of areas whose order is asked for.
MAX_ASKED_PAIRS: Final = 10_000
#: Values of one list of a recipe.
MAX_LISTED: Final = 100_000
#: Cells of one grid or cube.
MAX_CELLS: Final = 500_000_000
#: Cells of a surface that is drawn.
MAX_GRID_CELLS: Final = 16_000_000
#: Nodes of the transform of a surface, and values of its kernel: about 2.4 GB for each of the few arrays of that size.
MAX_GRID_NODES: Final = 300_000_000
#: Pairs of places, or of areas, within reach of each other.
MAX_PAIRS: Final = 60_000_000
#: Pairs of single events in the distance bands of a test of near repeats: one thousand million bytes.
MAX_EVENT_PAIRS: Final = 120_000_000
#: Events of a test that looks at every pair of them.
MAX_MANTEL_EVENTS: Final = 5_000
#: Bytes that the numbers of one piece of work (areas by draws, pairs of areas) may take at once.
MAX_WORK_BYTES: Final = 4_000_000_000
#: Weight of one offence in any unit: a life sentence has some 10,000 days.
MAX_WEIGHT: Final = 1e15
#: Tables inside tables of a recipe or a manifest; the deepest of ours are four.
MAX_DEPTH: Final = 32
#: Bytes of a TOML file: a recipe has some kilobytes, a dictionary of measures some hundred.
MAX_TOML_BYTES: Final = 4_000_000
#: Bytes of a manifest or a record of a release; one of ten years of every force has some 4 MB.
MAX_DOCUMENT_BYTES: Final = 64_000_000
#: Bytes of what a stored table says of itself: its columns, and the choices behind it.
MAX_NOTE_BYTES: Final = 1 << 20
#: Bytes of a template of one's own; what it may spend while it runs stands in `socharm.documents.allowance`.
MAX_TEMPLATE_BYTES: Final = 1_000_000
#: Characters of one text of a recipe.
MAX_TEXT_LENGTH: Final = 1_000
#: Distinct places that HDBSCAN clusters: it compares each with each.
MAX_CLUSTER_PLACES: Final = 60_000
#: Row groups of a parquet file; writers make one of every million rows or so.
MAX_ROW_GROUPS: Final = 100_000
#: Bytes of a saved answer of police.uk; the API gives 10,000 crimes at most, some 5 MB.
MAX_ANSWER_BYTES: Final = 1 << 28
#: Unpacked bytes of one member of an archive of incidents, and of all members taken together.
MAX_MEMBER_BYTES: Final = 1 << 30
MAX_ARCHIVE_BYTES: Final = 64 << 30
#: Times text may grow when unpacked; street files grow about ten times.
MAX_TEXT_GROWTH: Final = 200
#: Bytes that the members of one boundary file may unpack to; a Shapefile ends at 2 GB for each of its parts.
MAX_BOUNDARY_BYTES: Final = 6 << 30
#: Times its members may grow: shapes grow two to ten times, attributes of blanks up to a hundred.
MAX_SHAPE_GROWTH: Final = 300
#: Pairs of areas whose boxes meet; boundaries of a whole country have some ten for each area.
MAX_OVERLAPS: Final = 20_000_000
#: Steps of a database engine for one question; counting a table takes a few, whatever its size.
MAX_DATABASE_STEPS: Final = 50_000_000
#: Bytes of text of all cells of a workbook, as a reader would copy it out of the store of shared strings.
MAX_WORKBOOK_TEXT: Final = 4 << 30
#: Years that a month can be in.
MIN_YEAR: Final = 1900
MAX_YEAR: Final = 2100


def require_within(found: float, limit: float, *, what: str, remedy: str) -> None:
    """Stop before work that would need more than a limit.

    Parameters
    ----------
    found, limit : float
    what : str
        What is counted, as a sentence says it: ``"rows in 'crime.parquet'"``.
    remedy : str
        What to do instead, as a sentence.

    Raises
    ------
    RefusedError
        `found` is above `limit`.

    Examples
    --------
    >>> require_within(3, 5, what="sheets", remedy="Split the workbook.")
    """
    if found > limit:
        raise RefusedError(f"{found:,.0f} {what}: more than the {limit:,.0f} that socharm takes in one go. {remedy}")


def require_memory(sizes: Mapping[str, int], *, remedy: str, each: float = 8) -> None:
    """Stop before work whose numbers would not fit in the memory of a laptop.

    Parameters
    ----------
    sizes : mapping of str to int
        How many of what are multiplied: ``{"areas": 7_000, "draws": 10_000}``.
    remedy : str
        What to do instead, as a sentence.
    each : float
        Bytes that one of the products takes, copies counted.

    Raises
    ------
    RefusedError
        They take more than `MAX_WORK_BYTES`.

    Examples
    --------
    >>> require_memory({"areas": 7_000, "draws": 10_000}, remedy="Lower `draws`.")
    """
    needed = math.prod(int(size) for size in sizes.values()) * each
    if needed > MAX_WORK_BYTES:
        told = " by ".join(f"{size:,} {name}" for name, size in sizes.items())
        amount = f"{needed / 1e9:,.0f}" if needed >= 1e10 else f"{needed / 1e9:.1f}"
        raise RefusedError(
            f"{told} need {amount} GB of memory: more than the {MAX_WORK_BYTES / 1e9:.0f} GB that socharm takes for "
            f"one piece of work. {remedy}"
        )
