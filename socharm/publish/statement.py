"""The method statement: one page that travels with every profile and dashboard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from socharm._about import About
from socharm._arguments import checked
from socharm._record import Record
from socharm._words import number_of
from socharm.errors import ParameterError
from socharm.offences import offence_words
from socharm.snapshot.manifest_shape import manifest_faults
from socharm.snapshot.tables import AssessmentTables

__all__ = [
    "MUST_NOT",
    "NOT_IN_THE_DATA",
    "MethodStatement",
    "MethodStatementSettings",
    "method_statement",
    "require_manifest",
]

#: What recorded crime does not hold, whatever the recipe.
NOT_IN_THE_DATA: Final = (
    "Crime that nobody reported or recorded: exploitation, slavery, fraud and domestic abuse above all.",
    "Fraud and cyber crime, which are recorded nationally and not by place.",
    "Crime that police find by looking (drugs, weapons) follows where they look; it stands in a group of its own.",
    "What victims felt: the weights measure the sentences of courts.",
)
#: What the index must not be used for.
MUST_NOT: Final = (
    "To predict crime, or to say anything about any person, household or single street.",
    "To lower a priority because a place is deprived, or because its harm is what its deprivation leads one to expect.",
    "To compare police forces, or to judge officers: recording and policing differ.",
    "As the only ground of a decision about a place: it opens a conversation between partners.",
)

_MOST_SOURCES: Final = 6
#: More than one of each kind of denominator.
_SEVERAL: Final = {
    "resident": "residents",
    "workday": "people of a workday",
    "households": "households",
    "street_length_km": "km of street",
}


@dataclass(frozen=True, kw_only=True)
class MethodStatementSettings:
    """Which run a statement is of."""

    snapshot: str
    content_id: str
    version: str


@dataclass(frozen=True, eq=False, repr=False)
class MethodStatement(Record):
    """What was done, what is not in the data, and what the index must not be used for.

    Attributes
    ----------
    table : DataFrame
        ``section``, ``text``: one row for each sentence, in order.
    settings : MethodStatementSettings
    """

    table: pd.DataFrame
    settings: MethodStatementSettings
    about: About

    @property
    def sections(self) -> dict[str, list[str]]:
        """Sentences by section, in order."""
        return {str(name): list(map(str, rows["text"])) for name, rows in self.table.groupby("section", sort=False)}

    @property
    def words(self) -> int:
        """Length in words."""
        return sum(len(text.split()) for text in self.table["text"])


@checked
def method_statement(
    manifest: Mapping[str, Any], *, about: About, tables: AssessmentTables | None = None
) -> MethodStatement:
    """Write the method statement of a run.

    Parameters
    ----------
    manifest : mapping
        The manifest of a snapshot, as `open_assessment` gives it: with what each part of the assessment says of itself.
        Sources, weights and what was left out are read from its recipe.
    about : About
    tables : AssessmentTables, optional
        For what was set aside and what is not ranked; the statement does without.

    Returns
    -------
    MethodStatement
        Short enough for one page.

    Raises
    ------
    ParameterError
        `manifest` is not that of a snapshot.
    """
    require_manifest(manifest)
    recipe = manifest.get("recipe") or {}
    done = [*_counted(recipe, about, tables), *_weighed(recipe, manifest), *manifest.get("said", ())]
    parts = {
        "What was done": done,
        "What is not in the data": [*_lacking(recipe, about, tables), *NOT_IN_THE_DATA],
        "What it must not be used for": list(MUST_NOT),
        "Sources": _sources(about),
        "To make it again": _again(manifest),
    }
    rows = [(section, text) for section, texts in parts.items() for text in texts]
    versions = manifest.get("versions") or {}
    return MethodStatement(
        table=pd.DataFrame(rows, columns=["section", "text"]).astype("str"),
        settings=MethodStatementSettings(
            snapshot=str(manifest.get("snapshot", "")),
            content_id=str(manifest.get("content_id", "")),
            version=str(versions.get("socharm", "")),
        ),
        about=about,
    )


def require_manifest(manifest: object) -> None:
    """Stop unless what a manifest holds is of the types that a snapshot's has."""
    if faults := manifest_faults(manifest, whole=False):
        raise ParameterError(
            f"`manifest` is not that of a snapshot: {'; '.join(faults[:3])}. Give `open_assessment(...).manifest`."
        )


