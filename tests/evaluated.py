"""Folders of evaluations by hand: what ``socharm evaluate`` writes and assessments read, without an analysis."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from socharm.files.hashing import sha256_file
from socharm.files.seal import sealed

__all__ = ["SAID", "write_evaluation"]

SAID = {
    "verdict": "Crimes at the site fell by 30% relative to the areas it is compared with (95% interval -45% to -10%); "
    "0 of 40 placebo sites departed as far, up or down (p 0.024).",
    "next door": "Nothing beyond chance was found in the ring round the site.",
    "registration": "Not registered: nothing shows that the analysis was chosen before its results were seen.",
}


def write_evaluation(
    folder: Path, *, name: str = "Patrols", site: tuple[str, ...] = ("E05000000",), **held: Any
) -> Path:
    """A folder with one table and ``evaluation.json``; `held` are entries of that in place of the usual ones."""
    folder.mkdir(parents=True)
    (folder / "methods.csv").write_text("outcome,method\ncrimes,placebo sites\n", encoding="utf-8")
    told = {
        "verdict": "fell", "outcome": "crimes", "first": "2024-06", "last": "2025-08", "change": -0.3, "low": -0.45,
        "high": -0.1, "as_extreme": 0, "placebos": 40, "registered": "no", "rings": {"ring 1": ["E05000001"]},
        "sentences": SAID, "boundary_year": 2025, "internal": False, "snapshot": "small-1", "socharm": "0.1.0",
        "marking": "OFFICIAL", "settings": {"name": name, "site": list(site), "start": "2025-06"},
        "files": {"methods.csv": sha256_file(folder / "methods.csv")},
    }  # fmt: skip
    whole = sealed({**told, **held}, field="sha256", key=None)
    (folder / "evaluation.json").write_text(json.dumps(whole), encoding="utf-8")
    return folder
