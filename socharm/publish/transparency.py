"""The transparency record: the Algorithmic Transparency Recording Standard, filled from a run as far as a run knows."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from socharm._about import About
from socharm._arguments import checked
from socharm._checks import nearest_name
from socharm._record import Record
from socharm._words import named_sources, number_of
from socharm.errors import ParameterError
from socharm.files.atomic import atomic_write
from socharm.files.delimited import csv_text
from socharm.publish.marking import handling_instructions
from socharm.publish.statement import MUST_NOT, NOT_IN_THE_DATA, method_statement, require_manifest

__all__ = ["TransparencyRecord", "TransparencySettings", "transparency_record"]

#: Signs that Markdown or HTML could take for their own: anywhere, and at the beginning of a line.
_MARKUP: Final = re.compile(r"([\\`*_{}\[\]|~$<>&]|^[#+\-=]|(?<=^\d)[.)])")
_OWNER, _WHY, _DECISION, _TECHNICAL, _DATA, _RISK = (
    "Owner and responsibility",
    "Description and rationale",
    "Decision-making process",
    "Technical specification: system and model",
    "Technical specification: data",
    "Risks, mitigations and impact assessments",
)
#: Tier, section, field, and what a person must say where the run cannot; blank where it can.
_FIELDS: Final = (
    (1, "Overview", "Name", ""),
    (1, "Overview", "Description", ""),
    (1, "Overview", "Website URL", "a page where the public can read more"),
    (1, "Overview", "Contact email", "an address of the team, not of a person"),
    (2, _OWNER, "Organisation or department", "the force or council that uses it"),
    (2, _OWNER, "Team", "the team that runs it"),
    (2, _OWNER, "Senior responsible owner", "the role that answers for it"),
    (2, _OWNER, "Third party involvement", ""),
    (2, _WHY, "Detailed description", ""),
    (2, _WHY, "Scope", ""),
    (2, _WHY, "Benefit", "what it is meant to improve here, and how you will know"),
    (2, _WHY, "Previous process", "how places were chosen before"),
    (2, _WHY, "Alternatives considered", ""),
    (2, _DECISION, "Process integration", "which meeting uses the ranking, and how"),
    (2, _DECISION, "Provided information", ""),
    (2, _DECISION, "Frequency and scale of usage", "how often it is run, and what it steers"),
    (2, _DECISION, "Human decisions and review", ""),
    (2, _DECISION, "Required training", "what those who read it were taught"),
    (2, _DECISION, "Appeals and review", "how a resident or partner can question a decision"),
    (2, _TECHNICAL, "System architecture", ""),
    (2, _TECHNICAL, "Phase", "idea, design, development, beta or pilot, production, retired"),
    (2, _TECHNICAL, "Maintenance", "who checks it, and how often"),
    (2, _TECHNICAL, "Model name and version", ""),
    (2, _TECHNICAL, "Model task, input and output", ""),
    (2, _TECHNICAL, "Model architecture", ""),
    (2, _TECHNICAL, "Model performance", ""),
    (2, _DATA, "Source data name", ""),
    (2, _DATA, "Data modality and description", ""),
    (2, _DATA, "Data quantities", ""),
    (2, _DATA, "Sensitive attributes", ""),
    (2, _DATA, "Data completeness and representativeness", ""),
    (2, _DATA, "Data collection and cleaning", ""),
    (2, _DATA, "Data sharing agreements", "the agreements under which partners sent data"),
    (2, _DATA, "Data access and storage", "who can open the store, where it is, how long it is kept"),
    (2, _RISK, "Impact assessments", "references of the data protection and equality impact assessments"),
    (2, _RISK, "Risks and mitigations", ""),
)
_RISKS: Final = (
    ("Policing follows records, and records follow policing", "police-generated crime stands in a panel of its own"),
    ("A rank is read as a certainty", "each rank has an interval and a probability in words beside it"),
    (
        "A place, and those who live there, is stigmatised",
        "what the ranks must not be used for stands on each document",
    ),
    ("Places with little reporting look safe", "what is not in the data stands on each document"),
)
_SMALL_COUNTS: Final = "Persons are recognised in small counts"
_OPEN_COUNTS: Final = "the incidents are public already, and are not of persons; their counts are published as they are"
_CLOSED_COUNTS: Final = "counts carry noise, and each release is attacked together with all earlier ones"


@dataclass(frozen=True, kw_only=True)
class TransparencySettings:
    """Of which standard and which run a record is."""

    standard: str
    snapshot: str


@dataclass(frozen=True, eq=False, repr=False)
class TransparencyRecord(Record):
    """A transparency record.

    Attributes
    ----------
    table : DataFrame
        ``tier``, ``section``, ``field``, ``value``, ``filled_by`` (``run``, ``person`` or ``to fill``), ``asks`` (what
        a person must say).
    settings : TransparencySettings
    """

    table: pd.DataFrame
    settings: TransparencySettings
    about: About

    def to_fill(self) -> pd.DataFrame:
        """Fields that a person must still fill."""
        return self.table[self.table["filled_by"] == "to fill"]

    @checked
    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the record.

        Parameters
        ----------
        path : str or path
            ``.csv``, ``.json`` or ``.md``, each with the marking.

        Raises
        ------
        ParameterError
            Another extension.
        StoreError
            The file cannot be written.
        """
        kind = Path(path).suffix.lower()
        writers = {".csv": _as_csv, ".json": _as_json, ".md": _as_markdown}
        if kind not in writers:
            raise ParameterError(f"`path` is {Path(path).name!r}; a record is saved as one of {sorted(writers)}.")
        with atomic_write(path) as temporary:
            temporary.write_text(writers[kind](self), encoding="utf-8", newline="")

    def _summary(self) -> dict[str, str]:
        return {"fields": f"{len(self.table)}", "to fill by people": f"{len(self.to_fill())}"}


