"""Packaged facts of the guidance: options for plans, agencies, questions, and the paragraphs they come from."""
