"""``[scan]``: clusters in space and time, where the recipe asks for them and there are months enough."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

import geopandas as gpd
import pandas as pd

from socharm._about import About
from socharm._columns import AREA, NAME, OFFENCE, PERIOD, N
from socharm._words import number_of
from socharm.assessment.layer_looks import CLASS_COLUMN, LayerLook
from socharm.assessment.steps._columns import named
from socharm.assessment.steps._step import Context, Drawing, Picture, Section, Step
from socharm.assessment.steps.areas import AREAS
from socharm.assessment.steps.index import INDEX
from socharm.errors import CoverageWarning, DataWarning, ParameterError
from socharm.files.qgis_style import QgisClass, QgisLabel
from socharm.hotspots.scan.record import ScanClusters
from socharm.hotspots.scan.settings import SpaceTimeScanSettings
from socharm.hotspots.scan.space_time import scan_space_time
from socharm.snapshot.dashboard_layer import Category, DashboardLayer, DashboardPart
from socharm.snapshot.recipe import Recipe
from socharm.snapshot.sentence import Sentence
from socharm.snapshot.spec import SheetSpec, SummaryPart, TableSpec
from socharm.snapshot.tables import AssessmentTables, has_columns

__all__ = ["SCAN"]

_LEAST_AREAS: Final = 3
_LEAST_MONTHS: Final = 2
_FEW: Final = 19
#: Clusters that are named at every scale of the layer.
_LABELLED: Final = 5
_CLUSTER: Final = {
    "sure": "in a cluster beyond chance",
    "doubtful": "in a cluster that may be chance",
    "none": "in none",
}


def _run(context: Context) -> ScanClusters | None:
    index, section = context[INDEX], context.recipe.part(SpaceTimeScanSettings)
    if section.model == "expectation":
        raise ParameterError(
            "`model` is 'expectation', which is held against cases that a model of earlier years expects: an "
            "assessment has none. Use model='permutation' or model='poisson', or `scan_space_time` on your own tables."
        )
    cells = index.cells
    months = cells[PERIOD].nunique()
    covered = cells.groupby(AREA, observed=True)[PERIOD].nunique()
    whole = covered.index[covered == months].astype(str)
    if months < _LEAST_MONTHS or len(whole) < _LEAST_AREAS:
        warnings.warn(
            f"No scan in space and time: it needs {_LEAST_MONTHS} months, and {_LEAST_AREAS} areas that are covered in "
            f"all of them; there are {number_of(months, 'month')} and {number_of(len(whole), 'area')}.",
            DataWarning,
            stacklevel=2,
        )
        return None
    if len(covered) > len(whole):
        warnings.warn(
            f"The scan leaves out {number_of(len(covered) - len(whole), 'area')} without all months: a month that is "
            "not covered is no month without crime.",
            CoverageWarning,
            stacklevel=2,
        )
    areas = context[AREAS]
    ground = gpd.GeoDataFrame(areas.loc[areas.index.astype(str).isin(whole), ["geometry"]])
    if section.model == "poisson":
        exposure = cells.drop_duplicates([AREA, PERIOD]).groupby(AREA, observed=True)["exposure"].sum()
        ground["population"] = exposure.rename(str).reindex(ground.index.astype(str)).to_numpy()
    rows = cells.loc[cells[AREA].astype(str).isin(whole), [AREA, OFFENCE, PERIOD, N, "weight"]]
    cases = pd.DataFrame(
        {
            AREA: rows[AREA].astype(str),
            "date": rows[PERIOD].astype(str),
            N: rows[N].astype("int64"),
            "weight": rows["weight"].astype(float),
        }
    )
    return scan_space_time(ground, cases, settings=section, about=index.about)


def _frames(found: ScanClusters | None) -> dict[str, pd.DataFrame]:
    if found is None:
        return {}
    # Members stand in the table by area; over all months an area has what its own level expects, so that is left out.
    by_area = found.table[["cluster", "significant", "p"]].rename_axis(AREA)
    return {"scan": by_area, "scan_clusters": found.clusters.drop(columns="members")}


def _layers(found: ScanClusters | None, areas: gpd.GeoDataFrame) -> dict[str, gpd.GeoDataFrame]:
    """The ground of the members of each cluster, with the name of the area in its middle."""
    if found is None or not len(found.clusters):
        return {}
    grounds = found.outlines(areas)
    names = areas[NAME].astype("str").reindex(grounds["centre"].astype("str")).to_numpy()
    return {"scan_clusters": grounds.assign(name=names)[["name", "centre", "first", "last", "locations", "geometry"]]}


def _looks(found: ScanClusters | None) -> dict[str, LayerLook]:
    """Clusters of more than expected and of less; those that may be chance are hatched, as on the printed map."""
    if found is None or not len(found.clusters):
        return {}
    from socharm.maps.scan_clusters import SCAN_COLOURS

    rows, alpha = found.clusters, found.settings.alpha
    chance = {True: "beyond chance", False: f"p above {alpha:g}, may be chance"}
    kinds = list(zip(rows["observed"] > rows["expected"], rows["p"] <= alpha, strict=True))
    texts = {
        (many, sure): f"{'more' if many else 'less'} than expected, {words}"
        for many in (True, False)
        for sure, words in chance.items()
    }
    return {
        "scan_clusters": LayerLook(
            title="Clusters in space and time",
            note="One chance of error for all clusters together. Members of a cluster need not each be high.",
            label=QgisLabel(text='"name"', order="cluster", first=_LABELLED),
            name=NAME,
            members=pd.Series([texts[kind] for kind in kinds], index=rows.index, name=CLASS_COLUMN, dtype="str"),
            classes=tuple(
                QgisClass(
                    value=text,
                    label=text,
                    colour=SCAN_COLOURS[many] if sure else "",
                    outline=SCAN_COLOURS[many],
                    hatch="" if sure else "////",
                    width=0.4,
                )
                for (many, sure), text in texts.items()
                if (many, sure) in kinds
            ),
        )
    }


def _map(found: ScanClusters | None, drawing: Drawing) -> Any:
    from socharm.maps.scan_clusters import plot_scan_clusters

    return None if found is None else plot_scan_clusters(drawing.areas, found, **drawing.on)


def _rehearsed(section: SpaceTimeScanSettings) -> SpaceTimeScanSettings:
    return replace(section, replications=_FEW)


def _sheet(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    clusters = tables["scan_clusters"]
    names = tables["areas"]["name"] if has_columns(tables["areas"], "name") else pd.Series(dtype=object)
    shown = clusters.copy()
    shown.insert(0, "name", names.reindex(clusters["centre"]).to_numpy() if len(names) else None)
    return shown


def _stated(tables: Mapping[str, pd.DataFrame]) -> Mapping[str, Any]:
    return tables.settings.get("scan", {}) if isinstance(tables, AssessmentTables) else {}


def _note(tables: Mapping[str, pd.DataFrame]) -> str:
    stated = _stated(tables)
    when = "that last to the end of the period" if stated.get("analysis") == "prospective" else "of any months"
    what = "harm" if stated.get("by") == "harm" else "crimes"
    few = "less" if what == "harm" else "fewer"
    many = {"low": few, "both": f"more or {few}"}.get(str(stated.get("direction")), "more")
    held = "their population" if stated.get("model") == "poisson" else "their own level and the months of all areas"
    return (
        f"Areas together with {many} {what} than {held} would give them, {when}; `name` is the area in the middle. p "
        "is for all windows tried. Members need not each be high."
    )


def _told(recipe: Recipe, _: Mapping[str, Any]) -> Iterable[Sentence]:
    section = recipe.part(SpaceTimeScanSettings)
    yield Sentence(
        f"Clusters in space and time: {section.analysis} {section.model} scan of {section.by}, "
        f"{number_of(section.replications, 'replication')}, level {section.alpha * 100:g}%."
    )


def _values(tables: Mapping[str, pd.DataFrame], _: Mapping[str, Any]) -> dict[str, Any]:
    found, alpha = tables["scan_clusters"], _stated(tables).get("alpha", 0.05)
    if not has_columns(found, "p"):
        return {}
    return {"scan clusters": int((found["p"] <= alpha).sum())}


def _lines(summary: Mapping[str, Any]) -> Iterable[str]:
    if "scan clusters" in summary:
        yield f"Clusters in space and time beyond chance: {summary['scan clusters']}"


def _dashboard(tables: Mapping[str, pd.DataFrame], _: About) -> Iterable[DashboardLayer]:
    found = tables["scan"]
    if not has_columns(found, "cluster significant"):
        return
    inside = found["cluster"].notna()
    values = pd.Series("none", index=found.index).mask(inside, "doubtful").mask(inside & found["significant"], "sure")
    colours = {"sure": "#b2182b", "doubtful": "#f4a582", "none": "#f2f2f2"}
    yield DashboardLayer(
        key="scan",
        label="Clusters in space and time",
        short="Clusters",
        unit="areas together with more than their own level and the months of all areas explain",
        gap="not scanned",
        note="One chance of error for all clusters together. Members of a cluster need not each be high.",
        values=values,
        categories={key: Category(label=_CLUSTER[key], colour=colour) for key, colour in colours.items()},
        disclosure="keep",
    )


_AREAS: Final = TableSpec(
    name="scan",
    meaning="an area that was scanned; index `area_code`",
    layer=True,
    dashboard=DashboardPart(layers=_dashboard, place=33),
    columns=(
        *named("keep", cluster="number of its cluster; 1 is the most likely", significant="whether p is at most alpha"),
        *named("withhold", p="probability of so clear a cluster anywhere, where there is none"),
    ),
)

_CLUSTERS: Final = TableSpec(
    name="scan_clusters",
    meaning="a cluster, the most likely first; index `cluster`",
    sheet=SheetSpec(title="Space-time clusters", place=103, note=_note, view=_sheet),
    summary=SummaryPart(values=_values, lines=_lines, place=60),
    columns=(
        *named(
            "keep",
            centre="code of the area in the middle",
            x="place of the middle, in metres east",
            y="place of the middle, in metres north",
            radius="radius in metres; of an ellipse its shorter half axis",
            elongation="longer over shorter axis",
            angle="of the longer axis, degrees anticlockwise from east",
            locations="areas in it",
            first="first month",
            last="last month",
            periods="months",
        ),
        *named("whole:10", events="events in it"),
        *named("figures:1", population="persons, on average over the period", observed="events, or harm, in it"),
        *named(
            "withhold",
            expected="the same by the model",
            ratio="observed over expected",
            relative_risk="rate inside over rate outside; Poisson only",
            llr="log likelihood ratio",
            statistic="the ratio, less for long ellipses",
            p="probability of so clear a cluster anywhere, where there is none",
            p_gumbel="the same by a Gumbel distribution",
        ),
    ),
)

#: Clusters of closed input are few events each: no picture of them is published.
SCAN: Final = Step[ScanClusters | None](
    name="scan",
    phase="hotspots",
    words="scan",
    switch="scan",
    switch_says="clusters in space and time",
    needs=(AREAS, INDEX),
    section=Section(
        key="scan",
        kind=SpaceTimeScanSettings,
        says="clusters in space and time",
        place=135,
        optional=True,
        usual={"analysis": "prospective", "max_population": 0.1},
        rehearsed=_rehearsed,
        noted=False,
    ),
    run=_run,
    tables=(_AREAS, _CLUSTERS),
    frames=_frames,
    settings=lambda found, _: None if found is None else found.settings,
    settings_kinds=(SpaceTimeScanSettings,),
    layers=_layers,
    looks=_looks,
    pictures=(Picture(file="scan_clusters.png", draw=_map),),
    told=_told,
)
