"""Incidents: reading them lazily and counting them with every row accounted for."""
