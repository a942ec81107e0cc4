from .history import (
    PageHistory as PageHistory,
)
from .history import (
    PastAssessment as PastAssessment,
)
from .write import (
    write_dashboard as write_dashboard,
)
