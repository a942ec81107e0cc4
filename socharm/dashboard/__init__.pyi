from .explore import (
    InteractiveMap as InteractiveMap,
)
from .explore import (
    explore as explore,
)
from .history import (
    PageHistory as PageHistory,
)
from .history import (
    PastAssessment as PastAssessment,
)
from .write import (
    write_dashboard as write_dashboard,
)
