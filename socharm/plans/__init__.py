"""4P plans, the options that they choose from, and checks by principles.

- Plans: `seed_plan`, `read_plan`, `plan_options`, `Plan`, `PlanSettings`
- Threats: `find_threats`
- Principles and questions: `check_principles`, `PrincipleCheck`, `councillor_questions`, `QuestionCheck`,
  `ProfileFacts`
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
