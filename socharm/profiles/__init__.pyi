from .profile import (
    Profile as Profile,
)
from .profile import (
    seed_profile as seed_profile,
)
from .series import (
    seed_profiles as seed_profiles,
)
from .side_text import (
    KnownThreat as KnownThreat,
)
from .side_text import (
    ProfileText as ProfileText,
)
from .side_text import (
    Survey as Survey,
)
from .side_text import (
    Theme as Theme,
)
from .side_text import (
    read_profile_text as read_profile_text,
)
from .text_skeleton import (
    start_profile_text as start_profile_text,
)
