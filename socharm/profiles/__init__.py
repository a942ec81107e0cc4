"""Profiles of places: what partners need to know, the plan they act on, and whether both keep to the guidance."""
