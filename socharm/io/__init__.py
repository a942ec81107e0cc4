"""Reading: boundaries, recorded crime, weights, populations, partners' measures, deprivation and lookups.

- Areas: `read_boundaries`, `Areas`; below the ward `grid` and `segments`
- Recorded crime: `read_incidents`, `Incidents`, `locate_incidents`, `LocatedIncidents`, `count_incidents`,
  `counts_from_table`, `Counts`, `known_gaps`
- Weights of offences: `load_weights`, `read_weights`, `WeightScheme`, `read_offence_counts`, `OffenceCounts`
- Denominators: `read_population`, `no_denominator`, `Population`
- Deprivation and partners' measures: `read_deprivation`, `Deprivation`, `read_indicators`, `Indicators`
- Official tables by the name of their source: `sources`, `read_official`
- From one kind of area to another: `read_lookup`, `best_fit_lookup`, `Lookup`, `roll_up`, `interpolate`
"""

from socharm._packages import attach_names

__getattr__, __dir__, __all__ = attach_names(__name__, __file__)
