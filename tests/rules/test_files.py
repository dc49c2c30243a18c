# ruff: noqa: E501 (the tables of cases are read as tables)
"""What rejects a file before its records are judged: NQ001 to NQ004; and what does not."""

import csv
import io

import pytest

from tests.rules.base import DEFINITION, FOLDER, clean, to_csv
from validation import reading
from validation.dataset import load
from validation.reading import read_bytes, read_file

HEADERS = DEFINITION.headers
PLAIN = to_csv([clean("AD")])
HEADER_ROW, *ROWS = PLAIN.removesuffix(b"\r\n").split(b"\r\n")
BODY = b"\r\n".join(ROWS) + b"\r\n"


def table(headers=HEADERS, rows=None):
    """A file with these headers, and the values of the clean caseload where it has them."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(headers)
    values = csv.DictReader(io.StringIO(PLAIN.decode()))
    for row in rows or values:
        writer.writerow([row.get(header, "") for header in headers])
    return file.getvalue().encode()


def problems(content):
    result = read_bytes(content, load(FOLDER))
    assert (result.rows is None) == bool(result.problems)
    return [(p.rule, p.row, p.header) for p in result.problems]


def values(content):
    result = read_bytes(content, load(FOLDER))
    assert result.problems == ()
    return result.rows


WIDE = ROWS[0] + b","
NARROW = ROWS[0][: ROWS[0].rindex(b",")]
UNEVEN = [("NQ004", 3, "")]

FILES = [
    # rule, what, content, problems
    ("NQ001", "one header is missing", table(HEADERS[1:]), [("NQ001", 1, HEADERS[0])]),
    ("NQ001", "two headers are missing", table(HEADERS[1:-1]), [("NQ001", 1, HEADERS[0]), ("NQ001", 1, HEADERS[-1])]),
    ("NQ001", "a header is misspelt", table(["FINITAL", *HEADERS[1:]]), [("NQ001", 1, HEADERS[0]), ("NQ002", 1, "FINITAL")]),
    ("NQ001", "the header row is quoted", b'"A"\r\n1', [("NQ001", 1, header) for header in HEADERS] + [("NQ002", 1, "A")]),
    ("NQ001", "every header once", PLAIN, []),
    ("NQ001", "in another order", table(HEADERS[::-1]), []),
    ("NQ002", "one header too many", table([*HEADERS, "MORE"]), [("NQ002", 1, "MORE")]),
    ("NQ002", "a column without a name", table([*HEADERS, ""]), [("NQ002", 1, "")]),
    ("NQ002", "a very long name is cut", table([*HEADERS, "X" * 101]), [("NQ002", 1, "X" * 100)]),
    ("NQ002", "small letters and spaces", HEADER_ROW.lower().replace(b",", b" , ") + b"\r\n" + BODY, []),
    ("NQ003", "a header twice", table([*HEADERS, "SEX"]), [("NQ003", 1, "SEX")]),
    ("NQ003", "a header three times", table([*HEADERS, "SEX", "sex"]), [("NQ003", 1, "SEX")] * 2),
    ("NQ003", "every header once", PLAIN, []),
    ("NQ004", "empty", b"", [("NQ004", None, "")]),
    ("NQ004", "only blanks", b" \r\n \r\n", [("NQ004", None, "")]),
    ("NQ004", "only a byte order mark", b"\xef\xbb\xbf", [("NQ004", None, "")]),
    ("NQ004", "no data rows", HEADER_ROW + b"\r\n", [("NQ004", None, "")]),
    ("NQ004", "no data rows, quoted", HEADER_ROW.replace(b",SEX,", b',"SEX",') + b"\r\n", [("NQ004", None, "")]),
    ("NQ004", "no data rows, no line end", HEADER_ROW, [("NQ004", None, "")]),
    ("NQ004", "UTF-16", PLAIN.decode().encode("utf-16"), [("NQ004", None, "")]),
    ("NQ004", "UTF-16 of the other kind", b"\xfe\xff" + PLAIN.decode().encode("utf-16-be"), [("NQ004", None, "")]),
    ("NQ004", "binary", b"PK\x03\x04\x00" + PLAIN, [("NQ004", None, "")]),
    ("NQ004", "binary further down", PLAIN + ROWS[0] * 2000 + b"\x00", [("NQ004", None, "")]),
    ("NQ004", "a row too wide", PLAIN + WIDE, [("NQ004", 2 + len(ROWS), "")]),
    ("NQ004", "a row too narrow", HEADER_ROW + b"\r\n" + ROWS[0] + b"\r\n" + NARROW + b"\r\n" + ROWS[1], UNEVEN),
    ("NQ004", "a row too narrow, quoted", HEADER_ROW + b"\r\n" + ROWS[0] + b'\r\n"C9"' + NARROW + b"\r\n" + ROWS[1], UNEVEN),
    ("NQ004", "an empty row in the middle", HEADER_ROW + b"\r\n" + ROWS[0] + b"\r\n\r\n" + ROWS[1], UNEVEN),
    ("NQ004", "a quotation mark is not closed", PLAIN + ROWS[0].replace(b"LS6", b'"LS6'), [("NQ004", 2 + len(ROWS), "")]),
    ("NQ004", "something after a quotation mark", PLAIN + ROWS[0].replace(b"LS6", b'"LS6"x'), [("NQ004", 2 + len(ROWS), "")]),
    ("NQ004", "LF", PLAIN.replace(b"\r\n", b"\n"), []),
    ("NQ004", "no last line end", PLAIN.rstrip(), []),
    ("NQ004", "empty lines at the end", PLAIN + b"\r\n\r\n", []),
    ("NQ004", "a byte order mark", b"\xef\xbb\xbf" + PLAIN, []),
    ("NQ004", "every value quoted", b'"' + PLAIN.rstrip().replace(b",", b'","').replace(b"\r\n", b'"\r\n"') + b'"', []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "what", "content", "expected"), FILES, ids=lambda v: v if isinstance(v, str) else ""
)
def test_file(rule, what, content, expected):
    assert problems(content) == expected
    if not expected:
        assert values(content).select(HEADERS).equals(values(PLAIN).select(HEADERS))


def test_rows_are_numbered_from_the_one_below_the_header():
    assert values(PLAIN)["row"].to_list() == [2, 3]
    assert values(PLAIN.replace(b"LS6", b'"LS6"'))["row"].to_list() == [2, 3]


@pytest.mark.parametrize("cell", [b" LS6 ", b"\tLS6", b'" LS6 "', b'"LS6"'])
def test_spaces_around_a_value_go(cell):
    assert values(PLAIN.replace(b"LS6", cell))["PC"].to_list() == ["LS6", "LS6"]


@pytest.mark.parametrize("cell", [b"", b"  ", b'""', b'" "'])
def test_a_blank_is_null(cell):
    assert values(PLAIN.replace(b"LS6", cell))["PC"].to_list() == [None, None]


@pytest.mark.parametrize(
    ("cell", "value"),
    [(b'"a,b"', "a,b"), (b'"a""b"', 'a"b'), (b'"a\r\nb"', "a\r\nb"), ("é".encode(), "é"), (b"\xe9", "é"), (b"\x93", "“"), (b"NA", "NA"), (b"null", "null"), (b"007", "007")],
)  # fmt: skip
def test_a_value_is_read_as_it_was_written(cell, value):
    assert values(PLAIN.replace(b"LS6", cell))["PC"].to_list() == [value, value]


def test_what_windows_1252_leaves_undefined_is_no_text():
    (value, _) = values(PLAIN.replace(b"LS6", b"\xe9\x81"))["PC"].to_list()
    assert value != "é"
    assert value.startswith("é")


@pytest.mark.parametrize("quoted", [False, True])
def test_the_first_hundred_uneven_rows_are_told(quoted):
    row = b'"1",2\r\n' if quoted else b"1,2\r\n"
    result = read_bytes(HEADER_ROW + b"\r\n" + row * 150, load(FOLDER))
    assert [p.row for p in result.problems] == list(range(2, 102))
    assert {p.value for p in result.problems} == {"2"}
    assert {p.reason for p in result.problems} == {
        f"The row has 2 values and the header row {len(HEADERS)}."
    }


@pytest.mark.parametrize("rows", [3, 4, 5])
def test_a_quoted_file_is_read_in_chunks(monkeypatch, rows):
    monkeypatch.setattr(reading, "CHUNK", 2)
    content = HEADER_ROW + b"\r\n" + (ROWS[0].replace(b"LS6", b'"LS6"') + b"\r\n") * rows
    found = values(content)
    assert found["row"].to_list() == list(range(2, rows + 2))
    assert found["PC"].to_list() == ["LS6"] * rows


def test_a_file_or_a_first_line_may_not_be_too_large(monkeypatch):
    monkeypatch.setattr(reading, "MAX_FILE", len(PLAIN))
    assert problems(PLAIN) == []
    assert problems(PLAIN + b" ") == [("NQ004", None, "")]
    monkeypatch.undo()
    monkeypatch.setattr(reading, "MAX_LINE", 5000)
    assert problems(PLAIN) == []
    assert problems(b"x" * 5001) == [("NQ004", 1, "")]


def test_a_file_on_disk_is_read_like_one_in_memory(tmp_path):
    path = tmp_path / "extract.csv"
    path.write_bytes(PLAIN)
    rows = read_file(path, load(FOLDER)).rows
    assert rows is not None
    assert rows.equals(values(PLAIN))
    path.write_bytes(b"")
    assert [p.rule for p in read_file(path, load(FOLDER)).problems] == ["NQ004"]
    for absent in (tmp_path / "none.csv", tmp_path):
        (problem,) = read_file(absent, load(FOLDER)).problems
        assert (problem.rule, problem.row) == ("NQ004", None)
        assert problem.reason.startswith("The file could not be opened")
