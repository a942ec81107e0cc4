from .change_report import (
    ChangeReport as ChangeReport,
)
from .change_report import (
    change_report as change_report,
)
from .evaluation_report import (
    EvaluationReport as EvaluationReport,
)
from .evaluation_report import (
    evaluation_report as evaluation_report,
)
