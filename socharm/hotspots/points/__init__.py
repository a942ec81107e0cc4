"""Statistics of points."""
