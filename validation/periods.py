"""Reporting periods and the submission calendar (standard, 3.2 and 3.3)."""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Iterator
from dataclasses import dataclass

from validation.dataset import CoreDataset

JULY, AUGUST, SEPTEMBER = 7, 8, 9
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "June", "July", "Aug", "Sept", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Period:
    """A reporting period (both days inclusive) and the days on which its submission is made."""

    name: str
    start: datetime.date
    end: datetime.date
    opens: datetime.date
    last_day: datetime.date
    """The last day of the submission as the calendar prints it."""
    deadline: datetime.date
    """The regional deadline, approximate unless the calendar holds it."""


def period_ending(end: datetime.date, definition: CoreDataset) -> Period:
    """The reporting period that ends on the day. Raises ValueError, in words, when none does.

    Periods end with a month; June and part of July end on 14 July, and nothing is submitted in August.
    """
    if not 2 < end.year < datetime.MAXYEAR:
        raise ValueError(f"No reporting period ends in the year {end.year}.")
    part_july = datetime.date(end.year, JULY, definition.limits["july_last_day"])
    in_july = end == part_july
    month_end = end.day == calendar.monthrange(end.year, end.month)[1]
    if not in_july and (not month_end or end.month in (JULY - 1, JULY)):
        raise ValueError(
            f"No reporting period ends on {end:%d/%m/%Y}: periods end with a month, but for June and July, "
            f"when one ends on {part_july:%d/%m/%Y}."
        )
    opens = end if in_july else end + datetime.timedelta(days=1)
    year = opens.year if opens.month >= SEPTEMBER else opens.year - 1
    usual = opens.replace(day=definition.limits["july_deadline_day" if in_july else "deadline_day"])
    last_day, deadline = definition.calendar.get(end, (usual, usual))
    return Period(
        _name(end, in_july), datetime.date(year - 1, 1, 1), end, opens, last_day, deadline
    )


def _name(end: datetime.date, in_july: bool) -> str:
    if in_july:
        return f"June part July {end:%y}"
    if end.month == AUGUST:
        return f"Part July Aug {end:%y}"
    return f"{MONTHS[end.month - 1]} {end:%y}"


def current_period(today: datetime.date, definition: CoreDataset) -> Period:
    """The period whose submission is being made, or, in early July and in August, is made next."""
    if today.month == JULY:
        end = datetime.date(today.year, JULY, definition.limits["july_last_day"])
    elif today.month == AUGUST:
        end = datetime.date(today.year, AUGUST, 31)
    else:
        end = today.replace(day=1) - datetime.timedelta(days=1)
    return period_ending(end, definition)


def previous_period(period: Period, definition: CoreDataset) -> Period:
    """The period before: that of the day before this one's month, or of the one before that in July and August."""
    return current_period(_month_before(period.end), definition)


def _month_before(end: datetime.date) -> datetime.date:
    if end.month == AUGUST:
        return end.replace(month=JULY, day=1)
    if end.month == JULY:
        return end.replace(month=JULY - 1, day=1)
    return end.replace(day=1)


def recent_periods(
    today: datetime.date, definition: CoreDataset, count: int = 12
) -> Iterator[Period]:
    """The current period and those before it, the latest first."""
    period = current_period(today, definition)
    for _ in range(count):
        yield period
        period = previous_period(period, definition)