@checked
def transparency_record(
    manifest: Mapping[str, Any], *, about: About, answers: Mapping[str, str] | None = None
) -> TransparencyRecord:
    """Fill a transparency record from a run; what only people know is left open and listed.

    Parameters
    ----------
    manifest : mapping
        The manifest of a snapshot.
    about : About
    answers : mapping of str to str, optional
        What people say, by field; it goes before what the run says.

    Returns
    -------
    TransparencyRecord

    Raises
    ------
    ParameterError
        An answer to a field that the standard does not have, or a blank one; `manifest` is not that of a snapshot.

    References
    ----------
    Government Digital Service, Algorithmic Transparency Recording Standard v3.0, tiers 1 and 2; names of the fields,
    some of them joined.
    """
    require_manifest(manifest)
    given = dict(answers or {})
    known = [name for _, _, name, _ in _FIELDS]
    for name in given:
        if name not in known:
            hint = nearest_name(name, known)
            meant = f" Did you mean {hint!r}?" if hint else ""
            raise ParameterError(f"`answers` names {name!r}, which is no field of the standard.{meant}")
        if not isinstance(given[name], str) or not given[name].strip():
            raise ParameterError(f"`answers` is blank for {name!r}. Leave it out until somebody knows.")
    told = _told(manifest, about)
    rows = []
    for tier, section, name, asks in _FIELDS:
        said, by = (given[name].strip(), "person") if name in given else (told.get(name, ""), "run")
        rows.append((tier, section, name, said, by if said else "to fill", "" if said else asks))
    table = pd.DataFrame(rows, columns=["tier", "section", "field", "value", "filled_by", "asks"])
    settings = TransparencySettings(standard="ATRS v3.0", snapshot=str(manifest.get("snapshot", "")))
    return TransparencyRecord(table=table, settings=settings, about=about)


