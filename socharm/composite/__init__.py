"""Composite indices: a recipe of indicators and steps, the index it makes, and checks of both.

- Recipes: `load_composite_recipe`, `dump_composite_recipe`, `CompositeRecipe`, `DomainSpec`, `IndicatorSpec`,
  `Elicitation`
- Steps of a recipe: `ImputeStep`, `DenominateStep`, `ScreenStep`, `TreatStep`, `NormaliseStep`, `WeighStep`,
  `AggregateStep`
- The index: `composite_index`, `CompositeIndex`
- Checks: `lint_indicators`, `remove_one_element`, `strengths_and_weaknesses`
"""

from socharm._packages import attach_names

__getattr__, __dir__, __all__ = attach_names(__name__, __file__)
