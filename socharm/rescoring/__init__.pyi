from .decomposition import (
    decompose as decompose,
)
from .decomposition import (
    decompose_several as decompose_several,
)
