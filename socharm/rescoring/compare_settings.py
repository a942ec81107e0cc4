"""Choices behind a comparison of two assessments."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from socharm._checks import nearest_name
from socharm._constraints import ClosedShare, Draws, OpenShare, Seed
from socharm._settings import setting
from socharm._value_kinds import shown
from socharm.rescoring.change_settings import ChangeSettings, Worlds
from socharm.rescoring.comparable import ALLOWABLE, OBSTACLES
from socharm.rescoring.matching import MatchSettings
from socharm.rescoring.mobility import MobilitySettings

__all__ = ["CompareSettings"]


@dataclass(frozen=True, kw_only=True)
class CompareSettings(MatchSettings, MobilitySettings, ChangeSettings):
    """Choices behind a comparison; enough to make the same one again."""

    allow: tuple[str, ...] = setting(
        (), "what is shown in spite of it, by name, with the warning kept", example=["seasons"], recipe=False
    )
    without: tuple[str, ...] = setting(
        (), "offences and sets left out of both", example=["police-generated"], recipe=False
    )
    clear: tuple[str, ...] = setting((), "areas in which a Clear phase ran in one of the periods", recipe=False)
    change_draws: Draws | None = setting(
        None, "draws of each period for the ratio; worked out without draws when absent", recipe=False
    )
    worlds: Worlds = setting(1_000, "later periods without change that are drawn", recipe=False)
    seed: Seed | None = setting(None, "of what is drawn; that of the later assessment when absent", recipe=False)
    sure: OpenShare = setting(0.95, "probability from which a rise or fall is named", recipe=False)
    most_lost: ClosedShare = setting(
        0.1, "share of months of areas not covered above which a comparison is refused", recipe=False
    )

    def _faults(self) -> Iterable[str]:
        yield from super()._faults()
        for name in self.allow:
            if name not in ALLOWABLE:
                hint = nearest_name(name, ALLOWABLE)
                never = "that is restated or noted, never refused, so leave it out; " if name in OBSTACLES else ""
                yield (
                    f"`allow` names {shown(name)}, which is nothing that a comparison is refused for: {never}what can "
                    f"be allowed is {', '.join(ALLOWABLE)}." + (f" Did you mean {hint!r}?" if hint else "")
                )
