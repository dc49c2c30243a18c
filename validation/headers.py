"""The header row of an extract: what parts its columns, which they are, and what is wrong with them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from validation.dataset import CoreDataset
from validation.problems import MAX_PROBLEMS, Problem

MAX_SHOWN = 100
SEPARATORS = (",", ";", "\t", "|")
BLANK_ROWS = re.compile(rb"(?:[ \t,;|]*\r?\n)*")
SEPARATOR_ROW = re.compile(rb'"?sep=(.)"?[,;\t]*\r?\n', re.IGNORECASE)


def start_of_headers(content: bytes) -> tuple[int, str]:
    """Where the header row begins, behind blank rows and a row `sep=;`, and the separator that this names or ''."""
    start = _end(BLANK_ROWS, content, 0)
    named = SEPARATOR_ROW.match(content, start)
    if named is None:
        return start, ""
    separator = named[1].decode("ascii", errors="replace")
    return _end(BLANK_ROWS, content, named.end()), separator


def _end(pattern: re.Pattern[bytes], content: bytes, start: int) -> int:
    match = pattern.match(content, start)
    return match.end() if match else start


def separator_of(header_row: str, named: str, definition: CoreDataset) -> str:
    """What parts the header row into the most columns of the data set; a comma where nothing does better."""
    row = header_row.replace('"', "")
    usable = [named] if named and named not in '"\ufffd' and not named.isalnum() else []

    def fitting(separator: str) -> int:
        return len(definition.by_header.keys() & set(cleaned(row.split(separator))))

    return max([*SEPARATORS, *usable], key=fitting)


def cleaned(cells: list[str]) -> list[str]:
    return [cell.strip().upper() for cell in cells]


@dataclass(frozen=True)
class Columns:
    """The columns of a file in their order: headers, where '' is a column without a name."""

    headers: list[str]

    @property
    def named(self) -> list[int]:
        return [n for n, header in enumerate(self.headers) if header]

    @property
    def nameless(self) -> list[int]:
        return [n for n, header in enumerate(self.headers) if not header]

    def nameless_at_end(self) -> int:
        """How many columns without a name stand behind the last one that has one."""
        return len(self.headers) - 1 - max(self.named, default=-1)

    @property
    def widths(self) -> tuple[int, int]:
        """How many values a row has, and how many it needs: blank ones without a name may be missing at its end."""
        return len(self.headers), len(self.headers) - self.nameless_at_end()


def nameless_value(row: int, place: int, value: str) -> Problem:
    """The problem with a value in a column without a name; `place` is 0 for the first column."""
    reason = (
        f"Row {row} has a value in column {place + 1} ({letters(place)} in a spreadsheet), which has no name in "
        "the header row. Name the column, or delete it."
    )
    return Problem("NQ002", row, "", value[:MAX_SHOWN], reason)


def letters(place: int) -> str:
    """What spreadsheets call a column: A for 0, AA for 26."""
    name = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def header_problems(headers: list[str], definition: CoreDataset) -> list[Problem]:
    """What is missing, unknown or there twice; one problem where the row is hardly a header row at all."""
    missing = set(definition.headers) - set(headers)
    if 2 * len(missing) > len(definition.headers):
        return [_no_header_row(headers, definition, len(definition.headers) - len(missing))]
    problems = [
        Problem("NQ001", 1, header, "") for header in definition.headers if header in missing
    ]
    surplus = []
    seen: set[str] = set()
    for header in headers:
        if header and header not in definition.by_header:
            surplus.append(Problem("NQ002", 1, header[:MAX_SHOWN], ""))
        elif header and header in seen:
            surplus.append(Problem("NQ003", 1, header, ""))
        seen.add(header)
    left = len(surplus) - MAX_PROBLEMS
    if left > 0:
        reason = f"{left:,} more columns are not in the data set, or are there twice."
        surplus[MAX_PROBLEMS:] = [Problem("NQ002", 1, "", "", reason)]
    return problems + surplus


def _no_header_row(headers: list[str], definition: CoreDataset, fitting: int) -> Problem:
    begins = ", ".join(headers[:3])[:MAX_SHOWN]
    how_many = f"only {fitting}" if fitting else "none"
    return Problem(
        "NQ001",
        1,
        "",
        begins,
        f"The first row is not the header row of an extract: it has {how_many} of the "
        f"{len(definition.headers)} columns of the data set, and begins {begins!r}. Put the names of all columns "
        "into the first row, and save the file as CSV, with commas between the values.",
    )
