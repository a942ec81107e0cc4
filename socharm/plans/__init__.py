"""4P plans, the options that they choose from, and checks by principles.

- Plans: `seed_plan`, `read_plan`, `plan_options`, `smallest_fall`, `Plan`, `PlanSettings`, `DocumentState`
- Threats, and what to act on first: `find_threats`, `weigh_offences`
- Principles and questions: `check_principles`, `PrincipleCheck`, `councillor_questions`, `QuestionCheck`,
  `ProfileFacts`
"""

from socharm._packages import attach_names

__getattr__, __dir__, __all__ = attach_names(__name__, __file__)
