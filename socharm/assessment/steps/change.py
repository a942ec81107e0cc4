"""``[change]``: areas whose crimes rose or fell between two parts of the period, and how alike the two are."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final

import pandas as pd

from socharm._about import MONTH, About, AssessmentPeriod
from socharm._columns import AREA, PERIOD
from socharm._constraints import Draws, Seed
from socharm._settings import SEED, setting
from socharm._words import area_noun, number_of, period_words
from socharm.assessment.steps._columns import named
from socharm.assessment.steps._step import Context, Drawing, Picture, Section, Step
from socharm.assessment.steps.index import INDEX
from socharm.errors import CoverageWarning
from socharm.hotspots.areas.change_significance import (
    CHANGE_LABELS,
    ChangeSettings,
    ChangeSignificance,
    change_significance,
)
from socharm.hotspots.areas.pattern_similarity import (
    PatternSimilarity,
    SimilaritySettings,
    SimilarityTest,
    point_pattern_similarity,
)
from socharm.severity.index import SeverityIndex
from socharm.snapshot.dashboard_layer import Category, DashboardLayer, DashboardPart
from socharm.snapshot.recipe import Recipe
from socharm.snapshot.sentence import Sentence
from socharm.snapshot.spec import SheetSpec, SummaryPart, TableSpec
from socharm.snapshot.tables import has_columns

__all__ = ["CHANGE", "ChangeSection"]

#: Months of a year: the same months are compared, since seasons are no change.
_YEAR: Final = 12
_COLOURS: Final = {"rise": "#c2570c", "fall": "#2166ac", "not clear": "#f5f2ea", "too few": "#d9d9d9"}
_TEXTS: Final = {
    "rise": "rose beyond chance",
    "fall": "fell beyond chance",
    "not clear": "not clear",
    "too few": "too few crimes to tell",
}


@dataclass(frozen=True, kw_only=True)
class ChangeSection(ChangeSettings):
    """Choices of an assessment's comparison of two parts of its period. ``[change]`` of a recipe."""

    earlier: tuple[str, ...] = setting(
        (), "first and last month; the same months a year before `later` when absent", example=["2024-04", "2024-09"]
    )
    later: tuple[str, ...] = setting(
        (),
        "first and last month; the last twelve, or those that have the same months before, when absent",
        example=["2025-04", "2025-09"],
    )
    difference: SimilarityTest = setting(
        "chi-square",
        'how the pattern is compared; "fisher", "bootstrap" or "andresen"',
    )
    resamples: Draws = setting(2_000, 'samples of "bootstrap" and "andresen"')
    seed: Seed = setting(says=SEED, recipe=False)

    def _faults(self) -> Iterable[str]:
        yield from super()._faults()
        if bool(self.earlier) != bool(self.later):
            yield "one of `earlier` and `later` is stated. State both, or neither."
            return
        wrong = [name for name in ("earlier", "later") if not _is_span(vars(self)[name])]
        for name in wrong:
            yield (
                f'`{name}` is {list(vars(self)[name])}; write its first and last month, such as ["2025-04", "2025-09"].'
            )
        if self.earlier and not wrong and self.earlier[1] >= self.later[0]:
            yield f"`later` begins in {self.later[0]}, when `earlier` is not over. Take months that do not overlap."


def _is_span(months: tuple[str, ...]) -> bool:
    """Nothing, or a first and a last month."""
    if not months:
        return True
    return len(months) == 2 and all(MONTH.fullmatch(month) for month in months) and months[0] <= months[1]


@dataclass(frozen=True, eq=False)
class _Found:
    """Changes and similarity of two parts of the period."""

    changes: ChangeSignificance
    pattern: PatternSimilarity
    earlier: AssessmentPeriod
    later: AssessmentPeriod
    settings: ChangeSection


def _run(context: Context) -> _Found | None:
    section, index = context.recipe.part(ChangeSection), context[INDEX]
    parts = _parts(section, index)
    if parts is None:
        months = index.cells[PERIOD].nunique()
        warnings.warn(
            f"A change is between the same months of two years, and there {'is' if months == 1 else 'are'} "
            f"{number_of(months, 'month')}. State [change] earlier and later, or it is left out.",
            CoverageWarning,
            stacklevel=2,
        )
        return None
    before, after = (_counts(index, part) for part in parts)
    whole = before.notna() & after.notna()
    if not whole.any():
        warnings.warn(
            f"No area is covered in all months of {parts[0]} and of {parts[1]}; their change is left out.",
            CoverageWarning,
            stacklevel=2,
        )
        return None
    if not whole.all():
        warnings.warn(
            f"Changes leave out {number_of(int((~whole).sum()), 'area')} without all months of both parts: a month "
            "that is not covered is no month without crime.",
            CoverageWarning,
            stacklevel=2,
        )
    about = replace(index.about, unit="crimes")
    own = {entry.name: vars(section)[entry.name] for entry in fields(ChangeSettings)}
    changes = change_significance(
        before.where(whole),
        after.where(whole),
        exposure_earlier=float(parts[0].n_months),
        exposure_later=float(parts[1].n_months),
        settings=ChangeSettings(**own),
        about=about,
    )
    alike = SimilaritySettings(
        difference=section.difference,
        alpha=section.alpha,
        correction=section.correction,
        resamples=section.resamples,
        seed=section.seed,
    )
    pattern = point_pattern_similarity(before[whole], after[whole], settings=alike, about=about)
    return _Found(changes, pattern, *parts, section)


