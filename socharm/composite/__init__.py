"""Composite indices: a recipe of indicators and steps, the index it makes, and checks of both.

- Recipes: `load_composite_recipe`, `dump_composite_recipe`, `CompositeRecipe`, `DomainSpec`, `IndicatorSpec`,
  `Elicitation`
- Steps of a recipe: `ImputeStep`, `DenominateStep`, `ScreenStep`, `TreatStep`, `NormaliseStep`, `WeighStep`,
  `AggregateStep`
- The index: `composite_index`, `CompositeIndex`
- Checks: `lint_indicators`, `remove_one_element`, `strengths_and_weaknesses`
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
