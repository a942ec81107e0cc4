"""The panel on when crimes are: each number in its cell, coloured by its class, and no few crimes told."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from factories import make_assessment_tables

from socharm.dashboard.when import when_html
from socharm.hotspots import hour_weekday, seasonal_profile


def hours() -> pd.DataFrame:
    """Evenings at weekends, by hand: 400 events of the week, 200 more on Saturdays at 22."""
    rng = np.random.default_rng(1)
    even = pd.Timestamp("2025-03-03") + pd.to_timedelta(rng.integers(0, 140 * 24, 400), unit="h")
    late = pd.Timestamp("2025-03-08 22:00") + pd.to_timedelta(7 * rng.integers(0, 20, 200), unit="D")
    return hour_weekday(pd.Series([*even, *late])).table


def season(years: int) -> pd.DataFrame:
    months = pd.period_range("2022-01", periods=12 * years, freq="M")
    counts = pd.DataFrame({"all offences": [200 if month.month == 7 else 100 for month in months]}, index=months)
    return seasonal_profile(counts.assign(violence=40)).table


def cells(text: str, heading: str) -> list[tuple[str, str]]:
    """Class and number of each cell of the row with a heading."""
    row = re.search(rf'<th scope="row">{heading}</th>(.*?)</tr>', text)
    assert row is not None
    found = re.findall(r'<td class="(\w+)">(?:<strong>)?([-.\d]+)', row[1])
    return [(kind, number) for kind, number in found]


@pytest.fixture(scope="module")
def page() -> str:
    tables = make_assessment_tables(season=season(3), hours=hours())
    return when_html(tables, protect=False)


def test_every_hour_and_month_stands_with_its_number_and_the_colour_of_it(page):
    table = hours()
    for hour in (3, 22):
        mine = table[table["hour"] == hour]
        assert [number for _, number in cells(page, f"{hour:02d}:00")] == [f"{ratio:.1f}" for ratio in mine["ratio"]]
    saturday = cells(page, "22:00")[5]
    assert saturday[0] == "h4"
    july = season(3).query("group == 'all offences' and month == 'July'")["ratio"].item()
    assert cells(page, "July") == [("h3", f"{july:.2f}")]  # months differ by hundredths
    assert '<strong>1.81</strong><span class="unseen"> more than expected beyond chance</span>' in page
    assert "violence" not in page  # groups are in the workbook
    assert page.count("<tr>") == 2 + 12 + 24


def test_grids_are_tables_with_headings_that_scroll_by_keyboard(page):
    assert page.count('role="region"') == page.count('tabindex="0"') == page.count("<caption>") == 2
    assert page.count('scope="row"') == 12 + 24
    assert page.count('scope="col"') == 2 + 8
    assert "cannot be told from that year" not in page


def test_ratios_of_few_crimes_are_not_told_where_numbers_are_protected():
    table = hours()
    text = when_html(make_assessment_tables(hours=table), protect=True)
    few = (table["events"] < 10) | (table["expected"] < 10)
    assert few.all()  # 600 events are 4 an hour
    assert text.count('class="none"') == 168
    more = table.assign(events=table["events"] * 5, expected=table["expected"] * 5)
    text = when_html(make_assessment_tables(hours=more), protect=True)
    assert text.count('class="none"') == int((more["events"] < 10).sum()) > 0
    # As published: counts are blank, and ratios were chosen then.
    bare = more.assign(events=pd.NA, expected=pd.NA)
    assert 'class="none"' not in when_html(make_assessment_tables(hours=bare), protect=True)


def test_without_either_table_there_is_no_panel_and_one_year_is_told():
    assert when_html(make_assessment_tables(), protect=False) == ""
    text = when_html(make_assessment_tables(season=season(1)), protect=False)
    assert "a season cannot be told from that year" in text
    assert "Hour from" not in text


def test_the_months_that_are_counted_are_told():
    def told(first: str, years: int, covered: int, gap: int | None = None) -> str:
        months = pd.period_range(first, periods=covered + 2, freq="M")
        rows = pd.DataFrame({"area_code": "W1", "period": months, "covered": [*[True] * covered, False, False]})
        if gap is not None:
            rows.loc[gap, "covered"] = False
        text = when_html(make_assessment_tables(season=season(years), coverage=rows), protect=False)
        return re.search(r"<p>(.*?)</p>", text)[1]

    alone = "With fewer than two years of a month a season cannot be told from that year."
    assert told("2024-03", 1, 13) == (
        f"Counted are the 12 months April 2024 to March 2025; 1 month before is left out. {alone}"
    )
    assert told("2022-01", 3, 36) == "Counted are the 36 months January 2022 to December 2024."
    assert told("2021-08", 3, 41).endswith("5 months before are left out.")
    assert told("2022-01", 2, 36, gap=20) == (
        "Counted are runs of twelve months back from December 2024 that are covered throughout; other months are left "
        "out."
    )
