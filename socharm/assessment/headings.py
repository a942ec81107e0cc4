"""The one dictionary of the workbook's headings: one heading has one meaning, and one meaning has one heading.

A column of a table is found by ``table.column`` where its name means something else than elsewhere, else by its name.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from socharm._words import month_words

__all__ = ["FOR_METHOD", "HEADINGS", "Heading", "heading_of"]


class Heading(NamedTuple):
    """What stands above a column of a sheet, and what it means."""

    text: str
    meaning: str


_MONTH: Final = re.compile(r"\d{4}-\d\d")

#: Column (or table and column), heading, meaning.
_ROWS: Final = (
    # areas
    ("area_code", "Code", "code of the area, as its boundaries have it"),
    ("name", "Area", "name of the area; † where a rate per resident misleads"),
    ("parent", "District", "district of the area"),
    ("force", "Force", "police force of the area"),
    ("reason", "Reason", "why there is no rank or value; empty where there is one"),
    # ranking and index
    ("rank", "Rank", "1 has the most harm: by the mean of the rank over draws; equals share the lower"),
    ("rank_low_90", "90% from", "first rank of the 90% interval of the rank"),
    ("rank_high_90", "90% to", "last rank of the 90% interval of the rank"),
    ("rank_low_95", "95% from", "first rank of the 95% interval of the rank"),
    ("rank_high_95", "95% to", "last rank of the 95% interval of the rank"),
    ("rate_shrunk", "Harm rate", "harm per denominator unit and year, chance allowed for: the rate that is ranked"),
    ("rate", "Harm rate as recorded", "harm per denominator unit and year, as it was recorded"),
    ("rate_se", "Error of the recorded rate", "standard error of the recorded harm rate"),
    ("crimes", "Crimes", "crimes that have a weight"),
    ("harm", "Harm", "sum of the weights of the crimes"),
    ("harm_se", "Error of the harm", "standard error of the harm"),
    ("exposure", "Exposure", "denominator unit times years"),
    ("rank_observed", "Rank as recorded", "rank by the recorded rate alone"),
    ("rank_expected", "Mean rank", "mean of the rank over draws"),
    ("rank_median", "Median rank", "median of the rank over draws"),
    ("mix_low_90", "90% from, other mixes", "first rank of the 90% interval if offence mixes differed more"),
    ("mix_high_90", "90% to, other mixes", "last rank of the 90% interval if offence mixes differed more"),
    ("mix_low_95", "95% from, other mixes", "first rank of the 95% interval if offence mixes differed more"),
    ("mix_high_95", "95% to, other mixes", "last rank of the 95% interval if offence mixes differed more"),
    ("rank_parent", "Rank in the district", "rank among the areas of its district"),
    ("rank_parent_low_90", "90% from, district", "first rank of the 90% interval of the rank in the district"),
    ("rank_parent_high_90", "90% to, district", "last rank of the 90% interval of the rank in the district"),
    ("rank_force", "Rank in the force", "rank among the areas of its force"),
    ("rank_force_low_90", "90% from, force", "first rank of the 90% interval of the rank in the force"),
    ("rank_force_high_90", "90% to, force", "last rank of the 90% interval of the rank in the force"),
    ("top_offence", "Offence with most harm", "offence with most of the harm"),
    ("top_share", "Share of that offence", "share that the offence with most harm has of the harm"),
    ("events_for_half", "Events for half", "fewest events that hold half of the harm"),
    ("relative", "Rate, base 100", "harm rate on a scale where the base is 100"),
    ("rankable", "Ranked", "whether the area is ranked"),
    # the top, sets of ranks
    ("k", "Top", "the top as the recipe asks for it, in areas or in per cent"),
    ("size", "Areas in the top", "how many areas are meant by the top"),
    ("top_classes.k", "Areas in the top", "how many areas are meant by the top"),
    ("probability", "Probability", "probability to be in the top"),
    ("parents.areas", "Areas with a rank", "areas of the district that have a rank"),
    ("top_classes.estimate", "Behind the class", "what a class is made of: a probability or a rate"),
    ("top_classes.rank_low_95", "95% from, area alone", "first rank of the 95% interval of an area by itself"),
    ("top_classes.rank_high_95", "95% to, area alone", "last rank of the 95% interval of an area by itself"),
    ("level", "Confidence", "confidence of the classes"),
    ("class", "Class", "very likely, possibly or very unlikely in the top"),
    ("joint_low", "All at once from", "lowest rank that cannot be ruled out, for all areas at once"),
    ("joint_high", "All at once to", "highest rank that cannot be ruled out, for all areas at once"),
    ("rank_sets.estimate", "Rate behind the set", "rate that the set of ranks is made of"),
    ("se", "Error of that rate", "standard error of the rate that the set of ranks is made of"),
    ("amount", "Amount behind the set", "harm or crimes that the set of ranks is made of"),
    ("rank_sets.events", "Effective events", "how many equally heavy crimes would vary as much as the harm"),
    ("rank_set_low", "Set from", "lowest rank that cannot be ruled out, for the area alone"),
    ("rank_set_high", "Set to", "highest rank that cannot be ruled out, for the area alone"),
    # rows and deliveries
    ("share_covered", "Share covered", "share of the months that the police of the area delivered"),
    ("covered", "Covered", "whether the police of the area delivered the month"),
    ("accounting.kind", "Counted as", "whether each row stands once, or facts that overlap"),
    ("accounting.what", "What became of them", "use or reason of the rows"),
    ("rows", "Rows", "rows that were read"),
    ("losses.kind", "Split by", "offence, period or source"),
    ("losses.what", "Of which", "which offence, month or source"),
    ("used", "Used", "rows that were used"),
    ("date cannot be parsed", "No date", "rows set aside: the date cannot be read"),
    ("no location", "No location", "rows set aside: no location"),
    ("outside all areas", "Outside all areas", "rows set aside: outside all areas"),
    ("area not covered in that month", "Not covered", "rows set aside: area not covered in that month"),
    ("whole-row copy", "Copy of a row", "rows set aside: copy of a whole row"),
    ("repeated id", "Repeated identifier", "rows set aside: repeated identifier"),
    ("lost", "Lost", "rows that are lost rather than set aside on purpose"),
    ("share lost", "Share lost", "share of the rows that is lost"),
    ("share of harm", "Share of harm lost", "share of the harm that the lost rows weigh"),
    ("lost for", "Mostly lost for", "most frequent reason of the lost rows"),
    ("losses.named", "Told on lists", "whether the loss is told on every list"),
    ("deliveries.source", "Source", "file or reporting force"),
    ("deliveries.period", "Month", "month of the rows"),
    ("coverage.period", "Month", "month of the rows"),
    ("deliveries.rows", "Rows sent", "rows that the source sent in the month"),
    ("rows of a usual month", "Rows, usual month", "rows that the source sends in a usual month"),
    ("share of usual", "Share of usual", "rows sent over those of a usual month"),
    ("delivery", "Delivery", "delivered, partly, not delivered, nothing arrived, or too few to judge"),
    # offences and weights
    ("offence", "Offence", "offence or category"),
    ("counted", "Counted", "rows of the offence in all areas, with a weight or without"),
    ("weight", "Weight", "harm of one event, in the unit of the scheme"),
    ("within_variance", "Variance of the weight", "variance of the weight inside a category; 0 of single offences"),
    ("tau", "Spread between places", "standard deviation of the log weight between places; 0 of single offences"),
    ("weights.source", "Source of the weight", "where the weight is from"),
    ("weights.n", "Offences behind it", "recorded offences behind the mean weight of a category"),
    ("combines", "Combines", "parts of a label that covers several categories"),
    ("count_code", "Count code", "Home Office count code"),
    ("severity_code", "Code in the scheme", "code of the offence in the scheme of weights"),
    ("description", "Offence in the scheme", "the offence in the words of the scheme"),
    ("category", "Category", "category that a single offence belongs to"),
    # other choices, few events
    ("factor", "Factor", "choice that can be made otherwise"),
    ("alternative", "Alternative", "another way to make the choice"),
    ("uncertainty_choices.probability", "How often drawn", "how often the alternative was drawn"),
    ("spearman", "Rank correlation", "correlation of its mean ranks with the stated ones"),
    ("top_10_kept", "First ten kept", "share of the stated first ten that stay"),
    ("alternatives", "Alternatives", "how many alternatives a factor has"),
    ("first", "Known alone", "share of the variance of the rank that goes when the factor alone is known"),
    ("total", "All others known", "share of the variance of the rank that stays when all but the factor are known"),
    ("rank_without_1", "Rank without 1 event", "rank when the heaviest event of the area is gone"),
    ("rank_without_2", "Rank without 2 events", "rank when the two heaviest events of the area are gone"),
    ("rank_without_3", "Rank without 3 events", "rank when the three heaviest events of the area are gone"),
    ("heaviest_offence", "Heaviest event", "offence of the heaviest event"),
    ("hangs_on", "Hangs on", "fewest events whose loss moves the area by more than the stated places"),
    ("offences", "Which events", "offences of the events that the rank hangs on, heaviest first"),
    ("flagged", "Hangs on few events", "whether the rank hangs on few events"),
    # composite
    ("score", "Composite score", "score of the composite index; more is worse"),
    ("composite.rank", "Composite rank", "rank by the composite score; 1 is the worst; equals share the lower"),
    ("availability", "Share known", "share of the indicators that the area had before anything was filled"),
    ("missing", "Missing", "indicators without a value in the end"),
    ("imputed", "Filled", "values that were filled"),
    ("priority", "Priority", "whether the score is above the threshold of the recipe"),
    ("indicator", "Indicator key", "key of the indicator in the recipe"),
    ("composite_indicators.label", "Indicator", "name of the indicator or measure as printed"),
    ("indicator_dictionary.name", "Indicator", "name of the indicator or measure as printed"),
    ("domain", "Domain", "domain of the indicator"),
    ("composite_indicators.kind", "Kind", "kind of measure"),
    ("direction", "Direction", "whether more of it is worse"),
    ("status", "Status", "used, lacking, left out, or context"),
    ("weight_stated", "Weight stated", "share of the indicator within its domain, as stated"),
    ("weight_used", "Weight used", "share of the indicator within its domain, as used"),
    ("weight_effective", "Weight in the index", "weight of the indicator in the whole index"),
    ("influence", "Share of variance", "share of the variance of the score that the indicator brings"),
    ("weight_low", "Lowest weight", "lowest weight that a respondent gave"),
    ("weight_high", "Highest weight", "highest weight that a respondent gave"),
    ("correlation", "Correlation", "correlation of the indicator with the score"),
    ("known", "Areas known", "areas with a value of the indicator"),
    ("winsorised", "Brought to a limit", "values that were brought to a limit"),
    ("treatment", "Treatment", "what was done to the skew of the indicator"),
    ("skew_before", "Skew before", "skew before the treatment"),
    ("kurtosis_before", "Kurtosis before", "kurtosis before the treatment"),
    ("skew_after", "Skew after", "skew after the treatment"),
    ("kurtosis_after", "Kurtosis after", "kurtosis after the treatment"),
    ("passes", "Treated enough", "whether the treatment was enough"),
    ("spread", "Tells apart", "whether the indicator tells areas apart"),
    ("composite_indicators.source", "Sent by", "who sent the indicator or measure"),
    ("provider", "Sent by", "who sent the indicator or measure"),
    ("sector", "Sector", "sector of who sent it, such as health or education"),
    # hotspots
    ("hotspots.value", "Value compared", "what is compared with the neighbourhood"),
    ("neighbours", "Neighbours", "covered neighbours"),
    ("statistic", "Statistic", "Gi* or local Moran"),
    ("hotspots.expected", "Statistic by chance", "mean of the statistic under chance"),
    ("variance", "Variance by chance", "variance of the statistic under chance"),
    ("z", "Standard score", "standard score of the statistic, for orientation only"),
    ("p_low", "p low", "p of a statistic at most the observed one"),
    ("p_high", "p high", "p of a statistic at least the observed one"),
    ("p_months_low", "p of months, low", "p of the months of the neighbourhood against those of the force, low"),
    ("p_months_high", "p of months, high", "p of the months of the neighbourhood against those of the force, high"),
    ("p_adjusted_low", "p corrected, low", "the larger of both low ones, corrected for many tests"),
    ("p_adjusted_high", "p corrected, high", "the larger of both high ones, corrected for many tests"),
    ("p", "p", "p of the alternative, not corrected"),
    ("label", "Finding", "what remains of the hot and the cold after correction"),
    ("hot_without_top_event", "Hot without one event", "whether it stays hot without any one event"),
    # deprivation
    ("overlay.harm", "Harm compared", "measure of harm that is set beside deprivation"),
    ("deprivation", "Deprivation", "score of deprivation; higher is more deprived"),
    ("deprivation_rank", "Deprivation rank", "rank of deprivation; 1 is the most deprived"),
    ("deprivation_decile", "Deprivation decile", "tenth of these areas by deprivation; 1 is the most deprived"),
    ("decile", "Deprivation decile", "tenth of these areas by deprivation; 1 is the most deprived"),
    ("class_harm", "Class of harm", "class of harm; the highest has most"),
    ("class_deprivation", "Class of deprivation", "class of deprivation; the highest is the most deprived"),
    ("bivariate", "Both classes", "class of harm and class of deprivation"),
    ("quadrant", "Quadrant", "high or low harm, high or low deprivation"),
    ("centre_flag", "Centre", "whether harm per resident misleads, as in a town centre"),
    ("overlay.expected", "Rate expected", "rate that the deprivation of the area leads one to expect"),
    ("prediction_low_95", "95% of like areas from", "lower end of the 95% prediction interval of the rate"),
    ("prediction_high_95", "95% of like areas to", "upper end of the 95% prediction interval of the rate"),
    ("residual", "Recorded over expected", "recorded rate over the expected one"),
    ("residual_shrunk", "Recorded over expected, chance allowed for", "recorded over expected rate, drawn towards 1"),
    ("outside", "Outside", "above, below or inside the prediction interval"),
    ("overlay_deciles.areas", "Areas in the decile", "areas of the tenth"),
    ("share_exposure", "Share of exposure", "share of all exposure"),
    ("share_harm", "Share of all harm", "share of the harm of all areas"),
    ("share_harm_low_95", "Share of harm, 95% from", "lower end of the 95% interval of the share of harm"),
    ("share_harm_high_95", "Share of harm, 95% to", "upper end of the 95% interval of the share of harm"),
    # concentration
    ("concentration.measure", "Measured by", "crimes or harm"),
    ("question", "Question", "what is asked of the concentration"),
    ("concentration.value", "Answer", "answer to the question"),
    ("low_95", "95% lower end", "lower end of the 95% interval of the value beside it"),
    ("high_95", "95% upper end", "upper end of the 95% interval of the value beside it"),
    ("location_quotients.n", "Crimes of the offence", "crimes of the offence in the area"),
    ("quotient", "Location quotient", "share of the offence in the area over its share in all areas"),
    # partners
    ("measure", "Measure key", "key of the measure"),
    ("value", "Value", "value of the measure as sent"),
    ("period", "Period of the measure", "period that the measure speaks of"),
    ("file", "File", "number of the file of the partner"),
    ("unit", "Unit", "unit of the measure"),
    ("denominator", "Divided by", "what the measure is divided by"),
    ("licence", "Licence", "licence of the measure"),
    ("sharing_basis", "Basis of sharing", "on what basis the measure is shared"),
    ("marking", "Marking", "marking of the measure"),
    ("police_driven", "Follows police work", "whether the measure follows what police do"),
    ("column", "Column of the file", "column of the file that holds the measure"),
    ("indicator_dictionary.label", "Name by the partner", "name of the measure as the partner writes it"),
    # squares and clusters
    ("micro_places.place", "Square", "number of the square in its area; 1 has the most harm"),
    ("easting", "Easting", "centre of the square in metres east"),
    ("northing", "Northing", "centre of the square in metres north"),
    ("events", "Events", "events that were counted"),
    ("share", "Share of the area", "share of the located harm of the area"),
    ("cumulative_share", "Share so far", "share of the square and of those before"),
    ("clusters.rank", "Cluster", "number of the cluster; 1 has the most harm"),
    ("places", "Places", "places in the cluster"),
    ("area_km2", "Square kilometres", "size in square kilometres"),
    ("harm_per_km2", "Harm per km\N{SUPERSCRIPT TWO}", "harm per square kilometre"),
    ("stability", "Stability", "how alike the cluster is over resamples; 1 is the same every time"),
)  # fmt: skip

_METHOD: Final = """
    rank_observed rank_expected rank_median rank_low_95 rank_high_95 mix_low_90 mix_high_90 mix_low_95 mix_high_95
    rank_force rank_force_low_90 rank_force_high_90 harm_se rate_se relative within_variance tau count_code
    severity_code description variance z p_low p_high p_months_low p_months_high p_adjusted_low p_adjusted_high
    skew_before kurtosis_before skew_after kurtosis_after se amount
"""
#: Columns that say how a number was made, for those who check a method: folded in every sheet.
FOR_METHOD: Final = frozenset(_METHOD.split())
HEADINGS: Final = {key: Heading(text, meaning) for key, text, meaning in _ROWS}


def heading_of(column: str, *, table: str, meaning: str = "") -> Heading:
    """What stands above a column of a table.

    Parameters
    ----------
    column, table : str
    meaning : str
        Of a column that is not in the dictionary, as those whose names come from the recipe: it keeps its name in
        plain words.

    Examples
    --------
    >>> heading_of("rank_low_90", table="ranking").text, heading_of("rank", table="clusters").text
    ('90% from', 'Cluster')
    >>> heading_of("2014-06", table="coverage").text, heading_of("fuel_poverty", table="indicators").text
    ('June 2014', 'Fuel poverty')
    """
    found = HEADINGS.get(f"{table}.{column}") or HEADINGS.get(column)
    if found is not None:
        return found
    if _MONTH.fullmatch(column):
        return Heading(month_words(column), "whether the police of the area delivered the month")
    words = column.replace("_", " ").strip()
    return Heading(words[:1].upper() + words[1:], meaning)
