"""One page that holds the maps of an assessment."""
