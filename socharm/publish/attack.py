"""The attacker: how narrowly published numbers, of all releases together, pin down each count."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp

from socharm._about import About
from socharm._arguments import check_fields, checked
from socharm._checks import require_columns
from socharm._columns import AREA, OFFENCE, PERIOD, N
from socharm._constraints import CountFrom1, Filled, Infinite, Positive
from socharm._record import Record
from socharm.errors import ParameterError, RefusedError
from socharm.publish.disclosure import DisclosureSettings, PublishedTables
from socharm.publish.earlier import EarlierRelease, Sides, as_earlier, compared, share_places, sides_of
from socharm.publish.posterior import CountGuesses, guess_counts
from socharm.snapshot.tables import AssessmentTables

__all__ = [
    "Attack",
    "AttackSettings",
    "ReleaseCheck",
    "Statement",
    "attack_cells",
    "check_release",
    "exact_statements",
    "released_statements",
]

_WIDTH: Final = 5
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

    parts: Mapping[Hashable, float]
    low: Annotated[float, Infinite()]
    high: Annotated[float, Infinite()]
    source: str = ""

    def __post_init__(self) -> None:
        check_fields(self)
        if self.low > self.high:
            raise ParameterError(f"`low` is {self.low:g} and `high` {self.high:g}; nothing lies between. Swap the two.")


@dataclass(frozen=True, kw_only=True)
class AttackSettings:
    """Narrowest range that is safe, and how many statements were used."""

    width: int
    statements: int


@dataclass(frozen=True, eq=False, repr=False)
class Attack(Record):
    """What an attacker learns.

    Attributes
    ----------
    table : DataFrame
        Index: the cell; ``low``, ``high`` (every count in agreement with all statements lies between), ``width``,
        ``at_risk`` (the range is narrower than is safe).
    settings : AttackSettings
    """

    table: pd.DataFrame
    settings: AttackSettings
    about: About

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
    width: CountFrom1 = _WIDTH,
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
    known = list(statements)
    named = list(dict.fromkeys(cell for statement in known for cell in statement.parts))
    wanted = named if cells is None else list(cells)
    strangers = [cell for cell in wanted if cell not in set(named)]
    if strangers:
        raise ParameterError(f"No statement speaks of {len(strangers)} cells, such as {strangers[:2]}.")
    found: dict[Hashable, tuple[int, int]] = {}
    aim = set(wanted)
    for part, said in _components(known):
        mine = [cell for cell in part if cell in aim]
        if mine:
            found.update(_bounds(part, said, mine))
    table = pd.DataFrame.from_dict({cell: found[cell] for cell in wanted}, orient="index", columns=["low", "high"])
    table = table.astype("int64")
    table["width"] = table["high"] - table["low"]
    table["at_risk"] = table["width"] < width
    settings = AttackSettings(width=width, statements=len(known))
    return Attack(table=table, settings=settings, about=about or About())


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
    constraint, bounds = LinearConstraint(matrix, low, high), Bounds(0, _MOST)
    found = {}
    for cell in wanted:
        aim = np.zeros(len(cells))
        aim[place[cell]] = 1.0
        ends = []
        for sign in (1, -1):
            solved = milp(
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


@dataclass(frozen=True, eq=False, repr=False)
class ReleaseCheck(Record):
    """Whether a release, with all earlier ones, leaves each count free enough.

    Attributes
    ----------
    table : DataFrame
        Cells at risk: ``low``, ``high``, ``width``, ``releases`` (how many were held together), ``why``. Empty when all
        is well.
    disagreements : tuple of str
        Published totals that are not the sums of published counts; there must be none.
    settings : AttackSettings
    guesses : CountGuesses, optional
        What an attacker believes of each count of the new release; missing where the input is open.
    """

    table: pd.DataFrame
    disagreements: tuple[str, ...]
    settings: AttackSettings
    about: About
    guesses: CountGuesses | None = None

    @property
    def ok(self) -> bool:
        """Whether it may be released."""
        return self.table.empty and not self.disagreements

    def _summary(self) -> dict[str, str]:
        told = {} if self.guesses is None else self.guesses.summary_lines()
        return {"cells at risk": f"{len(self.table):,}", "disagreements": f"{len(self.disagreements)}", **told}


@checked
def check_release(
    new: PublishedTables,
    earlier: Sequence[tuple[AssessmentTables, DisclosureSettings] | EarlierRelease] = (),
    *,
    width: CountFrom1 = _WIDTH,
) -> ReleaseCheck:
    """Check a release together with every earlier one.

    Parameters
    ----------
    new : PublishedTables
    earlier : sequence of EarlierRelease, or of (AssessmentTables, DisclosureSettings)
        As they were released. With its source, what truly differs between two releases is known; without, what is
        shown must do.
    width : int
        A range narrower than this is at risk.

    Returns
    -------
    ReleaseCheck
        Open input is not checked: it is public already.

    Raises
    ------
    RefusedError
        An earlier release of the same places and months was made with another secret: two noises on one count narrow
        it.

    Notes
    -----
    Areas are compared by their borders where both releases hold them, else by their codes. Nearly the same area (each
    holds more than half of the other): another number for records that differ by fewer than ``settings.small`` is at
    risk, be the cause a border, a late record or an exclusion. An area and its parts: the ranges of the parts bound
    that of the whole, and the other way round. In published form every other number is a function of the published
    counts; that totals are indeed sums of them is checked. `attack_cells` with `released_statements` gives the ranges
    by integer programming.

    Releases are compared in pairs, and the ranges that they leave are then joined.
    """
    settings = AttackSettings(width=width, statements=0)
    if new.settings.open_input:
        empty = pd.DataFrame(columns=["low", "high", "width", "releases", "why"])
        return ReleaseCheck(table=empty, disagreements=(), settings=settings, about=new.about)
    own = as_earlier(new.tables, new.settings, source=new.source)
    old = [release if isinstance(release, EarlierRelease) else as_earlier(*release) for release in earlier]
    sides = sides_of(own)
    ranges = {flag: _reach(side.shown, new.settings.noise.spread) for flag, side in sides.items()}
    causes = {flag: np.full(side.shown.shape, "", dtype=object) for flag, side in sides.items()}
    for release in old:
        _require_same_secret(own, release)
        for flag, cells, why in compared(own, release, ranges, small=new.settings.small, width=width, sides=sides):
            causes[flag][cells & (causes[flag] == "")] = why
    risky = pd.concat([_risky(side, ranges[flag], causes[flag], flag, width) for flag, side in sides.items()])
    settings = AttackSettings(width=width, statements=sum(int((side.shown >= 0).sum()) for side in sides.values()))
    risky["releases"] = 1 + len(old)
    return ReleaseCheck(
        table=risky[["low", "high", "width", "releases", "why"]],
        disagreements=_disagreements(new.tables),
        settings=settings,
        about=new.about,
        guesses=guess_counts(new.tables["counts"], settings=new.settings.noise),
    )


def _require_same_secret(new: EarlierRelease, old: EarlierRelease) -> None:
    if not old.fingerprint or old.fingerprint == new.fingerprint:
        return
    months = set(new.counts[PERIOD].unique()) & set(old.counts[PERIOD].unique())
    if months and share_places(new, old):
        raise RefusedError(
            f"An earlier release {old.name} holds places and months of this one, made with another secret: two noises "
            "on one count narrow it. Use the store's own secret, or withdraw the earlier release."
        )


def _reach(shown: np.ndarray, spread: int) -> tuple[np.ndarray, np.ndarray]:
    """Range of each count that its published number leaves: 0 stays 0, and nothing else ever becomes more than it."""
    return np.where(shown == 0, 0, np.maximum(shown - spread, 1)).astype(np.int64), (shown + spread).astype(np.int64)


def _risky(
    side: Sides, ranges: tuple[np.ndarray, np.ndarray], causes: np.ndarray, flag: str, width: int
) -> pd.DataFrame:
    low, high = ranges
    narrow = (high - low < width) & (side.shown >= 0)
    a, g = np.nonzero(narrow | ((causes != "") & (side.shown >= 0)))
    offence, period = (side.groups.get_level_values(level)[g] for level in (0, 1))
    offence = pd.Index([f"{name} ({flag})" for name in offence], dtype="str") if flag else offence
    index = pd.MultiIndex.from_arrays([side.areas[a], offence, period], names=[AREA, OFFENCE, PERIOD])
    why = np.where(causes[a, g] == "", "its range is narrow", causes[a, g])
    return pd.DataFrame(
        {"low": low[a, g], "high": high[a, g], "width": high[a, g] - low[a, g], "why": why}, index=index
    )


def _disagreements(tables: AssessmentTables) -> tuple[str, ...]:
    """Totals of a published form that are not sums of its counts."""
    cells = tables["cells"]
    sums = cells.groupby(AREA, observed=True)[[N, "harm"]].sum()
    found = []
    for column, total in (("crimes", N), ("harm", "harm")):
        shown = tables["index"][column].dropna().astype(float)
        expected = sums[total].reindex(shown.index).astype(float)
        if not np.allclose(shown, expected, rtol=1e-9, atol=1e-6):
            found.append(f"index.{column}")
        months = tables["by_period"].dropna(subset=[column]).groupby(AREA, observed=True)[column].sum().astype(float)
        if not np.allclose(months, sums[total].reindex(months.index).astype(float), rtol=1e-9, atol=1e-6):
            found.append(f"by_period.{column}")
    return tuple(found)
