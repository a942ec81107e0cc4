"""``[clusters]``: dense clusters of harm points, where there are points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import pandas as pd

from socharm.assessment.layer_looks import CLASS_COLUMN, LayerLook
from socharm.assessment.steps._columns import named
from socharm.assessment.steps._step import Context, Drawing, Picture, Section, Step
from socharm.assessment.steps.areas import AREAS
from socharm.assessment.steps.points import POINTS
from socharm.files.qgis_style import QgisClass, QgisLabel
from socharm.hotspots.points.clusters import ClusterSettings, PointClusters, cluster_points
from socharm.maps.cluster_names import cluster_names
from socharm.snapshot.spec import SheetSpec, TableSpec

__all__ = ["CLUSTERS"]


@dataclass(frozen=True, eq=False)
class _Named:
    """Clusters, and what each is called on the map."""

    clusters: PointClusters
    names: pd.Series


def _run(context: Context) -> _Named | None:
    points = context[POINTS]
    if points is None or not len(points.table):
        return None
    found = cluster_points(points, settings=context.recipe.part(ClusterSettings))
    return _Named(found, cluster_names(found.polygons, context[AREAS]))


def _frames(found: _Named | None) -> dict[str, pd.DataFrame]:
    if found is None:
        return {}
    table = found.clusters.table.copy()
    table.insert(0, "where", found.names)
    return {"clusters": table, "cluster_facts": found.clusters.facts.to_frame("value")}


def _layers(found: _Named | None, _: gpd.GeoDataFrame) -> dict[str, gpd.GeoDataFrame]:
    if found is None or not len(found.clusters.polygons):
        return {}
    polygons = found.clusters.polygons
    return {"clusters": polygons.assign(where=found.names)[["where", *polygons.columns]]}


def _looks(found: _Named | None) -> dict[str, LayerLook]:
    """Clusters by their share of the harm, in the shades of the printed map; those that are not stable are hatched."""
    if found is None or not len(found.clusters.polygons):
        return {}
    from socharm.dashboard.layers import hex_colours
    from socharm.maps.clusters import FIRM_FROM, cluster_classes

    polygons = found.clusters.polygons
    texts, number = cluster_classes(polygons)
    loose = (polygons["stability"] < FIRM_FROM).to_numpy()
    kinds = list(zip(number.tolist(), loose.tolist(), strict=True))
    colours = hex_colours(len(texts) + 1, "harm")[1:]
    told = {
        (at, unstable): f"{text}, not stable under resampling" if unstable else text
        for unstable in (False, True)
        for at, text in reversed(list(enumerate(texts)))
    }
    return {
        "clusters": LayerLook(
            title=f"Cluster's share of all {found.clusters.held}",
            note="Outlines are drawn by rule, not surveyed.",
            label=QgisLabel(text='"where"', order="rank"),
            name="where",
            members=pd.Series([told[kind] for kind in kinds], index=polygons.index, name=CLASS_COLUMN, dtype="str"),
            classes=tuple(
                QgisClass(
                    value=text, label=text, colour=colours[at], outline="#5c1035", hatch="////" if unstable else ""
                )
                for (at, unstable), text in told.items()
                if not unstable or (at, unstable) in kinds
            ),
        )
    }


def _map(found: _Named | None, drawing: Drawing) -> Any:
    from socharm.maps.clusters import plot_clusters

    return None if found is None else plot_clusters(drawing.areas, found.clusters, **drawing.on)


#: Outlines of clusters follow single points: pictures of closed input leave them out.
CLUSTERS: Final = Step[_Named | None](
    name="clusters",
    phase="hotspots",
    words="clusters",
    also_words="incidents",
    switch="clusters",
    switch_says="dense clusters of points",
    needs=(POINTS, AREAS),
    section=Section(
        key="clusters",
        kind=ClusterSettings,
        says="dense clusters of points",
        place=140,
        arguments={"crs": "[areas] crs"},
    ),
    run=_run,
    tables=(
        TableSpec(
            name="clusters",
            meaning="a dense cluster of events, from the most harm; index `rank`",
            sheet=SheetSpec(title="Clusters", place=105, note="Dense clusters of events; outlines in areas.gpkg."),
            columns=(
                *named("keep", area_km2="size in square kilometres", top_offence="offence with most of the harm"),
                *named("withhold", where="the area that its middle lies in; the next area too where two share one"),
                *named("withhold", stability="how alike the cluster is over resamples; 1 is the same every time"),
                *named("figures:1", harm="sum of the weights of the crimes", harm_per_km2="harm per square kilometre"),
                *named("whole:10", events="events that were counted"),
                *named("whole:5", places="places in the cluster"),
                *named("decimals:2", share_harm="share of the harm of all areas"),
            ),
        ),
        TableSpec(
            name="cluster_facts",
            meaning="what is inside clusters and outside; index `fact`",
            columns=named("figures:2", value="its value"),
        ),
    ),
    frames=_frames,
    settings=lambda found, _: None if found is None else found.clusters.settings,
    settings_kinds=(ClusterSettings,),
    layers=_layers,
    looks=_looks,
    pictures=(Picture(file="clusters.png", draw=_map),),
)
