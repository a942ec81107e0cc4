"""Packaged tables."""