def _parts(section: ChangeSection, index: SeverityIndex) -> tuple[AssessmentPeriod, AssessmentPeriod] | None:
    """The two parts of the period; None where none are stated and no month stands in two years."""
    if section.earlier:
        return AssessmentPeriod(*section.earlier), AssessmentPeriod(*section.later)
    months = pd.PeriodIndex(index.cells[PERIOD].unique())
    last, reach = months.max(), (months.max() - months.min()).n + 1
    size = min(_YEAR, reach - _YEAR)
    if size < 1:
        return None
    later = AssessmentPeriod(str(last - (size - 1)), str(last))
    return AssessmentPeriod(str(last - (size - 1) - _YEAR), str(last - _YEAR)), later


def _counts(index: SeverityIndex, part: AssessmentPeriod) -> pd.Series:
    """Crimes of each area in the months of a part; missing where one of them was not covered."""
    rows = index.by_period
    inside = rows[rows[PERIOD].astype(str).isin(list(part.months)) & (rows["exposure"] > 0)]
    by_area = inside.groupby(inside[AREA].astype(str), observed=True)
    whole = by_area[PERIOD].nunique() == part.n_months
    return by_area["crimes"].sum().where(whole).reindex(index.table.index)


def _frames(found: _Found | None) -> dict[str, pd.DataFrame]:
    if found is None:
        return {}
    alike = found.pattern.table[["share_base", "share_test", "similarity"]]
    names = {"share_base": "share_earlier", "share_test": "share_later"}
    words = {"test more": "larger share later", "base more": "larger share earlier"}
    table = found.changes.table.join(alike.rename(columns=names))
    table["similarity"] = table["similarity"].replace(words)
    facts = {
        "earlier_first": found.earlier.start,
        "earlier_last": found.earlier.end,
        "later_first": found.later.start,
        "later_last": found.later.end,
        "compared": len(found.pattern.table),
        "all_areas": found.changes.all_areas,
        "s": found.pattern.s,
        "s_robust": found.pattern.s_robust,
    }
    return {"change": table, "change_facts": pd.DataFrame([facts])}


def _picture(found: _Found | None, drawing: Drawing) -> Any:
    from socharm.maps.emerging import change_title, plot_significant_change

    if found is None:
        return None
    counts, noun = found.changes.counts, area_noun(found.changes.table.index)
    later, earlier = (period_words(part.start, part.end) for part in (found.later, found.earlier))
    title = change_title(int(counts["rise"]), int(counts["fall"]), noun, when=f"{later} on {earlier}")
    other = _season(found.earlier, found.later)
    return plot_significant_change(
        drawing.areas, found.changes, title=title, notes=(other,) if other else (), **drawing.on
    )


