from .index import (
    SeverityIndex as SeverityIndex,
)
from .index import (
    severity_index as severity_index,
)
from .model import (
    RateModel as RateModel,
)
from .points import (
    HarmPoints as HarmPoints,
)
from .points import (
    harm_points as harm_points,
)
from .standardised import (
    standardised_rates as standardised_rates,
)
