"""What stands above and below each page of a document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from socharm.publish.marking import handling_instructions

if TYPE_CHECKING:
    from socharm.profiles.profile import Profile

__all__ = ["handling_line", "marking_line"]


def marking_line(profile: Profile) -> str:
    """The marking, and whether the document shows what a published one withholds."""
    return f"{profile.about.marking} - INTERNAL" if profile.settings.internal else profile.about.marking


def handling_line(profile: Profile) -> str:
    """How the document may be handled, in one line."""
    return handling_instructions(profile.about.marking)