def _sheet(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Rises first, then falls, each the largest change first."""
    found = tables["areas"][["name", "parent"]].join(tables["change"], how="inner")
    place = {label: at for at, label in enumerate(CHANGE_LABELS)}
    far = (found["ratio"].astype(float) - 1).abs().fillna(0.0)
    order = found.assign(place=found["change"].map(place), far=-far).sort_values(["place", "far"], kind="stable")
    return order.drop(columns=["place", "far"])


def _note(tables: Mapping[str, pd.DataFrame]) -> str:
    told = "Crimes of two parts of the period compared, by month. Not clear does not mean no change."
    facts = tables["change_facts"]
    if not len(facts):
        return told
    one = facts.iloc[0]
    earlier = period_words(one["earlier_first"], one["earlier_last"])
    later = period_words(one["later_first"], one["later_last"])
    parts = (
        AssessmentPeriod(one["earlier_first"], one["earlier_last"]),
        AssessmentPeriod(one["later_first"], one["later_last"]),
    )
    return " ".join(
        [
            f"Crimes by month of {later} over those of {earlier}.",
            *([other] if (other := _season(*parts)) else []),
            f"Not clear does not mean no change. In {one['s']:.0%} of {number_of(int(one['compared']), 'area')} no "
            "difference of the share of all crimes was found (S of Andresen), in "
            f"{one['s_robust']:.0%} of those with any crime.{_independent(tables)}",
        ]
    )


def _season(*parts: AssessmentPeriod) -> str:
    """That the two parts are not of the same months of the year, where they are not."""
    earlier, later = (pd.Series([month[-2:] for month in part.months]).value_counts(normalize=True) for part in parts)
    alike = earlier.sort_index().equals(later.sort_index())
    return "" if alike else "These are not the same months of the year: a change may be the season."


def _independent(tables: Mapping[str, pd.DataFrame]) -> str:
    """Why a share can differ beyond chance where no change is clear."""
    found = tables["change"]
    spread = found["dispersion"].max() if has_columns(found, "dispersion") else None
    if spread is None or pd.isna(spread) or spread <= 1:
        return ""
    told = f"the test of change allows for counts that vary {spread:.1f} times as much."
    return f" That test takes each crime by itself; {told}"


def _told(recipe: Recipe, _: Mapping[str, Any]) -> Iterable[Sentence]:
    section = recipe.find(ChangeSection)
    if section is not None:
        over = "for each test, not corrected" if section.correction == "none" else "over areas"
        beyond = "beyond that of all areas together, " if section.beyond_all else ""
        level = f"level {section.alpha * 100:g}% {over}"
        yield Sentence(
            f"Change of crimes between two parts: {beyond}{section.test} test, {level}; shares: {section.difference}."
        )


def _values(tables: Mapping[str, pd.DataFrame], _: Mapping[str, Any]) -> dict[str, Any]:
    found = tables.get("change")
    if found is None or not has_columns(found, "change") or not len(found):
        return {}
    return {"change": {label: int((found["change"] == label).sum()) for label in ("rise", "fall")}}


def _lines(summary: Mapping[str, Any]) -> Iterable[str]:
    if found := summary.get("change"):
        rises = number_of(found["rise"], "area")
        yield f"Change of crimes: {rises} with a rise beyond chance, {found['fall']:,} with a fall"


def _dashboard(tables: Mapping[str, pd.DataFrame], _: About) -> Iterable[DashboardLayer]:
    found, facts = tables["change"], tables["change_facts"]
    if not has_columns(found, "change") or not len(facts):
        return
    one = facts.iloc[0]
    yield DashboardLayer(
        key="change",
        label="Change of crimes",
        short="Change",
        unit=f"crimes of {period_words(one['later_first'], one['later_last'])} on "
        f"{period_words(one['earlier_first'], one['earlier_last'])}",
        gap="not covered in all months",
        note="Not clear does not mean no change.",
        values=found["change"].where(found["change"].isin(list(_TEXTS))),
        categories={label: Category(label=text, colour=_COLOURS[label]) for label, text in _TEXTS.items()},
        disclosure="keep",
    )


_SPEC: Final = TableSpec(
    name="change",
    meaning="an area; index `area_code`",
    layer=True,
    sheet=SheetSpec(title="Change", place=11, note=_note, view=_sheet, formats={"ratio": "0.00"}),
    summary=SummaryPart(values=_values, lines=_lines, place=55),
    dashboard=DashboardPart(layers=_dashboard, place=27),
    columns=(
        *named(
            "keep",
            change="rise or fall beyond chance, not clear, too few crimes to tell whichever it is, or not covered",
            similarity="whether its share of all crimes is larger in one part beyond chance",
        ),
        *named(
            "withhold",
            earlier="crimes of the earlier part",
            later="crimes of the later part",
            rate_earlier="crimes a month of the earlier part",
            rate_later="crimes a month of the later part",
            ratio="later crimes a month over earlier ones, or, where asked for, that over the same of all areas",
            ratio_low="lower end of the interval of later over earlier",
            ratio_high="upper end of the interval of later over earlier",
            dispersion="variance of a count over its mean",
            p="p of so large a change",
            p_adjusted="the same corrected over all areas",
            share_earlier="percentage of all crimes of the earlier part",
            share_later="percentage of all crimes of the later part",
        ),
    ),
)
_FACTS: Final = TableSpec(
    name="change_facts",
    meaning="the comparison of two parts of the period; one row",
    columns=(
        *named(
            "keep",
            earlier_first="first month of the earlier part",
            earlier_last="last month of the earlier part",
            later_first="first month of the later part",
            later_last="last month of the later part",
            compared="areas covered in all months of both parts",
        ),
        *named(
            "decimals:2",
            all_areas="later crimes a month over earlier ones, of all these areas together",
            s="share of these areas whose share of all crimes is the same in both parts",
            s_robust="the same of areas with any crime",
        ),
    ),
)


def _faults(recipe: Recipe) -> Iterable[str]:
    section = recipe.find(ChangeSection)
    if section is None or not section.earlier:
        return
    inside = list(recipe.period.months)
    out = [month for month in (*section.earlier, *section.later) if month not in inside]
    if out:
        yield f"change: {out[0]} is no month of the period {recipe.period}. Take months of it."


CHANGE: Final = Step[_Found | None](
    name="change",
    phase="hotspots",
    words="change",
    needs=(INDEX,),
    section=Section(
        key="change",
        kind=ChangeSection,
        says="areas whose crimes rose or fell between two parts of the period",
        place=132,
        optional=True,
        faults=_faults,
    ),
    run=_run,
    tables=(_SPEC, _FACTS),
    frames=_frames,
    settings=lambda found, _: None if found is None else found.settings,
    settings_kinds=(ChangeSection,),
    pictures=(Picture(file="significant_change.png", draw=_picture),),
    told=_told,
)
