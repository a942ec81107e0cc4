"""The template of profiles."""
