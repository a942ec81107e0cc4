from .churn import (
    ChurnReceipt as ChurnReceipt,
)
from .churn import (
    churn_receipt as churn_receipt,
)
from .decomposition import (
    decompose as decompose,
)
from .decomposition import (
    decompose_several as decompose_several,
)
from .expected import (
    ExpectedChange as ExpectedChange,
)
from .expected import (
    expected_change as expected_change,
)
