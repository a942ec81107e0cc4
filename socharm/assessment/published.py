"""The published form of a run: which input is open already, and what workbook, maps and documents are made of."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from socharm._about import About
from socharm._arguments import checked
from socharm.assessment.disclosing import disclosure_settings, input_is_open, published_about, require_noise
from socharm.assessment.result_tables import assemble_tables
from socharm.assessment.run_steps import about_results, from_one_step
from socharm.assessment.steps._step import Results
from socharm.assessment.steps.order import all_steps, declared_tables
from socharm.errors import RefusedError, StoreError
from socharm.publish.disclosure import PublishedTables, protect_tables
from socharm.publish.disclosure_settings import DisclosureSettings
from socharm.publish.earlier import EarlierRelease, as_earlier
from socharm.publish.law import NoiseSettings
from socharm.publish.released import Release, list_releases, verify_release
from socharm.publish.secret import secret_fingerprint, store_secret
from socharm.snapshot.assessment import Assessment
from socharm.snapshot.recipe import Recipe
from socharm.snapshot.tables import AssessmentTables, read_tables

__all__ = [
    "earlier_releases",
    "disclosure_entry",
    "layout_of",
    "layout_read",
    "published_form",
    "published_tables",
    "require_own_secret",
    "require_publishable",
    "with_closed_frames",
]


def layout_of(assessment: Assessment) -> str:
    """Layout of the incidents of a snapshot, as the reader recognised it."""
    return str(assessment.manifest["disclosure"]["layout"])


def published_tables(
    tables: AssessmentTables, *, recipe: Recipe, layout: str, about: About, store: Path
) -> PublishedTables:
    """The published form of a run's tables, with the secret of its store where one is needed."""
    settings = disclosure_settings(recipe, layout)
    if settings.open_input:
        return protect_tables(tables, about=about, settings=settings)
    secret = store_secret(store)
    settings = dataclasses.replace(settings, keyed_by=require_noise(settings, store))
    earlier, _ = earlier_releases(store)
    return protect_tables(tables, about=about, secret=secret, settings=settings, earlier=earlier)


def earlier_releases(store: Path) -> tuple[list[EarlierRelease], list[str]]:
    """What was released from a store, oldest first, each with the tables of its snapshot where they are still there.

    Returns
    -------
    releases : list of EarlierRelease
    bare : list of str
        Names of those that hold no tables of an assessment.

    Raises
    ------
    StoreError
        A release is not as it was released.
    """
    found, bare = [], []
    for release in list_releases(store):
        if problems := verify_release(release):
            raise StoreError(
                f"The release {release.id!r} is not as it was released: {problems[0]}. A new one cannot be held "
                "against it. Restore it from a copy."
            )
        settings = _settings_of(release)
        if settings is None:
            bare.append(release.id)
            continue
        folder = store / release.snapshot / "tables"
        specs = declared_tables()
        source = read_tables(folder, specs) if folder.is_dir() and not settings.open_input else None
        shown = read_tables(release.path / "tables", specs)
        found.append(as_earlier(shown, settings, source=source, name=release.id))
    return found, bare


def _settings_of(release: Release) -> DisclosureSettings | None:
    """How the tables of a release were protected; None for one that `publish_snapshot` did not make."""
    needed = {f"tables/{spec.name}.parquet" for spec in declared_tables() if spec.needed}
    stated = dict(release.settings)
    known = {part.name for part in dataclasses.fields(DisclosureSettings)}
    if not needed <= set(release.files) or not set(stated) <= known:
        return None
    noise = NoiseSettings(**stated.pop("noise", {}))
    return DisclosureSettings(noise=noise, **{**stated, "excluded": tuple(stated.get("excluded", ()))})


def layout_read(results: Results) -> str:
    """Layout of the incidents of a run, as the reader recognised it."""
    return from_one_step(results, lambda step: step.layout)


def with_closed_frames(tables: AssessmentTables, results: Results, *, recipe: Recipe, store: Path) -> AssessmentTables:
    """Tables of closed input with what their noise is made of, and what releases are compared by."""
    if input_is_open(recipe, layout_read(results)):
        return tables
    secret = store_secret(store)
    made: dict[str, pd.DataFrame] = {}
    for step in all_steps():
        if step.closed_frames is not None:
            made |= step.closed_frames(results[step], secret)
    return tables.with_tables(**made)


def require_publishable(recipe: Recipe, results: Results) -> None:
    """Stop where the tables of a run could not be brought into published form, by a key made up for the occasion."""
    settings = disclosure_settings(recipe, layout_read(results))
    if not settings.open_input:
        protect_tables(assemble_tables(results), about=about_results(results), secret=bytes(32), settings=settings)


def require_own_secret(assessment: Assessment) -> None:
    """Stop where a snapshot's workbook and maps were made with another secret than the store holds.

    Raises
    ------
    RefusedError
    """
    said = str((assessment.manifest.get("disclosure") or {}).get("fingerprint") or "")
    store = assessment.path.parent
    if said and said != secret_fingerprint(store_secret(store)):
        raise RefusedError(
            f"{assessment.path.name!r} was made with the secret of fingerprint {said}, which this store does not hold: "
            "its workbook and maps would have another noise than the release. Restore the secret from a copy, or run "
            "the recipe again."
        )


@checked
def published_form(assessment: Assessment) -> Assessment:
    """An assessment in published form, as profiles, dashboards and releases need it.

    Parameters
    ----------
    assessment : Assessment
        A snapshot; its store's secret is used where the input is not open.

    Returns
    -------
    Assessment
        The same snapshot with published tables; nothing on disk changes but the store's secret, once.

    Raises
    ------
    StoreError
        The store's secret is damaged, or cannot be made.
    """
    require_own_secret(assessment)
    made = published_tables(
        assessment.tables,
        recipe=assessment.recipe,
        layout=layout_of(assessment),
        about=assessment.about,
        store=assessment.path.parent,
    )
    if made.settings.open_input:
        return assessment
    return dataclasses.replace(
        assessment,
        tables=made.tables,
        about=published_about(assessment.about, made),
        manifest={**assessment.manifest, "published_form": True},
    )


def disclosure_entry(published: PublishedTables, *, internal: bool, layout: str) -> Mapping[str, Any]:
    """What the manifest says of disclosure control."""
    settings = published.settings
    return {
        "open_input": settings.open_input,
        "layout": layout,
        "internal": internal,
        "spread": settings.noise.spread,
        "variance": settings.noise.variance,
        "keyed_by": settings.keyed_by,
        "fingerprint": settings.fingerprint,
    }
