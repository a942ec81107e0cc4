"""Reading: boundaries, incidents, weights, populations, lookups, indicators, the sample."""
