"""Made-up names of the synthetic force: no district or ward of England or Wales bears one of them."""

from __future__ import annotations

from itertools import product
from typing import Final

import numpy as np

__all__ = ["DISTRICT_NAMES", "FORCE_NAME", "FORCE_SLUG", "street_names", "ward_names"]

FORCE_NAME: Final = "Calderwick Police"
FORCE_SLUG: Final = "calderwick"

#: The city comes first; the last district holds the island.
DISTRICT_NAMES: Final = ("Calderwick", "Osmerley", "Thornvale and Hoss", "Wraymarsh", "Saltholme Reach")

_STARTS: Final = (
    "Aldwen,Brackle,Cravel,Dunnick,Elvost,Farrowl,Gorsam,Hexwin,Ivelsh,Jarnock,Kelmoss,Larkend,Mossop,Netherv,"
    "Orrinsh,Pellwar,Quarnd,Rooksal,Stavert,Tarnwel,Ullsom,Venwick,Wexlor,Yarrowsh,Zellen"
)
_ENDS: Final = ("by", "combe", "dell", "ford", "garth", "mere", "stead", "wick")
_STREET_STARTS: Final = (
    "Acre,Barrow,Cinder,Dray,Eldon,Fennel,Glass,Harrow,Ingot,Jetty,Kiln,Linnet,Mast,Nettle,Otter,Plover,Quill,"
    "Rowan,Sable,Teasel,Umber,Vetch,Withy,Yew,Lantern,Hospital,Station,Market,Chapel,Prison"
)
_STREET_ENDS: Final = ("Street", "Road", "Lane", "Close", "Avenue", "Terrace", "Way", "Court", "Grove", "Drive")


def ward_names(n: int, rng: np.random.Generator) -> list[str]:
    """As many distinct ward names as asked for, up to several hundred."""
    pool = [f"{start}{end}" for start, end in product(_STARTS.split(","), _ENDS)]
    pool = [pool[i] for i in rng.permutation(len(pool))]
    pool += [f"{name} {side}" for side in ("North", "South", "East", "West") for name in pool]
    return pool[:n]


def street_names(n: int, rng: np.random.Generator) -> list[str]:
    """Street names, repeated through the force as they are in life (every town has its Station Road)."""
    pool = [f"{start} {end}" for start, end in product(_STREET_STARTS.split(","), _STREET_ENDS)]
    return [pool[i] for i in rng.integers(0, len(pool), n)]
