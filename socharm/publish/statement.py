"""The method statement: one page that travels with every profile and dashboard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from socharm._about import About
from socharm._arguments import checked
from socharm._record import Record
from socharm._words import named_sources, number_of
from socharm.errors import ParameterError
from socharm.snapshot.manifest_shape import manifest_faults
from socharm.snapshot.sentence import DONE, LACKING, Sentence
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
    told = _told(manifest, about, tables)
    parts = {
        DONE: told[DONE],
        LACKING: [*told[LACKING], *NOT_IN_THE_DATA],
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


def _told(manifest: Mapping[str, Any], about: About, tables: AssessmentTables | None) -> dict[str, list[str]]:
    """What the parts of the assessment say, in the manifest and of their tables, by section in order."""
    told = [Sentence.of(each) for each in manifest.get("said", ())]
    if about.coverage:
        told.append(Sentence(about.coverage, LACKING, place=0))
    if tables is not None:
        told += [each for spec in tables.declared.values() if spec.told is not None for each in spec.told(tables)]
    ordered = sorted(told, key=lambda sentence: sentence.place)
    return {section: [each.text for each in ordered if each.section == section] for section in (DONE, LACKING)}


def _sources(about: About) -> list[str]:
    """The first sources, and how many more; one page must hold them."""
    if not about.sources:
        return ["Not stated."]
    more = len(about.sources) - _MOST_SOURCES
    rest = f"; and {more} more in the manifest" if more > 0 else ""
    return [f"{'; '.join(named_sources(about.sources[:_MOST_SOURCES]))}{rest}. Marking: {about.marking}."]


def _again(manifest: Mapping[str, Any]) -> list[str]:
    versions = manifest.get("versions") or {}
    inputs = manifest.get("inputs") or []
    return [
        f"Snapshot {manifest.get('snapshot', 'not stated')}, content {str(manifest.get('content_id', ''))[:16]}, "
        f"socharm {versions.get('socharm', 'version not stated')}; its manifest holds the recipe, "
        f"{number_of(len(inputs), 'input')} with their hashes, and what became of the rows of incidents, populations, "
        "weights and measures."
    ]