def _of(recipe: Mapping[str, Any], section: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = recipe.get(section) or {}
    return found


def _counted(recipe: Mapping[str, Any], about: About, tables: AssessmentTables | None) -> list[str]:
    basis = {"recorded": "the month in which it was recorded", "committed": "the month in which it happened"}
    dated = basis.get(str(_of(recipe, "incidents").get("date_basis", "recorded")), "its month")
    texts = [f"Crime of {about.period} was counted by area and offence, each by {dated}."]
    if tables is not None:
        rows = tables["accounting"]["rows"].astype(int)
        aside = int(rows.sum() - rows.get("used", 0))
        texts.append(f"Of {int(rows.sum()):,} rows read, {aside:,} were set aside, each for one counted reason.")
    return texts


def _weighed(recipe: Mapping[str, Any], manifest: Mapping[str, Any]) -> list[str]:
    weights, index = _of(recipe, "weights"), _of(recipe, "index")
    crosswalk = manifest.get("crosswalk") or {}
    text = f"Each offence has the weight of the scheme {crosswalk.get('scheme') or weights.get('scheme')}"
    if crosswalk.get("counts_year"):
        force = crosswalk.get("force") or "England and Wales"
        text += (
            f"; a category has the mean weight of the offences recorded in it in {force} in "
            f"{crosswalk['counts_year']}, {float(crosswalk.get('gap_years') or 0):.1f} years from the period"
        )
    people = _of(recipe, "population")
    per = _per(people, float(index.get("per") or 1))
    transform = "" if index.get("transform", "raw") == "raw" else f", weights transformed ({index['transform']})"
    left = index.get("exclude") or []
    without = f"; left out: {', '.join(map(str, left))}" if left else ""
    return [f"{text}.", f"Harm is the sum of weights, {per}{transform}{without}."]


def _per(people: Mapping[str, Any], per: float) -> str:
    """What harm is divided by."""
    if not people:
        return "without a denominator"
    kind = str(people.get("kind", "resident"))
    return f"per {kind if per == 1 else f'{per:,g} {_SEVERAL.get(kind, kind)}'} of {people.get('date')}"


def _lacking(recipe: Mapping[str, Any], about: About, tables: AssessmentTables | None) -> list[str]:
    texts = [about.coverage] if about.coverage else []
    if _of(recipe, "weights").get("crosswalk") == "police.uk" and not _of(recipe, "incidents").get("columns"):
        texts.append(
            "The place where a crime happened: police.uk moves each to the nearest of some 750,000 shared map points."
        )
    if tables is None:
        return texts
    lost = int((~tables["coverage"]["covered"].astype(bool)).sum()) if len(tables["coverage"]) else 0
    if lost:
        texts.append(
            f"{lost:,} of {len(tables['coverage']):,} months of areas were not covered; they are missing, not zero."
        )
    if len(tables["unrankable"]):
        without = number_of(len(tables["unrankable"]), "area has", "areas have")
        texts.append(f"{without} no rank; no rank does not mean little harm.")
    if len(tables["unweighted"]):
        names = sorted(tables["unweighted"].loc[tables["unweighted"]["n"] > 0, "offence"].astype("str").unique())
        if names:
            words = ", ".join(map(offence_words, names))
            texts.append(f"Counted without a weight, and so in no rank: {words}.")
    return texts


def _sources(about: About) -> list[str]:
    """The first sources, and how many more; one page must hold them."""
    if not about.sources:
        return ["Not stated."]
    more = len(about.sources) - _MOST_SOURCES
    rest = f"; and {more} more in the manifest" if more > 0 else ""
    return [f"{'; '.join(about.sources[:_MOST_SOURCES])}{rest}. Marking: {about.marking}."]


def _again(manifest: Mapping[str, Any]) -> list[str]:
    versions = manifest.get("versions") or {}
    inputs = manifest.get("inputs") or []
    return [
        f"Snapshot {manifest.get('snapshot', 'not stated')}, content {str(manifest.get('content_id', ''))[:16]}, "
        f"socharm {versions.get('socharm', 'version not stated')}; its manifest holds the recipe, "
        f"{number_of(len(inputs), 'input')} with their hashes, and what became of the rows of incidents, populations, "
        "weights and measures."
    ]
