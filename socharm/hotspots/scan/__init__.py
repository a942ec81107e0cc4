"""Scan statistics: the circle, the ellipse or the cylinder that holds more cases than chance explains."""
