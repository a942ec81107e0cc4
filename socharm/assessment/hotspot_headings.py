"""Headings of the sheets of scans, emerging hot spots, near repeats and times; `headings` has the others."""

from __future__ import annotations

from typing import Final

__all__ = ["HOTSPOT_HEADINGS"]

#: Column (or table and column), heading.
HOTSPOT_HEADINGS: Final = (
    # clusters in space and time
    ("scan_clusters.centre", "Area in the middle"),
    ("scan_clusters.x", "Middle, metres east"),
    ("scan_clusters.y", "Middle, metres north"),
    ("radius", "Radius, metres"),
    ("elongation", "Elongation"),
    ("angle", "Angle, degrees"),
    ("locations", "Areas in it"),
    ("scan_clusters.first", "First month"),
    ("scan_clusters.last", "Last month"),
    ("scan_clusters.periods", "Months"),
    ("scan_clusters.events", "Events in it"),
    ("scan_clusters.population", "Persons"),
    ("observed", "Observed"),
    ("scan_clusters.expected", "Expected by the model"),
    ("scan_clusters.ratio", "Observed over expected"),
    ("relative_risk", "Relative risk"),
    ("llr", "Log likelihood ratio"),
    ("scan_clusters.statistic", "Log likelihood ratio, less for long ones"),
    ("scan_clusters.p", "p of the cluster"),
    ("p_gumbel", "p by Gumbel"),
    # what hot areas do over the months
    ("pattern", "Pattern"),
    ("by_definition", "Pattern by definition"),
    ("emerging.periods", "Periods tested"),
    ("hot", "Periods hot"),
    ("cold", "Periods cold"),
    ("emerging.last", "Last period"),
    ("run", "Periods as the last"),
    ("z_last", "z of the last period"),
    ("p_beyond_low", "p below all areas"),
    ("p_beyond_high", "p above all areas"),
    ("trend_s", "Kendall's S"),
    ("trend_z", "z of the trend"),
    ("trend_p", "p of the trend"),
    ("trend_p_adjusted", "p of the trend, corrected"),
    ("slope", "Sen's slope"),
    ("slope_low", "Slope, 95% from"),
    ("slope_high", "Slope, 95% to"),
    # pairs of crimes near each other
    ("distance_from", "Metres from"),
    ("distance_to", "Metres to"),
    ("days_from", "Days from"),
    ("days_to", "Days to"),
    ("near_repeats.significant", "Beyond chance"),
    ("near_repeat", "Near repeat"),
    ("near_repeats.ratio", "Observed over expected"),
    ("pairs", "Pairs"),
    ("near_repeats.expected", "Pairs expected"),
    ("near_repeats.median", "Median of permutations"),
    ("near_repeats.low_95", "95% of permutations from"),
    ("near_repeats.high_95", "95% of permutations to"),
    ("ratio_median", "Observed over median"),
    ("expected_product", "Pairs by the margins"),
    ("near_repeats.p", "p of so many pairs"),
    ("p_less", "p of so few pairs"),
    ("near_repeats.p_adjusted", "p of so many pairs, corrected"),
    ("p_poisson", "Poisson p of more"),
    ("p_poisson_at_least", "Poisson p of as many"),
    # areas in other units
    ("scale_ladder.hot", "Hot as an area"),
    ("scale_ladder.stability", "Stability over units"),
    ("rungs_hot", "Units it is hot in"),
    ("rungs", "Units tried"),
    # further local statistics
    ("local_rates.value", "Comparable rate of crimes"),
    ("local_deprivation.value", "Harm here"),
    ("second", "Deprivation here"),
    *(
        (f"{table}.{column}", text)
        for table in ("local_rates", "local_deprivation")
        for column, text in (
            ("label", "Here and round it"),
            ("statistic", "Local Moran"),
            ("expected", "Statistic by chance"),
            ("p_adjusted_low", "p low, corrected"),
            ("p_adjusted_high", "p high, corrected"),
        )
    ),
    # hours of the week
    ("hours.group", "Group of events"),
    ("weekday", "Weekday"),
    ("hour", "Hour from"),
    ("hours.label", "More or fewer in the hour"),
    ("hours.ratio", "Over hours alike"),
    ("hours.ratio_low", "Over hours alike, interval from"),
    ("hours.ratio_high", "Over hours alike, interval to"),
    ("hours.events", "Events in the hour"),
    ("hours.share", "Share of the group"),
    ("hours.expected", "Events were all alike"),
    ("hours.p", "p of the hour"),
    ("hours.p_adjusted", "p of the hour, corrected"),
    # months of the year
    ("season.group", "Group of offences"),
    ("season.month", "Month of the year"),
    ("years", "Years"),
    ("season.days", "Days"),
    ("season.label", "More or fewer"),
    ("season.ratio", "Over an even year"),
    ("ratio_low", "Over an even year, interval from"),
    ("ratio_high", "Over an even year, interval to"),
    ("season.events", "Crimes of the month of the year"),
    ("per_day", "Crimes a day"),
    ("season.expected", "Crimes of an even year"),
    ("season.dispersion", "Dispersion"),
    ("season.p", "p of the month"),
    ("season.p_adjusted", "p of the month, corrected"),
)  # fmt: skip
