"""A composite index as a record: scores, and everything that made them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._about import About
from socharm._arguments import checked
from socharm._constraints import CountFrom1
from socharm._record import Record
from socharm._words import number_of
from socharm.composite.recipe import CompositeRecipe
from socharm.composite.settings import CompositeSettings
from socharm.stats.composite_normalise import Scale, Yardstick
from socharm.stats.composite_scores import ScoreTree, composite_scores

__all__ = ["CompositeArrays", "CompositeIndex"]

_Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class CompositeArrays:
    """The index as arrays, for a Monte Carlo that scores it thousands of times.

    Attributes
    ----------
    areas : Index
        Areas with a score, in the order of the arrays.
    nodes : tuple of str
        What the weights belong to: indicators, then domains.
    values : ndarray of shape (n_areas, n_indicators)
        Prepared values, in the indicators' own units.
    directions : ndarray of shape (n_indicators,)
    weights : ndarray of shape (n_nodes,)
        Weights used by the index itself.
    tree : ScoreTree
    normalisation : str
    scale : Scale
    marks : ndarray of shape (n_indicators, 2)
    shares : ndarray of shape (n_areas, n_indicators), or None
    """

    areas: pd.Index
    nodes: tuple[str, ...]
    values: _Floats
    directions: _Floats
    weights: _Floats
    tree: ScoreTree
    normalisation: str
    scale: Scale
    marks: _Floats
    shares: _Floats | None

    def scores(
        self,
        weights: _Floats | None = None,
        *,
        normalisation: str | None = None,
        aggregation: str | None = None,
        scale: Scale | None = None,
    ) -> _Floats:
        """Scores under other weights, another normalisation or another aggregation.

        Parameters
        ----------
        weights : ndarray of shape (n_draws, n_nodes), optional
            In the order of `nodes`; the index's own by default.
        normalisation, aggregation : str, optional
            The recipe's by default.
        scale : Scale, optional
            Of the normalisation; the recipe's by default. Geometric and harmonic means need ``Scale(low=1)``.

        Returns
        -------
        ndarray of shape (n_draws, n_areas)
        """
        return composite_scores(
            self.values,
            self.weights if weights is None else weights,
            normalisation=normalisation or self.normalisation,
            aggregation=aggregation,
            directions=self.directions,
            tree=self.tree,
            yardstick=Yardstick(scale or self.scale, self.marks, self.shares),
        )


@dataclass(frozen=True, eq=False, repr=False)
class CompositeIndex(Record):
    """A composite index of areas.

    Attributes
    ----------
    table : DataFrame
        Index ``area_code``, every area given: ``name``, ``parent``, ``score`` (more is worse), ``rank`` (1 is the
        worst, equals share the lower rank), ``availability`` (share of the used indicators that the area had before
        anything was filled), ``missing`` (indicators without a value in the end), ``imputed`` (values filled),
        ``priority`` (score above the recipe's threshold; missing where it states none), ``reason`` (why there is no
        score).
    domains : DataFrame
        Areas by domains: their scores, in the recipe's order.
    indicators : DataFrame
        Index ``indicator``, every one of the recipe: ``label``, ``domain``, ``kind``, ``direction``, ``status`` (used,
        lacking, left out, context), ``weight_stated`` and ``weight_used`` (shares within the parent),
        ``weight_effective`` (in the whole index), ``influence`` (share of the score's variance that it brings),
        ``weight_low``, ``weight_high`` (lowest and highest respondent), ``correlation`` (with the score), ``known``,
        ``imputed``, ``winsorised``, ``treatment``, ``skew_before``, ``kurtosis_before``, ``skew_after``,
        ``kurtosis_after``, ``passes``, ``spread`` (whether it tells areas apart), ``source``.
    contributions : DataFrame
        Areas by indicators: what each adds to the score; rows add up to it.
    steps : DataFrame
        One row for each step: ``step``, ``method``, ``cells``, ``areas``, ``indicators`` (how many it changed or set
        aside), ``what``.
    correlations : DataFrame
        One row for each pair of used indicators: ``left``, ``right``, ``areas``, ``pearson``, ``spearman``,
        ``same_domain``.
    alpha : DataFrame
        Cronbach's alpha by domain and for all indicators: ``indicators``, ``areas``, ``alpha``.
    imputed, winsorised : DataFrame
        One row for each value that was filled or pulled in.
    findings : DataFrame
        What `lint_indicators` found.
    lacking : tuple of str
        Indicators of the recipe that nobody sent.
    context : DataFrame
        Areas by context indicators: shown, never weighed.
    normalised : DataFrame
        Scored areas by used indicators, on one scale, more being worse.
    arrays : CompositeArrays
        The same as arrays, for a sensitivity analysis.
    used : CompositeRecipe
        The recipe without what is lacking or was left out.
    settings : CompositeSettings
        The recipe, and what the call changed in it: with the same inputs they give the same index again.
    """

    __made_by__ = ("composite_index",)

    table: pd.DataFrame
    domains: pd.DataFrame
    indicators: pd.DataFrame
    contributions: pd.DataFrame
    steps: pd.DataFrame
    correlations: pd.DataFrame
    alpha: pd.DataFrame
    imputed: pd.DataFrame
    winsorised: pd.DataFrame
    findings: pd.DataFrame
    lacking: tuple[str, ...]
    context: pd.DataFrame
    normalised: pd.DataFrame
    arrays: CompositeArrays
    used: CompositeRecipe
    settings: CompositeSettings
    about: About

    @property
    def recipe(self) -> CompositeRecipe:
        """The recipe as asked for."""
        return self.settings.stated

    def _summary(self) -> dict[str, str]:
        scored = int(self.table["score"].notna().sum())
        lines = {
            "recipe": self.recipe.title or self.recipe.name,
            "areas": f"{scored:,} scored, {len(self.table) - scored:,} without a score",
            "indicators": f"{len(self.used.weighed)} used of {len(self.recipe.weighed)}",
            "filled": number_of(len(self.imputed), "value"),
            "findings": f"{len(self.findings)}",
        }
        if self.lacking:
            lines["lacking"] = ", ".join(self.lacking)
        if self.recipe.forced:
            lines["protected characteristics used"] = ", ".join(self.recipe.forced)
        return lines

    @checked
    def top(self, n: CountFrom1 = 10) -> pd.DataFrame:
        """First `n` areas; those that tie on the last place are all there."""
        return self.table.dropna(subset="rank").nsmallest(n, "rank", keep="all")
