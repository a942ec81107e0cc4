from .areas import (
    Areas as Areas,
)
from .best_fit import (
    best_fit_lookup as best_fit_lookup,
)
from .boundaries import (
    read_boundaries as read_boundaries,
)
from .deprivation import (
    read_deprivation as read_deprivation,
)
from .deprivation_record import (
    Deprivation as Deprivation,
)
from .incidents.count import (
    count_incidents as count_incidents,
)
from .incidents.known_gaps import (
    known_gaps as known_gaps,
)
from .incidents.locate import (
    LocatedIncidents as LocatedIncidents,
)
from .incidents.locate import (
    locate_incidents as locate_incidents,
)
from .incidents.reading import (
    read_incidents as read_incidents,
)
from .incidents.records import (
    Counts as Counts,
)
from .incidents.records import (
    Incidents as Incidents,
)
from .incidents.tables import (
    counts_from_table as counts_from_table,
)
from .indicator_record import (
    Indicators as Indicators,
)
from .indicators import (
    read_indicators as read_indicators,
)
from .interpolate import (
    interpolate as interpolate,
)
from .lookups import (
    Lookup as Lookup,
)
from .lookups import (
    read_lookup as read_lookup,
)
from .offence_counts import (
    OffenceCounts as OffenceCounts,
)
from .offence_counts import (
    read_offence_counts as read_offence_counts,
)
from .official import (
    read_official as read_official,
)
from .population import (
    Population as Population,
)
from .population import (
    no_denominator as no_denominator,
)
from .population import (
    read_population as read_population,
)
from .rolling import (
    roll_up as roll_up,
)
from .sources import (
    sources as sources,
)
from .units.grid import (
    grid as grid,
)
from .units.segments import (
    segments as segments,
)
from .weight_scheme import (
    WeightScheme as WeightScheme,
)
from .weights import (
    load_weights as load_weights,
)
from .weights import (
    read_weights as read_weights,
)
