"""Invented places to try everything on."""
