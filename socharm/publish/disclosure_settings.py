"""Choices of the published form: what is small, and the noise of what is shown."""

from __future__ import annotations

from dataclasses import dataclass, field

from socharm._arguments import check_fields
from socharm._checks import require_choice
from socharm._constraints import CountFrom1
from socharm.errors import ParameterError
from socharm.publish.law import CELLS, RECORDS, NoiseSettings

__all__ = ["DisclosureSettings"]


@dataclass(frozen=True, kw_only=True)
class DisclosureSettings:
    """Choices of `protect_tables`.

    Parameters
    ----------
    open_input : bool
        Whether the incidents are open already (police.uk): then nothing is changed.
    small : int
        Counts from 1 to below this are small.
    noise : NoiseSettings
    excluded : tuple of str
        What the index leaves out, as `severity_index` was told: flags, offences, sets.
    keyed_by : {"", "records", "cells"}
        What the noise of a cell is made of: the records in it, or its name. Blank: records where the tables have their
        keys.
    fingerprint : str
        Of the secret; set by `protect_tables`.
    """

    open_input: bool = False
    small: CountFrom1 = 5
    noise: NoiseSettings = field(default_factory=NoiseSettings)
    excluded: tuple[str, ...] = ()
    keyed_by: str = ""
    fingerprint: str = ""

    def __post_init__(self) -> None:
        check_fields(self)
        require_choice(self.keyed_by, ("", RECORDS, CELLS), name="keyed_by")
        if self.noise.spread < self.small:
            raise ParameterError(
                f"`noise.spread` is {self.noise.spread}, below `small` ({self.small}): a published number would leave "
                "too few counts possible. Raise it."
            )
