"""What makes a file unreadable, or rejects it before its records are judged."""

from __future__ import annotations

from dataclasses import dataclass

MAX_PROBLEMS = 100
"""So many problems of a file are told."""


@dataclass(frozen=True)
class Problem:
    """Something that makes a file unreadable or rejects it: the rule, the row (header is 1), the words."""

    rule: str
    row: int | None
    header: str
    value: str
    reason: str = ""


def unreadable(reason: str, row: int | None = None, value: str = "") -> Problem:
    return Problem("NQ004", row, "", value, reason)
