"""Statistics of areas and their neighbours."""
