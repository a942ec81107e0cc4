"""Counts, harm and exposure by area, month and offence: what every method here, and any other tool, can start from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd

from socharm._about import About
from socharm._arguments import checked
from socharm._checks import require_columns
from socharm._columns import AREA, OFFENCE, PERIOD, N, to_month_text
from socharm._record import Record
from socharm._settings import Settings, setting
from socharm._words import joined_words, number_of
from socharm.errors import ParameterError, SchemaError
from socharm.offences import POLICE_GENERATED, offence_words
from socharm.severity.cells import select_offences
from socharm.severity.index import SeverityIndex
from socharm.severity.sound_index import require_sound_index
from socharm.snapshot.assessment import Assessment

__all__ = ["Outcome", "Panel", "PanelFindings", "PanelSettings", "panel"]

#: What an outcome counts.
Outcome: TypeAlias = Literal["count", "harm"]


@dataclass(frozen=True, kw_only=True)
class PanelSettings(Settings):
    """Choices behind a panel."""

    outcome: Outcome = setting("count", "what `wide` gives: count or harm")
    offences: tuple[str, ...] | None = setting(
        None, "offences, groups or sets; when absent all but those that police work produces", example=["acquisitive"]
    )


@dataclass(frozen=True, kw_only=True)
class PanelFindings:
    """What was found: offences that are the outcome, and those that are an output of police work and stand apart."""

    offences: tuple[str, ...]
    apart: tuple[str, ...]
    covered: int
    cells: int


@dataclass(frozen=True, eq=False, repr=False)
class Panel(Record):
    """Area by month by offence.

    Attributes
    ----------
    table : DataFrame
        A row for each ``area_code``, ``period`` (``"2024-01"``) and ``offence``: ``count``, ``harm`` (both missing
        where the month is not covered, 0 where it is and nothing was recorded), ``exposure`` (residents, or other
        denominator, times months; missing where not known), ``covered``, ``outcome`` (False for offences that police
        work itself produces, unless they were named).
    """

    __made_by__ = ("panel",)

    table: pd.DataFrame
    settings: PanelSettings
    about: About
    findings: PanelFindings

    @checked
    def wide(self, outcome: Outcome | None = None) -> pd.DataFrame:
        """Outcomes with areas in rows and months in columns.

        Parameters
        ----------
        outcome : {"count", "harm"}, optional
            By default that of the settings.

        Returns
        -------
        DataFrame of shape (areas, months)
            Sums over the offences that are the outcome; missing where a month is not covered.
        """
        chosen = outcome or self.settings.outcome
        rows = self.table[self.table["outcome"]]
        return _wide(rows.groupby([AREA, PERIOD], sort=True)[chosen].sum(min_count=1))

    @checked
    def exposure(self) -> pd.DataFrame:
        """Exposure with areas in rows and months in columns, as `wide` gives the outcomes.

        Returns
        -------
        DataFrame of shape (areas, months)
        """
        return _wide(self.table.groupby([AREA, PERIOD], sort=True)["exposure"].first())

    @property
    def sentence(self) -> str:
        """What is in it, and what stands apart."""
        found = self.findings
        told = f"{found.covered:,} of {number_of(found.cells, 'area-month')} covered."
        if found.apart:
            names = joined_words(offence_words(offence) for offence in found.apart)
            told += (
                f" Apart stand {names}: police work itself produces such records, so that they are an output and no "
                "outcome unless they are named."
            )
        named = sorted(set(found.offences) & set(POLICE_GENERATED))
        if named:
            names = joined_words(offence_words(offence) for offence in named)
            told += f" The outcome holds {names}, which rise when police work more."
        return told

    def _summary(self) -> dict[str, str]:
        return {
            "areas": f"{self.table[AREA].nunique():,}",
            "months": f"{self.table[PERIOD].nunique():,}",
            "outcome": f"{self.settings.outcome} of {number_of(len(self.findings.offences), 'offence')}",
            "coverage of months": self.sentence,
        }


@checked
def panel(
    source: SeverityIndex | Assessment,
    *,
    outcome: Outcome = "count",
    offences: str | Iterable[str] | None = None,
    settings: PanelSettings | Mapping[str, Any] | None = None,
) -> Panel:
    """Counts, harm and exposure of an index or an assessment by area, month and offence.

    Parameters
    ----------
    source : SeverityIndex or Assessment
    outcome : {"count", "harm"}
        What `Panel.wide` gives.
    offences : str or iterable of str, optional
        Offences, groups (``"acquisitive"``) or sets. By default all with a weight but those that police work itself
        produces (drugs, possession of weapons): these rise when police work, and stand apart unless they are named.
    settings : PanelSettings or mapping, optional
        Choices of another panel, for what is not stated by keyword.

    Returns
    -------
    Panel

    Raises
    ------
    ParameterError
        An offence that is not known, or nothing that is an outcome.
    SchemaError
        Cells that are not as they were made.

    Notes
    -----
    An area's month that is not covered has no count: it is missing in every offence, and never 0.

    Examples
    --------
    >>> import socharm as sh
    >>> sample = sh.load_sample()
    >>> counts = sh.count_incidents(sample.incidents, sample.wards)
    >>> weights = sh.load_weights("ons-css").crosswalk("police.uk", allow_stale=True)
    >>> found = panel(sh.severity_index(counts, weights, sample.population))
    >>> found.wide().shape, found.findings.apart
    ((100, 24), ('drugs', 'possession-of-weapons'))
    """
    chosen = PanelSettings.of(settings)
    cells, areas = _cells(source)
    labels = sorted(map(str, cells[OFFENCE].unique()))
    named = select_offences(labels, chosen.offences) if chosen.offences is not None else [
        label for label in labels if label not in POLICE_GENERATED
    ]  # fmt: skip
    if not named:
        raise ParameterError(
            f"`offences` leaves nothing that is an outcome; the cells hold {labels[:5]}. Name offences among them."
        )
    table = _complete(cells, areas, labels).assign(outcome=lambda rows: rows[OFFENCE].isin(named))
    apart = tuple(label for label in labels if label in POLICE_GENERATED and label not in named)
    kept = table[table["outcome"] | table[OFFENCE].isin(apart)].reset_index(drop=True)
    first = kept[kept[OFFENCE] == kept[OFFENCE].iloc[0]]
    found = PanelFindings(offences=tuple(named), apart=apart, covered=int(first["covered"].sum()), cells=len(first))
    unit = "crimes a month" if chosen.outcome == "count" else f"{source.about.unit.split(' per ')[0] or 'harm'} a month"
    return Panel(table=kept, settings=chosen, about=replace(source.about, unit=unit), findings=found)


def _cells(source: SeverityIndex | Assessment) -> tuple[pd.DataFrame, list[str]]:
    """Cells, and the codes of all areas: those without a covered month too."""
    if isinstance(source, SeverityIndex):
        require_sound_index(source)
        return source.cells, sorted(map(str, source.table.index))
    cells = source.tables["cells"]
    require_columns(cells, [AREA, OFFENCE, PERIOD, N, "harm", "exposure"], name="the table of cells")
    if not len(cells):
        raise SchemaError("The table of cells of the assessment has no rows. Run it again.")
    return cells, sorted(map(str, source.index_table.index))


def _complete(cells: pd.DataFrame, areas: list[str], labels: list[str]) -> pd.DataFrame:
    """Every area, month and offence; an offence that is not there in a covered month is 0, all else missing."""
    found = pd.PeriodIndex(cells[PERIOD], freq="M")
    months = list(to_month_text(pd.period_range(found.min(), found.max(), freq="M")))
    keyed = cells.assign(period=to_month_text(found).to_numpy(), offence=cells[OFFENCE].astype("str"))
    by_month = keyed.groupby([AREA, PERIOD], observed=True)["exposure"].first()
    sums = keyed.groupby([AREA, PERIOD, OFFENCE], observed=True)[[N, "harm"]].sum()
    full = pd.MultiIndex.from_product([areas, months, labels], names=[AREA, PERIOD, OFFENCE])
    short = pd.MultiIndex.from_product([areas, months], names=[AREA, PERIOD])
    exposure = by_month.reindex(short).to_numpy(dtype=float) * 12
    covered = np.repeat(short.isin(by_month.index), len(labels))
    values = sums.reindex(full).to_numpy(dtype=float)
    values = np.where(covered[:, None] & np.isnan(values), 0.0, values)
    return full.to_frame(index=False).assign(
        count=values[:, 0], harm=values[:, 1], exposure=np.repeat(exposure, len(labels)), covered=covered
    )


def _wide(values: pd.Series) -> pd.DataFrame:
    found = values.unstack(PERIOD)  # noqa: PD010
    return found.rename_axis(columns=PERIOD)
