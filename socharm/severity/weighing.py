"""Choices of how offences are weighed, for the index and for the points of the same harm."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from socharm._constraints import ClosedShare, Positive
from socharm._settings import Settings, setting
from socharm.severity.lost_harm import WARN_HARM_SHARE
from socharm.severity.transforms import DEFAULT_CAP, Transform

__all__ = ["Unweighted", "WeighingSettings"]

#: What becomes of offences without a weight.
Unweighted: TypeAlias = Literal["report", "allow", "error"]


@dataclass(frozen=True, kw_only=True)
class WeighingSettings(Settings):
    """Choices behind weighted points; with those of an index, the points are of the harm that it counts."""

    transform: Transform = setting("raw", "scale of the weights: raw, sqrt, log or capped")
    cap: Positive = setting(DEFAULT_CAP, 'largest weight, with "capped"')
    unweighted: Unweighted = setting(
        "report", 'offences without a weight are reported beside the index; or "allow", or "error", which stops'
    )
    offences: tuple[str, ...] = setting(("all",), 'or "soc", "neighbourhood", "serious-violence", or offences by name')
    exclude: tuple[str, ...] = setting((), 'offences, sets, or places that generate reports, such as "place:hospital"')
    warn_harm_share: ClosedShare = setting(
        WARN_HARM_SHARE,
        "an offence whose rows set aside weigh more of the harm is named on every list",
        after="relative_to",
    )

    def _faults(self) -> Iterable[str]:
        yield from super()._faults()
        if self.transform != "capped" and self._changed("cap"):
            yield (
                f"`cap` is {self.cap:g}, and transform={self.transform!r} caps no weight. Use transform='capped', or "
                "leave `cap` out."
            )
