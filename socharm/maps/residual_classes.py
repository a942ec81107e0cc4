"""Classes of recorded over expected harm, on maps and dashboards alike."""

from __future__ import annotations

from typing import Final

__all__ = ["RESIDUAL_BOUNDS", "RESIDUAL_COLOURS", "RESIDUAL_WORDS"]

#: Upper edges of all classes but the last.
RESIDUAL_BOUNDS: Final = (1 / 1.5, 1 / 1.2, 1.2, 1.5)
RESIDUAL_WORDS: Final = (
    "less than two thirds",
    "two thirds to five sixths",
    "about as expected",
    "1.2 to 1.5 times",
    "more than 1.5 times",
)
#: Blue to orange by way of near white: apart for the colour-blind, and the ends dark on a grey printer.
RESIDUAL_COLOURS: Final = ("#2a5a95", "#9dbfe0", "#f5f2ea", "#f0a35e", "#9c3a10")
