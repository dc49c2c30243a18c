"""The reporting calendar of the standard (3.3), and the period of any day."""

import datetime
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.base import DEFINITION
from validation.periods import (
    Period,
    current_period,
    period_ending,
    previous_period,
    recent_periods,
)

# Submission, reporting period (inclusive), submission made to NDTMS (between), regional submission deadline
# (approximate): as the standard prints them, with one kind of dash.
CALENDAR = """
Sept 20            01/01/19 – 30/09/20   01/10/20 – 12/10/20   12/10/20
Oct 20             01/01/19 – 31/10/20   01/11/20 – 12/11/20   12/11/20
Nov 20             01/01/19 – 30/11/20   01/12/20 – 12/12/20   12/12/20
Dec 20             01/01/19 – 31/12/20   01/01/21 – 11/01/21   12/01/21
Jan 21             01/01/19 – 31/01/21   01/02/21 – 12/02/21   12/02/21
Feb 21             01/01/19 – 28/02/21   01/03/21 – 12/03/21   12/03/21
Mar 21             01/01/19 – 31/03/21   01/04/21 – 12/04/21   12/04/21
Apr 21             01/01/19 – 30/04/21   01/05/21 – 10/05/21   12/05/21
May 21             01/01/19 – 31/05/21   01/06/21 – 12/06/21   12/06/21
June part July 21  01/01/19 – 14/07/21   14/07/21 – 19/07/21   19/07/21
Part July Aug 21   01/01/20 – 31/08/21   01/09/21 – 12/09/21   12/09/21
Sept 21            01/01/20 – 30/09/21   01/10/21 – 11/10/21   12/10/21
"""
PRINTED = [re.split(r"\s{2,}", line) for line in CALENDAR.strip().splitlines()]
DAY = datetime.timedelta(days=1)


def day(text: str) -> datetime.date:
    return datetime.datetime.strptime(text, "%d/%m/%y").date()


def as_printed(period: Period) -> list[str]:
    return [
        period.name,
        f"{period.start:%d/%m/%y} – {period.end:%d/%m/%y}",
        f"{period.opens:%d/%m/%y} – {period.last_day:%d/%m/%y}",
        f"{period.deadline:%d/%m/%y}",
    ]


@pytest.mark.parametrize("row", PRINTED, ids=[row[0] for row in PRINTED])
def test_the_calendar_of_the_standard(row: list[str]) -> None:
    end = day(row[1][-8:])
    assert as_printed(period_ending(end, DEFINITION)) == row


def test_the_calendar_is_whole_and_in_order() -> None:
    """Twelve submissions, the latest first; none in July and August but those of the standard."""
    made = [as_printed(p) for p in recent_periods(day("01/10/21"), DEFINITION)]
    assert made == PRINTED[::-1]


# The day after which the period of a month's end is submitted; 14 July and 31 August stand for July and August.
def expected_end(today: datetime.date) -> datetime.date:
    if today.month == 7:
        return today.replace(day=14)
    if today.month == 8:
        return today.replace(day=31)
    return today.replace(day=1) - DAY


def every_day(first: datetime.date, last: datetime.date) -> list[datetime.date]:
    return [first + n * DAY for n in range((last - first).days + 1)]


def test_the_period_of_every_day_of_two_years() -> None:
    ends = []
    for today in every_day(datetime.date(2021, 1, 1), datetime.date(2022, 12, 31)):
        period = current_period(today, DEFINITION)
        assert period.end == expected_end(today)
        assert period == period_ending(period.end, DEFINITION)
        assert period.start <= period.end < period.last_day
        assert (period.start.day, period.start.month) == (1, 1)
        assert period.opens in (period.end, period.end + DAY)
        ends.append(period.end)
    assert ends == sorted(ends)
    # Eleven submissions a year: none is made in August.
    assert len(set(ends)) == 22


@pytest.mark.parametrize(
    ("today", "name", "start"),
    [
        ("30/06/21", "May 21", "01/01/19"),
        ("01/07/21", "June part July 21", "01/01/19"),
        ("14/07/21", "June part July 21", "01/01/19"),
        ("31/07/21", "June part July 21", "01/01/19"),
        ("01/08/21", "Part July Aug 21", "01/01/20"),
        ("31/08/21", "Part July Aug 21", "01/01/20"),
        ("01/09/21", "Part July Aug 21", "01/01/20"),
        ("30/09/21", "Part July Aug 21", "01/01/20"),
        ("01/10/21", "Sept 21", "01/01/20"),
        ("01/01/22", "Dec 21", "01/01/20"),
        ("01/03/24", "Feb 24", "01/01/22"),
    ],
)
def test_july_august_and_september_roll(today: str, name: str, start: str) -> None:
    period = current_period(day(today), DEFINITION)
    assert (period.name, period.start) == (name, day(start))


@given(st.dates(datetime.date(1950, 1, 1), datetime.date(2150, 12, 31)))
def test_a_period_starts_on_1_january_of_the_year_before_the_one_that_begins_in_september(
    today: datetime.date,
) -> None:
    period = current_period(today, DEFINITION)
    submitted = period.opens
    assert period.start.year == submitted.year - (1 if submitted.month >= 9 else 2)
    before = previous_period(period, DEFINITION)
    assert before.end < period.end
    assert period.end - before.end <= 48 * DAY
    assert before.end == max(
        end for end in map(expected_end, every_day(before.end, period.end)) if end < period.end
    )


NOT_AN_END = [
    datetime.date(2021, 5, 30),
    datetime.date(2021, 6, 30),
    datetime.date(2021, 7, 13),
    datetime.date(2021, 7, 15),
    datetime.date(2021, 7, 31),
    datetime.date(2021, 8, 14),
    datetime.date(2021, 2, 27),
    datetime.date(2024, 2, 28),
    datetime.date(2021, 1, 1),
]


@pytest.mark.parametrize("end", NOT_AN_END, ids=str)
def test_a_day_on_which_no_period_ends_is_refused_in_words(end: datetime.date) -> None:
    with pytest.raises(ValueError, match=r"^No reporting period ends on ") as refusal:
        period_ending(end, DEFINITION)
    assert str(refusal.value) == (
        f"No reporting period ends on {end:%d/%m/%Y}: periods end with a month, but for June and July, "
        f"when one ends on 14/07/{end:%Y}."
    )


@pytest.mark.parametrize(
    "end", [datetime.date(1, 1, 31), datetime.date(9999, 12, 31)], ids=["year 1", "year 9999"]
)
def test_a_year_without_a_period_is_refused_in_words(end: datetime.date) -> None:
    with pytest.raises(ValueError, match=r"^No reporting period ends in the year \d+\.$"):
        period_ending(end, DEFINITION)
