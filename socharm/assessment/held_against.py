"""An earlier snapshot that documents are held against, in the same form as they are."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from socharm.assessment.compare_snapshots import shown_form
from socharm.assessment.open_snapshot import open_assessment
from socharm.errors import ParameterError
from socharm.rescoring.comparing import compare
from socharm.rescoring.comparison import Comparison

__all__ = ["held_against"]


def held_against(
    snapshot: str | os.PathLike[str],
    earlier: str | os.PathLike[str],
    *,
    internal: bool = False,
    allow: Sequence[str] = (),
) -> Comparison:
    """What changed between an earlier snapshot and one that documents are made of.

    Parameters
    ----------
    snapshot : str or path
    earlier : str or path
        A snapshot folder, or the name of one in the same store.
    internal : bool
        As recorded; in published form otherwise, as the documents are.
    allow : sequence of str
        As of `compare`.

    Raises
    ------
    ParameterError
        There is no such snapshot.
    RefusedError
        The two cannot be compared; the reason and the remedy are told.
    """
    later = open_assessment(snapshot)
    folder = Path(earlier)
    if not folder.exists() and folder.name == str(earlier):
        folder = later.path.parent / folder.name
    if not folder.is_dir():
        raise ParameterError(
            f"`against` is {str(earlier)!r}, and no snapshot is there. Name a folder, or a snapshot of the store."
        )
    first, second = (shown_form(side, internal=internal) for side in (open_assessment(folder), later))
    return compare(first, second, allow=allow)
