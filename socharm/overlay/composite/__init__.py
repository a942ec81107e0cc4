"""Composite indices: many indicators to one score per area, by a recipe that can be read and replayed."""
