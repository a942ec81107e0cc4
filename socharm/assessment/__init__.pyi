from .changes import (
    lower_snapshot as lower_snapshot,
)
from .check import (
    Check as Check,
)
from .check import (
    check_assessment as check_assessment,
)
from .many_runs import (
    ManyRuns as ManyRuns,
)
from .many_runs import (
    run_many as run_many,
)
from .open_snapshot import (
    open_assessment as open_assessment,
)
from .powerbi import (
    export_powerbi as export_powerbi,
)
from .published import (
    published_form as published_form,
)
from .release import (
    publish_snapshot as publish_snapshot,
)
from .rescore import (
    Rescored as Rescored,
)
from .rescore import (
    rescore as rescore,
)
from .run import (
    run_assessment as run_assessment,
)
from .signing import (
    sign_store as sign_store,
)
