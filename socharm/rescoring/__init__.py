"""Two assessments compared: what moved, whether it is real, and what moved it.

- Two assessments: `compare`, `Comparison`, `write_comparison`
- More than two: `compare_several`, `SeveralComparison`
- What a change is made of: `decompose`, `decompose_several`
- What changed beyond what was to be expected: `expected_change`, `ExpectedChange`
- How many of the first would have stayed had nothing changed: `churn_receipt`, `ChurnReceipt`
- Areas whose codes, borders or districts changed: `match_areas`, `AreaMatch`, `read_membership`, `members_in`
- Which months arrived, and which the source changed: `delivery_calendar`, `DeliveryCalendar`
- Ranks: `rank_mobility`, `RankMobility`
- A store as a history: `open_store`, `Store`, `Annotation`, `Revisions`
"""

from socharm._packages import attach_names

__getattr__, __dir__, __all__ = attach_names(__name__, __file__)
