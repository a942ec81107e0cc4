"""``[[indicators]]``: measures of partners, with their dictionary."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

import pandas as pd

from socharm._about import About
from socharm._columns import AREA, PERIOD
from socharm._settings import Settings, annotations_of, setting
from socharm.assessment.input_sections import IndicatorsSection, OfficialSettings
from socharm.assessment.steps._codes import unmatched_codes
from socharm.assessment.steps._columns import AREA_CODE, named
from socharm.assessment.steps._step import Context, ReadFile, Results, Section, Step, take_each
from socharm.assessment.steps.areas import AREAS
from socharm.io.indicator_record import Indicators, IndicatorSettings
from socharm.io.indicators import read_indicators
from socharm.io.official import read_official
from socharm.io.period_order import latest_period
from socharm.io.sources import read_by_name
from socharm.snapshot.dashboard_layer import DashboardLayer, DashboardPart
from socharm.snapshot.recipe import Recipe
from socharm.snapshot.spec import SheetSpec, TableSpec
from socharm.snapshot.tables import has_columns

__all__ = ["INDICATORS", "PartnerFile", "ReadingsSettings"]


@dataclass(frozen=True, kw_only=True)
class ReadingsSettings(Settings):
    """How each file of the section was read."""

    files: tuple[IndicatorSettings, ...] = setting(says="choices of each file, in the order of their numbers")
    official: tuple[OfficialSettings, ...] = setting((), "which official table each file is, in the same order")


@dataclass(frozen=True, kw_only=True, eq=False)
class PartnerFile:
    """A file of a partner as it was read.

    Attributes
    ----------
    read : Indicators
    official : OfficialSettings
    elsewhere : int
        Rows of an official table of areas that are not ranked; they are left out.
    """

    read: Indicators
    official: OfficialSettings
    elsewhere: int = 0


def _read(context: Context, section: IndicatorsSection) -> PartnerFile:
    path = context.recipe.resolve(section.path)
    official = OfficialSettings(official=section.official, edition=section.edition, complete=section.complete)
    if section.official is None:
        assert section.dictionary is not None  # the recipe's own check asks for one of the two
        dictionary = context.recipe.resolve(section.dictionary)
        return PartnerFile(read=read_indicators(path, dictionary=dictionary, settings=section), official=official)
    areas = context[AREAS]
    read = read_official(
        path,
        section.official,
        edition=section.edition,
        areas=areas if read_by_name(section.official).of_places else None,
        where=section.where,
        complete=section.complete,
        **vars(section.as_used()),
    )
    # A national table holds every code. Where it holds none of ours, all stay, so that a check can say so.
    ours = read.table[read.table[AREA].isin(areas.index)].reset_index(drop=True)
    kept = replace(read, table=ours) if len(ours) else read
    return PartnerFile(read=kept, official=official, elsewhere=len(read.table) - len(kept.table))


def _run(context: Context) -> tuple[PartnerFile, ...]:
    sections = context.recipe.parts(IndicatorsSection)
    return tuple(take_each(context, [("indicators", partial(_read, context, part)) for part in sections]))


def _frames(files: tuple[PartnerFile, ...]) -> dict[str, pd.DataFrame]:
    if not files:
        return {}
    return {
        "indicators": _numbered([file.read.table for file in files]),
        "indicator_dictionary": _numbered([file.read.dictionary.reset_index() for file in files]),
    }


def _earlier_settings(recipe: Mapping[str, Any]) -> dict[str, Any]:
    known = annotations_of(IndicatorSettings)
    stated = recipe.get("indicators") or ()
    return {"files": [{name: value for name, value in part.items() if name in known} for part in stated]}


def _numbered(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Tables below each other, with the number of the file that each row is from."""
    return pd.concat([table.assign(file=i) for i, table in enumerate(tables)], ignore_index=True)


def _files(recipe: Recipe, files: tuple[PartnerFile, ...]) -> Iterable[ReadFile]:
    for number, (section, file) in enumerate(zip(recipe.parts(IndicatorsSection), files, strict=True)):
        rows = {"read": file.read.rows_read, "left out": file.read.rows_left_out}
        if file.elsewhere:
            rows["values of other areas"] = file.elsewhere
        yield ReadFile(role=f"indicators.{number}.path", path=section.path, rows=rows)
        if section.dictionary is not None:
            yield ReadFile(role=f"indicators.{number}.dictionary", path=section.dictionary)


