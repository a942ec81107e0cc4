"""Ranks with their uncertainty."""
