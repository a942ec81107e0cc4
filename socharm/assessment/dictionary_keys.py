"""What a dictionary of partner measures states, which people look for in the recipe."""

from __future__ import annotations

from typing import Final

__all__ = ["DICTIONARY_KEYS", "OF_A_DICTIONARY", "dictionary_example"]

#: Keys of one measure of a dictionary that are no keys of ``[[indicators]]``.
DICTIONARY_KEYS: Final = (
    "name",
    "direction",
    "unit",
    "denominator",
    "provider",
    "sector",
    "licence",
    "sharing_basis",
    "marking",
    "police_driven",
)
OF_A_DICTIONARY: Final = (
    "no key of the recipe: it is said of each measure, in the file that `dictionary` names. `socharm init` writes an "
    "example of one."
)
_EXAMPLE: Final = """\
# What partners' measures mean: one table for each measure, called as its column or as the values of its rows are.
# The recipe names this file: [[indicators]] dictionary = "indicators.toml". Delete the example, and write your own.

[fuel_poor]
name = "Households in fuel poverty" # as it is printed
direction = "higher is worse"       # or "higher is better", "neutral"
unit = "per cent of households"
denominator = "households"          # what it is of
period = "2021"                     # months or years that it speaks of
provider = "local authority"        # who sent it
sector = "local authority"          # police, health, education, housing ...; for a provider that is no known agency
licence = "OGL v3.0"                # under which it is published; or
# sharing_basis = "agreement of 1 May 2026"   # on which it is shared
marking = "OFFICIAL"
police_driven = false               # true where more police work makes it larger
"""


def dictionary_example() -> str:
    """A dictionary of one measure, with what each key means."""
    return _EXAMPLE
