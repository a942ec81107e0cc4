from .change_points import (
    ChangePoints as ChangePoints,
)
from .change_points import (
    find_change_points as find_change_points,
)
from .monitor import (
    Monitoring as Monitoring,
)
from .monitor import (
    monitor_harm as monitor_harm,
)
from .priority import (
    Priority as Priority,
)
from .priority import (
    priority_now as priority_now,
)
from .silence import (
    Silence as Silence,
)
from .silence import (
    find_silence as find_silence,
)
from .surveys import (
    SurveyTrend as SurveyTrend,
)
from .surveys import (
    survey_trend as survey_trend,
)
