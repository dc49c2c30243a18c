# ruff: noqa: E501 (the tables of cases are read as tables)
"""What rejects a file before its records are judged: NQ001 to NQ004; and what does not."""

import csv
import io

import pytest

from tests.rules.base import DEFINITION, FOLDER, clean, to_csv
from validation import reading
from validation.dataset import load
from validation.headers import letters
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


BEHIND = ROWS[0] + b","
WIDE = BEHIND + b"x"
NARROW = ROWS[0][: ROWS[0].rindex(b",")]
UNEVEN = [("NQ004", 3, "")]

BLANK_ROW = b"," * (len(HEADERS) - 1) + b"\r\n"


def widened(more):
    """The file with these columns at its end, which no header names."""
    return PLAIN.replace(b"\r\n", more + b"\r\n").replace(more, more.replace(b'""', b""), 1)


FILES = [
    # rule, what, content, problems
    ("NQ001", "one header is missing", table(HEADERS[1:]), [("NQ001", 1, HEADERS[0])]),
    ("NQ001", "two headers are missing", table(HEADERS[1:-1]), [("NQ001", 1, HEADERS[0]), ("NQ001", 1, HEADERS[-1])]),
    ("NQ001", "a header is misspelt", table(["FINITAL", *HEADERS[1:]]), [("NQ001", 1, HEADERS[0]), ("NQ002", 1, "FINITAL")]),
    ("NQ001", "the header row is quoted", b'"A"\r\n1', [("NQ001", 1, "")]),
    ("NQ001", "more than half of the headers are missing", table(HEADERS[: len(HEADERS) // 2]), [("NQ001", 1, "")]),
    ("NQ001", "almost half of the headers are missing", table(HEADERS[: len(HEADERS) // 2 + 1]), [("NQ001", 1, header) for header in HEADERS[len(HEADERS) // 2 + 1 :]]),
    ("NQ001", "no header row", BODY, [("NQ001", 1, "")]),
    ("NQ001", "every header once", PLAIN, []),
    ("NQ001", "in another order", table(HEADERS[::-1]), []),
    ("NQ002", "one header too many", table([*HEADERS, "MORE"]), [("NQ002", 1, "MORE")]),
    ("NQ002", "a column without a name, empty", table([*HEADERS, ""]), []),
    ("NQ002", "many of them at the end", widened(b",,,,,"), []),
    ("NQ002", "many of them at the end, LF", widened(b",,,,,").replace(b"\r\n", b"\n"), []),
    ("NQ002", "many of them at the end, quoted", widened(b',"",""'), []),
    ("NQ002", "in front, with blanks", b"," + HEADER_ROW + b"\r\n" + b"".join(b" ," + row + b"\r\n" for row in ROWS), []),
    ("NQ002", "a value in a column without a name", PLAIN.replace(b"\r\n", b",\r\n", 2).replace(ROWS[1], ROWS[1] + b",x"), [("NQ002", 3, "")]),
    ("NQ002", "a value in one in front", b"," + HEADER_ROW + b"\r\n" + b"".join(b"%d," % n + row + b"\r\n" for n, row in enumerate(ROWS)), [("NQ002", 2, "")]),
    ("NQ002", "a value in one, quoted", widened(b',""').replace(b',""\r\n', b',"x"\r\n').replace(b',"x"', b',""', 1), [("NQ002", 3, "")]),
    ("NQ002", "a value in one, quoted with a comma", widened(b',""').replace(b',""\r\n', b',"x, y"\r\n').replace(b',"x, y"', b',""', 1), [("NQ002", 3, "")]),
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
    ("NQ004", "UTF-16", PLAIN.decode().encode("utf-16"), []),
    ("NQ004", "UTF-16 without its mark", PLAIN.decode().encode("utf-16-le"), []),
    ("NQ004", "UTF-16 of the other kind without its mark", PLAIN.decode().encode("utf-16-be"), []),
    ("NQ004", "UTF-16 that is damaged", PLAIN.decode().encode("utf-16")[:-1], [("NQ004", None, "")]),
    ("NQ004", "UTF-16 of the other kind", b"\xfe\xff" + PLAIN.decode().encode("utf-16-be"), []),
    ("NQ004", "binary", b"PK\x03\x04\x00" + PLAIN, [("NQ004", None, "")]),
    ("NQ004", "binary further down", PLAIN + ROWS[0] * 2000 + b"\x00", [("NQ004", None, "")]),
    ("NQ004", "a row too wide", PLAIN + WIDE, [("NQ004", 2 + len(ROWS), "")]),
    ("NQ004", "a row with a separator too many, and nothing behind it", HEADER_ROW + b"\r\n" + BEHIND + b"\r\n" + ROWS[1], []),
    ("NQ004", "a row too narrow", HEADER_ROW + b"\r\n" + ROWS[0] + b"\r\n" + NARROW + b"\r\n" + ROWS[1], UNEVEN),
    ("NQ004", "a row too narrow, quoted", HEADER_ROW + b"\r\n" + ROWS[0] + b'\r\n"C9"' + NARROW + b"\r\n" + ROWS[1], UNEVEN),
    ("NQ004", "an empty row in the middle", HEADER_ROW + b"\r\n" + ROWS[0] + b"\r\n\r\n" + ROWS[1], []),
    ("NQ004", "rows of commas in the middle", HEADER_ROW + b"\r\n" + ROWS[0] + b"\r\n,,,\r\n" + BLANK_ROW + ROWS[1], []),
    ("NQ004", "rows of commas at the end", PLAIN + BLANK_ROW * 3, []),
    ("NQ004", "rows of empty quotation marks", PLAIN + BLANK_ROW.replace(b",", b'"",') * 3, []),
    ("NQ004", "nothing but rows of commas", HEADER_ROW + b"\r\n" + BLANK_ROW * 3, [("NQ004", None, "")]),
    ("NQ004", "nothing but short rows of commas", HEADER_ROW + b"\r\n,,\r\n,", [("NQ004", None, "")]),
    ("NQ004", "nothing but rows of commas, quoted", HEADER_ROW.replace(b",SEX,", b',"SEX",') + b"\r\n" + BLANK_ROW, [("NQ004", None, "")]),
    ("NQ004", "a short row behind an empty one", PLAIN + b"\r\n" + NARROW, [("NQ004", 3 + len(ROWS), "")]),
    ("NQ004", "blank rows above the header row", b"\r\n,,,\r\n" + PLAIN, []),
    ("NQ004", "semicolons", PLAIN.replace(b",", b";"), []),
    ("NQ004", "semicolons and quotation marks", PLAIN.replace(b",", b'";"').replace(b"\r\n", b'"\r\n"').removesuffix(b'"').replace(b"FINITIAL", b'"FINITIAL'), []),
    ("NQ004", "tabs, the last values blank", PLAIN.replace(b",", b"\t"), []),
    ("NQ004", "tabs as UTF-16, as Excel writes them", PLAIN.replace(b",", b"\t").decode().encode("utf-16"), []),
    ("NQ004", "a row that names the separator", b"sep=;\r\n" + PLAIN.replace(b",", b";"), []),
    ("NQ004", "a row that names the comma", b'"sep=,"\r\n' + PLAIN, []),
    ("NQ004", "a row that names the separator, and no more", b"sep=;\r\n", [("NQ004", None, "")]),
    ("NQ004", "a workbook", b"PK\x03\x04\x14\x00\x06\x00[Content_Types].xml\x00", [("NQ004", None, "")]),
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


def test_a_value_without_a_name_is_told_with_its_place():
    (problem,) = read_bytes(
        PLAIN.replace(b"\r\n", b",x\r\n").replace(b",x", b",", 1), DEFINITION
    ).problems
    place = len(HEADERS) + 1
    assert (problem.row, problem.value) == (2, "x")
    assert f"Row 2 has a value in column {place} (IH in a spreadsheet)" in problem.reason


@pytest.mark.parametrize(("place", "name"), [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (241, "IH"), (701, "ZZ"), (702, "AAA")])  # fmt: skip
def test_a_column_is_called_as_spreadsheets_call_it(place, name):
    assert letters(place) == name


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PK\x03\x04\x14\x00\x06\x00[Content_Types].xml\x00", "The file is an Excel workbook, not CSV. Open it and save it as CSV."),
        (b"PK\x03\x04..mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "The file is an OpenDocument spreadsheet, not CSV. Open it"),
        (b"PK\x03\x04extract.csv", "The file is a zip archive, not CSV. Take the CSV file out of it."),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "The file is an Excel workbook, not CSV."),
        (b"\x1f\x8b\x08\x00", "The file is compressed (gzip), not CSV."),
        (b"%PDF-1.7", "The file is a PDF document, not CSV."),
        (b"\xef\xbb\xbf\r\n<!DOCTYPE html>", "The file is a web page or XML, not CSV."),
        (b"Name,Born\r\nx,y", "it has none of the 241 columns of the data set, and begins 'NAME, BORN'."),
        (b"FINITIAL;Born\r\nx;y", "it has only 1 of the 241 columns of the data set, and begins 'FINITIAL, BORN'."),
    ],
)  # fmt: skip
def test_what_is_no_extract_is_told_in_one_sentence_with_the_mend(content, words):
    (problem,) = read_bytes(content, DEFINITION).problems
    assert words in problem.reason


def test_blank_rows_count_as_rows_of_the_file():
    assert values(HEADER_ROW + b"\r\n,,\r\n" + BLANK_ROW + BODY + BLANK_ROW)["row"].to_list() == [
        4,
        5,
    ]
    assert values(HEADER_ROW + b"\r\n" + BLANK_ROW + BODY)["row"].to_list() == [3, 4]
    quoted = HEADER_ROW + b"\r\n\r\n" + BODY.replace(b"LS6", b'"LS6"')
    assert values(quoted)["row"].to_list() == [3, 4]


def test_a_comma_in_a_value_parts_nothing_where_semicolons_do():
    rows = values(PLAIN.replace(b",", b";").replace(b"LS6", b"LS6, 2"))
    assert rows["PC"].to_list() == ["LS6, 2"] * 2


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
def test_rows_with_the_same_wrong_number_of_values_are_told_once(quoted):
    row = b'"1",2\r\n' if quoted else b"1,2\r\n"
    (problem,) = read_bytes(HEADER_ROW + b"\r\n" + row * 150, load(FOLDER)).problems
    assert (problem.row, problem.value) == (2, "2")
    assert f"The row has 2 values and the header row {len(HEADERS)}." in problem.reason
    assert "149 more rows" in problem.reason


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
