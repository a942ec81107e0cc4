"""What residents say in surveys, with the interval of each share, beside the wider district."""

from __future__ import annotations

from socharm.documents.evidence import Cell, percent
from socharm.profiles.content import Material
from socharm.profiles.side_text import Survey
from socharm.stats.proportions import newcombe_interval, wilson_interval

__all__ = ["survey_rows"]


def survey_rows(material: Material, survey: Survey) -> list[tuple[str, ...]]:
    """A survey with its size and interval, against the wider district without the place itself."""
    low, high = (float(end) for end in wilson_interval(survey.yes, survey.asked))
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
    low, high = (float(end) for end in wilson_interval(yes, asked))
    least, most = (float(end) for end in newcombe_interval((yes, asked), (survey.yes, survey.asked)))
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
