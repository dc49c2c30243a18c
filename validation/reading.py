"""Reads an extract (csv_format.md): bytes to a frame of text, or what is wrong with the file, all at once."""

from __future__ import annotations

import csv
import io
import re
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import polars as pl

from validation.dataset import CoreDataset
from validation.encoding import MARK, as_utf8, not_csv
from validation.headers import (
    Columns,
    cleaned,
    header_problems,
    nameless_value,
    separator_of,
    start_of_headers,
)
from validation.problems import MAX_PROBLEMS, Problem, unreadable

MAX_FILE = 1_000_000_000
MAX_LINE = 262_144
LONE_RETURN = re.compile(rb"\r(?!\n)")
QUOTED_OR_NOT = r'^(?:[^"]*|"[^"]*")$'
OTHER_BLANKS = (b"\t", b"\v", b"\f")
MAX_WRONG = 1_000_000
"""So many rows of a wrong length are counted; the rest of the file is not looked at."""
CHUNK = 20_000
NO_DATA = "The file has a header row and no data."
TOO_MANY = "Put quotation marks around a value that has a separator in it; remove a value that has no column."
TOO_FEW = "Give every column a value, if only a blank one."


@dataclass(frozen=True)
class Reading:
    """A file as read: `rows` (column `row` UInt32, then one String column per header) or problems."""

    rows: pl.DataFrame | None
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class _Text:
    """A file from its header row on, as UTF-8, and what parts its columns."""

    content: bytes
    separator: str
    columns: Columns

    @property
    def body(self) -> int:
        """Where the first row below the header row begins."""
        end = self.content.find(b"\n")
        return len(self.content) if end < 0 else end + 1

    @property
    def parting(self) -> bytes:
        return self.separator.encode()

    @property
    def height(self) -> int:
        """How many rows stand below the header row."""
        ends = self.content.count(b"\n", self.body)
        return ends if self.content.endswith(b"\n") else ends + 1


