"""Maps that mislead: known rules, what a map breaks of them, and what mends it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pandas as pd

from socharm._about import About
from socharm._arguments import check_fields, checked
from socharm._constraints import OpenShare, Positive
from socharm._record import Record
from socharm._words import number_of
from socharm.maps.colour_vision import DEFICIENCIES, colour_differences
from socharm.maps.map_description import LEVELS, MapDescription
from socharm.offences import POLICE_GENERATED, category_of, group_of

__all__ = ["RULES", "MapLint", "MapLintSettings", "lint_map"]

#: Rules in the order in which they are looked at.
RULES: Final = (
    "all crime mixed together",
    "police-generated crime as harm",
    "rates over tiny populations",
    "raw counts as areas",
    "classes change between dates",
    "red-green only",
    "classes too alike",
    "finer than the anonymisation",
    "street-level claim",
    "no legend",
    "no period",
    "no source",
    "no marking",
)

_FEW_SHARE: Final = 0.05

Finding = tuple[str, str, str, str]


@dataclass(frozen=True, kw_only=True)
class MapLintSettings:
    """Thresholds of `lint_map`.

    Parameters
    ----------
    least_population : float
        Below it a rate hangs on few people. 1,000 residents is the least that an LSOA is made of.
    least_difference : float
        Neighbouring classes must differ by this much in CIE 1976 Lab, also to the colour-blind: twice what can just be
        seen.
    least_kept : float
        Share of the difference between any two classes that the colour-blind must keep.
    snap_m : float
        Cells and kernels finer than this show where the map points are. In Northumbria (15,383 map points with crime,
        2013/14) half of the points have a neighbour within 75 m, nine in ten within 157 m.
    """

    least_population: Positive = 1_000.0
    least_difference: Positive = 5.0
    least_kept: OpenShare = 0.3
    snap_m: Positive = 150.0

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True, eq=False, repr=False)
class MapLint(Record):
    """What a map breaks.

    Attributes
    ----------
    table : DataFrame
        ``rule`` (one of `RULES`), ``level`` (warning, note), ``found``, ``mend``; warnings first. No rows when nothing
        was found, which proves nothing.
    settings : MapLintSettings
    about : About
    not_checked : tuple of str
        Rules that the description says too little for.
    """

    table: pd.DataFrame
    settings: MapLintSettings
    about: About
    not_checked: tuple[str, ...] = field(default=())

    @property
    def ok(self) -> bool:
        """Whether there is no warning; notes are let through."""
        return not (self.table["level"] == "warning").any()

    def _summary(self) -> dict[str, str]:
        counts = self.table["level"].value_counts()
        return {
            "warnings": f"{int(counts.get('warning', 0))}",
            "notes": f"{int(counts.get('note', 0))}",
            "not checked": ", ".join(self.not_checked) or "none",
        }


@checked
def lint_map(
    description: MapDescription,
    *,
    earlier: MapDescription | None = None,
    settings: MapLintSettings | None = None,
) -> MapLint:
    """Look for rules that a map breaks.

    Parameters
    ----------
    description : MapDescription
    earlier : MapDescription, optional
        The map of an earlier date that this one will be held against.
    settings : MapLintSettings, optional

    Returns
    -------
    MapLint
        ``.table`` says what was found and what mends it; ``.ok`` whether there is no warning.

    Raises
    ------
    ParameterError
        No description.

    Notes
    -----
    *All crime mixed*: unweighted counts of more than one group of offences follow the most frequent one.
    *Police-generated crime as harm*: drugs and weapons are found where police look; a note where they have under 5%
    of the harm. *Tiny populations*: a note where rates are shrunk. *Red-green only*: two classes keep less than
    `least_kept` of their difference under deuteranopia or protanopia (Machado and others 2009). *Finer than the
    anonymisation*: police.uk moves each crime to the nearest of some 750,000 map points, each of which stands for
    eight addresses or more, or none; errors are large below LSOAs (Tompson and others 2015).

    References
    ----------
    Machado, G.M., Oliveira, M.M., Fernandes, L.A.F. (2009), see `simulate_deficiency`. Tompson, L., Johnson, S.,
    Ashby, M., Perkins, C., Edwards, P. (2015). UK open source crime data: accuracy and possibilities for research.
    *Cartography and Geographic Information Science* 42(2), 97-111. data.police.uk, *About: location anonymisation*.
    Office for National Statistics, *Census 2021 geographies*.

    Examples
    --------
    >>> plain = About(sources=("police.uk",))
    >>> lint = lint_map(MapDescription(kind="areas", quantity="harm", colours=["red", "green"], about=plain))
    >>> lint.table["rule"].tolist()
    ['raw counts as areas', 'red-green only', 'no period']
    """
    limits = MapLintSettings() if settings is None else settings
    found = [
        *_offences(description),
        *_populations(description, limits),
        *_classes(description, earlier),
        *_colours(description, limits),
        *_places(description, limits),
        *_furniture(description),
    ]
    table = pd.DataFrame(found, columns=["rule", "level", "found", "mend"], dtype="str")
    order = table["level"].map({level: number for number, level in enumerate(LEVELS)})
    table = table.iloc[np.argsort(order.to_numpy(), kind="stable")].reset_index(drop=True)
    return MapLint(
        table=table,
        settings=limits,
        about=description.about or About(),
        not_checked=_not_checked(description, earlier),
    )


def _offences(shown: MapDescription) -> Iterator[Finding]:
    groups = sorted({group_of(offence) for offence in shown.offences})
    if shown.quantity == "count" and len(groups) > 1:
        yield (
            RULES[0],
            "warning",
            f"{number_of(len(shown.offences), 'offence')} of {number_of(len(groups), 'group')} are counted as one: "
            f"{', '.join(groups)}.",
            "Map harm, which weighs them, or one group at a time.",
        )
    generated = sorted(key for key in shown.offences if category_of(key) in POLICE_GENERATED)
    if shown.quantity == "harm" and generated:
        share = shown.police_generated_share
        small = share is not None and share < _FEW_SHARE
        told = "an unknown share" if share is None else f"{share:.1%}"
        yield (
            RULES[1],
            "note" if small else "warning",
            f"{', '.join(generated[:3])}{' and others' if len(generated) > 3 else ''} have {told} of the harm; they "
            f"are "
            "recorded where police look for them.",
            "Leave them out (`exclude=`), map them apart, or say so under the map.",
        )


def _populations(shown: MapDescription, limits: MapLintSettings) -> Iterator[Finding]:
    if shown.denominators is not None and shown.denominator:
        people = pd.to_numeric(shown.denominators, errors="coerce").dropna()
        tiny = people[people < limits.least_population].sort_values(kind="stable")
        if len(tiny):
            yield (
                RULES[2],
                "note" if shown.shrunk else "warning",
                f"{number_of(len(tiny), 'area has', 'areas have')} fewer than {limits.least_population:,.0f} "
                f"{shown.denominator}, such as {tiny.index[0]} with {tiny.iloc[0]:,.0f}.",
                "Map the shrunk rate, merge areas, or hatch these.",
            )
    if shown.kind == "areas" and shown.quantity in ("count", "harm") and not shown.denominator:
        yield (
            RULES[3],
            "warning",
            f"Areas are coloured by total {shown.quantity}: large and populous areas look worse.",
            "Divide by residents or km², or draw symbols in proportion.",
        )


def _classes(shown: MapDescription, earlier: MapDescription | None) -> Iterator[Finding]:
    if earlier is None:
        return
    changed = []
    if len(shown.bounds) and len(earlier.bounds) and not _same(shown.bounds, earlier.bounds):
        changed.append(f"bounds {_listed(earlier.bounds)} became {_listed(shown.bounds)}")
    if len(shown.colours) and len(earlier.colours) and not _same_colours(shown, earlier):
        changed.append("the colours differ")
    if (shown.quantity, shown.denominator, shown.shrunk) != (earlier.quantity, earlier.denominator, earlier.shrunk):
        changed.append("they do not show the same quantity")
    if changed:
        yield (
            RULES[4],
            "warning",
            f"Between the two dates {'; '.join(changed)}: a colour does not mean the same twice.",
            "Draw both maps with the classes and colours of the first, or map the change.",
        )


def _same(left: Sequence[float], right: Sequence[float]) -> bool:
    return len(left) == len(right) and bool(np.allclose(left, right, rtol=1e-9, atol=0.0))


def _same_colours(left: MapDescription, right: MapDescription) -> bool:
    if len(left.colours) != len(right.colours):
        return False
    pairs = (colour_differences([a, b])[0, 1] for a, b in zip(left.colours, right.colours, strict=True))
    return all(float(apart) < 1.0 for apart in pairs)


def _listed(bounds: Sequence[float]) -> str:
    return "(" + ", ".join(f"{bound:g}" for bound in bounds) + ")"


def _colours(shown: MapDescription, limits: MapLintSettings) -> Iterator[Finding]:
    if len(shown.colours) < 2:
        return
    plain = colour_differences(shown.colours)
    pairs = np.triu_indices(len(shown.colours), 1)
    for deficiency in DEFICIENCIES:
        seen = colour_differences(shown.colours, deficiency=deficiency)
        kept = np.divide(seen[pairs], plain[pairs], out=np.ones(len(pairs[0])), where=plain[pairs] > 0)
        worst = int(kept.argmin())
        if kept[worst] < limits.least_kept:
            first, second = (int(side[worst]) + 1 for side in pairs)
            yield (
                RULES[5],
                "warning",
                f"Classes {first} and {second} differ by {plain[pairs][worst]:.0f} (CIE 1976 Lab), and by "
                f"{seen[pairs][worst]:.0f} under {deficiency}.",
                "Use a palette whose lightness falls from class to class, such as 'harm' or 'blues'.",
            )
            break
    nearest = min(
        float(np.diagonal(colour_differences(shown.colours, deficiency=name), 1).min())
        for name in ("normal", *DEFICIENCIES)
    )
    if nearest < limits.least_difference:
        yield (
            RULES[6],
            "warning",
            f"Neighbouring classes differ by {nearest:.1f} (CIE 1976 Lab, worst of normal and red-green blind eyes).",
            "Use fewer classes, or a palette with more contrast.",
        )


def _places(shown: MapDescription, limits: MapLintSettings) -> Iterator[Finding]:
    if not shown.snapped:
        return
    fine = {"cells": shown.cell_m, "the kernel": shown.bandwidth_m}
    told = [f"{name} of {size:g} m" for name, size in fine.items() if size is not None and size < limits.snap_m]
    if shown.kind == "points":
        told.append("single points")
    if told:
        yield (
            RULES[7],
            "warning",
            f"The map draws {' and '.join(told)}, but crimes were moved to shared map points: it shows where those "
            f"are.",
            f"Use cells and a bandwidth of {limits.snap_m:g} m or more, or areas.",
        )
    if shown.claims == "street":
        yield (
            RULES[8],
            "warning",
            "The map speaks of streets, but a crime stands on the nearest map point, which can be another street.",
            "Speak of areas; use the force's own records for streets.",
        )


def _furniture(shown: MapDescription) -> Iterator[Finding]:
    about = shown.about
    if not shown.legend:
        yield RULES[9], "warning", "The map has no legend.", "Add one, with the unit and the number of areas by class."
    if about is None or about.period is None:
        yield RULES[10], "warning", "The map states no period.", "Give the record, or `about=` with its period."
    if about is None or not about.sources:
        yield RULES[11], "warning", "The map states no source.", "Give the record, or `about=` with its sources."
    if about is None:
        yield RULES[12], "warning", "The map states no marking.", "Give the record, or `about=` with its marking."


def _not_checked(shown: MapDescription, earlier: MapDescription | None) -> tuple[str, ...]:
    """Rules for which something was not said; a rule that cannot apply counts as checked."""
    unsaid = {
        RULES[0]: shown.quantity == "count" and not shown.offences,
        RULES[1]: shown.quantity == "harm" and not shown.offences,
        RULES[2]: bool(shown.denominator) and shown.denominators is None,
        RULES[4]: earlier is None or not len(shown.bounds) or not len(earlier.bounds),
        RULES[5]: len(shown.colours) < 2,
        RULES[6]: len(shown.colours) < 2,
        RULES[7]: shown.snapped
        and shown.kind in ("surface", "squares")
        and shown.cell_m is None
        and shown.bandwidth_m is None,
    }
    return tuple(rule for rule, open_ in unsaid.items() if open_)
