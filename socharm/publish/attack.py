"""The attacker: how narrowly published numbers, of all releases together, pin down each count."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

import numpy as np
import pandas as pd
import scipy

from socharm._about import About
from socharm._arguments import check_fields, checked
from socharm._checks import require_columns
from socharm._columns import AREA, OFFENCE, PERIOD, N
from socharm._constraints import CountFrom1, Filled, Infinite, Positive
from socharm._record import Record
from socharm._settings import Settings, setting
from socharm._words import number_of
from socharm.errors import ParameterError
from socharm.publish.disclosure_settings import DisclosureSettings
from socharm.snapshot.tables import AssessmentTables

__all__ = [
    "Attack",
    "AttackSettings",
    "Statement",
    "WIDTH",
    "attack_cells",
    "exact_statements",
    "released_statements",
]

WIDTH: Final = 5
_MOST: Final = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Statement:
    """What a published number says: a weighted sum of counts lies between two ends.

    Parameters
    ----------
    parts : mapping
        Weight of each count, by the name of its cell.
    low, high : float
    source : str
        Table and release it stands in.
    """

    __made_by__ = ("exact_statements", "released_statements")

    parts: Mapping[Hashable, float]
    low: Annotated[float, Infinite()]
    high: Annotated[float, Infinite()]
    source: str = ""

    def __post_init__(self) -> None:
        check_fields(self)
        if self.low > self.high:
            raise ParameterError(f"`low` is {self.low:g} and `high` {self.high:g}; nothing lies between. Swap the two.")


@dataclass(frozen=True, kw_only=True)
class AttackSettings(Settings):
    """Choices of `attack_cells` and `check_release`."""

    width: CountFrom1 = setting(WIDTH, "a range of counts narrower than this is at risk")


@dataclass(frozen=True, eq=False, repr=False)
class Attack(Record):
    """What an attacker learns.

    Attributes
    ----------
    table : DataFrame
        Index: the cell; ``low``, ``high`` (every count in agreement with all statements lies between), ``width``,
        ``at_risk`` (the range is narrower than is safe).
    settings : AttackSettings
    statements : int
        How many were used.
    """

    __made_by__ = ("attack_cells",)

    table: pd.DataFrame
    settings: AttackSettings
    about: About
    statements: int = 0

    @property
    def at_risk(self) -> pd.DataFrame:
        """Cells whose range is too narrow."""
        return self.table[self.table["at_risk"]]

    def _summary(self) -> dict[str, str]:
        return {"cells": f"{len(self.table):,}", "at risk": f"{int(self.table['at_risk'].sum()):,}"}


@checked
def attack_cells(
    statements: Iterable[Statement],
    *,
    cells: Sequence[Hashable] | None = None,
    width: CountFrom1 = WIDTH,
    settings: AttackSettings | Mapping[str, Any] | None = None,
    about: About | None = None,
) -> Attack:
    """Bound each count by integer programming over everything that was published.

    Parameters
    ----------
    statements : iterable of Statement
        Of all tables and all releases; counts are whole numbers of 0 or more.
    cells : sequence, optional
        The cells to bound; all that a statement names when omitted.
    width : int
        A range narrower than this is at risk.
    settings : AttackSettings or mapping, optional
        Choices of another attack, for what is not stated by keyword.
    about : About, optional

    Returns
    -------
    Attack

    Raises
    ------
    ParameterError
        Statements contradict each other, or a cell stands in none.

    Notes
    -----
    Statements that share no cell are solved apart. For each cell the least and the greatest count are found by mixed
    integer programming (HiGHS).

    Examples
    --------
    Two offences of the weights 7 and 10: a harm of 44 with 5 crimes can only be 2 and 3.

    >>> said = [Statement(parts={"a": 1, "b": 1}, low=5, high=5), Statement(parts={"a": 7, "b": 10}, low=44, high=44)]
    >>> attack_cells(said).table[["low", "high"]].to_numpy().tolist()
    [[2, 2], [3, 3]]
    """
    chosen = AttackSettings.of(settings)
    known = list(statements)
    named = list(dict.fromkeys(cell for statement in known for cell in statement.parts))
    wanted = named if cells is None else list(cells)
    strangers = [cell for cell in wanted if cell not in set(named)]
    if strangers:
        raise ParameterError(f"No statement speaks of {number_of(len(strangers), 'cell')}, such as {strangers[:2]}.")
    found: dict[Hashable, tuple[int, int]] = {}
    aim = set(wanted)
    for part, said in _components(known):
        mine = [cell for cell in part if cell in aim]
        if mine:
            found.update(_bounds(part, said, mine))
    table = pd.DataFrame.from_dict({cell: found[cell] for cell in wanted}, orient="index", columns=["low", "high"])
    table = table.astype("int64")
    table["width"] = table["high"] - table["low"]
    table["at_risk"] = table["width"] < chosen.width
    return Attack(table=table, settings=chosen, about=about or About(), statements=len(known))


def _components(statements: Sequence[Statement]) -> list[tuple[list[Hashable], list[Statement]]]:
    """Statements that hang together by shared cells, with their cells in the order of first mention."""
    home: dict[Hashable, Hashable] = {}

    def root(cell: Hashable) -> Hashable:
        while home[cell] != cell:
            home[cell] = home[home[cell]]
            cell = home[cell]
        return cell

    for statement in statements:
        first: Hashable | None = None
        for cell in statement.parts:
            home.setdefault(cell, cell)
            if first is None:
                first = cell
            else:
                home[root(cell)] = root(first)
    groups: dict[Hashable, tuple[list[Hashable], list[Statement]]] = {}
    for cell in home:
        groups.setdefault(root(cell), ([], []))[0].append(cell)
    for statement in statements:
        if statement.parts:
            groups[root(next(iter(statement.parts)))][1].append(statement)
    return list(groups.values())


def _bounds(
    cells: Sequence[Hashable], statements: Sequence[Statement], wanted: Sequence[Hashable]
) -> dict[Hashable, tuple[int, int]]:
    place = {cell: number for number, cell in enumerate(cells)}
    matrix = np.zeros((len(statements), len(cells)))
    for row, statement in enumerate(statements):
        for cell, weight in statement.parts.items():
            matrix[row, place[cell]] = weight
    low, high = (np.array([getattr(s, end) for s in statements], dtype=float) for end in ("low", "high"))
    constraint, bounds = scipy.optimize.LinearConstraint(matrix, low, high), scipy.optimize.Bounds(0, _MOST)
    found = {}
    for cell in wanted:
        aim = np.zeros(len(cells))
        aim[place[cell]] = 1.0
        ends = []
        for sign in (1, -1):
            solved = scipy.optimize.milp(
                c=sign * aim, constraints=constraint, integrality=np.ones(len(cells), dtype=np.int64), bounds=bounds
            )
            if solved.x is None:
                raise ParameterError(
                    f"The statements about {cell!r} contradict each other, such as those of {statements[0].source!r}."
                )
            ends.append(round(float(solved.x[place[cell]])))
        found[cell] = (ends[0], ends[1])
    return found


@checked
def exact_statements(
    tables: AssessmentTables,
    *,
    by: Annotated[Sequence[str], Filled()] = (AREA, PERIOD),
    figures: Positive = 1e-6,
    source: str = "",
) -> list[Statement]:
    """What unprotected tables say: crimes and harm by area and month, exactly.

    Parameters
    ----------
    tables : AssessmentTables
    by : sequence of str
        Columns of ``cells`` by which crimes and harm are published.
    figures : float
        Half the last digit of the published harm, as a share of it.
    source : str

    Returns
    -------
    list of Statement
        Two for each group: the number of crimes, and the harm.
    """
    require_columns(tables["cells"], by, name="tables.cells")
    said = []
    for _, rows in tables["cells"].groupby(list(by), sort=True, observed=True):
        names: list[Hashable] = list(
            zip(rows[AREA], rows[OFFENCE].astype("str"), rows[PERIOD].astype("str"), strict=True)
        )
        crimes, harm = float(rows[N].sum()), float(rows["harm"].sum())
        slack = max(abs(harm) * figures, 1e-6)
        said.append(Statement(parts=dict.fromkeys(names, 1.0), low=crimes, high=crimes, source=source))
        weights = dict(zip(names, rows["weight"].astype(float), strict=True))
        said.append(Statement(parts=weights, low=harm - slack, high=harm + slack, source=source))
    return said


@checked
def released_statements(tables: AssessmentTables, *, settings: DisclosureSettings, source: str = "") -> list[Statement]:
    """What a published form says of each count; all its other numbers are functions of these.

    Parameters
    ----------
    tables : AssessmentTables
        In published form.
    settings : DisclosureSettings
        With which they were made.
    source : str

    Returns
    -------
    list of Statement
        One for each count.
    """
    ranges = _ranges(tables, settings)
    return [
        Statement(parts={cell: 1.0}, low=float(low), high=float(high), source=source)
        for cell, low, high in zip(ranges.index, ranges["low"], ranges["high"], strict=True)
    ]


def _ranges(tables: AssessmentTables, settings: DisclosureSettings) -> pd.DataFrame:
    """Range of each count that its published number leaves: 0 stays 0, and nothing else ever becomes more than it."""
    counts = tables["counts"]
    names = pd.MultiIndex.from_arrays(
        [counts[AREA].astype("str"), counts[OFFENCE].astype("str"), counts[PERIOD].astype("str")]
    )
    shown = counts[N].to_numpy(dtype=np.int64)
    reach = 0 if settings.open_input else settings.noise.spread
    low = np.where(shown == 0, 0, np.maximum(shown - reach, 0 if settings.open_input else 1))
    return pd.DataFrame({"low": np.maximum(low, 0), "high": shown + reach}, index=names)
