"""Two snapshots of a store compared, and everything written that people get from it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, get_args

from socharm._arguments import check_fields
from socharm._record import settings_as_dict
from socharm.assessment.comparison_folder import (
    ComparisonFolder,
    Written,
    comparison_key,
    folder_of,
    held_comparison,
    write_comparison_folder,
)
from socharm.assessment.open_snapshot import open_assessment
from socharm.assessment.published import published_form
from socharm.documents.arguments import existing_file
from socharm.files.hashing import sha256_file
from socharm.io.lookups import Lookup, read_lookup
from socharm.rescoring.compare_settings import CompareSettings
from socharm.rescoring.comparing import compare
from socharm.rescoring.matching import By
from socharm.rescoring.membership import read_membership
from socharm.rescoring.store import Store
from socharm.snapshot.assessment import Assessment

__all__ = ["ComparisonOrder", "compare_snapshots", "shown_form"]

#: Reading and comparing; what is written follows.
_STEPS: Final = 3
_EVERYTHING: Final = Written()


@dataclass(frozen=True, kw_only=True)
class ComparisonOrder:
    """How two snapshots are compared, and what is written of it.

    Parameters
    ----------
    settings : mapping
        Of `compare`.
    by : str
        ``"code"``, ``"ground"``, or the path of a table of changed codes with the columns earlier, later and share.
    membership : path, optional
        Districts and forces of areas by days, as of `read_membership`.
    internal : bool
        From the counts as recorded; else from the published forms, where the input is not open.
    written : Written
    to : path, optional
        The folder; in the store of the later snapshot when omitted.
    """

    settings: Mapping[str, Any]
    by: str = "code"
    membership: str | os.PathLike[str] | None = None
    internal: bool = False
    written: Written = _EVERYTHING
    to: str | os.PathLike[str] | None = None

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def change(self) -> str | None:
        """Path of the table of changed codes; None where areas are matched by code or ground."""
        return None if self.by in get_args(By) else self.by

    @property
    def chosen(self) -> CompareSettings:
        """Every choice of the comparison."""
        by = {"by": self.by} if self.change is None else {}
        return CompareSettings.joined(None, {**self.settings, **by}, {})

    def stated(self) -> Mapping[str, Any]:
        """What makes this comparison another one than that of other choices; of files their content."""
        files = {"by": self.change, "membership": self.membership}
        hashes = {
            name: "" if path is None else sha256_file(existing_file(path, name=name)) for name, path in files.items()
        }
        return {
            "settings": settings_as_dict(self.chosen),
            "written": settings_as_dict(self.written),
            "internal": self.internal,
            **hashes,
        }


def shown_form(assessment: Assessment, *, internal: bool) -> Assessment:
    """A snapshot as it is compared: in published form, unless what that withholds is to be shown.

    A comparison of two published forms says nothing that the two do not say: each of its numbers is worked out from
    their counts, which carry noise, and from public weights.
    """
    return assessment if internal else published_form(assessment)


def compare_snapshots(
    earlier: Path, later: Path, order: ComparisonOrder, *, progress: Callable[[str, int, int], None] | None = None
) -> ComparisonFolder:
    """Compare two snapshots and write what people get from it, unless that is there already.

    Raises
    ------
    ParameterError
        The folder is there and holds something else.
    StoreError
        A snapshot or the folder is damaged, or the annotations of the store were changed by hand.
    SocharmError
        As of `compare`.
    """
    told = progress or (lambda what, number, of: None)
    told("reading the snapshots", 1, _STEPS)
    before, after = (shown_form(open_assessment(path), internal=order.internal) for path in (earlier, later))
    notes = Store(after.path.parent).annotations()
    key = comparison_key(before, after, order.stated(), notes=notes)
    target = folder_of(before, after, key) if order.to is None else Path(order.to)
    if (held := held_comparison(target, key)) is not None:
        return held
    told("comparing", 2, _STEPS)
    members = None if order.membership is None else read_membership(order.membership)
    made = compare(before, after, change=_codes(order.change), membership=members, settings=order.chosen)
    told("writing", _STEPS, _STEPS)
    return write_comparison_folder(made, after, target, key=key, written=order.written, annotations=notes)


def _codes(path: str | None) -> Lookup | None:
    return None if path is None else read_lookup(path, source="earlier", target="later", shares="share")
