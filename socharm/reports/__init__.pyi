from .change_report import (
    ChangeReport as ChangeReport,
)
from .change_report import (
    change_report as change_report,
)
