"""Choices of the readers of incidents and of tables of counts, and what was found when they were read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal, TypeAlias

import pandas as pd

from socharm._about import AssessmentPeriod, as_period
from socharm._constraints import ClosedShare, StatedMonths
from socharm._settings import Settings, setting
from socharm.errors import ParameterError
from socharm.io.incidents.losses import STOP_SHARE, WARN_SHARE, LossRule
from socharm.io.incidents.months import DateRule
from socharm.io.missing import MISSING_WORDS
from socharm.io.table_options import TableFindings, TableOptions

__all__ = [
    "CountFindings",
    "CountSettings",
    "DateBasis",
    "Duplicates",
    "IncidentFindings",
    "IncidentSettings",
    "LossSettings",
    "Period",
    "StatedPeriod",
    "TableCountSettings",
]

DateBasis: TypeAlias = Literal["recorded", "committed"]
Duplicates: TypeAlias = Literal["whole-row", "id", "keep"]
#: Months, as settings and manifests hold them.
StatedPeriod: TypeAlias = AssessmentPeriod | tuple[str, str] | str
#: Months, as a caller states them; `as_period` reads them.
Period: TypeAlias = Annotated[
    AssessmentPeriod | str | pd.Period | tuple[str | pd.Period, str | pd.Period] | list[str | pd.Period], StatedMonths()
]


@dataclass(frozen=True, kw_only=True)
class IncidentSettings(TableOptions):
    """Choices behind a source of incidents."""

    columns: dict[str, str | tuple[str, ...] | dict[str, str]] | None = setting(
        None,
        "for other layouts: what socharm calls a column, and what the file calls it; a list where files differ",
        example={"date": "Date", "offence": "HO code", "easting": "X", "northing": "Y"},
    )
    crs: str | int | None = setting(
        None, "system of the coordinates, where it is not the usual one", example="EPSG:27700", or_data=True
    )
    date_basis: DateBasis = setting("recorded", 'or "committed"')
    date_format: str | dict[str, str] | None = setting(
        None,
        'how dates are written, or by file { "*-us.csv" = "%m/%d/%Y" }; found when absent',
        example="%m/%d/%Y",
    )
    day_first: bool | None = setting(
        None, "order of dates such as 05/04/2024, where the column does not tell", example=True
    )
    leave_out_sources: tuple[str, ...] = setting(
        (), "forces whose rows are set aside: those that come in some months only", example=["btp"]
    )
    period: StatedPeriod | None = setting(None, "months that are counted; every month found when absent", recipe=False)
    marking: str = setting("OFFICIAL", "security classification of the source", recipe=False)
    source_name: str | None = setting(None, "as printed under maps; the file's name when absent", recipe=False)

    def __post_init__(self) -> None:
        """Months as a period, and names of sources without blanks around them."""
        super().__post_init__()
        object.__setattr__(self, "period", as_period(self.period))
        names = tuple(dict.fromkeys(name.strip() for name in self.leave_out_sources))
        object.__setattr__(self, "leave_out_sources", names)

    def _faults(self) -> Iterable[str]:
        yield from super()._faults()
        _ = self.dates
        odd = [name for name in self.leave_out_sources if not name.strip()]
        if odd:
            yield f"`leave_out_sources` holds {odd[:3]}; give names of sources, such as 'btp'."

    @property
    def dates(self) -> DateRule:
        """What is stated about the dates of all files."""
        return DateRule(
            self.date_format if isinstance(self.date_format, str) else None, self.day_first, self.missing_words
        )


@dataclass(frozen=True, kw_only=True)
class IncidentFindings:
    """How a source of incidents turned out to be written.

    Attributes
    ----------
    layout : str
        ``"police.uk"``, or what the caller's columns make of it.
    columns : dict of str to str
        Column of the files by its meaning.
    date_format : str, dict or None
        As stated; of a single file the format that its pattern states.
    missing : tuple of str
        Every word that means missing, sorted.
    """

    layout: str
    columns: Mapping[str, str] = field(default_factory=dict)
    date_format: str | Mapping[str, str] | None = None
    missing: tuple[str, ...] = tuple(sorted(MISSING_WORDS))


@dataclass(frozen=True, kw_only=True)
class LossSettings(Settings):
    """Which areas have too little, and which losses are told or stop the count."""

    minimum_coverage: ClosedShare = setting(0.5, "areas with a smaller share of the months are not ranked")
    accept: tuple[str, ...] = setting(
        (),
        'rows set aside on purpose: a file of more places than the areas; or "no location"',
        example=["outside all areas"],
    )
    warn_share: ClosedShare = setting(
        WARN_SHARE, "rows set aside for their date or place are told above this share of the file, ..."
    )
    stop_share: ClosedShare = setting(STOP_SHARE, "... and stop the run above this one, unless accepted")

    def _faults(self) -> Iterable[str]:
        yield from super()._faults()
        try:
            _ = self.rule
        except ParameterError as error:
            yield str(error)

    @property
    def rule(self) -> LossRule:
        """From which share on a loss is told, and from which it stops."""
        return LossRule.of(self.accept, self.warn_share, self.stop_share)


@dataclass(frozen=True, kw_only=True)
class CountSettings(LossSettings):
    """Choices behind counts of incidents by area, offence and month."""

    by: Literal["month"] = setting("month", "what a count is of", recipe=False)
    duplicates: Duplicates = setting("whole-row", 'or "id": one row per Crime ID; or "keep": every row')
    minimum_delivery: ClosedShare = setting(
        0.3, "share of a force's usual month from which a month counts as delivered", after="minimum_coverage"
    )
    period: StatedPeriod | None = setting(None, "months counted; those of the incidents when absent", recipe=False)

    def __post_init__(self) -> None:
        """Months as a period."""
        super().__post_init__()
        object.__setattr__(self, "period", as_period(self.period))


@dataclass(frozen=True, kw_only=True)
class TableCountSettings(LossSettings, TableOptions):
    """Choices behind counts that somebody else made."""

    period: StatedPeriod = setting(says="months that the counts speak of")
    columns: dict[str, str] | None = setting(None, "what socharm calls a column, and what the table calls it")
    offence: str | None = setting(None, "the one offence that all counts are of")
    offences: tuple[str, ...] | None = setting(None, "columns of a wide table that are offences, all of them")
    drop: tuple[str, ...] = setting((), "columns, offences or area codes to leave out, such as totals")
    date_format: str | None = setting(None, "how months are written; found when absent")
    day_first: bool | None = setting(None, "order of dates such as 05/04/2024, where the column does not tell")

    def __post_init__(self) -> None:
        """Months as a period."""
        super().__post_init__()
        object.__setattr__(self, "period", as_period(self.period))

    def _faults(self) -> Iterable[str]:
        yield from super()._faults()
        DateRule(self.date_format, self.day_first, self.missing_words)
        if self.offence is not None and not self.offence.strip():
            yield f"`offence` is {self.offence!r}; give the name of one offence, such as 'Burglary'."
        if self.offence is not None and self.offences is not None:
            yield "`offence` and `offences` are both given. State the one offence, or the columns."


@dataclass(frozen=True, kw_only=True)
class CountFindings(TableFindings):
    """What counts were made of.

    Attributes
    ----------
    table : TableOptions
        As of `TableFindings`, of counts that somebody else made.
    by : {"month", "period"}
        Whether movements within the period are known.
    date_format : str
        How the dates were written: as stated, or as found from the whole column.
    left_out : tuple of str
        What the caller left out of a table of counts.
    leave_out_sources : tuple of str
        Sources whose rows were set aside.
    partly_delivered : float
        Share of a usual month below which a delivered month is called partly delivered.
    judged_from_rows : int
        Rows of a usual month from which a source can be judged.
    lacking_chance, lacking_dispersion, lacking_drift, lacking_most : float
        From when on an area-month is told as one that may lack rows: see `LackRule`.
    boundary_rule : str
        Where a point on a boundary belongs; empty where the incidents carry area codes.
    transformation : str
        Operation that brought the points to the system of the areas, and its accuracy in metres.
    transformation_accuracy_m : float or None
    """

    by: Literal["month", "period"] = "month"
    date_format: str = ""
    left_out: tuple[str, ...] = ()
    leave_out_sources: tuple[str, ...] = ()
    partly_delivered: float = 0.5
    judged_from_rows: int = 20
    lacking_chance: float = 1e-3
    lacking_dispersion: float = 3.0
    lacking_drift: float = 0.2
    lacking_most: float = 0.2
    boundary_rule: str = ""
    transformation: str = ""
    transformation_accuracy_m: float | None = None
