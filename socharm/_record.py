"""What every result record shares: a short repr, an HTML repr, and settings that can be written down."""

from __future__ import annotations

import dataclasses
import html
import re
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import pandas as pd

from socharm._about import About
from socharm._arguments import check_fields, checked
from socharm._checks import require_choice
from socharm._columns import AREA, FORCE, NAME, PARENT
from socharm._packages import public_object
from socharm._words import number_of
from socharm.errors import AlignmentError, DataWarning, ParameterError, SchemaError

__all__ = ["Record", "settings_as_dict", "table_of"]


def settings_as_dict(settings: object) -> dict[str, Any]:
    """Settings dataclass to plain JSON-able values, keys sorted, for manifests and method statements."""

    def plain(value: Any) -> Any:
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
        if isinstance(value, Mapping):
            return {str(key): plain(item) for key, item in sorted(value.items(), key=lambda kv: str(kv[0]))}
        if isinstance(value, (tuple, list)):
            return [plain(item) for item in value]
        if isinstance(value, (set, frozenset)):
            return sorted(plain(item) for item in value)
        if value is None or isinstance(value, (bool, int, float, str)):
            return value
        return str(value)

    result: dict[str, Any] = plain(settings)
    return result


class Record:
    """Base of result records: `table`, `settings`, `about`, and a repr that answers the first question.

    A record keeps in ``settings`` what was chosen, and in ``findings`` what was found about its inputs on the way.

    Subclasses are ``@dataclass(frozen=True, eq=False, repr=False)`` and override `_summary`.
    """

    table: pd.DataFrame
    about: About
    _title: ClassVar[str] = "Record"

    def __post_init__(self) -> None:
        """Whoever makes a record by hand, or replaces a part of one, is told of a part of the wrong kind."""
        check_fields(self)

    @checked
    def join_to(self, frame: pd.DataFrame, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """A table of your own with the columns of this result beside it, by area code.

        Parameters
        ----------
        frame : DataFrame
            Index: area codes, each once or several times. A table by another column: ``frame.set_index("code")``.
        columns : sequence of str, optional
            Columns of ``table`` to add; all by default, but for ``name``, ``parent`` and ``force`` where `frame` has
            them.

        Returns
        -------
        DataFrame
            The rows of `frame` in their order. A column whose name `frame` has already gets the name of the result in
            front: ``ranking_rate``. Areas that the result does not have are missing.

        Raises
        ------
        ParameterError
            A column that the result does not have, or one that `frame` has under both names.
        SchemaError
            `frame` has no rows, or an index of several levels.
        AlignmentError
            The result is not by area, or no code of `frame` is among its areas.

        Warns
        -----
        DataWarning
            Some areas of `frame` are not in the result.
        """
        if self.table.index.name != AREA:
            raise AlignmentError(f"The table of {type(self).__name__} is not by area. Join one that is.")
        held = set(frame.columns)
        own = [str(label) for label in self.table.columns]
        asked = columns if columns is not None else [name for name in own if name not in held & {NAME, PARENT, FORCE}]
        for column in asked:
            require_choice(column, own, name="columns")
        codes = _codes_of(frame)
        part = self._columns_beside(held, list(dict.fromkeys(asked)))
        absent = sorted(set(codes) - set(map(str, self.table.index)))
        if len(absent) == codes.nunique():
            raise AlignmentError(
                f"No code of `frame`, such as {absent[:3]}, is an area of the result, which has such as "
                f"{list(map(str, self.table.index[:3]))}. Set the area codes as index."
            )
        if absent:
            warnings.warn(
                f"{number_of(len(absent), 'area')} of `frame` without values in {type(self).__name__}: {absent[:5]}.",
                DataWarning,
                stacklevel=4,
            )
        found = part.set_axis(part.index.map(str)).reindex(codes)
        return frame.assign(**{str(column): found[column].array for column in found})

    def explore(self, areas: pd.DataFrame, **choices: Any) -> Any:
        """This result as a map that can be moved, enlarged and pointed at, in a notebook without a network.

        Parameters
        ----------
        areas : GeoDataFrame
            Boundaries of the areas of the result.
        **choices
            As `socharm.dashboard.explore` takes them: `column`, `scheme`, `k`, `palette`, `title`, `about`.

        Returns
        -------
        InteractiveMap
            Shown by a notebook; ``.save("map.html")`` writes it.

        Raises
        ------
        ParameterError
            The result is not by area code, or a choice is not known.
        MissingExtraError
            Bokeh is not installed.
        """
        return public_object("explore")(areas, self, **choices)

    def _columns_beside(self, held: set[Any], asked: list[str]) -> pd.DataFrame:
        """Columns under names that a table with the columns `held` does not have."""
        front = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(self).__name__).lower()
        names = {column: f"{front}_{column}" for column in asked if column in held}
        if taken := sorted(held & set(names.values())):
            raise ParameterError(
                f"`frame` has {taken[0]!r} and {taken[0].removeprefix(f'{front}_')!r}, so that no name is left for "
                "that column of the result. Rename one of them."
            )
        return self.table[asked].rename(columns=names)

    def _summary(self) -> dict[str, str]:
        """Lines of the repr: label to text."""
        return {"rows": f"{len(self.table):,}"}

    def _period_told(self) -> str:
        """The months of the result; of one that holds two periods against each other those of both."""
        periods = getattr(self, "periods", ()) or ((self.about.period,) if self.about.period is not None else ())
        return " against ".join(map(str, periods))

    def _lines(self) -> dict[str, str]:
        try:
            lines = dict(self._summary())
        except Exception as error:  # noqa: BLE001 - a record whose table was changed is shown too, whatever is in it
            lines = {
                "rows": f"{len(self.table):,}",
                "summary": f"none: the tables were changed ({type(error).__name__})",
            }
        if told := self._period_told():
            lines["period"] = told
        if self.about.unit:
            lines["unit"] = self.about.unit
        if self.about.coverage:
            lines["coverage"] = self.about.coverage
        lines["marking"] = self.about.marking
        return lines

    def __repr__(self) -> str:
        body = "\n".join(f"  {label}: {text}" for label, text in self._lines().items())
        return f"<{type(self).__name__}>\n{body}"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th style='text-align:left'>{html.escape(label)}</th><td>{html.escape(text)}</td></tr>"
            for label, text in self._lines().items()
        )
        head = self.table.head(5).to_html(border=0)
        return f"<p><b>{html.escape(type(self).__name__)}</b></p><table>{rows}</table>{head}"


def _codes_of(frame: pd.DataFrame) -> pd.Index:
    """The index of a table as texts."""
    if not len(frame):
        raise SchemaError("`frame` has no rows. Check the step that made it.")
    if frame.index.nlevels > 1:
        raise SchemaError(
            f"`frame` has an index of {frame.index.nlevels} levels, {list(frame.index.names)}. Set the area codes as "
            "its only one: frame.reset_index().set_index('code')."
        )
    return pd.Index([str(label) for label in frame.index])


def table_of(value: object) -> pd.DataFrame | None:
    """The table of a record; None of everything else.

    Examples
    --------
    >>> table_of(pd.Series([1])) is None
    True
    """
    table = value.table if isinstance(value, Record) else None
    return table if isinstance(table, pd.DataFrame) else None
