"""Hot spot methods that work on files, by the names that the command line has for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from socharm._columns import AREA
from socharm._settings import Settings
from socharm.assessment import hotspot_runs as runs
from socharm.assessment.hotspot_method import HotspotMethod
from socharm.hotspots.areas.change_significance import ChangeSettings
from socharm.hotspots.areas.emerging_record import EmergingSettings
from socharm.hotspots.areas.local_record import GiSettings, LocalSettings
from socharm.hotspots.areas.pattern_classes import ClassesSettings
from socharm.hotspots.areas.pattern_similarity import SimilaritySettings
from socharm.hotspots.areas.scale_ladder import ScaleLadderSettings
from socharm.hotspots.points.clusters import ClusterSettings
from socharm.hotspots.points.drill_down import DrillDownSettings
from socharm.hotspots.points.heat_record import DensitySettings
from socharm.hotspots.points.knox_record import KnoxSettings
from socharm.hotspots.points.near_repeat_chains import ChainSettings
from socharm.hotspots.points.nearest_clusters import NearestClusterSettings
from socharm.hotspots.points.space_time_clusters import SpaceTimeClusterSettings
from socharm.hotspots.scan.settings import ScanSettings, SpaceTimeScanSettings
from socharm.hotspots.times.hour_record import HourSettings
from socharm.hotspots.times.seasons import SeasonSettings

__all__ = ["CHOICES", "HOTSPOT_METHODS"]

_PLACE: Final = ("x", "y")
#: The record of settings that each method takes by --set.
CHOICES: Final[Mapping[str, type[Settings]]] = {
    "gi-star": GiSettings,
    "local-moran": LocalSettings,
    "emerging": EmergingSettings,
    "scan": ScanSettings,
    "scan-space-time": SpaceTimeScanSettings,
    "density": DensitySettings,
    "clusters": ClusterSettings,
    "nearest-clusters": NearestClusterSettings,
    "knox": KnoxSettings,
    "near-repeat-chains": ChainSettings,
    "space-time-clusters": SpaceTimeClusterSettings,
    "change": ChangeSettings,
    "similarity": SimilaritySettings,
    "courses": ClassesSettings,
    "season": SeasonSettings,
    "hours": HourSettings,
    "drill-down": DrillDownSettings,
    "scale-ladder": ScaleLadderSettings,
}

#: Methods by the name that the command line has for them.
HOTSPOT_METHODS: Final[Mapping[str, HotspotMethod]] = {
    "gi-star": HotspotMethod(
        "hot and cold areas by Gi*",
        (AREA, "value"),
        (),
        "needed",
        runs.run_gi_star,
        runs.table_of,
        runs.joined,
        runs.plot("plot_hotspots"),
    ),
    "local-moran": HotspotMethod(
        "areas alike or unlike their neighbours by local Moran",
        (AREA, "value"),
        (),
        "needed",
        runs.run_moran,
        runs.table_of,
        runs.joined,
        runs.plot("plot_hotspots"),
    ),
    "emerging": HotspotMethod(
        "what hot areas do over time",
        (AREA, "period", "value"),
        (),
        "needed",
        runs.run_emerging,
        lambda found: {"areas": found.table, "cube": found.cube},
        runs.joined,
        runs.plot("plot_emerging"),
    ),
    "scan": HotspotMethod(
        "clusters of a map by Kulldorff's scan",
        (AREA, "cases", "population"),
        (),
        "needed",
        runs.run_scan,
        runs.scan_tables,
        runs.scan_layer,
        runs.plot("plot_scan_clusters"),
    ),
    "scan-space-time": HotspotMethod(
        "clusters in space and time by a scan",
        (AREA, "date"),
        ("cases", "population", "expected", "weight"),
        "needed",
        runs.run_scan_space_time,
        runs.scan_tables,
        runs.scan_layer,
        runs.plot("plot_scan_clusters"),
        ("by", "harm"),
    ),
    "density": HotspotMethod(
        "a surface of events per square kilometre",
        _PLACE,
        ("weight", "n"),
        "for the map",
        runs.run_density,
        runs.cells,
        runs.cell_layer,
        runs.plot("plot_heat"),
    ),
    "clusters": HotspotMethod(
        "dense clusters of points, DBSCAN or HDBSCAN",
        _PLACE,
        ("weight", "n"),
        "for the map",
        runs.run_clusters,
        lambda found: {"clusters": found.table, "members": found.members},
        runs.polygons,
        runs.plot("plot_clusters"),
    ),
    "nearest-clusters": HotspotMethod(
        "nearest-neighbour hierarchical clusters with ellipses",
        _PLACE,
        ("weight", "n"),
        "for the map",
        runs.run_nearest,
        lambda found: {"clusters": found.table, "members": found.members},
        runs.ellipses,
        runs.plot("plot_nearest_clusters"),
    ),
    "knox": HotspotMethod(
        "near repeats: pairs near in space and time",
        (*_PLACE, "date"),
        ("weight",),
        "none",
        runs.run_knox,
        lambda found: {"bands": found.table},
        runs.no_layer,
        runs.plot("plot_knox", areas=False),
        ("weight", "weight"),
    ),
    "near-repeat-chains": HotspotMethod(
        "strings of events linked in space and time",
        (*_PLACE, "date"),
        ("weight",),
        "none",
        runs.run_chains,
        lambda found: {"chains": found.table, "members": found.members, "links": found.links},
        runs.no_layer,
        None,
        ("weight", "weight"),
    ),
    "space-time-clusters": HotspotMethod(
        "clusters of events in space and time",
        (*_PLACE, "date"),
        ("weight",),
        "none",
        runs.run_space_time,
        lambda found: {"clusters": found.table, "members": found.members},
        runs.polygons,
        None,
        ("weight", "weight"),
    ),
    "change": HotspotMethod(
        "areas that rose or fell between two periods beyond chance",
        (AREA, "earlier", "later"),
        runs.EXPOSURES,
        "needed",
        runs.run_change,
        runs.table_of,
        runs.joined,
        runs.plot("plot_significant_change"),
    ),
    "similarity": HotspotMethod(
        "whether two sets of events fall on the same areas (Andresen's S)",
        (AREA, "earlier", "later"),
        (),
        "needed",
        runs.run_similarity,
        runs.similarity_tables,
        runs.joined,
        None,
    ),
    "courses": HotspotMethod(
        "classes of areas by their course over time",
        (AREA, "period", "value"),
        (),
        "needed",
        runs.run_courses,
        runs.course_tables,
        runs.joined,
        None,
    ),
    "season": HotspotMethod(
        "months of the year with more events or fewer",
        ("period", "value"),
        ("group",),
        "none",
        runs.run_season,
        runs.season_tables,
        runs.no_layer,
        runs.plot("plot_season", areas=False),
    ),
    "hours": HotspotMethod(
        "hours of the week with more events or fewer",
        ("start",),
        ("end", "group"),
        "none",
        runs.run_hours,
        runs.hour_tables,
        runs.no_layer,
        runs.plot("plot_hours", areas=False),
    ),
    "drill-down": HotspotMethod(
        "squares that hold most of the harm of their area",
        _PLACE,
        ("weight",),
        "needed",
        runs.run_drill_down,
        runs.drill_down_tables,
        runs.squares,
        runs.draw_drill_down,
    ),
    "scale-ladder": HotspotMethod(
        "whether areas stay hot as the units change",
        (*_PLACE, "date"),
        (),
        "needed",
        runs.run_ladder,
        runs.ladder_tables,
        runs.joined,
        runs.draw_ladder,
    ),
}
