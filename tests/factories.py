"""Records made by hand for tests: counts, populations and weights straight from numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.colors import to_rgb

from socharm._about import About, AssessmentPeriod
from socharm.assessment.steps.order import declared_tables
from socharm.files.chain import chain_end, chained, write_chain
from socharm.files.seal import sealed, sealed_text, without_seal
from socharm.io.incidents.records import Counts
from socharm.io.incidents.settings import CountSettings
from socharm.io.population import Population, PopulationSettings
from socharm.io.weight_scheme import WeightFindings, WeightScheme, WeightSettings
from socharm.io.weights import load_weights
from socharm.snapshot.manifest import SEAL, content_id, write_manifest
from socharm.snapshot.tables import SCHEMA_VERSION, AssessmentTables

__all__ = [
    "BARE_SNAPSHOT",
    "make_assessment_tables",
    "make_bare_snapshot",
    "make_counts",
    "make_population",
    "make_weights",
    "random_counts",
]


def make_counts(
    n: np.ndarray,
    *,
    areas: Sequence[str] | None = None,
    offences: Sequence[str] = ("burglary", "drugs", "violence-and-sexual-offences"),
    start: str = "2025-04",
    covered: np.ndarray | None = None,
    parent: Sequence[str] | None = None,
    force: str = "Testshire",
    flagged: pd.DataFrame | None = None,
) -> Counts:
    """Counts from an array of shape (areas, offences, months); `covered` is a mask (areas, months)."""
    n = np.asarray(n, dtype=np.int64)
    codes = list(areas) if areas is not None else [f"W{i:03d}" for i in range(n.shape[0])]
    months = pd.period_range(start, periods=n.shape[2], freq="M")
    mask = np.ones((n.shape[0], n.shape[2]), dtype=bool) if covered is None else np.asarray(covered, dtype=bool)
    index = pd.MultiIndex.from_product([codes, list(offences), months], names=["area_code", "offence", "period"])
    keep = np.broadcast_to(mask[:, None, :], n.shape).ravel()
    table = pd.DataFrame({"n": n.ravel()}, index=index)[keep].reset_index()
    table = table.sort_values(["area_code", "offence", "period"], ignore_index=True)
    names = pd.DataFrame(
        {
            "name": [f"Ward {code}" for code in codes],
            "parent": list(parent) if parent is not None else ["D1"] * len(codes),
            "force": force,
        },
        index=pd.Index(codes, name="area_code"),
    )
    used = int(table["n"].sum())
    empty = pd.DataFrame({c: pd.Series(dtype=object) for c in ("area_code", "offence", "period", "flag", "n")})
    period = AssessmentPeriod(str(months[0]), str(months[-1]))
    return Counts(
        table=table,
        areas=names,
        coverage=pd.DataFrame(mask, index=names.index, columns=months),
        sources=pd.DataFrame([[used]], index=["made by hand"], columns=[months[0]]),
        accounting=pd.DataFrame({"rows": [used]}, index=pd.Index(["used"], name="reason")),
        facts=pd.DataFrame({"rows": []}, index=pd.Index([], name="fact")),
        flagged=empty if flagged is None else flagged,
        settings=CountSettings(),
        about=About(period=period, boundary_year=2025, unit="incidents", sources=("made by hand",)),
    )


def make_population(
    values: Mapping[str, float] | pd.Series, *, kind: str = "resident", unit: str | None = None
) -> Population:
    """A population from a mapping of area code to value."""
    series = pd.Series(values, dtype=float).rename_axis("area_code")
    return Population(
        table=series.to_frame("value"),
        settings=PopulationSettings(
            code="area_code", value="value", kind=kind, unit=unit, date="2024-06-30", source="made by hand"
        ),
        about=About(sources=("made by hand",), unit=kind),
    )


def make_weights(
    weights: Mapping[str, float],
    *,
    within_variance: float = 0.0,
    tau: float = 0.0,
    level: str = "offence",
    excluded: tuple[str, ...] = ("anti-social-behaviour",),
) -> WeightScheme:
    """A scheme from a mapping of offence to weight."""
    table = pd.DataFrame({"weight": pd.Series(weights, dtype=float)}).rename_axis("offence")
    table = table.assign(within_variance=within_variance, tau=tau, source="made by hand")
    return WeightScheme(
        table=table,
        name="by-hand",
        year=2025,
        unit="sentence-days",
        excluded=excluded,
        settings=WeightSettings(name="by-hand"),
        findings=WeightFindings(level=level),
        about=About(sources=("made by hand",), unit="sentence-days"),
    )


def random_counts(
    *, areas: int = 40, months: int = 12, seed: int = 1, parents: int = 4, start: str = "2019-04"
) -> tuple[Counts, Population, WeightScheme]:
    """A whole small force under the packaged crosswalk: Poisson counts, uneven wards, ASB included."""
    rng = np.random.default_rng(seed)
    weights = load_weights("ons-css").crosswalk("police.uk")
    offences = sorted([*(key for key in weights.table.index if key != "public-disorder-and-weapons")])
    offences.append("anti-social-behaviour")
    people = rng.integers(4000, 18000, areas).astype(float)
    level = np.exp(rng.normal(-6.5, 1.0, len(offences)))
    hot = np.exp(rng.normal(0, 0.6, areas))
    rate = level[None, :] * hot[:, None] * rng.gamma(4, 1 / 4, (areas, len(offences)))
    n = rng.poisson(np.repeat((rate * people[:, None] / 12)[:, :, None], months, axis=2))
    codes = [f"W{i:03d}" for i in range(areas)]
    parent = [f"D{i % parents + 1}" for i in range(areas)]
    order = np.argsort(offences)
    counts = make_counts(n[:, order], areas=codes, offences=sorted(offences), parent=parent, start=start)
    return counts, make_population(dict(zip(codes, people, strict=True))), weights


def make_assessment_tables(**changed: pd.DataFrame) -> AssessmentTables:
    """Tables of an assessment of two wards over two months; the second ward lacks a month. Numbers by hand.

    W1: 30 burglaries (harm 3,000), 10 drug crimes (400), 20 crimes of violence (600). W2: 3, 1 and 2 of them.
    """
    codes, months = ["W1", "W2"], pd.period_range("2025-04", periods=2, freq="M")
    weights = {"burglary": 100.0, "drugs": 40.0, "violence-and-sexual-offences": 30.0}
    half = {("W1", "burglary"): 15, ("W1", "drugs"): 5, ("W1", "violence-and-sexual-offences"): 10}
    whole = {("W2", "burglary"): 3, ("W2", "drugs"): 1, ("W2", "violence-and-sexual-offences"): 2}
    rows = [(*key, month, n) for key, n in half.items() for month in months]
    rows += [(*key, months[0], n) for key, n in whole.items()]
    counts = pd.DataFrame(rows, columns=["area_code", "offence", "period", "n"])
    cells = counts.assign(weight=counts["offence"].map(weights))
    index = pd.Index(codes, name="area_code")
    names = pd.DataFrame({"name": ["First", "Second"], "parent": ["D", "D"]}, index=index)
    nothing = pd.DataFrame({"rows": [0]}, index=pd.Index(["none"], name="reason"))
    tables = {
        "areas": names,
        "population": pd.DataFrame({"value": [1000.0, 1000.0]}, index=index),
        "weights": pd.DataFrame({"weight": pd.Series(weights)}),
        "counts": counts,
        "coverage": pd.DataFrame(
            {"area_code": ["W1", "W1", "W2", "W2"], "period": [*months, *months], "covered": [True, True, True, False]}
        ),
        "sources": nothing,
        "accounting": nothing,
        "facts": nothing,
        "flagged": nothing,
        "cells": cells.assign(harm=cells["n"] * cells["weight"]),
        "index": names.assign(crimes=[60, 6], harm=[4000.0, 400.0], rate=[24.0, 4.8], rate_shrunk=[23.5, 5.25]),
        "by_period": nothing,
        "by_group": pd.DataFrame(
            {
                "area_code": codes,
                "group": "acquisitive",
                "crimes": [30, 3],
                "harm": [3000.0, 300.0],
                "rate": [18.0, 3.6],
            }
        ),
        "unweighted": pd.DataFrame({"area_code": ["W1"], "offence": ["anti-social-behaviour"], "n": [70]}),
        "model": nothing,
        "ranking": names.assign(rank=pd.array([1, pd.NA], dtype="Int64")),
        "top_k": pd.DataFrame({"area_code": codes, "k": "10", "size": 10, "probability": [0.875, 0.125]}),
        "parents": nothing,
        "unrankable": nothing,
        "hotspots": pd.DataFrame({"label": ["hot", "not covered"], "z": [3.5, float("nan")]}, index=index),
        "location_quotients": pd.DataFrame(
            {
                "area_code": ["W1", "W1"],
                "offence": ["drugs", "burglary"],
                "quotient": [2.0, 0.9],
                "low_95": [1.2, 0.5],
            }
        ),
    }
    return AssessmentTables({**tables, **changed}, declared=declared_tables())


BARE_RECIPE: dict[str, Any] = {"assessment": {"period": ["2025-04", "2025-09"], "seed": 1}}
#: Name that a snapshot of nothing must have: it ends as its content id begins.
BARE_SNAPSHOT = f"2025H1-20251003T091203Z-{content_id(BARE_RECIPE, [], {}, SCHEMA_VERSION)[:8]}"


def make_bare_snapshot(folder: Path, *, marking: str = "OFFICIAL") -> Path:
    """A snapshot that verifies and holds nothing but its manifest and its log."""
    folder.mkdir(parents=True)
    lines = chained([marking, "2025-10-03T09:12:03Z INFO closing (after 0.0 s)"])
    write_chain(lines, folder / "run.log")
    manifest = {
        "snapshot": folder.name,
        "schema_version": SCHEMA_VERSION,
        "content_id": content_id(BARE_RECIPE, [], {}, SCHEMA_VERSION),
        "marking": marking,
        "about": {"period": ["2025-04", "2025-09"], "boundary_year": 2025, "unit": "", "sources": [], "coverage": ""},
        "seed": 1,
        "recipe": BARE_RECIPE,
        "disclosure": {
            "open_input": True, "layout": "police.uk", "internal": False, "spread": 5, "variance": 2.0,
            "fingerprint": "",
        },
        "log": chain_end(lines),
        "changes": [],
        "inputs": [],
        "versions": {},
        "outputs": {},
    }  # fmt: skip
    write_manifest(manifest, folder, store=folder.parent)
    return folder


def resealed(manifest: Mapping[str, Any], folder: Path) -> None:
    """Write a manifest as one who can compute the hash again, and has no key: a signature stays as it was."""
    plain = {name: value for name, value in manifest.items() if name != "signature"}
    whole = sealed(without_seal(plain, field=SEAL), field=SEAL, key=None)
    if "signature" in manifest:
        whole["signature"] = manifest["signature"]
    (folder / "manifest.json").write_text(sealed_text(whole), encoding="utf-8", newline="\n")


def luminance(colour: str | tuple[float, float, float]) -> float:
    """Relative luminance of a colour, from 0 (black) to 1 (white), as WCAG 2 defines it."""
    channels = np.array(to_rgb(colour), dtype=np.float64)
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    red, green, blue = (float(value) for value in linear)
    return round(0.2126 * red + 0.7152 * green + 0.0722 * blue, 12)
