"""Days outside a client's record, and between which of them a day can lie."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from det.checking import today
from det.dates import in_full


def years_after(day: datetime.date, years: int) -> datetime.date:
    """The same day so many years later, or earlier; 1 March for a 29 February that is not there."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return datetime.date(day.year + years, 3, 1)


@dataclass(frozen=True)
class Span:
    """The days from the first to the last, both of them included."""

    first: datetime.date
    last: datetime.date

    def __contains__(self, day: datetime.date) -> bool:
        return self.first <= day <= self.last

    def __str__(self) -> str:
        return f"from {in_full(self.first)} to {in_full(self.last)}"

    @property
    def example(self) -> str:
        """Today if it is one of the days, else the one nearest to it, as a person may type it."""
        day = min(max(today(), self.first), self.last)
        return f"{day.day} {day.month} {day.year}"


def past(years: int) -> Span:
    """The last years, up to today."""
    return Span(years_after(today(), -years), today())
