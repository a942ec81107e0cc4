from .load import (
    Sample as Sample,
)
from .load import (
    load_sample as load_sample,
)
