from .facts import (
    ProfileFacts as ProfileFacts,
)
from .library import (
    plan_options as plan_options,
)
from .plan import (
    Plan as Plan,
)
from .plan import (
    read_plan as read_plan,
)
from .plan_settings import (
    PlanSettings as PlanSettings,
)
from .principles import (
    PrincipleCheck as PrincipleCheck,
)
from .principles import (
    check_principles as check_principles,
)
from .questions import (
    QuestionCheck as QuestionCheck,
)
from .questions import (
    councillor_questions as councillor_questions,
)
from .seed import (
    seed_plan as seed_plan,
)
from .smallest_change import (
    smallest_fall as smallest_fall,
)
from .states import (
    DocumentState as DocumentState,
)
from .threats import (
    find_threats as find_threats,
)
from .weighing import (
    weigh_offences as weigh_offences,
)
