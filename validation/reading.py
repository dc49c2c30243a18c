"""Reads an extract (csv_format.md): bytes to a frame of text, or what is wrong with the file, all at once."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import polars as pl

from validation.dataset import CoreDataset

MAX_FILE = 1_000_000_000
MAX_HEADER_LINE = 262_144
MAX_PROBLEMS = 100
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
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(MAX_HEADER_LINE + 4)
            problem = _unusable(start, size)
            if problem:
                return Reading(None, (problem,))
            content = start + file.read()
    except OSError as error:
        return Reading(
            None, (unreadable(f"The file could not be opened: {error.strerror or error}."),)
        )
    return read_bytes(content, definition)


def read_bytes(content: bytes, definition: CoreDataset) -> Reading:
    """Reads an extract that is in memory.

    Returns a frame with the columns `row` (the header is row 1) and every header of the definition,
    values stripped and blanks null; or problems by the rules NQ001 to NQ004.
    """
    problem = _unusable(content[: MAX_HEADER_LINE + 4], len(content))
    if problem:
        return Reading(None, (problem,))
    if b"\x00" in content:
        return Reading(None, (unreadable("The file is binary, not CSV."),))
    content = _utf8(content).rstrip()
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
    if len(start) > MAX_HEADER_LINE and b"\n" not in start:
        return unreadable(f"The first line is longer than {MAX_HEADER_LINE:,} characters.", 1)
    return None


def _utf8(content: bytes) -> bytes:
    """The content as UTF-8 without byte order mark; what is not UTF-8 is taken as Windows-1252."""
    content = content.removeprefix(b"\xef\xbb\xbf")
    if content.isascii():
        return content
    try:
        content.decode()
    except UnicodeDecodeError:
        # Windows-1252 leaves five bytes undefined; they stay control characters, which a rule finds.
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
    uneven = _uneven(body, len(headers))
    if uneven:
        return Reading(None, tuple(uneven))
    frame = pl.read_csv(content, infer_schema=False, quote_char=None)
    frame.columns = headers
    return Reading(_numbered(frame, strip=b" " in content or b"\t" in content), ())


def _uneven(body: bytes, width: int) -> list[Problem]:
    """The first rows whose number of values is not that of the header row."""
    lines = enumerate(body.split(b"\n"), 2)
    wrong = ((row, line.count(b",") + 1) for row, line in lines if line.count(b",") + 1 != width)
    return [_width_problem(row, found, width) for row, found in islice(wrong, MAX_PROBLEMS)]


def _read_quoted(content: bytes, definition: CoreDataset) -> Reading:
    """A file with quotation marks, read by the strict reader of the standard library."""
    reader = csv.reader(io.StringIO(content.decode(), newline=""), strict=True)
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
            elif not wrong:
                chunk.append(cells)
            if len(chunk) == CHUNK:
                frames.append(pl.DataFrame(chunk, schema=schema, orient="row"))
                chunk = []
    except csv.Error as error:
        reason = f"A quotation mark is not closed, or stands alone ({error})."
        return Reading(None, (*wrong[:MAX_PROBLEMS], unreadable(reason, row + 1)))
    if wrong:
        return Reading(None, tuple(wrong[:MAX_PROBLEMS]))
    if row == 1:
        return Reading(None, (unreadable("The file has a header row and no data."),))
    frames.append(pl.DataFrame(chunk, schema=schema, orient="row"))
    return Reading(_numbered(pl.concat(frames), strip=True), ())


def _width_problem(row: int, found: int, expected: int) -> Problem:
    return unreadable(
        f"The row has {found} values and the header row {expected}.", row, value=str(found)
    )


def _header_problems(headers: list[str], definition: CoreDataset) -> list[Problem]:
    known = set(definition.by_header)
    seen: set[str] = set()
    problems = [
        Problem("NQ001", 1, header, "") for header in definition.headers if header not in headers
    ]
    for header in headers:
        if header not in known:
            problems.append(Problem("NQ002", 1, header[:100], ""))
        elif header in seen:
            problems.append(Problem("NQ003", 1, header, ""))
        seen.add(header)
    return problems


def _numbered(frame: pl.DataFrame, *, strip: bool) -> pl.DataFrame:
    """Numbers the rows; strips values and makes blanks null where that is needed."""
    stripped = pl.all().str.strip_chars()
    values = pl.when(stripped != "").then(stripped) if strip else pl.all()
    return frame.select(values, row=pl.int_range(2, frame.height + 2, dtype=pl.UInt32))
