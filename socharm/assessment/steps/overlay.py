"""Harm and deprivation side by side, by ``[deprivation]``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pandas as pd

from socharm._about import About
from socharm.assessment.spatial_sections import DeprivationSection
from socharm.assessment.steps._columns import NAME_OF_AREA, PARENT_OF_AREA, REASON, named
from socharm.assessment.steps._recount import recounted_rate
from socharm.assessment.steps._step import Context, Drawing, Picture, Step
from socharm.assessment.steps.deprivation import DEPRIVATION
from socharm.assessment.steps.index import INDEX
from socharm.maps.residual_classes import RESIDUAL_BOUNDS, RESIDUAL_COLOURS, RESIDUAL_WORDS
from socharm.overlay.deprivation import Overlay, OverlaySettings, overlay_deprivation
from socharm.publish.disclosure import PublishedTables
from socharm.snapshot.dashboard_layer import DashboardLayer, DashboardPart, withheld_note
from socharm.snapshot.recipe import Recipe
from socharm.snapshot.recount import Recount
from socharm.snapshot.sentence import Sentence
from socharm.snapshot.spec import SheetSpec, TableSpec
from socharm.snapshot.tables import has_columns
from socharm.stats.figures import to_figures

__all__ = ["OVERLAY"]


def _run(context: Context) -> Overlay | None:
    deprivation = context[DEPRIVATION]
    if deprivation is None:
        return None
    section = context.recipe.part(DeprivationSection)
    return overlay_deprivation(
        context[INDEX],
        deprivation,
        version=section.version,
        classes=section.classes,
        missing="leave out",
        seed=context.recipe.assessment.seed,
    )


def _frames(found: Overlay | None) -> dict[str, pd.DataFrame]:
    if found is None:
        return {}
    return {
        "overlay": found.table,
        "overlay_correlation": found.correlation,
        "overlay_deciles": found.concentration,
    }


def _bivariate(found: Overlay | None, drawing: Drawing) -> Any:
    from socharm.maps.bivariate import plot_bivariate

    return None if found is None else plot_bivariate(drawing.areas, found, **drawing.on)


def _residual(found: Overlay | None, drawing: Drawing) -> Any:
    from socharm.maps.residual import plot_residual

    # The shrunk ratio that it shows is withheld in published form.
    return None if found is None or drawing.protected else plot_residual(drawing.areas, found, **drawing.on)


def _published(found: Overlay | None, published: PublishedTables) -> Overlay | None:
    return None if found is None else replace(found, table=published.tables["overlay"])


def _told(recipe: Recipe, _: Mapping[str, Any]) -> Iterable[Sentence]:
    stated = recipe.find(DeprivationSection)
    if stated is not None:
        version = "without its crime domain" if stated.version == "without_crime" else "as published"
        yield Sentence(f"Deprivation {version}; harm is compared with that of places as deprived.")


def _dashboard(tables: Mapping[str, pd.DataFrame], _: About) -> Iterable[DashboardLayer]:
    overlay = tables["overlay"]
    if has_columns(overlay, "residual_shrunk"):
        withheld = withheld_note(overlay, "residual_shrunk") and "residual" in overlay.columns
        yield DashboardLayer(
            key="residual",
            label="Residual harm given deprivation",
            short="Residual harm",
            unit="recorded harm over expected harm; 1 = as expected",
            note="More or less harm than areas of the same deprivation have.",
            values=overlay["residual" if withheld else "residual_shrunk"],
            bounds=RESIDUAL_BOUNDS,
            labels=RESIDUAL_WORDS,
            colours=RESIDUAL_COLOURS,
        )
    if has_columns(overlay, "deprivation"):
        yield DashboardLayer(
            key="deprivation",
            label="Deprivation",
            unit="score; higher is more deprived",
            note="Deprivation describes conditions of living. It is no measure of crime or of people.",
            values=overlay["deprivation"],
            palette="blues",
            disclosure="keep",
        )


def _recount(recount: Recount) -> pd.DataFrame:
    old = recount.tables["overlay"]
    rate = recount.made["index"]["rate"].reindex(old.index)
    expected = old["expected"].astype(float) if "expected" in old.columns else np.nan
    made = pd.DataFrame({"rate": rate, "residual": rate / expected}, index=old.index)
    if "outside" in old.columns:
        # Of the ends as they are published: a row must not say "above" beside a rate that is inside.
        low, high = (to_figures(old[f"prediction_{end}_95"].to_numpy(dtype=np.float64), 3) for end in ("low", "high"))
        outside = np.select([made["rate"] > high, made["rate"] < low], ["above", "below"], "inside")
        made["outside"] = pd.Series(outside, index=old.index, dtype="string").mask(old["outside"].isna())
    return made


def _recount_deciles(recount: Recount) -> pd.DataFrame:
    index, old = recount.made["index"], recount.tables["overlay_deciles"]
    decile = recount.tables["overlay"]["deprivation_decile"].reindex(index.index)
    crimes, harm = (index[name].groupby(decile).sum().reindex(old.index) for name in ("crimes", "harm"))
    return pd.DataFrame(
        {
            "crimes": crimes,
            "harm": harm,
            "share_harm": harm / harm.sum(),
            "rate": recounted_rate(harm, old["exposure"], recount),
        }
    )


_TABLES: Final = (
    TableSpec(
        name="overlay",
        meaning="an area; index `area_code`",
        layer=True,
        sheet=SheetSpec(
            title="Deprivation", place=102, note="A residual is a question, and no reason to lower a priority."
        ),
        dashboard=DashboardPart(layers=_dashboard, place=20),
        recomputed=_recount,
        columns=(
            *NAME_OF_AREA,
            *PARENT_OF_AREA,
            *named(
                "keep",
                deprivation="score of deprivation; higher is more deprived",
                deprivation_rank="rank of deprivation; 1 is the most deprived",
                deprivation_decile="tenth of these areas by deprivation; 1 is the most deprived",
                class_harm="class of harm; the highest has most",
                class_deprivation="class of deprivation; the highest is the most deprived",
                bivariate="class of harm and class of deprivation",
                quadrant="high or low harm, high or low deprivation",
                centre_flag="whether harm per resident misleads, as in a town centre",
            ),
            *REASON,
            *named(
                "cells",
                rate="harm per resident (or other denominator) and year, as it was recorded",
                residual="recorded rate over the expected one",
                outside="above, below or inside the prediction interval",
            ),
            *named(
                "withhold",
                harm="measure of harm that is set beside deprivation",
                residual_shrunk="recorded over expected rate, drawn towards 1",
            ),
            *named(
                "figures:3",
                expected="rate that the deprivation of the area leads one to expect",
                prediction_low_95="lower end of the 95% prediction interval of the rate",
                prediction_high_95="upper end of the 95% prediction interval of the rate",
            ),
        ),
    ),
    TableSpec(
        name="overlay_correlation",
        meaning="the rank correlation of harm and deprivation; index `measure`",
        columns=(
            *named("keep", areas="areas that it is of", method="what was computed"),
            *named(
                "decimals:2",
                estimate="Spearman's rho",
                low_95="lower end of the 95% interval of the value beside it",
                high_95="upper end of the 95% interval of the value beside it",
            ),
        ),
    ),
    TableSpec(
        name="overlay_deciles",
        recomputed=_recount_deciles,
        meaning="a decile of deprivation; index `decile`",
        sheet=SheetSpec(
            title="Deprivation deciles", place=102, note="Decile 1 is the most deprived tenth of these areas."
        ),
        columns=(
            *named(
                "keep",
                areas="areas of the tenth",
                exposure="residents (or other denominator) times years",
                share_exposure="share of all exposure",
            ),
            *named(
                "cells",
                crimes="crimes that have a weight",
                harm="sum of the weights of the crimes",
                share_harm="share of the harm of all areas",
                rate="harm per resident (or other denominator) and year, as it was recorded",
            ),
            *named(
                "decimals:2",
                share_harm_low_95="lower end of the 95% interval of the share of harm",
                share_harm_high_95="upper end of the 95% interval of the share of harm",
            ),
        ),
    ),
)

OVERLAY: Final = Step[Overlay | None](
    name="overlay",
    phase="hotspots",
    words="deprivation",
    needs=(INDEX, DEPRIVATION),
    run=_run,
    tables=_TABLES,
    frames=_frames,
    settings=lambda found, _: None if found is None else found.settings,
    settings_kinds=(OverlaySettings,),
    pictures=(Picture(file="bivariate.png", draw=_bivariate), Picture(file="residual.png", draw=_residual)),
    published=_published,
    told=_told,
)
