"""Whether an assessment counts months as covered in which rows seem to be missing."""

from __future__ import annotations

from typing import Final

from socharm._about import LACKS_ROWS, NOISY
from socharm.io.incidents.lacking_rows import forces_of, lack_note, lacking_rows
from socharm.rescoring.side import Side
from socharm.snapshot.assessment import Assessment

__all__ = ["lacking_told"]


_IN_NOISE: Final = "rows of some months seem to be missing in single areas."


def lacking_told(assessment: Assessment, side: Side) -> str:
    """The sentence of the coverage note; empty where no month is suspected.

    It is found anew from the counts, so that assessments of earlier versions are looked at too; where counts carry
    noise, the note of the run is believed.
    """
    if NOISY in assessment.about.coverage:
        return _IN_NOISE if LACKS_ROWS in assessment.about.coverage else ""
    return lack_note(lacking_rows(side.counts, side.coverage, forces_of(assessment.tables["areas"])))
