"""What a run leaves on disk, and how it is read back.

- A finished assessment: `Assessment`, `AssessmentTables`
- Whether it is as it was made: `verify_assessment`, `Verification`
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
