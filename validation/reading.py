"""Reads an extract (csv_format.md): bytes to a frame of text, or what is wrong with the file, all at once."""

from __future__ import annotations

import csv
import io
import re
import stat
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import polars as pl

from validation.dataset import CoreDataset

MAX_FILE = 1_000_000_000
MAX_LINE = 262_144
MAX_PROBLEMS = 100
MAX_SHOWN = 100
SPACE_AT_EDGE = re.compile(rb" (?:[,\r\n]|(?<=[,\n] ))")
LONE_RETURN = re.compile(rb"\r(?!\n)")
OTHER_BLANKS = (b"\t", b"\v", b"\f")
CHUNK = 20_000


@dataclass(frozen=True)
class Problem:
    """Something that makes a file unreadable or rejects it: the rule, the row (header is 1), the words."""

    rule: str
    row: int | None
    header: str
    value: str
    reason: str = ""


@dataclass(frozen=True)
class Reading:
    """A file as read: `rows` (column `row` UInt32, then one String column per header) or problems."""

    rows: pl.DataFrame | None
    problems: tuple[Problem, ...]


def unreadable(reason: str, row: int | None = None, value: str = "") -> Problem:
    return Problem("NQ004", row, "", value, reason)


def read_file(path: Path, definition: CoreDataset) -> Reading:
    """Reads an extract from disk. Never raises for what the file holds; memory stays bounded."""
    try:
        about = path.stat()
        if not (stat.S_ISREG(about.st_mode) or stat.S_ISDIR(about.st_mode)):
            # A pipe or a device may never end.
            return Reading(
                None, (unreadable("The file could not be opened: it is no plain file."),)
            )
        with path.open("rb") as file:
            problem = _unusable(file.read(MAX_LINE + 4), about.st_size)
            if problem:
                return Reading(None, (problem,))
            file.seek(0)
            content = file.read(MAX_FILE + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        return Reading(None, (unreadable(f"The file could not be opened: {reason}."),))
    return read_bytes(content, definition)


def read_bytes(content: bytes, definition: CoreDataset) -> Reading:
    """Reads an extract that is in memory.

    Returns a frame with the columns `row` (the header is row 1) and every header of the definition,
    values stripped and blanks null; or problems by the rules NQ001 to NQ004.
    """
    problem = _unusable(content[: MAX_LINE + 4], len(content))
    if problem:
        return Reading(None, (problem,))
    if b"\x00" in content:
        row = content.count(b"\n", 0, content.index(b"\x00")) + 1
        reason = f"The file is binary, not CSV: row {row} has a character NUL. Save it as CSV."
        return Reading(None, (unreadable(reason),))
    content = _utf8(content).rstrip()
    if b"\n" not in content:
        content = content.replace(b"\r", b"\n")
    if b'"' in content:
        return _read_quoted(content, definition)
    return _read_plain(content, definition)


def _unusable(start: bytes, size: int) -> Problem | None:
    if size > MAX_FILE:
        return unreadable(f"The file is larger than {MAX_FILE // 1_000_000:,} MB.")
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return unreadable("The file is UTF-16. Save it as CSV UTF-8 or plain CSV.")
    if b"\x00" in start:
        return unreadable("The file is binary, not CSV. Save it as CSV.")
    if not start.removeprefix(b"\xef\xbb\xbf").strip():
        return unreadable("The file is empty.")
    if len(start) > MAX_LINE and not (b"\n" in start or b"\r" in start):
        return _too_long(1)
    return None


def _too_long(row: int) -> Problem:
    return unreadable(f"The row is longer than {MAX_LINE:,} characters.", row)


def _utf8(content: bytes) -> bytes:
    """The content as UTF-8 without byte order mark; what is not UTF-8 is taken as Windows-1252."""
    content = content.removeprefix(b"\xef\xbb\xbf")
    if content.isascii():
        return content
    try:
        content.decode()
    except UnicodeDecodeError:
        # Windows-1252 leaves five bytes undefined; a rule finds the mark that stands for them.
        return content.decode("cp1252", errors="replace").encode()
    return content


def _read_plain(content: bytes, definition: CoreDataset) -> Reading:
    """A file without a quotation mark: a comma is always a separator."""
    first, _, body = content.partition(b"\n")
    headers = [cell.strip().upper() for cell in first.decode().split(",")]
    problems = _header_problems(headers, definition)
    if problems:
        return Reading(None, tuple(problems))
    if not body:
        return Reading(None, (unreadable("The file has a header row and no data."),))
    try:
        if _is_uneven(body, len(headers)):
            return Reading(None, tuple(_uneven(body, len(headers))))
        # Short rows are filled up in silence, but not where none is long: for a long one it raises.
        frame = pl.read_csv(content, infer_schema=False, quote_char=None).rechunk()
    except pl.exceptions.ComputeError:
        return Reading(None, tuple(_uneven(body, len(headers))))
    frame.columns = headers
    return Reading(_numbered(frame, strip=_has_blanks(content)), ())


def _has_blanks(content: bytes) -> bool:
    """Whether there may be blanks, or odd line ends, around a value; a space inside one is no blank."""
    return (
        not content.isascii()
        or any(blank in content for blank in OTHER_BLANKS)
        or LONE_RETURN.search(content) is not None
        or SPACE_AT_EDGE.search(content) is not None
    )


def _is_uneven(body: bytes, width: int) -> bool:
    """Whether rows have too many or too few values in all, or one is longer than MAX_LINE."""
    if body.count(b",") != (width - 1) * (body.count(b"\n") + 1):
        return True
    place = 0
    while len(body) - place > MAX_LINE:
        end = body.rfind(b"\n", place, place + MAX_LINE + 1)
        if end < 0:
            return True
        place = end + 1
    return False


def _uneven(body: bytes, width: int) -> list[Problem]:
    """The first rows that are too long, or whose number of values is not that of the header row."""
    wrong = (
        _too_long(row) if len(line) > MAX_LINE else _width_problem(row, line.count(b",") + 1, width)
        for row, line in enumerate(io.BytesIO(body), 2)
        if line.count(b",") + 1 != width or len(line) > MAX_LINE
    )
    return list(islice(wrong, MAX_PROBLEMS))


def _read_quoted(content: bytes, definition: CoreDataset) -> Reading:
    """A file with quotation marks, read by the strict reader of the standard library."""
    lines = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", newline="")
    reader = csv.reader(lines, strict=True)
    row = 0
    frames: list[pl.DataFrame] = []
    chunk: list[list[str]] = []
    wrong: list[Problem] = []
    try:
        headers = [cell.strip().upper() for cell in next(reader)]
        problems = _header_problems(headers, definition)
        if problems:
            return Reading(None, tuple(problems))
        schema = {header: pl.String for header in headers}
        row = 1
        for row, cells in enumerate(reader, 2):
            if len(cells) != len(headers):
                wrong.append(_width_problem(row, len(cells), len(headers)))
                if len(wrong) == MAX_PROBLEMS:
                    break
            elif not wrong:
                chunk.append(cells)
            if len(chunk) == CHUNK:
                frames.append(pl.DataFrame(chunk, schema=schema, orient="row"))
                chunk = []
    except csv.Error as error:
        reason = f"A quotation mark is not closed, or stands alone ({error})."
        return Reading(None, (*wrong, unreadable(reason, row + 1)))
    if wrong:
        return Reading(None, tuple(wrong))
    if row == 1:
        return Reading(None, (unreadable("The file has a header row and no data."),))
    frames.append(pl.DataFrame(chunk, schema=schema, orient="row"))
    return Reading(_numbered(pl.concat(frames), strip=True), ())


def _width_problem(row: int, found: int, expected: int) -> Problem:
    return unreadable(
        f"The row has {found} values and the header row {expected}.", row, value=str(found)
    )


def _header_problems(headers: list[str], definition: CoreDataset) -> list[Problem]:
    missing = set(definition.headers) - set(headers)
    problems = [
        Problem("NQ001", 1, header, "") for header in definition.headers if header in missing
    ]
    surplus = []
    seen: set[str] = set()
    for header in headers:
        if header not in definition.by_header:
            surplus.append(Problem("NQ002", 1, header[:MAX_SHOWN], ""))
        elif header in seen:
            surplus.append(Problem("NQ003", 1, header, ""))
        seen.add(header)
    left = len(surplus) - MAX_PROBLEMS
    if left > 0:
        reason = f"{left:,} more columns are not in the data set, or are there twice."
        surplus[MAX_PROBLEMS:] = [Problem("NQ002", 1, "", "", reason)]
    return problems + surplus


def _numbered(frame: pl.DataFrame, *, strip: bool) -> pl.DataFrame:
    """Numbers the rows; strips values and makes blanks null where that is needed."""
    stripped = pl.all().str.strip_chars()
    values = pl.when(stripped != "").then(stripped) if strip else pl.all()
    return frame.select(values, row=pl.int_range(2, frame.height + 2, dtype=pl.UInt32))
