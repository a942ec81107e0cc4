"""What residents say in surveys, with the interval of each share, beside the wider district."""

from __future__ import annotations

from scipy.stats import norm

from socharm.documents.evidence import Cell, percent
from socharm.profiles.content import Material
from socharm.profiles.side_text import Survey

__all__ = ["survey_rows", "wilson_interval"]


def wilson_interval(yes: int, asked: int, *, level: float = 0.95) -> tuple[float, float]:
    """Interval of a share of those asked (Wilson 1927).

    Examples
    --------
    Newcombe (1998), Statistics in Medicine 17, table I: 81 of 263.

    >>> low, high = wilson_interval(81, 263)
    >>> round(low, 4), round(high, 4)
    (0.2553, 0.3662)
    """
    z = float(norm.ppf(0.5 + level / 2))
    share = yes / asked
    centre = (share + z * z / (2 * asked)) / (1 + z * z / asked)
    half = z / (1 + z * z / asked) * (share * (1 - share) / asked + z * z / (4 * asked**2)) ** 0.5
    return max(0.0, centre - half), min(1.0, centre + half)


def survey_rows(material: Material, survey: Survey) -> list[tuple[str, ...]]:
    """A survey with its size and interval, against the wider district without the place itself."""
    low, high = wilson_interval(survey.yes, survey.asked)
    said = material.evidence.note(
        percent(survey.yes / survey.asked),
        survey.yes / survey.asked,
        Cell("text", "surveys", survey.question),
        what=f"survey: {survey.question}",
        between=(low, high),
        unit="share",
        period=survey.period,
        source=survey.provider,
    )
    here = f"{said} of {survey.asked:,} asked (95% interval {percent(low)} to {percent(high)})"
    against = "not asked elsewhere"
    if survey.wider_yes is not None and survey.wider_asked is not None:
        yes, asked = survey.wider_yes, survey.wider_asked
        if survey.wider_includes_place:
            yes, asked = yes - survey.yes, asked - survey.asked
        against = _against(material, survey, yes, asked)
    return [(survey.question[:1].upper() + survey.question[1:], here, against, f"{survey.period}, {survey.provider}")]


def _against(material: Material, survey: Survey, yes: int, asked: int) -> str:
    """The wider district, and Newcombe's interval of the difference."""
    if asked < 1 or not 0 <= yes <= asked:
        return "the wider survey does not go beyond this place"
    share, here = yes / asked, survey.yes / survey.asked
    low, high = wilson_interval(yes, asked)
    mine = wilson_interval(survey.yes, survey.asked)
    least = here - share - ((here - mine[0]) ** 2 + (high - share) ** 2) ** 0.5
    most = here - share + ((mine[1] - here) ** 2 + (share - low) ** 2) ** 0.5
    said = material.evidence.note(
        percent(share),
        share,
        Cell("text", "surveys", survey.question),
        what=f"survey, wider: {survey.question}",
        between=(low, high),
        unit="share",
        period=survey.period,
        source=survey.provider,
    )
    judged = "lower here" if most < 0 else "higher here" if least > 0 else "the difference may be chance"
    points = f"{abs(round(100 * (here - share)))} points, 95% interval {100 * least:+.0f} to {100 * most:+.0f}"
    return f"{survey.wider}: {said} of {asked:,}; {judged} ({points})"
