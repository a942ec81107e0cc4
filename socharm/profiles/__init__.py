"""Local profiles: what an area's harm is made of, what stands out and what is not known.

- Profiles: `seed_profile`, `seed_profiles`, `Profile`
- What people write: `start_profile_text`, `read_profile_text`, `ProfileText`, `KnownThreat`, `Survey`, `Theme`
"""

from socharm._packages import attach_names

__getattr__, __dir__, __all__ = attach_names(__name__, __file__)