def _published(shown: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Partners' measures: those marked above OFFICIAL are withheld, and small whole counts of others too."""
    dictionary = tables["indicator_dictionary"]
    if not len(dictionary):
        return shown
    marks = dictionary.set_index("measure")["marking"]
    closed = shown["measure"].map(marks).fillna("") != "OFFICIAL"
    values = shown["value"].astype(float)
    whole = (values % 1 == 0) | values.isna()
    counted = whole.groupby(shown["measure"]).transform("all")
    small = counted & (values > 0) & (values < 5)
    return shown.assign(value=values.mask(closed | small))


def _dashboard(tables: Mapping[str, pd.DataFrame], _: About) -> Iterable[DashboardLayer]:
    """The latest value of each measure, with what the dictionary says of it."""
    if not has_columns(tables["indicators"], f"{AREA} {PERIOD} measure value"):
        return
    facts = tables["indicator_dictionary"]
    facts = facts.drop_duplicates("measure").set_index("measure") if has_columns(facts, "measure") else pd.DataFrame()
    for measure, rows in tables["indicators"].groupby("measure", sort=True):
        told = facts.loc[measure].items() if measure in facts.index else ()
        said = {str(key): "" if pd.isna(value) else str(value) for key, value in told}
        latest = latest_period(rows.loc[rows["value"].notna(), PERIOD]) or latest_period(rows[PERIOD])
        unit, direction, provider = (said.get(key, "") for key in ("unit", "direction", "provider"))
        parts = [direction, f"provider: {provider}" if provider else ""]
        yield DashboardLayer(
            key=f"indicator:{measure}",
            label=str(said.get("name") or measure).replace("_", " "),
            unit=", ".join(text for text in (unit, latest) if text),
            note="Partner indicator; " + "; ".join(text for text in parts if text) + ".",
            values=rows[rows[PERIOD].astype(str) == latest].drop_duplicates(AREA).set_index(AREA)["value"],
            palette="blues",
            disclosure="count" if _is_count(unit) else "keep",
            measure={"provider": provider, "unit": unit, "direction": direction, "period": latest},
        )


def _is_count(unit: str) -> bool:
    words = unit.lower()
    return " per " not in f" {words} " and any(word in words for word in ("count", "number"))


def _sheet(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Each measure by its name as printed; its key, by which tables are joined, comes last."""
    sent, told = tables["indicators"], tables["indicator_dictionary"]
    names = told.drop_duplicates("measure").set_index("measure")["name"]
    printed = sent["measure"].astype(object).map(names.astype(object))
    named_ones = sent.assign(printed=printed.fillna(sent["measure"].astype(object)))
    first = [AREA, "printed"]
    others = [column for column in sent.columns if column not in {AREA, "measure"}]
    return named_ones[[*first, *others, "measure"]]


def _doubts(files: tuple[PartnerFile, ...], results: Results) -> Iterable[str]:
    """Areas of which a file of a partner knows nothing, as those of another boundary year."""
    for number, part in enumerate((file.read for file in files), start=1):
        known = part.table.loc[part.table["value"].notna(), AREA]
        senders = [str(name) for name in part.dictionary["provider"].dropna().unique() if str(name)]
        whose = f" of {', '.join(senders)}" if senders else ""
        yield from unmatched_codes(
            results[AREAS].index,
            known.unique(),
            of=f"value in file {number}{whose}",
            then="They are missing in all that uses it.",
        )


def _settings(files: tuple[PartnerFile, ...]) -> ReadingsSettings:
    return ReadingsSettings(
        files=tuple(file.read.settings for file in files), official=tuple(file.official for file in files)
    )


INDICATORS: Final = Step[tuple[PartnerFile, ...]](
    name="indicators",
    phase="reading",
    needs=(AREAS,),
    section=Section(
        key="indicators",
        kind=IndicatorsSection,
        says="measures of partners: read, checked and recorded",
        place=920,
        many=True,
        means={"dictionary": "[[indicators]] dictionary"},
        subjects={"source": "official"},
    ),
    run=_run,
    tables=(
        TableSpec(
            name="indicators",
            meaning="a measure of a partner in an area and period",
            published=_published,
            dashboard=DashboardPart(layers=_dashboard, place=60),
            sheet=SheetSpec(
                title="Indicators",
                place=103,
                note="Measures of partners as sent; missing is not zero.",
                view=_sheet,
            ),
            columns=(
                *AREA_CODE,
                *named(
                    "keep",
                    period="period that the measure speaks of",
                    measure="key of the measure",
                    value="value of the measure as sent",
                    file="number of the file of the partner",
                ),
            ),
        ),
        TableSpec(
            name="indicator_dictionary",
            meaning="a measure of a partner",
            sheet=SheetSpec(title="Indicator dictionary", place=103, note="What each measure means, and who sent it."),
            columns=(
                *named(
                    "keep",
                    measure="key of the measure",
                    direction="whether more of it is worse",
                    unit="unit of the measure",
                    denominator="what the measure is divided by",
                    period="period that the measure speaks of",
                    provider="who sent the indicator or measure",
                    sector="sector of who sent it, such as health or education",
                    licence="licence of the measure",
                    sharing_basis="on what basis the measure is shared",
                    marking="marking of the measure",
                    police_driven="whether the measure follows what police do",
                    column="column of the file that holds the measure",
                    name="name of the indicator or measure as printed",
                    file="number of the file of the partner",
                ),
                *named("withhold", label="name of the measure as the partner writes it"),
            ),
        ),
    ),
    frames=_frames,
    files=_files,
    settings=lambda files, _: _settings(files),
    settings_kinds=(ReadingsSettings,),
    earlier_settings=_earlier_settings,
    about=lambda files: (file.read.about for file in files),
    doubts=_doubts,
)
