from .assessment import (
    Assessment as Assessment,
)
from .tables import (
    AssessmentTables as AssessmentTables,
)
from .verification import (
    Verification as Verification,
)
from .verification import (
    verify_assessment as verify_assessment,
)