def _told(manifest: Mapping[str, Any], about: About) -> dict[str, str]:
    """What a run knows of itself."""
    recipe, versions = manifest.get("recipe") or {}, manifest.get("versions") or {}
    statement = method_statement(manifest, about=about).sections
    ranking = recipe.get("ranking") or {}
    inputs = manifest.get("inputs") or []
    rows = sum(_rows_of(item) for item in inputs)
    counted = sum(_rows_of(item) > 0 for item in inputs)
    open_input = (manifest.get("disclosure") or {}).get("open_input", True)
    quantity = number_of(rows, "row") if open_input else f"about {number_of(_two_figures(rows), 'row')}"
    return {
        "Name": "Harm ranking of places (socharm)",
        "Description": "Ranks places by the recorded harm of serious and organised crime, and says how sure each rank "
        "is. It helps partners to agree where to look first. It does not decide, and it knows no persons.",
        "Third party involvement": "None: open-source software, run on the organisation's own machines, without a "
        "network.",
        "Detailed description": " ".join(statement["What was done"]),
        "Scope": "Informs: which places a partnership looks at first, and what changed since it last looked. Does not "
        "decide: " + " ".join(MUST_NOT),
        "Alternatives considered": "Counts of crime, and the crime rate: they weigh a theft like a killing. The "
        "documentation compares them by what they would have foreseen.",
        "Provided information": "A ranked list with intervals and probabilities, maps, drivers of harm, gaps.",
        "Human decisions and review": "People read the evidence, edit or strike every recommendation, approve each "
        "document and decide. Nothing is passed on by itself.",
        "System architecture": "Python library; files in, an immutable folder of tables, maps and documents out.",
        "Model name and version": f"gamma-Poisson rate model, socharm {versions.get('socharm', '')}",
        "Model task, input and output": "In: counts by area, offence and month, weights, populations. Out: draws of "
        f"each area's rate; ranks of {number_of(int(ranking.get('draws', 0)), 'draw')}.",
        "Model architecture": "Conjugate gamma-Poisson, with an area effect, over-dispersion over time and uncertain "
        "category weights; no machine learning.",
        "Model performance": "Coverage of intervals under several truths and a hold-out on real months stand in the "
        "documentation (validation).",
        "Source data name": "; ".join(named_sources(about.sources)),
        "Data modality and description": "Tables: recorded incidents by place and month; boundaries; populations; "
        "partners' measures by area.",
        "Data quantities": f"{number_of(len(inputs), 'input')}; {quantity} in {counted} of them"
        if rows
        else f"{number_of(len(inputs), 'input')}",
        "Sensitive attributes": "None: columns about persons are refused when files are read.",
        "Data completeness and representativeness": " ".join(
            [*([about.coverage] if about.coverage else []), *NOT_IN_THE_DATA]
        ),
        "Data collection and cleaning": "Every row read is used or set aside for one counted reason; see the manifest.",
        "Risks and mitigations": " ".join(
            f"{risk}: {mitigation}."
            for risk, mitigation in (*_RISKS, (_SMALL_COUNTS, _OPEN_COUNTS if open_input else _CLOSED_COUNTS))
        ),
    }


def _two_figures(number: int) -> int:
    """A number of rows that tells no single one of them."""
    return int(float(f"{number:.1e}"))


def _rows_of(item: Mapping[str, Any]) -> int:
    """Rows read of an input: a number, or numbers by what became of each row, which add up to it."""
    told = item.get("rows") or 0
    return sum(map(int, told.values())) if isinstance(told, Mapping) else int(told)


def _as_json(record: TransparencyRecord) -> str:
    told = {
        "marking": record.about.marking,
        "handling": handling_instructions(record.about.marking),
        "standard": record.settings.standard,
        "snapshot": record.settings.snapshot,
        "fields": record.table.to_dict("records"),
    }
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


def _as_csv(record: TransparencyRecord) -> str:
    rows = [[str(cell) for cell in row] for row in record.table.itertuples(index=False)]
    return csv_text([[f"marking: {record.about.marking}"], [*record.table.columns], *rows])


def _as_markdown(record: TransparencyRecord) -> str:
    lines = [
        f"**{record.about.marking}** {handling_instructions(record.about.marking)}",
        "",
        "# Transparency record",
        "",
    ]
    for section, rows in record.table.groupby("section", sort=False):
        lines += [f"## Tier {rows['tier'].iloc[0]}: {section}", ""]
        for _, row in rows.iterrows():
            value = row["value"] or f"TO FILL: {row['asks']}"
            lines += [f"**{row['field']}**", "", _MARKUP.sub(r"\\\1", " ".join(str(value).split())), ""]
    return "\n".join([*lines, f"**{record.about.marking}**", ""])
