"""Places that leave their usual level, or tell less than areas like them, and what that makes of priorities.

- Month by month: `monitor_harm`, `Monitoring`
- When a level changed: `find_change_points`, `ChangePoints`
- Areas to ask about: `find_silence`, `Silence`
- Surveys by wave: `survey_trend`, `SurveyTrend`
- One class for each area: `priority_now`, `Priority`
"""

from socharm._packages import attach_names

__getattr__, __dir__, __all__ = attach_names(__name__, __file__)
