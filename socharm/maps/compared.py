"""What every picture of a comparison says round what it draws: both periods, and what it is shown in spite of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from socharm._about import About, AssessmentPeriod
from socharm._words import period_words
from socharm._words import signed as plus_or_minus
from socharm.rescoring.comparison import Comparison
from socharm.rescoring.several import SeveralComparison

__all__ = ["FELL", "ROSE", "STAYED", "about_and_warnings", "against_words", "signed", "span_lines"]

#: Colours of a rise, a fall and neither: apart for the colour-blind, and signs or dashes say the same.
ROSE: Final = "#c2571a"
FELL: Final = "#20629f"
STAYED: Final = "#6b6b6b"


def against_words(periods: Iterable[AssessmentPeriod]) -> str:
    """Both periods of a comparison, the earlier one first.

    Examples
    --------
    >>> against_words([AssessmentPeriod("2024-04", "2024-09"), AssessmentPeriod("2025-04", "2025-09")])
    'April 2024 to September 2024 against April 2025 to September 2025'
    """
    return " against ".join(period_words(period.start, period.end) for period in periods)


def span_lines(period: AssessmentPeriod) -> str:
    """A period on two lines where it has two ends, for what stands over a column.

    Examples
    --------
    >>> span_lines(AssessmentPeriod("2024-04", "2024-09")).split(chr(10))
    ['April 2024 to', 'September 2024']
    """
    return period_words(period.start, period.end).replace(" to ", " to\n")


def signed(value: float, digits: int) -> str:
    """A number with its sign; of what is nothing, or rounds to it, a nought without one.

    Examples
    --------
    >>> [ascii(signed(value, 2)) for value in (0.351, -0.08, -0.001, 0.0)]
    ["'+0.35'", "'\\\\u22120.08'", "'0'", "'0'"]
    """
    text = plus_or_minus(value, digits)
    return text if text[0] in "+\N{MINUS SIGN}" else "0"


def about_and_warnings(comparison: Comparison | SeveralComparison) -> tuple[About, list[str]]:
    """What a comparison is about, and a line of the foot for each thing that it is shown in spite of."""
    warnings = comparison.warnings
    coverage = comparison.about.coverage
    for reason in warnings:
        coverage = coverage.replace(reason, "")
    lines = [f"Shown in spite of this: {reason}" for reason in warnings]
    return replace(comparison.about, coverage=" ".join(coverage.split())), lines
