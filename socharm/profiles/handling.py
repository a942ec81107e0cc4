"""What stands above and below each page of a document."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from socharm.profiles.profile import Profile

__all__ = ["handling_line", "marking_line"]


def marking_line(profile: Profile) -> str:
    """The marking, and whether the document shows what a published one withholds."""
    return f"{profile.about.marking} - INTERNAL" if profile.settings.internal else profile.about.marking


def handling_line(profile: Profile) -> str:
    """How the document may be handled, in one line."""
    return {
        "OFFICIAL": "For those who need it for their work. Not for publication unless its owner releases it.",
        "OFFICIAL-SENSITIVE": "Only for named recipients who need it for their work. Do not forward or leave in view.",
    }.get(profile.about.marking, "Handle on accredited systems only, by cleared recipients.")