@dataclass
class _WrongRows:
    """Rows of a wrong length, told once for each number of values (0: too many characters) however many there are."""

    rows: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Number of values -> first row, how many rows."""
    total: int = 0

    def add(self, row: int, found: int) -> None:
        first, rows = self.rows.get(found, (row, 0))
        self.rows[found] = first, rows + 1
        self.total += 1

    def __bool__(self) -> bool:
        return bool(self.rows)

    @property
    def is_full(self) -> bool:
        return len(self.rows) == MAX_PROBLEMS or self.total == MAX_WRONG

    def problems(self, width: int) -> list[Problem]:
        """`width` is how many values a row should have."""
        return [self._problem(width, found, *rows) for found, rows in self.rows.items()]

    def _problem(self, width: int, found: int, first: int, rows: int) -> Problem:
        others = f"{'at least ' if self.is_full else ''}{rows - 1:,}"
        so = f" The same is so of {others} more row{'s' if rows > 2 else ''}." if rows > 1 else ""
        if not found:
            return _too_long(first, so)
        return unreadable(
            f"The row has {found} value{'' if found == 1 else 's'} and the header row {width}.{so} "
            + (TOO_MANY if found > width else TOO_FEW),
            first,
            value=str(found),
        )


def read_file(path: Path, definition: CoreDataset) -> Reading:
    """Reads an extract from disk. Never raises for what the file holds; memory stays bounded."""
    try:
        about = path.stat()
        if not (stat.S_ISREG(about.st_mode) or stat.S_ISDIR(about.st_mode)):
            # A pipe or a device may never end.
            return _refused(unreadable("The file could not be opened: it is no plain file."))
        with path.open("rb") as file:
            problem = _unusable(file.read(MAX_LINE + 4), about.st_size)
            if problem:
                return _refused(problem)
            file.seek(0)
            content = file.read(MAX_FILE + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        return _refused(unreadable(f"The file could not be opened: {reason}."))
    return read_bytes(content, definition)


def read_bytes(content: bytes, definition: CoreDataset) -> Reading:
    """Reads an extract that is in memory.

    Returns a frame with the columns `row` (the header is row 1) and every header of the definition,
    values stripped and blanks null, without rows that are blank; or problems by the rules NQ001 to NQ004.
    """
    problem = _unusable(content[: MAX_LINE + 4], len(content))
    if problem:
        return _refused(problem)
    text = as_utf8(content)
    if isinstance(text, Problem):
        return _refused(text)
    if b"\x00" in text:
        row = text.count(b"\n", 0, text.index(b"\x00")) + 1
        reason = f"The file is binary, not CSV: row {row} has a character NUL. Save it as CSV."
        return _refused(unreadable(reason))
    if b"\n" not in text:
        text = text.replace(b"\r", b"\n")
    start, named = start_of_headers(text)
    text = _without_blank_end(text[start:])
    if not text:
        return _refused(unreadable("The file is empty."))
    header_row = text[: text.find(b"\n")] if b"\n" in text else text
    separator = separator_of(header_row.decode(), named, definition)
    is_quoted = b'"' in text
    if not is_quoted or LONE_RETURN.search(text) is None:
        reading = _read_plain(text, header_row.decode(), separator, definition, is_quoted=is_quoted)
        if reading is not None:
            return reading
    return _read_quoted(text, separator, definition)


def _refused(*problems: Problem) -> Reading:
    return Reading(None, problems)


def _unusable(start: bytes, size: int) -> Problem | None:
    if size > MAX_FILE:
        return unreadable(f"The file is larger than {MAX_FILE // 1_000_000:,} MB.")
    problem = not_csv(start)
    if problem:
        return problem
    if not start.removeprefix(MARK).strip():
        return unreadable("The file is empty.")
    if len(start) > MAX_LINE and not (b"\n" in start or b"\r" in start):
        return _too_long(1)
    return None


def _too_long(row: int, also: str = "") -> Problem:
    return unreadable(f"The row is longer than {MAX_LINE:,} characters.{also}", row)


def _without_blank_end(text: bytes) -> bytes:
    """The text without blank rows and blanks at its end; a copy of a large file is made only where there are some."""
    return text if text[-3:].rstrip() else text.rstrip(b"\r\n ")


def _read_plain(
    content: bytes, header_row: str, separator: str, definition: CoreDataset, *, is_quoted: bool
) -> Reading | None:
    """A file in which every separator separates. None: quotation marks do more than stand around whole values."""
    cells = header_row.split(separator)
    if is_quoted:
        if not all(re.match(QUOTED_OR_NOT, cell.rstrip("\r")) for cell in cells):
            return None
        cells = [cell.strip().strip('"') for cell in cells]
    columns = Columns(cleaned(cells))
    problems = header_problems(columns.headers, definition)
    if problems:
        return _refused(*problems)
    text = _Text(content, separator, columns)
    if text.body == len(content):
        return _refused(unreadable(NO_DATA))
    if not _is_even(text):
        return None if is_quoted else _read_uneven(text)
    try:
        return _read_even(text, None, is_quoted=is_quoted)
    except pl.exceptions.ComputeError:
        # A row is too long, and another too short.
        return None if is_quoted else _read_uneven(text)


def _is_even(text: _Text) -> bool:
    """Whether rows have neither too many nor too few values in all, and none is longer than MAX_LINE."""
    content, place = text.content, text.body
    expected = (len(text.columns.headers) - 1) * text.height
    if content.count(text.parting, place) != expected:
        return False
    if text.columns.nameless and not _is_even_everywhere(text):
        return False
    while len(content) - place > MAX_LINE:
        end = content.rfind(b"\n", place, place + MAX_LINE + 1)
        if end < 0:
            return False
        place = end + 1
    return True


def _is_even_everywhere(text: _Text) -> bool:
    """Whether each row has as many values as the header row; polars says nothing where it reads some columns only."""
    lines = io.BytesIO(text.content)
    lines.seek(text.body)
    separators = len(text.columns.headers) - 1
    return all(line.count(text.parting) == separators for line in lines)


def _read_uneven(text: _Text) -> Reading:
    """A file in which some rows are blank, too long, or have another number of values than the header row."""
    width, least = text.columns.widths
    blanks = b" \t\r\n\v\f" + text.parting
    kept, numbers, wrong = io.BytesIO(), [], _WrongRows()
    kept.write(text.content[: text.body])
    for row, line in enumerate(io.BytesIO(text.content[text.body :]), 2):
        found = line.count(text.parting) + 1
        if len(line) > MAX_LINE:
            wrong.add(row, 0)
        elif not line.strip(blanks):
            continue
        elif found == width:
            kept.write(line)
            numbers.append(row)
        elif found >= least and (whole := _evened(line, text, width)):
            kept.write(whole)
            numbers.append(row)
        else:
            wrong.add(row, found)
        if wrong.is_full:
            break
    if wrong:
        return _refused(*wrong.problems(width))
    if not numbers:
        return _refused(unreadable(NO_DATA))
    evened = _Text(kept.getvalue(), text.separator, text.columns)
    reading = _read_even(evened, numbers, is_quoted=False)
    return reading or _refused(unreadable(NO_DATA))


def _evened(line: bytes, text: _Text, width: int) -> bytes | None:
    """The row without the blank values behind all columns, or with those that lack; None: one of them is not blank."""
    cells = line.rstrip(b"\r\n").split(text.parting, width)
    if any(cell.strip() for part in cells[width:] for cell in part.decode().split(text.separator)):
        return None
    cells += [b""] * (width - len(cells))
    return text.parting.join(cells[:width]) + b"\n"


def _read_even(text: _Text, numbers: Sequence[int] | None, *, is_quoted: bool) -> Reading | None:
    """A file of even rows, whose numbers are given unless they follow one another. None as for `_read_plain`."""
    columns = text.columns
    if columns.nameless:
        problem = _value_without_name(text, numbers)
        if problem:
            return _refused(problem)
    # Short rows are filled up in silence, but not where none is long: for a long one it raises.
    frame = pl.read_csv(
        text.content,
        separator=text.separator,
        infer_schema=False,
        quote_char=None,
        columns=columns.named if columns.nameless else None,
    )
    frame.columns = [columns.headers[n] for n in columns.named]
    if is_quoted:
        if not _is_quoted_whole(frame):
            return None
        bare = pl.all().str.strip_chars('"')
        frame = frame.select(pl.when(bare != "").then(bare))
    return _numbered(frame, numbers, strip=_has_blanks(text))


def _value_without_name(text: _Text, numbers: Sequence[int] | None) -> Problem | None:
    """The first value in a column without a name."""
    columns = text.columns
    if len(columns.nameless) == columns.nameless_at_end():
        # The usual case, seen at once: every row ends with as many separators.
        end = text.parting * columns.nameless_at_end()
        ends = sum(text.content.count(end + line_end, text.body) for line_end in (b"\n", b"\r\n"))
        if ends + text.content.endswith(end) == text.height:
            return None
    for place, line in enumerate(io.BytesIO(text.content[text.body :])):
        cells = line.decode().split(text.separator)
        for n in columns.nameless:
            if cells[n : n + 1] and cells[n].strip().strip('"'):
                row = numbers[place] if numbers else place + 2
                return nameless_value(row, n, cells[n].strip())
    return None


def _is_quoted_whole(frame: pl.DataFrame) -> bool:
    """Whether quotation marks stand only around whole values."""
    return all(frame.select(pl.all().unique().str.contains(QUOTED_OR_NOT).all()).row(0))


@cache
def _space_at_edge(parting: bytes) -> re.Pattern[bytes]:
    edge = re.escape(parting) + b'"'
    return re.compile(rb" (?:[" + edge + rb"\r\n]|(?<=[" + edge + rb"\n] ))")


def _has_blanks(text: _Text) -> bool:
    """Whether there may be blanks, or odd line ends, around a value; a space inside one is no blank."""
    content = text.content
    return (
        not content.isascii()
        or any(blank in content for blank in OTHER_BLANKS)
        or LONE_RETURN.search(content) is not None
        or _space_at_edge(text.parting).search(content) is not None
    )


def _read_quoted(content: bytes, separator: str, definition: CoreDataset) -> Reading:
    """A file with quotation marks, read by the strict reader of the standard library."""
    lines = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", newline="")
    reader = csv.reader(lines, strict=True, delimiter=separator)
    row = width = 0
    frames: list[pl.DataFrame] = []
    chunk: list[list[str]] = []
    numbers: list[int] = []
    wrong = _WrongRows()
    try:
        columns = Columns(cleaned(next(reader)))
        problems = header_problems(columns.headers, definition)
        if problems:
            return _refused(*problems)
        schema = {columns.headers[n]: pl.String for n in columns.named}
        (width, least), named, nameless = columns.widths, columns.named, columns.nameless
        row = 1
        for row, cells in enumerate(reader, 2):
            if not any(cell.strip() for cell in cells):
                continue
            if not any(cell.strip() for cell in cells[width:]):
                del cells[width:]
            if least <= len(cells):
                cells += [""] * (width - len(cells))
            stray = [n for n in nameless if n < len(cells) and cells[n].strip()]
            if len(cells) != width:
                wrong.add(row, len(cells))
            elif stray:
                problem = nameless_value(row, stray[0], cells[stray[0]].strip())
                return _refused(*wrong.problems(width), problem)
            elif not wrong:
                chunk.append([cells[n] for n in named] if nameless else cells)
                numbers.append(row)
            if wrong.is_full:
                break
            if len(chunk) == CHUNK:
                frames.append(pl.DataFrame(chunk, schema=schema, orient="row"))
                chunk = []
    except csv.Error as error:
        reason = f"A quotation mark is not closed, or stands alone ({error})."
        return _refused(*wrong.problems(width), unreadable(reason, row + 1))
    if wrong:
        return _refused(*wrong.problems(width))
    if not numbers:
        return _refused(unreadable(NO_DATA))
    frames.append(pl.DataFrame(chunk, schema=schema, orient="row"))
    return _numbered(pl.concat(frames), numbers, strip=True)


def _numbered(frame: pl.DataFrame, numbers: Sequence[int] | None, *, strip: bool) -> Reading:
    """The rows with their numbers, without blank rows; strips values and makes blanks null where that is needed.

    Columns that are blank all the way down take no memory, and no column lies in memory twice.
    """
    headers, height = frame.columns, frame.height
    if strip:
        stripped = pl.all().str.strip_chars()
        frame = frame.select(pl.when(stripped != "").then(stripped))
    columns = {}
    for header in headers:
        column = frame.drop_in_place(header)
        if column.null_count() < height:
            columns[header] = column.rechunk()
    if not columns:
        return _refused(unreadable(NO_DATA))
    given = pl.DataFrame(columns)
    row = (
        pl.int_range(2, height + 2, dtype=pl.UInt32)
        if numbers is None
        else pl.lit(pl.Series(numbers, dtype=pl.UInt32))
    )
    blank = pl.lit(None, dtype=pl.String)
    rows = given.select(
        *(pl.col(header) if header in columns else blank.alias(header) for header in headers),
        row=row,
    )
    if all(column.null_count() for column in columns.values()):
        rows = rows.filter(pl.any_horizontal(pl.col(list(columns)).is_not_null()))
    return Reading(rows, ())
