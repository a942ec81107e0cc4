"""Command line of socharm."""
