"""The one dictionary of the workbook's headings: one heading has one meaning, and one meaning has one heading.

A column of a table is found by ``table.column`` where its name means something else than elsewhere, else by its name.
What it means stands with the column, where its table is declared.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from socharm._words import month_words
from socharm.assessment.hotspot_headings import HOTSPOT_HEADINGS

__all__ = ["FOR_METHOD", "HEADINGS", "MADE", "Heading", "heading_of"]


class Heading(NamedTuple):
    """What stands above a column of a sheet, and what it means."""

    text: str
    meaning: str


_MONTH: Final = re.compile(r"\d{4}-\d\d")

#: Column (or table and column), heading.
_ROWS: Final = (
    # areas
    ("area_code", "Code"),
    ("parent", "District"),
    ("force", "Force"),
    ("reason", "Reason"),
    # ranking and index
    ("rank", "Rank"),
    ("rank_low_90", "90% from"),
    ("rank_high_90", "90% to"),
    ("rank_low_95", "95% from"),
    ("rank_high_95", "95% to"),
    ("rate_shrunk", "Harm rate"),
    ("rate", "Harm rate as recorded"),
    ("rate_se", "Error of the recorded rate"),
    ("crimes", "Crimes"),
    ("harm", "Harm"),
    ("harm_se", "Error of the harm"),
    ("exposure", "Exposure"),
    ("rank_observed", "Rank as recorded"),
    ("rank_expected", "Mean rank"),
    ("rank_median", "Median rank"),
    ("mix_low_90", "90% from, other mixes"),
    ("mix_high_90", "90% to, other mixes"),
    ("mix_low_95", "95% from, other mixes"),
    ("mix_high_95", "95% to, other mixes"),
    ("rank_parent", "Rank in the district"),
    ("rank_parent_low_90", "90% from, district"),
    ("rank_parent_high_90", "90% to, district"),
    ("rank_force", "Rank in the force"),
    ("rank_force_low_90", "90% from, force"),
    ("rank_force_high_90", "90% to, force"),
    ("top_offence", "Offence with most harm"),
    ("top_share", "Share of that offence"),
    ("events_for_half", "Fewest crimes with half of the harm"),
    ("relative", "Harm rate, with the base as 100"),
    ("rankable", "Ranked"),
    # the top, sets of ranks
    ("k", "Top"),
    ("size", "Areas in the top"),
    ("top_classes.k", "Areas in the top"),
    ("probability", "Probability"),
    ("parents.areas", "Areas with a rank"),
    ("top_classes.estimate", "Probability or rate of the class"),
    ("top_classes.rank_low_95", "95% from, area alone"),
    ("top_classes.rank_high_95", "95% to, area alone"),
    ("level", "Confidence"),
    ("class", "Class"),
    ("joint_low", "All at once from"),
    ("joint_high", "All at once to"),
    ("rank_sets.estimate", "Rate behind the set"),
    ("se", "Error of that rate"),
    ("amount", "Amount behind the set"),
    ("rank_sets.events", "Effective events"),
    ("rank_set_low", "Set from"),
    ("rank_set_high", "Set to"),
    # rows and deliveries
    ("covered", "Covered"),
    ("rows", "Rows"),
    ("losses.kind", "Split by"),
    ("losses.what", "Of which"),
    ("used", "Used"),
    ("lost", "Lost"),
    ("losses.named", "Told on lists"),
    ("deliveries.source", "Source"),
    ("deliveries.period", "Month"),
    ("coverage.period", "Month"),
    ("deliveries.rows", "Rows sent"),
    ("lacking_rows.period", "Month"),
    ("lacking_rows.n", "Crimes of the month"),
    ("lacking_rows.expected", "Crimes to be expected"),
    ("delivery", "Delivery"),
    # offences and weights
    ("offence", "Offence"),
    ("weight", "Weight"),
    ("within_variance", "Variance of the weight"),
    ("tau", "Spread between places"),
    ("weights.source", "Source of the weight"),
    ("weights.n", "Offences behind it"),
    ("combines", "Combines"),
    ("count_code", "Count code"),
    ("severity_code", "Code in the scheme"),
    ("description", "Offence in the scheme"),
    ("category", "Category"),
    # other choices, few events
    ("factor", "Factor"),
    ("alternative", "Alternative"),
    ("uncertainty_choices.probability", "How often drawn"),
    ("spearman", "Rank correlation"),
    ("top_10_kept", "First ten kept"),
    ("alternatives", "Alternatives"),
    ("first", "Known alone"),
    ("total", "All others known"),
    ("rank_without_1", "Rank without 1 event"),
    ("rank_without_2", "Rank without 2 events"),
    ("rank_without_3", "Rank without 3 events"),
    ("heaviest_offence", "Heaviest event"),
    ("hangs_on", "Hangs on"),
    ("offences", "Which events"),
    ("flagged", "Hangs on few events"),
    # composite
    ("score", "Composite score"),
    ("composite.rank", "Composite rank"),
    ("availability", "Share known"),
    ("missing", "Missing"),
    ("imputed", "Filled"),
    ("priority", "Priority"),
    ("composite_indicators.label", "Indicator"),
    ("indicator_dictionary.name", "Indicator"),
    ("indicator_agreement.name", "Indicator"),
    ("indicator_agreement.areas", "Areas with both"),
    ("indicator_agreement.estimate", "Rank agreement with harm"),
    ("independent_areas", "Areas as good as independent"),
    ("both", "Areas worst of both"),
    ("both_by_chance", "Worst of both by chance"),
    ("indicator_agreement.says", "Agreement in words"),
    ("domain", "Domain"),
    ("composite_indicators.kind", "Kind"),
    ("direction", "Direction"),
    ("status", "Status"),
    ("weight_stated", "Weight stated"),
    ("weight_used", "Weight used"),
    ("weight_effective", "Weight in the index"),
    ("influence", "Share of variance"),
    ("weight_low", "Lowest weight"),
    ("weight_high", "Highest weight"),
    ("correlation", "Correlation"),
    ("known", "Areas known"),
    ("winsorised", "Brought to a limit"),
    ("treatment", "Treatment"),
    ("skew_before", "Skew before"),
    ("kurtosis_before", "Kurtosis before"),
    ("skew_after", "Skew after"),
    ("kurtosis_after", "Kurtosis after"),
    ("passes", "Treated enough"),
    ("spread", "Tells apart"),
    ("composite_indicators.source", "Sent by"),
    ("provider", "Sent by"),
    ("sector", "Sector"),
    # hotspots
    ("hotspots.value", "Value compared"),
    ("neighbours", "Neighbours"),
    ("statistic", "Statistic"),
    ("hotspots.expected", "Statistic by chance"),
    ("variance", "Variance by chance"),
    ("z", "Standard score"),
    ("p_low", "p low"),
    ("p_high", "p high"),
    ("p_months_low", "p of months, low"),
    ("p_months_high", "p of months, high"),
    ("p_adjusted_low", "p corrected, low"),
    ("p_adjusted_high", "p corrected, high"),
    ("p", "p"),
    ("label", "Finding"),
    ("hot_without_top_event", "Hot without one event"),
    # deprivation
    ("overlay.harm", "Harm compared"),
    ("deprivation", "Deprivation"),
    ("deprivation_rank", "Deprivation rank"),
    ("deprivation_decile", "Deprivation decile"),
    ("class_harm", "Class of harm"),
    ("class_deprivation", "Class of deprivation"),
    ("bivariate", "Both classes"),
    ("quadrant", "Quadrant"),
    ("centre_flag", "Centre"),
    ("overlay.expected", "Rate expected"),
    ("prediction_low_95", "95% of like areas from"),
    ("prediction_high_95", "95% of like areas to"),
    ("residual", "Recorded over expected"),
    ("residual_shrunk", "Recorded over expected, chance allowed for"),
    ("outside", "Outside"),
    ("overlay_deciles.areas", "Areas in the decile"),
    ("share_exposure", "Share of exposure"),
    ("share_harm", "Share of all harm"),
    ("share_harm_low_95", "Share of harm, 95% from"),
    ("share_harm_high_95", "Share of harm, 95% to"),
    # signals, priorities, areas to ask about
    ("now", "Priority now"),
    ("also", "Also"),
    ("why", "Why"),
    ("signals.direction", "Rise or fall"),
    ("signalled", "Signalled in"),
    ("since", "Since"),
    ("chart", "Chart"),
    ("active", "Lasts"),
    ("delay", "Months to find a rise"),
    ("found_year", "Rise found within a year"),
    ("signals.size", "Recorded over expected since then"),
    ("size_low_95", "95% from, since then"),
    ("size_high_95", "95% to, since then"),
    ("signals.events", "Effective events before"),
    ("last_ratio", "Last month over expected"),
    ("last_p", "p of the last month"),
    ("signals.says", "Signal in words"),
    ("ask", "Ask"),
    ("grounds", "Grounds"),
    ("silence.expected", "Crimes of areas like it"),
    ("change_points.period", "First month of the new level"),
    ("change_points.ratio", "New level over the one before"),
    ("change_points.low_95", "New level, 95% from"),
    ("change_points.high_95", "New level, 95% to"),
    ("silence.low_95", "Crimes of areas like it, 95% from"),
    ("silence.high_95", "Crimes of areas like it, 95% to"),
    ("ratio", "Crimes over those of areas like it"),
    ("silence.p", "p of so few crimes"),
    ("q", "p of so few crimes, corrected"),
    ("silence.says", "Question in words"),
    # concentration
    ("concentration.measure", "Measured by"),
    ("question", "Question"),
    ("concentration.value", "Answer"),
    ("low_95", "95% lower end"),
    ("high_95", "95% upper end"),
    ("location_quotients.n", "Crimes of the offence"),
    ("quotient", "Location quotient"),
    # partners
    ("measure", "Measure key"),
    ("value", "Value"),
    ("period", "Period of the measure"),
    ("file", "File"),
    ("unit", "Unit"),
    ("denominator", "Divided by"),
    ("licence", "Licence"),
    ("sharing_basis", "Basis of sharing"),
    ("marking", "Marking"),
    ("police_driven", "Follows police work"),
    ("column", "Column of the file"),
    ("indicator_dictionary.label", "Name by the partner"),
    # squares and clusters
    ("micro_places.place", "Square"),
    ("easting", "Easting"),
    ("northing", "Northing"),
    ("where", "Where"),
    ("events", "Events"),
    ("share", "Share of the area"),
    ("cumulative_share", "Share so far"),
    ("places", "Places"),
    ("area_km2", "Square kilometres"),
    ("harm_per_km2", "Harm per km\N{SUPERSCRIPT TWO}"),
    ("stability", "Stability"),
    # places within an area
    ("drill_down.of_area", "Code of the area"),
    ("drill_down.where", "Area of the place"),
    ("drill_down.unit", "Kind of place"),
    ("drill_down.place", "Number of the place"),
    ("drill_down.code", "Grid reference or code"),
    ("kind_of_place", "Stands for a kind"),
    ("drill_down.easting", "Easting of the place"),
    ("drill_down.northing", "Northing of the place"),
    ("drill_down.cumulative_share", "Located share so far"),
    ("needed_for", "Needed for"),
    # what was tried
    ("evaluation", "Evaluation"),
    ("evaluations.site", "Site"),
    ("evaluations.start", "Tried from"),
    ("outcome", "Outcome"),
    ("evaluations.first", "First month of its data"),
    ("evaluations.last", "Last month of its data"),
    ("evaluations.change", "Change relative to comparison areas"),
    ("evaluations.low", "That change, 95% from"),
    ("evaluations.high", "That change, 95% to"),
    ("evaluations.verdict", "Verdict of the evaluation"),
    ("as_extreme", "Placebo sites as far"),
    ("placebos", "Placebo sites"),
    ("registered", "Registered"),
    ("evaluations.snapshot", "Made on"),
    ("evaluations.marking", "Marking of the evaluation"),
    ("evaluations.internal", "Internal"),
    ("said_verdict", "Verdict in words"),
    ("said_methods", "Other methods"),
    ("said_selection", "Choice of the site"),
    ("said_detectable", "What could be seen"),
    ("said_donors", "Choice of donors"),
    ("said_next_door", "Next door"),
    ("said_starts", "Later starts"),
    ("said_other_outcomes", "Other outcomes"),
    ("said_subgroups", "Subgroups"),
    ("said_registration", "Registration"),
    *HOTSPOT_HEADINGS,
)  # fmt: skip
#: Columns that the workbook or the view of a sheet makes, and that no table declares: with their meaning.
_MADE: Final = (
    ("name", "Area", "name of the area; † where a rate per resident misleads"),
    ("place_name", "Name of the place", "what people call it"),
    ("share_covered", "Share covered", "share of the months that the police of the area delivered"),
    ("accounting.kind", "Counted as", "whether each row stands once, or facts that overlap"),
    ("accounting.what", "What became of them", "use or reason of the rows"),
    ("date cannot be parsed", "No date", "rows set aside: the date cannot be read"),
    ("no location", "No location", "rows set aside: no location"),
    ("outside all areas", "Outside all areas", "rows set aside: outside all areas"),
    ("area not covered in that month", "Not covered", "rows set aside: area not covered in that month"),
    ("whole-row copy", "Copy of a row", "rows set aside: copy of a whole row"),
    ("repeated id", "Repeated identifier", "rows set aside: repeated identifier"),
    ("share lost", "Share lost", "share of the rows that is lost"),
    ("share of harm", "Share of harm lost", "share of the harm that the lost rows weigh"),
    ("lost for", "Mostly lost for", "most frequent reason of the lost rows"),
    ("rows of a usual month", "Rows, usual month", "rows that the source sends in a usual month"),
    ("share of usual", "Share of usual", "rows sent over those of a usual month"),
    ("counted", "Counted", "rows of the offence in all areas, with a weight or without"),
    ("printed", "Indicator", "name of the indicator or measure as printed"),
    ("indicator", "Indicator key", "key of the indicator in the recipe"),
    ("decile", "Deprivation decile", "tenth of these areas by deprivation; 1 is the most deprived"),
    ("clusters.rank", "Cluster", "number of the cluster; 1 has the most harm"),
)  # fmt: skip

_METHOD: Final = """
    rank_observed rank_expected rank_median rank_low_95 rank_high_95 mix_low_90 mix_high_90 mix_low_95 mix_high_95
    rank_force rank_force_low_90 rank_force_high_90 harm_se rate_se relative within_variance tau count_code
    severity_code description variance z p_low p_high p_months_low p_months_high p_adjusted_low p_adjusted_high
    skew_before kurtosis_before skew_after kurtosis_after se amount
"""
#: Columns that say how a number was made, for those who check a method: folded in every sheet.
FOR_METHOD: Final = frozenset(_METHOD.split())
HEADINGS: Final = dict(_ROWS)
MADE: Final = {key: Heading(text, meaning) for key, text, meaning in _MADE}


def heading_of(column: str, *, table: str, meaning: str = "") -> Heading:
    """What stands above a column of a table.

    Parameters
    ----------
    column, table : str
    meaning : str
        As its table declares it. A column that is not in the dictionary, as those whose names come from the recipe,
        keeps its name in plain words.

    Examples
    --------
    >>> heading_of("rank_low_90", table="ranking").text, heading_of("rank", table="clusters").text
    ('90% from', 'Cluster')
    >>> heading_of("2014-06", table="coverage").text, heading_of("fuel_poverty", table="indicators").text
    ('June 2014', 'Fuel poverty')
    """
    for key in (f"{table}.{column}", column):
        if key in MADE:
            return MADE[key]
        if key in HEADINGS:
            return Heading(HEADINGS[key], meaning)
    if _MONTH.fullmatch(column):
        return Heading(month_words(column), "whether the police of the area delivered the month")
    words = column.replace("_", " ").strip()
    return Heading(words[:1].upper() + words[1:], meaning)
