"""Two assessments compared."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._about import AssessmentPeriod, combine_about
from socharm._arguments import checked
from socharm._columns import FORCE, NAME, PARENT
from socharm._constraints import ClosedShare, Draws, NotNegative, OpenShare, Positive, Seed
from socharm._words import number_of
from socharm.errors import AlignmentError
from socharm.io.lookups import Lookup
from socharm.ranking.top_sizes import TOP
from socharm.rescoring.change import PeriodModel, change_table, period_models
from socharm.rescoring.change_settings import FIRST, SURE_LIST, Dispersion, Worlds
from socharm.rescoring.comparable import NOTED, RESTATED, Sides, findings_of, require_comparable
from socharm.rescoring.compare_settings import CompareSettings
from socharm.rescoring.compared_tables import (
    beyond_table,
    district_table,
    fact_table,
    interpolated_counts,
    named_areas,
    police_generated_table,
    stored_ranks,
    sure_areas,
)
from socharm.rescoring.comparison import Comparison
from socharm.rescoring.even_loss import even_losses
from socharm.rescoring.expectation import expectation_of, left_out, paired
from socharm.rescoring.expected import UNEVEN
from socharm.rescoring.index_parts import AlignedSides, align_sides, index_parts, known_parts
from socharm.rescoring.matching import AreaMatch, By, carriers, codes_told, match_areas
from socharm.rescoring.mobility import BY_UNDERLYING, BY_UNDERLYING_ALIKE, RANKED_BY, RankMobility, rank_mobility
from socharm.rescoring.months import paired_months
from socharm.rescoring.paired_counts import PairedCounts
from socharm.rescoring.revisions import kept_by, kept_fault, no_longer_told, revised_by
from socharm.rescoring.side import Side, side_of
from socharm.severity.cells import select_offences
from socharm.snapshot.assessment import Assessment, holds_closed_counts

__all__ = ["compare", "compare_sides"]


@checked
def compare(
    earlier: Assessment,
    later: Assessment,
    *,
    change: Lookup | None = None,
    membership: pd.DataFrame | None = None,
    revised: Assessment | None = None,
    allow: str | Iterable[str] = (),
    without: str | Iterable[str] = (),
    clear: str | Iterable[str] = (),
    by: By = "code",
    sliver: ClosedShare = 0.01,
    least_ground: ClosedShare = 0.9,
    class_ends: int | str | Iterable[int | str] = ("5%", "10%", "25%", "50%"),
    top: int | str | Iterable[int | str] = TOP,
    level: OpenShare = 0.95,
    change_draws: Draws | None = None,
    seed: Seed | None = None,
    sure: OpenShare = 0.95,
    first: int | str = FIRST,
    areas: Iterable[str] = (),
    dispersion: Dispersion | None = None,
    false_discovery: OpenShare = 0.1,
    least_events: NotNegative = 10.0,
    changed_share: ClosedShare = 0.1,
    changed_spread: Positive = 0.35,
    worlds: Worlds = 1_000,
    most_lost: ClosedShare = 0.1,
    settings: CompareSettings | Mapping[str, Any] | None = None,
) -> Comparison:
    r"""Compare two assessments: what changed, how sure that is, and what the change is made of.

    Parameters
    ----------
    earlier, later : Assessment
        As they were run, or opened by `open_assessment`; of three areas in common at least.
    change : Lookup, optional
        What became of codes between the two, as `match_areas` takes it.
    membership : DataFrame, optional
        Districts and forces of areas with the days from which and to which they hold, from `read_membership`; those of
        each assessment when omitted. Districts are compared by those of the later period.
    revised : Assessment, optional
        The months of `earlier` counted again from the source as it is now. What the source changed is then told by
        itself. When omitted, the months that `later` keeps beside its own tell it (``ledger_since`` of its recipe), and
        those of its period where periods overlap and that is allowed; a finding says where neither does.
    allow : str or iterable of str
        What the comparison is refused for and is to be shown in spite of, by the names in the error; the warning stays
        in the result.
    without : str or iterable of str
        Offences and sets that are left out of both.
    clear : str or iterable of str
        Codes of areas in which police ran a Clear phase in one of the periods.
    by, sliver, least_ground
        How areas are matched where there is no `change`, as of `match_areas`.
    class_ends, top, level
        As of `rank_mobility`.
    change_draws : int, optional
        Draws of each period from which `ratio` is made; worked out from the posteriors of both rates when omitted,
        which is what ever more draws come to, however few the crimes.
    seed : int, optional
        Of what is drawn; that of the later assessment when omitted. The two periods share no random number.
    sure : float
        Probability from which the counts of the two periods alone speak of a rise or a fall.
    first, areas, dispersion, false_discovery, least_events, changed_share, changed_spread
        As of `expected_change`: the list of areas that were chosen, and what is said of each. Where `first` leaves
        fewer than two areas to compare with, the list is a tenth of the areas. With ``first="for sure"`` it is the
        areas in the top of the earlier assessment for sure, or each by itself very likely, as its ranking has it.
    worlds : int
        As of `churn_receipt`.
    most_lost : float
        Share of the months of areas that may lack coverage.
    settings : CompareSettings or mapping, optional
        Choices of another comparison, for what is not stated by keyword.

    Returns
    -------
    Comparison

    Raises
    ------
    RefusedError
        The two cannot be compared; every reason with its remedy at once.
    AlignmentError
        No area is in both, fewer than three can be ranked in both, a change table or a membership with holes.
    SchemaError
        Tables that do not belong together.
    ParameterError
        A name in `allow` or `without` that is not known, areas of `clear` that are not compared.

    Notes
    -----
    The earlier assessment is restated on the areas, with the weights and by the choices of the later one, from its
    counts; that is exact where no area is divided. Months that only one of the two covers are left out of both. The
    ratio is that of the underlying rates of two independent gamma-Poisson models, one for each period.
    It says how much recorded harm changed, not why: of areas that were chosen because they were worst, a fall is
    expected without any change. The offence mix inside categories is taken to be the same in both periods, so that it
    plays no part in a ratio. `ExpectedChange` holds what places like these do by themselves against that.
    """
    chosen = CompareSettings.of(settings)
    return compare_sides(
        earlier,
        later,
        (side_of(earlier), side_of(later)),
        chosen,
        change=change,
        membership=membership,
        revised=revised,
    )


def compare_sides(
    earlier: Assessment,
    later: Assessment,
    held: tuple[Side, Side],
    chosen: CompareSettings,
    *,
    change: Lookup | None = None,
    membership: pd.DataFrame | None = None,
    revised: Assessment | None = None,
) -> Comparison:
    """As `compare`, from the sides of both, which a row of comparisons reads once.

    Parameters
    ----------
    earlier, later : Assessment
    held : tuple of Side
        From `side_of`, of both.
    chosen : CompareSettings
    change, membership, revised
        As of `compare`.
    """
    match = match_areas(
        earlier, later, change=change, by=chosen.by, sliver=chosen.sliver, least_ground=chosen.least_ground
    )
    before, after = (_less(side, chosen.without) for side in held)
    sides = Sides(
        earlier=earlier, later=later, before=before, after=after, match=match, clear=chosen.clear,
        most_lost=chosen.most_lost,
    )  # fmt: skip
    _require_areas(chosen.clear, later)
    findings = require_comparable(findings_of(sides), chosen.allow)
    again, unknown, untold = _counted_again(sides, revised)
    lost = even_losses(before, again, after, later.tables["areas"][FORCE])
    findings = pd.concat([findings, lost, _not_told(sides, unknown)], ignore_index=True)
    aligned = align_sides(before, again, after, carriers(match, before.areas, after.areas), _pairs(before, after))
    return _compared(sides, aligned, findings, membership, chosen, untold[before.areas.get_indexer(aligned.before)])


def _compared(
    sides: Sides,
    aligned: AlignedSides,
    findings: pd.DataFrame,
    membership: pd.DataFrame | None,
    chosen: CompareSettings,
    untold: NDArray[np.bool_],
) -> Comparison:
    pair = paired(aligned)
    parts, overall = index_parts(aligned)
    models = period_models(aligned, pool=_pooled(sides.later))
    seed = int(sides.later.manifest.get("seed", 0)) if chosen.seed is None else chosen.seed
    changed, ratio = change_table(aligned, models, chosen, seed)
    table = (
        named_areas(sides, aligned, membership)
        .join(parts[["rate_earlier", "rate_later"]])
        .join(stored_ranks(sides, aligned))
    )
    table = table.join(changed).join(interpolated_counts(aligned))
    restated = _is_restated(findings, aligned, sides.match, parts)
    parts, overall = known_parts(parts, overall, untold)
    ranks = _compared_ranks(table, models, restated=restated)
    mobility = rank_mobility(*ranks, class_ends=chosen.class_ends, top=chosen.top, level=chosen.level)
    about = combine_about(sides.later.about, sides.earlier.about, unit=sides.later.about.unit)
    warnings = " ".join(findings.loc[findings["allowed"], "reason"])
    about = dataclasses.replace(
        about,
        coverage=" ".join(text for text in (about.coverage, warnings) if text),
        internal=any(holds_closed_counts(each.manifest) for each in (sides.earlier, sides.later)),
    )
    homes = table[[NAME, "parent_later", FORCE]].rename(columns={"parent_later": PARENT})
    expected = expectation_of(
        pair,
        homes,
        chosen,
        about=about,
        per=aligned.later.settings.per,
        seed=seed,
        absent=left_out(aligned, pair, homes),
        sure=sure_areas(sides, aligned) if chosen.first == SURE_LIST else (),
    )
    table = table.join(beyond_table(expected.change.table, table.index))
    looked_for = police_generated_table(aligned)
    return Comparison(
        table=table,
        expected=expected.change,
        churn=expected.churn,
        parts=parts,
        overall=pd.concat([overall, ratio]).rename("overall"),
        mobility=_labelled(mobility, restated=restated, about=about, periods=pair.periods),
        findings=pd.concat([findings, _uneven(pair)], ignore_index=True),
        match=sides.match,
        districts=district_table(table, models),
        police_generated=looked_for,
        facts=fact_table(table, sides.match, expected.change, looked_for),
        assessments=(sides.earlier.path.name, sides.later.path.name),
        periods=(_period(sides.earlier), _period(sides.later)),
        settings=chosen,
        about=about,
    )


def _period(assessment: Assessment) -> AssessmentPeriod:
    return AssessmentPeriod(*assessment.recipe.assessment.period)


def _uneven(pair: PairedCounts) -> pd.DataFrame:
    """A row of the findings where a few offences of great weight make more of the names wrong than stated."""
    if pair.unevenness <= UNEVEN:
        return pd.DataFrame()
    reason = (
        f"A few offences of great weight make harm uneven (skewness {pair.unevenness:.1f} times that of events that "
        f"all weigh the same; up to {UNEVEN:g} is sound): more of the names are wrong than stated."
    )
    remedy = "Make both assessments with [index] transform = 'capped'."
    row = {"what": "uneven weights", "severity": NOTED, "reason": reason, "remedy": remedy, "allowed": False}
    return pd.DataFrame([row])


def _less(side: Side, without: tuple[str, ...]) -> Side:
    if not without:
        return side
    select_offences([*side.labels, *map(str, side.weights.index)], without, argument="without")
    exclude = tuple(dict.fromkeys([*side.settings.exclude, *without]))
    return dataclasses.replace(side, settings=dataclasses.replace(side.settings, exclude=exclude))


def _require_areas(clear: tuple[str, ...], later: Assessment) -> None:
    unknown = sorted(set(clear) - set(map(str, later.tables["areas"].index)))
    if unknown:
        raise AlignmentError(f"`clear` names {codes_told(unknown)}, no areas of the later assessment. Use its codes.")


def _pairs(before: Side, after: Side) -> list[tuple[int, int]] | None:
    return paired_months(before.months, after.months)


def _pooled(assessment: Assessment) -> bool:
    """Whether the model of an assessment joined rare offences into bands."""
    model = assessment.tables["model"] if "model" in assessment.tables else pd.DataFrame()
    return "band" in model and bool((model["band"].astype(str) != model.index.astype(str)).any())


def _counted_again(sides: Sides, revised: Assessment | None) -> tuple[Side, str, NDArray[np.bool_]]:
    """The earlier side with its months as the source counts them now, what of that is not known, and of which areas."""
    before, after = sides.before, sides.after
    if revised is None:
        found = revised_by(before, after)
        fault = kept_fault(kept_by(sides.earlier, before), kept_by(sides.later, after)) if found is not None else ""
        if found is None or fault:
            return before, fault or no_longer_told(before, found), np.ones(len(before.areas), dtype=bool)
        return found.side, no_longer_told(before, found), np.asarray(found.lost.any(axis=1))
    again = side_of(revised)
    if set(again.areas) != set(before.areas) or set(again.months) != set(before.months):
        raise AlignmentError(
            f"`revised` is of {number_of(len(again.areas), 'area')} and {number_of(len(again.months), 'month')}, "
            f"which are not those of the earlier assessment ({len(before.areas):,} and {len(before.months)}). Run "
            "its recipe again."
        )
    coverage = again.coverage.reindex(index=before.areas, columns=before.months)
    return before.with_counts(again.counts, again.flagged, coverage), "", np.zeros(len(before.areas), dtype=bool)


def _not_told(sides: Sides, reason: str) -> pd.DataFrame:
    """A row of the findings where it is not known what the source changed since."""
    if not reason:
        return pd.DataFrame()
    first = str(sides.before.months.min())
    remedy = f"Run the later recipe with [incidents] ledger_since = {first!r}, on the borders of the earlier one."
    return pd.DataFrame([{"what": "revision", "severity": NOTED, "reason": reason, "remedy": remedy, "allowed": False}])


def _labelled(made: RankMobility, *, restated: bool, **known: Any) -> RankMobility:
    """The same with a column that says of which rate its ranks are: those of the receipt are of another one."""
    label = BY_UNDERLYING_ALIKE if restated else BY_UNDERLYING
    tables = {name: getattr(made, name).assign(**{RANKED_BY: label}) for name in ("table", "moves", "tops")}
    return dataclasses.replace(made, **tables, **known)


def _is_restated(findings: pd.DataFrame, aligned: AlignedSides, match: AreaMatch, parts: pd.DataFrame) -> bool:
    """Whether the earlier period as compared differs from what was assessed; counts taken anew alone do not."""
    months = (aligned.months, aligned.months_later)
    whole = all(each is None or bool(each.all()) for each in months)
    plain = bool((match.table["how"] == "code").all()) and not len(match.unmatched)
    return (
        bool((findings["severity"] == RESTATED).any())
        or not (whole and plain)
        or bool((parts[["revision", "coverage"]] != 0).any(axis=None))
    )


def _compared_ranks(
    table: pd.DataFrame, models: tuple[PeriodModel, PeriodModel], *, restated: bool
) -> tuple[pd.Series, pd.Series]:
    """Ranks of both periods: as assessed where nothing was restated, else by the rates on the same terms."""
    if not restated:
        return table["rank_earlier"], table["rank_later"]
    first, second = (side.model.posterior_mean().rank(ascending=False, method="min") for side in models)
    return first, second
