"""How well a ranking does by months that it has not seen, and whether what was done at a site worked.

- Hold-out: `validate_ranking`, `RankingValidation`
- Hot spot methods side by side: `compare_hotspots`, `HotspotComparison`
- Area by month by offence, for every method below and for other tools: `panel`, `Panel`
- Areas to compare a site with: `find_donors`, `Donors`
- Two numbers an area: `weighted_displacement_difference`, `WeightedDisplacementDifference`,
  `weighted_displacement_quotient`, `WeightedDisplacementQuotient`, `pool_displacement_differences`, `PooledSites`
- Areas by months: `difference_in_differences`, `DifferenceInDifferences`, `event_study`, `EventStudy`; rows of a table:
  `difference_of_rows`, `RowDifference`
- Starts at different times: `staggered_effects`, `StaggeredEffects`; a dose by area and time: `dose_effect`,
  `DoseEffect`
- Clear, Hold, Build and other phases: `phase_effects`, `PhaseEffects`
- Patrol days and control days at the same places: `crossover_effect`, `CrossoverEffect`
- One series: `interrupted_time_series`, `InterruptedTimeSeries`
- A site beside a mixture of donors: `synthetic_control`, `SyntheticControl`
- Beside donors that ran in parallel: `synthetic_did`, `SyntheticDid`
- A site of many small areas: `calibrated_control`, `CalibratedControl`, by the weights of `calibration_weights`,
  `CalibrationWeights`
- Sites where nothing was done, as a measure of chance: `placebo_sites`, `PlaceboSites`, `placebo_test`, `PlaceboTest`
- Could a fall be seen at all: `minimum_detectable_change`, `MinimumDetectableChange`
- What selection alone explains of a fall: `selection_guard`, `SelectionGuard`
- Placebo sites for a site that was chosen for being worst: `guarded_test`, `GuardedTest`
- Did it move next door: `spillover_rings`, `SpilloverRings`
- The analysis written down, hashed and dated beforehand: `register_protocol`, `read_protocol`, `Protocol`
- All of a protocol at once, with the verdict that its placebo sites bear: `evaluate`, `Evaluation`
- What each crime, and each unit of harm, that was avoided cost: `cost_per_harm`, `CostPerHarm`
"""

from socharm._packages import attach_names

__getattr__, __dir__, __all__ = attach_names(__name__, __file__)
