"""``[season]``: which months of the year have more crimes, by offence group, where the recipe asks for it."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import pandas as pd

from socharm._columns import AREA, OFFENCE, PERIOD, N
from socharm._words import number_of
from socharm.assessment.steps._columns import named
from socharm.assessment.steps._few_crimes import without_few
from socharm.assessment.steps._step import Context, Drawing, Picture, Section, Step
from socharm.assessment.steps.areas import AREAS
from socharm.assessment.steps.index import INDEX
from socharm.errors import CoverageWarning
from socharm.hotspots.times.seasons import SeasonalProfile, SeasonSettings, seasonal_profile
from socharm.offences import group_of
from socharm.publish.disclosure import PublishedTables
from socharm.severity.index import SeverityIndex
from socharm.snapshot.recipe import Recipe
from socharm.snapshot.sentence import Sentence
from socharm.snapshot.spec import SheetSpec, TableSpec

__all__ = ["SEASON"]

_ALL: Final = "all offences"
_FORCE: Final = "force"
#: Months of one run, without which there is no year to hold a month against.
_YEAR: Final = 12


@dataclass(frozen=True, eq=False)
class _Found:
    """The profile, and the force of each of its groups where areas state one."""

    profile: SeasonalProfile
    forces: Mapping[str, str]


def _run(context: Context) -> _Found | None:
    return _season(context[INDEX], context[AREAS], context.recipe.part(SeasonSettings))


def _season(index: SeverityIndex, areas: pd.DataFrame, settings: SeasonSettings) -> _Found | None:
    """The profile of the areas with all months; None, with a warning, where there is no year of months."""
    cells = index.cells
    months = cells[PERIOD].nunique()
    covered = cells.groupby(AREA, observed=True)[PERIOD].nunique()
    whole = covered.index[covered == months].astype(str)
    if months < _YEAR or not len(whole):
        warnings.warn(
            f"A season needs {number_of(_YEAR, 'month')} in a row, and areas that are covered in all of them; there "
            f"are {number_of(months, 'month')} and {number_of(len(whole), 'area')}. It is left out.",
            CoverageWarning,
            stacklevel=3,
        )
        return None
    if len(covered) > len(whole):
        warnings.warn(
            f"Seasons leave out {number_of(len(covered) - len(whole), 'area')} without all months: a month that is "
            "not covered is no month without crime.",
            CoverageWarning,
            stacklevel=3,
        )
    rows = cells.loc[cells[AREA].astype(str).isin(whole)]
    force = areas[_FORCE].rename(str) if _FORCE in areas.columns else pd.Series(dtype=object)
    counts, forces = _counts(rows, force)
    about = replace(index.about, unit="crimes")
    profile = seasonal_profile(counts, settings=settings, about=about)
    if not (profile.table["years"] > 0).any():
        warnings.warn(
            "No twelve months in a row are covered, so there is no year to hold a month against: the season is left "
            "out.",
            CoverageWarning,
            stacklevel=3,
        )
        return None
    return _Found(profile, forces)


def _counts(rows: pd.DataFrame, force: pd.Series) -> tuple[pd.DataFrame, dict[str, str]]:
    """Crimes by month, a column for each group of offences, of each force where there are several; all first."""
    kinds = {offence: group_of(str(offence)) for offence in rows[OFFENCE].unique()}
    by_force = rows[AREA].astype(str).map(force).astype("object").where(lambda known: known.notna(), "")
    several = len(by_force.unique()) > 1
    taken = pd.DataFrame(
        {
            PERIOD: rows[PERIOD].to_numpy(),
            "kind": rows[OFFENCE].map(kinds).astype(str).to_numpy(),
            _FORCE: by_force.to_numpy(),
            N: rows[N].to_numpy(),
        }
    )
    taken = pd.concat([taken.assign(kind=_ALL), taken] if len(set(kinds.values())) > 1 else [taken])
    prefix = (taken[_FORCE].where(taken[_FORCE] != "", "no force stated") + ": ") if several else ""
    taken["group"] = prefix + taken["kind"]
    order = taken.drop_duplicates("group").assign(part=lambda found: found["kind"].ne(_ALL))
    order = order.sort_values([_FORCE, "part", "kind"], kind="stable")
    sums = taken.groupby([PERIOD, "group"], observed=True)[N].sum().unstack("group")  # noqa: PD010
    return sums[order["group"].tolist()], dict(zip(order["group"], order[_FORCE], strict=True))


def _frames(found: _Found | None) -> dict[str, pd.DataFrame]:
    if found is None:
        return {}
    table = found.profile.table.copy()
    table.insert(0, _FORCE, table["group"].map(dict(found.forces)))
    return {"season": table}


def _picture(found: _Found | None, _: Drawing) -> Any:
    from socharm.maps.furniture import new_axes
    from socharm.maps.seasons import plot_season

    return None if found is None else plot_season(found.profile, ax=new_axes())


def _published(found: _Found | None, published: PublishedTables) -> _Found | None:
    return None if found is None else replace(found, profile=replace(found.profile, table=published.tables["season"]))


def _shown(table: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    return without_few(table, tables["season"])


def _told(recipe: Recipe, _: Mapping[str, Any]) -> Iterable[Sentence]:
    section = recipe.find(SeasonSettings)
    if section is not None:
        yield Sentence(
            "Months of the year: crimes by day against the mean of the same twelve months, of areas with all months, "
            f"level {section.alpha * 100:g}%."
        )


_SPEC: Final = TableSpec(
    name="season",
    meaning="a month of the year of a group of offences",
    sheet=SheetSpec(
        title="Season",
        place=107,
        note="Crimes by month of the year over those of an even year, of areas with all months, in whole years counted "
        "back from the last month. With fewer than two years of a month a season cannot be told from that year.",
    ),
    published=_shown,
    columns=(
        *named(
            "keep",
            force="police force of the area",
            group="group of offences",
            month="month of the year",
            years="runs of twelve months that have it",
            days="days of the month in those years",
            label="whether it has more or fewer crimes than an even year, corrected for many tests",
        ),
        *named(
            "decimals:1",
            ratio="crimes over those of an even year",
            ratio_low="lower end of the interval of the ratio",
            ratio_high="upper end of the interval of the ratio",
        ),
        *named(
            "withhold",
            events="crimes in the month of all those years",
            per_day="crimes a day",
            expected="crimes at the daily rate of the same twelve months",
            dispersion="variance of a count over a Poisson one, of the group",
            p="p of so many or so few crimes",
            p_adjusted="p corrected over all months of all groups",
        ),
    ),
)

SEASON: Final = Step[_Found | None](
    name="season",
    phase="hotspots",
    words="season",
    needs=(AREAS, INDEX),
    section=Section(
        key="season",
        kind=SeasonSettings,
        says="which months of the year have more crimes, by offence group",
        place=147,
        optional=True,
    ),
    run=_run,
    tables=(_SPEC,),
    frames=_frames,
    settings=lambda found, _: None if found is None else found.profile.settings,
    settings_kinds=(SeasonSettings,),
    pictures=(Picture(file="season.png", draw=_picture),),
    published=_published,
    told=_told,
)
