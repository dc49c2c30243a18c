"""What the bytes of a file are: CSV as UTF-8, something that can be made so, or something else."""

from __future__ import annotations

from validation.problems import Problem, unreadable

MARK = b"\xef\xbb\xbf"
SIGNATURES = (
    (b"PK\x03\x04", "a zip archive", "Take the CSV file out of it."),
    (b"\xd0\xcf\x11\xe0", "an Excel workbook", "Open it and save it as CSV."),
    (b"\x1f\x8b", "compressed (gzip)", "Take the CSV file out of it."),
    (b"%PDF-", "a PDF document", "Export the data as CSV."),
    (b"<", "a web page or XML", "Export the data as CSV."),
)
"""How files that are often taken for CSV begin, what they are, and what to do."""
WORKBOOKS = (
    (b"opendocument.spreadsheet", "an OpenDocument spreadsheet"),
    (b"[Content_Types].xml", "an Excel workbook"),
)
"""What stands near the beginning of a zip archive that is a workbook."""
SEEN = 40


def not_csv(start: bytes) -> Problem | None:
    """The problem with a file that begins so and is of another kind, whatever its name."""
    begins = start.removeprefix(MARK).lstrip()
    for signature, kind, mend in SIGNATURES:
        if begins.startswith(signature):
            for trace, workbook in WORKBOOKS:
                if signature == SIGNATURES[0][0] and trace in start:
                    kind, mend = workbook, "Open it and save it as CSV."
            return unreadable(f"The file is {kind}, not CSV. {mend}")
    return None


def as_utf8(content: bytes) -> bytes | Problem:
    """The content as UTF-8 without byte order mark; what is neither UTF-8 nor UTF-16 is taken as Windows-1252."""
    utf16 = _utf16(content[:SEEN])
    if utf16:
        try:
            return content.decode(utf16).removeprefix("\ufeff").encode()
        except UnicodeError:
            return unreadable("The file looks like UTF-16, but is damaged. Save it as CSV UTF-8.")
    content = content.removeprefix(MARK)
    if content.isascii():
        return content
    try:
        content.decode()
    except UnicodeDecodeError:
        # Windows-1252 leaves five bytes undefined; a rule finds the mark that stands for them.
        return content.decode("cp1252", errors="replace").encode()
    return content


def _utf16(start: bytes) -> str | None:
    """The name of the codec if a file that begins so is UTF-16: by its mark, or every other byte being NUL."""
    if start[:2] == b"\xff\xfe":
        return "utf-16-le"
    if start[:2] == b"\xfe\xff":
        return "utf-16-be"
    first, second = start[::2], start[1::2]
    if second and not second.strip(b"\x00") and b"\x00" not in first:
        return "utf-16-le"
    if second and not first.strip(b"\x00") and b"\x00" not in second:
        return "utf-16-be"
    return None
