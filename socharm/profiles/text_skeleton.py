"""The file of text that people fill in, begun once and never written to again."""

from __future__ import annotations

import os
from typing import Final

from socharm._arguments import checked
from socharm.documents.arguments import require_kind_of, require_path
from socharm.documents.words import clean_text
from socharm.files.atomic import atomic_write, store_faults

__all__ = ["start_profile_text"]

_SKELETON: Final = """\
# Text that people write for the profile of {name} ({area}).
# socharm reads this file each time it makes the profile and never writes to it again.
# Text is printed as it stands; a blank line begins a new paragraph. Write of places, never of persons.

own_recommendations = []            # recommendations of your own, one text each

[front]                             # roles and bodies, not names of persons
status = "draft"                    # draft, reviewed or approved
author = ""
reviewer = ""                       # the role that reviewed it; the day is needed for the status "reviewed"
# reviewed_on = 2026-01-31
approver = ""                       # the role that approved it; the day is needed for the status "approved"
# approved_on = 2026-01-31
owner = ""                          # the partnership that owns the profile
lead = ""                           # the agency that keeps it up to date
distribution = ""                   # who may have it
retention = ""                      # how long it is kept
data_sharing = ""                   # the basis on which partners share, such as an agreement and its date
impact_assessment = ""              # reference of the data protection impact assessment
marking_reason = ""                 # why above OFFICIAL, where it is
# refreshed = 2026-01-31            # when the whole profile was last refreshed
# next_review = 2026-07-31

[blocks]
headline = ""
harm = ""
threats = ""
context = ""
gaps = ""
recommendations = ""
plan = ""

[recommendations]                   # your wording of a rule's recommendation; "" strikes it
# R01 = "..."

# [[surveys]]
# question = "satisfied with policing in the area"
# yes = 31
# asked = 120
# period = "2026-06"
# provider = "neighbourhood policing team"
# wider = "the rest of the district"
# wider_yes = 240
# wider_asked = 510

# [[themes]]
# text = "Residents name off-road bikes and drug dealing at the shops."
# provider = "needs assessment, 84 interviews"
# period = "2026-05"

# [[threats]]                        # mapped groups as a count, never names
# threat = "county-lines"
# present = true
# ocgs = 2
# morile = 14.5
# provider = "force intelligence"
# period = "2026-09"
"""


@checked
def start_profile_text(path: str | os.PathLike[str], *, area: str, name: str) -> bool:
    """Begin the file of a profile's text, unless it is there already.

    Parameters
    ----------
    path : str or path
    area, name : str
        For the first line.

    Returns
    -------
    bool
        Whether a file was written. One that exists is left as it is, whatever it holds.

    Raises
    ------
    ParameterError
        `path`, `area` or `name` is no text.
    StoreError
        The file cannot be written.
    """
    target = require_path(path, name="path")
    for label, value in (("area", area), ("name", name)):
        require_kind_of(value, str, name=label, advice="give a text")
    with store_faults(target):
        if target.exists():
            return False
        target.parent.mkdir(parents=True, exist_ok=True)
    told = [clean_text(part) for part in (name, area)]
    with atomic_write(target) as temporary:
        temporary.write_text(_SKELETON.format(name=told[0], area=told[1]), encoding="utf-8")
    return True
