"""Colours of what an area is called, on maps and dashboards alike."""

from __future__ import annotations

from typing import Final

from socharm.hotspots.areas.local_record import AROUND

__all__ = ["HOTSPOT_COLOURS", "TOP_COLOURS"]

#: Red and blue of equal weight, which every kind of colour-blindness keeps apart; outliers have lighter shades of them.
HOTSPOT_COLOURS: Final = {
    "hot": "#b2182b",
    "cold": "#2166ac",
    AROUND["hot"]: "#b2182b",
    AROUND["cold"]: "#2166ac",
    "high-high": "#b2182b",
    "low-low": "#2166ac",
    "high-low": "#f4a582",
    "low-high": "#92c5de",
    "together": "#b2182b",
    "marked": "#f4a582",
    "different": "#e6a700",
    "alike": "#a9a4d0",
    "uneven": "#b35806",
    "even": "#998ec3",
    "not marked": "#f2f2f2",
    "not significant": "#f2f2f2",
}

#: Dark, middle and light of one hue, so that a grey print keeps the order; no rank is hatched.
TOP_COLOURS: Final = {
    "for sure": "#5c1035",
    "very likely": "#5c1035",
    "possibly": "#f49a53",
    "very unlikely": "#f5f2ee",
    "not": "#f5f2ee",
}
