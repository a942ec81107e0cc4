from .annotations import (
    Annotation as Annotation,
)
from .churn import (
    ChurnReceipt as ChurnReceipt,
)
from .churn import (
    churn_receipt as churn_receipt,
)
from .comparing import (
    compare as compare,
)
from .comparison import (
    Comparison as Comparison,
)
from .decomposition import (
    decompose as decompose,
)
from .decomposition import (
    decompose_several as decompose_several,
)
from .delivery_calendar import (
    DeliveryCalendar as DeliveryCalendar,
)
from .delivery_calendar import (
    delivery_calendar as delivery_calendar,
)
from .expected import (
    ExpectedChange as ExpectedChange,
)
from .expected import (
    expected_change as expected_change,
)
from .matching import (
    AreaMatch as AreaMatch,
)
from .matching import (
    match_areas as match_areas,
)
from .membership import (
    members_in as members_in,
)
from .membership import (
    read_membership as read_membership,
)
from .mobility import (
    RankMobility as RankMobility,
)
from .mobility import (
    rank_mobility as rank_mobility,
)
from .revisions import (
    Revisions as Revisions,
)
from .several import (
    SeveralComparison as SeveralComparison,
)
from .several import (
    compare_several as compare_several,
)
from .store import (
    Store as Store,
)
from .store import (
    open_store as open_store,
)
from .writing import (
    write_comparison as write_comparison,
)
