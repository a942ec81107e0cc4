"""``[[indicators]]``: measures of partners, with their dictionary."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Final

import pandas as pd

from socharm.assessment.input_sections import IndicatorsSection
from socharm.assessment.steps._columns import AREA_CODE, named
from socharm.assessment.steps._step import Context, ReadFile, Section, Step, take_each
from socharm.assessment.table_keys import table_options
from socharm.io.indicator_record import Indicators
from socharm.io.indicators import read_indicators
from socharm.snapshot.recipe import Recipe
from socharm.snapshot.spec import SheetSpec, TableSpec

__all__ = ["INDICATORS"]


def _read(recipe: Recipe, section: IndicatorsSection) -> Indicators:
    return read_indicators(
        recipe.resolve(section.path),
        dictionary=recipe.resolve(section.dictionary),
        code=section.code,
        measure=section.measure,
        value=section.value,
        period=section.period,
        where=section.where,
        ignore=section.ignore,
        repair_quoted_rows=section.repair_quoted_rows,
        **table_options(section),
    )


def _run(context: Context) -> tuple[Indicators, ...]:
    sections = context.recipe.parts(IndicatorsSection)
    return tuple(take_each(context, [("indicators", partial(_read, context.recipe, part)) for part in sections]))


def _frames(read: tuple[Indicators, ...]) -> dict[str, pd.DataFrame]:
    if not read:
        return {}
    return {
        "indicators": _numbered([part.table for part in read]),
        "indicator_dictionary": _numbered([part.dictionary.reset_index() for part in read]),
    }


def _numbered(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Tables below each other, with the number of the file that each row is from."""
    return pd.concat([table.assign(file=i) for i, table in enumerate(tables)], ignore_index=True)


def _files(recipe: Recipe, read: tuple[Indicators, ...]) -> Iterable[ReadFile]:
    for number, (section, part) in enumerate(zip(recipe.parts(IndicatorsSection), read, strict=True)):
        rows = {"read": part.rows_read, "left out": part.rows_left_out}
        yield ReadFile(role=f"indicators.{number}.path", path=section.path, rows=rows)
        yield ReadFile(role=f"indicators.{number}.dictionary", path=section.dictionary)


INDICATORS: Final = Step[tuple[Indicators, ...]](
    name="indicators",
    phase="reading",
    section=Section(
        key="indicators",
        kind=IndicatorsSection,
        says="measures of partners: read, checked and recorded",
        place=920,
        many=True,
    ),
    run=_run,
    tables=(
        TableSpec(
            name="indicators",
            meaning="a measure of a partner in an area and period",
            sheet=SheetSpec(title="Indicators", place=103, note="Measures of partners as sent; missing is not zero."),
            columns=(
                *AREA_CODE,
                *named(
                    "keep",
                    period="period of the measure, as sent",
                    measure="its name",
                    value="its value; one marked above OFFICIAL is withheld, and small whole numbers are",
                    file="number of the partner's file",
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
                    measure="its name",
                    direction="whether more is worse",
                    unit="its unit",
                    denominator="what it is divided by",
                    period="period it speaks of",
                    provider="who sent it",
                    licence="licence",
                    sharing_basis="on what basis it is shared",
                    marking="its marking",
                    police_driven="whether it follows what police do",
                    column="column of the file",
                    name="its name as printed",
                    file="number of the partner's file",
                ),
                *named("withhold", label="its name as the partner writes it"),
            ),
        ),
    ),
    frames=_frames,
    files=_files,
)
