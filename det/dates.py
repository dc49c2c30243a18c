"""Dates as people type them: 1/2/22, 01022022, 1 Feb 2022, Tuesday 1st February 2022, 2022-02-01, 20220201."""

from __future__ import annotations

import datetime
import re

from det.definition import core_dataset
from validation.dataset import DataItem
from validation.spelling import TIME

FULL_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july",
    "august", "september", "october", "november", "december",
)  # fmt: skip
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SHORTEST_NAME = 3
"""Of a month or a weekday: ma could be March or May."""
PARTS = re.compile(r"[0-9]+|[a-z]+")
NOTHING_ELSE = re.compile(r"[0-9a-z\s/\\.,\-]*")
ORDINAL = re.compile(r"(?<=[0-9])\s*(?:st|nd|rd|th)\b(?:\s+of\b)?")
FLAGS = re.IGNORECASE | re.ASCII
AT_A_TIME = re.compile(TIME, FLAGS)
"""What a spreadsheet or a system writes behind a date, as in a file."""
ZONED = re.compile(rf"{TIME[:-1]} ?(?:Z|[+-]\d{{2}}:?(?:\d{{2}})?)$", FLAGS)
SAME_DAY = re.compile(r"[ T](?!23)\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|\+00:?00)$", FLAGS)
"""A time in Greenwich that is of the same day in England, where it may be an hour later in summer."""
DASHES = str.maketrans("‐‑‒–—−", "------", "'‘’")
Parts = tuple[str, str, str]
"""Year, month and day as they were typed."""


def example(item: DataItem) -> str:
    """A date as a person may type it for the item: people are born long before other things happen."""
    return f"27 3 {1994 if item.record == 'client' else 2022}"


def read_date(text: str, *, latest_year: int | None = None) -> datetime.date | None:
    """The day that was typed, or None for what is no day, could be two, or contradicts itself.

    Two-digit years are taken as the latest that is not after `latest_year`, which is next year unless given, so that
    1/2/22 is 2022 and 1/2/85 is 1985. A year before `earliest_year`, or more than `years_ahead` after the latest
    (limits.csv), is a slip of the pen; of eight digits it tells which end is the year.
    """
    typed = _Typed(text)
    day = typed.day(latest_year)
    return None if day is None or typed.doubt(day) else day


def doubt(text: str, *, latest_year: int | None = None) -> str:
    """Why a day that was typed is not taken all the same, as a sentence; '' for what is taken, or is no day."""
    typed = _Typed(text)
    day = typed.day(latest_year)
    return "" if day is None else typed.doubt(day)


def in_full(day: datetime.date) -> str:
    """The day as people say it: 1 February 2022."""
    return f"{day.day} {day:%B %Y}"


class _Typed:
    """A text taken apart: all ways to read it as a day, and what stands beside the day."""

    def __init__(self, text: str) -> None:
        text = " ".join(text.lower().translate(DASHES).split())
        dated = SAME_DAY.sub("", text)
        self.may_be_next = bool(ZONED.search(dated))
        """Whether the time is one of another zone, with which the day in England may be another one."""
        self.weekday = 0
        """The day of the week that was typed, from 1; 0 for none."""
        self.readings: list[Parts] = []
        dated = ORDINAL.sub(" ", AT_A_TIME.sub("", ZONED.sub("", dated)))
        if not NOTHING_ELSE.fullmatch(dated):
            return
        parts = PARTS.findall(dated)
        self.weekday = _begins(WEEKDAYS, parts[0]) if parts else 0
        if self.weekday:
            parts = parts[1:]
        if len(parts) == 1:
            self.readings = _without_separators(parts[0])
        elif len(parts) == 3:
            self.readings = _three(*parts)

    def day(self, latest_year: int | None) -> datetime.date | None:
        """The only day that it can be, were it not for what stands beside it."""
        latest = latest_year or datetime.date.today().year + 1
        days = {_day(parts, latest) for parts in self.readings} - {None}
        return days.pop() if len(days) == 1 else None

    def doubt(self, day: datetime.date) -> str:
        """What beside the day speaks against it, as a sentence."""
        if self.may_be_next:
            return (
                "By the time behind it the day in England may be another one. Enter the day alone."
            )
        if self.weekday in (0, day.isoweekday()):
            return ""
        right, typed = WEEKDAYS[day.weekday()].title(), WEEKDAYS[self.weekday - 1].title()
        return f"{in_full(day)} is a {right}, not a {typed}. Check the day."


def _without_separators(digits: str) -> list[Parts]:
    if not digits.isdigit():
        return []
    if len(digits) == 6:
        return [(digits[4:], digits[2:4], digits[:2])]
    if len(digits) == 8:
        return [(digits[4:], digits[2:4], digits[:2]), (digits[:4], digits[4:6], digits[6:])]
    return []


def _three(first: str, second: str, third: str) -> list[Parts]:
    if first.isalpha():
        return [(third, first, second)]
    return [(first, second, third) if len(first) == 4 else (third, second, first)]


def _day(parts: Parts, latest: int) -> datetime.date | None:
    year, month, day = parts
    number = int(month) if month.isdigit() and len(month) < 3 else _begins(FULL_MONTHS, month)
    if not number or not day.isdigit() or len(day) > 2 or not year.isdigit():
        return None
    try:
        return datetime.date(_year(year, latest), number, int(day))
    except ValueError:
        return None


def _begins(names: tuple[str, ...], text: str) -> int:
    """The number of the name that begins so, from 1, or 0."""
    if len(text) < SHORTEST_NAME or not text.isalpha():
        return 0
    text = "sep" if text == "sept" else text
    return next((n for n, name in enumerate(names, 1) if name.startswith(text)), 0)


def _year(text: str, latest: int) -> int:
    """Raises ValueError for a year that cannot be meant."""
    limits = core_dataset().limits
    year = int(text)
    if len(text) == 2:
        year += latest - latest % 100
        return year if year <= latest else year - 100
    if len(text) != 4 or not limits["earliest_year"] <= year <= latest + limits["years_ahead"]:
        raise ValueError(text)
    return year
