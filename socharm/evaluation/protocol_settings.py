"""What an evaluation is to be: site, months, outcomes, methods and comparison, stated before the months after it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Final, Literal, TypeAlias

from socharm._about import MONTH
from socharm._constraints import (
    Above,
    Between,
    CountFrom0,
    CountFrom1,
    Filled,
    OneLine,
    Permutations,
    Positive,
    Seed,
)
from socharm._settings import SEED, Settings, setting
from socharm._words import joined_words, number_of
from socharm.evaluation.detectable_change import Simulated
from socharm.evaluation.expected_series import Estimator
from socharm.evaluation.panel import Outcome

__all__ = ["METHOD_OF_VERDICT", "DonorSearch", "Method", "OutcomeChoice", "ProtocolSettings"]

#: What a protocol can register; the verdict rests on the first.
Method: TypeAlias = Literal[
    "placebo sites", "guarded placebo sites", "difference in differences", "synthetic control", "synthetic did",
    "calibration", "displacement difference", "interrupted series", "event study", "spillover rings",
    "staggered starts",
]  # fmt: skip
_USUAL_METHODS: Final[tuple[Method, ...]] = (
    "placebo sites", "guarded placebo sites", "difference in differences", "synthetic control", "synthetic did",
    "displacement difference", "interrupted series", "event study", "spillover rings",
)  # fmt: skip
#: What is done wherever areas of the site began at different times.
_BY_START: Final[Method] = "staggered starts"
#: What the verdict rests on.
METHOD_OF_VERDICT: Final = "placebo sites"
_Name: TypeAlias = Annotated[str, Filled(), OneLine()]


@dataclass(frozen=True, kw_only=True)
class OutcomeChoice(Settings):
    """One outcome: what is counted of which offences."""

    name: _Name = setting(says="what it is called")
    measure: Outcome = setting("count", "count or harm")
    offences: tuple[str, ...] | None = setting(
        None, "offences, groups or sets; when absent all but those that police work produces", example=["acquisitive"]
    )
    output: bool = setting(
        False, "whether it is an output of police work, such as drugs found: told apart, and never the verdict"
    )


@dataclass(frozen=True, kw_only=True)
class DonorSearch(Settings):
    """How areas like the site are found, by the months before the start alone."""

    groups: tuple[str, ...] | None = setting(
        None, "offences or groups that they are to be alike in beside the first outcome; all groups when absent"
    )
    covariates: tuple[str, ...] = setting((), "what else they are to be alike in: population, density, deprivation")
    n: CountFrom1 | None = setting(None, "donors at most; all within the caliper when absent")
    caliper: Positive = setting(1.0, "largest distance of a donor, in standard deviations between areas")


_CRIMES_AND_HARM: Final = (OutcomeChoice(name="crimes"), OutcomeChoice(name="harm", measure="harm"))


@dataclass(frozen=True, kw_only=True)
class ProtocolSettings(Settings):
    """An analysis as it is registered; whoever changes one of these afterwards changes the analysis."""

    name: _Name = setting(says="what was done, in a few words")
    site: Annotated[tuple[str, ...], Filled()] = setting(says="codes of its areas")
    start: str = setting(says="first month of it, 2025-04")
    first: str | None = setting(
        None, "first month before it that is looked at; all there are when absent", example="2023-04"
    )
    end: str | None = setting(None, "last month that is looked at; the last there is when absent", example="2026-03")
    months: CountFrom1 | None = setting(None, "months from the start that are looked at, in place of `end`", example=12)
    transition: CountFrom0 = setting(0, "months from the start that are neither before nor after, and left out")
    starts: dict[str, str] = setting(
        {}, 'first month of each area of the site that began later than `start`, { E05000002 = "2025-07" }'
    )
    phases: dict[str, str] = setting({}, 'first month of each phase, { clear = "2025-04", hold = "2025-07" }')
    outcomes: Annotated[tuple[OutcomeChoice, ...], Filled()] = setting(
        _CRIMES_AND_HARM, "what is looked at; the verdict is on the first"
    )
    methods: Annotated[tuple[Method, ...], Filled()] = setting(
        _USUAL_METHODS, "what is done; the verdict rests on placebo sites"
    )
    donors: tuple[str, ...] | None = setting(
        None, "areas to compare with; all areas away from site and excluded ones when absent", example=["E05000003"]
    )
    donor_search: DonorSearch | None = setting(
        None,
        "compare with areas that were like the site before the start, found by these choices; not searched when absent",
        example={"caliper": 1.0, "covariates": ["population"]},
    )
    excluded: tuple[str, ...] = setting((), "other areas where something was done: neither site nor compared with")
    buffer: CountFrom0 = setting(1, "orders of neighbours round site and excluded areas that are not compared with")
    rings: CountFrom1 = setting(2, "rings round the site, by order of neighbours, that are looked at for spillover")
    placebos: Annotated[int, Between(1, 100_000)] = setting(400, "placebo sites; all there are where there are fewer")
    factor: Annotated[float, Above(1)] | None = setting(
        None,
        "sizes of placebo sites before the start: the site's over this to times this; any when absent",
        example=1.5,
    )
    estimator: Estimator = setting("scaled donors", "how donors are weighted, at site and placebo sites alike")
    permutations: Permutations = setting(9_999, "sets of areas in a randomisation over areas")
    worlds: Simulated = setting(10_000, "simulated worlds behind the smallest fall that could have been seen")
    selection: str = setting("", "how the site was chosen, in words")
    selected_on: tuple[str, str] | None = setting(
        None, "first and last month of the figures that it was chosen on", example=["2024-04", "2025-03"]
    )
    subgroups: tuple[str, ...] = setting(
        (), "offences or groups that are looked at by themselves; their p are corrected for their number (Holm)"
    )
    seed: Seed = setting(says=SEED)

    @property
    def counted_from(self) -> str:
        """First month that counts as after: the start, or the first behind the transition."""
        return shifted(self.start, self.transition)

    @property
    def done(self) -> tuple[Method, ...]:
        """Every method: those stated, and staggered starts wherever areas of the site began at different times."""
        more = (_BY_START,) if self.starts and _BY_START not in self.methods else ()
        return (*self.methods, *more)

    @property
    def last(self) -> str | None:
        """Last month that is looked at; None where it is the last there is."""
        return self.end if self.months is None else shifted(self.start, self.months - 1)

    def _faults(self) -> Iterable[str]:
        yield from super()._faults()
        yield from self._month_faults()
        if both := sorted(set(self.site) & set(self.excluded)):
            yield f"{both[0]!r} is in `site` and in `excluded`: sites must not overlap. Leave it out of one."
        if both := sorted(set(self.site) & set(self.donors or ())):
            yield f"{both[0]!r} is in `site` and in `donors`: an area is not compared with itself. Leave it out of one."
        if self.donors is not None and len(set(self.donors)) < 2:
            yield (
                f"`donors` names {number_of(len(set(self.donors)), 'area')}: what one area did says nothing of chance. "
                "Name several, or leave it out."
            )
        if self.donors is not None and self.donor_search is not None:
            yield "`donors` and `donor_search` are both stated: donors are named or searched for. State one."
        if self.donor_search is not None and self.donor_search.n == 1:
            yield "`donor_search` asks for 1 donor: what one area did says nothing of chance. State a larger `n`."
        if other := [code for code in self.starts if code not in self.site]:
            yield f"`starts` names {other[0]!r}, which is not in `site`. Add it there, or leave it out."
        if self.starts and set(self.site) <= set(self.starts):
            yield f"`starts` names every area of the site, and none is left that begins at `start`, {self.start}."
        if _BY_START in self.methods and not self.starts:
            yield f"`methods` holds {_BY_START!r}, and `starts` names no area that began later. State `starts`."
        if odd := [name for name in self.phases if not name.strip() or not name.isprintable()]:
            yield f"`phases` has the name {odd[0]!r}. Give each phase a name of one line."
        names = [outcome.name for outcome in self.outcomes]
        if len(set(names)) < len(names):
            yield f"`outcomes` has one name twice among {names}. Give each its own."
        if self.outcomes[0].output:
            yield f"`outcomes` begins with {names[0]!r}, an output of police work: no verdict rests on it. Put it last."
        if METHOD_OF_VERDICT not in self.methods:
            yield "`methods` leaves out 'placebo sites', on which the verdict rests. Add it."

    def _month_faults(self) -> Iterable[str]:
        stated = {"start": self.start, "first": self.first, "end": self.end}
        stated |= {f"phases.{name}": month for name, month in self.phases.items()}
        stated |= {f"starts.{code}": month for code, month in self.starts.items()}
        stated |= {f"selected_on.{at}": month for at, month in enumerate(self.selected_on or ())}
        wrong = [
            f"`{name}` is {month!r}"
            for name, month in stated.items()
            if month is not None and not MONTH.fullmatch(month)
        ]
        if wrong:
            yield f"{joined_words(wrong)}; months are written '2025-04'."
            return
        if self.end is not None and self.months is not None:
            yield "`end` and `months` are both stated. State one."
        if self.first is not None and self.first >= self.start:
            yield f"`first` is {self.first}, and nothing lies before `start`, {self.start}. State an earlier month."
        if self.last is not None and self.last < self.counted_from:
            yield f"Nothing is left to look at from {self.counted_from} to {self.last}. State a later `end`."
        if early := [code for code, month in self.starts.items() if month <= self.start]:
            when = self.starts[early[0]]
            yield f"`starts` has {early[0]!r} at {when}, not later than `start`, {self.start}. Leave it out."
        if early := [name for name, month in self.phases.items() if month < self.start]:
            yield f"Phase {early[0]!r} begins before `start`, {self.start}. Correct one of them."
        if list(self.phases.values()) != sorted(set(self.phases.values())):
            yield f"`phases` begin in {list(self.phases.values())}; give each a later month than the one before."
        if self.selected_on is not None and self.selected_on[0] > self.selected_on[1]:
            yield f"`selected_on` is {list(self.selected_on)}: the first month lies behind the last. Swap the two."


def shifted(month: str, by: int) -> str:
    """A month some months later.

    Examples
    --------
    >>> shifted("2025-11", 3)
    '2026-02'
    """
    number = 12 * int(month[:4]) + int(month[5:]) - 1 + by
    return f"{number // 12:04d}-{number % 12 + 1:02d}"
