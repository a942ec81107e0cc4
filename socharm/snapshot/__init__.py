"""What a run leaves on disk, and how it is read back.

- A finished assessment: `Assessment`, `AssessmentTables`
- Whether it is as it was made: `verify_assessment`, `Verification`
"""

from socharm._packages import attach_names

__getattr__, __dir__, __all__ = attach_names(__name__, __file__)
