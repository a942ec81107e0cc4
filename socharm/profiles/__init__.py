"""Local profiles: what an area's harm is made of, what stands out and what is not known.

- Profiles: `seed_profile`, `seed_profiles`, `Profile`
- What people write: `start_profile_text`, `read_profile_text`, `ProfileText`, `KnownThreat`, `Survey`, `Theme`
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
