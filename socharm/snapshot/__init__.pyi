from .tables import (
    AssessmentTables as AssessmentTables,
)
