"""Dates as people type them: 1/2/22, 01022022, 1 Feb 2022, 2022-02-01."""

from __future__ import annotations

import datetime
import re

MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
FORMS = (
    re.compile(r"^(?P<d>\d{1,2})[\s/.\-]+(?P<m>\d{1,2})[\s/.\-]+(?P<y>\d{4}|\d{2})$"),
    re.compile(
        r"^(?P<d>\d{1,2})(?:st|nd|rd|th)?[\s/.\-]*(?P<m>[a-z]{3,9})\.?,?[\s/.\-]*(?P<y>\d{4}|\d{2})$"
    ),
    re.compile(r"^(?P<y>\d{4})[\s/.\-]+(?P<m>\d{1,2})[\s/.\-]+(?P<d>\d{1,2})$"),
    re.compile(r"^(?P<d>\d{2})(?P<m>\d{2})(?P<y>\d{4}|\d{2})$"),
    re.compile(r"^(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})$"),
)
FULL_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july",
    "august", "september", "october", "november", "december",
)  # fmt: skip


def read_date(text: str, *, latest_year: int | None = None) -> datetime.date | None:
    """The day that was typed, or None. Two-digit years are taken as the latest that is not after `latest_year`.

    `latest_year` is next year unless given, so that 1/2/22 is 2022 and 1/2/85 is 1985.
    """
    text = text.strip().lower()
    for form in FORMS:
        match = form.match(text)
        day = _day(match["y"], match["m"], match["d"], latest_year) if match else None
        if day is not None:
            return day
    return None


def _day(year: str, month: str, day: str, latest_year: int | None) -> datetime.date | None:
    number = _month(month)
    if number is None:
        return None
    try:
        return datetime.date(_year(year, latest_year), number, int(day))
    except ValueError:
        return None


def _month(text: str) -> int | None:
    if text.isdigit():
        return int(text)
    is_name = any(name.startswith(text) for name in FULL_MONTHS) or text == "sept"
    return MONTHS.get(text[:3]) if is_name else None


def _year(text: str, latest_year: int | None) -> int:
    if len(text) == 4:
        return int(text)
    latest = latest_year or datetime.date.today().year + 1
    year = latest - latest % 100 + int(text)
    return year if year <= latest else year - 100
