"""Rules between the keys of a recipe: of plain values, so that the first look knows them without loading anything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from socharm.errors import SocharmError

__all__ = [
    "between_keys", "repeated_names", "residents_fault", "rules_between", "top_fault", "unknown_lookups",
    "window_faults",
]  # fmt: skip

#: Keys of a section of which one is stated, never both.
_EITHER: Final = {
    "areas": (("parent", "parent_lookup"), ("force", "force_lookup")),
    "population": (("lookup", "best_fit"),),
    "deprivation": (("lookup", "best_fit"),),
}
#: Keys of a section that are stated all together or not at all.
_TOGETHER: Final = {"deprivation": (("population", "population_code", "population_value"),)}
#: Keys of a section of which one is stated, and not the other.
_ONE_OF: Final = {"indicators": (("dictionary", "official", "an official table of `socharm sources`"),)}
#: Keys that mean nothing without another.
_ONLY_WITH: Final = {"indicators": {"edition": "official", "complete": "official"}}
#: Keys that name a lookup.
_LOOKUPS: Final = (
    ("areas", "parent_lookup"), ("areas", "force_lookup"), ("population", "lookup"), ("deprivation", "lookup"),
)  # fmt: skip


def between_keys(section: str, stated: Mapping[str, Any]) -> Iterator[str]:
    """Keys of one section that contradict each other, or lack each other."""
    for one, other in _EITHER.get(section, ()):
        if stated.get(one) and stated.get(other):
            yield f"state `{one}` or `{other}`, not both."
    for one, other, meaning in _ONE_OF.get(section, ()):
        if stated.get(one) and stated.get(other):
            yield f"state `{one}` or `{other}`, not both."
        elif not stated.get(one) and not stated.get(other):
            yield f"state `{one}`, or `{other}` with the name of {meaning}."
    for key, other in _ONLY_WITH.get(section, {}).items():
        if stated.get(key) and not stated.get(other):
            yield f"`{key}` goes with `{other}`. State that, or leave it out."
    for names in _TOGETHER.get(section, ()):
        held = [bool(stated.get(name)) for name in names]
        if any(held) and not all(held):
            quoted = [f"`{name}`" for name in names]
            yield f"{', '.join(quoted[:-1])} and {quoted[-1]} go together."


def repeated_names(known: Sequence[str]) -> Iterator[str]:
    """Lookups that have one name."""
    if len(set(known)) < len(known):
        yield f"lookups: names must be unique; found {list(known)}."


def unknown_lookups(known: Sequence[str], users: Mapping[str, str | None]) -> Iterator[str]:
    """Places of the recipe that name a lookup which it does not have."""
    for place, name in users.items():
        if name is not None and name not in known:
            yield f"{place}: no lookup is called {name!r}; [[lookups]] has {list(known)}."


def top_fault(k: object, top: Iterable[object]) -> Iterator[str]:
    """A class of a top that the ranking does not count."""
    if k is not None and str(k) not in map(str, top):
        yield f"classes.k: {k!r} is not in ranking.top, which has {list(top)}; add it there."


def window_faults(windows: Mapping[str, Sequence[str]], period: Sequence[str]) -> Iterator[str]:
    """Windows of the uncertainty that are none, or not inside the period."""
    from socharm._about import AssessmentPeriod

    first, last = period
    for name, months in windows.items():
        try:
            window = AssessmentPeriod(*months)
        except SocharmError as error:
            yield f"uncertainty.windows.{name}: {error}"
            continue
        if window.start < first or window.end > last:
            yield f"uncertainty.windows.{name}: {window} is not inside the period {first} to {last}."


def residents_fault(deprivation: Mapping[str, Any], population: Mapping[str, Any]) -> Iterator[str]:
    """Deprivation of smaller areas without the residents that its average needs."""
    stated = all(deprivation.get(name) for name in _TOGETHER["deprivation"][0])
    averaged = deprivation.get("lookup") or deprivation.get("best_fit")
    carried = population.get("lookup") or population.get("best_fit")
    if averaged and not stated and not carried:
        yield (
            "deprivation: an average over smaller areas needs their residents; state `population`, "
            "`population_code` and `population_value`."
        )


def rules_between(values: Mapping[str, Any]) -> Iterator[str]:
    """Every rule that the plain values of a recipe break; what is of another kind than it should be breaks none."""
    for section in values:
        for place, part in _parts(values, section):
            for fault in between_keys(section, part):
                yield f"[{place}] {fault}"
    parts = values.get("lookups")
    named = [part.get("name") for part in parts if isinstance(part, Mapping)] if isinstance(parts, list) else []
    known = [name for name in named if isinstance(name, str)]
    yield from repeated_names(known)
    users = {f"{section}.{key}": _section(values, section).get(key) for section, key in _LOOKUPS}
    yield from unknown_lookups(known, {place: name for place, name in users.items() if isinstance(name, str)})
    classes, top = _section(values, "classes"), _section(values, "ranking").get("top")
    if isinstance(top, list) and classes.get("basis", "probability") == "probability":
        yield from top_fault(classes.get("k"), top)
    yield from residents_fault(_section(values, "deprivation"), _section(values, "population"))
    period, windows = _months(_section(values, "assessment").get("period")), _section(values, "uncertainty")
    stated = windows.get("windows")
    if period and period[0] <= period[1] and isinstance(stated, Mapping):
        yield from window_faults({name: pair for name, months in stated.items() if (pair := _months(months))}, period)


def _parts(values: Mapping[str, Any], name: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """A section with its place, or each of several."""
    held = values.get(name)
    if isinstance(held, list):
        yield from ((f"{name}.{at}", part) for at, part in enumerate(held) if isinstance(part, Mapping))
    else:
        yield name, _section(values, name)


def _section(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    held = values.get(name)
    return held if isinstance(held, Mapping) else {}


def _months(value: object) -> list[str]:
    """Both ends of a run of months; none where the value is something else."""
    held = value if isinstance(value, list) and len(value) == 2 else []
    return held if all(isinstance(month, str) for month in held) else []
